/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/change.h"
#include "base/rcu.h"
#include "store/operation.h"
#include "store/own.h"
#include "store/store.h"
#include "store/table.h"

#include <stdatomic.h>

struct ks_object *ks_object_new(struct ks_shard *shard, size_t size)
{
    struct ks_object *object = ks_secmem_alloc(&shard->arena, sizeof *object + size);

    if (object != NULL) {
        atomic_init(&object->owner, shard->number);
        object->slot = KS_SLOT_NONE;
        object->size = (uint16_t) size;
        object->serial = ++shard->next_serial;
        shard->created_before =
            atomic_load_explicit(&shard->counters.created, memory_order_relaxed);
        /* Before any secret is in it. */
        atomic_store_explicit(&shard->building, object, memory_order_relaxed);
    }
    return object;
}

void ks_object_discard(struct ks_shard *shard, struct ks_object *object)
{
    /* In this order: a fork in between leaves the child a block to wipe again, never one it cannot
     * find. */
    ks_object_wipe(object);
    atomic_store_explicit(&shard->building, NULL, memory_order_release);
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

void ks_publish(struct ks_shard *shard, struct ks_object *object, uint32_t *id)
{
    ks_slot_take(&shard->slots, &object->slot, &object->id);
    object->tenancy = ks_shard_name(shard);
    *id = object->id;
    ks_rcu_read_lock();
    /* Release: whoever reads the word (acquire, ks_lookup) sees a whole key. The slot is empty and
     * the shard's; a bit that a late reader left in it is dropped, for nobody has looked this key
     * up. */
    atomic_store_explicit(ks_table_slot(object->id), (uintptr_t) object, memory_order_release);
    ks_rcu_read_unlock();
    ks_count(&shard->counters.created);
    shard->arrived = true;
    /* Release: not before the word. A fork's child that finds it set looks at the word. */
    atomic_store_explicit(&shard->building, NULL, memory_order_release);
}

void ks_lock_two(struct ks_shard *a, struct ks_shard *b)
{
    ks_mutex_lock(a->number <= b->number ? &a->writer : &b->writer);
    if (a != b) {
        ks_mutex_lock(a->number <= b->number ? &b->writer : &a->writer);
    }
}

void ks_unlock_two(struct ks_shard *a, struct ks_shard *b)
{
    ks_mutex_unlock(&a->writer);
    if (a != b) {
        ks_mutex_unlock(&b->writer);
    }
}

struct ks_object *ks_published(uint32_t id)
{
    _Atomic uintptr_t *slot = ks_table_slot(id);
    struct ks_object *object = NULL;

    if (slot != NULL) {
        object = ks_word_object(atomic_load_explicit(slot, memory_order_acquire));
    }
    return object != NULL && object->id == id ? object : NULL;
}

/* The same, with the shared bit set, whoever owns the key (W2). */
static struct ks_object *share(uint32_t id)
{
    struct ks_object *object = ks_published(id);

    if (object != NULL && KS_MUTANT != KS_MUTANT_NO_SHARE_FIRST) {
        uintptr_t word = atomic_fetch_or_explicit(ks_table_slot(id), KS_SHARED,
                                                  memory_order_acquire);

        object = ks_word_object(word);
    }
    return object != NULL && object->id == id ? object : NULL;
}

/* The number of the shard that owns the key, or 0; in a section of its own. */
static uint32_t owner_of(uint32_t id, struct ks_object *(*find)(uint32_t id),
                         struct ks_object **object)
{
    uint32_t number = 0;

    ks_rcu_read_lock();
    *object = find(id);
    if (*object != NULL) {
        number = ks_object_owner(*object);
    }
    ks_rcu_read_unlock();
    return number;
}

/* Never blocks in a section: a fork that holds the mutex would wait for the section for ever. */
enum ks_status ks_take_for_writing(uint32_t id, struct ks_shard **owner,
                                   struct ks_object **object)
{
    for (;;) {
        uint32_t number = owner_of(id, share, object);

        if (number == 0) {
            return KS_NOT_FOUND;
        }
        struct ks_shard *shard = ks_shard_by_number(number);

        ks_mutex_lock(&shard->writer);
        if (KS_MUTANT != KS_MUTANT_NO_RECHECK) {
            number = owner_of(id, ks_published, object);
        }
        if (number == shard->number ||
            (KS_MUTANT == KS_MUTANT_OWNER_UNCHECKED && number != 0)) {
            *owner = shard;
            return KS_OK;
        }
        ks_mutex_unlock(&shard->writer);
    }
}

/* Whether the object is the published one of its id. Its owner's writer mutex is held, and it
 * cannot be freed (it is marked). */
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
    enum ks_status status = KS_CHANGED;
    struct ks_shard *owner = NULL;

    do {
        if (owner != NULL) {
            ks_mutex_unlock(&owner->writer); /* it was handed over meanwhile */
        }
        owner = ks_shard_by_number(ks_object_owner(source));
        ks_mutex_lock(&owner->writer);
    } while (ks_object_owner(source) != owner->number);
    if (is_published(source)) {
        ks_publish(shard, object, id);
        status = KS_OK;
    }
    ks_mutex_unlock(&owner->writer);
    return status;
}

