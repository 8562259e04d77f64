/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Asymmetric keys by the psa_ API alone: every curve and scheme round, what is kept for a key,
 * overlapping buffers, replacement, copies, fork. Known answers are in tests/kat, statuses in
 * tests/api/compatibility_*.c. */

#include "../runner.h"
#include "asymmetric.h"

#include <sys/wait.h>
#include <unistd.h>
#include <urcu/urcu-bp.h>

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))

static const struct {
    psa_ecc_family_t family;
    size_t bits;
} curves[] = {
    { PSA_ECC_FAMILY_SECP_R1, 192 },         { PSA_ECC_FAMILY_SECP_R1, 224 },
    { PSA_ECC_FAMILY_SECP_R1, 256 },         { PSA_ECC_FAMILY_SECP_R1, 384 },
    { PSA_ECC_FAMILY_SECP_R1, 521 },         { PSA_ECC_FAMILY_SECP_K1, 192 },
    { PSA_ECC_FAMILY_SECP_K1, 256 },         { PSA_ECC_FAMILY_BRAINPOOL_P_R1, 256 },
    { PSA_ECC_FAMILY_BRAINPOOL_P_R1, 384 },  { PSA_ECC_FAMILY_BRAINPOOL_P_R1, 512 },
    { PSA_ECC_FAMILY_MONTGOMERY, 255 },      { PSA_ECC_FAMILY_MONTGOMERY, 448 },
};

#define WEIERSTRASS (COUNT(curves) - 2) /* those come first */

static uint8_t output[512];
static size_t length;

static keyshard_stats_t read_stats(void)
{
    keyshard_stats_t stats;

    ck_assert_int_eq(keyshard_get_stats(&stats, sizeof stats), PSA_SUCCESS);
    return stats;
}

/* A generated key pair and its public half. */
struct pair {
    psa_key_id_t pair, public;
    uint8_t point[160];
    size_t point_length;
};

static struct pair generate_pair(int curve, psa_algorithm_t alg)
{
    struct pair made = { 0, 0, { 0 }, 0 };

    ck_assert_int_eq(try_generate(PSA_KEY_TYPE_ECC_KEY_PAIR(curves[curve].family),
                                  curves[curve].bits, alg, &made.pair), PSA_SUCCESS);
    ck_assert_int_eq(psa_export_public_key(made.pair, made.point, sizeof made.point,
                                           &made.point_length), PSA_SUCCESS);
    made.public = import_bytes(PSA_KEY_TYPE_ECC_PUBLIC_KEY(curves[curve].family), alg, made.point,
                               made.point_length);
    return made;
}

