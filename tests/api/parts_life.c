/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Operations and the life of their key. */

#include "parts.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

/* One open operation of each kind, and what they should come to. */
struct three {
    psa_key_id_t mac_key;
    psa_key_id_t cipher_key;
    psa_key_id_t aead_key;
    psa_mac_operation_t mac;
    psa_cipher_operation_t cipher;
    psa_aead_operation_t aead;
};

static void open_three(struct three *t)
{
    uint8_t output[32];
    size_t length = 0;

    t->mac = psa_mac_operation_init();
    t->cipher = psa_cipher_operation_init();
    t->aead = psa_aead_operation_init();
    ck_assert_int_eq(psa_mac_sign_setup(&t->mac, t->mac_key, HMAC256), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_update(&t->mac, material, 5), PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_encrypt_setup(&t->cipher, t->cipher_key, PSA_ALG_CTR), PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_set_iv(&t->cipher, material, 16), PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_update(&t->cipher, material, 5, output, 32, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_aead_encrypt_setup(&t->aead, t->aead_key, PSA_ALG_GCM), PSA_SUCCESS);
    ck_assert_int_eq(psa_aead_set_nonce(&t->aead, material, 12), PSA_SUCCESS);
    ck_assert_int_eq(psa_aead_update_ad(&t->aead, material, 5), PSA_SUCCESS);
}

static void make_three(struct three *t)
{
    t->mac_key = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, HMAC256);
    t->cipher_key = import_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, PSA_ALG_CTR);
    t->aead_key = import_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, PSA_ALG_GCM);
    open_three(t);
}

