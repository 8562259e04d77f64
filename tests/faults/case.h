/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* A call of which every allocation is made to fail in turn. One row of cases.c (or of a table of
 * another file that faults.c names). Each attempt runs in a process of its own. */
#ifndef TESTS_FAULTS_CASE_H
#define TESTS_FAULTS_CASE_H

#include <keyshard/keyshard.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULT_EXTRAS 3000u

struct fault_scene {
    unsigned argument;  /* the row's */
    psa_key_id_t key;   /* made by prepare, or by the call; destroyed in the end */
    psa_key_id_t other; /* the same */
    psa_key_id_t extra[FAULT_EXTRAS];
    size_t extras;
    uint8_t output[200]; /* what the call gave */
    size_t length;
    uint32_t number;
};

enum fault_flag {
    FAULT_THREAD = 1,      /* the call is made by a new thread */
    FAULT_BEFORE_INIT = 2, /* prepare finds the library not initialised */
    FAULT_KEEPS = 4,       /* calls that fail may leave a prepared context, the first ones */
    FAULT_NEEDLESS = 8,    /* the call allocates nothing */
    FAULT_ENTROPY = 16     /* INSUFFICIENT_ENTROPY is right too: what needs memory is its source */
};

struct fault_case {
    const char *name;
    bool (*prepare)(struct fault_scene *scene);      /* false: cannot be set up */
    psa_status_t (*call)(struct fault_scene *scene); /* leaves the scene as it was if it fails */
    bool (*right)(struct fault_scene *scene);        /* after a success: all is as it must be */
    unsigned argument;
    unsigned flags;
};

/* A flag: beyond the first FAULT_EACH allocations only each step-th fails. */
#define FAULT_STEP(step) ((unsigned) (step) << 8)
#define FAULT_EACH 24u

struct fault_suite {
    const struct fault_case *cases;
    size_t count;
};

extern const struct fault_suite fault_wrong; /* calls that must be found wrong: the self-test */
extern void *fault_lost[64];                 /* of the self-test */
extern const struct fault_suite fault_keys;
extern const struct fault_suite fault_operations;
extern const struct fault_suite fault_asymmetric;
extern const struct fault_suite fault_parts;

psa_key_attributes_t fault_attributes(psa_key_type_t type, psa_algorithm_t alg,
                                      psa_key_usage_t usages);

/* For calls that need no key. */
bool fault_prepare_nothing(struct fault_scene *scene);

/* Imports a key that has every usage; 0 if that fails. */
psa_key_id_t fault_import(psa_key_type_t type, size_t length, psa_algorithm_t alg);

/* Imports keys of so many bytes until the next one needs an allocation. */
bool fault_fill(struct fault_scene *scene, size_t length);

#endif
