/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "operations.h"

#define MAX_KEY 200
#define MAX_MESSAGE 300
#define MAX_MAC 64

/* Hashes that both versions of Mbed TLS have, and those of 3.6. */
static const struct {
    psa_algorithm_t hash;
    size_t size;
    size_t block;
} hashes[] = {
    { PSA_ALG_MD5, 16, 64 },
    { PSA_ALG_RIPEMD160, 20, 64 },
    { PSA_ALG_SHA_1, 20, 64 },
    { PSA_ALG_SHA_224, 28, 64 },
    { PSA_ALG_SHA_256, 32, 64 },
    { PSA_ALG_SHA_384, 48, 128 },
    { PSA_ALG_SHA_512, 64, 128 },
#ifdef PSA_WANT_ALG_SHA3_256
    { PSA_ALG_SHA3_224, 28, 144 },
    { PSA_ALG_SHA3_256, 32, 136 },
    { PSA_ALG_SHA3_384, 48, 104 },
    { PSA_ALG_SHA3_512, 64, 72 },
#endif
};

/* One MAC of each kind. */
static const struct {
    psa_key_type_t type;
    size_t key_length;
    psa_algorithm_t alg;
    size_t size;
} macs[] = {
    { PSA_KEY_TYPE_HMAC, 20, PSA_ALG_HMAC(PSA_ALG_SHA_1), 20 },
    { PSA_KEY_TYPE_HMAC, 32, PSA_ALG_HMAC(PSA_ALG_SHA_256), 32 },
    { PSA_KEY_TYPE_HMAC, 150, PSA_ALG_HMAC(PSA_ALG_SHA_512), 64 },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CMAC, 16 },
    { PSA_KEY_TYPE_AES, 32, PSA_ALG_CMAC, 16 },
    { PSA_KEY_TYPE_DES, 24, PSA_ALG_CMAC, 8 },
};

static psa_key_id_t make_mac_key(int i)
{
    return import_filled(macs[i].type, macs[i].key_length, macs[i].alg);
}

/* The MAC of a message by a key made for this algorithm. */
static void compute(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *message, size_t length,
                    uint8_t *mac, size_t size)
{
    size_t mac_length = 0;

    ck_assert_int_eq(psa_mac_compute(key, alg, message, length, mac, size, &mac_length),
                     PSA_SUCCESS);
    ck_assert_uint_eq(mac_length, size);
}

static void hash(psa_algorithm_t alg, const uint8_t *first, size_t first_length,
                 const uint8_t *second, size_t second_length, uint8_t *digest, size_t size)
{
    uint8_t all[MAX_KEY + MAX_MESSAGE + MAX_MAC];
    size_t length = 0;

    memcpy(all, first, first_length);
    memcpy(all + first_length, second, second_length);
    ck_assert_int_eq(psa_hash_compute(alg, all, first_length + second_length, digest, size,
                                      &length),
                     PSA_SUCCESS);
    ck_assert_uint_eq(length, size);
}

START_TEST(hmac_by_definition)
{
    /* Ensures that HMAC is H(K ^ opad, H(K ^ ipad, message)), for keys around a block's length. */
    const size_t size = hashes[_i].size;
    const size_t block = hashes[_i].block;
    const psa_algorithm_t alg = PSA_ALG_HMAC(hashes[_i].hash);
    const size_t lengths[] = { 1, size, block - 1, block, block + 1, MAX_KEY };
    uint8_t bytes[MAX_KEY];
    uint8_t message[MAX_MESSAGE];
    fill(bytes, sizeof bytes, 2);
    fill(message, sizeof message, 3);
    for (int k = 0; k < COUNT(lengths); k++) {
        uint8_t pad[144] = { 0 };
        psa_key_id_t key = import_bytes(PSA_KEY_TYPE_HMAC, alg, bytes, lengths[k]);
        if (lengths[k] <= block)
            memcpy(pad, bytes, lengths[k]);
        else
            hash(hashes[_i].hash, bytes, lengths[k], bytes, 0, pad, size);
        for (size_t n = 0; n <= MAX_MESSAGE; n += 1 + n / 8) {
            uint8_t padded[144];
            uint8_t expected[MAX_MAC];
            uint8_t mac[MAX_MAC];
            for (size_t i = 0; i < block; i++)
                padded[i] = pad[i] ^ 0x36;
            hash(hashes[_i].hash, padded, block, message, n, expected, size);
            for (size_t i = 0; i < block; i++)
                padded[i] = pad[i] ^ 0x5c;
            hash(hashes[_i].hash, padded, block, expected, size, expected, size);
            compute(key, alg, message, n, mac, size);
            ck_assert_mem_eq(mac, expected, size);
        }
        destroy(key);
    }
}
END_TEST

