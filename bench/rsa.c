/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* An RSA key to measure with, made anew in each process: it guards nothing. */

#include "bench.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>

#define BITS 2048
#define DER_MAX 1400u

static uint8_t der[DER_MAX];
static size_t der_length; /* 0: not made yet */

static void make(void)
{
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
    mbedtls_pk_context pk;
    int length = 0;

    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    mbedtls_pk_init(&pk);
    if (mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0) == 0 &&
        mbedtls_pk_setup(&pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)) == 0 &&
        mbedtls_rsa_gen_key(mbedtls_pk_rsa(pk), mbedtls_ctr_drbg_random, &drbg, BITS, 65537) == 0) {
        length = mbedtls_pk_write_key_der(&pk, der, sizeof der); /* at the end of the buffer */
    }
    der_length = length > 0 ? (size_t) length : 0;
    mbedtls_pk_free(&pk);
    mbedtls_ctr_drbg_free(&drbg);
    mbedtls_entropy_free(&entropy);
}

bool rsa_key(const uint8_t **key, size_t *length)
{
    if (der_length == 0) {
        make();
    }
    *key = der + sizeof der - der_length;
    *length = der_length;
    return der_length != 0;
}
