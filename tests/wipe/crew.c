/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "wipe/crew.h"

#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct member {
    struct crew *crew;
    unsigned number;
    bool busy; /* has a task that is not done */
    pthread_t thread;
};

/* The mutex guards everything but the threads. */
struct crew {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    crew_task task; /* NULL: end */
    void *argument;
    struct member members[CREW];
};

static void *work(void *argument)
{
    struct member *self = argument;
    struct crew *crew = self->crew;
    bool going = true;
    while (going) {
        pthread_mutex_lock(&crew->mutex);
        while (!self->busy) {
            pthread_cond_wait(&crew->changed, &crew->mutex);
        }
        crew_task task = crew->task;
        void *task_argument = crew->argument;
        pthread_mutex_unlock(&crew->mutex);
        going = task != NULL;
        if (going) {
            task(task_argument, self->number);
        }
        pthread_mutex_lock(&crew->mutex);
        self->busy = false;
        pthread_cond_broadcast(&crew->changed);
        pthread_mutex_unlock(&crew->mutex);
    }
    return NULL;
}

struct crew *crew_new(void)
{
    struct crew *crew = calloc(1, sizeof *crew);
    ck_assert_msg(crew != NULL, "out of memory");
    pthread_mutex_init(&crew->mutex, NULL);
    pthread_cond_init(&crew->changed, NULL);
    for (unsigned i = 0; i < CREW; i++) {
        struct member *member = &crew->members[i];
        member->crew = crew;
        member->number = i;
        ck_assert_int_eq(pthread_create(&member->thread, NULL, work, member), 0);
    }
    return crew;
}

void crew_do(struct crew *crew, unsigned member, crew_task task, void *argument)
{
    pthread_mutex_lock(&crew->mutex);
    crew->task = task;
    crew->argument = argument;
    for (unsigned i = 0; i < CREW; i++) {
        crew->members[i].busy = member == CREW_ALL || member == i;
    }
    pthread_cond_broadcast(&crew->changed);
    for (unsigned i = 0; i < CREW; i++) {
        while (crew->members[i].busy) {
            pthread_cond_wait(&crew->changed, &crew->mutex);
        }
    }
    pthread_mutex_unlock(&crew->mutex);
}

void crew_end(struct crew *crew)
{
    crew_do(crew, CREW_ALL, NULL, NULL);
    for (unsigned i = 0; i < CREW; i++) {
        pthread_join(crew->members[i].thread, NULL);
    }
    free(crew);
}
