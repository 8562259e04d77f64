/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* GCM in steps. Where Mbed TLS takes any pieces (KS_MBED_GCM_PARTS) they are passed on. Where it
 * wants the additional data when it starts, nonce and data are kept until the text begins; where it
 * wants whole blocks, up to 15 bytes of text are. */

#include "crypto/aead_steps.h"
#include "crypto/error.h"
#include "crypto/keyed.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 16u
#define TEXT_LIMIT UINT64_C(0xfffffffe0) /* NIST SP 800-38D, 5.2.1.1 */

struct state {
    mbedtls_gcm_context gcm;
    bool encrypts;
    bool started;         /* Mbed TLS has nonce and data */
    uint8_t used;         /* bytes held */
    uint8_t held[BLOCK];  /* text that is no whole block yet */
    uint8_t *kept;        /* nonce and data, on the heap; or NULL */
    size_t kept_size;
    size_t kept_length;
    size_t nonce_length;
};

static bool takes_tag(size_t length)
{
    return length == 4 || length == 8 || (length >= 12 && length <= 16);
}

static bool takes_nonce(size_t length)
{
    return length != 0;
}

static bool takes_lengths(uint64_t data_length, uint64_t text_length)
{
    return data_length >> 61 == 0 && text_length <= TEXT_LIMIT;
}

static psa_status_t check_key(const struct ks_key *key)
{
    return ks_keyed_block(key) == BLOCK ? PSA_SUCCESS : PSA_ERROR_NOT_SUPPORTED;
}

static psa_status_t setup(void *opaque, const struct ks_key *key)
{
    struct state *state = opaque;
    int ret = 0;

    mbedtls_gcm_init(&state->gcm);
    ret = mbedtls_gcm_setkey(&state->gcm, ks_keyed_id(key), key->material, key->length * 8u);
    if (ret != 0)
        mbedtls_gcm_free(&state->gcm);
    return ks_mbed_status(ret);
}

static void drop_kept(struct state *state)
{
    uint8_t *kept = state->kept;

    if (kept != NULL) {
        state->kept = NULL;
        ks_wipe(kept, state->kept_size);
        free(kept);
    }
}

static void release(void *opaque)
{
    struct state *state = opaque;

    mbedtls_gcm_free(&state->gcm);
    drop_kept(state);
}

/* Makes room for length more bytes, and for as many again as there are. */
static psa_status_t grow_kept(struct state *state, size_t length)
{
    size_t size = state->kept_length * 2 + length + BLOCK;
    uint8_t *kept = NULL;

    if (length > SIZE_MAX / 4 || state->kept_length > SIZE_MAX / 8)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    kept = malloc(size);
    if (kept == NULL)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    if (state->kept_length != 0)
        memcpy(kept, state->kept, state->kept_length);
    drop_kept(state);
    state->kept_size = size;
    state->kept = kept;
    return PSA_SUCCESS;
}

static psa_status_t keep(struct state *state, const uint8_t *bytes, size_t length)
{
    psa_status_t status = PSA_SUCCESS;

    if (state->kept_size - state->kept_length < length)
        status = grow_kept(state, length);
    if (status == PSA_SUCCESS && length != 0) {
        memcpy(state->kept + state->kept_length, bytes, length);
        state->kept_length += length;
    }
    return status;
}

static int mode_of(const struct state *state)
{
    return state->encrypts ? MBEDTLS_GCM_ENCRYPT : MBEDTLS_GCM_DECRYPT;
}

static psa_status_t nonce(void *opaque, bool encrypts, const uint8_t *bytes, size_t length)
{
    struct state *state = opaque;

    state->encrypts = encrypts;
    state->nonce_length = length;
    if (!KS_MBED_GCM_PARTS)
        return keep(state, bytes, length);
    state->started = true;
    return ks_mbed_status(ks_mbed_gcm_start(&state->gcm, mode_of(state), bytes, length, NULL, 0));
}

