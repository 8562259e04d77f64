/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The writers: publication, replacement and destruction of objects.
 *
 * W1 A slot word changes only under the writer mutex of the shard that owns the key in it (for an
 *    empty slot: of the shard that took the slot); readers only add the shared bit.
 * W2 A writer finds the owner in a read-side section, leaves it, locks, and looks again, at the id
 *    and at the owner of what is there now; if either has changed it starts over.
 * W3 An object joins its owner's dying list before it leaves its slot, and leaves the list when it
 *    is wiped; so whoever finds the id gone finds on the lists every object of it that is not
 *    wiped.
 * W4 Whoever publishes has, since it saw the store running, a mark standing until it is done: on
 *    the store, or on the object that it copies or replaces. ks_store_stop waits for all marks
 *    before it sweeps.
 *
 * Linearization points: creation, ks_publish's store to the slot word; replacement, ks_replace's
 * compare-and-swap; destruction, ks_destroy's exchange.
 * Models: models/lookup.pml, models/shared.pml, models/replace.pml, models/free.pml. */
#ifndef KS_STORE_CHANGE_H
#define KS_STORE_CHANGE_H

#include "store/object.h"
#include "store/shard.h"
#include "store/status.h"

/* Makes an object of size bytes after the header, in state BUILDING, with its users cleared and the
 * thread's own shard as owner; one at a time a thread. NULL where memory is exhausted. */
struct ks_object *ks_object_new(struct ks_shard *shard, size_t size) KS_MUST_CHECK;

/* BUILDING -> freed: wipes it. */
void ks_object_discard(struct ks_shard *shard, struct ks_object *object);

/* Makes sure that the shard has a free slot for ks_publish: leases a chunk if need be, for which it
 * waits. Before any mark or secret. KS_NO_MEMORY: memory or ids are exhausted. */
enum ks_status ks_publish_reserve(struct ks_shard *shard) KS_MUST_CHECK;

/* BUILDING -> PUBLISHED under a new id of its own, which is stored in *id; after
 * ks_publish_reserve, since which the thread has published nothing else. Cannot fail. */
void ks_publish(struct ks_shard *shard, struct ks_object *object, uint32_t *id);

/* As ks_publish, and only if the object source, which the caller has marked, is still the published
 * one of its id at that instant: the writer mutexes of both owners are held, by number. KS_CHANGED
 * else. */
enum ks_status ks_publish_copy(struct ks_shard *shard, struct ks_object *object,
                               const struct ks_object *source, uint32_t *id) KS_MUST_CHECK;

/* BUILDING -> PUBLISHED in the place of the id's object, which becomes *old and DYING: the caller
 * passes it to ks_retire once its own marks are cleared. serial is that of the object from which
 * the caller took what it keeps: KS_CHANGED if another is published now. On failure the object
 * stays BUILDING. */
enum ks_status ks_replace(struct ks_shard *shard, struct ks_object *object, uint32_t id,
                          uint64_t serial, struct ks_shard **owner,
                          struct ks_object **old) KS_MUST_CHECK;

/* PUBLISHED -> DYING -> freed: when it returns KS_OK no copy of the key is left. Waits; needs no
 * memory and no shard. KS_NOT_FOUND: there is no such key. */
enum ks_status ks_destroy(uint32_t id) KS_MUST_CHECK;

#endif
