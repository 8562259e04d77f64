/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "bench.h"

#include <sys/resource.h>

#define WARM_UP_OPERATIONS 1000u /* at least; else four for each key */
#define CALIBRATION_NS 2e6
/* A slice starts with a fourth of its operations that is not timed, so that the caches forget the
 * other side. One in which a thread loses its CPU to something else is tried again. */
#define LEAD 4u
#define TRIES 4u
#define CYCLES_MIN 5u

/* How fast Mbed TLS's code runs depends on where its stack frames lie: its GCM takes 7 % longer
 * where they are moved by 16 bytes, 1 % in some lines of a page. A ratio would tell by how much the
 * one side's frames are deeper than the other's. So each slice goes through all places within a
 * line, and each cycle begins at another line of a page. */
#define PLACES 4u
#define PLACE_STEP (BENCH_LINE / PLACES)
#define PAGE_LINES 64u
#define LINE_STEP 37u /* prime to PAGE_LINES */

/* What is measured, and how it went: filled in by the threads. */
struct session {
    const struct work *work;
    const struct keys *keys;
    unsigned sides;
    unsigned threads;
    void *state[SIDES][BENCH_THREADS];
    bool ok[BENCH_THREADS];
    /* The present slice. */
    unsigned side;
    size_t count; /* operations of each thread */
    unsigned line; /* where its stack begins */
    struct {
        _Alignas(BENCH_LINE) double ns;
        bool disturbed;
    } outcome[BENCH_THREADS];
    /* All slices. */
    unsigned slices;
    unsigned disturbed;
};

static void open_side(void *p, unsigned thread)
{
    struct session *session = p;
    void *state = session->work->side[session->side]->open(session->keys, thread);

    session->state[session->side][thread] = state;
    session->ok[thread] = session->ok[thread] && state != NULL;
}

static void close_side(void *p, unsigned thread)
{
    struct session *session = p;
    void *state = session->state[session->side][thread];

    if (state != NULL) {
        session->work->side[session->side]->close(state);
    }
}

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

static void run_side(void *p, unsigned thread)
{
    struct session *session = p;
    const struct side *side = session->work->side[session->side];
    void *state = session->state[session->side][thread];
    bool ok = side->run(state, session->count / LEAD);
    long before = preemptions();
    double start = now_ns();

    for (unsigned place = 0; place < PLACES; place++) {
        size_t lower = (size_t) session->line * BENCH_LINE + place * PLACE_STEP;

        ok = run_at(side, state, session->count / PLACES, lower) && ok;
    }
    session->outcome[thread].ns = now_ns() - start;
    session->outcome[thread].disturbed = preemptions() != before;
    session->ok[thread] = session->ok[thread] && ok;
}

static void for_each_side(struct session *session, crew_job *job)
{
    for (session->side = 0; session->side < session->sides; session->side++) {
        crew_run(session->threads, job, session);
    }
}

static bool all_ok(const struct session *session)
{
    bool ok = true;

    for (unsigned i = 0; i < session->threads; i++) {
        ok = ok && session->ok[i];
    }
    return ok;
}

/* One try. False if a thread lost its CPU to something else meanwhile. */
static bool try_slice(struct session *session, unsigned threads, double *ns)
{
    double throughput = 0;
    bool undisturbed = true;

    crew_run(threads, run_side, session);
    for (unsigned i = 0; i < threads; i++) {
        throughput += (double) session->count / session->outcome[i].ns;
        undisturbed = undisturbed && !session->outcome[i].disturbed;
    }
    *ns = threads / throughput;
    return undisturbed;
}

/* Gives the nanoseconds that one operation takes a thread: the number of threads divided by the
 * throughput of all of them. */
static double slice(struct session *session, unsigned side, unsigned threads, size_t count)
{
    double ns = 0;
    bool undisturbed = false;

    session->side = side;
    session->count = count;
    for (unsigned i = 0; i < TRIES && !undisturbed; i++) {
        undisturbed = try_slice(session, threads, &ns);
    }
    session->slices++;
    session->disturbed += !undisturbed;
    return ns;
}

/* Whether both sides have done the same: each state begins with its buffers. */
static bool same_results(const struct session *session)
{
    bool same = true;

    for (unsigned i = 0; session->work->same_results && i < session->threads; i++) {
        const struct buffers *by_id = session->state[BY_ID][i];
        const struct buffers *raw = session->state[RAW][i];

        same = same && by_id->sum == raw->sum;
    }
    return same;
}

