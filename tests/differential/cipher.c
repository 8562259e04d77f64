/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* One-shot ciphers. */

#include "family.h"

#include <string.h>

#ifdef PSA_ALG_CCM_STAR_NO_TAG
#define CCM_STAR PSA_ALG_CCM_STAR_NO_TAG
#else
#define CCM_STAR ((psa_algorithm_t) 0x04c01300)
#endif

static const struct kind {
    psa_key_type_t type;
    size_t bits;
    psa_algorithm_t alg;
    size_t iv;
    size_t block;
} kinds[] = {
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_ECB_NO_PADDING, 0, 16},
    {PSA_KEY_TYPE_AES, 256, PSA_ALG_CBC_NO_PADDING, 16, 16},
    {PSA_KEY_TYPE_AES, 192, PSA_ALG_CBC_PKCS7, 16, 16},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_CTR, 16, 1},
    {PSA_KEY_TYPE_AES, 256, PSA_ALG_CFB, 16, 1},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_OFB, 16, 1},
    {PSA_KEY_TYPE_AES, 128, CCM_STAR, 13, 1},
    {PSA_KEY_TYPE_AES, 256, PSA_ALG_XTS, 16, 1},
    {PSA_KEY_TYPE_CAMELLIA, 256, PSA_ALG_CBC_PKCS7, 16, 16},
    {PSA_KEY_TYPE_CAMELLIA, 128, PSA_ALG_CTR, 16, 1},
    {PSA_KEY_TYPE_DES, 192, PSA_ALG_CBC_NO_PADDING, 8, 8},
    {PSA_KEY_TYPE_DES, 128, PSA_ALG_CBC_PKCS7, 8, 8},
    {PSA_KEY_TYPE_DES, 64, PSA_ALG_ECB_NO_PADDING, 0, 8},
    {PSA_KEY_TYPE_DES, 64, PSA_ALG_CTR, 8, 1},
    {PSA_KEY_TYPE_CHACHA20, 256, PSA_ALG_STREAM_CIPHER, 12, 1},
    {(psa_key_type_t) 0x2002, 128, PSA_ALG_STREAM_CIPHER, 0, 1}, /* ARC4 */
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_STREAM_CIPHER, 16, 1},       /* not of this type */
    {PSA_KEY_TYPE_HMAC, 256, PSA_ALG_CTR, 16, 1},
    {PSA_KEY_TYPE_CHACHA20, 256, PSA_ALG_CBC_NO_PADDING, 16, 16},
};

static const psa_algorithm_t other_kinds[] = {0, PSA_ALG_GCM, PSA_ALG_CMAC, PSA_ALG_SHA_256,
                                              PSA_ALG_HKDF(PSA_ALG_SHA_256), 0x33333333};

static psa_algorithm_t choose_algorithm(struct diff_run *run, const struct kind *kind)
{
    if (diff_chance(run, 4)) {
        diff_fact(run, FACT_OTHER_KIND);
        return DIFF_CHOOSE(run, other_kinds);
    }
    return diff_chance(run, 4) ? DIFF_CHOOSE(run, kinds).alg : kind->alg;
}

static void say(struct diff_run *run, psa_algorithm_t alg, size_t input, size_t size)
{
    diff_say(run, "alg %#x, input %u, room %u", (unsigned) alg, (unsigned) input, (unsigned) size);
    diff_fact(run, size == 0 ? FACT_EMPTY_BUFFER : 0);
    diff_ready(run);
}

/* Whether encrypting draws random bytes. ARC4 has none. */
static bool has_iv(psa_key_type_t type, psa_algorithm_t alg)
{
    return alg != PSA_ALG_ECB_NO_PADDING && type != (psa_key_type_t) 0x2002;
}

/* Decrypts what was encrypted: whether that gives the text is what is compared. */
static void decrypt_back(struct diff_run *run, psa_key_id_t id, psa_algorithm_t alg,
                         const uint8_t *text, size_t input, const uint8_t *encrypted,
                         size_t length)
{
    size_t size = length + diff_pick(run, 20);
    uint8_t *output = diff_output(1, size);
    size_t got = 99;

    diff_begin(run, "psa_cipher_decrypt");
    say(run, alg, length, size);
    diff_status(run, psa_cipher_decrypt(id, alg, encrypted, length, output, size, &got));
    diff_note(run, "same", got == input && memcmp(output, text, input) == 0);
    diff_note_output(run, output, size, got, false);
    diff_end(run);
}

static void encrypt(struct diff_run *run, const struct kind *kind, struct diff_key *key)
{
    size_t input = diff_length(run, 600);
    const uint8_t *text = diff_material + diff_pick(run, 100);
    size_t padded = kind->alg == PSA_ALG_CBC_PKCS7 ? (input / kind->block + 1) * kind->block
                                                   : input;
    size_t length = 99;

    if (kind->block > 1 && kind->alg != PSA_ALG_CBC_PKCS7 && diff_chance(run, 80)) {
        input -= input % kind->block;
        padded = input;
    }
    size_t size = diff_room(run, kind->iv + padded);
    uint8_t *output = diff_output(0, size);

    diff_begin(run, "psa_cipher_encrypt");
    psa_algorithm_t alg = choose_algorithm(run, kind);
    psa_key_id_t id = diff_target(run, key);

    say(run, alg, input, size);
    psa_status_t status = psa_cipher_encrypt(id, alg, text, input, output, size, &length);
    bool random = key == NULL || key->random || has_iv(key->type, alg);

    diff_status(run, status);
    diff_note_output(run, output, size, length, random);
    diff_end(run);
    if (status == PSA_SUCCESS && length <= size) {
        decrypt_back(run, id, alg, text, input, output, length);
    }
}

static void decrypt(struct diff_run *run, const struct kind *kind, struct diff_key *key)
{
    size_t input = kind->iv + diff_length(run, 600);
    const uint8_t *text = diff_material + diff_pick(run, 100);
    size_t length = 99;

    if (diff_chance(run, 10)) {
        input = diff_pick(run, 20);
    } else if (kind->block > 1 && diff_chance(run, 80)) {
        input -= (input - kind->iv) % kind->block;
    }
    size_t size = diff_room(run, input > kind->iv ? input - kind->iv : 0);
    uint8_t *output = diff_output(0, size);

    diff_begin(run, "psa_cipher_decrypt");
    psa_algorithm_t alg = choose_algorithm(run, kind);
    psa_key_id_t id = diff_target(run, key);

    say(run, alg, input, size);
    diff_status(run, psa_cipher_decrypt(id, alg, text, input, output, size, &length));
    diff_note_output(run, output, size, length, key != NULL && key->random);
    diff_end(run);
}

void diff_cipher(struct diff_run *run)
{
    const struct kind *kind = &DIFF_CHOOSE(run, kinds);
    psa_algorithm_t policy = diff_chance(run, 93) ? kind->alg : DIFF_CHOOSE(run, kinds).alg;
    struct diff_key *key = diff_key_for(run, kind->type, kind->bits, policy);

    if (diff_chance(run, 55)) {
        encrypt(run, kind, key);
    } else {
        decrypt(run, kind, key);
    }
}
