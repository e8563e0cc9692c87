/* SPDX-License-Identifier: MIT */
/* test_session_scaling.c - the scaling of a run's data: kept to the last bit, applied to the same
 * data wherever they lie, to other data, and to what a child run reads. */
#include "scratch_folder.h"

#include "io/io.h"

static const char table[] = "id,x,y,label,split\n"
                            "p,0.1,2,a,train\np,0.7,3,a,train\n"
                            "q,5,4,b,test\n"
                            "r,0.9,5,b,train\n";
static const char other[] = "id,x,y,label\ns,0.1,2,b\n";
static const char spec[] = "csv:a.csv?sequence=id&frames=x,y&scale=standard";

static rr_session *train_on(const char *data)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    write_scratch("a.csv", table);
    write_scratch("moved.csv", table);
    write_scratch("other.csv", other);
    cfg.data = data;
    cfg.network.hidden = 2;
    cfg.train.epochs = 1;
    CHECK_OK(rr_session_create("run", &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    return s;
}

static rr_session *train_run(void)
{
    return train_on(spec);
}

static void numbers_are_kept_to_the_last_bit(void **state)
{
    rr_session *s = train_run();
    rr_source *source = NULL;
    rr_dataset *ds = NULL;
    rr_run *run = NULL;
    rr_error err = { 0 };

    (void)state;
    rr_session_close(s);
    CHECK_OK(rr_run_open("run", &run, &err), err);
    CHECK_OK(rr_source_open(spec, NULL, &source, &err), err);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &ds, &err), err);
    const rr_scaling *kept = rr_run_settings_of(run).scaling;
    const rr_scaling *own = rr_source_scaling(source);
    assert_int_equal(kept->kind, RR_SCALE_STANDARD);
    assert_int_equal(kept->width, 2);
    assert_memory_equal(kept->offset, own->offset, 2 * sizeof(double));
    assert_memory_equal(kept->divisor, own->divisor, 2 * sizeof(double));
    assert_ptr_equal(rr_run_source_options(run).scaling, kept);
    rr_dataset_free(ds);
    rr_source_close(source);
    rr_run_free(run);
}

/* As by scale=standard, and recorded: the data are found again by either spec. */
static void frames_are_standardised_by_default(void **state)
{
    rr_session *s = train_on("csv:a.csv?sequence=id&frames=x,y");
    rr_session_config cfg = rr_session_config_default();
    const rr_dataset *ds = NULL;
    rr_dataset *want = NULL;
    rr_source *source = NULL;
    rr_error err = { 0 };

    (void)state;
    rr_session_close(s);
    CHECK_OK(rr_source_open(spec, NULL, &source, &err), err);
    CHECK_OK(rr_source_split(source, RR_SPLIT_TRAIN, &want, &err), err);
    for (int with = 0; with < 2; with++) {
        cfg.data = with ? spec : NULL;
        CHECK_OK(rr_session_open("run", &cfg, &s, &err), err);
        CHECK_OK(rr_session_split(s, RR_SPLIT_TRAIN, &ds, &err), err);
        assert_string_equal(rr_dataset_hash(ds), rr_dataset_hash(want));
        rr_session_close(s);
    }
    rr_dataset_free(want);
    rr_source_close(source);
}

static void data_that_were_moved_are_scaled_alike(void **state)
{
    rr_session_config cfg = rr_session_config_default();
    const rr_dataset *ds = NULL;
    rr_session *s = NULL;
    rr_error err = { 0 };

    (void)state;
    rr_session_close(train_run());
    cfg.data = "csv:moved.csv?sequence=id&frames=x,y";
    CHECK_OK(rr_session_open("run", &cfg, &s, &err), err);
    CHECK_OK(rr_session_split(s, RR_SPLIT_TRAIN, &ds, &err), err); /* checks the content hash */
    rr_session_close(s);
}

static void other_data_are_scaled_by_the_run(void **state)
{
    rr_session *s = train_run();
    const rr_dataset *train = NULL;
    const rr_dataset *ds = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(
        rr_session_other(s, "csv:other.csv?sequence=id&frames=x,y", RR_SPLIT_TRAIN, NULL, &err),
        err);
    CHECK_OK(rr_session_split(s, RR_SPLIT_OTHER, &ds, &err), err);
    CHECK_OK(rr_session_split(s, RR_SPLIT_TRAIN, &train, &err), err);
    assert_memory_equal(rr_dataset_at(ds, 0).frames, rr_dataset_at(train, 0).frames,
                        2 * sizeof(float));
    assert_true(fabsf(rr_dataset_at(ds, 0).frames[0]) > 1.0F); /* not 0.1 */
    rr_session_close(s);
}

