/* SPDX-License-Identifier: MIT */
/* Datasets whose steps have labels of their own, and parts of the source: built, copied, edited,
 * saved, and read from archives. */
#include "make.h"
#include "numpy_file.h"
#include "rnnrepair/edits.h"

enum { NONE = -1 };

static const float frames[12] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
static const uint32_t labels[2][3] = { { 2, RR_NO_LABEL, 1 }, { 0, 2, RR_NO_LABEL } };
static const int64_t parts[3] = { 7, NONE, 9 };

static const char *const names[3] = { "cat", "dog", "owl" };
static const rr_dataset_shape shape = {
    .width = 2, .classes = 3, .class_names = names, .step_labelled = 1, .parts = 1
};

static rr_sequence sequence(size_t i, size_t T)
{
    return (rr_sequence){ .frames = frames,
                          .steps = T,
                          .label = (uint32_t)i,
                          .step_labels = labels[i],
                          .parts = i == 0 ? parts : NULL };
}

/* Two sequences, of 3 and of T steps. */
static rr_dataset *two(size_t T)
{
    rr_dataset_builder *b = new_builder(&shape);

    add_sequence(b, sequence(0, 3));
    add_sequence(b, sequence(1, T));
    return finish_dataset(b);
}

static void check_steps(rr_sequence s, const uint32_t *want, const int64_t *from)
{
    for (size_t t = 0; t < s.steps; t++) {
        assert_int_equal(s.step_labels[t], want[t]);
        assert_int_equal(s.parts[t], from != NULL ? from[t] : NONE);
    }
}

/* ---- built and copied ----------------------------------------------------------------------- */

static void the_builder_keeps_labels_and_parts_of_steps(void **state)
{
    rr_dataset *ds = two(2);

    (void)state;
    assert_int_equal(rr_dataset_step_labelled(ds), 1);
    assert_int_equal(rr_dataset_labelled_steps(ds), 4);
    assert_int_equal(rr_dataset_at(ds, 0).label, 0);
    check_steps(rr_dataset_at(ds, 0), labels[0], parts);
    check_steps(rr_dataset_at(ds, 1), labels[1], NULL);
    rr_dataset_free(ds);
}

static void wrong_labels_of_steps_are_refused(void **state)
{
    const uint32_t high[3] = { 0, 3, 0 };
    const rr_dataset_shape both = { .width = 2, .classes = 3, .unlabelled = 1, .step_labelled = 1 };
    rr_dataset_builder *b = new_builder(&shape);
    rr_dataset_builder *none = NULL;
    rr_sequence s = sequence(0, 3);
    rr_error err = { 0 };

    (void)state;
    s.step_labels = NULL;
    CHECK_FAILS(rr_dataset_builder_add(b, s, &err), RR_ERR_SHAPE, err, "sequence 0 has no labels");
    s.step_labels = high;
    CHECK_FAILS(rr_dataset_builder_add(b, s, &err), RR_ERR_ARG, err,
                "label 3 of sequence 0, step 1 is outside 0..2");
    assert_int_equal(err.where, 1);
    CHECK_FAILS(rr_dataset_builder_new(&both, &none, &err), RR_ERR_ARG, err, "without labels");
    rr_dataset_builder_free(b);
}

static void labels_of_steps_are_in_the_hash_and_parts_are_not(void **state)
{
    rr_dataset_shape plain = shape;
    rr_dataset *ds = two(2);
    rr_dataset *other = NULL;
    rr_error err = { 0 };
    const uint64_t step = 1;
    const uint32_t label = 0;

    (void)state;
    plain.step_labelled = 0;
    plain.parts = 0;
    rr_dataset_builder *b = new_builder(&plain);
    add_sequence(b, sequence(0, 3));
    add_sequence(b, sequence(1, 2));
    rr_dataset *bare = finish_dataset(b);
    assert_null(rr_dataset_at(bare, 0).step_labels);
    assert_null(rr_dataset_at(bare, 0).parts);
    assert_string_not_equal(rr_dataset_hash(bare), rr_dataset_hash(ds));
    plain.step_labelled = 1;
    b = new_builder(&plain);
    add_sequence(b, sequence(0, 3));
    add_sequence(b, sequence(1, 2));
    rr_dataset *without_parts = finish_dataset(b);
    assert_string_equal(rr_dataset_hash(without_parts), rr_dataset_hash(ds));
    /* printf of the bytes docs/FORMAT.md lists, into sha256sum */
    assert_string_equal(rr_dataset_hash(ds),
                        "2a09eb5bf24d5b9c785c84534f75716ea233478e4ffddf9bcd16e50eeb4f9c5b");
    CHECK_OK(rr_dataset_relabel_steps(ds, &step, &label, 1, &other, &err), err);
    assert_string_not_equal(rr_dataset_hash(other), rr_dataset_hash(ds));
    rr_dataset_free(other);
    rr_dataset_free(bare);
    rr_dataset_free(without_parts);
    rr_dataset_free(ds);
}

