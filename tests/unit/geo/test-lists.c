/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"
#include "netlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_text(const char *path, const char *text)
{
	write_file(path, text, strlen(text));
}

static const char *class_of(const struct aa_geo *geo, const char *address)
{
	return aa_net_class_name(place_of(geo, address).net_class);
}

static struct aa_geo *open_lists(const char *const *paths, unsigned int count)
{
	const char *mmdb = data_path("asn");
	struct aa_geo *geo = aa_geo_open(&mmdb, 1, NOW_MS);

	aa_geo_lists(geo, paths, count);
	return geo;
}

static struct aa_geo_list_status
list_status_of(const struct aa_geo *geo, unsigned int idx)
{
	struct aa_geo_list_status status;

	ck_assert(aa_geo_list_status(geo, idx, &status));
	return status;
}

START_TEST(the_smallest_network_decides)
{
	const char *path = temp_path("nets");
	struct aa_geo *geo;

	write_text(path,
		"# of all sorts\n\n"
		"198.51.100.0/24\thosting\r\n"
		"  198.51.100.128/25 vpn  a note, # and more of it\n"
		"198.51.100.129 unknown\n"
		"0.0.0.0/0 residential\n"
		"2001:db8::/32 mobile\n"
		"2001:db8:7::/48 tor\n"
		"2001:db8:7::1 egress");
	geo = open_lists(&path, 1);
	ck_assert_str_eq(list_status_of(geo, 0).text, "");
	ck_assert_uint_eq(list_status_of(geo, 0).networks, 7);
	ck_assert_str_eq(class_of(geo, "198.51.100.0"), "hosting");
	ck_assert_str_eq(class_of(geo, "198.51.100.127"), "hosting");
	ck_assert_str_eq(class_of(geo, "198.51.100.128"), "vpn");
	ck_assert_str_eq(class_of(geo, "198.51.100.129"), "unknown");
	ck_assert_str_eq(class_of(geo, "198.51.100.255"), "vpn");
	ck_assert_str_eq(class_of(geo, "198.51.101.0"), "residential");
	ck_assert_str_eq(class_of(geo, "255.255.255.255"), "residential");
	ck_assert_str_eq(class_of(geo, "2001:db8::"), "mobile");
	ck_assert_str_eq(class_of(geo, "2001:db8:7::"), "tor");
	ck_assert_str_eq(class_of(geo, "2001:db8:7::1"), "egress");
	ck_assert_str_eq(class_of(geo, "2001:db8:7::2"), "tor");
	ck_assert_str_eq(class_of(geo, "2001:db9::"), "unknown");
	ck_assert_str_eq(class_of(geo, "2001:db7:ffff::"), "unknown");
	aa_geo_close(&geo);
}
END_TEST

START_TEST(all_of_ipv6_is_no_ipv4)
{
	const char *path = temp_path("nets");
	struct aa_geo *geo;

	write_text(path, "::/0 vpn\n198.51.100.0/24 hosting\n");
	geo = open_lists(&path, 1);
	ck_assert_str_eq(class_of(geo, "198.51.100.1"), "hosting");
	ck_assert_str_eq(class_of(geo, "198.51.101.1"), "unknown");
	ck_assert_str_eq(class_of(geo, "2001:db8::1"), "vpn");
	ck_assert_str_eq(class_of(geo, "::1"), "vpn");
	aa_geo_close(&geo);
}
END_TEST

/* 192.0.2.7 is in AS64496 (make-geo.pl). */
START_TEST(an_as_number_counts_where_no_network_does)
{
	const char *paths[] = { temp_path("a"), temp_path("b") };
	struct aa_geo *geo;

	write_text(paths[0], "AS64496 hosting\nAS4294967295 tor\n");
	write_text(paths[1], "192.0.2.8/29 business\nAS64496 vpn\n");
	geo = open_lists(paths, 2);
	ck_assert_str_eq(class_of(geo, "192.0.2.7"), "hosting");
	ck_assert_str_eq(class_of(geo, "192.0.2.8"), "business");
	ck_assert_str_eq(class_of(geo, "203.0.113.99"), "unknown");
	aa_geo_close(&geo);
}
END_TEST

START_TEST(of_several_lists_the_smallest_network_decides)
{
	const char *paths[] = { temp_path("a"), temp_path("b"), temp_path("none") };
	struct aa_geo *geo;

	write_text(paths[0], "198.51.100.0/24 hosting\n");
	write_text(paths[1], "198.51.100.0/24 vpn\n198.51.100.0/30 egress\n");
	geo = open_lists(paths, 3);
	ck_assert_str_eq(class_of(geo, "198.51.100.9"), "hosting");
	ck_assert_str_eq(class_of(geo, "198.51.100.1"), "egress");
	ck_assert(!list_status_of(geo, 2).loaded);
	ck_assert_ptr_nonnull(strstr(list_status_of(geo, 2).text,
				     "No such file"));
	aa_geo_close(&geo);
}
END_TEST

