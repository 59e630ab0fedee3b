#ifndef AA_COMPAT_HTTP_H
#define AA_COMPAT_HTTP_H

/* What differs between Dovecot 2.3 and 2.4 for a process that serves or sends
   small JSON requests over HTTP: compat-http-2.3.c and compat-http-2.4.c, in
   libcompat_service. */

#include "lib.h"

struct event;
struct http_client;
struct http_server;

/* Requests with more than max_body bytes are refused by the library; a
   connection that is idle for so long is closed. */
struct http_server *
aa_compat_http_server_init(struct event *event, uoff_t max_body,
			   unsigned int idle_msecs);

/* Calls back for each member of a JSON object that is a text, true or false
   (value "true", "false"); all others are skipped. Returns 0, or -1 if json is
   not one object; then some members may have been told already. */
typedef void
aa_compat_json_member_t(void *context, const char *name, const char *value);
int aa_compat_json_object(const buffer_t *json, aa_compat_json_member_t *member,
			  void *context);

/* Of an answer, whose body nobody reads. */
#define AA_COMPAT_HTTP_HEADER_MAX (16 * 1024)
/* Each request is tried once, waits at most so long, and follows no redirect.
   Deinit it after the answer: a body without end would be read without end.
   Names are looked up by Dovecot's dns-client, which is in base_dir, where all
   services live: nothing blocks. ca_file: certificates that https servers are
   held to (none passes if it cannot be read); NULL: no https. */
struct http_client *
aa_compat_http_client_init(struct event *event, const char *ca_file,
			   unsigned int timeout_msecs);

#endif
