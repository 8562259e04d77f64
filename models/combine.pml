/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Combined grace periods: whoever waits for one joins the next one to start.
 *
 * Stands for: ks_rcu_synchronize (src/base/rcu.c), run_locked (src/base/rcu.c)
 *
 * Who: waiters, each with one or two calls (-DCALLS=2). All are alike; at one time at most one of
 * them runs a grace period of liburcu, without the mutex.
 *
 * States: no grace period runs (started == completed), or one does (started == completed + 1).
 *
 * Shows: a call returns only after a grace period that began after the call did; nobody sleeps for
 * ever (no invalid end state); a call runs or waits at most twice; two periods never run at once.
 *
 * Left out, each to be refuted:
 *   -DJOIN_RUNNING     a waiter is content with the end of the grace period that is running
 *   -DNO_BROADCAST     who has run a grace period wakes nobody
 *   -DSIGNAL_ONE       ... wakes one waiter only
 *   -DNO_LOOP          a waiter that is woken does not look again
 *   -DUNLOCKED_SLEEP   a waiter lets go of the mutex, then goes to sleep
 *
 * Limits: two to four waiters; no wake-up without a cause, which the loop would bear. */

#ifndef WAITERS
#define WAITERS 3
#endif
#ifndef CALLS
#define CALLS 1
#endif

#define SLEEPERS WAITERS

byte begun, ended;              /* grace periods of liburcu so far */

inline urcu_synchronize(me)
{
    atomic { assert(begun == ended); begun++ };
    ended++
}

#include "grace.pml"

active [WAITERS] proctype waiter()
{
    byte calls, target, turns, begun_before;

    do
    :: calls < CALLS ->
        calls++;
        begun_before = begun;
        ks_rcu_synchronize(_pid);
        assert(ended > begun_before);
        assert(turns <= 2);
        d_step { target = 0; turns = 0; begun_before = 0 }
    :: else -> break
    od
}
