/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/cipher_parts.h"
#include "crypto/mbed.h"

static psa_status_t setup(psa_cipher_operation_t *operation, mbedtls_svc_key_id_t key,
                          psa_algorithm_t alg, bool decrypts)
{
    struct ks_place place = ks_mbed_cipher_place(operation);
    struct ks_use use;
    psa_status_t status = ks_open_check(place);

    if (status != PSA_SUCCESS)
        return status;
    if (!PSA_ALG_IS_CIPHER(alg))
        return PSA_ERROR_INVALID_ARGUMENT;
    status = ks_use_begin(&use, key, decrypts ? PSA_KEY_USAGE_DECRYPT : PSA_KEY_USAGE_ENCRYPT, alg);
    if (status == PSA_SUCCESS) {
        status = ks_cipher_open(&use, alg, decrypts, place);
        ks_use_end(&use);
    }
    return status;
}

KS_EXPORT psa_status_t psa_cipher_encrypt_setup(psa_cipher_operation_t *operation,
                                                mbedtls_svc_key_id_t key, psa_algorithm_t alg)
{
    return setup(operation, key, alg, false);
}

KS_EXPORT psa_status_t psa_cipher_decrypt_setup(psa_cipher_operation_t *operation,
                                                mbedtls_svc_key_id_t key, psa_algorithm_t alg)
{
    return setup(operation, key, alg, true);
}

KS_EXPORT psa_status_t psa_cipher_generate_iv(psa_cipher_operation_t *operation, uint8_t *iv,
                                              size_t iv_size, size_t *iv_length)
{
    struct ks_call call;
    psa_status_t status = ks_call_enter(&call, ks_mbed_cipher_place(operation), KS_CIPHER_KIND,
                                        false);

    *iv_length = 0;
    if (status == PSA_SUCCESS) {
        status = ks_cipher_generate_iv(call.context, call.shard, iv, iv_size, iv_length);
        ks_call_leave(&call, status, false);
    }
    return status;
}

KS_EXPORT psa_status_t psa_cipher_set_iv(psa_cipher_operation_t *operation, const uint8_t *iv,
                                         size_t iv_length)
{
    struct ks_call call;
    psa_status_t status = ks_call_enter(&call, ks_mbed_cipher_place(operation), KS_CIPHER_KIND,
                                        false);

    if (status == PSA_SUCCESS) {
        status = ks_cipher_set_iv(call.context, iv, iv_length);
        ks_call_leave(&call, status, false);
    }
    return status;
}

KS_EXPORT psa_status_t psa_cipher_update(psa_cipher_operation_t *operation, const uint8_t *input,
                                         size_t input_length, uint8_t *output, size_t output_size,
                                         size_t *output_length)
{
    struct ks_call call;
    psa_status_t status = ks_call_enter(&call, ks_mbed_cipher_place(operation), KS_CIPHER_KIND,
                                        false);

    *output_length = 0;
    if (ks_likely(status == PSA_SUCCESS)) {
        status = ks_cipher_update(call.context, input, input_length, output, output_size,
                                  output_length);
        ks_call_leave(&call, status, false);
    }
    return status;
}

/* No branch on the status but where the call could not enter: it may tell of the padding. */
KS_EXPORT psa_status_t psa_cipher_finish(psa_cipher_operation_t *operation, uint8_t *output,
                                         size_t output_size, size_t *output_length)
{
    struct ks_call call;
    psa_status_t status = ks_call_enter(&call, ks_mbed_cipher_place(operation), KS_CIPHER_KIND,
                                        true);

    *output_length = 0;
    if (ks_likely(status == PSA_SUCCESS)) {
        status = ks_cipher_finish(call.context, output, output_size, output_length);
        ks_call_leave(&call, status, true);
    }
    return status;
}

KS_EXPORT psa_status_t psa_cipher_abort(psa_cipher_operation_t *operation)
{
    return ks_call_abort(ks_mbed_cipher_place(operation));
}
