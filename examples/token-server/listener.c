/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* The size of the address, or 0 where the text is none. */
static socklen_t parse(const char *text, uint16_t port, union address *address)
{
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        return sizeof address->v4;
    }
    if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons(port);
        return sizeof address->v6;
    }
    return 0;
}

/* Puts the port that the socket has into *port. */
static bool read_port(int fd, uint16_t *port)
{
    union address address;
    socklen_t size = sizeof address;

    if (getsockname(fd, &address.any, &size) != 0)
        return false;
    *port = ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
    return true;
}

int listener_open(const char *text, uint16_t *port)
{
    union address address;
    socklen_t size = parse(text, *port, &address);
    int fd, one = 1;

    if (size == 0) {
        fprintf(stderr, "token-server: %s is no numeric address\n", text);
        return -1;
    }
    /* Not blocking: a connection may be gone again between poll and accept. */
    fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        bind(fd, &address.any, size) == 0 && listen(fd, SOMAXCONN) == 0 && read_port(fd, port))
        return fd;
    fprintf(stderr, "token-server: cannot listen on %s port %u: %s\n", text, (unsigned int)*port,
            strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}
