/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Each status that the specification names for each function of key management, as far as it can
 * come about: keyshard has no storage, no secure element and no persistent keys yet. Bad input
 * leaves the store as it was: the fixture counts keys. Edge cases are in compatibility.c. */

#include "../runner.h"
#include "keys.h"

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))
#define GCM12 PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 12)

/* One key of each type served, and an algorithm for it. */
static const struct {
    psa_key_type_t type;
    size_t length;
    psa_algorithm_t alg;
} types[] = {
    { PSA_KEY_TYPE_RAW_DATA, 11, 0 },
    { PSA_KEY_TYPE_HMAC, 32, HMAC256 },
    { PSA_KEY_TYPE_DERIVE, 32, PSA_ALG_HKDF(PSA_ALG_SHA_256) },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_GCM },
    { PSA_KEY_TYPE_AES, 24, PSA_ALG_CTR },
    { PSA_KEY_TYPE_AES, 32, PSA_ALG_CMAC },
    { PSA_KEY_TYPE_CAMELLIA, 16, PSA_ALG_CCM },
    { PSA_KEY_TYPE_DES, 8, PSA_ALG_CBC_NO_PADDING },
    { PSA_KEY_TYPE_DES, 16, PSA_ALG_CBC_NO_PADDING },
    { PSA_KEY_TYPE_DES, 24, PSA_ALG_CBC_NO_PADDING },
    { PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_CHACHA20_POLY1305 },
};

/* Keys that the running test should have left. */
static uint64_t keys_left;

static void start(void)
{
    set_up();
    keys_left = 0;
}

static void finish(void)
{
    ck_assert_uint_eq(count_keys(), keys_left);
    tear_down();
    ck_assert_uint_eq(count_keys(), 0);
}

static psa_key_id_t add_key(psa_key_type_t type, size_t length, psa_key_usage_t usage,
                            psa_algorithm_t alg)
{
    keys_left++;
    return import_key(type, length, usage, alg);
}

/* --- creation --- */

