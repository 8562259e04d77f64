/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What the tests of wiping share: idle threads, keys of unique random material, and the search for
 * it.
 *
 * The material of a key is made in one page, its forms are given to the search, one of the threads
 * hands the page to the library, and the page is wiped. From then on the test has no copy. */
#ifndef KS_TESTS_WIPE_SCENE_H
#define KS_TESTS_WIPE_SCENE_H

#include "wipe/crew.h"
#include "wipe/forms.h"
#include "wipe/kinds.h"
#include "wipe/search.h"

#define SCENE_KEYS 512

/* A key, or earlier material of one. */
struct subject {
    const struct wipe_kind *kind;
    psa_key_id_t id;
    size_t length; /* of the material */
    psa_status_t status[CREW]; /* what each member's last task with it gave */
};

struct scene {
    struct crew *crew;
    struct wipe_search *search;
    uint8_t *page;
    struct subject subjects[SCENE_KEYS];
    unsigned count;
};

/* Starts the library and the threads. */
struct scene *scene_new(void);

/* Makes another subject's material in the page, to be looked for; returns its number. */
unsigned scene_material(struct scene *scene, const struct wipe_kind *kind);
void scene_wipe_page(struct scene *scene);

/* Makes a key of this kind, imported by one member. */
unsigned scene_import(struct scene *scene, const struct wipe_kind *kind, unsigned member);

/* Makes one key of every kind, imported by the members in turn. */
void scene_import_all(struct scene *scene);

/* The same without the asymmetric kinds. */
void scene_import_symmetric(struct scene *scene);

/* Gives a subject's key new material, handed over by one member, which becomes the last subject. */
void scene_replace(struct scene *scene, unsigned subject, unsigned member);

/* Looks for material that the library made itself: exports it into the page. */
unsigned scene_adopt(struct scene *scene, const struct wipe_kind *kind, psa_key_id_t id);

/* Has one member, or CREW_ALL, do a task with each subject from first on, which gives expected. */
typedef psa_status_t (*subject_task)(const struct subject *subject);
void scene_do(struct scene *scene, unsigned first, unsigned member, subject_task task,
              psa_status_t expected);

/* Tasks. */
psa_status_t subject_use(const struct subject *subject);
psa_status_t subject_misuse(const struct subject *subject);
psa_status_t subject_purge(const struct subject *subject);
psa_status_t subject_destroy(const struct subject *subject);

/* Searches; then says of one subject or of all from first on what must have been found. */
void scene_search(struct scene *scene);
void scene_require_there(const struct scene *scene, unsigned subject, unsigned forms);
void scene_require_gone(const struct scene *scene, unsigned subject, unsigned forms);
void scene_require_all_gone(const struct scene *scene, unsigned first);

#define RAW (1u << WIPE_RAW)
#define WIPE_ALL_FORMS ((1u << WIPE_FORMS) - 1)

/* Searches; requires of all subjects what the keys hold: once used, their material and what is
 * prepared of it; before that or once purged, the material alone; at their end, nothing. */
void scene_find_all(struct scene *scene);
void scene_find_material(struct scene *scene);
void scene_find_nothing(struct scene *scene);

/* Has one member destroy the keys of the subjects from first on; nothing of any subject may be
 * left. */
void scene_destroy(struct scene *scene, unsigned first, unsigned member);

/* Has every member do a task as the last that it does with a subject, which gives PSA_SUCCESS. The
 * test's own thread destroys the key, so that no call follows in the members, whose stacks it would
 * overwrite; nothing may be left. */
void scene_do_last(struct scene *scene, unsigned subject, crew_task task, void *argument);

/* Stops the library, by a member. */
void scene_stop(struct scene *scene);

/* Ends the threads and stops the library. */
void scene_end(struct scene *scene);

#endif
