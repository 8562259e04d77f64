/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Memory as a processor shows it: each thread's stores wait in a buffer of its own before the
 * others see them. A model that includes this file has defined
 *
 *   THREADS   how many threads have a buffer (numbers 0 to THREADS - 1, at most 4)
 *   CELLS     how many shared words there are
 *   BUFFER    how many stores of a thread may wait at one time (at most 4; 3 unless told)
 *
 * and reads and writes those words through the inlines below, one word a step. Two machines:
 *
 *   (default)  TSO, as x86-64: a thread's stores become visible in the order in which it made them.
 *   -DPSO      as arm64 towards stores: they become visible in any order, but for two stores to one
 *              word, and a release store becomes visible after all that its thread stored before.
 *              Later stores may overtake a release store, and later loads pass every store.
 *
 * A thread sees its own waiting stores. Loads take effect in program order on both machines: what
 * an acquire load, or an address dependency, forbids to move is therefore not tried here, nor is a
 * load that is delayed past a later store of its own thread.
 *
 * A thread that waits for a word to hold a value waits with a plain condition on memory[]: it
 * polls, and has no store to that word in its own buffer. */

#ifndef BUFFER
#define BUFFER 3
#endif

typedef store_buffer {
    byte waiting;           /* how many of the entries below are in use, oldest first */
    byte cell[BUFFER];
    byte value[BUFFER];
#ifdef PSO
    bit release[BUFFER];
#endif
};

byte memory[CELLS];
store_buffer buffer[THREADS];
hidden byte scan_;          /* used inside one step only, so no part of the state */

/* --- loads and stores --- */

inline store_(t, c, v, is_release)
{
    d_step {
        buffer[t].waiting < BUFFER ->
        buffer[t].cell[buffer[t].waiting] = c;
        buffer[t].value[buffer[t].waiting] = v;
#ifdef PSO
        buffer[t].release[buffer[t].waiting] = is_release;
#endif
        buffer[t].waiting++
    }
}

inline store(t, c, v)         { store_(t, c, v, 0) }
inline store_release(t, c, v) { store_(t, c, v, 1) }

inline load(t, c, into)
{
    d_step {
        scan_ = buffer[t].waiting;
        do
        :: scan_ == 0 -> into = memory[c]; break
        :: scan_ > 0 && buffer[t].cell[scan_ - 1] == c -> into = buffer[t].value[scan_ - 1]; break
        :: else -> scan_--
        od;
        scan_ = 0
    }
}

/* --- read-modify-write: one step on memory itself, after the thread's own stores to that word; on
 * TSO, where each is also a fence, after all of its stores --- */

#define WAITS_(t, c, i)   (buffer[t].waiting > i && buffer[t].cell[i] == c)
#if BUFFER == 1
#define WAITS(t, c)       WAITS_(t, c, 0)
#elif BUFFER == 2
#define WAITS(t, c)       (WAITS_(t, c, 0) || WAITS_(t, c, 1))
#elif BUFFER == 3
#define WAITS(t, c)       (WAITS_(t, c, 0) || WAITS_(t, c, 1) || WAITS_(t, c, 2))
#else
#define WAITS(t, c)       (WAITS_(t, c, 0) || WAITS_(t, c, 1) || WAITS_(t, c, 2) || WAITS_(t, c, 3))
#endif

#ifdef PSO
#define ATOMIC_MAY_ACT(t, c)  (!WAITS(t, c))
#else
#define ATOMIC_MAY_ACT(t, c)  (buffer[t].waiting == 0)
#endif

inline fetch_or(t, c, bits, old)
{
    d_step { ATOMIC_MAY_ACT(t, c) -> old = memory[c]; memory[c] = memory[c] | (bits) }
}

inline exchange(t, c, v, old)
{
    d_step { ATOMIC_MAY_ACT(t, c) -> old = memory[c]; memory[c] = v }
}

