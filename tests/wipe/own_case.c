/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Keys that no thread but their owner's has used, which end without a grace period; keys that were
 * handed over, restricted, destroyed together, or that end with their thread. */

#include "wipe/scene.h"
#include "wipe/suites.h"

#include <keyshard/keyshard.h>

/* A task that each member does with the subjects that it has imported (scene_import_all). */
struct own_round {
    struct scene *scene;
    unsigned step; /* the member after the next so many does it, 0: the importer itself */
    subject_task task;
};

static void do_own(void *argument, unsigned member)
{
    const struct own_round *round = argument;
    for (unsigned i = 0; i < round->scene->count; i++) {
        struct subject *subject = &round->scene->subjects[i];
        if ((i + round->step) % CREW == member) {
            subject->status[member] = round->task(subject);
        }
    }
}

static void scene_do_own(struct scene *scene, unsigned step, subject_task task)
{
    struct own_round round = { scene, step, task };
    crew_do(scene->crew, CREW_ALL, do_own, &round);
    for (unsigned i = 0; i < scene->count; i++) {
        ck_assert_msg(scene->subjects[i].status[(i + step) % CREW] == PSA_SUCCESS,
                      "%s gave status %d", scene->subjects[i].kind->name,
                      (int) scene->subjects[i].status[(i + step) % CREW]);
    }
}

static keyshard_stats_t stats(void)
{
    keyshard_stats_t now;
    ck_assert_int_eq(keyshard_get_stats(&now, sizeof now), PSA_SUCCESS);
    return now;
}

/* One key of every kind, used by its importer alone; shows that all of it is found. */
static struct scene *own_scene(void)
{
    struct scene *scene = scene_new();
    scene_import_all(scene);
    scene_do_own(scene, 0, subject_use);
    scene_find_all(scene);
    return scene;
}

/* Ensures that nothing is left of keys that their owner's thread destroys at once. */
START_TEST(destroyed_at_once)
{
    struct scene *scene = own_scene();
    uint64_t before = stats().grace_periods;
    scene_do_own(scene, 0, subject_destroy);
    ck_assert_uint_eq(stats().grace_periods, before);
    ck_assert_uint_eq(stats().objects_in_limbo, scene->count);
    scene_find_nothing(scene);
    scene_end(scene);
}
END_TEST

/* What is handed over is received by the next member. */
static keyshard_shard_t shards[CREW];

static void say_shard(void *argument, unsigned member)
{
    (void) argument;
    shards[member] = keyshard_self();
}

static psa_status_t subject_hand_on(const struct subject *subject)
{
    keyshard_shard_t self = keyshard_self();
    unsigned member = 0;
    while (shards[member] != self) {
        member++;
    }
    return keyshard_handoff(subject->id, shards[(member + 1) % CREW]);
}

/* Ensures that nothing is left, with the old owner either, of keys that are handed over unseen and
 * destroyed at once by the new owner. */
START_TEST(handed_and_destroyed_at_once)
{
    struct scene *scene = own_scene();
    crew_do(scene->crew, CREW_ALL, say_shard, NULL);
    uint64_t before = stats().grace_periods;
    scene_do_own(scene, 0, subject_hand_on);
    scene_find_all(scene);
    scene_do_own(scene, 1, subject_destroy);
    ck_assert_uint_eq(stats().grace_periods, before);
    scene_find_nothing(scene);
    scene_end(scene);
}
END_TEST

/* Ensures that nothing is left of keys that go round, are used by all, and are destroyed by one. */
START_TEST(handed_and_used)
{
    struct scene *scene = own_scene();
    crew_do(scene->crew, CREW_ALL, say_shard, NULL);
    for (unsigned step = 0; step < CREW; step++) {
        scene_do_own(scene, step, subject_hand_on);
        scene_do(scene, 0, CREW_ALL, subject_use, PSA_SUCCESS);
    }
    scene_destroy(scene, 0, 2);
    scene_end(scene);
}
END_TEST

static psa_status_t subject_restrict(const struct subject *subject)
{
    return keyshard_restrict_key(subject->id, PSA_KEY_USAGE_EXPORT);
}

/* Ensures that a restriction leaves one copy of the material and nothing that was prepared, and the
 * destruction that follows nothing at all; by the owner alone and after all have used the key. */
START_TEST(restricted)
{
    struct scene *scene = own_scene();
    if (_i == 0) {
        scene_do_own(scene, 0, subject_restrict);
    } else {
        scene_do(scene, 0, CREW_ALL, subject_use, PSA_SUCCESS);
        scene_do(scene, 0, 3, subject_restrict, PSA_SUCCESS);
    }
    scene_find_material(scene);
    scene_do_own(scene, 0, subject_destroy);
    scene_find_nothing(scene);
    scene_end(scene);
}
END_TEST

struct destruction {
    struct scene *scene;
    psa_status_t status;
};

static void destroy_all(void *argument, unsigned member)
{
    struct destruction *destruction = argument;
    psa_key_id_t ids[SCENE_KEYS];
    (void) member;
    for (unsigned i = 0; i < destruction->scene->count; i++) {
        ids[i] = destruction->scene->subjects[i].id;
    }
    destruction->status = keyshard_destroy_keys(ids, destruction->scene->count);
}

/* Ensures that nothing is left of keys that are destroyed by one call, some of them the caller's
 * own and unseen, others used by all. */
START_TEST(destroyed_together)
{
    struct scene *scene = own_scene();
    scene_import_all(scene);
    scene_do(scene, scene->count / 2, CREW_ALL, subject_use, PSA_SUCCESS);
    uint64_t before = stats().grace_periods;
    struct destruction destruction = { scene, PSA_ERROR_GENERIC_ERROR };
    crew_do(scene->crew, 1, destroy_all, &destruction);
    ck_assert_int_eq(destruction.status, PSA_SUCCESS);
    ck_assert_uint_eq(stats().grace_periods - before, 1);
    scene_find_nothing(scene);
    scene_end(scene);
}
END_TEST

static void destroy_at_exit(void *argument, unsigned member)
{
    (void) argument;
    (void) member;
    keyshard_on_thread_exit(KEYSHARD_EXIT_DESTROY);
}

/* Ensures that nothing is left of keys that end with their owners' threads, used by their owners
 * alone or by all. */
START_TEST(ended_with_threads)
{
    struct scene *scene = own_scene();
    crew_do(scene->crew, CREW_ALL, destroy_at_exit, NULL);
    if (_i == 1) {
        scene_do(scene, 0, CREW_ALL, subject_use, PSA_SUCCESS);
    }
    crew_end(scene->crew);
    ck_assert_uint_eq(stats().keys, 0);
    scene_find_nothing(scene);
    scene->crew = crew_new();
    scene_end(scene);
}
END_TEST

TCase *make_own_case(void)
{
    TCase *tcase = tcase_create("own");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, destroyed_at_once);
    tcase_add_test(tcase, handed_and_destroyed_at_once);
    tcase_add_test(tcase, handed_and_used);
    tcase_add_loop_test(tcase, restricted, 0, 2);
    tcase_add_test(tcase, destroyed_together);
    tcase_add_loop_test(tcase, ended_with_threads, 0, 2);
    return tcase;
}
