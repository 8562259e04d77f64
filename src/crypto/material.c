/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/material.h"
#include "crypto/ecc.h"
#include "crypto/random.h"
#include "crypto/rsa.h"
#include "key/type.h"

#include <string.h>

psa_status_t ks_material_check(const struct ks_key *key)
{
    if (PSA_KEY_TYPE_IS_ECC(key->type))
        return ks_ecc_judge(key);
    return PSA_KEY_TYPE_IS_RSA(key->type) ? ks_rsa_judge(key) : PSA_SUCCESS;
}

psa_status_t ks_material_generate(struct ks_making *making, const struct ks_spec *spec)
{
    struct ks_key *key = making->key;
    psa_status_t status = PSA_SUCCESS;

    if (PSA_KEY_TYPE_IS_RSA(key->type))
        return ks_rsa_generate(making->shard, key, spec->exponent, spec->exponent_length);
    if (PSA_KEY_TYPE_IS_ECC(key->type))
        return ks_ecc_generate(making->shard, key);
    status = ks_random_generate(making->shard, key->material, key->length);
    if (status == PSA_SUCCESS)
        ks_type_finish_generated(key->type, key->material, key->length);
    return status;
}

psa_status_t ks_material_public(struct ks_use *use, uint8_t *output, size_t size, size_t *length)
{
    const struct ks_key *key = use->key;
    const uint8_t *point = NULL;
    struct ks_rsa_parts parts;
    size_t point_length = 0;
    psa_status_t status = PSA_ERROR_INVALID_ARGUMENT;

    if (PSA_KEY_TYPE_IS_RSA(key->type)) {
        status = ks_rsa_parse(key->type, key->material, key->length, &parts);
        return status == PSA_SUCCESS ? ks_rsa_write_public(&parts, output, size, length) : status;
    }
    if (!PSA_KEY_TYPE_IS_ECC(key->type))
        return PSA_ERROR_INVALID_ARGUMENT;
    status = ks_ecc_public(use, &point, &point_length);
    if (status == PSA_SUCCESS && size < point_length)
        status = PSA_ERROR_BUFFER_TOO_SMALL;
    if (status == PSA_SUCCESS) {
        memcpy(output, point, point_length);
        *length = point_length;
    }
    return status;
}
