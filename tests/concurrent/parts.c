/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Multi-part operations between threads: two in one object, keys that end under open operations,
 * init and free, fork. */

#include "config.h"

#include "../runner.h"
#include "tools.h"

#include <mbedtls/aes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_PIECE (48u << 20)

static void teardown(void)
{
    mbedtls_psa_crypto_free();
}

/* --- a call under way --- */

/* An update that takes some 100 ms, in a thread of its own. */
struct slow_update {
    psa_mac_operation_t *operation;
    atomic_bool started;
    atomic_bool finished;
    psa_status_t status;
    double cpu_ms; /* processor time of its thread when it had ended */
    pthread_t thread;
};

static void *run_slow_update(void *argument)
{
    struct slow_update *slow = argument;
    uint8_t *message = calloc(1, LONG_PIECE);

    memset(message, 1, LONG_PIECE); /* its pages are there */
    atomic_store(&slow->started, true);
    for (unsigned tries = 0; tries < 100000; tries++) {
        slow->status = psa_mac_update(slow->operation, message, LONG_PIECE);
        if (slow->status != PSA_ERROR_BAD_STATE) {
            break;
        } /* else the thread that looks whether it is inside was inside itself */
    }
    slow->cpu_ms = thread_cpu_ms(pthread_self());
    atomic_store(&slow->finished, true);
    free(message);
    return NULL;
}

/* Returns when another thread has been seen inside. */
static bool slow_update_start(struct slow_update *slow, psa_mac_operation_t *operation)
{
    double limit = now_ms() + 60000;
    psa_status_t status = PSA_SUCCESS;

    memset(slow, 0, sizeof *slow);
    slow->operation = operation;
    pthread_create(&slow->thread, NULL, run_slow_update, slow);
    wait_for(&slow->started, 60000);
    while (status == PSA_SUCCESS && !atomic_load(&slow->finished) && now_ms() < limit) {
        status = psa_mac_update(operation, NULL, 0);
    }
    return status == PSA_ERROR_BAD_STATE && !atomic_load(&slow->finished);
}

static psa_status_t replace_by_ones(psa_key_id_t key)
{
    uint8_t material[32];

    memset(material, 1, sizeof material);
    return keyshard_replace_key(key, material, sizeof material);
}

/* Ensures that whoever destroys or replaces a key waits for a call that is inside one of its
 * operations, which keeps its result and is the last. After that the call's thread has little left
 * to do, though it may do it late: its processor time says so. */
START_TEST(waits_for_call)
{
    psa_status_t (*const ends[])(psa_key_id_t) = {psa_destroy_key, replace_by_ones};
    psa_key_id_t key = import_hmac(3);
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    struct slow_update slow;

    ck_assert_int_eq(psa_mac_sign_setup(&operation, key, HMAC_256), PSA_SUCCESS);
    bool inside = slow_update_start(&slow, &operation);
    psa_status_t ended = ends[_i](key);
    double cpu_ms = thread_cpu_ms(slow.thread);
    psa_status_t next = psa_mac_update(&operation, NULL, 0);
    pthread_join(slow.thread, NULL);
    ck_assert(inside);
    ck_assert(cpu_ms > slow.cpu_ms - 10);
    ck_assert_int_eq(ended, PSA_SUCCESS);
    ck_assert_int_eq(slow.status, PSA_SUCCESS);
    ck_assert_int_eq(next, PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_mac_abort(&operation), PSA_SUCCESS);
}
END_TEST

/* Ensures that a call inside an operation of another key is not waited for, nor one of the same key
 * for a purge. */
