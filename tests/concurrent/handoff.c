/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Keys that change their owner, lose usages, or end with others or with their thread; and what the
 * owner's thread does without waiting, against threads that come upon the key meanwhile. */

#include "config.h"

#include "../apart.h"
#include "../runner.h"
#include "tools.h"

#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The MAC of "m"; right is that of a key whose every byte is fill. */
static psa_status_t use_key(psa_key_id_t key, uint8_t fill, bool *right)
{
    static _Thread_local uint8_t expected[32];
    static _Thread_local int expects = -1;
    uint8_t mac[32];
    size_t length = 0;

    if (expects != fill) {
        expected_hmac(fill, (const uint8_t *) "m", 1, expected);
        expects = fill;
    }
    psa_status_t status =
        psa_mac_compute(key, HMAC_256, (const uint8_t *) "m", 1, mac, sizeof mac, &length);

    *right = status != PSA_SUCCESS || memcmp(mac, expected, sizeof mac) == 0;
    return status;
}

/* A second thread that does something once a round, at the same moment as the first. It spins, so
 * that both come within some 100 ns. */
struct partner {
    psa_status_t (*act)(struct partner *partner);
    _Atomic psa_key_id_t key; /* to act upon; 0 ends it */
    _Atomic keyshard_shard_t self;
    _Atomic unsigned round;
    _Atomic unsigned done;
    psa_status_t status;
    bool right;
    pthread_t thread;
};

static void *run_partner(void *argument)
{
    struct partner *partner = argument;

    partner->self = keyshard_self();
    for (unsigned round = 1;; round++) {
        for (unsigned spins = 1; atomic_load(&partner->round) < round; spins++) {
            if (spins % 100000 == 0) {
                sched_yield();
            }
        }
        if (atomic_load(&partner->key) == 0) {
            return NULL;
        }
        partner->status = partner->act(partner);
        atomic_store(&partner->done, round);
    }
}

static void partner_start(struct partner *partner, psa_status_t (*act)(struct partner *))
{
    memset(partner, 0, sizeof *partner);
    partner->act = act;
    pthread_create(&partner->thread, NULL, run_partner, partner);
    while (partner->self == 0) {
        sched_yield();
    }
}

static void partner_go(struct partner *partner, psa_key_id_t key)
{
    atomic_store(&partner->key, key);
    atomic_fetch_add(&partner->round, 1);
}

static void partner_wait(struct partner *partner)
{
    while (atomic_load(&partner->done) < atomic_load(&partner->round)) {
        sched_yield();
    }
}

static void partner_end(struct partner *partner)
{
    partner_go(partner, 0);
    pthread_join(partner->thread, NULL);
}

static void delay(unsigned round)
{
    for (volatile unsigned i = 0; i < round * 7 % 256; i++) {
    }
}

static psa_status_t use_it(struct partner *partner)
{
    return use_key(partner->key, 7, &partner->right);
}

static psa_status_t destroy_it(struct partner *partner)
{
    return psa_destroy_key(partner->key);
}

#define ROUNDS 20000

/* Ensures that a thread's first use of a key gets a right result or none while the owner's thread
 * destroys or replaces that key without waiting. */
START_TEST(first_use_meets_owner)
{
    static struct partner user;
    uint8_t sevens[32];
    unsigned wrong = 0;
    unsigned found = 0;

    memset(sevens, 7, sizeof sevens);
    partner_start(&user, use_it);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        psa_key_id_t key = import_hmac(7);

        partner_go(&user, key);
        delay(round);
        if (round % 2 == 0) {
            wrong += keyshard_replace_key(key, sevens, sizeof sevens) != PSA_SUCCESS;
        }
        wrong += psa_destroy_key(key) != PSA_SUCCESS;
        partner_wait(&user);
        found += user.status == PSA_SUCCESS;
        wrong += user.status != PSA_SUCCESS && user.status != PSA_ERROR_INVALID_HANDLE;
        wrong += !user.right;
    }
    partner_end(&user);
    printf("the key was found in %u of %u rounds\n", found, ROUNDS);
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* Ensures that of two destroyers one succeeds while a third thread hands the key to and fro. */
START_TEST(destroyers_meet_handoff)
{
    static struct partner destroyers[2];
    unsigned wrong = 0;

    partner_start(&destroyers[0], destroy_it);
    partner_start(&destroyers[1], destroy_it);
    for (unsigned round = 1; round <= ROUNDS / 8; round++) {
        psa_key_id_t key = import_hmac(1);
        psa_status_t status = PSA_SUCCESS;

        partner_go(&destroyers[0], key);
        partner_go(&destroyers[1], key);
        for (unsigned i = 0; status == PSA_SUCCESS; i++) {
            status = keyshard_handoff(key, i % 2 ? keyshard_self() : destroyers[0].self);
        }
        partner_wait(&destroyers[0]);
        partner_wait(&destroyers[1]);
        wrong += status != PSA_ERROR_INVALID_HANDLE;
        wrong += (destroyers[0].status == PSA_SUCCESS) == (destroyers[1].status == PSA_SUCCESS);
    }
    partner_end(&destroyers[0]);
    partner_end(&destroyers[1]);
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(stats_now().keys, 0);
}
END_TEST

