/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/aead_parts.h"
#include "crypto/aead_kind.h"
#include "crypto/aead_steps.h"
#include "crypto/overlap.h"
#include "crypto/random.h"

#include <stdlib.h>

/* The context of an operation; the state of its algorithm follows. */
struct parts {
    const struct ks_aead_steps *steps;
    uint8_t tag_length;
    uint8_t nonce_length; /* of a generated nonce */
    bool encrypts;
    bool has_nonce;
    bool has_lengths;
    bool data_begun;
    bool text_begun;
    size_t data_left;     /* of the lengths promised */
    size_t text_left;
    _Alignas(16) uint8_t state[];
};

static const struct ks_aead_steps *const algorithms[] = { &ks_gcm_steps, &ks_ccm_steps,
                                                          &ks_chachapoly_steps };

static const struct ks_aead_steps *find(psa_algorithm_t alg)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (algorithms[i]->base == (alg & ~PSA_ALG_AEAD_TAG_LENGTH_MASK))
            return algorithms[i];
    return NULL;
}

static void release(void *context)
{
    struct parts *parts = context;

    if (parts->steps != NULL)
        parts->steps->release(parts->state);
}

static const struct ks_operation_class class = { KS_AEAD_KIND, release };

static psa_status_t check(const struct ks_aead_steps *steps, const struct ks_key *key,
                          size_t tag_length)
{
    if (steps == NULL)
        return PSA_ERROR_NOT_SUPPORTED;
    if (!steps->takes_tag(tag_length))
        return PSA_ERROR_INVALID_ARGUMENT;
    return steps->check_key(key);
}

psa_status_t ks_aead_open(struct ks_use *use, psa_algorithm_t alg, bool encrypts,
                          struct ks_place place)
{
    const struct ks_aead_steps *steps = find(alg);
    size_t tag_length = PSA_ALG_AEAD_GET_TAG_LENGTH(alg);
    struct ks_opening opening;
    struct parts *parts = NULL;
    psa_status_t status = check(steps, use->key, tag_length);

    if (status != PSA_SUCCESS)
        return status;
    status = ks_open_begin(&opening, use, &class, sizeof *parts + steps->size);
    if (status != PSA_SUCCESS)
        return status;
    parts = opening.context;
    ks_open_lock(use);
    status = steps->setup(parts->state, use->key);
    if (status == PSA_SUCCESS)
        parts->steps = steps; /* a fork from here on leaves a child what it can take apart */
    ks_open_unlock(use);
    parts->tag_length = (uint8_t) tag_length;
    parts->nonce_length = PSA_AEAD_NONCE_LENGTH(use->key->type, alg);
    parts->encrypts = encrypts;
    return ks_open_end(&opening, place, status);
}

psa_status_t ks_aead_set_nonce(void *context, const uint8_t *nonce, size_t length)
{
    struct parts *parts = context;
    psa_status_t status = PSA_ERROR_BAD_STATE;

    if (parts->has_nonce)
        return PSA_ERROR_BAD_STATE;
    if (!parts->steps->takes_nonce(length))
        return PSA_ERROR_INVALID_ARGUMENT;
    parts->has_nonce = true;
    status = parts->steps->nonce(parts->state, parts->encrypts, nonce, length);
    ks_wipe_frames(KS_AEAD_STACK);
    return status;
}

psa_status_t ks_aead_generate_nonce(void *context, struct ks_shard *shard, uint8_t *nonce,
                                    size_t size, size_t *length)
{
    struct parts *parts = context;
    uint8_t own[PSA_AEAD_NONCE_MAX_SIZE];
    psa_status_t status = PSA_ERROR_BAD_STATE;

    if (parts->has_nonce || !parts->encrypts)
        return PSA_ERROR_BAD_STATE;
    if (size < parts->nonce_length)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    status = ks_random_generate(shard, own, parts->nonce_length);
    if (status == PSA_SUCCESS)
        status = ks_aead_set_nonce(parts, own, parts->nonce_length);
    if (status == PSA_SUCCESS) {
        memcpy(nonce, own, parts->nonce_length);
        *length = parts->nonce_length;
    }
    return status;
}

psa_status_t ks_aead_set_lengths(void *context, size_t data_length, size_t text_length)
{
    struct parts *parts = context;
    psa_status_t status = PSA_SUCCESS;

    if (parts->has_lengths || parts->data_begun || parts->text_begun)
        return PSA_ERROR_BAD_STATE;
    if (!parts->steps->takes_lengths(data_length, text_length))
        return PSA_ERROR_INVALID_ARGUMENT;
    if (parts->steps->lengths != NULL)
        status = parts->steps->lengths(parts->state, data_length, text_length, parts->tag_length);
    ks_wipe_frames(KS_AEAD_STACK);
    parts->has_lengths = true;
    parts->data_left = data_length;
    parts->text_left = text_length;
    return status;
}

