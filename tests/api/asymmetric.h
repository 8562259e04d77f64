/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What the tests of asymmetric keys share. Assertions are made in the calling test's thread. */
#ifndef TESTS_API_ASYMMETRIC_H
#define TESTS_API_ASYMMETRIC_H

#include "asymmetric_keys.h"
#include "keys.h"

#define P256_PAIR PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1)
#define P256_PUBLIC PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1)
#define X25519_PAIR PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_MONTGOMERY)
#define RSA_PAIR PSA_KEY_TYPE_RSA_KEY_PAIR
#define RSA_PUBLIC PSA_KEY_TYPE_RSA_PUBLIC_KEY
#define RSA_BYTES 128 /* of the modulus of rsa_pair */

#define ECDSA256 PSA_ALG_ECDSA(PSA_ALG_SHA_256)
#define DETERMINISTIC256 PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256)
#define V15_256 PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256)
#define PSS_256 PSA_ALG_RSA_PSS(PSA_ALG_SHA_256)
#define OAEP_256 PSA_ALG_RSA_OAEP(PSA_ALG_SHA_256)

/* Imports whole material, which must succeed. */
static inline psa_key_id_t import_bytes(psa_key_type_t type, psa_algorithm_t alg,
                                        const uint8_t *data, size_t length)
{
    psa_key_attributes_t attributes = make_attributes(type, ANY_USAGE, alg);
    psa_key_id_t key = 0;

    ck_assert_int_eq(psa_import_key(&attributes, data, length, &key), PSA_SUCCESS);
    return key;
}

static inline psa_key_id_t import_rsa(psa_algorithm_t alg)
{
    return import_bytes(RSA_PAIR, alg, rsa_pair, sizeof rsa_pair);
}

static inline psa_key_id_t import_p256(psa_algorithm_t alg)
{
    return import_bytes(P256_PAIR, alg, material, 32);
}

/* The status of an import; a failed one leaves no id. */
static inline psa_status_t try_import(psa_key_type_t type, size_t bits, const uint8_t *data,
                                      size_t length)
{
    psa_key_attributes_t attributes = make_attributes(type, ANY_USAGE, 0);
    psa_key_id_t key = 99;
    psa_status_t status;

    psa_set_key_bits(&attributes, bits);
    status = psa_import_key(&attributes, data, length, &key);
    ck_assert(status == PSA_SUCCESS || key == 0);
    return status;
}

static inline psa_status_t try_generate(psa_key_type_t type, size_t bits, psa_algorithm_t alg,
                                        psa_key_id_t *key)
{
    psa_key_attributes_t attributes = make_attributes(type, ANY_USAGE, alg);
    psa_status_t status;

    psa_set_key_bits(&attributes, bits);
    status = psa_generate_key(&attributes, key);
    ck_assert(status == PSA_SUCCESS || *key == 0);
    return status;
}

#endif
