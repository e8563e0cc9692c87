/* SPDX-License-Identifier: MIT */
/* test_npz_parts.c - arrays of an npz read in parts, and texts written for one. */
#include "io/npy.h"
#include "io/npy_element.h"
#include "io/npz.h"
#include "scratch.h"

#include <zip.h>

static const float floats[6] = { 1, -2, 3.5F, 0, 1e30F, -1e-30F };
static const double tenth[1] = { 0.1 };
static uint32_t words[200000]; /* more than one piece */

static void write_arrays(const char *path)
{
    static const size_t many[1] = { 200000 };
    static const size_t six[2] = { 3, 2 };
    static const char *const name[3] = { "words", "floats", "scalar" };
    static const rri_npz_type type[3] = { RRI_NPZ_U32, RRI_NPZ_F32, RRI_NPZ_F64 };
    const size_t *shape[3] = { many, six, many };
    const size_t rank[3] = { 1, 2, 0 }, items[3] = { 200000, 6, 1 };
    const void *data[3] = { words, floats, tenth };
    rri_npz_writer *w = NULL;
    size_t a = 0;
    rr_error err = { 0 };

    for (size_t i = 0; i < 200000; i++)
        words[i] = (uint32_t)i * 21011U;
    CHECK_OK(rri_npz_writer_new(path, &w, &err), err);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(rri_npz_writer_array(w, name[i], type[i], shape[i], rank[i], &a, &err), err);
        CHECK_OK(rri_npz_writer_append(w, a, data[i], items[i], &err), err);
    }
    CHECK_OK(rri_npz_writer_close(w, &err), err);
    rri_npz_writer_free(w);
}

static void deflate_entries(const char *path)
{
    zip_t *z = zip_open(path, 0, NULL);

    assert_non_null(z);
    for (zip_int64_t i = 0; i < zip_get_num_entries(z, 0); i++)
        assert_int_equal(zip_set_file_compression(z, (zip_uint64_t)i, ZIP_CM_DEFLATE, 9), 0);
    assert_int_equal(zip_close(z), 0);
}

static rri_npy_stream *open_part(rri_npz *z, const char *name)
{
    rri_npy_stream *s = NULL;
    rr_error err = { 0 };

    CHECK_OK(rri_npy_stream_open(z, name, &s, &err), err);
    return s;
}

/* Parts in an order that goes back, and ends the array twice. */
static void check_words(rri_npz *z)
{
    static const size_t first[5] = { 0, 190000, 7, 12345, 0 };
    static const size_t n[5] = { 3, 10000, 0, 187655, 200000 };
    rri_npy_stream *s = open_part(z, "words");
    int64_t *whole = malloc(200000 * sizeof *whole);
    float *values = malloc(200000 * sizeof *values);
    rr_error err = { 0 };

    assert_true(whole != NULL && values != NULL);
    assert_int_equal(rri_npy_stream_about(s)->shape[0], 200000);
    for (int k = 0; k < 5; k++) {
        CHECK_OK(rri_npy_stream_integers(s, first[k], n[k], whole, &err), err);
        CHECK_OK(rri_npy_stream_floats(s, first[k], n[k], values, &err), err);
        for (size_t i = 0; i < n[k]; i++) {
            assert_int_equal(whole[i], words[first[k] + i]);
            assert_true(values[i] == (float)words[first[k] + i]);
        }
    }
    rri_npy_stream_close(s);
    free(whole);
    free(values);
}

static void check_floats(rri_npz *z)
{
    rri_npy_stream *s = open_part(z, "floats");
    float values[6];
    double number = 0.0;
    int64_t whole[2];
    rr_error err = { 0 };

    CHECK_OK(rri_npy_stream_floats(s, 4, 2, values, &err), err);
    assert_memory_equal(values, floats + 4, 2 * sizeof *floats);
    CHECK_OK(rri_npy_stream_integers(s, 0, 2, whole, &err), err);
    assert_int_equal(whole[1], -2);
    CHECK_FAILS(rri_npy_stream_integers(s, 1, 2, whole, &err), RR_ERR_FORMAT, err,
                "item 2, 3.5, is no whole number");
    CHECK_OK(rri_npy_stream_floats(s, 0, 6, values, &err), err);
    assert_memory_equal(values, floats, sizeof floats);
    rri_npy_stream_close(s);
    s = open_part(z, "scalar");
    CHECK_OK(rri_npy_stream_doubles(s, 0, 1, &number, &err), err);
    assert_true(number == tenth[0]);
    rri_npy_stream_close(s);
}

