/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "bench.h"

#define FEW 100u
#define SOME 1000u
#define MANY 1000000u
#define USUAL 64u /* bytes of a message */

const char *const side_names[SIDES] = { "floor", "keyshard", "raw", "global lock", "slot states",
                                        "Mbed TLS PSA", "OpenSSL" };
const unsigned level_threads[LEVELS] = { 1, 2, 4, 8 };

#define HMAC_KEY PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SHA_256), PSA_KEY_USAGE_SIGN_MESSAGE, 32
#define AES_KEY PSA_KEY_TYPE_AES, PSA_ALG_GCM, PSA_KEY_USAGE_ENCRYPT, 16

#define P256_KEY PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), \
    PSA_ALG_ECDSA(PSA_ALG_SHA_256), PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH, 32
#define RSA_KEY PSA_KEY_TYPE_RSA_KEY_PAIR, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256), \
    PSA_KEY_USAGE_SIGN_HASH, 0

#define REFERENCES(work) [GLOBAL_LOCK] = &lock_##work, [SLOT_STATES] = &states_##work
#define BY_ID(work) [KEYSHARD] = &by_id_##work, [MBED_PSA] = &by_id_##work

#define LOOKUP { BY_ID(lookup), REFERENCES(lookup), [RAW] = &raw_lookup }
#define HMAC { BY_ID(hmac), REFERENCES(hmac), [RAW] = &raw_hmac, [FLOOR] = &raw_found_hmac, \
    [OPENSSL] = &openssl_hmac }
#define HMAC_MANY { BY_ID(hmac), REFERENCES(hmac), [RAW] = &raw_hmac_once }
#define HMAC_ONCE { BY_ID(hmac_once), [RAW] = &raw_hmac_once }
#define GCM { BY_ID(gcm), [RAW] = &raw_gcm, [FLOOR] = &raw_found_gcm, [OPENSSL] = &openssl_gcm }
#define GCM_ONCE { BY_ID(gcm_once), [RAW] = &raw_gcm_once }
#define RANDOM { BY_ID(random), [RAW] = &raw_random, [OPENSSL] = &openssl_random }
#define CHURN { BY_ID(churn), REFERENCES(churn) }
#define ECDSA_SIGN { BY_ID(sign), [RAW] = &raw_ecdsa_sign, [OPENSSL] = &openssl_sign }
#define ECDSA_VERIFY { BY_ID(verify), [RAW] = &raw_ecdsa_verify, [OPENSSL] = &openssl_verify }
#define RSA_SIGN { BY_ID(sign), [RAW] = &raw_rsa_sign, [OPENSSL] = &openssl_sign }
#define REPLACE { [KEYSHARD] = &life_replace }

/* Sides of one size of message: what matters is how the overhead goes away. */
#define SIZED_HMAC(name, size) \
    { name, "sizes", HMAC, HMAC_KEY, 1, UNIFORM, size, 1, SAME_RESULTS }
#define SIZED_GCM(name, size) \
    { name, "sizes", GCM, AES_KEY, 1, UNIFORM, size, 1, SAME_RESULTS }

/* The lookups' sums differ between stores, which have attributes of their own, and are not
 * compared; their statuses are. */
