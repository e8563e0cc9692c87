/* SPDX-License-Identifier: MIT */
/* A states file as a dataset: inputs, words, labels, splits; and which changes of the file its
 * hashes notice. */
#include "scratch_folder.h"

#include "make.h"
#include "states_fixture.h"

static rr_source *open_source(const char *spec, const rr_source_options *options)
{
    rr_source *source = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_source_open(spec, options, &source, &err), err);
    return source;
}

static void symbols_have_the_words_of_the_tokens(void **state)
{
    small s;

    (void)state;
    fill(&s);
    s.tokens[3] = "new york\n";
    s.tokens[4] = "a";
    s.tokens[5] = "";
    write_small(&s, "s.npz");
    rr_dataset *ds = load_dataset("states:s.npz", RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_count(ds), 2);
    assert_int_equal(rr_dataset_vocabulary(ds), V);
    assert_int_equal(rr_dataset_width(ds), 0);
    assert_int_equal(rr_dataset_classes(ds), C);
    assert_string_equal(rr_dataset_class_name(ds, 1), "h\xc3\xa4lf");
    assert_true(rr_dataset_labelled(ds));
    rr_sequence q = rr_dataset_at(ds, 1);
    assert_int_equal(q.steps, 3);
    assert_int_equal(q.label, 2);
    assert_memory_equal(q.symbols, s.symbol + 3, 3 * sizeof(uint32_t));
    assert_string_equal(q.words[0], "b");
    assert_string_equal(q.words[1], "new\xe2\x90\xa0york\xe2\x90\xa4");
    assert_string_equal(q.words[2], "a#4");
    assert_int_equal(q.step_labels[0], 2);
    assert_int_equal(q.step_labels[1], RR_NO_LABEL);
    q = rr_dataset_at(ds, 0);
    assert_string_equal(q.words[0], "<empty>");
    assert_string_equal(q.words[1], "<unk>");
    rr_dataset_free(ds);
    ds = load_dataset("states:s.npz?limit=2", RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_count(ds), 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(rr_dataset_at(ds, i).label, i == 0 ? s.label[1] : s.label[3]);
    rr_dataset_free(ds);
}

static void frames_are_read_as_they_are(void **state)
{
    small s;

    (void)state;
    fill(&s), s.frames = true, s.named = false, s.divided = false, s.steps_labelled = false;
    write_small(&s, "s.npz");
    rr_dataset *ds = load_dataset("states:s.npz", RR_SPLIT_TRAIN);
    assert_int_equal(rr_dataset_count(ds), N);
    assert_int_equal(rr_dataset_width(ds), D);
    assert_memory_equal(rr_dataset_at(ds, 0).frames, s.frame, sizeof s.frame);
    assert_null(rr_dataset_at(ds, 0).words);
    assert_null(rr_dataset_at(ds, 0).step_labels);
    assert_string_equal(rr_dataset_class_name(ds, 2), "2");
    rr_dataset_free(ds);
    s.frame[5] = NAN;
    write_small(&s, "s.npz");
    rr_error err = { 0 };
    CHECK_FAILS(rr_dataset_load("states:s.npz", RR_SPLIT_TRAIN, &ds, &err), RR_ERR_NUMERIC, err,
                "frame[2] holds a value that is not finite");
}

static void labels_may_lack_only_where_that_is_allowed(void **state)
{
    rr_source_options options = rr_source_options_default();
    rr_source *source = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { 0 };
    small s;

    (void)state;
    fill(&s), s.labelled = s.steps_labelled = false;
    write_small(&s, "s.npz");
    CHECK_FAILS(rr_source_open("states:s.npz", NULL, &source, &err), RR_ERR_FORMAT, err,
                "neither label");
    options.unlabelled = 1;
    source = open_source("states:s.npz", &options);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TEST, &ds, &err), err);
    assert_false(rr_dataset_labelled(ds));
    rr_dataset_free(ds);
    rr_source_close(source);
    s.steps_labelled = true;
    write_small(&s, "s.npz");
    ds = load_dataset("states:s.npz", RR_SPLIT_TRAIN);
    assert_true(rr_dataset_labelled(ds));
    assert_int_equal(rr_dataset_at(ds, 1).label, 0);
    rr_dataset_free(ds);
}

