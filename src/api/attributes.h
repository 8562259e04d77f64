/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Between psa_key_attributes_t and the library's own structures. */
#ifndef KS_API_ATTRIBUTES_H
#define KS_API_ATTRIBUTES_H

#include "key/make.h"
#include "key/rsa.h"

/* What the attributes ask for. */
void ks_attributes_read(const psa_key_attributes_t *attributes, struct ks_spec *spec);

/* What of a key's attributes takes memory to write, copied where none may be allocated: the public
 * exponent of an RSA key, unless it is the usual one. Nothing with Mbed TLS 3.6. */
struct ks_attributes_rest {
    size_t length;
    uint8_t exponent[KS_RSA_MAX_BYTES];
};

/* Writes a key's attributes over attributes that are in their initial state, and copies the rest.
 * Inside the read-side section that found the key. */
void ks_attributes_write(psa_key_attributes_t *attributes, struct ks_attributes_rest *rest,
                         const struct ks_key *key);

/* Writes the rest; after the section. PSA_ERROR_INSUFFICIENT_MEMORY: the attributes are then in
 * their initial state. */
psa_status_t ks_attributes_write_rest(psa_key_attributes_t *attributes,
                                      const struct ks_attributes_rest *rest) KS_MUST_CHECK;

#endif
