/* SPDX-License-Identifier: MIT */
/* parallel.c - the pool of threads for parallel loops; no other file starts threads.
 *
 * Tasks are assigned as workers become free; a task's result must depend on its number alone. The
 * caller is worker 0 and takes tasks like the others. When none is left it waits only for workers
 * still inside a task: a helper that is not scheduled in time, as on a busy machine, never delays a
 * loop. OpenMP's barriers wait for every thread and spin for milliseconds (measured beside two busy
 * processes on two cores: loops took three times as long).
 *
 * The helpers are the only state of the library that outlives a call. They start when first needed,
 * spin briefly for the next loop before they sleep, and end with the process. If two threads of a
 * program start a loop at the same time, the second runs its loop alone. A child of fork() has no
 * helpers until it needs some and starts its own; one forked inside a task must not return from it.
 * Signals go to the program's own threads.
 *
 * A program may supply its own threads (hooks.h). */
#define _GNU_SOURCE /* sched_getaffinity */

#include "core/core.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum {
    SPIN_LIMIT =
        4000, /* some 100 microseconds: twice the time it takes to wake a sleeping thread */
    MOST_HELPERS = 255
};

/* One call of rri_parallel(), on its caller's stack. */
typedef struct loop {
    rr_task body;
    void *ctx;
    size_t tasks;
    size_t helpers;       /* limit of helpers that join */
    size_t joined;        /* joined so far; this and the pool are changed under the lock */
    atomic_size_t next;   /* the first task not assigned; not under the lock */
    atomic_size_t inside; /* helpers that may still be in a task */
} loop;

static struct pool {
    pthread_mutex_t lock;
    pthread_cond_t offered; /* a loop was started */
    pthread_cond_t left;    /* a helper has left one */
    size_t helpers;         /* started */
    bool atfork_installed;  /* fork handlers are set */
    loop *current;          /* the loop to join, or NULL */
    atomic_size_t offers;   /* loops so far; helpers spin on it */
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER,
           .offered = PTHREAD_COND_INITIALIZER,
           .left = PTHREAD_COND_INITIALIZER };

static rr_executor hook; /* run is NULL: the pool */

rr_status rr_set_executor(const rr_executor *executor, rr_error *err)
{
    if (executor != NULL && executor->run == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "an executor needs run");
    hook = executor != NULL ? *executor : (rr_executor){ 0 };
    return RR_OK;
}

size_t rri_threads(size_t n)
{
    if (n != 0)
        return n;
    cpu_set_t usable;
    const long cores = sched_getaffinity(0, sizeof usable, &usable) == 0
                           ? CPU_COUNT(&usable)
                           : sysconf(_SC_NPROCESSORS_ONLN); /* more than a set has */
    return cores > 1 ? (size_t)cores : 1;
}

static void take_tasks(loop *l, size_t worker)
{
    for (size_t i; (i = atomic_fetch_add(&l->next, 1)) < l->tasks;)
        l->body(l->ctx, i, worker);
}

/* ---- helpers -------------------------------------------------------------------------------- */

static void spin_for_work(size_t seen)
{
    for (int i = 0; i < SPIN_LIMIT && atomic_load(&pool.offers) == seen; i++)
        RRI_PAUSE();
}

static bool can_join(const loop *l)
{
    return l != NULL && l->joined < l->helpers && atomic_load(&l->next) < l->tasks;
}

static void *help(void *unused)
{
    (void)pthread_mutex_lock(&pool.lock);
    for (;;) {
        while (!can_join(pool.current))
            (void)pthread_cond_wait(&pool.offered, &pool.lock);
        loop *l = pool.current;
        const size_t seen = atomic_load(&pool.offers);
        const size_t worker = ++l->joined;
        atomic_fetch_add(&l->inside, 1);
        (void)pthread_mutex_unlock(&pool.lock);
        take_tasks(l, worker);
        (void)pthread_mutex_lock(&pool.lock);
        atomic_fetch_sub(&l->inside, 1); /* from here on the loop may not exist */
        (void)pthread_cond_broadcast(&pool.left);
        (void)pthread_mutex_unlock(&pool.lock);
        spin_for_work(seen);
        (void)pthread_mutex_lock(&pool.lock);
    }
    return unused;
}

/* A child has the memory of its parent, but not its threads. */
static void before_fork(void)
{
    (void)pthread_mutex_lock(&pool.lock);
}

static void in_parent(void)
{
    (void)pthread_mutex_unlock(&pool.lock);
}

static void in_child(void)
{
    (void)pthread_mutex_init(&pool.lock, NULL);
    (void)pthread_cond_init(&pool.offered, NULL);
    (void)pthread_cond_init(&pool.left, NULL);
    pool.helpers = 0;
    pool.current = NULL;
}

/* Start helpers up to `count`, as many as the system allows. Under the lock. */
static void start_helpers(size_t count)
{
    pthread_attr_t detached;
    sigset_t all;
    sigset_t before;

    if (pool.helpers >= count || pthread_attr_init(&detached) != 0)
        return;
    if (!pool.atfork_installed)
        pool.atfork_installed = pthread_atfork(before_fork, in_parent, in_child) == 0;
    (void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* inherited by the new threads */
    while (pool.helpers < count) {
        pthread_t thread;
        if (pthread_create(&thread, &detached, help, NULL) != 0)
            break;
        pool.helpers++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&detached);
}

/* ---- the caller's side ---------------------------------------------------------------------- */

/* False where another thread's loop is running. */
static bool offer(loop *l)
{
    (void)pthread_mutex_lock(&pool.lock);
    const bool free = pool.current == NULL;
    if (free) {
        start_helpers(l->helpers);
        pool.current = l;
        atomic_fetch_add(&pool.offers, 1);
        (void)pthread_cond_broadcast(&pool.offered);
    }
    (void)pthread_mutex_unlock(&pool.lock);
    return free;
}

/* Close the loop to joins, and wait for the helpers inside. */
static void withdraw(loop *l)
{
    (void)pthread_mutex_lock(&pool.lock);
    pool.current = NULL;
    (void)pthread_mutex_unlock(&pool.lock);
    for (int i = 0; i < SPIN_LIMIT && atomic_load(&l->inside) != 0; i++)
        RRI_PAUSE();
    (void)pthread_mutex_lock(&pool.lock);
    while (atomic_load(&l->inside) != 0)
        (void)pthread_cond_wait(&pool.left, &pool.lock);
    (void)pthread_mutex_unlock(&pool.lock);
}

/* A task of the loop on a thread of the program. */
static void foreign_task(void *ctx, size_t task, size_t worker)
{
    const loop *l = ctx;

    l->body(l->ctx, task, worker);
}

void rri_parallel(size_t threads, size_t tasks, rr_task body, void *ctx)
{
    const size_t team = rri_max(1, rri_min(rri_threads(threads), tasks));
    loop l = {
        .body = body, .ctx = ctx, .tasks = tasks, .helpers = rri_min(team - 1, MOST_HELPERS)
    };

    if (hook.run != NULL && team > 1) {
        hook.run(hook.self, team, tasks, foreign_task, &l);
        return;
    }
    const bool shared = l.helpers > 0 && offer(&l);
    take_tasks(&l, 0);
    if (shared)
        withdraw(&l);
}