START_TEST(waits_for_no_other)
{
    psa_key_id_t busy = import_hmac(3);
    psa_key_id_t other = import_hmac(4);
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    psa_mac_operation_t idle = PSA_MAC_OPERATION_INIT;
    struct slow_update slow;

    ck_assert_int_eq(psa_mac_sign_setup(&operation, busy, HMAC_256), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_sign_setup(&idle, other, HMAC_256), PSA_SUCCESS);
    bool inside = slow_update_start(&slow, &operation);
    psa_status_t destroyed = psa_destroy_key(other);
    psa_status_t purged = psa_purge_key(busy);
    bool was_running = !atomic_load(&slow.finished);
    pthread_join(slow.thread, NULL);
    ck_assert(inside);
    ck_assert_int_eq(destroyed, PSA_SUCCESS);
    ck_assert_int_eq(purged, PSA_SUCCESS);
    ck_assert(was_running);
    ck_assert_int_eq(psa_mac_update(&idle, NULL, 0), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_mac_update(&operation, NULL, 0), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_abort(&operation), PSA_SUCCESS);
}
END_TEST

/* Ensures that while a call is inside every other call on the object is refused, abort included,
 * and that the operation then goes on as if they had not been made. */
START_TEST(one_call_at_a_time)
{
    psa_key_id_t key = import_hmac(5);
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    struct slow_update slow;
    uint8_t mac[32];
    uint8_t expected[32];
    size_t length = 0;
    psa_status_t refused[5];

    ck_assert_int_eq(psa_mac_sign_setup(&operation, key, HMAC_256), PSA_SUCCESS);
    bool inside = slow_update_start(&slow, &operation);
    refused[0] = psa_mac_update(&operation, mac, 1);
    refused[1] = psa_mac_sign_finish(&operation, mac, sizeof mac, &length);
    refused[2] = psa_mac_verify_finish(&operation, mac, sizeof mac);
    refused[3] = psa_mac_sign_setup(&operation, key, HMAC_256);
    refused[4] = psa_mac_abort(&operation);
    bool was_running = !atomic_load(&slow.finished);
    pthread_join(slow.thread, NULL);
    ck_assert(inside);
    ck_assert(was_running);
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(refused[i], PSA_ERROR_BAD_STATE);
    }
    ck_assert_int_eq(psa_mac_sign_finish(&operation, mac, sizeof mac, &length), PSA_SUCCESS);
    uint8_t *message = malloc(LONG_PIECE);
    memset(message, 1, LONG_PIECE);
    expected_hmac(5, message, LONG_PIECE, expected);
    free(message);
    ck_assert_mem_eq(mac, expected, sizeof mac);
}
END_TEST

/* --- many threads in one object --- */

#define SHARERS 4
#define PIECE 256

struct sharer {
    pthread_t thread;
    psa_mac_operation_t *operation;
    unsigned long taken;
    unsigned long refused;
    unsigned long wrong;
};

static const uint8_t piece[PIECE] = {1, 2, 3};

static void *share(void *argument)
{
    struct sharer *sharer = argument;

    for (int i = 0; i < 20000; i++) {
        psa_status_t status = psa_mac_update(sharer->operation, piece, PIECE);

        sharer->taken += status == PSA_SUCCESS;
        sharer->refused += status == PSA_ERROR_BAD_STATE;
        sharer->wrong += status != PSA_SUCCESS && status != PSA_ERROR_BAD_STATE;
    }
    return NULL;
}

/* Ensures that of threads in one object each call is taken whole or refused: the MAC is that of as
 * many pieces as were taken. */
START_TEST(many_in_one)
{
    psa_key_id_t key = import_hmac(6);
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    struct sharer sharers[SHARERS];
    unsigned long taken = 0;
    unsigned long refused = 0;
    uint8_t mac[32];
    uint8_t expected[32];
    size_t length;

    memset(sharers, 0, sizeof sharers);
    ck_assert_int_eq(psa_mac_sign_setup(&operation, key, HMAC_256), PSA_SUCCESS);
    for (unsigned i = 0; i < SHARERS; i++) {
        sharers[i].operation = &operation;
        pthread_create(&sharers[i].thread, NULL, share, &sharers[i]);
    }
    for (unsigned i = 0; i < SHARERS; i++) {
        pthread_join(sharers[i].thread, NULL);
        taken += sharers[i].taken;
        refused += sharers[i].refused;
        ck_assert_uint_eq(sharers[i].wrong, 0);
    }
    printf("one object, %d threads: %lu calls taken, %lu refused\n", SHARERS, taken, refused);
    ck_assert_int_eq(psa_mac_sign_finish(&operation, mac, sizeof mac, &length), PSA_SUCCESS);
    uint8_t *message = malloc(taken * PIECE);
    for (unsigned long i = 0; i < taken; i++) {
        memcpy(message + i * PIECE, piece, PIECE);
    }
    expected_hmac(6, message, taken * PIECE, expected);
    free(message);
    ck_assert_mem_eq(mac, expected, sizeof mac);
    ck_assert_uint_gt(taken, 0);
}
END_TEST

