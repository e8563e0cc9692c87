/* SPDX-License-Identifier: MIT */
/* test_dataset_select.c - some sequences of a dataset, and the same under other labels: against the
 * builder, which takes them one by one. */
#include "make.h"
#include "scratch.h"

enum { D = 3, N = 7 };

/* Ragged frames with names, or text with words the vocabulary spells otherwise. */
static rr_dataset *make_frames(void)
{
    static const char *const names[] = { "red", "green", "blue" };
    const rr_dataset_shape shape = { .width = D, .classes = 3, .class_names = names };
    float x[N * D];
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N * D; j++)
            x[j] = (float)(100 * i + j);
        const rr_sequence s = { .frames = x, .steps = 1 + i % 4, .label = (uint32_t)(i % 3) };
        add_sequence(b, s);
    }
    return finish_dataset(b);
}

/* The last text alone holds more words of its own than fit into a first block of them. */
static rr_dataset *make_text(void)
{
    static char rows[20000];
    size_t n = 0;

    n += (size_t)snprintf(rows, sizeof rows,
                          "text,label\nThe good film,1\nthe BAD film,0\n"
                          "Good good,1\na rare word,0\nbad");
    for (int i = 0; i < 300; i++)
        n +=
            (size_t)snprintf(rows + n, sizeof rows - n, " word%dofitsownandlongenoughforablock", i);
    (void)snprintf(rows + n, sizeof rows - n, ",0\n");
    write_scratch("text.csv", rows);
    return load_dataset(in_scratch("csv:", "text.csv?min-count=2"), RR_SPLIT_TRAIN);
}

/* The same by the builder, with the labels where some are given. */
static rr_dataset *one_by_one(const rr_dataset *ds, const size_t *which, size_t n,
                              const uint32_t *labels)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(ds);
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < n; i++) {
        rr_sequence s = rr_dataset_at(ds, which[i]);
        if (labels != NULL)
            s.label = labels[i];
        add_sequence(b, s);
    }
    return finish_dataset(b);
}

static void check_words_same(const rr_dataset *a, const rr_dataset *b)
{
    check_same(a, b);
    assert_string_equal(rr_dataset_files_hash(a), "");
    for (size_t i = 0; i < rr_dataset_count(a); i++) {
        const rr_sequence p = rr_dataset_at(a, i);
        const rr_sequence q = rr_dataset_at(b, i);
        assert_true((p.words == NULL) == (q.words == NULL));
        for (size_t t = 0; p.words != NULL && t < p.steps; t++)
            assert_string_equal(p.words[t], q.words[t]);
    }
}

static void check_select(rr_dataset *ds, const size_t *which, size_t n)
{
    rr_dataset *want = one_by_one(ds, which, n, NULL);
    rr_dataset *got = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_dataset_select(ds, which, n, &got, &err), err);
    rr_dataset_free(ds); /* the selection does not depend on it */
    check_words_same(got, want);
    rr_dataset_free(want);
    rr_dataset_free(got);
}

static void what_is_selected_is_what_the_builder_makes(void **state)
{
    const size_t which[] = { 4, 0, 4, 2, 1 };

    (void)state;
    check_select(make_frames(), which, 5);
    check_select(make_frames(), which, 0);
    check_select(make_text(), which, 5);
    check_select(make_text(), which, 1);
}

static void a_number_beyond_the_end_is_refused(void **state)
{
    const size_t which[] = { 4, 6, 7 };
    rr_dataset *ds = make_frames();
    rr_dataset *got = ds;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_dataset_select(ds, which, 3, &got, &err), RR_ERR_ARG, err, "there is no 7");
    assert_int_equal(err.where, 2);
    assert_null(got);
    rr_dataset_free(ds);
}

static void check_relabel(rr_dataset *ds)
{
    const size_t all[] = { 0, 1, 2, 3, 4 };
    const uint32_t ids[] = { 1, 4 };
    const uint32_t labels[] = { 1, 1 };
    uint32_t wanted[5];
    rr_dataset *got = NULL;
    rr_dataset *five = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_dataset_select(ds, all, 5, &five, &err), err);
    for (size_t i = 0; i < 5; i++)
        wanted[i] = i == 1 || i == 4 ? 1 : rr_dataset_at(five, i).label;
    rr_dataset *want = one_by_one(five, all, 5, wanted);
    CHECK_OK(rr_dataset_relabel(five, ids, labels, 2, &got, &err), err);
    assert_true(strcmp(rr_dataset_hash(got), rr_dataset_hash(five)) != 0 ||
                rr_dataset_at(five, 4).label == 1);
    rr_dataset_free(ds);
    rr_dataset_free(five);
    check_words_same(got, want);
    rr_dataset_free(want);
    rr_dataset_free(got);
}

static void other_labels_change_nothing_else(void **state)
{
    rr_dataset *ds = make_frames();
    rr_dataset *got = NULL;
    rr_error err = { 0 };

    (void)state;
    check_relabel(make_frames());
    check_relabel(make_text());
    CHECK_OK(rr_dataset_relabel(ds, NULL, NULL, 0, &got, &err), err);
    check_words_same(got, ds);
    rr_dataset_free(got);
    rr_dataset_free(ds);
}

static void wrong_labels_are_refused(void **state)
{
    const uint32_t falling[] = { 2, 1 };
    const uint32_t twice[] = { 2, 2 };
    const uint32_t beyond[] = { 2, N };
    const uint32_t good[] = { 2, 3 };
    const uint32_t labels[] = { 0, 2 };
    const uint32_t too_large[] = { 0, 3 };
    rr_dataset *ds = make_frames();
    rr_dataset *got = ds;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_dataset_relabel(ds, falling, labels, 2, &got, &err), RR_ERR_ARG, err, "rising");
    assert_int_equal(err.where, 1);
    assert_null(got);
    CHECK_FAILS(rr_dataset_relabel(ds, twice, labels, 2, &got, &err), RR_ERR_ARG, err, "rising");
    CHECK_FAILS(rr_dataset_relabel(ds, beyond, labels, 2, &got, &err), RR_ERR_ARG, err, "below 7");
    CHECK_FAILS(rr_dataset_relabel(ds, good, too_large, 2, &got, &err), RR_ERR_ARG, err,
                "sequence 3 is 3, which is outside 0..2");
    assert_int_equal(err.where, 1);
    rr_dataset_free(ds);
}

static void every_failed_allocation_is_clean(void **state)
{
    const size_t which[] = { 3, 0 };
    const uint32_t ids[] = { 1 };
    const uint32_t labels[] = { 1 };
    rr_dataset *ds = make_text();

    (void)state;
    for (int relabel = 0; relabel < 2; relabel++) {
        for (failing at = { 0 }; next_allocation_fails(&at, 5);) {
            rr_dataset *got = NULL;
            at.st = relabel ? rr_dataset_relabel(ds, ids, labels, 1, &got, NULL)
                            : rr_dataset_select(ds, which, 2, &got, NULL);
            assert_true((at.st == RR_OK) == (got != NULL));
            rr_dataset_free(got);
        }
    }
    rr_dataset_free(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_selected_is_what_the_builder_makes),
        cmocka_unit_test(a_number_beyond_the_end_is_refused),
        cmocka_unit_test(other_labels_change_nothing_else),
        cmocka_unit_test(wrong_labels_are_refused),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
