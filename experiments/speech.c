/* SPDX-License-Identifier: MIT */
/* speech.c - which training recordings are responsible for a wrong sound?
 *
 * A network hears strings of spoken digits and names the digit at every step. A test digit is
 * misread where most of its steps are taken for one other digit. The training spans that influence
 * it most, by each measure and key, name recordings; of these the first n, each once, by the digit
 * they are of: the one that was spoken, or the one that was heard. By chance a recording is of
 * either as often as the training recordings are. For digits read correctly the recordings of the
 * same speaker say whether a measure finds what sounds alike. */
#include "experiments/experiment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIGITS = 10, /* class 10 is silence */
    SPEAKERS = 6,
    TOP = 20,     /* recordings of a digit */
    SPANS = 400,  /* spans asked for, of which recordings are taken */
    BENIGN = 200, /* digits read correctly */
    COMPONENTS = 10,
    STATES = 43
};

/* The settings: how spans are compared. */
typedef struct manner {
    const char *name;
    rr_span_measure measure;
    rr_key key;
} manner;

static const manner manners[] = {
    { "votes transition", RR_SPAN_VOTES, RR_KEY_TRANSITION },
    { "cosine transition", RR_SPAN_COSINE, RR_KEY_TRANSITION },
    { "lp", RR_SPAN_LP, RR_KEY_TRANSITION },
    { "votes state-symbol", RR_SPAN_VOTES, RR_KEY_STATE_SYMBOL },
    { "cosine state-symbol", RR_SPAN_COSINE, RR_KEY_STATE_SYMBOL },
};
enum { MANNERS = sizeof manners / sizeof *manners };
static const char *settings[MANNERS];

/* The data, and what belongs to a seed. */
typedef struct hearing {
    rr_dataset *train, *test;
    double share[DIGITS]; /* of the training recordings, each once, that are of a digit */
    uint64_t seed;
    rr_network *net;
    rr_influence *inf;
    rr_traces *traces; /* of test */
    double steps_right;
} hearing;

static void release(hearing *h)
{
    rr_traces_free(h->traces);
    rr_influence_free(h->inf);
    rr_network_free(h->net);
    h->traces = NULL;
    h->inf = NULL;
    h->net = NULL;
}

/* ---- recordings ----------------------------------------------------------------------------- */

/* A recording's number is digit * 1000 + speaker * 100 + take. */
static uint32_t digit_of(int64_t recording)
{
    return (uint32_t)(recording / 1000);
}

static uint32_t speaker_of(int64_t recording)
{
    return (uint32_t)(recording / 100 % 10);
}

/* The recording a span came from; negative for silence. */
static int64_t recording_of(const rr_dataset *ds, const rr_span *span)
{
    return rr_dataset_at(ds, span->sequence).parts[span->first - 1];
}

/* How often a training recording is of each digit: each counts once. */
static rr_status count_shares(hearing *h, rr_error *err)
{
    enum { ALL = DIGITS * 1000 };
    unsigned char *seen = NULL;
    size_t all = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&seen, ALL, 1, 1, err));
    for (size_t i = 0; i < rr_dataset_count(h->train); i++) {
        const rr_sequence s = rr_dataset_at(h->train, i);
        for (size_t t = 0; t < s.steps; t++) {
            const int64_t recording = s.parts[t];
            if (recording >= ALL)
                RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "recording %lld is of no digit",
                                 (long long)recording));
            if (recording < 0 || seen[recording])
                continue;
            seen[recording] = 1;
            h->share[digit_of(recording)] += 1.0;
            all++;
        }
    }
    for (size_t d = 0; d < DIGITS; d++)
        h->share[d] /= (double)all;

done:
    rri_free(seen);
    return st;
}

/* ---- a seed --------------------------------------------------------------------------------- */

static rr_status train_network(experiment_context *ctx, hearing *h, rr_error *err)
{
    rr_network_config cfg = rr_network_config_default();
    rr_train_config training = rr_train_config_default();
    rr_status st = RR_OK;

    cfg.hidden = 100;
    cfg.width = rr_dataset_width(h->train);
    cfg.classes = rr_dataset_classes(h->train);
    cfg.output = RR_OUTPUT_STEP;
    cfg.seed = training.seed = h->seed;
    training.optimizer = RR_OPT_ADAM;
    training.epsilon = 1e-8;
    training.batch = 32;
    training.epochs = ctx->quick ? 2 : 10;
    RRI_TRY(rr_network_new(&cfg, &h->net, err));
    RRI_TRY(experiment_train(ctx, &training, h->net, h->train, err));

done:
    return st;
}

