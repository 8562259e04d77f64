/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "known.h"

#include <mbedtls/version.h>
#include <stdio.h>
#include <string.h>

const struct diff_known diff_known[] = {
    {"stale_id", MBED_ALL, "psa_", FACT_STALE, SAME_STATUS, SAME_STATUS, "", false},
    {"purge_of_absent", MBED_ALL, "psa_purge_key", FACT_ABSENT, PSA_ERROR_INVALID_HANDLE,
     PSA_ERROR_DOES_NOT_EXIST, "", false},
    {"before_init", MBED_2, "psa_close_key", FACT_STOPPED, PSA_ERROR_BAD_STATE,
     PSA_ERROR_INVALID_HANDLE, "", false},
    {"export_rest_of_buffer", MBED_ALL, "psa_export_key", 0, PSA_SUCCESS, PSA_SUCCESS, "rest,",
     false},
    {"export_rest_of_buffer", MBED_3, "psa_export_key", 0, PSA_ERROR_BUFFER_TOO_SMALL,
     PSA_ERROR_BUFFER_TOO_SMALL, "rest,", false},
    {"export_short_buffer", MBED_ALL, "psa_export_key", FACT_EMPTY_BUFFER,
     PSA_ERROR_BUFFER_TOO_SMALL, PSA_ERROR_BUFFER_TOO_SMALL, "length,", false},
    {"wildcard_in_operation", MBED_2, "psa_aead_", FACT_WILDCARD, PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_NOT_SUPPORTED, "length,", false},
    {"no_algorithm_in_operation", MBED_2, "psa_aead_", FACT_OTHER_KIND, PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_NOT_SUPPORTED, "length,", false},
    {"mac_longer_than_whole", MBED_ALL, "psa_mac_", FACT_LONG_MAC, PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_NOT_PERMITTED, "", false},
    {"beyond_the_limit_fixed", MBED_2, "psa_import_key", FACT_HUGE, PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_NOT_SUPPORTED, "", false},
    {"export-short-first", MBED_ALL, "psa_export_key", FACT_EMPTY_BUFFER, ANY_ERROR,
     PSA_ERROR_BUFFER_TOO_SMALL, "length,", false},
    {"copy-fault-order", MBED_ALL, "psa_copy_key", 0, PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_NOT_PERMITTED, "", false},
    {"copy-fault-order", MBED_ALL, "psa_copy_key", FACT_ABSENT, PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_HANDLE, "", false},
    {"copy-fault-order", MBED_ALL, "psa_copy_key", FACT_ZERO, PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_HANDLE, "", false},
    {"unknown_location", MBED_3, "psa_copy_key", FACT_LOCATION, PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_NOT_SUPPORTED, "", false},
    {"import-fault-order", MBED_3, "psa_import_key", FACT_HUGE, ARGUMENT_ERROR, ARGUMENT_ERROR, "",
     false},
    {"aead-fault-order", MBED_2, "psa_aead_", 0, ARGUMENT_ERROR, ARGUMENT_ERROR, "length,", false},
    {"operation-ends-with-key", MBED_ALL, "psa_", FACT_KEY_ENDED, PSA_ERROR_BAD_STATE, ANY_STATUS,
     "length,rest,more,", false},
    {"padded-update-room", MBED_ALL, "psa_cipher_update", FACT_PADDED_ROOM, PSA_SUCCESS,
     PSA_ERROR_BUFFER_TOO_SMALL, "length,rest,bytes,", false},
    {"rest-of-output", MBED_3, "psa_aead_", 0, PSA_SUCCESS, PSA_SUCCESS, "rest,", false},
    {"rest-of-output", MBED_3, "psa_aead_update", 0, SAME_STATUS, SAME_STATUS, "rest,", false},
    {"rest-of-output", MBED_ALL, "psa_cipher_", 0, SAME_STATUS, SAME_STATUS, "rest,", false},
    {"rsa_inconsistent", MBED_ALL, "psa_import_key", FACT_FORM, PSA_ERROR_INVALID_ARGUMENT,
     PSA_SUCCESS, "id,", true},
    {"asymmetric-form", MBED_ALL, "psa_import_key", FACT_FORM, ARGUMENT_ERROR, ARGUMENT_ERROR, "",
     false},
    {"montgomery_bits", MBED_2, "psa_import_key", FACT_CURVE448, PSA_SUCCESS,
     PSA_ERROR_NOT_SUPPORTED, "id,", true},
    {"public_short_buffer", MBED_ALL, "psa_export_public_key", 0, PSA_ERROR_BUFFER_TOO_SMALL,
     PSA_ERROR_BUFFER_TOO_SMALL, "length,bytes,rest,", false},
    {"rest-of-output", MBED_ALL, "psa_export_public_key", 0, SAME_STATUS, SAME_STATUS, "rest,",
     false},
    {"encrypt_lengths", MBED_ALL, "psa_asymmetric_decrypt", 0, TEXT_ERROR, SAME_STATUS,
     "length,bytes,rest,", false},
    {"rest-of-output", MBED_3, "psa_asymmetric_|psa_raw_key_agreement", 0, SAME_STATUS, SAME_STATUS,
     "rest,", false},
    {"rest-of-output", MBED_ALL, "psa_sign_", 0, PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_ARGUMENT, "rest,", false},
    {"sign_with_any_hash", MBED_2, "psa_sign_", FACT_WILDCARD, PSA_ERROR_INVALID_ARGUMENT,
     ANY_ERROR, "rest,", false},
    {"sign_with_any_hash", MBED_2, "psa_verify_", FACT_WILDCARD, PSA_ERROR_INVALID_ARGUMENT,
     ANY_ERROR, "", false},
    {"signature_beyond_modulus", MBED_ALL, "psa_verify_", FACT_FORM, PSA_ERROR_INVALID_SIGNATURE,
     PSA_ERROR_INVALID_ARGUMENT, "", false},
};

