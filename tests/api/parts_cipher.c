/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "parts.h"

#define MAX_MESSAGE 600

static const struct {
    psa_key_type_t type;
    size_t key_length;
    psa_algorithm_t alg;
    size_t iv;    /* bytes */
    size_t block; /* bytes that messages are of; 1: of any length */
} ciphers[] = {
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CTR, 16, 1 },
    { PSA_KEY_TYPE_AES, 32, PSA_ALG_CFB, 16, 1 },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_OFB, 16, 1 },
    { PSA_KEY_TYPE_AES, 24, PSA_ALG_CBC_NO_PADDING, 16, 16 },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CBC_PKCS7, 16, 1 },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_ECB_NO_PADDING, 0, 16 },
    { PSA_KEY_TYPE_DES, 24, PSA_ALG_CBC_PKCS7, 8, 1 },
    { PSA_KEY_TYPE_DES, 16, PSA_ALG_ECB_NO_PADDING, 0, 8 },
    { PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_STREAM_CIPHER, 12, 1 },
    { PSA_KEY_TYPE_CAMELLIA, 16, PSA_ALG_CTR, 16, 1 },
#ifdef PSA_ALG_CCM_STAR_NO_TAG
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CCM_STAR_NO_TAG, 13, 1 },
#endif
#if defined(PSA_KEY_TYPE_ARC4)
    { PSA_KEY_TYPE_ARC4, 16, PSA_ALG_STREAM_CIPHER, 0, 1 },
#endif
};

static psa_key_id_t make_key(int i)
{
    return import_bytes(ciphers[i].type, ciphers[i].alg, material, ciphers[i].key_length);
}

/* The whole message that a context at this position works on, cut this way; where says how input
 * and output lie: apart, in place, or with the output so many bytes behind or ahead. */
struct run {
    psa_key_id_t key;
    psa_algorithm_t alg;
    bool decrypts;
    const uint8_t *iv;
    size_t iv_length;
    const uint8_t *input;
    size_t length;
    size_t way;
    int shift;   /* APART: none */
    size_t most; /* bytes that the output may lag behind the input */
};

#define APART 1000
#define ROOM 64

/* One update. Its room is exactly what PSA_CIPHER_UPDATE_OUTPUT_SIZE says. */
static size_t update(psa_cipher_operation_t *operation, const struct run *run, const uint8_t *input,
                     size_t length, uint8_t *output, psa_key_type_t type)
{
    uint8_t place[MAX_MESSAGE + 2 * ROOM];
    uint8_t *from = place + ROOM;
    uint8_t *to = from + (run->shift == APART ? 0 : run->shift);
    size_t room = PSA_CIPHER_UPDATE_OUTPUT_SIZE(type, run->alg, length);
    size_t written = 99;

    memset(place, NOTHING, sizeof place);
    memcpy(from, input, length);
    if (run->shift == APART)
        ck_assert_int_eq(psa_cipher_update(operation, input, length, output, room, &written),
                         PSA_SUCCESS);
    else {
        ck_assert_int_eq(psa_cipher_update(operation, from, length, to, room, &written),
                         PSA_SUCCESS);
        memcpy(output, to, written);
    }
    ck_assert_uint_le(written, room);
    return written;
}

static size_t work(const struct run *run, psa_key_type_t type, uint8_t *output)
{
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    struct cuts cuts = { run->way, (uint32_t) run->way, 0 };
    size_t total = 0;
    size_t written = 99;

    ck_assert_int_eq(run->decrypts ? psa_cipher_decrypt_setup(&operation, run->key, run->alg)
                                   : psa_cipher_encrypt_setup(&operation, run->key, run->alg),
                     PSA_SUCCESS);
    if (run->iv_length != 0)
        ck_assert_int_eq(psa_cipher_set_iv(&operation, run->iv, run->iv_length), PSA_SUCCESS);
    for (size_t done = 0; done < run->length || cuts.piece < 2;) {
        size_t piece = next_piece(&cuts, run->length, run->length - done);

        total += update(&operation, run, run->input + done, piece, output + total, type);
        done += piece;
        ck_assert_uint_le(total, done);
        ck_assert_uint_le(done - total, run->most);
    }
    ck_assert_int_eq(psa_cipher_finish(&operation, output + total,
                                       PSA_CIPHER_FINISH_OUTPUT_SIZE(type, run->alg), &written),
                     PSA_SUCCESS);
    return total + written;
}

