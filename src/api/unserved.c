/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The functions of the PSA API that use keys and are not served yet, as far as every Mbed TLS
 * supported declares them; unserved3.c has those that only Mbed TLS 3.6 declares.
 *
 * They are exported because a name left out would be found in Mbed TLS behind this library, and the
 * call would go to a key store that knows none of the program's keys. Each refuses with
 * PSA_ERROR_NOT_SUPPORTED and sets its output length, or the id it would have made, to 0. As no
 * set-up ever succeeds, an operation object is never active: abort functions put it into its
 * initial state and succeed. */
#include "api/unserved.h"

/* Nearly every argument here is there for the sake of its type. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* --- keys --- */

KS_EXPORT psa_status_t psa_open_key(mbedtls_svc_key_id_t key, psa_key_handle_t *handle)
{
    return ks_refuse_key(handle);
}

KS_EXPORT psa_status_t psa_export_public_key(mbedtls_svc_key_id_t key, uint8_t *data,
                                             size_t data_size, size_t *data_length)
{
    return ks_refuse_output(data_length);
}

/* --- asymmetric keys --- */

KS_EXPORT psa_status_t psa_sign_message(mbedtls_svc_key_id_t key, psa_algorithm_t alg,
                                        const uint8_t *input, size_t input_length,
                                        uint8_t *signature, size_t signature_size,
                                        size_t *signature_length)
{
    return ks_refuse_output(signature_length);
}

KS_EXPORT psa_status_t psa_verify_message(mbedtls_svc_key_id_t key, psa_algorithm_t alg,
                                          const uint8_t *input, size_t input_length,
                                          const uint8_t *signature, size_t signature_length)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_sign_hash(mbedtls_svc_key_id_t key, psa_algorithm_t alg,
                                     const uint8_t *hash, size_t hash_length, uint8_t *signature,
                                     size_t signature_size, size_t *signature_length)
{
    return ks_refuse_output(signature_length);
}

KS_EXPORT psa_status_t psa_verify_hash(mbedtls_svc_key_id_t key, psa_algorithm_t alg,
                                       const uint8_t *hash, size_t hash_length,
                                       const uint8_t *signature, size_t signature_length)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_asymmetric_encrypt(mbedtls_svc_key_id_t key, psa_algorithm_t alg,
                                              const uint8_t *input, size_t input_length,
                                              const uint8_t *salt, size_t salt_length,
                                              uint8_t *output, size_t output_size,
                                              size_t *output_length)
{
    return ks_refuse_output(output_length);
}

KS_EXPORT psa_status_t psa_asymmetric_decrypt(mbedtls_svc_key_id_t key, psa_algorithm_t alg,
                                              const uint8_t *input, size_t input_length,
                                              const uint8_t *salt, size_t salt_length,
                                              uint8_t *output, size_t output_size,
                                              size_t *output_length)
{
    return ks_refuse_output(output_length);
}

KS_EXPORT psa_status_t psa_raw_key_agreement(psa_algorithm_t alg, mbedtls_svc_key_id_t private_key,
                                             const uint8_t *peer_key, size_t peer_key_length,
                                             uint8_t *output, size_t output_size,
                                             size_t *output_length)
{
    return ks_refuse_output(output_length);
}

/* --- key derivation --- */

KS_EXPORT psa_status_t psa_key_derivation_setup(psa_key_derivation_operation_t *operation,
                                                psa_algorithm_t alg)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t
psa_key_derivation_get_capacity(const psa_key_derivation_operation_t *operation, size_t *capacity)
{
    return ks_refuse_output(capacity);
}

KS_EXPORT psa_status_t psa_key_derivation_set_capacity(psa_key_derivation_operation_t *operation,
                                                       size_t capacity)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_key_derivation_input_bytes(psa_key_derivation_operation_t *operation,
                                                      psa_key_derivation_step_t step,
                                                      const uint8_t *data, size_t data_length)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_key_derivation_input_key(psa_key_derivation_operation_t *operation,
                                                    psa_key_derivation_step_t step,
                                                    mbedtls_svc_key_id_t key)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_key_derivation_key_agreement(psa_key_derivation_operation_t *operation,
                                                        psa_key_derivation_step_t step,
                                                        mbedtls_svc_key_id_t private_key,
                                                        const uint8_t *peer_key,
                                                        size_t peer_key_length)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_key_derivation_output_bytes(psa_key_derivation_operation_t *operation,
                                                       uint8_t *output, size_t output_length)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_key_derivation_output_key(const psa_key_attributes_t *attributes,
                                                     psa_key_derivation_operation_t *operation,
                                                     mbedtls_svc_key_id_t *key)
{
    return ks_refuse_key(key);
}

KS_EXPORT psa_status_t psa_key_derivation_abort(psa_key_derivation_operation_t *operation)
{
    *operation = psa_key_derivation_operation_init();
    return PSA_SUCCESS;
}
