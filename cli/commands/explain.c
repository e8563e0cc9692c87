/* SPDX-License-Identifier: MIT */
/* explain.c - `rnnrepair explain`: why a prediction came about, step by step, and which
 * training sequences are behind it. The table follows the paper's Figure 1. */
#include "explaining.h"
#include "kit/options.h"
#include "kit/paths.h"
#include "kit/progress.h"

#include <stdlib.h>

typedef struct args {
    cli_common common;
    const char *dir;
    const char *data;
    rr_split split;
    size_t sample;
    const char *text;
    const char *label;
    size_t step;
    size_t training;
    rr_explain_config cfg;
    size_t shown;
    const char *picture;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory with an influence model" },
};

static const cli_opt opts[] = {
    OPT_SPLIT(args, "split the sample is in"),
    { .name = "sample",
      .kind = CLI_SIZE,
      .offset = offsetof(args, sample),
      .value = "ID",
      .preset = "the first error",
      .help = "number of the sequence, from 0" },
    { .name = "text",
      .kind = CLI_STR,
      .offset = offsetof(args, text),
      .value = "TEXT",
      .preset = "a sample",
      .help = "explain what is typed here, on a run on text" },
    { .name = "label",
      .kind = CLI_STR,
      .offset = offsetof(args, label),
      .value = "NAME",
      .preset = "unknown",
      .help = "the true class of --text, by name or number" },
    { .name = "step",
      .kind = CLI_SIZE,
      .offset = offsetof(args, step),
      .value = "T",
      .preset = "none",
      .help = "also list the training sequences behind step T, from 1" },
    { .name = "training",
      .kind = CLI_SIZE,
      .offset = offsetof(args, training),
      .value = "ID",
      .preset = "none",
      .help = "the reverse: the errors of the split that training sequence ID touches" },
    OPT_TOP(args, cfg.top),
    { .name = "measure",
      .kind = CLI_ENUM,
      .offset = offsetof(args, cfg.query.measure),
      .choice = RR_ENUM_MEASURE,
      .preset = "jaccard for symbols, else lp",
      .help = "how traces are compared" },
    OPT_NORM(args, cfg.query.p, "lp: the norm"),
    { .name = "key",
      .kind = CLI_ENUM,
      .offset = offsetof(args, cfg.query.key),
      .choice = RR_ENUM_KEY,
      .preset = "state-symbol for symbols, else transition",
      .help = "what two steps share to match" },
    { .name = "show",
      .kind = CLI_SIZE,
      .offset = offsetof(args, shown),
      .value = "N",
      .help = "rows of a list that are printed; --json holds all" },
    { .name = "picture",
      .kind = CLI_STR,
      .offset = offsetof(args, picture),
      .value = "FILE.png",
      .preset = "none is drawn",
      .help = "draw the explanation, with the training images behind it" },
    OPT_DATA(args),
    OPT_SEED_UNUSED(args),
};

static void defaults(void *p)
{
    args *a = p;
    a->split = RR_SPLIT_TEST;
    a->cfg = rr_explain_config_default();
    a->shown = 10;
}

/* The first error of the split. */
static rr_status choose(args *a, const rr_network *net, const rr_dataset *ds, rr_error *err)
{
    const size_t n = rr_dataset_count(ds);
    uint32_t *prediction = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_predict(net, ds, a->common.threads, &prediction, NULL, err));
    for (a->sample = 0; a->sample < n; a->sample++)
        if (prediction[a->sample] != rr_dataset_at(ds, a->sample).label)
            break;
    if (a->sample == n) {
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "no error among the %zu sequences of the %s split; name "
                      "one with --sample",
                      n, rr_enum_name(RR_ENUM_SPLIT, a->split));
        goto done;
    }
    cli_say(&a->common, "explaining sample %zu, the first error of the %s split", a->sample,
            rr_enum_name(RR_ENUM_SPLIT, a->split));

done:
    rri_free(prediction);
    return st;
}

/* ---- what is asked -------------------------------------------------------------------------- */

