/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/mark.h"
#include "store/shard.h"

/* Waits for one mark; polling, so that whoever sets and clears it pays for no wake-up. */
static void wait_one(const _Atomic(const void *) *mark, const void *what)
{
    for (unsigned attempt = 0;; attempt++) {
        const void *standing = atomic_load_explicit(mark, memory_order_acquire); /* K1, K2 */

        if (standing == NULL || (what != NULL && standing != what)) {
            return;
        }
        ks_backoff(attempt);
    }
}

void ks_marks_wait(const void *what)
{
    uint32_t listed = ks_shards_listed();

    if (KS_MUTANT == KS_MUTANT_NO_MARK_WAIT) {
        return;
    }
    for (uint32_t n = 1; n <= listed; n++) {
        struct ks_marks *marks = &ks_shard_by_number(n)->marks;

        for (unsigned i = 0; i < KS_MARK_DEPTH; i++) {
            wait_one(&marks->at[i], what);
        }
    }
}

void ks_marks_wait_all(void)
{
    ks_marks_wait(NULL);
}
