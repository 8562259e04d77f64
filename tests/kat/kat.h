/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Known answers: every vector of the files in the table goes through the psa_ API.
 *
 * The symmetric ones use nothing but <psa/crypto.h>, so that they can be linked with libkeyshard in
 * front of Mbed TLS, or with Mbed TLS alone and be started with libkeyshard preloaded. Those of RSA
 * also use Mbed TLS's arithmetic, to work out what a vector does not give of a key. */
#ifndef KS_TESTS_KAT_KAT_H
#define KS_TESTS_KAT_KAT_H

#include "kat/reader.h"

#include <psa/crypto.h>

/* More than any field of any vector has, with the bytes of key stream that stand before it; it
 * bounds the counters of ChaCha20 that can be reached. */
#define KAT_BYTES 8192

struct kat_case;

/* One file. Its numbers hold for Mbed TLS 2.28 and 3.6 alike; only ARC4 is not in 3.6. */
struct kat_row {
    const char *path;                  /* below the folder of the vectors, or of the test's own */
    void (*check)(struct kat_case *);  /* puts one vector through the API and counts it */
    psa_key_type_t type;
    psa_algorithm_t alg;
    unsigned run;                      /* vectors that give their known answer */
    unsigned skipped;                  /* vectors that the API cannot express or must refuse */
    enum kat_form form;
    bool newer;                        /* the file is not in Debian 12's package */
    bool own;                          /* the file stands beside the test's sources */
    const char *ends;                  /* the field that ends a vector, see reader.h */
    size_t salt;                       /* of PSS, in bytes */
};

/* Files that are not in the table, by the start of their path, and why. */
struct kat_exclusion {
    const char *start;
    const char *reason;
};

extern const struct kat_row kat_table[];
extern const size_t kat_rows;
extern const char *const kat_folders[]; /* none of whose files is forgotten; NULL ends them */
extern const struct kat_exclusion kat_excluded[];
extern const size_t kat_exclusions;

struct kat_case {
    const struct kat_row *row;
    struct kat_reader reader;
    unsigned run;
    unsigned skipped;
};

/* Ends the test, naming file and vector, unless ok. */
void kat_require(const struct kat_case *test, bool ok, const char *what);
void kat_require_status(const struct kat_case *test, psa_status_t status, psa_status_t expected,
                        const char *what);
void kat_require_bytes(const struct kat_case *test, const uint8_t *data, size_t length,
                       const uint8_t *expected, size_t expected_length, const char *what);

/* Reads a field that must be there; one of the names (NULL ends them). */
size_t kat_field(const struct kat_case *test, const char *const *names, uint8_t *data,
                 size_t capacity);
unsigned long kat_number(const struct kat_case *test, const char *const *names);

/* Imports a key of the row's type that permits one algorithm, for all that can be done with it. */
psa_key_id_t kat_import(const struct kat_case *test, psa_algorithm_t alg, const uint8_t *key,
                        size_t length);
void kat_destroy(const struct kat_case *test, psa_key_id_t key);

/* The checks of a vector. */
void kat_cipher(struct kat_case *test);          /* both directions */
void kat_cipher_des(struct kat_case *test);      /* the same, with every length the DES key has */
void kat_cipher_refused(struct kat_case *test);  /* the algorithm is not served for this type */
void kat_cipher_chacha20(struct kat_case *test); /* a block counter goes with the nonce */
void kat_cipher_arc4(struct kat_case *test);     /* the place in the key stream is a field */
void kat_aead(struct kat_case *test);            /* ciphertext and tag apart */
void kat_aead_joined(struct kat_case *test);     /* the tag ends the ciphertext */
void kat_mac(struct kat_case *test);             /* HMAC */
void kat_mac_cmac(struct kat_case *test);        /* CMAC, the key perhaps in three fields */

#endif
