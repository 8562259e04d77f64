/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "parts.h"

#define MAX_MESSAGE 700

static const struct {
    psa_key_type_t type;
    size_t key_length;
    psa_algorithm_t alg;
    size_t size;
} macs[] = {
    { PSA_KEY_TYPE_HMAC, 20, PSA_ALG_HMAC(PSA_ALG_MD5), 16 },
    { PSA_KEY_TYPE_HMAC, 20, PSA_ALG_HMAC(PSA_ALG_SHA_1), 20 },
    { PSA_KEY_TYPE_HMAC, 20, PSA_ALG_HMAC(PSA_ALG_RIPEMD160), 20 },
    { PSA_KEY_TYPE_HMAC, 20, PSA_ALG_HMAC(PSA_ALG_SHA_224), 28 },
    { PSA_KEY_TYPE_HMAC, 100, PSA_ALG_HMAC(PSA_ALG_SHA_256), 32 },
    { PSA_KEY_TYPE_HMAC, 32, PSA_ALG_TRUNCATED_MAC(PSA_ALG_HMAC(PSA_ALG_SHA_256), 10), 10 },
    { PSA_KEY_TYPE_HMAC, 1, PSA_ALG_HMAC(PSA_ALG_SHA_384), 48 },
    { PSA_KEY_TYPE_HMAC, 200, PSA_ALG_HMAC(PSA_ALG_SHA_512), 64 },
#ifdef PSA_WANT_ALG_SHA3_256
    { PSA_KEY_TYPE_HMAC, 32, PSA_ALG_HMAC(PSA_ALG_SHA3_256), 32 },
    { PSA_KEY_TYPE_HMAC, 32, PSA_ALG_HMAC(PSA_ALG_SHA3_512), 64 },
#endif
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CMAC, 16 },
    { PSA_KEY_TYPE_AES, 32, PSA_ALG_TRUNCATED_MAC(PSA_ALG_CMAC, 8), 8 },
    { PSA_KEY_TYPE_DES, 24, PSA_ALG_CMAC, 8 },
};

static psa_key_id_t make_key(int i)
{
    uint8_t bytes[200];

    fill(bytes, sizeof bytes, 11);
    return import_bytes(macs[i].type, macs[i].alg, bytes, macs[i].key_length);
}

static void feed(psa_mac_operation_t *operation, const uint8_t *message, size_t length, size_t way)
{
    struct cuts cuts = { way, (uint32_t) way, 0 };

    for (size_t done = 0; done < length || cuts.piece < 2;) {
        size_t piece = next_piece(&cuts, length, length - done);

        ck_assert_int_eq(psa_mac_update(operation, message + done, piece), PSA_SUCCESS);
        done += piece;
    }
}

static void check_message(int i, psa_key_id_t key, const uint8_t *message, size_t length)
{
    uint8_t expected[64];
    size_t expected_length = 0;

    ck_assert_int_eq(psa_mac_compute(key, macs[i].alg, message, length, expected, sizeof expected,
                                     &expected_length),
                     PSA_SUCCESS);
    FOR_EACH_WAY(way, length) {
        psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
        uint8_t mac[70];
        size_t mac_length = 0;
        memset(mac, NOTHING, sizeof mac);
        ck_assert_int_eq(psa_mac_sign_setup(&operation, key, macs[i].alg), PSA_SUCCESS);
        feed(&operation, message, length, way);
        ck_assert_int_eq(psa_mac_sign_finish(&operation, mac, sizeof mac - 1, &mac_length),
                         PSA_SUCCESS);
        ck_assert_uint_eq(mac_length, macs[i].size);
        ck_assert_mem_eq(mac, expected, mac_length);
        check_all(mac + mac_length, sizeof mac - 1 - mac_length, '!');
        ck_assert_uint_eq(mac[sizeof mac - 1], NOTHING);
        ck_assert_int_eq(psa_mac_verify_setup(&operation, key, macs[i].alg), PSA_SUCCESS);
        feed(&operation, message, length, way);
        ck_assert_int_eq(psa_mac_verify_finish(&operation, expected, expected_length),
                         PSA_SUCCESS);
    }
}

START_TEST(mac_however_cut)
{
    /* Ensures that a MAC of a message in pieces is that of the whole message. */
    uint8_t message[MAX_MESSAGE];
    psa_key_id_t key = make_key(_i);
    fill(message, sizeof message, 12);
    for (size_t length = 0; length < 20; length++)
        check_message(_i, key, message, length);
    for (size_t length = 60; length < 70; length++)
        check_message(_i, key, message, length);
    check_message(_i, key, message, 128);
    check_message(_i, key, message, 144);
    check_message(_i, key, message, MAX_MESSAGE);
}
END_TEST

