/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "bench.h"

/* The largest value of a step: those below HISTOGRAM_STEPS have one step each. */
static double upper_end(size_t step)
{
    size_t shift = step < 2 * HISTOGRAM_STEPS ? 0 : step / HISTOGRAM_STEPS - 1;
    uint64_t first = (uint64_t) (step - shift * HISTOGRAM_STEPS) << shift;

    return (double) (first + (UINT64_C(1) << shift) - 1);
}

double histogram_quantile(const struct histogram *histogram, double part)
{
    uint64_t rank = (uint64_t) (part * (double) histogram->total);
    uint64_t seen = 0;

    if (rank >= histogram->total) {
        return (double) histogram->most;
    }
    for (size_t step = 0; step < HISTOGRAM_OCTAVES * HISTOGRAM_STEPS; step++) {
        seen += histogram->count[step];
        if (seen > rank) {
            double end = upper_end(step);

            return end < (double) histogram->most ? end : (double) histogram->most;
        }
    }
    return (double) histogram->most;
}
