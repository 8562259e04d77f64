/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* src/key/type: types, sizes and lengths. */

#include "key/type.h"
#include "../runner.h"

#include <string.h>

#define UNSIZED 0 /* no size declared */

static uint8_t material[PSA_MAX_KEY_BITS / 8 + 2];

/* Sizes that a type has, in bytes. */
static const struct {
    psa_key_type_t type;
    size_t min, max, step;
} served[] = {
    { PSA_KEY_TYPE_RAW_DATA, 1, 8191, 1 },
    { PSA_KEY_TYPE_HMAC, 1, 8191, 1 },
    { PSA_KEY_TYPE_DERIVE, 1, 8191, 1 },
#ifdef PSA_WANT_KEY_TYPE_PASSWORD
    { PSA_KEY_TYPE_PASSWORD, 1, 8191, 1 },
    { PSA_KEY_TYPE_PASSWORD_HASH, 1, 8191, 1 },
#endif
    { PSA_KEY_TYPE_AES, 16, 32, 8 },
    { PSA_KEY_TYPE_CAMELLIA, 16, 32, 8 },
#ifdef PSA_WANT_KEY_TYPE_ARIA
    { PSA_KEY_TYPE_ARIA, 16, 32, 8 },
#endif
    { PSA_KEY_TYPE_DES, 8, 24, 8 },
    { PSA_KEY_TYPE_CHACHA20, 32, 32, 1 },
#ifdef PSA_WANT_KEY_TYPE_ARC4
    { PSA_KEY_TYPE_ARC4, 1, 256, 1 },
#endif
};

static const psa_key_type_t unserved[] = {
    PSA_KEY_TYPE_NONE,
    PSA_KEY_TYPE_DH_KEY_PAIR(PSA_DH_FAMILY_RFC7919),
    0x1206, /* pepper */
    0x2007, /* XChaCha20 */
    PSA_KEY_TYPE_VENDOR_FLAG | PSA_KEY_TYPE_AES,
    0xffff,
};

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))

START_TEST(sizes_of_material)
{
    /* Ensures that exactly the sizes of a type are taken as material, and reported in bits. */
    for (size_t length = 1; length <= served[_i].max; length++) {
        bool fits = length >= served[_i].min && (length - served[_i].min) % served[_i].step == 0;
        size_t bits = 12345;
        psa_status_t status = ks_type_check_material(served[_i].type, UNSIZED, material, length,
                                                     &bits);
        ck_assert_int_eq(status, fits ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT);
        ck_assert_uint_eq(bits, fits ? length * 8 : 12345);
    }
}
END_TEST

START_TEST(sizes_generated)
{
    /* Ensures that a key is generated in the sizes that are taken as material, and in no others. */
    for (size_t bits = 1; bits <= 600; bits++) {
        size_t ignored = 0;
        psa_status_t expected = PSA_ERROR_INVALID_ARGUMENT;
        if (bits % 8 == 0)
            expected = ks_type_check_material(served[_i].type, bits, material, bits / 8, &ignored);
        ck_assert_int_eq(ks_type_check_bits(served[_i].type, bits), expected);
    }
    ck_assert_int_eq(ks_type_check_bits(served[_i].type, served[_i].max * 8), PSA_SUCCESS);
    ck_assert_uint_eq(ks_type_length(served[_i].type, served[_i].max * 8), served[_i].max);
}
END_TEST

