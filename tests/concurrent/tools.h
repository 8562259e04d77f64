/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What the concurrent tests share. Workers record; only the test's own thread asserts, after
 * joining. */
#ifndef TESTS_CONCURRENT_TOOLS_H
#define TESTS_CONCURRENT_TOOLS_H

#include "config.h"

#include "../uniform_key.h"

#include <keyshard/keyshard.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* How often a test that forks is run: a sanitizer's allocator has locks that are not made free in a
 * fork's child. */
#ifdef KS_SANITIZED
#define FORK_TESTS 0
#else
#define FORK_TESTS 1
#endif

/* Starts the library: a fixture. */
void setup(void);

/* Milliseconds on the monotonic clock. */
double now_ms(void);

/* Milliseconds of processor time that a thread which is not joined yet has had; HUGE_VAL where it
 * has ended. */
double thread_cpu_ms(pthread_t thread);

void sleep_ms(unsigned ms);

/* Waits until *flag is set; false after limit_ms. */
bool wait_for(const atomic_bool *flag, unsigned limit_ms);

/* The statistics; one field of them, by its offset; and waiting until that has reached a value. */
keyshard_stats_t stats_now(void);
uint64_t stat_now(size_t field);
bool wait_for_stat(size_t field, uint64_t value, unsigned limit_ms);

/* HMAC-SHA-256 under the key that import_hmac makes, computed without keyshard. */
void expected_hmac(uint8_t fill, const uint8_t *input, size_t length, uint8_t mac[32]);

/* An operation that takes some 100 ms: a MAC of a long message, in a thread of its own, by a key
 * that nobody has used before. */
struct slow {
    psa_key_id_t key;
    uint8_t fill;          /* of the key when the operation starts */
    atomic_bool finished;  /* set some time after it */
    psa_status_t status;
    bool right;            /* whether the result is that of the whole old key */
    uint8_t mac[32];       /* the result, and what it is to be */
    uint8_t expected[32];
    uint64_t lookups;      /* of all threads, before it began */
    _Atomic double began_ms;
    pthread_t thread;
};

/* Starts it and returns when the key has been found and marked. */
void slow_start(struct slow *slow, psa_key_id_t key, uint8_t fill);
void slow_join(struct slow *slow);

/* Whether the operation's result is there, the last thing that it does with the key. For whoever
 * has waited for the operation to end: who has not makes a data race of it. */
bool slow_over(const struct slow *slow);

/* The same in the calling thread, with a key that it may have used before. */
void slow_run(struct slow *slow, psa_key_id_t key, uint8_t fill);

/* Whether slow_run is in its operation: it has found its key, and 20 ms have gone by since it began
 * that. For whoever looks nothing up meanwhile. */
bool slow_begun(const struct slow *slow);

#endif