static const int shifts[] = { APART, 0, 1, -1, 7, -9, 16, -16, 33, -33 };

static void check_message(int i, psa_key_id_t key, const uint8_t *message, size_t length)
{
    const size_t iv = ciphers[i].iv;
    uint8_t sealed[MAX_MESSAGE + 64];
    uint8_t output[MAX_MESSAGE + 64];
    size_t sealed_length = 0;

    ck_assert_int_eq(psa_cipher_encrypt(key, ciphers[i].alg, message, length, sealed, sizeof sealed,
                                        &sealed_length),
                     PSA_SUCCESS);
    FOR_EACH_WAY(way, length) {
        bool stream = PSA_ALG_IS_STREAM_CIPHER(ciphers[i].alg);
        struct run run = { key, ciphers[i].alg, false, sealed, iv, message, length, way,
                           shifts[way % COUNT(shifts)], stream ? 0 : 15 };
        size_t got = work(&run, ciphers[i].type, output);
        ck_assert_uint_eq(got, sealed_length - iv);
        ck_assert_mem_eq(output, sealed + iv, got);
        run.decrypts = true;
        run.input = sealed + iv;
        run.length = sealed_length - iv;
        run.most = stream ? 0 : 16;
        got = work(&run, ciphers[i].type, output);
        ck_assert_uint_eq(got, length);
        ck_assert_mem_eq(output, message, got);
    }
}

START_TEST(cipher_however_cut)
{
    /* Ensures that a message in pieces gives what the whole message gives, wherever it is cut and
     * however input and output overlap, in the room that the macros ask for. */
    uint8_t message[MAX_MESSAGE];
    psa_key_id_t key = make_key(_i);
    const size_t block = ciphers[_i].block;
    fill(message, sizeof message, 21);
    for (size_t length = 0; length <= 66; length += block)
        check_message(_i, key, message, length);
    check_message(_i, key, message, MAX_MESSAGE / block * block);
}
END_TEST

START_TEST(cipher_room)
{
    /* Ensures that an update needs room for what it writes, or would but for the padding, and that
     * one without it ends the operation. */
    const size_t block = ciphers[_i].type == PSA_KEY_TYPE_DES ? 8 : 16;
    const bool stream = PSA_ALG_IS_STREAM_CIPHER(ciphers[_i].alg);
    psa_key_id_t key = make_key(_i);
    uint8_t output[64];
    for (size_t length = 0; length <= sizeof material; length++) {
        size_t wanted = stream ? length : length / block * block;
        for (size_t room = 0; room <= wanted; room++) {
            psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
            size_t written = 99;
            ck_assert_int_eq(psa_cipher_encrypt_setup(&operation, key, ciphers[_i].alg),
                             PSA_SUCCESS);
            if (ciphers[_i].iv != 0)
                ck_assert_int_eq(psa_cipher_set_iv(&operation, material, ciphers[_i].iv),
                                 PSA_SUCCESS);
            memset(output, NOTHING, sizeof output);
            ck_assert_int_eq(psa_cipher_update(&operation, material, length, output, room,
                                               &written),
                             room < wanted ? PSA_ERROR_BUFFER_TOO_SMALL : PSA_SUCCESS);
            ck_assert_uint_eq(written, room < wanted ? 0 : wanted);
            check_all(output + written, sizeof output - written, NOTHING);
            ck_assert_int_eq(psa_cipher_update(&operation, material, 0, output, 0, &written),
                             room < wanted ? PSA_ERROR_BAD_STATE : PSA_SUCCESS);
            ck_assert_int_eq(psa_cipher_abort(&operation), PSA_SUCCESS);
        }
    }
}
END_TEST