static void classes_are_matched_by_name_and_symbols_counted_as_asked(void **state)
{
    static const char *const names[4] = { "high", "none", "low", "h\xc3\xa4lf" };
    rr_source_options options = rr_source_options_default();
    rr_dataset *ds = NULL;
    rr_error err = { 0 };
    small s;

    (void)state;
    fill(&s);
    write_small(&s, "s.npz");
    options.class_names = names;
    options.classes = 4;
    rr_source *source = open_source("states:s.npz", &options);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &ds, &err), err);
    assert_int_equal(rr_dataset_classes(ds), 4);
    assert_int_equal(rr_dataset_at(ds, 0).label, 2);
    assert_int_equal(rr_dataset_at(ds, 1).label, 0);
    rr_dataset_free(ds);
    rr_source_close(source);

    s.named = false;
    write_small(&s, "s.npz");
    options = rr_source_options_default();
    options.vocabulary = 9;
    source = open_source("states:s.npz", &options);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &ds, &err), err);
    assert_int_equal(rr_dataset_vocabulary(ds), 9);
    rr_dataset_free(ds);
    rr_source_close(source);
    options.vocabulary = 5;
    CHECK_FAILS(rr_source_open("states:s.npz", &options, &source, &err), RR_ERR_FORMAT, err,
                "symbol 5 is outside 0..4");
    source = open_source("states:s.npz", NULL);
    assert_non_null(strstr(rr_source_note(source, 0), "by its largest symbol there are 6"));
    rr_source_close(source);
    fill(&s), s.names[2] = "low";
    write_small(&s, "s.npz");
    CHECK_FAILS(rr_source_open("states:s.npz", NULL, &source, &err), RR_ERR_FORMAT, err,
                "class_names[2], \"low\", is empty or repeated");
}

/* The content hash and the files hash of the train split. */
typedef struct hashes {
    char content[65], files[65];
} hashes;

static hashes hashes_of(const small *s, bool compressed)
{
    hashes h;

    write_small(s, "s.npz");
    if (compressed)
        compress_entries("s.npz");
    rr_dataset *ds = load_dataset("states:s.npz", RR_SPLIT_TRAIN);
    memcpy(h.content, rr_dataset_hash(ds), sizeof h.content);
    memcpy(h.files, rr_dataset_files_hash(ds), sizeof h.files);
    rr_dataset_free(ds);
    return h;
}

static void other_states_have_another_hash_and_other_packing_has_not(void **state)
{
    small s;

    (void)state;
    fill(&s);
    const hashes before = hashes_of(&s, false);
    const hashes packed = hashes_of(&s, true);
    assert_string_equal(before.content, packed.content);
    assert_string_equal(before.files, packed.files);
    s.state[H] += 0.5F;
    const hashes moved = hashes_of(&s, false);
    assert_string_not_equal(before.content, moved.content);
    assert_string_not_equal(before.files, moved.files);
    fill(&s), s.kind = "prefix";
    const hashes named = hashes_of(&s, false);
    assert_string_equal(before.content, named.content);
    assert_string_not_equal(before.files, named.files);
}

static void single_sequences_are_selected_while_the_file_is_the_same(void **state)
{
    static const size_t which[3] = { 2, 0, 1 }, beyond[1] = { 3 };
    rr_dataset *all = NULL;
    rr_dataset *some = NULL;
    rr_dataset *copy = NULL;
    rr_error err = { 0 };
    small s;

    (void)state;
    fill(&s);
    write_small(&s, "s.npz");
    compress_entries("s.npz");
    rr_source *source = open_source("states:s.npz", NULL);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TEST, &all, &err), err);
    const char *files = rr_dataset_files_hash(all);
    CHECK_OK(rr_source_select(source, RR_SPLIT_TEST, files, which, 3, &some, &err), err);
    CHECK_OK(rr_dataset_select(all, which, 3, &copy, &err), err);
    assert_string_equal(rr_dataset_hash(some), rr_dataset_hash(copy));
    rr_dataset_free(some);
    CHECK_FAILS(rr_source_select(source, RR_SPLIT_TEST, files, beyond, 1, &some, &err), RR_ERR_ARG,
                err, "none of number 3");
    CHECK_FAILS(
        rr_source_select(source, RR_SPLIT_TEST, rr_dataset_hash(all), which, 3, &some, &err),
        RR_ERR_MISMATCH, err, "has changed");
    rr_source_close(source);
    rr_dataset_free(copy);
    rr_dataset_free(all);
}

static void every_failed_allocation_is_reported(void **state)
{
    rr_dataset *ds = NULL;
    small s;

    (void)state;
    fill(&s);
    write_small(&s, "s.npz");
    for (failing at = { 0 }; next_allocation_fails(&at, 40);)
        at.st = rr_dataset_load("states:s.npz", RR_SPLIT_TRAIN, &ds, NULL);
    rr_dataset_free(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_have_the_words_of_the_tokens),
        cmocka_unit_test(frames_are_read_as_they_are),
        cmocka_unit_test(labels_may_lack_only_where_that_is_allowed),
        cmocka_unit_test(classes_are_matched_by_name_and_symbols_counted_as_asked),
        cmocka_unit_test(other_states_have_another_hash_and_other_packing_has_not),
        cmocka_unit_test(single_sequences_are_selected_while_the_file_is_the_same),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
