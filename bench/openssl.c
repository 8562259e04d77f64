/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* OpenSSL's libcrypto, as a user would have it: EVP objects with the key set once, one a key and
 * thread, used again for each message. There is no key store: whoever wants one writes it. */

#include "bench.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
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

/* A key pair, with one context for each thing that is done with it. */
struct pair {
    EVP_PKEY_CTX *sign;
    EVP_PKEY_CTX *verify;
    uint8_t signature[SIGNATURE_MAX]; /* of zeros */
    size_t length;
};

static const uint8_t zeros[DIGEST_SIZE];

static void free_pair(void *object)
{
    struct pair *pair = object;

    if (pair != NULL) {
        EVP_PKEY_CTX_free(pair->sign);
        EVP_PKEY_CTX_free(pair->verify);
        free(pair);
    }
}

/* The point of a private number on P-256, uncompressed. */
static bool public_point(const BIGNUM *number, uint8_t point[1 + 2 * DIGEST_SIZE])
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *product = EC_POINT_new(group);
    bool ok = EC_POINT_mul(group, product, number, NULL, NULL, NULL) == 1 &&
              EC_POINT_point2oct(group, product, POINT_CONVERSION_UNCOMPRESSED, point,
                                 1 + 2 * DIGEST_SIZE, NULL) == 1 + 2 * DIGEST_SIZE;

    EC_POINT_free(product);
    EC_GROUP_free(group);
    return ok;
}

static EVP_PKEY *ec_pair(const uint8_t *material)
{
    char group[] = "P-256";
    uint8_t native[DIGEST_SIZE];
    uint8_t point[1 + 2 * DIGEST_SIZE];
    BIGNUM *number = BN_bin2bn(material, DIGEST_SIZE, NULL);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *pair = NULL;

    if (public_point(number, point) &&
        BN_bn2nativepad(number, native, sizeof native) == (int) sizeof native) {
        OSSL_PARAM params[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
            OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native, sizeof native),
            OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
            OSSL_PARAM_construct_end()
        };

        if (EVP_PKEY_fromdata_init(context) != 1 ||
            EVP_PKEY_fromdata(context, &pair, EVP_PKEY_KEYPAIR, params) != 1) {
            pair = NULL;
        }
    }
    EVP_PKEY_CTX_free(context);
    BN_free(number);
    return pair;
}

static EVP_PKEY *rsa_pair(void)
{
    const uint8_t *der = NULL;
    size_t length = 0;

    return rsa_key(&der, &length) ? d2i_PrivateKey(EVP_PKEY_RSA, NULL, &der, (long) length) : NULL;
}

static void *make_pair(const struct keys *keys, const uint8_t *material)
{
    bool is_rsa = PSA_KEY_TYPE_IS_RSA(keys->type);
    EVP_PKEY *key = is_rsa ? rsa_pair() : ec_pair(material);
    struct pair *pair = calloc(1, sizeof *pair);
    bool ok = key != NULL && pair != NULL;

    if (ok) {
        pair->length = sizeof pair->signature;
        pair->sign = EVP_PKEY_CTX_new(key, NULL); /* each holds the key */
        pair->verify = EVP_PKEY_CTX_new(key, NULL);
        ok = EVP_PKEY_sign_init(pair->sign) == 1 && EVP_PKEY_verify_init(pair->verify) == 1 &&
             EVP_PKEY_CTX_set_signature_md(pair->sign, EVP_sha256()) == 1 &&
             EVP_PKEY_CTX_set_signature_md(pair->verify, EVP_sha256()) == 1 &&
             EVP_PKEY_sign(pair->sign, pair->signature, &pair->length, zeros, sizeof zeros) == 1;
    }
    EVP_PKEY_free(key);
    if (!ok) {
        free_pair(pair);
        return NULL;
    }
    return pair;
}

static void *open_pairs(const struct keys *keys, unsigned thread)
{
    return open_state(keys, thread, make_pair, free_pair);
}

static bool run_sign(void *p, size_t count)
{
    struct state *state = p;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        struct pair *pair = state->objects[walk_next(&state->walk)];
        size_t length = SIGNATURE_MAX;

        buffers_next(b);
        ok &= EVP_PKEY_sign(pair->sign, b->output, &length, b->message, DIGEST_SIZE) == 1;
        buffers_consume(b, b->output);
    }
    return ok;
}

static bool run_verify(void *p, size_t count)
{
    struct state *state = p;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        struct pair *pair = state->objects[walk_next(&state->walk)];

        ok &= EVP_PKEY_verify(pair->verify, pair->signature, pair->length, zeros,
                              sizeof zeros) == 1;
    }
    return ok;
}

const struct side openssl_hmac = { open_hmac, run_hmac, close_state };
const struct side openssl_gcm = { open_gcm, run_gcm, close_state };
const struct side openssl_random = { open_random, run_random, close_state };
const struct side openssl_sign = { open_pairs, run_sign, close_state };
const struct side openssl_verify = { open_pairs, run_verify, close_state };
