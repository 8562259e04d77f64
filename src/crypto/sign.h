/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Signatures with a key in use: of hashes and of messages, ECDSA and RSA. */
#ifndef KS_CRYPTO_SIGN_H
#define KS_CRYPTO_SIGN_H

#include "key/use.h"

/* What is to be signed. */
struct ks_sign_input {
    bool is_message; /* else a hash, or what a scheme without a hash signs */
    const uint8_t *data;
    size_t length;
};

/* Whether an operation can be asked for this algorithm, whatever the key.
 * PSA_ERROR_INVALID_ARGUMENT (no signature algorithm, any hash, a message and no hash for it),
 * PSA_ERROR_NOT_SUPPORTED (the installed Mbed TLS has not the hash). */
psa_status_t ks_sign_check(psa_algorithm_t alg, bool is_message) KS_MUST_CHECK;

/* Signs; alg has been checked. The input may overlap the signature. On failure the caller fills the
 * signature; *length is as it was. PSA_ERROR_INVALID_ARGUMENT (the key is no key pair, or not of
 * the algorithm's kind), and the statuses of ks_ecdsa_sign and ks_rsa_sign. */
psa_status_t ks_sign(struct ks_use *use, psa_algorithm_t alg, const struct ks_sign_input *input,
                     uint8_t *signature, size_t size, size_t *length) KS_MUST_CHECK;

/* Verifies. PSA_ERROR_NOT_SUPPORTED (no asymmetric key), and as above. */
psa_status_t ks_verify(struct ks_use *use, psa_algorithm_t alg, const struct ks_sign_input *input,
                       const uint8_t *signature, size_t length) KS_MUST_CHECK;

#endif