/* The norm is of lp alone. */
static rr_status check_norm(const args *a, rr_error *err)
{
    char beside[64];

    if (a->cfg.query.measure == RR_MEASURE_LP)
        return RR_OK;
    snprintf(beside, sizeof beside, "--measure %s",
             rr_enum_name(RR_ENUM_MEASURE, a->cfg.query.measure));
    return cli_refuse_given(&a->common, "norm", beside, err);
}

/* Options that have no meaning together. */
static rr_status check_options(const args *a, rr_error *err)
{
    rr_status st = RR_OK;

    if (a->text != NULL)
        RRI_TRY(cli_refuse_given(&a->common, "sample split training picture", "--text", err));
    else if (a->label != NULL)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "--label says what --text is; there is no --text"));
    if (cli_given(&a->common, "training"))
        RRI_TRY(cli_refuse_given(&a->common, "sample step picture measure norm top", "--training",
                                 err));

done:
    return st;
}

/* What was not given depends on the data. */
static rr_status settle(args *a, const rr_network *net, rr_error *err)
{
    rr_query *q = &a->cfg.query;
    const int symbols = rr_network_config_of(net).vocabulary > 0;

    if (symbols && !cli_given(&a->common, "key"))
        q->key = RR_KEY_STATE_SYMBOL;
    if (symbols && !cli_given(&a->common, "measure"))
        q->measure = RR_MEASURE_JACCARD;
    q->threads = a->common.threads;
    if (symbols && a->picture != NULL)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--picture: symbols cannot be drawn; %s is not a run on "
                        "images",
                        a->dir);
    if (a->picture != NULL) {
        const rr_status st = cli_check_file_place("--picture", a->picture, ".png", err);
        if (st != RR_OK)
            return st;
    }
    return check_norm(a, err);
}

/* A class of the run, for --label. */
static rr_status label_of(const args *a, const rr_run *run, uint32_t *label, rr_error *err)
{
    const size_t first = 0;
    rr_dataset *some = NULL;
    rr_status st = RR_OK;

    *label = 0;
    if (a->label == NULL)
        return RR_OK;
    RRI_TRY(cli_run_sequences(run, RR_SPLIT_TRAIN, a->data, &first, 1, &some, err));
    RRI_TRY(cli_class_number(some, a->label, label, err));

done:
    rr_dataset_free(some);
    return st;
}

/* The data to look in, and the number of the sample there. All of the split is needed to find an
 * error in, and to draw from; else only the sample is loaded, which takes a tenth of the time. */
static rr_status open_data(args *a, const rr_run *run, const rr_network *net, rr_dataset **ds,
                           size_t *at, rr_error *err)
{
    const int given = cli_given(&a->common, "sample");
    uint32_t label = 0;
    rr_status st = RR_OK;

    *at = 0;
    if (a->text != NULL) {
        RRI_TRY(label_of(a, run, &label, err));
        return cli_typed_text(run, net, a->text, label, ds, err);
    }
    if (given && a->picture == NULL)
        return cli_run_sequences(run, a->split, a->data, &a->sample, 1, ds, err);
    RRI_TRY(cli_run_dataset(run, a->split, a->data, ds, err));
    if (!given)
        RRI_TRY(choose(a, net, *ds, err));
    const size_t n = rr_dataset_count(*ds);
    if (a->sample >= n)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--sample %zu: the %s split has N = %zu sequences, numbered from 0",
                         a->sample, rr_enum_name(RR_ENUM_SPLIT, a->split), n));
    *at = a->sample;

done:
    return st;
}

/* ---- what comes out ------------------------------------------------------------------------- */

/* The training sentences that will be named. */
static rr_status load_sentences(const cli_view *v, cli_explained *x, const cli_step *s,
                                rr_error *err)
{
    const size_t n = x->e->count_proponents + s->count;
    size_t *ids = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&ids, n, 1, sizeof *ids, err));
    for (size_t i = 0; i < x->e->count_proponents; i++)
        ids[i] = x->e->proponents[i].id;
    for (size_t i = 0; i < s->count; i++)
        ids[x->e->count_proponents + i] = s->rows[i].id;
    RRI_TRY(cli_sentences_load(v->run, v->data, ids, n, &x->behind, err));

