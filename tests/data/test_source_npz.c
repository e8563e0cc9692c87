/* SPDX-License-Identifier: MIT */
/* NumPy archives as datasets: every form of x, splits, and every way to be wrong. */
#include "io/npz.h"
#include "make.h"
#include "scratch.h"

/* One array of an archive; the list ends with a NULL name. */
typedef struct array {
    const char *name;
    rri_npz_type type;
    size_t rank;
    size_t shape[4];
    const void *data;
} array;

static const char *write_npz(const array *arrays)
{
    rri_npz_writer *w = NULL;
    rr_error err = { .msg = "" };

    CHECK_OK(rri_npz_writer_new(in_scratch("", "a.npz"), &w, &err), err);
    for (const array *a = arrays; a->name != NULL; a++) {
        size_t id = 0;
        size_t items = 1;
        for (size_t i = 0; i < a->rank; i++)
            items *= a->shape[i];
        CHECK_OK(rri_npz_writer_array(w, a->name, a->type, a->shape, a->rank, &id, &err), err);
        CHECK_OK(rri_npz_writer_append(w, id, a->data, items, &err), err);
    }
    CHECK_OK(rri_npz_writer_close(w, &err), err);
    rri_npz_writer_free(w);
    return in_scratch("npz:", "a.npz");
}

static const float x[24] = { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                             12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23 };
static const int64_t y4[4] = { 0, 2, 1, 2 };
static const int64_t words[6] = { 4, 0, 1, 2, 3, 1 };

#define X3                                                                                         \
    {                                                                                              \
        "x", RRI_NPZ_F32, 3, { 4, 3, 2 }, x                                                        \
    }
#define Y4                                                                                         \
    {                                                                                              \
        "y", RRI_NPZ_I64, 1, { 4 }, y4                                                             \
    }
#define I64(name, n, ...)                                                                          \
    {                                                                                              \
        name, RRI_NPZ_I64, 1, { n }, (const int64_t[])                                             \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, RRI_NPZ_F32, 0, { 0 }, NULL                                                          \
    }

static rr_dataset *load(const char *spec, const char *parameters, rr_split split)
{
    char text[300];

    (void)snprintf(text, sizeof text, "%s%s", spec, parameters);
    return load_dataset(text, split);
}

static void refused_at(const array *arrays, rr_status code, int64_t where, const char *part)
{
    const char *spec = write_npz(arrays);
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    CHECK_FAILS(rr_dataset_load(spec, RR_SPLIT_TRAIN, &ds, &err), code, err, part);
    assert_non_null(strstr(err.msg, "a.npz"));
    assert_int_equal(err.where, where);
    assert_null(ds);
    assert_int_equal(rr_dataset_load(spec, RR_SPLIT_TRAIN, &ds, NULL), code);
}

static void refused(const array *arrays, rr_status code, const char *part)
{
    refused_at(arrays, code, -1, part);
}

/* ---- the forms of x ------------------------------------------------------------------------- */

static void frames_of_equal_length(void **state)
{
    const array arrays[] = { X3, Y4, END };
    rr_dataset *ds = load(write_npz(arrays), "", RR_SPLIT_TRAIN);

    (void)state;
    assert_int_equal(rr_dataset_count(ds), 4);
    assert_int_equal(rr_dataset_width(ds), 2);
    assert_int_equal(rr_dataset_max_steps(ds), 3);
    assert_int_equal(rr_dataset_classes(ds), 3);
    assert_memory_equal(rr_dataset_at(ds, 2).frames, x + 12, 6 * sizeof *x);
    assert_int_equal(rr_dataset_at(ds, 3).label, 2);
    rr_dataset_free(ds);
}

static void frames_of_any_length(void **state)
{
    const array arrays[] = {
        { "x", RRI_NPZ_F32, 2, { 8, 3 }, x }, Y4, I64("lengths", 4, 1, 3, 2, 2), END
    };
    rr_dataset *ds = load(write_npz(arrays), "", RR_SPLIT_TRAIN);

    (void)state;
    assert_int_equal(rr_dataset_width(ds), 3);
    assert_int_equal(rr_dataset_steps(ds), 8);
    assert_int_equal(rr_dataset_at(ds, 1).steps, 3);
    assert_memory_equal(rr_dataset_at(ds, 2).frames, x + 12, 6 * sizeof *x);
    rr_dataset_free(ds);
}

