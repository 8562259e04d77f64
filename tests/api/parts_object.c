/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The caller's objects: initialised in any way, copied, stale, garbage. */

#include "parts.h"

#include <urcu/urcu-bp.h>

static psa_key_id_t key;
static psa_key_id_t aes;
static psa_key_id_t gcm;

static void make_keys(void)
{
    set_up();
    key = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, HMAC256);
    aes = import_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, PSA_ALG_CTR);
    gcm = import_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, PSA_ALG_GCM);
}

/* What an object that holds no open operation does. */
static void check_inert(psa_mac_operation_t *operation)
{
    uint8_t mac[32];
    size_t length = 0;

    ck_assert_int_eq(psa_mac_update(operation, material, 1), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_mac_update(operation, material, 0), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_mac_sign_finish(operation, mac, sizeof mac, &length),
                     PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_mac_verify_finish(operation, mac, sizeof mac), PSA_ERROR_BAD_STATE);
}

START_TEST(initialisers)
{
    /* Ensures that every way to initialise that the specification names will do, whatever the
     * memory held before; and that a finished and an aborted operation are as initialised. */
    union {
        psa_mac_operation_t operation;
        unsigned char bytes[sizeof(psa_mac_operation_t)];
    } object;
    uint8_t mac[32];
    size_t length = 0;
    for (int way = 0; way < 5; way++) {
        memset(&object, way == 0 ? 0 : NOTHING, sizeof object);
        if (way == 1) {
            static const psa_mac_operation_t zero;
            object.operation = zero;
        } else if (way == 2) {
            object.operation = psa_mac_operation_init();
        } else if (way == 3) {
            const psa_mac_operation_t init = PSA_MAC_OPERATION_INIT;
            object.operation = init;
        } else if (way == 4) {
            object.operation = (psa_mac_operation_t) { 0 };
        }
        ck_assert_int_eq(psa_mac_abort(&object.operation), PSA_SUCCESS);
        check_inert(&object.operation);
        for (int i = 0; i < 3; i++) {
            ck_assert_int_eq(psa_mac_sign_setup(&object.operation, key, HMAC256), PSA_SUCCESS);
            if (i != 1)
                ck_assert_int_eq(psa_mac_abort(&object.operation), PSA_SUCCESS);
            else
                ck_assert_int_eq(psa_mac_sign_finish(&object.operation, mac, 32, &length),
                                 PSA_SUCCESS);
            check_inert(&object.operation);
        }
    }
}
END_TEST

START_TEST(garbage)
{
    /* Ensures that objects that never were operations are refused, whatever they hold, and are as
     * initialised after an abort. */
    union {
        psa_mac_operation_t mac;
        psa_cipher_operation_t cipher;
        psa_aead_operation_t aead;
        uint32_t words[16];
    } object;
    psa_mac_operation_t open = PSA_MAC_OPERATION_INIT;
    uint32_t random = 3;
    ck_assert_int_eq(psa_mac_sign_setup(&open, key, HMAC256), PSA_SUCCESS);
    for (int i = 0; i < 20000; i++) {
        uint8_t output[32];
        size_t length = 0;
        for (int w = 0; w < 16; w++)
            object.words[w] = i < 256 ? (uint32_t) i * 0x01010101u
                              : i % 4 == 0 ? next_number(&random) << 8 | (unsigned) i % 251
                                           : next_number(&random) % 300;
        object.words[0] |= 1;
        if (i % 3 == 0) {
            check_inert(&object.mac);
            ck_assert_int_eq(psa_mac_sign_setup(&object.mac, key, HMAC256), PSA_ERROR_BAD_STATE);
            ck_assert_int_eq(psa_mac_abort(&object.mac), PSA_ERROR_BAD_STATE);
            ck_assert_int_eq(psa_mac_abort(&object.mac), PSA_SUCCESS);
        } else if (i % 3 == 1) {
            ck_assert_int_eq(psa_cipher_update(&object.cipher, material, 1, output, 32, &length),
                             PSA_ERROR_BAD_STATE);
            ck_assert_int_eq(psa_cipher_set_iv(&object.cipher, material, 16), PSA_ERROR_BAD_STATE);
            ck_assert_int_eq(psa_cipher_abort(&object.cipher), PSA_ERROR_BAD_STATE);
            ck_assert_int_eq(psa_cipher_encrypt_setup(&object.cipher, aes, PSA_ALG_CTR),
                             PSA_SUCCESS);
            ck_assert_int_eq(psa_cipher_abort(&object.cipher), PSA_SUCCESS);
        } else {
            ck_assert_int_eq(psa_aead_update_ad(&object.aead, material, 1), PSA_ERROR_BAD_STATE);
            ck_assert_int_eq(psa_aead_set_nonce(&object.aead, material, 12), PSA_ERROR_BAD_STATE);
            ck_assert_int_eq(psa_aead_abort(&object.aead), PSA_ERROR_BAD_STATE);
            ck_assert_int_eq(psa_aead_abort(&object.aead), PSA_SUCCESS);
        }
    }
    ck_assert_int_eq(psa_mac_update(&open, material, 1), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_abort(&open), PSA_SUCCESS);
}
END_TEST

