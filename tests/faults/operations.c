/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The first use of a key by each kind of operation, which prepares a context. */

#include "case.h"

#include <string.h>

enum kind { MAC, CIPHER, AEAD };

static const struct operation {
    enum kind kind;
    psa_key_type_t type;
    size_t length;
    psa_algorithm_t alg;
} operations[] = {
    {MAC, PSA_KEY_TYPE_HMAC, 32, PSA_ALG_HMAC(PSA_ALG_SHA_256)},
    {MAC, PSA_KEY_TYPE_HMAC, 200, PSA_ALG_HMAC(PSA_ALG_SHA_512)},
    {MAC, PSA_KEY_TYPE_AES, 16, PSA_ALG_CMAC},
    {CIPHER, PSA_KEY_TYPE_AES, 16, PSA_ALG_CTR},
    {CIPHER, PSA_KEY_TYPE_AES, 32, PSA_ALG_CBC_PKCS7},
    {CIPHER, PSA_KEY_TYPE_DES, 24, PSA_ALG_CBC_NO_PADDING},
    {CIPHER, PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_STREAM_CIPHER},
    {AEAD, PSA_KEY_TYPE_AES, 16, PSA_ALG_GCM},
    {AEAD, PSA_KEY_TYPE_AES, 16, PSA_ALG_CCM},
    {AEAD, PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_CHACHA20_POLY1305},
};

static const uint8_t text[48] = "forty-eight bytes of message, in three AES block";
static const uint8_t nonce[12] = "twelve bytes";

static bool prepare(struct fault_scene *scene)
{
    const struct operation *op = &operations[scene->argument];

    scene->key = fault_import(op->type, op->length, op->alg);
    return scene->key != 0;
}

static psa_status_t call(struct fault_scene *scene)
{
    const struct operation *op = &operations[scene->argument];
    uint8_t *output = scene->output;
    size_t room = sizeof scene->output;

    switch (op->kind) {
    case MAC:
        return psa_mac_compute(scene->key, op->alg, text, sizeof text, output, room,
                               &scene->length);
    case CIPHER:
        return psa_cipher_encrypt(scene->key, op->alg, text, sizeof text, output, room,
                                  &scene->length);
    default:
        return psa_aead_encrypt(scene->key, op->alg, nonce, sizeof nonce, text, 10, text,
                                sizeof text, output, room, &scene->length);
    }
}

/* The inverse, of which every allocation fails in turn as well. */
static psa_status_t call_inverse(struct fault_scene *scene)
{
    const struct operation *op = &operations[scene->argument];
    uint8_t plain[sizeof scene->output];
    size_t length = 0;
    psa_status_t status;

    if (op->kind == MAC) {
        return psa_mac_verify(scene->key, op->alg, text, sizeof text, scene->output,
                              scene->length);
    }
    if (op->kind == CIPHER) {
        status = psa_cipher_decrypt(scene->key, op->alg, scene->output, scene->length, plain,
                                    sizeof plain, &length);
    } else {
        status = psa_aead_decrypt(scene->key, op->alg, nonce, sizeof nonce, text, 10,
                                  scene->output, scene->length, plain, sizeof plain, &length);
    }
    scene->number = length == sizeof text && memcmp(plain, text, length) == 0;
    return status;
}

static bool right(struct fault_scene *scene)
{
    return call_inverse(scene) == PSA_SUCCESS &&
           (operations[scene->argument].kind == MAC || scene->number == 1);
}

/* The result is there, the context is not. */
static bool prepare_inverse(struct fault_scene *scene)
{
    return prepare(scene) && call(scene) == PSA_SUCCESS && psa_purge_key(scene->key) == PSA_SUCCESS;
}

/* AEAD with its input inside its output, for which nonce and data may be copied. */
static psa_status_t call_overlapping(struct fault_scene *scene)
{
    const struct operation *op = &operations[scene->argument];

    memcpy(scene->output + 3, text, sizeof text);
    memcpy(scene->output + 60, nonce, sizeof nonce);
    psa_status_t status = psa_aead_encrypt(scene->key, op->alg, scene->output + 60, sizeof nonce,
                                           text, 10, scene->output + 3, sizeof text,
                                           scene->output, sizeof scene->output, &scene->length);
    return status;
}

static const struct fault_case cases[] = {
    {"first_hmac", prepare, call, right, 0, 0},
    {"first_hmac_long_key", prepare, call, right, 1, 0},
    {"first_cmac", prepare, call, right, 2, 0},
    {"first_ctr", prepare, call, right, 3, FAULT_KEEPS | FAULT_ENTROPY},
    {"first_cbc", prepare, call, right, 4, FAULT_KEEPS | FAULT_ENTROPY},
    {"first_des", prepare, call, right, 5, FAULT_KEEPS | FAULT_ENTROPY},
    {"first_chacha20", prepare, call, right, 6, FAULT_KEEPS | FAULT_ENTROPY},
    {"first_gcm", prepare, call, right, 7, 0},
    {"first_ccm", prepare, call, right, 8, 0},
    {"first_chachapoly", prepare, call, right, 9, 0},
    {"first_gcm_in_new_thread", prepare, call, right, 7, FAULT_THREAD},
    {"first_hmac_in_new_thread", prepare, call, right, 0, FAULT_THREAD},
    {"first_verify", prepare_inverse, call_inverse, right, 0, FAULT_NEEDLESS},
    {"first_cmac_verify", prepare_inverse, call_inverse, right, 2, 0},
    {"first_cbc_decrypt", prepare_inverse, call_inverse, right, 4, 0},
    {"first_gcm_decrypt", prepare_inverse, call_inverse, right, 7, 0},
    {"first_gcm_overlapping", prepare, call_overlapping, right, 7, FAULT_KEEPS},
};

const struct fault_suite fault_operations = {cases, sizeof cases / sizeof *cases};
