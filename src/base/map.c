/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "base/map.h"

#include <sys/mman.h>

void *ks_map_aligned(size_t size, size_t align, size_t guard)
{
    size_t room = size + align + 2 * guard;
    char *start = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (start == MAP_FAILED) {
        return NULL;
    }
    char *first = (char *) (((uintptr_t) start + guard + align - 1) & ~(uintptr_t) (align - 1));
    char *low = first - guard;
    char *high = first + size + guard;

    if (low > start) {
        munmap(start, (size_t) (low - start));
    }
    if (start + room > high) {
        munmap(high, (size_t) (start + room - high));
    }
    if (mprotect(first, size, PROT_READ | PROT_WRITE) != 0) {
        munmap(low, size + 2 * guard);
        return NULL;
    }
    return first;
}