/* --- handoff --- */

#define HANDLERS 4

struct handler {
    pthread_t thread;
    psa_key_id_t key;
    _Atomic keyshard_shard_t self;
    struct handler *all;
    unsigned number;
    unsigned failures;
    unsigned long done;
};

static atomic_bool stop;
static pthread_barrier_t barrier;

/* Even ones use the key, odd ones hand it to each in turn. */
static void *use_or_hand(void *argument)
{
    struct handler *handler = argument;
    bool right = true;

    handler->self = keyshard_self();
    pthread_barrier_wait(&barrier);
    for (unsigned i = handler->number; !atomic_load(&stop); i++) {
        if (handler->number % 2 == 0) {
            handler->failures += use_key(handler->key, 5, &right) != PSA_SUCCESS || !right;
        } else {
            keyshard_shard_t to = handler->all[i % HANDLERS].self;

            handler->failures += keyshard_handoff(handler->key, to) != PSA_SUCCESS;
        }
        handler->done++;
    }
    pthread_barrier_wait(&barrier); /* none ends while another may hand to it */
    return NULL;
}

/* Ensures that no operation fails, and none is wrong, while the key goes from shard to shard. */
START_TEST(used_while_handed)
{
    static struct handler handlers[HANDLERS];
    psa_key_id_t key = import_hmac(5);
    unsigned failures = 0;
    unsigned long done[2] = {0, 0};

    pthread_barrier_init(&barrier, NULL, HANDLERS);
    for (unsigned i = 0; i < HANDLERS; i++) {
        handlers[i] = (struct handler){.key = key, .all = handlers, .number = i};
        pthread_create(&handlers[i].thread, NULL, use_or_hand, &handlers[i]);
    }
    sleep_ms(500);
    atomic_store(&stop, true);
    for (unsigned i = 0; i < HANDLERS; i++) {
        pthread_join(handlers[i].thread, NULL);
        failures += handlers[i].failures;
        done[i % 2] += handlers[i].done;
    }
    printf("%lu uses, %lu handoffs\n", done[0], done[1]);
    ck_assert_uint_eq(failures, 0);
    ck_assert_uint_gt(done[0], 0);
    ck_assert_uint_gt(done[1], 0);
    ck_assert_uint_eq(stats_now().retirements, 0);
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
}
END_TEST

/* An operation of the owner's own thread on a key that no other has looked up. */
struct owner {
    struct slow slow;
    _Atomic psa_key_id_t key;
    pthread_t thread;
};

static void *import_and_use(void *argument)
{
    struct owner *owner = argument;
    psa_key_id_t key = import_hmac(8);
    bool right;

    use_key(key, 8, &right); /* its context is made */
    owner->key = key;
    slow_run(&owner->slow, key, 8);
    return NULL;
}

/* Ensures that a key which a third thread hands over while its owner's thread uses it is not
 * destroyed by its new owner before that operation is over. */
START_TEST(handed_in_use)
{
    static struct owner owner;
    keyshard_shard_t self = keyshard_self();

    pthread_create(&owner.thread, NULL, import_and_use, &owner);
    while (owner.key == 0) {
        sleep_ms(1);
    }
    while (!slow_begun(&owner.slow)) {
        sleep_ms(1);
    }
    psa_status_t handed = keyshard_handoff(owner.key, self);
    psa_status_t destroyed = psa_destroy_key(owner.key);
    bool over = slow_over(&owner.slow);

    pthread_join(owner.thread, NULL);
    ck_assert_int_eq(handed, PSA_SUCCESS);
    ck_assert_int_eq(destroyed, PSA_SUCCESS);
    ck_assert(over);
    ck_assert(owner.slow.right);
}
END_TEST

/* --- restriction, destruction of many --- */

/* Ensures that a restriction waits for operations under the usage that it takes, while new ones are
 * refused at once and other usages stay. */
