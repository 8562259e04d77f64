/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "wipe/scene.h"
#include "wipe/suites.h"

#include <keyshard/keyshard.h>
#include <stdbool.h>

struct attempt {
    const uint8_t *page;
    const struct wipe_kind *kind;
    size_t length;
    psa_key_id_t id;
    unsigned succeeded; /* bit i: the attempt i, which must fail, did not */
};

/* Attempts imports of good material that must fail, seen before it is read and after. */
static void import_badly(void *argument, unsigned member)
{
    struct attempt *attempt = argument;
    size_t length = attempt->length;
    (void) member;
    for (unsigned i = 0; i < 4; i++) {
        psa_key_attributes_t attributes = wipe_attributes(attempt->kind);
        psa_key_id_t id = 0;
        if (i == 0) {
            psa_set_key_bits(&attributes, 8 * length + 64);
        } else if (i == 1) {
            psa_set_key_lifetime(&attributes, 0x00ff0000u);
        } else if (i == 2) {
            psa_set_key_usage_flags(&attributes, 0x80000000u);
        } else {
            psa_set_key_type(&attributes, PSA_KEY_TYPE_NONE);
        }
        attempt->succeeded |= (unsigned) (psa_import_key(&attributes, attempt->page, length, &id) ==
                                          PSA_SUCCESS) << i;
    }
}

/* Ensures that imports that fail leave nothing. */
START_TEST(bad_imports)
{
    struct scene *scene = scene_new();
    for (unsigned i = 0; i < wipe_kind_count; i++) {
        unsigned number = scene_material(scene, &wipe_kinds[i]);
        struct attempt attempt = { .page = scene->page, .kind = &wipe_kinds[i],
                                   .length = scene->subjects[number].length };
        crew_do(scene->crew, i % CREW, import_badly, &attempt);
        scene_wipe_page(scene);
        ck_assert_msg(attempt.succeeded == 0, "%s: attempts %#x succeeded", wipe_kinds[i].name,
                      attempt.succeeded);
    }
    scene_find_nothing(scene);
    scene_end(scene);
}
END_TEST

static bool has_fixed_sizes(const struct wipe_kind *kind)
{
    return kind->type == PSA_KEY_TYPE_AES || kind->type == PSA_KEY_TYPE_DES ||
           kind->type == PSA_KEY_TYPE_CHACHA20 || kind->bits != 0;
}

/* Attempts to create keys and to replace one by material that is too short by a byte. */
static void use_short_material(void *argument, unsigned member)
{
    struct attempt *attempt = argument;
    size_t length = attempt->length - 1;
    psa_key_attributes_t attributes = wipe_attributes(attempt->kind);
    psa_key_id_t id = 0;
    (void) member;
    attempt->succeeded =
        psa_import_key(&attributes, attempt->page, length, &id) == PSA_SUCCESS ||
        keyshard_replace_key(attempt->id, attempt->page, length) == PSA_SUCCESS;
}

/* Ensures that material that does not fit leaves nothing, and that the key stays as it was. */
START_TEST(bad_replacements)
{
    struct scene *scene = scene_new();
    scene_import_all(scene);
    unsigned keys = scene->count;
    scene_do(scene, 0, CREW_ALL, subject_use, PSA_SUCCESS);
    for (unsigned i = 0; i < keys; i++) {
        if (has_fixed_sizes(&wipe_kinds[i])) {
            unsigned number = scene_material(scene, &wipe_kinds[i]);
            struct attempt attempt = { .page = scene->page, .kind = &wipe_kinds[i],
                                       .length = scene->subjects[number].length,
                                       .id = scene->subjects[i].id };
            crew_do(scene->crew, i % CREW, use_short_material, &attempt);
            scene_wipe_page(scene);
            ck_assert_msg(attempt.succeeded == 0, "%s", wipe_kinds[i].name);
        }
    }
    ck_assert_uint_gt(scene->count, keys + 10);
    scene_search(scene);
    scene_require_all_gone(scene, keys);
    for (unsigned i = 0; i < keys; i++) {
        scene_require_there(scene, i, RAW);
    }
    scene->count = keys;
    scene_do(scene, 0, CREW_ALL, subject_use, PSA_SUCCESS);
    scene_destroy(scene, 0, 0);
    scene_end(scene);
}
END_TEST

/* Ensures that operations that fail leave nothing, in any thread. */
START_TEST(misused)
{
    struct scene *scene = scene_new();
    scene_import_all(scene);
    scene_do(scene, 0, CREW_ALL, subject_misuse, PSA_SUCCESS);
    scene_destroy(scene, 0, 0);
    scene_end(scene);
}
END_TEST

struct copying {
    struct scene *scene;
    psa_key_id_t copies[SCENE_KEYS];
    psa_status_t status;
};

static void copy_all(void *argument, unsigned member)
{
    struct copying *copying = argument;
    (void) member;
    copying->status = PSA_SUCCESS;
    for (unsigned i = 0; i < copying->scene->count && copying->status == PSA_SUCCESS; i++) {
        const struct subject *subject = &copying->scene->subjects[i];
        psa_key_attributes_t attributes = wipe_attributes(subject->kind);
        copying->status = psa_copy_key(subject->id, &attributes, &copying->copies[i]);
    }
}

/* Ensures that a copy is a key of its own: the material stays until both are destroyed. */
START_TEST(copied)
{
    static struct copying copying;
    struct scene *scene = scene_new();
    copying.scene = scene;
    scene_import_all(scene);
    crew_do(scene->crew, 2, copy_all, &copying);
    ck_assert_int_eq(copying.status, PSA_SUCCESS);
    scene_do(scene, 0, CREW_ALL, subject_use, PSA_SUCCESS);
    scene_do(scene, 0, 1, subject_destroy, PSA_SUCCESS);
    scene_find_material(scene);
    for (unsigned i = 0; i < scene->count; i++) {
        scene->subjects[i].id = copying.copies[i];
    }
    scene_do(scene, 0, CREW_ALL, subject_use, PSA_SUCCESS);
    scene_destroy(scene, 0, 3);
    scene_end(scene);
}
END_TEST

TCase *make_failure_case(void)
{
    TCase *tcase = tcase_create("failures");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, bad_imports);
    tcase_add_test(tcase, bad_replacements);
    tcase_add_test(tcase, misused);
    tcase_add_test(tcase, copied);
    return tcase;
}
