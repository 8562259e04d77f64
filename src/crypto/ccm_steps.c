/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* CCM (NIST SP 800-38C, RFC 3610) in steps, from calls of the block cipher: 2.28 has CCM for whole
 * messages only. The message is enciphered in counter mode, with each byte as it comes; CBC-MAC
 * runs over the block that tells the lengths, the additional data and the plaintext, each padded
 * with zeros to whole blocks. */

#include "crypto/aead_steps.h"
#include "crypto/error.h"
#include "crypto/keyed.h"

#include <string.h>

#define BLOCK 16u
#define MAX_NONCE 13u
#define DATA_LIMIT 0xff00u /* from so many bytes on their number is written otherwise */

struct state {
    mbedtls_cipher_context_t cipher; /* ECB, encrypts */
    bool has_nonce;
    bool has_lengths;
    uint8_t nonce_length;
    uint8_t tag_length;
    uint8_t used;                    /* bytes in the present block of MAC and, with text, stream */
    size_t data_length;
    size_t text_length;
    uint8_t counter[BLOCK];          /* flags, nonce, number of the stream's block */
    uint8_t mac[BLOCK];
    uint8_t stream[BLOCK];
    uint8_t mask[BLOCK];             /* stream's block 0, which hides the tag */
};

static bool takes_tag(size_t length)
{
    return length >= 4 && length <= 16 && length % 2 == 0;
}

static bool takes_nonce(size_t length)
{
    return length >= 7 && length <= MAX_NONCE;
}

static bool takes_lengths(uint64_t data_length, uint64_t text_length)
{
    (void) text_length;
    return data_length < DATA_LIMIT;
}

static psa_status_t check_key(const struct ks_key *key)
{
    return ks_keyed_block(key) == BLOCK ? PSA_SUCCESS : PSA_ERROR_NOT_SUPPORTED;
}

static psa_status_t setup(void *opaque, const struct ks_key *key)
{
    struct state *state = opaque;

    return ks_keyed_setup(&state->cipher, key, MBEDTLS_MODE_ECB, MBEDTLS_ENCRYPT);
}

static void release(void *opaque)
{
    mbedtls_cipher_free(&((struct state *) opaque)->cipher);
}

static int encrypt(struct state *state, const uint8_t *input, uint8_t *output)
{
    size_t length = 0;

    return mbedtls_cipher_update(&state->cipher, input, BLOCK, output, &length);
}

/* Bytes that the number of bytes of text has, beside the nonce. */
static unsigned width(const struct state *state)
{
    return BLOCK - 1 - state->nonce_length;
}

/* The number, in the last bytes of a block. */
static void put_number(uint8_t *block, unsigned bytes, uint64_t number)
{
    for (unsigned i = 0; i < bytes; i++) {
        block[BLOCK - 1 - i] = (uint8_t) number;
        number >>= 8;
    }
}

static void next_counter(struct state *state)
{
    for (unsigned i = 0; i < width(state) && ++state->counter[BLOCK - 1 - i] == 0; i++)
        continue;
}

/* One byte into the MAC. */
static int mac_byte(struct state *state, uint8_t byte)
{
    state->mac[state->used++] ^= byte;
    if (state->used < BLOCK)
        return 0;
    state->used = 0;
    return encrypt(state, state->mac, state->mac);
}

static int mac_pad(struct state *state)
{
    if (state->used == 0)
        return 0;
    state->used = 0;
    return encrypt(state, state->mac, state->mac);
}

