/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "wipe/kinds.h"

#include "wipe/asymmetric.h"
#include "wipe/search.h"

#include <stdbool.h>
#include <string.h>

#define BIT(form) (1u << (form))
#define AES_ONE_WAY .type = PSA_KEY_TYPE_AES, .kept = BIT(WIPE_AES_KEYS)
#define AES_TWO_WAYS .type = PSA_KEY_TYPE_AES, .kept = BIT(WIPE_AES_KEYS) | BIT(WIPE_AES_INVERSE)
#define AES_GCM .type = PSA_KEY_TYPE_AES, .alg = PSA_ALG_GCM, \
    .kept = BIT(WIPE_AES_KEYS) | BIT(WIPE_BLOCK_OF_ZERO)
#define HMAC(hash) .type = PSA_KEY_TYPE_HMAC, .alg = PSA_ALG_HMAC(PSA_ALG_##hash), \
    .kept = BIT(WIPE_HMAC_STATES)
#define SCHEDULED(type_) .type = PSA_KEY_TYPE_##type_, .kept = BIT(WIPE_SCHEDULE)

#define ECC(family) PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_##family)
#define ECDSA(family, bits_) .type = ECC(family), .bits = bits_, \
    .alg = PSA_ALG_ECDSA(PSA_ALG_SHA_256)
#define RSA .type = PSA_KEY_TYPE_RSA_KEY_PAIR, .bits = 1024, .length = 500, \
    .kept = BIT(WIPE_NUMBER) | BIT(WIPE_MONTGOMERY)

