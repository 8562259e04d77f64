/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Elliptic curves: keys, points, signatures, agreements. Vectors of binary curves must be refused,
 * for PSA names them and Mbed TLS does not have them. */

#include "kat/asymmetric.h"

#include <stdlib.h>
#include <string.h>

/* Whether the vector says that something about it is right. */
static bool passes(const struct kat_case *test)
{
    const char *result = kat_text(&test->reader, KAT_NAMES("Result"));
    kat_require(test, result != NULL && (*result == 'P' || *result == 'F'), "Result");
    return *result == 'P';
}

/* Whether the curve is not served; requires that its keys are refused then, whatever they are. */
static bool is_refused(struct kat_case *test, const struct kat_curve *curve)
{
    uint8_t data[KAT_POINT];
    if (kat_curve_is_served(curve)) {
        return false;
    }
    memset(data, 1, sizeof data);
    data[0] = 4;
    kat_require_refused(test, KAT_PUBLIC(curve), curve->bits, data, 1 + 2 * kat_width(curve));
    kat_require_refused(test, KAT_PAIR(curve), curve->bits, data, kat_width(curve));
    test->skipped++;
    return true;
}

void kat_ecc_pair(struct kat_case *test)
{
    const struct kat_curve *curve = kat_curve(test);
    uint8_t scalar[KAT_WIDTH];
    uint8_t point[KAT_POINT];
    uint8_t output[KAT_WIDTH];
    size_t length = 0;
    size_t width = kat_width(curve);
    if (is_refused(test, curve)) {
        return;
    }
    kat_require(test, kat_number_of(test, KAT_NAMES("d"), scalar, width), "d");
    psa_key_id_t key = kat_key(test, KAT_PAIR(curve), PSA_ALG_ECDH, scalar, width);
    kat_require_public(test, key, point, kat_point(test, "Qx", "Qy", point, width));
    psa_status_t status = psa_export_key(key, output, sizeof output, &length);
    kat_require_status(test, status, PSA_SUCCESS, "export");
    kat_require_bytes(test, output, length, scalar, width, "export");
    kat_destroy(test, key);
    test->run++;
}

void kat_ecc_point(struct kat_case *test)
{
    const struct kat_curve *curve = kat_curve(test);
    uint8_t point[KAT_POINT];
    uint8_t coordinate[KAT_WIDTH];
    size_t width = kat_width(curve);
    if (is_refused(test, curve)) {
        return;
    }
    bool fits = kat_number_of(test, KAT_NAMES("Qx"), coordinate, width) &&
                kat_number_of(test, KAT_NAMES("Qy"), coordinate, width);
    size_t length = kat_point(test, "Qx", "Qy", point, fits ? width : width + 1);
    if (passes(test)) {
        psa_key_id_t key = kat_key(test, KAT_PUBLIC(curve), PSA_ALG_ECDSA(PSA_ALG_SHA_1), point,
                                   length);
        kat_require_public(test, key, point, length);
        kat_destroy(test, key);
    } else {
        kat_require_refused(test, KAT_PUBLIC(curve), curve->bits, point, length);
    }
    test->run++;
}

void kat_ecc_compressed(struct kat_case *test)
{
    const struct kat_curve *curve = kat_curve(test);
    uint8_t point[KAT_POINT];
    size_t length = kat_field(test, KAT_NAMES("POINT"), point, sizeof point);
    kat_require_refused(test, KAT_PUBLIC(curve), curve->bits, point, length);
    kat_require_refused(test, KAT_PUBLIC(curve), 0, point, length);
    length = kat_point(test, "X", "Y", point, kat_width(curve));
    psa_key_id_t key = kat_key(test, KAT_PUBLIC(curve), PSA_ALG_ECDSA(PSA_ALG_SHA_1), point,
                               length);
    kat_destroy(test, key);
    test->run++;
}

static void read_signed(const struct kat_case *test, size_t width, struct kat_signed *it)
{
    it->alg = PSA_ALG_ECDSA(kat_hash(test));
    it->length = kat_field(test, KAT_NAMES("Msg"), it->message, sizeof it->message - 1);
    it->signature_length = 2 * width;
    kat_require(test, kat_number_of(test, KAT_NAMES("R"), it->signature, width), "R");
    kat_require(test, kat_number_of(test, KAT_NAMES("S"), it->signature + width, width), "S");
}

