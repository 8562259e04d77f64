/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The AES schedule is worked out here, apart from Mbed TLS; the states of a hash and the schedules
 * of other ciphers are read from Mbed TLS's contexts, whose fields 3.x calls private. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include "wipe/forms.h"
#include "wipe/asymmetric.h"
#include "wipe/numbers.h"

#include <check.h>
#include <mbedtls/aes.h>
#ifdef MBEDTLS_ARIA_C
#include <mbedtls/aria.h>
#endif
#include <mbedtls/camellia.h>
#include <mbedtls/des.h>
#include <mbedtls/md.h>
#include <mbedtls/md5.h>
#include <mbedtls/ripemd160.h>
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Everything secret that the work needs stands in here, so that one call wipes it. */
struct work {
    uint8_t keys[240];
    uint8_t inverse[240];
    uint8_t block[16];
    uint8_t swapped[16];
    uint8_t padded[128];
    uint8_t hashed[64];
    mbedtls_aes_context aes;
    mbedtls_des_context des;
    mbedtls_des3_context des3;
    mbedtls_camellia_context camellia;
#ifdef MBEDTLS_ARIA_C
    mbedtls_aria_context aria;
#endif
};

/* Doubles in the field of AES. */
static uint8_t twice(uint8_t x)
{
    return (uint8_t) (x << 1 ^ (x >> 7) * 0x1b);
}

static uint8_t times(uint8_t x, uint8_t factor)
{
    uint8_t product = 0;
    for (; factor != 0; factor >>= 1, x = twice(x)) {
        product ^= (uint8_t) ((factor & 1) * x);
    }
    return product;
}

/* The S-box: the inverse, which is the 254th power, and then an affine map. */
static uint8_t substitute(uint8_t x)
{
    uint8_t inverse = 1;
    for (int i = 0; i < 254; i++) {
        inverse = times(inverse, x);
    }
    uint8_t y = 0x63;
    for (int turn = 0; turn < 5; turn++) {
        y ^= (uint8_t) (inverse << turn | inverse >> (8 - turn));
    }
    return y;
}

/* Expands a key of n words to the round keys for encryption; returns how many bytes they have. */
static size_t expand(uint8_t *keys, const uint8_t *key, size_t n)
{
    size_t words = 4 * (n + 7);
    uint8_t constant = 1;
    memcpy(keys, key, 4 * n);
    for (size_t i = n; i < words; i++) {
        const uint8_t *last = keys + 4 * (i - 1);
        uint8_t *word = keys + 4 * i;
        bool turned = i % n == 0;
        for (size_t j = 0; j < 4; j++) {
            uint8_t byte = turned ? last[(j + 1) % 4] : last[j];
            if (turned || (n > 6 && i % n == 4)) {
                byte = substitute(byte);
            }
            word[j] = (uint8_t) (byte ^ word[(long) j - 4 * (long) n] ^
                                 (turned && j == 0 ? constant : 0));
        }
        constant = turned ? twice(constant) : constant;
    }
    return 4 * words;
}

/* The round keys of the inverse cipher: MixColumns undone on all but the first and the last. */
static void invert(uint8_t *inverse, const uint8_t *keys, size_t length)
{
    static const uint8_t row[4] = { 14, 11, 13, 9 };
    memcpy(inverse, keys, length);
    for (size_t i = 16; i < length - 16; i++) {
        const uint8_t *column = keys + i / 4 * 4;
        inverse[i] = 0;
        for (size_t j = 0; j < 4; j++) {
            inverse[i] ^= times(column[j], row[(j + 4 - i % 4) % 4]);
        }
    }
}

/* Doubles a block as CMAC does. */
static void twice_block(uint8_t *block)
{
    uint8_t carry = block[0] >> 7;
    for (size_t i = 0; i < 15; i++) {
        block[i] = (uint8_t) (block[i] << 1 | block[i + 1] >> 7);
    }
    block[15] = (uint8_t) (block[15] << 1 ^ carry * 0x87);
}

/* The cipher of a zero block in work->block: it is GHASH's key, which Mbed TLS keeps as two numbers
 * of 64 bits, so in the other order of bytes on most machines; doubled, it is CMAC's subkeys. */
