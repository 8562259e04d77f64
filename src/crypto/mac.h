/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Message authentication codes of a whole message with a key in use: HMAC and CMAC.
 *
 * Statuses of both, in the order in which they are found: PSA_ERROR_INVALID_ARGUMENT (alg is no
 * MAC algorithm or not one for the key's type), PSA_ERROR_NOT_SUPPORTED (a MAC of less than 4
 * bytes), PSA_ERROR_INVALID_ARGUMENT (one longer than the algorithm gives),
 * PSA_ERROR_BUFFER_TOO_SMALL (compute), PSA_ERROR_NOT_SUPPORTED (the installed Mbed TLS has it
 * not), PSA_ERROR_INSUFFICIENT_MEMORY. */
#ifndef KS_CRYPTO_MAC_H
#define KS_CRYPTO_MAC_H

#include "crypto/hmac.h"

/* The longest MAC: HMAC with a 64-byte digest. */
#define KS_MAC_MAX_SIZE 64

/* What an algorithm asks for. */
struct ks_mac {
    const struct ks_hash *hash; /* of an HMAC that the installed Mbed TLS has; else NULL */
    size_t full;                /* bytes of the MAC not truncated */
    size_t size;                /* bytes of the MAC */
};

/* The first three of these statuses. */
psa_status_t ks_mac_understand(struct ks_mac *mac, const struct ks_key *key,
                               psa_algorithm_t alg) KS_MUST_CHECK;

/* The whole of the next. */
psa_status_t ks_mac_compute_other(struct ks_use *use, psa_algorithm_t alg, const uint8_t *input,
                                  size_t length, uint8_t *mac, size_t size,
                                  size_t *mac_length) KS_MUST_CHECK;

/* Writes the MAC to mac, size bytes of room; *mac_length becomes its length. input may overlap
 * mac. On failure nothing secret is left in mac and *mac_length is as it was.
 * Inline because nearly every call is for an HMAC whose midstates are kept. */
static inline KS_MUST_CHECK psa_status_t ks_mac_compute(struct ks_use *use, psa_algorithm_t alg,
                                                        const uint8_t *input, size_t length,
                                                        uint8_t *mac, size_t size,
                                                        size_t *mac_length)
{
    const struct ks_hash *hash = NULL;
    const void *midstates = ks_hmac_kept(use, &hash);

    if (ks_unlikely(midstates == NULL) || ks_unlikely(size < hash->size))
        return ks_mac_compute_other(use, alg, input, length, mac, size, mac_length);
    psa_status_t status = ks_hmac_run(hash, midstates, input, length, mac);

    if (ks_likely(status == PSA_SUCCESS))
        *mac_length = hash->size;
    return status;
}

/* Compares the MAC with the one given, in a time that depends on lengths only. Further status:
 * PSA_ERROR_INVALID_SIGNATURE. */
psa_status_t ks_mac_verify(struct ks_use *use, psa_algorithm_t alg, const uint8_t *input,
                           size_t length, const uint8_t *mac, size_t mac_length) KS_MUST_CHECK;

#endif
