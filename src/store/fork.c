/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/fork.h"
#include "base/exit.h"
#include "base/rcu.h"
#include "store/operation.h"
#include "store/retire.h"
#include "store/shard.h"
#include "store/table.h"

#define EXIT_ATTEMPTS 200u /* some 200 ms */

static struct ks_mutex *outermost;
static struct ks_mutex *entropy_mutex;
static void (*crypto_child)(void);

/* The mutexes of one rank of all shards. The list cannot grow: the attach mutex is held. */
static void each_shard(void (*step)(struct ks_mutex *mutex), size_t offset)
{
    for (uint32_t n = 1; n <= ks_shards_listed(); n++) {
        step((struct ks_mutex *) ((char *) ks_shard_by_number(n) + offset));
    }
}

#define WRITER offsetof(struct ks_shard, writer)
#define DYING offsetof(struct ks_shard, dying.mutex)
#define RECORDS offsetof(struct ks_shard, records.mutex)
#define PREPARING offsetof(struct ks_shard, records.preparing_mutex)
#define MEMORY offsetof(struct ks_shard, arena.mutex)
#define RECORD_MEMORY offsetof(struct ks_shard, record_arena.mutex)

/* Takes the outermost mutexes at a moment when no thread is on its way out (exit.h): one that
 * is may hold the lock that liburcu's fork hooks miss. The wait has a bound: a thread-exit
 * destructor of the program's may take its time, or be waiting for this fork. */
static void lock_outermost(void)
{
    int cancel = ks_cancel_disable();

    for (unsigned attempt = 0;; attempt++) {
        ks_mutex_lock_for_fork(outermost);
        ks_mutex_lock_for_fork(&ks_attach_mutex);
        if (ks_exit_others_locked() == 0 || attempt == EXIT_ATTEMPTS) {
            break;
        }
        ks_mutex_unlock_for_fork(&ks_attach_mutex);
        ks_mutex_unlock_for_fork(outermost);
        ks_backoff(attempt);
    }
    ks_cancel_restore(cancel);
}

static void ks_fork_prepare(void)
{
    /* Attached before liburcu's locks are taken, or another handler that calls in could not attach.
     */
    ks_rcu_attach();
    lock_outermost();
    each_shard(ks_mutex_lock_for_fork, WRITER);
    each_shard(ks_mutex_lock_for_fork, DYING);
    ks_dying_fork_prepare();
    ks_table_fork_prepare();
    ks_operations_fork_prepare();
    each_shard(ks_mutex_lock_for_fork, RECORDS);
    each_shard(ks_mutex_lock_for_fork, PREPARING);
    each_shard(ks_mutex_lock_for_fork, MEMORY);
    each_shard(ks_mutex_lock_for_fork, RECORD_MEMORY);
    ks_mutex_lock_for_fork(entropy_mutex);
    ks_rcu_fork_prepare();
    ks_thread.forking = true; /* from here on this thread holds everything (lock.h, L3) */
}

static void unlock_all(void)
{
    ks_mutex_unlock_for_fork(entropy_mutex);
    each_shard(ks_mutex_unlock_for_fork, RECORD_MEMORY);
    each_shard(ks_mutex_unlock_for_fork, MEMORY);
    each_shard(ks_mutex_unlock_for_fork, PREPARING);
    each_shard(ks_mutex_unlock_for_fork, RECORDS);
    ks_operations_fork_done();
    ks_table_fork_done();
    ks_dying_fork_done();
    each_shard(ks_mutex_unlock_for_fork, DYING);
    each_shard(ks_mutex_unlock_for_fork, WRITER);
    ks_mutex_unlock_for_fork(&ks_attach_mutex);
    ks_mutex_unlock_for_fork(outermost);
}

static void ks_fork_parent(void)
{
    ks_thread.forking = false;
    ks_rcu_fork_parent();
    unlock_all();
}

/* A shard whose thread has vanished. */
static void clean_shard(struct ks_shard *shard)
{
    if (shard != ks_thread.shard && shard->state == KS_SHARD_ATTACHED) {
        shard->closing = true;
        ks_shard_clean(shard);
        ks_slots_recount(&shard->slots);
        ks_limbo_recount(&shard->limbo);
        ks_shard_park_locked(shard);
    }
    atomic_store_explicit(&shard->pins, 0, memory_order_relaxed); /* by vanished threads */
}

/* The child is alone, and this thread holds every mutex: its lock calls do nothing meanwhile. Marks
 * are cleared first, so that no retirement waits for one. */
static void ks_fork_child(void)
{
    ks_rcu_fork_child();
    for (uint32_t n = 1; n <= ks_shards_listed(); n++) {
        clean_shard(ks_shard_by_number(n));
    }
    for (uint32_t n = 1; n <= ks_shards_listed(); n++) {
        ks_dying_fork_child(&ks_shard_by_number(n)->dying);
    }
    ks_dying_fork_child_spare();
    ks_operations_fork_child();
    ks_exit_fork_child();
    ks_secmem_fork_child();
    crypto_child();
    ks_thread.forking = false;
    unlock_all();
}

void ks_fork_setup(struct ks_mutex *init_mutex, struct ks_mutex *entropy, void (*child)(void))
{
    outermost = init_mutex;
    entropy_mutex = entropy;
    crypto_child = child;
    if (KS_MUTANT != KS_MUTANT_NO_FORK_HANDLER) {
        pthread_atfork(ks_fork_prepare, ks_fork_parent, ks_fork_child);
    }
}
