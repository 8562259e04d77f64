/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "key/rsa.h"

#include <string.h>

#define TAG_INTEGER 0x02
#define TAG_SEQUENCE 0x30
#define LONG_FORM 0x80 /* of a length: the low bits count the bytes that have it */

/* What is left to read. */
struct reader {
    const uint8_t *next;
    size_t left;
};

static bool read_byte(struct reader *in, uint8_t *byte)
{
    if (in->left == 0)
        return false;
    *byte = *in->next++;
    in->left--;
    return true;
}

/* A length of at most 65,535, in its shortest form, and so much must be left. */
static bool read_length(struct reader *in, size_t *length)
{
    uint8_t first, byte;

    if (!read_byte(in, &first))
        return false;
    *length = first;
    if (first >= LONG_FORM) {
        unsigned count = first - LONG_FORM;

        *length = 0;
        if (count < 1 || count > 2)
            return false;
        for (unsigned i = 0; i < count; i++) {
            if (!read_byte(in, &byte))
                return false;
            *length = *length << 8 | byte;
        }
        if (*length < (count == 1 ? LONG_FORM : 0x100))
            return false;
    }
    return *length <= in->left;
}

/* Enters an element of this tag: its contents become *inside, what follows stays in *in. */
static bool enter(struct reader *in, uint8_t tag, struct reader *inside)
{
    uint8_t found;

    if (!read_byte(in, &found) || found != tag || !read_length(in, &inside->left))
        return false;
    inside->next = in->next;
    in->next += inside->left;
    in->left -= inside->left;
    return true;
}

/* The one INTEGER of a version that has two primes: 0. */
static bool read_version(struct reader *in)
{
    struct reader value;

    return enter(in, TAG_INTEGER, &value) && value.left == 1 && *value.next == 0;
}

/* A positive INTEGER in its shortest form. */
static bool read_number(struct reader *in, struct ks_rsa_number *number)
{
    struct reader value;

    if (!enter(in, TAG_INTEGER, &value) || value.left == 0)
        return false;
    if (value.next[0] == 0) { /* before a first bit that would be a sign, and only there */
        if (value.left == 1 || (value.next[1] & 0x80) == 0)
            return false;
        value.next++;
        value.left--;
    } else if ((value.next[0] & 0x80) != 0) {
        return false;
    }
    number->bytes = value.next;
    number->length = value.left;
    return true;
}

psa_status_t ks_rsa_parse(psa_key_type_t type, const uint8_t *data, size_t length,
                          struct ks_rsa_parts *parts)
{
    bool is_public = PSA_KEY_TYPE_IS_PUBLIC_KEY(type);
    unsigned count = is_public ? KS_RSA_PUBLIC_PARTS : KS_RSA_PARTS;
    struct reader all = { data, length }, in;

    if (!enter(&all, TAG_SEQUENCE, &in) || all.left != 0)
        return PSA_ERROR_INVALID_ARGUMENT;
    if (!is_public && !read_version(&in))
        return PSA_ERROR_INVALID_ARGUMENT;
    parts->public_part = in.next;
    for (unsigned i = 0; i < count; i++) {
        if (!read_number(&in, &parts->number[i]) || parts->number[i].length
                                                        > parts->number[KS_RSA_N].length)
            return PSA_ERROR_INVALID_ARGUMENT;
        if (i == KS_RSA_E)
            parts->public_length = (size_t) (in.next - parts->public_part);
    }
    return in.left == 0 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

static size_t bits_of(const struct ks_rsa_number *number)
{
    return number->length * 8 - (size_t) (__builtin_clz(number->bytes[0]) - (32 - 8));
}

static psa_status_t check_size(size_t bits)
{
    return bits > KS_RSA_MAX_BITS || bits % 8 != 0 ? PSA_ERROR_NOT_SUPPORTED : PSA_SUCCESS;
}

psa_status_t ks_rsa_check_format(psa_key_type_t type, size_t declared_bits, const uint8_t *data,
                                 size_t length, size_t *bits)
{
    struct ks_rsa_parts parts;
    size_t found = 0;
    psa_status_t status = ks_rsa_parse(type, data, length, &parts);

    if (status == PSA_SUCCESS) {
        found = bits_of(&parts.number[KS_RSA_N]);
        status = check_size(found);
    }
    if (status == PSA_SUCCESS && declared_bits != 0 && declared_bits != found)
        status = PSA_ERROR_INVALID_ARGUMENT;
    if (status == PSA_SUCCESS)
        *bits = found;
    return status;
}

psa_status_t ks_rsa_check_generation(size_t bits)
{
    return bits < KS_RSA_MIN_GENERATED_BITS ? PSA_ERROR_NOT_SUPPORTED : check_size(bits);
}

bool ks_rsa_has_exponent(const struct ks_rsa_parts *parts, const uint8_t *exponent, size_t length)
{
    const struct ks_rsa_number *own = &parts->number[KS_RSA_E];

    while (length > 0 && exponent[0] == 0) {
        exponent++;
        length--;
    }
    return length == own->length
           && memcmp(exponent, own->bytes, length) == 0; /* lint: no secret */
}

/* Bytes that a length takes in an encoding. */
static size_t size_of_length(size_t length)
{
    return length < LONG_FORM ? 1 : length < 0x100 ? 2 : 3;
}

psa_status_t ks_rsa_write_public(const struct ks_rsa_parts *parts, uint8_t *output, size_t size,
                                 size_t *length)
{
    size_t content = parts->public_length;
    size_t head = 1 + size_of_length(content);
    size_t at = 0;

    if (size < head + content)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    output[at++] = TAG_SEQUENCE;
    if (content >= LONG_FORM)
        output[at++] = (uint8_t) (LONG_FORM | (head - 2));
    if (content >= 0x100)
        output[at++] = (uint8_t) (content >> 8);
    output[at++] = (uint8_t) content;
    memcpy(output + at, parts->public_part, content);
    *length = head + content;
    return PSA_SUCCESS;
}
