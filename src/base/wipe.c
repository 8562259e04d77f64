/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "base/wipe.h"
#include "base/mutant.h"

#include <string.h>

/* The barrier tells the compiler that the zeros are read by somebody, so that the stores stay. */
static inline void wipe(void *p, size_t n)
{
    memset(p, 0, n);
    __asm__ volatile("" : : "r"(p) : "memory");
}

void ks_wipe(void *p, size_t n)
{
    if (n != 0) {
        wipe(p, n);
    }
}

/* Its own frame is the stack that earlier callees of the caller had used. Twice what the deepest
 * functions of Mbed TLS take that are called before it (decryption with RSA-OAEP and deterministic
 * ECDSA, 3.0 KiB; seeding a CTR-DRBG, 2.6 KiB; measured by painting the stack), so that it stays
 * right with other builds. */
#define KS_STACK_TO_WIPE 6144

KS_NOINLINE void ks_wipe_stack(void)
{
    unsigned char below[KS_STACK_TO_WIPE];

    if (KS_MUTANT != KS_MUTANT_NO_STACK_WIPE) {
        ks_wipe(below, sizeof below);
    }
}

/* As above; the top of the frame is what lies next to the caller. Without what guards other frames
 * against overflow: on the hot path, and nothing here depends on data. */
KS_NOINLINE KS_NO_STACK_PROTECTOR void ks_wipe_frames(size_t size)
{
    unsigned char below[KS_FRAMES_MAX];

    if (KS_MUTANT != KS_MUTANT_NO_TEMPORARY_WIPE) {
        wipe(below + sizeof below - size, size);
    }
}

#if defined(__x86_64__)

/* vzeroall does not reach registers 16 to 31, which memcpy of the C library prefers where there are
 * any. */
__attribute__((target("avx512vl"))) static inline void clear_upper(void)
{
    __asm__ volatile(".irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n\t"
                     "vpxorq %%xmm\\n, %%xmm\\n, %%xmm\\n\n\t"
                     ".endr" : : : "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22",
                     "xmm23", "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30",
                     "xmm31");
}

#define LOWER_REGISTERS "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", \
    "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

/* The general registers that a call may change. */
static inline void clear_general(void)
{
    __asm__ volatile(".irp name, eax, ecx, edx, esi, edi, r8d, r9d, r10d, r11d\n\t"
                     "xorl %%\\name, %%\\name\n\t"
                     ".endr" : : : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
                     "cc");
}

KS_NOINLINE void ks_wipe_registers(void)
{
    if (KS_MUTANT == KS_MUTANT_NO_REGISTER_WIPE) {
        return;
    }
    if (__builtin_cpu_supports("avx512vl")) {
        clear_upper();
    }
    if (__builtin_cpu_supports("avx")) {
        __asm__ volatile("vzeroall" : : : LOWER_REGISTERS);
    } else {
        __asm__ volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n\t"
                         "pxor %%xmm\\n, %%xmm\\n\n\t"
                         ".endr" : : : LOWER_REGISTERS);
    }
    if (KS_MUTANT != KS_MUTANT_NO_GENERAL_WIPE) {
        clear_general();
    }
}

#elif defined(__aarch64__)

static inline void clear_general(void)
{
    __asm__ volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17\n\t"
                     "mov x\\n, xzr\n\t"
                     ".endr" : : : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9",
                     "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17");
}

/* Vector registers 8 to 15 are kept for the caller, and general registers from 18 on. */
KS_NOINLINE void ks_wipe_registers(void)
{
    if (KS_MUTANT == KS_MUTANT_NO_REGISTER_WIPE) {
        return;
    }
    __asm__ volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, "
                     "27, 28, 29, 30, 31\n\t"
                     "movi v\\n\\().2d, #0\n\t"
                     ".endr" : : : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17",
                     "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28",
                     "v29", "v30", "v31");
    if (KS_MUTANT != KS_MUTANT_NO_GENERAL_WIPE) {
        clear_general();
    }
}

#else

/* Other processors are not supported (README.md): what their registers hold stays until it is
 * overwritten. */
KS_NOINLINE void ks_wipe_registers(void)
{
}

#endif

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
