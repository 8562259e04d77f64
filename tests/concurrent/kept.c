/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Uses that begin by a context that their thread has kept, without a look at the key's object: that
 * they refuse what the key refuses, and never outlive what their context was made for. */

#include "config.h"

#include "../runner.h"
#include "tools.h"

#include <stdio.h>
#include <string.h>

#define TRUNCATED PSA_ALG_TRUNCATED_MAC(HMAC_256, 16)

/* Bits of a volatile id (src/store/id.h): the lowest of its generation, and its mark. */
#define OTHER_GENERATION ((psa_key_id_t) 1 << 25)
#define VOLATILE_BIT ((psa_key_id_t) 1 << 30)

/* So many that the context is kept and the next use begins by it. */
#define USES 4

static psa_status_t mac_of_m(psa_key_id_t key, psa_algorithm_t alg, uint8_t mac[32])
{
    size_t length = 0;

    return psa_mac_compute(key, alg, (const uint8_t *) "m", 1, mac, 32, &length);
}

/* The MAC of "m"; right is that of a key whose every byte is fill. */
static psa_status_t use_key(psa_key_id_t key, uint8_t fill, bool *right)
{
    uint8_t expected[32];
    uint8_t mac[32];
    psa_status_t status = mac_of_m(key, HMAC_256, mac);

    expected_hmac(fill, (const uint8_t *) "m", 1, expected);
    *right = status != PSA_SUCCESS || memcmp(mac, expected, sizeof mac) == 0;
    return status;
}

static void use_often(psa_key_id_t key, uint8_t fill)
{
    bool right;

    for (unsigned i = 0; i < USES; i++) {
        use_key(key, fill, &right);
    }
}

/* So that a leak checker, which does not look into secret memory, finds nothing lost there. */
static void teardown(void)
{
    mbedtls_psa_crypto_free();
}

/* --- one thread: what is refused --- */