static psa_status_t data(void *opaque, const uint8_t *bytes, size_t length)
{
    struct state *state = opaque;

    if (!KS_MBED_GCM_PARTS)
        return keep(state, bytes, length);
    return ks_mbed_status(ks_mbed_gcm_data(&state->gcm, bytes, length));
}

/* The text begins, or the message ends. */
static psa_status_t start(struct state *state)
{
    int ret = 0;

    if (state->started)
        return PSA_SUCCESS;
    ret = ks_mbed_gcm_start(&state->gcm, mode_of(state), state->kept, state->nonce_length,
                            state->kept + state->nonce_length,
                            state->kept_length - state->nonce_length);
    drop_kept(state);
    state->started = true;
    return ks_mbed_status(ret);
}

static size_t held(const void *opaque)
{
    return ((const struct state *) opaque)->used;
}

static psa_status_t pass(struct state *state, const uint8_t *input, size_t length,
                         struct ks_aead_output *output)
{
    int ret = 0;

    if (length == 0)
        return PSA_SUCCESS;
    ret = ks_mbed_gcm_text(&state->gcm, input, length, output->bytes + output->used);
    output->used += length;
    return ks_mbed_status(ret);
}

static size_t hold(struct state *state, const uint8_t *input, size_t length)
{
    size_t room = BLOCK - state->used;
    size_t taken = length < room ? length : room;

    memcpy(state->held + state->used, input, taken);
    state->used = (uint8_t) (state->used + taken);
    return taken;
}

/* Whole blocks, of what was held and what comes. */
static psa_status_t pass_blocks(struct state *state, const uint8_t *input, size_t length,
                                struct ks_aead_output *output)
{
    size_t taken = 0;
    size_t whole = 0;
    psa_status_t status = PSA_SUCCESS;

    if (state->used != 0) {
        taken = hold(state, input, length);
        if (state->used == BLOCK) {
            status = pass(state, state->held, BLOCK, output);
            state->used = 0;
        }
    }
    whole = (length - taken) / BLOCK * BLOCK;
    if (status == PSA_SUCCESS)
        status = pass(state, input + taken, whole, output);
    (void) hold(state, input + taken + whole, length - taken - whole);
    return status;
}

static psa_status_t text(void *opaque, bool encrypts, const uint8_t *input, size_t length,
                         struct ks_aead_output *output)
{
    struct state *state = opaque;
    size_t out = KS_MBED_GCM_PARTS ? length : (state->used + length) / BLOCK * BLOCK;
    psa_status_t status = PSA_SUCCESS;

    (void) encrypts;
    if (output->size < out)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    status = start(state);
    if (status != PSA_SUCCESS || length == 0)
        return status;
    if (KS_MBED_GCM_PARTS)
        return pass(state, input, length, output);
    return pass_blocks(state, input, length, output);
}

static psa_status_t finish(void *opaque, bool encrypts, struct ks_aead_output *output, uint8_t *tag,
                           size_t tag_length)
{
    struct state *state = opaque;
    psa_status_t status = PSA_SUCCESS;

    (void) encrypts;
    if (output->size < state->used)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    status = start(state);
    if (status == PSA_SUCCESS)
        status = pass(state, state->held, state->used, output);
    if (status == PSA_SUCCESS)
        status = ks_mbed_status(ks_mbed_gcm_finish(&state->gcm, tag, tag_length));
    return status;
}

const struct ks_aead_steps ks_gcm_steps = {
    .base = PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 0),
    .size = sizeof(struct state),
    .shifts = !KS_MBED_GCM_PARTS,
    .takes_tag = takes_tag,
    .takes_nonce = takes_nonce,
    .takes_lengths = takes_lengths,
    .check_key = check_key,
    .setup = setup,
    .nonce = nonce,
    .data = data,
    .held = held,
    .text = text,
    .finish = finish,
    .release = release,
};
