/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* A libFuzzer target: the input is a program of calls on a few operation objects and keys, valid
 * and invalid, with garbage written into objects in between. Besides what the sanitizers see:
 *
 *   F1 each status is one that the call may give;
 *   F2 what an operation wrote, however its message was cut, is what the one-shot function writes
 *      for the whole message, as far as it came;
 *   F3 no call succeeds on an operation whose key has been destroyed or replaced;
 *   F4 at the end all objects can be aborted, and then set up.
 *
 * One thread; tests/concurrent/parts.c has several. tests/fuzz/run builds and runs it. */

#include <keyshard/keyshard.h>
#include <psa/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OBJECTS 3 /* of each kind */
#define KEYS 6
#define MESSAGE 2048

#define HMAC256 PSA_ALG_HMAC(PSA_ALG_SHA_256)

#define REQUIRE(condition)                                          \
    do {                                                            \
        if (!(condition)) {                                         \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
            abort();                                                \
        }                                                           \
    } while (0)

static const struct {
    psa_key_type_t type;
    size_t length;
    psa_algorithm_t alg;
} kinds[KEYS] = {
    { PSA_KEY_TYPE_HMAC, 32, HMAC256 },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CMAC },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CBC_PKCS7 },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CTR },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_GCM },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CCM },
};

static struct {
    psa_key_id_t id;
    unsigned age; /* changes when operations on it end */
} keys[KEYS];

/* What we know of an operation. */
struct track {
    bool open;      /* set up, and ended by nothing that we know of */
    unsigned key;
    unsigned age;   /* of the key */
    bool forward;
    bool has_nonce;
    size_t data;    /* bytes of additional data */
    size_t in;
    size_t out;
    uint8_t nonce[16];
    uint8_t message[MESSAGE];
    uint8_t output[MESSAGE + 64];
};

static struct {
    psa_mac_operation_t operation;
    struct track track;
} macs[OBJECTS];
static struct {
    psa_cipher_operation_t operation;
    struct track track;
} ciphers[OBJECTS];
static struct {
    psa_aead_operation_t operation;
    struct track track;
} aeads[OBJECTS];

static const uint8_t *input;
static size_t left;

static unsigned take(void)
{
    if (left == 0) {
        return 0;
    }
    left--;
    return *input++;
}

/* Any bytes: the length is drawn, the bytes follow from a drawn one. */
static size_t take_bytes(uint8_t *bytes, size_t most)
{
    size_t length = take() % (most + 1);
    unsigned seed = take();

    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t) (seed + i * 7);
    }
    return length;
}

static void make_key(unsigned k, uint8_t fill)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    uint8_t material[32];

    memset(material, fill, sizeof material);
    psa_set_key_type(&attributes, kinds[k].type);
    psa_set_key_algorithm(&attributes, kinds[k].alg);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT |
                                             PSA_KEY_USAGE_SIGN_MESSAGE |
                                             PSA_KEY_USAGE_VERIFY_MESSAGE);
    REQUIRE(psa_import_key(&attributes, material, kinds[k].length, &keys[k].id) == PSA_SUCCESS);
}

static void change_key(void)
{
    unsigned k = take() % KEYS;
    uint8_t material[32];

    memset(material, (int) take(), sizeof material);
    switch (take() % 4) {
    case 0:
        REQUIRE(psa_destroy_key(keys[k].id) == PSA_SUCCESS);
        make_key(k, material[0]);
        keys[k].age++;
        break;
    case 1:
        REQUIRE(keyshard_replace_key(keys[k].id, material, kinds[k].length) == PSA_SUCCESS);
        keys[k].age++;
        break;
    case 2:
        REQUIRE(psa_purge_key(keys[k].id) == PSA_SUCCESS);
        break;
    default:
        /* The wrong length for most. */
        if (keyshard_replace_key(keys[k].id, material, take() % 33) == PSA_SUCCESS) {
            keys[k].age++;
        }
    }
}

