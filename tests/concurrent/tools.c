/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "tools.h"

#include <check.h>
#include <math.h>
#include <mbedtls/md.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LONG_MESSAGE (48u << 20)

double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec * 1e3 + (double) t.tv_nsec / 1e6;
}

double thread_cpu_ms(pthread_t thread)
{
    clockid_t clock;
    struct timespec t;

    if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &t) != 0) {
        return HUGE_VAL;
    }
    return (double) t.tv_sec * 1000 + (double) t.tv_nsec / 1e6;
}

void sleep_ms(unsigned ms)
{
    struct timespec t = {ms / 1000, (long) (ms % 1000) * 1000000};

    nanosleep(&t, NULL);
}

bool wait_for(const atomic_bool *flag, unsigned limit_ms)
{
    double limit = now_ms() + limit_ms;

    while (!atomic_load(flag) && now_ms() < limit) {
        sleep_ms(1);
    }
    return atomic_load(flag);
}

void setup(void)
{
    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
}

keyshard_stats_t stats_now(void)
{
    keyshard_stats_t stats;

    keyshard_get_stats(&stats, sizeof stats);
    return stats;
}

uint64_t stat_now(size_t field)
{
    keyshard_stats_t stats = stats_now();

    return *(uint64_t *) ((char *) &stats + field);
}

bool wait_for_stat(size_t field, uint64_t value, unsigned limit_ms)
{
    double limit = now_ms() + limit_ms;

    while (stat_now(field) < value && now_ms() < limit) {
        sleep_ms(1);
    }
    return stat_now(field) >= value;
}

void expected_hmac(uint8_t fill, const uint8_t *input, size_t length, uint8_t mac[32])
{
    uint8_t material[32];

    memset(material, fill, sizeof material);
    mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), material, sizeof material, input,
                    length, mac);
}

void slow_run(struct slow *slow, psa_key_id_t key, uint8_t fill)
{
    uint8_t *message = calloc(1, LONG_MESSAGE);
    size_t length = 0;

    slow->key = key;
    slow->fill = fill;
    expected_hmac(slow->fill, message, LONG_MESSAGE, slow->expected);
    slow->lookups = stat_now(offsetof(keyshard_stats_t, lookups));
    slow->began_ms = now_ms();
    slow->status =
        psa_mac_compute(slow->key, HMAC_256, message, LONG_MESSAGE, slow->mac, sizeof slow->mac,
                        &length);
    atomic_store(&slow->finished, true);
    slow->right = slow->status == PSA_SUCCESS && slow_over(slow);
    free(message);
}

static void *run_slow(void *argument)
{
    struct slow *slow = argument;
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_get_key_attributes(slow->key, &attributes); /* a look-up, for slow_start to see */
    slow_run(slow, slow->key, slow->fill);
    return NULL;
}

void slow_start(struct slow *slow, psa_key_id_t key, uint8_t fill)
{
    uint64_t lookups = stat_now(offsetof(keyshard_stats_t, lookups));

    memset(slow, 0, sizeof *slow);
    slow->key = key;
    slow->fill = fill;
    pthread_create(&slow->thread, NULL, run_slow, slow);
    /* The second look-up of a thread in a key is counted when the mark is set. */
    wait_for_stat(offsetof(keyshard_stats_t, lookups), lookups + 2, 60000);
}

bool slow_begun(const struct slow *slow)
{
    return slow->began_ms != 0 && now_ms() > slow->began_ms + 20 &&
           stat_now(offsetof(keyshard_stats_t, lookups)) > slow->lookups;
}

bool slow_over(const struct slow *slow)
{
    return memcmp(slow->mac, slow->expected, sizeof slow->mac) == 0;
}

void slow_join(struct slow *slow)
{
    pthread_join(slow->thread, NULL);
}