static void copies_take_the_labels_along(void **state)
{
    const size_t which[3] = { 1, 0, 1 };
    const uint32_t id = 1;
    const uint32_t label = 2;
    rr_dataset *ds = two(2);
    rr_dataset *copy = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_dataset_select(ds, which, 3, &copy, &err), err);
    check_steps(rr_dataset_at(copy, 0), labels[1], NULL);
    check_steps(rr_dataset_at(copy, 1), labels[0], parts);
    check_steps(rr_dataset_at(copy, 2), labels[1], NULL);
    rr_dataset_free(copy);
    CHECK_OK(rr_dataset_relabel(ds, &id, &label, 1, &copy, &err), err);
    assert_int_equal(rr_dataset_at(copy, 1).label, 2);
    check_steps(rr_dataset_at(copy, 1), labels[1], NULL);
    rr_dataset_free(copy);
    rr_dataset_free(ds);
}

static void labels_of_single_steps_are_changed(void **state)
{
    const uint64_t steps[2] = { 1, 3 };
    const uint32_t put[2] = { 1, RR_NO_LABEL };
    const uint32_t first[3] = { 2, 1, 1 };
    const uint32_t second[2] = { RR_NO_LABEL, 2 };
    const uint64_t bad[2] = { 3, 3 };
    const uint64_t far[1] = { 5 };
    const uint32_t high[1] = { 3 };
    rr_dataset *ds = two(2);
    rr_dataset *copy = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_dataset_relabel_steps(ds, steps, put, 2, &copy, &err), err);
    check_steps(rr_dataset_at(copy, 0), first, parts);
    check_steps(rr_dataset_at(copy, 1), second, NULL);
    check_steps(rr_dataset_at(ds, 0), labels[0], parts);
    rr_dataset_free(copy);
    CHECK_FAILS(rr_dataset_relabel_steps(ds, bad, put, 2, &copy, &err), RR_ERR_ARG, err,
                "rising numbers below 5; number 1 of the list is 3");
    assert_int_equal(err.where, 1);
    assert_null(copy);
    CHECK_FAILS(rr_dataset_relabel_steps(ds, far, put, 1, &copy, &err), RR_ERR_ARG, err, "is 5");
    CHECK_FAILS(rr_dataset_relabel_steps(ds, steps, high, 1, &copy, &err), RR_ERR_ARG, err,
                "step 1 is 3, which is outside 0..2");
    rr_dataset_free(ds);
}

static void both_of_a_concat_have_labels_of_steps_or_none(void **state)
{
    rr_dataset_shape other = shape;
    rr_dataset *ds = two(2);
    rr_dataset *joined = NULL;
    rr_error err = { 0 };

    (void)state;
    other.parts = 0;
    rr_dataset_builder *b = new_builder(&other);
    add_sequence(b, sequence(0, 3));
    rr_dataset *more = finish_dataset(b);
    CHECK_OK(rr_dataset_concat(ds, more, &joined, &err), err);
    check_steps(rr_dataset_at(joined, 0), labels[0], parts);
    check_steps(rr_dataset_at(joined, 2), labels[0], NULL);
    rr_dataset_free(joined);
    rr_dataset_free(more);
    other.step_labelled = 0;
    b = new_builder(&other);
    add_sequence(b, sequence(0, 3));
    more = finish_dataset(b);
    CHECK_FAILS(rr_dataset_concat(ds, more, &joined, &err), RR_ERR_SHAPE, err, "cannot be joined");
    assert_null(joined);
    rr_dataset_free(more);
    rr_dataset_free(ds);
}

