/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* An object: one published, immutable state of a key. The store knows only this header; what
 * follows it in memory belongs to the layer above (src/key) and is wiped as bytes.
 *
 * States (docs/architecture.md has the table; every transition is made by one function):
 *
 *   BUILDING   made by ks_object_new, known to its maker alone
 *                -> PUBLISHED by ks_publish, ks_publish_copy, ks_replace
 *                -> freed by ks_object_discard
 *   PUBLISHED  a slot word holds its address; any thread may use it
 *                -> DYING by ks_destroy, ks_replace
 *   DYING      on its owner's dying list, in no slot; threads that found it may still use it
 *                -> freed by ks_retire, after it is wiped
 */
#ifndef KS_STORE_OBJECT_H
#define KS_STORE_OBJECT_H

#include "base/common.h"

#include <stdatomic.h>

struct ks_object {
    uint64_t serial;       /* immutable once published; never used twice in a process */
    uint32_t id;           /* immutable once published */
    uint32_t slot;         /* index of its slot; guarded by the owner's writer mutex: KS_SLOT_NONE
                            * once another object has taken its place */
    struct ks_object *next;/* dying list; guarded by the owner's writer mutex */
    uint16_t owner;        /* number of the owning shard; immutable once published */
    uint16_t size;         /* bytes that follow this header; immutable once published */
    _Atomic uint32_t users;/* bit s % 31: shard s may hold a use record of it; KS_OBJECT_BOUND;
                            * bits are only ever added */
};

/* In users: a multi-part operation may be bound to the object's id. Set under the in-use mark on
 * the object, before the operation is linked (operation.h); an object that takes the place of
 * another with the same material inherits it. */
#define KS_OBJECT_BOUND (UINT32_C(1) << 31)
#define KS_OBJECT_USERS 31u

_Static_assert(sizeof(struct ks_object) == 32, "the header of a key is part of the memory target");
_Static_assert(_Alignof(struct ks_object) >= 2, "bit 0 of the address is the shared bit");

/* Wipes the material: what follows the header. The header stays, for late readers compare ids. */
void ks_object_wipe(struct ks_object *object);

/* Gives back the block of a wiped object that nobody can reach. */
void ks_object_free(struct ks_object *object);

#endif
