/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "key/call.h"
#include "base/wipe.h"
#include "key/status.h"
#include "store/lookup.h"

static void set_place(struct ks_place place, struct ks_operation_name name)
{
    __atomic_store_n(place.generation, name.generation, __ATOMIC_RELAXED);
    __atomic_store_n(place.handle, name.handle, __ATOMIC_RELAXED);
}

/* Clears the object, unless another thread has set it up anew meanwhile. */
static void clear_place(struct ks_place place, struct ks_operation_name name)
{
    uint32_t handle = name.handle;

    if (__atomic_compare_exchange_n(place.handle, &handle, 0, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED)) {
        __atomic_store_n(place.generation, 0, __ATOMIC_RELAXED);
    }
}

uint16_t ks_call_material(const struct ks_object *object)
{
    return ((const struct ks_key *) object)->epoch;
}

psa_status_t ks_open_check(struct ks_place place)
{
    struct ks_operation_name name = ks_place_name(place);

    if (name.handle == 0 && name.generation == 0) {
        return PSA_SUCCESS;
    }
    if (!ks_rcu_read_ongoing() && ks_operation_abort_open(name)) {
        clear_place(place, name);
    }
    return PSA_ERROR_BAD_STATE;
}

psa_status_t ks_open_begin(struct ks_opening *opening, struct ks_use *use,
                           const struct ks_operation_class *class, size_t size)
{
    psa_status_t status =
        ks_psa_status(ks_operation_open(use->shard, use->object, use->key->epoch, class,
                                        (size + 15) & ~(size_t) 15, &opening->operation));

    if (status == PSA_SUCCESS) {
        opening->context = ks_operation_context(opening->operation);
    }
    return status;
}

void ks_open_lock(const struct ks_use *use)
{
    ks_mutex_lock(&use->shard->records.preparing_mutex);
}

void ks_open_unlock(const struct ks_use *use)
{
    ks_wipe_stack();
    ks_mutex_unlock(&use->shard->records.preparing_mutex);
}

psa_status_t ks_open_end(struct ks_opening *opening, struct ks_place place, psa_status_t status)
{
    if (status != PSA_SUCCESS) {
        ks_operation_end(opening->operation);
        return status;
    }
    set_place(place, ks_operation_name(opening->operation));
    ks_operation_leave(opening->operation);
    return PSA_SUCCESS;
}

psa_status_t ks_call_enter(struct ks_call *call, struct ks_place place, unsigned kind, bool ends)
{
    psa_status_t status = ks_key_self(&call->shard);

    if (status != PSA_SUCCESS) {
        return status == PSA_ERROR_INSUFFICIENT_MEMORY ? status : PSA_ERROR_BAD_STATE;
    }
    if (ends && ks_rcu_read_ongoing()) {
        status = PSA_ERROR_BAD_STATE;
    } else {
        status = ks_psa_status(ks_mark_store(call->shard));
    }
    if (status == PSA_SUCCESS) {
        call->place = place;
        call->operation = ks_operation_enter(ks_place_name(place), kind);
        if (ks_likely(call->operation != NULL)) {
            call->context = ks_operation_context(call->operation);
            return PSA_SUCCESS;
        }
        ks_mark_clear(&call->shard->marks);
        status = PSA_ERROR_BAD_STATE;
    }
    ks_shard_leave();
    return status;
}

/* In a read-side section, where nothing can be locked, an operation that has failed is left to the
 * abort that must follow, or to the end of its key. */
static void end(struct ks_call *call)
{
    if (ks_rcu_read_ongoing()) {
        ks_operation_leave_failed(call->operation);
    } else {
        struct ks_operation_name name = ks_operation_name(call->operation);

        ks_operation_end(call->operation);
        clear_place(call->place, name);
    }
}

void ks_call_leave(struct ks_call *call, psa_status_t status, bool ends)
{
    if (ks_unlikely(ends || status != PSA_SUCCESS)) {
        end(call);
    } else {
        ks_operation_leave(call->operation);
    }
    ks_wipe_registers();
    ks_mark_clear(&call->shard->marks);
    ks_shard_leave();
}

psa_status_t ks_call_abort(struct ks_place place)
{
    struct ks_operation_name name = ks_place_name(place);
    psa_status_t status = PSA_SUCCESS;

    if (name.handle == 0 && name.generation == 0) {
        return PSA_SUCCESS;
    }
    if (ks_rcu_read_ongoing()) {
        return PSA_ERROR_BAD_STATE;
    }
    enum ks_status result = ks_operation_abort(name);

    status = result == KS_OK ? PSA_SUCCESS : PSA_ERROR_BAD_STATE;
    if (result != KS_BAD_STATE) {
        clear_place(place, name);
        if (name.handle == 0) {
            __atomic_store_n(place.generation, 0, __ATOMIC_RELAXED);
        }
    }
    return status;
}