static void edits_keep_the_labels_of_the_rest(void **state)
{
    const uint32_t gone = 0;
    rr_dataset *ds = two(2);
    rr_dataset *edited = NULL;
    rr_edits *all = NULL;
    const rr_edits first = { .additions = ds };
    const rr_edits then = { .removed = &gone, .count_removed = 1 };
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_edits_apply(&first, ds, &edited, &err), err);
    check_steps(rr_dataset_at(edited, 2), labels[0], parts);
    CHECK_OK(rr_edits_compose(&first, 2, edited, &then, &all, &err), err);
    check_steps(rr_dataset_at(all->additions, 0), labels[0], parts);
    rr_edits_free(all);
    rr_dataset_free(edited);
    rr_dataset_free(ds);
}

/* ---- saved ---------------------------------------------------------------------------------- */

static void they_are_saved_and_read_back(void **state)
{
    const char *path = in_scratch("", "saved.npz");
    rr_error err = { 0 };

    (void)state;
    for (size_t T = 2; T <= 3; T++) { /* of unequal lengths, of equal ones */
        rr_dataset *ds = two(T);
        CHECK_OK(rr_dataset_save(ds, path, &err), err);
        rr_dataset *back = load_dataset(in_scratch("npz:", "saved.npz?part=part"), RR_SPLIT_TRAIN);
        assert_string_equal(rr_dataset_hash(back), rr_dataset_hash(ds));
        check_steps(rr_dataset_at(back, 0), labels[0], parts);
        check_steps(rr_dataset_at(back, 1), labels[1], NULL);
        rr_dataset_free(back);
        rr_dataset_free(ds);
    }
}

static rr_status copy_and_save(const rr_dataset *ds)
{
    const char *path = in_scratch("", "saved.npz");
    const uint64_t step = 1;
    const uint32_t label = 0;
    rr_dataset_builder *b = NULL;
    rr_dataset *a = NULL;
    rr_dataset *c = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_dataset_builder_new(&shape, &b, NULL));
    for (size_t i = 0; i < 2; i++)
        RRI_TRY(rr_dataset_builder_add(b, rr_dataset_at(ds, i), NULL));
    RRI_TRY(rr_dataset_builder_finish(b, &a, NULL));
    RRI_TRY(rr_dataset_relabel_steps(a, &step, &label, 1, &c, NULL));
    RRI_TRY(rr_dataset_save(c, path, NULL));
    rr_dataset_free(a);
    a = NULL;
    RRI_TRY(rr_dataset_load(in_scratch("npz:", "saved.npz?part=part"), RR_SPLIT_TRAIN, &a, NULL));

done:
    rr_dataset_builder_free(b);
    rr_dataset_free(a);
    rr_dataset_free(c);
    return st;
}

static void every_failed_allocation_is_clean(void **state)
{
    rr_dataset *ds = two(2);

    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 20);)
        at.st = copy_and_save(ds);
    rr_dataset_free(ds);
}

/* ---- archives ------------------------------------------------------------------------------- */

#define F4(shape) "<f4", shape, frames, sizeof frames
static const int64_t lengths[2] = { 2, 4 };
static const int16_t ragged[6] = { 1, -1, 0, 2, 2, -5 };
static const int16_t padded[8] = { 1, -1, 0, 0, 0, 2, 2, -5 };
static const int16_t from[6] = { 100, 100, -1, 203, 203, 203 };

static const char *write_file(const numpy_array *arrays)
{
    write_numpy("steps.npz", arrays);
    return in_scratch("npz:", "steps.npz");
}

static void check_ragged(const rr_dataset *ds)
{
    static const uint32_t want[2][4] = { { 1, RR_NO_LABEL }, { 0, 2, 2, RR_NO_LABEL } };

    assert_int_equal(rr_dataset_count(ds), 2);
    for (size_t i = 0; i < 2; i++)
        for (size_t t = 0; t < (size_t)lengths[i]; t++)
            assert_int_equal(rr_dataset_at(ds, i).step_labels[t], want[i][t]);
}

