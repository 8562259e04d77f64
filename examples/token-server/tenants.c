/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "tenants.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define STRIPES       256
#define FIRST_BUCKETS 8

struct tenant {
    struct tenant *next;
    uint64_t hash;
    struct key_ref key;
    char name[];
};

/* The lock guards all of the stripe and the tenants chained in it. Nothing is locked inside it. */
struct stripe {
    _Alignas(64) pthread_rwlock_t lock;
    struct tenant **buckets;
    size_t mask; /* the number of buckets, a power of two, less one */
    size_t count;
    size_t counts[KEY_ALGS]; /* the same by algorithm */
};

struct tenants {
    uint64_t seed;
    struct stripe stripes[STRIPES];
};

/* FNV-1a over the name, from a secret start, then mixed: the stripe comes from the top bits, the
 * bucket from the lowest. */
static uint64_t hash_name(const struct tenants *tenants, const char *name)
{
    uint64_t hash = tenants->seed;

    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    hash = (hash ^ (hash >> 32)) * 0x9e3779b97f4a7c15u;
    return hash ^ (hash >> 29);
}

static struct stripe *stripe_of(struct tenants *tenants, uint64_t hash)
{
    return &tenants->stripes[(hash >> 56) % STRIPES];
}

/* The link that points to the tenant, or the empty link at the end of its chain. Lock held. */
static struct tenant **link_of(struct stripe *stripe, uint64_t hash, const char *name)
{
    struct tenant **link = &stripe->buckets[hash & stripe->mask];

    while (*link != NULL && ((*link)->hash != hash || strcmp((*link)->name, name) != 0))
        link = &(*link)->next;
    return link;
}

/* Doubles the buckets. Without memory it leaves them: longer chains are slower, not wrong. Lock
 * held for writing. */
static void grow(struct stripe *stripe)
{
    size_t mask = stripe->mask * 2 + 1;
    struct tenant **buckets = calloc(mask + 1, sizeof *buckets);

    if (buckets == NULL)
        return;
    for (size_t i = 0; i <= stripe->mask; i++) {
        struct tenant *tenant = stripe->buckets[i];
        while (tenant != NULL) {
            struct tenant *next = tenant->next;
            tenant->next = buckets[tenant->hash & mask];
            buckets[tenant->hash & mask] = tenant;
            tenant = next;
        }
    }
    free(stripe->buckets);
    stripe->buckets = buckets;
    stripe->mask = mask;
}

struct tenants *tenants_new(uint64_t seed)
{
    struct tenants *tenants = aligned_alloc(_Alignof(struct tenants), sizeof *tenants);

    if (tenants == NULL)
        return NULL;
    memset(tenants, 0, sizeof *tenants);
    tenants->seed = seed;
    for (size_t i = 0; i < STRIPES; i++) {
        struct stripe *stripe = &tenants->stripes[i];
        pthread_rwlock_init(&stripe->lock, NULL);
        stripe->mask = FIRST_BUCKETS - 1;
        stripe->buckets = calloc(FIRST_BUCKETS, sizeof *stripe->buckets);
        if (stripe->buckets == NULL) {
            tenants_free(tenants);
            return NULL;
        }
    }
    return tenants;
}

void tenants_free(struct tenants *tenants)
{
    if (tenants == NULL)
        return;
    /* A table that could not be made whole has stripes without buckets at its end. */
    for (size_t i = 0; i < STRIPES && tenants->stripes[i].buckets != NULL; i++) {
        struct stripe *stripe = &tenants->stripes[i];
        for (size_t j = 0; j <= stripe->mask; j++) {
            struct tenant *tenant = stripe->buckets[j];
            while (tenant != NULL) {
                struct tenant *next = tenant->next;
                free(tenant);
                tenant = next;
            }
        }
        free(stripe->buckets);
        pthread_rwlock_destroy(&stripe->lock);
    }
    free(tenants);
}

bool tenants_name_is_valid(const char *name)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strspn(name, alphabet);

    return name[length] == '\0' && length > 0 && length <= TENANT_NAME_MAX &&
           strchr("._-", name[0]) == NULL;
}

enum tenants_result tenants_add(struct tenants *tenants, const char *name,
                                const struct key_ref *key)
{
    enum tenants_result result = TENANTS_EXISTS;
    uint64_t hash = hash_name(tenants, name);
    struct stripe *stripe = stripe_of(tenants, hash);
    size_t size = strlen(name) + 1;
    struct tenant *tenant = malloc(sizeof *tenant + size);

    if (tenant == NULL)
        return TENANTS_NO_MEMORY;
    tenant->next = NULL;
    tenant->hash = hash;
    tenant->key = *key;
    memcpy(tenant->name, name, size);

    pthread_rwlock_wrlock(&stripe->lock);
    struct tenant **link = link_of(stripe, hash, name);
    if (*link == NULL) {
        *link = tenant;
        tenant = NULL;
        stripe->counts[key->alg]++;
        stripe->count++;
        if (stripe->count > stripe->mask)
            grow(stripe);
        result = TENANTS_OK;
    }
    pthread_rwlock_unlock(&stripe->lock);
    free(tenant);
    return result;
}

enum tenants_result tenants_find(struct tenants *tenants, const char *name, struct key_ref *key)
{
    enum tenants_result result = TENANTS_UNKNOWN;
    uint64_t hash = hash_name(tenants, name);
    struct stripe *stripe = stripe_of(tenants, hash);

    pthread_rwlock_rdlock(&stripe->lock);
    const struct tenant *tenant = *link_of(stripe, hash, name);
    if (tenant != NULL) {
        *key = tenant->key;
        result = TENANTS_OK;
    }
    pthread_rwlock_unlock(&stripe->lock);
    return result;
}

enum tenants_result tenants_remove(struct tenants *tenants, const char *name, struct key_ref *key)
{
    uint64_t hash = hash_name(tenants, name);
    struct stripe *stripe = stripe_of(tenants, hash);

    pthread_rwlock_wrlock(&stripe->lock);
    struct tenant **link = link_of(stripe, hash, name);
    struct tenant *tenant = *link;
    if (tenant != NULL) {
        *link = tenant->next;
        stripe->counts[tenant->key.alg]--;
        stripe->count--;
    }
    pthread_rwlock_unlock(&stripe->lock);

    if (tenant == NULL)
        return TENANTS_UNKNOWN;
    *key = tenant->key;
    free(tenant);
    return TENANTS_OK;
}

void tenants_count(struct tenants *tenants, size_t counts[KEY_ALGS])
{
    memset(counts, 0, KEY_ALGS * sizeof *counts);
    for (size_t i = 0; i < STRIPES; i++) {
        struct stripe *stripe = &tenants->stripes[i];
        pthread_rwlock_rdlock(&stripe->lock);
        for (size_t alg = 0; alg < KEY_ALGS; alg++)
            counts[alg] += stripe->counts[alg];
        pthread_rwlock_unlock(&stripe->lock);
    }
}
