/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Multi-part operations: each call of a family is the life of one operation object, of random calls
 * in random order. A key that ends in the middle is followed by one more call, for then the two go
 * different ways: Mbed TLS goes on with its copy of the key. */

#include "family.h"

#include <mbedtls/version.h>
#include <string.h>

#define STEPS 14u

/* What is known of the object, for choosing what is likely to be right. */
struct object {
    struct diff_key *key;
    psa_algorithm_t alg;
    size_t block;
    size_t size;    /* of a MAC or tag */
    bool forward;
    bool padded;    /* decrypts with padding: the room for updates is another */
    size_t used;    /* bytes of a block that is not whole yet */
    bool random;    /* outputs are compared by length alone */
    bool ended;     /* the key is gone */
    bool over;      /* nothing more is to be called but abort */
};

static void opened(struct diff_run *run, struct object *object, psa_status_t status)
{
    diff_status(run, status);
    diff_end(run);
    object->used = 0;
    object->over = object->over || object->ended;
    if (status == PSA_SUCCESS) {
        object->random = object->key == NULL || object->key->random;
    }
}

/* Before a call other than a set-up. */
static void begin(struct diff_run *run, const struct object *object, const char *function)
{
    diff_begin(run, function);
    if (object->ended) {
        diff_fact(run, FACT_KEY_ENDED);
    }
}

static void ended(struct diff_run *run, struct object *object, psa_status_t status)
{
    diff_status(run, status);
    diff_end(run);
    object->over = object->over || object->ended;
}

/* The same of a call that wrote to an output. */
static void gave(struct diff_run *run, struct object *object, psa_status_t status,
                 const uint8_t *output, size_t size, size_t length)
{
    diff_note_output(run, output, size, length, object->random || object->ended);
    ended(run, object, status);
}

/* Now and then, in the middle. */
static void end_key(struct diff_run *run, struct object *object)
{
    if (object->key != NULL && object->key->id != 0 && diff_chance(run, 3)) {
        diff_destroy(run, object->key);
        object->ended = true;
    }
}

/* A set-up with another key or a changed algorithm, some of the time. */
static psa_key_id_t target(struct diff_run *run, const struct object *object)
{
    psa_key_id_t id = diff_target(run, object->key);

    diff_say(run, "alg %#x", (unsigned) object->alg);
    diff_ready(run);
    return id;
}

/* --- MAC --- */

static const struct {
    psa_key_type_t type;
    size_t bits;
    psa_algorithm_t alg;
    size_t size;
} macs[] = {
    {PSA_KEY_TYPE_HMAC, 256, PSA_ALG_HMAC(PSA_ALG_SHA_256), 32},
    {PSA_KEY_TYPE_HMAC, 1600, PSA_ALG_HMAC(PSA_ALG_SHA_512), 64},
    {PSA_KEY_TYPE_HMAC, 160, PSA_ALG_HMAC(PSA_ALG_SHA_1), 20},
    {PSA_KEY_TYPE_HMAC, 160, PSA_ALG_TRUNCATED_MAC(PSA_ALG_HMAC(PSA_ALG_SHA_384), 17), 17},
    {PSA_KEY_TYPE_HMAC, 128, PSA_ALG_TRUNCATED_MAC(PSA_ALG_HMAC(PSA_ALG_MD5), 3), 3},
    {PSA_KEY_TYPE_HMAC, 128, PSA_ALG_HMAC(PSA_ALG_SHA3_256), 32},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_CMAC, 16},
    {PSA_KEY_TYPE_AES, 256, PSA_ALG_TRUNCATED_MAC(PSA_ALG_CMAC, 12), 12},
    {PSA_KEY_TYPE_DES, 192, PSA_ALG_CMAC, 8},
    {PSA_KEY_TYPE_DES, 64, PSA_ALG_CMAC, 8},
    {PSA_KEY_TYPE_CAMELLIA, 128, PSA_ALG_CMAC, 16},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_CBC_MAC, 16},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_HMAC(PSA_ALG_SHA_256), 32},
    {PSA_KEY_TYPE_HMAC, 256, PSA_ALG_CTR, 32},
};

