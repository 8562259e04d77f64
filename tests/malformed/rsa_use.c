/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* RSA signatures and encrypted texts. Wrong ones are made with the bare power function: a block
 * that is padded wrongly, in a signature or a text that is right but for that. */

#include "malformed/rsa.h"

#include <string.h>

#define BYTES 128
#define V15 PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256)
#define CRYPT PSA_ALG_RSA_PKCS1V15_CRYPT
#define OAEP PSA_ALG_RSA_OAEP(PSA_ALG_SHA_256)
#define UNTOUCHED 0xa5

static const uint8_t message[] = "what is signed";

struct place {
    struct numbers key;
    psa_key_id_t pair;
    psa_key_id_t public;
};

static void enter(struct place *at, psa_algorithm_t alg)
{
    static const struct form right = { 0 };
    uint8_t der[DER_ROOM];
    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    numbers_make(&at->key, 8 * BYTES);
    size_t length = der_pair(&at->key, &right, der);
    at->pair = must_import(PSA_KEY_TYPE_RSA_KEY_PAIR, alg, der, length);
    length = der_public(&at->key, &right, der);
    at->public = must_import(PSA_KEY_TYPE_RSA_PUBLIC_KEY, alg, der, length);
}

static void leave(struct place *at)
{
    require_status(psa_destroy_key(at->pair), PSA_SUCCESS, "destruction");
    require_status(psa_destroy_key(at->public), PSA_SUCCESS, "destruction");
    ck_assert_uint_eq(keys_there(), 0);
    numbers_free(&at->key);
    mbedtls_psa_crypto_free();
}

/* The block to this power: a signature of it, or its encryption. */
static void power(const struct place *at, unsigned exponent, const uint8_t *block, uint8_t *out)
{
    mbedtls_mpi x;
    mbedtls_mpi_init(&x);
    MUST(mbedtls_mpi_read_binary(&x, block, BYTES));
    MUST(mbedtls_mpi_exp_mod(&x, &x, &at->key.x[exponent], &at->key.x[N], NULL));
    ck_assert(put_number(&x, out, BYTES));
    mbedtls_mpi_free(&x);
}

static void refuse(const struct place *at, const uint8_t *signature, size_t length,
                   const char *what)
{
    require_status(psa_verify_message(at->public, V15, message, sizeof message, signature, length),
                   PSA_ERROR_INVALID_SIGNATURE, what);
    require_status(psa_verify_message(at->pair, V15, message, sizeof message, signature, length),
                   PSA_ERROR_INVALID_SIGNATURE, what);
}

/* What the hash's name looks like in a block, and the block: 0 1 ff .. ff 0 name hash. */
static const uint8_t name[] = { 0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1,
                                5, 0, 4, 0x20 };

/* Builds a block that ends in name and hash with behind bytes after it. */
static void build(uint8_t *block, const uint8_t *a_name, size_t length, size_t behind)
{
    size_t hash_length = 0;
    size_t start = BYTES - behind - 32 - length;
    memset(block, 0xff, BYTES);
    block[0] = 0;
    block[1] = 1;
    block[start - 1] = 0;
    memcpy(block + start, a_name, length);
    require_status(psa_hash_compute(PSA_ALG_SHA_256, message, sizeof message,
                                    block + start + length, 32, &hash_length), PSA_SUCCESS, "hash");
}

static void refuse_block(const struct place *at, const uint8_t *block, const char *what)
{
    uint8_t signature[BYTES];
    power(at, D, block, signature);
    refuse(at, signature, sizeof signature, what);
}

/* Ensures that a signature over a block that is wrong in any one place is refused. */
START_TEST(signed_blocks)
{
    struct place at;
    uint8_t block[BYTES];
    uint8_t signature[BYTES];
    enter(&at, V15);
    build(block, name, sizeof name, 0);
    power(&at, D, block, signature);
    require_status(psa_verify_message(at.public, V15, message, sizeof message, signature,
                                      sizeof signature), PSA_SUCCESS, "the right block");
    for (size_t i = 0; i < BYTES; i++) {
        block[i] ^= i == 0 ? 1 : (uint8_t) (1 << i % 8); /* stays below the modulus */
        refuse_block(&at, block, "one bit");
        build(block, name, sizeof name, 0);
    }
    leave(&at);
}
END_TEST

