/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What each operation must give, from Mbed TLS's primitives directly. */

#include "cell.h"

#include <mbedtls/aes.h>
#include <mbedtls/ccm.h>
#include <mbedtls/chachapoly.h>
#include <mbedtls/cipher.h>
#include <mbedtls/cmac.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <mbedtls/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

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

static struct material rsa_keys[VERSIONS];

static int draw(void *context, unsigned char *out, size_t length)
{
    (void) context;
    return getrandom(out, length, 0) == (ssize_t) length ? 0 : -1;
}

static void hash_message(uint8_t hash[32])
{
    mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), stress_message, MESSAGE, hash);
}

static size_t expect_ecdsa(const uint8_t scalar[32], uint8_t output[OUTPUT_MAX])
{
    mbedtls_ecp_group group;
    mbedtls_mpi d, r, s;
    uint8_t hash[32];

    hash_message(hash);
    mbedtls_ecp_group_init(&group);
    mbedtls_mpi_init(&d);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    int ret = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1);
    ret |= mbedtls_mpi_read_binary(&d, scalar, 32);
    ret |= mbedtls_ecdsa_sign_det_ext(&group, &r, &s, &d, hash, sizeof hash, MBEDTLS_MD_SHA256,
                                      draw, NULL);
    ret |= mbedtls_mpi_write_binary(&r, output, 32);
    ret |= mbedtls_mpi_write_binary(&s, output + 32, 32);
    mbedtls_mpi_free(&d);
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&s);
    mbedtls_ecp_group_free(&group);
    return ret == 0 ? 64 : 0;
}

static int parse(mbedtls_pk_context *pk, const struct material *material)
{
#if MBEDTLS_VERSION_MAJOR < 3
    return mbedtls_pk_parse_key(pk, material->bytes, material->length, NULL, 0);
#else
    return mbedtls_pk_parse_key(pk, material->bytes, material->length, NULL, 0, draw, NULL);
#endif
}

static int sign(mbedtls_pk_context *pk, const uint8_t hash[32], uint8_t *output, size_t *length)
{
#if MBEDTLS_VERSION_MAJOR < 3
    return mbedtls_pk_sign(pk, MBEDTLS_MD_SHA256, hash, 32, output, length, draw, NULL);
#else
    return mbedtls_pk_sign(pk, MBEDTLS_MD_SHA256, hash, 32, output, OUTPUT_MAX, length, draw, NULL);
#endif
}

static size_t expect_rsa(const struct material *material, uint8_t output[OUTPUT_MAX])
{
    mbedtls_pk_context pk;
    uint8_t hash[32];
    size_t length = 0;

    hash_message(hash);
    mbedtls_pk_init(&pk);
    if (parse(&pk, material) != 0 || sign(&pk, hash, output, &length) != 0) {
        length = 0;
    }
    mbedtls_pk_free(&pk);
    return length;
}

static bool make_rsa_key(struct material *material)
{
    mbedtls_pk_context pk;

    mbedtls_pk_init(&pk);
    int length = mbedtls_pk_setup(&pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA));
    if (length == 0) {
        length = mbedtls_rsa_gen_key(mbedtls_pk_rsa(pk), draw, NULL, 1024, 65537);
    }
    if (length == 0) { /* it is written to the end of the buffer */
        length = mbedtls_pk_write_key_der(&pk, material->bytes, sizeof material->bytes);
    }
    mbedtls_pk_free(&pk);
    if (length <= 0) {
        return false;
    }
    material->length = (size_t) length;
    memmove(material->bytes, material->bytes + sizeof material->bytes - length, (size_t) length);
    return true;
}

static void make_rsa_keys(void)
{
    for (unsigned i = 0; i < VERSIONS; i++) {
        if (!make_rsa_key(&rsa_keys[i])) {
            fputs("no RSA key can be made\n", stderr);
            abort();
        }
    }
}

const struct material *expect_rsa_key(uint64_t version)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_rsa_keys);
    return &rsa_keys[version % VERSIONS];
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
