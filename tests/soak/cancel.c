/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Threads are cancelled at any moment, in every kind of call. Whatever the moment, nothing stays
 * locked: the threads that are left go on, grace periods end, every key can be destroyed, and at
 * last nothing is dying.
 *
 *   cancel [--rounds N] [--seed N] */

#include "config.h"

#include "crowd.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define VICTIMS 3u
#define SHARED 4u

static struct {
    uint64_t rounds;
    uint64_t seed;
} options = {150, 0};

static const struct crowd_option numbers[] = {{"rounds", &options.rounds, 0},
                                              {"seed", &options.seed, 0}};

static psa_key_id_t shared[SHARED]; /* used by all, fill by number */

struct victim {
    pthread_t thread;
    unsigned kind;
    uint64_t random;
    keyshard_shard_t other; /* a shard to hand keys to */
    atomic_bool started;
    atomic_ulong calls;
    /* A key that it has made, or 0; what a cancelled thread leaves, the main thread destroys. Noted
     * in here before it is used, with cancellation held off around the creation. */
    _Atomic psa_key_id_t key;
};

static psa_key_id_t make_key(struct victim *victim)
{
    int state;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    psa_key_id_t key = import_hmac(7);

    atomic_store(&victim->key, key);
    pthread_setcancelstate(state, &state);
    return key;
}

static void end_key(struct victim *victim, psa_key_id_t key)
{
    psa_destroy_key(key);
    atomic_store(&victim->key, 0);
}

static void call_use(struct victim *victim)
{
    bool right;

    crowd_use(shared[crowd_pick(&victim->random, SHARED)], 0, &right);
}

static void call_attributes(struct victim *victim)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_get_key_attributes(shared[crowd_pick(&victim->random, SHARED)], &attributes);
}

static void call_replace(struct victim *victim)
{
    static const uint8_t material[32] = {1};

    keyshard_replace_key(shared[crowd_pick(&victim->random, SHARED)], material, sizeof material);
}

static void call_purge(struct victim *victim)
{
    psa_purge_key(shared[crowd_pick(&victim->random, SHARED)]);
}

static void call_restrict(struct victim *victim)
{
    keyshard_restrict_key(shared[crowd_pick(&victim->random, SHARED)], UNIFORM_USAGES);
}

static void call_handoff(struct victim *victim)
{
    psa_key_id_t key = shared[crowd_pick(&victim->random, SHARED)];

    keyshard_handoff(key, crowd_pick(&victim->random, 2) == 0 ? victim->other : keyshard_self());
}

static void call_handoff_many(struct victim *victim)
{
    keyshard_handoff_many(shared, SHARED, crowd_pick(&victim->random, 2) == 0 ? victim->other
                                                                               : keyshard_self());
}

static void call_import_destroy(struct victim *victim)
{
    end_key(victim, make_key(victim));
}

/* A key that another thread has seen is destroyed with a grace period. */
static void call_destroy_shared(struct victim *victim)
{
    psa_key_id_t key = make_key(victim);

    keyshard_handoff(key, victim->other);
    end_key(victim, key);
}

static void call_destroy_many(struct victim *victim)
{
    psa_key_id_t key = make_key(victim);

    keyshard_handoff(key, victim->other);
    keyshard_destroy_keys(&key, 1);
    atomic_store(&victim->key, 0);
}

/* The key that a cancelled copy leaves is not known to the test: the end of the thread takes it. */
static void call_copy(struct victim *victim)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t copy = 0;

    keyshard_on_thread_exit(KEYSHARD_EXIT_DESTROY);
    psa_copy_key(shared[crowd_pick(&victim->random, SHARED)], &attributes, &copy);
    psa_destroy_key(copy);
}

static void call_generate(struct victim *victim)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = 0;

    (void) victim;
    keyshard_on_thread_exit(KEYSHARD_EXIT_DESTROY);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    psa_set_key_bits(&attributes, 128);
    psa_generate_key(&attributes, &key);
    psa_destroy_key(key);
}

static void call_random(struct victim *victim)
{
    uint8_t bytes[64];

    (void) victim;
    psa_generate_random(bytes, sizeof bytes);
}

static int visit(const psa_key_attributes_t *attributes, void *context)
{
    (void) attributes;
    (void) context;
    return 0;
}

