/* SPDX-License-Identifier: MIT */
/* test_npz.c - arrays written for and read from NumPy. */
#include "io/npy.h"
#include "io/npz.h"
#include "scratch.h"

#include <zip.h>

/* ---- writing and reading -------------------------------------------------------------------- */

static const float floats[6] = { 1, -2, 3.5f, 0, 1e30f, -1e-30f };
static const double doubles[2] = { 1.0 / 3, -2 };
static const uint32_t words[20000] = { 7, [19999] = UINT32_MAX };
static const int64_t integers[3] = { INT64_MIN, 0, INT64_MAX };

/* All types, the arrays fed in turns. */
static rr_status write_all_types(const char *path, rr_error *err)
{
    static const size_t two_three[2] = { 2, 3 };
    static const size_t many[1] = { 20000 };
    static const size_t three[3] = { 3, 1, 1 };
    static const size_t none[2] = { 0, 5 };
    rri_npz_writer *w = NULL;
    size_t a[5] = { 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_writer_new(path, &w, err));
    RRI_TRY(rri_npz_writer_array(w, "floats", RRI_NPZ_F32, two_three, 2, &a[0], err));
    RRI_TRY(rri_npz_writer_array(w, "words", RRI_NPZ_U32, many, 1, &a[1], err));
    RRI_TRY(rri_npz_writer_append(w, a[0], floats, 4, err));
    RRI_TRY(rri_npz_writer_append(w, a[1], words, 12345, err));
    RRI_TRY(rri_npz_writer_array(w, "scalar", RRI_NPZ_F64, NULL, 0, &a[2], err));
    RRI_TRY(rri_npz_writer_array(w, "integers", RRI_NPZ_I64, three, 3, &a[3], err));
    RRI_TRY(rri_npz_writer_array(w, "empty", RRI_NPZ_F32, none, 2, &a[4], err));
    RRI_TRY(rri_npz_writer_append(w, a[0], floats + 4, 2, err));
    RRI_TRY(rri_npz_writer_append(w, a[1], words + 12345, 20000 - 12345, err));
    RRI_TRY(rri_npz_writer_append(w, a[2], doubles, 1, err));
    RRI_TRY(rri_npz_writer_append(w, a[3], integers, 3, err));
    RRI_TRY(rri_npz_writer_append(w, a[4], NULL, 0, err));
    st = rri_npz_writer_close(w, err);

done:
    rri_npz_writer_free(w);
    return st;
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    rri_npz *z = NULL;
    rri_npy a = { 0 };
    rr_error err = { 0 };

    CHECK_OK(write_all_types("a.npz", &err), err);
    assert_int_equal(count_files("."), 1);
    CHECK_OK(rri_npz_open("a.npz", &z, &err), err);
    assert_true(rri_npz_has(z, "floats"));
    assert_false(rri_npz_has(z, "float"));
    CHECK_OK(rri_npz_read(z, "floats", &a, &err), err);
    assert_int_equal(a.kind, RRI_NPY_FLOAT);
    assert_int_equal(a.rank, 2);
    assert_int_equal(a.shape[1], 3);
    assert_int_equal(a.items, 6);
    assert_memory_equal(a.f32, floats, sizeof floats);
    rri_npy_clear(&a);
    CHECK_OK(rri_npz_read(z, "words", &a, &err), err);
    assert_int_equal(a.kind, RRI_NPY_INTEGER);
    for (size_t i = 0; i < 20000; i++)
        assert_true(a.i64[i] == words[i]);
    rri_npy_clear(&a);
    CHECK_OK(rri_npz_read(z, "scalar", &a, &err), err);
    assert_int_equal(a.rank, 0);
    assert_true(a.f32[0] == (float)doubles[0]);
    rri_npy_clear(&a);
    CHECK_OK(rri_npz_read(z, "integers", &a, &err), err);
    assert_memory_equal(a.i64, integers, sizeof integers);
    rri_npy_clear(&a);
    CHECK_OK(rri_npz_read(z, "empty", &a, &err), err);
    assert_int_equal(a.items, 0);
    assert_int_equal(a.shape[1], 5);
    rri_npy_clear(&a);
    rri_npz_close(z);
    rri_npz_close(NULL);
}

