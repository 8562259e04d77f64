/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "wipe/registers.h"
#include "wipe/scene.h"
#include "wipe/suites.h"

#include <keyshard/keyshard.h>
#include <stdbool.h>
#include <string.h>
#include <urcu/urcu-bp.h>

/* Makes a scene with one key of every kind, used by every thread; shows that all of it is found. */
static struct scene *used_scene(void)
{
    struct scene *scene = scene_new();
    scene_import_all(scene);
    scene_do(scene, 0, CREW_ALL, subject_use, PSA_SUCCESS);
    scene_find_all(scene);
    return scene;
}

/* Ensures that nothing is left of keys that were never used, whoever destroys them. */
START_TEST(never_used)
{
    struct scene *scene = scene_new();
    scene_import_all(scene);
    scene_search(scene);
    for (unsigned i = 0; i < scene->count; i++) {
        scene_require_there(scene, i, RAW);
    }
    scene_destroy(scene, 0, 0);
    scene_end(scene);
}
END_TEST

/* Ensures that nothing is left of keys that every thread used by every operation. */
START_TEST(destroyed)
{
    struct scene *scene = used_scene();
    scene_destroy(scene, 0, 0);
    scene_do(scene, 0, CREW_ALL, subject_use, PSA_ERROR_INVALID_HANDLE);
    scene_find_nothing(scene);
    scene_end(scene);
}
END_TEST

static psa_status_t subject_close(const struct subject *subject)
{
    return psa_close_key(subject->id);
}

/* Ensures that closing a volatile key leaves as little as destroying it. */
START_TEST(closed)
{
    struct scene *scene = used_scene();
    scene_do(scene, 0, 3, subject_close, PSA_SUCCESS);
    scene_find_nothing(scene);
    scene_end(scene);
}
END_TEST

/* Ensures that nothing is left of replaced material, and that the new serves every thread. */
START_TEST(replaced)
{
    struct scene *scene = used_scene();
    unsigned keys = scene->count;
    for (unsigned i = 0; i < keys; i++) {
        scene_replace(scene, i, (i / CREW) % CREW);
    }
    scene_search(scene);
    for (unsigned i = 0; i < keys; i++) {
        scene_require_gone(scene, i, WIPE_ALL_FORMS);
        scene_require_there(scene, keys + i, RAW);
    }
    scene_do(scene, keys, CREW_ALL, subject_use, PSA_SUCCESS);
    scene_search(scene);
    for (unsigned i = 0; i < keys; i++) {
        scene_require_gone(scene, i, WIPE_ALL_FORMS);
        scene_require_there(scene, keys + i, RAW | scene->subjects[i].kind->kept);
    }
    scene_destroy(scene, keys, 1);
    scene_end(scene);
}
END_TEST

/* Ensures that purging drops what was prepared of a key, in every thread, and keeps the key. */
START_TEST(purged)
{
    struct scene *scene = used_scene();
    scene_do(scene, 0, 0, subject_purge, PSA_SUCCESS);
    scene_find_material(scene);
    scene_do(scene, 0, CREW_ALL, subject_use, PSA_SUCCESS);
    scene_destroy(scene, 0, 2);
    scene_end(scene);
}
END_TEST

/* Ensures that stopping the library leaves nothing of any key. */
START_TEST(stopped)
{
    struct scene *scene = used_scene();
    scene_stop(scene);
    scene_find_nothing(scene);
    scene_do(scene, 0, CREW_ALL, subject_use, PSA_ERROR_BAD_STATE);
    scene_end(scene);
}
END_TEST

/* Ensures that a thread that ends takes what it had prepared with it, and that nothing is left of
 * keys that outlive the threads that made and used them. */
START_TEST(threads_ended)
{
    struct scene *scene = used_scene();
    crew_end(scene->crew);
    scene_find_material(scene);
    scene->crew = crew_new();
    scene_destroy(scene, 0, 3);
    scene_end(scene);
}
END_TEST

struct generation {
    const struct wipe_kind *kind;
    psa_key_id_t id;
    psa_status_t status;
};

static void generate(void *argument, unsigned member)
{
    struct generation *generation = argument;
    psa_key_attributes_t attributes = wipe_attributes(generation->kind);
    (void) member;
    psa_set_key_bits(&attributes, generation->kind->bits != 0 ? generation->kind->bits
                                                              : 8 * generation->kind->length);
    generation->status = psa_generate_key(&attributes, &generation->id);
}

static bool can_be_generated(const struct wipe_kind *kind)
{
#ifdef PSA_KEY_TYPE_PASSWORD
    if (kind->type == PSA_KEY_TYPE_PASSWORD) {
        return false;
    }
#endif
    return kind->length <= 64 || kind->bits != 0;
}

