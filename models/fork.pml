/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* fork while other threads replace and use a key, attach, and wait for grace periods; and what the
 * child makes of what the vanished threads left.
 *
 * Stands for: ks_fork_prepare (src/store/fork.c), ks_fork_parent (src/store/fork.c),
 *   ks_fork_child (src/store/fork.c), at_thread_exit (src/base/exit.c),
 *   clean_shard (src/store/fork.c), ks_dying_fork_child (src/store/retire.c),
 *   ks_readers_synchronize (src/base/readers.c), ks_rcu_fork_prepare (src/base/rcu.c),
 *   ks_rcu_fork_child (src/base/rcu.c), ks_rcu_attach (src/base/rcu.c),
 *   at_exit_begin (src/base/exit.c),
 *   lock_outermost (src/store/fork.c), make (src/store/record.c),
 *   ks_take_for_writing (src/store/change.c), ks_shard_clean (src/store/shard.c),
 *   clean_leaving (src/store/shard.c), ks_own_destroy (src/store/own.c),
 *   ks_is_dying (src/store/retire.c), ks_records_wipe_all (src/store/record.c)
 *
 * Who: a replacer publishes object 2 in the place of object 1 and retires that; a user operates on
 * what it finds, and makes a use record; a passer-by attaches itself to liburcu, and ends, or with
 * -DDESTROYER destroys the key. With -DOWN there is no replacer, but the owner's thread, which
 * destroys the key on its own if nobody else has seen it, else like any other. The forker forks at
 * any time; from there on either it is the parent and all go on, or it is the child: all others
 * vanish where they are. The child's program then attaches a thread and destroys the key.
 *
 * Shows: nobody waits for ever, in parent or child (no invalid end state); in the child no object
 * and no context is left once the key is destroyed, a context that a vanished thread was preparing
 * is not taken apart half made, and a slot is given back once.
 *
 * Memory orders: none; fork copies what memory holds, and the child has one thread.
 *
 * Left out, each to be refuted:
 *   -DBLOCK_IN_SECTION   (DESTROYER) a writer waits for the writer mutex inside the section of its
 *                        look-up
 *   -DGRACE_FIRST        the fork takes liburcu's locks before the writer mutex, and the writer
 *                        waits for grace periods under its mutex
 *   -DATTACH_UNGUARDED   a thread attaches to liburcu without the attach mutex
 *   -DMARKS_KEPT         the child leaves the marks of vanished threads
 *   -DRUNNER_KEPT        the child takes the grace period of a vanished runner to be still running
 *   -DDYING_KEPT         the child leaves the dying list
 *   -DPREPARING_LOST     the child does not take apart a context that is prepared, but not linked
 *   -DPREPARING_UNGUARDED  a thread prepares a context, with something outside its body, without a
 *                        mutex that the fork takes
 *   -DSLOT_BY_LOOK       (DESTROYER) the child gives back a dying object's slot if the slot is
 *                        empty, instead of knowing which of the dying objects of an id has to give
 *                        it
 *   -DNAMED_LATE         (OWN) the owner's thread names the object as leaving after it has emptied
 *                        the slot
 *   -DLEAVING_LOST       (OWN) the child does not look at what was leaving
 *   -DDYING_UNSEEN       (OWN, DESTROYER) the child takes what was leaving for the owner's even if
 *                        it is on another thread's dying list
 *   -DEXIT_UNCOUNTED     the fork does not wait until threads on their way out have passed
 *                        liburcu's exit destructor, which takes the lock that attaching takes
 *
 * Limits: one shard besides the forker's; memory is sequentially consistent. That the fork waits
 * for ending threads for a bounded time only is left out; so is the recent record, which the child
 * finds by one of two names (order_for_fork in src/store/record.c). */

#define FORKER       0          /* numbers of threads, in section[] and asleep[] */
#define REPLACER     1
#define DESTROYING   2
#define USER         3
#define SLEEPERS     3

/* Mutexes in the order of their ranks, liburcu's last; the one in grace.pml comes before those. */
bool attach_mutex, writer, records_mutex, preparing_mutex;
bool urcu_grace_lock, urcu_registry_lock, urcu_init_lock;