/* Whether the algorithm, chosen for a key of another type, names more than this one's block. */
static bool is_beyond_block(const struct diff_key *key, psa_algorithm_t alg)
{
    size_t block = key != NULL ? PSA_BLOCK_CIPHER_BLOCK_LENGTH(key->type) : 0;

    return block > 1 && PSA_ALG_IS_BLOCK_CIPHER_MAC(alg) && PSA_MAC_TRUNCATED_LENGTH(alg) > block;
}

static void mac_set_up(struct diff_run *run, psa_mac_operation_t *operation, struct object *object)
{
    object->forward = diff_chance(run, 60);
    diff_begin(run, object->forward ? "psa_mac_sign_setup" : "psa_mac_verify_setup");
    diff_fact(run, is_beyond_block(object->key, object->alg) ? FACT_LONG_MAC : 0);
    psa_key_id_t id = target(run, object);

    opened(run, object, object->forward ? psa_mac_sign_setup(operation, id, object->alg)
                                        : psa_mac_verify_setup(operation, id, object->alg));
}

static void mac_update(struct diff_run *run, psa_mac_operation_t *operation, struct object *object)
{
    size_t length = diff_length(run, 600);

    begin(run, object, "psa_mac_update");
    diff_say(run, "input %u", (unsigned) length);
    diff_ready(run);
    ended(run, object, psa_mac_update(operation, diff_material + diff_pick(run, 50), length));
}

static void mac_finish(struct diff_run *run, psa_mac_operation_t *operation, struct object *object)
{
    size_t size = diff_room(run, object->size);
    size_t length = 99;
    uint8_t *mac = diff_output(0, size);

    begin(run, object, "psa_mac_sign_finish");
    diff_say(run, "room %u", (unsigned) size);
    diff_ready(run);
    psa_status_t status = psa_mac_sign_finish(operation, mac, size, &length);

    gave(run, object, status, mac, size, length);
}

static void mac_verify(struct diff_run *run, psa_mac_operation_t *operation, struct object *object)
{
    size_t length = diff_chance(run, 80) ? object->size : diff_pick(run, 70);

    begin(run, object, "psa_mac_verify_finish");
    diff_say(run, "MAC of %u bytes", (unsigned) length);
    diff_ready(run);
    ended(run, object, psa_mac_verify_finish(operation, diff_material, length));
}

/* A MAC that is right, checked in pieces: the pieces are those of the text. */
static void mac_right(struct diff_run *run, struct object *object)
{
    size_t length = diff_pick(run, 200);
    uint8_t mac[64];
    size_t mac_length = 0;
    size_t cut = diff_pick(run, (uint32_t) length + 1);
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    psa_key_id_t id = object->key != NULL ? object->key->id : 0;

    if (object->ended || psa_mac_compute(id, object->alg, diff_material, length, mac, sizeof mac,
                                         &mac_length) != PSA_SUCCESS) {
        return;
    }
    diff_begin(run, "psa_mac_verify_finish");
    diff_say(run, "right, %u bytes cut at %u", (unsigned) length, (unsigned) cut);
    diff_ready(run);
    psa_status_t status = psa_mac_verify_setup(&operation, id, object->alg);

    if (status == PSA_SUCCESS) {
        status = psa_mac_update(&operation, diff_material, cut);
    }
    if (status == PSA_SUCCESS) {
        status = psa_mac_update(&operation, diff_material + cut, length - cut);
    }
    if (status == PSA_SUCCESS) {
        status = psa_mac_verify_finish(&operation, mac, mac_length);
    }
    diff_status(run, status);
    diff_end(run);
    psa_mac_abort(&operation);
}

static void mac_step(struct diff_run *run, psa_mac_operation_t *operation, struct object *object)
{
    switch (diff_pick(run, 12)) {
    case 0:
        mac_set_up(run, operation, object);
        break;
    case 1:
    case 2:
        mac_finish(run, operation, object);
        break;
    case 3:
        mac_verify(run, operation, object);
        break;
    case 4:
        diff_begin(run, "psa_mac_abort");
        diff_ready(run);
        diff_status(run, psa_mac_abort(operation));
        diff_end(run);
        break;
    default:
        mac_update(run, operation, object);
    }
}

void diff_mac_parts(struct diff_run *run)
{
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    uint32_t k = diff_pick(run, sizeof macs / sizeof *macs);
    struct object object = {.alg = macs[k].alg, .size = macs[k].size};
    uint32_t steps = 1 + diff_pick(run, STEPS);

    object.key = diff_key_for(run, macs[k].type, macs[k].bits, macs[k].alg);
    mac_right(run, &object);
    if (diff_chance(run, 90)) {
        mac_set_up(run, &operation, &object);
    }
    for (uint32_t i = 0; i < steps && !object.over; i++) {
        end_key(run, &object);
        mac_step(run, &operation, &object);
    }
    psa_mac_abort(&operation);
}