const unsigned diff_known_count = sizeof diff_known / sizeof *diff_known;

unsigned diff_version(void)
{
    return MBEDTLS_VERSION_NUMBER < 0x03000000 ? MBED_2 : MBED_3;
}

static bool status_fits(psa_status_t wanted, psa_status_t is, psa_status_t other)
{
    switch (wanted) {
    case ANY_STATUS:
        return true;
    case ANY_ERROR:
        return is != PSA_SUCCESS;
    case ARGUMENT_ERROR:
        return is == PSA_ERROR_INVALID_ARGUMENT || is == PSA_ERROR_NOT_SUPPORTED ||
               is == PSA_ERROR_BUFFER_TOO_SMALL;
    case TEXT_ERROR:
        return is == PSA_ERROR_BUFFER_TOO_SMALL || is == PSA_ERROR_INVALID_PADDING;
    case SAME_STATUS:
        return is == other;
    default:
        return is == wanted;
    }
}

/* Whether a stale id names another key in Mbed TLS is said by every call with one (pool.c). */
static bool may_differ(const struct diff_known *known, const char *result)
{
    char name[sizeof ((struct diff_result *) NULL)->name + 1];

    snprintf(name, sizeof name, "%s,", result);
    return strstr(known->results, name) != NULL || strcmp(result, "reused") == 0;
}

static bool results_fit(const struct diff_known *known, const struct diff_record *a,
                        const struct diff_record *b)
{
    for (uint32_t i = 0; i < a->results; i++) {
        if (a->result[i].value != b->result[i].value && !may_differ(known, a->result[i].name)) {
            return false;
        }
    }
    return true;
}

/* Whether the function's name begins with one of those in the list, which | separates. */
static bool is_among(const char *list, const char *function)
{
    for (;; list++) {
        size_t length = strcspn(list, "|");

        if (strncmp(function, list, length) == 0) {
            return true;
        }
        list += length;
        if (*list == '\0') {
            return false;
        }
    }
}

int diff_explain(const struct diff_record *keyshard, const struct diff_record *stock)
{
    for (unsigned i = 0; i < diff_known_count; i++) {
        const struct diff_known *known = &diff_known[i];

        if ((known->versions & diff_version()) != 0 &&
            is_among(known->functions, keyshard->function) &&
            (keyshard->facts & known->facts) == known->facts &&
            status_fits(known->keyshard, keyshard->status, stock->status) &&
            status_fits(known->stock, stock->status, keyshard->status) &&
            results_fit(known, keyshard, stock)) {
            return (int) i;
        }
    }
    return -1;
}
