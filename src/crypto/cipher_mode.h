/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The modes of unauthenticated ciphers over Mbed TLS's cipher layer. */
#ifndef KS_CRYPTO_CIPHER_MODE_H
#define KS_CRYPTO_CIPHER_MODE_H

#include "crypto/keyed.h"

#define KS_CIPHER_MAX_BLOCK PSA_BLOCK_CIPHER_BLOCK_MAX_SIZE
#define KS_CIPHER_MAX_IV PSA_CIPHER_IV_MAX_SIZE

/* Bytes of stack that what works on a message does not exceed (measured: 472 in Mbed TLS, on x86-64
 * with both versions), to be wiped after each operation. */
#define KS_CIPHER_STACK 768

/* The counter of CCM* without a tag, whose nonce has 13 bytes: 2 bytes of a block, from 1 on. */
#define KS_CCM_STAR_MAX_BLOCKS 65535u

enum ks_cipher_shape {
    KS_CIPHER_STREAM, /* any length */
    KS_CIPHER_WHOLE,  /* whole blocks */
    KS_CIPHER_PADDED, /* whole blocks after padding */
};

struct ks_cipher_mode {
    psa_algorithm_t alg;
    psa_algorithm_t prepared; /* the algorithm whose prepared contexts it uses */
    mbedtls_cipher_mode_t mode;
    enum ks_cipher_shape shape;
    bool directed; /* a context decrypts or encrypts, not both */
};

/* The mode of an algorithm, or NULL. */
const struct ks_cipher_mode *ks_cipher_mode_find(psa_algorithm_t alg);

/* Sets up a zeroed context for a key. Statuses as ks_keyed_setup. */
psa_status_t ks_cipher_mode_setup(const struct ks_cipher_mode *mode,
                                  mbedtls_cipher_context_t *context, const struct ks_key *key,
                                  bool decrypts) KS_MUST_CHECK;

/* Whether the mode can have such a key: ARC4 has one size and one mode here, as in Mbed TLS's own
 * PSA, and contexts of its own kind. */
bool ks_cipher_mode_takes_arc4(const struct ks_cipher_mode *mode, const struct ks_key *key);

/* Begins a message, with an IV of the length that the mode has (0: none). 0 or a code of Mbed TLS.
 */
int ks_cipher_mode_start(const struct ks_cipher_mode *mode, mbedtls_cipher_context_t *context,
                         const uint8_t *iv, size_t iv_length) KS_MUST_CHECK;

/* Goes on with it; block is the cipher's (1: a stream cipher). In modes of blocks the length is of
 * whole ones. In place only where what the message has so far, and length, are of whole blocks. */
int ks_cipher_mode_update(const struct ks_cipher_mode *mode, mbedtls_cipher_context_t *context,
                          size_t block, const uint8_t *input, size_t length,
                          uint8_t *output) KS_MUST_CHECK;

#endif
