/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Destruction against replacement or handoff of one key, while an operation runs on the old
 * object.
 *
 * Stands for: take_for_writing (src/store/change.c), ks_replace (src/store/change.c),
 *   replace_used (src/key/make.c), ks_destroy (src/store/change.c),
 *   ks_dying_add_locked (src/store/retire.c), ks_retire (src/store/retire.c),
 *   ks_dying_wait (src/store/retire.c)
 *
 * Who: a user runs one operation on whatever it finds. A replacer publishes object 2 in the place
 * of object 1; with -DHANDOFF object 2 belongs to shard B, and both writer mutexes are taken. One
 * or two destroyers (-DDESTROYERS=2) destroy the id.
 *
 * States of an object: PUBLISHED (slot == o), DYING (on its owner's list), wiped, freed.
 *
 * Shows: when a destruction has returned success, no object that the id ever had is whole and no
 * operation on one runs; when a replacement has, none of the old. Of two destroyers one succeeds.
 * The dying list and the slot change under the mutex of the object's owner only. The user fails
 * only if the key is being destroyed. Nobody touches a freed object.
 *
 * Linearization points: replacement, the compare-and-swap; destruction, the exchange.
 *
 * Left out, each to be refuted:
 *   -DNO_DYING_WAIT    a destroyer waits for its own object alone
 *   -DJOIN_LATE        an object joins the dying list after its slot has changed and the mutex is
 *                      released
 *   -DNO_RECHECK       a writer does not look again under the mutex
 *   -DMARK_KEPT        a replacer waits for the end of the old object with its own mark on it
 *   -DOWNER_UNCHECKED  (HANDOFF) a writer looks again at the id, but not at the owner
 *   -DOWN_LIST_ONLY    (HANDOFF) a destroyer waits for the dying list of one shard, that of its
 *                      object
 *
 * Limits: memory is sequentially consistent here, since all but the user's steps happen under
 * mutexes; the user's memory orders are those of lookup.pml. */

#ifndef DESTROYERS
#define DESTROYERS 1
#endif

#define A            1          /* shards */
#define B            2
#define USER         0          /* who may be in a section */
#define REPLACER     1
#define DESTROYER(i) (2 + (i))
#define SECTIONS     4

byte slot = 1;                  /* the published object, or 0 */
byte owner_of[3];               /* immutable once published */
bool whole[3];                  /* the material is there */
bool was_published[3];          /* the id has had it */
bool dying[3];                  /* on the dying list of its owner */
bool freed[3];
bool writer[3];                 /* the writer mutexes */
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

inline ks_dying_add_locked(object)
{
    assert(writer[owner_of[object]] && !dying[object] && !freed[object]);
    dying[object] = true
}

inline ks_retire(object)
{
    ks_rcu_synchronize();
    mark[USER] != object;
    mark[REPLACER] != object;
    whole[object] = false;
    lock(writer[owner_of[object]]);
    dying[object] = false;
    unlock(writer[owner_of[object]]);
    freed[object] = true
}

#define IS_DYING(shard, object) (dying[object] && owner_of[object] == shard)

/* Until no object of the id is on one shard's list. Without a mutex, as the code has it where the
 * count is 0: an object of this id joined its list before the destroyer's own left the slot. */
inline wait_for_list(shard) { !IS_DYING(shard, 1) && !IS_DYING(shard, 2) }

inline ks_dying_wait(object)
{
#ifdef OWN_LIST_ONLY
    wait_for_list(owner_of[object])
#else
    wait_for_list(A);
    wait_for_list(B)
#endif
}

/* --- writers --- */

inline published_owner(me)
{
    section[me] = true;
    found = slot;
    assert(found == 0 || !freed[found]);
    number = (found -> owner_of[found] : 0);
    section[me] = false
}

/* Ends with number == 0, or with the writer mutex of `locked` held and found the published
 * object. */
inline take_for_writing(me)
{
    do
    :: published_owner(me);
        if
        :: number == 0 -> break
        :: else
        fi;
        locked = number;
        lock(writer[locked]);
#ifndef NO_RECHECK
        published_owner(me);
#endif
#ifdef OWNER_UNCHECKED
        if
        :: number -> break
#else
        if
        :: number == locked -> break
#endif
        :: else -> unlock(writer[locked])
        fi
    od
}

inline publish_second(old)
{
    assert(old == slot);
#ifndef JOIN_LATE
    ks_dying_add_locked(old);
#endif
    atomic { slot = 2; was_published[2] = true }
}

/* Marks the object that the replacement is built from; old is 0 if the id is gone. */
inline use_begin()
{
    section[REPLACER] = true;
    old = slot;
    assert(old == 0 || !freed[old]);
    mark[REPLACER] = old;
    section[REPLACER] = false
}

proctype replacer()
{
    byte old, found, number, locked;

    use_begin();
    whole[2] = true;                    /* built off to the side, under the mark */
#ifdef HANDOFF
    owner_of[2] = B;
    lock(writer[A]);
    lock(writer[B]);
    locked = A;
    published_owner(REPLACER);
    if
    :: found && number == A -> publish_second(found)
    :: else -> found = 0
    fi;
    unlock(writer[B]);
    unlock(writer[A]);
#else
    owner_of[2] = A;
    take_for_writing(REPLACER);
    if
    :: found ->
        assert(found == old);           /* else KS_CHANGED; here nobody else replaces */
        publish_second(found);
        unlock(writer[locked])
    :: else
    fi;
#endif
#ifndef MARK_KEPT
    mark[REPLACER] = 0;
#endif
    if
    :: found ->
#ifdef JOIN_LATE
        lock(writer[A]);
        ks_dying_add_locked(1);
        unlock(writer[A]);
#endif
        ks_retire(1);
        assert(!whole[1] && mark[USER] != 1)
    :: else ->
        whole[2] = false                /* discarded: the id is gone */
    fi
}

proctype destroyer(byte i)
{
    byte found, number, locked;

    take_for_writing(DESTROYER(i));
    if
    :: found ->
        ks_dying_add_locked(found);
        assert(slot == found);
        atomic { slot = 0; destroying = true };
        unlock(writer[locked]);
        ks_retire(found);
#ifndef NO_DYING_WAIT
        ks_dying_wait(found);
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
    object = slot;
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
        owner_of[1] = A;
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
    assert(!whole[1] && whole[2] == (slot == 2) && !dying[1] && !dying[2])
}