/* After a call that could only succeed if the operation was open and its key had not ended. */
static bool went(struct track *track, psa_status_t status)
{
    if (status == PSA_SUCCESS) {
        REQUIRE(track->open && keys[track->key].age == track->age); /* F3 */
        return true;
    }
    REQUIRE(status == PSA_ERROR_BAD_STATE || status == PSA_ERROR_INVALID_ARGUMENT ||
            status == PSA_ERROR_BUFFER_TOO_SMALL || status == PSA_ERROR_INVALID_SIGNATURE ||
            status == PSA_ERROR_INVALID_PADDING); /* F1 */
    track->open = false;
    return false;
}

static void set_up(struct track *track, psa_status_t status, unsigned k, bool forward)
{
    if (status == PSA_SUCCESS) {
        /* One that is open must not be set up; we may not know of one (F1 of garbage). */
        REQUIRE(!track->open);
        memset(track, 0, sizeof *track);
        track->open = true;
        track->key = k;
        track->age = keys[k].age;
        track->forward = forward;
    } else {
        REQUIRE(status == PSA_ERROR_BAD_STATE || status == PSA_ERROR_INVALID_ARGUMENT ||
                status == PSA_ERROR_NOT_PERMITTED || status == PSA_ERROR_INVALID_HANDLE ||
                status == PSA_ERROR_NOT_SUPPORTED);
        track->open = false;
    }
}

/* The operation has got its nonce or IV, of the length that all operations here have. */
static void got_nonce(struct track *track, const uint8_t *nonce, size_t length, size_t wanted)
{
    REQUIRE(!track->has_nonce && length == wanted);
    track->has_nonce = true;
    memcpy(track->nonce, nonce, length);
}

/* An update's input, and its output: in place, or overlapping. */
struct piece {
    uint8_t place[640];
    uint8_t copy[256]; /* of the input */
    uint8_t *from;
    uint8_t *to;
    size_t length;
    size_t room;
    size_t written;
};

/* Draws one; false if the message would become too long. */
static bool take_piece(const struct track *track, struct piece *piece)
{
    piece->from = piece->place + 128;
    piece->to = take() % 2 ? piece->from : piece->from - 100 + take() % 200;
    piece->length = take_bytes(piece->from, 255);
    piece->room = take() % 4 ? 280 : take() % 280;
    piece->written = 0;
    memcpy(piece->copy, piece->from, piece->length);
    return track->in + piece->length <= MESSAGE;
}

/* The operation has taken it. */
static void took_piece(struct track *track, const struct piece *piece)
{
    REQUIRE(track->has_nonce && piece->written <= piece->room);
    memcpy(track->message + track->in, piece->copy, piece->length);
    track->in += piece->length;
    memcpy(track->output + track->out, piece->to, piece->written);
    track->out += piece->written;
}

/* --- MAC --- */

static void finish_mac(unsigned o)
{
    struct track *track = &macs[o].track;
    uint8_t mac[40];
    uint8_t expected[32];
    size_t length = 99;
    size_t expected_length = 99;
    size_t room = take() % sizeof mac;

    if (take() % 2 == 0) {
        if (went(track, psa_mac_sign_finish(&macs[o].operation, mac, room, &length))) {
            REQUIRE(psa_mac_compute(keys[track->key].id, kinds[track->key].alg, track->message,
                                    track->in, expected, sizeof expected, &expected_length) ==
                    PSA_SUCCESS);
            REQUIRE(length == expected_length && memcmp(mac, expected, length) == 0); /* F2 */
        } else {
            REQUIRE(length == room);
        }
    } else {
        bool right = take() % 2 && track->open &&
                     psa_mac_compute(keys[track->key].id, kinds[track->key].alg, track->message,
                                     track->in, expected, sizeof expected, &expected_length) ==
                         PSA_SUCCESS;
        bool went_well = went(track, psa_mac_verify_finish(&macs[o].operation, expected,
                                                           right ? expected_length : 7));
        REQUIRE(!went_well || right);
    }
    track->open = false;
}

