/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "store/record.h"
#include "base/rcu.h"
#include "base/wipe.h"
#include "store/shard.h"
#include "store/store.h"

#include <stdlib.h>

#define FIRST_BUCKETS 64u
#define SAMPLE 16u /* buckets that eviction looks at for the least recently used of them */
#define MISSED_BITS 13 /* 2^13 keys missed lately are remembered by a full table, one a place */

static size_t block_size(const struct ks_record_class *class)
{
    return (sizeof(struct ks_record) + class->size + 15) & ~(size_t) 15;
}

static size_t charge_of(const struct ks_record_class *class)
{
    return ks_secmem_charge(block_size(class)) + class->extra;
}

void ks_records_init(struct ks_record_table *table, unsigned number)
{
    ks_mutex_init(&table->mutex, KS_RANK_RECORDS, number);
    ks_mutex_init(&table->preparing_mutex, KS_RANK_PREPARING, number);
}

static void add(_Atomic uint64_t *counter, uint64_t change)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + change,
                          memory_order_relaxed);
}

/* R6. Relaxed: it comes before the object's block is given back. */
static void disarm(struct ks_record *record)
{
    atomic_store_explicit(&record->word, 0, memory_order_relaxed);
}

/* Takes the context apart and wipes the body; the block stays. */
static void wipe_body(struct ks_record *record)
{
    if (KS_MUTANT != KS_MUTANT_STAYS_ARMED) {
        disarm(record);
    }
    if (record->class->release != NULL) {
        record->class->release(record->body);
    }
    ks_wipe(record->body, record->class->size);
}

static void free_block(struct ks_record *record)
{
    size_t size = block_size(record->class);
    bool on_heap = record->on_heap;

    ks_wipe(record, sizeof *record);
    if (on_heap) {
        free(record);
    } else {
        ks_secmem_free(record, size);
    }
}

static void set_first(struct ks_bucket *bucket, struct ks_record *record, uintptr_t others)
{
    bucket->records = (uintptr_t) record | others;
    bucket->serial = record != NULL ? record->serial : 0;
}

/* Puts a record first in its bucket. Mutex held. */
static void push_locked(struct ks_record_table *table, struct ks_record *record)
{
    struct ks_bucket *bucket = ks_record_bucket(table, record->id);
    struct ks_record *second = ks_bucket_first(bucket);
    uintptr_t others = bucket->records & KS_BUCKET_OTHERS;

    if (second != NULL) {
        others |= ks_bucket_fourth(bucket->serial);
    }
    record->next = second;
    set_first(bucket, record, others);
}

/* Takes a record out of its bucket and frees its block. Mutex held, or the shard has no thread. */
static void unlink_locked(struct ks_record_table *table, struct ks_record *record)
{
    struct ks_bucket *bucket = ks_record_bucket(table, record->id);
    struct ks_record *first = ks_bucket_first(bucket);

    if (first == record) {
        first = record->next;
    } else {
        struct ks_record *before = first;

        while (before->next != record) {
            before = before->next;
        }
        before->next = record->next;
    }
    uintptr_t others = 0;

    for (struct ks_record *r = first != NULL ? first->next : NULL; r != NULL; r = r->next) {
        others |= ks_bucket_fourth(r->serial);
    }
    set_first(bucket, first, others);
    add(&table->count, (uint64_t) -1);
    add(&table->bytes, -(uint64_t) charge_of(record->class));
    free_block(record);
}

/* Unlinks what destroyers have wiped. Mutex held, by the shard's thread. */
static void sweep_dead_locked(struct ks_record_table *table)
{
    struct ks_record *record = atomic_load_explicit(&table->dead, memory_order_relaxed);

    while (record != NULL) {
        struct ks_record *next = record->next_dead;

        unlink_locked(table, record);
        record = next;
    }
    atomic_store_explicit(&table->dead, NULL, memory_order_relaxed);
}

