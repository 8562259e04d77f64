/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/operation.h"
#include "base/rcu.h"
#include "base/wipe.h"
#include "store/operation_table.h"
#include "store/shard.h"

/* --- opening --- */

/* Looked at first: the line is everybody's. */
static void note_use(unsigned number)
{
    uint64_t bit = UINT64_C(1) << number;

    if ((atomic_load_explicit(&ks_stripes_used, memory_order_relaxed) & bit) == 0) {
        atomic_fetch_or_explicit(&ks_stripes_used, bit, memory_order_relaxed);
    }
}

enum ks_status ks_operation_open(struct ks_shard *shard, struct ks_object *object,
                                 uint16_t material, const struct ks_operation_class *class,
                                 size_t size, struct ks_operation **opened)
{
    struct ks_stripe *stripe = &ks_stripes[shard->number % KS_STRIPES];

    if (ks_rcu_read_ongoing()) {
        return KS_BAD_STATE;
    }
    void *context = ks_secmem_alloc(&shard->record_arena, size);
    struct ks_operation *operation = context != NULL ? ks_stripe_take(stripe) : NULL;

    if (operation == NULL) {
        if (context != NULL) {
            ks_secmem_free(context, size);
        }
        return KS_NO_MEMORY;
    }
    /* Before it is linked. Relaxed: a destroyer has read the cleared mark first. */
    atomic_fetch_or_explicit(&object->users, KS_OBJECT_BOUND, memory_order_relaxed);
    operation->context = context;
    operation->class = class;
    operation->size = (uint32_t) size;
    operation->id = object->id;
    operation->material = material;
    operation->next = *ks_stripe_bucket(stripe, object->id);
    *ks_stripe_bucket(stripe, object->id) = operation;
    ks_stripe_count(stripe, 1);
    note_use(shard->number % KS_STRIPES);
    uint64_t word = atomic_load_explicit(&operation->word, memory_order_relaxed);

    atomic_store_explicit(&operation->word, word | KS_OP_BUSY, memory_order_release);
    ks_mutex_unlock(&stripe->mutex);
    *opened = operation;
    return KS_OK;
}

/* --- calls --- */

struct ks_operation_name ks_operation_name(const struct ks_operation *operation)
{
    uint64_t word = atomic_load_explicit(&operation->word, memory_order_relaxed);

    return (struct ks_operation_name){operation->handle, ks_operation_generation(word)};
}

struct ks_operation *ks_operation_enter(struct ks_operation_name name, unsigned kind)
{
    struct ks_operation *operation = ks_operation_place(name.handle);
    uint64_t idle = ks_operation_word(name.generation, KS_OP_IDLE);

    if (operation == NULL ||
        !atomic_compare_exchange_strong_explicit(&operation->word, &idle,
                                                 ks_operation_word(name.generation, KS_OP_BUSY),
                                                 memory_order_acquire, memory_order_relaxed)) {
        return NULL;
    }
    if (operation->class->kind != kind) {
        ks_operation_leave(operation);
        return NULL;
    }
    return operation;
}

void *ks_operation_context(const struct ks_operation *operation)
{
    return operation->context;
}

/* BUSY -> IDLE, BUSY | REVOKED -> REVOKED: whatever is set besides BUSY stays, in one step. */
void ks_operation_leave(struct ks_operation *operation)
{
    uint64_t word = atomic_load_explicit(&operation->word, memory_order_relaxed);
    uint64_t left;

    do {
        left = word & ~KS_OP_BUSY;
        left |= (word & KS_OP_REVOKED) != 0 ? 0 : KS_OP_IDLE;
    } while (!atomic_compare_exchange_weak_explicit(&operation->word, &word, left,
                                                    memory_order_release, memory_order_relaxed));
}

void ks_operation_leave_failed(struct ks_operation *operation)
{
    uint64_t word = atomic_load_explicit(&operation->word, memory_order_relaxed);

    word = ks_operation_word(ks_operation_generation(word), KS_OP_REVOKED);
    atomic_store_explicit(&operation->word, word, memory_order_release);
}

/* --- ends --- */