/* The first block of the MAC and of the stream, once nonce and lengths are both there. */
static psa_status_t begin(struct state *state)
{
    unsigned bytes = width(state);
    int ret = 0;

    if (!state->has_nonce || !state->has_lengths)
        return PSA_SUCCESS;
    if (bytes < sizeof state->text_length && state->text_length >> 8 * bytes != 0)
        return PSA_ERROR_INVALID_ARGUMENT;
    state->counter[0] = (uint8_t) (bytes - 1);
    memcpy(state->mac, state->counter, BLOCK);
    state->mac[0] = (uint8_t) ((state->data_length != 0) << 6
                               | (state->tag_length - 2) / 2 << 3 | (bytes - 1));
    put_number(state->mac, bytes, state->text_length);
    ret = encrypt(state, state->mac, state->mac);
    if (ret == 0)
        ret = encrypt(state, state->counter, state->mask);
    if (ret == 0 && state->data_length != 0) {
        state->mac[0] ^= (uint8_t) (state->data_length >> 8);
        state->mac[1] ^= (uint8_t) state->data_length;
        state->used = 2;
    }
    return ks_mbed_status(ret);
}

static psa_status_t nonce(void *opaque, bool encrypts, const uint8_t *bytes, size_t length)
{
    struct state *state = opaque;

    (void) encrypts;
    memcpy(state->counter + 1, bytes, length);
    state->nonce_length = (uint8_t) length;
    state->has_nonce = true;
    return begin(state);
}

static psa_status_t lengths(void *opaque, size_t data_length, size_t text_length, size_t tag_length)
{
    struct state *state = opaque;

    state->data_length = data_length;
    state->text_length = text_length;
    state->tag_length = (uint8_t) tag_length;
    state->has_lengths = true;
    return begin(state);
}

static psa_status_t data(void *opaque, const uint8_t *bytes, size_t length)
{
    struct state *state = opaque;
    int ret = 0;

    for (size_t i = 0; ret == 0 && i < length; i++)
        ret = mac_byte(state, bytes[i]);
    state->data_length -= length;
    if (ret == 0 && state->data_length == 0)
        ret = mac_pad(state);
    return ks_mbed_status(ret);
}

/* A part of the text that lies within one block. */
static int text_piece(struct state *state, bool encrypts, const uint8_t *input, size_t length,
                      uint8_t *output)
{
    unsigned at = state->used;
    int ret = 0;

    if (at == 0) {
        next_counter(state);
        ret = encrypt(state, state->counter, state->stream);
    }
    for (size_t i = 0; i < length; i++) {
        uint8_t in = input[i];
        uint8_t out = in ^ state->stream[at + i];

        state->mac[at + i] ^= encrypts ? in : out;
        output[i] = out;
    }
    state->used = (uint8_t) ((at + length) % BLOCK);
    if (ret == 0 && state->used == 0)
        ret = encrypt(state, state->mac, state->mac);
    return ret;
}

static psa_status_t text(void *opaque, bool encrypts, const uint8_t *input, size_t length,
                         struct ks_aead_output *output)
{
    struct state *state = opaque;
    int ret = 0;

    if (output->size < length)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    while (ret == 0 && output->used < length) {
        size_t room = BLOCK - state->used;
        size_t left = length - output->used;
        size_t piece = left < room ? left : room;

        ret = text_piece(state, encrypts, input + output->used, piece,
                         output->bytes + output->used);
        output->used += piece;
    }
    return ks_mbed_status(ret);
}

static psa_status_t finish(void *opaque, bool encrypts, struct ks_aead_output *output, uint8_t *tag,
                           size_t tag_length)
{
    struct state *state = opaque;
    int ret = mac_pad(state);

    (void) encrypts;
    (void) output;
    for (size_t i = 0; i < tag_length; i++)
        tag[i] = state->mac[i] ^ state->mask[i];
    return ks_mbed_status(ret);
}

const struct ks_aead_steps ks_ccm_steps = {
    .base = PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 0),
    .size = sizeof(struct state),
    .wants_lengths = true,
    .takes_tag = takes_tag,
    .takes_nonce = takes_nonce,
    .takes_lengths = takes_lengths,
    .check_key = check_key,
    .setup = setup,
    .nonce = nonce,
    .lengths = lengths,
    .data = data,
    .text = text,
    .finish = finish,
    .release = release,
};
