/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Rows of docs/compatibility.md: asymmetric keys, their making and their public part. */

#include "asymmetric.h"
#include "compatibility.h"

#define BAD PSA_ERROR_INVALID_ARGUMENT

START_TEST(rsa_trailing_bytes)
{
    /* Ensures that nothing may stand behind an RSA key. */
    uint8_t data[sizeof rsa_pair + 1] = { 0 };
    memcpy(data, rsa_pair, sizeof rsa_pair);
    ck_assert_int_eq(try_import(RSA_PAIR, 0, data, sizeof data), BAD);
    ck_assert_int_eq(try_import(RSA_PAIR, 0, data, sizeof data - 1), PSA_SUCCESS);
    memcpy(data, rsa_public, sizeof rsa_public);
    data[sizeof rsa_public] = 0;
    ck_assert_int_eq(try_import(RSA_PUBLIC, 0, data, sizeof rsa_public + 1), BAD);
    ck_assert_int_eq(try_import(RSA_PUBLIC, 0, data, sizeof rsa_public), PSA_SUCCESS);
}
END_TEST

/* Puts a header of a SEQUENCE, of contents of at least 256 bytes, before what follows it. */
static size_t wrap(uint8_t *out, size_t content)
{
    out[0] = 0x30;
    out[1] = 0x82;
    out[2] = (uint8_t) (content >> 8);
    out[3] = (uint8_t) content;
    return content + 4;
}

START_TEST(rsa_other_forms)
{
    /* Ensures that a key in PKCS#8 is none. */
    static const uint8_t head[] = { 0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86,
                                    0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
                                    0x04, 0x82, sizeof rsa_pair >> 8, sizeof rsa_pair & 0xff };
    uint8_t data[4 + sizeof head + sizeof rsa_pair];
    memcpy(data + 4, head, sizeof head);
    memcpy(data + 4 + sizeof head, rsa_pair, sizeof rsa_pair);
    ck_assert_uint_eq(wrap(data, sizeof head + sizeof rsa_pair), sizeof data);
    ck_assert_int_eq(try_import(RSA_PAIR, 0, data, sizeof data), BAD);
    ck_assert_int_eq(try_import(RSA_PUBLIC, 0, rsa_pair, sizeof rsa_pair), BAD);
    ck_assert_int_eq(try_import(RSA_PAIR, 0, rsa_public, sizeof rsa_public), BAD);
}
END_TEST

START_TEST(rsa_long_encoding)
{
    /* Ensures that integers are taken in their shortest form only. */
    uint8_t data[sizeof rsa_pair + 1];
    size_t at = 4 + 3 + 3 + RSA_BYTES + 1; /* behind header, version and modulus: the exponent */
    ck_assert_mem_eq(rsa_pair + at, "\x02\x03\x01\x00\x01", 5);
    memcpy(data, rsa_pair, at);
    memcpy(data + at, "\x02\x04\x00\x01\x00\x01", 6);
    memcpy(data + at + 6, rsa_pair + at + 5, sizeof rsa_pair - at - 5);
    wrap(data, sizeof data - 4);
    ck_assert_int_eq(try_import(RSA_PAIR, 0, data, sizeof data), BAD);
}
END_TEST

START_TEST(rsa_inconsistent)
{
    /* Ensures that a key pair whose numbers do not agree is refused, whichever is wrong. */
    uint8_t data[sizeof rsa_pair];
    unsigned refused = 0;
    for (size_t at = 12; at < sizeof data; at += 7) {
        memcpy(data, rsa_pair, sizeof data);
        data[at] ^= 2;
        ck_assert_int_eq(try_import(RSA_PAIR, 0, data, sizeof data), BAD);
        refused++;
    }
    ck_assert_uint_gt(refused, 80);
}
END_TEST

