/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Two readers use the same keys, one after the other, for lines.c to trace. Valgrind's threads take
 * turns anyway, and its trace does not tell them apart: so each reader runs alone, between stores
 * that the trace shows. Before that both have used every key, as in a program that has run a while.
 * With the argument "asymmetric" they sign and verify too.
 *
 * Standard output says what lies where: lines of "FIRST LAST NAME", addresses in hexadecimal. */

#include "config.h"

#include "marks.h"
#include "../small_rsa.h"

#include <keyshard/keyshard.h>
#include <psa/crypto.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define OPERATIONS 10 /* of each symmetric kind, in each section */

#define HMAC PSA_ALG_HMAC(PSA_ALG_SHA_256)
#define ECDSA PSA_ALG_ECDSA(PSA_ALG_SHA_256)
#define RSA PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256)
#define SIGN (PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE)
#define CRYPT (PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT)

struct keys {
    psa_key_id_t hmac;
    psa_key_id_t aes;
    psa_key_id_t ecc;
    psa_key_id_t ecc_public;
    psa_key_id_t rsa;
    psa_key_id_t ctr;
    psa_key_id_t cmac;
    psa_key_id_t chacha;
};

struct reader {
    _Alignas(LINE) uint8_t message[64];
    uint8_t nonce[12];
    uint8_t output[256];
    uint8_t plain[128];
    _Alignas(LINE) const struct keys *keys;
    const char *name;
    unsigned section;
    unsigned control_section;
    sem_t go;
    sem_t done;
    bool ok;
};

static bool asymmetric;
static volatile char *marks;
static struct {
    _Alignas(LINE) volatile unsigned count;
} control;

static bool use_aead(struct reader *r, psa_key_id_t key, psa_algorithm_t alg)
{
    size_t length = 0;
    size_t plain = 0;

    return psa_aead_encrypt(key, alg, r->nonce, sizeof r->nonce, r->message, 16, r->message,
                            sizeof r->message, r->output, sizeof r->output,
                            &length) == PSA_SUCCESS &&
           psa_aead_decrypt(key, alg, r->nonce, sizeof r->nonce, r->message, 16, r->output, length,
                            r->plain, sizeof r->plain, &plain) == PSA_SUCCESS &&
           plain == sizeof r->message;
}

static bool use_mac(struct reader *r, psa_key_id_t key, psa_algorithm_t alg)
{
    size_t length = 0;

    return psa_mac_compute(key, alg, r->message, sizeof r->message, r->output, sizeof r->output,
                           &length) == PSA_SUCCESS &&
           psa_mac_verify(key, alg, r->message, sizeof r->message, r->output, length) ==
               PSA_SUCCESS;
}

static bool use_cipher(struct reader *r)
{
    size_t length = 0;
    size_t plain = 0;

    return psa_cipher_encrypt(r->keys->ctr, PSA_ALG_CTR, r->message, sizeof r->message, r->output,
                              sizeof r->output, &length) == PSA_SUCCESS &&
           psa_cipher_decrypt(r->keys->ctr, PSA_ALG_CTR, r->output, length, r->plain,
                              sizeof r->plain, &plain) == PSA_SUCCESS;
}

static bool look_up(struct reader *r)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    keyshard_shard_t owner = 0;
    size_t length = 0;

    return psa_get_key_attributes(r->keys->hmac, &attributes) == PSA_SUCCESS &&
           psa_get_key_type(&attributes) == PSA_KEY_TYPE_HMAC &&
           keyshard_owner(r->keys->hmac, &owner) == PSA_SUCCESS &&
           psa_export_key(r->keys->ctr, r->output, sizeof r->output, &length) == PSA_SUCCESS;
}

static bool use_all(struct reader *r)
{
    return look_up(r) && use_mac(r, r->keys->hmac, HMAC) &&
           use_mac(r, r->keys->cmac, PSA_ALG_CMAC) && use_cipher(r) &&
           use_aead(r, r->keys->aes, PSA_ALG_GCM) &&
           use_aead(r, r->keys->chacha, PSA_ALG_CHACHA20_POLY1305) &&
           psa_generate_random(r->output, 16) == PSA_SUCCESS;
}

/* Takes millions of loads and stores: once in each section is enough. */
static bool sign_all(struct reader *r)
{
    size_t length = 0;

    return psa_sign_message(r->keys->ecc, ECDSA, r->message, sizeof r->message, r->output,
                            sizeof r->output, &length) == PSA_SUCCESS &&
           psa_verify_message(r->keys->ecc_public, ECDSA, r->message, sizeof r->message, r->output,
                              length) == PSA_SUCCESS &&
           psa_sign_message(r->keys->rsa, RSA, r->message, sizeof r->message, r->output,
                            sizeof r->output, &length) == PSA_SUCCESS;
}

/* Waits for its turn. */
static void begin(struct reader *r, unsigned section)
{
    sem_wait(&r->go);
    marks[section * LINE] = 1;
}

static void end(struct reader *r)
{
    marks[SECTION_END * LINE] = 1;
    sem_post(&r->done);
}

static void print_range(const void *first, size_t size, const char *what, const char *name)
{
    printf("%lx %lx %s of reader %s\n", (unsigned long) first,
           (unsigned long) first + (unsigned long) size - 1, what, name);
}

