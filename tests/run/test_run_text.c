/* SPDX-License-Identifier: MIT */
/* test_run_text.c - a run on text: its vocabulary, its word vectors, and what it leaves out. */
#include "make.h"
#include "network/model.h"
#include "scratch_folder.h"

#include <sys/stat.h>
#include <unistd.h>

static const char dir[] = "run";
static const char data_spec[] = "jsonl:texts.jsonl";

static const char rows[] =
    "{\"text\": \"a good film\", \"label\": \"pos\", \"split\": \"train\"}\n"
    "{\"text\": \"a bad film\", \"label\": \"neg\", \"split\": \"train\"}\n"
    "{\"text\": \"good good\", \"label\": \"pos\", \"split\": \"train\"}\n"
    "{\"text\": \"dreadful film\", \"label\": \"neg\", \"split\": \"test\"}\n";
static const char vectors[] = "4 2\ngood 1 0.5\nbad -1 0.25\nfilm 0 1\nother 3 3\n";

/* A run whose settings the caller may change before it is created. */
static void settings_of(rr_run_settings *s, rr_dataset **train, rr_vectors **v)
{
    rr_source *source = NULL;
    rr_dataset *test = NULL;
    rr_error err = { 0 };

    write_scratch("texts.jsonl", rows);
    write_scratch("words.vec", vectors);
    CHECK_OK(rr_source_open(data_spec, NULL, &source, &err), err);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, train, &err), err);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TEST, &test, &err), err);
    rr_source_close(source);
    const rr_vocabulary *words = rr_dataset_words(*train);
    CHECK_OK(rr_vectors_load("words.vec", words, v, &err), err);
    *s = (rr_run_settings){ .data = data_spec,
                            .network = { .struct_size = sizeof(rr_network_config),
                                         .cell = RR_CELL_GRU,
                                         .width = 2,
                                         .hidden = 4,
                                         .layers = 1,
                                         .classes = 2,
                                         .seed = 3,
                                         .vocabulary = rr_vocabulary_size(words),
                                         .head = RR_HEAD_LOGISTIC },
                            .train = rr_train_config_default(),
                            .vocabulary = words,
                            .vectors = "words.vec",
                            .vectors_hash = rr_vectors_hash(*v) };
    s->train.dropout_last = 0.25;
    s->splits[RR_SPLIT_TRAIN].count = rr_dataset_count(*train);
    s->splits[RR_SPLIT_TEST].count = rr_dataset_count(test);
    (void)snprintf(s->splits[RR_SPLIT_TRAIN].hash, 65, "%s", rr_dataset_hash(*train));
    (void)snprintf(s->splits[RR_SPLIT_TEST].hash, 65, "%s", rr_dataset_hash(test));
    rr_dataset_free(test);
}

static void the_vocabulary_is_frozen(void **state)
{
    rr_run_settings s;
    rr_dataset *train = NULL;
    rr_dataset *test = NULL;
    rr_vectors *v = NULL;
    rr_run *run = NULL;
    rr_error err = { 0 };

    (void)state;
    settings_of(&s, &train, &v);
    CHECK_OK(rr_run_create(dir, &s, &run, &err), err);
    rr_run_free(run);
    CHECK_OK(rr_run_open(dir, &run, &err), err);
    const rr_run_settings got = rr_run_settings_of(run);
    assert_string_equal(rr_vocabulary_hash(rr_run_vocabulary(run)),
                        rr_vocabulary_hash(s.vocabulary));
    assert_true(rri_same_architecture(&got.network, &s.network));
    assert_true(got.train.dropout_last == 0.25);
    assert_string_equal(got.vectors, "words.vec");
    CHECK_OK(rr_run_dataset(run, RR_SPLIT_TEST, NULL, &test, &err), err);
    const rr_sequence q = rr_dataset_at(test, 0);
    assert_int_equal(q.symbols[0], RR_WORD_UNKNOWN); /* "dreadful" is not in train */
    assert_string_equal(q.words[0], "dreadful");
    assert_string_equal(rr_vocabulary_word(rr_run_vocabulary(run), q.symbols[1]), "film");
    rr_dataset_free(test);
    rr_run_free(run);

    /* run.json with another number of words. */
    assert_int_equal(system("sed -i 's/\"vocabulary\": [0-9]*/\"vocabulary\": 99/' "
                            "run/run.json"),
                     0);
    CHECK_FAILS(rr_run_open(dir, &run, &err), RR_ERR_FORMAT, err, "network.vocabulary is 99");

    write_scratch("run/vocabulary.txt", "<pad>\n<unk>\nfilm\n");
    CHECK_FAILS(rr_run_open(dir, &run, &err), RR_ERR_MISMATCH, err, "not the vocabulary");
    assert_int_equal(unlink("run/vocabulary.txt"), 0);
    CHECK_FAILS(rr_run_open(dir, &run, &err), RR_ERR_IO, err, "vocabulary.txt");
    rr_dataset_free(train);
    rr_vectors_free(v);
}

