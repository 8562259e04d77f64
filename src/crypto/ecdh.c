/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/ecdh.h"
#include "crypto/ecc.h"

#include <mbedtls/ecdh.h>

/* That the point is on the curve is checked in the multiplication. */
static int compute(mbedtls_ecp_group *group, const struct ks_key *key, const uint8_t *peer,
                   size_t peer_length, struct ks_rng *rng, mbedtls_mpi *secret)
{
    mbedtls_ecp_point point;
    mbedtls_mpi scalar;

    mbedtls_ecp_point_init(&point);
    mbedtls_mpi_init(&scalar);
    int ret = mbedtls_ecp_point_read_binary(group, &point, peer, peer_length);

    if (ret == 0)
        ret = ks_ecc_read_scalar(key, &scalar);
    if (ret == 0)
        ret = mbedtls_ecdh_compute_shared(group, secret, &point, &scalar, ks_rng_draw, rng);
    mbedtls_mpi_free(&scalar);
    mbedtls_ecp_point_free(&point);
    return ret;
}

static KS_NOINLINE int agree(mbedtls_ecp_group *group, const struct ks_key *key,
                             const uint8_t *peer, size_t peer_length, struct ks_rng *rng,
                             uint8_t *output)
{
    mbedtls_mpi secret;

    mbedtls_mpi_init(&secret);
    int ret = compute(group, key, peer, peer_length, rng, &secret);

    if (ret == 0 && ks_curve_is_montgomery(key->type))
        ret = mbedtls_mpi_write_binary_le(&secret, output, ks_curve_bytes(key->bits));
    else if (ret == 0)
        ret = mbedtls_mpi_write_binary(&secret, output, ks_curve_bytes(key->bits));
    mbedtls_mpi_free(&secret);
    return ret;
}

psa_status_t ks_ecdh(struct ks_use *use, psa_algorithm_t alg, const uint8_t *peer,
                     size_t peer_length, uint8_t *output, size_t *length)
{
    const struct ks_key *key = use->key;
    psa_key_type_t peer_type = PSA_KEY_TYPE_PUBLIC_KEY_OF_KEY_PAIR(key->type);
    struct ks_rng rng = ks_rng_of(use->shard);
    mbedtls_ecp_group *group = NULL;
    size_t bits = 0;
    psa_status_t status = PSA_SUCCESS;

    if (alg != PSA_ALG_ECDH)
        return PSA_ERROR_NOT_SUPPORTED;
    if (!PSA_KEY_TYPE_IS_ECC_KEY_PAIR(key->type) || peer_length == 0 || peer == NULL)
        return PSA_ERROR_INVALID_ARGUMENT;
    status = ks_curve_check_format(peer_type, key->bits, peer, peer_length, &bits);
    if (status == PSA_SUCCESS)
        status = ks_ecc_group(key->type, key->bits, &rng, &group);
    if (status != PSA_SUCCESS)
        return status;
    status = ks_rng_result(&rng, agree(group, key, peer, peer_length, &rng, output));
    ks_wipe_stack();
    if (status == PSA_SUCCESS)
        *length = ks_curve_bytes(key->bits);
    return status;
}