static void unlink_locked(struct ks_stripe *stripe, struct ks_operation *operation)
{
    struct ks_operation **link = ks_stripe_bucket(stripe, operation->id);

    while (*link != operation) {
        link = &(*link)->next;
    }
    *link = operation->next;
    ks_stripe_count(stripe, (uint32_t) -1);
}

/* -> FREE. Mutex held; nobody is inside but the caller, and nobody can enter. */
void ks_operation_end_locked(struct ks_stripe *stripe, struct ks_operation *operation)
{
    uint64_t word = atomic_load_explicit(&operation->word, memory_order_relaxed);
    uint32_t next =
        ks_operation_generation(word) + (KS_MUTANT != KS_MUTANT_NO_OPERATION_GENERATION);

    if (KS_MUTANT != KS_MUTANT_NO_OPERATION_WIPE) {
        operation->class->release(operation->context);
        ks_wipe(operation->context, operation->size);
    }
    ks_secmem_free(operation->context, operation->size);
    operation->context = NULL;
    unlink_locked(stripe, operation);
    atomic_store_explicit(&operation->word, ks_operation_word(next, KS_OP_FREE),
                          memory_order_release);
    /* After 2^32 operations the place is given up: a generation never comes back. */
    if (next != ks_operation_first(operation->handle) ||
        KS_MUTANT == KS_MUTANT_NO_OPERATION_GENERATION) {
        operation->next = stripe->free;
        stripe->free = operation;
    }
}

void ks_operation_end(struct ks_operation *operation)
{
    struct ks_stripe *stripe = ks_stripe_of(operation->handle);

    ks_mutex_lock(&stripe->mutex);
    ks_operation_end_locked(stripe, operation);
    ks_mutex_unlock(&stripe->mutex);
}

/* The same, but where somebody is inside nothing is changed. */
static bool close_locked(struct ks_operation *operation)
{
    uint64_t word = atomic_load_explicit(&operation->word, memory_order_relaxed);

    while ((word & KS_OP_BUSY) == 0) {
        uint64_t closed = (word & ~KS_OP_IDLE) | KS_OP_REVOKED;

        if (atomic_compare_exchange_weak_explicit(&operation->word, &word, closed,
                                                  memory_order_acq_rel, memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

static enum ks_status abort_locked(struct ks_stripe *stripe, struct ks_operation *operation,
                                   uint32_t generation)
{
    uint64_t word = atomic_load_explicit(&operation->word, memory_order_acquire);
    uint32_t first = ks_operation_first(operation->handle);

    if (generation != ks_operation_generation(word)) {
        return generation - first < ks_operation_generation(word) - first ? KS_OK : KS_NOT_FOUND;
    }
    if ((word & (KS_OP_IDLE | KS_OP_BUSY | KS_OP_REVOKED)) == 0) {
        return KS_NOT_FOUND;
    }
    if (!close_locked(operation)) {
        return KS_BAD_STATE;
    }
    ks_operation_end_locked(stripe, operation);
    return KS_OK;
}

enum ks_status ks_operation_abort(struct ks_operation_name name)
{
    struct ks_operation *operation = ks_operation_place(name.handle);
    struct ks_stripe *stripe = ks_stripe_of(name.handle);

    if (operation == NULL) {
        return KS_NOT_FOUND;
    }
    ks_mutex_lock(&stripe->mutex);
    enum ks_status status = abort_locked(stripe, operation, name.generation);

    ks_mutex_unlock(&stripe->mutex);
    return status;
}

bool ks_operation_abort_open(struct ks_operation_name name)
{
    struct ks_operation *operation = ks_operation_place(name.handle);
    struct ks_stripe *stripe = ks_stripe_of(name.handle);
    bool ended = false;

    if (operation != NULL) {
        ks_mutex_lock(&stripe->mutex);
        uint64_t word = atomic_load_explicit(&operation->word, memory_order_relaxed);

        if (ks_operation_generation(word) == name.generation && (word & KS_OP_IDLE) != 0 &&
            close_locked(operation)) {
            ks_operation_end_locked(stripe, operation);
            ended = true;
        }
        ks_mutex_unlock(&stripe->mutex);
    }
    return ended;
}
