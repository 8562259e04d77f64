/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Material of keys, as far as it takes cryptography: judging what was imported, making new. */
#ifndef KS_CRYPTO_MATERIAL_H
#define KS_CRYPTO_MATERIAL_H

#include "key/make.h"
#include "key/use.h"

/* Judges material that has its type's form (make.h has when): that of an asymmetric key must be one
 * in arithmetic too. PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_NOT_SUPPORTED (a curve that the
 * installed Mbed TLS has not), PSA_ERROR_INSUFFICIENT_MEMORY. */
psa_status_t ks_material_check(const struct ks_key *key) KS_MUST_CHECK;

/* Makes the material of the key under construction, whose type and size ks_type_check_bits has
 * accepted. Statuses: those of the random generator, ks_ecc_generate and ks_rsa_generate. */
psa_status_t ks_material_generate(struct ks_making *making, const struct ks_spec *spec)
    KS_MUST_CHECK;

/* Writes the public key of an asymmetric key in use, in its PSA format.
 * PSA_ERROR_INVALID_ARGUMENT (the key is symmetric), PSA_ERROR_BUFFER_TOO_SMALL,
 * PSA_ERROR_INSUFFICIENT_MEMORY, those of the random generator. */
psa_status_t ks_material_public(struct ks_use *use, uint8_t *output, size_t size,
                                size_t *length) KS_MUST_CHECK;

#endif
