/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Small histories, right and wrong, that the checker must tell apart. */

#include "history.h"

#include <stdio.h>

#define OK PSA_SUCCESS
#define GONE PSA_ERROR_INVALID_HANDLE

/* Events by thread, operation, begin and end; then what the operation needs. Key 1 is created with
 * version 1 before all else. */
static const struct sample {
    const char *name;
    bool right;
    struct event event[5];
} samples[] = {
    {"use during a replacement sees the old", true,
     {{.thread = 1, .op = OP_REPLACE, .begin = 10, .end = 30, .key = 1, .version = 2},
      {.thread = 2, .op = OP_USE, .begin = 15, .end = 20, .key = 1, .version = 1}}},
    {"use during a replacement sees the new", true,
     {{.thread = 1, .op = OP_REPLACE, .begin = 10, .end = 30, .key = 1, .version = 2},
      {.thread = 2, .op = OP_USE, .begin = 15, .end = 20, .key = 1, .version = 2}}},
    {"use after a replacement sees the old", false,
     {{.thread = 1, .op = OP_REPLACE, .begin = 10, .end = 30, .key = 1, .version = 2},
      {.thread = 2, .op = OP_USE, .begin = 31, .end = 40, .key = 1, .version = 1}}},
    {"new, then old, while a replacement runs", false,
     {{.thread = 1, .op = OP_REPLACE, .begin = 10, .end = 90, .key = 1, .version = 2},
      {.thread = 2, .op = OP_USE, .begin = 15, .end = 20, .key = 1, .version = 2},
      {.thread = 3, .op = OP_USE, .begin = 25, .end = 30, .key = 1, .version = 1}}},
    {"of two destroyers one succeeds", true,
     {{.thread = 1, .op = OP_DESTROY, .begin = 10, .end = 30, .key = 1},
      {.thread = 2, .op = OP_DESTROY, .begin = 15, .end = 20, .key = 1, .status = GONE}}},
    {"two destroyers succeed", false,
     {{.thread = 1, .op = OP_DESTROY, .begin = 10, .end = 30, .key = 1},
      {.thread = 2, .op = OP_DESTROY, .begin = 15, .end = 20, .key = 1}}},
    {"use after destruction", false,
     {{.thread = 1, .op = OP_DESTROY, .begin = 10, .end = 30, .key = 1},
      {.thread = 2, .op = OP_USE, .begin = 31, .end = 40, .key = 1, .version = 1}}},
    {"gone, then there again", false,
     {{.thread = 1, .op = OP_DESTROY, .begin = 10, .end = 90, .key = 1},
      {.thread = 2, .op = OP_USE, .begin = 15, .end = 20, .key = 1, .status = GONE},
      {.thread = 3, .op = OP_ATTRIBUTES, .begin = 25, .end = 30, .key = 1, .usage = MAY_ALL,
       .length = 17}}},
    {"material of no version", false,
     {{.thread = 1, .op = OP_USE, .begin = 10, .end = 20, .key = 1, .version = NO_VERSION}}},
    {"length of another version", false,
     {{.thread = 1, .op = OP_ATTRIBUTES, .begin = 10, .end = 20, .key = 1, .usage = MAY_ALL,
       .length = 18}}},
    {"a copy of the old, used after the replacement", true,
     {{.thread = 1, .op = OP_REPLACE, .begin = 10, .end = 30, .key = 1, .version = 2},
      {.thread = 2, .op = OP_COPY, .begin = 15, .end = 40, .key = 1, .made = 2},
      {.thread = 2, .op = OP_USE, .begin = 41, .end = 45, .key = 2, .version = 1}}},
    {"a copy of the new made before the replacement", false,
     {{.thread = 2, .op = OP_COPY, .begin = 10, .end = 14, .key = 1, .made = 2},
      {.thread = 1, .op = OP_REPLACE, .begin = 15, .end = 30, .key = 1, .version = 2},
      {.thread = 2, .op = OP_USE, .begin = 41, .end = 45, .key = 2, .version = 2}}},
    {"a copy of what is gone", false,
     {{.thread = 1, .op = OP_DESTROY, .begin = 10, .end = 14, .key = 1},
      {.thread = 2, .op = OP_COPY, .begin = 15, .end = 30, .key = 1, .made = 2}}},
    {"an id given out twice", false,
     {{.thread = 1, .op = OP_DESTROY, .begin = 10, .end = 14, .key = 1},
      {.thread = 2, .op = OP_CREATE, .begin = 15, .end = 30, .made = 1, .version = 2}}},
    {"use refused before the restriction began", false,
     {{.thread = 2, .op = OP_USE, .begin = 10, .end = 14, .key = 1,
       .status = PSA_ERROR_NOT_PERMITTED},
      {.thread = 1, .op = OP_RESTRICT, .begin = 15, .end = 30, .key = 1, .usage = MAY_COPY}}},
    {"use permitted after the restriction", false,
     {{.thread = 1, .op = OP_RESTRICT, .begin = 10, .end = 14, .key = 1, .usage = MAY_COPY},
      {.thread = 2, .op = OP_USE, .begin = 15, .end = 30, .key = 1, .version = 1}}},
    {"a restriction that a replacement undoes", false,
     {{.thread = 1, .op = OP_RESTRICT, .begin = 10, .end = 14, .key = 1, .usage = MAY_COPY},
      {.thread = 2, .op = OP_REPLACE, .begin = 15, .end = 30, .key = 1, .version = 2},
      {.thread = 2, .op = OP_USE, .begin = 31, .end = 40, .key = 1, .version = 2}}},
    {"a replacement that a restriction undoes", false,
     {{.thread = 1, .op = OP_REPLACE, .begin = 10, .end = 14, .key = 1, .version = 2},
      {.thread = 2, .op = OP_RESTRICT, .begin = 12, .end = 30, .key = 1, .usage = MAY_USE},
      {.thread = 2, .op = OP_USE, .begin = 31, .end = 40, .key = 1, .version = 1}}},
    {"missing during a handoff", false,
     {{.thread = 1, .op = OP_HANDOFF, .begin = 10, .end = 30, .key = 1, .owner = 2},
      {.thread = 2, .op = OP_USE, .begin = 15, .end = 20, .key = 1, .status = GONE}}},
    {"the old owner after a handoff", false,
     {{.thread = 1, .op = OP_HANDOFF, .begin = 10, .end = 30, .key = 1, .owner = 2},
      {.thread = 2, .op = OP_OWNER, .begin = 31, .end = 40, .key = 1, .owner = 0}}},
    {"a destruction of many that misses one", true,
     {{.thread = 1, .op = OP_DESTROY, .begin = 10, .end = 30, .key = 1},
      {.thread = 2, .op = OP_DESTROY_PART, .begin = 15, .end = 20, .key = 1, .group = 1,
       .group_size = 1, .status = GONE}}},
    {"a destruction of many that says to have missed none", false,
     {{.thread = 2, .op = OP_DESTROY_PART, .begin = 15, .end = 20, .key = 1, .group = 1,
       .group_size = 1, .status = GONE}}},
    {"a walk that passes over a key", false,
     {{.thread = 1, .op = OP_VISIT, .begin = 10, .end = 30, .key = 1, .visited = false}}},
    {"a walk while the key goes", true,
     {{.thread = 1, .op = OP_VISIT, .begin = 10, .end = 30, .key = 1, .visited = false},
      {.thread = 2, .op = OP_DESTROY, .begin = 15, .end = 40, .key = 1}}},
};

bool history_self_test(void)
{
    unsigned failed = 0;
    unsigned wrong = 0;

    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        static struct history history;

        history.event[0] = (struct event){
            .op = OP_CREATE, .begin = 1, .end = 2, .made = 1, .version = 1};
        history.count = 1;
        for (size_t k = 0; k < 5 && samples[i].event[k].end != 0; k++) {
            history.event[history.count++] = samples[i].event[k];
        }
        wrong += !samples[i].right;
        if (!history_number(&history) ||
            history_check(&history) != (samples[i].right ? LINEARIZABLE : REFUTED)) {
            printf("self-test: %s: the checker is wrong\n", samples[i].name);
            failed++;
        }
    }
    printf("self-test: %u wrong histories and %u right ones told apart\n", wrong,
           (unsigned) (sizeof samples / sizeof *samples) - wrong);
    return failed == 0;
}
