/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Makes random calls and writes their records to standard output. Built twice, with keyshard and
 * without; tests/differential/differential runs both and compares.
 *
 *   calls_... --seed N --first EPISODE --episodes N [--family NAME] [--disturb CALL]
 *             [--verbose] */

#include "family.h"
#include "span.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS 60u /* of an episode, at least */

static struct {
    struct diff_span span;
    unsigned long disturb;
    bool verbose;
} options = {{1, 0, 1, NULL}, 0, false};

static bool parse(int argc, char **argv)
{
    static const struct option names[] = {DIFF_SPAN_OPTIONS,
                                          {"verbose", no_argument, NULL, 'v'},
                                          {"disturb", required_argument, NULL, 'd'},
                                          {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (option == 'd') {
            options.disturb = strtoul(optarg, NULL, 10);
        } else if (option == 'v') {
            options.verbose = true;
        } else if (!diff_span_take(&options.span, option)) {
            return false;
        }
    }
    return optind == argc;
}

static bool chosen(const struct diff_family *family)
{
    return options.span.family == NULL || strcmp(options.span.family, family->name) == 0;
}

static const struct diff_family *pick_family(struct diff_run *run)
{
    unsigned total = 0;

    for (unsigned i = 0; i < diff_family_count; i++) {
        total += chosen(&diff_families[i]) ? diff_families[i].weight : 0;
    }
    unsigned at = diff_pick(run, total);

    for (unsigned i = 0;; i++) {
        unsigned weight = chosen(&diff_families[i]) ? diff_families[i].weight : 0;

        if (at < weight) {
            return &diff_families[i];
        }
        at -= weight;
    }
}

static void begin_episode(struct diff_run *run, uint32_t episode)
{
    memset(&run->keys, 0, sizeof run->keys);
    memset(&run->stale, 0, sizeof run->stale);
    run->random = options.span.seed * 0x2545f4914f6cdd1du + episode;
    run->record.episode = episode;
    run->record.number = 0;
    run->calls = 0;
    diff_begin(run, "psa_crypto_init");
    diff_ready(run);
    diff_status(run, psa_crypto_init());
    diff_end(run);
    for (unsigned i = 0; i < diff_family_count; i++) {
        if (diff_families[i].start != NULL) {
            diff_families[i].start(run);
        }
    }
}

static void end_episode(struct diff_run *run)
{
    for (unsigned i = 0; i < diff_family_count; i++) {
        if (diff_families[i].end != NULL) {
            diff_families[i].end(run);
        }
    }
    mbedtls_psa_crypto_free();
}

int main(int argc, char **argv)
{
    static struct diff_run run;
    bool known = false;

    if (!parse(argc, argv)) {
        fputs("usage: calls --seed N --first EPISODE --episodes N [--family NAME] [--verbose]\n",
              stderr);
        return 2;
    }
    for (unsigned i = 0; i < diff_family_count; i++) {
        known = known || chosen(&diff_families[i]);
    }
    if (!known) {
        fprintf(stderr, "no family %s\n", options.span.family);
        return 2;
    }
    run.verbose = options.verbose;
    run.disturb = options.disturb;
    diff_fill(&run, diff_material, sizeof diff_material);
    for (uint32_t n = options.span.first; n - options.span.first < options.span.episodes; n++) {
        begin_episode(&run, n);
        while (run.calls < CALLS) {
            pick_family(&run)->call(&run);
        }
        end_episode(&run);
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
