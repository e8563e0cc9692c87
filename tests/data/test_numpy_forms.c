/* SPDX-License-Identifier: MIT */
/* test_numpy_forms.c - NumPy archives as people save them: integers, one column, filled up, split
 * by names, labels of any type. */
#include "make.h"
#include "numpy_file.h"

static const float x12[12] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
static const int64_t y2[2] = { 1, 0 };
static const unsigned char bytes8[8] = { 0, 1, 51, 255, 10, 20, 30, 40 };

#define Y2                                                                                         \
    {                                                                                              \
        "y", "<i8", "(2,)", y2, sizeof y2                                                          \
    }
#define F4(name, shape, data)                                                                      \
    {                                                                                              \
        name, "<f4", shape, data, sizeof data                                                      \
    }

static rr_dataset *load(const numpy_array *arrays, const char *parameters, rr_split split)
{
    char name[64];

    write_numpy("a.npz", arrays);
    (void)snprintf(name, sizeof name, "a.npz%s", parameters);
    return load_dataset(in_scratch("npz:", name), split);
}

static void refused(const numpy_array *arrays, const char *parameters, rr_status code,
                    int64_t where, const char *part)
{
    char name[64];
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    write_numpy("a.npz", arrays);
    (void)snprintf(name, sizeof name, "a.npz%s", parameters);
    CHECK_FAILS(rr_dataset_load(in_scratch("npz:", name), RR_SPLIT_TRAIN, &ds, &err), code, err,
                part);
    assert_non_null(strstr(err.msg, "a.npz"));
    assert_int_equal(err.where, where);
}

/* The first note of a source whose train split is loaded. */
static void check_note(const char *parameters, const char *part)
{
    char name[64];
    rr_source *source = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    (void)snprintf(name, sizeof name, "a.npz%s", parameters);
    CHECK_OK(rr_source_open(in_scratch("npz:", name), NULL, &source, &err), err);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &ds, &err), err);
    assert_non_null(rr_source_note(source, 0));
    if (strstr(rr_source_note(source, 0), part) == NULL)
        fail_msg("note \"%s\" lacks \"%s\"", rr_source_note(source, 0), part);
    assert_null(rr_source_note(source, 1));
    rr_dataset_free(ds);
    rr_source_close(source);
}

static void integers_of_one_column_are_symbols(void **state)
{
    const int64_t x[4] = { 3, 0, 1, 2 };
    const numpy_array arrays[] = { { "x", "<i8", "(2, 2)", x, sizeof x }, Y2, NUMPY_END };
    rr_dataset *ds = load(arrays, "", RR_SPLIT_TRAIN);

    (void)state;
    assert_int_equal(rr_dataset_vocabulary(ds), 4);
    assert_int_equal(rr_dataset_at(ds, 0).symbols[0], 3);
    rr_dataset_free(ds);
    check_note("", "x holds integers, taken for 4 symbols; save frames of one column as floats, or "
                   "as [N][T][1]");
}

/* A network's, for data in which its last symbols do not occur. */
static void the_number_of_symbols_may_be_given(void **state)
{
    const int64_t x[4] = { 3, 0, 1, 2 };
    const numpy_array arrays[] = { { "x", "<i8", "(2, 2)", x, sizeof x }, Y2, NUMPY_END };
    rr_source_options options = rr_source_options_default();
    rr_source *source = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    write_numpy("a.npz", arrays);
    options.vocabulary = 9;
    CHECK_OK(rr_source_open(in_scratch("npz:", "a.npz"), &options, &source, &err), err);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &ds, &err), err);
    assert_int_equal(rr_dataset_vocabulary(ds), 9);
    assert_null(rr_source_note(source, 0));
    rr_dataset_free(ds);
    rr_source_close(source);
    options.vocabulary = 3;
    CHECK_OK(rr_source_open(in_scratch("npz:", "a.npz"), &options, &source, &err), err);
    CHECK_FAILS(rr_source_split(source, RR_SPLIT_TRAIN, &ds, &err), RR_ERR_FORMAT, err,
                "symbol 3 of row 0, step 0 of x is outside 0..2");
    rr_source_close(source);
}

