/* SPDX-License-Identifier: MIT */
/* test_run_changes.c - what a run changes of its training set, other labels above all, and the
 * checkpoints of its training. */
#include "fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>

static const uint32_t relabelled[] = { 2, 5, 59 };
static const uint32_t labels[] = { 9, 0, 3 };
static const uint32_t removed[] = { 0, 4, 58 };

static rr_run_settings changed_settings(void)
{
    rr_run_settings s = settings_for(train_set, test_set, 2);

    s.edits.relabelled = relabelled;
    s.edits.labels = labels;
    s.edits.count_relabelled = 3;
    s.edits.removed = removed;
    s.edits.count_removed = 3;
    return s;
}

static bool is_file(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* ---- labels --------------------------------------------------------------------------------- */

static void labels_survive_the_file_and_reach_the_training_set(void **state)
{
    const rr_run_settings s = changed_settings();
    const size_t some[] = { 3, 1, 56 }; /* 5, 2 and 59 of the source */
    rr_dataset *additions = NULL;
    rr_dataset *got = NULL;
    rr_run *run = NULL;
    rr_error err = { 0 };

    (void)state;
    make_run(&s, &run);
    rr_run_free(run);
    CHECK_OK(rr_run_open(dir, &run, &err), err);
    const rr_run_settings back = rr_run_settings_of(run);
    assert_int_equal(back.edits.count_relabelled, 3);
    assert_memory_equal(back.edits.relabelled, relabelled, sizeof relabelled);
    assert_memory_equal(back.edits.labels, labels, sizeof labels);
    assert_memory_equal(back.edits.removed, removed, sizeof removed);
    assert_int_equal(back.checkpoints, 0);
    CHECK_OK(rr_run_dataset(run, RR_SPLIT_TRAIN, NULL, &got, &err), err);
    assert_int_equal(rr_dataset_count(got), 57);
    size_t at = 0;
    for (size_t i = 0; i < 60; i++) {
        uint32_t want = rr_dataset_at(train_set, i).label;
        if (i == 0 || i == 4 || i == 58)
            continue;
        for (size_t j = 0; j < 3; j++)
            want = relabelled[j] == i ? labels[j] : want;
        assert_int_equal(rr_dataset_at(got, at).label, want);
        assert_memory_equal(rr_dataset_at(got, at).frames, rr_dataset_at(train_set, i).frames,
                            784 * sizeof(float));
        at++;
    }
    rr_dataset_free(got);
    CHECK_OK(rr_run_sequences(run, RR_SPLIT_TRAIN, NULL, some, 3, &got, &err), err);
    for (size_t j = 0; j < 3; j++)
        assert_int_equal(rr_dataset_at(got, j).label, j == 0 ? 0 : j == 1 ? 9 : 3);
    rr_dataset_free(got);
    CHECK_OK(rr_run_dataset(run, RR_SPLIT_TEST, NULL, &additions, &err), err);
    assert_string_equal(rr_dataset_hash(additions), rr_dataset_hash(test_set));
    rr_dataset_free(additions);
    rr_run_free(run);
}

static void hash_of(const rr_run_settings *s, char out[65])
{
    rr_run *run = NULL;
    rr_error err = { 0 };

    make_run(s, &run);
    CHECK_OK(rr_run_data_hash(run, out, &err), err);
    rr_run_free(run);
}

/* The bytes that are hashed by docs/FORMAT.md, assembled by hand. */
static void wanted_hash(const char *base, char out[65])
{
    unsigned char text[64 + 12 + 6 + 24];
    size_t n = 64;
    rri_sha256 *h = NULL;
    rr_error err = { 0 };

    memcpy(text, base, 64);
    for (size_t i = 0; i < 3; i++, n += 4)
        memcpy(text + n, (const unsigned char[]){ (unsigned char)removed[i], 0, 0, 0 }, 4);
    memcpy(text + n, "labels", 6);
    n += 6;
    for (size_t i = 0; i < 3; i++, n += 8)
        memcpy(text + n,
               (const unsigned char[]){ (unsigned char)relabelled[i], 0, 0, 0,
                                        (unsigned char)labels[i], 0, 0, 0 },
               8);
    CHECK_OK(rri_sha256_new(&h, &err), err);
    CHECK_OK(rri_sha256_add(h, text, n, &err), err);
    CHECK_OK(rri_sha256_hex(h, out, &err), err);
    rri_sha256_free(h);
}

static void the_data_hash_names_the_labels(void **state)
{
    static const uint32_t other_ids[] = { 2, 6, 59 };
    static const uint32_t other_labels[] = { 9, 1, 3 };
    rr_run_settings s = changed_settings();
    char want[65], first[65], other[65];

    (void)state;
    hash_of(&s, first);
    wanted_hash(rr_dataset_hash(train_set), want);
    assert_string_equal(first, want);
    s.edits.relabelled = other_ids;
    hash_of(&s, other);
    assert_string_not_equal(other, first);
    s.edits.relabelled = relabelled;
    s.edits.labels = other_labels;
    hash_of(&s, other);
    assert_string_not_equal(other, first);
    s.edits.count_relabelled = 0;
    hash_of(&s, other);
    assert_string_not_equal(other, first);
    s.edits.count_removed = 0;
    hash_of(&s, other);
    assert_string_equal(other, rr_dataset_hash(train_set));
}

/* An image set of three images, labelled 4, 5, 6, in the run's folder. */
static void write_images(void)
{
    static const char *const names[] = { "train-images-idx3-ubyte", "train-labels-idx1-ubyte" };
    static const unsigned char images[] = { 0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0,
                                            1, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6 };
    static const unsigned char image_labels[] = { 0, 0, 8, 1, 0, 0, 0, 3, 4, 5, 6 };
    char path[100];

    assert_int_equal(system("mkdir -p run"), 0);
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof path, "run/%s", names[i]);
        FILE *f = fopen(path, "wb");
        const size_t n = i == 0 ? sizeof images : sizeof image_labels;
        assert_non_null(f);
        assert_int_equal(fwrite(i == 0 ? images : image_labels, 1, n, f), n);
        assert_int_equal(fclose(f), 0);
    }
}

