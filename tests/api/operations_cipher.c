/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "operations.h"

#define MAX_MESSAGE 80
#define ROOM (MAX_MESSAGE + 32)

enum shape { STREAM, WHOLE, PADDED };

/* Each cipher with a key, its block (1 for a stream cipher) and its IV, in bytes. */
static const struct cipher {
    psa_key_type_t type;
    size_t key_length;
    psa_algorithm_t alg;
    size_t block;
    size_t iv;
    enum shape shape;
} ciphers[] = {
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_ECB_NO_PADDING, 16, 0, WHOLE },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CBC_NO_PADDING, 16, 16, WHOLE },
    { PSA_KEY_TYPE_AES, 24, PSA_ALG_CBC_PKCS7, 16, 16, PADDED },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CTR, 16, 16, STREAM },
    { PSA_KEY_TYPE_AES, 32, PSA_ALG_CFB, 16, 16, STREAM },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_OFB, 16, 16, STREAM },
    { PSA_KEY_TYPE_CAMELLIA, 16, PSA_ALG_CBC_PKCS7, 16, 16, PADDED },
    { PSA_KEY_TYPE_CAMELLIA, 32, PSA_ALG_CTR, 16, 16, STREAM },
    { PSA_KEY_TYPE_CAMELLIA, 24, PSA_ALG_CFB, 16, 16, STREAM },
    { PSA_KEY_TYPE_DES, 8, PSA_ALG_ECB_NO_PADDING, 8, 0, WHOLE },
    { PSA_KEY_TYPE_DES, 8, PSA_ALG_CBC_PKCS7, 8, 8, PADDED },
    { PSA_KEY_TYPE_DES, 16, PSA_ALG_CBC_NO_PADDING, 8, 8, WHOLE },
    { PSA_KEY_TYPE_DES, 24, PSA_ALG_CBC_PKCS7, 8, 8, PADDED },
    { PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_STREAM_CIPHER, 1, 12, STREAM },
#ifdef PSA_KEY_TYPE_ARC4
    { PSA_KEY_TYPE_ARC4, 16, PSA_ALG_STREAM_CIPHER, 1, 0, STREAM },
#endif
#ifdef PSA_WANT_KEY_TYPE_ARIA
    { PSA_KEY_TYPE_ARIA, 16, PSA_ALG_CBC_PKCS7, 16, 16, PADDED },
    { PSA_KEY_TYPE_ARIA, 32, PSA_ALG_CTR, 16, 16, STREAM },
    { PSA_KEY_TYPE_ARIA, 24, PSA_ALG_CFB, 16, 16, STREAM },
#endif
#ifdef PSA_ALG_CCM_STAR_NO_TAG
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CCM_STAR_NO_TAG, 16, 13, STREAM },
#endif
};

static psa_key_id_t make_cipher_key(const struct cipher *cipher)
{
    return import_filled(cipher->type, cipher->key_length, cipher->alg);
}

/* Length of the ciphertext of so many bytes, or 0 if there is none. */
static size_t encrypted_length(const struct cipher *cipher, size_t length)
{
    size_t tail = length % cipher->block;

    if (cipher->shape == PADDED)
        return cipher->iv + length + cipher->block - tail;
    return cipher->shape == WHOLE && tail != 0 ? 0 : cipher->iv + length;
}

/* How ciphertext is made by definition: xor with a stream of blocks, or blocks chained. */
static void reference_encrypt(const struct cipher *cipher, psa_key_id_t ecb, const uint8_t *iv,
                              const uint8_t *text, size_t length, uint8_t *output)
{
    const size_t size = cipher->block;
    uint8_t register_[16]; /* counter, or what the next block is chained to */
    uint8_t key_stream[16];

    memcpy(register_, iv, size);
    for (size_t done = 0; done < length; done += size) {
        size_t step = length - done < size ? length - done : size;
        if (cipher->alg == PSA_ALG_CBC_NO_PADDING || cipher->alg == PSA_ALG_CBC_PKCS7) {
            for (size_t i = 0; i < size; i++)
                register_[i] ^= text[done + i];
            encrypt_block(ecb, register_, size, register_);
            memcpy(output + done, register_, size);
            continue;
        }
        encrypt_block(ecb, register_, size, key_stream);
        for (size_t i = 0; i < step; i++)
            output[done + i] = text[done + i] ^ key_stream[i];
        if (cipher->alg == PSA_ALG_CTR)
            increment(register_, size);
        else
            memcpy(register_, cipher->alg == PSA_ALG_CFB ? output + done : key_stream, step);
    }
}

