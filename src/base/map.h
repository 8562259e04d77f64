/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Mappings that are aligned to more than a page. Any thread, with no lock that others wait for. */
#ifndef KS_BASE_MAP_H
#define KS_BASE_MAP_H

#include "base/common.h"

/* Maps size bytes of zeros, aligned to align, a power of two and at least a page, with guard bytes,
 * whole pages, before and after that cannot be accessed. NULL if that fails: nothing is left. */
void *ks_map_aligned(size_t size, size_t align, size_t guard) KS_MUST_CHECK;

#endif
