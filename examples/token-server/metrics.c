/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "metrics.h"

#include <inttypes.h>
#include <keyshard/keyshard.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCKS 256

static const char *const endpoint_names[ENDPOINTS] = {
    [ENDPOINT_HEALTHZ] = "healthz", [ENDPOINT_METRICS] = "metrics", [ENDPOINT_CREATE] = "create",
    [ENDPOINT_REVOKE] = "revoke",   [ENDPOINT_ROTATE] = "rotate",   [ENDPOINT_ISSUE] = "issue",
    [ENDPOINT_VERIFY] = "verify",   [ENDPOINT_KEYS] = "keys",       [ENDPOINT_OTHER] = "other",
};

static const char *const result_names[TOKEN_RESULTS] = {
    [TOKEN_ISSUED] = "issued", [TOKEN_VERIFIED] = "verified", [TOKEN_REFUSED] = "refused"};

/* Every status that the server itself gives; the last stands for any other. */
static const unsigned int statuses[] = {200, 201, 204, 400, 401, 404, 405,
                                        409, 413, 414, 415, 500, 503, 0};
#define STATUSES (sizeof statuses / sizeof statuses[0])

/* One thread's counts; the threads beyond the last block share that one. Atomic, relaxed: a sum
 * over threads that go on counting is exact for no instant anyway. */
static struct block {
    _Alignas(64) _Atomic uint64_t counts[ENDPOINTS][STATUSES];
    _Atomic uint64_t tokens[KEY_ALGS][TOKEN_RESULTS];
} blocks[BLOCKS];
static _Atomic unsigned int blocks_taken;

static struct block *own_block(void)
{
    static _Thread_local struct block *own;

    if (own == NULL) {
        unsigned int i = atomic_fetch_add_explicit(&blocks_taken, 1, memory_order_relaxed);
        own = &blocks[i < BLOCKS ? i : BLOCKS - 1];
    }
    return own;
}

void metrics_count(enum endpoint endpoint, unsigned int status)
{
    size_t i = 0;

    while (statuses[i] != status && statuses[i] != 0)
        i++;
    atomic_fetch_add_explicit(&own_block()->counts[endpoint][i], 1, memory_order_relaxed);
}

void metrics_count_token(enum key_alg alg, enum token_result result)
{
    atomic_fetch_add_explicit(&own_block()->tokens[alg][result], 1, memory_order_relaxed);
}

static uint64_t sum(enum endpoint endpoint, size_t status)
{
    uint64_t result = 0;

    for (size_t i = 0; i < BLOCKS; i++)
        result += atomic_load_explicit(&blocks[i].counts[endpoint][status], memory_order_relaxed);
    return result;
}

uint64_t metrics_total(void)
{
    uint64_t result = 0;

    for (enum endpoint endpoint = 0; endpoint < ENDPOINTS; endpoint++)
        for (size_t status = 0; status < STATUSES; status++)
            result += sum(endpoint, status);
    return result;
}

/* What of keyshard_stats_t is shown, and as what. A counter's sample has "_total" behind its name;
 * no name ends in a suffix that the format keeps for itself, such as "_created". */
static const struct {
    const char *name;
    bool counter;
    const char *unit;
    size_t offset;
    const char *help;
} fields[] = {
#define FIELD(field) offsetof(keyshard_stats_t, field)
    {"keyshard_keys", false, NULL, FIELD(keys), "Keys that exist."},
    {"keyshard_key_creations", true, NULL, FIELD(keys_created), "Keys created."},
    {"keyshard_key_destructions", true, NULL, FIELD(keys_destroyed), "Keys destroyed."},
    {"keyshard_key_replacements", true, NULL, FIELD(keys_replaced), "Keys given new material."},
    {"keyshard_lookups", true, NULL, FIELD(lookups), "Calls that looked for a key by id."},
    {"keyshard_lookup_misses", true, NULL, FIELD(lookup_misses), "Lookups that found no key."},
    {"keyshard_retirements", true, NULL, FIELD(retirements),
     "Objects taken out of service, waited for and wiped."},
    {"keyshard_grace_periods", true, NULL, FIELD(grace_periods), "Grace periods run."},
    {"keyshard_objects_dying", false, NULL, FIELD(objects_dying),
     "Objects out of service and not wiped yet."},
    {"keyshard_shards", false, NULL, FIELD(shards), "Shards ever made."},
    {"keyshard_shards_parked", false, NULL, FIELD(shards_parked), "Shards without a thread."},
    {"keyshard_slots", false, NULL, FIELD(slots), "Slots of the slot table."},
    {"keyshard_records", false, NULL, FIELD(records), "Prepared contexts held."},
    {"keyshard_record_bytes", false, "bytes", FIELD(record_bytes),
     "What the prepared contexts are charged with."},
    {"keyshard_record_makes", true, NULL, FIELD(record_makes), "Prepared contexts kept."},
    {"keyshard_record_evictions", true, NULL, FIELD(record_evictions),
     "Prepared contexts dropped to keep within the budget."},
    {"keyshard_secret_bytes", false, "bytes", FIELD(secret_bytes), "Secret memory in use."},
    {"keyshard_secret_mapped_bytes", false, "bytes", FIELD(secret_mapped_bytes),
     "Secret memory mapped."},
    {"keyshard_secret_locked_bytes", false, "bytes", FIELD(secret_locked_bytes),
     "Secret memory locked against swap."},
    {"keyshard_random_reseeds", true, NULL, FIELD(random_reseeds),
     "Times that a random generator was seeded."},
#undef FIELD
};

