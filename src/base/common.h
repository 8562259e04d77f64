/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What every file may use: attributes and small helpers. No state, no functions with effects. */
#ifndef KS_BASE_COMMON_H
#define KS_BASE_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mutant.h"

#define KS_EXPORT __attribute__((visibility("default")))
#define KS_INLINE static inline __attribute__((always_inline))
#define KS_NOINLINE __attribute__((noinline))
#define KS_COLD __attribute__((noinline, cold))
#if __has_attribute(no_stack_protector)
#define KS_NO_STACK_PROTECTOR __attribute__((no_stack_protector))
#else
#define KS_NO_STACK_PROTECTOR
#endif
#define KS_MUST_CHECK __attribute__((warn_unused_result))
#define ks_likely(x) __builtin_expect(!!(x), 1)
#define ks_unlikely(x) __builtin_expect(!!(x), 0)

/* Size of a cache line on every processor supported; two threads never write the same one. */
#define KS_CACHE_LINE 64

#endif
