/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What the tests of key management share. Assertions are made in the calling test's thread. */
#ifndef TESTS_API_KEYS_H
#define TESTS_API_KEYS_H

#include <check.h>
#include <keyshard/keyshard.h>
#include <psa/crypto.h>
#include <string.h>

#define HMAC256 PSA_ALG_HMAC(PSA_ALG_SHA_256)
#define ANY_USAGE ((psa_key_usage_t) 0x7f03) /* every flag that both versions of Mbed TLS know */
#define NO_KEY ((psa_key_id_t) 0x7ffe5555)   /* in the vendor range; no test makes so many keys */

/* 32 bytes that any type of up to 256 bits may be made of. */
static const uint8_t material[32] = {
    2,  4,  7,  8,  11, 13, 14, 16, 19, 21, 22, 25, 26, 28, 31, 32,
    35, 37, 38, 41, 42, 44, 47, 49, 50, 52, 55, 56, 59, 61, 62, 64,
};

static inline void set_up(void)
{
    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
}

/* Also so that a leak checker, which does not look into secret memory, finds nothing lost there. */
static inline void tear_down(void)
{
    mbedtls_psa_crypto_free();
}

static inline psa_key_attributes_t make_attributes(psa_key_type_t type, psa_key_usage_t usage,
                                                   psa_algorithm_t alg)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_set_key_type(&attributes, type);
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, alg);
    return attributes;
}

/* A key of the first length bytes of material. */
static inline psa_key_id_t import_key(psa_key_type_t type, size_t length, psa_key_usage_t usage,
                                      psa_algorithm_t alg)
{
    psa_key_attributes_t attributes = make_attributes(type, usage, alg);
    psa_key_id_t key = 0;

    ck_assert_int_eq(psa_import_key(&attributes, material, length, &key), PSA_SUCCESS);
    ck_assert_uint_ne(key, 0);
    return key;
}

/* Any key that may be copied and exported. */
static inline psa_key_id_t import_raw(void)
{
    return import_key(PSA_KEY_TYPE_RAW_DATA, 16, PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_COPY, 0);
}

static inline uint64_t count_keys(void)
{
    keyshard_stats_t stats;

    ck_assert_int_eq(keyshard_get_stats(&stats, sizeof stats), PSA_SUCCESS);
    return stats.keys;
}

/* Checks that attributes are as PSA_KEY_ATTRIBUTES_INIT makes them. */
static inline void check_initial(const psa_key_attributes_t *attributes)
{
    ck_assert_uint_eq(psa_get_key_type(attributes), 0);
    ck_assert_uint_eq(psa_get_key_bits(attributes), 0);
    ck_assert_uint_eq(psa_get_key_lifetime(attributes), PSA_KEY_LIFETIME_VOLATILE);
    ck_assert_uint_eq(psa_get_key_id(attributes), 0);
    ck_assert_uint_eq(psa_get_key_usage_flags(attributes), 0);
    ck_assert_uint_eq(psa_get_key_algorithm(attributes), 0);
    ck_assert_uint_eq(psa_get_key_enrollment_algorithm(attributes), 0);
}

/* Checks that each function that gets an id, but for destroy, close and purge, gives this status,
 * leaves no output that could be taken for one, and the store as it was. */
static inline void check_uses(psa_key_id_t key, psa_status_t expected)
{
    const psa_key_attributes_t nothing = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_AES, ANY_USAGE, PSA_ALG_GCM);
    uint64_t before = count_keys();
    uint8_t output[64];
    size_t length = 99;
    psa_key_id_t copy = 99;
    keyshard_shard_t owner = 99;

    ck_assert_int_eq(psa_get_key_attributes(key, &attributes), expected);
    check_initial(&attributes);
    ck_assert_int_eq(psa_export_key(key, output, sizeof output, &length), expected);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(psa_copy_key(key, &nothing, &copy), expected);
    ck_assert_uint_eq(copy, 0);
    ck_assert_int_eq(psa_mac_compute(key, HMAC256, material, 3, output, sizeof output, &length),
                     expected);
    ck_assert_int_eq(psa_mac_verify(key, HMAC256, material, 3, output, 32), expected);
    ck_assert_int_eq(psa_aead_encrypt(key, PSA_ALG_GCM, material, 12, material, 3, material, 3,
                                      output, sizeof output, &length),
                     expected);
    ck_assert_int_eq(psa_aead_decrypt(key, PSA_ALG_GCM, material, 12, material, 3, material, 32,
                                      output, sizeof output, &length),
                     expected);
    ck_assert_int_eq(psa_cipher_encrypt(key, PSA_ALG_CTR, material, 3, output, sizeof output,
                                        &length),
                     expected);
    ck_assert_int_eq(psa_cipher_decrypt(key, PSA_ALG_CTR, material, 32, output, sizeof output,
                                        &length),
                     expected);
    ck_assert_int_eq(keyshard_owner(key, &owner), expected);
    ck_assert_uint_eq(owner, 0);
    ck_assert_int_eq(keyshard_replace_key(key, material, 16), expected);
    ck_assert_uint_eq(count_keys(), before);
}

#endif
