/* SPDX-License-Identifier: MIT */
/* test_page.c - the data of a page, read back: they are the session's own, bit for bit, of runs of
 * every kind; what the run lacks or does not fit is left out and said; the bits depend on nothing
 * else. */
#include "../workflow/overview_runs.h"
#include "page_check.h"

#include "io/io.h"
#include "make.h"
#include "states_fixture.h"
#include "workflow/workflow_internal.h"

/* ---- the arrays of a split ------------------------------------------------------------------ */

typedef struct page_of {
    rr_session *session;
    rr_page *page;
    json_t *manifest;
} page_of;

static page_of open_page(rr_session *s, const rr_page_config *cfg)
{
    page_of x = { .session = s };
    rr_error err = { 0 };

    CHECK_OK(rr_page_new(s, cfg, &x.page, &err), err);
    x.manifest = manifest_of(x.page);
    return x;
}

static void close_page(page_of *x)
{
    json_decref(x->manifest);
    rr_page_free(x->page);
}

static decoded array_of(const page_of *x, const char *split, const char *name)
{
    char full[64];

    (void)snprintf(full, sizeof full, "%s.%s", split, name);
    return read_array(x->page, x->manifest, full);
}

static bool has(const page_of *x, const char *split, const char *name)
{
    char full[64];

    (void)snprintf(full, sizeof full, "%s.%s", split, name);
    return has_array(x->manifest, full);
}

static void check_sequences(const page_of *x, const char *split, const rr_predictions *p)
{
    const size_t count = rr_dataset_count(p->ds);
    decoded length = array_of(x, split, "length"), label = array_of(x, split, "label");
    decoded prediction = array_of(x, split, "prediction");
    decoded probability = array_of(x, split, "probability");

    assert_int_equal(length.rows, count);
    for (size_t i = 0; i < count; i++) {
        const rr_sequence s = rr_dataset_at(p->ds, i);
        assert_int_equal(number_at(&length, i), s.steps);
        assert_int_equal(number_at(&label, i), s.label);
        assert_int_equal(number_at(&prediction, i), p->prediction[i]);
        assert_true(float_at(&probability, i) == p->probability[i]);
    }
    free(length.bytes);
    free(label.bytes);
    free(prediction.bytes);
    free(probability.bytes);
}

/* The states and predictions of every step are those of its traces. */
static void check_steps(const page_of *x, const char *split, rr_split number,
                        const rr_predictions *p)
{
    decoded states = array_of(x, split, "states"), steps = array_of(x, split, "predictions");
    decoded chances = array_of(x, split, "probabilities");
    const rr_traces *traces = NULL;
    rr_error err = { 0 };
    size_t row = 0;

    CHECK_OK(rri_session_traces(x->session, number, &traces, &err), err);
    assert_int_equal(states.rows, rr_dataset_steps(p->ds));
    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        for (size_t t = 0; t < trace.steps; t++, row++) {
            assert_int_equal(number_at(&states, row), trace.states[t]);
            assert_int_equal(number_at(&steps, row), trace.predictions[t]);
            if (trace.probabilities != NULL)
                CHECK_NEAR(number_at(&chances, row) / 255.0, (double)trace.probabilities[t],
                           0.5 / 255.0 + 1e-6, 0.0);
        }
    }
    free(states.bytes);
    free(steps.bytes);
    free(chances.bytes);
}

static void check_step_labels(const page_of *x, const char *split, const rr_dataset *ds)
{
    size_t row = 0;

    assert_int_equal(has(x, split, "step_labels"), rr_dataset_step_labelled(ds));
    if (!rr_dataset_step_labelled(ds))
        return;
    decoded labels = array_of(x, split, "step_labels");
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        const rr_sequence s = rr_dataset_at(ds, i);
        for (size_t t = 0; t < s.steps; t++, row++)
            assert_int_equal(number_at(&labels, row),
                             s.step_labels[t] == RR_NO_LABEL ? none_of(&labels) : s.step_labels[t]);
    }
    free(labels.bytes);
}

/* ---- inputs --------------------------------------------------------------------------------- */

