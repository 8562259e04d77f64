/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "operations.h"

#define MAX_TEXT 80
#define MAX_DATA 40
#define ROOM (MAX_TEXT + 16)

static const struct aead {
    psa_key_type_t type;
    size_t key_length;
    psa_algorithm_t alg;
    size_t tag;
} aeads[] = {
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_GCM, 16 },
    { PSA_KEY_TYPE_AES, 32, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 12), 12 },
    { PSA_KEY_TYPE_AES, 24, PSA_ALG_CCM, 16 },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 4), 4 },
    { PSA_KEY_TYPE_CAMELLIA, 16, PSA_ALG_GCM, 16 },
    { PSA_KEY_TYPE_CAMELLIA, 32, PSA_ALG_CCM, 16 },
    { PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_CHACHA20_POLY1305, 16 },
#ifdef PSA_WANT_KEY_TYPE_ARIA
    { PSA_KEY_TYPE_ARIA, 16, PSA_ALG_GCM, 16 },
    { PSA_KEY_TYPE_ARIA, 24, PSA_ALG_CCM, 16 },
#endif
};

static const uint8_t nonce[20] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4 };

static psa_key_id_t make_aead_key(int i)
{
    return import_filled(aeads[i].type, aeads[i].key_length, aeads[i].alg);
}

/* Encrypts with a 12-byte nonce, which every algorithm here takes. */
static void encrypt(psa_key_id_t key, const struct aead *aead, const uint8_t *data,
                    size_t data_length, const uint8_t *text, size_t text_length, uint8_t *output)
{
    size_t length = 0;

    ck_assert_int_eq(psa_aead_encrypt(key, aead->alg, nonce, 12, data, data_length, text,
                                      text_length, output, text_length + aead->tag, &length),
                     PSA_SUCCESS);
    ck_assert_uint_eq(length, text_length + aead->tag);
}

START_TEST(round_trip)
{
    /* Ensures that each length of text and data decrypts to what was encrypted, also where what is
     * empty is a null pointer, and that the data are authenticated and change no text. */
    psa_key_id_t key = make_aead_key(_i);
    uint8_t text[MAX_TEXT];
    uint8_t without[ROOM];
    fill(text, sizeof text, 2);
    for (size_t n = 0; n <= MAX_TEXT; n++) {
        encrypt(key, &aeads[_i], NULL, 0, n == 0 ? NULL : text, n, without);
        for (size_t data = 0; data <= 32; data++) {
            uint8_t output[ROOM];
            uint8_t plain[ROOM];
            size_t length = 99;
            encrypt(key, &aeads[_i], material, data, text, n, output);
            ck_assert_mem_eq(output, without, n);
            ck_assert_int_eq(memcmp(output, without, n + aeads[_i].tag) == 0, data == 0);
            ck_assert_int_eq(psa_aead_decrypt(key, aeads[_i].alg, nonce, 12,
                                              data == 0 ? NULL : material, data, output,
                                              n + aeads[_i].tag, n == 0 ? NULL : plain, n,
                                              &length),
                             PSA_SUCCESS);
            ck_assert_uint_eq(length, n);
            ck_assert_mem_eq(plain, text, n);
        }
    }
}
END_TEST

START_TEST(gcm_text_by_definition)
{
    /* Ensures that GCM's text is counter mode, counting from 2 behind a 12-byte nonce. */
    psa_key_id_t key = make_aead_key(0);
    psa_key_id_t ecb = import_filled(aeads[0].type, aeads[0].key_length, PSA_ALG_ECB_NO_PADDING);
    uint8_t text[MAX_TEXT];
    uint8_t expected[MAX_TEXT];
    uint8_t output[ROOM];
    uint8_t counter[16] = { 0 };
    fill(text, sizeof text, 3);
    memcpy(counter, nonce, 12);
    counter[15] = 1;
    for (size_t i = 0; i < sizeof text; i++) {
        static uint8_t stream[16];
        if (i % 16 == 0) {
            increment(counter, 16);
            encrypt_block(ecb, counter, 16, stream);
        }
        expected[i] = text[i] ^ stream[i % 16];
    }
    encrypt(key, &aeads[0], material, 9, text, sizeof text, output);
    ck_assert_mem_eq(output, expected, sizeof text);
}
END_TEST

