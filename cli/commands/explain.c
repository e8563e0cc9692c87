/* SPDX-License-Identifier: MIT */
/* explain.c - `rnnrepair explain`: a prediction step by step, with its most influential training
 * sequences; or in reverse, which errors a training sequence influences. The table
 * follows the paper's Figure 1. */
#include "commands/explain_parts.h"
#include "commands/explain_training.h"
#include "commands/novelty.h"
#include "commands/steps.h"
#include "kit/given.h"
#include "kit/inputs.h"
#include "kit/paths.h"
#include "kit/words.h"

#include <string.h>

enum { MOST_TEXT = 65536 }; /* bytes of a text in a request */

typedef struct args {
    cli_common common;
    const char *dir;
    cli_inputs in;
    rr_question question;
    const char *steps;             /* "A-B" */
    const char *frames;            /* a file with the steps of one sequence */
    const char *sample, *training; /* numbers, or the data's own ids */
    size_t shown;
    int all_steps;
    const char *picture;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory with an influence model" },
};

static const cli_opt opts[] = {
    OPT_ENUM(args, question.split, "split", RR_ENUM_SPLIT, "split the sample is in"),
    OPT_STR(args, sample, "sample", "ID", "number of the sequence, from 0, or your own id of it",
            .preset = "the first error"),
    OPT_STR(args, question.text, "text", "TEXT", "explain this text instead; of a run on text",
            .preset = "a sample", .most = MOST_TEXT),
    OPT_READS(args, frames, "frames", "FILE.csv",
              "explain this sequence instead, a step a row; of a run on frames",
              .preset = "a sample"),
    OPT_STR(args, question.label, "label", "NAME",
            "the true class of --text or --frames, by name or number", .preset = "unknown"),
    OPT_SIZE(args, question.step, "step", 1, 1e9,
             "also list the training sequences that match step T, from 1", .value = "T",
             .preset = "none"),
    OPT_STR(args, steps, "steps", "A-B",
            "what is behind steps A to B together, of training steps with labels",
            .preset = "none"),
    OPT_ENUM(args, question.spans.measure, "spans", RR_ENUM_SPAN_MEASURE,
             "how spans of steps with one label are compared"),
    OPT_STR(args, training, "training", "ID",
            "the reverse: the errors of the split that match training sequence ID",
            .preset = "none"),
    OPT_TOP(args, question.cfg.top),
    OPT_MEASURE(args, question.cfg.query.measure, "how traces are compared",
                .preset = "jaccard for symbols, else lp"),
    OPT_NORM(args, question.cfg.query.p, "lp: the norm"),
    OPT_KEY(args, question.cfg.query.key, "what two steps must have in common to match",
            .preset = "state-symbol for symbols, else transition"),
    OPT_SIZE(args, shown, "show", 0, 0, "most rows printed of a list; --json prints all",
             .local = 1),
    OPT_FLAG(args, all_steps, "all-steps",
             "print each step of a sequence of more than 40; --json has all"),
    OPT_WRITES(
        args, picture, "picture", "FILE.png",
        "draw the explanation, with its training images or series; not with an output at every "
        "step",
        .preset = "none"),
    OPT_CASES(args),
    OPT_DATA(args, in.data),
    OPT_FOREIGN(args),
    OPT_STATES(args),
    OPT_SEED_UNUSED(args),
};

static void defaults(void *p)
{
    args *a = p;
    a->question = (rr_question){ .split = RR_SPLIT_TEST, .sample = RR_FIRST_ERROR };
    a->question.cfg = rr_explain_config_default();
    a->question.spans = rr_span_query_default();
    a->shown = 10;
}

/* ---- one prediction ------------------------------------------------------------------------- */

/* The members from truth to text, and what is printed of them. Of a run with an output at every
 * step the label of the sequence says nothing, that of each step does. */
