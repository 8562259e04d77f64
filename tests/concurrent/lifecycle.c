/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Init and free, threads that come and go, fork, ids. */

#include "config.h"

#include "../runner.h"
#include "tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8
#define COUNT(array) ((unsigned) (sizeof(array) / sizeof *(array)))

/* A sanitizer's own state of a thread is gone when late exit destructors run:
 * calls_after_thread_exit is not for it. */
#ifdef KS_SANITIZED
#define THREAD_TESTS 2
#else
#define THREAD_TESTS 3
#endif

static psa_status_t use_key(psa_key_id_t key)
{
    uint8_t mac[32];
    size_t length;

    return psa_mac_compute(key, HMAC_256, (const uint8_t *) "m", 1, mac, sizeof mac, &length);
}

/* A worker thread: what it runs, and what it saw. */
struct worker {
    pthread_t thread;
    unsigned number;
    unsigned failures;
    unsigned long rounds;
    psa_key_id_t key;
    psa_status_t status;
};

static pthread_barrier_t barrier;
static atomic_bool stop;

static void run_workers_from(unsigned first, struct worker *workers, unsigned count,
                             void *(*function)(void *))
{
    memset(workers, 0, count * sizeof *workers);
    for (unsigned i = 0; i < count; i++) {
        workers[i].number = first + i;
        pthread_create(&workers[i].thread, NULL, function, &workers[i]);
    }
}

static void run_workers(struct worker *workers, unsigned count, void *(*function)(void *))
{
    run_workers_from(0, workers, count, function);
}

static void join_workers(struct worker *workers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        pthread_join(workers[i].thread, NULL);
    }
}

static void *init_and_use(void *argument)
{
    struct worker *worker = argument;

    pthread_barrier_wait(&barrier);
    worker->status = psa_crypto_init();
    worker->key = import_hmac((uint8_t) worker->number);
    worker->failures = worker->key == 0 || use_key(worker->key) != PSA_SUCCESS;
    return NULL;
}

/* Ensures that any number of threads may initialise at once, and each can work when its call
 * returns. */
START_TEST(concurrent_init)
{
    struct worker workers[THREADS];

    for (unsigned round = 0; round < 50; round++) {
        pthread_barrier_init(&barrier, NULL, THREADS);
        run_workers(workers, THREADS, init_and_use);
        join_workers(workers, THREADS);
        for (unsigned i = 0; i < THREADS; i++) {
            ck_assert_int_eq(workers[i].status, PSA_SUCCESS);
            ck_assert_uint_eq(workers[i].failures, 0);
        }
        ck_assert_uint_eq(stats_now().keys, THREADS);
        mbedtls_psa_crypto_free();
        ck_assert_uint_eq(stats_now().keys, 0);
    }
}
END_TEST

/* Workers below this number leave most of their keys behind. */
#define KEEPERS 4

static void *create_and_use(void *argument)
{
    struct worker *worker = argument;

    while (!atomic_load(&stop)) {
        psa_key_id_t key = import_hmac((uint8_t) worker->number);
        uint8_t byte[4];

        if (key != 0) {
            psa_status_t status = use_key(key);

            worker->rounds++;
            worker->failures += status != PSA_SUCCESS && status != PSA_ERROR_BAD_STATE &&
                                status != PSA_ERROR_INVALID_HANDLE;
            if (worker->rounds % 4 == 0 || worker->number >= KEEPERS) {
                psa_destroy_key(key);
            }
        }
        psa_status_t drawn = psa_generate_random(byte, sizeof byte);
        worker->failures += drawn != PSA_SUCCESS && drawn != PSA_ERROR_BAD_STATE;
    }
    return NULL;
}

/* Ensures that the library may be freed while threads create and use keys: their calls succeed or
 * give a status, nothing is left afterwards, no key is published behind the sweep, and it starts
 * again. */
