/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Where Mbed TLS 2.28 and 3.6 differ: one name for what both have under two, a stand-in for what
 * one of them lacks. Nothing else in the library asks for the version of Mbed TLS. Only its
 * public low-level functions are used, and no field of its structures but those of the PSA
 * attributes, operations and statistics, and the base point of a curve's group. */
#ifndef KS_CRYPTO_MBED_H
#define KS_CRYPTO_MBED_H

#include "base/wipe.h"
#include "key/call.h"

#include <mbedtls/version.h>
#include <string.h>

#include <mbedtls/aes.h>
#include <mbedtls/ccm.h>
#include <mbedtls/chachapoly.h>
#include <mbedtls/cipher.h>
#include <mbedtls/cmac.h>
#include <mbedtls/ecp.h>
#include <mbedtls/error.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <mbedtls/md5.h>
#include <mbedtls/pk.h>
#include <mbedtls/ripemd160.h>
#include <mbedtls/rsa.h>
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>
#include <psa/crypto.h>

/* CCM* without a tag is a cipher of the PSA API since version 1.1, which 2.28 precedes. */
#ifdef PSA_ALG_CCM_STAR_NO_TAG
#define KS_ALG_CCM_STAR_NO_TAG PSA_ALG_CCM_STAR_NO_TAG
#else
#define KS_ALG_CCM_STAR_NO_TAG ((psa_algorithm_t) 0) /* no algorithm */
#endif

/* 3.6 has no ARC4. */
#ifdef PSA_KEY_TYPE_ARC4
#define KS_KEY_TYPE_ARC4 PSA_KEY_TYPE_ARC4
#else
#define KS_KEY_TYPE_ARC4 PSA_KEY_TYPE_NONE
#endif

/* What stock mbedcrypto puts on the heap for a block cipher: the AES context, its largest for the
 * usual ciphers, and the allocator's own 16 bytes. */
#define KS_MBED_CIPHER_HEAP (sizeof(mbedtls_aes_context) + 16)
#define KS_MBED_CMAC_HEAP (KS_MBED_CIPHER_HEAP + sizeof(mbedtls_cmac_context_t) + 16)

#if MBEDTLS_VERSION_NUMBER < 0x03000000

#include <mbedtls/arc4.h>
#include <mbedtls/md2.h>
#include <mbedtls/md4.h>

/* The hash functions that report errors have a suffix, for the sake of older ones that do not. */
#define KS_MBED_HASH(hash, function) mbedtls_##hash##_##function##_ret

#else

#include <mbedtls/sha3.h>

#define KS_MBED_HASH(hash, function) mbedtls_##hash##_##function

#endif

/* The kinds of hash contexts, by the prefix of their functions. */
#define KS_MBED_HASH_CONTEXTS(CONTEXT) \
    KS_MBED_IF_MD2(CONTEXT(md2))       \
    KS_MBED_IF_MD4(CONTEXT(md4))       \
    CONTEXT(md5)                       \
    CONTEXT(ripemd160)                 \
    CONTEXT(sha1)                      \
    CONTEXT(sha256)                    \
    CONTEXT(sha512)                    \
    KS_MBED_IF_SHA3(CONTEXT(sha3))

/* The hashes, one line each: PSA_ALG_ name, prefix, bytes of a digest, of a block and of a chaining
 * value (FIPS 180-4, RFC 1320, RFC 1321; or the whole context, where what a block changes is most
 * of it), bytes of stack that an HMAC, with a context on the stack, does not exceed (measured on
 * x86-64 with both versions, and a fifth more), and the arguments of the functions to start and to
 * finish. */
