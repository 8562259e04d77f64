/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Makes every allocation of a call fail in turn, alone and with all that follow, until the call
 * makes none that fails. After each failure: the status is INSUFFICIENT_MEMORY, or success where
 * the call can do without; the store is as it was; failing again leaves no more behind; the call
 * then succeeds and what it gives is right; every key can be destroyed while no allocation
 * succeeds, and nothing is left.
 *
 *   faults [CASE...] */

#include "config.h"

#include "case.h"
#include "shim.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define AGAIN 6u      /* times that a call fails */
#define SETTLED 4u    /* of these, how many may leave something that the next has use for */
#define NTH_MAX 2000u /* a call that makes more allocations is not one to be tested so */

static bool quiet; /* while wrong is what is wanted */

static const struct fault_suite *const suites[] = {&fault_keys, &fault_operations, &fault_parts};

/* What an attempt's process tells. */
static struct told {
    bool done;
    bool wrong;
    unsigned long failed; /* allocations */
    unsigned long spared;
    psa_status_t status;
    char text[200];
} *told;

/* A call to be made, here or in a new thread. */
struct attempt {
    const struct fault_case *row;
    struct fault_scene *scene;
    struct fault_plan plan;
    psa_status_t status;
    unsigned long failed;
};

static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void complain(const char *format, ...)
{
    va_list list;

    if (told->wrong) {
        return; /* the first is the one to look at */
    }
    va_start(list, format);
    vsnprintf(told->text, sizeof told->text, format, list);
    va_end(list);
    told->wrong = true;
}

static void *make_call(void *argument)
{
    struct attempt *attempt = argument;

    faults_arm(attempt->plan);
    attempt->status = attempt->row->call(attempt->scene);
    attempt->failed = faults_disarm();
    return NULL;
}

static psa_status_t call_once(struct attempt *attempt, struct fault_plan plan)
{
    pthread_t thread;

    attempt->plan = plan;
    if ((attempt->row->flags & FAULT_THREAD) == 0) {
        make_call(attempt);
    } else if (pthread_create(&thread, NULL, make_call, attempt) == 0) {
        pthread_join(thread, NULL);
    } else {
        complain("no thread");
    }
    return attempt->status;
}

static bool right_status(const struct fault_case *row, psa_status_t status)
{
    return status == PSA_ERROR_INSUFFICIENT_MEMORY ||
           (status == PSA_ERROR_INSUFFICIENT_ENTROPY && (row->flags & FAULT_ENTROPY) != 0);
}

static void check_same(const keyshard_stats_t *before, bool keeps)
{
    keyshard_stats_t now;

    keyshard_get_stats(&now, sizeof now);
    if (now.keys != before->keys) {
        complain("%lu keys before, %lu after", (unsigned long) before->keys,
                 (unsigned long) now.keys);
    }
    if (!keeps && now.secret_bytes != before->secret_bytes) {
        complain("%lu secret bytes before, %lu after", (unsigned long) before->secret_bytes,
                 (unsigned long) now.secret_bytes);
    }
    if (!keeps && (now.records != before->records || now.record_bytes != before->record_bytes)) {
        complain("%lu records before, %lu after", (unsigned long) before->records,
                 (unsigned long) now.records);
    }
    if (now.objects_dying != 0) {
        complain("%lu objects dying", (unsigned long) now.objects_dying);
    }
}

/* The call failed: it must have been for memory, and nothing may be left of it, nor more when it
 * fails again. */
static void check_failure(struct attempt *attempt, const keyshard_stats_t *before,
                          struct fault_plan plan)
{
    keyshard_stats_t first = *before;
    long blocks[AGAIN];

    for (unsigned i = 0; i < AGAIN; i++) {
        if (!right_status(attempt->row, attempt->status)) {
            complain("status %d", attempt->status);
        }
        bool keeps = i < SETTLED && (attempt->row->flags & FAULT_KEEPS) != 0;

        check_same(&first, keeps);
        if (keeps) {
            keyshard_get_stats(&first, sizeof first);
        }
        blocks[i] = faults_blocks();
        if (call_once(attempt, plan) == PSA_SUCCESS) {
            return; /* an earlier attempt had left what this one needed */
        }
    }
    if (blocks[AGAIN - 1] > blocks[SETTLED - 1]) {
        complain("%ld blocks of the heap after %u failures, %ld after %u", blocks[SETTLED - 1],
                 SETTLED, blocks[AGAIN - 1], AGAIN);
    }
}

static void destroy(psa_key_id_t key)
{
    if (key != 0 && psa_destroy_key(key) != PSA_SUCCESS) {
        complain("a key cannot be destroyed");
    }
}

/* While no allocation succeeds. */
static void destroy_all(struct fault_scene *scene)
{
    faults_arm((struct fault_plan){1, true});
    destroy(scene->key);
    destroy(scene->other);
    for (size_t i = 0; i < scene->extras; i++) {
        destroy(scene->extra[i]);
    }
    mbedtls_psa_crypto_free();
    faults_disarm();
}

static void check_empty(void)
{
    keyshard_stats_t now;

    keyshard_get_stats(&now, sizeof now);
    if (now.keys != 0 || now.objects_dying != 0 || now.secret_bytes != 0 || now.record_bytes != 0) {
        complain("in the end %lu keys, %lu dying, %lu secret bytes, %lu bytes of records",
                 (unsigned long) now.keys, (unsigned long) now.objects_dying,
                 (unsigned long) now.secret_bytes, (unsigned long) now.record_bytes);
    }
}