static void frames_are_images_where_that_is_said(void **state)
{
    static const int64_t x[4] = { 0, 1, 1, 0 };
    const numpy_array frames[] = { { "x", "|u1", "(2, 2, 2)", bytes8, 8 }, Y2, NUMPY_END };
    const numpy_array symbols[] = { { "x", "<i8", "(2, 2)", x, sizeof x }, Y2, NUMPY_END };
    const size_t second = 1;
    rr_dataset *ds = load(frames, "", RR_SPLIT_TRAIN);
    rr_dataset *image = load(frames, "?image=1", RR_SPLIT_TRAIN);
    rr_dataset *part = NULL;
    rr_dataset *both = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    assert_true(!rr_dataset_is_image(ds) && rr_dataset_is_image(image));
    assert_string_equal(rr_dataset_hash(ds), rr_dataset_hash(image)); /* the content is the same */
    CHECK_OK(rr_dataset_select(image, &second, 1, &part, &err), err);
    CHECK_OK(rr_dataset_concat(image, ds, &both, &err), err);
    assert_true(rr_dataset_is_image(part) && rr_dataset_is_image(both));
    rr_dataset_free(both);
    rr_dataset_free(part);
    rr_dataset_free(image);
    rr_dataset_free(ds);
    ds = load(frames, "?image=0", RR_SPLIT_TRAIN);
    assert_true(!rr_dataset_is_image(ds));
    rr_dataset_free(ds);
    refused(symbols, "?image=1", RR_ERR_ARG, -1, "holds symbols, which are no images");
}

static void objects_are_refused(void **state)
{
    const numpy_array arrays[] = { F4("x", "(3, 2, 2)", x12),
                                   { "y", "|O", "(3,)", "dogcatdog", 9 },
                                   NUMPY_END };

    (void)state;
    refused(arrays, "", RR_ERR_FORMAT, -1, "\"y\": it holds Python objects (dtype object)");
}

/* ---- x -------------------------------------------------------------------------------------- */

static void bytes_are_grey_levels(void **state)
{
    const numpy_array arrays[] = { { "x", "|u1", "(2, 2, 2)", bytes8, 8 }, Y2, NUMPY_END };
    rr_dataset *ds = load(arrays, "", RR_SPLIT_TRAIN);
    const float want[4] = { 0.0F, 1 / 255.0F, 51 / 255.0F, 1.0F };

    (void)state;
    assert_int_equal(rr_dataset_width(ds), 2);
    assert_int_equal(rr_dataset_at(ds, 1).steps, 2);
    assert_memory_equal(rr_dataset_at(ds, 0).frames, want, sizeof want);
    rr_dataset_free(ds);
    check_note("", "x holds bytes (uint8): grey levels, divided by 255 as mnist does");
}

/* Images in Keras' mnist.npz are the same dataset as in MNIST's files. */
static void images_of_keras_are_those_of_mnist(void **state)
{
    static const unsigned char images[16 + 8] = { 0, 0, 8, 3, 0, 0, 0,  2,   0,  0,  0,  2,
                                                  0, 0, 0, 2, 0, 1, 51, 255, 10, 20, 30, 40 };
    static const unsigned char labels[8 + 2] = { 0, 0, 8, 1, 0, 0, 0, 2, 9, 3 };
    const numpy_array arrays[] = { { "x_train", "|u1", "(2, 2, 2)", bytes8, 8 },
                                   { "y_train", "|u1", "(2,)", labels + 8, 2 },
                                   { "x_test", "|u1", "(1, 2, 2)", bytes8 + 4, 4 },
                                   { "y_test", "|u1", "(1,)", labels + 9, 1 },
                                   NUMPY_END };
    FILE *f = fopen(in_scratch("", "train-images-idx3-ubyte"), "wb");

    (void)state;
    assert_int_equal(fwrite(images, 1, sizeof images, f), sizeof images);
    assert_int_equal(fclose(f), 0);
    f = fopen(in_scratch("", "train-labels-idx1-ubyte"), "wb");
    assert_int_equal(fwrite(labels, 1, sizeof labels, f), sizeof labels);
    assert_int_equal(fclose(f), 0);
    rr_dataset *a = load(arrays, "", RR_SPLIT_TRAIN);
    rr_dataset *b = load_dataset(in_scratch("mnist:", ""), RR_SPLIT_TRAIN);
    check_same(a, b);
    rr_dataset_free(a);
    rr_dataset_free(b);
    rr_dataset *test = load(arrays, "", RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_count(test), 1);
    assert_int_equal(rr_dataset_classes(test), 10);
    assert_int_equal(rr_dataset_at(test, 0).label, 3);
    rr_dataset_free(test);
}

