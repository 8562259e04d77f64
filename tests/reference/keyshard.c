/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* keyshard as a store. There is one in a process. */

#include "store.h"

#include <keyshard/keyshard.h>

#define HMAC_256 PSA_ALG_HMAC(PSA_ALG_SHA_256)

static int the_store;

static void *open_store(size_t capacity)
{
    (void) capacity;
    return psa_crypto_init() == PSA_SUCCESS ? &the_store : NULL;
}

static void close_store(void *store)
{
    (void) store;
    mbedtls_psa_crypto_free();
}

static psa_status_t create(void *store, const uint8_t *material, size_t length,
                           psa_key_usage_t usage, psa_key_id_t *key)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    (void) store;
    psa_set_key_type(&attributes, PSA_KEY_TYPE_HMAC);
    psa_set_key_algorithm(&attributes, HMAC_256);
    psa_set_key_usage_flags(&attributes, usage);
    return psa_import_key(&attributes, material, length, key);
}

static psa_status_t use(void *store, psa_key_id_t key, const uint8_t *input, size_t length,
                        uint8_t mac[REF_MAC])
{
    size_t written;

    (void) store;
    return psa_mac_compute(key, HMAC_256, input, length, mac, REF_MAC, &written);
}

static psa_status_t attributes(void *store, psa_key_id_t key, struct ref_attributes *attributes)
{
    psa_key_attributes_t found = PSA_KEY_ATTRIBUTES_INIT;
    psa_status_t status = psa_get_key_attributes(key, &found);

    (void) store;
    attributes->usage = psa_get_key_usage_flags(&found);
    attributes->length = psa_get_key_bits(&found) / 8;
    return status;
}

static psa_status_t replace(void *store, psa_key_id_t key, const uint8_t *material, size_t length)
{
    (void) store;
    return keyshard_replace_key(key, material, length);
}

static psa_status_t restrict_to(void *store, psa_key_id_t key, psa_key_usage_t usage)
{
    (void) store;
    return keyshard_restrict_key(key, usage);
}

static psa_status_t copy(void *store, psa_key_id_t key, psa_key_id_t *copy)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    (void) store;
    psa_set_key_algorithm(&attributes, HMAC_256);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE |
                                             PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_COPY);
    return psa_copy_key(key, &attributes, copy);
}

static psa_status_t destroy(void *store, psa_key_id_t key)
{
    (void) store;
    return key == 0 ? PSA_ERROR_INVALID_HANDLE : psa_destroy_key(key); /* where 0 succeeds */
}

const struct ref_class ref_keyshard = {
    .name = "keyshard",
    .open = open_store,
    .close = close_store,
    .create = create,
    .use = use,
    .attributes = attributes,
    .replace = replace,
    .restrict_to = restrict_to,
    .copy = copy,
    .destroy = destroy,
};
