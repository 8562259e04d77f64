/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "handlers.h"

#include "metrics.h"
#include "reply.h"

#include <stdio.h>

void handle_metrics(struct app *app, const struct http_request *request, const char *name,
                    struct http_reply *reply)
{
    size_t tenants[KEY_ALGS];
    size_t length = 0;
    (void)request;
    (void)name;

    tenants_count(app->tenants, tenants);
    char *text = metrics_text(tenants, &length);
    if (text == NULL)
        reply_problem(reply, 503, NULL, "memory is exhausted");
    else
        reply_text(reply, 200, METRICS_CONTENT_TYPE, text, length);
}

void handle_healthz(struct app *app, const struct http_request *request, const char *name,
                    struct http_reply *reply)
{
    (void)app;
    (void)request;
    (void)name;
    reply->status = 200;
    reply->content_type = "text/plain; charset=utf-8";
    reply->length = (size_t)snprintf(reply->text, sizeof reply->text, "ok\n");
}
