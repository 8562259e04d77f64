/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/tenancy.h"
#include "base/rcu.h"
#include "store/change.h"
#include "store/table.h"

#define AT_A_TIME 64u

/* Whether keys of the tenancy may be in a chunk: in one that the shard leases, or, if any was
 * handed to it, anywhere. */
static bool is_of_interest(const struct ks_shard *self, const struct ks_chunk *chunk)
{
    return self->given ||
           atomic_load_explicit(&chunk->home, memory_order_relaxed) == self->number;
}

/* Collects up to AT_A_TIME ids, from slot *cursor on, within one chunk. Under the own writer mutex,
 * so that a key that others have seen does not change either (W1). */
static size_t collect(struct ks_shard *self, uint32_t *cursor, uint32_t *ids)
{
    size_t n = 0;

    ks_mutex_lock(&self->writer);
    ks_rcu_read_lock();
    struct ks_chunk *chunk = ks_table_chunk(*cursor);

    if (!is_of_interest(self, chunk)) {
        *cursor += KS_CHUNK_SLOTS;
    } else {
        do {
            const struct ks_object *object = ks_word_object(atomic_load_explicit(
                &chunk->word[*cursor % KS_CHUNK_SLOTS], memory_order_acquire));

            if (object != NULL && ks_object_owner(object) == self->number &&
                ks_object_tenancy(object) == ks_shard_name(self)) {
                ids[n++] = object->id;
            }
            ++*cursor;
        } while (n < AT_A_TIME && *cursor % KS_CHUNK_SLOTS != 0);
    }
    ks_rcu_read_unlock();
    ks_mutex_unlock(&self->writer);
    return n;
}

void ks_tenancy_destroy(struct ks_shard *self)
{
    uint32_t ids[AT_A_TIME];
    uint32_t cursor = 0;
    uint32_t end = ks_table_slots();

    while (cursor < end) {
        ks_destroy_own(self, ids, collect(self, &cursor, ids));
    }
}
