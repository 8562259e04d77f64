/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The floor: the same operations without a key store, on contexts that the thread has prepared.
 *
 * Whoever doubts a ratio should look here first. What makes it fair:
 *   - loops, buffers, inputs and the use of the results are those of by_id.c; every status is
 *     checked;
 *   - over many keys each thread has one context a key, visited in the same random order; only
 *     over a million keys, where nobody would have so many, an HMAC begins with the key itself;
 *   - nothing is done that an operation does not need: contexts are not made, wiped or checked in
 *     the loop. No working state is wiped either; by id, the stack that was used is, each time;
 *   - the random generator reseeds after as many requests as the one by id. */

#include "bench.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/entropy.h>
#include <mbedtls/gcm.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define _LGPL_SOURCE
#include <urcu/urcu-bp.h>

/* 2.28 calls the functions that report errors so. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define mbedtls_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_sha256_update mbedtls_sha256_update_ret
#define mbedtls_sha256_finish mbedtls_sha256_finish_ret

static bool parse_key(mbedtls_pk_context *pk, const uint8_t *der, size_t length,
                      mbedtls_ctr_drbg_context *drbg)
{
    (void) drbg;
    return mbedtls_pk_parse_key(pk, der, length, NULL, 0) == 0;
}

static int sign_rsa(mbedtls_rsa_context *rsa, mbedtls_ctr_drbg_context *drbg, const uint8_t *digest,
                    uint8_t *signature)
{
    return mbedtls_rsa_pkcs1_sign(rsa, mbedtls_ctr_drbg_random, drbg, MBEDTLS_RSA_PRIVATE,
                                  MBEDTLS_MD_SHA256, DIGEST_SIZE, digest, signature);
}
#else
static bool parse_key(mbedtls_pk_context *pk, const uint8_t *der, size_t length,
                      mbedtls_ctr_drbg_context *drbg)
{
    return mbedtls_pk_parse_key(pk, der, length, NULL, 0, mbedtls_ctr_drbg_random,
                                drbg) == 0;
}

static int sign_rsa(mbedtls_rsa_context *rsa, mbedtls_ctr_drbg_context *drbg, const uint8_t *digest,
                    uint8_t *signature)
{
    return mbedtls_rsa_pkcs1_sign(rsa, mbedtls_ctr_drbg_random, drbg, MBEDTLS_MD_SHA256,
                                  DIGEST_SIZE, digest, signature);
}
#endif

#define HASH_BLOCK 64

/* Each thread's state; contexts is an array of one a key, of the work's own type. */
struct state {
    struct buffers buffers;
    struct walk walk;
    size_t count;
    void *contexts;
    void (*close_one)(void *context);
    size_t size; /* of a context */
};

static void *context_at(const struct state *state, size_t index)
{
    return (char *) state->contexts + index * state->size;
}

static void close_state(void *p)
{
    struct state *state = p;

    for (size_t i = 0; state->contexts != NULL && i < state->count; i++) {
        state->close_one(context_at(state, i));
    }
    free(state->contexts);
    free(state->walk.values);
    free(state);
}

/* open_one makes a context of the key with an index. What it has begun or has not may be closed. */
static void *open_state(const struct keys *keys, unsigned thread, size_t size,
                        bool (*open_one)(void *context, const struct keys *keys, size_t index),
                        void (*close_one)(void *context))
{
    struct state *state = state_new(sizeof *state, keys);
    bool ok = true;

    if (state == NULL) {
        return NULL;
    }
    state->count = keys->count;
    state->size = size;
    state->close_one = close_one;
    state->contexts = calloc(keys->count, size);
    ok = state->contexts != NULL && walk_init(&state->walk, keys, NULL, thread);
    for (size_t i = 0; ok && i < keys->count; i++) {
        ok = open_one(context_at(state, i), keys, i);
    }
    if (!ok) {
        close_state(state);
        return NULL;
    }
    return state;
}

