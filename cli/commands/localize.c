/* SPDX-License-Identifier: MIT */
/* localize.c - `rnnrepair localize`: the suspect steps of the errors of a split. */
#include "commands/steps.h"
#include "kit/inputs.h"

typedef struct args {
    cli_common common;
    const char *dir;
    cli_inputs in;
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
    OPT_ENUM(args, cfg.rules, "rule", RR_ENUM_RULE, "what makes a step suspect"),
    OPT_SIZE(args, cfg.gamma, "gamma", 1, 1e9, "rare: fewer matching training sequences than this"),
    OPT_FLAG(args, cfg.punctuation, "punctuation", "marks of punctuation can be suspect, too"),
    OPT_KEY(args, cfg.key, "what two steps must have in common to match"),
    OPT_STR(args, truth, "truth-class", "CLASS",
            "only errors of this true class, by name or number", .preset = "all"),
    OPT_STR(args, samples, "samples", "IDS",
            "only these errors of the split, as 3,17,44 or by your ids", .preset = "all errors"),
    OPT_SIZE(args, shown, "show", 0, 0, "errors listed in the table; --json lists all", .local = 1),
    OPT_CASES(args),
    OPT_DATA(args, in.data),
    OPT_FOREIGN(args),
    OPT_STATES(args),
    OPT_SEED_UNUSED(args),
};

static void defaults(void *p)
{
    args *a = p;
    a->split = RR_SPLIT_TEST;
    a->cfg = rr_localize_config_default();
    a->shown = 20;
}

typedef struct error_row {
    rr_localized_error of;
    cli_source from;
    cli_list segments;
    cli_words sentence;
} error_row;

static const cli_column error_table[] = {
    COL_DATA(SIZE, error_row, of.id, "id"),
    COL_SOURCE(error_row, from, 0),
    COL_DATA(CLASS, error_row, of.truth, "truth"),
    COL_DATA(CLASS, error_row, of.prediction, "prediction"),
    COL_ROWS(error_row, segments, "segments", cli_segment_columns),
};
static const cli_columns error_columns = CLI_COLUMNS(error_row, error_table);

/* An error with its suspect steps, which are marked in its sentence. */
static rr_status take_error(const rr_dataset *ds, const rr_localized_error *e, cli_result *r,
                            error_row *out, rr_error *err)
{
    const rr_sequence s = rr_dataset_at(ds, e->id);
    const rr_dataset *words = s.symbols != NULL ? ds : NULL;
    unsigned char *marked = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, &marked, s.steps, 1, err));
    for (size_t i = 0; i < e->segments->count; i++)
        marked[e->segments->segments[i].t - 1] = 1;
    *out = (error_row){ .of = *e, .from = { ds, e->id } };
    RRI_TRY(cli_take_segments(e->segments, words, s, r, &out->segments, err));
    out->sentence = (cli_words){ .ds = words, .s = s, .marked = marked };

done:
    return st;
}

static void print_errors(const args *a, const rr_localization *l, const error_row *rows,
                         const cli_result *r)
{
    const int labelled = rr_dataset_labelled(l->ds);
    if (l->count > 0 && a->shown > 0)
        cli_print_rows(r, &cli_segment_columns, NULL, 0, 0, "");
    for (size_t i = 0; i < l->count && i < a->shown; i++) {
        const error_row *e = &rows[i];
        char from[CLI_REMARK];
        cli_print(r, "%zu%s: %s%spredicted %s\n", e->of.id, cli_source_remark(&e->from, from),
                  labelled ? rr_dataset_class_name(l->ds, e->of.truth) : "", labelled ? " " : "",
                  rr_dataset_class_name(l->ds, e->of.prediction));
        if (e->sentence.ds != NULL) {
            cli_print(r, "    ");
            cli_print_words(r, &e->sentence);
            cli_print(r, "\n");
        }
        cli_print_more_rows(r, &cli_segment_columns, e->segments.items, e->segments.count);
        if (e->segments.count == 0)
            cli_print(r, "%10s  no suspect step\n", "-");
    }
    if (l->count > a->shown)
        cli_print(r, "... and %zu more; --show %zu or --json lists them\n", l->count - a->shown,
                  l->count);
    cli_print(r, "%zu %s, %zu localised, %zu with suspect words all of which have no vector\n",
              l->count, labelled ? "errors" : "sequences", l->localized, l->unsupported);
}

static rr_status put_errors(const args *a, const rr_localization *l, cli_result *r, rr_error *err)
{
    const int labelled = rr_dataset_labelled(l->ds);
    const rr_rule rule = labelled ? a->cfg.rules : RR_RULE_RARE;
    error_row *rows = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, &rows, l->count, sizeof *rows, err));
    for (size_t i = 0; i < l->count; i++)
        RRI_TRY(take_error(l->ds, &l->errors[i], r, &rows[i], err));
    r->names = l->ds;
    r->list = "errors";
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "data", cli_json_text(a->in.other));
    cli_put(r, "split", cli_json_text(a->in.split));
    cli_put(r, "labelled", json_boolean(labelled));
    cli_put(r, "rule", cli_json_text(rr_enum_name(RR_ENUM_RULE, rule)));
    cli_put(r, "gamma", cli_json_size(a->cfg.gamma));
    cli_put(r, "key", cli_json_text(rr_enum_name(RR_ENUM_KEY, a->cfg.key)));
    cli_put(r, "count", cli_json_size(rr_dataset_count(l->ds)));
    cli_put(r, "error_count", cli_json_size(l->count));
    cli_put(r, "localised", cli_json_size(l->localized));
    cli_put(r, "unsupported", cli_json_size(l->unsupported));
    cli_put_rows(r, "errors", &error_columns, rows, l->count);
    print_errors(a, l, rows, r);

