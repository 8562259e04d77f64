/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "key/policy.h"

_Static_assert(PSA_ALG_MAC_AT_LEAST_THIS_LENGTH_FLAG == PSA_ALG_AEAD_AT_LEAST_THIS_LENGTH_FLAG,
               "ks_policy_maybe_wildcard tests both flags at once");
_Static_assert((PSA_ALG_ANY_HASH & PSA_ALG_HASH_MASK) == PSA_ALG_HASH_MASK,
               "ks_policy_maybe_wildcard knows PSA_ALG_ANY_HASH by its hash bits");

/* An algorithm with a length (of a MAC or of an AEAD's tag), taken apart. */
struct sized {
    psa_algorithm_t base; /* without length and flag */
    size_t length;
    bool minimum;         /* length and everything longer */
};

/* Which of two algorithms of one base permits what both do; *shared then has its length. */
static bool sized_intersect(struct sized a, struct sized b, struct sized *shared)
{
    if (a.base != b.base)
        return false;
    shared->base = a.base;
    shared->length = a.length > b.length ? a.length : b.length;
    shared->minimum = a.minimum && b.minimum;
    return (a.minimum || a.length == shared->length) && (b.minimum || b.length == shared->length);
}

static bool mac_fits(psa_key_type_t type, psa_algorithm_t alg)
{
    if (PSA_ALG_IS_HMAC(alg))
        return type == PSA_KEY_TYPE_HMAC;
    return PSA_ALG_IS_BLOCK_CIPHER_MAC(alg) && PSA_BLOCK_CIPHER_BLOCK_LENGTH(type) > 1;
}

/* A length of 0 in a MAC's algorithm stands for the whole MAC, also behind "at least". */
static struct sized mac_split(psa_key_type_t type, psa_algorithm_t alg)
{
    size_t length = PSA_MAC_TRUNCATED_LENGTH(alg);
    size_t full = PSA_ALG_IS_HMAC(alg) ? PSA_HASH_LENGTH(PSA_ALG_HMAC_GET_HASH(alg))
                                       : PSA_BLOCK_CIPHER_BLOCK_LENGTH(type);
    return (struct sized) {
        .base = PSA_ALG_FULL_LENGTH_MAC(alg),
        .length = length != 0 ? length : full,
        .minimum = (alg & PSA_ALG_MAC_AT_LEAST_THIS_LENGTH_FLAG) != 0,
    };
}

static psa_algorithm_t mac_intersect(psa_key_type_t type, psa_algorithm_t a, psa_algorithm_t b)
{
    struct sized first = mac_split(type, a), second = mac_split(type, b), shared;

    if (!mac_fits(type, a) || !sized_intersect(first, second, &shared))
        return 0;
    if (first.minimum != second.minimum)
        return first.minimum ? b : a;
    /* The field is too narrow for the 64 bytes of a whole HMAC-SHA-512: they become the 0 that
     * means the same. */
    return shared.minimum ? PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(shared.base, shared.length)
                          : PSA_ALG_TRUNCATED_MAC(shared.base, shared.length);
}

static struct sized aead_split(psa_algorithm_t alg)
{
    return (struct sized) {
        .base = PSA_ALG_AEAD_WITH_SHORTENED_TAG(alg, 0),
        .length = PSA_ALG_AEAD_GET_TAG_LENGTH(alg),
        .minimum = (alg & PSA_ALG_AEAD_AT_LEAST_THIS_LENGTH_FLAG) != 0,
    };
}

static psa_algorithm_t aead_intersect(psa_algorithm_t a, psa_algorithm_t b)
{
    struct sized shared;

    if (!sized_intersect(aead_split(a), aead_split(b), &shared))
        return 0;
    return shared.minimum ? PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(shared.base, shared.length)
                          : PSA_ALG_AEAD_WITH_SHORTENED_TAG(shared.base, shared.length);
}

/* Signatures of one scheme, of which one side takes any hash. */
static psa_algorithm_t sign_intersect(psa_algorithm_t a, psa_algorithm_t b)
{
    if ((a & ~PSA_ALG_HASH_MASK) != (b & ~PSA_ALG_HASH_MASK))
        return 0;
    if (PSA_ALG_SIGN_GET_HASH(a) == PSA_ALG_ANY_HASH)
        return b;
    return PSA_ALG_SIGN_GET_HASH(b) == PSA_ALG_ANY_HASH ? a : 0;
}

psa_algorithm_t ks_policy_intersect(psa_key_type_t type, psa_algorithm_t a, psa_algorithm_t b)
{
    if (a == b)
        return a;
    if (PSA_ALG_IS_SIGN_HASH(a) && PSA_ALG_IS_SIGN_HASH(b))
        return sign_intersect(a, b);
    if (PSA_ALG_IS_AEAD(a) && PSA_ALG_IS_AEAD(b))
        return aead_intersect(a, b);
    if (PSA_ALG_IS_MAC(a) && PSA_ALG_IS_MAC(b))
        return mac_intersect(type, a, b);
    return 0;
}

psa_status_t ks_policy_restrict(const struct ks_key *source, struct ks_policy *wanted)
{
    psa_algorithm_t alg = ks_policy_intersect(source->type, source->alg, wanted->alg);
    psa_algorithm_t alg2 = ks_policy_intersect(source->type, source->alg2, wanted->alg2);

    if (alg == 0 && source->alg != 0 && wanted->alg != 0)
        return PSA_ERROR_INVALID_ARGUMENT;
    if (alg2 == 0 && source->alg2 != 0 && wanted->alg2 != 0)
        return PSA_ERROR_INVALID_ARGUMENT;
    wanted->usage = ks_policy_extend_usage(wanted->usage) & source->usage;
    wanted->alg = alg;
    wanted->alg2 = alg2;
    return PSA_SUCCESS;
}

/* Whether a policy's algorithm covers alg, which is no wildcard: what both permit is then alg. */
static bool covers(psa_key_type_t type, psa_algorithm_t policy, psa_algorithm_t alg)
{
    if (policy == 0)
        return false;
    if (ks_policy_intersect(type, policy, alg) != 0)
        return true;
    /* A raw key agreement permits the same agreement followed by any key derivation. */
    return PSA_ALG_IS_RAW_KEY_AGREEMENT(policy) && PSA_ALG_IS_KEY_AGREEMENT(alg)
           && PSA_ALG_KEY_AGREEMENT_GET_BASE(alg) == policy;
}

psa_status_t ks_policy_permits_other(const struct ks_key *key, psa_key_usage_t usage,
                                     psa_algorithm_t alg)
{
    /* A public key is no secret: every one may be exported. */
    if (PSA_KEY_TYPE_IS_PUBLIC_KEY(key->type))
        usage &= ~PSA_KEY_USAGE_EXPORT;
    if ((usage & ~key->usage) != 0)
        return PSA_ERROR_NOT_PERMITTED;
    if (alg == 0)
        return PSA_SUCCESS;
    if (PSA_ALG_IS_WILDCARD(alg))
        return PSA_ERROR_INVALID_ARGUMENT;
    if (covers(key->type, key->alg, alg) || covers(key->type, key->alg2, alg))
        return PSA_SUCCESS;
    return PSA_ERROR_NOT_PERMITTED;
}