START_TEST(nonce_lengths)
{
    /* Ensures that the lengths of a nonce that each algorithm has are taken and others refused, and
     * that a wrong one leaves an output of zeros. */
    static const struct {
        psa_key_type_t type;
        psa_algorithm_t alg;
        size_t from;
        size_t to;
    } rules[] = { { PSA_KEY_TYPE_AES, PSA_ALG_GCM, 1, SIZE_MAX },
                  { PSA_KEY_TYPE_AES, PSA_ALG_CCM, 7, 13 },
                  { PSA_KEY_TYPE_CHACHA20, PSA_ALG_CHACHA20_POLY1305, 12, 12 } };
    psa_key_id_t key = import_filled(rules[_i].type, 32, rules[_i].alg);
    for (size_t n = 0; n <= sizeof nonce; n++) {
        uint8_t output[ROOM];
        uint8_t plain[ROOM];
        size_t length = 99;
        psa_status_t expected = n >= rules[_i].from && n <= rules[_i].to ? PSA_SUCCESS
                                : n == 8 && _i == 2                      ? PSA_ERROR_NOT_SUPPORTED
                                                    : PSA_ERROR_INVALID_ARGUMENT;
        memset(output, NOTHING, sizeof output);
        memset(plain, NOTHING, sizeof plain);
        ck_assert_int_eq(psa_aead_encrypt(key, rules[_i].alg, n == 0 ? NULL : nonce, n, material,
                                          5, material, 10, output, sizeof output, &length),
                         expected);
        ck_assert_uint_eq(length, expected == PSA_SUCCESS ? 26 : 0);
        ck_assert_int_eq(psa_aead_decrypt(key, rules[_i].alg, n == 0 ? NULL : nonce, n, material,
                                          5, output, 26, plain, sizeof plain, &length),
                         expected);
        if (expected == PSA_SUCCESS) {
            ck_assert_mem_eq(plain, material, 10);
        } else {
            ck_assert_uint_eq(length, 0);
            check_all(output, sizeof output, 0);
            check_all(plain, sizeof plain, 0);
        }
    }
}
END_TEST

START_TEST(tag_lengths)
{
    /* Ensures that the lengths of a tag that each algorithm has are taken and others refused, and
     * that GCM's shorter tags are prefixes of the whole one. */
    static const struct {
        psa_key_type_t type;
        psa_algorithm_t alg;
        size_t from;
        size_t step;
        psa_status_t otherwise;
    } rules[] = {
        { PSA_KEY_TYPE_AES, PSA_ALG_GCM, 4, 1, PSA_ERROR_INVALID_ARGUMENT },
        { PSA_KEY_TYPE_AES, PSA_ALG_CCM, 4, 2, PSA_ERROR_INVALID_ARGUMENT },
        { PSA_KEY_TYPE_CHACHA20, PSA_ALG_CHACHA20_POLY1305, 16, 1, PSA_ERROR_NOT_SUPPORTED },
    };
    const struct aead whole = { rules[_i].type, 32, rules[_i].alg, 16 };
    uint8_t expected[ROOM];
    encrypt(import_filled(rules[_i].type, 32, rules[_i].alg), &whole, material, 5, material, 10,
            expected);
    for (size_t n = 0; n < 64; n++) {
        psa_algorithm_t alg = PSA_ALG_AEAD_WITH_SHORTENED_TAG(rules[_i].alg, n);
        psa_key_id_t key = import_filled(rules[_i].type, 32, alg);
        bool right = n >= rules[_i].from && n <= 16 && n % rules[_i].step == 0;
        uint8_t output[ROOM];
        uint8_t plain[ROOM];
        size_t length = 99;
        ck_assert_int_eq(psa_aead_encrypt(key, alg, nonce, 12, material, 5, material, 10, output,
                                          sizeof output, &length),
                         right ? PSA_SUCCESS : rules[_i].otherwise);
        ck_assert_uint_eq(length, right ? 10 + n : 0);
        if (right)
            ck_assert_mem_eq(output, expected, _i == 0 ? 10 + n : 10);
        ck_assert_int_eq(psa_aead_decrypt(key, alg, nonce, 12, material, 5, output, 10 + n, plain,
                                          sizeof plain, &length),
                         right ? PSA_SUCCESS : rules[_i].otherwise);
        ck_assert_uint_eq(length, right ? 10 : 0);
        destroy(key);
    }
}
END_TEST

