/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/change.h"
#include "base/rcu.h"
#include "store/operation.h"
#include "store/retire.h"
#include "store/table.h"

struct ks_object *ks_object_new(struct ks_shard *shard, size_t size)
{
    struct ks_object *object = ks_secmem_alloc(&shard->arena, sizeof *object + size);

    if (object != NULL) {
        object->owner = shard->number;
        object->size = (uint16_t) size;
        object->serial = ++shard->next_serial;
        shard->building = object; /* before any secret is in it */
    }
    return object;
}

void ks_object_discard(struct ks_shard *shard, struct ks_object *object)
{
    /* In this order: a fork in between leaves the child a block to wipe again, never one it cannot
     * find. */
    ks_object_wipe(object);
    shard->building = NULL;
    ks_object_free(object);
}

/* Leases one more chunk for the shard. No lock held. */
static enum ks_status lease(struct ks_shard *shard)
{
    struct ks_chunk *chunk = ks_table_lease(shard->number, shard->slots.count == 0);

    if (chunk == NULL) {
        return KS_NO_MEMORY;
    }
    ks_mutex_lock(&shard->writer);
    ks_slots_add_chunk(&shard->slots, chunk);
    ks_mutex_unlock(&shard->writer);
    return KS_OK;
}

enum ks_status ks_publish_reserve(struct ks_shard *shard)
{
    bool ready = ks_slots_ready(&shard->slots);

    if (ks_unlikely(!ready)) {
        if (!ks_rcu_attached()) {
            ks_rcu_attach(); /* a thread that is ending; not under the mutex */
        }
        ks_mutex_lock(&shard->writer);
        ks_slots_collect(&shard->slots);
        ready = ks_slots_ready(&shard->slots);
        ks_mutex_unlock(&shard->writer);
    }
    return ready ? KS_OK : lease(shard);
}

/* Takes a slot of the shard's and puts the object into it. Writer mutex held. */
static void publish_locked(struct ks_shard *shard, struct ks_object *object, uint32_t *id)
{
    ks_slot_take(&shard->slots, &object->slot, &object->id);
    *id = object->id;
    /* Release: whoever reads the word (acquire, ks_lookup) sees a whole key. The slot is empty; a
     * bit that a late reader left in it is dropped, for nobody has looked this key up. */
    ks_rcu_read_lock();
    atomic_store_explicit(ks_table_slot(object->id), (uintptr_t) object, memory_order_release);
    ks_rcu_read_unlock();
    shard->building = NULL;
    ks_count(&shard->keys.created);
}

void ks_publish(struct ks_shard *shard, struct ks_object *object, uint32_t *id)
{
    ks_mutex_lock(&shard->writer);
    publish_locked(shard, object, id);
    ks_mutex_unlock(&shard->writer);
}

/* Locks both writer mutexes, by number; once if they are one. */
static void lock_two(struct ks_shard *a, struct ks_shard *b)
{
    ks_mutex_lock(a->number <= b->number ? &a->writer : &b->writer);
    if (a != b) {
        ks_mutex_lock(a->number <= b->number ? &b->writer : &a->writer);
    }
}

static void unlock_two(struct ks_shard *a, struct ks_shard *b)
{
    ks_mutex_unlock(&a->writer);
    if (a != b) {
        ks_mutex_unlock(&b->writer);
    }
}

/* Whether the object is the published one of its id. Its owner's writer mutex is held, and it
 * cannot be freed (it is marked, or was found under the mutex). */
static bool is_published(const struct ks_object *object)
{
    ks_rcu_read_lock();
    uintptr_t word = atomic_load_explicit(ks_table_slot(object->id), memory_order_relaxed);
    ks_rcu_read_unlock();
    return ks_word_object(word) == object;
}

enum ks_status ks_publish_copy(struct ks_shard *shard, struct ks_object *object,
                               const struct ks_object *source, uint32_t *id)
{
    struct ks_shard *owner = ks_shard_by_number(source->owner);
    enum ks_status status = KS_CHANGED;

    lock_two(owner, shard);
    if (is_published(source)) {
        publish_locked(shard, object, id);
        status = KS_OK;
    }
    unlock_two(owner, shard);
    return status;
}

