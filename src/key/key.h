/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* A key: the object of the store, its attributes and its material, in one block of secret memory.
 */
#ifndef KS_KEY_KEY_H
#define KS_KEY_KEY_H

#include "store/object.h"

#include <psa/crypto.h>

/* Immutable once published. The material follows directly. What each use looks at comes first (see
 * ks_object); of the others those that Mbed TLS's structure has side by side stand so here too, so
 * that a look-up copies them in few words (ks_mbed_attributes_fill). */
struct ks_key {
    struct ks_object object;
    psa_key_usage_t usage;
    psa_algorithm_t alg;        /* permitted algorithm */
    psa_algorithm_t alg2;       /* enrollment algorithm, or 0 */
    psa_key_type_t type;
    uint16_t bits;
    uint16_t length;            /* of the material, in bytes */
    uint16_t epoch;             /* counts the replacements of the material, modulo 2^16; what is
                                 * made from another object of the id with its material has the
                                 * same (multi-part operations: store/operation.h) */
    psa_key_lifetime_t lifetime;
    uint8_t material[];
};

_Static_assert(sizeof(struct ks_key) == 56, "the header of a key is part of the memory target");

#endif
