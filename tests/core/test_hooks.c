/* SPDX-License-Identifier: MIT */
/* test_hooks.c - the allocator, the executor and the instruction set of a program: every byte comes
 * from the allocator and goes back to it; whoever runs the loops, by whatever instructions, the
 * results have the same bits. */
#include "make.h"

#include <pthread.h>

/* ---- a small piece of work, from data to a model ----------------------------------------------
 */

typedef struct result {
    char network[65];
    size_t steps;
    uint16_t states[4096]; /* of the training traces */
} result;

static void train(const rr_dataset *ds, size_t threads, rr_network **net)
{
    const rr_network_config shape = { .struct_size = sizeof(rr_network_config),
                                      .cell = RR_CELL_GRU,
                                      .width = 28,
                                      .hidden = 12,
                                      .layers = 1,
                                      .classes = 10,
                                      .seed = 3 };
    rr_train_config cfg = rr_train_config_default();

    cfg.epochs = 1;
    cfg.batch = 16;
    cfg.threads = threads;
    *net = new_network(&shape);
    train_network(&cfg, *net, ds);
}

static result work(size_t threads)
{
    rr_network *net = NULL;
    rr_influence_config cfg = rr_influence_config_default();
    result r = { .steps = 0 };
    rr_error err = { 0 };

    cfg.threads = threads;
    cfg.partition.max_states = 6;
    rr_dataset *ds = load_dataset("digits?train=96", RR_SPLIT_TRAIN);
    train(ds, threads, &net);
    CHECK_OK(rr_network_hash(net, r.network, &err), err);
    rr_influence *inf = build_influence(&cfg, net, ds);
    const rr_traces *traces = rr_influence_training(inf);
    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        for (size_t t = 0; t < trace.steps && r.steps < 4096; t++)
            r.states[r.steps++] = trace.states[t];
    }
    rr_influence_free(inf);
    rr_network_free(net);
    rr_dataset_free(ds);
    return r;
}

static void check_same(const result *a, const result *b)
{
    assert_string_equal(a->network, b->network);
    assert_true(a->steps > 0);
    assert_int_equal(a->steps, b->steps);
    assert_memory_equal(a->states, b->states, a->steps * sizeof *a->states);
}

/* ---- an allocator that counts ---------------------------------------------------------------- */

typedef struct counter {
    pthread_mutex_t lock;
    size_t blocks, bytes;     /* out now */
    size_t all, refuse_after; /* blocks ever handed out; 0 = never refuse */
} counter;

enum { HEAD = 64 }; /* before each block: its size */

static void *count_out(void *self, size_t bytes, size_t alignment)
{
    counter *c = self;
    void *p = NULL;

    assert_true(bytes > 0);
    assert_true(alignment <= HEAD && HEAD % alignment == 0);
    (void)pthread_mutex_lock(&c->lock);
    const bool refuse = c->refuse_after != 0 && c->all >= c->refuse_after;
    if (!refuse && posix_memalign(&p, HEAD, HEAD + bytes) == 0) {
        memset(p, 0xa5, HEAD + bytes); /* the library zeroes it itself */
        memcpy(p, &bytes, sizeof bytes);
        c->blocks++;
        c->all++;
        c->bytes += bytes;
    }
    (void)pthread_mutex_unlock(&c->lock);
    return p != NULL ? (char *)p + HEAD : NULL;
}

static void count_in(void *self, void *block)
{
    counter *c = self;
    void *const p = (char *)block - HEAD;
    size_t bytes = 0;

    memcpy(&bytes, p, sizeof bytes);
    (void)pthread_mutex_lock(&c->lock);
    c->blocks--;
    c->bytes -= bytes;
    (void)pthread_mutex_unlock(&c->lock);
    free(p);
}

static void every_byte_comes_from_the_allocator_and_goes_back(void **state)
{
    counter c = { .lock = PTHREAD_MUTEX_INITIALIZER };
    const rr_allocator counting = { &c, count_out, count_in };
    const result own = work(2);
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_set_allocator(&counting, &err), err);
    const result counted = work(2);
    CHECK_OK(rr_set_allocator(NULL, &err), err);
    check_same(&counted, &own);
    assert_true(c.all > 100);
    assert_int_equal(c.blocks, 0);
    assert_int_equal(c.bytes, 0);
    const size_t all = c.all;
    (void)work(1);
    assert_int_equal(c.all, all); /* not called any more */
}

