/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The calling thread's random generator in the form in which Mbed TLS's functions take one. */
#ifndef KS_CRYPTO_RNG_H
#define KS_CRYPTO_RNG_H

#include "crypto/error.h"

struct ks_shard;

/* One call's; Mbed TLS would turn the status of a failure into others. */
struct ks_rng {
    struct ks_shard *shard;
    psa_status_t status; /* of the first failure */
};

/* Called with a mark standing, as ks_random_generate is. */
struct ks_rng ks_rng_of(struct ks_shard *shard);

/* For the thread's own shard, where the caller does not know it. */
struct ks_rng ks_rng_own(void);

/* f_rng; rng is a struct ks_rng. */
int ks_rng_draw(void *rng, unsigned char *output, size_t size);

/* The status of a function of Mbed TLS that drew from rng and returned ret. */
static inline psa_status_t ks_rng_result(const struct ks_rng *rng, int ret)
{
    return ks_likely(rng->status == PSA_SUCCESS) ? ks_mbed_status(ret) : rng->status;
}

#endif
