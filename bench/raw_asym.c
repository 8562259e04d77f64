/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Asymmetric keys by id against raw, a program of its own: ECDSA P-256 signing and verification
 * with a key pair's id, RSA-2048 signing and verification.
 *
 *   bench/asym [KEYS [THREADS [ROUNDS]]]
 *
 * Raw is Mbed TLS's primitive on contexts that each thread has prepared: for each ECC key a group
 * whose table of the base point is made, scalar and point; one RSA context with its blinding
 * values; a generator of its own. What it reads and writes is what by id is given and gives:
 * signatures as bytes. The two take turns in each round, in turning order, in a thread's own CPU
 * time, which tells less of what else the machine does; printed is the median of the rounds' ratios
 * for each thread. Keys are used in random order. All threads use the same keys. */

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <mbedtls/version.h>
#include <psa/crypto.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HALF 32 /* bytes of r, s and a scalar of P-256 */
#define RSA_BYTES 256
#define ECDSA PSA_ALG_ECDSA(PSA_ALG_SHA_256)
#define V15 PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256)
#define MAX_THREADS 64u

enum { SIGN, VERIFY, RSA_SIGN, RSA_VERIFY, WORKS };

static const char *const names[WORKS] = { "ECDSA P-256 sign", "ECDSA P-256 verify, key pair",
                                          "RSA-2048 sign", "RSA-2048 verify" };
static const unsigned in_a_round[WORKS] = { 8, 4, 2, 60 };

/* What all threads use. */
static struct {
    unsigned keys, threads, rounds;
    psa_key_id_t *ecc, rsa;
    uint8_t (*scalar)[HALF], (*point)[1 + 2 * HALF], (*signature)[2 * HALF];
    uint8_t rsa_der[2000], rsa_signature[RSA_BYTES], hash[32];
    size_t rsa_length;
    pthread_barrier_t barrier;
} shared;

struct raw_ecc {
    mbedtls_ecp_group group;
    mbedtls_mpi d;
    mbedtls_ecp_point q;
};

struct worker {
    pthread_t thread;
    unsigned number;
    uint32_t seed;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
    struct raw_ecc *ecc;
    mbedtls_pk_context pk; /* of the RSA key */
    double ratio[WORKS], raw_ns[WORKS];
    bool ok;
};

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define PARSE(w) \
    mbedtls_pk_parse_key(&(w)->pk, shared.rsa_der, shared.rsa_length, NULL, 0)
#define PRIVATE MBEDTLS_RSA_PRIVATE,
#define PUBLIC NULL, NULL, MBEDTLS_RSA_PUBLIC,
#else
#define PARSE(w) \
    mbedtls_pk_parse_key(&(w)->pk, shared.rsa_der, shared.rsa_length, NULL, 0, \
                         mbedtls_ctr_drbg_random, &(w)->drbg)
#define PRIVATE
#define PUBLIC
#endif
#define RNG(w) mbedtls_ctr_drbg_random, &(w)->drbg

static double cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return x < y ? -1 : x > y;
}

static double median(double *values, unsigned count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static int open_ecc(struct raw_ecc *ecc, unsigned index, struct worker *w)
{
    mbedtls_ecp_point made;

    mbedtls_ecp_group_init(&ecc->group);
    mbedtls_mpi_init(&ecc->d);
    mbedtls_ecp_point_init(&ecc->q);
    mbedtls_ecp_point_init(&made);
    int ret = mbedtls_ecp_group_load(&ecc->group, MBEDTLS_ECP_DP_SECP256R1);

    if (ret == 0)
        ret = mbedtls_mpi_read_binary(&ecc->d, shared.scalar[index], HALF);
    if (ret == 0)
        ret = mbedtls_ecp_point_read_binary(&ecc->group, &ecc->q, shared.point[index],
                                            sizeof *shared.point);
    if (ret == 0)
        ret = mbedtls_ecp_mul(&ecc->group, &made, &ecc->d, &ecc->group.G, RNG(w));
    mbedtls_ecp_point_free(&made);
    return ret;
}

static bool open_worker(struct worker *w)
{
    bool ok;

    mbedtls_entropy_init(&w->entropy);
    mbedtls_ctr_drbg_init(&w->drbg);
    mbedtls_pk_init(&w->pk);
    w->ecc = calloc(shared.keys, sizeof *w->ecc);
    ok = w->ecc != NULL
         && mbedtls_ctr_drbg_seed(&w->drbg, mbedtls_entropy_func, &w->entropy, NULL, 0) == 0
         && PARSE(w) == 0;
    for (unsigned i = 0; ok && i < shared.keys; i++)
        ok = open_ecc(&w->ecc[i], i, w) == 0;
    return ok;
}

static int raw_sign(struct worker *w, struct raw_ecc *ecc, uint8_t *out)
{
    mbedtls_mpi r, s;

    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    int ret = mbedtls_ecdsa_sign(&ecc->group, &r, &s, &ecc->d, shared.hash, 32, RNG(w));

    ret |= mbedtls_mpi_write_binary(&r, out, HALF);
    ret |= mbedtls_mpi_write_binary(&s, out + HALF, HALF);
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&s);
    return ret;
}

