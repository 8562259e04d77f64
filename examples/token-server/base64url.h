/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* base64url without padding (RFC 4648, section 5; RFC 7515, section 2). It decodes keys too, so no
 * branch and no address depends on a character's value. */
#ifndef TOKEN_SERVER_BASE64URL_H
#define TOKEN_SERVER_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many characters encode so many bytes, and how many bytes so many characters decode to. */
#define BASE64URL_ENCODED(bytes) (((size_t)(bytes)*4 + 2) / 3)
#define BASE64URL_DECODED(chars) ((size_t)(chars)*3 / 4)

/* Writes BASE64URL_ENCODED(length) characters and no NUL; returns their number. */
size_t base64url_encode(char *out, const uint8_t *data, size_t length);

/* Writes BASE64URL_DECODED(length) bytes. False for a character outside the alphabet (padding
 * included), a length that no encoding has, or bits set beyond the last byte: so each sequence of
 * bytes has one spelling. What is written on failure means nothing. */
bool base64url_decode(uint8_t *out, const char *text, size_t length);

#endif
