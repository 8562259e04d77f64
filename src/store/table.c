/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/table.h"
#include "base/lock.h"
#include "base/rcu.h"

#include <stdlib.h>
#include <string.h>

_Atomic(struct ks_directory *) ks_table;

/* Guards the publication of ks_table. Nothing is allocated inside. */
static struct ks_mutex directory_mutex = KS_MUTEX_INIT(KS_RANK_DIRECTORY);

static struct ks_chunk *chunk_new(uint16_t home)
{
    struct ks_chunk *chunk = aligned_alloc(KS_CACHE_LINE, sizeof *chunk);

    if (chunk != NULL) {
        memset(chunk, 0, sizeof *chunk);
        chunk->home = home;
    }
    return chunk;
}

static uint32_t count_of(const struct ks_directory *directory)
{
    return directory == NULL ? 0 : directory->count;
}

/* Publishes clone, which has room for count chunks, as a copy of what is published plus chunk. Gives
 * false, and publishes nothing, if the table has grown meanwhile. */
static bool publish_clone(struct ks_directory *clone, uint32_t count, struct ks_chunk *chunk,
                          struct ks_directory **old)
{
    bool done = false;

    ks_mutex_lock(&directory_mutex);
    *old = atomic_load_explicit(&ks_table, memory_order_relaxed);
    if (count_of(*old) + 1 == count) {
        if (*old != NULL) {
            memcpy(clone->chunks, (*old)->chunks, (count - 1) * sizeof clone->chunks[0]);
        }
        clone->chunks[count - 1] = chunk;
        clone->count = count;
        atomic_store_explicit(&ks_table, clone, memory_order_release); /* acquire: ks_table_chunk */
        done = true;
    }
    ks_mutex_unlock(&directory_mutex);
    return done;
}

struct ks_chunk *ks_table_grow(uint16_t home, uint32_t *first)
{
    struct ks_chunk *chunk = chunk_new(home);
    struct ks_directory *old = NULL;
    bool done = false;

    while (chunk != NULL && !done) {
        ks_rcu_read_lock();
        uint32_t count = ks_table_slots() / KS_CHUNK_SLOTS + 1;
        ks_rcu_read_unlock();
        struct ks_directory *clone = NULL;

        if (count * KS_CHUNK_SLOTS <= KS_SLOT_LIMIT) {
            clone = malloc(sizeof *clone + count * sizeof clone->chunks[0]);
        }
        if (clone == NULL) {
            free(chunk);
            return NULL;
        }
        done = publish_clone(clone, count, chunk, &old);
        if (done) {
            *first = (count - 1) * KS_CHUNK_SLOTS;
        } else {
            free(clone);
        }
    }
    if (old != NULL && done) {
        ks_rcu_synchronize();
        free(old);
    }
    return chunk;
}

uint32_t ks_table_slots(void)
{
    return count_of(atomic_load_explicit(&ks_table, memory_order_acquire)) * KS_CHUNK_SLOTS;
}

void ks_table_fork_prepare(void)
{
    ks_mutex_lock_for_fork(&directory_mutex);
}

void ks_table_fork_done(void)
{
    ks_mutex_unlock_for_fork(&directory_mutex);
}
