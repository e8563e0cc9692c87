/* SPDX-License-Identifier: MIT */
/* test_source_frames.c - tables of numbers: rows that are steps, rows that are sequences, a file
 * for each split. */
#include "make.h"
#include "scratch.h"

static void refused(const char *text, const char *parameters, rr_status code, const char *part)
{
    char spec[700];
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    write_scratch("bad.csv", text);
    (void)snprintf(spec, sizeof spec, "%s?%s", in_scratch("csv:", "bad.csv"), parameters);
    CHECK_FAILS(rr_dataset_load(spec, RR_SPLIT_TRAIN, &ds, &err), code, err, part);
}

static rr_dataset *load(const char *text, const char *parameters, rr_split split)
{
    char spec[700];

    write_scratch("a.csv", text);
    (void)snprintf(spec, sizeof spec, "%s?%s", in_scratch("csv:", "a.csv"), parameters);
    return load_dataset(spec, split);
}

static const char steps[] = "id,t,x,y,label,split\n"
                            "p,0,1,2,walk,train\n"
                            "p,1,3,4,walk,train\n"
                            "q,0,5,6,run,test\n"
                            "r,0,7,8,run,train\n"
                            "p,2,9,10,walk,train\n";

static void rows_of_one_id_are_a_sequence(void **state)
{
    const float want[8] = { 1, 2, 3, 4, 9, 10, 7, 8 };
    rr_source *source = NULL;
    rr_error err = { .msg = "" };
    rr_dataset *ds = load(steps, "sequence=id&frames=x,y", RR_SPLIT_TRAIN);

    (void)state;
    assert_int_equal(rr_dataset_count(ds), 2);
    assert_int_equal(rr_dataset_width(ds), 2);
    assert_int_equal(rr_dataset_at(ds, 0).steps, 3);
    assert_memory_equal(rr_dataset_at(ds, 0).frames, want, sizeof want);
    assert_string_equal(rr_dataset_class_name(ds, 0), "run");
    assert_int_equal(rr_dataset_at(ds, 0).label, 1);
    rr_dataset_free(ds);
    ds = load(steps, "sequence=id&frames=x,y", RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_count(ds), 1);
    rr_dataset_free(ds);
    CHECK_OK(rr_source_open(in_scratch("csv:", "a.csv?sequence=id&frames=t-y&split="), NULL,
                            &source, &err),
             err);
    assert_non_null(strstr(rr_source_note(source, 0),
                           "a.csv: rows of one sequence stand apart 1 times, the first on line 6"));
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &ds, &err), err);
    assert_int_equal(rr_dataset_width(ds), 3); /* all columns from t to y */
    assert_int_equal(rr_dataset_count(ds), 3); /* the column of splits is passed over */
    rr_dataset_free(ds);
    rr_source_close(source);
}

static void a_row_may_be_a_sequence(void **state)
{
    const float want[4] = { 1, 2, 3, 4 };
    rr_dataset *ds =
        load("1,2,3,4,b\n5,6,7,8,a\n", "header=0&frames=1-4&width=2&label=5", RR_SPLIT_TRAIN);

    (void)state;
    assert_int_equal(rr_dataset_width(ds), 2);
    assert_int_equal(rr_dataset_at(ds, 0).steps, 2);
    assert_memory_equal(rr_dataset_at(ds, 0).frames, want, sizeof want);
    assert_int_equal(rr_dataset_at(ds, 0).label, 1);
    rr_dataset_free(ds);
    ds = load("a;x-1;label\n1;2;0\n3;;1\n", "frames=a,x-1&pad=nan", RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_width(ds), 1);
    assert_int_equal(rr_dataset_at(ds, 0).steps, 2);
    assert_int_equal(rr_dataset_at(ds, 1).steps, 1);
    rr_dataset_free(ds);
}

