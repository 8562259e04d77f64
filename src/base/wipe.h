/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Wiping and comparing secrets. Nothing else in the library calls memset or memcmp on a secret. */
#ifndef KS_BASE_WIPE_H
#define KS_BASE_WIPE_H

#include "base/common.h"

/* Fills n bytes at p with zeros; the compiler cannot drop the stores. p may be NULL if n is 0. */
void ks_wipe(void *p, size_t n);

/* Wipes the part of the stack below the caller that calls made earlier may have left secrets on: at
 * least 6 KiB, more than any function of Mbed TLS used here needs. About 100 ns: for slow paths,
 * and for the end of operations with asymmetric keys, which take hundreds of times as long. */
void ks_wipe_stack(void);

/* Wipes size bytes of the stack just below the caller, at most KS_FRAMES_MAX: what a function that
 * it has called may have left there. About 1 ns for 100 bytes: for the end of each operation. */
#define KS_FRAMES_MAX 2560
void ks_wipe_frames(size_t size);

/* Clears the registers that a call may change. memcpy and the ciphers leave in the vector registers
 * what they worked on, a last round key or part of the material, and memcpy eight bytes of it in a
 * general one; the next call that the dynamic linker resolves, or the next signal, would save it to
 * the stack. About 2 ns. */
void ks_wipe_registers(void);

/* Whether two byte strings of one length are equal, in a time that depends on the length only. */
bool ks_equal(const void *a, const void *b, size_t n) KS_MUST_CHECK;

#endif