/* The thread's stack, at whose end the C library keeps thread-local data. */
static void print_stack(const struct reader *r)
{
    pthread_attr_t attributes;
    void *stack = NULL;
    size_t size = 0;

    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &stack, &size);
        pthread_attr_destroy(&attributes);
        print_range(stack, size, "stack and thread-local data", r->name);
    }
}

static void *read_keys(void *p)
{
    struct reader *r = p;

    sem_wait(&r->go);
    print_stack(r);
    print_range(r, sizeof *r, "buffers", r->name);
    r->ok = use_all(r) && use_all(r) && (!asymmetric || sign_all(r));
    sem_post(&r->done);

    begin(r, r->section);
    for (unsigned i = 0; i < OPERATIONS; i++) {
        r->ok = use_all(r) && r->ok;
    }
    r->ok = (!asymmetric || sign_all(r)) && r->ok;
    end(r);
    begin(r, r->control_section);
    r->ok = use_all(r) && r->ok;
    control.count++;
    end(r);
    return NULL;
}

static const uint8_t material[32] = "two readers of one key, and none";

static bool import(psa_key_type_t type, psa_algorithm_t alg, const uint8_t *data, size_t length,
                   psa_key_id_t *id)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_set_key_type(&attributes, type);
    psa_set_key_algorithm(&attributes, alg);
    psa_set_key_usage_flags(&attributes, SIGN | CRYPT | PSA_KEY_USAGE_EXPORT);
    return psa_import_key(&attributes, data, length, id) == PSA_SUCCESS;
}

static bool make_keys(struct keys *keys)
{
    return import(PSA_KEY_TYPE_HMAC, HMAC, material, 32, &keys->hmac) &&
           import(PSA_KEY_TYPE_AES, PSA_ALG_GCM, material, 16, &keys->aes) &&
           import(PSA_KEY_TYPE_AES, PSA_ALG_CTR, material, 16, &keys->ctr) &&
           import(PSA_KEY_TYPE_AES, PSA_ALG_CMAC, material, 16, &keys->cmac) &&
           import(PSA_KEY_TYPE_CHACHA20, PSA_ALG_CHACHA20_POLY1305, material, 32, &keys->chacha);
}

static bool make_asymmetric_keys(struct keys *keys)
{
    uint8_t point[49]; /* on P-192 */
    size_t length = 0;

    return import(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), ECDSA, material, 24,
                  &keys->ecc) &&
           psa_export_public_key(keys->ecc, point, sizeof point, &length) == PSA_SUCCESS &&
           import(PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1), ECDSA, point, length,
                  &keys->ecc_public) &&
           import(PSA_KEY_TYPE_RSA_KEY_PAIR, RSA, small_rsa_pair, sizeof small_rsa_pair,
                  &keys->rsa);
}

/* The pause lets both readers come to where they wait: else the end of one's turn would be traced
 * as a part of the other's. */
static void turn(struct reader *r)
{
    nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
    sem_post(&r->go);
    sem_wait(&r->done);
}

static void print_mappings(void)
{
    char line[512];
    char before[256] = ""; /* name of the mapping before: static data follow their library's file */
    FILE *maps = fopen("/proc/self/maps", "r");

    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long first = 0;
        unsigned long end_of = 0;
        char name[256] = "";

        if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %255s", &first, &end_of, name) >= 2) {
            if (name[0] == '\0' && strstr(before, "/libmbedcrypto.so") != NULL) {
                snprintf(name, sizeof name, MBED_STATIC);
            } else if (name[0] == '\0') {
                snprintf(name, sizeof name, "memory mapped at %lx", first);
            }
            printf("%lx %lx %s\n", first, end_of - 1, name);
            memcpy(before, name, sizeof before);
        }
    }
    if (maps != NULL) {
        fclose(maps);
    }
}

int main(int argc, char **argv)
{
    static struct reader readers[2] = {
        { .name = "A", .section = SECTION_A, .control_section = SECTION_CONTROL_A },
        { .name = "B", .section = SECTION_B, .control_section = SECTION_CONTROL_B },
    };
    static struct keys keys;
    pthread_t threads[2];

    asymmetric = argc > 1 && strcmp(argv[1], "asymmetric") == 0;
    marks = mmap((void *) MARKS, MARKS_SIZE, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (marks == MAP_FAILED || psa_crypto_init() != PSA_SUCCESS || !make_keys(&keys) ||
        (asymmetric && !make_asymmetric_keys(&keys))) {
        return EXIT_FAILURE;
    }
    for (unsigned i = 0; i < 2; i++) {
        readers[i].keys = &keys;
        sem_init(&readers[i].go, 0, 0);
        sem_init(&readers[i].done, 0, 0);
        if (pthread_create(&threads[i], NULL, read_keys, &readers[i]) != 0) {
            return EXIT_FAILURE;
        }
    }
    for (unsigned step = 0; step < 3; step++) { /* first touch, steady state, control */
        turn(&readers[0]);
        turn(&readers[1]);
    }
    for (unsigned i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    print_range((const void *) &control, sizeof control, "control", "A and reader B");
    print_mappings();
    return readers[0].ok && readers[1].ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
