/* SPDX-License-Identifier: MIT */
/* test_keeping.c - nothing is lost: a session refuses to write over what it reads, whatever the
 * name; a run that another process writes, or has written, is not written; a new run that diverges
 * leaves no directory. */
#include "sentences.h"

#include "io/io.h"
#include "rnnrepair/workflow_explain.h"
#include "rnnrepair/workflow_repair.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char dir[] = "run";

/* ---- a run on text -------------------------------------------------------------------------- */

static rr_new_run_config on_text(void)
{
    rr_new_run_config cfg = rr_new_run_config_default();

    cfg.data = "jsonl:text.jsonl";
    cfg.network.width = 3;
    cfg.network.hidden = 4;
    cfg.train.epochs = 2;
    cfg.train.batch = 8;
    return cfg;
}

static rr_session *create(const rr_new_run_config *cfg)
{
    rr_session *s = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_create(dir, cfg, NULL, &s, &err), err);
    return s;
}

static rr_session *trained_run(void)
{
    rr_new_run_config cfg = on_text();
    rr_error err = { 0 };

    write_sentences(30, 20);
    write_scratch("words.vec", "good 1 0 1\nbad 0 1 0\nfilm 0 0 1\n");
    cfg.vectors = "words.vec";
    rr_session *s = create(&cfg);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    return s;
}

static rr_session *open_run(void)
{
    rr_session *s = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_open(dir, NULL, &s, &err), err);
    return s;
}

/* ---- outputs that are inputs ---------------------------------------------------------------- */

static void no_output_is_an_input_by_any_name(void **state)
{
    static const char *const names[] = { "text.jsonl", "./run/../text.jsonl", "hard", "soft",
                                         "there/text.jsonl" };
    rr_session *s = trained_run();
    rr_error err = { 0 };

    (void)state;
    assert_int_equal(link("text.jsonl", "hard"), 0);
    assert_int_equal(symlink("text.jsonl", "soft"), 0);
    assert_int_equal(symlink(".", "there"), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK_FAILS(rr_session_check_output(s, names[i], &err), RR_ERR_ARG, err, names[i]);
        assert_non_null(strstr(err.msg, "is the run's data, /"));
    }
    CHECK_FAILS(rr_session_check_output(s, "words.vec", &err), RR_ERR_ARG, err,
                "words.vec is the run's word vectors");
    CHECK_FAILS(rr_session_check_output(s, "run/model.safetensors", &err), RR_ERR_ARG, err,
                "is the run's model.safetensors");
    write_scratch("other", "");
    CHECK_OK(rr_session_check_output(s, "other", &err), err);
    CHECK_OK(rr_session_check_output(s, "missing", &err), err);
    rr_session_close(s);
}

/* Where the data are now counts as much as where they were. */
static void data_that_were_moved_are_kept(void **state)
{
    rr_session_config where = rr_session_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    (void)state;
    rr_session_close(trained_run());
    assert_int_equal(rename("text.jsonl", "moved.jsonl"), 0);
    where.data = "jsonl:moved.jsonl";
    CHECK_OK(rr_session_open(dir, &where, &s, &err), err);
    CHECK_FAILS(rr_session_check_output(s, "moved.jsonl", &err), RR_ERR_ARG, err, "the run's data");
    rr_session_close(s);
}

/* The files of a folder, and no others beside them. */
static void the_files_of_a_folder_are_kept(void **state)
{
    rr_error err = { 0 };

    (void)state;
    assert_int_equal(mkdir("sst", 0700), 0);
    write_scratch("sst/train.txt", "(4 good)\n");
    write_scratch("sst/predictions.csv", "id\n");
    assert_int_equal(symlink("sst/train.txt", "soft.csv"), 0);
    CHECK_FAILS(rr_dataset_spec_check_output("sst:sst", "soft.csv", &err), RR_ERR_ARG, err,
                "soft.csv is read as data, sst/train.txt");
    CHECK_OK(rr_dataset_spec_check_output("sst:sst", "sst/predictions.csv", &err), err);
    CHECK_OK(rr_dataset_spec_check_output("digits", "soft.csv", &err), err);
    write_scratch("a.csv", "text,label\n");
    write_scratch("b.csv", "text,label\n");
    CHECK_FAILS(rr_dataset_spec_check_output("csv:a.csv,b.csv", "./b.csv", &err), RR_ERR_ARG, err,
                "./b.csv is read as data, b.csv");
    assert_int_equal(mkdir("imdb", 0700), 0);
    assert_int_equal(mkdir("imdb/test", 0700), 0);
    assert_int_equal(mkdir("imdb/test/neg", 0700), 0);
    write_scratch("imdb/test/neg/0_1.txt", "dull\n");
    assert_int_equal(link("imdb/test/neg/0_1.txt", "hard"), 0);
    CHECK_FAILS(rr_dataset_spec_check_output("imdb:imdb", "hard", &err), RR_ERR_ARG, err,
                "imdb/test/neg/0_1.txt");
    write_scratch("imdb/unlabelled.txt", "dull\n");
    CHECK_FAILS(rr_dataset_spec_check_output("imdb:imdb", "imdb/unlabelled.txt", &err), RR_ERR_ARG,
                err, "read as data");
}

