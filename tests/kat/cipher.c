/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Ciphers. psa_cipher_encrypt chooses the IV itself, so an algorithm with an IV has its known
 * answer in decryption only; encryption is checked by decrypting what it gave. ECB is checked both
 * ways, and so is everything in parts, where the IV can be set. */

#include "kat/parts.h"

#include <string.h>

struct vector {
    uint8_t key[32];
    size_t key_length;
    uint8_t input[KAT_BYTES]; /* the IV, then the ciphertext */
    size_t iv_length;
    size_t length;            /* of the ciphertext and of the plaintext */
    uint8_t plain[KAT_BYTES];
};

static void decrypt(const struct kat_case *test, psa_key_id_t key, const uint8_t *input,
                    const struct vector *vector, const char *what)
{
    uint8_t output[KAT_BYTES];
    size_t length = 0;
    psa_status_t status = psa_cipher_decrypt(key, test->row->alg, input,
                                             vector->iv_length + vector->length, output,
                                             sizeof output, &length);
    kat_require_status(test, status, PSA_SUCCESS, what);
    kat_require_bytes(test, output, length, vector->plain, vector->length, what);
}

static void check(const struct kat_case *test, const struct vector *vector)
{
    uint8_t output[KAT_BYTES];
    size_t length = 0;
    size_t expected = vector->iv_length + vector->length;
    psa_key_id_t key = kat_import(test, test->row->alg, vector->key, vector->key_length);
    decrypt(test, key, vector->input, vector, "decryption");
    psa_status_t status = psa_cipher_encrypt(key, test->row->alg, vector->plain, vector->length,
                                             output, sizeof output, &length);
    kat_require_status(test, status, PSA_SUCCESS, "encryption");
    if (vector->iv_length == 0) {
        kat_require_bytes(test, output, length, vector->input, expected, "encryption");
    } else {
        kat_require(test, length == expected, "length of the encryption");
        kat_require(test, memcmp(output, vector->input, vector->iv_length) != 0, "a random IV");
        decrypt(test, key, output, vector, "decryption of the encryption");
    }
    kat_parts_cipher(test, key, false, vector->input, vector->iv_length, vector->plain,
                     vector->length, vector->input + vector->iv_length);
    kat_parts_cipher(test, key, true, vector->input, vector->iv_length,
                     vector->input + vector->iv_length, vector->length, vector->plain);
    kat_destroy(test, key);
}

/* Reads all but the key. */
static void read_texts(const struct kat_case *test, struct vector *vector)
{
    bool iv = kat_text(&test->reader, KAT_NAMES("IV")) != NULL;
    vector->iv_length = iv ? kat_field(test, KAT_NAMES("IV"), vector->input, 16) : 0;
    vector->length = kat_field(test, KAT_NAMES("CIPHERTEXT"), vector->input + vector->iv_length,
                               sizeof vector->input - vector->iv_length);
    size_t length = kat_field(test, KAT_NAMES("PLAINTEXT"), vector->plain, sizeof vector->plain);
    kat_require(test, length == vector->length, "as much ciphertext as plaintext");
}

void kat_cipher(struct kat_case *test)
{
    struct vector vector;
    vector.key_length = kat_field(test, KAT_NAMES("KEY"), vector.key, sizeof vector.key);
    read_texts(test, &vector);
    check(test, &vector);
    test->run++;
}

/* Reads a DES key of 24 bytes: KEYs stands for three that are the same. */
static void read_des_key(const struct kat_case *test, struct vector *vector)
{
    const char *const *names[3] = { KAT_NAMES("KEY1", "KEYs"), KAT_NAMES("KEY2", "KEYs"),
                                    KAT_NAMES("KEY3", "KEYs") };
    vector->key_length = 24;
    for (size_t i = 0; i < 3; i++) {
        size_t length = kat_field(test, names[i], vector->key + 8 * i, 8);
        kat_require(test, length == 8, "length of a DES key");
    }
}

