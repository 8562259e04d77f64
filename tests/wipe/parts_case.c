/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Multi-part operations: what is left of a key while they stay open and idle, and afterwards. */

#include "wipe/registers.h"
#include "wipe/scene.h"
#include "wipe/suites.h"

#include <keyshard/keyshard.h>
#include <stdbool.h>
#include <string.h>

#define OPENED 512 /* objects of one thread */

struct opened {
    psa_key_id_t key;
    psa_algorithm_t alg;
    union {
        psa_mac_operation_t mac;
        psa_cipher_operation_t cipher;
        psa_aead_operation_t aead;
    } object;
};

static __thread struct opened opened[OPENED];
static __thread unsigned opened_count;
static __thread uint8_t text[256]; /* neither zero nor a secret */
static __thread uint8_t output[256];

static const uint8_t nonce[16] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3 };

/* An object of this thread's for an operation on a key; NULL for a key without operations. */
static struct opened *take(const struct subject *subject)
{
    struct opened *o = &opened[opened_count];

    if (subject->kind->alg == 0 || opened_count == OPENED) {
        return NULL;
    }
    memset(o, 0, sizeof *o);
    memset(text, 'm', sizeof text);
    o->key = subject->id;
    o->alg = subject->kind->alg;
    opened_count++;
    return o;
}

/* How far an operation is brought. */
enum stage { SET_UP, UNDER_WAY, FINISHED, FAILED };

static psa_status_t bring_mac(struct opened *o, bool forward, enum stage stage)
{
    psa_status_t status = forward ? psa_mac_sign_setup(&o->object.mac, o->key, o->alg)
                                  : psa_mac_verify_setup(&o->object.mac, o->key, o->alg);
    size_t length;

    if (status == PSA_SUCCESS && stage != SET_UP) {
        status = psa_mac_update(&o->object.mac, text, 37);
    }
    if (status == PSA_SUCCESS && stage == FINISHED) {
        status = forward ? psa_mac_sign_finish(&o->object.mac, output, sizeof output, &length)
                         : psa_mac_abort(&o->object.mac);
    } else if (status == PSA_SUCCESS && stage == FAILED) {
        status = forward ? psa_mac_sign_finish(&o->object.mac, output, 1, &length)
                         : psa_mac_verify_finish(&o->object.mac, text, 16);
        status = status != PSA_SUCCESS ? PSA_SUCCESS : PSA_ERROR_GENERIC_ERROR;
    }
    return status;
}

static psa_status_t bring_cipher(struct opened *o, psa_key_type_t type, bool forward,
                                 enum stage stage)
{
    size_t iv = PSA_CIPHER_IV_LENGTH(type, o->alg);
    psa_status_t status = forward ? psa_cipher_encrypt_setup(&o->object.cipher, o->key, o->alg)
                                  : psa_cipher_decrypt_setup(&o->object.cipher, o->key, o->alg);
    size_t length;

    if (status == PSA_SUCCESS && stage != SET_UP && iv != 0) {
        status = psa_cipher_set_iv(&o->object.cipher, nonce, iv);
    }
    if (status == PSA_SUCCESS && stage != SET_UP) {
        status = psa_cipher_update(&o->object.cipher, text, 37, output, sizeof output, &length);
    }
    if (status == PSA_SUCCESS && stage == FINISHED) {
        status = psa_cipher_update(&o->object.cipher, text, 11, output, sizeof output, &length);
        if (status == PSA_SUCCESS) { /* of padding that is wrong, too */
            (void) psa_cipher_finish(&o->object.cipher, output, sizeof output, &length);
        }
    } else if (status == PSA_SUCCESS && stage == FAILED) {
        status = psa_cipher_update(&o->object.cipher, text, 37, output, 2, &length);
        status = status != PSA_SUCCESS ? PSA_SUCCESS : PSA_ERROR_GENERIC_ERROR;
    }
    return status;
}

