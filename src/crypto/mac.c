/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/mac.h"
#include "crypto/cmac.h"

#include <string.h>

/* Less can be found by trying, and Mbed TLS refuses it too. */
#define KS_MAC_MIN_SIZE 4

_Static_assert(KS_MAC_MAX_SIZE >= KS_HASH_MAX_SIZE, "the longest MAC is an HMAC");
_Static_assert(KS_MAC_MAX_SIZE >= PSA_BLOCK_CIPHER_BLOCK_MAX_SIZE, "a CMAC is a block");

static inline psa_status_t understand(struct ks_mac *mac, const struct ks_key *key,
                                      psa_algorithm_t alg)
{
    mac->hash = NULL;
    if (PSA_ALG_IS_HMAC(alg) && key->type == PSA_KEY_TYPE_HMAC) {
        mac->hash = ks_hmac_hash(alg);
        mac->full = ks_likely(mac->hash != NULL) ? mac->hash->size
                                                 : PSA_HASH_LENGTH(PSA_ALG_HMAC_GET_HASH(alg));
    } else if (PSA_ALG_IS_BLOCK_CIPHER_MAC(alg) && PSA_BLOCK_CIPHER_BLOCK_LENGTH(key->type) > 1) {
        mac->full = PSA_BLOCK_CIPHER_BLOCK_LENGTH(key->type);
    } else {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    mac->size = PSA_MAC_TRUNCATED_LENGTH(alg) != 0 ? PSA_MAC_TRUNCATED_LENGTH(alg) : mac->full;
    if (mac->size < KS_MAC_MIN_SIZE)
        return PSA_ERROR_NOT_SUPPORTED;
    if (mac->size > mac->full)
        return PSA_ERROR_INVALID_ARGUMENT;
    return PSA_SUCCESS;
}

psa_status_t ks_mac_understand(struct ks_mac *mac, const struct ks_key *key, psa_algorithm_t alg)
{
    return understand(mac, key, alg);
}

static inline psa_status_t compute_full(struct ks_use *use, const struct ks_mac *mac,
                                        psa_algorithm_t alg, const uint8_t *input, size_t length,
                                        uint8_t *output)
{
    if (mac->hash != NULL)
        return ks_hmac_compute(use, mac->hash, alg, input, length, output);
    if (PSA_ALG_FULL_LENGTH_MAC(alg) == PSA_ALG_CMAC)
        return ks_cmac_compute(use, input, length, output);
    return PSA_ERROR_NOT_SUPPORTED;
}

static KS_NOINLINE psa_status_t compute_truncated(struct ks_use *use, const struct ks_mac *mac,
                                                  psa_algorithm_t alg, const uint8_t *input,
                                                  size_t length, uint8_t *output)
{
    uint8_t full[KS_MAC_MAX_SIZE];
    psa_status_t status = compute_full(use, mac, alg, input, length, full);

    if (status == PSA_SUCCESS)
        memcpy(output, full, mac->size);
    ks_wipe(full, sizeof full);
    return status;
}

psa_status_t ks_mac_compute_other(struct ks_use *use, psa_algorithm_t alg, const uint8_t *input,
                                  size_t length, uint8_t *mac, size_t size, size_t *mac_length)
{
    struct ks_mac asked;
    psa_status_t status = understand(&asked, use->key, alg);

    if (ks_unlikely(status != PSA_SUCCESS))
        return status;
    if (size < asked.size)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    /* Input that overlaps the MAC has been taken in when the MAC is written. */
    if (ks_likely(asked.size == asked.full))
        status = compute_full(use, &asked, alg, input, length, mac);
    else
        status = compute_truncated(use, &asked, alg, input, length, mac);
    if (ks_likely(status == PSA_SUCCESS))
        *mac_length = asked.size;
    return status;
}

psa_status_t ks_mac_verify(struct ks_use *use, psa_algorithm_t alg, const uint8_t *input,
                           size_t length, const uint8_t *mac, size_t mac_length)
{
    uint8_t full[KS_MAC_MAX_SIZE];
    struct ks_mac asked;
    psa_status_t status = understand(&asked, use->key, alg);

    if (status != PSA_SUCCESS)
        return status;
    status = compute_full(use, &asked, alg, input, length, full);
    if (status == PSA_SUCCESS && (mac_length != asked.size || !ks_equal(mac, full, mac_length)))
        status = PSA_ERROR_INVALID_SIGNATURE;
    ks_wipe(full, sizeof full);
    return status;
}
