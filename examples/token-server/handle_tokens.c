/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "handlers.h"

#include "body.h"
#include "jwt.h"
#include "metrics.h"
#include "reply.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* Seconds that a token is valid: unless told otherwise, and at most. */
#define TTL_DEFAULT 3600
#define TTL_MAX     (30 * 24 * 3600)

/* Not time(), which may lag behind the clock by a timer tick: a token must not be early where it
 * was issued. */
static int64_t seconds_now(void)
{
    struct timespec now = {0, 0};

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

/* Reads ?ttl=: a decimal number of seconds without sign or spaces. */
static bool read_ttl(const struct http_request *request, json_int_t *ttl)
{
    const char *text = http_query(request, "ttl");

    *ttl = TTL_DEFAULT;
    if (text == NULL)
        return true;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 7 || text[digits] != '\0')
        return false;
    *ttl = 0;
    for (; *text != '\0'; text++)
        *ttl = *ttl * 10 + (*text - '0');
    return *ttl >= 1 && *ttl <= TTL_MAX;
}

/* Puts in what the server says itself. False when memory is exhausted. */
static bool complete_claims(json_t *claims, const char *name, json_int_t ttl)
{
    json_int_t now = (json_int_t)seconds_now();

    return json_object_set_new(claims, "iss", json_string(name)) == 0 &&
           json_object_set_new(claims, "iat", json_integer(now)) == 0 &&
           json_object_set_new(claims, "exp", json_integer(now + ttl)) == 0;
}

static void reply_issue_failure(struct http_reply *reply, enum jwt_result result, const char *name)
{
    switch (result) {
    case JWT_NO_KEY:
        reply_problem(reply, 404, name, jwt_describe(result));
        break;
    case JWT_NO_MEMORY:
        reply_problem(reply, 503, name, jwt_describe(result));
        break;
    case JWT_TOO_LARGE:
        reply_problem(reply, 413, name, jwt_describe(result));
        break;
    default:
        reply_problem(reply, 500, name, jwt_describe(JWT_FAILED));
    }
}

static void issue(const struct key_ref *key, const char *name, json_t *claims, json_int_t ttl,
                  struct http_reply *reply)
{
    char *token = NULL;
    size_t length = 0;
    enum jwt_result result = JWT_NO_MEMORY;

    if (json_object_get(claims, "iss") != NULL || json_object_get(claims, "iat") != NULL ||
        json_object_get(claims, "exp") != NULL) {
        reply_problem(reply, 400, name, "iss, iat and exp are set by the server");
        return;
    }
    if (complete_claims(claims, name, ttl))
        result = jwt_issue(key, claims, &token, &length);
    if (result == JWT_OK) {
        metrics_count_token(key->alg, TOKEN_ISSUED);
        reply_text(reply, 200, "application/jwt", token, length);
    } else
        reply_issue_failure(reply, result, name);
}

void handle_issue(struct app *app, const struct http_request *request, const char *name,
                  struct http_reply *reply)
{
    struct key_ref key;
    json_int_t ttl = 0;

    if (tenants_find(app->tenants, name, &key) != TENANTS_OK) {
        reply_problem(reply, 404, name, "no such tenant");
        return;
    }
    if (!read_ttl(request, &ttl)) {
        reply_problem(reply, 400, name, "ttl must be a number of seconds from 1 to 2592000");
        return;
    }
    json_t *claims = body_read(request, name, reply);
    if (claims != NULL)
        issue(&key, name, claims, ttl, reply);
    json_decref(claims);
}

/* The challenge of RFC 6750, section 3; without an error where the request has no token at all. */
static void reply_challenge(struct http_reply *reply, const char *name, bool has_token,
                            const char *detail)
{
    reply_problem(reply, 401, name, detail);
    reply->header = "WWW-Authenticate";
    snprintf(reply->header_value, sizeof reply->header_value, "Bearer realm=\"%s\"%s%s%s", name,
             has_token ? ", error=\"invalid_token\", error_description=\"" : "",
             has_token ? detail : "", has_token ? "\"" : "");
}

/* The token of an Authorization header "Bearer TOKEN"; NULL for anything else. */
static const char *bearer_token(const struct http_request *request)
{
    static const char scheme[] = "Bearer ";
    const char *value = http_header(request, "Authorization");

    if (value == NULL || strncasecmp(value, scheme, sizeof scheme - 1) != 0)
        return NULL;
    value += sizeof scheme - 1;
    return value + strspn(value, " ");
}

void handle_verify(struct app *app, const struct http_request *request, const char *name,
                   struct http_reply *reply)
{
    struct key_ref key;
    const char *token = bearer_token(request);
    struct jwt_expected expected = {name, http_query(request, "aud"), seconds_now()};
    char *claims = NULL;
    size_t length = 0;

    if (tenants_find(app->tenants, name, &key) != TENANTS_OK) {
        reply_problem(reply, 404, name, "no such tenant");
        return;
    }
    if (token == NULL) {
        reply_challenge(reply, name, false, "a bearer token is needed");
        return;
    }
    enum jwt_result result = jwt_verify(&key, token, strlen(token), &expected, &claims, &length);
    switch (result) {
    case JWT_OK:
        metrics_count_token(key.alg, TOKEN_VERIFIED);
        reply_text(reply, 200, "application/json", claims, length);
        break;
    case JWT_NO_KEY: /* revoked since we looked */
        reply_problem(reply, 404, name, jwt_describe(result));
        break;
    case JWT_NO_MEMORY:
        reply_problem(reply, 503, name, jwt_describe(result));
        break;
    case JWT_FAILED:
        reply_problem(reply, 500, name, jwt_describe(result));
        break;
    default:
        metrics_count_token(key.alg, TOKEN_REFUSED);
        reply_challenge(reply, name, true, jwt_describe(result));
    }
}
