/* SPDX-License-Identifier: MIT */
/* test_tables.c - the tables that the first query makes: threads that ask at once, and memory that
 * runs out. */
#include "fixture.h"

#include <pthread.h>

enum { N = 400, T = 9, V = 6, NEAREST = 7, KINDS = 4, THREADS = 3, TRIES = 10 };

/* Queries that need different tables. */
static const struct {
    rr_measure measure;
    rr_key key;
} kinds[KINDS] = { { RR_MEASURE_LP, RR_KEY_TRANSITION },
                   { RR_MEASURE_VOTES, RR_KEY_TRANSITION },
                   { RR_MEASURE_JACCARD, RR_KEY_STATE_SYMBOL },
                   { RR_MEASURE_CONTAINMENT, RR_KEY_FULL } };

typedef struct asking {
    const rr_influence *inf;
    pthread_barrier_t *start; /* NULL: alone */
    rr_status st;
    rr_neighbour nearest[KINDS][NEAREST];
} asking;

static void *ask(void *context)
{
    asking *a = context;
    const rr_trace trace = rr_traces_at(rr_influence_training(a->inf), 3);

    a->st = RR_OK;
    if (a->start != NULL)
        (void)pthread_barrier_wait(a->start);
    for (size_t k = 0; k < KINDS && a->st == RR_OK; k++) {
        rr_query q = rr_query_default();
        size_t found = 0;
        q.measure = kinds[k].measure;
        q.key = kinds[k].key;
        q.threads = 1;
        a->st = rr_influence_nearest(a->inf, &q, &trace, NEAREST, a->nearest[k], &found, NULL);
    }
    return NULL;
}

static void threads_may_ask_first_at_once(void **state)
{
    (void)state;
    for (int try = 0; try < TRIES; try++) {
        static asking all[THREADS], alone;
        rr_influence *inf = random_model(N, T, try % 2 == 1, 40, 5, V, 11);
        pthread_t thread[THREADS];
        pthread_barrier_t start;
        assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
        for (size_t i = 0; i < THREADS; i++) {
            all[i] = (asking){ .inf = inf, .start = &start };
            assert_int_equal(pthread_create(&thread[i], NULL, ask, &all[i]), 0);
        }
        for (size_t i = 0; i < THREADS; i++)
            assert_int_equal(pthread_join(thread[i], NULL), 0);
        alone = (asking){ .inf = inf };
        (void)ask(&alone);
        assert_int_equal(alone.st, RR_OK);
        for (size_t i = 0; i < THREADS; i++) {
            assert_int_equal(all[i].st, RR_OK);
            assert_memory_equal(all[i].nearest, alone.nearest, sizeof alone.nearest);
        }
        (void)pthread_barrier_destroy(&start);
        rr_influence_free(inf);
    }
}

static void what_memory_was_too_short_for_is_made_later(void **state)
{
    static asking a;
    rr_influence *inf = random_model(N, T, true, 40, 5, V, 11);

    (void)state;
    a = (asking){ .inf = inf };
    for (failing at = { 0 }; next_allocation_fails(&at, 20);) {
        (void)ask(&a);
        at.st = a.st;
    }
    rr_influence_free(inf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_may_ask_first_at_once),
        cmocka_unit_test(what_memory_was_too_short_for_is_made_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
