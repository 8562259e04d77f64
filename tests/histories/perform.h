/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Making calls and recording them. */
#ifndef TESTS_HISTORIES_PERFORM_H
#define TESTS_HISTORIES_PERFORM_H

#include "history.h"

#include <keyshard/keyshard.h>
#include <stdatomic.h>

#define THREADS_MAX 16u
#define CELLS 2u         /* keys that all threads use */
#define ROUND_EVENTS 32u /* of a thread in a round, parts and visits not counted */
#define VERSIONS 250u
#define MESSAGES 3u

/* A store, and what the threads of a round share. */
struct stage {
    const struct ref_class *class;
    void *store;
    unsigned threads;
    unsigned mixture; /* of operations, 0 or 1 */
    keyshard_shard_t shards[THREADS_MAX];
    _Atomic psa_key_id_t cells[CELLS];
    _Atomic uint16_t version;    /* next to be given out, unique in a round */
    _Atomic unsigned long other; /* calls with a status that no model has, such as for memory */
};

/* A call that was made, before it is spread into events. */
struct call {
    struct event event;
    unsigned message;
    uint8_t mac[REF_MAC];
    psa_key_id_t many[CELLS];         /* of calls on many keys */
    psa_key_id_t visited[VISITS_MAX]; /* of a walk */
    unsigned count;                   /* of many or visited */
};

struct worker {
    struct stage *stage;
    uint8_t number;
    uint64_t random;
    psa_key_id_t own; /* the last key that it made */
    struct call call[ROUND_EVENTS];
    size_t count;
};

/* One kind of call. */
struct op {
    const char *name;
    unsigned weight[2]; /* in even rounds, and in odd ones, which make and change more */
    bool keyshard_only;
    void (*perform)(struct worker *worker, struct call *call);
};

extern const struct op ops[];
extern const unsigned op_kinds;

uint32_t pick(struct worker *worker, uint32_t n);

/* Material of this version; and the version whose MAC of the message this is, or NO_VERSION. */
void material_of(uint16_t version, uint8_t material[REF_MATERIAL_MAX]);
void macs_prepare(void);
uint16_t version_of(unsigned message, const uint8_t mac[REF_MAC]);

uint64_t now_ns(void);

/* Makes one call of a random kind. */
void worker_step(struct worker *worker);

/* Creates a key, recorded, and puts it into a cell. */
void worker_create(struct worker *worker, unsigned cell);

/* Uses a key, recorded. */
void worker_use(struct worker *worker, psa_key_id_t key);

/* Adds what the worker did to the history; ids are all that the round has made. False if there is
 * no room. */
bool worker_add(const struct worker *worker, struct history *history, const psa_key_id_t *ids,
                size_t count);

#endif