START_TEST(free_while_others_work)
{
    struct worker workers[4];
    unsigned left = 0;
    unsigned failures = 0;
    unsigned long rounds = 0;

    atomic_store(&stop, false);
    run_workers(workers, 4, create_and_use);
    for (unsigned round = 0; round < 150; round++) {
        ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
        sleep_ms(4);
        mbedtls_psa_crypto_free();
        keyshard_stats_t stats = stats_now();
        left += stats.keys != 0 || stats.records != 0 || stats.objects_dying != 0;
        left += psa_generate_random((uint8_t *) &round, 0) != PSA_ERROR_BAD_STATE;
    }
    atomic_store(&stop, true);
    join_workers(workers, 4);
    for (unsigned i = 0; i < 4; i++) {
        failures += workers[i].failures;
        rounds += workers[i].rounds;
    }
    printf("%lu keys made\n", rounds);
    ck_assert_uint_eq(left, 0);
    ck_assert_uint_eq(failures, 0);
    ck_assert_uint_gt(rounds, 0);
    ck_assert_uint_eq(stats_now().secret_bytes, 0);
}
END_TEST

/* Ensures that ids from before a free stay dead after the next init, although slots are used again.
 */
START_TEST(stale_across_init)
{
    psa_key_id_t old[200];

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    for (unsigned i = 0; i < 200; i++) {
        old[i] = import_hmac(1);
    }
    for (unsigned round = 0; round < 20; round++) {
        mbedtls_psa_crypto_free();
        ck_assert_int_eq(use_key(old[0]), PSA_ERROR_BAD_STATE);
        ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
        for (unsigned i = 0; i < 200; i++) {
            ck_assert_uint_ne(import_hmac(2), 0);
        }
        for (unsigned i = 0; i < 200; i++) {
            ck_assert_int_eq(use_key(old[i]), PSA_ERROR_INVALID_HANDLE);
        }
    }
}
END_TEST

static void *make_one(void *argument)
{
    struct worker *worker = argument;

    worker->key = import_hmac((uint8_t) worker->number);
    worker->failures = use_key(worker->key) != PSA_SUCCESS;
    return NULL;
}

/* Ensures that a thread's keys outlive it, and that threads that come after it take over its shard:
 * there are never more shards than threads alive at one time. */
START_TEST(threads_come_and_go)
{
    struct worker workers[THREADS];

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    for (unsigned round = 0; round < 100; round++) {
        run_workers(workers, THREADS, make_one);
        join_workers(workers, THREADS);
        for (unsigned i = 0; i < THREADS; i++) {
            ck_assert_uint_eq(workers[i].failures, 0);
            ck_assert_int_eq(use_key(workers[i].key), PSA_SUCCESS);
            ck_assert_int_eq(psa_destroy_key(workers[i].key), PSA_SUCCESS);
        }
    }
    ck_assert_uint_le(stats_now().shards, THREADS + 1);
    ck_assert_uint_ge(stats_now().shards_parked, stats_now().shards - 1);
    ck_assert_uint_eq(stats_now().keys, 0);
}
END_TEST

static pthread_key_t late_key;
static struct worker late;

static void call_late(void *value)
{
    (void) value;
    late.status = use_key(late.key);
    late.failures = import_hmac(3) == 0;
    late.rounds++;
    if (late.rounds < 3) {
        pthread_setspecific(late_key, &late); /* so that it runs after ours, and once more */
    }
}

static void *die_late(void *unused)
{
    (void) unused;
    pthread_setspecific(late_key, &late);
    late.failures = import_hmac(3) == 0;
    return NULL;
}

/* Ensures that a program's thread-exit destructors may call in, also after the library's own has
 * run. */
START_TEST(calls_after_thread_exit)
{
    pthread_t thread;

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    memset(&late, 0, sizeof late);
    late.key = import_hmac(1);
    ck_assert_int_eq(pthread_key_create(&late_key, call_late), 0);
    pthread_create(&thread, NULL, die_late, NULL);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(late.rounds, 3);
    ck_assert_int_eq(late.status, PSA_SUCCESS);
    ck_assert_uint_eq(late.failures, 0);
    ck_assert_uint_eq(stats_now().shards, 2);
    ck_assert_uint_eq(stats_now().shards_parked, 1);
    ck_assert_int_eq(psa_destroy_key(late.key), PSA_SUCCESS);
}
END_TEST

static void *one_in_child(void *argument)
{
    struct worker *worker = argument;
    psa_key_id_t key = import_hmac(8);

    worker->failures =
        key == 0 || use_key(key) != PSA_SUCCESS || psa_destroy_key(key) != PSA_SUCCESS;
    return NULL;
}

/* What a child does at once: every kind of call, also from a thread of its own. 0 if all went well.
 */
