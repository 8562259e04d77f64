/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/cmac.h"
#include "crypto/error.h"
#include "crypto/keyed.h"

psa_status_t ks_cmac_setup(mbedtls_cipher_context_t *body, const struct ks_key *key)
{
    psa_status_t status = PSA_ERROR_NOT_SUPPORTED;
    int ret = 0;

    if (key->type == PSA_KEY_TYPE_DES && key->length != 3 * 8)
        return PSA_ERROR_NOT_SUPPORTED;
    status = ks_keyed_setup_empty(body, key, MBEDTLS_MODE_ECB);
    if (status != PSA_SUCCESS)
        return status;
    ret = mbedtls_cipher_cmac_starts(body, key->material, key->length * 8u);
    if (ret != 0)
        mbedtls_cipher_free(body);
    return ks_mbed_status(ret);
}

static int prepare(void *body, const struct ks_object *object, uint32_t variant)
{
    (void) variant;
    return ks_cmac_setup(body, (const struct ks_key *) object);
}

static void release(void *body)
{
    mbedtls_cipher_free(body);
}

static const struct ks_record_class class = {
    .size = sizeof(mbedtls_cipher_context_t),
    .extra = KS_MBED_CMAC_HEAP,
    .prepare = prepare,
    .release = release,
    .stack = KS_KEYED_STACK,
};

/* Bytes of stack that a CMAC of Mbed TLS does not exceed (measured: 336, on x86-64 with both
 * versions). */
#define STACK 512

psa_status_t ks_cmac_compute(struct ks_use *use, const uint8_t *input, size_t length, uint8_t *mac)
{
    void *body = NULL;
    int ret = 0;
    psa_status_t status = ks_use_context(use, &class, 0, &body);

    if (ks_unlikely(status != PSA_SUCCESS))
        return status;
    ret = mbedtls_cipher_cmac_reset(body);
    if (ret == 0 && length != 0)
        ret = mbedtls_cipher_cmac_update(body, input, length);
    if (ret == 0)
        ret = mbedtls_cipher_cmac_finish(body, mac);
    ks_wipe_frames(STACK);
    if (ks_unlikely(ret != 0))
        ks_wipe(mac, ks_keyed_block(use->key));
    return ks_mbed_status(ret);
}

psa_status_t ks_cmac_update(mbedtls_cipher_context_t *context, const uint8_t *input, size_t length)
{
    int ret = mbedtls_cipher_cmac_update(context, input, length);

    ks_wipe_frames(STACK);
    return ks_mbed_status(ret);
}

psa_status_t ks_cmac_finish(mbedtls_cipher_context_t *context, uint8_t *mac, size_t block)
{
    int ret = mbedtls_cipher_cmac_finish(context, mac);

    ks_wipe_frames(STACK);
    if (ret != 0)
        ks_wipe(mac, block);
    return ks_mbed_status(ret);
}
