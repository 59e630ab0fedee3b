#ifndef AUDIT_CONTENT_SEARCH_H
#define AUDIT_CONTENT_SEARCH_H

/* A search by content (TEXT, BODY, SUBJECT, FROM, HEADER …) tells its client
   what the messages that it finds contain: they are reads of kind "search",
   whatever command asked (SEARCH, SORT, THREAD) and in whatever form the answer
   goes out (a count is an oracle, too). Searches by flags, dates, sizes and
   numbers are not. */

struct access_audit_session;
struct mail_search_context;
struct mail;

/* A search was set up. */
void audit_content_search_begin(struct access_audit_session *session,
				struct mail_search_context *ctx);
/* Content may not be searched: the session is refused. */
bool audit_content_search_refused(struct access_audit_session *session,
				  struct mail_search_context *ctx);
void audit_content_search_found(struct access_audit_session *session,
				struct mail_search_context *ctx,
				struct mail *mail);
/* Before the search is taken down. Returns TRUE if it was refused. */
bool audit_content_search_end(struct access_audit_session *session,
			      struct mail_search_context *ctx);

#endif
