/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Growth of the slot table: each grower fills the next entry with its chunk and counts it, then
 * publishes a key there, while a reader follows table, chunk, slot, and another walks over all
 * chunks that are counted.
 *
 * Stands for: ks_table_grow (src/store/table.c), publish (src/store/table.c),
 *   ks_table_chunk (src/store/table.h), ks_table_slots (src/store/table.h)
 *
 * Who: two growers, each of which adds one chunk and then uses it; a reader that looks at any
 * entry, as of an id from anywhere, twice, and at that of a published key; a walker that takes the
 * count and looks at each chunk below it.
 *
 * States of an entry: empty; filled, for ever. Of a chunk: being made; in the table.
 *
 * Shows: whoever finds a chunk finds it zeroed; an entry that was filled stays so; the walker finds
 * each entry below the count filled; who learns of a slot by its key finds the chunk there and
 * counted; each grower's chunk ends up in the table, at its own index.
 *
 * Linearization points: growth, the store that fills the entry; a reader's look, its load of the
 * entry; a walk, its load of the count.
 *
 * Memory orders: the entry is filled by a release store; it pairs with the acquire load of whoever
 * follows it, and shows the chunk zeroed. The count is stored with release behind it; it pairs with
 * the walker's acquire load, and shows the entries. A key's publication is a release store behind
 * both.
 *
 * Left out, each to be refuted:
 *   -DPUBLISH_RELAXED  (PSO) the entry is filled by a plain store
 *   -DCOUNT_RELAXED    (PSO) the count is stored by a plain store
 *   -DCOUNT_FIRST      the count is stored before the entry
 *   -DZEROED_LATE      the chunk is zeroed when it is in the table
 *   -DNO_MUTEX         growth takes no table mutex
 *
 * Limits: two growths; three entries. That memory or entries run out is left out: then nothing is
 * stored. */

#define READER       0
#define WALKER       1
#define GROWER_A     2
#define GROWER_B     3
#define THREADS      4

#define ENTRIES      3
#define ENTRY(i)     (i)                        /* 0, or the chunk, 1 to 3 */
#define COUNT        ENTRIES
#define CONTENT(c)   (ENTRIES + (c))            /* what chunk c holds: ZEROED or rubbish */
#define KEY          (2 * ENTRIES + 1)          /* 0, or the index of a key's chunk */
#define CELLS        (2 * ENTRIES + 2)

#define ZEROED       1
#define RUBBISH      9          /* what never written memory holds */

#include "buffers.pml"

bool table_mutex;

inline lock(mutex)      { atomic { !mutex; mutex = true } }
inline unlock(t, mutex) { fence(t); mutex = false }

/* --- growth --- */

inline fill(t)
{
#ifdef PUBLISH_RELAXED
    store(t, ENTRY(index), chunk)
#else
    store_release(t, ENTRY(index), chunk)
#endif
}

inline count_it(t)
{
#ifdef COUNT_RELAXED
    store(t, COUNT, index + 1)
#else
    store_release(t, COUNT, index + 1)
#endif
}

inline publish(t)
{
#ifndef NO_MUTEX
    lock(table_mutex);
#endif
    load(t, COUNT, index);
#ifdef COUNT_FIRST
    count_it(t);
    fill(t);
#else
    fill(t);
    count_it(t);
#endif
#ifndef NO_MUTEX
    unlock(t, table_mutex)
#endif
}

proctype ks_table_grow(byte t)
{
    byte chunk, index, entry;

    chunk = t;                  /* 2 or 3 */
#ifdef ZEROED_LATE
    publish(t);
    store(t, CONTENT(chunk), ZEROED);
#else
    store(t, CONTENT(chunk), ZEROED);
    publish(t);
#endif
    /* The chunk is this grower's, at its index, for ever. */
    load(t, ENTRY(index), entry);
    assert(entry == chunk);
    store_release(t, KEY, index)
}

/* --- who looks --- */

inline ks_table_chunk(t, i)
{
    load(t, ENTRY(i), chunk);
    if
    :: chunk != 0 ->
        load(t, CONTENT(chunk), content);
        assert(content == ZEROED)
    :: else
    fi
}

proctype reader()
{
    byte i, chunk, content, before, count;

    select(i : 0 .. ENTRIES - 1);
    ks_table_chunk(READER, i);
    before = chunk;
    ks_table_chunk(READER, i);
    assert(before == 0 || chunk == before);
    load(READER, KEY, i);
    if
    :: i != 0 ->
        ks_table_chunk(READER, i);
        load(READER, COUNT, count);
        assert(chunk != 0 && count > i)
    :: else
    fi
}

proctype walker()
{
    byte i, end, chunk, content;

    load(WALKER, COUNT, end);           /* ks_table_slots */
    i = 0;
    do
    :: i < end ->
        ks_table_chunk(WALKER, i);
        assert(chunk != 0);
        i++
    :: else -> break
    od
}

init {
    byte i;

    atomic {
        for (i : 0 .. CELLS - 1) {
            memory[i] = RUBBISH
        };
        for (i : 1 .. ENTRIES - 1) {
            memory[ENTRY(i)] = 0
        };
        memory[ENTRY(0)] = 1;
        memory[COUNT] = 1;
        memory[KEY] = 0;
        memory[CONTENT(1)] = ZEROED;
        run reader();
        run walker();
        run ks_table_grow(GROWER_A);
        run ks_table_grow(GROWER_B)
    };
    _nr_pr == THREADS + 1;      /* all done but the store buffers and this process */
    assert(memory[COUNT] == 3 && memory[ENTRY(1)] + memory[ENTRY(2)] == 5)
}
