/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Buffers of a caller that may lie on top of each other. The PSA API promises results as if they
 * did not; the functions of Mbed TLS want them apart or exactly the same. */
#ifndef KS_CRYPTO_OVERLAP_H
#define KS_CRYPTO_OVERLAP_H

#include "base/wipe.h"

#include <string.h>

/* Whether two byte strings share a byte. */
static inline bool ks_overlap(const void *a, size_t a_length, const void *b, size_t b_length)
{
    uintptr_t x = (uintptr_t) a;
    uintptr_t y = (uintptr_t) b;

    return a_length != 0 && b_length != 0 && (x <= y ? y - x < a_length : x - y < b_length);
}

/* The same without a branch; also true where an empty string points into the other. */
static inline bool ks_overlap_maybe(const void *a, size_t a_length, const void *b, size_t b_length)
{
    uintptr_t x = (uintptr_t) a;
    uintptr_t y = (uintptr_t) b;

    return (y - x < a_length) | (x - y < b_length);
}

/* Where a function that works in place, or from one buffer to another, is to read its input: the
 * input itself if that is apart from the output or already there; else the output, to which the
 * input is moved. So partial overlap costs a copy and no memory. The output has room for length
 * bytes. */
static inline const uint8_t *ks_overlap_input(const uint8_t *input, size_t length, uint8_t *output)
{
    if (ks_likely(!ks_overlap(input, length, output, length)))
        return input;
    if (input != output)
        memmove(output, input, length);
    return output;
}

#endif
