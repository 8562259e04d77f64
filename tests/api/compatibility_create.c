/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Rows of docs/compatibility.md: attributes of a new key, material. */

#include "compatibility.h"

#define PEPPER ((psa_key_type_t) 0x1206) /* 2.28 does not name it, nor the next two */
#define PASSWORD ((psa_key_type_t) 0x1203)
#define PASSWORD_HASH ((psa_key_type_t) 0x1205)

#ifdef PSA_KEY_TYPE_PASSWORD
#define STATUS_OF_PASSWORDS PSA_SUCCESS
#else
#define STATUS_OF_PASSWORDS PSA_ERROR_NOT_SUPPORTED
#endif

#ifdef PSA_KEY_USAGE_VERIFY_DERIVATION
#define FIRST_UNKNOWN_USAGE 16
#else
#define FIRST_UNKNOWN_USAGE 15
#endif

/* Imports and generates a key; both must give this status, and a failure leave nothing. */
static void create(const psa_key_attributes_t *attributes, size_t length, psa_status_t expected)
{
    psa_key_attributes_t sized = *attributes;
    uint64_t before = count_keys();
    psa_key_id_t key = 99;

    ck_assert_int_eq(psa_import_key(attributes, material, length, &key), expected);
    ck_assert(expected == PSA_SUCCESS || key == 0);
    psa_set_key_bits(&sized, length * 8);
    key = 99;
    ck_assert_int_eq(psa_generate_key(&sized, &key), expected);
    ck_assert(expected == PSA_SUCCESS || key == 0);
    ck_assert_uint_eq(count_keys(), expected == PSA_SUCCESS ? before + 2 : before);
}

/* Copies a raw key of 16 bytes that may be copied and exported. */
static psa_key_id_t copy_raw(const psa_key_attributes_t *attributes, psa_status_t expected)
{
    psa_key_id_t source = import_raw(), copy = 99;
    uint64_t before = count_keys();

    ck_assert_int_eq(psa_copy_key(source, attributes, &copy), expected);
    ck_assert(expected == PSA_SUCCESS || copy == 0);
    ck_assert_uint_eq(count_keys(), expected == PSA_SUCCESS ? before + 1 : before);
    return copy;
}

/* All three ways to create a key with this lifetime. */
static void create_living(psa_key_id_t id, psa_key_lifetime_t lifetime, psa_status_t expected)
{
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_RAW_DATA, 3, 0);

    if (id != 0)
        psa_set_key_id(&attributes, id);
    psa_set_key_lifetime(&attributes, lifetime);
    create(&attributes, 16, expected);
    copy_raw(&attributes, expected);
}

START_TEST(persistent_lifetime)
{
    /* Ensures that no key is created with a persistent lifetime, whatever its id. */
    const psa_key_id_t ids[] = { 0, 1, PSA_KEY_ID_USER_MAX, PSA_KEY_ID_VENDOR_MIN,
                                 MBEDTLS_PSA_KEY_ID_BUILTIN_MIN, UINT32_MAX };
    for (size_t i = 0; i < COUNT(ids); i++)
        create_living(ids[i], PSA_KEY_LIFETIME_PERSISTENT, PSA_ERROR_NOT_SUPPORTED);
}
END_TEST

START_TEST(other_persistence)
{
    /* Ensures that persistence levels without a name are refused as persistent ones. */
    for (psa_key_lifetime_t level = 2; level < PSA_KEY_PERSISTENCE_READ_ONLY; level++)
        create_living(1, level, PSA_ERROR_NOT_SUPPORTED);
}
END_TEST

