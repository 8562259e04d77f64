/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Init, threads, and the life of keys. */

#include "config.h"

#include "case.h"
#include "shim.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define USAGES                                                                                     \
    (PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_COPY | PSA_KEY_USAGE_SIGN_MESSAGE |                      \
     PSA_KEY_USAGE_VERIFY_MESSAGE | PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT)

static uint8_t material[8000] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

psa_key_attributes_t fault_attributes(psa_key_type_t type, psa_algorithm_t alg,
                                      psa_key_usage_t usages)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_set_key_type(&attributes, type);
    psa_set_key_algorithm(&attributes, alg);
    psa_set_key_usage_flags(&attributes, usages);
    return attributes;
}

psa_key_id_t fault_import(psa_key_type_t type, size_t length, psa_algorithm_t alg)
{
    psa_key_attributes_t attributes = fault_attributes(type, alg, USAGES);
    psa_key_id_t key = 0;

    return psa_import_key(&attributes, material, length, &key) == PSA_SUCCESS ? key : 0;
}

static bool exports(psa_key_id_t key, const uint8_t *expected, size_t length)
{
    static uint8_t output[sizeof material];
    size_t got = 0;

    return psa_export_key(key, output, sizeof output, &got) == PSA_SUCCESS && got == length &&
           (expected == NULL || memcmp(output, expected, length) == 0);
}

/* --- preparing --- */

bool fault_prepare_nothing(struct fault_scene *scene)
{
    (void) scene;
    return true;
}

/* A key of argument bytes. */
static bool prepare_key(struct fault_scene *scene)
{
    scene->key = fault_import(PSA_KEY_TYPE_RAW_DATA, scene->argument, 0);
    return scene->key != 0;
}

bool fault_fill(struct fault_scene *scene, size_t length)
{
    psa_key_id_t key;

    do {
        faults_arm((struct fault_plan){1, true});
        key = fault_import(PSA_KEY_TYPE_RAW_DATA, length, 0);
        faults_disarm();
        scene->extra[scene->extras++] = key;
    } while (key != 0 && scene->extras < FAULT_EXTRAS);
    return key == 0;
}

/* The next key of this size needs memory, by its own size or, if it is small, for its slot. */
static bool prepare_full(struct fault_scene *scene)
{
    return prepare_key(scene) && fault_fill(scene, scene->argument);
}

static void *have_shard(void *argument)
{
    keyshard_shard_t shard = keyshard_self();

    atomic_store((_Atomic keyshard_shard_t *) argument, shard);
    for (;;) {
        pause(); /* the shard is this thread's as long as it lives */
    }
    return NULL;
}

/* A key, and the shard of another thread, in number. */
static bool prepare_other_shard(struct fault_scene *scene)
{
    static _Atomic keyshard_shard_t shard;
    pthread_t thread;

    if (!prepare_key(scene) || pthread_create(&thread, NULL, have_shard, &shard) != 0) {
        return false;
    }
    while (atomic_load(&shard) == 0) {
        sched_yield();
    }
    scene->number = atomic_load(&shard);
    return true;
}

/* --- calls --- */

static psa_status_t call_init(struct fault_scene *scene)
{
    (void) scene;
    return psa_crypto_init();
}

static psa_status_t call_import(struct fault_scene *scene)
{
    psa_key_attributes_t attributes = fault_attributes(PSA_KEY_TYPE_RAW_DATA, 0, USAGES);

    return psa_import_key(&attributes, material, scene->argument, &scene->other);
}

static psa_status_t call_generate(struct fault_scene *scene)
{
    psa_key_attributes_t attributes = fault_attributes(PSA_KEY_TYPE_RAW_DATA, 0, USAGES);

    psa_set_key_bits(&attributes, scene->argument * 8);
    return psa_generate_key(&attributes, &scene->other);
}

static psa_status_t call_copy(struct fault_scene *scene)
{
    psa_key_attributes_t attributes = fault_attributes(0, 0, USAGES);

    return psa_copy_key(scene->key, &attributes, &scene->other);
}

static psa_status_t call_replace(struct fault_scene *scene)
{
    return keyshard_replace_key(scene->key, material + 1, scene->argument);
}

static psa_status_t call_purge(struct fault_scene *scene)
{
    return psa_purge_key(scene->key);
}

static psa_status_t call_restrict(struct fault_scene *scene)
{
    return keyshard_restrict_key(scene->key, PSA_KEY_USAGE_EXPORT);
}

