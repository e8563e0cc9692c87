/* SPDX-License-Identifier: MIT */
/* test_child.c - a child run: its training set is the parent's as it stands, with what is left out,
 * relabelled and added now, in memory as well as read anew from its directory. */
#include "make.h"
#include "scratch_folder.h"

enum { ADDED = 3, LEFT = 38 }; /* additions of the parent, and what it leaves of its source's 40 */

static const char child_dir[] = "child";

static rr_dataset *load(const char *from)
{
    return load_dataset(from, RR_SPLIT_TEST);
}

static rr_status make_child(rr_session *parent, const char *dir, const rr_edits *edits,
                            rr_session **out, rr_error *err)
{
    rr_retrain_config cfg = rr_retrain_config_default(parent);

    cfg.epochs = 1;
    return rr_session_child(parent, dir, edits, &cfg, out, err);
}

/* A parent that leaves out 0 and 4 of its source, labels 2 and 5 anew, and has three additions. */
static rr_session *make_parent(void)
{
    static const uint32_t removed[] = { 0, 4 };
    static const uint32_t relabelled[] = { 2, 5 };
    static const uint32_t labels[] = { 9, 0 };
    rr_dataset *added = load("digits?test=3");
    const rr_edits edits = { .removed = removed,
                             .count_removed = 2,
                             .relabelled = relabelled,
                             .labels = labels,
                             .count_relabelled = 2,
                             .additions = added };
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_session *first = NULL;
    rr_session *parent = NULL;
    const rr_dataset *train = NULL;
    rr_error err = { 0 };

    cfg.data = "digits?train=40&test=10";
    cfg.network.hidden = 4;
    cfg.train.epochs = 1;
    cfg.checkpoints = 1;
    CHECK_OK(rr_session_create("first", &cfg, NULL, &first, &err), err);
    CHECK_OK(rr_session_train(first, NULL, &err), err);
    CHECK_OK(make_child(first, "parent", &edits, &parent, &err), err);
    CHECK_OK(rr_session_split(parent, RR_SPLIT_TRAIN, &train, &err), err);
    assert_int_equal(rr_dataset_count(train), LEFT + ADDED);
    rr_session_close(first);
    rr_dataset_free(added);
    return parent;
}

static void check_same(const rr_dataset *a, const rr_dataset *b)
{
    assert_int_equal(rr_dataset_count(a), rr_dataset_count(b));
    for (size_t i = 0; i < rr_dataset_count(a); i++) {
        const rr_sequence x = rr_dataset_at(a, i);
        const rr_sequence y = rr_dataset_at(b, i);
        assert_int_equal(x.label, y.label);
        assert_memory_equal(x.frames, y.frames, 784 * sizeof(float));
    }
}

/* The child's training set against the parent's, changed one by one; then all splits read anew. */
static void check_training_set(rr_session *parent, rr_session *child, const rr_edits *e)
{
    const rr_dataset *old = NULL, *got = NULL, *again = NULL;
    rr_session *opened = NULL;
    rr_error err = { 0 };
    size_t at = 0;

    CHECK_OK(rr_session_split(parent, RR_SPLIT_TRAIN, &old, &err), err);
    CHECK_OK(rr_session_split(child, RR_SPLIT_TRAIN, &got, &err), err);
    for (size_t i = 0; i < LEFT + ADDED + rr_dataset_count(e->additions); i++) {
        rr_sequence want = i < LEFT + ADDED ? rr_dataset_at(old, i)
                                            : rr_dataset_at(e->additions, i - LEFT - ADDED);
        bool out = false;
        for (size_t j = 0; j < e->count_removed; j++)
            out = out || e->removed[j] == i;
        for (size_t j = 0; j < e->count_relabelled; j++)
            want.label = e->relabelled[j] == i ? e->labels[j] : want.label;
        if (out)
            continue;
        assert_true(at < rr_dataset_count(got));
        assert_int_equal(rr_dataset_at(got, at).label, want.label);
        assert_memory_equal(rr_dataset_at(got, at).frames, want.frames, 784 * sizeof(float));
        at++;
    }
    assert_int_equal(rr_dataset_count(got), at);
    CHECK_OK(rr_session_open(child_dir, NULL, &opened, &err), err);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rr_session_has_split(opened, (rr_split)i), i != RR_SPLIT_DEV);
        if (i == RR_SPLIT_DEV)
            continue;
        CHECK_OK(rr_session_split(opened, (rr_split)i, &again, &err), err);
        CHECK_OK(rr_session_split(child, (rr_split)i, &got, &err), err);
        check_same(got, again);
    }
    rr_session_close(opened);
}

