/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Armed use records (src/store/record.h, R6): uses of one id that begin by the record alone, while
 * the id's objects are replaced one after the other in two blocks of memory.
 *
 * Stands for: ks_use_begin_inline (src/key/use.h), ks_record_armed (src/store/record_table.h),
 *   ks_record_arm (src/store/record_table.h), wipe_body (src/store/record.c),
 *   ks_records_disarm (src/store/record.c), ks_records_wipe_object (src/store/record.c),
 *   move_locked (src/store/handoff.c), ks_own_replace (src/store/own.c),
 *   ks_retire (src/store/retire.c)
 *
 * Who: a user, whose shard has a record of the id's object, and a writer, who replaces the object,
 * each time in the block of the one before the last. With -DHANDED the user owns the key first, and
 * hands it to the writer after its first operation; else the writer owns it.
 *
 * The record: its body is the version of the material that it was prepared from, 0 once wiped; its
 * word is the block of the object that it is armed for, or 0. A use by the record compares its word
 * with the slot's, inside a section, and looks at nothing in the object's block. A use in the usual
 * way shares the key if it is another's, finds the record by the object's serial, which is here its
 * version, makes another in its place if that is another, and arms it. The writer, if the key is its own and
 * not shared, replaces and wipes at once, and takes the old block again after a grace period; else
 * after a grace period and the mark.
 *
 * Shows: each use works on a context of the material in the block that the slot named, while both
 * are whole.
 *
 * Linearization point of a use: its load of the slot.
 *
 * Memory orders: the slot's word is changed by a release and read by an acquire operation; so a
 * user who reads a new object's word reads no word of the record from before the writer disarmed
 * it. The record's word is changed by relaxed stores: the user's own before its mark is cleared
 * (release; the writer's acquire load of the mark), so that arming does not arrive after the
 * disarming of whoever wipes the record.
 *
 * Left out, each to be refuted:
 *   -DSTAYS_ARMED   whoever wipes the body leaves the record armed
 *   -DWORD_OUTSIDE  the record's word is read before the section begins
 *   -DARM_LATE      the record is armed when the mark has been cleared
 *   -DPLAIN_CLEAR   (PSO) the mark is cleared by a plain store
 *   -DHANDED_ARMED  (HANDED) the owner hands the key over and leaves its record armed
 *
 * Limits: buckets, eviction and the recent record are record.pml's; what the key permits is
 * immutable as its material is, and not tried. Loads happen in program order. */

#ifndef OPERATIONS
#define OPERATIONS   3
#endif
#ifndef ROUNDS
#define ROUNDS       2
#endif

#define USER         0
#define WRITER       1
#define THREADS      2

#define SLOT         0
#define MARK         1
#define WORD         2           /* of the user's record */
#define BODY         3
#define MATERIAL(b)  (3 + (b))   /* the version in block 1 or 2, or 0 */
#define OWNER        6
#define CELLS        7

#define SHARED       4           /* the slot's word: a block, and this bit */
#define BLOCK(word)  ((word) & 3)

#include "buffers.pml"

bool section;                    /* the user is in a read-side section */
byte armed;                      /* what the user has read */
byte word;
bool records_mutex;
byte serial;                     /* of the user's record; guarded by the mutex */

inline lock()
{
    atomic { !records_mutex; records_mutex = true }
}

inline unlock(t)
{
    fence(t);
    records_mutex = false
}

/* --- the user --- */

inline use()
{
    load(USER, BODY, body);
    load(USER, MATERIAL(BLOCK(word)), material);
    assert(body != 0 && body == material);
    body = 0;
    material = 0
}

inline ks_mark_clear()
{
#ifdef PLAIN_CLEAR
    store(USER, MARK, 0)
#else
    store_release(USER, MARK, 0)
#endif
}

/* In the section still: sets the shared bit of another's key, and the mark. */
inline find()
{
    load(USER, OWNER, owner);
    if
    :: !(word & SHARED) && owner != USER -> fetch_or(USER, SLOT, SHARED, word)
    :: else
    fi;
    store_release(USER, MARK, BLOCK(word))
}

inline ks_record_get()
{
    load(USER, MATERIAL(BLOCK(word)), material);
    if
    :: serial != material ->
        lock();
        store(USER, WORD, 0);
        store(USER, BODY, material);
        serial = material;
        unlock(USER)
    :: else
    fi;
    material = 0
}

inline operate()
{
#ifdef WORD_OUTSIDE
    load(USER, WORD, armed);
#endif
    section = true;
    load(USER, SLOT, word);
#ifndef WORD_OUTSIDE
    load(USER, WORD, armed);
#endif
    if
    :: armed == BLOCK(word) ->
        store_release(USER, MARK, BLOCK(word));
        section = false;
        use();
        ks_mark_clear()
    :: else ->
        find();
        section = false;
        ks_record_get();
#ifndef ARM_LATE
        store(USER, WORD, BLOCK(word));
#endif
        use();
        ks_mark_clear();
#ifdef ARM_LATE
        store(USER, WORD, BLOCK(word))
#endif
    fi;
    armed = 0
}

/* Under both writer mutexes. */
inline hand()
{
#ifndef HANDED_ARMED
    store(USER, WORD, 0);
#endif
    store_release(USER, OWNER, WRITER)
}

proctype user()
{
    byte operations, body, material, owner;

    do
    :: operations < OPERATIONS ->
        operate();
        operations++;
#ifdef HANDED
        if
        :: operations == 1 -> hand()
        :: else
        fi
#endif
    :: else -> break
    od
}

/* --- the writer --- */

inline ks_rcu_synchronize()
{
    membarrier();
    !section;
    membarrier()
}

/* The record, if it is of the object that leaves. */
inline ks_records_wipe_object()
{
    lock();
    if
    :: serial == version - 1 ->
#ifndef STAYS_ARMED
        store(WRITER, WORD, 0);
#endif
        store(WRITER, BODY, 0)
    :: else
    fi;
    unlock(WRITER)
}

/* The object is wiped, and its block is free. */
inline end_object()
{
    ks_records_wipe_object();
    store(WRITER, MATERIAL(BLOCK(old)), 0)
}

inline replace()
{
    load(WRITER, SLOT, old);
    store(WRITER, MATERIAL(3 - BLOCK(old)), version);
    fence(WRITER);              /* for the release that is part of the next change of the slot */
    own = false;
    if
    :: !(old & SHARED) ->
        compare_swap(WRITER, SLOT, old, 3 - BLOCK(old), own)
    :: else
    fi;
    if
    :: own ->
        end_object();
        ks_rcu_synchronize()
    :: else ->
        exchange(WRITER, SLOT, (3 - BLOCK(old)) | SHARED, old);
        ks_rcu_synchronize();
        memory[MARK] != BLOCK(old);
        end_object()
    fi
}

proctype writer()
{
    byte version = 1, old;
    bool own;

    memory[OWNER] == WRITER;
    do
    :: version <= ROUNDS ->
        version++;
        replace()
    :: else -> break
    od
}

init {
    atomic {
        memory[SLOT] = 1;
        memory[MATERIAL(1)] = 1;
#ifdef HANDED
        memory[OWNER] = USER;
#else
        memory[OWNER] = WRITER;
#endif
        run user();
        run writer()
    }
}