/* Lines of a text, whose ends become NULs. */
static char **split_lines(decoded *text, size_t count)
{
    char **lines = calloc(count, sizeof *lines);
    char *at = (char *)text->bytes;

    for (size_t i = 0; i < count; i++) {
        char *end = memchr(at, '\n', text->rows - (size_t)(at - (char *)text->bytes));
        assert_non_null(end);
        *end = '\0';
        lines[i] = at;
        at = end + 1;
    }
    assert_int_equal(at - (char *)text->bytes, text->rows);
    return lines;
}

/* Words that the network reads as unknown are those of the data, all others those of its
 * vocabulary. */
static void check_words(const page_of *x, const char *split, const rr_dataset *ds)
{
    const size_t tokens = size_of(x->manifest, "tokens");
    const size_t vocabulary = size_of(x->manifest, "vocabulary");
    decoded text = read_array(x->page, x->manifest, "tokens.text");
    decoded symbols = array_of(x, split, "symbols");
    const bool foreign = json_is_null(json_object_get(x->manifest, "unknown"));
    char **lines = split_lines(&text, tokens);
    size_t row = 0;

    assert_int_equal(vocabulary, rr_dataset_vocabulary(ds));
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        const rr_sequence s = rr_dataset_at(ds, i);
        for (size_t t = 0; t < s.steps; t++, row++) {
            const uint32_t symbol = number_at(&symbols, row);
            const bool unknown = !foreign && s.symbols[t] == RR_WORD_UNKNOWN;
            assert_true(symbol < tokens && unknown == (symbol >= vocabulary));
            assert_string_equal(lines[symbol],
                                unknown ? s.words[t]
                                        : rr_vocabulary_word(rr_dataset_words(ds), symbol));
        }
    }
    free(lines);
    free(text.bytes);
    free(symbols.bytes);
}

static double value_of(const page_of *x, const char *key, size_t d)
{
    return json_number_value(json_array_get(json_object_get(x->manifest, key), d));
}

/* Levels are within half a level of the values. */
static void check_frames(const page_of *x, const char *split, const rr_dataset *ds)
{
    const size_t width = rr_dataset_width(ds);
    const double levels = (double)size_of(x->manifest, "levels");
    decoded frames = array_of(x, split, "frames");
    size_t at = 0;

    assert_int_equal(frames.width, width);
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        const rr_sequence s = rr_dataset_at(ds, i);
        for (size_t k = 0; k < s.steps * width; k++, at++) {
            const double low = value_of(x, "minimum", k % width),
                         high = value_of(x, "maximum", k % width);
            const double shown = low + number_at(&frames, at) / levels * (high - low);
            CHECK_NEAR(shown, (double)s.frames[k], 0.5 * (high - low) / levels + 1e-6, 0.0);
        }
    }
    free(frames.bytes);
}

static void check_frames_of(const page_of *x, rr_split split)
{
    const rr_dataset *ds = NULL;

    assert_int_equal(rr_session_split(x->session, split, &ds, NULL), RR_OK);
    check_frames(x, rr_enum_name(RR_ENUM_SPLIT, split), ds);
}

/* ---- the influence model -------------------------------------------------------------------- */

static void check_influence(const page_of *x)
{
    const json_t *info = json_object_get(x->manifest, "influence");
    const rr_influence *inf = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_influence(x->session, &inf, &err), err);
    const rr_influence_info of = rr_influence_info_of(inf);
    decoded confidence = read_array(x->page, x->manifest, "influence.confidence");
    decoded points = read_array(x->page, x->manifest, "influence.points_at");
    assert_int_equal(size_of(info, "states"), of.states);
    for (size_t k = 0; k < of.states * of.classes; k++)
        assert_true(float_at(&confidence, k) == rr_influence_confidence(inf, 1)[k]);
    for (size_t i = 0; i < points.rows; i++) {
        const size_t id = number_at(&points, 2 * i), t = number_at(&points, 2 * i + 1);
        assert_true(id < of.sequences && t >= 1);
        assert_true(t <= rr_traces_at(rr_influence_training(inf), id).steps);
    }
    free(confidence.bytes);
    free(points.bytes);
}