#define KS_MBED_HASHES(HASH)                                                        \
    KS_MBED_IF_MD2(HASH(MD2, md2, 16, 16, sizeof(mbedtls_md2_context), 640, (context), \
                        (context, digest)))                                         \
    KS_MBED_IF_MD4(HASH(MD4, md4, 16, 64, 16, 768, (context), (context, digest)))   \
    HASH(MD5, md5, 16, 64, 16, 480, (context), (context, digest))                   \
    HASH(RIPEMD160, ripemd160, 20, 64, 20, 608, (context), (context, digest))       \
    HASH(SHA_1, sha1, 20, 64, 20, 544, (context), (context, digest))                \
    HASH(SHA_224, sha256, 28, 64, 32, 896, (context, 1), (context, digest))         \
    HASH(SHA_256, sha256, 32, 64, 32, 896, (context, 0), (context, digest))         \
    HASH(SHA_384, sha512, 48, 128, 64, 1792, (context, 1), (context, digest))       \
    HASH(SHA_512, sha512, 64, 128, 64, 1792, (context, 0), (context, digest))       \
    KS_MBED_IF_SHA3(KS_MBED_HASHES_SHA3(HASH))

#define KS_MBED_SHA3_STATE sizeof(mbedtls_sha3_context)
#define KS_MBED_HASHES_SHA3(HASH)                                                           \
    HASH(SHA3_224, sha3, 28, 144, KS_MBED_SHA3_STATE, 592, (context, MBEDTLS_SHA3_224),     \
         (context, digest, 28))                                                             \
    HASH(SHA3_256, sha3, 32, 136, KS_MBED_SHA3_STATE, 592, (context, MBEDTLS_SHA3_256),     \
         (context, digest, 32))                                                             \
    HASH(SHA3_384, sha3, 48, 104, KS_MBED_SHA3_STATE, 592, (context, MBEDTLS_SHA3_384),     \
         (context, digest, 48))                                                             \
    HASH(SHA3_512, sha3, 64, 72, KS_MBED_SHA3_STATE, 592, (context, MBEDTLS_SHA3_512),      \
         (context, digest, 64))

/* Each gives what it is given if the installed Mbed TLS has the hash. */
#ifdef MBEDTLS_MD2_C
#define KS_MBED_IF_MD2(...) __VA_ARGS__
#else
#define KS_MBED_IF_MD2(...)
#endif

#ifdef MBEDTLS_MD4_C
#define KS_MBED_IF_MD4(...) __VA_ARGS__
#else
#define KS_MBED_IF_MD4(...)
#endif

#ifdef MBEDTLS_SHA3_C
#define KS_MBED_IF_SHA3(...) __VA_ARGS__
#else
#define KS_MBED_IF_SHA3(...)
#endif

/* The hashes as Mbed TLS's signature functions name them: PSA_ALG_ name, MBEDTLS_MD_ name. */
#define KS_MBED_MD_TYPES(TYPE)                                                       \
    KS_MBED_IF_MD2(TYPE(MD2, MD2))                                                   \
    KS_MBED_IF_MD4(TYPE(MD4, MD4))                                                   \
    TYPE(MD5, MD5)                                                                   \
    TYPE(RIPEMD160, RIPEMD160)                                                       \
    TYPE(SHA_1, SHA1)                                                                \
    TYPE(SHA_224, SHA224)                                                            \
    TYPE(SHA_256, SHA256)                                                            \
    TYPE(SHA_384, SHA384)                                                            \
    TYPE(SHA_512, SHA512)                                                            \
    KS_MBED_IF_SHA3(TYPE(SHA3_224, SHA3_224) TYPE(SHA3_256, SHA3_256)                \
                    TYPE(SHA3_384, SHA3_384) TYPE(SHA3_512, SHA3_512))

#define KS_MBED_MD_CASE(psa, mbed) case PSA_ALG_##psa: return MBEDTLS_MD_##mbed;

/* MBEDTLS_MD_NONE: no hash, or one that the installed Mbed TLS has not. */
static inline mbedtls_md_type_t ks_mbed_md(psa_algorithm_t hash)
{
    switch (hash) {
        KS_MBED_MD_TYPES(KS_MBED_MD_CASE)
    default:
        return MBEDTLS_MD_NONE;
    }
}

#undef KS_MBED_MD_CASE

/* ARC4. A context is used up by an operation, so a prepared one is cloned. */
#ifdef MBEDTLS_ARC4_C

struct ks_mbed_arc4 {
    mbedtls_arc4_context state;
};

