/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* One-shot AEAD. */

#include "family.h"

#include <mbedtls/version.h>
#include <string.h>

static const struct kind {
    psa_key_type_t type;
    size_t bits;
    psa_algorithm_t alg;
} kinds[] = {
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_GCM},
    {PSA_KEY_TYPE_AES, 256, PSA_ALG_GCM},
    {PSA_KEY_TYPE_AES, 192, PSA_ALG_CCM},
    {PSA_KEY_TYPE_CAMELLIA, 128, PSA_ALG_GCM},
    {PSA_KEY_TYPE_CAMELLIA, 256, PSA_ALG_CCM},
    {PSA_KEY_TYPE_CHACHA20, 256, PSA_ALG_CHACHA20_POLY1305},
    {PSA_KEY_TYPE_CHACHA20, 256, PSA_ALG_GCM}, /* not of this type */
    {PSA_KEY_TYPE_AES, 256, PSA_ALG_CHACHA20_POLY1305},
    {PSA_KEY_TYPE_DES, 192, PSA_ALG_GCM},
    {PSA_KEY_TYPE_DES, 192, PSA_ALG_CCM},
    {PSA_KEY_TYPE_HMAC, 256, PSA_ALG_CCM},
};

static const psa_algorithm_t other_kinds[] = {0, PSA_ALG_CTR, PSA_ALG_CMAC, PSA_ALG_SHA_256,
                                              PSA_ALG_HKDF(PSA_ALG_SHA_256), 0x33333333};

/* A call of one direction. */
struct aead_call {
    psa_key_id_t id;
    psa_algorithm_t alg;
    const uint8_t *nonce;
    size_t nonce_length;
    const uint8_t *data;
    size_t data_length;
};

static psa_algorithm_t choose_policy(struct diff_run *run, psa_algorithm_t alg)
{
    switch (diff_pick(run, 10)) {
    case 0:
    case 1:
        return PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(alg, diff_pick(run, 18));
    case 2:
        return PSA_ALG_AEAD_WITH_SHORTENED_TAG(alg, diff_pick(run, 18));
    case 3:
        return diff_chance(run, 30) ? DIFF_CHOOSE(run, other_kinds) : alg;
    default:
        return alg;
    }
}

static psa_algorithm_t choose_algorithm(struct diff_run *run, psa_algorithm_t alg, size_t *tag)
{
    *tag = 16;
    switch (diff_pick(run, 12)) {
    case 0:
    case 1:
    case 2:
        *tag = diff_pick(run, 20);
        return PSA_ALG_AEAD_WITH_SHORTENED_TAG(alg, *tag);
    case 3:
        diff_fact(run, FACT_WILDCARD);
        return PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(alg, diff_pick(run, 18));
    case 4:
        if (diff_chance(run, 40)) {
            diff_fact(run, FACT_OTHER_KIND);
            return DIFF_CHOOSE(run, other_kinds);
        }
        return alg;
    default:
        return alg;
    }
}

static void say(struct diff_run *run, const struct aead_call *call, size_t input, size_t size)
{
    diff_say(run, "alg %#x, nonce %u, data %u, input %u, room %u", (unsigned) call->alg,
             (unsigned) call->nonce_length, (unsigned) call->data_length, (unsigned) input,
             (unsigned) size);
    diff_fact(run, size == 0 ? FACT_EMPTY_BUFFER : 0);
    diff_ready(run);
}

/* Decrypts what was encrypted, or what was changed in one bit. */
static void decrypt_back(struct diff_run *run, const struct aead_call *call, const uint8_t *text,
                         size_t input, uint8_t *encrypted, size_t length, bool random)
{
    size_t size = diff_room(run, input);
    uint8_t *output = diff_output(1, size);
    size_t got = 99;
    bool changed = length > 0 && diff_chance(run, 30);

    if (changed) {
        encrypted[diff_pick(run, (uint32_t) length)] ^= 0x10;
    } else if (length > 0 && diff_chance(run, 5)) {
        length -= 1 + diff_pick(run, (uint32_t) length);
    }
    diff_begin(run, "psa_aead_decrypt");
    diff_say(run, "changed %d, ", changed);
    say(run, call, length, size);
    diff_status(run, psa_aead_decrypt(call->id, call->alg, call->nonce, call->nonce_length,
                                      call->data, call->data_length, encrypted, length, output,
                                      size, &got));
    diff_note(run, "same", got == input && input <= size && memcmp(output, text, input) == 0);
    diff_note_output(run, output, size, got, random);
    diff_end(run);
}