/* Means of the frames of each state, from the page's own arrays. */
static void check_mean_frames(const page_of *x, const rr_dataset *train)
{
    const size_t width = rr_dataset_width(train);
    decoded mean = read_array(x->page, x->manifest, "influence.mean_frames");
    decoded states = array_of(x, "train", "states");

    for (size_t q = 0; q < mean.rows; q++) {
        double sum = 0.0;
        size_t n = 0, row = 0;
        for (size_t i = 0; i < rr_dataset_count(train); i++) {
            const rr_sequence s = rr_dataset_at(train, i);
            for (size_t t = 0; t < s.steps; t++, row++)
                if (number_at(&states, row) == q + 1) {
                    sum += (double)s.frames[t * width + width / 2];
                    n++;
                }
        }
        if (n > 0)
            CHECK_NEAR(float_at(&mean, q * width + width / 2), sum / (double)n, 1e-5, 1e-5);
        else
            assert_true(isnan(float_at(&mean, q * width + width / 2)));
    }
    free(mean.bytes);
    free(states.bytes);
}

static void check_split(const page_of *x, rr_split split)
{
    const char *name = rr_enum_name(RR_ENUM_SPLIT, split);
    const json_t *info = json_object_get(json_object_get(x->manifest, "splits"), name);
    rr_predictions p = { .ds = NULL };
    rr_quality q;
    rr_session *s = NULL;
    rr_error err = { 0 };

    /* Another session: this one keeps what the page has seen. */
    CHECK_OK(rr_session_open(rr_run_dir(rr_session_run(x->session)), NULL, &s, &err), err);
    CHECK_OK(rr_session_predict(s, split, &p, &err), err);
    assert_int_equal(size_of(info, "count"), rr_dataset_count(p.ds));
    assert_int_equal(size_of(info, "steps"), rr_dataset_steps(p.ds));
    assert_int_equal(size_of(info, "longest"), rr_dataset_max_steps(p.ds));
    assert_int_equal(size_of(info, "errors"), p.errors);
    assert_int_equal(size_of(info, "step_errors"), p.step_errors);
    assert_true(json_real_value(json_object_get(info, "accuracy")) == p.accuracy);
    CHECK_OK(rr_session_quality(s, split, &q, NULL, &err), err);
    assert_true(q.macro_f1 > 0.0);
    assert_true(json_real_value(json_object_get(info, "macro_f1")) == q.macro_f1);
    check_sequences(x, name, &p);
    check_steps(x, name, split, &p);
    check_step_labels(x, name, p.ds);
    if (rr_dataset_width(p.ds) > 0)
        check_frames(x, name, p.ds);
    else
        check_words(x, name, p.ds);
    rr_session_close(s);
}

/* ---- the audit ------------------------------------------------------------------------------ */

static void check_audit(const page_of *x, size_t rows)
{
    rr_session_audit_config cfg = rr_session_audit_config_default();
    decoded id = read_array(x->page, x->manifest, "audit.id");
    decoded score = read_array(x->page, x->manifest, "audit.score");
    decoded near = read_array(x->page, x->manifest, "audit.neighbours");
    rr_audit *a = NULL;
    rr_error err = { 0 };

    cfg.audit.top = rows;
    CHECK_OK(rr_session_audit(x->session, &cfg, &a, &err), err);
    const rr_audit_result *r = rr_audit_result_of(a);
    const json_t *info = json_object_get(x->manifest, "audit");
    assert_int_equal(size_of(info, "rows"), r->count_rows);
    assert_int_equal(size_of(info, "flagged"), r->flagged);
    for (size_t i = 0; i < r->count_rows; i++) {
        assert_int_equal(number_at(&id, i), r->rows[i].id);
        assert_true(float_at(&score, i) == (float)r->rows[i].score);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(number_at(&near, 3 * i + k), k < r->rows[i].count_neighbours
                                                              ? r->rows[i].neighbours[k].id
                                                              : UINT32_MAX);
    }
    rr_audit_free(a);
    free(id.bytes);
    free(score.bytes);
    free(near.bytes);
}

static void a_page_of_text_holds_the_sessions_own_arrays(void **state)
{
    (void)state;
    rr_page_config cfg = rr_page_config_default();

    write_texts();
    rr_session *s = make_run("run", SENTENCES, 6);
    cfg.audit = 20;
    page_of x = open_page(s, &cfg);
    check_split(&x, RR_SPLIT_TRAIN);
    check_split(&x, RR_SPLIT_TEST);
    check_influence(&x);
    check_audit(&x, 20);
    assert_string_equal(json_string_value(json_object_get(x.manifest, "kind")), "symbols");
    assert_true(size_of(x.manifest, "tokens") > size_of(x.manifest, "vocabulary"));
    assert_non_null(json_object_get(x.manifest, "triggers"));
    assert_non_null(json_object_get(json_object_get(x.manifest, "trust"), "sentence"));
    assert_true(json_is_null(json_object_get(x.manifest, "compare")));
    close_page(&x);
    rr_session_close(s);
}