static void other_integers_are_taken_as_they_are(void **state)
{
    const int16_t x[4] = { -3, 0, 300, 7 };
    const int64_t lengths[2] = { 1, 1 };
    const numpy_array arrays[] = { { "x", "<i2", "(2, 2, 1)", x, sizeof x }, Y2, NUMPY_END };
    const numpy_array ragged[] = { { "x", "<i2", "(2, 2)", x, sizeof x },
                                   { "lengths", "<i8", "(2,)", lengths, 16 },
                                   Y2,
                                   NUMPY_END };
    rr_dataset *ds = load(arrays, "", RR_SPLIT_TRAIN);

    (void)state;
    assert_true(rr_dataset_at(ds, 0).frames[0] == -3.0F);
    assert_true(rr_dataset_at(ds, 1).frames[0] == 300.0F);
    rr_dataset_free(ds);
    check_note("", "x holds integers (int16), which are taken as they are; scale=standard");
    ds = load(ragged, "", RR_SPLIT_TRAIN); /* integers of two dimensions with lengths are frames */
    assert_int_equal(rr_dataset_width(ds), 2);
    assert_int_equal(rr_dataset_steps(ds), 2);
    rr_dataset_free(ds);
}

static void one_column_needs_no_dimension(void **state)
{
    const int64_t lengths[2] = { 2, 6 };
    const int64_t one_after_another[2] = { 5, 7 };
    const numpy_array even[] = { F4("x", "(2, 6)", x12), Y2, NUMPY_END };
    const numpy_array filled[] = {
        F4("x", "(2, 6)", x12), { "lengths", "<i8", "(2,)", lengths, 16 }, Y2, NUMPY_END
    };
    const numpy_array ragged[] = {
        F4("x", "(12,)", x12), { "lengths", "<i8", "(2,)", one_after_another, 16 }, Y2, NUMPY_END
    };
    rr_dataset *ds = load(even, "", RR_SPLIT_TRAIN);

    (void)state;
    assert_int_equal(rr_dataset_width(ds), 1);
    assert_int_equal(rr_dataset_at(ds, 1).steps, 6);
    assert_memory_equal(rr_dataset_at(ds, 1).frames, x12 + 6, 6 * sizeof *x12);
    rr_dataset_free(ds);
    ds = load(filled, "", RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_at(ds, 0).steps, 2);
    assert_memory_equal(rr_dataset_at(ds, 1).frames, x12 + 6, 6 * sizeof *x12);
    rr_dataset_free(ds);
    ds = load(ragged, "", RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_at(ds, 0).steps, 5);
    assert_memory_equal(rr_dataset_at(ds, 1).frames, x12 + 5, 7 * sizeof *x12);
    rr_dataset_free(ds);
}

static void rows_may_be_filled_up_to_one_length(void **state)
{
    const int32_t lengths[2] = { 1, 3 };
    const int64_t ids[6] = { 4, 0, 0, 1, 2, 3 };
    const numpy_array frames[] = {
        F4("x", "(2, 3, 2)", x12), { "lengths", "<i4", "(2, 1)", lengths, 8 }, Y2, NUMPY_END
    };
    const numpy_array symbols[] = {
        { "x", "<i8", "(2, 3)", ids, 48 }, { "lengths", "<i4", "(2,)", lengths, 8 }, Y2, NUMPY_END
    };
    rr_dataset *ds = load(frames, "", RR_SPLIT_TRAIN);

    (void)state;
    assert_int_equal(rr_dataset_width(ds), 2);
    assert_int_equal(rr_dataset_at(ds, 0).steps, 1);
    assert_memory_equal(rr_dataset_at(ds, 1).frames, x12 + 6, 6 * sizeof *x12);
    rr_dataset_free(ds);
    ds = load(symbols, "", RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_vocabulary(ds), 5);
    assert_int_equal(rr_dataset_at(ds, 0).steps, 1);
    assert_int_equal(rr_dataset_at(ds, 1).symbols[2], 3);
    rr_dataset_free(ds);
}

