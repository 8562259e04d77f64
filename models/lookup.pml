/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Look-up and in-use mark against destruction, with the grace period of liburcu-bp step by step.
 *
 * Stands for: ks_lookup_mark (src/store/lookup.h), ks_lookup (src/store/lookup.h),
 *   ks_lookup_hit (src/store/lookup.h), ks_rcu_enter (src/base/rcu.h),
 *   ks_rcu_leave (src/base/rcu.h),
 *   ks_mark_set (src/store/mark.h), ks_mark_clear (src/store/mark.h),
 *   ks_marks_wait (src/store/mark.c), ks_destroy (src/store/change.c),
 *   ks_retire (src/store/retire.c), ks_rcu_read_lock (src/base/rcu.h),
 *   ks_rcu_read_unlock (src/base/rcu.h), ks_rcu_synchronize (src/base/rcu.c)
 *
 * Who: a destroyer, and readers that each attach a shard and run operations on whatever the slot
 * names. An operation reads the material twice, and leaves a secret on its stack that it wipes.
 * With -DROUNDS=2 the destroyer publishes a second object in the slot and destroys that too, so
 * that the phase of the grace period goes round once.
 *
 * Shows: no operation reads wiped material; when the destroyer returns nothing of the object is
 * left on any stack, nor in a buffer on its way to memory.
 *
 * Linearization points: of the look-up its load of the slot word; of the destruction the store
 * that empties the slot.
 *
 * Memory orders: the reader has no fence. Its stores to its section word and its mark are made
 * visible by the destroyer's membarrier: the first one pairs with "section entered, then slot
 * loaded", the second with "mark set, then section left". The mark is set by a plain store here:
 * the release that the code has is more than this protocol needs. It is cleared by a release
 * store, which pairs with the destroyer's acquire load of the mark: all that the operation did,
 * its wiping included, is visible to whoever finds the mark gone.
 *
 * Left out, each to be refuted:
 *   -DNO_GRACE        the marks are read right after the slot is emptied
 *   -DNO_MARK_WAIT    the material is wiped after the grace period alone
 *   -DMARK_LATE       the mark is set after the section is left
 *   -DCLEAR_EARLY     the mark is cleared before the last use
 *   -DCLEAR_RELAXED   (PSO) the mark is cleared by a plain store
 *   -DWIPE_LATE       the stack is wiped after the mark is cleared
 *   -DLISTED_LATE     the shard is listed after its first mark
 *   -DSCAN_FIRST      the marks are waited for before the grace period only
 *   -DNO_MEMBARRIER   the grace period has no membarrier
 *   -DONE_PHASE       (two rounds) the grace period does not wait for a second phase
 *
 * Limits: two readers; one word stands for a key's material; one mark a shard (each word of a mark
 * stack behaves as this one). Waiting for the registry lock is left out. */

#ifndef READERS
#define READERS 2
#endif
#ifndef OPERATIONS
#define OPERATIONS 1
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif

#define DESTROYER    0       /* readers are threads 1 and 2 */
#define THREADS      (1 + READERS)

#define SLOT         0       /* number of the published object, or 0 */
#define GRACE        1       /* liburcu's counter: IN_SECTION, and the phase */
#define MATERIAL(o)  (1 + (o))              /* 2, 3: the object's number while it is whole */
#define PER_READER(r) (4 + ((r) - 1) * 4)
#define SECTION(r)   (PER_READER(r) + 0)    /* copy of GRACE while in a section, or 0 */
#define MARK(r)      (PER_READER(r) + 1)    /* the object in use, or 0 */
#define LISTED(r)    (PER_READER(r) + 2)    /* the shard can be found by a scan of marks */
#define STACK(r)     (PER_READER(r) + 3)    /* what the operation derived from the material */
#define CELLS        (4 + 4 * READERS)

#define IN_SECTION   1
#define PHASE        2

#define READER(r)    (r <= READERS)

#include "buffers.pml"

/* --- the destroyer --- */

/* One pass of liburcu over the readers, in any order. A reader that is in no section is done; one
 * that entered under the current phase is kept for the second pass, or, in that one, done too. */
inline wait_for_readers(second_pass)
{
    do
    :: look[1] && memory[SECTION(1)] == 0     -> look[1] = false; again[1] = false
    :: look[1] && memory[SECTION(1)] == phase -> look[1] = false; again[1] = !second_pass
#if READERS > 1
    :: look[2] && memory[SECTION(2)] == 0     -> look[2] = false; again[2] = false
    :: look[2] && memory[SECTION(2)] == phase -> look[2] = false; again[2] = !second_pass
#endif
    :: !look[1] && !look[2] -> break
    od;
    skip    /* spin: a loop may not be followed by a d_step */
}

