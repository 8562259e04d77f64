/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The replies that handlers give. */
#ifndef TOKEN_SERVER_REPLY_H
#define TOKEN_SERVER_REPLY_H

#include "http.h"

#include <psa/crypto.h>
#include <stddef.h>

/* A body from malloc, which the reply frees. */
void reply_text(struct http_reply *reply, unsigned int status, const char *content_type, char *body,
                size_t length);

/* An error: a problem document (RFC 9457). Its "instance" is the tenant's path, so that a client
 * with many requests under way knows which one failed; tenant may be NULL. The detail must be a
 * constant without '"' or '\\'. */
void reply_problem(struct http_reply *reply, unsigned int status, const char *tenant,
                   const char *detail);

/* The problem that a failed call of the key store is to the tenant's client. */
void reply_failure(struct http_reply *reply, psa_status_t status, const char *tenant);

#endif
