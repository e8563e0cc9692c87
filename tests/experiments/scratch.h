/* SPDX-License-Identifier: MIT */
/* scratch.h - a folder for a test's files, and their content. */
#ifndef RR_TESTS_EXPERIMENTS_SCRATCH_H
#define RR_TESTS_EXPERIMENTS_SCRATCH_H

#include "check.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch_dir[256];

static inline int scratch_setup(void **state)
{
    const char *base = getenv("TMPDIR");
    (void)state;
    (void)snprintf(scratch_dir, sizeof scratch_dir, "%s/rnnrepair-exp-XXXXXX",
                   base != NULL ? base : "/tmp");
    return mkdtemp(scratch_dir) != NULL ? 0 : -1;
}

/* The folder has no folders in it. */
static inline int scratch_teardown(void **state)
{
    char path[sizeof scratch_dir + sizeof((struct dirent *)NULL)->d_name];
    DIR *dir = opendir(scratch_dir);
    (void)state;
    if (dir == NULL)
        return -1;
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        (void)snprintf(path, sizeof path, "%s/%s", scratch_dir, e->d_name);
        (void)unlink(path);
    }
    (void)closedir(dir);
    return rmdir(scratch_dir);
}

/* The path of a file in the folder; the next call but three overwrites it. */
static inline const char *scratch(const char *name)
{
    static char paths[4][512];
    static unsigned next;
    char *const path = paths[next++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", scratch_dir, name);
    return path;
}

static inline void scratch_write(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fputs(text, f) >= 0, 1);
    assert_int_equal(fclose(f), 0);
}

/* The whole of a file as a string; freed by the caller. */
static inline char *scratch_read(FILE *f)
{
    char *text = calloc(1, 1 << 20);
    assert_non_null(f);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, f) < (1 << 20) - 1);
    assert_int_equal(fclose(f), 0);
    return text;
}

#endif
