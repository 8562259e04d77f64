/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Runs a young process for each measurement of memory; and the stores with a lock, as bulk.c does
 * with PSA functions. */

#include "bench.h"

#include "../tests/reference/store.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define USED_BYTES 256u /* a key; no store takes so many */

static const unsigned sides[] = { KEYSHARD, GLOBAL_LOCK, SLOT_STATES, MBED_PSA };
#define STORES (sizeof sides / sizeof *sides)

static double resident_kilobytes(void)
{
    char line[128];
    double found = 0;
    FILE *file = fopen("/proc/self/status", "r");

    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmRSS:", strlen("VmRSS:")) == 0) {
            found = strtod(line + strlen("VmRSS:"), NULL);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return found;
}

static bool fill(const struct ref_class *class, void *store, psa_key_id_t *ids, size_t count)
{
    uint8_t material[KEY_MAX_LENGTH] = { 0 };
    bool ok = true;

    for (size_t i = 0; i < count && ok; i++) {
        memcpy(material, &i, sizeof i);
        ok = class->create(store, material, sizeof material, PSA_KEY_USAGE_SIGN_MESSAGE,
                           &ids[i]) == PSA_SUCCESS;
    }
    return ok;
}

static bool measure(const struct ref_class *class, psa_key_id_t *ids, size_t count,
                    struct bulk *bulk)
{
    double before = resident_kilobytes();
    double start = now_ns();
    void *store = class->open(count);
    bool ok = store != NULL && fill(class, store, ids, count);

    bulk->import_ns = (now_ns() - start) / (double) count;
    bulk->bytes = (resident_kilobytes() - before) * 1024 / (double) count;
    start = now_ns();
    for (size_t i = 0; i < count && ok; i++) {
        ok = class->destroy(store, ids[i]) == PSA_SUCCESS;
    }
    bulk->destroy_ns = (now_ns() - start) / (double) count;
    if (store != NULL) {
        class->close(store);
    }
    return ok;
}

bool bulk_store(const char *store, size_t keys, struct bulk *bulk)
{
    psa_key_id_t *ids = calloc(keys, sizeof *ids);
    bool ok = ids != NULL;

    if (ok) {
        memset(ids, 0xff, keys * sizeof *ids);
        ok = measure(strcmp(store, side_names[GLOBAL_LOCK]) == 0 ? &ref_global_lock
                                                                 : &ref_slot_states,
                     ids, keys, bulk);
    }
    free(ids);
    return ok;
}

/* Reads what bulk_print has printed in a process of this command. */
static bool run(const char *command, struct bulk *bulk)
{
    FILE *output = popen(command, "r");
    char line[256];
    int ok = 0;

    while (output != NULL && fgets(line, sizeof line, output) != NULL) {
        if (sscanf(line, "bulk %d %zu %lf %lf %lf %lf %lf %lf", &ok, &bulk->keys, &bulk->bytes,
                   &bulk->import_ns, &bulk->destroy_ns, &bulk->free_ns, &bulk->handoff_ns,
                   &bulk->handoff_many_ns) != 8) {
            ok = 0;
        }
    }
    return output != NULL && pclose(output) == 0 && ok == 1;
}

/* program: of the side. */
static void measure_in_child(const char *program, unsigned side, size_t keys, struct bulk *bulk)
{
    char command[PATH_MAX + 128];

    *bulk = (struct bulk){ .store = side_names[side], .keys = keys };
    if (side == MBED_PSA) {
        snprintf(command, sizeof command, "'%s' %zu", program, keys);
    } else {
        snprintf(command, sizeof command, "'%s' --bulk '%s' %zu", program, side_names[side], keys);
    }
    bulk->ok = run(command, bulk);
}

/* Takes more memory than the keys will need and gives it back, so that the pages that a store gets
 * are known to a virtual machine's host already, whoever comes first. */
static void use_memory(size_t keys)
{
    size_t size = keys * USED_BYTES;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    if (memory != MAP_FAILED) {
        munmap(memory, size);
    }
}

static double *figure_of(struct bulk *bulk, unsigned which)
{
    double *figures[] = { &bulk->bytes, &bulk->import_ns, &bulk->destroy_ns, &bulk->free_ns,
                          &bulk->handoff_ns, &bulk->handoff_many_ns };

    return which < sizeof figures / sizeof *figures ? figures[which] : NULL;
}

/* The median of each figure; not ok if one of them was not. */
static struct bulk middle(struct bulk *runs, unsigned rounds)
{
    struct bulk bulk = runs[0];
    double values[BULK_ROUNDS_MAX];

    for (unsigned i = 0; figure_of(&bulk, i) != NULL; i++) {
        for (unsigned r = 0; r < rounds; r++) {
            values[r] = *figure_of(&runs[r], i);
        }
        *figure_of(&bulk, i) = spread_of(values, rounds).median;
    }
    for (unsigned r = 0; r < rounds; r++) {
        bulk.ok &= runs[r].ok;
    }
    return bulk;
}

size_t bulk_all(size_t most, unsigned rounds, const char *only, struct bulk *bulks)
{
    struct bulk runs[STORES][BULK_ROUNDS_MAX];
    char program[PATH_MAX];
    const char *other = remote_path();
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    size_t count = 0;

    if (length <= 0 || other == NULL || (only != NULL && strstr("memory", only) == NULL)) {
        return 0;
    }
    program[length] = '\0';
    for (size_t keys = 1000; keys <= most; keys *= 10) {
        fprintf(stderr, "memory of %zu keys\n", keys);
        for (unsigned i = 0; i < rounds * STORES; i++) {
            unsigned side = sides[i % STORES];

            use_memory(keys);
            measure_in_child(side == MBED_PSA ? other : program, side, keys,
                             &runs[i % STORES][i / STORES]);
        }
        for (unsigned i = 0; i < STORES; i++) {
            bulks[count++] = middle(runs[i], rounds);
        }
    }
    return count;
}
