/* SPDX-License-Identifier: MIT */
/* test_safetensors.c - the container: written files load unchanged, invalid ones are rejected. */
#include "io/safetensors.h"
#include "scratch.h"

/* ---- writing and reading -------------------------------------------------------------------- */

static const float floats[6] = { 1, -2, 3.5f, 0, 1e30f, -1e-30f };
static const double doubles[3] = { 1.0 / 3, -2, 1e300 };
static const unsigned char bytes3[3] = { 1, 2, 255 };
static const uint32_t words[20000] = { 7, [19999] = 9 };

static rr_status write_all_kinds(const char *path, rr_error *err)
{
    static const size_t two_three[2] = { 2, 3 };
    static const size_t three[1] = { 3 };
    static const size_t none[3] = { 4, 0, 2 };
    static const size_t many[1] = { 20000 };
    rri_safetensors_writer *w = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_safetensors_writer_new(&w, err));
    RRI_TRY(rri_safetensors_put_text(w, "format", "test", err));
    RRI_TRY(rri_safetensors_put_text(w, "who", "line\n\"quoted\" \xc3\xa9", err));
    RRI_TRY(rri_safetensors_put(w, "bytes", RRI_U8, 1, three, bytes3, err));
    RRI_TRY(rri_safetensors_put(w, "floats", RRI_F32, 2, two_three, floats, err));
    RRI_TRY(rri_safetensors_put(w, "empty", RRI_I64, 3, none, NULL, err));
    RRI_TRY(rri_safetensors_put(w, "doubles", RRI_F64, 1, three, doubles, err));
    RRI_TRY(rri_safetensors_put(w, "scalar", RRI_F64, 0, NULL, doubles, err));
    RRI_TRY(rri_safetensors_put(w, "words", RRI_U32, 1, many, words, err));
    st = rri_safetensors_write(w, path, err);

done:
    rri_safetensors_writer_free(w);
    return st;
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    rri_safetensors *f = NULL;
    const rri_array *a = NULL;
    const size_t any[2] = { SIZE_MAX, 3 };
    const char *const aligned[] = { "doubles", "empty", "floats", "scalar", "words" };
    const char *text = NULL;
    rr_error err = { 0 };

    CHECK_OK(write_all_kinds("a", &err), err);
    CHECK_OK(rri_safetensors_open("a", &f, &err), err);
    assert_int_equal(rri_safetensors_count(f), 6);
    CHECK_OK(rri_safetensors_expect(f, "floats", RRI_F32, 2, any, &a, &err), err);
    assert_int_equal(a->shape[0], 2);
    assert_memory_equal(a->data, floats, sizeof floats);
    assert_memory_equal(rri_safetensors_find(f, "doubles")->data, doubles, sizeof doubles);
    assert_memory_equal(rri_safetensors_find(f, "bytes")->data, bytes3, sizeof bytes3);
    assert_memory_equal(rri_safetensors_find(f, "words")->data, words, sizeof words);
    assert_memory_equal(rri_safetensors_find(f, "scalar")->data, doubles, 8);
    assert_int_equal(rri_safetensors_find(f, "scalar")->items, 1);
    a = rri_safetensors_find(f, "empty");
    assert_int_equal(a->items, 0);
    assert_int_equal(a->rank, 3);
    assert_int_equal(a->shape[0], 4);
    for (size_t i = 0; i < sizeof aligned / sizeof *aligned; i++)
        assert_int_equal((uintptr_t)rri_safetensors_find(f, aligned[i])->data % 4, 0);
    assert_string_equal(rri_safetensors_metadata(f, "who"), "line\n\"quoted\" \xc3\xa9");
    CHECK_OK(rri_safetensors_require(f, "format", &text, &err), err);
    assert_string_equal(text, "test");
    rri_safetensors_close(f);
}