static void *open_and_abort(void *argument)
{
    struct sharer *sharer = argument;

    for (int i = 0; i < 10000; i++) {
        psa_status_t status = psa_mac_sign_setup(sharer->operation, (psa_key_id_t) sharer->taken,
                                                 HMAC_256);
        uint8_t mac[32];
        size_t length;

        sharer->wrong += status != PSA_SUCCESS && status != PSA_ERROR_BAD_STATE;
        status = psa_mac_update(sharer->operation, piece, 1);
        sharer->wrong += status != PSA_SUCCESS && status != PSA_ERROR_BAD_STATE;
        if (i % 2 == 0) {
            status = psa_mac_sign_finish(sharer->operation, mac, sizeof mac, &length);
        }
        sharer->wrong += status != PSA_SUCCESS && status != PSA_ERROR_BAD_STATE;
        sharer->refused += status == PSA_ERROR_BAD_STATE;
        psa_mac_abort(sharer->operation);
    }
    return NULL;
}

/* Ensures that threads which set up, use, finish and abort one object corrupt nothing: each call
 * gives a status, and what they lose hold of ends with the key. */
START_TEST(brawl)
{
    psa_key_id_t key = import_hmac(7);
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    struct sharer sharers[SHARERS];

    memset(sharers, 0, sizeof sharers);
    uint64_t before = stat_now(offsetof(keyshard_stats_t, secret_bytes));
    for (unsigned i = 0; i < SHARERS; i++) {
        sharers[i].operation = &operation;
        sharers[i].taken = key;
        pthread_create(&sharers[i].thread, NULL, open_and_abort, &sharers[i]);
    }
    for (unsigned i = 0; i < SHARERS; i++) {
        pthread_join(sharers[i].thread, NULL);
        ck_assert_uint_eq(sharers[i].wrong, 0);
    }
    psa_mac_abort(&operation);
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
    /* All ended threads' records are wiped, the key is gone. */
    ck_assert_uint_lt(stat_now(offsetof(keyshard_stats_t, secret_bytes)), before);
}
END_TEST

/* --- keys that end --- */

#define WORKERS 6
#define BREAKERS 2
#define SLOTS 4
#define INSTANCES 60000
#define STREAM 512
#define CTR_IV 16

/* A key that existed for a while. Counts are raised before and after the call that they count. */
struct instance {
    psa_key_id_t id;
    atomic_uint started;   /* replacements begun */
    atomic_uint done;      /* replacements returned */
    atomic_bool dead;      /* destroy has returned */
};

static struct instance instances[INSTANCES];
static atomic_uint made;
static atomic_uint current[SLOTS];
static pthread_mutex_t breaking[SLOTS];
static uint8_t streams[256][STREAM]; /* of a key of equal bytes, with an IV of zeros */
static atomic_bool stop;

static void make_streams(void)
{
    static const uint8_t zeros[STREAM];

    for (unsigned f = 0; f < 256; f++) {
        mbedtls_aes_context aes;
        uint8_t key[16];
        uint8_t counter[16] = {0};
        uint8_t block[16];
        size_t offset = 0;

        memset(key, (int) f, sizeof key);
        mbedtls_aes_init(&aes);
        mbedtls_aes_setkey_enc(&aes, key, 128);
        mbedtls_aes_crypt_ctr(&aes, STREAM, &offset, counter, block, zeros, streams[f]);
        mbedtls_aes_free(&aes);
    }
}

