/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Histories: what calls were made on a few keys, when each began and ended, and what it gave. A
 * history is linearizable (G2) if each call can be given an instant between its begin and its end
 * such that the sequential model, which makes the calls in the order of these instants, gives the
 * same results. */
#ifndef TESTS_HISTORIES_HISTORY_H
#define TESTS_HISTORIES_HISTORY_H

#include "reference/store.h"

#include <stdbool.h>
#include <stdint.h>

#define EVENTS_MAX 192u /* of a history */
#define IDS_MAX 48u
#define VISITS_MAX 48u
#define NO_ID UINT8_MAX
#define NO_VERSION UINT16_MAX

/* Usages, as bits of an event. */
enum { MAY_USE = 1, MAY_COPY = 2, MAY_EXPORT = 4, MAY_ALL = 7 };

enum op_number {
    OP_CREATE,
    OP_USE,
    OP_EXPORT,
    OP_ATTRIBUTES,
    OP_REPLACE,
    OP_RESTRICT,
    OP_COPY,
    OP_DESTROY,
    OP_PURGE,
    OP_OWNER,
    OP_HANDOFF,
    OP_HANDOFF_PART, /* one key of a call on many */
    OP_DESTROY_PART,
    OP_VISIT, /* whether one key was visited by a walk over all */
    OP_COUNT
};

struct event {
    enum op_number op;
    uint8_t thread;
    uint64_t begin; /* nanoseconds */
    uint64_t end;
    psa_key_id_t key;
    psa_key_id_t made;  /* by create and copy */
    psa_status_t status;
    uint16_t version;   /* which material: given, or seen; NO_VERSION: of none that there is */
    uint16_t length;    /* of the material, seen */
    uint8_t usage;      /* kept, or seen */
    uint8_t owner;      /* thread: given, or seen */
    bool visited;
    uint8_t group;      /* parts of one call on many keys have the same number, which is not 0 */
    uint8_t group_size;
    uint8_t id;         /* of key and made, numbered within the history; set by history_number */
    uint8_t made_id;
};

struct history {
    struct event event[EVENTS_MAX];
    size_t count;
    psa_key_id_t ids[IDS_MAX];
    size_t id_count;
};

struct key_state {
    uint8_t present; /* 0 not yet, 1 there, 2 gone */
    uint8_t usage;
    uint8_t owner;
    uint8_t version;
};

struct model {
    struct key_state key[IDS_MAX];
    uint64_t missed; /* groups, of which a part has named no key */
};

/* The material's length says something about its version too. */
static inline uint16_t version_length(uint16_t version)
{
    return (uint16_t) (16 + version % 48);
}

/* Numbers the ids; false if there are too many. */
bool history_number(struct history *history);

/* model.c: makes one call in the model; false if the model would give another result. last says
 * that the other parts of the event's group were made before. */
bool model_step(struct model *model, const struct event *event, bool last);

extern const char *const op_names[OP_COUNT];

enum verdict { LINEARIZABLE, REFUTED, GIVEN_UP };

/* check.c: searches for the instants, by the method of Wing and Gong with the memory that Lowe
 * added. */
enum verdict history_check(const struct history *history);

/* Pairs of events of different threads below this number, and how many of them overlap. */
void history_overlap(const struct history *history, unsigned threads, uint64_t *pairs,
                     uint64_t *overlapping);

void history_print(const struct history *history);

/* self.c: ensures that the checker refutes what is wrong and nothing else. */
bool history_self_test(void);

#endif
