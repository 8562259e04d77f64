/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/hmac.h"
#include "crypto/error.h"

#include <string.h>

/* A block, and its words. */
union block {
    uint8_t bytes[KS_HASH_MAX_BLOCK];
    uint64_t words[KS_HASH_MAX_BLOCK / 8];
};

#define IPAD UINT64_C(0x3636363636363636) /* eight times the byte */
#define OPAD UINT64_C(0x5c5c5c5c5c5c5c5c)

/* The key as one block; a key longer than a block stands for its digest. */
static int make_block(const struct ks_hash *hash, const struct ks_key *key, union block *block)
{
    size_t length = key->length <= hash->block ? key->length : hash->size;
    union ks_hash_context work;
    int ret = 0;

    ks_wipe(block->bytes + length, hash->block - length);
    if (key->length <= hash->block) {
        memcpy(block->bytes, key->material, length);
        return 0;
    }
    ret = hash->start(&work);
    if (ret == 0)
        ret = hash->update(&work, key->material, key->length);
    if (ret == 0)
        ret = hash->finish(&work, block->bytes);
    ks_wipe(&work, hash->context);
    ks_wipe_frames(hash->stack); /* deeper than what callers wipe */
    return ret;
}

/* Pads the block, and begins the hash with it. */
static int start_padded(const struct ks_hash *hash, void *context, union block *block,
                        uint64_t pad)
{
    int ret = 0;

    for (size_t i = 0; i < hash->block / sizeof *block->words; i++)
        block->words[i] ^= pad;
    ret = hash->start(context);
    if (ret == 0)
        ret = hash->update(context, block->bytes, hash->block);
    return ret;
}

static int make_midstates(const struct ks_hash *hash, const struct ks_key *key, uint8_t *body)
{
    union ks_hash_context work;
    union block block;
    int ret = make_block(hash, key, &block);

    if (ret == 0)
        ret = start_padded(hash, &work, &block, IPAD);
    if (ret == 0) {
        ks_hash_pack(hash, body, &work);
        ret = start_padded(hash, &work, &block, IPAD ^ OPAD); /* on top of the first pad */
    }
    if (ret == 0)
        ks_hash_pack(hash, body + hash->state, &work);
    ks_wipe(&work, hash->context);
    ks_wipe(&block, hash->block);
    return ret;
}

static int prepare(void *body, const struct ks_object *object, uint32_t variant)
{
    const struct ks_hash *hash = ks_hmac_hash(variant);

    if (hash == NULL)
        return PSA_ERROR_NOT_SUPPORTED;
    return ks_mbed_status(make_midstates(hash, (const struct ks_key *) object, body));
}

/* Bytes of stack between the record's maker and the hash's functions: 512 by -fstack-usage. */
#define OWN_STACK 640

#define CLASS(name, prefix, digest_size, block_size, state_size, depth, ...) \
    [KS_HASH_##name] = {                                                     \
        .record = {                                                          \
            .size = 2 * (state_size),                                        \
            .prepare = prepare, /* flat */                                   \
            .stack = (depth) + OWN_STACK,                                    \
        },                                                                   \
        .hash = &ks_hashes[KS_HASH_##name],                                  \
    },

#define CHECK(name, prefix, digest_size, block_size, state_size, depth, ...)                  \
    _Static_assert((block_size) % sizeof(uint64_t) == 0, "a block is whole words");           \
    _Static_assert((depth) + OWN_STACK <= KS_FRAMES_MAX, "the stack can be wiped");

KS_MBED_HASHES(CHECK)

const struct ks_hmac_class ks_hmac_classes[KS_HASHES] = { KS_MBED_HASHES(CLASS) };

psa_status_t ks_hmac_failed(const struct ks_hash *hash, int ret, uint8_t *mac)
{
    ks_wipe(mac, hash->size);
    return ks_mbed_status(ret);
}

/* The MAC with nothing prepared and nothing kept. */
static psa_status_t compute_once(const struct ks_hash *hash, const struct ks_key *key,
                                 const uint8_t *input, size_t length, uint8_t *mac)
{
    union ks_hash_context work;
    union block block;
    int ret = make_block(hash, key, &block);

    if (ret == 0)
        ret = start_padded(hash, &work, &block, IPAD);
    if (ret == 0)
        ret = hash->update(&work, input, length);
    if (ret == 0)
        ret = hash->finish(&work, mac);
    if (ret == 0)
        ret = start_padded(hash, &work, &block, IPAD ^ OPAD);
    if (ret == 0)
        ret = hash->update(&work, mac, hash->size);
    if (ret == 0)
        ret = hash->finish(&work, mac);
    ks_wipe(&work, hash->context);
    ks_wipe(&block, hash->block);
    ks_wipe_frames(hash->stack);
    if (ks_unlikely(ret != 0))
        ks_wipe(mac, hash->size);
    return ks_mbed_status(ret);
}

psa_status_t ks_hmac_compute(struct ks_use *use, const struct ks_hash *hash, psa_algorithm_t alg,
                             const uint8_t *input, size_t length, uint8_t *mac)
{
    void *midstates = NULL;
    psa_status_t status = ks_use_context_to_keep(use, &ks_hmac_classes[hash->index].record,
                                                 PSA_ALG_FULL_LENGTH_MAC(alg), &midstates);

    if (status != PSA_SUCCESS)
        return status;
    return midstates != NULL ? ks_hmac_run(hash, midstates, input, length, mac)
                             : compute_once(hash, use->key, input, length, mac);
}

psa_status_t ks_hmac_start(struct ks_use *use, const struct ks_hash *hash, psa_algorithm_t alg,
                           void *context, void *outer)
{
    void *body = NULL;
    psa_status_t status = ks_use_context(use, &ks_hmac_classes[hash->index].record,
                                         PSA_ALG_FULL_LENGTH_MAC(alg), &body);

    if (status == PSA_SUCCESS) {
        ks_hash_unpack(hash, context, body);
        memcpy(outer, ks_hmac_outer(hash, body), hash->state);
    }
    return status;
}

psa_status_t ks_hmac_finish(const struct ks_hash *hash, void *context, const void *outer,
                            uint8_t *mac)
{
    int ret = hash->finish(context, mac);

    if (ret == 0) {
        ks_hash_unpack(hash, context, outer);
        ret = hash->update(context, mac, hash->size);
    }
    if (ret == 0)
        ret = hash->finish(context, mac);
    ks_wipe_frames(hash->stack);
    if (ret != 0)
        ks_wipe(mac, hash->size);
    return ks_mbed_status(ret);
}
