/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Between psa_key_attributes_t and the library's own structures. */
#ifndef KS_API_ATTRIBUTES_H
#define KS_API_ATTRIBUTES_H

#include "key/make.h"

/* What the attributes ask for. */
struct ks_spec ks_attributes_read(const psa_key_attributes_t *attributes);

#endif
