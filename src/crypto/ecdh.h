/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Elliptic-curve Diffie-Hellman (SEC 1, 3.3.1; RFC 7748) with a key in use. */
#ifndef KS_CRYPTO_ECDH_H
#define KS_CRYPTO_ECDH_H

#include "key/use.h"

/* Writes the shared secret, the x coordinate of the common point: bytes of the curve's size, for
 * which the caller has seen to room. peer may overlap it. Statuses, in the order in which they are
 * found: PSA_ERROR_NOT_SUPPORTED (alg is not PSA_ALG_ECDH alone), PSA_ERROR_INVALID_ARGUMENT (the
 * key is no ECC key pair; peer is no public key of its curve, or one of the few whose secret would
 * be 0), PSA_ERROR_INSUFFICIENT_MEMORY, those of the random generator. */
psa_status_t ks_ecdh(struct ks_use *use, psa_algorithm_t alg, const uint8_t *peer,
                     size_t peer_length, uint8_t *output, size_t *length) KS_MUST_CHECK;

#endif
