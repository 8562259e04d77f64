/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Everything at once, for as long as is wanted: threads that come and go and are cancelled, every
 * kind of operation on shared cells (tests/stress/cell.h), keys of their own that they destroy,
 * hand over, leave behind or have destroyed at their end, and forks in between. What is counted:
 * each result, what becomes of each thread's keys, each child, and in the end every key.
 *
 *   soak [--seconds N] [--threads N] [--seed N] */

#include "config.h"

#include "crowd.h"
#include "stress/cell.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 256u
#define CELLS 28u
#define OWN_MAX 12u
#define DRAWS 4000000u
#define CHILD_SECONDS 30u

static struct {
    uint64_t seconds;
    uint64_t threads;
    uint64_t seed;
} options = {3, 64, 0};

static const struct crowd_option numbers[] = {{"seconds", &options.seconds, 0},
                                              {"threads", &options.threads, THREADS_MAX},
                                              {"seed", &options.seed, 0}};

/* The address sanitizer's own allocator is not made for forks: its locks stay with the threads that
 * are not in the child. */
#ifdef KS_SANITIZED
#define FORKS false
#else
#define FORKS true
#endif

enum end { END_LEAVE, END_DESTROY, END_CANCELLED };

struct worker {
    pthread_t thread;
    bool running;
    uint64_t random;
    enum end end;            /* how this life ends, chosen when it starts */
    unsigned long wrong;     /* results, of all its lives */
    const char *what;        /* the first of them */
    unsigned long calls;
    psa_key_id_t own[OWN_MAX]; /* keys that it has made and that are still there */
    unsigned owns;
};

static struct cell cells[CELLS];
static struct worker workers[THREADS_MAX];
static _Atomic keyshard_shard_t shards[THREADS_MAX]; /* of the workers, or of those before them */
static atomic_bool stop;

static struct {
    unsigned long lives;
    unsigned long cancelled;
    unsigned long left;      /* keys that ended threads have left, and that were destroyed then */
    unsigned long exit_gone; /* keys that went with their threads */
    unsigned long handed;
    unsigned long children;
    unsigned long wrong_children;
    unsigned long wrong_keys;
} tally;

static void wrong(struct worker *worker, const char *what)
{
    if (worker->wrong++ == 0) {
        worker->what = what;
    }
}

static int count_key(const psa_key_attributes_t *attributes, void *context)
{
    *(unsigned *) context += psa_get_key_type(attributes) != 0;
    return 0;
}

static void make_own(struct worker *worker)
{
    if (worker->owns == OWN_MAX) {
        if (keyshard_destroy_keys(worker->own, worker->owns) != PSA_SUCCESS) {
            wrong(worker, "destroying many");
        }
        worker->owns = 0;
        return;
    }
    psa_key_id_t key = import_hmac(5);

    if (key == 0) {
        wrong(worker, "import");
    } else {
        worker->own[worker->owns++] = key;
    }
}

/* Others than the owner may destroy it, so the key stays on the list of who made it. */
static void hand_over(struct worker *worker)
{
    uint32_t other = crowd_pick(&worker->random, (uint32_t) options.threads);
    keyshard_shard_t to = atomic_load(&shards[other]);
    bool right;

    if (worker->owns == 0 || to == 0 || worker->end == END_DESTROY) {
        return;
    }
    psa_status_t status = keyshard_handoff_many(worker->own, worker->owns, to);

    if (status != PSA_SUCCESS && status != PSA_ERROR_DOES_NOT_EXIST) {
        wrong(worker, "handoff");
    }
    __atomic_fetch_add(&tally.handed, status == PSA_SUCCESS ? worker->owns : 0, __ATOMIC_RELAXED);
    crowd_use(worker->own[0], 5, &right);
    if (!right) {
        wrong(worker, "use after handoff");
    }
}

static void one_call(struct worker *worker)
{
    uint32_t choice = crowd_pick(&worker->random, 100);
    struct cell *cell = &cells[crowd_pick(&worker->random, CELLS)];
    const char *what = "";
    unsigned count = 0;
    bool right = true;

    worker->calls++;
    if (choice < 75 || worker->end == END_CANCELLED) {
        right = cell_read(cell, crowd_pick(&worker->random, 1u << 30), &what);
    } else if (choice < 77 && worker->end == END_LEAVE) {
        /* By others the cell's new key would go with the thread. */
        right = cell_write(cell, crowd_pick(&worker->random, 1u << 30), &what);
    } else if (choice < 79) {
        what = "a key's life";
        right = crowd_life((uint8_t) crowd_pick(&worker->random, 250));
    } else if (choice < 92) {
        make_own(worker);
    } else if (choice < 95) {
        hand_over(worker);
    } else if (choice < 99) {
        what = "random bytes";
        right = crowd_drawn() > DRAWS / 2 || crowd_draw(); /* the rest is for children */
    } else {
        what = "walk";
        right = keyshard_for_each_key(count_key, &count) == PSA_SUCCESS && count > 0;
    }
    if (!right) {
        wrong(worker, what);
    }
}

static void *live(void *argument)
{
    struct worker *worker = argument;
    unsigned calls = 50 + crowd_pick(&worker->random, 2000);

    /* A copy that is cancelled would be a key that nobody knows of: it goes with the thread. */
    keyshard_on_thread_exit(worker->end == END_LEAVE ? KEYSHARD_EXIT_PARK : KEYSHARD_EXIT_DESTROY);
    /* To those whose keys go with them nobody hands any. */
    atomic_store(&shards[worker - workers], worker->end == END_LEAVE ? keyshard_self() : 0);
    for (unsigned i = 0; !atomic_load(&stop) && (i < calls || worker->end == END_CANCELLED); i++) {
        one_call(worker);
        pthread_testcancel();
    }
    return NULL;
}

