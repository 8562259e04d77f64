/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/aead.h"
#include "crypto/error.h"
#include "crypto/keyed.h"
#include "crypto/overlap.h"

#include <stdlib.h>

#define MAX_TAG 16
#define CHACHAPOLY_NONCE 12
#define AEAD_BLOCK 16 /* bytes of a block, of ciphers that GCM and CCM are defined for */

/* A message to be worked on: the caller's, after whatever overlaps was moved out of the way. */
struct job {
    void *context;
    struct ks_aead_input input; /* text: without the tag */
    uint8_t *output;
    uint8_t *tag; /* to write, or to compare with */
    size_t tag_length;
};

/* What differs from one algorithm to another. Constant. */
struct kind {
    psa_algorithm_t base; /* with a tag length of 0 */
    psa_status_t (*check_nonce)(size_t length);
    psa_status_t (*check_key)(const struct ks_key *key, size_t tag_length);
    bool (*has_tag)(size_t length);
    int (*encrypt)(const struct job *job);
    int (*decrypt)(const struct job *job);
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

static bool has_tag_gcm(size_t length)
{
    return length >= 4 && length <= MAX_TAG;
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

static int encrypt_gcm(const struct job *job)
{
    const struct ks_aead_input *in = &job->input;

    return mbedtls_gcm_crypt_and_tag(job->context, MBEDTLS_GCM_ENCRYPT, in->text_length, in->nonce,
                                     in->nonce_length, in->data, in->data_length, in->text,
                                     job->output, job->tag_length, job->tag);
}

static int decrypt_gcm(const struct job *job)
{
    const struct ks_aead_input *in = &job->input;

    return mbedtls_gcm_auth_decrypt(job->context, in->text_length, in->nonce, in->nonce_length,
                                    in->data, in->data_length, job->tag, job->tag_length, in->text,
                                    job->output);
}

/* CCM */

static psa_status_t check_nonce_ccm(size_t length)
{
    return length >= 7 && length <= 13 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

static bool has_tag_ccm(size_t length)
{
    return length >= 4 && length <= MAX_TAG && length % 2 == 0;
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

static int encrypt_ccm(const struct job *job)
{
    const struct ks_aead_input *in = &job->input;

    return mbedtls_ccm_encrypt_and_tag(job->context, in->text_length, in->nonce, in->nonce_length,
                                       in->data, in->data_length, in->text, job->output, job->tag,
                                       job->tag_length);
}

static int decrypt_ccm(const struct job *job)
{
    const struct ks_aead_input *in = &job->input;

    return mbedtls_ccm_auth_decrypt(job->context, in->text_length, in->nonce, in->nonce_length,
                                    in->data, in->data_length, in->text, job->output, job->tag,
                                    job->tag_length);
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

static bool has_tag_chachapoly(size_t length)
{
    return length == MAX_TAG;
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

static int encrypt_chachapoly(const struct job *job)
{
    const struct ks_aead_input *in = &job->input;

    return mbedtls_chachapoly_encrypt_and_tag(job->context, in->text_length, in->nonce, in->data,
                                              in->data_length, in->text, job->output, job->tag);
}

static int decrypt_chachapoly(const struct job *job)
{
    const struct ks_aead_input *in = &job->input;

    return mbedtls_chachapoly_auth_decrypt(job->context, in->text_length, in->nonce, in->data,
                                           in->data_length, job->tag, in->text, job->output);
}

static const struct kind kinds[] = {
    {
        .base = PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 0),
        .check_nonce = check_nonce_gcm,
        .check_key = check_key_block,
        .has_tag = has_tag_gcm,
        .encrypt = encrypt_gcm,
        .decrypt = decrypt_gcm,
        .class = { sizeof(mbedtls_gcm_context), KS_MBED_CIPHER_HEAP, prepare_gcm, release_gcm },
    },
    {
        .base = PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CHACHA20_POLY1305, 0),
        .check_nonce = check_nonce_chachapoly,
        .check_key = check_key_chachapoly,
        .has_tag = has_tag_chachapoly,
        .encrypt = encrypt_chachapoly,
        .decrypt = decrypt_chachapoly,
        .class = { sizeof(mbedtls_chachapoly_context), 0, prepare_chachapoly, release_chachapoly },
    },
    {
        .base = PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 0),
        .check_nonce = check_nonce_ccm,
        .check_key = check_key_block,
        .has_tag = has_tag_ccm,
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

/* Checks what does not depend on the text; *kind becomes the algorithm's. */
static psa_status_t check(const struct kind **kind, const struct ks_key *key, psa_algorithm_t alg,
                          size_t nonce_length)
{
    psa_status_t status = PSA_ERROR_NOT_SUPPORTED;

    *kind = find_kind(alg);
    if (*kind == NULL)
        return PSA_ERROR_NOT_SUPPORTED;
    status = (*kind)->check_nonce(nonce_length);
    if (status == PSA_SUCCESS)
        status = (*kind)->check_key(key, PSA_ALG_AEAD_GET_TAG_LENGTH(alg));
    return status;
}

/* Gets the prepared context, once the lengths of output and text are known to be right. */
static psa_status_t begin(struct job *job, struct ks_use *use, const struct kind *kind)
{
    if (!kind->has_tag(job->tag_length))
        return PSA_ERROR_INVALID_ARGUMENT;
    return ks_use_context(use, &kind->class, 0, &job->context);
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
static psa_status_t disentangle(struct job *job, struct copies *copies, size_t length)
{
    struct ks_aead_input *in = &job->input;
    psa_status_t status = PSA_SUCCESS;

    if (ks_unlikely(ks_overlap(in->nonce, in->nonce_length, job->output, length)
                    || ks_overlap(in->data, in->data_length, job->output, length)))
        status = make_copies(copies, in);
    if (status == PSA_SUCCESS)
        in->text = ks_overlap_input(in->text, in->text_length, job->output);
    return status;
}

psa_status_t ks_aead_encrypt(struct ks_use *use, psa_algorithm_t alg,
                             const struct ks_aead_input *input, uint8_t *output,
                             size_t output_size, size_t *output_length)
{
    struct job job = { .input = *input, .output = output };
    struct copies copies = { NULL, 0 };
    const struct kind *kind = NULL;
    psa_status_t status = check(&kind, use->key, alg, input->nonce_length);

    if (status != PSA_SUCCESS)
        return status;
    job.tag_length = PSA_ALG_AEAD_GET_TAG_LENGTH(alg);
    if (output_size < job.tag_length || output_size - job.tag_length < input->text_length)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    job.tag = output + input->text_length;
    status = begin(&job, use, kind);
    if (status == PSA_SUCCESS)
        status = disentangle(&job, &copies, input->text_length + job.tag_length);
    if (status != PSA_SUCCESS)
        return status;
    status = ks_mbed_status(kind->encrypt(&job));
    drop_copies(&copies);
    if (status == PSA_SUCCESS)
        *output_length = input->text_length + job.tag_length;
    return status;
}

psa_status_t ks_aead_decrypt(struct ks_use *use, psa_algorithm_t alg,
                             const struct ks_aead_input *input, uint8_t *output,
                             size_t output_size, size_t *output_length)
{
    uint8_t tag[MAX_TAG];
    struct job job = { .input = *input, .output = output, .tag = tag };
    struct copies copies = { NULL, 0 };
    const struct kind *kind = NULL;
    psa_status_t status = check(&kind, use->key, alg, input->nonce_length);

    if (status != PSA_SUCCESS)
        return status;
    job.tag_length = PSA_ALG_AEAD_GET_TAG_LENGTH(alg);
    if (input->text_length < job.tag_length)
        return PSA_ERROR_INVALID_ARGUMENT;
    job.input.text_length -= job.tag_length;
    if (output_size < job.input.text_length)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    status = begin(&job, use, kind);
    if (status != PSA_SUCCESS)
        return status;
    memcpy(tag, input->text + job.input.text_length, job.tag_length); /* the output may cover it */
    status = disentangle(&job, &copies, job.input.text_length);
    if (status != PSA_SUCCESS)
        return status;
    status = ks_mbed_status(kind->decrypt(&job));
    drop_copies(&copies);
    if (status == PSA_SUCCESS)
        *output_length = job.input.text_length;
    return status;
}
