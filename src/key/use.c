/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "key/use.h"
#include "key/status.h"

KS_COLD psa_status_t ks_key_attach(struct ks_shard **self)
{
    if (!ks_store_running() || !ks_may_lock()) {
        return PSA_ERROR_BAD_STATE;
    }
    *self = ks_shard_attach();
    return *self != NULL ? PSA_SUCCESS : PSA_ERROR_INSUFFICIENT_MEMORY;
}

/* What is left of ks_use_begin when the key is found and marked. */
static inline psa_status_t begin_found(struct ks_use *use)
{
    psa_status_t status = ks_policy_permits(use->key, use->usage, use->alg);

    if (ks_unlikely(status != PSA_SUCCESS)) {
        ks_use_end(use);
    }
    return status;
}

/* The whole of ks_use_begin, for what is unusual. */
static KS_COLD psa_status_t begin_anew(struct ks_use *use, psa_key_id_t id, psa_key_usage_t usage,
                                       psa_algorithm_t alg)
{
    struct ks_object *object = NULL;
    struct ks_shard *self = NULL;
    psa_status_t status = ks_key_self(&self);

    if (status != PSA_SUCCESS) {
        return status;
    }
    status = ks_psa_status(ks_lookup_mark(self, id, &object));
    if (status != PSA_SUCCESS) {
        ks_shard_leave();
        return status;
    }
    ks_use_fill(use, self, object, id, usage, alg);
    return begin_found(use);
}

psa_status_t ks_use_begin(struct ks_use *use, psa_key_id_t id, psa_key_usage_t usage,
                          psa_algorithm_t alg)
{
    struct ks_shard *self = ks_thread.shard;
    struct ks_object *object = NULL;
    struct ks_rcu_section section;

    if (ks_likely(self != NULL) && ks_likely(ks_rcu_enter(&section))) {
        ks_record_expect(&self->records, id);
        object = ks_lookup_hit(self, id);
        if (ks_unlikely(object != NULL && KS_MUTANT != KS_MUTANT_NO_MARK &&
                        !ks_mark_set(&self->marks, object))) {
            object = NULL;
        }
        ks_rcu_leave(&section);
    }
    if (ks_unlikely(object == NULL)) {
        return begin_anew(use, id, usage, alg);
    }
    ks_count(&self->counters.lookups);
    ks_use_fill(use, self, object, id, usage, alg);
    return begin_found(use);
}

static psa_status_t record_status(int result)
{
    return result == KS_RECORD_NO_MEMORY ? PSA_ERROR_INSUFFICIENT_MEMORY : result;
}

psa_status_t ks_use_context_other(struct ks_use *use, const struct ks_record_class *class,
                                  uint32_t variant, void **context)
{
    if (ks_unlikely(use->temporary != NULL)) { /* of an operation that is tried again */
        ks_record_drop(use->shard, use->temporary);
        use->temporary = NULL;
    }
    return record_status(ks_record_get(use->shard, use->object, class, variant, context,
                                       &use->temporary));
}

psa_status_t ks_use_context_to_keep_other(struct ks_use *use,
                                          const struct ks_record_class *class,
                                          uint32_t variant, void **context)
{
    return record_status(ks_record_get(use->shard, use->object, class, variant, context, NULL));
}

KS_COLD void ks_use_end_temporary(struct ks_use *use)
{
    ks_wipe_registers(); /* first: what frees it may save them */
    ks_record_drop(use->shard, use->temporary);
}

void ks_use_end(struct ks_use *use)
{
    ks_use_end_inline(use);
}