static void start(struct worker *worker)
{
    unsigned choice = crowd_pick(&worker->random, 20);

    worker->end = choice == 0 ? END_CANCELLED : choice < 8 ? END_DESTROY : END_LEAVE;
    worker->owns = 0;
    worker->running = pthread_create(&worker->thread, NULL, live, worker) == 0;
    tally.lives += worker->running;
}

/* What a thread has left: keys that must be there still, or gone. */
static void settle(struct worker *worker)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    if (worker->end == END_DESTROY) {
        for (unsigned i = 0; i < worker->owns; i++) {
            bool gone = psa_get_key_attributes(worker->own[i], &attributes) ==
                        PSA_ERROR_INVALID_HANDLE;

            tally.exit_gone += gone;
            tally.wrong_keys += !gone;
        }
    } else if (worker->owns > 0) {
        tally.left += worker->owns;
        tally.wrong_keys += keyshard_destroy_keys(worker->own, worker->owns) != PSA_SUCCESS;
    }
    worker->owns = 0;
}

/* Joins who has ended, cancels some of those that wait for it, and starts others. */
static void tend(struct worker *worker, uint64_t *random)
{
    if (worker->running && worker->end == END_CANCELLED && crowd_pick(random, 8) == 0) {
        pthread_cancel(worker->thread);
        pthread_join(worker->thread, NULL);
        tally.cancelled++;
    } else if (!worker->running || pthread_tryjoin_np(worker->thread, NULL) != 0) {
        return;
    }
    settle(worker);
    start(worker);
}

/* In the child every thread but this one is gone, and with it what it was doing to a cell. */
static void fork_once(uint64_t random)
{
    if (!FORKS) {
        return;
    }
    pid_t child = fork();
    int status = -1;

    if (child == 0) {
        signal(SIGALRM, SIG_DFL);
        alarm(CHILD_SECONDS);
        bool right = crowd_life((uint8_t) crowd_pick(&random, 250)) && crowd_draw();

        _exit(right ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    tally.children++;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
        WEXITSTATUS(status) != EXIT_SUCCESS) {
        tally.wrong_children++;
    }
}

static void pause_ms(long ms)
{
    struct timespec time = {0, ms * 1000000};

    nanosleep(&time, NULL);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void run(void)
{
    uint64_t random = options.seed;
    double end = now() + (double) options.seconds;

    for (unsigned i = 0; i < options.threads; i++) {
        workers[i].random = options.seed + 1000 * i;
        start(&workers[i]);
    }
    while (now() < end) {
        crowd_alive(120, "threads that come and go");
        for (unsigned i = 0; i < options.threads; i++) {
            tend(&workers[i], &random);
        }
        fork_once(random);
        pause_ms(5);
    }
    atomic_store(&stop, true);
    for (unsigned i = 0; i < options.threads; i++) {
        if (workers[i].running) {
            pthread_join(workers[i].thread, NULL);
            settle(&workers[i]);
        }
    }
    alarm(0);
}

static unsigned long report(void)
{
    keyshard_stats_t stats;
    unsigned long calls = 0;
    unsigned long bad = tally.wrong_children + tally.wrong_keys;
    unsigned long repeats = crowd_repeats();

    for (unsigned i = 0; i < options.threads; i++) {
        calls += workers[i].calls;
        bad += workers[i].wrong;
        if (workers[i].wrong != 0) {
            printf("worker %u: %lu wrong, the first: %s\n", i, workers[i].wrong, workers[i].what);
        }
    }
    keyshard_get_stats(&stats, sizeof stats);
    printf("%lu calls of %lu threads (%lu cancelled), %lu children (%lu wrong), %lu draws (%lu "
           "repeated)\n",
           calls, tally.lives, tally.cancelled, tally.children, tally.wrong_children,
           crowd_drawn(), repeats);
    printf("keys: %lu handed over, %lu left by their threads, %lu gone with them, %lu wrong; now "
           "%lu of %u, %lu dying; %lu shards; %lu wrong results\n",
           tally.handed, tally.left, tally.exit_gone, tally.wrong_keys, (unsigned long) stats.keys,
           CELLS, (unsigned long) stats.objects_dying, (unsigned long) stats.shards, bad);
    bad += repeats + (stats.keys != CELLS) + (stats.objects_dying != 0);
    bad += stats.shards > options.threads + 1; /* as many as threads lived at one time (G8) */
    bad += calls == 0 || tally.left == 0 || tally.exit_gone == 0;
    bad += FORKS && tally.children == 0;
    return bad;
}

int main(int argc, char **argv)
{
    if (!crowd_begin(argc, argv, numbers, sizeof numbers / sizeof *numbers)) {
        return 2;
    }
    bool opened = crowd_open(DRAWS) && psa_crypto_init() == PSA_SUCCESS;

    for (unsigned i = 0; opened && i < CELLS; i++) {
        opened = cell_open(&cells[i], i);
    }
    if (!opened) {
        fputs("soak: cannot set up\n", stderr);
        return 2;
    }
    run();
    unsigned long bad = report();

    mbedtls_psa_crypto_free();
    return bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
