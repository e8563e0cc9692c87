/* SPDX-License-Identifier: MIT */
/* The words a dataset stores beside its ids: through the builder, joining, and JSON rows. */
#include "data/vocabulary.h"
#include "scratch.h"

static rr_vocabulary *vocabulary(const char *third)
{
    const char *words[] = { "<pad>", "<unk>", third, "good" };
    rr_vocabulary *v = NULL;
    rr_error err = { .msg = "" };

    CHECK_OK(rri_vocabulary_new(words, 4, 1, &v, &err), err);
    return v;
}

static const char *const class_names[] = { "neg", "pos" };

static rr_dataset_builder *begin(const rr_vocabulary *v)
{
    const rr_dataset_shape shape = {
        .vocabulary = 4, .classes = 2, .class_names = class_names, .words = v
    };
    rr_dataset_builder *b = NULL;
    rr_error err = { .msg = "" };

    CHECK_OK(rr_dataset_builder_new(&shape, &b, &err), err);
    return b;
}

static rr_dataset *finish(rr_dataset_builder *b)
{
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    CHECK_OK(rr_dataset_builder_finish(b, &ds, &err), err);
    rr_dataset_builder_free(b);
    return ds;
}

static const uint32_t ids[3] = { 2, 1, 3 };
static const char *const spelt[3] = { "The", "unheard-of", "good" };

/* Two sequences: one as it was spelt, one by its ids alone. */
static rr_dataset *two_sequences(const rr_vocabulary *v)
{
    rr_dataset_builder *b = begin(v);
    const rr_sequence s = { .symbols = ids, .steps = 3, .label = 1, .words = spelt };
    const rr_sequence plain = { .symbols = ids + 1, .steps = 2, .label = 0 };
    rr_error err = { .msg = "" };

    CHECK_OK(rr_dataset_builder_add(b, s, &err), err);
    CHECK_OK(rr_dataset_builder_add(b, plain, &err), err);
    return finish(b);
}

static void check_words(const rr_dataset *ds, size_t i, const char *want)
{
    const rr_sequence s = rr_dataset_at(ds, i);
    char got[128] = "";

    assert_non_null(s.words);
    for (size_t t = 0; t < s.steps; t++) {
        (void)strncat(got, s.words[t], sizeof got - strlen(got) - 2);
        (void)strcat(got, " ");
    }
    assert_string_equal(got, want);
}

static void words_are_kept_as_they_were_spelt(void **state)
{
    rr_vocabulary *v = vocabulary("the");
    rr_dataset *ds = two_sequences(v);

    (void)state;
    rri_vocabulary_free(v); /* the dataset holds it as well */
    check_words(ds, 0, "The unheard-of good ");
    check_words(ds, 1, "<unk> good ");
    assert_int_equal(rr_vocabulary_find(rr_dataset_words(ds), "THE"), 2);
    /* What the vocabulary spells the same way is not copied. */
    assert_ptr_equal(rr_dataset_at(ds, 0).words[2], rr_vocabulary_word(rr_dataset_words(ds), 3));
    rr_dataset_free(ds);
}

static void datasets_without_a_vocabulary_have_no_words(void **state)
{
    rr_dataset_builder *b = begin(NULL);
    const rr_sequence s = { .symbols = ids, .steps = 3, .label = 1, .words = spelt };
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_dataset_builder_add(b, s, &err), err);
    rr_dataset *ds = finish(b);
    assert_null(rr_dataset_words(ds));
    assert_null(rr_dataset_at(ds, 0).words);
    rr_dataset_free(ds);
}

static void words_that_could_not_be_written_are_refused(void **state)
{
    static const struct {
        const char *word, *part;
    } bad[] = { { NULL, "empty" }, { "", "empty" }, { "a b", "white space" }, { "\xff", "UTF-8" } };
    rr_vocabulary *v = vocabulary("the");
    rr_dataset_builder *b = begin(v);
    rr_error err = { .msg = "" };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *words[2] = { "good", bad[i].word };
        const rr_sequence s = { .symbols = ids, .steps = 2, .words = words };
        CHECK_FAILS(rr_dataset_builder_add(b, s, &err), RR_ERR_ARG, err, bad[i].part);
        assert_int_equal(err.where, 1);
    }
    rr_dataset *ds = finish(b);
    assert_int_equal(rr_dataset_count(ds), 0);
    rr_dataset_free(ds);
    rri_vocabulary_free(v);
}

static void a_vocabulary_of_another_size_is_refused(void **state)
{
    rr_vocabulary *v = vocabulary("the");
    const rr_dataset_shape shape = { .vocabulary = 5, .classes = 2, .words = v };
    rr_dataset_builder *b = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_FAILS(rr_dataset_builder_new(&shape, &b, &err), RR_ERR_ARG, err, "4 words");
    rri_vocabulary_free(v);
}

