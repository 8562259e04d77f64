/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "handlers.h"

#include "base64url.h"
#include "body.h"
#include "keys.h"
#include "reply.h"

#include <stdio.h>
#include <string.h>

/* A key that a body may give. */
struct given_key {
    bool given;
    size_t length;
    uint8_t bytes[KEY_MAX];
};

/* Reads {"key": base64url}; no body and no such member mean that none is given. False after a reply
 * that says what is wrong. The caller wipes the key. */
static bool read_key(const struct http_request *request, const char *name, struct given_key *key,
                     struct http_reply *reply)
{
    key->given = false;
    if (request->body_length == 0)
        return true;
    json_t *json = body_read(request, name, reply);
    if (json == NULL)
        return false;

    const json_t *member = json_object_get(json, "key");
    size_t chars = json_string_length(member);
    bool right = json_object_size(json) == (member != NULL ? 1u : 0u);
    if (right && member != NULL) {
        key->given = true;
        key->length = BASE64URL_DECODED(chars);
        right = json_is_string(member) && key->length >= KEY_MIN && key->length <= KEY_MAX &&
                base64url_decode(key->bytes, json_string_value(member), chars);
    }
    json_decref(json);
    if (!right)
        reply_problem(reply, 400, name,
                      "the body may have one member: key, 32 to 128 bytes in base64url");
    return right;
}

/* Makes the key first and then the name known: whoever finds the name finds a key. */
static void create(struct app *app, const char *name, const struct given_key *given,
                   struct http_reply *reply)
{
    psa_key_id_t key = 0;

    if (tenants_find(app->tenants, name, &key) == TENANTS_OK) {
        reply_problem(reply, 409, name, "the tenant exists");
        return;
    }
    psa_status_t status = keys_make(given->given ? given->bytes : NULL, given->length, &key);
    if (status != PSA_SUCCESS) {
        reply_failure(reply, status, name);
        return;
    }
    switch (tenants_add(app->tenants, name, key)) {
    case TENANTS_OK:
        reply->status = 201;
        return;
    case TENANTS_EXISTS: /* by another request, since we looked */
        reply_problem(reply, 409, name, "the tenant exists");
        break;
    default:
        reply_problem(reply, 503, name, "memory is exhausted");
    }
    psa_destroy_key(key);
}

void handle_create(struct app *app, const struct http_request *request, const char *name,
                   struct http_reply *reply)
{
    struct given_key given;

    if (read_key(request, name, &given, reply))
        create(app, name, &given, reply);
    explicit_bzero(&given, sizeof given);
}

void handle_revoke(struct app *app, const struct http_request *request, const char *name,
                   struct http_reply *reply)
{
    psa_key_id_t key = 0;
    (void)request;

    if (tenants_remove(app->tenants, name, &key) != TENANTS_OK) {
        reply_problem(reply, 404, name, "no such tenant");
        return;
    }
    /* When this returns, no request uses the key any more and nothing of it is left. */
    psa_status_t status = psa_destroy_key(key);
    if (status == PSA_SUCCESS)
        reply->status = 204;
    else
        reply_failure(reply, status, name);
}

void handle_rotate(struct app *app, const struct http_request *request, const char *name,
                   struct http_reply *reply)
{
    psa_key_id_t key = 0;
    struct given_key given;

    if (tenants_find(app->tenants, name, &key) != TENANTS_OK) {
        reply_problem(reply, 404, name, "no such tenant");
        return;
    }
    if (read_key(request, name, &given, reply)) {
        psa_status_t status = keys_rotate(key, given.given ? given.bytes : NULL, given.length);
        if (status == PSA_SUCCESS)
            reply->status = 204;
        else
            reply_failure(reply, status, name);
    }
    explicit_bzero(&given, sizeof given);
}
