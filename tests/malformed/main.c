/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "malformed/malformed.h"
#include "runner.h"

#include <keyshard/keyshard.h>

void require_status(psa_status_t status, psa_status_t expected, const char *what)
{
    ck_assert_msg(status == expected, "%s: status %d instead of %d", what, (int) status,
                  (int) expected);
}

psa_status_t try_import(psa_key_type_t type, size_t bits, psa_algorithm_t alg, const uint8_t *data,
                        size_t length, psa_key_id_t *key)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, type);
    psa_set_key_bits(&attributes, bits);
    psa_set_key_algorithm(&attributes, alg);
    psa_set_key_usage_flags(&attributes, USAGES);
    return psa_import_key(&attributes, data, length, key);
}

psa_key_id_t must_import(psa_key_type_t type, psa_algorithm_t alg, const uint8_t *data,
                         size_t length)
{
    psa_key_id_t key = 0;
    require_status(try_import(type, 0, alg, data, length, &key), PSA_SUCCESS, "import");
    return key;
}

size_t keys_there(void)
{
    keyshard_stats_t stats;
    require_status(keyshard_get_stats(&stats, sizeof stats), PSA_SUCCESS, "statistics");
    return (size_t) stats.keys;
}

void require_refused(psa_key_type_t type, size_t bits, const uint8_t *data, size_t length,
                     psa_status_t expected, psa_status_t or_else, const char *what)
{
    size_t before = keys_there();
    psa_key_id_t key = 1;
    psa_status_t status = try_import(type, bits, PSA_ALG_NONE, data, length, &key);
    if (status != or_else) {
        require_status(status, expected, what);
    }
    ck_assert_msg(key == 0, "%s: an id", what);
    ck_assert_msg(keys_there() == before, "%s: a key", what);
}

bool put_number(const mbedtls_mpi *number, uint8_t *data, size_t width)
{
    return mbedtls_mpi_write_binary(number, data, width) == 0;
}

int main(void)
{
    Suite *suite = suite_create("malformed");
    suite_add_tcase(suite, make_ecc_case());
    suite_add_tcase(suite, make_rsa_key_case());
    suite_add_tcase(suite, make_rsa_use_case());
    return run_suite(suite);
}