done:
    return st;
}

/* Of a run with an output at every step: its misread spans. */
static rr_status localize_spans(const args *a, rr_session *s, const rr_error_filter *which,
                                cli_result *r, rr_error *err)
{
    rr_span_localization *found = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_localize_spans(s, a->split, &a->cfg, which, &found, err));
    r->names = found->ds;
    r->list = "spans";
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "data", cli_json_text(a->in.other));
    cli_put(r, "split", cli_json_text(a->in.split));
    cli_put(r, "rule", cli_json_text(rr_enum_name(RR_ENUM_RULE, a->cfg.rules)));
    cli_put(r, "gamma", cli_json_size(a->cfg.gamma));
    cli_put(r, "key", cli_json_text(rr_enum_name(RR_ENUM_KEY, a->cfg.key)));
    cli_put(r, "count", cli_json_size(rr_dataset_count(found->ds)));
    RRI_TRY(cli_put_misread(found, a->shown, r, err));

done:
    rr_span_localization_free(found);
    return st;
}

/* Of another run its errors. */
static rr_status localize_errors(const args *a, rr_session *s, const rr_error_filter *which,
                                 cli_result *r, rr_error *err)
{
    rr_localization *found = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_localize(s, a->split, &a->cfg, which, &found, err));
    RRI_TRY(put_errors(a, found, r, err));

done:
    rr_localization_free(found);
    return st;
}

static rr_status check_options(void *p, rr_error *err)
{
    const args *a = p;
    if (a->cfg.rules != RR_RULE_FLIP)
        return RR_OK;
    return cli_refuse_given(&a->common, "gamma", "--rule flip", err);
}

static rr_status open_run(void *p, rr_session **s, rr_error *err)
{
    args *a = p;
    return cli_open_inputs(&a->common, a->dir, &a->in, &a->split, s, err);
}

static rr_status answer_localize(void *p, rr_session *s, cli_result *r, rr_error *err)
{
    const args *a = p;
    rr_error_filter which = { .truth = a->truth };
    rr_status st = RR_OK;

    RRI_TRY(
        cli_result_samples(r, "samples", a->samples, s, a->split, &which.ids, &which.count, err));
    RRI_TRY(cli_by_steps(s) ? localize_spans(a, s, &which, r, err)
                            : localize_errors(a, s, &which, r, err));
    RRI_TRY(cli_put_origin(r, s, err));

done:
    return st;
}

const cli_command cli_command_localize = {
    .name = "localize",
    .summary = "find suspect words in the errors of a split",
    .about =
        "Lists the suspect steps of each misclassified input. A step is rare where |I|, the "
        "number\n"
        "of training sequences with the same word in the same state, is below gamma. It is the\n"
        "flip where the running prediction changed from the truth to another label for the last\n"
        "time. Marks of punctuation are no suspects. Words without a vector are listed and marked; "
        "repair cannot use them. --cases\n"
        "SPEC looks through other inputs with their right labels, --foreign through other data,\n"
        "both read with the run's words and classes; where these have no labels, through every\n"
        "sequence, for rare steps alone.\n"
        "\n"
        "Of a run with an output at every step the misread spans are listed: successive steps\n"
        "with one label, half of which or more are predicted otherwise. --truth-class is the "
        "label\n"
        "of spans, --samples names sequences; the flip is where the prediction last turned from\n"
        "the span's label.\n",
    .members = "run, data (of --cases or --foreign), split, rule, gamma, key\n"
               "count        sequences of the split\n"
               "labelled     whether there are labels; if not, errors are all sequences\n"
               "error_count  errors\n"
               "localised    errors with a suspect step that repair can use\n"
               "unsupported  errors whose suspect words all have no vector\n"
               "errors       [{id, truth, prediction, segments [{t, token, symbol, known, rule,\n"
               "             influencers}]}]; rule is rare, flip or both\n" CLI_SOURCE_MEMBERS
               "Of a run with an output at every step, instead of labelled and errors:\n"
               "labelled_steps, step_errors, span_count of the sequences searched; error_count is\n"
               "             misread spans\n"
               "spans        [{id, first, last, truth, prediction, wrong, segments}]: the most\n"
               "             frequent prediction, and steps that are wrong\n" CLI_ORIGIN_MEMBERS
                   CLI_CLASS_MEMBERS,
    .list = "errors; of a run with an output at every step of spans",
    .examples = "rnnrepair localize run\n"
                "rnnrepair localize run --rule flip --truth-class positive\n"
                "rnnrepair localize run --samples 3,17,44\n"
                "rnnrepair localize run --cases csv:failures.csv\n"
                "rnnrepair localize run --foreign --data csv:new.csv\n"
                "rnnrepair localize run --rule rare --gamma 10 --json\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .check = check_options,
    .open = open_run,
    .answer = answer_localize,
};
