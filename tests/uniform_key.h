/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Keys whose every byte is the same, so that a number says what their results are. */
#ifndef TESTS_UNIFORM_KEY_H
#define TESTS_UNIFORM_KEY_H

#include <psa/crypto.h>
#include <string.h>

#define HMAC_256 PSA_ALG_HMAC(PSA_ALG_SHA_256)
#define UNIFORM_USAGES                                                                             \
    (PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE | PSA_KEY_USAGE_EXPORT |            \
     PSA_KEY_USAGE_COPY)

/* A key of length bytes fill, at most 32. 0 on failure. */
static inline psa_key_id_t import_uniform(psa_key_type_t type, size_t length,
                                          psa_key_usage_t usages, psa_algorithm_t alg,
                                          uint8_t fill)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    uint8_t bytes[32];
    psa_key_id_t key = 0;

    memset(bytes, fill, sizeof bytes);
    psa_set_key_type(&attributes, type);
    psa_set_key_algorithm(&attributes, alg);
    psa_set_key_usage_flags(&attributes, usages);
    return psa_import_key(&attributes, bytes, length, &key) == PSA_SUCCESS ? key : 0;
}

/* One for HMAC-SHA-256 with all usages, of 32 bytes. */
static inline psa_key_id_t import_hmac(uint8_t fill)
{
    return import_uniform(PSA_KEY_TYPE_HMAC, 32, UNIFORM_USAGES, HMAC_256, fill);
}

#endif
