/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* src/key/rsa: the DER of RSA keys. The numbers here make no key; that is not this module's to see.
 */

#include "key/rsa.h"
#include "../runner.h"

#include <string.h>

#define PAIR PSA_KEY_TYPE_RSA_KEY_PAIR
#define PUBLIC PSA_KEY_TYPE_RSA_PUBLIC_KEY
#define MODULUS 128 /* bytes */

/* An encoding that grows at its end. */
struct der {
    uint8_t bytes[4096];
    size_t length;
};

static void put(struct der *der, uint8_t byte)
{
    der->bytes[der->length++] = byte;
}

static void put_length(struct der *der, size_t length)
{
    if (length >= 0x100) {
        put(der, 0x82);
        put(der, (uint8_t) (length >> 8));
    } else if (length >= 0x80) {
        put(der, 0x81);
    }
    put(der, (uint8_t) length);
}

/* An INTEGER of length bytes after the sign byte, if it needs one, all of them first or 0x5a. */
static void put_number(struct der *der, size_t length, uint8_t first)
{
    bool sign = first >= 0x80;

    put(der, 0x02);
    put_length(der, length + sign);
    if (sign)
        put(der, 0);
    put(der, first);
    for (size_t i = 1; i < length; i++)
        put(der, 0x5a);
}

/* Puts a SEQUENCE around what is there. */
static void wrap(struct der *der)
{
    struct der out = { .length = 0 };

    put(&out, 0x30);
    put_length(&out, der->length);
    memcpy(out.bytes + out.length, der->bytes, der->length);
    out.length += der->length;
    *der = out;
}

/* Lengths of the numbers of a key, with its modulus first. */
static const size_t lengths[KS_RSA_PARTS] = { MODULUS, 3, MODULUS - 1, 64, 64, 63, 64, 62 };

static void put_numbers(struct der *der, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        put_number(der, lengths[i], i == KS_RSA_N ? 0xd1 : (uint8_t) (0x40 + i));
}

static struct der make_key(psa_key_type_t type)
{
    struct der der = { .length = 0 };

    if (type == PAIR)
        put_number(&der, 1, 0);
    put_numbers(&der, type == PAIR ? KS_RSA_PARTS : KS_RSA_PUBLIC_PARTS);
    wrap(&der);
    return der;
}

static psa_status_t parse(psa_key_type_t type, const struct der *der)
{
    struct ks_rsa_parts parts;

    return ks_rsa_parse(type, der->bytes, der->length, &parts);
}

static void refused(psa_key_type_t type, const struct der *der)
{
    ck_assert_int_eq(parse(type, der), PSA_ERROR_INVALID_ARGUMENT);
}

START_TEST(numbers_found)
{
    /* Ensures that each number of a key is found, without its sign byte. */
    const psa_key_type_t type = _i == 0 ? PAIR : PUBLIC;
    struct der der = make_key(type);
    struct ks_rsa_parts parts;
    ck_assert_int_eq(ks_rsa_parse(type, der.bytes, der.length, &parts), PSA_SUCCESS);
    for (unsigned i = 0; i < (type == PAIR ? KS_RSA_PARTS : KS_RSA_PUBLIC_PARTS); i++) {
        ck_assert_uint_eq(parts.number[i].length, lengths[i]);
        ck_assert_uint_eq(parts.number[i].bytes[0], i == KS_RSA_N ? 0xd1 : 0x40 + i);
        ck_assert_uint_eq(parts.number[i].bytes[1], 0x5a);
    }
}
END_TEST

START_TEST(truncated)
{
    /* Ensures that no beginning of a key is one, nor a key with a byte behind it. */
    const psa_key_type_t type = _i == 0 ? PAIR : PUBLIC;
    struct der longer = make_key(type), shorter = make_key(type);
    put(&longer, 0);
    refused(type, &longer);
    while (shorter.length > 0) {
        shorter.length--;
        refused(type, &shorter);
    }
}
END_TEST

