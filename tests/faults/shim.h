/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Allocation functions that fail when they are told to. They stand in this program and so in front
 * of the C library's for every library it has loaded: malloc, calloc, realloc, aligned_alloc,
 * posix_memalign, memalign, mmap, mprotect, mlock, mlock2, madvise.
 *
 * Left alone, since the process ends when they fail, as docs/thread-safety.md says under G12: what
 * liburcu maps for its registry, and what glibc allocates in __cxa_thread_atexit_impl. */
#ifndef TESTS_FAULTS_SHIM_H
#define TESTS_FAULTS_SHIM_H

#include <stdbool.h>

struct fault_plan {
    unsigned long nth; /* the allocation to fail, counted from 1; 0: none */
    bool onwards;      /* and all that follow */
};

/* From here on the calling thread's allocations are counted and fail by the plan. */
void faults_arm(struct fault_plan plan);

/* Ends it; returns how many failed. */
unsigned long faults_disarm(void);

/* Blocks of the heap that are allocated and not freed, of all threads. */
long faults_blocks(void);

/* Allocations of liburcu and glibc that would have failed and were let through, so far. */
unsigned long faults_spared(void);

#endif
