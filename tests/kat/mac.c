/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* MACs: computed, verified, and refused where one bit differs. */

#include "kat/parts.h"

struct vector {
    uint8_t key[256];
    size_t key_length;
    uint8_t message[KAT_BYTES];
    size_t length;
    uint8_t mac[PSA_MAC_MAX_SIZE];
    size_t mac_length;
};

static void check(struct kat_case *test, struct vector *vector)
{
    uint8_t output[PSA_MAC_MAX_SIZE];
    size_t length = 0;
    psa_algorithm_t alg = test->row->alg;
    psa_key_id_t key = kat_import(test, alg, vector->key, vector->key_length);
    psa_status_t status = psa_mac_compute(key, alg, vector->message, vector->length, output,
                                          sizeof output, &length);
    kat_require_status(test, status, PSA_SUCCESS, "computation");
    kat_require_bytes(test, output, length, vector->mac, vector->mac_length, "computation");
    status = psa_mac_verify(key, alg, vector->message, vector->length, vector->mac,
                            vector->mac_length);
    kat_require_status(test, status, PSA_SUCCESS, "verification");
    kat_parts_mac(test, key, alg, vector->message, vector->length, vector->mac,
                  vector->mac_length);
    vector->mac[test->run % vector->mac_length] ^= (uint8_t) (1 << test->run % 8);
    status = psa_mac_verify(key, alg, vector->message, vector->length, vector->mac,
                            vector->mac_length);
    kat_require_status(test, status, PSA_ERROR_INVALID_SIGNATURE, "verification of a changed MAC");
    kat_destroy(test, key);
    test->run++;
}

void kat_mac(struct kat_case *test)
{
    struct vector vector;
    vector.key_length = kat_field(test, KAT_NAMES("Key"), vector.key, sizeof vector.key);
    vector.length = kat_field(test, KAT_NAMES("Msg"), vector.message, sizeof vector.message);
    vector.mac_length = kat_field(test, KAT_NAMES("MD"), vector.mac, sizeof vector.mac);
    kat_require(test, vector.length == kat_number(test, KAT_NAMES("Len")) / 8, "length");
    check(test, &vector);
}

void kat_mac_cmac(struct kat_case *test)
{
    struct vector vector;
    vector.key_length = kat_field(test, KAT_NAMES("KEY", "KEY1"), vector.key, 32);
    if (test->row->type == PSA_KEY_TYPE_DES) {
        vector.key_length += kat_field(test, KAT_NAMES("KEY2"), vector.key + 8, 8);
        vector.key_length += kat_field(test, KAT_NAMES("KEY3"), vector.key + 16, 8);
    }
    vector.length = kat_field(test, KAT_NAMES("MESSAGE"), vector.message, sizeof vector.message);
    vector.mac_length = kat_field(test, KAT_NAMES("OUTPUT"), vector.mac, sizeof vector.mac);
    check(test, &vector);
}
