/* SPDX-License-Identifier: MIT */
/* Edits of a training set: what is refused, what they come to, and two of them as one. */
#include "make.h"

static const uint32_t removed[] = { 0, 4 };
static const uint32_t relabelled[] = { 2, 5 };
static const uint32_t labels[] = { 9, 0 };

static rr_dataset *load(const char *spec)
{
    return load_dataset(spec, RR_SPLIT_TRAIN);
}

static rr_edits some_edits(const rr_dataset *additions)
{
    return (rr_edits){ .removed = removed,
                       .count_removed = 2,
                       .relabelled = relabelled,
                       .labels = labels,
                       .count_relabelled = 2,
                       .additions = additions };
}

static void lists_that_cannot_be_are_refused(void **state)
{
    static const uint32_t falling[] = { 3, 1 };
    static const uint32_t all[] = { 0, 1 };
    rr_edits e = some_edits(NULL);
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_edits_check(&e, 6, 10, &err), err);
    CHECK_FAILS(rr_edits_check(&e, 5, 10, &err), RR_ERR_ARG, err, "below 5; number 1");
    assert_int_equal(err.where, 1);
    CHECK_FAILS(rr_edits_check(&e, 6, 9, &err), RR_ERR_ARG, err, "sequence 2 is 9");
    e.relabelled = falling;
    CHECK_FAILS(rr_edits_check(&e, 6, 10, &err), RR_ERR_ARG, err, "with other labels");
    e = some_edits(NULL);
    e.removed = falling;
    CHECK_FAILS(rr_edits_check(&e, 6, 10, &err), RR_ERR_ARG, err, "left out must be rising");
    e = (rr_edits){ .removed = all, .count_removed = 2 };
    CHECK_FAILS(rr_edits_check(&e, 2, 10, &err), RR_ERR_ARG, err, "every training sequence");
}

static void they_change_a_dataset_in_order(void **state)
{
    static const size_t from[] = { 1, 2, 3, 5 };
    rr_dataset *ds = load("digits?train=6");
    rr_dataset *more = load("digits?train=2&seed=9");
    const rr_edits e = some_edits(more);
    const rr_edits none = { .removed = NULL };
    rr_dataset *got = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_edits_apply(&e, ds, &got, &err), err);
    assert_int_equal(rr_dataset_count(got), 6);
    for (size_t i = 0; i < 4; i++) {
        const rr_sequence a = rr_dataset_at(got, i);
        const rr_sequence b = rr_dataset_at(ds, from[i]);
        assert_memory_equal(a.frames, b.frames, 784 * sizeof(float));
        assert_int_equal(a.label, from[i] == 2 ? 9 : from[i] == 5 ? 0 : b.label);
    }
    assert_int_equal(rr_dataset_at(got, 5).label, rr_dataset_at(more, 1).label);
    rr_dataset_free(got);
    CHECK_OK(rr_edits_apply(&none, ds, &got, &err), err);
    assert_ptr_equal(got, ds); /* shared */
    rr_dataset_free(got);
    rr_dataset_free(more);
    rr_dataset_free(ds);
}

/* One after the other, or as one: the same training set. */
static void two_are_as_good_as_one(void **state)
{
    static const uint32_t out[] = { 0, 8 };      /* 1 of the source, and an addition */
    static const uint32_t again[] = { 1, 4, 7 }; /* 2 and 6 of the source, and an addition */
    static const uint32_t anew[] = { 7, 6, 5 };
    rr_dataset *ds = load("digits?train=9");
    rr_dataset *first_ones = load("digits?train=3&seed=9");
    rr_dataset *new_ones = load("digits?train=2&seed=4");
    const rr_edits first = some_edits(first_ones);
    const rr_edits then = { .removed = out,
                            .count_removed = 2,
                            .relabelled = again,
                            .labels = anew,
                            .count_relabelled = 3,
                            .additions = new_ones };
    rr_dataset *middle = NULL;
    rr_dataset *want = NULL;
    rr_dataset *got = NULL;
    rr_edits *both = NULL;
    rr_edits *copy = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_edits_apply(&first, ds, &middle, &err), err);
    CHECK_OK(rr_edits_apply(&then, middle, &want, &err), err);
    CHECK_OK(rr_edits_compose(&first, 9, middle, &then, &both, &err), err);
    CHECK_OK(rr_edits_copy(both, &copy, &err), err);
    rr_edits_free(both);
    assert_int_equal(copy->count_removed, 3);
    assert_memory_equal(copy->removed, ((const uint32_t[]){ 0, 1, 4 }), 12);
    assert_int_equal(copy->count_relabelled, 3); /* 5 keeps its label of the first */
    assert_memory_equal(copy->relabelled, ((const uint32_t[]){ 2, 5, 6 }), 12);
    assert_memory_equal(copy->labels, ((const uint32_t[]){ 7, 0, 6 }), 12);
    assert_int_equal(rr_dataset_count(copy->additions), 4);
    CHECK_OK(rr_edits_apply(copy, ds, &got, &err), err);
    assert_string_equal(rr_dataset_hash(got), rr_dataset_hash(want));
    rr_dataset_free(got);
    rr_edits_free(copy);
    CHECK_FAILS(rr_edits_compose(&first, 9, ds, &(rr_edits){ .removed = anew, .count_removed = 3 },
                                 &both, &err),
                RR_ERR_ARG, err, "left out must be rising");
    assert_null(both);
    rr_dataset_free(want);
    rr_dataset_free(middle);
    rr_dataset_free(new_ones);
    rr_dataset_free(first_ones);
    rr_dataset_free(ds);
}