START_TEST(mac_refused)
{
    /* Ensures that a MAC that is changed or of another length is refused, and ends the operation.
     */
    psa_key_id_t key = make_key(_i);
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    uint8_t mac[64];
    size_t length = 0;
    ck_assert_int_eq(psa_mac_compute(key, macs[_i].alg, material, 9, mac, sizeof mac, &length),
                     PSA_SUCCESS);
    for (size_t bit = 0; bit < length * 8; bit += 5) {
        mac[bit / 8] ^= (uint8_t) (1 << bit % 8);
        ck_assert_int_eq(psa_mac_verify_setup(&operation, key, macs[_i].alg), PSA_SUCCESS);
        ck_assert_int_eq(psa_mac_update(&operation, material, 9), PSA_SUCCESS);
        ck_assert_int_eq(psa_mac_verify_finish(&operation, mac, length),
                         PSA_ERROR_INVALID_SIGNATURE);
        ck_assert_int_eq(psa_mac_verify_finish(&operation, mac, length), PSA_ERROR_BAD_STATE);
        mac[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }
    for (size_t other = 0; other <= sizeof mac; other++) {
        ck_assert_int_eq(psa_mac_verify_setup(&operation, key, macs[_i].alg), PSA_SUCCESS);
        ck_assert_int_eq(psa_mac_update(&operation, material, 9), PSA_SUCCESS);
        ck_assert_int_eq(psa_mac_verify_finish(&operation, mac, other),
                         other == length ? PSA_SUCCESS : PSA_ERROR_INVALID_SIGNATURE);
    }
}
END_TEST

START_TEST(mac_without_room)
{
    /* Ensures that a MAC needs its size, that without it the room is filled with '!' and its size
     * is given as the length, and that the operation has ended. */
    psa_key_id_t key = make_key(_i);
    for (size_t room = 0; room < macs[_i].size; room++) {
        psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
        uint8_t mac[65];
        size_t length = 99;
        memset(mac, NOTHING, sizeof mac);
        ck_assert_int_eq(psa_mac_sign_setup(&operation, key, macs[_i].alg), PSA_SUCCESS);
        ck_assert_int_eq(psa_mac_sign_finish(&operation, mac, room, &length),
                         PSA_ERROR_BUFFER_TOO_SMALL);
        ck_assert_uint_eq(length, room);
        check_all(mac, room, '!');
        ck_assert_uint_eq(mac[room], NOTHING);
        ck_assert_int_eq(psa_mac_update(&operation, material, 1), PSA_ERROR_BAD_STATE);
        ck_assert_int_eq(psa_mac_sign_setup(&operation, key, macs[_i].alg), PSA_SUCCESS);
        ck_assert_int_eq(psa_mac_abort(&operation), PSA_SUCCESS);
    }
}
END_TEST

START_TEST(mac_setup_refused)
{
    /* Ensures that setting up gives the statuses of the one-shot functions, and opens nothing. */
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    psa_key_id_t hmac = import_key(PSA_KEY_TYPE_HMAC, 32, PSA_KEY_USAGE_SIGN_MESSAGE, HMAC256);
    psa_key_id_t aes = import_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, HMAC256);
    psa_key_id_t des = import_key(PSA_KEY_TYPE_DES, 16, ANY_USAGE, PSA_ALG_CMAC);
    psa_key_id_t tiny = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE,
                                   PSA_ALG_TRUNCATED_MAC(HMAC256, 3));
    ck_assert_int_eq(psa_mac_sign_setup(&operation, NO_KEY, HMAC256), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_mac_sign_setup(&operation, 0, HMAC256), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_mac_verify_setup(&operation, hmac, HMAC256), PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(psa_mac_sign_setup(&operation, hmac, PSA_ALG_HMAC(PSA_ALG_SHA_1)),
                     PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(psa_mac_sign_setup(&operation, aes, HMAC256), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(psa_mac_sign_setup(&operation, des, PSA_ALG_CMAC), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(psa_mac_sign_setup(&operation, tiny, PSA_ALG_TRUNCATED_MAC(HMAC256, 3)),
                     PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(psa_mac_sign_setup(&operation, hmac, PSA_ALG_CTR), PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(psa_mac_update(&operation, material, 1), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_mac_sign_setup(&operation, hmac, HMAC256), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_abort(&operation), PSA_SUCCESS);
}
END_TEST

TCase *make_parts_mac_case(void)
{
    TCase *tests = tcase_create("MAC");

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, mac_however_cut, 0, COUNT(macs));
    tcase_add_loop_test(tests, mac_refused, 0, COUNT(macs));
    tcase_add_loop_test(tests, mac_without_room, 0, COUNT(macs));
    tcase_add_test(tests, mac_setup_refused);
    return tests;
}