/* Look-up: what no table under RCU can do without. A section, a slot, a comparison, a copy. */

struct bare_key {
    _Alignas(BENCH_LINE) uint32_t id;
    psa_key_attributes_t attributes;
};

/* Shared by the threads, so made by the first and freed by the last. */
static struct bare_directory {
    _Atomic(struct bare_key *) *slots;
    struct bare_key *keys;
    size_t count;
    unsigned users;        /* guarded by the mutex */
    pthread_mutex_t mutex; /* one thread makes it, the others wait */
} bare = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static bool make_bare_locked(const struct keys *keys)
{
    bare.count = keys->count;
    bare.slots = calloc(keys->count, sizeof *bare.slots);
    bare.keys = aligned_alloc(BENCH_LINE, keys->count * sizeof *bare.keys);
    for (size_t i = 0; bare.slots != NULL && bare.keys != NULL && i < keys->count; i++) {
        bare.keys[i].id = (uint32_t) i;
        key_attributes(keys, &bare.keys[i].attributes);
        psa_set_key_bits(&bare.keys[i].attributes, keys->length * 8);
        atomic_store_explicit(&bare.slots[i], &bare.keys[i], memory_order_release);
    }
    return bare.slots != NULL && bare.keys != NULL;
}

/* Whether it succeeds or not, drop_bare is to be called once. */
static bool take_bare(const struct keys *keys)
{
    pthread_mutex_lock(&bare.mutex);
    bool ok = bare.users++ > 0 || make_bare_locked(keys);
    pthread_mutex_unlock(&bare.mutex);
    return ok;
}

static void drop_bare(void)
{
    pthread_mutex_lock(&bare.mutex);
    if (--bare.users == 0) {
        free(bare.slots);
        free(bare.keys);
    }
    pthread_mutex_unlock(&bare.mutex);
}

static void close_lookup(void *p)
{
    struct state *state = p;

    drop_bare();
    free(state->walk.values);
    free(state);
}

static void *open_lookup(const struct keys *keys, unsigned thread)
{
    struct state *state = state_new(sizeof *state, keys);

    if (state == NULL) {
        return NULL;
    }
    state->count = keys->count;
    if (!take_bare(keys) || !walk_init(&state->walk, keys, NULL, thread)) {
        close_lookup(state);
        return NULL;
    }
    return state;
}

static __attribute__((noinline)) psa_status_t bare_lookup(uint32_t id,
                                                          psa_key_attributes_t *attributes)
{
    psa_status_t status = PSA_ERROR_INVALID_HANDLE;

    urcu_bp_read_lock();
    if (id < bare.count) {
        const struct bare_key *key = atomic_load_explicit(&bare.slots[id], memory_order_acquire);

        if (key != NULL && key->id == id) {
            *attributes = key->attributes;
            status = PSA_SUCCESS;
        }
    }
    urcu_bp_read_unlock();
    return status;
}

static bool run_lookup(void *p, size_t count)
{
    struct state *state = p;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        psa_key_attributes_t attributes = psa_key_attributes_init();

        ok &= bare_lookup(walk_next(&state->walk), &attributes) == PSA_SUCCESS;
        buffers_consume_attributes(&state->buffers, &attributes);
    }
    return ok;
}

/* HMAC-SHA-256: two midstates, cloned for each message. */

struct midstates {
    mbedtls_sha256_context inner;
    mbedtls_sha256_context outer;
};

static bool open_midstate(mbedtls_sha256_context *midstate, const struct keys *keys, size_t index,
                          uint8_t pad)
{
    uint8_t block[HASH_BLOCK] = { 0 };

    key_material(index, block);
    memset(block + keys->length, 0, sizeof block - keys->length);
    for (size_t i = 0; i < sizeof block; i++) {
        block[i] ^= pad;
    }
    mbedtls_sha256_init(midstate);
    return mbedtls_sha256_starts(midstate, 0) == 0 &&
           mbedtls_sha256_update(midstate, block, sizeof block) == 0;
}