/* All three go on, and end right. */
static void check_alive(struct three *t)
{
    uint8_t output[32];
    uint8_t expected[64];
    uint8_t tag[16];
    size_t length = 99;
    size_t tag_length = 99;

    ck_assert_int_eq(psa_mac_update(&t->mac, material + 5, 7), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_sign_finish(&t->mac, output, 32, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_verify(t->mac_key, HMAC256, material, 12, output, 32), PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_update(&t->cipher, material + 5, 7, output, 32, &length),
                     PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_finish(&t->cipher, output, 32, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_aead_finish(&t->aead, output, 16, &length, tag, 16, &tag_length),
                     PSA_SUCCESS);
    ck_assert_int_eq(psa_aead_encrypt(t->aead_key, PSA_ALG_GCM, material, 12, material, 5, NULL, 0,
                                      expected, sizeof expected, &length),
                     PSA_SUCCESS);
    ck_assert_mem_eq(tag, expected, 16);
}

/* Every call but abort is refused, more than once; then abort makes the object usable again. */
static void check_revoked(struct three *t)
{
    uint8_t output[32];
    size_t length = 99;
    size_t tag_length = 99;

    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(psa_mac_update(&t->mac, material, 5), PSA_ERROR_BAD_STATE);
        ck_assert_int_eq(psa_mac_update(&t->mac, material, 0), PSA_ERROR_BAD_STATE);
        ck_assert_int_eq(psa_mac_sign_finish(&t->mac, output, 32, &length), PSA_ERROR_BAD_STATE);
        check_all(output, 32, '!');
        ck_assert_int_eq(psa_mac_sign_setup(&t->mac, NO_KEY, HMAC256), PSA_ERROR_BAD_STATE);
        ck_assert_int_eq(psa_cipher_update(&t->cipher, material, 5, output, 32, &length),
                         PSA_ERROR_BAD_STATE);
        ck_assert_uint_eq(length, 0);
        ck_assert_int_eq(psa_cipher_finish(&t->cipher, output, 32, &length), PSA_ERROR_BAD_STATE);
        ck_assert_int_eq(psa_cipher_encrypt_setup(&t->cipher, NO_KEY, PSA_ALG_CTR),
                         PSA_ERROR_BAD_STATE);
        ck_assert_int_eq(psa_aead_update(&t->aead, material, 5, output, 32, &length),
                         PSA_ERROR_BAD_STATE);
        ck_assert_int_eq(psa_aead_finish(&t->aead, output, 16, &length, output, 16, &tag_length),
                         PSA_ERROR_BAD_STATE);
        ck_assert_int_eq(psa_aead_encrypt_setup(&t->aead, NO_KEY, PSA_ALG_GCM),
                         PSA_ERROR_BAD_STATE);
    }
    ck_assert_int_eq(psa_mac_abort(&t->mac), PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_abort(&t->cipher), PSA_SUCCESS);
    ck_assert_int_eq(psa_aead_abort(&t->aead), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_abort(&t->mac), PSA_SUCCESS);
}

static void each_key(struct three *t, psa_status_t (*function)(psa_key_id_t))
{
    ck_assert_int_eq(function(t->mac_key), PSA_SUCCESS);
    ck_assert_int_eq(function(t->cipher_key), PSA_SUCCESS);
    ck_assert_int_eq(function(t->aead_key), PSA_SUCCESS);
}

START_TEST(destroyed)
{
    /* Ensures that operations end with their key, and that their objects can be used again. */
    struct three t;
    make_three(&t);
    each_key(&t, psa_destroy_key);
    check_revoked(&t);
    make_three(&t);
    check_alive(&t);
}
END_TEST

START_TEST(closed)
{
    /* Ensures the same of closing, which destroys a volatile key. */
    struct three t;
    make_three(&t);
    each_key(&t, psa_close_key);
    check_revoked(&t);
}
END_TEST

START_TEST(purged)
{
    /* Ensures that purging a key leaves its operations alone, and that they end with it later. */
    struct three t;
    make_three(&t);
    each_key(&t, psa_purge_key);
    check_alive(&t);
    open_three(&t);
    each_key(&t, psa_purge_key);
    each_key(&t, psa_destroy_key);
    check_revoked(&t);
}
END_TEST

START_TEST(replaced)
{
    /* Ensures that a replacement ends the operations begun with the old material, and that those
     * begun with the new one go on through a purge and end with the next replacement. */
    struct three t;
    make_three(&t);
    for (uint8_t round = 1; round < 5; round++) {
        uint8_t other[32];
        fill(other, sizeof other, round);
        ck_assert_int_eq(keyshard_replace_key(t.mac_key, other, 32), PSA_SUCCESS);
        ck_assert_int_eq(keyshard_replace_key(t.cipher_key, other, 16), PSA_SUCCESS);
        ck_assert_int_eq(keyshard_replace_key(t.aead_key, other, 16), PSA_SUCCESS);
        check_revoked(&t);
        open_three(&t);
        each_key(&t, psa_purge_key);
        check_alive(&t);
        open_three(&t);
    }
    each_key(&t, psa_destroy_key);
    check_revoked(&t);
}
END_TEST

static atomic_bool receive;

static void *receiver(void *shard)
{
    *(keyshard_shard_t *) shard = keyshard_self();
    atomic_store(&receive, true);
    while (atomic_load(&receive))
        sched_yield();
    return NULL;
}

START_TEST(handed_over)
{
    /* Ensures that operations go on when their key is handed to another thread's shard and back and
     * when its usage is restricted, and that they end with it then. */
    struct three t;
    pthread_t thread;
    keyshard_shard_t other = 0;
    make_three(&t);
    pthread_create(&thread, NULL, receiver, &other);
    while (!atomic_load(&receive))
        sched_yield();
    const psa_key_id_t keys[] = { t.mac_key, t.cipher_key, t.aead_key };
    ck_assert_int_eq(keyshard_handoff_many(keys, 3, other), PSA_SUCCESS);
    check_alive(&t);
    open_three(&t);
    ck_assert_int_eq(keyshard_handoff_many(keys, 3, keyshard_self()), PSA_SUCCESS);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(keyshard_restrict_key(keys[i], PSA_KEY_USAGE_ENCRYPT
                                                            | PSA_KEY_USAGE_SIGN_MESSAGE
                                                            | PSA_KEY_USAGE_VERIFY_MESSAGE),
                         PSA_SUCCESS);
    check_alive(&t);
    open_three(&t);
    ck_assert_int_eq(keyshard_handoff_many(keys, 3, other), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_destroy_keys(keys, 3), PSA_SUCCESS);
    check_revoked(&t);
    atomic_store(&receive, false);
    pthread_join(thread, NULL);
}
END_TEST

static void *leave_open(void *argument)
{
    keyshard_on_thread_exit(KEYSHARD_EXIT_DESTROY);
    make_three(argument);
    return NULL;
}

START_TEST(gone_with_thread)
{
    /* Ensures that operations end with keys that end with their thread. */
    struct three t;
    pthread_t thread;
    pthread_create(&thread, NULL, leave_open, &t);
    pthread_join(thread, NULL);
    check_revoked(&t);
}
END_TEST

START_TEST(others_unharmed)
{
    /* Ensures that destroying one key leaves the operations of others, and of its copy, alone. */
    struct three t;
    psa_key_attributes_t any = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t copy = 0;
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    make_three(&t);
    psa_set_key_usage_flags(&any, ANY_USAGE);
    psa_set_key_algorithm(&any, HMAC256);
    ck_assert_int_eq(psa_copy_key(t.mac_key, &any, &copy), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_sign_setup(&operation, copy, HMAC256), PSA_SUCCESS);
    for (int i = 0; i < 100; i++) {
        psa_key_id_t other = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, HMAC256);
        psa_mac_operation_t left = PSA_MAC_OPERATION_INIT;
        ck_assert_int_eq(psa_mac_sign_setup(&left, other, HMAC256), PSA_SUCCESS);
        destroy(other);
    }
    destroy(copy);
    ck_assert_int_eq(psa_mac_update(&operation, material, 1), PSA_ERROR_BAD_STATE);
    check_alive(&t);
}
END_TEST

