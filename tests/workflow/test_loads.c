/* SPDX-License-Identifier: MIT */
/* test_loads.c - how often data and word vectors are read: training reads each once, and a repair
 * reads the parent's data once and nothing for the child. */
#include "sentences.h"

#include "data/dataset_internal.h"

static const char run_dir[] = "run";

static void write_text(void)
{
    write_sentences(100, 80);
    FILE *f = fopen("words.vec", "w");
    assert_non_null(f);
    for (unsigned k = 0; k < 6; k++)
        fprintf(f, "%s %u.5 -0.%u 0.25\n", telling_words[k / 3][k % 3], k, k + 1);
    assert_int_equal(fclose(f), 0);
}

/* Reads since the last call. */
typedef struct reads {
    size_t data, vectors;
} reads;

static reads count_reads(void)
{
    static size_t data, vectors;
    const reads r = { rri_source_reads - data, rri_vectors_reads - vectors };

    data = rri_source_reads;
    vectors = rri_vectors_reads;
    return r;
}

static void train(void)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_influence_config influence = rr_influence_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    (void)count_reads();
    cfg.data = "jsonl:text.jsonl";
    cfg.vectors = "words.vec";
    cfg.network.hidden = 6;
    cfg.train.epochs = 6;
    cfg.train.optimizer = RR_OPT_ADAM;
    cfg.train.learning_rate = 0.02;
    cfg.train.batch = 8;
    CHECK_OK(rr_session_create(run_dir, &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    const reads by_train = count_reads();
    assert_int_equal(by_train.data, 1);
    assert_int_equal(by_train.vectors, 1);
    influence.partition.states = 4;
    influence.components = 3;
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    const reads by_build = count_reads();
    assert_int_equal(by_build.data, 0);
    assert_int_equal(by_build.vectors, 0);
    rr_session_close(s);
}

static rr_session *open_run(rr_predictions *p)
{
    rr_session *s = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_open(run_dir, NULL, &s, &err), err);
    CHECK_OK(rr_session_predict(s, RR_SPLIT_TEST, p, &err), err);
    assert_true(p->errors > 0);
    return s;
}

static void training_and_building_read_data_and_vectors_once(void **state)
{
    (void)state;
    write_text();
    train();
}

/* Building needs the train split alone: the text of the others is not kept meanwhile. */
static void building_lets_go_of_the_text(void **state)
{
    rr_influence_config influence = rr_influence_config_default();
    rr_session *s = NULL;
    rr_predictions p;
    rr_error err = { 0 };

    (void)state;
    write_text();
    train();
    (void)count_reads();
    influence.partition.states = 4;
    influence.components = 3;
    CHECK_OK(rr_session_open(run_dir, NULL, &s, &err), err);
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    assert_int_equal(count_reads().data, 1);
    CHECK_OK(rr_session_predict(s, RR_SPLIT_TEST, &p, &err), err);
    assert_int_equal(count_reads().data, 1);
    rr_session_close(s);
}

/* The training set as it was before the decisions of a file is not kept beside the edited one. */
static void a_training_set_that_was_edited_is_let_go_of(void **state)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_session *s = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { 0 };

    (void)state;
    write_text();
    write_scratch("labels.csv", "id,label\n0,positive\n");
    cfg.data = "jsonl:text.jsonl";
    cfg.labels = "labels.csv";
    CHECK_OK(rr_session_create(run_dir, &cfg, NULL, &s, &err), err);
    (void)count_reads();
    rr_source *source = rr_run_settings_of(rr_session_run(s)).source;
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &ds, &err), err);
    assert_int_equal(count_reads().data, 1);
    rr_dataset_free(ds);
    rr_session_close(s);
}

static void a_repair_reads_the_parents_data_once_and_none_for_the_child(void **state)
{
    rr_predictions p;
    rr_repair_result *r = NULL;
    rr_error err = { 0 };

    (void)state;
    write_text();
    train();
    (void)count_reads();
    rr_session *s = open_run(&p);
    rr_repair_request request = rr_repair_request_default(s);
    request.search.segment.localize.rules = RR_RULE_BOTH;
    request.search.segment.localize.gamma = 100;
    request.keep_harmful = 1;
    CHECK_OK(rr_session_repair(s, &request, "repaired", &r, &err), err);
    assert_true(r->count > 0 && rr_dataset_count(r->additions) > 0);
    assert_int_equal(r->all.count, 20);
    assert_int_equal(r->of_targets.fixed + r->of_targets.still_failing, r->count);
    const reads by_repair = count_reads();
    assert_int_equal(by_repair.data, 1);
    assert_int_equal(by_repair.vectors, 0);
    CHECK_OK(rr_session_predict(r->child, RR_SPLIT_TEST, &p, &err), err);
    assert_memory_equal(p.prediction, r->after, 20 * sizeof *r->after);
    assert_int_equal(count_reads().data, 0);
    rr_repair_result_free(r);
    rr_session_close(s);
}

static void seeds_are_repaired_from_one_reading(void **state)
{
    static const uint64_t seeds[] = { 3, 4 };
    rr_predictions p;
    rr_repair_series *series = NULL;
    rr_error err = { 0 };

    (void)state;
    write_text();
    train();
    (void)count_reads();
    rr_session *s = open_run(&p);
    rr_repair_request request = rr_repair_request_default(s);
    request.search.segment.localize.rules = RR_RULE_BOTH;
    request.search.segment.localize.gamma = 100;
    CHECK_OK(rr_session_repair_seeds(s, &request, "series", seeds, 2, NULL, NULL, &series, &err),
             err);
    assert_int_equal(count_reads().data, 1);
    assert_int_equal(series->count_seeds, 2);
    double fixed = 0.0;
    for (size_t i = 0; i < series->count; i++)
        fixed += series->targets[i].fixed;
    CHECK_NEAR(fixed, series->mean_fixed, 1e-9, 0.0);
    rr_repair_series_free(series);
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(training_and_building_read_data_and_vectors_once),
        TEST_IN_SCRATCH(building_lets_go_of_the_text),
        TEST_IN_SCRATCH(a_training_set_that_was_edited_is_let_go_of),
        TEST_IN_SCRATCH(a_repair_reads_the_parents_data_once_and_none_for_the_child),
        TEST_IN_SCRATCH(seeds_are_repaired_from_one_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
