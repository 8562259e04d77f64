/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The writers: publication, replacement and destruction of objects.
 *
 * W1 Who may change a slot word: while it is empty, the thread of the shard that has the slot;
 *    while its shared bit is clear, the thread of the owner's shard, without a mutex and only by a
 *    compare-and-swap that keeps failing once the bit is set (own.h); once the bit is set, whoever
 *    holds the owner's writer mutex. Readers only add the bit.
 * W2 A writer finds the key in a read-side section and sets the bit, whoever owns it; leaves the
 *    section, locks the owner's writer mutex, and looks again, at the id and at the owner of what
 *    is there now; if either has changed it starts over. So from the bit on the owner's thread does
 *    not change the word behind the writer's back.
 * W3 An object joins its destroyer's dying list before it leaves its slot, and leaves the list when
 *    it is wiped; so whoever finds the id gone finds on the lists every object of it that is not
 *    wiped, but for those that nobody else has seen (own.h).
 * W4 Whoever publishes, or moves a key, has, since it saw the store running, a mark standing until
 *    it is done: on the store, or on the object that it copies or replaces. ks_store_stop waits for
 *    all marks before it sweeps.
 *
 * Linearization points: creation, ks_publish's store to the slot word; replacement, ks_replace's
 * exchange; destruction, the exchange in take_out. Models: models/lookup.pml, models/shared.pml,
 * models/handoff.pml, models/replace.pml, models/free.pml. */
#ifndef KS_STORE_CHANGE_H
#define KS_STORE_CHANGE_H

#include "store/object.h"
#include "store/retire.h"
#include "store/shard.h"
#include "store/status.h"

/* Makes an object of size bytes after the header, in state BUILDING, with its users cleared and the
 * thread's own shard as owner; one at a time a thread. NULL where memory is exhausted. */
struct ks_object *ks_object_new(struct ks_shard *shard, size_t size) KS_MUST_CHECK;

/* BUILDING -> freed: wipes it. */
void ks_object_discard(struct ks_shard *shard, struct ks_object *object);

/* Makes sure that the shard has a free slot for ks_publish: leases a chunk if need be. Before
 * any mark or secret. KS_NO_MEMORY: memory or ids are exhausted. */
enum ks_status ks_publish_reserve(struct ks_shard *shard) KS_MUST_CHECK;

/* BUILDING -> PUBLISHED under a new id of its own, which is stored in *id; after
 * ks_publish_reserve, since which the thread has published nothing else. Cannot fail. */
void ks_publish(struct ks_shard *shard, struct ks_object *object, uint32_t *id);

/* As ks_publish, and only if the object source, which the caller has marked, is still the published
 * one of its id at that instant: the writer mutex of its owner is held. KS_CHANGED else. */
enum ks_status ks_publish_copy(struct ks_shard *shard, struct ks_object *object,
                               const struct ks_object *source, uint32_t *id) KS_MUST_CHECK;

/* BUILDING -> PUBLISHED in the place of the id's object, which becomes DYING, on the caller's list
 * (ks_dying_begin): the caller ends it (retire.h) once its own marks are cleared. serial is that of
 * the object from which the caller took what it keeps: KS_CHANGED if another is published now. On
 * failure the object stays BUILDING. */
enum ks_status ks_replace(struct ks_shard *shard, struct ks_object *object, uint32_t id,
                          uint64_t serial, struct ks_dying *dying) KS_MUST_CHECK;

/* PUBLISHED -> freed, or -> LIMBO: when it returns KS_OK no copy of the key is left. Waits unless
 * the caller's thread owns the key and no other has seen it; needs no memory and no shard.
 * KS_NOT_FOUND: there is no such key. KS_BAD_STATE: the caller may not wait. */
enum ks_status ks_destroy(uint32_t id) KS_MUST_CHECK;

/* The same for many, with one grace period for all that need one. Ids of 0 are passed over.
 * KS_NOT_FOUND: one at least named no key; all others are destroyed. */
enum ks_status ks_destroy_many(const uint32_t *ids, size_t count) KS_MUST_CHECK;

/* The same for keys of the calling thread's own tenancy; one that has another owner by then is
 * passed over. */
void ks_destroy_own(struct ks_shard *self, const uint32_t *ids, size_t count);

/* Takes a key for writing (W2). On KS_OK the owner's writer mutex is held, and so the object stays
 * published. The caller is in no section and holds no other writer mutex. */
enum ks_status ks_take_for_writing(uint32_t id, struct ks_shard **owner,
                                   struct ks_object **object) KS_MUST_CHECK;

/* PUBLISHED -> DYING, of what ks_take_for_writing gave; the writer mutex stays held. */
void ks_take_out_locked(struct ks_object *object, struct ks_dying *dying);

/* Locks both writer mutexes, by number; once if they are one. */
void ks_lock_two(struct ks_shard *a, struct ks_shard *b);
void ks_unlock_two(struct ks_shard *a, struct ks_shard *b);

/* The object that is published under the id, or NULL. In a read-side section. */
struct ks_object *ks_published(uint32_t id);

#endif
