/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* mbedtls_psa_crypto_free against a creation, an operation, a call that handles secrets without a
 * key, and a destruction.
 *
 * Stands for: ks_module_free (src/api/module.c), ks_store_stop (src/store/store.c),
 *   sweep_all (src/store/store.c), sweep_slot (src/store/store.c),
 *   ks_publish (src/store/change.c), ks_make_begin (src/key/make.c),
 *   ks_make_finish (src/key/make.c), ks_lookup_mark (src/store/lookup.h),
 *   ks_mark_store (src/store/lookup.h), ks_marks_wait_all (src/store/mark.c),
 *   ks_take_for_writing (src/store/change.c), ks_own_destroy (src/store/own.c),
 *   ks_dying_total (src/store/retire.c),
 *   ks_shard_attach (src/store/shard.c)
 *
 * Who: the thread that frees; a creator, whose shard is listed by this very call; and a third,
 * which runs one operation on the existing key, or with -DRANDOM draws random bytes from a
 * generator, or with -DDESTROYER destroys the existing key, or with -DOWN destroys it as its owner's
 * thread, on its own. With -DAGAIN the store is then started again, and freed once more.
 *
 * States of the store: RUNNING, STOPPING, STOPPED.
 *
 * Shows: when the free returns no key is published, no key or secret is left in memory or on its
 * way there, and nobody works on one; nothing is published later, until the store runs again. No
 * call that began with the store running works on a wiped key or generator. Nobody touches a freed
 * object.
 *
 * Linearization points: of a creation its store to the slot word; of the free, for each key, the
 * exchange that empties its slot.
 *
 * Memory orders: the state is looked at, and the mark set, in one section; so the grace period
 * after the store to the state orders the two as lookup.pml has it for a slot and a mark. The mark
 * is cleared, with release, after the key is published; the partner is the acquire load of the
 * mark by the thread that frees, whose sweep therefore finds the key.
 *
 * Left out, each to be refuted:
 *   -DNO_STOP_WAIT     the sweep does not wait for calls under way
 *   -DNO_GRACE         it waits for marks, but for no grace period before
 *   -DNO_STORE_MARK    calls without a key set no mark
 *   -DSTATE_OUTSIDE    a call without a key looks at the state before its section, in which it
 *                      sets the mark
 *   -DCLEARED_FIRST    a creator clears its mark, then publishes
 *   -DLISTED_LATE      a creator's shard is listed after its first mark
 *   -DNO_SECOND_GRACE  (DESTROYER) what is swept is freed without a second grace period
 *   -DNO_DYING_WAIT    (DESTROYER) the free does not wait for objects that others are retiring
 *   -DNO_OWN_MARK      (OWN) the owner's thread sets no mark while it ends the key
 *
 * Limits: one slot for each of two shards; a section is one word that the grace period waits for
 * between two membarriers (lookup.pml has it step by step). */

#define FREER        0
#define CREATOR      1
#define THIRD        2
#define THREADS      3

#define STATE        0
#define LISTED       1          /* the creator's shard is listed; the third thread's always is */
#define SLOT(n)      (1 + (n))  /* 2, 3: of shard n: n if its key is published */
#define MATERIAL(n)  (3 + (n))  /* 4, 5: of shard n's key: n while it is whole */
#define WRITER(n)    (5 + (n))  /* 6, 7: writer mutexes, 1 while held */
#define MARK(t)      (7 + (t))  /* 8, 9: in-use marks */
#define GENERATOR    10         /* 1 while it is seeded */
#define CELLS        11
#define BUFFER       4

#define STOPPED      0
#define RUNNING      1
#define STOPPING     2

#define STORE_MARK   9          /* what a mark names when it names no key */
#define SHARED       4          /* the bit in a slot word */

#include "buffers.pml"

bool section[THREADS];
byte operations;                /* under way on keys or secrets */
byte dying;                     /* objects on dying lists; changed under the writer mutex */
bool freed[3];                  /* by shard: the block of its key is given back */

/* A mutex is a word: taken by an atomic instruction (acquire), let go by a release store. */
inline lock(t, mutex)
{
    d_step { ATOMIC_MAY_ACT(t, mutex) && memory[mutex] == 0 -> memory[mutex] = 1 }
}

inline unlock(t, mutex) { store_release(t, mutex, 0) }

inline ks_rcu_synchronize()
{
    membarrier();
    !section[FREER];
    !section[CREATOR];
    !section[THIRD];
    membarrier()
}

/* Sets object to what slot n holds, in a section, and sets the bit: the freeing thread, and a
 * writer's first look. */
inline look(t, n, object)
{
    section[t] = true;
    fetch_or(t, SLOT(n), SHARED, object);
    object = object & 3;
    assert(object == 0 || !freed[n]);
    section[t] = false
}

/* --- the thread that frees --- */

inline ks_marks_wait_all()
{
    load(FREER, LISTED, listed);
    if
    :: listed -> memory[MARK(CREATOR)] == 0
    :: else
    fi;
    memory[MARK(THIRD)] == 0
}

inline sweep_slot(n)
{
    look(FREER, n, found);
    if
    :: found ->
        lock(FREER, WRITER(n));
        exchange(FREER, SLOT(n), 0, found);
        found = found & 3;
        unlock(FREER, WRITER(n));
        swept[n] = found
    :: else
    fi;
    found = 0
}

inline wipe_swept(n)
{
    if
    :: swept[n] ->
        store(FREER, MATERIAL(n), 0);
        freed[n] = true
    :: else
    fi
}

