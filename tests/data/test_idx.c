/* SPDX-License-Identifier: MIT */
/* test_idx.c - the IDX format: good files, and each way one can be broken. */
#include "data/idx.h"
#include "io/scratch.h"

#include <zlib.h>

static const unsigned char cube[] = { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0,
                                      1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6 };

static void put_gzip(const char *path, const void *data, unsigned bytes)
{
    gzFile f = gzopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(gzwrite(f, data, bytes), bytes);
    assert_int_equal(gzclose(f), Z_OK);
}

static void check_cube(const char *path)
{
    rri_idx x = { 0 };
    rr_error err = { 0 };

    CHECK_OK(rri_idx_read(path, 3, &x, &err), err);
    assert_int_equal(x.rank, 3);
    assert_int_equal(x.shape[0], 2);
    assert_int_equal(x.shape[1], 1);
    assert_int_equal(x.shape[2], 3);
    assert_memory_equal(x.data, cube + 16, 6);
    rri_free(x.data);
}

static void check_refused(const unsigned char *data, size_t bytes, size_t rank, rr_status code,
                          const char *part)
{
    rri_idx x = { 0 };
    rr_error err = { 0 };

    put_file("bad-idx", data, bytes);
    CHECK_FAILS(rri_idx_read("bad-idx", rank, &x, &err), code, err, part);
    assert_non_null(strstr(err.msg, "bad-idx"));
    assert_null(x.data);
}

static void plain_and_packed_files_are_the_same(void **state)
{
    (void)state;
    put_file("plain", cube, sizeof cube);
    put_gzip("packed.gz", cube, sizeof cube);
    check_cube("plain");
    check_cube("packed"); /* .gz is tried */
    check_cube("packed.gz");
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    rri_idx x = { 0 };
    rr_error err = { 0 };

    CHECK_FAILS(rri_idx_read("none", 3, &x, &err), RR_ERR_IO, err, "none");
}

static void truncated_files_are_refused_at_any_length(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof cube; n++)
        check_refused(cube, n, 3, RR_ERR_FORMAT, "is truncated");
}

static void trailing_bytes_are_refused(void **state)
{
    (void)state;
    unsigned char longer[sizeof cube + 2] = { 0 };

    memcpy(longer, cube, sizeof cube);
    check_refused(longer, sizeof longer, 3, RR_ERR_FORMAT, "2 trailing bytes at offset 22");
}

static void wrong_magic_numbers_are_refused(void **state)
{
    (void)state;
    unsigned char wrong[sizeof cube];

    memcpy(wrong, cube, sizeof cube);
    wrong[0] = 1;
    check_refused(wrong, sizeof wrong, 3, RR_ERR_FORMAT, "magic number 0x01000803");
    wrong[0] = 0;
    wrong[2] = 13;
    check_refused(wrong, sizeof wrong, 3, RR_ERR_FORMAT, "IDX type 0x0d");
    check_refused(cube, sizeof cube, 1, RR_ERR_SHAPE, "has 3 dimensions (offset 3), expected 1");
}

static void extents_that_overflow_are_refused(void **state)
{
    (void)state;
    unsigned char wrong[sizeof cube];

    memcpy(wrong, cube, sizeof cube);
    memset(wrong + 4, 255, 12);
    check_refused(wrong, sizeof wrong, 3, RR_ERR_FORMAT, "extent 4294967295 at offset 12");
}

static void an_empty_set_is_valid(void **state)
{
    (void)state;
    static const unsigned char empty[] = { 0, 0, 8, 1, 0, 0, 0, 0 };
    rri_idx x = { 0 };
    rr_error err = { 0 };

    put_file("a", empty, sizeof empty);
    CHECK_OK(rri_idx_read("a", 1, &x, &err), err);
    assert_int_equal(x.shape[0], 0);
    rri_free(x.data);
}

static void corrupt_gzip_is_refused(void **state)
{
    (void)state;
    rri_idx x = { 0 };
    size_t n = 0;
    rr_error err = { 0 };

    put_gzip("a.gz", cube, sizeof cube);
    unsigned char *raw = get_file("a.gz", &n);
    raw[n - 7] ^= 4; /* the checksum */
    put_file("a.gz", raw, n);
    CHECK_FAILS(rri_idx_read("a", 3, &x, &err), RR_ERR_FORMAT, err, "a.gz is corrupt gzip");
    put_file("a.gz", raw, n - 9);
    CHECK_FAILS(rri_idx_read("a", 3, &x, &err), RR_ERR_FORMAT, err, "a.gz is truncated");
    put_file("a.gz", cube, sizeof cube);
    CHECK_FAILS(rri_idx_read("a", 3, &x, &err), RR_ERR_FORMAT, err, "a.gz is not gzip");
    assert_null(x.data);
    free(raw);
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    rri_idx x = { 0 };

    put_gzip("a.gz", cube, sizeof cube);
    for (failing at = { 0 }; next_allocation_fails(&at, 4);) {
        at.st = rri_idx_read("a", 3, &x, NULL);
        assert_true((at.st == RR_OK) == (x.data != NULL));
    }
    rri_free(x.data);
}

