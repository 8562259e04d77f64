/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Which random calls are made: options of the program that makes them and of the one that compares,
 * which hands them on. */
#ifndef TESTS_DIFFERENTIAL_SPAN_H
#define TESTS_DIFFERENTIAL_SPAN_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct diff_span {
    uint64_t seed;
    uint32_t first; /* episode */
    uint32_t episodes;
    const char *family; /* NULL: all */
};

/* Rows for getopt_long. */
#define DIFF_SPAN_OPTIONS                                                                 \
    {"seed", required_argument, NULL, 's'}, {"first", required_argument, NULL, 'f'},      \
    {"episodes", required_argument, NULL, 'n'}, {"family", required_argument, NULL, 'F'}

/* Takes what getopt_long has found; false if that is another option. */
static inline bool diff_span_take(struct diff_span *span, int option)
{
    switch (option) {
    case 's':
        span->seed = strtoull(optarg, NULL, 10);
        return true;
    case 'f':
        span->first = (uint32_t) strtoul(optarg, NULL, 10);
        return true;
    case 'n':
        span->episodes = (uint32_t) strtoul(optarg, NULL, 10);
        return true;
    case 'F':
        span->family = optarg;
        return true;
    default:
        return false;
    }
}

#endif