/* Doubles in the field that CMAC takes its subkeys from. */
static void twice(uint8_t *block, size_t size)
{
    uint8_t carry = block[0] >> 7;

    for (size_t i = 0; i < size; i++)
        block[i] = (uint8_t) (block[i] << 1 | (i + 1 < size ? block[i + 1] >> 7 : 0));
    block[size - 1] ^= (uint8_t) (carry * (size == 16 ? 0x87 : 0x1b));
}

START_TEST(cmac_by_definition)
{
    /* Ensures that CMAC is what its definition makes of the block cipher. */
    static const struct {
        psa_key_type_t type;
        size_t key_length;
        size_t block;
    } ciphers[] = { { PSA_KEY_TYPE_AES, 16, 16 },
                    { PSA_KEY_TYPE_AES, 24, 16 },
                    { PSA_KEY_TYPE_AES, 32, 16 },
                    { PSA_KEY_TYPE_DES, 24, 8 } };
    const size_t size = ciphers[_i].block;
    psa_key_id_t key = import_filled(ciphers[_i].type, ciphers[_i].key_length, PSA_ALG_CMAC);
    psa_key_id_t ecb = import_filled(ciphers[_i].type, ciphers[_i].key_length,
                                     PSA_ALG_ECB_NO_PADDING);
    uint8_t message[100];
    fill(message, sizeof message, 4);
    for (size_t n = 0; n <= sizeof message; n++) {
        uint8_t subkey[16] = { 0 };
        uint8_t state[16] = { 0 };
        uint8_t mac[16];
        size_t last = n == 0 ? 0 : (n - 1) / size * size;
        encrypt_block(ecb, subkey, size, subkey);
        twice(subkey, size);
        for (size_t i = 0; i < last; i++) {
            state[i % size] ^= message[i];
            if (i % size == size - 1)
                encrypt_block(ecb, state, size, state);
        }
        if (n - last < size) {
            twice(subkey, size);
            state[n - last] ^= 0x80;
        }
        for (size_t i = last; i < n; i++)
            state[i - last] ^= message[i];
        for (size_t i = 0; i < size; i++)
            state[i] ^= subkey[i];
        encrypt_block(ecb, state, size, state);
        compute(key, PSA_ALG_CMAC, message, n, mac, size);
        ck_assert_mem_eq(mac, state, size);
    }
}
END_TEST

START_TEST(mac_room)
{
    /* Ensures that a MAC needs its size; that what follows it, and all of it on failure, is filled
     * with '!', and that the length given on failure is the whole room. */
    const size_t size = macs[_i].size;
    psa_key_id_t key = make_mac_key(_i);
    uint8_t expected[MAX_MAC];
    compute(key, macs[_i].alg, material, 9, expected, size);
    for (size_t room = 0; room < MAX_MAC + 8; room++) {
        uint8_t mac[MAX_MAC + 9];
        size_t length = 99;
        size_t good = room >= size ? size : 0;
        memset(mac, NOTHING, sizeof mac);
        ck_assert_int_eq(psa_mac_compute(key, macs[_i].alg, material, 9, mac, room, &length),
                         good ? PSA_SUCCESS : PSA_ERROR_BUFFER_TOO_SMALL);
        ck_assert_uint_eq(length, good ? size : room);
        ck_assert_mem_eq(mac, expected, good);
        check_all(mac + good, room - good, '!');
        ck_assert_uint_eq(mac[room], NOTHING);
    }
}
END_TEST

