#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tells meson which test programs there are and what each is made of.

    list-sources.py FOLDER PREFIX

Prints one line per PREFIX*.c in FOLDER: its path and then the sources of the modules that it names
after '// test-sources: control/filter.c ...', all from the root of the tree, ';' between them.
"""
import glob
import os
import re
import sys

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
NAMED = re.compile(r"test-sources:((?:[ \t]*(?:\n//)?[ \t]*[\w./-]+\.c)+)")

for path in sorted(glob.glob(os.path.join(ROOT, sys.argv[1], sys.argv[2] + "*.c"))):
    sources = [os.path.relpath(path, ROOT)]
    with open(path, encoding="utf-8") as text:
        for named in NAMED.findall(text.read()):
            sources += named.replace("//", " ").split()
    missing = [source for source in sources if not os.path.exists(os.path.join(ROOT, source))]
    if missing:
        sys.exit(f"{sources[0]} names {', '.join(missing)}, which is not in the tree")
    print(";".join(sources))
