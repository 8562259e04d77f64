/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The files of vectors, and how many of each the API serves; the same with Mbed TLS 2.28 and 3.6.
 *
 * What is skipped: modes and lengths of keys that Mbed TLS has no cipher for, where each vector
 * must be refused; and counters of ChaCha20 that lie behind more key stream than one call makes.
 * Everything else runs: PSA limits neither the IV (1 to 128 bytes here) nor the tag (4 to 16 bytes)
 * of the GCM vectors, and those of CCM stay within what the mode has. */

#include "kat/kat.h"

#define AES_ECB .check = kat_cipher, .type = PSA_KEY_TYPE_AES, .alg = PSA_ALG_ECB_NO_PADDING
#define AES_CBC .check = kat_cipher, .type = PSA_KEY_TYPE_AES, .alg = PSA_ALG_CBC_NO_PADDING
#define AES_CFB .check = kat_cipher, .type = PSA_KEY_TYPE_AES, .alg = PSA_ALG_CFB
#define AES_OFB .check = kat_cipher, .type = PSA_KEY_TYPE_AES, .alg = PSA_ALG_OFB
#define AES_CTR .check = kat_cipher, .type = PSA_KEY_TYPE_AES, .alg = PSA_ALG_CTR
#define AES_GCM .check = kat_aead, .type = PSA_KEY_TYPE_AES, .alg = PSA_ALG_GCM
#define AES_CCM .check = kat_aead_joined, .type = PSA_KEY_TYPE_AES, .alg = PSA_ALG_CCM
#define AES_CMAC .check = kat_mac_cmac, .type = PSA_KEY_TYPE_AES, .alg = PSA_ALG_CMAC
#define CHACHA20 .check = kat_cipher_chacha20, .type = PSA_KEY_TYPE_CHACHA20, \
    .alg = PSA_ALG_STREAM_CIPHER
#define CHACHA20_POLY1305 .check = kat_aead, .type = PSA_KEY_TYPE_CHACHA20, \
    .alg = PSA_ALG_CHACHA20_POLY1305
#define ARC4 .check = kat_cipher_arc4, .type = PSA_KEY_TYPE_ARC4, .alg = PSA_ALG_STREAM_CIPHER
#define ARC4_REFUSED \
    .check = kat_cipher_refused, .type = PSA_KEY_TYPE_ARC4, .alg = PSA_ALG_STREAM_CIPHER
#define DES_ECB .check = kat_cipher_des, .type = PSA_KEY_TYPE_DES, .alg = PSA_ALG_ECB_NO_PADDING
#define DES_CBC .check = kat_cipher_des, .type = PSA_KEY_TYPE_DES, .alg = PSA_ALG_CBC_NO_PADDING
#define DES_CMAC .check = kat_mac_cmac, .type = PSA_KEY_TYPE_DES, .alg = PSA_ALG_CMAC
#define DES_CFB_REFUSED .check = kat_cipher_refused, .type = PSA_KEY_TYPE_DES, .alg = PSA_ALG_CFB
#define DES_OFB_REFUSED .check = kat_cipher_refused, .type = PSA_KEY_TYPE_DES, .alg = PSA_ALG_OFB
#define CAMELLIA_ECB .check = kat_cipher, .type = PSA_KEY_TYPE_CAMELLIA, \
    .alg = PSA_ALG_ECB_NO_PADDING, .form = KAT_LETTERS
#define CAMELLIA_CBC .check = kat_cipher, .type = PSA_KEY_TYPE_CAMELLIA, \
    .alg = PSA_ALG_CBC_NO_PADDING
#define CAMELLIA_CFB .check = kat_cipher, .type = PSA_KEY_TYPE_CAMELLIA, .alg = PSA_ALG_CFB
#define CAMELLIA_OFB_REFUSED .check = kat_cipher_refused, .type = PSA_KEY_TYPE_CAMELLIA, \
    .alg = PSA_ALG_OFB
