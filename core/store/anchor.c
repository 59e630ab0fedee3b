/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "anchor.h"
#include "num.h"
#include "timeval.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void aa_anchor_format(const struct aa_anchor *anchor, char text_r[AA_ANCHOR_TEXT_MAX])
{
	char at[AA_TIME_TEXT_MAX];
	struct aa_buf buf;

	aa_time_format_iso(anchor->at_ms, at);
	aa_buf_init(&buf, text_r, AA_ANCHOR_TEXT_MAX);
	aa_buf_printf(&buf, "audit anchor: n=%" PRId64 " hash=", anchor->n);
	for (unsigned int i = 0; i < AA_SHA256_SIZE; i++)
		aa_buf_printf(&buf, "%02x", anchor->hash[i]);
	aa_buf_printf(&buf, " rows=%" PRId64 " at=%s", anchor->rows, at);
}

static int digit_of(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = c == '\0' ? NULL : strchr(digits, c);

	return found == NULL ? -1 : (int)(found - digits) % 16;
}

static bool parse_hash(const char *text, uint8_t hash_r[AA_SHA256_SIZE])
{
	for (unsigned int i = 0; i < AA_SHA256_SIZE; i++, text += 2) {
		int high = digit_of(text[0]), low = high < 0 ? -1 : digit_of(text[1]);

		if (low < 0)
			return false;
		hash_r[i] = (uint8_t)(high << 4 | low);
	}
	return digit_of(*text) < 0;
}

static const char *parse_number(const char *text, int64_t *n_r)
{
	uint64_t value;

	text = aa_num_read(text, INT64_MAX, &value);
	if (text == NULL || value == 0)
		return NULL;
	*n_r = (int64_t)value;
	return text;
}

static const char mark[] = "audit anchor: n=";

/* The last one: a line that was broken off, on a full disk, has the next one behind
   it. */
static const char *find_mark(const char *line)
{
	const char *found = NULL;

	for (const char *next = line; (next = strstr(next, mark)) != NULL; next++)
		found = next;
	return found;
}

static const char *skip(const char *text, const char *word, const char *digits)
{
	size_t len = strlen(word);

	if (text == NULL || strncmp(text, word, len) != 0)
		return NULL;
	return text + len + strspn(text + len, digits);
}

/* What comes after the hash of an anchor, and then the line ends; in a line of JSON its
   string does. Names that strangers try to log in with stand in logs, too, but not at
   the end. */
static bool is_end(const char *line, const char *text)
{
	text = skip(skip(text, " rows=", "0123456789"), " at=", "0123456789-+:TZ");
	if (text == NULL)
		return false;
	return *line == '{' ? *text == '"' : text[strspn(text, " \t\r\n")] == '\0';
}

bool aa_anchor_parse(const char *line, struct aa_anchor *anchor_r)
{
	static const char hash[] = " hash=";
	const char *found = find_mark(line), *end;

	memset(anchor_r, 0, sizeof(*anchor_r));
	end = parse_number(found == NULL ? line : found + strlen(mark), &anchor_r->n);
	if (end == NULL)
		return false;
	if (found == NULL)
		return *end == ':' && parse_hash(end + 1, anchor_r->hash) &&
			end[1 + 2 * AA_SHA256_SIZE] == '\0';
	return strncmp(end, hash, strlen(hash)) == 0 &&
		parse_hash(end + strlen(hash), anchor_r->hash) &&
		is_end(line, end + strlen(hash) + 2 * AA_SHA256_SIZE);
}

static int file_error(const char *path, struct aa_err *err)
{
	return aa_err_set(err, errno == ENOSPC || errno == EDQUOT ? AA_ERR_FULL : AA_ERR_IO,
			  "%s: %s", path, strerror(errno));
}

static int append(int fd, const char *path, const char *line, struct aa_err *err)
{
	size_t size = strlen(line);
	struct stat st;

	if (fstat(fd, &st) < 0)
		return file_error(path, err);
	if (!S_ISREG(st.st_mode))
		return aa_err_set(err, AA_ERR_INVALID, "%s is not a file", path);
	errno = ENOSPC;
	if (write(fd, line, size) != (ssize_t)size || fsync(fd) < 0)
		return file_error(path, err);
	return 0;
}

/* The file that is there, or a new one with its mode whatever the umask is. */
static int open_file(const char *path)
{
	/* A fifo at the path must not hold us up. */
	const int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd = open(path, flags);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = open(path, flags | O_CREAT | O_EXCL, 0640);
	if (fd >= 0)
		(void)fchmod(fd, 0640);
	return fd;
}

int aa_anchor_append(const char *path, const struct aa_anchor *anchor, struct aa_err *err)
{
	char line[AA_ANCHOR_TEXT_MAX + 1];
	int fd = open_file(path), ret;

	if (fd < 0)
		return file_error(path, err);
	aa_anchor_format(anchor, line);
	ret = append(fd, path, strcat(line, "\n"), err);
	if (close(fd) < 0 && ret == 0)
		ret = file_error(path, err);
	return ret;
}

/* Its last lines are enough: each is shorter than AA_ANCHOR_TEXT_MAX. */
static int read_end(int fd, char *text_r, size_t cap)
{
	off_t end = lseek(fd, 0, SEEK_END), from;
	ssize_t size;

	if (end < 0)
		return -1;
	from = end < (off_t)cap ? 0 : end - (off_t)cap + 1;
	size = pread(fd, text_r, cap - 1, from);
	if (size < 0)
		return -1;
	text_r[size] = '\0';
	/* What a loss of power leaves in a file that had grown. */
	for (char *nul = text_r; (nul = memchr(nul, '\0', (size_t)(text_r + size - nul))) != NULL;)
		*nul = '\n';
	return 0;
}

int aa_anchor_last(const char *path, struct aa_anchor *anchor_r, struct aa_err *err)
{
	char text[8 * AA_ANCHOR_TEXT_MAX], *line, *next = text;
	struct aa_anchor anchor;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), ret = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : file_error(path, err);
	if (read_end(fd, text, sizeof(text)) < 0) {
		ret = file_error(path, err);
		next = NULL;
	}
	while ((line = strsep(&next, "\n")) != NULL) {
		if (!aa_anchor_parse(line, &anchor))
			continue;
		*anchor_r = anchor;
		ret = 1;
	}
	(void)close(fd);
	return ret;
}
