/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "base64.h"
#include "fd-util.h"
#include "message-header-encode.h"
#include "randgen.h"
#include "hex-binary.h"
#include "str.h"
#include "write-full.h"
#include "escape.h"
#include "doveadm-audit-page.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAIL_LINE_BYTES 57	/* 76 characters of base64 */
#define MAIL_ADDRESS_MAX 254

/* One address that no mail program takes for an option, a list or a header. */
static bool address_is_valid(const char *address)
{
	size_t len = strlen(address);

	for (const char *c = address; *c != '\0'; c++) {
		if ((unsigned char)*c <= ' ' || strchr("\"(),:;<>[]\\\x7f", *c) != NULL)
			return FALSE;
	}
	return len <= MAIL_ADDRESS_MAX && *address != '-' && *address != '@' &&
		strchr(address, '@') != NULL;
}

static void add_base64(string_t *mail, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	size_t line;

	for (; size > 0; bytes += line, size -= line) {
		line = I_MIN(size, MAIL_LINE_BYTES);
		base64_encode(bytes, line, mail);
		str_append_c(mail, '\n');
	}
}

static const char *boundary(void)
{
	unsigned char bytes[12];

	random_fill(bytes, sizeof(bytes));
	return t_strconcat("report-", binary_to_hex(bytes, sizeof(bytes)), NULL);
}

static void add_headers(string_t *mail, const struct page *page, const char *address,
			const char *limit, const struct page_value *period)
{
	string_t *subject = t_str_new(128);

	page_say_plain(subject, page->texts, "mail.subject", period);
	str_printfa(mail, "To: %s\nSubject: ", address);
	message_header_encode(str_c(subject), mail);
	str_printfa(mail, "\nMIME-Version: 1.0\nAuto-Submitted: auto-generated\n"
		    "Content-Type: multipart/mixed; boundary=\"%s\"\n\n", limit);
}

static void add_text(string_t *mail, const struct page *page, const char *limit,
		     const struct page_value *period)
{
	string_t *text = t_str_new(512);

	page_say_plain(text, page->texts, "mail.body", period);
	str_append(text, "\n\n");
	page_say_plain(text, page->texts, "mail.unknown", NULL);
	str_append_c(text, '\n');
	str_printfa(mail, "--%s\nContent-Type: text/plain; charset=utf-8\n"
		    "Content-Transfer-Encoding: base64\n\n", limit);
	add_base64(mail, str_data(text), str_len(text));
}

static void mail_write(string_t *mail, const struct page *page, const char *address,
		       const string_t *html)
{
	const char *limit = boundary();
	const struct page_value *period = PAGE_VALUES(
		{ .name = "from", .text = page_date(page->texts, page_time(page->since_ms)) },
		{ .name = "until", .text = page_date(page->texts, page_time(page->until_ms)) });

	add_headers(mail, page, address, limit, period);
	add_text(mail, page, limit, period);
	str_printfa(mail, "--%s\nContent-Type: text/html; charset=utf-8\n"
		    "Content-Transfer-Encoding: base64\n"
		    "Content-Disposition: attachment; filename=\"report.html\"\n\n", limit);
	add_base64(mail, str_data(html), str_len(html));
	str_printfa(mail, "--%s--\n", limit);
}

static void ATTR_NORETURN sendmail_exec(const char *program, const char *address, int input)
{
	const char *const argv[] = { program, "-oi", "--", address, NULL };

	if (dup2(input, STDIN_FILENO) >= 0)
		(void)execv(program, (char *const *)argv);
	_exit(EX_UNAVAILABLE);
}

/* Until it has taken the whole mail and ended. NULL, or what went wrong. */
static const char *sendmail_run(const char *program, const char *address,
				const string_t *mail)
{
	int fds[2], status = -1;
	bool written;
	pid_t pid;

	if (pipe(fds) < 0)
		return t_strdup_printf("pipe: %m");
	fd_close_on_exec(fds[0], TRUE);
	fd_close_on_exec(fds[1], TRUE);
	if ((pid = fork()) == 0)
		sendmail_exec(program, address, fds[0]);
	i_close_fd(&fds[0]);
	/* one that ends early must not end us: doveadm ignores SIGPIPE */
	written = pid > 0 && write_full(fds[1], str_data(mail), str_len(mail)) == 0;
	i_close_fd(&fds[1]);
	if (pid < 0)
		return t_strdup_printf("fork: %m");
	if (waitpid(pid, &status, 0) < 0)
		return t_strdup_printf("waitpid: %m");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return "it did not take the mail";
	return written ? NULL : "it did not read the mail to its end";
}

int page_mail(struct page *page, const char *address, const string_t *html)
{
	const char *program = page->audit->set->access_audit_notify_sendmail, *error;
	char shown[AA_SHOWN_MAX];
	string_t *mail;

	if (!address_is_valid(address)) {
		return audit_fail(page->audit, AUDIT_EX_USAGE, "--mail: '%s' is no address",
				  aa_shown(address, shown));
	}
	mail = str_new(default_pool, str_len(html) / 2 * 3);
	mail_write(mail, page, address, html);
	error = sendmail_run(program, address, mail);
	str_free(&mail);
	return error == NULL ? AUDIT_EX_OK :
		audit_fail(page->audit, AUDIT_EX_TEMPFAIL, "%s: %s", program, error);
}