static void the_shape_of_a_dataset_makes_another_of_its_kind(void **state)
{
    rr_vocabulary *v = vocabulary("the");
    rr_dataset *ds = two_sequences(v);
    const rr_dataset_shape shape = rr_dataset_shape_of(ds);
    rr_dataset_builder *b = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_dataset_builder_new(&shape, &b, &err), err);
    for (size_t i = 0; i < rr_dataset_count(ds); i++)
        CHECK_OK(rr_dataset_builder_add(b, rr_dataset_at(ds, i), &err), err);
    rr_dataset *copy = finish(b);
    check_same(copy, ds);
    rr_dataset_free(ds);
    check_words(copy, 0, "The unheard-of good ");
    rr_dataset_free(copy);
    rri_vocabulary_free(v);
}

static void many_sequences_keep_their_own_words(void **state)
{
    rr_vocabulary *v = vocabulary("the");
    rr_dataset_builder *b = begin(v);
    rr_error err = { .msg = "" };
    char word[64];
    const char *const words[1] = { word };

    (void)state;
    for (int i = 0; i < 3000; i++) {
        const rr_sequence s = { .symbols = ids + 1, .steps = 1, .words = words };
        (void)snprintf(word, sizeof word, "word-number-%d", i);
        CHECK_OK(rr_dataset_builder_add(b, s, &err), err);
    }
    rr_dataset *ds = finish(b);
    for (int i = 0; i < 3000; i++) {
        (void)snprintf(word, sizeof word, "word-number-%d", i);
        assert_string_equal(rr_dataset_at(ds, (size_t)i).words[0], word);
    }
    rr_dataset_free(ds);
    rri_vocabulary_free(v);
}

static void the_vocabulary_is_part_of_the_content_hash(void **state)
{
    rr_vocabulary *v = vocabulary("the");
    rr_vocabulary *other = vocabulary("a");
    rr_dataset *a = two_sequences(v);
    rr_dataset *b = two_sequences(other);
    rr_dataset *none = two_sequences(NULL);

    (void)state;
    assert_string_not_equal(rr_dataset_hash(a), rr_dataset_hash(b));
    assert_string_not_equal(rr_dataset_hash(a), rr_dataset_hash(none));
    rr_dataset_free(a);
    rr_dataset_free(b);
    rr_dataset_free(none);
    rri_vocabulary_free(v);
    rri_vocabulary_free(other);
}

static void joining_keeps_words_and_asks_for_one_vocabulary(void **state)
{
    rr_vocabulary *v = vocabulary("the");
    rr_vocabulary *same = vocabulary("the");
    rr_vocabulary *other = vocabulary("a");
    rr_dataset *a = two_sequences(v);
    rr_dataset *b = two_sequences(same);
    rr_dataset *c = two_sequences(other);
    rr_dataset *none = two_sequences(NULL);
    rr_dataset *ds = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_FAILS(rr_dataset_concat(a, c, &ds, &err), RR_ERR_SHAPE, err, "vocabularies differ");
    CHECK_OK(rr_dataset_concat(a, b, &ds, &err), err);
    rr_dataset_free(b);
    rri_vocabulary_free(same);
    check_words(ds, 2, "The unheard-of good ");
    check_words(ds, 3, "<unk> good ");
    rr_dataset_free(ds);
    CHECK_OK(rr_dataset_concat(none, a, &ds, &err), err);
    check_words(ds, 0, "the <unk> good ");
    check_words(ds, 2, "The unheard-of good ");
    rr_dataset_free(ds);
    rr_dataset_free(a);
    rr_dataset_free(c);
    rr_dataset_free(none);
    rri_vocabulary_free(v);
    rri_vocabulary_free(other);
}

/* ---- JSON rows ------------------------------------------------------------------------------ */

static void rows_of_json_come_back_with_their_words(void **state)
{
    const char *path = in_scratch("", "rows.jsonl");
    const rr_split splits[2] = { RR_SPLIT_TRAIN, RR_SPLIT_TEST };
    rr_vocabulary *v = vocabulary("the");
    rr_dataset *a = two_sequences(v);
    const rr_dataset *const sets[2] = { a, a };
    rr_dataset *back = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_dataset_save_jsonl(sets, splits, 2, path, &err), err);
    check_content("rows.jsonl",
                  "{\"tokens\":[\"The\",\"unheard-of\",\"good\"],\"label\":\"pos\",\"split\":"
                  "\"train\"}\n"
                  "{\"tokens\":[\"<unk>\",\"good\"],\"label\":\"neg\",\"split\":\"train\"}\n"
                  "{\"tokens\":[\"The\",\"unheard-of\",\"good\"],\"label\":\"pos\",\"split\":"
                  "\"test\"}\n"
                  "{\"tokens\":[\"<unk>\",\"good\"],\"label\":\"neg\",\"split\":\"test\"}\n");
    CHECK_OK(load_words(in_scratch("jsonl:", "rows.jsonl"), RR_SPLIT_TEST, v, &back, &err), err);
    check_same(back, a);
    check_words(back, 0, "The unheard-of good ");
    rr_dataset_free(back);
    rr_dataset_free(a);
    rri_vocabulary_free(v);
}

