/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "base/wipe.h"
#include "crypto/aead.h"

KS_EXPORT psa_status_t psa_aead_encrypt(psa_key_id_t key, psa_algorithm_t alg,
                                        const uint8_t *nonce, size_t nonce_length,
                                        const uint8_t *additional_data,
                                        size_t additional_data_length, const uint8_t *plaintext,
                                        size_t plaintext_length, uint8_t *ciphertext,
                                        size_t ciphertext_size, size_t *ciphertext_length)
{
    struct ks_aead_input input = { nonce, nonce_length, additional_data,
                                   additional_data_length, plaintext, plaintext_length };
    struct ks_use use;
    psa_status_t status = PSA_ERROR_INVALID_ARGUMENT;

    *ciphertext_length = 0;
    if (ks_aead_is_named(alg))
        status = ks_use_begin_inline(&use, key, PSA_KEY_USAGE_ENCRYPT, alg);
    if (ks_unlikely(status != PSA_SUCCESS))
        return status;
    status = ks_aead_encrypt(&use, alg, &input, ciphertext, ciphertext_size, ciphertext_length);
    ks_use_end_inline(&use);
    if (ks_unlikely(status != PSA_SUCCESS))
        ks_wipe(ciphertext, ciphertext_size);
    return status;
}

KS_EXPORT psa_status_t psa_aead_decrypt(psa_key_id_t key, psa_algorithm_t alg,
                                        const uint8_t *nonce, size_t nonce_length,
                                        const uint8_t *additional_data,
                                        size_t additional_data_length, const uint8_t *ciphertext,
                                        size_t ciphertext_length, uint8_t *plaintext,
                                        size_t plaintext_size, size_t *plaintext_length)
{
    struct ks_aead_input input = { nonce, nonce_length, additional_data,
                                   additional_data_length, ciphertext, ciphertext_length };
    struct ks_use use;
    psa_status_t status = PSA_ERROR_INVALID_ARGUMENT;

    *plaintext_length = 0;
    if (ks_aead_is_named(alg))
        status = ks_use_begin_inline(&use, key, PSA_KEY_USAGE_DECRYPT, alg);
    if (ks_unlikely(status != PSA_SUCCESS))
        return status;
    status = ks_aead_decrypt(&use, alg, &input, plaintext, plaintext_size, plaintext_length);
    ks_use_end_inline(&use);
    if (ks_unlikely(status != PSA_SUCCESS))
        ks_wipe(plaintext, plaintext_size);
    return status;
}
