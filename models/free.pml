/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* mbedtls_psa_crypto_free against a creation, an operation and a call that handles secrets without
 * a key.
 *
 * Stands for: ks_module_free (src/api/module.c), ks_store_stop (src/store/store.c),
 *   sweep_all (src/store/store.c), ks_publish (src/store/change.c),
 *   ks_make_begin (src/key/make.c), ks_make_finish (src/key/make.c),
 *   ks_lookup_mark (src/store/lookup.h), ks_mark_store (src/store/lookup.h),
 *   ks_shard_attach (src/store/shard.c)
 *
 * Who: the thread that frees; a creator, whose shard is listed already or, with -DNEW_SHARD, is
 * listed by this very call; and a user, which runs one operation on the existing key, or with
 * -DRANDOM draws random bytes from a generator. With -DAGAIN the store is then started again, and
 * freed once more.
 *
 * States of the store: RUNNING, STOPPING, STOPPED.
 *
 * Shows: when the free returns no key is published, no key or secret is left in memory or on its
 * way there, and nobody works on one; nothing is published later, until the store runs again. No
 * call that began with the store running works on a wiped key or generator.
 *
 * Linearization points: of a creation its store to the slot word; of the free, for each key, the
 * exchange that empties its slot.
 *
 * Memory orders: the state is stored with release before each shard's writer mutex is taken once;
 * a creator that has the mutex before publishes before the sweep looks, one that has it later
 * loads the new state. A shard listed later is listed under the attach mutex, which the sweep
 * takes too.
 *
 * Left out, each to be refuted:
 *   -DNO_RECHECK       a creator does not look at the state again under its writer mutex
 *   -DNO_MARK_WAIT     the free does not wait for marks
 *   -DNO_STORE_MARK    calls without a key set no mark
 *   -DSTATE_OUTSIDE    a call without a key looks at the state before its section, in which it
 *                      sets the mark
 *   -DNO_GRACE         the free waits for marks, but for no grace period
 *   -DNO_FIRST_PASS    the sweep does not take each writer mutex once before it walks the slots
 *   -DUNLISTED         (NEW_SHARD, PSO) the sweep reads the number of shards without the attach
 *                      mutex
 *
 * Limits: one slot for each shard; a section is one word that the grace period waits for between
 * two membarriers (lookup.pml has it step by step). */

#define FREER        0
#define CREATOR      1
#define USER         2
#define THREADS      3

#define STATE        0
#define COUNT        1          /* shards listed */
#define SLOT(n)      (1 + (n))  /* 2, 3: of shard n: its number if a key is published */
#define MATERIAL(n)  (3 + (n))  /* 4, 5: of shard n's key: n while it is whole */
#define WRITER(n)    (5 + (n))  /* 6, 7: writer mutexes, 1 while held */
#define ATTACH       8          /* the attach mutex */
#define MARK(t)      (8 + (t))  /* 9, 10: in-use marks of creator and user */
#define GENERATOR    11         /* 1 while it is seeded */
#define CELLS        12
#define BUFFER       4

#define STOPPED      0
#define RUNNING      1
#define STOPPING     2

#define STORE_MARK   9          /* what a mark names when it names no key */

#include "buffers.pml"

bool section[THREADS];
byte operations;                /* under way on keys or secrets */

/* A mutex is a word: taken by an atomic instruction (acquire), let go by a release store. */
inline lock(t, mutex)
{
    d_step { ATOMIC_MAY_ACT(t, mutex) && memory[mutex] == 0 -> memory[mutex] = 1 }
}

inline unlock(t, mutex) { store_release(t, mutex, 0) }

/* --- the thread that frees --- */

inline ks_rcu_synchronize()
{
    membarrier();
    !section[CREATOR];
    !section[USER];
    membarrier()
}

inline ks_marks_wait_all()
{
    memory[MARK(CREATOR)] == 0;
    memory[MARK(USER)] == 0
}

