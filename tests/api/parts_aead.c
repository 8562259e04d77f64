/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "parts.h"

#define MAX_TEXT 400
#define MAX_DATA 100

static const struct {
    psa_key_type_t type;
    size_t key_length;
    psa_algorithm_t alg;
    size_t nonce;
    size_t tag;
} aeads[] = {
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_GCM, 12, 16 },
    { PSA_KEY_TYPE_AES, 32, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 4), 1, 4 },
    { PSA_KEY_TYPE_AES, 24, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 13), 31, 13 },
    { PSA_KEY_TYPE_CAMELLIA, 16, PSA_ALG_GCM, 12, 16 },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CCM, 13, 16 },
    { PSA_KEY_TYPE_AES, 32, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 4), 7, 4 },
    { PSA_KEY_TYPE_CAMELLIA, 32, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 10), 11, 10 },
    { PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_CHACHA20_POLY1305, 12, 16 },
};

static psa_key_id_t make_key(int i)
{
    return import_bytes(aeads[i].type, aeads[i].alg, material, aeads[i].key_length);
}

static bool is_ccm(int i)
{
    return PSA_ALG_AEAD_WITH_SHORTENED_TAG(aeads[i].alg, 0)
           == PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 0);
}

struct message {
    uint8_t nonce[32];
    uint8_t data[MAX_DATA];
    size_t data_length;
    uint8_t text[MAX_TEXT];
    size_t text_length;
};

static psa_status_t begin(int i, psa_key_id_t key, bool encrypts, psa_aead_operation_t *operation)
{
    return encrypts ? psa_aead_encrypt_setup(operation, key, aeads[i].alg)
                    : psa_aead_decrypt_setup(operation, key, aeads[i].alg);
}

/* Sets up with nonce and lengths, in one order or the other; lengths are left out where they may be
 * and the way is odd. */
static void start(int i, psa_key_id_t key, bool encrypts, const struct message *m, size_t way,
                  psa_aead_operation_t *operation)
{
    bool lengths = is_ccm(i) || way % 2 == 0;

    *operation = psa_aead_operation_init();
    ck_assert_int_eq(begin(i, key, encrypts, operation), PSA_SUCCESS);
    if (lengths && way % 3 != 0)
        ck_assert_int_eq(psa_aead_set_lengths(operation, m->data_length, m->text_length),
                         PSA_SUCCESS);
    ck_assert_int_eq(psa_aead_set_nonce(operation, m->nonce, aeads[i].nonce), PSA_SUCCESS);
    if (lengths && way % 3 == 0)
        ck_assert_int_eq(psa_aead_set_lengths(operation, m->data_length, m->text_length),
                         PSA_SUCCESS);
}

static void feed_data(psa_aead_operation_t *operation, const struct message *m, size_t way)
{
    struct cuts cuts = { way, (uint32_t) way + 77, 0 };

    for (size_t done = 0; done < m->data_length || cuts.piece < way % 3;) {
        size_t piece = next_piece(&cuts, m->data_length, m->data_length - done);

        ck_assert_int_eq(psa_aead_update_ad(operation, m->data + done, piece), PSA_SUCCESS);
        done += piece;
    }
}

static const int shifts[] = { -100, 0, 1, -1, 5, -7, 16, -16, 21, -33 };

/* All of the text; output as input lies apart (-100), in place, or so many bytes behind or ahead.
 * Its room is what the macro asks for. */
static size_t feed_text(int i, psa_aead_operation_t *operation, const uint8_t *text, size_t length,
                        size_t way, uint8_t *output)
{
    const int shift = shifts[way % COUNT(shifts)];
    struct cuts cuts = { way, (uint32_t) way, 0 };
    size_t total = 0;

    for (size_t done = 0; done < length || cuts.piece < way % 3;) {
        size_t piece = next_piece(&cuts, length, length - done);
        size_t room = PSA_AEAD_UPDATE_OUTPUT_SIZE(aeads[i].type, aeads[i].alg, piece);
        uint8_t place[MAX_TEXT + 256];
        uint8_t *to = shift == -100 ? output + total : place + 128 + shift;
        size_t written = 99;

        memset(place, NOTHING, sizeof place);
        memcpy(place + 128, text + done, piece);
        ck_assert_int_eq(psa_aead_update(operation, shift == -100 ? text + done : place + 128,
                                         piece, to, room, &written),
                         PSA_SUCCESS);
        ck_assert_uint_le(written, room);
        if (shift != -100)
            memcpy(output + total, to, written);
        total += written;
        done += piece;
        ck_assert_uint_le(total, done);
        ck_assert_uint_lt(done - total, 16);
#if defined(PSA_WANT_ALG_SHA3_256) /* Mbed TLS 3.6: nothing is held back */
        ck_assert_uint_eq(done, total);
#endif
    }
    return total;
}

