/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The benchmark's parts and what they know of each other. docs/performance.md tells the method.
 *
 * A *work* is one operation over one set of keys, done by several *sides*: keyshard; raw, Mbed
 * TLS's primitives on contexts that the thread has prepared; two stores with a global lock; Mbed
 * TLS's own PSA functions, in a process of their own; OpenSSL. The sides take turns in short
 * slices, with 1, 2, 4 and 8 threads, and what is reported are medians of the ratios of neighbours.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <limits.h>
#include <psa/crypto.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BENCH_THREADS 8u
#define BENCH_LINE 64 /* bytes; what two threads write lies at least this far apart */

/* --- crew.c: threads, pinned to the CPUs in turn --- */

typedef void crew_job(void *argument, unsigned thread);

/* Pins the calling thread, which becomes thread 0, and starts the others: BENCH_THREADS in all.
 * False if they cannot be had. */
bool crew_start(void);
void crew_stop(void);

/* CPUs that the process may use. */
unsigned crew_cpus(void);

/* Runs a job in threads 0 to threads - 1, which begin together, and waits for all of them. */
void crew_run(unsigned threads, crew_job *job, void *argument);

/* --- keys.c: sets of keys and the order in which they are used --- */

enum order {
    UNIFORM, /* every key as often as any other, at random */
    ZIPF     /* the n-th most used key 1/n as often as the first: what popularity looks like */
};

struct keys {
    psa_key_type_t type;
    psa_algorithm_t alg;
    psa_key_usage_t usage;
    size_t length;    /* bytes of a key's material */
    size_t count;     /* keys in the set */
    size_t message;   /* bytes of a message */
    psa_key_id_t *ids;
    uint32_t *order;  /* indexes of keys */
    size_t steps;     /* entries of order */
};

#define KEY_MAX_LENGTH 32

/* The material of the key with this index: the same in every run, on every side. */
void key_material(size_t index, uint8_t material[KEY_MAX_LENGTH]);

/* The one RSA-2048 key of this process, as PKCS #1 has it, for all keys of that type; made at the
 * first call. False if it cannot be made. */
bool rsa_key(const uint8_t **der, size_t *length);

/* Makes room and order for count keys, without the keys. */
bool keys_init(struct keys *keys, size_t count, enum order order);
/* PSA_ERROR_NOT_SUPPORTED: the library does not serve such keys. */
psa_status_t keys_import(struct keys *keys);
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

/* --- by_id.c, raw.c, stores.c, openssl.c, life.c: the operations --- */

#define MESSAGE_MAX 16384
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define MAC_SIZE 32
#define RANDOM_SIZE 16
#define DIGEST_SIZE 32
#define SIGNATURE_MAX 256

