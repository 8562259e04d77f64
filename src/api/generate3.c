/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Generation with parameters, as Mbed TLS 3.6 declares it: an RSA key's public exponent. */
#include "api/generate.h"

KS_EXPORT psa_status_t psa_generate_key_custom(const psa_key_attributes_t *attributes,
                                               const psa_custom_key_parameters_t *custom,
                                               const uint8_t *custom_data,
                                               size_t custom_data_length,
                                               mbedtls_svc_key_id_t *key)
{
    *key = PSA_KEY_ID_NULL;
    if (custom->flags != 0)
        return PSA_ERROR_INVALID_ARGUMENT;
    return ks_generate(attributes, custom_data, custom_data_length, key);
}

KS_EXPORT psa_status_t psa_generate_key_ext(const psa_key_attributes_t *attributes,
                                            const psa_key_production_parameters_t *params,
                                            size_t params_data_length, mbedtls_svc_key_id_t *key)
{
    *key = PSA_KEY_ID_NULL;
    if (params->flags != 0)
        return PSA_ERROR_INVALID_ARGUMENT;
    return ks_generate(attributes, params->data, params_data_length, key);
}
