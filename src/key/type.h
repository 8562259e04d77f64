/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Key types: which are served, in which sizes, and how long their material is. Pure functions of
 * their arguments: any thread may call them at any time. */
#ifndef KS_KEY_TYPE_H
#define KS_KEY_TYPE_H

#include "base/common.h"

#include <psa/crypto.h>

/* Whether length bytes at data are material for a key of this type; *bits becomes the key's size.
 * declared_bits is the size that the creator's attributes name, 0 if they name none.
 * Statuses: PSA_ERROR_INVALID_ARGUMENT (no material, a size that the type does not have or that is
 * not the declared one), PSA_ERROR_NOT_SUPPORTED (type not served, size beyond PSA_MAX_KEY_BITS).
 * On failure *bits is as it was. */
psa_status_t ks_type_check_material(psa_key_type_t type, size_t declared_bits, const uint8_t *data,
                                    size_t length, size_t *bits) KS_MUST_CHECK;

/* Whether a key of this type and size can be generated.
 * Statuses: PSA_ERROR_INVALID_ARGUMENT (size 0 or one that the type does not have, a public key),
 * PSA_ERROR_NOT_SUPPORTED (type not served, size beyond PSA_MAX_KEY_BITS). */
psa_status_t ks_type_check_bits(psa_key_type_t type, size_t bits) KS_MUST_CHECK;

/* Length in bytes of the material of a key, whose type and size one of the above has accepted. */
size_t ks_type_length(psa_key_type_t type, size_t bits);

/* Makes random bytes material of this type: sets the parity bits of DES keys. */
void ks_type_finish_generated(psa_key_type_t type, uint8_t *data, size_t length);

#endif
