/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What the known answers of all asymmetric keys share. */

#include "kat/asymmetric.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define R1(bits) { "P-" #bits, PSA_ECC_FAMILY_SECP_R1, bits }
#define SECT_K1(bits) { "K-" #bits, PSA_ECC_FAMILY_SECT_K1, bits }
#define SECT_R1(bits) { "B-" #bits, PSA_ECC_FAMILY_SECT_R1, bits }
#define BRAINPOOL(bits) { "brainpoolP" #bits "r1", PSA_ECC_FAMILY_BRAINPOOL_P_R1, bits }

/* EA to EE are what the CAVP calls the sizes of keys in agreements. */
static const struct kat_curve curves[] = {
    R1(192), R1(224), R1(256), R1(384), R1(521),
    { "EA", PSA_ECC_FAMILY_SECP_R1, 192 }, { "EB", PSA_ECC_FAMILY_SECP_R1, 224 },
    { "EC", PSA_ECC_FAMILY_SECP_R1, 256 }, { "ED", PSA_ECC_FAMILY_SECP_R1, 384 },
    { "EE", PSA_ECC_FAMILY_SECP_R1, 521 }, { "SECP256R1", PSA_ECC_FAMILY_SECP_R1, 256 },
    { "K-256", PSA_ECC_FAMILY_SECP_K1, 256 }, { "SECP256K1", PSA_ECC_FAMILY_SECP_K1, 256 },
    BRAINPOOL(256), BRAINPOOL(384), BRAINPOOL(512),
    SECT_K1(163), SECT_K1(233), SECT_K1(283), SECT_K1(409), SECT_K1(571),
    { "B-163", PSA_ECC_FAMILY_SECT_R2, 163 },
    SECT_R1(233), SECT_R1(283), SECT_R1(409), SECT_R1(571),
};

const struct kat_curve *kat_curve(const struct kat_case *test)
{
    const char *name = kat_text(&test->reader, KAT_NAMES("CURVE", "GROUP"));
    kat_require(test, name != NULL, "curve");
    size_t length = strcspn(name, ", ");
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        if (strlen(curves[i].name) == length && strncasecmp(curves[i].name, name, length) == 0) {
            return &curves[i];
        }
    }
    kat_require(test, false, name);
    return NULL;
}

bool kat_curve_is_served(const struct kat_curve *curve)
{
    return curve->family == PSA_ECC_FAMILY_SECP_R1 || curve->family == PSA_ECC_FAMILY_SECP_K1 ||
           curve->family == PSA_ECC_FAMILY_BRAINPOOL_P_R1;
}

size_t kat_width(const struct kat_curve *curve)
{
    return PSA_BITS_TO_BYTES(curve->bits);
}

psa_algorithm_t kat_hash(const struct kat_case *test)
{
    const char *name = kat_text(&test->reader, KAT_NAMES("SHAAlg", "OAEPDigest", "GROUP"));
    const char *sha = name == NULL ? NULL : strstr(name, "SHA");
    unsigned long bits = sha == NULL ? 1 : strtoul(sha + 3 + (sha[3] == '-'), NULL, 10);
    switch (bits) {
    case 1:
        return PSA_ALG_SHA_1;
    case 224:
        return PSA_ALG_SHA_224;
    case 256:
        return PSA_ALG_SHA_256;
    case 384:
        return PSA_ALG_SHA_384;
    default:
        kat_require(test, bits == 512, "hash");
        return PSA_ALG_SHA_512;
    }
}

bool kat_number_of(const struct kat_case *test, const char *const *names, uint8_t *data,
                   size_t width)
{
    uint8_t number[KAT_MODULUS];
    size_t length = 0;
    bool ok = kat_integer(&test->reader, names, number, sizeof number, &length);
    kat_require(test, ok, names[0]);
    if (length > width) {
        return false;
    }
    memset(data, 0, width - length);
    memcpy(data + width - length, number, length);
    return true;
}

size_t kat_point(const struct kat_case *test, const char *x, const char *y, uint8_t *data,
                 size_t width)
{
    data[0] = 4;
    kat_require(test, kat_number_of(test, KAT_NAMES(x), data + 1, width), x);
    kat_require(test, kat_number_of(test, KAT_NAMES(y), data + 1 + width, width), y);
    return 1 + 2 * width;
}

