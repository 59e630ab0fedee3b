/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "base64.h"
#include "buffer.h"
#include "http-auth.h"
#include "http-server.h"
#include "http-url.h"
#include "lib-event.h"
#include "master-service.h"
#include "sha2.h"
#include "strfuncs.h"
#include "aa-settings.h"
#include "client-id.h"
#include "compat-http.h"
#include "policy-endpoint.h"
#include "policy-login.h"
#include "timeval.h"

#define POLICY_BODY_MAX (16 * 1024)
#define POLICY_IDLE_MSECS 5000
#define POLICY_KEY_HEADER "X-API-Key"
/* Between two log lines about callers without the key. */
#define POLICY_LOG_MS AA_MINUTE_MS

struct policy_endpoint {
	struct audit *audit;
	struct http_server *server;
	uint64_t allows, successes, failures, refused;
	int64_t heard_ms, refused_logged_ms;
};

struct policy_request {
	struct policy_endpoint *endpoint;
	struct http_server_request *req;
	buffer_t *body;
	bool report;
	struct policy_login login;
};

void policy_endpoint_init(struct audit *audit)
{
	struct policy_endpoint *endpoint;

	if (*audit->set->access_audit_policy_key == '\0')
		return;
	endpoint = i_new(struct policy_endpoint, 1);
	endpoint->audit = audit;
	endpoint->server = aa_compat_http_server_init(audit->event,
						      POLICY_BODY_MAX,
						      POLICY_IDLE_MSECS);
	audit->endpoint = endpoint;
}

void policy_endpoint_deinit(struct audit *audit)
{
	if (audit->endpoint == NULL)
		return;
	http_server_deinit(&audit->endpoint->server);
	i_free(audit->endpoint);
}

const char *policy_endpoint_status(const struct audit *audit)
{
	const struct policy_endpoint *endpoint = audit->endpoint;
	char text[AA_TIME_TEXT_MAX];

	if (endpoint == NULL)
		return "off: access_audit_policy_key is not set";
	if (endpoint->heard_ms == 0)
		return t_strdup_printf("nothing heard of auth, %llu refused",
				       (unsigned long long)endpoint->refused);
	aa_time_format(endpoint->heard_ms, text);
	return t_strdup_printf("%llu checks, %llu logins, %llu failed logins, "
		"last heard %s, %llu refused",
		(unsigned long long)endpoint->allows,
		(unsigned long long)endpoint->successes,
		(unsigned long long)endpoint->failures, text,
		(unsigned long long)endpoint->refused);
}

bool policy_endpoint_counts(const struct audit *audit,
			    struct policy_counts *counts_r)
{
	const struct policy_endpoint *endpoint = audit->endpoint;

	if (endpoint == NULL)
		return FALSE;
	counts_r->allows = endpoint->allows;
	counts_r->successes = endpoint->successes;
	counts_r->failures = endpoint->failures;
	counts_r->refused = endpoint->refused;
	return TRUE;
}

/* Members of the body, as auth_policy_request_attributes has them by default. */
#define MEMBER(name, field) \
	{ name, offsetof(struct policy_login, field), \
	  sizeof(((struct policy_login *)NULL)->field) }
static const struct policy_text_member {
	const char *name;
	size_t offset, size;
} policy_text_members[] = {
	MEMBER("login", account),
	MEMBER("protocol", protocol),
	MEMBER("session_id", session_id),
	MEMBER("pwhash", hash),
	MEMBER("fail_type", fail_type),
};

static void
policy_member_text(struct policy_login *login, const char *name,
		   const char *value)
{
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(policy_text_members); i++) {
		const struct policy_text_member *member = &policy_text_members[i];

		if (strcmp(member->name, name) == 0) {
			aa_text_copy(PTR_OFFSET(login, member->offset),
				     member->size, value);
		}
	}
}

static void
policy_member(void *context, const char *name, const char *value)
{
	struct policy_request *request = context;
	struct policy_login *login = &request->login;

	if (strcmp(name, "remote") == 0)
		(void)aa_ip_parse(&login->remote, value, NULL);
	else if (strcmp(name, "device_id") == 0)
		aa_client_id_normalize(login->client, sizeof(login->client), value);
	else if (strcmp(name, "success") == 0)
		login->success = strcmp(value, "true") == 0;
	else if (strcmp(name, "policy_reject") == 0)
		login->policy_reject = strcmp(value, "true") == 0;
	else
		policy_member_text(login, name, value);
}

/* text holds nothing that JSON would have to escape: it is ours. */
static void
policy_answer(struct policy_request *request, int status, const char *text)
{
	struct http_server_response *response;
	const char *body = t_strdup_printf(
		"{\"status\":%d,\"msg\":\"%s\"}\r\n", status, text);

	response = http_server_response_create(request->req, 200, "OK");
	http_server_response_add_header(response, "Content-Type",
					"application/json");
	http_server_response_set_payload_data(response,
		(const unsigned char *)body, strlen(body));
	http_server_response_submit(response);
}

