/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "api/attributes.h"
#include "base/rcu.h"
#include "crypto/mbed.h"
#include "key/status.h"
#include "key/use.h"
#include "store/lookup.h"

#include <string.h>

void ks_attributes_read(const psa_key_attributes_t *attributes, struct ks_spec *spec)
{
    *spec = (struct ks_spec){
        .id = psa_get_key_id(attributes),
        .lifetime = psa_get_key_lifetime(attributes),
        .type = psa_get_key_type(attributes),
        .bits = psa_get_key_bits(attributes),
        .usage = psa_get_key_usage_flags(attributes),
        .alg = psa_get_key_algorithm(attributes),
        .alg2 = psa_get_key_enrollment_algorithm(attributes),
    };

    spec->exponent = ks_mbed_attributes_exponent(attributes, &spec->exponent_length);
}

static KS_COLD void copy_exponent(struct ks_attributes_rest *rest, const struct ks_key *key)
{
    static const uint8_t usual[] = {KS_RSA_DEFAULT_EXPONENT >> 16,
                                    KS_RSA_DEFAULT_EXPONENT >> 8 & 0xff,
                                    KS_RSA_DEFAULT_EXPONENT & 0xff};
    struct ks_rsa_parts parts;

    if (ks_rsa_parse(key->type, key->material, key->length, &parts) == PSA_SUCCESS &&
        !ks_rsa_has_exponent(&parts, usual, sizeof usual)) {
        rest->length = parts.number[KS_RSA_E].length;
        memcpy(rest->exponent, parts.number[KS_RSA_E].bytes, rest->length);
    }
}

void ks_attributes_write(psa_key_attributes_t *attributes, struct ks_attributes_rest *rest,
                         const struct ks_key *key)
{
    rest->length = 0;
    if (KS_MBED_ATTRIBUTES_HAVE_EXPONENT && ks_unlikely(PSA_KEY_TYPE_IS_RSA(key->type))) {
        copy_exponent(rest, key);
    }
    ks_mbed_attributes_fill(attributes, key, key->lifetime);
}

psa_status_t ks_attributes_write_rest(psa_key_attributes_t *attributes,
                                      const struct ks_attributes_rest *rest)
{
    if (ks_likely(rest->length == 0)) {
        return PSA_SUCCESS;
    }
    psa_status_t status = ks_mbed_attributes_set_exponent(attributes, rest->exponent, rest->length);

    if (status != PSA_SUCCESS) {
        ks_mbed_attributes_reset(attributes);
    }
    return status;
}

/* The whole of psa_get_key_attributes, for what is unusual. A thread for which no shard can be made
 * is served too. */
static KS_COLD psa_status_t get_attributes(psa_key_id_t key, psa_key_attributes_t *attributes)
{
    struct ks_shard *self = ks_thread.shard;
    struct ks_attributes_rest rest;
    psa_status_t status = PSA_ERROR_BAD_STATE;

    ks_mbed_attributes_reset(attributes);
    if (self == NULL && ks_store_running() && ks_may_lock()) {
        self = ks_shard_attach();
    }
    ks_rcu_read_lock();
    if (ks_store_running()) {
        const struct ks_object *object = ks_lookup(self, key);

        status = PSA_ERROR_INVALID_HANDLE;
        if (object != NULL) {
            ks_attributes_write(attributes, &rest, (const struct ks_key *) object);
            status = PSA_SUCCESS;
        }
    }
    ks_rcu_read_unlock();
    if (self != NULL) {
        ks_count(&self->counters.lookups);
        if (status != PSA_SUCCESS) {
            ks_count(&self->counters.misses);
        }
        ks_shard_leave();
    }
    return status == PSA_SUCCESS ? ks_attributes_write_rest(attributes, &rest) : status;
}

/* Whether there may be more to write than what ks_mbed_attributes_fill does. */
static inline bool may_have_rest(const struct ks_key *key)
{
    return KS_MBED_ATTRIBUTES_HAVE_EXPONENT && ks_unlikely(PSA_KEY_TYPE_IS_RSA(key->type));
}

/* The hot path of a server that looks before it uses: no mark, for the attributes are copied inside
 * the section, and no call, so that no register is saved. With more keys than the caches hold it is
 * the number of instructions and of stores that decides how many look-ups the processor has under
 * way. A thread that is ending is not here: it has no shard between calls. */
KS_EXPORT psa_status_t psa_get_key_attributes(mbedtls_svc_key_id_t key,
                                              psa_key_attributes_t *attributes)
{
    struct ks_shard *self = ks_thread.shard;
    struct ks_rcu_section section;

    if (ks_likely(self != NULL && !ks_mbed_attributes_own(attributes)) &&
        ks_likely(ks_rcu_enter(&section))) {
        const struct ks_object *object = ks_lookup_hit(self, key);

        if (object != NULL && may_have_rest((const struct ks_key *) object)) {
            object = NULL;
        }
        if (ks_likely(object != NULL)) {
            /* Found by a volatile key's id. */
            ks_mbed_attributes_fill(attributes, (const struct ks_key *) object,
                                    PSA_KEY_LIFETIME_VOLATILE);
        }
        ks_rcu_leave(&section);
        if (ks_likely(object != NULL)) {
            ks_count(&self->counters.lookups);
            return PSA_SUCCESS;
        }
    }
    return get_attributes(key, attributes);
}

KS_EXPORT void psa_reset_key_attributes(psa_key_attributes_t *attributes)
{
    ks_mbed_attributes_reset(attributes);
}
