/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Asymmetric keys: imports of right and changed material, public keys, signatures, encryption,
 * agreement. Signatures compared are of schemes without random numbers. */

#include "../api/asymmetric_keys.h"
#include "family.h"

#include <string.h>

#define ANY_USAGE 0x7f03

static const psa_algorithm_t algorithms[] = {
    PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256), PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_ANY_HASH),
    PSA_ALG_ECDH, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256), PSA_ALG_RSA_PKCS1V15_SIGN_RAW,
    PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_ANY_HASH), PSA_ALG_RSA_PKCS1V15_CRYPT,
    PSA_ALG_RSA_OAEP(PSA_ALG_SHA_1), PSA_ALG_RSA_PSS(PSA_ALG_SHA_256),
};

static const struct {
    psa_ecc_family_t family;
    uint16_t bits;
} curves[] = {
    {PSA_ECC_FAMILY_SECP_R1, 192},     {PSA_ECC_FAMILY_SECP_R1, 256},
    {PSA_ECC_FAMILY_SECP_R1, 256},     {PSA_ECC_FAMILY_SECP_K1, 192},
    {PSA_ECC_FAMILY_MONTGOMERY, 255},  {PSA_ECC_FAMILY_MONTGOMERY, 448},
    {PSA_ECC_FAMILY_SECP_R1, 521},     {PSA_ECC_FAMILY_BRAINPOOL_P_R1, 256},
    {PSA_ECC_FAMILY_SECP_R1, 250}, /* which there is not */
};

/* The public key exported last in this episode, to import and to agree with. */
static uint8_t public_key[600];
static size_t public_length;
static psa_key_type_t public_type;

/* One byte changed, one more or one less; or nothing. */
static size_t change(struct diff_run *run, uint8_t *data, size_t length)
{
    if (length == 0 || diff_chance(run, 60)) {
        return length;
    }
    diff_fact(run, FACT_FORM);
    switch (diff_pick(run, 6)) {
    case 0:
        return length - 1;
    case 1:
        data[length] = 0;
        return length + 1;
    default:
        data[diff_pick(run, (uint32_t) length)] ^= (uint8_t) (1 + diff_pick(run, 255));
        return length;
    }
}

/* Material for a type that is chosen with it. */
static size_t choose_material(struct diff_run *run, uint8_t *data, psa_key_attributes_t *attributes)
{
    size_t length;
    uint32_t curve = diff_pick(run, sizeof curves / sizeof *curves);

    switch (diff_pick(run, 5)) {
    case 0:
        memcpy(data, rsa_pair, length = sizeof rsa_pair);
        psa_set_key_type(attributes, PSA_KEY_TYPE_RSA_KEY_PAIR);
        break;
    case 1:
        memcpy(data, rsa_public, length = sizeof rsa_public);
        psa_set_key_type(attributes, PSA_KEY_TYPE_RSA_PUBLIC_KEY);
        break;
    case 2:
        memcpy(data, public_key, length = public_length);
        psa_set_key_type(attributes, public_type);
        break;
    default:
        length = (curves[curve].bits + 7u) / 8;
        memcpy(data, diff_material + diff_pick(run, 64), length);
        data[0] &= 0x01;
        psa_set_key_type(attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(curves[curve].family));
        psa_set_key_bits(attributes, diff_chance(run, 50) ? curves[curve].bits : 0);
        diff_fact(run, curves[curve].bits == 448 ? FACT_CURVE448 : 0);
        diff_fact(run, curves[curve].bits == 250 ? FACT_FORM : 0);
    }
    return length;
}

static void call_import(struct diff_run *run)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    uint8_t data[1200];
    psa_key_id_t id = 0;

    diff_place(run);
    diff_begin(run, "psa_import_key");
    size_t length = change(run, data, choose_material(run, data, &attributes));

    psa_set_key_algorithm(&attributes, DIFF_CHOOSE(run, algorithms));
    psa_set_key_usage_flags(&attributes, ANY_USAGE);
    diff_say(run, "type %#x, bits %u, length %u, hash %llx", psa_get_key_type(&attributes),
             (unsigned) psa_get_key_bits(&attributes), (unsigned) length,
             (unsigned long long) diff_hash(data, length));
    diff_ready(run);
    diff_status(run, psa_import_key(&attributes, data, length, &id));
    diff_note(run, "id", id != 0);
    diff_end(run);
    if (id != 0) {
        diff_adopt(run, id, false);
    }
}

