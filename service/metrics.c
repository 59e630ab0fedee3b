/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "http-server.h"
#include "http-url.h"
#include "ioloop.h"
#include "lib-event.h"
#include "master-service.h"
#include "net.h"
#include "strfuncs.h"
#include "strnum.h"
#include "aa-settings.h"
#include "compat-http.h"
#include "metrics.h"
#include "persist.h"
#include "timeval.h"

#define METRICS_BODY_MAX 1024
/* Longer than monitors sleep between two scrapes. */
#define METRICS_IDLE_MSECS (90 * 1000)
#define METRICS_LOG_MS AA_MINUTE_MS
#define METRICS_TYPE_OPEN \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"
#define METRICS_TYPE_TEXT "text/plain; version=0.0.4; charset=utf-8"

struct metrics {
	struct audit *audit;
	struct http_server *server;	/* NULL: nobody has come yet */
	struct timeout *to_stored;
	struct metrics_stored stored;
	int64_t refused_logged_ms;
};

void metrics_init(struct audit *audit)
{
	audit->metrics = i_new(struct metrics, 1);
	audit->metrics->audit = audit;
}

void metrics_deinit(struct audit *audit)
{
	struct metrics *metrics = audit->metrics;

	timeout_remove(&metrics->to_stored);
	if (metrics->server != NULL)
		http_server_deinit(&metrics->server);
	i_free(audit->metrics);
}

/* --- what the database knows --- */

static void stored_word(uint64_t *numbers, const struct aa_words *words,
			const char *label, uint64_t number)
{
	unsigned int value;

	if (aa_words_parse(words, label, &value))
		numbers[value] = number;
}

static bool stored_row(void *context, unsigned int columns ATTR_UNUSED,
		       const char *const *names ATTR_UNUSED,
		       const char *const *values)
{
	struct metrics_stored *stored = context;
	const char *family = values[0], *label = values[1];
	uint64_t number;

	if (str_to_uint64(values[2], &number) < 0)
		return TRUE;
	if (strcmp(family, "incidents") == 0)
		stored_word(stored->incidents, &aa_incident_state_words, label,
			    number);
	else if (strcmp(family, "gaps") == 0)
		stored_word(stored->gaps, &aa_gap_cause_words, label, number);
	else if (strcmp(family, "gaps_open") == 0)
		stored->gaps_open = number;
	else if (strcmp(family, "blocks") == 0)
		stored->blocks = number;
	return TRUE;
}

static void metrics_read_stored(struct metrics *metrics)
{
	struct audit *audit = metrics->audit;
	const struct aa_param now = { .name = "now", .number = audit_now_ms() };
	struct aa_err err;

	i_zero(&metrics->stored);
	if (!persist_ready(audit))
		return;
	if (aa_reader_query(audit->persist->reader, "gauges", &now, 1,
			    stored_row, &metrics->stored, &err) < 0)
		persist_reader_failed(audit, &err);
	else
		metrics->stored.known = TRUE;
}

/* --- HTTP --- */

static void metrics_answer(struct metrics *metrics,
			   struct http_server_request *req)
{
	const char *accept = http_request_header_get(
		http_server_request_get(req), "Accept");
	bool openmetrics = accept != NULL &&
		strstr(accept, "application/openmetrics-text") != NULL;
	struct http_server_response *response;
	const char *text;

	text = metrics_text(metrics->audit, &metrics->stored, openmetrics);
	response = http_server_response_create(req, 200, "OK");
	http_server_response_add_header(response, "Content-Type",
		openmetrics ? METRICS_TYPE_OPEN : METRICS_TYPE_TEXT);
	http_server_response_set_payload_data(response,
		(const unsigned char *)text, strlen(text));
	http_server_response_submit(response);
}

static void metrics_request(void *context, struct http_server_request *req)
{
	const struct http_request *http = http_server_request_get(req);
	const struct http_url *url = http->target.url;

	if (url == NULL || url->path == NULL ||
	    strcmp(url->path, "/metrics") != 0)
		http_server_request_fail(req, 404, "Not Found");
	else if (!http_request_method_is(http, "GET"))
		http_server_request_fail_bad_method(req, "GET");
	else
		metrics_answer(context, req);
}

static void metrics_connection_destroy(void *context ATTR_UNUSED,
				       const char *reason ATTR_UNUSED)
{
	master_service_client_connection_destroyed(master_service);
}

static const struct http_server_callbacks metrics_callbacks = {
	.handle_request = metrics_request,
	.connection_destroy = metrics_connection_destroy,
};

/* A UNIX socket has a mode for that. */
static bool metrics_may_ask(const struct metrics *metrics,
			    const struct master_service_connection *conn)
{
	const char *const *nets = t_strsplit_spaces(
		metrics->audit->set->access_audit_metrics_networks, " ");
	struct aa_net net;
	struct aa_ip ip;

	if (conn->remote_ip.family == 0)
		return TRUE;
	if (aa_ip_parse(&ip, net_ip2addr(&conn->remote_ip), NULL) < 0)
		return FALSE;
	for (; *nets != NULL; nets++) {
		if (aa_net_parse(&net, *nets, NULL) == 0 &&
		    aa_net_contains(&net, &ip))
			return TRUE;
	}
	return FALSE;
}

/* The master's fd is closed when the callback did not accept it. */
static void metrics_refuse(struct metrics *metrics,
			   const struct master_service_connection *conn)
{
	int64_t now_ms = audit_now_ms();

	if (aa_time_is_recent(metrics->refused_logged_ms, now_ms, METRICS_LOG_MS))
		return;
	metrics->refused_logged_ms = now_ms;
	e_warning(metrics->audit->event, "access-audit: metrics request from %s "
		  "refused: it is not in access_audit_metrics_networks",
		  net_ip2addr(&conn->remote_ip));
}

void metrics_accept(struct audit *audit, struct master_service_connection *conn)
{
	struct metrics *metrics = audit->metrics;

	if (!metrics_may_ask(metrics, conn)) {
		metrics_refuse(metrics, conn);
		return;
	}
	if (metrics->server == NULL) {
		metrics->server = aa_compat_http_server_init(audit->event,
			METRICS_BODY_MAX, METRICS_IDLE_MSECS);
		metrics->to_stored = timeout_add(METRICS_STORED_MSECS,
						 metrics_read_stored, metrics);
		metrics_read_stored(metrics);
	}
	master_service_client_connection_accept(conn);
	(void)http_server_connection_create(metrics->server, conn->fd, conn->fd,
					    FALSE, &metrics_callbacks, metrics);
}