static bool open_midstates(void *p, const struct keys *keys, size_t index)
{
    struct midstates *midstates = p;

    return open_midstate(&midstates->inner, keys, index, 0x36) &&
           open_midstate(&midstates->outer, keys, index, 0x5c);
}

static void close_midstates(void *p)
{
    struct midstates *midstates = p;

    mbedtls_sha256_free(&midstates->inner);
    mbedtls_sha256_free(&midstates->outer);
}

static void *open_hmac(const struct keys *keys, unsigned thread)
{
    return open_state(keys, thread, sizeof(struct midstates), open_midstates, close_midstates);
}

static inline bool hmac(mbedtls_sha256_context *work, const struct midstates *key,
                        struct buffers *b)
{
    bool ok = true;

    mbedtls_sha256_clone(work, &key->inner);
    ok &= mbedtls_sha256_update(work, b->message, b->size) == 0;
    ok &= mbedtls_sha256_finish(work, b->output) == 0;
    mbedtls_sha256_clone(work, &key->outer);
    ok &= mbedtls_sha256_update(work, b->output, MAC_SIZE) == 0;
    ok &= mbedtls_sha256_finish(work, b->output) == 0;
    return ok;
}

static bool run_hmac(void *p, size_t count)
{
    struct state *state = p;
    const struct midstates *midstates = state->contexts;
    struct buffers *b = &state->buffers;
    mbedtls_sha256_context work;
    bool ok = true;

    mbedtls_sha256_init(&work);
    for (size_t i = 0; i < count; i++) {
        buffers_next(b);
        ok &= hmac(&work, &midstates[walk_next(&state->walk)], b);
        buffers_consume(b, b->output);
    }
    mbedtls_sha256_free(&work);
    return ok;
}

/* The same with what no store can do without that finds keys by id and leaves nothing of them: the
 * bare look-up before, and the stack wiped afterwards, as much as the primitive uses of it. */

#define HASH_STACK 896
#define GCM_STACK 672
_Static_assert(GCM_STACK <= HASH_STACK, "both fit into wipe_stack's frame");

static void close_found(void *p)
{
    drop_bare();
    close_state(p);
}

static void *open_found(const struct keys *keys, unsigned thread,
                        void *(*open)(const struct keys *keys, unsigned thread))
{
    void *state = take_bare(keys) ? open(keys, thread) : NULL;

    if (state == NULL) {
        drop_bare();
    }
    return state;
}

static void *open_found_hmac(const struct keys *keys, unsigned thread)
{
    return open_found(keys, thread, open_hmac);
}

/* Not memset, in whose place the compiler puts an instruction here that is five times slower. */
static __attribute__((noinline)) void wipe_stack(size_t size)
{
    uint8_t below[HASH_STACK];

    explicit_bzero(below + sizeof below - size, size);
}

static bool found(uint32_t id)
{
    psa_key_attributes_t attributes = psa_key_attributes_init();

    return bare_lookup(id, &attributes) == PSA_SUCCESS && psa_get_key_usage_flags(&attributes) != 0;
}

static __attribute__((noinline)) bool found_hmac(uint32_t id, const struct midstates *midstates,
                                                 struct buffers *b)
{
    mbedtls_sha256_context work;
    bool ok = found(id);

    mbedtls_sha256_init(&work);
    ok &= hmac(&work, &midstates[id], b);
    return ok;
}

static bool run_found_hmac(void *p, size_t count)
{
    struct state *state = p;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        buffers_next(b);
        ok &= found_hmac(walk_next(&state->walk), state->contexts, b);
        wipe_stack(HASH_STACK);
        buffers_consume(b, b->output);
    }
    return ok;
}

/* HMAC-SHA-256 of a key that is used once: with nothing prepared, from the material. */

struct secret {
    uint8_t material[KEY_MAX_LENGTH];
};

