/* SPDX-License-Identifier: MIT */
/* work.h - one thread that works on the sessions, and the queue before it. */
#ifndef SERVE_WORK_H
#define SERVE_WORK_H

#include "serve/reply.h"

/* A request that waits for its answer. The caller's; `next` is the queue's. */
typedef struct serve_job {
    serve_route route;
    char *body; /* [route.body] of a POST, else NULL */
    serve_reply reply;
    int finished;
    void *connection;
    struct serve_job *next;
} serve_job;

typedef struct serve_queue serve_queue;

/* Start the thread. finish() is called by it, once a job, when reply and finished are set.
 * Memory: *out is owned, serve_queue_end(). Errors: NOMEM, IO (no thread). */
rr_status serve_queue_begin(const serve_content *content, void (*finish)(serve_job *job),
                            serve_queue **out, rr_error *err);

/* Give it a job, which may be finished before this returns. After serve_queue_stop() the job is
 * refused at once, by this thread. */
void serve_queue_add(serve_queue *q, serve_job *job);

/* Refuse what waits and all that comes, and end the thread, once what it works on is done. */
void serve_queue_stop(serve_queue *q);
void serve_queue_end(serve_queue *q); /* NULL is allowed */

#endif