const struct wipe_kind wipe_kinds[] = {
    { .name = "AES-128-GCM", AES_GCM, .length = 16 },
    { .name = "AES-192-GCM", AES_GCM, .length = 24 },
    { .name = "AES-256-GCM", AES_GCM, .length = 32 },
    { .name = "AES-128-CCM", AES_ONE_WAY, .alg = PSA_ALG_CCM, .length = 16 },
    { .name = "AES-256-CCM", AES_ONE_WAY, .alg = PSA_ALG_CCM, .length = 32 },
    { .name = "AES-128-CMAC", AES_ONE_WAY, .alg = PSA_ALG_CMAC, .length = 16 },
    { .name = "AES-192-CMAC", AES_ONE_WAY, .alg = PSA_ALG_CMAC, .length = 24 },
    { .name = "AES-256-CMAC", AES_ONE_WAY, .alg = PSA_ALG_CMAC, .length = 32 },
    { .name = "AES-128-CTR", AES_ONE_WAY, .alg = PSA_ALG_CTR, .length = 16 },
    { .name = "AES-192-CFB", AES_ONE_WAY, .alg = PSA_ALG_CFB, .length = 24 },
    { .name = "AES-256-OFB", AES_ONE_WAY, .alg = PSA_ALG_OFB, .length = 32 },
    { .name = "AES-128-ECB", AES_TWO_WAYS, .alg = PSA_ALG_ECB_NO_PADDING, .length = 16 },
    { .name = "AES-192-CBC", AES_TWO_WAYS, .alg = PSA_ALG_CBC_NO_PADDING, .length = 24 },
    { .name = "AES-256-CBC-PKCS7", AES_TWO_WAYS, .alg = PSA_ALG_CBC_PKCS7, .length = 32 },
    { .name = "HMAC-MD5", HMAC(MD5), .length = 16 },
    { .name = "HMAC-RIPEMD160", HMAC(RIPEMD160), .length = 20 },
    { .name = "HMAC-SHA-1", HMAC(SHA_1), .length = 20 },
    { .name = "HMAC-SHA-224", HMAC(SHA_224), .length = 28 },
    { .name = "HMAC-SHA-256", HMAC(SHA_256), .length = 32 },
    { .name = "HMAC-SHA-256, a whole block", HMAC(SHA_256), .length = 64 },
    { .name = "HMAC-MD5, a long key", HMAC(MD5), .length = 100 },
    { .name = "HMAC-RIPEMD160, a long key", HMAC(RIPEMD160), .length = 100 },
    { .name = "HMAC-SHA-1, a long key", HMAC(SHA_1), .length = 100 },
    { .name = "HMAC-SHA-256, a long key", HMAC(SHA_256), .length = 100 },
    { .name = "HMAC-SHA-384, a long key", HMAC(SHA_384), .length = 200 },
    { .name = "HMAC-SHA-512", HMAC(SHA_512), .length = 64 },
    { .name = "ChaCha20", .type = PSA_KEY_TYPE_CHACHA20, .alg = PSA_ALG_STREAM_CIPHER,
      .length = 32 },
    { .name = "ChaCha20-Poly1305", .type = PSA_KEY_TYPE_CHACHA20,
      .alg = PSA_ALG_CHACHA20_POLY1305, .length = 32 },
    { .name = "DES-CBC", SCHEDULED(DES), .alg = PSA_ALG_CBC_NO_PADDING, .length = 8 },
    { .name = "3DES-CBC, two keys", SCHEDULED(DES), .alg = PSA_ALG_CBC_PKCS7, .length = 16 },
    { .name = "3DES-ECB", SCHEDULED(DES), .alg = PSA_ALG_ECB_NO_PADDING, .length = 24 },
    { .name = "3DES-CMAC", SCHEDULED(DES), .alg = PSA_ALG_CMAC, .length = 24 },
    { .name = "Camellia-128-CBC", SCHEDULED(CAMELLIA), .alg = PSA_ALG_CBC_PKCS7, .length = 16 },
    { .name = "Camellia-256-GCM", SCHEDULED(CAMELLIA), .alg = PSA_ALG_GCM, .length = 32 },
#ifdef PSA_WANT_KEY_TYPE_ARIA
    { .name = "ARIA-128-CBC", SCHEDULED(ARIA), .alg = PSA_ALG_CBC_PKCS7, .length = 16 },
    { .name = "ARIA-256-GCM", SCHEDULED(ARIA), .alg = PSA_ALG_GCM, .length = 32 },
#endif
#ifdef PSA_KEY_TYPE_ARC4
    { .name = "ARC4", .type = PSA_KEY_TYPE_ARC4, .alg = PSA_ALG_STREAM_CIPHER, .length = 16 },
#endif
    { .name = "raw data", .type = PSA_KEY_TYPE_RAW_DATA, .length = 33 },
    { .name = "derivation", .type = PSA_KEY_TYPE_DERIVE, .length = 48 },
#ifdef PSA_WANT_KEY_TYPE_PASSWORD
    { .name = "password", .type = PSA_KEY_TYPE_PASSWORD, .length = 24 },
#endif
    { .name = "ECDSA, P-256", ECDSA(SECP_R1, 256), .length = 32 },
    { .name = "ECDSA, P-384", ECDSA(SECP_R1, 384), .length = 48 },
    { .name = "ECDSA, P-521", ECDSA(SECP_R1, 521), .length = 66 },
    { .name = "ECDSA, secp256k1", ECDSA(SECP_K1, 256), .length = 32 },
    { .name = "ECDSA, brainpool", ECDSA(BRAINPOOL_P_R1, 256), .length = 32 },
    { .name = "deterministic ECDSA", .type = ECC(SECP_R1), .bits = 256, .length = 32,
      .alg = PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256) },
    { .name = "ECDH, P-256", .type = ECC(SECP_R1), .alg = PSA_ALG_ECDH, .bits = 256, .length = 32 },
    { .name = "X25519", .type = ECC(MONTGOMERY), .alg = PSA_ALG_ECDH, .bits = 255, .length = 32 },
    { .name = "X448", .type = ECC(MONTGOMERY), .alg = PSA_ALG_ECDH, .bits = 448, .length = 56 },
    { .name = "RSA signature", RSA, .alg = PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256) },
    { .name = "RSA-PSS", RSA, .alg = PSA_ALG_RSA_PSS(PSA_ALG_SHA_256) },
    { .name = "RSA encryption", RSA, .alg = PSA_ALG_RSA_PKCS1V15_CRYPT },
    { .name = "RSA-OAEP", RSA, .alg = PSA_ALG_RSA_OAEP(PSA_ALG_SHA_256) },
};
const unsigned wipe_kind_count = sizeof wipe_kinds / sizeof wipe_kinds[0];

