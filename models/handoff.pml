/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Handoff of one key, against operations on it and against destruction by three threads: who may
 * change a slot word, and when a destroyer need not wait.
 *
 * Stands for: ks_lookup (src/store/lookup.h), ks_own_destroy (src/store/own.c),
 *   ks_take_for_writing (src/store/change.c), destroy_list (src/store/change.c),
 *   move_run (src/store/handoff.c), move_locked (src/store/handoff.c)
 *
 * Who: three threads, each with a shard. A owns the key; it operates on it, hands it to B (with
 * -DTHIRD_HANDS T does that instead), and operates again. B destroys the key. T operates on it, or
 * with -DDESTROYERS destroys it too.
 *
 * The word: empty, or the object; and the bit SHARED. The rule under test: while the bit is clear
 * the word is changed by the owner's thread alone, without a mutex, by a compare-and-swap that
 * fails if the bit has been set; once it is set, by whoever holds the owner's writer mutex. Every
 * other thread sets the bit before it goes on, readers and writers alike. The owner changes under
 * both writer mutexes, at any state of the bit.
 *
 * Shows: no operation works on wiped material, though B wipes without waiting where it found the
 * bit clear; of two destroyers one succeeds; when it returns no material and no context is left,
 * A's context from before the handoff included; and nobody fails to find the key that exists.
 *
 * Linearization points: of a destruction the compare-and-swap or the exchange; of a handoff the
 * store to the owner.
 *
 * Memory orders: the store of the new owner is a release; its partner is the acquire load by which
 * B finds that the key is its own. It hands over what A did to the key without a lock: A's context
 * (its users bit), and A's last reads.
 *
 * Left out, each to be refuted:
 *   -DNO_SHARE_FIRST     a writer that is not the owner's thread does not set the bit
 *   -DEMPTY_BY_EXCHANGE  B empties a slot that it saw with a clear bit by exchange
 *   -DOWNER_UNCHECKED    a writer looks again at the id under the mutex, but not at the owner
 *   -DHAND_UNLOCKED      A stores the new owner without the writer mutexes
 *   -DHAND_UNSHARED      (THIRD_HANDS) T hands the key over without setting the bit
 *   -DOWNER_RELAXED      (PSO) the new owner is stored by a plain store
 *
 * Limits: sections, and the marks of B and T, are seen by all at once; lookup.pml has their orders.
 * Loads happen in program order, so that the acquire itself is argued, not shown. */

#define A            0
#define B            1
#define T            2
#define THREADS      3

#define WORD         0
#define OWNER        1
#define MATERIAL     2       /* 1 while it is whole */
#define CONTEXT      3       /* 1 while A's shard has a context of the key */
#define MARK         4       /* the in-use mark of A's shard */
#define WRITER(t)    (5 + (t))
#define CELLS        8

#define SHARED       1
#define OBJECT       2       /* the word, bit clear */

#include "buffers.pml"

bool section[THREADS];
bool mark[THREADS];          /* the in-use marks of the others' */
bool operating[THREADS];
bool destroying;             /* some destruction has passed its linearization point */
byte destroyed;

inline lock(t, s)
{
    d_step { ATOMIC_MAY_ACT(t, WRITER(s)) && memory[WRITER(s)] == 0 -> memory[WRITER(s)] = 1 }
}

inline unlock(t, s) { store_release(t, WRITER(s), 0) }

/* Sets word and, if it names the object, number. With the bit set unless the key is t's own. */
inline ks_lookup(t)
{
    load(t, WORD, word);
    number = THREADS;
    if
    :: word & OBJECT ->
        load(t, OWNER, number);
        if
        :: !(word & SHARED) && number != t ->
            fetch_or(t, WORD, SHARED, word);
            if
            :: word & OBJECT -> load(t, OWNER, number)
            :: else
            fi
        :: else
        fi
    :: else
    fi
}

/* --- operations --- */

inline operate(t)
{
    section[t] = true;
    ks_lookup(t);
    if
    :: word & OBJECT ->
        if
        :: t == A -> store(A, MARK, 1)
        :: else -> mark[t] = true
        fi;
        section[t] = false;
        operating[t] = true;
        if
        :: t == A -> store(A, CONTEXT, 1)
        :: else
        fi;
        load(t, MATERIAL, value);
        assert(value == 1);
        load(t, MATERIAL, value);
        assert(value == 1);
        operating[t] = false;
        if
        :: t == A -> store_release(A, MARK, 0)
        :: else -> fence(t); mark[t] = false
        fi
    :: else ->
        assert(destroying);
        section[t] = false
    fi
}

/* --- writers --- */