static psa_status_t bring_aead(struct opened *o, bool forward, enum stage stage)
{
    psa_aead_operation_t *aead = &o->object.aead;
    psa_status_t status = forward ? psa_aead_encrypt_setup(aead, o->key, o->alg)
                                  : psa_aead_decrypt_setup(aead, o->key, o->alg);
    size_t length;
    size_t tag_length;

    if (status == PSA_SUCCESS && stage != SET_UP) {
        status = psa_aead_set_lengths(aead, 20, 37);
        if (status == PSA_SUCCESS) {
            status = psa_aead_set_nonce(aead, nonce, 12);
        }
        if (status == PSA_SUCCESS) {
            status = psa_aead_update_ad(aead, text, 20);
        }
        if (status == PSA_SUCCESS) {
            status = psa_aead_update(aead, text, 37, output, sizeof output, &length);
        }
    }
    if (status == PSA_SUCCESS && stage >= FINISHED && forward && stage == FINISHED) {
        status = psa_aead_finish(aead, output, 16, &length, output + 16, 16, &tag_length);
    } else if (status == PSA_SUCCESS && stage >= FINISHED) {
        status = forward ? psa_aead_update(aead, text, 1, output, sizeof output, &length)
                         : psa_aead_verify(aead, output, 16, &length, text, 16);
        status = status != PSA_SUCCESS ? PSA_SUCCESS : PSA_ERROR_GENERIC_ERROR;
    }
    return status;
}

static psa_status_t bring(const struct subject *subject, bool forward, enum stage stage)
{
    struct opened *o = take(subject);

    if (o == NULL) {
        return PSA_SUCCESS;
    }
    if (PSA_ALG_IS_MAC(o->alg)) {
        return bring_mac(o, forward, stage);
    }
    if (PSA_ALG_IS_AEAD(o->alg)) {
        return bring_aead(o, forward, stage);
    }
    return bring_cipher(o, subject->kind->type, forward, stage);
}

/* Opens operations of both directions, in the middle of a message, and leaves them. */
static psa_status_t subject_open(const struct subject *subject)
{
    psa_status_t status = bring(subject, true, UNDER_WAY);

    return status == PSA_SUCCESS ? bring(subject, false, UNDER_WAY) : status;
}

static psa_status_t subject_open_and_end(const struct subject *subject)
{
    psa_status_t status = PSA_SUCCESS;

    for (int way = 0; way < 4 && status == PSA_SUCCESS; way++) {
        status = bring(subject, way % 2 == 0, way < 2 ? FINISHED : FAILED);
        opened_count -= subject->kind->alg != 0; /* the object is as initialised */
    }
    return status;
}

/* One more call on everything that the thread opened on the key. */
static psa_status_t subject_go_on(const struct subject *subject)
{
    psa_status_t status = PSA_SUCCESS;

    for (unsigned i = 0; i < opened_count; i++) {
        struct opened *o = &opened[i];
        size_t length;

        if (o->key != subject->id) {
            continue;
        }
        if (PSA_ALG_IS_MAC(o->alg)) {
            status = psa_mac_update(&o->object.mac, text, 1);
        } else if (PSA_ALG_IS_AEAD(o->alg)) {
            status = psa_aead_update(&o->object.aead, text, 0, output, 16, &length);
        } else {
            status = psa_cipher_update(&o->object.cipher, text, 1, output, 32, &length);
        }
        if (status != PSA_ERROR_BAD_STATE) {
            return PSA_ERROR_GENERIC_ERROR;
        }
    }
    return PSA_SUCCESS;
}

static psa_status_t subject_abort(const struct subject *subject)
{
    psa_status_t status = PSA_SUCCESS;

    for (unsigned i = 0; i < opened_count && status == PSA_SUCCESS; i++) {
        struct opened *o = &opened[i];

        if (o->key == subject->id) {
            status = PSA_ALG_IS_MAC(o->alg)    ? psa_mac_abort(&o->object.mac)
                     : PSA_ALG_IS_AEAD(o->alg) ? psa_aead_abort(&o->object.aead)
                                               : psa_cipher_abort(&o->object.cipher);
            o->key = 0;
        }
    }
    return status;
}

/* Every thread has open operations on a key of every kind, which hold all that is found: the
 * prepared contexts are purged. */
static struct scene *open_scene(void)
{
    struct scene *scene = scene_new();

