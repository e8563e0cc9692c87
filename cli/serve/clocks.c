/* SPDX-License-Identifier: MIT */
/* clocks.c - the clocks of the connections, in a list. */
#include "serve/clocks.h"

#include <pthread.h>
#include <sys/socket.h>

struct serve_clock {
    int socket;
    double since;
    bool computing;
    serve_clock *next, **link; /* what points to this one */
};

struct serve_clocks {
    pthread_mutex_t lock; /* of all that follows */
    serve_clock *first;
};

rr_status serve_clocks_new(serve_clocks **out, rr_error *err)
{
    serve_clocks *clocks = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&clocks, 1, 1, sizeof *clocks, err));
    if (pthread_mutex_init(&clocks->lock, NULL) != 0) {
        rri_free(clocks);
        return rri_fail(err, RR_ERR_IO, -1, "the system has no lock for the server");
    }
    *out = clocks;

done:
    return st;
}

void serve_clocks_free(serve_clocks *clocks)
{
    if (clocks == NULL)
        return;
    (void)pthread_mutex_destroy(&clocks->lock);
    rri_free(clocks);
}

serve_clock *serve_clock_begin(serve_clocks *clocks, int socket, double now)
{
    serve_clock *clock = NULL;

    if (rri_alloc(&clock, 1, 1, sizeof *clock, NULL) != RR_OK)
        return NULL;
    clock->socket = socket;
    clock->since = now;
    (void)pthread_mutex_lock(&clocks->lock);
    clock->next = clocks->first;
    clock->link = &clocks->first;
    if (clock->next != NULL)
        clock->next->link = &clock->next;
    clocks->first = clock;
    (void)pthread_mutex_unlock(&clocks->lock);
    return clock;
}

void serve_clock_end(serve_clocks *clocks, serve_clock *clock)
{
    (void)pthread_mutex_lock(&clocks->lock);
    *clock->link = clock->next;
    if (clock->next != NULL)
        clock->next->link = clock->link;
    (void)pthread_mutex_unlock(&clocks->lock);
    rri_free(clock);
}

void serve_clock_set(serve_clocks *clocks, serve_clock *clock, bool computing, double now)
{
    (void)pthread_mutex_lock(&clocks->lock);
    clock->computing = computing;
    clock->since = now;
    (void)pthread_mutex_unlock(&clocks->lock);
}

void serve_clocks_sweep(serve_clocks *clocks, double now)
{
    (void)pthread_mutex_lock(&clocks->lock);
    for (const serve_clock *clock = clocks->first; clock != NULL; clock = clock->next)
        if (!clock->computing && now - clock->since > SERVE_TRANSFER_SECONDS)
            (void)shutdown(clock->socket, SHUT_RDWR);
    (void)pthread_mutex_unlock(&clocks->lock);
}
