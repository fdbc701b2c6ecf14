// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pieces of HTML; status_text.h is the manual.
 */
#include "control/status_text.h"

#include "control/print.h"

#include <event2/buffer.h>
#include <string.h>

void status_text_add(struct evbuffer *out, const char *html)
{
	evbuffer_add(out, html, strlen(html));
}

void status_text_escape(struct evbuffer *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			status_text_add(out, "&amp;");
			break;
		case '<':
			status_text_add(out, "&lt;");
			break;
		case '>':
			status_text_add(out, "&gt;");
			break;
		case '"':
			status_text_add(out, "&quot;");
			break;
		case '\'':
			status_text_add(out, "&#39;");
			break;
		default:
			evbuffer_add(out, *text >= ' ' && *text <= '~' ? text : "?", 1);
		}
	}
}

void status_text_value(struct evbuffer *out, struct status_value value, const char *text)
{
	evbuffer_add_printf(out, "<span data-v=\"%s\" data-f=\"%s\">", value.path, value.format);
	status_text_escape(out, text);
	status_text_add(out, "</span>");
}

void status_text_share(struct evbuffer *out, const struct status_share *share)
{
	char number[PRINT_VALUE_MAX], text[PRINT_VALUE_MAX];
	double part = share->total ? (double)share->number / (double)share->total : 0;

	evbuffer_add_printf(out, "<tr data-share=\"%s.%s\"%s%s><th scope=\"row\">", share->group,
		share->key, share->quiet ? " data-quiet" : "",
		share->quiet && share->number == 0 ? " hidden" : "");
	status_text_escape(out, share->label);
	if (share->detail)
		evbuffer_add_printf(out, "<small class=\"wide\">%s</small>", share->detail);
	evbuffer_add_printf(out,
		"</th><td class=\"number\">%s</td><td class=\"number\">%s</td><td class=\"share\">"
		"<svg aria-hidden=\"true\"><rect width=\"%.2f%%\" "
		"height=\"12\"/></svg></td></tr>\n",
		print_count(number, share->number), print_share(text, share->number, share->total),
		part * 100);
}