static bool open_secret(void *p, const struct keys *keys, size_t index)
{
    (void) keys;
    key_material(index, ((struct secret *) p)->material);
    return true;
}

static void close_secret(void *p)
{
    (void) p;
}

static void *open_secrets(const struct keys *keys, unsigned thread)
{
    return open_state(keys, thread, sizeof(struct secret), open_secret, close_secret);
}

/* One of the two hashes: the padded key, then the data. */
static bool hash_padded(const struct secret *secret, uint8_t pad, const uint8_t *data, size_t size,
                        uint8_t *digest)
{
    mbedtls_sha256_context work;
    uint8_t block[HASH_BLOCK];
    bool ok = true;

    memset(block, pad, sizeof block);
    for (size_t i = 0; i < sizeof secret->material; i++) {
        block[i] ^= secret->material[i];
    }
    mbedtls_sha256_init(&work);
    ok &= mbedtls_sha256_starts(&work, 0) == 0;
    ok &= mbedtls_sha256_update(&work, block, sizeof block) == 0;
    ok &= mbedtls_sha256_update(&work, data, size) == 0;
    return ok && mbedtls_sha256_finish(&work, digest) == 0;
}

static bool run_hmac_once(void *p, size_t count)
{
    struct state *state = p;
    const struct secret *secrets = state->contexts;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        const struct secret *secret = &secrets[walk_next(&state->walk)];

        buffers_next(b);
        ok &= hash_padded(secret, 0x36, b->message, b->size, b->output);
        ok &= hash_padded(secret, 0x5c, b->output, MAC_SIZE, b->output);
        buffers_consume(b, b->output);
    }
    return ok;
}

/* AES-GCM: the context holds the key schedule and the GHASH table. */

static bool open_gcm_one(void *context, const struct keys *keys, size_t index)
{
    uint8_t material[KEY_MAX_LENGTH];

    key_material(index, material);
    mbedtls_gcm_init(context);
    return mbedtls_gcm_setkey(context, MBEDTLS_CIPHER_ID_AES, material,
                              (unsigned) keys->length * 8) == 0;
}

static void close_gcm_one(void *context)
{
    mbedtls_gcm_free(context);
}

static void *open_gcm(const struct keys *keys, unsigned thread)
{
    return open_state(keys, thread, sizeof(mbedtls_gcm_context), open_gcm_one, close_gcm_one);
}

static inline bool gcm(mbedtls_gcm_context *key, struct buffers *b)
{
    return mbedtls_gcm_crypt_and_tag(key, MBEDTLS_GCM_ENCRYPT, b->size, b->nonce, NONCE_SIZE, NULL,
                                     0, b->message, b->output, TAG_SIZE, b->output + b->size) == 0;
}

static bool run_gcm(void *p, size_t count)
{
    struct state *state = p;
    mbedtls_gcm_context *contexts = state->contexts;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        mbedtls_gcm_context *key = &contexts[walk_next(&state->walk)];

        buffers_next(b);
        ok &= gcm(key, b);
        buffers_consume(b, b->output + b->size);
    }
    return ok;
}

/* AES-GCM of a key that is used once. */

static bool run_gcm_once(void *p, size_t count)
{
    struct state *state = p;
    const struct secret *secrets = state->contexts;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        const struct secret *secret = &secrets[walk_next(&state->walk)];
        mbedtls_gcm_context key;

        buffers_next(b);
        mbedtls_gcm_init(&key);
        ok &= mbedtls_gcm_setkey(&key, MBEDTLS_CIPHER_ID_AES, secret->material, 128) == 0;
        ok &= gcm(&key, b);
        mbedtls_gcm_free(&key);
        buffers_consume(b, b->output + b->size);
    }
    return ok;
}

/* The same with look-up and wipe, as with HMAC. */

static void *open_found_gcm(const struct keys *keys, unsigned thread)
{
    return open_found(keys, thread, open_gcm);
}

