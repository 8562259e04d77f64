/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* A family of calls: one file with its functions, one row in families.c. Differences that it finds
 * and that are meant stand in known.c, by the name that docs/compatibility.md gives them. */
#ifndef TESTS_DIFFERENTIAL_FAMILY_H
#define TESTS_DIFFERENTIAL_FAMILY_H

#include "call.h"

struct diff_family {
    const char *name;
    unsigned weight;                     /* how often, against the others */
    void (*call)(struct diff_run *run);  /* makes one random call, or a few that belong together */
    void (*start)(struct diff_run *run); /* of an episode, or NULL; no key exists */
    void (*end)(struct diff_run *run);   /* of an episode, or NULL: aborts what is open */
};

extern const struct diff_family diff_families[];
extern const unsigned diff_family_count;

void diff_keys(struct diff_run *run);
void diff_mac(struct diff_run *run);
void diff_cipher(struct diff_run *run);
void diff_aead(struct diff_run *run);
void diff_mac_parts(struct diff_run *run);
void diff_cipher_parts(struct diff_run *run);
void diff_aead_parts(struct diff_run *run); /* not on Mbed TLS 2.28 */
void diff_random(struct diff_run *run);
void diff_life(struct diff_run *run);

#endif
