/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "wipe/asymmetric.h"

#include <string.h>

#define ROOM 512 /* more than any signature, text or public key has */

bool wipe_is_asymmetric(const struct wipe_kind *kind)
{
    return PSA_KEY_TYPE_IS_KEY_PAIR(kind->type);
}

/* Agrees with the key's own public part: any point would do. The secret is the caller's to wipe. */
static psa_status_t agree(psa_key_id_t key, uint8_t *secret, size_t room, size_t *length)
{
    uint8_t peer[ROOM];
    size_t peer_length = 0;
    psa_status_t status = psa_export_public_key(key, peer, sizeof peer, &peer_length);
    if (status == PSA_SUCCESS) {
        status = psa_raw_key_agreement(PSA_ALG_ECDH, key, peer, peer_length, secret, room, length);
    }
    return status;
}

/* PKCS #1 v1.5 and OAEP have room for so much at 1,024 bits. */
static size_t plain_length(size_t length)
{
    return length < 32 ? length : 32;
}

psa_status_t wipe_asymmetric_make(const struct wipe_kind *kind, psa_key_id_t key,
                                  const uint8_t *message, size_t length, uint8_t *made, size_t size,
                                  size_t *made_length)
{
    if (PSA_ALG_IS_SIGN_HASH(kind->alg)) {
        return psa_sign_message(key, kind->alg, message, length, made, size, made_length);
    }
    if (PSA_ALG_IS_ASYMMETRIC_ENCRYPTION(kind->alg)) {
        return psa_asymmetric_encrypt(key, kind->alg, message, plain_length(length), NULL, 0, made,
                                      size, made_length);
    }
    return agree(key, made, size, made_length);
}

psa_status_t wipe_asymmetric_check(const struct wipe_kind *kind, psa_key_id_t key,
                                   const uint8_t *message, size_t length, const uint8_t *made,
                                   size_t made_length, uint8_t *output, size_t room,
                                   size_t *output_length)
{
    if (PSA_ALG_IS_SIGN_HASH(kind->alg)) {
        return psa_verify_message(key, kind->alg, message, length, made, made_length);
    }
    if (PSA_ALG_IS_ASYMMETRIC_ENCRYPTION(kind->alg)) {
        return psa_asymmetric_decrypt(key, kind->alg, made, made_length, NULL, 0, output, room,
                                      output_length);
    }
    return agree(key, output, room, output_length);
}

psa_status_t wipe_asymmetric_refusal(const struct wipe_kind *kind)
{
    return PSA_ALG_IS_SIGN_HASH(kind->alg)              ? PSA_ERROR_INVALID_SIGNATURE
           : PSA_ALG_IS_ASYMMETRIC_ENCRYPTION(kind->alg) ? PSA_ERROR_INVALID_PADDING
                                                         : PSA_SUCCESS;
}

psa_status_t wipe_asymmetric_rest(const struct wipe_kind *kind, psa_key_id_t key)
{
    uint8_t hash[32] = { 1 };
    uint8_t output[ROOM];
    size_t length = 0;
    psa_status_t status = psa_export_public_key(key, output, sizeof output, &length);
    if (status == PSA_SUCCESS && PSA_ALG_IS_SIGN_HASH(kind->alg)) {
        status = psa_sign_hash(key, kind->alg, hash, sizeof hash, output, sizeof output, &length);
    }
    return status;
}

static bool misuse_signing(const struct wipe_kind *kind, psa_key_id_t key)
{
    uint8_t signature[ROOM];
    size_t length = 0;
    const uint8_t *message = (const uint8_t *) "message";
    if (psa_sign_message(key, kind->alg, message, 7, signature, 31, &length) !=
        PSA_ERROR_BUFFER_TOO_SMALL) {
        return false;
    }
    if (psa_sign_message(key, kind->alg, message, 7, signature, ROOM, &length) != PSA_SUCCESS) {
        return false;
    }
    signature[length / 2] ^= 1;
    return psa_verify_message(key, kind->alg, message, 7, signature, length) ==
           PSA_ERROR_INVALID_SIGNATURE;
}

static bool misuse_encryption(const struct wipe_kind *kind, psa_key_id_t key)
{
    uint8_t text[ROOM] = { 0 };
    uint8_t cipher[ROOM];
    size_t length = 0;
    size_t plain = 0;
    if (psa_asymmetric_encrypt(key, kind->alg, text, 128, NULL, 0, cipher, ROOM, &length) ==
        PSA_SUCCESS ||
        psa_asymmetric_encrypt(key, kind->alg, text, 9, NULL, 0, cipher, ROOM, &length) !=
        PSA_SUCCESS) {
        return false;
    }
    psa_status_t tight = psa_asymmetric_decrypt(key, kind->alg, cipher, length, NULL, 0, text, 8,
                                                &plain);
    cipher[length - 1] ^= 1;
    psa_status_t forged = psa_asymmetric_decrypt(key, kind->alg, cipher, length, NULL, 0, text,
                                                 ROOM, &plain);
    psa_status_t cut = psa_asymmetric_decrypt(key, kind->alg, cipher, length - 1, NULL, 0, text,
                                              ROOM, &plain);
    return tight == PSA_ERROR_BUFFER_TOO_SMALL && forged == PSA_ERROR_INVALID_PADDING &&
           cut == PSA_ERROR_INVALID_ARGUMENT;
}

static bool misuse_agreement(psa_key_id_t key)
{
    uint8_t peer[ROOM];
    uint8_t secret[ROOM];
    size_t peer_length = 0;
    size_t length = 0;
    if (psa_export_public_key(key, peer, sizeof peer, &peer_length) != PSA_SUCCESS ||
        psa_raw_key_agreement(PSA_ALG_ECDH, key, peer, peer_length, secret, 31, &length) !=
        PSA_ERROR_BUFFER_TOO_SMALL) {
        return false;
    }
    memset(peer, 0, sizeof peer);
    return psa_raw_key_agreement(PSA_ALG_ECDH, key, peer, peer_length, secret, sizeof secret,
                                 &length) == PSA_ERROR_INVALID_ARGUMENT;
}

bool wipe_asymmetric_misuse(const struct wipe_kind *kind, psa_key_id_t key)
{
    uint8_t output[8];
    size_t length = 0;
    if (psa_export_public_key(key, output, sizeof output, &length) != PSA_ERROR_BUFFER_TOO_SMALL) {
        return false;
    }
    if (PSA_ALG_IS_SIGN_HASH(kind->alg)) {
        return misuse_signing(kind, key);
    }
    return PSA_ALG_IS_ASYMMETRIC_ENCRYPTION(kind->alg) ? misuse_encryption(kind, key)
                                                       : misuse_agreement(key);
}
