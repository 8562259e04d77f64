/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The waits of the protocols, one by one: each test holds up one party and sees who waits for it.
 */

#include "../apart.h"
#include "../runner.h"
#include "tools.h"

#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <urcu/urcu-bp.h>

/* A call made in a thread of its own. */
struct call {
    psa_status_t (*function)(psa_key_id_t key);
    psa_key_id_t key;
    const struct slow *awaited; /* an operation that it is to wait for, or NULL */
    psa_status_t status;
    atomic_bool finished;
    bool over; /* whether that operation was over when the call returned */
    pthread_t thread;
};

static void *run_call(void *argument)
{
    struct call *call = argument;

    call->status = call->function(call->key);
    call->over = call->awaited != NULL && slow_over(call->awaited);
    atomic_store(&call->finished, true);
    return NULL;
}

static void call_start(struct call *call, psa_status_t (*function)(psa_key_id_t), psa_key_id_t key,
                       const struct slow *awaited)
{
    memset(call, 0, sizeof *call);
    call->function = function;
    call->key = key;
    call->awaited = awaited;
    pthread_create(&call->thread, NULL, run_call, call);
}

static psa_status_t replace_by_ones(psa_key_id_t key)
{
    uint8_t material[32];

    memset(material, 1, sizeof material);
    return keyshard_replace_key(key, material, sizeof material);
}

static psa_status_t hmac_of_nothing(psa_key_id_t key)
{
    uint8_t mac[32];
    size_t length;

    return psa_mac_compute(key, HMAC_256, NULL, 0, mac, sizeof mac, &length);
}

/* Ensures that a destroyer waits for read-side sections that began before it emptied the slot. */
START_TEST(destroy_waits_for_sections)
{
    struct call destroy;
    psa_key_id_t key = import_hmac(7);

    urcu_bp_read_lock();
    call_start(&destroy, psa_destroy_key, key, NULL);
    bool early = wait_for(&destroy.finished, 100);
    urcu_bp_read_unlock();
    pthread_join(destroy.thread, NULL);
    ck_assert(!early);
    ck_assert_int_eq(destroy.status, PSA_SUCCESS);
}
END_TEST

/* Ensures that a destroyer waits for an operation that had found the key, which ends with the right
 * result; and that the id is gone at once for everybody else. */
