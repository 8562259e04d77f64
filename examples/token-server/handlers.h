/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What each endpoint does, once it is known which it is. */
#ifndef TOKEN_SERVER_HANDLERS_H
#define TOKEN_SERVER_HANDLERS_H

#include "http.h"
#include "routes.h"

/* The name is a valid tenant's name where the endpoint has one, else empty. */
typedef void handler_t(struct app *app, const struct http_request *request, const char *name,
                       struct http_reply *reply);

handler_t handle_create, handle_revoke, handle_rotate, handle_issue, handle_verify, handle_keys,
    handle_metrics, handle_healthz;

#endif