static void a_page_of_a_tagger_has_labels_of_steps(void **state)
{
    (void)state;
    write_texts();
    rr_session *s = make_run("run", WORDS, 6);
    page_of x = open_page(s, NULL);

    check_split(&x, RR_SPLIT_TRAIN);
    check_split(&x, RR_SPLIT_TEST);
    decoded step = read_array(x.page, x.manifest, "audit.step");
    assert_true(step.rows > 0 && number_at(&step, 0) >= 1);
    assert_false(has_array(x.manifest, "audit.neighbours"));
    free(step.bytes);
    close_page(&x);
    rr_session_close(s);
}

static void a_page_of_images_holds_their_frames_and_means(void **state)
{
    (void)state;
    rr_session *s = make_run("run", DIGITS, 6);
    page_of x = open_page(s, NULL);
    const rr_dataset *train = NULL;

    assert_int_equal(rr_session_split(s, RR_SPLIT_TRAIN, &train, NULL), RR_OK);
    check_split(&x, RR_SPLIT_TRAIN);
    check_split(&x, RR_SPLIT_TEST);
    check_influence(&x);
    check_mean_frames(&x, train);
    assert_true(json_is_true(json_object_get(x.manifest, "image")));
    close_page(&x);
    rr_session_close(s);
}

static void a_page_of_states_from_elsewhere_says_what_they_are(void **state)
{
    (void)state;
    rr_influence_config cfg = rr_influence_config_default();
    rr_session *s = NULL;
    small file;
    rr_error err = { 0 };

    fill(&file);
    file.steps_labelled = false;
    write_small(&file, "states.npz");
    CHECK_OK(rr_session_create_states("foreign", "states.npz", NULL, &s, &err), err);
    cfg.partition.states = 2;
    CHECK_OK(rr_session_build(s, &cfg, &err), err);
    page_of x = open_page(s, NULL);
    check_split(&x, RR_SPLIT_TRAIN);
    check_split(&x, RR_SPLIT_TEST);
    const json_t *run = json_object_get(x.manifest, "run");
    assert_true(json_is_null(json_object_get(run, "cell")));
    assert_non_null(json_string_value(json_object_get(json_object_get(run, "origin"), "sentence")));
    close_page(&x);
    rr_session_close(s);
}

/* ---- what is missing ------------------------------------------------------------------------ */

static const char *left_out(const page_of *x, const char *about)
{
    return json_string_value(json_object_get(json_object_get(x->manifest, "left_out"), about));
}