static inline bool ks_mbed_arc4_start(struct ks_mbed_arc4 *arc4, const uint8_t *key, size_t length)
{
    mbedtls_arc4_init(&arc4->state);
    mbedtls_arc4_setup(&arc4->state, key, (unsigned int) length);
    return true;
}

static inline int ks_mbed_arc4_crypt(const struct ks_mbed_arc4 *arc4, size_t length,
                                     const uint8_t *input, uint8_t *output)
{
    mbedtls_arc4_context work = arc4->state;
    int ret = mbedtls_arc4_crypt(&work, length, input, output);

    ks_wipe(&work, sizeof work);
    return ret;
}

/* The next part of a message, with a context of the operation's own. */
static inline int ks_mbed_arc4_update(struct ks_mbed_arc4 *arc4, size_t length,
                                      const uint8_t *input, uint8_t *output)
{
    return mbedtls_arc4_crypt(&arc4->state, length, input, output);
}

#else

struct ks_mbed_arc4 {
    char none;
};

static inline bool ks_mbed_arc4_start(struct ks_mbed_arc4 *arc4, const uint8_t *key, size_t length)
{
    (void) arc4;
    (void) key;
    (void) length;
    return false;
}

static inline int ks_mbed_arc4_crypt(const struct ks_mbed_arc4 *arc4, size_t length,
                                     const uint8_t *input, uint8_t *output)
{
    (void) arc4;
    (void) length;
    (void) input;
    (void) output;
    return MBEDTLS_ERR_CIPHER_FEATURE_UNAVAILABLE;
}

static inline int ks_mbed_arc4_update(struct ks_mbed_arc4 *arc4, size_t length,
                                      const uint8_t *input, uint8_t *output)
{
    return ks_mbed_arc4_crypt(arc4, length, input, output);
}

#endif

/* In its innermost frame AES-GCM turns two blocks of 16 bytes around, a byte of each in turn. Where
 * both are in one half of a cache line, the processor (measured: AMD Zen 3) writes the bytes out
 * faster, and a message takes a sixth less time. Whether they are depends on bit 4 of the stack
 * pointer, before arguments are pushed: this is what it must be, 0 or 16, with shared libraries
 * built as Debian's are for x86-64. Another build of Mbed TLS may be slower by that sixth instead;
 * tests/unit/place.c tells. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define KS_MBED_GCM_ENCRYPT_PLACE 16
#define KS_MBED_GCM_DECRYPT_PLACE 0
#else
#define KS_MBED_GCM_ENCRYPT_PLACE 0
#define KS_MBED_GCM_DECRYPT_PLACE 16
#endif

/* GCM in parts. 2.28 wants the additional data when it starts, and whole blocks but for the last;
 * KS_MBED_GCM_PARTS says whether any pieces will do. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000

#define KS_MBED_GCM_PARTS false

static inline int ks_mbed_gcm_start(mbedtls_gcm_context *gcm, int mode, const uint8_t *nonce,
                                    size_t nonce_length, const uint8_t *data, size_t data_length)
{
    return mbedtls_gcm_starts(gcm, mode, nonce, nonce_length, data, data_length);
}

static inline int ks_mbed_gcm_data(mbedtls_gcm_context *gcm, const uint8_t *data, size_t length)
{
    (void) gcm;
    (void) data;
    (void) length;
    return MBEDTLS_ERR_CIPHER_FEATURE_UNAVAILABLE;
}

static inline int ks_mbed_gcm_text(mbedtls_gcm_context *gcm, const uint8_t *input, size_t length,
                                   uint8_t *output)
{
    return mbedtls_gcm_update(gcm, length, input, output);
}

static inline int ks_mbed_gcm_finish(mbedtls_gcm_context *gcm, uint8_t *tag, size_t tag_length)
{
    return mbedtls_gcm_finish(gcm, tag, tag_length);
}

#else

#define KS_MBED_GCM_PARTS true

static inline int ks_mbed_gcm_data(mbedtls_gcm_context *gcm, const uint8_t *data, size_t length)
{
    return mbedtls_gcm_update_ad(gcm, data, length);
}

static inline int ks_mbed_gcm_start(mbedtls_gcm_context *gcm, int mode, const uint8_t *nonce,
                                    size_t nonce_length, const uint8_t *data, size_t data_length)
{
    int ret = mbedtls_gcm_starts(gcm, mode, nonce, nonce_length);

    return ret == 0 && data_length != 0 ? ks_mbed_gcm_data(gcm, data, data_length) : ret;
}

static inline int ks_mbed_gcm_text(mbedtls_gcm_context *gcm, const uint8_t *input, size_t length,
                                   uint8_t *output)
{
    size_t written = 0;

    return mbedtls_gcm_update(gcm, input, length, output, length, &written);
}

static inline int ks_mbed_gcm_finish(mbedtls_gcm_context *gcm, uint8_t *tag, size_t tag_length)
{
    size_t written = 0;

    return mbedtls_gcm_finish(gcm, NULL, 0, &written, tag, tag_length);
}

#endif

/* Where the caller's operation objects hold the name of an operation: in words of 32 bits that
 * their initialisers make zero, which excludes most of the union, and bit-fields. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define KS_MBED_FIELD(name) name
#define KS_MBED_AEAD_FIELD alg
#else
#define KS_MBED_FIELD(name) MBEDTLS_PRIVATE(name)
#define KS_MBED_AEAD_FIELD MBEDTLS_PRIVATE(id)
#endif

_Static_assert(sizeof(unsigned) == sizeof(uint32_t), "names fit Mbed TLS's fields");

static inline struct ks_place ks_mbed_mac_place(psa_mac_operation_t *operation)
{
    return (struct ks_place){&operation->KS_MBED_FIELD(id),
                             &operation->KS_MBED_FIELD(ctx).dummy};
}

static inline struct ks_place ks_mbed_cipher_place(psa_cipher_operation_t *operation)
{
    return (struct ks_place){&operation->KS_MBED_FIELD(id),
                             &operation->KS_MBED_FIELD(ctx).dummy};
}

static inline struct ks_place ks_mbed_aead_place(psa_aead_operation_t *operation)
{
    return (struct ks_place){&operation->KS_MBED_AEAD_FIELD,
                             &operation->KS_MBED_FIELD(ctx).dummy};
}

/* RSA. 2.28 asks which half of the key is meant, and has random numbers where 3.6 needs none. */
#define KS_MBED_F_RNG int (*f_rng)(void *, unsigned char *, size_t), void *rng