static void write_family(FILE *out, const char *name, const char *type, const char *unit,
                         const char *help)
{
    fprintf(out, "# TYPE %s %s\n", name, type);
    if (unit != NULL)
        fprintf(out, "# UNIT %s %s\n", name, unit);
    fprintf(out, "# HELP %s %s\n", name, help);
}

static void write_requests(FILE *out)
{
    write_family(out, "token_server_requests", "counter", NULL,
                 "Requests answered, by endpoint and status; status 0 is any other.");
    for (enum endpoint endpoint = 0; endpoint < ENDPOINTS; endpoint++) {
        for (size_t i = 0; i < STATUSES; i++) {
            uint64_t count = sum(endpoint, i);
            if (count > 0)
                fprintf(out,
                        "token_server_requests_total{endpoint=\"%s\",code=\"%u\"} %" PRIu64 "\n",
                        endpoint_names[endpoint], statuses[i], count);
        }
    }
}

static void write_tokens(FILE *out)
{
    write_family(out, "token_server_tokens", "counter", NULL,
                 "Tokens issued, found right and refused, by algorithm.");
    for (size_t alg = 0; alg < KEY_ALGS; alg++) {
        for (size_t result = 0; result < TOKEN_RESULTS; result++) {
            uint64_t count = 0;
            for (size_t i = 0; i < BLOCKS; i++)
                count +=
                    atomic_load_explicit(&blocks[i].tokens[alg][result], memory_order_relaxed);
            fprintf(out, "token_server_tokens_total{alg=\"%s\",result=\"%s\"} %" PRIu64 "\n",
                    key_alg_names[alg], result_names[result], count);
        }
    }
}

static void write_tenants(FILE *out, const size_t tenants[KEY_ALGS])
{
    write_family(out, "token_server_tenants", "gauge", NULL,
                 "Tenants that exist, by algorithm.");
    for (size_t alg = 0; alg < KEY_ALGS; alg++)
        fprintf(out, "token_server_tenants{alg=\"%s\"} %zu\n", key_alg_names[alg], tenants[alg]);
}

static void write_store(FILE *out)
{
    keyshard_stats_t stats;

    write_family(out, "keyshard", "info", NULL, "The key store.");
    fprintf(out, "keyshard_info{version=\"%s\"} 1\n", keyshard_version());
    if (keyshard_get_stats(&stats, sizeof stats) != PSA_SUCCESS)
        return;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        uint64_t value = *(const uint64_t *)(const void *)((const char *)&stats + fields[i].offset);
        write_family(out, fields[i].name, fields[i].counter ? "counter" : "gauge", fields[i].unit,
                     fields[i].help);
        fprintf(out, "%s%s %" PRIu64 "\n", fields[i].name, fields[i].counter ? "_total" : "",
                value);
    }
}

char *metrics_text(const size_t tenants[KEY_ALGS], size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);

    if (out == NULL)
        return NULL;
    write_requests(out);
    write_tokens(out);
    write_tenants(out, tenants);
    write_store(out);
    fputs("# EOF\n", out);

    bool failed = ferror(out) != 0;
    failed = fclose(out) != 0 || failed;
    if (failed) {
        free(text);
        return NULL;
    }
    return text;
}
