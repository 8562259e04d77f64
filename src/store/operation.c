/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/operation.h"
#include "base/rcu.h"
#include "base/wipe.h"
#include "store/change.h"
#include "store/shard.h"

#include <stdlib.h>

#define STRIPES 64u      /* a power of two; handles hold the number of their stripe */
#define CHUNKS 21u       /* chunk c has FIRST_PLACES << c places: 33 million a stripe */
#define FIRST_PLACES 16u
#define FIRST_BUCKETS 16u
#define ENDED_AT_ONCE 16u /* operations that are wiped before the mutex is let go of */

/* The word: the generation in the upper half, in the lower one of these, or BUSY | REVOKED. */
#define FREE UINT64_C(0)
#define IDLE UINT64_C(1)
#define BUSY UINT64_C(2)
#define REVOKED UINT64_C(4)

struct ks_operation {
    _Alignas(KS_CACHE_LINE) _Atomic uint64_t word;
    struct ks_operation *next;   /* in its bucket, or in the free list; the stripe's mutex */
    /* Written by whoever opens, before the word says IDLE; of the thread inside, then of whoever
     * ends it. */
    void *context;
    const struct ks_operation_class *class;
    uint32_t size;
    uint32_t id;
    uint16_t material;
    uint32_t handle;             /* immutable */
};

_Static_assert(sizeof(struct ks_operation) == KS_CACHE_LINE, "one line an operation");
_Static_assert(STRIPES <= 64, "a bit of used_stripes for each");

struct stripe {
    /* Guards buckets, free list and chunks, and every -> FREE and -> REVOKED. Contexts are wiped
     * under it. KS_RANK_MEMORY may be taken inside. */
    _Alignas(KS_CACHE_LINE) struct ks_mutex mutex;
    struct ks_operation **buckets; /* open operations, by id */
    uint32_t mask;                 /* number of buckets - 1 */
    uint32_t places;               /* in all chunks */
    struct ks_operation *free;
    _Atomic uint32_t linked;       /* written under the mutex, read freely */
    _Atomic(struct ks_operation *) chunks[CHUNKS]; /* never freed */
};

static struct stripe stripes[STRIPES];
static _Atomic uint64_t used_stripes; /* bit i: stripe i has had an operation; only grows */
static uint16_t (*material_of)(const struct ks_object *object);

void ks_operations_setup(uint16_t (*material)(const struct ks_object *object))
{
    material_of = material;
    for (unsigned i = 0; i < STRIPES; i++) {
        ks_mutex_init(&stripes[i].mutex, KS_RANK_OPERATIONS, i);
    }
}

static uint64_t word_of(uint32_t generation, uint64_t state)
{
    return (uint64_t) generation << 32 | state;
}

static uint32_t generation_of(uint64_t word)
{
    return (uint32_t) (word >> 32);
}

/* The generation that a place begins with. Not a small number, and another for each place, so that
 * what is no name does not look like one. */
static uint32_t first_generation(uint32_t handle)
{
    return (handle + 1) * 0x9e3779b1u ^ 0x5bd1e995u;
}

static struct stripe *stripe_of(uint32_t handle)
{
    return &stripes[handle % STRIPES];
}

/* The place that a handle names, or NULL. */
static struct ks_operation *place_of(uint32_t handle)
{
    uint32_t index = handle / STRIPES - 1 + FIRST_PLACES; /* 0: wraps, to no chunk */

    if (handle < STRIPES) {
        return NULL;
    }
    unsigned chunk = (unsigned) (31 - __builtin_clz(index / FIRST_PLACES));
    struct ks_operation *places =
        chunk < CHUNKS ? atomic_load_explicit(&stripe_of(handle)->chunks[chunk],
                                              memory_order_acquire)
                       : NULL;

    return places != NULL ? &places[index - (FIRST_PLACES << chunk)] : NULL;
}

static struct ks_operation **bucket_of(const struct stripe *stripe, uint32_t id)
{
    return &stripe->buckets[(id * 0x9e3779b1u >> 7) & stripe->mask];
}

static void count_linked(struct stripe *stripe, uint32_t change)
{
    uint32_t now = atomic_load_explicit(&stripe->linked, memory_order_relaxed);

    atomic_store_explicit(&stripe->linked, now + change, memory_order_relaxed);
}

/* --- growth --- */