/* The files know nothing of the labels a run gives. */
static void single_sequences_have_the_labels_of_the_run(void **state)
{
    static const char spec[] = "mnist:run";
    const size_t which[] = { 1, 2 };
    const uint32_t ids[] = { 1 };
    const uint32_t to[] = { 8 };
    rr_run *run = NULL;
    rr_error err = { 0 };

    (void)state;
    write_images();
    rr_dataset *ds = load_dataset(spec, RR_SPLIT_TRAIN);
    rr_run_settings s = settings_for(ds, ds, 1);
    s.splits[RR_SPLIT_TEST].count = 0;
    s.data = spec;
    s.edits.relabelled = ids;
    s.edits.labels = to;
    s.edits.count_relabelled = 1;
    (void)snprintf(s.splits[RR_SPLIT_TRAIN].files_hash, 65, "%s", rr_dataset_files_hash(ds));
    rr_dataset_free(ds);
    CHECK_OK(rr_run_create(dir, &s, &run, &err), err);
    CHECK_OK(rr_run_sequences(run, RR_SPLIT_TRAIN, NULL, which, 2, &ds, &err), err);
    assert_int_equal(rr_dataset_at(ds, 0).label, 8);
    assert_int_equal(rr_dataset_at(ds, 1).label, 6);
    rr_dataset_free(ds);
    rr_run_free(run);
}

static void wrong_settings_are_refused(void **state)
{
    static const uint32_t falling[] = { 5, 2, 59 };
    static const uint32_t beyond[] = { 2, 5, 60 };
    static const uint32_t no_class[] = { 9, 10, 3 };
    rr_run_settings s = changed_settings();
    rr_run *run = NULL;
    rr_error err = { 0 };

    (void)state;
    s.edits.relabelled = falling;
    CHECK_FAILS(rr_run_create(dir, &s, &run, &err), RR_ERR_ARG, err,
                "with other labels must be rising numbers below 60; number 1 of the list is 2");
    s.edits.relabelled = beyond;
    CHECK_FAILS(rr_run_create(dir, &s, &run, &err), RR_ERR_ARG, err, "list is 60");
    s.edits.relabelled = relabelled;
    s.edits.labels = no_class;
    CHECK_FAILS(rr_run_create(dir, &s, &run, &err), RR_ERR_ARG, err,
                "sequence 5 is 10, which is outside 0..9");
    assert_int_equal(err.where, 1);
    assert_null(run);
    assert_false(is_file("run/run.json"));
}

