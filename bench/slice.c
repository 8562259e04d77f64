/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "bench.h"

#include <sys/resource.h>

/* How fast Mbed TLS's code runs depends on where its stack frames lie: its GCM takes 7 % longer
 * where they are moved by 16 bytes, 1 % in some lines of a page. A ratio would tell by how much the
 * one side's frames are deeper than the other's. So each slice goes through all places within a
 * line, and each cycle begins at another line of a page. */
#define PLACES SLICE_UNIT
#define PLACE_STEP (BENCH_LINE / PLACES)
/* A slice starts with a fourth of its operations that is not timed, so that the caches forget the
 * other side. */
#define LEAD 4u

/* A slice and how it went for each thread. */
struct running {
    const struct slice *slice;
    struct {
        _Alignas(BENCH_LINE) double begun;
        double ended;
        bool disturbed;
        bool ok;
    } outcome[BENCH_THREADS];
};

/* How often the kernel has taken the CPU from the calling thread. */
static long preemptions(void)
{
    struct rusage usage = { .ru_nivcsw = 0 };

    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nivcsw;
}

/* Runs the side on a stack that begins lower by some bytes. */
static __attribute__((noinline)) bool run_at(const struct side *side, void *state, size_t count,
                                             size_t lower)
{
    volatile char *room = __builtin_alloca(lower + PLACE_STEP);

    bool ok = side->run(state, count);

    room[0] = 0; /* so the call is not made a jump, which would give the room back first */
    return ok;
}

static void run_thread(void *p, unsigned thread)
{
    struct running *running = p;
    const struct slice *slice = running->slice;
    void *state = slice->state[thread];
    bool ok = slice->side->run(state, slice->count / LEAD);
    long before = preemptions();

    running->outcome[thread].begun = now_ns();
    for (unsigned place = 0; place < PLACES; place++) {
        size_t lower = (size_t) slice->line * BENCH_LINE + place * PLACE_STEP;

        ok = run_at(slice->side, state, slice->count / PLACES, lower) && ok;
    }
    running->outcome[thread].ended = now_ns();
    running->outcome[thread].disturbed = preemptions() != before;
    running->outcome[thread].ok = ok;
}

/* Each thread for itself: their throughputs are added. */
static double apart_ns(const struct running *running, unsigned threads, size_t count)
{
    double throughput = 0;

    for (unsigned i = 0; i < threads; i++) {
        throughput += (double) count / (running->outcome[i].ended - running->outcome[i].begun);
    }
    return threads / throughput;
}

/* Threads that take turns on a CPU: from the first one's begin to the last one's end. */
static double together_ns(const struct running *running, unsigned threads, size_t count)
{
    double begun = running->outcome[0].begun;
    double ended = running->outcome[0].ended;

    for (unsigned i = 1; i < threads; i++) {
        begun = running->outcome[i].begun < begun ? running->outcome[i].begun : begun;
        ended = running->outcome[i].ended > ended ? running->outcome[i].ended : ended;
    }
    return (ended - begun) / (double) count;
}

void slice_run(struct slice *slice)
{
    static struct running running; /* aligned, which a sanitizer's stack is not; one at a time */
    bool crowded = slice->threads > crew_cpus();

    running.slice = slice;
    crew_run(slice->threads, run_thread, &running);
    slice->ns = crowded ? together_ns(&running, slice->threads, slice->count)
                        : apart_ns(&running, slice->threads, slice->count);
    slice->disturbed = false;
    slice->ok = true;
    for (unsigned i = 0; i < slice->threads; i++) {
        slice->disturbed = slice->disturbed || (running.outcome[i].disturbed && !crowded);
        slice->ok = slice->ok && running.outcome[i].ok;
    }
}

/* Opening, in the thread that the state is for. */
struct opening {
    const struct side *side;
    const struct keys *keys;
    void **state;
};

static void open_thread(void *p, unsigned thread)
{
    const struct opening *opening = p;

    opening->state[thread] = opening->side->open(opening->keys, thread);
}

static void close_thread(void *p, unsigned thread)
{
    const struct opening *opening = p;

    if (opening->state[thread] != NULL) {
        opening->side->close(opening->state[thread]);
        opening->state[thread] = NULL;
    }
}

bool states_open(const struct side *side, const struct keys *keys, unsigned threads,
                 void *state[BENCH_THREADS])
{
    struct opening opening = { side, keys, state };
    bool ok = true;

    crew_run(threads, open_thread, &opening);
    for (unsigned i = 0; i < threads; i++) {
        ok = ok && state[i] != NULL;
    }
    return ok;
}

void states_close(const struct side *side, unsigned threads, void *state[BENCH_THREADS])
{
    struct opening opening = { side, NULL, state };

    crew_run(threads, close_thread, &opening);
}
