/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Revocation of multi-part operations: by whoever destroyed or replaced their key, and in a fork's
 * child. operation.h has the protocol. */

#include "config.h"

#include "store/change.h"
#include "store/operation_table.h"
#include "base/rcu.h"

#define ENDED_AT_ONCE 16u /* operations that are wiped before the mutex is let go of */

static uint16_t (*material_of)(const struct ks_object *object);

void ks_operations_setup(uint16_t (*material)(const struct ks_object *object))
{
    material_of = material;
    for (unsigned i = 0; i < KS_STRIPES; i++) {
        ks_mutex_init(&ks_stripes[i].mutex, KS_RANK_OPERATIONS, i);
    }
}

/* Sees to it that nobody enters any more. Whether somebody is inside. Mutex held. */
static bool revoke_locked(struct ks_operation *operation)
{
    /* Acquire: what calls did to the context, if nobody is inside (release: -> IDLE, REVOKED). */
    uint64_t word = atomic_fetch_or_explicit(&operation->word, KS_OP_REVOKED, memory_order_acq_rel);

    return (word & KS_OP_BUSY) != 0;
}

struct filter {
    bool all;
    uint32_t id;
    bool older;        /* than material; both count modulo 2^16 */
    uint16_t material;
};

static bool matches(const struct filter *filter, const struct ks_operation *operation)
{
    if (filter->all) {
        return true;
    }
    return operation->id == filter->id &&
           (!filter->older || (int16_t) (uint16_t) (operation->material - filter->material) < 0);
}

/* What a pass over operations has left to do. */
struct rest {
    unsigned ended;
    bool inside; /* a call is inside one of them */
};

/* Ends those of one bucket that match and are not entered; the others are told. Mutex held. */
static void revoke_bucket_locked(struct ks_stripe *stripe, struct ks_operation *operation,
                                 const struct filter *filter, struct rest *rest)
{
    while (operation != NULL && rest->ended < ENDED_AT_ONCE) {
        struct ks_operation *next = operation->next;

        if (matches(filter, operation)) {
            if (revoke_locked(operation)) {
                rest->inside = KS_MUTANT != KS_MUTANT_NO_OPERATION_WAIT;
            } else {
                ks_operation_end_locked(stripe, operation);
                rest->ended++;
            }
        }
        operation = next;
    }
}

static struct rest revoke_pass(struct ks_stripe *stripe, const struct filter *filter)
{
    struct rest rest = {0, false};

    ks_mutex_lock(&stripe->mutex);
    if (stripe->buckets != NULL && !filter->all) {
        revoke_bucket_locked(stripe, *ks_stripe_bucket(stripe, filter->id), filter, &rest);
    }
    for (uint32_t i = 0; stripe->buckets != NULL && filter->all && i <= stripe->mask; i++) {
        revoke_bucket_locked(stripe, stripe->buckets[i], filter, &rest);
    }
    ks_mutex_unlock(&stripe->mutex);
    return rest;
}

static void revoke_matching(const struct filter *filter)
{
    if (KS_MUTANT == KS_MUTANT_NO_REVOCATION) {
        return;
    }
    uint64_t used = atomic_load_explicit(&ks_stripes_used, memory_order_relaxed);

    for (; used != 0; used &= used - 1) {
        unsigned i = (unsigned) __builtin_ctzll(used);
        struct rest rest = {1, false};
        unsigned attempt = 0;

        if (atomic_load_explicit(&ks_stripes[i].linked, memory_order_relaxed) == 0) {
            continue;
        }
        while (rest.ended != 0 || rest.inside) {
            rest = revoke_pass(&ks_stripes[i], filter);
            if (rest.ended == 0 && rest.inside) {
                ks_backoff(attempt++);
            }
        }
    }
}

void ks_operations_revoke(uint32_t id)
{
    struct filter filter = {.id = id};

    revoke_matching(&filter);
}

void ks_operations_revoke_older(uint32_t id, uint16_t material)
{
    struct filter filter = {.id = id, .older = true, .material = material};

    revoke_matching(&filter);
}

void ks_operations_revoke_all(void)
{
    struct filter filter = {.all = true};

    revoke_matching(&filter);
}

uint64_t ks_operations_open(void)
{
    uint64_t open = 0;

    for (unsigned i = 0; i < KS_STRIPES; i++) {
        open += atomic_load_explicit(&ks_stripes[i].linked, memory_order_relaxed);
    }
    return open;
}

/* Whether the operation's key is there, with the material that it was opened with. */
static bool has_key(const struct ks_operation *operation)
{
    ks_rcu_read_lock();
    const struct ks_object *object = ks_published(operation->id);
    bool has = object != NULL && material_of(object) == operation->material;

    ks_rcu_read_unlock();
    return has;
}

/* Ends what somebody was inside of, or had revoked, or would have: they are gone. */
static void end_vanished(struct ks_stripe *stripe, struct ks_operation *operation)
{
    while (operation != NULL) {
        struct ks_operation *next = operation->next;
        uint64_t word = atomic_load_explicit(&operation->word, memory_order_relaxed);

        if ((word & (KS_OP_BUSY | KS_OP_REVOKED)) != 0 || !has_key(operation)) {
            ks_operation_end_locked(stripe, operation);
        }
        operation = next;
    }
}

void ks_operations_fork_child(void)
{
    for (unsigned i = 0; i < KS_STRIPES; i++) {
        struct ks_stripe *stripe = &ks_stripes[i];

        for (uint32_t b = 0; stripe->buckets != NULL && b <= stripe->mask; b++) {
            end_vanished(stripe, stripe->buckets[b]);
        }
    }
}
