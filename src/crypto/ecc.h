/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Keys on elliptic curves over Mbed TLS: groups, scalars, points.
 *
 * A group is made once in the process, with the table of multiples of its base point that Mbed TLS
 * 2.28 keeps in it, and never changes or goes away: it holds nothing secret, all threads read it
 * and none writes it. So a key needs no group of its own, and its private scalar, which is read
 * from the material in less than a thousandth of a signature's time, is on the heap only while an
 * operation runs. What is kept for a key pair is its public point. */
#ifndef KS_CRYPTO_ECC_H
#define KS_CRYPTO_ECC_H

#include "crypto/mbed.h"
#include "crypto/rng.h"
#include "key/curve.h"
#include "key/use.h"

/* The group of a key's curve. Mbed TLS's functions take it without const; none changes it.
 * PSA_ERROR_NOT_SUPPORTED: the installed Mbed TLS has it not; PSA_ERROR_INSUFFICIENT_MEMORY, and
 * those of the random generator. */
psa_status_t ks_ecc_group(psa_key_type_t type, size_t bits, struct ks_rng *rng,
                          mbedtls_ecp_group **group) KS_MUST_CHECK;

/* Reads a private key's material. Returns 0 or a code of Mbed TLS; the caller frees the scalar. */
int ks_ecc_read_scalar(const struct ks_key *key, mbedtls_mpi *scalar) KS_MUST_CHECK;

/* Gives the public key in its PSA format, valid until the end of the use: computed at a key pair's
 * first use in this shard. Statuses as ks_ecc_group. */
psa_status_t ks_ecc_public(struct ks_use *use, const uint8_t **point,
                           size_t *length) KS_MUST_CHECK;

/* Whether material of the right form is a key of its curve: a scalar in range, a point on the
 * curve. PSA_ERROR_INVALID_ARGUMENT, and as ks_ecc_group. */
psa_status_t ks_ecc_judge(const struct ks_key *key) KS_MUST_CHECK;

/* Makes the material of a private key. Statuses as ks_ecc_group. */
psa_status_t ks_ecc_generate(struct ks_shard *shard, struct ks_key *key) KS_MUST_CHECK;

#endif