static void a_file_may_be_a_split(void **state)
{
    char spec[1700];
    rr_error err = { .msg = "" };
    rr_dataset *ds = NULL;

    (void)state;
    write_scratch("a.csv", "id,x,label\n1,1,1.0\n1,2,1\n2,3,0\n");
    write_scratch("b,c.csv", "id,x,label\n1,4,1\n");
    write_scratch("d.csv", "id,x,label\n1,5,2\n");
    (void)snprintf(spec, sizeof spec, "%s,%s,%s?sequence=id&frames=x", in_scratch("csv:", "a.csv"),
                   in_scratch("", "b,c.csv"), in_scratch("", "d.csv"));
    for (int s = 0; s < 3; s++) {
        ds = load_dataset(spec, (rr_split)s);
        assert_int_equal(rr_dataset_count(ds), s == 0 ? 2 : 1);
        assert_int_equal(rr_dataset_classes(ds), 3);
        assert_true(rr_dataset_at(ds, 0).frames[0] == (s == 0 ? 1.0F : (float)s + 3.0F));
        rr_dataset_free(ds);
    }
    (void)snprintf(spec, sizeof spec, "%s,%s?sequence=id&frames=x&split=s",
                   in_scratch("csv:", "a.csv"), in_scratch("", "d.csv"));
    CHECK_FAILS(rr_dataset_load(spec, RR_SPLIT_TRAIN, &ds, &err), RR_ERR_ARG, err,
                "split=s beside a file for each split");
}

static void names_of_columns_may_stand_in_blanks(void **state)
{
    rr_dataset *ds =
        load("id, x , y,label\np, 1 ,2, walk\n", "sequence=id&frames=x,y", RR_SPLIT_TRAIN);

    (void)state;
    assert_true(rr_dataset_at(ds, 0).frames[0] == 1.0F);
    assert_true(rr_dataset_at(ds, 0).frames[1] == 2.0F);
    assert_string_equal(rr_dataset_class_name(ds, 0), "walk");
    rr_dataset_free(ds);
    ds = load(" x,x,label\n1,2,a\n", "frames=x", RR_SPLIT_TRAIN); /* the exact name counts */
    assert_true(rr_dataset_at(ds, 0).frames[0] == 2.0F);
    rr_dataset_free(ds);
    refused(" x,x ,label\n1,2,a\n", "frames=x", RR_ERR_FORMAT, "columns 1 and 2 are both named");
}

static void bad_tables_are_named_by_line(void **state)
{
    static const char two[] = "id,x,label\np,1,a\np,2,b\n";

    (void)state;
    refused(two, "sequence=id&frames=x", RR_ERR_FORMAT,
            "bad.csv, line 3: sequence \"p\" has another label here, \"b\", than on line 2");
    refused("id,x,label,split\np,1,a,train\np,2,a,test\n", "sequence=id&frames=x", RR_ERR_FORMAT,
            "line 3: sequence \"p\" has another split here, \"test\", than on line 2");
    refused("id,x,label\np,1,a\np,?,a\n", "sequence=id&frames=x", RR_ERR_FORMAT,
            "line 3: column 2 has no value (\"?\")");
    refused("id,x,label\np,1,a\np,?,a\np,2,a\n", "sequence=id&frames=x&pad=nan", RR_ERR_FORMAT,
            "sequence \"p\": ");
    refused("id,x,label\np,1,a\np,one,a\n", "sequence=id&frames=x", RR_ERR_FORMAT,
            "line 3: \"one\" in column 2 is no finite number of 32 bits");
    refused("id,x,label\np,1,a\n,1,a\n", "sequence=id&frames=x", RR_ERR_FORMAT,
            "line 3: the column of sequences is empty");
    refused("id,x,label\np,1,\n", "sequence=id&frames=x", RR_ERR_FORMAT,
            "line 2: there is no label");
    refused("id,x,label\np,1,a\np,1\n", "sequence=id&frames=x", RR_ERR_FORMAT, "line 3");
    refused(two, "sequence=id&frames=z", RR_ERR_FORMAT, "frames=z");
    refused(two, "sequence=id&frames=x-z", RR_ERR_FORMAT, "frames=x-z");
    refused(two, "sequence=id&frames=label-id", RR_ERR_ARG,
            "frames=label-id: the last column stands before the first");
    refused(two, "sequence=person&frames=x", RR_ERR_FORMAT, "sequence=person");
    refused(two, "sequence=id&frames=x&width=1", RR_ERR_ARG, "width=1 beside sequence=");
    refused(two, "frames=id,x&width=3", RR_ERR_ARG, "width=3 does not divide the 2 columns");
    refused(two, "frames=x&label=kind", RR_ERR_FORMAT, "label=kind");
    refused(two, "frames=x&text=x", RR_ERR_ARG, "csv has no parameter \"text\"");
    refused("id,x,label\n", "sequence=id&frames=x", RR_ERR_FORMAT, "holds no sequence");
    refused("x,label\n1,a\n", "frames=x&classes=b|c", RR_ERR_FORMAT,
            "line 2: label \"a\" is none of the 2 classes: b, c");
}

