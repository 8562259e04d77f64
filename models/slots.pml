/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* A shard's free slots: a queue, to which the shard's thread gives slots back itself, and others
 * through a list that anybody pushes to and that is taken whole.
 *
 * Stands for: ks_slot_take (src/store/slots.c), ks_slot_give (src/store/slots.c),
 *   ks_slots_collect (src/store/slots.c), ks_slots_ready (src/store/slots.h),
 *   ks_publish_reserve (src/store/change.c)
 *
 * Who: the shard's thread takes slots for keys that it makes, and gives back those of keys that it
 * has destroyed; two other destroyers, each of any key, give the slots back. KEEP slots stay in the queue, of three in all.
 *
 * States of a slot: in the queue; taken (a key is in it); on its way back (its destroyer holds
 * it); on the list of returned ones.
 *
 * Shows: no slot is taken while a key is in it, and none is given twice; none is lost; between two
 * uses of a slot lie at least KEEP other takes, so that its generation, which each take raises,
 * comes round only after KEEP times the number of generations (G13).
 *
 * Memory orders: the compare-and-swap that pushes is a release, the exchange that takes the list
 * an acquire: the links, plain stores, are seen by whoever took the list.
 *
 * Left out, each to be refuted:
 *   -DPUSH_RELAXED   (PSO) the compare-and-swap is relaxed
 *   -DPUSH_BY_STORE  a slot is pushed by a load and a store
 *   -DTAKE_BY_STORE  the list is taken by a load and a store
 *   -DPOP_ONE        slots are taken from the list one at a time, by compare-and-swap, by the
 *                    shard's thread and by another: the list's head may have gone and come back
 *                    meanwhile (ABA)
 *   -DNO_QUEUE       a slot is taken as soon as there is one (the mutant NO_FREE_QUEUE)
 *
 * Limits: three slots; the growth of the table is left out, so the thread waits where it would
 * lease a chunk. */

#ifndef TAKES
#define TAKES 5
#endif

#define OWNER        0
#define GIVERS       2          /* threads 1 and 2 */
#ifdef POP_ONE
#define THREADS      4
#else
#define THREADS      3
#endif

#define SLOTS        3          /* numbers 1 to 3; 0 is the end of a list */
#define KEEP         1

#define RETURNED     0          /* head of the list of returned slots */
#define NEXT(s)      (s)        /* the link of slot s */
#define CELLS        4
#define BUFFER       2

#include "buffers.pml"

bool taken[SLOTS + 1];          /* a key is in it */
byte takes;                     /* so far */
byte taken_at[SLOTS + 1];       /* value of takes at the slot's last use */

/* What a take must find: the slot was free, and its last use is long enough ago. The key is
 * published in it by a release store, behind all that the thread wrote to the slot. */
inline use_slot(t, s)
{
    atomic {
        fence(t);
        assert(s != 0 && !taken[s]);
        takes++;
#ifndef POP_ONE                         /* which has no queue, and so no such distance */
        assert(taken_at[s] == 0 || takes - taken_at[s] > KEEP);
#endif
        taken_at[s] = takes;
        taken[s] = true
    }
}

/* --- the shard's thread; the queue is its own --- */

byte first, last, count;

/* slot: the youngest of the chain in hand. */
inline ks_slots_collect()
{
#ifdef TAKE_BY_STORE
    load(OWNER, RETURNED, slot);
    store(OWNER, RETURNED, 0);
#else
    exchange(OWNER, RETURNED, 0, slot);
#endif
    youngest = slot;
    reversed = 0;
    do
    :: slot != 0 ->
        load(OWNER, NEXT(slot), next);
        store(OWNER, NEXT(slot), reversed);
        reversed = slot;
        slot = next;
        count++;
        assert(count <= SLOTS)
    :: else -> break
    od;
    if
    :: reversed != 0 ->
        if
        :: first == 0 -> first = reversed
        :: else -> store(OWNER, NEXT(last), reversed)
        fi;
        last = youngest
    :: else
    fi;
    d_step { reversed = 0; youngest = 0; next = 0 }
}

