/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Combined grace periods.
 *
 * Two counters under one mutex: started and completed. One grace period runs at a time, so started
 * is completed or completed + 1. A caller needs one that starts after its call: the next to start,
 * number started + 1. While one runs it sleeps; when none runs and its own is not completed, it
 * runs it itself, for everybody who waits for that number. A caller therefore sees the end of at
 * most two.
 *
 * G1 Nobody returns before a grace period that started after the call has ended: target > started
 *    at the call, and completed reaches target only after the period numbered target was run.
 * G2 Nobody sleeps for ever: whoever completes a period wakes all, and each then either returns,
 *    finds another running, or runs the next. The runner itself holds no lock while it runs.
 * Without combining, liburcu's own queueing let four destroyers starve each other for seconds
 * (docs/decisions/0003-combined-grace-periods.md). Model: models/combine.pml. */

#include "config.h"

#include "base/rcu.h"
#include "base/exit.h"
#include "base/lock.h"
#include "base/readers.h"

#include <stdatomic.h>

#if KS_TSAN
char ks_rcu_edge;
#endif

struct ks_mutex ks_attach_mutex = KS_MUTEX_INIT(KS_RANK_ATTACH);

static struct {
    struct ks_mutex mutex;  /* guards what follows; nothing is taken inside */
    pthread_cond_t ended;   /* a grace period has ended */
    uint64_t started;
    _Atomic uint64_t completed; /* written under the mutex; read freely for statistics */
} grace = {KS_MUTEX_INIT(KS_RANK_GRACE), PTHREAD_COND_INITIALIZER, 0, 0};

void ks_rcu_attach(void)
{
    if (ks_rcu_attached()) {
        return;
    }
    if (ks_rcu_read_ongoing()) {
        ks_readers_go_unlisted();
        return;
    }
    (void) ks_exit_watch(); /* where memory is exhausted it is attached all the same */
    ks_mutex_lock(&ks_attach_mutex);
    ks_rcu_attach_locked();
    ks_mutex_unlock(&ks_attach_mutex);
}

void ks_rcu_attach_locked(void)
{
    urcu_bp_register_thread(); /* once more is harmless */
    ks_readers_list_locked();
}

KS_COLD void ks_rcu_begin_by_call(void)
{
    ks_rcu_read_lock();
}

KS_COLD void ks_rcu_end_by_call(void)
{
    ks_rcu_read_unlock();
}

/* Runs the next grace period. Called and returns with the mutex held; lets go of it meanwhile. */
static void run_locked(void)
{
    uint64_t number = ++grace.started;

    ks_mutex_unlock(&grace.mutex);
    if (!ks_readers_synchronize()) {
        urcu_bp_synchronize_rcu();
    }
    ks_mutex_lock(&grace.mutex);
    grace.completed = number;
    pthread_cond_broadcast(&grace.ended);
}

void ks_rcu_synchronize(void)
{
    int cancel = ks_cancel_disable();

    ks_mutex_lock(&grace.mutex);
    uint64_t target = grace.started + 1;

    if (KS_MUTANT == KS_MUTANT_NO_COMBINING) {
        run_locked();
    }
    while (grace.completed < target && KS_MUTANT != KS_MUTANT_NO_COMBINING) {
        if (grace.started == grace.completed) {
            run_locked();
        } else {
            pthread_cond_wait(&grace.ended, &grace.mutex.mutex);
        }
    }
    ks_mutex_unlock(&grace.mutex);
    ks_rcu_tell_grace();
    ks_cancel_restore(cancel);
}

uint64_t ks_rcu_grace_periods(void)
{
    return atomic_load_explicit(&grace.completed, memory_order_relaxed);
}

void ks_rcu_fork_prepare(void)
{
    ks_mutex_lock_for_fork(&grace.mutex);
    urcu_bp_before_fork(); /* waits for liburcu's grace period, whose runner needs no lock */
}

void ks_rcu_fork_parent(void)
{
    urcu_bp_after_fork_parent();
    ks_mutex_unlock_for_fork(&grace.mutex);
}

/* The runner and the waiters are gone: what was started counts as completed, nobody sleeps. */
void ks_rcu_fork_child(void)
{
    urcu_bp_after_fork_child();
    grace.completed = grace.started;
    pthread_cond_init(&grace.ended, NULL);
    ks_mutex_unlock_for_fork(&grace.mutex);
}
