/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Rows of docs/compatibility.md: signatures, asymmetric encryption, key agreement. */

#include "asymmetric.h"
#include "compatibility.h"

#define BAD PSA_ERROR_INVALID_ARGUMENT

static uint8_t output[256];
static size_t length;

static psa_status_t sign(psa_key_id_t key, psa_algorithm_t alg, size_t hash_length, size_t size)
{
    length = 99;
    return psa_sign_hash(key, alg, material, hash_length, output, size, &length);
}

static psa_status_t sign_message(psa_key_id_t key, psa_algorithm_t alg)
{
    length = 99;
    return psa_sign_message(key, alg, material, 3, output, sizeof output, &length);
}

/* The public half of a key pair, as a key of its own. */
static psa_key_id_t public_of(psa_key_id_t pair, psa_key_type_t type, psa_algorithm_t alg)
{
    uint8_t data[256];
    size_t data_length = 0;

    ck_assert_int_eq(psa_export_public_key(pair, data, sizeof data, &data_length), PSA_SUCCESS);
    return import_bytes(type, alg, data, data_length);
}

START_TEST(sign_by_public_key)
{
    /* Ensures that a public key verifies and does not sign, even if its usage says so. */
    psa_key_id_t pair = import_p256(ECDSA256), key = public_of(pair, P256_PUBLIC, ECDSA256);
    ck_assert_int_eq(sign(key, ECDSA256, 32, sizeof output), BAD);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(sign(pair, ECDSA256, 32, sizeof output), PSA_SUCCESS);
    ck_assert_int_eq(psa_verify_hash(key, ECDSA256, material, 32, output, 64), PSA_SUCCESS);
}
END_TEST