START_TEST(other_type)
{
    /* Ensures that a key of one type is none of the other. */
    struct der pair = make_key(PAIR), public = make_key(PUBLIC);
    refused(PUBLIC, &pair);
    refused(PAIR, &public);
}
END_TEST

START_TEST(number_missing_or_more)
{
    /* Ensures that a key has the numbers that it must have and no other. */
    struct der der = { .length = 0 };
    put_number(&der, 1, 0);
    put_numbers(&der, KS_RSA_PARTS - 1);
    wrap(&der);
    refused(PAIR, &der);
    der.length = 0;
    put_number(&der, 1, 0);
    put_numbers(&der, KS_RSA_PARTS);
    put_number(&der, 3, 0x11);
    wrap(&der);
    refused(PAIR, &der);
}
END_TEST

START_TEST(version)
{
    /* Ensures that only the version of two primes is taken, in its shortest form. */
    struct der der = { .length = 0 };
    put_number(&der, 1, 1);
    put_numbers(&der, KS_RSA_PARTS);
    wrap(&der);
    refused(PAIR, &der);
    der.length = 0;
    put(&der, 0x02), put(&der, 2), put(&der, 0), put(&der, 0);
    put_numbers(&der, KS_RSA_PARTS);
    wrap(&der);
    refused(PAIR, &der);
}
END_TEST

START_TEST(integers)
{
    /* Ensures that an exponent in another form than the shortest, negative, zero, empty or longer
     * than the modulus is refused. */
    static const uint8_t bad[][6] = {
        { 0x02, 0x04, 0x00, 0x01, 0x00, 0x01 }, { 0x02, 0x03, 0x81, 0x00, 0x01 },
        { 0x02, 0x01, 0x00 }, { 0x02, 0x00 }, { 0x02, 0x81, 0x02, 0x01, 0x01 },
        { 0x03, 0x03, 0x01, 0x00, 0x01 },
    };
    static const uint8_t size[] = { 6, 5, 3, 2, 5, 5 };
    struct der der = { .length = 0 };
    put_number(&der, MODULUS, 0xd1);
    memcpy(der.bytes + der.length, bad[_i], size[_i]);
    der.length += size[_i];
    wrap(&der);
    refused(PUBLIC, &der);
}
END_TEST

START_TEST(longer_than_modulus)
{
    /* Ensures that no number has more bytes than the modulus. */
    struct der der = { .length = 0 };
    put_number(&der, MODULUS, 0xd1);
    put_number(&der, MODULUS + 1, 0x01);
    wrap(&der);
    refused(PUBLIC, &der);
    der.length = 0;
    put_number(&der, MODULUS, 0xd1);
    put_number(&der, MODULUS, 0x01);
    wrap(&der);
    ck_assert_int_eq(parse(PUBLIC, &der), PSA_SUCCESS);
}
END_TEST

START_TEST(outer_length)
{
    /* Ensures that the outer length is definite and in its shortest form. */
    struct der key = make_key(PUBLIC), der = { .length = 0 };
    ck_assert_uint_eq(key.bytes[1], 0x81); /* a length of one byte follows */
    put(&der, 0x30), put(&der, 0x82), put(&der, 0);
    memcpy(der.bytes + 3, key.bytes + 2, key.length - 2);
    der.length = key.length + 1;
    refused(PUBLIC, &der);
    der.length = 0;
    put(&der, 0x30), put(&der, 0x80);
    memcpy(der.bytes + 2, key.bytes + 3, key.length - 3);
    der.length = key.length - 1;
    put(&der, 0), put(&der, 0);
    refused(PUBLIC, &der);
}
END_TEST

