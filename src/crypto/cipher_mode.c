/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/cipher_mode.h"
#include "crypto/error.h"

#include <string.h>

#define CCM_STAR_IV 13

/* The padding of CBC is ours, so that it is removed in constant time under every version of Mbed
 * TLS; CCM* without a tag is counter mode with a first block of its own. */
static const struct ks_cipher_mode modes[] = {
    { PSA_ALG_CTR, PSA_ALG_CTR, MBEDTLS_MODE_CTR, KS_CIPHER_STREAM, false },
    { PSA_ALG_CBC_PKCS7, PSA_ALG_CBC_NO_PADDING, MBEDTLS_MODE_CBC, KS_CIPHER_PADDED, true },
    { PSA_ALG_CBC_NO_PADDING, PSA_ALG_CBC_NO_PADDING, MBEDTLS_MODE_CBC, KS_CIPHER_WHOLE, true },
    { PSA_ALG_STREAM_CIPHER, PSA_ALG_STREAM_CIPHER, MBEDTLS_MODE_STREAM, KS_CIPHER_STREAM, false },
    { PSA_ALG_ECB_NO_PADDING, PSA_ALG_ECB_NO_PADDING, MBEDTLS_MODE_ECB, KS_CIPHER_WHOLE, true },
    { PSA_ALG_CFB, PSA_ALG_CFB, MBEDTLS_MODE_CFB, KS_CIPHER_STREAM, true },
    { PSA_ALG_OFB, PSA_ALG_OFB, MBEDTLS_MODE_OFB, KS_CIPHER_STREAM, false },
    { KS_ALG_CCM_STAR_NO_TAG, PSA_ALG_CTR, MBEDTLS_MODE_CTR, KS_CIPHER_STREAM, false },
};

const struct ks_cipher_mode *ks_cipher_mode_find(psa_algorithm_t alg)
{
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (modes[i].alg == alg)
            return &modes[i];
    return NULL;
}

psa_status_t ks_cipher_mode_setup(const struct ks_cipher_mode *mode,
                                  mbedtls_cipher_context_t *context, const struct ks_key *key,
                                  bool decrypts)
{
    psa_status_t status = ks_keyed_setup(context, key, mode->mode,
                                         decrypts ? MBEDTLS_DECRYPT : MBEDTLS_ENCRYPT);
    int ret = 0;

    if (status != PSA_SUCCESS)
        return status;
    if (mode->mode == MBEDTLS_MODE_CBC)
        ret = mbedtls_cipher_set_padding_mode(context, MBEDTLS_PADDING_NONE);
    if (ret != 0)
        mbedtls_cipher_free(context);
    return ks_mbed_status(ret);
}

bool ks_cipher_mode_takes_arc4(const struct ks_cipher_mode *mode, const struct ks_key *key)
{
    return key->length == 16 && mode->alg == PSA_ALG_STREAM_CIPHER;
}

int ks_cipher_mode_start(const struct ks_cipher_mode *mode, mbedtls_cipher_context_t *context,
                         const uint8_t *iv, size_t iv_length)
{
    uint8_t counter[KS_CIPHER_MAX_BLOCK] = { 1, [KS_CIPHER_MAX_BLOCK - 1] = 1 };
    int ret = mbedtls_cipher_reset(context);

    if (ret != 0 || iv_length == 0)
        return ret;
    if (mode->alg != KS_ALG_CCM_STAR_NO_TAG)
        return mbedtls_cipher_set_iv(context, iv, iv_length);
    memcpy(counter + 1, iv, CCM_STAR_IV); /* 2 bytes count, from 1 on */
    return mbedtls_cipher_set_iv(context, counter, sizeof counter);
}

int ks_cipher_mode_update(const struct ks_cipher_mode *mode, mbedtls_cipher_context_t *context,
                          size_t block, const uint8_t *input, size_t length, uint8_t *output)
{
    size_t step = mode->mode == MBEDTLS_MODE_ECB ? block : length;
    int ret = 0;

    for (size_t done = 0; ret == 0 && done < length; done += step) {
        size_t written = 0;

        ret = mbedtls_cipher_update(context, input + done, step, output + done, &written);
        if (ret == 0 && written != step)
            ret = MBEDTLS_ERR_CIPHER_INVALID_CONTEXT;
    }
    return ret;
}
