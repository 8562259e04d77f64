/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Global lock excluding slot content: the lock guards everything but the content of a slot, which a
 * thread may read while the slot is READING, and write while it has it WRITING.
 *
 *   create             free -> WRITING -> UNUSED
 *   use, copy          UNUSED or READING -> READING -> READING or UNUSED
 *   replace, restrict  UNUSED -> WRITING -> UNUSED; waits for readers, holds back new ones
 *   destroy            UNUSED -> WRITING -> free; new look-ups find nothing, readers are waited for
 *
 * The analysis leaves open how the destruction of a key in use waits for its users; here on a
 * condition variable. */

#include "slots.h"

#include <pthread.h>
#include <stdlib.h>

struct store {
    pthread_mutex_t mutex; /* guards everything but the contents, as above */
    pthread_cond_t changed; /* a slot has left READING or WRITING */
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
    pthread_cond_init(&store->changed, NULL);
    return store;
}

static void close_store(void *opaque)
{
    struct store *store = opaque;

    slots_close(&store->slots);
    pthread_cond_destroy(&store->changed);
    pthread_mutex_destroy(&store->mutex);
    free(store);
}

static psa_status_t unlock(struct store *store, psa_status_t status)
{
    pthread_mutex_unlock(&store->mutex);
    return status;
}

/* The slot of the key, READING for this thread too, or NULL. */
static struct slot *begin_reading(struct store *store, psa_key_id_t key)
{
    struct slot *slot;

    pthread_mutex_lock(&store->mutex);
    while ((slot = slots_find(&store->slots, key)) != NULL &&
           (slot->state == WRITING || slot->writers > 0)) {
        pthread_cond_wait(&store->changed, &store->mutex);
    }
    if (slot != NULL) {
        slot->state = READING;
        slot->readers++;
    }
    pthread_mutex_unlock(&store->mutex);
    return slot;
}

static void end_reading_locked(struct store *store, struct slot *slot)
{
    slot->readers--;
    if (slot->readers == 0) {
        slot->state = UNUSED;
        if (slot->writers > 0) {
            pthread_cond_broadcast(&store->changed);
        }
    }
}

static void end_reading(struct store *store, struct slot *slot)
{
    pthread_mutex_lock(&store->mutex);
    end_reading_locked(store, slot);
    pthread_mutex_unlock(&store->mutex);
}

/* The slot of the key, WRITING for this thread, or NULL; dying says that nobody shall find it from
 * here on. Lock held, and let go of while waiting. */
static struct slot *begin_writing_locked(struct store *store, psa_key_id_t key, bool dying)
{
    struct slot *slot = slots_find(&store->slots, key);

    if (slot == NULL) {
        return NULL;
    }
    slot->writers++;
    slot->dying = dying;
    while (slot->state != UNUSED && (dying || !slot->dying)) {
        pthread_cond_wait(&store->changed, &store->mutex);
    }
    slot->writers--;
    if (!dying && slot->dying) {
        pthread_cond_broadcast(&store->changed); /* for the destroyer, who waits for this writer */
        return NULL;
    }
    slot->state = WRITING;
    return slot;
}

static void end_writing_locked(struct store *store, struct slot *slot)
{
    slot->state = UNUSED;
    pthread_cond_broadcast(&store->changed);
}

/* A free slot, WRITING, or NULL. It has an id that nobody knows. */
static struct slot *begin_creating(struct store *store)
{
    pthread_mutex_lock(&store->mutex);
    struct slot *slot = slots_take(&store->slots);

    if (slot != NULL) {
        slot->state = WRITING;
    }
    pthread_mutex_unlock(&store->mutex);
    return slot;
}

static psa_status_t create(void *opaque, const uint8_t *material, size_t length,
                           psa_key_usage_t usage, psa_key_id_t *key)
{
    struct store *store = opaque;

    *key = 0;
    if (!slot_fits(material, length)) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    struct slot *slot = begin_creating(store);

    if (slot == NULL) {
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    }
    *key = slot_make(slot, material, length, usage);
    pthread_mutex_lock(&store->mutex);
    end_writing_locked(store, slot);
    return unlock(store, PSA_SUCCESS);
}