static bool is_marked(const struct ks_shard *shard, uint64_t serial)
{
    for (unsigned i = 0; i < shard->marks.depth; i++) {
        const void *what = atomic_load_explicit(&shard->marks.at[i], memory_order_relaxed);

        if (what != KS_STORE_MARK && what != NULL &&
            ((const struct ks_object *) what)->serial == serial) {
            return true;
        }
    }
    return false;
}

/* The least recently used record of the next few buckets that no own mark names; NULL if there is
 * none. */
static struct ks_record *choose_victim(struct ks_shard *shard)
{
    struct ks_record_table *table = &shard->records;
    struct ks_record *victim = NULL;

    for (uint32_t seen = 0; seen <= table->mask && (seen < SAMPLE || victim == NULL); seen++) {
        for (struct ks_record *r = ks_bucket_first(&table->buckets[table->hand]); r != NULL;
             r = r->next) {
            if ((victim == NULL || r->stamp < victim->stamp) && !is_marked(shard, r->serial)) {
                victim = r;
            }
        }
        table->hand = (table->hand + 1) & table->mask;
    }
    return victim;
}

/* Drops records until one more of this charge fits the budget. Mutex held, none dead. */
static void make_room_locked(struct ks_shard *shard, size_t charge)
{
    struct ks_record_table *table = &shard->records;

    while (atomic_load_explicit(&table->bytes, memory_order_relaxed) + charge > KS_RECORD_BUDGET) {
        struct ks_record *victim = choose_victim(shard);

        if (victim == NULL) {
            return;
        }
        wipe_body(victim);
        unlink_locked(table, victim);
        ks_count(&shard->counters.record_evictions);
    }
}

/* Doubles the buckets when there are more records than that. Failing to is harmless. */
static void grow_buckets(struct ks_record_table *table)
{
    uint32_t old_count = table->buckets == NULL ? 0 : table->mask + 1;
    uint32_t count = old_count == 0 ? FIRST_BUCKETS : old_count * 2;

    if (old_count != 0 && atomic_load_explicit(&table->count, memory_order_relaxed) < old_count) {
        return;
    }
    struct ks_bucket *buckets = calloc(count, sizeof *buckets);
    struct ks_bucket *old = table->buckets;

    if (buckets == NULL) {
        return;
    }
    ks_mutex_lock(&table->mutex);
    table->buckets = buckets;
    table->mask = count - 1;
    for (uint32_t i = 0; i < old_count; i++) {
        for (struct ks_record *r = ks_bucket_first(&old[i]), *next; r != NULL; r = next) {
            next = r->next;
            push_locked(table, r);
        }
    }
    ks_mutex_unlock(&table->mutex);
    free(old);
}

/* Whether the buckets may hold a record of the object: what hides in their low bits is seen as one.
 * By the shard's thread; no lock is needed (R1). */
static bool may_hold(const struct ks_record_table *table, const struct ks_object *object)
{
    if (table->buckets == NULL) {
        return false;
    }
    const struct ks_bucket *bucket = ks_record_bucket(table, object->id);

    return bucket->serial == object->serial ||
           (bucket->records & ks_bucket_fourth(object->serial)) != 0;
}

static bool fits(const struct ks_record *record, const struct ks_object *object,
                 const struct ks_record_class *class, uint32_t variant)
{
    return record->serial == object->serial && record->class == class &&
           record->variant == variant;
}

static struct ks_record *find(const struct ks_record_table *table, const struct ks_object *object,
                              const struct ks_record_class *class, uint32_t variant)
{
    if (!may_hold(table, object)) {
        return NULL;
    }
    struct ks_record *r = ks_bucket_first(ks_record_bucket(table, object->id));

    while (r != NULL && !fits(r, object, class, variant)) {
        r = r->next;
    }
    return r;
}

static uint64_t recent_serial(const struct ks_record_table *table)
{
    return atomic_load_explicit(&table->recent_serial, memory_order_relaxed);
}

/* The recent record if it is the one wanted; or NULL. */
static struct ks_record *find_recent(const struct ks_record_table *table,
                                     const struct ks_object *object,
                                     const struct ks_record_class *class, uint32_t variant)
{
    return recent_serial(table) == object->serial && fits(table->recent, object, class, variant)
               ? table->recent
               : NULL;
}

