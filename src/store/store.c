/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/store.h"
#include "base/rcu.h"
#include "store/lookup.h"
#include "store/operation.h"
#include "store/retire.h"
#include "store/table.h"

struct ks_store ks_store;
struct ks_totals ks_totals;

void ks_store_set_state(enum ks_state state)
{
    atomic_store_explicit(&ks_store.state, state, memory_order_release);
}

/* The object in one slot, if its id is still looked up to it; shares it like any look-up. */
static const struct ks_object *object_in(const struct ks_shard *self, uint32_t slot)
{
    uintptr_t word = atomic_load_explicit(ks_table_word(slot), memory_order_acquire);

    return ks_word_object(word) == NULL ? NULL : ks_lookup(self, ks_word_object(word)->id);
}

bool ks_store_next(const struct ks_shard *self, uint32_t *cursor, const struct ks_object **object)
{
    uint32_t end = ks_table_slots();
    uint32_t stop = *cursor / KS_CHUNK_SLOTS * KS_CHUNK_SLOTS + KS_CHUNK_SLOTS;

    *object = NULL;
    if (*cursor >= end) {
        return false;
    }
    while (*cursor < stop && *object == NULL) {
        *object = object_in(self, (*cursor)++);
    }
    return true;
}

/* Takes an object out of its slot, onto the list of swept ones, if it is still that owner's. */
static void sweep_slot(uint32_t slot, uint32_t number, struct ks_object **swept)
{
    struct ks_shard *owner = ks_shard_by_number(number);

    ks_mutex_lock(&owner->writer);
    ks_rcu_read_lock();
    _Atomic uintptr_t *word = ks_table_word(slot);
    struct ks_object *object = ks_word_object(atomic_load_explicit(word, memory_order_acquire));

    if (object != NULL && ks_object_owner(object) == number) {
        atomic_exchange_explicit(word, 0, memory_order_acq_rel);
        ks_object_set_next(object, *swept);
        *swept = object;
        ks_count_for_all(&ks_totals.destroyed);
        ks_count_for_all(&ks_totals.retired);
    }
    ks_rcu_read_unlock();
    ks_mutex_unlock(&owner->writer);
}

/* Empties every slot. Nothing is published any more; others may still be destroying. */
static struct ks_object *sweep_all(void)
{
    struct ks_object *swept = NULL;
    const struct ks_object *object;
    uint32_t cursor = 0;
    bool more = true;

    while (more) {
        uint32_t number = 0;

        ks_rcu_read_lock();
        more = ks_store_next(ks_thread.shard, &cursor, &object);
        if (object != NULL) {
            number = ks_object_owner(object);
        }
        ks_rcu_read_unlock();
        if (number != 0) {
            sweep_slot(cursor - 1, number, &swept);
        }
    }
    return swept;
}

/* A call that saw KS_RUNNING saw it inside a section, and has since had its mark standing. So after
 * a grace period and all marks every operation is over, every key that will be is published, none
 * moves, and no thread is ending a key of its own (own.h, O4); what is swept then is found by
 * nobody but destroyers, who look again under the writer mutex, and for whose first look there is a
 * second grace period. The look-up of the sweep shares what it finds, as any other writer's does
 * (W2). */
void ks_store_stop(void)
{
    if (KS_MUTANT != KS_MUTANT_NO_STOP_WAIT) {
        ks_rcu_synchronize();
        ks_marks_wait_all();
    }
    struct ks_object *swept = sweep_all();

    ks_rcu_synchronize();
    for (unsigned attempt = 0; ks_dying_total() != 0; attempt++) {
        ks_backoff(attempt);
    }
    ks_operations_revoke_all();
    for (uint32_t n = 1; n <= ks_shards_listed(); n++) {
        ks_records_wipe_all(ks_shard_by_number(n));
    }
    while (swept != NULL) {
        struct ks_object *object = swept;

        swept = ks_object_next(object);
        ks_slot_give(ks_object_slot(object));
        ks_object_wipe(object);
        ks_object_free(object);
    }
}
