/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What the two stores with a global lock share: slots, ids, and the cryptography. */
#ifndef TESTS_REFERENCE_SLOTS_H
#define TESTS_REFERENCE_SLOTS_H

#include "store.h"

#include <stdbool.h>

#define NO_SLOT UINT32_MAX

/* Of a slot that holds a key, or is being filled with one. A slot without a key is UNUSED too. */
enum slot_state {
    UNUSED,  /* nobody accesses the content */
    WRITING, /* one thread has the content to itself */
    READING  /* threads read the content, as many as readers says */
};

struct slot {
    psa_key_id_t id; /* 0: free */
    uint32_t generation;
    uint32_t next; /* free slot */
    enum slot_state state;
    unsigned readers;
    unsigned writers; /* that wait for the readers to go; while there are any, none come */
    bool dying;       /* no longer found by its id */
    /* The content. */
    psa_key_usage_t usage;
    size_t length;
    uint8_t material[REF_MATERIAL_MAX];
};

/* Freed slots go to the end of the queue, so that ids come back late. */
struct slots {
    uint32_t capacity;
    uint32_t first;
    uint32_t last;
    struct slot *at;
};

bool slots_open(struct slots *slots, size_t capacity);
void slots_close(struct slots *slots);

/* A slot with an id, or NULL. */
struct slot *slots_take(struct slots *slots);

/* Wipes the content and gives the slot back. */
void slots_give(struct slots *slots, struct slot *slot);

/* The slot of this id, or NULL. */
struct slot *slots_find(const struct slots *slots, psa_key_id_t key);

/* Makes a key of a slot that was taken; its id. */
psa_key_id_t slot_make(struct slot *slot, const uint8_t *material, size_t length,
                       psa_key_usage_t usage);

void slot_fill(struct slot *slot, const uint8_t *material, size_t length);
void slot_describe(const struct slot *slot, struct ref_attributes *attributes);
psa_status_t slot_mac(const struct slot *slot, const uint8_t *input, size_t length,
                      uint8_t mac[REF_MAC]);
bool slot_fits(const uint8_t *material, size_t length);

#endif
