/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* How well share/exposure tells what gives something away from what does not, on
   labelled messages: precision and recall over pairs of message and kind. The patterns
   were written on one half, the other was held out. AA_EXPOSURE_SHOW=FILE lists what is
   wrong in one. */

#include "suite.h"
#include "exposure.h"
#include "mem.h"
#include "shown.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRECISION_FLOOR 0.95
#define RECALL_FLOOR 0.90
#define MESSAGES_FLOOR 200

struct score {
	unsigned int messages, clean;		/* clean: with nothing in them */
	unsigned int right, wrong, missed;	/* pairs */
	bool show;
};

static char *file_text(const char *name)
{
	const char *srcdir = getenv("AA_SRCDIR");
	char path[512];
	size_t len;
	char *text;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", srcdir == NULL ? "." : srcdir, name);
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s", path);
	text = aa_realloc(NULL, AA_EXPOSURE_FILE_MAX);
	len = fread(text, 1, AA_EXPOSURE_FILE_MAX - 1, file);
	text[len] = '\0';
	fclose(file);
	return text;
}

static struct aa_exposure *patterns(void)
{
	struct aa_exposure *exposure = aa_exposure_new();
	char *text = file_text("share/exposure");
	struct aa_err err = { .code = AA_OK };

	ck_assert_msg(aa_exposure_add(exposure, text, &err) == 0, "%s", err.text);
	free(text);
	return exposure;
}

/* Bits of kinds. */
struct found {
	unsigned int kinds;
	char names[AA_EXPOSURE_KINDS_MAX][40];
};

static void add_found(void *context, const struct aa_exposed *exposed)
{
	struct found *found = context;

	found->kinds |= 1u << exposed->kind;
	snprintf(found->names[exposed->kind], sizeof(found->names[0]), "%s", exposed->pattern);
}

/* As doveadm audit exposure does: the subject is the first line of the text. */
static void search(struct aa_exposure *exposure, const char *subject, const char *body,
		   bool html, struct found *found)
{
	struct aa_err err = { .code = AA_OK };
	size_t len, size;
	char *shown = html ? aa_shown_html(body, strlen(body), &len) :
		aa_shown_plain(body, strlen(body), &len);
	char *text = aa_realloc(NULL, strlen(subject) + len + 2);

	size = (size_t)sprintf(text, "%s\n%s", subject, shown);
	ck_assert_msg(aa_exposure_search(exposure, text, size, add_found, found, &err) == 0,
		      "%s", err.text);
	free(text);
	free(shown);
}

static unsigned int kinds_of(const struct aa_exposure *exposure, char *label)
{
	unsigned int kinds = 0;
	char *save, *word;

	for (word = strtok_r(label, " ,", &save); word != NULL;
	     word = strtok_r(NULL, " ,", &save)) {
		unsigned int kind = 0;

		if (strcmp(word, "none") == 0)
			continue;
		while (kind < aa_exposure_kinds(exposure) &&
		       strcmp(aa_exposure_kind(exposure, kind), word) != 0)
			kind++;
		ck_assert_msg(kind < aa_exposure_kinds(exposure), "kind %s", word);
		kinds |= 1u << kind;
	}
	return kinds;
}

static void count(struct score *score, const struct aa_exposure *exposure,
		  const struct found *found, unsigned int wanted, const char *subject)
{
	score->messages++;
	score->clean += wanted == 0 ? 1 : 0;
	for (unsigned int kind = 0; kind < aa_exposure_kinds(exposure); kind++) {
		bool is = (found->kinds >> kind & 1) != 0, should = (wanted >> kind & 1) != 0;

		score->right += is && should ? 1 : 0;
		score->wrong += is && !should ? 1 : 0;
		score->missed += !is && should ? 1 : 0;
		if (is != should && score->show) {
			printf("%s %s (%s): %s\n", is ? "wrong" : "missed",
			       aa_exposure_kind(exposure, kind), found->names[kind], subject);
		}
	}
}

/* One message of the corpus: label, headers, empty line, text. */
static void message(struct aa_exposure *exposure, char *text, struct score *score)
{
	struct found found = { .kinds = 0 };
	char *headers = strchr(text, '\n'), *body, subject[80];
	bool html;

	ck_assert_ptr_nonnull(headers);
	*headers++ = '\0';
	body = strstr(headers, "\n\n");
	ck_assert_msg(body != NULL && strncmp(headers, "Subject: ", 9) == 0, "%s", text);
	*body = '\0';
	body += 2;
	html = strstr(headers, "\nType: text/html") != NULL;
	headers += strlen("Subject: ");
	headers[strcspn(headers, "\n")] = '\0';
	snprintf(subject, sizeof(subject), "%s", headers);
	search(exposure, headers, body, html, &found);
	count(score, exposure, &found, kinds_of(exposure, text), subject);
}

static void corpus(const char *name, struct score *score)
{
	struct aa_exposure *exposure = patterns();
	const char *show = getenv("AA_EXPOSURE_SHOW");
	char *text = file_text(name), *next = strstr(text, "\n=== "), *one;

	score->show = show != NULL && strstr(name, show) != NULL;
	while (next != NULL) {
		one = next + strlen("\n=== ");
		next = strstr(one, "\n=== ");
		if (next != NULL)
			*next = '\0';
		message(exposure, one, score);
	}
	free(text);
	aa_exposure_free(&exposure);
}

static void hold(const char *name, const struct score *score)
{
	double precision = (double)score->right / (score->right + score->wrong);
	double recall = (double)score->right / (score->right + score->missed);

	printf("%s: %u messages, %u with nothing in them: precision %.3f, recall %.3f "
	       "(%u right, %u wrong, %u missed)\n", name, score->messages, score->clean,
	       precision, recall, score->right, score->wrong, score->missed);
	ck_assert_double_ge(precision, PRECISION_FLOOR);
	ck_assert_double_ge(recall, RECALL_FLOOR);
}

START_TEST(patterns_do_well_on_what_they_were_written_on)
{
	struct score score = { .messages = 0 };

	corpus("tests/data/exposure/tuned.txt", &score);
	hold("tuned", &score);
}
END_TEST

START_TEST(patterns_do_well_on_what_was_held_out)
{
	struct score score = { .messages = 0 };

	corpus("tests/data/exposure/held-out.txt", &score);
	hold("held out", &score);
}
END_TEST

START_TEST(the_corpus_is_large_and_half_of_it_gives_nothing_away)
{
	struct score score = { .messages = 0 };

	corpus("tests/data/exposure/tuned.txt", &score);
	corpus("tests/data/exposure/held-out.txt", &score);
	ck_assert_uint_ge(score.messages, MESSAGES_FLOOR);
	ck_assert_uint_ge(2 * score.clean + 5, score.messages);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, patterns_do_well_on_what_they_were_written_on);
	tcase_add_test(tcase, patterns_do_well_on_what_was_held_out);
	tcase_add_test(tcase, the_corpus_is_large_and_half_of_it_gives_nothing_away);
}

int main(void)
{
	return suite_main("corpus", add_tests);
}
