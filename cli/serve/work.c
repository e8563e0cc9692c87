/* SPDX-License-Identifier: MIT */
/* work.c - the thread that works on the sessions. */
#include "serve/work.h"

#include <pthread.h>
#include <string.h>

struct serve_queue {
    const serve_content *content;
    void (*finish)(serve_job *job);
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    serve_job *first, *last;
    int stopped;
    pthread_t thread;
};

static void refuse(serve_queue *q, serve_job *job)
{
    rr_error err = { RR_ERR_CANCELLED, -1, "the server is ending" };

    job->reply = serve_error(SERVE_STOPPING, &err);
    job->finished = 1;
    q->finish(job);
}

/* The next job, taken from the queue; NULL when the queue has been stopped. */
static serve_job *next_job(serve_queue *q)
{
    serve_job *job = NULL;

    (void)pthread_mutex_lock(&q->lock);
    while (q->first == NULL && !q->stopped)
        (void)pthread_cond_wait(&q->changed, &q->lock);
    job = q->stopped ? NULL : q->first;
    if (job != NULL)
        q->first = job->next;
    (void)pthread_mutex_unlock(&q->lock);
    return job;
}

static void *work(void *self)
{
    serve_queue *q = self;

    for (serve_job *job = next_job(q); job != NULL; job = next_job(q)) {
        job->reply = serve_work(q->content, &job->route, job->body, job->route.body);
        job->finished = 1;
        q->finish(job);
    }
    return NULL;
}

rr_status serve_queue_begin(const serve_content *content, void (*finish)(serve_job *job),
                            serve_queue **out, rr_error *err)
{
    serve_queue *q = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&q, 1, 1, sizeof *q, err));
    q->content = content;
    q->finish = finish;
    (void)pthread_mutex_init(&q->lock, NULL);
    (void)pthread_cond_init(&q->changed, NULL);
    if (pthread_create(&q->thread, NULL, work, q) != 0) {
        rri_free(q);
        return rri_fail(err, RR_ERR_IO, -1, "the system has no thread for the server");
    }
    *out = q;

done:
    return st;
}

void serve_queue_add(serve_queue *q, serve_job *job)
{
    (void)pthread_mutex_lock(&q->lock);
    const int stopped = q->stopped;
    job->next = NULL;
    if (!stopped && q->first == NULL)
        q->first = job;
    else if (!stopped)
        q->last->next = job;
    if (!stopped)
        q->last = job;
    (void)pthread_cond_signal(&q->changed);
    (void)pthread_mutex_unlock(&q->lock);
    if (stopped)
        refuse(q, job);
}

void serve_queue_stop(serve_queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    q->stopped = 1;
    (void)pthread_cond_signal(&q->changed);
    (void)pthread_mutex_unlock(&q->lock);
    (void)pthread_join(q->thread, NULL);
    while (q->first != NULL) { /* nobody adds to a stopped queue */
        serve_job *job = q->first;
        q->first = job->next;
        refuse(q, job);
    }
}

void serve_queue_end(serve_queue *q)
{
    if (q == NULL)
        return;
    (void)pthread_cond_destroy(&q->changed);
    (void)pthread_mutex_destroy(&q->lock);
    rri_free(q);
}
