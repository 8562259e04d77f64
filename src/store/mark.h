/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* In-use marks: which objects a shard's thread is operating on. Like hazard pointers, but set
 * inside the read-side section that found the object, so that no fence is needed.
 *
 * K1 A mark is set, with release, inside the section in which the object was found. After a grace
 *    period that began after the object left its slot, every thread that found it either has its
 *    mark standing or is done with it: the store of the mark happens before the end of the grace
 *    period (rcu.h, C1), so the destroyer's acquire load reads it or a later value.
 * K2 A mark is cleared, with release, last of all: after the operation's temporaries are wiped. The
 *    destroyer's acquire load that reads the cleared (or a later) value therefore comes after all
 *    that the operation did; its wipe cannot overtake a use, and what the operation wrote is
 *    visible to it. Without the release, stores of the operation (a use record's link, a
 *    temporary's wipe) could still be on their way when the destroyer goes on.
 * K3 Only the shard's own thread sets and clears; the depth is its own. A fork's child clears the
 *    marks of vanished threads.
 * Model: models/lookup.pml. */
#ifndef KS_STORE_MARK_H
#define KS_STORE_MARK_H

#include "base/common.h"

#include <stdatomic.h>

#define KS_MARK_DEPTH 7u /* nested operations: copy (source), random inside an operation */

struct ks_marks {
    _Alignas(KS_CACHE_LINE) _Atomic(const void *) at[KS_MARK_DEPTH];
    uint32_t depth; /* the shard's thread alone */
};

_Static_assert(sizeof(struct ks_marks) == KS_CACHE_LINE, "a thread's marks take one line");

/* Sets a mark; inside the read-side section that found what it names. False if too many stand. */
static inline bool ks_mark_set(struct ks_marks *marks, const void *what)
{
    if (ks_unlikely(marks->depth == KS_MARK_DEPTH)) {
        return false;
    }
    atomic_store_explicit(&marks->at[marks->depth], what, memory_order_release);
    marks->depth++;
    return true;
}

/* Clears the mark set last. */
static inline void ks_mark_clear(struct ks_marks *marks)
{
    marks->depth--;
    atomic_store_explicit(&marks->at[marks->depth], NULL, memory_order_release);
}

struct ks_object;

/* Waits until no shard's mark names an object of the list, which nobody changes meanwhile. After a
 * grace period; the caller holds no lock or mark. */
void ks_marks_wait(const struct ks_object *list);

/* Waits until no mark stands at all. */
void ks_marks_wait_all(void);

#endif