static void parts_are_read_in_any_order_stored_or_deflated(void **state)
{
    (void)state;
    for (int deflated = 0; deflated < 2; deflated++) {
        rri_npz *z = NULL;
        rr_error err = { 0 };
        write_arrays("p.npz");
        if (deflated)
            deflate_entries("p.npz");
        CHECK_OK(rri_npz_open("p.npz", &z, &err), err);
        check_words(z);
        check_floats(z);
        rri_npz_close(z);
    }
}

/* A byte of the data is changed: the CRC of what is read whole no longer fits. */
static void a_changed_byte_is_noticed_at_the_end(void **state)
{
    rri_npz *z = NULL;
    rri_npy_stream *s = NULL;
    int64_t *whole = malloc(200000 * sizeof *whole);
    rr_error err = { 0 };

    (void)state;
    assert_non_null(whole);
    write_arrays("c.npz");
    FILE *f = fopen("c.npz", "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, 400000, SEEK_SET), 0);
    assert_true(fputc('!', f) == '!');
    assert_int_equal(fclose(f), 0);
    CHECK_OK(rri_npz_open("c.npz", &z, &err), err);
    s = open_part(z, "words");
    CHECK_OK(rri_npy_stream_integers(s, 0, 100000, whole, &err), err);
    CHECK_FAILS(rri_npy_stream_integers(s, 100000, 100000, whole, &err), RR_ERR_FORMAT, err,
                "words");
    rri_npy_stream_close(s);
    rri_npz_close(z);
    free(whole);
}

static void texts_are_read_back(void **state)
{
    static const char *const texts[4] = { "a", "", "h\xc3\xa4lf",
                                          "\xf0\x9f\x98\x80\xf0\x9f\x98\x80" };
    static const char *const broken[1] = { "\xff" };
    rri_npz_writer *w = NULL;
    rri_npy_stream *s = NULL;
    rri_npz *z = NULL;
    rri_npy a = { 0 };
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rri_npz_writer_new("t.npz", &w, &err), err);
    CHECK_OK(rri_npz_writer_texts(w, "texts", texts, 4, 1, &err), err);
    CHECK_OK(rri_npz_writer_texts(w, "one", texts, 1, 0, &err), err);
    CHECK_FAILS(rri_npz_writer_texts(w, "bad", broken, 1, 0, &err), RR_ERR_ARG, err, "not UTF-8");
    CHECK_OK(rri_npz_writer_close(w, &err), err);
    rri_npz_writer_free(w);
    CHECK_OK(rri_npz_open("t.npz", &z, &err), err);
    CHECK_OK(rri_npz_read(z, "texts", &a, &err), err);
    assert_int_equal(a.kind, RRI_NPY_TEXT);
    assert_int_equal(a.items, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(a.text + i * a.stride, texts[i]);
    rri_npy_clear(&a);
    CHECK_OK(rri_npz_read(z, "one", &a, &err), err);
    assert_int_equal(a.rank, 0);
    assert_string_equal(a.text, "a");
    rri_npy_clear(&a);
    CHECK_FAILS(rri_npy_stream_open(z, "texts", &s, &err), RR_ERR_FORMAT, err, "holds texts");
    rri_npz_close(z);
}

/* Every binary16 number, against its definition. */
static void halves_are_converted_exactly(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits < 65536; bits++) {
        const int exponent = (int)(bits >> 10 & 31);
        const float fraction = (float)(bits & 1023);
        const float got = rri_npy_half((uint16_t)bits);
        float want = exponent == 31  ? INFINITY
                     : exponent == 0 ? ldexpf(fraction, -24)
                                     : ldexpf(1024.0F + fraction, exponent - 25);
        if (exponent == 31 && fraction != 0.0F) {
            assert_true(isnan(got));
            continue;
        }
        want = (bits & 0x8000) != 0 ? -want : want;
        assert_true(got == want && (signbit(got) != 0) == (signbit(want) != 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(parts_are_read_in_any_order_stored_or_deflated),
        TEST_IN_SCRATCH(a_changed_byte_is_noticed_at_the_end),
        TEST_IN_SCRATCH(texts_are_read_back),
        TEST_IN_SCRATCH(halves_are_converted_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
