/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "istream.h"
#include "message-size.h"
#include "mail-storage-private.h"
#include "audit-message.h"
#include "audit-session.h"
#include "audit-stream.h"

#define AUDIT_MAIL_CONTEXT(obj) \
	MODULE_CONTEXT(obj, audit_mail_module)

struct audit_mail {
	union mail_module_context module_ctx;
	struct access_audit_session *session;
	/* While a message is being read: */
	struct istream *stream;
	enum aa_kind kind;
	uoff_t header_size;
	/* As the client gets it, with CRLF; 0 unknown */
	uoff_t virtual_size;
	bool opening;
};

static MODULE_CONTEXT_DEFINE_INIT(audit_mail_module, &mail_module_register);

void access_audit_stream_reads(struct access_audit_session *session,
			       enum aa_kind kind)
{
	session->stream_kind = kind;
}

void access_audit_stream_reads_pop3(struct access_audit_session *session)
{
	session->stream_reads_pop3 = TRUE;
}

bool audit_stream_wanted(const struct access_audit_session *session)
{
	return session->stream_reads_pop3 ||
		session->stream_kind != AA_KIND_COUNT;
}

/* AA_KIND_COUNT: this stream is not a read. TOP comes out as a part; whether it
   was only the header shows when it is done. */
static enum aa_kind audit_stream_kind(const struct access_audit_session *session,
				      const struct mail_private *pmail)
{
	if (!session->stream_reads_pop3)
		return session->stream_kind;
	if (null_strcmp(pmail->get_stream_reason, "RETR") == 0)
		return AA_KIND_BODY;
	if (null_strcmp(pmail->get_stream_reason, "TOP") == 0)
		return AA_KIND_PART;
	return AA_KIND_COUNT;
}

static bool audit_stream_gate(struct access_audit_session *session,
			      struct mail *mail, enum aa_kind kind)
{
	enum access_audit_refusal refusal =
		kind == AA_KIND_BODY || kind == AA_KIND_PART ?
		access_audit_gate(session) : access_audit_refusal(session);

	if (refusal == ACCESS_AUDIT_PASS)
		return TRUE;
	mail_storage_set_error(mail->box->storage, MAIL_ERROR_PERM,
			       access_audit_refusal_text(session));
	audit_session_end_here(session);
	return FALSE;
}

static int
audit_mail_get_stream(struct mail *mail, bool get_body,
		      struct message_size *hdr_size,
		      struct message_size *body_size, struct istream **stream_r)
{
	struct mail_private *pmail = (struct mail_private *)mail;
	struct audit_mail *amail = AUDIT_MAIL_CONTEXT(pmail);
	enum aa_kind kind = audit_stream_kind(amail->session, pmail);
	struct message_size own_hdr_size;

	if (kind == AA_KIND_COUNT || amail->stream != NULL || amail->opening) {
		return amail->module_ctx.super.get_stream(mail, get_body,
						hdr_size, body_size, stream_r);
	}
	if (!audit_stream_gate(amail->session, mail, kind))
		return -1;
	/* POP3 knows its sizes by now; looking may open the stream itself. */
	amail->opening = TRUE;
	if (mail_get_virtual_size(mail, &amail->virtual_size) < 0)
		amail->virtual_size = 0;
	amail->opening = FALSE;
	i_zero(&own_hdr_size);
	if (hdr_size == NULL && kind == AA_KIND_PART)
		hdr_size = &own_hdr_size;
	if (amail->module_ctx.super.get_stream(mail, get_body, hdr_size,
					       body_size, stream_r) < 0)
		return -1;
	if (kind != AA_KIND_COPY)
		audit_message_opened(amail->session, mail, *stream_r);
	amail->stream = *stream_r;
	i_stream_ref(amail->stream);
	amail->kind = kind;
	amail->header_size = hdr_size == NULL ? 0 : hdr_size->physical_size;
	return 0;
}

/* LFs without CR in the first bytes of the stream */
static uoff_t audit_stream_bare_lfs(struct istream *stream, uoff_t bytes)
{
	const unsigned char *data;
	unsigned char last = '\0';
	uoff_t count = 0;
	size_t size, i;

	i_stream_seek(stream, 0);
	while (bytes > 0 && i_stream_read_more(stream, &data, &size) > 0) {
		size = I_MIN(size, bytes);
		for (i = 0; i < size; i++) {
			if (data[i] == '\n' && last != '\r')
				count++;
			last = data[i];
		}
		i_stream_skip(stream, size);
		bytes -= size;
	}
	return count;
}

/* What was taken from the stream went to the client, who got CRLF where the file
   may have LF. The length of a whole message is known; of TOP's few lines it is
   counted; of a message that was broken off, the missing CRs are not. */
static uoff_t audit_stream_bytes(const struct audit_mail *amail)
{
	uoff_t offset = amail->stream->v_offset;

	if (amail->kind == AA_KIND_PART)
		return offset + audit_stream_bare_lfs(amail->stream, offset);
	return amail->stream->eof && amail->virtual_size > offset ?
		amail->virtual_size : offset;
}

/* Done with this message. */
static void audit_mail_close(struct mail *mail)
{
	struct mail_private *pmail = (struct mail_private *)mail;
	struct audit_mail *amail = AUDIT_MAIL_CONTEXT(pmail);
	struct access_audit_read read = { .kind = amail->kind };
	uoff_t bytes;

	if (amail->stream != NULL) {
		if (read.kind == AA_KIND_PART &&
		    amail->stream->v_offset <= amail->header_size)
			read.kind = AA_KIND_HEADER;
		bytes = audit_stream_bytes(amail);
		i_stream_unref(&amail->stream);
		if (bytes > 0) {
			access_audit_delivered(amail->session, mail, &read,
					       bytes);
		}
	}
	amail->module_ctx.super.close(mail);
}

void audit_stream_hook(struct access_audit_session *session, struct mail *mail)
{
	struct mail_private *pmail = (struct mail_private *)mail;
	struct mail_vfuncs *v = pmail->vlast;
	struct audit_mail *amail;

	amail = p_new(pmail->pool, struct audit_mail, 1);
	amail->module_ctx.super = *v;
	amail->session = session;
	pmail->vlast = &amail->module_ctx.super;
	v->get_stream = audit_mail_get_stream;
	v->close = audit_mail_close;
	MODULE_CONTEXT_SET(pmail, audit_mail_module, amail);
}
