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

static bool run_hmac(void *p, size_t count)
{
    struct state *state = p;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        size_t length = 0;

        buffers_next(b);
        ok &= psa_mac_compute(walk_next(&state->walk), PSA_ALG_HMAC(PSA_ALG_SHA_256), b->message,
                              b->size, b->output, MAC_SIZE, &length) == PSA_SUCCESS;
        ok &= length == MAC_SIZE;
        buffers_consume(b, b->output);
    }
    return ok;
}

static bool run_gcm(void *p, size_t count)
{
    struct state *state = p;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        size_t length = 0;

        buffers_next(b);
        ok &= psa_aead_encrypt(walk_next(&state->walk), PSA_ALG_GCM, b->nonce, NONCE_SIZE, NULL, 0,
                               b->message, b->size, b->output, b->size + TAG_SIZE,
                               &length) == PSA_SUCCESS;
        ok &= length == b->size + TAG_SIZE;
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

/* Import and destroy, each thread with keys of its own. */

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

static bool run_churn(void *p, size_t count)
{
    struct churn *churn = p;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        psa_key_id_t id = PSA_KEY_ID_NULL;

        ok &= psa_import_key(&churn->attributes, churn->material, churn->length, &id) ==
              PSA_SUCCESS;
        ok &= psa_destroy_key(id) == PSA_SUCCESS;
        churn->buffers.sum += id;
    }
    return ok;
}

const struct side by_id_lookup = { open_state, run_lookup, close_state };
const struct side by_id_hmac = { open_state, run_hmac, close_state };
const struct side by_id_gcm = { open_state, run_gcm, close_state };
const struct side by_id_random = { open_state, run_random, close_state };
const struct side by_id_churn = { open_churn, run_churn, free };
