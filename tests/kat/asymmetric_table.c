/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The files of vectors of asymmetric keys, and how many of each the API serves; the same with Mbed
 * TLS 2.28 and 3.6.
 *
 * What is skipped, and must be refused: binary curves, which Mbed TLS does not have; RSA keys whose
 * size is not of whole bytes; OAEP with one hash for the label and another for the mask. Random
 * signatures are made anew and verified. */

#include "kat/asymmetric.h"

#define ECC_PAIR .check = kat_ecc_pair, .ends = "Qy"
#define ECC_POINT .check = kat_ecc_point, .ends = "Result"
#define ECDSA .check = kat_ecdsa, .ends = "S"
#define ECDSA_RESULT .check = kat_ecdsa_result, .ends = "Result"
#define ECDH .check = kat_ecdh, .ends = "Result"
#define MONTGOMERY .check = kat_ecdh_montgomery, .type = PSA_KEY_TYPE_ECC_KEY_PAIR( \
    PSA_ECC_FAMILY_MONTGOMERY)
#define V15 .alg = PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_ANY_HASH)
#define RSA_SIGN V15, .check = kat_rsa_sign, .ends = "S"
#define RSA_RESULT V15, .check = kat_rsa_result, .ends = "Result"
#define PSS .check = kat_rsa_pss, .ends = "S"
#define PSS_RESULT .check = kat_rsa_pss_result, .ends = "Result"
#define CRYPT .alg = PSA_ALG_RSA_PKCS1V15_CRYPT, .check = kat_rsa_crypt
#define OAEP(hash) .alg = PSA_ALG_RSA_OAEP(PSA_ALG_##hash), .check = kat_rsa_crypt, \
    .form = KAT_LABELS
#define OAEP_REFUSED .check = kat_rsa_oaep_refused, .form = KAT_LABELS, .ends = "Encryption"

