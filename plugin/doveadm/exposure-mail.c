/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "buffer.h"
#include "istream.h"
#include "str.h"
#include "message-decoder.h"
#include "message-parser.h"
#include "shown.h"
#include "exposure-mail.h"

#include <stdlib.h>

/* A part while it is read. */
struct texts {
	exposure_text_callback_t *callback;
	void *context;
	struct exposure_left *left;
	struct message_decoder_context *decoder;
	const struct message_part *part;
	buffer_t *data;
	const char *type;		/* NULL: none was said, it is text/plain */
	bool full;
};

static bool type_is(const char *type, const char *prefix)
{
	return type != NULL && strncasecmp(type, prefix, strlen(prefix)) == 0;
}

static bool part_is_text(const struct texts *texts)
{
	return texts->type == NULL || type_is(texts->type, "text/") ||
		type_is(texts->type, "message/");
}

/* What holds no words, and what holds a signature only. */
static bool part_is_silent(const struct texts *texts)
{
	static const char *const types[] = {
		"image/", "audio/", "video/", "font/", "application/pgp-signature",
		"application/pgp-keys", "application/pkcs7-signature",
		"application/x-pkcs7-signature", "application/pgp-encrypted",
	};

	for (unsigned int i = 0; i < N_ELEMENTS(types); i++) {
		if (type_is(texts->type, types[i]))
			return TRUE;
	}
	return FALSE;
}

/* As RFC 3501, 6.4.5, counts them. */
static void part_number(const struct message_part *part, string_t *number)
{
	const struct message_part *sibling;
	unsigned int place = 1;

	if (part->parent == NULL) {
		if ((part->flags & MESSAGE_PART_FLAG_MULTIPART) == 0)
			str_append_c(number, '1');
		return;
	}
	part_number(part->parent, number);
	/* what a message holds has the number of the message, if it has parts */
	if ((part->parent->flags & MESSAGE_PART_FLAG_MULTIPART) == 0 &&
	    (part->flags & MESSAGE_PART_FLAG_MULTIPART) != 0)
		return;
	for (sibling = part->parent->children; sibling != NULL && sibling != part;
	     sibling = sibling->next)
		place++;
	str_printfa(number, "%s%u", str_len(number) > 0 ? "." : "", place);
}

/* Files of other programs are full of NULs. */
static bool data_is_text(const buffer_t *data)
{
	return memchr(data->data, '\0', data->used) == NULL;
}

static bool shown_is_encrypted(const char *shown)
{
	static const char begin[] = "-----BEGIN PGP MESSAGE-----";

	return strncmp(shown + strspn(shown, " \n\t"), begin, sizeof(begin) - 1) == 0;
}

static void part_give(struct texts *texts)
{
	string_t *number = t_str_new(16);
	size_t len;
	char *shown = type_is(texts->type, "text/html") ?
		aa_shown_html(texts->data->data, texts->data->used, &len) :
		aa_shown_plain(texts->data->data, texts->data->used, &len);

	part_number(texts->part, number);
	if (texts->full)
		texts->left->cut++;
	if (shown_is_encrypted(shown))
		texts->left->encrypted++;
	else
		texts->callback(texts->context, str_c(number), shown, len);
	free(shown);
}

static void part_end(struct texts *texts)
{
	if (texts->part == NULL || texts->data->used == 0)
		return;
	if (part_is_text(texts))
		part_give(texts);
	else if (part_is_silent(texts))
		;
	else if (!texts->full && data_is_text(texts->data))
		part_give(texts);
	else
		texts->left->attachments++;
}

static void part_begin(struct texts *texts, const struct message_part *part)
{
	part_end(texts);
	texts->part = part;
	texts->type = NULL;
	texts->full = FALSE;
	buffer_set_used_size(texts->data, 0);
}

static void part_add(struct texts *texts, const struct message_block *block)
{
	size_t max, room;

	if (texts->data->used == 0) {
		texts->type = t_strdup(
			message_decoder_current_content_type(texts->decoder));
	}
	max = part_is_text(texts) ? EXPOSURE_TEXT_MAX : EXPOSURE_ATTACHMENT_MAX;
	room = max - texts->data->used;
	texts->full = texts->full || block->size > room;
	buffer_append(texts->data, block->data, I_MIN(block->size, room));
}

static void texts_read(struct texts *texts, struct message_parser_ctx *parser)
{
	struct message_block raw, block;

	while (message_parser_parse_next_block(parser, &raw) > 0) {
		if (raw.part != texts->part)
			part_begin(texts, raw.part);
		if (message_decoder_decode_next_block(texts->decoder, &raw, &block) &&
		    block.hdr == NULL && block.size > 0)
			part_add(texts, &block);
	}
	part_end(texts);
}

int exposure_mail_texts(struct mail *mail, exposure_text_callback_t *callback,
			void *context, struct exposure_left *left,
			const char **error_r)
{
	const struct message_parser_settings set = { .flags = 0 };
	struct texts texts = { .callback = callback, .context = context, .left = left };
	struct message_parser_ctx *parser;
	struct message_part *parts;
	struct istream *input;
	pool_t pool;
	int ret;

	if (mail_get_stream_because(mail, NULL, NULL, "exposure", &input) < 0) {
		*error_r = t_strdup(mailbox_get_last_internal_error(mail->box, NULL));
		return -1;
	}
	pool = pool_alloconly_create("exposure parts", 4096);
	texts.data = buffer_create_dynamic(default_pool, 8192);
	texts.decoder = message_decoder_init(NULL, MESSAGE_DECODER_FLAG_RETURN_BINARY);
	parser = message_parser_init(pool, input, &set);
	texts_read(&texts, parser);
	message_parser_deinit(&parser, &parts);
	message_decoder_deinit(&texts.decoder);
	ret = input->stream_errno == 0 ? 0 : -1;
	if (ret < 0)
		*error_r = t_strdup(i_stream_get_error(input));
	buffer_free(&texts.data);
	pool_unref(&pool);
	return ret;
}