static void add_block(struct wipe_search *search, unsigned key, struct work *work)
{
    for (size_t i = 0; i < 16; i++) {
        work->swapped[i] = work->block[i ^ 7];
    }
    wipe_search_add(search, key, WIPE_BLOCK_OF_ZERO, work->swapped, 16, 8);
    for (int times_doubled = 0; times_doubled < 3; times_doubled++) {
        wipe_search_add(search, key, WIPE_BLOCK_OF_ZERO, work->block, 16, 1);
        twice_block(work->block);
    }
}

static void add_aes(struct wipe_search *search, unsigned key, struct work *work,
                    const uint8_t *material, size_t length)
{
    size_t bytes = expand(work->keys, material, length / 4);
    wipe_search_add(search, key, WIPE_AES_KEYS, work->keys + length, bytes - length, 1);
    invert(work->inverse, work->keys, bytes);
    for (size_t i = 16; i < bytes - 16; i += 16) {
        wipe_search_add(search, key, WIPE_AES_INVERSE, work->inverse + i, 16, 1);
    }
    mbedtls_aes_init(&work->aes);
    memset(work->block, 0, 16);
    ck_assert_int_eq(mbedtls_aes_setkey_enc(&work->aes, material, 8 * (unsigned) length), 0);
    ck_assert_int_eq(mbedtls_aes_crypt_ecb(&work->aes, MBEDTLS_AES_ENCRYPT, work->block,
                                           work->block), 0);
    mbedtls_aes_free(&work->aes);
    add_block(search, key, work);
}

static void add_schedule(struct wipe_search *search, unsigned key, const void *data, size_t length)
{
    wipe_search_add(search, key, WIPE_SCHEDULE, data, length, 8);
}

static void add_des(struct wipe_search *search, unsigned key, struct work *work,
                    const uint8_t *material, size_t length)
{
    if (length == 8) {
        ck_assert_int_eq(mbedtls_des_setkey_enc(&work->des, material), 0);
        add_schedule(search, key, work->des.sk, sizeof work->des.sk);
    } else if (length == 16) {
        ck_assert_int_eq(mbedtls_des3_set2key_enc(&work->des3, material), 0);
        add_schedule(search, key, work->des3.sk, sizeof work->des3.sk);
    } else {
        ck_assert_int_eq(mbedtls_des3_set3key_enc(&work->des3, material), 0);
        add_schedule(search, key, work->des3.sk, sizeof work->des3.sk);
    }
}

static void add_camellia(struct wipe_search *search, unsigned key, struct work *work,
                         const uint8_t *material, size_t length)
{
    ck_assert_int_eq(mbedtls_camellia_setkey_enc(&work->camellia, material, 8 * (unsigned) length),
                     0);
    add_schedule(search, key, work->camellia.rk, sizeof work->camellia.rk);
    memset(work->block, 0, 16);
    ck_assert_int_eq(mbedtls_camellia_crypt_ecb(&work->camellia, MBEDTLS_CAMELLIA_ENCRYPT,
                                                work->block, work->block), 0);
    add_block(search, key, work);
}

#ifdef MBEDTLS_ARIA_C
static void add_aria(struct wipe_search *search, unsigned key, struct work *work,
                     const uint8_t *material, size_t length)
{
    ck_assert_int_eq(mbedtls_aria_setkey_enc(&work->aria, material, 8 * (unsigned) length), 0);
    add_schedule(search, key, work->aria.rk, sizeof work->aria.rk);
    memset(work->block, 0, 16);
    ck_assert_int_eq(mbedtls_aria_crypt_ecb(&work->aria, work->block, work->block), 0);
    add_block(search, key, work);
}
#endif

struct hash {
    psa_algorithm_t alg;
    mbedtls_md_type_t type;
    size_t block;
    size_t state;  /* offset of the state in the context of the hash */
    size_t length; /* of the state, in bytes */
};

#define STATE(context) offsetof(context, state), sizeof ((context *) NULL)->state

