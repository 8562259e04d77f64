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
    struct ks_object *object = ks_limbo_reuse(shard, size);

    if (object == NULL) {
        object = ks_secmem_alloc(&shard->arena, sizeof *object + size);
    }

    if (object != NULL) {
        object->serial = ++shard->next_serial;
        object->id = 0;
        ks_object_set_slot(object, KS_SLOT_NONE);
        ks_object_set_next(object, NULL);
        atomic_init(&object->owner, shard->number);
        object->size = (uint16_t) size;
        atomic_init(&object->users, 0);
        shard->created_before =
            atomic_load_explicit(&shard->counters.created, memory_order_relaxed);
        /* Before any secret is in it. Release: a fork's child reads the size. */
        atomic_store_explicit(&shard->building, object, memory_order_release);
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
        ks_mutex_lock(&shard->writer);
        ks_slots_collect(&shard->slots);
        ready = ks_slots_ready(&shard->slots);
        ks_mutex_unlock(&shard->writer);
    }
    return ready ? KS_OK : lease(shard);
}

void ks_publish(struct ks_shard *shard, struct ks_object *object, uint32_t *id)
{
    struct ks_rcu_section section;

    ks_rcu_begin(&section);
    _Atomic uintptr_t *word = ks_slot_take(&shard->slots, &object->id);

    ks_object_set_slot(object, ks_id_slot(object->id));
    ks_object_set_tenancy(object, ks_shard_name(shard));
    *id = object->id;
    /* Release: whoever reads the word (acquire, ks_lookup) sees a whole key. The slot is empty and
     * the shard's; a bit that a late reader left in it is dropped, for nobody has looked this key
     * up. */
    atomic_store_explicit(word, (uintptr_t) object, memory_order_release);
    ks_count(&shard->counters.created);
    /* Release: not before the word. A fork's child that finds building set looks for the object in
     * its slot and on the dying lists; it is not freed yet, for its destroyer waits for this
     * section. */
    atomic_store_explicit(&shard->building, NULL, memory_order_release);
    ks_rcu_end(&section);
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
    uintptr_t word = atomic_load_explicit(ks_table_slot(object->id), memory_order_relaxed);

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
    atomic_exchange_explicit(ks_table_slot(old->id), (uintptr_t) object | KS_SHARED,
                             memory_order_acq_rel);
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
        ks_object_follow(object, old);
        atomic_store_explicit(&object->owner, owner->number, memory_order_relaxed);
        ks_dying_add(dying, old);
        swap_word(old, object);
        ks_object_set_slot(old, KS_SLOT_NONE);
        atomic_store_explicit(&shard->building, NULL, memory_order_release);
    }
    ks_mutex_unlock(&owner->writer);
    return status;
}

void ks_take_out_locked(struct ks_object *object, struct ks_dying *dying)
{
    ks_dying_add(dying, object);
    atomic_exchange_explicit(ks_table_slot(object->id), 0, memory_order_acq_rel);
}

/* A call that destroys keys. */
struct destruction {
    struct ks_shard *self;       /* NULL: the thread has none */
    const struct ks_shard *only; /* if not NULL: keys of this shard's present tenancy alone */
    struct ks_dying *dying;
    bool any;                    /* something is on the list */
};

/* Unpublishes a key that others may have seen. */
static enum ks_status take_out(struct destruction *call, uint32_t id)
{
    struct ks_shard *owner;
    struct ks_object *object;
    enum ks_status status = ks_take_for_writing(id, &owner, &object);

    if (status != KS_OK) {
        return status;
    }
    if (call->only == NULL ||
        (owner == call->only && ks_object_tenancy(object) == ks_shard_name(owner))) {
        call->any = true;
        ks_take_out_locked(object, call->dying);
        ks_count_for_all(&ks_totals.destroyed);
    } else {
        status = KS_CHANGED;
    }
    ks_mutex_unlock(&owner->writer);
    return status;
}

/* One key of a list. While others are on the dying list no grace period is waited for but theirs.
 */
static enum ks_status destroy_one(struct destruction *call, uint32_t id)
{
    if (id == 0) {
        return KS_OK;
    }
    if (call->self == NULL || !ks_own_destroy(call->self, id)) {
        return take_out(call, id);
    }
    if (!call->any) {
        ks_limbo_tidy(call->self);
    }
    return KS_OK;
}

/* The end of what was taken out. Only an object that has taken another's place may have an earlier
 * one of its id that is dying still, under whose mark an operation may be bound yet. The slots are
 * given back last, so that no id is another key's while its operations are being ended. */
static void end_all(struct destruction *call)
{
    ks_retire(call->dying);
    struct ks_object *list = ks_dying_take(call->dying);

    for (struct ks_object *object = list; object != NULL; object = ks_object_next(object)) {
        if ((atomic_load_explicit(&object->users, memory_order_relaxed) & KS_OBJECT_LATER) != 0) {
            ks_dying_wait(object->id);
        }
        ks_operations_revoke(object->id);
    }
    ks_reclaim(list);
    if (call->self != NULL) {
        ks_limbo_tidy(call->self);
    }
}

static enum ks_status destroy_list(struct ks_shard *self, const uint32_t *ids, size_t count,
                                   const struct ks_shard *only)
{
    enum ks_status result = KS_OK;
    int cancel = ks_cancel_disable();
    struct destruction call = {self, only, ks_dying_begin(self), false};

    for (size_t i = 0; i < count; i++) {
        enum ks_status status = destroy_one(&call, ids[i]);

        result = status == KS_OK ? result : status;
    }
    if (call.any) {
        end_all(&call);
    }
    ks_dying_end(call.dying);
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
    if (ks_likely(self != NULL) && ks_likely(ks_own_destroy(self, id))) {
        if (ks_unlikely(ks_limbo_untidy(&self->limbo))) {
            ks_limbo_tidy(self);
        }
        return KS_OK;
    }
    return id == 0 ? KS_NOT_FOUND : destroy_list(ks_shard_self(), &id, 1, NULL);
}

void ks_destroy_own(struct ks_shard *self, const uint32_t *ids, size_t count)
{
    (void) destroy_list(self, ids, count, self);
}
