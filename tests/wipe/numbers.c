/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What is looked for of an asymmetric key:
 *
 * - each secret number as the material has it, and as Mbed TLS has it, the lowest byte first;
 * - of RSA, the squares of the Montgomery radix modulo the primes, from which the primes follow;
 * - of elliptic curves, the order less the scalar, which some multiplications use in its place;
 * - of deterministic signatures of the message that wipe_operate signs, the number used once and
 *   what it is drawn from: with it and the signature anyone has the key.
 *
 * Not looked for: what is blinded with random numbers, and the modulus, which is no secret. */

#include "rsa_context.h"
#include "wipe/numbers.h"

#include <check.h>
#include <mbedtls/asn1.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define POOL 32        /* RSA keys; more than one test makes */
#define RSA_BITS 1024
#define RSA_ROOM 640   /* bytes of the longest encoding */
#define MASK 0x5a
#define HASH 32
#define WIDTH 66       /* bytes of the longest scalar */
#define ALL 1          /* every window of a number is added */
#define LIMB 8

/* Nothing that can fail but for want of memory; not Check's, which knows no failure before the
 * tests run. */
#define MUST(call) must((call) == 0)

static void must(bool done)
{
    if (!done) {
        fputs("the keys cannot be worked out\n", stderr);
        abort();
    }
}

static struct {
    uint8_t masked[RSA_ROOM];
    size_t length;
} pool[POOL];
static size_t taken;

static int draw(void *context, unsigned char *out, size_t length)
{
    (void) context;
    return getrandom(out, length, 0) == (ssize_t) length ? 0 : -1;
}

/* Writes an INTEGER at the end of the free room; returns the room that is left. */
static size_t put_integer(uint8_t *room, size_t end, const mbedtls_mpi *x)
{
    size_t size = mbedtls_mpi_size(x) + (mbedtls_mpi_bitlen(x) % 8 == 0 ? 1 : 0);
    size_t start = end - size;
    MUST(mbedtls_mpi_write_binary(x, room + start, size));
    if (size >= 128) {
        room[--start] = (uint8_t) size;
    }
    room[--start] = size < 128 ? (uint8_t) size : 0x81;
    room[--start] = 2;
    return start;
}

static void encode(mbedtls_rsa_context *rsa, size_t place)
{
    uint8_t room[RSA_ROOM];
    mbedtls_mpi x[8];
    size_t start = sizeof room;
    for (size_t i = 0; i < 8; i++) {
        mbedtls_mpi_init(&x[i]);
    }
    MUST(mbedtls_rsa_export(rsa, &x[0], &x[3], &x[4], &x[2], &x[1]));
    MUST(mbedtls_rsa_export_crt(rsa, &x[5], &x[6], &x[7]));
    for (size_t i = 8; i-- > 0; ) {
        start = put_integer(room, start, &x[i]);
        mbedtls_mpi_free(&x[i]);
    }
    memcpy(room + (start -= 3), (const uint8_t[]){ 2, 1, 0 }, 3);
    size_t length = sizeof room - start;
    memcpy(room + (start -= 4),
           (const uint8_t[]){ 0x30, 0x82, (uint8_t) (length >> 8), (uint8_t) length }, 4);
    pool[place].length = sizeof room - start;
    for (size_t i = 0; i < pool[place].length; i++) {
        pool[place].masked[i] = room[start + i] ^ MASK;
    }
    explicit_bzero(room, sizeof room);
}

void wipe_numbers_prepare(void)
{
    for (size_t i = 0; i < POOL; i++) {
        mbedtls_rsa_context rsa;
        init_rsa(&rsa);
        MUST(mbedtls_rsa_gen_key(&rsa, draw, NULL, RSA_BITS, 65537));
        encode(&rsa, i);
        mbedtls_rsa_free(&rsa);
    }
    wipe_own_traces();
}

void wipe_numbers_begin(void)
{
    taken = 0;
}

