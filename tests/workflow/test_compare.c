/* SPDX-License-Identifier: MIT */
/* test_compare.c - two runs beside each other: what changed against their own predictions, which
 * was made from which, what their training sets differ in, targets of a repair apart; other data.
 */
#include "overview_runs.h"

#include "make.h"

/* ---- counts --------------------------------------------------------------------------------- */

/* Labels and predictions of every input of a split, at most 1,000. */
typedef struct said {
    size_t n;
    uint32_t truth[1000], prediction[1000];
} said;

static void ask(rr_session *s, rr_split split, said *out)
{
    rr_predictions p = { .ds = NULL };
    rr_error err = { 0 };

    out->n = 0;
    CHECK_OK(rr_session_predict(s, split, &p, &err), err);
    for (size_t i = 0; i < rr_dataset_count(p.ds); i++) {
        const rr_sequence q = rr_dataset_at(p.ds, i);
        const size_t T = p.step_prediction != NULL ? q.steps : 1;
        for (size_t t = 0; t < T; t++, out->n++) {
            out->truth[out->n] = p.step_prediction != NULL ? q.step_labels[t] : q.label;
            out->prediction[out->n] =
                p.step_prediction != NULL ? p.step_prediction[out->n] : p.prediction[i];
        }
    }
}

/* The inputs of one kind, in order, and that the list has them so. */
static size_t check_kind(const rr_comparison *c, const said *a, const said *b, rr_change kind,
                         size_t at)
{
    size_t n = 0, sequence = 0, first = 0;

    for (size_t u = 0; u < a->n; u++) {
        const bool was = a->prediction[u] == a->truth[u], is = b->prediction[u] == a->truth[u];
        if (c->by_steps && u == first + rr_dataset_at(c->ds, sequence).steps)
            first += rr_dataset_at(c->ds, sequence++).steps;
        if (kind != (was  ? (is ? RR_CHANGE_OTHER : RR_CHANGE_BROKEN)
                     : is ? RR_CHANGE_FIXED
                          : RR_CHANGE_STILL_WRONG))
            continue;
        if (kind != RR_CHANGE_OTHER) {
            const rr_changed *x = &c->changed[at + n];
            assert_int_equal(x->kind, kind);
            assert_int_equal(x->id, c->by_steps ? sequence : u);
            assert_int_equal(x->step, c->by_steps ? u - first + 1 : 0);
            assert_int_equal(x->truth, a->truth[u]);
            assert_int_equal(x->before, a->prediction[u]);
            assert_int_equal(x->after, b->prediction[u]);
            assert_true(x->probability_before > 0.0F && x->truth_after >= 0.0F);
            assert_true(x->truth_before <= x->probability_before);
        }
        n++;
    }
    return n;
}

static void check_counts(const rr_comparison *c, const said *a, const said *b)
{
    size_t differ = 0, of_classes = 0;
    const size_t fixed = check_kind(c, a, b, RR_CHANGE_FIXED, 0);
    const size_t broken = check_kind(c, a, b, RR_CHANGE_BROKEN, fixed);
    const size_t still = check_kind(c, a, b, RR_CHANGE_STILL_WRONG, fixed + broken);

    for (size_t u = 0; u < a->n; u++)
        differ += a->prediction[u] != b->prediction[u];
    assert_int_equal(c->inputs, a->n);
    assert_int_equal(c->differ, differ);
    assert_int_equal(c->count_changed, fixed + broken + still);
    assert_int_equal(c->all.counts.fixed, fixed);
    assert_int_equal(c->all.counts.newly_broken, broken);
    assert_int_equal(c->all.counts.still_failing, still);
    assert_int_equal(c->all.counts.unchanged, a->n - fixed - broken - still);
    for (size_t k = 0; k < c->count_classes; k++)
        of_classes += c->classes[k].fixed;
    assert_int_equal(of_classes, fixed);
    assert_memory_equal(c->before, a->prediction, a->n * sizeof(uint32_t));
    assert_memory_equal(c->after, b->prediction, a->n * sizeof(uint32_t));
    assert_true(fixed + broken > 0 && still > 0);
}

