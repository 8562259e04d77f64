/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What a key may be used for: usage flags, permitted and enrollment algorithm. Pure functions of
 * their arguments: any thread may call them at any time. */
#ifndef KS_KEY_POLICY_H
#define KS_KEY_POLICY_H

#include "key/key.h"

#include <psa/crypto.h>

struct ks_policy {
    psa_key_usage_t usage;
    psa_algorithm_t alg;  /* permitted algorithm, or 0 */
    psa_algorithm_t alg2; /* enrollment algorithm, or 0 */
};

/* Mbed TLS 2.28 does not know this one and refuses its bit. */
#ifdef PSA_KEY_USAGE_VERIFY_DERIVATION
#define KS_USAGE_VERIFY_DERIVATION PSA_KEY_USAGE_VERIFY_DERIVATION
#else
#define KS_USAGE_VERIFY_DERIVATION 0
#endif

#define KS_USAGE_KNOWN                                                                          \
    (PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_COPY | PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT   \
     | PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE | PSA_KEY_USAGE_SIGN_HASH       \
     | PSA_KEY_USAGE_VERIFY_HASH | PSA_KEY_USAGE_DERIVE | KS_USAGE_VERIFY_DERIVATION)

/* Whether a key may be created with this usage: PSA_ERROR_INVALID_ARGUMENT if there are unknown
 * flags. A policy's algorithms are not looked at: one that makes no sense for the key permits
 * nothing. */
static inline KS_MUST_CHECK psa_status_t ks_policy_check_usage(psa_key_usage_t usage)
{
    return (usage & ~(psa_key_usage_t) KS_USAGE_KNOWN) == 0 ? PSA_SUCCESS
                                                            : PSA_ERROR_INVALID_ARGUMENT;
}

/* The usage with what it implies: a key that may sign or verify hashes may do so with messages. */
static inline psa_key_usage_t ks_policy_extend_usage(psa_key_usage_t usage)
{
    if (usage & PSA_KEY_USAGE_SIGN_HASH)
        usage |= PSA_KEY_USAGE_SIGN_MESSAGE;
    if (usage & PSA_KEY_USAGE_VERIFY_HASH)
        usage |= PSA_KEY_USAGE_VERIFY_MESSAGE;
    return usage;
}

/* The one algorithm that permits what both a and b permit for keys of this type, or 0. */
psa_algorithm_t ks_policy_intersect(psa_key_type_t type, psa_algorithm_t a, psa_algorithm_t b);

/* For psa_copy_key: restricts *wanted to what the source's policy permits as well. Where one side
 * names no algorithm the copy has none. Statuses: PSA_ERROR_INVALID_ARGUMENT (both sides name an
 * algorithm, and nothing is permitted by both; *wanted is as it was). */
psa_status_t ks_policy_restrict(const struct ks_key *source,
                                struct ks_policy *wanted) KS_MUST_CHECK;

/* The part of ks_policy_permits for what is not an exact match. */
psa_status_t ks_policy_permits_other(const struct ks_key *key, psa_key_usage_t usage,
                                     psa_algorithm_t alg) KS_MUST_CHECK;

/* False only if alg is no wildcard: all wildcards have the flag for a minimum length or name
 * PSA_ALG_ANY_HASH (policy.c asserts both), and few other algorithms have. */
static inline bool ks_policy_maybe_wildcard(psa_algorithm_t alg)
{
    return (alg & PSA_ALG_MAC_AT_LEAST_THIS_LENGTH_FLAG) != 0
           || (alg & PSA_ALG_HASH_MASK) == PSA_ALG_HASH_MASK;
}

/* Whether an operation may use the key. alg 0 asks for the usage alone. Statuses:
 * PSA_ERROR_NOT_PERMITTED (usage or algorithm), PSA_ERROR_INVALID_ARGUMENT (the usage is permitted,
 * but alg is a wildcard, which has its place in policies only).
 * Inline because nearly every call on the hot path is an exact match and ends here. */
static inline psa_status_t ks_policy_permits(const struct ks_key *key, psa_key_usage_t usage,
                                             psa_algorithm_t alg)
{
    if (ks_likely((usage & ~key->usage) == 0 && alg == key->alg && !ks_policy_maybe_wildcard(alg)))
        return PSA_SUCCESS;
    return ks_policy_permits_other(key, usage, alg);
}

#endif
