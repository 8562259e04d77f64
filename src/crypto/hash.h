/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The hash functions of Mbed TLS behind one small table each, so that a midstate can be cloned and
 * finished without asking which hash it is. Their contexts are flat: copying the bytes copies the
 * state, wiping them ends it. Any thread may call everything here at any time. */
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
    uint16_t stack;   /* bytes to wipe after a digest with a context on the stack: ks_wipe_frames */
    int (*start)(void *context);
    int (*update)(void *context, const uint8_t *data, size_t length);
    int (*finish)(void *context, uint8_t *digest);
    void (*clone)(void *to, const void *from);
    /* The digest of (the inner midstate's data, then these), and of the outer's and that: an HMAC.
     * One function, so that nothing is called through this table in between. It leaves a context
     * and what the hash leaves on the stack, for the caller to wipe. */
    int (*twice)(const void *inner, const void *outer, const uint8_t *data, size_t length,
                 uint8_t *digest);
};

extern const struct ks_hash ks_hashes[KS_HASHES];

/* The hash of an algorithm such as PSA_ALG_SHA_256, or NULL if the installed Mbed TLS has it not.
 */
const struct ks_hash *ks_hash_find(psa_algorithm_t alg);

#endif
