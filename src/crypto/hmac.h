/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* HMAC (RFC 2104) from two prepared midstates: the hash having taken in the key xor ipad, and the
 * key xor opad. What a MAC costs is then what its message costs, and one more block. Where the
 * midstates would not be kept, a MAC is computed from the key at once. */
#ifndef KS_CRYPTO_HMAC_H
#define KS_CRYPTO_HMAC_H

#include "crypto/hash.h"
#include "key/use.h"

/* The hash of an HMAC algorithm, or NULL. Truncation is looked past. */
static inline const struct ks_hash *ks_hmac_hash(psa_algorithm_t alg)
{
    return ks_hash_find(PSA_ALG_HMAC_GET_HASH(alg));
}

/* A kind of prepared context: the midstates of one hash. The variant is the HMAC algorithm, not
 * truncated. */
struct ks_hmac_class {
    struct ks_record_class record;
    const struct ks_hash *hash;
};

extern const struct ks_hmac_class ks_hmac_classes[KS_HASHES];

/* The midstates of the key in use, if the use was begun by them: then the key has been found fit
 * for the algorithm before, an HMAC without truncation. NULL else. */
static inline const void *ks_hmac_kept(struct ks_use *use, const struct ks_hash **hash)
{
    const struct ks_record_class *class = NULL;
    const void *body = ks_use_kept(use, &class);

    if (ks_unlikely(body == NULL) ||
        ks_unlikely((uintptr_t) class - (uintptr_t) ks_hmac_classes >= sizeof ks_hmac_classes))
        return NULL;
    *hash = ((const struct ks_hmac_class *) class)->hash;
    return body;
}

/* A record's body is two midstates, the inner and the outer one. */
static inline const void *ks_hmac_outer(const struct ks_hash *hash, const void *midstates)
{
    return (const uint8_t *) midstates + hash->state;
}

/* The part of the next for what Mbed TLS reports. */
psa_status_t ks_hmac_failed(const struct ks_hash *hash, int ret, uint8_t *mac) KS_MUST_CHECK;

/* The MAC, not truncated, of a message from two midstates; as below. */
static inline KS_MUST_CHECK psa_status_t ks_hmac_run(const struct ks_hash *hash,
                                                     const void *midstates, const uint8_t *input,
                                                     size_t length, uint8_t *mac)
{
    /* The context and what the hash's functions leave (those of SHA-1 and RIPEMD-160 the midstate)
     * lie below this frame. */
    int ret = hash->twice(midstates, ks_hmac_outer(hash, midstates), input, length, mac);

    ks_wipe_frames(hash->stack);
    return ks_likely(ret == 0) ? PSA_SUCCESS : ks_hmac_failed(hash, ret, mac);
}

/* The MAC, not truncated, of a message with the key in use, which is of type PSA_KEY_TYPE_HMAC; mac
 * has room for hash->size bytes. alg is the HMAC algorithm that hash belongs to. On failure nothing
 * secret is left in mac. */
psa_status_t ks_hmac_compute(struct ks_use *use, const struct ks_hash *hash, psa_algorithm_t alg,
                             const uint8_t *input, size_t length, uint8_t *mac) KS_MUST_CHECK;

/* The same in parts: gives a context of the hash that has taken in the key's inner block, to go on
 * from, and a copy of the outer midstate; then the MAC, from that context, which has taken in the
 * message and is used up, and the midstate. Both are the caller's to wipe. */
psa_status_t ks_hmac_start(struct ks_use *use, const struct ks_hash *hash, psa_algorithm_t alg,
                           void *context, void *outer) KS_MUST_CHECK;
psa_status_t ks_hmac_finish(const struct ks_hash *hash, void *context, const void *outer,
                            uint8_t *mac) KS_MUST_CHECK;

#endif
