# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The other people's time daemons that the tests and the quickstart talk to, and other services that
# an installed package would start, unpacked (not installed) in build-peers/PACKAGE/ beside the
# sources: time daemons exclude one another, and installing one would begin to steer the clock of
# this machine. Sourced; puts the unpacked chronyd
# and chronyc first on PATH. The caller has installed what they are linked with (install-deps).
peers_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build-peers
export PATH=$peers_dir/chrony/usr/sbin:$peers_dir/chrony/usr/bin:$PATH:/usr/sbin:/sbin

# peers_fetch PACKAGE... : downloads and unpacks each package that is not there yet.
peers_fetch() {
	local package fetched
	for package in "$@"; do
		[ -e "$peers_dir/$package/.complete" ] && continue
		fetched=$peers_dir/.fetch-$package
		rm -rf "$fetched" "${peers_dir:?}/$package"
		mkdir -p "$fetched" "$peers_dir/$package"
		printf 'install-deps: unpacking %s in build-peers/\n' "$package"
		_peers_unpack "$package" "$fetched" || {
			printf 'install-deps: cannot fetch the package %s\n' "$package" >&2
			rm -rf "$fetched"
			return 1
		}
		rm -rf "$fetched"
		: >"$peers_dir/$package/.complete"
	done
}

# systemd-timesyncd wants libsystemd-shared of its very version: they come together.
_peers_unpack() {
	local package=$1 fetched=$2 list=("$1") deb
	[ "$package" = systemd-timesyncd ] && list+=(libsystemd-shared)
	(cd "$fetched" && _peers_download "${list[@]}") || return 1
	for deb in "$fetched"/*.deb; do
		dpkg -x "$deb" "$peers_dir/$package" || return 1
	done
}

# Package lists may be missing or older than the archive: then once more after an update.
_peers_download() {
	apt-get download -qq -o APT::Sandbox::User=root "$@" >/dev/null 2>&1 && return 0
	apt-get update -qq && apt-get download -qq -o APT::Sandbox::User=root "$@"
}
