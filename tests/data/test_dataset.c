/* SPDX-License-Identifier: MIT */
/* The dataset object: builder, views, content hash, concatenation. */
#include "make.h"
#include "scratch.h"

static const float frames[6][2] = {
    { 0.5f, -1 }, { 2, 3 }, { 4, 5 }, { 6, 7 }, { 8, 9 }, { 1, 0 }
};
static const uint32_t symbols[4] = { 3, 0, 2, 3 };

static rr_sequence frame_sequence(size_t first, size_t steps, uint32_t label)
{
    return (rr_sequence){ .frames = frames[first], .steps = steps, .label = label };
}

/* Two sequences, of one and of two frames, in two classes. */
static rr_dataset *two_frames(const char *const *names)
{
    const rr_dataset_shape shape = { .width = 2, .classes = 2, .class_names = names };

    rr_dataset_builder *b = new_builder(&shape);
    add_sequence(b, frame_sequence(0, 1, 1));
    add_sequence(b, frame_sequence(1, 2, 0));
    return finish_dataset(b);
}

static rr_dataset *two_symbols(void)
{
    const rr_dataset_shape shape = { .vocabulary = 5, .classes = 3 };
    rr_error err = { .msg = "" };

    rr_dataset_builder *b = new_builder(&shape);
    add_sequence(b, (rr_sequence){ .symbols = symbols, .steps = 3, .label = 2 });
    CHECK_OK(rr_dataset_builder_add(
                 b, (rr_sequence){ .symbols = symbols + 3, .steps = 1, .label = 0 }, &err),
             err);
    return finish_dataset(b);
}

static void builder_keeps_what_was_added(void **state)
{
    rr_dataset *ds = two_frames(NULL);

    (void)state;
    assert_int_equal(rr_dataset_count(ds), 2);
    assert_int_equal(rr_dataset_steps(ds), 3);
    assert_int_equal(rr_dataset_max_steps(ds), 2);
    assert_int_equal(rr_dataset_width(ds), 2);
    assert_int_equal(rr_dataset_vocabulary(ds), 0);
    assert_int_equal(rr_dataset_classes(ds), 2);
    assert_string_equal(rr_dataset_class_name(ds, 1), "1");
    assert_string_equal(rr_dataset_class_name(ds, 2), "?");
    const rr_sequence s = rr_dataset_at(ds, 1);
    assert_int_equal(s.steps, 2);
    assert_int_equal(s.label, 0);
    assert_null(s.symbols);
    assert_memory_equal(s.frames, frames[1], 2 * sizeof frames[1]);
    rr_dataset_free(ds);
    rr_dataset_free(NULL);
    rr_dataset_builder_free(NULL);
}

static void symbols_are_kept_too(void **state)
{
    rr_dataset *ds = two_symbols();

    (void)state;
    assert_int_equal(rr_dataset_width(ds), 0);
    assert_int_equal(rr_dataset_vocabulary(ds), 5);
    const rr_sequence s = rr_dataset_at(ds, 0);
    assert_null(s.frames);
    assert_memory_equal(s.symbols, symbols, 3 * sizeof *symbols);
    rr_dataset_free(ds);
}

/* Many sequences of many lengths, so that every array grows several times. */
static void builder_grows(void **state)
{
    const rr_dataset_shape shape = { .vocabulary = 1000, .classes = 7 };
    uint32_t word[50];

    (void)state;
    rr_dataset_builder *b = new_builder(&shape);
    for (uint32_t i = 0; i < 500; i++) {
        for (uint32_t t = 0; t < 50; t++)
            word[t] = (i * 31 + t) % 1000;
        const rr_sequence s = { .symbols = word, .steps = 1 + i % 50, .label = i % 7 };
        add_sequence(b, s);
    }
    rr_dataset *ds = finish_dataset(b);
    for (uint32_t i = 0; i < 500; i++) {
        const rr_sequence s = rr_dataset_at(ds, i);
        assert_int_equal(s.steps, 1 + i % 50);
        assert_int_equal(s.label, i % 7);
        assert_int_equal(s.symbols[s.steps - 1], (i * 31 + i % 50) % 1000);
    }
    rr_dataset_free(ds);
}

static void empty_dataset_is_valid(void **state)
{
    const rr_dataset_shape shape = { .width = 3, .classes = 1 };
    rr_error err = { .msg = "" };

    (void)state;
    rr_dataset_builder *b = new_builder(&shape);
    rr_dataset *ds = finish_dataset(b);
    assert_int_equal(rr_dataset_count(ds), 0);
    assert_int_equal(rr_dataset_steps(ds), 0);
    assert_int_equal(rr_dataset_max_steps(ds), 0);
    assert_int_equal(strlen(rr_dataset_hash(ds)), 64);
    CHECK_FAILS(rr_dataset_save(ds, in_scratch("", "empty.npz"), &err), RR_ERR_SHAPE, err,
                "empty.npz");
    rr_dataset_free(ds);
}