static void a_broken_run_json_names_the_member(void **state)
{
    static const breakage cases[] = {
        { "\"relabelled\": [", "\"relabelled\": 3, \"x\": [", "'relabelled' is no list" },
        { "\"relabelled\": [", "\"relabelled\": [7, ", "relabelled[1] is not a rising number" },
        { "\"relabelled\": [", "\"relabelled\": [-1, ", "relabelled[0]" },
        { "\"relabelled\": [", "\"relabelled\": [60, ", "relabelled[0]" },
        { "\"relabelled\": [", "\"relabelled\": [4294967298, ", "relabelled[0]" },
        { "\"relabelled\": [", "\"relabelled\": [\"1\", ", "relabelled[0]" },
        { "\"relabelled\": [", "\"relabelled\": [1, ", "4 sequences, but there are 3 'labels'" },
        { "\"labels\": [", "\"labels\": [1, ", "3 sequences, but there are 4 'labels'" },
        { "\"labels\": [", "\"label\": [", "3 sequences, but there are 0 'labels'" },
        { "\"labels\": [", "\"labels\": [10, ", "labels[0] is not a class" },
        { "\"removed\": [", "\"removed\": [60, ", "removed[0] is not a rising number" },
        { "\"checkpoints\": true", "\"checkpoints\": 1", "train.checkpoints" },
    };
    rr_run_settings s = changed_settings();

    (void)state;
    s.checkpoints = 1;
    check_broken(&s, cases, sizeof cases / sizeof *cases);
}

/* A run that changes nothing is written as it was before there were such members. */
static void a_run_without_changes_has_no_such_member(void **state)
{
    const rr_run_settings s = settings_for(train_set, test_set, 1);
    unsigned char *text = NULL;
    size_t bytes = 0;
    rr_run *run = NULL;
    rr_error err = { 0 };

    (void)state;
    make_run(&s, &run);
    rr_run_free(run);
    CHECK_OK(rri_file_read("run/run.json", 1 << 20, &text, &bytes, &err), err);
    assert_null(strstr((const char *)text, "labels"));
    assert_null(strstr((const char *)text, "relabelled"));
    assert_null(strstr((const char *)text, "removed"));
    assert_null(strstr((const char *)text, "checkpoints"));
    CHECK_OK(rr_run_open(dir, &run, &err), err);
    assert_int_equal(rr_run_settings_of(run).edits.count_relabelled, 0);
    rr_run_free(run);
    rri_free(text);
}

/* ---- checkpoints ---------------------------------------------------------------------------- */

/* A trainer of the run restored from the checkpoint of an epoch, and the weights' hash. */
static void hash_at(const rr_run *run, const rr_dataset *ds, size_t epoch, char out[65])
{
    const rr_run_settings s = rr_run_settings_of(run);
    rr_trainer *t = NULL;
    char *path = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_run_checkpoint_path(run, epoch, &path, &err), err);
    rr_network *net = new_network(&s.network);
    CHECK_OK(rr_trainer_new(&s.train, net, ds, &t, &err), err);
    CHECK_OK(rr_trainer_restore(t, path, &err), err);
    assert_int_equal(rr_trainer_epoch(t), epoch);
    CHECK_OK(rr_network_hash(net, out, &err), err);
    rr_string_free(path);
    rr_trainer_free(t);
    rr_network_free(net);
}

static void every_epoch_has_its_checkpoint_and_the_start_too(void **state)
{
    const double accuracy[] = { 0.1, 0.2, 0.3 };
    rr_run_settings s = settings_for(train_set, test_set, 3);
    rr_network *net = NULL;
    rr_run *run = NULL;
    char *path = NULL;
    char want[65], got[65], before[65] = "";
    rr_error err = { 0 };

    (void)state;
    s.checkpoints = 1;
    make_run(&s, &run);
    CHECK_FAILS(rr_run_checkpoint_path(run, 0, &path, &err), RR_ERR_IO, err, "--checkpoints");
    assert_null(path);
    CHECK_OK(train(run, train_set, 2, accuracy, &err), err);
    rr_run_free(run);
    CHECK_OK(rr_run_open(dir, &run, &err), err); /* and resumes in the same way */
    assert_int_equal(rr_run_settings_of(run).checkpoints, 1);
    CHECK_OK(train(run, train_set, 3, accuracy, &err), err);
    assert_true(is_file("run/checkpoints/epoch-0000.safetensors"));
    assert_true(is_file("run/checkpoints/epoch-0003.safetensors"));
    for (size_t e = 0; e <= 3; e++) {
        hash_at(run, train_set, e, got);
        assert_string_not_equal(got, before);
        memcpy(before, got, sizeof got);
        if (e == 0) {
            net = new_network(&s.network);
        } else if (e == 3) {
            CHECK_OK(rr_run_network(run, &net, &err), err);
        } else {
            continue;
        }
        CHECK_OK(rr_network_hash(net, want, &err), err);
        assert_string_equal(got, want);
        rr_network_free(net);
    }
    CHECK_FAILS(rr_run_checkpoint_path(run, 4, &path, &err), RR_ERR_IO, err,
                "the state of epoch 4 was not kept");
    rr_run_free(run);

    s.checkpoints = 0;
    make_run(&s, &run);
    CHECK_OK(train(run, train_set, 1, accuracy, &err), err);
    CHECK_FAILS(rr_run_checkpoint_path(run, 1, &path, &err), RR_ERR_IO, err, "epoch 1");
    assert_false(is_file("run/checkpoints/epoch-0001.safetensors"));
    rr_run_free(run);
}

