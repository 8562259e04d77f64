/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The slot table: the one way from key id to slot, which every thread reads without a lock.
 *
 * T1 A reader follows table -> chunk -> slot word with one acquire load of the table's entry and
 *    one of the word. Chunks need no read-side section; objects do.
 * T2 An entry changes once, from NULL to a chunk, under the table mutex, by a store with release
 *    (partner: the acquire in ks_table_chunk). Without the release a reader could find in the chunk
 *    what its memory held before.
 * T3 Chunks never move and are never freed, so a slot's address is good for ever.
 * T4 Entries are filled in order; their count is stored with release after them (partner: the
 *    acquire in ks_table_slots), so that who walks over the slots finds each chunk.
 *
 * A slot word is the published object's address and, in bit 0, *shared*: a thread other than the
 * owner's has looked the key up. An empty slot is 0, or 1 where a late reader has left the bit. */
#ifndef KS_STORE_TABLE_H
#define KS_STORE_TABLE_H

#include "store/id.h"
#include "store/object.h"

#define KS_CHUNK_BITS 11u
#define KS_CHUNK_SLOTS (1u << KS_CHUNK_BITS)
#define KS_SHARED ((uintptr_t) 1)

_Static_assert(KS_CHUNK_SLOTS > KS_SLOTS_FREE_MIN, "one chunk is enough for a shard's queue");

struct ks_chunk {
    _Alignas(KS_CACHE_LINE) _Atomic uintptr_t word[KS_CHUNK_SLOTS];
    /* generation << KS_SLOT_BITS | next free slot. Belongs to whoever has the slot: the free list
     * it is on, the writer that takes it, the key in it. */
    uint32_t meta[KS_CHUNK_SLOTS];
    /* Number of the shard that leases the chunk. Changes only while all slots are free, by who has
     * them. */
    _Atomic uint16_t home;
    uint32_t index; /* in the table; immutable once the chunk is leased */
    /* Its slots in the order in which they are to be used, from when a shard has chosen it to be
     * given back, under its writer mutex, until the next has leased it. Between the two the table
     * mutex guards them. While a shard looks for chunks to give back, free counts. */
    uint32_t first;
    uint32_t last;
    uint32_t free;
    struct ks_chunk *next;
};

_Static_assert(sizeof(struct ks_chunk) % KS_CACHE_LINE == 0, "chunks follow one another");

#define KS_TABLE_CHUNKS (1u << (KS_SLOT_BITS - KS_CHUNK_BITS))

/* 128 KiB, of which pages become resident as the table grows: one for each million slots. */
struct ks_table {
    _Alignas(KS_CACHE_LINE) _Atomic(struct ks_chunk *) chunks[KS_TABLE_CHUNKS];
};

extern struct ks_table ks_table;

static inline struct ks_object *ks_word_object(uintptr_t word)
{
    return (struct ks_object *) (word & ~KS_SHARED);
}

/* The chunk of a slot's index, or NULL if there is none. */
static inline struct ks_chunk *ks_table_chunk(uint32_t slot)
{
    /* Acquire; partner: the release store in publish (T2). */
    return atomic_load_explicit(&ks_table.chunks[slot >> KS_CHUNK_BITS], memory_order_acquire);
}

/* The word of a slot that is in the table. */
static inline _Atomic uintptr_t *ks_table_word(uint32_t slot)
{
    return &ks_table_chunk(slot)->word[slot % KS_CHUNK_SLOTS];
}

/* The slot where an id's would be if it were a volatile one; NULL if there is none. Who finds there
 * an object of this id has found it: ids of other kinds are found elsewhere. */
static inline _Atomic uintptr_t *ks_table_slot(uint32_t id)
{
    struct ks_chunk *chunk = ks_table_chunk(ks_id_slot(id));

    return ks_likely(chunk != NULL) ? &chunk->word[id % KS_CHUNK_SLOTS] : NULL;
}

/* Leases a chunk, all of whose slots are free, linked from first to last, to shard number home: a
 * new one, or, unless the shard is fresh (has no free slot), one that was given back. So a used
 * slot always comes behind KS_SLOTS_FREE_MIN others of its new shard, and moving costs it no round
 * (slots.h, F1). NULL where memory or slots are exhausted. Takes the table mutex. */
struct ks_chunk *ks_table_lease(uint16_t home, bool fresh) KS_MUST_CHECK;

/* Takes back chunks, linked by next, whose slots are all free and linked from first to last. */
void ks_table_give_back(struct ks_chunk *chunks);

/* Number of slots in the table; each has a chunk. */
uint32_t ks_table_slots(void);

void ks_table_fork_prepare(void);
void ks_table_fork_done(void);

#endif