psa_status_t ks_aead_update_data(void *context, const uint8_t *data, size_t length)
{
    struct parts *parts = context;
    psa_status_t status = PSA_ERROR_BAD_STATE;

    if (!parts->has_nonce || parts->text_begun)
        return PSA_ERROR_BAD_STATE;
    parts->data_begun = true;
    if (length == 0)
        return PSA_SUCCESS;
    if (parts->has_lengths && parts->data_left < length)
        return PSA_ERROR_INVALID_ARGUMENT;
    if (!parts->has_lengths && parts->steps->wants_lengths)
        return PSA_ERROR_BAD_STATE;
    parts->data_left -= length; /* means nothing where no lengths were promised */
    status = parts->steps->data(parts->state, data, length);
    ks_wipe_frames(KS_AEAD_STACK);
    return status;
}

/* Whether text of that length may come now. */
static psa_status_t check_text(struct parts *parts, size_t length)
{
    if (!parts->has_nonce)
        return PSA_ERROR_BAD_STATE;
    if (parts->has_lengths && (parts->data_left != 0 || parts->text_left < length))
        return PSA_ERROR_INVALID_ARGUMENT;
    if (!parts->has_lengths && parts->steps->wants_lengths)
        return PSA_ERROR_BAD_STATE;
    parts->text_left -= length;
    parts->text_begun = true;
    return PSA_SUCCESS;
}

/* From a copy of the input, where the output would run ahead of the input on top of it. */
static KS_COLD psa_status_t text_copy(struct parts *parts, const uint8_t *input, size_t length,
                                      struct ks_aead_output *output)
{
    uint8_t *copy = malloc(length);
    psa_status_t status = PSA_ERROR_INSUFFICIENT_MEMORY;

    if (copy == NULL)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    memcpy(copy, input, length);
    status = parts->steps->text(parts->state, parts->encrypts, copy, length, output);
    ks_wipe(copy, length);
    free(copy);
    return status;
}

/* A step that does not shift writes only if there is room for all of the input, so the input may be
 * moved to the output then. */
static psa_status_t text(struct parts *parts, const uint8_t *input, size_t length,
                         struct ks_aead_output *output)
{
    const struct ks_aead_steps *steps = parts->steps;

    if (ks_unlikely(ks_overlap(input, length, output->bytes, output->size) && steps->shifts
                    && (input != output->bytes || steps->held(parts->state) != 0)))
        return text_copy(parts, input, length, output);
    if (!steps->shifts && output->size >= length)
        input = ks_overlap_input(input, length, output->bytes);
    return steps->text(parts->state, parts->encrypts, input, length, output);
}

psa_status_t ks_aead_update(void *context, const uint8_t *input, size_t length, uint8_t *output,
                            size_t size, size_t *output_length)
{
    struct parts *parts = context;
    struct ks_aead_output place = { output, size, 0 };
    psa_status_t status = check_text(parts, length);

    if (status == PSA_SUCCESS) {
        status = text(parts, input, length, &place);
        ks_wipe_frames(KS_AEAD_STACK);
    }
    if (status == PSA_SUCCESS)
        *output_length = place.used;
    return status;
}

/* Whether the message may end now. */
static psa_status_t check_end(const struct parts *parts, bool encrypts)
{
    if (!parts->has_nonce || (!parts->has_lengths && parts->steps->wants_lengths))
        return PSA_ERROR_BAD_STATE;
    if (parts->has_lengths && (parts->data_left != 0 || parts->text_left != 0))
        return PSA_ERROR_INVALID_ARGUMENT;
    return parts->encrypts == encrypts ? PSA_SUCCESS : PSA_ERROR_BAD_STATE;
}

psa_status_t ks_aead_finish(void *context, uint8_t *output, size_t size, size_t *output_length,
                            uint8_t *tag, size_t tag_size, size_t *tag_length)
{
    struct parts *parts = context;
    struct ks_aead_output place = { output, size, 0 };
    uint8_t own[KS_AEAD_MAX_TAG];
    psa_status_t status = check_end(parts, true);

    if (status != PSA_SUCCESS)
        return status;
    if (tag_size < parts->tag_length)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    status = parts->steps->finish(parts->state, true, &place, own, parts->tag_length);
    ks_wipe_frames(KS_AEAD_STACK);
    if (status == PSA_SUCCESS) {
        memcpy(tag, own, parts->tag_length);
        *tag_length = parts->tag_length;
        *output_length = place.used;
    }
    ks_wipe(own, sizeof own);
    return status;
}

psa_status_t ks_aead_check(void *context, uint8_t *output, size_t size, size_t *output_length,
                           const uint8_t *tag, size_t tag_length)
{
    struct parts *parts = context;
    uint8_t rest[KS_AEAD_MAX_TAG]; /* a block: the tag that was given may lie in the output */
    struct ks_aead_output place = { rest, size < sizeof rest ? size : sizeof rest, 0 };
    uint8_t own[KS_AEAD_MAX_TAG];
    psa_status_t status = check_end(parts, false);

    if (status != PSA_SUCCESS)
        return status;
    status = parts->steps->finish(parts->state, false, &place, own, parts->tag_length);
    ks_wipe_frames(KS_AEAD_STACK);
    if (status == PSA_SUCCESS
        && (tag_length != parts->tag_length || !ks_equal(tag, own, tag_length)))
        status = PSA_ERROR_INVALID_SIGNATURE;
    if (status == PSA_SUCCESS) {
        if (place.used != 0)
            memcpy(output, rest, place.used);
        *output_length = place.used;
    }
    ks_wipe(own, sizeof own);
    ks_wipe(rest, sizeof rest);
    return status;
}