START_TEST(destroy_waits_for_operations)
{
    struct slow slow;
    struct call destroy;
    psa_key_id_t key = import_hmac(9);

    slow_start(&slow, key, 9);
    call_start(&destroy, psa_destroy_key, key, &slow);
    wait_for_stat(offsetof(keyshard_stats_t, keys_destroyed), 1, 60000);
    psa_status_t meanwhile = hmac_of_nothing(key);
    bool was_running = !atomic_load(&slow.finished);
    slow_join(&slow);
    pthread_join(destroy.thread, NULL);
    ck_assert(was_running);
    ck_assert_int_eq(meanwhile, PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(destroy.status, PSA_SUCCESS);
    ck_assert(slow.right);
    ck_assert(destroy.over);
}
END_TEST

/* Ensures that destruction waits for its own key's operations only. */
START_TEST(destroy_ignores_other_keys)
{
    struct slow slow;
    psa_key_id_t busy = import_hmac(1);
    psa_key_id_t idle = import_hmac(2);

    slow_start(&slow, busy, 1);
    psa_status_t status = psa_destroy_key(idle);
    bool was_running = !atomic_load(&slow.finished);
    slow_join(&slow);
    ck_assert_int_eq(status, PSA_SUCCESS);
    ck_assert(was_running);
    ck_assert(slow.right);
}
END_TEST

/* Ensures that a replacement waits for operations with the old material, while new operations use
 * the new material at once. */
START_TEST(replace_waits_for_old_operations)
{
    struct slow slow;
    struct call replace;
    uint8_t mac[32];
    uint8_t expected[32];
    size_t length = 0;
    psa_key_id_t key = import_hmac(3);

    slow_start(&slow, key, 3);
    call_start(&replace, replace_by_ones, key, &slow);
    wait_for_stat(offsetof(keyshard_stats_t, keys_replaced), 1, 60000);
    psa_status_t status =
        psa_mac_compute(key, HMAC_256, (const uint8_t *)"x", 1, mac, sizeof mac, &length);
    bool was_running = !atomic_load(&slow.finished);
    slow_join(&slow);
    pthread_join(replace.thread, NULL);
    expected_hmac(1, (const uint8_t *) "x", 1, expected);
    ck_assert(was_running);
    ck_assert_int_eq(status, PSA_SUCCESS);
    ck_assert_mem_eq(mac, expected, sizeof mac);
    ck_assert_int_eq(replace.status, PSA_SUCCESS);
    ck_assert(replace.over);
    ck_assert(slow.right);
}
END_TEST

/* Ensures that destroy returns only when earlier objects of the id are wiped too, which a
 * replacement of another thread is still waiting for. */
START_TEST(destroy_waits_for_earlier_objects)
{
    struct slow slow;
    struct call replace;
    struct call destroy;
    psa_key_id_t key = import_hmac(4);

    slow_start(&slow, key, 4);
    call_start(&replace, replace_by_ones, key, &slow);
    wait_for_stat(offsetof(keyshard_stats_t, keys_replaced), 1, 60000);
    call_start(&destroy, psa_destroy_key, key, &slow);
    slow_join(&slow);
    pthread_join(replace.thread, NULL);
    pthread_join(destroy.thread, NULL);
    ck_assert_int_eq(replace.status, PSA_SUCCESS);
    ck_assert_int_eq(destroy.status, PSA_SUCCESS);
    ck_assert(destroy.over);
    ck_assert(slow.right);
}
END_TEST

/* Ensures that a purge drops the prepared contexts while an operation goes on undisturbed. */
START_TEST(purge_waits_and_keeps_the_key)
{
    struct slow slow;
    keyshard_stats_t stats;
    psa_key_id_t key = import_hmac(5);

    slow_start(&slow, key, 5);
    psa_status_t status = psa_purge_key(key);
    bool over = slow_over(&slow);
    slow_join(&slow);
    ck_assert_int_eq(status, PSA_SUCCESS);
    ck_assert(over);
    ck_assert(slow.right);
    ck_assert_int_eq(hmac_of_nothing(key), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_get_stats(&stats, sizeof stats), PSA_SUCCESS);
    ck_assert_uint_eq(stats.keys, 1);
}
END_TEST

/* Ensures that calls that may block are refused inside the program's own read-side section and
 * change nothing, while look-ups and operations work there. */
START_TEST(own_section)
{
    keyshard_stats_t stats;
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = import_hmac(6);
    uint8_t byte;

    ck_assert_int_eq(psa_generate_random(&byte, 1), PSA_SUCCESS);
    urcu_bp_read_lock();
    psa_status_t destroyed = psa_destroy_key(key);
    psa_status_t replaced = replace_by_ones(key);
    psa_status_t purged = psa_purge_key(key);
    psa_key_id_t imported = import_hmac(1);
    psa_status_t read = psa_get_key_attributes(key, &attributes);
    psa_status_t used = hmac_of_nothing(key); /* with a context that it cannot keep */
    psa_status_t drawn = psa_generate_random(&byte, 1);
    urcu_bp_read_unlock();
    ck_assert_int_eq(destroyed, PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(replaced, PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(purged, PSA_ERROR_BAD_STATE);
    ck_assert_uint_eq(imported, 0);
    ck_assert_int_eq(read, PSA_SUCCESS);
    ck_assert_int_eq(used, PSA_SUCCESS);
    ck_assert_int_eq(drawn, PSA_SUCCESS);
    ck_assert_int_eq(keyshard_get_stats(&stats, sizeof stats), PSA_SUCCESS);
    ck_assert_uint_eq(stats.keys, 1);
    ck_assert_uint_eq(stats.records, 0);
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
}
END_TEST

#define ROUNDS 20000

/* Two destroyers of one key. The second waits at a spin, so that both come within some 100 ns. */
struct race {
    _Atomic psa_key_id_t key; /* the key to destroy; 0 ends the race */
    _Atomic unsigned round;   /* raised to start the second destroyer */
    _Atomic unsigned done;    /* rounds that it has done */
    psa_status_t status;
    pthread_t thread;
};

static void *second_destroyer(void *argument)
{
    struct race *race = argument;

    for (unsigned round = 1;; round++) {
        for (unsigned spins = 1; atomic_load(&race->round) < round; spins++) {
            if (spins % 100000 == 0) {
                sched_yield();
            }
        }
        psa_key_id_t key = atomic_load(&race->key);

        if (key == 0) {
            return NULL;
        }
        race->status = psa_destroy_key(key);
        atomic_store(&race->done, round);
    }
}

/* Ensures that of two destroyers of one key exactly one succeeds, time after time. */
START_TEST(one_destroyer_wins)
{
    static struct race race;
    unsigned wrong = 0;
    unsigned second = 0;

    pthread_create(&race.thread, NULL, second_destroyer, &race);
    run_apart(race.thread);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        atomic_store(&race.key, import_hmac((uint8_t) round));
        atomic_store(&race.round, round);
        for (volatile unsigned delay = 0; delay < round * 7 % 256; delay++) {
        }
        psa_status_t status = psa_destroy_key(atomic_load(&race.key));

        while (atomic_load(&race.done) < round) {
            sched_yield();
        }
        second += race.status == PSA_SUCCESS;
        wrong += (status == PSA_SUCCESS) == (race.status == PSA_SUCCESS);
        wrong += status != PSA_SUCCESS && status != PSA_ERROR_INVALID_HANDLE;
        wrong += race.status != PSA_SUCCESS && race.status != PSA_ERROR_INVALID_HANDLE;
    }
    atomic_store(&race.key, 0);
    atomic_store(&race.round, ROUNDS + 1);
    pthread_join(race.thread, NULL);
    printf("the second destroyer won %u of %u\n", second, ROUNDS);
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

#define WAITERS 4
#define WAITER_KEYS 150
#define READERS 8

struct waiter {
    psa_key_id_t keys[WAITER_KEYS]; /* made by another thread, so that a destroyer has to wait */
    double worst_ms;
    unsigned failures;
    pthread_t thread;
};

static void *destroy_many(void *argument)
{
    struct waiter *waiter = argument;

    for (unsigned i = 0; i < WAITER_KEYS; i++) {
        double start = now_ms();

        waiter->failures += psa_destroy_key(waiter->keys[i]) != PSA_SUCCESS;
        if (now_ms() - start > waiter->worst_ms) {
            waiter->worst_ms = now_ms() - start;
        }
    }
    return NULL;
}

static atomic_bool readers_stop;

static void *read_on(void *key)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    while (!atomic_load(&readers_stop)) {
        psa_get_key_attributes(*(psa_key_id_t *) key, &attributes);
    }
    return NULL;
}

/* Ensures that destroyers that wait at one time share grace periods: while one grace period is held
 * up by a section, four more destroyers come; all of them take the next one. */
START_TEST(grace_periods_are_shared)
{
    keyshard_stats_t before;
    keyshard_stats_t after;
    struct call destroy[5];
    unsigned failures = 0;

    for (unsigned i = 0; i < 5; i++) {
        destroy[i].key = import_hmac((uint8_t) i);
    }
    keyshard_get_stats(&before, sizeof before);
    urcu_bp_read_lock();
    for (unsigned i = 0; i < 5; i++) {
        call_start(&destroy[i], psa_destroy_key, destroy[i].key, NULL);
        wait_for_stat(offsetof(keyshard_stats_t, keys_destroyed), i + 1, 60000);
    }
    sleep_ms(20);
    urcu_bp_read_unlock();
    for (unsigned i = 0; i < 5; i++) {
        pthread_join(destroy[i].thread, NULL);
        failures += destroy[i].status != PSA_SUCCESS;
    }
    keyshard_get_stats(&after, sizeof after);
    ck_assert_uint_eq(failures, 0);
    ck_assert_uint_le(after.grace_periods - before.grace_periods, 3);
}
END_TEST

/* Ensures that none of several destroyers starves while readers are busy. The bound is generous,
 * for the machine may be busy otherwise; liburcu alone reaches seconds. */
START_TEST(no_destroyer_starves)
{
    keyshard_stats_t before;
    keyshard_stats_t after;
    static struct waiter waiters[WAITERS];
    pthread_t readers[READERS];
    psa_key_id_t key = import_hmac(1);
    unsigned failures = 0;
    double worst = 0;

    for (unsigned i = 0; i < WAITERS * WAITER_KEYS; i++) {
        waiters[i % WAITERS].keys[i / WAITERS] = import_hmac((uint8_t) i);
    }
    atomic_store(&readers_stop, false);
    keyshard_get_stats(&before, sizeof before);
    for (unsigned i = 0; i < READERS; i++) {
        pthread_create(&readers[i], NULL, read_on, &key);
    }
    for (unsigned i = 0; i < WAITERS; i++) {
        pthread_create(&waiters[i].thread, NULL, destroy_many, &waiters[i]);
    }
    for (unsigned i = 0; i < WAITERS; i++) {
        pthread_join(waiters[i].thread, NULL);
        failures += waiters[i].failures;
        worst = waiters[i].worst_ms > worst ? waiters[i].worst_ms : worst;
    }
    atomic_store(&readers_stop, true);
    for (unsigned i = 0; i < READERS; i++) {
        pthread_join(readers[i], NULL);
    }
    keyshard_get_stats(&after, sizeof after);
    printf("worst destroy %.1f ms, %lu grace periods for %u destroys\n", worst,
           (unsigned long) (after.grace_periods - before.grace_periods), WAITERS * WAITER_KEYS);
    ck_assert_uint_eq(failures, 0);
    ck_assert_double_lt(worst, 1000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("protocol");
    TCase *waits = tcase_create("waits");
    TCase *races = tcase_create("races");

    tcase_set_timeout(waits, 120);
    tcase_add_checked_fixture(waits, setup, NULL);
    tcase_add_test(waits, destroy_waits_for_sections);
    tcase_add_test(waits, destroy_waits_for_operations);
    tcase_add_test(waits, destroy_ignores_other_keys);
    tcase_add_test(waits, replace_waits_for_old_operations);
    tcase_add_test(waits, destroy_waits_for_earlier_objects);
    tcase_add_test(waits, purge_waits_and_keeps_the_key);
    tcase_add_test(waits, own_section);
    suite_add_tcase(suite, waits);
    tcase_set_timeout(races, 120);
    tcase_add_checked_fixture(races, setup, NULL);
    tcase_add_test(races, one_destroyer_wins);
    tcase_add_test(waits, grace_periods_are_shared);
    tcase_add_test(races, no_destroyer_starves);
    suite_add_tcase(suite, races);
    return run_suite(suite);
}
