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
    struct state *state = aligned_alloc(BENCH_LINE, sizeof *state);

    if (state == NULL) {
        return NULL;
    }
    *state = (struct state){ .buffers.sum = 0 };
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
                              MESSAGE_SIZE, b->output, MAC_SIZE, &length) == PSA_SUCCESS;
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
                               b->message, MESSAGE_SIZE, b->output, sizeof b->output,
                               &length) == PSA_SUCCESS;
        ok &= length == sizeof b->output;
        buffers_consume(b, b->output + MESSAGE_SIZE);
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

const struct side by_id_lookup = { open_state, run_lookup, close_state };
const struct side by_id_hmac = { open_state, run_hmac, close_state };
const struct side by_id_gcm = { open_state, run_gcm, close_state };
const struct side by_id_random = { open_state, run_random, close_state };
