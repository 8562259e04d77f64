/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The formats of RSA keys in the PSA API: RSAPrivateKey and RSAPublicKey of RFC 8017, appendix A.1,
 * in DER (X.690) and in no other form: definite lengths and integers as short as can be, nothing
 * missing, nothing behind, two primes. Whether the numbers make a key takes arithmetic and is
 * src/crypto/rsa.c's. Pure functions of their arguments; their time depends on lengths only. */
#ifndef KS_KEY_RSA_H
#define KS_KEY_RSA_H

#include "base/common.h"

#include <psa/crypto.h>

#define KS_RSA_MAX_BITS 4096u
#define KS_RSA_MAX_BYTES (KS_RSA_MAX_BITS / 8)
#define KS_RSA_MIN_GENERATED_BITS 1024u
#define KS_RSA_DEFAULT_EXPONENT 65537

/* RSAPublicKey of the largest modulus and an exponent as long. */
#define KS_RSA_MAX_PUBLIC (2 * (KS_RSA_MAX_BYTES + 5) + 4)

/* A number in the encoding: big-endian, without leading zeros, never 0. */
struct ks_rsa_number {
    const uint8_t *bytes;
    size_t length;
};

enum ks_rsa_part { KS_RSA_N, KS_RSA_E, KS_RSA_D, KS_RSA_P, KS_RSA_Q, KS_RSA_DP, KS_RSA_DQ,
                   KS_RSA_QP, KS_RSA_PARTS };

#define KS_RSA_PUBLIC_PARTS 2u

/* All numbers point into the encoding; of a public key only the first two are set. */
struct ks_rsa_parts {
    struct ks_rsa_number number[KS_RSA_PARTS];
    const uint8_t *public_part; /* where the encodings of modulus and exponent begin... */
    size_t public_length;       /* ...and their length together */
};

/* Takes a key apart. PSA_ERROR_INVALID_ARGUMENT: it is not of the form, or a number is longer than
 * the modulus. */
psa_status_t ks_rsa_parse(psa_key_type_t type, const uint8_t *data, size_t length,
                          struct ks_rsa_parts *parts) KS_MUST_CHECK;

/* Whether a string has the form of a key; *bits becomes its size. Statuses as ks_rsa_parse, and
 * PSA_ERROR_NOT_SUPPORTED (a modulus of more than 4,096 bits or of a number of bits that is no
 * multiple of 8). On failure *bits is as it was. */
psa_status_t ks_rsa_check_format(psa_key_type_t type, size_t declared_bits, const uint8_t *data,
                                 size_t length, size_t *bits) KS_MUST_CHECK;

/* Whether a key pair of this size can be generated. PSA_ERROR_NOT_SUPPORTED. */
psa_status_t ks_rsa_check_generation(size_t bits) KS_MUST_CHECK;

/* Whether the key's public exponent is the one given, big-endian, with or without leading zeros. */
bool ks_rsa_has_exponent(const struct ks_rsa_parts *parts, const uint8_t *exponent,
                         size_t length) KS_MUST_CHECK;

/* Writes the RSAPublicKey of a key. PSA_ERROR_BUFFER_TOO_SMALL. */
psa_status_t ks_rsa_write_public(const struct ks_rsa_parts *parts, uint8_t *output, size_t size,
                                 size_t *length) KS_MUST_CHECK;

#endif
