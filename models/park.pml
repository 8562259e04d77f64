/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Parking and adoption of a shard, against a destroyer that scans marks and wipes records, against
 * mbedtls_psa_crypto_free, and against a handoff to it.
 *
 * Stands for: ks_shard_attach (src/store/shard.c), ks_shard_detach (src/store/shard.c),
 *   ks_shard_clean (src/store/shard.c), ks_shard_park_locked (src/store/shard.c),
 *   ks_records_wipe_all (src/store/record.c), ks_records_wipe_object (src/store/record.c),
 *   ks_retire (src/store/retire.c), ks_random_wipe (src/crypto/random.c),
 *   close_shard (src/store/shard.c), pin (src/store/handoff.c), unpin (src/store/handoff.c),
 *   ks_tenancy_destroy (src/store/tenancy.c)
 *
 * Who: three threads and one shard. The first has it, uses key 1 and ends; it may end in the
 * middle of the operation (cancelled), so that its mark still stands. The two others each try to
 * adopt the shard, use key 2, and end. A destroyer retires key 1. With -DFREE another thread stops
 * the store meanwhile. With -DHANDOFF another hands two keys to the first tenancy, which destroys
 * its keys at its end.
 *
 * States of the shard: ATTACHED (a thread has it), closing, PARKED (on the list).
 *
 * Shows: one thread at a time has the shard; a parked shard holds no mark, no context and no
 * seeded generator; the destroyer returns, and then no context of key 1 is left; contexts and
 * generator are wiped by one thread at a time; what was handed to the first tenancy ends with it, all
 * or none, and the next tenancy has nothing of it.
 *
 * Memory orders: all hand-overs of the shard go through the attach mutex.
 *
 * Left out, each to be refuted:
 *   -DMARK_KEPT        a thread that ends leaves its marks as they are
 *   -DRECORDS_KEPT     ... leaves its records
 *   -DPARK_FIRST       ... parks the shard, then cleans it
 *   -DNO_ATTACH_MUTEX  adoption takes no mutex
 *   -DNO_RECORDS_MUTEX a thread that ends wipes its records without the records mutex
 *   -DNO_PIN           (HANDOFF) a thread that ends does not wait for a handoff under way
 *   -DPIN_UNLOCKED     (HANDOFF) a handoff looks whether the shard is closing, then pins it, without
 *                      the writer mutex
 *   -DNAME_UNCHECKED   (HANDOFF) a handoff does not look at the name of the tenancy
 *   -DGENERATOR_UNLOCKED  (FREE) no mutex keeps a thread that ends and the thread that stops the
 *                         store from wiping the generator at the same time
 *
 * Limits: memory is sequentially consistent; lookup.pml and record.pml have the orders of marks
 * and records. A thread that finds no parked shard makes one; that is not followed here. */

#define TENANTS 3               /* numbers 0 to 2; in sections */

bool attach_mutex, records_mutex, entropy_mutex;
bool parked;                    /* the shard is on the list; guarded by the attach mutex */
byte tenants = 1;               /* threads that believe the shard to be theirs */

byte mark;                      /* the key in use, or 0 */
byte record;                    /* the key that the shard's one record is of, or 0 */
bool context[3];                /* by key: a prepared context exists */
bool wiping;                    /* some thread is wiping a record */
bool seeded;                    /* the generator holds secrets */
bool wiping_generator;

bool published[3] = true;
bool users;                     /* key 1: the shard may hold a record */
bool running = true;            /* the store */
bool section[TENANTS];

/* Handoff. */
bool writer;                    /* the writer mutex */
bool closing;
byte pins;
byte name = 1;                  /* of the tenancy */
byte owned[2];                  /* the tenancy that each key was given to, or 0 */
bool gone[2];                   /* destroyed at the end of its tenancy */

inline lock(mutex)   { atomic { !mutex; mutex = true } }
inline unlock(mutex) { mutex = false }

inline wipe_record()
{
    assert(!wiping);
    wiping = true;
    context[record] = false;
    record = 0;
    wiping = false
}

inline ks_random_wipe()
{
#ifndef GENERATOR_UNLOCKED
    lock(entropy_mutex);
#endif
    if
    :: seeded ->
        assert(!wiping_generator);
        wiping_generator = true;
        seeded = false;
        wiping_generator = false
    :: else
    fi;
#ifndef GENERATOR_UNLOCKED
    unlock(entropy_mutex)
#endif
}

