/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The hash functions of Mbed TLS behind one small table each, so that a midstate can be taken up
 * and finished without asking which hash it is. Their contexts are flat: copying the bytes copies
 * the state, wiping them ends it.
 *
 * A *midstate* is what is to be kept of a context that has taken in one block: the bytes in which
 * such contexts differ, its chaining value. All else in them is the same for every block, and is
 * kept once, as a pattern. So a midstate of SHA-256 takes 32 bytes instead of the 108 of a context,
 * and two, of an HMAC, one cache line instead of four.
 *
 * ks_hashes_start comes first; else any thread may call everything here at any time. */
#ifndef KS_CRYPTO_HASH_H
#define KS_CRYPTO_HASH_H

#include "crypto/mbed.h"

#define KS_HASH_MAX_SIZE 64   /* bytes of the longest digest: SHA-512, SHA3-512 */
#define KS_HASH_MAX_BLOCK 144 /* bytes of the longest block: SHA3-224 */

/* Room for the context of any hash. */
#define KS_HASH_MEMBER(prefix) mbedtls_##prefix##_context prefix;
union ks_hash_context {
    KS_MBED_HASH_CONTEXTS(KS_HASH_MEMBER)
};
#undef KS_HASH_MEMBER

#define KS_HASH_INDEX(name, ...) KS_HASH_##name,
enum ks_hash_index { KS_MBED_HASHES(KS_HASH_INDEX) KS_HASHES };
#undef KS_HASH_INDEX

/* Constant. The functions return 0 or a code of Mbed TLS. */
struct ks_hash {
    enum ks_hash_index index;
    uint8_t size;     /* bytes of a digest */
    uint8_t block;    /* bytes of a block */
    uint16_t context; /* bytes of a context */
    uint16_t state;   /* bytes of a midstate */
    uint16_t stack;   /* bytes to wipe after a digest with a context on the stack: ks_wipe_frames */
    int (*start)(void *context);
    int (*update)(void *context, const uint8_t *data, size_t length);
    int (*finish)(void *context, uint8_t *digest);
    /* The digest of (the inner midstate's block, then these), and of the outer's and that: an HMAC.
     * One function, so that nothing is called through this table in between. It leaves a context
     * and what the hash leaves on the stack, for the caller to wipe. */
    int (*twice)(const void *inner, const void *outer, const uint8_t *data, size_t length,
                 uint8_t *digest);
};

extern const struct ks_hash ks_hashes[KS_HASHES];

/* Finds the patterns, at the first call. Returns 0, a code of Mbed TLS, or
 * MBEDTLS_ERR_ERROR_CORRUPTION_DETECTED if contexts are not what the above says. With the init
 * mutex held; whoever sees the library run sees the patterns. */
int ks_hashes_start(void) KS_MUST_CHECK;

/* The midstate of a context that has taken in one block; and a context from a midstate. */
void ks_hash_pack(const struct ks_hash *hash, void *midstate, const void *context);
void ks_hash_unpack(const struct ks_hash *hash, void *context, const void *midstate);

/* The hash of an algorithm such as PSA_ALG_SHA_256, or NULL if the installed Mbed TLS has it not.
 */
const struct ks_hash *ks_hash_find(psa_algorithm_t alg);

#endif
