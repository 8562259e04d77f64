/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Where AES-GCM of Mbed TLS puts the two blocks that it turns around for each block of text
 * (KS_MBED_GCM_ENCRYPT_PLACE): ensures that both are in one half of a cache line, wherever the
 * caller's stack lies. Speed hangs on it, nothing else; so it is looked at only where the build of
 * Mbed TLS is known. */

#include "config.h"

#include "crypto/aead_kind.h"

#include <dlfcn.h>
#include <mbedtls/version.h>
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    (MBEDTLS_VERSION_NUMBER == 0x021c0300 || MBEDTLS_VERSION_NUMBER == 0x03060600)

#define HALF 32    /* bytes of a cache line that are written together */
#define DEPTH 2048 /* bytes of stack that are looked at; a call takes a third of it */
#define TAG 16
#define TEXT 64

/* The hash key of the AES key of zeros (McGrew and Viega, "The Galois/Counter Mode of Operation",
 * test case 1), turned around. The other of the two blocks lies before it. */
static const uint8_t turned[] = {0x2e, 0x2b, 0x34, 0xca, 0x59, 0xfa, 0x4c, 0x88,
                                 0x3b, 0x2c, 0x8a, 0xef, 0xd4, 0x4b, 0xe9, 0x66};

/* Where it has been left: one place for each of Mbed TLS's functions that multiply. */
struct places {
    uintptr_t at[8];
    size_t count;
};

/* The stack below the caller, filled. */
static KS_NOINLINE void fill(void)
{
    uint8_t below[DEPTH];

    memset(below, 0xa5, sizeof below);
    __asm__ volatile("" : : "r"(below) : "memory");
}

static KS_NOINLINE void look(struct places *places)
{
    uint8_t below[DEPTH];

    __asm__ volatile("" : "=m"(below));
    places->count = 0;
    for (size_t i = 0; i + sizeof turned <= sizeof below; i++) {
        if (memcmp(below + i, turned, sizeof turned) == 0 && places->count < 8) {
            places->at[places->count++] = (uintptr_t) (below + i);
        }
    }
}

/* One call from a stack that begins lower by so many bytes, with a text or additional data. */
static KS_NOINLINE bool call(mbedtls_gcm_context *context, bool encrypts, bool has_text,
                             size_t lower, struct places *places)
{
    const struct ks_aead_kind *kind = ks_aead_kind(PSA_ALG_GCM);
    volatile char *room = __builtin_alloca(lower);
    const uint8_t text[TEXT] = {0};
    uint8_t output[TEXT], tag[TAG], plain[TEXT];
    struct ks_aead_input input = {.nonce = text, .nonce_length = 12, .data = text,
                                  .data_length = has_text ? 0 : TEXT, .text = text,
                                  .text_length = has_text ? TEXT : 0};

    __asm__ volatile("" : : "r"(room));
    fill();
    int ret = kind->encrypt(context, &input, output, tag, TAG);

    if (ret == 0 && !encrypts) {
        input.text = output;
        fill();
        ret = kind->decrypt(context, &input, plain, tag, TAG);
    }
    look(places);
    return ret == 0;
}

static bool is_among(uintptr_t place, const struct places *places)
{
    for (size_t i = 0; i < places->count; i++) {
        if (places->at[i] == place) {
            return true;
        }
    }
    return false;
}

/* In another build the frames are others. */
static bool is_shared_library(void)
{
    Dl_info info;

    return dladdr((void *) (uintptr_t) mbedtls_gcm_crypt_and_tag, &info) != 0 &&
           strstr(info.dli_fname, "libmbedcrypto.so") != NULL;
}

/* Whether the multiplication of text is where it should be. What it shares with a call that has no
 * text is the multiplication of the lengths at the end. */
static bool is_in_place(mbedtls_gcm_context *context, bool encrypts, size_t lower)
{
    struct places other, all;
    size_t right = 0;
    size_t wrong = 0;

    if (!call(context, encrypts, false, lower, &other) ||
        !call(context, encrypts, true, lower, &all)) {
        return false;
    }
    for (size_t i = 0; i < all.count; i++) {
        if (!is_among(all.at[i], &other)) {
            right += all.at[i] % HALF == HALF / 2;
            wrong += all.at[i] % HALF != HALF / 2;
        }
    }
    printf("%s, %zu bytes lower: %zu right, %zu wrong\n", encrypts ? "encrypt" : "decrypt", lower,
           right, wrong);
    return right > 0 && wrong == 0;
}

int main(void)
{
    static const uint8_t zeros[16];
    mbedtls_gcm_context context;
    struct places any;
    bool right = true;

    mbedtls_gcm_init(&context);
    if (mbedtls_gcm_setkey(&context, MBEDTLS_CIPHER_ID_AES, zeros, 128) != 0 ||
        !call(&context, true, true, 16, &any)) {
        return 1;
    }
    if (!is_shared_library() || any.count == 0) {
        puts("not the library or not the instructions that are known");
        return 77;
    }
    for (size_t lower = 16; lower <= 64; lower += 16) {
        right = is_in_place(&context, true, lower) && right;
        right = is_in_place(&context, false, lower) && right;
    }
    mbedtls_gcm_free(&context);
    return right ? 0 : 1;
}

#else

int main(void)
{
    puts("not known for this processor, Mbed TLS or sanitizer");
    return 77;
}

#endif
