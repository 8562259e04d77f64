/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "handlers.h"

#include "base64url.h"
#include "keys.h"
#include "reply.h"

#include <stdio.h>
#include <stdlib.h>

#define COORDINATE_CHARS BASE64URL_ENCODED(KEY_SCALAR)

/* A JWK Set (RFC 7517) of one key, which says what it is for (RFC 7518, section 6.2.1). */
static const char jwk_set[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%.*s\","
                              "\"y\":\"%.*s\",\"alg\":\"ES256\",\"use\":\"sig\"}]}\n";
#define JWK_SET_CHARS (sizeof jwk_set + 2 * COORDINATE_CHARS)

static void reply_keys(struct http_reply *reply, const char *name, const uint8_t *x,
                       const uint8_t *y)
{
    char x_text[COORDINATE_CHARS];
    char y_text[COORDINATE_CHARS];
    int x_length = (int)base64url_encode(x_text, x, KEY_SCALAR);
    int y_length = (int)base64url_encode(y_text, y, KEY_SCALAR);
    char *body = malloc(JWK_SET_CHARS);

    if (body == NULL) {
        reply_problem(reply, 503, name, "memory is exhausted");
        return;
    }
    int length = snprintf(body, JWK_SET_CHARS, jwk_set, x_length, x_text, y_length, y_text);
    reply_text(reply, 200, "application/jwk-set+json", body, (size_t)length);
}

void handle_keys(struct app *app, const struct http_request *request, const char *name,
                 struct http_reply *reply)
{
    struct key_ref key;
    uint8_t x[KEY_SCALAR];
    uint8_t y[KEY_SCALAR];
    (void)request;

    if (tenants_find(app->tenants, name, &key) != TENANTS_OK) {
        reply_problem(reply, 404, name, "no such tenant");
        return;
    }
    if (key.alg != KEY_ES256) {
        reply_problem(reply, 404, name, "the tenant's algorithm has no public key");
        return;
    }
    psa_status_t status = keys_public(key.id, x, y);
    if (status == PSA_SUCCESS)
        reply_keys(reply, name, x, y);
    else
        reply_failure(reply, status, name);
}
