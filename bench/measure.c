/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "bench.h"

#include <math.h>
#include <string.h>

#define WARM_UP_BYTES 256000u /* of messages */
#define WARM_UP_CHUNK 65536u  /* then as many as there are keys, but no longer than this: */
#define WARM_UP_NS 5e8        /* unless each operation takes milliseconds */
#define CALIBRATION_NS 1e6
#define SWEEPS 8u     /* uses of each key in a slice, so that most find it in the caches */
#define SWEEPS_NS 2e7 /* unless that takes longer than this */
#define TRIES 4u
#define CYCLES_MIN 3u
#define PAGE_LINES 64u
#define LINE_STEP 37u /* prime to PAGE_LINES */

/* What is measured, and how it went. */
struct session {
    const struct work *work;
    const struct effort *effort;
    struct keys keys;
    unsigned levels;
    void *state[SIDES][BENCH_THREADS];
    size_t count[SIDES]; /* operations of a slice */
    bool open[SIDES];
    bool ok;
    unsigned line; /* where the stack begins */
    unsigned slices;
    unsigned disturbed;
};

static unsigned most_threads(const struct session *session)
{
    return level_threads[session->levels - 1];
}

static void run_once(struct session *session, unsigned side, struct slice *slice)
{
    slice->side = session->work->side[side];
    slice->state = session->state[side];
    if (side == MBED_PSA) {
        remote_run(slice);
    } else {
        slice_run(slice);
    }
    session->ok = session->ok && slice->ok;
}

/* A slice in which a thread lost its CPU to something else is tried again. */
static double measure_slice(struct session *session, unsigned side, unsigned threads, size_t count)
{
    struct slice slice = { .threads = threads, .count = count, .line = session->line,
                           .disturbed = true };

    for (unsigned i = 0; i < TRIES && slice.disturbed; i++) {
        run_once(session, side, &slice);
    }
    session->slices++;
    session->disturbed += slice.disturbed;
    return slice.ns;
}

static bool open_side(struct session *session, unsigned side)
{
    const struct side *how = session->work->side[side];

    if (how == NULL || how->open == NULL) {
        return false;
    }
    if (side == MBED_PSA) {
        return remote_open(session->work, session->effort->keys, most_threads(session));
    }
    return states_open(how, &session->keys, most_threads(session), session->state[side]);
}

static bool is_slow(const struct work *work)
{
    return strcmp(work->group, "signatures") == 0;
}

/* Operations that all sides do first, so that their results can be compared: few where one takes
 * milliseconds. */
static size_t first_operations(const struct work *work)
{
    return is_slow(work) ? SLICE_UNIT : WARM_UP_BYTES / work->message;
}

static void run_all_threads(struct session *session, unsigned side, size_t count)
{
    struct slice slice = { .threads = most_threads(session), .count = count };

    run_once(session, side, &slice);
}

static size_t round_up(size_t count)
{
    return (count + SLICE_UNIT - 1) / SLICE_UNIT * SLICE_UNIT;
}

/* Every thread uses every key twice, and so prepares whatever it keeps for it; unless that takes
 * too long, as with a million contexts, of which none will be found anyway. */
static void warm_up(struct session *session, unsigned side)
{
    double end = is_slow(session->work) ? HUGE_VAL : now_ns() + WARM_UP_NS;
    size_t count = 2 * session->keys.count;
    size_t chunk = SLICE_UNIT; /* longer and longer, for it is not known how slow they are */

    for (size_t done = 0; done < count && now_ns() < end; done += chunk) {
        chunk = 2 * chunk < WARM_UP_CHUNK ? 2 * chunk : WARM_UP_CHUNK;
        chunk = chunk < count - done ? chunk : round_up(count - done);
        run_all_threads(session, side, chunk);
    }
}

/* Whether all have done the same as raw: each state begins with its buffers. */
static bool same_results(const struct session *session)
{
    bool same = true;

    for (unsigned side = 0; (session->work->flags & SAME_RESULTS) != 0 && side < SIDES; side++) {
        if (!session->open[side] || side == RAW || side == MBED_PSA) {
            continue;
        }
        for (unsigned i = 0; i < most_threads(session); i++) {
            const struct buffers *buffers = session->state[side][i];
            const struct buffers *raw = session->state[RAW][i];

            same = same && buffers->sum == raw->sum;
        }
    }
    return same;
}

/* How many operations the side does in a slice: in its time, or in some sweeps through the keys
 * where these take a little longer. */
static size_t calibrate(struct session *session, unsigned side, double seconds)
{
    size_t count = SLICE_UNIT;
    double ns = measure_slice(session, side, 1, count);
    double enough = seconds * 1e9 < CALIBRATION_NS ? seconds * 1e9 : CALIBRATION_NS;

    while (ns * (double) count < enough && session->ok) {
        count *= 2;
        ns = measure_slice(session, side, 1, count);
    }
    double sweeps = (double) session->keys.count * SWEEPS;
    double usual = seconds * 1e9 / ns;

    if (sweeps * ns < SWEEPS_NS && sweeps > usual) {
        usual = sweeps;
    }
    return ((size_t) usual / SLICE_UNIT + 1) * SLICE_UNIT;
}