/* Takes the context out of the recent record; the block stays, for the next. */
static void clear_recent_locked(struct ks_record_table *table)
{
    wipe_body(table->recent);
    atomic_store_explicit(&table->recent_serial, 0, memory_order_release); /* after the wipe */
}

static void clear_recent(struct ks_record_table *table)
{
    ks_mutex_lock(&table->mutex);
    if (recent_serial(table) != 0) { /* no destroyer was faster */
        clear_recent_locked(table);
    }
    ks_mutex_unlock(&table->mutex);
}

/* Between two stores that a fork's child must find in this order: it finds what the thread's
 * instructions had done up to some one of them. */
static void order_for_fork(void)
{
    atomic_signal_fence(memory_order_seq_cst);
}

/* Declares the prepared context of the recent record to be that of its object. Between the two
 * stores a fork's child finds it, whole, by either name. Release, for whoever reads the serial and
 * looks at the record. */
static void declare_recent(struct ks_record_table *table)
{
    atomic_store_explicit(&table->recent_serial, table->recent->serial, memory_order_release);
    order_for_fork();
    table->preparing = NULL;
}

static struct ks_record *allocate(struct ks_shard *shard, const struct ks_record_class *class)
{
    struct ks_record *record = ks_secmem_alloc(&shard->record_arena, block_size(class));

    if (record != NULL) {
        record->class = class;
    }
    return record;
}

/* The recent record, blank: in the same block if that has the right size. What it was goes.
 * Acquire: a destroyer that has cleared it has done with the block. */
static struct ks_record *blank_recent(struct ks_shard *shard, const struct ks_record_class *class)
{
    struct ks_record_table *table = &shard->records;
    struct ks_record *record = table->recent;

    if (atomic_load_explicit(&table->recent_serial, memory_order_acquire) != 0) {
        clear_recent(table);
    }
    if (record != NULL && block_size(record->class) == block_size(class)) {
        record->class = class;
        return record;
    }
    table->recent = NULL;
    if (record != NULL) {
        order_for_fork(); /* it is not named when it is half freed */
        free_block(record);
    }
    record = allocate(shard, class);
    order_for_fork(); /* it has a class when it is named */
    table->recent = record;
    return record;
}

static struct ks_record *allocate_on_heap(const struct ks_record_class *class)
{
    struct ks_record *record = calloc(1, block_size(class));

    if (record != NULL) {
        record->class = class;
        record->on_heap = true;
    }
    return record;
}

/* Whether the shard's thread has used the key before (or another shard with the same bit). */
static bool was_used(const struct ks_shard *shard, const struct ks_object *object)
{
    return (atomic_load_explicit(&object->users, memory_order_relaxed) &
            KS_OBJECT_USER(shard->number)) != 0;
}

/* Notes it, before the mark is cleared (release): so a destroyer, which has read the cleared mark
 * (acquire), sees the bit and comes here to wipe. A context that is made again should not write the
 * key's line. */
static void note_use(const struct ks_shard *shard, struct ks_object *object)
{
    if (!was_used(shard, object)) {
        atomic_fetch_or_explicit(&object->users, KS_OBJECT_USER(shard->number),
                                 memory_order_relaxed);
    }
}

/* Links a prepared record. */
static void link_record(struct ks_shard *shard, struct ks_record *record)
{
    struct ks_record_table *table = &shard->records;
    size_t charge = charge_of(record->class);

    grow_buckets(table);
    ks_mutex_lock(&table->mutex);
    sweep_dead_locked(table);
    make_room_locked(shard, charge);
    push_locked(table, record);
    if (table->recent == record) {
        atomic_store_explicit(&table->recent_serial, 0, memory_order_relaxed);
        table->recent = NULL;
    }
    table->preparing = NULL;
    add(&table->count, 1);
    add(&table->bytes, charge);
    ks_mutex_unlock(&table->mutex);
    ks_count(&shard->counters.record_makes);
}

