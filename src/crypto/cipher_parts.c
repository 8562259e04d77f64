/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/cipher_parts.h"
#include "crypto/cipher_mode.h"
#include "crypto/error.h"
#include "crypto/overlap.h"
#include "crypto/padding.h"
#include "crypto/random.h"

#include <stdlib.h>

/* The context of an operation. */
struct parts {
    const struct ks_cipher_mode *mode;
    bool decrypts;
    bool arc4;
    bool wants_iv; /* and has it not yet */
    uint8_t block;     /* bytes; 1 for a stream cipher */
    uint8_t iv_length;
    uint8_t used;      /* streams: bytes of the last block that are used up; others: bytes held */
    uint64_t total;    /* bytes so far, of a mode that has a limit */
    uint8_t held[KS_CIPHER_MAX_BLOCK]; /* input that is no whole block yet, or is kept back */
    _Alignas(16) union {
        mbedtls_cipher_context_t cipher;
        struct ks_mbed_arc4 arc4_state;
    } state;
};

static void release(void *context)
{
    struct parts *parts = context;

    if (!parts->arc4)
        mbedtls_cipher_free(&parts->state.cipher);
}

static const struct ks_operation_class class = { KS_CIPHER_KIND, release };

static psa_status_t setup(struct parts *parts, const struct ks_key *key)
{
    if (!parts->arc4)
        return ks_cipher_mode_setup(parts->mode, &parts->state.cipher, key, parts->decrypts);
    if (ks_cipher_mode_takes_arc4(parts->mode, key)
        && ks_mbed_arc4_start(&parts->state.arc4_state, key->material, key->length))
        return PSA_SUCCESS;
    return PSA_ERROR_NOT_SUPPORTED;
}

psa_status_t ks_cipher_open(struct ks_use *use, psa_algorithm_t alg, bool decrypts,
                            struct ks_place place)
{
    const struct ks_cipher_mode *mode = ks_cipher_mode_find(alg);
    struct ks_opening opening;
    struct parts *parts = NULL;
    psa_status_t status = PSA_ERROR_NOT_SUPPORTED;

    if (mode == NULL)
        return PSA_ERROR_NOT_SUPPORTED;
    status = ks_open_begin(&opening, use, &class, sizeof *parts);
    if (status != PSA_SUCCESS)
        return status;
    parts = opening.context;
    parts->mode = mode;
    parts->decrypts = decrypts;
    parts->arc4 = use->key->type == KS_KEY_TYPE_ARC4;
    parts->wants_iv = mode->mode != MBEDTLS_MODE_ECB && !parts->arc4;
    parts->block = (uint8_t) ks_keyed_block(use->key);
    parts->iv_length = PSA_CIPHER_IV_LENGTH(use->key->type, alg);
    ks_open_lock(use);
    status = setup(parts, use->key);
    ks_open_unlock(use);
    return ks_open_end(&opening, place, status);
}

psa_status_t ks_cipher_set_iv(void *context, const uint8_t *iv, size_t length)
{
    struct parts *parts = context;
    int ret = 0;

    if (!parts->wants_iv)
        return PSA_ERROR_BAD_STATE;
    if (length != parts->iv_length)
        return PSA_ERROR_INVALID_ARGUMENT;
    ret = ks_cipher_mode_start(parts->mode, &parts->state.cipher, iv, length);
    parts->wants_iv = false;
    ks_wipe_frames(KS_CIPHER_STACK);
    return ks_mbed_status(ret);
}

psa_status_t ks_cipher_generate_iv(void *context, struct ks_shard *shard, uint8_t *iv, size_t size,
                                   size_t *length)
{
    struct parts *parts = context;
    uint8_t own[KS_CIPHER_MAX_IV];
    psa_status_t status = PSA_ERROR_BAD_STATE;

    if (!parts->wants_iv)
        return PSA_ERROR_BAD_STATE;
    if (size < parts->iv_length)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    status = ks_random_generate(shard, own, parts->iv_length);
    if (status == PSA_SUCCESS)
        status = ks_cipher_set_iv(parts, own, parts->iv_length);
    if (status == PSA_SUCCESS) {
        memcpy(iv, own, parts->iv_length);
        *length = parts->iv_length;
    }
    return status;
}

/* --- streams: a byte of output for each of input --- */