START_TEST(mode_by_definition)
{
    /* Ensures that CBC, CTR, CFB and OFB are what their definitions make of the block cipher. */
    const struct cipher *cipher = &ciphers[_i];
    psa_key_id_t key = make_cipher_key(cipher);
    psa_key_id_t ecb = import_filled(cipher->type, cipher->key_length, PSA_ALG_ECB_NO_PADDING);
    uint8_t message[MAX_MESSAGE];
    fill(message, sizeof message, 2);
    for (size_t n = 0; n <= MAX_MESSAGE; n++) {
        const size_t expected_length = encrypted_length(cipher, n);
        uint8_t text[MAX_MESSAGE + 16];
        uint8_t output[ROOM];
        uint8_t expected[ROOM];
        size_t length = 0;
        if (expected_length == 0)
            continue;
        memcpy(text, message, n);
        if (cipher->shape == PADDED)
            memset(text + n, (int) (expected_length - cipher->iv - n),
                   expected_length - cipher->iv - n);
        ck_assert_int_eq(psa_cipher_encrypt(key, cipher->alg, message, n, output, sizeof output,
                                            &length),
                         PSA_SUCCESS);
        ck_assert_uint_eq(length, expected_length);
        reference_encrypt(cipher, ecb, output, text, length - cipher->iv, expected);
        ck_assert_mem_eq(output + cipher->iv, expected, length - cipher->iv);
    }
}
END_TEST