START_TEST(other_forms)
{
    /* Ensures that PKCS#8 and SubjectPublicKeyInfo, which wrap a key, are refused. */
    static const uint8_t algorithm[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                         0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00 };
    struct der key = make_key(_i == 0 ? PAIR : PUBLIC), der = { .length = 0 };
    if (_i == 0)
        put_number(&der, 1, 0);
    memcpy(der.bytes + der.length, algorithm, sizeof algorithm);
    der.length += sizeof algorithm;
    put(&der, _i == 0 ? 0x04 : 0x03);
    put_length(&der, key.length + (_i != 0));
    if (_i != 0)
        put(&der, 0);
    memcpy(der.bytes + der.length, key.bytes, key.length);
    der.length += key.length;
    wrap(&der);
    refused(_i == 0 ? PAIR : PUBLIC, &der);
}
END_TEST

/* Whether all numbers lie in the encoding and are in their shortest form. */
static bool is_sound(const struct ks_rsa_parts *parts, unsigned count, const struct der *der)
{
    bool sound = true;

    for (unsigned i = 0; i < count; i++) {
        const struct ks_rsa_number *n = &parts->number[i];

        sound &= n->length > 0 && n->bytes > der->bytes && n->bytes[0] != 0
                 && n->bytes + n->length <= der->bytes + der->length;
    }
    return sound;
}

START_TEST(mutated)
{
    /* Ensures that whatever a byte is changed to, what is accepted is sound. */
    struct der der = make_key(PAIR);
    unsigned accepted = 0, refusals = 0;
    for (size_t at = 0; at < der.length; at++) {
        uint8_t was = der.bytes[at];
        for (unsigned value = 0; value < 256; value++) {
            struct ks_rsa_parts parts;
            der.bytes[at] = (uint8_t) value;
            if (ks_rsa_parse(PAIR, der.bytes, der.length, &parts) == PSA_SUCCESS) {
                ck_assert(is_sound(&parts, KS_RSA_PARTS, &der));
                accepted++;
            } else {
                refusals++;
            }
        }
        der.bytes[at] = was;
    }
    ck_assert_uint_gt(refusals, 255 * 20); /* each tag and length byte, nearly */
    ck_assert_uint_gt(accepted, 255 * 500);
}
END_TEST

START_TEST(sizes)
{
    /* Ensures that the size is that of the modulus, at most 4,096 bits and in whole bytes. */
    static const struct {
        size_t bytes;
        uint8_t first;
        size_t declared, bits;
        psa_status_t status;
    } cases[] = {
        { 128, 0x80, 0, 1024, PSA_SUCCESS },
        { 128, 0xff, 1024, 1024, PSA_SUCCESS },
        { 128, 0xff, 1016, 0, PSA_ERROR_INVALID_ARGUMENT },
        { 128, 0x7f, 0, 0, PSA_ERROR_NOT_SUPPORTED },
        { 128, 0x7f, 1023, 0, PSA_ERROR_NOT_SUPPORTED },
        { 512, 0x80, 0, 4096, PSA_SUCCESS },
        { 513, 0x80, 0, 0, PSA_ERROR_NOT_SUPPORTED },
        { 513, 0x01, 0, 0, PSA_ERROR_NOT_SUPPORTED },
    };
    struct der der = { .length = 0 };
    size_t bits = 0;
    put_number(&der, cases[_i].bytes, cases[_i].first);
    put_number(&der, 3, 0x01);
    wrap(&der);
    ck_assert_int_eq(ks_rsa_check_format(PUBLIC, cases[_i].declared, der.bytes, der.length, &bits),
                     cases[_i].status);
    ck_assert_uint_eq(bits, cases[_i].bits);
}
END_TEST

START_TEST(generated_sizes)
{
    /* Ensures that keys are generated in whole bytes from 1,024 to 4,096 bits. */
    for (size_t bits = 1; bits <= 5000; bits++)
        ck_assert_int_eq(ks_rsa_check_generation(bits),
                         bits >= 1024 && bits <= 4096 && bits % 8 == 0 ? PSA_SUCCESS
                                                                       : PSA_ERROR_NOT_SUPPORTED);
}
END_TEST