static void an_archive_may_label_its_steps(void **state)
{
    const numpy_array with_y[] = { { "x", F4("(6, 2)") },
                                   { "lengths", "<i8", "(2,)", lengths, 16 },
                                   { "y", "<i8", "(2,)", (const int64_t[]){ 0, 4 }, 16 },
                                   { "step_label", "<i2", "(6,)", ragged, 12 },
                                   { "recording", "<i2", "(6,)", from, 12 },
                                   NUMPY_END };
    const numpy_array alone[] = { { "x", F4("(6, 2)") },
                                  { "lengths", "<i8", "(2,)", lengths, 16 },
                                  { "step_label", "<i2", "(2, 4)", padded, 16 },
                                  NUMPY_END };

    (void)state;
    (void)write_file(with_y);
    rr_dataset *ds = load_dataset(in_scratch("npz:", "steps.npz?part=recording"), RR_SPLIT_TRAIN);
    check_ragged(ds);
    assert_int_equal(rr_dataset_classes(ds), 5); /* of y */
    assert_int_equal(rr_dataset_at(ds, 1).label, 4);
    for (size_t t = 0; t < 4; t++)
        assert_int_equal(rr_dataset_at(ds, 1).parts[t], from[2 + t]);
    rr_dataset_free(ds);
    ds = load_dataset(write_file(alone), RR_SPLIT_TRAIN);
    check_ragged(ds);
    assert_int_equal(rr_dataset_labelled(ds), 1);
    assert_int_equal(rr_dataset_classes(ds), 3);
    assert_int_equal(rr_dataset_at(ds, 0).label, 1); /* of the last labelled step */
    assert_int_equal(rr_dataset_at(ds, 1).label, 2);
    assert_null(rr_dataset_at(ds, 1).parts);
    rr_dataset_free(ds);
}

static void rows_of_equal_length_have_labels_in_their_shape(void **state)
{
    static const char *const shapes[] = { "(2, 3)", "(6,)", "(2, 3, 1)" };

    (void)state;
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        const numpy_array file[] = { { "x", F4("(2, 3, 2)") },
                                     { "step_label", "<i2", shapes[k], ragged, 12 },
                                     NUMPY_END };
        rr_dataset *ds = load_dataset(write_file(file), RR_SPLIT_TRAIN);
        assert_int_equal(rr_dataset_at(ds, 0).step_labels[2], 0);
        assert_int_equal(rr_dataset_at(ds, 1).step_labels[0], 2);
        assert_int_equal(rr_dataset_at(ds, 1).label, 2);
        rr_dataset_free(ds);
    }
}

static void labels_of_steps_may_be_texts(void **state)
{
    static const char texts[6][3] = { "no", "", "ad", "no", "ve", "" };
    static const char last[2][3] = { "ve", "ad" };
    const numpy_array file[] = { { "x", F4("(6, 2)") },
                                 { "lengths", "<i8", "(2,)", lengths, 16 },
                                 { "y", "|S3", "(2,)", last, 6 },
                                 { "step_label", "|S3", "(6,)", texts, 18 },
                                 NUMPY_END };
    static const uint32_t want[6] = { 1, RR_NO_LABEL, 0, 1, 2, RR_NO_LABEL };

    (void)state;
    rr_dataset *ds = load_dataset(write_file(file), RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_classes(ds), 3);
    assert_string_equal(rr_dataset_class_name(ds, 0), "ad");
    for (size_t t = 0; t < 6; t++)
        assert_int_equal(rr_dataset_at(ds, 0).step_labels[t], want[t]);
    assert_int_equal(rr_dataset_at(ds, 0).label, 2);
    rr_dataset_free(ds);
}

