/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* JSON by jansson, set up for bodies that may hold keys. */
#ifndef TOKEN_SERVER_JSON_H
#define TOKEN_SERVER_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Makes jansson wipe each block of memory that it frees, and seeds its hashes. Call it once, before
 * any other use and before there are threads. */
void json_prepare(unsigned int seed);

/* Reads one JSON object, in which no name occurs twice. NULL for anything else; *no_memory tells
 * whether it failed for want of memory. */
json_t *json_read_object(const char *text, size_t length, bool *no_memory);

#endif