START_TEST(what_is_no_list_names_its_line)
{
	static const struct { const char *text, *problem; } rows[] = {
		{ "# fine\n\n192.0.2.0/33 vpn\n", "line 3: neither a network" },
		{ "192.0.2.0/24 vpns\n", "line 1: no class of networks: 'vpns'; there "
			"are: unknown residential mobile business hosting vpn cloud "
			"tor egress" },
		{ "192.0.2.0/24\n", "line 1: no class of networks: ''" },
		{ "vpn 192.0.2.0/24\n", "line 1: neither a network" },
		{ "AS0 vpn\n", "line 1: neither a network" },
		{ "AS4294967296 vpn\n", "line 1: neither a network" },
		{ "AS64500x vpn\n", "line 1: neither a network" },
		{ "as64500 vpn\n", "line 1: neither a network" },
		{ "192.0.2.0/24 vpn\n192.0.2.0/24 vpn\n192.0.2.9/24 tor\n",
			"line 3: the same network is tor here and vpn in line 2" },
		{ "AS64500 vpn\nAS64500 tor\n",
			"line 2: the same network is tor here and vpn in line 1" },
		{ "0123456789012345678901234567890123456789012345678901234567890123 vpn",
			"line 1: this is no network: too long" },
		{ "\033[31m vpn\n", "line 1: neither a network (192.0.2.0/24, "
			"2001:db8::/32) nor AS64500: '\\x1b" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aa_netlist *list = NULL;
		struct aa_err err;

		ck_assert_int_eq(aa_netlist_parse(rows[i].text, strlen(rows[i].text),
						  &list, &err), -1);
		ck_assert_ptr_null(list);
		ck_assert_msg(strncmp(err.text, rows[i].problem,
				      strlen(rows[i].problem)) == 0, "%s", err.text);
	}
}
END_TEST

START_TEST(a_nul_byte_is_no_end)
{
	static const char text[] = "192.0.2.0/24 vpn a\0b\n192.0\0.3.0/24 vpn\n";
	struct aa_netlist *list = NULL;
	struct aa_err err;

	ck_assert_int_eq(aa_netlist_parse(text, sizeof(text) - 1, &list, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "line 2:"));
}
END_TEST

START_TEST(a_changed_list_is_loaded)
{
	const char *path = temp_path("nets");
	struct aa_geo *geo;

	write_text(path, "198.51.100.0/24 hosting\n");
	geo = open_lists(&path, 1);
	ck_assert(list_status_of(geo, 0).news);
	ck_assert(!aa_geo_refresh(geo, NOW_MS));
	ck_assert(!list_status_of(geo, 0).news);
	write_text(path, "198.51.100.0/24 residential\n");
	ck_assert(aa_geo_refresh(geo, NOW_MS));
	ck_assert(list_status_of(geo, 0).news);
	ck_assert_str_eq(class_of(geo, "198.51.100.1"), "residential");
	aa_geo_close(&geo);
}
END_TEST

START_TEST(a_broken_list_keeps_the_old_one)
{
	const char *path = temp_path("nets");
	struct aa_geo *geo;

	write_text(path, "198.51.100.0/24 hosting\n");
	geo = open_lists(&path, 1);
	write_text(path, "198.51.100.0/24 vpn\n\nnonsense\n");
	ck_assert(aa_geo_refresh(geo, NOW_MS));
	ck_assert_ptr_nonnull(strstr(list_status_of(geo, 0).text,
		"line 3: neither a network"));
	ck_assert_ptr_nonnull(strstr(list_status_of(geo, 0).text,
		"the list of before, 1 lines, stays in use"));
	ck_assert_str_eq(class_of(geo, "198.51.100.1"), "hosting");
	/* It is told once. */
	ck_assert(!aa_geo_refresh(geo, NOW_MS));
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(aa_geo_refresh(geo, NOW_MS));
	ck_assert_str_eq(class_of(geo, "198.51.100.1"), "hosting");
	write_text(path, "198.51.100.0/24 vpn\n");
	ck_assert(aa_geo_refresh(geo, NOW_MS));
	ck_assert_str_eq(list_status_of(geo, 0).text, "");
	ck_assert_str_eq(class_of(geo, "198.51.100.1"), "vpn");
	aa_geo_close(&geo);
}
END_TEST

START_TEST(what_is_too_much_is_refused)
{
	size_t size = 0;
	char *text = malloc(32 * (AA_NETLIST_MAX_LINES + 1));
	struct aa_netlist *list = NULL;
	struct aa_err err;

	for (unsigned int i = 0; i <= AA_NETLIST_MAX_LINES; i++)
		size += (size_t)sprintf(text + size, "AS%u vpn\n", i + 1);
	ck_assert_int_eq(aa_netlist_parse(text, size, &list, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "line 250001: more than 250000"));
	free(text);
}
END_TEST

static unsigned int next_number(unsigned int below)
{
	static unsigned int state = 1;

	state = state * 1103515245 + 12345;
	return (state >> 16) % below;
}

static void next_address(char text_r[AA_IP_TEXT_MAX], unsigned int rows)
{
	unsigned int second = 51 * next_number(2), third = next_number(rows);

	(void)snprintf(text_r, AA_IP_TEXT_MAX, "198.%u.%u.%u", second, third,
		       next_number(256));
}

/* The tree against the plain way, on networks that lie in one another. */
START_TEST(the_tree_finds_what_a_walk_finds)
{
	enum { NETS = 400, LOOKUPS = 4000 };
	static struct aa_net nets[NETS];
	static enum aa_net_class classes[NETS];
	char *text = malloc(NETS * 80), ip_text[AA_IP_TEXT_MAX];
	struct aa_netlist *list = NULL;
	unsigned int hits = 0;
	size_t size = 0;
	struct aa_err err;

	for (unsigned int i = 0; i < NETS; i++) {
		unsigned int bits = 8 + next_number(25);

		/* The class is a function of the network: no contradiction. */
		next_address(ip_text, 4);
		sprintf(text + size, "%s/%u", ip_text, bits);
		ck_assert_int_eq(aa_net_parse(&nets[i], text + size, NULL), 0);
		classes[i] = (enum aa_net_class)(1 + bits % (AA_NET_CLASS_COUNT - 1));
		size += (size_t)sprintf(text + size, "%s/%u %s\n", ip_text, bits,
					aa_net_class_name(classes[i]));
	}
	ck_assert_int_eq(aa_netlist_parse(text, size, &list, &err), 0);
	for (unsigned int i = 0; i < LOOKUPS; i++) {
		struct aa_netlist_match match = { AA_NET_UNKNOWN, 0 };
		enum aa_net_class want = AA_NET_UNKNOWN;
		unsigned int best = 0;
		struct aa_ip ip;

		next_address(ip_text, 5);
		ck_assert_int_eq(aa_ip_parse(&ip, ip_text, NULL), 0);
		for (unsigned int n = 0; n < NETS; n++) {
			if (aa_net_contains(&nets[n], &ip) && nets[n].bits > best) {
				best = nets[n].bits;
				want = classes[n];
			}
		}
		aa_netlist_match(list, &ip, 0, &match);
		ck_assert_uint_eq(match.net_class, want);
		hits += want != AA_NET_UNKNOWN;
	}
	ck_assert_uint_gt(hits, LOOKUPS / 2);
	aa_netlist_free(&list);
	free(text);
}
END_TEST

START_TEST(the_list_that_comes_along_can_be_read)
{
	const char *path = AA_NETWORKS;
	struct aa_geo *geo = open_lists(&path, 1);

	ck_assert_str_eq(list_status_of(geo, 0).text, "");
	ck_assert_str_eq(class_of(geo, "52.125.140.9"), "cloud");
	ck_assert_str_eq(class_of(geo, "52.125.139.9"), "unknown");
	aa_geo_close(&geo);
}
END_TEST

START_TEST(no_list_no_class)
{
	struct aa_geo *geo = aa_geo_open(NULL, 0, NOW_MS);
	struct aa_geo_list_status status;

	ck_assert(!aa_geo_list_status(geo, 0, &status));
	ck_assert(!aa_geo_list_status(NULL, 0, &status));
	ck_assert_str_eq(class_of(geo, "192.0.2.7"), "unknown");
	ck_assert_str_eq(class_of(NULL, "192.0.2.7"), "unknown");
	aa_geo_close(&geo);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_smallest_network_decides,
		all_of_ipv6_is_no_ipv4,
		an_as_number_counts_where_no_network_does,
		of_several_lists_the_smallest_network_decides,
		what_is_no_list_names_its_line,
		a_nul_byte_is_no_end,
		a_changed_list_is_loaded,
		a_broken_list_keeps_the_old_one,
		what_is_too_much_is_refused,
		the_tree_finds_what_a_walk_finds,
		the_list_that_comes_along_can_be_read,
		no_list_no_class,
	};

	return run_tests("lists", tests, sizeof(tests) / sizeof(tests[0]));
}