static void what_is_expected_and_not_there_is_named(void **state)
{
    (void)state;
    rri_safetensors *f = NULL;
    const rri_array *a = NULL;
    const size_t shape[2] = { 2, 4 };
    const char *text = NULL;
    rr_error err = { 0 };

    CHECK_OK(write_all_kinds("a", &err), err);
    CHECK_OK(rri_safetensors_open("a", &f, &err), err);
    assert_null(rri_safetensors_find(f, "nothing"));
    assert_null(rri_safetensors_metadata(f, "nothing"));
    CHECK_FAILS(rri_safetensors_expect(f, "nothing", RRI_F32, 2, shape, &a, &err), RR_ERR_FORMAT,
                err, "a has no array \"nothing\"");
    CHECK_FAILS(rri_safetensors_expect(f, "floats", RRI_F64, 2, shape, &a, &err), RR_ERR_FORMAT,
                err, "element type F32, expected F64");
    CHECK_FAILS(rri_safetensors_expect(f, "floats", RRI_F32, 1, shape, &a, &err), RR_ERR_SHAPE, err,
                "2 dimensions, expected 1");
    CHECK_FAILS(rri_safetensors_expect(f, "floats", RRI_F32, 2, shape, &a, &err), RR_ERR_SHAPE, err,
                "extent 3 in dimension 1, expected 4");
    CHECK_FAILS(rri_safetensors_require(f, "nothing", &text, &err), RR_ERR_FORMAT, err,
                "no metadata \"nothing\"");
    assert_null(a);
    assert_null(text);
    rri_safetensors_close(f);
}

static void the_layout_is_the_documented_one(void **state)
{
    (void)state;
    const size_t one[1] = { 1 };
    const unsigned char small = 5;
    const float f1 = 1;
    const double d1 = 2;
    static const char header[] = "{\"__metadata__\":{\"k\":\"v\"},"
                                 "\"c\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                                 "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},"
                                 "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[12,13]}}";
    rri_safetensors_writer *w = NULL;
    size_t bytes = 0;
    uint64_t n = 0;
    rr_error err = { 0 };

    CHECK_OK(rri_safetensors_writer_new(&w, &err), err);
    CHECK_OK(rri_safetensors_put(w, "b", RRI_U8, 1, one, &small, &err), err);
    CHECK_OK(rri_safetensors_put(w, "a", RRI_F32, 1, one, &f1, &err), err);
    CHECK_OK(rri_safetensors_put(w, "c", RRI_F64, 1, one, &d1, &err), err);
    CHECK_OK(rri_safetensors_put_text(w, "k", "v", &err), err);
    CHECK_OK(rri_safetensors_write(w, "one", &err), err);
    CHECK_OK(rri_safetensors_write(w, "two", &err), err);
    rri_safetensors_writer_free(w);
    unsigned char *data = get_file("one", &bytes);
    assert_true(file_is("two", data, bytes));
    memcpy(&n, data, 8);
    assert_int_equal((8 + n) % 64, 0);
    assert_int_equal(bytes, 8 + n + 13);
    assert_memory_equal(data + 8, header, sizeof header - 1);
    for (size_t i = sizeof header - 1; i < n; i++)
        assert_int_equal(data[8 + i], ' ');
    assert_memory_equal(data + 8 + n, &d1, 8);
    assert_memory_equal(data + 8 + n + 8, &f1, 4);
    assert_int_equal(data[8 + n + 12], 5);
    free(data);
}

static void the_writer_refuses_what_cannot_be_read(void **state)
{
    (void)state;
    const size_t one[9] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    const size_t huge[2] = { SIZE_MAX / 2, 3 };
    const float f = 0;
    rri_safetensors_writer *w = NULL;
    rr_error err = { 0 };

    CHECK_OK(rri_safetensors_writer_new(&w, &err), err);
    CHECK_OK(rri_safetensors_put(w, "a", RRI_F32, 8, one, &f, &err), err);
    CHECK_FAILS(rri_safetensors_put(w, "a", RRI_F32, 1, one, &f, &err), RR_ERR_ARG, err,
                "two arrays are named \"a\"");
    CHECK_FAILS(rri_safetensors_put(w, "__metadata__", RRI_F32, 1, one, &f, &err), RR_ERR_ARG, err,
                "__metadata__");
    CHECK_FAILS(rri_safetensors_put(w, "b", RRI_F32, 9, one, &f, &err), RR_ERR_ARG, err,
                "9 dimensions");
    CHECK_FAILS(rri_safetensors_put(w, "b", RRI_F32, 2, huge, &f, &err), RR_ERR_SHAPE, err,
                "\"b\"");
    CHECK_FAILS(rri_safetensors_put(w, "\xff", RRI_F32, 1, one, &f, &err), RR_ERR_ARG, err,
                "named");
    CHECK_FAILS(rri_safetensors_put_text(w, "k", "\xff", &err), RR_ERR_ARG, err, "UTF-8");
    rri_safetensors_writer_free(w);
}

