/* SPDX-License-Identifier: MIT */
/* test_progress.c - what is said of long work where stderr is no terminal. */
#include "kit/cli.h"
#include "scratch_folder.h"

#include <time.h>
#include <unistd.h>

static time_t now = 5000; /* seconds */

/* Stands in for clock_gettime(): see CMakeLists.txt. */
int __wrap_clock_gettime(clockid_t which, struct timespec *t);

int __wrap_clock_gettime(clockid_t which, struct timespec *t)
{
    (void)which;
    *t = (struct timespec){ .tv_sec = now };
    return 0;
}

const cli_program cli_the_program = { .name = "test_progress" };

static const char path[] = "test_progress.err";

/* What a bar says of half the work after 1000 seconds, where it may speak every `every` seconds. */
static void said(int quiet, double every, char out[256])
{
    const cli_common common = { .quiet = quiet };
    const int before = dup(STDERR_FILENO);
    FILE *f = fopen(path, "w+");

    assert_true(before >= 0);
    assert_non_null(f);
    (void)fflush(stderr);
    assert_true(dup2(fileno(f), STDERR_FILENO) >= 0);
    cli_progress p = cli_progress_begin(&common, "states", "sequences", 0);
    p.every = every;
    now += 1000;
    cli_progress_show(&p, 5000, 10000, "%s", "");
    cli_progress_show(&p, 6000, 10000, "%s", "");
    cli_progress_clear(&p);
    (void)fflush(stderr);
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    (void)close(before);
    rewind(f);
    out[fread(out, 1, 255, f)] = '\0';
    (void)fclose(f);
    assert_int_equal(unlink(path), 0);
}

static void a_line_is_printed_when_its_time_has_come(void **state)
{
    char text[256];

    (void)state;
    said(0, 30.0, text);
    assert_string_equal(text, "states  50%  5.0 sequences/s  ETA 16:40\n");
    said(0, 1001.0, text);
    assert_string_equal(text, "");
}

static void quiet_is_quiet(void **state)
{
    char text[256];

    (void)state;
    said(1, 30.0, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(a_line_is_printed_when_its_time_has_come),
        TEST_IN_SCRATCH(quiet_is_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
