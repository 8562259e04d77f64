/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/aead.h"
#include "crypto/aead_kind.h"
#include "crypto/error.h"
#include "crypto/overlap.h"

#include <stdlib.h>

/* Checks what does not depend on the text. kind may be NULL. */
static psa_status_t check(const struct ks_aead_kind *kind, const struct ks_key *key,
                          size_t nonce_length, size_t tag_length)
{
    psa_status_t status = PSA_ERROR_NOT_SUPPORTED;

    if (kind == NULL)
        return PSA_ERROR_NOT_SUPPORTED;
    status = kind->check_nonce(nonce_length);
    if (status == PSA_SUCCESS)
        status = kind->check_key(key, tag_length);
    return status;
}

/* Copies of nonce and additional data, where the output would overwrite them before they are
 * read. */
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

/* The context of the key in use, if the use was begun by it, and nothing is unusual about the call:
 * then key and length of the tag have been found fit before, the other lengths are allowed, and the
 * output can be written while the input is read. NULL else. length: of the output. */
static inline void *usual(struct ks_use *use, const struct ks_aead_input *input,
                          const uint8_t *output, size_t length, const struct ks_aead_kind **kind)
{
    const struct ks_record_class *class = NULL;
    void *context = ks_use_kept(use, &class);

    if (ks_unlikely(context == NULL) || ks_unlikely(!ks_aead_is_class(class)))
        return NULL;
    *kind = (const struct ks_aead_kind *) class;
    if (ks_unlikely(!ks_aead_usual(&(*kind)->usual, input)) ||
        ks_unlikely(ks_overlap_maybe(input->nonce, input->nonce_length, output, length)) ||
        ks_unlikely(ks_overlap_maybe(input->data, input->data_length, output, length)) ||
        ks_unlikely(input->text != output &&
                    ks_overlap_maybe(input->text, input->text_length, output, length)))
        return NULL;
    return context;
}

static inline psa_status_t run_encrypt(const struct ks_aead_kind *kind, void *context,
                                       const struct ks_aead_input *input, uint8_t *output,
                                       size_t tag_length, size_t *output_length)
{
    int ret = kind->encrypt(context, input, output, output + input->text_length, tag_length);

    ks_wipe_frames(kind->encrypt_stack);
    if (ks_unlikely(ret != 0))
        return ks_mbed_status(ret);
    *output_length = input->text_length + tag_length;
    return PSA_SUCCESS;
}

/* The whole of ks_aead_encrypt. */
static KS_NOINLINE psa_status_t encrypt(struct ks_use *use, psa_algorithm_t alg,
                                        struct ks_aead_input *input, uint8_t *output,
                                        size_t output_size, size_t *output_length)
{
    const struct ks_aead_kind *kind = ks_aead_kind(alg);
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
    status = ks_use_context(use, &kind->class, alg, &context);
    if (status == PSA_SUCCESS)
        status = disentangle(&copies, input, output, input->text_length + tag_length);
    if (status != PSA_SUCCESS)
        return status;
    status = run_encrypt(kind, context, input, output, tag_length, output_length);
    drop_copies(&copies);
    return status;
}

psa_status_t ks_aead_encrypt(struct ks_use *use, psa_algorithm_t alg, struct ks_aead_input *input,
                             uint8_t *output, size_t output_size, size_t *output_length)
{
    const struct ks_aead_kind *kind = NULL;
    size_t tag_length = PSA_ALG_AEAD_GET_TAG_LENGTH(alg);
    size_t length = input->text_length + tag_length;
    void *context = usual(use, input, output, length, &kind);

    if (ks_unlikely(context == NULL) || ks_unlikely(length > output_size))
        return encrypt(use, alg, input, output, output_size, output_length);
    return run_encrypt(kind, context, input, output, tag_length, output_length);
}

/* The text is without its tag. */
static inline psa_status_t run_decrypt(const struct ks_aead_kind *kind, void *context,
                                       const struct ks_aead_input *input, uint8_t *output,
                                       const uint8_t *tag, size_t tag_length,
                                       size_t *output_length)
{
    int ret = kind->decrypt(context, input, output, tag, tag_length);

    ks_wipe_frames(kind->decrypt_stack);
    if (ks_unlikely(ret != 0))
        return ks_mbed_status(ret);
    *output_length = input->text_length;
    return PSA_SUCCESS;
}

/* The whole of ks_aead_decrypt. */
static KS_NOINLINE psa_status_t decrypt(struct ks_use *use, psa_algorithm_t alg,
                                        struct ks_aead_input *input, uint8_t *output,
                                        size_t output_size, size_t *output_length)
{
    const struct ks_aead_kind *kind = ks_aead_kind(alg);
    size_t tag_length = PSA_ALG_AEAD_GET_TAG_LENGTH(alg);
    struct copies copies = { NULL, 0 };
    uint8_t tag[KS_AEAD_MAX_TAG];
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
    status = ks_use_context(use, &kind->class, alg, &context);
    if (status != PSA_SUCCESS)
        return status;
    memcpy(tag, input->text + input->text_length, tag_length); /* the output may cover it */
    status = disentangle(&copies, input, output, input->text_length);
    if (status != PSA_SUCCESS)
        return status;
    status = run_decrypt(kind, context, input, output, tag, tag_length, output_length);
    drop_copies(&copies);
    return status;
}

psa_status_t ks_aead_decrypt(struct ks_use *use, psa_algorithm_t alg, struct ks_aead_input *input,
                             uint8_t *output, size_t output_size, size_t *output_length)
{
    const struct ks_aead_kind *kind = NULL;
    size_t tag_length = PSA_ALG_AEAD_GET_TAG_LENGTH(alg);
    size_t length = input->text_length - tag_length;
    void *context = usual(use, input, output, length, &kind);

    if (ks_unlikely(context == NULL) || ks_unlikely(input->text_length < tag_length) ||
        ks_unlikely(length > output_size))
        return decrypt(use, alg, input, output, output_size, output_length);
    input->text_length = length;
    /* The output is not over the tag: it is where the text is, or apart from both. */
    return run_decrypt(kind, context, input, output, input->text + length, tag_length,
                       output_length);
}
