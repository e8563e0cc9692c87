/* SPDX-License-Identifier: MIT */
/* scratch_folder.h - a temporary folder that a test, or a group of tests, runs in: relative names
 * fall there, and all of it goes with the last of them. */
#ifndef RR_TESTS_SCRATCH_FOLDER_H
#define RR_TESTS_SCRATCH_FOLDER_H

#include "check.h"

#include <unistd.h>

static char scratch_dir[64];

/* Set-up and tear-down. */
static inline int open_scratch(void **state)
{
    (void)state;
    (void)snprintf(scratch_dir, sizeof scratch_dir, "/tmp/rnnrepair-test-XXXXXX");
    return mkdtemp(scratch_dir) == NULL ? -1 : chdir(scratch_dir);
}

static inline int close_scratch(void **state)
{
    char command[96];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", scratch_dir);
    return chdir("/") != 0 ? -1 : system(command);
}

/* A test with a folder of its own. */
#define TEST_IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, open_scratch, close_scratch)

/* The whole path of NAME in the folder, behind `prefix`. Valid until the fourth next call. */
static inline const char *in_scratch(const char *prefix, const char *name)
{
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];

    (void)snprintf(path, sizeof paths[0], "%s%s%s%s", prefix, scratch_dir, *name != '\0' ? "/" : "",
                   name);
    return path;
}

/* A file that holds just this text. */
static inline void write_scratch(const char *name, const char *text)
{
    FILE *f = fopen(in_scratch("", name), "wb");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

#endif
