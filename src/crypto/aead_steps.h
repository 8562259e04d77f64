/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The algorithms of authenticated encryption in steps, for messages in parts. aead_parts.c knows
 * the order of the steps that the PSA API allows, and sees to it that they come in that order:
 * setup; nonce and lengths, in any order; data, any number of times; text, any number of times;
 * finish. Lengths given are kept. */
#ifndef KS_CRYPTO_AEAD_STEPS_H
#define KS_CRYPTO_AEAD_STEPS_H

#include "key/key.h"

/* One place of output. A step adds what it writes to used. */
struct ks_aead_output {
    uint8_t *bytes;
    size_t size;
    size_t used;
};

/* Constant. Text steps get input and output that are apart or, exactly, in place; unless shifts is
 * set they write as many bytes as they read. Statuses are the PSA API's. */
struct ks_aead_steps {
    psa_algorithm_t base; /* with a tag length of 0 */
    size_t size;          /* of the state */
    bool wants_lengths;   /* before data and text */
    bool shifts;          /* text may be kept for later: in place only while nothing is held */
    bool (*takes_tag)(size_t length);
    bool (*takes_nonce)(size_t length);
    bool (*takes_lengths)(uint64_t data_length, uint64_t text_length);
    psa_status_t (*check_key)(const struct ks_key *key);
    psa_status_t (*setup)(void *state, const struct ks_key *key); /* of zeros */
    psa_status_t (*nonce)(void *state, bool encrypts, const uint8_t *nonce, size_t length);
    psa_status_t (*lengths)(void *state, size_t data_length, size_t text_length,
                            size_t tag_length);
    psa_status_t (*data)(void *state, const uint8_t *data, size_t length);
    size_t (*held)(const void *state); /* bytes of text kept for later */
    psa_status_t (*text)(void *state, bool encrypts, const uint8_t *input, size_t length,
                         struct ks_aead_output *output);
    psa_status_t (*finish)(void *state, bool encrypts, struct ks_aead_output *output, uint8_t *tag,
                           size_t tag_length);
    void (*release)(void *state);
};

extern const struct ks_aead_steps ks_gcm_steps;
extern const struct ks_aead_steps ks_ccm_steps;
extern const struct ks_aead_steps ks_chachapoly_steps;

#endif
