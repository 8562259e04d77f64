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
    object->next = dying->first;
    dying->first = object;
    atomic_store_explicit(&dying->count,
                          atomic_load_explicit(&dying->count, memory_order_relaxed) + 1,
                          memory_order_release);
    ks_mutex_unlock(&dying->mutex);
}

/* Takes the whole list, whose objects are wiped. */
static struct ks_object *take_all(struct ks_dying *dying)
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
    for (struct ks_object *object = dying->first; object != NULL; object = object->next) {
        ks_records_wipe_object(object);
        ks_object_wipe(object);
    }
}

static void reclaim(struct ks_object *object)
{
    while (object != NULL) {
        struct ks_object *next = object->next;

        if (object->slot != KS_SLOT_NONE) {
            ks_slot_give(object->slot);
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
    reclaim(take_all(dying));
}

static bool is_dying(struct ks_dying *dying, uint32_t id)
{
    struct ks_object *object = NULL;

    if (atomic_load_explicit(&dying->count, memory_order_acquire) != 0) {
        ks_mutex_lock(&dying->mutex);
        object = dying->first;
        while (object != NULL && object->id != id) {
            object = object->next;
        }
        ks_mutex_unlock(&dying->mutex);
    }
    return object != NULL;
}

static void wait_for(struct ks_dying *dying, uint32_t id)
{
    for (unsigned attempt = 0; is_dying(dying, id); attempt++) {
        ks_backoff(attempt);
    }
}

/* An object of the id that is still dying joined its list before the caller's own object left the
 * slot (W3), under a mutex chain that leads to the caller's; so a count of 0 read here is not too
 * old. */
void ks_dying_wait(uint32_t id)
{
    uint32_t listed = ks_shards_listed();

    if (KS_MUTANT == KS_MUTANT_NO_DYING_WAIT) {
        return;
    }
    for (uint32_t n = 1; n <= listed; n++) {
        wait_for(&ks_shard_by_number(n)->dying, id);
    }
    wait_for(&spare, id);
}

uint64_t ks_dying_total(void)
{
    uint32_t listed = ks_shards_listed();
    /* Acquire: at 0 the wipes are done too (release: take_all). */
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
    reclaim(take_all(dying));
}

void ks_dying_fork_child_spare(void)
{
    ks_dying_fork_child(&spare);
    atomic_store_explicit(&spare_taken, false, memory_order_relaxed);
}
