/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/mac_parts.h"
#include "crypto/mbed.h"

static psa_status_t setup(psa_mac_operation_t *operation, mbedtls_svc_key_id_t key,
                          psa_algorithm_t alg, bool signs)
{
    struct ks_place place = ks_mbed_mac_place(operation);
    struct ks_use use;
    psa_status_t status = ks_open_check(place);

    if (status == PSA_SUCCESS)
        status = ks_use_begin(&use, key,
                              signs ? PSA_KEY_USAGE_SIGN_MESSAGE : PSA_KEY_USAGE_VERIFY_MESSAGE,
                              alg);
    if (status == PSA_SUCCESS) {
        status = ks_mac_open(&use, alg, signs, place);
        ks_use_end(&use);
    }
    return status;
}

KS_EXPORT psa_status_t psa_mac_sign_setup(psa_mac_operation_t *operation, mbedtls_svc_key_id_t key,
                                          psa_algorithm_t alg)
{
    return setup(operation, key, alg, true);
}

KS_EXPORT psa_status_t psa_mac_verify_setup(psa_mac_operation_t *operation,
                                            mbedtls_svc_key_id_t key, psa_algorithm_t alg)
{
    return setup(operation, key, alg, false);
}

KS_EXPORT psa_status_t psa_mac_update(psa_mac_operation_t *operation, const uint8_t *input,
                                      size_t input_length)
{
    struct ks_call call;
    psa_status_t status = ks_call_enter(&call, ks_mbed_mac_place(operation), KS_MAC_KIND, false);

    if (ks_likely(status == PSA_SUCCESS)) {
        status = ks_mac_update(call.context, input, input_length);
        ks_call_leave(&call, status, false);
    }
    return status;
}

/* Fills what is no MAC, as psa_mac_compute does. */
static void fill(uint8_t *mac, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        mac[i] = '!';
}

KS_EXPORT psa_status_t psa_mac_sign_finish(psa_mac_operation_t *operation, uint8_t *mac,
                                           size_t mac_size, size_t *mac_length)
{
    struct ks_call call;
    psa_status_t status = ks_call_enter(&call, ks_mbed_mac_place(operation), KS_MAC_KIND, true);

    if (ks_likely(status == PSA_SUCCESS)) {
        status = ks_mac_finish(call.context, mac, mac_size, mac_length);
        ks_call_leave(&call, status, true);
    }
    fill(mac, status == PSA_SUCCESS ? *mac_length : 0, mac_size);
    if (ks_unlikely(status != PSA_SUCCESS))
        *mac_length = mac_size;
    return status;
}

KS_EXPORT psa_status_t psa_mac_verify_finish(psa_mac_operation_t *operation, const uint8_t *mac,
                                             size_t mac_length)
{
    struct ks_call call;
    psa_status_t status = ks_call_enter(&call, ks_mbed_mac_place(operation), KS_MAC_KIND, true);

    if (ks_likely(status == PSA_SUCCESS)) {
        status = ks_mac_check(call.context, mac, mac_length);
        ks_call_leave(&call, status, true);
    }
    return status;
}

KS_EXPORT psa_status_t psa_mac_abort(psa_mac_operation_t *operation)
{
    return ks_call_abort(ks_mbed_mac_place(operation));
}