START_TEST(padding)
{
    /* Ensures that of every last byte a padding is found right or wrong as it should be, that a
     * text too long for the room is told, and that not whole blocks are refused. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, PSA_ALG_CBC_PKCS7);
    psa_key_id_t raw = import_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, PSA_ALG_CBC_NO_PADDING);
    for (unsigned last = 0; last < 256; last++) {
        uint8_t text[32];
        uint8_t sealed[48];
        size_t sealed_length = 0;
        memset(text, (int) last, sizeof text);
        memcpy(text, material, last < 16 ? 32 - last : 16);
        ck_assert_int_eq(psa_cipher_encrypt(raw, PSA_ALG_CBC_NO_PADDING, text, 32, sealed,
                                            sizeof sealed, &sealed_length),
                         PSA_SUCCESS);
        for (size_t room = 0; room <= 16; room += 4) {
            psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
            const bool right = last >= 1 && last <= 16;
            const size_t length = 16 - last;
            uint8_t output[32 + 1];
            size_t written = 99;
            memset(output, NOTHING, sizeof output);
            ck_assert_int_eq(psa_cipher_decrypt_setup(&operation, key, PSA_ALG_CBC_PKCS7),
                             PSA_SUCCESS);
            ck_assert_int_eq(psa_cipher_set_iv(&operation, sealed, 16), PSA_SUCCESS);
            ck_assert_int_eq(psa_cipher_update(&operation, sealed + 16, 32, output, 32, &written),
                             PSA_SUCCESS);
            ck_assert_uint_eq(written, 16);
            ck_assert_int_eq(psa_cipher_finish(&operation, output + 16, room, &written),
                             !right          ? PSA_ERROR_INVALID_PADDING
                             : room < length ? PSA_ERROR_BUFFER_TOO_SMALL
                                             : PSA_SUCCESS);
            ck_assert_uint_eq(written, right && room >= length ? length : 0);
            ck_assert_mem_eq(output + 16, text + 16, written);
            ck_assert_uint_eq(output[16 + room], NOTHING);
        }
    }
    for (size_t length = 0; length < 33; length++) {
        psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
        uint8_t output[48];
        size_t written = 99;
        if (length == 16 || length == 32)
            continue;
        ck_assert_int_eq(psa_cipher_decrypt_setup(&operation, key, PSA_ALG_CBC_PKCS7),
                         PSA_SUCCESS);
        ck_assert_int_eq(psa_cipher_set_iv(&operation, material, 16), PSA_SUCCESS);
        ck_assert_int_eq(psa_cipher_update(&operation, material, length < 32 ? length : 32, output,
                                           48, &written),
                         PSA_SUCCESS);
        if (length > 32)
            ck_assert_int_eq(psa_cipher_update(&operation, material, 1, output, 48, &written),
                             PSA_SUCCESS);
        ck_assert_int_eq(psa_cipher_finish(&operation, output, sizeof output, &written),
                         PSA_ERROR_INVALID_ARGUMENT);
        ck_assert_uint_eq(written, 0);
    }
}
END_TEST

START_TEST(broken_blocks)
{
    /* Ensures that modes without padding end with whole blocks only. */
    static const psa_algorithm_t algs[] = { PSA_ALG_ECB_NO_PADDING, PSA_ALG_CBC_NO_PADDING };
    psa_key_id_t key = import_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, algs[_i]);
    for (size_t length = 0; length <= 32; length++) {
        psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
        uint8_t output[48];
        size_t written = 99;
        ck_assert_int_eq(psa_cipher_encrypt_setup(&operation, key, algs[_i]), PSA_SUCCESS);
        if (_i == 1)
            ck_assert_int_eq(psa_cipher_set_iv(&operation, material, 16), PSA_SUCCESS);
        ck_assert_int_eq(psa_cipher_update(&operation, material, length, output, sizeof output,
                                           &written),
                         PSA_SUCCESS);
        ck_assert_uint_eq(written, length / 16 * 16);
        ck_assert_int_eq(psa_cipher_finish(&operation, output, sizeof output, &written),
                         length % 16 == 0 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT);
        ck_assert_uint_eq(written, 0);
    }
}
END_TEST

