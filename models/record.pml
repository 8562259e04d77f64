/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Use records: a shard's own thread finds, makes and evicts them, a destroyer of a key wipes them.
 *
 * Stands for: ks_record_get (src/store/record.c), get_missed (src/store/record.c),
 *   was_used (src/store/record.c), note_use (src/store/record.c), link_record (src/store/record.c),
 *   blank_recent (src/store/record.c), declare_recent (src/store/record.c),
 *   clear_recent (src/store/record.c), make_room_locked (src/store/record.c),
 *   choose_victim (src/store/record.c), ks_records_wipe_object (src/store/record.c),
 *   ks_records_wipe_own (src/store/record.c), ks_retire (src/store/retire.c)
 *
 * Who: the shard's thread runs operations on two keys, in any order and with room for one record
 * and for the recent one; one on key 2 may be nested in one on key 1. It destroys key 2, which no
 * other thread has seen, and makes it anew. A destroyer retires key 1.
 *
 * States of a linked record: none; prepared by its thread, unlinked; linked, at the second use of
 * its key; dead (wiped by the destroyer); none again (taken away by its own thread, which first
 * wipes it unless it is dead). Of the recent one, after the first use: its one block is blank, or
 * holds what its thread has prepared, and then RECENT names the key; the thread, or the destroyer
 * of that key, wipes it and makes it blank. What is linked leaves the block, which stands for
 * another block that takes its place.
 *
 * Shows: an operation works on a whole context of its key throughout; a context is released once,
 * by one thread at a time; when the destroyer returns no context of key 1 is left or can reappear.
 *
 * Linearization point of a record's death, for the destroyer: its wipe under the records mutex.
 *
 * Memory orders: the users bit is set by a relaxed fetch-or and the body written by plain stores,
 * both before the release store that clears the mark; the partner is the destroyer's acquire load
 * of the mark. So the destroyer that finds the mark gone sees the bit, and no store of the
 * operation to the body arrives after its wipe. The hit path reads nothing that a destroyer
 * writes, but the record's word, which is armed.pml's. RECENT is written by release stores, after
 * the context, or after its wipe; the partners are the destroyer's acquire load under the mutex,
 * and the thread's before it uses the block for another. The thread names its block's key, and
 * wipes with a key of its own, without the mutex.
 *
 * Left out, each to be refuted:
 *   -DNO_MARK_WAIT    the destroyer does not wait for the mark
 *   -DCLEAR_RELAXED   (PSO) the mark is cleared by a plain store
 *   -DUSERS_LATE      the users bit is set after the mark is cleared
 *   -DUSERS_AT_LINK   the users bit is set when a record is linked, not when it is the recent one
 *   -DRECENT_UNSEEN   the destroyer does not look at the recent record
 *   -DTAKE_MARKED     the recent record is taken away although a mark names it
 *   -DTAKE_UNLOCKED   the recent record is taken away without the mutex
 *   -DTAKE_AGAIN      the recent record is taken away without looking, under the mutex, whether the
 *                     destroyer was faster
 *   -DBLANK_EARLY     the destroyer makes the recent record blank before the wipe
 *   -DEVICT_MARKED    eviction does not spare a record that a mark names
 *   -DEVICT_DEAD      eviction takes a dead record for a live one
 *   -DNO_MUTEX        eviction and destroyer take no mutex
 *
 * Limits: the program's own read-side sections, in which a record is not linked, are left out; so
 * are buckets and their growth, which happen under the mutex. What the thread's own destruction
 * leaves dead is swept at once, as it is before anybody looks for the key made anew. */

#ifndef OPERATIONS
#define OPERATIONS 3
#endif

#define DESTROYER    0
#define OWNER        1          /* the shard's thread */
#define THREADS      2

#define SLOT         0          /* key 1's slot; key 2 is never destroyed */
#define MARK(depth)  (1 + (depth))
#define USERS        3          /* key 1's: this shard has used it */
#define BODY(key)    (3 + (key)) /* of the linked record */
#define RECENT       6          /* the key whose context is in the recent record; 0: it is blank */
#define BLOCK        7          /* the body of that */
#define CELLS        8
#define BUFFER       4

#include "buffers.pml"