static void the_same_arrays_give_the_same_bytes(void **state)
{
    (void)state;
    size_t bytes = 0;
    rr_error err = { 0 };

    CHECK_OK(write_all_types("a", &err), err);
    CHECK_OK(write_all_types("b", &err), err);
    unsigned char *data = get_file("a", &bytes);
    assert_true(file_is("b", data, bytes));
    free(data);
}

static void a_file_without_arrays_is_valid(void **state)
{
    (void)state;
    rri_npz_writer *w = NULL;
    rri_npz *z = NULL;
    rr_error err = { 0 };

    CHECK_OK(rri_npz_writer_new("a", &w, &err), err);
    CHECK_OK(rri_npz_writer_close(w, &err), err);
    rri_npz_writer_free(w);
    CHECK_OK(rri_npz_open("a", &z, &err), err);
    assert_false(rri_npz_has(z, "x"));
    rri_npz_close(z);
    assert_int_equal(count_files("."), 1);
}

static void the_writer_refuses_what_does_not_fit(void **state)
{
    (void)state;
    const size_t shape[5] = { 2, 1, 1, 1, 1 };
    const size_t huge[2] = { SIZE_MAX / 2, 3 };
    rri_npz_writer *w = NULL;
    size_t a = 99;
    rr_error err = { 0 };

    put_file("a", "old", 3);
    CHECK_FAILS(rri_npz_writer_new("no/a", &w, &err), RR_ERR_IO, err, "no/a");
    assert_null(w);
    CHECK_OK(rri_npz_writer_new("a", &w, &err), err);
    CHECK_FAILS(rri_npz_writer_array(w, "", RRI_NPZ_F32, shape, 1, &a, &err), RR_ERR_ARG, err,
                "name");
    CHECK_FAILS(rri_npz_writer_array(w, "x", RRI_NPZ_F32, shape, 5, &a, &err), RR_ERR_ARG, err,
                "5 dimensions");
    CHECK_FAILS(rri_npz_writer_array(w, "x", (rri_npz_type)9, shape, 1, &a, &err), RR_ERR_ARG, err,
                "unknown type 9");
    CHECK_FAILS(rri_npz_writer_array(w, "x", RRI_NPZ_F32, huge, 2, &a, &err), RR_ERR_SHAPE, err,
                "\"x\"");
    assert_int_equal(a, 99);
    CHECK_OK(rri_npz_writer_array(w, "x", RRI_NPZ_F32, shape, 1, &a, &err), err);
    CHECK_FAILS(rri_npz_writer_array(w, "x", RRI_NPZ_F32, shape, 1, &a, &err), RR_ERR_ARG, err,
                "two arrays are named \"x\"");
    CHECK_FAILS(rri_npz_writer_append(w, 1, floats, 1, &err), RR_ERR_ARG, err, "no array 1");
    CHECK_OK(rri_npz_writer_append(w, 0, floats, 1, &err), err);
    CHECK_FAILS(rri_npz_writer_append(w, 0, floats, 2, &err), RR_ERR_SHAPE, err, "too many");
    CHECK_FAILS(rri_npz_writer_close(w, &err), RR_ERR_SHAPE, err,
                "has 1 elements, declared were 2");
    rri_npz_writer_free(w);
    rri_npz_writer_free(NULL);
    assert_true(file_is("a", "old", 3));
    assert_int_equal(count_files("."), 1);
}

/* ---- files from elsewhere ------------------------------------------------------------------- */

/* A zip with one entry. */
static void put_zip(const char *path, const char *name, const void *data, size_t bytes, int method)
{
    int code = 0;
    zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);

    assert_non_null(z);
    zip_source_t *source = zip_source_buffer(z, data, bytes, 0);
    assert_non_null(source);
    assert_int_equal(zip_file_add(z, name, source, 0), 0);
    assert_int_equal(zip_set_file_compression(z, 0, method, 0), 0);
    assert_int_equal(zip_close(z), 0);
}

