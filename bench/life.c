/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What only keyshard can do with a key: replace it, hand it over. */

#include "bench.h"

#include <keyshard/keyshard.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#define BATCH 64u

struct state {
    struct buffers buffers;
    psa_key_id_t id;
    size_t length;
    uint8_t material[KEY_MAX_LENGTH];
};

static void *open_replace(const struct keys *keys, unsigned thread)
{
    struct state *state = state_new(sizeof *state, keys);
    psa_key_attributes_t attributes;

    if (state == NULL) {
        return NULL;
    }
    state->length = keys->length;
    key_material(thread, state->material);
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
        ok &= keyshard_replace_key(state->id, state->material, state->length) == PSA_SUCCESS;
    }
    return ok;
}

static void close_replace(void *p)
{
    struct state *state = p;

    psa_destroy_key(state->id);
    free(state);
}

const struct side life_replace = { open_replace, run_replace, close_replace };

/* A thread that is there, and has a shard to hand keys to. */
struct receiver {
    pthread_t thread;
    sem_t ready;
    sem_t over;
    keyshard_shard_t shard;
};

static void *receive(void *p)
{
    struct receiver *receiver = p;

    receiver->shard = keyshard_self();
    sem_post(&receiver->ready);
    sem_wait(&receiver->over);
    return NULL;
}

static bool hand_over(const psa_key_id_t *ids, size_t count, keyshard_shard_t to, double *one_ns,
                      double *many_ns)
{
    size_t half = count / 2;
    size_t batches = (count - half) / BATCH;
    bool ok = batches > 0;
    double start = now_ns();

    for (size_t i = 0; ok && i < half; i++) {
        ok = keyshard_handoff(ids[i], to) == PSA_SUCCESS;
    }
    *one_ns = (now_ns() - start) / (double) half;
    start = now_ns();
    for (size_t i = 0; ok && i < batches; i++) {
        ok = keyshard_handoff_many(ids + half + i * BATCH, BATCH, to) == PSA_SUCCESS;
    }
    *many_ns = (now_ns() - start) / (double) (batches * BATCH);
    return ok;
}

bool life_handoffs(const psa_key_id_t *ids, size_t count, double *one_ns, double *many_ns)
{
    struct receiver receiver = { .shard = 0 };

    sem_init(&receiver.ready, 0, 0);
    sem_init(&receiver.over, 0, 0);
    if (pthread_create(&receiver.thread, NULL, receive, &receiver) != 0) {
        return false;
    }
    sem_wait(&receiver.ready);
    bool ok = hand_over(ids, count, receiver.shard, one_ns, many_ns);

    sem_post(&receiver.over);
    pthread_join(receiver.thread, NULL);
    return ok;
}