/* --- ciphers --- */

static const struct {
    psa_key_type_t type;
    size_t bits;
    psa_algorithm_t alg;
    size_t block; /* 1: a stream */
    size_t iv;
} ciphers[] = {
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_CTR, 1, 16},
    {PSA_KEY_TYPE_AES, 256, PSA_ALG_CFB, 1, 16},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_OFB, 1, 16},
    {PSA_KEY_TYPE_AES, 192, PSA_ALG_CBC_NO_PADDING, 16, 16},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_CBC_PKCS7, 16, 16},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_ECB_NO_PADDING, 16, 0},
    {PSA_KEY_TYPE_DES, 192, PSA_ALG_CBC_PKCS7, 8, 8},
    {PSA_KEY_TYPE_DES, 64, PSA_ALG_ECB_NO_PADDING, 8, 0},
    {PSA_KEY_TYPE_CHACHA20, 256, PSA_ALG_STREAM_CIPHER, 1, 12},
    {PSA_KEY_TYPE_CAMELLIA, 128, PSA_ALG_CBC_PKCS7, 16, 16},
#ifdef PSA_ALG_CCM_STAR_NO_TAG
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_CCM_STAR_NO_TAG, 1, 13},
#endif
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_XTS, 16, 16},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_STREAM_CIPHER, 1, 12},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_GCM, 1, 12},
};

static void cipher_set_up(struct diff_run *run, psa_cipher_operation_t *operation,
                          struct object *object)
{
    object->forward = diff_chance(run, 50);
    object->padded = !object->forward && object->alg == PSA_ALG_CBC_PKCS7;
    diff_begin(run, object->forward ? "psa_cipher_encrypt_setup" : "psa_cipher_decrypt_setup");
    psa_key_id_t id = target(run, object);

    opened(run, object, object->forward ? psa_cipher_encrypt_setup(operation, id, object->alg)
                                        : psa_cipher_decrypt_setup(operation, id, object->alg));
}

static void cipher_iv(struct diff_run *run, psa_cipher_operation_t *operation,
                      struct object *object, size_t usual)
{
    if (diff_chance(run, 90)) {
        size_t length = diff_chance(run, 90) ? usual : diff_pick(run, 20);

        begin(run, object, "psa_cipher_set_iv");
        diff_say(run, "%u bytes", (unsigned) length);
        diff_ready(run);
        ended(run, object, psa_cipher_set_iv(operation, diff_material + 200, length));
        return;
    }
    size_t size = diff_room(run, usual);
    size_t length = 99;
    uint8_t *iv = diff_output(0, size);

    begin(run, object, "psa_cipher_generate_iv");
    diff_say(run, "room %u", (unsigned) size);
    diff_ready(run);
    psa_status_t status = psa_cipher_generate_iv(operation, iv, size, &length);

    object->random = object->random || status == PSA_SUCCESS;
    diff_note(run, "length", length);
    ended(run, object, status);
}

/* The room that Mbed TLS wants; less only where both want it, but for one last call. */
static size_t cipher_room(struct diff_run *run, struct object *object, size_t length)
{
    size_t whole = (object->used + length) / object->block * object->block;

    if (object->block == 1 || !object->padded) {
        return diff_room(run, whole);
    }
    size_t kept = whole != 0 && whole == object->used + length ? object->block : 0;

    if (kept != 0 && diff_chance(run, 30)) {
        object->over = true;
        diff_fact(run, FACT_PADDED_ROOM);
        return whole - kept;
    }
    return whole + diff_pick(run, 10);
}

static void cipher_update(struct diff_run *run, psa_cipher_operation_t *operation,
                          struct object *object)
{
    size_t length = diff_length(run, 600);
    size_t written = 0;

    begin(run, object, "psa_cipher_update");
    size_t size = cipher_room(run, object, length);
    uint8_t *output = diff_output(0, size);

    diff_say(run, "input %u, room %u", (unsigned) length, (unsigned) size);
    diff_ready(run);
    psa_status_t status = psa_cipher_update(operation, diff_material + diff_pick(run, 50), length,
                                            output, size, &written);