static void some_rows_are_those_of_the_whole(void **state)
{
    static const size_t which[] = { 1, 0, 1 };
    static const size_t beyond = 2;
    rri_idx x = { 0 };
    char hash[65];
    rr_error err = { 0 };

    (void)state;
    put_gzip("a.gz", cube, sizeof cube);
    CHECK_OK(rri_idx_read_rows("a", 3, which, 3, &x, &err), err);
    assert_int_equal(x.shape[0], 2);
    assert_int_equal(x.shape[2], 3);
    assert_memory_equal(x.data, "\x04\x05\x06\x01\x02\x03\x04\x05\x06", 9);
    CHECK_OK(rri_sha256_file("a.gz", hash, &err), err);
    assert_string_equal(x.hash, hash);
    rri_free(x.data);
    CHECK_OK(rri_idx_read_rows("a", 3, which, 0, &x, &err), err);
    assert_string_equal(x.hash, hash);
    rri_free(x.data);
    CHECK_OK(rri_idx_read("a", 3, &x, &err), err);
    assert_string_equal(x.hash, hash);
    rri_free(x.data);
    x.data = NULL;
    CHECK_FAILS(rri_idx_read_rows("a", 3, &beyond, 1, &x, &err), RR_ERR_ARG, err, "2");
    CHECK_FAILS(rri_idx_read_rows("a", 1, which, 1, &x, &err), RR_ERR_SHAPE, err, "a.gz");
    put_file("cut", cube, sizeof cube - 1);
    CHECK_FAILS(rri_idx_read_rows("cut", 3, which, 1, &x, &err), RR_ERR_FORMAT, err,
                "cut is truncated in row 1");
    put_file("cut", cube, 9);
    CHECK_FAILS(rri_idx_read_rows("cut", 3, which, 1, &x, &err), RR_ERR_FORMAT, err, "header");
    put_file("huge", "\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\1", 16);
    CHECK_FAILS(rri_idx_read_rows("huge", 3, which, 1, &x, &err), RR_ERR_FORMAT, err, "huge");
    /* A row of 4 GiB in a file of 16 bytes: refused before memory is allocated for it. */
    put_file("wide", "\0\0\x08\x03\0\0\0\1\0\0\xff\xff\0\0\xff\xff", 16);
    CHECK_FAILS(rri_idx_read_rows("wide", 3, which + 1, 1, &x, &err), RR_ERR_FORMAT, err,
                "wide is truncated: 4294836225 bytes");
    assert_null(x.data);
}

/* 100,000 zeros take some 120 bytes: far more than a file is expected to unpack to. */
static void a_file_packed_well_is_read_whole(void **state)
{
    enum { ROWS = 100000 };
    unsigned char *bytes = calloc(1, 8 + ROWS);
    rri_idx x = { 0 };
    rr_error err = { 0 };

    (void)state;
    assert_non_null(bytes);
    memcpy(bytes, "\0\0\x08\1\0\1\x86\xa0", 8);
    bytes[8 + ROWS - 1] = 7;
    put_gzip("a.gz", bytes, 8 + ROWS);
    CHECK_OK(rri_idx_read("a", 1, &x, &err), err);
    assert_int_equal(x.shape[0], ROWS);
    assert_memory_equal(x.data, bytes + 8, ROWS);
    rri_free(x.data);
    bytes[7] -= 3; /* rows fewer than there are */
    put_gzip("a.gz", bytes, 8 + ROWS);
    CHECK_FAILS(rri_idx_read("a", 1, &x, &err), RR_ERR_FORMAT, err,
                "3 trailing bytes at offset 100005");
    free(bytes);
}

/* The first labels of MNIST's test set are 7 2 1 0 4. */
static void the_real_files_are_read(void **state)
{
    (void)state;
    const char *data = getenv("RNNREPAIR_DATA");
    char path[512];
    rri_idx x = { 0 };
    rr_error err = { 0 };

    (void)snprintf(path, sizeof path, "%s/mnist/t10k-labels-idx1-ubyte.gz", data ? data : "");
    if (data == NULL || !rri_file_exists(path)) {
        print_message("no MNIST under RNNREPAIR_DATA: the real files are not read\n");
        skip();
    }
    CHECK_OK(rri_idx_read(path, 1, &x, &err), err);
    assert_int_equal(x.shape[0], 10000);
    assert_memory_equal(x.data, "\x07\x02\x01\x00\x04", 5);
    rri_free(x.data);
    (void)snprintf(path, sizeof path, "%s/mnist/t10k-images-idx3-ubyte", data);
    CHECK_OK(rri_idx_read(path, 3, &x, &err), err);
    assert_int_equal(x.shape[0] * x.shape[1] * x.shape[2], 10000 * 28 * 28);
    rri_free(x.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(plain_and_packed_files_are_the_same),
        TEST_IN_SCRATCH(a_missing_file_is_named),
        TEST_IN_SCRATCH(truncated_files_are_refused_at_any_length),
        TEST_IN_SCRATCH(trailing_bytes_are_refused),
        TEST_IN_SCRATCH(a_file_packed_well_is_read_whole),
        TEST_IN_SCRATCH(wrong_magic_numbers_are_refused),
        TEST_IN_SCRATCH(extents_that_overflow_are_refused),
        TEST_IN_SCRATCH(an_empty_set_is_valid),
        TEST_IN_SCRATCH(corrupt_gzip_is_refused),
        TEST_IN_SCRATCH(some_rows_are_those_of_the_whole),
        TEST_IN_SCRATCH(every_failed_allocation_is_clean),
        TEST_IN_SCRATCH(the_real_files_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