#if MBEDTLS_VERSION_NUMBER < 0x03000000

static inline void ks_mbed_rsa_init(mbedtls_rsa_context *rsa)
{
    mbedtls_rsa_init(rsa, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_NONE);
}

static inline int ks_mbed_rsa_set_padding(mbedtls_rsa_context *rsa, int padding,
                                          mbedtls_md_type_t md)
{
    mbedtls_rsa_set_padding(rsa, padding, md);
    return 0;
}

static inline int ks_mbed_pk_parse(mbedtls_pk_context *pk, const uint8_t *data, size_t length,
                                   KS_MBED_F_RNG)
{
    (void) f_rng;
    (void) rng;
    return mbedtls_pk_parse_key(pk, data, length, NULL, 0);
}

static inline int ks_mbed_rsa_sign(mbedtls_rsa_context *rsa, KS_MBED_F_RNG, mbedtls_md_type_t md,
                                   const uint8_t *hash, size_t length, uint8_t *signature)
{
    return mbedtls_rsa_pkcs1_sign(rsa, f_rng, rng, MBEDTLS_RSA_PRIVATE, md, (unsigned) length, hash,
                                  signature);
}

static inline int ks_mbed_rsa_verify(mbedtls_rsa_context *rsa, mbedtls_md_type_t md,
                                     const uint8_t *hash, size_t length, const uint8_t *signature)
{
    return mbedtls_rsa_pkcs1_verify(rsa, NULL, NULL, MBEDTLS_RSA_PUBLIC, md, (unsigned) length,
                                    hash, signature);
}

