/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Shards: the write side that belongs to one thread.
 *
 * S1 A shard is never freed, and the list of shards only grows. A thread's shard is listed before
 *    its first in-use mark (the release of ks_shard_count under the attach mutex; partner: the
 *    acquire in whoever walks the list after a grace period).
 * S2 A shard has one thread at a time (ATTACHED) or none (PARKED); both transitions happen under
 *    the attach mutex. A thread that ends clears its marks, wipes its records and its generator and
 *    then parks its shard; the next thread that needs one adopts it. So there are never more shards
 *    than there were threads attached at one time.
 * S3 Keys belong to shards, not to threads: a parked shard's keys are looked up, used, changed and
 *    destroyed like others; its writer mutex guards them as before.
 *
 *   (none) -> ATTACHED   ks_shard_attach makes one, if no shard is parked
 *   PARKED -> ATTACHED   ks_shard_attach adopts; the tenancy counter goes up
 *   ATTACHED -> PARKED   ks_shard_park_locked, at thread exit; for vanished threads
 *                        in a fork's child */
#ifndef KS_STORE_SHARD_H
#define KS_STORE_SHARD_H

#include "base/rcu.h"
#include "base/secmem.h"
#include "store/mark.h"
#include "store/record_table.h"
#include "store/slots.h"

#include <stdatomic.h>

#define KS_SHARDS_MAX 65535u /* shard numbers are 1 to this */

enum ks_shard_state { KS_SHARD_PARKED, KS_SHARD_ATTACHED };

/* Counted by the shard's own thread with relaxed loads and stores, summed by anybody. */
struct ks_counters {
    _Atomic uint64_t lookups;
    _Atomic uint64_t misses;
    _Atomic uint64_t replaced;
    _Atomic uint64_t record_makes;
    _Atomic uint64_t record_evictions;
    _Atomic uint64_t reseeds;
};

/* Of the keys that the shard owns; counted under its writer mutex, summed by anybody. */
struct ks_key_counters {
    _Atomic uint64_t created;
    _Atomic uint64_t destroyed;
    _Atomic uint64_t retired;
};

static inline void ks_count(_Atomic uint64_t *counter)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

struct ks_shard {
    /* First lines: written by the shard's thread at each operation. Writers read the marks, and
     * keyshard_get_stats the counters; no reader reads them. */
    struct ks_marks marks;
    struct ks_counters counters;

    /* The shard's thread alone, but for what record_table.h says. */
    struct ks_record_table records;
    /* An object that the thread is making, which no slot names yet; so that whoever cleans up after
     * a thread that vanished in a fork or was cancelled finds it. */
    struct ks_object *building;
    void *random;            /* the random generator; belongs to src/crypto/random.c */
    uint64_t next_serial;    /* low 48 bits count, high 16 are the shard's number */

    /* Whoever holds the writer mutex. Guards the slot words of the keys that this shard owns, its
     * dying list and its free slots. Two writer mutexes are taken in the order of their numbers. No
     * grace period, file or cryptography under it, and nothing is allocated. */
    _Alignas(KS_CACHE_LINE) struct ks_mutex writer;
    struct ks_object *dying;      /* objects that left their slot and are not wiped yet */
    _Atomic uint32_t dying_count; /* its length; written under the mutex, read freely */
    struct ks_slots slots;
    struct ks_key_counters keys;

    struct ks_arena arena;        /* memory for keys, which other threads read */
    /* Memory for records, which the shard's thread writes at each use: apart, so no line is in
     * both. */
    struct ks_arena record_arena;

    uint16_t number;              /* immutable once listed */
    _Atomic uint32_t tenancy;     /* of the present or last thread; by the attach mutex */
    enum ks_shard_state state;    /* guarded by the attach mutex */
    struct ks_shard *next_parked; /* guarded by the attach mutex */
};

extern _Atomic(struct ks_shard *) ks_shards[KS_SHARDS_MAX + 1]; /* by number; [0] is NULL */
extern _Atomic uint32_t ks_shard_count;                         /* numbers up to this are listed */

static inline struct ks_shard *ks_shard_by_number(uint32_t number)
{
    return atomic_load_explicit(&ks_shards[number], memory_order_relaxed);
}

static inline uint32_t ks_shards_listed(void)
{
    /* Acquire; release: make_locked. */
    return atomic_load_explicit(&ks_shard_count, memory_order_acquire);
}

/* Whether the calling thread may wait for a mutex: it is in no read-side section and no operation.
 * Whether it may wait for a grace period too: moreover not inside fork. */
bool ks_may_lock(void) KS_MUST_CHECK;
bool ks_may_wait(void) KS_MUST_CHECK;

/* Gives the calling thread a shard: adopts a parked one or makes one. NULL if it may not lock, or
 * memory is exhausted, or there are KS_SHARDS_MAX shards. */
struct ks_shard *ks_shard_attach(void) KS_MUST_CHECK;

/* The calling thread's shard; NULL as above. */
static inline struct ks_shard *ks_shard_self(void)
{
    struct ks_shard *shard = ks_thread.shard;

    return ks_likely(shard != NULL) ? shard : ks_shard_attach();
}

/* Every entry point that called ks_shard_self ends with this: a thread whose exit destructor has
 * run has taken its shard for that call only. */
void ks_shard_detach(void);

static inline void ks_shard_leave(void)
{
    if (ks_unlikely(ks_thread.ending) && ks_may_lock()) {
        ks_shard_detach();
    }
}

/* What the layer above adds to parking, or NULL: wipes shard->random. Set before the first attach.
 */
extern void (*ks_shard_random_wipe)(struct ks_shard *shard);

/* Wipes what a thread leaves: marks, the object under construction, records, generator. For parking
 * and for a fork's child. */
void ks_shard_clean(struct ks_shard *shard);

/* Puts a cleaned shard among the parked ones. Attach mutex held. */
void ks_shard_park_locked(struct ks_shard *shard);

uint32_t ks_shards_parked(void);

/* The number that keyshard_shard_t shows: tenancy << 16 | number. */
static inline uint32_t ks_shard_name(const struct ks_shard *shard)
{
    return atomic_load_explicit(&shard->tenancy, memory_order_relaxed) << 16 | shard->number;
}

/* Makes the key for the thread-exit destructor; once, from the library's constructor. */
void ks_shard_setup(void);

#endif
