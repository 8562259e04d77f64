/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What the tests of one-shot operations share. */
#ifndef TESTS_API_OPERATIONS_H
#define TESTS_API_OPERATIONS_H

#include "keys.h"

#include <check.h>
#include <psa/crypto.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

TCase *make_mac_case(void);
TCase *make_cipher_case(void);
TCase *make_aead_case(void);

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))
#define NOTHING 0x5a /* what output buffers are filled with before a call */

/* Bytes that are all different from their neighbours, for messages and keys. */
static inline void fill(uint8_t *bytes, size_t length, uint32_t seed)
{
    for (size_t i = 0; i < length; i++) {
        seed = seed * 1664525 + 1013904223;
        bytes[i] = (uint8_t) (seed >> 24);
    }
}

static inline psa_key_id_t import_bytes(psa_key_type_t type, psa_algorithm_t alg,
                                        const uint8_t *bytes, size_t length)
{
    psa_key_attributes_t attributes = make_attributes(type, ANY_USAGE, alg);
    psa_key_id_t key = 0;

    ck_assert_int_eq(psa_import_key(&attributes, bytes, length, &key), PSA_SUCCESS);
    return key;
}

/* A key of the first bytes that fill gives, at most 200. */
static inline psa_key_id_t import_filled(psa_key_type_t type, size_t length, psa_algorithm_t alg)
{
    uint8_t bytes[200];

    fill(bytes, sizeof bytes, 1);
    return import_bytes(type, alg, bytes, length);
}

/* What cannot be: an algorithm with a key of this type, and what it is refused with. */
struct refusal {
    psa_key_type_t type;
    size_t key_length;
    psa_algorithm_t alg;
    psa_status_t status;
};

static inline void destroy(psa_key_id_t key)
{
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
}

static inline void check_all(const uint8_t *bytes, size_t length, uint8_t value)
{
    for (size_t i = 0; i < length; i++)
        ck_assert_uint_eq(bytes[i], value);
}

/* One block through a block cipher: what modes and MACs are defined by. */
static inline void encrypt_block(psa_key_id_t ecb_key, const uint8_t *block, size_t size,
                                 uint8_t *output)
{
    size_t length = 0;

    ck_assert_int_eq(psa_cipher_encrypt(ecb_key, PSA_ALG_ECB_NO_PADDING, block, size, output, size,
                                        &length),
                     PSA_SUCCESS);
    ck_assert_uint_eq(length, size);
}

/* Adds 1 to a big-endian number. */
static inline void increment(uint8_t *number, size_t size)
{
    while (size-- > 0 && ++number[size] == 0)
        continue;
}

#endif
