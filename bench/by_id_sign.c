/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Signatures by key id, as a program makes and checks them. */

#include "bench.h"

#include <stdlib.h>

struct signature {
    size_t length;
    uint8_t bytes[SIGNATURE_MAX];
};

/* The digest that is signed is the head of the message; it differs each time, but for verifying,
 * where each key has one signature, of zeros. */
struct state {
    struct buffers buffers;
    struct walk walk; /* over indexes */
    psa_algorithm_t alg;
    const psa_key_id_t *ids;
    struct signature *signatures; /* one a key, where they are verified */
};

static const uint8_t zeros[DIGEST_SIZE];

static void close_state(void *p)
{
    struct state *state = p;

    free(state->signatures);
    free(state->walk.values);
    free(state);
}

static void *open_sign(const struct keys *keys, unsigned thread)
{
    struct state *state = state_new(sizeof *state, keys);

    if (state != NULL) {
        state->alg = keys->alg;
        state->ids = keys->ids;
        if (!walk_init(&state->walk, keys, NULL, thread)) {
            close_state(state);
            return NULL;
        }
    }
    return state;
}

static void *open_verify(const struct keys *keys, unsigned thread)
{
    struct state *state = open_sign(keys, thread);
    bool ok = state != NULL;

    if (ok) {
        state->signatures = calloc(keys->count, sizeof *state->signatures);
        ok = state->signatures != NULL;
    }
    for (size_t i = 0; ok && i < keys->count; i++) {
        struct signature *s = &state->signatures[i];

        ok = psa_sign_hash(keys->ids[i], keys->alg, zeros, sizeof zeros, s->bytes, sizeof s->bytes,
                           &s->length) == PSA_SUCCESS;
    }
    if (!ok && state != NULL) {
        close_state(state);
        return NULL;
    }
    return state;
}

static bool run_sign(void *p, size_t count)
{
    struct state *state = p;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        size_t length = 0;

        buffers_next(b);
        ok &= psa_sign_hash(state->ids[walk_next(&state->walk)], state->alg, b->message,
                            DIGEST_SIZE, b->output, SIGNATURE_MAX, &length) == PSA_SUCCESS;
        buffers_consume(b, b->output);
    }
    return ok;
}

static bool run_verify(void *p, size_t count)
{
    struct state *state = p;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        uint32_t index = walk_next(&state->walk);
        const struct signature *s = &state->signatures[index];

        ok &= psa_verify_hash(state->ids[index], state->alg, zeros, sizeof zeros, s->bytes,
                              s->length) == PSA_SUCCESS;
    }
    return ok;
}

const struct side by_id_sign = { open_sign, run_sign, close_state };
const struct side by_id_verify = { open_verify, run_verify, close_state };