static void call_for_each(struct victim *victim)
{
    (void) victim;
    keyshard_for_each_key(visit, NULL);
}

static void call_init(struct victim *victim)
{
    (void) victim;
    psa_crypto_init();
}

static void (*const kinds[])(struct victim *victim) = {
    call_use,          call_attributes,   call_replace,        call_purge,          call_restrict,
    call_handoff,      call_handoff_many, call_import_destroy, call_destroy_shared, call_copy,
    call_destroy_many, call_generate,     call_random,         call_for_each,       call_init,
};

#define KINDS (sizeof kinds / sizeof *kinds)

static void *suffer(void *argument)
{
    struct victim *victim = argument;

    atomic_store(&victim->started, true);
    for (;;) {
        kinds[victim->kind](victim);
        atomic_fetch_add(&victim->calls, 1);
        pthread_testcancel();
    }
    return NULL;
}

static void start(struct victim *victim, unsigned kind, uint64_t seed)
{
    victim->kind = kind;
    victim->random = seed;
    victim->other = keyshard_self();
    atomic_store(&victim->started, false);
    atomic_store(&victim->calls, 0);
    atomic_store(&victim->key, 0);
    if (pthread_create(&victim->thread, NULL, suffer, victim) != 0) {
        exit(2);
    }
    while (!atomic_load(&victim->started)) {
        sched_yield();
    }
}

static void pause_ns(long ns)
{
    struct timespec time = {0, ns};

    nanosleep(&time, NULL);
}

/* All but the first victim, who goes on and must make progress, are cancelled. */
static bool play(uint64_t *random, unsigned kind, unsigned long *calls)
{
    struct victim victims[VICTIMS];
    bool right = true;

    for (unsigned i = 0; i < VICTIMS; i++) {
        start(&victims[i], i == 0 ? crowd_pick(random, KINDS) : kind, *random + i);
    }
    pause_ns(1000 + (long) crowd_pick(random, 100000));
    for (unsigned i = 1; i < VICTIMS; i++) {
        pthread_cancel(victims[i].thread);
        pthread_join(victims[i].thread, NULL);
        *calls += atomic_load(&victims[i].calls);
    }
    right = crowd_life((uint8_t) kind); /* with grace periods, after the cancellations */
    unsigned long before = atomic_load(&victims[0].calls);

    while (atomic_load(&victims[0].calls) < before + 2) {
        sched_yield();
    }
    pthread_cancel(victims[0].thread);
    pthread_join(victims[0].thread, NULL);
    for (unsigned i = 0; i < VICTIMS; i++) {
        psa_destroy_key(atomic_load(&victims[i].key)); /* gone already, or 0, or left */
    }
    return right;
}

static bool settled(void)
{
    keyshard_stats_t stats;

    keyshard_get_stats(&stats, sizeof stats);
    if (stats.keys != SHARED || stats.objects_dying != 0) {
        printf("%lu keys, %lu dying\n", (unsigned long) stats.keys,
               (unsigned long) stats.objects_dying);
    }
    return stats.keys == SHARED && stats.objects_dying == 0;
}

int main(int argc, char **argv)
{
    unsigned long wrong = 0;
    unsigned long calls = 0;

    if (!crowd_begin(argc, argv, numbers, sizeof numbers / sizeof *numbers)) {
        return 2;
    }
    if (psa_crypto_init() != PSA_SUCCESS) {
        return 2;
    }
    for (unsigned i = 0; i < SHARED; i++) {
        shared[i] = import_hmac((uint8_t) i);
    }
    for (unsigned long i = 0; i < options.rounds && wrong == 0; i++) {
        crowd_alive(30, "a cancelled thread has left something locked");
        wrong += !play(&options.seed, (unsigned) (i % KINDS), &calls);
        wrong += !settled();
        if (wrong != 0) {
            printf("round %lu, kind %lu: wrong\n", i, i % KINDS);
        }
    }
    alarm(0);
    printf("%lu rounds, %lu kinds of call, %lu threads cancelled after %lu calls, %lu wrong\n",
           (unsigned long) options.rounds, (unsigned long) KINDS,
           (unsigned long) options.rounds * VICTIMS, calls, wrong);
    mbedtls_psa_crypto_free();
    return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