START_TEST(rsa_sizes)
{
    /* Ensures that a declared size is compared, and that odd sizes are not supported. */
    uint8_t data[sizeof rsa_public];
    ck_assert_int_eq(try_import(RSA_PAIR, 1024, rsa_pair, sizeof rsa_pair), PSA_SUCCESS);
    ck_assert_int_eq(try_import(RSA_PAIR, 2048, rsa_pair, sizeof rsa_pair), BAD);
    memcpy(data, rsa_public, sizeof data);
    /* The sign byte goes; what follows is shortened to 1,023 bits. */
    ck_assert_mem_eq(data + 3, "\x02\x81\x81\x00", 4);
    data[2]--, data[5]--;
    memmove(data + 6, data + 7, sizeof data - 7);
    data[6] &= 0x7f;
    ck_assert_int_eq(try_import(RSA_PUBLIC, 0, data, sizeof data - 1), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(try_import(RSA_PUBLIC, 1023, data, sizeof data - 1), PSA_ERROR_NOT_SUPPORTED);
}
END_TEST

START_TEST(rsa_bad_public)
{
    /* Ensures that a modulus that is even or tiny, or an even exponent, makes no public key. */
    static const uint8_t tiny[] = { 0x30, 0x0e, 0x02, 0x09, 0x00, 0xd1, 0x5b, 0x5b, 0x5b, 0x5b,
                                    0x5b, 0x5b, 0x5b, 0x02, 0x01, 0x03 };
    uint8_t data[sizeof rsa_public];
    memcpy(data, rsa_public, sizeof data);
    data[6 + RSA_BYTES] &= 0xfe;
    ck_assert_int_eq(try_import(RSA_PUBLIC, 0, data, sizeof data), BAD);
    memcpy(data, rsa_public, sizeof data);
    data[sizeof data - 1] &= 0xfe;
    ck_assert_int_eq(try_import(RSA_PUBLIC, 0, data, sizeof data), BAD);
    ck_assert_int_eq(try_import(RSA_PUBLIC, 0, tiny, sizeof tiny), BAD);
}
END_TEST

START_TEST(rsa_generated_sizes)
{
    /* Ensures that small, odd and very large RSA keys are not generated. */
    static const size_t sizes[] = { 128, 512, 1016, 1028, 4104, 8192 };
    psa_key_id_t key = 0;
    for (size_t i = 0; i < COUNT(sizes); i++)
        ck_assert_int_eq(try_generate(RSA_PAIR, sizes[i], 0, &key), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(try_generate(RSA_PAIR, 1024, 0, &key), PSA_SUCCESS);
}
END_TEST

/* Generates with a public exponent, in the way of the installed version. */
static psa_status_t generate_with(psa_key_type_t type, size_t bits, const uint8_t *exponent,
                                  size_t length, psa_key_id_t *key)
{
    psa_key_attributes_t attributes = make_attributes(type, ANY_USAGE, V15_256);
    psa_status_t status;

    psa_set_key_bits(&attributes, bits);
#ifdef PSA_CUSTOM_KEY_PARAMETERS_INIT
    const psa_custom_key_parameters_t custom = PSA_CUSTOM_KEY_PARAMETERS_INIT;

    status = psa_generate_key_custom(&attributes, &custom, exponent, length, key);
#else
    ck_assert_int_eq(psa_set_key_domain_parameters(&attributes, type, exponent, length),
                     PSA_SUCCESS);
    status = psa_generate_key(&attributes, key);
    psa_reset_key_attributes(&attributes);
#endif
    return status;
}

START_TEST(rsa_exponent)
{
    /* Ensures that a key is generated with the exponent asked for, which shows in its public part.
     */
    static const uint8_t three[] = { 3 }, long_three[] = { 0, 0, 0, 3 };
    for (int i = 0; i < 2; i++) {
        uint8_t output[256];
        size_t length = 0;
        psa_key_id_t key = 0;
        ck_assert_int_eq(generate_with(RSA_PAIR, 1024, i == 0 ? three : long_three,
                                       i == 0 ? sizeof three : sizeof long_three, &key),
                         PSA_SUCCESS);
        ck_assert_int_eq(psa_export_public_key(key, output, sizeof output, &length), PSA_SUCCESS);
        ck_assert_mem_eq(output + length - 3, "\x02\x01\x03", 3);
    }
}
END_TEST

START_TEST(rsa_bad_exponent)
{
    /* Ensures that exponents that are even or too small are invalid, and very long ones not
     * supported; and that no other type has one. */
    static const uint8_t one[] = { 1 }, even[] = { 1, 0, 0 }, five[] = { 1, 0, 0, 0, 1 };
    static const uint8_t large[] = { 0x80, 0, 0, 1 };
    psa_key_id_t key = 99;
    ck_assert_int_eq(generate_with(RSA_PAIR, 1024, one, sizeof one, &key), BAD);
    ck_assert_uint_eq(key, 0);
    ck_assert_int_eq(generate_with(RSA_PAIR, 1024, even, sizeof even, &key), BAD);
    ck_assert_int_eq(generate_with(RSA_PAIR, 1024, five, sizeof five, &key),
                     PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(generate_with(RSA_PAIR, 1024, large, sizeof large, &key),
                     PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(generate_with(P256_PAIR, 256, even, sizeof even, &key), BAD);
    ck_assert_int_eq(generate_with(PSA_KEY_TYPE_AES, 128, even, sizeof even, &key), BAD);
    ck_assert_uint_eq(count_keys(), 0);
}
END_TEST

START_TEST(rsa_exponent_in_attributes)
{
    /* Ensures that, where attributes have domain parameters, those of an RSA key are its exponent,
     * or nothing if it is the usual one; and that they are compared when one is imported. */
#ifndef PSA_CUSTOM_KEY_PARAMETERS_INIT
    static const uint8_t three[] = { 3 };
    psa_key_attributes_t attributes = make_attributes(RSA_PAIR, ANY_USAGE, 0);
    psa_key_id_t key = import_bytes(RSA_PAIR, 0, rsa_pair_3, sizeof rsa_pair_3);
    uint8_t output[8];
    size_t length = 0;
    ck_assert_int_eq(psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
    ck_assert_int_eq(psa_get_key_domain_parameters(&attributes, output, sizeof output, &length),
                     PSA_SUCCESS);
    ck_assert_uint_eq(length, 1);
    ck_assert_uint_eq(output[0], 3);
    ck_assert_int_eq(psa_get_key_attributes(import_rsa(0), &attributes), PSA_SUCCESS);
    ck_assert_int_eq(psa_get_key_domain_parameters(&attributes, output, sizeof output, &length),
                     PSA_SUCCESS);
    ck_assert_uint_eq(length, 0);
    attributes = make_attributes(RSA_PAIR, ANY_USAGE, 0);
    ck_assert_int_eq(psa_set_key_domain_parameters(&attributes, RSA_PAIR, three, 1), PSA_SUCCESS);
    ck_assert_int_eq(psa_import_key(&attributes, rsa_pair, sizeof rsa_pair, &key), BAD);
    ck_assert_int_eq(psa_import_key(&attributes, rsa_pair_3, sizeof rsa_pair_3, &key),
                     PSA_SUCCESS);
    psa_reset_key_attributes(&attributes);
#else
    ck_assert_uint_eq(count_keys(), 0);
#endif
}
END_TEST

START_TEST(ecc_scalar_range)
{
    /* Ensures that a private key is at least 1 and less than the order of its group. */
    static const uint8_t order[32] = {
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63,
        0x25, 0x51,
    };
    uint8_t data[32] = { 0 };
    ck_assert_int_eq(try_import(P256_PAIR, 0, data, 32), BAD);
    data[31] = 1;
    ck_assert_int_eq(try_import(P256_PAIR, 0, data, 32), PSA_SUCCESS);
    ck_assert_int_eq(try_import(P256_PAIR, 256, order, 32), BAD);
    memcpy(data, order, 32);
    data[31]--;
    ck_assert_int_eq(try_import(P256_PAIR, 256, data, 32), PSA_SUCCESS);
    memset(data, 0xff, 32);
    ck_assert_int_eq(try_import(P256_PAIR, 0, data, 32), BAD);
}
END_TEST

/* The public key of a P-256 key pair. */
static void make_point(uint8_t point[65])
{
    size_t length = 0;
    psa_key_id_t key = import_p256(0);

    ck_assert_int_eq(psa_export_public_key(key, point, 65, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, 65);
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
}

START_TEST(ecc_point_off_curve)
{
    /* Ensures that what is no point of the curve is no public key. */
    uint8_t point[65];
    make_point(point);
    ck_assert_int_eq(try_import(P256_PUBLIC, 0, point, 65), PSA_SUCCESS);
    point[64] ^= 1;
    ck_assert_int_eq(try_import(P256_PUBLIC, 0, point, 65), BAD);
    memset(point + 1, 0, 64);
    ck_assert_int_eq(try_import(P256_PUBLIC, 0, point, 65), BAD);
    memset(point + 1, 0xff, 64);
    ck_assert_int_eq(try_import(P256_PUBLIC, 0, point, 65), BAD);
}
END_TEST

START_TEST(ecc_point_form)
{
    /* Ensures that points are taken uncompressed only. */
    uint8_t point[65];
    make_point(point);
    ck_assert_int_eq(try_import(P256_PUBLIC, 0, point, 64), BAD);
    ck_assert_int_eq(try_import(P256_PUBLIC, 256, point + 1, 64), BAD);
    for (unsigned tag = 0; tag < 8; tag++) {
        point[0] = (uint8_t) tag;
        ck_assert_int_eq(try_import(P256_PUBLIC, 0, point, 65), tag == 4 ? PSA_SUCCESS : BAD);
        ck_assert_int_eq(try_import(P256_PUBLIC, 0, point, 33), BAD);
    }
}
END_TEST

START_TEST(ecc_unknown_curve)
{
    /* Ensures that a curve that there is not is invalid in an import and not supported in a
     * generation. */
    static const struct {
        psa_ecc_family_t family;
        size_t bits;
    } curves[] = { { PSA_ECC_FAMILY_SECP_R1, 250 }, { PSA_ECC_FAMILY_SECP_R1, 528 },
                   { PSA_ECC_FAMILY_SECP_K1, 224 }, { PSA_ECC_FAMILY_BRAINPOOL_P_R1, 320 },
                   { PSA_ECC_FAMILY_MONTGOMERY, 256 }, { PSA_ECC_FAMILY_SECT_K1, 233 },
                   { PSA_ECC_FAMILY_SECP_R2, 160 } };
    const uint8_t data[66] = { 0, 1 };
    for (size_t i = 0; i < COUNT(curves); i++) {
        psa_key_id_t key = 99;
        psa_key_type_t type = PSA_KEY_TYPE_ECC_KEY_PAIR(curves[i].family);
        ck_assert_int_eq(try_import(type, curves[i].bits, data, (curves[i].bits + 7) / 8), BAD);
        ck_assert_int_eq(try_generate(type, curves[i].bits, 0, &key), PSA_ERROR_NOT_SUPPORTED);
    }
    ck_assert_int_eq(try_import(P256_PAIR, 0, data, 31), BAD);
}
END_TEST

START_TEST(montgomery_bits)
{
    /* Ensures that a Montgomery key is exported with the bits that RFC 7748 fixes. */
    static const size_t sizes[] = { 32, 56 };
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (unsigned fill = 0; fill < 256; fill += 255) {
            uint8_t data[56], output[56];
            size_t length = 0;
            memset(data, (int) fill, sizeof data);
            psa_key_id_t key = import_bytes(X25519_PAIR, 0, data, sizes[i]);
            data[0] &= sizes[i] == 32 ? 0xf8 : 0xfc;
            data[sizes[i] - 1] &= sizes[i] == 32 ? 0x7f : 0xff;
            data[sizes[i] - 1] |= sizes[i] == 32 ? 0x40 : 0x80;
            ck_assert_int_eq(psa_export_key(key, output, sizeof output, &length), PSA_SUCCESS);
            ck_assert_uint_eq(length, sizes[i]);
            ck_assert_mem_eq(output, data, length);
        }
}
END_TEST

START_TEST(public_of_symmetric)
{
    /* Ensures that a symmetric key has no public part. */
    uint8_t output[64];
    size_t length = 99;
    ck_assert_int_eq(psa_export_public_key(import_raw(), output, sizeof output, &length), BAD);
    ck_assert_uint_eq(length, 0);
}
END_TEST

START_TEST(public_short_buffer)
{
    /* Ensures that a public key is not exported in part, and that no room at all is an error before
     * the key is looked for. */
    const psa_key_id_t keys[] = { import_p256(0), import_rsa(0) };
    const size_t lengths[] = { 65, sizeof rsa_public };
    uint8_t output[256];
    for (size_t i = 0; i < COUNT(keys); i++) {
        size_t length = 99;
        ck_assert_int_eq(psa_export_public_key(keys[i], output, lengths[i] - 1, &length),
                         PSA_ERROR_BUFFER_TOO_SMALL);
        ck_assert_uint_eq(length, 0);
        ck_assert_int_eq(psa_export_public_key(keys[i], output, lengths[i], &length), PSA_SUCCESS);
        ck_assert_uint_eq(length, lengths[i]);
    }
    size_t length = 99;
    ck_assert_int_eq(psa_export_public_key(NO_KEY, output, 0, &length), PSA_ERROR_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(psa_export_public_key(NO_KEY, output, 1, &length), PSA_ERROR_INVALID_HANDLE);
}
END_TEST

START_TEST(public_without_usage)
{
    /* Ensures that a public part may be exported whatever the usage, also by psa_export_key of a
     * public key. */
    psa_key_attributes_t attributes = make_attributes(P256_PAIR, 0, 0);
    psa_key_id_t key = 0;
    uint8_t point[65], output[65];
    size_t length = 0;
    make_point(point);
    ck_assert_int_eq(psa_import_key(&attributes, material, 32, &key), PSA_SUCCESS);
    ck_assert_int_eq(psa_export_public_key(key, output, sizeof output, &length), PSA_SUCCESS);
    ck_assert_mem_eq(output, point, 65);
    ck_assert_int_eq(psa_export_key(key, output, sizeof output, &length), PSA_ERROR_NOT_PERMITTED);
    psa_set_key_type(&attributes, P256_PUBLIC);
    ck_assert_int_eq(psa_import_key(&attributes, point, 65, &key), PSA_SUCCESS);
    ck_assert_int_eq(psa_export_key(key, output, sizeof output, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_export_public_key(key, output, sizeof output, &length), PSA_SUCCESS);
    ck_assert_mem_eq(output, point, 65);
}
END_TEST

void add_asymmetric(Suite *suite)
{
    TCase *tc = tcase_create("asymmetric keys");

    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, rsa_trailing_bytes);
    tcase_add_test(tc, rsa_other_forms);
    tcase_add_test(tc, rsa_long_encoding);
    tcase_add_test(tc, rsa_inconsistent);
    tcase_add_test(tc, rsa_sizes);
    tcase_add_test(tc, rsa_bad_public);
    tcase_add_test(tc, rsa_generated_sizes);
    tcase_add_test(tc, rsa_exponent);
    tcase_add_test(tc, rsa_bad_exponent);
    tcase_add_test(tc, rsa_exponent_in_attributes);
    tcase_add_test(tc, ecc_scalar_range);
    tcase_add_test(tc, ecc_point_off_curve);
    tcase_add_test(tc, ecc_point_form);
    tcase_add_test(tc, ecc_unknown_curve);
    tcase_add_test(tc, montgomery_bits);
    tcase_add_test(tc, public_of_symmetric);
    tcase_add_test(tc, public_short_buffer);
    tcase_add_test(tc, public_without_usage);
}
