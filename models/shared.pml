/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The shared bit in the slot word: how a shard's owner knows that no other thread has seen a key.
 *
 * Stands for: ks_lookup (src/store/lookup.h), ks_lookup_share (src/store/lookup.h),
 *   publish_locked (src/store/change.c), swap_word (src/store/change.c),
 *   ks_destroy (src/store/change.c)
 *
 * Who: the owner's thread, which holds its writer mutex throughout (so that no other thread
 *   changes the slot), and readers of other shards, who set the bit. Owner: replaces object 1 by
 *   2, empties the slot, publishes object 3 in it, empties it again. What came out with a clear
 *   bit it wipes at once; else it waits for sections and marks first. Reader: looks up and uses
 *   what it found, once or twice.
 *
 * The word: empty, or an object; and the bit SHARED. States of the bit, for one object in the
 * slot: clear -> set, by any reader's fetch-or; it is cleared by nobody but publish_locked, in an
 * empty slot.
 *
 * Shows: no operation reads wiped or half-built material, though the owner wipes unshared objects
 * without waiting. Needs no fence and no second load, since everything is in one word.
 *
 * Linearization points: of a look-up its first load where the bit is set or the slot is empty,
 * else its fetch-or; of the owner's changes their compare-and-swap and exchange.
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
 *   -DRELOAD           the reader sets the bit and loads the word again
 *   -DPUBLISH_RELAXED  (PSO) objects are published by a plain store
 * and one that is harmless:
 *   -DFORGET_BIT       a replacement publishes with a clear bit: the next reader sets it again.
 *                      Keeping it saves readers that atomic instruction after each rotation, no
 *                      more.
 *
 * Limits: sections, grace period and marks are seen by all at once here; lookup.pml has their
 * orders. */

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

/* --- the owner --- */

inline wait_for_users(object)
{
    fence(OWNER);
    !section[1];            /* the grace period */
    !section[2];
    mark[1] != object;
    mark[2] != object
}

/* `word` is what came out of the slot. */
inline retire(word)
{
    if
    :: word & SHARED -> wait_for_users(OBJECT_OF(word))
    :: else -> unshared = true
    fi;
    store(OWNER, MATERIAL(OBJECT_OF(word)), 0);
    word = 0
}

inline publish_locked(object)
{
    store(OWNER, MATERIAL(object), object);
#ifdef PUBLISH_RELAXED
    store(OWNER, WORD, OBJECT(object))
#else
    store_release(OWNER, WORD, OBJECT(object))
#endif
}

inline swap_word(object)
{
    store(OWNER, MATERIAL(object), object);
    load(OWNER, WORD, word);
#ifdef REPLACE_BY_STORE
    store_release(OWNER, WORD, OBJECT(object) | (word & SHARED));
#else
    fence(OWNER);           /* the compare-and-swap is a release */
    do
#ifdef FORGET_BIT
    :: compare_swap(OWNER, WORD, word, OBJECT(object), done)
#else
    :: compare_swap(OWNER, WORD, word, OBJECT(object) | (word & SHARED), done)
#endif
        if
        :: done -> break
        :: else             /* a reader set the bit meanwhile; that happens once */
        fi
    od;
    done = false;
#endif
    retire(word)
}

inline empty_slot()
{
#ifdef EMPTY_BY_STORE
    load(OWNER, WORD, word);
    store(OWNER, WORD, 0);
#else
    exchange(OWNER, WORD, 0, word);
#endif
    retire(word)
}

proctype owner()
{
    byte word;
    bool done, unshared;

    swap_word(2);
    empty_slot();
    /* The slot is given again only after a grace period, so that no late bit falls on a new key and
     * makes it shared for ever. Correctness does not need it, so it is left out here. */
    publish_locked(3);
    empty_slot()
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
