/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "cell.h"

#include <sched.h>
#include <string.h>

#define USAGES                                                                                     \
    (PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE | PSA_KEY_USAGE_ENCRYPT |           \
     PSA_KEY_USAGE_DECRYPT | PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_COPY)

static const struct {
    psa_key_type_t type;
    psa_algorithm_t alg;
} families[FAMILIES] = {
    [HMAC] = {PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SHA_256)},
    [CMAC] = {PSA_KEY_TYPE_AES, PSA_ALG_CMAC},
    [GCM] = {PSA_KEY_TYPE_AES, PSA_ALG_GCM},
    [CCM] = {PSA_KEY_TYPE_AES, PSA_ALG_CCM},
    [CHACHA] = {PSA_KEY_TYPE_CHACHA20, PSA_ALG_CHACHA20_POLY1305},
    [CBC] = {PSA_KEY_TYPE_AES, PSA_ALG_CBC_NO_PADDING},
    [CTR] = {PSA_KEY_TYPE_AES, PSA_ALG_CTR},
};

psa_algorithm_t cell_algorithm(const struct cell *cell)
{
    return families[cell->family].alg;
}

void cell_material(const struct cell *cell, uint64_t version, uint8_t material[32])
{
    for (unsigned i = 0; i < 32; i++) {
        material[i] = (uint8_t) (cell->number * 37 + (version % VERSIONS) * 101 + i * 7 + 1);
    }
}

static psa_status_t create(struct cell *cell, uint64_t version, psa_key_id_t *id)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    uint8_t material[32];

    cell_material(cell, version, material);
    psa_set_key_type(&attributes, families[cell->family].type);
    psa_set_key_algorithm(&attributes, cell_algorithm(cell));
    psa_set_key_usage_flags(&attributes, USAGES);
    return psa_import_key(&attributes, material, sizeof material, id);
}

bool cell_open(struct cell *cell, unsigned number)
{
    psa_key_id_t id = 0;

    memset(cell, 0, sizeof *cell);
    pthread_mutex_init(&cell->writer, NULL);
    cell->number = number;
    cell->family = (enum family) (number % FAMILIES);
    for (unsigned v = 0; v < VERSIONS; v++) {
        uint8_t material[32];

        cell_material(cell, v, material);
        cell->expected_length = expect_output(cell->family, material, cell->expected[v]);
    }
    psa_status_t status = create(cell, 0, &id);
    atomic_store(&cell->id, id);
    return status == PSA_SUCCESS;
}

static bool write_replace(struct cell *cell, const char **what)
{
    uint64_t version = atomic_load(&cell->done) + 1;
    uint8_t material[32];

    *what = "replace";
    cell_material(cell, version, material);
    atomic_store(&cell->begun, version);
    psa_status_t status = keyshard_replace_key(atomic_load(&cell->id), material, sizeof material);
    atomic_store(&cell->done, version);
    return status == PSA_SUCCESS;
}

static bool write_again(struct cell *cell, const char **what)
{
    uint64_t version = atomic_load(&cell->done) + 1;
    psa_key_id_t old = atomic_load(&cell->id);
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t id = 0;

    *what = "destroy and create";
    atomic_fetch_add(&cell->epoch, 1);
    bool right = psa_destroy_key(old) == PSA_SUCCESS;
    right = right && psa_get_key_attributes(old, &attributes) == PSA_ERROR_INVALID_HANDLE;
    right = right && psa_destroy_key(old) == PSA_ERROR_INVALID_HANDLE;
    atomic_store(&cell->begun, version);
    right = right && create(cell, version, &id) == PSA_SUCCESS && id != old;
    atomic_store(&cell->id, id);
    atomic_store(&cell->done, version);
    atomic_fetch_add(&cell->epoch, 1);
    return right;
}

bool cell_write(struct cell *cell, uint32_t choice, const char **what)
{
    pthread_mutex_lock(&cell->writer);
    bool right = choice % 3 == 0 ? write_again(cell, what) : write_replace(cell, what);
    pthread_mutex_unlock(&cell->writer);
    return right;
}

/* What a reader saw around its call. */
struct view {
    psa_key_id_t id;
    uint64_t epoch;
    uint64_t oldest;
};

/* Waits for a cell with a key in it, and notes what must be true of it. */
static struct view look(struct cell *cell)
{
    struct view view;

    for (;;) {
        view.epoch = atomic_load(&cell->epoch);
        view.oldest = atomic_load(&cell->done);
        view.id = atomic_load(&cell->id);
        if (view.epoch % 2 == 0 && atomic_load(&cell->epoch) == view.epoch) {
            return view;
        }
        sched_yield(); /* or many readers would keep the writer from its processor */
    }
}

/* Whether a missing key may be missing: its destruction had begun before the call ended. */
static bool may_be_gone(struct cell *cell, const struct view *view)
{
    return atomic_load(&cell->epoch) != view->epoch;
}

/* Whether the bytes are those of a version that was there during the call, and length of that kind.
 */
