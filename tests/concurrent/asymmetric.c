/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Asymmetric keys that several threads use while they are replaced and destroyed, and while the
 * process forks. Workers count; only the test's own thread asserts. */

#include "../api/asymmetric.h"
#include "../runner.h"
#include "tools.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 4
#define REPLACEMENTS 30

static atomic_bool stop;
static psa_key_id_t ecc, rsa;

struct worker {
    pthread_t thread;
    atomic_uint done;  /* operations that gave the right result */
    atomic_uint refused; /* that found no key */
    unsigned failures;
};

/* RSA PKCS#1 v1.5 is deterministic: the signatures that each of the two keys gives. */
static uint8_t right[2][RSA_BYTES];

static void count(struct worker *worker, psa_status_t status, bool ok)
{
    if (status == PSA_ERROR_INVALID_HANDLE)
        worker->refused++;
    else if (status == PSA_SUCCESS && ok)
        worker->done++;
    else
        worker->failures++;
}

/* Signs with one key each; a signature must be wholly one key's. */
static void sign_once(struct worker *worker)
{
    uint8_t signature[RSA_BYTES];
    size_t length = 0;
    psa_status_t status = psa_sign_hash(rsa, V15_256, material, 32, signature, RSA_BYTES, &length);

    count(worker, status, memcmp(signature, right[0], RSA_BYTES) == 0
                              || memcmp(signature, right[1], RSA_BYTES) == 0);
    status = psa_sign_hash(ecc, ECDSA256, material, 32, signature, 64, &length);
    count(worker, status, length == 64);
    if (status == PSA_SUCCESS) {
        status = psa_verify_hash(ecc, ECDSA256, material, 32, signature, 64);
        count(worker, status, true);
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;

    while (!atomic_load(&stop))
        sign_once(worker);
    return NULL;
}

/* Returns when each worker has done something, however busy the machine is. */
static void start(struct worker workers[WORKERS])
{
    double limit = now_ms() + 60000;

    atomic_store(&stop, false);
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker) { 0 };
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
    for (int i = 0; i < WORKERS; i++)
        while (atomic_load(&workers[i].done) == 0 && now_ms() < limit)
            sleep_ms(1);
}

/* Returns when each worker has found that there is no key. */
static void await_refusals(struct worker workers[WORKERS])
{
    double limit = now_ms() + 60000;

    for (int i = 0; i < WORKERS; i++)
        while (atomic_load(&workers[i].refused) == 0 && now_ms() < limit)
            sleep_ms(1);
}

/* The sum of what they counted. */
static struct worker finish(struct worker workers[WORKERS])
{
    struct worker sum = { 0 };

    atomic_store(&stop, true);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
        sum.done += workers[i].done;
        sum.refused += workers[i].refused;
        sum.failures += workers[i].failures;
    }
    return sum;
}

static void make_keys(void)
{
    const uint8_t *const pairs[] = { rsa_pair_3, rsa_pair };
    const size_t lengths[] = { sizeof rsa_pair_3, sizeof rsa_pair };
    size_t length = 0;

    set_up();
    for (int i = 0; i < 2; i++) {
        rsa = import_bytes(RSA_PAIR, V15_256, pairs[i], lengths[i]);
        ck_assert_int_eq(psa_sign_hash(rsa, V15_256, material, 32, right[i], RSA_BYTES, &length),
                         PSA_SUCCESS);
    }
    ecc = import_p256(ECDSA256);
}

START_TEST(shared_key)
{
    /* Ensures that threads sign with one key at the same time, and each signature is right. */
    struct worker workers[WORKERS];
    start(workers);
    sleep_ms(300);
    struct worker sum = finish(workers);
    ck_assert_uint_eq(sum.failures, 0);
    ck_assert_uint_eq(sum.refused, 0);
    ck_assert_uint_ge(sum.done, WORKERS);
}
END_TEST

START_TEST(replaced_in_use)
{
    /* Ensures that a key is replaced under its users, each of which gets the old key's signature or
     * the new one's. */
    const uint8_t *const pairs[] = { rsa_pair_3, rsa_pair };
    const size_t lengths[] = { sizeof rsa_pair_3, sizeof rsa_pair };
    struct worker workers[WORKERS];
    unsigned bad = 0;
    start(workers);
    for (int i = 0; i < REPLACEMENTS; i++)
        bad += keyshard_replace_key(rsa, pairs[i % 2], lengths[i % 2]) != PSA_SUCCESS;
    struct worker sum = finish(workers);
    ck_assert_uint_eq(bad, 0);
    ck_assert_uint_eq(sum.failures, 0);
    ck_assert_uint_eq(sum.refused, 0);
    ck_assert_uint_ge(sum.done, WORKERS);
}
END_TEST

START_TEST(destroyed_in_use)
{
    /* Ensures that a key is destroyed under its users, who find it or do not, and that no context
     * of it is left. */
    struct worker workers[WORKERS];
    start(workers);
    psa_status_t status[2] = { psa_destroy_key(rsa), psa_destroy_key(ecc) };
    await_refusals(workers);
    struct worker sum = finish(workers);
    ck_assert_int_eq(status[0], PSA_SUCCESS);
    ck_assert_int_eq(status[1], PSA_SUCCESS);
    ck_assert_uint_eq(sum.failures, 0);
    ck_assert_uint_ge(sum.refused, WORKERS);
    ck_assert_uint_gt(sum.done, 0);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__
#define CHILDREN 12

static int child_works(void)
{
    struct worker worker = { 0 };

    alarm(20);
    for (int i = 0; i < 3; i++)
        sign_once(&worker);
    if (worker.failures != 0 || worker.refused != 0 || worker.done != 9)
        return 1;
    if (psa_destroy_key(rsa) != PSA_SUCCESS || psa_destroy_key(ecc) != PSA_SUCCESS)
        return 2;
    mbedtls_psa_crypto_free();
    return 0;
}

START_TEST(forked_in_use)
{
    /* Ensures that a child of a process whose threads are in the midst of signatures signs and
     * destroys the same keys. */
    struct worker workers[WORKERS];
    unsigned bad = 0;
    start(workers);
    for (unsigned i = 0; i < CHILDREN; i++) {
        int state = -1;
        pid_t child = fork();
        if (child == 0)
            _exit(child_works());
        bad += waitpid(child, &state, 0) != child || !WIFEXITED(state) || WEXITSTATUS(state) != 0;
        if (bad != 0)
            fprintf(stderr, "child %u: wait status %x\n", i, (unsigned) state);
    }
    struct worker sum = finish(workers);
    ck_assert_uint_eq(bad, 0);
    ck_assert_uint_eq(sum.failures, 0);
    ck_assert_uint_gt(sum.done, 0);
}
END_TEST
#endif

static Suite *make_suite(void)
{
    Suite *suite = suite_create("asymmetric keys, concurrently");
    TCase *tc = tcase_create("concurrent");

    suite_add_tcase(suite, tc);
    tcase_set_timeout(tc, 120);
    tcase_add_checked_fixture(tc, make_keys, tear_down);
    tcase_add_test(tc, shared_key);
    tcase_add_test(tc, replaced_in_use);
    tcase_add_test(tc, destroyed_in_use);
#ifndef __SANITIZE_ADDRESS__ /* whose allocator keeps locks of threads that a child does not have */
    tcase_add_test(tc, forked_in_use);
#endif
    return suite;
}

int main(void)
{
    return run_suite(make_suite());
}
