/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The functions of the PSA API that every Mbed TLS supported declares and that refuse. */

#include "unserved.h"

START_TEST(keys)
{
    /* Ensures that keys cannot be opened yet. */
    psa_key_handle_t handle = 99;

    refused_key(psa_open_key(key, &handle), &handle);
}
END_TEST

START_TEST(multi_part_mac)
{
    /* Ensures that each function of a multi-part MAC refuses, and that abort succeeds. */
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;

    refused(psa_mac_sign_setup(&operation, key, HMAC256));
    refused(psa_mac_verify_setup(&operation, key, HMAC256));
    refused(psa_mac_update(&operation, material, 3));
    refused_length(psa_mac_sign_finish(&operation, output, sizeof output, &length));
    refused(psa_mac_verify_finish(&operation, material, 32));
    memset(&operation, 0x5a, sizeof operation);
    aborted(psa_mac_abort(&operation), &operation);
    aborted(psa_mac_abort(&operation), &operation);
}
END_TEST

START_TEST(multi_part_cipher)
{
    /* Ensures that each function of a multi-part cipher refuses, and that abort succeeds. */
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;

    refused(psa_cipher_encrypt_setup(&operation, key, PSA_ALG_CTR));
    refused(psa_cipher_decrypt_setup(&operation, key, PSA_ALG_CTR));
    refused_length(psa_cipher_generate_iv(&operation, output, 16, &length));
    refused(psa_cipher_set_iv(&operation, material, 16));
    refused_length(psa_cipher_update(&operation, material, 3, output, sizeof output, &length));
    refused_length(psa_cipher_finish(&operation, output, sizeof output, &length));
    memset(&operation, 0x5a, sizeof operation);
    aborted(psa_cipher_abort(&operation), &operation);
    aborted(psa_cipher_abort(&operation), &operation);
}
END_TEST

START_TEST(multi_part_aead)
{
    /* Ensures that each function of a multi-part AEAD refuses, and that abort succeeds. */
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    size_t tag_length = 99;

    refused(psa_aead_encrypt_setup(&operation, key, PSA_ALG_GCM));
    refused(psa_aead_decrypt_setup(&operation, key, PSA_ALG_GCM));
    refused_length(psa_aead_generate_nonce(&operation, output, 12, &length));
    refused(psa_aead_set_nonce(&operation, material, 12));
    refused(psa_aead_set_lengths(&operation, 3, 3));
    refused(psa_aead_update_ad(&operation, material, 3));
    refused_length(psa_aead_update(&operation, material, 3, output, sizeof output, &length));
    refused_length(psa_aead_finish(&operation, output, 64, &length, output + 64, 16, &tag_length));
    ck_assert_uint_eq(tag_length, 0);
    refused_length(psa_aead_verify(&operation, output, sizeof output, &length, material, 16));
    memset(&operation, 0x5a, sizeof operation);
    aborted(psa_aead_abort(&operation), &operation);
    aborted(psa_aead_abort(&operation), &operation);
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
    refused(psa_cipher_finish(NULL, output, sizeof output, NULL));
}
END_TEST

static Suite *make_unserved_suite(void)
{
    Suite *suite = suite_create("functions that refuse");
    TCase *tests = tcase_create("each");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up_key, tear_down);
    tcase_add_test(tests, keys);
    tcase_add_test(tests, multi_part_mac);
    tcase_add_test(tests, multi_part_cipher);
    tcase_add_test(tests, multi_part_aead);
    tcase_add_test(tests, derivation);
    tcase_add_test(tests, no_place_for_lengths);
    return suite;
}

int main(void)
{
    return run_suite(make_unserved_suite());
}
