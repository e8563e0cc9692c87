/* SPDX-License-Identifier: MIT */
/* server.c - libmicrohttpd before the checks (request.c), the replies (reply.c) and the thread that
 * computes (work.c).
 *
 * libmicrohttpd calls receive() where the headers are there, again with each part of a body, and
 * once more at its end. A request for a session is then suspended, and resumed by the worker when
 * its reply is there: no client waits for another's, but in the queue. */
#include "serve/server.h"

#include "kit/on_demand.h"
#include "serve/clocks.h"
#include "serve/work.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <microhttpd.h>

enum { MEMORY = 64 << 10 }; /* bytes of a connection, its headers among them */

struct serve_server {
    const serve_site *site;
    const serve_content *content;
    serve_queue *queue;
    serve_clocks *clocks;
    struct MHD_Daemon *daemon[2];
};

/* A request, from its first line on. */
typedef struct request {
    serve_job job; /* the first member: the worker's face of it */
    char *target;  /* as it came */
    int received;  /* the headers are checked */
    size_t filled; /* bytes of the body */
} request;

/* ---- libmicrohttpd, loaded by serve alone ---------------------------------------------------- */

#define MHD_FUNCTIONS(X)                                                                           \
    X(start_daemon)                                                                                \
    X(stop_daemon)                                                                                 \
    X(get_connection_info)                                                                         \
    X(get_connection_values)                                                                       \
    X(suspend_connection)                                                                          \
    X(resume_connection)                                                                           \
    X(create_response_from_buffer)                                                                 \
    X(add_response_header)                                                                         \
    X(queue_response)                                                                              \
    X(destroy_response)

#define POINTER(name) RRI_TYPEOF(&MHD_##name) name;
static struct {
    MHD_FUNCTIONS(POINTER)
} mhd; /* written before the threads begin */

rr_status serve_supported(rr_error *err)
{
#define NAME(name) "MHD_" #name,
    static const char *const names[] = { MHD_FUNCTIONS(NAME) };

    return cli_load_functions(RR_MICROHTTPD_LIBRARY, "the command serve", names,
                              sizeof names / sizeof *names, &mhd, err);
}

/* ---- the headers ---------------------------------------------------------------------------- */

static enum MHD_Result read_header(void *to, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    serve_request *q = to;
    const char *chunked = NULL;
    const struct {
        const char *name;
        const char **value;
    } headers[] = {
        { MHD_HTTP_HEADER_HOST, &q->host },
        { MHD_HTTP_HEADER_ORIGIN, &q->origin },
        { "Sec-Fetch-Site", &q->fetch_site },
        { MHD_HTTP_HEADER_COOKIE, &q->cookie },
        { MHD_HTTP_HEADER_AUTHORIZATION, &q->authorization },
        { MHD_HTTP_HEADER_CONTENT_TYPE, &q->content_type },
        { MHD_HTTP_HEADER_CONTENT_LENGTH, &q->content_length },
        { MHD_HTTP_HEADER_TRANSFER_ENCODING, &chunked },
    };

    (void)kind;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        if (strcasecmp(name, headers[i].name) != 0)
            continue;
        q->repeated |= *headers[i].value != NULL;
        *headers[i].value = value != NULL ? value : "";
    }
    q->chunked |= chunked != NULL;
    return MHD_YES;
}

/* ---- connections ---------------------------------------------------------------------------- */

static void watch_connection(void *self, struct MHD_Connection *connection, void **clock,
                             enum MHD_ConnectionNotificationCode what)
{
    const serve_server *server = self;

    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const int fd =
            mhd.get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        *clock = serve_clock_begin(server->clocks, fd, rri_seconds());
        if (*clock == NULL) /* no memory */
            (void)shutdown(fd, SHUT_RDWR);
    } else if (*clock != NULL) {
        serve_clock_end(server->clocks, *clock);
        *clock = NULL;
    }
}

static void set_clock(const serve_server *server, struct MHD_Connection *connection, bool computing)
{
    serve_clock *clock =
        mhd.get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;

    if (clock != NULL)
        serve_clock_set(server->clocks, clock, computing, rri_seconds());
}

/* ---- replies -------------------------------------------------------------------------------- */

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    (void)mhd.add_response_header(response, name, value);
}

static void add_headers(struct MHD_Response *response, const serve_reply *r)
{
    add_header(response, "X-Content-Type-Options", "nosniff");
    add_header(response, "Referrer-Policy", "no-referrer");
    add_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    add_header(response, "Cross-Origin-Opener-Policy", "same-origin");
    add_header(response, "Content-Security-Policy",
               r->policy != NULL ? r->policy : "default-src 'none'; frame-ancestors 'none'");
    add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (r->type != NULL)
        add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->type);
    if (r->location != NULL)
        add_header(response, MHD_HTTP_HEADER_LOCATION, r->location);
    if (r->cookie[0] != '\0')
        add_header(response, MHD_HTTP_HEADER_SET_COOKIE, r->cookie);
    if (r->status == SERVE_UNAUTHORIZED)
        add_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    if (r->status == SERVE_NOT_ALLOWED)
        add_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
}

