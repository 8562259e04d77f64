/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/store.h"
#include "base/rcu.h"
#include "store/retire.h"
#include "store/table.h"

struct ks_store ks_store;

void ks_store_set_state(enum ks_state state)
{
    atomic_store_explicit(&ks_store.state, state, memory_order_release);
}

const struct ks_object *ks_store_next(uint32_t *cursor)
{
    uint32_t end = ks_table_slots();

    while (*cursor < end) {
        uint32_t slot = (*cursor)++;
        struct ks_chunk *chunk = ks_table_chunk(slot);
        uintptr_t word = atomic_load_explicit(&chunk->word[slot % KS_CHUNK_SLOTS],
                                              memory_order_acquire);

        if (ks_word_object(word) != NULL) {
            return ks_word_object(word);
        }
    }
    return NULL;
}

/* Takes an object out of its slot, onto the list of swept ones, if it is still that owner's. */
static void sweep_slot(uint32_t slot, uint32_t number)
{
    struct ks_shard *owner = ks_shard_by_number(number);

    ks_mutex_lock(&owner->writer);
    ks_rcu_read_lock();
    _Atomic uintptr_t *word = &ks_table_chunk(slot)->word[slot % KS_CHUNK_SLOTS];
    struct ks_object *object = ks_word_object(atomic_load_explicit(word, memory_order_acquire));

    if (object != NULL && object->owner == number) {
        atomic_exchange_explicit(word, 0, memory_order_acq_rel);
        object->next = ks_store.swept;
        ks_store.swept = object;
        ks_count(&owner->keys.destroyed);
        ks_count(&owner->keys.retired);
    }
    ks_rcu_read_unlock();
    ks_mutex_unlock(&owner->writer);
}

/* Empties every slot. The state is KS_STOPPING, and each publication looks at it under the mutex that
 * is taken here for the slot's owner; a key that is published in a slot behind the walk would need
 * a mutex held since before the state changed, and so the walk is made again until it finds nothing. */
static void sweep_all(void)
{
    bool found;

    for (uint32_t n = 1; n <= ks_shards_listed(); n++) {
        /* Whoever saw KS_RUNNING under this mutex has published by now. */
        ks_mutex_lock(&ks_shard_by_number(n)->writer);
        ks_mutex_unlock(&ks_shard_by_number(n)->writer);
    }
    do {
        uint32_t cursor = 0;
        uint32_t number = 1;

        found = false;
        while (number != 0) {
            ks_rcu_read_lock();
            const struct ks_object *object = ks_store_next(&cursor);
            number = object != NULL ? object->owner : 0;
            ks_rcu_read_unlock();
            if (number != 0) {
                sweep_slot(cursor - 1, number);
                found = true;
            }
        }
    } while (found);
}

void ks_store_stop(void)
{
    sweep_all();
    ks_rcu_synchronize();
    ks_marks_wait_all();
    for (unsigned attempt = 0; ks_dying_total() != 0; attempt++) {
        ks_backoff(attempt);
    }
    for (uint32_t n = 1; n <= ks_shards_listed(); n++) {
        ks_records_wipe_all(ks_shard_by_number(n), false);
    }
    while (ks_store.swept != NULL) {
        struct ks_object *object = ks_store.swept;

        ks_store.swept = object->next;
        ks_slot_give(object->slot);
        ks_object_wipe(object);
        ks_object_free(object);
    }
}
