/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* OpenSSL's libcrypto, as a user would have it: EVP objects with the key set once, one a key and
 * thread, used again for each message. There is no key store: whoever wants one writes it. */

#include "bench.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>

struct state {
    struct buffers buffers;
    struct walk walk;
    size_t count;
    void **objects; /* one a key */
    void (*free_one)(void *object);
};

static void close_state(void *p)
{
    struct state *state = p;

    for (size_t i = 0; state->objects != NULL && i < state->count; i++) {
        state->free_one(state->objects[i]);
    }
    free(state->objects);
    free(state->walk.values);
    free(state);
}

static void *open_state(const struct keys *keys, unsigned thread,
                        void *(*make_one)(const struct keys *keys, const uint8_t *material),
                        void (*free_one)(void *object))
{
    struct state *state = state_new(sizeof *state, keys);
    uint8_t material[KEY_MAX_LENGTH];
    bool ok = true;

    if (state == NULL) {
        return NULL;
    }
    state->count = keys->count;
    state->free_one = free_one;
    state->objects = calloc(keys->count, sizeof *state->objects);
    ok = state->objects != NULL && walk_init(&state->walk, keys, NULL, thread);
    for (size_t i = 0; ok && i < keys->count; i++) {
        key_material(i, material);
        state->objects[i] = make_one(keys, material);
        ok = state->objects[i] != NULL;
    }
    if (!ok) {
        close_state(state);
        return NULL;
    }
    return state;
}

static void free_mac(void *object)
{
    EVP_MAC_CTX_free(object);
}

static void *make_mac(const struct keys *keys, const uint8_t *material)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                            OSSL_PARAM_construct_end() };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);

    EVP_MAC_free(mac);
    if (EVP_MAC_init(context, material, keys->length, params) != 1) {
        free_mac(context);
        return NULL;
    }
    return context;
}

static void *open_hmac(const struct keys *keys, unsigned thread)
{
    return open_state(keys, thread, make_mac, free_mac);
}

static bool run_hmac(void *p, size_t count)
{
    struct state *state = p;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        EVP_MAC_CTX *context = state->objects[walk_next(&state->walk)];
        size_t length = 0;

        buffers_next(b);
        ok &= EVP_MAC_init(context, NULL, 0, NULL) == 1; /* the same key again */
        ok &= EVP_MAC_update(context, b->message, b->size) == 1;
        ok &= EVP_MAC_final(context, b->output, &length, MAC_SIZE) == 1;
        ok &= length == MAC_SIZE;
        buffers_consume(b, b->output);
    }
    return ok;
}

static void free_cipher(void *object)
{
    EVP_CIPHER_CTX_free(object);
}

static void *make_cipher(const struct keys *keys, const uint8_t *material)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    (void) keys;
    if (EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), NULL, material, NULL) != 1) {
        free_cipher(context);
        return NULL;
    }
    return context;
}

static void *open_gcm(const struct keys *keys, unsigned thread)
{
    return open_state(keys, thread, make_cipher, free_cipher);
}

static bool run_gcm(void *p, size_t count)
{
    struct state *state = p;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        EVP_CIPHER_CTX *context = state->objects[walk_next(&state->walk)];
        int length = 0;

        buffers_next(b);
        ok &= EVP_EncryptInit_ex(context, NULL, NULL, NULL, b->nonce) == 1;
        ok &= EVP_EncryptUpdate(context, b->output, &length, b->message, (int) b->size) == 1;
        ok &= EVP_EncryptFinal_ex(context, b->output + length, &length) == 1;
        ok &= EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE,
                                  b->output + b->size) == 1;
        buffers_consume(b, b->output + b->size);
    }
    return ok;
}

static void free_none(void *object)
{
    (void) object;
}

static void *make_none(const struct keys *keys, const uint8_t *material)
{
    static char none;

    (void) keys;
    (void) material;
    return &none;
}

static void *open_random(const struct keys *keys, unsigned thread)
{
    return open_state(keys, thread, make_none, free_none);
}

static bool run_random(void *p, size_t count)
{
    struct state *state = p;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        ok &= RAND_bytes(b->output, RANDOM_SIZE) == 1;
        buffers_consume(b, b->output);
    }
    return ok;
}

const struct side openssl_hmac = { open_hmac, run_hmac, close_state };
const struct side openssl_gcm = { open_gcm, run_gcm, close_state };
const struct side openssl_random = { open_random, run_random, close_state };
