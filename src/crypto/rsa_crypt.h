/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* RSA encryption of a short text with a key in use: PKCS#1 v1.5 and OAEP (RFC 8017, section 7).
 *
 * All buffers may overlap in any way. Statuses of both, in the order in which they are found:
 * PSA_ERROR_NOT_SUPPORTED (no RSA key), that of a wrong length (below), PSA_ERROR_INVALID_ARGUMENT
 * (the scheme is none of the two, or the installed Mbed TLS has not its hash),
 * PSA_ERROR_INSUFFICIENT_MEMORY, those of the random generator. */
#ifndef KS_CRYPTO_RSA_CRYPT_H
#define KS_CRYPTO_RSA_CRYPT_H

#include "key/use.h"

/* What goes in. A label is OAEP's alone. */
struct ks_rsa_input {
    const uint8_t *text;
    size_t length;
    const uint8_t *label;
    size_t label_length;
};

/* PSA_ERROR_INVALID_ARGUMENT (neither a public key nor a key pair; a text too long for the
 * modulus), PSA_ERROR_BUFFER_TOO_SMALL. */
psa_status_t ks_rsa_encrypt(struct ks_use *use, psa_algorithm_t alg,
                            const struct ks_rsa_input *input, uint8_t *output, size_t size,
                            size_t *length) KS_MUST_CHECK;

/* PSA_ERROR_INVALID_ARGUMENT (no key pair; a text of another length than the modulus),
 * PSA_ERROR_BUFFER_TOO_SMALL, PSA_ERROR_INVALID_PADDING. The time does not tell whether the padding
 * was right; a caller who tells an attacker the status gives away as much. On failure *length is
 * 0. */
psa_status_t ks_rsa_decrypt(struct ks_use *use, psa_algorithm_t alg,
                            const struct ks_rsa_input *input, uint8_t *output, size_t size,
                            size_t *length) KS_MUST_CHECK;

#endif