/* ---- broken files --------------------------------------------------------------------------- */

/* A file with this header, claimed length and number of data bytes. */
static void put_raw(const char *path, uint64_t claimed, const char *header, size_t data_bytes)
{
    unsigned char file[4096] = { 0 };
    const size_t n = strlen(header);

    assert_true(8 + n + data_bytes <= sizeof file);
    memcpy(file, &claimed, 8);
    memcpy(file + 8, header, n);
    for (size_t i = 0; i < data_bytes; i++)
        file[8 + n + i] = (unsigned char)i;
    put_file(path, file, 8 + n + data_bytes);
}

static void check_refused(const char *header, size_t data_bytes, const char *part)
{
    rri_safetensors *f = NULL;
    rr_error err = { 0 };

    put_raw("bad.safetensors", strlen(header), header, data_bytes);
    CHECK_FAILS(rri_safetensors_open("bad.safetensors", &f, &err), RR_ERR_FORMAT, err, part);
    assert_non_null(strstr(err.msg, "bad.safetensors"));
    assert_null(f);
}

static void header_lengths_are_checked(void **state)
{
    (void)state;
    rri_safetensors *f = NULL;
    const char *path = "bad";
    rr_error err = { 0 };

    put_raw(path, 3, "{}", 0);
    CHECK_FAILS(rri_safetensors_open(path, &f, &err), RR_ERR_FORMAT, err,
                "header length 3 at offset 0 goes beyond the end of the file (10 bytes)");
    put_raw(path, 100000001, "{}", 0);
    CHECK_FAILS(rri_safetensors_open(path, &f, &err), RR_ERR_FORMAT, err,
                "header length 100000001 at offset 0 is above 100000000");
    put_raw(path, UINT64_MAX, "{}", 0);
    CHECK_FAILS(rri_safetensors_open(path, &f, &err), RR_ERR_FORMAT, err, "is above 100000000");
    put_raw(path, 0, "", 0);
    CHECK_FAILS(rri_safetensors_open(path, &f, &err), RR_ERR_FORMAT, err, "not JSON");
    put_file(path, "1234567", 7);
    CHECK_FAILS(rri_safetensors_open(path, &f, &err), RR_ERR_FORMAT, err,
                "7 bytes long, too short");
    put_file(path, "", 0);
    CHECK_FAILS(rri_safetensors_open(path, &f, &err), RR_ERR_FORMAT, err,
                "0 bytes long, too short");
    CHECK_FAILS(rri_safetensors_open("none", &f, &err), RR_ERR_IO, err, "none");
    CHECK_FAILS(rri_safetensors_open(".", &f, &err), RR_ERR_IO, err, "directory");
    assert_null(f);
}

#define ONE(name, dtype, shape, offsets)                                                           \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void broken_headers_are_refused(void **state)
{
    (void)state;
    check_refused("{\"a\":", 0, "the header is not JSON");
    check_refused("not json", 0, "the header is not JSON");
    check_refused("[]", 0, "not a JSON object");
    check_refused("{} x", 0, "the header is not JSON");
    check_refused("{" ONE("a", "U8", "[1]", "[0,1]") "," ONE("a", "U8", "[1]", "[1,2]") "}", 2,
                  "duplicate");
    check_refused(
        "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
        "duplicate");
    check_refused("{\"__metadata__\":{\"k\":1}}", 0, "metadata \"k\" is not a string");
    check_refused("{\"__metadata__\":{\"k\":null}}", 0, "metadata \"k\" is not a string");
    check_refused("{\"__metadata__\":[]}", 0, "not a JSON object");
    check_refused("{\"a\":1}", 0, "array \"a\"");
    check_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "needs exactly");
    check_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"x\":0}}", 1,
                  "needs exactly");
    check_refused("{" ONE("a", "Q9", "[1]", "[0,1]") "}", 1, "element type \"Q9\"");
    check_refused("{" ONE("a", "U8", "1", "[0,1]") "}", 1, "\"shape\" is not a list");
    check_refused("{" ONE("a", "U8", "[-1]", "[0,1]") "}", 1, "an extent in \"shape\"");
    check_refused("{" ONE("a", "U8", "[1.0]", "[0,1]") "}", 1, "an extent in \"shape\"");
    check_refused("{" ONE("a", "U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]") "}", 1, "at most 8");
    check_refused("{" ONE("a", "U8", "[1]", "[0]") "}", 1, "two \"data_offsets\"");
    check_refused("{" ONE("a", "U8", "[1]", "[1,0]") "}", 1, "not a rising pair");
    check_refused("{" ONE("a", "U8", "[1]", "[-1,0]") "}", 1, "not a rising pair");
    check_refused("{" ONE("a", "U8", "[1]", "[0,99999999999999999999]") "}", 1, "not JSON");
}

