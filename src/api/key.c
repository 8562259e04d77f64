/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Key management of the PSA Crypto API (PSA Certified Crypto API 1.1, section 9). */

#include "config.h"

#include "api/attributes.h"
#include "api/generate.h"
#include "crypto/material.h"
#include "key/make.h"
#include "key/policy.h"
#include "key/status.h"
#include "key/type.h"
#include "key/use.h"
#include "store/change.h"
#include "store/store.h"

#include <string.h>

/* What all creations check first. */
static psa_status_t begin_creation(const psa_key_attributes_t *attributes, psa_key_id_t *id,
                                   struct ks_spec *spec)
{
    *id = PSA_KEY_ID_NULL;
    if (!ks_store_running()) {
        return PSA_ERROR_BAD_STATE;
    }
    ks_attributes_read(attributes, spec);
    return ks_spec_check_place(spec);
}

/* The same for a key with a policy of its own, not one within its source's. */
static psa_status_t begin_new(const psa_key_attributes_t *attributes, psa_key_id_t *id,
                              struct ks_spec *spec)
{
    psa_status_t status = begin_creation(attributes, id, spec);

    if (status == PSA_SUCCESS) {
        status = ks_policy_check_usage(spec->usage);
        spec->usage = ks_policy_extend_usage(spec->usage);
    }
    return status;
}

KS_EXPORT psa_status_t psa_import_key(const psa_key_attributes_t *attributes, const uint8_t *data,
                                      size_t data_length, mbedtls_svc_key_id_t *key)
{
    struct ks_spec spec;
    psa_status_t status = begin_new(attributes, key, &spec);

    if (status == PSA_SUCCESS) {
        status = ks_key_import(&spec, data, data_length, ks_material_check, key);
    }
    return status;
}

/* What all generations check before the key's place. */
static psa_status_t check_generation(const struct ks_spec *spec)
{
    if (spec->exponent_length == 0) {
        return PSA_SUCCESS;
    }
    if (spec->exponent == NULL) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    /* An exponent is for RSA keys alone. */
    return PSA_KEY_TYPE_IS_RSA(spec->type) ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

psa_status_t ks_generate(const psa_key_attributes_t *attributes, const uint8_t *exponent,
                         size_t exponent_length, psa_key_id_t *key)
{
    struct ks_spec spec;
    struct ks_making making;
    psa_status_t status = begin_new(attributes, key, &spec);

    if (exponent_length != 0) {
        spec.exponent = exponent;
        spec.exponent_length = exponent_length;
    }
    if (status == PSA_SUCCESS) {
        status = check_generation(&spec);
    }
    if (status == PSA_SUCCESS) {
        status = ks_type_check_bits(spec.type, spec.bits);
    }
    if (status == PSA_SUCCESS) {
        status = ks_make_begin(&making, &spec, ks_type_length(spec.type, spec.bits));
    }
    if (status != PSA_SUCCESS) {
        return status;
    }
    status = ks_material_generate(&making, &spec);
    if (status == PSA_SUCCESS) {
        ks_make_finish(&making, key);
    } else {
        ks_make_cancel(&making);
    }
    return status;
}

KS_EXPORT psa_status_t psa_generate_key(const psa_key_attributes_t *attributes,
                                        mbedtls_svc_key_id_t *key)
{
    return ks_generate(attributes, NULL, 0, key);
}

KS_EXPORT psa_status_t psa_copy_key(mbedtls_svc_key_id_t source_key,
                                    const psa_key_attributes_t *attributes,
                                    mbedtls_svc_key_id_t *target_key)
{
    struct ks_spec spec;
    psa_status_t status = begin_creation(attributes, target_key, &spec);

    if (status == PSA_SUCCESS) {
        status = ks_key_copy(source_key, &spec, target_key);
    }
    return status;
}

KS_EXPORT psa_status_t psa_export_key(mbedtls_svc_key_id_t key, uint8_t *data, size_t data_size,
                                      size_t *data_length)
{
    struct ks_use use;

    *data_length = 0;
    psa_status_t status = ks_use_begin(&use, key, PSA_KEY_USAGE_EXPORT, 0);

    if (status != PSA_SUCCESS) {
        return status;
    }
    if (use.key->length > data_size) {
        status = PSA_ERROR_BUFFER_TOO_SMALL;
    } else {
        memcpy(data, use.key->material, use.key->length);
        *data_length = use.key->length;
    }
    ks_use_end(&use);
    return status;
}

KS_EXPORT psa_status_t psa_export_public_key(mbedtls_svc_key_id_t key, uint8_t *data,
                                             size_t data_size, size_t *data_length)
{
    struct ks_use use;

    *data_length = 0;
    if (data_size == 0) { /* before the key is looked for, as Mbed TLS does */
        return PSA_ERROR_BUFFER_TOO_SMALL;
    }
    psa_status_t status = ks_use_begin(&use, key, 0, 0);

    if (status == PSA_SUCCESS) {
        status = ks_material_public(&use, data, data_size, data_length);
        ks_use_end(&use);
    }
    return status;
}

/* Needs no memory: a thread without a shard is given none. */
static psa_status_t destroy(psa_key_id_t key)
{
    if (!ks_store_running()) {
        return PSA_ERROR_BAD_STATE;
    }
    psa_status_t status = ks_psa_status(ks_destroy(key));

    ks_shard_leave();
    return status;
}

KS_EXPORT psa_status_t psa_destroy_key(mbedtls_svc_key_id_t key)
{
    return key == PSA_KEY_ID_NULL ? PSA_SUCCESS : destroy(key);
}

/* Of a volatile key, as all are so far: destroys it. */
KS_EXPORT psa_status_t psa_close_key(psa_key_handle_t handle)
{
    return handle == PSA_KEY_ID_NULL ? PSA_SUCCESS : destroy(handle);
}

/* A volatile key stays; its prepared contexts are dropped. */
KS_EXPORT psa_status_t psa_purge_key(mbedtls_svc_key_id_t key)
{
    return ks_store_running() ? ks_key_refresh(key) : PSA_ERROR_BAD_STATE;
}
