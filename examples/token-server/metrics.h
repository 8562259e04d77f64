/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Counts of answered requests, and the text of /metrics: these counts and the key store's
 * statistics in the OpenMetrics text format, version 1.0.0. */
#ifndef TOKEN_SERVER_METRICS_H
#define TOKEN_SERVER_METRICS_H

#include "keys.h"

#include <stddef.h>
#include <stdint.h>

#define METRICS_CONTENT_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

enum endpoint {
    ENDPOINT_HEALTHZ,
    ENDPOINT_METRICS,
    ENDPOINT_CREATE,
    ENDPOINT_REVOKE,
    ENDPOINT_ROTATE,
    ENDPOINT_ISSUE,
    ENDPOINT_VERIFY,
    ENDPOINT_KEYS,
    ENDPOINT_OTHER, /* no such path, or no such method there */
    ENDPOINTS
};

/* Counts one answer. Each of the first 255 threads counts in memory of its own. */
void metrics_count(enum endpoint endpoint, unsigned int status);

/* What became of a token. */
enum token_result { TOKEN_ISSUED, TOKEN_VERIFIED, TOKEN_REFUSED, TOKEN_RESULTS };
void metrics_count_token(enum key_alg alg, enum token_result result);

/* Answers counted so far. */
uint64_t metrics_total(void);

/* The text of /metrics, from malloc; NULL when memory is exhausted. */
char *metrics_text(const size_t tenants[KEY_ALGS], size_t *length);

#endif
