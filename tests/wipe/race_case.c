/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "wipe/scene.h"
#include "wipe/suites.h"

#include <keyshard/keyshard.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

/* One member ends keys, one after the other, while the others use them. The longer the message the
 * likelier that an operation is under way when its key ends; a short one wins more races at the
 * edges. */
struct race {
    struct scene *scene;
    size_t bytes;
    atomic_uint current;           /* subject that is used now; count at the end */
    atomic_uint uses[SCENE_KEYS];  /* operations that succeeded on each subject */
    atomic_uint wrong;             /* statuses that should not have been */
    unsigned ended;                /* keys that member 0 ended with success */
};

/* Waits until the other members have done so many operations; gives up after some 60 s. */
static void wait_for(const atomic_uint *uses, unsigned count)
{
    for (unsigned i = 0; i < 1000000 && atomic_load(uses) < count; i++) {
        nanosleep(&(struct timespec){ .tv_nsec = 1000 }, NULL);
    }
}

static void use_current(struct race *race)
{
    unsigned current = 0;
    while ((current = atomic_load(&race->current)) < race->scene->count) {
        const struct subject *subject = &race->scene->subjects[current];
        psa_status_t status = wipe_use(subject->kind, subject->id, race->bytes);
        if (status == PSA_SUCCESS) {
            atomic_fetch_add(&race->uses[current], 1);
        } else if (status != PSA_ERROR_INVALID_HANDLE) {
            atomic_fetch_add(&race->wrong, 1);
        }
    }
}

static void destroy_in_turn(void *argument, unsigned member)
{
    struct race *race = argument;
    if (member != 0) {
        use_current(race);
        return;
    }
    for (unsigned i = 0; i < race->scene->count; i++) {
        wait_for(&race->uses[i], CREW);
        race->ended += psa_destroy_key(race->scene->subjects[i].id) == PSA_SUCCESS;
        atomic_store(&race->current, i + 1);
    }
}

static const size_t sizes[] = { 32, WIPE_MESSAGE };

/* Ensures that nothing is left of keys that are destroyed while three threads use them. */
START_TEST(destroyed_in_use)
{
    static struct race race;
    struct scene *scene = scene_new();
    race.scene = scene;
    race.bytes = sizes[_i];
    for (unsigned round = 0; round < 4; round++) {
        scene_import_all(scene);
    }
    crew_do(scene->crew, CREW_ALL, destroy_in_turn, &race);
    scene_search(scene);
    ck_assert_uint_eq(race.ended, scene->count);
    ck_assert_uint_eq(atomic_load(&race.wrong), 0);
    for (unsigned i = 0; i < scene->count; i++) {
        ck_assert_msg(atomic_load(&race.uses[i]) >= CREW, "%s was not used",
                      scene->subjects[i].kind->name);
    }
    scene_require_all_gone(scene, 0);
    scene_end(scene);
}
END_TEST

#define ROTATIONS 6

/* Member 0 gives all keys new material, time after time. */
struct rotation {
    struct scene *scene;
    uint8_t *material;    /* WIPE_MATERIAL bytes for each subject, wiped as they are handed over */
    unsigned keys;        /* subject n is material number n / keys of key n % keys */
    atomic_uint replaced;
    atomic_uint wrong;    /* statuses that should not have been */
    atomic_uint uses;
};

/* Encryption may have been with old material and decryption with new: then it does not fit, and for
 * RSA it may be no number below the new modulus. No other failure may be, for replacement has no
 * gap. */
static bool fits_replacement(const struct wipe_kind *kind, psa_status_t status)
{
    return status == PSA_SUCCESS || status == PSA_ERROR_INVALID_SIGNATURE ||
           status == PSA_ERROR_INVALID_PADDING ||
           (status == PSA_ERROR_INVALID_ARGUMENT && PSA_KEY_TYPE_IS_RSA(kind->type));
}

