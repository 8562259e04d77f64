/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The same random statements, one thread, to all three stores: they must agree on each status and
 * each result. tests/histories has them used by many threads.
 *
 *   reference [--seed N] [--calls N] */

#include "config.h"

#include "store.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STORES 3u
#define PLACES 24u /* keys, there or destroyed, that statements are about */

static const struct ref_class *const classes[STORES] = {&ref_global_lock, &ref_slot_states,
                                                        &ref_keyshard};
static void *stores[STORES];
static psa_key_id_t places[PLACES][STORES];

static struct {
    uint64_t seed;
    unsigned long calls;
} options = {0, 40000};

/* What a statement gave in one store. */
struct answer {
    psa_status_t status;
    uint8_t mac[REF_MAC];
    struct ref_attributes attributes;
    psa_key_id_t made;
};

static uint32_t pick(uint32_t n)
{
    uint64_t z = options.seed += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t) ((z ^ (z >> 31)) >> 16) % n;
}

enum statement { CREATE, USE, ATTRIBUTES, REPLACE, RESTRICT, COPY, DESTROY, STATEMENTS };

static const char *const names[STATEMENTS] = {"create",   "use",  "attributes", "replace",
                                              "restrict", "copy", "destroy"};

/* Chosen once for all stores. */
struct choice {
    enum statement statement;
    unsigned place;
    uint8_t material[REF_MATERIAL_MAX + 8];
    size_t length;
    psa_key_usage_t usage;
};

static struct choice choose(void)
{
    static const enum statement often[] = {CREATE,  CREATE,  USE,  USE,     USE,    ATTRIBUTES,
                                           REPLACE, RESTRICT, COPY, DESTROY, DESTROY};
    static const psa_key_usage_t usages[] = {
        PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_COPY, PSA_KEY_USAGE_SIGN_MESSAGE,
        PSA_KEY_USAGE_COPY, PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_COPY};
    struct choice choice = {.statement = often[pick(sizeof often / sizeof *often)],
                            .place = pick(PLACES),
                            .length = pick(20) == 0 ? 0 : 1 + pick(REF_MATERIAL_MAX),
                            .usage = usages[pick(4)]};

    for (size_t i = 0; i < sizeof choice.material; i++) {
        choice.material[i] = (uint8_t) pick(256);
    }
    return choice;
}

static struct answer ask(unsigned s, const struct choice *choice)
{
    const struct ref_class *class = classes[s];
    psa_key_id_t key = places[choice->place][s];
    struct answer answer = {.status = PSA_ERROR_GENERIC_ERROR};

    switch (choice->statement) {
    case CREATE:
        answer.status = class->create(stores[s], choice->material, choice->length, choice->usage,
                                      &answer.made);
        break;
    case USE:
        answer.status = class->use(stores[s], key, choice->material, choice->length, answer.mac);
        break;
    case ATTRIBUTES:
        answer.status = class->attributes(stores[s], key, &answer.attributes);
        break;
    case REPLACE:
        answer.status = class->replace(stores[s], key, choice->material, choice->length);
        break;
    case RESTRICT:
        answer.status = class->restrict_to(stores[s], key, choice->usage);
        break;
    case COPY:
        answer.status = class->copy(stores[s], key, &answer.made);
        break;
    default:
        answer.status = class->destroy(stores[s], key);
    }
    return answer;
}

static bool agree(const struct answer *a, const struct answer *b)
{
    if (a->status != b->status || (a->made == 0) != (b->made == 0)) {
        return false;
    }
    return a->status != PSA_SUCCESS || (memcmp(a->mac, b->mac, sizeof a->mac) == 0 &&
                                        a->attributes.usage == b->attributes.usage &&
                                        a->attributes.length == b->attributes.length);
}

/* One statement to all; false if they do not agree. */
static bool step(unsigned long number, unsigned long *succeeded)
{
    struct choice choice = choose();
    struct answer answers[STORES];
    bool right = true;

    for (unsigned s = 0; s < STORES; s++) {
        answers[s] = ask(s, &choice);
        if (!agree(&answers[s], &answers[0])) {
            printf("call %lu, %s: %s says %d, %s says %d\n", number, names[choice.statement],
                   classes[0]->name, answers[0].status, classes[s]->name, answers[s].status);
            right = false;
        }
    }
    for (unsigned s = 0; s < STORES && answers[s].made != 0; s++) {
        /* What stood there goes, or it would stay for ever. */
        classes[s]->destroy(stores[s], places[choice.place][s]);
        places[choice.place][s] = answers[s].made;
    }
    succeeded[choice.statement] += answers[0].status == PSA_SUCCESS;
    return right;
}

static bool parse(int argc, char **argv)
{
    static const struct option wanted[] = {{"seed", required_argument, NULL, 's'},
                                           {"calls", required_argument, NULL, 'n'},
                                           {NULL, 0, NULL, 0}};
    struct timespec now;
    int option;

    clock_gettime(CLOCK_REALTIME, &now);
    options.seed = (uint64_t) now.tv_sec;
    while ((option = getopt_long(argc, argv, "", wanted, NULL)) != -1) {
        if (option == 's') {
            options.seed = strtoull(optarg, NULL, 10);
        } else if (option == 'n') {
            options.calls = strtoul(optarg, NULL, 10);
        } else {
            return false;
        }
    }
    return optind == argc;
}

int main(int argc, char **argv)
{
    unsigned long succeeded[STATEMENTS] = {0};
    unsigned long wrong = 0;

    if (!parse(argc, argv)) {
        fputs("usage: reference [--seed N] [--calls N]\n", stderr);
        return 2;
    }
    printf("seed %llu\n", (unsigned long long) options.seed);
    for (unsigned s = 0; s < STORES; s++) {
        stores[s] = classes[s]->open(PLACES + 1);
        if (stores[s] == NULL) {
            return 2;
        }
    }
    for (unsigned long i = 0; i < options.calls && wrong < 10; i++) {
        wrong += !step(i, succeeded);
    }
    for (unsigned i = 0; i < STATEMENTS; i++) {
        printf("%s: %lu succeeded\n", names[i], succeeded[i]);
        wrong += succeeded[i] == 0;
    }
    for (unsigned s = 0; s < STORES; s++) {
        classes[s]->close(stores[s]);
    }
    return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
