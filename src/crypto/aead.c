/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/aead.h"
#include "crypto/error.h"
#include "crypto/keyed.h"
#include "crypto/overlap.h"

#include <stdlib.h>

#define MAX_TAG 16
#define CHACHAPOLY_NONCE 12
#define CCM_MAX_DATA 0xff00 /* bytes of additional data from which on CCM writes the length otherwise */
#define AEAD_BLOCK 16 /* bytes of a block, of ciphers that GCM and CCM are defined for */

/* Bytes of stack that an operation of Mbed TLS does not exceed (measured: up to 664, on x86-64 with both
 * versions), to be wiped after each. GCM's multiplication leaves the hash key there, with which tags can
 * be forged, and Poly1305 its key. */
#define STACK 896

/* What differs from one algorithm to another. Constant. To encrypt and decrypt, the text is without its
 * tag and nothing overlaps, but the text may be where the output goes. */
struct kind {
    psa_algorithm_t base; /* with a tag length of 0 */
    psa_status_t (*check_nonce)(size_t length);
    psa_status_t (*check_key)(const struct ks_key *key, size_t tag_length);
    bool (*takes)(const struct ks_aead_input *in, size_t tag_length); /* its limits of lengths */
    int (*encrypt)(void *context, const struct ks_aead_input *in, uint8_t *output, uint8_t *tag,
                   size_t tag_length);
    int (*decrypt)(void *context, const struct ks_aead_input *in, uint8_t *output,
                   const uint8_t *tag, size_t tag_length);
    struct ks_record_class class;
};

static psa_status_t check_key_block(const struct ks_key *key, size_t tag_length)
{
    (void) tag_length;
    return ks_keyed_block(key) == AEAD_BLOCK ? PSA_SUCCESS : PSA_ERROR_NOT_SUPPORTED;
}

static int status_of(int ret)
{
    ks_wipe_stack();
    return ks_mbed_status(ret);
}

/* GCM */

