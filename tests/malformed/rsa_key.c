/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* RSA keys: encodings that are not DER, or of something else; numbers that are no key. */

#include "malformed/rsa.h"

#include <keyshard/keyshard.h>
#include <stdio.h>
#include <string.h>

#define PAIR PSA_KEY_TYPE_RSA_KEY_PAIR
#define PUBLIC PSA_KEY_TYPE_RSA_PUBLIC_KEY
#define V15 PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_1)

static const struct form right = { 0 };

static void refuse(psa_key_type_t type, const uint8_t *der, size_t length, const char *what)
{
    require_refused(type, 0, der, length, PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_INVALID_ARGUMENT,
                    what);
}

/* The same where another number stands for the modulus, whose size may be none of a key. */
static void refuse_modulus(psa_key_type_t type, const uint8_t *der, size_t length, const char *what)
{
    require_refused(type, 0, der, length, PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_NOT_SUPPORTED,
                    what);
}

static void refuse_forms(const struct numbers *key, const struct form *form, const char *what)
{
    uint8_t der[DER_ROOM];
    refuse(PAIR, der, der_pair(key, form, der), what);
    if (form->odd_one <= 2 && form->left_out <= 2 && form->version == 0) {
        refuse(PUBLIC, der, der_public(key, form, der), what);
    }
}

/* Requires that a key is taken and given back as it came. */
static void require_taken(psa_key_type_t type, const uint8_t *der, size_t length)
{
    uint8_t output[DER_ROOM];
    size_t output_length = 0;
    psa_key_id_t key = must_import(type, V15, der, length);
    require_status(psa_export_key(key, output, sizeof output, &output_length), PSA_SUCCESS,
                   "export");
    ck_assert(output_length == length && memcmp(output, der, length) == 0);
    require_status(psa_destroy_key(key), PSA_SUCCESS, "destruction");
}

static void start(struct numbers *key, unsigned bits)
{
    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    numbers_make(key, bits);
}

static void end(struct numbers *key)
{
    ck_assert_uint_eq(keys_there(), 0);
    numbers_free(key);
    mbedtls_psa_crypto_free();
}

/* Ensures that the right encodings are taken, so that what is wrong with the others is what was
 * made wrong. */
START_TEST(right_ones)
{
    static const unsigned sizes[] = { 512, 1024, 2048 };
    struct numbers key;
    uint8_t der[DER_ROOM];
    start(&key, sizes[_i]);
    require_taken(PAIR, der, der_pair(&key, &right, der));
    require_taken(PUBLIC, der, der_public(&key, &right, der));
    end(&key);
}
END_TEST

/* Ensures that an encoding that is not the one of DER, or has more or less in it, is refused. */
START_TEST(forms)
{
    struct numbers key;
    start(&key, 1024);
    for (unsigned i = 1; i <= NUMBERS; i++) {
        refuse_forms(&key, &(struct form){ .odd_one = i, .zeros = 1 }, "a zero too many");
        refuse_forms(&key, &(struct form){ .odd_one = i, .long_length = true }, "a long length");
        refuse_forms(&key, &(struct form){ .odd_one = i, .negative = true }, "a negative number");
        refuse_forms(&key, &(struct form){ .odd_one = i, .tag = 3 }, "a bit string");
        refuse_forms(&key, &(struct form){ .odd_one = i, .tag = 0x22 }, "constructed");
        refuse_forms(&key, &(struct form){ .odd_one = i, .tag = 0x82 }, "context's own");
        refuse_forms(&key, &(struct form){ .left_out = i }, "a number left out");
    }
    for (int version = 1; version < 256; version++) {
        refuse_forms(&key, &(struct form){ .version = version }, "another version");
    }
    for (unsigned i = 1; i < NUMBERS; i++) {
        uint8_t der[DER_ROOM];
        struct form form = { .first = i };
        refuse_modulus(PAIR, der, der_pair(&key, &form, der), "another order");
    }
    for (unsigned i = 1; i < 5; i++) {
        refuse_forms(&key, &(struct form){ .inside = i }, "more in the sequence");
        refuse_forms(&key, &(struct form){ .behind = i }, "more behind");
    }
    refuse_forms(&key, &(struct form){ .outer_long = true }, "a long length");
    refuse_forms(&key, &(struct form){ .indefinite = true }, "no length");
    refuse_forms(&key, &(struct form){ .outer_tag = 0x31 }, "a set");
    refuse_forms(&key, &(struct form){ .outer_tag = 0x10 }, "primitive");
    end(&key);
}
END_TEST

