/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "base/wipe.h"
#include "key/make.h"
#include "key/curve.h"
#include "key/policy.h"
#include "key/status.h"
#include "key/type.h"
#include "key/use.h"
#include "store/change.h"
#include "store/lookup.h"
#include "store/operation.h"
#include "store/own.h"
#include "store/retire.h"

#include <string.h>

/* The thread's shard, with a slot for one more key, and the thread in a place where it may wait. */
static inline psa_status_t ready_to_publish(struct ks_shard **self)
{
    psa_status_t status = ks_key_self(self);

    if (ks_unlikely(status != PSA_SUCCESS)) {
        return status;
    }
    if (ks_unlikely(!ks_may_lock())) {
        status = PSA_ERROR_BAD_STATE;
    } else if (ks_unlikely(!ks_slots_ready(&(*self)->slots))) {
        status = ks_psa_status(ks_publish_reserve(*self));
    }
    if (ks_unlikely(status != PSA_SUCCESS)) {
        ks_shard_leave();
    }
    return status;
}

/* Allocates the key and fills in all but the material. */
static inline psa_status_t build(struct ks_making *making, const struct ks_spec *spec,
                                 size_t length)
{
    size_t size = sizeof(struct ks_key) - sizeof(struct ks_object) + length;
    struct ks_key *key = (struct ks_key *) ks_object_new(making->shard, size);

    if (key == NULL) {
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    }
    key->type = spec->type;
    key->bits = (uint16_t) spec->bits;
    key->length = (uint16_t) length;
    key->usage = spec->usage;
    key->alg = spec->alg;
    key->alg2 = spec->alg2;
    key->lifetime = spec->lifetime;
    key->epoch = spec->epoch;
    making->key = key;
    return PSA_SUCCESS;
}

static void leave(struct ks_making *making)
{
    ks_wipe_registers();
    ks_mark_clear(&making->shard->marks);
    ks_shard_leave();
}

static inline psa_status_t try_begin(struct ks_making *making, const struct ks_spec *spec,
                                     size_t length)
{
    psa_status_t status = ready_to_publish(&making->shard);

    if (ks_unlikely(status != PSA_SUCCESS)) {
        return status;
    }
    status = ks_psa_status(ks_mark_store(making->shard));
    if (ks_unlikely(status != PSA_SUCCESS)) {
        ks_shard_leave();
        return status;
    }
    status = build(making, spec, length);
    if (ks_unlikely(status != PSA_SUCCESS)) {
        leave(making);
    }
    return status;
}

/* Where memory is exhausted some may be in limbo. */
static KS_COLD psa_status_t begin_again(struct ks_making *making, const struct ks_spec *spec,
                                        size_t length)
{
    if (ks_thread.shard == NULL || !ks_may_wait() || !ks_limbo_reclaim(ks_thread.shard)) {
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    }
    return try_begin(making, spec, length);
}

psa_status_t ks_make_begin(struct ks_making *making, const struct ks_spec *spec, size_t length)
{
    psa_status_t status = try_begin(making, spec, length);

    return ks_likely(status != PSA_ERROR_INSUFFICIENT_MEMORY) ? status
                                                              : begin_again(making, spec, length);
}

void ks_make_finish(struct ks_making *making, psa_key_id_t *id)
{
    ks_publish(making->shard, &making->key->object, id);
    leave(making);
}

void ks_make_cancel(struct ks_making *making)
{
    ks_object_discard(making->shard, &making->key->object);
    leave(making);
}

/* Copies material into a key and judges the copy, which is nobody else's. */
static psa_status_t fill_in(struct ks_key *key, const uint8_t *data, ks_material_judge *judge)
{
    memcpy(key->material, data, key->length);
    if (ks_unlikely(PSA_KEY_TYPE_IS_ECC(key->type))) {
        ks_curve_mask(key->type, key->material, key->length);
    }
    return judge != NULL ? judge(key) : PSA_SUCCESS;
}