    if (status == PSA_SUCCESS) {
        object->used = object->used + length - written;
    }
    gave(run, object, status, output, size, written);
}

static void cipher_finish(struct diff_run *run, psa_cipher_operation_t *operation,
                          struct object *object)
{
    size_t size = diff_room(run, object->alg == PSA_ALG_CBC_PKCS7 ? object->block : 0);
    size_t length = 99;
    uint8_t *output = diff_output(0, size);

    begin(run, object, "psa_cipher_finish");
    diff_say(run, "room %u", (unsigned) size);
    diff_ready(run);
    psa_status_t status = psa_cipher_finish(operation, output, size, &length);

    /* Whether padding is right is a matter of chance where key or IV are. */
    if (object->random && object->padded &&
        (status == PSA_SUCCESS || status == PSA_ERROR_INVALID_PADDING ||
         status == PSA_ERROR_BUFFER_TOO_SMALL)) {
        status = PSA_SUCCESS;
        length = 0;
    }
    gave(run, object, status, output, size, length);
}

static void cipher_step(struct diff_run *run, psa_cipher_operation_t *operation,
                        struct object *object, size_t iv)
{
    switch (diff_pick(run, 16)) {
    case 0:
        cipher_set_up(run, operation, object);
        break;
    case 1:
    case 2:
        cipher_finish(run, operation, object);
        break;
    case 3:
        cipher_iv(run, operation, object, iv);
        break;
    case 4:
        diff_begin(run, "psa_cipher_abort");
        diff_ready(run);
        diff_status(run, psa_cipher_abort(operation));
        diff_end(run);
        break;
    default:
        cipher_update(run, operation, object);
    }
}

void diff_cipher_parts(struct diff_run *run)
{
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    uint32_t k = diff_pick(run, sizeof ciphers / sizeof *ciphers);
    struct object object = {.alg = ciphers[k].alg, .block = ciphers[k].block};
    uint32_t steps = 1 + diff_pick(run, STEPS);

    object.key = diff_key_for(run, ciphers[k].type, ciphers[k].bits, ciphers[k].alg);
    if (object.key != NULL && object.key->type == PSA_KEY_TYPE_DES && object.block == 16) {
        object.block = 8; /* any key of the pool was chosen */
    }
    if (diff_chance(run, 95)) {
        cipher_set_up(run, &operation, &object);
    }
    if (ciphers[k].iv != 0 && diff_chance(run, 90)) {
        cipher_iv(run, &operation, &object, ciphers[k].iv);
    }
    for (uint32_t i = 0; i < steps && !object.over; i++) {
        end_key(run, &object);
        cipher_step(run, &operation, &object, ciphers[k].iv);
    }
    psa_cipher_abort(&operation);
}

/* --- AEAD: Mbed TLS 2.28 has none in parts --- */

#if MBEDTLS_VERSION_NUMBER >= 0x03000000

static const struct {
    psa_key_type_t type;
    size_t bits;
    psa_algorithm_t alg;
    size_t nonce;
    size_t tag;
} aeads[] = {
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_GCM, 12, 16},
    {PSA_KEY_TYPE_AES, 256, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 8), 20, 8},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 7), 12, 7},
    {PSA_KEY_TYPE_CAMELLIA, 192, PSA_ALG_GCM, 12, 16},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_CCM, 13, 16},
    {PSA_KEY_TYPE_AES, 192, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 6), 8, 6},
    {PSA_KEY_TYPE_CHACHA20, 256, PSA_ALG_CHACHA20_POLY1305, 12, 16},
    {PSA_KEY_TYPE_HMAC, 256, PSA_ALG_GCM, 12, 16},
    {PSA_KEY_TYPE_DES, 192, PSA_ALG_CCM, 12, 16},
    {PSA_KEY_TYPE_AES, 128, PSA_ALG_CTR, 12, 16},
};

static void aead_set_up(struct diff_run *run, psa_aead_operation_t *operation,
                        struct object *object)
{
    object->forward = diff_chance(run, 50);
    diff_begin(run, object->forward ? "psa_aead_encrypt_setup" : "psa_aead_decrypt_setup");
    psa_key_id_t id = target(run, object);