static void policy_report(struct policy_request *request)
{
	struct policy_endpoint *endpoint = request->endpoint;

	if (request->login.success)
		endpoint->successes++;
	else
		endpoint->failures++;
	policy_login_report(endpoint->audit, &request->login);
	policy_answer(request, 0, "");
}

static void policy_allow(struct policy_request *request)
{
	struct policy_endpoint *endpoint = request->endpoint;
	char text[POLICY_TEXT_MAX];
	int status;

	endpoint->allows++;
	status = policy_login_allow(endpoint->audit, &request->login, text);
	policy_answer(request, status, text);
}

static void policy_body_read(struct policy_request *request)
{
	if (aa_compat_json_object(request->body, policy_member, request) < 0) {
		http_server_request_fail(request->req, 400, "Bad Request");
		return;
	}
	request->endpoint->heard_ms = audit_now_ms();
	if (request->report)
		policy_report(request);
	else
		policy_allow(request);
}

/* weakforced's webhooks know no header of their own, only a user and a password:
   the password is the key. NULL if there is none. */
static const char *policy_basic_key(struct http_server_request *req)
{
	struct http_auth_credentials auth;
	const buffer_t *login;
	const char *key;

	if (http_server_request_get_auth(req, &auth) <= 0 ||
	    strcasecmp(auth.scheme, "Basic") != 0 || auth.data == NULL)
		return NULL;
	login = t_base64_decode_str(auth.data);
	key = strchr(t_strndup(login->data, login->used), ':');
	return key == NULL ? NULL : key + 1;
}

static bool policy_key_is_right(const struct policy_endpoint *endpoint,
				struct http_server_request *req)
{
	const char *right = endpoint->audit->set->access_audit_policy_key;
	const char *key = http_request_header_get(http_server_request_get(req),
						  POLICY_KEY_HEADER);
	unsigned char digest[SHA256_RESULTLEN], right_digest[SHA256_RESULTLEN];

	if (key == NULL)
		key = policy_basic_key(req);
	if (key == NULL)
		return FALSE;
	/* Digests have one length, so the time tells nothing of the key's. */
	sha256_get_digest(key, strlen(key), digest);
	sha256_get_digest(right, strlen(right), right_digest);
	return mem_equals_timing_safe(digest, right_digest, sizeof(digest));
}

static void policy_refuse(struct policy_endpoint *endpoint,
			  struct http_server_request *req)
{
	int64_t now_ms = audit_now_ms();

	endpoint->refused++;
	if (!aa_time_is_recent(endpoint->refused_logged_ms, now_ms,
			       POLICY_LOG_MS)) {
		endpoint->refused_logged_ms = now_ms;
		e_warning(endpoint->audit->event, "access-audit: policy request "
			  "without the right %s refused (%llu so far): is "
			  "auth_policy_server_api_header the same as "
			  "access_audit_policy_key?", POLICY_KEY_HEADER,
			  (unsigned long long)endpoint->refused);
	}
	http_server_request_fail_close(req, 401, "Unauthorized");
}

/* Returns FALSE if it is none of the two commands. */
static bool policy_command(struct http_server_request *req, bool *report_r)
{
	const struct http_request *http = http_server_request_get(req);
	const char *query = http->target.url == NULL ? NULL :
		http->target.url->enc_query;

	if (query == NULL)
		return FALSE;
	/* Other parameters of the admin's URL come before it. */
	query = strstr(query, "command=");
	if (query == NULL)
		return FALSE;
	*report_r = strcmp(query, "command=report") == 0;
	return *report_r || strcmp(query, "command=allow") == 0;
}

static void policy_request(void *context, struct http_server_request *req)
{
	struct policy_endpoint *endpoint = context;
	pool_t pool = http_server_request_get_pool(req);
	struct policy_request *request;
	bool report;

	if (!policy_key_is_right(endpoint, req)) {
		policy_refuse(endpoint, req);
		return;
	}
	if (!http_request_method_is(http_server_request_get(req), "POST")) {
		http_server_request_fail_bad_method(req, "POST");
		return;
	}
	if (!policy_command(req, &report)) {
		http_server_request_fail(req, 404, "Not Found");
		return;
	}
	request = p_new(pool, struct policy_request, 1);
	request->endpoint = endpoint;
	request->req = req;
	request->report = report;
	request->body = buffer_create_dynamic(pool, 512);
	http_server_request_buffer_payload(req, request->body, POLICY_BODY_MAX,
					   policy_body_read, request);
}

static void policy_connection_destroy(void *context ATTR_UNUSED,
				      const char *reason ATTR_UNUSED)
{
	master_service_client_connection_destroyed(master_service);
}

static const struct http_server_callbacks policy_callbacks = {
	.handle_request = policy_request,
	.connection_destroy = policy_connection_destroy,
};

void policy_endpoint_accept(struct audit *audit,
			    struct master_service_connection *conn)
{
	if (audit->endpoint == NULL) {
		e_warning(audit->event, "access-audit: listener %s closed: "
			  "access_audit_policy_key is not set", conn->name);
		return;
	}
	master_service_client_connection_accept(conn);
	(void)http_server_connection_create(audit->endpoint->server,
					    conn->fd, conn->fd, FALSE,
					    &policy_callbacks, audit->endpoint);
}