/* Adds a chunk of places, for which the caller has made room. Mutex held. */
static void add_places_locked(struct stripe *stripe, struct ks_operation *places, uint32_t count)
{
    uint32_t chunk = (uint32_t) (31 - __builtin_clz(stripe->places / FIRST_PLACES + 1));

    for (uint32_t i = count; i > 0; i--) {
        struct ks_operation *place = &places[i - 1];

        place->handle = (stripe->places + i) * STRIPES + (uint32_t) (stripe - stripes);
        atomic_init(&place->word, word_of(first_generation(place->handle), FREE));
        place->next = stripe->free;
        stripe->free = place;
    }
    stripe->places += count;
    atomic_store_explicit(&stripe->chunks[chunk], places, memory_order_release);
}

/* Gives the stripe its next chunk of places, if it has none free. Memory is allocated outside the
 * mutex; of two threads at it at once one was in vain. */
static bool add_places(struct stripe *stripe)
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
static struct ks_operation **set_buckets_locked(struct stripe *stripe,
                                                struct ks_operation **buckets, uint32_t count)
{
    struct ks_operation **old = stripe->buckets;
    uint32_t old_count = old == NULL ? 0 : stripe->mask + 1;

    stripe->buckets = buckets;
    stripe->mask = count - 1;
    for (uint32_t i = 0; i < old_count; i++) {
        for (struct ks_operation *o = old[i], *next; o != NULL; o = next) {
            struct ks_operation **bucket = bucket_of(stripe, o->id);

            next = o->next;
            o->next = *bucket;
            *bucket = o;
        }
    }
    return old;
}

/* As many buckets as places. */
static bool add_buckets(struct stripe *stripe)
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

/* --- opening --- */

/* Takes a free place out of the list; NULL if the stripe must grow first. Mutex held. */
static struct ks_operation *take_locked(struct stripe *stripe)
{
    struct ks_operation *place = stripe->free;

    if (place != NULL && stripe->buckets != NULL) {
        stripe->free = place->next;
        return place;
    }
    return NULL;
}

/* A free place; returns with the mutex held. NULL, and not held, where memory is exhausted. */
static struct ks_operation *take(struct stripe *stripe)
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

/* Looked at first: the line is everybody's. */
static void note_use(unsigned number)
{
    uint64_t bit = UINT64_C(1) << number;

    if ((atomic_load_explicit(&used_stripes, memory_order_relaxed) & bit) == 0) {
        atomic_fetch_or_explicit(&used_stripes, bit, memory_order_relaxed);
    }
}

enum ks_status ks_operation_open(struct ks_shard *shard, struct ks_object *object,
                                 uint16_t material, const struct ks_operation_class *class,
                                 size_t size, struct ks_operation **opened)
{
    struct stripe *stripe = &stripes[shard->number % STRIPES];

    if (ks_rcu_read_ongoing()) {
        return KS_BAD_STATE;
    }
    void *context = ks_secmem_alloc(&shard->record_arena, size);
    struct ks_operation *operation = context != NULL ? take(stripe) : NULL;

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
    operation->next = *bucket_of(stripe, object->id);
    *bucket_of(stripe, object->id) = operation;
    count_linked(stripe, 1);
    note_use(shard->number % STRIPES);
    uint64_t word = atomic_load_explicit(&operation->word, memory_order_relaxed);

    atomic_store_explicit(&operation->word, word | BUSY, memory_order_release);
    ks_mutex_unlock(&stripe->mutex);
    *opened = operation;
    return KS_OK;
}

/* --- calls --- */

struct ks_operation_name ks_operation_name(const struct ks_operation *operation)
{
    uint64_t word = atomic_load_explicit(&operation->word, memory_order_relaxed);

    return (struct ks_operation_name){operation->handle, generation_of(word)};
}

struct ks_operation *ks_operation_enter(struct ks_operation_name name, unsigned kind)
{
    struct ks_operation *operation = place_of(name.handle);
    uint64_t idle = word_of(name.generation, IDLE);