START_TEST(read_only_persistence)
{
    /* Ensures that read-only keys cannot be created. */
    create_living(0, PSA_KEY_PERSISTENCE_READ_ONLY, PSA_ERROR_INVALID_ARGUMENT);
    create_living(1, PSA_KEY_PERSISTENCE_READ_ONLY, PSA_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(unknown_location)
{
    /* Ensures that there is no location but the local one, for keys of any persistence. */
    const psa_key_location_t locations[] = { 1, 2, PSA_KEY_LOCATION_VENDOR_FLAG, 0xffffff };
    const psa_key_persistence_t levels[] = { PSA_KEY_PERSISTENCE_VOLATILE,
                                             PSA_KEY_PERSISTENCE_DEFAULT,
                                             PSA_KEY_PERSISTENCE_READ_ONLY };
    for (size_t i = 0; i < COUNT(locations); i++)
        for (size_t j = 0; j < COUNT(levels); j++)
            create_living(j == 0 ? 0 : 1,
                          PSA_KEY_LIFETIME_FROM_PERSISTENCE_AND_LOCATION(levels[j], locations[i]),
                          PSA_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(id_for_volatile)
{
    /* Ensures that the attributes of a volatile key, which name its id, do not create another. */
    psa_key_id_t key = import_raw();
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    ck_assert_int_eq(psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_id(&attributes), key);
    create(&attributes, 16, PSA_ERROR_INVALID_ARGUMENT);
    copy_raw(&attributes, PSA_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(unknown_usage_bits)
{
    /* Ensures that each usage flag that the header does not define is refused. */
    for (int bit = 2; bit < 32; bit++) {
        psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
        if (bit >= 8 && bit < FIRST_UNKNOWN_USAGE)
            continue;
        attributes = make_attributes(PSA_KEY_TYPE_RAW_DATA, 3 | (psa_key_usage_t) 1 << bit, 0);
        create(&attributes, 16, PSA_ERROR_INVALID_ARGUMENT);
    }
}
END_TEST

START_TEST(unknown_usage_bits_in_copy)
{
    /* Ensures that a copy asked for with unknown usage flags does not get them. */
    psa_key_attributes_t wanted = make_attributes(0, 0xfffff0fc | PSA_KEY_USAGE_EXPORT, 0);
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t copy = copy_raw(&wanted, PSA_SUCCESS);
    ck_assert_int_eq(psa_get_key_attributes(copy, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_usage_flags(&attributes), PSA_KEY_USAGE_EXPORT);
}
END_TEST

START_TEST(implied_usage)
{
    /* Ensures that a key for hashes is one for messages too. */
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = import_key(PSA_KEY_TYPE_HMAC, 32,
                                  PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH, HMAC256);
    uint8_t mac[32];
    size_t length = 0;
    ck_assert_int_eq(psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_usage_flags(&attributes),
                      PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH
                          | PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE);
    ck_assert_int_eq(psa_mac_compute(key, HMAC256, material, 5, mac, 32, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_verify(key, HMAC256, material, 5, mac, length), PSA_SUCCESS);
}
END_TEST

START_TEST(meaningless_algorithm)
{
    /* Ensures that a key may be created for an algorithm that it is no good for, or for none. */
    const psa_algorithm_t algorithms[] = { 0, 0x345, 0xdeadbeef, PSA_ALG_SHA_256, PSA_ALG_GCM };
    for (size_t i = 0; i < COUNT(algorithms); i++) {
        psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_HMAC, ANY_USAGE,
                                                          algorithms[i]);
        psa_key_id_t key = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, algorithms[i]);
        uint8_t mac[32];
        size_t length = 0;
        create(&attributes, 16, PSA_SUCCESS);
        ck_assert_int_eq(psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
        ck_assert_uint_eq(psa_get_key_algorithm(&attributes), algorithms[i]);
        ck_assert_int_eq(psa_mac_compute(key, algorithms[i], material, 5, mac, 32, &length),
                         PSA_ERROR_INVALID_ARGUMENT);
    }
}
END_TEST

START_TEST(type_zero)
{
    /* Ensures that type 0 is no type. */
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_NONE, 3, 0);
    create(&attributes, 16, PSA_ERROR_NOT_SUPPORTED);
}
END_TEST

START_TEST(unserved_type)
{
    /* Ensures that keys of types not served are not created. */
    const psa_key_type_t types[] = {
        PSA_KEY_TYPE_DH_KEY_PAIR(PSA_DH_FAMILY_RFC7919),
        PSA_KEY_TYPE_VENDOR_FLAG,
        PSA_KEY_TYPE_VENDOR_FLAG | PSA_KEY_TYPE_AES,
        PSA_KEY_TYPE_CATEGORY_RAW,
        PSA_KEY_TYPE_CATEGORY_SYMMETRIC,
        0x2007, /* XChaCha20 */
        0xffff,
    };
    for (size_t i = 0; i < COUNT(types); i++) {
        psa_key_attributes_t attributes = make_attributes(types[i], 3, 0);
        create(&attributes, 32, PSA_ERROR_NOT_SUPPORTED);
    }
}
END_TEST

START_TEST(pepper)
{
    /* Ensures that a pepper, with which nothing can be done, is not created. */
    psa_key_attributes_t attributes = make_attributes(PEPPER, 3, 0);
    create(&attributes, 16, PSA_ERROR_NOT_SUPPORTED);
}
END_TEST

START_TEST(generate_public_key)
{
    /* Ensures that a public key is not generated. */
    const psa_key_type_t types[] = { PSA_KEY_TYPE_RSA_PUBLIC_KEY,
                                     PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1) };
    for (size_t i = 0; i < COUNT(types); i++) {
        psa_key_attributes_t attributes = make_attributes(types[i], 3, 0);
        psa_key_id_t key = 99;
        psa_set_key_bits(&attributes, 256);
        ck_assert_int_eq(psa_generate_key(&attributes, &key), PSA_ERROR_INVALID_ARGUMENT);
        ck_assert_uint_eq(key, 0);
        ck_assert_uint_eq(count_keys(), 0);
    }
}
END_TEST

START_TEST(empty_material)
{
    /* Ensures that no key of any type is empty. */
    const psa_key_type_t types[] = { PSA_KEY_TYPE_RAW_DATA, PSA_KEY_TYPE_HMAC, PSA_KEY_TYPE_AES,
                                     PSA_KEY_TYPE_DERIVE, PSA_KEY_TYPE_CHACHA20, PSA_KEY_TYPE_DES,
                                     PSA_KEY_TYPE_RSA_KEY_PAIR, PSA_KEY_TYPE_NONE };
    for (size_t i = 0; i < COUNT(types); i++) {
        psa_key_attributes_t attributes = make_attributes(types[i], 3, 0);
        create(&attributes, 0, PSA_ERROR_INVALID_ARGUMENT);
    }
}
END_TEST

START_TEST(absent_material)
{
    /* Ensures that a null pointer is not read. */
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_RAW_DATA, 3, 0);
    psa_key_id_t key = 99;
    ck_assert_int_eq(psa_import_key(&attributes, NULL, 16, &key), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(psa_import_key(&attributes, NULL, 0, &key), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_uint_eq(key, 0);
    ck_assert_uint_eq(count_keys(), 0);
}
END_TEST

START_TEST(wrong_size)
{
    /* Ensures that a key has a size of its type. */
    const struct {
        psa_key_type_t type;
        size_t length;
    } wrong[] = { { PSA_KEY_TYPE_AES, 15 }, { PSA_KEY_TYPE_AES, 17 }, { PSA_KEY_TYPE_AES, 20 },
                  { PSA_KEY_TYPE_DES, 7 }, { PSA_KEY_TYPE_DES, 32 }, { PSA_KEY_TYPE_CHACHA20, 16 },
                  { PSA_KEY_TYPE_CAMELLIA, 8 } };
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = 99;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        attributes = make_attributes(wrong[i].type, 3, 0);
        create(&attributes, wrong[i].length, PSA_ERROR_INVALID_ARGUMENT);
    }
    attributes = make_attributes(PSA_KEY_TYPE_RAW_DATA, 3, 0);
    psa_set_key_bits(&attributes, 127);
    ck_assert_int_eq(psa_generate_key(&attributes, &key), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_uint_eq(key, 0);
}
END_TEST

START_TEST(declared_size)
{
    /* Ensures that a declared size must be the material's. */
    const size_t wrong[] = { 1, 120, 127, 129, 192, 65528 };
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_HMAC, 3, 0);
    psa_key_id_t key = 99;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        psa_set_key_bits(&attributes, wrong[i]);
        ck_assert_int_eq(psa_import_key(&attributes, material, 16, &key),
                         PSA_ERROR_INVALID_ARGUMENT);
        ck_assert_uint_eq(key, 0);
    }
    ck_assert_uint_eq(count_keys(), 0);
    psa_set_key_bits(&attributes, 128);
    ck_assert_int_eq(psa_import_key(&attributes, material, 16, &key), PSA_SUCCESS);
}
END_TEST

static uint8_t much[PSA_MAX_KEY_BITS / 8 + 1];

START_TEST(beyond_the_limit)
{
    /* Ensures that the largest key can be created, exported and generated, and a larger one not. */
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_RAW_DATA, 3, 0);
    static uint8_t output[sizeof much];
    psa_key_id_t key = 99;
    size_t length = 0;
    ck_assert_int_eq(psa_import_key(&attributes, much, sizeof much, &key),
                     PSA_ERROR_NOT_SUPPORTED);
    psa_set_key_bits(&attributes, PSA_MAX_KEY_BITS + 1);
    ck_assert_int_eq(psa_generate_key(&attributes, &key), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(psa_import_key(&attributes, material, 16, &key), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_uint_eq(key, 0);
    ck_assert_uint_eq(count_keys(), 0);
    psa_set_key_bits(&attributes, PSA_MAX_KEY_BITS);
    ck_assert_int_eq(psa_generate_key(&attributes, &key), PSA_SUCCESS);
    memset(much, 0xa5, sizeof much);
    ck_assert_int_eq(psa_import_key(&attributes, much, sizeof much - 1, &key), PSA_SUCCESS);
    ck_assert_int_eq(psa_export_key(key, output, sizeof output, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, sizeof much - 1);
    ck_assert_mem_eq(output, much, length);
}
END_TEST

START_TEST(beyond_the_limit_fixed)
{
    /* Ensures that so much material is no size of a cipher's key. */
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_AES, 3, 0);
    psa_key_id_t key = 99;
    ck_assert_int_eq(psa_import_key(&attributes, much, sizeof much, &key),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_uint_eq(key, 0);
    ck_assert_uint_eq(count_keys(), 0);
}
END_TEST

START_TEST(des_parity)
{
    /* Ensures that DES keys are taken as they are, and generated with right parity. */
    const uint8_t zeros[8] = { 0 };
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_DES, 3, 0);
    uint8_t output[24];
    size_t length = 0;
    psa_key_id_t key = 0;
    ck_assert_int_eq(psa_import_key(&attributes, zeros, 8, &key), PSA_SUCCESS);
    ck_assert_int_eq(psa_export_key(key, output, sizeof output, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, 8);
    ck_assert_mem_eq(output, zeros, 8);
    psa_set_key_bits(&attributes, 192);
    ck_assert_int_eq(psa_generate_key(&attributes, &key), PSA_SUCCESS);
    ck_assert_int_eq(psa_export_key(key, output, sizeof output, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, 24);
    for (size_t i = 0; i < length; i++)
        ck_assert_int_eq(__builtin_popcount(output[i]) % 2, 1);
}
END_TEST

START_TEST(password_types)
{
    /* Ensures that passwords are keys where the header names the types, and nowhere else. */
    psa_key_attributes_t attributes = make_attributes(PASSWORD, 3, 0);
    create(&attributes, 7, STATUS_OF_PASSWORDS);
    attributes = make_attributes(PASSWORD_HASH, 3, 0);
    create(&attributes, 31, STATUS_OF_PASSWORDS);
}
END_TEST

void add_creation(Suite *suite)
{
    TCase *tc = tcase_create("creation");

    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, persistent_lifetime);
    tcase_add_test(tc, other_persistence);
    tcase_add_test(tc, read_only_persistence);
    tcase_add_test(tc, unknown_location);
    tcase_add_test(tc, id_for_volatile);
    tcase_add_test(tc, unknown_usage_bits);
    tcase_add_test(tc, unknown_usage_bits_in_copy);
    tcase_add_test(tc, implied_usage);
    tcase_add_test(tc, meaningless_algorithm);
    tcase_add_test(tc, type_zero);
    tcase_add_test(tc, unserved_type);
    tcase_add_test(tc, pepper);
    tcase_add_test(tc, generate_public_key);
    tcase_add_test(tc, empty_material);
    tcase_add_test(tc, absent_material);
    tcase_add_test(tc, wrong_size);
    tcase_add_test(tc, declared_size);
    tcase_add_test(tc, beyond_the_limit);
    tcase_add_test(tc, beyond_the_limit_fixed);
    tcase_add_test(tc, des_parity);
    tcase_add_test(tc, password_types);
}