static inline int ks_mbed_rsa_verify_pss(mbedtls_rsa_context *rsa, mbedtls_md_type_t md,
                                         const uint8_t *hash, size_t length, int salt,
                                         const uint8_t *signature)
{
    return mbedtls_rsa_rsassa_pss_verify_ext(rsa, NULL, NULL, MBEDTLS_RSA_PUBLIC, md,
                                             (unsigned) length, hash, md, salt, signature);
}

static inline int ks_mbed_rsa_encrypt(mbedtls_rsa_context *rsa, KS_MBED_F_RNG,
                                      const uint8_t *input, size_t length, uint8_t *output)
{
    return mbedtls_rsa_pkcs1_encrypt(rsa, f_rng, rng, MBEDTLS_RSA_PUBLIC, length, input, output);
}

static inline int ks_mbed_rsa_encrypt_oaep(mbedtls_rsa_context *rsa, KS_MBED_F_RNG,
                                           const uint8_t *label, size_t label_length,
                                           const uint8_t *input, size_t length, uint8_t *output)
{
    return mbedtls_rsa_rsaes_oaep_encrypt(rsa, f_rng, rng, MBEDTLS_RSA_PUBLIC, label, label_length,
                                          length, input, output);
}

static inline int ks_mbed_rsa_decrypt(mbedtls_rsa_context *rsa, KS_MBED_F_RNG,
                                      const uint8_t *input, uint8_t *output, size_t size,
                                      size_t *length)
{
    return mbedtls_rsa_pkcs1_decrypt(rsa, f_rng, rng, MBEDTLS_RSA_PRIVATE, length, input, output,
                                     size);
}

static inline int ks_mbed_rsa_decrypt_oaep(mbedtls_rsa_context *rsa, KS_MBED_F_RNG,
                                           const uint8_t *label, size_t label_length,
                                           const uint8_t *input, uint8_t *output, size_t size,
                                           size_t *length)
{
    return mbedtls_rsa_rsaes_oaep_decrypt(rsa, f_rng, rng, MBEDTLS_RSA_PRIVATE, label, label_length,
                                          length, input, output, size);
}

#else

static inline void ks_mbed_rsa_init(mbedtls_rsa_context *rsa)
{
    mbedtls_rsa_init(rsa);
}

static inline int ks_mbed_rsa_set_padding(mbedtls_rsa_context *rsa, int padding,
                                          mbedtls_md_type_t md)
{
    return mbedtls_rsa_set_padding(rsa, padding, md);
}

static inline int ks_mbed_pk_parse(mbedtls_pk_context *pk, const uint8_t *data, size_t length,
                                   KS_MBED_F_RNG)
{
    return mbedtls_pk_parse_key(pk, data, length, NULL, 0, f_rng, rng);
}

static inline int ks_mbed_rsa_sign(mbedtls_rsa_context *rsa, KS_MBED_F_RNG, mbedtls_md_type_t md,
                                   const uint8_t *hash, size_t length, uint8_t *signature)
{
    return mbedtls_rsa_pkcs1_sign(rsa, f_rng, rng, md, (unsigned) length, hash, signature);
}

static inline int ks_mbed_rsa_verify(mbedtls_rsa_context *rsa, mbedtls_md_type_t md,
                                     const uint8_t *hash, size_t length, const uint8_t *signature)
{
    return mbedtls_rsa_pkcs1_verify(rsa, md, (unsigned) length, hash, signature);
}

static inline int ks_mbed_rsa_verify_pss(mbedtls_rsa_context *rsa, mbedtls_md_type_t md,
                                         const uint8_t *hash, size_t length, int salt,
                                         const uint8_t *signature)
{
    return mbedtls_rsa_rsassa_pss_verify_ext(rsa, md, (unsigned) length, hash, md, salt,
                                             signature);
}

static inline int ks_mbed_rsa_encrypt(mbedtls_rsa_context *rsa, KS_MBED_F_RNG,
                                      const uint8_t *input, size_t length, uint8_t *output)
{
    return mbedtls_rsa_pkcs1_encrypt(rsa, f_rng, rng, length, input, output);
}