/* On failure `expected` becomes what the word holds. */
inline compare_swap(t, c, expected, v, ok)
{
    d_step {
        ATOMIC_MAY_ACT(t, c) ->
        ok = (memory[c] == expected);
        if
        :: ok -> memory[c] = v
        :: else -> expected = memory[c]
        fi
    }
}

/* --- barriers --- */

inline fence(t) { buffer[t].waiting == 0 }

/* The membarrier system call: some time before it returns, each thread has passed a full fence. The
 * threads pass theirs one after the other, not at one instant. */
inline membarrier()
{
    fence(0);
#if THREADS > 1
    fence(1);
#endif
#if THREADS > 2
    fence(2);
#endif
#if THREADS > 3
    fence(3);
#endif
}

/* True when a value of this word is visible or can still become so: it stands in memory or waits in
 * the buffer of the thread. For assertions that nothing is left of a secret. */
#define HOLDS_(t, c, v, i)  (WAITS_(t, c, i) && buffer[t].value[i] == v)
#if BUFFER == 1
#define HELD(t, c, v)     (memory[c] == v || HOLDS_(t, c, v, 0))
#elif BUFFER == 2
#define HELD(t, c, v)     (memory[c] == v || HOLDS_(t, c, v, 0) || HOLDS_(t, c, v, 1))
#elif BUFFER == 3
#define HELD(t, c, v)     (memory[c] == v || HOLDS_(t, c, v, 0) || HOLDS_(t, c, v, 1) \
                           || HOLDS_(t, c, v, 2))
#else
#define HELD(t, c, v)     (memory[c] == v || HOLDS_(t, c, v, 0) || HOLDS_(t, c, v, 1) \
                           || HOLDS_(t, c, v, 2) || HOLDS_(t, c, v, 3))
#endif

/* --- what empties the buffers: one process for each thread, at any time --- */

#ifdef PSO
#define SAME_(t, i, j)     (buffer[t].cell[i] == buffer[t].cell[j])
#define MAY_LEAVE_1(t)    (buffer[t].waiting > 1 && !buffer[t].release[1] && !SAME_(t, 1, 0))
#define MAY_LEAVE_2(t)    (buffer[t].waiting > 2 && !buffer[t].release[2] && !SAME_(t, 2, 0) \
                           && !SAME_(t, 2, 1))
#define MAY_LEAVE_3(t)    (buffer[t].waiting > 3 && !buffer[t].release[3] && !SAME_(t, 3, 0) \
                           && !SAME_(t, 3, 1) && !SAME_(t, 3, 2))
#endif

/* Entry i becomes visible; those behind it move up and the freed place is cleared, so that equal
 * buffers are equal states. */
inline become_visible(t, i)
{
    memory[buffer[t].cell[i]] = buffer[t].value[i];
    buffer[t].waiting--;
    scan_ = i;
    do
    :: scan_ < buffer[t].waiting ->
        buffer[t].cell[scan_] = buffer[t].cell[scan_ + 1];
        buffer[t].value[scan_] = buffer[t].value[scan_ + 1];
#ifdef PSO
        buffer[t].release[scan_] = buffer[t].release[scan_ + 1];
#endif
        scan_++
    :: else -> break
    od;
    buffer[t].cell[scan_] = 0;
    buffer[t].value[scan_] = 0;
#ifdef PSO
    buffer[t].release[scan_] = 0;
#endif
    scan_ = 0
}

active [THREADS] proctype store_buffers()
{
end:
    do
    :: d_step { buffer[_pid].waiting > 0 -> become_visible(_pid, 0) }
#ifdef PSO
#if BUFFER > 1
    :: d_step { MAY_LEAVE_1(_pid) -> become_visible(_pid, 1) }
#endif
#if BUFFER > 2
    :: d_step { MAY_LEAVE_2(_pid) -> become_visible(_pid, 2) }
#endif
#if BUFFER > 3
    :: d_step { MAY_LEAVE_3(_pid) -> become_visible(_pid, 3) }
#endif
#endif
    od
}
