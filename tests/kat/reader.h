/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Reads files of test vectors, one vector after the other.
 *
 * KAT_PARAGRAPHS: the form of NIST's CAVP and of what was brought into it. Lines "name = value"
 * stand in paragraphs. A vector ends with the field that the reader is told; told none, a paragraph
 * with COUNT or MD is a vector. The fields of any other paragraph stand for all later vectors, and
 * so do those of a line "[a = 1, b = 2]", and the numbers n, e and d of a key wherever they stand.
 * "[ENCRYPT]" or "[P-192,SHA-1]" sets the field GROUP; with a colon or a full stop in it, it is a
 * remark. A value is hexadecimal or a string in quotes. A line "FAIL" sets RESULT to "Fail".
 *
 * KAT_LABELS: the form of the vectors that came with PKCS #1. A line "# Name:" begins a field,
 * whose bytes stand in the lines behind it up to the next empty line or the next "#". The field
 * that ends a vector must be named. The numbers of a key stand for all later vectors.
 *
 * KAT_LETTERS: lines "K No.001 : 00 11 ..", "P No.001 : .." and "C No.001 : ..": a key, a plaintext
 * and the ciphertext that ends the vector; they become the fields KEY, PLAINTEXT and CIPHERTEXT.
 *
 * Names are compared without regard to case. A file that breaks its form makes the reader fail. */
#ifndef KS_TESTS_KAT_READER_H
#define KS_TESTS_KAT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kat_form { KAT_PARAGRAPHS, KAT_LETTERS, KAT_LABELS };

#define KAT_FIELDS 32

struct kat_field {
    const char *name;
    char *value;
};

struct kat_fields {
    struct kat_field field[KAT_FIELDS];
    size_t count;
};

struct kat_reader {
    enum kat_form form;
    const char *ends;         /* the field that ends a vector, NULL where the form says it */
    char *text;               /* the whole file, cut into strings as it is read */
    char *next;               /* first line not read yet */
    unsigned line;            /* its number, from 0 */
    bool failed;
    struct kat_fields fixed;  /* stand for all later vectors */
    struct kat_fields own;    /* of the vector read last */
};

/* Opens a file. Returns false, with errno set, where it cannot be read. */
bool kat_open(struct kat_reader *reader, const char *path, enum kat_form form, const char *ends);
void kat_close(struct kat_reader *reader);

/* Reads the next vector. Returns false at the end, or with failed set where a line is bad. */
bool kat_next(struct kat_reader *reader);

/* The value of the first of the names (NULL ends them) that the vector has, or NULL. */
const char *kat_text(const struct kat_reader *reader, const char *const *names);

/* The same, as bytes: puts them into data and their number into length. Returns false where there
 * is none, where it is not well formed or where it has more than capacity bytes. */
bool kat_bytes(const struct kat_reader *reader, const char *const *names, uint8_t *data,
               size_t capacity, size_t *length);

/* The same for a hexadecimal number of any number of digits: its bytes without leading zeros. */
bool kat_integer(const struct kat_reader *reader, const char *const *names, uint8_t *data,
                 size_t capacity, size_t *length);

/* A list of names in place. */
#define KAT_NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

#endif
