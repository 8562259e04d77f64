/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* How Mbed TLS's cipher layer calls a key of ours. */
#ifndef KS_CRYPTO_KEYED_H
#define KS_CRYPTO_KEYED_H

#include "crypto/mbed.h"
#include "key/key.h"

/* Bytes of stack on which setting up a key may leave secrets. Measured with both versions on
 * x86-64, for every cipher and mode: 800, which is Camellia's schedule for decryption; and nearly
 * as much more. */
#define KS_KEYED_STACK 1536

/* The cipher of a key type, or MBEDTLS_CIPHER_ID_NONE. Whether the installed Mbed TLS has it
 * shows when a context is set up. */
mbedtls_cipher_id_t ks_keyed_id(const struct ks_key *key);

/* Bytes of a block; 1 for a stream cipher, 0 for what is no cipher's key. */
static inline size_t ks_keyed_block(const struct ks_key *key)
{
    return PSA_BLOCK_CIPHER_BLOCK_LENGTH(key->type);
}

/* Sets up a zeroed context for a kind of key and a mode, without the key. Statuses as below. */
psa_status_t ks_keyed_setup_empty(mbedtls_cipher_context_t *context, const struct ks_key *key,
                                  mbedtls_cipher_mode_t mode) KS_MUST_CHECK;

/* The same, and expands the key for one direction.
 * On failure the context holds nothing. Statuses: PSA_ERROR_NOT_SUPPORTED (no such combination),
 * PSA_ERROR_INSUFFICIENT_MEMORY. */
psa_status_t ks_keyed_setup(mbedtls_cipher_context_t *context, const struct ks_key *key,
                            mbedtls_cipher_mode_t mode,
                            mbedtls_operation_t operation) KS_MUST_CHECK;

#endif