#define ASYMMETRIC 13
const unsigned wipe_symmetric_count = sizeof wipe_kinds / sizeof wipe_kinds[0] - ASYMMETRIC;

psa_key_attributes_t wipe_attributes(const struct wipe_kind *kind)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, kind->type);
    psa_set_key_algorithm(&attributes, kind->alg);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_COPY |
                            PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT |
                            PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH |
                            PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE |
                            PSA_KEY_USAGE_DERIVE);
    return attributes;
}

/* Neither the message nor what is made of it is a secret here. It is not zero anywhere: the cipher
 * of a zero block is looked for. */
struct texts {
    uint8_t message[WIPE_MESSAGE];
    uint8_t sealed[WIPE_MESSAGE + 64];
    uint8_t opened[WIPE_MESSAGE + 64];
    size_t length;
    size_t opened_length;
};

static __thread struct texts texts;

static const uint8_t nonce[12] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8 };

static psa_status_t use_cipher(const struct wipe_kind *kind, psa_key_id_t key, size_t bytes)
{
    psa_status_t status = psa_cipher_encrypt(key, kind->alg, texts.message, bytes, texts.sealed,
                                             sizeof texts.sealed, &texts.length);
    if (status == PSA_SUCCESS) {
        status = psa_cipher_decrypt(key, kind->alg, texts.sealed, texts.length, texts.opened,
                                    sizeof texts.opened, &texts.opened_length);
    }
    return status;
}

static psa_status_t open_sealed(const struct wipe_kind *kind, psa_key_id_t key, size_t room)
{
    return psa_aead_decrypt(key, kind->alg, nonce, sizeof nonce, texts.message, 20, texts.sealed,
                            texts.length, texts.opened, room, &texts.opened_length);
}

static psa_status_t use_aead(const struct wipe_kind *kind, psa_key_id_t key, size_t bytes)
{
    psa_status_t status = psa_aead_encrypt(key, kind->alg, nonce, sizeof nonce, texts.message, 20,
                                           texts.message, bytes, texts.sealed,
                                           sizeof texts.sealed, &texts.length);
    if (status == PSA_SUCCESS) {
        status = open_sealed(kind, key, sizeof texts.opened);
    }
    return status;
}

static psa_status_t use_mac(const struct wipe_kind *kind, psa_key_id_t key, size_t bytes)
{
    psa_status_t status = psa_mac_compute(key, kind->alg, texts.message, bytes, texts.sealed,
                                          sizeof texts.sealed, &texts.length);
    if (status == PSA_SUCCESS) {
        status = psa_mac_verify(key, kind->alg, texts.message, bytes, texts.sealed, texts.length);
    }
    return status;
}

#define EXPORT 1024 /* more than any material has */

/* The buffer is ours to wipe, and is wiped unread. */
static psa_status_t export(psa_key_id_t key, size_t room)
{
    uint8_t material[EXPORT];
    size_t length = 0;
    psa_status_t status = psa_export_key(key, material, room, &length);
    explicit_bzero(material, sizeof material);
    return status;
}

static psa_status_t use_asymmetric(const struct wipe_kind *kind, psa_key_id_t key, size_t bytes)
{
    psa_status_t status = wipe_asymmetric_make(kind, key, texts.message, bytes, texts.sealed,
                                               sizeof texts.sealed, &texts.length);
    if (status == PSA_SUCCESS) {
        status = wipe_asymmetric_check(kind, key, texts.message, bytes, texts.sealed, texts.length,
                                       texts.opened, sizeof texts.opened, &texts.opened_length);
    }
    return status == PSA_SUCCESS ? wipe_asymmetric_rest(kind, key) : status;
}