static int stream_apart(struct parts *parts, const uint8_t *input, size_t length, uint8_t *output)
{
    if (length == 0)
        return 0;
    if (parts->arc4)
        return ks_mbed_arc4_update(&parts->state.arc4_state, length, input, output);
    parts->used = (uint8_t) ((parts->used + length) % parts->block);
    return ks_cipher_mode_update(parts->mode, &parts->state.cipher, parts->block, input, length,
                                 output);
}

/* A piece within one block, in place, which Mbed TLS does not do. */
static int stream_piece(struct parts *parts, uint8_t *text, size_t length)
{
    uint8_t piece[KS_CIPHER_MAX_BLOCK];
    int ret = 0;

    if (length != 0) /* of ARC4 and the like there is none */
        memcpy(piece, text, length);
    ret = stream_apart(parts, piece, length, text);
    ks_wipe(piece, sizeof piece);
    return ret;
}

/* In place: what completes a block begun before, whole blocks, the rest. */
static int stream_in_place(struct parts *parts, uint8_t *text, size_t length)
{
    size_t head = parts->used == 0 ? 0 : parts->block - (size_t) parts->used;
    size_t whole = 0;
    int ret = 0;

    if (head > length)
        head = length;
    whole = (length - head) / parts->block * parts->block;
    ret = stream_piece(parts, text, head);
    if (ret == 0)
        ret = stream_apart(parts, text + head, whole, text + head);
    if (ret == 0)
        ret = stream_piece(parts, text + head + whole, length - head - whole);
    return ret;
}

static psa_status_t update_stream(struct parts *parts, const uint8_t *input, size_t length,
                                  uint8_t *output, size_t size, size_t *output_length)
{
    int ret = 0;

    if (size < length)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    if (parts->mode->alg == KS_ALG_CCM_STAR_NO_TAG) {
        if (length > KS_CCM_STAR_MAX_BLOCKS * KS_CIPHER_MAX_BLOCK - parts->total)
            return PSA_ERROR_INVALID_ARGUMENT;
        parts->total += length;
    }
    input = ks_overlap_input(input, length, output);
    if (input == output)
        ret = stream_in_place(parts, output, length);
    else
        ret = stream_apart(parts, input, length, output);
    *output_length = length;
    return ks_mbed_status(ret);
}

/* --- modes of blocks --- */

static int crypt_blocks(struct parts *parts, const uint8_t *input, size_t length, uint8_t *output)
{
    if (length == 0)
        return 0;
    return ks_cipher_mode_update(parts->mode, &parts->state.cipher, parts->block, input, length,
                                 output);
}

/* Bytes that come out once length more have gone in. */
static size_t ready(const struct parts *parts, size_t length)
{
    size_t whole = (parts->used + length) / parts->block * parts->block;
    bool keeps = parts->mode->shape == KS_CIPHER_PADDED && parts->decrypts;

    return keeps && whole != 0 && whole == parts->used + length ? whole - parts->block : whole;
}

/* Takes some input into what is held; gives how much. */
static size_t hold(struct parts *parts, const uint8_t *input, size_t length)
{
    size_t room = (size_t) (parts->block - parts->used);
    size_t taken = length < room ? length : room;

    if (taken != 0)
        memcpy(parts->held + parts->used, input, taken);
    parts->used = (uint8_t) (parts->used + taken);
    return taken;
}

/* Writes the blocks that are ready, of which there are out bytes. */
static int pass_blocks(struct parts *parts, const uint8_t *input, size_t length, uint8_t *output,
                       size_t out)
{
    size_t taken = 0;
    int ret = 0;

    if (out != 0 && parts->used != 0) {
        taken = hold(parts, input, length);
        ret = crypt_blocks(parts, parts->held, parts->block, output);
        parts->used = 0;
        output += parts->block;
        out -= parts->block;
    }
    if (ret == 0)
        ret = crypt_blocks(parts, input + taken, out, output);
    (void) hold(parts, input + taken + out, length - taken - out);
    return ret;
}

/* The same from a copy: the output runs ahead of the input, on top of it. */
static KS_COLD psa_status_t pass_copy(struct parts *parts, const uint8_t *input, size_t length,
                                      uint8_t *output, size_t out)
{
    uint8_t *copy = malloc(length);
    int ret = 0;

    if (copy == NULL)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    memcpy(copy, input, length);
    ret = pass_blocks(parts, copy, length, output, out);
    ks_wipe(copy, length);
    free(copy);
    return ks_mbed_status(ret);
}