static void nan_at_the_ends_is_dropped_if_asked(void **state)
{
    float x[12];
    float only[12];
    const numpy_array arrays[] = { F4("x", "(2, 3, 2)", x), Y2, NUMPY_END };
    const numpy_array nothing[] = { F4("x", "(2, 3, 2)", only), Y2, NUMPY_END };

    (void)state;
    memcpy(x, x12, sizeof x);
    memcpy(only, x12, sizeof only);
    for (int i = 2; i < 6; i++)
        x[i] = NAN;
    for (int i = 6; i < 12; i++)
        only[i] = NAN;
    refused(arrays, "", RR_ERR_NUMERIC, 0,
            "row 0 of x ends in nan from step 1 on: add pad=nan, or save the lengths");
    rr_dataset *ds = load(arrays, "?pad=nan", RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_at(ds, 0).steps, 1);
    assert_int_equal(rr_dataset_at(ds, 1).steps, 3);
    assert_memory_equal(rr_dataset_at(ds, 0).frames, x12, 2 * sizeof *x12);
    rr_dataset_free(ds);
    refused(nothing, "?pad=nan", RR_ERR_SHAPE, 1, "row 1 of x is nothing but nan");
    x[5] = 5.0F; /* now within the row */
    refused(arrays, "?pad=nan", RR_ERR_NUMERIC, 0, "row 0, step 1, column 0 of x is nan");
    write_numpy("a.npz", arrays);
    rr_error err = { .msg = "" };
    CHECK_FAILS(rr_dataset_load(in_scratch("npz:", "a.npz?pad=0"), RR_SPLIT_TRAIN, &ds, &err),
                RR_ERR_ARG, err, "pad=0 of npz: there is only pad=nan");
}

/* ---- labels --------------------------------------------------------------------------------- */

static void check_labels(const numpy_array y, const char *expected)
{
    const numpy_array arrays[] = { F4("x", "(3, 2, 2)", x12), y, NUMPY_END };
    rr_dataset *ds = load(arrays, "", RR_SPLIT_TRAIN);
    char got[64] = "";

    for (size_t i = 0; i < 3; i++)
        (void)snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i > 0 ? " " : "",
                       rr_dataset_class_name(ds, rr_dataset_at(ds, i).label));
    assert_string_equal(got, expected);
    rr_dataset_free(ds);
}

static void labels_may_be_of_any_type(void **state)
{
    const double doubles[3] = { 2.0, 0.0, 1.0 };
    const int32_t column[3] = { 2, 0, 1 };
    const unsigned char booleans[3] = { 1, 0, 1 };
    const float one_hot[9] = { 0, 0, 1, 1, 0, 0, 0, 1, 0 };
    const unsigned char numbers[9] = { 0, 0, 1, 1, 0, 0, 0, 1, 0 };

    (void)state;
    check_labels((numpy_array){ "y", "<f8", "(3,)", doubles, sizeof doubles }, "2 0 1");
    check_labels((numpy_array){ "y", "<i4", "(3, 1)", column, sizeof column }, "2 0 1");
    check_labels((numpy_array){ "y", "|b1", "(3,)", booleans, 3 }, "1 0 1");
    check_labels((numpy_array){ "y", "<f4", "(3, 3)", one_hot, sizeof one_hot }, "2 0 1");
    check_labels((numpy_array){ "y", "|u1", "(3, 3)", numbers, 9 }, "2 0 1");
}