static void rows_without_labels_are_read_where_that_is_allowed(void **state)
{
    rr_source_options options = rr_source_options_default();
    rr_source *source = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    write_scratch("u.csv", "id,x\np,1\np,2\nq,3\n");
    options.unlabelled = 1;
    CHECK_OK(
        rr_source_open(in_scratch("csv:", "u.csv?sequence=id&frames=x"), &options, &source, &err),
        err);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &ds, &err), err);
    assert_int_equal(rr_dataset_labelled(ds), 0);
    assert_int_equal(rr_dataset_count(ds), 2);
    rr_dataset_free(ds);
    rr_source_close(source);
}

/* The classes of the steps of a sequence, -1 for none. */
static void check_tags(const rr_dataset *ds, size_t i, const int *want)
{
    const rr_sequence s = rr_dataset_at(ds, i);

    for (size_t t = 0; t < s.steps; t++)
        assert_int_equal(s.step_labels[t] == RR_NO_LABEL ? -1 : (int)s.step_labels[t], want[t]);
}

static const char activity[] = "id,x,does,who,split\n"
                               "p,1,walk,ann,train\n"
                               "p,2,,ann,train\n"
                               "q,5,run,bob,train\n"
                               "p,3,sit,ann,train\n"
                               "q,6,,bob,train\n"
                               "r,7,run,ann,test\n";

static void a_column_may_label_every_step(void **state)
{
    static const int p[] = { 2, -1, 1 }; /* run, sit, walk */
    static const int q[] = { 0, -1 };
    rr_dataset *ds = load(activity, "sequence=id&frames=x&tags=does", RR_SPLIT_TRAIN);

    (void)state;
    assert_int_equal(rr_dataset_classes(ds), 3);
    assert_int_equal(rr_dataset_labelled(ds), 1);
    check_tags(ds, 0, p);
    check_tags(ds, 1, q);
    assert_int_equal(rr_dataset_at(ds, 0).label, 1); /* of the last labelled step */
    assert_int_equal(rr_dataset_at(ds, 1).label, 0);
    rr_dataset_free(ds);
    ds = load(activity, "sequence=id&frames=x&tags=does&label=who", RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_classes(ds), 5);
    assert_string_equal(rr_dataset_class_name(ds, rr_dataset_at(ds, 0).label), "ann");
    assert_string_equal(rr_dataset_class_name(ds, rr_dataset_at(ds, 0).step_labels[0]), "run");
    rr_dataset_free(ds);
    refused(activity, "frames=x&tags=does", RR_ERR_ARG, "it takes sequence=COLUMN");
    refused(activity, "sequence=id&frames=x&tags=did", RR_ERR_FORMAT, "tags");
    refused("id,x,t\np,1,a\nq,1,\n", "sequence=id&frames=x&tags=t", RR_ERR_FORMAT,
            "bad.csv, line 3: no step of the sequence");
    refused("id,x,t\np,1,\n", "sequence=id&frames=x&tags=t", RR_ERR_FORMAT, "no step has a label");
    refused(activity, "sequence=id&frames=x&label=does", RR_ERR_FORMAT, "there is no label");
    check_load_survives_no_memory(in_scratch("csv:", "a.csv?sequence=id&frames=x&tags=does"),
                                  RR_SPLIT_TRAIN);
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    write_scratch("a.csv", steps);
    check_load_survives_no_memory(in_scratch("csv:", "a.csv?sequence=id&frames=x,y&scale=standard"),
                                  RR_SPLIT_TEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_one_id_are_a_sequence),
        cmocka_unit_test(a_row_may_be_a_sequence),
        cmocka_unit_test(a_file_may_be_a_split),
        cmocka_unit_test(names_of_columns_may_stand_in_blanks),
        cmocka_unit_test(bad_tables_are_named_by_line),
        cmocka_unit_test(rows_without_labels_are_read_where_that_is_allowed),
        cmocka_unit_test(a_column_may_label_every_step),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
