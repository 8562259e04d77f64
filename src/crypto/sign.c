/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/sign.h"
#include "crypto/ecdsa.h"
#include "crypto/error.h"
#include "crypto/hash.h"
#include "crypto/rsa_sign.h"

psa_status_t ks_sign_check(psa_algorithm_t alg, bool is_message)
{
    psa_algorithm_t hash = PSA_ALG_SIGN_GET_HASH(alg);

    if (!PSA_ALG_IS_SIGN_HASH(alg) || hash == PSA_ALG_ANY_HASH)
        return PSA_ERROR_INVALID_ARGUMENT;
    if (hash == 0)
        return is_message ? PSA_ERROR_INVALID_ARGUMENT : PSA_SUCCESS;
    return ks_hash_find(hash) != NULL ? PSA_SUCCESS : PSA_ERROR_NOT_SUPPORTED;
}

/* Hashes of messages need not be wiped: what a signature is made of is no secret. */
static int digest(const struct ks_hash *hash, const uint8_t *data, size_t length, uint8_t *out)
{
    union ks_hash_context context;
    int ret = hash->start(&context);

    if (ret == 0)
        ret = hash->update(&context, data, length);
    if (ret == 0)
        ret = hash->finish(&context, out);
    return ret;
}

/* The hash of what is to be signed: of a message it is computed. */
struct hashed {
    const uint8_t *bytes;
    size_t length;
    uint8_t room[KS_HASH_MAX_SIZE];
};

static psa_status_t make_hash(struct hashed *hashed, psa_algorithm_t alg,
                              const struct ks_sign_input *input)
{
    const struct ks_hash *hash = ks_hash_find(PSA_ALG_SIGN_GET_HASH(alg));

    if (!input->is_message) {
        hashed->bytes = input->data;
        hashed->length = input->length;
        return PSA_SUCCESS;
    }
    hashed->bytes = hashed->room;
    hashed->length = hash->size;
    return ks_mbed_status(digest(hash, input->data, input->length, hashed->room));
}

psa_status_t ks_sign(struct ks_use *use, psa_algorithm_t alg, const struct ks_sign_input *input,
                     uint8_t *signature, size_t size, size_t *length)
{
    psa_key_type_t type = use->key->type;
    struct hashed hash;
    psa_status_t status = PSA_SUCCESS;

    if (!PSA_KEY_TYPE_IS_KEY_PAIR(type))
        return PSA_ERROR_INVALID_ARGUMENT;
    status = make_hash(&hash, alg, input);
    if (status != PSA_SUCCESS)
        return status;
    if (PSA_KEY_TYPE_IS_RSA(type))
        return ks_rsa_sign(use, alg, hash.bytes, hash.length, signature, size, length);
    if (!PSA_ALG_IS_ECDSA(alg))
        return PSA_ERROR_INVALID_ARGUMENT;
    return ks_ecdsa_sign(use, alg, hash.bytes, hash.length, signature, size, length);
}

psa_status_t ks_verify(struct ks_use *use, psa_algorithm_t alg, const struct ks_sign_input *input,
                       const uint8_t *signature, size_t length)
{
    psa_key_type_t type = use->key->type;
    struct hashed hash;
    psa_status_t status = PSA_SUCCESS;

    if (!PSA_KEY_TYPE_IS_ASYMMETRIC(type))
        return PSA_ERROR_NOT_SUPPORTED;
    status = make_hash(&hash, alg, input);
    if (status != PSA_SUCCESS)
        return status;
    if (PSA_KEY_TYPE_IS_RSA(type))
        return ks_rsa_verify(use, alg, hash.bytes, hash.length, signature, length);
    if (!PSA_ALG_IS_ECDSA(alg))
        return PSA_ERROR_INVALID_ARGUMENT;
    return ks_ecdsa_verify(use, hash.bytes, hash.length, signature, length);
}
