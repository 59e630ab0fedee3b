/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "keep-private.h"
#include "buf.h"
#include "ip.h"

#include <stdio.h>
#include <string.h>

/* Addresses that become less with age: their prefix, then their network. */

/* Rows of one day of failed logins that are reduced at a time. */
#define FAILED_ROWS 64
#define ADDRESS_MAX 64

/* The /24 of an IPv4 address, the /48 of an IPv6 one: what a site or a customer has. ""
   for what is no address. */
static void prefix_of(const char *text, char address_r[ADDRESS_MAX])
{
	char shown[AA_IP_TEXT_MAX];
	struct aa_ip ip;

	*address_r = '\0';
	if (aa_ip_parse(&ip, text, NULL) < 0)
		return;
	if (aa_ip_is_v4(&ip))
		ip.bytes[15] = 0;
	else
		memset(ip.bytes + 6, 0, sizeof(ip.bytes) - 6);
	aa_ip_format(&ip, shown);
	(void)snprintf(address_r, ADDRESS_MAX, "%s/%d", shown, aa_ip_is_v4(&ip) ? 24 : 48);
}

/* What is left of an address, by the rule in work. */
static void reduce(const struct aa_keep *keep, const char *address, const char *network,
		   char address_r[ADDRESS_MAX])
{
	if (aa_keep_rules[keep->rule].age == AGE_PREFIX)
		prefix_of(address, address_r);
	else
		(void)aa_text_copy(address_r, ADDRESS_MAX, network);
}

static void bind_text(struct aa_stmt *stmt, const char *name, const char *text)
{
	for (unsigned int i = 0; i < aa_stmt_params(stmt); i++) {
		if (strcmp(aa_stmt_param_name(stmt, i), name) == 0)
			aa_stmt_bind_copy(stmt, i, text);
	}
}

static int run(struct aa_keep *keep, unsigned int idx, struct aa_err *err)
{
	unsigned int rows;

	return aa_chain_run(keep->chain, aa_keep_rules[keep->rule].drops[idx].table,
			    keep->drops[keep->rule][idx], "address", "access-audit", &rows,
			    err);
}

static void count_row(struct aa_keep *keep)
{
	keep->dropped++;
	if (keep->rows_left > 0)
		keep->rows_left--;
}

int aa_keep_reduce_session(struct aa_keep *keep, struct aa_err *err)
{
	struct aa_stmt *find = keep->drops[keep->rule][0];
	struct aa_stmt *change = keep->drops[keep->rule][1];
	char address[ADDRESS_MAX];
	int ret;

	aa_keep_bind(keep, find);
	ret = aa_stmt_step(find, err);
	if (ret <= 0)
		return ret < 0 ? -1 : 1;
	prefix_of(aa_stmt_text(find, 0), address);
	aa_stmt_reset(find);
	aa_keep_bind(keep, change);
	bind_text(change, "address", address);
	count_row(keep);
	return run(keep, 1, err) < 0 ? -1 : 1;
}

/* A row of failed logins: its count goes to the row of the reduced address. */
struct failed_key {
	char ip[ADDRESS_MAX], name[AA_NAME_MAX], address[ADDRESS_MAX];
};

static int move_failed(struct aa_keep *keep, const struct failed_key *key, struct aa_err *err)
{
	for (unsigned int i = 1; i <= 2; i++) {
		struct aa_stmt *stmt = keep->drops[keep->rule][i];

		aa_keep_bind(keep, stmt);
		bind_text(stmt, "ip", key->ip);
		bind_text(stmt, "name", key->name);
		bind_text(stmt, "address", key->address);
		if (run(keep, i, err) < 0)
			return -1;
	}
	count_row(keep);
	return 0;
}

int aa_keep_reduce_failed(struct aa_keep *keep, struct aa_err *err)
{
	struct aa_stmt *find = keep->drops[keep->rule][0];
	struct failed_key keys[FAILED_ROWS];
	unsigned int count = 0;
	int ret;

	aa_keep_bind(keep, find);
	while (count < FAILED_ROWS && (ret = aa_stmt_step(find, err)) > 0) {
		struct failed_key *key = &keys[count++];

		(void)aa_text_copy(key->ip, sizeof(key->ip), aa_stmt_text(find, 0));
		(void)aa_text_copy(key->name, sizeof(key->name), aa_stmt_text(find, 1));
		reduce(keep, key->ip, aa_stmt_text(find, 2), key->address);
	}
	aa_stmt_reset(find);
	if (count < FAILED_ROWS && ret < 0)
		return -1;
	for (unsigned int i = 0; i < count; i++) {
		if (move_failed(keep, &keys[i], err) < 0)
			return -1;
	}
	return count < FAILED_ROWS ? 1 : 0;
}