static bool has_room(const struct ks_record_table *table, size_t charge)
{
    return atomic_load_explicit(&table->bytes, memory_order_relaxed) + charge <= KS_RECORD_BUDGET;
}

enum worth { KEEP, /* its place among the others */
             TRY,  /* the first use of its key: no more than the recent one's */
             PASS  /* the same, for there is no room */ };

/* R5. No lock held. */
static enum worth judge(struct ks_shard *shard, const struct ks_object *object,
                        const struct ks_record_class *class)
{
    struct ks_record_table *table = &shard->records;
    uint64_t serial = object->serial;

    if (table->buckets == NULL) { /* there was no memory for them */
        return TRY;
    }
    if (has_room(table, charge_of(class))) {
        return class->costly || was_used(shard, object) ? KEEP : TRY;
    }
    if (table->missed == NULL) {
        table->missed = calloc((size_t) 1 << MISSED_BITS, sizeof *table->missed);
    }
    if (table->missed == NULL) {
        return PASS;
    }
    uint64_t mixed = serial * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t *place = &table->missed[mixed >> (64 - MISSED_BITS)];
    bool again = *place == (uint32_t) mixed;

    *place = (uint32_t) mixed;
    return again ? KEEP : PASS;
}

/* Whether the context is prepared under the preparing mutex, so that a fork's child finds it whole.
 * One that is all in its body the child wipes however far it has come. */
static bool is_guarded(const struct ks_record *record)
{
    return (record->class->release != NULL || record->class->allocates) && !record->on_heap;
}

/* Fills in a blank record; on failure it is wiped. */
static KS_NOINLINE int prepare(struct ks_shard *shard, struct ks_record *record,
                               const struct ks_object *object, uint32_t variant)
{
    const struct ks_record_class *class = record->class;
    bool guarded = is_guarded(record);

    shard->records.preparing = record;
    if (guarded) {
        ks_mutex_lock(&shard->records.preparing_mutex);
    }
    int result = class->prepare(record->body, object, variant);

    if (result != 0) {
        ks_wipe(record->body, class->size);
    }
    ks_wipe_registers();
    if (class->stack != 0) {
        ks_wipe_frames(class->stack);
    } else {
        ks_wipe_stack();
    }
    if (guarded) {
        ks_mutex_unlock(&shard->records.preparing_mutex);
    }
    if (result != 0) {
        shard->records.preparing = NULL;
        return result;
    }
    record->serial = object->serial;
    record->id = object->id;
    record->variant = variant;
    record->granted = 0;
    disarm(record);
    return 0;
}

/* Makes a record that is linked, or the recent one. */
static int make(struct ks_shard *shard, struct ks_object *object,
                const struct ks_record_class *class, uint32_t variant, bool keep,
                struct ks_record **made)
{
    const struct ks_record *before = shard->records.recent;
    struct ks_record *record = keep ? allocate(shard, class) : blank_recent(shard, class);

    if (record == NULL) {
        return KS_RECORD_NO_MEMORY;
    }
    int result = prepare(shard, record, object, variant);

    if (result == 0) {
        note_use(shard, object);
        if (keep) {
            link_record(shard, record);
        } else {
            declare_recent(&shard->records);
        }
        *made = record;
    } else if (record != before) {
        if (!keep) {
            shard->records.recent = NULL;
            order_for_fork();
        }
        free_block(record);
    }
    return result;
}

/* A program inside its own read-side section must not wait for a mutex (lock.h, L2): it uses the
 * recent record as it is, or a temporary one. */
static int get_in_section(struct ks_shard *shard, const struct ks_object *object,
                          const struct ks_record_class *class, uint32_t variant,
                          struct ks_record **temporary, struct ks_record **found)
{
    *found = find_recent(&shard->records, object, class, variant);
    if (*found != NULL) {
        return 0;
    }
    if (temporary == NULL) {
        return 0;
    }
    struct ks_record *record = allocate_on_heap(class);

    if (record == NULL) {
        return KS_RECORD_NO_MEMORY;
    }
    int result = prepare(shard, record, object, variant);

