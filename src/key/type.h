/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Key types: which are served, in which sizes, and what form their material has. Pure functions of
 * their arguments: any thread may call them at any time. */
#ifndef KS_KEY_TYPE_H
#define KS_KEY_TYPE_H

#include "base/common.h"

#include <psa/crypto.h>

/* Whether length bytes at data have the form of material for a key of this type; *bits becomes the
 * key's size. declared_bits is the size that the creator's attributes name, 0 if they name none.
 * Statuses: PSA_ERROR_INVALID_ARGUMENT (no material, not the type's form, a size that the type does
 * not have or that is not the declared one), PSA_ERROR_NOT_SUPPORTED (type or size not served,
 * size beyond PSA_MAX_KEY_BITS). On failure *bits is as it was. */
psa_status_t ks_type_check_material(psa_key_type_t type, size_t declared_bits, const uint8_t *data,
                                    size_t length, size_t *bits) KS_MUST_CHECK;

/* Whether a key of this type and size can be generated.
 * Statuses: PSA_ERROR_INVALID_ARGUMENT (size 0 or one that the type does not have, a public key),
 * PSA_ERROR_NOT_SUPPORTED (type not served, size beyond PSA_MAX_KEY_BITS). */
psa_status_t ks_type_check_bits(psa_key_type_t type, size_t bits) KS_MUST_CHECK;

/* Whether length bytes at data, which the above has accepted, are a key with this public exponent.
 * PSA_ERROR_INVALID_ARGUMENT: another one, or the type has none. */
psa_status_t ks_type_check_exponent(psa_key_type_t type, const uint8_t *data, size_t length,
                                    const uint8_t *exponent, size_t exponent_length) KS_MUST_CHECK;

/* Bytes that the material of a generated key, whose type and size ks_type_check_bits has accepted,
 * has at most; symmetric and ECC keys have so many. */
size_t ks_type_length(psa_key_type_t type, size_t bits);

/* Makes random bytes material of this type: sets the parity bits of DES keys. */
void ks_type_finish_generated(psa_key_type_t type, uint8_t *data, size_t length);

#endif
