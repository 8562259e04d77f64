/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* RSA keys over Mbed TLS. A prepared context holds the numbers of the key, what Mbed TLS computes
 * from them at first use, and the blinding values of its thread (record.h: it changes). Its numbers
 * are on the heap. Mbed TLS locks a mutex of the context, which no other thread ever does. */
#ifndef KS_CRYPTO_RSA_H
#define KS_CRYPTO_RSA_H

#include "crypto/mbed.h"
#include "crypto/rng.h"
#include "key/rsa.h"
#include "key/use.h"

static inline size_t ks_rsa_bytes(const struct ks_key *key)
{
    return key->bits / 8;
}

/* The prepared context of an RSA key in use, a key pair's with both halves.
 * PSA_ERROR_INSUFFICIENT_MEMORY. */
psa_status_t ks_rsa_context(struct ks_use *use, mbedtls_rsa_context **rsa) KS_MUST_CHECK;

/* Empties a context after a private operation that failed in the middle, for want of memory or of
 * randomness: Mbed TLS may have changed one of the two values of the blinding and not the other,
 * after which every result is wrong. The next ks_rsa_context fills it again. */
void ks_rsa_empty(mbedtls_rsa_context *rsa);

/* Whether material of the right form is a key: an odd modulus of at least 128 bits, an odd
 * exponent; of a key pair, numbers that agree with each other (it is not tested whether the primes
 * are primes). PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_INSUFFICIENT_MEMORY. */
psa_status_t ks_rsa_judge(const struct ks_key *key) KS_MUST_CHECK;

/* Makes a key pair of key->bits in key->material, which has room for ks_type_length bytes, and sets
 * key->length. The exponent is big-endian; without one it is 65,537.
 * PSA_ERROR_NOT_SUPPORTED (an exponent of more than 31 bits), PSA_ERROR_INVALID_ARGUMENT (one that
 * is even or less than 3), PSA_ERROR_INSUFFICIENT_MEMORY, and those of the random generator. */
psa_status_t ks_rsa_generate(struct ks_shard *shard, struct ks_key *key, const uint8_t *exponent,
                             size_t exponent_length) KS_MUST_CHECK;

#endif
