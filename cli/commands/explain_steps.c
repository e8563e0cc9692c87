/* SPDX-License-Identifier: MIT */
/* explain_steps.c - the steps of an explanation as a table. A long one is folded in text:
 * successive steps in one abstract state, with one prediction, are one row. */
#include "commands/explain_parts.h"

#include "kit/words.h"

enum {
    WIDEST = 24,     /* columns of a word in a table; a wider one shifts the rest */
    STRETCH = 64,    /* columns of the words of several steps */
    MOST_STEPS = 40, /* a longer sequence is folded, and again where so many rows remain */
    ENDS = 10        /* rows kept of the beginning, of the end, and of the last changes */
};

/* ---- rows ----------------------------------------------------------------------------------- */

typedef struct step_row {
    rr_explain_step of;
    uint32_t prediction;
    cli_list confidence;
    cli_words token;
    int known;
    const char *remark;
    uint32_t truth; /* of steps with labels of their own */
    int wrong;
    const char *mark;
    char steps[48]; /* in text, where it stands for several: "12-47" */
} step_row;

#define T_OF_ONE COL_SIZE(step_row, of.t, "t", "t", 4)
#define T_OF_SEVERAL COL_CHARS(step_row, steps, NULL, "steps", 11)
#define TOKEN                                                                                      \
    COL_WORDS(step_row, token, "token", "token", 0, .fit = WIDEST, .order = 1),                    \
        COL_DATA(FLAG, step_row, known, "known")
#define REMARK(order_) COL_TEXT(step_row, remark, NULL, "", 0, .order = (order_))
#define REMARK_BEFORE(order_) COL_TEXT(step_row, remark, NULL, "", 14, .order = (order_))
#define WORDS(order_) COL_WORDS(step_row, token, NULL, "words", 0, .order = (order_))

#define FRAME_COLUMNS(t_)                                                                          \
    t_, COL_U16(step_row, of.state, "state", "state", 5),                                          \
        COL_CLASS(step_row, prediction, "prediction", "prediction", 10),                           \
        COL_CHANCE(step_row, of.probability, "probability", "probability", 11, .digits = 4),       \
        COL_NUMBERS(F32, step_row, confidence, "confidence", "confidence", 0, .order = 2,          \
                    .largest = 3),                                                                 \
        COL_SIZE(step_row, of.influencers, "influencers", "|I|", 8, .order = 1)

#define WORD_COLUMNS(t_)                                                                           \
    t_, COL_U16(step_row, of.state, "state", "state", 5, .order = 4),                              \
        COL_CLASS(step_row, prediction, "prediction", "prediction", 10, .order = 2),               \
        COL_CHANCE(step_row, of.probability, "probability", "probability", 11, .digits = 4,        \
                   .order = 3),                                                                    \
        COL_NUMBERS(F32, step_row, confidence, "confidence", NULL, 0),                             \
        COL_SIZE(step_row, of.influencers, "influencers", "|I|", 8, .order = 5)

#define LABELLED_COLUMNS(t_)                                                                       \
    t_, COL_U16(step_row, of.state, "state", "state", 5, .order = 5),                              \
        COL_CLASS(step_row, truth, "truth", "truth", 10, .order = 2),                              \
        COL_CLASS(step_row, prediction, "prediction", "prediction", 10, .order = 3),               \
        COL_DATA(FLAG, step_row, wrong, "wrong"),                                                  \
        COL_TEXT(step_row, mark, NULL, "", 5, .order = 4),                                         \
        COL_CHANCE(step_row, of.probability, "probability", "probability", 11, .digits = 4,        \
                   .order = 6),                                                                    \
        COL_NUMBERS(F32, step_row, confidence, "confidence", NULL, 0),                             \
        COL_SIZE(step_row, of.influencers, "influencers", "|I|", 8, .order = 7)

static const cli_column frame_table[] = { FRAME_COLUMNS(T_OF_ONE) };
static const cli_column word_table[] = { WORD_COLUMNS(T_OF_ONE), TOKEN, REMARK(6) };
static const cli_column labelled_frame_table[] = { LABELLED_COLUMNS(T_OF_ONE) };
static const cli_column labelled_word_table[] = { LABELLED_COLUMNS(T_OF_ONE), TOKEN, REMARK(8) };
static const cli_column folded_frame_table[] = { FRAME_COLUMNS(T_OF_SEVERAL), REMARK_BEFORE(1) };
static const cli_column folded_word_table[] = { WORD_COLUMNS(T_OF_SEVERAL), REMARK_BEFORE(6),
                                                WORDS(7) };
static const cli_column folded_labelled_frame_table[] = { LABELLED_COLUMNS(T_OF_SEVERAL),
                                                          REMARK(8) };
static const cli_column folded_labelled_word_table[] = { LABELLED_COLUMNS(T_OF_SEVERAL),
                                                         REMARK_BEFORE(8), WORDS(9) };

/* By folded, by labelled, by words. */
static const cli_columns columns_of[2][2][2] = {
    { { CLI_COLUMNS(step_row, frame_table), CLI_COLUMNS(step_row, word_table) },
      { CLI_COLUMNS(step_row, labelled_frame_table), CLI_COLUMNS(step_row, labelled_word_table) } },
    { { CLI_COLUMNS(step_row, folded_frame_table), CLI_COLUMNS(step_row, folded_word_table) },
      { CLI_COLUMNS(step_row, folded_labelled_frame_table),
        CLI_COLUMNS(step_row, folded_labelled_word_table) } },
};

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
        row->truth = row->of.label;
        row->wrong = row->truth != RR_NO_LABEL && row->truth != row->prediction;
        row->mark = row->wrong ? "wrong" : NULL;
        if (x->training == NULL)
            continue;
        row->token = (cli_words){ .ds = x->ds, .s = s, .t = row->of.t };
        row->known = cli_token_known(net, x->ds, &s, row->of.t);
        row->remark = row->known ? NULL : remark(x->ds, &s, row->of.t);
    }
    return st;
}

