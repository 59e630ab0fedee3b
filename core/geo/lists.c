/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lists.h"
#include "mem.h"
#include "netlist.h"
#include "watched.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct list_file {
	struct aa_watched watched;
	struct aa_netlist *list;	/* NULL = none in use */
	char told[AA_ERR_TEXT_MAX];	/* the text at the last refresh */
	bool news;
};

struct aa_netlists {
	unsigned int count;
	struct list_file files[AA_GEO_MAX_LISTS];
};

/* Returns -1 if the file cannot be read whole. */
static int read_whole(int fd, char *data, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t ret = pread(fd, data + len, size - len, (off_t)len);

		if (ret < 0 && errno == EINTR)
			continue;
		if (ret <= 0)
			return -1;
		len += (size_t)ret;
	}
	return 0;
}

static int read_text(int fd, char **text_r, size_t *size_r, struct aa_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return aa_err_set(err, AA_ERR_IO, "fstat: %s", strerror(errno));
	if (st.st_size > AA_NETLIST_MAX_BYTES) {
		return aa_err_set(err, AA_ERR_LIMIT, "larger than %d MB: split the "
			"file, or name larger networks",
			AA_NETLIST_MAX_BYTES / 1024 / 1024);
	}
	*size_r = (size_t)st.st_size;
	*text_r = aa_realloc(NULL, *size_r + 1);
	(*text_r)[*size_r] = '\0';
	if (read_whole(fd, *text_r, *size_r) == 0)
		return 0;
	free(*text_r);
	return aa_err_set(err, AA_ERR_IO, "cannot be read");
}

static int file_load(void *context, const struct aa_copy *copy,
		     struct aa_err *err)
{
	struct list_file *file = context;
	struct aa_netlist *list;
	char *text = NULL;
	size_t size = 0;
	int ret;

	if (read_text(copy->fd, &text, &size, err) < 0)
		return -1;
	ret = aa_netlist_parse(text, size, &list, err);
	free(text);
	if (ret < 0)
		return -1;
	aa_netlist_free(&file->list);
	file->list = list;
	return 0;
}

static void file_text(const struct list_file *file, char text_r[AA_ERR_TEXT_MAX])
{
	struct aa_buf text;

	aa_buf_init(&text, text_r, AA_ERR_TEXT_MAX);
	aa_buf_put(&text, file->watched.problem.text);
	if (text.len > 0 && file->list != NULL) {
		aa_buf_printf(&text, "; the list of before, %u lines, stays in use",
			      aa_netlist_count(file->list));
	}
}

static bool file_refresh(struct list_file *file)
{
	char text[AA_ERR_TEXT_MAX];
	bool loaded = aa_watched_refresh(&file->watched, file_load, file);

	file_text(file, text);
	file->news = loaded || strcmp(text, file->told) != 0;
	memcpy(file->told, text, sizeof(file->told));
	return file->news;
}

struct aa_netlists *aa_netlists_open(const char *const *paths, unsigned int count)
{
	struct aa_netlists *lists = aa_realloc(NULL, sizeof(*lists));

	memset(lists, 0, sizeof(*lists));
	for (unsigned int i = 0; i < count && i < AA_GEO_MAX_LISTS; i++)
		aa_watched_init(&lists->files[lists->count++].watched, paths[i]);
	(void)aa_netlists_refresh(lists);
	return lists;
}

void aa_netlists_close(struct aa_netlists **lists)
{
	if (*lists == NULL)
		return;
	for (unsigned int i = 0; i < (*lists)->count; i++) {
		aa_netlist_free(&(*lists)->files[i].list);
		aa_watched_deinit(&(*lists)->files[i].watched);
	}
	free(*lists);
	*lists = NULL;
}

bool aa_netlists_refresh(struct aa_netlists *lists)
{
	bool news = false;

	for (unsigned int i = 0; lists != NULL && i < lists->count; i++) {
		if (file_refresh(&lists->files[i]))
			news = true;
	}
	return news;
}

bool aa_netlists_status(const struct aa_netlists *lists, unsigned int idx,
			struct aa_geo_list_status *status_r)
{
	const struct list_file *file;

	if (lists == NULL || idx >= lists->count)
		return false;
	file = &lists->files[idx];
	status_r->path = file->watched.path;
	status_r->loaded = file->list != NULL;
	status_r->networks = file->list == NULL ? 0 : aa_netlist_count(file->list);
	status_r->news = file->news;
	file_text(file, status_r->text);
	return true;
}

enum aa_net_class
aa_netlists_class(const struct aa_netlists *lists, const struct aa_ip *ip,
		  uint32_t asn)
{
	struct aa_netlist_match match = { AA_NET_UNKNOWN, 0 };

	for (unsigned int i = 0; lists != NULL && i < lists->count; i++) {
		if (lists->files[i].list != NULL)
			aa_netlist_match(lists->files[i].list, ip, asn, &match);
	}
	return match.net_class;
}
