/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "istream.h"
#include "safe-mkstemp.h"
#include "str.h"
#include "write-full.h"
#include "doveadm-audit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int audit_file_read(const char *path, size_t max, const char **text_r,
		    const char **error_r)
{
	struct istream *input = i_stream_create_file(path, max + 1);
	const unsigned char *data;
	const char *error = NULL;
	size_t size = 0;

	while (i_stream_read(input) > 0) ;
	data = i_stream_get_data(input, &size);
	if (input->stream_errno != 0)
		error = i_stream_get_error(input);
	else if (size > max)
		error = t_strdup_printf("it is longer than %zu KB", max / 1024);
	else if (memchr(data, '\0', size) != NULL)
		error = "it is no text";
	else
		*text_r = t_strndup(data, size);
	*error_r = t_strdup(error);
	i_stream_unref(&input);
	return error == NULL ? 0 : -1;
}

/* What stands there may be replaced: nothing, or a file of its own. */
static int file_may_be_replaced(const char *path, const char **error_r)
{
	struct stat st;

	if (lstat(path, &st) < 0) {
		if (errno == ENOENT)
			return 0;
		*error_r = t_strdup_printf("%m");
		return -1;
	}
	if (S_ISREG(st.st_mode))
		return 0;
	*error_r = S_ISLNK(st.st_mode) ?
		"it is a symbolic link, which somebody else may have put there" :
		"there is something that is no file";
	return -1;
}

static int file_finish(int fd, const char *temp, const char *path,
		       const void *data, size_t size, const char **error_r)
{
	if (write_full(fd, data, size) < 0 || fsync(fd) < 0 ||
	    rename(temp, path) < 0) {
		*error_r = t_strdup_printf("%m");
		return -1;
	}
	return 0;
}

int audit_file_write(const char *path, const void *data, size_t size,
		     const char **error_r)
{
	string_t *temp = t_str_new(128);
	int fd, ret;

	if (file_may_be_replaced(path, error_r) < 0)
		return -1;
	str_printfa(temp, "%s.", path);
	fd = safe_mkstemp(temp, 0600, (uid_t)-1, (gid_t)-1);
	if (fd == -1) {
		*error_r = t_strdup_printf("%m");
		return -1;
	}
	ret = file_finish(fd, str_c(temp), path, data, size, error_r);
	if (ret < 0)
		i_unlink_if_exists(str_c(temp));
	i_close_fd(&fd);
	return ret;
}