static void open_all(struct session *session)
{
    for (unsigned side = 0; side < SIDES && session->ok; side++) {
        session->open[side] = open_side(session, side);
        if (session->open[side]) {
            run_all_threads(session, side, first_operations(session->work));
        }
    }
    session->ok = session->ok && session->open[KEYSHARD] && same_results(session);
    for (unsigned side = 0; side < SIDES && session->ok; side++) {
        if (session->open[side]) {
            warm_up(session, side);
            session->count[side] = calibrate(session, side, session->effort->slice);
        }
    }
}

static void close_all(struct session *session)
{
    for (unsigned side = 0; side < SIDES; side++) {
        if (side == MBED_PSA) {
            remote_close();
        } else if (session->work->side[side] != NULL && session->work->side[side]->open != NULL) {
            states_close(session->work->side[side], most_threads(session), session->state[side]);
        }
    }
}

/* One figure of each cycle. */
struct figures {
    double ns[SIDES][LEVELS][CYCLES_MAX];
    double ratio[SIDES][LEVELS][CYCLES_MAX];
    double scaling[SIDES][LEVELS][CYCLES_MAX];
};

/* One slice of each kind. Keyshard and raw are neighbours; every second cycle goes through the
 * sides backwards, so that a machine that grows slower or faster favours none. */
static void cycle(struct session *session, unsigned n, struct figures *figures)
{
    session->line = n * LINE_STEP % PAGE_LINES;
    for (unsigned level = 0; level < session->levels; level++) {
        for (unsigned i = 0; i < SIDES; i++) {
            unsigned side = n % 2 == 0 ? i : SIDES - 1 - i;

            if (session->open[side]) {
                figures->ns[side][level][n] = measure_slice(session, side, level_threads[level],
                                                            session->count[side]);
            }
        }
        for (unsigned side = 0; side < SIDES; side++) {
            figures->ratio[side][level][n] =
                figures->ns[KEYSHARD][level][n] / figures->ns[side][level][n];
            figures->scaling[side][level][n] =
                level_threads[level] * figures->ns[side][0][n] / figures->ns[side][level][n];
        }
    }
}

/* Runs cycles until there are enough of them or time is up; gives their number. One with a
 * disturbed slice is overwritten by the next, unless that leaves too few. */
static unsigned run_cycles(struct session *session, struct figures *figures)
{
    double deadline = now_ns() + session->effort->limit * 1e9;
    bool late = false;
    unsigned n = 0;

    session->slices = 0;
    session->disturbed = 0;
    while (n < session->effort->cycles && (n < CYCLES_MIN || !late) && session->ok) {
        unsigned disturbed = session->disturbed;

        cycle(session, n, figures);
        late = now_ns() > deadline;
        n += session->disturbed == disturbed || late;
    }
    return n;
}

static void summarize(const struct session *session, struct figures *figures,
                      struct result *result)
{
    for (unsigned side = 0; side < SIDES; side++) {
        for (unsigned level = 0; session->open[side] && level < session->levels; level++) {
            result->ns[side][level] = spread_of(figures->ns[side][level], result->cycles);
            result->ratio[side][level] = spread_of(figures->ratio[side][level], result->cycles);
            result->scaling[side][level] = spread_of(figures->scaling[side][level], result->cycles);
        }
    }
}

static struct result measure(const struct work *work, const struct effort *effort)
{
    static struct figures figures;
    struct session session = { .work = work, .effort = effort, .ok = true };
    struct result result = { .work = work };

    session.levels = work->levels < effort->levels ? work->levels : effort->levels;
    psa_status_t status = work_keys(work, effort->keys, &session.keys)
                              ? keys_import(&session.keys) : PSA_ERROR_INSUFFICIENT_MEMORY;

    session.ok = status == PSA_SUCCESS;
    open_all(&session);
    if (session.ok) {
        result.cycles = run_cycles(&session, &figures);
    }
    result.levels = session.levels;
    result.slices = session.slices;
    result.disturbed = session.disturbed;
    memcpy(result.done, session.open, sizeof result.done);
    if (session.ok && result.cycles > 0) {
        summarize(&session, &figures, &result);
    }
    close_all(&session);
    result.served = status != PSA_ERROR_NOT_SUPPORTED;
    result.ok = session.ok && keys_destroy(&session.keys);
    keys_free(&session.keys);
    return result;
}

size_t measure_all(const struct effort *effort, const char *only, struct result *results)
{
    double start = now_ns();
    size_t count = 0;

    for (size_t i = 0; i < work_count; i++) {
        if ((only != NULL && strstr(works[i].name, only) == NULL) ||
            ((works[i].flags & PATIENT) != 0 && !effort->patient)) {
            continue;
        }
        fprintf(stderr, "%3zu of %zu  %s", i + 1, work_count, works[i].name);
        results[count] = measure(&works[i], effort);
        fprintf(stderr, " (%.0f s)%s\n", (now_ns() - start) / 1e9,
                results[count].ok ? "" : results[count].served ? "  FAILED" : "  not served");
        count += results[count].served;
    }
    return count;
}
