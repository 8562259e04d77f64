/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* RSA encryption, which is random: what the vector gives is decrypted, and so is what was encrypted
 * here. PSA's OAEP has one hash for the label and for the mask, so files with two are refused. */

#include "kat/asymmetric.h"

#include <string.h>

#define PKCS8_HEADER 26 /* bytes in front of a 2,048-bit key in PKCS #8 */

static size_t read_cipher(const struct kat_case *test, uint8_t *cipher)
{
    return kat_field(test, KAT_NAMES("Encryption", "Ciphertext, the RSA encryption of EM"), cipher,
                     KAT_MODULUS);
}

static void decrypt(const struct kat_case *test, psa_key_id_t key, const uint8_t *cipher,
                    size_t length, const uint8_t *message, size_t message_length)
{
    uint8_t output[KAT_MODULUS];
    size_t output_length = 0;
    psa_status_t status = psa_asymmetric_decrypt(key, test->row->alg, cipher, length, NULL, 0,
                                                 output, sizeof output, &output_length);
    kat_require_status(test, status, PSA_SUCCESS, "decryption");
    kat_require_bytes(test, output, output_length, message, message_length, "decryption");
}

void kat_rsa_crypt(struct kat_case *test)
{
    if (!kat_rsa_is_served(test)) {
        test->skipped++;
        return;
    }
    uint8_t message[KAT_MODULUS];
    uint8_t cipher[KAT_MODULUS];
    size_t length = 0;
    size_t message_length = kat_field(test, KAT_NAMES("Message", "Message to be encrypted"),
                                      message, sizeof message);
    size_t cipher_length = read_cipher(test, cipher);
    psa_key_id_t pair = kat_rsa_private(test, test->row->alg);
    decrypt(test, pair, cipher, cipher_length, message, message_length);
    psa_status_t status = psa_asymmetric_encrypt(kat_rsa_public(test, test->row->alg),
                                                 test->row->alg, message, message_length, NULL, 0,
                                                 cipher, sizeof cipher, &length);
    kat_require_status(test, status, PSA_SUCCESS, "encryption");
    kat_require(test, length == cipher_length, "length of the encryption");
    decrypt(test, pair, cipher, length, message, message_length);
    test->run++;
}

void kat_rsa_oaep_refused(struct kat_case *test)
{
    static const psa_algorithm_t hashes[] = { PSA_ALG_SHA_1, PSA_ALG_SHA_224, PSA_ALG_SHA_256,
                                              PSA_ALG_SHA_384, PSA_ALG_SHA_512 };
    uint8_t cipher[KAT_MODULUS];
    uint8_t output[KAT_MODULUS];
    size_t length = read_cipher(test, cipher);
    size_t output_length = 0;
    psa_algorithm_t alg = PSA_ALG_RSA_OAEP(hashes[test->skipped % 5]);
    psa_status_t status = psa_asymmetric_decrypt(kat_rsa_private(test, alg), alg, cipher, length,
                                                 NULL, 0, output, sizeof output, &output_length);
    kat_require_status(test, status, PSA_ERROR_INVALID_PADDING, "decryption");
    test->skipped++;
}

/* The vector has its key in PKCS #8, which PSA does not import: only what is wrapped there. */
void kat_rsa_oaep_label(struct kat_case *test)
{
    uint8_t der[6 * KAT_MODULUS];
    uint8_t cipher[KAT_MODULUS];
    uint8_t message[KAT_MODULUS];
    uint8_t label[64];
    uint8_t output[KAT_MODULUS];
    size_t output_length = 0;
    psa_algorithm_t alg = PSA_ALG_RSA_OAEP(kat_hash(test));
    size_t der_length = kat_field(test, KAT_NAMES("KEY"), der, sizeof der);
    size_t length = kat_field(test, KAT_NAMES("Input"), cipher, sizeof cipher);
    size_t message_length = kat_field(test, KAT_NAMES("Output"), message, sizeof message);
    size_t label_length = kat_field(test, KAT_NAMES("OAEPLabel"), label, sizeof label);
    psa_key_id_t key = kat_key(test, PSA_KEY_TYPE_RSA_KEY_PAIR, alg, der + PKCS8_HEADER,
                               der_length - PKCS8_HEADER);
    psa_status_t status = psa_asymmetric_decrypt(key, alg, cipher, length, label, label_length,
                                                 output, sizeof output, &output_length);
    kat_require_status(test, status, PSA_SUCCESS, "decryption");
    kat_require_bytes(test, output, output_length, message, message_length, "decryption");
    status = psa_asymmetric_decrypt(key, alg, cipher, length, label, label_length - 1, output,
                                    sizeof output, &output_length);
    kat_require_status(test, status, PSA_ERROR_INVALID_PADDING, "decryption, another label");
    kat_destroy(test, key);
    test->run++;
}
