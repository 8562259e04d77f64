/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "routes.h"

#include "handlers.h"
#include "metrics.h"
#include "reply.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Characters of the longest path that is looked at. */
#define PATH_LIMIT 1024

/* In a pattern '*' is a tenant's name. */
static const struct route {
    const char *method;
    const char *pattern;
    enum endpoint endpoint;
    handler_t *handler;
} routes[] = {
    {"GET", "/tenants/*/verify", ENDPOINT_VERIFY, handle_verify},
    {"GET", "/tenants/*/jwks.json", ENDPOINT_KEYS, handle_keys},
    {"POST", "/tenants/*/tokens", ENDPOINT_ISSUE, handle_issue},
    {"POST", "/tenants/*/rotate", ENDPOINT_ROTATE, handle_rotate},
    {"POST", "/tenants/*", ENDPOINT_CREATE, handle_create},
    {"DELETE", "/tenants/*", ENDPOINT_REVOKE, handle_revoke},
    {"GET", "/metrics", ENDPOINT_METRICS, handle_metrics},
    {"GET", "/healthz", ENDPOINT_HEALTHZ, handle_healthz},
};
#define ROUTES (sizeof routes / sizeof routes[0])

/* Compares path and pattern; the segment that stands for '*' goes to name, and where it does not
 * fit name becomes empty, which is no valid name. */
static bool matches(const char *pattern, const char *path, char name[TENANT_NAME_MAX + 1])
{
    name[0] = '\0';
    for (; *pattern != '\0'; pattern++) {
        if (*pattern != '*') {
            if (*path++ != *pattern)
                return false;
            continue;
        }
        size_t length = strcspn(path, "/");
        if (length <= TENANT_NAME_MAX) {
            memcpy(name, path, length);
            name[length] = '\0';
        }
        path += length;
    }
    return *path == '\0';
}

/* HEAD is GET; the body is left out when the reply is sent. */
static bool method_matches(const struct route *route, const char *method)
{
    return strcmp(route->method, strcmp(method, "HEAD") == 0 ? "GET" : method) == 0;
}

/* 405 with the methods that the path has, or 404 where no route has the path. */
static void refuse(const struct http_request *request, struct http_reply *reply)
{
    char name[TENANT_NAME_MAX + 1];
    char *allow = reply->header_value;
    size_t used = 0;

    for (size_t i = 0; i < ROUTES; i++) {
        if (!matches(routes[i].pattern, request->path, name))
            continue;
        used += (size_t)snprintf(allow + used, sizeof reply->header_value - used, "%s%s%s",
                                 used > 0 ? ", " : "", routes[i].method,
                                 strcmp(routes[i].method, "GET") == 0 ? ", HEAD" : "");
    }
    if (used > 0) {
        reply->header = "Allow";
        reply_problem(reply, 405, NULL, "the path has no such method");
    } else {
        reply_problem(reply, 404, NULL, "no such path");
    }
}

static const char *what_is_wrong(unsigned int error)
{
    switch (error) {
    case 400:
        return "the end of the body is not clear";
    case 413:
        return "the body is too large";
    default:
        return "memory is exhausted";
    }
}

static enum endpoint dispatch(struct app *app, const struct http_request *request,
                              struct http_reply *reply)
{
    char name[TENANT_NAME_MAX + 1];

    if (strnlen(request->path, PATH_LIMIT + 1) > PATH_LIMIT) {
        reply_problem(reply, 414, NULL, "the path is too long");
        return ENDPOINT_OTHER;
    }
    for (size_t i = 0; i < ROUTES; i++) {
        const struct route *route = &routes[i];
        if (!method_matches(route, request->method) ||
            !matches(route->pattern, request->path, name))
            continue;
        if (request->error != 0)
            reply_problem(reply, request->error, NULL, what_is_wrong(request->error));
        else if (strchr(route->pattern, '*') != NULL && !tenants_name_is_valid(name))
            reply_problem(reply, 400, NULL, "that is no valid tenant name");
        else
            route->handler(app, request, name, reply);
        return route->endpoint;
    }
    refuse(request, reply);
    return ENDPOINT_OTHER;
}

void routes_handle(void *context, const struct http_request *request, struct http_reply *reply)
{
    enum endpoint endpoint = dispatch(context, request, reply);

    metrics_count(endpoint, reply->status);
}
