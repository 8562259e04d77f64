/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "crypto/random.h"
#include "base/mutant.h"
#include "base/rcu.h"
#include "base/wipe.h"
#include "crypto/error.h"
#include "crypto/mbed.h"
#include "store/shard.h"

#include <limits.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE ((size_t) 4096)
#define WHOLE_PAGES(type) ((sizeof(type) + PAGE - 1) & ~(PAGE - 1))
#define RESEED_AFTER 10000u /* requests; the interval that Mbed TLS uses by default */
#define STOCK 256u          /* bytes that one request draws to give them out in pieces */
#define PIECE_MAX 64u       /* more is drawn as it is asked for */

_Static_assert(STOCK <= MBEDTLS_CTR_DRBG_MAX_REQUEST, "one request fills the stock");
_Static_assert(PIECE_MAX <= STOCK, "the stock holds a piece");

/* All zeros means unseeded: what the kernel leaves in a fork's child. */
struct generator {
    uint32_t seeded;
    uint32_t requests; /* of the DRBG, since it was seeded */
    uint32_t left;     /* bytes at the beginning of the stock that nobody has got */
    _Alignas(16) uint8_t stock[STOCK];
    mbedtls_ctr_drbg_context drbg;
};

struct source {
    uint32_t started;
    mbedtls_entropy_context entropy;
};

struct ks_mutex ks_entropy_mutex = KS_MUTEX_INIT(KS_RANK_ENTROPY);
static struct source *source; /* guarded by the mutex */
static uint32_t seedings;     /* guarded by the mutex */

/* Pages that no core dump and no fork's child gets to see. */
static void *map_private(size_t size)
{
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (pages == MAP_FAILED) {
        return NULL;
    }
    madvise(pages, size, MADV_DONTDUMP);
    madvise(pages, size, MADV_WIPEONFORK); /* older kernels: ks_random_fork_child wipes it */
    mlock(pages, size);
    return pages;
}

/* Makes the entropy source if there is none, or the kernel has emptied it. Mutex held. */
static int source_start_locked(void)
{
    if (source == NULL) {
        source = map_private(WHOLE_PAGES(struct source));
        if (source == NULL) {
            return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
        }
    }
    if (!source->started) {
        mbedtls_entropy_init(&source->entropy);
        source->started = 1;
    }
    return 0;
}

/* Also where gathering has failed: Mbed TLS 3.6, when it finds no memory, leaves its accumulator so
 * that the next call crashes. */
static void source_stop_locked(void)
{
    if (source != NULL && source->started) {
        mbedtls_entropy_free(&source->entropy);
        ks_wipe(source, sizeof *source);
    }
}

/* What the generators call for entropy. */
static int gather(void *unused, unsigned char *output, size_t size)
{
    int cancel = ks_cancel_disable();

    (void) unused;
    ks_mutex_lock(&ks_entropy_mutex);
    int ret = source_start_locked();

    if (ret == 0) {
        ret = mbedtls_entropy_func(&source->entropy, output, size);
        if (ret != 0) {
            source_stop_locked();
        }
    }
    ks_mutex_unlock(&ks_entropy_mutex);
    ks_cancel_restore(cancel);
    return ret;
}

psa_status_t ks_entropy_start(void)
{
    unsigned char sample[32];
    int ret = gather(NULL, sample, sizeof sample);

    ks_wipe(sample, sizeof sample);
    return ret == 0 ? PSA_SUCCESS : PSA_ERROR_INSUFFICIENT_ENTROPY;
}

void ks_entropy_stop(void)
{
    ks_mutex_lock(&ks_entropy_mutex);
    source_stop_locked();
    ks_mutex_unlock(&ks_entropy_mutex);
}

/* Seeds with entropy, and with a string that tells generators apart should two ever draw the same.
 */
static psa_status_t seed(struct ks_shard *shard, struct generator *generator)
{
    char name[64];
    uint32_t number;

    ks_mutex_lock(&ks_entropy_mutex);
    number = ++seedings;
    ks_mutex_unlock(&ks_entropy_mutex);
    int length = snprintf(name, sizeof name, "keyshard %ld %u %lu", (long) getpid(),
                          (unsigned) shard->number, (unsigned long) number);

    mbedtls_ctr_drbg_init(&generator->drbg);
    int ret = mbedtls_ctr_drbg_seed(&generator->drbg, gather, NULL, (const unsigned char *) name,
                                    (size_t) length);

    if (ret != 0) {
        mbedtls_ctr_drbg_free(&generator->drbg);
        ks_wipe(generator, sizeof *generator);
        return PSA_ERROR_INSUFFICIENT_ENTROPY;
    }
    /* Reseeding takes a mutex, so make_ready() decides when. */
    mbedtls_ctr_drbg_set_reseed_interval(&generator->drbg, INT_MAX);
    generator->seeded = 1;
    return PSA_SUCCESS;
}

