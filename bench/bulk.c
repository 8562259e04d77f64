/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "bench.h"

#include <stdlib.h>
#include <unistd.h>

/* Resident bytes of the process. */
static double resident(void)
{
    unsigned long total = 0;
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "%lu %lu", &total, &pages) != 2) {
        pages = 0;
    }
    fclose(file);
    return (double) pages * (double) sysconf(_SC_PAGESIZE);
}

/* Before the first round the thread makes one key, so that what every thread needs once is not
 * counted among the keys' bytes. */
static bool touch(const struct keys *keys)
{
    psa_key_attributes_t attributes;
    uint8_t material[KEY_MAX_LENGTH] = { 0 };
    psa_key_id_t id = PSA_KEY_ID_NULL;

    key_attributes(keys, &attributes);
    return psa_import_key(&attributes, material, keys->length, &id) == PSA_SUCCESS &&
           psa_destroy_key(id) == PSA_SUCCESS;
}

static bool import_round(struct keys *keys, double *ns, double *bytes)
{
    double before = resident();
    double start = now_ns();
    bool ok = keys_import(keys);

    *ns = (now_ns() - start) / (double) keys->count;
    *bytes = (resident() - before) / (double) keys->count;
    return ok;
}

struct bulk bulk_measure(struct keys *keys, unsigned rounds)
{
    struct bulk bulk = { .keys = keys->count };
    double import_ns[BULK_ROUNDS_MAX];
    double free_ns[BULK_ROUNDS_MAX];
    bool ok = touch(keys);

    for (unsigned i = 0; ok && i < rounds; i++) {
        double bytes = 0;

        ok = import_round(keys, &import_ns[i], &bytes);
        if (i == 0) {
            bulk.bytes = bytes;
        }
        double start = now_ns();

        mbedtls_psa_crypto_free();
        free_ns[i] = (now_ns() - start) / (double) keys->count;
        ok = ok && psa_crypto_init() == PSA_SUCCESS;
    }
    if (ok) {
        bulk.import_ns = spread_of(import_ns, rounds).median;
        bulk.free_ns = spread_of(free_ns, rounds).median;
        bulk.ok = keys_import(keys);
    }
    return bulk;
}
