/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "base/secmem.h"
#include "base/wipe.h"
#include "crypto/mbed.h"
#include "store/operation.h"
#include "store/retire.h"
#include "store/shard.h"
#include "store/store.h"
#include "store/table.h"

#include <keyshard/keyshard.h>
#include <string.h>

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void add_shard(keyshard_stats_t *sum, const struct ks_shard *shard)
{
    const struct ks_counters *c = &shard->counters;

    sum->keys_created += read_counter(&c->created);
    sum->keys_destroyed += read_counter(&c->destroyed);
    sum->keys_replaced += read_counter(&c->replaced);
    sum->lookups += read_counter(&c->lookups);
    sum->lookup_misses += read_counter(&c->misses);
    sum->retirements += read_counter(&c->ended);
    sum->record_makes += read_counter(&c->record_makes);
    sum->record_evictions += read_counter(&c->record_evictions);
    sum->random_reseeds += read_counter(&c->reseeds);
    sum->records += read_counter(&shard->records.count);
    sum->record_bytes += read_counter(&shard->records.bytes);
    sum->secret_bytes += read_counter(&shard->arena.in_use);
    sum->secret_bytes += read_counter(&shard->record_arena.in_use);
    sum->keys_handed_over += read_counter(&c->handed);
    sum->objects_in_limbo += ks_limbo_objects(&shard->limbo);
    sum->limbo_bytes += ks_limbo_bytes(&shard->limbo);
}

static void sum_up(keyshard_stats_t *sum)
{
    struct ks_secmem_totals memory = ks_secmem_totals();

    *sum = (keyshard_stats_t){0};
    sum->shards = ks_shards_listed();
    for (uint32_t n = 1; n <= sum->shards; n++) {
        add_shard(sum, ks_shard_by_number(n));
    }
    sum->keys_destroyed += read_counter(&ks_totals.destroyed);
    sum->retirements += read_counter(&ks_totals.retired);
    sum->secret_bytes -= sum->limbo_bytes < sum->secret_bytes ? sum->limbo_bytes
                                                              : sum->secret_bytes;
    if (sum->keys_created > sum->keys_destroyed) {
        sum->keys = sum->keys_created - sum->keys_destroyed;
    }
    sum->grace_periods = ks_rcu_grace_periods();
    sum->objects_dying = ks_dying_total();
    sum->operations = ks_operations_open();
    sum->shards_parked = ks_shards_parked();
    sum->slots = ks_table_slots();
    sum->secret_mapped_bytes = memory.mapped;
    sum->secret_locked_bytes = memory.locked;
}

KS_EXPORT psa_status_t keyshard_get_stats(keyshard_stats_t *stats, size_t size)
{
    keyshard_stats_t sum;

    if (stats == NULL || size == 0) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    sum_up(&sum);
    if (size > sizeof sum) {
        ks_wipe((char *) stats + sizeof sum, size - sizeof sum); /* fields this library lacks */
        size = sizeof sum;
    }
    memcpy(stats, &sum, size);
    return PSA_SUCCESS;
}

/* Slots that Mbed TLS's statistics know and keyshard does not have are counted as 0. */
KS_EXPORT void mbedtls_psa_get_stats(mbedtls_psa_stats_t *stats)
{
    keyshard_stats_t sum;

    sum_up(&sum);
    *stats = (mbedtls_psa_stats_t){0};
    ks_mbed_stats_set(stats, sum.keys, sum.slots - sum.keys);
}
