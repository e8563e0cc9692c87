/* SPDX-License-Identifier: MIT */
/* Large arrays in unlinked files: what is written stays, and nothing else is left. */
#include "io/scratch_array.h"
#include "scratch.h"

enum { ROWS = 5000, COLUMNS = 3 };

static void keeps_what_is_written(size_t from, const char *folder)
{
    uint16_t *a = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_set_scratch(folder, from, &err), err);
    CHECK_OK(rri_scratch_alloc(&a, ROWS, COLUMNS, sizeof *a, &err), err);
    assert_int_equal((uintptr_t)a % 64, 0);
    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++)
        assert_int_equal(a[i], 0);
    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++)
        a[i] = (uint16_t)(i * 7);
    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++)
        assert_int_equal(a[i], (uint16_t)(i * 7));
    rri_scratch_free(a);
    CHECK_OK(rr_set_scratch(NULL, 0, &err), err);
}

static void an_array_is_zero_and_keeps_what_is_written(void **state)
{
    (void)state;
    keeps_what_is_written(1, scratch_dir);
    keeps_what_is_written(SIZE_MAX, scratch_dir);
    keeps_what_is_written(0, NULL);
    assert_int_equal(count_files(scratch_dir), 0);
}

/* Whether the array is a map of a file in the test's folder. */
static bool in_a_file(const void *p)
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[1024];
    bool found = false;

    if (f == NULL)
        skip();
    while (fgets(line, sizeof line, f) != NULL) {
        const uintptr_t begin = (uintptr_t)strtoull(line, NULL, 16);
        const char *end = strchr(line, '-');
        if (end != NULL && (uintptr_t)p >= begin && (uintptr_t)p < strtoull(end + 1, NULL, 16))
            found = strstr(line, scratch_dir) != NULL && strstr(line, "deleted") != NULL;
    }
    (void)fclose(f);
    return found;
}

static void an_array_is_in_a_file_from_the_given_size_on(void **state)
{
    char *small = NULL;
    char *large = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_set_scratch(scratch_dir, 10000, &err), err);
    CHECK_OK(rri_scratch_alloc(&small, 9999, 1, 1, &err), err);
    CHECK_OK(rri_scratch_alloc(&large, 5000, 2, 1, &err), err);
    assert_false(in_a_file(small));
    assert_true(in_a_file(large));
    assert_int_equal(count_files(scratch_dir), 0);
    rri_scratch_free(small);
    rri_scratch_free(large);
    rri_scratch_free(NULL);
    CHECK_OK(rr_set_scratch(NULL, 0, &err), err);
}

static void where_no_file_can_be_made_memory_serves(void **state)
{
    char folder[5001] = "";
    char *a = NULL;
    rr_error err = { 0 };

    (void)state;
    keeps_what_is_written(1, in_scratch("", "missing"));
    memset(folder, 'x', sizeof folder - 1);
    CHECK_FAILS(rr_set_scratch(folder, 1, &err), RR_ERR_ARG, err, "5000 bytes, at most 4000");
    CHECK_OK(rr_set_scratch("/proc", 1, &err), err);
    rri_alloc_fail_at = 0;
    CHECK_FAILS(rri_scratch_alloc(&a, 100, 1, 1, &err), RR_ERR_NOMEM, err, "out of memory");
    rri_alloc_fail_at = -1;
    assert_null(a);
    CHECK_FAILS(rri_scratch_alloc(&a, SIZE_MAX / 2, 8, 1, &err), RR_ERR_NOMEM, err, "too many");
    CHECK_FAILS(rri_scratch_alloc(&a, SIZE_MAX, 1, 1, &err), RR_ERR_NOMEM, err, "too many");
    CHECK_OK(rr_set_scratch(NULL, 0, &err), err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(an_array_is_zero_and_keeps_what_is_written),
        TEST_IN_SCRATCH(an_array_is_in_a_file_from_the_given_size_on),
        TEST_IN_SCRATCH(where_no_file_can_be_made_memory_serves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