static void step_mac(void)
{
    unsigned o = take() % OBJECTS;
    struct track *track = &macs[o].track;
    uint8_t bytes[256];
    unsigned k;
    bool forward;

    switch (take() % 6) {
    case 0:
    case 1:
        k = take() % KEYS;
        forward = take() % 2;
        set_up(track, forward ? psa_mac_sign_setup(&macs[o].operation, keys[k].id, kinds[k].alg)
                              : psa_mac_verify_setup(&macs[o].operation, keys[k].id, kinds[k].alg),
               k, forward);
        break;
    case 2:
    case 3: {
        size_t length = take_bytes(bytes, 255);
        if (track->in + length <= MESSAGE &&
            went(track, psa_mac_update(&macs[o].operation, bytes, length))) {
            memcpy(track->message + track->in, bytes, length);
            track->in += length;
        }
        break;
    }
    case 4:
        finish_mac(o);
        break;
    default:
        psa_mac_abort(&macs[o].operation);
        track->open = false;
    }
}

/* --- ciphers --- */

/* What came out so far is a prefix of the whole; all of it where ended. */
static void check_cipher(struct track *track, bool ended)
{
    uint8_t whole[16 + MESSAGE + 16];
    size_t length = 0;
    uint8_t sealed[16 + MESSAGE + 16];

    if (!track->forward) {
        /* What comes out of decryption, encrypted in parts again, is what went in. */
        memcpy(sealed, track->nonce, 16);
        memcpy(sealed + 16, track->message, track->in);
        if (psa_cipher_decrypt(keys[track->key].id, kinds[track->key].alg, sealed, 16 + track->in,
                               whole, sizeof whole, &length) != PSA_SUCCESS) {
            return;
        }
    } else {
        psa_cipher_operation_t again = PSA_CIPHER_OPERATION_INIT;
        size_t rest = 0;

        REQUIRE(psa_cipher_encrypt_setup(&again, keys[track->key].id, kinds[track->key].alg) ==
                PSA_SUCCESS);
        REQUIRE(psa_cipher_set_iv(&again, track->nonce, 16) == PSA_SUCCESS);
        REQUIRE(psa_cipher_update(&again, track->message, track->in, whole, sizeof whole,
                                  &length) == PSA_SUCCESS);
        REQUIRE(psa_cipher_finish(&again, whole + length, sizeof whole - length, &rest) ==
                PSA_SUCCESS);
        length += rest;
    }
    REQUIRE(track->out <= length && memcmp(track->output, whole, track->out) == 0); /* F2 */
    REQUIRE(!ended || track->out == length);
}

static void update_cipher(unsigned o)
{
    struct track *track = &ciphers[o].track;
    struct piece piece;

    if (take_piece(track, &piece) &&
        went(track, psa_cipher_update(&ciphers[o].operation, piece.from, piece.length, piece.to,
                                      piece.room, &piece.written))) {
        REQUIRE(piece.written <= piece.length + 15);
        took_piece(track, &piece);
    }
}

