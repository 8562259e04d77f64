/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The extension API; include/keyshard/keyshard.h has the contracts. */

#include "config.h"

#include "api/attributes.h"
#include "api/module.h"
#include "base/rcu.h"
#include "key/make.h"
#include "key/status.h"
#include "key/use.h"
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
            *owner = ks_shard_name(ks_shard_by_number(object->owner));
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
            ks_attributes_write(attributes, (const struct ks_key *) object);
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