START_TEST(empty_material)
{
    /* Ensures that no type has an empty key. */
    size_t bits = 0;
    ck_assert_int_eq(ks_type_check_material(served[_i].type, UNSIZED, material, 0, &bits),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(ks_type_check_material(served[_i].type, UNSIZED, NULL, 0, &bits),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(ks_type_check_bits(served[_i].type, 0), PSA_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(absent_material)
{
    /* Ensures that a null pointer with a length is refused, not read. */
    size_t bits = 0;
    ck_assert_int_eq(ks_type_check_material(PSA_KEY_TYPE_HMAC, UNSIZED, NULL, 32, &bits),
                     PSA_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(declared_size)
{
    /* Ensures that a declared size must be that of the material. */
    size_t bits = 0;
    ck_assert_int_eq(ks_type_check_material(PSA_KEY_TYPE_AES, 128, material, 16, &bits),
                     PSA_SUCCESS);
    ck_assert_int_eq(ks_type_check_material(PSA_KEY_TYPE_AES, 256, material, 16, &bits),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(ks_type_check_material(PSA_KEY_TYPE_RAW_DATA, 127, material, 16, &bits),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(ks_type_check_material(PSA_KEY_TYPE_DES, 56, material, 8, &bits),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(ks_type_check_material(PSA_KEY_TYPE_RAW_DATA, 65535, material, 16, &bits),
                     PSA_ERROR_NOT_SUPPORTED);
}
END_TEST

START_TEST(beyond_the_limit)
{
    /* Ensures that sizes beyond PSA_MAX_KEY_BITS are refused, also where length * 8 would wrap. */
    size_t bits = 0;
    const size_t huge = SIZE_MAX / 8 + 3; /* times 8 it wraps to 16 */
    ck_assert_int_eq(ks_type_check_material(PSA_KEY_TYPE_HMAC, UNSIZED, material, 8192, &bits),
                     PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(ks_type_check_material(PSA_KEY_TYPE_HMAC, UNSIZED, material, huge, &bits),
                     PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(ks_type_check_material(PSA_KEY_TYPE_AES, UNSIZED, material, 8192, &bits),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(ks_type_check_bits(PSA_KEY_TYPE_HMAC, 65529), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(ks_type_check_bits(PSA_KEY_TYPE_AES, 65535), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(ks_type_check_bits(PSA_KEY_TYPE_HMAC, SIZE_MAX - 7), PSA_ERROR_NOT_SUPPORTED);
}
END_TEST

START_TEST(types_not_served)
{
    /* Ensures that types not served are refused as such, whatever the size, and not generated. */
    psa_key_type_t type = unserved[_i];
    size_t bits = 0;
    ck_assert_int_eq(ks_type_check_material(type, UNSIZED, material, 16, &bits),
                     PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(ks_type_check_material(type, UNSIZED, material, 0, &bits),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(ks_type_check_bits(type, 0), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(ks_type_check_bits(type, 128), PSA_KEY_TYPE_IS_PUBLIC_KEY(type)
                                                        ? PSA_ERROR_INVALID_ARGUMENT
                                                        : PSA_ERROR_NOT_SUPPORTED);
}
END_TEST

START_TEST(des_parity)
{
    /* Ensures that each byte of a generated DES key has odd parity and keeps its seven key bits. */
    uint8_t bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t) i;
    ks_type_finish_generated(PSA_KEY_TYPE_DES, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        ck_assert_int_eq(__builtin_popcount(bytes[i]) % 2, 1);
        ck_assert_int_eq(bytes[i] & 0xfe, i & 0xfe);
    }
}
END_TEST

START_TEST(other_types_as_they_are)
{
    /* Ensures that generated material of other types is left alone. */
    uint8_t bytes[32], before[32];
    for (size_t i = 0; i < sizeof bytes; i++)
        before[i] = bytes[i] = (uint8_t) (i * 37);
    for (int i = 0; i < COUNT(served); i++)
        if (served[i].type != PSA_KEY_TYPE_DES)
            ks_type_finish_generated(served[i].type, bytes, sizeof bytes);
    ck_assert_mem_eq(bytes, before, sizeof bytes);
}
END_TEST

static Suite *make_type_suite(void)
{
    Suite *suite = suite_create("key types");
    TCase *tc = tcase_create("type");

    suite_add_tcase(suite, tc);
    tcase_add_loop_test(tc, sizes_of_material, 0, COUNT(served));
    tcase_add_loop_test(tc, sizes_generated, 0, COUNT(served));
    tcase_add_loop_test(tc, empty_material, 0, COUNT(served));
    tcase_add_test(tc, absent_material);
    tcase_add_test(tc, declared_size);
    tcase_add_test(tc, beyond_the_limit);
    tcase_add_loop_test(tc, types_not_served, 0, COUNT(unserved));
    tcase_add_test(tc, des_parity);
    tcase_add_test(tc, other_types_as_they_are);
    return suite;
}

int main(void)
{
    return run_suite(make_type_suite());
}