static void step_cipher(void)
{
    unsigned o = take() % OBJECTS;
    struct track *track = &ciphers[o].track;
    uint8_t bytes[32];
    size_t length = 0;
    unsigned k;
    bool forward;

    switch (take() % 8) {
    case 0:
    case 1:
        k = take() % KEYS;
        forward = take() % 2;
        set_up(track,
               forward ? psa_cipher_encrypt_setup(&ciphers[o].operation, keys[k].id, kinds[k].alg)
                       : psa_cipher_decrypt_setup(&ciphers[o].operation, keys[k].id, kinds[k].alg),
               k, forward);
        break;
    case 2:
        length = take() % 4 ? 16 : take() % 20;
        memset(bytes, (int) take(), sizeof bytes);
        if (went(track, psa_cipher_set_iv(&ciphers[o].operation, bytes, length))) {
            got_nonce(track, bytes, length, 16);
        }
        break;
    case 3:
        if (went(track, psa_cipher_generate_iv(&ciphers[o].operation, bytes, take() % 32,
                                               &length))) {
            got_nonce(track, bytes, length, 16);
        }
        break;
    case 4:
    case 5:
        update_cipher(o);
        break;
    case 6:
        if (went(track, psa_cipher_finish(&ciphers[o].operation, track->output + track->out,
                                          take() % 20, &length))) {
            track->out += length;
            check_cipher(track, true);
        }
        track->open = false;
        break;
    default:
        if (track->open && track->has_nonce && keys[track->key].age == track->age) {
            check_cipher(track, false);
        }
        psa_cipher_abort(&ciphers[o].operation);
        track->open = false;
    }
}

/* --- AEAD --- */

/* Additional data is a run of 'd'. */
static void check_aead(struct track *track, const uint8_t *tag, size_t tag_length)
{
    uint8_t whole[MESSAGE + 16];
    uint8_t data_bytes[MESSAGE];
    size_t length = 0;
    psa_key_id_t id = keys[track->key].id;
    psa_algorithm_t alg = kinds[track->key].alg;

    memset(data_bytes, 'd', sizeof data_bytes);
    REQUIRE(psa_aead_encrypt(id, alg, track->nonce, 12, data_bytes, track->data, track->message,
                             track->in, whole, sizeof whole, &length) == PSA_SUCCESS);
    REQUIRE(length == track->out + tag_length && track->in == track->out);
    REQUIRE(memcmp(whole, track->output, track->out) == 0); /* F2 */
    REQUIRE(memcmp(whole + track->out, tag, tag_length) == 0);
}

static void update_aead(unsigned o)
{
    struct track *track = &aeads[o].track;
    struct piece piece;

    if (take_piece(track, &piece) &&
        went(track, psa_aead_update(&aeads[o].operation, piece.from, piece.length, piece.to,
                                    piece.room, &piece.written))) {
        took_piece(track, &piece);
        REQUIRE(track->out <= track->in && track->in - track->out < 16);
    }
}

static void finish_aead(unsigned o)
{
    struct track *track = &aeads[o].track;
    uint8_t tag[16] = { 0 };
    size_t length = 0;
    size_t tag_length = 0;

    if (take() % 2) {
        if (went(track, psa_aead_finish(&aeads[o].operation, track->output + track->out,
                                        take() % 32, &length, tag, take() % 17, &tag_length))) {
            REQUIRE(track->forward);
            track->out += length;
            check_aead(track, tag, tag_length);
        }
    } else {
        /* What was never sealed. */
        REQUIRE(!went(track, psa_aead_verify(&aeads[o].operation, track->output + track->out,
                                             take() % 32, &length, tag, take() % 17)));
        REQUIRE(length == 0);
    }
    track->open = false;
}

