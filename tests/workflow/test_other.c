/* SPDX-License-Identifier: MIT */
/* test_other.c - other data than a run's: text in the run's vocabulary, labels by the names of its
 * classes, and data without labels. */
#include "sentences.h"

#include <string.h>

static const char dir[] = "run";
static char notes[512];

static void keep_note(void *self, const char *text)
{
    (void)self;
    (void)snprintf(notes + strlen(notes), sizeof notes - strlen(notes), "%s\n", text);
}

static rr_session *open_run(void)
{
    rr_session_config where = rr_session_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    where.callbacks = (rr_callbacks){ .note = keep_note };
    CHECK_OK(rr_session_open(dir, &where, &s, &err), err);
    notes[0] = '\0';
    return s;
}

/* A trained run on sentences, negative and positive, with its influence model. */
static rr_session *make_run(void)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_influence_config influence = rr_influence_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    write_sentences(60, 40);
    cfg.data = "jsonl:text.jsonl";
    cfg.network.hidden = 8;
    cfg.network.width = 8;
    cfg.train.epochs = 20;
    cfg.train.batch = 8;
    cfg.train.optimizer = RR_OPT_ADAM;
    cfg.train.learning_rate = 0.02;
    influence.partition.states = 4;
    CHECK_OK(rr_session_create(dir, &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    rr_session_close(s);
    return open_run();
}

static const rr_dataset *open_other(rr_session *s, const char *spec, rr_split *taken)
{
    const rr_dataset *ds = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_other(s, spec, -1, taken, &err), err);
    CHECK_OK(rr_session_split(s, RR_SPLIT_OTHER, &ds, &err), err);
    return ds;
}

static const char labelled[] =
    "{\"label\": \"positive\", \"text\": \"the film is Good and zebra\"}\n"
    "{\"label\": \"positive\", \"text\": \"the film is bad and dull\"}\n";

/* Its only class would be number 0; by its name it is number 1. */
static void words_and_classes_are_the_runs(void **state)
{
    rr_session *s = make_run();
    const rr_vocabulary *words = rr_run_vocabulary(rr_session_run(s));
    rr_split taken = RR_SPLIT_TEST;
    rr_predictions p;
    rr_ids errors;
    rr_error err = { 0 };

    (void)state;
    assert_int_equal(rr_session_has_split(s, RR_SPLIT_OTHER), 0);
    write_scratch("new.jsonl", labelled);
    const rr_dataset *ds = open_other(s, "jsonl:new.jsonl", &taken);
    assert_int_equal(rr_session_has_split(s, RR_SPLIT_OTHER), 1);
    assert_int_equal(taken, RR_SPLIT_TRAIN);
    assert_non_null(strstr(notes, "jsonl:new.jsonl has no test split: its train split is taken"));
    assert_int_equal(rr_dataset_count(ds), 2);
    assert_int_equal(rr_dataset_labelled(ds), 1);
    assert_int_equal(rr_dataset_classes(ds), 2);
    assert_string_equal(rr_dataset_class_name(ds, 0), "negative");
    assert_string_equal(rr_dataset_class_name(ds, 1), "positive");
    assert_string_equal(rr_vocabulary_hash(rr_dataset_words(ds)), rr_vocabulary_hash(words));
    const rr_sequence first = rr_dataset_at(ds, 0);
    assert_int_equal(first.label, 1);
    assert_int_equal(first.symbols[3], rr_vocabulary_find(words, "good"));
    assert_int_equal(first.symbols[5], RR_WORD_UNKNOWN);
    assert_string_equal(first.words[5], "zebra");
    CHECK_OK(rr_session_predict(s, RR_SPLIT_OTHER, &p, &err), err);
    assert_int_equal(p.prediction[0], 1);
    assert_int_equal(p.prediction[1], 0);
    assert_true(p.accuracy == 0.5);
    CHECK_OK(rr_session_errors(s, RR_SPLIT_OTHER, NULL, &errors, &err), err);
    assert_int_equal(errors.count, 1);
    assert_int_equal(errors.ids[0], 1);
    rr_ids_free(&errors);

    write_scratch("more.jsonl", "{\"label\": \"negative\", \"text\": \"the film is poor\"}\n");
    ds = open_other(s, "jsonl:more.jsonl", NULL); /* in place of the first */
    assert_int_equal(rr_dataset_at(ds, 0).label, 0);
    CHECK_OK(rr_session_predict(s, RR_SPLIT_OTHER, &p, &err), err);
    assert_ptr_equal(p.ds, ds);
    assert_true(p.accuracy == 1.0);
    rr_session_close(s);
}

