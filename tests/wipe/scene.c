/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "wipe/registers.h"
#include "wipe/scene.h"
#include "wipe/asymmetric.h"
#include "wipe/numbers.h"

#include <check.h>
#include <keyshard/keyshard.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

struct scene *scene_new(void)
{
    struct scene *scene = calloc(1, sizeof *scene);
    ck_assert_msg(scene != NULL, "out of memory");
    scene->page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(scene->page, MAP_FAILED);
    scene->search = wipe_search_new(SCENE_KEYS);
    ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
    wipe_numbers_begin();
    scene->crew = crew_new();
    return scene;
}

void scene_end(struct scene *scene)
{
    if (scene->crew != NULL) {
        crew_end(scene->crew);
    }
    mbedtls_psa_crypto_free();
    wipe_search_free(scene->search);
    munmap(scene->page, 4096);
    free(scene);
}

void scene_wipe_page(struct scene *scene)
{
    explicit_bzero(scene->page, 4096);
}

static unsigned new_subject(struct scene *scene, const struct wipe_kind *kind, size_t length)
{
    ck_assert_uint_lt(scene->count, SCENE_KEYS);
    unsigned number = scene->count++;
    struct subject *subject = &scene->subjects[number];
    subject->kind = kind;
    subject->length = length;
    wipe_forms_add(scene->search, number, kind, scene->page, length);
    return number;
}

unsigned scene_material(struct scene *scene, const struct wipe_kind *kind)
{
    ck_assert_uint_le(kind->length, WIPE_MATERIAL);
    if (wipe_is_asymmetric(kind)) {
        return new_subject(scene, kind, wipe_numbers_make(kind, scene->page));
    }
    ck_assert_int_eq(getrandom(scene->page, kind->length, 0), (ssize_t) kind->length);
    return new_subject(scene, kind, kind->length);
}

struct transfer {
    struct scene *scene;
    struct subject *subject;
    psa_status_t status;
};

static void import(void *argument, unsigned member)
{
    (void) member;
    struct transfer *transfer = argument;
    struct subject *subject = transfer->subject;
    psa_key_attributes_t attributes = wipe_attributes(subject->kind);
    transfer->status = psa_import_key(&attributes, transfer->scene->page, subject->length,
                                      &subject->id);
    wipe_save_registers();
}

unsigned scene_import(struct scene *scene, const struct wipe_kind *kind, unsigned member)
{
    unsigned number = scene_material(scene, kind);
    struct transfer transfer = { scene, &scene->subjects[number], PSA_ERROR_GENERIC_ERROR };
    crew_do(scene->crew, member, import, &transfer);
    scene_wipe_page(scene);
    ck_assert_msg(transfer.status == PSA_SUCCESS, "import of %s gave %d", kind->name,
                  (int) transfer.status);
    return number;
}

void scene_import_all(struct scene *scene)
{
    for (unsigned i = 0; i < wipe_kind_count; i++) {
        scene_import(scene, &wipe_kinds[i], i % CREW);
    }
}

void scene_import_symmetric(struct scene *scene)
{
    for (unsigned i = 0; i < wipe_symmetric_count; i++) {
        scene_import(scene, &wipe_kinds[i], i % CREW);
    }
}

static void replace(void *argument, unsigned member)
{
    struct transfer *transfer = argument;
    const struct subject *subject = transfer->subject;
    (void) member;
    transfer->status = keyshard_replace_key(subject->id, transfer->scene->page, subject->length);
}

void scene_replace(struct scene *scene, unsigned subject, unsigned member)
{
    unsigned number = scene_material(scene, scene->subjects[subject].kind);
    struct transfer transfer = { scene, &scene->subjects[number], PSA_ERROR_GENERIC_ERROR };
    scene->subjects[number].id = scene->subjects[subject].id;
    crew_do(scene->crew, member, replace, &transfer);
    scene_wipe_page(scene);
    ck_assert_int_eq(transfer.status, PSA_SUCCESS);
}

struct export {
    uint8_t *page;
    psa_key_id_t id;
    size_t length;
    psa_status_t status;
};

static void export(void *argument, unsigned member)
{
    (void) member;
    struct export *out = argument;
    out->status = psa_export_key(out->id, out->page, 4096, &out->length);
}

unsigned scene_adopt(struct scene *scene, const struct wipe_kind *kind, psa_key_id_t id)
{
    struct export out = { scene->page, id, 0, PSA_ERROR_GENERIC_ERROR };
    crew_do(scene->crew, 0, export, &out);
    ck_assert_int_eq(out.status, PSA_SUCCESS);
    ck_assert(out.length == kind->length || PSA_KEY_TYPE_IS_RSA(kind->type));
    unsigned number = new_subject(scene, kind, out.length);
    scene->subjects[number].id = id;
    scene_wipe_page(scene);
    return number;
}

