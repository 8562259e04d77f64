/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The table of multi-part operations: places, in stripes. operation.h has the protocol; only
 * operation.c, operation_table.c and revoke.c include this. */
#ifndef KS_STORE_OPERATION_TABLE_H
#define KS_STORE_OPERATION_TABLE_H

#include "base/lock.h"
#include "store/operation.h"

#include <stdatomic.h>

#define KS_STRIPES 64u   /* a power of two; handles hold the number of their stripe */
#define CHUNKS 21u       /* chunk c has FIRST_PLACES << c places: 33 million a stripe */
#define FIRST_PLACES 16u

/* The word: the generation in the upper half, in the lower one of these, or BUSY | REVOKED. */
#define KS_OP_FREE UINT64_C(0)
#define KS_OP_IDLE UINT64_C(1)
#define KS_OP_BUSY UINT64_C(2)
#define KS_OP_REVOKED UINT64_C(4)

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
_Static_assert(KS_STRIPES <= 64, "a bit of ks_stripes_used for each");

struct ks_stripe {
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

extern struct ks_stripe ks_stripes[KS_STRIPES];
extern _Atomic uint64_t ks_stripes_used; /* bit i: stripe i has had an operation; only grows */

static inline uint64_t ks_operation_word(uint32_t generation, uint64_t state)
{
    return (uint64_t) generation << 32 | state;
}

static inline uint32_t ks_operation_generation(uint64_t word)
{
    return (uint32_t) (word >> 32);
}

/* The generation that a place begins with. Not a small number, and another for each place, so that
 * what is no name does not look like one. */
static inline uint32_t ks_operation_first(uint32_t handle)
{
    return (handle + 1) * 0x9e3779b1u ^ 0x5bd1e995u;
}

static inline struct ks_stripe *ks_stripe_of(uint32_t handle)
{
    return &ks_stripes[handle % KS_STRIPES];
}

/* The place that a handle names, or NULL. */
struct ks_operation *ks_operation_place(uint32_t handle);

static inline struct ks_operation **ks_stripe_bucket(const struct ks_stripe *stripe, uint32_t id)
{
    return &stripe->buckets[(id * 0x9e3779b1u >> 7) & stripe->mask];
}

/* A free place; returns with the mutex held. NULL, and not held, where memory is exhausted. */
struct ks_operation *ks_stripe_take(struct ks_stripe *stripe);

/* Counts the operations linked and unlinked. Mutex held. */
void ks_stripe_count(struct ks_stripe *stripe, uint32_t change);

/* -> FREE. Mutex held; nobody is inside but the caller, and nobody can enter. */
void ks_operation_end_locked(struct ks_stripe *stripe, struct ks_operation *operation);

#endif