START_TEST(generated)
{
    /* Ensures that generated pairs differ, have the size asked for, and give the same public key
     * when exported and imported again. */
    struct pair first = generate_pair(_i, 0), second = generate_pair(_i, 0);
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    uint8_t scalar[80];
    ck_assert_mem_ne(first.point, second.point, first.point_length);
    ck_assert_int_eq(psa_get_key_attributes(first.pair, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_bits(&attributes), curves[_i].bits);
    ck_assert_int_eq(psa_get_key_attributes(first.public, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_bits(&attributes), curves[_i].bits);
    ck_assert_int_eq(psa_export_key(first.pair, scalar, sizeof scalar, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, (curves[_i].bits + 7) / 8);
    psa_key_id_t again = import_bytes(PSA_KEY_TYPE_ECC_KEY_PAIR(curves[_i].family), 0, scalar,
                                      length);
    ck_assert_int_eq(psa_export_public_key(again, output, sizeof output, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, first.point_length);
    ck_assert_mem_eq(output, first.point, length);
}
END_TEST

/* Signs and verifies with both halves, a hash and a message, and with each byte of the signature
 * changed. */
static void sign_and_verify(psa_key_id_t pair, psa_key_id_t public, psa_algorithm_t alg)
{
    const psa_key_id_t keys[] = { pair, public };

    ck_assert_int_eq(psa_sign_message(pair, alg, material, 20, output, sizeof output, &length),
                     PSA_SUCCESS);
    for (int i = 0; i < COUNT(keys); i++) {
        ck_assert_int_eq(psa_verify_message(keys[i], alg, material, 20, output, length),
                         PSA_SUCCESS);
        ck_assert_int_eq(psa_verify_message(keys[i], alg, material, 19, output, length),
                         PSA_ERROR_INVALID_SIGNATURE);
    }
    for (size_t at = 0; at < length; at += 13) {
        output[at] ^= 4;
        ck_assert_int_eq(psa_verify_message(public, alg, material, 20, output, length),
                         PSA_ERROR_INVALID_SIGNATURE);
        output[at] ^= 4;
    }
}

START_TEST(ecdsa)
{
    /* Ensures that both kinds of ECDSA verify what they sign, on each curve. */
    const psa_algorithm_t algs[] = { ECDSA256, PSA_ALG_ECDSA(PSA_ALG_SHA_512), DETERMINISTIC256,
                                     PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_1) };
    for (int i = 0; i < COUNT(algs); i++) {
        struct pair made = generate_pair(_i, algs[i]);
        sign_and_verify(made.pair, made.public, algs[i]);
    }
}
END_TEST

START_TEST(deterministic)
{
    /* Ensures that a deterministic signature is the same each time, and a randomized one never. */
    const psa_algorithm_t algs[] = { ECDSA256, DETERMINISTIC256 };
    for (int i = 0; i < COUNT(algs); i++) {
        psa_key_id_t key = import_p256(algs[i]);
        uint8_t first[64];
        ck_assert_int_eq(psa_sign_hash(key, algs[i], material, 32, first, 64, &length),
                         PSA_SUCCESS);
        ck_assert_int_eq(psa_sign_hash(key, algs[i], material, 32, output, 64, &length),
                         PSA_SUCCESS);
        ck_assert_int_eq(memcmp(first, output, 64) == 0, i == 1);
    }
}
END_TEST

START_TEST(signature_out_of_range)
{
    /* Ensures that r and s are at least 1 and less than the order. */
    static const uint8_t order[32] = {
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63,
        0x25, 0x51,
    };
    uint8_t values[4][32] = { { 0 } };
    psa_key_id_t key = import_p256(ECDSA256);
    memcpy(values[1], order, 32);
    memset(values[2], 0xff, 32);
    values[3][31] = 1;
    for (int r = 0; r < 4; r++)
        for (int s = 0; s < 4; s++) {
            memcpy(output, values[r], 32);
            memcpy(output + 32, values[s], 32);
            ck_assert_int_eq(psa_verify_hash(key, ECDSA256, material, 32, output, 64),
                             PSA_ERROR_INVALID_SIGNATURE);
        }
}
END_TEST

START_TEST(agreement)
{
    /* Ensures that both sides agree on a secret, on each curve, and not with another peer. */
    struct pair a = generate_pair(_i, PSA_ALG_ECDH), b = generate_pair(_i, PSA_ALG_ECDH);
    struct pair c = generate_pair(_i, PSA_ALG_ECDH);
    uint8_t secret[80], same[80], other[80];
    ck_assert_int_eq(psa_raw_key_agreement(PSA_ALG_ECDH, a.pair, b.point, b.point_length, secret,
                                           sizeof secret, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, (curves[_i].bits + 7) / 8);
    ck_assert_int_eq(psa_raw_key_agreement(PSA_ALG_ECDH, b.pair, a.point, a.point_length, same,
                                           sizeof same, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_raw_key_agreement(PSA_ALG_ECDH, c.pair, a.point, a.point_length, other,
                                           sizeof other, &length), PSA_SUCCESS);
    ck_assert_mem_eq(secret, same, length);
    ck_assert_mem_ne(secret, other, length);
}
END_TEST

static const psa_algorithm_t rsa_signatures[] = {
    V15_256, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_1), PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_384),
    PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_512), PSS_256, PSA_ALG_RSA_PSS(PSA_ALG_SHA_1),
    PSA_ALG_RSA_PSS(PSA_ALG_SHA_384), PSA_ALG_RSA_PSS_ANY_SALT(PSA_ALG_SHA_256),
#ifdef PSA_WANT_ALG_SHA3_256
    PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA3_256), PSA_ALG_RSA_PSS(PSA_ALG_SHA3_256),
#endif
};

START_TEST(rsa_signature)
{
    /* Ensures that each scheme of RSA verifies what it signs, with both halves. */
    const psa_algorithm_t alg = rsa_signatures[_i];
    sign_and_verify(import_rsa(alg), import_bytes(RSA_PUBLIC, alg, rsa_public, sizeof rsa_public),
                    alg);
}
END_TEST

START_TEST(rsa_generated)
{
    /* Ensures that a generated RSA pair is exported in the one form that is imported, signs, and is
     * not another's. */
    psa_key_id_t key = 0, other = 0;
    uint8_t data[1024], second[1024];
    size_t data_length = 0, second_length = 0;
    ck_assert_int_eq(try_generate(RSA_PAIR, 1032, V15_256, &key), PSA_SUCCESS);
    ck_assert_int_eq(try_generate(RSA_PAIR, 1032, V15_256, &other), PSA_SUCCESS);
    ck_assert_int_eq(psa_export_key(key, data, sizeof data, &data_length), PSA_SUCCESS);
    ck_assert_int_eq(psa_export_key(other, second, sizeof second, &second_length), PSA_SUCCESS);
    ck_assert_mem_ne(data + 20, second + 20, 100);
    ck_assert_int_eq(try_import(RSA_PAIR, 1032, data, data_length), PSA_SUCCESS);
    ck_assert_int_eq(psa_export_public_key(key, output, sizeof output, &length), PSA_SUCCESS);
    sign_and_verify(key, import_bytes(RSA_PUBLIC, V15_256, output, length), V15_256);
}
END_TEST

START_TEST(encryption)
{
    /* Ensures that each half encrypts what the pair decrypts, empty texts and labels included. */
    const psa_algorithm_t algs[] = { PSA_ALG_RSA_PKCS1V15_CRYPT, OAEP_256,
                                     PSA_ALG_RSA_OAEP(PSA_ALG_SHA_1) };
    for (int i = 0; i < COUNT(algs); i++)
        for (size_t n = 0; n <= 32; n += 16)
            for (size_t label = 0; label <= (i == 0 ? 0 : 32); label += 16) {
                psa_key_id_t pair = import_rsa(algs[i]);
                psa_key_id_t half[] = { pair, import_bytes(RSA_PUBLIC, algs[i], rsa_public,
                                                           sizeof rsa_public) };
                for (int h = 0; h < 2; h++) {
                    uint8_t text[64];
                    ck_assert_int_eq(psa_asymmetric_encrypt(half[h], algs[i], material, n, material,
                                                            label, output, sizeof output, &length),
                                     PSA_SUCCESS);
                    ck_assert_int_eq(psa_asymmetric_decrypt(pair, algs[i], output, length, material,
                                                            label, text, sizeof text, &length),
                                     PSA_SUCCESS);
                    ck_assert_uint_eq(length, n);
                    ck_assert_int_eq(memcmp(text, material, n), 0);
                }
            }
}
END_TEST

START_TEST(overlapping_buffers)
{
    /* Ensures that input and output may overlap in any way. */
    const psa_algorithm_t raw = PSA_ALG_RSA_PKCS1V15_SIGN_RAW, crypt = PSA_ALG_RSA_PKCS1V15_CRYPT;
    psa_key_id_t ecc = import_p256(DETERMINISTIC256), dh = import_p256(PSA_ALG_ECDH);
    psa_key_id_t rsa = import_rsa(raw), v15 = import_rsa(crypt), oaep = import_rsa(OAEP_256);
    uint8_t signed_hash[64], signature[RSA_BYTES], point[65], secret[32], buffer[400];
    ck_assert_int_eq(psa_sign_hash(ecc, DETERMINISTIC256, material, 32, signed_hash, 64, &length),
                     PSA_SUCCESS);
    ck_assert_int_eq(psa_sign_hash(rsa, raw, material, 32, signature, RSA_BYTES, &length), 0);
    ck_assert_int_eq(psa_export_public_key(dh, point, sizeof point, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_raw_key_agreement(PSA_ALG_ECDH, dh, point, 65, secret, 32, &length), 0);
    for (size_t at = 0; at < 260; at += 9) {
        memcpy(buffer + at, material, 32);
        ck_assert_int_eq(psa_sign_hash(ecc, DETERMINISTIC256, buffer + at, 32, buffer + 100, 64,
                                       &length), PSA_SUCCESS);
        ck_assert_mem_eq(buffer + 100, signed_hash, 64);
        memcpy(buffer + at, material, 32);
        ck_assert_int_eq(psa_sign_hash(rsa, raw, buffer + at, 32, buffer + 100, RSA_BYTES, &length),
                         PSA_SUCCESS);
        ck_assert_mem_eq(buffer + 100, signature, RSA_BYTES);
        memcpy(buffer + at, material, 32);
        ck_assert_int_eq(psa_asymmetric_encrypt(v15, crypt, buffer + at, 32, NULL, 0, buffer + 100,
                                                RSA_BYTES, &length), PSA_SUCCESS);
        memmove(buffer + at, buffer + 100, RSA_BYTES);
        ck_assert_int_eq(psa_asymmetric_decrypt(v15, crypt, buffer + at, RSA_BYTES, NULL, 0,
                                                buffer + 100, 64, &length), PSA_SUCCESS);
        ck_assert_mem_eq(buffer + 100, material, 32);
        memcpy(buffer + at, material, 32);
        ck_assert_int_eq(psa_asymmetric_encrypt(oaep, OAEP_256, buffer + at, 32, buffer + at, 32,
                                                buffer + 100, RSA_BYTES, &length), PSA_SUCCESS);
        ck_assert_int_eq(psa_asymmetric_decrypt(oaep, OAEP_256, buffer + 100, RSA_BYTES, material,
                                                32, buffer + 100 + at % 100, 64, &length), 0);
        ck_assert_mem_eq(buffer + 100 + at % 100, material, 32);
        memcpy(buffer + at, point, 65);
        ck_assert_int_eq(psa_raw_key_agreement(PSA_ALG_ECDH, dh, buffer + at, 65, buffer + 100, 32,
                                               &length), PSA_SUCCESS);
        ck_assert_mem_eq(buffer + 100, secret, 32);
    }
}
END_TEST

START_TEST(what_is_kept)
{
    /* Ensures that a shard keeps the public point of an ECC pair from its first use, nothing for
     * its signatures and for public ECC keys, and one context for an RSA key. */
    psa_key_id_t ecc = import_p256(ECDSA256), rsa = import_rsa(V15_256);
    struct {
        uint64_t made, kept;
    } steps[] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 2, 2 } };
    for (int step = 0; step < COUNT(steps); step++) {
        for (int twice = 0; twice < 2; twice++) {
            if (step == 0)
                ck_assert_int_eq(psa_sign_hash(ecc, ECDSA256, material, 32, output, 64, &length),
                                 PSA_SUCCESS);
            if (step == 1)
                ck_assert_int_eq(psa_verify_hash(ecc, ECDSA256, material, 32, output, 64),
                                 PSA_SUCCESS);
            if (step == 2)
                ck_assert_int_eq(psa_sign_hash(rsa, V15_256, material, 32, output, RSA_BYTES,
                                               &length), PSA_SUCCESS);
            if (step == 3)
                ck_assert_int_eq(psa_verify_hash(rsa, V15_256, material, 32, output, RSA_BYTES),
                                 PSA_SUCCESS);
        }
        ck_assert_uint_eq(read_stats().record_makes, steps[step].made);
        ck_assert_uint_eq(read_stats().records, steps[step].kept);
    }
    ck_assert_int_eq(psa_purge_key(rsa), PSA_SUCCESS);
    ck_assert_int_eq(psa_destroy_key(ecc), PSA_SUCCESS);
    ck_assert_int_eq(psa_verify_hash(rsa, V15_256, material, 32, output, RSA_BYTES), PSA_SUCCESS);
    ck_assert_uint_eq(read_stats().record_makes, 3);
    ck_assert_uint_eq(read_stats().records, 1);
}
END_TEST

