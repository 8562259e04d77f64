/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Many keys at once, by the PSA functions that the program is linked with: keyshard's, or, in
 * keyshard-bench-psa, Mbed TLS's own. */

#include "bench.h"

#include <stdlib.h>
#include <string.h>
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

static const struct keys hmac_keys = {
    .type = PSA_KEY_TYPE_HMAC, .alg = PSA_ALG_HMAC(PSA_ALG_SHA_256),
    .usage = PSA_KEY_USAGE_SIGN_MESSAGE, .length = KEY_MAX_LENGTH
};

static bool import(psa_key_id_t *ids, size_t count)
{
    psa_key_attributes_t attributes;
    uint8_t material[KEY_MAX_LENGTH] = { 0 };
    bool ok = true;

    key_attributes(&hmac_keys, &attributes);
    for (size_t i = 0; i < count && ok; i++) {
        memcpy(material, &i, sizeof i);
        ok = psa_import_key(&attributes, material, sizeof material, &ids[i]) == PSA_SUCCESS;
    }
    return ok;
}

static bool destroy(const psa_key_id_t *ids, size_t count)
{
    bool ok = true;

    for (size_t i = 0; i < count && ok; i++) {
        ok = psa_destroy_key(ids[i]) == PSA_SUCCESS;
    }
    return ok;
}

/* Nanoseconds a key since start. */
static double since(double start, size_t count)
{
    return (now_ns() - start) / (double) count;
}

static bool measure(psa_key_id_t *ids, size_t count, struct bulk *bulk)
{
    double before = resident();
    double start = now_ns();

    if (!import(ids, count)) {
        return false;
    }
    bulk->import_ns = since(start, count);
    bulk->bytes = (resident() - before) / (double) count;
    start = now_ns();
    if (!destroy(ids, count)) {
        return false;
    }
    bulk->destroy_ns = since(start, count);
    if (!import(ids, count) ||
        !life_handoffs(ids, count, &bulk->handoff_ns, &bulk->handoff_many_ns)) {
        return false;
    }
    start = now_ns();
    mbedtls_psa_crypto_free();
    bulk->free_ns = since(start, count);
    return true;
}

bool bulk_psa(size_t keys, struct bulk *bulk)
{
    psa_key_id_t *ids = calloc(keys, sizeof *ids);
    bool ok = ids != NULL;

    if (ok) {
        memset(ids, 0xff, keys * sizeof *ids); /* resident before memory is measured */
        /* What every thread needs once is not counted among the keys' bytes. */
        ok = import(ids, 1) && destroy(ids, 1) && measure(ids, keys, bulk);
    }
    free(ids);
    return ok;
}

void bulk_print(const struct bulk *bulk)
{
    printf("bulk %d %zu %f %f %f %f %f %f\n", bulk->ok, bulk->keys, bulk->bytes, bulk->import_ns,
           bulk->destroy_ns, bulk->free_ns, bulk->handoff_ns, bulk->handoff_many_ns);
}
