/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Mutexes with ranks. A thread takes them in the order of their ranks, and among equals in the
 * order of their numbers; builds with --enable-debug abort where that is broken.
 *
 * L1 While a thread holds a mutex of rank KS_RANK_WRITER to KS_RANK_RECORDS it waits for no grace
 *    period, touches no file, does no cryptography but wiping, and allocates nothing. Those below
 *    are leaves with one purpose each: a context is prepared, memory is mapped, entropy is gathered
 *    under them; no destroyer, and no thread but the shard's own, waits for the first two for
 *    longer than a block is taken.
 * L2 A thread takes a mutex outside its read-side sections only: a fork that holds the mutex and
 *    waits for a grace period, which waits for the section, would never end. (The reverse, a
 *    section inside a mutex, is harmless.)
 * L3 Inside fork, between the prepare and the parent or child handler, the forking thread holds all
 *    of them; its own lock and unlock calls do nothing, so another library's handler may call in.
 */
#ifndef KS_BASE_LOCK_H
#define KS_BASE_LOCK_H

#include "base/common.h"
#include "base/thread.h"

#include <pthread.h>

enum ks_rank {
    KS_RANK_INIT = 1,  /* psa_crypto_init and mbedtls_psa_crypto_free, whole */
    KS_RANK_ATTACH,    /* list of shards, attaching to liburcu, parking */
    KS_RANK_WRITER,    /* one a shard: shared slots of its keys, its state, its free slots */
    KS_RANK_DYING,     /* one a shard: its dying list */
    KS_RANK_TABLE,     /* growth of the slot table */
    KS_RANK_OPERATIONS,/* one a stripe: links and ends of multi-part operations */
    KS_RANK_RECORDS,   /* one a shard: links and wipes of its use records */
    KS_RANK_PREPARING, /* one a shard: its thread is preparing a context; else only fork takes it */
    KS_RANK_MEMORY,    /* one an arena: its free blocks */
    KS_RANK_ENTROPY,   /* the entropy source */
    KS_RANK_GRACE      /* who runs the next grace period; not held while it runs */
};

struct ks_mutex {
    pthread_mutex_t mutex;
    uint8_t rank;
    uint16_t number;
};

#define KS_MUTEX_INIT(r) { PTHREAD_MUTEX_INITIALIZER, (r), 0 }

void ks_mutex_init(struct ks_mutex *mutex, enum ks_rank rank, unsigned number);
void ks_mutex_lock(struct ks_mutex *mutex);
void ks_mutex_unlock(struct ks_mutex *mutex);

/* For the fork handlers only: lock and unlock whatever the thread's state. */
void ks_mutex_lock_for_fork(struct ks_mutex *mutex);
void ks_mutex_unlock_for_fork(struct ks_mutex *mutex);

/* Cancellation is held off around everything that may block: a thread cancelled inside a grace
 * period would leave liburcu's lock taken for ever. Returns the state to give back. */
int ks_cancel_disable(void);
void ks_cancel_restore(int state);

/* Pauses a poll; attempt counts from 0. Yields first, then sleeps up to 1 ms. */
void ks_backoff(unsigned attempt);

#endif