psa_status_t ks_key_import(struct ks_spec *spec, const uint8_t *data, size_t length,
                           ks_material_judge *judge, psa_key_id_t *id)
{
    struct ks_making making;
    psa_status_t status = ks_type_check_material(spec->type, spec->bits, data, length, &spec->bits);

    if (status == PSA_SUCCESS && spec->exponent_length != 0) {
        status = ks_type_check_exponent(spec->type, data, length, spec->exponent,
                                        spec->exponent_length);
    }
    if (status == PSA_SUCCESS) {
        status = ks_make_begin(&making, spec, length);
    }
    if (status != PSA_SUCCESS) {
        return status;
    }
    status = fill_in(making.key, data, judge);
    if (status == PSA_SUCCESS) {
        ks_make_finish(&making, id);
    } else {
        ks_make_cancel(&making);
    }
    return status;
}

/* What the copy shall be: wanted, within what the source permits. */
static psa_status_t restrict_copy(const struct ks_key *source, struct ks_spec *spec)
{
    struct ks_policy policy = {spec->usage, spec->alg, spec->alg2};
    psa_status_t status;

    if ((spec->type != 0 && spec->type != source->type) ||
        (spec->bits != 0 && spec->bits != source->bits)) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    if (spec->exponent_length != 0) {
        status = ks_type_check_exponent(source->type, source->material, source->length,
                                        spec->exponent, spec->exponent_length);
        if (status != PSA_SUCCESS) {
            return status;
        }
    }
    status = ks_policy_restrict(source, &policy);
    spec->type = source->type;
    spec->bits = source->bits;
    spec->usage = policy.usage;
    spec->alg = policy.alg;
    spec->alg2 = policy.alg2;
    return status;
}

/* One attempt; KS_CHANGED in *result if the source was replaced before the copy could be published.
 * The mark stands on the source throughout. */
static psa_status_t copy_marked(struct ks_use *use, const struct ks_spec *wanted, psa_key_id_t *id,
                                enum ks_status *result)
{
    struct ks_making making = {use->shard, NULL};
    struct ks_spec spec = *wanted;
    psa_status_t status = restrict_copy(use->key, &spec);

    if (status == PSA_SUCCESS) {
        status = build(&making, &spec, use->key->length);
    }
    if (status == PSA_SUCCESS) {
        memcpy(making.key->material, use->key->material, use->key->length);
        *result = ks_publish_copy(use->shard, &making.key->object, &use->key->object, id);
        status = ks_psa_status(*result);
        if (*result != KS_OK) {
            ks_object_discard(use->shard, &making.key->object);
        }
    }
    return status;
}

psa_status_t ks_key_copy(psa_key_id_t source, const struct ks_spec *wanted, psa_key_id_t *id)
{
    psa_status_t status;
    enum ks_status result;

    do {
        struct ks_shard *self;
        struct ks_use use;

        result = KS_OK;
        status = ready_to_publish(&self);
        if (status == PSA_SUCCESS) {
            status = ks_use_begin(&use, source, PSA_KEY_USAGE_COPY, 0);
        }
        if (status == PSA_SUCCESS) {
            status = copy_marked(&use, wanted, id, &result);
            ks_use_end(&use);
        }
    } while (result == KS_CHANGED);
    return status;
}

static struct ks_spec spec_of(const struct ks_key *key)
{
    return (struct ks_spec){.lifetime = key->lifetime, .type = key->type, .bits = key->bits,
                            .usage = key->usage, .alg = key->alg, .alg2 = key->alg2,
                            .epoch = key->epoch};
}

/* What a change gives the key in the place of what it has. */
struct change {
    const uint8_t *data;      /* new material, or NULL: it stays */
    size_t length;
    psa_key_usage_t usage;    /* usages to keep at most */
    ks_material_judge *judge; /* of new material */
};

static void release(struct ks_use *use, bool is_replacement)
{
    if (is_replacement) {
        ks_count(&use->shard->counters.replaced);
    }
    ks_wipe_registers();
    if (KS_MUTANT != KS_MUTANT_NO_MARK) {
        ks_mark_clear(&use->shard->marks);
    }
}

/* Operations with older material end before the old object leaves the dying list, for which whoever
 * destroys the key waits, so before the id can be another key's. Objects that others have replaced
 * and are still waiting for are waited for last. */
static enum ks_status swap_shared(struct ks_use *use, struct ks_object *object, bool is_replacement)
{
    struct ks_dying *dying = ks_dying_begin(use->shard);
    uint32_t id = use->object->id;
    uint16_t epoch = ((struct ks_key *) object)->epoch;
    enum ks_status status = ks_replace(use->shard, object, id, use->object->serial, dying);