/* One thread's buffers, alike on all sides. */
struct buffers {
    _Alignas(BENCH_LINE) uint8_t message[MESSAGE_MAX]; /* its first bytes count the operations */
    _Alignas(BENCH_LINE) uint8_t nonce[16];            /* and so do these */
    _Alignas(BENCH_LINE) uint8_t output[MESSAGE_MAX + TAG_SIZE];
    size_t size; /* of a message */
    uint64_t operations;
    uint64_t sum; /* over the results, so that none can be left out; equal on all sides */
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

/* Memory for a thread's state, which begins with its struct buffers, all zeros; NULL if there is
 * none. */
void *state_new(size_t size, const struct keys *keys);

/* One way of doing a work. Every function is called in the thread that it is for. */
struct side {
    /* Prepares a thread's state; NULL on failure. The state begins with its struct buffers. */
    void *(*open)(const struct keys *keys, unsigned thread);
    /* Does count operations; false if one of them failed. */
    bool (*run)(void *state, size_t count);
    void (*close)(void *state);
};

extern const struct side by_id_lookup, by_id_hmac, by_id_gcm, by_id_random, by_id_churn;
extern const struct side by_id_hmac_once, by_id_gcm_once;
extern const struct side raw_lookup, raw_hmac, raw_hmac_once, raw_found_hmac;
extern const struct side raw_gcm, raw_gcm_once, raw_found_gcm, raw_random;
extern const struct side lock_lookup, lock_hmac, lock_churn;       /* one global lock */
extern const struct side states_lookup, states_hmac, states_churn; /* content outside the lock */
extern const struct side openssl_hmac, openssl_gcm, openssl_random, openssl_sign, openssl_verify;
extern const struct side life_replace;
extern const struct side by_id_sign, by_id_verify;
extern const struct side raw_ecdsa_sign, raw_ecdsa_verify, raw_rsa_sign;

/* --- works.c: what is measured; the same list in both programs --- */

/* In the order of their slices, so keyshard stands between what it is compared with most. FLOOR:
 * raw with what no store can do without that finds keys by id and leaves nothing of them. */
enum { FLOOR, KEYSHARD, RAW, GLOBAL_LOCK, SLOT_STATES, MBED_PSA, OPENSSL, SIDES };
enum { LEVELS = 4 }; /* of threads: 1, 2, 4, 8 */

extern const char *const side_names[SIDES];
extern const unsigned level_threads[LEVELS];

/* The sides' sums must agree after as many operations. */
#define SAME_RESULTS 1u
/* Takes so long to get ready that hurried runs leave it out. */
#define PATIENT 2u

struct work {
    const char *name;
    const char *group; /* table in which it stands */
    const struct side *side[SIDES]; /* NULL: not done so. MBED_PSA: what the other program does */
    psa_key_type_t type;
    psa_algorithm_t alg;
    psa_key_usage_t usage;
    size_t length;
    size_t keys;
    enum order order;
    size_t message;
    unsigned levels;   /* how many of the levels of threads */
    unsigned flags;    /* SAME_RESULTS, PATIENT */
};

extern const struct work works[];
extern const size_t work_count;

/* Makes the work's set of keys, without the keys; at most as many as most says. */
bool work_keys(const struct work *work, size_t most, struct keys *keys);

/* --- stats.c --- */

#define CYCLES_MAX 1000u

struct spread {
    double least;
    double low; /* quartile */
    double median;
    double high; /* quartile */
};

double now_ns(void);

/* Sorts the values, of which there is one at least. */
struct spread spread_of(double *values, size_t count);

/* --- histogram.c: how long single operations take --- */

#define HISTOGRAM_STEPS 64u   /* for each doubling: values are known to 1.6 % */
#define HISTOGRAM_OCTAVES 40u /* larger values count as the largest */

struct histogram {
    uint64_t count[HISTOGRAM_OCTAVES * HISTOGRAM_STEPS];
    uint64_t total;
    uint64_t most;
};

/* Which step a value falls into. */
static inline size_t histogram_step(uint64_t value)
{
    if (value < HISTOGRAM_STEPS) {
        return (size_t) value;
    }
    unsigned shift = 63u - (unsigned) __builtin_clzll(value) - 6u; /* 2^6 steps */
    size_t step = (size_t) shift * HISTOGRAM_STEPS + (size_t) (value >> shift);
    size_t last = HISTOGRAM_OCTAVES * HISTOGRAM_STEPS - 1;

    return step < last ? step : last;
}

static inline void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->count[histogram_step(value)]++;
    histogram->total++;
    histogram->most = value > histogram->most ? value : histogram->most;
}

/* The value that this part (0 to 1) of all does not exceed: the largest of its step. 0 if it is
 * empty. */
double histogram_quantile(const struct histogram *histogram, double part);

/* --- measure.c --- */

/* What the settings ask for. */
struct effort {
    unsigned levels; /* of threads, at most */
    unsigned cycles;
    double slice;     /* seconds */
    double limit;     /* seconds a work: on a busy machine it gets fewer cycles */
    size_t keys;      /* in a set, at most */
    bool patient;     /* does the works that want it */
};

struct result {
    const struct work *work;
    unsigned levels;
    unsigned cycles;
    unsigned slices;
    unsigned disturbed; /* slices in which a thread lost its CPU, at each try */
    bool done[SIDES];
    bool served;                          /* by this build of the library */
    bool ok;                              /* all operations succeeded, and the sums agreed */
    struct spread ns[SIDES][LEVELS];      /* of one operation: threads / throughput of all */
    struct spread ratio[SIDES][LEVELS];   /* keyshard / side, of neighbouring slices */
    struct spread scaling[SIDES][LEVELS]; /* throughput / that of one thread */
};

