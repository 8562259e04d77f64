/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "bench.h"

#include <stdlib.h>
#include <string.h>

#define FEW 16384 /* below: several permutations, so that the order does not repeat soon */
#define ROUNDS 16

/* Splitmix64: a bijection that scatters its argument. */
static uint64_t scatter(uint64_t x)
{
    x += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

void key_material(size_t index, uint8_t material[KEY_MAX_LENGTH])
{
    for (size_t i = 0; i < KEY_MAX_LENGTH / sizeof(uint64_t); i++) {
        uint64_t part = scatter(index * KEY_MAX_LENGTH + i);

        memcpy(material + i * sizeof part, &part, sizeof part);
    }
}

void key_attributes(const struct keys *keys, psa_key_attributes_t *attributes)
{
    *attributes = psa_key_attributes_init();
    psa_set_key_type(attributes, keys->type);
    psa_set_key_algorithm(attributes, keys->alg);
    psa_set_key_usage_flags(attributes, keys->usage);
}

/* The first rank whose chance is over x. */
static size_t zipf_rank(const double *chance, size_t count, double x)
{
    size_t low = 0;
    size_t high = count - 1;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (chance[middle] > x) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

static void shuffle(uint32_t *order, size_t count, uint64_t seed)
{
    for (size_t i = 0; i < count; i++) {
        order[i] = (uint32_t) i;
    }
    for (size_t i = count; i > 1; i--) {
        size_t j = scatter(seed + i) % i;
        uint32_t other = order[j];

        order[j] = order[i - 1];
        order[i - 1] = other;
    }
}

#define ZIPF_STEPS 65536u

/* Draws ranks with chances of 1, 1/2, 1/3...; which key has which rank is shuffled, so that the
 * popular ones are not neighbours. */
static bool draw_zipf(uint32_t *order, size_t steps, size_t count)
{
    uint32_t *key = calloc(count, sizeof *key);
    double *chance = calloc(count, sizeof *chance); /* of this rank or one before it */
    double sum = 0;

    for (size_t i = 0; chance != NULL && i < count; i++) {
        sum += 1 / (double) (i + 1);
        chance[i] = sum;
    }
    if (key != NULL && chance != NULL) {
        shuffle(key, count, count);
        for (size_t i = 0; i < steps; i++) {
            order[i] = key[zipf_rank(chance, count, (double) (scatter(i) >> 11) * 0x1p-53 * sum)];
        }
    }
    free(chance);
    free(key);
    return key != NULL && chance != NULL;
}

static void draw_uniform(uint32_t *order, size_t steps, size_t count)
{
    for (size_t at = 0; at < steps; at += count) {
        shuffle(order + at, count, at);
    }
}

bool keys_init(struct keys *keys, size_t count, enum order order)
{
    size_t rounds = count < FEW ? ROUNDS : 1;

    keys->count = count;
    keys->steps = order == ZIPF ? ZIPF_STEPS : count * rounds;
    keys->ids = calloc(count, sizeof *keys->ids);
    keys->order = calloc(keys->steps, sizeof *keys->order);
    if (keys->ids == NULL || keys->order == NULL) {
        return false;
    }
    memset(keys->ids, 0xff, count * sizeof *keys->ids); /* resident before memory is measured */
    if (order == ZIPF) {
        return draw_zipf(keys->order, keys->steps, count);
    }
    draw_uniform(keys->order, keys->steps, count);
    return true;
}

psa_status_t keys_import(struct keys *keys)
{
    psa_key_attributes_t attributes;
    uint8_t material[KEY_MAX_LENGTH];
    const uint8_t *data = material;
    size_t length = keys->length;
    psa_status_t status = PSA_SUCCESS;

    if (PSA_KEY_TYPE_IS_RSA(keys->type) && !rsa_key(&data, &length)) {
        return PSA_ERROR_GENERIC_ERROR;
    }
    key_attributes(keys, &attributes);
    for (size_t i = 0; i < keys->count && status == PSA_SUCCESS; i++) {
        key_material(i, material);
        status = psa_import_key(&attributes, data, length, &keys->ids[i]);
    }
    return status;
}

bool keys_destroy(struct keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (psa_destroy_key(keys->ids[i]) != PSA_SUCCESS) {
            return false;
        }
    }
    return true;
}

void keys_free(struct keys *keys)
{
    free(keys->ids);
    free(keys->order);
}

void *state_new(size_t size, const struct keys *keys)
{
    size_t whole = (size + BENCH_LINE - 1) / BENCH_LINE * BENCH_LINE;
    struct buffers *buffers = aligned_alloc(BENCH_LINE, whole);

    if (buffers != NULL) {
        memset(buffers, 0, whole);
        buffers->size = keys->message;
    }
    return buffers;
}

bool walk_init(struct walk *walk, const struct keys *keys, const uint32_t *values,
               unsigned thread)
{
    walk->steps = keys->steps;
    walk->at = keys->steps / BENCH_THREADS * thread;
    walk->values = calloc(keys->steps, sizeof *walk->values);
    for (size_t i = 0; walk->values != NULL && i < keys->steps; i++) {
        walk->values[i] = values != NULL ? values[keys->order[i]] : keys->order[i];
    }
    return walk->values != NULL;
}
