/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The look-up: wait-free, without a lock, and in steady state without a store to any line that
 * another reader touches. docs/architecture.md goes through it line by line. */
#ifndef KS_STORE_LOOKUP_H
#define KS_STORE_LOOKUP_H

#include "base/rcu.h"
#include "store/shard.h"
#include "store/store.h"
#include "store/table.h"

/* The first look-up of a key by a thread that is not the owner's: sets the shared bit and goes on
 * with what the word held at that instant. One atomic step on one word, so the owner, who empties
 * the word by a compare-and-swap, either finds the bit or was first, and then this finds the slot
 * empty.
 * No fence, no loop. Acquire: the word may have changed since it was read; its object must be seen
 * whole. */
static KS_NOINLINE struct ks_object *ks_lookup_share(_Atomic uintptr_t *slot, uint32_t id)
{
    uintptr_t word = atomic_fetch_or_explicit(slot, KS_SHARED, memory_order_acquire);
    struct ks_object *object = ks_word_object(word);

    return object != NULL && object->id == id ? object : NULL;
}

/* Finds the published object of an id; NULL if there is none. Inside a read-side section; the
 * object may be used until its end, or as long as a mark set inside the section stands. self may be
 * NULL: a thread without a shard owns nothing. */
static inline struct ks_object *ks_lookup(const struct ks_shard *self, uint32_t id)
{
    _Atomic uintptr_t *slot = ks_table_slot(id);

    if (ks_unlikely(slot == NULL)) {
        return NULL;
    }
    /* Acquire; partner: the release store or exchange in change.c. Without it the object's fields
     * could be read from before they were written. */
    uintptr_t word = atomic_load_explicit(slot, memory_order_acquire);
    struct ks_object *object = ks_word_object(word);

    if (ks_unlikely(object == NULL || object->id != id)) {
        return NULL;
    }
    if (ks_unlikely((word & KS_SHARED) == 0) && KS_MUTANT != KS_MUTANT_NO_SHARED_BIT &&
        (self == NULL || ks_object_owner(object) != self->number)) {
        object = ks_lookup_share(slot, id);
    }
    return object;
}

/* The word in the slot that an id names; 0 also in a store that does not run. Inside a read-side
 * section. */
static inline uintptr_t ks_lookup_word(uint32_t id)
{
    _Atomic uintptr_t *slot = ks_store_running() ? ks_table_slot(id) : NULL;

    /* Acquire: as in ks_lookup. */
    return ks_likely(slot != NULL) ? atomic_load_explicit(slot, memory_order_acquire) : 0;
}

/* The same as ks_lookup on the hot path, where the store runs and nothing is to be done but to
 * look: NULL also where the key must be shared first, and in a store that does not run; whoever
 * gets NULL asks the functions above. So an id that names no slot needs no test of its own. */
static inline struct ks_object *ks_lookup_hit(const struct ks_shard *self, uint32_t id)
{
    uintptr_t word = ks_lookup_word(id);
    struct ks_object *object = ks_word_object(word);

    if (ks_unlikely(object == NULL || object->id != id)) {
        return NULL;
    }
    if (ks_unlikely((word & KS_SHARED) == 0) && KS_MUTANT != KS_MUTANT_NO_SHARED_BIT &&
        ks_unlikely(ks_object_owner(object) != self->number)) {
        return NULL;
    }
    return object;
}

/* Finds an object and sets the in-use mark on it, in a section of its own. The library's state is
 * looked at inside the section too (store.h). */
static inline enum ks_status ks_lookup_mark(struct ks_shard *self, uint32_t id,
                                            struct ks_object **object)
{
    enum ks_status status = KS_BAD_STATE;

    ks_count(&self->counters.lookups);
    ks_rcu_read_lock();
    if (ks_likely(ks_store_running())) {
        struct ks_object *found = ks_lookup(self, id);

        if (ks_unlikely(found == NULL)) {
            status = KS_NOT_FOUND;
        } else if (ks_likely(KS_MUTANT == KS_MUTANT_NO_MARK || ks_mark_set(&self->marks, found))) {
            *object = found;
            status = KS_OK;
        }
    }
    ks_rcu_read_unlock();
    if (ks_unlikely(status == KS_NOT_FOUND)) {
        ks_count(&self->counters.misses);
    }
    return status;
}

/* The part of ks_mark_store for what is unusual. */
static KS_COLD enum ks_status ks_mark_store_anew(struct ks_shard *self)
{
    enum ks_status status = KS_BAD_STATE;

    ks_rcu_read_lock();
    if (ks_likely(ks_store_running()) && ks_likely(ks_mark_set(&self->marks, KS_STORE_MARK))) {
        status = KS_OK;
    }
    ks_rcu_read_unlock();
    return status;
}

/* Sets the mark of a call that handles secrets but no key. KS_BAD_STATE if the store does not run.
 */
static inline enum ks_status ks_mark_store(struct ks_shard *self)
{
    struct ks_rcu_section section;

    if (ks_likely(ks_rcu_enter(&section))) {
        bool set = ks_store_running() && ks_mark_set(&self->marks, KS_STORE_MARK);

        ks_rcu_leave(&section);
        if (ks_likely(set)) {
            return KS_OK;
        }
    }
    return ks_mark_store_anew(self);
}

#endif
