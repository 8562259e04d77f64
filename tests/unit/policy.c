/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* src/key/policy: usage flags, permitted algorithms, wildcards, restriction by copying. */

#include "key/policy.h"
#include "../runner.h"

#define HMAC256 PSA_ALG_HMAC(PSA_ALG_SHA_256)
#define HMAC512 PSA_ALG_HMAC(PSA_ALG_SHA_512)
#define CUT(mac, length) PSA_ALG_TRUNCATED_MAC(mac, length)
#define LEAST(mac, length) PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(mac, length)
#define TAG(aead, length) PSA_ALG_AEAD_WITH_SHORTENED_TAG(aead, length)
#define LEAST_TAG(aead, length) PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(aead, length)
#define ECDSA(hash) PSA_ALG_ECDSA(hash)
#define PSS(hash) PSA_ALG_RSA_PSS(hash)
#define ECDH_THEN(hash) PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, PSA_ALG_HKDF(hash))
#define RSA PSA_KEY_TYPE_RSA_KEY_PAIR
#define NISTP PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1)

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))

/* Whether a policy's algorithm permits another one: 1, 0, or -1 for an invalid question. */
static const struct {
    psa_key_type_t type;
    psa_algorithm_t policy, asked;
    int permitted;
} permissions[] = {
    /* exact */
    { PSA_KEY_TYPE_HMAC, HMAC256, HMAC256, 1 },
    { PSA_KEY_TYPE_HMAC, HMAC256, HMAC512, 0 },
    { PSA_KEY_TYPE_HMAC, 0, HMAC256, 0 },
    { PSA_KEY_TYPE_RAW_DATA, HMAC256, HMAC256, 1 }, /* the operation refuses the type */
    { PSA_KEY_TYPE_AES, PSA_ALG_CTR, PSA_ALG_CTR, 1 },
    { PSA_KEY_TYPE_AES, PSA_ALG_CTR, PSA_ALG_CFB, 0 },
    /* truncated MACs; the whole length named or not is one algorithm */
    { PSA_KEY_TYPE_HMAC, HMAC256, CUT(HMAC256, 32), 1 },
    { PSA_KEY_TYPE_HMAC, CUT(HMAC256, 32), HMAC256, 1 },
    { PSA_KEY_TYPE_HMAC, HMAC256, CUT(HMAC256, 16), 0 },
    { PSA_KEY_TYPE_HMAC, CUT(HMAC256, 16), CUT(HMAC256, 16), 1 },
    { PSA_KEY_TYPE_HMAC, CUT(HMAC256, 16), HMAC256, 0 },
    { PSA_KEY_TYPE_HMAC, LEAST(HMAC256, 16), CUT(HMAC256, 15), 0 },
    { PSA_KEY_TYPE_HMAC, LEAST(HMAC256, 16), CUT(HMAC256, 16), 1 },
    { PSA_KEY_TYPE_HMAC, LEAST(HMAC256, 16), CUT(HMAC256, 17), 1 },
    { PSA_KEY_TYPE_HMAC, LEAST(HMAC256, 16), HMAC256, 1 },
    { PSA_KEY_TYPE_HMAC, LEAST(HMAC256, 16), HMAC512, 0 },
    { PSA_KEY_TYPE_HMAC, LEAST(HMAC256, 0), HMAC256, 1 },
    { PSA_KEY_TYPE_HMAC, LEAST(HMAC256, 0), CUT(HMAC256, 31), 0 },
    { PSA_KEY_TYPE_HMAC, LEAST(HMAC512, 64), HMAC512, 1 },
    { PSA_KEY_TYPE_HMAC, LEAST(HMAC512, 64), CUT(HMAC512, 63), 0 },
    { PSA_KEY_TYPE_AES, LEAST(HMAC256, 16), CUT(HMAC256, 16), 0 },
    { PSA_KEY_TYPE_AES, LEAST(PSA_ALG_CMAC, 8), CUT(PSA_ALG_CMAC, 8), 1 },
    { PSA_KEY_TYPE_AES, LEAST(PSA_ALG_CMAC, 8), PSA_ALG_CMAC, 1 },
    { PSA_KEY_TYPE_AES, LEAST(PSA_ALG_CMAC, 8), CUT(PSA_ALG_CMAC, 4), 0 },
    { PSA_KEY_TYPE_AES, PSA_ALG_CMAC, CUT(PSA_ALG_CMAC, 16), 1 },
    { PSA_KEY_TYPE_DES, PSA_ALG_CMAC, CUT(PSA_ALG_CMAC, 8), 1 },
    { PSA_KEY_TYPE_CHACHA20, LEAST(PSA_ALG_CMAC, 4), CUT(PSA_ALG_CMAC, 8), 0 },
    /* any hash is for signatures, not for HMAC */
    { PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_ANY_HASH), HMAC256, 0 },
    /* shortened tags */
    { PSA_KEY_TYPE_AES, PSA_ALG_GCM, TAG(PSA_ALG_GCM, 16), 1 },
    { PSA_KEY_TYPE_AES, PSA_ALG_GCM, TAG(PSA_ALG_GCM, 12), 0 },
    { PSA_KEY_TYPE_AES, PSA_ALG_GCM, PSA_ALG_CCM, 0 },
    { PSA_KEY_TYPE_AES, LEAST_TAG(PSA_ALG_GCM, 12), TAG(PSA_ALG_GCM, 11), 0 },
    { PSA_KEY_TYPE_AES, LEAST_TAG(PSA_ALG_GCM, 12), TAG(PSA_ALG_GCM, 12), 1 },
    { PSA_KEY_TYPE_AES, LEAST_TAG(PSA_ALG_GCM, 12), PSA_ALG_GCM, 1 },
    { PSA_KEY_TYPE_AES, LEAST_TAG(PSA_ALG_GCM, 12), PSA_ALG_CCM, 0 },
    { PSA_KEY_TYPE_AES, LEAST_TAG(PSA_ALG_CCM, 4), TAG(PSA_ALG_CCM, 8), 1 },
    /* signatures with any hash */
    { NISTP, ECDSA(PSA_ALG_ANY_HASH), ECDSA(PSA_ALG_SHA_256), 1 },
    { NISTP, ECDSA(PSA_ALG_ANY_HASH), PSA_ALG_ECDSA_ANY, 1 },
    { NISTP, ECDSA(PSA_ALG_ANY_HASH), PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256), 0 },
    { NISTP, ECDSA(PSA_ALG_SHA_256), ECDSA(PSA_ALG_SHA_512), 0 },
    { NISTP, PSA_ALG_ECDSA_ANY, ECDSA(PSA_ALG_SHA_256), 0 },
    { RSA, PSS(PSA_ALG_ANY_HASH), PSS(PSA_ALG_SHA_1), 1 },
    { RSA, PSS(PSA_ALG_ANY_HASH), PSA_ALG_RSA_PSS_ANY_SALT(PSA_ALG_SHA_1), 0 },
    /* key agreement */
    { NISTP, PSA_ALG_ECDH, PSA_ALG_ECDH, 1 },
    { NISTP, PSA_ALG_ECDH, ECDH_THEN(PSA_ALG_SHA_256), 1 },
    { NISTP, PSA_ALG_FFDH, ECDH_THEN(PSA_ALG_SHA_256), 0 },
    { NISTP, ECDH_THEN(PSA_ALG_SHA_256), PSA_ALG_ECDH, 0 },
    { NISTP, ECDH_THEN(PSA_ALG_SHA_256), ECDH_THEN(PSA_ALG_SHA_512), 0 },
    /* wildcards are no algorithm to compute, even where the policy names the very same */
    { PSA_KEY_TYPE_HMAC, LEAST(HMAC256, 16), LEAST(HMAC256, 16), -1 },
    { PSA_KEY_TYPE_HMAC, HMAC256, LEAST(HMAC256, 16), -1 },
    { PSA_KEY_TYPE_AES, LEAST_TAG(PSA_ALG_GCM, 12), LEAST_TAG(PSA_ALG_GCM, 12), -1 },
    { NISTP, ECDSA(PSA_ALG_ANY_HASH), ECDSA(PSA_ALG_ANY_HASH), -1 },
    { PSA_KEY_TYPE_AES, PSA_ALG_ANY_HASH, PSA_ALG_ANY_HASH, -1 },
    /* nothing asked: the usage alone counts */
    { PSA_KEY_TYPE_AES, PSA_ALG_GCM, 0, 1 },
    { PSA_KEY_TYPE_AES, 0, 0, 1 },
};

