/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The benchmark's own arithmetic. */

#include "../runner.h"

#include "../../bench/bench.h"

#include <stdlib.h>

/* Ensures that a spread's quartiles lie between values in proportion. */
START_TEST(spread_of_five)
{
    double values[] = { 5, 1, 4, 2, 3 };
    struct spread spread = spread_of(values, 5);

    ck_assert_double_eq(spread.least, 1);
    ck_assert_double_eq(spread.low, 2);
    ck_assert_double_eq(spread.median, 3);
    ck_assert_double_eq(spread.high, 4);
}
END_TEST

/* Ensures that an even number of values has the middle of the two in the middle for its median. */
START_TEST(spread_of_four)
{
    double values[] = { 40, 10, 20, 30 };
    struct spread spread = spread_of(values, 4);

    ck_assert_double_eq(spread.low, 17.5);
    ck_assert_double_eq(spread.median, 25);
    ck_assert_double_eq(spread.high, 32.5);
}
END_TEST

/* Ensures that one value is its own spread. */
START_TEST(spread_of_one)
{
    double value = 7;
    struct spread spread = spread_of(&value, 1);

    ck_assert_double_eq(spread.least, 7);
    ck_assert_double_eq(spread.high, 7);
}
END_TEST

/* Ensures that steps of a histogram grow with the values, without a gap, and are narrow. */
START_TEST(histogram_steps)
{
    size_t last = histogram_step(0);
    uint64_t gaps = 0;

    ck_assert_uint_eq(last, 0);
    for (uint64_t value = 1; value < UINT64_C(1) << 20; value++) {
        size_t step = histogram_step(value);

        gaps += step != last && step != last + 1;
        last = step;
    }
    ck_assert_uint_eq(gaps, 0);
    ck_assert(histogram_step(1000) != histogram_step(1017));
    ck_assert_uint_eq(histogram_step(UINT64_MAX), HISTOGRAM_OCTAVES * HISTOGRAM_STEPS - 1);
}
END_TEST

static struct histogram *histogram_of(uint64_t from, uint64_t to)
{
    struct histogram *histogram = calloc(1, sizeof *histogram);

    for (uint64_t value = from; histogram != NULL && value <= to; value++) {
        histogram_add(histogram, value);
    }
    return histogram;
}

/* Ensures that quantiles of evenly spread values are what they should be, to a step's width. */
START_TEST(histogram_quantiles)
{
    struct histogram *histogram = histogram_of(1, 100000);

    ck_assert_ptr_nonnull(histogram);
    ck_assert_double_eq_tol(histogram_quantile(histogram, 0.5), 50000, 50000 / 64.0);
    ck_assert_double_eq_tol(histogram_quantile(histogram, 0.99), 99000, 99000 / 64.0);
    ck_assert_double_eq_tol(histogram_quantile(histogram, 0.9999), 99990, 99990 / 64.0);
    ck_assert_double_eq(histogram_quantile(histogram, 1), 100000);
    free(histogram);
}
END_TEST

/* Ensures that one slow operation in ten thousand is beyond the 99.99th percentile's rank, two are
 * not, and that an empty histogram has quantiles too. */
START_TEST(histogram_tail)
{
    struct histogram *histogram = calloc(1, sizeof *histogram);

    ck_assert_ptr_nonnull(histogram);
    ck_assert_double_eq(histogram_quantile(histogram, 0.5), 0);
    for (unsigned i = 0; i < 20000; i++) {
        histogram_add(histogram, i < 19998 ? 20 : 5000);
    }
    ck_assert_double_eq(histogram_quantile(histogram, 0.999), 20);
    ck_assert_double_ge(histogram_quantile(histogram, 0.9999), 5000);
    ck_assert_double_eq(histogram_quantile(histogram, 0.5), 20);
    free(histogram);
}
END_TEST

/* Ensures that a uniform order has every key once in each round. */
START_TEST(uniform_order)
{
    struct keys keys = { .message = 64 };
    unsigned seen[100] = { 0 };

    ck_assert(keys_init(&keys, 100, UNIFORM));
    for (size_t i = 0; i < keys.steps; i++) {
        seen[keys.order[i]]++;
    }
    for (size_t i = 0; i < 100; i++) {
        ck_assert_uint_eq(seen[i], keys.steps / 100);
    }
    keys_free(&keys);
}
END_TEST

static int descending(const void *a, const void *b)
{
    unsigned x = *(const unsigned *) a;
    unsigned y = *(const unsigned *) b;

    return x < y ? 1 : x > y ? -1 : 0;
}

/* Ensures that in a Zipf order the first key comes about twice as often as the second, ten times as
 * often as the tenth. */
START_TEST(zipf_order)
{
    struct keys keys = { .message = 64 };
    unsigned seen[1000] = { 0 };

    ck_assert(keys_init(&keys, 1000, ZIPF));
    for (size_t i = 0; i < keys.steps; i++) {
        seen[keys.order[i]]++;
    }
    qsort(seen, 1000, sizeof *seen, descending);
    ck_assert_double_eq_tol((double) seen[0] / seen[1], 2, 0.2);
    ck_assert_double_eq_tol((double) seen[0] / seen[9], 10, 1.5);
    keys_free(&keys);
}
END_TEST

static Suite *make_bench_suite(void)
{
    Suite *suite = suite_create("bench");
    TCase *tcase = tcase_create("bench");

    tcase_add_test(tcase, spread_of_five);
    tcase_add_test(tcase, spread_of_four);
    tcase_add_test(tcase, spread_of_one);
    tcase_add_test(tcase, histogram_steps);
    tcase_add_test(tcase, histogram_quantiles);
    tcase_add_test(tcase, histogram_tail);
    tcase_add_test(tcase, uniform_order);
    tcase_add_test(tcase, zipf_order);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(make_bench_suite());
}
