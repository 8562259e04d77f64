/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Readers use keys by every kind of operation while writers replace, destroy and re-create them,
 * and threads come and go. Each result must be right, or INVALID_HANDLE for a key whose destruction
 * had begun.
 *
 *   stress [--seconds N] [--threads N] [--cells N] [--seed N] */

#include "config.h"

#include "cell.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS_MAX 256u
#define LIFE 20000u /* calls after which a thread ends and another takes its place */

static struct {
    unsigned seconds;
    unsigned threads;
    unsigned cells;
    uint32_t seed;
} options = {5, 8, 28, 0};

struct worker {
    pthread_t thread;
    uint32_t random;
    bool writer;
    unsigned long calls;
    unsigned long wrong;
    const char *what; /* the first call that went wrong */
};

static struct cell *cells;
static atomic_bool stop;

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void *work(void *argument)
{
    struct worker *worker = argument;

    for (unsigned i = 0; i < LIFE && !atomic_load_explicit(&stop, memory_order_relaxed); i++) {
        struct cell *cell = &cells[next_random(&worker->random) % options.cells];
        uint32_t choice = next_random(&worker->random) >> 8;
        const char *what = NULL;
        bool right =
            worker->writer ? cell_write(cell, choice, &what) : cell_read(cell, choice, &what);

        worker->calls++;
        if (!right) {
            worker->what = worker->wrong == 0 ? what : worker->what;
            worker->wrong++;
        }
    }
    return NULL;
}

static bool parse(int argc, char **argv)
{
    static const struct option known[] = {
        {"seconds", required_argument, NULL, 's'}, {"threads", required_argument, NULL, 't'},
        {"cells", required_argument, NULL, 'c'},   {"seed", required_argument, NULL, 'r'},
        {NULL, 0, NULL, 0},
    };
    int option;

    options.seed = (uint32_t) time(NULL);
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        unsigned value = optarg != NULL ? (unsigned) strtoul(optarg, NULL, 10) : 0;

        switch (option) {
        case 's':
            options.seconds = value;
            break;
        case 't':
            options.threads = value;
            break;
        case 'c':
            options.cells = value;
            break;
        case 'r':
            options.seed = value;
            break;
        default:
            return false;
        }
    }
    return options.threads >= 2 && options.threads <= THREADS_MAX && options.cells > 0;
}

static void start(struct worker *worker)
{
    pthread_create(&worker->thread, NULL, work, worker);
}

/* Restarts threads that have lived their life until the time is over. */
static void run(struct worker *workers)
{
    struct timespec pause = {0, 20000000};
    time_t end = time(NULL) + (time_t) options.seconds;

    for (unsigned i = 0; i < options.threads; i++) {
        workers[i].random = options.seed + i * 2654435761u + 1;
        workers[i].random += workers[i].random == 0;
        workers[i].writer = i % 4 == 0;
        start(&workers[i]);
    }
    while (time(NULL) < end) {
        nanosleep(&pause, NULL);
        for (unsigned i = 0; i < options.threads; i++) {
            if (pthread_tryjoin_np(workers[i].thread, NULL) == 0) {
                start(&workers[i]);
            }
        }
    }
    atomic_store(&stop, true);
    for (unsigned i = 0; i < options.threads; i++) {
        pthread_join(workers[i].thread, NULL);
    }
}

static unsigned long report(const struct worker *workers)
{
    unsigned long reads = 0;
    unsigned long writes = 0;
    unsigned long wrong = 0;
    keyshard_stats_t stats;

    for (unsigned i = 0; i < options.threads; i++) {
        *(workers[i].writer ? &writes : &reads) += workers[i].calls;
        wrong += workers[i].wrong;
        if (workers[i].wrong != 0) {
            printf("thread %u: %lu wrong, the first: %s\n", i, workers[i].wrong, workers[i].what);
        }
    }
    keyshard_get_stats(&stats, sizeof stats);
    printf("seed %u: %lu reads, %lu writes, %lu wrong; %lu shards, %lu grace periods, %lu keys\n",
           options.seed, reads, writes, wrong, (unsigned long) stats.shards,
           (unsigned long) stats.grace_periods, (unsigned long) stats.keys);
    wrong += stats.keys != options.cells || stats.objects_dying != 0 || reads == 0 || writes == 0;
    return wrong;
}

int main(int argc, char **argv)
{
    static struct worker workers[THREADS_MAX];

    if (!parse(argc, argv)) {
        fputs("usage: stress [--seconds N] [--threads N] [--cells N] [--seed N]\n", stderr);
        return 2;
    }
    cells = calloc(options.cells, sizeof *cells);
    bool opened = cells != NULL && psa_crypto_init() == PSA_SUCCESS;

    for (unsigned i = 0; opened && i < options.cells; i++) {
        opened = cell_open(&cells[i], i);
    }
    if (!opened) {
        fputs("stress: cannot set up\n", stderr);
        return 2;
    }
    run(workers);
    unsigned long wrong = report(workers);

    mbedtls_psa_crypto_free();
    free(cells);
    return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
