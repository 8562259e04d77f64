/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The algorithms of authenticated encryption over Mbed TLS: their rules, their prepared contexts
 * and their two operations. */
#ifndef KS_CRYPTO_AEAD_KIND_H
#define KS_CRYPTO_AEAD_KIND_H

#include "crypto/aead.h"

#define KS_AEAD_MAX_TAG 16

/* Bytes of stack that no operation of Mbed TLS exceeds, to be wiped after each: measured on x86-64
 * with both versions, 664, and a third more; for GCM, the fastest, apart: 552 and 664, and a fifth
 * more. GCM's multiplication leaves the hash key there, with which tags can be forged, and Poly1305
 * its key. */
#define KS_AEAD_STACK 896
#define KS_AEAD_STACK_GCM_ENCRYPT 672
#define KS_AEAD_STACK_GCM_DECRYPT 800

/* What differs from one algorithm to another. Constant. To encrypt and decrypt, the text is
 * without its tag and nothing overlaps, but the text may be where the output goes. */
struct ks_aead_kind {
    psa_algorithm_t base; /* with a tag length of 0 */
    psa_status_t (*check_nonce)(size_t length);
    psa_status_t (*check_key)(const struct ks_key *key, size_t tag_length);
    bool (*takes)(const struct ks_aead_input *in, size_t tag_length); /* its limits of lengths */
    int (*encrypt)(void *context, const struct ks_aead_input *in, uint8_t *output, uint8_t *tag,
                   size_t tag_length);
    int (*decrypt)(void *context, const struct ks_aead_input *in, uint8_t *output,
                   const uint8_t *tag, size_t tag_length);
    uint16_t encrypt_stack; /* bytes of stack to wipe after each */
    uint16_t decrypt_stack;
    struct ks_record_class class;
};

/* The algorithm, whatever its tag length, or NULL if it is none that is known. */
const struct ks_aead_kind *ks_aead_kind(psa_algorithm_t alg);

#endif
