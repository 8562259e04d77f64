/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Two threads that are to meet in some instructions must not share a processor, as they may where
 * others are busy. */
#ifndef TESTS_APART_H
#define TESTS_APART_H

#include "config.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>

/* Gives the calling thread and another each a processor of its own, where there are two. */
static inline void run_apart(pthread_t other)
{
    cpu_set_t allowed;
    pthread_t threads[2] = { pthread_self(), other };
    unsigned given = 0;

    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2) {
        printf("one processor: two threads hardly ever meet\n");
        return;
    }
    for (unsigned cpu = 0; cpu < CPU_SETSIZE && given < 2; cpu++) {
        if (CPU_ISSET(cpu, &allowed)) {
            cpu_set_t one;

            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            pthread_setaffinity_np(threads[given++], sizeof one, &one);
        }
    }
}

#endif