static psa_key_id_t import_ctr(uint8_t fill)
{
    return import_uniform(PSA_KEY_TYPE_AES, 16, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CTR, fill);
}

struct worker {
    pthread_t thread;
    uint32_t random;
    unsigned long opened;
    unsigned long whole;     /* operations that came to their end */
    unsigned long revoked;   /* ended by their key */
    unsigned long wrong;     /* outputs that are no prefix of any key's */
    unsigned long late;      /* calls that succeeded after their key had ended */
    unsigned long bad;       /* statuses that should not be */
    unsigned long changes;   /* by breakers */
};

static uint32_t next(struct worker *worker)
{
    worker->random = worker->random * 1664525 + 1013904223;
    return worker->random >> 8;
}

/* Whether output is what one of the keys gives at that place; the first output finds out which. */
static bool is_right(int *which, size_t place, const uint8_t *output, size_t length)
{
    if (*which < 0) {
        for (int f = 0; f < 256 && *which < 0; f++) {
            *which = memcmp(streams[f], output, length) == 0 ? f : -1;
        }
    }
    return *which >= 0 && memcmp(streams[*which] + place, output, length) == 0;
}

static void use_one(struct worker *worker)
{
    static const uint8_t zeros[STREAM];
    struct instance *instance = &instances[atomic_load(&current[next(worker) % SLOTS])];
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    psa_status_t status = psa_cipher_encrypt_setup(&operation, instance->id, PSA_ALG_CTR);
    unsigned started = atomic_load(&instance->started);
    size_t place = 0;
    int which = -1;

    if (status != PSA_SUCCESS) {
        worker->bad += status != PSA_ERROR_INVALID_HANDLE;
        return;
    }
    worker->opened++;
    status = psa_cipher_set_iv(&operation, zeros, CTR_IV);
    while (status == PSA_SUCCESS && place < STREAM) {
        uint8_t output[64];
        size_t wanted = 8 + next(worker) % 56;
        size_t length = 0;
        bool ended = atomic_load(&instance->dead) || atomic_load(&instance->done) > started;

        wanted = wanted < STREAM - place ? wanted : STREAM - place;
        if (next(worker) % 8 == 0) {
            sleep_ms(1);
        }
        status = psa_cipher_update(&operation, zeros, wanted, output, sizeof output, &length);
        if (status == PSA_SUCCESS) {
            worker->late += ended;
            worker->wrong += length != wanted ||
                             (place + length >= 8 && !is_right(&which, place, output, length));
            place += length;
        }
    }
    if (status == PSA_SUCCESS) {
        size_t length;

        status = psa_cipher_finish(&operation, NULL, 0, &length);
        worker->whole += status == PSA_SUCCESS;
    }
    worker->revoked += status == PSA_ERROR_BAD_STATE;
    worker->bad += status != PSA_SUCCESS && status != PSA_ERROR_BAD_STATE;
    worker->bad += psa_cipher_abort(&operation) != PSA_SUCCESS;
}

static void *use_keys(void *argument)
{
    while (!atomic_load(&stop)) {
        use_one(argument);
    }
    return NULL;
}

/* Replaces, purges, takes over or destroys the key of a slot; a destroyed one is followed by
 * another. */
static void break_one(struct worker *worker)
{
    unsigned slot = next(worker) % SLOTS;
    uint8_t material[16];

    pthread_mutex_lock(&breaking[slot]);
    struct instance *instance = &instances[atomic_load(&current[slot])];

    memset(material, (int) (next(worker) % 256), sizeof material);
    switch (next(worker) % 4) {
    case 0:
        atomic_fetch_add(&instance->started, 1);
        worker->bad += keyshard_replace_key(instance->id, material, 16) != PSA_SUCCESS;
        atomic_fetch_add(&instance->done, 1);
        break;
    case 1:
        worker->bad += psa_purge_key(instance->id) != PSA_SUCCESS;
        break;
    case 2:
        worker->bad += keyshard_handoff(instance->id, keyshard_self()) != PSA_SUCCESS;
        break;
    default:
        if (atomic_load(&made) < INSTANCES) {
            unsigned fresh = atomic_fetch_add(&made, 1);

            worker->bad += psa_destroy_key(instance->id) != PSA_SUCCESS;
            atomic_store(&instance->dead, true);
            instances[fresh % INSTANCES].id = import_ctr(material[0]);
            atomic_store(&current[slot], fresh % INSTANCES);
        }
    }
    pthread_mutex_unlock(&breaking[slot]);
    worker->changes++;
}

