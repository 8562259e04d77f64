/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The extension API: what include/keyshard/keyshard.h promises to one thread at a time. */

#include "../runner.h"
#include "keys.h"

#include <pthread.h>
#include <stdio.h>
#include <urcu/urcu-bp.h>

/* Runs a function in a thread of its own and waits for its end. */
static void in_thread(void *(*function)(void *), void *argument)
{
    pthread_t thread;

    ck_assert_int_eq(pthread_create(&thread, NULL, function, argument), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static keyshard_stats_t read_stats(void)
{
    keyshard_stats_t stats;

    ck_assert_int_eq(keyshard_get_stats(&stats, sizeof stats), PSA_SUCCESS);
    return stats;
}

/* --- keyshard_self, keyshard_owner --- */

struct seen {
    psa_key_id_t key;
    keyshard_shard_t self, again, owner;
    psa_status_t status;
};

static void *look_at_owner(void *argument)
{
    struct seen *seen = (struct seen *) argument;

    seen->self = keyshard_self();
    seen->again = keyshard_self();
    seen->status = keyshard_owner(seen->key, &seen->owner);
    return NULL;
}

START_TEST(self_is_stable)
{
    /* Ensures that a thread has one shard, from before the library is initialised. */
    keyshard_shard_t self = keyshard_self();
    ck_assert_uint_ne(self, 0);
    set_up();
    ck_assert_uint_eq(keyshard_self(), self);
    import_raw();
    mbedtls_psa_crypto_free();
    ck_assert_uint_eq(keyshard_self(), self);
}
END_TEST

START_TEST(self_differs)
{
    /* Ensures that two threads at one time have two shards. */
    struct seen seen = { .key = import_raw() };
    keyshard_shard_t self = keyshard_self();
    in_thread(look_at_owner, &seen);
    ck_assert_uint_ne(seen.self, 0);
    ck_assert_uint_eq(seen.again, seen.self);
    ck_assert_uint_ne(seen.self, self);
}
END_TEST

START_TEST(owner_is_creator)
{
    /* Ensures that a key belongs to the shard of the thread that made it, whoever asks. */
    struct seen seen = { .key = import_raw(), .status = PSA_ERROR_GENERIC_ERROR };
    keyshard_shard_t owner = 0;
    ck_assert_int_eq(keyshard_owner(seen.key, &owner), PSA_SUCCESS);
    ck_assert_uint_eq(owner, keyshard_self());
    in_thread(look_at_owner, &seen);
    ck_assert_int_eq(seen.status, PSA_SUCCESS);
    ck_assert_uint_eq(seen.owner, owner);
}
END_TEST

START_TEST(owner_of_no_key)
{
    /* Ensures that the owner of no key is 0. */
    keyshard_shard_t owner = 99;
    psa_key_id_t key = import_raw();
    ck_assert_int_eq(keyshard_owner(NO_KEY, &owner), PSA_ERROR_INVALID_HANDLE);
    ck_assert_uint_eq(owner, 0);
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
    owner = 99;
    ck_assert_int_eq(keyshard_owner(key, &owner), PSA_ERROR_INVALID_HANDLE);
    ck_assert_uint_eq(owner, 0);
}
END_TEST

/* --- keyshard_replace_key --- */

START_TEST(replace_success)
{
    /* Ensures that a replaced key computes with the new material at once and keeps its policy. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_HMAC, 16, ANY_USAGE, HMAC256);
    psa_key_id_t other = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, HMAC256);
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    keyshard_shard_t owner = 0;
    uint8_t mac[32], exported[32];
    size_t length = 0;
    ck_assert_int_eq(psa_mac_compute(key, HMAC256, material, 9, mac, 32, &length), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_replace_key(key, material, 32), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_verify(key, HMAC256, material, 9, mac, 32),
                     PSA_ERROR_INVALID_SIGNATURE);
    ck_assert_int_eq(psa_mac_compute(key, HMAC256, material, 9, mac, 32, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_verify(other, HMAC256, material, 9, mac, 32), PSA_SUCCESS);
    ck_assert_int_eq(psa_export_key(key, exported, 32, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, 32);
    ck_assert_mem_eq(exported, material, 32);
    ck_assert_int_eq(psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_id(&attributes), key);
    ck_assert_uint_eq(psa_get_key_type(&attributes), PSA_KEY_TYPE_HMAC);
    ck_assert_uint_eq(psa_get_key_bits(&attributes), 256);
    ck_assert_uint_eq(psa_get_key_usage_flags(&attributes), ANY_USAGE);
    ck_assert_uint_eq(psa_get_key_algorithm(&attributes), HMAC256);
    ck_assert_int_eq(keyshard_owner(key, &owner), PSA_SUCCESS);
    ck_assert_uint_eq(owner, keyshard_self());
    ck_assert_uint_eq(count_keys(), 2);
}
END_TEST

START_TEST(replace_needs_no_usage)
{
    /* Ensures that a key that may be used for nothing can be replaced. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_AES, 16, 0, 0);
    ck_assert_int_eq(keyshard_replace_key(key, material, 32), PSA_SUCCESS);
}
END_TEST

START_TEST(replace_refused)
{
    /* Ensures that a replacement that fails leaves the key as it was. */
    static uint8_t much[PSA_MAX_KEY_BITS / 8 + 1];
    psa_key_id_t key = import_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, PSA_ALG_GCM), raw = import_raw();
    uint8_t exported[16];
    size_t length = 0;
    ck_assert_int_eq(keyshard_replace_key(key, material, 15), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(keyshard_replace_key(key, material, 0), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(keyshard_replace_key(key, NULL, 0), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(keyshard_replace_key(key, NULL, 16), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(keyshard_replace_key(raw, much, sizeof much), PSA_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(keyshard_replace_key(NO_KEY, material, 16), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(keyshard_replace_key(0, material, 16), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(psa_export_key(key, exported, 16, &length), PSA_SUCCESS);
    ck_assert_mem_eq(exported, material, 16);
    ck_assert_uint_eq(read_stats().keys_replaced, 0);
    ck_assert_uint_eq(count_keys(), 2);
}
END_TEST

static void *replace_in_thread(void *argument)
{
    struct seen *seen = (struct seen *) argument;

    seen->status = keyshard_replace_key(seen->key, material, 32);
    return NULL;
}

START_TEST(replace_by_another_thread)
{
    /* Ensures that any thread may replace a key, whose owner stays. */
    struct seen seen = { .key = import_raw(), .status = PSA_ERROR_GENERIC_ERROR };
    keyshard_shard_t owner = 0;
    uint8_t exported[32];
    size_t length = 0;
    in_thread(replace_in_thread, &seen);
    ck_assert_int_eq(seen.status, PSA_SUCCESS);
    ck_assert_int_eq(psa_export_key(seen.key, exported, 32, &length), PSA_SUCCESS);
    ck_assert_uint_eq(length, 32);
    ck_assert_int_eq(keyshard_owner(seen.key, &owner), PSA_SUCCESS);
    ck_assert_uint_eq(owner, keyshard_self());
}
END_TEST

/* --- keyshard_for_each_key --- */

#define MANY 300

struct walk {
    psa_key_id_t ids[MANY];
    unsigned visits[MANY]; /* of each */
    unsigned others;       /* visits of keys that are not among them */
    unsigned stop_after;   /* visits, or 0 */
    bool destroy;
    psa_status_t status;   /* of the last destruction */
};

static void fill(struct walk *walk)
{
    *walk = (struct walk) { .status = PSA_SUCCESS };
    for (int i = 0; i < MANY; i++)
        walk->ids[i] = import_raw();
}

static unsigned count_visits(const struct walk *walk)
{
    unsigned total = walk->others;

    for (int i = 0; i < MANY; i++)
        total += walk->visits[i];
    return total;
}

static int visit(const psa_key_attributes_t *attributes, void *context)
{
    struct walk *walk = (struct walk *) context;
    psa_key_id_t id = psa_get_key_id(attributes);
    int i = 0;

    while (i < MANY && walk->ids[i] != id)
        i++;
    if (i < MANY && psa_get_key_bits(attributes) == 128
        && psa_get_key_type(attributes) == PSA_KEY_TYPE_RAW_DATA)
        walk->visits[i]++;
    else
        walk->others++;
    if (walk->destroy && walk->status == PSA_SUCCESS)
        walk->status = psa_destroy_key(id);
    return walk->stop_after != 0 && count_visits(walk) == walk->stop_after;
}

START_TEST(walk_visits_each_once)
{
    /* Ensures that each key is visited once, with its attributes, and no destroyed one. */
    static struct walk walk;
    fill(&walk);
    for (int i = 0; i < MANY; i += 3)
        ck_assert_int_eq(psa_destroy_key(walk.ids[i]), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_for_each_key(visit, &walk), PSA_SUCCESS);
    for (int i = 0; i < MANY; i++)
        ck_assert_uint_eq(walk.visits[i], i % 3 == 0 ? 0 : 1);
    ck_assert_uint_eq(walk.others, 0);
}
END_TEST

START_TEST(walk_of_nothing)
{
    /* Ensures that a walk over no keys succeeds without a visit. */
    static struct walk walk;
    ck_assert_int_eq(keyshard_for_each_key(visit, &walk), PSA_SUCCESS);
    ck_assert_uint_eq(count_visits(&walk), 0);
}
END_TEST

START_TEST(walk_ends_early)
{
    /* Ensures that a visitor can end the walk. */
    static struct walk walk;
    fill(&walk);
    walk.stop_after = 7;
    ck_assert_int_eq(keyshard_for_each_key(visit, &walk), PSA_SUCCESS);
    ck_assert_uint_eq(count_visits(&walk), 7);
}
END_TEST

START_TEST(walk_destroys)
{
    /* Ensures that a visitor may destroy the key it is called for: no lock or section is held. */
    static struct walk walk;
    fill(&walk);
    walk.destroy = true;
    ck_assert_int_eq(keyshard_for_each_key(visit, &walk), PSA_SUCCESS);
    ck_assert_int_eq(walk.status, PSA_SUCCESS);
    ck_assert_uint_eq(count_visits(&walk), MANY);
    ck_assert_uint_eq(count_keys(), 0);
}
END_TEST

START_TEST(walk_without_visitor)
{
    /* Ensures that a walk needs a function to call. */
    import_raw();
    ck_assert_int_eq(keyshard_for_each_key(NULL, NULL), PSA_ERROR_INVALID_ARGUMENT);
}
END_TEST

/* --- keyshard_get_stats, keyshard_version --- */

START_TEST(stats_arguments)
{
    /* Ensures that statistics need a place. */
    keyshard_stats_t stats;
    ck_assert_int_eq(keyshard_get_stats(NULL, sizeof stats), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(keyshard_get_stats(&stats, 0), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(keyshard_get_stats(NULL, 0), PSA_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(stats_of_other_sizes)
{
    /* Ensures that an older program's structure is not overrun and a newer one's rest is zeroed. */
    struct {
        keyshard_stats_t stats;
        uint8_t more[64];
    } newer;
    uint8_t zeros[64] = { 0 }, untouched[64];
    keyshard_stats_t stats;
    import_raw();
    memset(&newer, 0xa5, sizeof newer);
    ck_assert_int_eq(keyshard_get_stats(&newer.stats, sizeof newer), PSA_SUCCESS);
    ck_assert_uint_eq(newer.stats.keys, 1);
    ck_assert_mem_eq(newer.more, zeros, sizeof zeros);
    memset(&stats, 0xa5, sizeof stats);
    memset(untouched, 0xa5, sizeof untouched);
    ck_assert_int_eq(keyshard_get_stats(&stats, sizeof stats.keys + 3), PSA_SUCCESS);
    ck_assert_uint_eq(stats.keys, 1);
    ck_assert_mem_eq((uint8_t *) &stats + sizeof stats.keys + 3, untouched, sizeof untouched);
}
END_TEST

START_TEST(stats_before_init)
{
    /* Ensures that statistics can be read before the library is initialised, and count nothing. */
    keyshard_stats_t stats = read_stats();
    ck_assert_uint_eq(stats.keys, 0);
    ck_assert_uint_eq(stats.keys_created, 0);
    ck_assert_uint_eq(stats.objects_dying, 0);
}
END_TEST

START_TEST(stats_of_keys)
{
    /* Ensures that keys made, replaced and destroyed are counted, by whichever function. */
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_RAW_DATA, 3, 0);
    psa_key_id_t first = import_raw(), second = import_raw(), key = 0;
    keyshard_stats_t stats;
    psa_set_key_bits(&attributes, 128);
    ck_assert_int_eq(psa_generate_key(&attributes, &key), PSA_SUCCESS);
    ck_assert_int_eq(psa_copy_key(first, &attributes, &key), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_replace_key(second, material, 32), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_replace_key(second, material, 16), PSA_SUCCESS);
    ck_assert_int_eq(psa_destroy_key(first), PSA_SUCCESS);
    ck_assert_int_eq(psa_close_key(second), PSA_SUCCESS);
    ck_assert_int_eq(psa_destroy_key(second), PSA_ERROR_INVALID_HANDLE);
    stats = read_stats();
    ck_assert_uint_eq(stats.keys, 2);
    ck_assert_uint_eq(stats.keys_created, 4);
    ck_assert_uint_eq(stats.keys_destroyed, 2);
    ck_assert_uint_eq(stats.keys_replaced, 2);
    ck_assert_uint_eq(stats.retirements, 4);
    ck_assert_uint_eq(stats.objects_dying, 0);
    ck_assert_uint_ge(stats.slots, 2);
    ck_assert_uint_ge(stats.shards, 1);
    ck_assert_uint_gt(stats.secret_bytes, 0);
    ck_assert_uint_ge(stats.secret_mapped_bytes, stats.secret_bytes);
    ck_assert_uint_ge(stats.secret_mapped_bytes, stats.secret_locked_bytes);
    mbedtls_psa_crypto_free();
    stats = read_stats();
    ck_assert_uint_eq(stats.keys, 0);
    ck_assert_uint_eq(stats.keys_destroyed, 4);
}
END_TEST

START_TEST(stats_of_purge)
{
    /* Ensures that purging drops the prepared context and counts as no replacement of the key. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, HMAC256);
    uint8_t mac[32];
    size_t length = 0;
    for (int i = 0; i < 6; i++) {
        ck_assert_int_eq(psa_mac_compute(key, HMAC256, material, 3, mac, 32, &length), PSA_SUCCESS);
        if (i % 2 == 1)
            ck_assert_int_eq(psa_purge_key(key), PSA_SUCCESS);
    }
    ck_assert_uint_eq(read_stats().record_makes, 3);
    ck_assert_uint_eq(read_stats().keys, 1);
    ck_assert_uint_eq(read_stats().keys_created, 1);
    ck_assert_uint_eq(read_stats().keys_replaced, 0);
}
END_TEST

START_TEST(stats_of_lookups)
{
    /* Ensures that each call with an id is a look-up, and one that finds no key a miss. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, HMAC256);
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    keyshard_stats_t before = read_stats(), after;
    keyshard_shard_t owner = 0;
    uint8_t mac[32];
    size_t length = 0;
    for (int i = 0; i < 5; i++) {
        psa_key_id_t id = i < 3 ? key : NO_KEY;
        psa_status_t expected = i < 3 ? PSA_SUCCESS : PSA_ERROR_INVALID_HANDLE;
        ck_assert_int_eq(psa_get_key_attributes(id, &attributes), expected);
        ck_assert_int_eq(psa_export_key(id, mac, 32, &length), expected);
        ck_assert_int_eq(psa_mac_compute(id, HMAC256, material, 3, mac, 32, &length), expected);
        ck_assert_int_eq(keyshard_owner(id, &owner), expected);
    }
    after = read_stats();
    ck_assert_uint_eq(after.lookups - before.lookups, 20);
    ck_assert_uint_eq(after.lookup_misses - before.lookup_misses, 8);
}
END_TEST

START_TEST(stats_of_records)
{
    /* Ensures that no context is kept of a key used once; that one is made at the second use, once,
     * and counted; that that of a destroyed key is gone by the time that the next is made. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, HMAC256);
    psa_key_id_t next = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, HMAC256);
    uint64_t bytes = 0;
    keyshard_stats_t stats;
    uint8_t mac[32];
    size_t length = 0;
    ck_assert_int_eq(psa_mac_compute(key, HMAC256, material, 3, mac, 32, &length), PSA_SUCCESS);
    stats = read_stats();
    ck_assert_uint_eq(stats.record_makes, 0);
    ck_assert_uint_eq(stats.records, 0);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(psa_mac_compute(key, HMAC256, material, 3, mac, 32, &length), PSA_SUCCESS);
    stats = read_stats();
    ck_assert_uint_eq(stats.record_makes, 1);
    ck_assert_uint_eq(stats.records, 1);
    ck_assert_uint_gt(stats.record_bytes, 0);
    bytes = stats.record_bytes;
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(psa_mac_compute(next, HMAC256, material, 3, mac, 32, &length),
                         PSA_SUCCESS);
    stats = read_stats();
    ck_assert_uint_eq(stats.record_makes, 2);
    ck_assert_uint_eq(stats.records, 1);
    ck_assert_uint_eq(stats.record_bytes, bytes);
    ck_assert_uint_eq(stats.record_evictions, 0);
}
END_TEST

START_TEST(version)
{
    /* Ensures that the version is three numbers. */
    unsigned numbers[3];
    char rest = 0;
    ck_assert_int_eq(sscanf(keyshard_version(), "%u.%u.%u%c", &numbers[0], &numbers[1], &numbers[2],
                            &rest),
                     3);
}
END_TEST

/* --- not initialised, or in a section --- */

START_TEST(before_init_extensions)
{
    /* Ensures that the extensions that need keys say that the library is not initialised. */
    static struct walk walk;
    keyshard_shard_t owner = 99;
    ck_assert_int_eq(keyshard_owner(NO_KEY, &owner), PSA_ERROR_BAD_STATE);
    ck_assert_uint_eq(owner, 0);
    ck_assert_int_eq(keyshard_replace_key(NO_KEY, material, 16), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(keyshard_for_each_key(visit, &walk), PSA_ERROR_BAD_STATE);
    ck_assert_uint_eq(count_visits(&walk), 0);
}
END_TEST

START_TEST(blocking_in_section)
{
    /* Ensures that calls that may wait are refused in a read-side section, and change nothing. */
    psa_key_id_t key = import_raw(), other = 99;
    psa_key_attributes_t attributes = make_attributes(PSA_KEY_TYPE_RAW_DATA, 3, 0);
    uint8_t exported[16];
    size_t length = 0;
    urcu_bp_read_lock();
    ck_assert_int_eq(psa_destroy_key(key), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_close_key(key), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(keyshard_replace_key(key, material, 32), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_purge_key(key), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(psa_import_key(&attributes, material, 16, &other), PSA_ERROR_BAD_STATE);
    ck_assert_uint_eq(other, 0);
    ck_assert_int_eq(psa_copy_key(key, &attributes, &other), PSA_ERROR_BAD_STATE);
    ck_assert_uint_eq(other, 0);
    urcu_bp_read_unlock();
    ck_assert_uint_eq(count_keys(), 1);
    ck_assert_int_eq(psa_export_key(key, exported, 16, &length), PSA_SUCCESS);
    ck_assert_mem_eq(exported, material, 16);
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
}
END_TEST

START_TEST(operations_in_section)
{
    /* Ensures that a program may use keys inside a read-side section of its own. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, HMAC256);
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    uint8_t mac[32], random[16];
    size_t length = 0;
    urcu_bp_read_lock();
    ck_assert_int_eq(psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_compute(key, HMAC256, material, 3, mac, 32, &length), PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_verify(key, HMAC256, material, 3, mac, 32), PSA_SUCCESS);
    ck_assert_int_eq(psa_export_key(key, mac, 32, &length), PSA_SUCCESS);
    urcu_bp_read_unlock();
    ck_assert_int_eq(psa_generate_random(random, 16), PSA_SUCCESS);
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
}
END_TEST

static void *look_in_section(void *argument)
{
    struct seen *seen = (struct seen *) argument;

    urcu_bp_read_lock();
    seen->self = keyshard_self();
    urcu_bp_read_unlock();
    seen->again = keyshard_self();
    return NULL;
}

START_TEST(first_call_in_section)
{
    /* Ensures that a thread whose first call comes in a section gets no shard, and one later. */
    struct seen seen = { .self = 99 };
    in_thread(look_in_section, &seen);
    ck_assert_uint_eq(seen.self, 0);
    ck_assert_uint_ne(seen.again, 0);
}
END_TEST

static Suite *make_extensions_suite(void)
{
    Suite *suite = suite_create("extensions");
    TCase *stopped = tcase_create("not initialised");
    TCase *running = tcase_create("initialised");

    suite_add_tcase(suite, stopped);
    tcase_add_test(stopped, self_is_stable);
    tcase_add_test(stopped, stats_before_init);
    tcase_add_test(stopped, version);
    tcase_add_test(stopped, before_init_extensions);
    suite_add_tcase(suite, running);
    tcase_add_checked_fixture(running, set_up, tear_down);
    tcase_add_test(running, self_differs);
    tcase_add_test(running, owner_is_creator);
    tcase_add_test(running, owner_of_no_key);
    tcase_add_test(running, replace_success);
    tcase_add_test(running, replace_needs_no_usage);
    tcase_add_test(running, replace_refused);
    tcase_add_test(running, replace_by_another_thread);
    tcase_add_test(running, walk_visits_each_once);
    tcase_add_test(running, walk_of_nothing);
    tcase_add_test(running, walk_ends_early);
    tcase_add_test(running, walk_destroys);
    tcase_add_test(running, walk_without_visitor);
    tcase_add_test(running, stats_arguments);
    tcase_add_test(running, stats_of_other_sizes);
    tcase_add_test(running, stats_of_keys);
    tcase_add_test(running, stats_of_purge);
    tcase_add_test(running, stats_of_lookups);
    tcase_add_test(running, stats_of_records);
    tcase_add_test(running, blocking_in_section);
    tcase_add_test(running, operations_in_section);
    tcase_add_test(running, first_call_in_section);
    return suite;
}

int main(void)
{
    return run_suite(make_extensions_suite());
}
