/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Runs the same random calls twice, with keyshard in front of Mbed TLS and on Mbed TLS alone, and
 * compares them call by call. A difference must be a known one (known.c), each known one must be
 * met, and its name must stand in docs/compatibility.md.
 *
 *   differential [--seed N] [--first EPISODE] [--episodes N] [--family NAME]
 *                [--reports N] */

#include "config.h"

#include "known.h"
#include "span.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EPISODES 1500u
#define EPISODES_FIXED 4000u /* with seed 1: enough to meet each known difference */

extern char **environ;

static struct {
    struct diff_span span; /* seed 0: none is given */
    unsigned long reports; /* unknown differences that are printed */
    unsigned long disturb; /* the call whose record keyshard's side makes wrong, or 0 */
} options = {{0, 0, EPISODES, NULL}, 10, 0};

/* One of the two runs. */
struct side {
    const char *program;
    pid_t process;
    FILE *records;
    struct diff_record record;
    bool ended;
};

static struct tally {
    unsigned long calls;
    unsigned long differences;
    unsigned long unknown;
    unsigned long dropped; /* calls behind a difference after which the keys are not the same */
    unsigned long *met;    /* for each known difference */
} tally;

static bool parse(int argc, char **argv)
{
    static const struct option names[] = {
        DIFF_SPAN_OPTIONS, {"reports", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (option == 'r') {
            options.reports = strtoul(optarg, NULL, 10);
        } else if (!diff_span_take(&options.span, option)) {
            return false;
        }
    }
    return optind == argc;
}

/* Starts the program that stands beside this one. */
static bool start(struct side *side, const char *folder, uint64_t seed, unsigned long disturb)
{
    char path[4096];
    char numbers[4][24];
    char words[5][12] = {"--seed", "--first", "--episodes", "--disturb", "--family"};
    char family[40];
    int ends[2];
    posix_spawn_file_actions_t actions;

    snprintf(path, sizeof path, "%s/%s", folder, side->program);
    snprintf(numbers[0], sizeof numbers[0], "%llu", (unsigned long long) seed);
    snprintf(numbers[1], sizeof numbers[1], "%u", options.span.first);
    snprintf(numbers[2], sizeof numbers[2], "%u", options.span.episodes);
    snprintf(family, sizeof family, "%s", options.span.family == NULL ? "" : options.span.family);
    snprintf(numbers[3], sizeof numbers[3], "%lu", disturb);
    char *arguments[] = {path,       words[0], numbers[0], words[1], numbers[1], words[2],
                         numbers[2], words[3], numbers[3], words[4], family,     NULL};

    if (options.span.family == NULL) {
        arguments[9] = NULL;
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    int error = posix_spawn(&side->process, path, &actions, NULL, arguments, environ);

    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    side->records = fdopen(ends[0], "r");
    side->ended = false;
    return error == 0 && side->records != NULL;
}

static bool finish(struct side *side)
{
    int status = 0;

    fclose(side->records);
    waitpid(side->process, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return true;
    }
    printf("%s: %s %d after call %u.%u; see --verbose\n", side->program,
           WIFSIGNALED(status) ? "signal" : "status",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), side->record.episode,
           side->record.number);
    return false;
}

static void next(struct side *side)
{
    side->ended = side->ended || fread(&side->record, sizeof side->record, 1, side->records) != 1;
}

static bool same(const struct diff_record *a, const struct diff_record *b)
{
    bool equal = a->status == b->status;

    for (uint32_t i = 0; equal && i < a->results; i++) {
        equal = a->result[i].value == b->result[i].value;
    }
    return equal;
}

/* The two made different calls: nothing can be compared any more. */
static bool apart(const struct diff_record *a, const struct diff_record *b)
{
    return a->episode != b->episode || a->number != b->number || a->results != b->results ||
           strcmp(a->function, b->function) != 0 || strcmp(a->arguments, b->arguments) != 0;
}

static void print(const char *name, const struct diff_record *record)
{
    printf("  %-8s %d", name, record->status);
    for (uint32_t i = 0; i < record->results; i++) {
        printf("  %s %llx", record->result[i].name, (unsigned long long) record->result[i].value);
    }
    putchar('\n');
}

static void report(const char *what, uint64_t seed, const struct diff_record *keyshard,
                   const struct diff_record *stock)
{
    if (tally.unknown++ >= options.reports) {
        return;
    }
    printf("%s, seed %llu, call %u.%u: %s(%s) facts %#x\n", what, (unsigned long long) seed,
           keyshard->episode, keyshard->number, keyshard->function, keyshard->arguments,
           keyshard->facts);
    if (strcmp(keyshard->arguments, stock->arguments) != 0) {
        printf("  stock calls %s(%s)\n", stock->function, stock->arguments);
    }
    print("keyshard", keyshard);
    print("stock", stock);
}

/* Compares one pair of records; the episode whose rest is not comparable, or UINT32_MAX. */
static uint32_t compare(uint64_t seed, const struct diff_record *keyshard,
                        const struct diff_record *stock)
{
    tally.calls++;
    if (apart(keyshard, stock)) {
        report("other calls", seed, keyshard, stock);
        return keyshard->episode;
    }
    if (same(keyshard, stock)) {
        return UINT32_MAX;
    }
    int known = diff_explain(keyshard, stock);

    tally.differences++;
    if (known < 0) {
        report("difference", seed, keyshard, stock);
        return (keyshard->status == PSA_SUCCESS) != (stock->status == PSA_SUCCESS)
                   ? keyshard->episode
                   : UINT32_MAX;
    }
    tally.met[known]++;
    return diff_known[known].ends ? keyshard->episode : UINT32_MAX;
}

/* Passes over what is left of an episode. */
static void skip(struct side *side, uint32_t episode)
{
    while (!side->ended && side->record.episode == episode) {
        tally.dropped++;
        next(side);
    }
}

static bool run(const char *folder, uint64_t seed)
{
    struct side keyshard = {.program = "calls_keyshard"};
    struct side stock = {.program = "calls_stock"};

    if (!start(&keyshard, folder, seed, options.disturb) ||
        !start(&stock, folder, seed, 0)) {
        puts("cannot start the programs");
        return false;
    }
    next(&keyshard);
    next(&stock);
    while (!keyshard.ended && !stock.ended) {
        uint32_t episode = compare(seed, &keyshard.record, &stock.record);

        if (episode != UINT32_MAX) {
            skip(&keyshard, episode);
            skip(&stock, episode);
        } else {
            next(&keyshard);
            next(&stock);
        }
    }
    bool even = keyshard.ended && stock.ended;
    bool whole = finish(&keyshard);

    whole = finish(&stock) && whole;
    if (!even) {
        puts("one made more calls than the other");
    }
    return even && whole;
}

/* Ensures that one wrong value in one record is found, whichever call it is. */
static bool self_test(const char *folder)
{
    unsigned long found = 0;
    unsigned long tried = 0;
    unsigned long reports = options.reports;
    uint32_t episodes = options.span.episodes;

    options.reports = 0;
    options.span.episodes = 4;
    for (options.disturb = 2; options.disturb < 240; options.disturb += 17) {
        tally.unknown = 0;
        tried++;
        found += run(folder, 1) && tally.unknown == 1;
    }
    options.disturb = 0;
    options.reports = reports;
    options.span.episodes = episodes;
    memset(tally.met, 0, diff_known_count * sizeof *tally.met);
    tally = (struct tally){.met = tally.met};
    printf("self-test: %lu of %lu wrong records found\n", found, tried);
    return found == tried;
}

/* Whether the document has the name, in backquotes. */
static bool documented(const char *text, const char *name)
{
    char quoted[80];

    snprintf(quoted, sizeof quoted, "`%s`", name);
    return strstr(text, quoted) != NULL;
}

static char *read_document(void)
{
    static char text[1 << 18];
    char path[4096];
    const char *srcdir = getenv("srcdir");

    snprintf(path, sizeof path, "%s/docs/compatibility.md", srcdir == NULL ? "." : srcdir);
    FILE *file = fopen(path, "r");

    if (file == NULL) {
        return NULL;
    }
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

/* Each known difference is documented, and was met where this version has it. */
static bool check_known(void)
{
    const char *text = read_document();
    bool right = true;

    if (text == NULL) {
        puts("docs/compatibility.md is not in the folder that srcdir names");
        return false;
    }
    for (unsigned i = 0; i < diff_known_count; i++) {
        const struct diff_known *known = &diff_known[i];
        bool here = (known->versions & diff_version()) != 0;

        if (!documented(text, known->name)) {
            printf("%s (row %u) does not stand in docs/compatibility.md\n", known->name, i);
            right = false;
        }
        if (here && tally.met[i] == 0 && options.span.family == NULL) {
            printf("%s (row %u) was never met\n", known->name, i);
            right = false;
        }
    }
    return right;
}

int main(int argc, char **argv)
{
    struct timespec now;

    if (!parse(argc, argv)) {
        fputs("usage: differential [--seed N] [--first EPISODE] [--episodes N] [--family NAME]\n"
              "                    [--reports N]\n",
              stderr);
        return 2;
    }
    char *slash = strrchr(argv[0], '/');
    char folder[4096] = ".";

    if (slash != NULL) {
        snprintf(folder, sizeof folder, "%.*s", (int) (slash - argv[0]), argv[0]);
    }
    tally.met = calloc(diff_known_count, sizeof *tally.met);
    clock_gettime(CLOCK_REALTIME, &now);
    bool right = true;

    /* Without a seed: one that never changes, for which each known difference is met, and a new
     * one. */
    if (options.span.seed != 0) {
        right = run(folder, options.span.seed);
    } else {
        uint32_t episodes = options.span.episodes;

        right = self_test(folder);
        options.span.episodes = EPISODES_FIXED;
        right = run(folder, 1) && right;
        options.span.episodes = episodes;
        right = run(folder, 2 + (uint64_t) now.tv_sec % 1000000000u) && right;
        printf("seeds 1 and %llu: ", 2 + (unsigned long long) now.tv_sec % 1000000000u);
        right = check_known() && right;
    }
    printf("%lu calls compared, %lu differences, %lu of them unknown, %lu calls passed over\n",
           tally.calls, tally.differences, tally.unknown, tally.dropped);
    for (unsigned i = 0; i < diff_known_count; i++) {
        printf("  %s: %lu\n", diff_known[i].name, tally.met[i]);
    }
    free(tally.met);
    return right && tally.unknown == 0 && tally.calls > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
