/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "keys.h"

#include <keyshard/keyshard.h>
#include <string.h>

#define HMAC  PSA_ALG_HMAC(PSA_ALG_SHA_256)
#define ECDSA PSA_ALG_ECDSA(PSA_ALG_SHA_256)
/* 2^32 random scalars hold one that is no key: so often in a row happens never. */
#define TRIES 4

const char *const key_alg_names[KEY_ALGS] = {[KEY_HS256] = "HS256", [KEY_ES256] = "ES256"};

bool keys_find_alg(const char *name, enum key_alg *alg)
{
    for (*alg = 0; *alg < KEY_ALGS; (*alg)++)
        if (strcmp(key_alg_names[*alg], name) == 0)
            return true;
    return false;
}

bool keys_length_is_valid(enum key_alg alg, size_t length)
{
    return alg == KEY_ES256 ? length == KEY_SCALAR : length >= KEY_MIN && length <= KEY_MAX;
}

psa_status_t keys_make(const uint8_t *data, size_t length, struct key_ref *key)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    bool ecc = key->alg == KEY_ES256;

    psa_set_key_type(&attributes, ecc ? PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1)
                                      : PSA_KEY_TYPE_HMAC);
    psa_set_key_algorithm(&attributes, ecc ? ECDSA : HMAC);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE);
    if (data != NULL)
        return psa_import_key(&attributes, data, length, &key->id);
    psa_set_key_bits(&attributes, 8 * (ecc ? KEY_SCALAR : KEY_MIN));
    return psa_generate_key(&attributes, &key->id);
}

psa_status_t keys_rotate(const struct key_ref *key, const uint8_t *data, size_t length)
{
    if (data != NULL)
        return keyshard_replace_key(key->id, data, length);

    uint8_t fresh[KEY_MIN];
    _Static_assert(KEY_MIN == KEY_SCALAR, "both algorithms");
    psa_status_t status = PSA_ERROR_INVALID_ARGUMENT;
    for (int i = 0; i < TRIES && status == PSA_ERROR_INVALID_ARGUMENT; i++) {
        status = psa_generate_random(fresh, sizeof fresh);
        if (status == PSA_SUCCESS)
            status = keyshard_replace_key(key->id, fresh, sizeof fresh);
    }
    explicit_bzero(fresh, sizeof fresh);
    return status;
}

psa_status_t keys_sign(const struct key_ref *key, const char *text, size_t length,
                       uint8_t signature[KEY_SIGNATURE_MAX])
{
    const uint8_t *data = (const uint8_t *)text;
    size_t size = 0;

    if (key->alg == KEY_ES256)
        return psa_sign_message(key->id, ECDSA, data, length, signature, KEY_SIGNATURE_MAX, &size);
    return psa_mac_compute(key->id, HMAC, data, length, signature, KEY_SIGNATURE_MAX, &size);
}

psa_status_t keys_verify(const struct key_ref *key, const char *text, size_t length,
                         const uint8_t *signature)
{
    const uint8_t *data = (const uint8_t *)text;
    size_t size = KEY_SIGNATURE(key->alg);

    if (key->alg == KEY_ES256)
        return psa_verify_message(key->id, ECDSA, data, length, signature, size);
    return psa_mac_verify(key->id, HMAC, data, length, signature, size);
}

psa_status_t keys_public(psa_key_id_t key, uint8_t x[KEY_SCALAR], uint8_t y[KEY_SCALAR])
{
    uint8_t point[1 + 2 * KEY_SCALAR];
    size_t length = 0;
    psa_status_t status = psa_export_public_key(key, point, sizeof point, &length);

    if (status != PSA_SUCCESS)
        return status;
    memcpy(x, point + 1, KEY_SCALAR);
    memcpy(y, point + 1 + KEY_SCALAR, KEY_SCALAR);
    return PSA_SUCCESS;
}
