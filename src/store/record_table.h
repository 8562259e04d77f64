/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* A shard's use records: the table itself. record.h has the rules (R1 to R6). */
#ifndef KS_STORE_RECORD_TABLE_H
#define KS_STORE_RECORD_TABLE_H

#include "base/lock.h"
#include "store/record.h"
#include "store/table.h"

#include <stdatomic.h>

#define KS_RECORD_BUDGET (16u << 20) /* bytes a shard; docs/decisions tells why */

/* What a hit looks at stands last, next to the body. */
struct ks_record {
    struct ks_record *next;              /* in its bucket; by the shard's thread, under the mutex */
    struct ks_record *next_dead;         /* guarded by the records mutex */
    uint64_t serial;                     /* of the object; immutable while linked */
    _Atomic uintptr_t word;              /* R6: the object's slot word, shared; or 0 */
    const struct ks_record_class *class; /* immutable while linked */
    uint32_t variant;                    /* immutable while linked */
    uint32_t id;                         /* of the object; immutable while linked */
    uint64_t stamp;                      /* the clock at its last use; the shard's thread alone */
    uint32_t granted;                    /* R6: what the key permits; the shard's thread alone */
    bool dead;                           /* guarded by the records mutex */
    bool on_heap;                        /* temporary: the block is the C library's */
    _Alignas(16) unsigned char body[];
};

_Static_assert(sizeof(struct ks_record) == KS_CACHE_LINE, "a body begins with a line");

/* Buckets are chosen by id: so the processor fetches one, and the record's body behind it, while
 * slot and object are still on their way. The serial of the first record stands in the bucket, so
 * that a hit follows no link. Ids made one after the other fall into different buckets. */
struct ks_bucket {
    uint64_t serial;   /* of the first record; 0, which no object has, if there is none */
    uintptr_t records; /* address of the first, and KS_BUCKET_OTHERS */
};

/* Which fourths of all serials the records behind the first are of, a bit each: so nearly no miss
 * needs to follow the links, which are far away where there are very many keys. */
#define KS_BUCKET_OTHERS ((uintptr_t) 15)

static inline uintptr_t ks_bucket_fourth(uint64_t serial)
{
    return (uintptr_t) 1 << ((uint32_t) serial * UINT32_C(0x9e3779b1) >> 30);
}

static inline struct ks_record *ks_bucket_first(const struct ks_bucket *bucket)
{
    return (struct ks_record *) (bucket->records & ~KS_BUCKET_OTHERS);
}

/* What a miss looks at stands in the first two lines. */
struct ks_record_table {
    /* The shard's thread alone, but for destroyers where "under the mutex" is said. */
    struct ks_bucket *buckets; /* array replaced under the mutex; links changed under the mutex */
    uint32_t mask;             /* number of buckets - 1; changed under the mutex */
    uint32_t hand;             /* where eviction goes on looking */
    uint64_t clock;
    uint32_t *missed;          /* parts of serials of keys missed in a full table; or NULL */
    /* Of the last use for which none was linked (R5): a block, or NULL; and the serial of the
     * object whose context is in it, or 0 while it is blank. R3 tells who changes them. The block
     * stays while the serial is not 0. */
    struct ks_record *recent;
    _Atomic uint64_t recent_serial;
    /* A record not linked yet, which may hold secrets already; so that whoever cleans up after a
     * thread that vanished in a fork or was cancelled finds it. */
    struct ks_record *preparing;
    _Alignas(KS_CACHE_LINE) _Atomic uint64_t bytes; /* read by anybody, as count */
    /* Wiped by destroyers, still linked. Guarded by the mutex; atomic (relaxed) because the shard's
     * thread looks whether there are any before it takes it. */
    _Atomic(struct ks_record *) dead;
    /* Held by the shard's thread while it prepares a record that has something outside its body, if
     * only meanwhile, and if it may lock; otherwise only fork takes it, so that a child never finds
     * such a context half prepared. No other mutex but KS_RANK_MEMORY inside. */
    struct ks_mutex preparing_mutex;
    /* Taken by the shard's thread to link and unlink, by destroyers to wipe. Neither allocation nor
     * cryptography under it, but for the release functions of record classes, which free and wipe.
     */
    _Alignas(KS_CACHE_LINE) struct ks_mutex mutex;
    _Atomic uint64_t count;
};

static inline uint32_t ks_record_index(const struct ks_record_table *table, uint32_t id)
{
    return (id ^ id >> 11) & table->mask;
}

