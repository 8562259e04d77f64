/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Secret memory: where key material and prepared contexts live.
 *
 * Each mapping is excluded from core dumps, locked against swap as far as RLIMIT_MEMLOCK allows
 * (how much is not locked is counted), and has an inaccessible page on either side. Blocks come
 * from slabs of one size class, 32 KiB each; a slab whose blocks are all free serves any class
 * again.
 *
 * M1 Blocks come zeroed and are given back wiped by the caller: the arena writes a link into the
 *    first
 *    8 bytes of a free block and takes it out again before it hands the block on.
 * M2 A block may be freed by any thread; it goes back to the arena that it came from. */
#ifndef KS_BASE_SECMEM_H
#define KS_BASE_SECMEM_H

#include "base/lock.h"

#define KS_SECMEM_MAX 16384u  /* largest block, in bytes */
#define KS_SECMEM_CLASSES 84u /* 64 classes of 8 bytes each, then four for each doubling */

struct ks_slab;

/* One a shard. All fields are guarded by the mutex, but for in_use. */
struct ks_arena {
    struct ks_mutex mutex;
    struct ks_slab *partial[KS_SECMEM_CLASSES]; /* slabs with a free block */
    struct ks_slab *empty;                      /* slabs without a block in use, of no class */
    unsigned region_slabs;                      /* slabs to map next time */
    size_t mapped;                              /* bytes */
    _Atomic uint64_t in_use;                    /* bytes handed out; read freely */
};

struct ks_secmem_totals {
    uint64_t mapped;
    uint64_t locked;
};

void ks_arena_init(struct ks_arena *arena, unsigned number);

/* Gives size bytes of zeros, aligned to 16 if size is a multiple of 16, else to 8; NULL where
 * memory is exhausted or size is over KS_SECMEM_MAX. May map memory: call it with no writer mutex
 * held. */
void *ks_secmem_alloc(struct ks_arena *arena, size_t size) KS_MUST_CHECK;

/* Takes a block back; size as at its allocation. The caller has wiped it. */
void ks_secmem_free(void *block, size_t size);

/* Bytes that a block of this size takes. */
size_t ks_secmem_charge_large(size_t size);

static inline size_t ks_secmem_charge(size_t size)
{
    return size - 1 < 512 ? (size + 7) & ~(size_t) 7 : ks_secmem_charge_large(size);
}

struct ks_secmem_totals ks_secmem_totals(void);

/* In a fork's child: locks are not inherited, so all mappings are locked again. */
void ks_secmem_fork_child(void);

#endif
