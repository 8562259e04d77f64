/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Unauthenticated ciphers over a message in parts: multi-part operations.
 *
 * Output comes as early as the mode allows: of streams with each byte of input, of block modes with
 * each block; decryption with padding keeps the last whole block back. Input and output may overlap
 * in any way (for block modes, other overlap than in place at a block's beginning costs a copy of
 * the input on the heap). */
#ifndef KS_CRYPTO_CIPHER_PARTS_H
#define KS_CRYPTO_CIPHER_PARTS_H

#include "key/call.h"

#define KS_CIPHER_KIND 2u

/* Opens an operation on the key in use. Statuses as ks_cipher_encrypt, PSA_ERROR_BAD_STATE
 * (ks_open_begin). */
psa_status_t ks_cipher_open(struct ks_use *use, psa_algorithm_t alg, bool decrypts,
                            struct ks_place place) KS_MUST_CHECK;

/* The following take the context of an operation that the caller is inside of. Each gives
 * PSA_ERROR_BAD_STATE where the specification's order of calls is broken. */

/* Sets the IV, once. PSA_ERROR_INVALID_ARGUMENT: not the mode's length. */
psa_status_t ks_cipher_set_iv(void *context, const uint8_t *iv, size_t length) KS_MUST_CHECK;

/* Sets a random IV and writes it out. PSA_ERROR_BUFFER_TOO_SMALL, those of the generator. */
psa_status_t ks_cipher_generate_iv(void *context, struct ks_shard *shard, uint8_t *iv, size_t size,
                                   size_t *length) KS_MUST_CHECK;

/* Goes on with the message. PSA_ERROR_BUFFER_TOO_SMALL, PSA_ERROR_INVALID_ARGUMENT (too long),
 * PSA_ERROR_INSUFFICIENT_MEMORY. */
psa_status_t ks_cipher_update(void *context, const uint8_t *input, size_t length, uint8_t *output,
                              size_t size, size_t *output_length) KS_MUST_CHECK;

/* Ends it. PSA_ERROR_INVALID_ARGUMENT (not whole blocks), PSA_ERROR_BUFFER_TOO_SMALL,
 * PSA_ERROR_INVALID_PADDING; the last two are found in a time that does not depend on the text. */
psa_status_t ks_cipher_finish(void *context, uint8_t *output, size_t size,
                              size_t *output_length) KS_MUST_CHECK;

#endif
