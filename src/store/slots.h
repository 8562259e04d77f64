/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* A shard's free slots: a queue, first in first out.
 *
 * F1 A slot is taken from the front and given back at the end; none is taken while fewer than
 *    KS_SLOTS_FREE_MIN are free, another chunk is leased first. So at least that many creations in
 *    the shard lie between two uses of a slot, and 32 times as many between two uses of an id
 *    (G13), however full the shard is.
 * F2 Slots come back on a list that any thread pushes to without a lock, and that is taken whole
 *    (an exchange), so no ABA problem arises. Push: release; take: acquire; the links are plain,
 *    for they belong to whoever has the slot. Taken whole, the list is youngest first and is
 *    reversed.
 * Model: models/slots.pml. */
#ifndef KS_STORE_SLOTS_H
#define KS_STORE_SLOTS_H

#include "store/id.h"

#include <stdatomic.h>

struct ks_chunk;

/* The shard's thread alone, but for returned. Where a fork's child could not repair it
 * (ks_slots_recount), the thread changes it under the shard's writer mutex, which fork takes. */
struct ks_slots {
    uint32_t first; /* to be taken next, or KS_SLOT_NONE */
    uint32_t count;
    uint32_t *last; /* link of the last, in its chunk, which is never unmapped; if there is one */
    _Atomic uint32_t returned; /* given back since the last look; youngest first */
};

void ks_slots_init(struct ks_slots *slots);

/* Appends a leased chunk's slots. Writer mutex held. */
void ks_slots_add_chunk(struct ks_slots *slots, struct ks_chunk *chunk);

/* Takes the chunks that are all free off the queue, as long as F1 holds without them; each keeps
 * the order of its slots. Gives them linked by next, for ks_table_give_back. Writer mutex held. */
struct ks_chunk *ks_slots_release_chunks(struct ks_slots *slots);

/* Whether a slot may be taken (F1). */
static inline bool ks_slots_ready(const struct ks_slots *slots)
{
    return slots->count > (KS_MUTANT == KS_MUTANT_NO_FREE_QUEUE ? 0 : KS_SLOTS_FREE_MIN);
}

/* Appends what was given back, oldest first. Writer mutex held. */
void ks_slots_collect(struct ks_slots *slots);

/* Takes a slot, gives its word, and raises its generation; *id becomes the new key's id. It must be
 * so that ks_slots_ready. */
_Atomic uintptr_t *ks_slot_take(struct ks_slots *slots, uint32_t *id);

/* Gives a slot back to the shard that leases its chunk. Nobody can reach the slot's last key any
 * more (its grace period is over). Needs no lock and no memory. */
void ks_slot_give(uint32_t slot);

/* In a fork's child: makes count and last right where a vanished thread was taking or giving. A
 * slot that it had in hand is lost to the child. */
void ks_slots_recount(struct ks_slots *slots);

#endif