static void replace_in_turn(void *argument, unsigned member)
{
    struct rotation *rotation = argument;
    unsigned last = rotation->scene->count;
    unsigned n = rotation->keys;
    while ((n = atomic_load(&rotation->replaced) + rotation->keys) < last) {
        const struct subject *subject = &rotation->scene->subjects[n];
        if (member != 0) {
            psa_status_t status = wipe_use(subject->kind, subject->id, 512);
            bool fits = fits_replacement(subject->kind, status);
            atomic_fetch_add(fits ? &rotation->uses : &rotation->wrong, 1);
        } else {
            wait_for(&rotation->uses, 2 * (n - rotation->keys) + CREW);
            uint8_t *material = rotation->material + (size_t) n * WIPE_MATERIAL;
            psa_status_t status = keyshard_replace_key(subject->id, material,
                                                       subject->length);
            explicit_bzero(material, WIPE_MATERIAL);
            atomic_fetch_add(&rotation->wrong, status != PSA_SUCCESS);
            atomic_fetch_add(&rotation->replaced, 1);
        }
    }
}

/* Makes material for ROTATIONS replacements of every key. */
static void prepare_rotation(struct rotation *rotation)
{
    struct scene *scene = rotation->scene;
    uint8_t *page = scene->page;
    rotation->keys = scene->count;
    for (unsigned i = 0; i < ROTATIONS * rotation->keys; i++) {
        const struct subject *subject = &scene->subjects[i % rotation->keys];
        scene->page = rotation->material + (size_t) scene->count * WIPE_MATERIAL;
        unsigned number = scene_material(scene, subject->kind);
        scene->subjects[number].id = subject->id;
    }
    scene->page = page;
}

/* Ensures that nothing is left of material that is replaced while three threads use the keys, and
 * that no operation fails for it. */
START_TEST(replaced_in_use)
{
    static uint8_t material[SCENE_KEYS * WIPE_MATERIAL];
    struct rotation rotation = { .scene = scene_new(), .material = material };
    struct scene *scene = rotation.scene;
    scene_import_all(scene);
    scene_do(scene, 0, CREW_ALL, subject_use, PSA_SUCCESS);
    prepare_rotation(&rotation);
    crew_do(scene->crew, CREW_ALL, replace_in_turn, &rotation);
    scene_search(scene);
    ck_assert_uint_eq(atomic_load(&rotation.wrong), 0);
    ck_assert_uint_eq(atomic_load(&rotation.replaced), ROTATIONS * rotation.keys);
    ck_assert_uint_ge(atomic_load(&rotation.uses), 2 * ROTATIONS * rotation.keys);
    for (unsigned i = 0; i < scene->count; i++) {
        if (i / rotation.keys == ROTATIONS) {
            scene_require_there(scene, i, RAW);
        } else {
            scene_require_gone(scene, i, WIPE_ALL_FORMS);
        }
    }
    scene_destroy(scene, ROTATIONS * rotation.keys, 3);
    scene_end(scene);
}
END_TEST

struct stop {
    struct scene *scene;
    atomic_uint uses;
    atomic_uint wrong;
};

/* Members use all keys until the library says that it is stopped, which member 0 does. */
static void use_until_stopped(void *argument, unsigned member)
{
    struct stop *stop = argument;
    psa_status_t status = PSA_SUCCESS;
    if (member == 0) {
        wait_for(&stop->uses, 1000);
        mbedtls_psa_crypto_free();
        return;
    }
    for (unsigned i = 0; status != PSA_ERROR_BAD_STATE; i = (i + 1) % stop->scene->count) {
        const struct subject *subject = &stop->scene->subjects[i];
        status = wipe_use(subject->kind, subject->id, 512);
        if (status == PSA_SUCCESS) {
            atomic_fetch_add(&stop->uses, 1);
        } else if (status != PSA_ERROR_BAD_STATE && status != PSA_ERROR_INVALID_HANDLE) {
            atomic_fetch_add(&stop->wrong, 1);
        }
    }
}

/* Ensures that nothing is left of any key when the library is stopped while threads use it. */
START_TEST(stopped_in_use)
{
    struct stop stop = { .scene = scene_new() };
    struct scene *scene = stop.scene;
    scene_import_all(scene);
    crew_do(scene->crew, CREW_ALL, use_until_stopped, &stop);
    scene_search(scene);
    ck_assert_uint_eq(atomic_load(&stop.wrong), 0);
    scene_require_all_gone(scene, 0);
    scene_end(scene);
}
END_TEST

TCase *make_race_case(void)
{
    TCase *tcase = tcase_create("races");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, destroyed_in_use, 0, (int) (sizeof sizes / sizeof sizes[0]));
    tcase_add_test(tcase, replaced_in_use);
    tcase_add_test(tcase, stopped_in_use);
    return tcase;
}
