/* SPDX-License-Identifier: MIT */
/* test_run.c - the run directory: creating, recording, resuming, loading, and what is refused. */
#include "fixture.h"

#include "data/dataset_internal.h"

#include "io/json.h"

#include <sys/wait.h>

static const char *const class_names[10] = { "zero", "one", "two",   "three",   "four",
                                             "five", "six", "seven", "\033[2J", "\u00e9" };

static void settings_and_history_survive_the_file(void **state)
{
    rr_run_settings want = settings_for(train_set, test_set, 3);
    const double accuracy[] = { 0.1, 0.3, 0.2 };
    rr_run *run = NULL;
    rr_error err = { 0 };
    size_t epochs = 0;

    (void)state;
    want.class_names = class_names;
    make_run(&want, &run);
    CHECK_OK(train(run, train_set, 3, accuracy, &err), err);
    rr_run_free(run);
    CHECK_OK(rr_run_open(dir, &run, &err), err);
    const rr_run_settings got = rr_run_settings_of(run);
    assert_string_equal(got.data, data_spec);
    assert_true(got.train.seed == UINT64_MAX);
    assert_true(got.train.learning_rate == want.train.learning_rate);
    assert_int_equal(got.network.hidden, 8);
    assert_string_equal(got.splits[RR_SPLIT_TEST].hash, rr_dataset_hash(test_set));
    assert_int_equal(got.splits[RR_SPLIT_DEV].count, 0);
    assert_null(got.parent);
    for (size_t c = 0; c < 10; c++)
        assert_string_equal(got.class_names[c], class_names[c]);
    const rr_run_epoch *h = rr_run_history(run, &epochs);
    assert_int_equal(epochs, 3);
    assert_true(h[1].test_accuracy == 0.3);
    assert_true(h[1].dev_accuracy < 0.0);
    assert_int_equal(rr_run_model_epoch(run), 3);
    rr_run_free(run);
}

static void the_best_epoch_is_kept_when_asked(void **state)
{
    rr_run_settings s = settings_for(train_set, test_set, 3);
    const double accuracy[] = { 0.1, 0.3, 0.3 };
    rr_run *run = NULL;
    rr_network *net = NULL;
    rr_error err = { 0 };

    (void)state;
    s.keep = RR_KEEP_BEST;
    s.splits[RR_SPLIT_DEV] = s.splits[RR_SPLIT_TEST];
    make_run(&s, &run);
    CHECK_OK(train(run, train_set, 3, accuracy, &err), err);
    assert_int_equal(rr_run_model_epoch(run), 2); /* the first of equals */
    rr_run *blind = NULL;                         /* nothing to judge epochs by */
    rr_run_settings without = s;
    without.splits[RR_SPLIT_DEV].count = 0;
    CHECK_FAILS(rr_run_create("no_run", &without, &blind, &err), RR_ERR_ARG, err, "no dev split");
    assert_null(blind);
    CHECK_OK(rr_run_network(run, &net, &err), err);
    rr_network_free(net);
    rr_run_free(run);
}

