/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The functions of the PSA API that are not served yet and that only Mbed TLS 3.6 declares. They
 * refuse as those in unserved.c do, and for the same reason. */
#include "api/unserved.h"

/* Nearly every argument here is there for the sake of its type. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* --- keys derived with parameters --- */

KS_EXPORT psa_status_t psa_key_derivation_output_key_custom(
    const psa_key_attributes_t *attributes, psa_key_derivation_operation_t *operation,
    const psa_custom_key_parameters_t *custom, const uint8_t *custom_data,
    size_t custom_data_length, mbedtls_svc_key_id_t *key)
{
    return ks_refuse_key(key);
}

KS_EXPORT psa_status_t psa_key_derivation_output_key_ext(
    const psa_key_attributes_t *attributes, psa_key_derivation_operation_t *operation,
    const psa_key_production_parameters_t *params, size_t params_data_length,
    mbedtls_svc_key_id_t *key)
{
    return ks_refuse_key(key);
}

/* --- key derivation; Mbed TLS 3.6 declares the verifying two and has neither --- */

KS_EXPORT psa_status_t psa_key_derivation_input_integer(psa_key_derivation_operation_t *operation,
                                                        psa_key_derivation_step_t step,
                                                        uint64_t value)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_key_derivation_verify_bytes(psa_key_derivation_operation_t *operation,
                                                       const uint8_t *expected,
                                                       size_t expected_length)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_key_derivation_verify_key(psa_key_derivation_operation_t *operation,
                                                     psa_key_id_t expected)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

/* --- interruptible signatures --- */

KS_EXPORT uint32_t
psa_sign_hash_get_num_ops(const psa_sign_hash_interruptible_operation_t *operation)
{
    return 0;
}

KS_EXPORT uint32_t
psa_verify_hash_get_num_ops(const psa_verify_hash_interruptible_operation_t *operation)
{
    return 0;
}

KS_EXPORT psa_status_t psa_sign_hash_start(psa_sign_hash_interruptible_operation_t *operation,
                                           mbedtls_svc_key_id_t key, psa_algorithm_t alg,
                                           const uint8_t *hash, size_t hash_length)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_sign_hash_complete(psa_sign_hash_interruptible_operation_t *operation,
                                              uint8_t *signature, size_t signature_size,
                                              size_t *signature_length)
{
    return ks_refuse_output(signature_length);
}

KS_EXPORT psa_status_t psa_sign_hash_abort(psa_sign_hash_interruptible_operation_t *operation)
{
    *operation = psa_sign_hash_interruptible_operation_init();
    return PSA_SUCCESS;
}

KS_EXPORT psa_status_t psa_verify_hash_start(psa_verify_hash_interruptible_operation_t *operation,
                                             mbedtls_svc_key_id_t key, psa_algorithm_t alg,
                                             const uint8_t *hash, size_t hash_length,
                                             const uint8_t *signature, size_t signature_length)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t
psa_verify_hash_complete(psa_verify_hash_interruptible_operation_t *operation)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_verify_hash_abort(psa_verify_hash_interruptible_operation_t *operation)
{
    *operation = psa_verify_hash_interruptible_operation_init();
    return PSA_SUCCESS;
}

/* --- password-authenticated key exchange --- */

KS_EXPORT psa_status_t psa_pake_setup(psa_pake_operation_t *operation,
                                      const psa_pake_cipher_suite_t *cipher_suite)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_pake_set_password_key(psa_pake_operation_t *operation,
                                                 mbedtls_svc_key_id_t password)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_pake_set_user(psa_pake_operation_t *operation, const uint8_t *user_id,
                                         size_t user_id_len)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_pake_set_peer(psa_pake_operation_t *operation, const uint8_t *peer_id,
                                         size_t peer_id_len)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_pake_set_role(psa_pake_operation_t *operation, psa_pake_role_t role)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_pake_output(psa_pake_operation_t *operation, psa_pake_step_t step,
                                       uint8_t *output, size_t output_size, size_t *output_length)
{
    return ks_refuse_output(output_length);
}

KS_EXPORT psa_status_t psa_pake_input(psa_pake_operation_t *operation, psa_pake_step_t step,
                                      const uint8_t *input, size_t input_length)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_pake_get_implicit_key(psa_pake_operation_t *operation,
                                                 psa_key_derivation_operation_t *output)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_pake_abort(psa_pake_operation_t *operation)
{
    *operation = psa_pake_operation_init();
    return PSA_SUCCESS;
}

/* --- control of the random generator ---
 *
 * These use no key, yet may not go to Mbed TLS: they would reseed a generator that nothing draws
 * from any more, and report success to a program that asked for fresh randomness. */

KS_EXPORT psa_status_t psa_random_reseed(const uint8_t *perso, size_t perso_size)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_random_deplete(void)
{
    return PSA_ERROR_NOT_SUPPORTED;
}

KS_EXPORT psa_status_t psa_random_set_prediction_resistance(unsigned enabled)
{
    return PSA_ERROR_NOT_SUPPORTED;
}
