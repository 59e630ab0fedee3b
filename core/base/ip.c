/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "ip.h"
#include "escape.h"
#include "num.h"

#include <arpa/inet.h>
#include <string.h>

#define V4_BITS 96 /* how many bits stand before an IPv4 address */
#define V4_MAPPED 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff

static const unsigned char v4_mapped[] = { V4_MAPPED };

static const struct aa_net private_nets[] = {
	{ { { V4_MAPPED, 127 }, true }, V4_BITS + 8 },
	{ { { V4_MAPPED, 10 }, true }, V4_BITS + 8 },
	{ { { V4_MAPPED, 172, 16 }, true }, V4_BITS + 12 },
	{ { { V4_MAPPED, 192, 168 }, true }, V4_BITS + 16 },
	{ { { V4_MAPPED, 169, 254 }, true }, V4_BITS + 16 },
	{ { { V4_MAPPED, 100, 64 }, true }, V4_BITS + 10 },
	{ { { [15] = 1 }, true }, 128 },
	{ { { 0xfc }, true }, 7 },
	{ { { 0xfe, 0x80 }, true }, 10 },
};

static bool read_address(struct aa_ip *ip_r, const char *text)
{
	memset(ip_r, 0, sizeof(*ip_r));
	if (inet_pton(AF_INET6, text, ip_r->bytes) == 1) {
		ip_r->set = true;
	} else if (inet_pton(AF_INET, text, ip_r->bytes + sizeof(v4_mapped)) == 1) {
		memcpy(ip_r->bytes, v4_mapped, sizeof(v4_mapped));
		ip_r->set = true;
	}
	return ip_r->set;
}

int aa_ip_parse(struct aa_ip *ip_r, const char *text, struct aa_err *err)
{
	char shown[AA_SHOWN_MAX];

	if (read_address(ip_r, text))
		return 0;
	return aa_err_set(err, AA_ERR_INVALID, "'%s' is not an IP address",
			  aa_shown(text, shown));
}

static void clear_host_bits(struct aa_net *net)
{
	for (unsigned int bit = net->bits; bit < 128; bit++)
		net->ip.bytes[bit / 8] &= ~(0x80 >> bit % 8);
}

static bool read_bits(struct aa_net *net, const char *text, bool dotted)
{
	unsigned int before = dotted ? V4_BITS : 0;
	uint64_t bits;
	const char *end = aa_num_read(text, 128 - before, &bits);

	if (end == NULL || *end != '\0')
		return false;
	net->bits = before + (unsigned int)bits;
	return true;
}

int aa_net_parse(struct aa_net *net_r, const char *text, struct aa_err *err)
{
	const char *slash = strchr(text, '/');
	char address[AA_IP_TEXT_MAX], shown[AA_SHOWN_MAX];
	size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);
	bool valid = len < sizeof(address);

	memset(net_r, 0, sizeof(*net_r));
	net_r->bits = 128;
	if (valid) {
		memcpy(address, text, len);
		address[len] = '\0';
		valid = read_address(&net_r->ip, address);
	}
	if (valid && slash != NULL)
		valid = read_bits(net_r, slash + 1, strchr(address, ':') == NULL);
	if (!valid) {
		memset(net_r, 0, sizeof(*net_r));
		return aa_err_set(err, AA_ERR_INVALID,
				  "'%s' is not a network: use e.g. 192.0.2.0/24 or 2001:db8::/32",
				  aa_shown(text, shown));
	}
	clear_host_bits(net_r);
	return 0;
}

bool aa_ip_is_v4(const struct aa_ip *ip)
{
	return ip->set && memcmp(ip->bytes, v4_mapped, sizeof(v4_mapped)) == 0;
}

/* Not inet_ntop(), which goes through printf(): each login needs several. */
static void format_v4(const unsigned char bytes[4], char *out)
{
	for (unsigned int i = 0; i < 4; i++) {
		if (bytes[i] >= 100)
			*out++ = (char)('0' + bytes[i] / 100);
		if (bytes[i] >= 10)
			*out++ = (char)('0' + bytes[i] / 10 % 10);
		*out++ = (char)('0' + bytes[i] % 10);
		*out++ = '.';
	}
	out[-1] = '\0';
}

void aa_ip_format(const struct aa_ip *ip, char text_r[AA_IP_TEXT_MAX])
{
	text_r[0] = '\0';
	if (aa_ip_is_v4(ip))
		format_v4(ip->bytes + sizeof(v4_mapped), text_r);
	else if (ip->set)
		(void)inet_ntop(AF_INET6, ip->bytes, text_r, AA_IP_TEXT_MAX);
}

bool aa_ip_equal(const struct aa_ip *a, const struct aa_ip *b)
{
	return a->set == b->set && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool aa_net_contains(const struct aa_net *net, const struct aa_ip *ip)
{
	const unsigned int whole = net->bits / 8, rest = net->bits % 8;

	if (!net->ip.set || !ip->set || aa_ip_is_v4(&net->ip) != aa_ip_is_v4(ip))
		return false;
	if (memcmp(net->ip.bytes, ip->bytes, whole) != 0)
		return false;
	return rest == 0 ||
		((net->ip.bytes[whole] ^ ip->bytes[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

bool aa_ip_is_private(const struct aa_ip *ip)
{
	for (size_t i = 0; i < sizeof(private_nets) / sizeof(private_nets[0]); i++) {
		if (aa_net_contains(&private_nets[i], ip))
			return true;
	}
	return false;
}

void aa_ip_prefix(const struct aa_ip *ip, char text_r[AA_NET_TEXT_MAX])
{
	const bool v4 = aa_ip_is_v4(ip);
	struct aa_net net = { *ip, v4 ? V4_BITS + 24 : 64 };
	char address[AA_IP_TEXT_MAX];
	struct aa_buf out;

	aa_buf_init(&out, text_r, AA_NET_TEXT_MAX);
	if (!ip->set)
		return;
	clear_host_bits(&net);
	aa_ip_format(&net.ip, address);
	aa_buf_put(&out, address);
	aa_buf_put(&out, v4 ? "/24" : "/64");
}
