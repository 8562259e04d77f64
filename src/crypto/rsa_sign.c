/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/rsa_sign.h"
#include "crypto/hash.h"
#include "crypto/rsa.h"

#include <limits.h>
#include <string.h>

/* Whether the scheme is one of RSA's; how Mbed TLS calls its hash; whether what is to be signed has
 * its length. */
static psa_status_t understand(psa_algorithm_t alg, size_t length, mbedtls_md_type_t *md)
{
    psa_algorithm_t name = PSA_ALG_SIGN_GET_HASH(alg);
    const struct ks_hash *hash = ks_hash_find(name);

    *md = MBEDTLS_MD_NONE;
    if (!PSA_ALG_IS_RSA_PKCS1V15_SIGN(alg) && !PSA_ALG_IS_RSA_PSS(alg))
        return PSA_ERROR_INVALID_ARGUMENT;
    if (length > UINT_MAX)
        return PSA_ERROR_INVALID_ARGUMENT;
    if (alg == PSA_ALG_RSA_PKCS1V15_SIGN_RAW)
        return PSA_SUCCESS;
    *md = ks_mbed_md(name);
    if (hash == NULL || *md == MBEDTLS_MD_NONE)
        return PSA_ERROR_NOT_SUPPORTED;
    return length == hash->size ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

/* Signs into output, which overlaps nothing. */
static KS_NOINLINE int sign(mbedtls_rsa_context *rsa, psa_algorithm_t alg, mbedtls_md_type_t md,
                            const uint8_t *hash, size_t length, struct ks_rng *rng,
                            uint8_t *output)
{
    bool pss = PSA_ALG_IS_RSA_PSS(alg);
    int ret = ks_mbed_rsa_set_padding(rsa, pss ? MBEDTLS_RSA_PKCS_V21 : MBEDTLS_RSA_PKCS_V15,
                                      pss ? md : MBEDTLS_MD_NONE);

    return ret != 0 ? ret : ks_mbed_rsa_sign(rsa, ks_rng_draw, rng, md, hash, length, output);
}

/* One attempt. On failure the context is emptied, for it may be spoiled. */
static psa_status_t sign_once(struct ks_use *use, psa_algorithm_t alg, mbedtls_md_type_t md,
                              const uint8_t *hash, size_t length, uint8_t *output)
{
    struct ks_rng rng = ks_rng_of(use->shard);
    mbedtls_rsa_context *rsa = NULL;
    psa_status_t status = ks_rsa_context(use, &rsa);

    if (status != PSA_SUCCESS)
        return status;
    status = ks_rng_result(&rng, sign(rsa, alg, md, hash, length, &rng, output));
    ks_wipe_stack();
    if (ks_unlikely(status != PSA_SUCCESS))
        ks_rsa_empty(rsa);
    return status;
}

psa_status_t ks_rsa_sign(struct ks_use *use, psa_algorithm_t alg, const uint8_t *hash,
                         size_t hash_length, uint8_t *signature, size_t size, size_t *length)
{
    uint8_t output[KS_RSA_MAX_BYTES];
    mbedtls_md_type_t md;
    psa_status_t status = understand(alg, hash_length, &md);

    if (status != PSA_SUCCESS)
        return status;
    if (size < ks_rsa_bytes(use->key))
        return PSA_ERROR_BUFFER_TOO_SMALL;
    status = sign_once(use, alg, md, hash, hash_length, output);
    /* Mbed TLS found its own signature wrong: once, this may have been for want of memory. */
    if (ks_unlikely(status == PSA_ERROR_INVALID_SIGNATURE))
        status = sign_once(use, alg, md, hash, hash_length, output);
    if (status == PSA_ERROR_INVALID_SIGNATURE)
        status = PSA_ERROR_CORRUPTION_DETECTED;
    if (status == PSA_SUCCESS) {
        memcpy(signature, output, ks_rsa_bytes(use->key));
        *length = ks_rsa_bytes(use->key);
    }
    return status;
}

/* The salt that a PSS signature must have: as ks_rsa_sign makes it, or any. */
static int expected_salt(psa_algorithm_t alg, size_t modulus_length, size_t hash_length)
{
    if (PSA_ALG_IS_RSA_PSS_ANY_SALT(alg))
        return MBEDTLS_RSA_SALT_LEN_ANY;
    if (modulus_length < hash_length + 2)
        return 0; /* there is no signature that fits */
    if (modulus_length - hash_length - 2 < hash_length)
        return (int) (modulus_length - hash_length - 2);
    return (int) hash_length;
}

static int verify(mbedtls_rsa_context *rsa, psa_algorithm_t alg, mbedtls_md_type_t md,
                  const uint8_t *hash, size_t hash_length, const uint8_t *signature, size_t length)
{
    bool pss = PSA_ALG_IS_RSA_PSS(alg);
    int ret = ks_mbed_rsa_set_padding(rsa, pss ? MBEDTLS_RSA_PKCS_V21 : MBEDTLS_RSA_PKCS_V15,
                                      pss ? md : MBEDTLS_MD_NONE);

    if (ret == 0 && pss)
        ret = ks_mbed_rsa_verify_pss(rsa, md, hash, hash_length,
                                     expected_salt(alg, length, hash_length), signature);
    else if (ret == 0)
        ret = ks_mbed_rsa_verify(rsa, md, hash, hash_length, signature);
    return ret;
}

psa_status_t ks_rsa_verify(struct ks_use *use, psa_algorithm_t alg, const uint8_t *hash,
                           size_t hash_length, const uint8_t *signature, size_t length)
{
    mbedtls_rsa_context *rsa = NULL;
    mbedtls_md_type_t md;
    psa_status_t status = understand(alg, hash_length, &md);

    if (status != PSA_SUCCESS)
        return status;
    if (length != ks_rsa_bytes(use->key))
        return PSA_ERROR_INVALID_SIGNATURE;
    status = ks_rsa_context(use, &rsa);
    if (status != PSA_SUCCESS)
        return status;
    status = ks_mbed_status(verify(rsa, alg, md, hash, hash_length, signature, length));
    /* A number above the modulus, a padding that is wrong, the rest that is wrong: the arguments
     * have been checked, so whatever Mbed TLS calls it, it is the signature. */
    if (status == PSA_ERROR_INVALID_PADDING || status == PSA_ERROR_INVALID_ARGUMENT)
        return PSA_ERROR_INVALID_SIGNATURE;
    return status;
}