static void step_aead(void)
{
    unsigned o = take() % OBJECTS;
    struct track *track = &aeads[o].track;
    uint8_t bytes[256];
    size_t length = 0;
    unsigned k;
    bool forward;

    switch (take() % 10) {
    case 0:
    case 1:
        k = take() % KEYS;
        forward = take() % 2;
        set_up(track,
               forward ? psa_aead_encrypt_setup(&aeads[o].operation, keys[k].id, kinds[k].alg)
                       : psa_aead_decrypt_setup(&aeads[o].operation, keys[k].id, kinds[k].alg),
               k, forward);
        break;
    case 2:
        memset(bytes, (int) take(), sizeof bytes);
        length = take() % 4 ? 12 : take() % 20;
        if (length != 12) { /* one that we could not check */
            track->open = false;
            psa_aead_set_nonce(&aeads[o].operation, bytes, length);
            psa_aead_abort(&aeads[o].operation);
        } else if (went(track, psa_aead_set_nonce(&aeads[o].operation, bytes, 12))) {
            got_nonce(track, bytes, length, 12);
        }
        break;
    case 3:
        if (track->open && kinds[track->key].alg == PSA_ALG_CCM) {
            break; /* its nonce is of 13 bytes */
        }
        if (went(track, psa_aead_generate_nonce(&aeads[o].operation, bytes, take() % 20,
                                                &length))) {
            REQUIRE(track->forward);
            got_nonce(track, bytes, length, 12);
        }
        break;
    case 4:
        went(track, psa_aead_set_lengths(&aeads[o].operation, take() % 64, take() % 255));
        break;
    case 5:
        memset(bytes, 'd', sizeof bytes);
        length = take() % 64;
        if (track->data + length <= MESSAGE &&
            went(track, psa_aead_update_ad(&aeads[o].operation, bytes, length))) {
            REQUIRE(track->has_nonce);
            track->data += length;
        }
        break;
    case 6:
    case 7:
        update_aead(o);
        break;
    case 8:
        finish_aead(o);
        break;
    default:
        psa_aead_abort(&aeads[o].operation);
        track->open = false;
    }
}

/* Writes into an object what no operation left there, or copies one object over another. */
static void spoil(void)
{
    unsigned o = take() % OBJECTS;
    unsigned other = take() % OBJECTS;

    switch (take() % 4) {
    case 0:
        macs[o].track.open = false;
        memset(&macs[o].operation, (int) take(), sizeof macs[o].operation);
        break;
    case 1:
        ciphers[o].track.open = false;
        for (size_t i = 0; i < sizeof ciphers[o].operation && i < 24; i++) {
            ((uint8_t *) &ciphers[o].operation)[i] = (uint8_t) take();
        }
        break;
    case 2:
        aeads[o].track.open = false;
        memset(&aeads[o].operation, (int) take(), sizeof aeads[o].operation);
        break;
    default:
        if (o != other) { /* a copy, of which only one of the two is used on */
            macs[o] = macs[other];
            macs[other].track.open = false;
            memset(&macs[other].operation, 0, sizeof macs[other].operation);
        }
    }
}

static void end_all(void)
{
    for (unsigned o = 0; o < OBJECTS; o++) {
        psa_mac_abort(&macs[o].operation);
        psa_cipher_abort(&ciphers[o].operation);
        psa_aead_abort(&aeads[o].operation);
        /* F4 */
        REQUIRE(psa_mac_sign_setup(&macs[o].operation, keys[0].id, HMAC256) == PSA_SUCCESS);
        REQUIRE(psa_cipher_encrypt_setup(&ciphers[o].operation, keys[3].id, PSA_ALG_CTR) ==
                PSA_SUCCESS);
        REQUIRE(psa_aead_encrypt_setup(&aeads[o].operation, keys[4].id, PSA_ALG_GCM) ==
                PSA_SUCCESS);
        REQUIRE(psa_mac_abort(&macs[o].operation) == PSA_SUCCESS);
        REQUIRE(psa_cipher_abort(&ciphers[o].operation) == PSA_SUCCESS);
        REQUIRE(psa_aead_abort(&aeads[o].operation) == PSA_SUCCESS);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;

    if (!started) {
        REQUIRE(psa_crypto_init() == PSA_SUCCESS);
        for (unsigned k = 0; k < KEYS; k++) {
            make_key(k, (uint8_t) k);
        }
        started = true;
    }
    memset(macs, 0, sizeof macs);
    memset(ciphers, 0, sizeof ciphers);
    memset(aeads, 0, sizeof aeads);
    input = data;
    left = size;
    while (left != 0) {
        switch (take() % 16) {
        case 0:
            change_key();
            break;
        case 1:
            spoil();
            break;
        default: {
            unsigned kind = take() % 3;

            (kind == 0 ? step_mac : kind == 1 ? step_cipher : step_aead)();
        }
        }
    }
    end_all();
    return 0;
}
