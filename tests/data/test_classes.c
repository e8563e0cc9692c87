/* SPDX-License-Identifier: MIT */
/* test_classes.c - labels of other data are matched with a network's classes by name. */
#include "make.h"
#include "scratch.h"

#include "data/dataset_internal.h"

enum { N = 6 };

/* N sequences labelled 0 1 2 0 1 2 below C; names may be NULL. */
static rr_dataset *labelled(const char *const *names, size_t classes, int unlabelled)
{
    const rr_dataset_shape shape = {
        .width = 1, .classes = classes, .class_names = names, .unlabelled = unlabelled
    };
    const float x[1] = { 0.5F };
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < N; i++) {
        const uint32_t label = unlabelled ? 0 : (uint32_t)(i % classes);
        add_sequence(b, (rr_sequence){ .frames = x, .steps = 1, .label = label });
    }
    return finish_dataset(b);
}

static void check_labels(const rr_dataset *ds, const uint32_t want[N])
{
    for (size_t i = 0; i < N; i++)
        assert_int_equal(rr_dataset_at(ds, i).label, want[i]);
}

/* Matched, the dataset is the one that was made with those classes and labels. */
static void labels_follow_their_names(void **state)
{
    static const char *const data[] = { "run", "walk" };
    static const char *const network[] = { "walk", "sit", "run" };
    static const uint32_t want[N] = { 2, 0, 2, 0, 2, 0 };
    rr_dataset *ds = labelled(data, 2, 0);
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rri_dataset_match_classes(ds, network, 3, "new.csv", NULL, &err), err);
    assert_int_equal(rr_dataset_classes(ds), 3);
    assert_string_equal(rr_dataset_class_name(ds, 1), "sit");
    check_labels(ds, want);

    const rr_dataset_shape shape = { .width = 1, .classes = 3, .class_names = network };
    const float x[1] = { 0.5F };
    rr_dataset_builder *b = new_builder(&shape);
    for (size_t i = 0; i < N; i++)
        add_sequence(b, (rr_sequence){ .frames = x, .steps = 1, .label = want[i] });
    rr_dataset *same = finish_dataset(b);
    assert_string_equal(rr_dataset_hash(ds), rr_dataset_hash(same));
    rr_dataset_free(same);
    rr_dataset_free(ds);
}

static void equal_numbers_are_one_name(void **state)
{
    static const char *const data[] = { "2.0", "1" };
    static const char *const network[] = { "1", "2", "3" };
    static const uint32_t want[N] = { 1, 0, 1, 0, 1, 0 };
    rr_dataset *ds = labelled(data, 2, 0);
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rri_dataset_match_classes(ds, network, 3, "new.csv", NULL, &err), err);
    check_labels(ds, want);
    rr_dataset_free(ds);
}

/* Classes of data without names are numbers: those of the network, unless its names are numbers. */
static void numbers_stand_for_names_that_are_none(void **state)
{
    static const char *const words[] = { "walk", "run" };
    static const char *const numbers[] = { "1", "2" };
    static const uint32_t want[N] = { 0, 1, 0, 1, 0, 1 };
    rr_dataset *ds = labelled(NULL, 2, 0);
    rri_notes notes = { .count = 0 };
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rri_dataset_match_classes(ds, words, 2, "new.npz", &notes, &err), err);
    check_labels(ds, want);
    assert_int_equal(notes.count, 1);
    assert_string_equal(notes.text[0], "new.npz: labels have no names and are matched by number: "
                                       "0, 1, ... are walk, run");
    rri_notes_clear(&notes);
    rr_dataset_free(ds);
    ds = labelled(NULL, 2, 0);
    assert_int_equal(rri_dataset_match_classes(ds, numbers, 2, "new.npz", NULL, &err),
                     RR_ERR_MISMATCH);
    assert_string_equal(err.msg, "new.npz: label \"0\" is no class of the network; the data have "
                                 "0, 1, the network 1, 2");
    rr_dataset_free(ds);
}

static void a_label_that_is_no_class_is_refused(void **state)
{
    static const char *const data[] = { "walk", "swim" };
    static const char *const network[] = { "walk", "run" };
    rr_dataset *ds = labelled(data, 2, 0);
    rr_error err = { .msg = "" };

    (void)state;
    const char *hash = rr_dataset_hash(ds);
    char before[65];
    memcpy(before, hash, sizeof before);
    assert_int_equal(rri_dataset_match_classes(ds, network, 2, "new.csv", NULL, &err),
                     RR_ERR_MISMATCH);
    assert_string_equal(err.msg, "new.csv: label \"swim\" is no class of the network; the data "
                                 "have walk, swim, the network walk, run");
    assert_string_equal(rr_dataset_hash(ds), before);
    assert_string_equal(rr_dataset_class_name(ds, 1), "swim");
    rr_dataset_free(ds);
}

static void data_without_labels_take_any_classes(void **state)
{
    static const char *const network[] = { "walk", "run" };
    rr_dataset *ds = labelled(NULL, 1, 1);
    rr_error err = { .msg = "" };

    (void)state;
    assert_false(rr_dataset_labelled(ds));
    CHECK_OK(rri_dataset_match_classes(ds, network, 2, "new.csv", NULL, &err), err);
    assert_int_equal(rr_dataset_classes(ds), 2);
    assert_false(rr_dataset_labelled(ds));
    rr_dataset_free(ds);
}

/* Through a source: the classes are given when it is opened. */
static void a_source_matches_what_it_loads(void **state)
{
    static const char *const network[] = { "pos", "neg" };
    rr_source_options options = rr_source_options_default();
    rr_source *source = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    write_scratch("match.csv", "text,label\na,neg\nb,pos\nc,neg\n");
    options.class_names = network;
    options.classes = 2;
    CHECK_OK(rr_source_open(in_scratch("csv:", "match.csv"), &options, &source, &err), err);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &ds, &err), err);
    assert_int_equal(rr_dataset_at(ds, 0).label, 1);
    assert_int_equal(rr_dataset_at(ds, 1).label, 0);
    assert_null(rr_source_note(source, 0));
    rr_dataset_free(ds);
    rr_source_close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_follow_their_names),
        cmocka_unit_test(equal_numbers_are_one_name),
        cmocka_unit_test(numbers_stand_for_names_that_are_none),
        cmocka_unit_test(a_label_that_is_no_class_is_refused),
        cmocka_unit_test(data_without_labels_take_any_classes),
        cmocka_unit_test(a_source_matches_what_it_loads),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
