/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The shared bit in the slot word: how a key's owner knows that no other thread has seen it.
 *
 * Stands for: ks_lookup (src/store/lookup.h), ks_lookup_share (src/store/lookup.h),
 *   ks_lookup_hit (src/store/lookup.h),
 *   ks_publish (src/store/change.c), ks_own_replace (src/store/own.c),
 *   ks_own_destroy (src/store/own.c), ks_own_end (src/store/own.c),
 *   ks_limbo_reclaim (src/store/limbo.c), swap_word (src/store/change.c)
 *
 * Who: the owner's thread, and readers of other shards, who set the bit. Owner: replaces object 1
 *   by 2, empties the slot, publishes object 3 in it, empties it again. While the bit is clear it
 *   does so by compare-and-swap, without a mutex, and wipes at once; where that fails it goes the
 *   long way, under its writer mutex, and waits for sections and marks first. A wiped object is
 *   given back after a grace period. Reader: looks up and uses what it found, once or twice.
 *
 * The word: empty, or an object; and the bit SHARED. States of the bit, for one object in the
 * slot: clear -> set, by any reader's fetch-or; it is cleared by nobody but ks_publish, in an
 * empty slot.
 *
 * Shows: no operation reads wiped or half-built material, though the owner wipes unshared objects
 * without waiting; no reader compares the id of a block that was given back. Needs no fence and no
 * second load, since everything is in one word.
 *
 * Linearization points: of a look-up its first load where the bit is set or the slot is empty,
 * else its fetch-or; of the owner's changes their compare-and-swap, or the exchange under the
 * mutex.
 *
 * Memory orders: the store (compare-and-swap) that publishes is a release; it pairs with the load
 * or fetch-or of the word by which a reader found the object, and shows it the object whole.
 *
 * Left out, each to be refuted:
 *   -DPLAIN_OR         the reader sets the bit by a load and a store
 *   -DSTALE_WORD       the reader sets the bit and goes on with what it had loaded before
 *   -DBIT_FIRST        the reader loads the bit, then the word, in two steps
 *   -DEMPTY_BY_STORE   the owner loads the word, then stores 0
 *   -DREPLACE_BY_STORE the owner loads the word, then stores the new object with that bit
 *   -DFREED_AT_ONCE    the wiped object is given back without a grace period
 *   -DPUBLISH_RELAXED  (PSO) objects are published by a plain store
 * and two that are harmless each by itself, but not together:
 *   -DFORGET_BIT       a replacement publishes with a clear bit: the next reader sets it again.
 *                      Keeping it saves readers that atomic instruction after each rotation, no
 *                      more.
 *   -DRELOAD           the reader sets the bit and loads the word again: since a slot is used
 *                      again only after a grace period, what it finds has the bit.
 *
 * Limits: sections, grace period and marks are seen by all at once here; lookup.pml has their
 * orders. Other writers and a change of owner are in handoff.pml. */

#ifndef LOOKUPS
#define LOOKUPS 1
#endif

#define OWNER        0       /* readers are threads 1 and 2 */
#define READERS      2
#define THREADS      3

#define WORD         0
#define MATERIAL(o)  (o)     /* 1 to 3: the object's number while it is whole */
#define CELLS        4

#define SHARED       1
#define OBJECT(o)    ((o) << 1)
#define OBJECT_OF(w) ((w) >> 1)

#include "buffers.pml"

bool section[THREADS];      /* in a read-side section */
byte mark[THREADS];         /* the in-use mark of each shard */
bool freed[4];              /* the block was given back */

/* --- the owner --- */

inline ks_rcu_synchronize()
{
    fence(OWNER);
    !section[1];
    !section[2]
}

/* Of an object that has left the slot; unshared: nobody else has seen it. */
inline end_of(object)
{
    if
    :: unshared
    :: else ->
        ks_rcu_synchronize();
        mark[1] != object;
        mark[2] != object
    fi;
    store(OWNER, MATERIAL(object), 0);
#ifndef FREED_AT_ONCE
    ks_rcu_synchronize();               /* ks_limbo_reclaim */
#endif
    freed[object] = true;
    unshared = false
}

inline ks_publish(object)
{
    store(OWNER, MATERIAL(object), object);
#ifdef PUBLISH_RELAXED
    store(OWNER, WORD, OBJECT(object))
#else
    store_release(OWNER, WORD, OBJECT(object))
#endif
}

inline ks_own_replace(old, object)
{
    store(OWNER, MATERIAL(object), object);
#ifdef REPLACE_BY_STORE
    load(OWNER, WORD, word);
    unshared = !(word & SHARED);
    store_release(OWNER, WORD, OBJECT(object) | (word & SHARED));
#else
    fence(OWNER);           /* the compare-and-swap is a release */
    word = OBJECT(old);
    compare_swap(OWNER, WORD, word, OBJECT(object), unshared);
    if
    :: !unshared ->
#ifdef FORGET_BIT
        exchange(OWNER, WORD, OBJECT(object), word)
#else
        exchange(OWNER, WORD, OBJECT(object) | SHARED, word)
#endif
    :: else
    fi;
#endif
    word = 0;
    end_of(old)
}

inline ks_own_destroy(object)
{
#ifdef EMPTY_BY_STORE
    load(OWNER, WORD, word);
    unshared = !(word & SHARED);
    store(OWNER, WORD, 0);
#else
    word = OBJECT(object);
    compare_swap(OWNER, WORD, word, 0, unshared);
    if
    :: !unshared -> exchange(OWNER, WORD, 0, word)
    :: else
    fi;
#endif
    word = 0;
    end_of(object)
}

proctype owner()
{
    byte word;
    bool unshared;

    ks_own_replace(1, 2);
    ks_own_destroy(2);
    /* A late bit may fall on the next key and make it shared for ever: harmless. */
    ks_publish(3);
    ks_own_destroy(3)
}

/* --- a reader of another shard --- */

inline ks_lookup_share(r)
{
#ifdef PLAIN_OR
    load(r, WORD, word);
    store(r, WORD, word | SHARED)
#else
#ifdef STALE_WORD
    fetch_or(r, WORD, SHARED, ignored);
    ignored = 0
#else
    fetch_or(r, WORD, SHARED, word);
#ifdef RELOAD
    load(r, WORD, word)
#endif
#endif
#endif
}

inline ks_lookup(r, object)
{
    load(r, WORD, word);
    assert(!freed[OBJECT_OF(word)]);        /* its id is compared */
#ifdef BIT_FIRST
    seen = word & SHARED;
    load(r, WORD, word);
    if
    :: word != 0 && !seen -> ks_lookup_share(r)
#else
    if
    :: word != 0 && !(word & SHARED) -> ks_lookup_share(r)
#endif
    :: else
    fi;
    object = OBJECT_OF(word);
    assert(!freed[object]);
    word = 0
}

inline operation(r, object)
{
    load(r, MATERIAL(object), material);
    assert(material == object);
    load(r, MATERIAL(object), material);
    assert(material == object);
    material = 0
}

proctype reader(byte r)
{
    byte word, object, material, ignored, lookups;
#ifdef BIT_FIRST
    bool seen;
#endif

    do
    :: lookups < LOOKUPS ->
        lookups++;
        section[r] = true;
        ks_lookup(r, object);
        if
        :: object ->
            mark[r] = object;
            section[r] = false;
            operation(r, object);
            object = 0;
            mark[r] = 0
        :: else ->
            section[r] = false
        fi
    :: else -> break
    od
}

init {
    atomic {
        memory[WORD] = OBJECT(1);
        memory[MATERIAL(1)] = 1;
        run owner();
        run reader(1);
        run reader(2)
    }
}
