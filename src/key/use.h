/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Using a key: find it by id, hold it by an in-use mark, check its policy, get a prepared context.
 *
 * Between ks_use_begin and ks_use_end the key cannot be wiped, and whoever destroys it waits for
 * the end. Nothing in between waits for a grace period, another key's operations, or a mutex under
 * which anybody does (lock.h, L1). */
#ifndef KS_KEY_USE_H
#define KS_KEY_USE_H

#include "base/wipe.h"
#include "key/policy.h"
#include "store/lookup.h"

struct ks_use {
    const struct ks_key *key;
    struct ks_object *object;    /* the same, as the store sees it */
    uint32_t id;
    struct ks_shard *shard;
    struct ks_record *kept;      /* by which it was begun, or NULL */
    struct ks_record *temporary; /* context that may not be kept, or NULL */
    psa_key_usage_t usage;       /* what it was begun for */
    psa_algorithm_t alg;
};

/* The part of ks_key_self for a thread without a shard. */
psa_status_t ks_key_attach(struct ks_shard **self) KS_MUST_CHECK;

/* The calling thread's shard, attaching it on its first call. PSA_ERROR_BAD_STATE: the library is
 * not initialised, or the thread is inside a read-side section of its program. Each entry point
 * that calls this, directly or through ks_use_begin, calls ks_shard_leave or ks_use_end at its end.
 */
static inline KS_MUST_CHECK psa_status_t ks_key_self(struct ks_shard **self)
{
    *self = ks_thread.shard;
    return ks_likely(*self != NULL) ? PSA_SUCCESS : ks_key_attach(self);
}

/* Finds the key and checks that its policy permits usage with alg (alg 0: usage alone is checked).
 * On success the in-use mark stands until ks_use_end. Statuses: PSA_ERROR_BAD_STATE (not
 * initialised), PSA_ERROR_INVALID_HANDLE (no such key), PSA_ERROR_NOT_PERMITTED,
 * PSA_ERROR_INSUFFICIENT_MEMORY. */
psa_status_t ks_use_begin(struct ks_use *use, psa_key_id_t id, psa_key_usage_t usage,
                          psa_algorithm_t alg) KS_MUST_CHECK;

/* Clears the mark. What the operation left on the stack or the heap must be wiped before. */
void ks_use_end(struct ks_use *use);

/* The part of the next for a temporary context. */
void ks_use_end_temporary(struct ks_use *use);

/* ks_use_end and ks_use_begin without the calls, which are a fifth of what an HMAC by id costs
 * beyond the hash, for operations whose variant is the algorithm; if the context is kept and armed
 * (R6), the object is not looked at. */
KS_INLINE void ks_use_end_inline(struct ks_use *use)
{
    if (ks_unlikely(use->temporary != NULL)) {
        ks_use_end_temporary(use);
    }
    ks_wipe_registers();
    if (KS_MUTANT != KS_MUTANT_NO_MARK) {
        ks_mark_clear(&use->shard->marks);
    }
    ks_shard_leave();
}

static inline void ks_use_fill(struct ks_use *use, struct ks_shard *self,
                               struct ks_object *object, psa_key_id_t id, psa_key_usage_t usage,
                               psa_algorithm_t alg)
{
    use->key = (const struct ks_key *) object;
    use->object = object;
    use->id = id;
    use->shard = self;
    use->kept = NULL;
    use->temporary = NULL;
    use->usage = usage;
    use->alg = alg;
}

KS_INLINE KS_MUST_CHECK psa_status_t ks_use_begin_inline(struct ks_use *use, psa_key_id_t id,
                                                         psa_key_usage_t usage,
                                                         psa_algorithm_t alg)
{
    struct ks_shard *self = ks_thread.shard;
    struct ks_record *record = NULL;
    struct ks_rcu_section section;
    uintptr_t word = 0;

    if (ks_likely(self != NULL) && ks_likely(ks_rcu_enter(&section))) {
        word = ks_lookup_word(id);
        if (ks_likely(word != 0)) {
            record = ks_record_armed(&self->records, id, word, alg, usage);
        }
        if (ks_unlikely(record != NULL && KS_MUTANT != KS_MUTANT_NO_MARK &&
                        !ks_mark_set(&self->marks, ks_word_object(word)))) {
            record = NULL;
        }
        ks_rcu_leave(&section);
    }
    if (ks_unlikely(record == NULL)) {
        return ks_use_begin(use, id, usage, alg);
    }
    ks_count(&self->counters.lookups);
    ks_use_fill(use, self, ks_word_object(word), id, usage, alg);
    use->kept = record;
    return PSA_SUCCESS;
}

/* The parts of the next two for what is not first in its bucket. */
psa_status_t ks_use_context_other(struct ks_use *use, const struct ks_record_class *class,
                                  uint32_t variant, void **context) KS_MUST_CHECK;
psa_status_t ks_use_context_to_keep_other(struct ks_use *use, const struct ks_record_class *class,
                                          uint32_t variant, void **context) KS_MUST_CHECK;

static inline void *ks_use_first(struct ks_use *use, const struct ks_record_class *class,
                                 uint32_t variant)
{
    struct ks_record_table *table = &use->shard->records;
    struct ks_record *record = ks_record_first(table, use->object, use->id, class, variant);

    return ks_likely(record != NULL) ? ks_record_use(table, record) : NULL;
}

/* Next time the operation may begin by the context alone, if its variant is the algorithm. */
static inline void ks_use_arm(const struct ks_use *use, void *context, uint32_t variant)
{
    if (variant == use->alg) {
        ks_record_arm(context, use->object, use->usage);
    }
}

/* Gives the prepared context of a class for the key in use; valid until ks_use_end. One class and
 * variant at a time. Statuses: those of the class's prepare, PSA_ERROR_INSUFFICIENT_MEMORY.
 * Inline because nearly every call on the hot path ends here. */
static inline psa_status_t ks_use_context(struct ks_use *use, const struct ks_record_class *class,
                                          uint32_t variant, void **context)
{
    psa_status_t status = PSA_SUCCESS;

    *context = ks_use_first(use, class, variant);
    if (ks_unlikely(*context == NULL)) {
        status = ks_use_context_other(use, class, variant, context);
    }
    if (ks_likely(status == PSA_SUCCESS)) {
        ks_use_arm(use, *context, variant);
    }
    return status;
}

/* The same, but NULL where there is no place to keep the context in: for an operation that can do
 * without at less cost. */
static inline psa_status_t ks_use_context_to_keep(struct ks_use *use,
                                                  const struct ks_record_class *class,
                                                  uint32_t variant, void **context)
{
    psa_status_t status = PSA_SUCCESS;

    *context = ks_use_first(use, class, variant);
    if (ks_unlikely(*context == NULL)) {
        status = ks_use_context_to_keep_other(use, class, variant, context);
    }
    if (ks_likely(*context != NULL)) {
        ks_use_arm(use, *context, variant);
    }
    return status;
}

/* The context by which the use was begun, and its class; NULL if it was not begun so: then
 * ks_use_context. For operations whose variant tells all that there is to check. */
static inline void *ks_use_kept(struct ks_use *use, const struct ks_record_class **class)
{
    if (ks_unlikely(use->kept == NULL)) {
        return NULL;
    }
    *class = use->kept->class;
    return ks_record_use(&use->shard->records, use->kept);
}

#endif
