/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* RSA signatures: PKCS #1 v1.5, which is deterministic, and PSS.
 *
 * The salt of a PSS vector is of the row's length. An algorithm PSS_ANY_SALT takes any; PSS takes
 * only as long a one as the hash is, or the longest that fits. */

#include "kat/asymmetric.h"

#include <string.h>

static psa_algorithm_t with_hash(psa_algorithm_t policy, psa_algorithm_t hash)
{
    return (policy & ~PSA_ALG_HASH_MASK) | (hash & PSA_ALG_HASH_MASK);
}

static void read_signed(const struct kat_case *test, psa_algorithm_t policy, struct kat_signed *it)
{
    it->alg = with_hash(policy, kat_hash(test));
    it->length = kat_field(test, KAT_NAMES("Msg", "Message to be signed", "Message"), it->message,
                           sizeof it->message - 1);
    it->signature_length = kat_field(test, KAT_NAMES("S", "Signature",
                                                     "Signature, the RSA decryption of EM"),
                                     it->signature, sizeof it->signature);
}

/* The status of a wrong signature. One that is no number below the modulus is not even that for
 * Mbed TLS, which names it another way than the specification; either is right. */
static psa_status_t refusal(const struct kat_case *test, psa_key_id_t key,
                            const struct kat_signed *it)
{
    uint8_t n[KAT_MODULUS];
    size_t length = 0;
    kat_integer(&test->reader, KAT_NAMES("n", "Modulus"), n, sizeof n, &length);
    kat_require(test, length == it->signature_length, "length of the signature");
    if (memcmp(it->signature, n, length) < 0) {
        return PSA_ERROR_INVALID_SIGNATURE;
    }
    psa_status_t status = psa_verify_message(key, it->alg, it->message, it->length, it->signature,
                                             it->signature_length);
    return status == PSA_ERROR_INVALID_ARGUMENT ? status : PSA_ERROR_INVALID_SIGNATURE;
}

static void require_result(const struct kat_case *test, psa_key_id_t key,
                           const struct kat_signed *it, bool right, const char *what)
{
    kat_require_verified(test, key, it, right ? PSA_SUCCESS : refusal(test, key, it), what);
}

/* Requires that the private key gives this very signature. */
static void require_signature(const struct kat_case *test, const struct kat_signed *it)
{
    struct kat_signed own = *it;
    psa_key_id_t pair = kat_rsa_private(test, test->row->alg);
    psa_status_t status = psa_sign_message(pair, own.alg, own.message, own.length, own.signature,
                                           sizeof own.signature, &own.signature_length);
    kat_require_status(test, status, PSA_SUCCESS, "signing");
    kat_require_bytes(test, own.signature, own.signature_length, it->signature,
                      it->signature_length, "signing");
}

void kat_rsa_sign(struct kat_case *test)
{
    if (!kat_rsa_is_served(test)) {
        test->skipped++;
        return;
    }
    struct kat_signed it;
    read_signed(test, test->row->alg, &it);
    psa_key_id_t key = kat_rsa_public(test, test->row->alg);
    kat_require_verified(test, key, &it, PSA_SUCCESS, "verification");
    if (kat_rsa_has_private(test)) {
        require_signature(test, &it);
    }
    it.signature[test->run % it.signature_length] ^= (uint8_t) (1 << test->run % 8);
    require_result(test, key, &it, false, "a changed signature");
    test->run++;
}

static bool passes(const struct kat_case *test)
{
    const char *result = kat_text(&test->reader, KAT_NAMES("Result"));
    kat_require(test, result != NULL && (*result == 'P' || *result == 'F'), "Result");
    return *result == 'P';
}

void kat_rsa_result(struct kat_case *test)
{
    struct kat_signed it;
    bool right = passes(test);
    read_signed(test, test->row->alg, &it);
    psa_key_id_t key = kat_rsa_public(test, test->row->alg);
    require_result(test, key, &it, right, "verification");
    if (right) {
        require_signature(test, &it);
    }
    test->run++;
}

/* The length that PSS wants: the hash's, or what room a short modulus leaves. */
static size_t standard_salt(const struct kat_signed *it)
{
    size_t hash = PSA_HASH_LENGTH(PSA_ALG_SIGN_GET_HASH(it->alg));
    size_t room = it->signature_length - hash - 2;
    return hash < room ? hash : room;
}

/* Requires the result of both algorithms, as far as the salt's length lets it be right. */
static void require_pss(const struct kat_case *test, struct kat_signed *it, bool right)
{
    psa_algorithm_t any = PSA_ALG_RSA_PSS_ANY_SALT(PSA_ALG_ANY_HASH);
    psa_algorithm_t standard = PSA_ALG_RSA_PSS(PSA_ALG_ANY_HASH);
    psa_algorithm_t hash = PSA_ALG_SIGN_GET_HASH(it->alg);
    it->alg = with_hash(any, hash);
    require_result(test, kat_rsa_public(test, any), it, right, "PSS with any salt");
    it->alg = with_hash(standard, hash);
    bool fits = test->row->salt == standard_salt(it);
    require_result(test, kat_rsa_public(test, standard), it, right && fits, "PSS");
}

void kat_rsa_pss(struct kat_case *test)
{
    if (!kat_rsa_is_served(test)) {
        test->skipped++;
        return;
    }
    struct kat_signed it;
    read_signed(test, PSA_ALG_RSA_PSS(PSA_ALG_ANY_HASH), &it);
    require_pss(test, &it, true);
    if (kat_rsa_has_private(test) && test->run % KAT_EXTRA == 0) {
        psa_algorithm_t policy = PSA_ALG_RSA_PSS(PSA_ALG_ANY_HASH);
        kat_require_signing(test, kat_rsa_private(test, policy), kat_rsa_public(test, policy), &it);
    }
    if (test->run % KAT_EXTRA == 1) {
        it.signature[test->run % it.signature_length] ^= (uint8_t) (1 << test->run % 8);
        require_pss(test, &it, false);
    }
    test->run++;
}

void kat_rsa_pss_result(struct kat_case *test)
{
    struct kat_signed it;
    bool right = passes(test);
    psa_algorithm_t policy = PSA_ALG_RSA_PSS(PSA_ALG_ANY_HASH);
    read_signed(test, policy, &it);
    require_pss(test, &it, right);
    if (right) {
        psa_key_id_t pair = kat_rsa_private(test, policy);
        kat_require_signing(test, pair, pair, &it);
    }
    test->run++;
}