inline look_again(t)
{
    section[t] = true;
    load(t, WORD, word);
    number = THREADS;
    if
    :: word & OBJECT -> load(t, OWNER, number)
    :: else
    fi;
    section[t] = false
}

/* Ends with locked == THREADS, or with the writer mutex of shard `locked` held. */
inline ks_take_for_writing(t)
{
    do
    :: section[t] = true;
#ifdef NO_SHARE_FIRST
        load(t, WORD, word);
        number = THREADS;
        if
        :: word & OBJECT -> load(t, OWNER, number)
        :: else
        fi;
#else
        fetch_or(t, WORD, SHARED, word);    /* whoever the owner is */
        number = THREADS;
        if
        :: word & OBJECT -> load(t, OWNER, number)
        :: else
        fi;
#endif
        section[t] = false;
        locked = number;
        if
        :: number == THREADS -> break
        :: else
        fi;
        lock(t, locked);
        look_again(t);
#ifdef OWNER_UNCHECKED
        if
        :: number != THREADS -> break
#else
        if
        :: number == locked && number != THREADS -> break
#endif
        :: else -> unlock(t, locked)
        fi
    od
}

inline wait_for_users()
{
    !section[A];
    !section[B];
    !section[T];
    membarrier();                           /* the end of the grace period */
    memory[MARK] == 0;
    !mark[B];
    !mark[T]
}

inline wipe(t)
{
    store(t, CONTEXT, 0);
    store(t, MATERIAL, 0);
    fence(t);
    destroyed++;
    atomic {
        assert(destroyed == 1);
        assert(!operating[A] && !operating[B] && !operating[T]);
        assert(!HELD(A, MATERIAL, 1) && !HELD(A, CONTEXT, 1))
    }
}

inline destroy_list(t)
{
    ks_take_for_writing(t);
    if
    :: locked != THREADS ->
        d_step {                            /* the exchange */
            ATOMIC_MAY_ACT(t, WORD) ->
            word = memory[WORD];
            memory[WORD] = 0;
            destroying = true
        };
        assert(word & OBJECT);
        unlock(t, locked);
        wait_for_users();
        wipe(t)
    :: else ->
        assert(destroying)
    fi
}

/* The owner's thread, of a key that no other thread has seen. done: it was one. */
inline ks_own_destroy(t)
{
    done = false;
    section[t] = true;
    load(t, WORD, word);
    if
    :: word == OBJECT ->
        load(t, OWNER, number);
        if
        :: number == t ->
            d_step {
                ATOMIC_MAY_ACT(t, WORD) ->
#ifdef EMPTY_BY_EXCHANGE
                done = true;
                memory[WORD] = 0;
#else
                done = (memory[WORD] == OBJECT);
                if
                :: done -> memory[WORD] = 0
                :: else
                fi;
#endif
                destroying = destroying || done
            }
        :: else
        fi
    :: else
    fi;
    section[t] = false;
    if
    :: done -> wipe(t)
    :: else -> destroy_list(t)
    fi
}

/* From A to B; numbers of shards order the mutexes. */
inline move_run(t)
{
    section[t] = true;
#ifdef HAND_UNSHARED
    load(t, WORD, word);
#else
    ks_lookup(t);
#endif
    section[t] = false;
    if
    :: word & OBJECT ->
#ifndef HAND_UNLOCKED
        lock(t, A);
        lock(t, B);
        look_again(t);
#endif
        if
        :: word & OBJECT ->
            assert(number == A);
#ifdef OWNER_RELAXED
            store(t, OWNER, B)
#else
            store_release(t, OWNER, B)
#endif
        :: else
        fi;
#ifndef HAND_UNLOCKED
#ifdef OWNER_RELAXED
        store(t, WRITER(B), 0);             /* else the mutex would order it after all */
        store(t, WRITER(A), 0)
#else
        unlock(t, B);
        unlock(t, A)
#endif
#endif
    :: else
    fi
}

/* --- the threads --- */

proctype thread_a()
{
    byte word, number, value;

    operate(A);
#ifndef THIRD_HANDS
    move_run(A);
#endif
    operate(A)
}

proctype thread_b()
{
    byte word, number, locked;
    bool done;

    ks_own_destroy(B)
}

proctype thread_t()
{
    byte word, number, locked, value;

#ifdef THIRD_HANDS
    move_run(T);
#endif
#ifdef DESTROYERS
    destroy_list(T)
#else
    operate(T)
#endif
}

init {
    atomic {
        memory[WORD] = OBJECT;
        memory[OWNER] = A;
        memory[MATERIAL] = 1;
        run thread_a();
        run thread_b();
        run thread_t()
    };
    _nr_pr == 1 + THREADS;
    assert(destroyed == 1)
}
