/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Retirement: the death of objects that other threads may be using, in phases.
 *
 *   1 unfindable   on the destroyer's dying list, out of its slot (change.c, owner's writer mutex)
 *   2 grace period every section that could have found it is over; who found it has a mark standing
 *   3 marks        every operation on it is over, its temporaries wiped
 *   4 records      the prepared contexts of every shard are wiped
 *   5 material     wiped; the header (id, owner, serial) stays until phase 6
 *   6 reclaimed    off the dying list, slot and block given back
 *
 * Who may still hold the object, and why each ends: readers in a section (phase 2); operations
 * (phase 3; they never wait for another key, so they end); use records, which hold its serial, not
 * its address; other destroyers of the id, which find the slot empty.
 *
 * A destroyer does this for all objects of one call together: one grace period, one look at the
 * marks. The links are in the objects, so nothing is allocated. (An object that no other thread has
 * seen goes another way: own.h.) */
#ifndef KS_STORE_RETIRE_H
#define KS_STORE_RETIRE_H

#include "base/lock.h"
#include "store/object.h"

struct ks_shard;

/* The objects that one thread is retiring: one list a shard, of the destroyer's shard, whoever the
 * objects' owners are. Its thread adds, and takes all off once they are wiped; others look through
 * it (ks_dying_wait). */
struct ks_dying {
    struct ks_mutex mutex;    /* rank KS_RANK_DYING; guards first and the links */
    struct ks_object *first;
    _Atomic uint32_t count;   /* written under the mutex, with release; read freely, with acquire */
};

void ks_dying_init(struct ks_dying *dying, unsigned number);

/* The calling thread's list, empty. A thread without a shard (memory is exhausted) gets the spare
 * one, for which it waits until no other has it. The caller may wait. */
struct ks_dying *ks_dying_begin(struct ks_shard *self);

/* The list is empty again. */
void ks_dying_end(struct ks_dying *dying);

/* Puts an object on the list. The writer mutex of its owner is held, and its slot has not changed
 * yet; its tenancy ends with this. */
void ks_dying_add(struct ks_dying *dying, struct ks_object *object);

/* Phases 2 to 5, for every object on the list. The caller may wait (ks_may_wait) and holds no lock.
 */
void ks_retire(struct ks_dying *dying);

/* Phase 6: takes the whole list, whose objects are wiped; then gives blocks and slots back. What
 * must be done before an id can come back, multi-part operations ended above all, is done in
 * between. (A fork there costs the child some wiped blocks and slots.) */
struct ks_object *ks_dying_take(struct ks_dying *dying);
void ks_reclaim(struct ks_object *list);

/* Waits until no object of that id is on any dying list, and no thread is ending one on its own. */
void ks_dying_wait(uint32_t id);

/* Whether the object is on any dying list. In a fork's child, or where no list changes. */
bool ks_is_dying(const struct ks_object *object);

/* Objects dying now, all shards. */
uint64_t ks_dying_total(void);

/* Fork: the mutex of the spare list; and, in the child, what vanished threads were retiring. */
void ks_dying_fork_prepare(void);
void ks_dying_fork_done(void);
void ks_dying_fork_child(struct ks_dying *dying);
void ks_dying_fork_child_spare(void);

#endif
