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
 *    than there were threads attached at one time. Each tenancy has a name of its own, which comes
 *    back after 4 thousand million others.
 * S3 Keys belong to shards, not to threads: a parked shard's keys are looked up, used, changed and
 *    destroyed like others; its writer mutex guards them as before.
 *
 *   (none) -> ATTACHED   ks_shard_attach makes one, if no shard is parked
 *   PARKED -> ATTACHED   ks_shard_attach adopts; the tenancy gets a name
 *   ATTACHED -> closing  close_shard, at thread exit: nothing is handed to it any more
 *   closing -> PARKED    ks_shard_park_locked, at thread exit; for vanished threads
 *                        in a fork's child */
#ifndef KS_STORE_SHARD_H
#define KS_STORE_SHARD_H

#include "base/rcu.h"
#include "base/secmem.h"
#include "store/limbo.h"
#include "store/mark.h"
#include "store/record_table.h"
#include "store/retire.h"
#include "store/slots.h"
#include "store/status.h"

#include <stdatomic.h>

#define KS_SHARDS_MAX 65535u /* shard numbers are 1 to this */

enum ks_shard_state { KS_SHARD_PARKED, KS_SHARD_ATTACHED };

/* What becomes of the keys of a tenancy when its thread ends. */
enum ks_exit_action { KS_EXIT_PARK, KS_EXIT_DESTROY };

/* Counted by the shard's own thread with relaxed loads and stores, summed by anybody. */
struct ks_counters {
    _Atomic uint64_t lookups;
    _Atomic uint64_t misses;
    _Atomic uint64_t replaced;
    _Atomic uint64_t record_makes;
    _Atomic uint64_t record_evictions;
    _Atomic uint64_t reseeds;
    _Atomic uint64_t created;   /* keys */
    _Atomic uint64_t destroyed; /* keys, on its own (own.h) */
    _Atomic uint64_t ended;     /* objects, on its own */
    _Atomic uint64_t handed;    /* keys handed over, whoever owned them */
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
    uint16_t number;              /* immutable once listed; every look-up reads it */

    /* The shard's thread alone, but for what record_table.h says. */
    struct ks_record_table records;
    /* An object that the thread is making, which no slot names yet, or not for long; so that
     * whoever cleans up after a thread that vanished in a fork or was cancelled finds it. */
    _Atomic(struct ks_object *) building;
    _Atomic(struct ks_object *) leaving; /* one that it is ending on its own (own.h, O5) */
    _Atomic uint32_t leaving_id;         /* its id, for others to compare; set before leaving */
    bool leaves_slot;                    /* its slot will be free; set before leaving */
    /* Of counters.created when building was set, of counters.destroyed when leaving was: so that a
     * fork's child can tell whether it was counted. */
    uint64_t created_before;
    uint64_t destroyed_before;
    struct ks_limbo limbo;   /* by its own rules */
    void *random;            /* the random generator; belongs to src/crypto/random.c */
    uint64_t next_serial;    /* low 48 bits count, high 16 are the shard's number */
    enum ks_exit_action exit_action;
    struct ks_slots slots;   /* by its own rules */

    /* Whoever holds the writer mutex. Guards the slot words of the shared keys that this shard owns
     * (change.h, W1), and what follows. Two writer mutexes are taken in the order of their numbers.
     * No grace period, file or cryptography under it, and nothing is allocated. */
    _Alignas(KS_CACHE_LINE) struct ks_mutex writer;
    bool closing;                 /* its thread is ending: nothing is handed to it any more */
    bool given;                   /* a key was handed to this tenancy */
    _Atomic uint32_t pins;        /* handoffs to it under way; goes up under the mutex only */
    struct ks_dying dying;        /* what its thread is retiring; by its own rules */

    struct ks_arena arena;        /* memory for keys, which other threads read */
    /* Memory for records, which the shard's thread writes at each use: apart, so no line is in
     * both. */
    struct ks_arena record_arena;

    /* Of the present or last tenancy. Changes under attach and writer mutex, while no thread has
     * the shard; read under either, by its own thread, or freely where it may be out of date. */
    _Atomic uint32_t name;
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
 */
static inline KS_MUST_CHECK bool ks_may_lock(void)
{
    return !ks_rcu_read_ongoing() && (ks_thread.shard == NULL || ks_thread.shard->marks.depth == 0);
}

/* Whether it may wait for a grace period too: moreover not inside fork. */
static inline KS_MUST_CHECK bool ks_may_wait(void)
{
    return ks_may_lock() && !ks_thread.forking;
}

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

/* The name of the shard's tenancy, which keyshard_shard_t shows. */
static inline uint32_t ks_shard_name(const struct ks_shard *shard)
{
    return atomic_load_explicit(&shard->name, memory_order_relaxed);
}

/* The shard whose present or last tenancy has that name. It may be parked, and the tenancy may end
 * at any time. KS_UNKNOWN: the name was never given; KS_ENDED: its shard has been adopted since. */
enum ks_status ks_shard_find(uint32_t name, struct ks_shard **shard) KS_MUST_CHECK;

/* Makes the key for the thread-exit destructor; once, from the library's constructor. */
void ks_shard_setup(void);

#endif
