/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/shard.h"
#include "base/exit.h"
#include "base/rcu.h"
#include "base/wipe.h"
#include "store/table.h"

#include <stdlib.h>

_Atomic(struct ks_shard *) ks_shards[KS_SHARDS_MAX + 1];
_Atomic uint32_t ks_shard_count;
void (*ks_shard_random_wipe)(struct ks_shard *shard);

static struct ks_shard *parked;      /* guarded by the attach mutex */
static _Atomic uint32_t parked_count; /* written under the attach mutex, read freely */

bool ks_may_lock(void)
{
    return !ks_rcu_read_ongoing() && (ks_thread.shard == NULL || ks_thread.shard->marks.depth == 0);
}

bool ks_may_wait(void)
{
    return ks_may_lock() && !ks_thread.forking;
}

static struct ks_shard *shard_new(uint16_t number)
{
    struct ks_shard *shard = aligned_alloc(KS_CACHE_LINE, sizeof *shard);

    if (shard != NULL) {
        ks_wipe(shard, sizeof *shard);
        shard->number = number;
        shard->next_serial = (uint64_t) number << 48;
        ks_mutex_init(&shard->writer, KS_RANK_WRITER, number);
        ks_slots_init(&shard->slots);
        ks_arena_init(&shard->arena, number);
        ks_arena_init(&shard->record_arena, number);
        ks_records_init(&shard->records, number);
    }
    return shard;
}

/* A fork handler of another library calls in: the parent and child handlers unlock every shard. */
static void lock_as_fork_would(struct ks_shard *shard)
{
    ks_mutex_lock_for_fork(&shard->writer);
    ks_mutex_lock_for_fork(&shard->records.mutex);
    ks_mutex_lock_for_fork(&shard->records.preparing_mutex);
    ks_mutex_lock_for_fork(&shard->arena.mutex);
    ks_mutex_lock_for_fork(&shard->record_arena.mutex);
}

/* Makes a shard and lists it. Attach mutex held. */
static struct ks_shard *make_locked(void)
{
    uint32_t number = atomic_load_explicit(&ks_shard_count, memory_order_relaxed) + 1;
    struct ks_shard *shard = number <= KS_SHARDS_MAX ? shard_new((uint16_t) number) : NULL;

    if (shard != NULL) {
        if (ks_thread.forking) {
            lock_as_fork_would(shard);
        }
        atomic_store_explicit(&ks_shards[number], shard, memory_order_relaxed);
        atomic_store_explicit(&ks_shard_count, number, memory_order_release); /* S1 */
    }
    return shard;
}

static struct ks_shard *adopt_or_make_locked(void)
{
    struct ks_shard *shard = parked;

    if (shard != NULL) {
        parked = shard->next_parked;
        atomic_fetch_sub_explicit(&parked_count, 1, memory_order_relaxed);
    } else {
        shard = make_locked();
    }
    if (shard != NULL) {
        shard->state = KS_SHARD_ATTACHED;
        shard->next_parked = NULL;
        atomic_fetch_add_explicit(&shard->tenancy, 1, memory_order_relaxed);
    }
    return shard;
}

void ks_shard_park_locked(struct ks_shard *shard)
{
    shard->state = KS_SHARD_PARKED;
    shard->next_parked = parked;
    parked = shard;
    atomic_fetch_add_explicit(&parked_count, 1, memory_order_relaxed);
}

KS_COLD struct ks_shard *ks_shard_attach(void)
{
    struct ks_shard *shard;

    if (!ks_may_lock() || !ks_exit_watch()) { /* unwatched, the shard would never be parked */
        return NULL;
    }
    ks_mutex_lock(&ks_attach_mutex);
    ks_rcu_attach_locked();
    shard = adopt_or_make_locked();
    ks_mutex_unlock(&ks_attach_mutex);
    ks_thread.shard = shard;
    return shard;
}

void ks_shard_clean(struct ks_shard *shard)
{
    struct ks_object *building = shard->building;

    ks_records_wipe_all(shard);
    if (shard->random != NULL && ks_shard_random_wipe != NULL) {
        ks_shard_random_wipe(shard);
    }
    if (building != NULL) {
        ks_object_wipe(building);
        shard->building = NULL;
        ks_object_free(building);
    }
    for (unsigned i = KS_MARK_DEPTH; i > 0; i--) {
        atomic_store_explicit(&shard->marks.at[i - 1], NULL, memory_order_release); /* K2 */
    }
    shard->marks.depth = 0;
}

/* Slots that the shard holds but does not need to keep ids dead (slots.h, F1) are for others to
 * lease. */
static void give_back_chunks(struct ks_shard *shard)
{
    ks_mutex_lock(&shard->writer);
    struct ks_chunk *chunks = ks_slots_release_chunks(&shard->slots);
    ks_mutex_unlock(&shard->writer);

    if (chunks != NULL) {
        ks_table_give_back(chunks);
    }
}

/* The thread's shard goes back. */
KS_COLD void ks_shard_detach(void)
{
    struct ks_shard *shard = ks_thread.shard;

    if (shard != NULL) {
        ks_thread.shard = NULL;
        ks_shard_clean(shard);
        give_back_chunks(shard);
        ks_mutex_lock(&ks_attach_mutex);
        ks_shard_park_locked(shard);
        ks_mutex_unlock(&ks_attach_mutex);
    }
}

uint32_t ks_shards_parked(void)
{
    return atomic_load_explicit(&parked_count, memory_order_relaxed);
}

void ks_shard_setup(void)
{
    ks_exit_setup(ks_shard_detach);
}
