/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/cipher.h"
#include "crypto/cipher_mode.h"
#include "crypto/error.h"
#include "crypto/overlap.h"
#include "crypto/padding.h"
#include "crypto/random.h"

/* A record's variant: the algorithm, and this bit, which no cipher algorithm uses, for
 * decryption. */
#define DECRYPTS UINT32_C(1)

static int prepare(void *body, const struct ks_object *object, uint32_t variant)
{
    const struct ks_cipher_mode *mode = ks_cipher_mode_find(variant & ~DECRYPTS);

    return ks_cipher_mode_setup(mode, body, (const struct ks_key *) object, variant & DECRYPTS);
}

static void release(void *body)
{
    mbedtls_cipher_free(body);
}

static const struct ks_record_class cipher_class = {
    .size = sizeof(mbedtls_cipher_context_t),
    .extra = KS_MBED_CIPHER_HEAP,
    .prepare = prepare,
    .release = release,
    .stack = KS_KEYED_STACK,
};

static int prepare_arc4(void *body, const struct ks_object *object, uint32_t variant)
{
    const struct ks_key *key = (const struct ks_key *) object;
    bool started = ks_cipher_mode_takes_arc4(ks_cipher_mode_find(variant & ~DECRYPTS), key)
                   && ks_mbed_arc4_start(body, key->material, key->length);

    return started ? PSA_SUCCESS : PSA_ERROR_NOT_SUPPORTED;
}

static const struct ks_record_class arc4_class = {
    .size = sizeof(struct ks_mbed_arc4),
    .prepare = prepare_arc4, /* flat */
    .stack = KS_KEYED_STACK,
};

/* A message to be worked on. */
struct job {
    const struct ks_cipher_mode *mode;
    bool arc4;
    void *context;
    size_t block;       /* bytes; 1 for a stream cipher */
    uint8_t iv[KS_CIPHER_MAX_IV]; /* as the PSA API has it */
    size_t iv_length;
};

/* Gets the prepared context. */
static psa_status_t begin(struct job *job, struct ks_use *use, psa_algorithm_t alg, bool decrypts)
{
    const struct ks_record_class *class = &cipher_class;
    uint32_t variant = 0;

    job->mode = ks_cipher_mode_find(alg);
    job->block = ks_keyed_block(use->key);
    job->arc4 = use->key->type == KS_KEY_TYPE_ARC4;
    if (job->mode == NULL)
        return PSA_ERROR_NOT_SUPPORTED;
    variant = job->mode->prepared | (decrypts && job->mode->directed ? DECRYPTS : 0);
    if (job->arc4)
        class = &arc4_class;
    return ks_use_context(use, class, variant, &job->context);
}

static int update(struct job *job, const uint8_t *input, size_t length, uint8_t *output)
{
    return ks_cipher_mode_update(job->mode, job->context, job->block, input, length, output);
}

/* The part of a stream that is not a whole block. Mbed TLS does not do it in place. */
static int update_tail(struct job *job, const uint8_t *input, size_t length, uint8_t *output)
{
    uint8_t block[KS_CIPHER_MAX_BLOCK];
    int ret = update(job, input, length, block);

    if (ret == 0)
        memcpy(output, block, length);
    ks_wipe(block, sizeof block);
    return ret;
}

/* The last block, with its padding. */
static int update_padded(struct job *job, const uint8_t *input, size_t length, uint8_t *output)
{
    uint8_t block[KS_CIPHER_MAX_BLOCK];
    int ret = 0;

    if (length != 0)
        memcpy(block, input, length);
    ks_padding_add(block, length, job->block);
    ret = update(job, block, job->block, output);
    ks_wipe(block, sizeof block);
    return ret;
}

/* Works through a message; its length fits the mode, the output has room. pads: this adds a
 * padding. */
