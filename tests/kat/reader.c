/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "kat/reader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool kat_open(struct kat_reader *reader, const char *path, enum kat_form form, const char *ends)
{
    memset(reader, 0, sizeof *reader);
    reader->form = form;
    reader->ends = ends;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    bool read = false;
    if (fseek(file, 0, SEEK_END) == 0) {
        long size = ftell(file);
        reader->text = size < 0 ? NULL : malloc((size_t) size + 1);
        if (reader->text != NULL) {
            rewind(file);
            read = fread(reader->text, 1, (size_t) size, file) == (size_t) size;
            reader->text[size] = '\0';
            reader->next = reader->text;
        }
    }
    fclose(file);
    if (!read) {
        kat_close(reader);
    }
    return read;
}

void kat_close(struct kat_reader *reader)
{
    free(reader->text);
    reader->text = NULL;
    reader->next = NULL;
}

/* Cuts the white space off both ends. */
static char *trim(char *text)
{
    while (isspace((unsigned char) *text)) {
        text++;
    }
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char) text[length - 1])) {
        text[--length] = '\0';
    }
    return text;
}

/* Gives the next line, trimmed; NULL at the end of the file. */
static char *any_line(struct kat_reader *reader)
{
    char *line = reader->next;
    if (*line == '\0') {
        return NULL;
    }
    size_t length = strcspn(line, "\n");
    reader->next = line + length + (line[length] == '\n');
    line[length] = '\0';
    reader->line++;
    return trim(line);
}

/* Gives the next line that is not a comment. One file has exclamation marks for an empty line. */
static char *next_line(struct kat_reader *reader)
{
    char *line = any_line(reader);
    while (line != NULL && *line == '#') {
        line = any_line(reader);
    }
    if (line != NULL && *line == '!') {
        *line = '\0';
    }
    return line;
}

/* Gives the field's place, or fields->count where there is none of this name. */
static size_t find(const struct kat_fields *fields, const char *name)
{
    size_t i = 0;
    while (i < fields->count && strcasecmp(fields->field[i].name, name) != 0) {
        i++;
    }
    return i;
}

static bool has(const struct kat_fields *fields, const char *name)
{
    return find(fields, name) < fields->count;
}

static bool set(struct kat_fields *fields, const char *name, char *value)
{
    size_t i = find(fields, name);
    if (i == KAT_FIELDS) {
        return false;
    }
    fields->field[i] = (struct kat_field){ name, value };
    fields->count += i == fields->count;
    return true;
}

/* Takes "name = value" into fields. */
static bool assign(struct kat_fields *fields, char *text)
{
    char *sign = strchr(text, '=');
    if (sign == NULL) {
        return false;
    }
    *sign = '\0';
    return set(fields, trim(text), trim(sign + 1));
}

/* Takes "name = value" of a paragraph: the numbers of a key are given once for many vectors. */
static bool assign_line(struct kat_reader *reader, char *line)
{
    bool of_key = strchr("ned", *line) != NULL && strspn(line + 1, " =") > 0;
    return assign(of_key ? &reader->fixed : &reader->own, line);
}

/* Takes a line in brackets: its fields stand until they are set anew. */
static bool bracket(struct kat_reader *reader, char *line)
{
    size_t length = strlen(line);
    if (strpbrk(line, ":.") != NULL) {
        return true;
    }
    if (line[length - 1] != ']') {
        return false;
    }
    line[length - 1] = '\0';
    line++;
    if (strchr(line, '=') == NULL) {
        return set(&reader->fixed, "GROUP", line);
    }
    char *rest = NULL;
    for (char *part = strtok_r(line, ",", &rest); part != NULL; part = strtok_r(NULL, ",", &rest)) {
        if (!assign(&reader->fixed, part)) {
            return false;
        }
    }
    return true;
}

/* Ends a paragraph: true if it is a vector, else its fields become fixed. */
static bool end_paragraph(struct kat_reader *reader)
{
    if (reader->ends == NULL && (has(&reader->own, "COUNT") || has(&reader->own, "MD"))) {
        return true;
    }
    for (size_t i = 0; i < reader->own.count; i++) {
        if (!set(&reader->fixed, reader->own.field[i].name, reader->own.field[i].value)) {
            reader->failed = true;
        }
    }
    reader->own.count = 0;
    return false;
}

static bool next_paragraph(struct kat_reader *reader)
{
    static char fail[] = "Fail";
    reader->own.count = 0;
    char *line = NULL;
    while (!reader->failed && (line = next_line(reader)) != NULL) {
        if (*line == '\0') {
            if (end_paragraph(reader)) {
                return true;
            }
        } else if (*line == '[') {
            reader->failed = !bracket(reader, line);
        } else if (strcmp(line, "FAIL") == 0) {
            reader->failed = !set(&reader->own, "RESULT", fail);
        } else {
            reader->failed = !assign_line(reader, line);
            if (reader->ends != NULL && strcasecmp(line, reader->ends) == 0) {
                return !reader->failed;
            }
        }
    }
    return !reader->failed && end_paragraph(reader);
}

