/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* How readers.c tells lines.c, through a trace of addresses alone, what it is doing: by stores to
 * lines that stand for it, at an address that both know. */
#ifndef TESTS_LINES_MARKS_H
#define TESTS_LINES_MARKS_H

#define LINE ((uintptr_t) 64) /* bytes */

/* Nothing is mapped here by Linux, its loader or valgrind, on x86-64 or arm64. */
#define MARKS ((uintptr_t) 0x2400000000)

/* Line number of a store: the section that begins, or the end of the present one. */
enum {
    SECTION_A,         /* reader A, as a program would */
    SECTION_B,         /* reader B, the same */
    SECTION_CONTROL_A, /* both again, now with a counter in one line: to be found out */
    SECTION_CONTROL_B,
    SECTIONS,
    SECTION_END = SECTIONS
};

#define MARKS_SIZE 4096

/* The name of what is Mbed TLS's own: where it was built with its self-tests, as Debian's is, every
 * operation on a curve counts in static variables. Listed, but no fault of keyshard's. */
#define MBED_STATIC "static data of Mbed TLS"

#endif
