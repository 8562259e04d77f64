/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* A busy process forks over and over while its threads come and go. Each child uses the library at
 * once: its parent's keys and new ones, from threads of its own, and in children of its own. None
 * may hang, none may get a wrong result, and no random bytes may come up twice anywhere.
 *
 *   forks [--forks N] [--threads N] [--seed N] */

#include "config.h"

#include "crowd.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 64u
#define KEYS 8u
#define HANGS_AFTER 30u /* seconds */
#define LIFE 40u        /* calls of a thread */

static struct {
    uint64_t forks;
    uint64_t threads;
    uint64_t seed;
} options = {250, 6, 0};

static const struct crowd_option numbers[] = {{"forks", &options.forks, 0},
                                              {"threads", &options.threads, THREADS_MAX},
                                              {"seed", &options.seed, 0}};

static psa_key_id_t keys[KEYS]; /* never destroyed in the parent; fill is the number */
static atomic_bool stop;
static atomic_ulong wrong_calls;
static atomic_ulong threads_made;

enum { CHILD_RIGHT, CHILD_WRONG = 10 };

/* Who makes the calls. */
enum who {
    PARENT,      /* draws random bytes now and then only: it makes far more calls than a child */
    CHILD,
    CHILD_THREAD /* another of its threads may have destroyed the parent's keys */
};

/* What every process does with every thread: a key's life, parent's keys, random bytes. */
static bool exercise(uint64_t *random, enum who who)
{
    uint32_t number = crowd_pick(random, KEYS);
    bool right = false;
    psa_status_t status = crowd_use(keys[number], (uint8_t) number, &right);

    right = right || (who == CHILD_THREAD && status == PSA_ERROR_INVALID_HANDLE);
    right = crowd_life((uint8_t) crowd_pick(random, 250)) && right;
    return right && ((who == PARENT && crowd_pick(random, 32) != 0) || crowd_draw());
}

static void *live(void *argument)
{
    uint64_t random = *(uint64_t *) argument;

    for (unsigned i = 0; i < LIFE && !atomic_load(&stop); i++) {
        if (!exercise(&random, PARENT)) {
            atomic_fetch_add(&wrong_calls, 1);
        }
    }
    return NULL;
}

/* Keeps one thread alive after another. */
static void *keep_living(void *argument)
{
    uint64_t random = *(uint64_t *) argument;

    while (!atomic_load(&stop)) {
        pthread_t thread;

        random++;
        if (pthread_create(&thread, NULL, live, &random) == 0) {
            pthread_join(thread, NULL);
            atomic_fetch_add(&threads_made, 1);
        }
    }
    return NULL;
}

static void *child_thread(void *argument)
{
    uint64_t *random = argument;
    bool right = exercise(random, CHILD_THREAD);
    uint32_t number = crowd_pick(random, KEYS);

    /* The child's own copy of the key; two of its threads may want the same. */
    psa_status_t status = psa_destroy_key(keys[number]);

    right = right && (status == PSA_SUCCESS || status == PSA_ERROR_INVALID_HANDLE);
    *random = right;
    return NULL;
}

static bool run_threads(uint64_t random)
{
    pthread_t threads[2];
    uint64_t state[2] = {random, random + 1};
    bool right = true;

    for (unsigned i = 0; i < 2; i++) {
        if (pthread_create(&threads[i], NULL, child_thread, &state[i]) != 0) {
            return false;
        }
    }
    for (unsigned i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        right = right && state[i] == 1;
    }
    return right;
}

static int run_child(uint64_t random, unsigned depth);

static bool wait_right(pid_t child)
{
    int status = 0;

    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == CHILD_RIGHT;
}

static bool run_grandchild(uint64_t random, unsigned depth)
{
    pid_t child = fork();

    if (child == 0) {
        _exit(run_child(random, depth + 1));
    }
    return wait_right(child);
}

static int run_child(uint64_t random, unsigned depth)
{
    signal(SIGALRM, SIG_DFL);
    alarm(HANGS_AFTER);
    bool right = exercise(&random, CHILD);

    if (depth < 2 && crowd_pick(&random, 4) == 0) {
        right = run_grandchild(random + 1000, depth) && right;
    }
    if (crowd_pick(&random, 3) == 0) {
        right = run_threads(random) && right;
    }
    return right ? CHILD_RIGHT : CHILD_WRONG;
}

struct tally {
    unsigned long right;
    unsigned long wrong;
    unsigned long hung;
};

static void count(int status, struct tally *tally)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_RIGHT) {
        tally->right++;
    } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        tally->hung++;
    } else {
        tally->wrong++;
    }
}

static void fork_all(struct tally *tally)
{
    for (unsigned long i = 0; i < options.forks && tally->hung + tally->wrong < 5; i++) {
        crowd_alive(2 * HANGS_AFTER, "fork");
        pid_t child = fork();
        int status = -1;

        if (child == 0) {
            _exit(run_child(options.seed + i * 7919, 0));
        }
        if (child > 0 && waitpid(child, &status, 0) == child) {
            count(status, tally);
        } else {
            tally->wrong++;
        }
    }
    alarm(0);
}

static void run(struct tally *tally)
{
    pthread_t threads[THREADS_MAX];
    uint64_t random[THREADS_MAX];

    for (unsigned i = 0; i < options.threads; i++) {
        random[i] = options.seed + i * 1000003;
        if (pthread_create(&threads[i], NULL, keep_living, &random[i]) != 0) {
            exit(2);
        }
    }
    fork_all(tally);
    atomic_store(&stop, true);
    for (unsigned i = 0; i < options.threads; i++) {
        pthread_join(threads[i], NULL);
    }
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    keyshard_stats_t stats;

    if (!crowd_begin(argc, argv, numbers, sizeof numbers / sizeof *numbers)) {
        return 2;
    }
    if (!crowd_open(options.forks * 100 + 1000000) || psa_crypto_init() != PSA_SUCCESS) {
        return 2;
    }
    for (unsigned i = 0; i < KEYS; i++) {
        keys[i] = import_hmac((uint8_t) i);
    }
    run(&tally);
    keyshard_get_stats(&stats, sizeof stats);
    unsigned long repeats = crowd_repeats();
    unsigned long wrong = atomic_load(&wrong_calls);

    printf("%lu children right, %lu wrong, %lu hung; %lu threads came and went, %lu wrong results; "
           "%lu draws of random bytes in all processes, %lu repeated; %lu keys, %lu dying\n",
           tally.right, tally.wrong, tally.hung, atomic_load(&threads_made), wrong, crowd_drawn(),
           repeats, (unsigned long) stats.keys, (unsigned long) stats.objects_dying);
    mbedtls_psa_crypto_free();
    return tally.right == options.forks && wrong == 0 && repeats == 0 && stats.keys == KEYS &&
                   stats.objects_dying == 0 && crowd_drawn() >= options.forks
               ? EXIT_SUCCESS
               : EXIT_FAILURE;
}
