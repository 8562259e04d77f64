/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Limbo: objects that are wiped, but whose blocks and slots may not be used again yet, since a late
 * reader may still compare their headers (own.h, O3). One grace period pays for a batch of them.
 *
 * L1 Only the shard's own thread adds and reclaims; a parked shard's limbo stays for its adopter,
 *    and a vanished thread's in a fork's child likewise. What is there holds no secret.
 * L2 A batch is reclaimed when it has KS_LIMBO_OBJECTS objects or KS_LIMBO_BYTES bytes, or when the
 *    oldest has been there for KS_LIMBO_SECONDS at the time of a later destruction. Then its blocks
 *    are ready: the thread's next keys of that size are made in them, and what is not used so is
 *    given back to the arena a few at a time, soon enough to be done when the next batch is full.
 *    So no single call pays for all, and a thread that makes and destroys keys of one size in turn
 *    takes no mutex at all.
 * L3 The grace period is waited for with no lock, no mark, and in no section. */
#ifndef KS_STORE_LIMBO_H
#define KS_STORE_LIMBO_H

#include "store/object.h"

#include <stdatomic.h>
#include <time.h>

struct ks_shard;

/* docs/decisions/0008-destroying-without-waiting.md has the measurement. */
#define KS_LIMBO_OBJECTS 4096u
#define KS_LIMBO_BYTES (768u << 10)
#define KS_LIMBO_SECONDS 1
#define KS_LIMBO_LOOK 32u /* destructions between two looks at the clock, some 5 ns each */

/* Youngest first. The numbers are written by the shard's thread, and may be read by anybody. */
struct ks_limbo_list {
    struct ks_object *first;
    _Atomic uint32_t objects;
    _Atomic uint64_t bytes;    /* as the arenas count them */
};

/* The shard's thread alone. */
struct ks_limbo {
    struct ks_limbo_list waiting; /* for a grace period */
    struct ks_limbo_list ready;   /* theirs is over: to be used again or given back */
    time_t oldest;                /* when the first that waits came, by a coarse clock */
};

static inline uint32_t ks_limbo_number(const struct ks_limbo_list *list)
{
    return atomic_load_explicit(&list->objects, memory_order_relaxed);
}

static inline uint64_t ks_limbo_held(const struct ks_limbo_list *list)
{
    return atomic_load_explicit(&list->bytes, memory_order_relaxed);
}

/* What is in both lists; an object that goes from one to the other may be missed or counted twice.
 */
static inline uint32_t ks_limbo_objects(const struct ks_limbo *limbo)
{
    return ks_limbo_number(&limbo->waiting) + ks_limbo_number(&limbo->ready);
}

static inline uint64_t ks_limbo_bytes(const struct ks_limbo *limbo)
{
    return ks_limbo_held(&limbo->waiting) + ks_limbo_held(&limbo->ready);
}

/* LEAVING -> LIMBO. The object is wiped. */
void ks_limbo_add(struct ks_shard *self, struct ks_object *object);

/* LIMBO -> (none): a block for an object of size bytes after the header, which are zero, if the
 * first that is ready has this size; NULL else. The header is as it was. */
struct ks_object *ks_limbo_reuse(struct ks_shard *self, size_t size) KS_MUST_CHECK;

_Static_assert(KS_LIMBO_OBJECTS % KS_LIMBO_LOOK == 0, "at a full batch there is a look");

/* Whether ks_limbo_tidy has anything to do, or the clock to look at: mostly not. */
static inline bool ks_limbo_untidy(const struct ks_limbo *limbo)
{
    return ks_limbo_objects(limbo) > KS_LIMBO_OBJECTS ||
           ks_limbo_number(&limbo->waiting) % KS_LIMBO_LOOK == 0 ||
           ks_limbo_held(&limbo->waiting) >= KS_LIMBO_BYTES;
}

/* LIMBO -> freed, of some: gives back a few whose grace period is over, and waits for the next one
 * if a batch is full (L2). The caller may wait. */
void ks_limbo_tidy(struct ks_shard *self);

/* LIMBO -> freed, of all. Waits for a grace period if there is any. The caller may wait. Gives
 * whether there was any. */
bool ks_limbo_reclaim(struct ks_shard *self);

/* In a fork's child: makes the numbers right where a vanished thread was adding or giving back. */
void ks_limbo_recount(struct ks_limbo *limbo);

#endif