/* In a process of its own. */
static void run_attempt(const struct fault_case *row, struct fault_plan plan)
{
    static struct fault_scene scene;
    struct attempt attempt = {.row = row, .scene = &scene};
    keyshard_stats_t before;

    scene.argument = row->argument;
    if ((row->flags & FAULT_BEFORE_INIT) == 0 && psa_crypto_init() != PSA_SUCCESS) {
        complain("no init");
    }
    if (!row->prepare(&scene)) {
        complain("cannot be prepared");
    }
    keyshard_get_stats(&before, sizeof before);
    call_once(&attempt, plan);
    told->failed = attempt.failed;
    told->status = attempt.status;
    if ((row->flags & FAULT_NEEDLESS) != 0 && attempt.failed != 0) {
        complain("an allocation that should not be needed");
    }
    if (attempt.status != PSA_SUCCESS) {
        check_failure(&attempt, &before, plan);
    }
    if (attempt.status != PSA_SUCCESS &&
        call_once(&attempt, (struct fault_plan){0, false}) != PSA_SUCCESS) {
        complain("status %d when there is memory again", attempt.status);
    }
    if (!told->wrong && !row->right(&scene)) {
        complain("the result is wrong");
    }
    destroy_all(&scene);
    check_empty();
    told->spared = faults_spared();
    told->done = true;
}

/* Runs one attempt; false if nothing was made to fail, so that this way of failing is through. */
static bool attempt_in_child(const struct fault_case *row, struct fault_plan plan)
{
    int status = 0;

    memset(told, 0, sizeof *told);
    pid_t child = fork();

    if (child == 0) {
        alarm(60);
        run_attempt(row, plan);
        exit(EXIT_SUCCESS);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        complain("no process");
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !told->done) {
        complain("the process ended with %s %d", WIFSIGNALED(status) ? "signal" : "status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    return told->failed != 0;
}

struct tally {
    unsigned cases;
    unsigned long failures; /* allocations made to fail */
    unsigned long refused;  /* calls that failed for it */
    unsigned long spared;
    unsigned long wrong;
};

static void run_case(const struct fault_case *row, bool onwards, struct tally *tally)
{
    unsigned long nth = 1;
    bool more = true;

    for (; more && nth <= NTH_MAX; nth++) {
        more = attempt_in_child(row, (struct fault_plan){nth, onwards});
        tally->failures += told->failed;
        tally->refused += told->failed != 0 && told->status != PSA_SUCCESS;
        tally->spared += told->spared;
        if (told->wrong) {
            tally->wrong++;
        }
        if (told->wrong && !quiet) {
            printf("%s, allocation %lu%s fails: %s\n", row->name, nth,
                   onwards ? " and all that follow" : "", told->text);
        }
        /* One that must not fail fails nothing; the next may. */
        more = more || told->spared != 0;
    }
    if (nth > NTH_MAX) {
        printf("%s: more than %u allocations\n", row->name, NTH_MAX);
        tally->wrong++;
    }
}

static bool wanted(const char *name, int argc, char **argv)
{
    bool found = argc <= 1;

    for (int i = 1; i < argc; i++) {
        found = found || strcmp(argv[i], name) == 0;
    }
    return found;
}

static void run_suite(const struct fault_suite *suite, int argc, char **argv, struct tally *tally)
{
    for (size_t i = 0; i < suite->count; i++) {
        const struct fault_case *row = &suite->cases[i];
        struct tally before = *tally;

        if (!wanted(row->name, argc, argv)) {
            continue;
        }
        run_case(row, false, tally);
        run_case(row, true, tally);
        tally->cases++;
        if (!quiet) {
            printf("%-26s %3lu allocations failed, %3lu calls refused\n", row->name,
                   tally->failures - before.failures, tally->refused - before.refused);
        }
    }
}

/* Ensures that calls which are wrong when an allocation fails are found. */
static bool self_test(void)
{
    unsigned found = 0;

    quiet = true;
    for (size_t i = 0; i < fault_wrong.count; i++) {
        struct fault_suite one = {&fault_wrong.cases[i], 1};
        struct tally tally = {0};

        run_suite(&one, 1, NULL, &tally);
        found += tally.wrong != 0;
        if (tally.wrong == 0) {
            printf("self-test: %s was not found\n", fault_wrong.cases[i].name);
        }
    }
    quiet = false;
    printf("self-test: %u of %lu wrong calls found\n", found, (unsigned long) fault_wrong.count);
    return found == fault_wrong.count;
}

int main(int argc, char **argv)
{
    struct tally tally = {0};

    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (told == MAP_FAILED) {
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    bool right = self_test();

    for (size_t s = 0; s < sizeof suites / sizeof *suites; s++) {
        run_suite(suites[s], argc, argv, &tally);
    }
    printf("%u cases, %lu allocations failed, %lu calls refused, %lu spared, %lu wrong\n",
           tally.cases, tally.failures, tally.refused, tally.spared, tally.wrong);
    right = right && tally.cases > 0 && tally.failures > 0 && tally.wrong == 0;
    return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
