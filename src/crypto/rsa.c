/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/rsa.h"

#include <mbedtls/asn1write.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Mbed TLS's parser, unlike mbedtls_rsa_complete, takes the numbers of the Chinese remainder
 * theorem from the encoding: computing them anew takes modular inverses, whose time depends on the
 * primes. It gives a context of its own, of which a copy is made in its place. That the encoding is
 * right in form has been checked when the key was made. */
static int load_pair(mbedtls_rsa_context *rsa, const struct ks_key *key, struct ks_rng *rng)
{
    mbedtls_pk_context pk;

    mbedtls_pk_init(&pk);
    int ret = ks_mbed_pk_parse(&pk, key->material, key->length, ks_rng_draw, rng);

    if (ret == 0)
        ret = mbedtls_rsa_copy(rsa, mbedtls_pk_rsa(pk));
    mbedtls_pk_free(&pk);
    return ret;
}

static int load_public(mbedtls_rsa_context *rsa, const struct ks_key *key)
{
    struct ks_rsa_parts parts;
    const struct ks_rsa_number *number = parts.number;
    int ret = 0;

    if (ks_rsa_parse(key->type, key->material, key->length, &parts) != PSA_SUCCESS)
        return MBEDTLS_ERR_RSA_BAD_INPUT_DATA;
    ret = mbedtls_rsa_import_raw(rsa, number[KS_RSA_N].bytes, number[KS_RSA_N].length, NULL, 0,
                                 NULL, 0, NULL, 0, number[KS_RSA_E].bytes, number[KS_RSA_E].length);
    return ret != 0 ? ret : mbedtls_rsa_complete(rsa);
}

/* Makes a context; on failure it holds nothing, and its length says so. */
static int load(mbedtls_rsa_context *rsa, const struct ks_key *key)
{
    struct ks_rng rng = ks_rng_own();

    ks_mbed_rsa_init(rsa);
    int ret = PSA_KEY_TYPE_IS_PUBLIC_KEY(key->type) ? load_public(rsa, key)
                                                    : load_pair(rsa, key, &rng);

    if (ret != 0)
        ks_rsa_empty(rsa);
    return ret;
}

void ks_rsa_empty(mbedtls_rsa_context *rsa)
{
    mbedtls_rsa_free(rsa);
    ks_mbed_rsa_init(rsa);
}

static int prepare(void *body, const struct ks_object *object, uint32_t variant)
{
    (void) variant;
    /* The key has been judged: only memory can be wanting, which Mbed TLS's parser does not say. */
    return load(body, (const struct ks_key *) object) == 0 ? PSA_SUCCESS
                                                           : PSA_ERROR_INSUFFICIENT_MEMORY;
}

static void release(void *body)
{
    mbedtls_rsa_free(body);
}

/* What a key pair's context has on the heap: modulus, private exponent, blinding values and a
 * constant for the modulus, each as long as the modulus; six numbers and two constants half as
 * long; and for each some 32 bytes of the allocator and of the number's spare room. Of a public
 * key it is less, which is not told apart. */
#define PAIR_HEAP(bits) ((bits) / 8 * 9 + 14 * 32)

#define CLASS(bits)                                                                            \
    {                                                                                          \
        .size = sizeof(mbedtls_rsa_context), .extra = PAIR_HEAP(bits), .prepare = prepare,     \
        .release = release, .changes = true, .costly = true,                                   \
    }

/* By size, for the budget's sake. */
static const struct ks_record_class classes[] = { CLASS(1024), CLASS(2048), CLASS(3072),
                                                  CLASS(4096) };

psa_status_t ks_rsa_context(struct ks_use *use, mbedtls_rsa_context **rsa)
{
    void *body = NULL;
    psa_status_t status = ks_use_context(use, &classes[(use->key->bits - 1u) / 1024], 0, &body);

    *rsa = body;
    if (status == PSA_SUCCESS && ks_unlikely(mbedtls_rsa_get_len(*rsa) == 0)) {
        status = prepare(body, use->object, 0);
        ks_wipe_stack();
    }
    return status;
}

static KS_NOINLINE int judge(const struct ks_key *key)
{
    mbedtls_rsa_context rsa;
    int ret = load(&rsa, key);

    if (ret != 0)
        return ret;
    ret = mbedtls_rsa_check_pubkey(&rsa);
    if (ret == 0 && !PSA_KEY_TYPE_IS_PUBLIC_KEY(key->type))
        ret = mbedtls_rsa_check_privkey(&rsa);
    mbedtls_rsa_free(&rsa);
    return ret;
}

/* Whether there is as much memory as judging takes: some thirty numbers as long as the modulus. */
static bool memory_suffices(const struct ks_key *key)
{
    void *block = malloc(32 * (key->bits / 8u));

    free(block);
    return block != NULL;
}

