/* SPDX-License-Identifier: MIT */
/* server.h - the server: sockets of the loopback interface, and the threads behind them.
 *
 * A thread for each of the two addresses reads requests and writes replies; it never computes and
 * never waits for one client. One more thread works on the sessions, a request after the other, in
 * the order of their arrival. */
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include "serve/reply.h"

enum { SERVE_DEFAULT_PORT = 8788, SERVE_MOST_CONNECTIONS = 64, SERVE_IDLE_SECONDS = 30 };

/* Load what serve_start() needs. UNSUPPORTED where the program was built without a server, or
 * libmicrohttpd is missing; the message says what it needs. */
rr_status serve_supported(rr_error *err);

/* Sockets that listen on 127.0.0.1 and ::1, the second -1 where the system has no such address. */
typedef struct serve_sockets {
    int of[2];
    unsigned port;
} serve_sockets;

/* Listen on a port; 0 = a free one. Errors: IO (another program listens there; not allowed). */
rr_status serve_listen(unsigned port, serve_sockets *out, rr_error *err);
void serve_sockets_close(serve_sockets *sockets);

typedef struct serve_server serve_server;

/* Serve. Takes the sockets. site and content are borrowed until serve_stop(). Signals go to the
 * calling thread alone. Memory: *out is owned, serve_stop(). Errors: IO, NOMEM. */
rr_status serve_start(const serve_site *site, const serve_content *content, serve_sockets *sockets,
                      serve_server **out, rr_error *err);

/* Close the connections of clients that take longer than SERVE_TRANSFER_SECONDS to send a request,
 * or to take its reply. To be called about once a second. */
void serve_drop_slow(serve_server *server);

/* End: what waits is refused, what runs ends where the session's callbacks cancel it. NULL is
 * allowed. */
void serve_stop(serve_server *server);

#endif