static void check_message(int i, psa_key_id_t key, const struct message *m)
{
    uint8_t sealed[MAX_TEXT + 16];
    size_t sealed_length = 0;
    size_t all = m->data_length + m->text_length;

    ck_assert_int_eq(psa_aead_encrypt(key, aeads[i].alg, m->nonce, aeads[i].nonce, m->data,
                                      m->data_length, m->text, m->text_length, sealed,
                                      sizeof sealed, &sealed_length),
                     PSA_SUCCESS);
    FOR_EACH_WAY(way, all) {
        psa_aead_operation_t operation;
        uint8_t output[MAX_TEXT + 16];
        uint8_t tag[20];
        size_t length = 0;
        size_t last = 99;
        size_t tag_length = 99;
        size_t finish_room = PSA_AEAD_FINISH_OUTPUT_SIZE(aeads[i].type, aeads[i].alg);
        start(i, key, true, m, way, &operation);
        feed_data(&operation, m, way);
        length = feed_text(i, &operation, m->text, m->text_length, way, output);
        memset(tag, NOTHING, sizeof tag);
        ck_assert_int_eq(psa_aead_finish(&operation, output + length, finish_room, &last, tag, 19,
                                         &tag_length),
                         PSA_SUCCESS);
        ck_assert_uint_eq(length + last, m->text_length);
        ck_assert_mem_eq(output, sealed, m->text_length);
        ck_assert_uint_eq(tag_length, aeads[i].tag);
        ck_assert_mem_eq(tag, sealed + m->text_length, tag_length);
        check_all(tag + tag_length, 19 - tag_length, '!');
        ck_assert_uint_eq(tag[19], NOTHING);

        start(i, key, false, m, way, &operation);
        feed_data(&operation, m, way);
        length = feed_text(i, &operation, sealed, m->text_length, way, output);
        ck_assert_int_eq(psa_aead_verify(&operation, output + length, finish_room, &last, tag,
                                         tag_length),
                         PSA_SUCCESS);
        ck_assert_uint_eq(length + last, m->text_length);
        ck_assert_mem_eq(output, m->text, m->text_length);
    }
}

static void make_message(struct message *m, size_t data_length, size_t text_length)
{
    fill(m->nonce, sizeof m->nonce, 31);
    fill(m->data, sizeof m->data, 32);
    fill(m->text, sizeof m->text, 33);
    m->data_length = data_length;
    m->text_length = text_length;
}

START_TEST(aead_however_cut)
{
    /* Ensures that data and text in pieces give what they give whole, wherever they are cut and
     * however input and output overlap, with and without lengths, which may come before the nonce
     * or after it, in the room that the macros ask for. */
    static const size_t data[] = { 0, 1, 13, 14, 15, 16, 30, 31, MAX_DATA };
    psa_key_id_t key = make_key(_i);
    struct message m;
    for (int d = 0; d < COUNT(data); d++)
        for (size_t text = 0; text <= 34; text += text < 14 || text > 17 ? 5 : 1) {
            make_message(&m, data[d], text);
            check_message(_i, key, &m);
        }
    make_message(&m, 20, MAX_TEXT);
    check_message(_i, key, &m);
}
END_TEST

