/* SPDX-License-Identifier: MIT */
/* localize.c - `rnnrepair localize`: the steps that are to blame for the errors of a split. */
#include "kit/options.h"
#include "kit/progress.h"
#include "localizing.h"
#include "repairing.h"

#include <stdlib.h>

typedef struct args {
    cli_common common;
    const char *dir;
    const char *data;
    const char *truth, *samples;
    rr_split split;
    rr_localize_config cfg;
    size_t shown;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory with an influence model" },
};

static const cli_opt opts[] = {
    OPT_SPLIT(args, "split whose errors are localised"),
    { .name = "rule",
      .kind = CLI_ENUM,
      .offset = offsetof(args, cfg.rules),
      .choice = RR_ENUM_RULE,
      .help = "what makes a step suspect" },
    { .name = "gamma",
      .kind = CLI_SIZE,
      .offset = offsetof(args, cfg.gamma),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "rare: fewer training sequences than this share the step" },
    { .name = "key",
      .kind = CLI_ENUM,
      .offset = offsetof(args, cfg.key),
      .choice = RR_ENUM_KEY,
      .help = "what two steps share to match" },
    { .name = "truth-class",
      .kind = CLI_STR,
      .offset = offsetof(args, truth),
      .value = "CLASS",
      .preset = "all",
      .help = "only errors whose truth is this class, by name or number" },
    { .name = "samples",
      .kind = CLI_STR,
      .offset = offsetof(args, samples),
      .value = "IDS",
      .preset = "all errors",
      .help = "only these errors of the split, as 3,17,44" },
    { .name = "show",
      .kind = CLI_SIZE,
      .offset = offsetof(args, shown),
      .value = "N",
      .help = "errors listed in the table; --json lists all" },
    OPT_DATA(args),
    OPT_SEED_UNUSED(args),
};

static void defaults(void *p)
{
    args *a = p;
    a->split = RR_SPLIT_TEST;
    a->cfg = rr_localize_config_default();
    a->shown = 20;
}

static rr_status emit(const args *a, const cli_localized *l, rr_error *err)
{
    cli_doc doc = cli_doc_new();
    cli_set(&doc, NULL, "run", cli_json_text(a->dir));
    cli_set(&doc, NULL, "split", cli_json_text(rr_enum_name(RR_ENUM_SPLIT, a->split)));
    cli_set(&doc, NULL, "rule", cli_json_text(rr_enum_name(RR_ENUM_RULE, a->cfg.rules)));
    cli_set(&doc, NULL, "gamma", cli_json_size(a->cfg.gamma));
    cli_set(&doc, NULL, "key", cli_json_text(rr_enum_name(RR_ENUM_KEY, a->cfg.key)));
    cli_set(&doc, NULL, "count", cli_json_size(rr_dataset_count(l->ds)));
    cli_localized_document(&doc, l);
    const rr_status st = cli_emit(&a->common, &doc, err);
    cli_doc_free(&doc);
    return st;
}

static int run_localize(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    rr_run *run = NULL;
    rr_network *net = NULL;
    rr_influence *inf = NULL;
    rr_dataset *ds = NULL;
    uint32_t *prediction = NULL;
    uint32_t class = 0;
    cli_errors which = { .truth = -1 };
    uint64_t *ids = NULL;
    cli_localized found = { .ds = NULL };
    rr_status st = RR_OK;

    if (a->cfg.rules == RR_RULE_FLIP)
        RRI_TRY(cli_refuse_given(&a->common, "gamma", "--rule flip", &err));
    RRI_TRY(cli_open_run(a->dir, &run, &err));
    RRI_TRY(cli_open_model(run, &net, &err));
    RRI_TRY(cli_open_influence(run, net, &inf, &err));
    RRI_TRY(cli_run_dataset(run, a->split, a->data, &ds, &err));
    if (a->truth != NULL) {
        RRI_TRY(cli_class_number(ds, a->truth, &class, &err));
        which.truth = (int)class;
    }
    if (a->samples != NULL) {
        RRI_TRY(cli_read_samples(a->samples, rr_dataset_count(ds), &ids, &which.n, &err));
        which.ids = ids;
    }
    RRI_TRY(cli_predict(net, ds, a->common.threads, &prediction, NULL, &err));
    const cli_view view = {
        .run = run, .net = net, .inf = inf, .data = a->data, .cfg.query.threads = a->common.threads
    };
    RRI_TRY(cli_localize(&view, &a->cfg, ds, prediction, &which, &found, &err));
    if (!a->common.json)
        RRI_TRY(cli_print_localized(&found, a->shown, &err));
    RRI_TRY(emit(a, &found, &err));

done:
    cli_localized_free(&found);
    rri_free(prediction);
    rri_free(ids);
    rr_dataset_free(ds);
    rr_influence_free(inf);
    rr_network_free(net);
    rr_run_free(run);
    return cli_finish(&a->common, st, &err);
}

const cli_command cli_command_localize = {
    .name = "localize",
    .summary = "find the words to blame for the errors of a split",
    .about =
        "Names the suspect steps of each misread input. A step is rare where |I|, the number of\n"
        "training sequences that read the same word in the same state, is below gamma. It is the\n"
        "flip where the running prediction turned from the truth to another label for the last\n"
        "time. Words without a vector are named and marked: nothing can be taught about them, so\n"
        "repair leaves them out.\n",
    .members = "run, split, rule, gamma, key, count   count: sequences of the split\n"
               "error_count  errors\n"
               "localised    errors with a suspect step that repair can use\n"
               "unsupported  errors whose suspect words all have no vector\n"
               "errors       [{id, truth, prediction, segments [{t, token, symbol, known, rule,\n"
               "             influencers}]}]; rule is rare, flip or both\n",
    .examples = "rnnrepair localize run\n"
                "rnnrepair localize run --rule flip --truth-class positive\n"
                "rnnrepair localize run --samples 3,17,44\n"
                "rnnrepair localize run --rule rare --gamma 10 --json\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_localize,
};