static void sizes_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    check_refused("{" ONE("a", "F32", "[2,3]", "[0,20]") "}", 20,
                  "takes 20 bytes, but its shape "
                  "needs 24");
    check_refused("{" ONE("a", "F32", "[4611686018427387904,4]", "[0,0]") "}", 0, "overflows");
    check_refused("{" ONE("a", "F64", "[2305843009213693952,2305843009213693952,0]", "[0,0]") "}",
                  0, "overflows");
    check_refused("{" ONE("a", "U8", "[4]", "[0,4]") "}", 3, "is truncated: array \"a\"");
    check_refused("{" ONE("a", "U8", "[9223372036854775807]", "[0,9223372036854775807]") "}", 3,
                  "is truncated");
    check_refused("{" ONE("a", "U8", "[4]", "[0,4]") "}", 5, "has 1 trailing bytes");
    check_refused("{}", 1, "has 1 trailing bytes");
    check_refused("{" ONE("a", "U8", "[2]", "[0,2]") "," ONE("b", "U8", "[2]", "[3,5]") "}", 5,
                  "leaving a hole from 2");
    check_refused("{" ONE("a", "U8", "[2]", "[1,3]") "}", 3, "leaving a hole from 0");
    check_refused("{" ONE("a", "U8", "[3]", "[0,3]") "," ONE("b", "U8", "[2]", "[2,4]") "}", 4,
                  "overlapping the bytes up to 3");
    check_refused("{" ONE("a", "U8", "[2]", "[0,2]") "," ONE("b", "U8", "[2]", "[0,2]") "}", 2,
                  "overlapping the bytes up to 2");
    check_refused("{" ONE("a", "U8", "[4]", "[0,4]") "," ONE("b", "U8", "[0]", "[2,2]") "}", 4,
                  "overlapping the bytes up to 4");
}

static void unusual_but_valid_files_are_read(void **state)
{
    (void)state;
    rri_safetensors *f = NULL;
    const char *path = "odd";
    double value = 0;
    const double want = 2.5;
    rr_error err = { 0 };

    put_raw(path, 2, "{}", 0);
    CHECK_OK(rri_safetensors_open(path, &f, &err), err);
    assert_int_equal(rri_safetensors_count(f), 0);
    assert_null(rri_safetensors_metadata(f, "x"));
    rri_safetensors_close(f);
    put_raw(path, 21, "{\"__metadata__\":{}}  ", 0);
    CHECK_OK(rri_safetensors_open(path, &f, &err), err);
    assert_int_equal(rri_safetensors_count(f), 0);
    rri_safetensors_close(f);
    /* Later in the header but earlier in the data, empty arrays, data that are not aligned. */
    static const char header[] =
        "{" ONE("b", "F64", "[1]", "[1,9]") "," ONE("a", "U8", "[1]", "[0,1]") "," ONE(
            "e", "U8", "[0]", "[1,1]") "," ONE("z", "F64", "[0,7]", "[9,9]") "}";
    put_raw(path, sizeof header - 1, header, 9);
    unsigned char file[1024];
    size_t n = 0;
    unsigned char *raw = get_file(path, &n);
    memcpy(file, raw, n);
    free(raw);
    memcpy(file + n - 8, &want, 8);
    put_file(path, file, n);
    CHECK_OK(rri_safetensors_open(path, &f, &err), err);
    assert_int_equal(rri_safetensors_count(f), 4);
    const rri_array *b = rri_safetensors_find(f, "b");
    assert_int_equal((uintptr_t)b->data % 8, 0);
    value = *(const double *)b->data;
    assert_true(value == want);
    rri_safetensors_close(f);
    rri_safetensors_close(NULL);
    rri_safetensors_writer_free(NULL);
}