static void double_frames_become_floats(void **state)
{
    const double wide[2] = { 0.1, 2.5 };
    const array arrays[] = { { "x", RRI_NPZ_F64, 3, { 1, 2, 1 }, wide }, I64("y", 1, 0), END };
    rr_dataset *ds = load(write_npz(arrays), "", RR_SPLIT_TRAIN);

    (void)state;
    assert_true(rr_dataset_at(ds, 0).frames[0] == 0.1f);
    rr_dataset_free(ds);
}

static void symbols_of_equal_and_of_any_length(void **state)
{
    const array even[] = { { "x", RRI_NPZ_I64, 2, { 2, 3 }, words }, I64("y", 2, 1, 0), END };
    const array ragged[] = { { "x", RRI_NPZ_I64, 1, { 6 }, words },
                             I64("y", 2, 1, 0),
                             I64("lengths", 2, 1, 5),
                             I64("vocabulary", 1, 9),
                             END };

    (void)state;
    rr_dataset *ds = load(write_npz(even), "", RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_vocabulary(ds), 5);
    assert_int_equal(rr_dataset_at(ds, 1).steps, 3);
    assert_int_equal(rr_dataset_at(ds, 1).symbols[1], 3);
    rr_dataset_free(ds);
    ds = load(write_npz(ragged), "", RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_vocabulary(ds), 9);
    assert_int_equal(rr_dataset_at(ds, 1).steps, 5);
    assert_int_equal(rr_dataset_at(ds, 1).symbols[4], 1);
    rr_dataset_free(ds);
}

static void given_classes_and_names_are_taken(void **state)
{
    const array arrays[] = { X3, Y4, I64("classes", 1, 4),
                             I64("class_names", 9, 'a', 0, 0, 'b', 'c', 0, 0xc3, 0xb6, 0), END };
    rr_dataset *ds = load(write_npz(arrays), "", RR_SPLIT_TRAIN);

    (void)state;
    assert_int_equal(rr_dataset_classes(ds), 4);
    assert_string_equal(rr_dataset_class_name(ds, 0), "a");
    assert_string_equal(rr_dataset_class_name(ds, 1), "");
    assert_string_equal(rr_dataset_class_name(ds, 3), "\xc3\xb6");
    rr_dataset_free(ds);
}

/* ---- splits --------------------------------------------------------------------------------- */

static int has(const char *spec, rr_split split)
{
    int out = -1;
    rr_error err = { .msg = "" };

    CHECK_OK(has_split(spec, split, &out, &err), err);
    return out;
}

static void split_array_divides_the_rows(void **state)
{
    const array arrays[] = { X3, Y4, I64("split", 4, 2, 0, 2, 0), END };
    const char *spec = write_npz(arrays);
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    assert_int_equal(has(spec, RR_SPLIT_TRAIN), 1);
    assert_int_equal(has(spec, RR_SPLIT_DEV), 0);
    assert_int_equal(has(spec, RR_SPLIT_TEST), 1);
    ds = load(spec, "", RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_count(ds), 2);
    assert_int_equal(rr_dataset_classes(ds), 3); /* of all splits, though test has 0 and 1 alone */
    assert_memory_equal(rr_dataset_at(ds, 1).frames, x + 12, 6 * sizeof *x);
    rr_dataset_free(ds);
    ds = load(spec, "?limit=1", RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_count(ds), 1);
    assert_int_equal(rr_dataset_at(ds, 0).label, 2);
    rr_dataset_free(ds);
    CHECK_FAILS(rr_dataset_load(spec, RR_SPLIT_DEV, &ds, &err), RR_ERR_ARG, err,
                "a.npz has no dev split; it has train, test");
    CHECK_FAILS(rr_dataset_load(in_scratch("npz:", "a.npz?holdout=0.5"), RR_SPLIT_TRAIN, &ds, &err),
                RR_ERR_ARG, err, "holdout=0.5");
}

