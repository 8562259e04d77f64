/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/rng.h"
#include "base/thread.h"
#include "crypto/random.h"

#include <mbedtls/ctr_drbg.h>

struct ks_rng ks_rng_of(struct ks_shard *shard)
{
    return (struct ks_rng) { shard, PSA_SUCCESS };
}

struct ks_rng ks_rng_own(void)
{
    return ks_rng_of(ks_thread.shard);
}

int ks_rng_draw(void *rng, unsigned char *output, size_t size)
{
    struct ks_rng *own = rng;
    psa_status_t status = ks_random_generate(own->shard, output, size);

    if (ks_likely(status == PSA_SUCCESS))
        return 0;
    if (own->status == PSA_SUCCESS)
        own->status = status;
    return MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
}