/* A key of the pool that is asymmetric, or any. */
static struct diff_key *choose_key(struct diff_run *run)
{
    struct diff_key *key = diff_any_key(run);

    for (unsigned i = 0; i < DIFF_KEYS && (key == NULL || !PSA_KEY_TYPE_IS_ASYMMETRIC(key->type));
         i++) {
        key = diff_any_key(run);
    }
    return key;
}

static void call_export_public(struct diff_run *run)
{
    struct diff_key *key = choose_key(run);
    size_t size = diff_chance(run, 80) ? sizeof public_key : diff_pick(run, 150);
    uint8_t *output = diff_output(0, size);
    size_t length = 99;

    diff_begin(run, "psa_export_public_key");
    psa_key_id_t id = diff_target(run, key);

    diff_say(run, "room %u", (unsigned) size);
    diff_fact(run, size == 0 ? FACT_EMPTY_BUFFER : 0);
    diff_ready(run);
    psa_status_t status = psa_export_public_key(id, output, size, &length);

    diff_status(run, status);
    diff_note_output(run, output, size, length, key != NULL && key->random);
    diff_end(run);
    if (status == PSA_SUCCESS && key != NULL && !key->random) {
        memcpy(public_key, output, length);
        public_length = length;
        public_type = PSA_KEY_TYPE_PUBLIC_KEY_OF_KEY_PAIR(key->type);
    }
}

static psa_algorithm_t choose_algorithm(struct diff_run *run, const struct diff_key *key)
{
    psa_algorithm_t alg = key == NULL || diff_chance(run, 10) ? DIFF_CHOOSE(run, algorithms)
                                                              : key->alg;

    if (PSA_ALG_IS_SIGN_HASH(alg) && PSA_ALG_SIGN_GET_HASH(alg) == PSA_ALG_ANY_HASH
        && diff_chance(run, 70)) {
        alg = (alg & ~PSA_ALG_HASH_MASK) | (PSA_ALG_SHA_256 & PSA_ALG_HASH_MASK);
    }
    return PSA_ALG_IS_SIGN_HASH(alg) ? alg : PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256);
}

static void call_sign(struct diff_run *run)
{
    struct diff_key *key = choose_key(run);
    bool message = diff_chance(run, 40);
    size_t input = message || diff_chance(run, 20) ? diff_length(run, 200) : 32;
    size_t size = diff_chance(run, 80) ? 160 : diff_pick(run, 160);
    uint8_t *signature = diff_output(0, size); /* which has room for 160 bytes anyway */
    size_t length = 99;

    diff_begin(run, message ? "psa_sign_message" : "psa_sign_hash");
    psa_key_id_t id = diff_target(run, key);
    psa_algorithm_t alg = choose_algorithm(run, key);
    bool random = PSA_ALG_IS_RSA_PSS(alg) || (key != NULL && key->random);

    diff_say(run, "alg %#x, input %u, room %u", (unsigned) alg, (unsigned) input, (unsigned) size);
    diff_fact(run, PSA_ALG_SIGN_GET_HASH(alg) == PSA_ALG_ANY_HASH ? FACT_WILDCARD : 0);
    diff_ready(run);
    psa_status_t status = message ? psa_sign_message(id, alg, diff_material, input, signature, size,
                                                     &length)
                                  : psa_sign_hash(id, alg, diff_material, input, signature, size,
                                                  &length);

    diff_status(run, status);
    diff_note_output(run, signature, size, length, random);
    diff_end(run);
    if (status != PSA_SUCCESS) {
        length = diff_chance(run, 50) ? 64 : 128;
    }
    bool forged = random || status != PSA_SUCCESS || diff_chance(run, 10);

    if (forged && !random) {
        memset(signature, 0xff, length);
    }

    diff_begin(run, message ? "psa_verify_message" : "psa_verify_hash");
    size_t given = random ? length : change(run, signature, length);

    diff_fact(run, forged ? FACT_FORM : 0);
    diff_say(run, "alg %#x, input %u, signature %u", (unsigned) alg, (unsigned) input,
             (unsigned) given);
    diff_ready(run);
    diff_status(run, message ? psa_verify_message(id, alg, diff_material, input, signature, given)
                             : psa_verify_hash(id, alg, diff_material, input, signature, given));
    diff_end(run);
}

