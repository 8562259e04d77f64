/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The extensions: handing over, restricting, destroying many, the end of a thread. */

#include "compatibility.h"

#include <pthread.h>
#include <urcu/urcu-bp.h>

/* A thread that has a shard, a key in it, and waits until it may end. */
struct neighbour {
    pthread_t thread;
    pthread_barrier_t barrier;
    keyshard_shard_t shard;
    psa_key_id_t key;
};

static void *be_neighbour(void *argument)
{
    struct neighbour *neighbour = argument;
    psa_key_attributes_t attributes =
        make_attributes(PSA_KEY_TYPE_RAW_DATA, PSA_KEY_USAGE_EXPORT, 0);

    neighbour->shard = keyshard_self();
    psa_import_key(&attributes, material, 16, &neighbour->key);
    pthread_barrier_wait(&neighbour->barrier);
    pthread_barrier_wait(&neighbour->barrier);
    return NULL;
}

static void neighbour_start(struct neighbour *neighbour)
{
    *neighbour = (struct neighbour){0};
    pthread_barrier_init(&neighbour->barrier, NULL, 2);
    pthread_create(&neighbour->thread, NULL, be_neighbour, neighbour);
    pthread_barrier_wait(&neighbour->barrier);
    ck_assert_uint_ne(neighbour->shard, 0);
    ck_assert_uint_ne(neighbour->key, 0);
}

static void neighbour_end(struct neighbour *neighbour)
{
    pthread_barrier_wait(&neighbour->barrier);
    pthread_join(neighbour->thread, NULL);
}

static keyshard_shard_t owner_of(psa_key_id_t key)
{
    keyshard_shard_t owner = 0;

    ck_assert_int_eq(keyshard_owner(key, &owner), PSA_SUCCESS);
    return owner;
}

START_TEST(handoff_to_thread)
{
    /* Ensures that a key goes to a living thread's shard and back, and stays what it is. */
    struct neighbour other;
    psa_key_id_t key = import_raw();
    uint8_t output[16];
    size_t length = 0;

    neighbour_start(&other);
    ck_assert_int_eq(keyshard_handoff(key, other.shard), PSA_SUCCESS);
    ck_assert_uint_eq(owner_of(key), other.shard);
    ck_assert_int_eq(keyshard_handoff(other.key, keyshard_self()), PSA_SUCCESS);
    ck_assert_uint_eq(owner_of(other.key), keyshard_self());
    ck_assert_int_eq(keyshard_handoff(key, keyshard_self()), PSA_SUCCESS);
    ck_assert_uint_eq(owner_of(key), keyshard_self());
    ck_assert_int_eq(psa_export_key(key, output, sizeof output, &length), PSA_SUCCESS);
    ck_assert_mem_eq(output, material, 16);
    neighbour_end(&other);
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
    ck_assert_int_eq(psa_destroy_key(other.key), PSA_SUCCESS);
}
END_TEST

START_TEST(handoff_to_own_shard)
{
    /* Ensures that a handoff to the owner is a success and no handoff. */
    psa_key_id_t key = import_raw();
    keyshard_stats_t stats;

    ck_assert_int_eq(keyshard_handoff(key, keyshard_self()), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_handoff_many(&key, 1, keyshard_self()), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_handoff_all(keyshard_self(), keyshard_self()), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_get_stats(&stats, sizeof stats), PSA_SUCCESS);
    ck_assert_uint_eq(stats.keys_handed_over, 0);
    ck_assert_uint_eq(owner_of(key), keyshard_self());
}
END_TEST

START_TEST(handoff_to_unknown_shard)
{
    /* Ensures that a shard that never was is refused, whatever the key. */
    const keyshard_shard_t unknown[] = {0, keyshard_self() + 1000, UINT32_MAX};
    psa_key_id_t keys[] = {import_raw(), NO_KEY};

    for (size_t i = 0; i < COUNT(unknown); i++) {
        for (size_t k = 0; k < COUNT(keys); k++) {
            ck_assert_int_eq(keyshard_handoff(keys[k], unknown[i]), PSA_ERROR_INVALID_ARGUMENT);
        }
        ck_assert_int_eq(keyshard_handoff_many(keys, 1, unknown[i]), PSA_ERROR_INVALID_ARGUMENT);
        ck_assert_int_eq(keyshard_handoff_all(keyshard_self(), unknown[i]),
                         PSA_ERROR_INVALID_ARGUMENT);
        ck_assert_int_eq(keyshard_handoff_all(unknown[i], keyshard_self()),
                         PSA_ERROR_INVALID_ARGUMENT);
    }
    ck_assert_uint_eq(owner_of(keys[0]), keyshard_self());
}
END_TEST