static void the_child_has_the_changes_of_both(void **state)
{
    /* Of the parent's set 0, 1, 2, 3 are 1, 2, 3, 5 of the source; from 38 on they are additions.
     */
    static const uint32_t removed[] = { 1, LEFT + 1 };
    static const uint32_t relabelled[] = { 0, 1, 3, LEFT, LEFT + 1 };
    static const uint32_t labels[] = { 7, 3, 6, 5, 5 };
    rr_dataset *additions = load("digits?test=2&seed=9");
    const rr_edits edits = { .removed = removed,
                             .count_removed = 2,
                             .relabelled = relabelled,
                             .labels = labels,
                             .count_relabelled = 5,
                             .additions = additions };
    rr_session *parent = make_parent();
    rr_session *child = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(make_child(parent, child_dir, &edits, &child, &err), err);
    const rr_run_settings s = rr_run_settings_of(rr_session_run(child));
    assert_int_equal(s.edits.count_removed, 3);
    assert_memory_equal(s.edits.removed, ((const uint32_t[]){ 0, 2, 4 }), 12);
    assert_int_equal(s.edits.count_relabelled, 2); /* what is left out needs no label */
    assert_memory_equal(s.edits.relabelled, ((const uint32_t[]){ 1, 5 }), 8);
    assert_memory_equal(s.edits.labels, ((const uint32_t[]){ 7, 6 }), 8);
    assert_int_equal(s.checkpoints, 0);
    check_training_set(parent, child, &edits);
    rr_session_close(child);
    rr_session_close(parent);
    rr_dataset_free(additions);
}

static void without_new_changes_the_parents_stay(void **state)
{
    rr_dataset *additions = load("digits?test=2&seed=9");
    const rr_edits edits = { .additions = additions };
    rr_session *parent = make_parent();
    rr_session *child = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(make_child(parent, child_dir, &edits, &child, &err), err);
    const rr_run_settings s = rr_run_settings_of(rr_session_run(child));
    assert_int_equal(s.edits.count_relabelled, 2);
    assert_int_equal(s.edits.labels[0], 9);
    check_training_set(parent, child, &edits);
    rr_session_close(child);
    rr_session_close(parent);
    rr_dataset_free(additions);
}

static void lists_that_cannot_be_are_refused(void **state)
{
    static const uint32_t falling[] = { 3, 1 };
    static const uint32_t beyond[] = { 3, LEFT + ADDED };
    static const uint32_t good[] = { 3, 4 };
    static const uint32_t labels[] = { 1, 10 };
    rr_edits edits = { .labels = labels, .count_relabelled = 2 };
    rr_session *parent = make_parent();
    rr_session *child = NULL;
    rr_error err = { 0 };

    (void)state;
    edits.relabelled = falling;
    CHECK_FAILS(make_child(parent, child_dir, &edits, &child, &err), RR_ERR_ARG, err,
                "number 1 of the list is 1");
    edits.relabelled = beyond;
    CHECK_FAILS(make_child(parent, child_dir, &edits, &child, &err), RR_ERR_ARG, err, "below 41");
    edits.relabelled = good;
    CHECK_FAILS(make_child(parent, child_dir, &edits, &child, &err), RR_ERR_ARG, err,
                "is 10, which");
    edits = (rr_edits){ .removed = falling, .count_removed = 2 };
    CHECK_FAILS(make_child(parent, child_dir, &edits, &child, &err), RR_ERR_ARG, err,
                "left out must be rising");
    assert_null(child);
    rr_session_close(parent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(the_child_has_the_changes_of_both),
        TEST_IN_SCRATCH(without_new_changes_the_parents_stay),
        TEST_IN_SCRATCH(lists_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