/* The object that is published under the id, or NULL. In a read-side section. */
static struct ks_object *published(uint32_t id)
{
    _Atomic uintptr_t *slot = ks_table_slot(id);
    struct ks_object *object = NULL;

    if (slot != NULL) {
        object = ks_word_object(atomic_load_explicit(slot, memory_order_acquire));
    }
    return object != NULL && object->id == id ? object : NULL;
}

/* Takes a key for writing (W2). On KS_OK the owner's writer mutex is held, and so the object stays
 * published. Not in a section: blocking on a mutex inside one would stop a fork for ever. */
static enum ks_status take_for_writing(uint32_t id, struct ks_shard **owner,
                                       struct ks_object **object)
{
    for (;;) {
        ks_rcu_read_lock();
        struct ks_object *found = published(id);
        uint32_t number = found != NULL ? found->owner : 0;
        ks_rcu_read_unlock();

        if (number == 0) {
            return KS_NOT_FOUND;
        }
        struct ks_shard *shard = ks_shard_by_number(number);

        ks_mutex_lock(&shard->writer);
        if (KS_MUTANT != KS_MUTANT_NO_RECHECK) {
            ks_rcu_read_lock();
            found = published(id);
            number = found != NULL ? found->owner : 0;
            ks_rcu_read_unlock();
        }
        if (number == shard->number) {
            *owner = shard;
            *object = found;
            return KS_OK;
        }
        ks_mutex_unlock(&shard->writer);
    }
}

/* Publishes the object in the old one's slot and keeps the shared bit, which a reader may be
 * setting. Release, as in publish_locked. */
static void swap_word(uint32_t id, struct ks_object *old, struct ks_object *object)
{
    ks_rcu_read_lock();
    _Atomic uintptr_t *slot = ks_table_slot(id);
    uintptr_t word = (uintptr_t) old;
    uintptr_t want;

    do {
        want = (uintptr_t) object | (word & KS_SHARED);
    } while (!atomic_compare_exchange_weak_explicit(slot, &word, want, memory_order_release,
                                                    memory_order_relaxed));
    ks_rcu_read_unlock();
}

/* An operation bound to the old object stays bound to the id. (One that is being bound now, to a
 * key that is therefore shared, is found by whoever destroys the key after the marks.) */
static void inherit_bound(struct ks_object *object, const struct ks_object *old)
{
    uint32_t bound = atomic_load_explicit(&old->users, memory_order_relaxed) & KS_OBJECT_BOUND;

    atomic_fetch_or_explicit(&object->users, bound, memory_order_relaxed);
}

enum ks_status ks_replace(struct ks_shard *shard, struct ks_object *object, uint32_t id,
                          uint64_t serial, struct ks_shard **owner, struct ks_object **old)
{
    enum ks_status status = take_for_writing(id, owner, old);

    if (status != KS_OK) {
        return status;
    }
    if ((*old)->serial != serial) {
        status = KS_CHANGED;
    } else {
        object->id = id;
        object->slot = (*old)->slot;
        object->owner = (*old)->owner;
        inherit_bound(object, *old);
        ks_dying_add_locked(*owner, *old);
        swap_word(id, *old, object);
        (*old)->slot = KS_SLOT_NONE;
        shard->building = NULL;
    }
    ks_mutex_unlock(&(*owner)->writer);
    return status;
}

enum ks_status ks_destroy(uint32_t id)
{
    struct ks_shard *owner;
    struct ks_object *object;

    if (!ks_may_wait()) {
        return KS_BAD_STATE;
    }
    int cancel = ks_cancel_disable();
    enum ks_status status = take_for_writing(id, &owner, &object);

    if (status == KS_OK) {
        ks_dying_add_locked(owner, object);
        ks_rcu_read_lock();
        atomic_exchange_explicit(ks_table_slot(id), 0, memory_order_acq_rel);
        ks_rcu_read_unlock();
        ks_count(&owner->keys.destroyed);
        ks_mutex_unlock(&owner->writer);
        ks_retire(owner, object);
        ks_dying_wait(id);
        ks_operations_revoke(id);
    }
    ks_cancel_restore(cancel);
    return status;
}