/* Ensures that nothing is left of keys that the library generated. */
START_TEST(generated)
{
    struct scene *scene = scene_new();
    for (unsigned i = 0; i < wipe_kind_count; i++) {
        if (can_be_generated(&wipe_kinds[i])) {
            struct generation generation = { &wipe_kinds[i], 0, PSA_ERROR_GENERIC_ERROR };
            crew_do(scene->crew, i % CREW, generate, &generation);
            ck_assert_msg(generation.status == PSA_SUCCESS, "%s: %d", wipe_kinds[i].name,
                          (int) generation.status);
            scene_adopt(scene, &wipe_kinds[i], generation.id);
        }
    }
    scene_do(scene, 0, CREW_ALL, subject_use, PSA_SUCCESS);
    scene_find_all(scene);
    scene_destroy(scene, 0, 1);
    scene_end(scene);
}
END_TEST

struct last {
    struct subject *subject;
    unsigned times;
    bool in_section; /* of the program: no context can be kept there */
};

static void seal(void *argument, unsigned member)
{
    const struct last *last = argument;
    last->subject->status[member] = wipe_seal(last->subject->kind, last->subject->id);
}

/* Each member does another operation, so many times, and nothing after it. */
static void operate(void *argument, unsigned member)
{
    const struct last *last = argument;
    const struct subject *subject = last->subject;
    psa_status_t status = PSA_SUCCESS;
    uint8_t byte = 0;
    if (last->in_section) { /* whose first call may not be in one */
        status = psa_generate_random(&byte, 1);
        urcu_bp_read_lock();
    }
    for (unsigned i = 0; i < last->times && status == PSA_SUCCESS; i++) {
        status = wipe_operate(subject->kind, subject->id, (enum wipe_operation) member);
    }
    wipe_save_registers();
    if (last->in_section) {
        urcu_bp_read_unlock();
    }
    last->subject->status[member] = status;
}

_Static_assert(CREW == WIPE_OPERATIONS, "a member for each operation");

/* Looks for what a last operation leaves, a thread's first with this key or a later one. Other
 * calls, which would overwrite its stack, do not follow. */
static void look_after_last(const struct wipe_kind *kind, bool in_section)
{
    struct scene *scene = scene_new();
    for (unsigned times = 1; times <= 3; times += 2) {
        unsigned number = scene_import(scene, kind, 3);
        struct last last = { &scene->subjects[number], times, in_section };
        crew_do(scene->crew, 3, seal, &last);
        ck_assert_int_eq(last.subject->status[3], PSA_SUCCESS);
        scene_do_last(scene, number, operate, &last);
    }
    scene_end(scene);
}

/* Ensures that nothing is left of a key by the last operation that a thread does. */
START_TEST(last_operation)
{
    look_after_last(&wipe_kinds[_i], false);
}
END_TEST

/* Ensures the same where the operation's context is made for it alone. */
START_TEST(last_operation_alone)
{
    look_after_last(&wipe_kinds[_i], true);
}
END_TEST

#define CROWD 40000

struct crowd {
    psa_key_id_t ids[CROWD];
    psa_status_t status;
};

/* Makes more keys than a shard's budget has room for contexts of, and uses each twice, which makes
 * it room. */
static void make_crowd(void *argument, unsigned member)
{
    struct crowd *crowd = argument;
    const struct wipe_kind *kind = &wipe_kinds[0];
    psa_key_attributes_t attributes = wipe_attributes(kind);
    uint8_t material[32] = { (uint8_t) member };
    crowd->status = PSA_SUCCESS;
    for (unsigned i = 0; i < CROWD && crowd->status == PSA_SUCCESS; i++) {
        memcpy(material + 4, &i, sizeof i);
        crowd->status = psa_import_key(&attributes, material, kind->length, &crowd->ids[i]);
        if (crowd->status == PSA_SUCCESS) {
            crowd->status = wipe_use(kind, crowd->ids[i], 16);
        }
        if (crowd->status == PSA_SUCCESS) {
            crowd->status = wipe_use(kind, crowd->ids[i], 16);
        }
    }
}

/* Ensures that nothing is left of keys whose contexts were dropped for want of room. */
START_TEST(evicted)
{
    static struct crowd crowd;
    struct scene *scene = used_scene();
    keyshard_stats_t stats;
    crew_do(scene->crew, 1, make_crowd, &crowd);
    ck_assert_int_eq(crowd.status, PSA_SUCCESS);
    ck_assert_int_eq(keyshard_get_stats(&stats, sizeof stats), PSA_SUCCESS);
    ck_assert_msg(stats.record_evictions > CROWD / 100, "%lu evictions, %lu bytes",
                  (unsigned long) stats.record_evictions, (unsigned long) stats.record_bytes);
    scene_destroy(scene, 0, 0);
    scene_end(scene);
}
END_TEST

TCase *make_end_case(void)
{
    TCase *tcase = tcase_create("end");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, never_used);
    tcase_add_test(tcase, destroyed);
    tcase_add_test(tcase, closed);
    tcase_add_test(tcase, replaced);
    tcase_add_test(tcase, purged);
    tcase_add_test(tcase, stopped);
    tcase_add_test(tcase, threads_ended);
    tcase_add_test(tcase, generated);
    tcase_add_test(tcase, evicted);
    tcase_add_loop_test(tcase, last_operation, 0, (int) wipe_kind_count);
    tcase_add_loop_test(tcase, last_operation_alone, 0, (int) wipe_symmetric_count);
    return tcase;
}
