/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "wipe/registers.h"

#include <stdint.h>

#if defined(__x86_64__)

#define LOWER_REGISTERS "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15"
#define UPPER_REGISTERS "16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31"
#define ALL_REGISTERS LOWER_REGISTERS ", " UPPER_REGISTERS
#define LOWER_CLOBBERS "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", \
    "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"
#define UPPER_CLOBBERS "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", \
    "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31"

/* Registers 16 to 31, which vzeroall does not reach. */
__attribute__((target("avx512f"))) static void clear_upper(void)
{
    __asm__ volatile(".irp n, " UPPER_REGISTERS "\n\t"
                     "vpxorq %%zmm\\n, %%zmm\\n, %%zmm\\n\n\t"
                     ".endr" : : : UPPER_CLOBBERS);
}

void wipe_clear_registers(void)
{
    if (__builtin_cpu_supports("avx512f")) {
        clear_upper();
    }
    if (__builtin_cpu_supports("avx")) {
        __asm__ volatile("vzeroall" : : : LOWER_CLOBBERS);
    } else {
        __asm__ volatile(".irp n, " LOWER_REGISTERS "\n\t"
                         "pxor %%xmm\\n, %%xmm\\n\n\t"
                         ".endr" : : : LOWER_CLOBBERS);
    }
}

__attribute__((target("avx512f"))) static void save_wide(uint8_t *frame)
{
    __asm__ volatile(".irp n, " ALL_REGISTERS "\n\t"
                     "vmovdqu64 %%zmm\\n, 64 * \\n(%0)\n\t"
                     ".endr" : : "r"(frame) : "memory");
}

__attribute__((target("avx"))) static void save_middle(uint8_t *frame)
{
    __asm__ volatile(".irp n, " LOWER_REGISTERS "\n\t"
                     "vmovdqu %%ymm\\n, 32 * \\n(%0)\n\t"
                     ".endr" : : "r"(frame) : "memory");
}

/* First of all, lest this function use them; rax holds what the last call returned. */
#define SAVE_GENERAL(to)                                                                      \
    __asm__ volatile("movq %%rcx, %0\n\tmovq %%rdx, %1\n\tmovq %%rsi, %2\n\tmovq %%rdi, %3\n\t" \
                     "movq %%r8, %4\n\tmovq %%r9, %5\n\tmovq %%r10, %6\n\tmovq %%r11, %7"       \
                     : "=m"((to)[0]), "=m"((to)[1]), "=m"((to)[2]), "=m"((to)[3]),             \
                       "=m"((to)[4]), "=m"((to)[5]), "=m"((to)[6]), "=m"((to)[7]))

__attribute__((noinline)) void wipe_save_registers(void)
{
    uint64_t general[8];
    uint8_t frame[32 * 64];
    SAVE_GENERAL(general);
    if (__builtin_cpu_supports("avx512f")) {
        save_wide(frame);
    } else if (__builtin_cpu_supports("avx")) {
        save_middle(frame);
    } else {
        __asm__ volatile(".irp n, " LOWER_REGISTERS "\n\t"
                         "movdqu %%xmm\\n, 16 * \\n(%0)\n\t"
                         ".endr" : : "r"(frame) : "memory");
    }
}

#elif defined(__aarch64__)

#define SCRATCH_REGISTERS \
    "0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31"

/* Registers 8 to 15 belong to the caller in part, and a compiler keeps no bulk data there. */
void wipe_clear_registers(void)
{
    __asm__ volatile(".irp n, " SCRATCH_REGISTERS "\n\t"
                     "movi v\\n\\().2d, #0\n\t"
                     ".endr" : : : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17",
                     "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28",
                     "v29", "v30", "v31");
}

__attribute__((noinline)) void wipe_save_registers(void)
{
    uint64_t general[8];
    uint8_t frame[32 * 16];
    __asm__ volatile("str x1, %0\n\tstr x2, %1\n\tstr x3, %2\n\tstr x4, %3\n\t"
                     "str x5, %4\n\tstr x6, %5\n\tstr x7, %6\n\tstr x8, %7"
                     : "=m"(general[0]), "=m"(general[1]), "=m"(general[2]), "=m"(general[3]),
                       "=m"(general[4]), "=m"(general[5]), "=m"(general[6]), "=m"(general[7]));
    __asm__ volatile(".irp n, " SCRATCH_REGISTERS "\n\t"
                     "str q\\n, [%0, #(16 * \\n)]\n\t"
                     ".endr" : : "r"(frame) : "memory");
}

#else
#error "say here how the vector registers are cleared"
#endif
