/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* A shard's use records: the table itself. record.h has the rules (R1 to R4). */
#ifndef KS_STORE_RECORD_TABLE_H
#define KS_STORE_RECORD_TABLE_H

#include "base/lock.h"
#include "store/record.h"

#include <stdatomic.h>

#define KS_RECORD_BUDGET (16u << 20) /* bytes a shard; docs/decisions tells why */

struct ks_record {
    uint64_t serial;                     /* of the object; immutable while linked */
    const struct ks_record_class *class; /* immutable while linked */
    uint32_t variant;                    /* immutable while linked */
    uint32_t dead;                       /* guarded by the records mutex */
    struct ks_record *next;              /* in its bucket; by the shard's thread, under the mutex */
    struct ks_record *next_dead;         /* guarded by the records mutex */
    uint64_t stamp;                      /* the clock at its last use; the shard's thread alone */
    uint64_t on_heap;                    /* temporary: the block is the C library's */
    _Alignas(16) unsigned char body[];
};

struct ks_record_table {
    /* The shard's thread alone. */
    struct ks_record **buckets; /* array replaced under the mutex; links changed under the mutex */
    uint32_t mask;              /* number of buckets - 1; changed under the mutex */
    uint32_t hand;              /* where eviction goes on looking */
    uint64_t clock;
    /* A record not linked yet, which may hold secrets already; so that whoever cleans up after a
     * thread that vanished in a fork or was cancelled finds it. */
    struct ks_record *preparing;
    /* Held by the shard's thread while it prepares a record that will be kept; otherwise only fork
     * takes it, so that a child never finds a context half prepared. No other mutex but
     * KS_RANK_MEMORY inside. */
    struct ks_mutex preparing_mutex;
    /* Written by the shard's thread, read by anybody. */
    _Atomic uint64_t count;
    _Atomic uint64_t bytes;
    /* Taken by the shard's thread to link and unlink, by destroyers to wipe. Neither allocation nor
     * cryptography under it, but for the release functions of record classes, which free and wipe.
     */
    _Alignas(KS_CACHE_LINE) struct ks_mutex mutex;
    struct ks_record *dead;     /* wiped by destroyers, still linked; guarded by the mutex */
};

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