/* One slice of one side, in the calling program. */
struct slice {
    const struct side *side;
    void **state;     /* by thread */
    unsigned threads;
    size_t count;     /* operations of each thread; a multiple of SLICE_UNIT */
    unsigned line;    /* where the stack begins */
    double ns;        /* out: threads / throughput of all of them */
    bool disturbed;   /* out */
    bool ok;          /* out */
};

#define SLICE_UNIT 4u

void slice_run(struct slice *slice);

/* Opens, closes a side's states in so many threads. */
bool states_open(const struct side *side, const struct keys *keys, unsigned threads,
                 void *state[BENCH_THREADS]);
void states_close(const struct side *side, unsigned threads, void *state[BENCH_THREADS]);

/* Measures the works, one of whose names contains only (NULL: all), and tells of each on standard
 * error. results has room for work_count. */
size_t measure_all(const struct effort *effort, const char *only, struct result *results);

/* --- remote.c: the other program --- */

/* The other program's file; NULL if it is not there. */
const char *remote_path(void);

bool remote_start(void);
void remote_stop(void);

/* Opens a work with so many threads; false if it cannot do it. */
bool remote_open(const struct work *work, size_t most, unsigned threads);
void remote_close(void);

/* As slice_run; side and state are not looked at. */
void remote_run(struct slice *slice);

/* --- latency.c --- */

enum writes { NO_WRITES, UNSHARED_CHURN, SHARED_DESTROY };
extern const char *const writes_text[]; /* by enum writes */

struct latency {
    const char *store;
    enum writes writes;
    double wanted;     /* writes a second */
    double reached;
    uint64_t lookups;
    double lookup_rate; /* a second, in windows with writes */
    double ns[6];      /* at latency_parts; the last is the longest */
    double quiet[6];   /* the same without writes, in windows between those with */
    bool ok;
};

#define LATENCY_PARTS 6
extern const double latency_parts[LATENCY_PARTS];
#define LATENCIES_MAX 32

extern const struct ref_class bare_rcu; /* bare.c */

size_t latency_all(double seconds, const char *only, struct latency *latencies);

/* --- bulk.c, life.c: many keys at once, in a process of their own --- */

struct bulk {
    const char *store;
    size_t keys;
    double bytes;           /* resident bytes a key; what follows is nanoseconds a key */
    double import_ns;
    double destroy_ns;      /* one after the other, by the thread that made them */
    double free_ns;         /* in mbedtls_psa_crypto_free; 0: there is no such function */
    double handoff_ns;      /* of a key that no other thread has used; 0: no such function */
    double handoff_many_ns; /* the same in batches of 64 */
    bool ok;
};

#define BULKS_MAX 32

/* Keys of the PSA functions that this program is linked with; of a store with a lock. */
bool bulk_psa(size_t keys, struct bulk *bulk);
bool bulk_store(const char *store, size_t keys, struct bulk *bulk);

/* Hands over keys of the calling thread: the first half one by one, the others in batches. */
bool life_handoffs(const psa_key_id_t *ids, size_t count, double *one_ns, double *many_ns);

/* Prints the figures for bulk_all. */
void bulk_print(const struct bulk *bulk);

/* Runs this program, or the other one, for each store and number of keys, rounds (at most
 * BULK_ROUNDS_MAX) times; gives the medians. */
#define BULK_ROUNDS_MAX 5
size_t bulk_all(size_t most, unsigned rounds, const char *only, struct bulk *bulks);

/* --- machine.c, report.c, json.c --- */

struct machine {
    char cpu[96];
    unsigned cpus;
    char kernel[64];
    char mbedtls[32];
    char openssl[64];
    char libraries[3][64]; /* file names: who serves psa_mac_compute, Mbed TLS, liburcu */
};

/* False if the psa_ functions are not keyshard's. */
bool machine_read(struct machine *machine);

struct report {
    struct machine machine;
    struct effort effort;
    const struct result *results;
    size_t result_count;
    const struct latency *latencies;
    size_t latency_count;
    const struct bulk *bulks;
    size_t bulk_count;
};

void report_print(const struct report *report);

/* Writes the report as JSON; false, having said why, if it cannot. */
bool report_json(const struct report *report, const char *path);

#endif