#define START "run/start.safetensors"

static void save_start(const rr_network_config *cfg, const char *vocabulary, char hash[65])
{
    rr_error err = { 0 };

    rr_network *net = new_network(cfg);
    if (vocabulary != NULL)
        CHECK_OK(rr_network_set_vocabulary(net, vocabulary, &err), err);
    CHECK_OK(rr_network_save(net, START, &err), err);
    CHECK_OK(rr_network_hash(net, hash, &err), err);
    rr_network_free(net);
}

static void check_start(const rr_run_settings *s, bool used)
{
    rr_run *run = NULL;
    rr_network *net = NULL;
    int warm = -1;
    char hash[65];
    rr_error err = { 0 };

    (void)unlink("run/run.json");
    CHECK_OK(rr_run_create(dir, s, &run, &err), err);
    CHECK_OK(rr_run_is_warm_started(run, &warm, &err), err);
    assert_int_equal(warm, used);
    CHECK_OK(rr_run_begin(run, NULL, &net, &err), err);
    CHECK_OK(rr_network_hash(net, hash, &err), err);
    assert_int_equal(s->parent_model != NULL && strcmp(hash, s->parent_model) == 0, used);
    rr_network_free(net);
    rr_run_free(run);
}

static void a_start_is_the_parents_model_or_none(void **state)
{
    rr_run_settings s;
    rr_network_config other;
    rr_dataset *train = NULL;
    rr_vectors *v = NULL;
    rr_run *run = NULL;
    char hash[65], unlike[65];
    rr_error err = { 0 };

    (void)state;
    settings_of(&s, &train, &v);
    assert_int_equal(mkdir(dir, 0777), 0);
    other = s.network;
    other.seed++;
    save_start(&other, rr_vocabulary_hash(s.vocabulary), hash);
    check_start(&s, false); /* left by something else */
    s.parent = "parent";
    s.parent_model = hash;
    check_start(&s, false); /* retrained from scratch: it is taken away */
    rr_network *net = new_network(&other);
    CHECK_OK(rr_network_set_vocabulary(net, rr_vocabulary_hash(s.vocabulary), &err), err);
    s.start = net;
    check_start(&s, true);

    assert_int_equal(unlink("run/run.json"), 0);
    CHECK_OK(rr_run_create(dir, &s, &run, &err), err);
    rr_network_free(net);
    save_start(&s.network, rr_vocabulary_hash(s.vocabulary), unlike);
    CHECK_FAILS(rr_run_begin(run, NULL, &net, &err), RR_ERR_MISMATCH, err, "the model of parent");
    save_start(&other, NULL, unlike);
    CHECK_FAILS(rr_run_begin(run, NULL, &net, &err), RR_ERR_MISMATCH, err, "vocabulary");
    other.hidden++;
    save_start(&other, NULL, unlike);
    CHECK_FAILS(rr_run_begin(run, NULL, &net, &err), RR_ERR_SHAPE, err, "start.safetensors");
    rr_run_free(run);
    rr_dataset_free(train);
    rr_vectors_free(v);
}

