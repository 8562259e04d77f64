/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Multi-part operations, from set-up to finish, by the first use of a key. A call that fails for
 * want of memory ends its operation; the next has to begin anew. */

#include "symmetric.h"

#include <string.h>

#define TEXT_LENGTH sizeof symmetric_text
#define FIRST 21u /* bytes of the text, in the first of two updates */
#define REST (TEXT_LENGTH - FIRST)
#define DATA_LENGTH 30u

static const uint8_t *const text = symmetric_text;
static const uint8_t *const nonce = symmetric_nonce;

static psa_status_t run_mac(struct fault_scene *scene, psa_algorithm_t alg)
{
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    psa_status_t status = psa_mac_sign_setup(&operation, scene->key, alg);

    if (status == PSA_SUCCESS) {
        status = psa_mac_update(&operation, text, FIRST);
    }
    if (status == PSA_SUCCESS) {
        status = psa_mac_update(&operation, text + FIRST, REST);
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

    memcpy(place, text + FIRST, REST);
    memcpy(scene->output, nonce, 16);
    if (status == PSA_SUCCESS) {
        status = psa_cipher_set_iv(&operation, nonce, 16);
    }
    if (status == PSA_SUCCESS) {
        status = psa_cipher_update(&operation, text, FIRST, scene->output + 16, 64, &first);
    }
    if (status == PSA_SUCCESS) {
        status = psa_cipher_update(&operation, place, REST, place, sizeof place, &second);
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
        status = psa_aead_set_lengths(operation, DATA_LENGTH, TEXT_LENGTH);
    }
    if (status == PSA_SUCCESS) {
        status = psa_aead_set_nonce(operation, nonce, SYMMETRIC_NONCE);
    }
    if (status == PSA_SUCCESS) {
        status = psa_aead_update_ad(operation, text, 10);
    }
    if (status == PSA_SUCCESS) {
        status = psa_aead_update_ad(operation, text + 10, DATA_LENGTH - 10);
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

    memcpy(place, text + FIRST, REST);
    if (status == PSA_SUCCESS) {
        status = psa_aead_update(&operation, text, FIRST, output, 32, &got[0]);
    }
    if (status == PSA_SUCCESS) {
        status = psa_aead_update(&operation, place, REST, place, sizeof place, &got[1]);
        memcpy(output + got[0], place, got[1]);
    }
    if (status == PSA_SUCCESS) {
        status = psa_aead_finish(&operation, output + got[0] + got[1], 16, &got[2],
                                 output + TEXT_LENGTH, 16, &tag);
    }
    scene->length = got[0] + got[1] + got[2] + tag;
    return psa_aead_abort(&operation) == PSA_SUCCESS ? status : PSA_ERROR_GENERIC_ERROR;
}

static psa_status_t call(struct fault_scene *scene)
{
    psa_algorithm_t alg = symmetric_of(scene)->alg;

    switch (symmetric_of(scene)->kind) {
    case MAC:
        return run_mac(scene, alg);
    case CIPHER:
        return run_cipher(scene, alg);
    default:
        return run_aead(scene, alg);
    }
}

/* By the one-shot inverse. */
static bool right(struct fault_scene *scene)
{
    bool inverted = false;

    symmetric_invert(scene, DATA_LENGTH, &inverted);
    return inverted;
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
        status = psa_mac_sign_setup(&opened[i], scene->key, symmetric_of(scene)->alg);
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

    return psa_mac_sign_setup(&operation, scene->key, symmetric_of(scene)->alg) == PSA_SUCCESS &&
           psa_mac_update(&operation, text, 1) == PSA_SUCCESS;
}

static const struct fault_case cases[] = {
    {"parts_hmac", symmetric_prepare, call, right, HMAC, FAULT_KEEPS},
    {"parts_cmac", symmetric_prepare, call, right, CMAC, 0},
    {"parts_ctr", symmetric_prepare, call, right, CTR, 0},
    {"parts_cbc", symmetric_prepare, call, right, CBC, 0},
    {"parts_gcm", symmetric_prepare, call, right, GCM, 0},
    {"parts_ccm", symmetric_prepare, call, right, CCM, 0},
    {"parts_chachapoly", symmetric_prepare, call, right, CHACHAPOLY, 0},
    {"parts_hmac_in_new_thread", symmetric_prepare, call, right, HMAC, FAULT_THREAD},
    {"parts_gcm_in_new_thread", symmetric_prepare, call, right, GCM, FAULT_THREAD},
    {"parts_left_open", symmetric_prepare, call_open, right_open, HMAC, FAULT_KEEPS},
};

const struct fault_suite fault_parts = {cases, sizeof cases / sizeof *cases};
