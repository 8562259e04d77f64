/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The endpoints: what each path and method does. */
#ifndef TOKEN_SERVER_ROUTES_H
#define TOKEN_SERVER_ROUTES_H

#include "http.h"
#include "tenants.h"

struct app {
    struct tenants *tenants;
};

/* Answers one request and counts it; context is a struct app. */
http_handler_t routes_handle;

#endif
