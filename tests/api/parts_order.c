/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The order of calls: random sequences, each call checked against the order that the specification
 * has, as a table of what may follow what. */

#include "parts.h"

#define SEQUENCES 4000
#define STEPS 12

/* What the sequence has brought the operation to. */
struct model {
    bool open;
    bool computes; /* signs, encrypts */
    bool ccm;
    bool nonce;    /* or IV */
    bool lengths;
    bool data;
    bool text;
    size_t data_left;
    size_t text_left;
};

static void expect(struct model *model, psa_status_t status, psa_status_t expected, bool ends)
{
    ck_assert_int_eq(status, expected);
    if (status != PSA_SUCCESS || ends)
        *model = (struct model) { .ccm = model->ccm };
}

START_TEST(mac_order)
{
    /* Ensures that MACs allow set-up; updates; the finish of their kind, and nothing else. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_HMAC, 32, ANY_USAGE, HMAC256);
    uint32_t random = (uint32_t) _i * 999;
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    struct model model = { 0 };
    for (int n = 0; n < SEQUENCES * STEPS / 4; n++) {
        const psa_status_t active = model.open ? PSA_SUCCESS : PSA_ERROR_BAD_STATE;
        uint8_t mac[32];
        size_t length = 0;
        switch (next_number(&random) % 7) {
        case 0:
        case 1: {
            bool computes = next_number(&random) % 2;
            psa_status_t status = computes ? psa_mac_sign_setup(&operation, key, HMAC256)
                                           : psa_mac_verify_setup(&operation, key, HMAC256);
            expect(&model, status, model.open ? PSA_ERROR_BAD_STATE : PSA_SUCCESS, false);
            model.open = status == PSA_SUCCESS;
            model.computes = computes;
            break;
        }
        case 2:
        case 3:
            expect(&model, psa_mac_update(&operation, material, next_number(&random) % 32), active,
                   false);
            break;
        case 4:
            expect(&model, psa_mac_sign_finish(&operation, mac, 32, &length),
                   model.computes ? active : PSA_ERROR_BAD_STATE, true);
            break;
        case 5:
            expect(&model, psa_mac_verify_finish(&operation, material, 32),
                   !model.open || model.computes ? PSA_ERROR_BAD_STATE
                                                 : PSA_ERROR_INVALID_SIGNATURE,
                   true);
            break;
        default:
            expect(&model, psa_mac_abort(&operation), PSA_SUCCESS, true);
        }
    }
    ck_assert_int_eq(psa_mac_abort(&operation), PSA_SUCCESS);
}
END_TEST

START_TEST(cipher_order)
{
    /* Ensures that ciphers allow set-up; one IV; updates; finish, and nothing else. */
    psa_key_id_t key = import_key(PSA_KEY_TYPE_AES, 16, ANY_USAGE, PSA_ALG_CTR);
    uint32_t random = (uint32_t) _i * 999 + 1;
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    struct model model = { 0 };
    for (int n = 0; n < SEQUENCES * STEPS / 4; n++) {
        const psa_status_t wants = model.open && !model.nonce ? PSA_SUCCESS : PSA_ERROR_BAD_STATE;
        const psa_status_t has = model.open && model.nonce ? PSA_SUCCESS : PSA_ERROR_BAD_STATE;
        uint8_t output[32];
        size_t length = 99;
        switch (next_number(&random) % 8) {
        case 0:
        case 1: {
            psa_status_t status = next_number(&random) % 2
                                      ? psa_cipher_encrypt_setup(&operation, key, PSA_ALG_CTR)
                                      : psa_cipher_decrypt_setup(&operation, key, PSA_ALG_CTR);
            expect(&model, status, model.open ? PSA_ERROR_BAD_STATE : PSA_SUCCESS, false);
            model.open = status == PSA_SUCCESS;
            break;
        }
        case 2:
            expect(&model, psa_cipher_set_iv(&operation, material, 16), wants, false);
            model.nonce = model.open;
            break;
        case 3:
            expect(&model, psa_cipher_generate_iv(&operation, output, 16, &length), wants, false);
            ck_assert_uint_eq(length, wants == PSA_SUCCESS ? 16 : 0);
            model.nonce = model.open;
            break;
        case 4:
        case 5:
            expect(&model, psa_cipher_update(&operation, material, 5, output, 32, &length), has,
                   false);
            ck_assert_uint_eq(length, has == PSA_SUCCESS ? 5 : 0);
            break;
        case 6:
            expect(&model, psa_cipher_finish(&operation, output, 32, &length), has, true);
            ck_assert_uint_eq(length, 0);
            break;
        default:
            expect(&model, psa_cipher_abort(&operation), PSA_SUCCESS, true);
        }
    }
    ck_assert_int_eq(psa_cipher_abort(&operation), PSA_SUCCESS);
}
END_TEST

static const struct {
    psa_key_type_t type;
    size_t length;
    psa_algorithm_t alg;
} aeads[] = {
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_GCM },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CCM },
    { PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_CHACHA20_POLY1305 },
};

static psa_status_t expect_data(struct model *model, size_t length)
{
    if (!model->open || !model->nonce || model->text)
        return PSA_ERROR_BAD_STATE;
    if (length == 0)
        return PSA_SUCCESS;
    if (model->lengths && model->data_left < length)
        return PSA_ERROR_INVALID_ARGUMENT;
    return model->ccm && !model->lengths ? PSA_ERROR_BAD_STATE : PSA_SUCCESS;
}