static psa_status_t use(void *opaque, psa_key_id_t key, const uint8_t *input, size_t length,
                        uint8_t mac[REF_MAC])
{
    struct slot *slot = begin_reading(opaque, key);

    if (slot == NULL) {
        return PSA_ERROR_INVALID_HANDLE;
    }
    psa_status_t status = slot_mac(slot, input, length, mac);

    end_reading(opaque, slot);
    return status;
}

static psa_status_t attributes(void *opaque, psa_key_id_t key, struct ref_attributes *attributes)
{
    struct slot *slot = begin_reading(opaque, key);

    if (slot == NULL) {
        return PSA_ERROR_INVALID_HANDLE;
    }
    slot_describe(slot, attributes);
    end_reading(opaque, slot);
    return PSA_SUCCESS;
}

static psa_status_t replace(void *opaque, psa_key_id_t key, const uint8_t *material, size_t length)
{
    struct store *store = opaque;

    if (!slot_fits(material, length)) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    pthread_mutex_lock(&store->mutex);
    struct slot *slot = begin_writing_locked(store, key, false);

    if (slot == NULL) {
        return unlock(store, PSA_ERROR_INVALID_HANDLE);
    }
    pthread_mutex_unlock(&store->mutex);
    slot_fill(slot, material, length);
    pthread_mutex_lock(&store->mutex);
    end_writing_locked(store, slot);
    return unlock(store, PSA_SUCCESS);
}

static psa_status_t restrict_to(void *opaque, psa_key_id_t key, psa_key_usage_t usage)
{
    struct store *store = opaque;

    pthread_mutex_lock(&store->mutex);
    struct slot *slot = begin_writing_locked(store, key, false);

    if (slot == NULL) {
        return unlock(store, PSA_ERROR_INVALID_HANDLE);
    }
    slot->usage &= usage;
    end_writing_locked(store, slot);
    return unlock(store, PSA_SUCCESS);
}

/* The copy becomes a key only if the source is one still. */
static psa_status_t finish_copy(struct store *store, struct slot *slot, struct slot *other,
                                psa_key_id_t *copy)
{
    psa_status_t status = PSA_SUCCESS;

    pthread_mutex_lock(&store->mutex);
    if (slot->dying) {
        slots_give(&store->slots, other);
        status = PSA_ERROR_INVALID_HANDLE;
    } else {
        *copy = other->id;
        end_writing_locked(store, other);
    }
    end_reading_locked(store, slot);
    return unlock(store, status);
}

static psa_status_t copy(void *opaque, psa_key_id_t key, psa_key_id_t *copy)
{
    struct store *store = opaque;
    struct slot *slot = begin_reading(store, key);
    psa_status_t status = PSA_ERROR_INSUFFICIENT_MEMORY;

    *copy = 0;
    if (slot == NULL) {
        return PSA_ERROR_INVALID_HANDLE;
    }
    if ((slot->usage & PSA_KEY_USAGE_COPY) == 0) {
        end_reading(store, slot);
        return PSA_ERROR_NOT_PERMITTED;
    }
    struct slot *other = begin_creating(store);

    if (other == NULL) {
        end_reading(store, slot);
        return status;
    }
    slot_make(other, slot->material, slot->length, slot->usage);
    return finish_copy(store, slot, other, copy);
}

static psa_status_t destroy(void *opaque, psa_key_id_t key)
{
    struct store *store = opaque;

    pthread_mutex_lock(&store->mutex);
    struct slot *slot = begin_writing_locked(store, key, true);

    if (slot == NULL) {
        return unlock(store, PSA_ERROR_INVALID_HANDLE);
    }
    while (slot->writers > 0) {
        pthread_cond_wait(&store->changed, &store->mutex);
    }
    slots_give(&store->slots, slot);
    pthread_cond_broadcast(&store->changed);
    return unlock(store, PSA_SUCCESS);
}

const struct ref_class ref_slot_states = {
    .name = "global lock excluding slot content",
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
