/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The store's own state: whether it runs. All process-wide state of the store stands in ks_store
 * (here), ks_table (table.h) and ks_shards (shard.h). */
#ifndef KS_STORE_STORE_H
#define KS_STORE_STORE_H

#include "store/object.h"
#include "store/status.h"

enum ks_state { KS_STOPPED, KS_STARTING, KS_RUNNING, KS_STOPPING };

struct ks_store {
    /* Written under the init mutex, with release. Readers check it inside a read-side section, so after
     * the grace period that follows a change to KS_STOPPING every call that saw KS_RUNNING has set its
     * mark or is over; writers check it again under their writer mutex (ks_store_stop sweeps each
     * shard's keys under the same mutexes, so nothing is published behind the sweep). */
    _Atomic int state;
    /* Objects taken out of their slots by ks_store_stop and not wiped yet; guarded by the init mutex.
     * Here, not on a stack, so that a fork's child can wipe what a vanished thread was sweeping. */
    struct ks_object *swept;
};

extern struct ks_store ks_store;

/* What a mark names when its thread handles secrets but no key: ks_store_stop waits for it. */
#define KS_STORE_MARK ((const void *) &ks_store)

static inline bool ks_store_running(void)
{
    return atomic_load_explicit(&ks_store.state, memory_order_acquire) == KS_RUNNING;
}

/* Sets the state; the caller holds the init mutex. */
void ks_store_set_state(enum ks_state state);

/* Destroys every key: from KS_STOPPING, with the init mutex held and no other lock, mark or section.
 * Waits for a grace period, for every mark and for every dying object, wipes all records. Afterwards
 * no copy of any key is left and no call handles a secret. Slots, generations and shards stay. */
void ks_store_stop(void);

/* Calls visit once for each object that is published throughout, inside a read-side section: visit
 * must only copy what it needs. Stops when visit returns false. The second function gives the object
 * in slots from *cursor on, and moves *cursor behind it; NULL at the end. Both in a section. */
const struct ks_object *ks_store_next(uint32_t *cursor);

#endif
