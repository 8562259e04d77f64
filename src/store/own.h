/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What the owner's thread does to a key that no other thread has looked up: without a mutex, and
 * without waiting for anybody.
 *
 * O1 While the shared bit of a slot word is clear, the word is changed by the thread of the owner's
 *    shard alone (change.h, W1), by a compare-and-swap that fails if the bit has been set. So if it
 *    succeeds, no other thread has read more of the object than its header, or ever will.
 * O2 The object is wiped at once, with its prepared contexts: they are this shard's, or those of a
 *    shard that had the key before and handed it over; the release store of the owner, which ks_lookup
 *    acquired, comes after whatever that thread did to it.
 * O3 The header (id, owner, serial) stays until a grace period is over: another thread that has
 *    loaded the word may be about to compare it, set the bit and find that it came too late. Until
 *    then the object is in limbo (limbo.h), and so is its slot.
 * O4 The store's mark stands from inside the section in which the store was seen running until the
 *    object is in limbo, so ks_store_stop waits.
 * O5 shard->leaving names the object from before it leaves the slot until it is in limbo. These
 *    stores are in order: leaving, the slot word, the wipe, limbo, leaving again. So a fork's child
 *    finds it (ks_shard_clean); and so does a thread that has destroyed or replaced the object by
 *    which this one was replaced, which must not return before this one is wiped (ks_dying_wait).
 *    shard->leaves_slot says whether the slot will be given back. Where the compare-and-swap fails, leaving is cleared inside the section, before whoever has set
 *    the bit and taken the object out can free it.
 *
 * Linearization points: the compare-and-swap, of a destruction and of a replacement.
 * Models: models/shared.pml, models/handoff.pml. */
#ifndef KS_STORE_OWN_H
#define KS_STORE_OWN_H

#include "store/object.h"
#include "store/shard.h"

/* PUBLISHED -> LEAVING -> LIMBO: destroys the key if the calling thread owns it and nobody else has
 * seen it, and no multi-part operation may be bound to it. False: nothing is done, and the caller
 * goes the long way, which also finds out whether there is such a key. The caller sees to limbo
 * (ks_limbo_tidy) afterwards. */
bool ks_own_destroy(struct ks_shard *self, uint32_t id) KS_MUST_CHECK;

/* BUILDING -> PUBLISHED in the place of old, which the caller has marked, and which becomes LEAVING:
 * under the same condition. The caller passes old to ks_own_end before it clears its mark. False:
 * nothing is done (ks_replace is the long way). */
bool ks_own_replace(struct ks_shard *self, struct ks_object *object,
                    struct ks_object *old) KS_MUST_CHECK;

/* LEAVING -> LIMBO. With a mark set. */
void ks_own_end(struct ks_shard *self, struct ks_object *object);

#endif
