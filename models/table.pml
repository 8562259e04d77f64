/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Growth of the slot table: the directory of chunks is cloned, the clone published, the old one
 * freed after a grace period, while readers follow directory, chunk, slot.
 *
 * Stands for: ks_table_grow (src/store/table.c), publish_clone (src/store/table.c),
 *   ks_table_chunk (src/store/table.h), ks_table_slots (src/store/table.h)
 *
 * Who: two growers, each of which adds one chunk and then uses it; a reader that looks twice at
 * the chunk that was there from the start, and at the last one that it finds.
 *
 * States of a directory: being built; published; retired (replaced, readers may hold it); freed.
 *
 * Shows: a reader never follows a directory that is freed or half written, never loses a chunk
 * that was there, and sees a chunk zeroed; each grower's chunk ends up in the directory, at its
 * own index.
 *
 * Linearization points: growth, the store that publishes the clone; a reader's look, its load of
 * the directory's address.
 *
 * Memory orders: the clone is published by a release store; it pairs with the reader's acquire
 * load of the address, and shows it the clone and the chunks whole.
 *
 * Left out, each to be refuted:
 *   -DNO_GRACE         the old directory is freed at once
 *   -DPUBLISH_RELAXED  (PSO) the clone is published by a plain store
 *   -DNO_MUTEX         growth takes no directory mutex
 *   -DNO_COUNT_CHECK   a clone whose size is out of date is published all the same
 *   -DTWO_LOADS        a reader loads the address once for the count and once for the chunk, the
 *                      section between them left
 *
 * Limits: two growths; sections and the grace period are seen by all at once (lookup.pml has their
 * orders). That the address of a directory is used again is left out: each clone has a new one. */

#define READER       0
#define GROWER_A     1
#define GROWER_B     2
#define THREADS      3

#define TABLE        0          /* the published directory, 1 to 5 */
#define COUNT(d)     (d)        /* of directory d */
#define CHUNK(d, i)  (4 + (d) * 3 + (i))        /* its entry i, from 0; d >= 1 */
#define CONTENT(c)   (21 + (c))                 /* what chunk c, 1 to 3, holds: ZEROED or rubbish */
#define CELLS        25

#define ZEROED       1
#define RUBBISH      9          /* what freed or never written memory holds */

#include "buffers.pml"

bool section[THREADS];
bool freed[6];
bool directory_mutex;
byte clones = 1;                /* directory numbers given out; 1 is there at the start */

inline lock(mutex)      { atomic { !mutex; mutex = true } }
inline unlock(t, mutex) { fence(t); mutex = false }

/* --- growth --- */

inline ks_rcu_synchronize(t)
{
    membarrier();
    !section[0];
    !section[1];
    !section[2];
    membarrier()
}

inline table_count(t, into)
{
    section[t] = true;
    load(t, TABLE, directory);
    assert(!freed[directory]);
    load(t, COUNT(directory), into);
    section[t] = false
}

/* Ends with done if the clone, which has room for count chunks, is published. */
inline publish_clone(t)
{
#ifndef NO_MUTEX
    lock(directory_mutex);
#endif
    load(t, TABLE, old);
    load(t, COUNT(old), old_count);
#ifdef NO_COUNT_CHECK
    done = true;
#else
    done = (old_count + 1 == count);
#endif
    if
    :: done ->
        i = 0;
        do
        :: i < old_count ->
            assert(i < count);          /* there is room in the clone */
            load(t, CHUNK(old, i), entry);
            store(t, CHUNK(clone, i), entry);
            i++
        :: else -> break
        od;
        store(t, CHUNK(clone, count - 1), chunk);
        store(t, COUNT(clone), count);
#ifdef PUBLISH_RELAXED
        store(t, TABLE, clone)
#else
        store_release(t, TABLE, clone)
#endif
    :: else
    fi;
#ifndef NO_MUTEX
    unlock(t, directory_mutex)
#endif
}

proctype ks_table_grow(byte t)
{
    byte chunk, count, directory, clone, old, old_count, entry, i;
    bool done;

    chunk = t + 1;
    store(t, CONTENT(chunk), ZEROED);
    do
    :: !done ->
        table_count(t, count);
        count++;
        d_step { clones++; clone = clones };
        publish_clone(t)
    :: else -> break
    od;
#ifdef NO_GRACE
    skip;
#else
    ks_rcu_synchronize(t);
#endif
    d_step { freed[old] = true; memory[COUNT(old)] = RUBBISH; memory[CHUNK(old, 0)] = RUBBISH };
    /* The chunk is this grower's, at index count - 1, for ever. */
    load(t, TABLE, directory);
    load(t, CHUNK(directory, count - 1), entry);
    assert(freed[directory] || entry == chunk)
}

/* --- a reader --- */

inline look(index)
{
    load(READER, CHUNK(directory, index), chunk);
    assert(!freed[directory] && chunk >= 1 && chunk <= 3);
    load(READER, CONTENT(chunk), content);
    assert(content == ZEROED)
}

inline ks_table_chunk()
{
    section[READER] = true;
    load(READER, TABLE, directory);
    load(READER, COUNT(directory), count);
    assert(!freed[directory] && count >= 1 && count <= 3);
#ifdef TWO_LOADS
    section[READER] = false;
    section[READER] = true;
#endif
    look(0);
    look(count - 1);
    section[READER] = false
}

proctype reader()
{
    byte directory, count, chunk, content;

    ks_table_chunk();
    ks_table_chunk()
}

init {
    byte i;

    atomic {
        for (i : 0 .. CELLS - 1) {
            memory[i] = RUBBISH
        };
        memory[TABLE] = 1;
        memory[COUNT(1)] = 1;
        memory[CHUNK(1, 0)] = 1;
        memory[CONTENT(1)] = ZEROED;
        run reader();
        run ks_table_grow(GROWER_A);
        run ks_table_grow(GROWER_B)
    };
    _nr_pr == 4;                /* all done but the store buffers and this process */
    assert(memory[TABLE] != 1 && memory[COUNT(memory[TABLE])] == 3)
}
