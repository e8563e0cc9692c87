/* SPDX-License-Identifier: MIT */
/* test_source_ts.c - time series of the UCR and UEA archives: .ts files and tables, and every way
 * to be wrong. */
#include "make.h"
#include "scratch.h"

static const char header[] = "# made for a test\n"
                             "@problemName Two\n"
                             "@CLASSLABEL true  b\ta c\n"
                             "@timestamps false\n"
                             "@missing false\n"
                             "@univariate false\n"
                             "@dimensions 2\n"
                             "@note whatever\n"
                             "@equalLength false\n"
                             "@data\n";

/* Write a file of the header, or without, and lines. */
static void put(const char *name, const char *head, const char *lines)
{
    char text[2048];

    (void)snprintf(text, sizeof text, "%s%s", head, lines);
    write_scratch(name, text);
}

static void refused(const char *head, const char *lines, rr_status code, const char *part)
{
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    put("bad.ts", head, lines);
    CHECK_FAILS(rr_dataset_load(in_scratch("ts:", "bad.ts"), RR_SPLIT_TRAIN, &ds, &err), code, err,
                part);
    assert_non_null(strstr(err.msg, "bad.ts"));
}

/* ---- .ts ------------------------------------------------------------------------------------ */

static void dimensions_become_columns(void **state)
{
    char spec[1200];

    (void)state;
    put("a.ts", header, "1,2,3:-4,5.5,6E1:a\n\n# between\n7 , 8:9,10:b\r\n");
    put("b.ts", header, "1:2:c\n");
    (void)snprintf(spec, sizeof spec, "%s,%s", in_scratch("ts:", "a.ts"), in_scratch("", "b.ts"));
    rr_dataset *ds = load_dataset(spec, RR_SPLIT_TRAIN);
    const float want[10] = { 1, -4, 2, 5.5F, 3, 60, 7, 9, 8, 10 };
    assert_int_equal(rr_dataset_count(ds), 2);
    assert_int_equal(rr_dataset_width(ds), 2);
    assert_int_equal(rr_dataset_at(ds, 0).steps, 3);
    assert_int_equal(rr_dataset_at(ds, 1).steps, 2);
    assert_memory_equal(rr_dataset_at(ds, 0).frames, want, sizeof want);
    assert_int_equal(rr_dataset_classes(ds), 3); /* in the order of @classLabel */
    assert_string_equal(rr_dataset_class_name(ds, 0), "b");
    assert_int_equal(rr_dataset_at(ds, 0).label, 1);
    rr_dataset_free(ds);
    ds = load_dataset(spec, RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_count(ds), 1);
    assert_string_equal(rr_dataset_class_name(ds, rr_dataset_at(ds, 0).label), "c");
    rr_dataset_free(ds);
}

static void a_single_file_may_be_divided(void **state)
{
    (void)state;
    put("a.ts", header, "1:1:a\n2:2:b\n3:3:a\n4:4:b\n");
    rr_dataset *ds = load_dataset(in_scratch("ts:", "a.ts?holdout=0.5"), RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_count(ds), 2);
    assert_int_not_equal(rr_dataset_at(ds, 0).label, rr_dataset_at(ds, 1).label);
    rr_dataset_free(ds);
}

static void bad_series_are_named_by_line(void **state)
{
    (void)state;
    refused(header, "1,2:3,4:a\n1,2:3:a\n", RR_ERR_FORMAT,
            "line 12: dimension 2 has 1 values, dimension 1 has 2: all dimensions");
    refused(header, "1,2:a\n", RR_ERR_FORMAT,
            "line 11: 1 dimension and a class, where the header names 2");
    refused(header, "1:2:3:a\n", RR_ERR_FORMAT,
            "line 11: 3 dimensions and a class, where the header names 2");
    refused(header, "1,x:3,4:a\n", RR_ERR_FORMAT,
            "line 11: \"x\" (value 2 of dimension 1) is no finite number of 32 bits");
    refused(header, "1,1e39:3,4:a\n", RR_ERR_FORMAT, "\"1e39\" (value 2 of dimension 1)");
    refused(header, "1,?:3,4:a\n", RR_ERR_FORMAT,
            "line 11: value 2 of dimension 1 is missing; a network needs every value");
    refused(header, "1,NaN:3,?:a\n", RR_ERR_FORMAT, "is missing; if sequences are filled up");
    refused(header, "(0,1),(1,2):(0,1),(1,2):a\n", RR_ERR_FORMAT,
            "line 11: \"(0\" (value 1 of dimension 1) is a pair of time and value");
    refused(header, "1,2:3,4:d\n", RR_ERR_FORMAT,
            "line 11: label \"d\" is none of the 3 classes: b, a, c");
    refused(header, "1,2:3,4: \n", RR_ERR_FORMAT, "line 11: there is no class");
    refused(header, "1,2\n", RR_ERR_FORMAT, "line 11: there is no class: a ':'");
    refused(header, "", RR_ERR_FORMAT, "holds no sequence");
    refused("@dimensions 1\n@data\n", "1:1:a\n", RR_ERR_FORMAT, "where the header names 1");
    refused("@data\n", "1:1:a\n2:b\n", RR_ERR_FORMAT,
            "line 3: 1 dimension, where the first series has 2");
    refused("@equalLength true\n@data\n", "1,2:a\n1:b\n", RR_ERR_FORMAT,
            "line 4: 1 values a dimension, but @equalLength is true and the first series has 2");
}