static void call_agree(struct diff_run *run)
{
    struct diff_key *key = choose_key(run);
    size_t size = diff_chance(run, 80) ? 80 : diff_pick(run, 80);
    uint8_t *output = diff_output(0, size);
    uint8_t peer[sizeof public_key + 1];
    size_t length = 99;

    diff_begin(run, "psa_raw_key_agreement");
    psa_key_id_t id = diff_target(run, key);

    memcpy(peer, public_key, public_length);
    size_t given = change(run, peer, public_length);

    diff_say(run, "peer %u, room %u", (unsigned) given, (unsigned) size);
    diff_ready(run);
    psa_status_t status = psa_raw_key_agreement(PSA_ALG_ECDH, id, peer, given, output, size,
                                                &length);

    diff_status(run, status);
    diff_note_output(run, output, size, length, status != PSA_SUCCESS || key->random);
    diff_end(run);
}

static void call_encrypt(struct diff_run *run)
{
    struct diff_key *key = choose_key(run);

    for (unsigned i = 0; i < DIFF_KEYS && key != NULL && diff_chance(run, 90)
                         && !PSA_ALG_IS_ASYMMETRIC_ENCRYPTION(key->alg); i++) {
        key = choose_key(run);
    }
    psa_algorithm_t alg = key == NULL ? PSA_ALG_RSA_PKCS1V15_CRYPT : key->alg;
    size_t input = diff_length(run, 130);
    size_t label = PSA_ALG_IS_RSA_OAEP(alg) ? diff_length(run, 40) : diff_chance(run, 5);
    size_t size = diff_chance(run, 80) ? 140 : diff_pick(run, 140);
    uint8_t *output = diff_output(0, size);
    size_t length = 99;

    diff_begin(run, "psa_asymmetric_encrypt");
    psa_key_id_t id = diff_target(run, key);

    diff_say(run, "alg %#x, input %u, label %u, room %u", (unsigned) alg, (unsigned) input,
             (unsigned) label, (unsigned) size);
    diff_ready(run);
    psa_status_t status = psa_asymmetric_encrypt(id, alg, diff_material, input, diff_material,
                                                 label, output, size, &length);

    diff_status(run, status);
    diff_note_output(run, output, size, length, true);
    diff_end(run);
    diff_begin(run, "psa_asymmetric_decrypt");
    size_t room = diff_chance(run, 30) ? input / 2 : diff_room(run, input);
    uint8_t *text = diff_output(1, room);
    size_t text_length = 99;

    length = status == PSA_SUCCESS ? length : diff_pick(run, 140);
    diff_say(run, "alg %#x, input %u, room %u", (unsigned) alg, (unsigned) length, (unsigned) room);
    diff_ready(run);
    status = psa_asymmetric_decrypt(id, alg, output, length, diff_material, label, text, room,
                                    &text_length);
    diff_status(run, status);
    diff_note_output(run, text, room, text_length, status != PSA_SUCCESS);
    diff_end(run);
}

void diff_asymmetric_start(struct diff_run *run)
{
    (void) run;
    memcpy(public_key, rsa_public, sizeof rsa_public);
    public_length = sizeof rsa_public;
    public_type = PSA_KEY_TYPE_RSA_PUBLIC_KEY;
}

void diff_asymmetric(struct diff_run *run)
{
    switch (diff_pick(run, 8)) {
    case 0:
    case 1:
    case 2:
        call_import(run);
        break;
    case 3:
    case 4:
        call_export_public(run);
        break;
    case 5:
        call_sign(run);
        break;
    case 6:
        call_agree(run);
        break;
    default:
        call_encrypt(run);
    }
}
