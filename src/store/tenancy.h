/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The keys of one tenancy: those that its thread made or was given, and still owns. */
#ifndef KS_STORE_TENANCY_H
#define KS_STORE_TENANCY_H

#include "store/shard.h"

/* Destroys the volatile keys of the calling thread's tenancy. Keys that the shard had before stay.
 * The caller may wait, its shard is closing, and it makes no key meanwhile. */
void ks_tenancy_destroy(struct ks_shard *self);

#endif
