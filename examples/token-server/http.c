/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Connections at one time: with them the server stays within the usual 1,024 file descriptors. */
#define CONNECTIONS 960
/* Seconds after which a silent connection is closed. */
#define TIMEOUT 30
/* Bytes of a connection's buffer. It must hold the longest token in a header. Above 32 KiB
 * libmicrohttpd maps the buffer and unmaps it with the connection, so no trace of a body stays in
 * the heap. */
#define BUFFER (48 * 1024)
/* Bytes of a body beyond the limit that are read and dropped, for the client to get its 413. */
#define DROP_MAX (64 * 1024)

struct http_server {
    struct MHD_Daemon *daemon;
    http_handler_t *handler;
    void *context;
};

/* A body under way. */
struct upload {
    size_t used;
    size_t dropped;
    char data[HTTP_BODY_MAX];
};

/* Stands for the upload of requests without a body: it only says that the request was seen. */
static struct upload no_body;

const char *http_query(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static struct MHD_Response *make_response(struct http_reply *reply)
{
    if (reply->body != NULL)
        return MHD_create_response_from_buffer(reply->length, reply->body, MHD_RESPMEM_MUST_FREE);
    return MHD_create_response_from_buffer(reply->length, reply->text, MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, struct http_reply *reply)
{
    enum MHD_Result result = MHD_NO;
    struct MHD_Response *response = make_response(reply);

    if (response == NULL) {
        free(reply->body);
        return MHD_NO;
    }
    if ((reply->content_type == NULL ||
         MHD_add_response_header(response, "Content-Type", reply->content_type) == MHD_YES) &&
        (reply->header == NULL ||
         MHD_add_response_header(response, reply->header, reply->header_value) == MHD_YES) &&
        MHD_add_response_header(response, "Cache-Control", "no-store") == MHD_YES)
        result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result handle(const struct http_server *server, const struct http_request *request)
{
    struct http_reply reply = {.status = 500};

    server->handler(server->context, request, &reply);
    return send_reply(request->connection, &reply);
}

/* Says whether a body follows, and gives 413 for one that announces too much. */
static bool expects_body(const struct http_request *request, unsigned int *error)
{
    const char *length = http_header(request, "Content-Length");

    *error = 0;
    if (length == NULL)
        return http_header(request, "Transfer-Encoding") != NULL;
    /* libmicrohttpd has refused what is no number; a number too large for it too. */
    unsigned long long value = strtoull(length, NULL, 10);
    if (value > HTTP_BODY_MAX)
        *error = 413;
    return value > 0;
}

static void take_data(struct upload *upload, const char *data, size_t length)
{
    if (upload != &no_body && upload->dropped == 0 &&
        length <= sizeof upload->data - upload->used) {
        memcpy(upload->data + upload->used, data, length);
        upload->used += length;
    } else if (upload != &no_body) {
        upload->dropped += length;
    }
}

/* libmicrohttpd calls this once when the header is complete, then for each piece of the body, then
 * for the answer. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_length, void **state)
{
    const struct http_server *server = context;
    struct upload *upload = *state;
    struct http_request request = {.method = method, .path = url, .connection = connection};
    (void)version;

    if (upload == NULL) {
        upload = &no_body;
        if (expects_body(&request, &request.body_error) && request.body_error == 0) {
            upload = malloc(sizeof *upload);
            if (upload == NULL)
                request.body_error = 503;
            else
                upload->used = upload->dropped = 0;
        }
        *state = upload;
        return request.body_error != 0 ? handle(server, &request) : MHD_YES;
    }
    if (*data_length > 0) {
        take_data(upload, data, *data_length);
        *data_length = 0;
        return upload->dropped <= DROP_MAX ? MHD_YES : MHD_NO;
    }
    if (upload->dropped > 0)
        request.body_error = 413;
    else if (upload->used > 0)
        request.body = upload->data;
    request.body_length = upload->used;
    enum MHD_Result result = handle(server, &request);
    if (upload != &no_body)
        explicit_bzero(upload->data, upload->used);
    return result;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct upload *upload = *state;
    (void)context;
    (void)connection;
    (void)code;

    if (upload == NULL || upload == &no_body)
        return;
    explicit_bzero(upload->data, upload->used);
    free(upload);
}

/* Decodes %XX, except where one is a NUL: such a string stays as it came, and '%' is in no valid
 * path or name. */
static size_t unescape(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strstr(text, "%00") != NULL ? strlen(text) : MHD_http_unescape(text);
}

__attribute__((format(printf, 2, 0))) static void log_line(void *context, const char *format,
                                                           va_list arguments)
{
    (void)context;
    fputs("token-server: ", stderr);
    vfprintf(stderr, format, arguments);
}

static bool make_address(const struct http_options *options, struct sockaddr_storage *address)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;

    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, options->address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(options->port);
        return true;
    }
    if (inet_pton(AF_INET6, options->address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(options->port);
        return true;
    }
    fprintf(stderr, "token-server: %s is no numeric address\n", options->address);
    return false;
}

static struct MHD_Daemon *start_daemon(struct http_server *server,
                                       const struct http_options *options,
                                       struct sockaddr_storage *address)
{
    unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG;
    /* A pool of one thread is what there is without a pool. */
    struct MHD_OptionItem pool[] = {
        {options->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, options->threads,
         NULL},
        {MHD_OPTION_END, 0, NULL},
    };

    if (address->ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    /* clang-format off: one option a line. */
    return MHD_start_daemon(
        flags, options->port, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, log_line,
        NULL, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)address, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, NULL, MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned int)TIMEOUT, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)BUFFER,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, pool, MHD_OPTION_END);
    /* clang-format on */
}

struct http_server *http_start(const struct http_options *options)
{
    struct sockaddr_storage address;
    struct http_server *server = malloc(sizeof *server);

    if (server == NULL || !make_address(options, &address)) {
        free(server);
        return NULL;
    }
    server->handler = options->handler;
    server->context = options->context;
    server->daemon = start_daemon(server, options, &address);
    if (server->daemon == NULL) {
        fprintf(stderr, "token-server: cannot listen on %s port %u\n", options->address,
                (unsigned int)options->port);
        free(server);
        return NULL;
    }
    return server;
}

uint16_t http_port(const struct http_server *server)
{
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void http_stop(struct http_server *server)
{
    MHD_stop_daemon(server->daemon);
    free(server);
}
