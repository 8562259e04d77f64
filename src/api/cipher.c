/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/cipher.h"

KS_EXPORT psa_status_t psa_cipher_encrypt(psa_key_id_t key, psa_algorithm_t alg,
                                          const uint8_t *input, size_t input_length,
                                          uint8_t *output, size_t output_size,
                                          size_t *output_length)
{
    struct ks_use use;
    psa_status_t status = PSA_ERROR_INVALID_ARGUMENT;

    *output_length = 0;
    if (PSA_ALG_IS_CIPHER(alg))
        status = ks_use_begin(&use, key, PSA_KEY_USAGE_ENCRYPT, alg);
    if (ks_likely(status == PSA_SUCCESS)) {
        status = ks_cipher_encrypt(&use, alg, input, input_length, output, output_size,
                                   output_length);
        ks_use_end(&use);
    }
    return status;
}

KS_EXPORT psa_status_t psa_cipher_decrypt(psa_key_id_t key, psa_algorithm_t alg,
                                          const uint8_t *input, size_t input_length,
                                          uint8_t *output, size_t output_size,
                                          size_t *output_length)
{
    struct ks_use use;
    psa_status_t status = PSA_ERROR_INVALID_ARGUMENT;

    *output_length = 0;
    if (PSA_ALG_IS_CIPHER(alg))
        status = ks_use_begin(&use, key, PSA_KEY_USAGE_DECRYPT, alg);
    if (ks_likely(status == PSA_SUCCESS)) {
        status = ks_cipher_decrypt(&use, alg, input, input_length, output, output_size,
                                   output_length);
        ks_use_end(&use);
    }
    return status;
}