bool section;                   /* the shard's thread is in a read-side section */
bool records_mutex;
bool linked[3];                 /* by key; changed by the shard's thread, under the mutex */
bool dead[3];                   /* guarded by the mutex */
bool heap[3];                   /* the linked context holds memory of the C library */
bool releasing[3];
bool block_heap;                /* the same of what is in the block; key 2's context is flat */
bool block_releasing;
bool done;                      /* the destroyer has returned */

inline lock(t)
{
#ifndef NO_MUTEX
    atomic { !records_mutex; records_mutex = true }
#else
    skip
#endif
}

inline unlock(t)
{
#ifndef NO_MUTEX
    fence(t);
    records_mutex = false
#else
    skip
#endif
}

inline wipe_body(t, key)
{
    assert(heap[key] && !releasing[key]);
    releasing[key] = true;
    heap[key] = false;
    releasing[key] = false;
    store(t, BODY(key), 0)
}

inline clear_recent_locked(t)
{
    if
    :: recent == 1 ->
        assert(block_heap && !block_releasing);
        block_releasing = true;
        block_heap = false;
        block_releasing = false
    :: else
    fi;
#ifdef BLANK_EARLY
    store_release(t, RECENT, 0);
    store(t, BLOCK, 0)
#else
    store(t, BLOCK, 0);
    store_release(t, RECENT, 0)
#endif
}

/* --- the destroyer --- */

inline ks_rcu_synchronize()
{
    membarrier();
    !section;
    membarrier()
}

inline ks_records_wipe_object()
{
    load(DESTROYER, USERS, users);
    if
    :: users ->
        lock(DESTROYER);
        load(DESTROYER, RECENT, recent);
        if
#ifndef RECENT_UNSEEN
        :: recent == 1 -> clear_recent_locked(DESTROYER)
#endif
        :: else
        fi;
        if
        :: linked[1] && !dead[1] ->
            wipe_body(DESTROYER, 1);
            dead[1] = true
        :: else
        fi;
        unlock(DESTROYER)
    :: else
    fi
}

proctype destroyer()
{
    byte users, recent;

    store(DESTROYER, SLOT, 0);
    ks_rcu_synchronize();
#ifndef NO_MARK_WAIT
    memory[MARK(0)] != 1;
    memory[MARK(1)] != 1;
#endif
    ks_records_wipe_object();
    fence(DESTROYER);
    atomic {
        assert(!HELD(OWNER, BODY(1), 1) && !HELD(OWNER, BLOCK, 1) && !heap[1]
               && !block_heap);
        done = true
    }
}

/* --- the shard's thread --- */

inline sweep_dead_locked(key)
{
    if
    :: linked[key] && dead[key] ->
        atomic { linked[key] = false; dead[key] = false }
    :: else
    fi
}

/* There is room for one record: the other key's goes, unless a mark of this shard names it. */
inline make_room_locked(other)
{
    if
#ifdef EVICT_MARKED
    :: linked[other] ->
#else
    :: linked[other] && !marked[other] ->
#endif
        wipe_body(OWNER, other);
        linked[other] = false
    :: else
    fi
}

inline was_used(key)
{
    if
    :: key == 1 -> load(OWNER, USERS, seen)
    :: else -> seen = used
    fi
}

inline note_use(key)
{
    if
    :: key == 1 ->
        load(OWNER, USERS, had);        /* looked at first: it is set but once */
        if
        :: had == 0 -> fetch_or(OWNER, USERS, 1, had)
        :: else
        fi;
        had = 0
    :: else -> used = true
    fi
}

/* A context that was the recent one leaves its block. */
inline link_record(key, other)
{
#ifdef USERS_AT_LINK
    note_use(key);
#endif
    lock(OWNER);
#ifndef EVICT_DEAD
    sweep_dead_locked(key);
    sweep_dead_locked(other);
#endif
    make_room_locked(other);
    linked[key] = true;
    if
    :: recent == key ->
        heap[key] = true;
        store(OWNER, BODY(key), key);
        block_heap = false;
        store(OWNER, BLOCK, 0);
        store(OWNER, RECENT, 0)
    :: else
    fi;
    unlock(OWNER)
}

