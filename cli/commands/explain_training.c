/* SPDX-License-Identifier: MIT */
/* explain_training.c - `rnnrepair explain --training`: the errors that match a training sequence.
 */
#include "commands/explain_training.h"

#include "commands/steps.h"

typedef struct own_row {
    rr_touching_step of;
    cli_words token;
} own_row;

static const cli_column own_table[] = {
    COL_SIZE(own_row, of.t, "t", "t", 4),
    COL_U32(own_row, of.state, "state", "state", 5, .order = 1),
    COL_CLASS(own_row, of.prediction, "prediction", "prediction", 10),
    COL_SIZE(own_row, of.errors, "errors", "errors", 8, .order = 2),
    COL_WORDS(own_row, token, "token", "token", 0, .order = 3),
};
static const cli_columns own_word_columns = CLI_COLUMNS(own_row, own_table);
static const cli_columns own_frame_columns = { own_table, 4, sizeof(own_row) }; /* no token */

static const cli_column touched_step_table[] = {
    COL_DATA(SIZE, rr_touched_step, t, "t"),
    COL_DATA(SIZE, rr_touched_step, training_step, "training_step"),
};
static const cli_columns touched_step_columns = CLI_COLUMNS(rr_touched_step, touched_step_table);

/* An error: its touched steps, and of words the sentence with these marked. */
typedef struct touched_row {
    rr_touched_error of;
    cli_source from;
    cli_list steps, numbers;
    cli_words text;
} touched_row;

#define TOUCHED_COLUMNS                                                                            \
    COL_SIZE(touched_row, of.id, "sample", "id", 8), COL_SOURCE(touched_row, from, 0),             \
        COL_CLASS(touched_row, of.truth, "truth", "label", 6),                                     \
        COL_CLASS(touched_row, of.prediction, "prediction", "prediction", 10),                     \
        COL_F64(touched_row, of.fraction, "fraction", "fraction", 8, .digits = 3),                 \
        COL_ROWS(touched_row, steps, "steps", touched_step_columns)

static const cli_column frame_touched_table[] = {
    TOUCHED_COLUMNS, COL_NUMBERS(SIZE, touched_row, numbers, NULL, "steps", 0)
};
static const cli_columns frame_touched_columns = CLI_COLUMNS(touched_row, frame_touched_table);
static const cli_column word_touched_table[] = { TOUCHED_COLUMNS,
                                                 COL_WORDS(touched_row, text, NULL, "text", 0) };
static const cli_columns word_touched_columns = CLI_COLUMNS(touched_row, word_touched_table);

static rr_status list_own_steps(const rr_reach *x, cli_result *r, own_row **out, rr_error *err)
{
    const rr_status st = cli_result_alloc(r, out, x->count_steps, sizeof **out, err);

    for (size_t i = 0; st == RR_OK && i < x->count_steps; i++) {
        own_row *row = &(*out)[i];
        *row = (own_row){ .of = x->steps[i], .token = { .ds = x->training, .t = i + 1 } };
        if (x->training != NULL)
            row->token.s = rr_dataset_at(x->training, 0);
    }
    return st;
}

static rr_status list_touched(const rr_reach *x, cli_result *r, touched_row **out, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, out, x->count, sizeof **out, err));
    for (size_t i = 0; i < x->count; i++) {
        const rr_touched_error *e = &x->touched[i];
        const rr_sequence s = rr_dataset_at(x->ds, e->id);
        touched_row *row = &(*out)[i];
        unsigned char *marked = NULL;
        *row = (touched_row){ .of = *e, .from = { x->ds, e->id } };
        row->steps = (cli_list){ e->steps, e->count, 0 };
        row->numbers = (cli_list){ &e->steps->t, e->count, sizeof *e->steps };
        if (x->training == NULL)
            continue;
        RRI_TRY(cli_result_alloc(r, &marked, s.steps, 1, err));
        for (size_t k = 0; k < e->count; k++)
            marked[e->steps[k].t - 1] = 1;
        row->text = (cli_words){ .ds = x->ds, .s = s, .marked = marked };
    }

done:
    return st;
}

rr_status cli_explain_training(rr_session *s, const cli_inputs *in, const rr_question *question,
                               size_t training, size_t shown, cli_result *r, rr_error *err)
{
    const rr_key key = question->cfg.query.key;
    rr_reach *x = NULL;
    own_row *own = NULL;
    touched_row *touched = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_touched(s, question->split, training, key, &x, err));
    r->names = x->ds;
    RRI_TRY(list_own_steps(x, r, &own, err));
    RRI_TRY(list_touched(x, r, &touched, err));
    const int words = x->training != NULL;
    const cli_columns *columns = words ? &word_touched_columns : &frame_touched_columns;
    const cli_columns *own_columns = words ? &own_word_columns : &own_frame_columns;
    r->list = "touched";
    cli_put(r, "split", cli_json_text(in->split));
    cli_put(r, "training", cli_json_size(x->id));
    cli_put_class(r, "label", x->label);
    cli_put_class(r, "prediction", x->prediction);
    cli_put_rows(r, "steps", own_columns, own, x->count_steps);
    cli_put(r, "errors", cli_json_size(x->errors));
    cli_put_rows(r, "touched", columns, touched, x->count);
    if (cli_by_steps(s))
        cli_print(r, "training sequence %zu\n\n", x->id);
    else
        cli_print(r, "training sequence %zu: label %s, predicted %s\n\n", x->id,
                  rr_dataset_class_name(x->ds, x->label),
                  rr_dataset_class_name(x->ds, x->prediction));
    cli_print_rows(r, own_columns, own, x->count_steps, x->count_steps, "");
    cli_print(
        r,
        "\nIt matches %zu of the %zu %s of the %s%s by %s keys, with the fraction of their steps "
        "that match:\n",
        x->count, x->errors, cli_by_steps(s) ? "sequences with a wrong step" : "errors",
        in->other != NULL ? "other data" : in->split, in->other != NULL ? "" : " split",
        rr_enum_name(RR_ENUM_KEY, key));
    cli_print_rows(r, columns, touched, x->count, shown, "");

done:
    r->names = NULL;
    rr_reach_free(x);
    return st;
}
