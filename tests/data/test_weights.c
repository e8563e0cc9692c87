/* SPDX-License-Identifier: MIT */
/* Loss weights among the edits of a training set: what is refused, two of them as one, their file.
 */
#include "make.h"
#include "scratch_folder.h"

static const float some[] = { 1.0f, 0.0f, 2.5f, 1.0f };

static void what_cannot_weigh_is_refused(void **state)
{
    static const float wrong[] = { 1.0f, -1.0f, NAN };
    static const float zeros[] = { 0.0f, 0.0f };
    rr_edits e = { .weights = some, .count_weights = 4 };
    rr_dataset *ds = load_dataset("digits?train=3", RR_SPLIT_TRAIN);
    rr_dataset *got = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_edits_check(&e, 4, 10, &err), err);
    CHECK_FAILS(rr_edits_apply(&e, ds, &got, &err), RR_ERR_ARG, err,
                "4 loss weights, but 3 sequences");
    assert_null(got);
    e.count_weights = 3;
    CHECK_OK(rr_edits_apply(&e, ds, &got, &err), err);
    assert_ptr_equal(got, ds); /* the data are the same */
    rr_dataset_free(got);
    e = (rr_edits){ .weights = wrong, .count_weights = 3 };
    CHECK_FAILS(rr_edits_check(&e, 3, 10, &err), RR_ERR_ARG, err, "sequence 1 is -1");
    assert_int_equal(err.where, 1);
    e = (rr_edits){ .weights = wrong + 2, .count_weights = 1 };
    CHECK_FAILS(rr_edits_check(&e, 1, 10, &err), RR_ERR_ARG, err, "sequence 0 is nan");
    e = (rr_edits){ .weights = zeros, .count_weights = 2 };
    CHECK_FAILS(rr_edits_check(&e, 2, 10, &err), RR_ERR_ARG, err, "every training sequence is 0");
    rr_dataset_free(ds);
}

/* Survivors keep theirs, additions bring theirs, and both multiply. */
static void two_are_as_good_as_one(void **state)
{
    static const uint32_t out[] = { 0, 3 };
    static const float anew[] = { 1.0f, 2.0f, 4.0f };
    static const float back[] = { 1.0f, 0.4f, 1.0f };
    rr_dataset *ds = load_dataset("digits?train=4", RR_SPLIT_TRAIN);
    rr_dataset *more = load_dataset("digits?train=1&seed=9", RR_SPLIT_TRAIN);
    const rr_edits none = { .removed = NULL };
    const rr_edits first = { .weights = some, .count_weights = 4 };
    rr_edits then = { .removed = out, .count_removed = 2, .additions = more };
    rr_edits *both = NULL;
    rr_edits *copy = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rr_edits_compose(&first, 4, ds, &then, &both, &err), err);
    assert_int_equal(both->count_weights, 3);
    assert_memory_equal(both->weights, ((const float[]){ 0.0f, 2.5f, 1.0f }), 12);
    rr_edits_free(both);
    then.weights = anew;
    then.count_weights = 3;
    CHECK_OK(rr_edits_compose(&first, 4, ds, &then, &both, &err), err);
    CHECK_OK(rr_edits_copy(both, &copy, &err), err);
    rr_edits_free(both);
    assert_int_equal(copy->count_weights, 3);
    assert_memory_equal(copy->weights, ((const float[]){ 0.0f, 5.0f, 4.0f }), 12);
    rr_edits_free(copy);
    CHECK_OK(rr_edits_compose(&none, 4, ds, &then, &both, &err), err);
    assert_memory_equal(both->weights, anew, sizeof anew);
    rr_edits_free(both);
    then.weights = back;
    then.count_weights = 2;
    CHECK_FAILS(rr_edits_compose(&first, 4, ds, &then, &both, &err), RR_ERR_ARG, err,
                "2 loss weights, but 3 sequences");
    assert_null(both);
    /* What is 1 again is no weight: data and run are those without. */
    const rr_edits halves = { .weights = (const float[]){ 1.0f, 1.0f, 0.5f, 1.0f },
                              .count_weights = 4 };
    const rr_edits doubles = { .weights = (const float[]){ 1.0f, 1.0f, 2.0f, 1.0f },
                               .count_weights = 4 };
    CHECK_OK(rr_edits_compose(&halves, 4, ds, &doubles, &both, &err), err);
    assert_null(both->weights);
    assert_int_equal(both->count_weights, 0);
    rr_edits_free(both);
    rr_dataset_free(more);
    rr_dataset_free(ds);
}

/* ---- the file ------------------------------------------------------------------------------- */

static const char path[] = "weights";

static rr_status load(const char *text, rr_edits **out, rr_error *err)
{
    write_scratch(path, text);
    return rr_weights_load(path, 4, out, err);
}

static void a_file_of_either_form_is_read(void **state)
{
    static const char *const forms[] = {
        "id,weight\n2,2.5\n1,0\n",
        "note;weight;id\nx;0;1\ny;2.5;2\n",
        "{\"id\": 1, \"weight\": 0}\n\n{\"weight\": 2.5, \"id\": 2}\n",
        "[{\"id\": 1, \"weight\": 0},\n {\"weight\": 2.5, \"id\": 2}]\n",
    };
    rr_edits *e = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        CHECK_OK(load(forms[i], &e, &err), err);
        assert_int_equal(e->count_weights, 4);
        assert_memory_equal(e->weights, some, sizeof some);
        assert_int_equal(e->count_removed + e->count_relabelled + e->count_steps, 0);
        rr_edits_free(e);
    }
    CHECK_OK(load("id,weight\n3,1\n", &e, &err), err);
    assert_null(e->weights);
    rr_edits_free(e);
}

static void a_wrong_file_is_refused_by_line(void **state)
{
    static const struct {
        const char *text, *why;
    } wrong[] = {
        { "id,weight\n1,1\n4,1\n", "line 3: there is no sequence 4; there are N = 4" },
        { "id,weight\n-1,1\n", "line 2: the id \"-1\" is no number of a sequence" },
        { "id,weight\n1,2\n2,1\n1,3\n", "line 4: sequence 1 comes twice, first on line 2" },
        { "id,weight\n1,-0.5\n", "line 2: the weight -0.5 is no number of at least 0" },
        { "id,weight\n1,nan\n", "line 2: the weight \"nan\" is no number of at least 0" },
        { "id,weight\n1,1e39\n", "line 2: the weight 1e+39 is no number of at least 0" },
        { "id,weight\n1,\n", "line 2: the weight \"\" is no number of at least 0" },
        { "id,weight\n0,0\n1,0\n2,0\n3,0\n", "weights: the loss weight of every" },
        { "id,label\n1,1\n", "weight" },
        { "{\"id\": 1}\n", "line 1: expected an object with the numbers id and weight" },
        { "{\"id\": 1, \"weight\": 0}\n{\"id\": 1, \"weight\": 0}\n",
          "line 2: sequence 1 comes twice, first on line 1" },
        { "[7]\n", "line 1: expected an object" },
    };
    rr_edits *e = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_FAILS(load(wrong[i].text, &e, &err), RR_ERR_FORMAT, err, wrong[i].why);
        assert_null(e);
    }
    assert_int_equal(unlink(path), 0);
    CHECK_FAILS(rr_weights_load(path, 4, &e, &err), RR_ERR_IO, err, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_weigh_is_refused),
        cmocka_unit_test(two_are_as_good_as_one),
        cmocka_unit_test(a_file_of_either_form_is_read),
        cmocka_unit_test(a_wrong_file_is_refused_by_line),
    };

    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