/* A .npy of version 1 with this dictionary; returns its length. */
static size_t make_npy(unsigned char *out, const char *text, const void *data, size_t bytes)
{
    const size_t n = strlen(text);

    memcpy(out, "\x93NUMPY\x01\x00", 8);
    out[8] = (unsigned char)(n & 255);
    out[9] = (unsigned char)(n >> 8);
    memcpy(out + 10, text, n);
    if (bytes > 0)
        memcpy(out + 10 + n, data, bytes);
    return 10 + n + bytes;
}

static rr_status read_one(const char *path, rri_npy *a, rr_error *err)
{
    rri_npz *z = NULL;
    rr_status st = rri_npz_open(path, &z, err);

    if (st == RR_OK)
        st = rri_npz_read(z, "x", a, err);
    rri_npz_close(z);
    return st;
}

static rri_npy read_text(const char *text, const void *data, size_t bytes)
{
    unsigned char npy[1024];
    rri_npy a = { 0 };
    rr_error err = { 0 };

    put_zip("a", "x.npy", npy, make_npy(npy, text, data, bytes), ZIP_CM_DEFLATE);
    CHECK_OK(read_one("a", &a, &err), err);
    return a;
}

static void check_refused(const char *text, size_t bytes, const char *part)
{
    unsigned char npy[1024];
    static const unsigned char data[64];
    rri_npy a = { 0 };
    rr_error err = { 0 };

    put_zip("bad.npz", "x.npy", npy, make_npy(npy, text, data, bytes), ZIP_CM_STORE);
    CHECK_FAILS(read_one("bad.npz", &a, &err), RR_ERR_FORMAT, err, part);
    assert_non_null(strstr(err.msg, "bad.npz"));
    assert_null(a.f32);
    assert_null(a.i64);
}

#define DICT(descr, order, shape)                                                                  \
    "{'descr': '" descr "', 'fortran_order': " order ", 'shape': " shape ", }\n"

static void every_number_type_is_converted(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *data;
        size_t bytes;
        double want;
    } cases[] = {
        { DICT("<f2", "False", "(1,)"), "\x00\x3c", 2, 1.0 },
        { DICT(">f2", "False", "(1,)"), "\xc0\x00", 2, -2.0 },
        { DICT("<f2", "False", "(1,)"), "\xff\x7b", 2, 65504.0 },
        { DICT("<f2", "False", "(1,)"), "\x01\x00", 2, 0x1p-24 },
        { DICT("<f2", "False", "(1,)"), "\xff\x83", 2, -0x1.ff8p-15 },
        { DICT("<f2", "False", "(1,)"), "\x00\xfc", 2, -HUGE_VAL },
        { DICT("<f4", "False", "(1,)"), "\x00\x00\xc0\x3f", 4, 1.5 },
        { DICT(">f4", "False", "(1,)"), "\x3f\xc0\x00\x00", 4, 1.5 },
        { DICT("<f8", "False", "(1,)"), "\x00\x00\x00\x00\x00\x00\xf8\x3f", 8, 1.5 },
        { DICT(">f8", "False", "(1,)"), "\x3f\xf8\x00\x00\x00\x00\x00\x00", 8, 1.5 },
        { DICT("|b1", "False", "(1,)"), "\x01", 1, 1 },
        { DICT("|b1", "False", "(1,)"), "\x00", 1, 0 },
        { DICT("|u1", "False", "(1,)"), "\xff", 1, 255 },
        { DICT("|i1", "False", "(1,)"), "\xff", 1, -1 },
        { DICT("<u2", "False", "(1,)"), "\xfe\xff", 2, 65534 },
        { DICT("<i2", "False", "(1,)"), "\xfe\xff", 2, -2 },
        { DICT(">i2", "False", "(1,)"), "\x80\x00", 2, -32768 },
        { DICT("<i4", "False", "(1,)"), "\xfe\xff\xff\xff", 4, -2 },
        { DICT(">u4", "False", "(1,)"), "\x01\x00\x00\x02", 4, 16777218 },
        { DICT("<i8", "False", "(1,)"), "\xfe\xff\xff\xff\xff\xff\xff\xff", 8, -2 },
        { DICT(">u8", "False", "(1,)"), "\x00\x00\x00\x00\x00\x00\x01\x00", 8, 256 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rri_npy a = read_text(cases[i].text, cases[i].data, cases[i].bytes);
        const double got = a.f32 != NULL ? (double)a.f32[0] : (double)a.i64[0];
        if (got != cases[i].want)
            fail_msg("case %zu: %g, expected %g", i, got, cases[i].want);
        rri_npy_clear(&a);
    }
    rri_npy nan = read_text(DICT("<f2", "False", "(1,)"), "\x01\x7e", 2);
    assert_true(isnan(nan.f32[0]));
    rri_npy_clear(&nan);
}

