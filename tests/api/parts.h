/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What the tests of multi-part operations share. */
#ifndef TESTS_API_PARTS_H
#define TESTS_API_PARTS_H

#include "operations.h"

TCase *make_parts_mac_case(void);
TCase *make_parts_cipher_case(void);
TCase *make_parts_aead_case(void);
TCase *make_parts_order_case(void);
TCase *make_parts_life_case(void);
TCase *make_parts_object_case(void);

/* A source of numbers that are the same in every run. */
static inline uint32_t next_number(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* Cuts a message: gives the length of the next piece of what is left. way 0 to left: one cut, after
 * way bytes; larger: pieces of random lengths, some of them empty. */
struct cuts {
    size_t way;
    uint32_t random;
    unsigned piece;
};

static inline size_t next_piece(struct cuts *cuts, size_t whole, size_t left)
{
    size_t length = left;

    if (cuts->way > whole) {
        uint32_t number = next_number(&cuts->random);

        length = number % 7 == 0 ? 0 : number % (number % 5 == 0 ? 200 : 40);
    } else if (cuts->piece == 0) {
        length = cuts->way;
    }
    cuts->piece++;
    return length < left ? length : left;
}

#define RANDOM_WAYS 12
#define FOR_EACH_WAY(way, whole) \
    for (size_t way = 0; way <= (whole) + ((whole) > 100 ? RANDOM_WAYS * 3 : RANDOM_WAYS); \
         way += (way) < (whole) && (whole) > 100 ? (whole) / 20 + 1 : 1)

#endif
