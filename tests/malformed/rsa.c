/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "malformed/rsa.h"

#include <mbedtls/ecp.h>
#include <string.h>

/* 2 to this power less this, two for each size. */
static const struct {
    unsigned bits;
    unsigned power;
    int less[2];
} primes[] = {
    { 128, 64, { 59, 83 } },
    { 512, 256, { 189, 357 } },
    { 1024, 512, { 569, 629 } },
    { 2048, 1024, { 105, 179 } },
};

static void work_out(struct numbers *key)
{
    mbedtls_mpi p1, q1, phi;
    mbedtls_mpi_init(&p1);
    mbedtls_mpi_init(&q1);
    mbedtls_mpi_init(&phi);
    MUST(mbedtls_mpi_mul_mpi(&key->x[N], &key->x[P], &key->x[Q]));
    MUST(mbedtls_mpi_sub_int(&p1, &key->x[P], 1));
    MUST(mbedtls_mpi_sub_int(&q1, &key->x[Q], 1));
    MUST(mbedtls_mpi_mul_mpi(&phi, &p1, &q1));
    MUST(mbedtls_mpi_inv_mod(&key->x[D], &key->x[E], &phi));
    MUST(mbedtls_mpi_mod_mpi(&key->x[DP], &key->x[D], &p1));
    MUST(mbedtls_mpi_mod_mpi(&key->x[DQ], &key->x[D], &q1));
    MUST(mbedtls_mpi_inv_mod(&key->x[QP], &key->x[Q], &key->x[P]));
    mbedtls_mpi_free(&p1);
    mbedtls_mpi_free(&q1);
    mbedtls_mpi_free(&phi);
}

void numbers_make(struct numbers *key, unsigned bits)
{
    size_t i = 0;
    while (primes[i].bits != bits) {
        i++;
    }
    for (size_t j = 0; j < NUMBERS; j++) {
        mbedtls_mpi_init(&key->x[j]);
    }
    for (size_t j = 0; j < 2; j++) {
        mbedtls_mpi *prime = &key->x[P + j];
        MUST(mbedtls_mpi_lset(prime, 1));
        MUST(mbedtls_mpi_shift_l(prime, primes[i].power));
        MUST(mbedtls_mpi_sub_int(prime, prime, primes[i].less[j]));
    }
    MUST(mbedtls_mpi_lset(&key->x[E], 65537));
    work_out(key);
}

void numbers_free(struct numbers *key)
{
    for (size_t j = 0; j < NUMBERS; j++) {
        mbedtls_mpi_free(&key->x[j]);
    }
}

/* Writes tag and length, with one byte more than needed if so wished. */
static size_t put_header(uint8_t *out, uint8_t tag, size_t length, bool longer)
{
    size_t bytes = length < 128 ? 0 : length < 256 ? 1 : 2;
    bytes += longer;
    out[0] = tag;
    out[1] = (uint8_t) (bytes == 0 ? length : 0x80 | bytes);
    for (size_t i = 0; i < bytes; i++) {
        out[2 + i] = (uint8_t) (length >> 8 * (bytes - 1 - i));
    }
    return 2 + bytes;
}

/* Writes number i, counted from 1 in the order of the encoding. */
static size_t put_integer(uint8_t *out, const mbedtls_mpi *x, unsigned i, const struct form *form)
{
    uint8_t body[DER_ROOM] = { 0 };
    bool odd = i == form->odd_one;
    size_t size = mbedtls_mpi_size(x);
    size_t zeros = mbedtls_mpi_bitlen(x) % 8 == 0 ? 1 : 0;
    if (odd) {
        zeros = form->negative ? 0 : zeros + form->zeros;
    }
    MUST(mbedtls_mpi_write_binary(x, body + zeros, size));
    if (odd && form->negative) {
        body[0] |= 0x80;
    }
    uint8_t tag = odd && form->tag != 0 ? form->tag : 2;
    size_t used = put_header(out, tag, zeros + size, odd && form->long_length);
    memcpy(out + used, body, zeros + size);
    return used + zeros + size;
}

/* Encloses the body in a sequence, with what stands behind. */
static size_t put_sequence(uint8_t *der, uint8_t *body, size_t length, const struct form *form)
{
    uint8_t tag = form->outer_tag == 0 ? 0x30 : form->outer_tag;
    size_t used = put_header(der, tag, length + form->inside, form->outer_long);
    if (form->indefinite) {
        der[1] = 0x80;
        used = 2;
    }
    memcpy(der + used, body, length);
    used += length;
    size_t more = form->inside + form->behind + (form->indefinite ? 2 : 0);
    memset(der + used, 0, more);
    return used + more;
}

static size_t put_numbers(uint8_t *body, const struct numbers *key, unsigned count,
                          const struct form *form)
{
    size_t length = 0;
    if (form->first != 0) {
        length += put_integer(body, &key->x[form->first], 0, &(struct form){ 0 });
    }
    for (unsigned i = 0; i < count; i++) {
        if (i + 1 != form->left_out && (form->first == 0 || i != form->first)) {
            length += put_integer(body + length, &key->x[i], i + 1, form);
        }
    }
    return length;
}

size_t der_pair(const struct numbers *key, const struct form *form, uint8_t *der)
{
    uint8_t body[DER_ROOM] = { 2, 1, (uint8_t) form->version };
    size_t length = 3 + put_numbers(body + 3, key, NUMBERS, form);
    return put_sequence(der, body, length, form);
}

size_t der_public(const struct numbers *key, const struct form *form, uint8_t *der)
{
    uint8_t body[DER_ROOM];
    return put_sequence(der, body, put_numbers(body, key, 2, form), form);
}

size_t der_wrap(uint8_t *der, size_t length, uint8_t tag)
{
    uint8_t header[6];
    size_t used = put_header(header, tag, length, false);
    memmove(der + used, der, length);
    memcpy(der, header, used);
    return used + length;
}
