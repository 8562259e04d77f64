/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The forms in which a key may stand in memory, worked out from its material. */
#ifndef KS_TESTS_WIPE_FORMS_H
#define KS_TESTS_WIPE_FORMS_H

#include "wipe/kinds.h"
#include "wipe/search.h"

#define WIPE_MATERIAL 1024 /* more than any key of the tests has, in bytes */

/* Adds material and all forms of it to the search. The work is done in memory that is wiped after,
 * and so is the stack below the caller. */
void wipe_forms_add(struct wipe_search *search, unsigned key, const struct wipe_kind *kind,
                    const uint8_t *material, size_t length);

#endif
