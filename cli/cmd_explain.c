/* SPDX-License-Identifier: MIT */
/* cmd_explain.c - `rnnrepair explain`: why a prediction came about, step by step, and which
 * training sequences are behind it. The table follows the paper's Figure 1. */
#include "explaining.h"
#include "options.h"
#include "progress.h"

#include <stdlib.h>

typedef struct args {
    cli_common common;
    const char *dir;
    const char *data;
    rr_split split;
    size_t sample;
    rr_explain_config cfg;
    size_t shown;
    const char *picture;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory with an influence model" },
};

static const cli_opt opts[] = {
    CLI_OPT_SPLIT(args, "split the sample is in"),
    { .name = "sample",
      .kind = CLI_SIZE,
      .offset = offsetof(args, sample),
      .value = "ID",
      .preset = "the first error",
      .help = "number of the sequence, from 0" },
    CLI_OPT_TOP(args, cfg.top),
    { .name = "measure",
      .kind = CLI_CHOICE,
      .offset = offsetof(args, cfg.query.measure),
      .choice = &cli_choice_measure,
      .help = "how traces are compared" },
    CLI_OPT_NORM(args, cfg.query.p, "lp: the norm"),
    { .name = "key",
      .kind = CLI_CHOICE,
      .offset = offsetof(args, cfg.query.key),
      .choice = &cli_choice_key,
      .help = "what two steps share to match" },
    { .name = "show",
      .kind = CLI_SIZE,
      .offset = offsetof(args, shown),
      .value = "N",
      .help = "proponents listed in the tables; --json lists all" },
    { .name = "picture",
      .kind = CLI_STR,
      .offset = offsetof(args, picture),
      .value = "FILE.png",
      .preset = "none is drawn",
      .help = "draw the explanation, with the training images behind it" },
    CLI_OPT_DATA(args),
    CLI_OPT_SEED_UNUSED(args),
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

    CLI_TRY(cli_predict(net, ds, a->common.threads, &prediction, NULL, err));
    for (a->sample = 0; a->sample < n; a->sample++)
        if (prediction[a->sample] != rr_dataset_at(ds, a->sample).label)
            break;
    if (a->sample == n) {
        st = cli_error(err, RR_ERR_ARG,
                       "no error among the %zu sequences of the %s split; name "
                       "one with --sample",
                       n, rr_split_name(a->split));
        goto done;
    }
    cli_say(&a->common, "explaining sample %zu, the first error of the %s split", a->sample,
            rr_split_name(a->split));

done:
    free(prediction);
    return st;
}

/* The data to look in, and the number of the sample there. All of the split is needed to find an
 * error in, and to draw from; else only the sample is loaded, which takes a tenth of the time. */
static rr_status open_data(args *a, const rr_run *run, const rr_network *net, rr_dataset **ds,
                           size_t *at, rr_error *err)
{
    const int given = cli_given(&a->common, "sample");
    rr_status st = RR_OK;

    *at = 0;
    if (given && a->picture == NULL)
        return cli_run_sequence(run, a->split, a->data, a->sample, ds, err);
    CLI_TRY(cli_run_dataset(run, a->split, a->data, ds, err));
    if (!given)
        CLI_TRY(choose(a, net, *ds, err));
    const size_t n = rr_dataset_count(*ds);
    if (a->sample >= n)
        CLI_TRY(cli_error(err, RR_ERR_ARG,
                          "--sample %zu: the %s split has N = %zu sequences, numbered from 0",
                          a->sample, rr_split_name(a->split), n));
    *at = a->sample;

done:
    return st;
}

static rr_status draw(const args *a, const rr_run *run, const rr_explanation *e,
                      const rr_dataset *ds, rr_error *err)
{
    rr_dataset *train = NULL;
    rr_status st = RR_OK;

    CLI_TRY(cli_run_dataset(run, RR_SPLIT_TRAIN, a->data, &train, err));
    CLI_TRY(rr_picture_explanation(e, ds, a->sample, train, a->picture, err));
    cli_say(&a->common, "picture written to %s", a->picture);

done:
    rr_dataset_free(train);
    return st;
}

static rr_status emit(const args *a, const rr_explanation *e, rr_error *err)
{
    cli_doc doc = cli_doc_new();
    cli_set(&doc, NULL, "run", cli_json_text(a->dir));
    cli_set(&doc, NULL, "split", cli_json_text(rr_split_name(a->split)));
    cli_set(&doc, NULL, "sample", cli_json_size(a->sample));
    cli_set(&doc, NULL, "measure", cli_json_text(rr_measure_name(a->cfg.query.measure)));
    cli_set(&doc, NULL, "key", cli_json_text(rr_key_name(a->cfg.query.key)));
    cli_set(&doc, NULL, "top", cli_json_size(a->cfg.top));
    cli_explanation_document(&doc, e);
    cli_set(&doc, NULL, "picture", cli_json_text(a->picture));
    const rr_status st = cli_emit(&a->common, &doc, err);
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
    rr_dataset *ds = NULL;
    rr_explanation *e = NULL;
    size_t at = 0;
    rr_status st = RR_OK;

    if (a->cfg.query.measure == RR_MEASURE_VOTES)
        CLI_TRY(cli_refuse_given(&a->common, "norm", "--measure votes", &err));
    a->cfg.query.threads = a->common.threads;
    CLI_TRY(cli_open_run(a->dir, &run, &err));
    CLI_TRY(cli_open_model(run, &net, &err));
    CLI_TRY(cli_open_influence(run, net, &inf, &err));
    CLI_TRY(open_data(a, run, net, &ds, &at, &err));
    CLI_TRY(cli_explain(inf, net, ds, at, &a->cfg, &e, &err));
    if (!a->common.json) {
        printf("sample %zu of %s: truth %s, predicted %s\n\n", a->sample, rr_split_name(a->split),
               rr_dataset_class_name(ds, e->truth), rr_dataset_class_name(ds, e->prediction));
        cli_print_explanation(e, rr_influence_info_of(inf).sequences, a->shown);
    }
    if (a->picture != NULL)
        CLI_TRY(draw(a, run, e, ds, &err));
    CLI_TRY(emit(a, e, &err));

done:
    rr_explanation_free(e);
    rr_dataset_free(ds);
    rr_influence_free(inf);
    rr_network_free(net);
    rr_run_free(run);
    return cli_finish(&a->common, st, &err);
}

const cli_verb cli_verb_explain = {
    .name = "explain",
    .summary = "explain one prediction by the training sequences behind it",
    .about =
        "Prints, for every step, the abstract state, the prediction so far and its probability,\n"
        "the state's three highest confidences (label:share), and |I|, the number of training\n"
        "sequences that passed the same step. Then the most influential training sequences:\n"
        "T_m carry the predicted label, T_t the true one. Scores lie in 0..1; 1 is an\n"
        "identical trace. --picture draws the same, with the images.\n",
    .members =
        "sample, truth, prediction, split, measure, key, top, picture, run\n"
        "steps           [{t, state, prediction, probability, confidence [C], influencers}]\n"
        "proponents      [{id, label, prediction, score}], best first\n"
        "for_truth       the same rows: the best that carry the true label\n"
        "for_prediction  the same rows: the best that carry the predicted label\n"
        "count_truth, count_prediction  of the proponents, by label\n",
    .examples = "rnnrepair explain run\n"
                "rnnrepair explain run --split test --sample 445 --top 100\n"
                "rnnrepair explain run --sample 445 --picture explained.png\n"
                "rnnrepair explain run --sample 3 --measure votes --key state-symbol --json\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_explain,
};
