/* SPDX-License-Identifier: MIT */
/* test_streams.c - pipes: read once from front to back, refused where that is not enough, and left
 * when a signal comes. */
#include "scratch.h"

#include "io/file.h"
#include "io/npy.h"
#include "io/safetensors.h"

#include <sched.h>

/* ---- reading -------------------------------------------------------------------------------- */

/* A child that writes the bytes to the pipe "p", one at a time. */
static pid_t start_writer(const char *bytes, size_t n)
{
    assert_int_equal(mkfifo("p", 0600), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const int fd = open("p", O_WRONLY);
        for (size_t i = 0; i < n; i++)
            if (write(fd, bytes + i, 1) != 1)
                _exit(1);
        _exit(0);
    }
    return child;
}

static void a_pipe_is_read_once(void **state)
{
    static const char plain[] = "one line\n";
    /* the same, packed by gzip -n */
    static const char packed[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\xcf\x4b\x55\xc8\xc9"
                                 "\xcc\x4b\xe5\x02\x00\x35\x3c\x6a\xde\x09\x00\x00\x00";
    const char *const texts[] = { plain, packed };
    const size_t sizes[] = { sizeof plain - 1, sizeof packed - 1 };

    (void)state;
    for (int i = 0; i < 2; i++) {
        unsigned char *data = NULL;
        size_t bytes = 0;
        rr_error err = { 0 };
        const pid_t child = start_writer(texts[i], sizes[i]);
        CHECK_OK(rri_file_read("p", 1000, &data, &bytes, &err), err);
        assert_string_equal((char *)data, plain);
        rri_free(data);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_int_equal(remove("p"), 0);
    }
}

/* ---- refusing ------------------------------------------------------------------------------- */

/* Nobody writes to the pipe: a call that opened it would never return. */
static void what_a_pipe_cannot_give_is_refused_at_once(void **state)
{
    rri_npz *npz = NULL;
    rri_safetensors *tensors = NULL;
    char *path = NULL;
    rr_error err = { 0 };

    (void)state;
    assert_int_equal(mkfifo("p", 0600), 0);
    CHECK_FAILS(rri_npz_open("p", &npz, &err), RR_ERR_IO, err, "p is a pipe");
    CHECK_FAILS(rri_safetensors_open("p", &tensors, &err), RR_ERR_IO, err, "p is a pipe");
    CHECK_FAILS(rri_path_absolute("p", &path, &err), RR_ERR_IO, err,
                "p is a pipe: a run reads it again later; write it to a file first");
    CHECK_FAILS(rri_path_absolute("/dev/null", &path, &err), RR_ERR_IO, err, "is a device");
    CHECK_OK(rri_check_plain("missing", "it is read twice", &err), err);
}

/* ---- signals -------------------------------------------------------------------------------- */

static void ignore(int number)
{
    (void)number;
}

/* Read the pipe in a child that catches SIGTERM; send it until the child has ended. It must have
 * given up, and said for what it waited. */
static void check_signal_ends(const char *path)
{
    int ready[2], how = 0;
    char byte = 0;

    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct sigaction act = { .sa_handler = ignore };
        unsigned char *data = NULL;
        size_t bytes = 0;
        rr_error err = { 0 };
        if (sigaction(SIGTERM, &act, NULL) != 0 || write(ready[1], "y", 1) != 1)
            _exit(2);
        const rr_status st = rri_file_read(path, 1000, &data, &bytes, &err);
        _exit(st == RR_ERR_CANCELLED && strstr(err.msg, path) != NULL && data == NULL ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    while (waitpid(child, &how, WNOHANG) == 0) {
        assert_int_equal(kill(child, SIGTERM), 0);
        (void)sched_yield();
    }
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

static void a_signal_ends_the_wait_for_a_writer(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("p", 0600), 0);
    check_signal_ends("p");
}

static void a_signal_ends_the_wait_for_bytes(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("p", 0600), 0);
    const int fd = open("p", O_RDWR); /* which never waits on Linux, and is a writer */
    assert_true(fd >= 0);
    check_signal_ends("p");
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(a_pipe_is_read_once),
        TEST_IN_SCRATCH(what_a_pipe_cannot_give_is_refused_at_once),
        TEST_IN_SCRATCH(a_signal_ends_the_wait_for_a_writer),
        TEST_IN_SCRATCH(a_signal_ends_the_wait_for_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
