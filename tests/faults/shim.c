/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc's own, under the names that nobody stands in front of. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

/* The address sanitizer's, where it is linked in. */
void *__interceptor_malloc(size_t size) __attribute__((weak));
void *__interceptor_calloc(size_t count, size_t size) __attribute__((weak));
void *__interceptor_realloc(void *block, size_t size) __attribute__((weak));
void *__interceptor_memalign(size_t alignment, size_t size) __attribute__((weak));
void __interceptor_free(void *block) __attribute__((weak));

/* They run before the address sanitizer has been set up. */
#define PLAIN __attribute__((no_sanitize("address", "undefined")))

static _Thread_local struct {
    struct fault_plan plan;
    unsigned long seen;
    unsigned long failed;
} state;

static atomic_long blocks;
static atomic_ulong spared;

void faults_arm(struct fault_plan plan)
{
    state.seen = 0;
    state.failed = 0;
    state.plan = plan;
}

unsigned long faults_disarm(void)
{
    state.plan.nth = 0;
    return state.failed;
}

long faults_blocks(void)
{
    return atomic_load(&blocks);
}

unsigned long faults_spared(void)
{
    return atomic_load(&spared);
}

/* Whether the process would end if this caller's allocation failed. */
PLAIN static bool must_spare(const void *caller)
{
    Dl_info info;

    if (dladdr(caller, &info) == 0) {
        return false;
    }
    return strstr(info.dli_fname, "liburcu") != NULL ||
           (info.dli_sname != NULL && strcmp(info.dli_sname, "__cxa_thread_atexit_impl") == 0);
}

PLAIN static bool fails(const void *caller)
{
    unsigned long nth = state.plan.nth;

    if (nth == 0 || ++state.seen < nth || (state.seen > nth && !state.plan.onwards)) {
        return false;
    }
    state.plan.nth = 0; /* dladdr must not come back here */
    bool spare = must_spare(caller);

    state.plan.nth = nth;
    if (spare) {
        atomic_fetch_add(&spared, 1);
        return false;
    }
    state.failed++;
    errno = ENOMEM;
    return true;
}

#define CALLER __builtin_return_address(0)

PLAIN static void *count(void *block)
{
    if (block != NULL) {
        atomic_fetch_add(&blocks, 1);
    }
    return block;
}

PLAIN void *malloc(size_t size)
{
    if (fails(CALLER)) {
        return NULL;
    }
    return count(__interceptor_malloc != NULL ? __interceptor_malloc(size) : __libc_malloc(size));
}

PLAIN void *calloc(size_t number, size_t size)
{
    if (fails(CALLER)) {
        return NULL;
    }
    return count(__interceptor_calloc != NULL ? __interceptor_calloc(number, size)
                                              : __libc_calloc(number, size));
}

PLAIN void *realloc(void *block, size_t size)
{
    if (fails(CALLER)) {
        return NULL;
    }
    void *moved = __interceptor_realloc != NULL ? __interceptor_realloc(block, size)
                                                : __libc_realloc(block, size);

    return block == NULL ? count(moved) : moved;
}

PLAIN static void *aligned(size_t alignment, size_t size)
{
    return count(__interceptor_memalign != NULL ? __interceptor_memalign(alignment, size)
                                                : __libc_memalign(alignment, size));
}

PLAIN void *memalign(size_t alignment, size_t size)
{
    return fails(CALLER) ? NULL : aligned(alignment, size);
}

PLAIN void *aligned_alloc(size_t alignment, size_t size)
{
    return fails(CALLER) ? NULL : aligned(alignment, size);
}

PLAIN int posix_memalign(void **block, size_t alignment, size_t size)
{
    *block = fails(CALLER) ? NULL : aligned(alignment, size);
    return *block == NULL ? ENOMEM : 0;
}

PLAIN void free(void *block)
{
    if (block != NULL) {
        atomic_fetch_sub(&blocks, 1);
    }
    if (__interceptor_free != NULL) {
        __interceptor_free(block);
    } else {
        __libc_free(block);
    }
}

PLAIN static void *map(void *address, size_t length, int protection, int flags, int file,
                       off_t offset)
{
    return (void *) syscall(SYS_mmap, address, length, protection, flags, file, offset);
}

PLAIN void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset)
{
    return fails(CALLER) ? MAP_FAILED : map(address, length, protection, flags, file, offset);
}

PLAIN void *mmap64(void *address, size_t length, int protection, int flags, int file,
                   off_t offset)
{
    return fails(CALLER) ? MAP_FAILED : map(address, length, protection, flags, file, offset);
}

PLAIN int mprotect(void *address, size_t length, int protection)
{
    return fails(CALLER) ? -1 : (int) syscall(SYS_mprotect, address, length, protection);
}

PLAIN int mlock(const void *address, size_t length)
{
    return fails(CALLER) ? -1 : (int) syscall(SYS_mlock, address, length);
}

PLAIN int mlock2(const void *address, size_t length, unsigned flags)
{
    return fails(CALLER) ? -1 : (int) syscall(SYS_mlock2, address, length, flags);
}

PLAIN int madvise(void *address, size_t length, int advice)
{
    return fails(CALLER) ? -1 : (int) syscall(SYS_madvise, address, length, advice);
}