/* Ensures that a block is not read leniently: bytes behind the hash (the forgery of 2006), a name
 * without its NULL or in BER, of another hash, little or no padding. */
START_TEST(lenient_blocks)
{
    static const uint8_t no_null[] = { 0x30, 0x2f, 0x30, 0x0b, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3,
                                       4, 2, 1, 4, 0x20 };
    static const uint8_t ber[] = { 0x30, 0x81, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3,
                                   4, 2, 1, 5, 0, 4, 0x20 };
    static const uint8_t sha224[] = { 0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4,
                                      2, 4, 5, 0, 4, 0x20 };
    struct place at;
    uint8_t block[BYTES];
    enter(&at, V15);
    for (size_t behind = 1; behind < 40; behind++) {
        build(block, name, sizeof name, behind);
        refuse_block(&at, block, "bytes behind the hash");
    }
    build(block, no_null, sizeof no_null, 0);
    refuse_block(&at, block, "no NULL");
    build(block, ber, sizeof ber, 0);
    refuse_block(&at, block, "BER");
    build(block, sha224, sizeof sha224, 0);
    refuse_block(&at, block, "another hash's name");
    build(block, name, 0, 0);
    refuse_block(&at, block, "no name");
    build(block, name, sizeof name, 0);
    block[1] = 2;
    refuse_block(&at, block, "a block for encryption");
    build(block, name, sizeof name, 0);
    block[10] = 0;
    refuse_block(&at, block, "padding that ends early");
    leave(&at);
}
END_TEST

/* Ensures that a signature of another length is refused, and one that is no number below the
 * modulus. */
START_TEST(signature_numbers)
{
    struct place at;
    uint8_t signature[2 * BYTES + 1] = { 0 };
    size_t length = 0;
    mbedtls_mpi x;
    enter(&at, V15);
    refuse(&at, signature, BYTES, "zero");
    signature[BYTES - 1] = 1;
    refuse(&at, signature, BYTES, "one");
    mbedtls_mpi_init(&x);
    for (int offset = -2; offset < 3; offset++) {
        MUST(mbedtls_mpi_add_int(&x, &at.key.x[N], offset));
        ck_assert(put_number(&x, signature, BYTES));
        psa_status_t status = psa_verify_message(at.public, V15, message, sizeof message, signature,
                                                 BYTES);
        /* Mbed TLS does not call a number beyond the modulus a signature at all. */
        ck_assert(status == PSA_ERROR_INVALID_SIGNATURE ||
                  (offset >= 0 && status == PSA_ERROR_INVALID_ARGUMENT));
    }
    require_status(psa_sign_message(at.pair, V15, message, sizeof message, signature, BYTES,
                                    &length), PSA_SUCCESS, "signing");
    for (size_t i = 0; i <= sizeof signature; i++) {
        if (i != BYTES) {
            refuse(&at, signature, i, "another length");
        }
    }
    MUST(mbedtls_mpi_read_binary(&x, signature, BYTES));
    MUST(mbedtls_mpi_sub_mpi(&x, &at.key.x[N], &x));
    ck_assert(put_number(&x, signature, BYTES));
    refuse(&at, signature, BYTES, "the modulus less the signature");
    mbedtls_mpi_free(&x);
    leave(&at);
}
END_TEST

/* Ensures the statuses for hashes of a wrong length, and what is too long to be signed bare. */
START_TEST(hashes)
{
    struct place at;
    uint8_t hash[BYTES] = { 1 };
    uint8_t signature[BYTES];
    size_t length = 0;
    enter(&at, V15);
    for (size_t i = 0; i <= 64; i++) {
        require_status(psa_sign_hash(at.pair, V15, hash, i, signature, BYTES, &length),
                       i == 32 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT, "length of a hash");
    }
    require_status(psa_sign_hash(at.pair, V15, hash, 32, signature, BYTES - 1, &length),
                   PSA_ERROR_BUFFER_TOO_SMALL, "no room");
    leave(&at);
    enter(&at, PSA_ALG_RSA_PKCS1V15_SIGN_RAW);
    for (size_t i = BYTES - 13; i < BYTES; i++) {
        require_status(psa_sign_hash(at.pair, PSA_ALG_RSA_PKCS1V15_SIGN_RAW, hash, i, signature,
                                     BYTES, &length),
                       i <= BYTES - 11 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT, "bare");
    }
    leave(&at);
}
END_TEST

