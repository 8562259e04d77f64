/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The first use of a key by each kind of operation, which prepares a context for itself, and the
 * second, which prepares one that is kept. */

#include "symmetric.h"

#include <string.h>

#define DATA_LENGTH 10u

static const uint8_t *const text = symmetric_text;
static const uint8_t *const nonce = symmetric_nonce;
static const size_t length = sizeof symmetric_text;

static psa_status_t call(struct fault_scene *scene)
{
    psa_algorithm_t alg = symmetric_of(scene)->alg;
    uint8_t *output = scene->output;
    size_t room = sizeof scene->output;

    switch (symmetric_of(scene)->kind) {
    case MAC:
        return psa_mac_compute(scene->key, alg, text, length, output, room, &scene->length);
    case CIPHER:
        return psa_cipher_encrypt(scene->key, alg, text, length, output, room, &scene->length);
    default:
        return psa_aead_encrypt(scene->key, alg, nonce, SYMMETRIC_NONCE, text, DATA_LENGTH, text,
                                length, output, room, &scene->length);
    }
}

static bool right(struct fault_scene *scene)
{
    bool inverted = false;

    symmetric_invert(scene, DATA_LENGTH, &inverted);
    return inverted;
}

static bool prepare_second(struct fault_scene *scene)
{
    return symmetric_prepare(scene) && call(scene) == PSA_SUCCESS;
}

/* The inverse, of which every allocation fails in turn as well. */
static psa_status_t call_inverse(struct fault_scene *scene)
{
    bool inverted = false;

    return symmetric_invert(scene, DATA_LENGTH, &inverted);
}

/* The result is there, the context is not. */
static bool prepare_inverse(struct fault_scene *scene)
{
    return symmetric_prepare(scene) && call(scene) == PSA_SUCCESS &&
           psa_purge_key(scene->key) == PSA_SUCCESS;
}

/* AEAD with its input inside its output, for which nonce and data may be copied. */
static psa_status_t call_overlapping(struct fault_scene *scene)
{
    memcpy(scene->output + 3, text, length);
    memcpy(scene->output + 60, nonce, SYMMETRIC_NONCE);
    return psa_aead_encrypt(scene->key, symmetric_of(scene)->alg, scene->output + 60,
                            SYMMETRIC_NONCE, text, DATA_LENGTH, scene->output + 3, length,
                            scene->output, sizeof scene->output, &scene->length);
}

static const struct fault_case cases[] = {
    {"first_hmac", symmetric_prepare, call, right, HMAC, 0},
    {"first_hmac_long_key", symmetric_prepare, call, right, HMAC_LONG_KEY, 0},
    {"first_cmac", symmetric_prepare, call, right, CMAC, 0},
    {"first_ctr", symmetric_prepare, call, right, CTR, FAULT_KEEPS | FAULT_ENTROPY},
    {"first_cbc", symmetric_prepare, call, right, CBC, FAULT_KEEPS | FAULT_ENTROPY},
    {"first_des", symmetric_prepare, call, right, DES, FAULT_KEEPS | FAULT_ENTROPY},
    {"first_chacha20", symmetric_prepare, call, right, CHACHA20, FAULT_KEEPS | FAULT_ENTROPY},
    {"first_gcm", symmetric_prepare, call, right, GCM, 0},
    {"first_ccm", symmetric_prepare, call, right, CCM, 0},
    {"first_chachapoly", symmetric_prepare, call, right, CHACHAPOLY, 0},
    {"first_gcm_in_new_thread", symmetric_prepare, call, right, GCM, FAULT_THREAD},
    {"first_hmac_in_new_thread", symmetric_prepare, call, right, HMAC, FAULT_THREAD},
    {"first_verify", prepare_inverse, call_inverse, right, HMAC, FAULT_NEEDLESS},
    {"first_cmac_verify", prepare_inverse, call_inverse, right, CMAC, 0},
    {"first_cbc_decrypt", prepare_inverse, call_inverse, right, CBC, 0},
    {"first_gcm_decrypt", prepare_inverse, call_inverse, right, GCM, 0},
    {"first_gcm_overlapping", symmetric_prepare, call_overlapping, right, GCM, FAULT_KEEPS},
    {"second_hmac", prepare_second, call, right, HMAC, 0},
    {"second_hmac_long_key", prepare_second, call, right, HMAC_LONG_KEY, 0},
    {"second_cmac", prepare_second, call, right, CMAC, 0},
    {"second_ctr", prepare_second, call, right, CTR, FAULT_KEEPS | FAULT_ENTROPY},
    {"second_cbc", prepare_second, call, right, CBC, FAULT_KEEPS | FAULT_ENTROPY},
    {"second_gcm", prepare_second, call, right, GCM, 0},
    {"second_ccm", prepare_second, call, right, CCM, 0},
    {"second_chachapoly", prepare_second, call, right, CHACHAPOLY, 0},
    {"second_gcm_overlapping", prepare_second, call_overlapping, right, GCM, FAULT_KEEPS},
};

const struct fault_suite fault_operations = {cases, sizeof cases / sizeof *cases};
