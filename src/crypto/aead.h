/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Authenticated encryption of a whole message with a key in use: GCM, CCM, ChaCha20-Poly1305.
 *
 * All buffers may overlap in any way. Statuses of both, in the order in which they are found:
 * PSA_ERROR_NOT_SUPPORTED (alg unknown), PSA_ERROR_INVALID_ARGUMENT or PSA_ERROR_NOT_SUPPORTED
 * (length of the nonce), PSA_ERROR_NOT_SUPPORTED (alg is not for the key's type),
 * PSA_ERROR_INVALID_ARGUMENT (decrypt: shorter than a tag), PSA_ERROR_BUFFER_TOO_SMALL,
 * PSA_ERROR_INVALID_ARGUMENT (length of the tag), PSA_ERROR_INSUFFICIENT_MEMORY,
 * PSA_ERROR_INVALID_ARGUMENT (a length beyond the algorithm's limits). On failure the caller
 * wipes the output; *output_length is as it was. */
#ifndef KS_CRYPTO_AEAD_H
#define KS_CRYPTO_AEAD_H

#include "key/use.h"

/* Whether an operation, and not only a policy, can name the algorithm: no wildcard. Shorter than
 * PSA_ALG_IS_WILDCARD, which asks first what other kinds an algorithm may be of. */
static inline bool ks_aead_is_named(psa_algorithm_t alg)
{
    return PSA_ALG_IS_AEAD(alg) && (alg & PSA_ALG_AEAD_AT_LEAST_THIS_LENGTH_FLAG) == 0;
}

/* What goes in. The functions use it for notes of their own: it is no more the same afterwards. */
struct ks_aead_input {
    const uint8_t *nonce;
    size_t nonce_length;
    const uint8_t *data; /* additional data */
    size_t data_length;
    const uint8_t *text;
    size_t text_length;
};

/* Writes the ciphertext and the tag. */
psa_status_t ks_aead_encrypt(struct ks_use *use, psa_algorithm_t alg,
                             struct ks_aead_input *input, uint8_t *output, size_t output_size,
                             size_t *output_length) KS_MUST_CHECK;

/* Checks the tag at the end of the text and writes the plaintext; if the tag is wrong it gives
 * PSA_ERROR_INVALID_SIGNATURE, and no plaintext is left in the output. */
psa_status_t ks_aead_decrypt(struct ks_use *use, psa_algorithm_t alg,
                             struct ks_aead_input *input, uint8_t *output, size_t output_size,
                             size_t *output_length) KS_MUST_CHECK;

#endif