START_TEST(handoff_to_dead_shard)
{
    /* Ensures that the shard of a thread that has ended gets nothing, neither while it is parked
     * nor after another thread has adopted it. */
    struct neighbour dead;
    struct neighbour heir;
    psa_key_id_t key = import_raw();

    neighbour_start(&dead);
    neighbour_end(&dead);
    ck_assert_int_eq(keyshard_handoff(key, dead.shard), PSA_ERROR_DOES_NOT_EXIST);
    neighbour_start(&heir);
    ck_assert_uint_ne(heir.shard, dead.shard);
    ck_assert_uint_eq(owner_of(dead.key), heir.shard);
    ck_assert_int_eq(keyshard_handoff(key, dead.shard), PSA_ERROR_DOES_NOT_EXIST);
    ck_assert_int_eq(keyshard_handoff_many(&key, 1, dead.shard), PSA_ERROR_DOES_NOT_EXIST);
    ck_assert_int_eq(keyshard_handoff_all(keyshard_self(), dead.shard), PSA_ERROR_DOES_NOT_EXIST);
    neighbour_end(&heir);
    ck_assert_uint_eq(owner_of(key), keyshard_self());
}
END_TEST

START_TEST(handoff_of_absent_key)
{
    /* Ensures that what names no key is not handed over. */
    psa_key_id_t stale = import_raw();

    ck_assert_int_eq(psa_destroy_key(stale), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_handoff(0, keyshard_self()), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(keyshard_handoff(NO_KEY, keyshard_self()), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(keyshard_handoff(stale, keyshard_self()), PSA_ERROR_INVALID_HANDLE);
}
END_TEST

START_TEST(handoff_many_or_none)
{
    /* Ensures that one key that is missing keeps all others, however many, where they are. */
    enum { KEYS = 200 };
    struct neighbour other;
    psa_key_id_t keys[KEYS];

    neighbour_start(&other);
    for (unsigned i = 0; i < KEYS; i++) {
        keys[i] = import_raw();
    }
    keys[KEYS - 1] = keys[0]; /* twice is as good as once */
    ck_assert_int_eq(keyshard_handoff_many(keys, KEYS, other.shard), PSA_SUCCESS);
    for (unsigned i = 0; i < KEYS; i++) {
        ck_assert_uint_eq(owner_of(keys[i]), other.shard);
    }
    keys[KEYS - 1] = NO_KEY;
    ck_assert_int_eq(keyshard_handoff_many(keys, KEYS, keyshard_self()), PSA_ERROR_INVALID_HANDLE);
    for (unsigned i = 0; i < KEYS - 1; i++) {
        ck_assert_uint_eq(owner_of(keys[i]), other.shard);
    }
    ck_assert_int_eq(keyshard_handoff_many(NULL, 0, other.shard), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_handoff_many(NULL, 1, other.shard), PSA_ERROR_INVALID_ARGUMENT);
    neighbour_end(&other);
}
END_TEST

START_TEST(handoff_all_of_thread)
{
    /* Ensures that all keys of a living thread go, and no others. */
    struct neighbour giver;
    struct neighbour other;
    psa_key_id_t own = import_raw();

    neighbour_start(&giver);
    neighbour_start(&other);
    ck_assert_int_eq(keyshard_handoff(own, giver.shard), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_handoff_all(giver.shard, keyshard_self()), PSA_SUCCESS);
    ck_assert_uint_eq(owner_of(giver.key), keyshard_self());
    ck_assert_uint_eq(owner_of(own), keyshard_self());
    ck_assert_uint_eq(owner_of(other.key), other.shard);
    neighbour_end(&giver);
    neighbour_end(&other);
}
END_TEST

START_TEST(handoff_all_of_dead)
{
    /* Ensures that what a thread that has ended left goes too, while its shard is parked and after
     * it was adopted; and that then the adopter's own keys stay. */
    struct neighbour dead[2];
    struct neighbour heir;

    keyshard_self(); /* or this thread would adopt what it is to be handed */
    for (unsigned i = 0; i < 2; i++) {
        neighbour_start(&dead[i]);
        if (i == 0) {
            neighbour_end(&dead[0]);
            ck_assert_int_eq(keyshard_handoff_all(dead[0].shard, keyshard_self()), PSA_SUCCESS);
            ck_assert_uint_eq(owner_of(dead[0].key), keyshard_self());
        }
    }
    neighbour_end(&dead[1]);
    neighbour_start(&heir);
    ck_assert_int_eq(keyshard_handoff_all(dead[1].shard, keyshard_self()), PSA_SUCCESS);
    ck_assert_uint_eq(owner_of(dead[1].key), keyshard_self());
    ck_assert_uint_eq(owner_of(heir.key), heir.shard);
    neighbour_end(&heir);
}
END_TEST

static psa_key_usage_t usage_of(psa_key_id_t key)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    ck_assert_int_eq(psa_get_key_attributes(key, &attributes), PSA_SUCCESS);
    return psa_get_key_usage_flags(&attributes);
}

START_TEST(restrict_keeps_both)
{
    /* Ensures that the usages that both have stay, with what they imply; never more. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, HMAC256);
    const psa_key_usage_t export_and_copy = PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_COPY;
    const psa_key_usage_t all = usage_of(key);
    uint8_t output[32];
    size_t length;

    ck_assert_int_eq(keyshard_restrict_key(key, all), PSA_SUCCESS);
    ck_assert_uint_eq(usage_of(key), all);
    ck_assert_int_eq(keyshard_restrict_key(key, PSA_KEY_USAGE_SIGN_HASH | export_and_copy),
                     PSA_SUCCESS);
    ck_assert_uint_eq(usage_of(key), PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_SIGN_MESSAGE |
                                         export_and_copy);
    ck_assert_int_eq(keyshard_restrict_key(key, PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_DERIVE),
                     PSA_SUCCESS);
    ck_assert_uint_eq(usage_of(key), PSA_KEY_USAGE_EXPORT);
    ck_assert_int_eq(psa_mac_compute(key, HMAC256, material, 3, output, sizeof output, &length),
                     PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(psa_export_key(key, output, sizeof output, &length), PSA_SUCCESS);
    ck_assert_mem_eq(output, material, sizeof material);
    ck_assert_int_eq(keyshard_restrict_key(key, 0), PSA_SUCCESS);
    ck_assert_uint_eq(usage_of(key), 0);
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
}
END_TEST

START_TEST(restrict_refused)
{
    /* Ensures that unknown flags and absent keys are refused, and change nothing. */
    psa_key_id_t key = import_raw();
    const psa_key_usage_t usage = usage_of(key);

    ck_assert_int_eq(keyshard_restrict_key(key, UINT32_C(1) << 30), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_uint_eq(usage_of(key), usage);
    ck_assert_int_eq(keyshard_restrict_key(NO_KEY, 0), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(keyshard_restrict_key(0, 0), PSA_ERROR_INVALID_HANDLE);
}
END_TEST

START_TEST(replace_other_type)
{
    /* Ensures that new material must fit the key's type; its length may be another where the type
     * has several, and the policy stays. */
    psa_key_id_t aes = import_key(PSA_KEY_TYPE_AES, 16, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_GCM);
    psa_key_id_t raw = import_raw();
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    ck_assert_int_eq(keyshard_replace_key(aes, material, 15), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(keyshard_replace_key(aes, material, 32), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_replace_key(raw, material, 7), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_replace_key(raw, material, 0), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(keyshard_replace_key(raw, NULL, 7), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(psa_get_key_attributes(aes, &attributes), PSA_SUCCESS);
    ck_assert_uint_eq(psa_get_key_bits(&attributes), 256);
    ck_assert_uint_eq(psa_get_key_type(&attributes), PSA_KEY_TYPE_AES);
    ck_assert_uint_eq(psa_get_key_usage_flags(&attributes), PSA_KEY_USAGE_ENCRYPT);
    ck_assert_uint_eq(psa_get_key_algorithm(&attributes), PSA_ALG_GCM);
}
END_TEST

START_TEST(destroy_keys_statuses)
{
    /* Ensures that all keys that are there are destroyed, and that one that is not, or stands there
     * twice, is told. */
    psa_key_id_t keys[] = {import_raw(), 0, import_raw(), import_raw()};
    psa_key_id_t more[] = {import_raw(), NO_KEY, import_raw()};
    psa_key_id_t twice[] = {import_raw(), 0};

    twice[1] = twice[0];
    ck_assert_int_eq(keyshard_destroy_keys(keys, COUNT(keys)), PSA_SUCCESS);
    check_dead(keys[0]);
    check_dead(keys[3]);
    ck_assert_int_eq(keyshard_destroy_keys(more, COUNT(more)), PSA_ERROR_INVALID_HANDLE);
    check_dead(more[0]);
    check_dead(more[2]);
    ck_assert_int_eq(keyshard_destroy_keys(twice, COUNT(twice)), PSA_ERROR_INVALID_HANDLE);
    check_dead(twice[0]);
    ck_assert_int_eq(keyshard_destroy_keys(NULL, 0), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_destroy_keys(NULL, 1), PSA_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(exit_action_statuses)
{
    /* Ensures that an action that there is not is refused, and that the last one counts. */
    ck_assert_int_eq(keyshard_on_thread_exit((keyshard_exit_t) 2), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(keyshard_on_thread_exit(KEYSHARD_EXIT_DESTROY), PSA_SUCCESS);
    ck_assert_int_eq(keyshard_on_thread_exit(KEYSHARD_EXIT_PARK), PSA_SUCCESS);
}
END_TEST

START_TEST(extensions_in_section)
{
    /* Ensures that calls that may wait are refused inside the program's own read-side section. */
    psa_key_id_t key = import_raw();
    const psa_key_usage_t usage = usage_of(key);
    keyshard_shard_t self = keyshard_self();

    urcu_bp_read_lock();
    psa_status_t handed = keyshard_handoff(key, self);
    psa_status_t many = keyshard_handoff_many(&key, 1, self);
    psa_status_t all = keyshard_handoff_all(self, self);
    psa_status_t restricted = keyshard_restrict_key(key, 0);
    psa_status_t destroyed = keyshard_destroy_keys(&key, 1);
    urcu_bp_read_unlock();
    ck_assert_int_eq(handed, PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(many, PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(all, PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(restricted, PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(destroyed, PSA_ERROR_BAD_STATE);
    ck_assert_uint_eq(usage_of(key), usage);
}
END_TEST

START_TEST(extensions_before_init)
{
    /* Ensures that before initialisation there is no key to do anything with, but a thread may say
     * what shall become of its own. */
    psa_key_id_t key = NO_KEY;

    mbedtls_psa_crypto_free();
    ck_assert_int_eq(keyshard_handoff(key, keyshard_self()), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(keyshard_handoff_many(&key, 1, keyshard_self()), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(keyshard_handoff_all(keyshard_self(), keyshard_self()), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(keyshard_restrict_key(key, 0), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(keyshard_destroy_keys(&key, 1), PSA_ERROR_BAD_STATE);
    ck_assert_int_eq(keyshard_on_thread_exit(KEYSHARD_EXIT_PARK), PSA_SUCCESS);
}
END_TEST

void add_extensions(Suite *suite)
{
    TCase *extensions = tcase_create("extensions");

    suite_add_tcase(suite, extensions);
    tcase_add_checked_fixture(extensions, set_up, tear_down);
    tcase_add_test(extensions, handoff_to_thread);
    tcase_add_test(extensions, handoff_to_own_shard);
    tcase_add_test(extensions, handoff_to_unknown_shard);
    tcase_add_test(extensions, handoff_to_dead_shard);
    tcase_add_test(extensions, handoff_of_absent_key);
    tcase_add_test(extensions, handoff_many_or_none);
    tcase_add_test(extensions, handoff_all_of_thread);
    tcase_add_test(extensions, handoff_all_of_dead);
    tcase_add_test(extensions, restrict_keeps_both);
    tcase_add_test(extensions, restrict_refused);
    tcase_add_test(extensions, replace_other_type);
    tcase_add_test(extensions, destroy_keys_statuses);
    tcase_add_test(extensions, exit_action_statuses);
    tcase_add_test(extensions, extensions_in_section);
    tcase_add_test(extensions, extensions_before_init);
}