/* Kill the process at every write of a training that keeps checkpoints, and take it up again: they
 * are those of a training that was not interrupted. */
static void a_kill_at_any_write_leaves_the_same_checkpoints(void **state)
{
    const double accuracy[] = { 0.1, 0.2 };
    rr_run_settings s = changed_settings();
    char want[3][65];
    rr_error err = { 0 };
    bool finished = false;

    (void)state;
    s.checkpoints = 1;
    s.edits.count_removed = s.edits.count_relabelled = 0;
    for (long n = -1; !finished && n < 500; n++) {
        rr_run *run = NULL;
        char got[65];
        make_run(&s, &run);
        rr_run_free(run);
        const pid_t child = fork();
        if (child == 0) {
            rri_write_kill_at = n;
            if (rr_run_open(dir, &run, NULL) != RR_OK)
                _exit(1);
            _exit(train(run, train_set, 2, accuracy, NULL) == RR_OK ? 0 : 1);
        }
        int how = 0;
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_true(WIFSIGNALED(how) || WEXITSTATUS(how) == 0);
        finished = n >= 0 && WIFEXITED(how);
        CHECK_OK(rr_run_open(dir, &run, &err), err);
        CHECK_OK(train(run, train_set, 2, accuracy, &err), err);
        for (size_t e = 0; e <= 2; e++) {
            hash_at(run, train_set, e, n < 0 ? want[e] : got);
            if (n >= 0)
                assert_string_equal(got, want[e]);
        }
        rr_run_free(run);
    }
    assert_true(finished);
}

static void every_failed_allocation_is_clean(void **state)
{
    const rr_run_settings s = changed_settings();

    (void)state;
    for (int what = 0; what < 3; what++) {
        rr_status st = RR_ERR_NOMEM;
        for (long n = 0; st == RR_ERR_NOMEM && n < 2000; n++) {
            rr_run *run = NULL;
            rr_dataset *got = NULL;
            if (what == 2)
                CHECK_OK(rr_run_open(dir, &run, NULL), (rr_error){ .msg = "" });
            else if (what == 0)
                clear();
            rri_alloc_fail_at = n;
            st = what == 0   ? rr_run_create(dir, &s, &run, NULL)
                 : what == 1 ? rr_run_open(dir, &run, NULL)
                             : rr_run_dataset(run, RR_SPLIT_TRAIN, NULL, &got, NULL);
            rri_alloc_fail_at = -1;
            assert_true(what != 2 || (st == RR_OK) == (got != NULL));
            rr_dataset_free(got);
            rr_run_free(run);
        }
        assert_int_equal(st, RR_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(a_kill_at_any_write_leaves_the_same_checkpoints), /* before threads start */
        TEST_IN_SCRATCH(labels_survive_the_file_and_reach_the_training_set),
        TEST_IN_SCRATCH(the_data_hash_names_the_labels),
        TEST_IN_SCRATCH(single_sequences_have_the_labels_of_the_run),
        TEST_IN_SCRATCH(wrong_settings_are_refused),
        TEST_IN_SCRATCH(a_broken_run_json_names_the_member),
        TEST_IN_SCRATCH(a_run_without_changes_has_no_such_member),
        TEST_IN_SCRATCH(every_epoch_has_its_checkpoint_and_the_start_too),
        TEST_IN_SCRATCH(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, load_sets, free_sets);
}