inline ks_rcu_synchronize()
{
    !section[0];
    !section[1];
    !section[2]
}

/* --- a thread that has the shard --- */

inline ks_lookup_mark(me, key)
{
    section[me] = true;
    found = running && published[key];
    if
    :: found -> mark = key
    :: else
    fi;
    section[me] = false
}

inline ks_record_get(key)
{
    context[key] = true;
    if
    :: key == 1 -> users = true
    :: else
    fi;
    lock(records_mutex);
    record = key;
    unlock(records_mutex)
}

/* May be cut short by the end of the thread, with the mark set. */
inline operation(me, key)
{
    ks_lookup_mark(me, key);
    if
    :: found ->
        ks_record_get(key);
        seeded = true;
        assert(record == key && context[key] && seeded);
        assert(record == key && context[key] && seeded);
        if
        :: mark = 0
        :: true                 /* cancelled */
        fi
    :: else
    fi
}

inline ks_shard_clean()
{
#ifndef RECORDS_KEPT
#ifndef NO_RECORDS_MUTEX
    lock(records_mutex);
#endif
    if
    :: record -> wipe_record()
    :: else
    fi;
#ifndef NO_RECORDS_MUTEX
    unlock(records_mutex);
#endif
#endif
    ks_random_wipe();
#ifndef MARK_KEPT
    mark = 0
#endif
}

inline ks_shard_park_locked()
{
    tenants--;
    parked = true
}

inline close_shard()
{
    lock(writer);
    closing = true;
    unlock(writer);
#ifndef NO_PIN
    pins == 0
#endif
}

inline ks_tenancy_destroy(tenancy)
{
    gone[0] = (owned[0] == tenancy);
    gone[1] = (owned[1] == tenancy)
}

inline ks_shard_detach()
{
#ifdef HANDOFF
    close_shard();
    if
    :: name == 1 -> ks_tenancy_destroy(1)
    :: else
    fi;
#endif
#ifndef PARK_FIRST
    ks_shard_clean();
#endif
    lock(attach_mutex);
    ks_shard_park_locked();
    unlock(attach_mutex);
#ifdef PARK_FIRST
    ks_shard_clean()
#endif
}

/* adopted becomes true if the shard was parked. */
inline ks_shard_attach()
{
#ifndef NO_ATTACH_MUTEX
    lock(attach_mutex);
#endif
    if
    :: parked ->
        parked = false;
        tenants++;
        lock(writer);
        name++;
        closing = false;
        unlock(writer);
        adopted = true
    :: else
    fi;
#ifndef NO_ATTACH_MUTEX
    unlock(attach_mutex)
#endif
}

active proctype first_tenant()
{
    bool found;

    operation(0, 1);
    ks_shard_detach()
}

active [2] proctype adopter()
{
    bool found, adopted;

    ks_shard_attach();
    if
    :: adopted ->
        assert(tenants == 1 && mark == 0 && record == 0 && !seeded);
        operation(_pid, 2);
        ks_shard_detach()
    :: else
    fi
}

/* --- the others --- */

active proctype destroyer()
{
    published[1] = false;
    ks_rcu_synchronize();
    mark != 1;
    if
    :: users ->
        lock(records_mutex);
        if
        :: record == 1 -> wipe_record()
        :: else
        fi;
        unlock(records_mutex)
    :: else
    fi;
    assert(!context[1])
}

#ifdef HANDOFF
active proctype giver()
{
    bool pinned;

#ifndef PIN_UNLOCKED
    lock(writer);
#endif
#ifdef NAME_UNCHECKED
    pinned = !closing;
#else
    pinned = (!closing && name == 1);
#endif
    if
    :: pinned -> pins++
    :: else
    fi;
#ifndef PIN_UNLOCKED
    unlock(writer);
#endif
    if
    :: pinned ->
        owned[0] = name;
        owned[1] = name;
        pins--
    :: else
    fi;
    /* When all have ended: it arrived in the tenancy that it was meant for, and ended with it. */
    tenants == 0 || name > 1;
    assert(!pinned || (owned[0] == 1 && owned[1] == 1 && gone[0] && gone[1]))
}
#endif

#ifdef FREE
active proctype ks_store_stop()
{
    running = false;
    ks_rcu_synchronize();
    mark == 0;
    lock(records_mutex);
    if
    :: record -> wipe_record()
    :: else
    fi;
    unlock(records_mutex);
    ks_random_wipe();
    assert(!context[1] && !context[2] && !seeded)
}
#endif
