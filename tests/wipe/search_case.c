/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "wipe/scene.h"
#include "wipe/suites.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PLANTED 32
#define ROOM 8192

static uint8_t in_data[ROOM] = { 1 };
static __thread uint8_t in_thread[ROOM];

struct plant {
    const uint8_t *material;
    size_t length;
    uint8_t *heap;
    uint8_t *mapping;
};

/* Leaves a copy where its frame was. */
__attribute__((noinline)) static void leave_on_stack(const uint8_t *material, size_t length)
{
    uint8_t frame[ROOM];
    memset(frame, 1, sizeof frame);
    memcpy(frame + 201, material, length);
    __asm__ volatile("" : : "r"(frame) : "memory");
}

static void put(uint8_t *place, const struct plant *plant)
{
    memcpy(place, plant->material, plant->length);
    __asm__ volatile("" : : "r"(place) : "memory");
}

static void plant_stack(void *argument, unsigned member)
{
    const struct plant *plant = argument;
    (void) member;
    leave_on_stack(plant->material, plant->length);
}

static void unplant_stack(void *argument, unsigned member)
{
    (void) argument;
    (void) member;
    wipe_own_traces();
}

static void plant_thread(void *argument, unsigned member)
{
    (void) member;
    put(in_thread + 77, argument);
}

static void unplant_thread(void *argument, unsigned member)
{
    (void) argument;
    (void) member;
    explicit_bzero(in_thread, sizeof in_thread);
}

static void plant_data(void *argument, unsigned member)
{
    (void) member;
    put(in_data + 1003, argument);
}

static void unplant_data(void *argument, unsigned member)
{
    (void) argument;
    (void) member;
    explicit_bzero(in_data, sizeof in_data);
}

static void plant_heap(void *argument, unsigned member)
{
    struct plant *plant = argument;
    (void) member;
    plant->heap = malloc(ROOM);
    if (plant->heap != NULL) {
        put(plant->heap + 5, plant);
    }
}

static void unplant_heap(void *argument, unsigned member)
{
    struct plant *plant = argument;
    (void) member;
    explicit_bzero(plant->heap, ROOM);
    free(plant->heap);
}

static void plant_mapping(void *argument, unsigned member)
{
    struct plant *plant = argument;
    (void) member;
    put(plant->mapping + 4096 - plant->length, plant);
}

static void unplant_mapping(void *argument, unsigned member)
{
    struct plant *plant = argument;
    (void) member;
    explicit_bzero(plant->mapping, 4096);
}

static const struct {
    const char *name;
    crew_task plant;
    crew_task unplant;
} places[] = {
    { "stack of an idle thread", plant_stack, unplant_stack },
    { "thread-local variable", plant_thread, unplant_thread },
    { "static variable", plant_data, unplant_data },
    { "heap of another thread", plant_heap, unplant_heap },
    { "last bytes of a mapping between guard pages", plant_mapping, unplant_mapping },
};

static uint8_t *guarded_page(void)
{
    uint8_t *pages = mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(pages, MAP_FAILED);
    ck_assert_int_eq(mprotect(pages + 4096, 4096, PROT_READ | PROT_WRITE), 0);
    return pages + 4096;
}

/* Ensures that the search finds a copy, whole or 8 bytes of it, wherever it stands. */
START_TEST(planted)
{
    static const struct wipe_kind kind = { .name = "planted", .type = PSA_KEY_TYPE_RAW_DATA,
                                           .length = PLANTED };
    struct scene *scene = scene_new();
    uint8_t *mapping = guarded_page();
    for (unsigned i = 0; i < 2; i++) {
        size_t length = i == 0 ? PLANTED : 8;
        unsigned subject = scene_material(scene, &kind);
        struct plant plant = { scene->page + (i == 0 ? 0 : 13), length, NULL, mapping };
        crew_do(scene->crew, 2, places[_i].plant, &plant);
        scene_wipe_page(scene);
        scene_search(scene);
        unsigned found = wipe_search_found(scene->search, subject, WIPE_RAW);
        ck_assert_msg(found >= length - 7, "%s: %u windows", places[_i].name, found);
        crew_do(scene->crew, 2, places[_i].unplant, &plant);
        scene_search(scene);
        scene_require_gone(scene, subject, WIPE_ALL_FORMS);
    }
    munmap(mapping - 4096, 3 * 4096);
    scene_end(scene);
}
END_TEST

/* Ensures that making material and looking for it leaves no copy behind, so that what is found
 * later was left by the library. */
START_TEST(nothing_of_ours)
{
    struct scene *scene = scene_new();
    for (unsigned i = 0; i < wipe_kind_count; i++) {
        scene_material(scene, &wipe_kinds[i]);
    }
    scene_search(scene);
    scene_require_there(scene, scene->count - 1, RAW); /* the last one, in the page */
    scene_wipe_page(scene);
    scene_find_nothing(scene);
    ck_assert_uint_gt(wipe_search_bytes(scene->search), 1 << 20);
    scene_end(scene);
}
END_TEST

TCase *make_search_case(void)
{
    TCase *tcase = tcase_create("search");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, planted, 0, (int) (sizeof places / sizeof places[0]));
    tcase_add_test(tcase, nothing_of_ours);
    return tcase;
}