static void what_the_allocator_refuses_is_out_of_memory(void **state)
{
    counter c = { .lock = PTHREAD_MUTEX_INITIALIZER, .refuse_after = 3 };
    const rr_allocator counting = { &c, count_out, count_in };
    rr_allocator half = counting;
    rr_dataset *ds = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_set_allocator(&counting, &err), err);
    CHECK_FAILS(rr_dataset_load("digits?train=96", RR_SPLIT_TRAIN, &ds, &err), RR_ERR_NOMEM, err,
                "out of memory");
    assert_null(ds);
    assert_int_equal(c.blocks, 0);
    half.free = NULL;
    CHECK_FAILS(rr_set_allocator(&half, &err), RR_ERR_ARG, err, "both alloc and free");
    CHECK_OK(rr_set_allocator(NULL, &err), err);
}

/* ---- executors ------------------------------------------------------------------------------- */

/* From the last task to the first, as no pool would. */
static void run_backwards(void *self, size_t threads, size_t tasks, rr_task task, void *context)
{
    assert_true(threads > 1);
    *(size_t *)self += tasks;
    for (size_t i = tasks; i-- > 0;)
        task(context, i, threads - 1);
}

typedef struct half {
    rr_task task;
    void *context;
    size_t first, tasks, worker;
} half;

static void *run_half(void *p)
{
    const half *h = p;

    for (size_t i = h->first; i < h->tasks; i += 2)
        h->task(h->context, i, h->worker);
    return NULL;
}

/* Two threads of the program's own. */
static void run_on_two(void *self, size_t threads, size_t tasks, rr_task task, void *context)
{
    half odd = { task, context, 1, tasks, 1 };
    half even = { task, context, 0, tasks, 0 };
    pthread_t thread;

    assert_true(threads > 1);
    *(size_t *)self += tasks;
    assert_int_equal(pthread_create(&thread, NULL, run_half, &odd), 0);
    (void)run_half(&even);
    (void)pthread_join(thread, NULL);
}

static void the_executor_does_not_change_a_bit(void **state)
{
    size_t tasks = 0;
    const rr_executor backwards = { &tasks, run_backwards };
    const rr_executor two = { &tasks, run_on_two };
    const rr_executor nothing = { NULL, NULL };
    const result own = work(4);
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_set_executor(&backwards, &err), err);
    const result serial = work(4);
    assert_true(tasks > 100);
    tasks = 0;
    CHECK_OK(rr_set_executor(&two, &err), err);
    const result parallel = work(2);
    assert_true(tasks > 100);
    CHECK_FAILS(rr_set_executor(&nothing, &err), RR_ERR_ARG, err, "needs run");
    CHECK_OK(rr_set_executor(NULL, &err), err);
    tasks = 0;
    const result again = work(4);
    assert_int_equal(tasks, 0);
    check_same(&serial, &own);
    check_same(&parallel, &own);
    check_same(&again, &own);
}

/* ---- instruction sets ------------------------------------------------------------------------ */

/* Every one that the machine runs, on one thread and on two. */
static void the_instruction_set_does_not_change_a_bit(void **state)
{
    static const char *const names[] = { "plain", "avx2", "avx512" };
    const char *const best = rr_instruction_set();
    const result own = work(2);
    rr_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const rr_status st = rr_set_instruction_set(names[i], &err);
        if (st == RR_ERR_UNSUPPORTED)
            continue;
        CHECK_OK(st, err);
        assert_string_equal(rr_instruction_set(), names[i]);
        for (size_t threads = 1; threads <= 2; threads++) {
            const result forced = work(threads);
            check_same(&forced, &own);
        }
    }
    CHECK_FAILS(rr_set_instruction_set("sse9", &err), RR_ERR_ARG, err, "'sse9'");
    CHECK_OK(rr_set_instruction_set(NULL, &err), err);
    assert_string_equal(rr_instruction_set(), best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_comes_from_the_allocator_and_goes_back),
        cmocka_unit_test(what_the_allocator_refuses_is_out_of_memory),
        cmocka_unit_test(the_executor_does_not_change_a_bit),
        cmocka_unit_test(the_instruction_set_does_not_change_a_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
