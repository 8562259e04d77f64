/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Rows of docs/compatibility.md: using keys. */

#include "compatibility.h"

START_TEST(export_without_usage)
{
    /* Ensures that a key without the usage is not exported. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_RAW_DATA, 16, ANY_USAGE & ~PSA_KEY_USAGE_EXPORT, 0);
    uint8_t output[16] = { 0 }, zeros[16] = { 0 };
    size_t length = 99;
    ck_assert_int_eq(psa_export_key(key, output, 16, &length), PSA_ERROR_NOT_PERMITTED);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(psa_export_key(key, output, 1, &length), PSA_ERROR_NOT_PERMITTED);
    ck_assert_mem_eq(output, zeros, 16);
}
END_TEST

START_TEST(export_short_buffer)
{
    /* Ensures that a key is not exported in part. */
    psa_key_id_t key = import_raw();
    uint8_t output[16] = { 0 }, zeros[16] = { 0 };
    size_t length = 99;
    ck_assert_int_eq(psa_export_key(key, output, 15, &length), PSA_ERROR_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, 0);
    length = 99;
    ck_assert_int_eq(psa_export_key(key, NULL, 0, &length), PSA_ERROR_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, 0);
    ck_assert_mem_eq(output, zeros, 16);
    ck_assert_int_eq(psa_export_key(key, output, 16, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, 16);
    ck_assert_mem_eq(output, material, 16);
}
END_TEST

START_TEST(export_rest_of_buffer)
{
    /* Ensures that nothing is written behind an exported key. */
    psa_key_id_t key = import_raw();
    uint8_t output[20];
    size_t length = 0;
    memset(output, 0x5a, sizeof output);
    ck_assert_int_eq(psa_export_key(key, output, sizeof output, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, 16);
    for (size_t i = 16; i < sizeof output; i++)
        ck_assert_uint_eq(output[i], 0x5a);
}
END_TEST

/* Checks that copying gives this status and, on failure, no key. */
static psa_key_id_t copy_key(psa_key_id_t source, const psa_key_attributes_t *attributes,
                             psa_status_t expected)
{
    uint64_t before = count_keys();
    psa_key_id_t copy = 99;

    ck_assert_int_eq(psa_copy_key(source, attributes, &copy), expected);
    ck_assert(expected == PSA_SUCCESS || copy == 0);
    ck_assert_uint_eq(count_keys(), expected == PSA_SUCCESS ? before + 1 : before);
    return copy;
}

START_TEST(copy_without_usage)
{
    /* Ensures that a key that must not be copied is refused before its type is compared. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_RAW_DATA, 16, PSA_KEY_USAGE_EXPORT, 0);
    psa_key_attributes_t attributes = make_attributes(0, PSA_KEY_USAGE_EXPORT, 0);
    copy_key(key, &attributes, PSA_ERROR_NOT_PERMITTED);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    copy_key(key, &attributes, PSA_ERROR_NOT_PERMITTED);
    psa_set_key_bits(&attributes, 192);
    psa_set_key_algorithm(&attributes, PSA_ALG_GCM);
    copy_key(key, &attributes, PSA_ERROR_NOT_PERMITTED);
}
END_TEST

START_TEST(copy_other_type)
{
    /* Ensures that a copy has the type and size of its source, named or not. */
    psa_key_id_t key = import_raw();
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_AES, 3, 0);
    copy_key(key, &attributes, PSA_ERROR_INVALID_ARGUMENT);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_RAW_DATA);
    psa_set_key_bits(&attributes, 256);
    copy_key(key, &attributes, PSA_ERROR_INVALID_ARGUMENT);
    psa_set_key_bits(&attributes, 128);
    copy_key(key, &attributes, PSA_SUCCESS);
    psa_set_key_type(&attributes, 0);
    key = copy_key(key, &attributes, PSA_SUCCESS);
    ck_assert_int_eq(psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_type(&attributes), PSA_KEY_TYPE_RAW_DATA);
    ck_assert_uint_eq(psa_get_key_bits(&attributes), 128);
}
END_TEST

