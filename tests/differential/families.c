/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "family.h"

#include <mbedtls/version.h>

const struct diff_family diff_families[] = {
    {"keys", 30, diff_keys, NULL, NULL},
    {"mac", 20, diff_mac, NULL, NULL},
    {"cipher", 20, diff_cipher, NULL, NULL},
    {"aead", 20, diff_aead, NULL, NULL},
    {"mac-parts", 8, diff_mac_parts, NULL, NULL},
    {"cipher-parts", 8, diff_cipher_parts, NULL, NULL},
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    {"aead-parts", 8, diff_aead_parts, NULL, NULL},
#endif
    {"random", 3, diff_random, NULL, NULL},
    {"life", 1, diff_life, NULL, NULL},
};

const unsigned diff_family_count = sizeof diff_families / sizeof *diff_families;
