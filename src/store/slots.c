/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/slots.h"
#include "base/rcu.h"
#include "store/shard.h"
#include "store/table.h"

/* In a read-side section, for the directory's sake. */
static uint32_t *meta_of(uint32_t slot)
{
    return &ks_table_chunk(slot)->meta[slot % KS_CHUNK_SLOTS];
}

static uint32_t next_of(uint32_t meta)
{
    return meta & KS_SLOT_NONE;
}

static uint32_t with_next(uint32_t meta, uint32_t next)
{
    return (meta & ~KS_SLOT_NONE) | next;
}

void ks_slots_init(struct ks_slots *slots)
{
    slots->first = KS_SLOT_NONE;
    slots->last = KS_SLOT_NONE;
    slots->count = 0;
    atomic_init(&slots->returned, KS_SLOT_NONE);
}

/* Appends a chain of count slots, linked from first to last. */
static void append(struct ks_slots *slots, uint32_t first, uint32_t last, uint32_t count)
{
    if (slots->first == KS_SLOT_NONE) {
        slots->first = first;
    } else {
        uint32_t *meta = meta_of(slots->last);

        *meta = with_next(*meta, first);
    }
    slots->last = last;
    slots->count += count;
}

void ks_slots_add_chunk(struct ks_slots *slots, struct ks_chunk *chunk, uint32_t first)
{
    for (uint32_t i = 0; i < KS_CHUNK_SLOTS; i++) {
        uint32_t next = i + 1 < KS_CHUNK_SLOTS ? first + i + 1 : KS_SLOT_NONE;

        chunk->meta[i] = with_next(chunk->meta[i], next);
    }
    ks_rcu_read_lock();
    append(slots, first, first + KS_CHUNK_SLOTS - 1, KS_CHUNK_SLOTS);
    ks_rcu_read_unlock();
}

void ks_slots_collect(struct ks_slots *slots)
{
    ks_rcu_read_lock();
    uint32_t slot = atomic_exchange_explicit(&slots->returned, KS_SLOT_NONE,
                                             memory_order_acquire); /* release: ks_slot_give */
    uint32_t youngest = slot;
    uint32_t reversed = KS_SLOT_NONE;
    uint32_t count = 0;

    while (slot != KS_SLOT_NONE) {
        uint32_t *meta = meta_of(slot);
        uint32_t next = next_of(*meta);

        *meta = with_next(*meta, reversed);
        reversed = slot;
        slot = next;
        count++;
    }
    if (count > 0) {
        append(slots, reversed, youngest, count);
    }
    ks_rcu_read_unlock();
}

void ks_slot_take(struct ks_slots *slots, uint32_t *slot, uint32_t *id)
{
    ks_rcu_read_lock();
    uint32_t taken = slots->first;
    uint32_t *meta = meta_of(taken);
    uint32_t generation = (*meta >> KS_SLOT_BITS) + (KS_MUTANT == KS_MUTANT_NO_GENERATION ? 0 : 1);

    slots->first = next_of(*meta);
    slots->count--;
    if (slots->first == KS_SLOT_NONE) {
        slots->last = KS_SLOT_NONE;
    }
    *meta = generation % KS_GENERATIONS << KS_SLOT_BITS;
    *slot = taken;
    *id = ks_id_make(taken, generation);
    ks_rcu_read_unlock();
}

void ks_slot_give(uint32_t slot)
{
    ks_rcu_read_lock();
    struct ks_chunk *chunk = ks_table_chunk(slot);
    struct ks_slots *home = &ks_shard_by_number(chunk->home)->slots;
    uint32_t *meta = &chunk->meta[slot % KS_CHUNK_SLOTS];
    uint32_t head = atomic_load_explicit(&home->returned, memory_order_relaxed);

    do {
        *meta = with_next(*meta, head);
    } while (!atomic_compare_exchange_weak_explicit(&home->returned, &head, slot,
                                                    memory_order_release, /* acquire: collect */
                                                    memory_order_relaxed));
    ks_rcu_read_unlock();
}
