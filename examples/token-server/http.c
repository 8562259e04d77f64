/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#define _GNU_SOURCE /* accept4 */
#include "http.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Connections at one time: with them the server stays within the usual 1,024 file descriptors. */
#define CONNECTIONS 960
/* Seconds after which a silent connection is closed. */
#define TIMEOUT 30
/* Bytes of a connection's buffer. It must hold the longest token in a header. Above 32 KiB
 * libmicrohttpd maps the buffer and unmaps it with the connection, so no trace of a body stays in
 * the heap. */
#define BUFFER (48 * 1024)
/* Lines that libmicrohttpd may log in a second. */
#define LOG_LINES 10
/* Bytes of a body beyond the limit that are read and dropped, for the client to get its 413. */
#define DROP_MAX (64 * 1024)

struct http_server {
    struct MHD_Daemon *daemon;
    /* Made at the start, so that sending them needs no memory: a change that was made is never
     * answered with 503. */
    struct MHD_Response *empty;
    struct MHD_Response *no_memory;
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

/* NULL when memory is exhausted. Takes the reply's body over. */
static struct MHD_Response *make_response(struct http_reply *reply)
{
    bool copy = reply->body == NULL;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->length, copy ? reply->text : reply->body,
                                        copy ? MHD_RESPMEM_MUST_COPY : MHD_RESPMEM_MUST_FREE);

    if (response == NULL) {
        free(reply->body);
        return NULL;
    }
    if ((reply->content_type == NULL ||
         MHD_add_response_header(response, "Content-Type", reply->content_type) == MHD_YES) &&
        (reply->header == NULL ||
         MHD_add_response_header(response, reply->header, reply->header_value) == MHD_YES) &&
        MHD_add_response_header(response, "Cache-Control", "no-store") == MHD_YES)
        return response;
    MHD_destroy_response(response);
    return NULL;
}

static enum MHD_Result handle(const struct http_server *server, const struct http_request *request)
{
    struct http_reply reply = {.status = 500};

    server->handler(server->context, request, &reply);
    if (reply.length == 0 && reply.header == NULL)
        return MHD_queue_response(request->connection, reply.status, server->empty);
    struct MHD_Response *response = make_response(&reply);
    if (response == NULL)
        return MHD_queue_response(request->connection, 503, server->no_memory);
    enum MHD_Result result = MHD_queue_response(request->connection, reply.status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result count_length(void *count, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    (void)kind;
    (void)value;
    *(unsigned int *)count += strcasecmp(name, "Content-Length") == 0;
    return MHD_YES;
}

/* Whether a body follows, and what is wrong with it: the status, or 0. libmicrohttpd refuses
 * lengths that are no numbers; that the body's end is clear is checked here, since not all versions
 * do. */
static bool has_body(const struct http_request *request, unsigned int *error)
{
    const char *length = http_header(request, "Content-Length");
    const char *coding = http_header(request, "Transfer-Encoding");
    unsigned int lengths = 0;

    *error = 0;
    if (length == NULL && coding == NULL)
        return false;
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, count_length, &lengths);
    if (lengths > 1 || (coding != NULL && (length != NULL || strcasecmp(coding, "chunked") != 0)))
        *error = 400;
    else if (length != NULL && strtoull(length, NULL, 10) > HTTP_BODY_MAX)
        *error = 413;
    return length == NULL || strtoull(length, NULL, 10) > 0;
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

/* The first call for a request, with its header. A reply now, before the body, ends the connection.
 */
static enum MHD_Result begin(const struct http_server *server, struct http_request *request,
                             void **state)
{
    struct upload *upload = &no_body;

    if (has_body(request, &request->error) && request->error == 0) {
        upload = malloc(sizeof *upload);
        if (upload == NULL)
            request->error = 503;
        else
            upload->used = upload->dropped = 0;
    }
    /* So that the upload is freed at the end of the request, however that comes. */
    *state = upload != NULL ? upload : &no_body;
    return request->error != 0 ? handle(server, request) : MHD_YES;
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

    if (upload == NULL)
        return begin(server, &request, state);
    if (*data_length > 0) {
        take_data(upload, data, *data_length);
        *data_length = 0;
        return upload->dropped <= DROP_MAX ? MHD_YES : MHD_NO;
    }
    if (upload->dropped > 0)
        request.error = 413;
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

/* libmicrohttpd has a line for each bad request, so what it says in one second is cut: a client
 * must not fill the log. None of its lines has anything of a request in it. */
__attribute__((format(printf, 2, 0))) static void log_line(void *context, const char *format,
                                                           va_list arguments)
{
    static _Atomic time_t second;
    static _Atomic unsigned int lines;
    time_t now = time(NULL);
    (void)context;

    if (atomic_exchange(&second, now) != now)
        atomic_store(&lines, 0);
    if (atomic_fetch_add(&lines, 1) >= LOG_LINES)
        return;
    fputs("token-server: ", stderr);
    vfprintf(stderr, format, arguments);
}

static struct MHD_Daemon *start_daemon(struct http_server *server, unsigned int threads)
{
    unsigned int flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG;
    /* A pool of one thread is what there is without a pool. */
    struct MHD_OptionItem pool[] = {
        {threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };

    /* clang-format off: one option a line. */
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, log_line, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_UNESCAPE_CALLBACK, unescape,
        NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned int)TIMEOUT, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)BUFFER,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, pool, MHD_OPTION_END);
    /* clang-format on */
}

/* Also what is left of a start that failed. */
static void destroy(struct http_server *server)
{
    if (server->empty != NULL)
        MHD_destroy_response(server->empty);
    if (server->no_memory != NULL)
        MHD_destroy_response(server->no_memory);
    free(server);
}

struct http_server *http_start(unsigned int threads, http_handler_t *handler, void *context)
{
    struct http_reply empty = {.header = NULL};
    struct http_reply no_memory = {.header = "Retry-After", .header_value = "1"};
    struct http_server *server = calloc(1, sizeof *server);

    if (server == NULL)
        return NULL;
    server->handler = handler;
    server->context = context;
    server->empty = make_response(&empty);
    server->no_memory = make_response(&no_memory);
    if (server->empty != NULL && server->no_memory != NULL)
        server->daemon = start_daemon(server, threads);
    if (server->daemon == NULL) {
        destroy(server);
        return NULL;
    }
    return server;
}

/* Takes one connection. libmicrohttpd owns the socket from then on, also where it refuses it. */
static void take_connection(struct http_server *server, int listener)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    int fd = accept4(listener, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0)
        MHD_add_connection(server->daemon, fd, (struct sockaddr *)&address, size);
    else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        usleep(10000); /* poll would come back at once: let connections end first */
}

/* libmicrohttpd could listen itself, but then whichever thread wakes first takes all connections
 * that wait, and keeps them: with few and long ones, as in front of a proxy, the others stay idle.
 * Given to it like this, the connections go round the threads. */
void http_serve(struct http_server *server, int listener, int stop)
{
    struct pollfd fds[] = {{stop, POLLIN, 0}, {listener, POLLIN, 0}};

    while (fds[0].revents == 0) {
        if (poll(fds, 2, -1) < 0)
            fds[0].revents = fds[1].revents = 0; /* interrupted */
        if (fds[1].revents != 0)
            take_connection(server, listener);
    }
}

void http_stop(struct http_server *server)
{
    MHD_stop_daemon(server->daemon);
    destroy(server);
}