static void calls_with_a_session_check_by_themselves(void **state)
{
    rr_influence_config influence = rr_influence_config_default();
    rr_session *s = trained_run();
    const rr_dataset *train = NULL;
    rr_repair_result *r = NULL;
    rr_error err = { 0 };
    struct stat info;

    (void)state;
    influence.partition.states = 3;
    influence.components = 2;
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    CHECK_OK(rr_session_split(s, RR_SPLIT_TRAIN, &train, &err), err);
    assert_int_equal(link("text.jsonl", "steps.npz"), 0);
    CHECK_FAILS(rr_session_save_steps(s, train, "steps.npz", &err), RR_ERR_ARG, err,
                "steps.npz is the run's data");
    rr_repair_request request = rr_repair_request_default(s);
    const size_t target = 0;
    request.search.level = RR_LEVEL_SEGMENT;
    request.targets = &target;
    request.count_targets = 1;
    request.export_path = "text.jsonl";
    CHECK_FAILS(rr_session_repair(s, &request, NULL, &r, &err), RR_ERR_ARG, err,
                "text.jsonl is the run's data");
    assert_int_equal(stat("text.jsonl", &info), 0);
    assert_int_equal(info.st_nlink, 2);
    rr_session_close(s);
}

/* A run's own files may replace what an interrupted call left, but not what is read for it. */
static void a_new_run_does_not_write_over_what_it_reads(void **state)
{
    rr_new_run_config cfg = on_text();
    rr_session *s = NULL;
    rr_error err = { 0 };

    (void)state;
    write_sentences(30, 20);
    assert_int_equal(mkdir(dir, 0700), 0);
    write_scratch("run/vocabulary.txt", "good 1 0 1\n");
    cfg.vectors = "run/vocabulary.txt";
    CHECK_FAILS(rr_session_create(dir, &cfg, NULL, &s, &err), RR_ERR_ARG, err,
                "run/vocabulary.txt is read for the run");
    assert_int_equal(rename("text.jsonl", "run/repair.json"), 0);
    cfg.vectors = NULL;
    cfg.data = "jsonl:run/repair.json";
    CHECK_FAILS(rr_session_create(dir, &cfg, NULL, &s, &err), RR_ERR_ARG, err, "read as data");
    assert_null(s);
}

/* ---- two writers ---------------------------------------------------------------------------- */