    if (object->key != NULL && (object->key->type == PSA_KEY_TYPE_DES ||
                                object->key->type == PSA_KEY_TYPE_CHACHA20)) {
        diff_fact(run, FACT_OTHER_TYPE);
    }
    opened(run, object, object->forward ? psa_aead_encrypt_setup(operation, id, object->alg)
                                        : psa_aead_decrypt_setup(operation, id, object->alg));
}

static void aead_lengths(struct diff_run *run, psa_aead_operation_t *operation,
                         struct object *object)
{
    static const size_t many[] = {0xff00, 0xfeff, 65535, 65536, (size_t) 1 << 24,
                                  (size_t) 1 << 61, 0xfffffffe0, 0xfffffffe1};
    size_t data = diff_chance(run, 90) ? diff_pick(run, 4) * 8 : DIFF_CHOOSE(run, many);
    size_t text = diff_chance(run, 90) ? diff_pick(run, 4) * 8 : DIFF_CHOOSE(run, many);

    begin(run, object, "psa_aead_set_lengths");
    diff_say(run, "data %lu, text %lu", (unsigned long) data, (unsigned long) text);
    diff_ready(run);
    ended(run, object, psa_aead_set_lengths(operation, data, text));
}

static void aead_nonce(struct diff_run *run, psa_aead_operation_t *operation,
                       struct object *object, size_t usual)
{
    if (diff_chance(run, 90)) {
        size_t length = diff_chance(run, 90) ? usual : diff_pick(run, 20);

        begin(run, object, "psa_aead_set_nonce");
        diff_say(run, "%u bytes", (unsigned) length);
        diff_ready(run);
        ended(run, object, psa_aead_set_nonce(operation, diff_material + 300, length));
        return;
    }
    size_t size = diff_room(run, 13);
    size_t length = 99;
    uint8_t *nonce = diff_output(0, size);

    begin(run, object, "psa_aead_generate_nonce");
    diff_say(run, "room %u", (unsigned) size);
    diff_ready(run);
    psa_status_t status = psa_aead_generate_nonce(operation, nonce, size, &length);

    object->random = object->random || status == PSA_SUCCESS;
    diff_note(run, "length", length);
    ended(run, object, status);
}

static void aead_data(struct diff_run *run, psa_aead_operation_t *operation, struct object *object)
{
    size_t length = diff_chance(run, 70) ? diff_pick(run, 4) * 8 : diff_length(run, 100);

    begin(run, object, "psa_aead_update_ad");
    diff_say(run, "%u bytes", (unsigned) length);
    diff_ready(run);
    ended(run, object, psa_aead_update_ad(operation, diff_material + 5, length));
}

static void aead_text(struct diff_run *run, psa_aead_operation_t *operation, struct object *object)
{
    size_t length = diff_chance(run, 70) ? diff_pick(run, 4) * 8 : diff_length(run, 600);
    size_t size = diff_room(run, length);
    size_t written = 99;
    uint8_t *output = diff_output(0, size);

    begin(run, object, "psa_aead_update");
    diff_say(run, "input %u, room %u", (unsigned) length, (unsigned) size);
    diff_ready(run);
    psa_status_t status = psa_aead_update(operation, diff_material + 7, length, output, size,
                                          &written);

    gave(run, object, status, output, size, written);
}

static void aead_finish(struct diff_run *run, psa_aead_operation_t *operation,
                        struct object *object)
{
    size_t size = diff_pick(run, 20);
    size_t tag_size = diff_room(run, object->size);
    size_t length = 99;
    size_t tag_length = 99;
    uint8_t *output = diff_output(0, size);
    uint8_t *tag = diff_output(1, tag_size);

    begin(run, object, "psa_aead_finish");
    diff_say(run, "room %u and %u", (unsigned) size, (unsigned) tag_size);
    diff_ready(run);
    psa_status_t status = psa_aead_finish(operation, output, size, &length, tag, tag_size,
                                          &tag_length);

    diff_note(run, "more", length);
    gave(run, object, status, tag, tag_size, tag_length);
}

static void aead_verify(struct diff_run *run, psa_aead_operation_t *operation,
                        struct object *object)
{
    size_t size = diff_pick(run, 20);
    size_t tag_length = diff_chance(run, 80) ? object->size : diff_pick(run, 20);
    size_t length = 99;
    uint8_t *output = diff_output(0, size);