static __attribute__((noinline)) bool found_gcm(uint32_t id, mbedtls_gcm_context *contexts,
                                                struct buffers *b)
{
    return found(id) && gcm(&contexts[id], b);
}

static bool run_found_gcm(void *p, size_t count)
{
    struct state *state = p;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        buffers_next(b);
        ok &= found_gcm(walk_next(&state->walk), state->contexts, b);
        wipe_stack(GCM_STACK);
        buffers_consume(b, b->output + b->size);
    }
    return ok;
}

/* Random bytes: one generator a thread, over an entropy source of its own. */

struct generator {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
};

static bool open_generator(void *p, const struct keys *keys, size_t index)
{
    struct generator *generator = p;

    (void) keys;
    (void) index;
    mbedtls_entropy_init(&generator->entropy);
    mbedtls_ctr_drbg_init(&generator->drbg);
    return mbedtls_ctr_drbg_seed(&generator->drbg, mbedtls_entropy_func, &generator->entropy, NULL,
                                 0) == 0;
}

static void close_generator(void *p)
{
    struct generator *generator = p;

    mbedtls_ctr_drbg_free(&generator->drbg);
    mbedtls_entropy_free(&generator->entropy);
}

static void *open_random(const struct keys *keys, unsigned thread)
{
    return open_state(keys, thread, sizeof(struct generator), open_generator, close_generator);
}

static bool run_random(void *p, size_t count)
{
    struct state *state = p;
    struct generator *generator = state->contexts;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        ok &= mbedtls_ctr_drbg_random(&generator->drbg, b->output, RANDOM_SIZE) == 0;
        buffers_consume(b, b->output);
    }
    return ok;
}

/* Signatures: the group is loaded once a thread, the private and the public key once a key. */

struct signer {
    struct generator generator; /* for blinding, and for nonces */
    mbedtls_ecp_group group;
};

struct pair {
    struct signer *signer;
    mbedtls_mpi d;
    mbedtls_ecp_point q;
    uint8_t signature[2 * DIGEST_SIZE]; /* of zeros: r and s */
};

static const uint8_t zeros[DIGEST_SIZE];

/* One a thread, for all its keys; they outlive the thread's states. */
static _Thread_local struct signer *signer_here;

static struct signer *signer_of_thread(void)
{
    if (signer_here == NULL) {
        signer_here = calloc(1, sizeof *signer_here);
        if (signer_here != NULL) {
            mbedtls_ecp_group_init(&signer_here->group);
            if (!open_generator(&signer_here->generator, NULL, 0) ||
                mbedtls_ecp_group_load(&signer_here->group, MBEDTLS_ECP_DP_SECP256R1) != 0) {
                return NULL;
            }
        }
    }
    return signer_here;
}

static bool sign_ecdsa(struct pair *pair, const uint8_t *digest, uint8_t *signature)
{
    mbedtls_mpi r;
    mbedtls_mpi s;
    bool ok = true;

    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    ok &= mbedtls_ecdsa_sign(&pair->signer->group, &r, &s, &pair->d, digest, DIGEST_SIZE,
                             mbedtls_ctr_drbg_random, &pair->signer->generator.drbg) == 0;
    ok &= mbedtls_mpi_write_binary(&r, signature, DIGEST_SIZE) == 0;
    ok &= mbedtls_mpi_write_binary(&s, signature + DIGEST_SIZE, DIGEST_SIZE) == 0;
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&s);
    return ok;
}

static bool verify_ecdsa(struct pair *pair)
{
    mbedtls_mpi r;
    mbedtls_mpi s;
    bool ok = true;

    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    ok &= mbedtls_mpi_read_binary(&r, pair->signature, DIGEST_SIZE) == 0;
    ok &= mbedtls_mpi_read_binary(&s, pair->signature + DIGEST_SIZE, DIGEST_SIZE) == 0;
    ok &= mbedtls_ecdsa_verify(&pair->signer->group, zeros, DIGEST_SIZE, &pair->q, &r, &s) == 0;
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&s);
    return ok;
}

