/* SPDX-License-Identifier: MIT */
/* test_child.c - the run made from another: its training set is the parent's as it stands, changed
 * by what is left out, relabelled and added now. No command gives other labels to a child by
 * itself, so the function is called as one would. */
#include "check.h"
#include "repairing.h"

const cli_program cli_the_program = { .name = "test_child" };

enum { ADDED = 3, LEFT = 38 }; /* additions of the parent, and what it leaves of its source's 40 */

static const char parent_dir[] = "test_child_parent";
static const char child_dir[] = "test_child_child";
static const char spec[] = "digits?train=40&test=10";

static void clear(void)
{
    assert_int_equal(system("rm -rf test_child_parent test_child_child"), 0);
}

static rr_dataset *load(rr_split split, const char *from)
{
    rr_dataset *ds = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_dataset_load(from, split, &ds, &err), err);
    return ds;
}

/* A parent that leaves out 0 and 4, labels 2 and 5 anew, and has three additions. */
static void make_parent(cli_patient *p)
{
    static const uint32_t removed[] = { 0, 4 };
    static const uint32_t relabelled[] = { 2, 5 };
    static const uint32_t labels[] = { 9, 0 };
    rr_dataset *source = load(RR_SPLIT_TRAIN, spec);
    rr_dataset *added = load(RR_SPLIT_TEST, "digits?test=3");
    rr_error err = { 0 };
    rr_run_settings s = { .data = spec,
                          .network = { .struct_size = sizeof(rr_network_config),
                                       .cell = RR_CELL_GRU,
                                       .width = 28,
                                       .hidden = 4,
                                       .layers = 1,
                                       .classes = 10,
                                       .seed = 1 },
                          .train = rr_train_config_default(),
                          .edits = { .removed = removed,
                                     .count_removed = 2,
                                     .relabelled = relabelled,
                                     .labels = labels,
                                     .count_relabelled = 2,
                                     .additions = added },
                          .parent = "elsewhere",
                          .parent_model = rr_dataset_hash(source),
                          .checkpoints = 1 };

    clear();
    s.splits[RR_SPLIT_TRAIN].count = rr_dataset_count(source);
    (void)snprintf(s.splits[RR_SPLIT_TRAIN].hash, 65, "%s", rr_dataset_hash(source));
    *p = (cli_patient){ .run = NULL };
    CHECK_OK(rr_run_create(parent_dir, &s, &p->run, &err), err);
    CHECK_OK(rr_run_dataset(p->run, RR_SPLIT_TRAIN, NULL, &p->train, &err), err);
    assert_int_equal(rr_dataset_count(p->train), LEFT + ADDED);
    CHECK_OK(rr_network_new(&s.network, &p->net, &err), err);
    rr_dataset_free(added);
    rr_dataset_free(source);
}

static void free_parent(cli_patient *p)
{
    rr_dataset_free(p->train);
    rr_network_free(p->net);
    rr_run_free(p->run);
}

static rr_status make_child(const cli_patient *p, const cli_retraining *how,
                            const rr_dataset *additions, rr_run **out, rr_error *err)
{
    int made = 0;
    const rr_status st = cli_reserve_run(how->dir, &made, err);

    return st == RR_OK ? cli_make_child(p, how, additions, out, err) : st;
}

/* Read the child anew and compare its training set with the parent's, changed one by one. */
static void check_training_set(const cli_patient *p, const cli_retraining *how,
                               const rr_dataset *additions)
{
    rr_run *child = NULL;
    rr_dataset *got = NULL;
    rr_error err = { 0 };
    size_t at = 0;

    CHECK_OK(rr_run_open(child_dir, &child, &err), err);
    CHECK_OK(rr_run_dataset(child, RR_SPLIT_TRAIN, NULL, &got, &err), err);
    for (size_t i = 0; i < LEFT + ADDED + rr_dataset_count(additions); i++) {
        const bool old = i < LEFT + ADDED;
        rr_sequence want =
            old ? rr_dataset_at(p->train, i) : rr_dataset_at(additions, i - LEFT - ADDED);
        bool out = false;
        for (size_t j = 0; j < how->count_removed; j++)
            out = out || how->removed[j] == i;
        for (size_t j = 0; j < how->count_relabelled; j++)
            want.label = how->relabelled[j] == i ? how->labels[j] : want.label;
        if (out)
            continue;
        assert_true(at < rr_dataset_count(got));
        assert_int_equal(rr_dataset_at(got, at).label, want.label);
        assert_memory_equal(rr_dataset_at(got, at).frames, want.frames, 784 * sizeof(float));
        at++;
    }
    assert_int_equal(rr_dataset_count(got), at);
    rr_dataset_free(got);
    rr_run_free(child);
}