START_TEST(tag_lengths_in_turn)
{
    /* Ensures that one key serves each length of tag that its policy permits, in any order: a GCM
     * tag is the beginning of the whole one. */
    const struct aead whole = { PSA_KEY_TYPE_AES, 32, PSA_ALG_GCM, 16 };
    psa_algorithm_t policy = PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 4);
    psa_key_id_t key = import_filled(PSA_KEY_TYPE_AES, 32, policy);
    uint8_t expected[ROOM];
    encrypt(key, &whole, material, 5, material, 10, expected);
    for (size_t i = 0; i < 39; i++) {
        size_t n = 4 + i * 5 % 13;
        psa_algorithm_t alg = PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, n);
        uint8_t output[ROOM];
        uint8_t plain[ROOM];
        size_t length = 99;
        ck_assert_int_eq(psa_aead_encrypt(key, alg, nonce, 12, material, 5, material, 10, output,
                                          sizeof output, &length), PSA_SUCCESS);
        ck_assert_uint_eq(length, 10 + n);
        ck_assert_mem_eq(output, expected, 10 + n);
        ck_assert_int_eq(psa_aead_decrypt(key, alg, nonce, 12, material, 5, output, 10 + n, plain,
                                          sizeof plain, &length), PSA_SUCCESS);
        ck_assert_uint_eq(length, 10);
        ck_assert_mem_eq(plain, material, 10);
    }
    destroy(key);
}
END_TEST

/* What a call left in a buffer of ROOM bytes that it was told to be of size, where the output is of
 * so many bytes. */
static void check_room(const uint8_t *output, size_t size, size_t length, const uint8_t *expected,
                       size_t expected_length)
{
    ck_assert_uint_eq(length, size >= expected_length ? expected_length : 0);
    ck_assert_mem_eq(output, expected, length);
    if (length == 0)
        check_all(output, size, 0);
    check_all(output + size, ROOM - size, NOTHING);
}

START_TEST(room)
{
    /* Ensures that ciphertext and plaintext need their lengths, that nothing is written behind the
     * room, and that with too little room the output is zeros and its length 0. */
    enum { LENGTH = 21 };
    psa_key_id_t key = make_aead_key(_i);
    const size_t whole = LENGTH + aeads[_i].tag;
    uint8_t expected[ROOM];
    encrypt(key, &aeads[_i], material, 9, material, LENGTH, expected);
    for (size_t size = 0; size < ROOM; size++) {
        uint8_t output[ROOM];
        size_t length = 99;
        memset(output, NOTHING, sizeof output);
        ck_assert_int_eq(psa_aead_encrypt(key, aeads[_i].alg, nonce, 12, material, 9, material,
                                          LENGTH, size == 0 ? NULL : output, size, &length),
                         size >= whole ? PSA_SUCCESS : PSA_ERROR_BUFFER_TOO_SMALL);
        check_room(output, size, length, expected, whole);
        memset(output, NOTHING, sizeof output);
        ck_assert_int_eq(psa_aead_decrypt(key, aeads[_i].alg, nonce, 12, material, 9, expected,
                                          whole, size == 0 ? NULL : output, size, &length),
                         size >= LENGTH ? PSA_SUCCESS : PSA_ERROR_BUFFER_TOO_SMALL);
        check_room(output, size, length, material, LENGTH);
    }
}
END_TEST

/* Decrypts and checks that the tag is found wrong and that no plaintext is left. */
static void check_forged(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *used_nonce,
                         const uint8_t *data, size_t data_length, const uint8_t *input,
                         size_t length)
{
    uint8_t output[ROOM];
    size_t output_length = 99;

    memset(output, NOTHING, sizeof output);
    ck_assert_int_eq(psa_aead_decrypt(key, alg, used_nonce, 12, data, data_length, input, length,
                                      output, sizeof output, &output_length),
                     PSA_ERROR_INVALID_SIGNATURE);
    ck_assert_uint_eq(output_length, 0);
    check_all(output, sizeof output, 0);
}

