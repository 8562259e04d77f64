/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "base/map.h"
#include "base/secmem.h"
#include "base/wipe.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLAB_SIZE 32768u
#define SLAB_HEADER 64u
#define REGION_SLABS_MAX 64u       /* 2 MiB a mapping once an arena has grown: */
#define HUGE_PAGE (2u << 20)       /* what a huge page takes */
#define HUGE_FROM (16u << 20)      /* bytes of an arena from which it asks for them */

_Static_assert(REGION_SLABS_MAX * SLAB_SIZE == HUGE_PAGE, "the largest mapping is one huge page");

struct free_block {
    struct free_block *next;
};

/* Stands at the start of each slab, which is aligned to its size. Guarded by the arena's mutex. */
struct ks_slab {
    struct ks_arena *arena; /* immutable once mapped */
    struct ks_slab *next;   /* in a list of partial or empty slabs */
    struct ks_slab **link;  /* what points to this slab, or NULL while it is in no list */
    struct free_block *free;
    uint32_t size;          /* of a block */
    uint32_t untouched;     /* offset of the first block never handed out: still zero */
    uint16_t used;
    uint8_t class;
};

_Static_assert(sizeof(struct ks_slab) <= SLAB_HEADER, "the header fits before the first block");
_Static_assert(KS_SECMEM_MAX + SLAB_HEADER <= SLAB_SIZE, "a slab holds the largest block");

/* Known to the fork handler; only grows. */
struct region {
    struct region *next;
    void *start;
    size_t size;
};

static _Atomic(struct region *) regions;
static _Atomic uint64_t mapped_bytes;
static _Atomic uint64_t locked_bytes;

/* Classes step by 8 up to 512 bytes, then by a quarter of each power of two. */
static unsigned class_of(size_t size, uint32_t *rounded)
{
    if (size <= 512) {
        unsigned class = size == 0 ? 0 : (unsigned) ((size - 1) / 8);

        *rounded = (class + 1) * 8;
        return class;
    }
    unsigned octave = 0;
    size_t base = 512;

    while (size > 2 * base) {
        base *= 2;
        octave++;
    }
    size_t quarter = (size - base + base / 4 - 1) / (base / 4);

    *rounded = (uint32_t) (base + quarter * (base / 4));
    return 64 + octave * 4 + (unsigned) quarter - 1;
}

static void slab_link(struct ks_slab *slab, struct ks_slab **list)
{
    slab->next = *list;
    slab->link = list;
    if (slab->next != NULL) {
        slab->next->link = &slab->next;
    }
    *list = slab;
}

static void slab_unlink(struct ks_slab *slab)
{
    *slab->link = slab->next;
    if (slab->next != NULL) {
        slab->next->link = slab->link;
    }
    slab->link = NULL;
}

static void lock_region(void *start, size_t size)
{
    if (mlock2(start, size, MLOCK_ONFAULT) == 0) {
        atomic_fetch_add_explicit(&locked_bytes, size, memory_order_relaxed);
    }
}

/* A large arena takes huge pages, so that keys in random order do not wait for page tables too, and
 * a fault brings room for 23,000 keys instead of 46. A small one would waste a part of its last. */
static void *map_region(const struct ks_arena *arena, size_t size)
{
    size_t page = (size_t) sysconf(_SC_PAGESIZE);
    bool huge = size == HUGE_PAGE && arena->mapped >= HUGE_FROM;
    size_t align = huge ? HUGE_PAGE : page > SLAB_SIZE ? page : SLAB_SIZE;
    void *start = ks_map_aligned(size, align, page);

    if (start != NULL) {
        madvise(start, size, MADV_DONTDUMP);
    }
    if (huge && start != NULL) {
        madvise(start, size, MADV_HUGEPAGE);
    }
    return start;
}

/* Adds mapped slabs to the arena's empty ones. Mutex held. */
static bool grow_locked(struct ks_arena *arena)
{
    struct region *region = malloc(sizeof *region);
    unsigned count = arena->region_slabs;

    if (region == NULL) {
        return false;
    }
    region->size = (size_t) count * SLAB_SIZE;
    region->start = map_region(arena, region->size);
    if (region->start == NULL) {
        free(region);
        return false;
    }
    lock_region(region->start, region->size);
    arena->mapped += region->size;
    atomic_fetch_add_explicit(&mapped_bytes, region->size, memory_order_relaxed);
    for (unsigned i = count; i > 0; i--) {
        struct ks_slab *slab = (void *) ((char *) region->start + (size_t) (i - 1) * SLAB_SIZE);

        slab->arena = arena;
        slab_link(slab, &arena->empty);
    }
    if (arena->region_slabs < REGION_SLABS_MAX) {
        arena->region_slabs *= 2;
    }
    region->next = atomic_load_explicit(&regions, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&regions, &region->next, region,
                                                  memory_order_release, memory_order_relaxed)) {
    }
    return true;
}