static psa_status_t expected_status(int permitted)
{
    if (permitted < 0)
        return PSA_ERROR_INVALID_ARGUMENT;
    return permitted ? PSA_SUCCESS : PSA_ERROR_NOT_PERMITTED;
}

START_TEST(permitted_algorithm)
{
    /* Ensures that a policy permits the algorithms it names, no others, and no wildcard. */
    struct ks_key key = { .type = permissions[_i].type, .usage = PSA_KEY_USAGE_SIGN_MESSAGE,
                          .alg = permissions[_i].policy };
    ck_assert_int_eq(ks_policy_permits(&key, PSA_KEY_USAGE_SIGN_MESSAGE, permissions[_i].asked),
                     expected_status(permissions[_i].permitted));
}
END_TEST

START_TEST(enrollment_algorithm)
{
    /* Ensures that the enrollment algorithm permits what it would as the permitted algorithm. */
    struct ks_key key = { .type = permissions[_i].type, .usage = PSA_KEY_USAGE_SIGN_MESSAGE,
                          .alg = PSA_ALG_STREAM_CIPHER, .alg2 = permissions[_i].policy };
    ck_assert_int_eq(ks_policy_permits(&key, PSA_KEY_USAGE_SIGN_MESSAGE, permissions[_i].asked),
                     expected_status(permissions[_i].permitted));
}
END_TEST

