/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Ids of volatile keys: 0x40000000 | generation << 25 | slot index.
 *
 * PSA's vendor range is 0x40000000 to 0x7fffffff. Mbed TLS keeps 0x7fff0000 to 0x7fffefff of it for
 * built-in keys: these would be generation 31 of the slots from 0x1ff0000 on, which do not exist.
 */
#ifndef KS_STORE_ID_H
#define KS_STORE_ID_H

#include "base/common.h"

#define KS_ID_BASE 0x40000000u
#define KS_ID_END 0x80000000u
#define KS_SLOT_BITS 25u
#define KS_SLOT_NONE ((1u << KS_SLOT_BITS) - 1) /* the end of a list of slots */
#define KS_SLOT_LIMIT 0x1ff0000u                /* indexes are below: 33.4 million slots */
#define KS_GENERATIONS 32u

/* The id of a destroyed key comes back after KS_GENERATIONS rounds of its slot through a queue of
 * at least this many free slots: 32 * 1563 = 50,016 creations (G13). */
#define KS_SLOTS_FREE_MIN 1563u

static inline uint32_t ks_id_make(uint32_t slot, uint32_t generation)
{
    return KS_ID_BASE | (generation % KS_GENERATIONS) << KS_SLOT_BITS | slot;
}

static inline uint32_t ks_id_slot(uint32_t id)
{
    return id & ((1u << KS_SLOT_BITS) - 1);
}

#endif
