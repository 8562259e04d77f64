/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Calls that are wrong in one way each when an allocation fails; each must be found. */

#include "case.h"

#include <stdlib.h>

static bool prepare(struct fault_scene *scene)
{
    scene->key = fault_import(PSA_KEY_TYPE_RAW_DATA, 16, 0);
    return scene->key != 0;
}

/* What is lost, kept in sight of a sanitizer's leak checker, which is not what is tested. */
void *fault_lost[64];

/* Two allocations, as many calls make. */
static psa_status_t call_leaking(struct fault_scene *scene)
{
    static unsigned count;
    void *first = malloc(100);

    (void) scene;
    if (first == NULL) {
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    }
    void *second = malloc(100);

    if (second == NULL) {
        fault_lost[count++] = first;
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    }
    free(second);
    free(first);
    return PSA_SUCCESS;
}

static psa_status_t call_other_status(struct fault_scene *scene)
{
    void *block = malloc(100);
    psa_status_t status = block == NULL ? PSA_ERROR_GENERIC_ERROR : PSA_SUCCESS;

    (void) scene;
    free(block);
    return status;
}

/* A key that a failed call leaves. */
static psa_status_t call_half_made(struct fault_scene *scene)
{
    psa_key_id_t key = fault_import(PSA_KEY_TYPE_RAW_DATA, 16, 0);
    void *block = malloc(100);
    psa_status_t status = block == NULL ? PSA_ERROR_INSUFFICIENT_MEMORY : PSA_SUCCESS;

    if (block != NULL || key == 0) {
        psa_destroy_key(key);
    } else {
        scene->extra[scene->extras++] = key;
    }
    free(block);
    return status;
}

/* A failure that a success hides: the result is missing. */
static psa_status_t call_ignoring(struct fault_scene *scene)
{
    void *block = malloc(100);

    scene->number = block != NULL;
    free(block);
    return PSA_SUCCESS;
}

/* A key that the failure has destroyed. */
static psa_status_t call_destroying(struct fault_scene *scene)
{
    void *block = malloc(100);
    psa_status_t status = block == NULL ? PSA_ERROR_INSUFFICIENT_MEMORY : PSA_SUCCESS;

    if (block == NULL) {
        psa_destroy_key(scene->key);
    }
    free(block);
    return status;
}

static bool right(struct fault_scene *scene)
{
    (void) scene;
    return true;
}

static bool right_number(struct fault_scene *scene)
{
    return scene->number == 1;
}

static const struct fault_case cases[] = {
    {"leaking", prepare, call_leaking, right, 0, 0},
    {"other_status", prepare, call_other_status, right, 0, 0},
    {"half_made", prepare, call_half_made, right, 0, 0},
    {"ignoring", prepare, call_ignoring, right_number, 0, 0},
    {"destroying", prepare, call_destroying, right, 0, 0},
};

const struct fault_suite fault_wrong = {cases, sizeof cases / sizeof *cases};
