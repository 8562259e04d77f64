/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* AEAD: encrypted, decrypted, and refused where the vector says that it is not authentic. */

#include "kat/parts.h"

#include <string.h>

struct vector {
    uint8_t key[32];
    size_t key_length;
    uint8_t nonce[256];
    size_t nonce_length;
    uint8_t data[KAT_BYTES]; /* additional data */
    size_t data_length;
    uint8_t plain[KAT_BYTES];
    size_t plain_length;
    uint8_t sealed[KAT_BYTES];
    size_t sealed_length;
    size_t tag_length;
    bool authentic;
};

static void encrypt(const struct kat_case *test, psa_key_id_t key, psa_algorithm_t alg,
                    const struct vector *vector)
{
    uint8_t output[KAT_BYTES];
    size_t length = 0;
    psa_status_t status = psa_aead_encrypt(key, alg, vector->nonce, vector->nonce_length,
                                           vector->data, vector->data_length, vector->plain,
                                           vector->plain_length, output, sizeof output, &length);
    kat_require_status(test, status, PSA_SUCCESS, "encryption");
    kat_require_bytes(test, output, length, vector->sealed, vector->sealed_length, "encryption");
}

static void decrypt(const struct kat_case *test, psa_key_id_t key, psa_algorithm_t alg,
                    const struct vector *vector)
{
    uint8_t output[KAT_BYTES];
    size_t length = 0;
    psa_status_t status = psa_aead_decrypt(key, alg, vector->nonce, vector->nonce_length,
                                           vector->data, vector->data_length, vector->sealed,
                                           vector->sealed_length, output, sizeof output, &length);
    if (vector->authentic) {
        kat_require_status(test, status, PSA_SUCCESS, "decryption");
        kat_require_bytes(test, output, length, vector->plain, vector->plain_length, "decryption");
    } else {
        kat_require_status(test, status, PSA_ERROR_INVALID_SIGNATURE, "decryption of a forgery");
    }
}

static void check(struct kat_case *test, const struct vector *vector)
{
    psa_algorithm_t alg = PSA_ALG_AEAD_WITH_SHORTENED_TAG(test->row->alg, vector->tag_length);
    psa_key_id_t key = kat_import(test, alg, vector->key, vector->key_length);
    if (vector->authentic) {
        encrypt(test, key, alg, vector);
    }
    decrypt(test, key, alg, vector);
    struct kat_parts_aead parts = { vector->nonce, vector->nonce_length, vector->data,
                                    vector->data_length,
                                    vector->authentic ? vector->plain : NULL, vector->sealed,
                                    vector->sealed_length - vector->tag_length,
                                    vector->tag_length };
    kat_parts_aead(test, key, alg, &parts);
    kat_destroy(test, key);
    test->run++;
}

static void read_common(const struct kat_case *test, struct vector *vector)
{
    vector->key_length = kat_field(test, KAT_NAMES("KEY"), vector->key, sizeof vector->key);
    vector->nonce_length = kat_field(test, KAT_NAMES("NONCE", "IV"), vector->nonce,
                                     sizeof vector->nonce);
    vector->data_length = kat_field(test, KAT_NAMES("AAD", "AD", "ADATA"), vector->data,
                                    sizeof vector->data);
    vector->sealed_length = kat_field(test, KAT_NAMES("CT", "CIPHERTEXT"), vector->sealed,
                                      sizeof vector->sealed - 16);
    const char *result = kat_text(&test->reader, KAT_NAMES("RESULT"));
    vector->authentic = result == NULL || strncmp(result, "Pass", 4) == 0;
}

void kat_aead(struct kat_case *test)
{
    struct vector vector;
    read_common(test, &vector);
    vector.tag_length = kat_field(test, KAT_NAMES("TAG"), vector.sealed + vector.sealed_length, 16);
    vector.sealed_length += vector.tag_length;
    vector.plain_length = 0;
    if (vector.authentic) {
        vector.plain_length = kat_field(test, KAT_NAMES("PT", "IN", "PLAINTEXT"), vector.plain,
                                        sizeof vector.plain);
    }
    check(test, &vector);
}

/* Here a length of 0 goes with one byte that does not count. */
void kat_aead_joined(struct kat_case *test)
{
    struct vector vector;
    read_common(test, &vector);
    vector.tag_length = kat_number(test, KAT_NAMES("Tlen"));
    vector.plain_length = kat_number(test, KAT_NAMES("Plen"));
    kat_require(test, vector.nonce_length == kat_number(test, KAT_NAMES("Nlen")), "Nlen");
    kat_require(test, vector.sealed_length == vector.plain_length + vector.tag_length,
                "Plen, Tlen");
    size_t data_length = kat_number(test, KAT_NAMES("Alen"));
    kat_require(test, vector.data_length == (data_length == 0 ? 1 : data_length), "Alen");
    vector.data_length = data_length;
    if (vector.authentic) {
        size_t length = kat_field(test, KAT_NAMES("PAYLOAD"), vector.plain, sizeof vector.plain);
        kat_require(test, length == (vector.plain_length == 0 ? 1 : vector.plain_length), "Plen");
    }
    check(test, &vector);
}
