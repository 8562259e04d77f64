/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "reply.h"

#include <stdio.h>

static const char *title_of(unsigned int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 409:
        return "Conflict";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 415:
        return "Unsupported Media Type";
    case 503:
        return "Service Unavailable";
    default:
        return "Internal Server Error";
    }
}

void reply_problem(struct http_reply *reply, unsigned int status, const char *tenant,
                   const char *detail)
{
    int length =
        snprintf(reply->text, sizeof reply->text,
                 "{\"status\":%u,\"title\":\"%s\",\"detail\":\"%s\"%s%s%s}\n", status,
                 title_of(status), detail, tenant != NULL ? ",\"instance\":\"/tenants/" : "",
                 tenant != NULL ? tenant : "", tenant != NULL ? "\"" : "");
    reply->status = status;
    reply->length = (size_t)length;
    reply->content_type = "application/problem+json";
    if (status == 503) {
        reply->header = "Retry-After";
        snprintf(reply->header_value, sizeof reply->header_value, "1");
    }
}

void reply_text(struct http_reply *reply, unsigned int status, const char *content_type, char *body,
                size_t length)
{
    reply->status = status;
    reply->content_type = content_type;
    reply->body = body;
    reply->length = length;
}

void reply_failure(struct http_reply *reply, psa_status_t status, const char *name)
{
    switch (status) {
    case PSA_ERROR_INVALID_HANDLE:
        reply_problem(reply, 404, name, "no such tenant");
        break;
    case PSA_ERROR_INSUFFICIENT_MEMORY:
        reply_problem(reply, 503, name, "memory is exhausted");
        break;
    case PSA_ERROR_BAD_STATE: /* the server is being stopped */
        reply_problem(reply, 503, name, "the key store is closed");
        break;
    default:
        fprintf(stderr, "token-server: the key store gave status %d for tenant %s\n", (int)status,
                name);
        reply_problem(reply, 500, name, "the key store failed");
    }
}