static rr_comparison *compare(rr_session *a, rr_session *b, int split)
{
    rr_compare_config cfg = rr_compare_config_default();
    rr_comparison *c = NULL;
    rr_error err = { 0 };

    cfg.split = split;
    CHECK_OK(rr_session_compare(a, b, &cfg, &c, &err), err);
    return c;
}

static rr_session *child_of(rr_session *s, const char *dir, const rr_edits *edits)
{
    rr_retrain_config cfg = rr_retrain_config_default(s);
    rr_session *child = NULL;
    rr_error err = { 0 };

    cfg.epochs = 1;
    cfg.learning_rate = 0.05; /* enough to change some answers */
    CHECK_OK(rr_session_child(s, dir, edits, &cfg, &child, &err), err);
    return child;
}

static void check_runs_on(const char *data)
{
    static said before, after;
    write_texts();
    rr_session *s = make_run("run", data, 4);
    rr_session *child = child_of(s, "child", NULL);
    rr_session *sibling = child_of(child, "sibling", NULL);
    rr_session *other = child_of(s, "other", NULL);
    rr_error err = { 0 };

    ask(s, RR_SPLIT_TEST, &before);
    ask(child, RR_SPLIT_TEST, &after);
    rr_comparison *c = compare(s, child, -1);
    check_counts(c, &before, &after);
    assert_int_equal(c->relation, RR_RELATION_CHILD);
    assert_int_equal(c->split, RR_SPLIT_TEST);
    assert_int_equal(c->has_targets, 0);
    assert_true(c->probabilities && c->all.before.loss > 0.0);
    rr_comparison_free(c);
    c = compare(child, s, RR_SPLIT_TEST);
    check_counts(c, &after, &before);
    assert_int_equal(c->relation, RR_RELATION_PARENT);
    rr_comparison_free(c);
    ask(s, RR_SPLIT_TRAIN, &before);
    ask(child, RR_SPLIT_TRAIN, &after);
    c = compare(s, child, RR_SPLIT_TRAIN);
    check_counts(c, &before, &after);
    rr_comparison_free(c);
    c = compare(s, sibling, -1); /* its child's child */
    assert_int_equal(c->relation, RR_RELATION_OTHER);
    rr_comparison_free(c);
    c = compare(child, other, -1); /* the same training: the same weights */
    assert_int_equal(c->relation, RR_RELATION_COPY);
    assert_int_equal(c->differ, 0);
    rr_comparison_free(c);
    CHECK_OK(rr_session_train(child, &(rr_train_options){ .epochs = 3 }, &err), err);
    ask(s, RR_SPLIT_TEST, &before); /* what was kept of the child is not of these weights */
    ask(child, RR_SPLIT_TEST, &after);
    c = compare(s, child, -1);
    check_counts(c, &before, &after);
    rr_comparison_free(c);
    rr_session_close(other);
    rr_session_close(sibling);
    rr_session_close(child);
    rr_session_close(s);
}

static void sequences(void **state)
{
    (void)state;
    check_runs_on(SENTENCES);
}

static void labelled_steps(void **state)
{
    (void)state;
    check_runs_on(WORDS);
}

/* ---- a repair ------------------------------------------------------------------------------- */

