/* SPDX-License-Identifier: MIT */
/* Runs with loss weights: training takes them, the directory keeps them, children inherit them. */
#include "io/io.h"
#include "make.h"
#include "scratch_folder.h"

static const char spec[] = "digits?train=40&test=10";

/* Weights 0 for sequence 3 and 2 for 30; with labels also 2 is dropped. */
static rr_session *create(const char *dir, bool weights, bool labels, size_t epochs)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    write_scratch("weights.csv", "id,weight\n30,2\n3,0\n");
    write_scratch("labels.csv", "id,action,label\n2,drop,\n");
    cfg.data = spec;
    cfg.weights = weights ? "weights.csv" : NULL;
    cfg.labels = labels ? "labels.csv" : NULL;
    cfg.network.hidden = 4;
    cfg.train.epochs = epochs;
    cfg.train.batch = 8;
    CHECK_OK(rr_session_create(dir, &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    return s;
}

static void model_hash(rr_session *s, char out[65])
{
    const rr_network *net = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_network(s, &net, &err), err);
    CHECK_OK(rr_network_hash(net, out, &err), err);
}

static rr_session *open_again(const char *dir)
{
    rr_session *s = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_open(dir, NULL, &s, &err), err);
    return s;
}

/* The same training by hand, on the data as they are. */
static void train_by_hand(const rr_run *run, const float *weights, char out[65])
{
    const rr_run_settings settings = rr_run_settings_of(run);
    rr_dataset *ds = load_dataset(spec, RR_SPLIT_TRAIN);
    rr_network *net = new_network(&settings.network);
    rr_trainer *t = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_trainer_new(&settings.train, net, ds, &t, &err), err);
    CHECK_OK(rr_trainer_set_weights(t, weights, &err), err);
    while (!rr_trainer_finished(t))
        CHECK_OK(rr_trainer_run_epoch(t, NULL, NULL, &err), err);
    CHECK_OK(rr_network_hash(net, out, &err), err);
    rr_trainer_free(t);
    rr_network_free(net);
    rr_dataset_free(ds);
}

static void training_takes_the_weights(void **state)
{
    rr_session *weighted = create("weighted", true, false, 2);
    rr_session *plain = create("plain", false, false, 2);
    float weights[40];
    char a[65], b[65];

    (void)state;
    for (size_t i = 0; i < 40; i++)
        weights[i] = i == 3 ? 0.0f : i == 30 ? 2.0f : 1.0f;
    const rr_run_settings s = rr_run_settings_of(rr_session_run(weighted));
    assert_int_equal(s.edits.count_weights, 40);
    assert_memory_equal(s.edits.weights, weights, sizeof weights);
    model_hash(weighted, a);
    train_by_hand(rr_session_run(weighted), weights, b);
    assert_string_equal(a, b);
    model_hash(plain, b);
    assert_string_not_equal(a, b);
    assert_int_equal(access("weighted/weights.npz", F_OK), 0);
    assert_int_not_equal(access("plain/weights.npz", F_OK), 0);
    assert_null(rr_run_settings_of(rr_session_run(plain)).weights_hash);
    rr_session_close(plain);
    rr_session_close(weighted);
}

static void a_resumed_training_and_a_repeated_one_take_them_too(void **state)
{
    const rr_verify_options options = { .retrain = 1 };
    const rr_train_options longer = { .epochs = 2 };
    rr_verification v;
    rr_session *once = create("once", true, false, 2);
    rr_session *twice = create("twice", true, false, 1);
    rr_error err = { 0 };
    char a[65], b[65];

    (void)state;
    rr_session_close(twice);
    twice = open_again("twice");
    CHECK_OK(rr_session_train(twice, &longer, &err), err);
    model_hash(once, a);
    model_hash(twice, b);
    assert_string_equal(a, b);
    CHECK_OK(rr_session_verify(twice, &options, &v, &err), err);
    assert_int_equal(v.count, 3);
    for (size_t i = 0; i < v.count; i++)
        assert_string_equal(v.checks[i].detail, "");
    rr_session_close(once);
    rr_session_close(twice);
}

