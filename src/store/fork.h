/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Fork (G10). Before the fork the forking thread takes every mutex in the order of ranks, liburcu's
 * last; nothing is half changed then but what other threads do without a mutex: operations under
 * marks, objects under construction. In the child those threads are gone, so for each of their
 * shards: the marks are cleared, the object under construction is wiped, the prepared contexts are
 * wiped and released (an operation under way changes no pointer in them, and none is being
 * prepared), the random generator is unseeded, and the shard is parked. Dying objects are wiped and
 * reclaimed: who waited for them is gone; multi-part operations that a vanished thread was inside of
 * are ended, and those whose key, or whose material, is gone. The forking thread keeps its shard. Model: models/fork.pml. */
#ifndef KS_STORE_FORK_H
#define KS_STORE_FORK_H

struct ks_mutex;

/* Installs the handlers, once. init_mutex: outermost of all ranks. entropy: rank KS_RANK_ENTROPY.
 * child: called in the child before the locks are released, to make the entropy source anew. */
void ks_fork_setup(struct ks_mutex *init_mutex, struct ks_mutex *entropy, void (*child)(void));

#endif