bool forked;                    /* in the child */
bool section[4];
byte slot = 1;                  /* the published object */
bool shared;                    /* the bit beside it, in the same word */
byte leaving;                   /* what the owner's thread is ending on its own */
byte limbo;                     /* what it has ended, to be given back later */
bool whole[3];
bool dying[3];
bool gives_slot[3];             /* a dying object that gives the slot back */
byte given;                     /* how often the slot was given back */
byte mark;                      /* the user's */
byte preparing;                 /* the object that the user has an unlinked context of */
bool half_prepared;
byte exiting;                   /* threads on their way out; guarded by attach_mutex */
byte record;                    /* the object that the user's shard has a record of */
bool context[3];

inline wait_for_sections()
{
    !section[0];
    !section[1];
    !section[2];
    !section[3]
}

/* A short grace period (readers.pml) takes no lock. */
inline urcu_synchronize(me)
{
    if
    :: true -> wait_for_sections()
    :: true ->
        lock(urcu_grace_lock);
        lock(urcu_registry_lock);
        unlock(urcu_registry_lock);     /* let go of while it waits for readers */
        wait_for_sections();
        lock(urcu_registry_lock);
        unlock(urcu_registry_lock);
        unlock(urcu_grace_lock)
    fi
}

#include "grace.pml"

/* --- writers --- */

/* Ends with the writer mutex held, and found the published object or 0. */
inline ks_take_for_writing(me)
{
    section[me] = true;
    atomic { found = slot; shared = true };
#ifdef BLOCK_IN_SECTION
    lock(writer);
    section[me] = false;
#else
    section[me] = false;
    lock(writer);
#endif
    section[me] = true;
    found = slot;
    section[me] = false
}

inline wipe_record(object)
{
    if
    :: record == object ->
        context[object] = false;
        record = 0
    :: else
    fi
}

inline ks_retire(me, object)
{
    ks_rcu_synchronize(me);
    mark != object;
    lock(records_mutex);
    wipe_record(object);
    unlock(records_mutex);
    whole[object] = false;
    lock(writer);
    dying[object] = false;
    unlock(writer);
    if
    :: gives_slot[object] -> given++
    :: else
    fi
}

inline ks_destroy(me)
{
    ks_take_for_writing(me);
    if
    :: found ->
        dying[found] = true;
        gives_slot[found] = true;
        slot = 0;
        unlock(writer);
        ks_retire(me, found);
        !dying[1];                      /* ks_dying_wait */
        !dying[2]
    :: else ->
        unlock(writer)
    fi
}

proctype replacer()
{
    byte found, target, turns;

    {
        whole[2] = true;
        ks_take_for_writing(REPLACER);
        if
        :: found == 1 ->
            dying[1] = true;
            slot = 2;
#ifdef GRACE_FIRST
            ks_rcu_synchronize(REPLACER);
#endif
            unlock(writer);
            ks_retire(REPLACER, 1)
        :: else ->
            unlock(writer);
            whole[2] = false
        fi
    } unless { forked }
}

#ifdef OWN
proctype owner()
{
    byte found, target, turns;
    bool done;

    {
        section[REPLACER] = true;
        found = slot;
        if
        :: found ->
#ifndef NAMED_LATE
            leaving = 1;
#endif
            atomic {
                done = (slot == 1 && !shared);
                if
                :: done -> slot = 0
                :: else
                fi
            };
#ifdef NAMED_LATE
            leaving = 1;
#endif
            if
            :: done
            :: else -> leaving = 0
            fi
        :: else
        fi;
        section[REPLACER] = false;
        if
        :: done ->
            whole[1] = false;               /* ks_own_end */
            limbo = 1;
            leaving = 0
        :: else ->
            ks_destroy(REPLACER)
        fi
    } unless { forked }
}
#endif

#ifdef DESTROYER
proctype destroyer()
{
    byte found, target, turns;

    {
        ks_destroy(DESTROYING)
    } unless { forked }
}
#endif

/* --- readers --- */

inline ks_rcu_attach()
{
#ifndef ATTACH_UNGUARDED
    lock(attach_mutex);
#endif
    lock(urcu_init_lock);
    unlock(urcu_init_lock);
    lock(urcu_registry_lock);
    unlock(urcu_registry_lock);
#ifndef ATTACH_UNGUARDED
    unlock(attach_mutex)
#endif
}

proctype user()
{
    byte object;

    {
        section[USER] = true;
        atomic { object = slot; shared = true };
        if
        :: object ->
            mark = object;
            section[USER] = false;
            preparing = object;
#ifndef PREPARING_UNGUARDED
            lock(preparing_mutex);
#endif
            half_prepared = true;
            context[object] = true;
            half_prepared = false;
#ifndef PREPARING_UNGUARDED
            unlock(preparing_mutex);
#endif
            lock(records_mutex);
            record = object;
            preparing = 0;
            unlock(records_mutex);
            assert(whole[object] && context[object]);
            mark = 0
        :: else ->
            section[USER] = false
        fi
    } unless { forked }
}

