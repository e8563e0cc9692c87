/* SPDX-License-Identifier: MIT */
/* novelty.c - what predict and explain print of inputs that are unlike the training data. */
#include "commands/novelty.h"

/* ---- a split -------------------------------------------------------------------------------- */

typedef struct split_row {
    rr_split_novelty of;
    double fraction;
} split_row;

static const cli_column split_table[] = {
    COL_DATA(SIZE, split_row, of.novel, "novel"),
    COL_DATA(FRACTION, split_row, fraction, "fraction"),
    COL_DATA(FRACTION, split_row, of.chance, "chance"),
    COL_DATA(FLAG, split_row, of.unlike, "unlike"),
    COL_DATA(FRACTION, split_row, of.accuracy_novel, "accuracy_novel"),
    COL_DATA(FRACTION, split_row, of.accuracy_rest, "accuracy_rest"),
};
static const cli_columns split_columns = CLI_COLUMNS(split_row, split_table);

typedef struct novel_row {
    size_t id;
    rr_novelty of;
} novel_row;

static const cli_column novel_table[] = {
    COL_DATA(SIZE, novel_row, id, "id"),
    COL_DATA(F32, novel_row, of.value, "novelty"),
    COL_ENUM(novel_row, of.most, "part", RR_ENUM_NOVELTY_PART, NULL, 0),
};
static const cli_columns novel_columns = CLI_COLUMNS(novel_row, novel_table);

static void print_split(const split_row *row, const cli_result *r)
{
    const rr_split_novelty *of = &row->of;

    cli_print(r, "novelty   %zu of %zu sequences (%.1f %%) %s unlike the training data", of->novel,
              of->count, 100.0 * row->fraction, of->novel == 1 ? "is" : "are");
    if (of->accuracy_novel >= 0.0)
        cli_print(r, ": accuracy %.4f", of->accuracy_novel);
    if (of->accuracy_novel >= 0.0 && of->accuracy_rest >= 0.0)
        cli_print(r, " there, %.4f of the others", of->accuracy_rest);
    cli_print(r, "\n");
    if (of->unlike)
        cli_print(r, "          Of data like the training data it is 1 %% at most: these data are "
                     "of another kind.\n"
                     "          Do not rely on the predictions, however probable.\n");
}

rr_status cli_put_novelty(const rr_split_novelty *of, cli_result *r, rr_error *err)
{
    split_row row = { .of = *of };
    novel_row *rows = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    if (of->sequences == NULL) {
        cli_put(r, "novelty", json_null());
        return RR_OK;
    }
    RRI_TRY(cli_result_alloc(r, &rows, of->novel, sizeof *rows, err));
    for (size_t i = 0; i < of->count; i++)
        if (of->sequences[i].value > 1.0F)
            rows[n++] = (novel_row){ i, of->sequences[i] };
    row.fraction = (double)of->novel / (double)of->count;
    cli_put_record(r, "novelty", &split_columns, &row);
    cli_put_rows(r, "novel", &novel_columns, rows, n);
    if (of->novel > 0)
        print_split(&row, r);

done:
    return st;
}

/* ---- one sequence --------------------------------------------------------------------------- */

typedef struct answer_row {
    rr_novelty of;
    int novel;
} answer_row;

static const cli_column part_table[] = {
    COL_DATA(F32, rr_novelty, part[RR_NOVELTY_INPUT], "input"),
    COL_DATA(F32, rr_novelty, part[RR_NOVELTY_STATE], "state"),
    COL_DATA(F32, rr_novelty, part[RR_NOVELTY_STEP], "step"),
    COL_DATA(F32, rr_novelty, part[RR_NOVELTY_LAST], "last"),
};
static const cli_columns part_columns = CLI_COLUMNS(rr_novelty, part_table);

static const cli_column answer_table[] = {
    COL_DATA(F32, answer_row, of.value, "value"),
    COL_DATA(FLAG, answer_row, novel, "novel"),
    COL_ENUM(answer_row, of.most, "part", RR_ENUM_NOVELTY_PART, NULL, 0),
    COL_RECORD(answer_row, of, "parts", part_columns),
};
static const cli_columns answer_columns = CLI_COLUMNS(answer_row, answer_table);

/* In what a sequence is most unlike the training data. */
static const char *in_what(rr_novelty_part part, int words)
{
    switch (part) {
    case RR_NOVELTY_INPUT:
        return "its inputs are far from those of the training data";
    case RR_NOVELTY_STATE:
        return "its hidden states are unlikely";
    case RR_NOVELTY_STEP:
        return words ? "its words are rare in the states in which it has them"
                     : "its inputs are rare in the states in which it has them";
    case RR_NOVELTY_LAST:
        return words ? "its last word is rare in the state in which it has it"
                     : "its last input is rare in the state in which it has it";
    }
    return "";
}

void cli_put_answer_novelty(const rr_answer *x, cli_result *r)
{
    const answer_row row = { x->novelty, x->novelty.value > 1.0F };

    if (!x->has_novelty) {
        cli_put(r, "novelty", json_null());
        return;
    }
    cli_put_record(r, "novelty", &answer_columns, &row);
    if (row.novel)
        cli_print(
            r, "Unlike the training data: novelty %.2f, where 1 is the limit; above all, %s.\n",
            (double)x->novelty.value, in_what(x->novelty.most, rr_dataset_vocabulary(x->ds) > 0));
}
