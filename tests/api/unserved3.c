/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The functions of the PSA API that only Mbed TLS 3.6 declares and that refuse. */

#include "unserved.h"

START_TEST(keys_with_parameters)
{
    /* Ensures that no key is derived with parameters. */
    const psa_custom_key_parameters_t custom = PSA_CUSTOM_KEY_PARAMETERS_INIT;
    const psa_key_production_parameters_t production = PSA_KEY_PRODUCTION_PARAMETERS_INIT;
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_AES, ANY_USAGE, PSA_ALG_GCM);
    psa_key_id_t made[2] = {99, 99};

    psa_set_key_bits(&attributes, 128);
    refused_key(psa_key_derivation_output_key_custom(&attributes, &operation, &custom, NULL, 0,
                                                     &made[0]),
                &made[0]);
    refused_key(psa_key_derivation_output_key_ext(&attributes, &operation, &production, 0,
                                                  &made[1]),
                &made[1]);
}
END_TEST

START_TEST(derivation)
{
    /* Ensures that the functions of a key derivation that 3.6 adds refuse. */
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;

    refused(psa_key_derivation_input_integer(&operation, PSA_KEY_DERIVATION_INPUT_COST, 1000));
    refused(psa_key_derivation_verify_bytes(&operation, material, 16));
    refused(psa_key_derivation_verify_key(&operation, key));
}
END_TEST

START_TEST(interruptible)
{
    /* Ensures that each function of an interruptible signature refuses, and that abort succeeds. */
    psa_sign_hash_interruptible_operation_t sign = PSA_SIGN_HASH_INTERRUPTIBLE_OPERATION_INIT;
    psa_verify_hash_interruptible_operation_t verify = PSA_VERIFY_HASH_INTERRUPTIBLE_OPERATION_INIT;
    const psa_algorithm_t ecdsa = PSA_ALG_ECDSA(PSA_ALG_SHA_256);

    refused(psa_sign_hash_start(&sign, key, ecdsa, material, 32));
    refused_length(psa_sign_hash_complete(&sign, output, sizeof output, &length));
    ck_assert_uint_eq(psa_sign_hash_get_num_ops(&sign), 0);
    memset(&sign, 0x5a, sizeof sign);
    aborted(psa_sign_hash_abort(&sign), &sign);
    aborted(psa_sign_hash_abort(&sign), &sign);
    refused(psa_verify_hash_start(&verify, key, ecdsa, material, 32, output, 64));
    refused(psa_verify_hash_complete(&verify));
    ck_assert_uint_eq(psa_verify_hash_get_num_ops(&verify), 0);
    memset(&verify, 0x5a, sizeof verify);
    aborted(psa_verify_hash_abort(&verify), &verify);
    aborted(psa_verify_hash_abort(&verify), &verify);
}
END_TEST

START_TEST(pake)
{
    /* Ensures that each function of a password-authenticated exchange refuses, and that abort
     * succeeds. */
    psa_pake_operation_t operation = PSA_PAKE_OPERATION_INIT;
    psa_pake_cipher_suite_t suite = PSA_PAKE_CIPHER_SUITE_INIT;
    psa_key_derivation_operation_t derivation_operation = PSA_KEY_DERIVATION_OPERATION_INIT;

    psa_pake_cs_set_algorithm(&suite, PSA_ALG_JPAKE);
    psa_pake_cs_set_primitive(
        &suite, PSA_PAKE_PRIMITIVE(PSA_PAKE_PRIMITIVE_TYPE_ECC, PSA_ECC_FAMILY_SECP_R1, 256));
    psa_pake_cs_set_hash(&suite, PSA_ALG_SHA_256);
    refused(psa_pake_setup(&operation, &suite));
    refused(psa_pake_set_password_key(&operation, key));
    refused(psa_pake_set_user(&operation, material, 6));
    refused(psa_pake_set_peer(&operation, material, 6));
    refused(psa_pake_set_role(&operation, PSA_PAKE_ROLE_NONE));
    refused_length(psa_pake_output(&operation, PSA_PAKE_STEP_KEY_SHARE, output, sizeof output,
                                   &length));
    refused(psa_pake_input(&operation, PSA_PAKE_STEP_KEY_SHARE, material, 32));
    refused(psa_pake_get_implicit_key(&operation, &derivation_operation));
    memset(&operation, 0x5a, sizeof operation);
    aborted(psa_pake_abort(&operation), &operation);
    aborted(psa_pake_abort(&operation), &operation);
}
END_TEST

START_TEST(random_control)
{
    /* Ensures that nobody is told of a reseeding that did not happen. */
    refused(psa_random_reseed(NULL, 0));
    refused(psa_random_deplete());
    refused(psa_random_set_prediction_resistance(1));
}
END_TEST

static Suite *make_unserved3_suite(void)
{
    Suite *suite = suite_create("functions of Mbed TLS 3.6 that refuse");
    TCase *tests = tcase_create("each");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up_key, tear_down);
    tcase_add_test(tests, keys_with_parameters);
    tcase_add_test(tests, derivation);
    tcase_add_test(tests, interruptible);
    tcase_add_test(tests, pake);
    tcase_add_test(tests, random_control);
    return suite;
}

int main(void)
{
    return run_suite(make_unserved3_suite());
}