/* Ensures that a key within another structure, or another key's, is refused: PKCS #8, the form of
 * X.509, PEM, a public key for a pair and the reverse. */
START_TEST(containers)
{
    static const uint8_t algorithm[] = { 0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1,
                                         1, 5, 0 };
    static const char pem[] = "-----BEGIN RSA PUBLIC KEY-----\nMAYCAQMCAQM=\n"
                              "-----END RSA PUBLIC KEY-----\n";
    struct numbers key;
    uint8_t der[DER_ROOM] = { 2, 1, 0 };
    start(&key, 1024);
    memcpy(der + 3, algorithm, sizeof algorithm);
    size_t head = 3 + sizeof algorithm;
    size_t length = der_pair(&key, &right, der + head);
    refuse(PUBLIC, der + head, length, "a pair for a public key");
    length = head + der_wrap(der + head, length, 4);
    refuse(PAIR, der, der_wrap(der, length, 0x30), "PKCS #8");
    memcpy(der, algorithm, sizeof algorithm);
    length = der_public(&key, &right, der + sizeof algorithm + 1);
    refuse(PAIR, der + sizeof algorithm + 1, length, "a public key for a pair");
    der[sizeof algorithm] = 0;
    length = sizeof algorithm + der_wrap(der + sizeof algorithm, length + 1, 3);
    refuse(PUBLIC, der, der_wrap(der, length, 0x30), "the form of X.509");
    length = der_public(&key, &right, der);
    refuse(PUBLIC, der, der_wrap(der, length, 0x30), "one sequence too many");
    refuse(PUBLIC, (const uint8_t *) pem, sizeof pem, "PEM");
    refuse(PAIR, (const uint8_t *) pem, sizeof pem, "PEM");
    end(&key);
}
END_TEST

/* Ensures that no beginning of an encoding is taken for a whole one. */
START_TEST(cut_short)
{
    struct numbers key;
    uint8_t der[DER_ROOM];
    start(&key, 512);
    size_t length = der_pair(&key, &right, der);
    for (size_t i = 0; i < length; i++) {
        refuse(PAIR, der, i, "cut short");
    }
    length = der_public(&key, &right, der);
    for (size_t i = 0; i < length; i++) {
        refuse(PUBLIC, der, i, "cut short");
    }
    end(&key);
}
END_TEST

/* Requires that a key with one number changed to this is refused; its change is undone. */
static void refuse_number(struct numbers *key, unsigned which, const mbedtls_mpi *value, int offset,
                          const char *what)
{
    uint8_t der[DER_ROOM];
    mbedtls_mpi kept;
    char text[128];
    snprintf(text, sizeof text, "%s, number %u plus %d", what, which, offset);
    mbedtls_mpi_init(&kept);
    MUST(mbedtls_mpi_copy(&kept, &key->x[which]));
    MUST(mbedtls_mpi_add_int(&key->x[which], value, offset));
    (which == N ? refuse_modulus : refuse)(PAIR, der, der_pair(key, &right, der), text);
    MUST(mbedtls_mpi_copy(&key->x[which], &kept));
    mbedtls_mpi_free(&kept);
}

/* Ensures that numbers that do not belong together are refused: each in turn off by one or two,
 * exchanged with another, 0, 1, or not smaller than the modulus. */
