/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Grace periods by one membarrier instead of liburcu's two, so that a destruction interrupts each
 * reader once (docs/decisions/0014-short-grace-periods.md).
 *
 * Each thread that enters read-side sections has a reader word of liburcu's: not 0 in its low half
 * while the thread is in a section. liburcu's list of them is its own; here is another, of the
 * words of all threads that enter sections of this library. It only grows: liburcu never moves a
 * word, clears that of a thread that ends, and gives it to another. It unmaps them at the process's
 * end, when its destructor has run and no thread is attached any more.
 *
 *   D1 A thread enters a section only while its word is the one that it last listed
 *      (ks_rcu_attached; ks_rcu_enter, by fenceless, which is the same or none), or after it has
 *      marked the list as incomplete, for good. So a thread that its program has attached, or that
 *      liburcu has given another word, lists that first.
 *   D2 Entering stores the word, then reads what is published; leaving stores the word as it was,
 *      last. Neither has a fence.
 *   D3 A short grace period: a membarrier; then the list is read, and each word on it, until it has
 *      been seen to be 0 once. If it takes too long, or the list is incomplete, or the caller is
 *      not attached itself, nothing is decided: liburcu's grace period follows. Whether the list is
 *      incomplete is asked behind the membarrier; the question before it only spares the call.
 *   D4 Before liburcu's destructor the list is marked as incomplete. A caller that has found it
 *      complete is attached, so that nothing is unmapped before it ends; who attaches after the
 *      unmapping has learned of D4 by liburcu's own mutexes. The order is the dynamic linker's:
 *      what a library depends on is ended after it. (A program that links both statically must not
 *      call in after its destructors.)
 *
 * Linearization point: the membarrier. Why C1 and C2 (rcu.h) hold: on each processor it falls
 * between two instructions of each thread.
 *   Reads what is published behind it: sees all that happened before it (C2).
 *   Before it: then the thread's listing and the store that entered the section, which come first,
 *      are visible by now; so a 0 is that of the section's end, or of a later one, and the
 *      caller's acquire pairs with it as a release (C1). Where stores may overtake earlier loads or
 *      stores, liburcu's plain store is no release, and its second membarrier is what orders it: so
 *      this is for x86-64 only.
 * A thread that is in one section after another may be seen inside each time, since nothing tells a
 * new section from an old one, as liburcu's phases do: hence the end of patience.
 *
 * Model: models/readers.pml. */
#ifndef KS_BASE_READERS_H
#define KS_BASE_READERS_H

#include "base/rcu.h"

/* Sanitized builds see liburcu's words through its functions only. */
#if defined(__x86_64__) && !defined(KS_SANITIZED)
#define KS_SHORT_GRACE 1
#else
#define KS_SHORT_GRACE 0
#endif

/* Lists the reader of the calling thread, which is attached. Attach mutex held. */
void ks_readers_list_locked(void);

/* A thread will enter sections unlisted, or liburcu is about to unmap words: no short grace periods
 * from now on. */
void ks_readers_go_unlisted(void);

/* Runs a short grace period. False: nothing is known; liburcu must run one. In no section. */
bool ks_readers_synchronize(void);

#endif
