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

/* Lengths that an algorithm takes whatever the others are: so that for nearly all calls no function
 * needs to be asked. */
struct ks_aead_lengths {
    uint64_t nonces; /* bit n: a nonce of n bytes */
    size_t data;     /* so many bytes, or fewer */
    size_t text;
};

/* What differs from one algorithm to another. Constant. To encrypt and decrypt, the text is
 * without its tag and nothing overlaps, but the text may be where the output goes. */
struct ks_aead_kind {
    struct ks_record_class class; /* first; variant: the algorithm, tag length and all */
    psa_algorithm_t base;         /* with a tag length of 0 */
    struct ks_aead_lengths usual;
    psa_status_t (*check_nonce)(size_t length);
    psa_status_t (*check_key)(const struct ks_key *key, size_t tag_length);
    bool (*takes)(const struct ks_aead_input *in, size_t tag_length); /* its limits of lengths */
    int (*encrypt)(void *context, const struct ks_aead_input *in, uint8_t *output, uint8_t *tag,
                   size_t tag_length);
    int (*decrypt)(void *context, const struct ks_aead_input *in, uint8_t *output,
                   const uint8_t *tag, size_t tag_length);
    uint16_t encrypt_stack; /* bytes of stack to wipe after each */
    uint16_t decrypt_stack;
};

#define KS_AEAD_KINDS 3

extern const struct ks_aead_kind ks_aead_kinds[KS_AEAD_KINDS];

/* The algorithm, whatever its tag length, or NULL if it is none that is known. */
const struct ks_aead_kind *ks_aead_kind(psa_algorithm_t alg);

/* Whether contexts of the class are of a kind, which it then stands at the beginning of. */
static inline bool ks_aead_is_class(const struct ks_record_class *class)
{
    return (uintptr_t) class - (uintptr_t) ks_aead_kinds < sizeof ks_aead_kinds;
}

/* Whether the lengths are allowed, without a call; false: ask the functions. The text's may be with
 * its tag. */
static inline bool ks_aead_usual(const struct ks_aead_lengths *usual,
                                 const struct ks_aead_input *in)
{
    return in->nonce_length < 64 && (usual->nonces >> in->nonce_length & 1) != 0 &&
           in->data_length <= usual->data && in->text_length <= usual->text;
}

#endif
