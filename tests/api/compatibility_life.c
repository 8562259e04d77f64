/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Rows of docs/compatibility.md: life of the library. */

#define MBEDTLS_ALLOW_PRIVATE_ACCESS /* for the fields of mbedtls_psa_stats_t */

#include "compatibility.h"

START_TEST(id_zero_before_init)
{
    /* Ensures that destroying or closing no key succeeds before the library is initialised. */
    ck_assert_int_eq(psa_destroy_key(0), PSA_SUCCESS);
    ck_assert_int_eq(psa_close_key(0), PSA_SUCCESS);
}
END_TEST

/* Checks that every function says that the library is not initialised. */
static void check_stopped(psa_key_id_t id)
{
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_RAW_DATA, 3, 0);
    psa_key_id_t key = 99;
    uint8_t output[16];

    check_uses(id, PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_purge_key(id), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_close_key(id), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_destroy_key(id), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_import_key(&attributes, material, 16, &key), PSA_ERROR_BAD_STATE);
    ck_assert_uint_eq(key, 0);
    psa_set_key_bits(&attributes, 128);
    key = 99;
    ck_assert_int_eq(psa_generate_key(&attributes, &key), PSA_ERROR_BAD_STATE);
    ck_assert_uint_eq(key, 0);
    ck_assert_int_eq(psa_generate_random(output, sizeof output), PSA_ERROR_BAD_STATE);
    ck_assert_uint_eq(count_keys(), 0);
}

START_TEST(before_init)
{
    /* Ensures that nothing works before the library is initialised, and says so. */
    check_stopped(NO_KEY);
    check_stopped(1);
}
END_TEST

START_TEST(after_free)
{
    /* Ensures that nothing works after the library is freed, and says so. */
    psa_key_id_t key = import_raw();
    mbedtls_psa_crypto_free();
    check_stopped(key);
    check_stopped(NO_KEY);
}
END_TEST

START_TEST(init_twice)
{
    /* Ensures that initialising again changes nothing. */
    psa_key_id_t key = import_raw();
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    ck_assert_int_eq(psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
    mbedtls_psa_crypto_free();
    check_stopped(key);
}
END_TEST

START_TEST(free_before_init)
{
    /* Ensures that freeing a library that is not initialised does nothing. */
    mbedtls_psa_crypto_free();
    check_stopped(NO_KEY);
    set_up();
    import_raw();
    mbedtls_psa_crypto_free();
    mbedtls_psa_crypto_free();
    set_up();
    import_raw();
    ck_assert_uint_eq(count_keys(), 1);
}
END_TEST

START_TEST(free_destroys)
{
    /* Ensures that freeing destroys all keys and that their ids stay dead after another init. */
    static psa_key_id_t ids[200];
    for (size_t i = 0; i < COUNT(ids); i++)
        ids[i] = import_raw();
    mbedtls_psa_crypto_free();
    ck_assert_uint_eq(count_keys(), 0);
    set_up();
    ck_assert_uint_eq(count_keys(), 0);
    for (int i = 0; i < 1000; i++) {
        psa_key_id_t key = import_raw();
        for (size_t j = 0; j < COUNT(ids); j++)
            ck_assert_uint_ne(key, ids[j]);
    }
    for (size_t i = 0; i < COUNT(ids); i++)
        check_dead(ids[i]);
}
END_TEST

START_TEST(stats_count_keys)
{
    /* Ensures that Mbed TLS's statistics count volatile keys and empty slots, and nothing else. */
    mbedtls_psa_stats_t stats;
    keyshard_stats_t own;
    memset(&stats, 0x55, sizeof stats);
    mbedtls_psa_get_stats(&stats);
    ck_assert_uint_eq(stats.volatile_slots, 0);
    set_up();
    for (int i = 0; i < 3; i++)
        import_raw();
    psa_destroy_key(import_raw());
    memset(&stats, 0x55, sizeof stats);
    mbedtls_psa_get_stats(&stats);
    ck_assert_uint_eq(stats.volatile_slots, 3);
    ck_assert_uint_eq(stats.persistent_slots, 0);
    ck_assert_uint_eq(stats.external_slots, 0);
    ck_assert_uint_eq(stats.half_filled_slots, 0);
    ck_assert_uint_eq(stats.cache_slots, 0);
    ck_assert_int_eq(keyshard_get_stats(&own, sizeof own), PSA_SUCCESS);
    ck_assert_uint_eq(stats.empty_slots, own.slots - 3);
    ck_assert_uint_eq(stats.locked_slots, 0);
    ck_assert_uint_eq(stats.max_open_internal_key_id, 0);
    ck_assert_uint_eq(stats.max_open_external_key_id, 0);
}
END_TEST

void add_life(Suite *suite)
{
    TCase *stopped = tcase_create("not initialised");
    TCase *running = tcase_create("initialised");

    suite_add_tcase(suite, stopped);
    tcase_add_test(stopped, id_zero_before_init);
    tcase_add_test(stopped, before_init);
    tcase_add_test(stopped, free_before_init);
    tcase_add_test(stopped, stats_count_keys);
    suite_add_tcase(suite, running);
    tcase_add_checked_fixture(running, set_up, tear_down);
    tcase_add_test(running, after_free);
    tcase_add_test(running, init_twice);
    tcase_add_test(running, free_destroys);
}