START_TEST(mac_truncated)
{
    /* Ensures that a MAC of 4 bytes to its whole length is a prefix of it, that a shorter one is
     * not supported and a longer one invalid, and that verifying takes exactly its length. */
    const size_t size = macs[_i].size;
    uint8_t whole[MAX_MAC];
    compute(make_mac_key(_i), macs[_i].alg, material, 9, whole, size);
    for (size_t n = 1; n < MAX_MAC; n++) {
        psa_algorithm_t alg = PSA_ALG_TRUNCATED_MAC(macs[_i].alg, n);
        psa_key_id_t key = import_filled(macs[_i].type, macs[_i].key_length, alg);
        psa_status_t expected = n < 4      ? PSA_ERROR_NOT_SUPPORTED
                                : n > size ? PSA_ERROR_INVALID_ARGUMENT
                                           : PSA_SUCCESS;
        uint8_t mac[MAX_MAC];
        size_t length = 0;
        ck_assert_int_eq(psa_mac_compute(key, alg, material, 9, mac, sizeof mac, &length),
                         expected);
        ck_assert_int_eq(psa_mac_verify(key, alg, material, 9, whole, n), expected);
        if (expected == PSA_SUCCESS) {
            ck_assert_uint_eq(length, n);
            ck_assert_mem_eq(mac, whole, n);
            check_all(mac + n, sizeof mac - n, '!');
            ck_assert_int_eq(psa_mac_compute(key, alg, material, 9, mac, n - 1, &length),
                             PSA_ERROR_BUFFER_TOO_SMALL);
            check_all(mac, n - 1, '!');
            ck_assert_int_eq(psa_mac_verify(key, alg, material, 9, whole, n - 1),
                             PSA_ERROR_INVALID_SIGNATURE);
            ck_assert_int_eq(psa_mac_verify(key, alg, material, 9, whole, n + 1),
                             PSA_ERROR_INVALID_SIGNATURE);
        }
        destroy(key);
    }
}
END_TEST

START_TEST(mac_verify)
{
    /* Ensures that a MAC is accepted as computed, and not with any bit of it or of the message
     * changed or with any other length. */
    const size_t size = macs[_i].size;
    const psa_algorithm_t alg = macs[_i].alg;
    psa_key_id_t key = make_mac_key(_i);
    uint8_t message[40];
    uint8_t mac[MAX_MAC + 1] = { 0 };
    fill(message, sizeof message, 5);
    compute(key, alg, message, sizeof message, mac, size);
    for (size_t bit = 0; bit < size * 8; bit++) {
        mac[bit / 8] ^= (uint8_t) (1 << bit % 8);
        ck_assert_int_eq(psa_mac_verify(key, alg, message, sizeof message, mac, size),
                         PSA_ERROR_INVALID_SIGNATURE);
        mac[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }
    for (size_t bit = 0; bit < sizeof message * 8; bit++) {
        message[bit / 8] ^= (uint8_t) (1 << bit % 8);
        ck_assert_int_eq(psa_mac_verify(key, alg, message, sizeof message, mac, size),
                         PSA_ERROR_INVALID_SIGNATURE);
        message[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }
    for (size_t n = 0; n <= MAX_MAC + 1; n++)
        ck_assert_int_eq(psa_mac_verify(key, alg, message, sizeof message, mac, n),
                         n == size ? PSA_SUCCESS : PSA_ERROR_INVALID_SIGNATURE);
}
END_TEST

START_TEST(mac_empty_message)
{
    /* Ensures that a message of no bytes may be a null pointer, and so may a MAC of no room. */
    psa_key_id_t key = make_mac_key(_i);
    uint8_t mac[2][MAX_MAC];
    size_t length = 99;
    compute(key, macs[_i].alg, NULL, 0, mac[0], macs[_i].size);
    compute(key, macs[_i].alg, material, 0, mac[1], macs[_i].size);
    ck_assert_mem_eq(mac[0], mac[1], macs[_i].size);
    ck_assert_int_eq(psa_mac_verify(key, macs[_i].alg, NULL, 0, mac[0], macs[_i].size),
                     PSA_SUCCESS);
    ck_assert_int_eq(psa_mac_verify(key, macs[_i].alg, material, 3, NULL, 0),
                     PSA_ERROR_INVALID_SIGNATURE);
    ck_assert_int_eq(psa_mac_compute(key, macs[_i].alg, material, 3, NULL, 0, &length),
                     PSA_ERROR_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, 0);
}
END_TEST

START_TEST(mac_overlap)
{
    /* Ensures that message and MAC may overlap in every way. */
    enum { LENGTH = 70, PLACE = 100 };
    const size_t size = macs[_i].size;
    psa_key_id_t key = make_mac_key(_i);
    uint8_t message[LENGTH];
    uint8_t expected[MAX_MAC];
    fill(message, LENGTH, 6);
    compute(key, macs[_i].alg, message, LENGTH, expected, size);
    for (int shift = -PLACE; shift <= PLACE; shift++) {
        uint8_t arena[3 * PLACE];
        uint8_t *mac = arena + PLACE + shift;
        memcpy(arena + PLACE, message, LENGTH);
        compute(key, macs[_i].alg, arena + PLACE, LENGTH, mac, size);
        ck_assert_mem_eq(mac, expected, size);
    }
}
END_TEST

/* MACs that cannot be. */
static const struct refusal refusals[] = {
    { PSA_KEY_TYPE_HMAC, 32, PSA_ALG_CMAC, PSA_ERROR_INVALID_ARGUMENT },
    { PSA_KEY_TYPE_HMAC, 32, PSA_ALG_SHA_256, PSA_ERROR_INVALID_ARGUMENT },
    { PSA_KEY_TYPE_HMAC, 32, PSA_ALG_HMAC(PSA_ALG_SHA_512_256), PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_HMAC, 32, PSA_ALG_HMAC(0x02000077), PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_DERIVE, 32, PSA_ALG_HMAC(PSA_ALG_SHA_256), PSA_ERROR_INVALID_ARGUMENT },
    { PSA_KEY_TYPE_RAW_DATA, 32, PSA_ALG_HMAC(PSA_ALG_SHA_256), PSA_ERROR_INVALID_ARGUMENT },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_HMAC(PSA_ALG_SHA_256), PSA_ERROR_INVALID_ARGUMENT },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_GCM, PSA_ERROR_INVALID_ARGUMENT },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CTR, PSA_ERROR_INVALID_ARGUMENT },
    { PSA_KEY_TYPE_AES, 16, PSA_ALG_CBC_MAC, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_CMAC, PSA_ERROR_INVALID_ARGUMENT },
    { PSA_KEY_TYPE_CAMELLIA, 16, PSA_ALG_CMAC, PSA_ERROR_INVALID_ARGUMENT },
    { PSA_KEY_TYPE_DES, 8, PSA_ALG_CMAC, PSA_ERROR_NOT_SUPPORTED },
    { PSA_KEY_TYPE_DES, 16, PSA_ALG_CMAC, PSA_ERROR_NOT_SUPPORTED },
};

