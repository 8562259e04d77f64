/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In front of each block stands its size, for the wiping; as large as any type's alignment. */
union prefix {
    size_t size;
    max_align_t align;
};

static void *allocate(size_t size)
{
    union prefix *block = size <= SIZE_MAX - sizeof *block ? malloc(sizeof *block + size) : NULL;

    if (block == NULL)
        return NULL;
    block->size = size;
    return block + 1;
}

static void wipe_and_free(void *memory)
{
    if (memory == NULL)
        return;
    union prefix *block = (union prefix *)memory - 1;
    explicit_bzero(memory, block->size);
    free(block);
}

void json_prepare(unsigned int seed)
{
    json_set_alloc_funcs(allocate, wipe_and_free);
    json_object_seed(seed);
}

json_t *json_read_object(const char *text, size_t length, bool *no_memory)
{
    json_error_t error;
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);

    *no_memory = json == NULL && json_error_code(&error) == json_error_out_of_memory;
    if (json != NULL && !json_is_object(json)) {
        json_decref(json);
        json = NULL;
    }
    return json;
}