static void a_run_that_names_no_classes_takes_them_from_its_data(void **state)
{
    rr_session *s = make_run();
    rr_error err = { 0 };

    (void)state;
    assert_string_equal(rr_run_settings_of(rr_session_run(s)).class_names[1], "positive");
    rr_session_close(s);
    assert_int_equal(system("sed -i s/class_names/before/ run/run.json"), 0);
    write_scratch("new.jsonl", labelled);
    s = open_run();
    assert_null(rr_run_settings_of(rr_session_run(s)).class_names);
    assert_int_equal(rr_dataset_at(open_other(s, "jsonl:new.jsonl", NULL), 0).label, 1);
    rr_session_close(s);
    assert_int_equal(rename("text.jsonl", "moved.jsonl"), 0);
    s = open_run();
    CHECK_FAILS(rr_session_other(s, "jsonl:new.jsonl", -1, NULL, &err), RR_ERR_IO, err,
                "text.jsonl");
    rr_session_close(s);
}

static void data_that_do_not_fit_are_refused(void **state)
{
    rr_new_run_config digits = rr_new_run_config_default();
    rr_session *s = make_run();
    const rr_dataset *ds = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_session_split(s, RR_SPLIT_OTHER, &ds, &err), RR_ERR_ARG, err, "no other data");
    write_scratch("odd.jsonl", "{\"label\": \"mixed\", \"text\": \"so\"}\n");
    CHECK_FAILS(rr_session_other(s, "jsonl:odd.jsonl", -1, NULL, &err), RR_ERR_MISMATCH, err,
                "label \"mixed\" is no class of the network; the data have mixed, the network "
                "negative, positive");
    CHECK_FAILS(rr_session_other(s, "digits", -1, NULL, &err), RR_ERR_ARG, err, "is no text");
    write_scratch("new.jsonl", labelled);
    CHECK_FAILS(rr_session_other(s, "jsonl:new.jsonl", RR_SPLIT_DEV, NULL, &err), RR_ERR_ARG, err,
                "no dev split; it has train");
    write_scratch("two.jsonl",
                  "{\"split\": \"train\", \"label\": \"positive\", \"text\": \"good\"}\n"
                  "{\"split\": \"dev\", \"label\": \"positive\", \"text\": \"good\"}\n");
    CHECK_FAILS(rr_session_other(s, "jsonl:two.jsonl", -1, NULL, &err), RR_ERR_ARG, err,
                "a train and a dev split, but no test split");
    CHECK_OK(rr_session_other(s, "jsonl:two.jsonl", RR_SPLIT_DEV, NULL, &err), err);
    rr_session_close(s);

    digits.data = "digits?train=20&test=10";
    digits.network.hidden = 4;
    digits.train.epochs = 1;
    CHECK_OK(rr_session_create("images", &digits, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    CHECK_FAILS(
        rr_session_other(s, "jsonl:two.jsonl?classes=1|2|positive", RR_SPLIT_TRAIN, NULL, &err),
        RR_ERR_MISMATCH, err, "positive");
    write_scratch("seven.jsonl", "{\"label\": \"7\", \"text\": \"good\"}\n");
    CHECK_FAILS(rr_session_other(s, "jsonl:seven.jsonl", -1, NULL, &err), RR_ERR_SHAPE, err,
                "jsonl:seven.jsonl does not fit images: the data are symbols, the network reads "
                "frames");
    rr_session_close(s);
}

static const char unlabelled[] = "{\"text\": \"the film is fine and good\"}\n"
                                 "{\"text\": \"zebra bad dull\"}\n"
                                 "{\"text\": \"zebra\"}\n";

static void data_without_labels_are_predicted(void **state)
{
    rr_session *s = make_run();
    rr_predictions p;
    rr_ids errors;
    char line[4][96];
    rr_error err = { 0 };

    (void)state;
    write_scratch("new.jsonl", unlabelled);
    assert_int_equal(rr_dataset_labelled(open_other(s, "jsonl:new.jsonl", NULL)), 0);
    CHECK_OK(rr_session_predict(s, RR_SPLIT_OTHER, &p, &err), err);
    assert_int_equal(p.prediction[0], 1);
    assert_int_equal(p.prediction[1], 0);
    assert_int_equal(p.errors, 0);
    assert_true(p.accuracy < 0.0);
    CHECK_FAILS(rr_session_errors(s, RR_SPLIT_OTHER, NULL, &errors, &err), RR_ERR_ARG, err,
                "no labels");
    CHECK_FAILS(rr_session_check_output(s, "new.jsonl", &err), RR_ERR_ARG, err, "the other data");
    CHECK_OK(rr_session_check_output(s, "p.csv", &err), err);
    CHECK_OK(rr_predictions_save(&p, "p.csv", &err), err);
    FILE *f = fopen("p.csv", "r");
    assert_non_null(f);
    for (size_t i = 0; i < 4; i++)
        assert_non_null(fgets(line[i], sizeof line[i], f));
    assert_int_equal(fclose(f), 0);
    assert_string_equal(line[0],
                        "id,label,prediction,probability,source_row,source_file,source_id\n");
    assert_memory_equal(line[1], "0,,positive,0.", 14);
    assert_memory_equal(line[2], "1,,negative,0.", 14);
    assert_non_null(strstr(line[1], ",1,new.jsonl,\n"));
    assert_non_null(strstr(line[2], ",2,new.jsonl,\n"));
    rr_session_close(s);
}

static void data_without_labels_are_explained(void **state)
{
    rr_session *s = make_run();
    rr_localize_config rules = rr_localize_config_default();
    rr_localization *found = NULL;
    rr_reach *reach = NULL;
    rr_answer *x = NULL;
    rr_question q;
    rr_error err = { 0 };

    (void)state;
    write_scratch("new.jsonl", unlabelled);
    (void)open_other(s, "jsonl:new.jsonl", NULL);
    CHECK_OK(rr_session_question(s, &q, &err), err);
    q.split = RR_SPLIT_OTHER;
    CHECK_FAILS(rr_session_explain(s, &q, &x, &err), RR_ERR_ARG, err, "no labels");
    q.sample = 0;
    CHECK_OK(rr_session_explain(s, &q, &x, &err), err);
    assert_int_equal(x->truth_known, 0);
    assert_int_equal(x->explanation->prediction, 1);
    assert_true(x->explanation->count_proponents > 0);
    assert_string_equal(rr_dataset_class_name(x->names, 1), "positive");
    rr_answer_free(x);
    q.sample = 2; /* nobody has its only word */
    CHECK_OK(rr_session_explain(s, &q, &x, &err), err);
    assert_int_equal(x->explanation->count_proponents, 0);
    assert_int_equal(x->explanation->count_prediction, 0);
    assert_int_equal(rr_dataset_count(x->training), 0);
    rr_answer_free(x);
    CHECK_FAILS(rr_session_touched(s, RR_SPLIT_OTHER, 0, RR_KEY_STATE_SYMBOL, &reach, &err),
                RR_ERR_ARG, err, "no labels");

    notes[0] = '\0';
    CHECK_OK(rr_session_localize(s, RR_SPLIT_OTHER, &rules, NULL, &found, &err), err);
    assert_non_null(strstr(notes, "the other data have no labels: every sequence is searched"));
    assert_int_equal(found->count, 3);
    assert_true(found->errors[1].truth == UINT32_MAX);
    assert_int_equal(found->errors[1].prediction, 0);
    assert_int_equal(found->errors[1].segments->segments[0].t, 1); /* zebra */
    assert_int_equal(found->errors[1].segments->segments[0].rules, RR_RULE_RARE);
    rr_localization_free(found);
    rules.rules = RR_RULE_FLIP;
    CHECK_FAILS(rr_session_localize(s, RR_SPLIT_OTHER, &rules, NULL, &found, &err), RR_ERR_ARG, err,
                "no labels to flip from");
    rules.rules = RR_RULE_RARE;
    CHECK_FAILS(rr_session_localize(s, RR_SPLIT_OTHER, &rules,
                                    &(rr_error_filter){ .truth = "positive" }, &found, &err),
                RR_ERR_ARG, err, "truth positive: the other data have no labels");
    rr_session_close(s);
}

static void the_class_of_a_text_is_given_by_name_or_number(void **state)
{
    rr_session *s = make_run();
    rr_answer *x = NULL;
    rr_question q;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_question(s, &q, &err), err);
    q.text = "the film is good";
    q.label = "negative";
    CHECK_OK(rr_session_explain(s, &q, &x, &err), err);
    assert_int_equal(x->truth_known, 1);
    assert_int_equal(x->explanation->truth, 0);
    assert_int_equal(x->explanation->prediction, 1);
    rr_answer_free(x);
    q.label = "1";
    CHECK_OK(rr_session_explain(s, &q, &x, &err), err);
    assert_int_equal(x->explanation->truth, 1);
    rr_answer_free(x);
    q.label = "mixed";
    CHECK_FAILS(rr_session_explain(s, &q, &x, &err), RR_ERR_ARG, err,
                "no class \"mixed\"; there are negative, positive");
    rr_session_close(s);
}

