/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/aead_kind.h"
#include "crypto/error.h"
#include "crypto/keyed.h"

#include <limits.h>

#define BLOCK 16 /* bytes of a block, of ciphers that GCM and CCM are defined for */
#define CHACHAPOLY_NONCE 12
#define CCM_NONCE_LEAST 7
#define CCM_NONCE_MOST 13
#define CCM_DATA_LIMIT 0xff00 /* from so many bytes on CCM would write the length otherwise */

static psa_status_t check_key_block(const struct ks_key *key, size_t tag_length)
{
    (void) tag_length;
    return ks_keyed_block(key) == BLOCK ? PSA_SUCCESS : PSA_ERROR_NOT_SUPPORTED;
}

/* GCM */

/* Lowers the stack by 16 or 32 bytes, so that bit 4 of its pointer is that of place, whatever the
 * caller's and this frame's sizes are. What is still pushed at the call are its arguments, as many
 * everywhere. The size, which is rounded up to 16, is hidden from the compiler: a constant one
 * would become a part of the frame. */
#if defined(__x86_64__)
#define LOWER_STACK(size) __builtin_alloca_with_align(size, 16 * CHAR_BIT)
#define PLACE_STACK(place)                             \
    do {                                               \
        size_t size = 1;                               \
        __asm__ volatile("" : "+r"(size));             \
        volatile char *low = LOWER_STACK(size);        \
        if ((((uintptr_t) low ^ (place)) & 16) != 0)   \
            low = LOWER_STACK(size);                   \
        __asm__ volatile("" : : "r"(low));             \
    } while (0)
#else
#define PLACE_STACK(place) (void) (place)
#endif