static psa_key_id_t public_key(const struct kat_case *test, const struct kat_curve *curve,
                               psa_algorithm_t alg)
{
    uint8_t point[KAT_POINT];
    size_t length = kat_point(test, "Qx", "Qy", point, kat_width(curve));
    return kat_key(test, KAT_PUBLIC(curve), alg, point, length);
}

/* The key pair of the vector, its public part checked. */
static psa_key_id_t private_key(const struct kat_case *test, const struct kat_curve *curve,
                                psa_algorithm_t alg)
{
    uint8_t scalar[KAT_WIDTH];
    uint8_t point[KAT_POINT];
    size_t width = kat_width(curve);
    kat_require(test, kat_number_of(test, KAT_NAMES("d"), scalar, width), "d");
    psa_key_id_t key = kat_key(test, KAT_PAIR(curve), alg, scalar, width);
    kat_require_public(test, key, point, kat_point(test, "Qx", "Qy", point, width));
    return key;
}

/* Whether the vector can be run; then reads what is signed, and makes the public key. */
static bool begin_signed(struct kat_case *test, struct kat_signed *it, psa_key_id_t *key)
{
    const struct kat_curve *curve = kat_curve(test);
    if (is_refused(test, curve)) {
        return false;
    }
    read_signed(test, kat_width(curve), it);
    *key = public_key(test, curve, it->alg);
    return true;
}

void kat_ecdsa(struct kat_case *test)
{
    struct kat_signed it;
    psa_key_id_t key;
    if (!begin_signed(test, &it, &key)) {
        return;
    }
    kat_require_verified(test, key, &it, PSA_SUCCESS, "verification");
    if (kat_text(&test->reader, KAT_NAMES("d")) != NULL && test->run % KAT_EXTRA == 0) {
        psa_key_id_t pair = private_key(test, kat_curve(test), it.alg);
        kat_require_signing(test, pair, key, &it);
        kat_destroy(test, pair);
    }
    if (test->run % KAT_EXTRA == 1) {
        it.signature[test->run % it.signature_length] ^= (uint8_t) (1 << test->run % 8);
        kat_require_verified(test, key, &it, PSA_ERROR_INVALID_SIGNATURE, "a changed signature");
    }
    kat_destroy(test, key);
    test->run++;
}

void kat_ecdsa_result(struct kat_case *test)
{
    struct kat_signed it;
    psa_key_id_t key;
    if (!begin_signed(test, &it, &key)) {
        return;
    }
    kat_require_verified(test, key, &it, passes(test) ? PSA_SUCCESS : PSA_ERROR_INVALID_SIGNATURE,
                         "verification");
    kat_destroy(test, key);
    test->run++;
}

/* Requires that the key pair signs as the vector says, message and hash. */
static void require_deterministic(const struct kat_case *test, psa_key_id_t key,
                                  const struct kat_signed *it)
{
    psa_algorithm_t hash_alg = PSA_ALG_SIGN_GET_HASH(it->alg);
    uint8_t output[2 * KAT_WIDTH];
    uint8_t hash[PSA_HASH_MAX_SIZE];
    size_t length = 0;
    size_t hash_length = 0;
    psa_status_t status = psa_sign_message(key, it->alg, it->message, it->length, output,
                                           sizeof output, &length);
    kat_require_status(test, status, PSA_SUCCESS, "signing");
    kat_require_bytes(test, output, length, it->signature, it->signature_length, "signing");
    status = psa_hash_compute(hash_alg, it->message, it->length, hash, sizeof hash, &hash_length);
    kat_require_status(test, status, PSA_SUCCESS, "hash");
    status = psa_sign_hash(key, it->alg, hash, hash_length, output, sizeof output, &length);
    kat_require_status(test, status, PSA_SUCCESS, "signing of the hash");
    kat_require_bytes(test, output, length, it->signature, it->signature_length, "of the hash");
}

void kat_ecdsa_deterministic(struct kat_case *test)
{
    const struct kat_curve *curve = kat_curve(test);
    struct kat_signed it;
    read_signed(test, kat_width(curve), &it);
    it.alg = PSA_ALG_DETERMINISTIC_ECDSA(kat_hash(test));
    psa_key_id_t key = private_key(test, curve, it.alg);
    require_deterministic(test, key, &it);
    kat_require_verified(test, key, &it, PSA_SUCCESS, "verification by the key pair");
    kat_destroy(test, key);
    key = public_key(test, curve, it.alg);
    kat_require_verified(test, key, &it, PSA_SUCCESS, "verification");
    kat_destroy(test, key);
    test->run++;
}
