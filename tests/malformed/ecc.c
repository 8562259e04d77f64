/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Elliptic curves. Every test runs for each curve of the table. */

#include "malformed/malformed.h"

#include <mbedtls/ecp.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 66
#define POINT (1 + 2 * WIDTH)
#define ECDSA PSA_ALG_ECDSA(PSA_ALG_SHA_256)

static const struct curve {
    const char *name;
    psa_ecc_family_t family;
    size_t bits;
    mbedtls_ecp_group_id id;
} curves[] = {
    { "P-192", PSA_ECC_FAMILY_SECP_R1, 192, MBEDTLS_ECP_DP_SECP192R1 },
    { "P-224", PSA_ECC_FAMILY_SECP_R1, 224, MBEDTLS_ECP_DP_SECP224R1 },
    { "P-256", PSA_ECC_FAMILY_SECP_R1, 256, MBEDTLS_ECP_DP_SECP256R1 },
    { "P-384", PSA_ECC_FAMILY_SECP_R1, 384, MBEDTLS_ECP_DP_SECP384R1 },
    { "P-521", PSA_ECC_FAMILY_SECP_R1, 521, MBEDTLS_ECP_DP_SECP521R1 },
    { "K-192", PSA_ECC_FAMILY_SECP_K1, 192, MBEDTLS_ECP_DP_SECP192K1 },
    { "K-256", PSA_ECC_FAMILY_SECP_K1, 256, MBEDTLS_ECP_DP_SECP256K1 },
    { "B-256", PSA_ECC_FAMILY_BRAINPOOL_P_R1, 256, MBEDTLS_ECP_DP_BP256R1 },
    { "B-384", PSA_ECC_FAMILY_BRAINPOOL_P_R1, 384, MBEDTLS_ECP_DP_BP384R1 },
    { "B-512", PSA_ECC_FAMILY_BRAINPOOL_P_R1, 512, MBEDTLS_ECP_DP_BP512R1 },
};
#define CURVES ((int) (sizeof curves / sizeof curves[0]))

static const uint8_t message[] = "what is signed";

/* A curve and a key pair on it. */
struct place {
    const struct curve *curve;
    mbedtls_ecp_group group;
    psa_key_type_t pair_type;
    psa_key_type_t public_type;
    psa_key_id_t pair;
    psa_key_id_t public;
    size_t width;
    uint8_t point[POINT];
    size_t point_length;
};

static psa_key_id_t generate(psa_key_type_t type, size_t bits, psa_algorithm_t alg)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = 0;
    psa_set_key_type(&attributes, type);
    psa_set_key_bits(&attributes, bits);
    psa_set_key_algorithm(&attributes, alg);
    psa_set_key_usage_flags(&attributes, USAGES);
    require_status(psa_generate_key(&attributes, &key), PSA_SUCCESS, "generation");
    return key;
}

static void enter(struct place *at, int number, psa_algorithm_t alg)
{
    at->curve = &curves[number];
    at->width = PSA_BITS_TO_BYTES(at->curve->bits);
    at->pair_type = PSA_KEY_TYPE_ECC_KEY_PAIR(at->curve->family);
    at->public_type = PSA_KEY_TYPE_ECC_PUBLIC_KEY(at->curve->family);
    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    mbedtls_ecp_group_init(&at->group);
    MUST(mbedtls_ecp_group_load(&at->group, at->curve->id));
    at->pair = generate(at->pair_type, at->curve->bits, alg);
    require_status(psa_export_public_key(at->pair, at->point, sizeof at->point,
                                         &at->point_length), PSA_SUCCESS, "public key");
    at->public = must_import(at->public_type, ECDSA, at->point, at->point_length);
}

static void leave(struct place *at)
{
    require_status(psa_destroy_key(at->pair), PSA_SUCCESS, "destruction");
    require_status(psa_destroy_key(at->public), PSA_SUCCESS, "destruction");
    ck_assert_uint_eq(keys_there(), 0);
    mbedtls_ecp_group_free(&at->group);
    mbedtls_psa_crypto_free();
}