static int child_works(psa_key_id_t key, int random_out)
{
    struct worker worker;
    uint8_t random[16];

    alarm(20);
    if (use_key(key) != PSA_SUCCESS || psa_generate_random(random, sizeof random) != PSA_SUCCESS) {
        return 1;
    }
    if (write(random_out, random, sizeof random) != (ssize_t) sizeof random) {
        return 2;
    }
    run_workers(&worker, 1, one_in_child);
    join_workers(&worker, 1);
    psa_key_id_t own = import_hmac(1);
    if (worker.failures != 0 || own == 0 || psa_destroy_key(own) != PSA_SUCCESS) {
        return 3;
    }
    if (psa_destroy_key(key) != PSA_SUCCESS || use_key(key) != PSA_ERROR_INVALID_HANDLE) {
        return 4;
    }
    mbedtls_psa_crypto_free();
    /* A thread that was between taking a block and using it leaves it behind, blank. */
    keyshard_stats_t stats = stats_now();
    return stats.keys == 0 && stats.records == 0 && stats.objects_dying == 0 &&
                   stats.secret_bytes <= 4096 ? 0 : 5;
}

static int wait_child(pid_t child)
{
    int status = -1;

    waitpid(child, &status, 0);
    return status;
}

#define CHILDREN 60

/* Ensures that a child of a busy process can work at once and nothing hangs, and that no two
 * processes draw the same random bytes. */
START_TEST(fork_while_others_work)
{
    struct worker workers[4];
    uint8_t drawn[2 * CHILDREN][16];
    int out[2];
    unsigned bad = 0;

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    ck_assert_int_eq(pipe(out), 0);
    psa_key_id_t key = import_hmac(1);
    atomic_store(&stop, false);
    run_workers_from(KEEPERS, workers, 4, create_and_use);
    for (unsigned i = 0; i < CHILDREN; i++) {
        pid_t child = fork();

        if (child == 0) {
            _exit(child_works(key, out[1]));
        }
        bad += psa_generate_random(drawn[2 * i], 16) != PSA_SUCCESS;
        int status = wait_child(child);
        if (status != 0) {
            fprintf(stderr, "child %u: wait status %x\n", i, (unsigned) status);
        }
        bad += status != 0;
        bad += read(out[0], drawn[2 * i + 1], 16) != 16;
        if (bad != 0) {
            break;
        }
    }
    atomic_store(&stop, true);
    join_workers(workers, 4);
    ck_assert_uint_eq(bad, 0);
    for (unsigned i = 0; i < 2 * CHILDREN; i++) {
        for (unsigned j = 0; j < i; j++) {
            ck_assert(memcmp(drawn[i], drawn[j], 16) != 0);
        }
    }
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
}
END_TEST

static void *start_and_join(void *argument)
{
    struct worker *worker = argument;

    while (!atomic_load(&stop)) {
        struct worker shortlived;

        run_workers(&shortlived, 1, one_in_child);
        join_workers(&shortlived, 1);
        worker->failures += shortlived.failures;
        worker->rounds++;
    }
    return NULL;
}

static int child_starts_a_thread(void)
{
    struct worker worker;

    alarm(20);
    run_workers(&worker, 1, one_in_child);
    join_workers(&worker, 1);
    return worker.failures == 0 ? 0 : 1;
}

/* Ensures that a fork while threads come and go leaves a child that can start threads of its own.
 */
START_TEST(fork_while_threads_end)
{
    struct worker workers[3];
    unsigned bad = 0;
    unsigned failures = 0;

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    atomic_store(&stop, false);
    run_workers(workers, 3, start_and_join);
    for (unsigned i = 0; i < 300 && bad == 0; i++) {
        pid_t child = fork();

        if (child == 0) {
            _exit(child_starts_a_thread());
        }
        bad += wait_child(child) != 0;
    }
    atomic_store(&stop, true);
    join_workers(workers, 3);
    for (unsigned i = 0; i < 3; i++) {
        failures += workers[i].failures;
    }
    ck_assert_uint_eq(bad, 0);
    ck_assert_uint_eq(failures, 0);
}
END_TEST

/* Ensures that the id of a destroyed key names no other for 50,000 creations, with all but one slot
 * of the first chunk in use (2,048 slots: so 2,047 keys stand). */