START_TEST(missing_usage)
{
    /* Ensures that a usage that the key lacks is refused first, whatever the algorithm. */
    struct ks_key key = { .type = permissions[_i].type, .usage = PSA_KEY_USAGE_VERIFY_MESSAGE,
                          .alg = permissions[_i].policy };
    ck_assert_int_eq(ks_policy_permits(&key, PSA_KEY_USAGE_SIGN_MESSAGE, permissions[_i].asked),
                     PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(ks_policy_permits(&key, PSA_KEY_USAGE_VERIFY_MESSAGE | PSA_KEY_USAGE_COPY,
                                       permissions[_i].asked),
                     PSA_ERROR_NOT_PERMITTED);
}
END_TEST

START_TEST(export_of_public_keys)
{
    /* Ensures that a public key may always be exported, and no other key without the usage. */
    struct ks_key key = { .type = PSA_KEY_TYPE_RSA_PUBLIC_KEY };
    ck_assert_int_eq(ks_policy_permits(&key, PSA_KEY_USAGE_EXPORT, 0), PSA_SUCCESS);
    ck_assert_int_eq(ks_policy_permits(&key, PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_COPY, 0),
                     PSA_ERROR_NOT_PERMITTED);
    key.type = PSA_KEY_TYPE_RSA_KEY_PAIR;
    ck_assert_int_eq(ks_policy_permits(&key, PSA_KEY_USAGE_EXPORT, 0), PSA_ERROR_NOT_PERMITTED);
    key.type = PSA_KEY_TYPE_RAW_DATA;
    ck_assert_int_eq(ks_policy_permits(&key, PSA_KEY_USAGE_EXPORT, 0), PSA_ERROR_NOT_PERMITTED);
}
END_TEST

START_TEST(unknown_usage)
{
    /* Ensures that each usage flag that the installed header defines is taken, and no other bit. */
    psa_key_usage_t known = 0x7f03;
#ifdef PSA_KEY_USAGE_VERIFY_DERIVATION
    known |= 0x8000;
#endif
    for (int bit = 0; bit < 32; bit++) {
        psa_key_usage_t usage = (psa_key_usage_t) 1 << bit;
        ck_assert_int_eq(ks_policy_check_usage(usage | PSA_KEY_USAGE_EXPORT),
                         usage & known ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT);
    }
    ck_assert_int_eq(ks_policy_check_usage(0), PSA_SUCCESS);
}
END_TEST

START_TEST(implied_usage)
{
    /* Ensures that a key for hashes may be used for messages too, and nothing else is implied. */
    ck_assert_uint_eq(ks_policy_extend_usage(PSA_KEY_USAGE_SIGN_HASH),
                      PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_SIGN_MESSAGE);
    ck_assert_uint_eq(ks_policy_extend_usage(PSA_KEY_USAGE_VERIFY_HASH),
                      PSA_KEY_USAGE_VERIFY_HASH | PSA_KEY_USAGE_VERIFY_MESSAGE);
    for (int bit = 0; bit < 32; bit++) {
        psa_key_usage_t usage = (psa_key_usage_t) 1 << bit;
        if (usage != PSA_KEY_USAGE_SIGN_HASH && usage != PSA_KEY_USAGE_VERIFY_HASH)
            ck_assert_uint_eq(ks_policy_extend_usage(usage), usage);
    }
}
END_TEST

/* What is permitted by both; 0 is nothing. */
static const struct {
    psa_key_type_t type;
    psa_algorithm_t a, b, both;
} intersections[] = {
    { PSA_KEY_TYPE_HMAC, HMAC256, HMAC256, HMAC256 },
    { PSA_KEY_TYPE_HMAC, HMAC256, HMAC512, 0 },
    { PSA_KEY_TYPE_HMAC, HMAC256, 0, 0 },
    { PSA_KEY_TYPE_HMAC, HMAC256, PSA_ALG_HKDF(PSA_ALG_SHA_256), 0 },
    { PSA_KEY_TYPE_HMAC, HMAC256, LEAST(HMAC256, 16), HMAC256 },
    { PSA_KEY_TYPE_HMAC, HMAC256, CUT(HMAC256, 32), CUT(HMAC256, 32) },
    { PSA_KEY_TYPE_HMAC, HMAC256, CUT(HMAC256, 16), 0 },
    { PSA_KEY_TYPE_HMAC, CUT(HMAC256, 8), LEAST(HMAC256, 16), 0 },
    { PSA_KEY_TYPE_HMAC, CUT(HMAC256, 20), LEAST(HMAC256, 16), CUT(HMAC256, 20) },
    { PSA_KEY_TYPE_HMAC, LEAST(HMAC256, 8), LEAST(HMAC256, 16), LEAST(HMAC256, 16) },
    { PSA_KEY_TYPE_HMAC, LEAST(HMAC256, 0), LEAST(HMAC256, 16), LEAST(HMAC256, 32) },
    { PSA_KEY_TYPE_HMAC, LEAST(HMAC512, 64), LEAST(HMAC512, 63), LEAST(HMAC512, 64) },
    { PSA_KEY_TYPE_RAW_DATA, HMAC256, LEAST(HMAC256, 16), 0 },
    { PSA_KEY_TYPE_AES, PSA_ALG_CMAC, LEAST(PSA_ALG_CMAC, 4), PSA_ALG_CMAC },
    { PSA_KEY_TYPE_AES, PSA_ALG_CMAC, LEAST(PSA_ALG_CBC_MAC, 4), 0 },
    { PSA_KEY_TYPE_AES, PSA_ALG_GCM, LEAST_TAG(PSA_ALG_GCM, 12), PSA_ALG_GCM },
    { PSA_KEY_TYPE_AES, TAG(PSA_ALG_GCM, 4), LEAST_TAG(PSA_ALG_GCM, 12), 0 },
    { PSA_KEY_TYPE_AES, PSA_ALG_GCM, TAG(PSA_ALG_GCM, 12), 0 },
    { PSA_KEY_TYPE_AES, PSA_ALG_CCM, LEAST_TAG(PSA_ALG_GCM, 12), 0 },
    { PSA_KEY_TYPE_AES, LEAST_TAG(PSA_ALG_GCM, 4), LEAST_TAG(PSA_ALG_GCM, 12),
      LEAST_TAG(PSA_ALG_GCM, 12) },
    { NISTP, ECDSA(PSA_ALG_ANY_HASH), ECDSA(PSA_ALG_SHA_256), ECDSA(PSA_ALG_SHA_256) },
    { NISTP, ECDSA(PSA_ALG_SHA_512), ECDSA(PSA_ALG_SHA_256), 0 },
    { NISTP, PSA_ALG_ECDH, ECDH_THEN(PSA_ALG_SHA_256), 0 },
};

START_TEST(intersection)
{
    /* Ensures that two algorithms have the intersection that the table names, in either order. */
    ck_assert_uint_eq(ks_policy_intersect(intersections[_i].type, intersections[_i].a,
                                          intersections[_i].b),
                      intersections[_i].both);
    ck_assert_uint_eq(ks_policy_intersect(intersections[_i].type, intersections[_i].b,
                                          intersections[_i].a),
                      intersections[_i].both);
}
END_TEST

START_TEST(restriction)
{
    /* Ensures that a copy gets the usages of both sides and each algorithm's intersection. */
    const struct ks_key source = { .type = PSA_KEY_TYPE_HMAC, .alg = LEAST(HMAC256, 8),
                                   .alg2 = HMAC512,
                                   .usage = PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_COPY };
    struct ks_policy wanted = { .usage = PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_EXPORT,
                                .alg = CUT(HMAC256, 16), .alg2 = HMAC512 };
    ck_assert_int_eq(ks_policy_restrict(&source, &wanted), PSA_SUCCESS);
    ck_assert_uint_eq(wanted.usage, PSA_KEY_USAGE_SIGN_MESSAGE);
    ck_assert_uint_eq(wanted.alg, CUT(HMAC256, 16));
    ck_assert_uint_eq(wanted.alg2, HMAC512);
}
END_TEST

START_TEST(restriction_without_algorithm)
{
    /* Ensures that a copy has no algorithm where one side names none. */
    const struct ks_key source = { .type = PSA_KEY_TYPE_HMAC, .alg = HMAC256, .usage = 3 };
    struct ks_policy wanted = { .usage = 3, .alg = 0, .alg2 = HMAC512 };
    ck_assert_int_eq(ks_policy_restrict(&source, &wanted), PSA_SUCCESS);
    ck_assert_uint_eq(wanted.usage, 3);
    ck_assert_uint_eq(wanted.alg, 0);
    ck_assert_uint_eq(wanted.alg2, 0);
}
END_TEST

START_TEST(restriction_to_nothing)
{
    /* Ensures that contradicting algorithms are refused, and the wanted policy left as it was. */
    const struct ks_key source = { .type = PSA_KEY_TYPE_HMAC, .alg = HMAC256, .alg2 = HMAC256,
                                   .usage = PSA_KEY_USAGE_COPY };
    struct ks_policy first = { .usage = 3, .alg = HMAC512 };
    struct ks_policy second = { .usage = 3, .alg = HMAC256, .alg2 = HMAC512 };
    ck_assert_int_eq(ks_policy_restrict(&source, &first), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_uint_eq(first.usage, 3);
    ck_assert_uint_eq(first.alg, HMAC512);
    ck_assert_int_eq(ks_policy_restrict(&source, &second), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_uint_eq(second.usage, 3);
    ck_assert_uint_eq(second.alg2, HMAC512);
}
END_TEST

static Suite *make_policy_suite(void)
{
    Suite *suite = suite_create("key policies");
    TCase *use = tcase_create("use");
    TCase *creation = tcase_create("creation and copy");

    suite_add_tcase(suite, use);
    tcase_add_loop_test(use, permitted_algorithm, 0, COUNT(permissions));
    tcase_add_loop_test(use, enrollment_algorithm, 0, COUNT(permissions));
    tcase_add_loop_test(use, missing_usage, 0, COUNT(permissions));
    tcase_add_test(use, export_of_public_keys);
    suite_add_tcase(suite, creation);
    tcase_add_test(creation, unknown_usage);
    tcase_add_test(creation, implied_usage);
    tcase_add_loop_test(creation, intersection, 0, COUNT(intersections));
    tcase_add_test(creation, restriction);
    tcase_add_test(creation, restriction_without_algorithm);
    tcase_add_test(creation, restriction_to_nothing);
    return suite;
}

int main(void)
{
    return run_suite(make_policy_suite());
}
