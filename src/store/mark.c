/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/mark.h"
#include "store/shard.h"

static bool is_in(const void *standing, const struct ks_object *list)
{
    while (list != NULL && (const void *) list != standing) {
        list = ks_object_next(list);
    }
    return list != NULL;
}

/* Waits for one mark; polling, so that whoever sets and clears it pays for no wake-up. all: until
 * it names nothing; else, until it names nothing of the list. */
static void wait_one(const _Atomic(const void *) *mark, const struct ks_object *list, bool all)
{
    for (unsigned attempt = 0;; attempt++) {
        const void *standing = atomic_load_explicit(mark, memory_order_acquire); /* K1, K2 */

        if (standing == NULL || (!all && !is_in(standing, list))) {
            return;
        }
        ks_backoff(attempt);
    }
}

static void wait_each(const struct ks_object *list, bool all)
{
    uint32_t listed = ks_shards_listed();

    if (KS_MUTANT == KS_MUTANT_NO_MARK_WAIT) {
        return;
    }
    for (uint32_t n = 1; n <= listed; n++) {
        struct ks_marks *marks = &ks_shard_by_number(n)->marks;

        for (unsigned i = 0; i < KS_MARK_DEPTH; i++) {
            wait_one(&marks->at[i], list, all);
        }
    }
}

void ks_marks_wait(const struct ks_object *list)
{
    wait_each(list, false);
}

void ks_marks_wait_all(void)
{
    wait_each(NULL, true);
}