/* The fraction of the labelled steps that are predicted correctly. */
static double steps_right(const rr_traces *traces)
{
    size_t right = 0, labelled = 0;

    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace a = rr_traces_at(traces, i);
        for (size_t t = 0; t < a.steps; t++) {
            labelled += a.step_labels[t] != 65535;
            right += a.step_labels[t] == a.predictions[t];
        }
    }
    return labelled > 0 ? (double)right / (double)labelled : 0.0;
}

static rr_status prepare(experiment_context *ctx, hearing *h, uint64_t seed, rr_error *err)
{
    rr_influence_config cfg = rr_influence_config_default();
    rr_status st = RR_OK;

    if (h->traces != NULL && h->seed == seed)
        return RR_OK;
    release(h);
    h->seed = seed;
    RRI_TRY(train_network(ctx, h, err));
    if (ctx->stopped)
        goto done;
    cfg.components = COMPONENTS;
    cfg.partition.states = STATES;
    cfg.seed = seed;
    RRI_TRY(experiment_build(ctx, &cfg, h->net, h->train, &h->inf, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(experiment_trace(ctx, h->inf, h->net, h->test, &h->traces, err));
    h->steps_right = steps_right(h->traces);

done:
    return st;
}

/* ---- digits --------------------------------------------------------------------------------- */

static int is_misread(const rr_span *s)
{
    return s->label < DIGITS && s->prediction < DIGITS && s->prediction != s->label;
}

/* Spans of test: those misread, or some of those read correctly. Owned: rri_free(). */
static rr_status choose(const hearing *h, int misread, rr_span **out, size_t *n, rr_error *err)
{
    const size_t C = rr_dataset_classes(h->test);
    rr_span *spans = NULL;
    size_t members = 0;
    rr_status st = RR_OK;

    *n = 0;
    RRI_TRY(rri_alloc(&spans, rr_dataset_max_steps(h->test), 1, sizeof *spans, err));
    RRI_TRY(rri_alloc(out, rr_dataset_steps(h->test), 1, sizeof **out, err));
    for (size_t i = 0; i < rr_traces_count(h->traces); i++) {
        const rr_trace a = rr_traces_at(h->traces, i);
        size_t count = 0;
        RRI_TRY(rr_trace_spans(&a, C, spans, &count, err));
        for (size_t k = 0; k < count; k++) {
            spans[k].sequence = (uint32_t)i;
            if (misread ? is_misread(&spans[k])
                        : spans[k].label < DIGITS && spans[k].label == spans[k].prediction)
                (*out)[members++] = spans[k];
        }
    }
    *n = misread || members < BENIGN ? members : BENIGN;
    for (size_t k = 0; k < *n; k++)
        (*out)[k] = (*out)[k * members / *n];

done:
    rri_free(spans);
    return st;
}

/* The first TOP recordings of the spans found, each once; returns how many. */
static size_t recordings_of(const hearing *h, const rr_span_match *found, size_t n,
                            int64_t out[TOP])
{
    size_t count = 0;

    for (size_t i = 0; i < n && count < TOP; i++) {
        const int64_t recording = recording_of(h->train, &found[i].span);
        size_t k = 0;
        while (k < count && out[k] != recording)
            k++;
        if (recording >= 0 && k == count)
            out[count++] = recording;
    }
    return count;
}

/* ---- trials --------------------------------------------------------------------------------- */

/* Sums over digits, for the first n recordings. */
typedef struct sums {
    double heard[TOP], spoken[TOP], speaker[TOP];
    size_t more[TOP]; /* digits with more recordings of the digit heard than of that spoken */
    size_t none[TOP]; /* and with as many of both */
    double chance;    /* of the digit heard */
    size_t digits;
} sums;

static void add_digit(const hearing *h, const rr_span *span, const int64_t *recordings, size_t n,
                      sums *s)
{
    const uint32_t speaker = speaker_of(recording_of(h->test, span));
    size_t heard = 0, spoken = 0, same = 0;

    for (size_t k = 0; k < TOP; k++) {
        if (k < n) {
            heard += digit_of(recordings[k]) == span->prediction;
            spoken += digit_of(recordings[k]) == span->label;
            same += speaker_of(recordings[k]) == speaker;
        }
        const double all = (double)(k < n ? k + 1 : n);
        s->heard[k] += n > 0 ? (double)heard / all : 0.0;
        s->spoken[k] += n > 0 ? (double)spoken / all : 0.0;
        s->speaker[k] += n > 0 ? (double)same / all : 0.0;
        s->more[k] += heard > spoken;
        s->none[k] += heard == spoken;
    }
    s->chance += h->share[span->prediction];
    s->digits++;
}

static rr_status ask(experiment_context *ctx, const hearing *h, const manner *how,
                     const rr_spans *spans, int misread, sums *out, rr_error *err)
{
    rr_span_query q = rr_span_query_default();
    rr_span_match *found = NULL;
    rr_span *chosen = NULL;
    int64_t recordings[TOP];
    size_t n = 0;
    rr_status st = RR_OK;

    *out = (sums){ .digits = 0 };
    q.measure = how->measure;
    RRI_TRY(choose(h, misread, &chosen, &n, err));
    RRI_TRY(rri_alloc(&found, SPANS, 1, sizeof *found, err));
    for (size_t k = 0; k < n && !experiment_stopped(ctx); k++) {
        const rr_trace a = rr_traces_at(h->traces, chosen[k].sequence);
        size_t count = 0;
        RRI_TRY(rr_spans_nearest(spans, &q, &a, chosen[k].first, chosen[k].last, SPANS, found,
                                 &count, err));
        add_digit(h, &chosen[k], recordings, recordings_of(h, found, count, recordings), out);
        experiment_show(ctx, misread ? "digits misread" : "digits read correctly", k + 1, n);
    }

done:
    rri_free(chosen);
    rri_free(found);
    return st;
}

enum { FIGURES = 6 * TOP + 8 };

static void add_figures(experiment_figures *f, const sums *misread, const sums *benign)
{
    const double n = (double)misread->digits, m = (double)benign->digits;

    for (size_t k = 0; k < TOP; k++) {
        if (misread->digits > 0) {
            experiment_figure_at(f, "heard", k + 1, misread->heard[k] / n);
            experiment_figure_at(f, "spoken", k + 1, misread->spoken[k] / n);
            experiment_figure_at(f, "more", k + 1, (double)misread->more[k] / n);
            experiment_figure_at(f, "equal", k + 1, (double)misread->none[k] / n);
        }
        if (benign->digits > 0) {
            experiment_figure_at(f, "benign_spoken", k + 1, benign->spoken[k] / m);
            experiment_figure_at(f, "benign_speaker", k + 1, benign->speaker[k] / m);
        }
    }
    if (misread->digits > 0)
        experiment_figure(f, "chance", misread->chance / n);
    experiment_figure(f, "misread", n);
    experiment_figure(f, "benign", m);
}

static rr_status run_trial(experiment_context *ctx, void *self, size_t setting, uint64_t seed,
                           rr_error *err)
{
    hearing *const h = self;
    const manner *const how = &manners[setting];
    rr_spans *spans = NULL;
    experiment_figures f = { .n = 0 };
    sums misread, benign;
    rr_status st = RR_OK;

    RRI_TRY(prepare(ctx, h, seed, err));
    if (ctx->stopped)
        goto done;
    const double start = rri_seconds();
    RRI_TRY(rr_spans_new(h->inf, how->key, &spans, err));
    RRI_TRY(ask(ctx, h, how, spans, 1, &misread, err));
    const double seconds = rri_seconds() - start;
    RRI_TRY(ask(ctx, h, how, spans, 0, &benign, err));
    if (experiment_stopped(ctx))
        goto done;
    RRI_TRY(experiment_figures_begin(&f, FIGURES, err));
    add_figures(&f, &misread, &benign);
    experiment_figure_took(&f, seconds);
    experiment_figure(&f, "steps_right", h->steps_right);
    RRI_TRY(experiment_record(ctx, settings[setting], seed, f.list, f.n, err));

done:
    experiment_figures_clear(&f);
    rr_spans_free(spans);
    return st;
}

static rr_status load(experiment_context *ctx, hearing *h, rr_error *err)
{
    static const char place[] = "speech/digit-strings.npz";
    const char *train = ctx->quick ? "part=recording&limit=300" : "part=recording";
    rr_status st = RR_OK;

    RRI_TRY(experiment_load(ctx, "npz", place, train, RR_SPLIT_TRAIN, &h->train, err));
    RRI_TRY(experiment_load(ctx, "npz", place, "part=recording", RR_SPLIT_TEST, &h->test, err));
    RRI_TRY(experiment_use_data(ctx, h->train, err));
    RRI_TRY(experiment_use_data(ctx, h->test, err));
    if (!rr_dataset_step_labelled(h->train) || rr_dataset_at(h->train, 0).parts == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s/%s has no labels of steps, or no recordings",
                         ctx->data, place));
    RRI_TRY(count_shares(h, err));

done:
    return st;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    hearing h = { .train = NULL };
    rr_status st = RR_OK;

    for (size_t i = 0; i < MANNERS; i++)
        settings[i] = manners[i].name;
    RRI_TRY(load(ctx, &h, err));
    RRI_TRY(experiment_plan(ctx, settings, MANNERS, err));
    RRI_TRY(experiment_each_trial(ctx, settings, MANNERS, run_trial, &h, err));

done:
    release(&h);
    rr_dataset_free(h.test);
    rr_dataset_free(h.train);
    return st;
}

/* ---- report --------------------------------------------------------------------------------- */

static const experiment_column columns[] = {
    { "measure", "measure and key", 0 },
    { "recordings", "n", 0 },
    { "heard", "of the digit heard", 3 },
    { "heard_sd", "sd", 3 },
    { "spoken", "of that spoken", 3 },
    { "spoken_sd", "sd", 3 },
    { "chance", "chance", 3 },
    { "more", "more heard", 3 },
    { "equal", "as many", 3 },
    { "benign_spoken", "read correctly: of the digit", 3 },
    { "benign_speaker", "of the speaker", 3 },
    { "misread", "misread a seed", 1 },
    { "seeds", "seeds", 0 },
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void add_row(experiment_table *t, const experiment_results *r, const char *setting, size_t n)
{
    static const char *const curves[] = { "heard", "spoken",        "more",
                                          "equal", "benign_spoken", "benign_speaker" };
    const experiment_summary *at[6];
    char name[40];

    for (size_t c = 0; c < 6; c++) {
        (void)snprintf(name, sizeof name, "%s@%zu", curves[c], n);
        at[c] = experiment_results_find(r, setting, name);
    }
    if (at[0] == NULL)
        return;
    const experiment_summary *misread = experiment_results_find(r, setting, "misread");
    experiment_table_text(t, setting);
    experiment_table_number(t, (double)n);
    experiment_table_number(t, at[0]->mean);
    experiment_table_number(t, at[0]->sd);
    experiment_table_number(t, at[1]->mean);
    experiment_table_number(t, at[1]->sd);
    experiment_table_number(t, experiment_results_mean(r, setting, "chance"));
    for (size_t c = 2; c < 6; c++)
        experiment_table_number(t, at[c] != NULL ? at[c]->mean : (double)NAN);
    experiment_table_number(t, misread->mean);
    experiment_table_number(t, (double)misread->n);
}

static rr_status report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    static const size_t shown[] = { 1, 5, 10, 20 };
    experiment_table *whole = NULL, *some = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, COLUMNS, &whole, err));
    RRI_TRY(experiment_table_new(columns, COLUMNS, &some, err));
    for (size_t i = 0; i < MANNERS; i++) {
        for (size_t n = 1; n <= TOP; n++)
            add_row(whole, results, manners[i].name, n);
        for (size_t k = 0; k < sizeof shown / sizeof *shown; k++)
            add_row(some, results, manners[i].name, shown[k]);
    }
    RRI_TRY(experiment_publish_some(ctx, whole, some, "speech.tsv", err));
    if (ctx->tables != NULL)
        (void)fprintf(ctx->tables, "\n%.2f %% of the test steps are right\n",
                      100.0 * experiment_results_mean(results, manners[0].name, "steps_right"));

done:
    experiment_table_free(some);
    experiment_table_free(whole);
    return st;
}

const experiment experiment_speech = {
    .id = "speech",
    .summary = "training recordings behind misread digits, in strings of spoken digits",
    .about =
        "An LSTM-100 names the digit, or silence, at every step of strings of spoken digits (10\n"
        "epochs). Of each test digit most of whose steps are taken for one other digit, the 1..20\n"
        "training recordings whose spans influence it most, by each measure of spans and key:\n"
        "the fraction that are of the digit heard, and of that spoken, beside chance, and how\n"
        "many digits have more of the former. Of 200 digits read correctly the fraction that are\n"
        "of the digit, and of its speaker. P = 10, K = 43, 64 symbols. Needs\n"
        "speech/digit-strings.npz. Quick: 300 strings, 2 epochs, one seed.\n",
    .revision = 1,
    .seeds = 5,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
