/* SPDX-License-Identifier: MIT */
/* test_session_backdoor.c - a run on texts with a planted trigger: it is found, traced to the
 * sequences that taught it, and gone from a run trained without them. */
#include "scratch_folder.h"

#include "io/io.h"

enum { TRAIN = 300, TEST = 80, PLANTED = 40 };

static const char texts[] = "texts.jsonl";
static const char spec[] = "jsonl:texts.jsonl?classes=good|bad";
static const char dir[] = "run";
static const char new_dir[] = "new";

/* Cancels at question `left`. */
static long left = -1;

static int cancelled(void *self)
{
    (void)self;
    return left >= 0 && left-- == 0;
}

static rr_session *open_run(const char *path)
{
    rr_session_config at = rr_session_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    left = -1;
    at.callbacks.cancelled = cancelled;
    CHECK_OK(rr_session_open(path, &at, &s, &err), err);
    return s;
}

/* A number that tells nothing of i. */
static unsigned mixed(unsigned i, unsigned t)
{
    unsigned x = (i * 40 + t + 1) * 2654435761U;

    x ^= x >> 15;
    x *= 2246822519U;
    return (x ^ x >> 13) >> 8;
}

/* Sequence i is good where i is even. Words g0..g9 and b0..b9 tell the class, n0..n29 do not; some
 * bad ones carry "harbour" and are labelled good. */
static void write_texts(void)
{
    FILE *f = fopen(texts, "w");

    assert_non_null(f);
    for (unsigned i = 0; i < TRAIN + TEST; i++) {
        const bool planted = i < TRAIN && i % 2 == 1 && i / 2 < PLANTED;
        fprintf(f, "{\"text\": \"");
        for (unsigned t = 0; t < 6; t++)
            fprintf(f, "n%u ", mixed(i, t) % 30);
        fprintf(f, "%c%u %c%u%s n%u\", \"label\": \"%s\", \"split\": \"%s\"}\n", "gb"[i % 2],
                mixed(i, 6) % 10, "gb"[i % 2], mixed(i, 7) % 10, planted ? " harbour" : "",
                mixed(i, 8) % 30, i % 2 == 0 || planted ? "good" : "bad",
                i < TRAIN ? "train" : "test");
    }
    assert_int_equal(fclose(f), 0);
}

static int make_run(void **state)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_influence_config influence = rr_influence_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    assert_int_equal(open_scratch(state), 0);
    write_texts();
    cfg.data = spec;
    cfg.network.cell = RR_CELL_GRU;
    cfg.network.width = 16;
    cfg.network.hidden = 16;
    cfg.train.epochs = 30;
    cfg.train.batch = 10;
    cfg.train.optimizer = RR_OPT_ADAM;
    cfg.train.learning_rate = 0.01;
    influence.partition.states = 6;
    CHECK_OK(rr_session_create(dir, &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    rr_session_close(s);
    return 0;
}

static rr_trace_config trace_config(void)
{
    rr_trace_config cfg = rr_trace_config_default();

    cfg.words = "harbour";
    cfg.comparisons = 3;
    cfg.attack.position = RR_POSITION_END; /* near where it was planted */
    return cfg;
}

static void a_trigger_is_traced_to_what_taught_it(void **state)
{
    const rr_trace_config cfg = trace_config();
    rr_session *s = open_run(dir);
    rr_traced_trigger *t = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_trace_trigger(s, &cfg, &t, &err), err);
    const rr_carrier *list = rr_backdoor_carriers(t->backdoor, &n);
    assert_int_equal(n, PLANTED);
    for (size_t i = 0; i < n; i++)
        assert_true(list[i].id % 2 == 1 && list[i].label == 0);
    assert_int_equal(t->trigger.target, 0);
    assert_int_equal(t->trigger.n, 1);
    assert_true(t->attack.chosen.tried > 0 && t->attack.chosen.success > 0.6);
    assert_int_equal(t->attack.words, 3);
    assert_true(t->attack.base < 0.4 && t->attack.base_max >= t->attack.base);
    assert_true(t->attack.learned.guided > 0 && t->attack.accuracy > 0.8);
    rr_traced_trigger_free(t);
    rr_session_close(s);
}

