/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What the long-running tests share: a key's whole life with known results, random bytes that must
 * never repeat among processes, and a limit on the time without progress. */
#ifndef TESTS_SOAK_CROWD_H
#define TESTS_SOAK_CROWD_H

#include "../uniform_key.h"

#include <keyshard/keyshard.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint32_t crowd_pick(uint64_t *state, uint32_t n);

/* Uses a key that import_hmac made: the status; *right says whether the result is that of a key of
 * this fill. */
psa_status_t crowd_use(psa_key_id_t key, uint8_t fill, bool *right);

/* Makes a key, uses it, replaces it, uses it, copies it, restricts it, destroys both; makes one of
 * another kind, uses it once, destroys it: whether all was right. */
bool crowd_life(uint8_t fill);

/* A number that the command line may give: --NAME N. */
struct crowd_option {
    const char *name;
    uint64_t *value;
    uint64_t most; /* 0: no limit */
};

/* Begins a program, before any thread starts: takes its options, prints the seed, which is the last
 * of them and the time unless it is given, and computes what crowd_use expects. Says how the
 * program is used and is false where the command line is not right. */
bool crowd_begin(int argc, char **argv, const struct crowd_option *options, size_t count);

/* Random bytes drawn by all processes, in shared memory. crowd_draw draws once and notes it; false
 * if that failed or there is no room. crowd_repeats counts, at the end, values drawn twice. */
bool crowd_open(unsigned long draws);
bool crowd_draw(void);
unsigned long crowd_drawn(void);
unsigned long crowd_repeats(void);

/* Ends the process with a message unless it is called again within so many seconds. */
void crowd_alive(unsigned seconds, const char *doing);

#endif