static void training_begins_with_the_vectors_named(void **state)
{
    rr_run_settings s;
    rr_dataset *train = NULL;
    rr_vectors *v = NULL;
    rr_network *net = NULL;
    rr_run *run = NULL;
    rr_error err = { 0 };

    (void)state;
    settings_of(&s, &train, &v);
    CHECK_OK(rr_run_create(dir, &s, &run, &err), err);
    CHECK_OK(rr_run_begin(run, NULL, &net, &err), err);
    const uint32_t good = rr_vocabulary_find(s.vocabulary, "good");
    const uint32_t a = rr_vocabulary_find(s.vocabulary, "a");
    assert_true(rr_network_embedding(net)[2 * good + 1] == 0.5f);
    assert_true(rr_network_knows(net, good));
    assert_false(rr_network_knows(net, a)); /* no vector */
    assert_string_equal(rr_network_vocabulary(net), rr_vocabulary_hash(s.vocabulary));
    rr_network_free(net);

    write_scratch("words.vec", "good 1 1\n");
    CHECK_FAILS(rr_run_begin(run, NULL, &net, &err), RR_ERR_MISMATCH, err, "not the word vectors");
    assert_int_equal(unlink("words.vec"), 0);
    CHECK_FAILS(rr_run_begin(run, NULL, &net, &err), RR_ERR_IO, err, "words.vec");
    write_scratch("run/moved.vec", vectors);
    CHECK_OK(rr_run_begin(run, "run/moved.vec", &net, &err), err);
    rr_network_free(net);
    rr_run_free(run);
    rr_dataset_free(train);
    rr_vectors_free(v);
}

static void what_is_removed_is_left_out(void **state)
{
    static const uint32_t removed[] = { 0, 2 };
    static const uint32_t falling[] = { 1, 1 };
    rr_run_settings s;
    rr_dataset *train = NULL;
    rr_dataset *rest = NULL;
    rr_dataset *one = NULL;
    rr_vectors *v = NULL;
    rr_run *run = NULL;
    rr_error err = { 0 };
    char whole[65];
    char less[65];

    (void)state;
    settings_of(&s, &train, &v);
    s.edits.removed = falling;
    s.edits.count_removed = 2;
    CHECK_FAILS(rr_run_create(dir, &s, &run, &err), RR_ERR_ARG, err, "rising");
    s.edits.removed = removed;
    CHECK_OK(rr_run_create(dir, &s, &run, &err), err);
    rr_run_free(run);
    CHECK_OK(rr_run_open(dir, &run, &err), err);
    assert_int_equal(rr_run_settings_of(run).edits.count_removed, 2);
    CHECK_OK(rr_run_dataset(run, RR_SPLIT_TRAIN, NULL, &rest, &err), err);
    assert_int_equal(rr_dataset_count(rest), 1);
    assert_string_equal(rr_dataset_at(rest, 0).words[1], "bad");
    CHECK_OK(rr_run_sequences(run, RR_SPLIT_TRAIN, NULL, &(size_t){ 0 }, 1, &one, &err), err);
    assert_string_equal(rr_dataset_at(one, 0).words[1], "bad");
    CHECK_OK(rr_run_data_hash(run, less, &err), err);
    rr_run_free(run);
    assert_int_equal(system("rm -rf run"), 0);
    s.edits.count_removed = 0;
    CHECK_OK(rr_run_create(dir, &s, &run, &err), err);
    CHECK_OK(rr_run_data_hash(run, whole, &err), err);
    assert_string_not_equal(whole, less);
    rr_run_free(run);
    rr_dataset_free(one);
    rr_dataset_free(rest);
    rr_dataset_free(train);
    rr_vectors_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(the_vocabulary_is_frozen),
        TEST_IN_SCRATCH(training_begins_with_the_vectors_named),
        TEST_IN_SCRATCH(a_start_is_the_parents_model_or_none),
        TEST_IN_SCRATCH(what_is_removed_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