START_TEST(stopped)
{
    /* Ensures that operations end when the library is freed, stay dead when it is initialised
     * again, and that their objects can be aborted before and after. */
    struct three t;
    struct three same;
    make_three(&t);
    same = t;
    mbedtls_psa_crypto_free();
    check_revoked(&t);
    set_up();
    check_revoked(&same);
    make_three(&t);
    check_alive(&t);
}
END_TEST

static keyshard_stats_t stats_now(void)
{
    keyshard_stats_t stats;

    ck_assert_int_eq(keyshard_get_stats(&stats, sizeof stats), PSA_SUCCESS);
    return stats;
}

START_TEST(abandoned)
{
    /* Ensures that operations abandoned without abort cost what they take until their key ends, and
     * nothing afterwards; whatever their number. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, HMAC256);
    uint8_t mac[32];
    size_t length = 0;
    for (int i = 0; i < 2; i++) /* the second time a context is kept */
        ck_assert_int_eq(psa_mac_compute(key, HMAC256, material, 1, mac, 32, &length), PSA_SUCCESS);
    const uint64_t before = stats_now().secret_bytes;
    for (int round = 0; round < 3; round++) {
        psa_key_id_t other = import_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, PSA_ALG_GCM);
        for (int i = 0; i < 5000; i++) {
            psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
            psa_mac_operation_t mac_operation = PSA_MAC_OPERATION_INIT;
            ck_assert_int_eq(psa_aead_encrypt_setup(&operation, other, PSA_ALG_GCM), PSA_SUCCESS);
            ck_assert_int_eq(psa_mac_sign_setup(&mac_operation, key, HMAC256), PSA_SUCCESS);
            ck_assert_int_eq(psa_mac_update(&mac_operation, material, 1), PSA_SUCCESS);
            ck_assert_int_eq(psa_mac_abort(&mac_operation), PSA_SUCCESS);
        }
        ck_assert_uint_gt(stats_now().secret_bytes, before + 5000 * 300);
        ck_assert_uint_eq(stats_now().operations, 5000);
        destroy(other);
        ck_assert_uint_le(stats_now().secret_bytes, before);
        ck_assert_uint_eq(stats_now().operations, 0);
    }
}
END_TEST

static void *carry_on(void *argument)
{
    struct three *t = argument;
    uint8_t output[32];
    size_t length = 0;

    return (void *) (uintptr_t) (
        psa_mac_update(&t->mac, material + 5, 3) != PSA_SUCCESS
        || psa_cipher_update(&t->cipher, material, 1, output, 32, &length) != PSA_SUCCESS);
}

static void *open_elsewhere(void *argument)
{
    open_three(argument);
    return NULL;
}

static uintptr_t run(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    void *result = NULL;

    pthread_create(&thread, NULL, function, argument);
    pthread_join(thread, &result);
    return (uintptr_t) result;
}

START_TEST(other_threads)
{
    /* Ensures that an operation may be opened by a thread that ends, used by another that ends, and
     * finished by a third; and that such an operation ends with its key. */
    struct three t;
    uint8_t mac[32];
    size_t length = 0;
    make_three(&t);
    check_alive(&t);
    run(open_elsewhere, &t);
    ck_assert_uint_eq(run(carry_on, &t), 0);
    ck_assert_int_eq(psa_mac_update(&t.mac, material + 8, 2), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_sign_finish(&t.mac, mac, 32, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_verify(t.mac_key, HMAC256, material, 10, mac, 32), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_sign_setup(&t.mac, t.mac_key, HMAC256), PSA_SUCCESS);
    each_key(&t, psa_destroy_key);
    check_revoked(&t);
}
END_TEST

TCase *make_parts_life_case(void)
{
    TCase *tests = tcase_create("life");

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, destroyed);
    tcase_add_test(tests, closed);
    tcase_add_test(tests, purged);
    tcase_add_test(tests, replaced);
    tcase_add_test(tests, handed_over);
    tcase_add_test(tests, gone_with_thread);
    tcase_add_test(tests, others_unharmed);
    tcase_add_test(tests, stopped);
    tcase_add_test(tests, abandoned);
    tcase_add_test(tests, other_threads);
    return tests;
}
