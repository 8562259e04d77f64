/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The functions of the PSA API that every Mbed TLS supported declares and that refuse. */

#include "unserved.h"

START_TEST(keys)
{
    /* Ensures that keys cannot be opened, and have no public part, yet. */
    psa_key_handle_t handle = 99;

    refused_key(psa_open_key(key, &handle), &handle);
    refused_length(psa_export_public_key(key, output, sizeof output, &length));
}
END_TEST

START_TEST(asymmetric)
{
    /* Ensures that signatures, asymmetric encryption and key agreement refuse. */
    const psa_algorithm_t ecdsa = PSA_ALG_ECDSA(PSA_ALG_SHA_256);

    refused_length(psa_sign_message(key, ecdsa, material, 3, output, sizeof output, &length));
    refused(psa_verify_message(key, ecdsa, material, 3, output, 64));
    refused_length(psa_sign_hash(key, ecdsa, material, 32, output, sizeof output, &length));
    refused(psa_verify_hash(key, ecdsa, material, 32, output, 64));
    refused_length(psa_asymmetric_encrypt(key, PSA_ALG_RSA_PKCS1V15_CRYPT, material, 3, NULL, 0,
                                          output, sizeof output, &length));
    refused_length(psa_asymmetric_decrypt(key, PSA_ALG_RSA_PKCS1V15_CRYPT, material, 32, NULL, 0,
                                          output, sizeof output, &length));
    refused_length(psa_raw_key_agreement(PSA_ALG_ECDH, key, material, 32, output, sizeof output,
                                         &length));
}
END_TEST

START_TEST(derivation)
{
    /* Ensures that each function of a key derivation refuses, and that abort succeeds. */
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_AES, ANY_USAGE, PSA_ALG_GCM);
    psa_key_id_t made = 99;

    psa_set_key_bits(&attributes, 128);
    refused(psa_key_derivation_setup(&operation, PSA_ALG_HKDF(PSA_ALG_SHA_256)));
    refused_length(psa_key_derivation_get_capacity(&operation, &length));
    refused(psa_key_derivation_set_capacity(&operation, 32));
    refused(psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_INFO, material, 3));
    refused(psa_key_derivation_input_key(&operation, PSA_KEY_DERIVATION_INPUT_SECRET, key));
    refused(psa_key_derivation_key_agreement(&operation, PSA_KEY_DERIVATION_INPUT_SECRET, key,
                                             material, 32));
    refused(psa_key_derivation_output_bytes(&operation, output, 16));
    refused_key(psa_key_derivation_output_key(&attributes, &operation, &made), &made);
    memset(&operation, 0x5a, sizeof operation);
    aborted(psa_key_derivation_abort(&operation), &operation);
    aborted(psa_key_derivation_abort(&operation), &operation);
}
END_TEST

START_TEST(no_place_for_lengths)
{
    /* Ensures that a NULL where a length or an id goes is refused like all else. */
    refused(psa_open_key(key, NULL));
    refused(psa_export_public_key(key, output, sizeof output, NULL));
}
END_TEST

static Suite *make_unserved_suite(void)
{
    Suite *suite = suite_create("functions that refuse");
    TCase *tests = tcase_create("each");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up_key, tear_down);
    tcase_add_test(tests, keys);
    tcase_add_test(tests, asymmetric);
    tcase_add_test(tests, derivation);
    tcase_add_test(tests, no_place_for_lengths);
    return suite;
}

int main(void)
{
    return run_suite(make_unserved_suite());
}
