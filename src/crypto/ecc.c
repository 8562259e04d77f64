/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/ecc.h"

#include <stdatomic.h>
#include <stdlib.h>

static const mbedtls_ecp_group_id ids[KS_CURVES] = {
    [KS_CURVE_SECP_R1_192] = MBEDTLS_ECP_DP_SECP192R1,
    [KS_CURVE_SECP_R1_224] = MBEDTLS_ECP_DP_SECP224R1,
    [KS_CURVE_SECP_R1_256] = MBEDTLS_ECP_DP_SECP256R1,
    [KS_CURVE_SECP_R1_384] = MBEDTLS_ECP_DP_SECP384R1,
    [KS_CURVE_SECP_R1_521] = MBEDTLS_ECP_DP_SECP521R1,
    [KS_CURVE_MONTGOMERY_255] = MBEDTLS_ECP_DP_CURVE25519,
    [KS_CURVE_MONTGOMERY_448] = MBEDTLS_ECP_DP_CURVE448,
    [KS_CURVE_BRAINPOOL_P_R1_256] = MBEDTLS_ECP_DP_BP256R1,
    [KS_CURVE_BRAINPOOL_P_R1_384] = MBEDTLS_ECP_DP_BP384R1,
    [KS_CURVE_BRAINPOOL_P_R1_512] = MBEDTLS_ECP_DP_BP512R1,
    [KS_CURVE_SECP_K1_192] = MBEDTLS_ECP_DP_SECP192K1,
    [KS_CURVE_SECP_K1_256] = MBEDTLS_ECP_DP_SECP256K1,
};

/* NULL until somebody needs the curve. Published whole, with release; read with acquire. Never
 * taken back. A child of fork finds it published or not, and nothing in between. */
static _Atomic(mbedtls_ecp_group *) groups[KS_CURVES];

/* Multiplies the base point, so that a version of Mbed TLS that keeps a table of its multiples in
 * the group makes it now. The scalar is any that is valid: no secret. */
static int force_table(mbedtls_ecp_group *group, struct ks_rng *rng)
{
    mbedtls_mpi scalar;
    mbedtls_ecp_point point;

    mbedtls_mpi_init(&scalar);
    mbedtls_ecp_point_init(&point);
    int ret = mbedtls_ecp_gen_privkey(group, &scalar, ks_rng_draw, rng);

    if (ret == 0)
        ret = mbedtls_ecp_mul(group, &point, &scalar, &group->G, ks_rng_draw, rng);
    mbedtls_ecp_point_free(&point);
    mbedtls_mpi_free(&scalar);
    return ret;
}

static void drop_group(mbedtls_ecp_group *group)
{
    mbedtls_ecp_group_free(group);
    free(group);
}

/* Makes the group and publishes it, unless another thread was first. */
static KS_COLD psa_status_t make_group(enum ks_curve curve, struct ks_rng *rng,
                                       mbedtls_ecp_group **made)
{
    mbedtls_ecp_group *group = malloc(sizeof *group);
    mbedtls_ecp_group *first = NULL;
    int ret = 0;

    if (group == NULL)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    mbedtls_ecp_group_init(group);
    ret = mbedtls_ecp_group_load(group, ids[curve]);
    if (ret == 0)
        ret = force_table(group, rng);
    if (ret != 0) {
        drop_group(group);
        return ks_rng_result(rng, ret);
    }
    /* Release: partner is the load in ks_ecc_group. Acquire, where another was first. */
    if (!atomic_compare_exchange_strong_explicit(&groups[curve], &first, group,
                                                 memory_order_release, memory_order_acquire)) {
        drop_group(group);
        group = first;
    }
    *made = group;
    return PSA_SUCCESS;
}

psa_status_t ks_ecc_group(psa_key_type_t type, size_t bits, struct ks_rng *rng,
                          mbedtls_ecp_group **group)
{
    enum ks_curve curve = ks_curve_find(type, bits);

    if (curve == KS_CURVES)
        return PSA_ERROR_NOT_SUPPORTED;
    *group = atomic_load_explicit(&groups[curve], memory_order_acquire);
    if (ks_likely(*group != NULL))
        return PSA_SUCCESS;
    return make_group(curve, rng, group);
}

int ks_ecc_read_scalar(const struct ks_key *key, mbedtls_mpi *scalar)
{
    if (ks_curve_is_montgomery(key->type))
        return mbedtls_mpi_read_binary_le(scalar, key->material, key->length);
    return mbedtls_mpi_read_binary(scalar, key->material, key->length);
}

static int write_scalar(struct ks_key *key, const mbedtls_mpi *scalar)
{
    if (ks_curve_is_montgomery(key->type))
        return mbedtls_mpi_write_binary_le(scalar, key->material, key->length);
    return mbedtls_mpi_write_binary(scalar, key->material, key->length);
}

