/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* The listening socket. */
#ifndef TOKEN_SERVER_LISTENER_H
#define TOKEN_SERVER_LISTENER_H

#include <stdint.h>

/* Listens on a numeric IPv4 or IPv6 address; *port 0 is a free one, and becomes the one taken.
 * Returns the socket, or -1 after a line on standard error that says why there is none. */
int listener_open(const char *address, uint16_t *port);

#endif
