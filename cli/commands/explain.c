/* SPDX-License-Identifier: MIT */
/* explain.c - `rnnrepair explain`: a prediction step by step, with its most influential training
 * sequences; or in reverse, which errors a training sequence influences. The table
 * follows the paper's Figure 1. */
#include "commands/explain_training.h"
#include "commands/novelty.h"
#include "commands/steps.h"
#include "kit/given.h"
#include "kit/inputs.h"
#include "kit/paths.h"
#include "kit/words.h"

#include <string.h>

enum {
    WIDEST = 24,      /* columns of a word in a table; a wider one shifts the rest */
    GLIMPSE = 64,     /* columns of a sentence in a list */
    MOST_TEXT = 65536 /* bytes of a text in a request */
};

typedef struct args {
    cli_common common;
    const char *dir;
    cli_inputs in;
    rr_question question;
    const char *steps;  /* "A-B" */
    const char *frames; /* a file with the steps of one sequence */
    size_t training;
    size_t shown;
    const char *picture;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory with an influence model" },
};

static const cli_opt opts[] = {
    OPT_ENUM(args, question.split, "split", RR_ENUM_SPLIT, "split the sample is in"),
    OPT_SIZE(args, question.sample, "sample", 0, 0, "number of the sequence, from 0", .value = "ID",
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
    OPT_SIZE(args, training, "training", 0, 0,
             "the reverse: the errors of the split that match training sequence ID", .value = "ID",
             .preset = "none"),
    OPT_TOP(args, question.cfg.top),
    OPT_MEASURE(args, question.cfg.query.measure, "how traces are compared",
                .preset = "jaccard for symbols, else lp"),
    OPT_NORM(args, question.cfg.query.p, "lp: the norm"),
    OPT_KEY(args, question.cfg.query.key, "what two steps must have in common to match",
            .preset = "state-symbol for symbols, else transition"),
    OPT_SIZE(args, shown, "show", 0, 0, "most rows printed of a list; --json prints all",
             .local = 1),
    OPT_WRITES(args, picture, "picture", "FILE.png",
               "draw the explanation, with its training images; not with an output at every step",
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

/* ---- the steps ------------------------------------------------------------------------------ */

typedef struct step_row {
    rr_explain_step of;
    uint32_t prediction;
    cli_list confidence;
    cli_words token;
    int known;
    const char *remark;
} step_row;

static const cli_column frame_step_table[] = {
    COL_SIZE(step_row, of.t, "t", "t", 4),
    COL_U16(step_row, of.state, "state", "state", 5),
    COL_CLASS(step_row, prediction, "prediction", "prediction", 10),
    COL_CHANCE(step_row, of.probability, "probability", "probability", 11, .digits = 4),
    COL_NUMBERS(F32, step_row, confidence, "confidence", "confidence", 0, .order = 2, .largest = 3),
    COL_SIZE(step_row, of.influencers, "influencers", "|I|", 8, .order = 1),
};
static const cli_columns frame_step_columns = CLI_COLUMNS(step_row, frame_step_table);

static const cli_column word_step_table[] = {
    COL_SIZE(step_row, of.t, "t", "t", 4),
    COL_U16(step_row, of.state, "state", "state", 5, .order = 4),
    COL_CLASS(step_row, prediction, "prediction", "prediction", 10, .order = 2),
    COL_CHANCE(step_row, of.probability, "probability", "probability", 11, .digits = 4, .order = 3),
    COL_NUMBERS(F32, step_row, confidence, "confidence", NULL, 0),
    COL_SIZE(step_row, of.influencers, "influencers", "|I|", 8, .order = 5),
    COL_WORDS(step_row, token, "token", "token", 0, .fit = WIDEST, .order = 1),
    COL_DATA(FLAG, step_row, known, "known"),
    COL_TEXT(step_row, remark, NULL, "", 0, .order = 6),
};
static const cli_columns word_step_columns = CLI_COLUMNS(step_row, word_step_table);

/* Of steps with labels of their own. */
typedef struct labelled_row {
    step_row step;
    uint32_t truth;
    int wrong;
    const char *mark;
} labelled_row;

#define LABELLED_COLUMNS                                                                           \
    COL_SIZE(labelled_row, step.of.t, "t", "t", 4),                                                \
        COL_U16(labelled_row, step.of.state, "state", "state", 5, .order = 5),                     \
        COL_CLASS(labelled_row, truth, "truth", "truth", 10, .order = 2),                          \
        COL_CLASS(labelled_row, step.prediction, "prediction", "prediction", 10, .order = 3),      \
        COL_DATA(FLAG, labelled_row, wrong, "wrong"),                                              \
        COL_TEXT(labelled_row, mark, NULL, "", 5, .order = 4),                                     \
        COL_CHANCE(labelled_row, step.of.probability, "probability", "probability", 11,            \
                   .digits = 4, .order = 6),                                                       \
        COL_NUMBERS(F32, labelled_row, step.confidence, "confidence", NULL, 0),                    \
        COL_SIZE(labelled_row, step.of.influencers, "influencers", "|I|", 8, .order = 7)

static const cli_column labelled_frame_table[] = { LABELLED_COLUMNS };
static const cli_columns labelled_frame_columns = CLI_COLUMNS(labelled_row, labelled_frame_table);
static const cli_column labelled_word_table[] = {
    LABELLED_COLUMNS,
    COL_WORDS(labelled_row, step.token, "token", "token", 0, .fit = WIDEST, .order = 1),
    COL_DATA(FLAG, labelled_row, step.known, "known"),
    COL_TEXT(labelled_row, step.remark, NULL, "", 0, .order = 8),
};
static const cli_columns labelled_word_columns = CLI_COLUMNS(labelled_row, labelled_word_table);

static const char *remark(const rr_dataset *ds, const rr_sequence *s, size_t t)
{
    return rr_dataset_words(ds) != NULL && s->symbols[t - 1] == RR_WORD_UNKNOWN
               ? "not in the vocabulary"
               : "no vector";
}

static rr_status list_steps(const rr_answer *x, const rr_network *net, cli_result *r,
                            step_row **out, rr_error *err)
{
    const rr_explanation *e = x->explanation;
    const rr_sequence s = rr_dataset_at(x->ds, x->at);
    const rr_status st = cli_result_alloc(r, out, e->count_steps, sizeof **out, err);

    for (size_t i = 0; st == RR_OK && i < e->count_steps; i++) {
        step_row *row = &(*out)[i];
        *row = (step_row){ .of = e->steps[i], .prediction = e->steps[i].prediction };
        row->confidence = (cli_list){ .items = row->of.confidence, .count = e->classes };
        if (x->training == NULL)
            continue;
        row->token = (cli_words){ .ds = x->ds, .s = s, .t = row->of.t };
        row->known = cli_token_known(net, x->ds, &s, row->of.t);
        row->remark = row->known ? NULL : remark(x->ds, &s, row->of.t);
    }
    return st;
}

/* The same rows with the truth, and what of it is wrong. */
static rr_status label_steps(const step_row *steps, size_t n, cli_result *r, labelled_row **out,
                             size_t *labelled, size_t *wrong, rr_error *err)
{
    const rr_status st = cli_result_alloc(r, out, n, sizeof **out, err);

    *labelled = *wrong = 0;
    for (size_t i = 0; st == RR_OK && i < n; i++) {
        labelled_row *row = &(*out)[i];
        *row = (labelled_row){ .step = steps[i], .truth = steps[i].of.label };
        row->wrong = row->truth != RR_NO_LABEL && row->truth != steps[i].prediction;
        row->mark = row->wrong ? "wrong" : NULL;
        *labelled += row->truth != RR_NO_LABEL;
        *wrong += row->wrong != 0;
    }
    return st;
}

/* ---- training sequences --------------------------------------------------------------------- */

/* One of the lists. */
typedef struct neighbour_row {
    rr_neighbour of;
    cli_words text;
} neighbour_row;

static const cli_column frame_neighbour_table[] = {
    COL_U32(neighbour_row, of.id, "id", "id", 8),
    COL_CLASS(neighbour_row, of.label, "label", "label", 6),
    COL_CLASS(neighbour_row, of.prediction, "prediction", "prediction", 10),
    COL_F32(neighbour_row, of.score, "score", "score", 7, .digits = 4),
};
static const cli_columns frame_neighbour_columns =
    CLI_COLUMNS(neighbour_row, frame_neighbour_table);

static const cli_column word_neighbour_table[] = {
    COL_U32(neighbour_row, of.id, "id", "id", 8),
    COL_CLASS(neighbour_row, of.label, "label", "label", 10),
    COL_CLASS(neighbour_row, of.prediction, "prediction", "prediction", 10),
    COL_F32(neighbour_row, of.score, "score", "score", 7, .digits = 4),
    COL_WORDS(neighbour_row, text, "text", "text", 0),
};
static const cli_columns word_neighbour_columns = CLI_COLUMNS(neighbour_row, word_neighbour_table);

static rr_status list_neighbours(const rr_answer *x, const rr_neighbour *from, size_t n,
                                 cli_result *r, neighbour_row **out, rr_error *err)
{
    const rr_status st = cli_result_alloc(r, out, n, sizeof **out, err);

    for (size_t i = 0; st == RR_OK && i < n; i++) {
        neighbour_row *row = &(*out)[i];
        *row = (neighbour_row){ .of = from[i], .text = { .ds = x->training, .columns = GLIMPSE } };
        if (x->training != NULL)
            row->text.s = rr_answer_training(x, from[i].id);
    }
    return st;
}

/* A match of one step: where it matches, and of words the sentence with these marked. */
typedef struct match_row {
    rr_step_match of;
    cli_list steps;
    cli_words text;
} match_row;

#define MATCH_COLUMNS(steps_heading)                                                               \
    COL_SIZE(match_row, of.id, "id", "id", 8),                                                     \
        COL_CLASS(match_row, of.label, "label", "label", 6),                                       \
        COL_CLASS(match_row, of.prediction, "prediction", "prediction", 10),                       \
        COL_F32(match_row, of.score, "score", "score", 7, .digits = 4),                            \
        COL_NUMBERS(U32, match_row, steps, "steps", steps_heading, 0)

static const cli_column frame_match_table[] = { MATCH_COLUMNS("steps") };
static const cli_columns frame_match_columns = CLI_COLUMNS(match_row, frame_match_table);
static const cli_column word_match_table[] = { MATCH_COLUMNS(NULL),
                                               COL_WORDS(match_row, text, "text", "text", 0) };
static const cli_columns word_match_columns = CLI_COLUMNS(match_row, word_match_table);

static rr_status list_matches(const rr_answer *x, cli_result *r, match_row **out, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, out, x->count_matches, sizeof **out, err));
    for (size_t i = 0; i < x->count_matches; i++) {
        const rr_step_match *m = &x->matches[i];
        match_row *row = &(*out)[i];
        unsigned char *marked = NULL;
        *row = (match_row){ .of = *m, .steps = { &m->at->step, m->count, sizeof *m->at } };
        if (x->training == NULL)
            continue;
        const rr_sequence s = rr_answer_training(x, m->id);
        RRI_TRY(cli_result_alloc(r, &marked, s.steps, 1, err));
        for (size_t k = 0; k < m->count; k++)
            marked[m->at[k].step - 1] = 1;
        row->text = (cli_words){ .ds = x->training, .s = s, .marked = marked };
    }

done:
    return st;
}

/* The member `step`, and its table at the end of the text. */
static rr_status put_step(const args *a, const rr_answer *x, size_t N, cli_result *r, rr_error *err)
{
    const cli_columns *columns = x->training != NULL ? &word_match_columns : &frame_match_columns;
    const rr_sequence own = rr_dataset_at(x->ds, x->at);
    const size_t shown = x->count_matches < a->shown ? x->count_matches : a->shown;
    match_row *rows = NULL;

    const rr_status st = list_matches(x, r, &rows, err);
    if (st != RR_OK)
        return st;
    json_t *back = cli_enter(r, "step");
    cli_put(r, "t", cli_json_size(x->step));
    cli_put(r, "influencers", cli_json_size(x->influencers));
    cli_put_rows(r, "matches", columns, rows, x->count_matches);
    cli_put(r, "tied", cli_json_size(x->tied));
    cli_leave(r, back);
    cli_print(r, "\nStep %zu", x->step);
    if (x->training != NULL) {
        const cli_words token = { .ds = x->ds, .s = own, .t = x->step };
        cli_print(r, ", ");
        cli_print_words(r, &token);
    }
    cli_print(r, ": |I| = %zu of N = %zu training sequences have the same %s key\n", x->influencers,
              N, rr_enum_name(RR_ENUM_KEY, a->question.cfg.query.key));
    cli_print_rows(r, columns, rows, shown, shown, "");
    if (x->influencers > a->shown)
        cli_print(r, "... and %zu more\n", x->influencers - a->shown);
    return RR_OK;
}

/* ---- one prediction ------------------------------------------------------------------------- */

/* A line about those that are as good as the last of a list, and not in it. */
static void print_tied(const cli_result *r, size_t tied, float score)
{
    if (tied > 0)
        cli_print(r, "%zu more training sequence%s the same score as the last of these, %.4f.\n",
                  tied, tied == 1 ? " has" : "s have", (double)score);
}

static void print_list(const args *a, const char *title, const cli_columns *columns,
                       const neighbour_row *rows, size_t n, const cli_result *r)
{
    const size_t shown = rri_min(n, a->shown);
    size_t tied = 0;

    cli_print(r, "\n%s%s\n", title, n == 0 ? ": none" : "");
    if (n > 0)
        cli_print_rows(r, columns, rows, n, a->shown, "");
    if (shown == 0)
        return;
    while (shown + tied < n && rows[shown + tied].of.score == rows[shown - 1].of.score)
        tied++;
    print_tied(r, tied, rows[shown - 1].of.score);
}

/* What a step has in common with a training step that matches it. */
static const char *shared(rr_key key)
{
    return key == RR_KEY_STATE_SYMBOL ? "(state, input) pair" : "transition between states";
}

static void print_counts(const args *a, const rr_answer *x, size_t N, const cli_result *r)
{
    const rr_explanation *e = x->explanation;
    const rr_query *query = &a->question.cfg.query;
    if (x->training != NULL)
        cli_print(r, "\n|I| counts training sequences of the same %s key, of N = %zu.\n",
                  rr_enum_name(RR_ENUM_KEY, query->key), N);
    else
        cli_print(r, "\n|I| counts training sequences, of N = %zu.\n", N);
    if (e->count_proponents == 0) {
        cli_print(r, "No training sequence shares a %s with it.\n",
                  query->measure == RR_MEASURE_LP ? "state" : shared(query->key));
        return;
    }
    cli_print(r, "Of the %zu most influential, %zu carry the predicted label %s",
              e->count_proponents, e->count_prediction,
              rr_dataset_class_name(x->names, e->prediction));
    if (x->truth_known)
        cli_print(r, " and %zu the true label %s", e->count_truth,
                  rr_dataset_class_name(x->names, e->truth));
    cli_print(r, ".\n");
    print_tied(r, e->tied, e->proponents[e->count_proponents - 1].score);
}

/* The same members of a run with an output at every step: the label of the sequence says nothing,
 * that of each step does. */
static rr_status put_labelled(const args *a, const rr_answer *x, const step_row *steps, size_t N,
                              cli_result *r, rr_error *err)
{
    const rr_explanation *e = x->explanation;
    const int words = x->training != NULL;
    const cli_columns *columns = words ? &labelled_word_columns : &labelled_frame_columns;
    const cli_words own = { .ds = x->ds, .s = rr_dataset_at(x->ds, x->at) };
    labelled_row *rows = NULL;
    size_t labelled = 0, wrong = 0;
    rr_status st = RR_OK;

    RRI_TRY(label_steps(steps, e->count_steps, r, &rows, &labelled, &wrong, err));
    cli_put_class_names(r);
    cli_put(r, "labelled_steps", cli_json_size(labelled));
    cli_put(r, "step_errors", cli_json_size(wrong));
    cli_put_rows(r, "steps", columns, rows, e->count_steps);
    if (words)
        cli_put(r, "text", cli_json_words(&own));
    if (labelled > 0)
        cli_print(r, "%zu steps, %zu of the %zu labelled ones wrong\n\n", e->count_steps, wrong,
                  labelled);
    else
        cli_print(r, "%zu steps, none with a label\n\n", e->count_steps);
    cli_print_rows(r, columns, rows, e->count_steps, e->count_steps, "");
    cli_print(r, "\n|I| counts training sequences with the same %s key, of N = %zu.\n",
              rr_enum_name(RR_ENUM_KEY, a->question.cfg.query.key), N);

done:
    return st;
}

/* The members from truth to text, and what is printed of them. */
static rr_status put_answer(const args *a, const rr_answer *x, const rr_network *net, int by_steps,
                            size_t N, cli_result *r, rr_error *err)
{
    const rr_explanation *e = x->explanation;
    const int words = x->training != NULL;
    const cli_columns *columns = words ? &word_neighbour_columns : &frame_neighbour_columns;
    const cli_columns *step_columns = words ? &word_step_columns : &frame_step_columns;
    const size_t for_truth = x->truth_known ? e->count_for_truth : 0;
    const cli_words own = { .ds = x->ds, .s = rr_dataset_at(x->ds, x->at) };
    neighbour_row *all = NULL, *truth = NULL, *predicted = NULL;
    step_row *steps = NULL;
    rr_status st = RR_OK;

    RRI_TRY(list_steps(x, net, r, &steps, err));
    if (by_steps)
        return put_labelled(a, x, steps, N, r, err);
    RRI_TRY(list_neighbours(x, e->proponents, e->count_proponents, r, &all, err));
    RRI_TRY(list_neighbours(x, e->for_truth, for_truth, r, &truth, err));
    RRI_TRY(list_neighbours(x, e->for_prediction, e->count_for_prediction, r, &predicted, err));
    cli_put_class(r, "truth", x->truth_known ? e->truth : UINT32_MAX);
    cli_put_class(r, "prediction", e->prediction);
    cli_put_class_names(r);
    cli_put_rows(r, "steps", step_columns, steps, e->count_steps);
    cli_put_rows(r, "proponents", columns, all, e->count_proponents);
    cli_put_rows(r, "for_truth", columns, truth, for_truth);
    cli_put_rows(r, "for_prediction", columns, predicted, e->count_for_prediction);
    cli_put(r, "count_truth", x->truth_known ? cli_json_size(e->count_truth) : json_null());
    cli_put(r, "count_prediction", cli_json_size(e->count_prediction));
    cli_put(r, "tied", cli_json_size(e->tied));
    if (words)
        cli_put(r, "text", cli_json_words(&own));
    cli_print_rows(r, step_columns, steps, e->count_steps, e->count_steps, "");
    print_counts(a, x, N, r);
    if (e->count_proponents == 0)
        goto done;
    if (!x->truth_known || e->truth != e->prediction)
        print_list(a, "T_m: influential training sequences with the predicted label", columns,
                   predicted, e->count_for_prediction, r);
    if (x->truth_known)
        print_list(a, "T_t: influential training sequences with the true label", columns, truth,
                   for_truth, r);

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

static rr_status explain_sequence(const args *a, rr_session *s, const rr_network *net, size_t N,
                                  cli_result *r, rr_error *err)
{
    const rr_question *q = &a->question;
    const int by_steps = cli_by_steps(s);
    const int given = q->text != NULL || q->given.steps > 0;
    rr_answer *x = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_explain(s, q, &x, err));
    r->list = q->last_step > 0 ? "spans" : q->step > 0 ? "matches" : "steps";
    r->names = x->names;
    cli_put(r, "split", cli_json_text(given ? NULL : a->in.split));
    cli_put(r, "sample", given ? json_null() : cli_json_size(x->sample));
    cli_put(r, "measure", cli_json_text(rr_enum_name(RR_ENUM_MEASURE, q->cfg.query.measure)));
    cli_put(r, "top", cli_json_size(q->cfg.top));
    if (!given)
        cli_print(r, "sample %zu of %s: ", x->sample,
                  a->in.other != NULL ? a->in.other : a->in.split);
    else
        cli_print(r, "%s: ", a->frames != NULL ? a->frames : "text");
    if (!by_steps)
        cli_print(r, "truth %s, predicted %s\n",
                  x->truth_known ? rr_dataset_class_name(x->names, x->explanation->truth)
                                 : "unknown",
                  rr_dataset_class_name(x->names, x->explanation->prediction));
    if (!by_steps) {
        cli_put_answer_novelty(x, r);
        cli_print(r, "\n");
    }
    RRI_TRY(put_answer(a, x, net, by_steps, N, r, err));
    if (by_steps)
        cli_put_answer_novelty(x, r);
    if (q->step > 0 && q->last_step == 0)
        RRI_TRY(put_step(a, x, N, r, err));
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
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "data", cli_json_text(a->in.other));
    cli_put(r, "key", cli_json_text(rr_enum_name(RR_ENUM_KEY, a->question.cfg.query.key)));
    RRI_TRY(cli_given(&a->common, "training")
                ? cli_explain_training(s, &a->in, &a->question, a->training, a->shown, r, err)
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
        "identical trace. --picture draws the explanation, with the images. Influential are those\n"
        "that passed the same states; what the prediction would be without them is another\n"
        "question, which audit --method replay answers (docs/RESULTS.md).\n"
        "A sequence that is unlike the training data is said to be so, and in what.\n"
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
        "match\n" CLI_ORIGIN_MEMBERS CLI_CLASS_MEMBERS,
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