START_TEST(copies)
{
    /* Ensures that a copy names the same operation, and is stale when that has ended, also when
     * others have been opened since in its place. */
    psa_mac_operation_t first = PSA_MAC_OPERATION_INIT;
    psa_mac_operation_t copy;
    psa_mac_operation_t stale[50];
    psa_mac_operation_t next = PSA_MAC_OPERATION_INIT;
    uint8_t mac[32];
    size_t length = 0;
    ck_assert_int_eq(psa_mac_sign_setup(&first, key, HMAC256), PSA_SUCCESS);
    copy = first;
    ck_assert_int_eq(psa_mac_update(&copy, material, 2), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_update(&first, material + 2, 2), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_sign_finish(&copy, mac, 32, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_verify(key, HMAC256, material, 4, mac, 32), PSA_SUCCESS);
    check_inert(&first);
    ck_assert_int_eq(psa_mac_abort(&first), PSA_SUCCESS);
    for (int i = 0; i < 50; i++) {
        ck_assert_int_eq(psa_mac_sign_setup(&next, key, HMAC256), PSA_SUCCESS);
        stale[i] = next;
        ck_assert_int_eq(psa_mac_abort(&next), PSA_SUCCESS);
    }
    ck_assert_int_eq(psa_mac_sign_setup(&next, key, HMAC256), PSA_SUCCESS);
    for (int i = 0; i < 50; i++) {
        check_inert(&stale[i]);
        ck_assert_int_eq(psa_mac_abort(&stale[i]), PSA_SUCCESS);
    }
    ck_assert_int_eq(psa_mac_sign_finish(&next, mac, 32, &length), PSA_SUCCESS);
}
END_TEST

START_TEST(other_kind)
{
    /* Ensures that the name of an operation enters nothing from an object of another kind, and does
     * not disturb it. */
    psa_mac_operation_t mac = PSA_MAC_OPERATION_INIT;
    psa_cipher_operation_t cipher = PSA_CIPHER_OPERATION_INIT;
    uint8_t output[32];
    size_t length = 0;
    ck_assert_int_eq(psa_mac_sign_setup(&mac, key, HMAC256), PSA_SUCCESS);
    memcpy(&cipher, &mac, 16); /* in both the words of the name are among these */
    ck_assert_int_eq(psa_cipher_set_iv(&cipher, material, 16), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_cipher_finish(&cipher, output, 32, &length), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_mac_update(&mac, material, 3), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_sign_finish(&mac, output, 32, &length), PSA_SUCCESS);
}
END_TEST

START_TEST(set_up_twice)
{
    /* Ensures that setting up an object that is in use fails and ends the operation, as Mbed TLS
     * does it, so that nothing is left behind. */
    psa_mac_operation_t mac = PSA_MAC_OPERATION_INIT;
    psa_aead_operation_t aead = PSA_AEAD_OPERATION_INIT;
    ck_assert_int_eq(psa_mac_sign_setup(&mac, key, HMAC256), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_verify_setup(&mac, key, HMAC256), PSA_ERROR_BAD_STATE);
    check_inert(&mac);
    ck_assert_int_eq(psa_mac_verify_setup(&mac, key, HMAC256), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_abort(&mac), PSA_SUCCESS);
    ck_assert_int_eq(psa_aead_encrypt_setup(&aead, gcm, PSA_ALG_GCM), PSA_SUCCESS);
    ck_assert_int_eq(psa_aead_encrypt_setup(&aead, gcm, PSA_ALG_CTR), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(psa_aead_set_nonce(&aead, material, 12), PSA_ERROR_BAD_STATE);
}
END_TEST

START_TEST(before_init)
{
    /* Ensures that calls without the library give PSA_ERROR_BAD_STATE, and abort success. */
    psa_mac_operation_t mac = PSA_MAC_OPERATION_INIT;
    psa_aead_operation_t aead = PSA_AEAD_OPERATION_INIT;
    mbedtls_psa_crypto_free();
    check_inert(&mac);
    ck_assert_int_eq(psa_mac_sign_setup(&mac, key, HMAC256), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_aead_encrypt_setup(&aead, gcm, PSA_ALG_GCM), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_aead_set_nonce(&aead, material, 12), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_mac_abort(&mac), PSA_SUCCESS);
    ck_assert_int_eq(psa_aead_abort(&aead), PSA_SUCCESS);
}
END_TEST

START_TEST(in_a_section)
{
    /* Ensures that in a program's own read-side section updates go on, that what would have to lock
     * is refused and changes nothing, and that a failed operation waits for its abort. */
    psa_mac_operation_t mac = PSA_MAC_OPERATION_INIT;
    psa_mac_operation_t other = PSA_MAC_OPERATION_INIT;
    psa_cipher_operation_t cipher = PSA_CIPHER_OPERATION_INIT;
    uint8_t output[32];
    size_t length = 0;
    ck_assert_int_eq(psa_mac_sign_setup(&mac, key, HMAC256), PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_encrypt_setup(&cipher, aes, PSA_ALG_CTR), PSA_SUCCESS);
    urcu_bp_read_lock();
    ck_assert_int_eq(psa_mac_update(&mac, material, 3), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_sign_setup(&other, key, HMAC256), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_mac_sign_finish(&mac, output, 32, &length), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_mac_abort(&mac), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_cipher_set_iv(&cipher, material, 15), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(psa_cipher_set_iv(&cipher, material, 16), PSA_ERROR_BAD_STATE);
    urcu_bp_read_unlock();
    ck_assert_int_eq(psa_mac_update(&mac, material + 3, 3), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_sign_finish(&mac, output, 32, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_verify(key, HMAC256, material, 6, output, 32), PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_set_iv(&cipher, material, 16), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_cipher_abort(&cipher), PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_encrypt_setup(&cipher, aes, PSA_ALG_CTR), PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_abort(&cipher), PSA_SUCCESS);
}
END_TEST

TCase *make_parts_object_case(void)
{
    TCase *tests = tcase_create("objects");

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, make_keys, tear_down);
    tcase_add_test(tests, initialisers);
    tcase_add_test(tests, garbage);
    tcase_add_test(tests, copies);
    tcase_add_test(tests, other_kind);
    tcase_add_test(tests, set_up_twice);
    tcase_add_test(tests, before_init);
    tcase_add_test(tests, in_a_section);
    return tests;
}