/* Attaches, then ends: at_exit_begin, liburcu's destructor, at_thread_exit. */
proctype passer_by()
{
    {
        ks_rcu_attach();
#ifndef EXIT_UNCOUNTED
        lock(attach_mutex);
        exiting++;
        unlock(attach_mutex);
#endif
        lock(urcu_registry_lock);
        unlock(urcu_registry_lock);
        lock(urcu_init_lock);
        unlock(urcu_init_lock);
#ifndef EXIT_UNCOUNTED
        lock(attach_mutex);
        exiting--;
        unlock(attach_mutex)
#endif
    } unless { forked }
}

/* --- the forker --- */

/* Takes the attach mutex at a moment when no thread is on its way out. */
inline lock_outermost()
{
    do
    :: lock(attach_mutex);
        if
        :: exiting == 0 -> break
        :: else -> unlock(attach_mutex); exiting == 0      /* polls */
        fi
    od
}

inline ks_fork_prepare()
{
    ks_rcu_attach();
#ifdef GRACE_FIRST
    lock(urcu_grace_lock);
    lock(urcu_registry_lock);
#endif
    lock_outermost();
    lock(writer);
    lock(records_mutex);
    lock(preparing_mutex);
    lock(grace_mutex);
#ifndef GRACE_FIRST
    lock(urcu_grace_lock);
    lock(urcu_registry_lock)
#endif
}

inline unlock_all()
{
    unlock(urcu_registry_lock);
    unlock(urcu_grace_lock);
    unlock(grace_mutex);
    unlock(preparing_mutex);
    unlock(records_mutex);
    unlock(writer);
    unlock(attach_mutex)
}

inline ks_rcu_fork_child()
{
    section[REPLACER] = false;
    section[DESTROYING] = false;
    section[USER] = false;
#ifndef RUNNER_KEPT
    completed = started
#endif
}

/* Contexts are taken apart, those of operations under way too: they change no pointer in one. */
inline clean_shard()
{
    assert(!half_prepared);
#ifndef PREPARING_LOST
    context[preparing] = false;
    preparing = 0;
#endif
    context[record] = false;
    record = 0;
#ifndef MARKS_KEPT
    mark = 0
#endif
}

#ifdef DYING_UNSEEN
#define IS_DYING(object) false
#else
#define IS_DYING(object) dying[object]
#endif

inline clean_leaving()
{
#ifndef LEAVING_LOST
    if
    :: leaving && slot != leaving && !IS_DYING(leaving) && limbo != leaving ->
        whole[leaving] = false;
        limbo = leaving
    :: else
    fi;
#endif
    leaving = 0
}

inline ks_dying_fork_child(object)
{
    if
    :: dying[object] ->
        wipe_record(object);
        whole[object] = false;
        dying[object] = false;
#ifdef SLOT_BY_LOOK
        if
        :: slot == 0 -> given++
        :: else
        fi
#else
        if
        :: gives_slot[object] -> given++
        :: else
        fi
#endif
    :: else
    fi
}

inline wipe_all_dying()
{
#ifdef DYING_KEPT
    skip
#else
    ks_dying_fork_child(1);
    ks_dying_fork_child(2)
#endif
}

/* Alone, and holding every mutex. What was under construction is wiped: object 2, if it was not
 * published yet. */
inline ks_fork_child()
{
    ks_rcu_fork_child();
    clean_leaving();
    clean_shard();
    wipe_all_dying();
    exiting = 0;
    if
    :: slot != 2 && !dying[2] -> whole[2] = false
    :: else
    fi;
    unlock_all()
}

proctype forker()
{
    byte found, target, turns;

    ks_fork_prepare();
    if
    :: unlock_all()                     /* ks_fork_parent */
    :: atomic { forked = true; ks_fork_child() };
        ks_rcu_attach();
        ks_destroy(FORKER);
        assert(!whole[1] && !whole[2] && !context[1] && !context[2]);
        if
        :: limbo -> given++                 /* its adopter's grace period is over */
        :: else
        fi;
        assert(given <= 1)
    fi
}

init {
    atomic {
        whole[1] = true;
        run forker();
#ifdef OWN
        run owner();
#else
        run replacer();
#endif
        run user();
#ifdef DESTROYER
        run destroyer()
#else
        run passer_by()
#endif
    }
}
