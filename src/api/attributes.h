/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Between psa_key_attributes_t and the library's own structures. */
#ifndef KS_API_ATTRIBUTES_H
#define KS_API_ATTRIBUTES_H

#include "key/make.h"

/* What the attributes ask for. */
struct ks_spec ks_attributes_read(const psa_key_attributes_t *attributes);

/* Writes a key's attributes over attributes that are in their initial state. */
void ks_attributes_write(psa_key_attributes_t *attributes, const struct ks_key *key);

#endif
