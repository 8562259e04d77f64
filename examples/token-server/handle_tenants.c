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

/* Reads the member "key", base64url; without it none is given. NULL, or what is wrong. */
static const char *read_key(const json_t *json, enum key_alg alg, struct given_key *key)
{
    const json_t *member = json_object_get(json, "key");
    size_t chars = json_string_length(member);

    if (member == NULL)
        return NULL;
    key->given = true;
    key->length = BASE64URL_DECODED(chars);
    if (json_is_string(member) && keys_length_is_valid(alg, key->length) &&
        base64url_decode(key->bytes, json_string_value(member), chars))
        return NULL;
    return alg == KEY_ES256 ? "key must be 32 bytes in base64url, a private scalar of P-256"
                            : "key must be 32 to 128 bytes in base64url";
}

/* Reads the member "alg", if the tenant is yet to be made; without it the tenant has HS256. NULL,
 * or what is wrong. */
static const char *read_alg(const json_t *json, bool creating, enum key_alg *alg)
{
    const json_t *member = json_object_get(json, "alg");

    if (member == NULL)
        return NULL;
    if (!creating)
        return "a tenant's alg is chosen when it is created";
    return json_is_string(member) && keys_find_alg(json_string_value(member), alg)
               ? NULL
               : "alg must be HS256 or ES256";
}

/* Reads {"alg": name, "key": base64url}, both optional, as is the body. False after a reply that
 * says what is wrong. The caller wipes the key. */
static bool read_body(const struct http_request *request, const char *name, bool creating,
                      enum key_alg *alg, struct given_key *key, struct http_reply *reply)
{
    key->given = false;
    if (request->body_length == 0)
        return true;
    json_t *json = body_read(request, name, reply);
    if (json == NULL)
        return false;

    size_t known = (json_object_get(json, "alg") != NULL) + (json_object_get(json, "key") != NULL);
    const char *wrong = read_alg(json, creating, alg);
    if (wrong == NULL)
        wrong = read_key(json, *alg, key);
    if (wrong == NULL && json_object_size(json) != known)
        wrong = creating ? "the body may have two members: alg and key"
                         : "the body may have one member: key";
    json_decref(json);
    if (wrong != NULL)
        reply_problem(reply, 400, name, wrong);
    return wrong == NULL;
}

/* What the key store says of a key that cannot be taken. */
static void reply_key_failure(struct http_reply *reply, psa_status_t status, const char *name)
{
    if (status == PSA_ERROR_INVALID_ARGUMENT)
        reply_problem(reply, 400, name, "key is no private scalar of P-256");
    else
        reply_failure(reply, status, name);
}

/* Makes the key first and then the name known: whoever finds the name finds a key. */
static void create(struct app *app, const char *name, enum key_alg alg,
                   const struct given_key *given, struct http_reply *reply)
{
    struct key_ref key;

    if (tenants_find(app->tenants, name, &key) == TENANTS_OK) {
        reply_problem(reply, 409, name, "the tenant exists");
        return;
    }
    key = (struct key_ref){0, alg};
    psa_status_t status = keys_make(given->given ? given->bytes : NULL, given->length, &key);
    if (status != PSA_SUCCESS) {
        reply_key_failure(reply, status, name);
        return;
    }
    switch (tenants_add(app->tenants, name, &key)) {
    case TENANTS_OK:
        reply->status = 201;
        return;
    case TENANTS_EXISTS: /* by another request, since we looked */
        reply_problem(reply, 409, name, "the tenant exists");
        break;
    default:
        reply_problem(reply, 503, name, "memory is exhausted");
    }
    psa_destroy_key(key.id);
}

void handle_create(struct app *app, const struct http_request *request, const char *name,
                   struct http_reply *reply)
{
    struct given_key given;
    enum key_alg alg = KEY_HS256;

    if (read_body(request, name, true, &alg, &given, reply))
        create(app, name, alg, &given, reply);
    explicit_bzero(&given, sizeof given);
}

void handle_revoke(struct app *app, const struct http_request *request, const char *name,
                   struct http_reply *reply)
{
    struct key_ref key;
    (void)request;

    if (tenants_remove(app->tenants, name, &key) != TENANTS_OK) {
        reply_problem(reply, 404, name, "no such tenant");
        return;
    }
    /* When this returns, no request uses the key any more and nothing of it is left. */
    psa_status_t status = psa_destroy_key(key.id);
    if (status == PSA_SUCCESS)
        reply->status = 204;
    else
        reply_failure(reply, status, name);
}

void handle_rotate(struct app *app, const struct http_request *request, const char *name,
                   struct http_reply *reply)
{
    struct key_ref key;
    struct given_key given;

    if (tenants_find(app->tenants, name, &key) != TENANTS_OK) {
        reply_problem(reply, 404, name, "no such tenant");
        return;
    }
    if (read_body(request, name, false, &key.alg, &given, reply)) {
        psa_status_t status = keys_rotate(&key, given.given ? given.bytes : NULL, given.length);
        if (status == PSA_SUCCESS)
            reply->status = 204;
        else
            reply_key_failure(reply, status, name);
    }
    explicit_bzero(&given, sizeof given);
}
