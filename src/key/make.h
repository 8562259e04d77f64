/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Making keys: each creation is begin, fill in the material, finish (or cancel).
 *
 * The creator publishes whole keys (G5): what is under construction is known to its maker alone,
 * and a failed creation leaves nothing behind. From begin to finish or cancel the thread's mark
 * stands on the store (or, for a copy, on its source), so mbedtls_psa_crypto_free waits for it. */
#ifndef KS_KEY_MAKE_H
#define KS_KEY_MAKE_H

#include "key/key.h"
#include "store/shard.h"

/* What a creator asks for: its attributes, in plain form. */
struct ks_spec {
    psa_key_id_t id;
    psa_key_lifetime_t lifetime;
    psa_key_type_t type;
    size_t bits;
    psa_key_usage_t usage;
    psa_algorithm_t alg;
    psa_algorithm_t alg2;
    uint16_t epoch; /* key.h */
    const uint8_t *exponent; /* public exponent of an RSA key, big-endian; the caller's memory */
    size_t exponent_length;  /* 0: not named */
};

/* What checks material that only arithmetic can judge (src/crypto/material.h), in place in a key
 * that is under construction, the thread's mark standing. */
typedef psa_status_t ks_material_judge(const struct ks_key *key);

struct ks_making {
    struct ks_shard *shard;
    struct ks_key *key;  /* under construction; its material is the caller's to fill in */
};

/* Whether keyshard keeps keys of this lifetime, and the id fits it. PSA_ERROR_INVALID_ARGUMENT,
 * PSA_ERROR_NOT_SUPPORTED (persistent). docs/compatibility.md has the table. */
static inline KS_MUST_CHECK psa_status_t ks_spec_check_place(const struct ks_spec *spec)
{
    if (spec->lifetime == PSA_KEY_LIFETIME_VOLATILE) {
        return spec->id == 0 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
    }
    if (PSA_KEY_LIFETIME_GET_LOCATION(spec->lifetime) != PSA_KEY_LOCATION_LOCAL_STORAGE ||
        PSA_KEY_LIFETIME_IS_READ_ONLY(spec->lifetime)) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    return PSA_ERROR_NOT_SUPPORTED;
}

/* Begins a key with length bytes of material; spec has been checked. PSA_ERROR_BAD_STATE (not
 * initialised, or the thread may not wait here), PSA_ERROR_INSUFFICIENT_MEMORY. */
psa_status_t ks_make_begin(struct ks_making *making, const struct ks_spec *spec,
                           size_t length) KS_MUST_CHECK;

/* Publishes it and gives its id. The making is over. */
void ks_make_finish(struct ks_making *making, psa_key_id_t *id);

/* Wipes what was made. */
void ks_make_cancel(struct ks_making *making);

/* Whole creations from given material; statuses as psa_import_key. spec->bits becomes the size. */
psa_status_t ks_key_import(struct ks_spec *spec, const uint8_t *data, size_t length,
                           ks_material_judge *judge, psa_key_id_t *id) KS_MUST_CHECK;

/* psa_copy_key: the copy takes effect while its source is there. */
psa_status_t ks_key_copy(psa_key_id_t source, const struct ks_spec *wanted,
                         psa_key_id_t *id) KS_MUST_CHECK;

/* Gives the id an object alike but for its serial, and retires the old one: so every prepared
 * context of the key is wiped, and operations under way go on undisturbed. psa_purge_key. */
psa_status_t ks_key_refresh(psa_key_id_t id) KS_MUST_CHECK;

/* keyshard_restrict_key: the usages that both have stay. */
psa_status_t ks_key_restrict(psa_key_id_t id, psa_key_usage_t usage) KS_MUST_CHECK;

/* keyshard_replace_key. */
psa_status_t ks_key_replace(psa_key_id_t id, const uint8_t *data, size_t length,
                            ks_material_judge *judge) KS_MUST_CHECK;

#endif