/* Hand a reply over, which is cleared. libmicrohttpd leaves the body out for HEAD. */
static enum MHD_Result send_reply(const serve_server *server, struct MHD_Connection *connection,
                                  serve_reply *r)
{
    struct MHD_Response *response = mhd.create_response_from_buffer(
        r->size, r->owned != NULL ? r->owned : (void *)(uintptr_t)r->bytes,
        r->owned != NULL ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = MHD_NO;

    set_clock(server, connection, false);
    if (response != NULL) {
        r->owned = NULL; /* the response's */
        add_headers(response, r);
        result = mhd.queue_response(connection, r->status, response);
        mhd.destroy_response(response);
    }
    serve_reply_clear(r);
    return result;
}

/* ---- a request ------------------------------------------------------------------------------ */

/* The first line is there. NULL, where there is no memory, ends the connection in receive(). */
static void *begin(void *self, const char *target, struct MHD_Connection *connection)
{
    request *q = NULL;

    (void)self;
    (void)connection;
    if (rri_alloc(&q, 1, 1, sizeof *q, NULL) != RR_OK)
        return NULL;
    if (rri_strdup(target, &q->target, NULL) != RR_OK) {
        rri_free(q);
        return NULL;
    }
    return q;
}

static void end(void *self, struct MHD_Connection *connection, void **slot,
                enum MHD_RequestTerminationCode how)
{
    request *q = *slot;

    (void)how;
    set_clock(self, connection, false);
    if (q == NULL)
        return;
    serve_route_clear(&q->job.route);
    serve_reply_clear(&q->job.reply);
    rri_free(q->job.body);
    rri_free(q->target);
    rri_free(q);
    *slot = NULL;
}

/* By the worker: the reply is there. */
static void finish(serve_job *job)
{
    mhd.resume_connection(job->connection);
}

static enum MHD_Result compute(serve_server *server, struct MHD_Connection *connection, request *q)
{
    set_clock(server, connection, true);
    mhd.suspend_connection(connection);
    q->job.connection = connection;
    serve_queue_add(server->queue, &q->job);
    return MHD_YES;
}

/* The headers are there. A reply before the end of the request ends the connection: it is given
 * where the body is not wanted, and else waits for the end. */
static enum MHD_Result check(serve_server *server, struct MHD_Connection *connection,
                             const char *method, request *q)
{
    serve_request headers = { .method = method, .target = q->target };
    rr_error err = { RR_OK, -1, "" };
    serve_route *route = &q->job.route;

    q->received = 1;
    (void)mhd.get_connection_values(connection, MHD_HEADER_KIND, read_header, &headers);
    const unsigned status = serve_receive(server->site, &headers, route, &err);
    if (status == SERVE_OK && route->posted)
        return rri_alloc(&q->job.body, route->body, 1, 1, NULL) == RR_OK ? MHD_YES : MHD_NO;
    if (status == SERVE_OK && route->kind == SERVE_ANSWER)
        return MHD_YES;
    q->job.reply = status == SERVE_OK ? serve_at_once(server->site, server->content, route)
                                      : serve_error(status, &err);
    q->job.finished = 1;
    return headers.content_length != NULL || headers.chunked
               ? send_reply(server, connection, &q->job.reply)
               : MHD_YES;
}

/* A part of the body, which is as long as the headers say. */
static enum MHD_Result fill(request *q, const char *data, size_t *bytes)
{
    const size_t n = *bytes;

    if (q->job.body == NULL || n > q->job.route.body - q->filled)
        return MHD_NO; /* a body of a GET, or one that is longer than the headers say */
    memcpy(q->job.body + q->filled, data, n);
    q->filled += n;
    *bytes = 0;
    return MHD_YES;
}

static enum MHD_Result receive(void *self, struct MHD_Connection *connection, const char *path,
                               const char *method, const char *version, const char *data,
                               size_t *bytes, void **slot)
{
    serve_server *server = self;
    request *q = *slot;

    (void)path; /* decoded by the library: request.c decodes the address as it came */
    (void)version;
    if (q == NULL)
        return MHD_NO;
    if (!q->received)
        return check(server, connection, method, q);
    if (*bytes > 0)
        return fill(q, data, bytes);
    if (q->job.finished)
        return send_reply(server, connection, &q->job.reply);
    return compute(server, connection, q);
}

/* ---- start and end -------------------------------------------------------------------------- */

static struct MHD_Daemon *start_daemon(serve_server *s, int fd)
{
    return mhd.start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, receive, s,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)SERVE_MOST_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SERVE_IDLE_SECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, begin, NULL, MHD_OPTION_NOTIFY_COMPLETED, end, s,
        MHD_OPTION_NOTIFY_CONNECTION, watch_connection, s, MHD_OPTION_END);
}

static rr_status start_threads(serve_server *s, serve_sockets *sockets, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(serve_clocks_new(&s->clocks, err));
    RRI_TRY(serve_queue_begin(s->content, finish, &s->queue, err));
    for (int i = 0; i < 2; i++) {
        if (sockets->of[i] < 0)
            continue;
        s->daemon[i] = start_daemon(s, sockets->of[i]);
        if (s->daemon[i] == NULL)
            RRI_TRY(
                rri_fail(err, RR_ERR_IO, -1, "port %u: the server does not start", sockets->port));
        sockets->of[i] = -1; /* the daemon's */
    }

done:
    return st;
}

rr_status serve_start(const serve_site *site, const serve_content *content, serve_sockets *sockets,
                      serve_server **out, rr_error *err)
{
    serve_server *s = NULL;
    sigset_t all, before;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    s->site = site;
    s->content = content;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* the threads inherit it */
    st = start_threads(s, sockets, err);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (st == RR_OK) {
        *out = s;
        s = NULL;
    }

done:
    serve_stop(s);
    return st;
}

void serve_stop(serve_server *server)
{
    if (server == NULL)
        return;
    if (server->queue != NULL)
        serve_queue_stop(
            server->queue); /* it resumes what is suspended, as MHD_stop_daemon() needs */
    for (int i = 0; i < 2; i++)
        if (server->daemon[i] != NULL)
            mhd.stop_daemon(server->daemon[i]);
    serve_queue_end(server->queue);
    serve_clocks_free(server->clocks);
    rri_free(server);
}

void serve_drop_slow(serve_server *server)
{
    serve_clocks_sweep(server->clocks, rri_seconds());
}