struct round {
    struct scene *scene;
    unsigned first;
    subject_task task;
};

static void do_round(void *argument, unsigned member)
{
    const struct round *round = argument;
    for (unsigned i = round->first; i < round->scene->count; i++) {
        struct subject *subject = &round->scene->subjects[i];
        subject->status[member] = round->task(subject);
    }
}

void scene_do(struct scene *scene, unsigned first, unsigned member, subject_task task,
              psa_status_t expected)
{
    struct round round = { scene, first, task };
    crew_do(scene->crew, member, do_round, &round);
    for (unsigned i = first; i < scene->count; i++) {
        for (unsigned j = 0; j < CREW; j++) {
            if (member == CREW_ALL || member == j) {
                ck_assert_msg(scene->subjects[i].status[j] == expected,
                              "%s gave status %d instead of %d", scene->subjects[i].kind->name,
                              (int) scene->subjects[i].status[j], (int) expected);
            }
        }
    }
}

psa_status_t subject_use(const struct subject *subject)
{
    return wipe_use(subject->kind, subject->id, 64);
}

psa_status_t subject_misuse(const struct subject *subject)
{
    return wipe_misuse(subject->kind, subject->id);
}

psa_status_t subject_purge(const struct subject *subject)
{
    return psa_purge_key(subject->id);
}

psa_status_t subject_destroy(const struct subject *subject)
{
    return psa_destroy_key(subject->id);
}

void scene_search(struct scene *scene)
{
    wipe_search_run(scene->search);
}

void scene_require_there(const struct scene *scene, unsigned subject, unsigned forms)
{
    for (unsigned form = 0; form < WIPE_FORMS; form++) {
        ck_assert_msg((forms >> form & 1) == 0 ||
                      wipe_search_found(scene->search, subject, form) > 0,
                      "%s: the search does not find the %s of a key that is there",
                      scene->subjects[subject].kind->name, wipe_form_names[form]);
    }
}

/* Writes what was found of a subject to text; returns how long that is. */
static size_t describe(const struct scene *scene, unsigned subject, unsigned forms, char *text,
                       size_t size)
{
    size_t length = 0;
    for (unsigned form = 0; form < WIPE_FORMS && length < size; form++) {
        unsigned found = wipe_search_found(scene->search, subject, form);
        if ((forms >> form & 1) != 0 && found > 0) {
            length += (size_t) snprintf(text + length, size - length,
                                        "\n  %s (%u): %s in %u places, the first at %s",
                                        scene->subjects[subject].kind->name, subject,
                                        wipe_form_names[form], found,
                                        wipe_search_place(scene->search, subject, form));
        }
    }
    return length < size ? length : size;
}

void scene_require_gone(const struct scene *scene, unsigned subject, unsigned forms)
{
    char text[2048] = "";
    ck_assert_msg(describe(scene, subject, forms, text, sizeof text) == 0, "still there:%s", text);
}

void scene_require_all_gone(const struct scene *scene, unsigned first)
{
    char text[4096] = ""; /* Check takes no message of more than 8 KiB */
    size_t length = 0;
    for (unsigned i = first; i < scene->count; i++) {
        length += describe(scene, i, WIPE_ALL_FORMS, text + length, sizeof text - length);
    }
    ck_assert_msg(length == 0, "still there:%s", text);
}

void scene_find_all(struct scene *scene)
{
    scene_search(scene);
    for (unsigned i = 0; i < scene->count; i++) {
        scene_require_there(scene, i, RAW | scene->subjects[i].kind->kept);
    }
}

void scene_find_material(struct scene *scene)
{
    scene_search(scene);
    for (unsigned i = 0; i < scene->count; i++) {
        scene_require_there(scene, i, RAW);
        scene_require_gone(scene, i, WIPE_ALL_FORMS & ~RAW);
    }
}

void scene_find_nothing(struct scene *scene)
{
    scene_search(scene);
    scene_require_all_gone(scene, 0);
}

void scene_destroy(struct scene *scene, unsigned first, unsigned member)
{
    scene_do(scene, first, member, subject_destroy, PSA_SUCCESS);
    scene_find_nothing(scene);
}

void scene_do_last(struct scene *scene, unsigned subject, crew_task task, void *argument)
{
    const struct subject *last = &scene->subjects[subject];
    crew_do(scene->crew, CREW_ALL, task, argument);
    for (unsigned i = 0; i < CREW; i++) {
        ck_assert_int_eq(last->status[i], PSA_SUCCESS);
    }
    ck_assert_int_eq(psa_destroy_key(last->id), PSA_SUCCESS);
    scene_find_nothing(scene);
}

static void stop(void *argument, unsigned member)
{
    (void) argument;
    (void) member;
    mbedtls_psa_crypto_free();
}

void scene_stop(struct scene *scene)
{
    crew_do(scene->crew, 1, stop, NULL);
}