static psa_status_t update_blocks(struct parts *parts, const uint8_t *input, size_t length,
                                  uint8_t *output, size_t size, size_t *output_length)
{
    size_t out = ready(parts, length);

    if (length > SIZE_MAX - KS_CIPHER_MAX_BLOCK)
        return PSA_ERROR_INVALID_ARGUMENT;
    if (size < out) /* Mbed TLS counts the block that is kept back too, against its own macro */
        return PSA_ERROR_BUFFER_TOO_SMALL;
    if (length == 0)
        return PSA_SUCCESS;
    *output_length = out;
    if (ks_likely(!ks_overlap(input, length, output, out)
                  || (input == output && parts->used == 0)))
        return ks_mbed_status(pass_blocks(parts, input, length, output, out));
    return pass_copy(parts, input, length, output, out);
}

psa_status_t ks_cipher_update(void *context, const uint8_t *input, size_t length, uint8_t *output,
                              size_t size, size_t *output_length)
{
    struct parts *parts = context;
    size_t written = 0;
    psa_status_t status = PSA_ERROR_BAD_STATE;

    if (parts->wants_iv)
        return PSA_ERROR_BAD_STATE;
    if (parts->mode->shape == KS_CIPHER_STREAM)
        status = update_stream(parts, input, length, output, size, &written);
    else
        status = update_blocks(parts, input, length, output, size, &written);
    ks_wipe_frames(KS_CIPHER_STACK);
    if (status == PSA_SUCCESS)
        *output_length = written;
    return status;
}

/* --- the end --- */

static psa_status_t finish_padded(struct parts *parts, uint8_t *output, size_t size,
                                  size_t *output_length)
{
    int ret = 0;

    if (size < parts->block)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    ks_padding_add(parts->held, parts->used, parts->block);
    ret = crypt_blocks(parts, parts->held, parts->block, output);
    *output_length = parts->block;
    return ks_mbed_status(ret);
}

/* Whether a < b, for the last block's sizes, without a branch. */
static uint32_t less(uint32_t a, uint32_t b)
{
    uint32_t is = (a - b) >> 31;

    __asm__("" : "+r"(is));
    return is;
}

/* As much of the block as there is room for is written, its padding as zeros, so that nothing but
 * the status and the length, which the caller gets, depends on the padding. */
static psa_status_t finish_unpadded(struct parts *parts, uint8_t *output, size_t size,
                                    size_t *output_length)
{
    uint8_t block[KS_CIPHER_MAX_BLOCK];
    size_t room = size < parts->block ? size : parts->block;
    psa_status_t status = PSA_ERROR_INVALID_ARGUMENT;
    size_t text = 0;
    uint32_t short_of_room = 0;

    if (parts->used != parts->block)
        return PSA_ERROR_INVALID_ARGUMENT;
    status = ks_mbed_status(crypt_blocks(parts, parts->held, parts->block, block));
    if (status == PSA_SUCCESS) {
        status = ks_padding_remove(block, parts->block, parts->block, &text);
        short_of_room = less((uint32_t) room, (uint32_t) text);
        status |= (psa_status_t) ((0 - short_of_room) & (uint32_t) PSA_ERROR_BUFFER_TOO_SMALL);
        if (room != 0)
            memcpy(output, block, room);
        *output_length = text & ((size_t) short_of_room - 1);
    }
    ks_wipe(block, sizeof block);
    return status;
}

psa_status_t ks_cipher_finish(void *context, uint8_t *output, size_t size, size_t *output_length)
{
    struct parts *parts = context;
    psa_status_t status = PSA_SUCCESS;

    if (parts->wants_iv)
        return PSA_ERROR_BAD_STATE;
    *output_length = 0;
    if (parts->mode->shape == KS_CIPHER_WHOLE && parts->used != 0)
        status = PSA_ERROR_INVALID_ARGUMENT;
    else if (parts->mode->shape == KS_CIPHER_PADDED && parts->decrypts)
        status = finish_unpadded(parts, output, size, output_length);
    else if (parts->mode->shape == KS_CIPHER_PADDED)
        status = finish_padded(parts, output, size, output_length);
    ks_wipe_frames(KS_CIPHER_STACK);
    return status;
}
