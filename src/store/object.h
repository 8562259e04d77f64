/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* An object: one published, immutable state of a key. The store knows only this header; what
 * follows it in memory belongs to the layer above (src/key) and is wiped as bytes.
 *
 * States (docs/architecture.md has the table; every transition is made by one function):
 *
 *   BUILDING   made by ks_object_new, known to its maker alone
 *                -> PUBLISHED by ks_publish, ks_publish_copy, ks_replace, ks_own_replace
 *                -> freed by ks_object_discard
 *   PUBLISHED  a slot word holds its address; any thread may use it
 *                -> DYING by ks_destroy, ks_destroy_many, ks_replace
 *                -> LEAVING by ks_own_destroy, ks_own_replace
 *   DYING      on its destroyer's dying list, in no slot; threads that found it may still use it
 *                -> freed by ks_retire, after it is wiped
 *   LEAVING    in no slot, and no thread but the owner's has ever seen more than its header
 *                -> LIMBO by ks_own_end, at once
 *   LIMBO      wiped; late readers may still compare its header
 *                -> freed by ks_limbo_reclaim, after a grace period
 */
#ifndef KS_STORE_OBJECT_H
#define KS_STORE_OBJECT_H

#include "base/common.h"

#include <stdatomic.h>

struct ks_object {
    uint64_t serial;       /* immutable once published; never used twice in a process */
    uint32_t id;           /* immutable once published */
    uint32_t slot;         /* index of its slot; KS_SLOT_NONE once another object has taken its
                            * place. Belongs to who may change the slot word (change.h, W1), then to
                            * who ends the object */
    union {
        /* While it is published: the tenancy (ks_shard.name) in which the owner made it or was
         * given it. Belongs to who may change the slot word. */
        uint32_t tenancy;
        struct ks_object *next; /* in a dying list or in limbo; by the list's rules */
    };
    _Atomic uint16_t owner;/* number of the owning shard. Changes under the writer mutexes of the old
                            * and the new owner, by a release store; acquire: ks_lookup */
    uint16_t size;         /* bytes that follow this header; immutable once published */
    _Atomic uint32_t users;/* KS_OBJECT_USER(s): shard s may hold a use record of it; and
                            * KS_OBJECT_BOUND. Only grows */
};

#define KS_OBJECT_USER(shard_number) (UINT32_C(1) << (shard_number) % 31)
/* A multi-part operation may be bound to the id. */
#define KS_OBJECT_BOUND (UINT32_C(1) << 31)

_Static_assert(sizeof(struct ks_object) == 32, "the header of a key is part of the memory target");
_Static_assert(_Alignof(struct ks_object) >= 2, "bit 0 of the address is the shared bit");

static inline uint16_t ks_object_owner(const struct ks_object *object)
{
    return atomic_load_explicit(&object->owner, memory_order_acquire);
}

/* Wipes the material: what follows the header. The header stays, for late readers compare ids. */
void ks_object_wipe(struct ks_object *object);

/* Gives back the block of a wiped object that nobody can reach. */
void ks_object_free(struct ks_object *object);

#endif