static int raw_verify(struct raw_ecc *ecc, const uint8_t *signature)
{
    mbedtls_mpi r, s;

    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    int ret = mbedtls_mpi_read_binary(&r, signature, HALF);

    ret |= mbedtls_mpi_read_binary(&s, signature + HALF, HALF);
    ret |= mbedtls_ecdsa_verify(&ecc->group, shared.hash, 32, &ecc->q, &r, &s);
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&s);
    return ret;
}

static int raw(struct worker *w, int work, unsigned key, uint8_t *out)
{
    mbedtls_rsa_context *rsa = mbedtls_pk_rsa(w->pk);

    switch (work) {
    case SIGN:
        return raw_sign(w, &w->ecc[key], out);
    case VERIFY:
        return raw_verify(&w->ecc[key], shared.signature[key]);
    case RSA_SIGN:
        return mbedtls_rsa_pkcs1_sign(rsa, RNG(w), PRIVATE MBEDTLS_MD_SHA256, 32, shared.hash, out);
    default:
        return mbedtls_rsa_pkcs1_verify(rsa, PUBLIC MBEDTLS_MD_SHA256, 32, shared.hash,
                                        shared.rsa_signature);
    }
}

static int by_id(int work, unsigned key, uint8_t *out)
{
    size_t length;

    switch (work) {
    case SIGN:
        return psa_sign_hash(shared.ecc[key], ECDSA, shared.hash, 32, out, 2 * HALF, &length);
    case VERIFY:
        return psa_verify_hash(shared.ecc[key], ECDSA, shared.hash, 32, shared.signature[key],
                               2 * HALF);
    case RSA_SIGN:
        return psa_sign_hash(shared.rsa, V15, shared.hash, 32, out, RSA_BYTES, &length);
    default:
        return psa_verify_hash(shared.rsa, V15, shared.hash, 32, shared.rsa_signature, RSA_BYTES);
    }
}

/* One side's turn; CPU time an operation. */
static double turn(struct worker *w, int work, bool is_raw, uint32_t seed)
{
    uint8_t out[RSA_BYTES];
    int failed = 0;

    pthread_barrier_wait(&shared.barrier);
    double start = cpu_ns();

    for (unsigned i = 0; i < in_a_round[work]; i++) {
        unsigned key;

        seed = seed * 1664525 + 1013904223;
        key = (seed >> 8) % shared.keys;
        failed |= is_raw ? raw(w, work, key, out) : by_id(work, key, out);
    }
    w->ok &= failed == 0;
    return (cpu_ns() - start) / in_a_round[work];
}

static void measure(struct worker *w, int work, double *ratios, double *raws)
{
    for (unsigned key = 0; work == VERIFY && key < shared.keys; key++)
        w->ok &= by_id(work, key, NULL) == 0; /* so that every point is there */
    for (unsigned i = 0; i <= shared.rounds; i++) {
        double ns[2];
        uint32_t seed = w->seed += 77;

        for (int side = 0; side < 2; side++) {
            bool is_raw = (side == 0) == (i % 2 == 0);

            ns[is_raw] = turn(w, work, is_raw, seed);
        }
        if (i > 0) { /* the first is to warm up */
            ratios[i - 1] = ns[0] / ns[1];
            raws[i - 1] = ns[1];
        }
    }
    w->ratio[work] = median(ratios, shared.rounds);
    w->raw_ns[work] = median(raws, shared.rounds);
}

