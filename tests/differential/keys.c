/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Keys: creation, attributes, export, copies, and their ends. */

#include "family.h"

#include <string.h>

static const struct {
    psa_key_type_t type;
    uint16_t lengths[4]; /* bytes, 0: any */
} types[] = {
    {PSA_KEY_TYPE_RAW_DATA, {0}},
    {PSA_KEY_TYPE_HMAC, {0}},
    {PSA_KEY_TYPE_DERIVE, {0}},
    {PSA_KEY_TYPE_AES, {16, 24, 32, 16}},
    {PSA_KEY_TYPE_CAMELLIA, {16, 24, 32, 16}},
    {PSA_KEY_TYPE_DES, {8, 16, 24, 24}},
    {(psa_key_type_t) 0x2406, {16, 24, 32, 16}}, /* ARIA, which 2.28 may not have */
    {PSA_KEY_TYPE_CHACHA20, {32, 32, 32, 32}},
    {(psa_key_type_t) 0x2002, {16, 16, 16, 16}}, /* ARC4, which 3.6 has not */
    {(psa_key_type_t) 0x1203, {0}},              /* password, which 2.28 has not */
    {(psa_key_type_t) 0x1205, {0}},              /* password hash */
    {(psa_key_type_t) 0x1206, {0}},              /* pepper */
    {PSA_KEY_TYPE_NONE, {0}},
    {(psa_key_type_t) 0x1234, {0}}, /* of no meaning */
    {(psa_key_type_t) 0x8001, {0}}, /* of a vendor */
};

static const psa_algorithm_t algorithms[] = {
    0,
    PSA_ALG_HMAC(PSA_ALG_SHA_256),
    PSA_ALG_HMAC(PSA_ALG_SHA_512),
    PSA_ALG_HMAC(PSA_ALG_ANY_HASH),
    PSA_ALG_TRUNCATED_MAC(PSA_ALG_HMAC(PSA_ALG_SHA_256), 16),
    PSA_ALG_TRUNCATED_MAC(PSA_ALG_HMAC(PSA_ALG_SHA_256), 32),
    PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(PSA_ALG_HMAC(PSA_ALG_SHA_256), 8),
    PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(PSA_ALG_HMAC(PSA_ALG_SHA_256), 20),
    PSA_ALG_CMAC,
    PSA_ALG_TRUNCATED_MAC(PSA_ALG_CMAC, 8),
    PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(PSA_ALG_CMAC, 4),
    PSA_ALG_CTR,
    PSA_ALG_CBC_NO_PADDING,
    PSA_ALG_CBC_PKCS7,
    PSA_ALG_ECB_NO_PADDING,
    PSA_ALG_STREAM_CIPHER,
    PSA_ALG_GCM,
    PSA_ALG_CCM,
    PSA_ALG_CHACHA20_POLY1305,
    PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 12),
    PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 8),
    PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_CCM, 4),
    PSA_ALG_SHA_256,
    PSA_ALG_HKDF(PSA_ALG_SHA_256),
    0x12345678,
};

static size_t any_key_length(struct diff_run *run)
{
    switch (diff_pick(run, 10)) {
    case 0:
        return PSA_MAX_KEY_BITS / 8 - 1 + diff_pick(run, 4);
    case 1:
        return diff_pick(run, 3000);
    default:
        return diff_pick(run, 100);
    }
}

/* Attributes such as a program may give, mostly good ones; *length fits them, mostly. */
static psa_key_attributes_t choose_attributes(struct diff_run *run, size_t *length)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    uint32_t row = diff_pick(run, sizeof types / sizeof *types);
    psa_key_usage_t usage = diff_pick(run, 0x8000) & 0x7f03;

    *length = types[row].lengths[0] != 0 && diff_chance(run, 80)
                  ? types[row].lengths[diff_pick(run, 4)]
                  : any_key_length(run);
    psa_set_key_type(&attributes, types[row].type);
    psa_set_key_algorithm(&attributes, DIFF_CHOOSE(run, algorithms));
    psa_set_key_enrollment_algorithm(&attributes,
                                     diff_chance(run, 30) ? DIFF_CHOOSE(run, algorithms) : 0);
    if (diff_chance(run, 60)) {
        usage |= PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_COPY;
    }
    if (diff_chance(run, 3)) {
        usage |= (psa_key_usage_t) 1 << diff_pick(run, 32);
    }
    psa_set_key_usage_flags(&attributes, usage);
    if (diff_chance(run, 30)) {
        psa_set_key_bits(&attributes, diff_chance(run, 80) ? *length * 8 : diff_pick(run, 600));
    }
    return attributes;
}

/* Now and then a place that does not exist, or where no program may put a key. Persistent keys are
 * not compared here. */
static void choose_place(struct diff_run *run, psa_key_attributes_t *attributes)
{
    if (diff_chance(run, 4)) {
        psa_set_key_lifetime(attributes,
                             PSA_KEY_LIFETIME_FROM_PERSISTENCE_AND_LOCATION(
                                 PSA_KEY_PERSISTENCE_VOLATILE, 1 + diff_pick(run, 0xffff)));
        diff_fact(run, FACT_LOCATION);
    } else if (diff_chance(run, 3)) {
        psa_set_key_lifetime(attributes, PSA_KEY_PERSISTENCE_READ_ONLY);
    } else if (diff_chance(run, 3)) {
        psa_set_key_id(attributes, 1 + diff_pick(run, 1000));
        psa_set_key_lifetime(attributes, PSA_KEY_LIFETIME_VOLATILE);
    }
}

