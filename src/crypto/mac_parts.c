/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "crypto/mac_parts.h"
#include "crypto/cmac.h"
#include "crypto/error.h"
#include "crypto/hmac.h"

#include <string.h>

/* The context of an operation; for an HMAC a context of its hash follows, and the outer midstate.
 */
struct parts {
    const struct ks_hash *hash; /* of an HMAC; NULL: CMAC */
    uint8_t full;               /* bytes of the MAC not truncated */
    uint8_t size;               /* bytes of the MAC */
    bool signs;
    _Alignas(16) mbedtls_cipher_context_t cmac; /* zeros for an HMAC, and not there for most */
};

#define HEAD offsetof(struct parts, cmac)

static void *hashing_of(struct parts *parts)
{
    return (uint8_t *) parts + HEAD;
}

static void *outer_of(struct parts *parts)
{
    return (uint8_t *) parts + HEAD + parts->hash->context;
}

static void release_hmac(void *context)
{
    (void) context; /* flat */
}

static void release_cmac(void *context)
{
    mbedtls_cipher_free(&((struct parts *) context)->cmac);
}

static const struct ks_operation_class hmac_class = { KS_MAC_KIND, release_hmac };
static const struct ks_operation_class cmac_class = { KS_MAC_KIND, release_cmac };

static void describe(struct parts *parts, const struct ks_mac *asked, bool signs)
{
    parts->hash = asked->hash;
    parts->full = (uint8_t) asked->full;
    parts->size = (uint8_t) asked->size;
    parts->signs = signs;
}

/* The midstates of the key's prepared context are copied, so this costs no hashing. */
static psa_status_t open_hmac(struct ks_use *use, psa_algorithm_t alg, const struct ks_mac *asked,
                              bool signs, struct ks_place place)
{
    struct ks_opening opening;
    psa_status_t status = ks_open_begin(&opening, use, &hmac_class,
                                        HEAD + asked->hash->context + asked->hash->state);

    if (status != PSA_SUCCESS)
        return status;
    describe(opening.context, asked, signs);
    status = ks_hmac_start(use, asked->hash, alg, hashing_of(opening.context),
                           outer_of(opening.context));
    return ks_open_end(&opening, place, status);
}

static psa_status_t open_cmac(struct ks_use *use, const struct ks_mac *asked, bool signs,
                              struct ks_place place)
{
    struct ks_opening opening;
    struct parts *parts = NULL;
    psa_status_t status = ks_open_begin(&opening, use, &cmac_class, sizeof *parts);

    if (status != PSA_SUCCESS)
        return status;
    parts = opening.context;
    describe(parts, asked, signs);
    ks_open_lock(use);
    status = ks_cmac_setup(&parts->cmac, use->key);
    ks_open_unlock(use);
    return ks_open_end(&opening, place, status);
}

psa_status_t ks_mac_open(struct ks_use *use, psa_algorithm_t alg, bool signs,
                         struct ks_place place)
{
    struct ks_mac asked;
    psa_status_t status = ks_mac_understand(&asked, use->key, alg);

    if (status != PSA_SUCCESS)
        return status;
    if (asked.hash != NULL)
        return open_hmac(use, alg, &asked, signs, place);
    if (PSA_ALG_FULL_LENGTH_MAC(alg) == PSA_ALG_CMAC)
        return open_cmac(use, &asked, signs, place);
    return PSA_ERROR_NOT_SUPPORTED;
}

psa_status_t ks_mac_update(void *context, const uint8_t *input, size_t length)
{
    struct parts *parts = context;
    int ret = 0;

    if (length == 0)
        return PSA_SUCCESS;
    if (parts->hash == NULL)
        return ks_cmac_update(&parts->cmac, input, length);
    ret = parts->hash->update(hashing_of(parts), input, length);
    ks_wipe_frames(parts->hash->stack);
    return ks_mbed_status(ret);
}

/* The MAC, not truncated. */
static psa_status_t finish(struct parts *parts, uint8_t full[KS_MAC_MAX_SIZE])
{
    if (parts->hash == NULL)
        return ks_cmac_finish(&parts->cmac, full, parts->full);
    return ks_hmac_finish(parts->hash, hashing_of(parts), outer_of(parts), full);
}

psa_status_t ks_mac_finish(void *context, uint8_t *mac, size_t size, size_t *mac_length)
{
    struct parts *parts = context;
    uint8_t full[KS_MAC_MAX_SIZE];
    psa_status_t status = PSA_ERROR_BAD_STATE;

    if (!parts->signs)
        return PSA_ERROR_BAD_STATE;
    if (size < parts->size)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    status = finish(parts, full);
    if (status == PSA_SUCCESS) {
        memcpy(mac, full, parts->size);
        *mac_length = parts->size;
    }
    ks_wipe(full, sizeof full);
    return status;
}

psa_status_t ks_mac_check(void *context, const uint8_t *mac, size_t mac_length)
{
    struct parts *parts = context;
    uint8_t full[KS_MAC_MAX_SIZE];
    psa_status_t status = PSA_ERROR_BAD_STATE;

    if (parts->signs)
        return PSA_ERROR_BAD_STATE;
    if (mac_length != parts->size)
        return PSA_ERROR_INVALID_SIGNATURE;
    status = finish(parts, full);
    if (status == PSA_SUCCESS && !ks_equal(mac, full, mac_length))
        status = PSA_ERROR_INVALID_SIGNATURE;
    ks_wipe(full, sizeof full);
    return status;
}
