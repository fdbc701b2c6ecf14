// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ncurses; top_screen.h is the manual.
 */
#include "control/cli/top_screen.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As the terminal has it: attributes alone, until there are colours. */
static chtype styles[TOP_STYLES];
static SCREEN *screen;

static void choose_styles(void)
{
	const char *no_color = getenv("NO_COLOR");

	styles[TOP_HEAD] = A_REVERSE;
	styles[TOP_BAD] = A_BOLD;
	styles[TOP_GOOD] = A_BOLD;
	if (!has_colors() || (no_color != NULL && no_color[0] != '\0') || start_color() == ERR)
		return;
	use_default_colors();
	init_pair(TOP_GOOD, COLOR_GREEN, -1);
	init_pair(TOP_BAD, COLOR_RED, -1);
	init_pair(TOP_GRAPH, COLOR_CYAN, -1);
	styles[TOP_GOOD] = (chtype)COLOR_PAIR(TOP_GOOD);
	styles[TOP_BAD] = A_BOLD | (chtype)COLOR_PAIR(TOP_BAD);
	styles[TOP_GRAPH] = (chtype)COLOR_PAIR(TOP_GRAPH);
}

const char *top_screen_open(bool *ret_utf8)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return "standard input or output is no terminal";
	if (term == NULL || term[0] == '\0')
		return "TERM is not set";
	setlocale(LC_CTYPE, "");
	*ret_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	screen = newterm(NULL, stdout, stdin);
	if (screen == NULL)
		return "TERM names a terminal that is not known here";
	if (tigetstr("cup") == NULL) {
		top_screen_close();
		return "this terminal cannot move its cursor";
	}
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	choose_styles();
	return NULL;
}

void top_screen_close(void)
{
	endwin();
	delscreen(screen);
	screen = NULL;
}

static int within(int value, int most)
{
	return value < 1 ? 1 : value < most ? value : most;
}

void top_screen_size(struct top_view *view)
{
	view->rows = within(LINES, TOP_VIEW_ROWS);
	view->columns = within(COLS, TOP_VIEW_COLUMNS);
}

/* Octets of the first so many columns: in UTF-8 only the first octet of each counts. */
static int first_columns(const char *text, int columns)
{
	int octets = 0;

	while (text[octets] != '\0' && (columns > 0 || (text[octets] & 0xc0) == 0x80)) {
		columns -= (text[octets] & 0xc0) != 0x80;
		octets++;
	}
	return octets;
}

void top_screen_show(const struct top_view *view)
{
	erase();
	for (int row = 0; row < view->rows; row++) {
		attrset((int)styles[view->line[row].style]);
		move(row, 0);
		addnstr(view->line[row].text, first_columns(view->line[row].text, view->columns));
	}
	attrset(A_NORMAL);
	refresh();
}

int top_screen_key(double seconds)
{
	struct pollfd terminal = {.fd = STDIN_FILENO, .events = POLLIN};
	int key, count = poll(&terminal, 1, (int)(seconds * 1e3));

	if (count > 0 && (terminal.revents & (POLLHUP | POLLERR | POLLNVAL)))
		return -1;
	key = getch();
	/* Readable, and nothing to read: its end. */
	if (key == ERR && count > 0 && (terminal.revents & POLLIN))
		return -1;
	/* What a terminal does with its rows when it shrinks is not known to ncurses. */
	if (key == KEY_RESIZE)
		clearok(curscr, TRUE);
	return key == ERR || key == KEY_RESIZE ? 0 : key;
}
