/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* RSA keys of vectors: from their numbers to the DER form that PSA imports. Vectors give more or
 * less of a private key; Mbed TLS's own arithmetic works out the rest. */

#include "kat/asymmetric.h"
#include "rsa_context.h"

#include <string.h>

#define DER (6 * KAT_MODULUS)
#define KEYS 4 /* remembered: two algorithms, each with a private and a public key */

#define N KAT_NAMES("n", "Modulus")
#define E KAT_NAMES("e", "Public exponent", "Exponent")
#define D KAT_NAMES("d", "Private exponent", "Exponent")
#define P KAT_NAMES("p", "Prime 1")
#define Q KAT_NAMES("q", "Prime 2")

struct number {
    uint8_t data[KAT_MODULUS];
    size_t length;
};

static struct number read_number(const struct kat_case *test, const char *const *names)
{
    struct number number;
    bool ok = kat_integer(&test->reader, names, number.data, sizeof number.data, &number.length);
    kat_require(test, ok, names[0]);
    return number;
}

static size_t put_header(uint8_t *out, uint8_t tag, size_t length)
{
    out[0] = tag;
    if (length < 128) {
        out[1] = (uint8_t) length;
        return 2;
    }
    size_t bytes = length < 256 ? 1 : 2;
    out[1] = (uint8_t) (0x80 | bytes);
    out[2] = (uint8_t) (length >> 8 * (bytes - 1));
    out[1 + bytes] = (uint8_t) length;
    return 2 + bytes;
}

static size_t put_integer(uint8_t *out, const uint8_t *data, size_t length)
{
    while (length > 0 && data[0] == 0) {
        data++;
        length--;
    }
    size_t zero = length == 0 || data[0] >= 0x80;
    size_t used = put_header(out, 2, zero + length);
    out[used] = 0;
    memcpy(out + used + zero, data, length);
    return used + zero + length;
}

/* Puts the header of a sequence in front of it. */
static size_t put_sequence(uint8_t *out, const uint8_t *body, size_t length)
{
    size_t used = put_header(out, 0x30, length);
    memcpy(out + used, body, length);
    return used + length;
}

static size_t public_der(const struct kat_case *test, uint8_t *der)
{
    uint8_t body[DER];
    struct number n = read_number(test, N);
    struct number e = read_number(test, E);
    size_t length = put_integer(body, n.data, n.length);
    length += put_integer(body + length, e.data, e.length);
    return put_sequence(der, body, length);
}

/* Gives the context what the vector has of the private key, and has the rest worked out. */
static void complete(const struct kat_case *test, mbedtls_rsa_context *rsa)
{
    bool primes = kat_text(&test->reader, P) != NULL;
    struct number n = read_number(test, N);
    struct number e = read_number(test, E);
    struct number d = read_number(test, D);
    struct number p = { .length = 0 };
    struct number q = { .length = 0 };
    if (primes) {
        p = read_number(test, P);
        q = read_number(test, Q);
    }
    int result = mbedtls_rsa_import_raw(rsa, n.data, n.length, primes ? p.data : NULL, p.length,
                                        primes ? q.data : NULL, q.length, d.data, d.length,
                                        e.data, e.length);
    kat_require(test, result == 0 && mbedtls_rsa_complete(rsa) == 0, "numbers of the key");
}

static size_t put_mpi(uint8_t *out, const mbedtls_mpi *x)
{
    uint8_t data[KAT_MODULUS];
    size_t length = mbedtls_mpi_size(x);
    mbedtls_mpi_write_binary(x, data, length);
    return put_integer(out, data, length);
}

/* n, e, d, p, q, d mod p-1, d mod q-1, 1/q mod p */
static size_t private_der(const struct kat_case *test, uint8_t *der)
{
    uint8_t body[DER];
    mbedtls_rsa_context rsa;
    mbedtls_mpi x[8];
    init_rsa(&rsa);
    for (size_t i = 0; i < 8; i++) {
        mbedtls_mpi_init(&x[i]);
    }
    complete(test, &rsa);
    int result = mbedtls_rsa_export(&rsa, &x[0], &x[3], &x[4], &x[2], &x[1]);
    result |= mbedtls_rsa_export_crt(&rsa, &x[5], &x[6], &x[7]);
    kat_require(test, result == 0, "the rest of the key");
    size_t length = put_integer(body, body, 0); /* the version */
    for (size_t i = 0; i < 8; i++) {
        length += put_mpi(body + length, &x[i]);
        mbedtls_mpi_free(&x[i]);
    }
    mbedtls_rsa_free(&rsa);
    return put_sequence(der, body, length);
}

/* Keys that were made last, by where their numbers stand in the text. */
static struct known {
    const struct kat_row *row;
    const char *n;
    const char *e;
    const char *d; /* NULL: a public key */
    psa_algorithm_t alg;
    psa_key_id_t key;
} known[KEYS];
static unsigned next_known;

static psa_key_id_t key_of(const struct kat_case *test, psa_algorithm_t alg, bool private)
{
    uint8_t der[DER];
    struct known wanted = { test->row, kat_text(&test->reader, N), kat_text(&test->reader, E),
                            private ? kat_text(&test->reader, D) : NULL, alg, 0 };
    for (size_t i = 0; i < KEYS; i++) {
        struct known *it = &known[i];
        if (it->row == wanted.row && it->n == wanted.n && it->e == wanted.e &&
            it->d == wanted.d && it->alg == alg) {
            return it->key;
        }
    }
    struct known *place = &known[next_known++ % KEYS];
    if (place->row == test->row) {
        kat_destroy(test, place->key);
    }
    size_t length = private ? private_der(test, der) : public_der(test, der);
    wanted.key = kat_key(test, private ? PSA_KEY_TYPE_RSA_KEY_PAIR : PSA_KEY_TYPE_RSA_PUBLIC_KEY,
                         alg, der, length);
    *place = wanted;
    return wanted.key;
}

psa_key_id_t kat_rsa_public(const struct kat_case *test, psa_algorithm_t alg)
{
    return key_of(test, alg, false);
}

psa_key_id_t kat_rsa_private(const struct kat_case *test, psa_algorithm_t alg)
{
    return key_of(test, alg, true);
}

bool kat_rsa_has_private(const struct kat_case *test)
{
    return kat_text(&test->reader, KAT_NAMES("d", "Private exponent", "Prime 1")) != NULL;
}

bool kat_rsa_is_served(const struct kat_case *test)
{
    uint8_t der[DER];
    struct number n = read_number(test, N);
    if (n.data[0] >= 0x80) {
        return true;
    }
    size_t length = public_der(test, der);
    kat_require_refused(test, PSA_KEY_TYPE_RSA_PUBLIC_KEY, 0, der, length);
    length = private_der(test, der);
    kat_require_refused(test, PSA_KEY_TYPE_RSA_KEY_PAIR, 0, der, length);
    return false;
}

void kat_rsa_pair(struct kat_case *test)
{
    uint8_t private[DER];
    uint8_t public[DER];
    uint8_t output[DER];
    size_t output_length = 0;
    size_t length = private_der(test, private);
    psa_key_id_t key = kat_key(test, PSA_KEY_TYPE_RSA_KEY_PAIR, PSA_ALG_RSA_PKCS1V15_CRYPT,
                               private, length);
    psa_status_t status = psa_export_key(key, output, sizeof output, &output_length);
    kat_require_status(test, status, PSA_SUCCESS, "export");
    kat_require_bytes(test, output, output_length, private, length, "export");
    kat_require_public(test, key, public, public_der(test, public));
    kat_destroy(test, key);
    test->run++;
}