static void changed_or_missing_data_are_refused(void **state)
{
    const rr_run_settings s = settings_for(train_set, test_set, 1);
    rr_run *run = NULL;
    rr_dataset *got = NULL;
    rr_network *net = NULL;
    rr_influence *inf = NULL;
    rr_error err = { 0 };

    (void)state;
    make_run(&s, &run);
    CHECK_OK(rr_run_dataset(run, RR_SPLIT_TEST, NULL, &got, &err), err);
    rr_dataset_free(got);
    CHECK_FAILS(rr_run_dataset(run, RR_SPLIT_TEST, "digits?train=60&test=20&seed=2", &got, &err),
                RR_ERR_MISMATCH, err, "not what the run was created from");
    assert_null(got);
    CHECK_FAILS(rr_run_dataset(run, RR_SPLIT_DEV, NULL, &got, &err), RR_ERR_ARG, err, "dev");
    CHECK_FAILS(rr_run_dataset(run, (rr_split)3, NULL, &got, &err), RR_ERR_ARG, err, "3 is no");
    CHECK_FAILS(rr_run_network(run, &net, &err), RR_ERR_IO, err, RR_RUN_MODEL);
    net = new_network(&s.network);
    CHECK_FAILS(rr_run_influence(run, net, &inf, &err), RR_ERR_IO, err, "rnnrepair build");
    rr_network_free(net);
    rr_run *again = NULL;
    CHECK_FAILS(rr_run_create(dir, &s, &again, &err), RR_ERR_ARG, err, "already holds a run");
    CHECK_FAILS(rr_run_open("no_such_run", &again, &err), RR_ERR_IO, err, "no_such_run");
    CHECK_FAILS(rr_run_extend(run, 0, &err), RR_ERR_ARG, err, "0 epochs");
    rr_run_free(run);
}

/* An image set whose four files are in the run's folder; the test split is the training set again.
 */
static void write_images(unsigned char pixel)
{
    static const char *const names[] = { "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                         "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte" };
    static const unsigned char images[] = { 0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2 };
    static const unsigned char labels[] = { 0, 0, 8, 1, 0, 0, 0, 3, 4, 5, 6 };
    const unsigned char pixels[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, pixel };
    char path[64];

    assert_int_equal(system("mkdir -p run"), 0);
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(path, sizeof path, "run/%s", names[i]);
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        if (i % 2 == 0) {
            assert_int_equal(fwrite(images, 1, sizeof images, f), sizeof images);
            assert_int_equal(fwrite(pixels, 1, sizeof pixels, f), sizeof pixels);
        } else {
            assert_int_equal(fwrite(labels, 1, sizeof labels, f), sizeof labels);
        }
        assert_int_equal(fclose(f), 0);
    }
}

/* Sequences by number are checked as a whole split is: by their files while those are the same,
 * else by the content, which may be equal in other files. */
static void single_sequences_are_loaded_and_checked(void **state)
{
    static const char spec[] = "mnist:run";
    static const size_t which[] = { 1, 0 };
    static const size_t beyond = 3;
    rr_run *run = NULL;
    rr_error err = { 0 };

    (void)state;
    write_images(12);
    rr_dataset *ds = load_dataset(spec, RR_SPLIT_TRAIN);
    rr_run_settings s = settings_for(ds, ds, 1);
    s.data = spec;
    for (int i = RR_SPLIT_TRAIN; i <= RR_SPLIT_TEST; i += 2)
        (void)snprintf(s.splits[i].files_hash, 65, "%s", rr_dataset_files_hash(ds));
    rr_dataset_free(ds);
    CHECK_OK(rr_run_create(dir, &s, &run, &err), err);
    rr_run_free(run);
    CHECK_OK(rr_run_open(dir, &run, &err), err);
    assert_string_equal(rr_run_settings_of(run).splits[RR_SPLIT_TEST].files_hash,
                        s.splits[RR_SPLIT_TEST].files_hash);
    for (int turn = 0; turn < 2; turn++) { /* then from packed files, of which no hash is known */
        CHECK_OK(rr_run_sequences(run, RR_SPLIT_TEST, NULL, which, 2, &ds, &err), err);
        assert_int_equal(rr_dataset_count(ds), 2);
        assert_int_equal(rr_dataset_at(ds, 0).label, 5);
        assert_true(rr_dataset_at(ds, 1).frames[3] == 4.0f / 255.0f);
        rr_dataset_free(ds);
        CHECK_FAILS(rr_run_sequences(run, RR_SPLIT_TEST, NULL, &beyond, 1, &ds, &err), RR_ERR_ARG,
                    err, "N = 3");
        assert_null(ds);
        assert_int_equal(system("gzip -q run/t10k-images-idx3-ubyte 2>/dev/null || true"), 0);
    }
    CHECK_FAILS(rr_run_sequences(run, RR_SPLIT_DEV, NULL, which, 2, &ds, &err), RR_ERR_ARG, err,
                "no dev split");
    write_images(13); /* of the last image, not of those asked for */
    rr_run_free(run); /* which keeps what it has loaded */
    CHECK_OK(rr_run_open(dir, &run, &err), err);
    CHECK_FAILS(rr_run_sequences(run, RR_SPLIT_TEST, NULL, which, 2, &ds, &err), RR_ERR_MISMATCH,
                err, "is not what the run was created from");
    assert_null(ds);
    rr_run_free(run);
}