psa_status_t wipe_use(const struct wipe_kind *kind, psa_key_id_t key, size_t bytes)
{
    memset(texts.message, 'm', sizeof texts.message);
    psa_status_t status = export(key, EXPORT);
    if (status == PSA_SUCCESS && PSA_ALG_IS_CIPHER(kind->alg)) {
        status = use_cipher(kind, key, bytes);
    } else if (status == PSA_SUCCESS && PSA_ALG_IS_AEAD(kind->alg)) {
        status = use_aead(kind, key, bytes);
    } else if (status == PSA_SUCCESS && PSA_ALG_IS_MAC(kind->alg)) {
        status = use_mac(kind, key, bytes);
    } else if (status == PSA_SUCCESS && wipe_is_asymmetric(kind)) {
        status = use_asymmetric(kind, key, bytes);
    }
    return status;
}

/* What all threads open and verify in wipe_operate. */
static struct {
    uint8_t data[256];
    size_t length;
} sealed;

static psa_status_t make(const struct wipe_kind *kind, psa_key_id_t key, uint8_t *data, size_t size,
                         size_t *length)
{
    const uint8_t *message = texts.message;
    memset(texts.message, 'm', sizeof texts.message);
    if (PSA_ALG_IS_CIPHER(kind->alg)) {
        return psa_cipher_encrypt(key, kind->alg, message, 64, data, size, length);
    }
    if (PSA_ALG_IS_AEAD(kind->alg)) {
        return psa_aead_encrypt(key, kind->alg, nonce, sizeof nonce, message, 20, message, 64, data,
                                size, length);
    }
    if (PSA_ALG_IS_MAC(kind->alg)) {
        return psa_mac_compute(key, kind->alg, message, WIPE_OPERATED, data, size, length);
    }
    if (wipe_is_asymmetric(kind)) {
        return wipe_asymmetric_make(kind, key, message, WIPE_OPERATED, data, size, length);
    }
    return export(key, EXPORT);
}

psa_status_t wipe_seal(const struct wipe_kind *kind, psa_key_id_t key)
{
    return make(kind, key, sealed.data, sizeof sealed.data, &sealed.length);
}

/* Opens or verifies data with room for the plaintext. */
static psa_status_t check(const struct wipe_kind *kind, psa_key_id_t key, const uint8_t *data,
                          size_t room)
{
    const uint8_t *message = texts.message;
    memset(texts.message, 'm', sizeof texts.message);
    if (PSA_ALG_IS_CIPHER(kind->alg)) {
        return psa_cipher_decrypt(key, kind->alg, data, sealed.length, texts.opened, room,
                                  &texts.opened_length);
    }
    if (PSA_ALG_IS_AEAD(kind->alg)) {
        return psa_aead_decrypt(key, kind->alg, nonce, sizeof nonce, message, 20, data,
                                sealed.length, texts.opened, room, &texts.opened_length);
    }
    if (PSA_ALG_IS_MAC(kind->alg)) {
        return psa_mac_verify(key, kind->alg, message, WIPE_OPERATED, data, sealed.length);
    }
    if (wipe_is_asymmetric(kind)) {
        return wipe_asymmetric_check(kind, key, message, WIPE_OPERATED, data, sealed.length,
                                     texts.opened, room, &texts.opened_length);
    }
    return export(key, EXPORT);
}

static psa_status_t refuse(const struct wipe_kind *kind, psa_key_id_t key)
{
    uint8_t forged[sizeof sealed.data];
    memcpy(forged, sealed.data, sizeof forged);
    forged[sealed.length - 1] ^= 1;
    bool cipher = PSA_ALG_IS_CIPHER(kind->alg);
    psa_status_t status = check(kind, key, cipher ? sealed.data : forged, cipher ? 9 : 256);
    psa_status_t expected = cipher ? PSA_ERROR_BUFFER_TOO_SMALL :
                            wipe_is_asymmetric(kind) ? wipe_asymmetric_refusal(kind) :
                            kind->alg == 0 ? PSA_SUCCESS : PSA_ERROR_INVALID_SIGNATURE;
    return status == expected ? PSA_SUCCESS : PSA_ERROR_GENERIC_ERROR;
}