static void texts_are_classes_in_their_order(void **state)
{
    const numpy_array arrays[] = { F4("x", "(3, 2, 2)", x12),
                                   { "y", "|S3", "(3,)", "dogcatdog", 9 },
                                   { "split", "<U5", "(3,)",
                                     "t\0\0\0r\0\0\0a\0\0\0i\0\0\0n\0\0\0"
                                     "V\0\0\0a\0\0\0l\0\0\0\0\0\0\0\0\0\0\0"
                                     "t\0\0\0e\0\0\0s\0\0\0t\0\0\0\0\0\0\0",
                                     60 },
                                   NUMPY_END };
    const numpy_array named[] = { F4("x", "(3, 2, 2)", x12),
                                  { "y", "|S3", "(3,)", "dogcatdog", 9 },
                                  { "class_names", "|S4", "(3,)", "emu\0dog\0cat", 12 },
                                  NUMPY_END };
    const numpy_array other[] = { F4("x", "(3, 2, 2)", x12),
                                  { "y", "|S3", "(3,)", "dogcatdog", 9 },
                                  { "class_names", "|S3", "(2,)", "dogemu", 6 },
                                  NUMPY_END };
    const numpy_array ten[] = { F4("x", "(3, 2, 2)", x12),
                                { "y", "|S2", "(3,)",
                                  "109\0"
                                  "2",
                                  6 },
                                NUMPY_END };
    rr_dataset *ds = load(arrays, "", RR_SPLIT_DEV);

    (void)state;
    assert_int_equal(rr_dataset_count(ds), 1);
    assert_int_equal(rr_dataset_classes(ds), 2);
    assert_string_equal(rr_dataset_class_name(ds, 0), "cat");
    assert_int_equal(rr_dataset_at(ds, 0).label, 0);
    rr_dataset_free(ds);
    ds = load(named, "", RR_SPLIT_TRAIN);
    assert_string_equal(rr_dataset_class_name(ds, 0), "emu");
    assert_int_equal(rr_dataset_at(ds, 1).label, 2);
    rr_dataset_free(ds);
    ds = load(ten, "", RR_SPLIT_TRAIN); /* numbers in numerical order */
    assert_string_equal(rr_dataset_class_name(ds, 2), "10");
    rr_dataset_free(ds);
    refused(other, "", RR_ERR_FORMAT, 1,
            "y, row 1: label \"cat\" is none of the 2 classes: dog, emu");
}

static void bad_labels_are_named(void **state)
{
    const float one_hot[6] = { 1, 0, 0, 1, 1, 1 };
    const numpy_array two[] = { F4("x", "(3, 2, 2)", x12),
                                { "y", "<f4", "(3, 2)", one_hot, sizeof one_hot },
                                NUMPY_END };
    const numpy_array empty[] = { F4("x", "(3, 2, 2)", x12),
                                  { "y", "|S3", "(3,)", "dog\0\0\0cat", 9 },
                                  NUMPY_END };
    const numpy_array split[] = { F4("x", "(3, 2, 2)", x12),
                                  { "y", "|S3", "(3,)", "dogcatdog", 9 },
                                  { "split", "|S5", "(3,)", "trainfinaltrain", 15 },
                                  NUMPY_END };

    (void)state;
    refused(two, "", RR_ERR_FORMAT, 2, "row 2 does not");
    refused(empty, "", RR_ERR_FORMAT, 1, "row 1: there is no label");
    refused(split, "", RR_ERR_FORMAT, 1, "row 1: unknown split 'final'");
}

static void rows_without_labels_are_read_where_that_is_allowed(void **state)
{
    const numpy_array arrays[] = { F4("x", "(3, 2, 2)", x12), NUMPY_END };
    rr_source_options options = rr_source_options_default();
    rr_source *source = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    refused(arrays, "", RR_ERR_FORMAT, -1, "has no array \"y\"; it has x");
    options.unlabelled = 1;
    CHECK_OK(rr_source_open(in_scratch("npz:", "a.npz"), &options, &source, &err), err);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &ds, &err), err);
    assert_int_equal(rr_dataset_count(ds), 3);
    assert_int_equal(rr_dataset_labelled(ds), 0);
    rr_dataset_free(ds);
    rr_source_close(source);
}

/* ---- splits by name ------------------------------------------------------------------------- */

