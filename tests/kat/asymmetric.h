/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Known answers of asymmetric keys. */
#ifndef KS_TESTS_KAT_ASYMMETRIC_H
#define KS_TESTS_KAT_ASYMMETRIC_H

#include "kat/kat.h"

/* What is done beside a vector's known answer, a signature of one's own or a changed one, is done
 * for one vector in so many: it takes most of the time. */
#define KAT_EXTRA 8

#define KAT_MODULUS 512 /* bytes of the longest modulus: 4,096 bits */

/* A curve by one of the names that the files have for it. */
struct kat_curve {
    const char *name;
    psa_ecc_family_t family;
    size_t bits;
};

#define KAT_WIDTH 72 /* bytes of the longest coordinate: 571 bits */
#define KAT_POINT (1 + 2 * (KAT_WIDTH + 1))

#define KAT_PAIR(curve) PSA_KEY_TYPE_ECC_KEY_PAIR((curve)->family)
#define KAT_PUBLIC(curve) PSA_KEY_TYPE_ECC_PUBLIC_KEY((curve)->family)

/* The curve that the vector names by GROUP or CURVE. Ends the test where it is not known. */
const struct kat_curve *kat_curve(const struct kat_case *test);
bool kat_curve_is_served(const struct kat_curve *curve);
size_t kat_width(const struct kat_curve *curve); /* of a coordinate, in bytes */

/* The hash that the vector names, as SHA1 or in the GROUP as P-256,SHA-1; SHA-1 where none. */
psa_algorithm_t kat_hash(const struct kat_case *test);

/* Reads a number into width bytes. Returns false where it does not fit. */
bool kat_number_of(const struct kat_case *test, const char *const *names, uint8_t *data,
                   size_t width);

/* Reads a point, uncompressed, with coordinates of width bytes; returns its length. */
size_t kat_point(const struct kat_case *test, const char *x, const char *y, uint8_t *data,
                 size_t width);

/* Imports a key that permits the algorithm and all that asymmetric keys can do. Bits may be 0. */
psa_status_t kat_try_key(psa_key_type_t type, size_t bits, psa_algorithm_t alg,
                         const uint8_t *data, size_t length, psa_key_id_t *key);
psa_key_id_t kat_key(const struct kat_case *test, psa_key_type_t type, psa_algorithm_t alg,
                     const uint8_t *data, size_t length);

void kat_require_refused(const struct kat_case *test, psa_key_type_t type, size_t bits,
                         const uint8_t *data, size_t length);

/* Requires that the key's public part is this. */
void kat_require_public(const struct kat_case *test, psa_key_id_t key, const uint8_t *point,
                        size_t length);

struct kat_signed {
    uint8_t message[KAT_BYTES];
    size_t length;
    uint8_t signature[KAT_MODULUS];
    size_t signature_length;
    psa_algorithm_t alg;
};

/* Requires the status of verification, of the message and of its hash. */
void kat_require_verified(const struct kat_case *test, psa_key_id_t key,
                          const struct kat_signed *it, psa_status_t expected, const char *what);

/* Signs the message with one key; requires that the other verifies it, and nothing changed. */
void kat_require_signing(const struct kat_case *test, psa_key_id_t key, psa_key_id_t public_key,
                         const struct kat_signed *it);

/* RSA keys of the vector, which permit the algorithm; made once for all vectors that share one. */
psa_key_id_t kat_rsa_public(const struct kat_case *test, psa_algorithm_t alg);
psa_key_id_t kat_rsa_private(const struct kat_case *test, psa_algorithm_t alg);
bool kat_rsa_has_private(const struct kat_case *test);
/* Tells whether PSA has keys of this size: of whole bytes. Where not, requires a refusal. */
bool kat_rsa_is_served(const struct kat_case *test);

/* The checks of a vector. */
void kat_ecc_pair(struct kat_case *test);         /* a private key and its public one */
void kat_ecc_point(struct kat_case *test);        /* a public key, right or wrong */
void kat_ecc_compressed(struct kat_case *test);   /* a form that PSA does not have */
void kat_ecdsa(struct kat_case *test);            /* a right signature, perhaps with its key */
void kat_ecdsa_result(struct kat_case *test);     /* a signature, right or wrong */
void kat_ecdsa_deterministic(struct kat_case *test);
void kat_ecdh(struct kat_case *test);             /* of the CAVP, right or wrong */
void kat_ecdh_both(struct kat_case *test);        /* both sides' keys */
void kat_ecdh_montgomery(struct kat_case *test);
void kat_rsa_pair(struct kat_case *test);         /* a private key and its public one */
void kat_rsa_sign(struct kat_case *test);         /* PKCS #1 v1.5, perhaps with the key */
void kat_rsa_result(struct kat_case *test);       /* the same, right or wrong */
void kat_rsa_pss(struct kat_case *test);          /* PSS with a salt of the row's length */
void kat_rsa_pss_result(struct kat_case *test);
void kat_rsa_crypt(struct kat_case *test);        /* encryption, the row's algorithm */
void kat_rsa_oaep_refused(struct kat_case *test); /* two hashes, which PSA does not have */
void kat_rsa_oaep_label(struct kat_case *test);

#endif
