/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Retirement: the death of an object, in phases.
 *
 *   1 unfindable   on the dying list, out of its slot     (change.c, owner's writer mutex)
 *   2 grace period every section that could have found it is over; who found it has a mark standing
 *   3 marks        every operation on it is over, its temporaries wiped
 *   4 records      the prepared contexts of every shard are wiped
 *   5 material     wiped; the header (id, owner, serial) stays until phase 6
 *   6 reclaimed    off the dying list, slot and block given back
 *
 * Who may still hold the object, and why each ends: readers in a section (phase 2); operations
 * (phase 3; they never wait for another key, so they end); use records, which hold its serial, not
 * its address; other destroyers of the id, which find the slot empty. */
#ifndef KS_STORE_RETIRE_H
#define KS_STORE_RETIRE_H

#include "store/object.h"
#include "store/shard.h"

/* Puts an object on its owner's dying list. Writer mutex held, before the slot changes. */
void ks_dying_add_locked(struct ks_shard *owner, struct ks_object *object);

/* Phases 2 to 6. The caller may wait (ks_may_wait) and holds no lock. The slot is given back unless
 * another object has taken it over. (A fork between the end of phase 5 and the giving back costs
 * the child one wiped block and one slot.) */
void ks_retire(struct ks_shard *owner, struct ks_object *object);

/* Waits until no object of that id is on any dying list. */
void ks_dying_wait(uint32_t id);

/* Objects dying now, all shards. */
uint64_t ks_dying_total(void);

#endif