    scene_import_symmetric(scene);
    scene_do(scene, 0, CREW_ALL, subject_open, PSA_SUCCESS);
    scene_do(scene, 0, 0, subject_purge, PSA_SUCCESS);
    scene_find_all(scene); /* CCM holds what CTR does; the rest is as in prepared contexts */
    return scene;
}

/* Ensures that nothing is left of a destroyed key while its operations stay open and idle, for
 * ever, in threads that do nothing more. */
START_TEST(destroyed_while_open)
{
    struct scene *scene = open_scene();
    scene_destroy(scene, 0, 2);
    scene_do(scene, 0, CREW_ALL, subject_go_on, PSA_SUCCESS);
    scene_find_nothing(scene);
    scene_do(scene, 0, CREW_ALL, subject_abort, PSA_SUCCESS);
    scene_end(scene);
}
END_TEST

/* Ensures the same of material that is replaced. */
START_TEST(replaced_while_open)
{
    struct scene *scene = open_scene();
    unsigned keys = scene->count;
    for (unsigned i = 0; i < keys; i++) {
        scene_replace(scene, i, i % CREW);
    }
    scene_search(scene);
    for (unsigned i = 0; i < keys; i++) {
        scene_require_gone(scene, i, WIPE_ALL_FORMS);
        scene_require_there(scene, keys + i, RAW);
    }
    scene_do(scene, keys, CREW_ALL, subject_go_on, PSA_SUCCESS);
    scene_do(scene, keys, CREW_ALL, subject_abort, PSA_SUCCESS);
    scene_end(scene);
}
END_TEST

/* Ensures that freeing the library leaves nothing of operations. */
START_TEST(stopped_while_open)
{
    struct scene *scene = open_scene();
    scene_stop(scene);
    scene_find_nothing(scene);
    scene_do(scene, 0, CREW_ALL, subject_go_on, PSA_SUCCESS);
    scene_do(scene, 0, CREW_ALL, subject_abort, PSA_SUCCESS);
    scene_end(scene);
}
END_TEST

/* Ensures that operations which were finished, aborted or failed leave nothing, while their key
 * goes on; and that those of threads that have ended stay, and go with the key. */
START_TEST(ended)
{
    struct scene *scene = scene_new();
    scene_import_symmetric(scene);
    scene_do(scene, 0, CREW_ALL, subject_open_and_end, PSA_SUCCESS);
    scene_do(scene, 0, 0, subject_purge, PSA_SUCCESS);
    scene_find_material(scene);
    scene_do(scene, 0, CREW_ALL, subject_open, PSA_SUCCESS);
    crew_end(scene->crew);
    scene_find_all(scene);
    scene->crew = crew_new();
    scene_destroy(scene, 0, 3);
    scene_end(scene);
}
END_TEST

struct last {
    struct subject *subject;
    bool forward;
};

/* Each member brings an operation to another stage, and does nothing after it. */
static void bring_last(void *argument, unsigned member)
{
    const struct last *last = argument;
    struct subject *subject = last->subject;

    subject->status[member] = bring(subject, last->forward, (enum stage) member);
    wipe_save_registers();
}

_Static_assert(CREW == FAILED + 1, "a member for each stage");

/* Ensures that nothing is left of a key by the last call that a thread makes on an operation: on
 * its stack, in registers, or in the operation. */
START_TEST(last_call)
{
    struct scene *scene = scene_new();
    for (int forward = 0; forward < 2; forward++) {
        unsigned number = scene_import(scene, &wipe_kinds[_i], 3);
        struct last last = { &scene->subjects[number], forward };
        scene_do_last(scene, number, bring_last, &last);
    }
    scene_end(scene);
}
END_TEST

TCase *make_parts_case(void)
{
    TCase *tcase = tcase_create("parts");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, destroyed_while_open);
    tcase_add_test(tcase, replaced_while_open);
    tcase_add_test(tcase, stopped_while_open);
    tcase_add_test(tcase, ended);
    tcase_add_loop_test(tcase, last_call, 0, (int) wipe_symmetric_count);
    return tcase;
}