static psa_status_t check_nonce_gcm(size_t length)
{
    return length != 0 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

static bool takes_gcm(const struct ks_aead_input *in, size_t tag_length)
{
    (void) in;
    return tag_length >= 4 && tag_length <= KS_AEAD_MAX_TAG;
}

static int prepare_gcm(void *body, const struct ks_object *object, uint32_t variant)
{
    const struct ks_key *key = (const struct ks_key *) object;
    int ret = 0;

    (void) variant;
    mbedtls_gcm_init(body);
    ret = mbedtls_gcm_setkey(body, ks_keyed_id(key), key->material, key->length * 8u);
    if (ret != 0)
        mbedtls_gcm_free(body);
    return ks_mbed_status(ret);
}

static void release_gcm(void *body)
{
    mbedtls_gcm_free(body);
}

static int encrypt_gcm(void *context, const struct ks_aead_input *in, uint8_t *output,
                       uint8_t *tag, size_t tag_length)
{
    PLACE_STACK(KS_MBED_GCM_ENCRYPT_PLACE);
    return mbedtls_gcm_crypt_and_tag(context, MBEDTLS_GCM_ENCRYPT, in->text_length, in->nonce,
                                     in->nonce_length, in->data, in->data_length, in->text, output,
                                     tag_length, tag);
}

static int decrypt_gcm(void *context, const struct ks_aead_input *in, uint8_t *output,
                       const uint8_t *tag, size_t tag_length)
{
    PLACE_STACK(KS_MBED_GCM_DECRYPT_PLACE);
    return mbedtls_gcm_auth_decrypt(context, in->text_length, in->nonce, in->nonce_length, in->data,
                                    in->data_length, tag, tag_length, in->text, output);
}

/* CCM */

static psa_status_t check_nonce_ccm(size_t length)
{
    return length >= CCM_NONCE_LEAST && length <= CCM_NONCE_MOST ? PSA_SUCCESS
                                                             : PSA_ERROR_INVALID_ARGUMENT;
}

/* Nothing beyond its limits may reach Mbed TLS 3.6: that leaves the context refusing all that
 * follows. */
static bool takes_ccm(const struct ks_aead_input *in, size_t tag_length)
{
    size_t counter_bits = 8 * (BLOCK - 1 - in->nonce_length);

    return tag_length >= 4 && tag_length <= KS_AEAD_MAX_TAG && tag_length % 2 == 0
           && in->data_length < CCM_DATA_LIMIT
           && (counter_bits >= 8 * sizeof in->text_length || in->text_length >> counter_bits == 0);
}

static int prepare_ccm(void *body, const struct ks_object *object, uint32_t variant)
{
    const struct ks_key *key = (const struct ks_key *) object;
    int ret = 0;

    (void) variant;
    mbedtls_ccm_init(body);
    ret = mbedtls_ccm_setkey(body, ks_keyed_id(key), key->material, key->length * 8u);
    if (ret != 0)
        mbedtls_ccm_free(body);
    return ks_mbed_status(ret);
}

static void release_ccm(void *body)
{
    mbedtls_ccm_free(body);
}

static int encrypt_ccm(void *context, const struct ks_aead_input *in, uint8_t *output,
                       uint8_t *tag, size_t tag_length)
{
    return mbedtls_ccm_encrypt_and_tag(context, in->text_length, in->nonce, in->nonce_length,
                                   in->data, in->data_length, in->text, output, tag,
                                   tag_length);
}

static int decrypt_ccm(void *context, const struct ks_aead_input *in, uint8_t *output,
                       const uint8_t *tag, size_t tag_length)
{
    return mbedtls_ccm_auth_decrypt(context, in->text_length, in->nonce, in->nonce_length, in->data,
                                in->data_length, in->text, output, tag, tag_length);
}

/* ChaCha20-Poly1305 */

static psa_status_t check_nonce_chachapoly(size_t length)
{
    if (length == 8) /* of the original ChaCha20, which the PSA API allows and Mbed TLS has not */
        return PSA_ERROR_NOT_SUPPORTED;
    return length == CHACHAPOLY_NONCE ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

/* Here Mbed TLS takes a tag of another length for another algorithm. */
static psa_status_t check_key_chachapoly(const struct ks_key *key, size_t tag_length)
{
    return key->type == PSA_KEY_TYPE_CHACHA20 && tag_length == KS_AEAD_MAX_TAG ? PSA_SUCCESS
                                                                       : PSA_ERROR_NOT_SUPPORTED;
}

static bool takes_chachapoly(const struct ks_aead_input *in, size_t tag_length)
{
    (void) in;
    return tag_length == KS_AEAD_MAX_TAG;
}

static int prepare_chachapoly(void *body, const struct ks_object *object, uint32_t variant)
{
    const struct ks_key *key = (const struct ks_key *) object;

    (void) variant;
    mbedtls_chachapoly_init(body);
    return ks_mbed_status(mbedtls_chachapoly_setkey(body, key->material));
}

static void release_chachapoly(void *body)
{
    mbedtls_chachapoly_free(body);
}

static int encrypt_chachapoly(void *context, const struct ks_aead_input *in, uint8_t *output,
                              uint8_t *tag, size_t tag_length)
{
    (void) tag_length;
    return mbedtls_chachapoly_encrypt_and_tag(context, in->text_length, in->nonce, in->data,
                                          in->data_length, in->text, output, tag);
}

static int decrypt_chachapoly(void *context, const struct ks_aead_input *in, uint8_t *output,
                              const uint8_t *tag, size_t tag_length)
{
    (void) tag_length;
    return mbedtls_chachapoly_auth_decrypt(context, in->text_length, in->nonce, in->data,
                                       in->data_length, tag, in->text, output);
}

#define BIT(n) (UINT64_C(1) << (n))

/* Bits from n on, as many as there are. */
#define FROM(n) (~UINT64_C(0) << (n))

/* Longer than any buffer, and with a tag still no overflow. */
#define NO_BUFFER (SIZE_MAX / 2)

const struct ks_aead_kind ks_aead_kinds[KS_AEAD_KINDS] = {
    {
        .class = {
            .size = sizeof(mbedtls_gcm_context),
            .extra = KS_MBED_CIPHER_HEAP,
            .prepare = prepare_gcm,
            .release = release_gcm,
            .stack = KS_KEYED_STACK,
        },
        .base = PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 0),
        .usual = {
            .nonces = FROM(1),
            .data = NO_BUFFER, /* Mbed TLS knows the limits */
            .text = NO_BUFFER,
        },
        .check_nonce = check_nonce_gcm,
        .check_key = check_key_block,
        .takes = takes_gcm,
        .encrypt = encrypt_gcm,
        .decrypt = decrypt_gcm,
        .encrypt_stack = KS_AEAD_STACK_GCM_ENCRYPT,
        .decrypt_stack = KS_AEAD_STACK_GCM_DECRYPT,
    },
    {
        .class = {
            .size = sizeof(mbedtls_chachapoly_context),
            .prepare = prepare_chachapoly,
            .release = release_chachapoly,
            .stack = KS_KEYED_STACK,
        },
        .base = PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CHACHA20_POLY1305, 0),
        .usual = {
            .nonces = BIT(CHACHAPOLY_NONCE),
            .data = NO_BUFFER,
            .text = NO_BUFFER,
        },
        .check_nonce = check_nonce_chachapoly,
        .check_key = check_key_chachapoly,
        .takes = takes_chachapoly,
        .encrypt = encrypt_chachapoly,
        .decrypt = decrypt_chachapoly,
        .encrypt_stack = KS_AEAD_STACK,
        .decrypt_stack = KS_AEAD_STACK,
    },
    {
        .class = {
            .size = sizeof(mbedtls_ccm_context),
            .extra = KS_MBED_CIPHER_HEAP,
            .prepare = prepare_ccm,
            .release = release_ccm,
            .stack = KS_KEYED_STACK,
        },
        .base = PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 0),
        .usual = {
            .nonces = FROM(CCM_NONCE_LEAST) & ~FROM(CCM_NONCE_MOST + 1),
            .data = CCM_DATA_LIMIT - 1,
            /* With the longest nonce. */
            .text = ((size_t) 1 << 8 * (BLOCK - 1 - CCM_NONCE_MOST)) - 1,
        },
        .check_nonce = check_nonce_ccm,
        .check_key = check_key_block,
        .takes = takes_ccm,
        .encrypt = encrypt_ccm,
        .decrypt = decrypt_ccm,
        .encrypt_stack = KS_AEAD_STACK,
        .decrypt_stack = KS_AEAD_STACK,
    },
};

const struct ks_aead_kind *ks_aead_kind(psa_algorithm_t alg)
{
    psa_algorithm_t base = alg & ~PSA_ALG_AEAD_TAG_LENGTH_MASK;

    for (size_t i = 0; i < KS_AEAD_KINDS; i++)
        if (ks_aead_kinds[i].base == base)
            return &ks_aead_kinds[i];
    return NULL;
}