/* ---- labels of steps ------------------------------------------------------------------------ */

/* Sequences of 2, 3, 1 and 2 steps, all labelled 0. */
static rr_dataset *make_steps(void)
{
    static const size_t lengths[] = { 2, 3, 1, 2 };
    static const uint32_t none[3] = { 0, 0, 0 };
    static const uint32_t symbols[3] = { 1, 2, 3 };
    const rr_dataset_shape shape = { .vocabulary = 4, .classes = 5, .step_labelled = 1 };
    rr_dataset_builder *b = new_builder(&shape);
    rr_error err = { 0 };

    for (size_t i = 0; i < 4; i++)
        CHECK_OK(rr_dataset_builder_add(
                     b,
                     (rr_sequence){ .symbols = symbols, .steps = lengths[i], .step_labels = none },
                     &err),
                 err);
    return finish_dataset(b);
}

static void check_steps(const rr_dataset *ds, size_t i, const uint32_t *want)
{
    const rr_sequence s = rr_dataset_at(ds, i);

    assert_memory_equal(s.step_labels, want, s.steps * sizeof *want);
}

static void edits_of_steps_that_cannot_be_are_refused(void **state)
{
    const rr_step_edit falling[] = { { 1, 3, 2 }, { 1, 2, 2 } };
    const rr_step_edit zero[] = { { 1, 0, 2 } };
    const rr_step_edit no_class[] = { { 1, 1, 5 } };
    const rr_step_edit beyond[] = { { 1, 3, RR_NO_LABEL }, { 2, 2, 1 } };
    rr_dataset *ds = make_steps();
    rr_dataset *plain = load("digits?train=6");
    rr_dataset *got = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    rr_edits e = { .steps = falling, .count_steps = 2 };
    CHECK_FAILS(rr_edits_check(&e, 4, 5, &err), RR_ERR_ARG, err, "number 1 of the list is step 2");
    e = (rr_edits){ .steps = zero, .count_steps = 1 };
    CHECK_FAILS(rr_edits_check(&e, 4, 5, &err), RR_ERR_ARG, err, "step 0 of sequence 1");
    e = (rr_edits){ .steps = no_class, .count_steps = 1 };
    CHECK_FAILS(rr_edits_check(&e, 4, 5, &err), RR_ERR_ARG, err, "is 5, which is outside 0..4");
    e = (rr_edits){ .steps = beyond, .count_steps = 2 };
    CHECK_OK(rr_edits_check(&e, 4, 5, &err), err);
    CHECK_FAILS(rr_edits_apply(&e, ds, &got, &err), RR_ERR_ARG, err,
                "no step 2 of sequence 2, which has T = 1");
    CHECK_FAILS(rr_edits_apply(&e, plain, &got, &err), RR_ERR_ARG, err, "have no labels");
    assert_null(got);
    rr_dataset_free(plain);
    rr_dataset_free(ds);
}