/* Requires that both keys find the signature wrong, or with right set, right. */
static void require_signature(const struct place *at, const uint8_t *signature, size_t length,
                              bool right, const char *what)
{
    psa_status_t expected = right ? PSA_SUCCESS : PSA_ERROR_INVALID_SIGNATURE;
    char text[128];
    snprintf(text, sizeof text, "%s: %s", at->curve->name, what);
    require_status(psa_verify_message(at->public, ECDSA, message, sizeof message, signature,
                                      length), expected, text);
    require_status(psa_verify_message(at->pair, ECDSA, message, sizeof message, signature, length),
                   expected, text);
}

/* Puts number + offset in place of one half of the signature, if it fits there. */
static void try_half(const struct place *at, const uint8_t *right, unsigned half,
                     const mbedtls_mpi *number, int offset, bool is_right, const char *what)
{
    uint8_t signature[2 * WIDTH];
    mbedtls_mpi changed;
    mbedtls_mpi_init(&changed);
    MUST(mbedtls_mpi_add_int(&changed, number, offset));
    memcpy(signature, right, 2 * at->width);
    if (put_number(&changed, signature + half * at->width, at->width)) {
        require_signature(at, signature, 2 * at->width, is_right, what);
    }
    mbedtls_mpi_free(&changed);
}

static void try_numbers(const struct place *at, const uint8_t *right, unsigned half)
{
    mbedtls_mpi zero, value, changed;
    mbedtls_mpi_init(&zero);
    mbedtls_mpi_init(&value);
    mbedtls_mpi_init(&changed);
    MUST(mbedtls_mpi_read_binary(&value, right + half * at->width, at->width));
    try_half(at, right, half, &value, 0, true, "the signature itself");
    try_half(at, right, half, &zero, 0, false, "r or s 0");
    try_half(at, right, half, &zero, 1, false, "r or s 1");
    try_half(at, right, half, &at->group.N, 0, false, "r or s the order");
    try_half(at, right, half, &at->group.N, 1, false, "r or s above the order");
    try_half(at, right, half, &at->group.N, -1, false, "r or s just below the order");
    try_half(at, right, half, &at->group.P, 0, false, "r or s the field's prime");
    MUST(mbedtls_mpi_add_mpi(&changed, &value, &at->group.N));
    try_half(at, right, half, &changed, 0, false, "r or s plus the order");
    MUST(mbedtls_mpi_sub_mpi(&changed, &at->group.N, &value));
    try_half(at, right, half, &changed, 0, half == 1, "order less r, or less s which is right");
    mbedtls_mpi_free(&zero);
    mbedtls_mpi_free(&value);
    mbedtls_mpi_free(&changed);
}

/* Ensures that a signature whose r or s is out of range, or another number, is refused. */
START_TEST(signature_numbers)
{
    struct place at;
    uint8_t right[2 * WIDTH];
    size_t length = 0;
    enter(&at, _i, ECDSA);
    require_status(psa_sign_message(at.pair, ECDSA, message, sizeof message, right, sizeof right,
                                    &length), PSA_SUCCESS, "signing");
    ck_assert_uint_eq(length, 2 * at.width);
    try_numbers(&at, right, 0);
    try_numbers(&at, right, 1);
    leave(&at);
}
END_TEST

