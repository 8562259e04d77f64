/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The store's own state: whether it runs. All process-wide state of the store stands in ks_store
 * (here), ks_table (table.h) and ks_shards (shard.h). */
#ifndef KS_STORE_STORE_H
#define KS_STORE_STORE_H

#include "store/object.h"
#include "store/status.h"

struct ks_shard;

enum ks_state { KS_STOPPED, KS_STARTING, KS_RUNNING, KS_STOPPING };

struct ks_store {
    /* Written under the init mutex, with release; read with acquire. Every call that publishes or
     * uses a key or handles secrets looks at it inside a read-side section and sets a mark there;
     * so after the grace period that follows a change to KS_STOPPING each call that saw KS_RUNNING
     * has its mark standing or is over. */
    _Alignas(KS_CACHE_LINE) _Atomic int state; /* alone in its line: every call reads it */
};

extern struct ks_store ks_store;

/* Counted by whoever destroys a key the long way, which costs a grace period anyway. Those that a
 * thread destroys on its own are counted in its shard. */
struct ks_totals {
    _Atomic uint64_t destroyed; /* keys */
    _Atomic uint64_t retired;   /* objects */
};

extern struct ks_totals ks_totals;

static inline void ks_count_for_all(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* What a mark names when its thread handles secrets but no key: ks_store_stop waits for it. */
#define KS_STORE_MARK ((const void *) &ks_store)

static inline bool ks_store_running(void)
{
    return atomic_load_explicit(&ks_store.state, memory_order_acquire) == KS_RUNNING;
}

/* Sets the state; the caller holds the init mutex. */
void ks_store_set_state(enum ks_state state);

/* Destroys every key: from KS_STOPPING, with the init mutex held and no other lock, mark or
 * section. Waits for a grace period, for every mark and for every dying object, wipes all records.
 * Afterwards no copy of any key is left and no call handles a secret. Slots, generations and shards
 * stay. */
void ks_store_stop(void);

/* Walks the slots. Gives in *object the next published object from *cursor on, at most to the end
 * of its chunk, so that the section it is called in stays short; NULL if there is none up to there.
 * False at the end of the table. Shares what it finds, as ks_lookup does. */
bool ks_store_next(const struct ks_shard *self, uint32_t *cursor, const struct ks_object **object);

#endif