static size_t choose_nonce(struct diff_run *run)
{
    return diff_chance(run, 80) ? 12 : diff_chance(run, 80) ? diff_pick(run, 20) : 100;
}

/* Now and then the output is the input's own buffer, or lies across it, where the installed Mbed
 * TLS says what that does: 2.28 speaks of none but the very same place. */
static const uint8_t *place_input(struct diff_run *run, uint8_t *output, size_t size,
                                  const uint8_t *text, size_t input)
{
    if (input == 0 || size < input + 4 || diff_chance(run, 85)) {
        return text;
    }
    size_t at = MBEDTLS_VERSION_NUMBER < 0x03060000 ? 0 : diff_pick(run, 5);

    memcpy(output + at, text, input);
    diff_say(run, "input in the output at %u, ", (unsigned) at);
    diff_fact(run, FACT_OVERLAP);
    return output + at;
}

static void encrypt(struct diff_run *run, const struct kind *kind, struct diff_key *key)
{
    struct aead_call call = {.nonce = diff_material + 200 + diff_pick(run, 50),
                             .nonce_length = choose_nonce(run),
                             .data = diff_material + 300 + diff_pick(run, 50),
                             .data_length = diff_length(run, 600)};
    const uint8_t *text = diff_material + diff_pick(run, 100);
    size_t input = diff_length(run, 600);
    bool random = key != NULL && key->random;
    size_t length = 99;
    size_t tag;

    diff_begin(run, "psa_aead_encrypt");
    call.alg = choose_algorithm(run, kind->alg, &tag);
    call.id = diff_target(run, key);
    size_t size = diff_room(run, input + tag);
    uint8_t *output = diff_output(0, size);
    const uint8_t *from = place_input(run, output, size, text, input);

    say(run, &call, input, size);
    psa_status_t status = psa_aead_encrypt(call.id, call.alg, call.nonce, call.nonce_length,
                                           call.data, call.data_length, from, input, output, size,
                                           &length);

    diff_status(run, status);
    diff_note_output(run, output, size, length, random);
    diff_end(run);
    if (status == PSA_SUCCESS && length <= size) {
        decrypt_back(run, &call, text, input, output, length, random);
    }
}

/* Of bytes that nobody encrypted. */
static void decrypt(struct diff_run *run, const struct kind *kind, struct diff_key *key)
{
    struct aead_call call = {.nonce = diff_material + 200, .nonce_length = choose_nonce(run),
                             .data = diff_material + 300, .data_length = diff_length(run, 40)};
    size_t input = diff_length(run, 300);
    size_t size = diff_room(run, input > 16 ? input - 16 : 0);
    uint8_t *output = diff_output(0, size);
    size_t length = 99;
    size_t tag;

    diff_begin(run, "psa_aead_decrypt");
    call.alg = choose_algorithm(run, kind->alg, &tag);
    call.id = diff_target(run, key);
    say(run, &call, input, size);
    diff_status(run, psa_aead_decrypt(call.id, call.alg, call.nonce, call.nonce_length, call.data,
                                      call.data_length, diff_material, input, output, size,
                                      &length));
    diff_note_output(run, output, size, length, key != NULL && key->random);
    diff_end(run);
}

void diff_aead(struct diff_run *run)
{
    const struct kind *kind = &DIFF_CHOOSE(run, kinds);
    struct diff_key *key =
        diff_key_for(run, kind->type, kind->bits, choose_policy(run, kind->alg));

    if (diff_chance(run, 85)) {
        encrypt(run, kind, key);
    } else {
        decrypt(run, kind, key);
    }
}
