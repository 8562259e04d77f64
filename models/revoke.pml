/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Multi-part operations, and their revocation by whoever destroys or replaces their key.
 *
 * Stands for: ks_operation_open (src/store/operation.c), ks_operation_enter (src/store/operation.c),
 *   ks_operation_leave (src/store/operation.c), ks_operation_end (src/store/operation.c),
 *   ks_operation_abort (src/store/operation.c), end_locked (src/store/operation.c),
 *   revoke_locked (src/store/operation.c), close_locked (src/store/operation.c),
 *   ks_operations_revoke (src/store/operation.c), ks_lookup_mark (src/store/lookup.h),
 *   ks_destroy (src/store/change.c)
 *
 * Who: the user opens an operation on the key, calls it, and ends it by a finish or an abort; if
 * the key is still there it opens another, which takes the same place. The destroyer destroys the
 * key and revokes. The third thread has a copy of the first operation's object and makes calls on
 * it, an abort at last; or, with -DREPLACER, it is a second one who revokes: it has replaced the
 * key's material, and waited for the marks, before the destroyer starts.
 *
 * States of the place's word: FREE, IDLE, BUSY, and REVOKED, with the generation.
 *
 * Shows: one thread at a time is inside an operation or ends it; who is inside works on the context
 * of the operation that it has the name of, which is whole; an operation is ended once; when the
 * destroyer returns, nobody is inside, and nothing is left of a context, nor on its way to memory.
 *
 * Linearization points: of a call, the compare-and-swap of its entry; of a revocation, the fetch-or
 * that sets REVOKED.
 *
 * Memory orders: the word is changed with release when a call leaves (the partner is the acquire of
 * the next entry, or of the fetch-or that finds nobody inside) and when an operation is ended. A
 * read-modify-write of the model orders nothing on PSO, so a release one has a fence before it.
 * Links change under the mutex, whose release is a fence.
 *
 * Left out, each to be refuted:
 *   -DNO_MARK_WAIT     the destroyer revokes without waiting for the mark
 *   -DLINK_LATE        an operation is linked after its thread's mark is cleared
 *   -DNO_WAIT          the destroyer does not wait for a call that is inside
 *   -DNO_REVOKED       it sets no REVOKED: it looks whether somebody is inside, then ends
 *   -DENTER_BY_STORE   a call looks whether the word says IDLE, then stores BUSY
 *   -DNO_GENERATION    the next operation in a place has the generation of the last
 *   -DNO_MUTEX         finish, abort and revocation take no mutex
 *   -DABORT_INSIDE     an abort does not look whether somebody is inside
 *   -DLEAVE_RELAXED    (PSO) a call leaves without release
 *
 * Limits: one place; a section is one word that the grace period waits for between two
 * membarriers (lookup.pml has it step by step). */

#ifndef CALLS
#define CALLS 1
#endif

#define DESTROYER    0
#define USER         1
#define THIRD        2
#define THREADS      3

#define SLOT         0          /* 1 while the key is published */
#define MARK         1          /* the user's */
#define WORD         2          /* the place's */
#define CONTEXT      3          /* secret while an operation is open */
#define CELLS        4
#define BUFFER       4

#include "buffers.pml"

#define IDLE         1
#define BUSY         2
#define REVOKED      4
#define GENERATION   8
#define OF(generation, state)  ((generation) * GENERATION + (state))

bool section;
bool mutex;
bool linked;                    /* guarded by the mutex */
byte inside;                    /* threads inside the operation, or ending it */
byte ends, opens;
bool over;                      /* the user has done all it does */

inline lock(t)
{
#ifndef NO_MUTEX
    atomic { !mutex; mutex = true }
#else
    skip
#endif
}

inline unlock(t)
{
    fence(t);
#ifndef NO_MUTEX
    mutex = false
#endif
}

/* -> FREE; by one that nobody can be inside beside. */
inline end_locked(t)
{
    atomic { inside++; assert(inside == 1); ends++; assert(ends <= opens) };
    store(t, CONTEXT, 0);
    linked = false;
    load(t, WORD, word);
    inside--;
#ifdef NO_GENERATION
    store_release(t, WORD, OF(word / GENERATION, 0))
#else
    store_release(t, WORD, OF(word / GENERATION + 1, 0))
#endif
}

inline ks_operation_enter(t, generation)
{
    word = OF(generation, IDLE);
#ifdef ENTER_BY_STORE
    load(t, WORD, word);
    entered = (word == OF(generation, IDLE));
    if
    :: entered -> store(t, WORD, OF(generation, BUSY))
    :: else
    fi;
#else
    compare_swap(t, WORD, word, OF(generation, BUSY), entered);
#endif
    if
    :: entered -> atomic { inside++; assert(inside == 1) }
    :: else
    fi
}

inline use_context(t, which)
{
    load(t, CONTEXT, value);
    assert(value == which);
    store(t, CONTEXT, which);
    value = 0
}

