/* SPDX-License-Identifier: MIT */
/* clocks.h - how long each connection has kept the server waiting. A client that sends or takes a
 * byte now and then is never idle: without a limit of the whole, some would hold all connections.
 * Seconds are rri_seconds(). Every function may be called from any thread. */
#ifndef SERVE_CLOCKS_H
#define SERVE_CLOCKS_H

#include "core/core.h"

/* For a whole request to come, from the end of the one before, and for a reply to be taken. */
enum { SERVE_TRANSFER_SECONDS = 60 };

typedef struct serve_clocks serve_clocks; /* of all connections */
typedef struct serve_clock serve_clock;   /* of one */

/* Memory: *out is owned, serve_clocks_free(), NULL is allowed, when all connections have ended.
 * Errors: NOMEM, IO (no lock). */
rr_status serve_clocks_new(serve_clocks **out, rr_error *err);
void serve_clocks_free(serve_clocks *clocks);

/* A connection begins: the client is awaited. The socket is borrowed until serve_clock_end(). NULL
 * where there is no memory. */
serve_clock *serve_clock_begin(serve_clocks *clocks, int socket, double now);
void serve_clock_end(serve_clocks *clocks, serve_clock *clock);

/* From now on the client is awaited, or it awaits an answer that is computed. */
void serve_clock_set(serve_clocks *clocks, serve_clock *clock, bool computing, double now);

/* Shut the sockets of clients that have been awaited for longer than SERVE_TRANSFER_SECONDS; whose
 * they are closes them. */
void serve_clocks_sweep(serve_clocks *clocks, double now);

#endif
