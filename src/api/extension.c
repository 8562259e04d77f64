/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The extension API; include/keyshard/keyshard.h has the contracts. */

#include "config.h"

#include "api/attributes.h"
#include "api/module.h"
#include "base/rcu.h"
#include "crypto/mbed.h"
#include "key/make.h"
#include "key/status.h"
#include "key/use.h"
#include "store/change.h"
#include "store/handoff.h"
#include "store/lookup.h"
#include "store/store.h"

#include <keyshard/keyshard.h>

KS_EXPORT keyshard_shard_t keyshard_self(void)
{
    keyshard_shard_t name = 0;

    ks_module_setup();
    struct ks_shard *self = ks_shard_self();

    if (self != NULL) {
        name = ks_shard_name(self);
        ks_shard_leave();
    }
    return name;
}

KS_EXPORT psa_status_t keyshard_owner(psa_key_id_t key, keyshard_shard_t *owner)
{
    struct ks_shard *self;
    psa_status_t status = ks_key_self(&self);

    *owner = 0;
    if (status != PSA_SUCCESS) {
        return status;
    }
    status = PSA_ERROR_BAD_STATE;
    ks_count(&self->counters.lookups);
    ks_rcu_read_lock();
    if (ks_store_running()) {
        const struct ks_object *object = ks_lookup(self, key);

        status = PSA_ERROR_INVALID_HANDLE;
        if (object != NULL) {
            *owner = ks_shard_name(ks_shard_by_number(ks_object_owner(object)));
            status = PSA_SUCCESS;
        }
    }
    ks_rcu_read_unlock();
    if (status == PSA_ERROR_INVALID_HANDLE) {
        ks_count(&self->counters.misses);
    }
    ks_shard_leave();
    return status;
}

/* What every handoff needs: the thread's shard, in a place where it may wait, with the store's mark
 * set; to be ended by end_handoff. */
static psa_status_t begin_handoff(struct ks_shard **self)
{
    psa_status_t status = PSA_ERROR_BAD_STATE;

    if (ks_store_running() && ks_may_wait()) {
        status = ks_key_self(self);
    }
    if (status == PSA_SUCCESS) {
        status = ks_psa_status(ks_mark_store(*self));
        if (status != PSA_SUCCESS) {
            ks_shard_leave();
        }
    }
    return status;
}

static psa_status_t end_handoff(struct ks_shard *self, enum ks_status status)
{
    ks_mark_clear(&self->marks);
    ks_shard_leave();
    return ks_psa_status(status);
}

KS_EXPORT psa_status_t keyshard_handoff_many(const psa_key_id_t *keys, size_t count,
                                             keyshard_shard_t to)
{
    struct ks_shard *self;

    if (keys == NULL && count != 0) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    psa_status_t status = begin_handoff(&self);

    return status == PSA_SUCCESS ? end_handoff(self, ks_handoff(self, keys, count, to)) : status;
}

KS_EXPORT psa_status_t keyshard_handoff(psa_key_id_t key, keyshard_shard_t to)
{
    return keyshard_handoff_many(&key, 1, to);
}

KS_EXPORT psa_status_t keyshard_handoff_all(keyshard_shard_t from, keyshard_shard_t to)
{
    struct ks_shard *self;
    psa_status_t status = begin_handoff(&self);

    return status == PSA_SUCCESS ? end_handoff(self, ks_handoff_all(self, from, to)) : status;
}

KS_EXPORT psa_status_t keyshard_on_thread_exit(keyshard_exit_t action)
{
    if (action != KEYSHARD_EXIT_PARK && action != KEYSHARD_EXIT_DESTROY) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    ks_module_setup();
    if (ks_thread.ending || (ks_thread.shard == NULL && !ks_may_lock())) {
        return PSA_ERROR_BAD_STATE;
    }
    struct ks_shard *self = ks_shard_self();

    if (self == NULL) {
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    }
    self->exit_action = action == KEYSHARD_EXIT_DESTROY ? KS_EXIT_DESTROY : KS_EXIT_PARK;
    return PSA_SUCCESS;
}

KS_EXPORT psa_status_t keyshard_restrict_key(psa_key_id_t key, psa_key_usage_t usage)
{
    return ks_store_running() ? ks_key_restrict(key, usage) : PSA_ERROR_BAD_STATE;
}

KS_EXPORT psa_status_t keyshard_destroy_keys(const psa_key_id_t *keys, size_t count)
{
    if (!ks_store_running()) {
        return PSA_ERROR_BAD_STATE;
    }
    if (keys == NULL && count != 0) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    psa_status_t status = ks_psa_status(ks_destroy_many(keys, count));

    ks_shard_leave();
    return status;
}

KS_EXPORT psa_status_t keyshard_replace_key(psa_key_id_t key, const uint8_t *data, size_t length)
{
    if (!ks_store_running()) {
        return PSA_ERROR_BAD_STATE;
    }
    return ks_key_replace(key, data, length);
}

/* Copies the attributes of the next key. False at the end, or when the store has stopped. A section
 * ends with the chunk of slots it looked through, so that it delays no grace period. */
static bool next_attributes(const struct ks_shard *self, uint32_t *cursor,
                            psa_key_attributes_t *attributes)
{
    const struct ks_object *object = NULL;
    bool more = true;

    *attributes = psa_key_attributes_init();
    while (more && object == NULL) {
        ks_rcu_read_lock();
        more = ks_store_running() && ks_store_next(self, cursor, &object);
        if (object != NULL) {
            ks_mbed_attributes_fill(attributes, (const struct ks_key *) object);
        }
        ks_rcu_read_unlock();
    }
    return object != NULL;
}

KS_EXPORT psa_status_t keyshard_for_each_key(int (*visit)(const psa_key_attributes_t *attributes,
                                                          void *context), void *context)
{
    struct ks_shard *self;
    uint32_t cursor = 0;
    psa_key_attributes_t attributes;

    if (visit == NULL) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    psa_status_t status = ks_key_self(&self);

    if (status != PSA_SUCCESS) {
        return status;
    }
    if (!ks_store_running()) {
        status = PSA_ERROR_BAD_STATE;
    }
    /* The shard is looked up anew each time: an ending thread's is parked when visit calls in. */
    while (status == PSA_SUCCESS && next_attributes(ks_thread.shard, &cursor, &attributes) &&
           visit(&attributes, context) == 0) {
    }
    ks_shard_leave();
    return status;
}

KS_EXPORT const char *keyshard_version(void)
{
    return PACKAGE_VERSION;
}