static inline struct ks_bucket *ks_record_bucket(const struct ks_record_table *table, uint32_t id)
{
    return &table->buckets[ks_record_index(table, id)];
}

/* Has the processor fetch the bucket early: where there are very many keys, slot, object and bucket
 * are all far away, and it does not look so far ahead by itself. */
static inline void ks_record_expect(const struct ks_record_table *table, uint32_t id)
{
    uintptr_t buckets = (uintptr_t) table->buckets; /* there may be none yet: nothing is fetched */

    __builtin_prefetch((const void *) (buckets + sizeof(struct ks_bucket) *
                                                     ks_record_index(table, id)));
}

/* The record of a class if it is the first of its bucket, as nearly all are. R1; the object is
 * marked (R2). id is the object's, from the caller: so the bucket is fetched without waiting for
 * the object. */
static inline struct ks_record *ks_record_first(const struct ks_record_table *table,
                                                const struct ks_object *object, uint32_t id,
                                                const struct ks_record_class *class,
                                                uint32_t variant)
{
    if (ks_unlikely(table->buckets == NULL)) {
        return NULL;
    }
    const struct ks_bucket *bucket = ks_record_bucket(table, id);
    struct ks_record *record = ks_bucket_first(bucket);

    return ks_likely(bucket->serial == object->serial) && record->variant == variant &&
                   ks_likely(record->class == class)
               ? record
               : NULL;
}

/* The record by which an id may be used at once (R6), if it is the first of its bucket; of whatever
 * class. word is what the id's slot holds, read with acquire in the section that the caller is in
 * still, and not 0: so the store ran in it, and does not take records apart. granted: what must
 * have been granted. NULL: nothing is known. */
static inline struct ks_record *ks_record_armed(const struct ks_record_table *table, uint32_t id,
                                                uintptr_t word, uint32_t variant,
                                                uint32_t granted)
{
    if (ks_unlikely(table->buckets == NULL)) {
        return NULL;
    }
    struct ks_record *record = ks_bucket_first(ks_record_bucket(table, id));

    if (ks_unlikely(record == NULL) ||
        ks_unlikely(atomic_load_explicit(&record->word, memory_order_relaxed) !=
                    (word | KS_SHARED)) ||
        ks_unlikely(record->id != id && KS_MUTANT != KS_MUTANT_ARMED_FOR_ANY_ID) ||
        ks_unlikely(record->variant != variant && KS_MUTANT != KS_MUTANT_ARMED_FOR_ALL) ||
        ks_unlikely((granted & ~record->granted) != 0 &&
                    KS_MUTANT != KS_MUTANT_ARMED_UNGRANTED)) {
        return NULL;
    }
    return record;
}

/* Notes that the object, which the caller has marked and found to be its own or shared, permits
 * this much with the variant of its record, which is given by its body. */
static inline void ks_record_arm(void *body, const struct ks_object *object, uint32_t granted)
{
    struct ks_record *record =
        (struct ks_record *) ((unsigned char *) body - offsetof(struct ks_record, body));

    record->granted |= granted;
    atomic_store_explicit(&record->word, (uintptr_t) object | KS_SHARED, memory_order_relaxed);
}

/* By the shard's thread, when another is about to own the object although it is not shared. The
 * recent record may stay armed: by it no use begins, and it is linked by one that shares. */
void ks_records_disarm(const struct ks_record_table *table, const struct ks_object *object);

/* Notes a use, for eviction; gives the body. */
static inline void *ks_record_use(struct ks_record_table *table, struct ks_record *record)
{
    record->stamp = ++table->clock;
    return record->body;
}

void ks_records_init(struct ks_record_table *table, unsigned number);

/* Wipes every record that any shard has of an object. Called by its destroyer, after the grace
 * period and the marks, so that none is in use and none can be made any more. Takes records
 * mutexes. */
void ks_records_wipe_object(const struct ks_object *object);

/* The same for the shard's own, where no other shard can have any. */
void ks_records_wipe_own(struct ks_shard *shard, const struct ks_object *object);

/* Wipes all records of a shard: by its own thread when it parks, by ks_store_stop after all marks,
 * in a fork's child for a vanished thread. */
void ks_records_wipe_all(struct ks_shard *shard);

/* In a fork's child, for the forking thread: drops its records of classes that change. One that a
 * mark names stays: the fork came from a signal handler in the midst of an operation. */
void ks_records_fork_child(struct ks_shard *shard);

#endif
