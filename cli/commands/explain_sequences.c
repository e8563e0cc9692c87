/* SPDX-License-Identifier: MIT */
/* explain_sequences.c - the training sequences of an explanation: the most influential ones with
 * what their labels say, and those that match one step. */
#include "commands/explain_parts.h"

#include "kit/words.h"

enum { GLIMPSE = 64 }; /* columns of a sentence in a list */

/* ---- the most influential -------------------------------------------------------------------- */

/* One of the lists. */
typedef struct neighbour_row {
    rr_neighbour of;
    cli_source from;
    cli_words text;
} neighbour_row;

static const cli_column frame_neighbour_table[] = {
    COL_U32(neighbour_row, of.id, "id", "id", 8),
    COL_SOURCE(neighbour_row, from, 0),
    COL_CLASS(neighbour_row, of.label, "label", "label", 6),
    COL_CLASS(neighbour_row, of.prediction, "prediction", "prediction", 10),
    COL_F32(neighbour_row, of.score, "score", "score", 7, .digits = 4),
};
static const cli_columns frame_neighbour_columns =
    CLI_COLUMNS(neighbour_row, frame_neighbour_table);

static const cli_column word_neighbour_table[] = {
    COL_U32(neighbour_row, of.id, "id", "id", 8),
    COL_SOURCE(neighbour_row, from, 0),
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
        *row = (neighbour_row){ .of = from[i],
                                .from = cli_source_of(x, from[i].id),
                                .text = { .ds = x->training, .columns = GLIMPSE } };
        if (x->training != NULL)
            row->text.s = rr_answer_training(x, from[i].id);
    }
    return st;
}

/* A line about those that are as good as the last of a list, and not in it. */
static void print_tied(const cli_result *r, size_t tied, float score)
{
    if (tied > 0)
        cli_print(r, "%zu more training sequence%s the same score as the last of these, %.4f.\n",
                  tied, tied == 1 ? " has" : "s have", (double)score);
}

static void print_list(const cli_explained *of, const char *title, const neighbour_row *rows,
                       size_t n, const cli_result *r)
{
    const cli_columns *columns =
        of->x->training != NULL ? &word_neighbour_columns : &frame_neighbour_columns;
    const size_t shown = rri_min(n, of->shown);
    size_t tied = 0;

    cli_print(r, "\n%s%s\n", title, n == 0 ? ": none" : "");
    if (n > 0)
        cli_print_rows(r, columns, rows, n, of->shown, "");
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

/* What the labels of the proponents say: their counts, and judged by their lifts. */
static void print_labels(const cli_explained *of, const cli_result *r)
{
    const rr_answer *x = of->x;
    const rr_explanation *e = x->explanation;

    cli_print(r, "Of the %zu most influential, %zu carry the predicted label %s (lift %.2f)",
              e->count_proponents, e->count_prediction,
              rr_dataset_class_name(x->names, e->prediction), e->lift_prediction);
    if (x->truth_known)
        cli_print(r, " and %zu the true label %s (lift %.2f)", e->count_truth,
                  rr_dataset_class_name(x->names, e->truth), e->lift_truth);
    cli_print(r, ".\nLift is a label's share of these over its share of all N.");
    if (x->truth_known && e->fault)
        cli_print(r, " By lift they speak for the wrong prediction: the fault pattern.");
    else if (x->truth_known && e->prediction != e->truth)
        cli_print(r, " By lift they do not speak for the wrong prediction: no fault pattern.");
    cli_print(r, "\n");
    print_tied(r, e->tied, e->proponents[e->count_proponents - 1].score);
}

static void print_counts(const cli_explained *of, const cli_result *r)
{
    if (of->x->training != NULL)
        cli_print(r, "\n|I| counts training sequences of the same %s key, of N = %zu.\n",
                  rr_enum_name(RR_ENUM_KEY, of->query->key), of->N);
    else
        cli_print(r, "\n|I| counts training sequences, of N = %zu.\n", of->N);
    if (of->x->explanation->count_proponents > 0)
        print_labels(of, r);
    else
        cli_print(r, "No training sequence shares a %s with it.\n",
                  of->query->measure == RR_MEASURE_LP ? "state" : shared(of->query->key));
}

static void put_labels(const rr_answer *x, cli_result *r)
{
    const rr_explanation *e = x->explanation;
    const int wrong = e->prediction != e->truth;

    cli_put(r, "count_truth", x->truth_known ? cli_json_size(e->count_truth) : json_null());
    cli_put(r, "count_prediction", cli_json_size(e->count_prediction));
    cli_put(r, "lift_truth", x->truth_known ? cli_json_f64(e->lift_truth) : json_null());
    cli_put(r, "lift_prediction", cli_json_f64(e->lift_prediction));
    cli_put(r, "fault_pattern", x->truth_known && wrong ? json_boolean(e->fault) : json_null());
    cli_put(r, "tied", cli_json_size(e->tied));
}

rr_status cli_put_proponents(const cli_explained *of, cli_result *r, rr_error *err)
{
    const rr_answer *x = of->x;
    const rr_explanation *e = x->explanation;
    const cli_columns *columns =
        x->training != NULL ? &word_neighbour_columns : &frame_neighbour_columns;
    const size_t for_truth = x->truth_known ? e->count_for_truth : 0;
    neighbour_row *all = NULL, *truth = NULL, *predicted = NULL;
    rr_status st = RR_OK;

    RRI_TRY(list_neighbours(x, e->proponents, e->count_proponents, r, &all, err));
    RRI_TRY(list_neighbours(x, e->for_truth, for_truth, r, &truth, err));
    RRI_TRY(list_neighbours(x, e->for_prediction, e->count_for_prediction, r, &predicted, err));
    cli_put_rows(r, "proponents", columns, all, e->count_proponents);
    cli_put_rows(r, "for_truth", columns, truth, for_truth);
    cli_put_rows(r, "for_prediction", columns, predicted, e->count_for_prediction);
    put_labels(x, r);
    print_counts(of, r);
    if (e->count_proponents == 0)
        goto done;
    if (!x->truth_known || e->truth != e->prediction)
        print_list(of, "T_m: influential training sequences with the predicted label", predicted,
                   e->count_for_prediction, r);
    if (x->truth_known)
        print_list(of, "T_t: influential training sequences with the true label", truth, for_truth,
                   r);

done:
    return st;
}

/* ---- the matches of a step ------------------------------------------------------------------- */

/* A match of one step: where it matches, and of words the sentence with these marked. */
typedef struct match_row {
    rr_step_match of;
    cli_source from;
    cli_list steps;
    cli_words text;
} match_row;

#define MATCH_COLUMNS(steps_heading)                                                               \
    COL_SIZE(match_row, of.id, "id", "id", 8), COL_SOURCE(match_row, from, 0),                     \
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
        row->from = cli_source_of(x, m->id);
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

rr_status cli_put_matches(const cli_explained *of, cli_result *r, rr_error *err)
{
    const rr_answer *x = of->x;
    const cli_columns *columns = x->training != NULL ? &word_match_columns : &frame_match_columns;
    const rr_sequence own = rr_dataset_at(x->ds, x->at);
    const size_t shown = rri_min(x->count_matches, of->shown);
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
              of->N, rr_enum_name(RR_ENUM_KEY, of->query->key));
    cli_print_rows(r, columns, rows, shown, shown, "");
    if (x->influencers > of->shown)
        cli_print(r, "... and %zu more\n", x->influencers - of->shown);
    return RR_OK;
}
