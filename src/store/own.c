/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/own.h"
#include "base/rcu.h"
#include "store/limbo.h"
#include "store/operation.h"
#include "store/store.h"
#include "store/table.h"

/* Puts want, an object or 0, in the place of an object that nobody else has seen. Release: want is
 * seen whole, and leaving before the change (O5). Acquire: the wipe does not overtake it. */
static bool swap_private(struct ks_shard *self, _Atomic uintptr_t *slot, struct ks_object *object,
                         uintptr_t want)
{
    uintptr_t word = (uintptr_t) object; /* with a clear bit */

    if (KS_MUTANT == KS_MUTANT_OWN_BY_STORE) {
        for (volatile unsigned i = 0; i < 300; i++) { /* so that a few seconds show it */
        }
        atomic_store_explicit(slot, want, memory_order_release);
        return true;
    }
    self->destroyed_before =
        atomic_load_explicit(&self->counters.destroyed, memory_order_relaxed);
    atomic_store_explicit(&self->leaving_id, object->id, memory_order_release);
    atomic_store_explicit(&self->leaving, object, memory_order_relaxed);
    if (atomic_compare_exchange_strong_explicit(slot, &word, want, memory_order_acq_rel,
                                                memory_order_relaxed)) {
        return true;
    }
    atomic_store_explicit(&self->leaving, NULL, memory_order_relaxed);
    return false;
}

/* Empties the slot of a key of the caller's own. In a read-side section. On success the store's
 * mark stands. */
static struct ks_object *take_out(struct ks_shard *self, uint32_t id)
{
    _Atomic uintptr_t *slot = ks_table_slot(id);

    if (ks_unlikely(slot == NULL)) {
        return NULL;
    }
    uintptr_t word = atomic_load_explicit(slot, memory_order_acquire);
    struct ks_object *object = ks_word_object(word);

    if (object == NULL || (word & KS_SHARED) != 0 || object->id != id ||
        ks_object_owner(object) != self->number ||
        !ks_mark_set(&self->marks, KS_STORE_MARK)) {
        return NULL;
    }
    self->leaves_slot = true;
    if (!swap_private(self, slot, object, 0)) {
        ks_mark_clear(&self->marks);
        return NULL;
    }
    return object;
}

void ks_own_end(struct ks_shard *self, struct ks_object *object)
{
    uint32_t users = atomic_load_explicit(&object->users, memory_order_relaxed);

    if ((users & KS_OBJECT_HANDED) != 0) {
        ks_records_wipe_object(object);
    } else if ((users & ~KS_OBJECT_FLAGS) != 0) {
        ks_records_wipe_own(self, object); /* nobody else can have any */
    }
    ks_object_wipe(object);
    if (ks_object_slot(object) != KS_SLOT_NONE) {
        ks_count(&self->counters.destroyed);
    }
    ks_count(&self->counters.ended);
    ks_limbo_add(self, object);
    /* Release: after all that (O5). */
    atomic_store_explicit(&self->leaving, NULL, memory_order_release);
}

bool ks_own_destroy(struct ks_shard *self, uint32_t id)
{
    struct ks_object *object = NULL;
    struct ks_rcu_section section;

    ks_rcu_begin(&section);
    if (ks_likely(ks_store_running())) {
        object = take_out(self, id);
    }
    ks_rcu_end(&section);
    if (object == NULL) {
        return false;
    }
    bool bound =
        (atomic_load_explicit(&object->users, memory_order_relaxed) & KS_OBJECT_BOUND) != 0;

    ks_own_end(self, object);
    ks_mark_clear(&self->marks);
    if (ks_unlikely(bound)) {
        int cancel = ks_cancel_disable();

        ks_operations_revoke(id); /* O6 */
        ks_cancel_restore(cancel);
    }
    return true;
}

bool ks_own_replace(struct ks_shard *self, struct ks_object *object, struct ks_object *old)
{
    bool done = false;

    ks_rcu_read_lock();
    _Atomic uintptr_t *slot = ks_table_slot(old->id);

    if (atomic_load_explicit(slot, memory_order_relaxed) == (uintptr_t) old &&
        ks_object_owner(old) == self->number) {
        ks_object_follow(object, old);
        self->leaves_slot = false;
        done = swap_private(self, slot, old, (uintptr_t) object);
    }
    if (done) {
        ks_object_set_slot(old, KS_SLOT_NONE);
        atomic_store_explicit(&self->building, NULL, memory_order_release); /* after the word */
    } else {
        ks_object_set_slot(object, KS_SLOT_NONE); /* it is still BUILDING */
    }
    ks_rcu_read_unlock();
    return done;
}
