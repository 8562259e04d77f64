/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The operations by key id, as a program does them: nothing here is keyshard's own. */

#include "bench.h"

#include <stdlib.h>

struct state {
    struct buffers buffers;
    struct walk walk;
};

static void close_state(void *p)
{
    struct state *state = p;

    free(state->walk.values);
    free(state);
}

static void *open_state(const struct keys *keys, unsigned thread)
{
    struct state *state = state_new(sizeof *state, keys);

    if (state == NULL) {
        return NULL;
    }
    if (!walk_init(&state->walk, keys, keys->ids, thread)) {
        close_state(state);
        return NULL;
    }
    return state;
}

static bool run_lookup(void *p, size_t count)
{
    struct state *state = p;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        psa_key_attributes_t attributes = psa_key_attributes_init();

        ok &= psa_get_key_attributes(walk_next(&state->walk), &attributes) == PSA_SUCCESS;
        buffers_consume_attributes(&state->buffers, &attributes);
    }
    return ok;
}

static inline bool hmac(psa_key_id_t id, struct buffers *b)
{
    size_t length = 0;
    psa_status_t status = psa_mac_compute(id, PSA_ALG_HMAC(PSA_ALG_SHA_256), b->message, b->size,
                                          b->output, MAC_SIZE, &length);

    return status == PSA_SUCCESS && length == MAC_SIZE;
}

static bool run_hmac(void *p, size_t count)
{
    struct state *state = p;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        buffers_next(b);
        ok &= hmac(walk_next(&state->walk), b);
        buffers_consume(b, b->output);
    }
    return ok;
}

static inline bool gcm(psa_key_id_t id, struct buffers *b)
{
    size_t length = 0;
    psa_status_t status = psa_aead_encrypt(id, PSA_ALG_GCM, b->nonce, NONCE_SIZE, NULL, 0,
                                           b->message, b->size, b->output, b->size + TAG_SIZE,
                                           &length);

    return status == PSA_SUCCESS && length == b->size + TAG_SIZE;
}

static bool run_gcm(void *p, size_t count)
{
    struct state *state = p;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        buffers_next(b);
        ok &= gcm(walk_next(&state->walk), b);
        buffers_consume(b, b->output + b->size);
    }
    return ok;
}

static bool run_random(void *p, size_t count)
{
    struct state *state = p;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        ok &= psa_generate_random(b->output, RANDOM_SIZE) == PSA_SUCCESS;
        buffers_consume(b, b->output);
    }
    return ok;
}

/* Import and destroy, each thread with keys of its own; and with one use in between. */

struct churn {
    struct buffers buffers;
    psa_key_attributes_t attributes;
    size_t length;
    uint8_t material[KEY_MAX_LENGTH];
};

static void *open_churn(const struct keys *keys, unsigned thread)
{
    struct churn *churn = state_new(sizeof *churn, keys);

    if (churn != NULL) {
        key_attributes(keys, &churn->attributes);
        churn->length = keys->length;
        key_material(thread, churn->material);
    }
    return churn;
}

static inline bool import(const struct churn *churn, psa_key_id_t *id)
{
    return psa_import_key(&churn->attributes, churn->material, churn->length, id) == PSA_SUCCESS;
}

static bool run_churn(void *p, size_t count)
{
    struct churn *churn = p;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        psa_key_id_t id = PSA_KEY_ID_NULL;

        ok &= import(churn, &id);
        ok &= psa_destroy_key(id) == PSA_SUCCESS;
        churn->buffers.sum += id;
    }
    return ok;
}

/* The result that counts begins at offset. */
static inline bool use_once(struct churn *churn, size_t count,
                            bool (*use)(psa_key_id_t id, struct buffers *b), size_t offset)
{
    struct buffers *b = &churn->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        psa_key_id_t id = PSA_KEY_ID_NULL;

        buffers_next(b);
        ok &= import(churn, &id) && use(id, b);
        ok &= psa_destroy_key(id) == PSA_SUCCESS;
        buffers_consume(b, b->output + offset);
    }
    return ok;
}

static bool run_hmac_once(void *p, size_t count)
{
    return use_once(p, count, hmac, 0);
}

static bool run_gcm_once(void *p, size_t count)
{
    struct churn *churn = p;

    return use_once(churn, count, gcm, churn->buffers.size);
}

const struct side by_id_lookup = { open_state, run_lookup, close_state };
const struct side by_id_hmac = { open_state, run_hmac, close_state };
const struct side by_id_gcm = { open_state, run_gcm, close_state };
const struct side by_id_random = { open_state, run_random, close_state };
const struct side by_id_churn = { open_churn, run_churn, free };
const struct side by_id_hmac_once = { open_churn, run_hmac_once, free };
const struct side by_id_gcm_once = { open_churn, run_gcm_once, free };
