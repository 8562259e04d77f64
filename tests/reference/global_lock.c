/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* One global lock: every function takes it on entry and lets go of it on exit, operations included,
 * which keeps a key from being destroyed while it is in use. All slots are UNUSED or free. */

#include "slots.h"

#include <pthread.h>
#include <stdlib.h>

struct store {
    pthread_mutex_t mutex; /* guards everything */
    struct slots slots;
};

static void *open_store(size_t capacity)
{
    struct store *store = calloc(1, sizeof *store);

    if (store == NULL || !slots_open(&store->slots, capacity)) {
        free(store);
        return NULL;
    }
    pthread_mutex_init(&store->mutex, NULL);
    return store;
}

static void close_store(void *opaque)
{
    struct store *store = opaque;

    slots_close(&store->slots);
    pthread_mutex_destroy(&store->mutex);
    free(store);
}

/* Takes the lock; the slot of the key, or NULL. */
static struct slot *lock_and_find(struct store *store, psa_key_id_t key)
{
    pthread_mutex_lock(&store->mutex);
    return slots_find(&store->slots, key);
}

static psa_status_t unlock(struct store *store, psa_status_t status)
{
    pthread_mutex_unlock(&store->mutex);
    return status;
}

static psa_status_t create(void *opaque, const uint8_t *material, size_t length,
                           psa_key_usage_t usage, psa_key_id_t *key)
{
    struct store *store = opaque;

    *key = 0;
    if (!slot_fits(material, length)) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    pthread_mutex_lock(&store->mutex);
    struct slot *slot = slots_take(&store->slots);

    if (slot == NULL) {
        return unlock(store, PSA_ERROR_INSUFFICIENT_MEMORY);
    }
    *key = slot_make(slot, material, length, usage);
    return unlock(store, PSA_SUCCESS);
}

static psa_status_t use(void *opaque, psa_key_id_t key, const uint8_t *input, size_t length,
                        uint8_t mac[REF_MAC])
{
    struct slot *slot = lock_and_find(opaque, key);

    return unlock(opaque, slot == NULL ? PSA_ERROR_INVALID_HANDLE
                                       : slot_mac(slot, input, length, mac));
}

static psa_status_t attributes(void *opaque, psa_key_id_t key, struct ref_attributes *attributes)
{
    struct slot *slot = lock_and_find(opaque, key);

    if (slot == NULL) {
        return unlock(opaque, PSA_ERROR_INVALID_HANDLE);
    }
    slot_describe(slot, attributes);
    return unlock(opaque, PSA_SUCCESS);
}

static psa_status_t replace(void *opaque, psa_key_id_t key, const uint8_t *material, size_t length)
{
    if (!slot_fits(material, length)) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    struct slot *slot = lock_and_find(opaque, key);

    if (slot == NULL) {
        return unlock(opaque, PSA_ERROR_INVALID_HANDLE);
    }
    slot_fill(slot, material, length);
    return unlock(opaque, PSA_SUCCESS);
}

static psa_status_t restrict_to(void *opaque, psa_key_id_t key, psa_key_usage_t usage)
{
    struct slot *slot = lock_and_find(opaque, key);

    if (slot == NULL) {
        return unlock(opaque, PSA_ERROR_INVALID_HANDLE);
    }
    slot->usage &= usage;
    return unlock(opaque, PSA_SUCCESS);
}

static psa_status_t copy(void *opaque, psa_key_id_t key, psa_key_id_t *copy)
{
    struct store *store = opaque;
    struct slot *slot = lock_and_find(store, key);

    *copy = 0;
    if (slot == NULL) {
        return unlock(store, PSA_ERROR_INVALID_HANDLE);
    }
    if ((slot->usage & PSA_KEY_USAGE_COPY) == 0) {
        return unlock(store, PSA_ERROR_NOT_PERMITTED);
    }
    struct slot *other = slots_take(&store->slots);

    if (other == NULL) {
        return unlock(store, PSA_ERROR_INSUFFICIENT_MEMORY);
    }
    *copy = slot_make(other, slot->material, slot->length, slot->usage);
    return unlock(store, PSA_SUCCESS);
}

static psa_status_t destroy(void *opaque, psa_key_id_t key)
{
    struct store *store = opaque;
    struct slot *slot = lock_and_find(store, key);

    if (slot == NULL) {
        return unlock(store, PSA_ERROR_INVALID_HANDLE);
    }
    slots_give(&store->slots, slot);
    return unlock(store, PSA_SUCCESS);
}

const struct ref_class ref_global_lock = {
    .name = "one global lock",
    .open = open_store,
    .close = close_store,
    .create = create,
    .use = use,
    .attributes = attributes,
    .replace = replace,
    .restrict_to = restrict_to,
    .copy = copy,
    .destroy = destroy,
};