static void without_a_split_array_all_is_train(void **state)
{
    const array arrays[] = { X3, Y4, END };
    const char *spec = write_npz(arrays);
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    assert_int_equal(has(spec, RR_SPLIT_TRAIN), 1);
    assert_int_equal(has(spec, RR_SPLIT_TEST), 0);
    CHECK_FAILS(rr_dataset_load(spec, RR_SPLIT_TEST, &ds, &err), RR_ERR_ARG, err,
                "has no test split");
}

/* Both parts together are all rows, each once, in order; another seed draws others. */
static void holdout_divides_by_seed(void **state)
{
    float values[100];
    int64_t labels[100];
    size_t seen[100] = { 0 };
    bool differs = false;

    (void)state;
    for (int i = 0; i < 100; i++) {
        values[i] = (float)i;
        labels[i] = i % 2;
    }
    const array arrays[] = { { "x", RRI_NPZ_F32, 3, { 100, 1, 1 }, values },
                             { "y", RRI_NPZ_I64, 1, { 100 }, labels },
                             END };
    const char *spec = write_npz(arrays);
    rr_dataset *part[3] = { load(spec, "?holdout=0.2", RR_SPLIT_TRAIN),
                            load(spec, "?holdout=0.2", RR_SPLIT_TEST),
                            load(spec, "?holdout=0.2&seed=2", RR_SPLIT_TEST) };
    assert_int_equal(rr_dataset_count(part[0]), 80);
    assert_int_equal(rr_dataset_count(part[1]), 20);
    for (int p = 0; p < 2; p++)
        for (size_t i = 0, last = 0; i < rr_dataset_count(part[p]); i++) {
            const size_t row = (size_t)rr_dataset_at(part[p], i).frames[0];
            assert_true(i == 0 || row > last);
            last = row;
            seen[row]++;
        }
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(seen[i], 1);
    for (size_t i = 0; i < 20; i++)
        differs |= rr_dataset_at(part[1], i).frames[0] != rr_dataset_at(part[2], i).frames[0];
    assert_true(differs);
    for (int p = 0; p < 3; p++)
        rr_dataset_free(part[p]);
    rr_dataset *one = load(spec, "?holdout=0.001", RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_count(one), 1);
    rr_dataset_free(one);
    one = load(spec, "?holdout=1", RR_SPLIT_TRAIN); /* a row of each class */
    assert_int_equal(rr_dataset_count(one), 2);
    rr_dataset_free(one);
}

/* ---- broken archives ------------------------------------------------------------------------ */

static void values_that_are_not_finite_name_row_and_step(void **state)
{
    float bad[24];
    const double big = 1e300;
    const array arrays[] = { { "x", RRI_NPZ_F32, 3, { 4, 3, 2 }, bad }, Y4, END };
    const array huge[] = { { "x", RRI_NPZ_F64, 3, { 1, 1, 1 }, &big }, I64("y", 1, 0), END };

    (void)state;
    memcpy(bad, x, sizeof bad);
    bad[17] = NAN;
    refused_at(arrays, RR_ERR_NUMERIC, 2, "row 2, step 2");
    bad[17] = -INFINITY;
    refused_at(arrays, RR_ERR_NUMERIC, 2, "row 2, step 2");
    refused_at(huge, RR_ERR_NUMERIC, 0, "row 0, step 0");
}

static void bad_labels_are_named(void **state)
{
    const array negative[] = { X3, I64("y", 4, 0, 1, -1, 0), END };
    const array beyond[] = { X3, Y4, I64("classes", 1, 2), END };
    const array huge[] = { X3, I64("y", 4, 0, 1000000, 1, 0), END };
    const float halves[4] = { 0, 1, 0.5F, 0 };
    const array fraction[] = { X3, { "y", RRI_NPZ_F32, 1, { 4 }, halves }, END };
    const array flat[] = { X3, { "y", RRI_NPZ_I64, 2, { 2, 2 }, y4 }, END };
    const array none[] = { { "x", RRI_NPZ_F32, 3, { 0, 3, 2 }, x },
                           { "y", RRI_NPZ_I64, 1, { 0 }, y4 },
                           END };
    const array missing[] = { X3, END };

    (void)state;
    refused_at(negative, RR_ERR_FORMAT, 2,
               "label -1 of row 2 is outside 0..65535; texts may be any: y.astype(str)");
    refused_at(beyond, RR_ERR_FORMAT, 1, "label 2 of row 1 is outside 0..1");
    refused_at(huge, RR_ERR_FORMAT, 1, "label 1000000 of row 1 is outside 0..65535");
    refused_at(fraction, RR_ERR_FORMAT, 2, "0.5 of row 2 of y is no whole number");
    refused_at(flat, RR_ERR_FORMAT, 0, "y has 2 dimensions, so a row of it is to hold a single 1");
    refused(none, RR_ERR_SHAPE, "y has no rows");
    refused(missing, RR_ERR_FORMAT, "no array \"y\"; it has x");
}