size_t wipe_numbers_make(const struct wipe_kind *kind, uint8_t *material)
{
    if (PSA_KEY_TYPE_IS_RSA(kind->type)) {
        ck_assert_uint_lt(taken, POOL);
        size_t length = pool[taken].length;
        for (size_t i = 0; i < length; i++) {
            material[i] = pool[taken].masked[i] ^ MASK;
        }
        taken++;
        return length;
    }
    MUST(draw(NULL, material, kind->length));
    switch (kind->bits) {
    case 255: /* what the curve's own rules set and clear */
        material[0] &= 0xf8;
        material[31] = (uint8_t) ((material[31] & 0x7f) | 0x40);
        break;
    case 448:
        material[0] &= 0xfc;
        material[55] |= 0x80;
        break;
    case 521:
        material[0] &= 1;
        break;
    default: /* below the order, whatever that is */
        material[0] &= 0x7f;
    }
    return kind->length;
}

/* Adds a number as Mbed TLS has it, as far as it is not what the material has. */
static void add_number(struct wipe_search *search, unsigned key, enum wipe_form form,
                       const mbedtls_mpi *x)
{
    uint8_t bytes[RSA_BITS / 8];
    size_t length = mbedtls_mpi_size(x);
    MUST(mbedtls_mpi_write_binary(x, bytes, length));
    for (size_t i = 0; i < length / 2; i++) {
        uint8_t swapped = bytes[i];
        bytes[i] = bytes[length - 1 - i];
        bytes[length - 1 - i] = swapped;
    }
    wipe_search_add(search, key, form, bytes, length, ALL);
    explicit_bzero(bytes, sizeof bytes);
}

/* Adds the square of the radix modulo a prime: two to twice the bits of its limbs. */
static void add_radix(struct wipe_search *search, unsigned key, const mbedtls_mpi *prime)
{
    mbedtls_mpi x;
    mbedtls_mpi_init(&x);
    size_t limbs = (mbedtls_mpi_size(prime) + LIMB - 1) / LIMB;
    MUST(mbedtls_mpi_lset(&x, 1));
    MUST(mbedtls_mpi_shift_l(&x, 2 * limbs * LIMB * 8));
    MUST(mbedtls_mpi_mod_mpi(&x, &x, prime));
    add_number(search, key, WIPE_MONTGOMERY, &x);
    mbedtls_mpi_free(&x);
}

static void add_rsa(struct wipe_search *search, unsigned key, const uint8_t *material,
                    size_t length)
{
    unsigned char *at = (unsigned char *) (uintptr_t) material;
    const unsigned char *end = material + length;
    size_t inside = 0;
    MUST(mbedtls_asn1_get_tag(&at, end, &inside, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE));
    for (unsigned i = 0; i < 9; i++) {
        MUST(mbedtls_asn1_get_tag(&at, end, &inside, MBEDTLS_ASN1_INTEGER));
        if (i >= 3) { /* behind version, modulus and public exponent */
            mbedtls_mpi x;
            mbedtls_mpi_init(&x);
            wipe_search_add(search, key, WIPE_RAW, at, inside, ALL);
            MUST(mbedtls_mpi_read_binary(&x, at, inside));
            add_number(search, key, WIPE_NUMBER, &x);
            if (i == 4 || i == 5) {
                add_radix(search, key, &x);
            }
            mbedtls_mpi_free(&x);
        }
        at += inside;
    }
}

/* One step of RFC 6979, 3.2: K = HMAC(K, V 0x00 or 0x01 data), V = HMAC(K, V). */
static void step(uint8_t *k, uint8_t *v, uint8_t mark, const uint8_t *data, size_t length)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
    uint8_t text[HASH + 1 + 2 * HASH];
    memcpy(text, v, HASH);
    text[HASH] = mark;
    memcpy(text + HASH + 1, data, length);
    MUST(mbedtls_md_hmac(info, k, HASH, text, HASH + 1 + length, k));
    MUST(mbedtls_md_hmac(info, k, HASH, v, HASH, v));
    explicit_bzero(text, sizeof text);
}

