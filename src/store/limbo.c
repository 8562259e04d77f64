/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/limbo.h"
#include "base/rcu.h"
#include "base/secmem.h"
#include "store/shard.h"
#include "store/slots.h"

#define AT_A_TIME 2u      /* objects given back by a destruction: one more than it adds */

static KS_COLD time_t now(void)
{
    struct timespec time;

    return clock_gettime(CLOCK_MONOTONIC_COARSE, &time) == 0 ? time.tv_sec : 0;
}

static void set(struct ks_limbo_list *list, uint32_t objects, uint64_t bytes)
{
    atomic_store_explicit(&list->objects, objects, memory_order_relaxed);
    atomic_store_explicit(&list->bytes, bytes, memory_order_relaxed);
}

static uint64_t bytes_of(const struct ks_object *object)
{
    return ks_secmem_charge(sizeof *object + object->size);
}

void ks_limbo_add(struct ks_shard *self, struct ks_object *object)
{
    struct ks_limbo_list *waiting = &self->limbo.waiting;

    if (waiting->first == NULL) {
        self->limbo.oldest = now();
    }
    ks_object_set_next(object, waiting->first);
    atomic_signal_fence(memory_order_seq_cst);
    waiting->first = object;
    atomic_signal_fence(memory_order_seq_cst);
    set(waiting, ks_limbo_number(waiting) + 1, ks_limbo_held(waiting) + bytes_of(object));
}

/* Takes the first that is ready off the list. A fork in between loses the child the block; it does
 * not give it one twice. */
static struct ks_object *take_ready(struct ks_shard *self)
{
    struct ks_limbo_list *ready = &self->limbo.ready;
    struct ks_object *object = ready->first;

    ready->first = ks_object_next(object);
    atomic_signal_fence(memory_order_seq_cst);
    set(ready, ks_limbo_number(ready) - 1, ks_limbo_held(ready) - bytes_of(object));
    if (ks_object_slot(object) != KS_SLOT_NONE) {
        ks_slot_give(ks_object_slot(object));
    }
    return object;
}

struct ks_object *ks_limbo_reuse(struct ks_shard *self, size_t size)
{
    struct ks_object *object = self->limbo.ready.first;

    return object != NULL && object->size == size ? take_ready(self) : NULL;
}

/* Of those that are ready, at most some. */
static void give_back(struct ks_shard *self, unsigned some)
{
    while (self->limbo.ready.first != NULL && some-- > 0) {
        ks_object_free(take_ready(self));
    }
}

/* The grace period of those that wait; none are ready. */
static void end_batch(struct ks_shard *self)
{
    struct ks_limbo_list *waiting = &self->limbo.waiting;
    struct ks_limbo_list *ready = &self->limbo.ready;

    if (KS_MUTANT != KS_MUTANT_NO_RECLAIM_GRACE) {
        ks_rcu_synchronize();
    }
    struct ks_object *list = waiting->first;

    /* In this order: a fork in between loses the child the list, and does not give it one twice. */
    waiting->first = NULL;
    atomic_signal_fence(memory_order_seq_cst);
    ready->first = list;
    set(ready, ks_limbo_number(waiting), ks_limbo_held(waiting));
    set(waiting, 0, 0);
}

static bool is_due(const struct ks_limbo *limbo)
{
    uint32_t objects = ks_limbo_number(&limbo->waiting);

    return objects >= KS_LIMBO_OBJECTS || ks_limbo_held(&limbo->waiting) >= KS_LIMBO_BYTES ||
           (objects % KS_LIMBO_LOOK == 0 && objects != 0 &&
            now() - limbo->oldest > KS_LIMBO_SECONDS);
}

void ks_limbo_tidy(struct ks_shard *self)
{
    if (ks_limbo_objects(&self->limbo) > KS_LIMBO_OBJECTS) {
        give_back(self, AT_A_TIME);
    }
    if (ks_unlikely(is_due(&self->limbo))) {
        give_back(self, UINT32_MAX);
        end_batch(self);
    }
}

bool ks_limbo_reclaim(struct ks_shard *self)
{
    bool any = self->limbo.waiting.first != NULL || self->limbo.ready.first != NULL;

    give_back(self, UINT32_MAX);
    if (self->limbo.waiting.first != NULL) {
        end_batch(self);
        give_back(self, UINT32_MAX);
    }
    return any;
}

static void recount(struct ks_limbo_list *list)
{
    uint32_t objects = 0;
    uint64_t bytes = 0;

    for (struct ks_object *object = list->first; object != NULL; object = ks_object_next(object)) {
        objects++;
        bytes += bytes_of(object);
    }
    set(list, objects, bytes);
}

void ks_limbo_recount(struct ks_limbo *limbo)
{
    recount(&limbo->waiting);
    recount(&limbo->ready);
}