START_TEST(forged)
{
    /* Ensures that each bit of text, tag, data and nonce counts, and that nothing is released. */
    enum { LENGTH = 21, DATA = 9 };
    psa_key_id_t key = make_aead_key(_i);
    const psa_algorithm_t alg = aeads[_i].alg;
    const size_t whole = LENGTH + aeads[_i].tag;
    uint8_t input[ROOM];
    uint8_t data[DATA];
    uint8_t other_nonce[12];
    memcpy(data, material, DATA);
    memcpy(other_nonce, nonce, sizeof other_nonce);
    encrypt(key, &aeads[_i], data, DATA, material, LENGTH, input);
    for (size_t bit = 0; bit < whole * 8; bit++) {
        input[bit / 8] ^= (uint8_t) (1 << bit % 8);
        check_forged(key, alg, nonce, data, DATA, input, whole);
        input[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }
    for (size_t bit = 0; bit < DATA * 8; bit++) {
        data[bit / 8] ^= (uint8_t) (1 << bit % 8);
        check_forged(key, alg, nonce, data, DATA, input, whole);
        data[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }
    for (size_t bit = 0; bit < 12 * 8; bit++) {
        other_nonce[bit / 8] ^= (uint8_t) (1 << bit % 8);
        check_forged(key, alg, other_nonce, data, DATA, input, whole);
        other_nonce[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }
    check_forged(key, alg, nonce, data, DATA - 1, input, whole);
    for (size_t n = aeads[_i].tag; n < whole; n++)
        check_forged(key, alg, nonce, data, DATA, input, n);
}
END_TEST

START_TEST(shorter_than_tag)
{
    /* Ensures that what is too short to hold a tag is invalid. */
    psa_key_id_t key = make_aead_key(_i);
    for (size_t n = 0; n < aeads[_i].tag; n++) {
        uint8_t output[ROOM];
        size_t length = 99;
        memset(output, NOTHING, sizeof output);
        ck_assert_int_eq(psa_aead_decrypt(key, aeads[_i].alg, nonce, 12, NULL, 0,
                                          n == 0 ? NULL : material, n, output, sizeof output,
                                          &length),
                         PSA_ERROR_INVALID_ARGUMENT);
        ck_assert_uint_eq(length, 0);
        check_all(output, sizeof output, 0);
    }
}
END_TEST

/* What overlaps the output: one of the inputs, or all, which lie one behind the other. */
enum part { NONCE, DATA, TEXT, PARTS, ALL = PARTS };

/* Puts one input, or all, to a place and points there. */
static void put(enum part part, const uint8_t *inputs[PARTS], const size_t lengths[PARTS],
                uint8_t *place)
{
    for (enum part i = NONCE; i < PARTS; i++) {
        if (part == ALL || part == i) {
            memcpy(place, inputs[i], lengths[i]);
            inputs[i] = place;
            place += lengths[i];
        }
    }
}

START_TEST(overlap)
{
    /* Ensures that nonce, data and text may overlap the output in every way, each alone and all. */
    enum { LENGTH = 61, PLACE = 130, ARENA = 4 * PLACE };
    psa_key_id_t key = make_aead_key(_i);
    const psa_algorithm_t alg = aeads[_i].alg;
    const size_t whole = LENGTH + aeads[_i].tag;
    uint8_t text[LENGTH];
    uint8_t data[MAX_DATA];
    uint8_t expected[ROOM];
    fill(text, LENGTH, 4);
    fill(data, sizeof data, 5);
    encrypt(key, &aeads[_i], data, sizeof data, text, LENGTH, expected);
    for (enum part part = NONCE; part <= ALL; part++) {
        for (int shift = -PLACE; shift <= PLACE; shift++) {
            uint8_t arena[ARENA];
            uint8_t *output = arena + PLACE + shift;
            const uint8_t *plain[PARTS] = { nonce, data, text };
            const uint8_t *encrypted[PARTS] = { nonce, data, expected };
            size_t lengths[PARTS] = { 12, sizeof data, LENGTH };
            size_t length = 0;
            put(part, plain, lengths, arena + PLACE);
            ck_assert_int_eq(psa_aead_encrypt(key, alg, plain[NONCE], 12, plain[DATA], sizeof data,
                                              plain[TEXT], LENGTH, output, whole, &length),
                             PSA_SUCCESS);
            ck_assert_uint_eq(length, whole);
            ck_assert_mem_eq(output, expected, whole);

            lengths[TEXT] = whole;
            put(part, encrypted, lengths, arena + PLACE);
            ck_assert_int_eq(psa_aead_decrypt(key, alg, encrypted[NONCE], 12, encrypted[DATA],
                                              sizeof data, encrypted[TEXT], whole, output, LENGTH,
                                              &length),
                             PSA_SUCCESS);
            ck_assert_uint_eq(length, LENGTH);
            ck_assert_mem_eq(output, text, LENGTH);
        }
    }
}
END_TEST

START_TEST(ccm_limits)
{
    /* Ensures that CCM refuses text that a nonce of 13 bytes leaves no counter for, and data of
     * 65,280 bytes, and that the key serves again afterwards. */
    enum { LIMIT = 65536 };
    static uint8_t bytes[LIMIT];
    static uint8_t output[LIMIT + 16];
    static uint8_t plain[LIMIT];
    static const struct {
        size_t text;
        size_t data;
        psa_status_t status;
    } requests[] = { { LIMIT, 0, PSA_ERROR_INVALID_ARGUMENT }, { LIMIT - 1, 0, PSA_SUCCESS },
                     { 10, 0xff00, PSA_ERROR_INVALID_ARGUMENT }, { 10, 0xfeff, PSA_SUCCESS } };
    psa_key_id_t key = import_filled(PSA_KEY_TYPE_AES, 16, PSA_ALG_CCM);
    for (int i = 0; i < COUNT(requests); i++) {
        size_t length = 99;
        ck_assert_int_eq(psa_aead_encrypt(key, PSA_ALG_CCM, nonce, 13, bytes, requests[i].data,
                                          bytes, requests[i].text, output, sizeof output, &length),
                         requests[i].status);
        ck_assert_uint_eq(length, requests[i].status == PSA_SUCCESS ? requests[i].text + 16 : 0);
        ck_assert_int_eq(psa_aead_decrypt(key, PSA_ALG_CCM, nonce, 13, bytes, requests[i].data,
                                          output, requests[i].text + 16, plain, sizeof plain,
                                          &length),
                         requests[i].status);
        ck_assert_uint_eq(length, requests[i].status == PSA_SUCCESS ? requests[i].text : 0);
    }
    ck_assert_int_eq(psa_aead_encrypt(key, PSA_ALG_CCM, nonce, 12, bytes, 0, bytes, LIMIT, output,
                                      sizeof output, &(size_t){ 0 }),
                     PSA_SUCCESS);
}
END_TEST

/* AEADs that cannot be. */
static const struct refusal refusals[] = {
    { PSA_KEY_TYPE_AES, 32, PSA_ALG_CHACHA20_POLY1305, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_AES, 32, 0x05500900, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_DES, 24, PSA_ALG_GCM, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_DES, 24, PSA_ALG_CCM, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_GCM, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_HMAC, 32, PSA_ALG_GCM, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_RAW_DATA, 32, PSA_ALG_CCM, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_AES, 32, PSA_ALG_CTR, PSA_ERROR_INVALID_ARGUMENT },
    { PSA_KEY_TYPE_AES, 32, PSA_ALG_CMAC, PSA_ERROR_INVALID_ARGUMENT },
};

START_TEST(refused)
{
    /* Ensures that an AEAD that the key's type or Mbed TLS does not have is refused, twice alike.
     */
    psa_key_id_t key = import_filled(refusals[_i].type, refusals[_i].key_length, refusals[_i].alg);
    for (int n = 0; n < 2; n++) {
        uint8_t output[ROOM];
        size_t length = 99;
        ck_assert_int_eq(psa_aead_encrypt(key, refusals[_i].alg, nonce, 12, NULL, 0, material, 16,
                                          output, sizeof output, &length),
                         refusals[_i].status);
        ck_assert_uint_eq(length, 0);
        length = 99;
        ck_assert_int_eq(psa_aead_decrypt(key, refusals[_i].alg, nonce, 12, NULL, 0, material, 32,
                                          output, sizeof output, &length),
                         refusals[_i].status);
        ck_assert_uint_eq(length, 0);
    }
}
END_TEST

TCase *make_aead_case(void)
{
    TCase *tc = tcase_create("aead");

    tcase_add_checked_fixture(tc, set_up, mbedtls_psa_crypto_free);
    tcase_add_loop_test(tc, round_trip, 0, COUNT(aeads));
    tcase_add_test(tc, gcm_text_by_definition);
    tcase_add_loop_test(tc, nonce_lengths, 0, 3);
    tcase_add_loop_test(tc, tag_lengths, 0, 3);
    tcase_add_test(tc, tag_lengths_in_turn);
    tcase_add_loop_test(tc, room, 0, COUNT(aeads));
    tcase_add_loop_test(tc, forged, 0, COUNT(aeads));
    tcase_add_loop_test(tc, shorter_than_tag, 0, COUNT(aeads));
    tcase_add_loop_test(tc, overlap, 0, COUNT(aeads));
    tcase_add_test(tc, ccm_limits);
    tcase_add_loop_test(tc, refused, 0, COUNT(refusals));
    return tc;
}