#define HMAC(hash) \
    .check = kat_mac, .type = PSA_KEY_TYPE_HMAC, .alg = PSA_ALG_HMAC(PSA_ALG_##hash)

const struct kat_row kat_table[] = {
    /* AES */
    { .path = "ciphers/AES/ECB/ECBGFSbox128.rsp", AES_ECB, .run = 14 },
    { .path = "ciphers/AES/ECB/ECBGFSbox192.rsp", AES_ECB, .run = 12 },
    { .path = "ciphers/AES/ECB/ECBGFSbox256.rsp", AES_ECB, .run = 10 },
    { .path = "ciphers/AES/ECB/ECBKeySbox128.rsp", AES_ECB, .run = 42 },
    { .path = "ciphers/AES/ECB/ECBKeySbox192.rsp", AES_ECB, .run = 48 },
    { .path = "ciphers/AES/ECB/ECBKeySbox256.rsp", AES_ECB, .run = 32 },
    { .path = "ciphers/AES/ECB/ECBMMT128.rsp", AES_ECB, .run = 20 },
    { .path = "ciphers/AES/ECB/ECBMMT192.rsp", AES_ECB, .run = 20 },
    { .path = "ciphers/AES/ECB/ECBMMT256.rsp", AES_ECB, .run = 20 },
    { .path = "ciphers/AES/ECB/ECBVarKey128.rsp", AES_ECB, .run = 256 },
    { .path = "ciphers/AES/ECB/ECBVarKey192.rsp", AES_ECB, .run = 384 },
    { .path = "ciphers/AES/ECB/ECBVarKey256.rsp", AES_ECB, .run = 512 },
    { .path = "ciphers/AES/ECB/ECBVarTxt128.rsp", AES_ECB, .run = 256 },
    { .path = "ciphers/AES/ECB/ECBVarTxt192.rsp", AES_ECB, .run = 256 },
    { .path = "ciphers/AES/ECB/ECBVarTxt256.rsp", AES_ECB, .run = 256 },
    { .path = "ciphers/AES/CBC/CBCGFSbox128.rsp", AES_CBC, .run = 14 },
    { .path = "ciphers/AES/CBC/CBCGFSbox192.rsp", AES_CBC, .run = 12 },
    { .path = "ciphers/AES/CBC/CBCGFSbox256.rsp", AES_CBC, .run = 10 },
    { .path = "ciphers/AES/CBC/CBCKeySbox128.rsp", AES_CBC, .run = 42 },
    { .path = "ciphers/AES/CBC/CBCKeySbox192.rsp", AES_CBC, .run = 48 },
    { .path = "ciphers/AES/CBC/CBCKeySbox256.rsp", AES_CBC, .run = 32 },
    { .path = "ciphers/AES/CBC/CBCMMT128.rsp", AES_CBC, .run = 20 },
    { .path = "ciphers/AES/CBC/CBCMMT192.rsp", AES_CBC, .run = 20 },
    { .path = "ciphers/AES/CBC/CBCMMT256.rsp", AES_CBC, .run = 20 },
    { .path = "ciphers/AES/CBC/CBCVarKey128.rsp", AES_CBC, .run = 256 },
    { .path = "ciphers/AES/CBC/CBCVarKey192.rsp", AES_CBC, .run = 384 },
    { .path = "ciphers/AES/CBC/CBCVarKey256.rsp", AES_CBC, .run = 512 },
    { .path = "ciphers/AES/CBC/CBCVarTxt128.rsp", AES_CBC, .run = 256 },
    { .path = "ciphers/AES/CBC/CBCVarTxt192.rsp", AES_CBC, .run = 256 },
    { .path = "ciphers/AES/CBC/CBCVarTxt256.rsp", AES_CBC, .run = 256 },
    { .path = "ciphers/AES/CFB/CFB128GFSbox128.rsp", AES_CFB, .run = 14 },
    { .path = "ciphers/AES/CFB/CFB128GFSbox192.rsp", AES_CFB, .run = 12 },
    { .path = "ciphers/AES/CFB/CFB128GFSbox256.rsp", AES_CFB, .run = 10 },
    { .path = "ciphers/AES/CFB/CFB128KeySbox128.rsp", AES_CFB, .run = 42 },
    { .path = "ciphers/AES/CFB/CFB128KeySbox192.rsp", AES_CFB, .run = 48 },
    { .path = "ciphers/AES/CFB/CFB128KeySbox256.rsp", AES_CFB, .run = 32 },
    { .path = "ciphers/AES/CFB/CFB128MMT128.rsp", AES_CFB, .run = 20 },
    { .path = "ciphers/AES/CFB/CFB128MMT192.rsp", AES_CFB, .run = 20 },
    { .path = "ciphers/AES/CFB/CFB128MMT256.rsp", AES_CFB, .run = 20 },
    { .path = "ciphers/AES/CFB/CFB128VarKey128.rsp", AES_CFB, .run = 256 },
    { .path = "ciphers/AES/CFB/CFB128VarKey192.rsp", AES_CFB, .run = 384 },
    { .path = "ciphers/AES/CFB/CFB128VarKey256.rsp", AES_CFB, .run = 512 },
    { .path = "ciphers/AES/CFB/CFB128VarTxt128.rsp", AES_CFB, .run = 256 },
    { .path = "ciphers/AES/CFB/CFB128VarTxt192.rsp", AES_CFB, .run = 256 },
    { .path = "ciphers/AES/CFB/CFB128VarTxt256.rsp", AES_CFB, .run = 256 },
    { .path = "ciphers/AES/OFB/OFBGFSbox128.rsp", AES_OFB, .run = 14 },
    { .path = "ciphers/AES/OFB/OFBGFSbox192.rsp", AES_OFB, .run = 12 },
    { .path = "ciphers/AES/OFB/OFBGFSbox256.rsp", AES_OFB, .run = 10 },
    { .path = "ciphers/AES/OFB/OFBKeySbox128.rsp", AES_OFB, .run = 42 },
    { .path = "ciphers/AES/OFB/OFBKeySbox192.rsp", AES_OFB, .run = 48 },
    { .path = "ciphers/AES/OFB/OFBKeySbox256.rsp", AES_OFB, .run = 32 },
    { .path = "ciphers/AES/OFB/OFBMMT128.rsp", AES_OFB, .run = 20 },
    { .path = "ciphers/AES/OFB/OFBMMT192.rsp", AES_OFB, .run = 20 },
    { .path = "ciphers/AES/OFB/OFBMMT256.rsp", AES_OFB, .run = 20 },
    { .path = "ciphers/AES/OFB/OFBVarKey128.rsp", AES_OFB, .run = 256 },
    { .path = "ciphers/AES/OFB/OFBVarKey192.rsp", AES_OFB, .run = 384 },
    { .path = "ciphers/AES/OFB/OFBVarKey256.rsp", AES_OFB, .run = 512 },
    { .path = "ciphers/AES/OFB/OFBVarTxt128.rsp", AES_OFB, .run = 256 },
    { .path = "ciphers/AES/OFB/OFBVarTxt192.rsp", AES_OFB, .run = 256 },
    { .path = "ciphers/AES/OFB/OFBVarTxt256.rsp", AES_OFB, .run = 256 },
    { .path = "ciphers/AES/CTR/aes-128-ctr.txt", AES_CTR, .run = 3 },
    { .path = "ciphers/AES/CTR/aes-192-ctr.txt", AES_CTR, .run = 3 },
    { .path = "ciphers/AES/CTR/aes-256-ctr.txt", AES_CTR, .run = 3 },
    { .path = "ciphers/AES/GCM/gcmDecrypt128.rsp", AES_GCM, .run = 7875 },
    { .path = "ciphers/AES/GCM/gcmDecrypt192.rsp", AES_GCM, .run = 7875 },
    { .path = "ciphers/AES/GCM/gcmDecrypt256.rsp", AES_GCM, .run = 7875 },
    { .path = "ciphers/AES/GCM/gcmEncryptExtIV128.rsp", AES_GCM, .run = 7875 },
    { .path = "ciphers/AES/GCM/gcmEncryptExtIV192.rsp", AES_GCM, .run = 7875 },
    { .path = "ciphers/AES/GCM/gcmEncryptExtIV256.rsp", AES_GCM, .run = 7875 },
    { .path = "ciphers/AES/CCM/DVPT128.rsp", AES_CCM, .run = 240 },
    { .path = "ciphers/AES/CCM/DVPT128.txt", AES_CCM, .run = 240 },
    { .path = "ciphers/AES/CCM/DVPT192.rsp", AES_CCM, .run = 240 },
    { .path = "ciphers/AES/CCM/DVPT192.txt", AES_CCM, .run = 240 },
    { .path = "ciphers/AES/CCM/DVPT256.rsp", AES_CCM, .run = 240 },
    { .path = "ciphers/AES/CCM/DVPT256.txt", AES_CCM, .run = 240 },
    { .path = "ciphers/AES/CCM/VADT128.rsp", AES_CCM, .run = 330 },
    { .path = "ciphers/AES/CCM/VADT192.rsp", AES_CCM, .run = 330 },
    { .path = "ciphers/AES/CCM/VADT256.rsp", AES_CCM, .run = 330 },
    { .path = "ciphers/AES/CCM/VNT128.rsp", AES_CCM, .run = 70 },
    { .path = "ciphers/AES/CCM/VNT192.rsp", AES_CCM, .run = 70 },
    { .path = "ciphers/AES/CCM/VNT256.rsp", AES_CCM, .run = 70 },
    { .path = "ciphers/AES/CCM/VPT128.rsp", AES_CCM, .run = 250 },
    { .path = "ciphers/AES/CCM/VPT192.rsp", AES_CCM, .run = 250 },
    { .path = "ciphers/AES/CCM/VPT256.rsp", AES_CCM, .run = 250 },
    { .path = "ciphers/AES/CCM/VTT128.rsp", AES_CCM, .run = 70 },
    { .path = "ciphers/AES/CCM/VTT192.rsp", AES_CCM, .run = 70 },
    { .path = "ciphers/AES/CCM/VTT256.rsp", AES_CCM, .run = 70 },
    /* ChaCha20 */
    { .path = "ciphers/ChaCha20/rfc7539.txt", CHACHA20, .run = 3 },
    { .path = "ciphers/ChaCha20/counter-overflow.txt", CHACHA20, .skipped = 10, .newer = true },
    { .path = "ciphers/ChaCha20Poly1305/boringssl.txt", CHACHA20_POLY1305, .run = 66 },
    { .path = "ciphers/ChaCha20Poly1305/openssl.txt", CHACHA20_POLY1305, .run = 5 },
#ifdef PSA_KEY_TYPE_ARC4
    /* ARC4, of which Mbed TLS has keys of 16 bytes only */
    { .path = "ciphers/ARC4/arc4.txt", ARC4_REFUSED, .skipped = 36 },
    { .path = "ciphers/ARC4/rfc-6229-40.txt", ARC4_REFUSED, .skipped = 36 },
    { .path = "ciphers/ARC4/rfc-6229-56.txt", ARC4_REFUSED, .skipped = 36 },
    { .path = "ciphers/ARC4/rfc-6229-64.txt", ARC4_REFUSED, .skipped = 36 },
    { .path = "ciphers/ARC4/rfc-6229-80.txt", ARC4_REFUSED, .skipped = 36 },
    { .path = "ciphers/ARC4/rfc-6229-128.txt", ARC4, .run = 36 },
    { .path = "ciphers/ARC4/rfc-6229-192.txt", ARC4_REFUSED, .skipped = 36 },
    { .path = "ciphers/ARC4/rfc-6229-256.txt", ARC4_REFUSED, .skipped = 36 },
#endif
    /* DES: single, and triple with two keys or three */
    { .path = "ciphers/3DES/ECB/TECBMMT1.rsp", DES_ECB, .run = 20 },
    { .path = "ciphers/3DES/ECB/TECBMMT2.rsp", DES_ECB, .run = 20 },
    { .path = "ciphers/3DES/ECB/TECBMMT3.rsp", DES_ECB, .run = 20 },
    { .path = "ciphers/3DES/ECB/TECBinvperm.rsp", DES_ECB, .run = 128 },
    { .path = "ciphers/3DES/ECB/TECBpermop.rsp", DES_ECB, .run = 64 },
    { .path = "ciphers/3DES/ECB/TECBsubtab.rsp", DES_ECB, .run = 38 },
    { .path = "ciphers/3DES/ECB/TECBvarkey.rsp", DES_ECB, .run = 112 },
    { .path = "ciphers/3DES/ECB/TECBvartext.rsp", DES_ECB, .run = 128 },
    { .path = "ciphers/3DES/CBC/TCBCMMT1.rsp", DES_CBC, .run = 20 },
    { .path = "ciphers/3DES/CBC/TCBCMMT2.rsp", DES_CBC, .run = 20 },
    { .path = "ciphers/3DES/CBC/TCBCMMT3.rsp", DES_CBC, .run = 20 },
    { .path = "ciphers/3DES/CBC/TCBCinvperm.rsp", DES_CBC, .run = 128 },
    { .path = "ciphers/3DES/CBC/TCBCpermop.rsp", DES_CBC, .run = 64 },
    { .path = "ciphers/3DES/CBC/TCBCsubtab.rsp", DES_CBC, .run = 38 },
    { .path = "ciphers/3DES/CBC/TCBCvarkey.rsp", DES_CBC, .run = 112 },
    { .path = "ciphers/3DES/CBC/TCBCvartext.rsp", DES_CBC, .run = 128 },
    /* Modes of DES that Mbed TLS has no cipher for */
    { .path = "ciphers/3DES/CFB/TCFB64MMT1.rsp", DES_CFB_REFUSED, .skipped = 20 },
    { .path = "ciphers/3DES/CFB/TCFB64MMT2.rsp", DES_CFB_REFUSED, .skipped = 20 },
    { .path = "ciphers/3DES/CFB/TCFB64MMT3.rsp", DES_CFB_REFUSED, .skipped = 20 },
    { .path = "ciphers/3DES/CFB/TCFB64invperm.rsp", DES_CFB_REFUSED, .skipped = 128 },
    { .path = "ciphers/3DES/CFB/TCFB64permop.rsp", DES_CFB_REFUSED, .skipped = 64 },
    { .path = "ciphers/3DES/CFB/TCFB64subtab.rsp", DES_CFB_REFUSED, .skipped = 38 },
    { .path = "ciphers/3DES/CFB/TCFB64varkey.rsp", DES_CFB_REFUSED, .skipped = 112 },
    { .path = "ciphers/3DES/CFB/TCFB64vartext.rsp", DES_CFB_REFUSED, .skipped = 128 },
    { .path = "ciphers/3DES/OFB/TOFBMMT1.rsp", DES_OFB_REFUSED, .skipped = 20 },
    { .path = "ciphers/3DES/OFB/TOFBMMT2.rsp", DES_OFB_REFUSED, .skipped = 20 },
    { .path = "ciphers/3DES/OFB/TOFBMMT3.rsp", DES_OFB_REFUSED, .skipped = 20 },
    { .path = "ciphers/3DES/OFB/TOFBinvperm.rsp", DES_OFB_REFUSED, .skipped = 128 },
    { .path = "ciphers/3DES/OFB/TOFBpermop.rsp", DES_OFB_REFUSED, .skipped = 64 },
    { .path = "ciphers/3DES/OFB/TOFBsubtab.rsp", DES_OFB_REFUSED, .skipped = 38 },
    { .path = "ciphers/3DES/OFB/TOFBvarkey.rsp", DES_OFB_REFUSED, .skipped = 112 },
    { .path = "ciphers/3DES/OFB/TOFBvartext.rsp", DES_OFB_REFUSED, .skipped = 128 },
    /* Camellia */
    { .path = "ciphers/Camellia/camellia-128-ecb.txt", CAMELLIA_ECB, .run = 1280 },
    { .path = "ciphers/Camellia/camellia-192-ecb.txt", CAMELLIA_ECB, .run = 1280 },
    { .path = "ciphers/Camellia/camellia-256-ecb.txt", CAMELLIA_ECB, .run = 1280 },
    { .path = "ciphers/Camellia/camellia-cbc.txt", CAMELLIA_CBC, .run = 12 },
    { .path = "ciphers/Camellia/camellia-cfb.txt", CAMELLIA_CFB, .run = 12 },
    { .path = "ciphers/Camellia/camellia-ofb.txt", CAMELLIA_OFB_REFUSED, .skipped = 12 },
    /* CMAC */
    { .path = "CMAC/nist-800-38b-aes128.txt", AES_CMAC, .run = 4 },
    { .path = "CMAC/nist-800-38b-aes192.txt", AES_CMAC, .run = 4 },
    { .path = "CMAC/nist-800-38b-aes256.txt", AES_CMAC, .run = 4 },
    { .path = "CMAC/nist-800-38b-3des.txt", DES_CMAC, .run = 8 },
    /* HMAC */
    { .path = "HMAC/rfc-2202-md5.txt", HMAC(MD5), .run = 7 },
    { .path = "HMAC/rfc-2202-sha1.txt", HMAC(SHA_1), .run = 7 },
    { .path = "HMAC/rfc-2286-ripemd160.txt", HMAC(RIPEMD160), .run = 7 },
    { .path = "HMAC/rfc-4231-sha224.txt", HMAC(SHA_224), .run = 6 },
    { .path = "HMAC/rfc-4231-sha256.txt", HMAC(SHA_256), .run = 6 },
    { .path = "HMAC/rfc-4231-sha384.txt", HMAC(SHA_384), .run = 6 },
    { .path = "HMAC/rfc-4231-sha512.txt", HMAC(SHA_512), .run = 6 },
};
const size_t kat_rows = sizeof kat_table / sizeof kat_table[0];

const char *const kat_folders[] = { "ciphers", "CMAC", "HMAC", NULL };

const struct kat_exclusion kat_excluded[] = {
    { "ciphers/3DES/CBC/TCBCI", "an interleaved mode, which PSA does not name" },
    { "ciphers/3DES/OFB/TOFBI", "an interleaved mode, which PSA does not name" },
    { "ciphers/3DES/CFB/TCFBP", "a pipelined mode, which PSA does not name" },
    { "ciphers/3DES/CFB/TCFB1", "PSA's CFB feeds back whole blocks" },
    { "ciphers/3DES/CFB/TCFB8", "PSA's CFB feeds back whole blocks" },
    { "ciphers/AES/CFB/CFB1GFSbox", "PSA's CFB feeds back whole blocks" },
    { "ciphers/AES/CFB/CFB1KeySbox", "PSA's CFB feeds back whole blocks" },
    { "ciphers/AES/CFB/CFB1MMT", "PSA's CFB feeds back whole blocks" },
    { "ciphers/AES/CFB/CFB1Var", "PSA's CFB feeds back whole blocks" },
    { "ciphers/AES/CFB/CFB8", "PSA's CFB feeds back whole blocks" },
    { "ciphers/AES/CCM/Readme.txt", "holds no vectors" },
    { "ciphers/AES/GCM-SIV/", "not in PSA" },
    { "ciphers/AES/OCB3/", "not in PSA" },
    { "ciphers/AES/SIV/", "not in PSA" },
    { "ciphers/AES/XTS/", "Mbed TLS does not serve XTS through PSA" },
#ifndef PSA_KEY_TYPE_ARC4
    { "ciphers/ARC4/", "Mbed TLS 3 has it no more" },
#endif
    { "ciphers/Blowfish/", "not in PSA" },
    { "ciphers/CAST5/", "not in PSA" },
    { "ciphers/IDEA/", "not in PSA" },
    { "ciphers/RC2/", "not in PSA" },
    { "ciphers/SEED/", "not in PSA" },
    { "ciphers/SM4/", "not in Mbed TLS" },
};
const size_t kat_exclusions = sizeof kat_excluded / sizeof kat_excluded[0];