static void bad_shapes_of_x_are_named(void **state)
{
    const array missing[] = { Y4, END };
    const array rank[] = { { "x", RRI_NPZ_F32, 1, { 4 }, x }, Y4, END };
    const array volumes[] = { { "x", RRI_NPZ_F32, 4, { 4, 1, 3, 2 }, x }, Y4, END };
    const array rows[] = { X3, I64("y", 3, 0, 1, 0), END };
    const array width[] = { { "x", RRI_NPZ_F32, 3, { 4, 3, 0 }, x }, Y4, END };
    const array steps[] = { { "x", RRI_NPZ_F32, 3, { 4, 0, 3 }, x }, Y4, END };

    (void)state;
    refused(missing, RR_ERR_FORMAT, "no array \"x\"; it has y");
    refused(rank, RR_ERR_SHAPE, "x has 1 dimensions; frames need [N][T][D]");
    refused(volumes, RR_ERR_SHAPE, "x has 4 dimensions; frames need [N][T][D]");
    refused(rows, RR_ERR_SHAPE, "x has 4 rows, but y has 3");
    refused(width, RR_ERR_SHAPE, "width 0");
    refused_at(steps, RR_ERR_SHAPE, 0, "length 0 of row 0");
}

static void bad_lengths_are_named(void **state)
{
#define RAGGED { "x", RRI_NPZ_F32, 2, { 8, 3 }, x }, Y4
    const array zero[] = { RAGGED, I64("lengths", 4, 4, 0, 2, 2), END };
    const array negative[] = { RAGGED, I64("lengths", 4, 4, 3, 2, -1), END };
    const array less[] = { RAGGED, I64("lengths", 4, 1, 1, 1, 1), END };
    const array more[] = { RAGGED, I64("lengths", 4, 4, 4, 4, 4), END };
    const array few[] = { RAGGED, I64("lengths", 3, 4, 2, 2), END };
    const array beyond[] = { X3, Y4, I64("lengths", 4, 3, 3, 4, 3), END };
#undef RAGGED

    (void)state;
    refused_at(zero, RR_ERR_SHAPE, 1, "length 0 of row 1 of lengths is outside 1..");
    refused_at(negative, RR_ERR_SHAPE, 3, "length -1 of row 3");
    refused(less, RR_ERR_SHAPE, "x has 8 steps, but lengths add up to 4");
    refused_at(more, RR_ERR_SHAPE, 2, "x has 8 steps, which end within row 2 of 4");
    refused(few, RR_ERR_SHAPE, "lengths has 3 items where 4 are meant");
    refused_at(beyond, RR_ERR_SHAPE, 2, "length 4 of row 2, but x has 3 steps a row");
}

static void bad_symbols_are_named(void **state)
{
    const array negative[] = { I64("x", 3, 0, 1, -2), I64("y", 2, 0, 0), I64("lengths", 2, 1, 2),
                               END };
    const array beyond[] = {
        { "x", RRI_NPZ_I64, 2, { 2, 3 }, words }, I64("y", 2, 0, 0), I64("vocabulary", 1, 3), END
    };

    (void)state;
    refused_at(
        negative, RR_ERR_FORMAT, 1,
        "symbol -2 of row 1, step 1 of x is outside 0..4294967294; save frames of one column as "
        "floats");
    refused_at(beyond, RR_ERR_FORMAT, 0, "symbol 4 of row 0, step 0 of x is outside 0..2");
}

