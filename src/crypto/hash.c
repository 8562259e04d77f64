/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/hash.h"

#include <mbedtls/error.h>

/* A context that has taken in one block, no matter which, and where in it the midstate stands.
 * Written before the library runs. */
struct pattern {
    size_t offset;
    union ks_hash_context context;
};

static _Alignas(KS_CACHE_LINE) struct pattern patterns[KS_HASHES];

static inline void unpack(void *context, size_t size, const struct pattern *pattern,
                          const void *midstate, size_t state)
{
    if (state == size) {
        memcpy(context, midstate, size);
    } else {
        memcpy(context, &pattern->context, size);
        memcpy((uint8_t *) context + pattern->offset, midstate, state);
    }
}

/* The functions of Mbed TLS with the type of their context erased. */
#define DEFINE_CONTEXT(prefix)                                                         \
    static int update_##prefix(void *context, const uint8_t *data, size_t length)      \
    {                                                                                  \
        return KS_MBED_HASH(prefix, update)(context, data, length);                    \
    }

#define DEFINE_HASH(name, prefix, digest_size, block_size, state_size, depth, start_args, \
                    finish_args)                                                       \
    _Static_assert((digest_size) <= KS_HASH_MAX_SIZE, "digests fit");                  \
    _Static_assert((block_size) <= KS_HASH_MAX_BLOCK, "blocks fit");                   \
    _Static_assert((state_size) <= sizeof(mbedtls_##prefix##_context), "states fit");  \
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
        unpack(context, sizeof work, &patterns[KS_HASH_##name], inner, (state_size));  \
        ret = KS_MBED_HASH(prefix, update)(context, data, length);                     \
        if (ks_likely(ret == 0))                                                       \
            ret = KS_MBED_HASH(prefix, finish) finish_args;                            \
        if (ks_unlikely(ret != 0))                                                     \
            return ret;                                                                \
        unpack(context, sizeof work, &patterns[KS_HASH_##name], outer, (state_size));  \
        ret = KS_MBED_HASH(prefix, update)(context, digest, (digest_size));            \
        return ks_likely(ret == 0) ? KS_MBED_HASH(prefix, finish) finish_args : ret;   \
    }

KS_MBED_HASH_CONTEXTS(DEFINE_CONTEXT)
KS_MBED_HASHES(DEFINE_HASH)

#define DESCRIBE(name, prefix, digest_size, block_size, state_size, depth, ...)        \
    [KS_HASH_##name] = {                                                               \
        .index = KS_HASH_##name,                                                       \
        .size = (digest_size),                                                         \
        .block = (block_size),                                                         \
        .context = sizeof(mbedtls_##prefix##_context),                                 \
        .state = (state_size),                                                         \
        .stack = (depth),                                                              \
        .start = start_##name,                                                         \
        .update = update_##prefix,                                                     \
        .finish = finish_##name,                                                       \
        .twice = twice_##name,                                                         \
    },

const struct ks_hash ks_hashes[KS_HASHES] = { KS_MBED_HASHES(DESCRIBE) };

void ks_hash_pack(const struct ks_hash *hash, void *midstate, const void *context)
{
    memcpy(midstate, (const uint8_t *) context + patterns[hash->index].offset, hash->state);
}

void ks_hash_unpack(const struct ks_hash *hash, void *context, const void *midstate)
{
    unpack(context, hash->context, &patterns[hash->index], midstate, hash->state);
}

/* A context that has taken in a block full of one byte. */
static int take_in(const struct ks_hash *hash, union ks_hash_context *context, uint8_t byte)
{
    uint8_t block[KS_HASH_MAX_BLOCK];
    int ret = 0;

    for (size_t i = 0; i < hash->block; i++)
        block[i] = byte;
    ks_wipe(context, sizeof *context); /* its padding too */
    ret = hash->start(context);
    return ret == 0 ? hash->update(context, block, hash->block) : ret;
}

#define SAMPLES 8 /* at both ends of a state, two that agree in a byte are one in 256 */

/* The bytes in which samples differ from the first must be as many as a midstate has, in a row. */
static int find_pattern(const struct ks_hash *hash)
{
    struct pattern *pattern = &patterns[hash->index];
    const uint8_t *bytes = (const uint8_t *) &pattern->context;
    size_t first = hash->context;
    size_t end = 0;
    int ret = take_in(hash, &pattern->context, 0);

    for (uint8_t sample = 1; ret == 0 && sample <= SAMPLES; sample++) {
        union ks_hash_context other;

        ret = take_in(hash, &other, sample);
        for (size_t i = 0; i < hash->context; i++) {
            if (((const uint8_t *) &other)[i] != bytes[i]) {
                first = i < first ? i : first;
                end = i >= end ? i + 1 : end;
            }
        }
    }
    if (ret == 0 && first + hash->state != end)
        ret = MBEDTLS_ERR_ERROR_CORRUPTION_DETECTED;
    pattern->offset = first;
    return ret;
}

int ks_hashes_start(void)
{
    static bool found;
    int ret = 0;

    for (size_t i = 0; ret == 0 && !found && i < KS_HASHES; i++) {
        if (ks_hashes[i].state < ks_hashes[i].context)
            ret = find_pattern(&ks_hashes[i]);
    }
    found = ret == 0;
    return ret;
}

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
