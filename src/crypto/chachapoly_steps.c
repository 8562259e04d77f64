/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* ChaCha20-Poly1305 in steps, which Mbed TLS takes as they come. */

#include "crypto/aead_steps.h"
#include "crypto/error.h"
#include "crypto/mbed.h"

static bool takes_tag(size_t length)
{
    return length == 16;
}

static bool takes_nonce(size_t length)
{
    return length == 12;
}

static bool takes_lengths(uint64_t data_length, uint64_t text_length)
{
    (void) data_length;
    (void) text_length;
    return true;
}

static psa_status_t check_key(const struct ks_key *key)
{
    return key->type == PSA_KEY_TYPE_CHACHA20 ? PSA_SUCCESS : PSA_ERROR_NOT_SUPPORTED;
}

static psa_status_t setup(void *state, const struct ks_key *key)
{
    mbedtls_chachapoly_init(state);
    return ks_mbed_status(mbedtls_chachapoly_setkey(state, key->material));
}

static void release(void *state)
{
    mbedtls_chachapoly_free(state);
}

static psa_status_t nonce(void *state, bool encrypts, const uint8_t *bytes, size_t length)
{
    (void) length;
    return ks_mbed_status(mbedtls_chachapoly_starts(
        state, bytes, encrypts ? MBEDTLS_CHACHAPOLY_ENCRYPT : MBEDTLS_CHACHAPOLY_DECRYPT));
}

static psa_status_t data(void *state, const uint8_t *bytes, size_t length)
{
    return ks_mbed_status(mbedtls_chachapoly_update_aad(state, bytes, length));
}

static psa_status_t text(void *state, bool encrypts, const uint8_t *input, size_t length,
                         struct ks_aead_output *output)
{
    (void) encrypts;
    if (output->size < length)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    output->used += length;
    return ks_mbed_status(mbedtls_chachapoly_update(state, length, input, output->bytes));
}

static psa_status_t finish(void *state, bool encrypts, struct ks_aead_output *output, uint8_t *tag,
                           size_t tag_length)
{
    (void) encrypts;
    (void) output;
    (void) tag_length;
    return ks_mbed_status(mbedtls_chachapoly_finish(state, tag));
}

const struct ks_aead_steps ks_chachapoly_steps = {
    .base = PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CHACHA20_POLY1305, 0),
    .size = sizeof(mbedtls_chachapoly_context),
    .takes_tag = takes_tag,
    .takes_nonce = takes_nonce,
    .takes_lengths = takes_lengths,
    .check_key = check_key,
    .setup = setup,
    .nonce = nonce,
    .data = data,
    .text = text,
    .finish = finish,
    .release = release,
};
