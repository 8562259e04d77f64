/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Short grace periods (src/base/readers.h), from inside. */

#include "config.h"

#include "../apart.h"
#include "../runner.h"

#include "base/lock.h"
#include "base/rcu.h"
#include "base/readers.h"

#include <psa/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define CROWD 150 /* more than two blocks of the list have room for */
#define LITMUS_SECONDS 2
#define POISON 1u

static void setup(void)
{
    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
}

/* Whether one of a hundred grace periods in a row is short: one may run out of patience because the
 * processor was taken from a reader. */
static bool short_period(void)
{
    for (unsigned i = 0; i < 100; i++) {
        if (ks_readers_synchronize()) {
            return true;
        }
    }
    return false;
}

/* The library's allocations, in threads in which there is no memory. */
static _Thread_local bool exhausted;
void *__libc_calloc(size_t number, size_t size);

void *calloc(size_t number, size_t size)
{
    return exhausted ? NULL : __libc_calloc(number, size);
}

/* A thread that attaches itself, if told so as its program would, then enters a section and leaves
 * it when told to. */
struct reader {
    bool by_program;     /* attached by its program */
    bool in_program;     /* and in a section of it when it first calls in */
    bool without_memory; /* attached while there is none */
    bool by_call;        /* enters by ks_rcu_read_lock */
    atomic_bool attached, enter, inside, leave, outside, end;
    pthread_t thread;
};

static void await(const atomic_bool *flag)
{
    while (!atomic_load(flag)) {
        usleep(500);
    }
}

static void *read_slowly(void *argument)
{
    struct reader *reader = argument;
    struct ks_rcu_section section = {NULL, 0};

    if (reader->in_program) {
        urcu_bp_read_lock();
    } else if (reader->by_program) {
        urcu_bp_register_thread();
    } else {
        exhausted = reader->without_memory;
        ks_rcu_attach();
        exhausted = false;
    }
    atomic_store(&reader->attached, true);
    await(&reader->enter);
    if (reader->by_call) {
        ks_rcu_read_lock();
    } else {
        ks_rcu_begin(&section);
    }
    atomic_store(&reader->inside, true);
    await(&reader->leave);
    if (reader->by_call) {
        ks_rcu_read_unlock();
    } else {
        ks_rcu_end(&section);
    }
    if (reader->in_program) {
        urcu_bp_read_unlock();
    }
    atomic_store(&reader->outside, true);
    await(&reader->end);
    return NULL;
}

static void start(struct reader *reader)
{
    ck_assert_int_eq(pthread_create(&reader->thread, NULL, read_slowly, reader), 0);
    await(&reader->attached);
}

static void enter(struct reader *reader)
{
    atomic_store(&reader->enter, true);
    await(&reader->inside);
}

static void leave(struct reader *reader)
{
    atomic_store(&reader->leave, true);
    await(&reader->outside);
}

static void end(struct reader *reader)
{
    atomic_store(&reader->end, true);
    pthread_join(reader->thread, NULL);
}

/* Attaches the test's thread. Whether there are short grace periods. */
static bool begin(void)
{
#if KS_SHORT_GRACE
    if (urcu_bp_has_sys_membarrier) {
        ks_rcu_attach();
        ck_assert(short_period());
        return true;
    }
#endif
    printf("no short grace periods in this build or by this kernel\n");
    return false;
}

static void check_one(struct reader reader)
{
    start(&reader);
    ck_assert(short_period());
    enter(&reader);
    ck_assert(!short_period());
    leave(&reader);
    ck_assert(short_period());
    end(&reader);
    ck_assert(short_period());
}

/* Ensures that a section is waited for, and that nothing else is: not a reader outside, nor one
 * that is gone. */
START_TEST(sections)
{
    if (begin()) {
        check_one((struct reader) {.by_call = false});
        check_one((struct reader) {.by_call = true});
    }
}
END_TEST

/* Ensures that a section without a fence is entered just where the kernel has membarrier. (That one
 * would not be waited for elsewhere no run here shows: liburcu's grace period takes longer than a
 * store takes to reach memory.) */
START_TEST(fences)
{
    struct ks_rcu_section section;

    ks_rcu_attach();
    bool entered = ks_rcu_enter(&section);

    if (entered) {
        ks_rcu_leave(&section);
    }
    ck_assert_int_eq(entered, urcu_bp_has_sys_membarrier != 0);
}
END_TEST

/* Ensures that a listed thread which attaches once more, inside a section of its program, as a fork
 * there does, changes nothing. */
START_TEST(attached_again)
{
    if (begin()) {
        urcu_bp_read_lock();
        ks_rcu_attach();
        urcu_bp_read_unlock();
        ck_assert(short_period());
    }
}
END_TEST

/* Ensures that a thread which liburcu knows already, from its program, is waited for too. */
START_TEST(attached_by_the_program)
{
    if (begin()) {
        check_one((struct reader) {.by_program = true});
        check_one((struct reader) {.by_program = true, .by_call = true});
    }
}
END_TEST

/* Ensures that each of many readers is waited for, and so are those that come after these have
 * ended. */
START_TEST(crowd)
{
    static struct reader readers[CROWD];

    if (!begin()) {
        return;
    }
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < CROWD; i++) {
            readers[i] = (struct reader) {.by_call = i % 2 != 0};
            start(&readers[i]);
        }
        for (unsigned i = 0; i < CROWD; i++) {
            ck_assert(short_period());
            enter(&readers[i]);
            ck_assert(!short_period());
            leave(&readers[i]);
        }
        for (unsigned i = 0; i < CROWD; i++) {
            end(&readers[i]);
        }
    }
}
END_TEST