static bool right_version(struct cell *cell, const struct view *view, const uint8_t *output,
                          size_t length, bool raw)
{
    uint64_t newest = atomic_load(&cell->begun);

    for (uint64_t v = view->oldest; v <= newest && v < view->oldest + VERSIONS; v++) {
        uint8_t material[32];

        cell_material(cell, v, material);
        if (raw && length == sizeof material && memcmp(output, material, length) == 0) {
            return true;
        }
        if (!raw && cell->family == CTR && expect_ctr(material, output, length)) {
            return true;
        }
        if (!raw && cell->family != CTR && length == cell->expected_length &&
            memcmp(output, cell->expected[v % VERSIONS], length) == 0) {
            return true;
        }
    }
    return false;
}

static psa_status_t operate(struct cell *cell, psa_key_id_t id, uint8_t *output, size_t *length)
{
    psa_algorithm_t alg = cell_algorithm(cell);

    switch (cell->family) {
    case HMAC:
    case CMAC:
        return psa_mac_compute(id, alg, stress_message, MESSAGE, output, OUTPUT_MAX, length);
    case CBC:
        return psa_cipher_decrypt(id, alg, stress_message, MESSAGE, output, OUTPUT_MAX, length);
    case CTR:
        return psa_cipher_encrypt(id, alg, stress_message, MESSAGE, output, OUTPUT_MAX, length);
    default:
        return psa_aead_encrypt(id, alg, stress_nonce, sizeof stress_nonce, NULL, 0, stress_message,
                                MESSAGE, output, OUTPUT_MAX, length);
    }
}

static bool read_result(struct cell *cell, const char **what, bool raw)
{
    uint8_t output[OUTPUT_MAX];
    size_t length = 0;
    struct view view = look(cell);
    psa_status_t status;

    if (raw) {
        *what = "export";
        status = psa_export_key(view.id, output, sizeof output, &length);
    } else {
        *what = "operation";
        status = operate(cell, view.id, output, &length);
    }
    if (status == PSA_ERROR_INVALID_HANDLE) {
        return may_be_gone(cell, &view);
    }
    return status == PSA_SUCCESS && right_version(cell, &view, output, length, raw);
}

/* The inverse operation, on the expected output of the oldest version: right if that is still the
 * key's, and refused as a forgery if it is not. */
static psa_status_t invert(struct cell *cell, const struct view *view, bool *same)
{
    psa_algorithm_t alg = cell_algorithm(cell);
    const uint8_t *expected = cell->expected[view->oldest % VERSIONS];
    uint8_t output[OUTPUT_MAX];
    size_t length = 0;

    if (cell->family == HMAC || cell->family == CMAC) {
        *same = true;
        return psa_mac_verify(view->id, alg, stress_message, MESSAGE, expected,
                              cell->expected_length);
    }
    psa_status_t status =
        psa_aead_decrypt(view->id, alg, stress_nonce, sizeof stress_nonce, NULL, 0, expected,
                         cell->expected_length, output, sizeof output, &length);
    *same = length == MESSAGE && memcmp(output, stress_message, MESSAGE) == 0;
    return status;
}

static bool read_inverse(struct cell *cell, const char **what)
{
    struct view view = look(cell);
    bool same = false;
    psa_status_t status = invert(cell, &view, &same);

    *what = "verification or decryption";
    if (status == PSA_ERROR_INVALID_HANDLE) {
        return may_be_gone(cell, &view);
    }
    if (status == PSA_ERROR_INVALID_SIGNATURE) {
        return atomic_load(&cell->begun) != view.oldest;
    }
    return status == PSA_SUCCESS && same;
}

static bool read_attributes(struct cell *cell, const char **what)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    struct view view = look(cell);
    psa_status_t status = psa_get_key_attributes(view.id, &attributes);

    *what = "attributes";
    if (status == PSA_ERROR_INVALID_HANDLE) {
        return may_be_gone(cell, &view);
    }
    return status == PSA_SUCCESS && psa_get_key_id(&attributes) == view.id &&
           psa_get_key_bits(&attributes) == 256 &&
           psa_get_key_algorithm(&attributes) == cell_algorithm(cell) &&
           psa_get_key_usage_flags(&attributes) == USAGES;
}

/* A copy is another key: it stays what it was, whatever becomes of its source. */
static bool read_copy(struct cell *cell, const char **what)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    struct view view = look(cell);
    psa_key_id_t copy = 0;
    uint8_t output[OUTPUT_MAX];
    size_t length = 0;

    *what = "copy";
    psa_set_key_usage_flags(&attributes, USAGES);
    psa_set_key_algorithm(&attributes, cell_algorithm(cell));
    psa_status_t status = psa_copy_key(view.id, &attributes, &copy);

    if (status == PSA_ERROR_INVALID_HANDLE) {
        return may_be_gone(cell, &view);
    }
    bool right = status == PSA_SUCCESS &&
                 psa_export_key(copy, output, sizeof output, &length) == PSA_SUCCESS &&
                 right_version(cell, &view, output, length, true);
    return psa_destroy_key(copy) == PSA_SUCCESS && right;
}

bool cell_read(struct cell *cell, uint32_t choice, const char **what)
{
    switch (choice % 64) {
    case 0:
        return read_copy(cell, what);
    case 1:
    case 2:
    case 3:
        return read_result(cell, what, true);
    case 4:
    case 5:
    case 6:
    case 7:
        return read_attributes(cell, what);
    default:
        if (choice % 2 == 0 && cell->family != CBC && cell->family != CTR) {
            return read_inverse(cell, what);
        }
        return read_result(cell, what, false);
    }
}
