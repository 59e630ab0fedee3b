/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Stands in for libFuzzer where the compiler has none, so that `make check` runs
   every target: first each file of its corpus, then mutations of them.

   usage: fuzz-TARGET [DIRECTORY]		(default: $AA_SRCDIR/tests/fuzz/corpus/TARGET)
   AA_FUZZ_RUNS (default 100000) and AA_FUZZ_SEED (default 1) may be set. An input
   that ends the process by SIGABRT or SIGSEGV is left as ./fuzz-crash. */

#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#define INPUT_MAX 70000		/* more than a line of the wire */
#define INPUTS_MAX 256
#define MUTATIONS_MAX 8

struct input {
	uint8_t *data;
	size_t size;
};

static struct input inputs[INPUTS_MAX];
static unsigned int input_count;
static uint8_t current[INPUT_MAX];
static size_t current_size;
static uint64_t random_state;

static uint32_t random_below(size_t bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 16) % bound);
}

static void load(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct input *input = &inputs[input_count];

	FUZZ_ASSERT(file != NULL && input_count < INPUTS_MAX);
	input->data = malloc(INPUT_MAX);
	FUZZ_ASSERT(input->data != NULL);
	input->size = fread(input->data, 1, INPUT_MAX, file);
	fclose(file);
	input_count++;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void load_corpus(const char *directory)
{
	struct dirent **entries;
	/* in order, so that a seed means the same everywhere */
	int count = scandir(directory, &entries, visible, alphasort);
	char path[PATH_MAX + NAME_MAX + 2];

	if (count <= 0) {
		fprintf(stderr, "%s: no corpus there\n", directory);
		exit(1);
	}
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		load(path);
		free(entries[i]);
	}
	free(entries);
}

static void remove_bytes(size_t at, size_t len)
{
	memmove(current + at, current + at + len, current_size - at - len);
	current_size -= len;
}

static void insert_bytes(size_t at, const uint8_t *data, size_t len)
{
	if (len > INPUT_MAX - current_size)
		len = INPUT_MAX - current_size;
	memmove(current + at + len, current + at, current_size - at);
	memcpy(current + at, data, len);
	current_size += len;
}

/* Bytes and words that parsers stumble over. */
static void insert_token(size_t at)
{
	static const char *const tokens[] = {
		"\t", "\001", "\0010", "\001t", "\r", "\n", "=", ":", ",", "/", "-", "+", "@",
		"0", "4294967295", "4294967296", "18446744073709551615",
		"9223372036854775808", "\x1b[", "\xc2\x9b", "\xe2\x80\xae", "\xff", "\xc3",
		"*", "::", "%", "key=", "uids=", "0123456789abcdef0123456789abcdef",
	};
	const char *token = tokens[random_below(sizeof(tokens) / sizeof(tokens[0]))];

	insert_bytes(at, (const uint8_t *)token, strlen(token));
}

static void insert_piece(size_t at, const struct input *from)
{
	uint8_t piece[256];
	size_t begin, len;

	if (from->size == 0)
		return;
	begin = random_below(from->size);
	len = random_below(sizeof(piece));
	if (len > from->size - begin)
		len = from->size - begin;
	memcpy(piece, from->data + begin, len);
	insert_bytes(at, piece, len);
}

static void mutate(void)
{
	size_t at = random_below(current_size + 1);
	size_t rest = current_size - at;
	struct input self = { current, current_size };

	switch (random_below(6)) {
	case 0:
		insert_token(at);
		break;
	case 1:
		insert_piece(at, &inputs[random_below(input_count)]);
		break;
	case 2:
		insert_piece(at, &self);
		break;
	case 3:
		remove_bytes(at, random_below((rest < 32 ? rest : 32) + 1));
		break;
	case 4:
		if (rest > 0)
			current[at] = (uint8_t)random_below(256);
		break;
	case 5:
		if (rest > 0)
			current[at] ^= (uint8_t)(1 << random_below(8));
		break;
	}
}

static void run_mutation(void)
{
	const struct input *input = &inputs[random_below(input_count)];

	memcpy(current, input->data, input->size);
	current_size = input->size;
	for (uint32_t i = random_below(MUTATIONS_MAX) + 1; i > 0; i--)
		mutate();
	LLVMFuzzerTestOneInput(current, current_size);
}

static void keep_crash(int signo)
{
	int fd = open("fuzz-crash", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd >= 0)
		(void)!write(fd, current, current_size);
	signal(signo, SIG_DFL);
	raise(signo);
}

static unsigned long long number_of(const char *variable, unsigned long long otherwise)
{
	const char *value = getenv(variable);

	return value != NULL ? strtoull(value, NULL, 10) : otherwise;
}

int main(int argc, char *argv[])
{
	const unsigned long long runs = number_of("AA_FUZZ_RUNS", 100000);
	const unsigned long long seed = number_of("AA_FUZZ_SEED", 1);
	const char *source = getenv("AA_SRCDIR"), *target = basename(argv[0]);
	char directory[PATH_MAX];

	if (strncmp(target, "fuzz-", 5) == 0)
		target += 5;
	snprintf(directory, sizeof(directory), "%s/tests/fuzz/corpus/%s",
		 source != NULL ? source : ".", target);
	load_corpus(argc > 1 ? argv[1] : directory);
	printf("%s: %u inputs, %llu mutations, AA_FUZZ_SEED=%llu\n", target, input_count, runs,
	       seed);
	signal(SIGABRT, keep_crash);
	signal(SIGSEGV, keep_crash);
	random_state = seed * 2 + 1; /* never 0 */
	for (unsigned int i = 0; i < input_count; i++) {
		current_size = inputs[i].size;
		memcpy(current, inputs[i].data, current_size);
		LLVMFuzzerTestOneInput(current, current_size);
	}
	for (unsigned long long i = 0; i < runs; i++)
		run_mutation();
	for (unsigned int i = 0; i < input_count; i++)
		free(inputs[i].data);
	return 0;
}