static psa_status_t expect_text(struct model *model, size_t length)
{
    if (!model->open || !model->nonce || (model->ccm && !model->lengths))
        return PSA_ERROR_BAD_STATE;
    if (model->lengths && (model->data_left != 0 || model->text_left < length))
        return PSA_ERROR_INVALID_ARGUMENT;
    return PSA_SUCCESS;
}

static psa_status_t expect_end(struct model *model, bool computes)
{
    psa_status_t status = expect_text(model, 0);

    if (status == PSA_SUCCESS && model->lengths && model->text_left != 0)
        status = PSA_ERROR_INVALID_ARGUMENT;
    if (status == PSA_SUCCESS && model->computes != computes)
        status = PSA_ERROR_BAD_STATE;
    return status;
}

static void aead_set_up(struct model *model, psa_aead_operation_t *operation, int i,
                        psa_key_id_t key, bool computes)
{
    psa_status_t status = computes ? psa_aead_encrypt_setup(operation, key, aeads[i].alg)
                                   : psa_aead_decrypt_setup(operation, key, aeads[i].alg);

    expect(model, status, model->open ? PSA_ERROR_BAD_STATE : PSA_SUCCESS, false);
    model->open = status == PSA_SUCCESS;
    model->computes = model->open && computes;
}

static void aead_begin_step(struct model *model, psa_aead_operation_t *operation, uint32_t number)
{
    const bool wants = model->open && !model->nonce;
    uint8_t nonce[13];
    size_t length = 99;

    if (number % 3 == 0) {
        psa_status_t allowed = model->open && !model->lengths && !model->data && !model->text
                                   ? PSA_SUCCESS
                                   : PSA_ERROR_BAD_STATE;
        expect(model, psa_aead_set_lengths(operation, number / 3 % 2, number / 6 % 2), allowed,
               false);
        model->lengths = model->open;
        model->data_left = number / 3 % 2;
        model->text_left = number / 6 % 2;
    } else if (number % 3 == 1) {
        expect(model, psa_aead_set_nonce(operation, material, 12),
               wants ? PSA_SUCCESS : PSA_ERROR_BAD_STATE, false);
        model->nonce = model->open;
    } else {
        expect(model, psa_aead_generate_nonce(operation, nonce, sizeof nonce, &length),
               wants && model->computes ? PSA_SUCCESS : PSA_ERROR_BAD_STATE, false);
        model->nonce = model->open;
        ck_assert_uint_eq(length == 0, !model->open);
    }
}

static void aead_end_step(struct model *model, psa_aead_operation_t *operation, bool computes)
{
    psa_status_t expected = expect_end(model, computes);
    uint8_t output[32];
    uint8_t tag[16];
    size_t length = 99;
    size_t tag_length = 99;

    if (computes) {
        expect(model, psa_aead_finish(operation, output, 16, &length, tag, 16, &tag_length),
               expected, true);
    } else {
        if (expected == PSA_SUCCESS)
            expected = PSA_ERROR_INVALID_SIGNATURE;
        expect(model, psa_aead_verify(operation, output, 16, &length, material, 16), expected,
               true);
    }
}

static void aead_step(struct model *model, psa_aead_operation_t *operation, uint32_t number)
{
    uint8_t output[32];
    size_t length = number / 8 % 2 + number / 16 % 8 / 7;
    size_t written = 99;

    if (number % 2 == 0) {
        expect(model, psa_aead_update_ad(operation, material, length), expect_data(model, length),
               false);
        model->data = model->open;
        model->data_left -= length;
    } else {
        expect(model, psa_aead_update(operation, material, length, output, 16, &written),
               expect_text(model, length), false);
        model->text = model->open;
        model->text_left -= length;
    }
}

START_TEST(aead_order)
{
    /* Ensures that AEADs allow set-up; nonce and lengths; additional data; text; the finish of
     * their direction, and nothing else, with CCM only where lengths were given. */
    psa_key_id_t key = import_key(aeads[_i].type, aeads[_i].length, ANY_USAGE, aeads[_i].alg);
    uint32_t random = 5;
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    struct model model = { .ccm = aeads[_i].alg == PSA_ALG_CCM };
    unsigned finished = 0;
    for (int n = 0; n < SEQUENCES * STEPS; n++) {
        uint32_t number = next_number(&random);
        switch (number % 16) {
        case 0:
            expect(&model, psa_aead_abort(&operation), PSA_SUCCESS, true);
            break;
        case 1:
        case 2:
            finished += expect_end(&model, number % 2) == PSA_SUCCESS;
            aead_end_step(&model, &operation, number % 2);
            break;
        case 3:
        case 4:
        case 5:
        case 6:
            aead_step(&model, &operation, number / 16);
            break;
        default:
            if (model.nonce && (model.lengths || !model.ccm) && number % 9 > 1)
                aead_step(&model, &operation, number / 16);
            else if (model.open && number % 9 != 0)
                aead_begin_step(&model, &operation, number / 16);
            else
                aead_set_up(&model, &operation, _i, key, number / 16 % 2);
        }
    }
    ck_assert_uint_gt(finished, 20);
    ck_assert_int_eq(psa_aead_abort(&operation), PSA_SUCCESS);
}
END_TEST

TCase *make_parts_order_case(void)
{
    TCase *tests = tcase_create("order of calls");

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, mac_order, 0, 3);
    tcase_add_loop_test(tests, cipher_order, 0, 3);
    tcase_add_loop_test(tests, aead_order, 0, COUNT(aeads));
    return tests;
}
