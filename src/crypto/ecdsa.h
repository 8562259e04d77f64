/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* ECDSA (FIPS 186-4, section 6) of a hash, randomized and deterministic (RFC 6979), with a key in
 * use. A hash may have any length: the standard says what of it counts. */
#ifndef KS_CRYPTO_ECDSA_H
#define KS_CRYPTO_ECDSA_H

#include "key/use.h"

/* Writes r and s. hash may overlap the signature. PSA_ERROR_BUFFER_TOO_SMALL,
 * PSA_ERROR_INVALID_ARGUMENT (the curve is a Montgomery curve, or the algorithm is deterministic
 * and names no hash), PSA_ERROR_INSUFFICIENT_MEMORY, and those of the random generator. */
psa_status_t ks_ecdsa_sign(struct ks_use *use, psa_algorithm_t alg, const uint8_t *hash,
                           size_t hash_length, uint8_t *signature, size_t size,
                           size_t *length) KS_MUST_CHECK;

/* PSA_ERROR_INVALID_SIGNATURE, PSA_ERROR_INVALID_ARGUMENT (a Montgomery curve), and as above. */
psa_status_t ks_ecdsa_verify(struct ks_use *use, const uint8_t *hash, size_t hash_length,
                             const uint8_t *signature, size_t length) KS_MUST_CHECK;

#endif
