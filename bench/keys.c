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

bool keys_init(struct keys *keys, size_t count)
{
    size_t rounds = count < FEW ? ROUNDS : 1;

    keys->count = count;
    keys->steps = count * rounds;
    keys->ids = calloc(count, sizeof *keys->ids);
    keys->order = calloc(keys->steps, sizeof *keys->order);
    if (keys->ids == NULL || keys->order == NULL) {
        return false;
    }
    memset(keys->ids, 0xff, count * sizeof *keys->ids); /* resident before memory is measured */
    for (size_t round = 0; round < rounds; round++) {
        shuffle(keys->order + round * count, count, round * count);
    }
    return true;
}

bool keys_import(struct keys *keys)
{
    psa_key_attributes_t attributes;
    uint8_t material[KEY_MAX_LENGTH];

    key_attributes(keys, &attributes);
    for (size_t i = 0; i < keys->count; i++) {
        key_material(i, material);
        if (psa_import_key(&attributes, material, keys->length, &keys->ids[i]) != PSA_SUCCESS) {
            return false;
        }
    }
    return true;
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
