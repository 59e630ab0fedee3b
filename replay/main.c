/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* access-audit-replay: plays a trace of accesses to the engine of the service,
   and writes what it would have flagged and blocked. */

#include "measures.h"
#include "num.h"
#include "replay.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXIT_OK, EXIT_FAILED, EXIT_WRONG_USE };

static const char usage[] =
"Usage: access-audit-replay [OPTION…] TRACE.csv\n"
"Plays a trace of accesses (- is standard input) to the engine in mode enforce,\n"
"and writes the verdicts as rows seq,t,session,action,served,reasons.\n"
"\n"
"  -o, --output FILE        where to; standard output if it is not given\n"
"      --sensitivity NAME   low, normal or high (default: normal)\n"
"      --policy FILE        thresholds and modes of detectors\n"
"      --restart-every N    writes all state out as text, forgets it and loads it\n"
"                           again after every N events: verdicts stay the same\n"
"      --restart-random P   … after an event with probability P\n"
"      --seed S             of these points (default: 1)\n"
"      --stats              events a second and sizes of state, to standard error\n"
"  -h, --help\n"
"\n"
"Exit status: 0; 1 if the trace or a file is at fault; 2 for wrong use.\n";

struct options {
	const char *trace, *output, *policy;
	enum aa_sensitivity sensitivity;
	uint64_t restart_every, seed;
	double restart_random;
	bool stats, help;
};

enum { OPT_SENSITIVITY = 256, OPT_POLICY, OPT_EVERY, OPT_RANDOM, OPT_SEED, OPT_STATS };

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "sensitivity", required_argument, NULL, OPT_SENSITIVITY },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "restart-every", required_argument, NULL, OPT_EVERY },
	{ "restart-random", required_argument, NULL, OPT_RANDOM },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "stats", no_argument, NULL, OPT_STATS },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int complain(const char *what, const char *arg)
{
	fprintf(stderr, "access-audit-replay: %s: %s\n", what, arg);
	return -1;
}

/* --- options --- */

static int option_number(const char *arg, uint64_t *value_r)
{
	const char *end = aa_num_read(arg, INT64_MAX, value_r);

	return end != NULL && *end == '\0' ? 0 :
		complain("not a number", arg);
}

static int option_probability(const char *arg, double *value_r)
{
	char *end;

	*value_r = strtod(arg, &end);
	return end != arg && *end == '\0' && *value_r >= 0 && *value_r <= 1 ? 0 :
		complain("not a probability (0 … 1)", arg);
}

static int option_sensitivity(const char *arg, enum aa_sensitivity *value_r)
{
	static const char *const names[AA_SENSITIVITY_COUNT] = {
		[AA_SENSITIVITY_LOW] = "low",
		[AA_SENSITIVITY_NORMAL] = "normal",
		[AA_SENSITIVITY_HIGH] = "high",
	};

	for (unsigned int i = 0; i < AA_SENSITIVITY_COUNT; i++) {
		if (strcmp(names[i], arg) == 0) {
			*value_r = (enum aa_sensitivity)i;
			return 0;
		}
	}
	return complain("not a sensitivity (low, normal, high)", arg);
}

static int option_read(struct options *options, int opt, const char *arg)
{
	switch (opt) {
	case 'h':
		options->help = true;
		return 0;
	case 'o':
		options->output = arg;
		return 0;
	case OPT_POLICY:
		options->policy = arg;
		return 0;
	case OPT_STATS:
		options->stats = true;
		return 0;
	case OPT_SENSITIVITY:
		return option_sensitivity(arg, &options->sensitivity);
	case OPT_EVERY:
		return option_number(arg, &options->restart_every);
	case OPT_SEED:
		return option_number(arg, &options->seed);
	case OPT_RANDOM:
		return option_probability(arg, &options->restart_random);
	}
	return -1;
}

static int options_read(struct options *options, int argc, char *argv[])
{
	int opt;

	while ((opt = getopt_long(argc, argv, "o:h", long_options, NULL)) != -1) {
		if (option_read(options, opt, optarg) < 0)
			return -1;
	}
	if (options->help)
		return 0;
	if (optind + 1 != argc)
		return complain("give one trace", "see --help");
	options->trace = argv[optind];
	return 0;
}