START_TEST(pairs)
{
    struct numbers key;
    mbedtls_mpi zero;
    start(&key, 512);
    mbedtls_mpi_init(&zero);
    for (unsigned i = 0; i < NUMBERS; i++) {
        refuse_number(&key, i, &zero, 0, "zero");
        refuse_number(&key, i, &zero, 1, "one");
        for (int offset = -2; offset <= 2; offset++) {
            if (offset != 0) {
                refuse_number(&key, i, &key.x[i], offset, "itself");
            }
        }
        for (unsigned j = 0; j < NUMBERS; j++) {
            bool same = j == D && (i == DP || i == DQ); /* modulo p - 1 or q - 1, if not reduced */
            if (j != i && !same) {
                refuse_number(&key, i, &key.x[j], 0, "another");
            }
        }
        refuse_number(&key, i, &key.x[N], 2, "more than the modulus");
    }
    mbedtls_mpi_swap(&key.x[P], &key.x[Q]);
    uint8_t der[DER_ROOM];
    refuse(PAIR, der, der_pair(&key, &right, der), "primes exchanged");
    mbedtls_mpi_swap(&key.x[DP], &key.x[DQ]);
    refuse(PAIR, der, der_pair(&key, &right, der), "primes and exponents exchanged");
    MUST(mbedtls_mpi_inv_mod(&key.x[QP], &key.x[Q], &key.x[P]));
    require_taken(PAIR, der, der_pair(&key, &right, der));
    mbedtls_mpi_free(&zero);
    end(&key);
}
END_TEST

/* Requires that a public key of these two numbers is refused. */
static void refuse_public(struct numbers *key, unsigned which, const mbedtls_mpi *value, int offset,
                          psa_status_t or_else, const char *what)
{
    uint8_t der[DER_ROOM];
    mbedtls_mpi kept;
    mbedtls_mpi_init(&kept);
    MUST(mbedtls_mpi_copy(&kept, &key->x[which]));
    MUST(mbedtls_mpi_add_int(&key->x[which], value, offset));
    size_t length = der_public(key, &right, der);
    require_refused(PUBLIC, 0, der, length, PSA_ERROR_INVALID_ARGUMENT, or_else, what);
    MUST(mbedtls_mpi_copy(&key->x[which], &kept));
    mbedtls_mpi_free(&kept);
}

/* Ensures that an even modulus, a tiny one, one of broken bytes or of too many bits is refused, and
 * an exponent that is even, below 3, or not below the modulus. */
START_TEST(public_keys)
{
    struct numbers key;
    mbedtls_mpi value;
    psa_status_t refused = PSA_ERROR_INVALID_ARGUMENT;
    start(&key, 1024);
    mbedtls_mpi_init(&value);
    for (int e = 0; e <= 8; e += e == 2 ? 2 : e < 2 ? 1 : 2) {
        refuse_public(&key, E, &value, e, refused, "an exponent even or below 3");
    }
    refuse_public(&key, E, &key.x[N], 0, refused, "the modulus for an exponent");
    refuse_public(&key, E, &key.x[N], 2, refused, "an exponent beyond the modulus");
    refuse_public(&key, N, &key.x[N], -1, refused, "an even modulus");
    for (int n = 0; n <= 17; n++) {
        refuse_public(&key, N, &value, n, PSA_ERROR_NOT_SUPPORTED, "a tiny modulus");
    }
    for (size_t bits = 1; bits <= 4200; bits += bits < 1024 ? 127 : 1) {
        if (bits % 8 != 0 || bits > 4096 || bits < 128) {
            MUST(mbedtls_mpi_lset(&value, 1));
            MUST(mbedtls_mpi_shift_l(&value, bits - 1));
            refuse_public(&key, N, &value, bits > 1, PSA_ERROR_NOT_SUPPORTED, "another size");
        }
    }
    mbedtls_mpi_free(&value);
    end(&key);
}
END_TEST

/* Ensures that a declared size that is not the key's is refused. */
START_TEST(declared_sizes)
{
    static const size_t sizes[] = { 1, 8, 511, 513, 520, 1023, 1025, 2048, 4096, 65528 };
    struct numbers key;
    uint8_t der[DER_ROOM];
    uint8_t public[DER_ROOM];
    start(&key, 1024);
    size_t length = der_pair(&key, &right, der);
    size_t public_length = der_public(&key, &right, public);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        require_refused(PAIR, sizes[i], der, length, PSA_ERROR_INVALID_ARGUMENT,
                        PSA_ERROR_NOT_SUPPORTED, "declared size");
        require_refused(PUBLIC, sizes[i], public, public_length, PSA_ERROR_INVALID_ARGUMENT,
                        PSA_ERROR_NOT_SUPPORTED, "declared size");
    }
    end(&key);
}
END_TEST