static void texts_are_read_as_utf8(void **state)
{
    (void)state;
    static const char little[16] = "a\0\0\0\xe4\0\0\0\x0d\x1f\x01"; /* a, U+E4, U+11F0D */
    static const char big[8] = "\0\0\x20\xac\0\0\0x";
    static const char surrogate[4] = "\0\xd8";
    unsigned char npy[256];
    rri_npy bad = { 0 };
    rr_error err = { 0 };

    rri_npy a = read_text(DICT("<U3", "False", "(1,)"), little, 12);
    assert_int_equal(a.kind, RRI_NPY_TEXT);
    assert_string_equal(a.type, "str");
    assert_string_equal(a.text, "a\xc3\xa4\xf0\x91\xbc\x8d");
    rri_npy_clear(&a);
    a = read_text(DICT(">U1", "False", "(2,)"), big, 8);
    assert_string_equal(a.text, "\xe2\x82\xac");
    assert_string_equal(a.text + a.stride, "x");
    rri_npy_clear(&a);
    a = read_text(DICT("|S3", "True", "(3,)"), "cat\0\0\0a\0\0", 9);
    assert_string_equal(a.text, "cat");
    assert_string_equal(a.text + a.stride, "");
    assert_string_equal(a.text + 2 * a.stride, "a");
    rri_npy_clear(&a);
    put_zip("t", "x.npy", npy, make_npy(npy, DICT("<U1", "False", "(1,)"), surrogate, 4),
            ZIP_CM_STORE);
    CHECK_FAILS(read_one("t", &bad, &err), RR_ERR_FORMAT, err, "item 0 is no text in Unicode");
    put_zip("t", "x.npy", npy, make_npy(npy, DICT("|S1", "False", "(2,)"), "a\xff", 2),
            ZIP_CM_STORE);
    CHECK_FAILS(read_one("t", &bad, &err), RR_ERR_FORMAT, err, "item 1 is no text in UTF-8");
}

static void integers_may_be_read_as_floats_and_headers_alone(void **state)
{
    (void)state;
    unsigned char npy[256];
    rri_npz *z = NULL;
    rri_npy a = { 0 };
    rr_error err = { 0 };

    put_zip("t", "x.npy", npy, make_npy(npy, DICT("|u1", "True", "(2, 2)"), "\x01\x02\x03\xff", 4),
            ZIP_CM_STORE);
    CHECK_OK(rri_npz_open("t", &z, &err), err);
    CHECK_OK(rri_npz_peek(z, "x", &a, &err), err);
    assert_int_equal(a.kind, RRI_NPY_INTEGER);
    assert_string_equal(a.type, "uint8");
    assert_int_equal(a.rank, 2);
    assert_null(a.i64);
    CHECK_OK(rri_npz_read_floats(z, "x", &a, &err), err);
    assert_true(a.f32[0] == 1 && a.f32[1] == 3 && a.f32[2] == 2 && a.f32[3] == 255);
    rri_npy_clear(&a);
    CHECK_FAILS(rri_npz_read(z, "y", &a, &err), RR_ERR_FORMAT, err, "no array \"y\"; it has x");
    rri_npz_close(z);
}