START_TEST(restrict_waits)
{
    struct slow slow;
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = import_hmac(3);
    uint8_t material[32];
    size_t length;
    bool right;

    slow_start(&slow, key, 3);
    psa_status_t status = keyshard_restrict_key(key, PSA_KEY_USAGE_EXPORT);
    bool over = slow_over(&slow);
    psa_status_t refused = use_key(key, 3, &right);
    slow_join(&slow);
    ck_assert_int_eq(status, PSA_SUCCESS);
    ck_assert(over);
    ck_assert(slow.right);
    ck_assert_int_eq(refused, PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(psa_export_key(key, material, sizeof material, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_usage_flags(&attributes), PSA_KEY_USAGE_EXPORT);
}
END_TEST

/* Ensures that destroying many waits for the operations on each of them, and on no others. */
START_TEST(many_wait_for_each)
{
    struct slow slow[2];
    psa_key_id_t keys[50];
    uint64_t before;

    for (unsigned i = 0; i < 50; i++) {
        keys[i] = import_hmac((uint8_t) i);
    }
    slow_start(&slow[0], keys[7], 7);
    slow_start(&slow[1], keys[40], 40);
    before = stats_now().grace_periods;
    psa_status_t status = keyshard_destroy_keys(keys, 50);
    bool over = slow_over(&slow[0]) && slow_over(&slow[1]);
    slow_join(&slow[0]);
    slow_join(&slow[1]);
    ck_assert_int_eq(status, PSA_SUCCESS);
    ck_assert(over);
    ck_assert(slow[0].right && slow[1].right);
    ck_assert_uint_eq(stats_now().grace_periods - before, 1);
    ck_assert_uint_eq(stats_now().keys, 0);
    ck_assert_uint_eq(stats_now().objects_dying, 0);
}
END_TEST

/* --- the end of a thread --- */

struct leaver {
    pthread_t thread;
    _Atomic keyshard_shard_t self;
    atomic_bool go;
    keyshard_exit_t action;
    keyshard_shard_t other;
    psa_key_id_t made, handed_away, late;
    pthread_key_t at_exit;
};

static void *leave(void *argument)
{
    struct leaver *leaver = argument;

    keyshard_on_thread_exit(leaver->action);
    leaver->made = import_hmac(1);
    leaver->handed_away = import_hmac(2);
    keyshard_handoff(leaver->handed_away, leaver->other);
    leaver->self = keyshard_self();
    while (!atomic_load(&leaver->go)) {
        sleep_ms(1);
    }
    return NULL;
}

static bool exists(psa_key_id_t key)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    return psa_get_key_attributes(key, &attributes) == PSA_SUCCESS;
}

/* Runs a thread that hands one key to the caller, gets one from it, and ends. */
static void run_leaver(struct leaver *leaver, keyshard_exit_t action, psa_key_id_t given)
{
    memset(leaver, 0, sizeof *leaver);
    leaver->action = action;
    leaver->other = keyshard_self();
    pthread_create(&leaver->thread, NULL, leave, leaver);
    while (leaver->self == 0) {
        sleep_ms(1);
    }
    ck_assert_int_eq(keyshard_handoff(given, leaver->self), PSA_SUCCESS);
    atomic_store(&leaver->go, true);
    pthread_join(leaver->thread, NULL);
}

/* Ensures that a thread that says so takes with it the keys that it made and those that it was
 * given, and neither what it gave away nor what its shard had before. */
START_TEST(exit_destroys)
{
    static struct leaver parks;
    static struct leaver destroys;
    keyshard_shard_t owner = 0;
    psa_key_id_t first = import_hmac(3);
    psa_key_id_t second = import_hmac(4);

    run_leaver(&parks, KEYSHARD_EXIT_PARK, first);
    ck_assert(exists(parks.made) && exists(parks.handed_away) && exists(first));
    ck_assert_int_eq(keyshard_owner(parks.made, &owner), PSA_SUCCESS);
    ck_assert_uint_eq(owner, parks.self);
    run_leaver(&destroys, KEYSHARD_EXIT_DESTROY, second);
    ck_assert_uint_eq(stats_now().shards, 2); /* the second had the first one's shard */
    ck_assert(!exists(destroys.made) && !exists(second));
    ck_assert(exists(destroys.handed_away));
    ck_assert(exists(parks.made) && exists(first));
    ck_assert_int_eq(keyshard_handoff(first, parks.self), PSA_ERROR_DOES_NOT_EXIST);
    ck_assert_int_eq(keyshard_handoff(first, destroys.self), PSA_ERROR_DOES_NOT_EXIST);
    ck_assert_uint_eq(stats_now().keys, 4);
    ck_assert_uint_eq(stats_now().objects_dying, 0);
}
END_TEST

static struct leaver late_leaver;

/* A destructor of the program's. Its key is younger than the library's, so it runs later. */
static void make_late(void *unused)
{
    (void) unused;
    late_leaver.late = import_hmac(9);
}

static void *leave_late(void *argument)
{
    struct leaver *leaver = argument;

    keyshard_on_thread_exit(KEYSHARD_EXIT_DESTROY);
    leaver->made = import_hmac(1);
    pthread_setspecific(leaver->at_exit, leaver);
    return NULL;
}

struct early {
    pthread_t thread;
    psa_key_id_t late;
};

static struct early early;

/* Runs before any destructor of thread-specific data. */
static void make_early(void *unused)
{
    (void) unused;
    early.late = import_hmac(9);
}

int __cxa_thread_atexit_impl(void (*function)(void *), void *argument, void *dso);
extern void *__dso_handle;

static void *leave_early(void *unused)
{
    __cxa_thread_atexit_impl(make_early, NULL, &__dso_handle);
    keyshard_on_thread_exit(KEYSHARD_EXIT_DESTROY);
    import_hmac(1);
    return unused;
}

/* Ensures that what a thread's own exit destructors make before the library's has run goes with it,
 * and that what they make afterwards is parked; and that no thread's end is seen in the process's.
 */
START_TEST(exit_destroys_late_keys)
{
    ck_assert_int_eq(pthread_key_create(&late_leaver.at_exit, make_late), 0);
    pthread_create(&late_leaver.thread, NULL, leave_late, &late_leaver);
    pthread_join(late_leaver.thread, NULL);
    ck_assert_uint_ne(late_leaver.late, 0);
    ck_assert(!exists(late_leaver.made));
    ck_assert(exists(late_leaver.late));
    pthread_create(&early.thread, NULL, leave_early, NULL);
    pthread_join(early.thread, NULL);
    ck_assert_uint_ne(early.late, 0);
    ck_assert(!exists(early.late));
    ck_assert_uint_eq(stats_now().keys, 1);
    ck_assert_uint_eq(stats_now().shards_parked, 1);
}
END_TEST

#define MANY 2000

static void *end_soon(void *argument)
{
    struct leaver *leaver = argument;

    keyshard_on_thread_exit(KEYSHARD_EXIT_DESTROY);
    leaver->self = keyshard_self();
    while (!atomic_load(&leaver->go)) {
    }
    return NULL;
}

/* Ensures that keys handed to a thread that is ending either all arrive, and end with it, or none
 * does. */
START_TEST(handoff_meets_exit)
{
    static psa_key_id_t keys[MANY];
    unsigned arrived = 0;
    unsigned wrong = 0;
    cpu_set_t allowed;

    ck_assert_int_eq(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    for (unsigned round = 0; round < 150; round++) {
        struct leaver leaver = {0};

        for (unsigned i = 0; i < MANY && keys[i] == 0; i++) {
            keys[i] = import_hmac(1);
        }
        pthread_create(&leaver.thread, NULL, end_soon, &leaver);
        while (leaver.self == 0) {
            sched_yield();
        }
        run_apart(leaver.thread);
        atomic_store(&leaver.go, true);
        delay(round);
        psa_status_t status = keyshard_handoff_many(keys, MANY, leaver.self);

        sched_setaffinity(0, sizeof allowed, &allowed); /* the next leaver's too */

        pthread_join(leaver.thread, NULL);
        arrived += status == PSA_SUCCESS;
        wrong += status != PSA_SUCCESS && status != PSA_ERROR_DOES_NOT_EXIST;
        wrong += stats_now().keys != (status == PSA_SUCCESS ? 0 : MANY);
        if (status == PSA_SUCCESS) {
            memset(keys, 0, sizeof keys);
        }
    }
    printf("%u of 150 handoffs came in time\n", arrived);
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* --- fork --- */

static void *churn(void *argument)
{
    uint8_t sevens[32];
    bool right;

    memset(sevens, 7, sizeof sevens);
    for (unsigned i = 0; !atomic_load(&stop); i++) {
        psa_key_id_t key = import_hmac(7);

        if (i % 4 == 0) {
            use_key(key, 7, &right);
        }
        if (i % 3 == 0) {
            keyshard_replace_key(key, sevens, sizeof sevens);
        }
        psa_destroy_key(key);
    }
    return argument;
}

static int destroy_visited(const psa_key_attributes_t *attributes, void *unused)
{
    (void) unused;
    psa_destroy_key(psa_get_key_id(attributes));
    return 0;
}

/* Whether 32 bytes of sevens stand between two addresses. */
static bool has_sevens(const unsigned char *from, const unsigned char *to)
{
    unsigned run = 0;

    while (from < to && run < 32) {
        run = *from++ == 7 ? run + 1 : 0;
    }
    return run == 32;
}

/* The same for all secret memory: the mappings that are excluded from core dumps. (The stacks of
 * vanished threads hold the material too; nothing can wipe these.) */
static bool secret_memory_has_sevens(void)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    unsigned long range[2] = {0, 0};
    unsigned long next[2];
    unsigned searched = 0;
    bool has = maps == NULL;

    while (!has && fgets(line, sizeof line, maps) != NULL) {
        if (sscanf(line, "%lx-%lx ", &next[0], &next[1]) == 2) {
            memcpy(range, next, sizeof range);
        } else if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " dd") != NULL &&
                   strstr(line, " wr") != NULL) {
            searched++;
            has = has_sevens((const unsigned char *) range[0], (const unsigned char *) range[1]);
        }
    }
    fclose(maps);
    return has || searched == 0;
}

