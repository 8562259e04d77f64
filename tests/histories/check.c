/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS (EVENTS_MAX / 64)
#define MEMORY ((size_t) 1 << 18) /* dead ends that are remembered */
#define STEPS_MAX 20000000u

_Static_assert(EVENTS_MAX % 64 == 0, "whole words");

/* A dead end: which events are done, and what the keys are then. Two hashes of 64 bits stand for
 * them. */
struct dead_end {
    uint64_t a;
    uint64_t b;
    uint32_t round;
};

struct search {
    const struct history *history;
    uint64_t done[WORDS];
    size_t left;
    uint64_t steps;
};

static struct dead_end *memory;
static uint32_t memory_round;
static size_t memory_used;

bool history_number(struct history *history)
{
    history->id_count = 0;
    for (size_t i = 0; i < history->count; i++) {
        struct event *event = &history->event[i];
        psa_key_id_t keys[2] = {event->key, event->made};
        uint8_t numbers[2] = {NO_ID, NO_ID};

        for (unsigned k = 0; k < 2; k++) {
            size_t n = 0;

            while (n < history->id_count && history->ids[n] != keys[k]) {
                n++;
            }
            if (keys[k] == 0) {
                continue;
            }
            if (n == IDS_MAX) {
                return false;
            }
            history->ids[n] = keys[k];
            history->id_count = n == history->id_count ? n + 1 : history->id_count;
            numbers[k] = (uint8_t) n;
        }
        event->id = numbers[0];
        event->made_id = numbers[1];
    }
    return true;
}

static uint64_t mix(uint64_t hash, uint64_t word, uint64_t multiplier)
{
    hash = (hash ^ word) * multiplier;
    return hash ^ (hash >> 29);
}

static struct dead_end name_of(const struct search *search, const struct model *model)
{
    struct dead_end end = {1, 2, memory_round};

    for (size_t i = 0; i < WORDS; i++) {
        end.a = mix(end.a, search->done[i], 0x9e3779b97f4a7c15u);
        end.b = mix(end.b, search->done[i], 0xc2b2ae3d27d4eb4fu);
    }
    for (size_t i = 0; i < search->history->id_count; i++) {
        uint32_t word;

        memcpy(&word, &model->key[i], sizeof word);
        end.a = mix(end.a, word, 0x9e3779b97f4a7c15u);
        end.b = mix(end.b, word, 0xc2b2ae3d27d4eb4fu);
    }
    end.a = mix(end.a, model->missed, 0x9e3779b97f4a7c15u);
    end.b = mix(end.b, model->missed, 0xc2b2ae3d27d4eb4fu);
    return end;
}

/* The place of this dead end, or the free one where it belongs. */
static struct dead_end *place_of(const struct dead_end *end)
{
    size_t at = (size_t) end->a % MEMORY;

    while (memory[at].round == memory_round &&
           (memory[at].a != end->a || memory[at].b != end->b)) {
        at = (at + 1) % MEMORY;
    }
    return &memory[at];
}

static bool is_done(const struct search *search, size_t i)
{
    return (search->done[i / 64] >> (i % 64) & 1) != 0;
}

/* The first end among the events left: none that begins later can come next. */
static uint64_t first_end(const struct search *search)
{
    uint64_t first = UINT64_MAX;

    for (size_t i = 0; i < search->history->count; i++) {
        if (!is_done(search, i) && search->history->event[i].end < first) {
            first = search->history->event[i].end;
        }
    }
    return first;
}

/* Whether the other parts of this event's group are done. */
static bool is_last(const struct search *search, size_t at)
{
    const struct event *event = &search->history->event[at];
    unsigned others = 0;

    for (size_t i = 0; event->group != 0 && i < search->history->count; i++) {
        others += i != at && search->history->event[i].group == event->group &&
                  is_done(search, i);
    }
    return others + 1 == event->group_size;
}

static enum verdict continue_from(struct search *search, const struct model *model);

/* Makes event i next, if it can be, and goes on. */
static enum verdict try_next(struct search *search, const struct model *model, size_t i)
{
    struct model next = *model;

    if (!model_step(&next, &search->history->event[i], is_last(search, i))) {
        return REFUTED;
    }
    search->done[i / 64] |= (uint64_t) 1 << (i % 64);
    search->left--;
    enum verdict verdict = continue_from(search, &next);

    search->left++;
    search->done[i / 64] &= ~((uint64_t) 1 << (i % 64));
    return verdict;
}

static enum verdict continue_from(struct search *search, const struct model *model)
{
    if (search->left == 0) {
        return LINEARIZABLE;
    }
    if (++search->steps > STEPS_MAX || memory_used > MEMORY / 2) {
        return GIVEN_UP;
    }
    struct dead_end here = name_of(search, model);

    if (place_of(&here)->round == memory_round) {
        return REFUTED;
    }
    uint64_t limit = first_end(search);

    for (size_t i = 0; i < search->history->count; i++) {
        if (is_done(search, i) || search->history->event[i].begin > limit) {
            continue;
        }
        enum verdict verdict = try_next(search, model, i);

        if (verdict != REFUTED) {
            return verdict;
        }
    }
    *place_of(&here) = here;
    memory_used++;
    return REFUTED;
}

enum verdict history_check(const struct history *history)
{
    struct search search = {.history = history, .left = history->count};
    struct model model;

    memset(&model, 0, sizeof model);
    if (memory == NULL) {
        memory = calloc(MEMORY, sizeof *memory);
    }
    if (memory == NULL) {
        return GIVEN_UP;
    }
    memory_round++;
    memory_used = 0;
    return continue_from(&search, &model);
}

void history_overlap(const struct history *history, unsigned threads, uint64_t *pairs,
                     uint64_t *overlapping)
{
    for (size_t i = 0; i < history->count; i++) {
        const struct event *a = &history->event[i];

        for (size_t k = i + 1; k < history->count; k++) {
            const struct event *b = &history->event[k];

            if (a->thread < threads && b->thread < threads && a->thread != b->thread &&
                a->op != OP_VISIT && b->op != OP_VISIT) {
                *pairs += 1;
                *overlapping += a->begin <= b->end && b->begin <= a->end;
            }
        }
    }
}

void history_print(const struct history *history)
{
    uint64_t first = history->event[0].begin;

    for (size_t i = 0; i < history->count; i++) {
        const struct event *e = &history->event[i];

        printf("  %8" PRIu64 " to %8" PRIu64 " thread %u %-22s key %u made %d status %d "
               "version %d length %u usage %u owner %u visited %d\n",
               e->begin - first, e->end - first, e->thread, op_names[e->op], e->id,
               e->made == 0 ? -1 : e->made_id, e->status,
               e->version == NO_VERSION ? -1 : e->version, e->length, e->usage, e->owner,
               e->visited);
    }
}