static void what_a_run_lacks_is_left_out_and_said(void **state)
{
    (void)state;
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };
    const char *about = NULL;

    write_scratch("two.jsonl", "{\"text\":\"one\",\"label\":\"a\"}\n"
                               "{\"text\":\"two two\",\"label\":\"b\"}\n");
    cfg.data = "jsonl:two.jsonl";
    cfg.network.hidden = 4;
    cfg.network.width = 3;
    cfg.train.epochs = 1;
    CHECK_OK(rr_session_create("two", &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    page_of x = open_page(s, NULL);
    assert_true(json_is_null(json_object_get(x.manifest, "influence")));
    assert_true(json_is_null(json_object_get(x.manifest, "audit")));
    assert_null(json_object_get(json_object_get(x.manifest, "splits"), "test"));
    assert_non_null(strstr(left_out(&x, "influence"), "rnnrepair build"));
    assert_non_null(left_out(&x, "audit"));
    assert_false(has(&x, "train", "states"));
    assert_true(has(&x, "train", "predictions"));
    assert_int_equal(rr_page_summary_of(x.page).left_out, 4);
    assert_string_equal(rr_page_left_out(x.page, 0, &about), left_out(&x, "influence"));
    assert_string_equal(about, "influence");
    assert_null(rr_page_left_out(x.page, 4, NULL));
    close_page(&x);

    rr_influence_config influence = rr_influence_config_default();
    influence.partition.states = 1;
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    x = open_page(s, NULL);
    assert_int_equal(size_of(json_object_get(x.manifest, "audit"), "sequences"), 2);
    close_page(&x);
    rr_session_close(s);
}

/* The file, free()d. */
static char *read_file(const char *path, size_t *bytes)
{
    unsigned char *data = NULL;
    rr_error err = { 0 };

    CHECK_OK(rri_file_read(path, SIZE_MAX / 2, &data, bytes, &err), err);
    char *copy = malloc(*bytes + 1);
    memcpy(copy, data, *bytes + 1);
    rri_free(data);
    return copy;
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        n++;
    return n;
}

static void a_file_is_no_larger_than_allowed(void **state)
{
    (void)state;
    rr_page_config cfg = rr_page_config_default();
    rr_session *s = make_run("run", DIGITS, 6);
    rr_error err = { 0 };
    rr_page *none = NULL;
    size_t bytes = 0, stage = 0;
    unsigned seen = 0;

    cfg.audit = 0;
    cfg.triggers = 0;
    page_of whole = open_page(s, &cfg);
    const size_t all = rr_page_summary_of(whole.page).bytes;
    CHECK_OK(rr_page_write(whole.page, "whole.html", &err), err);
    free(read_file("whole.html", &bytes));
    assert_int_equal(bytes, all);
    assert_int_equal(size_of(whole.manifest, "levels"), 255);

    /* Ever smaller files: first coarser frames, then none of train, then none of test. */
    for (cfg.most = all + 140 * 1024; stage < 3; cfg.most -= 3 * 1024) {
        page_of x = open_page(s, &cfg);
        const size_t now = size_of(x.manifest, "levels") == 255 && has(&x, "train", "frames") ? 0
                           : has(&x, "train", "frames")                                       ? 1
                           : has(&x, "test", "frames")                                        ? 2
                                                                                              : 3;
        assert_true(rr_page_summary_of(x.page).bytes <= cfg.most);
        assert_true(now >= stage);
        if (now == 1 && stage < 1) {
            assert_non_null(left_out(&x, "frames"));
            check_frames_of(&x, RR_SPLIT_TRAIN);
        }
        assert_true((left_out(&x, "train.frames") != NULL) == (now >= 2));
        assert_true((left_out(&x, "test.frames") != NULL) == (now >= 3));
        seen |= 1U << now;
        stage = now;
        close_page(&x);
    }
    assert_int_equal(seen, 15);

    cfg.most = 1000;
    CHECK_FAILS(rr_page_new(s, &cfg, &none, &err), RR_ERR_ARG, err, "1000 bytes");
    assert_null(none);
    close_page(&whole);
    rr_session_close(s);
}

/* ---- the file ------------------------------------------------------------------------------- */

static void its_bits_do_not_depend_on_the_threads(void **state)
{
    (void)state;
    rr_error err = { 0 };
    char *file[2] = { NULL, NULL };
    size_t bytes[2] = { 0, 0 };

    write_texts();
    rr_session_close(make_run("run", SENTENCES, 6));
    for (size_t i = 0; i < 2; i++) {
        rr_session_config where = rr_session_config_default();
        rr_session *s = NULL;
        where.threads = i == 0 ? 1 : 4;
        CHECK_OK(rr_session_open("run", &where, &s, &err), err);
        page_of x = open_page(s, NULL);
        CHECK_OK(rr_page_write(x.page, "page.html", &err), err);
        file[i] = read_file("page.html", &bytes[i]);
        close_page(&x);
        rr_session_close(s);
    }
    assert_int_equal(bytes[0], bytes[1]);
    assert_memory_equal(file[0], file[1], bytes[0]);
    free(file[0]);
    free(file[1]);
}

#define HOSTILE "<script>alert(1)</script>\\u0007\\u202e\\\"&"

static void names_of_the_data_never_become_markup(void **state)
{
    (void)state;
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };
    size_t bytes = 0, of_page = 0;
    char *html = NULL;

    write_scratch("hostile.jsonl",
                  "{\"tokens\":[\"</script><script>alert(2)\"],\"label\":\"" HOSTILE "\"}\n"
                  "{\"tokens\":[\"plain\"],\"label\":\"other\"}\n");
    cfg.data = "jsonl:hostile.jsonl";
    cfg.network.hidden = 4;
    cfg.network.width = 3;
    cfg.train.epochs = 1;
    CHECK_OK(rr_session_create("hostile", &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    page_of x = open_page(s, NULL);
    CHECK_OK(rr_page_write(x.page, "hostile.html", &err), err);
    CHECK_OK(rr_page_html(&html, &of_page, &err), err);
    char *file = read_file("hostile.html", &bytes);
    const size_t blocks = rr_page_summary_of(x.page).blocks;
    assert_int_equal(count_of(file, "<script"), count_of(html, "<script") + blocks);
    assert_int_equal(count_of(file, "application/octet-stream\" id=\"rr:"),
                     count_of(html, "application/octet-stream\" id=\"rr:") + blocks);
    assert_null(strstr(file, "alert("));
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(x.manifest, "classes"), 0)),
        "<script>alert(1)</script>\a\xe2\x80\xae\"&");
    free(file);
    rr_string_free(html);
    close_page(&x);
    rr_session_close(s);
}