static void *break_keys(void *argument)
{
    struct worker *worker = argument;

    while (!atomic_load(&stop) && atomic_load(&made) < INSTANCES - BREAKERS) {
        break_one(worker);
        if (next(worker) % 4 == 0) {
            sleep_ms(1);
        }
    }
    return NULL;
}

/* Ensures that operations in six threads, while two others replace, purge, hand over and
 * destroy their keys, give a right prefix of one key's output or nothing, and nothing once their
 * key has ended. */
START_TEST(keys_end)
{
    const char *seconds = getenv("PARTS_SECONDS");
    struct worker workers[WORKERS + BREAKERS];
    struct worker sum = {0};

    make_streams();
    memset(workers, 0, sizeof workers);
    for (unsigned i = 0; i < SLOTS; i++) {
        pthread_mutex_init(&breaking[i], NULL);
        instances[i].id = import_ctr((uint8_t) i);
        atomic_store(&current[i], i);
    }
    atomic_store(&made, SLOTS);
    for (unsigned i = 0; i < WORKERS + BREAKERS; i++) {
        workers[i].random = i * 77 + (uint32_t) getpid();
        pthread_create(&workers[i].thread, NULL, i < WORKERS ? use_keys : break_keys, &workers[i]);
    }
    sleep_ms(seconds != NULL ? (unsigned) atoi(seconds) * 1000 : 3000);
    atomic_store(&stop, true);
    for (unsigned i = 0; i < WORKERS + BREAKERS; i++) {
        pthread_join(workers[i].thread, NULL);
        sum.opened += workers[i].opened;
        sum.whole += workers[i].whole;
        sum.revoked += workers[i].revoked;
        sum.wrong += workers[i].wrong;
        sum.late += workers[i].late;
        sum.bad += workers[i].bad;
        sum.changes += workers[i].changes;
    }
    printf("seed %ld: %lu operations, %lu whole, %lu revoked; %lu changes of keys\n",
           (long) getpid(), sum.opened, sum.whole, sum.revoked, sum.changes);
    ck_assert_uint_eq(sum.wrong, 0);
    ck_assert_uint_eq(sum.late, 0);
    ck_assert_uint_eq(sum.bad, 0);
    ck_assert_uint_gt(sum.whole, 100);
    ck_assert_uint_gt(sum.revoked, 100);
    /* What every worker left has been ended by now. */
    for (unsigned i = 0; i < SLOTS; i++) {
        ck_assert_int_eq(psa_destroy_key(instances[atomic_load(&current[i])].id), PSA_SUCCESS);
    }
}
END_TEST

/* --- init and free --- */

static void *use_and_leave(void *argument)
{
    struct worker *worker = argument;

    while (!atomic_load(&stop)) {
        psa_key_id_t key = import_hmac(1);
        psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
        psa_status_t status = psa_mac_sign_setup(&operation, key, HMAC_256);

        for (int i = 0; i < 20 && status == PSA_SUCCESS; i++) {
            status = psa_mac_update(&operation, piece, PIECE);
        }
        worker->opened++;
        worker->bad += status != PSA_SUCCESS && status != PSA_ERROR_BAD_STATE &&
                       status != PSA_ERROR_INVALID_HANDLE;
        if (next(worker) % 2 == 0) {
            psa_mac_abort(&operation);
        }
    }
    return NULL;
}

/* Ensures that the library may be freed while threads are inside operations: nothing of them is
 * left. */