static void fortran_order_is_turned(void **state)
{
    (void)state;
    /* Column by column: a[i][j] = 10 i + j, and a cube a[i][j][k] = 100 i + 10 j + k. */
    rri_npy a = read_text(DICT("|u1", "True", "(2, 3)"), "\x00\x0a\x01\x0b\x02\x0c", 6);
    static const int64_t want[6] = { 0, 1, 2, 10, 11, 12 };
    unsigned char cube[12];
    size_t n = 0;

    assert_memory_equal(a.i64, want, sizeof want);
    rri_npy_clear(&a);
    for (unsigned k = 0; k < 2; k++)
        for (unsigned j = 0; j < 3; j++)
            for (unsigned i = 0; i < 2; i++)
                cube[n++] = (unsigned char)(100 * i + 10 * j + k);
    a = read_text(DICT("|u1", "True", "(2, 3, 2)"), cube, 12);
    n = 0;
    for (unsigned i = 0; i < 2; i++)
        for (unsigned j = 0; j < 3; j++)
            for (unsigned k = 0; k < 2; k++)
                assert_int_equal(a.i64[n++], 100 * i + 10 * j + k);
    rri_npy_clear(&a);
}

static void headers_may_be_written_otherwise(void **state)
{
    (void)state;
    rri_npy a = read_text("{\"shape\":(2 , 1),\"fortran_order\":False,\"descr\":\"|u1\"}   \n",
                          "\x05\x06", 2);

    assert_int_equal(a.rank, 2);
    assert_int_equal(a.i64[1], 6);
    rri_npy_clear(&a);
}

static void broken_arrays_are_refused(void **state)
{
    (void)state;
    check_refused(DICT("|O", "False", "(1,)"), 8, "Python objects");
    check_refused("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4,
                  "records");
    check_refused(DICT("<U0", "False", "(1,)"), 0, "element type \"<U0\"");
    check_refused(DICT("<U99999", "False", "(1,)"), 4, "element type \"<U99999\"");
    check_refused(DICT("<M8[s]", "False", "(1,)"), 8, "element type \"<M8[s]\"");
    check_refused(DICT("<c8", "False", "(1,)"), 8, "element type \"<c8\"");
    check_refused(DICT("|f4", "False", "(1,)"), 4, "element type \"|f4\"");
    check_refused(DICT("<f4", "False", "(2,)"), 7,
                  "wrong size: 7 bytes of data, its shape needs 8");
    check_refused(DICT("<f4", "False", "(2,)"), 9, "wrong size");
    check_refused(DICT("<f4", "False", "(2,)"), 0, "wrong size");
    check_refused(DICT("<f4", "False", "(4611686018427387904, 4)"), 0, "overflows");
    check_refused(DICT("<f4", "False", "(0, 4611686018427387904, 4)"), 0, "overflows");
    check_refused(DICT("<f4", "False", "(99999999999999999999,)"), 4, "'shape'");
    check_refused(DICT("<f4", "False", "(-1,)"), 4, "'shape'");
    check_refused(DICT("<f4", "False", "(1)"), 4, "'shape'");
    check_refused(DICT("<f4", "False", "(1, 1, 1, 1, 1, 1, 1, 1, 1)"), 4, "'shape'");
    check_refused(DICT("<f4", "Maybe", "(1,)"), 4, "'fortran_order'");
    check_refused("{'descr': '<f4', 'shape': (1,), }", 4, "exactly descr");
    check_refused("{'descr': '<f4', 'descr': '<f4', 'shape': (1,), }", 4, "twice");
    check_refused("{'descr': '<f4', 'x': 1, 'shape': (1,), }", 4, "unknown header member 'x'");
    check_refused("__import__('os')", 4, "not a dictionary");
    check_refused("{'descr': '<f4'", 4, "not a dictionary");
    check_refused("", 4, "not a dictionary");
    check_refused(DICT("<f4", "False", "(1,)") "x", 4, "exactly descr");
}

