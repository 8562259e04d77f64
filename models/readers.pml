/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Short grace periods: one membarrier, then a look at each reader's word.
 *
 * Stands for: ks_readers_synchronize (src/base/readers.c), wait_for_each (src/base/readers.c),
 *   ks_readers_list_locked (src/base/readers.c), ks_readers_go_unlisted (src/base/readers.c),
 *   ks_rcu_attach (src/base/rcu.c), ks_rcu_enter (src/base/rcu.h), ks_rcu_leave (src/base/rcu.h),
 *   ks_rcu_read_lock (src/base/rcu.h), ks_rcu_read_unlock (src/base/rcu.h)
 *
 * Who: a destroyer, and two readers that each run operations on whatever the slot names, under a
 * mark that is set inside the section (as in lookup.pml). A reader is attached by the library, or
 * by its program, or calls in from within a section of its program. The second may begin when the
 * first has ended, and then liburcu may give it the first one's word.
 *
 * Shows: no operation reads wiped material, whether the grace period is a short one or, after the
 * end of patience or because the list is incomplete, liburcu's.
 *
 * Linearization point of the grace period: its membarrier.
 *
 * Memory orders: see readers.h. Leaving a section is a plain store, as liburcu has it. On x86-64
 * that becomes visible after all that was stored in the section. With -DPSO it would not, and a
 * release store is needed, which liburcu does not make: so there are none on other processors.
 *
 * Left out, each to be refuted:
 *   -DNO_MEMBARRIER      the words are read right after the slot is emptied
 *   -DNO_WAIT            nobody's word is waited for
 *   -DLIST_FIRST         the list is read before the membarrier
 *   -DINCOMPLETE_FIRST   so is the word that says that it is incomplete
 *   -DLISTED_LATE        a thread enters its first section before it lists its word
 *   -DUNLISTED           a thread whose word is none that it has listed enters nevertheless
 *   -DSECTION_UNTOLD     a thread that calls in from a section of its program does not say so
 *   -DPLAIN_END          (PSO) sections are left by a plain store
 *
 * Limits: one destruction; liburcu's own grace period is two membarriers and a wait for each word
 * (lookup.pml has its steps); the attach mutex and liburcu's locks order nothing here but that a
 * word is free before it is another's. */

#ifndef OPERATIONS
#define OPERATIONS 1
#endif

#define DESTROYER    0       /* readers are threads 1 and 2 */
#define THREADS      3

#define SLOT         0       /* 1 while the object is published */
#define INCOMPLETE   1
#define MATERIAL     2       /* 1 while it is whole */
#define WORD(w)      (2 + (w))              /* 3, 4: how deep in sections, or 0 */
#define LISTED(w)    (4 + (w))              /* 5, 6 */
#define MARK(r)      (6 + (r))              /* 7, 8 */
#define CELLS        9

#include "buffers.pml"

bool ended;                  /* the first reader, and liburcu has let go of its word */

/* --- the destroyer --- */

inline liburcu_synchronize()
{
    membarrier();
    memory[WORD(1)] == 0;
    memory[WORD(2)] == 0;
    membarrier()
}

inline look_at(w, listed)
{
    if
    :: !listed
    :: listed && memory[WORD(w)] == 0
#ifdef NO_WAIT
    :: listed && memory[WORD(w)] != 0
#else
    :: listed && memory[WORD(w)] != 0 -> decided = false    /* the end of patience */
#endif
    fi
}

inline read_list()
{
    load(DESTROYER, LISTED(1), first);
    load(DESTROYER, LISTED(2), second)
}

inline ks_readers_synchronize()
{
    decided = true;
#ifdef LIST_FIRST
    read_list();
#endif
#ifdef INCOMPLETE_FIRST
    load(DESTROYER, INCOMPLETE, incomplete);
#endif
#ifndef NO_MEMBARRIER
    membarrier();
#endif
#ifndef INCOMPLETE_FIRST
    load(DESTROYER, INCOMPLETE, incomplete);
#endif
#ifndef LIST_FIRST
    read_list();
#endif
    if
    :: incomplete -> decided = false
    :: else ->
        look_at(1, first);
        look_at(2, second)
    fi
}

proctype destroyer()
{
    bool first, second, incomplete, decided;

    store(DESTROYER, SLOT, 0);
    ks_readers_synchronize();
    if
    :: decided
    :: else -> liburcu_synchronize()
    fi;
    memory[MARK(1)] == 0;
    memory[MARK(2)] == 0;
    store(DESTROYER, MATERIAL, 0)
}

/* --- a reader --- */

inline list_word(r)
{
    load(r, LISTED(word), found);
    if
    :: found
    :: else -> store_release(r, LISTED(word), true)
    fi;
    found = false
}

inline leave(r, depth)
{
#if defined(PSO) && !defined(PLAIN_END)
    store_release(r, WORD(word), depth)
#else
    store(r, WORD(word), depth)
#endif
}

inline use(r)
{
    load(r, MATERIAL, material);
    assert(material);
    material = false
}

inline operation(r, depth)
{
    store(r, WORD(word), depth + 1);
    load(r, SLOT, object);
    if
    :: object ->
        store(r, MARK(r), true);
        use(r);
        leave(r, depth);
        use(r);
        store_release(r, MARK(r), false)
    :: else ->
        leave(r, depth)
    fi;
    object = false
}

proctype reader(byte r)
{
    byte word = r, operations;
    bool found, object, material;

    if
    :: r == 2 -> ended; word = 1            /* the first one's word */
    :: true                                 /* one of its own */
    fi;
    if
    :: true ->                              /* attached by the library, or by its program */
#ifdef LISTED_LATE
        operation(r, 0);
#endif
        if
        :: true -> list_word(r)
#ifdef UNLISTED
        :: true
#endif
        fi;
        do
        :: operations < OPERATIONS -> operations++; operation(r, 0)
        :: else -> break
        od
    :: true ->                              /* in a section of its program */
        store(r, WORD(word), 1);
#ifndef SECTION_UNTOLD
        store(r, INCOMPLETE, true);
#endif
        operation(r, 1);
        leave(r, 0)
    fi;
    if
    :: r == 1 -> fence(1); ended = true
    :: else
    fi
}

init {
    atomic {
        memory[SLOT] = 1;
        memory[MATERIAL] = 1;
        run destroyer();
        run reader(1);
        run reader(2)
    }
}