static rr_status put_answer(const cli_explained *of, int by_steps, cli_result *r, rr_error *err)
{
    const rr_answer *x = of->x;
    const rr_explanation *e = x->explanation;
    const cli_words own = { .ds = x->ds, .s = rr_dataset_at(x->ds, x->at) };
    rr_status st = RR_OK;

    if (!by_steps) {
        cli_put_class(r, "truth", x->truth_known ? e->truth : UINT32_MAX);
        cli_put_class(r, "prediction", e->prediction);
    }
    cli_put_class_names(r);
    RRI_TRY(cli_put_explained_steps(of, by_steps, r, err));
    if (!by_steps)
        RRI_TRY(cli_put_proponents(of, r, err));
    else
        cli_print(r, "\n|I| counts training sequences with the same %s key, of N = %zu.\n",
                  rr_enum_name(RR_ENUM_KEY, of->query->key), of->N);
    if (x->training != NULL)
        cli_put(r, "text", cli_json_words(&own));

done:
    return st;
}

static rr_status draw(const args *a, rr_session *s, const rr_answer *x, rr_error *err)
{
    const rr_status st = rr_picture_answer(s, x, a->picture, err);

    if (st == RR_OK)
        cli_say(&a->common, "picture written to %s", a->picture);
    return st;
}

/* Which sequence it is; with one output also its truth and its prediction. */
static void print_title(const args *a, const rr_answer *x, int given, int by_steps,
                        const cli_result *r)
{
    const cli_source from = { x->ds, x->at };
    char row[CLI_REMARK];
    if (!given)
        cli_print(r, "sample %zu of %s%s: ", x->sample,
                  a->in.other != NULL ? a->in.other : a->in.split, cli_source_remark(&from, row));
    else
        cli_print(r, "%s: ", a->frames != NULL ? a->frames : "text");
    if (!by_steps)
        cli_print(r, "truth %s, predicted %s\n",
                  x->truth_known ? rr_dataset_class_name(x->names, x->explanation->truth)
                                 : "unknown",
                  rr_dataset_class_name(x->names, x->explanation->prediction));
}

static rr_status explain_sequence(const args *a, rr_session *s, const rr_network *net, size_t N,
                                  cli_result *r, rr_error *err)
{
    const rr_question *q = &a->question;
    const int by_steps = cli_by_steps(s);
    const int given = q->text != NULL || q->given.steps > 0;
    cli_explained of = {
        .net = net, .query = &q->cfg.query, .N = N, .shown = a->shown, .all_steps = a->all_steps
    };
    rr_answer *x = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_explain(s, q, &x, err));
    of.x = x;
    const cli_source from = { x->ds, x->at };
    r->list = q->last_step > 0 ? "spans" : q->step > 0 ? "matches" : "steps";
    r->names = x->names;
    cli_put(r, "split", cli_json_text(given ? NULL : a->in.split));
    cli_put(r, "sample", given ? json_null() : cli_json_size(x->sample));
    if (!given)
        cli_put_source(r, &from);
    cli_put(r, "measure", cli_json_text(rr_enum_name(RR_ENUM_MEASURE, q->cfg.query.measure)));
    cli_put(r, "top", cli_json_size(x->explanation->top));
    print_title(a, x, given, by_steps, r);
    if (!by_steps) {
        cli_put_answer_novelty(x, r);
        cli_print(r, "\n");
    }
    RRI_TRY(put_answer(&of, by_steps, r, err));
    if (by_steps)
        cli_put_answer_novelty(x, r);
    if (q->step > 0 && q->last_step == 0)
        RRI_TRY(cli_put_matches(&of, r, err));
    if (x->spans != NULL)
        RRI_TRY(cli_put_behind(x, &a->question, a->shown, r, err));
    if (a->picture != NULL)
        RRI_TRY(draw(a, s, x, err));
    cli_put(r, "picture", cli_json_text(a->picture));

done:
    r->names = NULL;
    rr_answer_free(x);
    return st;
}

/* ---- the command ---------------------------------------------------------------------------- */