    if (result != 0) {
        free_block(record);
        return result;
    }
    *temporary = record;
    *found = record;
    return 0;
}

/* For a key that has no record, or only the recent one. sparing: nothing is made where it would
 * have no place. */
static int get_missed(struct ks_shard *shard, struct ks_object *object,
                      const struct ks_record_class *class, uint32_t variant, bool sparing,
                      struct ks_record **made)
{
    struct ks_record_table *table = &shard->records;
    struct ks_record *recent = find_recent(table, object, class, variant);

    if (table->buckets == NULL) {
        grow_buckets(table);
    }
    if (atomic_load_explicit(&table->dead, memory_order_relaxed) != NULL) {
        ks_mutex_lock(&table->mutex);
        sweep_dead_locked(table);
        ks_mutex_unlock(&table->mutex);
    }
    if (recent != NULL) {
        if (table->buckets != NULL) {
            link_record(shard, recent);
        }
        *made = recent;
        return 0;
    }
    enum worth worth = judge(shard, object, class);

    if (worth == PASS && sparing) {
        return 0;
    }
    /* One that is in use is not taken away (R2). Of the object itself none is: the caller uses one
     * context at a time. */
    uint64_t taken = recent_serial(table);
    bool keep = worth == KEEP || (taken != object->serial && is_marked(shard, taken));
    int result = KS_RECORD_NO_MEMORY;

    if (!keep || table->buckets != NULL) {
        result = make(shard, object, class, variant, keep, made);
    }
    return sparing && result == KS_RECORD_NO_MEMORY ? 0 : result;
}

int ks_record_get(struct ks_shard *shard, struct ks_object *object,
                  const struct ks_record_class *class, uint32_t variant, void **body,
                  struct ks_record **temporary)
{
    struct ks_record_table *table = &shard->records;
    struct ks_record *record = find(table, object, class, variant);
    int result = 0;

    if (temporary != NULL) {
        *temporary = NULL;
    }
    if (record == NULL && !ks_rcu_read_ongoing()) {
        result = get_missed(shard, object, class, variant, temporary == NULL, &record);
    } else if (record == NULL) {
        result = get_in_section(shard, object, class, variant, temporary, &record);
    }
    *body = record != NULL ? ks_record_use(table, record) : NULL;
    return result;
}

void ks_record_drop(struct ks_shard *shard, struct ks_record *temporary)
{
    wipe_body(temporary);
    shard->records.preparing = NULL;
    order_for_fork();
    free_block(temporary);
}

/* By the shard's thread, or with the mutex held. */
static bool is_recent(const struct ks_record_table *table, const struct ks_object *object)
{
    return atomic_load_explicit(&table->recent_serial, memory_order_acquire) == object->serial &&
           KS_MUTANT != KS_MUTANT_NO_RECENT_WIPE;
}

/* Wipes one shard's records of the object and flags them dead. */
static void wipe_object_in(struct ks_record_table *table, const struct ks_object *object)
{
    ks_mutex_lock(&table->mutex);
    if (is_recent(table, object)) {
        clear_recent_locked(table);
    }
    if (table->buckets != NULL) {
        for (struct ks_record *r = ks_bucket_first(ks_record_bucket(table, object->id)); r != NULL;
             r = r->next) {
            if (r->serial == object->serial && !r->dead) {
                wipe_body(r);
                r->dead = true;
                r->next_dead = atomic_load_explicit(&table->dead, memory_order_relaxed);
                atomic_store_explicit(&table->dead, r, memory_order_relaxed);
            }
        }
    }
    ks_mutex_unlock(&table->mutex);
}

void ks_records_wipe_object(const struct ks_object *object)
{
    uint32_t users =
        atomic_load_explicit(&object->users, memory_order_relaxed) & ~KS_OBJECT_FLAGS;
    uint32_t listed = users == 0 ? 0 : ks_shards_listed();

    if (KS_MUTANT == KS_MUTANT_NO_RECORD_WIPE) {
        return;
    }
    for (uint32_t n = 1; n <= listed; n++) {
        if ((users & KS_OBJECT_USER(n)) != 0) {
            wipe_object_in(&ks_shard_by_number(n)->records, object);
        }
    }
}