static bool next_letters(struct kat_reader *reader)
{
    char *line = NULL;
    while (!reader->failed && (line = next_line(reader)) != NULL) {
        char *colon = strchr(line, ':');
        if (*line == '\0') {
            continue;
        }
        if (colon == NULL || strchr("KPC", *line) == NULL) {
            reader->failed = true;
            continue;
        }
        const char *name = *line == 'K' ? "KEY" : *line == 'P' ? "PLAINTEXT" : "CIPHERTEXT";
        reader->failed = !set(&reader->own, name, trim(colon + 1));
        if (*line == 'C') {
            return true;
        }
    }
    return false;
}

/* Takes "# Name:": gives the name, or NULL for any other comment. */
static char *label(char *line)
{
    size_t length = strlen(line);
    if (line[length - 1] != ':') {
        return NULL;
    }
    line[length - 1] = '\0';
    return trim(line + 1);
}

static bool of_a_key(const char *name)
{
    static const char *const names[] = { "Modulus", "Public exponent", "Exponent",
                                         "Private exponent", "Prime 1", "Prime 2",
                                         "Prime exponent 1", "Prime exponent 2", "Coefficient" };
    bool found = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        found = found || strcasecmp(names[i], name) == 0;
    }
    return found;
}

/* Reads the lines of a field and joins them where the first one stands; no byte moves onwards. */
static char *join_lines(struct kat_reader *reader)
{
    char *value = next_line(reader);
    while (value != NULL && *reader->next != '\n' && *reader->next != '#' &&
           *reader->next != '\r' && *reader->next != '\0') {
        char *end = value + strlen(value);
        char *line = any_line(reader);
        *end = ' ';
        memmove(end + 1, line, strlen(line) + 1);
    }
    return value;
}

static bool next_labels(struct kat_reader *reader)
{
    char *line = NULL;
    reader->own.count = 0;
    while (!reader->failed && (line = any_line(reader)) != NULL) {
        const char *name = *line == '#' ? label(line) : NULL;
        if (name == NULL) {
            continue;
        }
        char *value = join_lines(reader);
        reader->failed = value == NULL ||
            !set(of_a_key(name) ? &reader->fixed : &reader->own, name, value);
        if (strcasecmp(name, reader->ends) == 0) {
            return !reader->failed;
        }
    }
    return false;
}

bool kat_next(struct kat_reader *reader)
{
    switch (reader->form) {
    case KAT_LETTERS:
        return next_letters(reader);
    case KAT_LABELS:
        return next_labels(reader);
    default:
        return next_paragraph(reader);
    }
}

const char *kat_text(const struct kat_reader *reader, const char *const *names)
{
    for (; *names != NULL; names++) {
        const struct kat_fields *fields = has(&reader->own, *names) ? &reader->own : &reader->fixed;
        if (has(fields, *names)) {
            return fields->field[find(fields, *names)].value;
        }
    }
    return NULL;
}

static int digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, tolower((unsigned char) c));
    return at == NULL ? -1 : (int) (at - digits);
}

bool kat_bytes(const struct kat_reader *reader, const char *const *names, uint8_t *data,
               size_t capacity, size_t *length)
{
    const char *text = kat_text(reader, names);
    *length = 0;
    if (text == NULL) {
        return false;
    }
    if (*text == '"') {
        *length = strcspn(text + 1, "\"");
        if (*length > capacity || strcmp(text + 1 + *length, "\"") != 0) {
            return false;
        }
        memcpy(data, text + 1, *length);
        return true;
    }
    while (*text != '\0') {
        if (digit(text[0]) < 0 || digit(text[1]) < 0 || *length == capacity) {
            return false;
        }
        data[(*length)++] = (uint8_t) (digit(text[0]) << 4 | digit(text[1]));
        text += 2;
        text += strspn(text, " ");
    }
    return true;
}

bool kat_integer(const struct kat_reader *reader, const char *const *names, uint8_t *data,
                 size_t capacity, size_t *length)
{
    const char *text = kat_text(reader, names);
    size_t digits = 0;
    *length = 0;
    if (text == NULL || *text == '\0') {
        return false;
    }
    text += strspn(text, "0 ");
    for (const char *c = text; *c != '\0'; c++) {
        digits += *c != ' ';
    }
    if ((digits + 1) / 2 > capacity) {
        return false;
    }
    *length = (digits + 1) / 2;
    memset(data, 0, *length);
    for (; *text != '\0'; text++) {
        if (*text != ' ') {
            digits--;
            if (digit(*text) < 0) {
                return false;
            }
            data[*length - 1 - digits / 2] |= (uint8_t) (digit(*text) << digits % 2 * 4);
        }
    }
    return true;
}