/* A run, and another created with its settings, load nothing twice. */
static void data_are_read_once(void **state)
{
    static const char spec[] = "mnist:run";
    static const size_t which[] = { 2 };
    rr_source *source = NULL;
    rr_run *run = NULL;
    rr_run *child = NULL;
    rr_dataset *ds = NULL;
    rr_dataset *again = NULL;
    rr_error err = { 0 };

    (void)state;
    write_images(12);
    const size_t before = rri_source_reads;
    CHECK_OK(rr_source_open(spec, NULL, &source, &err), err);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &ds, &err), err);
    rr_run_settings s = settings_for(ds, ds, 1);
    s.data = spec;
    s.source = source;
    CHECK_OK(rr_run_create(dir, &s, &run, &err), err);
    rr_source_close(source);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(rr_run_dataset(run, RR_SPLIT_TRAIN, NULL, &again, &err), err);
        assert_ptr_equal(again, ds);
        rr_dataset_free(again);
    }
    const rr_run_settings same = rr_run_settings_of(run);
    CHECK_OK(rr_run_create("run/child", &same, &child, &err), err);
    rr_run_free(run);
    CHECK_OK(rr_run_dataset(child, RR_SPLIT_TRAIN, NULL, &again, &err), err);
    assert_ptr_equal(again, ds);
    rr_dataset_free(again);
    CHECK_OK(rr_run_sequences(child, RR_SPLIT_TRAIN, NULL, which, 1, &again, &err), err);
    assert_int_equal(rr_dataset_at(again, 0).label, 6);
    rr_dataset_free(again);
    rr_run_free(child);
    rr_dataset_free(ds);
    assert_int_equal(rri_source_reads - before, 3); /* images, labels, and those of test */
}

static void names_that_could_not_be_read_back_are_refused(void **state)
{
    rr_run_settings s = settings_for(train_set, test_set, 1);
    rr_run *run = NULL;
    rr_error err = { 0 };

    (void)state;
    s.data = "mnist:caf\xe9";
    CHECK_FAILS(rr_run_create(dir, &s, &run, &err), RR_ERR_ARG, err, "UTF-8");
    assert_null(run);
    const char *names[10];
    memcpy(names, class_names, sizeof names);
    names[3] = "caf\xe9";
    s = settings_for(train_set, test_set, 1);
    s.class_names = names;
    CHECK_FAILS(rr_run_create(dir, &s, &run, &err), RR_ERR_ARG, err, "class 3 is not valid UTF-8");
    assert_null(run);
}