/* Decrypts into a buffer of known contents. Requires the status, and on failure a length of 0 and
 * nothing of the block in the buffer. */
static void decrypt(const struct place *at, psa_algorithm_t alg, const uint8_t *label,
                    size_t label_length, const uint8_t *cipher, size_t cipher_length,
                    psa_status_t expected, const char *what)
{
    uint8_t output[BYTES];
    size_t length = 99;
    memset(output, UNTOUCHED, sizeof output);
    require_status(psa_asymmetric_decrypt(at->pair, alg, cipher, cipher_length, label, label_length,
                                          output, sizeof output, &length), expected, what);
    ck_assert(expected == PSA_SUCCESS || length == 0);
    for (size_t i = 0; i < sizeof output && expected != PSA_SUCCESS; i++) {
        ck_assert_msg(output[i] == UNTOUCHED || output[i] == 0, "%s: output", what);
    }
}

static void decrypt_block(const struct place *at, const uint8_t *block, psa_status_t expected,
                          const char *what)
{
    uint8_t cipher[BYTES];
    power(at, E, block, cipher);
    decrypt(at, CRYPT, NULL, 0, cipher, BYTES, expected, what);
}

/* A block of this padding length in front of text of 0xbb. */
static void build_text(uint8_t *block, size_t padding)
{
    memset(block, 0xaa, BYTES);
    block[0] = 0;
    block[1] = 2;
    block[2 + padding] = 0;
    memset(block + 3 + padding, 0xbb, BYTES - 3 - padding);
}

/* Ensures that a text whose padding is wrong gives INVALID_PADDING, whatever is wrong, and one
 * whose padding is right is decrypted, if only 8 bytes are padding. */
START_TEST(paddings)
{
    struct place at;
    uint8_t block[BYTES];
    enter(&at, CRYPT);
    for (size_t padding = 0; padding < BYTES - 3; padding++) {
        build_text(block, padding);
        decrypt_block(&at, block, padding < 8 ? PSA_ERROR_INVALID_PADDING : PSA_SUCCESS,
                      "length of the padding");
    }
    for (unsigned first = 1; first < 128; first *= 2) {
        build_text(block, 20);
        block[0] = (uint8_t) first;
        decrypt_block(&at, block, PSA_ERROR_INVALID_PADDING, "first byte");
    }
    for (unsigned second = 0; second < 256; second++) {
        build_text(block, 20);
        block[1] = (uint8_t) second;
        decrypt_block(&at, block, second == 2 ? PSA_SUCCESS : PSA_ERROR_INVALID_PADDING,
                      "second byte");
    }
    build_text(block, 20);
    block[22] = 1;
    decrypt_block(&at, block, PSA_ERROR_INVALID_PADDING, "no end of the padding");
    memset(block, 0, sizeof block);
    decrypt_block(&at, block, PSA_ERROR_INVALID_PADDING, "zeros");
    leave(&at);
}
END_TEST

/* Ensures the statuses for texts of another length, or no number below the modulus, and for too
 * little room, which is not told apart by what the text holds. */