/* Every thread uses every key, and so prepares whatever it keeps for it. */
static bool warm_up(struct session *session)
{
    size_t count = PLACES * session->keys->count;

    session->count = count > WARM_UP_OPERATIONS ? count : WARM_UP_OPERATIONS;
    for_each_side(session, run_side);
    return all_ok(session) && same_results(session);
}

/* How many operations the slower side does in the time of a slice: a multiple of PLACES. */
static size_t calibrate(struct session *session, double seconds)
{
    double slowest = 0;

    for (unsigned side = 0; side < session->sides; side++) {
        size_t count = PLACES;
        double ns = slice(session, side, 1, count);

        while (ns * (double) count < CALIBRATION_NS) {
            count *= 2;
            ns = slice(session, side, 1, count);
        }
        slowest = ns > slowest ? ns : slowest;
    }
    return ((size_t) (seconds * 1e9 / slowest) / PLACES + 1) * PLACES;
}

/* One figure of each cycle. */
struct figures {
    double ns[SIDES][BENCH_THREADS][CYCLES_MAX];
    double ratio[BENCH_THREADS][CYCLES_MAX];
    double scaling[SIDES][CYCLES_MAX];
};

/* One slice of each kind. The sides change places every second time, so that a machine that grows
 * slower or faster favours neither. */
static void cycle(struct session *session, size_t count, unsigned n, struct figures *figures)
{
    session->line = n * LINE_STEP % PAGE_LINES;
    for (unsigned t = 0; t < session->threads; t++) {
        for (unsigned i = 0; i < session->sides; i++) {
            unsigned side = session->sides == SIDES ? (i + n) % SIDES : i;

            figures->ns[side][t][n] = slice(session, side, t + 1, count);
        }
        if (session->sides == SIDES) {
            figures->ratio[t][n] = figures->ns[BY_ID][t][n] / figures->ns[RAW][t][n];
        }
    }
    for (unsigned side = 0; side < session->sides; side++) {
        unsigned last = session->threads - 1;

        figures->scaling[side][n] =
            session->threads * figures->ns[side][0][n] / figures->ns[side][last][n];
    }
}

static void summarize(struct result *result, struct figures *figures)
{
    unsigned sides = result->has_raw ? SIDES : 1;

    for (unsigned side = 0; side < sides; side++) {
        for (unsigned t = 0; t < result->threads; t++) {
            result->ns[side][t] = spread_of(figures->ns[side][t], result->cycles);
        }
        result->scaling[side] = spread_of(figures->scaling[side], result->cycles);
    }
    for (unsigned t = 0; result->has_raw && t < result->threads; t++) {
        result->ratio[t] = spread_of(figures->ratio[t], result->cycles);
    }
}

/* Runs cycles until there are enough of them or time is up; gives their number. One with a
 * disturbed slice is overwritten by the next, unless that leaves too few. */
static unsigned run_cycles(struct session *session, const struct effort *effort,
                           struct figures *figures)
{
    double deadline = now_ns() + effort->limit * 1e9;
    size_t count = calibrate(session, effort->slice);
    bool late = false;
    unsigned n = 0;

    session->slices = 0;
    session->disturbed = 0;
    while (n < effort->cycles && (n < CYCLES_MIN || !late)) {
        unsigned disturbed = session->disturbed;

        cycle(session, count, n, figures);
        late = now_ns() > deadline;
        n += session->disturbed == disturbed || late;
    }
    return n;
}

struct result measure(const struct work *work, const struct keys *keys,
                      const struct effort *effort)
{
    static struct figures figures;
    struct session session = { .work = work, .keys = keys, .threads = effort->threads,
                               .sides = work->side[RAW] != NULL ? SIDES : 1 };
    struct result result = { .name = work->name, .threads = effort->threads,
                             .has_raw = work->side[RAW] != NULL };

    for (unsigned i = 0; i < session.threads; i++) {
        session.ok[i] = true;
    }
    for_each_side(&session, open_side);
    if (all_ok(&session) && warm_up(&session)) {
        result.cycles = run_cycles(&session, effort, &figures);
        summarize(&result, &figures);
        result.ok = all_ok(&session);
        result.slices = session.slices;
        result.disturbed = session.disturbed;
    }
    for_each_side(&session, close_side);
    return result;
}
