/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "base/lock.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

__thread struct ks_thread ks_thread = {.fenceless = KS_NO_READER, .reader = KS_NO_READER};

#ifdef KS_DEBUG
/* What the thread holds, outermost first. More than two writer mutexes are held by fork alone. */
#define KS_HELD_MAX 16
static __thread const struct ks_mutex *held[KS_HELD_MAX];

static bool after(const struct ks_mutex *a, const struct ks_mutex *b)
{
    return a->rank > b->rank || (a->rank == b->rank && a->number > b->number);
}

static void note_lock(const struct ks_mutex *mutex)
{
    unsigned n = ks_thread.locks;

    if (n == KS_HELD_MAX || (n > 0 && !after(mutex, held[n - 1]))) {
        fprintf(stderr, "keyshard: mutex of rank %u number %u taken after rank %u number %u\n",
                mutex->rank, mutex->number, n > 0 ? held[n - 1]->rank : 0u,
                n > 0 ? held[n - 1]->number : 0u);
        abort();
    }
    held[n] = mutex;
    ks_thread.locks = n + 1;
}

static void note_unlock(const struct ks_mutex *mutex)
{
    unsigned n = ks_thread.locks;
    unsigned i = n;

    while (i > 0 && held[i - 1] != mutex) {
        i--;
    }
    if (i == 0) {
        fprintf(stderr, "keyshard: mutex of rank %u released but not held\n", mutex->rank);
        abort();
    }
    for (; i < n; i++) {
        held[i - 1] = held[i];
    }
    ks_thread.locks = n - 1;
}
#else
static inline void note_lock(const struct ks_mutex *mutex)
{
    (void) mutex;
}

static inline void note_unlock(const struct ks_mutex *mutex)
{
    (void) mutex;
}
#endif

void ks_mutex_init(struct ks_mutex *mutex, enum ks_rank rank, unsigned number)
{
    pthread_mutex_init(&mutex->mutex, NULL);
    mutex->rank = (uint8_t) rank;
    mutex->number = (uint16_t) number;
}

void ks_mutex_lock_for_fork(struct ks_mutex *mutex)
{
    pthread_mutex_lock(&mutex->mutex);
}

void ks_mutex_unlock_for_fork(struct ks_mutex *mutex)
{
    pthread_mutex_unlock(&mutex->mutex);
}

void ks_mutex_lock(struct ks_mutex *mutex)
{
    if (ks_likely(!ks_thread.forking)) {
        note_lock(mutex);
        pthread_mutex_lock(&mutex->mutex);
    }
}

void ks_mutex_unlock(struct ks_mutex *mutex)
{
    if (ks_likely(!ks_thread.forking)) {
        note_unlock(mutex);
        pthread_mutex_unlock(&mutex->mutex);
    }
}

int ks_cancel_disable(void)
{
    int state = PTHREAD_CANCEL_DISABLE;

    pthread_setcancelstate(KS_MUTANT == KS_MUTANT_CANCELLABLE ? PTHREAD_CANCEL_ENABLE
                                                              : PTHREAD_CANCEL_DISABLE,
                           &state);
    return state;
}

void ks_cancel_restore(int state)
{
    int ignored;

    pthread_setcancelstate(state, &ignored);
}

void ks_backoff(unsigned attempt)
{
    /* A mark usually stands for under 10 us: yield some times before sleeping. */
    static const unsigned yields = 16;
    struct timespec pause = {0, 20000};

    if (attempt < yields) {
        sched_yield();
        return;
    }
    for (unsigned i = yields; i < attempt && pause.tv_nsec < 1000000; i += 4) {
        pause.tv_nsec *= 2;
    }
    if (pause.tv_nsec > 1000000) {
        pause.tv_nsec = 1000000;
    }
    nanosleep(&pause, NULL);
}
