/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Servers that initialise and make their keys, and then fork their workers; and fork handlers of
 * other libraries that call in. */

#include "../runner.h"
#include "tools.h"

#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t keys_now(void)
{
    return stat_now(offsetof(keyshard_stats_t, keys));
}

#define PREFORK_KEYS 20
#define PREFORK_WORKERS 4

static psa_key_id_t prefork_keys[PREFORK_KEYS];

/* Whether every key is there and gives the right MAC; that of a key whose bytes are all its number
 * plus extra. */
static bool all_right(unsigned extra)
{
    uint8_t expected[32];
    uint8_t mac[32];
    size_t length;
    bool right = true;

    for (unsigned i = 0; i < PREFORK_KEYS; i++) {
        expected_hmac((uint8_t) (i + extra), (const uint8_t *) "m", 1, expected);
        right = right &&
                psa_mac_compute(prefork_keys[i], HMAC_256, (const uint8_t *) "m", 1, mac,
                                sizeof mac, &length) == PSA_SUCCESS &&
                memcmp(mac, expected, sizeof mac) == 0;
    }
    return right;
}

static void *use_all(void *failures)
{
    for (unsigned i = 0; i < 20; i++) {
        *(unsigned *) failures += !all_right(0) || import_hmac(1) == 0;
    }
    return NULL;
}

/* A worker process: its threads use its parent's keys; then it changes or destroys its copies. */
static int prefork_worker(unsigned number)
{
    pthread_t threads[2];
    unsigned failures[2] = {0, 0};
    uint8_t material[32];
    unsigned bad = 0;

    alarm(60);
    for (unsigned i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, use_all, &failures[i]);
    }
    bad += !all_right(0);
    for (unsigned i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        bad += failures[i];
    }
    for (unsigned i = 0; i < PREFORK_KEYS && number % 2 == 0; i++) {
        memset(material, (int) (i + number), sizeof material);
        bad += keyshard_replace_key(prefork_keys[i], material, sizeof material) != PSA_SUCCESS;
    }
    bad += !all_right(number % 2 == 0 ? number : 0);
    bad += keyshard_destroy_keys(prefork_keys, PREFORK_KEYS) != PSA_SUCCESS;
    bad += keys_now() != 2 * 20;
    return bad != 0;
}

/* Ensures that a server may initialise and make its keys, then fork its workers: each has copies of
 * its own, and what it does to them is not seen in the parent. */
START_TEST(prefork_server)
{
    pid_t workers[PREFORK_WORKERS];
    unsigned bad = 0;

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    for (unsigned i = 0; i < PREFORK_KEYS; i++) {
        prefork_keys[i] = import_hmac((uint8_t) i);
    }
    ck_assert(all_right(0));
    for (unsigned i = 0; i < PREFORK_WORKERS; i++) {
        workers[i] = fork();
        if (workers[i] == 0) {
            _exit(prefork_worker(i));
        }
    }
    for (unsigned i = 0; i < PREFORK_WORKERS; i++) {
        int status = 1;

        waitpid(workers[i], &status, 0);
        bad += status != 0;
    }
    ck_assert_uint_eq(bad, 0);
    ck_assert(all_right(0));
    ck_assert_uint_eq(keys_now(), PREFORK_KEYS);
}
END_TEST

/* Fork handlers that run inside of keyshard's: they were registered before it was loaded. */
#define HANDLER_KEYS 3000 /* more than a shard has slots for when it is new */

static struct {
    bool active;
    unsigned calls;
    unsigned bad;
} handlers;

static void handler(void)
{
    psa_key_id_t key = 0;
    uint8_t expected[32];
    uint8_t mac[32];
    size_t length;

    if (!handlers.active) {
        return;
    }
    for (unsigned i = 0; i < HANDLER_KEYS; i++) {
        key = import_hmac(3);
        handlers.bad += key == 0;
    }
    expected_hmac(3, (const uint8_t *) "m", 1, expected);
    handlers.bad += psa_mac_compute(key, HMAC_256, (const uint8_t *) "m", 1, mac, sizeof mac,
                                    &length) != PSA_SUCCESS ||
                    memcmp(mac, expected, sizeof mac) != 0;
    handlers.bad += psa_destroy_key(key) != PSA_ERROR_BAD_STATE; /* it may have to wait */
    handlers.calls++;
}

static void register_handlers(void)
{
    pthread_atfork(handler, handler, handler);
}

__attribute__((section(".preinit_array"), used)) static void (*const preinit)(void) =
    register_handlers;

/* Forks; the child looks at what its handlers found. */
static void *fork_once(void *bad)
{
    int status = 1;
    pid_t child;

    handlers.calls = 0;
    child = fork();
    if (child == 0) {
        alarm(60);
        handlers.active = false;
        _exit(handlers.bad != 0 || handlers.calls != 2 || keys_now() % HANDLER_KEYS != 0 ||
              import_hmac(1) == 0);
    }
    waitpid(child, &status, 0);
    *(unsigned *) bad += status != 0 || handlers.calls != 2;
    return NULL;
}

static unsigned in_thread(void *(*run)(void *bad))
{
    pthread_t thread;
    unsigned bad = 0;

    if (pthread_create(&thread, NULL, run, &bad) != 0) {
        return 1;
    }
    pthread_join(thread, NULL);
    return bad;
}

/* Ensures that handlers which run while the forking thread holds every lock may create keys, as
 * many as they like, and use them, in a thread that has called in before and in one that has not;
 * and that what may have to wait is refused. */
START_TEST(handlers_call_in)
{
    unsigned bad = 0;

    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    handlers.active = true;
    ck_assert_uint_eq(in_thread(fork_once), 0);
    fork_once(&bad);
    handlers.active = false;
    ck_assert_uint_eq(bad, 0);
    ck_assert_uint_eq(handlers.bad, 0);
    ck_assert_uint_eq(keys_now(), 4 * HANDLER_KEYS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pre-fork");
    TCase *servers = tcase_create("servers");

    tcase_set_timeout(servers, 120);
    tcase_add_test(servers, prefork_server);
    tcase_add_test(servers, handlers_call_in);
    suite_add_tcase(suite, servers);
    return run_suite(suite);
}