static void splits_have_step_labels_each(void **state)
{
    const numpy_array file[] = { { "x_train", F4("(2, 3, 2)") },
                                 { "step_label_train", "<i2", "(2, 3)", ragged, 12 },
                                 { "x_test", F4("(2, 3, 2)") },
                                 { "step_label_test", "<i2", "(2, 3)", from, 12 },
                                 { "part_train", "<i2", "(2, 3)", from, 12 },
                                 { "part_test", "<i2", "(2, 3)", ragged, 12 },
                                 NUMPY_END };

    (void)state;
    (void)write_file(file);
    rr_dataset *ds = load_dataset(in_scratch("npz:", "steps.npz?part=part"), RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_at(ds, 0).step_labels[1], 100);
    assert_int_equal(rr_dataset_at(ds, 0).parts[2], 0);
    rr_dataset_free(ds);
}

static void a_network_s_classes_are_those_of_steps_too(void **state)
{
    static const char *const theirs[3] = { "zero", "two", "one" };
    const numpy_array file[] = { { "x", F4("(6, 2)") },
                                 { "lengths", "<i8", "(2,)", lengths, 16 },
                                 { "step_label", "<i2", "(6,)", ragged, 12 },
                                 { "class_names", "|S5", "(3,)", "zero\0one\0\0two\0", 15 },
                                 NUMPY_END };
    const numpy_array strange[] = { { "x", F4("(6, 2)") },
                                    { "lengths", "<i8", "(2,)", lengths, 16 },
                                    { "y", "<i8", "(2,)", (const int64_t[]){ 0, 1 }, 16 },
                                    { "step_label", "<i2", "(6,)", ragged, 12 },
                                    { "class_names", "|S5", "(3,)", "zero\0one\0\0six\0", 15 },
                                    NUMPY_END };
    rr_source_options options = rr_source_options_default();
    rr_source *s = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { 0 };

    (void)state;
    options.class_names = theirs;
    options.classes = 3;
    CHECK_OK(rr_source_open(write_file(file), &options, &s, &err), err);
    CHECK_OK(rr_source_split(s, RR_SPLIT_TRAIN, &ds, &err), err);
    assert_int_equal(rr_dataset_at(ds, 0).step_labels[0], 2);
    assert_int_equal(rr_dataset_at(ds, 0).step_labels[1], RR_NO_LABEL);
    assert_int_equal(rr_dataset_at(ds, 1).step_labels[1], 1);
    rr_dataset_free(ds);
    rr_source_close(s);
    CHECK_OK(rr_source_open(write_file(strange), &options, &s, &err), err);
    CHECK_FAILS(rr_source_split(s, RR_SPLIT_TRAIN, &ds, &err), RR_ERR_MISMATCH, err,
                "label \"six\" is no class of the network");
    rr_source_close(s);
}

static void wrong_archives_are_refused(void **state)
{
    static const int16_t nothing[6] = { 1, 0, -1, -1, -1, -1 };
    static const struct {
        const char *shape;
        const void *data;
        size_t bytes;
        rr_status code;
        const char *part;
    } bad[] = {
        { "(5,)", ragged, 10, RR_ERR_SHAPE,
          "step_label has 5 items in 1 dimension where a number for each of 6 steps of 2 rows" },
        { "(2, 3)", ragged, 12, RR_ERR_SHAPE, "step_label has 3 items for row 1, which has 4" },
        { "(1, 2, 3)", ragged, 12, RR_ERR_SHAPE, "in 3 dimensions" },
        { "(6,)", nothing, 12, RR_ERR_FORMAT, "no step of row 1 has a label in step_label" },
    };
    const numpy_array classes[] = { { "x", F4("(6, 2)") },
                                    { "lengths", "<i8", "(2,)", lengths, 16 },
                                    { "classes", "<i8", "(1,)", (const int64_t[]){ 2 }, 8 },
                                    { "step_label", "<i2", "(6,)", ragged, 12 },
                                    NUMPY_END };
    const numpy_array mixed[] = { { "x", F4("(6, 2)") },
                                  { "lengths", "<i8", "(2,)", lengths, 16 },
                                  { "y", "|S1", "(2,)", "ab", 2 },
                                  { "step_label", "<i2", "(6,)", ragged, 12 },
                                  NUMPY_END };
    const numpy_array plain[] = { { "x", F4("(2, 3, 2)") },
                                  { "step_label", "<i2", "(2, 3)", ragged, 12 },
                                  NUMPY_END };
    rr_dataset *ds = NULL;
    rr_error err = { 0 };

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        const numpy_array file[] = { { "x", F4("(6, 2)") },
                                     { "lengths", "<i8", "(2,)", lengths, 16 },
                                     { "step_label", "<i2", bad[k].shape, bad[k].data,
                                       bad[k].bytes },
                                     NUMPY_END };
        CHECK_FAILS(rr_dataset_load(write_file(file), RR_SPLIT_TRAIN, &ds, &err), bad[k].code, err,
                    bad[k].part);
        assert_null(ds);
    }
    CHECK_FAILS(rr_dataset_load(write_file(classes), RR_SPLIT_TRAIN, &ds, &err), RR_ERR_FORMAT, err,
                "label 2 of item 3 of step_label is not below 2");
    CHECK_FAILS(rr_dataset_load(write_file(mixed), RR_SPLIT_TRAIN, &ds, &err), RR_ERR_FORMAT, err,
                "step_label holds numbers where others hold texts");
    (void)write_file(plain);
    CHECK_FAILS(
        rr_dataset_load(in_scratch("npz:", "steps.npz?part=take"), RR_SPLIT_TRAIN, &ds, &err),
        RR_ERR_FORMAT, err, "take");
}