START_TEST(aead_forged)
{
    /* Ensures that what is changed by one bit is refused: in tag, text, data or nonce; likewise a
     * tag of another length; and that the operation has ended. */
    psa_key_id_t key = make_key(_i);
    struct message m;
    uint8_t sealed[64];
    size_t length = 0;
    make_message(&m, 20, 21);
    ck_assert_int_eq(psa_aead_encrypt(key, aeads[_i].alg, m.nonce, aeads[_i].nonce, m.data, 20,
                                      m.text, 21, sealed, sizeof sealed, &length),
                     PSA_SUCCESS);
    for (int what = 0; what < 6; what++) {
        psa_aead_operation_t operation;
        struct message changed = m;
        uint8_t text[64];
        uint8_t output[64];
        size_t written = 0;
        size_t last = 99;
        memcpy(text, sealed, sizeof text);
        *(what == 0   ? &changed.nonce[0]
          : what == 1 ? &changed.data[19]
          : what == 2 ? &text[20]
          : what == 3 ? &text[21 + aeads[_i].tag - 1]
                      : &output[0]) ^= 4;
        start(_i, key, false, &changed, 0, &operation);
        ck_assert_int_eq(psa_aead_update_ad(&operation, changed.data, 20), PSA_SUCCESS);
        ck_assert_int_eq(psa_aead_update(&operation, text, 21, output, 32, &written), PSA_SUCCESS);
        memset(output + written, NOTHING, 32);
        ck_assert_int_eq(psa_aead_verify(&operation, output + written, 16, &last, text + 21,
                                         aeads[_i].tag - (what == 4)),
                         what == 5 ? PSA_SUCCESS : PSA_ERROR_INVALID_SIGNATURE);
        if (what != 5) {
            ck_assert_uint_eq(last, 0);
            check_all(output + written, 32, NOTHING);
        }
        ck_assert_int_eq(psa_aead_verify(&operation, output, 16, &last, text + 21, aeads[_i].tag),
                         PSA_ERROR_BAD_STATE);
    }
}
END_TEST

START_TEST(aead_lengths)
{
    /* Ensures that lengths promised are kept: more or less data or text is refused. */
    psa_key_id_t key = make_key(_i);
    struct message m;
    make_message(&m, 5, 6);
    for (size_t data = 4; data <= 6; data++)
        for (size_t text = 5; text <= 7; text++) {
            psa_aead_operation_t operation;
            uint8_t output[32];
            uint8_t tag[16];
            size_t written = 99;
            size_t tag_length = 99;
            psa_status_t expected = data == 5 && text == 6 ? PSA_SUCCESS
                                                           : PSA_ERROR_INVALID_ARGUMENT;
            psa_status_t status;
            start(_i, key, true, &m, 0, &operation);
            status = psa_aead_update_ad(&operation, m.data, data);
            ck_assert_int_eq(status, data > 5 ? PSA_ERROR_INVALID_ARGUMENT : PSA_SUCCESS);
            if (status == PSA_SUCCESS)
                status = psa_aead_update(&operation, m.text, text, output, 32, &written);
            if (status == PSA_SUCCESS)
                status = psa_aead_finish(&operation, output, 16, &written, tag, 16, &tag_length);
            ck_assert_int_eq(status, expected);
            ck_assert_int_eq(psa_aead_update_ad(&operation, m.data, 0), PSA_ERROR_BAD_STATE);
        }
}
END_TEST