static void bad_headers_are_named_by_line(void **state)
{
    (void)state;
    refused("@timeStamps true\n@data\n", "(0,1):a\n", RR_ERR_FORMAT,
            "line 1: @timeStamps true: pairs (time,value) are not read");
    refused("@univariate maybe\n@data\n", "1:a\n", RR_ERR_FORMAT,
            "line 1: \"@univariate maybe\" is neither true nor false");
    refused("@dimensions two\n@data\n", "1:a\n", RR_ERR_FORMAT, "line 1: \"two\" is no number");
    refused("@classLabel true a a\n@data\n", "1:a\n", RR_ERR_FORMAT,
            "line 1: @classLabel: classes=a a names \"a\" twice");
    refused("@classLabel false\n@data\n", "1\n", RR_ERR_FORMAT,
            "line 1: @classLabel false: the series have no classes to learn");
    refused("@targetLabel true\n@data\n", "1:0.5\n", RR_ERR_FORMAT, "line 1: @targetLabel true");
    refused("@relation x\n@data\n", "1,a\n", RR_ERR_FORMAT, "line 1: ARFF is not read");
    refused("@problemName x\n", "1:a\n", RR_ERR_FORMAT, "line 2: a line of the header begins");
    refused("@problemName x\n", "", RR_ERR_FORMAT, "the file ends before @data");
    refused("", "\n# nothing\n", RR_ERR_FORMAT, "holds no series");
}

static void series_without_classes_are_read_where_that_is_allowed(void **state)
{
    rr_source_options options = rr_source_options_default();
    rr_source *source = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    put("a.ts", "@classLabel false\n@data\n", "1,2:3,4\n5:6\n");
    options.unlabelled = 1;
    CHECK_OK(rr_source_open(in_scratch("ts:", "a.ts"), &options, &source, &err), err);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &ds, &err), err);
    assert_int_equal(rr_dataset_labelled(ds), 0);
    assert_int_equal(rr_dataset_width(ds), 2);
    assert_int_equal(rr_dataset_at(ds, 1).steps, 1);
    rr_dataset_free(ds);
    rr_source_close(source);
}

/* ---- tables --------------------------------------------------------------------------------- */

static void tables_begin_with_the_class(void **state)
{
    static const char *const tables[] = {
        "2\t0.5\t-1\n1\t3\t4\t5\n10.0\t6\n",
        "2,0.5,-1\n1,3,4,5\n10.0,6\n",
        "  2.0000000e+00  5.0e-01  -1\n  1.0000000e+00 3 4 5\n 10 6\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        put("a.tsv", "", tables[i]);
        rr_dataset *ds = load_dataset(in_scratch("ts:", "a.tsv"), RR_SPLIT_TRAIN);
        assert_int_equal(rr_dataset_count(ds), 3);
        assert_int_equal(rr_dataset_width(ds), 1);
        assert_int_equal(rr_dataset_at(ds, 1).steps, 3);
        assert_true(rr_dataset_at(ds, 0).frames[0] == 0.5F);
        assert_true(rr_dataset_at(ds, 1).frames[2] == 5.0F);
        assert_int_equal(rr_dataset_at(ds, 0).label, 1); /* 1, 2, 10 */
        assert_int_equal(rr_dataset_at(ds, 2).label, 2);
        assert_string_equal(rr_dataset_class_name(ds, 2), "10");
        rr_dataset_free(ds);
    }
}

static void tables_filled_up_with_nan_are_cut_if_asked(void **state)
{
    (void)state;
    put("a.tsv", "", "1\t1\tNaN\tNaN\n2\t1\t2\t3\n");
    rr_dataset *ds = load_dataset(in_scratch("ts:", "a.tsv?pad=nan"), RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_at(ds, 0).steps, 1);
    assert_int_equal(rr_dataset_at(ds, 1).steps, 3);
    rr_dataset_free(ds);
    refused("", "1\t1\tNaN\tNaN\n", RR_ERR_FORMAT,
            "line 1: value 2 of dimension 1 is missing; if sequences are filled up at their ends, "
            "add pad=nan");
    refused("", "1\t1\tNaN\t3\n", RR_ERR_FORMAT, "value 2 of dimension 1 is missing; a network");
    refused("", "label\tv1\n", RR_ERR_FORMAT, "line 1: \"v1\" (value 1 of dimension 1)");
    refused("", "1\n", RR_ERR_SHAPE, "line 1: a sequence without a value");
    refused("", "1,2\n,3\n", RR_ERR_FORMAT, "line 2: there is no class");
    refused("", "1\t2\n\t3\n", RR_ERR_FORMAT, "line 2: there is no class");
    refused("", "1\t2\t\r\n", RR_ERR_FORMAT, "line 1: value 2 of dimension 1 is missing; if");
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    put("a.ts", header, "1,2,3:4,5,6:a\n7,8:9,10:b\n1:2:c\n3:4:c\n");
    check_load_survives_no_memory(in_scratch("ts:", "a.ts?scale=minmax"), RR_SPLIT_TRAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dimensions_become_columns),
        cmocka_unit_test(a_single_file_may_be_divided),
        cmocka_unit_test(bad_series_are_named_by_line),
        cmocka_unit_test(bad_headers_are_named_by_line),
        cmocka_unit_test(series_without_classes_are_read_where_that_is_allowed),
        cmocka_unit_test(tables_begin_with_the_class),
        cmocka_unit_test(tables_filled_up_with_nan_are_cut_if_asked),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
