/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/keyed.h"
#include "crypto/error.h"

#include <string.h>

#define DES_BYTES 8

mbedtls_cipher_id_t ks_keyed_id(const struct ks_key *key)
{
    switch (key->type) {
    case PSA_KEY_TYPE_AES:
        return MBEDTLS_CIPHER_ID_AES;
    case PSA_KEY_TYPE_ARIA:
        return MBEDTLS_CIPHER_ID_ARIA;
    case PSA_KEY_TYPE_CAMELLIA:
        return MBEDTLS_CIPHER_ID_CAMELLIA;
    case PSA_KEY_TYPE_CHACHA20:
        return MBEDTLS_CIPHER_ID_CHACHA20;
    case PSA_KEY_TYPE_DES:
        return key->length == DES_BYTES ? MBEDTLS_CIPHER_ID_DES : MBEDTLS_CIPHER_ID_3DES;
    default:
        return MBEDTLS_CIPHER_ID_NONE;
    }
}

/* Two-key triple DES is triple DES whose third key is the first; Mbed TLS knows the latter alone.
 */
static int set_key(mbedtls_cipher_context_t *context, const struct ks_key *key,
                   mbedtls_operation_t operation)
{
    uint8_t three[3 * DES_BYTES];
    int ret = 0;

    if (key->type != PSA_KEY_TYPE_DES || key->length != 2 * DES_BYTES)
        return mbedtls_cipher_setkey(context, key->material, key->length * 8, operation);
    memcpy(three, key->material, 2 * DES_BYTES);
    memcpy(three + 2 * DES_BYTES, key->material, DES_BYTES);
    ret = mbedtls_cipher_setkey(context, three, sizeof three * 8, operation);
    ks_wipe(three, sizeof three);
    return ret;
}

psa_status_t ks_keyed_setup_empty(mbedtls_cipher_context_t *context, const struct ks_key *key,
                                  mbedtls_cipher_mode_t mode)
{
    mbedtls_cipher_id_t id = ks_keyed_id(key);
    int bits = id == MBEDTLS_CIPHER_ID_3DES ? 3 * DES_BYTES * 8 : key->length * 8;
    const mbedtls_cipher_info_t *info = mbedtls_cipher_info_from_values(id, bits, mode);

    if (info == NULL)
        return PSA_ERROR_NOT_SUPPORTED;
    mbedtls_cipher_init(context);
    return ks_mbed_status(mbedtls_cipher_setup(context, info));
}

psa_status_t ks_keyed_setup(mbedtls_cipher_context_t *context, const struct ks_key *key,
                            mbedtls_cipher_mode_t mode, mbedtls_operation_t operation)
{
    psa_status_t status = ks_keyed_setup_empty(context, key, mode);
    int ret = 0;

    if (status != PSA_SUCCESS)
        return status;
    ret = set_key(context, key, operation);
    if (ret != 0)
        mbedtls_cipher_free(context);
    return ks_mbed_status(ret);
}
