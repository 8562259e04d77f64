/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Agreements on elliptic curves. */

#include "kat/asymmetric.h"

#include <stdlib.h>
#include <string.h>

static psa_status_t agree(psa_key_id_t key, const uint8_t *peer, size_t peer_length,
                          uint8_t *secret, size_t *length)
{
    return psa_raw_key_agreement(PSA_ALG_ECDH, key, peer, peer_length, secret, KAT_WIDTH, length);
}

/* A result's number says what the CAVP changed: 1 and 2 the peer's point, 5 and 6 the own point,
 * 7 the private key, 8 Z. The others concern what is derived from Z, which stays right. */
static void check_agreement(const struct kat_case *test, const struct kat_curve *curve,
                            psa_key_id_t key, unsigned long number)
{
    size_t width = kat_width(curve);
    uint8_t peer[KAT_POINT];
    uint8_t own[KAT_POINT];
    uint8_t expected[KAT_WIDTH];
    uint8_t secret[KAT_WIDTH];
    uint8_t output[KAT_POINT];
    size_t length = 0;
    size_t peer_length = kat_point(test, "QsCAVSx", "QsCAVSy", peer, width);
    size_t own_length = kat_point(test, "QsIUTx", "QsIUTy", own, width);
    kat_require(test, kat_number_of(test, KAT_NAMES("Z"), expected, width), "Z");
    psa_status_t status = agree(key, peer, peer_length, secret, &length);
    if (number == 1 || number == 2) {
        kat_require_status(test, status, PSA_ERROR_INVALID_ARGUMENT, "a wrong point of the peer");
        return;
    }
    kat_require_status(test, status, PSA_SUCCESS, "agreement");
    kat_require(test, length == width, "length of Z");
    bool same = memcmp(secret, expected, width) == 0;
    kat_require(test, number < 5 || number > 8 ? same : number != 8 || !same, "Z");
    if (number == 5 || number == 6) {
        kat_require_refused(test, KAT_PUBLIC(curve), curve->bits, own, own_length);
    } else {
        status = psa_export_public_key(key, output, sizeof output, &length);
        kat_require_status(test, status, PSA_SUCCESS, "export of the public key");
        kat_require(test, (memcmp(output, own, own_length) == 0) == (number != 7), "own point");
    }
}

/* Whether the private key is one that 7 changed to what is none: then it is refused. */
static bool refused(const struct kat_case *test, const struct kat_curve *curve,
                    const uint8_t *scalar, unsigned long number)
{
    psa_key_id_t key = 0;
    psa_status_t status = kat_try_key(KAT_PAIR(curve), 0, PSA_ALG_ECDH, scalar, kat_width(curve),
                                      &key);
    if (status == PSA_SUCCESS) {
        kat_destroy(test, key);
    }
    return number == 7 && status == PSA_ERROR_INVALID_ARGUMENT;
}

void kat_ecdh(struct kat_case *test)
{
    const struct kat_curve *curve = kat_curve(test);
    const char *result = kat_text(&test->reader, KAT_NAMES("Result"));
    const char *reason = result == NULL ? NULL : strchr(result, '(');
    uint8_t scalar[KAT_WIDTH];
    size_t width = kat_width(curve);
    kat_require(test, reason != NULL, "Result");
    unsigned long number = strtoul(reason + 1, NULL, 10);
    kat_require(test, kat_number_of(test, KAT_NAMES("dsIUT"), scalar, width), "dsIUT");
    if (!refused(test, curve, scalar, number)) {
        psa_key_id_t key = kat_key(test, KAT_PAIR(curve), PSA_ALG_ECDH, scalar, width);
        check_agreement(test, curve, key, number);
        kat_destroy(test, key);
    }
    test->run++;
}

/* One side: its scalar, the other's point. */
static void check_side(const struct kat_case *test, const char *d, const char *x, const char *y)
{
    const struct kat_curve *curve = kat_curve(test);
    size_t width = kat_width(curve);
    uint8_t scalar[KAT_WIDTH];
    uint8_t peer[KAT_POINT];
    uint8_t expected[KAT_WIDTH];
    uint8_t secret[KAT_WIDTH];
    size_t length = 0;
    kat_require(test, kat_number_of(test, KAT_NAMES(d), scalar, width), d);
    kat_require(test, kat_number_of(test, KAT_NAMES("x_Z"), expected, width), "x_Z");
    psa_key_id_t key = kat_key(test, KAT_PAIR(curve), PSA_ALG_ECDH, scalar, width);
    size_t peer_length = kat_point(test, x, y, peer, width);
    psa_status_t status = agree(key, peer, peer_length, secret, &length);
    kat_require_status(test, status, PSA_SUCCESS, "agreement");
    kat_require_bytes(test, secret, length, expected, width, "agreement");
    kat_destroy(test, key);
}

void kat_ecdh_both(struct kat_case *test)
{
    check_side(test, "dA", "x_qB", "y_qB");
    check_side(test, "dB", "x_qA", "y_qA");
    test->run++;
}

void kat_ecdh_montgomery(struct kat_case *test)
{
    uint8_t scalar[KAT_WIDTH];
    uint8_t peer[KAT_WIDTH];
    uint8_t expected[KAT_WIDTH];
    uint8_t secret[KAT_WIDTH];
    size_t length = kat_field(test, KAT_NAMES("INPUT_SCALAR"), scalar, sizeof scalar);
    size_t peer_length = kat_field(test, KAT_NAMES("INPUT_U"), peer, sizeof peer);
    size_t expected_length = kat_field(test, KAT_NAMES("OUTPUT_U"), expected, sizeof expected);
    psa_key_id_t key = kat_key(test, test->row->type, PSA_ALG_ECDH, scalar, length);
    psa_status_t status = agree(key, peer, peer_length, secret, &length);
    kat_require_status(test, status, PSA_SUCCESS, "agreement");
    kat_require_bytes(test, secret, length, expected, expected_length, "agreement");
    kat_destroy(test, key);
    test->run++;
}
