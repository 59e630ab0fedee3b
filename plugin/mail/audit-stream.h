#ifndef AUDIT_STREAM_H
#define AUDIT_STREAM_H

/* Reads that are known by the stream they open: POP3 RETR and TOP, URLFETCH,
   CATENATE, the imap-urlauth worker. IMAP's FETCH is not among them: there the
   item that was asked for tells more (plugin/imap/imap-fetch-items.c). */

struct access_audit_session;
struct mail;

/* Whether mails that are allocated now need the hook. */
bool audit_stream_wanted(const struct access_audit_session *session);
void audit_stream_hook(struct access_audit_session *session, struct mail *mail);

#endif
