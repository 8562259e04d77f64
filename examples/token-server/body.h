/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Request bodies that must be JSON objects. */
#ifndef TOKEN_SERVER_BODY_H
#define TOKEN_SERVER_BODY_H

#include "http.h"
#include "json.h"

/* Reads the body as one JSON object, if the request says that it is JSON; NULL after a reply that
 * says what is wrong. */
json_t *body_read(const struct http_request *request, const char *tenant, struct http_reply *reply);

#endif
