/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* What people and peers write for times, durations, addresses and networks; and
   the same bytes through every escape. */

#include "fuzz.h"
#include "escape.h"
#include "ip.h"
#include "timeval.h"
#include "utf8.h"

#define NOW_MS INT64_C(1795604700000)

static void check_time(const char *text)
{
	char formatted[AA_TIME_TEXT_MAX];
	int64_t at_ms;

	if (aa_time_parse(text, NOW_MS, &at_ms, NULL) == 0) {
		aa_time_format_iso(at_ms, formatted);
		FUZZ_ASSERT(formatted[0] != '\0');
		(void)aa_day_of(at_ms);
	}
	if (aa_duration_parse(text, &at_ms, NULL) == 0) {
		FUZZ_ASSERT(at_ms >= 0 && at_ms <= 3653 * AA_DAY_MS);
		aa_duration_format(at_ms, formatted);
	}
}

static void check_address(const char *text)
{
	char formatted[AA_IP_TEXT_MAX], prefix[AA_NET_TEXT_MAX];
	struct aa_ip ip, back;
	struct aa_net net;

	if (aa_ip_parse(&ip, text, NULL) == 0) {
		aa_ip_format(&ip, formatted);
		FUZZ_ASSERT(aa_ip_parse(&back, formatted, NULL) == 0);
		FUZZ_ASSERT(aa_ip_equal(&ip, &back));
		aa_ip_prefix(&ip, prefix);
		FUZZ_ASSERT(aa_net_parse(&net, prefix, NULL) == 0);
		FUZZ_ASSERT(aa_net_contains(&net, &ip));
		FUZZ_ASSERT(!aa_ip_is_private(&ip) || aa_ip_is_private(&back));
	}
	if (aa_net_parse(&net, text, NULL) == 0) {
		FUZZ_ASSERT(net.bits <= 128);
		FUZZ_ASSERT(aa_net_contains(&net, &net.ip));
	}
}

/* No control, no bidirectional control, nothing but UTF-8. */
static void check_harmless(const char *text)
{
	uint32_t chr;

	while (*text != '\0') {
		size_t len = aa_utf8_decode(text, &chr);

		FUZZ_ASSERT(len > 0 && chr >= ' ' && (chr < 0x7f || chr > 0x9f));
		FUZZ_ASSERT(chr != 0x61c && chr != 0x200e && chr != 0x200f);
		FUZZ_ASSERT((chr < 0x2028 || chr > 0x202e) && (chr < 0x2066 || chr > 0x2069));
		text += len;
	}
}

static void check_escapes(const char *text)
{
	static void (*const escapes[])(struct aa_buf *, const char *) = {
		aa_escape_term, aa_escape_csv, aa_escape_json,
	};
	char data[200], shown[AA_SHOWN_MAX];
	struct aa_buf out;

	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		aa_buf_init(&out, data, sizeof(data));
		escapes[i](&out, text);
		check_harmless(data);
	}
	check_harmless(aa_shown(text, shown));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check_time(text);
	check_address(text);
	check_escapes(text);
	free(text);
	return 0;
}
