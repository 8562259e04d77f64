/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Read-copy-update by liburcu's "bp" flavour: no registration call by the program, read-side
 * sections without a fence (the grace period sends a membarrier), about 1 ns a section.
 *
 * What the rest of the library relies on:
 *   C1 All that a thread did before or inside a section that began before a grace period ended up
 *      starting happens before ks_rcu_synchronize returns ("the section's edge").
 *   C2 Each section either ends before ks_rcu_synchronize returns, or all that happened before the
 *      call happens before the section.
 * Sections are those of this library, and those that the program has open in threads that have
 * called in.
 *
 * The thread sanitizer does not see liburcu's edges, so each is told to it here and nowhere else: a
 * release in ks_rcu_read_unlock, whose partner is the acquire in ks_rcu_synchronize (C1). C2 needs
 * none: what a section reads it reads through C11 atomics. */
#ifndef KS_BASE_RCU_H
#define KS_BASE_RCU_H

#include "base/common.h"
#include "base/thread.h"

#if defined(__SANITIZE_THREAD__)
#define KS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define KS_TSAN 1
#endif
#endif
#ifndef KS_TSAN
#define KS_TSAN 0
#endif

/* With a sanitizer liburcu's sections are called, not inlined: then its own accesses, ordered by
 * membarrier, and its reader structures, of which 0.13 gives 128-byte aligned ones no such place,
 * are outside what the sanitizer watches, and all of the library's own code stays inside. */
#if KS_TSAN && !defined(KS_SANITIZED)
#define KS_SANITIZED 1
#endif
#ifndef KS_SANITIZED
#define _LGPL_SOURCE
#endif
#include <urcu/urcu-bp.h>

/* Whether the calling thread is attached to liburcu, by the reader that it has listed, or told the
 * list that it could not (readers.h, D1). */
#ifdef KS_SANITIZED
/* liburcu does not tell from outside whether a thread is attached, so the library notes it. */
static inline bool ks_rcu_attached(void)
{
    return ks_thread.reader != KS_NO_READER;
}
#else
/* Whether a reader is the one that the thread has noted: ks_thread.reader or .fenceless. */
static inline bool ks_rcu_is_noted(const struct urcu_bp_reader *reader, uintptr_t noted)
{
    if (KS_MUTANT == KS_MUTANT_READER_UNLISTED) {
        return reader != NULL;
    }
    return (uintptr_t) reader == noted;
}

static inline bool ks_rcu_attached(void)
{
    return ks_rcu_is_noted(URCU_TLS(urcu_bp_reader), ks_thread.reader);
}
#endif

#if KS_TSAN
void __tsan_acquire(void *address);
void __tsan_release(void *address);
extern char ks_rcu_edge;

static inline void ks_rcu_tell_end(void)
{
    __tsan_release(&ks_rcu_edge);
}

static inline void ks_rcu_tell_grace(void)
{
    __tsan_acquire(&ks_rcu_edge);
}
#else
static inline void ks_rcu_tell_end(void)
{
}

static inline void ks_rcu_tell_grace(void)
{
}
#endif

/* Attaches the calling thread to liburcu and lists its reader, under the attach mutex, which fork's
 * prepare handler takes first: liburcu's own fork hooks miss a lock that attaching takes. A thread
 * does this once; once more if it calls in after liburcu's thread-exit destructor has run. Inside a
 * section that its program has begun a thread may take no mutex (lock.h, L2): it goes unlisted. */
void ks_rcu_attach(void);

/* The same with the mutex held, of a thread whose end is watched (exit.h). */
void ks_rcu_attach_locked(void);

static inline void ks_rcu_read_lock(void)
{
    if (ks_unlikely(!ks_rcu_attached())) {
        ks_rcu_attach();
    }
    urcu_bp_read_lock();
}

static inline void ks_rcu_read_unlock(void)
{
    ks_rcu_tell_end();
    urcu_bp_read_unlock();
}