static psa_status_t check_nonce_gcm(size_t length)
{
    return length != 0 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

static bool takes_gcm(const struct ks_aead_input *in, size_t tag_length)
{
    (void) in;
    return tag_length >= 4 && tag_length <= MAX_TAG;
}

static KS_NOINLINE int make_gcm(mbedtls_gcm_context *gcm, const struct ks_key *key)
{
    int ret = 0;

    mbedtls_gcm_init(gcm);
    ret = mbedtls_gcm_setkey(gcm, ks_keyed_id(key), key->material, key->length * 8u);
    if (ret != 0)
        mbedtls_gcm_free(gcm);
    return ret;
}

static int prepare_gcm(void *body, const struct ks_object *object, uint32_t variant)
{
    (void) variant;
    return status_of(make_gcm(body, (const struct ks_key *) object));
}

static void release_gcm(void *body)
{
    mbedtls_gcm_free(body);
}

static int encrypt_gcm(void *context, const struct ks_aead_input *in, uint8_t *output,
                       uint8_t *tag, size_t tag_length)
{
    return mbedtls_gcm_crypt_and_tag(context, MBEDTLS_GCM_ENCRYPT, in->text_length, in->nonce,
                                     in->nonce_length, in->data, in->data_length, in->text, output,
                                     tag_length, tag);
}

static int decrypt_gcm(void *context, const struct ks_aead_input *in, uint8_t *output,
                       const uint8_t *tag, size_t tag_length)
{
    return mbedtls_gcm_auth_decrypt(context, in->text_length, in->nonce, in->nonce_length, in->data,
                                    in->data_length, tag, tag_length, in->text, output);
}

/* CCM */

static psa_status_t check_nonce_ccm(size_t length)
{
    return length >= 7 && length <= 13 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

/* Nothing beyond its limits may reach Mbed TLS 3.6: that leaves the context refusing all that follows. */
static bool takes_ccm(const struct ks_aead_input *in, size_t tag_length)
{
    size_t counter_bits = 8 * (AEAD_BLOCK - 1 - in->nonce_length);

    return tag_length >= 4 && tag_length <= MAX_TAG && tag_length % 2 == 0
           && in->data_length < CCM_MAX_DATA
           && (counter_bits >= 8 * sizeof in->text_length || in->text_length >> counter_bits == 0);
}

static KS_NOINLINE int make_ccm(mbedtls_ccm_context *ccm, const struct ks_key *key)
{
    int ret = 0;

    mbedtls_ccm_init(ccm);
    ret = mbedtls_ccm_setkey(ccm, ks_keyed_id(key), key->material, key->length * 8u);
    if (ret != 0)
        mbedtls_ccm_free(ccm);
    return ret;
}

static int prepare_ccm(void *body, const struct ks_object *object, uint32_t variant)
{
    (void) variant;
    return status_of(make_ccm(body, (const struct ks_key *) object));
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
    return key->type == PSA_KEY_TYPE_CHACHA20 && tag_length == MAX_TAG ? PSA_SUCCESS
                                                                       : PSA_ERROR_NOT_SUPPORTED;
}

static bool takes_chachapoly(const struct ks_aead_input *in, size_t tag_length)
{
    (void) in;
    return tag_length == MAX_TAG;
}

static KS_NOINLINE int make_chachapoly(mbedtls_chachapoly_context *chachapoly,
                                       const struct ks_key *key)
{
    mbedtls_chachapoly_init(chachapoly);
    return mbedtls_chachapoly_setkey(chachapoly, key->material);
}

static int prepare_chachapoly(void *body, const struct ks_object *object, uint32_t variant)
{
    (void) variant;
    return status_of(make_chachapoly(body, (const struct ks_key *) object));
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

static const struct kind kinds[] = {
    {
        .base = PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 0),
        .check_nonce = check_nonce_gcm,
        .check_key = check_key_block,
        .takes = takes_gcm,
        .encrypt = encrypt_gcm,
        .decrypt = decrypt_gcm,
        .class = { sizeof(mbedtls_gcm_context), KS_MBED_CIPHER_HEAP, prepare_gcm, release_gcm },
    },
    {
        .base = PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CHACHA20_POLY1305, 0),
        .check_nonce = check_nonce_chachapoly,
        .check_key = check_key_chachapoly,
        .takes = takes_chachapoly,
        .encrypt = encrypt_chachapoly,
        .decrypt = decrypt_chachapoly,
        .class = { sizeof(mbedtls_chachapoly_context), 0, prepare_chachapoly, release_chachapoly },
    },
    {
        .base = PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 0),
        .check_nonce = check_nonce_ccm,
        .check_key = check_key_block,
        .takes = takes_ccm,
        .encrypt = encrypt_ccm,
        .decrypt = decrypt_ccm,
        .class = { sizeof(mbedtls_ccm_context), KS_MBED_CIPHER_HEAP, prepare_ccm, release_ccm },
    },
};

static const struct kind *find_kind(psa_algorithm_t alg)
{
    psa_algorithm_t base = alg & ~PSA_ALG_AEAD_TAG_LENGTH_MASK;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].base == base)
            return &kinds[i];
    return NULL;
}

/* Checks what does not depend on the text. kind may be NULL. */
static psa_status_t check(const struct kind *kind, const struct ks_key *key, size_t nonce_length,
                          size_t tag_length)
{
    psa_status_t status = PSA_ERROR_NOT_SUPPORTED;

    if (kind == NULL)
        return PSA_ERROR_NOT_SUPPORTED;
    status = kind->check_nonce(nonce_length);
    if (status == PSA_SUCCESS)
        status = kind->check_key(key, tag_length);
    return status;
}

/* Copies of nonce and additional data, where the output would overwrite them before they are read. */
struct copies {
    uint8_t *memory;
    size_t size;
};