void ks_records_wipe_own(struct ks_shard *shard, const struct ks_object *object)
{
    struct ks_record_table *table = &shard->records;

    if (KS_MUTANT == KS_MUTANT_NO_RECORD_WIPE) {
        return;
    }
    if (may_hold(table, object)) {
        wipe_object_in(table, object);
    }
    if (is_recent(table, object)) {
        if (table->recent->class->release == NULL) {
            clear_recent_locked(table); /* R3 */
        } else {
            clear_recent(table);
        }
    }
}

void ks_records_disarm(const struct ks_record_table *table, const struct ks_object *object)
{
    if (KS_MUTANT == KS_MUTANT_HANDED_ARMED) {
        return;
    }
    if (may_hold(table, object)) {
        for (struct ks_record *r = ks_bucket_first(ks_record_bucket(table, object->id)); r != NULL;
             r = r->next) {
            if (r->serial == object->serial) {
                disarm(r);
            }
        }
    }
}

/* Ends a body whose thread may have vanished in the midst of an operation: its mark stands then,
 * and pointers in a context that operations change may be in no state to be followed. */
static void end_body(const struct ks_shard *shard, struct ks_record *record)
{
    if (record->class->changes && is_marked(shard, record->serial)) {
        ks_wipe(record->body, record->class->size);
    } else {
        wipe_body(record);
    }
}

/* Ends what is in no bucket. In a fork's child a context that was being prepared may be whole, in
 * use or still zero (preparing_mutex); where it is flat or on the C library's heap, anything. */
static void end_unlinked(struct ks_shard *shard)
{
    struct ks_record_table *table = &shard->records;
    struct ks_record *preparing = table->preparing;
    struct ks_record *recent = table->recent;

    if (preparing != NULL && preparing->on_heap) {
        ks_wipe(preparing->body, preparing->class->size);
    } else if (preparing != NULL) {
        end_body(shard, preparing);
    }
    if (recent != NULL && recent != preparing && recent_serial(table) != 0) {
        end_body(shard, recent);
    }
    atomic_store_explicit(&table->recent_serial, 0, memory_order_relaxed);
    table->recent = NULL;
    table->preparing = NULL;
    if (preparing != NULL && preparing != recent) {
        free_block(preparing);
    }
    if (recent != NULL) {
        free_block(recent);
    }
}

static bool has_to_go(const struct ks_shard *shard, const struct ks_record *record)
{
    return record->class->changes && !record->dead && !is_marked(shard, record->serial);
}

void ks_records_fork_child(struct ks_shard *shard)
{
    struct ks_record_table *table = &shard->records;

    for (uint32_t i = 0; table->buckets != NULL && i <= table->mask; i++) {
        for (struct ks_record *r = ks_bucket_first(&table->buckets[i]), *next; r != NULL;
             r = next) {
            next = r->next;
            if (has_to_go(shard, r)) {
                wipe_body(r);
                unlink_locked(table, r);
            }
        }
    }
    if (recent_serial(table) != 0 && has_to_go(shard, table->recent)) {
        clear_recent_locked(table);
    }
}

void ks_records_wipe_all(struct ks_shard *shard)
{
    struct ks_record_table *table = &shard->records;

    ks_mutex_lock(&table->mutex);
    for (uint32_t i = 0; table->buckets != NULL && i <= table->mask; i++) {
        for (struct ks_record *r = ks_bucket_first(&table->buckets[i]), *next; r != NULL;
             r = next) {
            next = r->next;
            if (!r->dead) {
                end_body(shard, r);
            }
            free_block(r);
        }
        table->buckets[i] = (struct ks_bucket){ 0, 0 };
    }
    end_unlinked(shard);
    atomic_store_explicit(&table->dead, NULL, memory_order_relaxed);
    atomic_store_explicit(&table->count, 0, memory_order_relaxed);
    atomic_store_explicit(&table->bytes, 0, memory_order_relaxed);
    ks_mutex_unlock(&table->mutex);
}
