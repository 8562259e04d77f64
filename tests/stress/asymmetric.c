/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What signatures must be: deterministic ones, from Mbed TLS's primitives directly. */

#include "cell.h"

#include <mbedtls/ecdsa.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <mbedtls/version.h>
#include <string.h>
#include <sys/random.h>

static struct material rsa_keys[VERSIONS];

static int draw(void *context, unsigned char *out, size_t length)
{
    (void) context;
    return getrandom(out, length, 0) == (ssize_t) length ? 0 : -1;
}

static void hash_message(uint8_t hash[32])
{
    mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), stress_message, MESSAGE, hash);
}

size_t expect_ecdsa(const uint8_t scalar[32], uint8_t output[OUTPUT_MAX])
{
    mbedtls_ecp_group group;
    mbedtls_mpi d, r, s;
    uint8_t hash[32];

    hash_message(hash);
    mbedtls_ecp_group_init(&group);
    mbedtls_mpi_init(&d);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    int ret = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1);
    ret |= mbedtls_mpi_read_binary(&d, scalar, 32);
    ret |= mbedtls_ecdsa_sign_det_ext(&group, &r, &s, &d, hash, sizeof hash, MBEDTLS_MD_SHA256,
                                      draw, NULL);
    ret |= mbedtls_mpi_write_binary(&r, output, 32);
    ret |= mbedtls_mpi_write_binary(&s, output + 32, 32);
    mbedtls_mpi_free(&d);
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&s);
    mbedtls_ecp_group_free(&group);
    return ret == 0 ? 64 : 0;
}

static int parse(mbedtls_pk_context *pk, const struct material *material)
{
#if MBEDTLS_VERSION_MAJOR < 3
    return mbedtls_pk_parse_key(pk, material->bytes, material->length, NULL, 0);
#else
    return mbedtls_pk_parse_key(pk, material->bytes, material->length, NULL, 0, draw, NULL);
#endif
}

static int sign(mbedtls_pk_context *pk, const uint8_t hash[32], uint8_t *output, size_t *length)
{
#if MBEDTLS_VERSION_MAJOR < 3
    return mbedtls_pk_sign(pk, MBEDTLS_MD_SHA256, hash, 32, output, length, draw, NULL);
#else
    return mbedtls_pk_sign(pk, MBEDTLS_MD_SHA256, hash, 32, output, OUTPUT_MAX, length, draw, NULL);
#endif
}

size_t expect_rsa(const struct material *material, uint8_t output[OUTPUT_MAX])
{
    mbedtls_pk_context pk;
    uint8_t hash[32];
    size_t length = 0;

    hash_message(hash);
    mbedtls_pk_init(&pk);
    if (parse(&pk, material) != 0 || sign(&pk, hash, output, &length) != 0) {
        length = 0;
    }
    mbedtls_pk_free(&pk);
    return length;
}

const struct material *expect_rsa_key(uint64_t version)
{
    return &rsa_keys[version % VERSIONS];
}

static bool make_rsa_key(struct material *material)
{
    mbedtls_pk_context pk;

    mbedtls_pk_init(&pk);
    int length = mbedtls_pk_setup(&pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA));
    if (length == 0) {
        length = mbedtls_rsa_gen_key(mbedtls_pk_rsa(pk), draw, NULL, 1024, 65537);
    }
    if (length == 0) { /* it is written to the end of the buffer */
        length = mbedtls_pk_write_key_der(&pk, material->bytes, sizeof material->bytes);
    }
    mbedtls_pk_free(&pk);
    if (length <= 0) {
        return false;
    }
    material->length = (size_t) length;
    memmove(material->bytes, material->bytes + sizeof material->bytes - length, (size_t) length);
    return true;
}

bool make_rsa_keys(void)
{
    bool made = true;

    for (unsigned i = 0; i < VERSIONS; i++) {
        made = made && make_rsa_key(&rsa_keys[i]);
    }
    return made;
}
