/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "bench.h"

#define FEW 100u
#define SOME 1000u
#define MANY 1000000u
#define USUAL 64u /* bytes of a message */

const char *const side_names[SIDES] = { "keyshard", "raw", "global lock", "slot states",
                                        "Mbed TLS PSA", "OpenSSL" };
const unsigned level_threads[LEVELS] = { 1, 2, 4, 8 };

#define HMAC_KEY PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SHA_256), PSA_KEY_USAGE_SIGN_MESSAGE, 32
#define AES_KEY PSA_KEY_TYPE_AES, PSA_ALG_GCM, PSA_KEY_USAGE_ENCRYPT, 16

#define P256_KEY PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), \
    PSA_ALG_ECDSA(PSA_ALG_SHA_256), PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH, 32
#define RSA_KEY PSA_KEY_TYPE_RSA_KEY_PAIR, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256), \
    PSA_KEY_USAGE_SIGN_HASH, 0

#define LOOKUP { &by_id_lookup, &raw_lookup, &lock_lookup, &states_lookup, &by_id_lookup, NULL }
#define HMAC { &by_id_hmac, &raw_hmac, &lock_hmac, &states_hmac, &by_id_hmac, &openssl_hmac }
#define HMAC_MANY { &by_id_hmac, &raw_hmac_once, &lock_hmac, &states_hmac, &by_id_hmac, NULL }
#define HMAC_ONCE { &by_id_hmac_once, &raw_hmac_once, NULL, NULL, &by_id_hmac_once, NULL }
#define HMAC_FLOOR { &by_id_hmac, &raw_found_hmac, NULL, NULL, NULL, NULL }
#define GCM { &by_id_gcm, &raw_gcm, NULL, NULL, &by_id_gcm, &openssl_gcm }
#define GCM_ONCE { &by_id_gcm_once, &raw_gcm_once, NULL, NULL, &by_id_gcm_once, NULL }
#define GCM_FLOOR { &by_id_gcm, &raw_found_gcm, NULL, NULL, NULL, NULL }
#define RANDOM { &by_id_random, &raw_random, NULL, NULL, &by_id_random, &openssl_random }
#define CHURN { &by_id_churn, NULL, &lock_churn, &states_churn, &by_id_churn, NULL }
#define ECDSA_SIGN { &by_id_sign, &raw_ecdsa_sign, NULL, NULL, &by_id_sign, &openssl_sign }
#define ECDSA_VERIFY \
    { &by_id_verify, &raw_ecdsa_verify, NULL, NULL, &by_id_verify, &openssl_verify }
#define RSA_SIGN { &by_id_sign, &raw_rsa_sign, NULL, NULL, &by_id_sign, &openssl_sign }
#define REPLACE { &life_replace, NULL, NULL, NULL, NULL, NULL }

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
    { "HMAC-SHA-256, one key, floor", "operations", HMAC_FLOOR, HMAC_KEY, 1, UNIFORM, USUAL, 1,
      SAME_RESULTS },
    { "HMAC-SHA-256, 1,000 keys, floor", "operations", HMAC_FLOOR, HMAC_KEY, SOME, UNIFORM, USUAL,
      1, SAME_RESULTS },
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
    { "AES-128-GCM, one key, floor", "operations", GCM_FLOOR, AES_KEY, 1, UNIFORM, USUAL, 1,
      SAME_RESULTS },
    { "AES-128-GCM, 1,000 keys, floor", "operations", GCM_FLOOR, AES_KEY, SOME, UNIFORM, USUAL, 1,
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
