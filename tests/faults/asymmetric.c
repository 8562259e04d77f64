/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Asymmetric keys. Mbed TLS allocates hundreds to thousands of times in one operation, so beyond
 * the first some tens only some of the allocations fail. */

#include "case.h"

#include "../small_rsa.h"

#include <string.h>

#define ECC PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1)
#define ECC_PUBLIC PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1)
#define USAGES (PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_COPY | PSA_KEY_USAGE_SIGN_HASH | \
                PSA_KEY_USAGE_VERIFY_HASH | PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT | \
                PSA_KEY_USAGE_DERIVE)
#define TEXT 48

enum { ECDSA, DETERMINISTIC, V15, CRYPT, ECDH, KINDS };

static const uint8_t scalar[32] = "a private scalar of P-256, half";
static const uint8_t text[TEXT] = "forty-eight bytes of message, in three AES block";

static const struct kind {
    psa_key_type_t type;
    psa_algorithm_t alg;
    const uint8_t *data;
    size_t length;
} kinds[KINDS] = {
    [ECDSA] = {ECC, PSA_ALG_ECDSA(PSA_ALG_SHA_256), scalar, sizeof scalar},
    [DETERMINISTIC] = {ECC, PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256), scalar, sizeof scalar},
    [V15] = {PSA_KEY_TYPE_RSA_KEY_PAIR, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256), small_rsa_pair,
             sizeof small_rsa_pair},
    [CRYPT] = {PSA_KEY_TYPE_RSA_KEY_PAIR, PSA_ALG_RSA_PKCS1V15_CRYPT, small_rsa_pair,
               sizeof small_rsa_pair},
    [ECDH] = {ECC, PSA_ALG_ECDH, scalar, sizeof scalar},
};

static psa_status_t import(const struct kind *kind, psa_key_id_t *key)
{
    psa_key_attributes_t attributes = fault_attributes(kind->type, kind->alg, USAGES);

    return psa_import_key(&attributes, kind->data, kind->length, key);
}

static bool prepare_key(struct fault_scene *scene)
{
    return import(&kinds[scene->argument], &scene->key) == PSA_SUCCESS;
}

static psa_status_t call_export_public(struct fault_scene *scene)
{
    return psa_export_public_key(scene->key, scene->output, sizeof scene->output, &scene->length);
}

/* A key whose public part is in the output. */
static bool prepare_public(struct fault_scene *scene)
{
    return prepare_key(scene) && call_export_public(scene) == PSA_SUCCESS;
}

static psa_status_t call_import(struct fault_scene *scene)
{
    return import(&kinds[scene->argument], &scene->other);
}

static psa_status_t call_import_public(struct fault_scene *scene)
{
    const struct kind *kind = &kinds[scene->argument];
    psa_key_attributes_t attributes = fault_attributes(
        PSA_KEY_TYPE_PUBLIC_KEY_OF_KEY_PAIR(kind->type), kind->alg, USAGES);

    return psa_import_key(&attributes, scene->output, scene->length, &scene->other);
}

static psa_status_t call_generate(struct fault_scene *scene)
{
    psa_key_attributes_t attributes = fault_attributes(ECC, kinds[scene->argument].alg, USAGES);

    psa_set_key_bits(&attributes, 256);
    return psa_generate_key(&attributes, &scene->other);
}

static psa_status_t call_replace(struct fault_scene *scene)
{
    const struct kind *kind = &kinds[scene->argument];

    return keyshard_replace_key(scene->key, kind->data, kind->length);
}

/* Signs, encrypts or agrees. */
static psa_status_t call_use(struct fault_scene *scene)
{
    const struct kind *kind = &kinds[scene->argument];
    uint8_t peer[65];
    size_t peer_length = 0;
    psa_status_t status;

    if (scene->argument == CRYPT) {
        return psa_asymmetric_encrypt(scene->key, kind->alg, text, TEXT, NULL, 0, scene->output,
                                      sizeof scene->output, &scene->length);
    }
    if (scene->argument != ECDH) {
        return psa_sign_message(scene->key, kind->alg, text, TEXT, scene->output,
                                sizeof scene->output, &scene->length);
    }
    status = psa_export_public_key(scene->key, peer, sizeof peer, &peer_length);
    return status != PSA_SUCCESS
               ? status
               : psa_raw_key_agreement(kind->alg, scene->key, peer, peer_length, scene->output,
                                       sizeof scene->output, &scene->length);
}