static inline int ks_mbed_rsa_encrypt_oaep(mbedtls_rsa_context *rsa, KS_MBED_F_RNG,
                                           const uint8_t *label, size_t label_length,
                                           const uint8_t *input, size_t length, uint8_t *output)
{
    return mbedtls_rsa_rsaes_oaep_encrypt(rsa, f_rng, rng, label, label_length, length, input,
                                          output);
}

static inline int ks_mbed_rsa_decrypt(mbedtls_rsa_context *rsa, KS_MBED_F_RNG,
                                      const uint8_t *input, uint8_t *output, size_t size,
                                      size_t *length)
{
    return mbedtls_rsa_pkcs1_decrypt(rsa, f_rng, rng, length, input, output, size);
}

static inline int ks_mbed_rsa_decrypt_oaep(mbedtls_rsa_context *rsa, KS_MBED_F_RNG,
                                           const uint8_t *label, size_t label_length,
                                           const uint8_t *input, uint8_t *output, size_t size,
                                           size_t *length)
{
    return mbedtls_rsa_rsaes_oaep_decrypt(rsa, f_rng, rng, label, label_length, length, input,
                                          output, size);
}

#endif

/* Neighbouring attributes are copied as words of 8 bytes, for a key has them in the same order: a
 * look-up among many keys takes as long as the number of its stores lets others begin. */
#define KS_MBED_PLACE(field) offsetof(psa_key_attributes_t, field)
#define KS_MBED_ALIKE(from, to, own_from, own_to)                                              \
    _Static_assert(KS_MBED_PLACE(to) - KS_MBED_PLACE(from) == 4 &&                             \
                       offsetof(struct ks_key, own_to) - offsetof(struct ks_key, own_from) == 4, \
                   "struct ks_key has its attributes in the order of Mbed TLS")

/* Attributes of a key, and the statistics of Mbed TLS: structures whose fields have no setter
 * that will do. 2.28's attributes may own a block of domain parameters. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000

#include <mbedtls/platform.h>

static inline void ks_mbed_attributes_reset(psa_key_attributes_t *attributes)
{
    if (ks_unlikely(attributes->domain_parameters != NULL)) {
        mbedtls_free(attributes->domain_parameters);
    }
    *attributes = psa_key_attributes_init();
}

/* Whether there is something to free first, or to clear that ks_mbed_attributes_fill leaves. */
static inline bool ks_mbed_attributes_own(const psa_key_attributes_t *attributes)
{
    return ((uintptr_t) attributes->domain_parameters | attributes->domain_parameters_size) != 0;
}

#define KS_MBED_CORE(field) core.field
#define KS_MBED_POLICY(field) core.policy.field

/* Id and policy, and what is no part of a key's attributes. */
static inline void ks_mbed_attributes_fill_rest(psa_key_attributes_t *attributes,
                                                const struct ks_key *key)
{
    uint64_t id_usage;
    uint64_t algs;

    memcpy(&id_usage, (const char *) key + offsetof(struct ks_key, object.id), sizeof id_usage);
    memcpy(&algs, (const char *) key + offsetof(struct ks_key, alg), sizeof algs);
    memcpy((char *) attributes + KS_MBED_PLACE(core.id), &id_usage, sizeof id_usage);
    memcpy((char *) attributes + KS_MBED_PLACE(core.policy.alg), &algs, sizeof algs);
    attributes->core.flags = 0;
#ifdef MBEDTLS_PSA_CRYPTO_SE_C
    attributes->slot_number = 0;
#endif
}

KS_MBED_ALIKE(core.id, core.policy.usage, object.id, usage);
KS_MBED_ALIKE(core.policy.alg, core.policy.alg2, alg, alg2);

/* The public exponent of an RSA key is part of its attributes, as their domain parameters. */
#define KS_MBED_ATTRIBUTES_HAVE_EXPONENT true

static inline const uint8_t *ks_mbed_attributes_exponent(const psa_key_attributes_t *attributes,
                                                         size_t *length)
{
    *length = attributes->domain_parameters_size;
    return attributes->domain_parameters;
}

static inline psa_status_t ks_mbed_attributes_set_exponent(psa_key_attributes_t *attributes,
                                                           const uint8_t *exponent, size_t length)
{
    return psa_set_key_domain_parameters(attributes, psa_get_key_type(attributes), exponent,
                                         length);
}

