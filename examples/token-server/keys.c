/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "keys.h"

#include <keyshard/keyshard.h>
#include <string.h>

#define ALGORITHM PSA_ALG_HMAC(PSA_ALG_SHA_256)

psa_status_t keys_make(const uint8_t *data, size_t length, psa_key_id_t *key)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_HMAC);
    psa_set_key_algorithm(&attributes, ALGORITHM);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE);
    if (data != NULL)
        return psa_import_key(&attributes, data, length, key);
    psa_set_key_bits(&attributes, 8 * KEY_MIN);
    return psa_generate_key(&attributes, key);
}

psa_status_t keys_rotate(psa_key_id_t key, const uint8_t *data, size_t length)
{
    if (data != NULL)
        return keyshard_replace_key(key, data, length);

    uint8_t fresh[KEY_MIN];
    psa_status_t status = psa_generate_random(fresh, sizeof fresh);
    if (status == PSA_SUCCESS)
        status = keyshard_replace_key(key, fresh, sizeof fresh);
    explicit_bzero(fresh, sizeof fresh);
    return status;
}