/* What is kept of a key pair. Flat. */
struct public_point {
    size_t length;
    uint8_t bytes[KS_CURVE_MAX_POINT];
};

static KS_NOINLINE int compute_public(mbedtls_ecp_group *group, const struct ks_key *key,
                                      struct ks_rng *rng, struct public_point *out)
{
    mbedtls_mpi scalar;
    mbedtls_ecp_point point;

    mbedtls_mpi_init(&scalar);
    mbedtls_ecp_point_init(&point);
    int ret = ks_ecc_read_scalar(key, &scalar);

    if (ret == 0)
        ret = mbedtls_ecp_mul(group, &point, &scalar, &group->G, ks_rng_draw, rng);
    if (ret == 0)
        ret = mbedtls_ecp_point_write_binary(group, &point, MBEDTLS_ECP_PF_UNCOMPRESSED,
                                             &out->length, out->bytes, sizeof out->bytes);
    mbedtls_ecp_point_free(&point);
    mbedtls_mpi_free(&scalar);
    return ret;
}

static int prepare(void *body, const struct ks_object *object, uint32_t variant)
{
    const struct ks_key *key = (const struct ks_key *) object;
    struct ks_rng rng = ks_rng_own();
    mbedtls_ecp_group *group = NULL;
    psa_status_t status = ks_ecc_group(key->type, key->bits, &rng, &group);

    (void) variant;
    if (status == PSA_SUCCESS)
        status = ks_rng_result(&rng, compute_public(group, key, &rng, body));
    return status;
}

static const struct ks_record_class public_class = {
    .size = sizeof(struct public_point),
    .prepare = prepare,
    .allocates = true,
    .costly = true,
};

psa_status_t ks_ecc_public(struct ks_use *use, const uint8_t **point, size_t *length)
{
    void *body = NULL;
    psa_status_t status = PSA_SUCCESS;

    if (PSA_KEY_TYPE_IS_PUBLIC_KEY(use->key->type)) {
        *point = use->key->material;
        *length = use->key->length;
        return PSA_SUCCESS;
    }
    status = ks_use_context(use, &public_class, 0, &body);
    if (status == PSA_SUCCESS) {
        const struct public_point *kept = body;

        *point = kept->bytes;
        *length = kept->length;
    }
    return status;
}

static int judge_point(mbedtls_ecp_group *group, const struct ks_key *key)
{
    mbedtls_ecp_point point;

    mbedtls_ecp_point_init(&point);
    int ret = mbedtls_ecp_point_read_binary(group, &point, key->material, key->length);

    if (ret == 0)
        ret = mbedtls_ecp_check_pubkey(group, &point);
    mbedtls_ecp_point_free(&point);
    return ret;
}

static KS_NOINLINE int judge_scalar(mbedtls_ecp_group *group, const struct ks_key *key)
{
    mbedtls_mpi scalar;

    mbedtls_mpi_init(&scalar);
    int ret = ks_ecc_read_scalar(key, &scalar);

    if (ret == 0)
        ret = mbedtls_ecp_check_privkey(group, &scalar);
    mbedtls_mpi_free(&scalar);
    return ret;
}

psa_status_t ks_ecc_judge(const struct ks_key *key)
{
    struct ks_rng rng = ks_rng_own();
    mbedtls_ecp_group *group = NULL;
    psa_status_t status = ks_ecc_group(key->type, key->bits, &rng, &group);

    if (status != PSA_SUCCESS)
        return status;
    if (PSA_KEY_TYPE_IS_PUBLIC_KEY(key->type))
        return ks_mbed_status(judge_point(group, key));
    status = ks_mbed_status(judge_scalar(group, key));
    ks_wipe_stack();
    return status;
}

static KS_NOINLINE int generate(mbedtls_ecp_group *group, struct ks_rng *rng, struct ks_key *key)
{
    mbedtls_mpi scalar;

    mbedtls_mpi_init(&scalar);
    int ret = mbedtls_ecp_gen_privkey(group, &scalar, ks_rng_draw, rng);

    if (ret == 0)
        ret = write_scalar(key, &scalar);
    mbedtls_mpi_free(&scalar);
    return ret;
}

psa_status_t ks_ecc_generate(struct ks_shard *shard, struct ks_key *key)
{
    struct ks_rng rng = ks_rng_of(shard);
    mbedtls_ecp_group *group = NULL;
    psa_status_t status = ks_ecc_group(key->type, key->bits, &rng, &group);

    if (status == PSA_SUCCESS)
        status = ks_rng_result(&rng, generate(group, &rng, key));
    ks_wipe_stack();
    return status;
}