/* Publishes the object in the old one's slot, whose bit is set and stays so. The owner's writer
 * mutex is held. Release, as in ks_publish. */
static void swap_word(struct ks_object *old, struct ks_object *object)
{
    ks_rcu_read_lock();
    atomic_exchange_explicit(ks_table_slot(old->id), (uintptr_t) object | KS_SHARED,
                             memory_order_acq_rel);
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
                          uint64_t serial, struct ks_dying *dying)
{
    struct ks_shard *owner;
    struct ks_object *old;
    enum ks_status status = ks_take_for_writing(id, &owner, &old);

    if (status != KS_OK) {
        return status;
    }
    if (old->serial != serial) {
        status = KS_CHANGED;
    } else {
        object->id = id;
        object->slot = old->slot;
        object->tenancy = old->tenancy;
        inherit_bound(object, old);
        atomic_store_explicit(&object->owner, owner->number, memory_order_relaxed);
        ks_dying_add(dying, old);
        swap_word(old, object);
        old->slot = KS_SLOT_NONE;
        atomic_store_explicit(&shard->building, NULL, memory_order_release);
    }
    ks_mutex_unlock(&owner->writer);
    return status;
}

void ks_take_out_locked(struct ks_object *object, struct ks_dying *dying)
{
    ks_dying_add(dying, object);
    ks_rcu_read_lock();
    atomic_exchange_explicit(ks_table_slot(object->id), 0, memory_order_acq_rel);
    ks_rcu_read_unlock();
}

/* Unpublishes a key that others may have seen; only if it is of this shard's present tenancy, where
 * only is not NULL. */
static enum ks_status take_out(struct ks_dying *dying, uint32_t id, const struct ks_shard *only)
{
    struct ks_shard *owner;
    struct ks_object *object;
    enum ks_status status = ks_take_for_writing(id, &owner, &object);

    if (status != KS_OK) {
        return status;
    }
    if (only == NULL || (owner == only && object->tenancy == ks_shard_name(only))) {
        ks_take_out_locked(object, dying);
        ks_count_for_all(&ks_totals.destroyed);
    } else {
        status = KS_CHANGED;
    }
    ks_mutex_unlock(&owner->writer);
    return status;
}

static bool is_gone(uint32_t id)
{
    ks_rcu_read_lock();
    bool gone = ks_published(id) == NULL;
    ks_rcu_read_unlock();
    return gone;
}

/* The end of what was taken out of its slots. An id that is still there was not this caller's to
 * destroy. */
static void end_all(struct ks_dying *dying, const uint32_t *ids, size_t count)
{
    ks_retire(dying);
    for (size_t i = 0; i < count; i++) {
        ks_dying_wait(ids[i]);
        if (is_gone(ids[i])) {
            ks_operations_revoke(ids[i]);
        }
    }
}

static enum ks_status destroy_list(struct ks_shard *self, const uint32_t *ids, size_t count,
                                   const struct ks_shard *only)
{
    enum ks_status result = KS_OK;
    bool any = false;
    int cancel = ks_cancel_disable();
    struct ks_dying *dying = ks_dying_begin(self);

    for (size_t i = 0; i < count; i++) {
        if (ids[i] == 0 || (self != NULL && ks_own_destroy(self, ids[i]))) {
            continue;
        }
        enum ks_status status = take_out(dying, ids[i], only);

        any = any || status == KS_OK;
        result = status == KS_OK ? result : status;
    }
    if (any) {
        end_all(dying, ids, count);
    }
    ks_dying_end(dying);
    ks_cancel_restore(cancel);
    return result;
}

enum ks_status ks_destroy_many(const uint32_t *ids, size_t count)
{
    if (!ks_may_wait()) {
        return KS_BAD_STATE;
    }
    return destroy_list(ks_shard_self(), ids, count, NULL);
}

/* One key, which most often is the thread's own. */
enum ks_status ks_destroy(uint32_t id)
{
    struct ks_shard *self = ks_thread.shard;

    if (!ks_may_wait()) {
        return KS_BAD_STATE;
    }
    if (ks_likely(self != NULL) && ks_own_destroy(self, id)) {
        return KS_OK;
    }
    return id == 0 ? KS_NOT_FOUND : destroy_list(ks_shard_self(), &id, 1, NULL);
}

void ks_destroy_own(struct ks_shard *self, const uint32_t *ids, size_t count)
{
    (void) destroy_list(self, ids, count, self);
}
