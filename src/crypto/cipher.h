/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Unauthenticated ciphers over a whole message with a key in use. Messages begin with the IV.
 *
 * Input and output may overlap in any way. Statuses of both: PSA_ERROR_NOT_SUPPORTED (no such
 * cipher for the key's type in the installed Mbed TLS), PSA_ERROR_BUFFER_TOO_SMALL,
 * PSA_ERROR_INVALID_ARGUMENT (a length that the cipher cannot have),
 * PSA_ERROR_INSUFFICIENT_MEMORY. On failure *output_length is 0. */
#ifndef KS_CRYPTO_CIPHER_H
#define KS_CRYPTO_CIPHER_H

#include "key/use.h"

/* Writes a random IV, where the cipher has one, and the ciphertext. Further statuses: those of the
 * random generator. */
psa_status_t ks_cipher_encrypt(struct ks_use *use, psa_algorithm_t alg, const uint8_t *input,
                               size_t input_length, uint8_t *output, size_t output_size,
                               size_t *output_length) KS_MUST_CHECK;

/* Writes the plaintext. With padding, room is needed for the padding too; a wrong one gives
 * PSA_ERROR_INVALID_PADDING. */
psa_status_t ks_cipher_decrypt(struct ks_use *use, psa_algorithm_t alg, const uint8_t *input,
                               size_t input_length, uint8_t *output, size_t output_size,
                               size_t *output_length) KS_MUST_CHECK;

#endif