inline ks_store_stop()
{
#ifndef NO_STOP_WAIT
#ifndef NO_GRACE
    ks_rcu_synchronize();
#endif
    ks_marks_wait_all();
#endif
    sweep_slot(1);
    sweep_slot(2);
#ifndef NO_SECOND_GRACE
    ks_rcu_synchronize();
#endif
#ifndef NO_DYING_WAIT
    dying == 0;
#endif
    wipe_swept(1);
    wipe_swept(2)
}

inline ks_module_free()
{
    store_release(FREER, STATE, STOPPING);
    ks_store_stop();
    store(FREER, GENERATOR, 0);
    store_release(FREER, STATE, STOPPED);
    fence(FREER);
    atomic {
        assert(operations == 0);
        assert(!HELD(CREATOR, SLOT(1), 1) && !HELD(CREATOR, SLOT(2), 2));
        assert(memory[SLOT(1)] != 1 + SHARED && memory[SLOT(2)] != 2 + SHARED);
        assert(!HELD(THIRD, MATERIAL(1), 1) && !HELD(CREATOR, MATERIAL(2), 2));
        assert(!HELD(THIRD, GENERATOR, 1));
        swept[1] = false;
        swept[2] = false;
        listed = 0
    }
}

proctype freer()
{
    byte listed, found;
    bool swept[3];

    ks_module_free();
#ifdef AGAIN
    store_release(FREER, STATE, RUNNING);
    ks_module_free();
#endif
}

/* --- callers --- */

/* entered: the state was RUNNING and the mark is set. */
inline ks_mark_store(t)
{
#ifdef STATE_OUTSIDE
    load(t, STATE, state);
    section[t] = true;
#else
    section[t] = true;
    load(t, STATE, state);
#endif
    entered = (state == RUNNING);
#ifndef NO_STORE_MARK
    if
    :: entered -> store(t, MARK(t), STORE_MARK)
    :: else
    fi;
#endif
    section[t] = false
}

inline ks_mark_clear(t) { store_release(t, MARK(t), 0) }

/* The slot is the creator's: no mutex. */
inline ks_publish() { store_release(CREATOR, SLOT(2), 2) }

proctype creator()
{
    byte state;
    bool entered;

#ifndef LISTED_LATE
    store_release(CREATOR, LISTED, true);           /* ks_shard_attach */
#endif
    ks_mark_store(CREATOR);
#ifdef LISTED_LATE
    store_release(CREATOR, LISTED, true);
#endif
    if
    :: entered ->
        operations++;
        freed[2] = false;                           /* a new block */
        store(CREATOR, MATERIAL(2), 2);
#ifdef CLEARED_FIRST
        operations--;
        ks_mark_clear(CREATOR);
        ks_publish()
#else
        ks_publish();
        operations--;
        ks_mark_clear(CREATOR)
#endif
    :: else
    fi
}

#ifdef RANDOM
proctype third()
{
    byte state, value;
    bool entered;

    ks_mark_store(THIRD);
    if
    :: entered ->
        operations++;
        store(THIRD, GENERATOR, 1);                 /* seeds it if need be */
        load(THIRD, GENERATOR, value);
        assert(value == 1);
        operations--;
        ks_mark_clear(THIRD)
    :: else
    fi
}
#elif defined(DESTROYER)
proctype third()
{
    byte object;

    look(THIRD, 1, object);
    if
    :: object ->
        lock(THIRD, WRITER(1));
        look(THIRD, 1, object);
        if
        :: object ->
            dying++;
            exchange(THIRD, SLOT(1), 0, object);
            object = object & 3;
            assert(object);
            unlock(THIRD, WRITER(1));
            ks_rcu_synchronize();
            store(THIRD, MATERIAL(1), 0);
            lock(THIRD, WRITER(1));
            fence(THIRD);                           /* the count is stored with release */
            dying--;
            unlock(THIRD, WRITER(1));
            freed[1] = true
        :: else ->
            unlock(THIRD, WRITER(1))
        fi
    :: else
    fi
}
#elif defined(OWN)
proctype third()
{
    byte state, word;
    bool done;

    section[THIRD] = true;                          /* ks_own_destroy */
    load(THIRD, STATE, state);
    if
    :: state == RUNNING -> load(THIRD, SLOT(1), word)
    :: else
    fi;
    if
    :: word == 1 ->
#ifndef NO_OWN_MARK
        store(THIRD, MARK(THIRD), STORE_MARK);
#endif
        compare_swap(THIRD, SLOT(1), word, 0, done)
    :: else
    fi;
    section[THIRD] = false;
    if
    :: done ->
        assert(!freed[1]);
        store(THIRD, MATERIAL(1), 0)
    :: else
    fi;
    ks_mark_clear(THIRD)
}
#else
proctype third()
{
    byte state, object, value;

    section[THIRD] = true;                          /* ks_lookup_mark */
    load(THIRD, STATE, state);
    if
    :: state == RUNNING -> fetch_or(THIRD, SLOT(1), SHARED, object); object = object & 3
    :: else
    fi;
    if
    :: object -> store(THIRD, MARK(THIRD), 1)
    :: else
    fi;
    section[THIRD] = false;
    if
    :: object ->
        operations++;
        load(THIRD, MATERIAL(1), value);
        assert(value == 1);
        load(THIRD, MATERIAL(1), value);
        assert(value == 1);
        operations--;
        ks_mark_clear(THIRD)
    :: else
    fi
}
#endif

init {
    atomic {
        memory[STATE] = RUNNING;
        memory[SLOT(1)] = 1;
        memory[MATERIAL(1)] = 1;
        memory[GENERATOR] = 1;
        run freer();
        run creator();
        run third()
    }
}
