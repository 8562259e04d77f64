/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What the tests of functions that are not served yet share. Each is called with a key that exists
 * and arguments that are right, so that PSA_ERROR_NOT_SUPPORTED can come from nowhere but keyshard:
 * Mbed TLS's own key store would say that there is no such key. */
#ifndef TESTS_API_UNSERVED_H
#define TESTS_API_UNSERVED_H

#include "../runner.h"
#include "keys.h"

static psa_key_id_t key;
static uint8_t output[128];
static size_t length;

static inline void set_up_key(void)
{
    set_up();
    key = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, HMAC256);
    length = 99;
}

static inline void refused(psa_status_t status)
{
    ck_assert_int_eq(status, PSA_ERROR_NOT_SUPPORTED);
    ck_assert_uint_eq(count_keys(), 1);
}

/* The call also set length, which is made wrong again for the next one. */
static inline void refused_length(psa_status_t status)
{
    refused(status);
    ck_assert_uint_eq(length, 0);
    length = 99;
}

static inline void refused_key(psa_status_t status, const psa_key_id_t *made)
{
    refused(status);
    ck_assert_uint_eq(*made, 0);
}

/* In either version of Mbed TLS the first word of each operation object is zero while it is not
 * active. The call was given an object filled with other bytes. */
static inline void aborted(psa_status_t status, const void *operation)
{
    const unsigned int inactive = 0;

    ck_assert_int_eq(status, PSA_SUCCESS);
    ck_assert_mem_eq(operation, &inactive, sizeof inactive);
}

#endif
