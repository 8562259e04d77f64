/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Rows of docs/compatibility.md: ids. */

#include "compatibility.h"

void check_dead(psa_key_id_t id)
{
    uint64_t before = count_keys();

    check_uses(id, PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_purge_key(id), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_close_key(id), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_destroy_key(id), PSA_ERROR_INVALID_HANDLE);
    ck_assert_uint_eq(count_keys(), before);
}

START_TEST(id_zero)
{
    /* Ensures that destroying or closing no key succeeds and does nothing. */
    psa_key_id_t key = import_raw();
    ck_assert_int_eq(psa_destroy_key(0), PSA_SUCCESS);
    ck_assert_int_eq(psa_close_key(0), PSA_SUCCESS);
    ck_assert_uint_eq(count_keys(), 1);
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
}
END_TEST

START_TEST(id_zero_elsewhere)
{
    /* Ensures that id 0 names no key. */
    check_uses(0, PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_purge_key(0), PSA_ERROR_INVALID_HANDLE);
}
END_TEST

START_TEST(absent_id)
{
    /* Ensures that ids that name no key are refused, from each range and between. */
    const psa_key_id_t ids[] = { 1, 7, PSA_KEY_ID_USER_MAX, PSA_KEY_ID_VENDOR_MIN, NO_KEY,
                                 PSA_KEY_ID_VENDOR_MAX, 0x80000000, 0xc0000001, UINT32_MAX };
    check_dead(PSA_KEY_ID_VENDOR_MIN);
    import_raw();
    for (size_t i = 0; i < COUNT(ids); i++) {
        psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
        if (psa_get_key_attributes(ids[i], &attributes) != PSA_SUCCESS)
            check_dead(ids[i]);
    }
    check_dead(NO_KEY);
}
END_TEST

START_TEST(purge_of_absent)
{
    /* Ensures that purging no key says so. */
    ck_assert_int_eq(psa_purge_key(1), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_purge_key(NO_KEY), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_purge_key(UINT32_MAX), PSA_ERROR_INVALID_HANDLE);
}
END_TEST

START_TEST(builtin_range)
{
    /* Ensures that the ids of built-in keys name none. */
    check_dead(MBEDTLS_PSA_KEY_ID_BUILTIN_MIN);
    check_dead(MBEDTLS_PSA_KEY_ID_BUILTIN_MIN + 1);
    check_dead(MBEDTLS_PSA_KEY_ID_BUILTIN_MAX);
    for (int i = 0; i < 5000; i++) {
        psa_key_id_t key = import_raw();
        ck_assert(key < MBEDTLS_PSA_KEY_ID_BUILTIN_MIN || key > MBEDTLS_PSA_KEY_ID_BUILTIN_MAX);
    }
}
END_TEST

START_TEST(volatile_ids)
{
    /* Ensures that volatile keys have ids of the vendor range, each another. */
    static psa_key_id_t ids[1000];
    for (size_t i = 0; i < COUNT(ids); i++) {
        ids[i] = import_raw();
        ck_assert_uint_ge(ids[i], PSA_KEY_ID_VENDOR_MIN);
        ck_assert_uint_le(ids[i], PSA_KEY_ID_VENDOR_MAX);
        for (size_t j = 0; j < i; j++)
            ck_assert_uint_ne(ids[i], ids[j]);
    }
}
END_TEST

START_TEST(stale_id)
{
    /* Ensures that the id of a destroyed key stays dead through 50,000 further creations. */
    psa_key_id_t stale = import_raw();
    ck_assert_int_eq(psa_destroy_key(stale), PSA_SUCCESS);
    check_dead(stale);
    for (int i = 0; i < 50000; i++) {
        psa_key_id_t key = import_raw();
        ck_assert_uint_ne(key, stale);
        ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
    }
    check_dead(stale);
}
END_TEST

START_TEST(double_destroy)
{
    /* Ensures that a key is destroyed once. */
    psa_key_id_t key = import_raw();
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
    ck_assert_int_eq(psa_destroy_key(key), PSA_ERROR_INVALID_HANDLE);
    ck_assert_uint_eq(count_keys(), 0);
}
END_TEST

START_TEST(close_destroys)
{
    /* Ensures that closing a volatile key destroys it. */
    psa_key_id_t key = import_raw();
    ck_assert_int_eq(psa_close_key(key), PSA_SUCCESS);
    ck_assert_uint_eq(count_keys(), 0);
    check_dead(key);
}
END_TEST

START_TEST(close_of_absent)
{
    /* Ensures that closing no key says so. */
    ck_assert_int_eq(psa_close_key(1), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_close_key(NO_KEY), PSA_ERROR_INVALID_HANDLE);
}
END_TEST

START_TEST(purge_of_volatile)
{
    /* Ensures that a purged volatile key is there and works as before. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, HMAC256);
    uint8_t before[32], after[32];
    size_t length = 0;
    ck_assert_int_eq(psa_mac_compute(key, HMAC256, material, 9, before, 32, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_purge_key(key), PSA_SUCCESS);
    ck_assert_uint_eq(count_keys(), 1);
    ck_assert_int_eq(psa_mac_compute(key, HMAC256, material, 9, after, 32, &length), PSA_SUCCESS);
    ck_assert_mem_eq(before, after, 32);
}
END_TEST

START_TEST(failed_creation_id)
{
    /* Ensures that a creation that fails sets the id to 0. */
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_AES, 3, 0);
    psa_key_id_t key = 99;
    ck_assert_int_eq(psa_import_key(&attributes, material, 3, &key), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_uint_eq(key, 0);
    key = 99;
    ck_assert_int_eq(psa_generate_key(&attributes, &key), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_uint_eq(key, 0);
    key = 99;
    ck_assert_int_eq(psa_copy_key(NO_KEY, &attributes, &key), PSA_ERROR_INVALID_HANDLE);
    ck_assert_uint_eq(key, 0);
}
END_TEST

START_TEST(attributes_of_absent)
{
    /* Ensures that attributes that cannot be read are left as initialised. */
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_AES, 3, PSA_ALG_GCM);
    ck_assert_int_eq(psa_get_key_attributes(NO_KEY, &attributes), PSA_ERROR_INVALID_HANDLE);
    check_initial(&attributes);
}
END_TEST

void add_ids(Suite *suite)
{
    TCase *tc = tcase_create("ids");

    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_set_timeout(tc, 60); /* 50,000 destructions */
    tcase_add_test(tc, id_zero);
    tcase_add_test(tc, id_zero_elsewhere);
    tcase_add_test(tc, absent_id);
    tcase_add_test(tc, purge_of_absent);
    tcase_add_test(tc, builtin_range);
    tcase_add_test(tc, volatile_ids);
    tcase_add_test(tc, stale_id);
    tcase_add_test(tc, double_destroy);
    tcase_add_test(tc, close_destroys);
    tcase_add_test(tc, close_of_absent);
    tcase_add_test(tc, purge_of_volatile);
    tcase_add_test(tc, failed_creation_id);
    tcase_add_test(tc, attributes_of_absent);
}