/* A section of the hot path: entered without a call, and only where nothing is unusual. */
struct ks_rcu_section {
    unsigned long *word; /* the thread's reader word, which grace periods read (sanitized builds:
                          * any address); for ks_rcu_end, NULL: ks_rcu_begin made a call */
    unsigned long left;  /* what it holds outside of the section */
};

#ifdef KS_SANITIZED
static inline bool ks_rcu_enter(struct ks_rcu_section *section)
{
    if (!ks_rcu_attached()) {
        return false;
    }
    section->word = &section->left;
    urcu_bp_read_lock();
    return true;
}

static inline void ks_rcu_leave(const struct ks_rcu_section *section)
{
    (void) section;
    ks_rcu_read_unlock();
}
#else
/* Begins a section; false, and nothing is done, if the thread is not attached or is in a section
 * already, or the kernel has no membarrier: ks_rcu_read_lock does that. It differs from that in
 * that the thread-local pointer is followed once, not five times, and the branches for the unusual
 * are here, where the caller leaves its hot path at once: 11 instructions instead of 24. A
 * program's signal handler that nests a section of its own in between puts the word back as it was.
 */
static inline bool ks_rcu_enter(struct ks_rcu_section *section)
{
    struct urcu_bp_reader *reader = URCU_TLS(urcu_bp_reader);

    if (ks_unlikely(!ks_rcu_is_noted(reader, ks_thread.fenceless) ||
                    (reader->ctr & URCU_BP_GP_CTR_NEST_MASK) != 0)) {
        return false;
    }
    unsigned long period = CMM_LOAD_SHARED(urcu_bp_gp.ctr);

    section->word = &reader->ctr;
    section->left = period - URCU_BP_GP_COUNT;
    _CMM_STORE_SHARED(reader->ctr, period);
    cmm_barrier(); /* what follows stays inside; the processor is told by membarrier */
    return true;
}

static inline void ks_rcu_leave(const struct ks_rcu_section *section)
{
    cmm_barrier();
    _CMM_STORE_SHARED(*section->word, section->left);
    cmm_barrier();
}
#endif

/* ks_rcu_read_lock and ks_rcu_read_unlock, not inlined. */
void ks_rcu_begin_by_call(void);
void ks_rcu_end_by_call(void);

/* The same wherever a section may begin: a section without a call if that is possible. */
static inline void ks_rcu_begin(struct ks_rcu_section *section)
{
    if (ks_unlikely(!ks_rcu_enter(section))) {
        section->word = NULL;
        ks_rcu_begin_by_call();
    }
}

static inline void ks_rcu_end(const struct ks_rcu_section *section)
{
    if (ks_likely(section->word != NULL)) {
        ks_rcu_leave(section);
    } else {
        ks_rcu_end_by_call();
    }
}

/* Whether the calling thread is inside a section, its program's own included. */
static inline bool ks_rcu_read_ongoing(void)
{
#ifdef KS_SANITIZED
    return urcu_bp_read_ongoing() != 0; /* the program may have attached its thread itself */
#else
    return URCU_TLS(urcu_bp_reader) != NULL && urcu_bp_read_ongoing() != 0;
#endif
}

/* Waits until every section that is under way at the call has ended. Callers that wait at one time
 * share grace periods: each joins the next one to start, so that it returns after two at most.
 * The caller is in no section and holds no lock; cancellation is disabled inside. */
void ks_rcu_synchronize(void);

/* Number of grace periods run so far. */
uint64_t ks_rcu_grace_periods(void);

/* The attach mutex, which the list of shards shares. Taken by src/store/shard.c too. */
struct ks_mutex;
extern struct ks_mutex ks_attach_mutex;

/* Fork handlers of this file; the locks of all ranks above KS_RANK_GRACE are held already. */
void ks_rcu_fork_prepare(void);
void ks_rcu_fork_parent(void);
void ks_rcu_fork_child(void);

#endif
