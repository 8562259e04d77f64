/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "crowd.h"

#include <errno.h>
#include <getopt.h>
#include <mbedtls/cmac.h>
#include <mbedtls/md.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define FILLS 256u
#define DRAW 16u
#define OPTIONS 8u

struct draws {
    _Atomic unsigned long count;
    unsigned long room;
    uint8_t at[][DRAW];
};

static const uint8_t text[40] = "forty bytes of text, to be authenticate";
static uint8_t macs[FILLS][32];
static struct draws *draws;
static const char *volatile doing_now = "";

uint32_t crowd_pick(uint64_t *state, uint32_t n)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t) ((z ^ (z >> 31)) >> 16) % n;
}

static bool parse(int argc, char **argv, const struct crowd_option *options, size_t count)
{
    struct option names[OPTIONS + 1] = {{NULL, 0, NULL, 0}};
    int option;

    for (size_t i = 0; i < count; i++) {
        names[i] = (struct option){options[i].name, required_argument, NULL, (int) i};
    }
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (option == '?') {
            return false;
        }
        *options[option].value = strtoull(optarg, NULL, 10);
    }
    for (size_t i = 0; i < count; i++) {
        if (options[i].most != 0 && *options[i].value > options[i].most) {
            return false;
        }
    }
    return optind == argc;
}

static void compute_macs(void)
{
    for (unsigned fill = 0; fill < FILLS; fill++) {
        uint8_t material[32];

        memset(material, (int) fill, sizeof material);
        mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), material, sizeof material,
                        text, sizeof text, macs[fill]);
    }
}

bool crowd_begin(int argc, char **argv, const struct crowd_option *options, size_t count)
{
    uint64_t *seed = options[count - 1].value;

    *seed = (uint64_t) time(NULL);
    if (count > OPTIONS || !parse(argc, argv, options, count)) {
        fprintf(stderr, "usage: %s", program_invocation_short_name);
        for (size_t i = 0; i < count; i++) {
            fprintf(stderr, " [--%s N]", options[i].name);
        }
        fputc('\n', stderr);
        return false;
    }
    printf("seed %llu\n", (unsigned long long) *seed);
    fflush(stdout);
    compute_macs();
    return true;
}

psa_status_t crowd_use(psa_key_id_t key, uint8_t fill, bool *right)
{
    uint8_t mac[32];
    size_t length = 0;
    psa_status_t status =
        psa_mac_compute(key, HMAC_256, text, sizeof text, mac, sizeof mac, &length);

    *right = status == PSA_SUCCESS && length == 32 && memcmp(mac, macs[fill], 32) == 0;
    return status;
}

static bool uses_right(psa_key_id_t key, uint8_t fill)
{
    bool right;

    crowd_use(key, fill, &right);
    return right;
}

/* A key of another kind, whose context has another size and parts on the heap. */
static bool brief_life(uint8_t fill)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    uint8_t material[16];
    uint8_t mac[16];
    uint8_t expected[16];
    size_t length = 0;
    psa_key_id_t key = 0;

    memset(material, fill, sizeof material);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    psa_set_key_algorithm(&attributes, PSA_ALG_CMAC);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE);
    if (psa_import_key(&attributes, material, sizeof material, &key) != PSA_SUCCESS) {
        return false;
    }
    bool right = psa_mac_compute(key, PSA_ALG_CMAC, text, sizeof text, mac, sizeof mac, &length) ==
                 PSA_SUCCESS;

    mbedtls_cipher_cmac(mbedtls_cipher_info_from_type(MBEDTLS_CIPHER_AES_128_ECB), material,
                        8 * sizeof material, text, sizeof text, expected);
    right = right && length == sizeof mac && memcmp(mac, expected, sizeof mac) == 0;
    return psa_destroy_key(key) == PSA_SUCCESS && right;
}

bool crowd_life(uint8_t fill)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    uint8_t other = (uint8_t) (fill + 1);
    uint8_t material[32];
    psa_key_id_t key = import_hmac(fill);
    psa_key_id_t copy = 0;
    bool right = key != 0 && uses_right(key, fill);

    memset(material, other, sizeof material);
    right = right && keyshard_replace_key(key, material, sizeof material) == PSA_SUCCESS;
    right = right && uses_right(key, other);
    psa_set_key_algorithm(&attributes, HMAC_256);
    psa_set_key_usage_flags(&attributes, UNIFORM_USAGES);
    right = right && psa_copy_key(key, &attributes, &copy) == PSA_SUCCESS;
    right = right && keyshard_restrict_key(key, PSA_KEY_USAGE_COPY) == PSA_SUCCESS;
    right = right && uses_right(copy, other) && !uses_right(key, other);
    right = psa_destroy_key(key) == PSA_SUCCESS && right;
    right = psa_destroy_key(copy) == PSA_SUCCESS && right;
    return brief_life(fill) && right;
}

bool crowd_open(unsigned long room)
{
    draws = mmap(NULL, sizeof *draws + room * DRAW, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (draws == MAP_FAILED) {
        return false;
    }
    draws->room = room;
    return true;
}

bool crowd_draw(void)
{
    unsigned long number = atomic_fetch_add(&draws->count, 1);

    return number < draws->room && psa_generate_random(draws->at[number], DRAW) == PSA_SUCCESS;
}

unsigned long crowd_drawn(void)
{
    unsigned long count = atomic_load(&draws->count);

    return count < draws->room ? count : draws->room;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, DRAW);
}

unsigned long crowd_repeats(void)
{
    unsigned long count = crowd_drawn();
    unsigned long repeats = 0;

    qsort(draws->at, count, DRAW, compare);
    for (unsigned long i = 1; i < count; i++) {
        repeats += memcmp(draws->at[i], draws->at[i - 1], DRAW) == 0;
    }
    return repeats;
}

static void on_alarm(int number)
{
    static const char message[] = "no progress: ";

    (void) number;
    if (write(STDOUT_FILENO, message, sizeof message - 1) < 0 ||
        write(STDOUT_FILENO, doing_now, strlen(doing_now)) < 0 ||
        write(STDOUT_FILENO, "\n", 1) < 0) {
        _exit(2);
    }
    _exit(1);
}

void crowd_alive(unsigned seconds, const char *doing)
{
    doing_now = doing;
    signal(SIGALRM, on_alarm);
    alarm(seconds);
}
