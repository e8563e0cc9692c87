/* SPDX-License-Identifier: MIT */
/* test_explaining.c - what a session says of single sequences: errors, suspect steps, explanations
 * and their reverse agree with each other. */
#include "scratch_folder.h"

#include <math.h>

static const char dir[] = "run";

/* A run of one epoch, which errs often, with its influence model. */
static rr_session *make_run(void)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_influence_config influence = rr_influence_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    cfg.data = "digits?train=60&test=40";
    cfg.network.hidden = 8;
    cfg.train.epochs = 1;
    influence.partition.states = 5;
    CHECK_OK(rr_session_create(dir, &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    return s;
}

static void errors_are_found_filtered_and_ordered(void **state)
{
    rr_session *s = make_run();
    rr_predictions p;
    rr_ids all, some;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_predict(s, RR_SPLIT_TEST, &p, &err), err);
    CHECK_OK(rr_session_errors(s, RR_SPLIT_TEST, NULL, &all, &err), err);
    assert_true(all.count > 3);
    assert_int_equal(all.count, p.errors);
    for (size_t i = 0; i < all.count; i++) {
        assert_true(p.prediction[all.ids[i]] != rr_dataset_at(p.ds, all.ids[i]).label);
        assert_true(i == 0 || all.ids[i] > all.ids[i - 1]);
    }
    CHECK_OK(rr_session_errors(s, RR_SPLIT_TEST, &(rr_error_filter){ .most = 3 }, &some, &err),
             err);
    assert_int_equal(some.count, 3);
    for (size_t i = 0; i < all.count; i++)
        assert_true(p.probability[all.ids[i]] <= p.probability[some.ids[0]]);
    assert_true(p.probability[some.ids[1]] >= p.probability[some.ids[2]]);
    rr_ids_free(&some);
    const rr_error_filter list = { .ids = &all.ids[1], .count = 2 };
    CHECK_OK(rr_session_errors(s, RR_SPLIT_TEST, &list, &some, &err), err);
    assert_int_equal(some.count, 2);
    assert_int_equal(some.ids[0], all.ids[1]);
    rr_ids_free(&some);
    const size_t beyond = 40;
    const rr_error_filter wrong = { .ids = &beyond, .count = 1 };
    CHECK_FAILS(rr_session_errors(s, RR_SPLIT_TEST, &wrong, &some, &err), RR_ERR_ARG, err,
                "numbered from 0");
    CHECK_FAILS(
        rr_session_errors(s, RR_SPLIT_TEST, &(rr_error_filter){ .truth = "eleven" }, &some, &err),
        RR_ERR_ARG, err, "eleven");
    rr_ids_free(&all);
    rr_session_close(s);
}

static void the_first_error_is_explained_and_its_steps_matched(void **state)
{
    rr_session *s = make_run();
    rr_question q;
    rr_answer *x = NULL;
    rr_ids all;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_errors(s, RR_SPLIT_TEST, NULL, &all, &err), err);
    CHECK_OK(rr_session_question(s, &q, &err), err);
    assert_int_equal(q.cfg.query.key, RR_KEY_TRANSITION);
    q.step = 5;
    CHECK_OK(rr_session_explain(s, &q, &x, &err), err);
    assert_int_equal(x->sample, all.ids[0]);
    assert_int_equal(x->influencers, x->explanation->steps[4].influencers);
    assert_int_equal(x->count_matches, rri_min(x->influencers, x->explanation->top));
    for (size_t i = 1; i < x->count_matches; i++)
        assert_true(x->matches[i].score <= x->matches[i - 1].score);
    rr_answer_free(x);
    q.step = 1000;
    CHECK_FAILS(rr_session_explain(s, &q, &x, &err), RR_ERR_ARG, err, "step 1000");
    q.text = "a film";
    CHECK_FAILS(rr_session_explain(s, &q, &x, &err), RR_ERR_ARG, err, "not a run on text");
    rr_ids_free(&all);
    rr_session_close(s);
}