static void broken_files_are_refused(void **state)
{
    (void)state;
    const char *path = "bad.npz";
    unsigned char npy[1024];
    rri_npy a = { 0 };
    size_t n = make_npy(npy, DICT("<f4", "False", "(1,)"), floats, 4);
    size_t bytes = 0;
    rr_error err = { 0 };

    CHECK_FAILS(read_one("none.npz", &a, &err), RR_ERR_IO, err, "none.npz");
    put_file(path, "this is not a zip archive, whatever its name says", 49);
    CHECK_FAILS(read_one(path, &a, &err), RR_ERR_FORMAT, err, "bad.npz is no .npz");
    put_zip(path, "y.npy", npy, n, ZIP_CM_STORE);
    CHECK_FAILS(read_one(path, &a, &err), RR_ERR_FORMAT, err, "has no array \"x\"");
    put_zip(path, "x.npy", npy, 8, ZIP_CM_STORE);
    CHECK_FAILS(read_one(path, &a, &err), RR_ERR_FORMAT, err, "array \"x\" is truncated");
    put_zip(path, "x.npy", npy, 30, ZIP_CM_STORE);
    CHECK_FAILS(read_one(path, &a, &err), RR_ERR_FORMAT, err, "array \"x\" is truncated");
    npy[6] = 9;
    put_zip(path, "x.npy", npy, n, ZIP_CM_STORE);
    CHECK_FAILS(read_one(path, &a, &err), RR_ERR_FORMAT, err, "not .npy of version");
    npy[6] = 1;
    npy[12] = 0;
    put_zip(path, "x.npy", npy, n, ZIP_CM_STORE);
    CHECK_FAILS(read_one(path, &a, &err), RR_ERR_FORMAT, err, "NUL");
    n = make_npy(npy, DICT("<f4", "False", "(1,)"), floats, 4);
    put_zip(path, "x.npy", npy, n, ZIP_CM_STORE);
    CHECK_OK(read_one(path, &a, &err), err);
    rri_npy_clear(&a);
    unsigned char *raw = get_file(path, &bytes);
    /* Any shorter file: rejected, never a crash. */
    for (size_t cut = 0; cut < bytes; cut++) {
        put_file(path, raw, cut);
        const rr_status st = read_one(path, &a, &err);
        if (st != RR_ERR_FORMAT)
            fail_msg("cut at %zu: status %d (%s)", cut, (int)st, err.msg);
    }
    raw[30 + 5 + n - 1] ^= 1; /* the last data byte, behind the local header and its name */
    put_file(path, raw, bytes);
    CHECK_FAILS(read_one(path, &a, &err), RR_ERR_FORMAT, err, "CRC");
    raw[30 + 5 + n - 1] ^= 1;
    /* Any flipped bit: rejected, or harmless (dates and the like). */
    for (size_t bit = 0; bit < 8 * bytes; bit++) {
        raw[bit / 8] ^= (unsigned char)(1u << bit % 8);
        put_file(path, raw, bytes);
        raw[bit / 8] ^= (unsigned char)(1u << bit % 8);
        if (read_one(path, &a, &err) == RR_OK)
            assert_true(a.items == 1 && a.f32[0] == floats[0]);
        rri_npy_clear(&a);
    }
    free(raw);
}

static void a_claimed_size_without_bytes_is_refused(void **state)
{
    (void)state;
    const char *path = "bomb.npz";
    unsigned char npy[1024];
    const size_t n = make_npy(npy, DICT("|u1", "False", "(3000000000,)"), NULL, 0);
    const uint32_t claim = (uint32_t)(n + 3000000000u);
    rri_npy a = { 0 };
    size_t bytes = 0;
    rr_error err = { 0 };

    put_zip(path, "x.npy", npy, n, ZIP_CM_DEFLATE);
    unsigned char *raw = get_file(path, &bytes);
    for (size_t i = 0; i + 28 < bytes; i++) {
        if (memcmp(raw + i, "PK\x01\x02", 4) == 0)
            memcpy(raw + i + 24, &claim, 4); /* unpacked size in the central directory */
        if (memcmp(raw + i, "PK\x03\x04", 4) == 0)
            memcpy(raw + i + 22, &claim, 4);
    }
    put_file(path, raw, bytes);
    CHECK_FAILS(read_one(path, &a, &err), RR_ERR_FORMAT, err, "cannot give");
    free(raw);
}