/* A number that is bad for the arithmetic is bad for the key; only want of memory is another
 * matter. Mbed TLS calls that a bad key too, in its parser and in its checks: so a key that it
 * refuses is judged again once memory was to be had. */
psa_status_t ks_rsa_judge(const struct ks_key *key)
{
    int ret = judge(key);

    if (ret != 0 && !memory_suffices(key))
        ret = MBEDTLS_ERR_MPI_ALLOC_FAILED;
    else if (ret != 0)
        ret = judge(key);
    ks_wipe_stack();
    if (ret == 0 || ks_mbed_status(ret) == PSA_ERROR_INSUFFICIENT_MEMORY)
        return ks_mbed_status(ret);
    return PSA_ERROR_INVALID_ARGUMENT;
}

static psa_status_t read_exponent(const uint8_t *bytes, size_t length, int *exponent)
{
    uint32_t value = 0;

    *exponent = KS_RSA_DEFAULT_EXPONENT;
    if (length == 0)
        return PSA_SUCCESS;
    if (length > sizeof value)
        return PSA_ERROR_NOT_SUPPORTED;
    for (size_t i = 0; i < length; i++)
        value = value << 8 | bytes[i];
    if (value > INT_MAX)
        return PSA_ERROR_NOT_SUPPORTED;
    if (value < 3 || value % 2 == 0) /* for an even one Mbed TLS would search for ever */
        return PSA_ERROR_INVALID_ARGUMENT;
    *exponent = (int) value;
    return PSA_SUCCESS;
}

/* Writes the numbers of RSAPrivateKey, the last one first, to the end of the material. */
static int write_numbers(const mbedtls_mpi number[KS_RSA_PARTS], uint8_t **at, uint8_t *start)
{
    int all = 0, ret = 0;

    for (unsigned i = KS_RSA_PARTS; i > 0 && ret >= 0; i--) {
        ret = mbedtls_asn1_write_mpi(at, start, &number[i - 1]);
        all += ret;
    }
    if (ret >= 0)
        ret = mbedtls_asn1_write_int(at, start, 0);
    return ret < 0 ? ret : all + ret;
}

/* Writes RSAPrivateKey and moves it to the beginning of the material. */
static int write_pair(const mbedtls_mpi number[KS_RSA_PARTS], struct ks_key *key)
{
    uint8_t *start = key->material;
    uint8_t *at = start + key->length;
    int content = write_numbers(number, &at, start);
    int head = content < 0 ? content : mbedtls_asn1_write_len(&at, start, (size_t) content);
    int tag = head < 0 ? head
                       : mbedtls_asn1_write_tag(&at, start, MBEDTLS_ASN1_CONSTRUCTED
                                                                | MBEDTLS_ASN1_SEQUENCE);
    size_t length = (size_t) content + (size_t) head + (size_t) tag;

    if (tag < 0)
        return tag;
    memmove(start, at, length);
    ks_wipe(start + length, key->length - length);
    key->length = (uint16_t) length;
    return 0;
}

static int export_pair(const mbedtls_rsa_context *rsa, struct ks_key *key)
{
    mbedtls_mpi n[KS_RSA_PARTS];

    for (unsigned i = 0; i < KS_RSA_PARTS; i++)
        mbedtls_mpi_init(&n[i]);
    int ret = mbedtls_rsa_export(rsa, &n[KS_RSA_N], &n[KS_RSA_P], &n[KS_RSA_Q], &n[KS_RSA_D],
                                 &n[KS_RSA_E]);

    if (ret == 0)
        ret = mbedtls_rsa_export_crt(rsa, &n[KS_RSA_DP], &n[KS_RSA_DQ], &n[KS_RSA_QP]);
    if (ret == 0)
        ret = write_pair(n, key);
    for (unsigned i = 0; i < KS_RSA_PARTS; i++)
        mbedtls_mpi_free(&n[i]);
    return ret;
}

static KS_NOINLINE int generate(struct ks_key *key, int exponent, struct ks_rng *rng)
{
    mbedtls_rsa_context rsa;

    ks_mbed_rsa_init(&rsa);
    int ret = mbedtls_rsa_gen_key(&rsa, ks_rng_draw, rng, key->bits, exponent);

    if (ret == 0)
        ret = export_pair(&rsa, key);
    mbedtls_rsa_free(&rsa);
    return ret;
}

psa_status_t ks_rsa_generate(struct ks_shard *shard, struct ks_key *key, const uint8_t *exponent,
                             size_t exponent_length)
{
    struct ks_rng rng = ks_rng_of(shard);
    int value = 0;
    psa_status_t status = read_exponent(exponent, exponent_length, &value);

    if (status != PSA_SUCCESS)
        return status;
    status = ks_rng_result(&rng, generate(key, value, &rng));
    ks_wipe_stack();
    return status;
}