static void the_template_says_where_it_is(void **state)
{
    (void)state;
    rr_error err = { 0 };
    size_t bytes = 0;
    char *html = NULL;

    CHECK_OK(rr_page_html(&html, &bytes, &err), err);
    assert_int_equal(strlen(html), bytes);
    assert_non_null(strstr(html, "data-mode=\"served\""));
    assert_non_null(strstr(html, "connect-src 'self'"));
    assert_null(strstr(html, "RNNREPAIR_"));
    assert_null(strstr(html, "<!-- rnnrepair:"));
    rr_string_free(html);
}

/* ---- two runs ------------------------------------------------------------------------------- */

static void a_second_run_stands_beside_the_first(void **state)
{
    (void)state;
    rr_page_config cfg = rr_page_config_default();
    rr_session *s = NULL, *child = NULL;
    const uint32_t removed[] = { 0, 3, 4 };
    const rr_edits edits = { .removed = removed, .count_removed = 3 };
    rr_predictions p = { .ds = NULL };
    rr_error err = { 0 };

    write_texts();
    s = make_run("run", SENTENCES, 6);
    rr_retrain_config how = rr_retrain_config_default(s);
    CHECK_OK(rr_session_child(s, "child", &edits, &how, &child, &err), err);
    cfg.with = child;
    cfg.audit = 0;
    cfg.triggers = 0;
    page_of x = open_page(s, &cfg);
    const json_t *c = json_object_get(x.manifest, "compare");
    assert_string_equal(json_string_value(json_object_get(c, "name")), "child");
    assert_string_equal(json_string_value(json_object_get(c, "relation")), "child");
    assert_int_equal(size_of(json_object_get(c, "edits"), "removed"), 3);
    CHECK_OK(rr_session_predict(child, RR_SPLIT_TEST, &p, &err), err);
    decoded prediction = read_array(x.page, x.manifest, "compare.test.prediction");
    decoded steps = read_array(x.page, x.manifest, "compare.test.predictions");
    decoded train = read_array(x.page, x.manifest, "compare.train.prediction");
    assert_int_equal(prediction.rows, rr_dataset_count(p.ds));
    assert_int_equal(steps.rows, rr_dataset_steps(p.ds));
    assert_int_equal(train.rows, 90);
    for (size_t i = 0, row = 0; i < prediction.rows; i++) {
        row += rr_dataset_at(p.ds, i).steps;
        assert_int_equal(number_at(&prediction, i), p.prediction[i]);
        assert_int_equal(number_at(&steps, row - 1), p.prediction[i]);
    }
    assert_false(has_array(x.manifest, "compare.test.states"));
    free(prediction.bytes);
    free(steps.bytes);
    free(train.bytes);
    close_page(&x);

    cfg.with = s;
    CHECK_FAILS(rr_page_new(s, &cfg, &x.page, &err), RR_ERR_ARG, err, "one run");
    rr_session_close(child);
    rr_session_close(s);
}