inline ks_rcu_synchronize()
{
#ifndef NO_MEMBARRIER
    membarrier();
#endif
    load(DESTROYER, GRACE, phase);
    d_step {
        look[1] = true; look[2] = (READERS > 1);
        again[1] = false; again[2] = false
    };
    wait_for_readers(false);
    fence(DESTROYER);
    phase = phase ^ PHASE;
    store(DESTROYER, GRACE, phase);
    fence(DESTROYER);
#ifndef ONE_PHASE
    d_step { look[1] = again[1]; look[2] = again[2] };
    wait_for_readers(true);
#endif
    d_step { look[1] = false; look[2] = false; again[1] = false; again[2] = false };
#ifndef NO_MEMBARRIER
    membarrier()
#else
    fence(DESTROYER)
#endif
}

inline wait_for_mark(r, object)
{
    load(DESTROYER, LISTED(r), listed);
    if
    :: listed -> memory[MARK(r)] != object
    :: else
    fi;
    listed = 0
}

inline ks_marks_wait(object)
{
    wait_for_mark(1, object);
#if READERS > 1
    wait_for_mark(2, object)
#endif
}

inline assert_forgotten(object)
{
    assert(!HELD(1, STACK(1), object));
#if READERS > 1
    assert(!HELD(2, STACK(2), object))
#endif
}

inline ks_destroy(object)
{
    store(DESTROYER, SLOT, 0);      /* linearization point, once it is visible */
#ifdef SCAN_FIRST
    ks_marks_wait(object);
#endif
#ifndef NO_GRACE
    ks_rcu_synchronize();
#endif
#ifndef NO_MARK_WAIT
#ifndef SCAN_FIRST
    ks_marks_wait(object);
#endif
#endif
    store(DESTROYER, MATERIAL(object), 0);
    fence(DESTROYER);
    d_step { assert_forgotten(object) }
}

proctype destroyer()
{
    byte phase, listed;
    bool look[3], again[3];

    ks_destroy(1);
#if ROUNDS > 1
    store(DESTROYER, MATERIAL(2), 2);
    store_release(DESTROYER, SLOT, 2);
    ks_destroy(2);
#endif
}

/* --- a reader --- */

inline ks_mark_set(r, object) { store(r, MARK(r), object) }

inline ks_mark_clear(r)
{
#ifdef CLEAR_RELAXED
    store(r, MARK(r), 0)
#else
    store_release(r, MARK(r), 0)
#endif
}

inline ks_rcu_read_lock(r)
{
    load(r, GRACE, phase);
    store(r, SECTION(r), phase);
    phase = 0
}

inline ks_rcu_read_unlock(r) { store(r, SECTION(r), 0) }

inline read_material(r, object)
{
    load(r, MATERIAL(object), material);
    assert(material == object)
}

inline operation(r, object)
{
    read_material(r, object);
    store(r, STACK(r), object);
#ifdef CLEAR_EARLY
    ks_mark_clear(r);
#endif
    read_material(r, object);
    material = 0;
#ifdef WIPE_LATE
    ks_mark_clear(r);
    store(r, STACK(r), 0);
#else
    store(r, STACK(r), 0);
#ifndef CLEAR_EARLY
    ks_mark_clear(r)
#endif
#endif
}

proctype reader(byte r)
{
    byte phase, object, material, operations;

#ifndef LISTED_LATE
    store_release(r, LISTED(r), true);
#endif
    do
    :: operations < OPERATIONS ->
        operations++;
        ks_rcu_read_lock(r);
        load(r, SLOT, object);      /* ks_lookup: linearization point */
        if
        :: object == 0 ->
            ks_rcu_read_unlock(r)
        :: else ->
#ifndef MARK_LATE
            ks_mark_set(r, object);
#endif
            ks_rcu_read_unlock(r);
#ifdef MARK_LATE
            ks_mark_set(r, object);
#endif
#ifdef LISTED_LATE
            store_release(r, LISTED(r), true);
#endif
            operation(r, object);
            object = 0
        fi
    :: else -> break
    od
}

init {
    atomic {
        memory[GRACE] = IN_SECTION;
        memory[SLOT] = 1;
        memory[MATERIAL(1)] = 1;
        run destroyer();
        run reader(1);
#if READERS > 1
        run reader(2)
#endif
    }
}