    begin(run, object, "psa_aead_verify");
    diff_say(run, "room %u, tag of %u", (unsigned) size, (unsigned) tag_length);
    diff_ready(run);
    psa_status_t status = psa_aead_verify(operation, output, size, &length, diff_material,
                                          tag_length);

    diff_note(run, "length", length);
    ended(run, object, status);
}

static void aead_step(struct diff_run *run, psa_aead_operation_t *operation, struct object *object,
                      size_t nonce)
{
    switch (diff_pick(run, 20)) {
    case 0:
        aead_set_up(run, operation, object);
        break;
    case 1:
        aead_lengths(run, operation, object);
        break;
    case 2:
        aead_nonce(run, operation, object, nonce);
        break;
    case 3:
    case 4:
    case 5:
        aead_finish(run, operation, object);
        break;
    case 6:
    case 7:
        aead_verify(run, operation, object);
        break;
    case 8:
        diff_begin(run, "psa_aead_abort");
        diff_ready(run);
        diff_status(run, psa_aead_abort(operation));
        diff_end(run);
        break;
    case 9:
    case 10:
    case 11:
    case 12:
        aead_data(run, operation, object);
        break;
    default:
        aead_text(run, operation, object);
    }
}

/* Sealed whole, opened in parts: right. */
static void aead_right(struct diff_run *run, struct object *object, size_t nonce)
{
    uint8_t sealed[300];
    size_t text = diff_pick(run, 200);
    size_t cut = diff_pick(run, (uint32_t) text + 1);
    size_t length = 0;
    size_t got[3] = {0, 0, 0};
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    psa_key_id_t id = object->key != NULL ? object->key->id : 0;
    uint8_t *output = diff_output(0, text);

    if (psa_aead_encrypt(id, object->alg, diff_material, nonce, diff_material, 20, diff_material,
                         text, sealed, sizeof sealed, &length) != PSA_SUCCESS ||
        psa_aead_decrypt_setup(&operation, id, object->alg) != PSA_SUCCESS) {
        return;
    }
    diff_begin(run, "psa_aead_verify");
    diff_say(run, "right, %u bytes cut at %u", (unsigned) text, (unsigned) cut);
    diff_ready(run);
    psa_status_t status = psa_aead_set_lengths(&operation, 20, text);

    if (status == PSA_SUCCESS) {
        status = psa_aead_set_nonce(&operation, diff_material, nonce);
    }
    if (status == PSA_SUCCESS) {
        status = psa_aead_update_ad(&operation, diff_material, 20);
    }
    if (status == PSA_SUCCESS) {
        status = psa_aead_update(&operation, sealed, cut, output, text, &got[0]);
    }
    if (status == PSA_SUCCESS) {
        status = psa_aead_update(&operation, sealed + cut, text - cut, output + got[0],
                                 text - got[0], &got[1]);
    }
    if (status == PSA_SUCCESS) {
        status = psa_aead_verify(&operation, output + got[0] + got[1], text - got[0] - got[1],
                                 &got[2], sealed + text, length - text);
    }
    diff_status(run, status);
    diff_note_output(run, output, text, got[0] + got[1] + got[2], false);
    diff_end(run);
    psa_aead_abort(&operation);
}

void diff_aead_parts(struct diff_run *run)
{
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    uint32_t k = diff_pick(run, sizeof aeads / sizeof *aeads);
    struct object object = {.alg = aeads[k].alg, .size = aeads[k].tag};
    uint32_t steps = 1 + diff_pick(run, STEPS);

    object.key = diff_key_for(run, aeads[k].type, aeads[k].bits, aeads[k].alg);
    if (diff_chance(run, 95)) {
        aead_set_up(run, &operation, &object);
    }
    bool lengths_first = diff_chance(run, 50);

    if (lengths_first && diff_chance(run, 80)) {
        aead_lengths(run, &operation, &object);
    }
    if (diff_chance(run, 90)) {
        aead_nonce(run, &operation, &object, aeads[k].nonce);
    }
    if (!lengths_first && diff_chance(run, 60)) {
        aead_lengths(run, &operation, &object);
    }
    for (uint32_t i = 0; i < steps && !object.over; i++) {
        end_key(run, &object);
        aead_step(run, &operation, &object, aeads[k].nonce);
    }
    psa_aead_abort(&operation);
    if (!object.ended) {
        aead_right(run, &object, aeads[k].nonce);
    }
}

#endif
