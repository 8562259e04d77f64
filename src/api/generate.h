/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#ifndef KS_API_GENERATE_H
#define KS_API_GENERATE_H

#include "base/common.h"

#include <psa/crypto.h>

/* psa_generate_key with a public exponent, big-endian; length 0: that of the attributes, or the
 * usual one. */
psa_status_t ks_generate(const psa_key_attributes_t *attributes, const uint8_t *exponent,
                         size_t exponent_length, psa_key_id_t *key) KS_MUST_CHECK;

#endif
