/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Asymmetric keys, signatures and texts that are wrong in one respect, made here from right ones:
 * each must be refused, with the status that it deserves, and the store must stay as it was. What
 * is made needs numbers of curves and keys, and Mbed TLS's arithmetic to change them. */
#ifndef KS_TESTS_MALFORMED_H
#define KS_TESTS_MALFORMED_H

#include <check.h>
#include <mbedtls/bignum.h>
#include <psa/crypto.h>
#include <stdbool.h>

/* Ends the test, naming the case, unless the status is as expected. */
void require_status(psa_status_t status, psa_status_t expected, const char *what);

#define USAGES (PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH | \
                PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT | PSA_KEY_USAGE_DERIVE)

/* Imports with all usages. Bits may be 0. */
psa_status_t try_import(psa_key_type_t type, size_t bits, psa_algorithm_t alg, const uint8_t *data,
                        size_t length, psa_key_id_t *key);
psa_key_id_t must_import(psa_key_type_t type, psa_algorithm_t alg, const uint8_t *data,
                         size_t length);

/* Requires that import refuses it with one of the two statuses, and leaves neither id nor key. */
void require_refused(psa_key_type_t type, size_t bits, const uint8_t *data, size_t length,
                     psa_status_t expected, psa_status_t or_else, const char *what);

/* How many keys there are. */
size_t keys_there(void);

/* Writes a number into width bytes; it must fit. Returns false where it does not. */
bool put_number(const mbedtls_mpi *number, uint8_t *data, size_t width);

/* What cannot fail but for want of memory. */
#define MUST(call) ck_assert_int_eq((call), 0)

TCase *make_ecc_case(void);     /* points, scalars, signatures, agreements */
TCase *make_rsa_key_case(void); /* encodings and numbers of keys */
TCase *make_rsa_use_case(void); /* signatures and texts */

#endif