inline read_count()
{
#ifdef UNLISTED
    load(FREER, COUNT, listed)
#else
    lock(FREER, ATTACH);
    load(FREER, COUNT, listed);
    unlock(FREER, ATTACH)
#endif
}

inline first_pass()
{
#ifdef NO_FIRST_PASS
    skip
#else
    n = 1;
    read_count();
    do
    :: n <= listed ->
        lock(FREER, WRITER(n));
        unlock(FREER, WRITER(n));
        n++;
        read_count()
    :: else -> break
    od
#endif
}

inline sweep_slot(slot)
{
    load(FREER, SLOT(slot), found);
    if
    :: found ->
        lock(FREER, WRITER(slot));
        exchange(FREER, SLOT(slot), 0, found);
        unlock(FREER, WRITER(slot));
        swept[slot] = swept[slot] || found;
        found = 0
    :: else
    fi
}

inline ks_store_stop()
{
    first_pass();
    sweep_slot(1);
    sweep_slot(2);
#ifndef NO_GRACE
    ks_rcu_synchronize();
#endif
#ifndef NO_MARK_WAIT
    ks_marks_wait_all();
#endif
    if
    :: swept[1] -> store(FREER, MATERIAL(1), 0)
    :: else
    fi;
    if
    :: swept[2] -> store(FREER, MATERIAL(2), 0)
    :: else
    fi
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
        assert(!HELD(CREATOR, MATERIAL(1), 1) && !HELD(CREATOR, MATERIAL(2), 2));
        assert(!HELD(USER, GENERATOR, 1));
        swept[1] = false; swept[2] = false; n = 0; listed = 0
    }
}

proctype freer()
{
    byte listed, n, found;
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

inline ks_mark_clear(t)
{
    operations--;
    store_release(t, MARK(t), 0)
}

inline ks_shard_attach()
{
    lock(CREATOR, ATTACH);
    store_release(CREATOR, COUNT, 2);
    unlock(CREATOR, ATTACH)
}

inline ks_publish()
{
    lock(CREATOR, WRITER(2));
#ifndef NO_RECHECK
    load(CREATOR, STATE, state);
#endif
    if
    :: state == RUNNING -> store_release(CREATOR, SLOT(2), 2)
    :: else -> store(CREATOR, MATERIAL(2), 0)       /* discarded */
    fi;
    unlock(CREATOR, WRITER(2))
}

proctype creator()
{
    byte state;
    bool entered;

#ifdef NEW_SHARD
    ks_shard_attach();
#endif
    ks_mark_store(CREATOR);
    if
    :: entered ->
        operations++;
        store(CREATOR, MATERIAL(2), 2);
        ks_publish();
        ks_mark_clear(CREATOR)
    :: else
    fi
}

#ifdef RANDOM
proctype user()
{
    byte state, value;
    bool entered;

    ks_mark_store(USER);
    if
    :: entered ->
        operations++;
        store(USER, GENERATOR, 1);                  /* seeds it if need be */
        load(USER, GENERATOR, value);
        assert(value == 1);
        ks_mark_clear(USER)
    :: else
    fi
}
#else
proctype user()
{
    byte state, object, value;

    section[USER] = true;
    load(USER, STATE, state);
    if
    :: state == RUNNING -> load(USER, SLOT(1), object)
    :: else
    fi;
    if
    :: object -> store(USER, MARK(USER), 1)
    :: else
    fi;
    section[USER] = false;
    if
    :: object ->
        operations++;
        load(USER, MATERIAL(1), value);
        assert(value == 1);
        load(USER, MATERIAL(1), value);
        assert(value == 1);
        ks_mark_clear(USER)
    :: else
    fi
}
#endif

init {
    atomic {
        memory[STATE] = RUNNING;
#ifdef NEW_SHARD
        memory[COUNT] = 1;
#else
        memory[COUNT] = 2;
#endif
        memory[SLOT(1)] = 1;
        memory[MATERIAL(1)] = 1;
        memory[GENERATOR] = 1;
        run freer();
        run creator();
        run user()
    }
}
