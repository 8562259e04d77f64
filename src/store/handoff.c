/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/handoff.h"
#include "base/rcu.h"
#include "store/change.h"
#include "store/lookup.h"
#include "store/table.h"

static struct ks_object *find(const struct ks_shard *self, uint32_t id)
{
    return KS_MUTANT == KS_MUTANT_HAND_UNSHARED ? ks_published(id) : ks_lookup(self, id);
}

/* The number of the shard that owns the key, 0 if there is none; shared unless it is self's (H2).
 */
static uint32_t owner_of(const struct ks_shard *self, uint32_t id)
{
    uint32_t number = 0;

    ks_rcu_read_lock();
    const struct ks_object *object = find(self, id);

    if (object != NULL) {
        number = ks_object_owner(object);
    }
    ks_rcu_read_unlock();
    return number;
}

static bool all_exist(const struct ks_shard *self, const uint32_t *ids, size_t count)
{
    size_t i = 0;

    while (i < count && owner_of(self, ids[i]) != 0) {
        i++;
    }
    return i == count;
}

/* Whether a key that a shard owns is one of the tenancy: of its present or last one, whenever it
 * came to it, or left by an earlier one, before another thread adopted the shard. Exact under the
 * owner's writer mutex; else a guess. */
static bool is_of(const struct ks_object *object, const struct ks_shard *owner, uint32_t tenancy)
{
    return ks_shard_name(owner) == tenancy || ks_object_tenancy(object) == tenancy;
}

/* Hands one key over. Both writer mutexes are held. only: if it is of this tenancy, or 0. False if
 * it has another owner. */
static bool move_locked(struct ks_shard *self, const struct ks_shard *from,
                        const struct ks_shard *to, uint32_t id, uint32_t only)
{
    bool done = true;

    ks_rcu_read_lock();
    struct ks_object *object = find(self, id);

    if (object != NULL) {
        uint32_t number = ks_object_owner(object);

        done = number == from->number || number == to->number;
        if (number == from->number && (only == 0 || is_of(object, from, only))) {
            if (number == self->number) {
                ks_records_disarm(&self->records, object); /* R6 */
            }
            ks_object_set_tenancy(object, ks_shard_name(to));
            atomic_fetch_or_explicit(&object->users, KS_OBJECT_HANDED, memory_order_relaxed);
            atomic_store_explicit(&object->owner, to->number, memory_order_release); /* H1 */
            ks_count(&self->counters.handed);
        }
    }
    ks_rcu_read_unlock();
    return done;
}

/* Hands over the first keys of a list, those of one owner, at most KS_HANDOFF_RUN; gives how many
 * it went past. only: leaves the keys that are not of this tenancy, if it is not 0. */
static size_t move_run(struct ks_shard *self, const uint32_t *ids, size_t count, uint32_t only,
                       struct ks_shard *to)
{
    uint32_t number = owner_of(self, ids[0]);
    size_t i = 0;

    if (number == 0 || number == to->number) {
        return 1; /* gone meanwhile (H4), or there already */
    }
    struct ks_shard *from = ks_shard_by_number(number);

    ks_lock_two(from, to);
    while (i < count && i < KS_HANDOFF_RUN && move_locked(self, from, to, ids[i], only)) {
        i++;
    }
    if (i > 0) {
        to->given = true;
    }
    ks_unlock_two(from, to);
    return i;
}

/* Refuses further ends of the tenancy until ks_unpin (H3). */
static enum ks_status pin(uint32_t name, struct ks_shard **shard)
{
    enum ks_status status = ks_shard_find(name, shard);

    if (status != KS_OK) {
        return status;
    }
    ks_mutex_lock(&(*shard)->writer);
    if (ks_shard_name(*shard) != name || (*shard)->closing) {
        status = KS_ENDED;
    } else {
        atomic_fetch_add_explicit(&(*shard)->pins, 1, memory_order_relaxed);
    }
    ks_mutex_unlock(&(*shard)->writer);
    return status;
}

/* Release: the keys are there for a thread that reads 0 and ends (acquire: ks_shard_close). */
static void unpin(struct ks_shard *shard)
{
    atomic_fetch_sub_explicit(&shard->pins, 1, memory_order_release);
}

enum ks_status ks_handoff(struct ks_shard *self, const uint32_t *ids, size_t count, uint32_t to)
{
    struct ks_shard *receiver;
    enum ks_status status = pin(to, &receiver);

    if (status != KS_OK) {
        return status;
    }
    if (all_exist(self, ids, count)) {
        for (size_t i = 0; i < count;) {
            i += move_run(self, ids + i, count - i, 0, receiver);
        }
    } else {
        status = KS_NOT_FOUND;
    }
    unpin(receiver);
    return status;
}

/* Collects up to KS_HANDOFF_RUN ids that seem to be of the tenancy, from slot *cursor on, within
 * one chunk. */
static size_t collect(uint32_t tenancy, uint32_t *cursor, uint32_t *ids)
{
    size_t n = 0;

    ks_rcu_read_lock();
    do {
        const struct ks_object *object =
            ks_word_object(atomic_load_explicit(ks_table_word(*cursor), memory_order_acquire));

        if (object != NULL &&
            is_of(object, ks_shard_by_number(ks_object_owner(object)), tenancy)) {
            ids[n++] = object->id;
        }
        ++*cursor;
    } while (n < KS_HANDOFF_RUN && *cursor % KS_CHUNK_SLOTS != 0);
    ks_rcu_read_unlock();
    return n;
}

static void move_all(struct ks_shard *self, uint32_t from, struct ks_shard *to)
{
    uint32_t ids[KS_HANDOFF_RUN];
    uint32_t cursor = 0;
    uint32_t end = ks_table_slots();

    while (cursor < end) {
        size_t count = collect(from, &cursor, ids);

        for (size_t i = 0; i < count;) {
            i += move_run(self, ids + i, count - i, from, to);
        }
    }
}

enum ks_status ks_handoff_all(struct ks_shard *self, uint32_t from, uint32_t to)
{
    struct ks_shard *ignored;
    struct ks_shard *receiver;

    if (ks_shard_find(from, &ignored) == KS_UNKNOWN) {
        return KS_UNKNOWN;
    }
    enum ks_status status = pin(to, &receiver);

    if (status == KS_OK) {
        move_all(self, from, receiver);
        unpin(receiver);
    }
    return status;
}
