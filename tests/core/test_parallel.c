/* SPDX-License-Identifier: MIT */
/* test_parallel.c - parallel loops, slices, the finite check and the clock. */
#define _GNU_SOURCE /* sched_setaffinity */

#include "check.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The threads this process has, idle ones included. */
static size_t threads_alive(void)
{
    DIR *tasks = opendir("/proc/self/task");
    size_t n = 0;

    assert_non_null(tasks);
    for (const struct dirent *d = readdir(tasks); d != NULL; d = readdir(tasks))
        n += d->d_name[0] != '.';
    (void)closedir(tasks);
    return n;
}

typedef struct roll {
    atomic_int *visits; /* [tasks] */
    size_t *square;     /* [tasks], plain memory: each task writes its own */
    size_t workers;
    atomic_int out_of_range; /* workers with a number out of range */
} roll;

static void call_the_roll(void *ctx, size_t task, size_t worker)
{
    roll *r = ctx;

    atomic_fetch_add(&r->visits[task], 1);
    if (worker >= r->workers)
        atomic_fetch_add(&r->out_of_range, 1);
    r->square[task] = task * task;
}

static void every_task_is_done_once(void **state)
{
    const size_t threads[] = { 0, 1, 2, 3 };
    const size_t tasks[] = { 0, 1, 2, 3, 500 };

    (void)state;
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        for (size_t n = 0; n < sizeof tasks / sizeof *tasks; n++) {
            roll r = { .workers = rri_threads(threads[t]) };
            assert_int_equal(rri_alloc(&r.visits, tasks[n], 1, sizeof *r.visits, NULL), RR_OK);
            assert_int_equal(rri_alloc(&r.square, tasks[n], 1, sizeof *r.square, NULL), RR_OK);
            rri_parallel(threads[t], tasks[n], call_the_roll, &r);
            for (size_t i = 0; i < tasks[n]; i++) {
                assert_int_equal(atomic_load(&r.visits[i]), 1);
                assert_int_equal(r.square[i], i * i);
            }
            assert_int_equal(atomic_load(&r.out_of_range), 0);
            rri_free(r.visits);
            rri_free(r.square);
        }
    }
}

typedef struct chain {
    size_t *value; /* [tasks] */
    size_t tasks;
} chain;

static void add_the_mirror(void *ctx, size_t task, size_t worker)
{
    const chain *c = ctx;

    (void)worker;
    c->value[c->tasks + task] = c->value[c->tasks - 1 - task] + 1;
}

static void copy_back(void *ctx, size_t task, size_t worker)
{
    const chain *c = ctx;

    (void)worker;
    c->value[task] = c->value[c->tasks + task];
}

/* Each loop reads what other workers wrote in the one before: checked by a thread sanitizer. */
static void a_loop_sees_what_the_loop_before_it_wrote(void **state)
{
    enum { TASKS = 64, ROUNDS = 50 };
    size_t value[2 * TASKS] = { 0 };
    chain c = { .value = value, .tasks = TASKS };

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        rri_parallel(3, TASKS, add_the_mirror, &c);
        rri_parallel(2, TASKS, copy_back, &c);
    }
    for (size_t i = 0; i < TASKS; i++)
        assert_int_equal(value[i], ROUNDS);
}

enum { CALLS = 200, CALL_TASKS = 40 };

/* Many loops, each checked; the number of tasks that were not done once. */
static void *call_many_rolls(void *unused)
{
    size_t *missed = unused;

    for (size_t c = 0; c < CALLS; c++) {
        atomic_int visits[CALL_TASKS];
        size_t square[CALL_TASKS];
        roll r = { .visits = visits, .square = square, .workers = 3 };
        for (size_t i = 0; i < CALL_TASKS; i++)
            atomic_init(&visits[i], 0);
        rri_parallel(3, CALL_TASKS, call_the_roll, &r);
        for (size_t i = 0; i < CALL_TASKS; i++)
            *missed += atomic_load(&visits[i]) != 1 || square[i] != i * i;
    }
    return NULL;
}

static void threads_of_a_program_may_each_run_loops(void **state)
{
    enum { THREADS = 4 };
    pthread_t thread[THREADS];
    size_t missed[THREADS] = { 0 };

    (void)state;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, call_many_rolls, &missed[i]), 0);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        assert_int_equal(missed[i], 0);
    }
}