static void rows_of_json_need_words_and_one_list_of_classes(void **state)
{
    const rr_split split = RR_SPLIT_TRAIN;
    const rr_split bad = (rr_split)7;
    rr_vocabulary *v = vocabulary("the");
    rr_dataset *none = two_sequences(NULL);
    rr_dataset *a = two_sequences(v);
    const rr_dataset *set = none;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_FAILS(rr_dataset_save_jsonl(&set, &split, 1, in_scratch("", "x"), &err), RR_ERR_ARG, err,
                "no words");
    set = a;
    CHECK_FAILS(rr_dataset_save_jsonl(&set, &bad, 1, in_scratch("", "x"), &err), RR_ERR_ARG, err,
                "7 is no split");
    CHECK_FAILS(rr_dataset_save_jsonl(&set, &split, 1, in_scratch("", "no/x"), &err), RR_ERR_IO,
                err, "no/x");
    const rr_dataset_shape numbers = { .vocabulary = 4, .classes = 2, .words = v };
    rr_dataset_builder *b = NULL;
    CHECK_OK(rr_dataset_builder_new(&numbers, &b, &err), err);
    rr_dataset *other = finish(b);
    const rr_dataset *const sets[2] = { a, other };
    const rr_split splits[2] = { RR_SPLIT_TRAIN, RR_SPLIT_TEST };
    CHECK_FAILS(rr_dataset_save_jsonl(sets, splits, 2, in_scratch("", "x"), &err), RR_ERR_SHAPE,
                err, "class 0 is neg");
    assert_int_not_equal(access(in_scratch("", "x"), F_OK), 0);
    rr_dataset_free(other);
    rr_dataset_free(a);
    rr_dataset_free(none);
    rri_vocabulary_free(v);
}

static rr_status make_join_save(const char *path)
{
    static const char *const words[] = { "<pad>", "<unk>", "the", "good" };
    const rr_sequence s = { .symbols = ids, .steps = 3, .label = 1, .words = spelt };
    const rr_split split = RR_SPLIT_TRAIN;
    rr_vocabulary *v = NULL;
    rr_dataset_builder *b = NULL;
    rr_dataset *a = NULL;
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_vocabulary_new(words, 4, 1, &v, NULL));
    const rr_dataset_shape shape = { .vocabulary = 4, .classes = 2, .words = v };
    RRI_TRY(rr_dataset_builder_new(&shape, &b, NULL));
    RRI_TRY(rr_dataset_builder_add(b, s, NULL));
    RRI_TRY(rr_dataset_builder_finish(b, &a, NULL));
    RRI_TRY(rr_dataset_concat(a, a, &ds, NULL));
    const rr_dataset *const sets[1] = { ds };
    RRI_TRY(rr_dataset_save_jsonl(sets, &split, 1, path, NULL));

done:
    rr_dataset_builder_free(b);
    rr_dataset_free(a);
    rr_dataset_free(ds);
    rri_vocabulary_free(v);
    return st;
}

static void every_failed_allocation_is_clean(void **state)
{
    const char *path = in_scratch("", "oom.jsonl");

    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 30);) {
        at.st = make_join_save(path);
        assert_true((at.st == RR_OK) == (access(path, F_OK) == 0));
    }
}

static void unknown_words_are_counted_once_each(void **state)
{
    rr_vocabulary *v = vocabulary("film");
    rr_dataset_builder *b = begin(v);
    rr_unknown_words unknown;
    rr_error err = { .msg = "" };
    const uint32_t first[4] = { 2, 1, 1, 1 };
    const char *const words[4] = { "film", "Zebra", "zebra", "quince" };

    (void)state;
    CHECK_OK(rr_dataset_builder_add(
                 b, (rr_sequence){ .symbols = first, .steps = 4, .words = words }, &err),
             err);
    rr_dataset *ds = finish(b);
    CHECK_OK(rr_dataset_unknown(ds, &unknown, &err), err);
    assert_int_equal(unknown.steps, 3);
    assert_int_equal(unknown.words, 2); /* in lower case, as the vocabulary is */
    rr_dataset_free(ds);
    CHECK_OK(rr_dataset_load("digits?train=2&test=1", RR_SPLIT_TRAIN, &ds, &err), err);
    CHECK_OK(rr_dataset_unknown(ds, &unknown, &err), err);
    assert_int_equal(unknown.steps, 0);
    rr_dataset_free(ds);
    rri_vocabulary_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_words_are_counted_once_each),
        cmocka_unit_test(words_are_kept_as_they_were_spelt),
        cmocka_unit_test(datasets_without_a_vocabulary_have_no_words),
        cmocka_unit_test(words_that_could_not_be_written_are_refused),
        cmocka_unit_test(a_vocabulary_of_another_size_is_refused),
        cmocka_unit_test(the_shape_of_a_dataset_makes_another_of_its_kind),
        cmocka_unit_test(many_sequences_keep_their_own_words),
        cmocka_unit_test(the_vocabulary_is_part_of_the_content_hash),
        cmocka_unit_test(joining_keeps_words_and_asks_for_one_vocabulary),
        cmocka_unit_test(rows_of_json_come_back_with_their_words),
        cmocka_unit_test(rows_of_json_need_words_and_one_list_of_classes),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
