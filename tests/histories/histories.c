/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Records what threads do to the same few keys, in many short rounds, and checks each round's
 * history against the sequential model.
 *
 *   histories [--seed N] [--rounds N] [--threads N] [--calls N] */

#include "config.h"

#include "perform.h"

#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    uint64_t seed;
    unsigned long rounds;
    unsigned threads;
    unsigned calls; /* of a thread in a round */
} options = {0, 4000, 4, 5};

static struct {
    pthread_barrier_t start;
    pthread_barrier_t end;
    atomic_uint ready; /* threads that are about to make their first call of the round */
    atomic_bool stop;
    struct stage stage;
    struct worker workers[THREADS_MAX];
    struct worker before; /* what the main thread does, first and last */
    struct worker after;
} run;

struct tally {
    unsigned long histories;
    unsigned long refuted;
    unsigned long given_up;
    uint64_t events;
    uint64_t pairs;
    uint64_t overlapping;
    unsigned long called[OP_COUNT];
    unsigned long succeeded[OP_COUNT];
};

static bool parse(int argc, char **argv)
{
    static const struct option names[] = {{"seed", required_argument, NULL, 's'},
                                          {"rounds", required_argument, NULL, 'r'},
                                          {"threads", required_argument, NULL, 't'},
                                          {"calls", required_argument, NULL, 'c'},
                                          {NULL, 0, NULL, 0}};
    int option;

    options.seed = now_ns();
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        unsigned long long value = optarg == NULL ? 0 : strtoull(optarg, NULL, 10);

        switch (option) {
        case 's':
            options.seed = value;
            break;
        case 'r':
            options.rounds = (unsigned long) value;
            break;
        case 't':
            options.threads = (unsigned) value;
            break;
        case 'c':
            options.calls = (unsigned) value;
            break;
        default:
            return false;
        }
    }
    return optind == argc && options.threads >= 1 && options.threads < THREADS_MAX &&
           options.calls <= ROUND_EVENTS;
}

