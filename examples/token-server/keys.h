/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The keys of tenants: HMAC-SHA-256 keys that live in the key store and nowhere else. */
#ifndef TOKEN_SERVER_KEYS_H
#define TOKEN_SERVER_KEYS_H

#include <psa/crypto.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 7518, section 3.2, asks for at least the size of the hash; HMAC hashes keys that are longer
 * than a block of SHA-256 first, so more than twice that says nothing. */
#define KEY_MIN 32
#define KEY_MAX 128

/* Puts a key into the store: the given one, or a random one of KEY_MIN bytes when data is NULL. */
psa_status_t keys_make(const uint8_t *data, size_t length, psa_key_id_t *key);

/* Gives the id another key, the given one or a random one when data is NULL. On return no request
 * uses the old one any more. */
psa_status_t keys_rotate(psa_key_id_t key, const uint8_t *data, size_t length);

#endif
