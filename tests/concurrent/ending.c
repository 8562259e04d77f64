/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Ensures that a call at the very end of the process works, when liburcu's destructor has unmapped
 * the words of readers that are gone: exit() flushes streams after all destructors, and one whose
 * write function is the program's own may come upon the last key then. The main thread calls in
 * nowhere else, so that nothing keeps liburcu's memory. */

#include "config.h"

#include <psa/crypto.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WORKERS 100 /* whose words take more pages than liburcu maps anew afterwards */

static pthread_barrier_t barrier;
static psa_key_id_t key;
static bool workers_ok[WORKERS];

static bool import_key(void)
{
    static const uint8_t material[16] = "the last one";
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    psa_set_key_algorithm(&attributes, PSA_ALG_CTR);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_ENCRYPT);
    return psa_import_key(&attributes, material, sizeof material, &key) == PSA_SUCCESS;
}

static bool is_there(void)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    return psa_get_key_attributes(key, &attributes) == PSA_SUCCESS;
}

/* All use the key, and end. */
static void *work(void *p)
{
    bool *ok = p;
    bool first = ok == &workers_ok[0];

    *ok = !first || import_key();
    pthread_barrier_wait(&barrier);
    *ok = *ok && is_there();
    pthread_barrier_wait(&barrier);
    return NULL;
}

/* Called when the stream is flushed. */
static ssize_t end(void *cookie, const char *text, size_t length)
{
    (void) cookie;
    (void) text;
    (void) length;
    _exit(is_there() && psa_destroy_key(key) == PSA_SUCCESS && !is_there() ? EXIT_SUCCESS
                                                                          : EXIT_FAILURE);
}

int main(void)
{
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t) { .write = end });
    pthread_t threads[WORKERS];
    bool ok = stream != NULL && psa_crypto_init() == PSA_SUCCESS;

    pthread_barrier_init(&barrier, NULL, WORKERS);
    for (unsigned i = 0; ok && i < WORKERS; i++) {
        if (pthread_create(&threads[i], NULL, work, &workers_ok[i]) != 0) {
            return EXIT_FAILURE;
        }
    }
    for (unsigned i = 0; ok && i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        ok = ok && workers_ok[i];
    }
    if (ok) {
        fputc('.', stream);
    }
    return EXIT_FAILURE; /* if nothing is flushed */
}