/* All start their first call at one moment: waiting at a barrier they would start one by one. */
static void start_together(void)
{
    atomic_fetch_add(&run.ready, 1);
    for (unsigned spins = 0; atomic_load(&run.ready) < options.threads; spins++) {
        if (spins % 64 == 63) {
            sched_yield();
        }
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;

    run.stage.shards[worker->number] = keyshard_self();
    for (;;) {
        pthread_barrier_wait(&run.start);
        if (atomic_load(&run.stop)) {
            return NULL;
        }
        worker->count = 0;
        worker->own = 0;
        start_together();
        for (unsigned i = 0; i < options.calls; i++) {
            worker_step(worker);
        }
        pthread_barrier_wait(&run.end);
    }
}

/* Every id that the round has made. */
static size_t collect_ids(psa_key_id_t *ids, size_t room)
{
    size_t count = 0;

    for (unsigned t = 0; t <= options.threads; t++) {
        const struct worker *worker = t == options.threads ? &run.before : &run.workers[t];

        for (size_t i = 0; i < worker->count && count < room; i++) {
            if (worker->call[i].event.made != 0) {
                ids[count++] = worker->call[i].event.made;
            }
        }
    }
    return count;
}

static void set_up(struct worker *worker)
{
    worker->stage = &run.stage;
    worker->number = (uint8_t) options.threads; /* the main thread's */
    worker->count = 0;
}

static void count_calls(const struct history *history, struct tally *tally)
{
    for (size_t i = 0; i < history->count; i++) {
        tally->called[history->event[i].op]++;
        tally->succeeded[history->event[i].op] += history->event[i].status == PSA_SUCCESS;
    }
    tally->events += history->count;
    tally->histories++;
    history_overlap(history, options.threads, &tally->pairs, &tally->overlapping);
}

static void check(const struct history *history, struct tally *tally)
{
    enum verdict verdict = history_check(history);

    tally->given_up += verdict == GIVEN_UP;
    tally->refuted += verdict == REFUTED;
    if (verdict == REFUTED && tally->refuted == 1) {
        printf("%s: not linearizable:\n", run.stage.class->name);
        history_print(history);
    }
}

/* One round: keys are made, the threads use them, and at last each is looked at and destroyed. */
static void play(struct tally *tally, uint16_t version)
{
    static struct history history;
    psa_key_id_t ids[IDS_MAX];
    bool room = true;

    atomic_store(&run.stage.version, version);
    run.stage.mixture = version % 2;
    atomic_store(&run.ready, 0);
    set_up(&run.before);
    set_up(&run.after);
    for (unsigned i = 0; i < CELLS; i++) {
        worker_create(&run.before, i);
    }
    pthread_barrier_wait(&run.start);
    pthread_barrier_wait(&run.end);
    size_t count = collect_ids(ids, IDS_MAX);

    for (size_t i = 0; i < count && i < ROUND_EVENTS; i++) {
        worker_use(&run.after, ids[i]);
        run.stage.class->destroy(run.stage.store, ids[i]);
    }
    memset(&history, 0, sizeof history);
    room = worker_add(&run.before, &history, ids, count);
    for (unsigned t = 0; t < options.threads; t++) {
        room = room && worker_add(&run.workers[t], &history, ids, count);
    }
    room = room && worker_add(&run.after, &history, ids, count);
    if (room && count < IDS_MAX && history_number(&history)) {
        count_calls(&history, tally);
        check(&history, tally);
    } else {
        tally->given_up++;
    }
}

static void report(const struct tally *tally)
{
    printf("%s: %lu histories of %u threads, %" PRIu64 " events, %.1f %% of pairs overlap, "
           "%lu refuted, %lu given up, %lu other statuses\n",
           run.stage.class->name, tally->histories, options.threads, tally->events,
           100.0 * (double) tally->overlapping / (double) (tally->pairs + (tally->pairs == 0)),
           tally->refuted, tally->given_up, atomic_load(&run.stage.other));
    for (unsigned i = 0; i < OP_COUNT; i++) {
        if (tally->called[i] != 0) {
            printf("  %s %lu/%lu", op_names[i], tally->succeeded[i], tally->called[i]);
        }
    }
    putchar('\n');
}

/* All rounds on one store. */
static bool play_all(const struct ref_class *class, unsigned long rounds)
{
    pthread_t threads[THREADS_MAX];
    struct tally tally = {0};

    memset(&run, 0, sizeof run);
    run.stage.class = class;
    run.stage.threads = options.threads + 1;
    run.stage.store = class->open(1000);
    if (run.stage.store == NULL) {
        return false;
    }
    pthread_barrier_init(&run.start, NULL, options.threads + 1);
    pthread_barrier_init(&run.end, NULL, options.threads + 1);
    run.stage.shards[options.threads] = keyshard_self();
    run.before.random = options.seed;
    run.after.random = options.seed + 1;
    for (unsigned t = 0; t < options.threads; t++) {
        run.workers[t].stage = &run.stage;
        run.workers[t].number = (uint8_t) t;
        run.workers[t].random = options.seed + 100 + t;
        pthread_create(&threads[t], NULL, work, &run.workers[t]);
    }
    for (unsigned long i = 0; i < rounds && tally.refuted < 3; i++) {
        play(&tally, (uint16_t) (i * 61 % VERSIONS));
    }
    atomic_store(&run.stop, true);
    pthread_barrier_wait(&run.start);
    for (unsigned t = 0; t < options.threads; t++) {
        pthread_join(threads[t], NULL);
    }
    report(&tally);
    class->close(run.stage.store);
    return tally.refuted == 0 && tally.histories > 0 && tally.given_up * 20 <= tally.histories &&
           atomic_load(&run.stage.other) == 0;
}

int main(int argc, char **argv)
{
    if (!parse(argc, argv)) {
        fputs("usage: histories [--seed N] [--rounds N] [--threads N] [--calls N]\n", stderr);
        return 2;
    }
    bool right = history_self_test();

    printf("seed %" PRIu64 "\n", options.seed);
    macs_prepare();
    right = play_all(&ref_keyshard, options.rounds) && right;
    right = play_all(&ref_global_lock, options.rounds / 5 + 1) && right;
    right = play_all(&ref_slot_states, options.rounds / 5 + 1) && right;
    return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
