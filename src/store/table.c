/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/table.h"
#include "base/lock.h"
#include "base/map.h"
#include "base/wipe.h"

#include <stdlib.h>
#include <sys/mman.h>

#define CHUNKS_MAX (KS_SLOT_LIMIT / KS_CHUNK_SLOTS)

struct ks_table ks_table;

/* Guards growth, the chunks that nobody leases, and the memory for new ones. Nothing is allocated
 * inside. */
static struct ks_mutex table_mutex = KS_MUTEX_INIT(KS_RANK_TABLE);
static struct ks_chunk *spare;       /* given back; guarded by the mutex */
static _Atomic uint32_t chunk_count; /* entries that are filled; written under the mutex */

/* Chunks beyond the first ones lie side by side in regions of the size of a huge page, so that
 * look-ups in random order do not wait for page tables too. A smaller table would waste most of a
 * region: it has its chunks from the C library, as a larger one has where no region is to be had.
 * Regions are never unmapped. Guarded by the table mutex. */
#define REGION_SIZE ((size_t) 2 << 20)
#define REGION_CHUNKS (REGION_SIZE / sizeof(struct ks_chunk))

static struct {
    char *next;  /* a region's bytes that are in no chunk yet */
    size_t room; /* how many there are */
} regions;

static char *map_region(void)
{
    char *region = ks_map_aligned(REGION_SIZE, REGION_SIZE, 0);

    if (region != NULL) {
        madvise(region, REGION_SIZE, MADV_HUGEPAGE);
    }
    return region;
}

static struct ks_chunk *carve_locked(void)
{
    struct ks_chunk *chunk = NULL;

    if (regions.room >= sizeof *chunk) {
        chunk = (struct ks_chunk *) regions.next;
        regions.next += sizeof *chunk;
        regions.room -= sizeof *chunk;
    }
    return chunk;
}

/* Goes on in the region, if what there was is used up still; else unmaps it. */
static void add_region(char *region)
{
    ks_mutex_lock(&table_mutex);
    bool wanted = regions.room < sizeof(struct ks_chunk);

    if (wanted) {
        regions.next = region;
        regions.room = REGION_SIZE;
    }
    ks_mutex_unlock(&table_mutex);
    if (!wanted) {
        munmap(region, REGION_SIZE);
    }
}

/* A chunk of a region, or NULL. */
static struct ks_chunk *carve(void)
{
    for (;;) {
        ks_mutex_lock(&table_mutex);
        struct ks_chunk *chunk = carve_locked();

        ks_mutex_unlock(&table_mutex);
        if (chunk != NULL) {
            return chunk;
        }
        char *region = map_region();

        if (region == NULL) {
            return NULL;
        }
        add_region(region);
    }
}

/* A chunk of zeros, or NULL. */
static struct ks_chunk *chunk_new(bool large)
{
    struct ks_chunk *chunk = large ? carve() : NULL;

    if (chunk == NULL) {
        chunk = aligned_alloc(KS_CACHE_LINE, sizeof *chunk);
    }
    if (chunk != NULL) {
        ks_wipe(chunk, sizeof *chunk); /* also so that no page is first touched under a lock */
    }
    return chunk;
}

/* Links a new chunk's slots in order. */
static void chunk_link(struct ks_chunk *chunk)
{
    chunk->first = chunk->index * KS_CHUNK_SLOTS;
    chunk->last = chunk->first + KS_CHUNK_SLOTS - 1;
    for (uint32_t i = 0; i < KS_CHUNK_SLOTS; i++) {
        chunk->meta[i] = i + 1 < KS_CHUNK_SLOTS ? chunk->first + i + 1 : KS_SLOT_NONE;
    }
}

/* Fills the next entry; false if there is none. */
static bool publish(struct ks_chunk *chunk)
{
    ks_mutex_lock(&table_mutex);
    uint32_t count = atomic_load_explicit(&chunk_count, memory_order_relaxed);
    bool room = count < CHUNKS_MAX;

    if (room) {
        chunk->index = count;
        /* Release; acquire: ks_table_chunk. */
        atomic_store_explicit(&ks_table.chunks[count], chunk, memory_order_release);
        /* Release; acquire: ks_table_slots. */
        atomic_store_explicit(&chunk_count, count + 1, memory_order_release);
    }
    ks_mutex_unlock(&table_mutex);
    return room;
}

/* Where threads race for the last entry the chunks of the others are lost, once in a process. */
static struct ks_chunk *ks_table_grow(void)
{
    uint32_t count = ks_table_slots() / KS_CHUNK_SLOTS;
    struct ks_chunk *chunk = count < CHUNKS_MAX ? chunk_new(count >= REGION_CHUNKS) : NULL;

    if (chunk == NULL || !publish(chunk)) {
        return NULL;
    }
    chunk_link(chunk); /* others look at its words at most, and at home, which is nobody's */
    return chunk;
}

static struct ks_chunk *take_spare(void)
{
    ks_mutex_lock(&table_mutex);
    struct ks_chunk *chunk = spare;

    if (chunk != NULL) {
        spare = chunk->next;
    }
    ks_mutex_unlock(&table_mutex);
    return chunk;
}

struct ks_chunk *ks_table_lease(uint16_t home, bool fresh)
{
    struct ks_chunk *chunk = fresh ? NULL : take_spare();

    if (chunk == NULL) {
        chunk = ks_table_grow();
    }
    if (chunk != NULL) {
        atomic_store_explicit(&chunk->home, home, memory_order_relaxed);
        chunk->next = NULL;
    }
    return chunk;
}

/* At the end of the spare ones, so that ids stay away for as long as can be. */
void ks_table_give_back(struct ks_chunk *chunks)
{
    ks_mutex_lock(&table_mutex);
    struct ks_chunk **end = &spare;

    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = chunks;
    ks_mutex_unlock(&table_mutex);
}

uint32_t ks_table_slots(void)
{
    /* Acquire; partner: the release store in publish (T4). */
    return atomic_load_explicit(&chunk_count, memory_order_acquire) * KS_CHUNK_SLOTS;
}

void ks_table_fork_prepare(void)
{
    ks_mutex_lock_for_fork(&table_mutex);
}

void ks_table_fork_done(void)
{
    ks_mutex_unlock_for_fork(&table_mutex);
}
