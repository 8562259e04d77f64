/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Changes of keys, each thread with keys of its own. There is nothing raw to compare them with. */

#include "bench.h"

#include <keyshard/keyshard.h>
#include <stdlib.h>

struct state {
    struct buffers buffers;
    struct keys keys; /* attributes alone */
    psa_key_id_t id;
    uint8_t material[KEY_MAX_LENGTH];
};

static void *open_churn(const struct keys *keys, unsigned thread)
{
    struct state *state = aligned_alloc(BENCH_LINE, (sizeof *state + BENCH_LINE - 1) / BENCH_LINE *
                                                        BENCH_LINE);

    if (state != NULL) {
        *state = (struct state){ .keys = *keys };
        key_material(thread, state->material);
    }
    return state;
}

/* Import and destroy. */
static bool run_churn(void *p, size_t count)
{
    struct state *state = p;
    psa_key_attributes_t attributes;
    bool ok = true;

    key_attributes(&state->keys, &attributes);
    for (size_t i = 0; i < count; i++) {
        psa_key_id_t id = PSA_KEY_ID_NULL;

        ok &= psa_import_key(&attributes, state->material, state->keys.length, &id) == PSA_SUCCESS;
        ok &= psa_destroy_key(id) == PSA_SUCCESS;
        state->buffers.sum += id;
    }
    return ok;
}

static void *open_replace(const struct keys *keys, unsigned thread)
{
    struct state *state = open_churn(keys, thread);
    psa_key_attributes_t attributes;

    if (state == NULL) {
        return NULL;
    }
    key_attributes(keys, &attributes);
    if (psa_import_key(&attributes, state->material, keys->length, &state->id) != PSA_SUCCESS) {
        free(state);
        return NULL;
    }
    return state;
}

static bool run_replace(void *p, size_t count)
{
    struct state *state = p;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        state->material[0]++;
        ok &= keyshard_replace_key(state->id, state->material, state->keys.length) == PSA_SUCCESS;
    }
    return ok;
}

static void close_replace(void *p)
{
    struct state *state = p;

    psa_destroy_key(state->id);
    free(state);
}

const struct side life_churn = { open_churn, run_churn, free };
const struct side life_replace = { open_replace, run_replace, close_replace };
