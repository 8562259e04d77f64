/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN 0xa5u

/* --- choices --- */

/* SplitMix64: any seed is a good one. */
static uint64_t next_random(struct diff_run *run)
{
    uint64_t z = run->random += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t diff_pick(struct diff_run *run, uint32_t n)
{
    return (uint32_t) (next_random(run) >> 16) % n;
}

bool diff_chance(struct diff_run *run, unsigned percent)
{
    return diff_pick(run, 100) < percent;
}

void diff_fill(struct diff_run *run, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i += 8) {
        uint64_t word = next_random(run);

        memcpy(bytes + i, &word, size - i < 8 ? size - i : 8);
    }
}

size_t diff_length(struct diff_run *run, size_t limit)
{
    static const size_t liked[] = {0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 127, 128};
    size_t length = 0;

    switch (diff_pick(run, 8)) {
    case 0:
        length = diff_pick(run, 600);
        break;
    case 1:
    case 2:
    case 3:
        length = diff_pick(run, 48);
        break;
    default:
        length = DIFF_CHOOSE(run, liked);
    }
    return length < limit ? length : limit;
}

size_t diff_room(struct diff_run *run, size_t exact)
{
    switch (diff_pick(run, 12)) {
    case 0:
        return 0;
    case 1:
        return exact == 0 ? 0 : exact - 1;
    case 2:
        return diff_pick(run, (uint32_t) exact + 1);
    case 3:
    case 4:
    case 5:
    case 6:
        return exact + diff_pick(run, 40);
    default:
        return exact;
    }
}

/* --- records --- */

void diff_begin(struct diff_run *run, const char *function)
{
    struct diff_record *record = &run->record;
    uint32_t episode = record->episode;
    uint32_t number = record->number + 1;

    memset(record, 0, sizeof *record);
    record->episode = episode;
    record->number = number;
    snprintf(record->function, sizeof record->function, "%s", function);
}

void diff_say(struct diff_run *run, const char *format, ...)
{
    size_t used = strlen(run->record.arguments);
    va_list list;

    va_start(list, format);
    vsnprintf(run->record.arguments + used, sizeof run->record.arguments - used, format, list);
    va_end(list);
}

void diff_fact(struct diff_run *run, uint32_t facts)
{
    run->record.facts |= facts;
}

void diff_ready(struct diff_run *run)
{
    if (run->verbose) {
        printf("%u.%u %s(%s)", run->record.episode, run->record.number, run->record.function,
               run->record.arguments);
        fflush(stdout);
    }
}

void diff_status(struct diff_run *run, psa_status_t status)
{
    run->record.status = status;
}

void diff_note(struct diff_run *run, const char *name, uint64_t value)
{
    struct diff_record *record = &run->record;

    if (record->results == DIFF_RESULTS) {
        fprintf(stderr, "%s: too many results\n", record->function);
        abort();
    }
    struct diff_result *result = &record->result[record->results++];

    snprintf(result->name, sizeof result->name, "%s", name);
    result->value = value;
}

static void print_results(const struct diff_record *record)
{
    printf(" = %d", record->status);
    for (uint32_t i = 0; i < record->results; i++) {
        printf(" %s %llx", record->result[i].name, (unsigned long long) record->result[i].value);
    }
    putchar('\n');
}

/* Another status, or another value of what must be the same. */
static void disturb(struct diff_record *record)
{
    for (uint32_t i = 0; i < record->results; i++) {
        const char *name = record->result[i].name;

        if (strcmp(name, "bytes") == 0 || strcmp(name, "usage") == 0 || strcmp(name, "id") == 0) {
            record->result[i].value ^= 2;
            return;
        }
    }
    record->status = PSA_ERROR_CORRUPTION_DETECTED;
}

void diff_end(struct diff_run *run)
{
    run->calls++;
    run->made++;
    if (run->made == run->disturb) {
        disturb(&run->record);
    }
    if (run->verbose) {
        print_results(&run->record);
    } else if (fwrite(&run->record, sizeof run->record, 1, stdout) != 1) {
        exit(EXIT_SUCCESS); /* nobody reads any more */
    }
}

uint8_t *diff_output(unsigned index, size_t size)
{
    static uint8_t buffers[2][DIFF_BUFFER + DIFF_GUARD];

    memset(buffers[index], PATTERN, size + DIFF_GUARD);
    return buffers[index];
}

static bool untouched(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != PATTERN) {
            return false;
        }
    }
    return true;
}

void diff_note_output(struct diff_run *run, const uint8_t *output, size_t size, size_t length,
                      bool random)
{
    size_t used = length <= size ? length : size;

    diff_note(run, "length", length);
    diff_note(run, "bytes", random ? 0 : diff_hash(output, used));
    diff_note(run, "rest", !untouched(output + used, size - used));
    diff_note(run, "guard", !untouched(output + size, DIFF_GUARD));
}

uint64_t diff_hash(const uint8_t *bytes, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    }
    return hash;
}