START_TEST(stale_ids_stay_dead)
{
    psa_key_id_t watched;
    unsigned again = 0;

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    for (unsigned i = 0; i < 2047; i++) {
        ck_assert_uint_ne(import_hmac(1), 0);
    }
    watched = import_hmac(2);
    ck_assert_int_eq(psa_destroy_key(watched), PSA_SUCCESS);
    for (unsigned i = 0; i < 50000; i++) {
        psa_key_id_t key = import_hmac(3);

        again += key == watched || key == 0;
        ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
    }
    ck_assert_uint_eq(again, 0);
    ck_assert_int_eq(use_key(watched), PSA_ERROR_INVALID_HANDLE);
}
END_TEST

#define MANY 100000u

static void *make_and_destroy_many(void *argument)
{
    struct worker *worker = argument;
    psa_key_id_t *keys = calloc(MANY, sizeof *keys);

    for (unsigned i = 0; i < MANY; i++) {
        keys[i] = import_hmac(1);
        worker->failures += keys[i] == 0;
    }
    worker->failures += psa_destroy_key(keys[0]) != PSA_SUCCESS;
    mbedtls_psa_crypto_free(); /* the quick way to destroy the others */
    worker->failures += psa_crypto_init() != PSA_SUCCESS;
    free(keys);
    return NULL;
}

/* Ensures that the slots of a thread that has ended serve others while it is parked: another thread
 * that makes as many keys hardly needs more. */
START_TEST(slots_are_given_back)
{
    struct worker first;
    struct worker second;

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    ck_assert_uint_ne(import_hmac(1), 0);
    run_workers(&first, 1, make_and_destroy_many);
    join_workers(&first, 1);
    ck_assert_uint_eq(first.failures, 0);
    uint64_t slots = stats_now().slots;
    for (unsigned i = 0; i < MANY; i++) {
        ck_assert_uint_ne(import_hmac(1), 0); /* by this thread's own shard */
    }
    run_workers(&second, 1, make_one);
    join_workers(&second, 1);
    ck_assert_uint_eq(second.failures, 0);
    ck_assert_uint_le(stats_now().slots, slots + 2 * 2048);
}
END_TEST

/* One thread's part in the next test: takes the watched slot first, if it is in front of the queue,
 * goes once round, and destroys all in an order that leaves an unused chunk in front of it. */
static void *make_and_leave(void *argument)
{
    struct worker *worker = argument;
    enum { ONCE_ROUND = 2049 };
    static psa_key_id_t keys[ONCE_ROUND];

    for (unsigned i = 0; i < ONCE_ROUND; i++) {
        keys[i] = import_hmac(1);
        worker->failures += keys[i] == 0 || (worker->key != 0 && keys[i] == worker->key);
        if (i == 0 && worker->key == 0) {
            worker->key = keys[0];
        }
        if (i == 0) {
            worker->failures += psa_destroy_key(keys[0]) != PSA_SUCCESS;
        }
    }
    worker->failures += psa_destroy_key(keys[ONCE_ROUND - 1]) != PSA_SUCCESS;
    for (unsigned i = 1; i + 1 < ONCE_ROUND; i++) {
        worker->failures += psa_destroy_key(keys[i]) != PSA_SUCCESS;
    }
    return NULL;
}

/* Ensures that ids stay dead when threads come and go, each of which makes some 2,000 keys: their
 * shards give chunks back and lease them again. 24 threads make 49,176 keys in all. */
START_TEST(stale_across_threads)
{
    psa_key_id_t watched = 0;
    unsigned failures = 0;

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    for (unsigned i = 0; i < 24; i++) {
        struct worker worker = {.key = watched};

        pthread_create(&worker.thread, NULL, make_and_leave, &worker);
        pthread_join(worker.thread, NULL);
        watched = worker.key;
        failures += worker.failures;
    }
    ck_assert_uint_eq(failures, 0);
}
END_TEST

#define MILLION 1000000u

/* Ensures that a million keys exist at once, each the right one, with ids outside the built-in
 * range; and says what one takes. */
