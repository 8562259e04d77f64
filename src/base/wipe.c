/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "base/wipe.h"
#include "base/mutant.h"

#include <string.h>

/* The barrier tells the compiler that the zeros are read by somebody, so that the stores stay. */
void ks_wipe(void *p, size_t n)
{
    if (n != 0) {
        memset(p, 0, n);
        __asm__ volatile("" : : "r"(p) : "memory");
    }
}

/* Its own frame is the stack that earlier callees of the caller had used. Twice what the deepest
 * symmetric function of Mbed TLS takes (measured: 2.3 KiB), so that it stays right with other builds. */
#define KS_STACK_TO_WIPE 6144

KS_NOINLINE void ks_wipe_stack(void)
{
    unsigned char below[KS_STACK_TO_WIPE];

    if (KS_MUTANT != KS_MUTANT_NO_STACK_WIPE) {
        ks_wipe(below, sizeof below);
    }
}

/* As above; the top of the frame is what lies next to the caller. */
KS_NOINLINE void ks_wipe_frames(size_t size)
{
    unsigned char below[KS_FRAMES_MAX];

    if (KS_MUTANT != KS_MUTANT_NO_TEMPORARY_WIPE) {
        ks_wipe(below + sizeof below - size, size);
    }
}

bool ks_equal(const void *a, const void *b, size_t n)
{
    const volatile unsigned char *x = a;
    const volatile unsigned char *y = b;
    unsigned char difference = 0;

    for (size_t i = 0; i < n; i++) {
        difference |= x[i] ^ y[i];
    }
    return difference == 0;
}