START_TEST(sign_without_room)
{
    /* Ensures that no room at all is found before the key is looked for, but after the algorithm;
     * too little room afterwards. */
    psa_key_id_t ecc = import_p256(ECDSA256), rsa = import_rsa(V15_256);
    ck_assert_int_eq(sign(NO_KEY, ECDSA256, 32, 0), PSA_ERROR_BUFFER_TOO_SMALL);
    ck_assert_int_eq(sign(NO_KEY, PSA_ALG_GCM, 32, 0), BAD);
    ck_assert_int_eq(sign(NO_KEY, ECDSA256, 32, 1), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(sign(ecc, ECDSA256, 32, 63), PSA_ERROR_BUFFER_TOO_SMALL);
    ck_assert_int_eq(sign(rsa, V15_256, 32, RSA_BYTES - 1), PSA_ERROR_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(sign(ecc, ECDSA256, 32, 64), PSA_SUCCESS);
    ck_assert_uint_eq(length, 64);
    ck_assert_int_eq(sign(rsa, V15_256, 32, RSA_BYTES), PSA_SUCCESS);
    ck_assert_uint_eq(length, RSA_BYTES);
}
END_TEST

START_TEST(sign_fills_the_room)
{
    /* Ensures that the room behind a signature, and all of it after a failure, is filled. */
    psa_key_id_t key = import_p256(ECDSA256);
    memset(output, 0, sizeof output);
    ck_assert_int_eq(sign(key, ECDSA256, 32, 100), PSA_SUCCESS);
    for (size_t i = 64; i < 101; i++)
        ck_assert_uint_eq(output[i], i < 100 ? '!' : 0);
    ck_assert_int_eq(sign(key, DETERMINISTIC256, 32, 100), PSA_ERROR_NOT_PERMITTED);
    for (size_t i = 0; i < 100; i++)
        ck_assert_uint_eq(output[i], '!');
}
END_TEST

START_TEST(sign_of_other_type)
{
    /* Ensures that a permitted algorithm is refused if it is not one of the key's type. */
    psa_key_id_t ecc = import_p256(V15_256), rsa = import_rsa(ECDSA256);
    psa_key_id_t raw = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, ECDSA256);
    ck_assert_int_eq(sign(ecc, V15_256, 32, sizeof output), BAD);
    ck_assert_int_eq(sign(rsa, ECDSA256, 32, sizeof output), BAD);
    ck_assert_int_eq(sign(raw, ECDSA256, 32, sizeof output), BAD);
    ck_assert_int_eq(psa_verify_hash(ecc, V15_256, material, 32, output, 64), BAD);
    ck_assert_int_eq(psa_verify_hash(rsa, ECDSA256, material, 32, output, RSA_BYTES), BAD);
    ck_assert_int_eq(psa_verify_hash(raw, ECDSA256, material, 32, output, 64),
                     PSA_ERROR_NOT_SUPPORTED);
}
END_TEST

START_TEST(sign_other_algorithm)
{
    /* Ensures that what is no signature algorithm is invalid, permitted or not. */
    const psa_algorithm_t others[] = { 0, PSA_ALG_GCM, HMAC256, PSA_ALG_SHA_256, PSA_ALG_ECDH,
                                       PSA_ALG_RSA_PKCS1V15_CRYPT };
    for (size_t i = 0; i < COUNT(others); i++) {
        psa_key_id_t key = import_p256(others[i]);
        ck_assert_int_eq(sign(key, others[i], 32, sizeof output), BAD);
        ck_assert_int_eq(sign_message(key, others[i]), BAD);
        ck_assert_uint_eq(length, 0);
        ck_assert_int_eq(psa_verify_hash(key, others[i], material, 32, output, 64), BAD);
        ck_assert_int_eq(psa_verify_message(key, others[i], material, 3, output, 64), BAD);
    }
}
END_TEST

START_TEST(sign_with_any_hash)
{
    /* Ensures that a policy for any hash permits each, and one with none for hashes alone, but that
     * no operation can be asked for any hash. */
    psa_key_id_t key = import_p256(PSA_ALG_ECDSA(PSA_ALG_ANY_HASH));
    ck_assert_int_eq(sign(key, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH), 32, sizeof output), BAD);
    ck_assert_int_eq(sign(key, ECDSA256, 32, sizeof output), PSA_SUCCESS);
    ck_assert_int_eq(sign(key, PSA_ALG_ECDSA(PSA_ALG_SHA_512), 32, sizeof output), PSA_SUCCESS);
    ck_assert_int_eq(sign(key, PSA_ALG_ECDSA_ANY, 32, sizeof output), PSA_SUCCESS);
    ck_assert_int_eq(sign(key, DETERMINISTIC256, 32, sizeof output), PSA_ERROR_NOT_PERMITTED);
    key = import_rsa(PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_ANY_HASH));
    ck_assert_int_eq(sign(key, V15_256, 32, sizeof output), PSA_SUCCESS);
    ck_assert_int_eq(sign(key, PSA_ALG_RSA_PKCS1V15_SIGN_RAW, 32, sizeof output), PSA_SUCCESS);
    ck_assert_int_eq(sign(key, PSS_256, 32, sizeof output), PSA_ERROR_NOT_PERMITTED);
}
END_TEST

START_TEST(sign_message_without_hash)
{
    /* Ensures that a message is signed only with an algorithm that says how it is hashed. */
    psa_key_id_t ecc = import_p256(PSA_ALG_ECDSA_ANY);
    psa_key_id_t rsa = import_rsa(PSA_ALG_RSA_PKCS1V15_SIGN_RAW);
    ck_assert_int_eq(sign_message(ecc, PSA_ALG_ECDSA_ANY), BAD);
    ck_assert_int_eq(sign_message(rsa, PSA_ALG_RSA_PKCS1V15_SIGN_RAW), BAD);
    ck_assert_int_eq(psa_verify_message(ecc, PSA_ALG_ECDSA_ANY, material, 3, output, 64), BAD);
}
END_TEST