static void try_forms(const struct place *at, const uint8_t *right)
{
    uint8_t other[4 * WIDTH + 8] = { 0 };
    size_t length = 2 * at->width;
    memcpy(other, right, length);
    for (size_t i = 0; i < length; i += i < 4 || i + 5 > length ? 1 : 7) {
        require_signature(at, other, i, false, "cut short");
    }
    for (size_t more = 1; more < 4; more++) {
        require_signature(at, other, length + more, false, "zeros behind");
    }
    memcpy(other + length, right, length);
    require_signature(at, other, 2 * length, false, "twice");
    memset(other, 0, sizeof other);
    require_signature(at, other, length, false, "zeros");
    memcpy(other + 1, right, length);
    require_signature(at, other, length + 1, false, "a zero in front");
    memcpy(other, right + at->width, at->width);
    memcpy(other + at->width, right, at->width);
    require_signature(at, other, length, false, "halves exchanged");
    for (size_t i = 0; i < length; i++) {
        other[i] = right[length - 1 - i];
    }
    require_signature(at, other, length, false, "backwards");
    memset(other, 0xff, sizeof other);
    require_signature(at, other, length, false, "all bits set");
    uint8_t header[] = { 0x30, (uint8_t) (length + 4), 2, (uint8_t) at->width };
    memcpy(other, header, sizeof header);
    memcpy(other + sizeof header, right, at->width);
    memcpy(other + sizeof header + at->width, header + 2, 2);
    memcpy(other + sizeof header + at->width + 2, right + at->width, at->width);
    require_signature(at, other, length + 6, false, "in DER");
    ck_assert_int_eq(psa_verify_message(at->public, ECDSA, message, sizeof message - 1, right,
                                        length), PSA_ERROR_INVALID_SIGNATURE);
}

/* Ensures that a signature of another length or form is refused. */
START_TEST(signature_forms)
{
    struct place at;
    uint8_t right[2 * WIDTH];
    uint8_t small[2 * WIDTH];
    size_t length = 0;
    enter(&at, _i, ECDSA);
    require_status(psa_sign_message(at.pair, ECDSA, message, sizeof message, right, sizeof right,
                                    &length), PSA_SUCCESS, "signing");
    try_forms(&at, right);
    require_status(psa_sign_message(at.pair, ECDSA, message, sizeof message, small,
                                    2 * at.width - 1, &length), PSA_ERROR_BUFFER_TOO_SMALL,
                   "signing without room");
    require_status(psa_sign_message(at.public, ECDSA, message, sizeof message, small,
                                    sizeof small, &length), PSA_ERROR_INVALID_ARGUMENT,
                   "signing with a public key");
    leave(&at);
}
END_TEST

/* Requires that a wrong point is neither a key nor a peer's. */
static void refuse_point(const struct place *at, const uint8_t *point, size_t length,
                         const char *what)
{
    uint8_t secret[WIDTH];
    size_t secret_length = 0;
    char text[128];
    snprintf(text, sizeof text, "%s: %s", at->curve->name, what);
    require_refused(at->public_type, at->curve->bits, point, length, PSA_ERROR_INVALID_ARGUMENT,
                    PSA_ERROR_INVALID_ARGUMENT, text);
    require_refused(at->public_type, 0, point, length, PSA_ERROR_INVALID_ARGUMENT,
                    PSA_ERROR_NOT_SUPPORTED, text);
    require_status(psa_raw_key_agreement(PSA_ALG_ECDH, at->pair, point, length, secret,
                                         sizeof secret, &secret_length),
                   PSA_ERROR_INVALID_ARGUMENT, text);
}

/* Puts a number in place of a coordinate, if it fits there. */
static void try_coordinate(const struct place *at, unsigned which, const mbedtls_mpi *number,
                           int offset, const char *what)
{
    uint8_t point[POINT];
    mbedtls_mpi changed;
    mbedtls_mpi_init(&changed);
    MUST(mbedtls_mpi_add_int(&changed, number, offset));
    memcpy(point, at->point, at->point_length);
    if (put_number(&changed, point + 1 + which * at->width, at->width)) {
        refuse_point(at, point, at->point_length, what);
    }
    mbedtls_mpi_free(&changed);
}

static void try_coordinates(const struct place *at, unsigned which)
{
    mbedtls_mpi zero, value;
    mbedtls_mpi_init(&zero);
    mbedtls_mpi_init(&value);
    MUST(mbedtls_mpi_read_binary(&value, at->point + 1 + which * at->width, at->width));
    try_coordinate(at, which, &value, 1, "a coordinate plus 1");
    try_coordinate(at, which, &zero, 0, "a coordinate 0");
    try_coordinate(at, which, &at->group.P, 0, "a coordinate of the prime");
    try_coordinate(at, which, &at->group.P, -1, "a coordinate of the prime less 1");
    MUST(mbedtls_mpi_add_mpi(&value, &value, &at->group.P));
    try_coordinate(at, which, &value, 0, "a coordinate plus the prime");
    mbedtls_mpi_free(&zero);
    mbedtls_mpi_free(&value);
}