/* The norm is of lp alone. */
static rr_status check_norm(const args *a, rr_error *err)
{
    const rr_measure measure = a->question.cfg.query.measure;
    char beside[64];

    if (measure == RR_MEASURE_LP)
        return RR_OK;
    snprintf(beside, sizeof beside, "--measure %s", rr_enum_name(RR_ENUM_MEASURE, measure));
    return cli_refuse_given(&a->common, "norm", beside, err);
}

/* The steps A-B, or A alone. */
static rr_status read_steps(args *a, rr_error *err)
{
    const char *dash = a->steps != NULL ? strchr(a->steps, '-') : NULL;
    char first[24] = "";
    rr_question *q = &a->question;

    if (a->steps == NULL)
        return RR_OK;
    if (dash != NULL && (size_t)(dash - a->steps) < sizeof first)
        memcpy(first, a->steps, (size_t)(dash - a->steps));
    if (!rri_parse_size(first, &q->step) || !rri_parse_size(dash + 1, &q->last_step) ||
        q->step == 0 || q->last_step < q->step)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--steps %s: expected the first and the last step, from 1, as 3-17",
                        a->steps);
    return RR_OK;
}

/* Options that have no meaning together. */
static rr_status check_options(void *p, rr_error *err)
{
    args *a = p;
    rr_status st = RR_OK;

    if (a->question.text != NULL && a->common.input != NULL)
        RRI_TRY(
            rri_fail(err, RR_ERR_ARG, -1, "--text beside an input of its own: one is explained"));
    if (a->question.text != NULL)
        RRI_TRY(cli_refuse_given(&a->common, "sample split training picture foreign cases frames",
                                 "--text", err));
    else if (a->frames != NULL)
        RRI_TRY(cli_refuse_given(&a->common, "sample split training picture foreign cases states",
                                 "--frames", err));
    else if (a->common.input != NULL)
        RRI_TRY(cli_refuse_given(&a->common, "sample split training", "an input of its own", err));
    else if (a->question.label != NULL)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--label is the class of --text or --frames; there is neither"));
    if (cli_given(&a->common, "training"))
        RRI_TRY(cli_refuse_given(&a->common, "sample step steps spans picture measure norm top",
                                 "--training", err));
    if (a->steps != NULL)
        RRI_TRY(cli_refuse_given(&a->common, "step", "--steps", err));
    RRI_TRY(read_steps(a, err));
    RRI_TRY(check_norm(a, err));

done:
    return st;
}

/* Defaults that depend on the data. */
static rr_status settle(args *a, rr_session *s, rr_error *err)
{
    const size_t V = rr_run_settings_of(rr_session_run(s)).network.vocabulary;
    rr_query *query = &a->question.cfg.query;
    rr_question usual;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_question(s, &usual, err));
    if (!cli_given(&a->common, "key"))
        query->key = usual.cfg.query.key;
    if (!cli_given(&a->common, "measure"))
        query->measure = usual.cfg.query.measure;
    if (a->picture != NULL && cli_by_steps(s))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--picture shows the one label of a sequence, and %s has an output at "
                         "every step; the table has the truth of each step",
                         a->dir));
    if (a->picture != NULL && V > 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--picture: symbols cannot be drawn; %s is not a run on images", a->dir));
    if (a->picture != NULL)
        RRI_TRY(cli_check_output_file("--picture", a->picture, ".png", err));
    RRI_TRY(check_norm(a, err));

done:
    return st;
}

static rr_status open_run(void *p, rr_session **s, rr_error *err)
{
    args *a = p;
    return cli_open_inputs(&a->common, a->dir, &a->in, &a->question.split, s, err);
}

/* A single call loads the sequences it needs. For requests that follow each other the whole splits
 * are loaded once. */
static rr_status load_splits(const args *a, rr_session *s, rr_error *err)
{
    const rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    if (!a->common.served)
        return RR_OK;
    if (a->question.text == NULL && a->question.given.steps == 0)
        RRI_TRY(rr_session_split(s, a->question.split, &ds, err));
    if (rr_run_settings_of(rr_session_run(s)).network.vocabulary > 0)
        RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &ds, err));