START_TEST(copies)
{
    /* Ensures that a copy signs as its source does, within both policies, and outlives it. */
    psa_key_attributes_t attributes = make_attributes(0, PSA_KEY_USAGE_SIGN_HASH, V15_256);
    psa_key_id_t source = import_rsa(PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_ANY_HASH)), copy = 0;
    uint8_t first[RSA_BYTES];
    ck_assert_int_eq(psa_sign_hash(source, V15_256, material, 32, first, RSA_BYTES, &length), 0);
    ck_assert_int_eq(psa_copy_key(source, &attributes, &copy), PSA_SUCCESS);
    ck_assert_int_eq(psa_destroy_key(source), PSA_SUCCESS);
    ck_assert_int_eq(psa_sign_hash(copy, V15_256, material, 32, output, RSA_BYTES, &length), 0);
    ck_assert_mem_eq(first, output, RSA_BYTES);
    ck_assert_int_eq(psa_verify_hash(copy, V15_256, material, 32, output, RSA_BYTES),
                     PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(psa_sign_hash(copy, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_1), material, 20,
                                   output, RSA_BYTES, &length), PSA_ERROR_NOT_PERMITTED);
}
END_TEST

START_TEST(replaced)
{
    /* Ensures that replacing gives an id another key of its type, judged like an imported one. */
    psa_key_id_t rsa = import_rsa(V15_256), ecc = import_p256(ECDSA256);
    uint8_t point[65], zeros[32] = { 0 }, bad[sizeof rsa_pair];
    memcpy(bad, rsa_pair, sizeof bad);
    bad[sizeof bad - 1] ^= 1;
    ck_assert_int_eq(psa_sign_hash(rsa, V15_256, material, 32, output, RSA_BYTES, &length), 0);
    ck_assert_int_eq(keyshard_replace_key(rsa, bad, sizeof bad), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(psa_verify_hash(rsa, V15_256, material, 32, output, RSA_BYTES), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_replace_key(rsa, rsa_pair_3, sizeof rsa_pair_3), PSA_SUCCESS);
    ck_assert_int_eq(psa_verify_hash(rsa, V15_256, material, 32, output, RSA_BYTES),
                     PSA_ERROR_INVALID_SIGNATURE);
    ck_assert_int_eq(psa_export_public_key(ecc, point, 65, &length), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_replace_key(ecc, zeros, 32), PSA_ERROR_INVALID_ARGUMENT);
    zeros[31] = 1;
    ck_assert_int_eq(keyshard_replace_key(ecc, zeros, 32), PSA_SUCCESS);
    ck_assert_int_eq(psa_export_public_key(ecc, output, 65, &length), PSA_SUCCESS);
    ck_assert_mem_ne(point, output, 65);
}
END_TEST

START_TEST(inside_own_section)
{
    /* Ensures that a program inside a read-side section of its own may sign and verify with keys
     * that it has not used before, once it has had random bytes. */
    psa_key_id_t ecc = import_p256(ECDSA256), rsa = import_rsa(V15_256);
    psa_status_t status[5];
    ck_assert_int_eq(psa_generate_random(output, 1), PSA_SUCCESS);
    urcu_bp_read_lock();
    status[0] = psa_sign_hash(ecc, ECDSA256, material, 32, output, 64, &length);
    status[1] = psa_verify_hash(ecc, ECDSA256, material, 32, output, 64);
    status[2] = psa_sign_hash(rsa, V15_256, material, 32, output, RSA_BYTES, &length);
    status[3] = psa_verify_hash(rsa, V15_256, material, 32, output, RSA_BYTES);
    status[4] = psa_export_public_key(ecc, output, sizeof output, &length);
    urcu_bp_read_unlock();
    for (int i = 0; i < COUNT(status); i++)
        ck_assert_int_eq(status[i], PSA_SUCCESS);
    ck_assert_uint_eq(read_stats().records, 0);
}
END_TEST

static int child_signs(psa_key_id_t ecc, psa_key_id_t rsa, uint64_t records_left)
{
    uint8_t signature[RSA_BYTES];
    size_t n = 0;
    keyshard_stats_t stats;

    if (keyshard_get_stats(&stats, sizeof stats) != PSA_SUCCESS || stats.records != records_left)
        return 1;
    if (psa_sign_hash(rsa, V15_256, material, 32, signature, RSA_BYTES, &n) != PSA_SUCCESS
        || psa_verify_hash(rsa, V15_256, material, 32, signature, n) != PSA_SUCCESS)
        return 2;
    if (psa_sign_hash(ecc, ECDSA256, material, 32, signature, 64, &n) != PSA_SUCCESS
        || psa_verify_hash(ecc, ECDSA256, material, 32, signature, n) != PSA_SUCCESS)
        return 3;
    return psa_destroy_key(rsa) == PSA_SUCCESS && psa_destroy_key(ecc) == PSA_SUCCESS ? 0 : 4;
}

START_TEST(forked)
{
    /* Ensures that a child does not get its parent's RSA context, which holds blinding values, but
     * public points, and that both go on. */
    psa_key_id_t ecc = import_p256(ECDSA256), rsa = import_rsa(V15_256);
    uint8_t signature[64];
    int state = -1;
    ck_assert_int_eq(psa_sign_hash(ecc, ECDSA256, material, 32, signature, 64, &length), 0);
    ck_assert_int_eq(psa_verify_hash(ecc, ECDSA256, material, 32, signature, 64), PSA_SUCCESS);
    ck_assert_int_eq(psa_sign_hash(rsa, V15_256, material, 32, output, RSA_BYTES, &length), 0);
    ck_assert_uint_eq(read_stats().records, 2);
    pid_t child = fork();
    if (child == 0)
        _exit(child_signs(ecc, rsa, 1));
    ck_assert_int_eq(waitpid(child, &state, 0), child);
    ck_assert(WIFEXITED(state));
    ck_assert_int_eq(WEXITSTATUS(state), 0);
    ck_assert_uint_eq(read_stats().records, 2);
    ck_assert_int_eq(psa_verify_hash(rsa, V15_256, material, 32, output, RSA_BYTES), PSA_SUCCESS);
}
END_TEST

static Suite *make_asymmetric_suite(void)
{
    Suite *suite = suite_create("asymmetric keys");
    TCase *tc = tcase_create("asymmetric");

    suite_add_tcase(suite, tc);
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, generated, 0, COUNT(curves));
    tcase_add_loop_test(tc, ecdsa, 0, WEIERSTRASS);
    tcase_add_test(tc, deterministic);
    tcase_add_test(tc, signature_out_of_range);
    tcase_add_loop_test(tc, agreement, 0, COUNT(curves));
    tcase_add_loop_test(tc, rsa_signature, 0, COUNT(rsa_signatures));
    tcase_add_test(tc, rsa_generated);
    tcase_add_test(tc, encryption);
    tcase_add_test(tc, overlapping_buffers);
    tcase_add_test(tc, what_is_kept);
    tcase_add_test(tc, copies);
    tcase_add_test(tc, replaced);
    tcase_add_test(tc, inside_own_section);
    tcase_add_test(tc, forked);
    return suite;
}

int main(void)
{
    return run_suite(make_asymmetric_suite());
}
