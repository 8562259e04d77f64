/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/retire.h"
#include "base/rcu.h"

static void set_dying_count(struct ks_shard *owner, int32_t change)
{
    uint32_t now = atomic_load_explicit(&owner->dying_count, memory_order_relaxed);

    atomic_store_explicit(&owner->dying_count, now + (uint32_t) change, memory_order_release);
}

void ks_dying_add_locked(struct ks_shard *owner, struct ks_object *object)
{
    object->next = owner->dying;
    owner->dying = object;
    set_dying_count(owner, 1);
}

static void dying_remove(struct ks_shard *owner, struct ks_object *object)
{
    ks_mutex_lock(&owner->writer);
    struct ks_object **link = &owner->dying;

    while (*link != object) {
        link = &(*link)->next;
    }
    *link = object->next;
    set_dying_count(owner, -1);
    ks_count(&owner->keys.retired);
    ks_mutex_unlock(&owner->writer);
}

void ks_retire(struct ks_shard *owner, struct ks_object *object)
{
    uint32_t slot = object->slot;

    if (KS_MUTANT != KS_MUTANT_NO_GRACE) {
        ks_rcu_synchronize();
    }
    ks_marks_wait(object);
    ks_records_wipe_object(object);
    ks_object_wipe(object);
    dying_remove(owner, object);
    if (slot != KS_SLOT_NONE) {
        ks_slot_give(slot);
    }
    ks_object_free(object);
}

static bool is_dying(struct ks_shard *owner, uint32_t id)
{
    struct ks_object *object = NULL;

    if (atomic_load_explicit(&owner->dying_count, memory_order_acquire) != 0) {
        ks_mutex_lock(&owner->writer);
        object = owner->dying;
        while (object != NULL && object->id != id) {
            object = object->next;
        }
        ks_mutex_unlock(&owner->writer);
    }
    return object != NULL;
}

/* An object of the id that is still dying joined its list before the caller's own object left the
 * slot (W3), under a mutex chain that leads to the caller's; so a count of 0 read here is not too
 * old. */
void ks_dying_wait(uint32_t id)
{
    uint32_t listed = ks_shards_listed();

    for (uint32_t n = 1; n <= listed && KS_MUTANT != KS_MUTANT_NO_DYING_WAIT; n++) {
        for (unsigned attempt = 0; is_dying(ks_shard_by_number(n), id); attempt++) {
            ks_backoff(attempt);
        }
    }
}

uint64_t ks_dying_total(void)
{
    uint32_t listed = ks_shards_listed();
    uint64_t total = 0;

    for (uint32_t n = 1; n <= listed; n++) {
        /* Acquire: at 0 the wipes are done too (release: set_dying_count). */
        total += atomic_load_explicit(&ks_shard_by_number(n)->dying_count, memory_order_acquire);
    }
    return total;
}
