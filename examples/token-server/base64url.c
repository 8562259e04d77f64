/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "base64url.h"

/* All ones where low <= c <= high, else 0. */
static uint32_t in_range(uint32_t c, uint32_t low, uint32_t high)
{
    return (uint32_t)0 - ((((low - 1 - c) & (c - high - 1)) >> 31) & 1);
}

static char letter(uint32_t value)
{
    uint32_t c = (in_range(value, 0, 25) & (value + 'A')) |
                 (in_range(value, 26, 51) & (value - 26 + 'a')) |
                 (in_range(value, 52, 61) & (value - 52 + '0')) | (in_range(value, 62, 62) & '-') |
                 (in_range(value, 63, 63) & '_');
    return (char)c;
}

/* The value of a letter; 64 or more for what is none. */
static uint32_t value_of(char letter_)
{
    uint32_t c = (unsigned char)letter_;
    /* One is added to each value, so that 0 is left for what is in no range. */
    uint32_t plus_one = (in_range(c, 'A', 'Z') & (c - 'A' + 1)) |
                        (in_range(c, 'a', 'z') & (c - 'a' + 27)) |
                        (in_range(c, '0', '9') & (c - '0' + 53)) | (in_range(c, '-', '-') & 63) |
                        (in_range(c, '_', '_') & 64);
    return plus_one - 1;
}

size_t base64url_encode(char *out, const uint8_t *data, size_t length)
{
    char *start = out;
    uint32_t bits = 0;
    unsigned int count = 0;

    for (size_t i = 0; i < length; i++) {
        bits = (bits << 8) | data[i];
        for (count += 8; count >= 6; count -= 6)
            *out++ = letter((bits >> (count - 6)) & 63);
    }
    if (count > 0)
        *out++ = letter((bits << (6 - count)) & 63);
    return (size_t)(out - start);
}

bool base64url_decode(uint8_t *out, const char *text, size_t length)
{
    uint32_t bits = 0, wrong = 0;
    unsigned int count = 0;

    for (size_t i = 0; i < length; i++) {
        uint32_t value = value_of(text[i]);
        wrong |= value >> 6;
        bits = (bits << 6) | (value & 63);
        count += 6;
        if (count >= 8) {
            count -= 8;
            *out++ = (uint8_t)(bits >> count);
        }
    }
    /* Six bits left over are one character alone, which encodes nothing. */
    return wrong == 0 && count < 6 && (bits & ((1u << count) - 1)) == 0;
}
