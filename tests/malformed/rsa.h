/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* RSA keys of well-known primes, as numbers and in DER. */
#ifndef KS_TESTS_MALFORMED_RSA_H
#define KS_TESTS_MALFORMED_RSA_H

#include "malformed/malformed.h"

#define DER_ROOM 4096

enum { N, E, D, P, Q, DP, DQ, QP, NUMBERS };

struct numbers {
    mbedtls_mpi x[NUMBERS];
};

/* Works out a key of this size with the public exponent 65537: 128, 512, 1024 or 2048 bits. */
void numbers_make(struct numbers *key, unsigned bits);
void numbers_free(struct numbers *key);

/* How the form of an encoding may be wrong. */
struct form {
    int version;          /* the private key's, 0 where right */
    unsigned first;       /* a number that stands first instead of n; 0: none */
    unsigned left_out;    /* number left out, counted from 1; 0: none */
    unsigned odd_one;     /* number to which the fields below apply, counted from 1; 0: none */
    uint8_t tag;          /* its tag, 0 where right */
    unsigned zeros;       /* in front of it */
    bool negative;        /* without the zero that it needs */
    bool long_length;     /* its length in a byte more than it needs */
    bool outer_long;      /* the same for the sequence */
    bool indefinite;      /* the sequence ends with two zeros */
    uint8_t outer_tag;    /* the sequence's tag, 0 where right */
    unsigned inside;      /* bytes behind the last number */
    unsigned behind;      /* bytes behind the sequence */
};

/* Writes RSAPrivateKey or RSAPublicKey; returns the length. */
size_t der_pair(const struct numbers *key, const struct form *form, uint8_t *der);
size_t der_public(const struct numbers *key, const struct form *form, uint8_t *der);

/* Puts what is there inside of another element, in place; returns the length. */
size_t der_wrap(uint8_t *der, size_t length, uint8_t tag);

#endif
