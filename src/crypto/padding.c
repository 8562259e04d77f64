/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/padding.h"

void ks_padding_add(uint8_t *block, size_t used, size_t size)
{
    for (size_t i = used; i < size; i++)
        block[i] = (uint8_t) (size - used);
}

/* All ones if a < b, else 0; both below 2^31. The compiler must not see that it is one of two
 * values, lest it make a branch of it. */
static uint32_t mask_less(uint32_t a, uint32_t b)
{
    uint32_t mask = 0 - ((a - b) >> 31);

    __asm__("" : "+r"(mask));
    return mask;
}

psa_status_t ks_padding_remove(uint8_t *text, size_t length, size_t size, size_t *used)
{
    uint8_t *block = text + length - size;
    uint32_t whole = (uint32_t) size;
    uint32_t count = text[length - 1];
    uint32_t wrong = mask_less(count, 1) | mask_less(whole, count);
    uint32_t keep = 0;

    for (uint32_t i = 0; i < whole; i++) {
        uint32_t in_padding = mask_less(whole, i + count + 1);
        uint32_t differs = mask_less(0, block[i] ^ count);

        wrong |= in_padding & differs;
    }
    keep = (whole - count) & ~wrong;
    for (uint32_t i = 0; i < whole; i++)
        block[i] &= (uint8_t) mask_less(i, keep);
    *used = (length - count) & ((size_t) (wrong & 1) - 1);
    return (psa_status_t) (wrong & (uint32_t) PSA_ERROR_INVALID_PADDING);
}