inline ks_operation_leave(t, generation)
{
    inside--;
#ifndef LEAVE_RELAXED
    fence(t);
#endif
    word = OF(generation, BUSY);
    compare_swap(t, WORD, word, OF(generation, IDLE), left);
    if
    :: !left ->
        assert(word == OF(generation, BUSY + REVOKED));
        compare_swap(t, WORD, word, OF(generation, REVOKED), left);
        assert(left)
    :: else
    fi
}

/* entered: it was open, nobody was inside, and it is ended. */
inline ks_operation_abort(t, generation)
{
    lock(t);
    load(t, WORD, word);
    entered = false;
    if
#ifdef ABORT_INSIDE
    :: word / GENERATION == generation && word % GENERATION != 0 -> entered = true
#else
    :: word / GENERATION == generation && (word % GENERATION == IDLE ||
                                           word % GENERATION >= REVOKED) && !(word & BUSY) ->
        compare_swap(t, WORD, word, OF(generation, REVOKED), entered)
#endif
    :: else
    fi;
    if
    :: entered -> end_locked(t)
    :: else
    fi;
    unlock(t)
}

/* --- those who revoke --- */

inline ks_rcu_synchronize()
{
    membarrier();
    !section;
    membarrier()
}

/* One pass; more: another is needed. */
inline revoke_pass(t)
{
    more = false;
    lock(t);
    if
    :: linked ->
#ifdef NO_REVOKED
        load(t, WORD, seen);
#else
        fetch_or(t, WORD, REVOKED, seen);
#endif
        if
        :: seen & BUSY -> more = true
        :: else -> end_locked(t)
        fi
    :: else
    fi;
    unlock(t);
#ifdef NO_WAIT
    more = false
#endif
}

inline ks_operations_revoke(t)
{
    more = true;
    do
    :: more -> revoke_pass(t)
    :: else -> break
    od
}

proctype destroyer()
{
    byte word, seen;
    bool more;

    store(DESTROYER, SLOT, 0);
    ks_rcu_synchronize();
#ifndef NO_MARK_WAIT
    memory[MARK] == 0;
#endif
    ks_operations_revoke(DESTROYER);
    fence(DESTROYER);
    atomic {
        assert(inside == 0 && !linked);
        assert(!HELD(USER, CONTEXT, 1) && !HELD(USER, CONTEXT, 2));
        assert(!HELD(THIRD, CONTEXT, 1) && !HELD(THIRD, CONTEXT, 2))
    }
}

#ifdef REPLACER
proctype third()
{
    byte word, seen;
    bool more;

    /* The material is replaced, grace period and marks are over: what is open is to be ended. */
    ks_operations_revoke(THIRD)
}
#else
proctype third()
{
    byte word, value;
    bool entered, left;

    opens > 0 || over;                              /* it has been given a copy of the object */
    ks_operation_enter(THIRD, 0);
    if
    :: entered ->
        use_context(THIRD, 1);
        ks_operation_leave(THIRD, 0)
    :: else
    fi;
    ks_operation_abort(THIRD, 0)
}
#endif

/* --- the user --- */

inline link_it()
{
    lock(USER);
    linked = true;
    store_release(USER, WORD, OF(generation, BUSY));
    unlock(USER)
}

inline ks_operation_open(which)
{
    section = true;                                 /* ks_lookup_mark */
    load(USER, SLOT, found);
    if
    :: found -> store(USER, MARK, 1)
    :: else
    fi;
    section = false;
    if
    :: found ->
#ifndef LINK_LATE
        link_it();
#endif
        atomic { inside++; assert(inside == 1) };
        store(USER, CONTEXT, which);
        opens++;
#ifdef LINK_LATE
        store_release(USER, MARK, 0);
        link_it();
#endif
        ks_operation_leave(USER, generation);
        store_release(USER, MARK, 0)
    :: else
    fi
}

inline call(which)
{
    ks_operation_enter(USER, generation);
    if
    :: entered ->
        use_context(USER, which);
        ks_operation_leave(USER, generation)
    :: else
    fi
}

inline finish(which)
{
    ks_operation_enter(USER, generation);
    if
    :: entered ->
        use_context(USER, which);
        lock(USER);
        inside--;
        end_locked(USER);
        unlock(USER)
    :: else
    fi
}

proctype user()
{
    byte word, value, calls, generation;
    bool found, entered, left;

    ks_operation_open(1);
    if
    :: found ->
        do
        :: calls < CALLS -> calls++; call(1)
        :: else -> break
        od;
        if
        :: finish(1)
        :: ks_operation_abort(USER, generation)
        fi;
        /* The place is free when another opens in it. */
        fence(USER);
        if
        :: memory[WORD] % GENERATION == 0 ->
            generation = memory[WORD] / GENERATION;
            ks_operation_open(2);
            if
            :: found -> call(2)
            :: else
            fi
        :: else
        fi
    :: else
    fi;
    over = true
}

init {
    atomic {
        memory[SLOT] = 1;
        run destroyer();
        run user();
        run third()
    }
}