/* In a child: every key destroyed, nothing is left. (Some wiped blocks may be lost to it, those
 * that a vanished thread had in hand.) */
static int child_is_clean(void)
{
    keyshard_stats_t stats;

    alarm(30);
    if (!secret_memory_has_sevens() && stats_now().keys > 0) {
        return 5;
    }
    if (keyshard_for_each_key(destroy_visited, NULL) != PSA_SUCCESS) {
        return 1;
    }
    stats = stats_now();
    if (stats.keys != 0 || stats.keys_created != stats.keys_destroyed) {
        return 2;
    }
    if (stats.secret_bytes > 2 * 1024 || secret_memory_has_sevens()) {
        return 3;
    }
    psa_key_id_t key = import_hmac(1);
    return key != 0 && psa_destroy_key(key) == PSA_SUCCESS ? 0 : 4;
}

/* Ensures that a child finds whatever another thread was making, replacing or destroying on its own
 * at the fork. */
START_TEST(fork_meets_owner)
{
    pthread_t threads[2];
    unsigned bad[256] = {0};

    atomic_store(&stop, false);
    for (unsigned i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, churn, NULL);
    }
    for (unsigned i = 0; i < 300; i++) {
        pid_t child = fork();
        int status = 0;

        if (child == 0) {
            _exit(child_is_clean());
        }
        waitpid(child, &status, 0);
        bad[WIFEXITED(status) ? WEXITSTATUS(status) : 255]++;
    }
    atomic_store(&stop, true);
    for (unsigned i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("children: %u clean, %u cannot walk, %u miscount, %u keep secrets, %u cannot go on, "
           "%u see none, %u died\n", bad[0], bad[1], bad[2], bad[3], bad[4], bad[5], bad[255]);
    fflush(stdout);
    ck_assert_uint_eq(bad[0], 300);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("handoff");
    TCase *races = tcase_create("races");
    TCase *waits = tcase_create("waits");
    TCase *ends = tcase_create("ends");
    TCase *forks = tcase_create("forks");

    tcase_set_timeout(races, 120);
    tcase_add_checked_fixture(races, setup, NULL);
    tcase_add_test(races, first_use_meets_owner);
    tcase_add_test(races, destroyers_meet_handoff);
    tcase_add_test(races, used_while_handed);
    suite_add_tcase(suite, races);
    tcase_set_timeout(waits, 120);
    tcase_add_checked_fixture(waits, setup, NULL);
    tcase_add_test(waits, handed_in_use);
    tcase_add_test(waits, restrict_waits);
    tcase_add_test(waits, many_wait_for_each);
    suite_add_tcase(suite, waits);
    tcase_set_timeout(ends, 120);
    tcase_add_checked_fixture(ends, setup, NULL);
    tcase_add_test(ends, exit_destroys);
#ifndef KS_SANITIZED /* whose own state of a thread is gone by then */
    tcase_add_test(ends, exit_destroys_late_keys);
#else
    (void) exit_destroys_late_keys;
#endif
    tcase_add_test(ends, handoff_meets_exit);
    suite_add_tcase(suite, ends);
    tcase_set_timeout(forks, 120);
    tcase_add_checked_fixture(forks, setup, NULL);
    tcase_add_loop_test(forks, fork_meets_owner, 0, FORK_TESTS);
    suite_add_tcase(suite, forks);
    return run_suite(suite);
}