#ifdef PSA_ALG_CCM_STAR_NO_TAG
START_TEST(ccm_star_by_definition)
{
    /* Ensures that CCM* without a tag is CCM without its tag, and has no more than 65,535 blocks.
     */
    enum { LIMIT = 65535 * 16 };
    static uint8_t message[LIMIT + 1];
    static uint8_t output[LIMIT + 14];
    psa_key_id_t key = import_filled(PSA_KEY_TYPE_AES, 16, PSA_ALG_CCM_STAR_NO_TAG);
    psa_key_id_t ccm = import_filled(PSA_KEY_TYPE_AES, 16, PSA_ALG_CCM);
    size_t length = 0;
    fill(message, sizeof message, 3);
    for (size_t n = 0; n <= MAX_MESSAGE; n++) {
        uint8_t expected[ROOM];
        ck_assert_int_eq(psa_cipher_encrypt(key, PSA_ALG_CCM_STAR_NO_TAG, message, n, output,
                                            sizeof output, &length),
                         PSA_SUCCESS);
        ck_assert_uint_eq(length, 13 + n);
        ck_assert_int_eq(psa_aead_encrypt(ccm, PSA_ALG_CCM, output, 13, NULL, 0, message, n,
                                          expected, sizeof expected, &length),
                         PSA_SUCCESS);
        ck_assert_mem_eq(output + 13, expected, n);
    }
    ck_assert_int_eq(psa_cipher_encrypt(key, PSA_ALG_CCM_STAR_NO_TAG, message, LIMIT + 1, output,
                                        sizeof output, &length),
                     PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(psa_cipher_encrypt(key, PSA_ALG_CCM_STAR_NO_TAG, message, LIMIT, output,
                                        sizeof output, &length),
                     PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_decrypt(key, PSA_ALG_CCM_STAR_NO_TAG, output, length, output,
                                        sizeof output, &length),
                     PSA_SUCCESS);
    ck_assert_uint_eq(length, LIMIT);
    ck_assert_mem_eq(output, message, LIMIT);
}
END_TEST
#endif

START_TEST(round_trip)
{
    /* Ensures that each length decrypts to what was encrypted, that lengths a cipher does not have
     * are invalid, that no two IVs are the same, and that a key serves again after each. */
    const struct cipher *cipher = &ciphers[_i];
    psa_key_id_t key = make_cipher_key(cipher);
    uint8_t message[MAX_MESSAGE];
    uint8_t last_iv[16] = { 0 };
    fill(message, sizeof message, 4);
    for (size_t n = 0; n <= MAX_MESSAGE; n++) {
        uint8_t output[ROOM];
        uint8_t plain[ROOM];
        size_t expected = encrypted_length(cipher, n);
        size_t length = 99;
        ck_assert_int_eq(psa_cipher_encrypt(key, cipher->alg, n == 0 ? NULL : message, n, output,
                                            sizeof output, &length),
                         expected == 0 && n != 0 ? PSA_ERROR_INVALID_ARGUMENT : PSA_SUCCESS);
        ck_assert_uint_eq(length, expected);
        if (expected == 0 && n != 0)
            continue;
        if (cipher->iv != 0)
            ck_assert_mem_ne(output, last_iv, cipher->iv);
        memcpy(last_iv, output, cipher->iv);
        ck_assert_int_eq(psa_cipher_decrypt(key, cipher->alg, output, length, plain, sizeof plain,
                                            &length),
                         PSA_SUCCESS);
        ck_assert_uint_eq(length, n);
        ck_assert_mem_eq(plain, message, n);
    }
}
END_TEST

START_TEST(encrypt_room)
{
    /* Ensures that a ciphertext needs its length, that nothing is written behind the room, and that
     * on failure the length is 0. */
    const struct cipher *cipher = &ciphers[_i];
    psa_key_id_t key = make_cipher_key(cipher);
    const size_t n = cipher->shape == WHOLE ? 32 : 29;
    const size_t expected = encrypted_length(cipher, n);
    for (size_t room = 0; room < ROOM; room++) {
        uint8_t output[ROOM];
        size_t length = 99;
        memset(output, NOTHING, sizeof output);
        ck_assert_int_eq(psa_cipher_encrypt(key, cipher->alg, material, n, output, room, &length),
                         room >= expected ? PSA_SUCCESS : PSA_ERROR_BUFFER_TOO_SMALL);
        ck_assert_uint_eq(length, room >= expected ? expected : 0);
        check_all(output + room, sizeof output - room, NOTHING);
    }
}
END_TEST

START_TEST(decrypt_room)
{
    /* Ensures that a plaintext needs the length of the ciphertext without its IV, padding
     * included. */
    const struct cipher *cipher = &ciphers[_i];
    psa_key_id_t key = make_cipher_key(cipher);
    const size_t n = cipher->shape == WHOLE ? 32 : 29;
    uint8_t encrypted[ROOM];
    size_t encrypted_size = 0;
    ck_assert_int_eq(psa_cipher_encrypt(key, cipher->alg, material, n, encrypted, ROOM,
                                        &encrypted_size),
                     PSA_SUCCESS);
    for (size_t room = 0; room < ROOM; room++) {
        uint8_t output[ROOM];
        size_t length = 99;
        bool enough = room >= encrypted_size - cipher->iv;
        memset(output, NOTHING, sizeof output);
        ck_assert_int_eq(psa_cipher_decrypt(key, cipher->alg, encrypted, encrypted_size, output,
                                            room, &length),
                         enough ? PSA_SUCCESS : PSA_ERROR_BUFFER_TOO_SMALL);
        ck_assert_uint_eq(length, enough ? n : 0);
        ck_assert_mem_eq(output, material, length);
        check_all(output + room, sizeof output - room, NOTHING);
    }
}
END_TEST

START_TEST(decrypt_bad_length)
{
    /* Ensures that a ciphertext shorter than its IV, or of a length it cannot have, is invalid. */
    const struct cipher *cipher = &ciphers[_i];
    psa_key_id_t key = make_cipher_key(cipher);
    uint8_t input[ROOM];
    fill(input, sizeof input, 5);
    for (size_t n = 0; n < ROOM; n++) {
        uint8_t output[ROOM];
        size_t length = 99;
        psa_status_t status = psa_cipher_decrypt(key, cipher->alg, n == 0 ? NULL : input, n, output,
                                                 sizeof output, &length);
        bool possible = n >= cipher->iv
                        && (cipher->shape == STREAM || (n - cipher->iv) % cipher->block == 0)
                        && (cipher->shape != PADDED || n > cipher->iv);
        if (!possible)
            ck_assert_int_eq(status, PSA_ERROR_INVALID_ARGUMENT);
        else if (cipher->shape != PADDED || status != PSA_ERROR_INVALID_PADDING)
            ck_assert_int_eq(status, PSA_SUCCESS);
        if (status != PSA_SUCCESS)
            ck_assert_uint_eq(length, 0);
    }
}
END_TEST

/* Decrypts two blocks whose last is as given, and compares with what the padding makes of it. */
static void check_padding(psa_key_id_t plain_key, psa_key_id_t padded_key, const uint8_t *last,
                          size_t size)
{
    uint8_t text[32];
    uint8_t encrypted[48];
    uint8_t output[32];
    size_t count = last[size - 1];
    bool right = count >= 1 && count <= size;
    size_t length = 0;

    for (size_t i = 1; right && i <= count; i++)
        right = last[size - i] == count;
    fill(text, size, 6);
    memcpy(text + size, last, size);
    ck_assert_int_eq(psa_cipher_encrypt(plain_key, PSA_ALG_CBC_NO_PADDING, text, 2 * size,
                                        encrypted, sizeof encrypted, &length),
                     PSA_SUCCESS);
    ck_assert_int_eq(psa_cipher_decrypt(padded_key, PSA_ALG_CBC_PKCS7, encrypted, length, output,
                                        sizeof output, &length),
                     right ? PSA_SUCCESS : PSA_ERROR_INVALID_PADDING);
    ck_assert_uint_eq(length, right ? 2 * size - count : 0);
    ck_assert_mem_eq(output, text, length);
}

START_TEST(padding)
{
    /* Ensures that each right padding is removed, and that each wrong last byte, and each wrong
     * byte of a padding, is found. */
    static const struct {
        psa_key_type_t type;
        size_t key_length;
        size_t block;
    } keys[] = { { PSA_KEY_TYPE_AES, 16, 16 }, { PSA_KEY_TYPE_DES, 24, 8 } };
    const size_t size = keys[_i].block;
    psa_key_id_t plain_key = import_filled(keys[_i].type, keys[_i].key_length,
                                           PSA_ALG_CBC_NO_PADDING);
    psa_key_id_t padded_key = import_filled(keys[_i].type, keys[_i].key_length,
                                            PSA_ALG_CBC_PKCS7);
    for (int value = 0; value < 256; value++) {
        uint8_t block[16] = { 0 };
        memset(block, value, size);
        check_padding(plain_key, padded_key, block, size);
        fill(block, size - 1, 7);
        block[size - 1] = (uint8_t) value;
        check_padding(plain_key, padded_key, block, size);
    }
    for (size_t count = 1; count <= size; count++) {
        uint8_t block[16];
        fill(block, size, 8);
        memset(block + size - count, (int) count, count);
        for (size_t i = 0; i < size; i++) {
            for (int bit = 0; bit < 8; bit++) {
                block[i] ^= (uint8_t) (1 << bit);
                check_padding(plain_key, padded_key, block, size);
                block[i] ^= (uint8_t) (1 << bit);
            }
        }
    }
}
END_TEST

START_TEST(overlap)
{
    /* Ensures that input and output may overlap in every way, both when encrypting and
     * decrypting. */
    enum { PLACE = 120 };
    const struct cipher *cipher = &ciphers[_i];
    psa_key_id_t key = make_cipher_key(cipher);
    const size_t n = cipher->shape == WHOLE ? 64 : 61;
    uint8_t message[MAX_MESSAGE];
    fill(message, sizeof message, 9);
    for (int shift = -PLACE; shift <= PLACE; shift++) {
        uint8_t arena[4 * PLACE];
        uint8_t *output = arena + PLACE + shift;
        uint8_t plain[ROOM];
        size_t length = 0;
        size_t encrypted = 0;
        memcpy(arena + PLACE, message, n);
        ck_assert_int_eq(psa_cipher_encrypt(key, cipher->alg, arena + PLACE, n, output, ROOM,
                                            &encrypted),
                         PSA_SUCCESS);
        ck_assert_int_eq(psa_cipher_decrypt(key, cipher->alg, output, encrypted, plain,
                                            sizeof plain, &length),
                         PSA_SUCCESS);
        ck_assert_uint_eq(length, n);
        ck_assert_mem_eq(plain, message, n);
        memmove(arena + PLACE, output, encrypted);
        ck_assert_int_eq(psa_cipher_decrypt(key, cipher->alg, arena + PLACE, encrypted, output,
                                            ROOM, &length),
                         PSA_SUCCESS);
        ck_assert_uint_eq(length, n);
        ck_assert_mem_eq(output, message, n);
    }
}
END_TEST

/* Ciphers that cannot be. */
static const struct refusal refusals[] = {
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_STREAM_CIPHER, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_AES, 32, PSA_ALG_XTS, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_DES, 24, PSA_ALG_CTR, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_DES, 24, PSA_ALG_CFB, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_CAMELLIA, 16, PSA_ALG_OFB, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_CTR, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_HMAC, 16, PSA_ALG_CTR, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_RAW_DATA, 16, PSA_ALG_CBC_PKCS7, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_GCM, PSA_ERROR_INVALID_ARGUMENT },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CMAC, PSA_ERROR_INVALID_ARGUMENT },
#ifdef PSA_KEY_TYPE_ARC4
    { PSA_KEY_TYPE_ARC4, 5, PSA_ALG_STREAM_CIPHER, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_ARC4, 16, PSA_ALG_CTR, PSA_ERROR_NOT_SUPPORTED },