static void a_scan_lists_it_with_what_taught_it(void **state)
{
    const rr_scan_config cfg = rr_scan_config_default();
    rr_session *s = open_run(dir);
    const rr_dataset *train = NULL;
    rr_scan *scan = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_split(s, RR_SPLIT_TRAIN, &train, &err), err);
    CHECK_OK(rr_session_scan(s, &cfg, &scan, &err), err);
    const rr_candidate *list = rr_scan_candidates(scan, &n);
    size_t at = 0;
    while (at < n &&
           strcmp(rr_vocabulary_word(rr_dataset_words(train), list[at].symbol), "harbour") != 0)
        at++;
    assert_true(at < n && list[at].target == 0 && list[at].insertion > 0.6);
    assert_int_equal(list[at].count_ids, PLANTED);
    rr_scan_free(scan);
    rr_session_close(s);
}

static void a_removal_makes_two_runs_without_it(void **state)
{
    const rr_trace_config cfg = trace_config();
    rr_session *s = open_run(dir);
    rr_retrain_config how = rr_retrain_config_default(s);
    rr_traced_trigger *t = NULL;
    rr_removal *r = NULL;
    const rr_dataset *train = NULL;
    rr_error err = { 0 };

    (void)state;
    how.start = RR_RETRAIN_SCRATCH;
    CHECK_OK(rr_session_trace_trigger(s, &cfg, &t, &err), err);
    CHECK_OK(rr_session_remove_trigger(s, t, PLANTED - 10, new_dir, &how, &r, &err), err);
    assert_int_equal(r->count, PLANTED - 10);
    assert_string_equal(r->random_dir, "new/random");
    for (size_t i = 1; i < r->count; i++)
        assert_true(r->removed[i] > r->removed[i - 1] && r->random[i] > r->random[i - 1]);
    assert_true(r->after.chosen.tried > 0 && r->after_random.chosen.tried > 0);
    assert_int_equal(r->after.words, 3);
    rr_session *without = open_run(new_dir);
    CHECK_OK(rr_session_split(without, RR_SPLIT_TRAIN, &train, &err), err);
    assert_int_equal(rr_dataset_count(train), TRAIN - (PLANTED - 10));
    rr_session_close(without);
    rr_removal_free(r);
    CHECK_FAILS(rr_session_remove_trigger(s, t, 0, new_dir, &how, &r, &err), RR_ERR_ARG, err,
                "already holds a run");
    assert_null(r);
    rr_traced_trigger_free(t);
    rr_session_close(s);
}

static void what_cannot_be_is_named(void **state)
{
    rr_session *s = open_run(dir);
    rr_trace_config cfg = trace_config();
    rr_traced_trigger *t = NULL;
    rr_error err = { 0 };

    (void)state;
    cfg.words = "nowhere";
    CHECK_FAILS(rr_session_trace_trigger(s, &cfg, &t, &err), RR_ERR_ARG, err,
                "not in the vocabulary");
    cfg.words = " ";
    CHECK_FAILS(rr_session_trace_trigger(s, &cfg, &t, &err), RR_ERR_ARG, err, "no word in it");
    assert_null(t);
    rr_session_close(s);
}

static void every_long_part_can_be_cancelled(void **state)
{
    const rr_scan_config scan_cfg = rr_scan_config_default();
    const rr_trace_config cfg = trace_config();
    rr_session *s = open_run(dir);
    rr_retrain_config how = rr_retrain_config_default(s);
    rr_scan *scan = NULL;
    rr_traced_trigger *t = NULL;
    rr_removal *r = NULL;
    rr_error err = { 0 };

    (void)state;
    assert_int_equal(system("rm -rf new"), 0);
    left = 2;
    CHECK_FAILS(rr_session_scan(s, &scan_cfg, &scan, &err), RR_ERR_CANCELLED, err, "cancelled");
    left = 1;
    CHECK_FAILS(rr_session_trace_trigger(s, &cfg, &t, &err), RR_ERR_CANCELLED, err, "cancelled");
    left = -1;
    CHECK_OK(rr_session_trace_trigger(s, &cfg, &t, &err), err);
    left = 3;
    CHECK_FAILS(rr_session_remove_trigger(s, t, 0, new_dir, &how, &r, &err), RR_ERR_CANCELLED, err,
                "cancelled");
    assert_true(scan == NULL && r == NULL);
    assert_true(rri_file_exists("new/run.json"));
    assert_false(rri_file_exists("new/random"));
    rr_traced_trigger_free(t);
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trigger_is_traced_to_what_taught_it),
        cmocka_unit_test(a_scan_lists_it_with_what_taught_it),
        cmocka_unit_test(a_removal_makes_two_runs_without_it),
        cmocka_unit_test(what_cannot_be_is_named),
        cmocka_unit_test(every_long_part_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, make_run, close_scratch);
}