/* A child that has created the run, and holds it until the parent closes *go. */
static pid_t start_creator(int *go)
{
    int ready[2], wait[2];
    char byte = 0;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(wait), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const rr_new_run_config cfg = on_text();
        rr_session *s = NULL;
        (void)close(wait[1]);
        const bool made = rr_session_create(dir, &cfg, NULL, &s, NULL) == RR_OK;
        if (write(ready[1], made ? "y" : "n", 1) != 1 || read(wait[0], &byte, 1) != 0)
            _exit(1);
        rr_session_close(s);
        _exit(0);
    }
    (void)close(ready[1]);
    (void)close(wait[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    (void)close(ready[0]);
    *go = wait[1];
    return child;
}

static void the_second_writer_is_told_who_writes(void **state)
{
    const rr_new_run_config cfg = on_text();
    rr_influence_config influence = rr_influence_config_default();
    rr_session *s = NULL;
    rr_reservation *reserved = NULL;
    char pid[32];
    int go = -1, how = 0;
    rr_error err = { 0 };

    (void)state;
    write_sentences(30, 20);
    const pid_t child = start_creator(&go);
    (void)snprintf(pid, sizeof pid, "by process %ld", (long)child);
    CHECK_FAILS(rr_session_create(dir, &cfg, NULL, &s, &err), RR_ERR_IO, err, pid);
    CHECK_FAILS(rr_run_reserve(dir, &reserved, &err), RR_ERR_IO, err, pid);
    s = open_run(); /* readers are not blocked */
    CHECK_FAILS(rr_session_train(s, NULL, &err), RR_ERR_IO, err, pid);
    CHECK_FAILS(rr_session_build(s, &influence, &err), RR_ERR_IO, err, pid);
    (void)close(go);
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    assert_false(rri_file_exists("run/lock"));
    rr_session_close(s);
}

/* Two sessions that began with the same state of the run: what the first adds is not lost. */
static void a_run_written_since_it_was_opened_is_not_written(void **state)
{
    const rr_train_options more = { .epochs = 4 };
    rr_session *s = trained_run();
    rr_session *first = open_run();
    rr_session *second = open_run();
    size_t epochs = 0;
    rr_error err = { 0 };

    (void)state;
    rr_session_close(s);
    CHECK_OK(rr_session_train(first, &more, &err), err);
    CHECK_FAILS(rr_session_train(second, NULL, &err), RR_ERR_MISMATCH, err,
                "run: has been written since it was opened");
    rr_session_close(first);
    rr_session_close(second);
    s = open_run();
    (void)rr_run_history(rr_session_run(s), &epochs);
    assert_int_equal(epochs, 4);
    rr_session_close(s);
}

static void a_reserved_directory_is_locked_for_others(void **state)
{
    rr_reservation *reserved = NULL;
    rr_error err = { 0 };
    int how = 0;

    (void)state;
    CHECK_OK(rr_run_reserve("new/run", &reserved, &err), err);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        rr_reservation *again = NULL;
        _exit(rr_run_reserve("new/run", &again, NULL) == RR_ERR_IO ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    rr_reservation_end(reserved);
    assert_false(rri_file_exists("new"));
}

/* It cannot report that memory is out, so that it asks for none. */
static void the_end_of_a_reservation_needs_no_memory(void **state)
{
    rr_reservation *reserved = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_run_reserve("new/deep/run", &reserved, &err), err);
    assert_int_equal(mkdir("new/deep/run/checkpoints", 0777), 0);
    write_scratch("new/deep/run/additions.npz", "unfinished");
    rri_alloc_fail_at = 0;
    rr_reservation_end(reserved);
    const bool asked_for_none = rri_alloc_fail_at == 0;
    rri_alloc_fail_at = -1;
    assert_true(asked_for_none);
    assert_false(rri_file_exists("new"));
}

/* ---- diverged trainings --------------------------------------------------------------------- */

static void a_new_run_that_diverges_leaves_nothing(void **state)
{
    rr_new_run_config cfg = on_text();
    rr_error err = { 0 };

    (void)state;
    write_sentences(30, 20);
    cfg.train.learning_rate = 1e38;
    cfg.checkpoints = 1;
    for (int i = 0; i < 2; i++) { /* the second finds the folder free */
        rr_session *s = create(&cfg);
        CHECK_FAILS(rr_session_train(s, NULL, &err), RR_ERR_NUMERIC, err,
                    "smaller learning rate or a clip norm; nothing was kept of run: begin anew");
        assert_false(rri_file_exists(dir));
        rr_session_close(s);
    }
}

static void a_run_with_epochs_that_diverges_keeps_them(void **state)
{
    const rr_train_options more = { .epochs = 400 };
    rr_new_run_config cfg = on_text();
    rr_error err = { 0 };
    size_t epochs = 0;

    (void)state;
    write_sentences(30, 20);
    cfg.train.epochs = 1;
    cfg.train.batch = 100; /* one step an epoch: the first is of finite weights */
    cfg.train.learning_rate = 1e36;
    rr_session *s = create(&cfg);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    CHECK_FAILS(rr_session_train(s, &more, &err), RR_ERR_NUMERIC, err, "resumed, run (");
    (void)rr_run_history(rr_session_run(s), &epochs);
    assert_true(epochs >= 1);
    assert_true(rri_file_exists("run/model.safetensors"));
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(no_output_is_an_input_by_any_name),
        TEST_IN_SCRATCH(data_that_were_moved_are_kept),
        TEST_IN_SCRATCH(the_files_of_a_folder_are_kept),
        TEST_IN_SCRATCH(calls_with_a_session_check_by_themselves),
        TEST_IN_SCRATCH(a_new_run_does_not_write_over_what_it_reads),
        TEST_IN_SCRATCH(the_second_writer_is_told_who_writes),
        TEST_IN_SCRATCH(a_run_written_since_it_was_opened_is_not_written),
        TEST_IN_SCRATCH(a_reserved_directory_is_locked_for_others),
        TEST_IN_SCRATCH(the_end_of_a_reservation_needs_no_memory),
        TEST_IN_SCRATCH(a_new_run_that_diverges_leaves_nothing),
        TEST_IN_SCRATCH(a_run_with_epochs_that_diverges_keeps_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
