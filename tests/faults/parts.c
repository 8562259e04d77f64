/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Multi-part operations, from set-up to finish, by the first use of a key. A call that fails for
 * want of memory ends its operation; the next has to begin anew. */

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
    {MAC, PSA_KEY_TYPE_AES, 16, PSA_ALG_CMAC},
    {CIPHER, PSA_KEY_TYPE_AES, 16, PSA_ALG_CTR},
    {CIPHER, PSA_KEY_TYPE_AES, 32, PSA_ALG_CBC_PKCS7},
    {AEAD, PSA_KEY_TYPE_AES, 16, PSA_ALG_GCM},
    {AEAD, PSA_KEY_TYPE_AES, 16, PSA_ALG_CCM},
    {AEAD, PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_CHACHA20_POLY1305},
};

static const uint8_t text[48] = "forty-eight bytes of message, in three AES block";
static const uint8_t nonce[16] = "sixteen bytes!!!";

static bool prepare(struct fault_scene *scene)
{
    const struct operation *op = &operations[scene->argument];

    scene->key = fault_import(op->type, op->length, op->alg);
    return scene->key != 0;
}

static psa_status_t run_mac(struct fault_scene *scene, psa_algorithm_t alg)
{
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    psa_status_t status = psa_mac_sign_setup(&operation, scene->key, alg);

    if (status == PSA_SUCCESS) {
        status = psa_mac_update(&operation, text, 21);
    }
    if (status == PSA_SUCCESS) {
        status = psa_mac_update(&operation, text + 21, sizeof text - 21);
    }
    if (status == PSA_SUCCESS) {
        status = psa_mac_sign_finish(&operation, scene->output, 64, &scene->length);
    }
    return psa_mac_abort(&operation) == PSA_SUCCESS ? status : PSA_ERROR_GENERIC_ERROR;
}

/* The second update lies across its input, for which block modes need memory. */
static psa_status_t run_cipher(struct fault_scene *scene, psa_algorithm_t alg)
{
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    uint8_t place[64];
    size_t first = 0;
    size_t second = 0;
    size_t third = 0;
    psa_status_t status = psa_cipher_encrypt_setup(&operation, scene->key, alg);

    memcpy(place, text + 21, sizeof text - 21);
    memcpy(scene->output, nonce, 16);
    if (status == PSA_SUCCESS) {
        status = psa_cipher_set_iv(&operation, nonce, 16);
    }
    if (status == PSA_SUCCESS) {
        status = psa_cipher_update(&operation, text, 21, scene->output + 16, 64, &first);
    }
    if (status == PSA_SUCCESS) {
        status = psa_cipher_update(&operation, place, sizeof text - 21, place, sizeof place,
                                   &second);
        memcpy(scene->output + 16 + first, place, second);
    }
    if (status == PSA_SUCCESS) {
        status = psa_cipher_finish(&operation, scene->output + 16 + first + second, 16, &third);
    }
    scene->length = 16 + first + second + third;
    return psa_cipher_abort(&operation) == PSA_SUCCESS ? status : PSA_ERROR_GENERIC_ERROR;
}

static psa_status_t start_aead(struct fault_scene *scene, psa_algorithm_t alg,
                               psa_aead_operation_t *operation)
{
    psa_status_t status = psa_aead_encrypt_setup(operation, scene->key, alg);

    if (status == PSA_SUCCESS) {
        status = psa_aead_set_lengths(operation, 30, sizeof text);
    }
    if (status == PSA_SUCCESS) {
        status = psa_aead_set_nonce(operation, nonce, 12);
    }
    if (status == PSA_SUCCESS) {
        status = psa_aead_update_ad(operation, text, 10);
    }
    if (status == PSA_SUCCESS) {
        status = psa_aead_update_ad(operation, text + 10, 20);
    }
    return status;
}

