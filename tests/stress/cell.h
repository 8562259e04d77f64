/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* A cell is a place with one key at a time, which writers replace, destroy and create again while
 * readers use it. What material a key has follows from its cell and its version, so each reader can
 * tell whether a result is that of a version which was there during its call. */
#ifndef TESTS_STRESS_CELL_H
#define TESTS_STRESS_CELL_H

#include <keyshard/keyshard.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define VERSIONS 4u /* materials a cell goes round in */
#define FAMILIES 7u
#define MESSAGE 48u
#define MATERIAL_MAX 700u /* bytes of the longest material, an RSA key */
#define OUTPUT_MAX MATERIAL_MAX

/* Of 14 cells two are asymmetric: an operation takes as long as hundreds of the others do. */
enum family { HMAC, CMAC, GCM, CCM, CHACHA, CBC, CTR, ECDSA, RSA };
#define ECDSA_CELL 12u
#define RSA_CELL 13u
#define CELL_ROUND 14u

struct material {
    uint8_t bytes[MATERIAL_MAX];
    size_t length;
};

struct cell {
    pthread_mutex_t writer;   /* one writer at a time, so that versions are exact */
    _Atomic psa_key_id_t id;
    /* Even: a key is there. Odd: from before it is destroyed until the next is created. */
    _Atomic uint64_t epoch;
    _Atomic uint64_t begun;   /* version of the newest material whose publication has begun */
    _Atomic uint64_t done;    /* version of the newest material whose publication is complete */
    unsigned number;
    enum family family;
    uint8_t expected[VERSIONS][OUTPUT_MAX];
    size_t expected_length;
};

/* Computes the expected outputs without keyshard and creates the first key. */
bool cell_open(struct cell *cell, unsigned number);

/* One write: replace, or destroy and create again, by turns of choice. False if a status was wrong;
 * what names it. */
bool cell_write(struct cell *cell, uint32_t choice, const char **what);

/* One read: an operation of the cell's family, or one of attributes, export, copy. False if the
 * result was not that of a version that was there, or INVALID_HANDLE for a key that was not
 * destroyed. */
bool cell_read(struct cell *cell, uint32_t choice, const char **what);

void cell_material(const struct cell *cell, uint64_t version, struct material *material);
psa_algorithm_t cell_algorithm(const struct cell *cell);

/* expect.c: the output of the cell's operation under this material, by Mbed TLS's primitives. */
size_t expect_output(enum family family, const struct material *material,
                     uint8_t output[OUTPUT_MAX]);

/* One of VERSIONS RSA keys, which the first call makes. */
const struct material *expect_rsa_key(uint64_t version);

/* Whether output is the message encrypted in counter mode, behind the IV that it begins with. */
bool expect_ctr(const uint8_t material[32], const uint8_t *output, size_t length);
extern const uint8_t stress_message[MESSAGE];
extern const uint8_t stress_nonce[12];

#endif