static bool open_pair(void *p, const struct keys *keys, size_t index)
{
    struct pair *pair = p;
    uint8_t material[KEY_MAX_LENGTH];

    key_material(index, material);
    mbedtls_mpi_init(&pair->d);
    mbedtls_ecp_point_init(&pair->q);
    pair->signer = signer_of_thread();
    return pair->signer != NULL &&
           mbedtls_mpi_read_binary(&pair->d, material, keys->length) == 0 &&
           mbedtls_ecp_mul(&pair->signer->group, &pair->q, &pair->d, &pair->signer->group.G,
                           mbedtls_ctr_drbg_random, &pair->signer->generator.drbg) == 0 &&
           sign_ecdsa(pair, zeros, pair->signature);
}

static void close_pair(void *p)
{
    struct pair *pair = p;

    mbedtls_mpi_free(&pair->d);
    mbedtls_ecp_point_free(&pair->q);
}

static void *open_ecdsa(const struct keys *keys, unsigned thread)
{
    return open_state(keys, thread, sizeof(struct pair), open_pair, close_pair);
}

static bool run_ecdsa_sign(void *p, size_t count)
{
    struct state *state = p;
    struct pair *pairs = state->contexts;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        buffers_next(b);
        ok &= sign_ecdsa(&pairs[walk_next(&state->walk)], b->message, b->output);
        buffers_consume(b, b->output);
    }
    return ok;
}

static bool run_ecdsa_verify(void *p, size_t count)
{
    struct state *state = p;
    struct pair *pairs = state->contexts;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        ok &= verify_ecdsa(&pairs[walk_next(&state->walk)]);
    }
    return ok;
}

static bool open_rsa_one(void *p, const struct keys *keys, size_t index)
{
    mbedtls_pk_context *pk = p;
    const uint8_t *der = NULL;
    size_t length = 0;

    (void) keys;
    (void) index;
    mbedtls_pk_init(pk);
    return signer_of_thread() != NULL && rsa_key(&der, &length) &&
           parse_key(pk, der, length, &signer_here->generator.drbg);
}

static void close_rsa_one(void *p)
{
    mbedtls_pk_free(p);
}

static void *open_rsa(const struct keys *keys, unsigned thread)
{
    return open_state(keys, thread, sizeof(mbedtls_pk_context), open_rsa_one, close_rsa_one);
}

static bool run_rsa_sign(void *p, size_t count)
{
    struct state *state = p;
    mbedtls_pk_context *contexts = state->contexts;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        mbedtls_rsa_context *rsa = mbedtls_pk_rsa(contexts[walk_next(&state->walk)]);

        buffers_next(b);
        ok &= sign_rsa(rsa, &signer_here->generator.drbg, b->message, b->output) == 0;
        buffers_consume(b, b->output);
    }
    return ok;
}

const struct side raw_found_hmac = { open_found_hmac, run_found_hmac, close_found };
const struct side raw_ecdsa_sign = { open_ecdsa, run_ecdsa_sign, close_state };
const struct side raw_ecdsa_verify = { open_ecdsa, run_ecdsa_verify, close_state };
const struct side raw_rsa_sign = { open_rsa, run_rsa_sign, close_state };
const struct side raw_lookup = { open_lookup, run_lookup, close_lookup };
const struct side raw_hmac = { open_hmac, run_hmac, close_state };
const struct side raw_hmac_once = { open_secrets, run_hmac_once, close_state };
const struct side raw_gcm = { open_gcm, run_gcm, close_state };
const struct side raw_gcm_once = { open_secrets, run_gcm_once, close_state };
const struct side raw_found_gcm = { open_found_gcm, run_found_gcm, close_found };
const struct side raw_random = { open_random, run_random, close_state };
