/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/slots.h"
#include "store/shard.h"
#include "store/table.h"

/* In place of a chunk's count of free slots: it is being given back. */
#define LEAVING (KS_CHUNK_SLOTS + 1)

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
    slots->last = NULL;
    slots->count = 0;
    atomic_init(&slots->returned, KS_SLOT_NONE);
}

/* Appends a chain of count slots, linked from first to the one of the meta last. */
static void append(struct ks_slots *slots, uint32_t first, uint32_t *last, uint32_t count)
{
    atomic_signal_fence(memory_order_seq_cst); /* the chain is linked before it is in the queue */
    if (ks_unlikely(slots->first == KS_SLOT_NONE)) {
        slots->first = first;
    } else {
        *slots->last = with_next(*slots->last, first);
    }
    slots->last = last;
    slots->count += count;
}

void ks_slots_add_chunk(struct ks_slots *slots, struct ks_chunk *chunk)
{
    append(slots, chunk->first, meta_of(chunk->last), KS_CHUNK_SLOTS);
}

/* Counts each chunk's free slots behind the first KS_SLOTS_FREE_MIN of the queue. A chunk with a
 * slot among these is never all free by this count and stays, so that whatever comes behind them
 * keeps them in front of it (F1). */
static void count_free(const struct ks_slots *slots)
{
    for (uint32_t slot = slots->first; slot != KS_SLOT_NONE; slot = next_of(*meta_of(slot))) {
        ks_table_chunk(slot)->free = 0;
    }
    uint32_t place = 0;

    for (uint32_t slot = slots->first; slot != KS_SLOT_NONE; slot = next_of(*meta_of(slot))) {
        bool behind = place >= KS_SLOTS_FREE_MIN || KS_MUTANT == KS_MUTANT_FRONT_LEAVES;

        ks_table_chunk(slot)->free += behind;
        place++;
    }
}

/* Appends a slot to a leaving chunk's own list; the chunk joins *released with its first slot. */
static void move_out(struct ks_chunk *chunk, uint32_t slot, struct ks_chunk **released)
{
    uint32_t *meta = meta_of(slot);

    *meta = with_next(*meta, KS_SLOT_NONE);
    if (chunk->first == KS_SLOT_NONE) {
        chunk->first = slot;
        chunk->next = *released;
        *released = chunk;
    } else {
        uint32_t *last = meta_of(chunk->last);

        *last = with_next(*last, slot);
    }
    chunk->last = slot;
}

/* Goes once through the queue and splits it: chunks that leave, and the rest. first is KS_SLOT_NONE
 * from the moment that a chunk is chosen to leave, until its first slot is moved. */
static struct ks_chunk *split(struct ks_slots *slots)
{
    struct ks_chunk *released = NULL;
    struct ks_slots rest = {.first = KS_SLOT_NONE}; /* returned is not used */
    uint32_t staying = slots->count;

    for (uint32_t slot = slots->first, next; slot != KS_SLOT_NONE; slot = next) {
        struct ks_chunk *chunk = ks_table_chunk(slot);

        next = next_of(*meta_of(slot));
        if (chunk->free == KS_CHUNK_SLOTS && staying > KS_SLOTS_FREE_MIN + KS_CHUNK_SLOTS) {
            chunk->free = LEAVING;
            chunk->first = KS_SLOT_NONE;
            staying -= KS_CHUNK_SLOTS;
        }
        if (chunk->free == LEAVING) {
            move_out(chunk, slot, &released);
        } else {
            *meta_of(slot) = with_next(*meta_of(slot), KS_SLOT_NONE);
            append(&rest, slot, meta_of(slot), 1);
        }
    }
    slots->first = rest.first;
    slots->last = rest.last;
    slots->count = rest.count;
    return released;
}

void ks_slots_collect(struct ks_slots *slots)
{
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
        append(slots, reversed, meta_of(youngest), count);
    }
}

struct ks_chunk *ks_slots_release_chunks(struct ks_slots *slots)
{
    struct ks_chunk *released = NULL;

    ks_slots_collect(slots);
    if (slots->count > KS_SLOTS_FREE_MIN + KS_CHUNK_SLOTS) {
        count_free(slots);
        released = split(slots);
    }
    return released;
}

_Atomic uintptr_t *ks_slot_take(struct ks_slots *slots, uint32_t *id)
{
    uint32_t taken = slots->first;
    struct ks_chunk *chunk = ks_table_chunk(taken);
    uint32_t *meta = &chunk->meta[taken % KS_CHUNK_SLOTS];
    uint32_t generation = (*meta >> KS_SLOT_BITS) + (KS_MUTANT == KS_MUTANT_NO_GENERATION ? 0 : 1);

    slots->first = next_of(*meta);
    atomic_signal_fence(memory_order_seq_cst); /* a fork's child follows the links from first */
    slots->count--;
    *meta = generation % KS_GENERATIONS << KS_SLOT_BITS;
    *id = ks_id_make(taken, generation);
    return &chunk->word[taken % KS_CHUNK_SLOTS];
}

/* To a shard that another thread has. */
static void give_to(struct ks_slots *home, uint32_t *meta, uint32_t slot)
{
    uint32_t head = atomic_load_explicit(&home->returned, memory_order_relaxed);

    do {
        *meta = with_next(*meta, head);
    } while (!atomic_compare_exchange_weak_explicit(&home->returned, &head, slot,
                                                    memory_order_release, /* acquire: collect */
                                                    memory_order_relaxed));
}

/* While a chunk is leased to nobody all its slots are free, and none is given. */
void ks_slot_give(uint32_t slot)
{
    struct ks_shard *self = ks_thread.shard;
    struct ks_chunk *chunk = ks_table_chunk(slot);
    uint16_t home = atomic_load_explicit(&chunk->home, memory_order_relaxed);
    uint32_t *meta = &chunk->meta[slot % KS_CHUNK_SLOTS];

    if (ks_likely(self != NULL && home == self->number)) {
        *meta = with_next(*meta, KS_SLOT_NONE);
        append(&self->slots, slot, meta, 1);
    } else {
        give_to(&ks_shard_by_number(home)->slots, meta, slot);
    }
}

void ks_slots_recount(struct ks_slots *slots)
{
    slots->count = 0;
    for (uint32_t slot = slots->first; slot != KS_SLOT_NONE; slot = next_of(*meta_of(slot))) {
        slots->last = meta_of(slot);
        slots->count++;
    }
}
