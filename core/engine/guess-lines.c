/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "guess-private.h"
#include "buf.h"
#include "num.h"

#include <string.h>

static const char line_name[] = "guess ";

/* A line's state: the minute of the last try, and for each try five characters of
   this alphabet: four of the account's hash, one of how many minutes before that. */
static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
#define TRY_DIGITS 5
#define AGE_MAX 60

static uint32_t try_minute(const struct guess_try *try)
{
	return try->at_s / 60;
}

static void source_format(const struct guess_source *source, struct aa_buf *buf)
{
	uint32_t last = (uint32_t)(source->last_s / 60);

	if (source->last_s == 0)
		return;
	aa_buf_printf(buf, "%u ", last);
	for (unsigned int i = 0; i < TRIES_KEPT; i++) {
		const struct guess_try *try = &source->tries[i];

		if (try->at_s == 0 || try_minute(try) > last ||
		    last - try_minute(try) > AGE_MAX)
			continue;
		for (int shift = 18; shift >= 0; shift -= 6)
			aa_buf_putc(buf, digits[try->account >> shift & 63]);
		aa_buf_putc(buf, digits[last - try_minute(try)]);
	}
}

/* Reads so many digits. -1: there is something else. */
static int32_t digits_read(const char *text, unsigned int count)
{
	int32_t value = 0;

	for (unsigned int i = 0; i < count; i++) {
		const char *digit = text[i] == '\0' ? NULL : strchr(digits, text[i]);

		if (digit == NULL)
			return -1;
		value = value << 6 | (int32_t)(digit - digits);
	}
	return value;
}

/* A minute is taken to its end, but not for longer than it has lasted. */
static bool try_read(struct guess_try *try_r, const char *text, int64_t last_minute,
		     int64_t now_s)
{
	int32_t account = digits_read(text, TRY_DIGITS - 1), age;

	if (account < 0 || (age = digits_read(text + TRY_DIGITS - 1, 1)) < 0)
		return false;
	int64_t at_s = (last_minute - age) * 60 + 59;

	at_s = at_s > now_s ? now_s : at_s;
	*try_r = (struct guess_try){ (uint32_t)account, PASSWORD_UNKNOWN,
		at_s < now_s - AA_GUESS_TRY_MS / 1000 ? 0 : (uint32_t)at_s };
	return true;
}

/* What was restored before is restored anew. */
static void source_restore(struct aa_guesses *guesses, struct guess_source *source,
			   const char *state, int64_t now_s)
{
	struct guess_try try;
	uint64_t minute;

	for (unsigned int i = 0; i < TRIES_KEPT; i++) {
		if (source->tries[i].password == PASSWORD_UNKNOWN)
			source->tries[i].at_s = 0;
	}
	state = aa_num_read(state, UINT32_MAX / 60, &minute);
	if (state == NULL || *state++ != ' ')
		return;
	for (; try_read(&try, state, (int64_t)minute, now_s); state += TRY_DIGITS) {
		struct guess_try *slot = source->tries;

		while (slot < source->tries + TRIES_KEPT && slot->at_s != 0)
			slot++;
		if (slot == source->tries + TRIES_KEPT)
			return;
		*slot = try;
		if (try.at_s != 0)
			aa_guess_source_tried(guesses, source, try.at_s);
	}
}

bool aa_guesses_restore(struct aa_guesses *guesses, const char *key,
			const char *state, int64_t now_ms)
{
	struct guess_source *source;

	if (strncmp(key, line_name, sizeof(line_name) - 1) != 0)
		return false;
	key += sizeof(line_name) - 1;
	if (strlen(key) >= AA_NET_TEXT_MAX)
		return true;
	source = aa_guess_source_get(guesses, key);
	source_restore(guesses, source, state, now_ms / 1000);
	if (source->last_s == 0)
		aa_guess_source_forget(guesses, source);
	return true;
}

void aa_guesses_changed(struct aa_guesses *guesses,
			bool (*store)(void *context, const char *key,
				      const char *state),
			void *context)
{
	char key[AA_NET_TEXT_MAX + sizeof(line_name)], state[AA_GUESS_STATE_MAX];
	struct aa_buf name, buf;

	aa_buf_init(&name, key, sizeof(key));
	aa_buf_init(&buf, state, sizeof(state));
	for (struct guess_source *source; (source = guesses->changed) != NULL; ) {
		aa_buf_clear(&name);
		aa_buf_put(&name, line_name);
		aa_buf_put(&name, source->entry.key);
		aa_buf_clear(&buf);
		source_format(source, &buf);
		if (!store(context, key, state))
			return;
		guesses->changed = source->next_changed;
		source->changed = false;
		if (source->last_s == 0)
			aa_table_remove(&guesses->sources, source);
	}
}

static void source_change(void *context, void *entry)
{
	aa_guess_source_changed(context, entry);
}

void aa_guesses_change_all(struct aa_guesses *guesses)
{
	aa_table_foreach(&guesses->sources, source_change, guesses);
}

struct guess_sweep {
	struct aa_guesses *guesses;
	int64_t since_s;
};

static void source_sweep(void *context, void *entry)
{
	struct guess_sweep *sweep = context;
	struct guess_source *source = entry;

	if (source->last_s != 0 && source->last_s < sweep->since_s)
		aa_guess_source_forget(sweep->guesses, source);
}

void aa_guesses_sweep(struct aa_guesses *guesses, int64_t now_ms)
{
	struct guess_sweep sweep = {
		guesses, (now_ms - AA_GUESS_TRY_MS) / 1000,
	};

	aa_table_foreach(&guesses->sources, source_sweep, &sweep);
}
