/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* src/key/curve: curves and the forms of their keys. */

#include "key/curve.h"
#include "../runner.h"

#include <string.h>

static const struct {
    psa_ecc_family_t family;
    size_t bits, bytes;
} curves[] = {
    { PSA_ECC_FAMILY_SECP_R1, 192, 24 },
    { PSA_ECC_FAMILY_SECP_R1, 224, 28 },
    { PSA_ECC_FAMILY_SECP_R1, 256, 32 },
    { PSA_ECC_FAMILY_SECP_R1, 384, 48 },
    { PSA_ECC_FAMILY_SECP_R1, 521, 66 },
    { PSA_ECC_FAMILY_SECP_K1, 192, 24 },
    { PSA_ECC_FAMILY_SECP_K1, 256, 32 },
    { PSA_ECC_FAMILY_BRAINPOOL_P_R1, 256, 32 },
    { PSA_ECC_FAMILY_BRAINPOOL_P_R1, 384, 48 },
    { PSA_ECC_FAMILY_BRAINPOOL_P_R1, 512, 64 },
    { PSA_ECC_FAMILY_MONTGOMERY, 255, 32 },
    { PSA_ECC_FAMILY_MONTGOMERY, 448, 56 },
};

#define CURVES ((int) (sizeof curves / sizeof *curves))
#define LONGEST 160

/* The size of the family's curve with such scalars, or 0. */
static size_t expected_bits(psa_ecc_family_t family, size_t bytes)
{
    for (int i = 0; i < CURVES; i++)
        if (curves[i].family == family && curves[i].bytes == bytes)
            return curves[i].bits;
    return 0;
}

static void check(psa_key_type_t type, size_t declared, const uint8_t *data, size_t length,
                  size_t expected)
{
    size_t bits = 12345;

    ck_assert_int_eq(ks_curve_check_format(type, declared, data, length, &bits),
                     expected != 0 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_uint_eq(bits, expected != 0 ? expected : 12345);
}

START_TEST(lengths_of_scalars)
{
    /* Ensures that a private key has exactly the length of a scalar of some curve. */
    const uint8_t data[LONGEST] = { 0 };
    for (size_t length = 1; length < sizeof data; length++)
        check(PSA_KEY_TYPE_ECC_KEY_PAIR(curves[_i].family), 0, data, length,
              expected_bits(curves[_i].family, length));
}
END_TEST

START_TEST(lengths_of_points)
{
    /* Ensures that a public key has exactly the length of an uncompressed point, or of a coordinate
     * on a Montgomery curve. */
    const bool montgomery = curves[_i].family == PSA_ECC_FAMILY_MONTGOMERY;
    const uint8_t data[LONGEST] = { 4 };
    for (size_t length = 1; length < sizeof data; length++) {
        size_t bytes = montgomery ? length : length % 2 == 1 ? length / 2 : 0;
        check(PSA_KEY_TYPE_ECC_PUBLIC_KEY(curves[_i].family), 0, data, length,
              expected_bits(curves[_i].family, bytes));
    }
}
END_TEST

START_TEST(declared_bits)
{
    /* Ensures that a declared size is that of the curve, not just one of as many bytes. */
    const uint8_t data[LONGEST] = { 0 };
    for (size_t bits = 1; bits < 600; bits++)
        check(PSA_KEY_TYPE_ECC_KEY_PAIR(curves[_i].family), bits, data, curves[_i].bytes,
              bits == curves[_i].bits ? bits : 0);
}
END_TEST

START_TEST(compressed_points)
{
    /* Ensures that no point is taken in a form other than the uncompressed one. */
    uint8_t data[LONGEST] = { 0 };
    if (curves[_i].family == PSA_ECC_FAMILY_MONTGOMERY)
        return;
    for (unsigned tag = 0; tag < 256; tag++) {
        data[0] = (uint8_t) tag;
        check(PSA_KEY_TYPE_ECC_PUBLIC_KEY(curves[_i].family), 0, data, 1 + 2 * curves[_i].bytes,
              tag == 4 ? curves[_i].bits : 0);
        check(PSA_KEY_TYPE_ECC_PUBLIC_KEY(curves[_i].family), curves[_i].bits, data,
              1 + curves[_i].bytes, 0);
    }
}
END_TEST

START_TEST(unknown_curves)
{
    /* Ensures that curves are known by family and size together. */
    const psa_ecc_family_t others[] = { 0, PSA_ECC_FAMILY_SECT_K1, PSA_ECC_FAMILY_SECT_R1,
                                        PSA_ECC_FAMILY_SECP_R2, 0xff };
    const uint8_t data[LONGEST] = { 4 };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        for (size_t length = 1; length < sizeof data; length++) {
            check(PSA_KEY_TYPE_ECC_KEY_PAIR(others[i]), 0, data, length, 0);
            check(PSA_KEY_TYPE_ECC_PUBLIC_KEY(others[i]), 0, data, length, 0);
        }
    for (size_t bits = 0; bits < 600; bits++) {
        ck_assert_uint_eq(ks_curve_find(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R2), bits),
                          KS_CURVES);
        if (bits != 192 && bits != 256) /* 224 has scalars of 225 bits, and is served nowhere */
            ck_assert_uint_eq(ks_curve_find(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_K1),
                                            bits), KS_CURVES);
    }
}
END_TEST

START_TEST(masked_bits)
{
    /* Ensures that the fixed bits of Montgomery keys get their value, and no others change. */
    const psa_key_type_t pair = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_MONTGOMERY);
    const psa_key_type_t public = PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_MONTGOMERY);
    const uint8_t fill = _i == 0 ? 0xff : 0;
    uint8_t data[56], expected[56];
    memset(data, fill, 32), memset(expected, fill, 32);
    ks_curve_mask(pair, data, 32);
    expected[0] = fill & 0xf8, expected[31] = (fill & 0x7f) | 0x40;
    ck_assert_mem_eq(data, expected, 32);
    memset(data, fill, 32), memset(expected, fill, 32);
    ks_curve_mask(public, data, 32);
    expected[31] = fill & 0x7f;
    ck_assert_mem_eq(data, expected, 32);
    memset(data, fill, 56), memset(expected, fill, 56);
    ks_curve_mask(pair, data, 56);
    expected[0] = fill & 0xfc, expected[55] = fill | 0x80;
    ck_assert_mem_eq(data, expected, 56);
    memset(data, fill, 56), memset(expected, fill, 56);
    ks_curve_mask(public, data, 56);
    ck_assert_mem_eq(data, expected, 56);
    ks_curve_mask(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), data, 32);
    ck_assert_mem_eq(data, expected, 56);
}
END_TEST

static Suite *make_curve_suite(void)
{
    Suite *suite = suite_create("forms of ECC keys");
    TCase *tc = tcase_create("curve");

    suite_add_tcase(suite, tc);
    tcase_add_loop_test(tc, lengths_of_scalars, 0, CURVES);
    tcase_add_loop_test(tc, lengths_of_points, 0, CURVES);
    tcase_add_loop_test(tc, declared_bits, 0, CURVES);
    tcase_add_loop_test(tc, compressed_points, 0, CURVES);
    tcase_add_test(tc, unknown_curves);
    tcase_add_loop_test(tc, masked_bits, 0, 2);
    return suite;
}

int main(void)
{
    return run_suite(make_curve_suite());
}