/* ---- folding -------------------------------------------------------------------------------- */

/* Successive steps, from 0, that are one row. */
typedef struct piece {
    size_t first, last;
    int several; /* they are not all alike */
    int kept;
} piece;

static int alike(const step_row *a, const step_row *b)
{
    return a->of.state == b->of.state && a->prediction == b->prediction && a->truth == b->truth;
}

/* Runs of steps that are alike; what was asked about begins one. */
static size_t find_runs(const step_row *rows, size_t n, const rr_answer *x, piece *out)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        const int asked = x->step > 0 && (i + 1 == x->step || i == x->last_step);
        if (i > 0 && !asked && alike(&rows[i - 1], &rows[i]))
            out[count - 1].last = i;
        else
            out[count++] = (piece){ .first = i, .last = i };
    }
    return count;
}

/* Mark what is shown by itself where there are too many runs: the first and the last, the last ones
 * at which the prediction or its being wrong changes, and what was asked about. */
static void keep_decisive(const step_row *rows, const rr_answer *x, piece *of, size_t n)
{
    size_t changes = 0;

    for (size_t i = n; i-- > 0;) {
        const step_row *row = &rows[of[i].first];
        const int begins = of[i].first + 1 == x->step || of[i].first + 1 == x->last_step;
        of[i].kept = of[i].kept || i < ENDS || i + ENDS >= n || (x->step > 0 && begins);
        if (i == 0 || changes == ENDS ||
            (row->prediction == rows[of[i - 1].last].prediction &&
             row->wrong == rows[of[i - 1].last].wrong))
            continue;
        of[i].kept = of[i - 1].kept = 1;
        changes++;
    }
}

/* Join the runs between those that are kept. */
static size_t join(piece *of, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        if (i == 0 || of[i].kept || of[count - 1].kept) {
            of[count++] = of[i];
            continue;
        }
        of[count - 1].last = of[i].last;
        of[count - 1].several = 1;
    }
    return count;
}

/* The row of a piece: its last step, with the words of all. */
static step_row row_of(const step_row *rows, const piece *p)
{
    step_row row = rows[p->last];
    const rr_sequence *s = &row.token.s;

    if (p->first == p->last)
        snprintf(row.steps, sizeof row.steps, "%zu", row.of.t);
    else
        snprintf(row.steps, sizeof row.steps, "%zu-%zu", rows[p->first].of.t, row.of.t);
    row.remark = p->several ? "several states" : NULL;
    if (row.token.ds == NULL)
        return row;
    row.token = (cli_words){
        .ds = row.token.ds,
        .s = { .symbols = s->symbols + p->first,
               .words = s->words != NULL ? s->words + p->first : NULL,
               .steps = p->last - p->first + 1 },
        .columns = STRETCH,
    };
    return row;
}

static rr_status print_folded(const step_row *rows, size_t n, const rr_answer *x, int labelled,
                              cli_result *r, rr_error *err)
{
    piece *of = NULL;
    step_row *folded = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, &of, n, sizeof *of, err));
    size_t count = find_runs(rows, n, x, of);
    if (count > MOST_STEPS) {
        keep_decisive(rows, x, of, count);
        count = join(of, count);
    }
    RRI_TRY(cli_result_alloc(r, &folded, count, sizeof *folded, err));
    for (size_t i = 0; i < count; i++)
        folded[i] = row_of(rows, &of[i]);
    cli_print_rows(r, &columns_of[1][labelled][x->training != NULL], folded, count, count, "");
    cli_print(r, "A row of several steps shows the last of them; --all-steps prints each.\n");

done:
    return st;
}

/* ---- the list ------------------------------------------------------------------------------- */

rr_status cli_put_explained_steps(const cli_explained *of, int labelled, cli_result *r,
                                  rr_error *err)
{
    const rr_answer *x = of->x;
    const size_t n = x->explanation->count_steps;
    const cli_columns *columns = &columns_of[0][labelled != 0][x->training != NULL];
    size_t truths = 0, wrong = 0;
    step_row *rows = NULL;
    rr_status st = RR_OK;

    RRI_TRY(list_steps(x, of->net, r, &rows, err));
    for (size_t i = 0; i < n; i++) {
        truths += rows[i].truth != RR_NO_LABEL;
        wrong += rows[i].wrong != 0;
    }
    if (labelled) {
        cli_put(r, "labelled_steps", cli_json_size(truths));
        cli_put(r, "step_errors", cli_json_size(wrong));
    }
    if (labelled && truths > 0)
        cli_print(r, "%zu steps, %zu of the %zu labelled ones wrong\n\n", n, wrong, truths);
    else if (labelled)
        cli_print(r, "%zu steps, none with a label\n\n", n);
    cli_put_rows(r, "steps", columns, rows, n);
    if (n > MOST_STEPS && !of->all_steps)
        st = print_folded(rows, n, x, labelled != 0, r, err);
    else
        cli_print_rows(r, columns, rows, n, n, "");

done:
    return st;
}