done:
    return st;
}

static rr_status answer_explain(void *p, rr_session *s, cli_result *r, rr_error *err)
{
    args *a = p;
    const rr_influence *inf = NULL;
    const rr_network *net = NULL;
    size_t training = 0;
    rr_status st = RR_OK;

    if (a->common.input != NULL)
        a->question.given = *a->common.input;
    if (a->frames != NULL)
        RRI_TRY(cli_read_frames(r, a->frames, &a->question.given, err));
    if (rr_run_settings_of(rr_session_run(s)).states == NULL)
        RRI_TRY(rr_session_network(s, &net, err));
    RRI_TRY(settle(a, s, err));
    RRI_TRY(rr_session_influence(s, &inf, err));
    RRI_TRY(load_splits(a, s, err));
    if (a->sample != NULL)
        RRI_TRY(
            cli_find_sample("sample", a->sample, s, a->question.split, &a->question.sample, err));
    if (a->training != NULL)
        RRI_TRY(cli_find_sample("training", a->training, s, RR_SPLIT_TRAIN, &training, err));
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "data", cli_json_text(a->in.other));
    cli_put(r, "key", cli_json_text(rr_enum_name(RR_ENUM_KEY, a->question.cfg.query.key)));
    RRI_TRY(cli_given(&a->common, "training")
                ? cli_explain_training(s, &a->in, &a->question, training, a->shown, r, err)
                : explain_sequence(a, s, net, rr_influence_info_of(inf).sequences, r, err));
    RRI_TRY(cli_put_origin(r, s, err));

done:
    return st;
}