/* Ensures that neither another algorithm nor a shorter MAC is computed by the context of one. */
START_TEST(other_algorithms_are_refused)
{
    psa_key_id_t key = import_hmac(1);
    uint8_t mac[32];

    use_often(key, 1);
    ck_assert_int_eq(mac_of_m(key, HMAC_256, mac), PSA_SUCCESS);
    ck_assert_int_eq(mac_of_m(key, TRUNCATED, mac), PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_eq(mac_of_m(key, PSA_ALG_HMAC(PSA_ALG_SHA_512), mac), PSA_ERROR_NOT_PERMITTED);
    ck_assert_int_ne(mac_of_m(key, 0, mac), PSA_SUCCESS);
    ck_assert_int_eq(mac_of_m(key, HMAC_256, mac), PSA_SUCCESS);
}
END_TEST

/* Ensures that a key with another name in the same slot is not taken for the key there. */
START_TEST(other_ids_are_refused)
{
    psa_key_id_t key = import_hmac(1);
    uint8_t mac[32];

    use_often(key, 1);
    ck_assert_int_eq(mac_of_m(key ^ OTHER_GENERATION, HMAC_256, mac), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(mac_of_m(key ^ VOLATILE_BIT, HMAC_256, mac), PSA_ERROR_INVALID_HANDLE);
    ck_assert_int_eq(mac_of_m(key, HMAC_256, mac), PSA_SUCCESS);
    ck_assert_int_eq(psa_destroy_key(key), PSA_SUCCESS);
    ck_assert_int_eq(mac_of_m(key, HMAC_256, mac), PSA_ERROR_INVALID_HANDLE);
}
END_TEST

/* Ensures that a key that may only be verified with computes nothing, before and after. */
START_TEST(computing_is_refused)
{
    psa_key_id_t key =
        import_uniform(PSA_KEY_TYPE_HMAC, 32, PSA_KEY_USAGE_VERIFY_MESSAGE, HMAC_256, 2);
    uint8_t expected[32];
    uint8_t mac[32];

    expected_hmac(2, (const uint8_t *) "m", 1, expected);
    for (unsigned i = 0; i < USES; i++) {
        ck_assert_int_eq(psa_mac_verify(key, HMAC_256, (const uint8_t *) "m", 1, expected, 32),
                         PSA_SUCCESS);
        ck_assert_int_eq(mac_of_m(key, HMAC_256, mac), PSA_ERROR_NOT_PERMITTED);
    }
}
END_TEST

/* Ensures that an AES key that may only encrypt does not decrypt, before and after. */
START_TEST(decrypting_is_refused)
{
    psa_key_id_t key =
        import_uniform(PSA_KEY_TYPE_AES, 16, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_GCM, 3);
    const uint8_t nonce[12] = { 0 };
    uint8_t sealed[24];
    uint8_t text[8] = { 0 };
    size_t length;

    for (unsigned i = 0; i < USES; i++) {
        ck_assert_int_eq(psa_aead_encrypt(key, PSA_ALG_GCM, nonce, sizeof nonce, NULL, 0, text,
                                          sizeof text, sealed, sizeof sealed, &length),
                         PSA_SUCCESS);
        ck_assert_int_eq(psa_aead_decrypt(key, PSA_ALG_GCM, nonce, sizeof nonce, NULL, 0, sealed,
                                          length, text, sizeof text, &length),
                         PSA_ERROR_NOT_PERMITTED);
    }
}
END_TEST

/* Ensures that a usage taken away is refused although its context is kept. */
START_TEST(restricted_is_refused)
{
    psa_key_id_t key = import_hmac(4);
    uint8_t mac[32];

    use_often(key, 4);
    ck_assert_int_eq(keyshard_restrict_key(key, PSA_KEY_USAGE_VERIFY_MESSAGE), PSA_SUCCESS);
    ck_assert_int_eq(mac_of_m(key, HMAC_256, mac), PSA_ERROR_NOT_PERMITTED);
}
END_TEST

/* --- several threads --- */

struct owner {
    struct slow slow;
    _Atomic psa_key_id_t key;
    keyshard_shard_t to;
    psa_status_t handed;
    pthread_t thread;
};

static void *hand_and_use(void *argument)
{
    struct owner *owner = argument;
    psa_key_id_t key = import_hmac(9);

    use_often(key, 9);
    owner->handed = keyshard_handoff(key, owner->to);
    owner->key = key;
    slow_run(&owner->slow, key, 9);
    return NULL;
}

/* Ensures that a key which its owner's thread has handed over, and goes on using, is not destroyed
 * by its new owner before the operation is over. */
START_TEST(used_after_handing)
{
    static struct owner owner;

    owner.to = keyshard_self();
    pthread_create(&owner.thread, NULL, hand_and_use, &owner);
    while (owner.key == 0 || !slow_begun(&owner.slow)) {
        sleep_ms(1);
    }
    psa_status_t destroyed = psa_destroy_key(owner.key);
    bool over = slow_over(&owner.slow);

    pthread_join(owner.thread, NULL);
    ck_assert_int_eq(owner.handed, PSA_SUCCESS);
    ck_assert_int_eq(destroyed, PSA_SUCCESS);
    ck_assert(over);
    ck_assert(owner.slow.right);
}
END_TEST

/* A thread that makes a key and, each round, gives it other material several times. */
struct renewer {
    psa_key_id_t key;
    uint8_t fill;
    unsigned rounds;
    unsigned failures;
    pthread_barrier_t barrier;
    pthread_t thread;
};

static void *renew(void *argument)
{
    struct renewer *renewer = argument;
    uint8_t material[32];

    renewer->key = import_hmac(renewer->fill);
    for (unsigned round = 0; round < renewer->rounds; round++) {
        pthread_barrier_wait(&renewer->barrier); /* the key is there */
        pthread_barrier_wait(&renewer->barrier); /* it has been used */
        for (unsigned i = 0; i < 2 + round % 3; i++) {
            memset(material, ++renewer->fill, sizeof material);
            renewer->failures +=
                keyshard_replace_key(renewer->key, material, sizeof material) != PSA_SUCCESS;
        }
    }
    pthread_barrier_wait(&renewer->barrier);
    return NULL;
}

/* Ensures that a use never takes a context of earlier material for one of the present, though the
 * key's object lies where an earlier one lay: the maker's memory is used again last in, first out.
 */
START_TEST(renewed_in_the_same_block)
{
    static struct renewer renewer = { .rounds = 30 };
    unsigned wrong = 0;

    pthread_barrier_init(&renewer.barrier, NULL, 2);
    pthread_create(&renewer.thread, NULL, renew, &renewer);
    for (unsigned round = 0; round < renewer.rounds; round++) {
        pthread_barrier_wait(&renewer.barrier);
        for (unsigned i = 0; i < USES; i++) {
            bool right;

            wrong += use_key(renewer.key, renewer.fill, &right) != PSA_SUCCESS || !right;
        }
        pthread_barrier_wait(&renewer.barrier);
    }
    pthread_barrier_wait(&renewer.barrier);
    pthread_join(renewer.thread, NULL);
    ck_assert_uint_eq(renewer.failures, 0);
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* A thread that does nothing but use the key that is shown to it. */
struct user {
    unsigned long uses;
    unsigned failures;
    pthread_t thread;
};

static _Atomic psa_key_id_t shown_key;
static atomic_bool stop;

static void *use_shown_key(void *argument)
{
    struct user *user = argument;
    uint8_t mac[32];

    while (!atomic_load(&stop)) {
        psa_status_t status = mac_of_m(atomic_load(&shown_key), HMAC_256, mac);

        user->uses += status == PSA_SUCCESS;
        user->failures += status != PSA_SUCCESS && status != PSA_ERROR_BAD_STATE &&
                          status != PSA_ERROR_INVALID_HANDLE;
    }
    return NULL;
}

/* Ensures that the library may be freed while threads use a key whose contexts they keep: they look
 * at nothing that is being taken apart (the thread sanitizer would see it). */
START_TEST(freed_while_used)
{
    enum { ROUNDS = 60, USERS = 2 };
    static struct user users[USERS];

    mbedtls_psa_crypto_free();
    for (unsigned i = 0; i < USERS; i++) {
        pthread_create(&users[i].thread, NULL, use_shown_key, &users[i]);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
        atomic_store(&shown_key, import_hmac(1));
        sleep_ms(4);
        mbedtls_psa_crypto_free();
    }
    atomic_store(&stop, true);
    for (unsigned i = 0; i < USERS; i++) {
        pthread_join(users[i].thread, NULL);
        ck_assert_uint_eq(users[i].failures, 0);
        ck_assert_uint_gt(users[i].uses, 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kept");
    TCase *refused = tcase_create("refused");
    TCase *threads = tcase_create("threads");

    tcase_set_timeout(refused, 30);
    tcase_add_checked_fixture(refused, setup, teardown);
    tcase_add_test(refused, other_algorithms_are_refused);
    tcase_add_test(refused, other_ids_are_refused);
    tcase_add_test(refused, computing_is_refused);
    tcase_add_test(refused, decrypting_is_refused);
    tcase_add_test(refused, restricted_is_refused);
    suite_add_tcase(suite, refused);
    tcase_add_checked_fixture(threads, setup, NULL);
    tcase_set_timeout(threads, 120);
    tcase_add_test(threads, used_after_handing);
    tcase_add_test(threads, renewed_in_the_same_block);
    tcase_add_test(threads, freed_while_used);
    suite_add_tcase(suite, threads);
    return run_suite(suite);
}