/* ---- failures of the system ----------------------------------------------------------------- */

static void a_kill_at_any_step_leaves_the_old_file_or_the_new(void **state)
{
    (void)state;
    survives_every_kill(write_all_types, 10);
}

static void a_file_that_may_not_grow_leaves_the_old_one(void **state)
{
    (void)state;
    survives_a_size_limit(write_all_types);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    survives_a_full_disk(write_all_types);
}

/* 36 KB: the spooled array fits on the disk of 64 KiB, the archive beside it does not. */
static rr_status write_what_fits_once(const char *path, rr_error *err)
{
    static const size_t shape[1] = { 9000 };
    rri_npz_writer *w = NULL;
    size_t a = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_writer_new(path, &w, err));
    RRI_TRY(rri_npz_writer_array(w, "words", RRI_NPZ_U32, shape, 1, &a, err));
    RRI_TRY(rri_npz_writer_append(w, a, words, shape[0], err));
    st = rri_npz_writer_close(w, err);

done:
    rri_npz_writer_free(w);
    return st;
}

static void a_disk_that_fills_while_assembling_leaves_the_old_file(void **state)
{
    (void)state;
    survives_a_full_disk(write_what_fits_once);
}

static void an_unwritable_path_is_named(void **state)
{
    (void)state;
    names_what_cannot_be_written(write_all_types);
}

static void every_failed_allocation_of_the_writer_is_clean(void **state)
{
    (void)state;
    survives_every_failed_allocation(write_all_types, 15);
}

static void every_failed_allocation_of_the_reader_is_clean(void **state)
{
    (void)state;
    unsigned char npy[1024];
    const size_t bytes = make_npy(npy, DICT("<f4", "False", "(1,)"), floats, 4);
    rri_npy a = { 0 };

    put_zip("a", "x.npy", npy, bytes, ZIP_CM_STORE);
    for (failing at = { 0 }; next_allocation_fails(&at, 4);) {
        at.st = read_one("a", &a, NULL);
        assert_true((at.st == RR_OK) == (a.f32 != NULL));
    }
    rri_npy_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(what_is_written_is_read_back),
        TEST_IN_SCRATCH(the_same_arrays_give_the_same_bytes),
        TEST_IN_SCRATCH(a_file_without_arrays_is_valid),
        TEST_IN_SCRATCH(the_writer_refuses_what_does_not_fit),
        TEST_IN_SCRATCH(every_number_type_is_converted),
        TEST_IN_SCRATCH(texts_are_read_as_utf8),
        TEST_IN_SCRATCH(integers_may_be_read_as_floats_and_headers_alone),
        TEST_IN_SCRATCH(fortran_order_is_turned),
        TEST_IN_SCRATCH(headers_may_be_written_otherwise),
        TEST_IN_SCRATCH(broken_arrays_are_refused),
        TEST_IN_SCRATCH(broken_files_are_refused),
        TEST_IN_SCRATCH(a_claimed_size_without_bytes_is_refused),
        TEST_IN_SCRATCH(a_kill_at_any_step_leaves_the_old_file_or_the_new),
        TEST_IN_SCRATCH(a_file_that_may_not_grow_leaves_the_old_one),
        TEST_IN_SCRATCH(a_full_disk_leaves_the_old_file),
        TEST_IN_SCRATCH(a_disk_that_fills_while_assembling_leaves_the_old_file),
        TEST_IN_SCRATCH(an_unwritable_path_is_named),
        TEST_IN_SCRATCH(every_failed_allocation_of_the_writer_is_clean),
        TEST_IN_SCRATCH(every_failed_allocation_of_the_reader_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
