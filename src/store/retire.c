/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/retire.h"
#include "base/rcu.h"
#include "store/shard.h"
#include "store/slots.h"
#include "store/store.h"

static struct ks_dying spare = {KS_MUTEX_INIT(KS_RANK_DYING), NULL, 0};
static _Atomic bool spare_taken;

void ks_dying_init(struct ks_dying *dying, unsigned number)
{
    ks_mutex_init(&dying->mutex, KS_RANK_DYING, number);
}

struct ks_dying *ks_dying_begin(struct ks_shard *self)
{
    if (ks_likely(self != NULL)) {
        return &self->dying;
    }
    for (unsigned attempt = 0;
         atomic_exchange_explicit(&spare_taken, true, memory_order_acquire); attempt++) {
        ks_backoff(attempt);
    }
    return &spare;
}

void ks_dying_end(struct ks_dying *dying)
{
    if (ks_unlikely(dying == &spare)) {
        atomic_store_explicit(&spare_taken, false, memory_order_release);
    }
}

void ks_dying_add(struct ks_dying *dying, struct ks_object *object)
{
    ks_mutex_lock(&dying->mutex);
    ks_object_set_next(object, dying->first);
    dying->first = object;
    atomic_store_explicit(&dying->count,
                          atomic_load_explicit(&dying->count, memory_order_relaxed) + 1,
                          memory_order_release);
    ks_mutex_unlock(&dying->mutex);
}

struct ks_object *ks_dying_take(struct ks_dying *dying)
{
    ks_mutex_lock(&dying->mutex);
    struct ks_object *first = dying->first;

    atomic_fetch_add_explicit(&ks_totals.retired,
                              atomic_load_explicit(&dying->count, memory_order_relaxed),
                              memory_order_relaxed);
    dying->first = NULL;
    atomic_store_explicit(&dying->count, 0, memory_order_release);
    ks_mutex_unlock(&dying->mutex);
    return first;
}

static void wipe(struct ks_dying *dying)
{
    for (struct ks_object *object = dying->first; object != NULL; object = ks_object_next(object)) {
        ks_records_wipe_object(object);
        ks_object_wipe(object);
    }
}

void ks_reclaim(struct ks_object *object)
{
    while (object != NULL) {
        struct ks_object *next = ks_object_next(object);

        if (ks_object_slot(object) != KS_SLOT_NONE) {
            ks_slot_give(ks_object_slot(object));
        }
        ks_object_free(object);
        object = next;
    }
}

void ks_retire(struct ks_dying *dying)
{
    if (KS_MUTANT != KS_MUTANT_NO_GRACE) {
        ks_rcu_synchronize();
    }
    ks_marks_wait(dying->first);
    wipe(dying);
}

static bool is_dying(struct ks_dying *dying, uint32_t id)
{
    struct ks_object *object = NULL;

    if (atomic_load_explicit(&dying->count, memory_order_acquire) != 0) {
        ks_mutex_lock(&dying->mutex);
        object = dying->first;
        while (object != NULL && object->id != id) {
            object = ks_object_next(object);
        }
        ks_mutex_unlock(&dying->mutex);
    }
    return object != NULL;
}

static void wait_for_list(struct ks_dying *dying, uint32_t id)
{
    for (unsigned attempt = 0; is_dying(dying, id); attempt++) {
        ks_backoff(attempt);
    }
}

/* Whether the shard's thread is ending an object of the id on its own. Acquire, both; release:
 * where leaving becomes NULL after the wipe (ks_own_end), and where leaving_id becomes another's,
 * after that. The object itself is not looked at, for it may be another destroyer's by now. */
static bool is_leaving(struct ks_shard *shard, uint32_t id)
{
    return atomic_load_explicit(&shard->leaving_id, memory_order_acquire) == id &&
           atomic_load_explicit(&shard->leaving, memory_order_acquire) != NULL;
}

static void wait_for_own(struct ks_shard *shard, uint32_t id)
{
    for (unsigned attempt = 0; is_leaving(shard, id) && KS_MUTANT != KS_MUTANT_NO_LEAVING_WAIT;
         attempt++) {
        ks_backoff(attempt);
    }
}

/* An object of the id that is still dying joined its list, or was named by its owner as leaving,
 * before the caller's own object came into the slot (W3; O5), which the caller has seen there: by
 * the mutex, or by the acquire load of the slot word. So an empty list, and NULL, read here are not
 * too old. */
void ks_dying_wait(uint32_t id)
{
    uint32_t listed = ks_shards_listed();

    if (KS_MUTANT == KS_MUTANT_NO_DYING_WAIT) {
        return;
    }
    for (uint32_t n = 1; n <= listed; n++) {
        wait_for_list(&ks_shard_by_number(n)->dying, id);
        wait_for_own(ks_shard_by_number(n), id);
    }
    wait_for_list(&spare, id);
}

static bool is_on(const struct ks_dying *dying, const struct ks_object *wanted)
{
    const struct ks_object *object = dying->first;

    while (object != NULL && object != wanted) {
        object = ks_object_next(object);
    }
    return object != NULL;
}

bool ks_is_dying(const struct ks_object *object)
{
    bool is = is_on(&spare, object);

    for (uint32_t n = 1; n <= ks_shards_listed() && !is; n++) {
        is = is_on(&ks_shard_by_number(n)->dying, object);
    }
    return is;
}

uint64_t ks_dying_total(void)
{
    uint32_t listed = ks_shards_listed();
    /* Acquire: at 0 the wipes are done too (release: ks_dying_take). */
    uint64_t total = atomic_load_explicit(&spare.count, memory_order_acquire);

    for (uint32_t n = 1; n <= listed; n++) {
        total += atomic_load_explicit(&ks_shard_by_number(n)->dying.count, memory_order_acquire);
    }
    return total;
}

void ks_dying_fork_prepare(void)
{
    ks_mutex_lock_for_fork(&spare.mutex);
}

void ks_dying_fork_done(void)
{
    ks_mutex_unlock_for_fork(&spare.mutex);
}

void ks_dying_fork_child(struct ks_dying *dying)
{
    wipe(dying);
    ks_reclaim(ks_dying_take(dying));
}

void ks_dying_fork_child_spare(void)
{
    ks_dying_fork_child(&spare);
    atomic_store_explicit(&spare_taken, false, memory_order_relaxed);
}
