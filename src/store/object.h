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
 *                -> freed by ks_reclaim, after ks_retire has wiped it
 *   LEAVING    in no slot, and no thread but the owner's has ever seen more than its header
 *                -> LIMBO by ks_own_end, at once
 *   LIMBO      wiped; late readers may still compare its header
 *                -> freed by ks_limbo_reclaim, or a new BUILDING in its block by ks_limbo_reuse,
 *                   after a grace period
 */
#ifndef KS_STORE_OBJECT_H
#define KS_STORE_OBJECT_H

#include "base/common.h"

#include <stdatomic.h>

/* ks_object_new sets every field: a block from limbo comes with those of its last object. What a
 * use looks at stands last, next to what it looks at of what follows: objects lie at any multiple
 * of 8 bytes, so the fewer bytes apart, the fewer are spread over two cache lines. */
struct ks_object {
    /* Link and slot belong to who may change the slot word (change.h, W1), then to who ends the
     * object. Atomic (relaxed) because the owner's thread reads them before it knows whether the
     * word is still its own to change. */
    _Atomic uintptr_t link;/* While it is published: the tenancy (ks_shard.name) in which its owner
                            * made it or was given it. In a dying list, in limbo: the next object */
    _Atomic uint32_t slot; /* index of its slot; KS_SLOT_NONE before it has one, and once another
                            * object has taken its place */
    _Atomic uint32_t users;/* KS_OBJECT_USER(s): shard s may hold a use record of it; and the flags
                            * below. Only grows */
    uint64_t serial;       /* immutable once published; never used twice in a process */
    _Atomic uint16_t owner;/* number of the owning shard. Changes under the writer mutexes of the
                            * old and the new owner, by a release store; acquire: ks_lookup */
    uint16_t size;         /* bytes that follow this header; immutable once published */
    uint32_t id;           /* immutable once published */
};

#define KS_OBJECT_USER(shard_number) (UINT32_C(1) << (shard_number) % 29)
/* It has been handed over: shards that owned it before may hold records of it, though no bit is
 * shared. */
#define KS_OBJECT_HANDED (UINT32_C(1) << 29)
/* It has taken the place of another, which may be dying still. Set before it is published. */
#define KS_OBJECT_LATER (UINT32_C(1) << 30)
/* A multi-part operation may be bound to the id. */
#define KS_OBJECT_BOUND (UINT32_C(1) << 31)
#define KS_OBJECT_FLAGS (KS_OBJECT_HANDED | KS_OBJECT_LATER | KS_OBJECT_BOUND)

_Static_assert(sizeof(struct ks_object) == 32, "the header of a key is part of the memory target");
_Static_assert(_Alignof(struct ks_object) >= 2, "bit 0 of the address is the shared bit");

static inline uint32_t ks_object_slot(const struct ks_object *object)
{
    return atomic_load_explicit(&object->slot, memory_order_relaxed);
}

static inline void ks_object_set_slot(struct ks_object *object, uint32_t slot)
{
    atomic_store_explicit(&object->slot, slot, memory_order_relaxed);
}

static inline struct ks_object *ks_object_next(const struct ks_object *object)
{
    return (struct ks_object *) atomic_load_explicit(&object->link, memory_order_relaxed);
}

static inline void ks_object_set_next(struct ks_object *object, struct ks_object *next)
{
    atomic_store_explicit(&object->link, (uintptr_t) next, memory_order_relaxed);
}

static inline uint32_t ks_object_tenancy(const struct ks_object *object)
{
    return (uint32_t) atomic_load_explicit(&object->link, memory_order_relaxed);
}

static inline void ks_object_set_tenancy(struct ks_object *object, uint32_t tenancy)
{
    atomic_store_explicit(&object->link, tenancy, memory_order_relaxed);
}

static inline uint16_t ks_object_owner(const struct ks_object *object)
{
    return atomic_load_explicit(&object->owner, memory_order_acquire);
}

/* Gives a new object what it takes over from the one whose place it will have. (An operation that
 * is being bound to the old one meanwhile, to a key that is therefore shared, is found by whoever
 * destroys the key, after the marks.) */
static inline void ks_object_follow(struct ks_object *object, const struct ks_object *old)
{
    uint32_t bound = atomic_load_explicit(&old->users, memory_order_relaxed) & KS_OBJECT_BOUND;

    object->id = old->id;
    ks_object_set_slot(object, ks_object_slot(old));
    ks_object_set_tenancy(object, ks_object_tenancy(old));
    atomic_store_explicit(&object->users, KS_OBJECT_LATER | bound, memory_order_relaxed);
}

/* Wipes the material: what follows the header. The header stays, for late readers compare ids. */
void ks_object_wipe(struct ks_object *object);

/* Gives back the block of a wiped object that nobody can reach. */
void ks_object_free(struct ks_object *object);

#endif
