/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What a family of random calls uses: choices, keys, buffers, and the record of each call.
 *
 * The same program makes the same calls twice, once with keyshard in front of Mbed TLS and once on
 * Mbed TLS alone. What it calls follows from the seed and from results that are compared; nothing
 * else may decide (no address, no id, no random byte). A record says what was called and what came
 * of it. Random outputs are recorded by length and by whether they can be used. */
#ifndef TESTS_DIFFERENTIAL_CALL_H
#define TESTS_DIFFERENTIAL_CALL_H

#include <psa/crypto.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIFF_KEYS 12u     /* at one time; Mbed TLS 2.28 has 32 slots */
#define DIFF_STALE 4u     /* ids of destroyed keys that are tried again */
#define DIFF_RESULTS 10u  /* of one call */
#define DIFF_BUFFER 9000u /* largest input or output */
#define DIFF_GUARD 16u    /* bytes behind an output that must stay as they are */

/* What is special about a call; known differences (known.c) go by it. */
enum diff_fact {
    FACT_ABSENT = 1 << 0,       /* the id names no key */
    FACT_ZERO = 1 << 1,         /* the id is 0 */
    FACT_STALE = 1 << 2,        /* the id is that of a destroyed key */
    FACT_STOPPED = 1 << 3,      /* the library is not initialised */
    FACT_OVERLAP = 1 << 4,      /* input and output overlap */
    FACT_WILDCARD = 1 << 5,     /* the operation is asked for a wildcard */
    FACT_OTHER_KIND = 1 << 6,   /* or for an algorithm of another kind, or none */
    FACT_LONG_MAC = 1 << 7,     /* or for a MAC longer than the whole one */
    FACT_HUGE = 1 << 8,         /* material beyond PSA_MAX_KEY_BITS */
    FACT_EMPTY_BUFFER = 1 << 9, /* the output buffer has no bytes */
    FACT_LOCATION = 1 << 10,    /* a location that does not exist */
    FACT_KEY_ENDED = 1 << 11,   /* the operation's key has been destroyed */
    FACT_PADDED_ROOM = 1 << 12, /* room for what is written, not for the block that is kept back */
    FACT_OTHER_TYPE = 1 << 13,  /* a cipher's key that the algorithm is not for */
    FACT_FORM = 1 << 14,        /* material, a point or a signature is not as it should be */
    FACT_CURVE448 = 1 << 15     /* a private key of Curve448 */
};

struct diff_result {
    char name[12];
    uint64_t value;
};

struct diff_record {
    uint32_t episode;
    uint32_t number; /* of the call in its episode */
    uint32_t facts;
    int32_t status;
    uint32_t results;
    char function[40];
    char arguments[320];
    struct diff_result result[DIFF_RESULTS];
};

struct diff_key {
    psa_key_id_t id; /* 0: none */
    psa_key_type_t type;
    size_t bits;
    psa_key_usage_t usage;
    psa_algorithm_t alg;
    bool random; /* its material was generated: outputs are compared by length only */
};

struct diff_run {
    uint64_t random;
    struct diff_key keys[DIFF_KEYS];
    psa_key_id_t stale[DIFF_STALE];
    struct diff_record record; /* of the call being made */
    bool verbose;              /* print each call before it is made */
    unsigned long calls;       /* of the episode */
    unsigned long disturb;     /* the call whose record is made wrong, for the self-test; 0: none */
    unsigned long made;        /* calls of all episodes */
};

/* --- choices --- */

/* A number below n, which is not 0. */
uint32_t diff_pick(struct diff_run *run, uint32_t n);
bool diff_chance(struct diff_run *run, unsigned percent);
void diff_fill(struct diff_run *run, uint8_t *bytes, size_t size);

/* A length that tests like: mostly short, now and then long, 0 too. At most limit. */
size_t diff_length(struct diff_run *run, size_t limit);

/* A size for an output of which exact bytes are needed: mostly enough, else short or none. */
size_t diff_room(struct diff_run *run, size_t exact);

#define DIFF_CHOOSE(run, list) ((list)[diff_pick(run, sizeof(list) / sizeof *(list))])

/* --- records --- */

/* Opens the record of a call; arguments as for printf. diff_call is what ends it: it prints the
 * call if that is asked for, before it is made. */
void diff_begin(struct diff_run *run, const char *function);
void diff_say(struct diff_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void diff_fact(struct diff_run *run, uint32_t facts);
void diff_ready(struct diff_run *run);

/* After the call: the status, and what else came of it. diff_end sends the record. */
void diff_status(struct diff_run *run, psa_status_t status);
void diff_note(struct diff_run *run, const char *name, uint64_t value);
void diff_end(struct diff_run *run);

/* An output buffer of size bytes, filled with a pattern, the guard behind it. At most DIFF_BUFFER
 * bytes; there is one for each index below 2, valid until it is asked for again. */
uint8_t *diff_output(unsigned index, size_t size);

/* Notes the length, the bytes (unless random), whether the room behind them was written to, and
 * whether the guard was. */
void diff_note_output(struct diff_run *run, const uint8_t *output, size_t size, size_t length,
                      bool random);

/* Notes all but the id, which is not the same in both runs. */
void diff_note_attributes(struct diff_run *run, const psa_key_attributes_t *attributes);

/* FNV-1a, of which 64 bits are plenty for telling two outputs apart. */
uint64_t diff_hash(const uint8_t *bytes, size_t size);

/* --- keys --- */

/* Bytes to import, the same in both runs. */
extern uint8_t diff_material[DIFF_BUFFER];

/* Imports a key into the pool (a recorded call), in the place of another if it is full. NULL if
 * that was refused. offset says where in diff_material it starts. */
struct diff_key *diff_import(struct diff_run *run, const psa_key_attributes_t *attributes,
                             size_t offset, size_t length);

/* Puts a key that was just created into the pool, and records its attributes. */
struct diff_key *diff_adopt(struct diff_run *run, psa_key_id_t id, bool random);

/* A place in the pool, emptied (by a recorded destruction) if need be. */
struct diff_key *diff_place(struct diff_run *run);

/* A key of this type and algorithm: one of the pool that has them, or a new one of so many bits.
 * policy is what a new key permits. Now and then any key of the pool. NULL if there is none. */
struct diff_key *diff_key_for(struct diff_run *run, psa_key_type_t type, size_t bits,
                              psa_algorithm_t policy);

/* Any key of the pool, or NULL. */
struct diff_key *diff_any_key(struct diff_run *run);

/* The id to call with: mostly the key's (NULL: never), now and then one that names no key. Says in
 * the record which. */
psa_key_id_t diff_target(struct diff_run *run, const struct diff_key *key);

/* Destroys a key of the pool, recorded. */
void diff_destroy(struct diff_run *run, struct diff_key *key);

/* What the pool forgets when the library was freed. */
void diff_forget_all(struct diff_run *run);

#endif
