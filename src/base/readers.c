/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "base/readers.h"

#include <linux/membarrier.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void note_listed(void)
{
#ifdef KS_SANITIZED
    ks_thread.reader = 0;
#else
    ks_thread.reader = (uintptr_t) URCU_TLS(urcu_bp_reader);
    ks_thread.fenceless = urcu_bp_has_sys_membarrier || KS_MUTANT == KS_MUTANT_ALWAYS_FENCELESS
                              ? ks_thread.reader
                              : KS_NO_READER;
#endif
}

#if KS_SHORT_GRACE

#define BLOCK_WORDS 62u
#define PATIENCE 200u /* looks at words that are not 0, in one grace period: some 5 us */

struct block {
    struct block *_Atomic next;
    _Atomic size_t count; /* release after the word is there; acquire before it is read */
    unsigned long *words[BLOCK_WORDS];
};

/* Written under the attach mutex. */
static struct block first;
static struct block *last = &first;

static _Atomic bool incomplete; /* never false again */

static bool is_listed(const unsigned long *word)
{
    for (struct block *block = &first; block != NULL; block = block->next) {
        for (size_t i = 0; i < block->count; i++) {
            if (block->words[i] == word) {
                return true;
            }
        }
    }
    return false;
}

/* Room in the last block. */
static bool make_room(void)
{
    if (last->count == BLOCK_WORDS) {
        struct block *block = calloc(1, sizeof *block);

        if (block == NULL) {
            return false;
        }
        atomic_store_explicit(&last->next, block, memory_order_release);
        last = block;
    }
    return true;
}

void ks_readers_list_locked(void)
{
    unsigned long *word = &URCU_TLS(urcu_bp_reader)->ctr;

    if (!is_listed(word)) {
        if (make_room()) {
            size_t count = last->count;

            last->words[count] = word;
            atomic_store_explicit(&last->count, count + 1, memory_order_release);
        } else {
            ks_readers_go_unlisted();
        }
    }
    note_listed();
}

void ks_readers_go_unlisted(void)
{
    atomic_store_explicit(&incomplete, true, memory_order_relaxed); /* D1; D3 orders it */
}

static bool wait_for(const unsigned long *word, unsigned *looks)
{
    while ((CMM_LOAD_SHARED(*word) & URCU_BP_GP_CTR_NEST_MASK) != 0 &&
           KS_MUTANT != KS_MUTANT_NO_READER_WAIT) {
        if (++*looks > PATIENCE) {
            return false;
        }
        caa_cpu_relax();
    }
    return true;
}

static bool wait_for_each(void)
{
    unsigned looks = 0;

    for (struct block *block = &first; block != NULL;
         block = atomic_load_explicit(&block->next, memory_order_acquire)) {
        size_t count = atomic_load_explicit(&block->count, memory_order_acquire);

        for (size_t i = 0; i < count; i++) {
            if (!wait_for(block->words[i], &looks)) {
                return false;
            }
        }
    }
    atomic_thread_fence(memory_order_acquire); /* what the sections did; release: leaving them */
    return true;
}

/* liburcu has registered the process for it. */
static bool membarrier(void)
{
    return KS_MUTANT == KS_MUTANT_NO_READER_BARRIER ||
           syscall(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

static bool is_complete(void)
{
    return !atomic_load_explicit(&incomplete, memory_order_relaxed);
}

bool ks_readers_synchronize(void)
{
    return ks_rcu_attached() && urcu_bp_has_sys_membarrier && is_complete() && membarrier() &&
           is_complete() && wait_for_each();
}

#else

void ks_readers_list_locked(void)
{
    note_listed();
}

void ks_readers_go_unlisted(void)
{
}

bool ks_readers_synchronize(void)
{
    return false;
}

#endif