const cli_command cli_command_explain = {
    .name = "explain",
    .summary = "explain a prediction by its most influential training sequences",
    .about =
        "Prints for every step the abstract state, the prediction so far and its probability,\n"
        "the three highest confidences of the state (class:fraction), and |I|, the number of\n"
        "training sequences with a matching step. Then the most influential training sequences:\n"
        "T_m carry the predicted label, T_t the true one. A score is between 0 and 1; 1 is an\n"
        "identical trace. Influential are those that passed the same states; what the prediction\n"
        "would be without them is another question, which audit --method replay answers\n"
        "(docs/RESULTS.md). A sequence that is unlike the training data is said to be so, and in\n"
        "what.\n"
        "\n"
        "How many carry a label says little where it is common: judge by the lift, the label's\n"
        "share of the most influential over its share of the training set (docs/ALGORITHMS.md);\n"
        "1 is as common as everywhere. An error at which the wrong label has the larger lift\n"
        "shows the fault pattern of the paper. Without --top, a twentieth of the training set is\n"
        "most influential, at least 10 and at most 100.\n"
        "\n"
        "Of more than 40 steps, successive ones in one state, with one prediction, are one row,\n"
        "and where many rows remain those between the first, the last and the last changes of\n"
        "the prediction are joined; --all-steps prints each.\n"
        "\n"
        "--picture draws the explanation: an image as it is read, a series as curves, or of more\n"
        "than 16 channels as a spectrogram, beside the training series that match it best.\n"
        "\n"
        "On text, each row shows the word, words without a vector are marked, and the training\n"
        "sentences are printed. --text explains a sentence from the command line: it is split at\n"
        "Unicode word boundaries and looked up in the run's vocabulary.\n"
        "\n"
        "--frames explains a sequence from a table, a row a step, with or without a line of "
        "names,\n"
        "in the units of the run's data: its scaling is applied; images have values from 0 to 1.\n"
        "\n"
        "--step lists the training sequences that match one step, nearest first, with the\n"
        "matching steps; on text the sentence, with the matching words in [[brackets]].\n"
        "A training sequence that shares nothing with the sample (score 0) is not listed.\n"
        "\n"
        "Of a run with an output at every step, each row shows the truth and the prediction of\n"
        "the step and marks those that are wrong. --step, and --steps for several together, list\n"
        "the labels of the training steps that match, with the lift over their share of all\n"
        "training steps, and the training spans (successive steps with one label) that influence\n"
        "them most. Without either that is shown of the first misread span, half of whose steps\n"
        "or more are wrong.\n"
        "\n"
        "--cases SPEC explains an error among other inputs with their right labels; --foreign a\n"
        "sequence of other data: where these have no labels, what needs the truth is left out.\n"
        "--training lists in reverse the errors of the split that a training sequence influences,\n"
        "with the matching steps: it is in the set I of each of them. Of a run with an output at\n"
        "every step these are the sequences with a wrong step, and label and prediction those of\n"
        "the last step.\n",
    .members =
        "sample, truth, prediction, split, data (of --cases or --foreign), measure, key, top,\n"
        "picture, run;\n"
        "of --text and --frames sample and split are null, and truth is where it is not known\n"
        "class_names     [C]\n"
        "steps           [{t, state, prediction, probability, confidence [C], influencers}];\n"
        "                of symbols also token, and known: whether it has a vector\n"
        "proponents      [{id, label, prediction, score}], highest score first, none of score 0;\n"
        "                of symbols also text\n"
        "for_truth       of these, those that carry the true label\n"
        "for_prediction  of these, those that carry the predicted label\n"
        "count_truth, count_prediction  of the proponents, by label\n"
        "lift_truth, lift_prediction    the label's share of the proponents over its share of the\n"
        "                training set\n"
        "fault_pattern   of an error, whether lift_prediction is above lift_truth; else null\n"
        "tied            training sequences beside the proponents that score as much as the last:\n"
        "                which of them are listed is by id alone\n"
        "novelty         {value, novel, part, parts {input, state, step, last}}: how unlike the\n"
        "                training data the sequence is, above 1 novel, and in what most; null\n"
        "                where the influence model cannot tell\n"
        "text            of symbols, the words with blanks between\n"
        "step            with --step: {t, influencers, matches [{id, label, prediction, score,\n"
        "                steps, text}], tied}, at most --top matches\n"
        "behind          where training steps have labels, of the steps asked about: {first, "
        "last,\n"
        "                matching, labels [{label, count, share, lift}], measure, spans [{id,\n"
        "                first, last, label, prediction, score}]}, at most --top spans; with part\n"
        "                where the source names parts, of symbols with text\n"
        "Of a run with an output at every step there are labelled_steps and step_errors instead "
        "of\n"
        "truth, prediction and proponents to count_prediction, and the rows of steps have also\n"
        "truth and wrong.\n"
        "With --training instead: training, label, prediction, split, data, key, run, errors (of\n"
        "the split, in all), steps [{t, state, prediction, errors, token}] and\n"
        "touched         [{sample, truth, prediction, fraction, steps [{t, training_step}]}], of "
        "the\n"
        "                largest fraction of matching steps first; training_step is the first "
        "match\n" CLI_SOURCE_MEMBERS CLI_ORIGIN_MEMBERS CLI_CLASS_MEMBERS,
    .list = "steps; with --step of matches, with --steps of spans, with --training of touched",
    .examples = "rnnrepair explain run\n"
                "rnnrepair explain run --split test --sample 445 --top 100\n"
                "rnnrepair explain run --sample 445 --picture explained.png\n"
                "rnnrepair explain run --sample 3 --measure votes --key state-symbol --json\n"
                "rnnrepair explain run --text 'not a good film' --label negative --step 3\n"
                "rnnrepair explain run --training 12 --split test\n"
                "rnnrepair explain run --sample 3 --steps 12-31\n"
                "rnnrepair explain run --cases csv:failures.csv\n"
                "rnnrepair explain run --foreign --data csv:new.csv --sample 3\n"
                "rnnrepair explain mine --states test.npz --sample 3\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .check = check_options,
    .open = open_run,
    .answer = answer_explain,
    .takes_given = 1,
};