START_TEST(copy_contradicting_policy)
{
    /* Ensures that a copy is not made for an algorithm that its source does not permit. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE,
                                  PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(HMAC256, 16));
    psa_key_attributes_t attributes = make_attributes(0, ANY_USAGE, PSA_ALG_HMAC(PSA_ALG_SHA_512));
    copy_key(key, &attributes, PSA_ERROR_INVALID_ARGUMENT);
    psa_set_key_algorithm(&attributes, PSA_ALG_TRUNCATED_MAC(HMAC256, 15));
    copy_key(key, &attributes, PSA_ERROR_INVALID_ARGUMENT);
    psa_set_key_algorithm(&attributes, PSA_ALG_TRUNCATED_MAC(HMAC256, 16));
    key = copy_key(key, &attributes, PSA_SUCCESS);
    ck_assert_int_eq(psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_algorithm(&attributes), PSA_ALG_TRUNCATED_MAC(HMAC256, 16));
}
END_TEST

START_TEST(copy_without_algorithm)
{
    /* Ensures that a copy has no algorithm where one side names none. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, HMAC256);
    psa_key_attributes_t attributes = make_attributes(0, ANY_USAGE, 0);
    psa_key_id_t copy = copy_key(key, &attributes, PSA_SUCCESS);
    ck_assert_int_eq(psa_get_key_attributes(copy, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_algorithm(&attributes), 0);
    attributes = make_attributes(0, ANY_USAGE, HMAC256);
    copy = copy_key(copy, &attributes, PSA_SUCCESS);
    ck_assert_int_eq(psa_get_key_attributes(copy, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_algorithm(&attributes), 0);
}
END_TEST

/* The status of a MAC with a key of this type and policy. */
static psa_status_t compute(psa_key_type_t type, psa_key_usage_t usage, psa_algorithm_t policy,
                            psa_algorithm_t alg)
{
    psa_key_id_t key = import_key(type, type == PSA_KEY_TYPE_HMAC ? 32 : 16, usage, policy);
    uint8_t mac[64];
    size_t length = 0;

    return psa_mac_compute(key, alg, material, 5, mac, sizeof mac, &length);
}

static psa_status_t seal(psa_key_type_t type, size_t key_length, psa_algorithm_t policy,
                         psa_algorithm_t alg)
{
    psa_key_id_t key = import_key(type, key_length, PSA_KEY_USAGE_ENCRYPT, policy);
    uint8_t output[64];
    size_t length = 0;

    return psa_aead_encrypt(key, alg, material, 12, NULL, 0, material, 5, output, sizeof output,
                            &length);
}

static psa_status_t encrypt(psa_key_type_t type, size_t key_length, psa_algorithm_t alg)
{
    psa_key_id_t key = import_key(type, key_length, PSA_KEY_USAGE_ENCRYPT, alg);
    uint8_t output[64];
    size_t length = 0;

    return psa_cipher_encrypt(key, alg, material, 16, output, sizeof output, &length);
}

START_TEST(usage_before_algorithm)
{
    /* Ensures that the lack of a usage is told first. */
    ck_assert_int_eq(compute(PSA_KEY_TYPE_HMAC, PSA_KEY_USAGE_VERIFY_MESSAGE, HMAC256,
                             PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(HMAC256, 16)),
                     PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(compute(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_VERIFY_MESSAGE, HMAC256, HMAC256),
                     PSA_ERROR_NOT_PERMITTED);
}
END_TEST

START_TEST(wildcard_in_operation)
{
    /* Ensures that an operation must name one algorithm. */
    psa_algorithm_t mac = PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(HMAC256, 16);
    psa_algorithm_t aead = PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 12);
    ck_assert_int_eq(compute(PSA_KEY_TYPE_HMAC, ANY_USAGE, mac, mac), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(compute(PSA_KEY_TYPE_HMAC, ANY_USAGE, HMAC256, mac),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(seal(PSA_KEY_TYPE_AES, 16, aead, aead), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(seal(PSA_KEY_TYPE_AES, 16, PSA_ALG_GCM, aead), PSA_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(no_algorithm_in_operation)
{
    /* Ensures that algorithm 0 is none, whatever the policy. */
    ck_assert_int_eq(compute(PSA_KEY_TYPE_HMAC, ANY_USAGE, 0, 0), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(compute(PSA_KEY_TYPE_HMAC, ANY_USAGE, HMAC256, 0), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(seal(PSA_KEY_TYPE_AES, 16, 0, 0), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(seal(PSA_KEY_TYPE_AES, 16, PSA_ALG_GCM, 0), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(encrypt(PSA_KEY_TYPE_AES, 16, 0), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(compute(PSA_KEY_TYPE_AES, ANY_USAGE, PSA_ALG_GCM, PSA_ALG_GCM),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(seal(PSA_KEY_TYPE_AES, 16, PSA_ALG_CTR, PSA_ALG_CTR),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(encrypt(PSA_KEY_TYPE_AES, 16, PSA_ALG_GCM), PSA_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(mac_longer_than_whole)
{
    /* Ensures that no MAC is longer than its algorithm gives. */
    psa_algorithm_t longer = PSA_ALG_TRUNCATED_MAC(HMAC256, 33);
    ck_assert_int_eq(compute(PSA_KEY_TYPE_HMAC, ANY_USAGE,
                             PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(HMAC256, 16), longer),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(compute(PSA_KEY_TYPE_HMAC, ANY_USAGE,
                             PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(HMAC256, 0), longer),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(compute(PSA_KEY_TYPE_HMAC, ANY_USAGE, longer, longer),
                     PSA_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(mac_default_length)
{
    /* Ensures that a MAC's whole length may be named or not, in the policy and in the call. */
    psa_algorithm_t whole = PSA_ALG_TRUNCATED_MAC(HMAC256, 32);
    ck_assert_int_eq(compute(PSA_KEY_TYPE_HMAC, ANY_USAGE, HMAC256, whole), PSA_SUCCESS);
    ck_assert_int_eq(compute(PSA_KEY_TYPE_HMAC, ANY_USAGE, whole, HMAC256), PSA_SUCCESS);
    ck_assert_int_eq(compute(PSA_KEY_TYPE_HMAC, ANY_USAGE, whole, whole), PSA_SUCCESS);
}
END_TEST

START_TEST(any_hash_for_hmac)
{
    /* Ensures that "any hash" in an HMAC policy permits no HMAC. */
    ck_assert_int_eq(compute(PSA_KEY_TYPE_HMAC, ANY_USAGE, PSA_ALG_HMAC(PSA_ALG_ANY_HASH), HMAC256),
                     PSA_ERROR_NOT_PERMITTED);
}
END_TEST

START_TEST(mac_of_other_type)
{
    /* Ensures that a MAC needs a key of its type. */
    ck_assert_int_eq(compute(PSA_KEY_TYPE_AES, ANY_USAGE, HMAC256, HMAC256),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(compute(PSA_KEY_TYPE_RAW_DATA, ANY_USAGE, HMAC256, HMAC256),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(compute(PSA_KEY_TYPE_HMAC, ANY_USAGE, PSA_ALG_CMAC, PSA_ALG_CMAC),
                     PSA_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(aead_of_other_type)
{
    /* Ensures that an AEAD needs a key of its type. */
    ck_assert_int_eq(seal(PSA_KEY_TYPE_RAW_DATA, 16, PSA_ALG_GCM, PSA_ALG_GCM),
                     PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(seal(PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_GCM, PSA_ALG_GCM),
                     PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(seal(PSA_KEY_TYPE_AES, 32, PSA_ALG_CHACHA20_POLY1305,
                          PSA_ALG_CHACHA20_POLY1305),
                     PSA_ERROR_NOT_SUPPORTED);
}
END_TEST

START_TEST(cipher_of_other_type)
{
    /* Ensures that a cipher needs a key of its type. */
    ck_assert_int_eq(encrypt(PSA_KEY_TYPE_RAW_DATA, 16, PSA_ALG_CTR), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(encrypt(PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_CTR), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(encrypt(PSA_KEY_TYPE_AES, 16, PSA_ALG_STREAM_CIPHER),
                     PSA_ERROR_NOT_SUPPORTED);
}
END_TEST

START_TEST(random_of_nothing)
{
    /* Ensures that no random bytes are given where none are wanted. */
    uint8_t byte = 0x5a;
    ck_assert_int_eq(psa_generate_random(&byte, 0), PSA_SUCCESS);
    ck_assert_int_eq(psa_generate_random(NULL, 0), PSA_SUCCESS);
    ck_assert_uint_eq(byte, 0x5a);
}
END_TEST

START_TEST(random_of_much)
{
    /* Ensures that a long buffer is filled to its end, and not beyond. */
    static uint8_t output[100001];
    size_t seen[256] = { 0 };
    output[100000] = 0x5a;
    ck_assert_int_eq(psa_generate_random(output, 100000), PSA_SUCCESS);
    ck_assert_uint_eq(output[100000], 0x5a);
    for (size_t i = 0; i < 100000; i++)
        seen[output[i]]++;
    /* About 391 each, with a standard deviation of 20: this is beyond 9 of them. */
    for (size_t i = 0; i < 256; i++)
        ck_assert(seen[i] > 200 && seen[i] < 600);
}
END_TEST

void add_use(Suite *suite)
{
    TCase *tc = tcase_create("use");

    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, export_without_usage);
    tcase_add_test(tc, export_short_buffer);
    tcase_add_test(tc, export_rest_of_buffer);
    tcase_add_test(tc, copy_without_usage);
    tcase_add_test(tc, copy_other_type);
    tcase_add_test(tc, copy_contradicting_policy);
    tcase_add_test(tc, copy_without_algorithm);
    tcase_add_test(tc, usage_before_algorithm);
    tcase_add_test(tc, wildcard_in_operation);
    tcase_add_test(tc, no_algorithm_in_operation);
    tcase_add_test(tc, mac_longer_than_whole);
    tcase_add_test(tc, mac_default_length);
    tcase_add_test(tc, any_hash_for_hmac);
    tcase_add_test(tc, mac_of_other_type);
    tcase_add_test(tc, aead_of_other_type);
    tcase_add_test(tc, cipher_of_other_type);
    tcase_add_test(tc, random_of_nothing);
    tcase_add_test(tc, random_of_much);
}