static void additions_join_the_training_split(void **state)
{
    rr_run_settings s = settings_for(train_set, test_set, 1);
    char plain[65];
    char joined[65];
    char *path = NULL;
    rr_run *run = NULL;
    rr_dataset *got = NULL;
    rr_error err = { 0 };

    (void)state;
    make_run(&s, &run);
    CHECK_OK(rr_run_data_hash(run, plain, &err), err);
    assert_string_equal(plain, rr_dataset_hash(train_set));
    rr_run_free(run);

    s.parent = "elsewhere";
    s.parent_model = plain;
    s.additions_hash = plain;
    CHECK_FAILS(rr_run_create(dir, &s, &run, &err), RR_ERR_ARG, err, "not given");
    s.additions_hash = NULL;
    s.edits.additions = test_set; /* any dataset will do */
    make_run(&s, &run);
    CHECK_OK(rr_run_path(run, RR_RUN_ADDITIONS, &path, &err), err);
    CHECK_OK(rr_run_dataset(run, RR_SPLIT_TRAIN, NULL, &got, &err), err);
    rr_dataset_free(got);
    rr_run_free(run); /* which has not read them back */
    CHECK_OK(rr_run_open(dir, &run, &err), err);
    assert_int_equal(unlink(path), 0);
    CHECK_FAILS(rr_run_dataset(run, RR_SPLIT_TRAIN, NULL, &got, &err), RR_ERR_IO, err,
                RR_RUN_ADDITIONS);
    CHECK_OK(rr_dataset_save(test_set, path, &err), err);
    CHECK_OK(rr_run_dataset(run, RR_SPLIT_TRAIN, NULL, &got, &err), err);
    assert_int_equal(rr_dataset_count(got), 80);
    assert_int_equal(rr_dataset_at(got, 60).label, rr_dataset_at(test_set, 0).label);
    rr_dataset_free(got);
    CHECK_OK(rr_run_data_hash(run, joined, &err), err);
    assert_string_not_equal(joined, plain);
    CHECK_OK(rr_dataset_save(train_set, path, &err), err);
    rr_run_free(run); /* which keeps what it has loaded */
    CHECK_OK(rr_run_open(dir, &run, &err), err);
    CHECK_FAILS(rr_run_dataset(run, RR_SPLIT_TRAIN, NULL, &got, &err), RR_ERR_MISMATCH, err,
                "content changed");
    rr_string_free(path);
    rr_run_free(run);
}

static void a_broken_run_json_names_the_member(void **state)
{
    static const breakage cases[] = {
        { "\"rnnrepair-run\"", "\"other\"", "format is 'other'" },
        { "\"hidden\"", "\"hiden\"", "hidden" },
        { "\"lstm\"", "\"lstn\"", "'lstn'" },
        { "\"rmsprop\"", "\"prop\"", "'prop'" },
        { "\"shuffle\"", "\"random\"", "'random'" },
        { "\"history\"", "\"histories\"", "history" },
        { "\"network\": {", "\"network\": 3, \"x\": {", "network" },
        { "\"sha256\"", "\"files_sha256\": \"abc\", \"sha256\"", "data.train.files_sha256" },
        { "\"format_version\": 1", "\"format_version\": \"one\"", "format_version" },
        { "\"model_epoch\": 0", "\"model_epoch\": 7", "model_epoch is 7" },
        { "\"two\",", "", "'network.class_names' is no list of the 10 classes" },
        { "\"two\",", "2,", "network.class_names[2] is no text" },
        { "{", "{{", "run.json" },
    };
    rr_run_settings s = settings_for(train_set, test_set, 1);

    (void)state;
    s.class_names = class_names;
    check_broken(&s, cases, sizeof cases / sizeof *cases);
}

static void targets_of_a_repair_survive_the_file(void **state)
{
    static const rr_run_target list[] = { { 7, 2 }, { 3, 98765 }, { 3, 1 } };
    static const breakage cases[] = {
        { "\"ids\": [", "\"ids\": [5,", "'targets.steps' is no list of 4 numbers" },
        { "\"ids\": [", "\"ids\": [], \"x\": [", "'targets.steps' is no list of 0 numbers" },
        { "\"ids\"", "\"numbers\"", "'targets.ids' is no list" },
        { "98765", "0", "targets.steps[1] is no step" },
        { "98765", "1.5", "targets.steps[1] is no step" },
        { "\"split\": \"test\"", "\"split\": \"tests\"", "'tests'" },
    };
    rr_run_settings s = settings_for(train_set, test_set, 1);
    rr_run *run = NULL;
    rr_error err = { 0 };

    (void)state;
    s.parent = "parent";
    s.parent_model = rr_dataset_hash(train_set);
    s.targets = (rr_run_targets){ RR_SPLIT_TEST, list, 3 };
    make_run(&s, &run);
    rr_run_free(run);
    CHECK_OK(rr_run_open(dir, &run, &err), err);
    const rr_run_targets got = rr_run_settings_of(run).targets;
    assert_int_equal(got.split, RR_SPLIT_TEST);
    assert_int_equal(got.count, 3);
    assert_memory_equal(got.list, list, sizeof list);
    rr_run_free(run);
    check_broken(&s, cases, sizeof cases / sizeof *cases);
}