static void *run(void *argument)
{
    struct worker *w = argument;
    double *ratios = calloc(shared.rounds, sizeof *ratios);
    double *raws = calloc(shared.rounds, sizeof *raws);

    w->ok = ratios != NULL && raws != NULL && open_worker(w);
    if (!w->ok) {
        fprintf(stderr, "a thread could not prepare\n");
        exit(EXIT_FAILURE);
    }
    for (int work = 0; work < WORKS; work++)
        measure(w, work, ratios, raws);
    free(ratios);
    free(raws);
    return NULL;
}

static bool make_ecc(psa_key_attributes_t *attributes, unsigned i)
{
    size_t length;

    return psa_generate_key(attributes, &shared.ecc[i]) == PSA_SUCCESS
           && psa_export_key(shared.ecc[i], shared.scalar[i], HALF, &length) == PSA_SUCCESS
           && psa_export_public_key(shared.ecc[i], shared.point[i], sizeof *shared.point, &length)
                  == PSA_SUCCESS
           && by_id(SIGN, i, shared.signature[i]) == PSA_SUCCESS;
}

static bool make_keys(void)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    bool ok = psa_crypto_init() == PSA_SUCCESS;

    shared.ecc = calloc(shared.keys, sizeof *shared.ecc);
    shared.scalar = calloc(shared.keys, sizeof *shared.scalar);
    shared.point = calloc(shared.keys, sizeof *shared.point);
    shared.signature = calloc(shared.keys, sizeof *shared.signature);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_SIGN_HASH
                                             | PSA_KEY_USAGE_VERIFY_HASH);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 256);
    psa_set_key_algorithm(&attributes, ECDSA);
    ok = ok && shared.ecc != NULL && shared.scalar != NULL && shared.point != NULL
         && shared.signature != NULL;
    for (unsigned i = 0; ok && i < shared.keys; i++)
        ok = make_ecc(&attributes, i);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_RSA_KEY_PAIR);
    psa_set_key_bits(&attributes, 8 * RSA_BYTES);
    psa_set_key_algorithm(&attributes, V15);
    return ok && psa_generate_key(&attributes, &shared.rsa) == PSA_SUCCESS
           && psa_export_key(shared.rsa, shared.rsa_der, sizeof shared.rsa_der, &shared.rsa_length)
                  == PSA_SUCCESS
           && by_id(RSA_SIGN, 0, shared.rsa_signature) == PSA_SUCCESS;
}

static unsigned number(int argc, char **argv, int at, unsigned otherwise)
{
    return argc > at ? (unsigned) strtoul(argv[at], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    static struct worker workers[MAX_THREADS];

    shared.keys = number(argc, argv, 1, 1);
    shared.threads = number(argc, argv, 2, 1);
    shared.rounds = number(argc, argv, 3, 200);
    if (shared.keys == 0 || shared.threads == 0 || shared.threads > MAX_THREADS
        || shared.rounds == 0 || !make_keys()) {
        fprintf(stderr, "usage: bench/asym [KEYS [THREADS [ROUNDS]]]\n");
        return EXIT_FAILURE;
    }
    pthread_barrier_init(&shared.barrier, NULL, shared.threads);
    for (unsigned t = 0; t < shared.threads; t++) {
        workers[t].number = t;
        workers[t].seed = 1000 * t + 1;
        pthread_create(&workers[t].thread, NULL, run, &workers[t]);
    }
    bool ok = true;

    for (unsigned t = 0; t < shared.threads; t++) {
        pthread_join(workers[t].thread, NULL);
        ok &= workers[t].ok;
    }
    for (int work = 0; work < WORKS; work++) {
        printf("%-30s keys %u", names[work], shared.keys);
        for (unsigned t = 0; t < shared.threads; t++)
            printf("  raw %.1f us, by id %.4f times that", workers[t].raw_ns[work] / 1000,
                   workers[t].ratio[work]);
        putchar('\n');
    }
    mbedtls_psa_crypto_free();
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