/* Returns how many threads a child has after its first loop, or 0 when a task was missed. */
static int loops_in_a_child(void)
{
    int status = 0;
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        size_t missed = 0;
        (void)call_many_rolls(&missed);
        _exit(missed == 0 ? (int)threads_alive() : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

static void a_child_process_has_loops_with_helpers_of_its_own(void **state)
{
    size_t missed = 0;

    (void)state;
#if defined(__SANITIZE_THREAD__) || defined(RR_EMULATED)
    skip(); /* they let no child start threads */
#endif
    (void)call_many_rolls(&missed);
    for (int i = 0; i < 20; i++) /* also while a helper is on its way to sleep */
        assert_int_equal(loops_in_a_child(), 3);
    assert_int_equal(missed, 0);
}

/* The address space of this process. */
static rlim_t bytes_mapped(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    assert_non_null(f);
    assert_int_equal(fscanf(f, "%lu", &pages), 1);
    (void)fclose(f);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* First in the list: the stacks of threads that were would serve new ones. */
static void a_loop_without_memory_for_threads_runs_on_one(void **state)
{
    struct rlimit before;
    size_t missed = 0;

    (void)state;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__) || defined(RR_EMULATED)
    skip(); /* their shadow needs more than any limit, and QEMU has threads of its own */
#endif
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    const struct rlimit tight = { .rlim_cur = bytes_mapped() + ((rlim_t)1 << 20),
                                  .rlim_max = before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_AS, &tight), 0);
    (void)call_many_rolls(&missed);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(missed, 0);
    assert_int_equal(threads_alive(), 1);
}

static void zero_threads_means_all_and_n_means_n(void **state)
{
    (void)state;
    assert_true(rri_threads(0) >= 1);
    assert_int_equal(rri_threads(1), 1);
    assert_int_equal(rri_threads(17), 17);
}

static void all_threads_are_those_the_process_may_use(void **state)
{
    cpu_set_t before;
    cpu_set_t one;
    size_t core = 0;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    assert_int_equal(rri_threads(0), CPU_COUNT(&before));
    while (!CPU_ISSET(core, &before))
        core++;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(rri_threads(0), 1);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
}

static void blocks_tile_the_range(void **state)
{
    const size_t sizes[] = { 1, 2, 7, 64 };

    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (size_t n = 0; n < 130; n++) {
            size_t next = 0;
            for (size_t i = 0; i < rri_blocks(n, sizes[s]); i++) {
                size_t begin = 0;
                size_t end = 0;
                rri_block(n, sizes[s], i, &begin, &end);
                assert_int_equal(begin, next);
                assert_true(end > begin && end - begin <= sizes[s]);
                next = end;
            }
            assert_int_equal(next, n);
        }
    }
}

static void the_first_row_that_is_not_finite_is_found(void **state)
{
    const float bad[] = { NAN, INFINITY, -INFINITY };
    float x[5][4]; /* two columns in use; the others must not be read */

    (void)state;
    for (size_t b = 0; b < sizeof bad / sizeof *bad; b++) {
        for (size_t i = 0; i < 5; i++)
            for (size_t j = 0; j < 4; j++)
                x[i][j] = j < 2 ? 1.0f : bad[b];
        assert_int_equal(rri_first_nonfinite(&x[0][0], 5, 2, 4), 5);
        x[4][0] = bad[b];
        assert_int_equal(rri_first_nonfinite(&x[0][0], 5, 2, 4), 4);
        x[2][1] = bad[b];
        assert_int_equal(rri_first_nonfinite(&x[0][0], 5, 2, 4), 2);
        assert_int_equal(rri_first_nonfinite(&x[0][0], 0, 2, 4), 0);
    }
}

static void the_clock_never_goes_back(void **state)
{
    double last = rri_seconds();

    (void)state;
    for (int i = 0; i < 1000; i++) {
        const double now = rri_seconds();
        assert_true(now >= last);
        last = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_without_memory_for_threads_runs_on_one),
        cmocka_unit_test(every_task_is_done_once),
        cmocka_unit_test(a_loop_sees_what_the_loop_before_it_wrote),
        cmocka_unit_test(threads_of_a_program_may_each_run_loops),
        cmocka_unit_test(a_child_process_has_loops_with_helpers_of_its_own),
        cmocka_unit_test(zero_threads_means_all_and_n_means_n),
        cmocka_unit_test(all_threads_are_those_the_process_may_use),
        cmocka_unit_test(blocks_tile_the_range),
        cmocka_unit_test(the_first_row_that_is_not_finite_is_found),
        cmocka_unit_test(the_clock_never_goes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
