/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The tenants: which name has which key. A name, an id and the algorithm are all that is kept for a
 * tenant; the key itself is the store's.
 *
 * The table is cut into stripes, each with its own reader-writer lock, held for some tens of
 * instructions and never across a call of the PSA API. So a request that waits for a grace period
 * (rotate, revoke) holds up no other, and 256 stripes keep threads off each other's locks.
 *
 * What a reader finds may be revoked the instant after. That needs no protection here: an id of a
 * destroyed key names no other key, so the request that still holds it is told that there is none.
 */
#ifndef TOKEN_SERVER_TENANTS_H
#define TOKEN_SERVER_TENANTS_H

#include "keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A name is of letters, digits, '.', '-' and '_', the first a letter or digit: so ".." is none. */
#define TENANT_NAME_MAX 64

struct tenants;

enum tenants_result { TENANTS_OK, TENANTS_EXISTS, TENANTS_UNKNOWN, TENANTS_NO_MEMORY };

/* The seed goes into the hash of the names, so that nobody can choose names that collide. NULL when
 * memory is exhausted. */
struct tenants *tenants_new(uint64_t seed);
void tenants_free(struct tenants *tenants);

bool tenants_name_is_valid(const char *name);

/* The functions below may run at the same time in any threads; the names must be valid. */
enum tenants_result tenants_add(struct tenants *tenants, const char *name,
                                const struct key_ref *key);
enum tenants_result tenants_find(struct tenants *tenants, const char *name, struct key_ref *key);
/* Of several that remove one name, one gets TENANTS_OK and the key. */
enum tenants_result tenants_remove(struct tenants *tenants, const char *name, struct key_ref *key);
/* Counts them by algorithm. */
void tenants_count(struct tenants *tenants, size_t counts[KEY_ALGS]);

#endif