/* Ensures that a thread which first calls in from within a section of its program waits for no
 * mutex, and that there are no short grace periods behind its back. */
START_TEST(inside_the_programs_section)
{
    if (!begin()) {
        return;
    }
    for (unsigned i = 0; i < 2; i++) {
        struct reader reader = {.in_program = true, .by_call = i != 0};

        start(&reader);
        ks_mutex_lock(&ks_attach_mutex);
        enter(&reader);
        ks_mutex_unlock(&ks_attach_mutex);
        ck_assert(!short_period());
        leave(&reader);
        ck_assert(!short_period());
        ks_rcu_synchronize(); /* by liburcu */
        end(&reader);
    }
}
END_TEST

/* Ensures that there are no short grace periods once a thread could not be listed for want of
 * memory. */
START_TEST(no_memory)
{
    static struct reader readers[CROWD];

    if (!begin()) {
        return;
    }
    for (unsigned i = 0; i < CROWD; i++) {
        readers[i] = (struct reader) {.without_memory = true};
        start(&readers[i]);
        if (i == 0) {
            ck_assert(short_period()); /* there was room */
        }
    }
    ck_assert(!short_period());
    for (unsigned i = 0; i < CROWD; i++) {
        enter(&readers[i]);
        leave(&readers[i]);
        end(&readers[i]);
    }
    ks_rcu_synchronize(); /* by liburcu */
}
END_TEST

/* What a reader reads is not changed while it reads: the store that enters a section is still in
 * the reader's store buffer, behind others that miss the cache, when its loads are made. */
static struct {
    struct { _Alignas(64) _Atomic unsigned word; } crowded[16]; /* lines that both threads write */
    _Alignas(64) _Atomic unsigned current; /* the cell to be read */
    struct { _Alignas(64) _Atomic unsigned poison; } cells[2];
    _Alignas(64) atomic_bool stop;
    unsigned long found; /* reader's: poison in what was current */
    unsigned long reads;
} litmus;

static void write_crowded(unsigned value)
{
    for (unsigned i = 0; i < 16; i++) {
        atomic_store_explicit(&litmus.crowded[i].word, value, memory_order_relaxed);
    }
}

static void *read_litmus(void *unused)
{
    struct ks_rcu_section section;
    unsigned x = 1;

    (void) unused;
    ks_rcu_attach();
    while (!atomic_load_explicit(&litmus.stop, memory_order_relaxed)) {
        write_crowded(x);
        ks_rcu_begin(&section);
        unsigned cell = atomic_load_explicit(&litmus.current, memory_order_acquire);

        for (unsigned i = 0; i < x % 64; i++) {
            litmus.found += atomic_load_explicit(&litmus.cells[cell].poison, memory_order_relaxed);
        }
        ks_rcu_end(&section);
        litmus.reads++;
        x = x * 1664525u + 1013904223u;
        x ^= x >> 16;
    }
    return NULL;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec * 1e-9;
}

/* Ensures that a section whose entering has not reached memory is waited for. */
START_TEST(membarrier)
{
    pthread_t reader;
    unsigned long periods = 0;
    unsigned long short_ones = 0;

    if (!begin()) {
        return;
    }
    ck_assert_int_eq(pthread_create(&reader, NULL, read_litmus, NULL), 0);
    run_apart(reader);
    for (double end = seconds() + LITMUS_SECONDS; seconds() < end; periods++) {
        unsigned old = atomic_load_explicit(&litmus.current, memory_order_relaxed);

        write_crowded(old);
        atomic_store_explicit(&litmus.cells[!old].poison, 0, memory_order_relaxed);
        atomic_store_explicit(&litmus.current, !old, memory_order_release);
        if (ks_readers_synchronize()) {
            short_ones++;
        } else {
            ks_rcu_synchronize();
        }
        atomic_store_explicit(&litmus.cells[old].poison, POISON, memory_order_relaxed);
    }
    atomic_store(&litmus.stop, true);
    pthread_join(reader, NULL);
    printf("%lu grace periods, %lu of them short, beside %lu sections, poison read %lu times\n",
           periods, short_ones, litmus.reads, litmus.found);
    ck_assert_uint_gt(short_ones, 100);
    ck_assert_uint_eq(litmus.found, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("readers");
    TCase *waits = tcase_create("waits");
    TCase *order = tcase_create("order");
    TCase *unlisted = tcase_create("unlisted"); /* after each, no period is short */

    tcase_add_checked_fixture(waits, setup, NULL);
    tcase_add_checked_fixture(order, setup, NULL);
    tcase_add_checked_fixture(unlisted, setup, NULL);
    tcase_add_test(waits, sections);
    tcase_add_test(waits, fences);
    tcase_add_test(waits, attached_again);
    tcase_add_test(waits, attached_by_the_program);
    tcase_add_test(waits, crowd);
    tcase_add_test(order, membarrier);
    tcase_add_test(unlisted, inside_the_programs_section);
    tcase_add_test(unlisted, no_memory);
    tcase_set_timeout(waits, 30);
    tcase_set_timeout(order, 30);
    suite_add_tcase(suite, waits);
    suite_add_tcase(suite, order);
    suite_add_tcase(suite, unlisted);
    return run_suite(suite);
}
