/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Handoff: a key gets another owner. Nothing else about it changes, not even its object: the owner
 * is a field that readers look at only while the shared bit is clear, and that is nobody but the
 * owner's thread and those who are about to set the bit. So no look-up, operation or prepared
 * context notices.
 *
 * H1 The owner changes under the writer mutexes of the old and the new owner, whatever the state of
 *    the shared bit, by a release store. Who takes the key for writing looks at the owner again
 *    under the mutex (change.h, W2).
 * H2 If another thread than the old owner's hands the key over, it has set the shared bit before: it
 *    looked the key up. So a key stays unshared only in a handoff by its owner's own thread, and
 *    then the receiver's thread is the only one that may treat it as such (own.h): it acquires what
 *    the old owner's thread released.
 * H3 The receiver is pinned: a thread that ends waits, before it parks its shard, until no handoff
 *    to it is under way, and none can begin. So either all keys of a call arrive before the thread
 *    ends its tenancy, or the call fails with nothing done.
 * H4 A call for many keys finds out first whether all exist. One that is destroyed after that counts
 *    as handed over first, destroyed then: that is how it would look had it gone the other way round
 *    by a moment. Mutexes are let go of every KS_HANDOFF_RUN keys.
 *
 * Linearization point, for each key: the store to its owner.
 * Model: models/handoff.pml; pins: models/park.pml. */
#ifndef KS_STORE_HANDOFF_H
#define KS_STORE_HANDOFF_H

#include "store/shard.h"
#include "store/status.h"

#define KS_HANDOFF_RUN 64u /* keys handed over under one locking */

/* Hands keys to the tenancy named to. All or none. The caller's mark stands on the store (W4).
 * KS_NOT_FOUND: one at least names no key. KS_UNKNOWN: no tenancy ever had that name. KS_ENDED: its
 * thread is ending or has ended. */
enum ks_status ks_handoff(struct ks_shard *self, const uint32_t *ids, size_t count,
                          uint32_t to) KS_MUST_CHECK;

/* Hands over all keys of tenancy from: what its shard owns throughout the call; or, if its thread
 * has ended and another has adopted the shard, before the call or meanwhile, what of its own keys it
 * had left there. KS_UNKNOWN, KS_ENDED as above; that from has ended is no error. */
enum ks_status ks_handoff_all(struct ks_shard *self, uint32_t from, uint32_t to) KS_MUST_CHECK;

#endif