static void try_encodings(const struct place *at)
{
    uint8_t point[POINT + 2] = { 0 };
    refuse_point(at, point, 1, "infinity in one byte");
    refuse_point(at, point, at->point_length, "zeros");
    point[0] = 4;
    refuse_point(at, point, at->point_length, "the origin");
    memcpy(point, at->point, at->point_length);
    for (unsigned first = 0; first < 256; first++) {
        if (first != 4 && (first < 9 || first % 51 == 0)) {
            point[0] = (uint8_t) first;
            refuse_point(at, point, at->point_length, "another first byte");
            refuse_point(at, point, 1 + at->width, "compressed");
        }
    }
    point[0] = 2 | (at->point[at->point_length - 1] & 1);
    refuse_point(at, point, 1 + at->width, "rightly compressed");
    point[0] |= 4;
    refuse_point(at, point, at->point_length, "hybrid");
    point[0] = 4;
    refuse_point(at, point, at->point_length - 1, "a byte short");
    refuse_point(at, point, at->point_length - 2, "two bytes short");
    refuse_point(at, point, at->point_length + 1, "a byte more");
    refuse_point(at, point, at->point_length + 2, "two bytes more");
    refuse_point(at, point + 1, at->point_length - 1, "without the first byte");
    refuse_point(at, point, 0, "nothing");
}

/* Ensures that what is no point of the curve, or in another form, is refused, and that the
 * mirrored point, which is one, is taken. */
START_TEST(points)
{
    struct place at;
    uint8_t point[POINT];
    mbedtls_mpi y;
    enter(&at, _i, PSA_ALG_ECDH);
    try_coordinates(&at, 0);
    try_coordinates(&at, 1);
    try_encodings(&at);
    mbedtls_mpi_init(&y);
    MUST(mbedtls_mpi_read_binary(&y, at.point + 1 + at.width, at.width));
    MUST(mbedtls_mpi_sub_mpi(&y, &at.group.P, &y));
    memcpy(point, at.point, at.point_length);
    ck_assert(put_number(&y, point + 1 + at.width, at.width));
    psa_key_id_t key = must_import(at.public_type, ECDSA, point, at.point_length);
    require_status(psa_destroy_key(key), PSA_SUCCESS, "destruction");
    mbedtls_mpi_free(&y);
    leave(&at);
}
END_TEST

/* A scalar of this value is a key only if it is in range. */
static void try_scalar(const struct place *at, const mbedtls_mpi *number, int offset, bool right,
                       const char *what)
{
    uint8_t scalar[WIDTH];
    uint8_t output[WIDTH];
    size_t length = 0;
    mbedtls_mpi changed;
    mbedtls_mpi_init(&changed);
    MUST(mbedtls_mpi_add_int(&changed, number, offset));
    if (!put_number(&changed, scalar, at->width)) {
        ck_assert(!right);
    } else if (!right) {
        require_refused(at->pair_type, at->curve->bits, scalar, at->width,
                        PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_INVALID_ARGUMENT, what);
        require_refused(at->pair_type, 0, scalar, at->width, PSA_ERROR_INVALID_ARGUMENT,
                        PSA_ERROR_INVALID_ARGUMENT, what);
    } else {
        psa_key_id_t key = must_import(at->pair_type, ECDSA, scalar, at->width);
        require_status(psa_export_key(key, output, sizeof output, &length), PSA_SUCCESS, what);
        ck_assert(length == at->width && memcmp(output, scalar, length) == 0);
        require_status(psa_destroy_key(key), PSA_SUCCESS, "destruction");
    }
    mbedtls_mpi_free(&changed);
}