/* Makes, seeds or reseeds the shard's generator. */
static KS_COLD psa_status_t refresh(struct ks_shard *shard)
{
    struct generator *generator = shard->random;
    psa_status_t status = PSA_SUCCESS;

    if (ks_rcu_read_ongoing()) {
        /* No mutex in a section of the program's: put it off, once over. */
        bool usable = generator != NULL && generator->seeded &&
                      generator->requests < 2 * RESEED_AFTER;
        return usable ? PSA_SUCCESS : PSA_ERROR_BAD_STATE;
    }
    if (generator == NULL) {
        generator = map_private(WHOLE_PAGES(struct generator));
        if (generator == NULL) {
            return PSA_ERROR_INSUFFICIENT_MEMORY;
        }
        shard->random = generator;
    }
    if (!generator->seeded) {
        status = seed(shard, generator);
    } else if (mbedtls_ctr_drbg_reseed(&generator->drbg, NULL, 0) != 0) {
        status = PSA_ERROR_INSUFFICIENT_ENTROPY;
    }
    ks_wipe_stack();
    if (status == PSA_SUCCESS) {
        generator->requests = 0;
        generator->left = 0; /* of older seed */
        ks_count(&shard->counters.reseeds);
    }
    return status;
}

/* Makes sure that the shard's generator may be asked. */
static psa_status_t make_ready(struct ks_shard *shard)
{
    const struct generator *generator = shard->random;
    bool ready =
        generator != NULL && generator->seeded && generator->requests < RESEED_AFTER;

    return ks_likely(ready) ? PSA_SUCCESS : refresh(shard);
}

static psa_status_t request(struct generator *generator, uint8_t *output, size_t size)
{
    generator->requests++;
    return ks_mbed_status(mbedtls_ctr_drbg_random(&generator->drbg, output, size));
}

/* Gives out a piece of the stock, and keeps no copy. */
static inline void take(struct generator *generator, uint8_t *output, size_t size)
{
    generator->left -= (uint32_t) size;
    uint8_t *piece = generator->stock + generator->left;

    memcpy(output, piece, size);
    if (KS_MUTANT != KS_MUTANT_NO_STOCK_WIPE) {
        ks_wipe(piece, size);
    }
}

static psa_status_t fill(struct generator *generator)
{
    generator->left = 0; /* first, for it may fail */
    psa_status_t status = request(generator, generator->stock, STOCK);

    if (status == PSA_SUCCESS) {
        generator->left = STOCK;
    }
    return status;
}

/* For what the stock does not hold. */
static KS_NOINLINE psa_status_t generate(struct ks_shard *shard, uint8_t *output, size_t size)
{
    psa_status_t status = PSA_SUCCESS;

    while (size > 0 && status == PSA_SUCCESS) {
        size_t part = size < MBEDTLS_CTR_DRBG_MAX_REQUEST ? size : MBEDTLS_CTR_DRBG_MAX_REQUEST;

        status = make_ready(shard);
        if (status == PSA_SUCCESS && part > PIECE_MAX) {
            status = request(shard->random, output, part);
        } else if (status == PSA_SUCCESS) {
            status = fill(shard->random);
            if (status == PSA_SUCCESS) {
                take(shard->random, output, part);
            }
        }
        output += part;
        size -= part;
    }
    return status;
}

psa_status_t ks_random_generate(struct ks_shard *shard, uint8_t *output, size_t size)
{
    struct generator *generator = shard->random;
    bool is_piece = size - 1 < PIECE_MAX; /* of one byte at least */

    if (ks_likely(is_piece && generator != NULL && generator->left >= size)) {
        take(generator, output, size);
        return PSA_SUCCESS;
    }
    return generate(shard, output, size);
}

void ks_random_wipe(struct ks_shard *shard)
{
    ks_mutex_lock(&ks_entropy_mutex);
    struct generator *generator = shard->random;

    if (generator != NULL && generator->seeded) {
        mbedtls_ctr_drbg_free(&generator->drbg);
        ks_wipe(generator, sizeof *generator);
    }
    ks_mutex_unlock(&ks_entropy_mutex);
}

/* Nothing is freed: a vanished thread may have been inside, and what Mbed TLS keeps here is flat.
 */
void ks_random_fork_child(void)
{
    for (uint32_t n = 1; n <= ks_shards_listed(); n++) {
        struct generator *generator = ks_shard_by_number(n)->random;

        if (generator != NULL) {
            ks_wipe(generator, sizeof *generator);
        }
    }
    if (source != NULL) {
        ks_wipe(source, sizeof *source);
    }
}
