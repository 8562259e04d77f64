/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "bench.h"

#include <stdlib.h>
#include <string.h>

#define SLICE_MAX 1000u /* milliseconds */

static const char usage[] =
    "usage: keyshard-bench [--quick | --smoke] [--cycles N] [--slice MS] [--only TEXT]\n"
    "                      [--json FILE]\n"
    "\n"
    "Measures keyshard against raw Mbed TLS, two stores with a global lock, Mbed TLS's own PSA\n"
    "functions and OpenSSL. docs/performance.md tells how.\n"
    "\n"
    "  --quick      less exact, in under a minute (else about five)\n"
    "  --smoke      no figures of value, in seconds: whether everything runs\n"
    "  --cycles N   cycles of slices for each work, at most (default 100)\n"
    "  --slice MS   length of a slice (default 2)\n"
    "  --only TEXT  only works whose names have TEXT in them; latency and memory are such names\n"
    "  --json FILE  write the figures to FILE as well\n";

struct options {
    struct effort effort;
    double window; /* seconds of look-ups whose latency is measured */
    size_t bulk;   /* keys at most */
    unsigned bulk_rounds;
    const char *only;
    const char *json;
    const char *bulk_store; /* measure this store's memory here, and nothing else */
    size_t bulk_keys;
    const char *run_side;   /* do operations of the work only on this side, and nothing else */
    size_t run_count;
};

static const struct options usual = {
    .effort = { .levels = LEVELS, .cycles = 100, .slice = 0.002, .limit = 6, .keys = 1000000,
                .patient = true },
    .window = 0.3, .bulk = 1000000, .bulk_rounds = 5
};

static const struct options quick = {
    .effort = { .levels = LEVELS, .cycles = 20, .slice = 0.001, .limit = 0.3, .keys = 1000000 },
    .window = 0.015, .bulk = 1000000, .bulk_rounds = 1
};

static const struct options smoke = {
    .effort = { .levels = 2, .cycles = 1, .slice = 0.00005, .limit = 0.001, .keys = 2000 },
    .window = 0.001, .bulk = 1000, .bulk_rounds = 2
};

/* Gives the option's value, or ends the program. */
static const char *value_of(char **arguments, int *i)
{
    if (arguments[*i + 1] == NULL) {
        fputs(usage, stderr);
        exit(2);
    }
    return arguments[++*i];
}

/* A number from 1 to most. */
static unsigned number_of(const char *text, unsigned most)
{
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);

    if (*end != '\0' || number < 1 || number > most) {
        fprintf(stderr, "%s is no number from 1 to %u\n", text, most);
        exit(2);
    }
    return (unsigned) number;
}

static void end_with_usage(bool asked)
{
    fputs(usage, asked ? stdout : stderr);
    exit(asked ? 0 : 2);
}

/* The settings that the others change, wherever it stands among them. */
static struct options read_preset(char **arguments)
{
    struct options preset = usual;

    for (size_t i = 1; arguments[i] != NULL; i++) {
        if (strcmp(arguments[i], "--quick") == 0) {
            preset = quick;
        } else if (strcmp(arguments[i], "--smoke") == 0) {
            preset = smoke;
        }
    }
    return preset;
}

/* --bulk STORE KEYS is for bulk_all, --run SIDE COUNT for instructions.sh. */
static void read_option(struct options *options, char **arguments, int *i)
{
    const char *name = arguments[*i];

    if (strcmp(name, "--quick") == 0 || strcmp(name, "--smoke") == 0) {
        return; /* read_preset has seen it */
    }
    if (strcmp(name, "--cycles") == 0) {
        options->effort.cycles = number_of(value_of(arguments, i), CYCLES_MAX);
    } else if (strcmp(name, "--slice") == 0) {
        options->effort.slice = number_of(value_of(arguments, i), SLICE_MAX) / 1e3;
    } else if (strcmp(name, "--only") == 0) {
        options->only = value_of(arguments, i);
    } else if (strcmp(name, "--json") == 0) {
        options->json = value_of(arguments, i);
    } else if (strcmp(name, "--bulk") == 0) {
        options->bulk_store = value_of(arguments, i);
        options->bulk_keys = number_of(value_of(arguments, i), 1u << 24);
    } else if (strcmp(name, "--run") == 0) {
        options->run_side = value_of(arguments, i);
        options->run_count = number_of(value_of(arguments, i), 1u << 24);
    } else {
        end_with_usage(strcmp(name, "--help") == 0);
    }
}

static int bulk_here(const struct options *options)
{
    struct bulk bulk = { .keys = options->bulk_keys };

    if (strcmp(options->bulk_store, side_names[KEYSHARD]) == 0) {
        bulk.ok = psa_crypto_init() == PSA_SUCCESS && bulk_psa(bulk.keys, &bulk);
    } else {
        bulk.ok = bulk_store(options->bulk_store, bulk.keys, &bulk);
    }
    bulk_print(&bulk);
    return EXIT_SUCCESS;
}

static bool run_work(const struct work *work, const struct side *side, size_t count)
{
    struct keys keys;
    bool ok = side != NULL && work_keys(work, work->keys, &keys) &&
              keys_import(&keys) == PSA_SUCCESS;
    void *state = ok ? side->open(&keys, 0) : NULL;

    return state != NULL && side->run(state, count);
}

/* In this thread, and with nothing else around it that depends on the count. */
static int run_here(const struct options *options)
{
    bool ok = psa_crypto_init() == PSA_SUCCESS && options->only != NULL;

    for (size_t i = 0; ok && i < work_count; i++) {
        for (unsigned side = 0; ok && side < SIDES; side++) {
            if (strcmp(works[i].name, options->only) == 0 &&
                strcmp(side_names[side], options->run_side) == 0) {
                ok = run_work(&works[i], works[i].side[side], options->run_count);
            }
        }
    }
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool all_ok(const struct report *report)
{
    bool ok = true;

    for (size_t i = 0; i < report->result_count; i++) {
        ok = ok && report->results[i].ok;
    }
    for (size_t i = 0; i < report->latency_count; i++) {
        ok = ok && report->latencies[i].ok;
    }
    return ok;
}

static bool measure_everything(const struct options *options, struct report *report)
{
    static struct latency latencies[LATENCIES_MAX];
    static struct bulk bulks[BULKS_MAX];
    struct result *results = calloc(work_count, sizeof *results);

    if (results == NULL || !remote_start() || !crew_start() || psa_crypto_init() != PSA_SUCCESS) {
        fputs("cannot start\n", stderr);
        return false;
    }
    report->bulks = bulks;
    report->bulk_count = bulk_all(options->bulk, options->bulk_rounds, options->only, bulks);
    report->results = results;
    report->result_count = measure_all(&options->effort, options->only, results);
    report->latencies = latencies;
    report->latency_count = latency_all(options->window, options->only, latencies);
    remote_stop();
    crew_stop();
    return all_ok(report);
}

int main(int count, char **arguments)
{
    struct options options = read_preset(arguments);
    struct report report = { .result_count = 0 };

    for (int i = 1; i < count; i++) {
        read_option(&options, arguments, &i);
    }
    if (!machine_read(&report.machine)) {
        fputs("the psa_ functions are not keyshard's: link it before Mbed TLS\n", stderr);
        return EXIT_FAILURE;
    }
    if (options.bulk_store != NULL) {
        return bulk_here(&options);
    }
    if (options.run_side != NULL) {
        return run_here(&options);
    }
    report.effort = options.effort;
    bool ok = measure_everything(&options, &report);

    report_print(&report);
    if (options.json != NULL) {
        ok = report_json(&report, options.json) && ok;
    }
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
