/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Authenticated encryption of a message in parts: multi-part operations.
 *
 * Output comes with each byte of text, but that GCM over Mbed TLS 2.28 writes whole blocks, and the
 * rest at the end: within what PSA_AEAD_UPDATE_OUTPUT_SIZE and PSA_AEAD_FINISH_OUTPUT_SIZE allow.
 * Input and output may overlap in any way. Plaintext that comes out before the tag was checked is
 * the caller's to distrust, as the PSA API has it. */
#ifndef KS_CRYPTO_AEAD_PARTS_H
#define KS_CRYPTO_AEAD_PARTS_H

#include "key/call.h"

#define KS_AEAD_KIND 3u

/* Opens an operation on the key in use. PSA_ERROR_NOT_SUPPORTED (alg unknown),
 * PSA_ERROR_INVALID_ARGUMENT (length of the tag), PSA_ERROR_NOT_SUPPORTED (alg is not for the
 * key's type), PSA_ERROR_INSUFFICIENT_MEMORY, PSA_ERROR_BAD_STATE (ks_open_begin). */
psa_status_t ks_aead_open(struct ks_use *use, psa_algorithm_t alg, bool encrypts,
                          struct ks_place place) KS_MUST_CHECK;

/* The following take the context of an operation that the caller is inside of. Each gives
 * PSA_ERROR_BAD_STATE where the specification's order of calls is broken, and
 * PSA_ERROR_INVALID_ARGUMENT where a length is not the one promised, or beyond the algorithm's
 * limits. */

psa_status_t ks_aead_set_nonce(void *context, const uint8_t *nonce, size_t length) KS_MUST_CHECK;

/* PSA_ERROR_BUFFER_TOO_SMALL, statuses of the random generator. */
psa_status_t ks_aead_generate_nonce(void *context, struct ks_shard *shard, uint8_t *nonce,
                                    size_t size, size_t *length) KS_MUST_CHECK;

psa_status_t ks_aead_set_lengths(void *context, size_t data_length,
                                 size_t text_length) KS_MUST_CHECK;

psa_status_t ks_aead_update_data(void *context, const uint8_t *data, size_t length) KS_MUST_CHECK;

/* PSA_ERROR_BUFFER_TOO_SMALL, PSA_ERROR_INSUFFICIENT_MEMORY. */
psa_status_t ks_aead_update(void *context, const uint8_t *input, size_t length, uint8_t *output,
                            size_t size, size_t *output_length) KS_MUST_CHECK;

/* Writes what was kept back, and the tag. PSA_ERROR_BUFFER_TOO_SMALL (either). */
psa_status_t ks_aead_finish(void *context, uint8_t *output, size_t size, size_t *output_length,
                            uint8_t *tag, size_t tag_size, size_t *tag_length) KS_MUST_CHECK;

/* Writes what was kept back if the tag is right. PSA_ERROR_BUFFER_TOO_SMALL,
 * PSA_ERROR_INVALID_SIGNATURE. */
psa_status_t ks_aead_check(void *context, uint8_t *output, size_t size, size_t *output_length,
                           const uint8_t *tag, size_t tag_length) KS_MUST_CHECK;

#endif
