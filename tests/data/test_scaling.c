/* SPDX-License-Identifier: MIT */
/* test_scaling.c - columns scaled by the train split: the numbers by hand, on every split, given
 * from outside, and what cannot be scaled. */
#include "make.h"
#include "numpy_file.h"

/* Train: column x is 1, 3, 5, 7 (mean 4, deviation sqrt 5), y is constant. */
static const char table[] = "id,x,y,label,split\n"
                            "p,1,2,a,train\np,3,2,a,train\n"
                            "q,100,4,b,test\n"
                            "r,5,2,b,train\nr,7,2,b,train\n";

static rr_source *open_table(const char *scale, const rr_source_options *options)
{
    char spec[700];
    rr_source *source = NULL;
    rr_error err = { .msg = "" };

    write_scratch("a.csv", table);
    (void)snprintf(spec, sizeof spec, "%s?sequence=id&frames=x,y%s", in_scratch("csv:", "a.csv"),
                   scale);
    CHECK_OK(rr_source_open(spec, options, &source, &err), err);
    return source;
}

static rr_dataset *split_of(rr_source *source, rr_split split)
{
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    CHECK_OK(rr_source_split(source, split, &ds, &err), err);
    return ds;
}

static void standard_is_mean_and_deviation_of_train(void **state)
{
    rr_source *source = open_table("&scale=standard&limit=1", NULL);
    const double root = sqrt(5.0);

    (void)state;
    assert_null(rr_source_scaling(source)); /* no split is loaded */
    rr_dataset *ds = split_of(source, RR_SPLIT_TEST);
    const rr_scaling *s = rr_source_scaling(source);
    assert_non_null(s);
    assert_int_equal(s->kind, RR_SCALE_STANDARD);
    assert_int_equal(s->width, 2);
    assert_true(s->offset[0] == 4.0 && s->divisor[0] == root);
    assert_true(s->offset[1] == 2.0 && s->divisor[1] == 1.0);
    assert_true(rr_dataset_at(ds, 0).frames[0] == (float)(96.0 / root));
    assert_true(rr_dataset_at(ds, 0).frames[1] == 2.0F);
    rr_dataset_free(ds);
    ds = split_of(source, RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_count(ds), 1); /* `limit` does not change the numbers */
    assert_true(rr_dataset_at(ds, 0).frames[2] == (float)(-1.0 / root));
    assert_true(rr_dataset_at(ds, 0).frames[3] == 0.0F);
    rr_dataset_free(ds);
    assert_string_equal(rr_source_note(source, 0),
                        "scale=standard: 1 of 2 columns are constant in the train split and become "
                        "0, the first is column 1 (2)");
    rr_source_close(source);
}

static void minmax_is_the_range_of_train(void **state)
{
    rr_source *source = open_table("&scale=minmax", NULL);
    rr_dataset *ds = split_of(source, RR_SPLIT_TRAIN);
    const float want[8] = { 0, 0, (float)(2.0 / 6.0), 0, (float)(4.0 / 6.0), 0, 1, 0 };

    (void)state;
    assert_memory_equal(rr_dataset_at(ds, 0).frames, want, sizeof want);
    rr_dataset_free(ds);
    ds = split_of(source, RR_SPLIT_TEST);
    assert_true(rr_dataset_at(ds, 0).frames[0] == (float)(99.0 / 6.0));
    rr_dataset_free(ds);
    rr_source_close(source);
}

static void none_leaves_values_as_they_are(void **state)
{
    rr_source *source = open_table("&scale=none", NULL);
    rr_dataset *ds = split_of(source, RR_SPLIT_TRAIN);

    (void)state;
    assert_true(rr_dataset_at(ds, 1).frames[2] == 7.0F);
    assert_null(rr_source_scaling(source));
    rr_dataset_free(ds);
    rr_source_close(source);
}

static void a_given_scaling_is_used_instead(void **state)
{
    const double offset[2] = { 1.0, 2.0 };
    const double divisor[2] = { 2.0, 0.5 };
    const rr_scaling scaling = {
        .kind = RR_SCALE_STANDARD, .width = 2, .offset = offset, .divisor = divisor
    };
    rr_source_options options = rr_source_options_default();
    rr_error err = { .msg = "" };
    rr_source *source = NULL;
    rr_dataset *ds = NULL;

    (void)state;
    options.scaling = &scaling;
    source = open_table("&scale=minmax", &options);
    ds = split_of(source, RR_SPLIT_TEST);
    assert_true(rr_dataset_at(ds, 0).frames[0] == 49.5F);
    assert_true(rr_dataset_at(ds, 0).frames[1] == 4.0F);
    assert_non_null(strstr(rr_source_note(source, 0), "scale=minmax is passed over"));
    rr_dataset_free(ds);
    rr_source_close(source);
    CHECK_OK(rr_source_open("digits?limit=2", &options, &source, &err), err);
    CHECK_FAILS(rr_source_split(source, RR_SPLIT_TEST, &ds, &err), RR_ERR_MISMATCH, err,
                "the network's training data were scaled with 2 columns");
    rr_source_close(source);
    write_scratch("b.csv", "x,label\n1,a\n2,b\n");
    CHECK_OK(rr_source_open(in_scratch("csv:", "b.csv?frames=x"), &options, &source, &err), err);
    CHECK_FAILS(rr_source_split(source, RR_SPLIT_TRAIN, &ds, &err), RR_ERR_MISMATCH, err,
                "frames of width 1, but the network's training data were scaled with 2 columns");
    rr_source_close(source);
}

