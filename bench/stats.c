/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "bench.h"

#include <stdlib.h>
#include <time.h>

double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *) a;
    double y = *(const double *) b;

    return x < y ? -1 : x > y;
}

/* Between two values in proportion, so that an even number of them has its median too. */
static double quantile(const double *sorted, size_t count, double part)
{
    double place = part * (double) (count - 1);
    size_t below = (size_t) place;
    size_t above = below + 1 < count ? below + 1 : below;

    return sorted[below] + (place - (double) below) * (sorted[above] - sorted[below]);
}

struct spread spread_of(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return (struct spread){ values[0], quantile(values, count, 0.25), quantile(values, count, 0.5),
                            quantile(values, count, 0.75) };
}
