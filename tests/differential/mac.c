/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* One-shot MACs. */

#include "family.h"

static const struct kind {
    psa_key_type_t type;
    size_t bits;
    psa_algorithm_t alg;
    size_t length; /* of the whole MAC */
} kinds[] = {
    {PSA_KEY_TYPE_HMAC, 256, PSA_ALG_HMAC(PSA_ALG_SHA_256), 32},
    {PSA_KEY_TYPE_HMAC, 512, PSA_ALG_HMAC(PSA_ALG_SHA_256), 32},
    {PSA_KEY_TYPE_HMAC, 520, PSA_ALG_HMAC(PSA_ALG_SHA_256), 32},
    {PSA_KEY_TYPE_HMAC, 8, PSA_ALG_HMAC(PSA_ALG_SHA_224), 28},
    {PSA_KEY_TYPE_HMAC, 1032, PSA_ALG_HMAC(PSA_ALG_SHA_384), 48},
    {PSA_KEY_TYPE_HMAC, 1600, PSA_ALG_HMAC(PSA_ALG_SHA_512), 64},
    {PSA_KEY_TYPE_HMAC, 160, PSA_ALG_HMAC(PSA_ALG_SHA_1), 20},
    {PSA_KEY_TYPE_HMAC, 128, PSA_ALG_HMAC(PSA_ALG_MD5), 16},
    {PSA_KEY_TYPE_HMAC, 128, PSA_ALG_HMAC(PSA_ALG_RIPEMD160), 20},
    {PSA_KEY_TYPE_HMAC, 128, PSA_ALG_HMAC(PSA_ALG_SHA3_256), 32},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_CMAC, 16},
    {PSA_KEY_TYPE_AES, 256, PSA_ALG_CMAC, 16},
    {PSA_KEY_TYPE_DES, 192, PSA_ALG_CMAC, 8},
    {PSA_KEY_TYPE_DES, 64, PSA_ALG_CMAC, 8},
    {PSA_KEY_TYPE_DES, 128, PSA_ALG_CMAC, 8},
    {PSA_KEY_TYPE_CAMELLIA, 128, PSA_ALG_CMAC, 16},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_CBC_MAC, 16},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_HMAC(PSA_ALG_SHA_256), 32}, /* not of this type */
    {PSA_KEY_TYPE_HMAC, 256, PSA_ALG_CMAC, 16},
    {PSA_KEY_TYPE_RAW_DATA, 256, PSA_ALG_HMAC(PSA_ALG_SHA_256), 32},
};

static const psa_algorithm_t other_kinds[] = {0, PSA_ALG_GCM, PSA_ALG_CTR, PSA_ALG_SHA_256,
                                              PSA_ALG_HKDF(PSA_ALG_SHA_256), 0x33333333};

/* What a new key permits: the algorithm, or one that covers it, or does not. */
static psa_algorithm_t choose_policy(struct diff_run *run, psa_algorithm_t alg)
{
    switch (diff_pick(run, 10)) {
    case 0:
    case 1:
        return PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(alg, diff_pick(run, 40));
    case 2:
        return PSA_ALG_TRUNCATED_MAC(alg, diff_pick(run, 64));
    case 3:
        return diff_chance(run, 50) ? PSA_ALG_HMAC(PSA_ALG_ANY_HASH)
                                    : DIFF_CHOOSE(run, other_kinds);
    default:
        return alg;
    }
}

/* What the operation is asked for. */
static psa_algorithm_t choose_algorithm(struct diff_run *run, const struct kind *kind,
                                        size_t *length)
{
    psa_algorithm_t alg = kind->alg;

    *length = kind->length;
    switch (diff_pick(run, 10)) {
    case 0:
    case 1:
    case 2:
        *length = diff_pick(run, 64);
        alg = PSA_ALG_TRUNCATED_MAC(alg, *length);
        if (*length > kind->length) {
            diff_fact(run, FACT_LONG_MAC);
        }
        if (*length == 0) {
            *length = kind->length;
        }
        break;
    case 3:
        diff_fact(run, FACT_WILDCARD);
        alg = PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(alg, diff_pick(run, 40));
        break;
    case 4:
        if (diff_chance(run, 30)) {
            diff_fact(run, FACT_OTHER_KIND);
            alg = DIFF_CHOOSE(run, other_kinds);
        }
        break;
    default:
        break;
    }
    return alg;
}

static void say(struct diff_run *run, psa_algorithm_t alg, size_t input, size_t size)
{
    diff_say(run, "alg %#x, input %u, room %u", (unsigned) alg, (unsigned) input, (unsigned) size);
    diff_ready(run);
}

void diff_mac(struct diff_run *run)
{
    const struct kind *kind = &DIFF_CHOOSE(run, kinds);
    struct diff_key *key =
        diff_key_for(run, kind->type, kind->bits, choose_policy(run, kind->alg));
    size_t input = diff_length(run, 600);
    const uint8_t *text = diff_material + diff_pick(run, 100);
    bool random = key != NULL && key->random;
    size_t exact;
    size_t length = 99;

    diff_begin(run, "psa_mac_compute");
    psa_algorithm_t alg = choose_algorithm(run, kind, &exact);
    size_t size = diff_room(run, exact);
    uint8_t *mac = diff_output(0, size);
    psa_key_id_t id = diff_target(run, key);

    diff_fact(run, size == 0 ? FACT_EMPTY_BUFFER : 0);
    say(run, alg, input, size);
    psa_status_t status = psa_mac_compute(id, alg, text, input, mac, size, &length);

    diff_status(run, status);
    diff_note_output(run, mac, size, length, random);
    diff_end(run);

    bool computed = status == PSA_SUCCESS;

    diff_begin(run, "psa_mac_verify");
    diff_fact(run, alg != kind->alg && exact > kind->length ? FACT_LONG_MAC : 0);
    diff_fact(run, PSA_ALG_IS_MAC(alg) ? 0 : FACT_OTHER_KIND);
    diff_fact(run, PSA_ALG_IS_MAC(alg) && PSA_ALG_IS_WILDCARD(alg) ? FACT_WILDCARD : 0);
    if (diff_chance(run, 90)) {
        id = computed ? id : diff_target(run, key);
    }
    size_t given = computed ? length : diff_pick(run, 70);
    bool changed = computed && given > 0 && diff_chance(run, 30);

    if (!computed) {
        mac = diff_material;
    }
    if (changed) {
        mac[diff_pick(run, (uint32_t) given)] ^= 1;
    } else if (computed && given > 0 && diff_chance(run, 20)) {
        given--;
    }
    diff_say(run, "changed %d, ", changed);
    say(run, alg, input, given);
    diff_status(run, psa_mac_verify(id, alg, text, input, mac, given));
    diff_end(run);
}