START_TEST(freed)
{
    struct worker workers[4];
    uint64_t left = 0;

    memset(workers, 0, sizeof workers);
    for (unsigned i = 0; i < 4; i++) {
        workers[i].random = i;
        pthread_create(&workers[i].thread, NULL, use_and_leave, &workers[i]);
    }
    for (int round = 0; round < 60; round++) {
        sleep_ms(5);
        mbedtls_psa_crypto_free();
        left += stat_now(offsetof(keyshard_stats_t, secret_bytes));
        psa_crypto_init();
    }
    atomic_store(&stop, true);
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(workers[i].thread, NULL);
        ck_assert_uint_eq(workers[i].bad, 0);
        ck_assert_uint_gt(workers[i].opened, 0);
    }
    ck_assert_uint_eq(left, 0);
}
END_TEST

/* --- fork --- */

static int in_child(psa_key_id_t key, psa_mac_operation_t *own, psa_mac_operation_t *busy)
{
    uint8_t mac[32];
    uint8_t expected[32];
    size_t length = 0;

    expected_hmac(8, piece, PIECE, expected);
    if (psa_mac_sign_finish(own, mac, sizeof mac, &length) != PSA_SUCCESS ||
        memcmp(mac, expected, sizeof mac) != 0) {
        return 1;
    }
    if (psa_mac_update(busy, piece, PIECE) != PSA_ERROR_BAD_STATE ||
        psa_mac_abort(busy) != PSA_SUCCESS) {
        return 2;
    }
    if (psa_mac_sign_setup(own, key, HMAC_256) != PSA_SUCCESS) {
        return 3;
    }
    if (psa_destroy_key(key) != PSA_SUCCESS ||
        psa_mac_update(own, piece, PIECE) != PSA_ERROR_BAD_STATE) {
        return 4;
    }
    return 0;
}

/* Ensures that in a fork's child idle operations go on, that one which a vanished thread was inside
 * of has ended, and that their key can be destroyed; and that the parent notices nothing. */
START_TEST(forked)
{
    psa_key_id_t key = import_hmac(8);
    psa_mac_operation_t own = PSA_MAC_OPERATION_INIT;
    psa_mac_operation_t busy = PSA_MAC_OPERATION_INIT;
    struct slow_update slow;
    int status = -1;

    ck_assert_int_eq(psa_mac_sign_setup(&own, key, HMAC_256), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_update(&own, piece, PIECE), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_sign_setup(&busy, key, HMAC_256), PSA_SUCCESS);
    bool inside = slow_update_start(&slow, &busy);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(in_child(key, &own, &busy));
    }
    bool was_running = !atomic_load(&slow.finished);
    waitpid(child, &status, 0);
    pthread_join(slow.thread, NULL);
    ck_assert(inside);
    ck_assert(was_running);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    ck_assert_int_eq(slow.status, PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_update(&busy, NULL, 0), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_update(&own, piece, PIECE), PSA_SUCCESS);
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
}
END_TEST

static Suite *make_parts_suite(void)
{
    Suite *suite = suite_create("multi-part operations between threads");
    TCase *calls = tcase_create("calls");
    TCase *objects = tcase_create("objects");
    TCase *keys = tcase_create("keys");

    suite_add_tcase(suite, calls);
    tcase_set_timeout(calls, 60);
    tcase_add_checked_fixture(calls, setup, teardown);
    tcase_add_loop_test(calls, waits_for_call, 0, 2);
    tcase_add_test(calls, waits_for_no_other);
    tcase_add_test(calls, one_call_at_a_time);
    suite_add_tcase(suite, objects);
    tcase_set_timeout(objects, 60);
    tcase_add_checked_fixture(objects, setup, teardown);
    tcase_add_test(objects, many_in_one);
    tcase_add_test(objects, brawl);
    suite_add_tcase(suite, keys);
    tcase_set_timeout(keys, 120);
    tcase_add_checked_fixture(keys, setup, teardown);
    tcase_add_test(keys, keys_end);
    tcase_add_test(keys, freed);
    tcase_add_loop_test(keys, forked, 0, FORK_TESTS);
    return suite;
}

int main(void)
{
    return run_suite(make_parts_suite());
}
