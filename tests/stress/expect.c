/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What each operation must give, from Mbed TLS's primitives directly. */

#include "cell.h"

#include <mbedtls/aes.h>
#include <mbedtls/ccm.h>
#include <mbedtls/chachapoly.h>
#include <mbedtls/cipher.h>
#include <mbedtls/cmac.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <string.h>

const uint8_t stress_message[MESSAGE] = "forty-eight bytes of message, in three AES block";
const uint8_t stress_nonce[12] = "twelve bytes";

static size_t expect_gcm(const uint8_t *key, uint8_t *output)
{
    mbedtls_gcm_context gcm;

    mbedtls_gcm_init(&gcm);
    mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key, 256);
    mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, MESSAGE, stress_nonce, 12, NULL, 0,
                              stress_message, output, 16, output + MESSAGE);
    mbedtls_gcm_free(&gcm);
    return MESSAGE + 16;
}

static size_t expect_ccm(const uint8_t *key, uint8_t *output)
{
    mbedtls_ccm_context ccm;

    mbedtls_ccm_init(&ccm);
    mbedtls_ccm_setkey(&ccm, MBEDTLS_CIPHER_ID_AES, key, 256);
    mbedtls_ccm_encrypt_and_tag(&ccm, MESSAGE, stress_nonce, 12, NULL, 0, stress_message, output,
                                output + MESSAGE, 16);
    mbedtls_ccm_free(&ccm);
    return MESSAGE + 16;
}

static size_t expect_chacha(const uint8_t *key, uint8_t *output)
{
    mbedtls_chachapoly_context chacha;

    mbedtls_chachapoly_init(&chacha);
    mbedtls_chachapoly_setkey(&chacha, key);
    mbedtls_chachapoly_encrypt_and_tag(&chacha, MESSAGE, stress_nonce, NULL, 0, stress_message,
                                       output, output + MESSAGE);
    mbedtls_chachapoly_free(&chacha);
    return MESSAGE + 16;
}

static size_t expect_cmac(const uint8_t *key, uint8_t *output)
{
    mbedtls_cipher_cmac(mbedtls_cipher_info_from_type(MBEDTLS_CIPHER_AES_256_ECB), key, 256,
                        stress_message, MESSAGE, output);
    return 16;
}

bool expect_ctr(const uint8_t material[32], const uint8_t *output, size_t length)
{
    mbedtls_aes_context aes;
    uint8_t counter[16];
    uint8_t stream[16];
    uint8_t plain[MESSAGE];
    size_t offset = 0;

    if (length != MESSAGE + 16) {
        return false;
    }
    memcpy(counter, output, 16);
    mbedtls_aes_init(&aes);
    mbedtls_aes_setkey_enc(&aes, material, 256);
    mbedtls_aes_crypt_ctr(&aes, MESSAGE, &offset, counter, stream, output + 16, plain);
    mbedtls_aes_free(&aes);
    return memcmp(plain, stress_message, MESSAGE) == 0;
}

/* The plaintext that decrypting the message gives, its first block being the IV. */
static size_t expect_cbc(const uint8_t *key, uint8_t *output)
{
    mbedtls_aes_context aes;
    uint8_t iv[16];

    memcpy(iv, stress_message, 16);
    mbedtls_aes_init(&aes);
    mbedtls_aes_setkey_dec(&aes, key, 256);
    mbedtls_aes_crypt_cbc(&aes, MBEDTLS_AES_DECRYPT, MESSAGE - 16, iv, stress_message + 16, output);
    mbedtls_aes_free(&aes);
    return MESSAGE - 16;
}

size_t expect_output(enum family family, const struct material *material,
                     uint8_t output[OUTPUT_MAX])
{
    const uint8_t *key = material->bytes;

    switch (family) {
    case HMAC:
        mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), key, 32, stress_message,
                        MESSAGE, output);
        return 32;
    case GCM:
        return expect_gcm(key, output);
    case CCM:
        return expect_ccm(key, output);
    case CHACHA:
        return expect_chacha(key, output);
    case CMAC:
        return expect_cmac(key, output);
    case CBC:
        return expect_cbc(key, output);
    case ECDSA:
        return expect_ecdsa(key, output);
    case RSA:
        return expect_rsa(material, output);
    case CTR:
        break; /* has a random IV: expect_ctr */
    }
    return 0;
}