psa_status_t kat_try_key(psa_key_type_t type, size_t bits, psa_algorithm_t alg,
                         const uint8_t *data, size_t length, psa_key_id_t *key)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, type);
    psa_set_key_bits(&attributes, bits);
    psa_set_key_algorithm(&attributes, alg);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_SIGN_HASH |
                            PSA_KEY_USAGE_VERIFY_HASH | PSA_KEY_USAGE_ENCRYPT |
                            PSA_KEY_USAGE_DECRYPT | PSA_KEY_USAGE_DERIVE);
    return psa_import_key(&attributes, data, length, key);
}

psa_key_id_t kat_key(const struct kat_case *test, psa_key_type_t type, psa_algorithm_t alg,
                     const uint8_t *data, size_t length)
{
    psa_key_id_t key = 0;
    psa_status_t status = kat_try_key(type, 0, alg, data, length, &key);
    kat_require_status(test, status, PSA_SUCCESS, "import");
    return key;
}

void kat_require_refused(const struct kat_case *test, psa_key_type_t type, size_t bits,
                         const uint8_t *data, size_t length)
{
    psa_key_id_t key = 0;
    psa_status_t status = kat_try_key(type, bits, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH), data, length,
                                      &key);
    kat_require(test, status == PSA_ERROR_INVALID_ARGUMENT || status == PSA_ERROR_NOT_SUPPORTED,
                "a key that must be refused");
    kat_require(test, key == 0, "id of a refused key");
}

void kat_require_public(const struct kat_case *test, psa_key_id_t key, const uint8_t *point,
                        size_t length)
{
    uint8_t output[2 * KAT_MODULUS];
    size_t output_length = 0;
    psa_status_t status = psa_export_public_key(key, output, sizeof output, &output_length);
    kat_require_status(test, status, PSA_SUCCESS, "export of the public key");
    kat_require_bytes(test, output, output_length, point, length, "public key");
}

static size_t hash_of(const struct kat_case *test, const struct kat_signed *it, uint8_t *hash)
{
    size_t length = 0;
    psa_status_t status = psa_hash_compute(PSA_ALG_SIGN_GET_HASH(it->alg), it->message, it->length,
                                           hash, PSA_HASH_MAX_SIZE, &length);
    kat_require_status(test, status, PSA_SUCCESS, "hash");
    return length;
}

void kat_require_verified(const struct kat_case *test, psa_key_id_t key,
                          const struct kat_signed *it, psa_status_t expected, const char *what)
{
    uint8_t hash[PSA_HASH_MAX_SIZE];
    psa_status_t status = psa_verify_message(key, it->alg, it->message, it->length, it->signature,
                                             it->signature_length);
    kat_require_status(test, status, expected, what);
    if (test->run % KAT_EXTRA == 0) { /* what comes after the hash is the same */
        size_t length = hash_of(test, it, hash);
        status = psa_verify_hash(key, it->alg, hash, length, it->signature, it->signature_length);
        kat_require_status(test, status, expected, what);
    }
}

void kat_require_signing(const struct kat_case *test, psa_key_id_t key, psa_key_id_t public_key,
                         const struct kat_signed *it)
{
    struct kat_signed own = *it;
    uint8_t hash[PSA_HASH_MAX_SIZE];
    psa_status_t status;
    if (test->run % 2 == 0) {
        status = psa_sign_message(key, own.alg, own.message, own.length, own.signature,
                                  sizeof own.signature, &own.signature_length);
    } else {
        size_t length = hash_of(test, it, hash);
        status = psa_sign_hash(key, own.alg, hash, length, own.signature, sizeof own.signature,
                               &own.signature_length);
    }
    kat_require_status(test, status, PSA_SUCCESS, "signing");
    kat_require_verified(test, public_key, &own, PSA_SUCCESS, "own signature");
    own.message[own.length++] = 0;
    status = psa_verify_message(public_key, own.alg, own.message, own.length, own.signature,
                                own.signature_length);
    kat_require_status(test, status, PSA_ERROR_INVALID_SIGNATURE, "a longer message");
}