static void bad_shapes_are_refused(void **state)
{
    const char *const names[2] = { "a", NULL };
    const struct {
        rr_dataset_shape shape;
        const char *part;
    } bad[] = {
        { { .classes = 2 }, "either" },
        { { .width = 1, .vocabulary = 1, .classes = 2 }, "either" },
        { { .width = (size_t)UINT32_MAX + 1, .classes = 2 }, "2^32" },
        { { .width = 1 }, "0 classes" },
        { { .width = 1, .classes = 65537 }, "65537 classes" },
        { { .width = 1, .classes = 2, .class_names = names }, "class 1" },
        { { .vocabulary = 5, .classes = 2, .image = 1 }, "no images" },
    };
    rr_error err = { .msg = "" };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rr_dataset_builder *b = NULL;
        CHECK_FAILS(rr_dataset_builder_new(&bad[i].shape, &b, &err), RR_ERR_ARG, err, bad[i].part);
        assert_null(b);
    }
}

static void bad_sequences_are_refused_and_change_nothing(void **state)
{
    const rr_dataset_shape shape = { .width = 2, .classes = 2 };
    const float broken[2][2] = { { 1, 2 }, { 3, INFINITY } };
    rr_dataset_builder *b = NULL;
    rr_dataset *ds = NULL;
    rr_dataset *want = two_frames(NULL);
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_dataset_builder_new(&shape, &b, &err), err);
    CHECK_OK(rr_dataset_builder_add(b, frame_sequence(0, 1, 1), &err), err);
    rr_sequence s = frame_sequence(1, 0, 0);
    CHECK_FAILS(rr_dataset_builder_add(b, s, &err), RR_ERR_SHAPE, err, "sequence 1 has 0 steps");
    s = (rr_sequence){ .symbols = symbols, .steps = 1 };
    CHECK_FAILS(rr_dataset_builder_add(b, s, &err), RR_ERR_SHAPE, err, "frames alone");
    s = (rr_sequence){ .symbols = symbols, .frames = frames[0], .steps = 1 };
    CHECK_FAILS(rr_dataset_builder_add(b, s, &err), RR_ERR_SHAPE, err, "frames alone");
    s = frame_sequence(0, 1, 2);
    CHECK_FAILS(rr_dataset_builder_add(b, s, &err), RR_ERR_ARG, err, "label 2 of sequence 1");
    s = (rr_sequence){ .frames = broken[0], .steps = 2 };
    CHECK_FAILS(rr_dataset_builder_add(b, s, &err), RR_ERR_NUMERIC, err, "sequence 1, step 1");
    assert_int_equal(err.where, 1);
    CHECK_OK(rr_dataset_builder_add(b, frame_sequence(1, 2, 0), &err), err);
    CHECK_OK(rr_dataset_builder_finish(b, &ds, &err), err);
    check_same(ds, want);
    rr_dataset_free(ds);
    CHECK_FAILS(rr_dataset_builder_add(b, frame_sequence(0, 1, 0), &err), RR_ERR_ARG, err,
                "closed");
    CHECK_FAILS(rr_dataset_builder_finish(b, &ds, &err), RR_ERR_ARG, err, "closed");
    assert_null(ds);
    rr_dataset_builder_free(b);
    rr_dataset_free(want);
}

static void symbols_beyond_the_vocabulary_are_refused(void **state)
{
    const rr_dataset_shape shape = { .vocabulary = 3, .classes = 2 };
    rr_dataset_builder *b = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_dataset_builder_new(&shape, &b, &err), err);
    const rr_sequence s = { .symbols = symbols + 1, .steps = 3 };
    CHECK_FAILS(rr_dataset_builder_add(b, s, &err), RR_ERR_ARG, err,
                "symbol 3 of sequence 0, step 2 is outside 0..2");
    const rr_sequence f = { .frames = frames[0], .steps = 1 };
    CHECK_FAILS(rr_dataset_builder_add(b, f, &err), RR_ERR_SHAPE, err, "symbols alone");
    rr_dataset_builder_free(b);
}

/* The literals were computed by a separate program from the byte string in docs/FORMAT.md: they
 * freeze the definition. */
static void content_hash_is_frozen(void **state)
{
    const char *const names[2] = { "cat", "d\xc3\xb6g" };
    rr_dataset *plain = two_frames(NULL);
    rr_dataset *named = two_frames(names);
    rr_dataset *words = two_symbols();

    (void)state;
    assert_string_equal(rr_dataset_hash(plain),
                        "89f3da0e032008c43f31e23d24774c31ec47032f9f623a974f71a7e27213d0db");
    assert_string_equal(rr_dataset_hash(named),
                        "ea17139db3d1bc48f0d6bb2d42e7e564675f6b4ea927ce4e10a4c48c12987531");
    assert_string_equal(rr_dataset_hash(words),
                        "6d0d547e93f8efbd76ceb8cc315348f4048a931637a616c10ba2743f9e443d7d");
    rr_dataset_free(plain);
    rr_dataset_free(named);
    rr_dataset_free(words);
}