static void say_attributes(struct diff_run *run, const psa_key_attributes_t *attributes)
{
    diff_say(run, "type %#x, bits %u, usage %#x, alg %#x, alg2 %#x, lifetime %#x, id %#x",
             (unsigned) psa_get_key_type(attributes), (unsigned) psa_get_key_bits(attributes),
             (unsigned) psa_get_key_usage_flags(attributes),
             (unsigned) psa_get_key_algorithm(attributes),
             (unsigned) psa_get_key_enrollment_algorithm(attributes),
             (unsigned) psa_get_key_lifetime(attributes), (unsigned) psa_get_key_id(attributes));
}

static void call_import(struct diff_run *run)
{
    size_t length;
    psa_key_attributes_t attributes = choose_attributes(run, &length);

    choose_place(run, &attributes);
    diff_import(run, &attributes, diff_pick(run, 64), length);
}

static void call_generate(struct diff_run *run)
{
    size_t length;
    psa_key_attributes_t attributes = choose_attributes(run, &length);
    psa_key_id_t id = 0;

    if (length > 2000) {
        length = 1 + length % 2000; /* random bytes take their time */
    }
    psa_set_key_bits(&attributes, diff_chance(run, 95) ? length * 8 : diff_pick(run, 300));
    if (diff_chance(run, 3)) {
        psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1));
    }
    diff_place(run);
    diff_begin(run, "psa_generate_key");
    choose_place(run, &attributes);
    say_attributes(run, &attributes);
    diff_ready(run);
    diff_status(run, psa_generate_key(&attributes, &id));
    diff_note(run, "id", id != 0);
    diff_end(run);
    if (id != 0) {
        diff_adopt(run, id, true);
    }
}

/* The attributes of a copy: mostly those of the source, or some of them. */
static psa_key_attributes_t choose_copy(struct diff_run *run, const struct diff_key *key)
{
    size_t length;
    psa_key_attributes_t attributes = choose_attributes(run, &length);

    if (key != NULL && diff_chance(run, 90)) {
        psa_set_key_type(&attributes, diff_chance(run, 50) ? key->type : 0);
        psa_set_key_bits(&attributes, diff_chance(run, 50) ? key->bits : 0);
        if (diff_chance(run, 70)) {
            psa_set_key_algorithm(&attributes, key->alg);
        }
        if (diff_chance(run, 70)) {
            psa_set_key_enrollment_algorithm(&attributes, 0);
        }
    }
    return attributes;
}

static void call_copy(struct diff_run *run)
{
    diff_place(run);
    struct diff_key *key = diff_any_key(run);
    bool random = key != NULL && key->random;
    psa_key_attributes_t attributes = choose_copy(run, key);
    psa_key_id_t id = 0;

    diff_begin(run, "psa_copy_key");
    choose_place(run, &attributes);
    psa_key_id_t source = diff_target(run, key);

    say_attributes(run, &attributes);
    diff_ready(run);
    diff_status(run, psa_copy_key(source, &attributes, &id));
    diff_note(run, "id", id != 0);
    diff_end(run);
    if (id != 0) {
        diff_adopt(run, id, random);
    }
}

static void call_export(struct diff_run *run)
{
    struct diff_key *key = diff_any_key(run);
    size_t size = diff_room(run, key == NULL ? 16 : (key->bits + 7) / 8);
    uint8_t *output = diff_output(0, size);
    size_t length = 99;

    diff_begin(run, "psa_export_key");
    psa_key_id_t id = diff_target(run, key);

    diff_say(run, "room %u", (unsigned) size);
    diff_fact(run, size == 0 ? FACT_EMPTY_BUFFER : 0);
    diff_ready(run);
    diff_status(run, psa_export_key(id, output, size, &length));
    diff_note_output(run, output, size, length, key != NULL && key->random);
    diff_end(run);
}

static void call_attributes(struct diff_run *run)
{
    size_t length;
    psa_key_attributes_t attributes = choose_attributes(run, &length);
    struct diff_key *key = diff_any_key(run);

    diff_begin(run, "psa_get_key_attributes");
    psa_key_id_t id = diff_target(run, key);

    diff_ready(run);
    diff_status(run, psa_get_key_attributes(id, &attributes));
    diff_note_attributes(run, &attributes);
    diff_note(run, "id set", psa_get_key_id(&attributes) != 0);
    psa_reset_key_attributes(&attributes);
    diff_note(run, "after reset", psa_get_key_type(&attributes) | psa_get_key_id(&attributes));
    diff_end(run);
}

/* Destroy and close end a key, purge does not. */
static void call_end(struct diff_run *run, const char *name, psa_status_t (*end)(psa_key_id_t),
                     bool ends)
{
    struct diff_key *key = diff_any_key(run);

    diff_begin(run, name);
    psa_key_id_t id = diff_target(run, key);

    diff_ready(run);
    psa_status_t status = end(id);

    diff_status(run, status);
    diff_end(run);
    if (ends && key != NULL && id == key->id && status == PSA_SUCCESS) {
        run->stale[diff_pick(run, DIFF_STALE)] = id;
        memset(key, 0, sizeof *key);
    }
}

void diff_keys(struct diff_run *run)
{
    switch (diff_pick(run, 20)) {
    case 0:
        call_end(run, "psa_close_key", psa_close_key, true);
        break;
    case 1:
        call_end(run, "psa_purge_key", psa_purge_key, false);
        break;
    case 2:
    case 3:
        call_end(run, "psa_destroy_key", psa_destroy_key, true);
        break;
    case 4:
    case 5:
        call_generate(run);
        break;
    case 6:
    case 7:
    case 8:
        call_copy(run);
        break;
    case 9:
    case 10:
    case 11:
        call_export(run);
        break;
    case 12:
    case 13:
        call_attributes(run);
        break;
    default:
        call_import(run);
    }
}
