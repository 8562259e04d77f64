/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* HMAC (RFC 2104) from two prepared midstates: the hash having taken in the key xor ipad, and the
 * key xor opad. What a MAC costs is then what its message costs, and one more block. */
#ifndef KS_CRYPTO_HMAC_H
#define KS_CRYPTO_HMAC_H

#include "crypto/hash.h"
#include "key/use.h"

/* The hash of an HMAC algorithm, or NULL. Truncation is looked past. */
static inline const struct ks_hash *ks_hmac_hash(psa_algorithm_t alg)
{
    return ks_hash_find(PSA_ALG_HMAC_GET_HASH(alg));
}

/* The MAC, not truncated, of a message with the key in use, which is of type PSA_KEY_TYPE_HMAC; mac
 * has room for hash->size bytes. alg is the HMAC algorithm that hash belongs to. On failure nothing
 * secret is left in mac. */
psa_status_t ks_hmac_compute(struct ks_use *use, const struct ks_hash *hash, psa_algorithm_t alg,
                             const uint8_t *input, size_t length, uint8_t *mac) KS_MUST_CHECK;

/* The same in parts: gives copies of the two midstates, room for a context of the hash each, to go
 * on from; then the MAC, from an inner state that has taken in the message, and the outer one. Both
 * states are the caller's to wipe. */
psa_status_t ks_hmac_start(struct ks_use *use, const struct ks_hash *hash, psa_algorithm_t alg,
                           void *inner, void *outer) KS_MUST_CHECK;
psa_status_t ks_hmac_finish(const struct ks_hash *hash, void *inner, void *outer,
                            uint8_t *mac) KS_MUST_CHECK;

#endif