/* Kill the process at every write of a whole training; take the run up again each time. What is on
 * disk can always be resumed, and ends with the same model. */
static void a_kill_at_any_write_resumes_to_the_same_bits(void **state)
{
    const rr_run_settings s = settings_for(train_set, test_set, 2);
    const double accuracy[] = { 0.1, 0.2 };
    char want[65] = "";
    rr_error err = { 0 };
    bool finished = false;

    (void)state;
    for (long n = -1; !finished && n < 500; n++) {
        rr_run *run = NULL;
        rr_network *net = NULL;
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
        CHECK_OK(rr_run_network(run, &net, &err), err);
        CHECK_OK(rr_network_hash(net, n < 0 ? want : got, &err), err);
        if (n >= 0)
            assert_string_equal(got, want);
        size_t epochs = 0;
        (void)rr_run_history(run, &epochs);
        assert_int_equal(epochs, 2);
        rr_network_free(net);
        rr_run_free(run);
    }
    assert_true(finished);
}

/* jansson's allocations count with ours while a file is written. Not while one is read: its parser
 * takes some failures for faults of the text, and does not survive others. */
static void *counted_malloc(size_t n)
{
    if (rri_alloc_fail_at >= 0 && rri_alloc_fail_at-- == 0)
        return NULL;
    return malloc(n);
}

static rr_status create(const rr_run_settings *s, rr_error *err)
{
    rr_run *run = NULL;

    clear();
    json_set_alloc_funcs(counted_malloc, free);
    const rr_status st = rr_run_create(dir, s, &run, err);
    json_set_alloc_funcs(malloc, free);
    rr_run_free(run);
    return st;
}

static rr_status open_run(rr_error *err)
{
    rr_run *run = NULL;
    const rr_status st = rr_run_open(dir, &run, err);

    rr_run_free(run);
    return st;
}

static void every_failed_allocation_is_clean(void **state)
{
    rr_run_settings s = settings_for(train_set, test_set, 1);
    rr_error err = { 0 };

    (void)state;
    s.parent = "parent";
    s.parent_model = rr_dataset_hash(train_set);
    s.class_names = class_names;
    s.targets = (rr_run_targets){ RR_SPLIT_TEST, (const rr_run_target[]){ { 4, 0 } }, 1 };
    for (failing at = { 0 }; next_allocation_fails(&at, 5);)
        at.st = create(&s, &err);
    for (failing at = { 0 }; next_allocation_fails(&at, 5);)
        at.st = open_run(&err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(a_kill_at_any_write_resumes_to_the_same_bits), /* before threads start */
        TEST_IN_SCRATCH(settings_and_history_survive_the_file),
        TEST_IN_SCRATCH(the_best_epoch_is_kept_when_asked),
        TEST_IN_SCRATCH(changed_or_missing_data_are_refused),
        TEST_IN_SCRATCH(single_sequences_are_loaded_and_checked),
        TEST_IN_SCRATCH(data_are_read_once),
        TEST_IN_SCRATCH(names_that_could_not_be_read_back_are_refused),
        TEST_IN_SCRATCH(additions_join_the_training_split),
        TEST_IN_SCRATCH(a_broken_run_json_names_the_member),
        TEST_IN_SCRATCH(targets_of_a_repair_survive_the_file),
        TEST_IN_SCRATCH(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, load_sets, free_sets);
}
