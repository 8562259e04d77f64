/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The keys of tenants, which live in the key store and nowhere else, and what they sign with. */
#ifndef TOKEN_SERVER_KEYS_H
#define TOKEN_SERVER_KEYS_H

#include <psa/crypto.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The algorithms of RFC 7518 that a tenant may have: HMAC and ECDSA on P-256, with SHA-256. */
enum key_alg { KEY_HS256, KEY_ES256, KEY_ALGS };

/* What a tenant signs with. */
struct key_ref {
    psa_key_id_t id;
    enum key_alg alg;
};

/* RFC 7518, section 3.2, asks for at least the size of the hash; HMAC hashes keys that are longer
 * than a block of SHA-256 first, so more than twice that says nothing. For ECDSA: a private scalar
 * of KEY_SCALAR bytes. */
#define KEY_MIN    32
#define KEY_MAX    128
#define KEY_SCALAR 32

/* Bytes of a signature, and of the longest. */
#define KEY_SIGNATURE(alg) ((alg) == KEY_ES256 ? (size_t)64 : (size_t)32)
#define KEY_SIGNATURE_MAX  64

/* The name of an algorithm in a token's header. */
extern const char *const key_alg_names[KEY_ALGS];
/* False for a name that is none of them. */
bool keys_find_alg(const char *name, enum key_alg *alg);

/* Whether a given key may have this many bytes. */
bool keys_length_is_valid(enum key_alg alg, size_t length);

/* Puts a key for key->alg into the store: the given one, or a random one when data is NULL.
 * PSA_ERROR_INVALID_ARGUMENT: the given one is no key of that algorithm. */
psa_status_t keys_make(const uint8_t *data, size_t length, struct key_ref *key);

/* Gives the id another key, the given one or a random one when data is NULL. On return no request
 * uses the old one any more. */
psa_status_t keys_rotate(const struct key_ref *key, const uint8_t *data, size_t length);

/* Signs; the signature has KEY_SIGNATURE(key->alg) bytes, in the form that RFC 7518 wants. */
psa_status_t keys_sign(const struct key_ref *key, const char *text, size_t length,
                       uint8_t signature[KEY_SIGNATURE_MAX]);
psa_status_t keys_verify(const struct key_ref *key, const char *text, size_t length,
                         const uint8_t *signature);

/* Gives the coordinates of the public key of an ES256 key. */
psa_status_t keys_public(psa_key_id_t key, uint8_t x[KEY_SCALAR], uint8_t y[KEY_SCALAR]);

#endif