    if (status != KS_OK) {
        ks_object_discard(use->shard, object);
    }
    release(use, status == KS_OK && is_replacement);
    if (status == KS_OK) {
        ks_retire(dying);
        if (is_replacement) {
            ks_operations_revoke_older(id, epoch);
        }
        ks_reclaim(ks_dying_take(dying));
        ks_dying_wait(id);
    }
    ks_dying_end(dying);
    return status;
}

/* Publishes the object in the place of the one in use, and clears the mark on that. Where the key
 * is the thread's own, the old object and its operations end under the mark (a call inside one
 * never waits for this thread); else the mark stands until the new one is published, for the old
 * one's end waits for it. */
static enum ks_status swap(struct ks_use *use, struct ks_object *object, bool is_replacement)
{
    uint32_t id = use->object->id;
    uint16_t epoch = ((struct ks_key *) object)->epoch; /* once published it is anybody's to end */

    if (!ks_own_replace(use->shard, object, use->object)) {
        return swap_shared(use, object, is_replacement);
    }
    if (is_replacement) {
        ks_operations_revoke_older(id, epoch);
    }
    ks_own_end(use->shard, use->object);
    release(use, is_replacement);
    ks_limbo_tidy(use->shard);
    return KS_OK;
}

/* One attempt to give the key in use another object; ends the use. */
static psa_status_t change_used(struct ks_use *use, const struct ks_spec *spec,
                                const struct change *change, enum ks_status *result)
{
    struct ks_making making = {use->shard, NULL};
    const uint8_t *data = change->data != NULL ? change->data : use->key->material;
    size_t length = change->data != NULL ? change->length : use->key->length;
    psa_status_t status = build(&making, spec, length);

    if (status == PSA_SUCCESS) {
        status = fill_in(making.key, data, change->judge);
        if (status != PSA_SUCCESS) {
            ks_object_discard(use->shard, &making.key->object);
        }
    }
    if (status != PSA_SUCCESS) {
        ks_use_end(use);
        return status;
    }
    *result = swap(use, &making.key->object, change->data != NULL);
    ks_shard_leave();
    return ks_psa_status(*result);
}

static psa_status_t change_once(psa_key_id_t id, const struct change *change,
                                enum ks_status *result)
{
    struct ks_use use;
    psa_status_t status = ks_use_begin(&use, id, 0, 0);

    *result = KS_OK;
    if (status != PSA_SUCCESS) {
        return status;
    }
    struct ks_spec spec = spec_of(use.key);

    spec.usage &= change->usage;
    if (change->data != NULL) {
        status = ks_type_check_material(spec.type, 0, change->data, change->length, &spec.bits);
        spec.epoch++;
    }
    if (status != PSA_SUCCESS) {
        ks_use_end(&use);
        return status;
    }
    return change_used(&use, &spec, change, result);
}

static psa_status_t change_key(psa_key_id_t id, const struct change *change)
{
    enum ks_status result;
    psa_status_t status;

    if (!ks_may_wait()) {
        return PSA_ERROR_BAD_STATE;
    }
    int cancel = ks_cancel_disable();

    do {
        status = change_once(id, change, &result);
    } while (result == KS_CHANGED);
    ks_cancel_restore(cancel);
    return status;
}

psa_status_t ks_key_refresh(psa_key_id_t id)
{
    struct change nothing = {.usage = ~(psa_key_usage_t) 0};

    return change_key(id, &nothing);
}

psa_status_t ks_key_restrict(psa_key_id_t id, psa_key_usage_t usage)
{
    struct change change = {.usage = ks_policy_extend_usage(usage)};
    psa_status_t status = ks_policy_check_usage(usage);

    return status == PSA_SUCCESS ? change_key(id, &change) : status;
}

psa_status_t ks_key_replace(psa_key_id_t id, const uint8_t *data, size_t length,
                            ks_material_judge *judge)
{
    struct change change = {data, length, ~(psa_key_usage_t) 0, judge};

    return data == NULL || length == 0 ? PSA_ERROR_INVALID_ARGUMENT : change_key(id, &change);
}