START_TEST(a_million_keys)
{
    static psa_key_id_t keys[MILLION];
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    unsigned wrong = 0;

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_RAW_DATA);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT);
    for (uint32_t i = 0; i < MILLION; i++) {
        wrong +=
            psa_import_key(&attributes, (const uint8_t *)&i, sizeof i, &keys[i]) != PSA_SUCCESS;
        wrong += keys[i] < PSA_KEY_ID_VENDOR_MIN || keys[i] > PSA_KEY_ID_VENDOR_MAX ||
                 (keys[i] >= MBEDTLS_PSA_KEY_ID_BUILTIN_MIN &&
                  keys[i] <= MBEDTLS_PSA_KEY_ID_BUILTIN_MAX);
    }
    for (uint32_t i = 0; i < MILLION; i++) {
        uint32_t value = 0;
        size_t length = 0;

        wrong += psa_export_key(keys[i], (uint8_t *) &value, sizeof value, &length) != PSA_SUCCESS;
        wrong += value != i || length != sizeof value;
    }
    keyshard_stats_t stats = stats_now();
    printf("%lu bytes of secret memory mapped a key\n",
           (unsigned long)(stats.secret_mapped_bytes / MILLION));
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(stats.keys, MILLION);
    mbedtls_psa_crypto_free();
    ck_assert_uint_eq(stats_now().keys, 0);
}
END_TEST

#define LASTING 3000

struct seen {
    psa_key_id_t *keys;
    unsigned char *times;
    unsigned others;
};

static int note(const psa_key_attributes_t *attributes, void *context)
{
    struct seen *seen = context;
    psa_key_id_t id = psa_get_key_id(attributes);

    for (unsigned i = 0; i < LASTING; i++) {
        if (seen->keys[i] == id) {
            seen->times[i]++;
            return 0;
        }
    }
    seen->others++;
    return 0;
}

/* Ensures that for_each_key visits each key that exists throughout exactly once while others come
 * and go. */