START_TEST(aead_limits)
{
    /* Ensures that lengths beyond an algorithm's limits are refused: of CCM, whose nonce leaves
     * fewer bytes for the length the longer it is, in either order; of GCM. */
    psa_key_id_t gcm = import_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, PSA_ALG_GCM);
    psa_key_id_t ccm = import_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, PSA_ALG_CCM);
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    for (size_t nonce = 7; nonce <= 13; nonce++) {
        uint64_t limit = nonce == 7 ? UINT64_MAX : UINT64_C(1) << 8 * (15 - nonce);
        for (int order = 0; order < 4; order++) {
            psa_status_t expected = order < 2 && nonce != 7 ? PSA_ERROR_INVALID_ARGUMENT
                                                            : PSA_SUCCESS;
            size_t length = order < 2 && nonce != 7 ? limit : limit - 1;
            ck_assert_int_eq(psa_aead_encrypt_setup(&operation, ccm, PSA_ALG_CCM), PSA_SUCCESS);
            if (order % 2 == 0) {
                ck_assert_int_eq(psa_aead_set_lengths(&operation, 0, length), PSA_SUCCESS);
                ck_assert_int_eq(psa_aead_set_nonce(&operation, material, nonce), expected);
            } else {
                ck_assert_int_eq(psa_aead_set_nonce(&operation, material, nonce), PSA_SUCCESS);
                ck_assert_int_eq(psa_aead_set_lengths(&operation, 0, length), expected);
            }
            ck_assert_int_eq(psa_aead_abort(&operation), PSA_SUCCESS);
        }
    }
    ck_assert_int_eq(psa_aead_encrypt_setup(&operation, ccm, PSA_ALG_CCM), PSA_SUCCESS);
    ck_assert_int_eq(psa_aead_set_lengths(&operation, 0xff00, 0), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(psa_aead_encrypt_setup(&operation, gcm, PSA_ALG_GCM), PSA_SUCCESS);
    ck_assert_int_eq(psa_aead_set_lengths(&operation, 0, 0xfffffffe1), PSA_ERROR_INVALID_ARGUMENT);
    ck_assert_int_eq(psa_aead_encrypt_setup(&operation, gcm, PSA_ALG_GCM), PSA_SUCCESS);
    ck_assert_int_eq(psa_aead_set_lengths(&operation, (size_t) 1 << 61, 0),
                     PSA_ERROR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(aead_generated_nonce)
{
    /* Ensures that a generated nonce has the usual length, is another each time, is the one that is
     * used, and is none for decryption. */
    const size_t size = PSA_AEAD_NONCE_LENGTH(aeads[_i].type, aeads[_i].alg);
    psa_key_id_t key = make_key(_i);
    uint8_t nonces[4][13];
    for (int n = 0; n < 4; n++) {
        psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
        uint8_t sealed[64];
        uint8_t text[64];
        size_t length = 99;
        size_t last = 0;
        size_t tag = 0;
        ck_assert_int_eq(begin(_i, key, true, &operation), PSA_SUCCESS);
        ck_assert_int_eq(psa_aead_set_lengths(&operation, 0, 32), PSA_SUCCESS);
        ck_assert_int_eq(psa_aead_generate_nonce(&operation, nonces[n], size, &length),
                         PSA_SUCCESS);
        ck_assert_uint_eq(length, size);
        ck_assert_int_eq(psa_aead_update(&operation, material, 32, sealed, 32, &length),
                         PSA_SUCCESS);
        ck_assert_int_eq(psa_aead_finish(&operation, sealed + length, 16, &last,
                                         sealed + length + 0, 16, &tag),
                         PSA_SUCCESS);
        ck_assert_int_eq(psa_aead_decrypt(key, aeads[_i].alg, nonces[n], size, NULL, 0, sealed,
                                          32 + tag, text, sizeof text, &length),
                         PSA_SUCCESS);
        ck_assert_mem_eq(text, material, 32);
        for (int m = 0; m < n; m++)
            ck_assert_mem_ne(nonces[n], nonces[m], size);
        ck_assert_int_eq(begin(_i, key, true, &operation), PSA_SUCCESS);
        ck_assert_int_eq(psa_aead_generate_nonce(&operation, text, size - 1, &length),
                         PSA_ERROR_BUFFER_TOO_SMALL);
        ck_assert_uint_eq(length, 0);
        ck_assert_int_eq(begin(_i, key, false, &operation), PSA_SUCCESS);
        ck_assert_int_eq(psa_aead_generate_nonce(&operation, text, size, &length),
                         PSA_ERROR_BAD_STATE);
        ck_assert_int_eq(begin(_i, key, false, &operation), PSA_SUCCESS);
        ck_assert_int_eq(psa_aead_abort(&operation), PSA_SUCCESS);
    }
}
END_TEST

START_TEST(aead_nonce_length)
{
    /* Ensures that nonces have a length that the algorithm allows. */
    psa_key_id_t key = make_key(_i);
    for (size_t length = 0; length <= 32; length++) {
        psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
        bool good = is_ccm(_i)                              ? length >= 7 && length <= 13
                    : aeads[_i].type == PSA_KEY_TYPE_CHACHA20 ? length == 12
                                                              : length != 0;
        ck_assert_int_eq(begin(_i, key, true, &operation), PSA_SUCCESS);
        ck_assert_int_eq(psa_aead_set_nonce(&operation, material, length),
                         good ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT);
        ck_assert_int_eq(psa_aead_set_nonce(&operation, material, 12), PSA_ERROR_BAD_STATE);
    }
}
END_TEST

START_TEST(aead_room)
{
    /* Ensures that text needs room for what it gives, and a tag for itself. */
    psa_key_id_t key = make_key(_i);
    struct message m;
    make_message(&m, 0, 32);
    for (size_t room = 0; room < 32; room++) {
        psa_aead_operation_t operation;
        uint8_t output[32];
        uint8_t tag[16];
        size_t written = 99;
        size_t tag_length = 99;
        start(_i, key, true, &m, 0, &operation);
        ck_assert_int_eq(psa_aead_update(&operation, m.text, 32, output, room, &written),
                         PSA_ERROR_BUFFER_TOO_SMALL);
        ck_assert_uint_eq(written, 0);
        ck_assert_int_eq(psa_aead_update(&operation, m.text, 1, output, 32, &written),
                         PSA_ERROR_BAD_STATE);
        if (room < aeads[_i].tag) {
            start(_i, key, true, &m, 0, &operation);
            ck_assert_int_eq(psa_aead_update(&operation, m.text, 32, output, 32, &written),
                             PSA_SUCCESS);
            ck_assert_int_eq(psa_aead_finish(&operation, output, 16, &written, tag, room,
                                             &tag_length),
                             PSA_ERROR_BUFFER_TOO_SMALL);
            ck_assert_uint_eq(tag_length, room);
            check_all(tag, room, '!');
        }
    }
}
END_TEST

START_TEST(aead_setup_refused)
{
    /* Ensures that setting up refuses what cannot be, and opens nothing. */
    static const struct refusal cases[] = {
        { PSA_KEY_TYPE_AES, 16, PSA_ALG_CTR, PSA_ERROR_INVALID_ARGUMENT },
        { PSA_KEY_TYPE_AES, 16, PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 12),
          PSA_ERROR_INVALID_ARGUMENT },
        { PSA_KEY_TYPE_AES, 16, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 5),
          PSA_ERROR_INVALID_ARGUMENT },
        { PSA_KEY_TYPE_AES, 16, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 7),
          PSA_ERROR_INVALID_ARGUMENT },
        { PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CHACHA20_POLY1305, 8),
          PSA_ERROR_INVALID_ARGUMENT },
        { PSA_KEY_TYPE_HMAC, 16, PSA_ALG_GCM, PSA_ERROR_NOT_SUPPORTED },
        { PSA_KEY_TYPE_AES, 32, PSA_ALG_CHACHA20_POLY1305, PSA_ERROR_NOT_SUPPORTED },
        { PSA_KEY_TYPE_DES, 24, PSA_ALG_CCM, PSA_ERROR_NOT_SUPPORTED },
    };
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    psa_key_id_t key = import_key(cases[_i].type, cases[_i].key_length, ANY_USAGE, cases[_i].alg);
    ck_assert_int_eq(psa_aead_encrypt_setup(&operation, key, cases[_i].alg), cases[_i].status);
    ck_assert_int_eq(psa_aead_decrypt_setup(&operation, key, cases[_i].alg), cases[_i].status);
    ck_assert_int_eq(psa_aead_update_ad(&operation, material, 0), PSA_ERROR_BAD_STATE);
}
END_TEST
#define REFUSED_CASES 8

TCase *make_parts_aead_case(void)
{
    TCase *tests = tcase_create("AEAD");

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, aead_however_cut, 0, COUNT(aeads));
    tcase_add_loop_test(tests, aead_forged, 0, COUNT(aeads));
    tcase_add_loop_test(tests, aead_lengths, 0, COUNT(aeads));
    tcase_add_test(tests, aead_limits);
    tcase_add_loop_test(tests, aead_generated_nonce, 0, COUNT(aeads));
    tcase_add_loop_test(tests, aead_nonce_length, 0, COUNT(aeads));
    tcase_add_loop_test(tests, aead_room, 0, COUNT(aeads));
    tcase_add_loop_test(tests, aead_setup_refused, 0, REFUSED_CASES);
    return tests;
}
