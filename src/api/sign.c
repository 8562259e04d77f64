/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Signatures (PSA Certified Crypto API 1.1, section 10.7). */

#include "crypto/sign.h"

/* Fills what is no signature with a byte that no signature is expected to be full of, as Mbed TLS
 * does, so that a caller who ignores the status sends nothing of value. */
static void fill(uint8_t *signature, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        signature[i] = '!';
}

static psa_status_t sign(psa_key_id_t key, psa_algorithm_t alg, const struct ks_sign_input *input,
                         uint8_t *signature, size_t size, size_t *length)
{
    psa_key_usage_t usage = input->is_message ? PSA_KEY_USAGE_SIGN_MESSAGE
                                              : PSA_KEY_USAGE_SIGN_HASH;
    struct ks_use use;
    psa_status_t status = ks_sign_check(alg, input->is_message);

    *length = 0;
    if (ks_unlikely(status != PSA_SUCCESS))
        return status;
    if (size == 0)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    status = ks_use_begin(&use, key, usage, alg);
    if (ks_likely(status == PSA_SUCCESS)) {
        status = ks_sign(&use, alg, input, signature, size, length);
        ks_use_end(&use);
    }
    fill(signature, status == PSA_SUCCESS ? *length : 0, size);
    return status;
}

static psa_status_t verify(psa_key_id_t key, psa_algorithm_t alg,
                           const struct ks_sign_input *input, const uint8_t *signature,
                           size_t length)
{
    psa_key_usage_t usage = input->is_message ? PSA_KEY_USAGE_VERIFY_MESSAGE
                                              : PSA_KEY_USAGE_VERIFY_HASH;
    struct ks_use use;
    psa_status_t status = ks_sign_check(alg, input->is_message);

    if (ks_likely(status == PSA_SUCCESS))
        status = ks_use_begin(&use, key, usage, alg);
    if (ks_likely(status == PSA_SUCCESS)) {
        status = ks_verify(&use, alg, input, signature, length);
        ks_use_end(&use);
    }
    return status;
}

KS_EXPORT psa_status_t psa_sign_hash(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *hash,
                                     size_t hash_length, uint8_t *signature,
                                     size_t signature_size, size_t *signature_length)
{
    struct ks_sign_input input = { false, hash, hash_length };

    return sign(key, alg, &input, signature, signature_size, signature_length);
}

KS_EXPORT psa_status_t psa_verify_hash(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *hash,
                                       size_t hash_length, const uint8_t *signature,
                                       size_t signature_length)
{
    struct ks_sign_input input = { false, hash, hash_length };

    return verify(key, alg, &input, signature, signature_length);
}

KS_EXPORT psa_status_t psa_sign_message(psa_key_id_t key, psa_algorithm_t alg,
                                        const uint8_t *input, size_t input_length,
                                        uint8_t *signature, size_t signature_size,
                                        size_t *signature_length)
{
    struct ks_sign_input message = { true, input, input_length };

    return sign(key, alg, &message, signature, signature_size, signature_length);
}

KS_EXPORT psa_status_t psa_verify_message(psa_key_id_t key, psa_algorithm_t alg,
                                          const uint8_t *input, size_t input_length,
                                          const uint8_t *signature, size_t signature_length)
{
    struct ks_sign_input message = { true, input, input_length };

    return verify(key, alg, &message, signature, signature_length);
}
