/* SPDX-License-Identifier: MIT */
/* test_lock.c - the lock of a directory: a second process is told who holds it, what a killed one
 * left blocks nobody, and a reservation lets its own process write. */
#include "scratch.h"

#include "io/lock.h"

/* A child that holds the lock of "." until the parent closes `go` or kills it. */
typedef struct holder {
    pid_t pid;
    int go;
} holder;

static holder start_holder(void)
{
    int ready[2], go[2];
    char byte = 0;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        rri_lock *lock = NULL;
        (void)close(go[1]);
        const bool held = rri_lock_take(".", RRI_LOCK_WRITE, &lock, NULL) == RR_OK && lock != NULL;
        if (write(ready[1], held ? "y" : "n", 1) != 1 || read(go[0], &byte, 1) != 0)
            _exit(1);
        rri_lock_release(lock);
        _exit(0);
    }
    (void)close(ready[1]);
    (void)close(go[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    (void)close(ready[0]);
    return (holder){ child, go[1] };
}

static void end_holder(holder h)
{
    int how = 0;

    (void)close(h.go);
    assert_int_equal(waitpid(h.pid, &how, 0), h.pid);
}

static void the_second_process_is_told_who_holds_it(void **state)
{
    (void)state;
    const holder h = start_holder();
    char pid[32];
    rri_lock *lock = NULL;
    rr_error err = { 0 };

    (void)snprintf(pid, sizeof pid, "process %ld on ", (long)h.pid);
    CHECK_FAILS(rri_lock_take(".", RRI_LOCK_WRITE, &lock, &err), RR_ERR_IO, err, pid);
    assert_null(lock);
    assert_non_null(strstr(err.msg, "test_lock"));
    assert_non_null(strstr(err.msg, " since 2"));
    CHECK_FAILS(rri_lock_take(".", RRI_LOCK_RESERVE, &lock, &err), RR_ERR_IO, err, pid);
    CHECK_FAILS(rri_lock_check(".", &err), RR_ERR_IO, err, pid);
    end_holder(h);
    assert_false(rri_file_exists("lock"));
    CHECK_OK(rri_lock_check(".", &err), err);
    CHECK_OK(rri_lock_take(".", RRI_LOCK_WRITE, &lock, &err), err);
    assert_non_null(lock);
    rri_lock_release(lock);
}

static void what_a_killed_process_left_blocks_nobody(void **state)
{
    (void)state;
    const holder h = start_holder();
    rri_lock *lock = NULL;
    rr_error err = { 0 };

    assert_int_equal(kill(h.pid, SIGKILL), 0);
    end_holder(h);
    assert_true(rri_file_exists("lock"));
    CHECK_OK(rri_lock_check(".", &err), err);
    CHECK_OK(rri_lock_take(".", RRI_LOCK_WRITE, &lock, &err), err);
    assert_non_null(lock);
    rri_lock_release(lock);
    assert_false(rri_file_exists("lock"));
}

static void a_process_writes_what_it_has_reserved(void **state)
{
    (void)state;
    rri_lock *reserved = NULL, *again = NULL;
    rr_error err = { 0 };

    CHECK_OK(rri_lock_take(".", RRI_LOCK_RESERVE, &reserved, &err), err);
    CHECK_OK(rri_lock_take(".", RRI_LOCK_WRITE, &again, &err), err);
    assert_null(again);
    rri_lock_release(again);
    rri_lock_release(reserved);
    assert_false(rri_file_exists("lock"));
    CHECK_OK(rri_lock_take(".", RRI_LOCK_WRITE, &reserved, &err), err);
    CHECK_FAILS(rri_lock_take(".", RRI_LOCK_WRITE, &again, &err), RR_ERR_IO, err, "process");
    CHECK_OK(rri_lock_check(".", &err), err); /* which asks for others */
    rri_lock_release(reserved);
}

/* Whatever a file under the name says, a terminal shows it as text. */
static void the_holder_is_named_without_control_characters(void **state)
{
    (void)state;
    const holder h = start_holder();
    rri_lock *lock = NULL;
    rr_error err = { 0 };

    FILE *f = fopen("lock", "wb");
    assert_non_null(f);
    assert_true(fputs("pid \033[2J7\nhost \r\ncommand\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
    CHECK_FAILS(rri_lock_take(".", RRI_LOCK_WRITE, &lock, &err), RR_ERR_IO, err,
                "process ?[2J7 on ? since ? (?)");
    assert_null(strchr(err.msg, '\033'));
    end_holder(h);
}

static void every_failed_allocation_leaves_no_lock(void **state)
{
    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 1);) {
        rri_lock *lock = NULL;
        at.st = rri_lock_take(".", RRI_LOCK_WRITE, &lock, NULL);
        assert_true((at.st == RR_OK) == (lock != NULL));
        rri_lock_release(lock);
        assert_false(rri_file_exists("lock"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(the_second_process_is_told_who_holds_it),
        TEST_IN_SCRATCH(what_a_killed_process_left_blocks_nobody),
        TEST_IN_SCRATCH(a_process_writes_what_it_has_reserved),
        TEST_IN_SCRATCH(the_holder_is_named_without_control_characters),
        TEST_IN_SCRATCH(every_failed_allocation_leaves_no_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
