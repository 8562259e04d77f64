/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/operation_table.h"
#include "base/wipe.h"
#include "store/shard.h"

#include <stdlib.h>

#define FIRST_BUCKETS 16u

struct ks_stripe ks_stripes[KS_STRIPES];
_Atomic uint64_t ks_stripes_used;

/* The place that a handle names, or NULL. */
struct ks_operation *ks_operation_place(uint32_t handle)
{
    uint32_t index = handle / KS_STRIPES - 1 + FIRST_PLACES; /* 0: wraps, to no chunk */

    if (handle < KS_STRIPES) {
        return NULL;
    }
    unsigned chunk = (unsigned) (31 - __builtin_clz(index / FIRST_PLACES));
    struct ks_operation *places =
        chunk < CHUNKS ? atomic_load_explicit(&ks_stripe_of(handle)->chunks[chunk],
                                              memory_order_acquire)
                       : NULL;

    return places != NULL ? &places[index - (FIRST_PLACES << chunk)] : NULL;
}

/* --- growth --- */

/* Adds a chunk of places, for which the caller has made room. Mutex held. */
static void add_places_locked(struct ks_stripe *stripe, struct ks_operation *places, uint32_t count)
{
    uint32_t chunk = (uint32_t) (31 - __builtin_clz(stripe->places / FIRST_PLACES + 1));

    for (uint32_t i = count; i > 0; i--) {
        struct ks_operation *place = &places[i - 1];

        place->handle = (stripe->places + i) * KS_STRIPES + (uint32_t) (stripe - ks_stripes);
        atomic_init(&place->word,
                    ks_operation_word(ks_operation_first(place->handle), KS_OP_FREE));
        place->next = stripe->free;
        stripe->free = place;
    }
    stripe->places += count;
    atomic_store_explicit(&stripe->chunks[chunk], places, memory_order_release);
}

/* Gives the stripe its next chunk of places, if it has none free. Memory is allocated outside the
 * mutex; of two threads at it at once one was in vain. */
static bool add_places(struct ks_stripe *stripe)
{
    ks_mutex_lock(&stripe->mutex);
    uint32_t had = stripe->places;
    ks_mutex_unlock(&stripe->mutex);

    uint32_t count = had + FIRST_PLACES;
    size_t size = count * sizeof(struct ks_operation);

    if (had + FIRST_PLACES >= FIRST_PLACES << CHUNKS) {
        return false;
    }
    struct ks_operation *places = aligned_alloc(KS_CACHE_LINE, size);

    if (places == NULL) {
        return false;
    }
    ks_wipe(places, size);
    ks_mutex_lock(&stripe->mutex);
    bool wanted = stripe->places == had;

    if (wanted) {
        add_places_locked(stripe, places, count);
    }
    ks_mutex_unlock(&stripe->mutex);
    if (!wanted) {
        free(places);
    }
    return true;
}

/* Moves all operations to other buckets; returns the old ones. Mutex held. */
static struct ks_operation **set_buckets_locked(struct ks_stripe *stripe,
                                                struct ks_operation **buckets, uint32_t count)
{
    struct ks_operation **old = stripe->buckets;
    uint32_t old_count = old == NULL ? 0 : stripe->mask + 1;

    stripe->buckets = buckets;
    stripe->mask = count - 1;
    for (uint32_t i = 0; i < old_count; i++) {
        for (struct ks_operation *o = old[i], *next; o != NULL; o = next) {
            struct ks_operation **bucket = ks_stripe_bucket(stripe, o->id);

            next = o->next;
            o->next = *bucket;
            *bucket = o;
        }
    }
    return old;
}

/* As many buckets as places. */
static bool add_buckets(struct ks_stripe *stripe)
{
    ks_mutex_lock(&stripe->mutex);
    uint32_t count = stripe->buckets == NULL ? FIRST_BUCKETS : (stripe->mask + 1) * 2;
    ks_mutex_unlock(&stripe->mutex);

    struct ks_operation **buckets = calloc(count, sizeof *buckets);

    if (buckets == NULL) {
        return false;
    }
    ks_mutex_lock(&stripe->mutex);
    if (stripe->buckets == NULL || stripe->mask + 1 < count) {
        buckets = set_buckets_locked(stripe, buckets, count);
    }
    ks_mutex_unlock(&stripe->mutex);
    free(buckets);
    return true;
}

void ks_stripe_count(struct ks_stripe *stripe, uint32_t change)
{
    uint32_t now = atomic_load_explicit(&stripe->linked, memory_order_relaxed);

    atomic_store_explicit(&stripe->linked, now + change, memory_order_relaxed);
}

/* Takes a free place out of the list; NULL if the stripe must grow first. Mutex held. */
static struct ks_operation *take_locked(struct ks_stripe *stripe)
{
    struct ks_operation *place = stripe->free;

    if (place != NULL && stripe->buckets != NULL) {
        stripe->free = place->next;
        return place;
    }
    return NULL;
}

/* A free place; returns with the mutex held. NULL, and not held, where memory is exhausted. */
struct ks_operation *ks_stripe_take(struct ks_stripe *stripe)
{
    for (;;) {
        ks_mutex_lock(&stripe->mutex);
        struct ks_operation *place = take_locked(stripe);
        bool crowded = stripe->buckets == NULL || stripe->mask + 1 < stripe->places / 2;

        if (place != NULL) {
            return place;
        }
        ks_mutex_unlock(&stripe->mutex);
        if ((crowded && !add_buckets(stripe)) || !add_places(stripe)) {
            return NULL;
        }
    }
}

/* Only stripes of listed shards are ever locked, and nobody lists a shard meanwhile: the attach
 * mutex is held. (All 64 would be more than the thread sanitizer lets a thread hold.) */
static uint64_t locked_stripes;

static void each_locked(void (*step)(struct ks_mutex *mutex))
{
    for (unsigned i = 0; i < KS_STRIPES; i++) {
        if ((locked_stripes >> i & 1) != 0) {
            step(&ks_stripes[i].mutex);
        }
    }
}

void ks_operations_fork_prepare(void)
{
    locked_stripes = 0;
    for (uint32_t n = 1; n <= ks_shards_listed(); n++) {
        locked_stripes |= UINT64_C(1) << n % KS_STRIPES;
    }
    each_locked(ks_mutex_lock_for_fork);
}

void ks_operations_fork_done(void)
{
    each_locked(ks_mutex_unlock_for_fork);
}