/* On P-256 with SHA-256: the number used once for the message of wipe_operate. That it is not below
 * the order happens as good as never. */
static void add_nonce(struct wipe_search *search, unsigned key, const mbedtls_mpi *order,
                      const uint8_t *scalar)
{
    uint8_t k[HASH] = { 0 };
    uint8_t v[HASH];
    uint8_t data[2 * HASH];
    uint8_t message[WIPE_OPERATED];
    mbedtls_mpi x;
    memset(v, 1, sizeof v);
    memset(message, 'm', sizeof message);
    memcpy(data, scalar, HASH);
    MUST(mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), message, sizeof message,
                    data + HASH));
    mbedtls_mpi_init(&x);
    MUST(mbedtls_mpi_read_binary(&x, data + HASH, HASH));
    MUST(mbedtls_mpi_mod_mpi(&x, &x, order));
    MUST(mbedtls_mpi_write_binary(&x, data + HASH, HASH));
    for (uint8_t mark = 0; mark < 2; mark++) {
        step(k, v, mark, data, sizeof data);
        wipe_search_add(search, key, WIPE_NONCE, k, HASH, ALL);
        wipe_search_add(search, key, WIPE_NONCE, v, HASH, ALL);
    }
    MUST(mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), k, HASH, v, HASH, v));
    wipe_search_add(search, key, WIPE_NONCE, v, HASH, ALL);
    MUST(mbedtls_mpi_read_binary(&x, v, HASH));
    add_number(search, key, WIPE_NONCE, &x);
    MUST(mbedtls_mpi_sub_mpi(&x, order, &x));
    add_number(search, key, WIPE_NONCE, &x);
    mbedtls_mpi_free(&x);
    explicit_bzero(data, sizeof data);
}

static mbedtls_ecp_group_id group_of(const struct wipe_kind *kind)
{
    psa_ecc_family_t family = PSA_KEY_TYPE_ECC_GET_FAMILY(kind->type);
    switch (kind->bits) {
    case 256:
        return family == PSA_ECC_FAMILY_SECP_R1   ? MBEDTLS_ECP_DP_SECP256R1
               : family == PSA_ECC_FAMILY_SECP_K1 ? MBEDTLS_ECP_DP_SECP256K1
                                                  : MBEDTLS_ECP_DP_BP256R1;
    case 384:
        return MBEDTLS_ECP_DP_SECP384R1;
    default:
        ck_assert_uint_eq(kind->bits, 521);
        return MBEDTLS_ECP_DP_SECP521R1;
    }
}

static void add_scalar(struct wipe_search *search, unsigned key, const struct wipe_kind *kind,
                       const uint8_t *material, size_t length)
{
    mbedtls_ecp_group group;
    mbedtls_mpi x;
    wipe_search_add(search, key, WIPE_RAW, material, length, ALL);
    if (PSA_KEY_TYPE_ECC_GET_FAMILY(kind->type) == PSA_ECC_FAMILY_MONTGOMERY) {
        return; /* the lowest byte stands first already */
    }
    mbedtls_ecp_group_init(&group);
    mbedtls_mpi_init(&x);
    MUST(mbedtls_ecp_group_load(&group, group_of(kind)));
    MUST(mbedtls_mpi_read_binary(&x, material, length));
    add_number(search, key, WIPE_NUMBER, &x);
    MUST(mbedtls_mpi_sub_mpi(&x, &group.N, &x));
    add_number(search, key, WIPE_NUMBER, &x);
    if (kind->alg == PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256) && kind->bits == 256) {
        add_nonce(search, key, &group.N, material);
    }
    mbedtls_mpi_free(&x);
    mbedtls_ecp_group_free(&group);
}

void wipe_numbers_add(struct wipe_search *search, unsigned key, const struct wipe_kind *kind,
                      const uint8_t *material, size_t length)
{
    if (PSA_KEY_TYPE_IS_RSA(kind->type)) {
        add_rsa(search, key, material, length);
    } else {
        add_scalar(search, key, kind, material, length);
    }
    wipe_own_traces();
}