const struct kat_row kat_table[] = {
    { .path = "asymmetric/ECDSA/FIPS_186-2/KeyPair.rsp", ECC_PAIR, .run = 50, .skipped = 100 },
    { .path = "asymmetric/ECDSA/FIPS_186-2/PKV.rsp", ECC_POINT, .run = 60, .skipped = 120 },
    { .path = "asymmetric/ECDSA/FIPS_186-2/SigGen.rsp", ECDSA, .run = 75, .skipped = 150 },
    { .path = "asymmetric/ECDSA/FIPS_186-2/SigGen.txt", ECDSA, .run = 75, .skipped = 150 },
    { .path = "asymmetric/ECDSA/FIPS_186-2/SigVer.rsp", ECDSA_RESULT, .run = 75, .skipped = 150 },
    { .path = "asymmetric/ECDSA/FIPS_186-3/KeyPair.rsp", ECC_PAIR, .run = 50, .skipped = 100 },
    { .path = "asymmetric/ECDSA/FIPS_186-3/PKV.rsp", ECC_POINT, .run = 60, .skipped = 120 },
    { .path = "asymmetric/ECDSA/FIPS_186-3/SigGen.rsp", ECDSA, .run = 375, .skipped = 750 },
    { .path = "asymmetric/ECDSA/FIPS_186-3/SigGen.txt", ECDSA, .run = 375, .skipped = 750 },
    { .path = "asymmetric/ECDSA/FIPS_186-3/SigVer.rsp", ECDSA_RESULT, .run = 375, .skipped = 750 },
    { .path = "asymmetric/ECDSA/SECP256K1/SigGen.txt", ECDSA, .run = 1125 },
    { .path = "rfc6979.txt",
      .check = kat_ecdsa_deterministic, .ends = "S", .own = true, .run = 50 },
    { .path = "asymmetric/EC/compressed_points.txt", .check = kat_ecc_compressed, .run = 4 },
    { .path = "asymmetric/ECDH/KASValidityTest_ECCStaticUnified_KDFConcat_NOKC_init.fax",
      ECDH, .run = 300 },
    { .path = "asymmetric/ECDH/KASValidityTest_ECCStaticUnified_KDFConcat_NOKC_resp.fax",
      ECDH, .run = 300 },
    { .path = "asymmetric/ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_init.fax",
      ECDH, .run = 150 },
    { .path = "asymmetric/ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_resp.fax",
      ECDH, .run = 150 },
    { .path = "asymmetric/ECDH/brainpool.txt", .check = kat_ecdh_both, .run = 3 },
    { .path = "asymmetric/X25519/rfc7748.txt", MONTGOMERY, .run = 3 },
    { .path = "asymmetric/X448/rfc7748.txt", MONTGOMERY, .run = 3 },
    { .path = "asymmetric/RSA/FIPS_186-2/KeyGenRSA.rsp",
      .check = kat_rsa_pair, .ends = "d", .run = 30 },
    { .path = "asymmetric/RSA/FIPS_186-2/SigGen15_186-2.rsp", RSA_SIGN, .run = 250 },
    { .path = "asymmetric/RSA/FIPS_186-2/SigGen15_186-2.txt", RSA_SIGN, .run = 250 },
    { .path = "asymmetric/RSA/FIPS_186-2/SigGen15_186-3.rsp", RSA_SIGN, .run = 250 },
    { .path = "asymmetric/RSA/FIPS_186-2/SigVer15_186-3.rsp", RSA_RESULT, .run = 450 },
    { .path = "asymmetric/RSA/SigVer15EMTest.txt", RSA_RESULT, .run = 150 },
    { .path = "asymmetric/RSA/FIPS_186-2/SigGenPSS_186-2.rsp", PSS, .salt = 20, .run = 250 },
    { .path = "asymmetric/RSA/FIPS_186-2/SigGenPSS_186-2.txt", PSS, .salt = 20, .run = 250 },
    { .path = "asymmetric/RSA/FIPS_186-2/SigGenPSS_186-3.rsp", PSS, .salt = 0, .run = 250 },
    { .path = "asymmetric/RSA/FIPS_186-2/SigVerPSS_186-3.rsp", PSS_RESULT, .salt = 10, .run = 450 },
    { .path = "asymmetric/RSA/pkcs1v15sign-vectors.txt",
      V15, .check = kat_rsa_sign, .form = KAT_LABELS, .ends = "Signature",
      .run = 160, .skipped = 140 },
    { .path = "asymmetric/RSA/pkcs-1v2-1d2-vec/pss-vect.txt",
      .check = kat_rsa_pss, .salt = 20, .form = KAT_LABELS, .ends = "Signature",
      .run = 18, .skipped = 42 },
    { .path = "asymmetric/RSA/pkcs-1v2-1d2-vec/pss-int.txt",
      .check = kat_rsa_pss, .salt = 20, .form = KAT_LABELS,
      .ends = "Signature, the RSA decryption of EM", .run = 1 },
    { .path = "asymmetric/RSA/pkcs1v15crypt-vectors.txt",
      CRYPT, .form = KAT_LABELS, .ends = "Encryption", .run = 160, .skipped = 140 },
    { .path = "asymmetric/RSA/pkcs-1v2-1d2-vec/oaep-vect.txt",
      OAEP(SHA_1), .ends = "Encryption", .run = 18, .skipped = 42 },
    { .path = "asymmetric/RSA/pkcs-1v2-1d2-vec/oaep-int.txt",
      OAEP(SHA_1), .ends = "Ciphertext, the RSA encryption of EM", .run = 1 },
    { .path = "asymmetric/RSA/oaep-label.txt", .check = kat_rsa_oaep_label, .run = 1 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha1-sha224.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha1-sha256.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha1-sha384.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha1-sha512.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha224-sha1.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha224-sha224.txt",
      OAEP(SHA_224), .ends = "Encryption", .run = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha224-sha256.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha224-sha384.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha224-sha512.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha256-sha1.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha256-sha224.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha256-sha256.txt",
      OAEP(SHA_256), .ends = "Encryption", .run = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha256-sha384.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha256-sha512.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha384-sha1.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha384-sha224.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha384-sha256.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha384-sha384.txt",
      OAEP(SHA_384), .ends = "Encryption", .run = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha384-sha512.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha512-sha1.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha512-sha224.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha512-sha256.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha512-sha384.txt", OAEP_REFUSED, .skipped = 60 },
    { .path = "asymmetric/RSA/oaep-custom/oaep-sha512-sha512.txt",
      OAEP(SHA_512), .ends = "Encryption", .run = 60 },
};
const size_t kat_rows = sizeof kat_table / sizeof kat_table[0];

const char *const kat_folders[] = { "asymmetric/EC", "asymmetric/ECDH", "asymmetric/ECDSA",
                                    "asymmetric/RSA", "asymmetric/X25519", "asymmetric/X448",
                                    NULL };

const struct kat_exclusion kat_excluded[] = {
    { "asymmetric/ECDSA/FIPS_186-2/Readme.txt", "holds no vectors" },
    { "asymmetric/ECDSA/FIPS_186-3/Readme.txt", "holds no vectors" },
    { "asymmetric/ECDSA/RFC6979/", "the facts of rfc6979.txt in another form; newer" },
    { "asymmetric/RSA/FIPS_186-2/Readme.txt", "holds no vectors" },
    { "asymmetric/RSA/FIPS_186-2/SigGenRSA", "ANSI X9.31, which PSA does not name" },
    { "asymmetric/RSA/FIPS_186-2/SigVerRSA", "ANSI X9.31, which PSA does not name" },
    { "asymmetric/RSA/pkcs-1v2-1d2-vec/readme.txt", "holds no vectors" },
};
const size_t kat_exclusions = sizeof kat_excluded / sizeof kat_excluded[0];
