/* SPDX-License-Identifier: MIT */
/* scratch.h - a folder for a test's files, and their content. */
#ifndef RR_TESTS_EXPERIMENTS_SCRATCH_H
#define RR_TESTS_EXPERIMENTS_SCRATCH_H

#include "scratch_folder.h"

/* The path of a file in the folder; the next call but three overwrites it. */
static inline const char *scratch(const char *name)
{
    return in_scratch("", name);
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