static void the_child_has_the_changes_of_both(void **state)
{
    /* Of the parent's set 0, 1, 2, 3 are 1, 2, 3, 5 of the source; from 38 on they are additions.
     */
    static const uint32_t removed[] = { 1, LEFT + 1 };
    static const uint32_t relabelled[] = { 0, 1, 3, LEFT, LEFT + 1 };
    static const uint32_t labels[] = { 7, 3, 6, 5, 5 };
    const cli_retraining how = { .dir = child_dir,
                                 .start = RR_RETRAIN_SCRATCH,
                                 .seed = 5,
                                 .removed = removed,
                                 .count_removed = 2,
                                 .relabelled = relabelled,
                                 .labels = labels,
                                 .count_relabelled = 5 };
    rr_dataset *additions = load(RR_SPLIT_TEST, "digits?test=2&seed=9");
    cli_patient p;
    rr_run *child = NULL;
    rr_error err = { 0 };

    (void)state;
    make_parent(&p);
    CHECK_OK(make_child(&p, &how, additions, &child, &err), err);
    const rr_run_settings s = rr_run_settings_of(child);
    assert_int_equal(s.edits.count_removed, 3);
    assert_memory_equal(s.edits.removed, ((const uint32_t[]){ 0, 2, 4 }), 12);
    assert_int_equal(s.edits.count_relabelled, 2); /* what is left out needs no label */
    assert_memory_equal(s.edits.relabelled, ((const uint32_t[]){ 1, 5 }), 8);
    assert_memory_equal(s.edits.labels, ((const uint32_t[]){ 7, 6 }), 8);
    assert_int_equal(s.checkpoints, 0);
    rr_run_free(child);
    check_training_set(&p, &how, additions);
    rr_dataset_free(additions);
    free_parent(&p);
    clear();
}

static void without_new_changes_the_parents_stay(void **state)
{
    const cli_retraining how = { .dir = child_dir, .start = RR_RETRAIN_SCRATCH, .seed = 5 };
    rr_dataset *additions = load(RR_SPLIT_TEST, "digits?test=2&seed=9");
    cli_patient p;
    rr_run *child = NULL;
    rr_error err = { 0 };

    (void)state;
    make_parent(&p);
    CHECK_OK(make_child(&p, &how, additions, &child, &err), err);
    assert_int_equal(rr_run_settings_of(child).edits.count_relabelled, 2);
    assert_int_equal(rr_run_settings_of(child).edits.labels[0], 9);
    rr_run_free(child);
    check_training_set(&p, &how, additions);
    rr_dataset_free(additions);
    free_parent(&p);
    clear();
}

static void lists_that_cannot_be_are_refused(void **state)
{
    static const uint32_t falling[] = { 3, 1 };
    static const uint32_t beyond[] = { 3, LEFT + ADDED };
    static const uint32_t good[] = { 3, 4 };
    static const uint32_t labels[] = { 1, 10 };
    cli_retraining how = { .dir = child_dir, .start = RR_RETRAIN_SCRATCH, .count_relabelled = 2 };
    cli_patient p;
    rr_run *child = NULL;
    rr_error err = { 0 };

    (void)state;
    make_parent(&p);
    how.labels = labels;
    how.relabelled = falling;
    CHECK_FAILS(make_child(&p, &how, NULL, &child, &err), RR_ERR_ARG, err,
                "number 1 of the list is 1");
    how.relabelled = beyond;
    CHECK_FAILS(make_child(&p, &how, NULL, &child, &err), RR_ERR_ARG, err, "below 41");
    how.relabelled = good;
    CHECK_FAILS(make_child(&p, &how, NULL, &child, &err), RR_ERR_ARG, err, "is 10, which");
    how.count_relabelled = 0;
    how.removed = falling;
    how.count_removed = 2;
    CHECK_FAILS(make_child(&p, &how, NULL, &child, &err), RR_ERR_ARG, err,
                "left out must be rising");
    assert_null(child);
    free_parent(&p);
    clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_child_has_the_changes_of_both),
        cmocka_unit_test(without_new_changes_the_parents_stay),
        cmocka_unit_test(lists_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
