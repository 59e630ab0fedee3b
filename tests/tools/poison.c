/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Loaded before the service by test-poison.sh: it dies of each line that tells of a
   mailbox called Poison, as of a bug that such a line would find. No part of what is
   installed. */

#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define POISON "\tbox=Poison\t"

static ssize_t look(const void *data, ssize_t size)
{
	if (size > 0 && memmem(data, (size_t)size, POISON, strlen(POISON)) != NULL)
		abort();
	return size;
}

EXPORT ssize_t read(int fd, void *buf, size_t size)
{
	return look(buf, syscall(SYS_read, fd, buf, size));
}

EXPORT ssize_t recv(int fd, void *buf, size_t size, int flags)
{
	return look(buf, syscall(SYS_recvfrom, fd, buf, size, flags, NULL, NULL));
}

/* How libdovecot reads from UNIX sockets: into one piece. */
EXPORT ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	return look(msg->msg_iov[0].iov_base,
		    syscall(SYS_recvmsg, fd, msg, flags));
}