static psa_status_t run(struct job *job, bool pads, const uint8_t *input, size_t length,
                        uint8_t *output)
{
    size_t tail = length % job->block;
    int ret = 0;

    if (job->mode->alg == KS_ALG_CCM_STAR_NO_TAG && length > KS_CCM_STAR_MAX_BLOCKS * job->block)
        return PSA_ERROR_INVALID_ARGUMENT;
    input = ks_overlap_input(input, length, output);
    if (input != output && !pads)
        tail = 0;
    if (job->arc4)
        ret = ks_mbed_arc4_crypt(job->context, length, input, output);
    else
        ret = ks_cipher_mode_start(job->mode, job->context, job->iv, job->iv_length);
    if (ret == 0 && !job->arc4)
        ret = update(job, input, length - tail, output);
    if (ret == 0 && pads)
        ret = update_padded(job, input + length - tail, tail, output + length - tail);
    else if (ret == 0 && tail != 0)
        ret = update_tail(job, input + length - tail, tail, output + length - tail);
    ks_wipe_frames(KS_CIPHER_STACK);
    return ks_mbed_status(ret);
}

/* The rules for lengths, in the order in which Mbed TLS finds breaches of them. */
static psa_status_t check_room(const struct job *job, bool pads, size_t length, size_t room)
{
    size_t whole = length - length % job->block;

    if (room < (job->mode->shape == KS_CIPHER_STREAM ? length : whole))
        return PSA_ERROR_BUFFER_TOO_SMALL;
    if (pads)
        return room - whole < job->block ? PSA_ERROR_BUFFER_TOO_SMALL : PSA_SUCCESS;
    if (job->mode->shape != KS_CIPHER_STREAM && whole != length)
        return PSA_ERROR_INVALID_ARGUMENT;
    return PSA_SUCCESS;
}

psa_status_t ks_cipher_encrypt(struct ks_use *use, psa_algorithm_t alg, const uint8_t *input,
                               size_t input_length, uint8_t *output, size_t output_size,
                               size_t *output_length)
{
    struct job job = { .iv_length = PSA_CIPHER_IV_LENGTH(use->key->type, alg) };
    psa_status_t status = PSA_ERROR_GENERIC_ERROR;
    bool pads = false;
    size_t length = input_length;

    *output_length = 0;
    if (output_size < job.iv_length)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    status = begin(&job, use, alg, false);
    if (status != PSA_SUCCESS)
        return status;
    pads = job.mode->shape == KS_CIPHER_PADDED;
    status = check_room(&job, pads, input_length, output_size - job.iv_length);
    if (status == PSA_SUCCESS && job.iv_length != 0)
        status = ks_random_generate(use->shard, job.iv, job.iv_length);
    if (status == PSA_SUCCESS)
        status = run(&job, pads, input, input_length, output + job.iv_length);
    if (status != PSA_SUCCESS)
        return status;
    if (job.iv_length != 0)
        memcpy(output, job.iv, job.iv_length); /* only now: the input may have been there */
    if (pads)
        length += job.block - length % job.block;
    *output_length = job.iv_length + length;
    return PSA_SUCCESS;
}

psa_status_t ks_cipher_decrypt(struct ks_use *use, psa_algorithm_t alg, const uint8_t *input,
                               size_t input_length, uint8_t *output, size_t output_size,
                               size_t *output_length)
{
    struct job job = { .iv_length = PSA_CIPHER_IV_LENGTH(use->key->type, alg) };
    size_t length = input_length - job.iv_length;
    psa_status_t status = PSA_ERROR_GENERIC_ERROR;

    *output_length = 0;
    if (input_length < job.iv_length)
        return PSA_ERROR_INVALID_ARGUMENT;
    status = begin(&job, use, alg, true);
    if (status != PSA_SUCCESS)
        return status;
    status = check_room(&job, false, length, output_size);
    if (status == PSA_SUCCESS && job.mode->shape == KS_CIPHER_PADDED && length == 0)
        status = PSA_ERROR_INVALID_ARGUMENT;
    if (status != PSA_SUCCESS)
        return status;
    if (job.iv_length != 0)
        memcpy(job.iv, input, job.iv_length); /* first: the output may cover it */
    status = run(&job, false, input + job.iv_length, length, output);
    if (status != PSA_SUCCESS)
        return status;
    *output_length = length;
    if (job.mode->shape == KS_CIPHER_PADDED)
        status = ks_padding_remove(output, length, job.block, output_length);
    return status;
}