static psa_status_t call_handoff(struct fault_scene *scene)
{
    return keyshard_handoff(scene->key, scene->number);
}

static psa_status_t call_handoff_many(struct fault_scene *scene)
{
    return keyshard_handoff_many(&scene->key, 1, scene->number);
}

static psa_status_t call_handoff_all(struct fault_scene *scene)
{
    keyshard_shard_t from = 0;

    keyshard_owner(scene->key, &from);
    return from == 0 ? PSA_ERROR_INSUFFICIENT_MEMORY : keyshard_handoff_all(from, scene->number);
}

static psa_status_t call_exit_action(struct fault_scene *scene)
{
    (void) scene;
    return keyshard_on_thread_exit(KEYSHARD_EXIT_DESTROY);
}

static psa_status_t call_export(struct fault_scene *scene)
{
    return psa_export_key(scene->key, scene->output, sizeof scene->output, &scene->length);
}

static psa_status_t call_attributes(struct fault_scene *scene)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_status_t status = psa_get_key_attributes(scene->key, &attributes);

    scene->length = psa_get_key_bits(&attributes) / 8;
    return status;
}

static psa_status_t call_owner(struct fault_scene *scene)
{
    return keyshard_owner(scene->key, &scene->number);
}

static psa_status_t call_self(struct fault_scene *scene)
{
    scene->number = keyshard_self();
    return scene->number == 0 ? PSA_ERROR_INSUFFICIENT_MEMORY : PSA_SUCCESS;
}

static int visit(const psa_key_attributes_t *attributes, void *context)
{
    struct fault_scene *scene = context;

    scene->number = psa_get_key_id(attributes);
    return 0;
}

static psa_status_t call_for_each(struct fault_scene *scene)
{
    return keyshard_for_each_key(visit, scene);
}

static psa_status_t call_random(struct fault_scene *scene)
{
    scene->length = 64;
    return psa_generate_random(scene->output, scene->length);
}

/* Nothing of a destruction needs memory: it succeeds at once. */
static psa_status_t call_destroy(struct fault_scene *scene)
{
    psa_status_t status = psa_destroy_key(scene->key);

    scene->other = scene->key;
    return status;
}

static psa_status_t call_destroy_many(struct fault_scene *scene)
{
    psa_status_t status = keyshard_destroy_keys(&scene->key, 1);

    scene->other = scene->key;
    return status;
}

/* --- what must be so after a success --- */

static bool right_init(struct fault_scene *scene)
{
    scene->key = fault_import(PSA_KEY_TYPE_RAW_DATA, 16, 0);
    return exports(scene->key, material, 16);
}

static bool right_import(struct fault_scene *scene)
{
    return exports(scene->other, material, scene->argument);
}

static bool right_generate(struct fault_scene *scene)
{
    return exports(scene->other, NULL, scene->argument);
}

static bool right_copy(struct fault_scene *scene)
{
    return exports(scene->other, material, scene->argument) &&
           exports(scene->key, material, scene->argument);
}

static bool right_replace(struct fault_scene *scene)
{
    return exports(scene->key, material + 1, scene->argument);
}

static bool right_key(struct fault_scene *scene)
{
    return exports(scene->key, material, scene->argument);
}

static bool right_restricted(struct fault_scene *scene)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    return right_key(scene) &&
           psa_get_key_attributes(scene->key, &attributes) == PSA_SUCCESS &&
           psa_get_key_usage_flags(&attributes) == PSA_KEY_USAGE_EXPORT;
}

static bool right_owner(struct fault_scene *scene)
{
    keyshard_shard_t owner = 0;

    return right_key(scene) && keyshard_owner(scene->key, &owner) == PSA_SUCCESS &&
           owner == scene->number;
}

static bool right_export(struct fault_scene *scene)
{
    return scene->length == scene->argument && memcmp(scene->output, material, scene->length) == 0;
}

static bool right_attributes(struct fault_scene *scene)
{
    return scene->length == scene->argument;
}

static bool right_number(struct fault_scene *scene)
{
    return scene->number != 0;
}

static bool right_random(struct fault_scene *scene)
{
    static const uint8_t zeros[64];

    return memcmp(scene->output, zeros, sizeof zeros) != 0;
}

static bool right_destroy(struct fault_scene *scene)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t gone = scene->other;

    scene->key = 0;
    scene->other = 0;
    return psa_get_key_attributes(gone, &attributes) == PSA_ERROR_INVALID_HANDLE;
}