/* What was made is there, the contexts are not. */
static bool prepare_used(struct fault_scene *scene)
{
    return prepare_key(scene) && call_use(scene) == PSA_SUCCESS &&
           psa_purge_key(scene->key) == PSA_SUCCESS;
}

/* So are they: the context has the values of the blinding, which the next operation changes. */
static bool prepare_again(struct fault_scene *scene)
{
    return prepare_key(scene) && call_use(scene) == PSA_SUCCESS;
}

/* Verifies or decrypts what was made. */
static psa_status_t call_check(struct fault_scene *scene)
{
    const struct kind *kind = &kinds[scene->argument];
    uint8_t plain[sizeof scene->output];
    size_t length = 0;
    psa_status_t status;

    if (scene->argument != CRYPT) {
        return psa_verify_message(scene->key, kind->alg, text, TEXT, scene->output, scene->length);
    }
    status = psa_asymmetric_decrypt(scene->key, kind->alg, scene->output, scene->length, NULL, 0,
                                    plain, sizeof plain, &length);
    if (status == PSA_SUCCESS && (length != TEXT || memcmp(plain, text, TEXT) != 0)) {
        status = PSA_ERROR_CORRUPTION_DETECTED;
    }
    return status;
}

static bool prepare_check_again(struct fault_scene *scene)
{
    return prepare_again(scene) && call_check(scene) == PSA_SUCCESS;
}

static bool right_use(struct fault_scene *scene)
{
    return scene->argument == ECDH ? scene->length == 32 : call_check(scene) == PSA_SUCCESS;
}

/* The key, or the one that the call made, can be used. */
static bool right_key(struct fault_scene *scene)
{
    struct fault_scene use = {.argument = scene->argument};

    use.key = scene->other != 0 ? scene->other : scene->key;
    return call_use(&use) == PSA_SUCCESS && right_use(&use);
}

static bool right_public(struct fault_scene *scene)
{
    uint8_t output[sizeof scene->output];
    size_t length = 0;

    return psa_export_public_key(scene->other != 0 ? scene->other : scene->key, output,
                                 sizeof output, &length) == PSA_SUCCESS &&
           length == scene->length && memcmp(output, scene->output, length) == 0;
}

/* Steps: the more allocations a call makes, the longer. */
#define FEW FAULT_STEP(31)
#define SOME FAULT_STEP(101)
#define MANY FAULT_STEP(1009)

static const struct fault_case cases[] = {
    {"import_ecc", fault_prepare_nothing, call_import, right_key, ECDSA, FAULT_ENTROPY | MANY},
    {"import_ecc_public", prepare_public, call_import_public, right_public, ECDSA, MANY},
    {"import_rsa", fault_prepare_nothing, call_import, right_key, V15, FEW},
    {"import_rsa_public", prepare_public, call_import_public, right_public, V15, FEW},
    {"generate_ecc", fault_prepare_nothing, call_generate, right_key, ECDSA, FAULT_ENTROPY | MANY},
    {"replace_ecc", prepare_used, call_replace, right_key, ECDSA, MANY},
    {"replace_rsa", prepare_used, call_replace, right_key, V15, FEW},
    {"export_public_ecc", prepare_key, call_export_public, right_public, ECDSA, MANY},
    {"export_public_rsa", prepare_key, call_export_public, right_public, V15, FAULT_NEEDLESS},
    {"ecdsa_sign", prepare_key, call_use, right_use, ECDSA, MANY},
    {"ecdsa_verify", prepare_used, call_check, right_use, ECDSA, FAULT_KEEPS | MANY},
    {"ecdsa_deterministic", prepare_key, call_use, right_use, DETERMINISTIC, MANY},
    {"ecdh", prepare_key, call_use, right_use, ECDH, FAULT_KEEPS | MANY},
    {"rsa_sign", prepare_key, call_use, right_use, V15, FAULT_KEEPS | SOME},
    {"rsa_sign_again", prepare_again, call_use, right_use, V15, FEW},
    {"rsa_verify", prepare_used, call_check, right_use, V15, FAULT_KEEPS | FEW},
    {"rsa_encrypt", prepare_key, call_use, right_use, CRYPT, FAULT_KEEPS | FEW},
    {"rsa_decrypt", prepare_used, call_check, right_use, CRYPT, FAULT_KEEPS | SOME},
    {"rsa_decrypt_again", prepare_check_again, call_check, right_use, CRYPT, FEW},
    {"rsa_sign_in_new_thread", prepare_key, call_use, right_use, V15, FAULT_THREAD | MANY},
};

const struct fault_suite fault_asymmetric = {cases, sizeof cases / sizeof *cases};
