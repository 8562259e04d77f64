/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/aead.h"
#include "crypto/aead_parts.h"
#include "crypto/mbed.h"

static psa_status_t setup(psa_aead_operation_t *operation, mbedtls_svc_key_id_t key,
                          psa_algorithm_t alg, bool encrypts)
{
    struct ks_place place = ks_mbed_aead_place(operation);
    struct ks_use use;
    psa_status_t status = ks_open_check(place);

    if (!ks_aead_is_named(alg))
        return PSA_ERROR_INVALID_ARGUMENT; /* before the state, as Mbed TLS has it */
    if (status == PSA_SUCCESS)
        status = ks_use_begin(&use, key, encrypts ? PSA_KEY_USAGE_ENCRYPT : PSA_KEY_USAGE_DECRYPT,
                              alg);
    if (status == PSA_SUCCESS) {
        status = ks_aead_open(&use, alg, encrypts, place);
        ks_use_end(&use);
    }
    return status;
}

KS_EXPORT psa_status_t psa_aead_encrypt_setup(psa_aead_operation_t *operation,
                                              mbedtls_svc_key_id_t key, psa_algorithm_t alg)
{
    return setup(operation, key, alg, true);
}

KS_EXPORT psa_status_t psa_aead_decrypt_setup(psa_aead_operation_t *operation,
                                              mbedtls_svc_key_id_t key, psa_algorithm_t alg)
{
    return setup(operation, key, alg, false);
}

KS_EXPORT psa_status_t psa_aead_generate_nonce(psa_aead_operation_t *operation, uint8_t *nonce,
                                               size_t nonce_size, size_t *nonce_length)
{
    struct ks_call call;
    psa_status_t status = ks_call_enter(&call, ks_mbed_aead_place(operation), KS_AEAD_KIND, false);

    *nonce_length = 0;
    if (status == PSA_SUCCESS) {
        status = ks_aead_generate_nonce(call.context, call.shard, nonce, nonce_size, nonce_length);
        ks_call_leave(&call, status, false);
    }
    return status;
}

KS_EXPORT psa_status_t psa_aead_set_nonce(psa_aead_operation_t *operation, const uint8_t *nonce,
                                          size_t nonce_length)
{
    struct ks_call call;
    psa_status_t status = ks_call_enter(&call, ks_mbed_aead_place(operation), KS_AEAD_KIND, false);

    if (status == PSA_SUCCESS) {
        status = ks_aead_set_nonce(call.context, nonce, nonce_length);
        ks_call_leave(&call, status, false);
    }
    return status;
}

KS_EXPORT psa_status_t psa_aead_set_lengths(psa_aead_operation_t *operation, size_t ad_length,
                                            size_t plaintext_length)
{
    struct ks_call call;
    psa_status_t status = ks_call_enter(&call, ks_mbed_aead_place(operation), KS_AEAD_KIND, false);

    if (status == PSA_SUCCESS) {
        status = ks_aead_set_lengths(call.context, ad_length, plaintext_length);
        ks_call_leave(&call, status, false);
    }
    return status;
}

KS_EXPORT psa_status_t psa_aead_update_ad(psa_aead_operation_t *operation, const uint8_t *input,
                                          size_t input_length)
{
    struct ks_call call;
    psa_status_t status = ks_call_enter(&call, ks_mbed_aead_place(operation), KS_AEAD_KIND, false);

    if (status == PSA_SUCCESS) {
        status = ks_aead_update_data(call.context, input, input_length);
        ks_call_leave(&call, status, false);
    }
    return status;
}

KS_EXPORT psa_status_t psa_aead_update(psa_aead_operation_t *operation, const uint8_t *input,
                                       size_t input_length, uint8_t *output, size_t output_size,
                                       size_t *output_length)
{
    struct ks_call call;
    psa_status_t status = ks_call_enter(&call, ks_mbed_aead_place(operation), KS_AEAD_KIND, false);

    *output_length = 0;
    if (ks_likely(status == PSA_SUCCESS)) {
        status = ks_aead_update(call.context, input, input_length, output, output_size,
                                output_length);
        ks_call_leave(&call, status, false);
    }
    return status;
}

/* What is no tag is filled, as for a MAC. */
static void fill(uint8_t *tag, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        tag[i] = '!';
}

KS_EXPORT psa_status_t psa_aead_finish(psa_aead_operation_t *operation, uint8_t *ciphertext,
                                       size_t ciphertext_size, size_t *ciphertext_length,
                                       uint8_t *tag, size_t tag_size, size_t *tag_length)
{
    struct ks_call call;
    psa_status_t status = ks_call_enter(&call, ks_mbed_aead_place(operation), KS_AEAD_KIND, true);

    *ciphertext_length = 0;
    *tag_length = tag_size;
    if (ks_likely(status == PSA_SUCCESS)) {
        status = ks_aead_finish(call.context, ciphertext, ciphertext_size, ciphertext_length, tag,
                                tag_size, tag_length);
        ks_call_leave(&call, status, true);
    }
    fill(tag, status == PSA_SUCCESS ? *tag_length : 0, tag_size);
    return status;
}

KS_EXPORT psa_status_t psa_aead_verify(psa_aead_operation_t *operation, uint8_t *plaintext,
                                       size_t plaintext_size, size_t *plaintext_length,
                                       const uint8_t *tag, size_t tag_length)
{
    struct ks_call call;
    psa_status_t status = ks_call_enter(&call, ks_mbed_aead_place(operation), KS_AEAD_KIND, true);

    *plaintext_length = 0;
    if (ks_likely(status == PSA_SUCCESS)) {
        status = ks_aead_check(call.context, plaintext, plaintext_size, plaintext_length, tag,
                               tag_length);
        ks_call_leave(&call, status, true);
    }
    return status;
}

KS_EXPORT psa_status_t psa_aead_abort(psa_aead_operation_t *operation)
{
    return ks_call_abort(ks_mbed_aead_place(operation));
}