done:
    rri_free(ids);
    return st;
}

static rr_status print(const args *a, const cli_view *v, const cli_explained *x, const cli_step *s,
                       rr_error *err)
{
    const rr_dataset *names = x->behind.ds != NULL ? x->behind.ds : x->ds;
    const int words = x->behind.ds != NULL;

    if (a->text == NULL)
        printf("sample %zu of %s: ", a->sample, rr_enum_name(RR_ENUM_SPLIT, a->split));
    else
        printf("typed text: ");
    printf("truth %s, predicted %s\n\n",
           x->truth_known ? rr_dataset_class_name(names, x->e->truth) : "unknown",
           rr_dataset_class_name(names, x->e->prediction));
    if (words)
        cli_print_text_explanation(v, x);
    else
        cli_print_explanation(v, x);
    return s->t > 0 ? cli_print_step(v, x, s, err) : RR_OK;
}

static rr_status draw(const args *a, const cli_view *v, const cli_explained *x, rr_error *err)
{
    rr_dataset *train = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_run_dataset(v->run, RR_SPLIT_TRAIN, a->data, &train, err));
    RRI_TRY(rr_picture_explanation(x->e, x->ds, a->sample, train, a->picture, err));
    cli_say(&a->common, "picture written to %s", a->picture);

done:
    rr_dataset_free(train);
    return st;
}

static rr_status document(const args *a, const cli_view *v, const cli_explained *x,
                          const cli_step *s, cli_doc *doc, rr_error *err)
{
    const int sample = a->text == NULL;
    rr_status st = RR_OK;

    cli_set(doc, NULL, "split",
            cli_json_text(sample ? rr_enum_name(RR_ENUM_SPLIT, a->split) : NULL));
    cli_set(doc, NULL, "sample", sample ? cli_json_size(a->sample) : json_null());
    cli_set(doc, NULL, "measure",
            cli_json_text(rr_enum_name(RR_ENUM_MEASURE, a->cfg.query.measure)));
    cli_set(doc, NULL, "top", cli_json_size(a->cfg.top));
    cli_explanation_document(doc, x);
    if (x->behind.ds != NULL)
        RRI_TRY(cli_text_document(v, x, doc, err));
    if (s->t > 0)
        RRI_TRY(cli_step_document(v, x, s, doc, err));
    cli_set(doc, NULL, "picture", cli_json_text(a->picture));

done:
    return st;
}

static rr_status explain_sequence(args *a, const cli_view *v, cli_doc *doc, rr_error *err)
{
    rr_dataset *ds = NULL;
    cli_explained x = { .ds = NULL };
    cli_step step = { .t = 0 };
    size_t at = 0;
    rr_status st = RR_OK;

    RRI_TRY(open_data(a, v->run, v->net, &ds, &at, err));
    RRI_TRY(cli_explain(v, ds, at, a->text == NULL || a->label != NULL, &x, err));
    if (cli_given(&a->common, "step"))
        RRI_TRY(cli_step_of(v, &x, a->step, &step, err));
    if (rr_dataset_width(ds) == 0)
        RRI_TRY(load_sentences(v, &x, &step, err));
    if (!a->common.json)
        RRI_TRY(print(a, v, &x, &step, err));
    if (a->picture != NULL)
        RRI_TRY(draw(a, v, &x, err));
    RRI_TRY(document(a, v, &x, &step, doc, err));

done:
    rri_free(step.rows);
    cli_explained_free(&x);
    rr_dataset_free(ds);
    return st;
}