/* With any bit changed, the reader fails or returns arrays inside the file. */
static void any_flipped_bit_is_survived(void **state)
{
    (void)state;
    static const char header[] = "{\"__metadata__\":{\"k\":\"v\"}," ONE(
        "a", "F32", "[2,1]", "[0,8]") "," ONE("b", "U16", "[2]", "[8,12]") "}";
    static const char *const names[] = { "a", "b", NULL };
    const char *path = "bits";
    size_t n = 0;
    size_t refused = 0;

    put_raw(path, sizeof header - 1, header, 12);
    unsigned char *raw = get_file(path, &n);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        rri_safetensors *f = NULL;
        raw[bit / 8] ^= (unsigned char)(1u << bit % 8);
        put_file(path, raw, n);
        raw[bit / 8] ^= (unsigned char)(1u << bit % 8);
        if (rri_safetensors_open(path, &f, NULL) != RR_OK) {
            refused++;
            continue;
        }
        unsigned sum = 0;
        for (const char *const *name = names; *name != NULL; name++) {
            const rri_array *a = rri_safetensors_find(f, *name);
            const unsigned char *p = a != NULL ? a->data : NULL;
            for (size_t j = 0; p != NULL && j < a->items; j++)
                sum += p[j]; /* the least a type takes is one byte */
        }
        assert_true(sum < 10000);
        rri_safetensors_close(f);
    }
    assert_true(refused > n);
    free(raw);
}

/* ---- failures of the system ----------------------------------------------------------------- */

static void a_kill_at_any_step_leaves_the_old_file_or_the_new(void **state)
{
    (void)state;
    survives_every_kill(write_all_kinds, 4);
}

static void a_file_that_may_not_grow_leaves_the_old_one(void **state)
{
    (void)state;
    survives_a_size_limit(write_all_kinds);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    survives_a_full_disk(write_all_kinds);
}

static void an_unwritable_path_is_named(void **state)
{
    (void)state;
    names_what_cannot_be_written(write_all_kinds);
}

static void every_failed_allocation_of_the_writer_is_clean(void **state)
{
    (void)state;
    survives_every_failed_allocation(write_all_kinds, 10);
}

static void every_failed_allocation_of_the_reader_is_clean(void **state)
{
    (void)state;
    static const char header[] =
        "{" ONE("a", "U8", "[1]", "[0,1]") "," ONE("b", "F64", "[1]", "[1,9]") "}";
    const char *path = "a";
    rri_safetensors *f = NULL;

    put_raw(path, sizeof header - 1, header, 9);
    for (failing at = { 0 }; next_allocation_fails(&at, 3);) {
        at.st = rri_safetensors_open(path, &f, NULL);
        assert_true((at.st == RR_OK) == (f != NULL));
    }
    rri_safetensors_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(what_is_written_is_read_back),
        TEST_IN_SCRATCH(what_is_expected_and_not_there_is_named),
        TEST_IN_SCRATCH(the_layout_is_the_documented_one),
        TEST_IN_SCRATCH(the_writer_refuses_what_cannot_be_read),
        TEST_IN_SCRATCH(header_lengths_are_checked),
        TEST_IN_SCRATCH(broken_headers_are_refused),
        TEST_IN_SCRATCH(sizes_that_do_not_fit_are_refused),
        TEST_IN_SCRATCH(unusual_but_valid_files_are_read),
        TEST_IN_SCRATCH(any_flipped_bit_is_survived),
        TEST_IN_SCRATCH(a_kill_at_any_step_leaves_the_old_file_or_the_new),
        TEST_IN_SCRATCH(a_file_that_may_not_grow_leaves_the_old_one),
        TEST_IN_SCRATCH(a_full_disk_leaves_the_old_file),
        TEST_IN_SCRATCH(an_unwritable_path_is_named),
        TEST_IN_SCRATCH(every_failed_allocation_of_the_writer_is_clean),
        TEST_IN_SCRATCH(every_failed_allocation_of_the_reader_is_clean),
    };
    static const struct CMUnitTest mapped[] = {
        TEST_IN_SCRATCH(what_is_written_is_read_back),
        TEST_IN_SCRATCH(header_lengths_are_checked),
        TEST_IN_SCRATCH(unusual_but_valid_files_are_read),
        TEST_IN_SCRATCH(any_flipped_bit_is_survived),
        TEST_IN_SCRATCH(every_failed_allocation_of_the_reader_is_clean),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    rri_safetensors_read_most = 0; /* all files are mapped now, as large ones are */
    return failed + cmocka_run_group_tests(mapped, NULL, NULL);
}
