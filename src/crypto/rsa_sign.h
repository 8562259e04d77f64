/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* RSA signatures of a hash with a key in use: PKCS#1 v1.5 and PSS (RFC 8017, section 8). A PSS
 * signature is made with a salt as long as the hash, or as the modulus allows if that is less.
 *
 * Statuses of both, in the order in which they are found: PSA_ERROR_INVALID_ARGUMENT (the scheme is
 * none of the two), PSA_ERROR_NOT_SUPPORTED (the hash), PSA_ERROR_INVALID_ARGUMENT (a hash of
 * another length). */
#ifndef KS_CRYPTO_RSA_SIGN_H
#define KS_CRYPTO_RSA_SIGN_H

#include "key/use.h"

/* hash may overlap the signature. PSA_ERROR_BUFFER_TOO_SMALL, PSA_ERROR_INVALID_ARGUMENT (it
 * does not fit the modulus), PSA_ERROR_INSUFFICIENT_MEMORY, and those of the random generator. */
psa_status_t ks_rsa_sign(struct ks_use *use, psa_algorithm_t alg, const uint8_t *hash,
                         size_t hash_length, uint8_t *signature, size_t size,
                         size_t *length) KS_MUST_CHECK;

/* PSA_ERROR_INVALID_SIGNATURE, PSA_ERROR_INSUFFICIENT_MEMORY. */
psa_status_t ks_rsa_verify(struct ks_use *use, psa_algorithm_t alg, const uint8_t *hash,
                           size_t hash_length, const uint8_t *signature,
                           size_t length) KS_MUST_CHECK;

#endif