    if (operation == NULL ||
        !atomic_compare_exchange_strong_explicit(&operation->word, &idle,
                                                 word_of(name.generation, BUSY),
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
        left = (word & REVOKED) != 0 ? word & ~BUSY : (word & ~BUSY) | IDLE;
    } while (!atomic_compare_exchange_weak_explicit(&operation->word, &word, left,
                                                    memory_order_release, memory_order_relaxed));
}

void ks_operation_leave_failed(struct ks_operation *operation)
{
    uint64_t word = atomic_load_explicit(&operation->word, memory_order_relaxed);

    atomic_store_explicit(&operation->word, word_of(generation_of(word), REVOKED),
                          memory_order_release);
}

/* --- ends --- */

static void unlink_locked(struct stripe *stripe, struct ks_operation *operation)
{
    struct ks_operation **link = bucket_of(stripe, operation->id);

    while (*link != operation) {
        link = &(*link)->next;
    }
    *link = operation->next;
    count_linked(stripe, (uint32_t) -1);
}

/* -> FREE. Mutex held; nobody is inside but the caller, and nobody can enter. */
static void end_locked(struct stripe *stripe, struct ks_operation *operation)
{
    uint64_t word = atomic_load_explicit(&operation->word, memory_order_relaxed);
    uint32_t next = generation_of(word) + (KS_MUTANT != KS_MUTANT_NO_OPERATION_GENERATION);

    if (KS_MUTANT != KS_MUTANT_NO_OPERATION_WIPE) {
        operation->class->release(operation->context);
        ks_wipe(operation->context, operation->size);
    }
    ks_secmem_free(operation->context, operation->size);
    operation->context = NULL;
    unlink_locked(stripe, operation);
    atomic_store_explicit(&operation->word, word_of(next, FREE), memory_order_release);
    /* After 2^32 operations the place is given up: a generation never comes back. */
    if (next != first_generation(operation->handle) ||
        KS_MUTANT == KS_MUTANT_NO_OPERATION_GENERATION) {
        operation->next = stripe->free;
        stripe->free = operation;
    }
}

void ks_operation_end(struct ks_operation *operation)
{
    struct stripe *stripe = stripe_of(operation->handle);

    ks_mutex_lock(&stripe->mutex);
    end_locked(stripe, operation);
    ks_mutex_unlock(&stripe->mutex);
}

/* Sees to it that nobody enters any more. Whether somebody is inside. Mutex held. */
static bool revoke_locked(struct ks_operation *operation)
{
    /* Acquire: what calls did to the context, if nobody is inside (release: -> IDLE, REVOKED). */
    uint64_t word = atomic_fetch_or_explicit(&operation->word, REVOKED, memory_order_acq_rel);

    return (word & BUSY) != 0;
}

/* The same, but where somebody is inside nothing is changed. */
static bool close_locked(struct ks_operation *operation)
{
    uint64_t word = atomic_load_explicit(&operation->word, memory_order_relaxed);

    while ((word & BUSY) == 0) {
        if (atomic_compare_exchange_weak_explicit(&operation->word, &word,
                                                  (word & ~IDLE) | REVOKED, memory_order_acq_rel,
                                                  memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

static enum ks_status abort_locked(struct stripe *stripe, struct ks_operation *operation,
                                   uint32_t generation)
{
    uint64_t word = atomic_load_explicit(&operation->word, memory_order_acquire);
    uint32_t first = first_generation(operation->handle);

    if (generation != generation_of(word)) {
        return generation - first < generation_of(word) - first ? KS_OK : KS_NOT_FOUND;
    }
    if ((word & (IDLE | BUSY | REVOKED)) == 0) {
        return KS_NOT_FOUND;
    }
    if (!close_locked(operation)) {
        return KS_BAD_STATE;
    }
    end_locked(stripe, operation);
    return KS_OK;
}

enum ks_status ks_operation_abort(struct ks_operation_name name)
{
    struct ks_operation *operation = place_of(name.handle);
    struct stripe *stripe = stripe_of(name.handle);

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
    struct ks_operation *operation = place_of(name.handle);
    struct stripe *stripe = stripe_of(name.handle);
    bool ended = false;

    if (operation != NULL) {
        ks_mutex_lock(&stripe->mutex);
        uint64_t word = atomic_load_explicit(&operation->word, memory_order_relaxed);

        if (generation_of(word) == name.generation && (word & IDLE) != 0 &&
            close_locked(operation)) {
            end_locked(stripe, operation);
            ended = true;
        }
        ks_mutex_unlock(&stripe->mutex);
    }
    return ended;
}

/* --- revocation --- */

struct filter {
    bool all;
    uint32_t id;
    bool older;        /* than material; both count modulo 2^16 */
    uint16_t material;
};

static bool matches(const struct filter *filter, const struct ks_operation *operation)
{
    if (filter->all) {
        return true;
    }
    return operation->id == filter->id &&
           (!filter->older || (int16_t) (uint16_t) (operation->material - filter->material) < 0);
}

/* What a pass over operations has left to do. */
struct rest {
    unsigned ended;
    bool inside; /* a call is inside one of them */
};

/* Ends those of one bucket that match and are not entered; the others are told. Mutex held. */
static void revoke_bucket_locked(struct stripe *stripe, struct ks_operation *operation,
                                 const struct filter *filter, struct rest *rest)
{
    while (operation != NULL && rest->ended < ENDED_AT_ONCE) {
        struct ks_operation *next = operation->next;

        if (matches(filter, operation)) {
            if (revoke_locked(operation)) {
                rest->inside = KS_MUTANT != KS_MUTANT_NO_OPERATION_WAIT;
            } else {
                end_locked(stripe, operation);
                rest->ended++;
            }
        }
        operation = next;
    }
}

static struct rest revoke_pass(struct stripe *stripe, const struct filter *filter)
{
    struct rest rest = {0, false};

    ks_mutex_lock(&stripe->mutex);
    if (stripe->buckets != NULL && !filter->all) {
        revoke_bucket_locked(stripe, *bucket_of(stripe, filter->id), filter, &rest);
    }
    for (uint32_t i = 0; stripe->buckets != NULL && filter->all && i <= stripe->mask; i++) {
        revoke_bucket_locked(stripe, stripe->buckets[i], filter, &rest);
    }
    ks_mutex_unlock(&stripe->mutex);
    return rest;
}

static void revoke_matching(const struct filter *filter)
{
    if (KS_MUTANT == KS_MUTANT_NO_REVOCATION) {
        return;
    }
    uint64_t used = atomic_load_explicit(&used_stripes, memory_order_relaxed);

    for (; used != 0; used &= used - 1) {
        unsigned i = (unsigned) __builtin_ctzll(used);
        struct rest rest = {1, false};
        unsigned attempt = 0;

        if (atomic_load_explicit(&stripes[i].linked, memory_order_relaxed) == 0) {
            continue;
        }
        while (rest.ended != 0 || rest.inside) {
            rest = revoke_pass(&stripes[i], filter);
            if (rest.ended == 0 && rest.inside) {
                ks_backoff(attempt++);
            }
        }
    }
}

void ks_operations_revoke(uint32_t id)
{
    struct filter filter = {.id = id};

    revoke_matching(&filter);
}

void ks_operations_revoke_older(uint32_t id, uint16_t material)
{
    struct filter filter = {.id = id, .older = true, .material = material};

    revoke_matching(&filter);
}

void ks_operations_revoke_all(void)
{
    struct filter filter = {.all = true};

    revoke_matching(&filter);
}

uint64_t ks_operations_open(void)
{
    uint64_t open = 0;

    for (unsigned i = 0; i < STRIPES; i++) {
        open += atomic_load_explicit(&stripes[i].linked, memory_order_relaxed);
    }
    return open;
}

/* --- fork --- */

void ks_operations_fork_prepare(void)
{
    for (unsigned i = 0; i < STRIPES; i++) {
        ks_mutex_lock_for_fork(&stripes[i].mutex);
    }
}

void ks_operations_fork_done(void)
{
    for (unsigned i = 0; i < STRIPES; i++) {
        ks_mutex_unlock_for_fork(&stripes[i].mutex);
    }
}

/* Whether the operation's key is there, with the material that it was opened with. */
static bool has_key(const struct ks_operation *operation)
{
    ks_rcu_read_lock();
    const struct ks_object *object = ks_published(operation->id);
    bool has = object != NULL && material_of(object) == operation->material;

    ks_rcu_read_unlock();
    return has;
}

/* Ends what somebody was inside of, or had revoked, or would have: they are gone. */
static void end_vanished(struct stripe *stripe, struct ks_operation *operation)
{
    while (operation != NULL) {
        struct ks_operation *next = operation->next;
        uint64_t word = atomic_load_explicit(&operation->word, memory_order_relaxed);

        if ((word & (BUSY | REVOKED)) != 0 || !has_key(operation)) {
            end_locked(stripe, operation);
        }
        operation = next;
    }
}

void ks_operations_fork_child(void)
{
    for (unsigned i = 0; i < STRIPES; i++) {
        struct stripe *stripe = &stripes[i];

        for (uint32_t b = 0; stripe->buckets != NULL && b <= stripe->mask; b++) {
            end_vanished(stripe, stripe->buckets[b]);
        }
    }
}
