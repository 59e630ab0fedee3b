/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "istream.h"
#include "mail-storage-private.h"
#include "audit-header.h"
#include "audit-message.h"
#include "audit-session.h"
#include "audit-storage.h"

/* A message whose header does not name it within so much stays without. */
#define HEADER_BYTES_MAX 65536

/* FALSE if the header is not over within the bound. The stream is at its beginning
   before and after: the usual header is in its buffer then, and stays there. */
static bool audit_message_read(struct audit_header *header, struct istream *stream)
{
	const unsigned char *data;
	bool done = FALSE;
	size_t size;

	while (!done && stream->v_offset < HEADER_BYTES_MAX &&
	       i_stream_read_more(stream, &data, &size) > 0) {
		done = audit_header_take(header, data, size);
		if (!done)
			i_stream_skip(stream, size);
	}
	/* a message may be all header */
	done = done || i_stream_read_eof(stream);
	if (stream->v_offset > 0)
		i_stream_seek(stream, 0);
	return done;
}

void audit_message_opened(struct access_audit_session *session, struct mail *mail,
			  struct istream *stream)
{
	struct audit_collect_box *collect;
	struct audit_header header;
	struct mail *real_mail;

	if (!session->names_wanted)
		return;
	if (mail_get_backend_mail(mail, &real_mail) < 0)
		real_mail = mail;
	collect = audit_storage_collect_box(session, real_mail->box);
	session->opened_box = NULL;
	if (aa_uidset_contains(&collect->named, real_mail->uid))
		return;
	i_zero(&header);
	if (!audit_message_read(&header, stream))
		return;
	session->opened_box = collect;
	session->opened.uid = real_mail->uid;
	audit_header_message_id(&header, session->opened.message_id);
	audit_header_date(&header, session->opened.date);
}

/* As IMAP counts, with CRLF. To send a message, or tell its size, it has been
   found out by now; otherwise it stays unknown. */
static uint64_t audit_message_size(struct mail *mail)
{
	enum mail_lookup_abort lookup_abort = mail->lookup_abort;
	uoff_t size;

	/* the error of a command that failed must be there for its answer */
	mail_storage_last_error_push(mail->box->storage);
	mail->lookup_abort = MAIL_LOOKUP_ABORT_NOT_IN_CACHE;
	if (mail_get_virtual_size(mail, &size) < 0)
		size = 0;
	mail->lookup_abort = lookup_abort;
	mail_storage_last_error_pop(mail->box->storage);
	return size;
}

void audit_message_delivered(struct access_audit_session *session,
			     struct audit_collect_box *collect, struct mail *mail)
{
	if (session->opened_box != collect || session->opened.uid != mail->uid)
		return;
	session->opened_box = NULL;
	session->opened.size = audit_message_size(mail);
	if (audit_names_add(&session->names, collect, &session->opened))
		(void)aa_uidset_add(&collect->named, mail->uid);
}