#endif
};

START_TEST(refused)
{
    /* Ensures that a cipher that the key's type or Mbed TLS does not have is refused, twice
     * alike. */
    psa_key_id_t key = import_filled(refusals[_i].type, refusals[_i].key_length, refusals[_i].alg);
    for (int n = 0; n < 2; n++) {
        uint8_t output[ROOM];
        size_t length = 99;
        ck_assert_int_eq(psa_cipher_encrypt(key, refusals[_i].alg, material, 16, output,
                                            sizeof output, &length),
                         refusals[_i].status);
        ck_assert_uint_eq(length, 0);
        length = 99;
        ck_assert_int_eq(psa_cipher_decrypt(key, refusals[_i].alg, material, 32, output,
                                            sizeof output, &length),
                         refusals[_i].status);
        ck_assert_uint_eq(length, 0);
    }
}
END_TEST

TCase *make_cipher_case(void)
{
    TCase *tc = tcase_create("cipher");

    tcase_add_checked_fixture(tc, set_up, mbedtls_psa_crypto_free);
    for (int i = 0; i < COUNT(ciphers); i++)
        if (ciphers[i].iv == ciphers[i].block) /* so it is for these modes, and no others */
            tcase_add_loop_test(tc, mode_by_definition, i, i + 1);
#ifdef PSA_ALG_CCM_STAR_NO_TAG
    tcase_add_test(tc, ccm_star_by_definition);
#endif
    tcase_add_loop_test(tc, round_trip, 0, COUNT(ciphers));
    tcase_add_loop_test(tc, encrypt_room, 0, COUNT(ciphers));
    tcase_add_loop_test(tc, decrypt_room, 0, COUNT(ciphers));
    tcase_add_loop_test(tc, decrypt_bad_length, 0, COUNT(ciphers));
    tcase_add_loop_test(tc, padding, 0, 2);
    tcase_add_loop_test(tc, overlap, 0, COUNT(ciphers));
    tcase_add_loop_test(tc, refused, 0, COUNT(refusals));
    return tc;
}
