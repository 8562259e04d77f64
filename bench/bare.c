/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* A store that is nothing but RCU, for the latencies: a look-up in a read-side section, and a grace
 * period of liburcu's for each key destroyed. Ids are given out once; nothing is computed. */

#include "bench.h"

#include "../tests/reference/store.h"

#define _LGPL_SOURCE
#include <stdatomic.h>
#include <stdlib.h>
#include <urcu/urcu-bp.h>

struct bare_key {
    psa_key_id_t id;
    struct ref_attributes attributes;
};

struct bare_store {
    size_t capacity;
    _Atomic psa_key_id_t next;
    struct bare_key *_Atomic slots[];
};

static void *open_store(size_t capacity)
{
    struct bare_store *store = calloc(1, sizeof *store + capacity * sizeof store->slots[0]);

    if (store != NULL) {
        store->capacity = capacity;
        store->next = 1;
    }
    return store;
}

static void close_store(void *p)
{
    struct bare_store *store = p;

    for (size_t i = 0; i < store->capacity; i++) {
        free(store->slots[i]);
    }
    free(store);
}

static psa_status_t create(void *p, const uint8_t *material, size_t length, psa_key_usage_t usage,
                           psa_key_id_t *key)
{
    struct bare_store *store = p;
    struct bare_key *made = malloc(sizeof *made);

    (void) material;
    *key = atomic_fetch_add_explicit(&store->next, 1, memory_order_relaxed);
    if (made == NULL || *key >= store->capacity) {
        free(made);
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    }
    *made = (struct bare_key) { *key, { usage, length } };
    atomic_store_explicit(&store->slots[*key], made, memory_order_release);
    return PSA_SUCCESS;
}

static psa_status_t attributes(void *p, psa_key_id_t key, struct ref_attributes *attributes)
{
    struct bare_store *store = p;
    psa_status_t status = PSA_ERROR_INVALID_HANDLE;

    urcu_bp_read_lock();
    const struct bare_key *found =
        key < store->capacity ? atomic_load_explicit(&store->slots[key], memory_order_acquire)
                              : NULL;

    if (found != NULL && found->id == key) {
        *attributes = found->attributes;
        status = PSA_SUCCESS;
    }
    urcu_bp_read_unlock();
    return status;
}

static psa_status_t destroy(void *p, psa_key_id_t key)
{
    struct bare_store *store = p;
    struct bare_key *found =
        key < store->capacity ? atomic_exchange_explicit(&store->slots[key], NULL,
                                                         memory_order_acq_rel)
                              : NULL;

    if (found == NULL) {
        return PSA_ERROR_INVALID_HANDLE;
    }
    urcu_bp_synchronize_rcu();
    free(found);
    return PSA_SUCCESS;
}

const struct ref_class bare_rcu = {
    .name = "bare RCU", .open = open_store, .close = close_store, .create = create,
    .attributes = attributes, .destroy = destroy,
};
