/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See config_prefix.h. */
#include "control/config_prefix.h"

#include "control/config_value.h"

#include <arpa/inet.h>
#include <string.h>

static int family_bits(int family)
{
	return family == AF_INET ? 32 : 128;
}

static void clear_beyond(struct config_prefix *prefix)
{
	for (int bit = prefix->bits; bit < 128; bit++)
		prefix->address[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

/* What stands before the slash, whole; its end in ret_slash ("" or "/BITS"). */
static bool parse_address(
	const char *text, struct config_prefix *ret_prefix, const char **ret_slash)
{
	char address[INET6_ADDRSTRLEN];
	size_t length = strcspn(text, "/");

	*ret_slash = text + length;
	*ret_prefix = (struct config_prefix){.family = AF_UNSPEC};
	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	ret_prefix->family = strchr(address, ':') ? AF_INET6 : AF_INET;
	ret_prefix->bits = family_bits(ret_prefix->family);
	return inet_pton(ret_prefix->family, address, ret_prefix->address) == 1;
}

static bool parse_octets(const char *text, struct config_prefix *ret_prefix, const char **ret_slash)
{
	unsigned int octet;
	int used = 0, octets = 0;

	*ret_prefix = (struct config_prefix){.family = AF_INET};
	while (octets < 3 && sscanf(text, "%3u%n", &octet, &used) == 1 && octet < 256) {
		ret_prefix->address[octets++] = (uint8_t)octet;
		text += used;
		if (!*text || *text == '/')
			break;
		if (*text++ != '.' || !*text)
			return false;
	}
	ret_prefix->bits = 8 * octets;
	*ret_slash = text;
	return octets && (!*text || *text == '/');
}

/* The bits behind the slash, where it has any. */
static bool parse_bits(const char *slash, struct config_prefix *prefix)
{
	long bits = prefix->bits;

	if (*slash && (config_value_integer(slash + 1, &bits) || bits < 0 ||
			      bits > family_bits(prefix->family)))
		return false;
	prefix->bits = (int)bits;
	clear_beyond(prefix);
	return true;
}

bool config_prefix_parse(const char *text, struct config_prefix *ret_prefix)
{
	const char *slash;

	return parse_address(text, ret_prefix, &slash) && parse_bits(slash, ret_prefix);
}

bool config_prefix_parse_short(const char *text, struct config_prefix *ret_prefix)
{
	const char *slash;

	return (parse_address(text, ret_prefix, &slash) ||
		       parse_octets(text, ret_prefix, &slash)) &&
	       parse_bits(slash, ret_prefix);
}

bool config_prefix_mask(struct config_prefix *prefix, const char *text)
{
	int bits = 0, size = family_bits(prefix->family);
	uint8_t octets[16];

	if (prefix->family == AF_UNSPEC || inet_pton(prefix->family, text, octets) != 1)
		return false;
	while (bits < size && octets[bits / 8] & 0x80 >> bits % 8)
		bits++;
	for (int rest = bits; rest < size; rest++)
		if (octets[rest / 8] & 0x80 >> rest % 8)
			return false;
	prefix->bits = bits;
	clear_beyond(prefix);
	return true;
}

bool config_prefix_holds(const struct config_prefix *prefix, int family, const uint8_t *address)
{
	size_t octets = (size_t)prefix->bits / 8, rest = (size_t)prefix->bits % 8;

	return (prefix->family == AF_UNSPEC || prefix->family == family) &&
	       !memcmp(prefix->address, address, octets) &&
	       (!rest || !((prefix->address[octets] ^ address[octets]) >> (8 - rest)));
}

bool config_prefix_covers(const struct config_prefix *prefix, const struct config_prefix *other)
{
	return prefix->bits <= other->bits &&
	       config_prefix_holds(prefix, other->family, other->address);
}

bool config_prefix_same(const struct config_prefix *a, const struct config_prefix *b)
{
	return a->family == b->family && a->bits == b->bits &&
	       !memcmp(a->address, b->address, sizeof(a->address));
}

bool config_prefix_is_loopback(int family, const uint8_t *address)
{
	static const struct config_prefix loopback[] = {
		{AF_INET, {127}, 8},
		{AF_INET6, {[15] = 1}, 128},
	};

	return config_prefix_holds(&loopback[0], family, address) ||
	       config_prefix_holds(&loopback[1], family, address);
}

void config_prefix_print(const struct config_prefix *prefix, FILE *out)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(prefix->family, prefix->address, text, sizeof(text));
	fprintf(out, "%s/%d", text, prefix->bits);
}