static void the_data_hash_names_them(void **state)
{
    rr_session *weighted = create("weighted", true, false, 1);
    rr_session *plain = create("plain", false, false, 1);
    const rr_run_settings s = rr_run_settings_of(rr_session_run(weighted));
    char text[200], want[65], got[65];
    rri_sha256 *h = NULL;
    rr_error err = { 0 };

    (void)state;
    const int n =
        snprintf(text, sizeof text, "%sweights%s", s.splits[RR_SPLIT_TRAIN].hash, s.weights_hash);
    CHECK_OK(rri_sha256_new(&h, &err), err);
    CHECK_OK(rri_sha256_add(h, text, (size_t)n, &err), err);
    CHECK_OK(rri_sha256_hex(h, want, &err), err);
    rri_sha256_free(h);
    CHECK_OK(rr_run_data_hash(rr_session_run(weighted), got, &err), err);
    assert_string_equal(got, want);
    CHECK_OK(rr_run_data_hash(rr_session_run(plain), got, &err), err);
    assert_string_equal(got, s.splits[RR_SPLIT_TRAIN].hash);
    rr_session_close(plain);
    rr_session_close(weighted);
}

/* Weights are given by the data's own numbers: a drop takes one away. */
static void children_keep_them(void **state)
{
    static const uint32_t removed[] = { 0 };
    rr_dataset *added = load_dataset("digits?test=2", RR_SPLIT_TEST);
    float weights[40];
    rr_edits edits = { .removed = removed, .count_removed = 1, .additions = added };
    rr_session *parent = create("parent", true, true, 1);
    rr_retrain_config cfg = rr_retrain_config_default(parent);
    rr_session *child = NULL;
    rr_error err = { 0 };
    char a[65], b[65];

    (void)state;
    assert_int_equal(rr_run_settings_of(rr_session_run(parent)).edits.count_weights, 39);
    for (size_t i = 0; i < 40; i++)
        weights[i] = i == 1 ? 0.0f : i == 28 ? 2.0f : 1.0f;
    cfg.epochs = 1;
    CHECK_OK(rr_session_child(parent, "inherits", &edits, &cfg, &child, &err), err);
    rr_run_settings s = rr_run_settings_of(rr_session_run(child));
    assert_int_equal(s.edits.count_weights, 40);
    assert_memory_equal(s.edits.weights, weights, sizeof weights);
    model_hash(child, a);
    rr_session_close(child);
    child = open_again("inherits");
    s = rr_run_settings_of(rr_session_run(child));
    assert_memory_equal(s.edits.weights, weights, sizeof weights);
    rr_session_close(child);
    for (size_t i = 0; i < 40; i++) /* the additions count five times */
        weights[i] = i < 38 ? 1.0f : 5.0f;
    edits.weights = weights;
    edits.count_weights = 40;
    CHECK_OK(rr_session_child(parent, "adds", &edits, &cfg, &child, &err), err);
    s = rr_run_settings_of(rr_session_run(child));
    for (size_t i = 0; i < 40; i++)
        assert_true(s.edits.weights[i] == (i == 1 ? 0.0f : i == 28 ? 2.0f : i < 38 ? 1.0f : 5.0f));
    model_hash(child, b);
    assert_string_not_equal(a, b);
    rr_session_close(child);
    edits.count_weights = 39;
    CHECK_FAILS(rr_session_child(parent, "wrong", &edits, &cfg, &child, &err), RR_ERR_ARG, err,
                "39 loss weights, but 40 sequences");
    assert_int_not_equal(access("wrong", F_OK), 0);
    rr_session_close(parent);
    rr_dataset_free(added);
}

static void changed_weights_are_noticed(void **state)
{
    rr_session *s = create("run", true, false, 1);
    rr_session *other = NULL;
    rr_error err = { 0 };

    (void)state;
    rr_session_close(s);
    assert_int_equal(system("head -c -30 run/weights.npz >cut && cp run/weights.npz kept &&"
                            " cp cut run/weights.npz"),
                     0);
    assert_int_not_equal(rr_session_open("run", NULL, &s, &err), RR_OK);
    other = create("other", true, true, 1);
    rr_session_close(other);
    assert_int_equal(system("cp other/weights.npz run/weights.npz"), 0);
    CHECK_FAILS(rr_session_open("run", NULL, &s, &err), RR_ERR_MISMATCH, err,
                "weights.npz: the content changed");
    assert_int_equal(unlink("run/weights.npz"), 0);
    CHECK_FAILS(rr_session_open("run", NULL, &s, &err), RR_ERR_IO, err, "weights.npz");
    assert_int_equal(system("cp kept run/weights.npz"), 0);
    s = open_again("run");
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(training_takes_the_weights),
        TEST_IN_SCRATCH(a_resumed_training_and_a_repeated_one_take_them_too),
        TEST_IN_SCRATCH(the_data_hash_names_them),
        TEST_IN_SCRATCH(children_keep_them),
        TEST_IN_SCRATCH(changed_weights_are_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
