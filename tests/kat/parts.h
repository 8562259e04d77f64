/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Vectors through multi-part operations: cut into two at every place where the message is short, at
 * some places and into many random pieces where it is long. */
#ifndef KS_TESTS_KAT_PARTS_H
#define KS_TESTS_KAT_PARTS_H

#include "kat/kat.h"

void kat_parts_mac(const struct kat_case *test, psa_key_id_t key, psa_algorithm_t alg,
                   const uint8_t *message, size_t length, const uint8_t *mac, size_t mac_length);

/* One direction: what the input gives. */
void kat_parts_cipher(const struct kat_case *test, psa_key_id_t key, bool decrypts,
                      const uint8_t *iv, size_t iv_length, const uint8_t *input, size_t length,
                      const uint8_t *expected);

struct kat_parts_aead {
    const uint8_t *nonce;
    size_t nonce_length;
    const uint8_t *data;
    size_t data_length;
    const uint8_t *plain;  /* NULL: not authentic */
    const uint8_t *sealed; /* the tag follows */
    size_t length;         /* of the text */
    size_t tag_length;
};

/* Encrypts, if it is authentic, and decrypts. */
void kat_parts_aead(const struct kat_case *test, psa_key_id_t key, psa_algorithm_t alg,
                    const struct kat_parts_aead *vector);

#endif
