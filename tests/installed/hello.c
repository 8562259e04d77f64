/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* A small PSA program as its users write it: it knows nothing of keyshard when it is compiled, and
 * finds out at run time who serves it.
 *
 *   hello keyshard      expects to be served by keyshard
 *   hello mbedtls       expects to be served by Mbed TLS, keyshard being absent or behind it
 *   hello refused FILE  opens the library with local binding and expects its init to refuse
 */

#define _GNU_SOURCE /* dladdr */

#include <dlfcn.h>
#include <psa/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As in <keyshard/keyshard.h>: the first field of the statistics. */
typedef psa_status_t (*get_stats)(void *stats, size_t size);
typedef psa_status_t (*init)(void);

static void require(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "hello: not so: %s\n", what);
        exit(EXIT_FAILURE);
    }
}

/* Test case 2 of RFC 4231, by a key that still exists when this returns. */
static psa_key_id_t use(void)
{
    static const uint8_t expected[4] = { 0x5b, 0xdc, 0xc1, 0x46 };
    const char *text = "what do ya want for nothing?";
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = 0;
    uint8_t mac[32];
    size_t length = 0;
    psa_set_key_type(&attributes, PSA_KEY_TYPE_HMAC);
    psa_set_key_algorithm(&attributes, PSA_ALG_HMAC(PSA_ALG_SHA_256));
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE);
    require(psa_import_key(&attributes, (const uint8_t *) "Jefe", 4, &key) == PSA_SUCCESS,
            "import");
    require(psa_mac_compute(key, PSA_ALG_HMAC(PSA_ALG_SHA_256), (const uint8_t *) text,
                            strlen(text), mac, sizeof mac, &length) == PSA_SUCCESS, "compute");
    require(length == sizeof mac && memcmp(mac, expected, sizeof expected) == 0, "right MAC");
    return key;
}

/* How many keys keyshard holds; 0 where it is not in the process. */
static uint64_t keys_in_keyshard(void)
{
    uint64_t keys = 0;
    void *symbol = dlsym(RTLD_DEFAULT, "keyshard_get_stats");
    if (symbol != NULL) {
        get_stats function = NULL;
        memcpy(&function, &symbol, sizeof function);
        require(function(&keys, sizeof keys) == PSA_SUCCESS, "statistics");
    }
    return keys;
}

static void check_server(bool keyshard)
{
    Dl_info info;
    require(psa_crypto_init() == PSA_SUCCESS, "init");
    psa_key_id_t key = use();
    require(dladdr(dlsym(RTLD_DEFAULT, "psa_import_key"), &info) != 0, "psa_import_key is found");
    printf("served by %s; keys in keyshard: %d\n", info.dli_fname, (int) keys_in_keyshard());
    require((strstr(info.dli_fname, "libkeyshard") != NULL) == keyshard, "whose psa_import_key");
    require(keys_in_keyshard() == (keyshard ? 1 : 0), "who holds the key");
    require(psa_destroy_key(key) == PSA_SUCCESS, "destruction");
    require(keys_in_keyshard() == 0, "no key is left");
    mbedtls_psa_crypto_free();
}

static void check_refused(const char *file)
{
    init function = NULL;
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    require(library != NULL, "the library opens");
    void *symbol = dlsym(library, "psa_crypto_init");
    require(symbol != NULL, "it has psa_crypto_init");
    memcpy(&function, &symbol, sizeof function);
    require(function() == PSA_ERROR_BAD_STATE, "it refuses");
    check_server(false);
}

int main(int count, char **words)
{
    if (count == 2 && strcmp(words[1], "keyshard") == 0) {
        check_server(true);
    } else if (count == 2 && strcmp(words[1], "mbedtls") == 0) {
        check_server(false);
    } else if (count == 3 && strcmp(words[1], "refused") == 0) {
        check_refused(words[2]);
    } else {
        fprintf(stderr, "usage: hello keyshard | mbedtls | refused FILE\n");
        return 2;
    }
    return EXIT_SUCCESS;
}