START_TEST(mac_refused)
{
    /* Ensures that a MAC that the key's type or Mbed TLS does not have is refused, twice alike. */
    psa_key_id_t key = import_filled(refusals[_i].type, refusals[_i].key_length, refusals[_i].alg);
    for (int n = 0; n < 2; n++) {
        uint8_t mac[MAX_MAC];
        size_t length = 0;
        ck_assert_int_eq(psa_mac_compute(key, refusals[_i].alg, material, 3, mac, sizeof mac,
                                         &length),
                         refusals[_i].status);
        ck_assert_uint_eq(length, sizeof mac);
        check_all(mac, sizeof mac, '!');
        ck_assert_int_eq(psa_mac_verify(key, refusals[_i].alg, material, 3, mac, 16),
                         refusals[_i].status);
    }
}
END_TEST

TCase *make_mac_case(void)
{
    TCase *tc = tcase_create("mac");

    tcase_add_checked_fixture(tc, set_up, mbedtls_psa_crypto_free);
    tcase_add_loop_test(tc, hmac_by_definition, 0, COUNT(hashes));
    tcase_add_loop_test(tc, cmac_by_definition, 0, 4);
    tcase_add_loop_test(tc, mac_room, 0, COUNT(macs));
    tcase_add_loop_test(tc, mac_truncated, 0, COUNT(macs));
    tcase_add_loop_test(tc, mac_verify, 0, COUNT(macs));
    tcase_add_loop_test(tc, mac_empty_message, 0, COUNT(macs));
    tcase_add_loop_test(tc, mac_overlap, 0, COUNT(macs));
    tcase_add_loop_test(tc, mac_refused, 0, COUNT(refusals));
    return tc;
}
