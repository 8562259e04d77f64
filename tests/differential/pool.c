/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The keys of a run. */

#include "call.h"

#include <string.h>

#define ALL_USAGES                                                                                 \
    (PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_COPY | PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT |   \
     PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE | PSA_KEY_USAGE_SIGN_HASH |         \
     PSA_KEY_USAGE_VERIFY_HASH | PSA_KEY_USAGE_DERIVE)

/* Ids that name no key: of the user's, the vendor's and the built-in range, and of none. Mbed TLS
 * gives volatile keys ids close to the end of the vendor's range. */
static const psa_key_id_t absent_ids[] = {1,          0x12345,    0x3fffffff, 0x40000000 + 77777,
                                          0x7ffe5555, 0x7fff0005, 0x80000000, 0xffffffff};

uint8_t diff_material[DIFF_BUFFER];

struct diff_key *diff_any_key(struct diff_run *run)
{
    uint32_t first = diff_pick(run, DIFF_KEYS);

    for (uint32_t i = 0; i < DIFF_KEYS; i++) {
        struct diff_key *key = &run->keys[(first + i) % DIFF_KEYS];

        if (key->id != 0) {
            return key;
        }
    }
    return NULL;
}

static void forget(struct diff_run *run, struct diff_key *key)
{
    run->stale[diff_pick(run, DIFF_STALE)] = key->id;
    memset(key, 0, sizeof *key);
}

void diff_forget_all(struct diff_run *run)
{
    for (uint32_t i = 0; i < DIFF_KEYS; i++) {
        if (run->keys[i].id != 0) {
            forget(run, &run->keys[i]);
        }
    }
}

void diff_destroy(struct diff_run *run, struct diff_key *key)
{
    diff_begin(run, "psa_destroy_key");
    diff_say(run, "key %u", (unsigned) (key - run->keys));
    diff_ready(run);
    diff_status(run, psa_destroy_key(key->id));
    diff_end(run);
    forget(run, key);
}

struct diff_key *diff_place(struct diff_run *run)
{
    for (uint32_t i = 0; i < DIFF_KEYS; i++) {
        if (run->keys[i].id == 0) {
            return &run->keys[i];
        }
    }
    struct diff_key *key = &run->keys[diff_pick(run, DIFF_KEYS)];

    diff_destroy(run, key);
    return key;
}

void diff_note_attributes(struct diff_run *run, const psa_key_attributes_t *attributes)
{
    diff_note(run, "type", psa_get_key_type(attributes));
    diff_note(run, "bits", psa_get_key_bits(attributes));
    diff_note(run, "usage", psa_get_key_usage_flags(attributes));
    diff_note(run, "alg", psa_get_key_algorithm(attributes));
    diff_note(run, "alg2", psa_get_key_enrollment_algorithm(attributes));
    diff_note(run, "lifetime", psa_get_key_lifetime(attributes));
}

struct diff_key *diff_adopt(struct diff_run *run, psa_key_id_t id, bool random)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    struct diff_key *key = diff_place(run);

    diff_begin(run, "psa_get_key_attributes");
    diff_say(run, "new key %u", (unsigned) (key - run->keys));
    diff_ready(run);
    diff_status(run, psa_get_key_attributes(id, &attributes));
    diff_note_attributes(run, &attributes);
    diff_note(run, "same id", psa_get_key_id(&attributes) == id);
    diff_end(run);
    key->id = id;
    key->type = psa_get_key_type(&attributes);
    key->bits = psa_get_key_bits(&attributes);
    key->usage = psa_get_key_usage_flags(&attributes);
    key->alg = psa_get_key_algorithm(&attributes);
    key->random = random;
    psa_reset_key_attributes(&attributes);
    return key;
}

struct diff_key *diff_import(struct diff_run *run, const psa_key_attributes_t *attributes,
                             size_t offset, size_t length)
{
    psa_key_id_t id = 0;

    diff_place(run); /* so that a slot is free */
    diff_begin(run, "psa_import_key");
    diff_say(run, "type %#x, bits %u, usage %#x, alg %#x, alg2 %#x, lifetime %#x, id %#x, ",
             (unsigned) psa_get_key_type(attributes), (unsigned) psa_get_key_bits(attributes),
             (unsigned) psa_get_key_usage_flags(attributes),
             (unsigned) psa_get_key_algorithm(attributes),
             (unsigned) psa_get_key_enrollment_algorithm(attributes),
             (unsigned) psa_get_key_lifetime(attributes), (unsigned) psa_get_key_id(attributes));
    diff_say(run, "material %u + %u", (unsigned) offset, (unsigned) length);
    if (length > PSA_MAX_KEY_BITS / 8) {
        diff_fact(run, FACT_HUGE);
    }
    diff_ready(run);
    diff_status(run, psa_import_key(attributes, diff_material + offset, length, &id));
    diff_note(run, "id", id != 0);
    diff_end(run);
    return id == 0 ? NULL : diff_adopt(run, id, false);
}

struct diff_key *diff_key_for(struct diff_run *run, psa_key_type_t type, size_t bits,
                              psa_algorithm_t policy)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    if (diff_chance(run, 4)) {
        return diff_any_key(run);
    }
    for (uint32_t i = 0; i < DIFF_KEYS && diff_chance(run, 95); i++) {
        struct diff_key *key = &run->keys[i];

        if (key->id != 0 && key->type == type && key->alg == policy) {
            return key;
        }
    }
    psa_set_key_type(&attributes, type);
    psa_set_key_algorithm(&attributes, policy);
    psa_set_key_usage_flags(&attributes, ALL_USAGES);
    if (diff_chance(run, 5)) {
        psa_set_key_usage_flags(&attributes, diff_pick(run, 0x8000) & ALL_USAGES);
    }
    return diff_import(run, &attributes, diff_pick(run, 64), bits / 8);
}

/* A stale id may name another key in Mbed TLS, never in keyshard: then one that names none is
 * called instead, and the record says so. */
static psa_key_id_t stale_target(struct diff_run *run)
{
    psa_key_id_t id = run->stale[diff_pick(run, DIFF_STALE)];
    bool reused = id == 0;

    for (uint32_t i = 0; i < DIFF_KEYS; i++) {
        reused = reused || run->keys[i].id == id;
    }
    diff_say(run, "stale id, ");
    diff_fact(run, FACT_STALE | FACT_ABSENT);
    diff_note(run, "reused", reused);
    return reused ? absent_ids[0] : id;
}

psa_key_id_t diff_target(struct diff_run *run, const struct diff_key *key)
{
    if (key != NULL && diff_chance(run, 95)) {
        diff_say(run, "key %u (type %#x, %u bits, usage %#x, alg %#x), ",
                 (unsigned) (key - run->keys), (unsigned) key->type, (unsigned) key->bits,
                 (unsigned) key->usage, (unsigned) key->alg);
        return key->id;
    }
    if (diff_chance(run, 20)) {
        diff_say(run, "id 0, ");
        diff_fact(run, FACT_ZERO);
        return 0;
    }
    if (diff_chance(run, 50)) {
        return stale_target(run);
    }
    psa_key_id_t id = DIFF_CHOOSE(run, absent_ids);

    diff_say(run, "absent id %#x, ", (unsigned) id);
    diff_fact(run, FACT_ABSENT);
    return id;
}