void kat_cipher_des(struct kat_case *test)
{
    struct vector vector;
    read_des_key(test, &vector);
    read_texts(test, &vector);
    check(test, &vector);
    if (memcmp(vector.key, vector.key + 16, 8) == 0) {
        vector.key_length = 16;
        check(test, &vector);
        if (memcmp(vector.key, vector.key + 8, 8) == 0) {
            vector.key_length = 8;
            check(test, &vector);
        }
    }
    test->run++;
}

void kat_cipher_refused(struct kat_case *test)
{
    struct vector vector;
    uint8_t output[KAT_BYTES];
    size_t length = 0;
    if (test->row->type == PSA_KEY_TYPE_DES) {
        read_des_key(test, &vector);
    } else {
        vector.key_length = kat_field(test, KAT_NAMES("KEY"), vector.key, sizeof vector.key);
    }
    read_texts(test, &vector);
    psa_key_id_t key = kat_import(test, test->row->alg, vector.key, vector.key_length);
    psa_status_t status = psa_cipher_decrypt(key, test->row->alg, vector.input,
                                             vector.iv_length + vector.length, output,
                                             sizeof output, &length);
    kat_require_status(test, status, PSA_ERROR_NOT_SUPPORTED, "decryption");
    status = psa_cipher_encrypt(key, test->row->alg, vector.plain, vector.length, output,
                                sizeof output, &length);
    kat_require_status(test, status, PSA_ERROR_NOT_SUPPORTED, "encryption");
    kat_destroy(test, key);
    test->skipped++;
}

/* A vector of a stream has at most this many bytes. */
#define STREAM_BYTES 1024

/* Checks a vector that belongs behind so many bytes of key stream: the IV and the key are read, the
 * texts are still to be. Zeros are decrypted first, which gives the key stream; then one call
 * decrypts these zeros and the vector behind them. */
static void check_at(struct kat_case *test, struct vector *vector, size_t offset)
{
    uint8_t *input = vector->input + vector->iv_length;
    memset(input, 0, offset);
    psa_key_id_t key = kat_import(test, test->row->alg, vector->key, vector->key_length);
    size_t length = 0;
    psa_status_t status = psa_cipher_decrypt(key, test->row->alg, vector->input,
                                             vector->iv_length + offset, vector->plain, offset,
                                             &length);
    kat_require_status(test, status, PSA_SUCCESS, "decryption of what stands before");
    kat_require(test, length == offset, "length of what stands before");
    kat_destroy(test, key);

    length = kat_field(test, KAT_NAMES("CIPHERTEXT"), input + offset, STREAM_BYTES);
    vector->length = kat_field(test, KAT_NAMES("PLAINTEXT"), vector->plain + offset, STREAM_BYTES);
    kat_require(test, length == vector->length, "as much ciphertext as plaintext");
    vector->length += offset;
    check(test, vector);
    test->run++;
}

/* The file splits the 16 bytes that start with the counter in the middle; the PSA API takes the
 * last 12 as IV and lets the counter begin at 0. */
void kat_cipher_chacha20(struct kat_case *test)
{
    struct vector vector;
    vector.key_length = kat_field(test, KAT_NAMES("KEY"), vector.key, sizeof vector.key);
    unsigned long counter = kat_number(test, KAT_NAMES("INITIAL_BLOCK_COUNTER"));
    if (counter > (KAT_BYTES - 12 - STREAM_BYTES) / 64) {
        test->skipped++;
        return;
    }
    vector.iv_length = kat_field(test, KAT_NAMES("NONCE"), vector.input, 12);
    if (vector.iv_length == 8) {
        memmove(vector.input + 4, vector.input, 8);
        memset(vector.input, 0, 4);
        vector.iv_length = 12;
    }
    check_at(test, &vector, 64 * counter);
}

void kat_cipher_arc4(struct kat_case *test)
{
    struct vector vector;
    vector.key_length = kat_field(test, KAT_NAMES("KEY"), vector.key, sizeof vector.key);
    unsigned long offset = kat_number(test, KAT_NAMES("OFFSET"));
    kat_require(test, offset <= KAT_BYTES - STREAM_BYTES, "OFFSET");
    vector.iv_length = 0;
    check_at(test, &vector, offset);
}
