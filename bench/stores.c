/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The two stores with a global lock (tests/reference): what Mbed TLS's own analysis of thread
 * safety weighs. They keep HMAC keys; nothing is prepared. */

#include "bench.h"

#include "../tests/reference/store.h"

#include <pthread.h>
#include <stdlib.h>

#define SPARE 40000u /* slots beyond the keys, so that ids come back late; they have 2^20 in all */

/* One store of each class, shared by the threads: made by the first, closed by the last. */
struct shared {
    const struct ref_class *class;
    pthread_mutex_t mutex; /* guards what follows; not taken while operations run */
    unsigned users;
    void *store;
    uint32_t *ids;
};

static struct shared global_lock = { &ref_global_lock, PTHREAD_MUTEX_INITIALIZER, 0, NULL, NULL };
static struct shared slot_states = { &ref_slot_states, PTHREAD_MUTEX_INITIALIZER, 0, NULL, NULL };

struct state {
    struct buffers buffers;
    struct walk walk;
    struct shared *shared;
    size_t length;
    uint8_t material[KEY_MAX_LENGTH];
};

static bool fill_locked(struct shared *shared, const struct keys *keys)
{
    uint8_t material[KEY_MAX_LENGTH];
    bool ok = true;

    for (size_t i = 0; ok && i < keys->count; i++) {
        key_material(i, material);
        ok = shared->class->create(shared->store, material, keys->length, keys->usage,
                                   &shared->ids[i]) == PSA_SUCCESS;
    }
    return ok;
}

static bool share(struct shared *shared, const struct keys *keys)
{
    bool ok = true;

    pthread_mutex_lock(&shared->mutex);
    if (shared->users++ == 0) {
        shared->store = shared->class->open(keys->count + SPARE);
        shared->ids = calloc(keys->count, sizeof *shared->ids);
        ok = shared->store != NULL && shared->ids != NULL && fill_locked(shared, keys);
    }
    pthread_mutex_unlock(&shared->mutex);
    return ok;
}

static void close_state(void *p)
{
    struct state *state = p;
    struct shared *shared = state->shared;

    pthread_mutex_lock(&shared->mutex);
    if (--shared->users == 0) {
        if (shared->store != NULL) {
            shared->class->close(shared->store);
        }
        free(shared->ids);
    }
    pthread_mutex_unlock(&shared->mutex);
    free(state->walk.values);
    free(state);
}

static void *open_in(struct shared *shared, const struct keys *keys, unsigned thread)
{
    struct state *state = state_new(sizeof *state, keys);

    if (state == NULL) {
        return NULL;
    }
    state->shared = shared;
    state->length = keys->length;
    key_material(thread, state->material);
    if (!share(shared, keys) || !walk_init(&state->walk, keys, shared->ids, thread)) {
        close_state(state);
        return NULL;
    }
    return state;
}

static void *open_lock(const struct keys *keys, unsigned thread)
{
    return open_in(&global_lock, keys, thread);
}

static void *open_states(const struct keys *keys, unsigned thread)
{
    return open_in(&slot_states, keys, thread);
}

static bool run_lookup(void *p, size_t count)
{
    struct state *state = p;
    const struct ref_class *class = state->shared->class;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        struct ref_attributes attributes = { 0, 0 };

        ok &= class->attributes(state->shared->store, walk_next(&state->walk), &attributes) ==
              PSA_SUCCESS;
        state->buffers.sum += attributes.length;
    }
    return ok;
}

static bool run_hmac(void *p, size_t count)
{
    struct state *state = p;
    const struct ref_class *class = state->shared->class;
    struct buffers *b = &state->buffers;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        buffers_next(b);
        ok &= class->use(state->shared->store, walk_next(&state->walk), b->message, b->size,
                         b->output) == PSA_SUCCESS;
        buffers_consume(b, b->output);
    }
    return ok;
}

static bool run_churn(void *p, size_t count)
{
    struct state *state = p;
    const struct ref_class *class = state->shared->class;
    void *store = state->shared->store;
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        psa_key_id_t id = PSA_KEY_ID_NULL;

        ok &= class->create(store, state->material, state->length, PSA_KEY_USAGE_SIGN_MESSAGE,
                            &id) == PSA_SUCCESS;
        ok &= class->destroy(store, id) == PSA_SUCCESS;
        state->buffers.sum += id;
    }
    return ok;
}

const struct side lock_lookup = { open_lock, run_lookup, close_state };
const struct side lock_hmac = { open_lock, run_hmac, close_state };
const struct side lock_churn = { open_lock, run_churn, close_state };
const struct side states_lookup = { open_states, run_lookup, close_state };
const struct side states_hmac = { open_states, run_hmac, close_state };
const struct side states_churn = { open_states, run_churn, close_state };