/* --- policies --- */

#define POLICY_BYTES_MAX 65536

static int policy_load(struct aa_policies *policies, const char *name)
{
	char text[POLICY_BYTES_MAX];
	FILE *file = fopen(name, "re");
	struct aa_err err;
	size_t len;

	if (file == NULL)
		return complain(strerror(errno), name);
	len = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	if (len == sizeof(text))
		return complain("too long for a policy", name);
	text[len] = '\0';
	if (strlen(text) != len)
		return complain("no text", name);
	return aa_policies_parse(policies, text, &err) == 0 ? 0 :
		complain(name, err.text);
}

/* A policy says what is judged by; a replay is always in mode enforce. */
static int policies_init(struct aa_policies *policies,
			 const struct options *options)
{
	memset(policies, 0, sizeof(*policies));
	aa_policy_init(&policies->all, options->sensitivity);
	if (options->policy != NULL && policy_load(policies, options->policy) < 0)
		return -1;
	aa_play_enforce(policies);
	return 0;
}

/* --- playing --- */

/* splitmix64: the points of restart of a seed are the same everywhere. */
static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static bool restart_is_due(const struct options *options, uint64_t events,
			   uint64_t *state)
{
	if (options->restart_every > 0 && events % options->restart_every == 0)
		return true;
	return options->restart_random > 0 &&
		(double)(random_next(state) >> 11) * 0x1p-53 <
		options->restart_random;
}

static int play(struct replay *replay, struct trace *trace,
		const struct options *options, struct aa_err *err)
{
	struct trace_event event;
	uint64_t state = options->seed;
	int ret;

	while ((ret = trace_next(trace, &event, err)) > 0) {
		if (replay_event(replay, &event, err) < 0)
			return -1;
		if (restart_is_due(options, replay->events, &state))
			replay_restart(replay);
	}
	return ret;
}

static int play_files(FILE *in, FILE *out, const struct options *options)
{
	const char *name = strcmp(options->trace, "-") == 0 ? "standard input" :
		options->trace;
	struct trace *trace = trace_new(in, name);
	struct verdicts verdicts = { .file = out };
	struct replay replay = { .events = 0 };
	struct aa_err err;
	int ret;

	ret = policies_init(&replay.play.policies, options);
	if (ret == 0) {
		verdicts_begin(&verdicts);
		replay_init(&replay, &verdicts);
		ret = play(&replay, trace, options, &err);
		if (ret < 0)
			fprintf(stderr, "access-audit-replay: %s\n", err.text);
		if (ret == 0 && options->stats)
			measures_print(stderr, &replay);
		replay_deinit(&replay);
	}
	trace_free(&trace);
	return ret;
}

static int close_output(FILE *out, const char *name)
{
	bool failed = ferror(out) != 0;

	if (fclose(out) != 0 || failed)
		return complain("cannot be written", name);
	return 0;
}

static FILE *open_file(const char *name, const char *mode, FILE *standard)
{
	FILE *file = name == NULL || strcmp(name, "-") == 0 ? standard :
		fopen(name, mode);

	if (file == NULL)
		(void)complain(strerror(errno), name);
	return file;
}

static int replay_files(const struct options *options)
{
	FILE *in, *out;
	int ret;

	in = open_file(options->trace, "re", stdin);
	if (in == NULL)
		return -1;
	out = open_file(options->output, "we", stdout);
	if (out == NULL) {
		(void)fclose(in);
		return -1;
	}
	ret = play_files(in, out, options);
	if (close_output(out, options->output == NULL ? "standard output" :
			 options->output) < 0)
		ret = -1;
	(void)fclose(in);
	return ret;
}

int main(int argc, char *argv[])
{
	struct options options = { .seed = 1, .sensitivity = AA_SENSITIVITY_NORMAL };

	if (options_read(&options, argc, argv) < 0)
		return EXIT_WRONG_USE;
	if (options.help) {
		fputs(usage, stdout);
		return EXIT_OK;
	}
	/* Times of a trace have no zone: its days begin at 00:00 local time. */
	(void)setenv("TZ", "UTC", 1);
	tzset();
	return replay_files(&options) < 0 ? EXIT_FAILED : EXIT_OK;
}
