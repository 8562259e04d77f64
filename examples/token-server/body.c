/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "body.h"

#include "reply.h"

#include <string.h>
#include <strings.h>

/* Whether the Content-Type, up to its parameters, is application/json. */
static bool is_json(const struct http_request *request)
{
    static const char wanted[] = "application/json";
    const char *type = http_header(request, "Content-Type");

    return type != NULL && strncasecmp(type, wanted, sizeof wanted - 1) == 0 &&
           strchr("; \t", type[sizeof wanted - 1]) != NULL;
}

json_t *body_read(const struct http_request *request, const char *name, struct http_reply *reply)
{
    bool no_memory = false;

    if (!is_json(request)) {
        reply_problem(reply, 415, name, "the body must be application/json");
        return NULL;
    }
    json_t *json = json_read_object(request->body, request->body_length, &no_memory);
    if (json == NULL)
        reply_problem(reply, no_memory ? 503 : 400, name,
                      no_memory ? "memory is exhausted" : "the body is no JSON object");
    return json;
}