static void arrays_may_be_named_by_split(void **state)
{
    const numpy_array arrays[] = { F4("X_train", "(3, 2, 2)", x12),
                                   { "y_train", "|u1", "(3,)", "\0\1\2", 3 },
                                   { "X_val", "<f4", "(1, 3, 2)", x12, 24 },
                                   { "y_val", "|u1", "(1,)", "\1", 1 },
                                   { "X_test", "<f4", "(2, 1, 2)", x12, 16 },
                                   { "y_test", "|u1", "(2,)", "\4\0", 2 },
                                   NUMPY_END };
    const numpy_array narrow[] = { F4("x_train", "(3, 2, 2)", x12),
                                   { "y_train", "|u1", "(3,)", "\0\1\2", 3 },
                                   { "x_test", "<f4", "(2, 3, 1)", x12, 24 },
                                   { "y_test", "|u1", "(2,)", "\4\0", 2 },
                                   NUMPY_END };
    const numpy_array unlabelled[] = { F4("x_train", "(3, 2, 2)", x12),
                                       { "y_train", "|u1", "(3,)", "\0\1\2", 3 },
                                       { "x_test", "<f4", "(2, 1, 2)", x12, 16 },
                                       NUMPY_END };
    const numpy_array twice[] = { F4("x_train", "(3, 2, 2)", x12),
                                  { "y_train", "|u1", "(3,)", "\0\1\2", 3 },
                                  { "x_val", "<f4", "(1, 3, 2)", x12, 24 },
                                  { "y_val", "|u1", "(1,)", "\1", 1 },
                                  { "x_valid", "<f4", "(1, 3, 2)", x12, 24 },
                                  { "y_valid", "|u1", "(1,)", "\1", 1 },
                                  NUMPY_END };
    const size_t count[3] = { 3, 1, 2 };
    rr_error err = { .msg = "" };
    rr_dataset *ds = NULL;

    (void)state;
    for (int s = 0; s < 3; s++) {
        ds = load(arrays, "", (rr_split)s);
        assert_int_equal(rr_dataset_count(ds), count[s]);
        assert_int_equal(rr_dataset_classes(ds), 5); /* of all splits */
        rr_dataset_free(ds);
    }
    CHECK_FAILS(rr_dataset_load(in_scratch("npz:", "a.npz?holdout=0.5"), RR_SPLIT_TRAIN, &ds, &err),
                RR_ERR_ARG, err, "has a test split, which excludes holdout=0.5");
    refused(narrow, "", RR_ERR_SHAPE, -1, "x_test has frames of width 1, but x_train of 2");
    refused(unlabelled, "", RR_ERR_FORMAT, -1, "has no array \"y_test\"; it has x_train, y_train");
    refused(twice, "", RR_ERR_FORMAT, -1, "x_val and x_valid both hold the dev split");
    ds = load(narrow + 2, "", RR_SPLIT_TEST); /* a file of one split */
    assert_int_equal(rr_dataset_count(ds), 2);
    rr_dataset_free(ds);
}

static void every_failed_allocation_is_clean(void **state)
{
    const numpy_array arrays[] = {
        { "x_train", "|u1", "(2, 2, 2)", bytes8, 8 },    { "y_train", "|S3", "(2,)", "dogcat", 6 },
        { "x_test", "|u1", "(1, 2, 2)", bytes8 + 4, 4 }, { "y_test", "|S3", "(1,)", "dog", 3 },
        { "class_names", "|S3", "(2,)", "catdog", 6 },   NUMPY_END
    };

    (void)state;
    write_numpy("a.npz", arrays);
    check_load_survives_no_memory(in_scratch("npz:", "a.npz?scale=standard&pad=nan"),
                                  RR_SPLIT_TEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_of_one_column_are_symbols),
        cmocka_unit_test(the_number_of_symbols_may_be_given),
        cmocka_unit_test(frames_are_images_where_that_is_said),
        cmocka_unit_test(objects_are_refused),
        cmocka_unit_test(bytes_are_grey_levels),
        cmocka_unit_test(images_of_keras_are_those_of_mnist),
        cmocka_unit_test(other_integers_are_taken_as_they_are),
        cmocka_unit_test(one_column_needs_no_dimension),
        cmocka_unit_test(rows_may_be_filled_up_to_one_length),
        cmocka_unit_test(nan_at_the_ends_is_dropped_if_asked),
        cmocka_unit_test(labels_may_be_of_any_type),
        cmocka_unit_test(texts_are_classes_in_their_order),
        cmocka_unit_test(bad_labels_are_named),
        cmocka_unit_test(rows_without_labels_are_read_where_that_is_allowed),
        cmocka_unit_test(arrays_may_be_named_by_split),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
