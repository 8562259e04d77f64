/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* token-server: issues and verifies JSON Web Tokens for many tenants, over HTTP. Each tenant's key
 * is in the key store and found by its id at each request; the server keeps no key material. */
#include "http.h"
#include "json.h"
#include "keys.h"
#include "listener.h"
#include "metrics.h"
#include "routes.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <keyshard/keyshard.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define THREADS_MAX 1024
#define TENANTS_MAX 10000000

struct options {
    const char *address;
    uint16_t port;
    unsigned int threads;
    unsigned long tenants;
    unsigned long es256; /* so many of them */
};

static const char usage[] =
    "usage: token-server [--listen ADDRESS] [--port PORT] [--threads N] [--tenants N]\n"
    "                    [--es256-tenants N]\n"
    "  --listen ADDRESS  numeric address to listen on (127.0.0.1)\n"
    "  --port PORT       TCP port; 0 is a free one (8080)\n"
    "  --threads N       threads that serve (one for each processor)\n"
    "  --tenants N       make tenants t0 to t(N-1) at the start (0)\n"
    "  --es256-tenants N make the first N of them ES256 tenants, the others have HS256 (0)\n"
    "The first line of output names the port. SIGTERM and SIGINT stop the server.\n";

static bool read_number(const char *text, unsigned long min, unsigned long max,
                        unsigned long *number)
{
    char *end = NULL;

    errno = 0;
    *number = strtoul(text, &end, 10);
    return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' && *number >= min &&
           *number <= max;
}

/* False after a message where the arguments are wrong. */
static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
        {"listen", required_argument, NULL, 'l'},  {"port", required_argument, NULL, 'p'},
        {"threads", required_argument, NULL, 't'}, {"tenants", required_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},          {"es256-tenants", required_argument, NULL, 'e'},
        {NULL, 0, NULL, 0},
    };
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned long port = 8080, threads = processors > 0 ? (unsigned long)processors : 1;
    bool right = true;
    int option;

    options->address = "127.0.0.1";
    options->tenants = 0;
    options->es256 = 0;
    while (right && (option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'l')
            options->address = optarg;
        else if (option == 'p')
            right = read_number(optarg, 0, UINT16_MAX, &port);
        else if (option == 't')
            right = read_number(optarg, 1, THREADS_MAX, &threads);
        else if (option == 'n')
            right = read_number(optarg, 0, TENANTS_MAX, &options->tenants);
        else if (option == 'e')
            right = read_number(optarg, 0, TENANTS_MAX, &options->es256);
        else if (option == 'h')
            exit(fputs(usage, stdout) == EOF);
        else
            right = false;
    }
    if (!right || optind != argc || options->es256 > options->tenants) {
        fputs(usage, stderr);
        return false;
    }
    options->port = (uint16_t)port;
    options->threads = (unsigned int)threads;
    return true;
}

static bool make_tenants(struct app *app, unsigned long count, unsigned long es256)
{
    char name[TENANT_NAME_MAX + 1];

    for (unsigned long i = 0; i < count; i++) {
        struct key_ref key = {0, i < es256 ? KEY_ES256 : KEY_HS256};
        psa_status_t status = keys_make(NULL, 0, &key);
        if (status != PSA_SUCCESS) {
            fprintf(stderr, "token-server: no key for tenant %lu: status %d\n", i, (int)status);
            return false;
        }
        snprintf(name, sizeof name, "t%lu", i);
        if (tenants_add(app->tenants, name, &key) != TENANTS_OK) {
            fprintf(stderr, "token-server: no memory for tenant %lu\n", i);
            return false;
        }
    }
    return true;
}

/* Serves until there is something to read from stop. */
static bool serve(struct app *app, const struct options *options, int stop)
{
    uint16_t port = options->port;
    int listener = listener_open(options->address, &port);

    if (listener < 0)
        return false;
    struct http_server *server = http_start(options->threads, routes_handle, app);
    if (server == NULL) {
        fputs("token-server: no memory or no threads to start with\n", stderr);
        close(listener);
        return false;
    }
    printf("token-server: listening on %s port %u with %u threads and %lu tenants\n",
           options->address, (unsigned int)port, options->threads, options->tenants);
    fflush(stdout);
    http_serve(server, listener, stop);
    close(listener);
    http_stop(server);
    return true;
}

/* Ends the key store and says whether it is empty. */
static bool close_store(void)
{
    keyshard_stats_t stats;

    mbedtls_psa_crypto_free();
    if (keyshard_get_stats(&stats, sizeof stats) != PSA_SUCCESS)
        return false;
    printf("token-server: stopped after %" PRIu64 " answers; keys left: %" PRIu64 "\n",
           metrics_total(), stats.keys);
    return stats.keys == 0;
}

static bool run(const struct options *options, int stop)
{
    struct {
        uint64_t names;
        unsigned int json;
    } seeds;
    struct app app = {NULL};
    bool right = false;

    if (psa_generate_random((uint8_t *)&seeds, sizeof seeds) == PSA_SUCCESS) {
        json_prepare(seeds.json | 1);
        app.tenants = tenants_new(seeds.names);
    }
    if (app.tenants == NULL)
        fputs("token-server: no memory or no randomness to start with\n", stderr);
    else
        right = make_tenants(&app, options->tenants, options->es256) && serve(&app, options, stop);
    tenants_free(app.tenants);
    return right;
}

/* A descriptor that becomes readable at SIGTERM and SIGINT. The signals are blocked before there
 * are threads, so that those block them too. */
static int open_signals(void)
{
    sigset_t stop;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    if (pthread_sigmask(SIG_BLOCK, &stop, NULL) != 0)
        return -1;
    return signalfd(-1, &stop, SFD_CLOEXEC);
}

int main(int argc, char **argv)
{
    struct options options;

    if (!read_options(argc, argv, &options))
        return 2;
    int stop = open_signals();
    psa_status_t status = psa_crypto_init();
    if (stop < 0 || status != PSA_SUCCESS) {
        fprintf(stderr, "token-server: cannot start; psa_crypto_init gave %d\n", (int)status);
        return 1;
    }
    bool right = run(&options, stop);
    right = close_store() && right;
    close(stop);
    return right ? 0 : 1;
}