/* Data of a kind without a parameter for it are scaled as well. */
static void images_are_scaled_by_a_given_scaling(void **state)
{
    double offset[28];
    double divisor[28];
    const rr_scaling scaling = {
        .kind = RR_SCALE_MINMAX, .width = 28, .offset = offset, .divisor = divisor
    };
    rr_source_options options = rr_source_options_default();
    rr_error err = { .msg = "" };
    rr_source *source = NULL;

    (void)state;
    for (size_t d = 0; d < 28; d++) {
        offset[d] = 0.5;
        divisor[d] = 0.25;
    }
    options.scaling = &scaling;
    rr_dataset *plain = load_dataset("digits?limit=3", RR_SPLIT_TEST);
    CHECK_OK(rr_source_open("digits?limit=3", &options, &source, &err), err);
    rr_dataset *ds = split_of(source, RR_SPLIT_TEST);
    for (size_t i = 0; i < (size_t)28 * 28; i++)
        assert_true(rr_dataset_at(ds, 1).frames[i] ==
                    (float)(((double)rr_dataset_at(plain, 1).frames[i] - 0.5) / 0.25));
    assert_string_not_equal(rr_dataset_hash(ds), rr_dataset_hash(plain));
    rr_dataset_free(ds);
    rr_dataset_free(plain);
    rr_source_close(source);
}

/* That a network reads no symbols is said where they meet, not by the scaling. */
static void symbols_are_left_as_they_are(void **state)
{
    const double numbers[2] = { 1.0, 2.0 };
    const rr_scaling scaling = {
        .kind = RR_SCALE_STANDARD, .width = 2, .offset = numbers, .divisor = numbers
    };
    const int64_t x[4] = { 3, 0, 1, 2 };
    const int64_t y[2] = { 0, 1 };
    const numpy_array arrays[] = { { "x", "<i8", "(2, 2)", x, sizeof x },
                                   { "y", "<i8", "(2,)", y, sizeof y },
                                   NUMPY_END };
    rr_source_options options = rr_source_options_default();
    rr_source *source = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    write_numpy("s.npz", arrays);
    options.scaling = &scaling;
    CHECK_OK(rr_source_open(in_scratch("npz:", "s.npz"), &options, &source, &err), err);
    rr_dataset *ds = split_of(source, RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_at(ds, 0).symbols[0], 3);
    rr_dataset_free(ds);
    rr_source_close(source);
}

static void what_cannot_be_scaled_is_refused(void **state)
{
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    write_scratch("a.csv", table);
    CHECK_FAILS(rr_dataset_load(in_scratch("csv:", "a.csv?sequence=id&frames=x&scale=robust"),
                                RR_SPLIT_TRAIN, &ds, &err),
                RR_ERR_ARG, err, "scale of csv: unknown scale 'robust'");
    write_scratch("t.csv", "id,x,label,split\np,1,a,test\nq,2,b,test\n");
    CHECK_FAILS(rr_dataset_load(in_scratch("csv:", "t.csv?sequence=id&frames=x&scale=minmax"),
                                RR_SPLIT_TEST, &ds, &err),
                RR_ERR_ARG, err, "t.csv has no train split, by which columns are scaled");
    write_scratch("f.csv", "id,x,label,split\np,0,a,train\np,1e-40,a,train\nq,1e10,b,test\n");
    CHECK_FAILS(rr_dataset_load(in_scratch("csv:", "f.csv?sequence=id&frames=x&scale=minmax"),
                                RR_SPLIT_TEST, &ds, &err),
                RR_ERR_NUMERIC, err, "f.csv, line 4, step 0, column 0 is inf when scaled");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_is_mean_and_deviation_of_train),
        cmocka_unit_test(minmax_is_the_range_of_train),
        cmocka_unit_test(none_leaves_values_as_they_are),
        cmocka_unit_test(a_given_scaling_is_used_instead),
        cmocka_unit_test(images_are_scaled_by_a_given_scaling),
        cmocka_unit_test(symbols_are_left_as_they_are),
        cmocka_unit_test(what_cannot_be_scaled_is_refused),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
