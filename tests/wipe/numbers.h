/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Asymmetric keys as material, and the forms in which their numbers may stand in memory. */
#ifndef KS_TESTS_WIPE_NUMBERS_H
#define KS_TESTS_WIPE_NUMBERS_H

#include "wipe/kinds.h"
#include "wipe/search.h"

/* RSA keys for all that one test makes are worked out before, in the process from which the tests
 * fork, and kept masked, so that the search does not find them. Call it once. */
void wipe_numbers_prepare(void);

/* Begins a test. */
void wipe_numbers_begin(void);

/* Writes material for another key of this kind, one of its own each time in a test; returns its
 * length. */
size_t wipe_numbers_make(const struct wipe_kind *kind, uint8_t *material);

/* Adds the forms of a key to the search. */
void wipe_numbers_add(struct wipe_search *search, unsigned key, const struct wipe_kind *kind,
                      const uint8_t *material, size_t length);

#endif
