/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "family.h"

const struct diff_family diff_families[] = {
    {"keys", 30, diff_keys, NULL, NULL},
    {"mac", 20, diff_mac, NULL, NULL},
    {"cipher", 20, diff_cipher, NULL, NULL},
    {"aead", 20, diff_aead, NULL, NULL},
    {"random", 3, diff_random, NULL, NULL},
    {"life", 1, diff_life, NULL, NULL},
};

const unsigned diff_family_count = sizeof diff_families / sizeof *diff_families;