static void targets_are_counted_apart(void **state)
{
    rr_session *s = make_run("run", DIGITS, 4);
    rr_repair_request q = rr_repair_request_default(s);
    rr_repair_result *r = NULL;
    rr_session *again = NULL;
    rr_error err = { 0 };

    (void)state;
    q.search.strategy = RR_STRATEGY_DIRECT;
    q.search.copies = 3;
    q.most = 4;
    q.controls = 0;
    q.keep_harmful = 1;
    q.retrain.epochs = 8;
    q.retrain.learning_rate = 0.05;
    CHECK_OK(rr_session_repair(s, &q, "repaired", &r, &err), err);
    CHECK_OK(rr_session_open("repaired", NULL, &again, &err), err);
    const rr_run_targets t = rr_run_settings_of(rr_session_run(again)).targets;
    assert_int_equal(t.split, RR_SPLIT_TEST);
    assert_int_equal(t.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(t.list[i].id, r->targets[i].id);
        assert_int_equal(t.list[i].step, 0);
    }
    rr_comparison *c = compare(s, again, -1);
    assert_true(c->has_targets);
    assert_int_equal(c->targets.counts.count, 4);
    assert_int_equal(c->targets.counts.fixed, r->of_targets.fixed);
    assert_true(r->of_targets.fixed > 0);
    assert_int_equal(c->unseen.counts.count, 56);
    assert_int_equal(c->unseen.counts.newly_broken, r->all.newly_broken);
    assert_int_equal(c->all.counts.fixed, r->all.fixed);
    assert_int_equal(c->edits.added, 12);
    size_t marked = 0;
    for (size_t i = 0; i < c->count_changed; i++)
        marked += c->changed[i].target != 0;
    assert_int_equal(marked, 4);
    rr_comparison_free(c);
    c = compare(s, again, RR_SPLIT_TRAIN);
    assert_false(c->has_targets);
    assert_non_null(strstr(c->note, "4 errors of the test split"));
    rr_comparison_free(c);
    rr_session_close(again);
    rr_repair_result_free(r);
    rr_session_close(s);
}

/* ---- edits ---------------------------------------------------------------------------------- */

static void edits_that_one_has_and_the_other_has_not(void **state)
{
    rr_session *s = make_run("run", DIGITS, 4);
    rr_dataset *three = load_dataset("digits?test=3&seed=4", RR_SPLIT_TEST);
    rr_dataset *two = NULL;
    rr_error err = { 0 };
    float weights[88];

    (void)state;
    CHECK_OK(rr_dataset_select(three, (const size_t[]){ 2, 0 }, 2, &two, &err), err);
    const rr_edits first = { .removed = (const uint32_t[]){ 3, 5 },
                             .count_removed = 2,
                             .relabelled = (const uint32_t[]){ 7, 8, 9 },
                             .labels = (const uint32_t[]){ 1, 1, 1 },
                             .count_relabelled = 3,
                             .additions = three };
    rr_edits second = { .removed = (const uint32_t[]){ 5, 6, 7, 11 },
                        .count_removed = 4,
                        .relabelled = (const uint32_t[]){ 8, 9, 10 },
                        .labels = (const uint32_t[]){ 1, 2, 2 },
                        .count_relabelled = 3,
                        .additions = two,
                        .weights = weights,
                        .count_weights = 88 };
    for (size_t i = 0; i < 88; i++)
        weights[i] = i == 0 ? 0.5F : 1.0F;
    rr_session *a = child_of(s, "a", &first), *b = child_of(s, "b", &second);
    rr_comparison *c = compare(a, b, -1);
    assert_int_equal(c->relation, RR_RELATION_SIBLING);
    assert_true(c->edits.known);
    assert_int_equal(c->edits.removed, 3);    /* 6, 7, 11 */
    assert_int_equal(c->edits.restored, 1);   /* 3 */
    assert_int_equal(c->edits.relabelled, 2); /* 9 and 10; 7 is removed, 8 the same */
    assert_int_equal(c->edits.added, 0);      /* both of two are of three */
    assert_int_equal(c->edits.taken_back, 1);
    assert_int_equal(c->edits.reweighted, 1);
    rr_comparison_free(c);
    c = compare(b, a, -1);
    assert_int_equal(c->edits.added, 1);
    assert_int_equal(c->edits.removed, 1);
    assert_int_equal(c->edits.relabelled, 2);
    rr_comparison_free(c);
    rr_session_close(a);
    rr_session_close(b);
    rr_session_close(s);
    rr_dataset_free(two);
    rr_dataset_free(three);
}

