/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "kat/parts.h"

#include <stdlib.h>
#include <string.h>

/* Mbed TLS 2.28 declares these and does not have them: the program that is linked without keyshard
 * finds them when it is preloaded. */
#pragma weak psa_aead_encrypt_setup
#pragma weak psa_aead_decrypt_setup
#pragma weak psa_aead_set_nonce
#pragma weak psa_aead_set_lengths
#pragma weak psa_aead_update_ad
#pragma weak psa_aead_update
#pragma weak psa_aead_finish
#pragma weak psa_aead_verify

#define SHORT_TEXT 34    /* cut at every place */
#define LONG_WAYS 6 /* of which half are random pieces */

/* A way to cut a text: into two, or into random pieces. */
struct cut {
    size_t at;
    bool random;
    uint32_t state;
    size_t done;
    size_t whole;
};

static uint32_t draw(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static size_t ways(size_t length)
{
    return length <= SHORT_TEXT ? length + 1 : LONG_WAYS;
}

/* The way-th way; number tells vectors apart. */
static struct cut make_cut(size_t length, size_t way, unsigned number)
{
    struct cut cut = { .state = number * 31 + (uint32_t) way, .whole = length };

    cut.random = length > SHORT_TEXT && way % 2 == 0;
    cut.at = length <= SHORT_TEXT ? way : draw(&cut.state) % (length + 1);
    return cut;
}

/* Whether there is another piece; gives where it begins and its length. */
static bool next_piece(struct cut *cut, size_t *start, size_t *length)
{
    size_t left = cut->whole - cut->done;

    *start = cut->done;
    *length = cut->random ? draw(&cut->state) % 60 : cut->done < cut->at ? cut->at : left;
    *length = *length < left ? *length : left;
    cut->done += *length;
    return left != 0;
}

static void feed_mac(const struct kat_case *test, psa_mac_operation_t *operation,
                     const uint8_t *message, size_t length, size_t way)
{
    struct cut cut = make_cut(length, way, test->run);
    size_t start;
    size_t piece;

    while (next_piece(&cut, &start, &piece)) {
        kat_require_status(test, psa_mac_update(operation, message + start, piece), PSA_SUCCESS,
                           "update of a MAC");
    }
}

void kat_parts_mac(const struct kat_case *test, psa_key_id_t key, psa_algorithm_t alg,
                   const uint8_t *message, size_t length, const uint8_t *mac, size_t mac_length)
{
    for (size_t way = 0; way < ways(length); way++) {
        psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
        uint8_t output[PSA_MAC_MAX_SIZE];
        size_t written = 0;
        kat_require_status(test, psa_mac_sign_setup(&operation, key, alg), PSA_SUCCESS, "set-up");
        feed_mac(test, &operation, message, length, way);
        kat_require_status(test, psa_mac_sign_finish(&operation, output, sizeof output, &written),
                           PSA_SUCCESS, "finish");
        kat_require_bytes(test, output, written, mac, mac_length, "MAC of a message in parts");
        kat_require_status(test, psa_mac_verify_setup(&operation, key, alg), PSA_SUCCESS,
                           "set-up");
        feed_mac(test, &operation, message, length, way);
        kat_require_status(test, psa_mac_verify_finish(&operation, mac, mac_length), PSA_SUCCESS,
                           "verification in parts");
    }
}

void kat_parts_cipher(const struct kat_case *test, psa_key_id_t key, bool decrypts,
                      const uint8_t *iv, size_t iv_length, const uint8_t *input, size_t length,
                      const uint8_t *expected)
{
    const psa_algorithm_t alg = test->row->alg;

    for (size_t way = 0; way < ways(length); way++) {
        psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
        struct cut cut = make_cut(length, way, test->run);
        uint8_t output[KAT_BYTES + 16];
        size_t total = 0;
        size_t written = 0;
        size_t start;
        size_t piece;
        kat_require_status(test, decrypts ? psa_cipher_decrypt_setup(&operation, key, alg)
                                          : psa_cipher_encrypt_setup(&operation, key, alg),
                           PSA_SUCCESS, "set-up");
        if (iv_length != 0) {
            kat_require_status(test, psa_cipher_set_iv(&operation, iv, iv_length), PSA_SUCCESS,
                               "IV");
        }
        while (next_piece(&cut, &start, &piece)) {
            kat_require_status(test, psa_cipher_update(&operation, input + start, piece,
                                                       output + total, sizeof output - total,
                                                       &written),
                               PSA_SUCCESS, "update of a cipher");
            total += written;
        }
        kat_require_status(test, psa_cipher_finish(&operation, output + total,
                                                   sizeof output - total, &written),
                           PSA_SUCCESS, "finish");
        kat_require_bytes(test, output, total + written, expected, length, "cipher in parts");
    }
}

static void start_aead(const struct kat_case *test, psa_aead_operation_t *operation,
                       psa_key_id_t key, psa_algorithm_t alg, bool encrypts,
                       const struct kat_parts_aead *v, size_t way)
{
    bool lengths = PSA_ALG_AEAD_WITH_SHORTENED_TAG(alg, 0)
                       == PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 0)
                   || way % 2 == 0;
    struct cut cut = make_cut(v->data_length, way % ways(v->data_length), test->run);
    size_t start;
    size_t piece;

    *operation = psa_aead_operation_init();
    kat_require_status(test, encrypts ? psa_aead_encrypt_setup(operation, key, alg)
                                      : psa_aead_decrypt_setup(operation, key, alg),
                       PSA_SUCCESS, "set-up");
    if (lengths) {
        kat_require_status(test, psa_aead_set_lengths(operation, v->data_length, v->length),
                           PSA_SUCCESS, "lengths");
    }
    kat_require_status(test, psa_aead_set_nonce(operation, v->nonce, v->nonce_length), PSA_SUCCESS,
                       "nonce");
    while (next_piece(&cut, &start, &piece)) {
        kat_require_status(test, psa_aead_update_ad(operation, v->data + start, piece),
                           PSA_SUCCESS, "additional data");
    }
}

