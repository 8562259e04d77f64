/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "bench.h"

#include <stdlib.h>
#include <string.h>

#define MANY 1000000u
#define SOME 1000u
#define SLICE_MAX 1000u /* milliseconds */

static const char usage[] =
    "usage: keyshard-bench [--quick] [--cycles N] [--slice MS] [--only TEXT] [--json FILE]\n"
    "\n"
    "Measures operations by key id against Mbed TLS's primitives on prepared contexts.\n"
    "\n"
    "  --quick      less exact, in under 15 s (else under 60 s)\n"
    "  --cycles N   cycles of slices for each work (default 150)\n"
    "  --slice MS   length of a slice (default 2)\n"
    "  --only TEXT  only works whose names have TEXT in them\n"
    "  --json FILE  write the figures to FILE as well\n";

struct options {
    struct effort effort;
    unsigned rounds; /* of the bulk import */
    const char *only;
    const char *json;
};

/* A set of keys and what is done with them. */
struct plan {
    struct work work;
    psa_key_type_t type;
    psa_algorithm_t alg;
    psa_key_usage_t usage;
    size_t length;
    size_t keys;
};

#define HMAC_KEY PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SHA_256), PSA_KEY_USAGE_SIGN_MESSAGE, 32
#define AES_KEY PSA_KEY_TYPE_AES, PSA_ALG_GCM, PSA_KEY_USAGE_ENCRYPT, 16

static const struct plan plans[] = {
    { { "attributes, one key", { &by_id_lookup, &raw_lookup }, true }, HMAC_KEY, 1 },
    { { "HMAC-SHA-256, one key", { &by_id_hmac, &raw_hmac }, true }, HMAC_KEY, 1 },
    { { "HMAC-SHA-256, 1,000 keys", { &by_id_hmac, &raw_hmac }, true }, HMAC_KEY, SOME },
    { { "AES-128-GCM, one key", { &by_id_gcm, &raw_gcm }, true }, AES_KEY, 1 },
    { { "AES-128-GCM, 1,000 keys", { &by_id_gcm, &raw_gcm }, true }, AES_KEY, SOME },
    { { "16 random bytes", { &by_id_random, &raw_random }, false }, HMAC_KEY, 1 },
    { { "import and destroy", { &life_churn, NULL }, false }, HMAC_KEY, 1 },
    { { "replace", { &life_replace, NULL }, false }, HMAC_KEY, 1 },
};

#define PLANS (sizeof plans / sizeof *plans)

/* Over the keys of the bulk import. */
static const struct plan bulk_plan = {
    { "attributes, 1,000,000 keys", { &by_id_lookup, &raw_lookup }, true }, HMAC_KEY, MANY
};

static bool wanted(const struct options *options, const struct plan *plan)
{
    return options->only == NULL || strstr(plan->work.name, options->only) != NULL;
}

static bool make_keys(struct keys *keys, const struct plan *plan)
{
    *keys = (struct keys){ .type = plan->type, .alg = plan->alg, .usage = plan->usage,
                           .length = plan->length };
    return keys_init(keys, plan->keys);
}

static bool run_plan(const struct plan *plan, const struct effort *effort, struct result *result)
{
    struct keys keys;
    bool ok = make_keys(&keys, plan) && keys_import(&keys);

    fprintf(stderr, "%s\n", plan->work.name);
    *result = (struct result){ .name = plan->work.name };
    if (ok) {
        *result = measure(&plan->work, &keys, effort);
        ok = keys_destroy(&keys) && result->ok;
    }
    keys_free(&keys);
    return ok;
}

static bool run_bulk(const struct options *options, struct report *report, struct result *result)
{
    struct keys keys;
    bool ok = make_keys(&keys, &bulk_plan);

    fprintf(stderr, "import of %u keys\n", MANY);
    if (ok) {
        report->bulk = bulk_measure(&keys, options->rounds);
        ok = report->bulk.ok;
    }
    if (ok) {
        fprintf(stderr, "%s\n", bulk_plan.work.name);
        *result = measure(&bulk_plan.work, &keys, &options->effort);
        ok = result->ok;
    }
    mbedtls_psa_crypto_free();
    keys_free(&keys);
    return psa_crypto_init() == PSA_SUCCESS && ok;
}

static bool run_all(const struct options *options, struct report *report,
                    struct result results[PLANS + 1])
{
    bool ok = true;

    report->results = results;
    /* First, in a process as young as can be: it measures memory. */
    if (wanted(options, &bulk_plan)) {
        ok = run_bulk(options, report, &results[report->count]);
        report->count++;
    }
    for (size_t i = 0; ok && i < PLANS; i++) {
        if (wanted(options, &plans[i])) {
            ok = run_plan(&plans[i], &options->effort, &results[report->count]);
            report->count++;
        }
    }
    return ok;
}

/* Gives the option's value, or ends the program. */
static const char *value_of(char **arguments, int *i)
{
    if (arguments[*i + 1] == NULL) {
        fputs(usage, stderr);
        exit(2);
    }
    return arguments[++*i];
}

/* A number from 1 to most. */
static unsigned number_of(const char *text, unsigned most)
{
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);

    if (*end != '\0' || number < 1 || number > most) {
        fprintf(stderr, "%s is no number from 1 to %u\n", text, most);
        exit(2);
    }
    return (unsigned) number;
}

static void read_options(struct options *options, char **arguments)
{
    for (int i = 1; arguments[i] != NULL; i++) {
        if (strcmp(arguments[i], "--quick") == 0) {
            options->effort.cycles = 30;
            options->effort.limit = 1;
            options->rounds = 1;
        } else if (strcmp(arguments[i], "--cycles") == 0) {
            options->effort.cycles = number_of(value_of(arguments, &i), CYCLES_MAX);
        } else if (strcmp(arguments[i], "--slice") == 0) {
            options->effort.slice = number_of(value_of(arguments, &i), SLICE_MAX) / 1e3;
        } else if (strcmp(arguments[i], "--only") == 0) {
            options->only = value_of(arguments, &i);
        } else if (strcmp(arguments[i], "--json") == 0) {
            options->json = value_of(arguments, &i);
        } else {
            bool help = strcmp(arguments[i], "--help") == 0;

            fputs(usage, help ? stdout : stderr);
            exit(help ? 0 : 2);
        }
    }
}

int main(int count, char **arguments)
{
    struct options options = { .effort = { .cycles = 150, .slice = 0.002, .limit = 5 },
                               .rounds = 3 };
    struct report report = { .count = 0 };
    struct result results[PLANS + 1];
    bool ok = true;

    (void) count;
    read_options(&options, arguments);
    if (!machine_read(&report.machine)) {
        fputs("the psa_ functions are not keyshard's: link it before Mbed TLS\n", stderr);
        return EXIT_FAILURE;
    }
    options.effort.threads = crew_start();
    report.effort = options.effort;
    ok = psa_crypto_init() == PSA_SUCCESS && run_all(&options, &report, results);
    crew_stop();
    report_print(&report);
    if (options.json != NULL) {
        ok = report_json(&report, options.json) && ok;
    }
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
