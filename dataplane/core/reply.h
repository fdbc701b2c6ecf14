// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The NTP packet of the reply, field by field (protocol.md sec. 2), written over
 * the request. The frame around it is reply_frame.h's.
 */
#ifndef CORE_REPLY_H
#define CORE_REPLY_H

#include "dataplane/core/checksum.h"
#include "dataplane/core/ntp_wire.h"
#include "dataplane/core/reply_stamps.h"

#define REPLY_KEPT      0x00ff0038U /* of the first word: version and poll */
#define REPLY_KISS_RATE 0x52415445U /* "RATE", RFC 5905 figure 13 */

/* What a RATE kiss says in the place of the time's quality. */
CORE_INLINE void reply_make_kiss(struct timepage_reading *reading)
{
	reading->leap = NTP_LEAP_UNKNOWN;
	reading->stratum = NTP_STRATUM_UNSPECIFIED;
	reading->reference_id = be32_of(REPLY_KISS_RATE);
}

/* The packet as raw words in memory order, and once more for what is stored at once. */
union reply_words {
	uint32_t word[NTP_PACKET_SIZE / 4];
	struct {
		uint32_t first; /* leap, version, mode; stratum; poll; precision */
		uint32_t root_delay, root_dispersion, reference_id;
		uint64_t reference_ts, origin_ts, receive_ts, transmit_ts;
	} CORE_WIRE;
} CORE_WIRE CORE_MAY_ALIAS;

/* What every reply of a moment says alike, as words in memory order. */
struct reply_head {
	uint32_t first; /* but for version and poll, which are the request's */
	uint32_t root_delay, root_dispersion, reference_id;
	uint64_t reference_ts;
	/* reply_head_sum(), where reference_ts is known not to be after what is served; 0: all
	 * words are added up one by one. */
	uint64_t gain;
};

CORE_INLINE struct reply_head reply_head(const struct timepage_reading *reading)
{
	/* RFC 5905 figure 11: unsynchronised is 16 inside and 0 on the wire. */
	uint32_t stratum = CORE_LIKELY(reading->stratum <= NTP_STRATUM_MAX) ? reading->stratum : 0;

	return (struct reply_head){
		.first = NTP_MODE_SERVER | (uint8_t)(reading->leap << 6) | stratum << 8 |
			 (uint32_t)(uint8_t)reading->precision << 24,
		.root_delay = be32_of(reading->root_delay_q16).raw,
		.root_dispersion = be32_of(reading->root_dispersion_q16).raw,
		.reference_id = reading->reference_id.raw,
		.reference_ts = be64_of(reading->reference_ts).raw,
	};
}

/*
 * What the sum gains by a word, as it is written. Kept at each step, or the compiler keeps all
 * words to add them up at the end, on the stack.
 */
CORE_INLINE uint32_t reply_gain32(uint64_t *sum, uint32_t raw)
{
	*sum += raw;
	compiler_opaque(*sum);
	return raw;
}

CORE_INLINE uint64_t reply_gain64(uint64_t *sum, uint64_t raw)
{
	*sum += (uint32_t)raw;
	*sum += raw >> 32;
	compiler_opaque(*sum);
	return raw;
}

/* For many replies: what the words behind the first add to a sum of 32-bit words. */
CORE_INLINE uint64_t reply_head_sum(const struct reply_head *head)
{
	return (uint64_t)head->root_delay + head->root_dispersion + head->reference_id +
	       (uint32_t)head->reference_ts + (head->reference_ts >> 32);
}

/* The words that go, each complemented: the ten before the transmit timestamp, which stays as
 * origin. Written out, since gcc would make a loop of them. */
CORE_INLINE uint64_t reply_lose(const union reply_words *words)
{
	uint64_t sum = (uint64_t)words->word[0] + words->word[1] + words->word[2] + words->word[3] +
		       words->word[4] + words->word[5] + words->word[6] + words->word[7] +
		       words->word[8] + words->word[9];

	_Static_assert(offsetof(union reply_words, transmit_ts) == 10 * 4, "RFC 5905 figure 8");
	sum = 10 * 0xffffffffULL - sum;
	compiler_opaque(sum);
	return sum;
}

/* The words that every reply of a moment has alike, behind the first. */
CORE_INLINE void reply_fill_middle(union reply_words *words, const struct reply_head *head,
	struct reply_stamps stamps, uint64_t *sum)
{
	uint64_t reference_ts;

	if (CORE_LIKELY(head->gain != 0)) {
		words->root_delay = head->root_delay;
		words->root_dispersion = head->root_dispersion;
		words->reference_id = head->reference_id;
		words->reference_ts = head->reference_ts;
		*sum += head->gain;
		return;
	}
	reference_ts = head->reference_ts;
	/* Of a base a moment ahead of this reader's clock: not after transmit, whatever happens. */
	if (CORE_UNLIKELY((int64_t)(stamps.transmit_ts - be64_value((be64){reference_ts})) < 0))
		reference_ts = be64_of(stamps.receive_ts).raw;
	words->root_delay = reply_gain32(sum, head->root_delay);
	words->root_dispersion = reply_gain32(sum, head->root_dispersion);
	words->reference_id = reply_gain32(sum, head->reference_id);
	words->reference_ts = reply_gain64(sum, reference_ts);
}

/*
 * Turns the request in packet into the reply. Each field is assigned; nothing of the request
 * stays but version, poll and its transmit timestamp, as origin. Returns what the sum of the
 * packet's 32-bit words gains by it, for the checksum.
 */
CORE_INLINE uint64_t reply_fill_head(
	struct ntp_packet *packet, const struct reply_head *head, struct reply_stamps stamps)
{
	union reply_words *words = (union reply_words *)packet;
	uint64_t sum = reply_lose(words);

	words->first = reply_gain32(&sum, (words->first & REPLY_KEPT) | head->first);
	reply_fill_middle(words, head, stamps, &sum);
	words->origin_ts = words->transmit_ts;
	words->receive_ts = reply_gain64(&sum, be64_of(stamps.receive_ts).raw);
	words->transmit_ts = reply_gain64(&sum, be64_of(stamps.transmit_ts).raw);
	return sum;
}

CORE_INLINE uint64_t reply_fill(struct ntp_packet *packet, const struct timepage_reading *reading,
	struct reply_stamps stamps)
{
	struct reply_head head = reply_head(reading);

	return reply_fill_head(packet, &head, stamps);
}

#endif