START_TEST(generated_iv)
{
    /* Ensures that a generated IV has the mode's length, is another each time, and is the one that
     * is used. */
    const size_t iv = ciphers[_i].iv;
    psa_key_id_t key = make_key(_i);
    uint8_t ivs[4][16];
    for (int n = 0; n < 4; n++) {
        psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
        uint8_t sealed[16 + 64];
        uint8_t text[64];
        size_t length = 99;
        size_t written = 0;
        ck_assert_int_eq(psa_cipher_encrypt_setup(&operation, key, ciphers[_i].alg), PSA_SUCCESS);
        if (iv == 0) {
            ck_assert_int_eq(psa_cipher_generate_iv(&operation, ivs[n], 16, &length),
                             PSA_ERROR_BAD_STATE);
            ck_assert_uint_eq(length, 0);
            continue;
        }
        ck_assert_int_eq(psa_cipher_generate_iv(&operation, ivs[n], iv, &length), PSA_SUCCESS);
        ck_assert_uint_eq(length, iv);
        memcpy(sealed, ivs[n], iv);
        ck_assert_int_eq(psa_cipher_update(&operation, material, 32, sealed + iv, 32, &length),
                         PSA_SUCCESS);
        ck_assert_int_eq(psa_cipher_finish(&operation, sealed + iv + length, 16, &written),
                         PSA_SUCCESS);
        ck_assert_int_eq(psa_cipher_decrypt(key, ciphers[_i].alg, sealed, iv + length + written,
                                            text, sizeof text, &length),
                         PSA_SUCCESS);
        ck_assert_mem_eq(text, material, 32);
        for (int m = 0; m < n; m++)
            ck_assert_mem_ne(ivs[n], ivs[m], iv);
        ck_assert_int_eq(psa_cipher_encrypt_setup(&operation, key, ciphers[_i].alg), PSA_SUCCESS);
        ck_assert_int_eq(psa_cipher_generate_iv(&operation, text, iv - 1, &length),
                         PSA_ERROR_BUFFER_TOO_SMALL);
        ck_assert_uint_eq(length, 0);
        ck_assert_int_eq(psa_cipher_set_iv(&operation, text, iv), PSA_ERROR_BAD_STATE);
    }
}
END_TEST

START_TEST(iv_length)
{
    /* Ensures that an IV has the mode's length. */
    psa_key_id_t key = make_key(_i);
    for (size_t length = 0; length <= 20; length++) {
        psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
        ck_assert_int_eq(psa_cipher_decrypt_setup(&operation, key, ciphers[_i].alg), PSA_SUCCESS);
        ck_assert_int_eq(psa_cipher_set_iv(&operation, material, length),
                         ciphers[_i].iv == 0         ? PSA_ERROR_BAD_STATE
                         : ciphers[_i].iv == length ? PSA_SUCCESS
                                                    : PSA_ERROR_INVALID_ARGUMENT);
        ck_assert_int_eq(psa_cipher_abort(&operation), PSA_SUCCESS);
    }
}
END_TEST

#ifdef PSA_ALG_CCM_STAR_NO_TAG
START_TEST(ccm_star_limit)
{
    /* Ensures that the counter of CCM* without a tag does not come round, in however many parts. */
    static uint8_t text[65535 * 16 + 1];
    psa_key_id_t key = import_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, PSA_ALG_CCM_STAR_NO_TAG);
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    size_t length = 0;
    ck_assert_int_eq(psa_cipher_encrypt_setup(&operation, key, PSA_ALG_CCM_STAR_NO_TAG),
                     PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_set_iv(&operation, material, 13), PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_update(&operation, text, 7, text, 7, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_update(&operation, text, sizeof text - 8, text, sizeof text - 8,
                                       &length),
                     PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_update(&operation, text, 1, text, 1, &length),
                     PSA_ERROR_INVALID_ARGUMENT);
}
END_TEST
#endif

TCase *make_parts_cipher_case(void)
{
    TCase *tests = tcase_create("cipher");

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, cipher_however_cut, 0, COUNT(ciphers));
    tcase_add_loop_test(tests, cipher_room, 0, COUNT(ciphers));
    tcase_add_test(tests, padding);
    tcase_add_loop_test(tests, broken_blocks, 0, 2);
    tcase_add_loop_test(tests, generated_iv, 0, COUNT(ciphers));
    tcase_add_loop_test(tests, iv_length, 0, COUNT(ciphers));
#ifdef PSA_ALG_CCM_STAR_NO_TAG
    tcase_add_test(tests, ccm_star_limit);
#endif
    return tests;
}