START_TEST(import_success)
{
    /* Ensures that an imported key of each type has its attributes and exports its material. */
    psa_key_attributes_t attributes = make_attributes(types[_i].type, ANY_USAGE, types[_i].alg);
    uint8_t output[32];
    size_t length = 0;
    psa_key_id_t key = 0;
    psa_set_key_enrollment_algorithm(&attributes, PSA_ALG_CBC_PKCS7);
    ck_assert_int_eq(psa_import_key(&attributes, material, types[_i].length, &key), PSA_SUCCESS);
    keys_left = 1;
    psa_reset_key_attributes(&attributes);
    ck_assert_int_eq(psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_id(&attributes), key);
    ck_assert_uint_eq(psa_get_key_lifetime(&attributes), PSA_KEY_LIFETIME_VOLATILE);
    ck_assert_uint_eq(psa_get_key_type(&attributes), types[_i].type);
    ck_assert_uint_eq(psa_get_key_bits(&attributes), types[_i].length * 8);
    ck_assert_uint_eq(psa_get_key_usage_flags(&attributes), ANY_USAGE);
    ck_assert_uint_eq(psa_get_key_algorithm(&attributes), types[_i].alg);
    ck_assert_uint_eq(psa_get_key_enrollment_algorithm(&attributes), PSA_ALG_CBC_PKCS7);
    ck_assert_int_eq(psa_export_key(key, output, sizeof output, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, types[_i].length);
    ck_assert_mem_eq(output, material, length);
}
END_TEST

START_TEST(generate_success)
{
    /* Ensures that two generated keys of each type have the size asked for and differ. */
    psa_key_attributes_t attributes = make_attributes(types[_i].type, ANY_USAGE, types[_i].alg);
    uint8_t output[2][32] = { { 0 } };
    psa_key_id_t key = 0;
    psa_set_key_bits(&attributes, types[_i].length * 8);
    for (int n = 0; n < 2; n++) {
        size_t length = 0;
        ck_assert_int_eq(psa_generate_key(&attributes, &key), PSA_SUCCESS);
        ck_assert_int_eq(psa_export_key(key, output[n], 32, &length), PSA_SUCCESS);
        ck_assert_uint_eq(length, types[_i].length);
    }
    keys_left = 2;
    ck_assert_int_ne(memcmp(output[0], output[1], 32), 0);
    ck_assert_int_eq(psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_type(&attributes), types[_i].type);
    ck_assert_uint_eq(psa_get_key_bits(&attributes), types[_i].length * 8);
    ck_assert_uint_eq(psa_get_key_usage_flags(&attributes), ANY_USAGE);
    ck_assert_uint_eq(psa_get_key_algorithm(&attributes), types[_i].alg);
}
END_TEST

/* What makes a creation fail, for keys of 16 bytes. */
static const struct {
    psa_key_type_t type;
    psa_key_usage_t usage;
    psa_key_lifetime_t lifetime;
    psa_status_t status;
} refusals[] = {
    { 0, 3, 0, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_DH_KEY_PAIR(PSA_DH_FAMILY_RFC7919), 3, 0, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_RAW_DATA, 3, PSA_KEY_LIFETIME_PERSISTENT, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_CHACHA20, 3, 0, PSA_ERROR_INVALID_ARGUMENT },
    { PSA_KEY_TYPE_RAW_DATA, 4, 0, PSA_ERROR_INVALID_ARGUMENT },
    { PSA_KEY_TYPE_RAW_DATA, 3, 0x100, PSA_ERROR_INVALID_ARGUMENT },
};

START_TEST(creation_refused)
{
    /* Ensures that bad attributes give their status from import and generation, and no key. */
    psa_key_attributes_t attributes = make_attributes(refusals[_i].type, refusals[_i].usage, 0);
    psa_key_id_t key = 99;
    psa_set_key_lifetime(&attributes, refusals[_i].lifetime);
    ck_assert_int_eq(psa_import_key(&attributes, material, 16, &key), refusals[_i].status);
    ck_assert_uint_eq(key, 0);
    psa_set_key_bits(&attributes, 128);
    key = 99;
    ck_assert_int_eq(psa_generate_key(&attributes, &key), refusals[_i].status);
    ck_assert_uint_eq(key, 0);
}
END_TEST

START_TEST(copy_success)
{
    /* Ensures that a copy has the source's material and outlives it. */
    psa_key_id_t key = add_key(types[_i].type, types[_i].length, ANY_USAGE, types[_i].alg);
    psa_key_attributes_t attributes = make_attributes(0, PSA_KEY_USAGE_EXPORT, types[_i].alg);
    uint8_t output[32];
    size_t length = 0;
    psa_key_id_t copy = 0;
    ck_assert_int_eq(psa_copy_key(key, &attributes, &copy), PSA_SUCCESS);
    ck_assert_uint_ne(copy, key);
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
    ck_assert_int_eq(psa_export_key(copy, output, sizeof output, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, types[_i].length);
    ck_assert_mem_eq(output, material, length);
    ck_assert_int_eq(psa_get_key_attributes(copy, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_type(&attributes), types[_i].type);
    ck_assert_uint_eq(psa_get_key_bits(&attributes), types[_i].length * 8);
    ck_assert_uint_eq(psa_get_key_usage_flags(&attributes), PSA_KEY_USAGE_EXPORT);
    ck_assert_uint_eq(psa_get_key_algorithm(&attributes), types[_i].alg);
}
END_TEST

START_TEST(copy_refused)
{
    /* Ensures that a copy fails with the status of its cause and leaves no key. */
    psa_key_id_t fixed = add_key(PSA_KEY_TYPE_AES, 16, PSA_KEY_USAGE_EXPORT, PSA_ALG_GCM);
    psa_key_id_t source = add_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, PSA_ALG_GCM);
    psa_key_attributes_t attributes = make_attributes(0, 3, PSA_ALG_GCM);
    psa_key_id_t copy = 99;
    ck_assert_int_eq(psa_copy_key(NO_KEY, &attributes, &copy), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_copy_key(fixed, &attributes, &copy), PSA_ERROR_NOT_PERMITTED);
    psa_set_key_algorithm(&attributes, PSA_ALG_CCM);
    ck_assert_int_eq(psa_copy_key(source, &attributes, &copy), PSA_ERROR_INVALID_ARGUMENT);
    psa_set_key_algorithm(&attributes, PSA_ALG_GCM);
    psa_set_key_bits(&attributes, 256);
    ck_assert_int_eq(psa_copy_key(source, &attributes, &copy), PSA_ERROR_INVALID_ARGUMENT);
    psa_set_key_bits(&attributes, 0);
    psa_set_key_lifetime(&attributes, 0x100);
    ck_assert_int_eq(psa_copy_key(source, &attributes, &copy), PSA_ERROR_INVALID_ARGUMENT);
    psa_set_key_lifetime(&attributes, PSA_KEY_LIFETIME_PERSISTENT);
    psa_set_key_id(&attributes, 1);
    ck_assert_int_eq(psa_copy_key(source, &attributes, &copy), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_uint_eq(copy, 0);
}
END_TEST

/* --- attributes, export, destruction --- */

START_TEST(attributes_status)
{
    /* Ensures that attributes are read of keys that exist, and of no others. */
    psa_key_id_t key = add_key(PSA_KEY_TYPE_AES, 16, 0, PSA_ALG_GCM);
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    ck_assert_int_eq(psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_usage_flags(&attributes), 0);
    ck_assert_int_eq(psa_get_key_attributes(NO_KEY, &attributes), PSA_ERROR_INVALID_HANDLE);
    check_initial(&attributes);
}
END_TEST

START_TEST(attributes_reset)
{
    /* Ensures that reset attributes are as initialised, however they were filled in. */
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_AES, 3, PSA_ALG_GCM);
    psa_key_id_t key = add_key(PSA_KEY_TYPE_AES, 16, 3, PSA_ALG_GCM);
    psa_set_key_id(&attributes, 7);
    psa_set_key_bits(&attributes, 128);
    psa_set_key_enrollment_algorithm(&attributes, PSA_ALG_CCM);
    psa_reset_key_attributes(&attributes);
    check_initial(&attributes);
    ck_assert_int_eq(psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
    psa_reset_key_attributes(&attributes);
    check_initial(&attributes);
}
END_TEST

START_TEST(export_status)
{
    /* Ensures that export needs a key, the usage and room, and gives the statuses of their want. */
    psa_key_id_t key = add_key(PSA_KEY_TYPE_AES, 16, PSA_KEY_USAGE_EXPORT, PSA_ALG_GCM);
    psa_key_id_t fixed = add_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE & ~PSA_KEY_USAGE_EXPORT, 0);
    uint8_t output[17];
    size_t length = 99;
    memset(output, 0x5a, sizeof output);
    ck_assert_int_eq(psa_export_key(NO_KEY, output, 17, &length), PSA_ERROR_INVALID_HANDLE);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(psa_export_key(fixed, output, 17, &length), PSA_ERROR_NOT_PERMITTED);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(psa_export_key(key, output, 15, &length), PSA_ERROR_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(psa_export_key(key, output, 17, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, 16);
    ck_assert_mem_eq(output, material, 16);
    ck_assert_uint_eq(output[16], 0x5a);
}
END_TEST

START_TEST(destroy_status)
{
    /* Ensures that destroy and close succeed for a key and for 0, and for no other id. */
    psa_key_id_t first = import_raw(), second = import_raw();
    ck_assert_int_eq(psa_destroy_key(first), PSA_SUCCESS);
    ck_assert_int_eq(psa_close_key(second), PSA_SUCCESS);
    ck_assert_int_eq(psa_destroy_key(first), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_close_key(first), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_destroy_key(second), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_destroy_key(NO_KEY), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_close_key(NO_KEY), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_destroy_key(0), PSA_SUCCESS);
    ck_assert_int_eq(psa_close_key(0), PSA_SUCCESS);
}
END_TEST

START_TEST(purge_status)
{
    /* Ensures that purge succeeds for a key that exists, which stays, and for no other id. */
    psa_key_id_t key = add_key(PSA_KEY_TYPE_RAW_DATA, 16, PSA_KEY_USAGE_EXPORT, 0);
    uint8_t output[16];
    size_t length = 0;
    ck_assert_int_eq(psa_purge_key(key), PSA_SUCCESS);
    ck_assert_int_eq(psa_purge_key(key), PSA_SUCCESS);
    ck_assert_int_eq(psa_export_key(key, output, 16, &length), PSA_SUCCESS);
    ck_assert_mem_eq(output, material, 16);
    ck_assert_int_eq(psa_purge_key(NO_KEY), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_purge_key(0), PSA_ERROR_INVALID_HANDLE);
}
END_TEST

START_TEST(random_status)
{
    /* Ensures that random bytes are given, other ones each time. */
    uint8_t output[2][32] = { { 0 } };
    ck_assert_int_eq(psa_generate_random(output[0], 32), PSA_SUCCESS);
    ck_assert_int_eq(psa_generate_random(output[1], 32), PSA_SUCCESS);
    ck_assert_int_ne(memcmp(output[0], output[1], 32), 0);
}
END_TEST

#define PIECES 300

static int order_of_words(const void *a, const void *b)
{
    return memcmp(a, b, 8);
}

START_TEST(random_pieces)
{
    /* Ensures that no eight bytes come twice, whatever sizes are asked for one after the other, and
     * that as many are written as were asked for. */
    static const size_t sizes[] = { 16, 1, 64, 65, 256, 7, 1024, 1025, 2000, 63, 0, 255, 32 };
    static uint8_t drawn[PIECES * 500];
    static uint8_t windows[PIECES * 500][8];
    size_t length = 0;

    for (int i = 0; i < PIECES; i++) {
        size_t size = sizes[(i * 5 + i / 13) % 13];
        uint8_t output[2008];
        memset(output, 0xa5, sizeof output);
        ck_assert_int_eq(psa_generate_random(output, size), PSA_SUCCESS);
        for (size_t k = size; k < sizeof output; k++)
            ck_assert_uint_eq(output[k], 0xa5);
        ck_assert_uint_le(length + size, sizeof drawn);
        memcpy(drawn + length, output, size);
        length += size;
    }
    for (size_t k = 0; k + 8 <= length; k++)
        memcpy(windows[k], drawn + k, 8);
    qsort(windows, length - 7, 8, order_of_words);
    for (size_t k = 1; k < length - 7; k++)
        ck_assert_int_ne(memcmp(windows[k - 1], windows[k], 8), 0);
}
END_TEST

#ifdef PSA_KEY_TYPE_ARC4
/* Ensures that an ARC4 key which its policy ties to a mode of block ciphers decrypts nothing. */
START_TEST(arc4_in_a_block_mode)
{
    static const uint8_t message[32] = "sixteen bytes, and twice as many";
    static const psa_algorithm_t algs[] = { PSA_ALG_CBC_NO_PADDING, PSA_ALG_ECB_NO_PADDING };
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = PSA_KEY_ID_NULL;
    uint8_t output[48];
    size_t length;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_ARC4);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DECRYPT);
    for (size_t i = 0; i < 2; i++) {
        psa_set_key_algorithm(&attributes, algs[i]);
        ck_assert_int_eq(psa_import_key(&attributes, message, 16, &key), PSA_SUCCESS);
        ck_assert_int_ne(psa_cipher_decrypt(key, algs[i], message, sizeof message, output,
                                            sizeof output, &length), PSA_SUCCESS);
        ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
    }
}
END_TEST
#endif

START_TEST(init_and_free)
{
    /* Ensures that init succeeds again and again, before and after free, which may come twice. */
    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    mbedtls_psa_crypto_free();
    mbedtls_psa_crypto_free();
    for (int i = 0; i < 20; i++) {
        psa_key_id_t key = 0;
        ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
        key = import_raw();
        ck_assert_uint_eq(count_keys(), 1);
        mbedtls_psa_crypto_free();
        ck_assert_uint_eq(count_keys(), 0);
        ck_assert_int_eq(psa_destroy_key(key), PSA_ERROR_BAD_STATE);
    }
}
END_TEST

/* --- one-shot operations: keys and policies --- */

/* A key, and an algorithm asked for. */
struct request {
    psa_key_type_t type;
    size_t length;
    psa_key_usage_t usage;
    psa_algorithm_t policy, alg;
    psa_status_t status;
};

#define SIGN PSA_KEY_USAGE_SIGN_MESSAGE
#define VERIFY PSA_KEY_USAGE_VERIFY_MESSAGE
#define ENCRYPT PSA_KEY_USAGE_ENCRYPT
#define DECRYPT PSA_KEY_USAGE_DECRYPT

static const struct request mac_requests[] = {
    { PSA_KEY_TYPE_HMAC, 32, SIGN | VERIFY, HMAC256, HMAC256, PSA_SUCCESS },
    { PSA_KEY_TYPE_HMAC, 32, PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH, HMAC256, HMAC256,
      PSA_SUCCESS },
    { PSA_KEY_TYPE_AES, 16, SIGN | VERIFY, PSA_ALG_CMAC, PSA_ALG_CMAC, PSA_SUCCESS },
    { PSA_KEY_TYPE_HMAC, 32, ANY_USAGE & ~0x3c00u, HMAC256, HMAC256, PSA_ERROR_NOT_PERMITTED },
    { PSA_KEY_TYPE_HMAC, 32, SIGN | VERIFY, PSA_ALG_HMAC(PSA_ALG_SHA_512), HMAC256,
      PSA_ERROR_NOT_PERMITTED },
    { PSA_KEY_TYPE_HMAC, 32, SIGN | VERIFY, HMAC256, PSA_ALG_TRUNCATED_MAC(HMAC256, 16),
      PSA_ERROR_NOT_PERMITTED },
    { PSA_KEY_TYPE_HMAC, 32, SIGN | VERIFY, 0, HMAC256, PSA_ERROR_NOT_PERMITTED },
    { PSA_KEY_TYPE_AES, 16, SIGN | VERIFY, PSA_ALG_GCM, PSA_ALG_CMAC, PSA_ERROR_NOT_PERMITTED },
    { PSA_KEY_TYPE_AES, 16, SIGN | VERIFY, HMAC256, HMAC256, PSA_ERROR_INVALID_ARGUMENT },
    { PSA_KEY_TYPE_AES, 16, SIGN | VERIFY, PSA_ALG_GCM, PSA_ALG_GCM, PSA_ERROR_INVALID_ARGUMENT },
};

START_TEST(mac_policy)
{
    /* Ensures that a MAC is computed and verified if the key's policy permits both. */
    const struct request *r = &mac_requests[_i];
    psa_key_id_t key = add_key(r->type, r->length, r->usage, r->policy);
    uint8_t mac[64] = { 0 };
    size_t length = 16;
    ck_assert_int_eq(psa_mac_compute(key, r->alg, material, 7, mac, sizeof mac, &length),
                     r->status);
    if (r->status != PSA_SUCCESS)
        length = 16;
    ck_assert_int_eq(psa_mac_verify(key, r->alg, material, 7, mac, length), r->status);
}
END_TEST

START_TEST(mac_one_usage)
{
    /* Ensures that a key to compute does not verify, and the reverse. */
    psa_key_id_t signer = add_key(PSA_KEY_TYPE_HMAC, 32, SIGN, HMAC256);
    psa_key_id_t verifier = add_key(PSA_KEY_TYPE_HMAC, 32, VERIFY, HMAC256);
    uint8_t mac[32], other[32];
    size_t length = 0;
    ck_assert_int_eq(psa_mac_compute(signer, HMAC256, material, 7, mac, 32, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_verify(signer, HMAC256, material, 7, mac, 32),
                     PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(psa_mac_verify(verifier, HMAC256, material, 7, mac, 32), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_compute(verifier, HMAC256, material, 7, other, 32, &length),
                     PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_ne(memcmp(mac, other, 32), 0);
    mac[31] ^= 1;
    ck_assert_int_eq(psa_mac_verify(verifier, HMAC256, material, 7, mac, 32),
                     PSA_ERROR_INVALID_SIGNATURE);
    ck_assert_int_eq(psa_mac_verify(verifier, HMAC256, material, 7, mac, 31),
                     PSA_ERROR_INVALID_SIGNATURE);
}
END_TEST

static const struct request aead_requests[] = {
    { PSA_KEY_TYPE_AES, 16, ENCRYPT | DECRYPT, PSA_ALG_GCM, PSA_ALG_GCM, PSA_SUCCESS },
    { PSA_KEY_TYPE_CHACHA20, 32, ENCRYPT | DECRYPT, PSA_ALG_CHACHA20_POLY1305,
      PSA_ALG_CHACHA20_POLY1305, PSA_SUCCESS },
    { PSA_KEY_TYPE_AES, 16, ENCRYPT | DECRYPT,
      PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 12), GCM12, PSA_SUCCESS },
    { PSA_KEY_TYPE_AES, 16, ANY_USAGE & ~0x300u, PSA_ALG_GCM, PSA_ALG_GCM,
      PSA_ERROR_NOT_PERMITTED },
    { PSA_KEY_TYPE_AES, 16, ENCRYPT | DECRYPT, PSA_ALG_GCM, GCM12, PSA_ERROR_NOT_PERMITTED },
    { PSA_KEY_TYPE_AES, 16, ENCRYPT | DECRYPT, PSA_ALG_CCM, PSA_ALG_GCM, PSA_ERROR_NOT_PERMITTED },
    { PSA_KEY_TYPE_AES, 16, ENCRYPT | DECRYPT, 0, PSA_ALG_GCM, PSA_ERROR_NOT_PERMITTED },
    { PSA_KEY_TYPE_HMAC, 16, ENCRYPT | DECRYPT, PSA_ALG_GCM, PSA_ALG_GCM,
      PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_AES, 16, ENCRYPT | DECRYPT, PSA_ALG_CTR, PSA_ALG_CTR,
      PSA_ERROR_INVALID_ARGUMENT },
};

START_TEST(aead_policy)
{
    /* Ensures that an AEAD encrypts and decrypts if the key's policy permits both. */
    const struct request *r = &aead_requests[_i];
    psa_key_id_t key = add_key(r->type, r->length, r->usage, r->policy);
    uint8_t sealed[64] = { 0 }, plain[64];
    size_t length = 32;
    ck_assert_int_eq(psa_aead_encrypt(key, r->alg, material, 12, material, 5, material, 9, sealed,
                                      sizeof sealed, &length),
                     r->status);
    if (r->status != PSA_SUCCESS)
        length = 32;
    ck_assert_int_eq(psa_aead_decrypt(key, r->alg, material, 12, material, 5, sealed, length, plain,
                                      sizeof plain, &length),
                     r->status);
    if (r->status == PSA_SUCCESS)
        ck_assert_mem_eq(plain, material, 9);
}
END_TEST

START_TEST(aead_one_usage)
{
    /* Ensures that a key to encrypt does not decrypt, and the reverse. */
    psa_key_id_t sealer = add_key(PSA_KEY_TYPE_AES, 16, ENCRYPT, PSA_ALG_GCM);
    psa_key_id_t opener = add_key(PSA_KEY_TYPE_AES, 16, DECRYPT, PSA_ALG_GCM);
    uint8_t sealed[25], plain[25];
    size_t length = 0;
    ck_assert_int_eq(psa_aead_encrypt(opener, PSA_ALG_GCM, material, 12, NULL, 0, material, 9,
                                      sealed, 25, &length),
                     PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(psa_aead_encrypt(sealer, PSA_ALG_GCM, material, 12, NULL, 0, material, 9,
                                      sealed, 25, &length),
                     PSA_SUCCESS);
    ck_assert_int_eq(psa_aead_decrypt(sealer, PSA_ALG_GCM, material, 12, NULL, 0, sealed, 25, plain,
                                      25, &length),
                     PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(psa_aead_decrypt(opener, PSA_ALG_GCM, material, 12, NULL, 0, sealed, 25, plain,
                                      25, &length),
                     PSA_SUCCESS);
    ck_assert_mem_eq(plain, material, 9);
}
END_TEST

static const struct request cipher_requests[] = {
    { PSA_KEY_TYPE_AES, 16, ENCRYPT | DECRYPT, PSA_ALG_CTR, PSA_ALG_CTR, PSA_SUCCESS },
    { PSA_KEY_TYPE_DES, 24, ENCRYPT | DECRYPT, PSA_ALG_CBC_PKCS7, PSA_ALG_CBC_PKCS7, PSA_SUCCESS },
    { PSA_KEY_TYPE_AES, 16, ANY_USAGE & ~0x300u, PSA_ALG_CTR, PSA_ALG_CTR,
      PSA_ERROR_NOT_PERMITTED },
    { PSA_KEY_TYPE_AES, 16, ENCRYPT | DECRYPT, PSA_ALG_CBC_PKCS7, PSA_ALG_CBC_NO_PADDING,
      PSA_ERROR_NOT_PERMITTED },
    { PSA_KEY_TYPE_AES, 16, ENCRYPT | DECRYPT, 0, PSA_ALG_CTR, PSA_ERROR_NOT_PERMITTED },
    { PSA_KEY_TYPE_CHACHA20, 32, ENCRYPT | DECRYPT, PSA_ALG_CTR, PSA_ALG_CTR,
      PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_AES, 16, ENCRYPT | DECRYPT, PSA_ALG_GCM, PSA_ALG_GCM,
      PSA_ERROR_INVALID_ARGUMENT },
};

START_TEST(cipher_policy)
{
    /* Ensures that a cipher encrypts and decrypts if the key's policy permits both. */
    const struct request *r = &cipher_requests[_i];
    psa_key_id_t key = add_key(r->type, r->length, r->usage, r->policy);
    uint8_t hidden[64] = { 0 }, plain[64];
    size_t length = 32;
    ck_assert_int_eq(psa_cipher_encrypt(key, r->alg, material, 9, hidden, sizeof hidden, &length),
                     r->status);
    if (r->status != PSA_SUCCESS)
        length = 32;
    ck_assert_int_eq(psa_cipher_decrypt(key, r->alg, hidden, length, plain, sizeof plain, &length),
                     r->status);
    if (r->status == PSA_SUCCESS)
        ck_assert_mem_eq(plain, material, 9);
}
END_TEST

START_TEST(cipher_one_usage)
{
    /* Ensures that a key to encrypt does not decrypt, and the reverse. */
    psa_key_id_t hider = add_key(PSA_KEY_TYPE_AES, 16, ENCRYPT, PSA_ALG_CTR);
    psa_key_id_t reader = add_key(PSA_KEY_TYPE_AES, 16, DECRYPT, PSA_ALG_CTR);
    uint8_t hidden[25], plain[25];
    size_t length = 0;
    ck_assert_int_eq(psa_cipher_encrypt(reader, PSA_ALG_CTR, material, 9, hidden, 25, &length),
                     PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(psa_cipher_encrypt(hider, PSA_ALG_CTR, material, 9, hidden, 25, &length),
                     PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_decrypt(hider, PSA_ALG_CTR, hidden, 25, plain, 25, &length),
                     PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(psa_cipher_decrypt(reader, PSA_ALG_CTR, hidden, 25, plain, 25, &length),
                     PSA_SUCCESS);
    ck_assert_mem_eq(plain, material, 9);
}
END_TEST

START_TEST(bad_ids)
{
    /* Ensures that an id that names no key gives INVALID_HANDLE everywhere, with keys about. */
    static const psa_key_id_t ids[] = { 0, 1, PSA_KEY_ID_USER_MAX, NO_KEY,
                                        MBEDTLS_PSA_KEY_ID_BUILTIN_MIN, 0x80000001, UINT32_MAX };
    psa_key_id_t key = import_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, PSA_ALG_GCM);
    add_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, PSA_ALG_GCM);
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
    check_uses(key, PSA_ERROR_INVALID_HANDLE);
    for (int i = 0; i < COUNT(ids); i++)
        check_uses(ids[i], PSA_ERROR_INVALID_HANDLE);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);

    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, start, finish);
    return tc;
}

static Suite *make_status_suite(void)
{
    Suite *suite = suite_create("statuses");
    TCase *creation = add_case(suite, "creation");
    TCase *management = add_case(suite, "management");
    TCase *operations = add_case(suite, "operations");

    tcase_add_loop_test(creation, import_success, 0, COUNT(types));
    tcase_add_loop_test(creation, generate_success, 0, COUNT(types));
    tcase_add_loop_test(creation, creation_refused, 0, COUNT(refusals));
    tcase_add_loop_test(creation, copy_success, 0, COUNT(types));
    tcase_add_test(creation, copy_refused);
    tcase_add_test(management, attributes_status);
    tcase_add_test(management, attributes_reset);
    tcase_add_test(management, export_status);
    tcase_add_test(management, destroy_status);
    tcase_add_test(management, purge_status);
    tcase_add_test(management, random_status);
    tcase_add_test(management, random_pieces);
#ifdef PSA_KEY_TYPE_ARC4
    tcase_add_test(management, arc4_in_a_block_mode);
#endif
    tcase_add_test(management, init_and_free);
    tcase_add_loop_test(operations, mac_policy, 0, COUNT(mac_requests));
    tcase_add_test(operations, mac_one_usage);
    tcase_add_loop_test(operations, aead_policy, 0, COUNT(aead_requests));
    tcase_add_test(operations, aead_one_usage);
    tcase_add_loop_test(operations, cipher_policy, 0, COUNT(cipher_requests));
    tcase_add_test(operations, cipher_one_usage);
    tcase_add_test(operations, bad_ids);
    return suite;
}

int main(void)
{
    return run_suite(make_status_suite());
}