static psa_status_t run_aead(struct fault_scene *scene, psa_algorithm_t alg)
{
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    uint8_t place[64];
    size_t got[3] = {0, 0, 0};
    size_t tag = 0;
    uint8_t *output = scene->output;
    psa_status_t status = start_aead(scene, alg, &operation);

    memcpy(place, text + 21, sizeof text - 21);
    if (status == PSA_SUCCESS) {
        status = psa_aead_update(&operation, text, 21, output, 32, &got[0]);
    }
    if (status == PSA_SUCCESS) {
        status = psa_aead_update(&operation, place, sizeof text - 21, place, sizeof place, &got[1]);
        memcpy(output + got[0], place, got[1]);
    }
    if (status == PSA_SUCCESS) {
        status = psa_aead_finish(&operation, output + got[0] + got[1], 16, &got[2],
                                 output + sizeof text, 16, &tag);
    }
    scene->length = got[0] + got[1] + got[2] + tag;
    return psa_aead_abort(&operation) == PSA_SUCCESS ? status : PSA_ERROR_GENERIC_ERROR;
}

static psa_status_t call(struct fault_scene *scene)
{
    const struct operation *op = &operations[scene->argument];

    switch (op->kind) {
    case MAC:
        return run_mac(scene, op->alg);
    case CIPHER:
        return run_cipher(scene, op->alg);
    default:
        return run_aead(scene, op->alg);
    }
}

/* By the one-shot inverse. */
static bool right(struct fault_scene *scene)
{
    const struct operation *op = &operations[scene->argument];
    uint8_t plain[100];
    size_t length = 0;
    psa_status_t status;

    if (op->kind == MAC) {
        return psa_mac_verify(scene->key, op->alg, text, sizeof text, scene->output,
                              scene->length) == PSA_SUCCESS;
    }
    if (op->kind == CIPHER) {
        status = psa_cipher_decrypt(scene->key, op->alg, scene->output, scene->length, plain,
                                    sizeof plain, &length);
    } else {
        status = psa_aead_decrypt(scene->key, op->alg, nonce, 12, text, 30, scene->output,
                                  scene->length, plain, sizeof plain, &length);
    }
    return status == PSA_SUCCESS && length == sizeof text && memcmp(plain, text, length) == 0;
}

#define LEFT_OPEN 200u

/* Opens one operation after the other, so that the table has to grow, and leaves them to the end of
 * their key. */
static psa_status_t call_open(struct fault_scene *scene)
{
    static psa_mac_operation_t opened[LEFT_OPEN];
    psa_status_t status = PSA_SUCCESS;

    memset(opened, 0, sizeof opened);
    for (unsigned i = 0; i < LEFT_OPEN && status == PSA_SUCCESS; i++) {
        status = psa_mac_sign_setup(&opened[i], scene->key, operations[0].alg);
    }
    for (unsigned i = 0; i < LEFT_OPEN && status != PSA_SUCCESS; i++) {
        if (psa_mac_abort(&opened[i]) != PSA_SUCCESS) {
            status = PSA_ERROR_GENERIC_ERROR;
        }
    }
    return status;
}

static bool right_open(struct fault_scene *scene)
{
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;

    return psa_mac_sign_setup(&operation, scene->key, operations[0].alg) == PSA_SUCCESS &&
           psa_mac_update(&operation, text, 1) == PSA_SUCCESS;
}

static const struct fault_case cases[] = {
    {"parts_hmac", prepare, call, right, 0, FAULT_KEEPS},
    {"parts_cmac", prepare, call, right, 1, 0},
    {"parts_ctr", prepare, call, right, 2, 0},
    {"parts_cbc", prepare, call, right, 3, 0},
    {"parts_gcm", prepare, call, right, 4, 0},
    {"parts_ccm", prepare, call, right, 5, 0},
    {"parts_chachapoly", prepare, call, right, 6, 0},
    {"parts_hmac_in_new_thread", prepare, call, right, 0, FAULT_THREAD},
    {"parts_gcm_in_new_thread", prepare, call, right, 4, FAULT_THREAD},
    {"parts_left_open", prepare, call_open, right_open, 0, FAULT_KEEPS},
};

const struct fault_suite fault_parts = {cases, sizeof cases / sizeof *cases};