START_TEST(sign_unknown_hash)
{
    /* Ensures that a hash that there is not is not supported, also where it would not be needed. */
    const psa_algorithm_t hash = PSA_ALG_CATEGORY_HASH | 0x77;
    psa_key_id_t key = import_p256(PSA_ALG_ECDSA(hash));
    ck_assert_int_eq(sign(key, PSA_ALG_ECDSA(hash), 32, sizeof output), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(sign_message(key, PSA_ALG_ECDSA(hash)), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(psa_verify_hash(key, PSA_ALG_ECDSA(hash), material, 32, output, 64),
                     PSA_ERROR_NOT_SUPPORTED);
}
END_TEST

START_TEST(hash_lengths)
{
    /* Ensures that RSA signs a hash of the algorithm's length only, and ECDSA any. */
    psa_key_id_t ecc = import_p256(ECDSA256), v15 = import_rsa(V15_256), pss = import_rsa(PSS_256);
    for (size_t n = 0; n <= 32; n++) {
        psa_status_t expected = n == 32 ? PSA_SUCCESS : BAD;
        ck_assert_int_eq(sign(v15, V15_256, n, sizeof output), expected);
        ck_assert_int_eq(sign(pss, PSS_256, n, sizeof output), expected);
        ck_assert_int_eq(sign(ecc, ECDSA256, n, sizeof output), PSA_SUCCESS);
        ck_assert_int_eq(psa_verify_hash(ecc, ECDSA256, material, n, output, 64), PSA_SUCCESS);
    }
    ck_assert_int_eq(psa_verify_hash(v15, V15_256, material, 31, output, RSA_BYTES), BAD);
}
END_TEST

START_TEST(raw_too_long)
{
    /* Ensures that RSA without a hash signs what leaves room for its padding of 11 bytes. */
    psa_key_id_t key = import_rsa(PSA_ALG_RSA_PKCS1V15_SIGN_RAW);
    const uint8_t text[RSA_BYTES] = { 1 };
    ck_assert_int_eq(psa_sign_hash(key, PSA_ALG_RSA_PKCS1V15_SIGN_RAW, text, RSA_BYTES - 10, output,
                                   sizeof output, &length), BAD);
    ck_assert_int_eq(psa_sign_hash(key, PSA_ALG_RSA_PKCS1V15_SIGN_RAW, text, RSA_BYTES - 11, output,
                                   sizeof output, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_verify_hash(key, PSA_ALG_RSA_PKCS1V15_SIGN_RAW, text, RSA_BYTES - 11,
                                     output, length), PSA_SUCCESS);
}
END_TEST

START_TEST(signature_lengths)
{
    /* Ensures that a signature of another length than the key's is a wrong one. */
    psa_key_id_t ecc = import_p256(ECDSA256), rsa = import_rsa(V15_256);
    for (size_t n = 0; n <= RSA_BYTES + 1; n++) {
        if (n != 64)
            ck_assert_int_eq(psa_verify_hash(ecc, ECDSA256, material, 32, output, n),
                             PSA_ERROR_INVALID_SIGNATURE);
        if (n != RSA_BYTES)
            ck_assert_int_eq(psa_verify_hash(rsa, V15_256, material, 32, output, n),
                             PSA_ERROR_INVALID_SIGNATURE);
    }
}
END_TEST

START_TEST(signature_beyond_modulus)
{
    /* Ensures that an RSA signature that is no number below the modulus, or that no PSS padding
     * comes out of, is a wrong signature like another. */
    psa_key_id_t v15 = import_rsa(V15_256), pss = import_rsa(PSS_256);
    memset(output, 0xff, RSA_BYTES);
    ck_assert_int_eq(psa_verify_hash(v15, V15_256, material, 32, output, RSA_BYTES),
                     PSA_ERROR_INVALID_SIGNATURE);
    ck_assert_int_eq(psa_verify_hash(pss, PSS_256, material, 32, output, RSA_BYTES),
                     PSA_ERROR_INVALID_SIGNATURE);
    ck_assert_int_eq(sign(pss, PSS_256, 32, sizeof output), PSA_SUCCESS);
    for (size_t at = 1; at < RSA_BYTES; at++) {
        output[at] ^= 1;
        ck_assert_int_eq(psa_verify_hash(pss, PSS_256, material, 32, output, RSA_BYTES),
                         PSA_ERROR_INVALID_SIGNATURE);
    }
}
END_TEST

START_TEST(ecdsa_on_montgomery)
{
    /* Ensures that a Montgomery key neither signs nor verifies. */
    psa_key_id_t key = import_bytes(X25519_PAIR, ECDSA256, material, 32);
    ck_assert_int_eq(sign(key, ECDSA256, 32, 63), PSA_ERROR_BUFFER_TOO_SMALL);
    ck_assert_int_eq(sign(key, ECDSA256, 32, 64), BAD);
    ck_assert_int_eq(psa_verify_hash(key, ECDSA256, material, 32, output, 64), BAD);
}
END_TEST

START_TEST(deterministic_is_another)
{
    /* Ensures that deterministic and randomized ECDSA are permitted apart, and that the former
     * needs a hash. */
    psa_key_id_t key = import_p256(PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_ANY_HASH));
    ck_assert_int_eq(sign(key, ECDSA256, 32, sizeof output), PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(sign(key, PSA_ALG_DETERMINISTIC_ECDSA(0), 32, sizeof output), BAD);
    ck_assert_int_eq(sign(key, DETERMINISTIC256, 32, sizeof output), PSA_SUCCESS);
    ck_assert_int_eq(psa_verify_hash(key, ECDSA256, material, 32, output, 64),
                     PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(psa_verify_hash(key, DETERMINISTIC256, material, 32, output, 64),
                     PSA_SUCCESS);
}
END_TEST

START_TEST(pss_salt)
{
    /* Ensures that PSS takes the salt that it would make only, and any salt if told so. */
    const uint8_t *text = (const uint8_t *) "keyshard";
    const psa_algorithm_t any = PSA_ALG_RSA_PSS_ANY_SALT(PSA_ALG_SHA_256);
    psa_key_id_t standard = import_rsa(PSS_256), loose = import_rsa(any);
    ck_assert_int_eq(psa_verify_message(loose, any, text, 8, pss_without_salt, RSA_BYTES),
                     PSA_SUCCESS);
    ck_assert_int_eq(psa_verify_message(standard, PSS_256, text, 8, pss_without_salt, RSA_BYTES),
                     PSA_ERROR_INVALID_SIGNATURE);
    ck_assert_int_eq(psa_verify_message(loose, PSS_256, text, 8, pss_without_salt, RSA_BYTES),
                     PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(sign_message(standard, PSS_256), PSA_SUCCESS);
    ck_assert_int_eq(psa_verify_message(loose, any, material, 3, output, length), PSA_SUCCESS);
}
END_TEST

START_TEST(pss_short_modulus)
{
    /* Ensures that where the modulus has no room for a salt as long as the hash, the longest that
     * fits is made and verified. */
    const psa_algorithm_t alg = PSA_ALG_RSA_PSS(PSA_ALG_SHA_512);
    psa_key_id_t key = import_rsa(alg);
    ck_assert_int_eq(sign_message(key, alg), PSA_SUCCESS);
    ck_assert_int_eq(psa_verify_message(key, alg, material, 3, output, length), PSA_SUCCESS);
    output[5] ^= 1;
    ck_assert_int_eq(psa_verify_message(key, alg, material, 3, output, length),
                     PSA_ERROR_INVALID_SIGNATURE);
}
END_TEST

static psa_status_t encrypt(psa_key_id_t key, psa_algorithm_t alg, size_t text, size_t label,
                            size_t size)
{
    static const uint8_t zeros[RSA_BYTES];

    length = 99;
    return psa_asymmetric_encrypt(key, alg, zeros, text, label != 0 ? material : NULL, label,
                                  output, size, &length);
}

static psa_status_t decrypt(psa_key_id_t key, psa_algorithm_t alg, size_t text, size_t label,
                            size_t size)
{
    uint8_t plain[RSA_BYTES];

    length = 99;
    return psa_asymmetric_decrypt(key, alg, output, text, label != 0 ? material : NULL, label,
                                  plain, size, &length);
}

START_TEST(label_without_oaep)
{
    /* Ensures that a label for a scheme without one is found before the key is looked for. */
    ck_assert_int_eq(encrypt(NO_KEY, PSA_ALG_RSA_PKCS1V15_CRYPT, 3, 1, sizeof output), BAD);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(decrypt(NO_KEY, PSA_ALG_RSA_PKCS1V15_CRYPT, RSA_BYTES, 1, 64), BAD);
    ck_assert_int_eq(encrypt(NO_KEY, OAEP_256, 3, 1, sizeof output), PSA_ERROR_INVALID_HANDLE);
}
END_TEST

START_TEST(encrypt_of_other_type)
{
    /* Ensures that asymmetric encryption by other than RSA keys is refused. */
    const psa_algorithm_t alg = PSA_ALG_RSA_PKCS1V15_CRYPT;
    psa_key_id_t ecc = import_p256(alg), raw = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, alg);
    ck_assert_int_eq(encrypt(ecc, alg, 3, 0, sizeof output), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(decrypt(ecc, alg, RSA_BYTES, 0, 64), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(encrypt(raw, alg, 3, 0, sizeof output), BAD);
    ck_assert_int_eq(decrypt(raw, alg, RSA_BYTES, 0, 64), BAD);
}
END_TEST

START_TEST(encrypt_lengths)
{
    /* Ensures that a text that does not fit the modulus is invalid, and that room is needed for the
     * whole result. */
    const psa_algorithm_t algs[] = { PSA_ALG_RSA_PKCS1V15_CRYPT, OAEP_256 };
    const size_t longest[] = { RSA_BYTES - 11, RSA_BYTES - 66 };
    for (size_t i = 0; i < COUNT(algs); i++) {
        psa_key_id_t key = import_rsa(algs[i]);
        ck_assert_int_eq(encrypt(key, algs[i], longest[i] + 1, 0, sizeof output), BAD);
        ck_assert_uint_eq(length, 0);
        ck_assert_int_eq(encrypt(key, algs[i], 3, 0, RSA_BYTES - 1), PSA_ERROR_BUFFER_TOO_SMALL);
        ck_assert_uint_eq(length, 0);
        ck_assert_int_eq(encrypt(key, algs[i], longest[i], 0, RSA_BYTES), PSA_SUCCESS);
        ck_assert_uint_eq(length, RSA_BYTES);
        ck_assert_int_eq(decrypt(key, algs[i], RSA_BYTES, 0, longest[i] - 1),
                         PSA_ERROR_BUFFER_TOO_SMALL);
        ck_assert_uint_eq(length, 0);
        ck_assert_int_eq(decrypt(key, algs[i], RSA_BYTES - 1, 0, RSA_BYTES), BAD);
        ck_assert_int_eq(decrypt(key, algs[i], RSA_BYTES + 1, 0, RSA_BYTES), BAD);
        ck_assert_int_eq(decrypt(key, algs[i], RSA_BYTES, 0, longest[i]), PSA_SUCCESS);
        ck_assert_uint_eq(length, longest[i]);
    }
}
END_TEST

START_TEST(encrypt_unknown_scheme)
{
    /* Ensures that a scheme, or a hash of OAEP, that there is not is invalid. */
    const psa_algorithm_t algs[] = { PSA_ALG_RSA_OAEP(PSA_ALG_CATEGORY_HASH | 0x77), V15_256 };
    for (size_t i = 0; i < COUNT(algs); i++) {
        psa_key_id_t key = import_rsa(algs[i]);
        ck_assert_int_eq(encrypt(key, algs[i], 3, 0, sizeof output), BAD);
        ck_assert_int_eq(decrypt(key, algs[i], RSA_BYTES, 0, 64), BAD);
    }
}
END_TEST

START_TEST(decrypt_wrong_padding)
{
    /* Ensures that a forged text is a wrong padding, and of no length; so is one with another
     * label. */
    const psa_algorithm_t algs[] = { PSA_ALG_RSA_PKCS1V15_CRYPT, OAEP_256 };
    for (size_t i = 0; i < COUNT(algs); i++) {
        psa_key_id_t key = import_rsa(algs[i]);
        ck_assert_int_eq(encrypt(key, algs[i], 3, 0, sizeof output), PSA_SUCCESS);
        output[RSA_BYTES - 1] ^= 1;
        ck_assert_int_eq(decrypt(key, algs[i], RSA_BYTES, 0, 64), PSA_ERROR_INVALID_PADDING);
        ck_assert_uint_eq(length, 0);
        memset(output, 0xff, RSA_BYTES); /* above the modulus */
        ck_assert_int_eq(decrypt(key, algs[i], RSA_BYTES, 0, 64), BAD);
        ck_assert_uint_eq(length, 0);
    }
    psa_key_id_t key = import_rsa(OAEP_256);
    ck_assert_int_eq(encrypt(key, OAEP_256, 3, 5, sizeof output), PSA_SUCCESS);
    ck_assert_int_eq(decrypt(key, OAEP_256, RSA_BYTES, 5, 64), PSA_SUCCESS);
    ck_assert_int_eq(decrypt(key, OAEP_256, RSA_BYTES, 4, 64), PSA_ERROR_INVALID_PADDING);
}
END_TEST

START_TEST(decrypt_by_public_key)
{
    /* Ensures that a public key encrypts and does not decrypt. */
    psa_key_id_t pair = import_rsa(OAEP_256), key = public_of(pair, RSA_PUBLIC, OAEP_256);
    ck_assert_int_eq(encrypt(key, OAEP_256, 3, 0, sizeof output), PSA_SUCCESS);
    ck_assert_int_eq(decrypt(key, OAEP_256, RSA_BYTES, 0, 64), BAD);
    ck_assert_int_eq(decrypt(pair, OAEP_256, RSA_BYTES, 0, 64), PSA_SUCCESS);
}
END_TEST

static psa_status_t agree(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *peer,
                          size_t peer_length, size_t size)
{
    length = 99;
    return psa_raw_key_agreement(alg, key, peer, peer_length, output, size, &length);
}

START_TEST(agreement_room)
{
    /* Ensures that room for the secret is asked for before the peer's key is looked at. */
    psa_key_id_t key = import_p256(PSA_ALG_ECDH);
    ck_assert_int_eq(agree(key, PSA_ALG_ECDH, material, 3, 31), PSA_ERROR_BUFFER_TOO_SMALL);
    ck_assert_int_eq(agree(key, PSA_ALG_ECDH, material, 3, 32), BAD);
}
END_TEST

START_TEST(agreement_failed)
{
    /* Ensures that a failed agreement leaves other bytes each time, and their number. */
    uint8_t first[64];
    memset(output, 0, sizeof output);
    ck_assert_int_eq(agree(NO_KEY, PSA_ALG_ECDH, material, 3, 64), PSA_ERROR_INVALID_HANDLE);
    ck_assert_uint_eq(length, 64);
    memcpy(first, output, 64);
    ck_assert_int_eq(agree(NO_KEY, PSA_ALG_ECDH, material, 3, 64), PSA_ERROR_INVALID_HANDLE);
    ck_assert_mem_ne(first, output, 64);
    ck_assert_uint_eq(output[64], 0);
}
END_TEST

START_TEST(agreement_peer)
{
    /* Ensures that the peer's key must be one of the same curve, and not a point that makes every
     * secret 0. */
    psa_key_id_t key = import_p256(PSA_ALG_ECDH);
    psa_key_id_t x25519 = import_bytes(X25519_PAIR, PSA_ALG_ECDH, material, 32);
    uint8_t point[66] = { 0 };
    size_t point_length = 0;
    ck_assert_int_eq(psa_export_public_key(key, point, 65, &point_length), PSA_SUCCESS);
    ck_assert_int_eq(agree(key, PSA_ALG_ECDH, point, 65, 64), PSA_SUCCESS);
    ck_assert_uint_eq(length, 32);
    ck_assert_int_eq(agree(key, PSA_ALG_ECDH, point, 64, 64), BAD);
    ck_assert_int_eq(agree(key, PSA_ALG_ECDH, point, 66, 64), BAD);
    ck_assert_int_eq(agree(key, PSA_ALG_ECDH, NULL, 0, 64), BAD);
    ck_assert_int_eq(agree(x25519, PSA_ALG_ECDH, point, 65, 64), BAD);
    point[64] ^= 1;
    ck_assert_int_eq(agree(key, PSA_ALG_ECDH, point, 65, 64), BAD);
    memset(point, 0, sizeof point);
    ck_assert_int_eq(agree(x25519, PSA_ALG_ECDH, point, 32, 64), BAD);
    point[0] = 1;
    ck_assert_int_eq(agree(x25519, PSA_ALG_ECDH, point, 32, 64), BAD);
    point[0] = 9;
    ck_assert_int_eq(agree(x25519, PSA_ALG_ECDH, point, 32, 64), PSA_SUCCESS);
    ck_assert_uint_eq(length, 32);
}
END_TEST

START_TEST(agreement_algorithm)
{
    /* Ensures that a raw agreement is asked for as such, with a key pair. */
    const psa_algorithm_t derive = PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH,
                                                         PSA_ALG_HKDF(PSA_ALG_SHA_256));
    psa_key_id_t key = import_p256(PSA_ALG_ECDH);
    psa_key_id_t raw = import_key(PSA_KEY_TYPE_DERIVE, 32, ANY_USAGE, PSA_ALG_ECDH);
    ck_assert_int_eq(agree(key, derive, material, 3, 64), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(agree(key, ECDSA256, material, 3, 64), BAD);
    ck_assert_int_eq(agree(key, PSA_ALG_FFDH, material, 3, 64), PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(agree(raw, PSA_ALG_ECDH, material, 32, 64), BAD);
}
END_TEST

void add_asymmetric_use(Suite *suite)
{
    TCase *tc = tcase_create("using asymmetric keys");

    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, sign_by_public_key);
    tcase_add_test(tc, sign_without_room);
    tcase_add_test(tc, sign_fills_the_room);
    tcase_add_test(tc, sign_of_other_type);
    tcase_add_test(tc, sign_other_algorithm);
    tcase_add_test(tc, sign_with_any_hash);
    tcase_add_test(tc, sign_message_without_hash);
    tcase_add_test(tc, sign_unknown_hash);
    tcase_add_test(tc, hash_lengths);
    tcase_add_test(tc, raw_too_long);
    tcase_add_test(tc, signature_lengths);
    tcase_add_test(tc, signature_beyond_modulus);
    tcase_add_test(tc, ecdsa_on_montgomery);
    tcase_add_test(tc, deterministic_is_another);
    tcase_add_test(tc, pss_salt);
    tcase_add_test(tc, pss_short_modulus);
    tcase_add_test(tc, label_without_oaep);
    tcase_add_test(tc, encrypt_of_other_type);
    tcase_add_test(tc, encrypt_lengths);
    tcase_add_test(tc, encrypt_unknown_scheme);
    tcase_add_test(tc, decrypt_wrong_padding);
    tcase_add_test(tc, decrypt_by_public_key);
    tcase_add_test(tc, agreement_room);
    tcase_add_test(tc, agreement_failed);
    tcase_add_test(tc, agreement_peer);
    tcase_add_test(tc, agreement_algorithm);
}