void ks_arena_init(struct ks_arena *arena, unsigned number)
{
    ks_mutex_init(&arena->mutex, KS_RANK_MEMORY, number);
    arena->region_slabs = 2;
}

/* Turns an empty slab into one of the class. Mutex held. */
static struct ks_slab *slab_start_locked(struct ks_arena *arena, unsigned class, uint32_t size)
{
    if (arena->empty == NULL && !grow_locked(arena)) {
        return NULL;
    }
    struct ks_slab *slab = arena->empty;

    slab_unlink(slab);
    if (slab->size != size) {
        /* Blocks of another size left their links and zeros behind: start from clean memory. */
        if (slab->untouched > SLAB_HEADER) {
            ks_wipe((char *) slab + SLAB_HEADER, slab->untouched - SLAB_HEADER);
        }
        slab->free = NULL;
        slab->untouched = SLAB_HEADER;
        slab->size = size;
        slab->class = (uint8_t) class;
    }
    slab_link(slab, &arena->partial[class]);
    return slab;
}

static void *take_locked(struct ks_slab *slab)
{
    void *block = slab->free;

    if (block != NULL) {
        slab->free = slab->free->next;
        ((struct free_block *) block)->next = NULL;
    } else {
        block = (char *) slab + slab->untouched;
        slab->untouched += slab->size;
    }
    slab->used++;
    if (slab->free == NULL && slab->untouched + slab->size > SLAB_SIZE) {
        slab_unlink(slab);
    }
    return block;
}

static void count_in_use(struct ks_arena *arena, int64_t change)
{
    uint64_t now = atomic_load_explicit(&arena->in_use, memory_order_relaxed);

    atomic_store_explicit(&arena->in_use, now + (uint64_t) change, memory_order_relaxed);
}

void *ks_secmem_alloc(struct ks_arena *arena, size_t size)
{
    uint32_t rounded;
    void *block = NULL;

    if (size > KS_SECMEM_MAX) {
        return NULL;
    }
    unsigned class = class_of(size, &rounded);

    ks_mutex_lock(&arena->mutex);
    struct ks_slab *slab = arena->partial[class];

    if (slab == NULL) {
        slab = slab_start_locked(arena, class, rounded);
    }
    if (slab != NULL) {
        block = take_locked(slab);
        count_in_use(arena, rounded);
    }
    ks_mutex_unlock(&arena->mutex);
    return block;
}

void ks_secmem_free(void *block, size_t size)
{
    struct ks_slab *slab = (void *) ((uintptr_t) block & ~(uintptr_t) (SLAB_SIZE - 1));
    struct ks_arena *arena = slab->arena;
    uint32_t rounded;
    unsigned class = class_of(size, &rounded);
    struct free_block *freed = block;

    ks_mutex_lock(&arena->mutex);
    freed->next = slab->free;
    slab->free = freed;
    slab->used--;
    if (slab->link == NULL) {
        slab_link(slab, &arena->partial[class]);
    }
    /* The last partial slab of a class stays, so that one key made and destroyed over and over does
     * not turn a slab round each time. */
    if (slab->used == 0 && (arena->partial[class] != slab || slab->next != NULL)) {
        slab_unlink(slab);
        slab_link(slab, &arena->empty);
    }
    count_in_use(arena, -(int64_t) rounded);
    ks_mutex_unlock(&arena->mutex);
}

size_t ks_secmem_charge_large(size_t size)
{
    uint32_t rounded;

    (void) class_of(size, &rounded);
    return rounded;
}

struct ks_secmem_totals ks_secmem_totals(void)
{
    struct ks_secmem_totals totals = {
        atomic_load_explicit(&mapped_bytes, memory_order_relaxed),
        atomic_load_explicit(&locked_bytes, memory_order_relaxed),
    };

    return totals;
}

void ks_secmem_fork_child(void)
{
    atomic_store_explicit(&locked_bytes, 0, memory_order_relaxed);
    struct region *first = atomic_load_explicit(&regions, memory_order_acquire);

    for (struct region *r = first; r != NULL; r = r->next) {
        lock_region(r->start, r->size);
    }
}