static void a_run_stands_after_the_one_it_was_made_from(void **state)
{
    (void)state;
    rr_page_config cfg = rr_page_config_default();
    rr_session *s = NULL, *child = NULL;
    const uint32_t removed[] = { 0, 3, 4 };
    const rr_edits edits = { .removed = removed, .count_removed = 3 };
    rr_comparison *compared = NULL;
    rr_error err = { 0 };

    write_texts();
    s = make_run("run", SENTENCES, 6);
    rr_retrain_config how = rr_retrain_config_default(s);
    CHECK_OK(rr_session_child(s, "child", &edits, &how, &child, &err), err);
    CHECK_OK(rr_session_compare(s, child, NULL, &compared, &err), err);
    cfg.with = s;
    cfg.audit = 0;
    cfg.triggers = 0;
    page_of x = open_page(child, &cfg);
    const json_t *c = json_object_get(x.manifest, "compare");
    assert_string_equal(json_string_value(json_object_get(c, "relation")), "parent");
    assert_int_equal(size_of(json_object_get(c, "edits"), "removed"), 3);
    const json_t *test = json_object_get(json_object_get(c, "splits"), "test");
    assert_int_equal(size_of(test, "fixed"), compared->all.counts.fixed);
    assert_int_equal(size_of(test, "broken"), compared->all.counts.newly_broken);
    assert_float_equal(json_real_value(json_object_get(test, "loss_before")),
                       compared->all.before.loss, 1e-9);
    assert_float_not_equal(compared->all.before.loss, compared->all.after.loss, 1e-6);
    decoded prediction = read_array(x.page, x.manifest, "compare.test.prediction");
    decoded train = read_array(x.page, x.manifest, "compare.train.prediction");
    for (size_t i = 0; i < prediction.rows; i++)
        assert_int_equal(number_at(&prediction, i), compared->before[i]);
    assert_int_equal(train.rows, 87); /* the page's own training set */
    free(prediction.bytes);
    free(train.bytes);
    close_page(&x);
    rr_comparison_free(compared);
    rr_session_close(child);
    rr_session_close(s);
}

/* ---- failures ------------------------------------------------------------------------------- */

static int stop(void *self)
{
    (void)self;
    return 1;
}

static void it_can_be_cancelled_and_every_failed_allocation_is_clean(void **state)
{
    (void)state;
    rr_session_config where = rr_session_config_default();
    rr_page_config cfg = rr_page_config_default();
    rr_session *s = NULL;
    rr_page *page = NULL;
    rr_error err = { 0 };

    write_texts();
    s = make_run("run", SENTENCES "&limit=6", 2);
    rr_session_close(s);
    where.callbacks.cancelled = stop;
    CHECK_OK(rr_session_open("run", &where, &s, &err), err);
    CHECK_FAILS(rr_page_new(s, NULL, &page, &err), RR_ERR_CANCELLED, err, "");
    assert_null(page);
    rr_session_close(s);

    where = rr_session_config_default();
    where.threads = 1;
    CHECK_OK(rr_session_open("run", &where, &s, &err), err);
    cfg.audit = 0;
    cfg.triggers = 0;
    for (failing at = { 0 }; next_allocation_fails(&at, 20);) {
        at.st = rr_page_new(s, &cfg, &page, &err);
        assert_true((at.st == RR_OK) == (page != NULL));
        rr_page_free(page);
        page = NULL;
    }
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(a_page_of_text_holds_the_sessions_own_arrays),
        TEST_IN_SCRATCH(a_page_of_a_tagger_has_labels_of_steps),
        TEST_IN_SCRATCH(a_page_of_images_holds_their_frames_and_means),
        TEST_IN_SCRATCH(a_page_of_states_from_elsewhere_says_what_they_are),
        TEST_IN_SCRATCH(what_a_run_lacks_is_left_out_and_said),
        TEST_IN_SCRATCH(a_file_is_no_larger_than_allowed),
        TEST_IN_SCRATCH(its_bits_do_not_depend_on_the_threads),
        TEST_IN_SCRATCH(names_of_the_data_never_become_markup),
        TEST_IN_SCRATCH(the_template_says_where_it_is),
        TEST_IN_SCRATCH(a_second_run_stands_beside_the_first),
        TEST_IN_SCRATCH(a_run_stands_after_the_one_it_was_made_from),
        TEST_IN_SCRATCH(it_can_be_cancelled_and_every_failed_allocation_is_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
