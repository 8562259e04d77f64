/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/ecdsa.h"
#include "crypto/ecc.h"

#include <mbedtls/ecdsa.h>

static int compute(mbedtls_ecp_group *group, mbedtls_mpi *r, mbedtls_mpi *s, const mbedtls_mpi *d,
                   psa_algorithm_t alg, const uint8_t *hash, size_t hash_length,
                   struct ks_rng *rng)
{
    if (PSA_ALG_ECDSA_IS_DETERMINISTIC(alg))
        return mbedtls_ecdsa_sign_det_ext(group, r, s, d, hash, hash_length,
                                          ks_mbed_md(PSA_ALG_SIGN_GET_HASH(alg)), ks_rng_draw, rng);
    return mbedtls_ecdsa_sign(group, r, s, d, hash, hash_length, ks_rng_draw, rng);
}

/* Not inlined: the caller wipes this frame along with what Mbed TLS leaves below. */
static KS_NOINLINE int sign(mbedtls_ecp_group *group, const struct ks_key *key,
                            psa_algorithm_t alg, const uint8_t *hash, size_t hash_length,
                            struct ks_rng *rng, uint8_t *signature)
{
    size_t half = ks_curve_bytes(key->bits);
    mbedtls_mpi d, r, s;

    mbedtls_mpi_init(&d);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    int ret = ks_ecc_read_scalar(key, &d);

    if (ret == 0)
        ret = compute(group, &r, &s, &d, alg, hash, hash_length, rng);
    if (ret == 0)
        ret = mbedtls_mpi_write_binary(&r, signature, half);
    if (ret == 0)
        ret = mbedtls_mpi_write_binary(&s, signature + half, half);
    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&d);
    return ret;
}

psa_status_t ks_ecdsa_sign(struct ks_use *use, psa_algorithm_t alg, const uint8_t *hash,
                           size_t hash_length, uint8_t *signature, size_t size, size_t *length)
{
    const struct ks_key *key = use->key;
    struct ks_rng rng = ks_rng_of(use->shard);
    mbedtls_ecp_group *group = NULL;
    psa_status_t status = PSA_SUCCESS;

    if (size < 2 * ks_curve_bytes(key->bits))
        return PSA_ERROR_BUFFER_TOO_SMALL;
    status = ks_ecc_group(key->type, key->bits, &rng, &group);
    if (status != PSA_SUCCESS)
        return status;
    status = ks_rng_result(&rng, sign(group, key, alg, hash, hash_length, &rng, signature));
    ks_wipe_stack();
    /* Mbed TLS 2.28 does not look whether its HMAC-DRBG got its memory, and then finds no word for
     * what went wrong. */
    if (PSA_ALG_ECDSA_IS_DETERMINISTIC(alg) && status == PSA_ERROR_GENERIC_ERROR)
        status = PSA_ERROR_INSUFFICIENT_MEMORY;
    if (status == PSA_SUCCESS)
        *length = 2 * ks_curve_bytes(key->bits);
    return status;
}

static int verify(mbedtls_ecp_group *group, const uint8_t *point, size_t point_length,
                  const uint8_t *hash, size_t hash_length, const uint8_t *signature, size_t length)
{
    mbedtls_ecp_point q;
    mbedtls_mpi r, s;

    mbedtls_ecp_point_init(&q);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    int ret = mbedtls_ecp_point_read_binary(group, &q, point, point_length);

    if (ret == 0)
        ret = mbedtls_mpi_read_binary(&r, signature, length / 2);
    if (ret == 0)
        ret = mbedtls_mpi_read_binary(&s, signature + length / 2, length / 2);
    if (ret == 0)
        ret = mbedtls_ecdsa_verify(group, hash, hash_length, &q, &r, &s);
    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_ecp_point_free(&q);
    return ret;
}

psa_status_t ks_ecdsa_verify(struct ks_use *use, const uint8_t *hash, size_t hash_length,
                             const uint8_t *signature, size_t length)
{
    const struct ks_key *key = use->key;
    struct ks_rng rng = ks_rng_of(use->shard);
    mbedtls_ecp_group *group = NULL;
    const uint8_t *point = NULL;
    size_t point_length = 0;
    psa_status_t status = PSA_SUCCESS;

    if (length != 2 * ks_curve_bytes(key->bits))
        return PSA_ERROR_INVALID_SIGNATURE;
    status = ks_ecc_public(use, &point, &point_length);
    if (status == PSA_SUCCESS)
        status = ks_ecc_group(key->type, key->bits, &rng, &group);
    if (status == PSA_SUCCESS)
        status = ks_mbed_status(verify(group, point, point_length, hash, hash_length, signature,
                                       length));
    return status;
}
