/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What the cases of symmetric operations share, whether these are done at once or in parts: the
 * algorithms, the message, and the inverse. A case's argument is its row of the algorithms. */
#ifndef TESTS_FAULTS_SYMMETRIC_H
#define TESTS_FAULTS_SYMMETRIC_H

#include "case.h"

enum { HMAC, HMAC_LONG_KEY, CMAC, CTR, CBC, DES, CHACHA20, GCM, CCM, CHACHAPOLY };

enum symmetric_kind { MAC, CIPHER, AEAD };

struct symmetric {
    enum symmetric_kind kind;
    psa_key_type_t type;
    size_t length; /* of the key */
    psa_algorithm_t alg;
};

#define SYMMETRIC_NONCE 12u /* bytes, of AEAD */

extern const uint8_t symmetric_text[48];
extern const uint8_t symmetric_nonce[16];

/* The scene's row. */
const struct symmetric *symmetric_of(const struct fault_scene *scene);

/* Makes the scene's key. */
bool symmetric_prepare(struct fault_scene *scene);

/* Verifies or decrypts at once what the call gave, of which data_length bytes of the text were the
 * additional data. *right says whether it succeeded, and the text came out. */
psa_status_t symmetric_invert(const struct fault_scene *scene, size_t data_length, bool *right);

#endif