static const struct hash hashes[] = {
    { PSA_ALG_MD5, MBEDTLS_MD_MD5, 64, STATE(mbedtls_md5_context) },
    { PSA_ALG_RIPEMD160, MBEDTLS_MD_RIPEMD160, 64, STATE(mbedtls_ripemd160_context) },
    { PSA_ALG_SHA_1, MBEDTLS_MD_SHA1, 64, STATE(mbedtls_sha1_context) },
    { PSA_ALG_SHA_224, MBEDTLS_MD_SHA224, 64, STATE(mbedtls_sha256_context) },
    { PSA_ALG_SHA_256, MBEDTLS_MD_SHA256, 64, STATE(mbedtls_sha256_context) },
    { PSA_ALG_SHA_384, MBEDTLS_MD_SHA384, 128, STATE(mbedtls_sha512_context) },
    { PSA_ALG_SHA_512, MBEDTLS_MD_SHA512, 128, STATE(mbedtls_sha512_context) },
};

/* Adds the padded key (its first length bytes: the rest is no secret) and the state behind it. */
static void add_half(struct wipe_search *search, unsigned key, struct work *work,
                     const struct hash *hash, uint8_t pad, size_t length)
{
    mbedtls_md_context_t md;
    for (size_t i = 0; i < hash->block; i++) {
        work->padded[i] ^= pad;
    }
    wipe_search_add(search, key, WIPE_HMAC_KEY, work->padded, length, 1);
    mbedtls_md_init(&md);
    ck_assert_int_eq(mbedtls_md_setup(&md, mbedtls_md_info_from_type(hash->type), 0), 0);
    ck_assert_int_eq(mbedtls_md_starts(&md), 0);
    ck_assert_int_eq(mbedtls_md_update(&md, work->padded, hash->block), 0);
    wipe_search_add(search, key, WIPE_HMAC_STATES, (uint8_t *) md.md_ctx + hash->state,
                    hash->length, 1);
    mbedtls_md_free(&md);
}

static void add_hmac(struct wipe_search *search, unsigned key, struct work *work,
                     const struct hash *hash, const uint8_t *material, size_t length)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(hash->type);
    if (length > hash->block) {
        ck_assert_int_eq(mbedtls_md(info, material, length, work->hashed), 0);
        material = work->hashed;
        length = mbedtls_md_get_size(info);
        wipe_search_add(search, key, WIPE_HMAC_KEY, material, length, 1);
    }
    memset(work->padded, 0, sizeof work->padded);
    memcpy(work->padded, material, length);
    add_half(search, key, work, hash, 0x36, length);
    add_half(search, key, work, hash, 0x36 ^ 0x5c, length);
}

/* Its frames are what wipe_own_traces wipes after it. */
__attribute__((noinline))
static void add_forms(struct wipe_search *search, unsigned key, psa_key_type_t type,
                      psa_algorithm_t alg, const uint8_t *material, size_t length)
{
    struct work *work = calloc(1, sizeof *work);
    ck_assert_msg(work != NULL, "out of memory");
    wipe_search_add(search, key, WIPE_RAW, material, length, 1);
    if (type == PSA_KEY_TYPE_AES) {
        add_aes(search, key, work, material, length);
    } else if (type == PSA_KEY_TYPE_DES) {
        add_des(search, key, work, material, length);
    } else if (type == PSA_KEY_TYPE_CAMELLIA) {
        add_camellia(search, key, work, material, length);
#ifdef MBEDTLS_ARIA_C
    } else if (type == PSA_KEY_TYPE_ARIA) {
        add_aria(search, key, work, material, length);
#endif
    }
    for (size_t i = 0; type == PSA_KEY_TYPE_HMAC && i < sizeof hashes / sizeof hashes[0]; i++) {
        if (PSA_ALG_HMAC_GET_HASH(alg) == hashes[i].alg) {
            add_hmac(search, key, work, &hashes[i], material, length);
        }
    }
    explicit_bzero(work, sizeof *work);
    free(work);
}

void wipe_forms_add(struct wipe_search *search, unsigned key, const struct wipe_kind *kind,
                    const uint8_t *material, size_t length)
{
    if (wipe_is_asymmetric(kind)) {
        wipe_numbers_add(search, key, kind, material, length);
        return;
    }
    add_forms(search, key, kind->type, kind->alg, material, length);
    wipe_own_traces();
}