static KS_COLD psa_status_t make_copies(struct copies *copies, struct ks_aead_input *input)
{
    size_t size = input->nonce_length + input->data_length;
    uint8_t *memory = size >= input->nonce_length ? malloc(size) : NULL;

    if (memory == NULL)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    memcpy(memory, input->nonce, input->nonce_length);
    if (input->data_length != 0)
        memcpy(memory + input->nonce_length, input->data, input->data_length);
    input->nonce = memory;
    input->data = memory + input->nonce_length;
    copies->memory = memory;
    copies->size = size;
    return PSA_SUCCESS;
}

static void drop_copies(struct copies *copies)
{
    if (ks_unlikely(copies->memory != NULL)) {
        ks_wipe(copies->memory, copies->size);
        free(copies->memory);
    }
}

/* Sees to it that the output, of which length bytes are written, can be written while the input is
 * read. Nothing is written unless it succeeds. */
static psa_status_t disentangle(struct copies *copies, struct ks_aead_input *input, uint8_t *output,
                                size_t length)
{
    psa_status_t status = PSA_SUCCESS;

    if (ks_unlikely(ks_overlap(input->nonce, input->nonce_length, output, length)
                    || ks_overlap(input->data, input->data_length, output, length)))
        status = make_copies(copies, input);
    if (status == PSA_SUCCESS)
        input->text = ks_overlap_input(input->text, input->text_length, output);
    return status;
}

psa_status_t ks_aead_encrypt(struct ks_use *use, psa_algorithm_t alg, struct ks_aead_input *input,
                             uint8_t *output, size_t output_size, size_t *output_length)
{
    const struct kind *kind = find_kind(alg);
    size_t tag_length = PSA_ALG_AEAD_GET_TAG_LENGTH(alg);
    struct copies copies = { NULL, 0 };
    void *context = NULL;
    psa_status_t status = check(kind, use->key, input->nonce_length, tag_length);

    if (status != PSA_SUCCESS)
        return status;
    if (output_size < tag_length || output_size - tag_length < input->text_length)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    if (!kind->takes(input, tag_length))
        return PSA_ERROR_INVALID_ARGUMENT;
    status = ks_use_context(use, &kind->class, 0, &context);
    if (status == PSA_SUCCESS)
        status = disentangle(&copies, input, output, input->text_length + tag_length);
    if (status != PSA_SUCCESS)
        return status;
    status = ks_mbed_status(kind->encrypt(context, input, output, output + input->text_length,
                                          tag_length));
    ks_wipe_frames(STACK);
    drop_copies(&copies);
    if (status == PSA_SUCCESS)
        *output_length = input->text_length + tag_length;
    return status;
}

psa_status_t ks_aead_decrypt(struct ks_use *use, psa_algorithm_t alg, struct ks_aead_input *input,
                             uint8_t *output, size_t output_size, size_t *output_length)
{
    const struct kind *kind = find_kind(alg);
    size_t tag_length = PSA_ALG_AEAD_GET_TAG_LENGTH(alg);
    struct copies copies = { NULL, 0 };
    uint8_t tag[MAX_TAG];
    void *context = NULL;
    psa_status_t status = check(kind, use->key, input->nonce_length, tag_length);

    if (status != PSA_SUCCESS)
        return status;
    if (input->text_length < tag_length)
        return PSA_ERROR_INVALID_ARGUMENT;
    input->text_length -= tag_length;
    if (output_size < input->text_length)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    if (!kind->takes(input, tag_length))
        return PSA_ERROR_INVALID_ARGUMENT;
    status = ks_use_context(use, &kind->class, 0, &context);
    if (status != PSA_SUCCESS)
        return status;
    memcpy(tag, input->text + input->text_length, tag_length); /* the output may cover it */
    status = disentangle(&copies, input, output, input->text_length);
    if (status != PSA_SUCCESS)
        return status;
    status = ks_mbed_status(kind->decrypt(context, input, output, tag, tag_length));
    ks_wipe_frames(STACK);
    drop_copies(&copies);
    if (status == PSA_SUCCESS)
        *output_length = input->text_length;
    return status;
}