static void bad_small_arrays_are_named(void **state)
{
    const array split[] = { X3, Y4, I64("split", 4, 0, 1, 2, 3), END };
    const array few[] = { X3, Y4, I64("split", 3, 0, 1, 2), END };
    const array classes[] = { X3, Y4, I64("classes", 1, 0), END };
    const array two[] = { X3, Y4, I64("classes", 2, 3, 3), END };
    const array names[] = { X3, Y4, I64("class_names", 4, 'a', 0, 'b', 0), END };
    const array twice[] = { X3, Y4, I64("class_names", 6, 'a', 0, 'b', 0, 'a', 0), END };
    const array open[] = { X3, Y4, I64("class_names", 5, 'a', 0, 'b', 0, 'c'), END };
    const array bytes[] = { X3, Y4, I64("class_names", 2, 'a', 300), END };

    (void)state;
    refused_at(split, RR_ERR_FORMAT, 3, "split 3 of row 3");
    refused(few, RR_ERR_SHAPE, "split has 3 items, but y has 4");
    refused_at(twice, RR_ERR_FORMAT, 2, "class_names[2], \"a\", is empty or repeated");
    refused(classes, RR_ERR_FORMAT, "classes is 0");
    refused(two, RR_ERR_SHAPE, "classes has 2 items");
    refused(names, RR_ERR_SHAPE, "2 names for 3 classes");
    refused(open, RR_ERR_SHAPE, "names");
    refused_at(bytes, RR_ERR_FORMAT, 1, "item 1 of class_names is 300");
}

static void what_is_no_archive_is_refused(void **state)
{
    rr_dataset *ds = NULL;
    int out = 3;
    rr_error err = { .msg = "" };
    FILE *f = fopen(in_scratch("", "text.npz"), "wb");

    (void)state;
    assert_non_null(f);
    assert_true(fputs("no zip at all", f) >= 0);
    assert_int_equal(fclose(f), 0);
    CHECK_FAILS(rr_dataset_load(in_scratch("npz:", "text.npz"), RR_SPLIT_TRAIN, &ds, &err),
                RR_ERR_FORMAT, err, "text.npz");
    CHECK_FAILS(rr_dataset_load(in_scratch("npz:", "none.npz"), RR_SPLIT_TRAIN, &ds, &err),
                RR_ERR_IO, err, "none.npz");
    CHECK_FAILS(has_split(in_scratch("npz:", "none.npz"), RR_SPLIT_TRAIN, &out, &err), RR_ERR_IO,
                err, "none.npz");
    assert_int_equal(out, 3);
    assert_null(ds);
}

static void every_failed_allocation_is_clean(void **state)
{
    const array arrays[] = { { "x", RRI_NPZ_I64, 1, { 6 }, words },
                             I64("y", 2, 1, 0),
                             I64("lengths", 2, 1, 5),
                             I64("class_names", 4, 'a', 0, 'b', 0),
                             END };
    const array plain[] = { X3, Y4, END };

    (void)state;
    check_load_survives_no_memory(write_npz(arrays), RR_SPLIT_TRAIN);
    (void)write_npz(plain);
    check_load_survives_no_memory(in_scratch("npz:", "a.npz?holdout=0.5"), RR_SPLIT_TEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_of_equal_length),
        cmocka_unit_test(frames_of_any_length),
        cmocka_unit_test(double_frames_become_floats),
        cmocka_unit_test(symbols_of_equal_and_of_any_length),
        cmocka_unit_test(given_classes_and_names_are_taken),
        cmocka_unit_test(split_array_divides_the_rows),
        cmocka_unit_test(without_a_split_array_all_is_train),
        cmocka_unit_test(holdout_divides_by_seed),
        cmocka_unit_test(values_that_are_not_finite_name_row_and_step),
        cmocka_unit_test(bad_labels_are_named),
        cmocka_unit_test(bad_shapes_of_x_are_named),
        cmocka_unit_test(bad_lengths_are_named),
        cmocka_unit_test(bad_symbols_are_named),
        cmocka_unit_test(bad_small_arrays_are_named),
        cmocka_unit_test(what_is_no_archive_is_refused),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