psa_status_t wipe_operate(const struct wipe_kind *kind, psa_key_id_t key,
                          enum wipe_operation operation)
{
    switch (operation) {
    case WIPE_MAKE:
        return make(kind, key, texts.sealed, sizeof texts.sealed, &texts.length);
    case WIPE_CHECK:
        return check(kind, key, sealed.data, sizeof texts.opened);
    case WIPE_REFUSE:
        return refuse(kind, key);
    default:
        return export(key, EXPORT);
    }
}

static bool misuse_cipher(const struct wipe_kind *kind, psa_key_id_t key)
{
    psa_status_t tight = psa_cipher_encrypt(key, kind->alg, texts.message, 64, texts.sealed, 15,
                                            &texts.length);
    psa_status_t other = psa_cipher_encrypt(key, PSA_ALG_XTS, texts.message, 64, texts.sealed,
                                            sizeof texts.sealed, &texts.length);
    return tight == PSA_ERROR_BUFFER_TOO_SMALL && other == PSA_ERROR_NOT_PERMITTED;
}

static bool misuse_aead(const struct wipe_kind *kind, psa_key_id_t key)
{
    if (use_aead(kind, key, 64) != PSA_SUCCESS) {
        return false;
    }
    texts.sealed[texts.length - 1] ^= 1;
    psa_status_t forged = open_sealed(kind, key, sizeof texts.opened);
    texts.sealed[texts.length - 1] ^= 1;
    psa_status_t tight = open_sealed(kind, key, 63);
    psa_status_t short_nonce = psa_aead_encrypt(key, kind->alg, nonce, 0, NULL, 0, texts.message,
                                                64, texts.sealed, sizeof texts.sealed,
                                                &texts.length);
    return forged == PSA_ERROR_INVALID_SIGNATURE && tight == PSA_ERROR_BUFFER_TOO_SMALL &&
           short_nonce != PSA_SUCCESS;
}

static bool misuse_mac(const struct wipe_kind *kind, psa_key_id_t key)
{
    psa_status_t tight = psa_mac_compute(key, kind->alg, texts.message, 64, texts.sealed, 3,
                                         &texts.length);
    memset(texts.sealed, 'x', sizeof texts.sealed);
    psa_status_t forged = psa_mac_verify(key, kind->alg, texts.message, 64, texts.sealed,
                                         PSA_MAC_LENGTH(kind->type, 8 * kind->length, kind->alg));
    return tight == PSA_ERROR_BUFFER_TOO_SMALL && forged == PSA_ERROR_INVALID_SIGNATURE;
}

psa_status_t wipe_misuse(const struct wipe_kind *kind, psa_key_id_t key)
{
    psa_key_attributes_t attributes = wipe_attributes(kind);
    psa_key_id_t copy = 0;
    memset(texts.message, 'm', sizeof texts.message);
    psa_set_key_algorithm(&attributes, kind->alg == PSA_ALG_RSA_PKCS1V15_CRYPT
                          ? PSA_ALG_CMAC : PSA_ALG_RSA_PKCS1V15_CRYPT);
    bool good = export(key, kind->length - 1) == PSA_ERROR_BUFFER_TOO_SMALL;
    if (kind->alg != 0) {
        good = good && psa_copy_key(key, &attributes, &copy) == PSA_ERROR_INVALID_ARGUMENT;
    }
    if (PSA_ALG_IS_CIPHER(kind->alg)) {
        good = good && misuse_cipher(kind, key);
    } else if (PSA_ALG_IS_AEAD(kind->alg)) {
        good = good && misuse_aead(kind, key);
    } else if (PSA_ALG_IS_MAC(kind->alg)) {
        good = good && misuse_mac(kind, key);
    } else if (wipe_is_asymmetric(kind)) {
        good = good && wipe_asymmetric_misuse(kind, key);
    }
    return good ? PSA_SUCCESS : PSA_ERROR_GENERIC_ERROR;
}
