/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "base/exit.h"
#include "base/lock.h"
#include "base/rcu.h"
#include "base/readers.h"

#include <stdlib.h>

#define ROUNDS_MAX 4u /* PTHREAD_DESTRUCTOR_ITERATIONS of glibc */

static pthread_key_t key;
static void (*exit_hook)(void);
static unsigned exiting; /* guarded by the attach mutex */

/* glibc's: calls the function when the thread ends, before any pthread key's destructor. */
int __cxa_thread_atexit_impl(void (*function)(void *), void *argument, void *dso);
extern void *__dso_handle;

static void count(bool now)
{
    ks_mutex_lock(&ks_attach_mutex);
    if (now && !ks_thread.exiting) {
        exiting++;
    } else if (!now && ks_thread.exiting) {
        exiting--;
    }
    ks_thread.exiting = now;
    ks_mutex_unlock(&ks_attach_mutex);
}

/* The thread is on its way out: its pthread keys' destructors come next, liburcu's among them. */
static void at_exit_begin(void *unused)
{
    (void) unused;
    count(true);
}

/* Our key's destructor. */
static void at_thread_exit(void *unused)
{
    int cancel = ks_cancel_disable();

    (void) unused;
    ks_thread.ending = true;
    ks_thread.rounds++;
    ks_thread.reader = KS_NO_READER; /* liburcu's destructor has run */
    ks_thread.fenceless = KS_NO_READER;
    count(false);
    exit_hook(); /* may attach the thread once more, and then it counts again */
    ks_cancel_restore(cancel);
}

/* exit() begins a thread's end too, but runs no pthread key's destructor: nothing of liburcu's
 * comes. Only the destructor of its library does, after this one, and may unmap words that are
 * listed (readers.h, D4). */
__attribute__((destructor)) static void at_process_exit(void)
{
    if (KS_MUTANT != KS_MUTANT_READERS_KEPT) {
        ks_readers_go_unlisted();
    }
    if (ks_thread.exiting) {
        count(false);
    }
}

/* glibc ends the process where this registration finds no memory; asking first leaves that to a
 * race. */
static bool memory_left(void)
{
    void *probe = calloc(1, 64);

    free(probe);
    return probe != NULL;
}

bool ks_exit_watch(void)
{
    if (ks_thread.ending) {
        /* Ours runs once more if a round is left for it. */
        if (ks_thread.rounds < ROUNDS_MAX - 1 && pthread_setspecific(key, &ks_thread) == 0) {
            count(true);
        }
        return true; /* an ending thread's shard is parked at the end of each call */
    }
    if (ks_thread.watched) {
        return true;
    }
    if (!memory_left() || pthread_setspecific(key, &ks_thread) != 0 ||
        __cxa_thread_atexit_impl(at_exit_begin, NULL, &__dso_handle) != 0) {
        return false;
    }
    ks_thread.watched = true;
    return true;
}

unsigned ks_exit_others_locked(void)
{
    return exiting - (ks_thread.exiting ? 1 : 0);
}

void ks_exit_fork_child(void)
{
    exiting = ks_thread.exiting ? 1 : 0;
}

void ks_exit_setup(void (*hook)(void))
{
    exit_hook = hook;
    /* Without the key no thread could be parked; the process has used up its keys before main. */
    if (pthread_key_create(&key, at_thread_exit) != 0) {
        abort();
    }
}
