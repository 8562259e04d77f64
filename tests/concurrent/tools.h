/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What the concurrent tests share. Workers record; only the test's own thread asserts, after
 * joining. */
#ifndef TESTS_CONCURRENT_TOOLS_H
#define TESTS_CONCURRENT_TOOLS_H

#include <keyshard/keyshard.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define HMAC_256 PSA_ALG_HMAC(PSA_ALG_SHA_256)

/* Milliseconds on the monotonic clock. */
double now_ms(void);

void sleep_ms(unsigned ms);

/* Waits until *flag is set; false after limit_ms. */
bool wait_for(const atomic_bool *flag, unsigned limit_ms);

/* A field of the statistics, by its offset; and waiting until it has reached a value. */
uint64_t stat_now(size_t field);
bool wait_for_stat(size_t field, uint64_t value, unsigned limit_ms);

/* Imports a 32-byte HMAC-SHA-256 key whose every byte is fill, with all usages. 0 on failure. */
psa_key_id_t import_hmac(uint8_t fill);

/* HMAC-SHA-256 under that key, computed without keyshard. */
void expected_hmac(uint8_t fill, const uint8_t *input, size_t length, uint8_t mac[32]);

/* An operation that takes some 100 ms: a MAC of a long message, in a thread of its own, by a key
 * that nobody has used before. */
struct slow {
    psa_key_id_t key;
    uint8_t fill;          /* of the key when the operation starts */
    atomic_bool finished;  /* set just after it */
    psa_status_t status;
    bool right;            /* whether the result is that of the whole old key */
    _Atomic double began_ms;
    double ended_ms;
    pthread_t thread;
};

/* Starts it and returns when the key has been found and marked. */
void slow_start(struct slow *slow, psa_key_id_t key, uint8_t fill);
void slow_join(struct slow *slow);

/* The same in the calling thread, with a key that it may have used before. */
void slow_run(struct slow *slow, psa_key_id_t key, uint8_t fill);

/* Whether slow_run is in its operation: an estimate, 20 ms after it began that. */
bool slow_begun(const struct slow *slow);

#endif
