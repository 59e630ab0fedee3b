/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "suite.h"
#include "ip.h"

#include <string.h>

static const struct {
	const char *text, *formatted;	/* NULL: not an address */
} addresses[] = {
	{ "192.0.2.1", "192.0.2.1" },
	{ "0.0.0.0", "0.0.0.0" },
	{ "255.255.255.255", "255.255.255.255" },
	{ "::ffff:192.0.2.1", "192.0.2.1" },
	{ "::FFFF:c000:201", "192.0.2.1" },
	{ "::", "::" },
	{ "::1", "::1" },
	/* RFC 5952, sections 4.1 to 4.3 */
	{ "2001:0db8:0000:0000:0000:0000:0002:0001", "2001:db8::2:1" },
	{ "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
	{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
	{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
	{ "2001:DB8::ABCD", "2001:db8::abcd" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	{ "", NULL },
	{ "1.2.3", NULL },
	{ "1.2.3.4.5", NULL },
	{ "1.2.3.256", NULL },
	{ "01.2.3.4", NULL },
	{ "0x7f.0.0.1", NULL },
	{ "1.2.3.4 ", NULL },
	{ " 1.2.3.4", NULL },
	{ "1.2.3.4\n", NULL },
	{ "1.2.3.4/32", NULL },
	{ "fe80::1%eth0", NULL },
	{ "[::1]", NULL },
	{ ":::", NULL },
	{ "1::2::3", NULL },
	{ "12345::", NULL },
	{ "localhost", NULL },
};

START_TEST(addresses_are_parsed_and_formatted)
{
	for (size_t i = 0; i < N_ELEMENTS(addresses); i++) {
		struct aa_ip ip;
		struct aa_err err = { AA_OK, "" };
		char text[AA_IP_TEXT_MAX];
		bool valid = addresses[i].formatted != NULL;

		ck_assert_msg(aa_ip_parse(&ip, addresses[i].text, &err) == (valid ? 0 : -1),
			      "'%s'", addresses[i].text);
		ck_assert_int_eq(ip.set, valid);
		ck_assert_int_eq(err.code, valid ? AA_OK : AA_ERR_INVALID);
		aa_ip_format(&ip, text);
		ck_assert_str_eq(text, valid ? addresses[i].formatted : "");
	}
}
END_TEST

START_TEST(errors_show_no_hostile_bytes)
{
	struct aa_ip ip;
	struct aa_net net;
	struct aa_err err;

	aa_ip_parse(&ip, "\x1b[2J\xe2\x80\xae", &err);
	ck_assert_str_eq(err.text, "'\\x1b[2J\\u{202e}' is not an IP address");
	aa_net_parse(&net, "\x1b/8", &err);
	ck_assert(strncmp(err.text, "'\\x1b/8' is not a network", 25) == 0);
}
END_TEST

static struct aa_ip ip_of(const char *text)
{
	struct aa_ip ip;
	struct aa_err err;

	ck_assert_msg(aa_ip_parse(&ip, text, &err) == 0, "%s", err.text);
	return ip;
}

START_TEST(equal_is_by_value)
{
	struct aa_ip none = { 0 }, a = ip_of("192.0.2.1"), b = ip_of("::ffff:192.0.2.1");
	struct aa_ip c = ip_of("192.0.2.2"), zero = ip_of("::");

	ck_assert(aa_ip_equal(&a, &b));
	ck_assert(!aa_ip_equal(&a, &c));
	ck_assert(aa_ip_equal(&none, &none));
	ck_assert(!aa_ip_equal(&none, &zero));
	ck_assert(aa_ip_is_v4(&a));
	ck_assert(!aa_ip_is_v4(&zero));
	ck_assert(!aa_ip_is_v4(&none));
}
END_TEST

static const struct {
	const char *text;
	bool valid;
	unsigned int bits;
	const char *ip;
} nets[] = {
	{ "192.0.2.0/24", true, 120, "192.0.2.0" },
	{ "192.0.2.77/24", true, 120, "192.0.2.0" },
	{ "192.0.2.77", true, 128, "192.0.2.77" },
	{ "192.0.2.77/32", true, 128, "192.0.2.77" },
	{ "255.255.255.255/1", true, 97, "128.0.0.0" },
	{ "192.0.2.77/0", true, 96, "0.0.0.0" },
	{ "::ffff:192.0.2.77/120", true, 120, "192.0.2.0" },
	{ "2001:db8::/32", true, 32, "2001:db8::" },
	{ "2001:db8:ffff:ffff::1/33", true, 33, "2001:db8:8000::" },
	{ "2001:db8::1", true, 128, "2001:db8::1" },
	{ "::1/0", true, 0, "::" },
	{ "192.0.2.0/33", false, 0, "" },
	{ "2001:db8::/129", false, 0, "" },
	{ "192.0.2.0/", false, 0, "" },
	{ "192.0.2.0/08", false, 0, "" },
	{ "192.0.2.0/-1", false, 0, "" },
	{ "192.0.2.0/+1", false, 0, "" },
	{ "192.0.2.0/2 ", false, 0, "" },
	{ "192.0.2.0/24/24", false, 0, "" },
	{ "192.0.2.0/255.255.255.0", false, 0, "" },
	{ "192.0.2.0/99999999999999999999", false, 0, "" },
	{ "/24", false, 0, "" },
	{ "", false, 0, "" },
	{ "*", false, 0, "" },
	{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/1", false, 0, "" },
};

START_TEST(nets_are_parsed)
{
	for (size_t i = 0; i < N_ELEMENTS(nets); i++) {
		struct aa_net net;
		struct aa_err err = { AA_OK, "" };
		char text[AA_IP_TEXT_MAX];

		ck_assert_msg(aa_net_parse(&net, nets[i].text, &err) ==
			      (nets[i].valid ? 0 : -1), "'%s'", nets[i].text);
		ck_assert_int_eq(err.code, nets[i].valid ? AA_OK : AA_ERR_INVALID);
		ck_assert_uint_eq(net.bits, nets[i].bits);
		aa_ip_format(&net.ip, text);
		ck_assert_str_eq(text, nets[i].ip);
	}
}
END_TEST

static const struct {
	const char *net, *ip;
	bool contained;
} contained[] = {
	{ "192.0.2.0/24", "192.0.2.0", true },
	{ "192.0.2.0/24", "192.0.2.255", true },
	{ "192.0.2.0/24", "192.0.3.0", false },
	{ "192.0.2.0/24", "192.0.1.255", false },
	{ "192.0.2.128/25", "192.0.2.127", false },
	{ "192.0.2.128/25", "192.0.2.128", true },
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.2", false },
	{ "0.0.0.0/0", "203.0.113.9", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "::/0", "2001:db8::1", true },
	{ "::/0", "203.0.113.9", false },
	{ "2001:db8::/33", "2001:db8:7fff::1", true },
	{ "2001:db8::/33", "2001:db8:8000::1", false },
	{ "2001:db8::/31", "2001:db9:8000::1", true },
};

START_TEST(nets_contain_what_they_should)
{
	struct aa_net none = { 0 };
	struct aa_ip no_ip = { 0 }, any = ip_of("::");

	for (size_t i = 0; i < N_ELEMENTS(contained); i++) {
		struct aa_net net;
		struct aa_ip ip = ip_of(contained[i].ip);

		ck_assert_int_eq(aa_net_parse(&net, contained[i].net, NULL), 0);
		ck_assert_msg(aa_net_contains(&net, &ip) == contained[i].contained,
			      "%s in %s", contained[i].ip, contained[i].net);
		ck_assert(!aa_net_contains(&none, &ip));
		ck_assert(!aa_net_contains(&net, &no_ip));
	}
	ck_assert(!aa_net_contains(&none, &any));
}
END_TEST

static const struct {
	const char *ip;
	bool is_private;
} privates[] = {
	{ "126.255.255.255", false }, { "127.0.0.0", true }, { "127.255.255.255", true },
	{ "128.0.0.0", false },
	{ "9.255.255.255", false }, { "10.0.0.0", true }, { "10.255.255.255", true },
	{ "11.0.0.0", false },
	{ "172.15.255.255", false }, { "172.16.0.0", true }, { "172.31.255.255", true },
	{ "172.32.0.0", false },
	{ "192.167.255.255", false }, { "192.168.0.0", true }, { "192.168.255.255", true },
	{ "192.169.0.0", false },
	{ "169.253.255.255", false }, { "169.254.0.0", true }, { "169.254.255.255", true },
	{ "169.255.0.0", false },
	{ "100.63.255.255", false }, { "100.64.0.0", true }, { "100.127.255.255", true },
	{ "100.128.0.0", false },
	{ "::", false }, { "::1", true }, { "::2", false },
	{ "fbff::", false }, { "fc00::", true },
	{ "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true },
	{ "fe00::", false }, { "fe7f:ffff::", false },
	{ "fe80::", true }, { "febf:ffff::1", true }, { "fec0::", false },
	{ "::ffff:10.1.2.3", true }, { "2001:db8::1", false },
};

START_TEST(private_ranges_end_where_they_end)
{
	struct aa_ip none = { 0 };

	for (size_t i = 0; i < N_ELEMENTS(privates); i++) {
		struct aa_ip ip = ip_of(privates[i].ip);

		ck_assert_msg(aa_ip_is_private(&ip) == privates[i].is_private, "%s",
			      privates[i].ip);
	}
	ck_assert(!aa_ip_is_private(&none));
}
END_TEST

START_TEST(prefix_is_the_neighbourhood)
{
	struct aa_ip none = { 0 }, v4 = ip_of("203.0.113.201");
	struct aa_ip v6 = ip_of("2001:db8:1:2:3:4:5:6");
	struct aa_ip longest = ip_of("ffff:ffff:ffff:ffff:1:1:1:1");
	char text[AA_NET_TEXT_MAX];

	aa_ip_prefix(&v4, text);
	ck_assert_str_eq(text, "203.0.113.0/24");
	aa_ip_prefix(&v6, text);
	ck_assert_str_eq(text, "2001:db8:1:2::/64");
	aa_ip_prefix(&longest, text);
	ck_assert_str_eq(text, "ffff:ffff:ffff:ffff::/64");
	aa_ip_prefix(&none, text);
	ck_assert_str_eq(text, "");
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, addresses_are_parsed_and_formatted);
	tcase_add_test(tcase, errors_show_no_hostile_bytes);
	tcase_add_test(tcase, equal_is_by_value);
	tcase_add_test(tcase, nets_are_parsed);
	tcase_add_test(tcase, nets_contain_what_they_should);
	tcase_add_test(tcase, private_ranges_end_where_they_end);
	tcase_add_test(tcase, prefix_is_the_neighbourhood);
}

int main(void)
{
	return suite_main("ip", add_tests);
}