/* A sequence of the split, given as frames, has the answer it has by its number. */
static void given_frames_are_explained_as_the_sample_they_are(void **state)
{
    rr_session *s = make_run();
    const rr_dataset *ds = NULL;
    rr_question q;
    rr_answer *x = NULL, *y = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_split(s, RR_SPLIT_TEST, &ds, &err), err);
    CHECK_OK(rr_session_question(s, &q, &err), err);
    q.sample = 7;
    q.step = 3;
    CHECK_OK(rr_session_explain(s, &q, &x, &err), err);
    const rr_sequence own = rr_dataset_at(ds, 7);
    q.given = (rr_given){ .frames = own.frames, .steps = own.steps, .width = 28 };
    CHECK_OK(rr_session_explain(s, &q, &y, &err), err);
    assert_true(y->sample == SIZE_MAX && !y->truth_known);
    assert_int_equal(x->explanation->prediction, y->explanation->prediction);
    assert_int_equal(x->explanation->count_steps, y->explanation->count_steps);
    assert_int_equal(x->influencers, y->influencers);
    for (size_t i = 0; i < own.steps; i++) {
        assert_int_equal(x->explanation->steps[i].state, y->explanation->steps[i].state);
        assert_true(x->explanation->steps[i].probability == y->explanation->steps[i].probability);
    }
    assert_int_equal(x->explanation->proponents[0].id, y->explanation->proponents[0].id);
    rr_answer_free(y);
    q.label = "4";
    CHECK_OK(rr_session_explain(s, &q, &y, &err), err);
    assert_int_equal(y->explanation->truth, 4);
    rr_answer_free(y);
    rr_answer_free(x);
    rr_session_close(s);
}

static void given_sequences_that_do_not_fit_are_refused(void **state)
{
    rr_session *s = make_run();
    static const char *const words[] = { "a", "film" };
    float frames[2 * 28] = { 0 };
    rr_question q;
    rr_answer *x = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_question(s, &q, &err), err);
    q.given = (rr_given){ .words = words, .steps = 2 };
    CHECK_FAILS(rr_session_explain(s, &q, &x, &err), RR_ERR_ARG, err, "not a run on text");
    q.given = (rr_given){ .frames = frames, .steps = 2, .width = 14 };
    CHECK_FAILS(rr_session_explain(s, &q, &x, &err), RR_ERR_SHAPE, err, "14 values a step");
    frames[30] = INFINITY;
    q.given.width = 28;
    CHECK_FAILS(rr_session_explain(s, &q, &x, &err), RR_ERR_NUMERIC, err, "step 2, from 1");
    q.text = "a film";
    CHECK_FAILS(rr_session_explain(s, &q, &x, &err), RR_ERR_ARG, err, "one of a text, words and");
    q.text = NULL;
    q.given.frames = NULL;
    CHECK_FAILS(rr_session_explain(s, &q, &x, &err), RR_ERR_ARG, err, "one of a text, words and");
    rr_session_close(s);
}

/* A training sequence is among the matches of a step if and only if it touches that step. */
static void the_reverse_of_a_match_is_a_touched_step(void **state)
{
    rr_session *s = make_run();
    rr_question q;
    rr_answer *x = NULL;
    rr_reach *r = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_question(s, &q, &err), err);
    q.step = 5;
    q.cfg.top = 60;
    CHECK_OK(rr_session_explain(s, &q, &x, &err), err);
    for (size_t id = 0; id < 60; id++) {
        int matches = 0, touches = 0;
        for (size_t i = 0; i < x->count_matches; i++)
            matches |= x->matches[i].id == id;
        CHECK_OK(rr_session_touched(s, RR_SPLIT_TEST, id, q.cfg.query.key, &r, &err), err);
        for (size_t i = 0; i < r->count; i++)
            for (size_t k = 0; k < r->touched[i].count && r->touched[i].id == x->sample; k++)
                touches |= r->touched[i].steps[k].t == 5;
        assert_int_equal(matches, touches);
        rr_reach_free(r);
    }
    CHECK_FAILS(rr_session_touched(s, RR_SPLIT_TEST, 60, q.cfg.query.key, &r, &err), RR_ERR_ARG,
                err, "N = 60");
    rr_answer_free(x);
    rr_session_close(s);
}

static void every_error_is_localized_once(void **state)
{
    const rr_localize_config cfg = rr_localize_config_default();
    rr_session *s = make_run();
    rr_localization *l = NULL;
    rr_ids all;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_errors(s, RR_SPLIT_TEST, NULL, &all, &err), err);
    CHECK_OK(rr_session_localize(s, RR_SPLIT_TEST, &cfg, NULL, &l, &err), err);
    assert_int_equal(l->count, all.count);
    size_t known = 0;
    for (size_t i = 0; i < l->count; i++) {
        assert_int_equal(l->errors[i].id, all.ids[i]);
        assert_true(l->errors[i].truth != l->errors[i].prediction);
        known += l->errors[i].segments->known > 0;
    }
    assert_int_equal(l->localized, known);
    rr_localization_free(l);
    rr_ids_free(&all);
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(errors_are_found_filtered_and_ordered),
        TEST_IN_SCRATCH(the_first_error_is_explained_and_its_steps_matched),
        TEST_IN_SCRATCH(given_frames_are_explained_as_the_sample_they_are),
        TEST_IN_SCRATCH(given_sequences_that_do_not_fit_are_refused),
        TEST_IN_SCRATCH(the_reverse_of_a_match_is_a_touched_step),
        TEST_IN_SCRATCH(every_error_is_localized_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
