/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "symmetric.h"

#include <string.h>

static const struct symmetric rows[] = {
    [HMAC] = {MAC, PSA_KEY_TYPE_HMAC, 32, PSA_ALG_HMAC(PSA_ALG_SHA_256)},
    [HMAC_LONG_KEY] = {MAC, PSA_KEY_TYPE_HMAC, 200, PSA_ALG_HMAC(PSA_ALG_SHA_512)},
    [CMAC] = {MAC, PSA_KEY_TYPE_AES, 16, PSA_ALG_CMAC},
    [CTR] = {CIPHER, PSA_KEY_TYPE_AES, 16, PSA_ALG_CTR},
    [CBC] = {CIPHER, PSA_KEY_TYPE_AES, 32, PSA_ALG_CBC_PKCS7},
    [DES] = {CIPHER, PSA_KEY_TYPE_DES, 24, PSA_ALG_CBC_NO_PADDING},
    [CHACHA20] = {CIPHER, PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_STREAM_CIPHER},
    [GCM] = {AEAD, PSA_KEY_TYPE_AES, 16, PSA_ALG_GCM},
    [CCM] = {AEAD, PSA_KEY_TYPE_AES, 16, PSA_ALG_CCM},
    [CHACHAPOLY] = {AEAD, PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_CHACHA20_POLY1305},
};

const uint8_t symmetric_text[48] = "forty-eight bytes of message, in three AES block";
const uint8_t symmetric_nonce[16] = "sixteen bytes!!!";

const struct symmetric *symmetric_of(const struct fault_scene *scene)
{
    return &rows[scene->argument];
}

bool symmetric_prepare(struct fault_scene *scene)
{
    const struct symmetric *row = symmetric_of(scene);

    scene->key = fault_import(row->type, row->length, row->alg);
    return scene->key != 0;
}

psa_status_t symmetric_invert(const struct fault_scene *scene, size_t data_length, bool *right)
{
    const struct symmetric *row = symmetric_of(scene);
    uint8_t plain[sizeof scene->output];
    size_t length = 0;
    psa_status_t status;

    if (row->kind == MAC) {
        status = psa_mac_verify(scene->key, row->alg, symmetric_text, sizeof symmetric_text,
                                scene->output, scene->length);
        *right = status == PSA_SUCCESS;
        return status;
    }
    if (row->kind == CIPHER) {
        status = psa_cipher_decrypt(scene->key, row->alg, scene->output, scene->length, plain,
                                    sizeof plain, &length);
    } else {
        status = psa_aead_decrypt(scene->key, row->alg, symmetric_nonce, SYMMETRIC_NONCE,
                                  symmetric_text, data_length, scene->output, scene->length, plain,
                                  sizeof plain, &length);
    }
    *right = status == PSA_SUCCESS && length == sizeof symmetric_text &&
             memcmp(plain, symmetric_text, length) == 0;
    return status;
}
