/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/hash.h"

/* The functions of Mbed TLS with the type of their context erased. */
#define DEFINE_CONTEXT(prefix)                                                         \
    static int update_##prefix(void *context, const uint8_t *data, size_t length)      \
    {                                                                                  \
        return KS_MBED_HASH(prefix, update)(context, data, length);                    \
    }                                                                                  \
    static void clone_##prefix(void *to, const void *from)                             \
    {                                                                                  \
        mbedtls_##prefix##_clone(to, from);                                            \
    }

#define DEFINE_HASH(name, prefix, digest_size, block_size, depth, start_args, finish_args) \
    _Static_assert((digest_size) <= KS_HASH_MAX_SIZE, "digests fit");                  \
    _Static_assert((block_size) <= KS_HASH_MAX_BLOCK, "blocks fit");                   \
    _Static_assert((depth) <= KS_FRAMES_MAX, "the stack can be wiped");                \
    static int start_##name(void *context)                                             \
    {                                                                                  \
        mbedtls_##prefix##_init(context);                                              \
        return KS_MBED_HASH(prefix, starts) start_args;                                \
    }                                                                                  \
    static int finish_##name(void *context, uint8_t *digest)                           \
    {                                                                                  \
        return KS_MBED_HASH(prefix, finish) finish_args;                               \
    }                                                                                  \
    static int twice_##name(const void *inner, const void *outer, const uint8_t *data, \
                            size_t length, uint8_t *digest)                            \
    {                                                                                  \
        mbedtls_##prefix##_context work;                                               \
        mbedtls_##prefix##_context *context = &work;                                   \
        int ret = 0;                                                                   \
                                                                                       \
        mbedtls_##prefix##_clone(context, inner);                                      \
        ret = KS_MBED_HASH(prefix, update)(context, data, length);                     \
        if (ks_likely(ret == 0))                                                       \
            ret = KS_MBED_HASH(prefix, finish) finish_args;                            \
        if (ks_unlikely(ret != 0))                                                     \
            return ret;                                                                \
        mbedtls_##prefix##_clone(context, outer);                                      \
        ret = KS_MBED_HASH(prefix, update)(context, digest, (digest_size));            \
        return ks_likely(ret == 0) ? KS_MBED_HASH(prefix, finish) finish_args : ret;   \
    }

KS_MBED_HASH_CONTEXTS(DEFINE_CONTEXT)
KS_MBED_HASHES(DEFINE_HASH)

#define DESCRIBE(name, prefix, digest_size, block_size, depth, start_args, finish_args) \
    [KS_HASH_##name] = {                                                               \
        .index = KS_HASH_##name,                                                       \
        .size = (digest_size),                                                         \
        .block = (block_size),                                                         \
        .context = sizeof(mbedtls_##prefix##_context),                                 \
        .stack = (depth),                                                              \
        .start = start_##name,                                                         \
        .update = update_##prefix,                                                     \
        .finish = finish_##name,                                                       \
        .clone = clone_##prefix,                                                       \
        .twice = twice_##name,                                                         \
    },

const struct ks_hash ks_hashes[KS_HASHES] = { KS_MBED_HASHES(DESCRIBE) };

/* 1 + index, by the byte that tells hash algorithms apart. */
#define LIST(name, ...) [PSA_ALG_##name & PSA_ALG_HASH_MASK] = KS_HASH_##name + 1,

static const uint8_t listed[PSA_ALG_HASH_MASK + 1] = { KS_MBED_HASHES(LIST) };

const struct ks_hash *ks_hash_find(psa_algorithm_t alg)
{
    uint8_t place = listed[alg & PSA_ALG_HASH_MASK];

    if (place == 0 || (alg & ~PSA_ALG_HASH_MASK) != PSA_ALG_CATEGORY_HASH)
        return NULL;
    return &ks_hashes[place - 1];
}