static size_t feed_aead(const struct kat_case *test, psa_aead_operation_t *operation,
                        const uint8_t *input, size_t length, size_t way, uint8_t *output)
{
    struct cut cut = make_cut(length, way % ways(length), test->run);
    size_t total = 0;
    size_t start;
    size_t piece;

    while (next_piece(&cut, &start, &piece)) {
        size_t written = 0;

        kat_require_status(test, psa_aead_update(operation, input + start, piece, output + total,
                                                 (piece + 15) / 16 * 16, &written),
                           PSA_SUCCESS, "update of an AEAD");
        total += written;
    }
    return total;
}

static void encrypt(const struct kat_case *test, psa_key_id_t key, psa_algorithm_t alg,
                    const struct kat_parts_aead *v, size_t way)
{
    psa_aead_operation_t operation;
    uint8_t output[KAT_BYTES + 32];
    size_t rest = 0;
    size_t tag_length = 0;

    start_aead(test, &operation, key, alg, true, v, way);
    size_t total = feed_aead(test, &operation, v->plain, v->length, way, output);
    uint8_t tag[16];
    kat_require_status(test, psa_aead_finish(&operation, output + total, 16, &rest, tag, sizeof tag,
                                             &tag_length),
                       PSA_SUCCESS, "finish");
    kat_require_bytes(test, output, total + rest, v->sealed, v->length, "encryption in parts");
    kat_require_bytes(test, tag, tag_length, v->sealed + v->length, v->tag_length,
                      "tag of a message in parts");
}

static void decrypt(const struct kat_case *test, psa_key_id_t key, psa_algorithm_t alg,
                    const struct kat_parts_aead *v, size_t way)
{
    psa_aead_operation_t operation;
    uint8_t output[KAT_BYTES + 32];
    size_t rest = 0;

    start_aead(test, &operation, key, alg, false, v, way);
    size_t total = feed_aead(test, &operation, v->sealed, v->length, way, output);
    kat_require_status(test, psa_aead_verify(&operation, output + total, 16, &rest,
                                             v->sealed + v->length, v->tag_length),
                       v->plain != NULL ? PSA_SUCCESS : PSA_ERROR_INVALID_SIGNATURE,
                       "verification in parts");
    if (v->plain != NULL) {
        kat_require_bytes(test, output, total + rest, v->plain, v->length, "decryption in parts");
    }
}

void kat_parts_aead(const struct kat_case *test, psa_key_id_t key, psa_algorithm_t alg,
                    const struct kat_parts_aead *vector)
{
    size_t data_ways = ways(vector->data_length);
    size_t text_ways = ways(vector->length);

    for (size_t way = 0; way < (data_ways > text_ways ? data_ways : text_ways); way++) {
        if (vector->plain != NULL) {
            encrypt(test, key, alg, vector, way);
        }
        decrypt(test, key, alg, vector, way);
    }
}
