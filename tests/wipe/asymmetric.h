/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The operations of asymmetric keys: what kinds.h says, for these kinds. */
#ifndef KS_TESTS_WIPE_ASYMMETRIC_H
#define KS_TESTS_WIPE_ASYMMETRIC_H

#include "wipe/kinds.h"

#include <stdbool.h>

bool wipe_is_asymmetric(const struct wipe_kind *kind);

/* Signs, encrypts or agrees: what is made of the message, or the secret agreed on. */
psa_status_t wipe_asymmetric_make(const struct wipe_kind *kind, psa_key_id_t key,
                                  const uint8_t *message, size_t length, uint8_t *made, size_t size,
                                  size_t *made_length);

/* Verifies what was made, decrypts it, or agrees again. */
psa_status_t wipe_asymmetric_check(const struct wipe_kind *kind, psa_key_id_t key,
                                   const uint8_t *message, size_t length, const uint8_t *made,
                                   size_t made_length, uint8_t *output, size_t room,
                                   size_t *output_length);

/* What checking a forgery gives. */
psa_status_t wipe_asymmetric_refusal(const struct wipe_kind *kind);

/* Everything else: the public key, signing of a hash. */
psa_status_t wipe_asymmetric_rest(const struct wipe_kind *kind, psa_key_id_t key);

/* What must fail. Returns whether all of it did. */
bool wipe_asymmetric_misuse(const struct wipe_kind *kind, psa_key_id_t key);

#endif