static void given_words_are_explained_as_their_text(void **state)
{
    static const char *const words[] = { "The", "film", "is", "zebra" };
    rr_session *s = make_run();
    rr_answer *x = NULL, *y = NULL;
    rr_question q;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_question(s, &q, &err), err);
    q.text = "The film is zebra";
    CHECK_OK(rr_session_explain(s, &q, &x, &err), err);
    q.text = NULL;
    q.given = (rr_given){ .words = words, .steps = 4 };
    CHECK_OK(rr_session_explain(s, &q, &y, &err), err);
    assert_true(y->sample == SIZE_MAX);
    const rr_sequence a = rr_dataset_at(x->ds, x->at), b = rr_dataset_at(y->ds, y->at);
    assert_int_equal(b.steps, 4);
    assert_memory_equal(a.symbols, b.symbols, 4 * sizeof *a.symbols);
    assert_int_equal(b.symbols[3], RR_WORD_UNKNOWN);
    assert_string_equal(b.words[0], "The");
    assert_int_equal(x->explanation->prediction, y->explanation->prediction);
    rr_answer_free(x);
    rr_answer_free(y);
    q.given.words = (const char *const[]){ "The", "film is", "", "good" };
    CHECK_FAILS(rr_session_explain(s, &q, &x, &err), RR_ERR_ARG, err, "white space");
    q.given.words = (const char *const[]){ "The", "film\xFF", "is", "good" };
    CHECK_FAILS(rr_session_explain(s, &q, &x, &err), RR_ERR_ARG, err, "word 2, from 1, is not UTF");
    const float frame = 0;
    q.given = (rr_given){ .frames = &frame, .steps = 1, .width = 1 };
    CHECK_FAILS(rr_session_explain(s, &q, &x, &err), RR_ERR_ARG, err, "a run on symbols");
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(words_and_classes_are_the_runs),
        TEST_IN_SCRATCH(a_run_that_names_no_classes_takes_them_from_its_data),
        TEST_IN_SCRATCH(data_that_do_not_fit_are_refused),
        TEST_IN_SCRATCH(data_without_labels_are_predicted),
        TEST_IN_SCRATCH(data_without_labels_are_explained),
        TEST_IN_SCRATCH(the_class_of_a_text_is_given_by_name_or_number),
        TEST_IN_SCRATCH(given_words_are_explained_as_their_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