inline ks_slot_take()
{
    slot = first;
    load(OWNER, NEXT(slot), first);
    count--;
    use_slot(OWNER, slot);
    slot = 0
}

/* By the thread that has the shard: to the end of the queue. last is not looked at while the queue
 * is empty. */
inline ks_slot_give()
{
    atomic {
        if
        :: taken[1] -> slot = 1
        :: taken[2] -> slot = 2
        :: taken[3] -> slot = 3
        :: else                         /* another destroyer was first */
        fi;
        taken[slot] = false
    };
    if
    :: slot != 0 ->
        store(OWNER, NEXT(slot), 0);
        if
        :: first == 0 -> first = slot
        :: else -> store(OWNER, NEXT(last), slot)
        fi;
        last = slot;
        count++;
        assert(count <= SLOTS);
        slot = 0
    :: else
    fi
}

#ifdef NO_QUEUE
#define READY (count > 0)
#else
#define READY (count > KEEP)
#endif

#ifndef POP_ONE
proctype owner()
{
    byte slot, next, reversed, youngest;

    do
    :: takes == TAKES -> break
    :: takes < TAKES && READY -> ks_slot_take()
    :: takes < TAKES && (taken[1] || taken[2] || taken[3]) -> ks_slot_give()
    :: takes < TAKES && !READY ->
        memory[RETURNED] != 0;          /* else it would lease a chunk */
        ks_slots_collect()
    od;
    /* Every slot comes back: else this waits for ever, an invalid end state. */
    do
    :: count == SLOTS -> break
    :: count < SLOTS ->
        memory[RETURNED] != 0;
        ks_slots_collect()
    od
}
#endif

/* --- destroyers --- */

proctype giver(byte t)
{
    byte slot, head;
    bool pushed;

end:
    do
    :: atomic {
            if
            :: taken[1] -> slot = 1
            :: taken[2] -> slot = 2
            :: taken[3] -> slot = 3
            fi;
            taken[slot] = false         /* the key's destroyer; its grace period is over */
        };
        load(t, RETURNED, head);
        do
        :: store(t, NEXT(slot), head);
#ifdef PUSH_BY_STORE
            store(t, RETURNED, slot);
            break
#else
#ifndef PUSH_RELAXED
            fence(t);
#endif
            compare_swap(t, RETURNED, head, slot, pushed);
            if
            :: pushed -> break
            :: else
            fi
#endif
        od;
        skip;   /* spin: a loop may not be followed by a d_step */
        d_step { head = 0; slot = 0; pushed = false }
    od
}

#ifdef POP_ONE
/* Takes one slot at a time straight from the list, as two threads do here without a mutex. */
proctype owner(byte t)
{
    byte slot, next;
    bool popped;

    do
    :: takes >= TAKES -> break
    :: takes < TAKES ->
        memory[RETURNED] != 0;
        load(t, RETURNED, slot);
        if
        :: slot != 0 ->
            load(t, NEXT(slot), next);
            compare_swap(t, RETURNED, slot, next, popped);
            if
            :: popped -> use_slot(t, slot)
            :: else
            fi
        :: else
        fi;
        d_step { slot = 0; next = 0; popped = false }
    od
}
#endif

init {
    atomic {
#ifdef POP_ONE
        memory[RETURNED] = 1;           /* all slots are on the list */
        memory[NEXT(1)] = 2;
        memory[NEXT(2)] = 3;
        run owner(OWNER);
        run owner(3);
#else
        first = 1;                      /* all slots are in the queue */
        last = SLOTS;
        count = SLOTS;
        memory[NEXT(1)] = 2;
        memory[NEXT(2)] = 3;
        run owner();
#endif
        run giver(1);
        run giver(2)
    }
}
