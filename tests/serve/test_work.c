/* SPDX-License-Identifier: MIT */
/* test_work.c - the queue of requests: every job is finished, once, whatever happens. */
#include "program.h"

#include "serve/work.h"

#include <pthread.h>

enum { JOBS = 200 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static size_t finished;
static size_t order[JOBS];

static void finish(serve_job *job)
{
    (void)pthread_mutex_lock(&lock);
    order[finished++] = *(const size_t *)job->connection;
    (void)pthread_cond_signal(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static void wait_for(size_t n)
{
    (void)pthread_mutex_lock(&lock);
    while (finished < n)
        (void)pthread_cond_wait(&changed, &lock);
    (void)pthread_mutex_unlock(&lock);
}

static void jobs_are_done_in_their_order_and_after_the_end_refused(void **state)
{
    static char nothing;
    static serve_job jobs[JOBS];
    static size_t numbers[JOBS];
    const serve_content content = { .runs = { (rr_session *)(void *)&nothing, NULL } };
    serve_queue *q = NULL;
    rr_error err = { RR_OK, -1, "" };

    (void)state;
    CHECK_OK(serve_queue_begin(&content, finish, &q, &err), err);
    for (size_t i = 0; i < JOBS; i++) {
        numbers[i] = i;
        jobs[i].connection = &numbers[i];
        jobs[i].route = (serve_route){ .kind = SERVE_ANSWER, .command = &explain };
        if (i == JOBS - 1) {
            wait_for(JOBS - 1);
            serve_queue_stop(q);
        }
        serve_queue_add(q, &jobs[i]);
    }
    wait_for(JOBS);
    assert_int_equal(finished, JOBS);
    for (size_t i = 0; i < JOBS; i++) {
        assert_int_equal(order[i], i);
        assert_true(jobs[i].finished);
        assert_int_equal(jobs[i].reply.status, i < JOBS - 1 ? SERVE_OK : SERVE_STOPPING);
        serve_reply_clear(&jobs[i].reply);
    }
    serve_queue_end(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_are_done_in_their_order_and_after_the_end_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
