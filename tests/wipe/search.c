/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "wipe/search.h"
#include "wipe/registers.h"

#include <check.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WINDOW 8
#define FILTER_BITS (1u << 20) /* bits of a filter that spares nearly all look-ups in the table */
#define MAPS_BYTES (1u << 20)  /* more than the text of /proc/self/maps */

const char *const wipe_form_names[WIPE_FORMS] = {
    "material", "AES round keys", "AES inverse round keys", "cipher of a zero block",
    "key schedule", "HMAC key block", "HMAC state", "number", "Montgomery constant",
    "number used once",
};

struct entry {
    uint64_t mixed; /* 0: empty */
    uint32_t group; /* key * WIPE_FORMS + form */
};

struct found {
    unsigned count;
    uintptr_t first;
};

struct wipe_search {
    uint8_t filter[FILTER_BITS / 8];
    struct entry *table;
    size_t capacity; /* a power of two */
    size_t used;
    struct found *found; /* by group */
    unsigned groups;
    size_t bytes;
    char maps[MAPS_BYTES];
};

/* One to one, so that two windows never become one. */
static inline uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    return x;
}

static inline uint64_t load(const uint8_t *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static void *allocate(size_t count, size_t size)
{
    void *p = calloc(count, size);
    ck_assert_msg(p != NULL, "out of memory");
    return p;
}

struct wipe_search *wipe_search_new(unsigned keys)
{
    struct wipe_search *search = allocate(1, sizeof *search);
    search->groups = keys * WIPE_FORMS;
    search->found = allocate(search->groups, sizeof *search->found);
    search->capacity = 1024;
    search->table = allocate(search->capacity, sizeof *search->table);
    return search;
}

void wipe_search_free(struct wipe_search *search)
{
    free(search->table);
    free(search->found);
    free(search);
}

/* Gives the entry of this value, or the empty one where it belongs. */
static inline struct entry *find(struct entry *table, size_t capacity, uint64_t mixed)
{
    size_t i = mixed & (capacity - 1);
    while (table[i].mixed != 0 && table[i].mixed != mixed) {
        i = (i + 1) & (capacity - 1);
    }
    return &table[i];
}

static void grow(struct wipe_search *search)
{
    size_t capacity = 2 * search->capacity;
    struct entry *table = allocate(capacity, sizeof *table);
    for (size_t i = 0; i < search->capacity; i++) {
        if (search->table[i].mixed != 0) {
            *find(table, capacity, search->table[i].mixed) = search->table[i];
        }
    }
    free(search->table);
    search->table = table;
    search->capacity = capacity;
}

static bool by_chance(const uint8_t *window)
{
    unsigned zeros = 0;
    for (size_t i = 0; i < WINDOW; i++) {
        zeros += window[i] == 0;
    }
    return zeros > 3;
}

/* A window that another group has already stays there: what a schedule shares with the material,
 * say, counts as material. */
void wipe_search_add(struct wipe_search *search, unsigned key, enum wipe_form form,
                     const uint8_t *data, size_t length, size_t step)
{
    for (size_t i = 0; i + WINDOW <= length; i += step) {
        if (by_chance(data + i)) {
            continue;
        }
        if (2 * search->used >= search->capacity) {
            grow(search);
        }
        uint64_t mixed = mix(load(data + i));
        struct entry *entry = find(search->table, search->capacity, mixed);
        if (entry->mixed == 0) {
            *entry = (struct entry){ mixed, key * WIPE_FORMS + (uint32_t) form };
            search->used++;
            uint64_t bit = mixed % FILTER_BITS;
            search->filter[bit / 8] |= (uint8_t) (1 << bit % 8);
        }
    }
}

static inline void look(struct wipe_search *search, const uint8_t *p)
{
    uint64_t mixed = mix(load(p));
    uint64_t bit = mixed % FILTER_BITS;
    if ((search->filter[bit / 8] >> bit % 8 & 1) == 0) {
        return;
    }
    const struct entry *entry = find(search->table, search->capacity, mixed);
    if (entry->mixed != 0) {
        struct found *found = &search->found[entry->group];
        if (found->count++ == 0) {
            found->first = (uintptr_t) p;
        }
    }
}

static inline bool all_zero(const uint8_t *p, size_t length)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i += 8) {
        sum |= load(p + i);
    }
    return sum == 0;
}

/* No sanitizer looks at these reads: they go wherever memory is. */
__attribute__((no_sanitize("address", "thread", "undefined")))
static void read_mapping(struct wipe_search *search, const uint8_t *start, const uint8_t *end)
{
    const size_t stretch = 64; /* zeros are skipped at this pace, where a window of them follows */
    const uint8_t *p = start;
    while ((size_t) (end - p) >= WINDOW) {
        if ((size_t) (end - p) >= stretch + WINDOW && all_zero(p, stretch + WINDOW)) {
            p += stretch;
        } else {
            look(search, p++);
        }
    }
    search->bytes += (size_t) (end - start);
}

static void read_maps(char *text)
{
    int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(file, 0);
    size_t length = 0;
    ssize_t got = 1;
    while (got > 0) {
        got = read(file, text + length, MAPS_BYTES - 1 - length);
        length += got > 0 ? (size_t) got : 0;
    }
    close(file);
    ck_assert_int_eq(got, 0);
    ck_assert_uint_lt(length, MAPS_BYTES - 1);
    text[length] = '\0';
}

void wipe_search_run(struct wipe_search *search)
{
    memset(search->found, 0, search->groups * sizeof *search->found);
    search->bytes = 0;
    read_maps(search->maps);
    for (const char *line = search->maps; *line != '\0'; line = strchr(line, '\n') + 1) {
        uintptr_t start = 0;
        uintptr_t end = 0;
        char access[5] = "";
        if (sscanf(line, "%zx-%zx %4s", &start, &end, access) == 3 && access[0] == 'r' &&
            access[1] == 'w') {
            read_mapping(search, (const uint8_t *) start, (const uint8_t *) end);
        }
    }
}

unsigned wipe_search_found(const struct wipe_search *search, unsigned key, enum wipe_form form)
{
    return search->found[key * WIPE_FORMS + (unsigned) form].count;
}

const char *wipe_search_place(const struct wipe_search *search, unsigned key, enum wipe_form form)
{
    static char place[512];
    uintptr_t first = search->found[key * WIPE_FORMS + (unsigned) form].first;
    for (const char *line = search->maps; *line != '\0'; line = strchr(line, '\n') + 1) {
        uintptr_t start = 0;
        uintptr_t end = 0;
        if (sscanf(line, "%zx-%zx", &start, &end) == 2 && start <= first && first < end) {
            snprintf(place, sizeof place, "%#zx, %zu bytes before the end of %.*s", (size_t) first,
                     (size_t) (end - first), (int) strcspn(line, "\n"), line);
            return place;
        }
    }
    return "nowhere";
}

size_t wipe_search_bytes(const struct wipe_search *search)
{
    return search->bytes;
}

__attribute__((noinline)) void wipe_own_traces(void)
{
    uint8_t below[65536];
    explicit_bzero(below, sizeof below);
    wipe_clear_registers();
}
