/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* What is HTTP about the server: listening, reading requests whole, sending replies. The only
 * module that knows libmicrohttpd. */
#ifndef TOKEN_SERVER_HTTP_H
#define TOKEN_SERVER_HTTP_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the longest body that is read. */
#define HTTP_BODY_MAX 4096

struct http_request {
    const char *method;
    const char *path; /* decoded */
    const char *body; /* not ended by NUL; NULL where there is none */
    size_t body_length;
    unsigned int error; /* 0, or the status for what is wrong with the request as HTTP */
    void *connection;   /* for the two functions below */
};

/* The decoded value of a parameter of the query, or the value of a header; NULL where the request
 * has none. Valid until the request is answered. */
const char *http_query(const struct http_request *request, const char *name);
const char *http_header(const struct http_request *request, const char *name);

struct http_reply {
    unsigned int status;
    const char *content_type; /* a constant; NULL without a body */
    char *body;               /* from malloc, freed when sent; NULL where text is the body */
    size_t length;            /* of body or text */
    char text[320];
    const char *header; /* the name of one more header, a constant; NULL for none */
    char header_value[192];
};

/* Fills in the reply, which comes zeroed. Runs in any of the server's threads. The body is wiped
 * when it returns. */
typedef void http_handler_t(void *context, const struct http_request *request,
                            struct http_reply *reply);

struct http_server;

/* Starts the threads, which wait for connections; NULL when memory is exhausted or no thread can be
 * made. The handler gets context. */
struct http_server *http_start(unsigned int threads, http_handler_t *handler, void *context);
/* Takes connections from the listening socket and gives them to the threads in turn, until there is
 * something to read from stop. */
void http_serve(struct http_server *server, int listener, int stop);
/* Closes all connections. Returns when no handler runs any more. */
void http_stop(struct http_server *server);

#endif
