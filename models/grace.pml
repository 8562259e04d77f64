/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The combined grace period of src/base/rcu.c, for combine.pml and fork.pml, which have defined
 *
 *   SLEEPERS                  how many processes may call (numbers 0 to SLEEPERS - 1)
 *   urcu_synchronize(me)      what liburcu does in urcu_bp_synchronize_rcu
 *
 * A process that calls ks_rcu_synchronize has the local variables target and turns. What -D leaves
 * out is listed in combine.pml. */

bool grace_mutex;
byte started, completed;        /* guarded by grace_mutex */
bool asleep[SLEEPERS];          /* on the condition variable */

inline lock(mutex)   { atomic { !mutex; mutex = true } }
inline unlock(mutex) { mutex = false }

inline wake_all()
{
    d_step {
        asleep[0] = false;
        asleep[1] = false;
#if SLEEPERS > 2
        asleep[2] = false;
#endif
#if SLEEPERS > 3
        asleep[3] = false;
#endif
    }
}

inline wake_one()
{
    if
    :: asleep[0] -> asleep[0] = false
    :: asleep[1] -> asleep[1] = false
#if SLEEPERS > 2
    :: asleep[2] -> asleep[2] = false
#endif
    :: else
    fi
}

/* pthread_cond_wait: lets go of the mutex and sleeps in one step. */
inline sleep(me)
{
#ifdef UNLOCKED_SLEEP
    unlock(grace_mutex);
    asleep[me] = true;
#else
    atomic { asleep[me] = true; grace_mutex = false };
#endif
    !asleep[me];
    lock(grace_mutex)
}

inline run_locked(me)
{
    started++;
    unlock(grace_mutex);
    urcu_synchronize(me);
    lock(grace_mutex);
    completed = started;        /* nobody starts one meanwhile */
#ifdef SIGNAL_ONE
    wake_one()
#else
#ifndef NO_BROADCAST
    wake_all()
#endif
#endif
}

inline ks_rcu_synchronize(me)
{
    lock(grace_mutex);
#ifdef JOIN_RUNNING
    target = completed + 1;
#else
    target = started + 1;
#endif
    turns = 0;
    do
    :: completed >= target -> break
    :: completed < target && started == completed ->
        turns++;
        run_locked(me)
    :: completed < target && started != completed ->
        turns++;
        sleep(me)
#ifdef NO_LOOP
        ; break
#endif
    od;
    unlock(grace_mutex)
}
