/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Ensures that no cache line which one reader writes is touched by another (G1), by a trace of
 * every load and store of two readers (readers.c) under valgrind's tool lackey. The lines that they
 * write are counted by what lies there. A control, in which the readers share a counter, must be
 * found.
 *
 *   lines [asymmetric]    with ECDSA and RSA signatures: 80 million lines of trace, a minute */

#include "config.h"

#include "marks.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READERS "tests/lines/readers"
#define TRACE_FD 9
#define SKIPPED 77
#define TABLE_SIZE (1u << 16) /* far more lines than the sections touch */
#define RANGES_MAX 512u

struct line {
    uintptr_t number; /* address / LINE; 0 where the entry is free */
    bool read[SECTIONS];
    bool written[SECTIONS];
};

struct range {
    uintptr_t first;
    uintptr_t last;
    char name[128];
    unsigned written[2]; /* lines, by reader A and B in their first sections */
};

static struct line table[TABLE_SIZE];
static size_t table_used;
static struct range ranges[RANGES_MAX];
static size_t range_count;
static unsigned long stores[SECTIONS];
static bool with_curves; /* Mbed TLS counts operations on these (marks.h) */

static struct line *find_line(uintptr_t number)
{
    size_t i = number * 2654435761u % TABLE_SIZE;

    while (table[i].number != 0 && table[i].number != number) {
        i = (i + 1) % TABLE_SIZE;
    }
    if (table[i].number == 0) {
        if (++table_used == TABLE_SIZE) {
            fputs("the readers touch more lines than there is room for\n", stderr);
            exit(EXIT_FAILURE);
        }
        table[i].number = number;
    }
    return &table[i];
}

static void note(unsigned section, char kind, uintptr_t address, unsigned size)
{
    for (uintptr_t n = address / LINE; n <= (address + size - 1) / LINE; n++) {
        struct line *line = find_line(n);

        line->read[section] |= kind != 'S';
        line->written[section] |= kind != 'L';
    }
    stores[section] += kind != 'L';
}

/* Reads a trace: lines such as " S 1ffeffe7e0,8", where S stores, L loads, M does both. */
static void read_trace(FILE *trace)
{
    char text[256];
    unsigned section = SECTION_END;

    while (fgets(text, sizeof text, trace) != NULL) {
        char kind = text[0] == ' ' ? text[1] : '\0';

        if (kind != 'S' && kind != 'L' && kind != 'M') {
            continue;
        }
        char *comma = NULL;
        uintptr_t address = strtoul(text + 3, &comma, 16);
        unsigned size = *comma == ',' ? (unsigned) strtoul(comma + 1, NULL, 10) : 0;

        if (address - MARKS < MARKS_SIZE) {
            section = (unsigned) ((address - MARKS) / LINE);
        } else if (section < SECTION_END && size > 0) {
            note(section, kind, address, size);
        }
    }
}

static void read_ranges(FILE *file)
{
    char text[512];

    while (range_count < RANGES_MAX && fgets(text, sizeof text, file) != NULL) {
        struct range *r = &ranges[range_count];
        unsigned long first = 0;
        unsigned long last = 0;

        if (sscanf(text, "%lx %lx %127[^\n]", &first, &last, r->name) == 3) {
            r->first = first;
            r->last = last;
            range_count++;
        }
    }
}

/* What the line belongs to: the first range that fits, for the readers' own come first. */
static struct range *range_of(const struct line *line)
{
    static struct range unknown = { .name = "unknown memory" };

    for (size_t i = 0; i < range_count; i++) {
        if (line->number * LINE <= ranges[i].last &&
            line->number * LINE + LINE - 1 >= ranges[i].first) {
            return &ranges[i];
        }
    }
    return &unknown;
}

static bool offends(const struct line *line, unsigned a, unsigned b)
{
    return (line->written[a] && (line->read[b] || line->written[b])) ||
           (line->written[b] && (line->read[a] || line->written[a]));
}

/* Prints the lines that one of two sections writes and the other touches; gives their number, but
 * for Mbed TLS's static data where it counts operations on curves in them. */
static unsigned compare(unsigned a, unsigned b)
{
    unsigned offences = 0;

    for (size_t i = 0; i < TABLE_SIZE; i++) {
        const struct line *line = &table[i];

        if (line->number != 0 && offends(line, a, b)) {
            printf("  line %lx: A %s%s, B %s%s, in %s\n", (unsigned long) (line->number * LINE),
                   line->read[a] ? "reads" : "", line->written[a] ? " writes" : "",
                   line->read[b] ? "reads" : "", line->written[b] ? " writes" : "",
                   range_of(line)->name);
            offences += !with_curves || strcmp(range_of(line)->name, MBED_STATIC) != 0;
        }
    }
    return offences;
}

static void print_written(void)
{
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        for (unsigned reader = 0; reader < 2; reader++) {
            range_of(&table[i])->written[reader] += table[i].written[SECTION_A + reader];
        }
    }
    printf("lines written by reader A and by reader B, by what lies there:\n");
    for (size_t i = 0; i < range_count; i++) {
        if (ranges[i].written[0] + ranges[i].written[1] > 0) {
            printf("  %6u %6u  %s\n", ranges[i].written[0], ranges[i].written[1], ranges[i].name);
        }
    }
}

/* Runs the readers under valgrind; gives a stream of their trace. */
static FILE *start(FILE *output, const char *argument, pid_t *child)
{
    char log[32];
    int ends[2];

    if (pipe(ends) != 0 || (*child = fork()) < 0) {
        return NULL;
    }
    if (*child == 0) {
        snprintf(log, sizeof log, "--log-fd=%d", TRACE_FD);
        dup2(fileno(output), STDOUT_FILENO);
        dup2(ends[1], TRACE_FD);
        setenv("LD_BIND_NOW", "1", 1); /* else a first call stores the function's address */
        close(ends[0]);
        execlp("valgrind", "valgrind", "--tool=lackey", "--trace-mem=yes", log, READERS,
               argument, (char *) NULL);
        _exit(SKIPPED);
    }
    close(ends[1]);
    return fdopen(ends[0], "r");
}

int main(int argc, char **argv)
{
    FILE *output = tmpfile();
    pid_t child = 0;
    FILE *trace = output != NULL ? start(output, argc > 1 ? argv[1] : NULL, &child) : NULL;
    int status = 0;

    with_curves = argc > 1 && strcmp(argv[1], "asymmetric") == 0;
    if (trace == NULL) {
        perror("cannot run the readers");
        return EXIT_FAILURE;
    }
    read_trace(trace);
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        puts("needs valgrind");
        return SKIPPED;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        puts("the readers failed");
        return EXIT_FAILURE;
    }
    rewind(output);
    read_ranges(output);
    print_written();
    printf("lines that one reader writes and the other touches:\n");
    unsigned offences = compare(SECTION_A, SECTION_B);
    printf("the same, where they share a counter:\n");
    unsigned found = compare(SECTION_CONTROL_A, SECTION_CONTROL_B);

    printf("%lu and %lu stores, %u lines shared; %u in the control\n", stores[SECTION_A],
           stores[SECTION_B], offences, found);
    return offences == 0 && found == 1 && stores[SECTION_A] > 0 && stores[SECTION_B] > 0
               ? EXIT_SUCCESS : EXIT_FAILURE;
}
