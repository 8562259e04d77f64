/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "crypto/core.h"
#include "base/thread.h"
#include "crypto/error.h"
#include "crypto/hash.h"

#include <dlfcn.h>
#include <stdio.h>

typedef psa_status_t (*init_function)(void);
typedef void (*free_function)(void);

/* POSIX has it that a function's address fits an object pointer; ISO C has no cast for it. */
union address {
    void *object;
    init_function init;
    free_function free;
};

_Static_assert(sizeof(void *) == sizeof(init_function), "dlsym's result is a function's address");

static union address behind(const char *name)
{
    union address found = {dlsym(RTLD_NEXT, name)};

    return found;
}

psa_status_t ks_core_check_order(const void *own)
{
    static bool said;

    if (dlsym(RTLD_DEFAULT, "psa_import_key") == own && behind("psa_crypto_init").object != NULL) {
        return PSA_SUCCESS;
    }
    if (!said) {
        said = true;
        fputs("keyshard: another library's psa_* functions stand in front of keyshard's; "
              "link -lkeyshard before -lmbedcrypto, or preload libkeyshard.so\n", stderr);
    }
    return PSA_ERROR_BAD_STATE;
}

/* One block through each thing that Mbed TLS prepares at its first use: AES tables (both
 * directions) and AES-NI detection, the carry-less multiplication of GCM. */
static int force_tables(void)
{
    static const unsigned char zeros[16];
    unsigned char block[16];
    unsigned char tag[16];
    mbedtls_aes_context aes;
    mbedtls_gcm_context gcm;

    mbedtls_aes_init(&aes);
    mbedtls_gcm_init(&gcm);
    int ret = mbedtls_aes_setkey_dec(&aes, zeros, 128);

    if (ret == 0) {
        ret = mbedtls_aes_crypt_ecb(&aes, MBEDTLS_AES_DECRYPT, zeros, block);
    }
    if (ret == 0) {
        ret = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, zeros, 128);
    }
    if (ret == 0) {
        ret = mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, sizeof block, zeros, 12, NULL, 0,
                                        zeros, block, sizeof tag, tag);
    }
    mbedtls_gcm_free(&gcm);
    mbedtls_aes_free(&aes);
    return ret;
}

psa_status_t ks_core_start(void)
{
    union address real = behind("psa_crypto_init");
    int ret = force_tables();

    if (ret == 0) {
        ret = ks_hashes_start();
    }
    psa_status_t status = ks_mbed_status(ret);

    if (status == PSA_SUCCESS) {
        bool nested = ks_thread.in_core;

        ks_thread.in_core = true;
        status = real.init();
        ks_thread.in_core = nested;
    }
    return status;
}

void ks_core_stop(void)
{
    union address real = behind("mbedtls_psa_crypto_free");

    if (real.object != NULL) {
        bool nested = ks_thread.in_core;

        ks_thread.in_core = true;
        real.free();
        ks_thread.in_core = nested;
    }
}
