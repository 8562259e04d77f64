/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The benchmark's parts and what they know of each other. docs/performance.md tells the method.
 *
 * A *work* is one operation done in two ways: by key id through the psa_ functions, and raw, by
 * Mbed TLS's primitives on contexts that the thread has prepared. The two take turns in short
 * slices, alone and with two threads, and what is reported is the median of the ratios of
 * neighbours. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <psa/crypto.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BENCH_THREADS 2u
#define BENCH_LINE 64 /* bytes; what two threads write lies at least this far apart */

/* --- crew.c: threads, one pinned to each CPU --- */

typedef void crew_job(void *argument, unsigned thread);

/* Pins the calling thread, which becomes thread 0, and starts the others. Gives how many threads
 * there are: fewer than BENCH_THREADS where the process may use fewer CPUs. */
unsigned crew_start(void);
void crew_stop(void);

/* Runs a job in threads 0 to threads - 1, which begin together, and waits for all of them. */
void crew_run(unsigned threads, crew_job *job, void *argument);

/* --- keys.c: sets of keys and the order in which they are used --- */

struct keys {
    psa_key_type_t type;
    psa_algorithm_t alg;
    psa_key_usage_t usage;
    size_t length;    /* bytes of a key's material */
    size_t count;     /* keys in the set */
    psa_key_id_t *ids;
    uint32_t *order;  /* indexes of keys: random permutations, one after the other */
    size_t steps;     /* entries of order */
};

#define KEY_MAX_LENGTH 32

/* The material of the key with this index: the same in every run, by id and raw. */
void key_material(size_t index, uint8_t material[KEY_MAX_LENGTH]);

/* Makes room and order for count keys, without the keys. */
bool keys_init(struct keys *keys, size_t count);
bool keys_import(struct keys *keys);
bool keys_destroy(struct keys *keys);
void keys_free(struct keys *keys);
void key_attributes(const struct keys *keys, psa_key_attributes_t *attributes);

/* A thread's way through a set: values of any kind, in the set's order. */
struct walk {
    uint32_t *values;
    size_t steps;
    size_t at;
};

/* values[i] stands for the key with index i. NULL: the index itself does. */
bool walk_init(struct walk *walk, const struct keys *keys, const uint32_t *values,
               unsigned thread);

static inline uint32_t walk_next(struct walk *walk)
{
    uint32_t value = walk->values[walk->at];

    walk->at = walk->at + 1 == walk->steps ? 0 : walk->at + 1;
    return value;
}

/* --- by_id.c, raw.c, life.c: the operations --- */

#define MESSAGE_SIZE 64
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define MAC_SIZE 32
#define RANDOM_SIZE 16

/* One thread's buffers, alike on both sides. */
struct buffers {
    _Alignas(BENCH_LINE) uint8_t message[MESSAGE_SIZE]; /* its first bytes count the operations */
    _Alignas(BENCH_LINE) uint8_t nonce[16];             /* and so do these */
    _Alignas(BENCH_LINE) uint8_t output[MESSAGE_SIZE + TAG_SIZE];
    uint64_t operations;
    uint64_t sum; /* over the results, so that none can be left out; equal on both sides */
};

/* Gives the next operation's input: message and nonce differ each time. */
static inline void buffers_next(struct buffers *buffers)
{
    uint64_t number = ++buffers->operations;

    __builtin_memcpy(buffers->message, &number, sizeof number);
    __builtin_memcpy(buffers->nonce, &number, sizeof number);
}

/* Takes in a result of at least 16 bytes. */
static inline void buffers_consume(struct buffers *buffers, const uint8_t *result)
{
    uint64_t part[2];

    __builtin_memcpy(part, result, sizeof part);
    buffers->sum += part[0] ^ part[1];
}

/* What a look-up gave. */
static inline void buffers_consume_attributes(struct buffers *buffers,
                                              const psa_key_attributes_t *attributes)
{
    buffers->sum += psa_get_key_bits(attributes) + psa_get_key_algorithm(attributes);
}

/* One way of doing a work. Every function is called in the thread that it is for. */
struct side {
    /* Prepares a thread's state; NULL on failure. The state begins with its struct buffers. */
    void *(*open)(const struct keys *keys, unsigned thread);
    /* Does count operations; false if one of them failed. */
    bool (*run)(void *state, size_t count);
    void (*close)(void *state);
};

extern const struct side by_id_lookup, by_id_hmac, by_id_gcm, by_id_random;
extern const struct side raw_lookup, raw_hmac, raw_gcm, raw_random;
extern const struct side life_churn, life_replace;

/* --- stats.c, measure.c --- */

enum { BY_ID, RAW, SIDES };

#define CYCLES_MAX 1000u

struct spread {
    double least;
    double low; /* quartile */
    double median;
    double high; /* quartile */
};

struct work {
    const char *name;
    const struct side *side[SIDES]; /* RAW may be NULL */
    bool same_results;              /* the sides' sums must agree after as many operations */
};

/* What the settings ask for. */
struct effort {
    unsigned threads; /* at most */
    unsigned cycles;
    double slice;     /* seconds */
    double limit;     /* seconds a work: on a busy machine it gets fewer cycles */
};

/* Index [t] is for t + 1 threads. */
struct result {
    const char *name;
    unsigned threads;
    unsigned cycles;
    unsigned slices;
    unsigned disturbed; /* slices in which a thread lost its CPU, at each try */
    bool has_raw;
    bool ok;                                /* all operations succeeded, and the sums agreed */
    struct spread ns[SIDES][BENCH_THREADS]; /* nanoseconds an operation takes its thread */
    struct spread ratio[BENCH_THREADS];     /* by id / raw, of neighbouring slices */
    struct spread scaling[SIDES];           /* throughput of two threads / of one */
};

double now_ns(void);

/* Sorts the values. */
struct spread spread_of(double *values, size_t count);

struct result measure(const struct work *work, const struct keys *keys,
                      const struct effort *effort);

/* --- bulk.c: many keys at once --- */

#define BULK_ROUNDS_MAX 10u

struct bulk {
    bool ok;
    size_t keys;
    double import_ns;     /* a key; the median round's */
    double free_ns;       /* a key, in mbedtls_psa_crypto_free */
    double bytes;         /* resident bytes a key, in the first round */
};

/* Imports a set of keys and frees the library, in rounds; at the end the set is there once more. */
struct bulk bulk_measure(struct keys *keys, unsigned rounds);

/* --- machine.c, report.c, json.c --- */

struct machine {
    char cpu[96];
    unsigned cpus;
    char kernel[64];
    char mbedtls[32];
    char libraries[3][64]; /* file names: who serves psa_mac_compute, Mbed TLS, liburcu */
};

/* False if the psa_ functions are not keyshard's. */
bool machine_read(struct machine *machine);

struct report {
    struct machine machine;
    struct effort effort;
    struct bulk bulk;
    const struct result *results;
    size_t count;
};

void report_print(const struct report *report);

/* Writes the report as JSON; false, having said why, if it cannot. */
bool report_json(const struct report *report, const char *path);

#endif