static rr_status explain(args *a, cli_view *v, rr_error *err)
{
    cli_doc doc = cli_doc_new();
    rr_status st = RR_OK;

    v->cfg = a->cfg;
    cli_set(&doc, NULL, "run", cli_json_text(a->dir));
    cli_set(&doc, NULL, "key", cli_json_text(rr_enum_name(RR_ENUM_KEY, a->cfg.query.key)));
    if (cli_given(&a->common, "training")) {
        cli_set(&doc, NULL, "split", cli_json_text(rr_enum_name(RR_ENUM_SPLIT, a->split)));
        RRI_TRY(cli_explain_training(v, a->split, a->training, !a->common.json, &doc, err));
    } else {
        RRI_TRY(explain_sequence(a, v, &doc, err));
    }
    RRI_TRY(cli_emit(&a->common, &doc, err));

done:
    cli_doc_free(&doc);
    return st;
}

static int run_explain(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    rr_run *run = NULL;
    rr_network *net = NULL;
    rr_influence *inf = NULL;
    rr_status st = RR_OK;

    RRI_TRY(check_options(a, &err));
    RRI_TRY(check_norm(a, &err));
    RRI_TRY(cli_open_run(a->dir, &run, &err));
    RRI_TRY(cli_open_model(run, &net, &err));
    RRI_TRY(settle(a, net, &err));
    RRI_TRY(cli_open_influence(run, net, &inf, &err));
    cli_view v = { .run = run, .net = net, .inf = inf, .data = a->data, .shown = a->shown };
    RRI_TRY(explain(a, &v, &err));

done:
    rr_influence_free(inf);
    rr_network_free(net);
    rr_run_free(run);
    return cli_finish(&a->common, st, &err);
}

const cli_command cli_command_explain = {
    .name = "explain",
    .summary = "explain one prediction by the training sequences behind it",
    .about =
        "Prints, for every step, the abstract state, the prediction so far and its probability,\n"
        "the state's three highest confidences (label:share), and |I|, the number of training\n"
        "sequences that passed the same step. Then the most influential training sequences:\n"
        "T_m carry the predicted label, T_t the true one. Scores lie in 0..1; 1 is an\n"
        "identical trace. --picture draws the same, with the images.\n"
        "\n"
        "Of text, a line is a word as it stands; words without a vector are marked, and the\n"
        "training sentences are printed. --text explains a sentence typed on the command line:\n"
        "it is cut at Unicode word boundaries and looked up in the run's vocabulary.\n"
        "\n"
        "--step lists the training sequences behind one step, those nearest by the measure\n"
        "first, with the steps at which they match; of text the sentence, with the matching\n"
        "words in [[brackets]]. --training asks in reverse which errors of the split, and which\n"
        "of their steps, a training sequence touches: those of whose I it is a part.\n",
    .members =
        "sample, truth, prediction, split, measure, key, top, picture, run; of --text sample and\n"
        "split are null, and truth is where --label is not given\n"
        "steps           [{t, state, prediction, probability, confidence [C], influencers}];\n"
        "                of symbols also token, and known: whether it has a vector\n"
        "proponents      [{id, label, prediction, score}], best first; of symbols also text\n"
        "for_truth       of these, those that carry the true label\n"
        "for_prediction  of these, those that carry the predicted label\n"
        "count_truth, count_prediction  of the proponents, by label\n"
        "text            of symbols, the words with blanks between\n"
        "step            with --step: {t, influencers, matches [{id, label, prediction, score,\n"
        "                steps, text}]}, at most --top matches\n"
        "With --training instead: training, label, prediction, split, key, run, errors (of the\n"
        "split, in all), steps [{t, state, prediction, errors, token}] and\n"
        "touched         [{sample, truth, prediction, share, steps [{t, training_step}]}], of the\n"
        "                largest share of touched steps first; training_step is the first match\n",
    .examples = "rnnrepair explain run\n"
                "rnnrepair explain run --split test --sample 445 --top 100\n"
                "rnnrepair explain run --sample 445 --picture explained.png\n"
                "rnnrepair explain run --sample 3 --measure votes --key state-symbol --json\n"
                "rnnrepair explain run --text 'not a good film' --label negative --step 3\n"
                "rnnrepair explain run --training 12 --split test\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_explain,
};