inline clear_recent()
{
#ifndef TAKE_UNLOCKED
    lock(OWNER);
#endif
#ifndef TAKE_AGAIN
    load(OWNER, RECENT, recent);
#endif
    if
    :: recent != 0 -> clear_recent_locked(OWNER)
    :: else
    fi;
#ifndef TAKE_UNLOCKED
    unlock(OWNER)
#endif
}

inline declare_recent(key)
{
    store_release(OWNER, RECENT, key)
}

inline blank_recent()
{
    load(OWNER, RECENT, recent);
    if
    :: recent != 0 -> clear_recent()
    :: else
    fi
}

/* The second use finds the bit of the first, whatever has become of its record. */
inline make(key, other)
{
    assert(!done || key != 1);
    was_used(key);
    if
#ifdef TAKE_MARKED
    :: seen ->
#else
    :: seen || (recent == other && marked[other]) ->
#endif
        heap[key] = true;               /* prepares the context */
        store(OWNER, BODY(key), key);
#if !defined(USERS_LATE) && !defined(USERS_AT_LINK)
        note_use(key);
#endif
        link_record(key, other)
    :: else ->
        blank_recent();
        assert(!block_heap);
        block_heap = (key == 1);
        store(OWNER, BLOCK, key);
#if !defined(USERS_LATE) && !defined(USERS_AT_LINK)
        note_use(key);
#endif
        declare_recent(key)
    fi;
    seen = 0
}

/* A hit takes no lock: only this thread links and unlinks. */
inline ks_record_get(key, other)
{
    load(OWNER, RECENT, recent);
    if
    :: linked[key]
    :: !linked[key] && recent == key -> link_record(key, other)
    :: else -> make(key, other)
    fi;
    recent = 0
}

inline ks_mark_set(depth, key)
{
    store(OWNER, MARK(depth), key);
    marked[key] = true
}

inline ks_mark_clear(depth, key)
{
    marked[key] = false;
#ifdef CLEAR_RELAXED
    store(OWNER, MARK(depth), 0);
#else
    store_release(OWNER, MARK(depth), 0);
#endif
#ifdef USERS_LATE
    note_use(key)
#endif
}

/* Finds the key and sets the mark; found is false if the key is gone. */
inline ks_lookup_mark(depth, key)
{
    section = true;
    found = true;
    if
    :: key == 1 -> load(OWNER, SLOT, found)
    :: else
    fi;
    if
    :: found -> ks_mark_set(depth, key)
    :: else
    fi;
    section = false
}

inline use_context(key)
{
    if
    :: linked[key] ->
        load(OWNER, BODY(key), body);
        assert(body == key && heap[key]);
        store(OWNER, BODY(key), key)    /* an operation changes its context */
    :: else ->
        load(OWNER, BLOCK, body);
        assert(body == key && block_heap == (key == 1));
        store(OWNER, BLOCK, key)
    fi;
    body = 0
}

/* Ends key 2, and makes it anew. */
inline ks_records_wipe_own()
{
    if
    :: linked[2] ->
        lock(OWNER);
        wipe_body(OWNER, 2);
        dead[2] = true;
        unlock(OWNER);
        sweep_dead_locked(2)
    :: else
    fi;
    load(OWNER, RECENT, recent);
    if
    :: recent == 2 -> clear_recent_locked(OWNER)
    :: else
    fi;
    recent = 0;
    assert(!heap[2]);
    used = false
}

inline operate_nested_on_2()
{
    ks_lookup_mark(1, 2);
    ks_record_get(2, 1);
    use_context(2);
    ks_mark_clear(1, 2)
}

inline operate()
{
    ks_lookup_mark(0, key);
    if
    :: found ->
        ks_record_get(key, other);
        use_context(key);
        if
        :: key == 1 -> operate_nested_on_2(); use_context(key)
        :: true
        fi;
        ks_mark_clear(0, key)
    :: else
    fi
}

proctype owner()
{
    byte key, other, operations, body, seen, had, recent;
    bool found, marked[3];
    bool used;                  /* key 2 */

    do
    :: operations < OPERATIONS ->
        operations++;
        if
        :: key = 1
        :: key = 2
        fi;
        other = 3 - key;
        operate();
        if
        :: key == 2 -> ks_records_wipe_own()
        :: true
        fi
    :: else -> break
    od
}

init {
    atomic {
        memory[SLOT] = 1;
        run destroyer();
        run owner()
    }
}