/* Ensures that a private key is a number from 1 to the order less 1, in so many bytes. */
START_TEST(scalars)
{
    struct place at;
    mbedtls_mpi zero;
    uint8_t scalar[WIDTH + 2] = { 0 };
    enter(&at, _i, ECDSA);
    mbedtls_mpi_init(&zero);
    try_scalar(&at, &zero, 0, false, "the scalar 0");
    try_scalar(&at, &zero, 1, true, "the scalar 1");
    try_scalar(&at, &at.group.N, -1, true, "the largest scalar");
    try_scalar(&at, &at.group.N, 0, false, "the order");
    try_scalar(&at, &at.group.N, 1, false, "more than the order");
    memset(scalar, 0xff, at.width);
    require_refused(at.pair_type, 0, scalar, at.width, PSA_ERROR_INVALID_ARGUMENT,
                    PSA_ERROR_INVALID_ARGUMENT, "all bits set");
    memset(scalar, 0, sizeof scalar);
    for (size_t length = at.width - 2; length <= at.width + 2; length++) {
        memset(scalar, 0, sizeof scalar);
        scalar[length - 1] = 1;
        if (length != at.width) {
            require_refused(at.pair_type, at.curve->bits, scalar, length,
                            PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_INVALID_ARGUMENT, "length");
        }
    }
    scalar[at.width - 1] = 1;
    require_refused(at.pair_type, at.curve->bits + 8, scalar, at.width,
                    PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_NOT_SUPPORTED, "declared size");
    require_refused(at.pair_type, 0, at.point, at.point_length, PSA_ERROR_INVALID_ARGUMENT,
                    PSA_ERROR_NOT_SUPPORTED, "a public key for a pair");
    mbedtls_mpi_free(&zero);
    leave(&at);
}
END_TEST

/* Points of small order on Curve25519 and its twist, and the same not reduced. */
static const uint8_t small_order[][32] = {
    { 0 },
    { 1 },
    { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
      0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
      0xb8, 0x00 },
    { 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
      0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
      0x11, 0x57 },
#define REST 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, \
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, \
    0xff, 0x7f
    { 0xec, REST }, /* the prime less 1 */
    { 0xed, REST }, /* the prime */
    { 0xee, REST }, /* and 1 more */
};

static psa_status_t agree(psa_key_id_t key, const uint8_t *peer, size_t length, uint8_t *secret)
{
    size_t secret_length = 0;
    return psa_raw_key_agreement(PSA_ALG_ECDH, key, peer, length, secret, 56, &secret_length);
}

/* Ensures that an agreement on a Montgomery curve refuses points that give nothing secret, and
 * points of another length; the bit that does not count does not. */
START_TEST(montgomery)
{
    psa_key_type_t type = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_MONTGOMERY);
    uint8_t peer[57] = { 9 };
    uint8_t secret[56];
    uint8_t again[56];
    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    psa_key_id_t key = generate(type, 255, PSA_ALG_ECDH);
    for (size_t i = 0; i < sizeof small_order / sizeof small_order[0]; i++) {
        require_status(agree(key, small_order[i], 32, secret), PSA_ERROR_INVALID_ARGUMENT,
                       "a point of small order");
    }
    require_status(agree(key, peer, 32, secret), PSA_SUCCESS, "the base point");
    peer[31] = 0x80;
    require_status(agree(key, peer, 32, again), PSA_SUCCESS, "the last bit set");
    ck_assert(memcmp(secret, again, 32) == 0);
    peer[31] = 0;
    for (size_t length = 0; length <= sizeof peer; length++) {
        if (length != 32) {
            require_status(agree(key, peer, length, secret), PSA_ERROR_INVALID_ARGUMENT,
                           "another length");
        }
    }
    require_status(psa_destroy_key(key), PSA_SUCCESS, "destruction");
    ck_assert_uint_eq(keys_there(), 0);
    mbedtls_psa_crypto_free();
}
END_TEST

TCase *make_ecc_case(void)
{
    TCase *tcase = tcase_create("elliptic curves");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, signature_numbers, 0, CURVES);
    tcase_add_loop_test(tcase, signature_forms, 0, CURVES);
    tcase_add_loop_test(tcase, points, 0, CURVES);
    tcase_add_loop_test(tcase, scalars, 0, CURVES);
    tcase_add_test(tcase, montgomery);
    return tcase;
}
