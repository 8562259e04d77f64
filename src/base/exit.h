/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Noticing the end of a thread, from its beginning.
 *
 * liburcu's thread-exit destructor takes a lock that liburcu's fork hooks miss: a child of a fork
 * in that moment could attach no thread any more. So each thread that this library attaches to
 * liburcu is watched: it counts as exiting from before its pthread keys' destructors run (glibc's
 * __cxa_thread_atexit_impl) until ours has run, which comes after liburcu's, because its key is
 * older; fork waits until nobody counts (fork.c). A thread whose destructors call in after ours has
 * run, and so attach it again, counts from then until ours has run in the next round. Not covered:
 * threads that attached themselves and never called in, and attaching in the last of the four
 * rounds of destructors. */
#ifndef KS_BASE_EXIT_H
#define KS_BASE_EXIT_H

#include "base/common.h"

/* Makes the pthread key; once, from the library's constructor. hook runs in each watched thread
 * when it ends, in our destructor, with ks_thread.ending set. */
void ks_exit_setup(void (*hook)(void));

/* Has the calling thread watched; before the library attaches it. No lock held: glibc's
 * registration takes the dynamic linker's lock, under which a library's constructor may be calling
 * in. False where memory is exhausted. */
bool ks_exit_watch(void);

/* Other threads that count as exiting. Attach mutex held. */
unsigned ks_exit_others_locked(void);

/* In a fork's child: the others are gone. */
void ks_exit_fork_child(void);

#endif
