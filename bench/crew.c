/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "bench.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Threads that have nothing to do sleep, so that a slice of one thread is alone on the machine. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    unsigned threads;          /* in the crew */
    unsigned wanted;           /* for the present job; guarded by the mutex, as all that follows */
    unsigned left;             /* have not finished it */
    unsigned long turn;        /* counts the jobs */
    bool stopping;
    crew_job *job;
    void *argument;
    _Atomic unsigned arrived;  /* at the start line */
    pthread_t thread[BENCH_THREADS];
} crew = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

/* Pins the calling thread to the n-th CPU that the process may use; beyond the last, from the first
 * on again. */
static void pin(unsigned n, const cpu_set_t *allowed)
{
    cpu_set_t one;

    n %= (unsigned) CPU_COUNT(allowed);
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, allowed) && n-- == 0) {
            CPU_SET(cpu, &one);
            sched_setaffinity(0, sizeof one, &one);
            return;
        }
    }
}

/* Spinning, so that all begin within some nanoseconds. */
static void start_together(unsigned threads)
{
    atomic_fetch_add(&crew.arrived, 1);
    while (atomic_load(&crew.arrived) < threads) {
        sched_yield();
    }
}

static cpu_set_t allowed_at_start;

static void *serve(void *number)
{
    unsigned thread = (unsigned) (uintptr_t) number;
    unsigned long seen = 0;

    pin(thread, &allowed_at_start);
    pthread_mutex_lock(&crew.mutex);
    for (;;) {
        while (!crew.stopping && (crew.turn == seen || thread >= crew.wanted)) {
            pthread_cond_wait(&crew.changed, &crew.mutex);
        }
        if (crew.stopping) {
            break;
        }
        seen = crew.turn;
        unsigned threads = crew.wanted;
        pthread_mutex_unlock(&crew.mutex);
        start_together(threads);
        crew.job(crew.argument, thread);
        pthread_mutex_lock(&crew.mutex);
        if (--crew.left == 0) {
            pthread_cond_broadcast(&crew.changed);
        }
    }
    pthread_mutex_unlock(&crew.mutex);
    return NULL;
}

bool crew_start(void)
{
    crew.threads = 1;
    if (sched_getaffinity(0, sizeof allowed_at_start, &allowed_at_start) != 0) {
        return false;
    }
    pin(0, &allowed_at_start);
    while (crew.threads < BENCH_THREADS) {
        void *number = (void *) (uintptr_t) crew.threads;

        if (pthread_create(&crew.thread[crew.threads], NULL, serve, number) != 0) {
            return false;
        }
        crew.threads++;
    }
    return true;
}

unsigned crew_cpus(void)
{
    return (unsigned) CPU_COUNT(&allowed_at_start);
}

void crew_run(unsigned threads, crew_job *job, void *argument)
{
    pthread_mutex_lock(&crew.mutex);
    crew.job = job;
    crew.argument = argument;
    crew.wanted = threads;
    crew.left = threads - 1;
    crew.turn++;
    atomic_store(&crew.arrived, 0);
    if (threads > 1) {
        pthread_cond_broadcast(&crew.changed);
    }
    pthread_mutex_unlock(&crew.mutex);
    start_together(threads);
    job(argument, 0);
    pthread_mutex_lock(&crew.mutex);
    while (crew.left > 0) {
        pthread_cond_wait(&crew.changed, &crew.mutex);
    }
    pthread_mutex_unlock(&crew.mutex);
}

void crew_stop(void)
{
    pthread_mutex_lock(&crew.mutex);
    crew.stopping = true;
    pthread_cond_broadcast(&crew.changed);
    pthread_mutex_unlock(&crew.mutex);
    for (unsigned i = 1; i < crew.threads; i++) {
        pthread_join(crew.thread[i], NULL);
    }
}