static const struct fault_case cases[] = {
    {"init", fault_prepare_nothing, call_init, right_init, 0,
     FAULT_BEFORE_INIT | FAULT_ENTROPY},
    {"import", fault_prepare_nothing, call_import, right_import, 32, 0},
    {"import_another", prepare_key, call_import, right_import, 32, FAULT_NEEDLESS},
    {"import_in_new_thread", prepare_key, call_import, right_import, 32, FAULT_THREAD},
    {"import_takes_chunk", prepare_full, call_import, right_import, 16, 0},
    {"import_takes_slab", prepare_full, call_import, right_import, 7000, 0},
    {"generate", fault_prepare_nothing, call_generate, right_generate, 32, FAULT_ENTROPY},
    {"generate_in_new_thread", fault_prepare_nothing, call_generate, right_generate, 32,
     FAULT_THREAD | FAULT_ENTROPY},
    {"copy", prepare_key, call_copy, right_copy, 100, FAULT_NEEDLESS},
    {"copy_takes_chunk", prepare_full, call_copy, right_copy, 16, 0},
    {"copy_takes_slab", prepare_full, call_copy, right_copy, 6000, 0},
    {"copy_in_new_thread", prepare_key, call_copy, right_copy, 100, FAULT_THREAD},
    {"replace", prepare_key, call_replace, right_replace, 40, FAULT_NEEDLESS},
    {"replace_takes_slab", prepare_full, call_replace, right_replace, 6000, 0},
    {"replace_in_new_thread", prepare_key, call_replace, right_replace, 40, FAULT_THREAD},
    {"purge_takes_slab", prepare_full, call_purge, right_key, 6000, 0},
    {"purge_in_new_thread", prepare_key, call_purge, right_key, 40, FAULT_THREAD},
    {"restrict", prepare_key, call_restrict, right_restricted, 40, FAULT_NEEDLESS},
    {"restrict_takes_slab", prepare_full, call_restrict, right_restricted, 6000, 0},
    {"restrict_in_new_thread", prepare_key, call_restrict, right_restricted, 40, FAULT_THREAD},
    {"handoff", prepare_other_shard, call_handoff, right_owner, 40, FAULT_NEEDLESS},
    {"handoff_in_new_thread", prepare_other_shard, call_handoff, right_owner, 40, FAULT_THREAD},
    {"handoff_many", prepare_other_shard, call_handoff_many, right_owner, 40,
     FAULT_NEEDLESS},
    {"handoff_many_in_new_thread", prepare_other_shard, call_handoff_many, right_owner, 40,
     FAULT_THREAD},
    {"handoff_all", prepare_other_shard, call_handoff_all, right_owner, 40, FAULT_NEEDLESS},
    {"exit_action_in_new_thread", prepare_key, call_exit_action, right_key, 40, FAULT_THREAD},
    {"export", prepare_key, call_export, right_export, 40, FAULT_NEEDLESS},
    {"export_in_new_thread", prepare_key, call_export, right_export, 40, FAULT_THREAD},
    {"attributes", prepare_key, call_attributes, right_attributes, 40, FAULT_NEEDLESS},
    {"attributes_in_new_thread", prepare_key, call_attributes, right_attributes, 40, FAULT_THREAD},
    {"owner_in_new_thread", prepare_key, call_owner, right_number, 40, FAULT_THREAD},
    {"self_in_new_thread", fault_prepare_nothing, call_self, right_number, 0, FAULT_THREAD},
    {"for_each_in_new_thread", prepare_key, call_for_each, right_number, 16, FAULT_THREAD},
    {"random", fault_prepare_nothing, call_random, right_random, 0, FAULT_ENTROPY},
    {"random_in_new_thread", fault_prepare_nothing, call_random, right_random, 0,
     FAULT_THREAD | FAULT_ENTROPY},
    {"destroy", prepare_key, call_destroy, right_destroy, 40, FAULT_NEEDLESS},
    {"destroy_many", prepare_key, call_destroy_many, right_destroy, 40, FAULT_NEEDLESS},
    {"destroy_many_in_new_thread", prepare_key, call_destroy_many, right_destroy, 40,
     FAULT_THREAD},
    {"destroy_in_new_thread", prepare_key, call_destroy, right_destroy, 40, FAULT_THREAD},
};

const struct fault_suite fault_keys = {cases, sizeof cases / sizeof *cases};