/* ---- real data ------------------------------------------------------------------------------ */

static void strings_of_spoken_digits_are_read_as_they_lie(void **state)
{
    const char *folder = getenv("RNNREPAIR_DATA");
    char spec[600];

    (void)state;
    (void)snprintf(spec, sizeof spec, "%s/speech/digit-strings.npz",
                   folder != NULL ? folder : "../shared/data");
    if (access(spec, F_OK) != 0) {
        print_message("no speech data under RNNREPAIR_DATA: test left out\n");
        skip();
    }
    (void)snprintf(spec, sizeof spec, "npz:%s/speech/digit-strings.npz?part=recording",
                   folder != NULL ? folder : "../shared/data");
    rr_dataset *train = load_dataset(spec, RR_SPLIT_TRAIN);
    rr_dataset *test = load_dataset(spec, RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_count(train), 1352);
    assert_int_equal(rr_dataset_count(test), 154);
    assert_int_equal(rr_dataset_steps(train) + rr_dataset_steps(test), 177155);
    assert_int_equal(rr_dataset_labelled_steps(test), rr_dataset_steps(test));
    assert_int_equal(rr_dataset_classes(train), 11);
    for (size_t i = 0; i < rr_dataset_count(test); i++) {
        const rr_sequence s = rr_dataset_at(test, i);
        for (size_t t = 0; t < s.steps; t++) /* a recording is numbered by its digit */
            assert_int_equal(s.step_labels[t], s.parts[t] < 0 ? 10 : s.parts[t] / 1000);
    }
    rr_dataset_free(train);
    rr_dataset_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_builder_keeps_labels_and_parts_of_steps),
        cmocka_unit_test(wrong_labels_of_steps_are_refused),
        cmocka_unit_test(labels_of_steps_are_in_the_hash_and_parts_are_not),
        cmocka_unit_test(copies_take_the_labels_along),
        cmocka_unit_test(labels_of_single_steps_are_changed),
        cmocka_unit_test(both_of_a_concat_have_labels_of_steps_or_none),
        cmocka_unit_test(edits_keep_the_labels_of_the_rest),
        cmocka_unit_test(they_are_saved_and_read_back),
        cmocka_unit_test(every_failed_allocation_is_clean),
        cmocka_unit_test(an_archive_may_label_its_steps),
        cmocka_unit_test(rows_of_equal_length_have_labels_in_their_shape),
        cmocka_unit_test(labels_of_steps_may_be_texts),
        cmocka_unit_test(splits_have_step_labels_each),
        cmocka_unit_test(a_network_s_classes_are_those_of_steps_too),
        cmocka_unit_test(wrong_archives_are_refused),
        cmocka_unit_test(strings_of_spoken_digits_are_read_as_they_lie),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