static void other_data_of_a_run_without_a_scaling_have_none(void **state)
{
    rr_session *s = train_on("csv:a.csv?sequence=id&frames=x,y&scale=none");
    rr_error err = { 0 };

    (void)state;
    assert_null(rr_run_settings_of(rr_session_run(s)).scaling);
    CHECK_FAILS(
        rr_session_other(s, "csv:a.csv?sequence=id&frames=x,y&scale=minmax", -1, NULL, &err),
        RR_ERR_ARG, err, "run was trained on data that are not scaled; leave out scale=");
    rr_session_close(s);
}

static void a_child_keeps_the_scaling(void **state)
{
    rr_session *s = train_run();
    const rr_retrain_config cfg = rr_retrain_config_default(s);
    rr_session *child = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_child(s, "child", NULL, &cfg, &child, &err), err);
    const rr_scaling *a = rr_run_settings_of(rr_session_run(s)).scaling;
    const rr_scaling *b = rr_run_settings_of(rr_session_run(child)).scaling;
    assert_memory_equal(a->divisor, b->divisor, 2 * sizeof(double));
    rr_session_close(child);
    rr_session_close(s);
}

/* Replace the first `from` in run.json. */
static void change_record(const char *from, const char *to)
{
    unsigned char *text = NULL;
    char changed[4096];
    size_t bytes = 0;
    rr_error err = { 0 };

    CHECK_OK(rri_file_read("run/run.json", 1 << 20, &text, &bytes, &err), err);
    char *at = strstr((char *)text, from);
    assert_non_null(at);
    *at = '\0';
    (void)snprintf(changed, sizeof changed, "%s%s%s", (char *)text, to, at + strlen(from));
    CHECK_OK(rri_file_write("run/run.json", changed, strlen(changed), &err), err);
    rri_free(text);
}

static void broken_records_are_refused(void **state)
{
    static const struct {
        const char *from, *to, *part;
    } cases[] = {
        { "\"standard\"", "\"robust\"", "run.json: data.scaling.kind: unknown scale 'robust'" },
        { "\"divisor\"", "\"factor\"", "'data.scaling.divisor' is no list of 2 numbers" },
        { "\"offset\": [", "\"offset\": [1, ", "'data.scaling.divisor' is no list of 3 numbers" },
        { "\"divisor\": [", "\"divisor\": [-1], \"d\": [", "is no list of 2 numbers" },
        { "\"offset\": [", "\"offset\": [\"x\", 0], \"o\": [",
          "data.scaling.offset[0] is no number" },
        { "\"divisor\": [", "\"divisor\": [1, 0], \"d\": [",
          "data.scaling.divisor[1] is no positive number" },
        { "\"width\": 2", "\"width\": 3", "network.width is 3, but data.scaling has 2 columns" },
    };
    rr_run *run = NULL;
    rr_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rr_session_close(train_run());
        change_record(cases[i].from, cases[i].to);
        CHECK_FAILS(rr_run_open("run", &run, &err), RR_ERR_FORMAT, err, cases[i].part);
        assert_int_equal(system("rm -r run"), 0);
    }
}

/* What a user gives is in the units of the file; the answer has what the network reads. */
static void given_frames_are_scaled_by_the_run(void **state)
{
    static const float raw[] = { 5, 4 }; /* the test sequence */
    rr_session *s = train_run();
    rr_influence_config cfg = rr_influence_config_default();
    const rr_dataset *test = NULL;
    rr_answer *x = NULL;
    rr_question q;
    rr_error err = { 0 };

    (void)state;
    cfg.partition.states = 2;
    CHECK_OK(rr_session_build(s, &cfg, &err), err);
    CHECK_OK(rr_session_split(s, RR_SPLIT_TEST, &test, &err), err);
    CHECK_OK(rr_session_question(s, &q, &err), err);
    q.given = (rr_given){ .frames = raw, .steps = 1, .width = 2 };
    CHECK_OK(rr_session_explain(s, &q, &x, &err), err);
    assert_memory_equal(rr_dataset_at(x->ds, x->at).frames, rr_dataset_at(test, 0).frames,
                        sizeof raw);
    rr_answer_free(x);
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(numbers_are_kept_to_the_last_bit),
        TEST_IN_SCRATCH(frames_are_standardised_by_default),
        TEST_IN_SCRATCH(data_that_were_moved_are_scaled_alike),
        TEST_IN_SCRATCH(other_data_are_scaled_by_the_run),
        TEST_IN_SCRATCH(other_data_of_a_run_without_a_scaling_have_none),
        TEST_IN_SCRATCH(given_frames_are_scaled_by_the_run),
        TEST_IN_SCRATCH(a_child_keeps_the_scaling),
        TEST_IN_SCRATCH(broken_records_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
