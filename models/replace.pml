/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Destruction against replacement of one key, while an operation runs on the old object.
 *
 * Stands for: ks_take_for_writing (src/store/change.c), ks_replace (src/store/change.c),
 *   swap (src/key/make.c), destroy_list (src/store/change.c),
 *   ks_dying_add (src/store/retire.c), ks_retire (src/store/retire.c),
 *   ks_dying_wait (src/store/retire.c), ks_own_replace (src/store/own.c),
 *   ks_own_end (src/store/own.c)
 *
 * Who: a user runs one operation on whatever it finds. A replacer publishes object 2 in the place
 * of object 1; with -DOWN it is the owner's thread, and tries to do that on its own first. One or
 * two destroyers (-DDESTROYERS=2) destroy the id. All but the replacer with -DOWN are threads of
 * other shards.
 *
 * States of an object: PUBLISHED (slot == o), DYING (on the list of the thread that took it out),
 * LEAVING (named by the owner's thread), wiped, freed.
 *
 * Shows: when a destruction has returned success, no object that the id ever had is whole and no
 * operation on one runs; when a replacement has, none of the old. Of two destroyers one succeeds.
 * A slot whose key others have seen changes under the owner's mutex only. The user fails only if
 * the key is being destroyed. Nobody touches a freed object.
 *
 * Linearization points: replacement, the exchange or the compare-and-swap; destruction, the
 * exchange.
 *
 * Left out, each to be refuted:
 *   -DNO_DYING_WAIT    a destroyer waits for its own object alone
 *   -DJOIN_LATE        an object joins the dying list after its slot has changed and the mutex is
 *                      released
 *   -DNO_RECHECK       a writer does not look again under the mutex
 *   -DMARK_KEPT        a replacer waits for the end of the old object with its own mark on it
 *   -DOWN_LIST_ONLY    a destroyer looks through its own dying list only
 *   -DNO_LEAVING_WAIT  (OWN) a destroyer does not wait for what an owner is ending on its own
 *   -DNO_SHARE_FIRST   (OWN) a writer does not set the shared bit
 * and one that is harmless here, but not in fork.pml:
 *   -DNAMED_LATE       (OWN) the owner's thread names the object after it has left the slot, in the
 *                      same section
 *
 * Limits: memory is sequentially consistent here, since all but the user's and the owner's steps
 * happen under the mutex; their memory orders are those of lookup.pml, shared.pml and handoff.pml.
 * A handoff between the looks of a writer is in handoff.pml. */

#ifndef DESTROYERS
#define DESTROYERS 1
#endif

#define USER         0          /* who may be in a section */
#define REPLACER     1
#define DESTROYER(i) (2 + (i))
#define SECTIONS     4

byte slot = 1;                  /* the published object, or 0 */
bool shared;                    /* the bit beside it, in the same word */
bool whole[3];                  /* the material is there */
bool was_published[3];          /* the id has had it */
byte dying[3];                  /* 1 + the thread whose list it is on, or 0 */
byte leaving;                   /* what the owner's thread is ending on its own */
bool freed[3];
bool writer;                    /* the owner's writer mutex */
bool section[SECTIONS];
byte mark[2];                   /* in-use marks, of the user and the replacer */
bool destroying;                /* some destruction has passed its linearization point */
byte destroyed;                 /* how many destroyers succeeded */

inline lock(mutex)   { atomic { !mutex; mutex = true } }
inline unlock(mutex) { mutex = false }

/* --- retirement --- */

inline ks_rcu_synchronize()
{
    !section[0];
    !section[1];
    !section[2];
    !section[3]
}

inline ks_dying_add(me, object)
{
    assert(!dying[object] && !freed[object]);
    dying[object] = 1 + me
}

inline ks_retire(object)
{
    ks_rcu_synchronize();
    mark[USER] != object;
    mark[REPLACER] != object;
    whole[object] = false;
    dying[object] = 0;
    freed[object] = true
}

inline ks_dying_wait(me)
{
#ifdef OWN_LIST_ONLY
    dying[1] != 1 + me && dying[2] != 1 + me;
#else
    dying[1] == 0;
    dying[2] == 0;
#endif
#ifndef NO_LEAVING_WAIT
    leaving == 0
#endif
}

/* --- writers --- */

inline ks_published(me)
{
    section[me] = true;
    found = slot;
    assert(found == 0 || !freed[found]);
    section[me] = false
}

inline share(me)
{
    section[me] = true;
#ifdef NO_SHARE_FIRST
    found = slot;
#else
    atomic { found = slot; shared = true };
#endif
    assert(found == 0 || !freed[found]);
    section[me] = false
}

/* Ends with found == 0, or with the writer mutex held and found the published object. */
inline ks_take_for_writing(me)
{
    share(me);
    if
    :: found ->
        lock(writer);
#ifndef NO_RECHECK
        ks_published(me);
#endif
        if
        :: found
        :: else -> unlock(writer)
        fi
    :: else
    fi
}

/* Marks the object that the replacement is built from; old is 0 if the id is gone. */
inline use_begin()
{
    section[REPLACER] = true;
#ifdef OWN
    old = slot;
#else
    atomic { old = slot; shared = true };
#endif
    assert(old == 0 || !freed[old]);
    mark[REPLACER] = old;
    section[REPLACER] = false
}

/* done: the key was the thread's own, and object 2 is in the place of 1. */
inline ks_own_replace()
{
    section[REPLACER] = true;
#ifndef NAMED_LATE
    leaving = 1;
#endif
    atomic {
        done = (slot == 1 && !shared);
        if
        :: done -> slot = 2; was_published[2] = true
        :: else
        fi
    };
#ifdef NAMED_LATE
    leaving = 1;
#endif
    if
    :: done
    :: else -> leaving = 0
    fi;
    section[REPLACER] = false
}

inline ks_own_end()
{
    whole[1] = false;
    leaving = 0
}

inline ks_replace()
{
    ks_take_for_writing(REPLACER);
    if
    :: found ->
        assert(found == old && slot == old);    /* else KS_CHANGED; nobody else replaces here */
#ifndef JOIN_LATE
        ks_dying_add(REPLACER, 1);
#endif
        atomic { slot = 2; was_published[2] = true };
        unlock(writer)
    :: else
    fi
}

proctype replacer()
{
    byte old, found;
    bool done;

    use_begin();
    if
    :: old ->
        whole[2] = true;                        /* built off to the side, under the mark */
#ifdef OWN
        ks_own_replace();
#endif
        if
        :: done -> ks_own_end()
        :: else -> ks_replace()
        fi;
#ifndef MARK_KEPT
        mark[REPLACER] = 0;
#endif
        if
        :: done -> assert(!whole[1] && mark[USER] != 1)
        :: !done && found ->
#ifdef JOIN_LATE
            ks_dying_add(REPLACER, 1);
#endif
            ks_retire(1);
            assert(!whole[1] && mark[USER] != 1)
        :: else ->
            whole[2] = false                    /* discarded: the id is gone */
        fi
    :: else
    fi
}

proctype destroyer(byte i)
{
    byte found;

    ks_take_for_writing(DESTROYER(i));
    if
    :: found ->
        ks_dying_add(DESTROYER(i), found);
        assert(slot == found);
        atomic { slot = 0; destroying = true };
        unlock(writer);
        ks_retire(found);
#ifndef NO_DYING_WAIT
        ks_dying_wait(DESTROYER(i));
#endif
        destroyed++;
        assert(destroyed == 1);
        assert(!whole[1] && !(whole[2] && was_published[2]));
        assert(mark[USER] == 0)
    :: else ->
        assert(destroying)
    fi
}

/* --- the user --- */

proctype user()
{
    byte object;

    section[USER] = true;
    atomic { object = slot; shared = true };
    if
    :: object ->
        assert(!freed[object]);
        mark[USER] = object;
        section[USER] = false;
        assert(whole[object]);
        assert(whole[object]);
        mark[USER] = 0
    :: else ->
        assert(destroying);
        section[USER] = false
    fi
}

init {
    atomic {
        whole[1] = true;
        run user();
        run replacer();
        run destroyer(0);
#if DESTROYERS > 1
        run destroyer(1)
#endif
    };
    _nr_pr == 1;
    /* All are done: the id is gone or holds object 2, and nothing else is left. */
    assert(!whole[1] && whole[2] == (slot == 2) && !dying[1] && !dying[2] && !leaving)
}