const struct work works[] = {
    { "attributes, one key", "lookups", LOOKUP, HMAC_KEY, 1, UNIFORM, USUAL, LEVELS, 0 },
    { "attributes, 1,000 keys", "lookups", LOOKUP, HMAC_KEY, SOME, UNIFORM, USUAL, LEVELS, 0 },
    { "attributes, 1,000 keys, Zipf", "lookups", LOOKUP, HMAC_KEY, SOME, ZIPF, USUAL, 1, 0 },
    { "attributes, 1,000,000 keys", "lookups", LOOKUP, HMAC_KEY, MANY, UNIFORM, USUAL, 2, 0 },
    { "attributes, 1,000,000 keys, Zipf", "lookups", LOOKUP, HMAC_KEY, MANY, ZIPF, USUAL, 2,
      0 },
    { "HMAC-SHA-256, one key", "operations", HMAC, HMAC_KEY, 1, UNIFORM, USUAL, LEVELS,
      SAME_RESULTS },
    { "HMAC-SHA-256, 1,000 keys", "operations", HMAC, HMAC_KEY, SOME, UNIFORM, USUAL, LEVELS,
      SAME_RESULTS },
    { "HMAC-SHA-256, 1,000 keys, Zipf", "operations", HMAC, HMAC_KEY, SOME, ZIPF, USUAL, 1,
      SAME_RESULTS },
    { "HMAC-SHA-256, 1,000,000 keys", "operations", HMAC_MANY, HMAC_KEY, MANY, UNIFORM, USUAL, 1,
      SAME_RESULTS },
    { "HMAC-SHA-256, 1,000,000 keys, Zipf", "operations", HMAC_MANY, HMAC_KEY, MANY, ZIPF, USUAL,
      1, SAME_RESULTS },
    { "AES-128-GCM, one key", "operations", GCM, AES_KEY, 1, UNIFORM, USUAL, LEVELS,
      SAME_RESULTS },
    { "AES-128-GCM, 1,000 keys", "operations", GCM, AES_KEY, SOME, UNIFORM, USUAL, LEVELS,
      SAME_RESULTS },
    { "AES-128-GCM, 1,000 keys, Zipf", "operations", GCM, AES_KEY, SOME, ZIPF, USUAL, 1,
      SAME_RESULTS },
    { "16 random bytes", "operations", RANDOM, HMAC_KEY, 1, UNIFORM, USUAL, LEVELS, 0 },
    { "ECDSA P-256 sign, one key", "signatures", ECDSA_SIGN, P256_KEY, 1, UNIFORM, DIGEST_SIZE, 2,
      0 },
    { "ECDSA P-256 sign, 1,000 keys", "signatures", ECDSA_SIGN, P256_KEY, SOME, UNIFORM,
      DIGEST_SIZE, 2, 0 },
    { "ECDSA P-256 verify, one key", "signatures", ECDSA_VERIFY, P256_KEY, 1, UNIFORM, DIGEST_SIZE,
      2, 0 },
    { "ECDSA P-256 verify, 100 keys", "signatures", ECDSA_VERIFY, P256_KEY, FEW, UNIFORM,
      DIGEST_SIZE, 2, 0 },
    { "ECDSA P-256 verify, 1,000 keys", "signatures", ECDSA_VERIFY, P256_KEY, SOME, UNIFORM,
      DIGEST_SIZE, 2, PATIENT },
    { "RSA-2048 sign, one key", "signatures", RSA_SIGN, RSA_KEY, 1, UNIFORM, DIGEST_SIZE, 2,
      0 },
    { "RSA-2048 sign, 100 keys", "signatures", RSA_SIGN, RSA_KEY, FEW, UNIFORM, DIGEST_SIZE, 2,
      0 },
    { "RSA-2048 sign, 1,000 keys", "signatures", RSA_SIGN, RSA_KEY, SOME, UNIFORM, DIGEST_SIZE, 2,
      PATIENT },
    { "import and destroy", "changes", CHURN, HMAC_KEY, 1, UNIFORM, USUAL, LEVELS, 0 },
    { "HMAC-SHA-256, a key used once", "changes", HMAC_ONCE, HMAC_KEY, 1, UNIFORM, USUAL, 1,
      SAME_RESULTS },
    { "AES-128-GCM, a key used once", "changes", GCM_ONCE, AES_KEY, 1, UNIFORM, USUAL, 1,
      SAME_RESULTS },
    { "replace", "changes", REPLACE, HMAC_KEY, 1, UNIFORM, USUAL, LEVELS, 0 },
    SIZED_HMAC("HMAC-SHA-256, 16 bytes", 16),
    SIZED_HMAC("HMAC-SHA-256, 256 bytes", 256),
    SIZED_HMAC("HMAC-SHA-256, 1,024 bytes", 1024),
    SIZED_HMAC("HMAC-SHA-256, 4,096 bytes", 4096),
    SIZED_HMAC("HMAC-SHA-256, 16,384 bytes", 16384),
    SIZED_GCM("AES-128-GCM, 16 bytes", 16),
    SIZED_GCM("AES-128-GCM, 256 bytes", 256),
    SIZED_GCM("AES-128-GCM, 1,024 bytes", 1024),
    SIZED_GCM("AES-128-GCM, 4,096 bytes", 4096),
    SIZED_GCM("AES-128-GCM, 16,384 bytes", 16384),
};
const size_t work_count = sizeof works / sizeof *works;

bool work_keys(const struct work *work, size_t most, struct keys *keys)
{
    *keys = (struct keys){ .type = work->type, .alg = work->alg, .usage = work->usage,
                           .length = work->length, .message = work->message };
    return keys_init(keys, work->keys < most ? work->keys : most, work->order);
}