START_TEST(each_key_once)
{
    static psa_key_id_t keys[LASTING];
    static unsigned char times[LASTING];
    struct worker workers[2];
    unsigned wrong = 0;

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    for (unsigned i = 0; i < LASTING; i++) {
        keys[i] = import_hmac(1);
    }
    atomic_store(&stop, false);
    run_workers_from(KEEPERS, workers, 2, create_and_use);
    for (unsigned round = 0; round < 5; round++) {
        struct seen seen = {keys, times, 0};

        memset(times, 0, sizeof times);
        wrong += keyshard_for_each_key(note, &seen) != PSA_SUCCESS;
        for (unsigned i = 0; i < LASTING; i++) {
            wrong += times[i] != 1;
        }
    }
    atomic_store(&stop, true);
    join_workers(workers, 2);
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

static int destroy_visited(const psa_key_attributes_t *attributes, void *context)
{
    *(unsigned *) context += psa_destroy_key(psa_get_key_id(attributes)) != PSA_SUCCESS;
    return 0;
}

static int stop_at_once(const psa_key_attributes_t *attributes, void *context)
{
    (void) attributes;
    ++*(unsigned *) context;
    return 1;
}

/* Ensures that a visitor may destroy the key it is shown, and may end the walk. */
START_TEST(visitor_may_destroy)
{
    unsigned failures = 0;
    unsigned visits = 0;

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    for (unsigned i = 0; i < 100; i++) {
        import_hmac(1);
    }
    ck_assert_int_eq(keyshard_for_each_key(stop_at_once, &visits), PSA_SUCCESS);
    ck_assert_uint_eq(visits, 1);
    ck_assert_int_eq(keyshard_for_each_key(destroy_visited, &failures), PSA_SUCCESS);
    ck_assert_uint_eq(failures, 0);
    ck_assert_uint_eq(stats_now().keys, 0);
}
END_TEST

/* More keys than the budget for contexts has room for: 131,072. */
#define CROWD 140000

/* Uses as many keys twice each. Gives how many uses failed; keys may be NULL. */
static unsigned fill_budget(psa_key_id_t *keys)
{
    unsigned wrong = 0;

    for (unsigned i = 0; i < CROWD; i++) {
        psa_key_id_t key = import_hmac((uint8_t) i);

        wrong += use_key(key) != PSA_SUCCESS;
        wrong += use_key(key) != PSA_SUCCESS;
        if (keys != NULL) {
            keys[i] = key;
        }
    }
    return wrong;
}

/* Ensures that a full budget for prepared contexts stays as it is while 20,000 further keys are
 * used once each, which all work, and that the second use in a row of one of them makes it room. */
START_TEST(keys_used_once_evict_nothing)
{
    enum { MORE = 20000 };
    unsigned wrong = 0;

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    wrong += fill_budget(NULL);
    keyshard_stats_t before = stats_now();
    for (unsigned i = 0; i < MORE; i++) {
        wrong += use_key(import_hmac((uint8_t) i)) != PSA_SUCCESS;
    }
    keyshard_stats_t after = stats_now();
    psa_key_id_t key = import_hmac(1);

    ck_assert_uint_gt(before.record_evictions, 0);
    ck_assert_uint_eq(after.record_evictions, before.record_evictions);
    ck_assert_uint_eq(after.records, before.records);
    ck_assert_uint_eq(after.record_bytes, before.record_bytes);
    wrong += use_key(key) != PSA_SUCCESS;
    ck_assert_uint_eq(stats_now().record_evictions, before.record_evictions);
    wrong += use_key(key) != PSA_SUCCESS;
    ck_assert_uint_eq(stats_now().record_evictions, before.record_evictions + 1);
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* Ensures that 4,000 keys used in turn get their contexts kept though the budget is full of those
 * of others, which are used no more. */
START_TEST(new_working_set_gets_in)
{
    enum { NEW = 4000, ROUNDS = 3 };
    static psa_key_id_t keys[NEW];
    unsigned wrong = 0;

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    wrong += fill_budget(NULL);
    for (unsigned i = 0; i < NEW; i++) {
        keys[i] = import_hmac((uint8_t) i);
    }
    keyshard_stats_t before = stats_now();
    for (unsigned i = 0; i < ROUNDS * NEW; i++) {
        wrong += use_key(keys[i % NEW]) != PSA_SUCCESS;
    }
    keyshard_stats_t after = stats_now();

    ck_assert_uint_ge(after.record_makes - before.record_makes, NEW * 9 / 10);
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* Ensures that the contexts of 140,000 keys used twice each stay within the budget for prepared
 * contexts, 16 MiB a shard, and are evicted and not lost: the first ones still work. */
START_TEST(contexts_have_a_budget)
{
    static psa_key_id_t keys[CROWD];
    unsigned wrong = 0;

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    wrong += fill_budget(keys);
    keyshard_stats_t stats = stats_now();
    ck_assert_uint_le(stats.record_bytes, 16u << 20);
    ck_assert_uint_gt(stats.record_evictions, 0);
    ck_assert_uint_eq(stats.records + stats.record_evictions, stats.record_makes);
    for (unsigned i = 0; i < 1000; i++) {
        uint8_t mac[32];
        uint8_t expected[32];
        size_t length;

        expected_hmac((uint8_t) i, (const uint8_t *) "m", 1, expected);
        wrong += psa_mac_compute(keys[i], HMAC_256, (const uint8_t *)"m", 1, mac, sizeof mac,
                                 &length) != PSA_SUCCESS;
        wrong += memcmp(mac, expected, sizeof mac) != 0;
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *const tests[], unsigned count)
{
    TCase *cases = tcase_create(name);

    tcase_set_timeout(cases, 240);
    for (unsigned i = 0; i < count; i++) {
        tcase_add_test(cases, tests[i]);
    }
    suite_add_tcase(suite, cases);
}

int main(void)
{
    const TTest *const threads[] = {concurrent_init, threads_come_and_go, calls_after_thread_exit};
    const TTest *const freeing[] = {free_while_others_work};
    const TTest *const forking[] = {fork_while_others_work, fork_while_threads_end};
    const TTest *const ids[] = {stale_across_init, stale_ids_stay_dead, slots_are_given_back,
                                stale_across_threads};
    const TTest *const many[] = {a_million_keys, each_key_once, visitor_may_destroy,
                                 contexts_have_a_budget, keys_used_once_evict_nothing,
                                 new_working_set_gets_in};
    Suite *suite = suite_create("lifecycle");

    add(suite, "threads", threads, THREAD_TESTS);
    add(suite, "free", freeing, COUNT(freeing));
    add(suite, "fork", forking, FORK_TESTS * COUNT(forking));
    add(suite, "ids", ids, COUNT(ids));
    add(suite, "many", many, COUNT(many));
    return run_suite(suite);
}
