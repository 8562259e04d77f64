/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The other program, keyshard-bench-psa: linked with Mbed TLS alone. It answers remote.c, or, asked
 * for a number of keys, measures them for bulk.c. */

#include "bench.h"

#include <stdlib.h>
#include <string.h>

/* Sides that this program does not do. */
const struct side raw_lookup, raw_hmac, raw_hmac_once, raw_found_hmac;
const struct side raw_gcm, raw_gcm_once, raw_found_gcm, raw_random;
const struct side lock_lookup, lock_hmac, lock_churn;
const struct side states_lookup, states_hmac, states_churn;
const struct side openssl_hmac, openssl_gcm, openssl_random, openssl_sign, openssl_verify;
const struct side life_replace;
const struct side raw_ecdsa_sign, raw_ecdsa_verify, raw_rsa_sign;

bool life_handoffs(const psa_key_id_t *ids, size_t count, double *one_ns, double *many_ns)
{
    (void) ids;
    (void) count;
    *one_ns = 0;
    *many_ns = 0;
    return true;
}

static struct {
    const struct side *side; /* NULL: no work is open */
    struct keys keys;
    unsigned threads;
    void *state[BENCH_THREADS];
} present;

static bool close_work(void)
{
    if (present.side != NULL) {
        states_close(present.side, present.threads, present.state);
        mbedtls_psa_crypto_free();
        keys_free(&present.keys);
        present.side = NULL;
    }
    return psa_crypto_init() == PSA_SUCCESS;
}

/* A store that has not room for the keys cannot do the work. */
static bool open_work(size_t index, size_t most, unsigned threads)
{
    if (!close_work() || index >= work_count || threads > BENCH_THREADS) {
        return false;
    }
    present.side = works[index].side[MBED_PSA];
    present.threads = threads;
    return work_keys(&works[index], most, &present.keys) &&
           keys_import(&present.keys) == PSA_SUCCESS &&
           states_open(present.side, &present.keys, threads, present.state);
}

static struct slice run_slice(size_t count, size_t line, unsigned threads)
{
    struct slice slice = { .side = present.side, .state = present.state, .threads = threads,
                           .count = count, .line = (unsigned) line };

    if (present.side != NULL && threads <= present.threads) {
        slice_run(&slice);
    }
    return slice;
}

static void serve(void)
{
    char line[128];
    char word[8];
    size_t a = 0;
    size_t b = 0;
    unsigned threads = 0;

    while (fgets(line, sizeof line, stdin) != NULL &&
           sscanf(line, "%7s %zu %zu %u", word, &a, &b, &threads) == 4) {
        struct slice slice = { .ns = 0 };

        if (strcmp(word, "run") == 0) {
            slice = run_slice(a, b, threads);
        } else {
            slice.ok = strcmp(word, "open") == 0 ? open_work(a, b, threads) : close_work();
        }
        printf("%d %.6f %d\n", slice.ok, slice.ns, slice.disturbed);
        fflush(stdout);
    }
}

int main(int count, char **arguments)
{
    if (psa_crypto_init() != PSA_SUCCESS) {
        return EXIT_FAILURE;
    }
    if (count > 1) {
        struct bulk bulk = { .keys = strtoul(arguments[1], NULL, 10) };

        bulk.ok = bulk_psa(bulk.keys, &bulk);
        bulk_print(&bulk);
        return EXIT_SUCCESS;
    }
    if (!crew_start()) {
        return EXIT_FAILURE;
    }
    serve();
    crew_stop();
    return EXIT_SUCCESS;
}
