/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/rsa_crypt.h"
#include "crypto/rsa.h"

#include <string.h>

/* Whether the scheme is one of the two, and the installed Mbed TLS has its hash. */
static psa_status_t check_scheme(psa_algorithm_t alg)
{
    bool known = PSA_ALG_IS_RSA_OAEP(alg)
                 && ks_mbed_md(PSA_ALG_RSA_OAEP_GET_HASH(alg)) != MBEDTLS_MD_NONE;

    return known || alg == PSA_ALG_RSA_PKCS1V15_CRYPT ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

static int set_padding(mbedtls_rsa_context *rsa, psa_algorithm_t alg)
{
    if (alg == PSA_ALG_RSA_PKCS1V15_CRYPT)
        return ks_mbed_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_NONE);
    return ks_mbed_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21,
                                   ks_mbed_md(PSA_ALG_RSA_OAEP_GET_HASH(alg)));
}

/* Mbed TLS builds the block in the output while it reads the text, so the output is apart. */
static KS_NOINLINE int encrypt(mbedtls_rsa_context *rsa, psa_algorithm_t alg,
                               const struct ks_rsa_input *in, struct ks_rng *rng, uint8_t *output)
{
    int ret = set_padding(rsa, alg);

    if (ret == 0 && alg == PSA_ALG_RSA_PKCS1V15_CRYPT)
        ret = ks_mbed_rsa_encrypt(rsa, ks_rng_draw, rng, in->text, in->length, output);
    else if (ret == 0)
        ret = ks_mbed_rsa_encrypt_oaep(rsa, ks_rng_draw, rng, in->label, in->label_length, in->text,
                                       in->length, output);
    return ret;
}

psa_status_t ks_rsa_encrypt(struct ks_use *use, psa_algorithm_t alg,
                            const struct ks_rsa_input *input, uint8_t *output, size_t size,
                            size_t *length)
{
    const struct ks_key *key = use->key;
    struct ks_rng rng = ks_rng_of(use->shard);
    mbedtls_rsa_context *rsa = NULL;
    uint8_t block[KS_RSA_MAX_BYTES];
    psa_status_t status = PSA_SUCCESS;

    if (!PSA_KEY_TYPE_IS_ASYMMETRIC(key->type))
        return PSA_ERROR_INVALID_ARGUMENT;
    if (!PSA_KEY_TYPE_IS_RSA(key->type))
        return PSA_ERROR_NOT_SUPPORTED;
    if (size < ks_rsa_bytes(key))
        return PSA_ERROR_BUFFER_TOO_SMALL;
    status = check_scheme(alg);
    if (status == PSA_SUCCESS)
        status = ks_rsa_context(use, &rsa);
    if (status != PSA_SUCCESS)
        return status;
    status = ks_rng_result(&rng, encrypt(rsa, alg, input, &rng, block));
    ks_wipe_stack();
    if (status == PSA_SUCCESS) {
        memcpy(output, block, ks_rsa_bytes(key));
        *length = ks_rsa_bytes(key);
    } else {
        ks_wipe(block, sizeof block);
    }
    return status;
}

static KS_NOINLINE int decrypt(mbedtls_rsa_context *rsa, psa_algorithm_t alg,
                               const struct ks_rsa_input *in, struct ks_rng *rng, uint8_t *output,
                               size_t size, size_t *length)
{
    int ret = set_padding(rsa, alg);

    if (ret == 0 && alg == PSA_ALG_RSA_PKCS1V15_CRYPT)
        ret = ks_mbed_rsa_decrypt(rsa, ks_rng_draw, rng, in->text, output, size, length);
    else if (ret == 0)
        ret = ks_mbed_rsa_decrypt_oaep(rsa, ks_rng_draw, rng, in->label, in->label_length, in->text,
                                       output, size, length);
    return ret;
}

/* The status of a decryption, found without a branch on whether the padding was right: the two
 * outcomes that an attacker tells apart by forging texts take the same instructions. */
static psa_status_t result_of(const struct ks_rng *rng, int ret, size_t *length)
{
    uint32_t wrong = (uint32_t) ret ^ (uint32_t) MBEDTLS_ERR_RSA_INVALID_PADDING;
    uint32_t is_wrong = ((wrong | (0u - wrong)) >> 31) ^ 1u;     /* 1: wrong padding */
    uint32_t is_error = ((uint32_t) ret | (0u - (uint32_t) ret)) >> 31; /* 1: any failure */

    *length &= (size_t) is_error - 1;
    if ((is_wrong ^ is_error) != 0)
        return ks_rng_result(rng, ret);
    return (psa_status_t) ((0u - is_wrong) & (uint32_t) PSA_ERROR_INVALID_PADDING);
}

/* One attempt. A context that may be spoiled is emptied: after failures that the text has no part
 * in. */
static psa_status_t decrypt_once(struct ks_use *use, psa_algorithm_t alg,
                                 const struct ks_rsa_input *input, uint8_t *output, size_t size,
                                 size_t *length)
{
    struct ks_rng rng = ks_rng_of(use->shard);
    mbedtls_rsa_context *rsa = NULL;
    psa_status_t status = ks_rsa_context(use, &rsa);

    if (status != PSA_SUCCESS)
        return status;
    status = result_of(&rng, decrypt(rsa, alg, input, &rng, output, size, length), length);
    ks_wipe_stack();
    if (status == PSA_ERROR_INSUFFICIENT_MEMORY || status == PSA_ERROR_INSUFFICIENT_ENTROPY
        || status == PSA_ERROR_INVALID_SIGNATURE)
        ks_rsa_empty(rsa);
    return status;
}

psa_status_t ks_rsa_decrypt(struct ks_use *use, psa_algorithm_t alg,
                            const struct ks_rsa_input *input, uint8_t *output, size_t size,
                            size_t *length)
{
    const struct ks_key *key = use->key;
    psa_status_t status = PSA_SUCCESS;

    if (!PSA_KEY_TYPE_IS_KEY_PAIR(key->type))
        return PSA_ERROR_INVALID_ARGUMENT;
    if (!PSA_KEY_TYPE_IS_RSA(key->type))
        return PSA_ERROR_NOT_SUPPORTED;
    if (input->length != ks_rsa_bytes(key))
        return PSA_ERROR_INVALID_ARGUMENT;
    status = check_scheme(alg);
    if (status != PSA_SUCCESS)
        return status;
    status = decrypt_once(use, alg, input, output, size, length);
    /* Mbed TLS found its own result wrong: once, this may have been for want of memory. */
    if (ks_unlikely(status == PSA_ERROR_INVALID_SIGNATURE))
        status = decrypt_once(use, alg, input, output, size, length);
    return status == PSA_ERROR_INVALID_SIGNATURE ? PSA_ERROR_CORRUPTION_DETECTED : status;
}