static void concat_is_one_after_the_other(void **state)
{
    const char *const names[2] = { "cat", "dog" };
    rr_dataset *a = two_frames(names);
    rr_dataset *b = two_frames(NULL);
    rr_dataset *both = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_dataset_concat(a, b, &both, &err), err);
    assert_int_equal(rr_dataset_count(both), 4);
    assert_int_equal(rr_dataset_steps(both), 6);
    assert_string_equal(rr_dataset_class_name(both, 1), "dog");
    for (size_t i = 0; i < 4; i++) {
        const rr_sequence got = rr_dataset_at(both, i);
        const rr_sequence want = rr_dataset_at(a, i % 2);
        assert_int_equal(got.steps, want.steps);
        assert_int_equal(got.label, want.label);
        assert_memory_equal(got.frames, want.frames, want.steps * 2 * sizeof(float));
    }
    rr_dataset_free(both);

    rr_dataset *words = two_symbols();
    CHECK_FAILS(rr_dataset_concat(a, words, &both, &err), RR_ERR_SHAPE, err, "vocabulary 5");
    assert_null(both);
    CHECK_OK(rr_dataset_concat(words, words, &both, &err), err);
    assert_int_equal(rr_dataset_at(both, 3).symbols[0], 3);
    rr_dataset_free(both);
    rr_dataset_free(words);
    rr_dataset_free(a);
    rr_dataset_free(b);
}

static void saved_datasets_come_back_the_same(void **state)
{
    const char *const names[2] = { "cat", "" };
    rr_dataset *sets[4] = { two_frames(NULL), two_frames(names), two_symbols(), NULL };
    rr_dataset *back = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_dataset_load("digits?limit=3", RR_SPLIT_TRAIN, &sets[3], &err), err); /* even */
    for (int i = 0; i < 4; i++) {
        CHECK_OK(rr_dataset_save(sets[i], in_scratch("", "set.npz"), &err), err);
        back = load_dataset(in_scratch("npz:", "set.npz"), RR_SPLIT_TRAIN);
        check_same(sets[i], back);
        rr_dataset_free(back);
        rr_dataset_free(sets[i]);
    }
}

static void save_reports_an_unwritable_place(void **state)
{
    rr_dataset *ds = two_frames(NULL);
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_FAILS(rr_dataset_save(ds, in_scratch("", "no/folder.npz"), &err), RR_ERR_IO, err,
                "folder.npz");
    rr_dataset_free(ds);
}

/* All of it: builder, finish, concat, save. */
static rr_status make_and_save(const char *path)
{
    const char *const names[2] = { "cat", "dog" };
    const rr_dataset_shape shape = { .width = 2, .classes = 2, .class_names = names };
    rr_dataset_builder *b = NULL;
    rr_dataset *a = NULL;
    rr_dataset *ab = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_dataset_builder_new(&shape, &b, NULL));
    for (size_t i = 0; i < 20; i++)
        RRI_TRY(rr_dataset_builder_add(b, frame_sequence(i % 3, 1 + i % 3, i % 2), NULL));
    RRI_TRY(rr_dataset_builder_finish(b, &a, NULL));
    RRI_TRY(rr_dataset_concat(a, a, &ab, NULL));
    RRI_TRY(rr_dataset_save(ab, path, NULL));

done:
    rr_dataset_builder_free(b);
    rr_dataset_free(a);
    rr_dataset_free(ab);
    return st;
}

static void every_failed_allocation_is_clean(void **state)
{
    const char *path = in_scratch("", "oom.npz");

    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 20);) {
        at.st = make_and_save(path);
        assert_true((at.st == RR_OK) == (access(path, F_OK) == 0));
    }
}

static void a_failed_finish_can_be_repeated(void **state)
{
    const rr_dataset_shape shape = { .width = 2, .classes = 2 };
    rr_dataset *want = two_frames(NULL);
    rr_dataset *ds = NULL;
    rr_dataset_builder *b = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_dataset_builder_new(&shape, &b, &err), err);
    CHECK_OK(rr_dataset_builder_add(b, frame_sequence(0, 1, 1), &err), err);
    CHECK_OK(rr_dataset_builder_add(b, frame_sequence(1, 2, 0), &err), err);
    for (failing at = { 0 }; next_allocation_fails(&at, 0);) {
        at.st = rr_dataset_builder_finish(b, &ds, &err);
        assert_true((at.st == RR_OK) == (ds != NULL));
    }
    check_same(ds, want);
    rr_dataset_builder_free(b);
    rr_dataset_free(ds);
    rr_dataset_free(want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builder_keeps_what_was_added),
        cmocka_unit_test(symbols_are_kept_too),
        cmocka_unit_test(builder_grows),
        cmocka_unit_test(empty_dataset_is_valid),
        cmocka_unit_test(bad_shapes_are_refused),
        cmocka_unit_test(bad_sequences_are_refused_and_change_nothing),
        cmocka_unit_test(symbols_beyond_the_vocabulary_are_refused),
        cmocka_unit_test(content_hash_is_frozen),
        cmocka_unit_test(concat_is_one_after_the_other),
        cmocka_unit_test(saved_datasets_come_back_the_same),
        cmocka_unit_test(save_reports_an_unwritable_place),
        cmocka_unit_test(every_failed_allocation_is_clean),
        cmocka_unit_test(a_failed_finish_can_be_repeated),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