/* Uses a key that was taken, and requires that it is exactly what came. Its signature may be wrong
 * or refused, for a changed public key says nothing false; a pair's must be right. */
static void try_taken(psa_key_type_t type, psa_key_id_t key, const uint8_t *der, size_t length)
{
    uint8_t output[DER_ROOM];
    size_t output_length = 0;
    require_status(psa_export_key(key, output, sizeof output, &output_length), PSA_SUCCESS,
                   "export");
    ck_assert_msg(output_length == length && memcmp(output, der, length) == 0,
                  "another key than the one given");
    if (type == PAIR) {
        require_status(psa_sign_message(key, V15, der, 16, output, sizeof output, &output_length),
                       PSA_SUCCESS, "signing");
    } else {
        memset(output, 1, sizeof output);
        psa_verify_message(key, V15, der, 16, output, 64);
    }
    require_status(psa_destroy_key(key), PSA_SUCCESS, "destruction");
}

static unsigned flip_all(psa_key_type_t type, uint8_t *der, size_t length)
{
    unsigned taken = 0;
    for (size_t i = 0; i < 8 * length; i++) {
        psa_key_id_t key = 0;
        der[i / 8] ^= (uint8_t) (1 << i % 8);
        psa_status_t status = try_import(type, 0, V15, der, length, &key);
        if (status == PSA_SUCCESS) {
            try_taken(type, key, der, length);
            taken++;
        } else {
            ck_assert_msg(status == PSA_ERROR_INVALID_ARGUMENT || status == PSA_ERROR_NOT_SUPPORTED,
                          "bit %zu: status %d", i, (int) status);
            ck_assert_uint_eq(key, 0);
        }
        der[i / 8] ^= (uint8_t) (1 << i % 8);
    }
    return taken;
}

/* Ensures that no single wrong bit of a key pair gives a key, and that of a public key it is
 * refused or gives the key that was written. */
START_TEST(every_bit)
{
    struct numbers key;
    uint8_t der[DER_ROOM];
    start(&key, 512);
    unsigned taken = flip_all(PAIR, der, der_pair(&key, &right, der));
    ck_assert_msg(taken == 0, "%u changed key pairs taken", taken);
    taken = flip_all(PUBLIC, der, der_public(&key, &right, der));
    ck_assert_msg(taken > 0, "no changed public key taken");
    require_taken(PAIR, der, der_pair(&key, &right, der));
    end(&key);
}
END_TEST

/* Ensures that lengths that promise more than there is, at any place, are refused. */
START_TEST(lengths)
{
    static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x88, 0x89, 0xff };
    struct numbers key;
    uint8_t der[DER_ROOM];
    start(&key, 512);
    size_t length = der_pair(&key, &right, der);
    for (size_t i = 1; i < length; i++) {
        uint8_t kept = der[i];
        for (size_t j = 0; j < sizeof values; j++) {
            der[i] = values[j];
            if (values[j] != kept) {
                psa_key_id_t id = 0;
                psa_status_t status = try_import(PAIR, 0, V15, der, length, &id);
                ck_assert_int_ne(status, PSA_SUCCESS);
            }
        }
        der[i] = kept;
    }
    end(&key);
}
END_TEST

TCase *make_rsa_key_case(void)
{
    TCase *tcase = tcase_create("RSA keys");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, right_ones, 0, 3);
    tcase_add_test(tcase, forms);
    tcase_add_test(tcase, containers);
    tcase_add_test(tcase, cut_short);
    tcase_add_test(tcase, pairs);
    tcase_add_test(tcase, public_keys);
    tcase_add_test(tcase, declared_sizes);
    tcase_add_test(tcase, every_bit);
    tcase_add_test(tcase, lengths);
    return tcase;
}
