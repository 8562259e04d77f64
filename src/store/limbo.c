/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/limbo.h"
#include "base/rcu.h"
#include "base/secmem.h"
#include "base/wipe.h"
#include "store/shard.h"
#include "store/slots.h"

#define LOOK_AT_CLOCK 32u /* destructions between two looks; the look costs some 5 ns */
#define AT_A_TIME 2u      /* objects given back by a destruction: one more than it adds */

static time_t now(void)
{
    struct timespec time;

    return clock_gettime(CLOCK_MONOTONIC_COARSE, &time) == 0 ? time.tv_sec : 0;
}

static void count(struct ks_limbo *limbo, int64_t objects, int64_t bytes)
{
    uint64_t n = atomic_load_explicit(&limbo->objects, memory_order_relaxed);
    uint64_t b = atomic_load_explicit(&limbo->bytes, memory_order_relaxed);

    atomic_store_explicit(&limbo->objects, n + (uint64_t) objects, memory_order_relaxed);
    atomic_store_explicit(&limbo->bytes, b + (uint64_t) bytes, memory_order_relaxed);
}

void ks_limbo_add(struct ks_shard *self, struct ks_object *object)
{
    struct ks_limbo *limbo = &self->limbo;
    size_t bytes = ks_secmem_charge(sizeof *object + object->size);

    if (limbo->count == 0) {
        limbo->oldest = now();
    }
    ks_object_set_next(object, limbo->waiting);
    atomic_signal_fence(memory_order_seq_cst);
    limbo->waiting = object;
    atomic_signal_fence(memory_order_seq_cst);
    limbo->count++;
    limbo->batch_bytes += (uint32_t) bytes;
    count(limbo, 1, (int64_t) bytes);
}

/* Takes the first that is ready off the list. A fork in between loses the child the block; it does
 * not give it one twice. */
static struct ks_object *take_ready(struct ks_shard *self)
{
    struct ks_limbo *limbo = &self->limbo;
    struct ks_object *object = limbo->ready;

    limbo->ready = ks_object_next(object);
    atomic_signal_fence(memory_order_seq_cst);
    limbo->ready_count--;
    count(limbo, -1, -(int64_t) ks_secmem_charge(sizeof *object + object->size));
    if (ks_object_slot(object) != KS_SLOT_NONE) {
        ks_slot_give(ks_object_slot(object));
    }
    return object;
}

struct ks_object *ks_limbo_reuse(struct ks_shard *self, size_t size)
{
    struct ks_object *object = self->limbo.ready;

    if (object == NULL || object->size != size) {
        return NULL;
    }
    object = take_ready(self);
    ks_wipe(object, sizeof *object); /* the rest is wiped */
    return object;
}

/* Of those that are ready, at most some. */
static void give_back(struct ks_shard *self, unsigned some)
{
    while (self->limbo.ready != NULL && some-- > 0) {
        ks_object_free(take_ready(self));
    }
}

/* The grace period of those that wait; none are ready. */
static void end_batch(struct ks_shard *self)
{
    struct ks_limbo *limbo = &self->limbo;

    if (KS_MUTANT != KS_MUTANT_NO_RECLAIM_GRACE) {
        ks_rcu_synchronize();
    }
    struct ks_object *list = limbo->waiting;

    /* In this order: a fork in between loses the child the list, and does not give it one twice. */
    limbo->waiting = NULL;
    atomic_signal_fence(memory_order_seq_cst);
    limbo->ready = list;
    limbo->ready_count = limbo->count;
    limbo->count = 0;
    limbo->batch_bytes = 0;
}

static bool is_due(const struct ks_limbo *limbo)
{
    return limbo->count >= KS_LIMBO_OBJECTS || limbo->batch_bytes >= KS_LIMBO_BYTES ||
           (limbo->count % LOOK_AT_CLOCK == 0 && limbo->count != 0 &&
            now() - limbo->oldest > KS_LIMBO_SECONDS);
}

void ks_limbo_tidy(struct ks_shard *self)
{
    if (self->limbo.ready_count + self->limbo.count > KS_LIMBO_OBJECTS) {
        give_back(self, AT_A_TIME);
    }
    if (ks_unlikely(is_due(&self->limbo))) {
        give_back(self, UINT32_MAX);
        end_batch(self);
    }
}

bool ks_limbo_reclaim(struct ks_shard *self)
{
    bool any = self->limbo.waiting != NULL || self->limbo.ready != NULL;

    give_back(self, UINT32_MAX);
    if (self->limbo.waiting != NULL) {
        end_batch(self);
        give_back(self, UINT32_MAX);
    }
    return any;
}

static void count_list(struct ks_limbo *limbo, const struct ks_object *list)
{
    for (; list != NULL; list = ks_object_next(list)) {
        count(limbo, 1, (int64_t) ks_secmem_charge(sizeof *list + list->size));
    }
}

void ks_limbo_recount(struct ks_limbo *limbo)
{
    atomic_store_explicit(&limbo->objects, 0, memory_order_relaxed);
    atomic_store_explicit(&limbo->bytes, 0, memory_order_relaxed);
    count_list(limbo, limbo->waiting);
    limbo->count = (uint32_t) atomic_load_explicit(&limbo->objects, memory_order_relaxed);
    limbo->batch_bytes = (uint32_t) atomic_load_explicit(&limbo->bytes, memory_order_relaxed);
    count_list(limbo, limbo->ready);
    limbo->ready_count =
        (uint32_t) atomic_load_explicit(&limbo->objects, memory_order_relaxed) - limbo->count;
}
