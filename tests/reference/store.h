/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Key stores behind one small interface: the two that Mbed TLS's analysis of its key store weighs,
 * "one global lock" and "global lock excluding slot content", and keyshard. They are an oracle in
 * tests and a baseline in the benchmark.
 *
 * A key is HMAC-SHA-256 material with usage flags. Every function may be called by any number of
 * threads at once, except open and close, and takes effect at one instant between its start and its
 * end. Each statement on a key that does not exist gives PSA_ERROR_INVALID_HANDLE and changes
 * nothing. Ids are not used twice before 50,000 other keys have been created. */
#ifndef TESTS_REFERENCE_STORE_H
#define TESTS_REFERENCE_STORE_H

#include <psa/crypto.h>
#include <stddef.h>
#include <stdint.h>

#define REF_MATERIAL_MAX 64u /* bytes */
#define REF_MAC 32u          /* bytes */

struct ref_attributes {
    psa_key_usage_t usage;
    size_t length; /* of the material */
};

struct ref_class {
    const char *name;

    /* A store with room for so many keys, or NULL. */
    void *(*open)(size_t capacity);
    void (*close)(void *store);

    psa_status_t (*create)(void *store, const uint8_t *material, size_t length,
                           psa_key_usage_t usage, psa_key_id_t *key);

    /* The MAC of input; PSA_ERROR_NOT_PERMITTED without PSA_KEY_USAGE_SIGN_MESSAGE. */
    psa_status_t (*use)(void *store, psa_key_id_t key, const uint8_t *input, size_t length,
                        uint8_t mac[REF_MAC]);

    psa_status_t (*attributes)(void *store, psa_key_id_t key, struct ref_attributes *attributes);

    /* Other material under the same id: each use has wholly the old or wholly the new. On return
     * the old is wiped. */
    psa_status_t (*replace)(void *store, psa_key_id_t key, const uint8_t *material, size_t length);

    /* Keeps only these usages; on return no use under the old ones runs any more. */
    psa_status_t (*restrict_to)(void *store, psa_key_id_t key, psa_key_usage_t usage);

    /* PSA_ERROR_NOT_PERMITTED without PSA_KEY_USAGE_COPY. The copy has the source's usages. */
    psa_status_t (*copy)(void *store, psa_key_id_t key, psa_key_id_t *copy);

    /* On return nobody uses the key and it is wiped. Of two that destroy a key, one succeeds. */
    psa_status_t (*destroy)(void *store, psa_key_id_t key);
};

extern const struct ref_class ref_global_lock;
extern const struct ref_class ref_slot_states;
extern const struct ref_class ref_keyshard;

#endif
