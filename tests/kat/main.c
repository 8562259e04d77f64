/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Runs the known-answer tests over the vectors of Debian's python3-cryptography-vectors, or over
 * those in the folder that the environment variable KS_VECTORS names. Without vectors it exits with
 * 77, which the test driver counts as skipped. */

#include "config.h"

#include "kat/kat.h"
#include "runner.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SKIPPED 77

static const char *folder = "/usr/lib/python3/dist-packages/cryptography_vectors";

/* Names the vector: by its count if it has one, else by the line that ends it. */
static void name_vector(const struct kat_case *test, char *name, size_t size)
{
    const char *count = kat_text(&test->reader, KAT_NAMES("COUNT"));
    snprintf(name, size, "%s, vector %s before line %u", test->row->path,
             count == NULL ? "-" : count, test->reader.line);
}

void kat_require(const struct kat_case *test, bool ok, const char *what)
{
    if (!ok) {
        char name[256];
        name_vector(test, name, sizeof name);
        ck_abort_msg("%s: not as it should be: %s", name, what);
    }
}

void kat_require_status(const struct kat_case *test, psa_status_t status, psa_status_t expected,
                        const char *what)
{
    if (status != expected) {
        char name[256];
        name_vector(test, name, sizeof name);
        ck_abort_msg("%s: %s gave status %d instead of %d", name, what, (int) status,
                     (int) expected);
    }
}

void kat_require_bytes(const struct kat_case *test, const uint8_t *data, size_t length,
                       const uint8_t *expected, size_t expected_length, const char *what)
{
    kat_require(test, length == expected_length && memcmp(data, expected, length) == 0, what);
}

size_t kat_field(const struct kat_case *test, const char *const *names, uint8_t *data,
                 size_t capacity)
{
    size_t length = 0;
    bool ok = kat_bytes(&test->reader, names, data, capacity, &length);
    kat_require(test, ok, names[0]);
    return length;
}

unsigned long kat_number(const struct kat_case *test, const char *const *names)
{
    const char *text = kat_text(&test->reader, names);
    kat_require(test, text != NULL, names[0]);
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);
    kat_require(test, end != text && *end == '\0', names[0]);
    return number;
}

psa_key_id_t kat_import(const struct kat_case *test, psa_algorithm_t alg, const uint8_t *key,
                        size_t length)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t id = 0;
    psa_set_key_type(&attributes, test->row->type);
    psa_set_key_algorithm(&attributes, alg);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT |
                            PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE);
    psa_status_t status = psa_import_key(&attributes, key, length, &id);
    kat_require_status(test, status, PSA_SUCCESS, "import");
    return id;
}

void kat_destroy(const struct kat_case *test, psa_key_id_t key)
{
    kat_require_status(test, psa_destroy_key(key), PSA_SUCCESS, "destruction");
}

/* Ensures that each vector of a file gives its known answer, and that none is left out. */
START_TEST(every_vector)
{
    const struct kat_row *row = &kat_table[_i];
    struct kat_case test = { .row = row };
    char path[512];
    snprintf(path, sizeof path, "%s/%s", row->own ? KAT_OWN : folder, row->path);
    if (row->newer && access(path, F_OK) != 0) {
        return;
    }
    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    ck_assert_msg(kat_open(&test.reader, path, row->form, row->ends), "%s: %s", path,
                  strerror(errno));
    while (kat_next(&test.reader)) {
        row->check(&test);
    }
    ck_assert_msg(!test.reader.failed, "%s: line %u is not understood", path, test.reader.line);
    kat_close(&test.reader);
    ck_assert_msg(test.run == row->run && test.skipped == row->skipped,
                  "%s: %u vectors run and %u skipped instead of %u and %u", row->path, test.run,
                  test.skipped, row->run, row->skipped);
    mbedtls_psa_crypto_free();
}
END_TEST

static bool excluded(const char *path)
{
    for (size_t i = 0; i < kat_exclusions; i++) {
        if (strncmp(path, kat_excluded[i].start, strlen(kat_excluded[i].start)) == 0) {
            return true;
        }
    }
    return false;
}

static int visit(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void) info;
    (void) where;
    const char *name = path + strlen(folder) + 1;
    const char *end = strrchr(path, '.');
    if (kind != FTW_F || end == NULL ||
        (strcmp(end, ".rsp") != 0 && strcmp(end, ".txt") != 0 && strcmp(end, ".fax") != 0)) {
        return 0;
    }
    size_t found = excluded(name);
    for (size_t i = 0; i < kat_rows; i++) {
        found += strcmp(kat_table[i].path, name) == 0;
    }
    ck_assert_msg(found == 1, "%s stands %zu times in the table and the exclusions", name, found);
    return 0;
}

/* Ensures that no file of the folders is forgotten: each has a row or a reason for none. */
START_TEST(every_file)
{
    for (size_t i = 0; kat_folders[i] != NULL; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, kat_folders[i]);
        ck_assert_int_eq(nftw(path, visit, 8, FTW_PHYS), 0);
    }
}
END_TEST

static Suite *make_kat_suite(void)
{
    Suite *suite = suite_create("known answers");
    TCase *vectors = tcase_create("vectors");
    tcase_set_timeout(vectors, 120);
    tcase_add_loop_test(vectors, every_vector, 0, (int) kat_rows);
    tcase_add_test(vectors, every_file);
    suite_add_tcase(suite, vectors);
    return suite;
}

/* Says how much the table holds, once all of it has passed. */
static void report(void)
{
    unsigned long run = 0;
    unsigned long skipped = 0;
    for (size_t i = 0; i < kat_rows; i++) {
        run += kat_table[i].run;
        skipped += kat_table[i].skipped;
    }
    printf("%zu files: %lu vectors run, %lu refused or skipped\n", kat_rows, run, skipped);
}

int main(void)
{
    const char *variable = getenv("KS_VECTORS");
    if (variable != NULL) {
        folder = variable;
    }
    struct stat info;
    if (stat(folder, &info) != 0) {
        printf("SKIP: no vectors in %s (on Debian: apt-get install python3-cryptography-vectors)\n",
               folder);
        return SKIPPED;
    }
    int result = run_suite(make_kat_suite());
    if (result == EXIT_SUCCESS) {
        report();
    }
    return result;
}
