/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/mac.h"

/* Fills what is no MAC with a byte that no MAC is expected to be full of, as Mbed TLS does: on
 * success the room after it, so that no longer one shows; on failure everything, so that a caller
 * who ignores the status sends nothing of value. */
static void fill(uint8_t *mac, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        mac[i] = '!';
}

KS_EXPORT psa_status_t psa_mac_compute(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *input,
                                       size_t input_length, uint8_t *mac, size_t mac_size,
                                       size_t *mac_length)
{
    struct ks_use use;
    psa_status_t status = ks_use_begin_inline(&use, key, PSA_KEY_USAGE_SIGN_MESSAGE, alg);

    if (ks_likely(status == PSA_SUCCESS)) {
        status = ks_mac_compute(&use, alg, input, input_length, mac, mac_size, mac_length);
        ks_use_end_inline(&use);
    }
    if (ks_likely(status == PSA_SUCCESS) && ks_likely(*mac_length == mac_size))
        return PSA_SUCCESS;
    fill(mac, status == PSA_SUCCESS ? *mac_length : 0, mac_size);
    if (ks_unlikely(status != PSA_SUCCESS))
        *mac_length = mac_size;
    return status;
}

KS_EXPORT psa_status_t psa_mac_verify(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *input,
                                      size_t input_length, const uint8_t *mac, size_t mac_length)
{
    struct ks_use use;
    psa_status_t status = ks_use_begin_inline(&use, key, PSA_KEY_USAGE_VERIFY_MESSAGE, alg);

    if (ks_likely(status == PSA_SUCCESS)) {
        status = ks_mac_verify(&use, alg, input, input_length, mac, mac_length);
        ks_use_end_inline(&use);
    }
    return status;
}