START_TEST(public_written)
{
    /* Ensures that the public key of a pair is written as it is imported, and nothing behind. */
    struct der pair = make_key(PAIR), public = make_key(PUBLIC);
    struct ks_rsa_parts parts;
    uint8_t output[512];
    size_t length = 0;
    memset(output, 0x77, sizeof output);
    ck_assert_int_eq(ks_rsa_parse(PAIR, pair.bytes, pair.length, &parts), PSA_SUCCESS);
    ck_assert_int_eq(ks_rsa_write_public(&parts, output, public.length - 1, &length),
                     PSA_ERROR_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, 0);
    ck_assert_uint_eq(output[0], 0x77);
    ck_assert_int_eq(ks_rsa_write_public(&parts, output, public.length, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, public.length);
    ck_assert_mem_eq(output, public.bytes, length);
    ck_assert_uint_eq(output[length], 0x77);
}
END_TEST

START_TEST(public_lengths)
{
    /* Ensures that a public key of each form of length is written as it was read. */
    static const size_t modulus[] = { 16, 110, 240, 512 };
    struct der der = { .length = 0 };
    struct ks_rsa_parts parts;
    uint8_t output[KS_RSA_MAX_PUBLIC];
    size_t length = 0;
    put_number(&der, modulus[_i], 0xd1);
    put_number(&der, modulus[_i], 0xd1);
    wrap(&der);
    ck_assert_int_eq(ks_rsa_parse(PUBLIC, der.bytes, der.length, &parts), PSA_SUCCESS);
    ck_assert_int_eq(ks_rsa_write_public(&parts, output, sizeof output, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, der.length);
    ck_assert_mem_eq(output, der.bytes, length);
}
END_TEST

START_TEST(exponent)
{
    /* Ensures that exponents are compared as numbers. */
    struct der der = make_key(PUBLIC);
    struct ks_rsa_parts parts;
    ck_assert_int_eq(ks_rsa_parse(PUBLIC, der.bytes, der.length, &parts), PSA_SUCCESS);
    ck_assert(ks_rsa_has_exponent(&parts, (const uint8_t *) "\x41\x5a\x5a", 3));
    ck_assert(ks_rsa_has_exponent(&parts, (const uint8_t *) "\0\0\x41\x5a\x5a", 5));
    ck_assert(!ks_rsa_has_exponent(&parts, (const uint8_t *) "\x41\x5a", 2));
    ck_assert(!ks_rsa_has_exponent(&parts, (const uint8_t *) "\x41\x5a\x5b", 3));
    ck_assert(!ks_rsa_has_exponent(&parts, (const uint8_t *) "\0\0\0", 3));
}
END_TEST

static Suite *make_rsa_suite(void)
{
    Suite *suite = suite_create("formats of RSA keys");
    TCase *tc = tcase_create("rsa");

    suite_add_tcase(suite, tc);
    tcase_add_loop_test(tc, numbers_found, 0, 2);
    tcase_add_loop_test(tc, truncated, 0, 2);
    tcase_add_test(tc, other_type);
    tcase_add_test(tc, number_missing_or_more);
    tcase_add_test(tc, version);
    tcase_add_loop_test(tc, integers, 0, 6);
    tcase_add_test(tc, longer_than_modulus);
    tcase_add_test(tc, outer_length);
    tcase_add_loop_test(tc, other_forms, 0, 2);
    tcase_add_test(tc, mutated);
    tcase_add_loop_test(tc, sizes, 0, 8);
    tcase_add_test(tc, generated_sizes);
    tcase_add_test(tc, public_written);
    tcase_add_loop_test(tc, public_lengths, 0, 4);
    tcase_add_test(tc, exponent);
    return suite;
}

int main(void)
{
    return run_suite(make_rsa_suite());
}