/* ---- what cannot be compared, and data without labels ---------------------------------------- */

static void other_data(void **state)
{
    rr_session *s = make_run("run", DIGITS, 2);
    rr_session *other = make_run("other", "digits?train=90&test=60&seed=2", 2);
    rr_session *few = make_run("few", "digits?train=90&test=60&only=0|1", 2);
    rr_session *again = NULL;
    rr_compare_config cfg = rr_compare_config_default();
    rr_comparison *c = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_session_compare(s, other, NULL, &c, &err), RR_ERR_MISMATCH, err,
                "not made from the same data");
    CHECK_FAILS(rr_session_compare(s, few, NULL, &c, &err), RR_ERR_MISMATCH, err, "10 classes");
    CHECK_FAILS(rr_session_compare(s, s, NULL, &c, &err), RR_ERR_ARG, err, "one run");
    CHECK_OK(rr_session_open("run", NULL, &again, &err), err);
    CHECK_FAILS(rr_session_compare(s, again, NULL, &c, &err), RR_ERR_ARG, err, "one run");
    cfg.split = RR_SPLIT_DEV;
    CHECK_FAILS(rr_session_compare(s, other, &cfg, &c, &err), RR_ERR_ARG, err, "no dev split");
    cfg.split = RR_SPLIT_OTHER;
    CHECK_FAILS(rr_session_compare(s, other, &cfg, &c, &err), RR_ERR_ARG, err, "no other data");
    cfg.split = 17;
    CHECK_FAILS(rr_session_compare(s, other, &cfg, &c, &err), RR_ERR_ARG, err, "17");
    assert_null(c);
    rr_session_close(again);
    rr_session_close(few);
    rr_session_close(other);
    rr_session_close(s);
}

static void without_labels_what_differs_is_listed(void **state)
{
    write_texts();
    rr_session *s = make_run("run", SENTENCES, 2);
    rr_session *child = child_of(s, "child", NULL);
    rr_predictions a = { .ds = NULL }, b = { .ds = NULL };
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_other(s, "jsonl:texts.jsonl?tokens=tokens&label=", -1, NULL, &err), err);
    CHECK_OK(rr_session_other(child, "jsonl:texts.jsonl?tokens=tokens&label=", -1, NULL, &err),
             err);
    CHECK_OK(rr_session_predict(s, RR_SPLIT_OTHER, &a, &err), err);
    CHECK_OK(rr_session_predict(child, RR_SPLIT_OTHER, &b, &err), err);
    rr_comparison *c = compare(s, child, RR_SPLIT_OTHER);
    assert_false(c->labelled);
    assert_int_equal(c->all.counts.count, 0);
    assert_int_equal(c->inputs, rr_dataset_count(a.ds));
    assert_int_equal(c->count_changed, c->differ);
    assert_true(c->differ > 0);
    for (size_t i = 0; i < c->count_changed; i++) {
        const rr_changed *x = &c->changed[i];
        assert_int_equal(x->kind, RR_CHANGE_OTHER);
        assert_int_equal(x->truth, RR_NO_LABEL);
        assert_int_equal(x->before, a.prediction[x->id]);
        assert_int_equal(x->after, b.prediction[x->id]);
        assert_true(x->before != x->after && x->truth_before < 0.0F);
    }
    rr_comparison_free(c);
    rr_session_close(child);
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(sequences),
        TEST_IN_SCRATCH(labelled_steps),
        TEST_IN_SCRATCH(targets_are_counted_apart),
        TEST_IN_SCRATCH(edits_that_one_has_and_the_other_has_not),
        TEST_IN_SCRATCH(other_data),
        TEST_IN_SCRATCH(without_labels_what_differs_is_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