START_TEST(texts)
{
    struct place at;
    uint8_t cipher[BYTES + 1] = { 0 };
    uint8_t output[BYTES];
    size_t length = 0;
    enter(&at, CRYPT);
    require_status(psa_asymmetric_encrypt(at.public, CRYPT, message, sizeof message, NULL, 0,
                                          cipher, BYTES, &length), PSA_SUCCESS, "encryption");
    for (size_t i = 0; i <= BYTES + 1; i++) {
        if (i != BYTES) {
            decrypt(&at, CRYPT, NULL, 0, cipher, i, PSA_ERROR_INVALID_ARGUMENT, "another length");
        }
    }
    require_status(psa_asymmetric_decrypt(at.pair, CRYPT, cipher, BYTES, NULL, 0, output,
                                          sizeof message - 1, &length),
                   PSA_ERROR_BUFFER_TOO_SMALL, "no room");
    require_status(psa_asymmetric_decrypt(at.public, CRYPT, cipher, BYTES, NULL, 0, output,
                                          sizeof output, &length),
                   PSA_ERROR_INVALID_ARGUMENT, "decryption with a public key");
    ck_assert(put_number(&at.key.x[N], cipher, BYTES));
    decrypt(&at, CRYPT, NULL, 0, cipher, BYTES, PSA_ERROR_INVALID_ARGUMENT, "the modulus");
    for (size_t i = BYTES - 12; i <= BYTES; i++) {
        require_status(psa_asymmetric_encrypt(at.public, CRYPT, cipher, i, NULL, 0, output, BYTES,
                                              &length),
                       i <= BYTES - 11 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT, "too long");
    }
    require_status(psa_asymmetric_encrypt(at.public, CRYPT, message, sizeof message, NULL, 0,
                                          output, BYTES - 1, &length),
                   PSA_ERROR_BUFFER_TOO_SMALL, "no room");
    require_status(psa_asymmetric_encrypt(at.public, CRYPT, message, sizeof message, message, 1,
                                          output, BYTES, &length),
                   PSA_ERROR_INVALID_ARGUMENT, "a label where there is none");
    leave(&at);
}
END_TEST

/* Ensures that OAEP refuses another label, another hash, and a block that is wrong in any place. */
START_TEST(oaep)
{
    static const uint8_t label[] = "label";
    struct place at;
    uint8_t cipher[BYTES];
    uint8_t block[BYTES];
    size_t length = 0;
    enter(&at, OAEP);
    require_status(psa_asymmetric_encrypt(at.public, OAEP, message, sizeof message, label,
                                          sizeof label, cipher, BYTES, &length), PSA_SUCCESS,
                   "encryption");
    decrypt(&at, OAEP, label, sizeof label, cipher, BYTES, PSA_SUCCESS, "the right label");
    for (size_t i = 0; i < sizeof label; i++) {
        decrypt(&at, OAEP, label, i, cipher, BYTES, PSA_ERROR_INVALID_PADDING, "a shorter label");
    }
    decrypt(&at, OAEP, message, sizeof label, cipher, BYTES, PSA_ERROR_INVALID_PADDING,
            "another label");
    power(&at, D, cipher, block); /* the padded block itself */
    for (size_t i = 0; i < BYTES; i++) {
        block[i] ^= i == 0 ? 1 : (uint8_t) (1 << i % 8);
        power(&at, E, block, cipher);
        decrypt(&at, OAEP, label, sizeof label, cipher, BYTES, PSA_ERROR_INVALID_PADDING,
                "one bit");
        block[i] ^= i == 0 ? 1 : (uint8_t) (1 << i % 8);
    }
    memset(block, 0, sizeof block);
    power(&at, E, block, cipher);
    decrypt(&at, OAEP, label, sizeof label, cipher, BYTES, PSA_ERROR_INVALID_PADDING, "zeros");
    for (size_t i = BYTES - 2 * 32 - 3; i < BYTES; i++) {
        require_status(psa_asymmetric_encrypt(at.public, OAEP, block, i, NULL, 0, cipher, BYTES,
                                              &length),
                       i <= BYTES - 2 * 32 - 2 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT,
                       "too long");
    }
    leave(&at);
}
END_TEST

TCase *make_rsa_use_case(void)
{
    TCase *tcase = tcase_create("RSA uses");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, signed_blocks);
    tcase_add_test(tcase, lenient_blocks);
    tcase_add_test(tcase, signature_numbers);
    tcase_add_test(tcase, hashes);
    tcase_add_test(tcase, paddings);
    tcase_add_test(tcase, texts);
    tcase_add_test(tcase, oaep);
    return tcase;
}