/* Two edits one after the other, with an addition of the first that the second changes. */
static void two_edits_of_steps_are_as_good_as_one(void **state)
{
    const rr_step_edit one[] = { { 0, 1, 1 }, { 1, 2, 1 }, { 3, 1, 1 }, { 3, 2, 1 } };
    const rr_step_edit two[] = { { 2, 1, 2 }, { 2, 2, 3 }, { 4, 3, 4 } };
    static const uint32_t gone[] = { 1 };
    static const size_t some[] = { 0, 1 };
    const uint32_t third[] = { 1, 1 };
    const uint32_t sixth[] = { 0, 0, 4 };
    rr_dataset *ds = make_steps();
    rr_dataset *more = NULL;
    rr_dataset *train = NULL;
    rr_dataset *twice = NULL;
    rr_dataset *once = NULL;
    rr_edits *all = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_dataset_select(ds, some, 2, &more, &err), err);
    const rr_edits first = {
        .removed = gone, .count_removed = 1, .steps = one, .count_steps = 4, .additions = more
    };
    const rr_edits then = { .steps = two, .count_steps = 3 };
    CHECK_OK(rr_edits_apply(&first, ds, &train, &err), err);
    check_steps(train, 2, third); /* sequence 3 of the source */
    CHECK_OK(rr_edits_apply(&then, train, &twice, &err), err);
    check_steps(twice, 4, sixth);
    CHECK_OK(rr_edits_compose(&first, 4, train, &then, &all, &err), err);
    assert_int_equal(all->count_steps, 3); /* without those of sequence 1 */
    CHECK_OK(rr_edits_apply(all, ds, &once, &err), err);
    assert_string_equal(rr_dataset_hash(once), rr_dataset_hash(twice));
    rr_edits_free(all);
    rr_dataset_free(once);
    rr_dataset_free(twice);
    rr_dataset_free(train);
    rr_dataset_free(more);
    rr_dataset_free(ds);
}

/* A row of another width is not read beyond its end. */
static void sequences_of_another_kind_are_not_added(void **state)
{
    static const float narrow[] = { 1, 2 };
    static const uint32_t words[] = { 1, 2 };
    const rr_dataset_shape shapes[] = { { .width = 1, .classes = 10 },
                                        { .vocabulary = 3, .classes = 10 } };
    const rr_sequence sequences[] = { { .frames = narrow, .steps = 2 },
                                      { .symbols = words, .steps = 2 } };
    rr_dataset *ds = load("digits?train=9");
    const rr_edits nothing = { .removed = NULL };
    rr_error err = { .msg = "" };

    (void)state;
    for (int i = 0; i < 2; i++) {
        rr_dataset_builder *b = NULL;
        rr_dataset *other = NULL;
        rr_edits *e = NULL;
        CHECK_OK(rr_dataset_builder_new(&shapes[i], &b, &err), err);
        CHECK_OK(rr_dataset_builder_add(b, sequences[i], &err), err);
        CHECK_OK(rr_dataset_builder_finish(b, &other, &err), err);
        CHECK_FAILS(rr_edits_compose(&nothing, 9, ds, &(rr_edits){ .additions = other }, &e, &err),
                    RR_ERR_SHAPE, err, "cannot be added to sequences of width 28");
        assert_null(e);
        rr_dataset_free(other);
        rr_dataset_builder_free(b);
    }
    rr_dataset_free(ds);
}

static void every_failed_allocation_is_clean(void **state)
{
    rr_dataset *ds = load("digits?train=9");
    rr_dataset *more = load("digits?train=3&seed=9");
    const rr_edits e = some_edits(more);

    (void)state;
    for (int what = 0; what < 3; what++) {
        for (failing at = { 0 }; next_allocation_fails(&at, 0);) {
            rr_dataset *got = NULL;
            rr_edits *created = NULL;
            at.st = what == 0   ? rr_edits_apply(&e, ds, &got, NULL)
                    : what == 1 ? rr_edits_copy(&e, &created, NULL)
                                : rr_edits_compose(&e, 9, ds, &e, &created, NULL);
            assert_true((at.st == RR_OK) == (got != NULL || created != NULL));
            rr_dataset_free(got);
            rr_edits_free(created);
        }
    }
    rr_dataset_free(more);
    rr_dataset_free(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_that_cannot_be_are_refused),
        cmocka_unit_test(they_change_a_dataset_in_order),
        cmocka_unit_test(two_are_as_good_as_one),
        cmocka_unit_test(edits_of_steps_that_cannot_be_are_refused),
        cmocka_unit_test(two_edits_of_steps_are_as_good_as_one),
        cmocka_unit_test(sequences_of_another_kind_are_not_added),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
