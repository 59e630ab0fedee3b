/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* peer-relay SOCKET: a Dovecot service that lets a test speak as a mail process
   would, as a child of Dovecot's master and under the uid that the service has.
   Who connects is told the relay's pid on a line, and is then connected with
   SOCKET until either side closes. */

#include "lib.h"
#include "master-service.h"
#include "net.h"
#include "restrict-access.h"
#include "write-full.h"

#include <poll.h>
#include <unistd.h>

static const char *socket_path;

/* Returns FALSE at the end of from. */
static bool relay_copy(int from, int to)
{
	char buf[8192];
	ssize_t ret = read(from, buf, sizeof(buf));

	return ret > 0 && write_full(to, buf, ret) == 0;
}

static void relay_run(int tester, int service)
{
	struct pollfd fds[] = {
		{ .fd = tester, .events = POLLIN },
		{ .fd = service, .events = POLLIN },
	};

	while (poll(fds, N_ELEMENTS(fds), -1) > 0) {
		if (fds[0].revents != 0 && !relay_copy(tester, service))
			break;
		if (fds[1].revents != 0 && !relay_copy(service, tester))
			break;
	}
}

static void relay_connected(struct master_service_connection *conn)
{
	const char *pid = t_strdup_printf("%ld\n", (long)getpid());
	int service = net_connect_unix(socket_path);

	if (service == -1)
		i_fatal("connect(%s) failed: %m", socket_path);
	net_set_nonblock(service, FALSE);
	net_set_nonblock(conn->fd, FALSE);
	if (write_full(conn->fd, pid, strlen(pid)) == 0)
		relay_run(conn->fd, service);
	/* The test's fd is closed by the caller: it was not accepted. */
	i_close_fd(&service);
}

int main(int argc, char *argv[])
{
	master_service = master_service_init("peer-relay",
		MASTER_SERVICE_FLAG_NO_CONFIG_SETTINGS |
		MASTER_SERVICE_FLAG_NO_SSL_INIT |
		MASTER_SERVICE_FLAG_DONT_SEND_STATS, &argc, &argv, "");
	if (master_getopt(master_service) > 0 || argv[optind] == NULL)
		return FATAL_DEFAULT;
	socket_path = argv[optind];
	master_service_init_log(master_service);
	restrict_access_by_env(0, NULL);
	master_service_init_finish(master_service);
	master_service_run(master_service, relay_connected);
	master_service_deinit(&master_service);
	return 0;
}