static inline void ks_mbed_stats_set(mbedtls_psa_stats_t *stats, size_t keys, size_t empty)
{
    stats->volatile_slots = keys;
    stats->empty_slots = empty;
}

#else

static inline void ks_mbed_attributes_reset(psa_key_attributes_t *attributes)
{
    *attributes = psa_key_attributes_init();
}

static inline bool ks_mbed_attributes_own(const psa_key_attributes_t *attributes)
{
    (void) attributes;
    return false;
}

#define KS_MBED_CORE(field) MBEDTLS_PRIVATE(field)
#define KS_MBED_POLICY(field) MBEDTLS_PRIVATE(policy).MBEDTLS_PRIVATE(field)

static inline void ks_mbed_attributes_fill_rest(psa_key_attributes_t *attributes,
                                                const struct ks_key *key)
{
    uint64_t usage_alg;
    psa_algorithm_t alg2 = key->alg2;
    psa_key_id_t id = key->object.id;

    memcpy(&usage_alg, (const char *) key + offsetof(struct ks_key, usage), sizeof usage_alg);
    memcpy((char *) attributes + KS_MBED_PLACE(KS_MBED_POLICY(usage)), &usage_alg,
           sizeof usage_alg);
    attributes->KS_MBED_POLICY(alg2) = alg2;
    attributes->MBEDTLS_PRIVATE(id) = id;
#ifdef MBEDTLS_PSA_CRYPTO_SE_C
    attributes->MBEDTLS_PRIVATE(slot_number) = 0;
    attributes->MBEDTLS_PRIVATE(has_slot_number) = 0;
#endif
}

KS_MBED_ALIKE(KS_MBED_POLICY(usage), KS_MBED_POLICY(alg), usage, alg);

#define KS_MBED_ATTRIBUTES_HAVE_EXPONENT false

static inline const uint8_t *ks_mbed_attributes_exponent(const psa_key_attributes_t *attributes,
                                                         size_t *length)
{
    (void) attributes;
    *length = 0;
    return NULL;
}

static inline psa_status_t ks_mbed_attributes_set_exponent(psa_key_attributes_t *attributes,
                                                           const uint8_t *exponent, size_t length)
{
    (void) attributes;
    (void) exponent;
    (void) length;
    return PSA_SUCCESS;
}

static inline void ks_mbed_stats_set(mbedtls_psa_stats_t *stats, size_t keys, size_t empty)
{
    stats->MBEDTLS_PRIVATE(volatile_slots) = keys;
    stats->MBEDTLS_PRIVATE(empty_slots) = empty;
}

#endif

#define KS_MBED_TYPE KS_MBED_PLACE(KS_MBED_CORE(type))

_Static_assert(KS_MBED_PLACE(KS_MBED_CORE(bits)) - KS_MBED_TYPE == 2 &&
                   KS_MBED_PLACE(KS_MBED_CORE(lifetime)) - KS_MBED_TYPE == 4 &&
                   offsetof(struct ks_key, bits) - offsetof(struct ks_key, type) == 2,
               "type, size and lifetime are one word");

/* Writes a key's attributes over attributes that own nothing. The lifetime is the caller's to tell:
 * where it is known from how the key was found, the key's own is not read. The loads stand before
 * the stores, which the compiler must take for stores to the key. psa_set_key_id would make the key
 * persistent; a structure made on the stack and assigned would be copied by wide loads, which wait
 * for the narrow stores before them. */
static inline void ks_mbed_attributes_fill(psa_key_attributes_t *attributes,
                                           const struct ks_key *key, psa_key_lifetime_t lifetime)
{
    uint32_t kind; /* type and size */

    memcpy(&kind, (const char *) key + offsetof(struct ks_key, type), sizeof kind);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t head = (uint64_t) lifetime << 32 | kind;
#else
    uint64_t head = (uint64_t) kind << 32 | lifetime;
#endif
    ks_mbed_attributes_fill_rest(attributes, key);
    memcpy((char *) attributes + KS_MBED_TYPE, &head, sizeof head);
}

#endif
