/* SPDX-License-Identifier: MIT */
/* repair_tables.c - the table of the targets of a repair. */
#include "commands/repair_tables.h"
#include "kit/words.h"

#include <string.h>

/* ---- columns -------------------------------------------------------------------------------- */

static const cli_column kept_table[] = {
    COL_DATA(U32, rr_repair_sample, source, "source"),
    COL_DATA(F32, rr_repair_sample, score, "score"),
    COL_DATA(FLAG, rr_repair_sample, of_input, "of_input"),
    COL_DATA(F64, rr_repair_sample, weight, "weight"),
};
static const cli_columns kept_columns = CLI_COLUMNS(rr_repair_sample, kept_table);

static const cli_column variation_table[] = {
    COL_DATA(F64, rr_variation, jitter, "jitter"),
    COL_DATA(F64, rr_variation, amplitude, "amplitude"),
    COL_DATA(F64, rr_variation, slice, "slice"),
    COL_DATA(F64, rr_variation, start, "start"),
    COL_DATA(F64, rr_variation, channels, "channels"),
};
static const cli_columns variation_columns = CLI_COLUMNS(rr_variation, variation_table);

typedef struct varied_row {
    rr_repair_sample of;
    cli_list warp;
} varied_row;

static const cli_column varied_table[] = {
    COL_DATA(U32, varied_row, of.source, "source"),
    COL_DATA(F32, varied_row, of.score, "score"),
    COL_DATA(FLAG, varied_row, of.of_input, "of_input"),
    COL_DATA(F64, varied_row, of.weight, "weight"),
    COL_RECORD(varied_row, of.variation, "variation", variation_columns),
    COL_NUMBERS(F64, varied_row, warp, "warp", NULL, 0),
};
static const cli_columns varied_columns = CLI_COLUMNS(varied_row, varied_table);

typedef struct segment_row {
    rr_segment of;
    cli_words token;
} segment_row;

static const cli_column segment_table[] = {
    COL_DATA(SIZE, segment_row, of.t, "t"),
    COL_DATA(WORDS, segment_row, token, "token"),
    COL_DATA(U32, segment_row, of.symbol, "symbol"),
    COL_DATA(FLAG, segment_row, of.known, "known"),
    COL_ENUM(segment_row, of.rules, "rule", RR_ENUM_RULE, NULL, 0),
    COL_DATA(SIZE, segment_row, of.influencers, "influencers"),
};
static const cli_columns segment_columns = CLI_COLUMNS(segment_row, segment_table);

typedef struct insertion_row {
    rr_insertion of;
    size_t t;
} insertion_row;

static const cli_column insertion_table[] = {
    COL_DATA(SIZE, insertion_row, t, "t"),
    COL_DATA(U32, insertion_row, of.source, "source"),
    COL_DATA(U32, insertion_row, of.after, "after"),
    COL_DATA(U32, insertion_row, of.suffix, "suffix"),
    COL_DATA(FLAG, insertion_row, of.in_context, "in_context"),
    COL_DATA(F32, insertion_row, of.before, "truth_before"),
    COL_DATA(F32, insertion_row, of.truth, "truth_after"),
};
static const cli_columns insertion_columns = CLI_COLUMNS(insertion_row, insertion_table);

typedef struct target_row {
    rr_repair_target of;
    cli_source from;
    uint32_t after;                     /* UINT32_MAX: nothing was retrained */
    int fixed;                          /* -1: the same */
    size_t added;                       /* samples kept, copies included */
    size_t tied;                        /* sources as good as the last */
    double lift_truth, lift_prediction; /* of the labels of the most influential */
    int fault;                          /* the latter is above the former */
    const char *outcome;
    cli_list kept, segments, insertions;
    const char *words; /* those that were inserted */
} target_row;

/* The table of samples; what is kept of images and of series differs. */
#define SAMPLE_TABLE(kept_columns_)                                                                \
    {                                                                                              \
        COL_SIZE(target_row, of.id, "id", "id", 8), COL_SOURCE(target_row, from, 0),               \
            COL_CLASS(target_row, of.truth, "truth", "truth", 5),                                  \
            COL_CLASS(target_row, of.prediction, "prediction", "before", 6),                       \
            COL_CLASS(target_row, after, "after", "after", 5),                                     \
            COL_DATA(FLAG, target_row, fixed, "fixed"),                                            \
            COL_SIZE(target_row, of.generated, "generated", "generated", 9, .order = 1),           \
            COL_SIZE(target_row, of.accepted, "accepted", "accepted", 9, .order = 1),              \
            COL_SIZE(target_row, added, NULL, "kept", 4, .order = 1),                              \
            COL_TEXT(target_row, outcome, NULL, "outcome", 0, .order = 1),                         \
            COL_ROWS(target_row, kept, "kept", kept_columns_),                                     \
            COL_SIZE(target_row, of.sample.count_truth, "count_truth", "#t", 5),                   \
            COL_SIZE(target_row, of.sample.count_prediction, "count_prediction", "#m", 5),         \
            COL_F64(target_row, lift_truth, "lift_truth", "lift t", 6, .digits = 2),               \
            COL_F64(target_row, lift_prediction, "lift_prediction", "lift m", 6, .digits = 2),     \
            COL_DATA(FLAG, target_row, fault, "fault_pattern"),                                    \
            COL_DATA(F32, target_row, of.sample.score_truth, "score_truth"),                       \
            COL_DATA(F32, target_row, of.sample.score_prediction, "score_prediction"),             \
            COL_DATA(SIZE, target_row, tied, "tied"),                                              \
    }
static const cli_column sample_table[] = SAMPLE_TABLE(kept_columns);
static const cli_column series_sample_table[] = SAMPLE_TABLE(varied_columns);
#undef SAMPLE_TABLE
static const cli_columns sample_columns = CLI_COLUMNS(target_row, sample_table);
static const cli_columns series_sample_columns = CLI_COLUMNS(target_row, series_sample_table);

#define INSERTED_COLUMNS                                                                           \
    COL_CLASS(target_row, of.truth, "truth", "truth", 10),                                         \
        COL_CLASS(target_row, of.prediction, "prediction", "before", 10),                          \
        COL_CLASS(target_row, after, "after", "after", 10),                                        \
        COL_DATA(FLAG, target_row, fixed, "fixed"),                                                \
        COL_SIZE(target_row, of.generated, "generated", "tried", 5),                               \
        COL_SIZE(target_row, of.accepted, "accepted", "accepted", 8),                              \
        COL_SIZE(target_row, added, NULL, "kept", 4),                                              \
        COL_TEXT(target_row, outcome, NULL, "outcome", -13),                                       \
        COL_TEXT(target_row, words, NULL, "words", 0),                                             \
        COL_DATA(SIZE, target_row, of.segment.budget, "budget"),                                   \
        COL_ROWS(target_row, segments, "segments", segment_columns),                               \
        COL_ROWS(target_row, insertions, "insertions", insertion_columns),                         \
        COL_DATA(SIZE, target_row, of.segment.count_balance, "balance"),                           \
        COL_DATA(SIZE, target_row, of.copies, "copies")

static const cli_column inserted_table[] = {
    COL_SIZE(target_row, of.id, "id", "id", 8),
    COL_SOURCE(target_row, from, 0),
    INSERTED_COLUMNS,
};
static const cli_columns inserted_columns = CLI_COLUMNS(target_row, inserted_table);

/* The same of a single wrong step. */
static const cli_column step_table[] = {
    COL_SIZE(target_row, of.id, "id", "id", 8),
    COL_SOURCE(target_row, from, 0),
    COL_SIZE(target_row, of.step, "step", "step", 5),
    INSERTED_COLUMNS,
};
static const cli_columns step_columns = CLI_COLUMNS(target_row, step_table);

/* Level output. */
static const cli_column output_table[] = {
    COL_SIZE(target_row, of.id, "id", "id", 8),
    COL_SOURCE(target_row, from, 0),
    COL_CLASS(target_row, of.truth, "truth", "truth", 10),
    COL_CLASS(target_row, of.prediction, "prediction", "before", 10),
    COL_CLASS(target_row, after, "after", "after", 10),
    COL_DATA(FLAG, target_row, fixed, "fixed"),
    COL_TEXT(target_row, outcome, NULL, "outcome", 0),
};
static const cli_column output_step_table[] = {
    COL_SIZE(target_row, of.id, "id", "id", 8),
    COL_SOURCE(target_row, from, 0),
    COL_SIZE(target_row, of.step, "step", "step", 5),
    COL_CLASS(target_row, of.truth, "truth", "truth", 10),
    COL_CLASS(target_row, of.prediction, "prediction", "before", 10),
    COL_CLASS(target_row, after, "after", "after", 10),
    COL_DATA(FLAG, target_row, fixed, "fixed"),
    COL_TEXT(target_row, outcome, NULL, "outcome", 0),
};
static const cli_columns output_columns = CLI_COLUMNS(target_row, output_table);
static const cli_columns output_step_columns = CLI_COLUMNS(target_row, output_step_table);

/* ---- the rows ------------------------------------------------------------------------------- */

static rr_status take_words(const rr_dataset *ds, const rr_repair_target *t, cli_result *r,
                            target_row *row, rr_error *err)
{
    const rr_sequence seq = rr_dataset_at(ds, t->id);
    const size_t segments = t->segment.count_segments;
    segment_row *rows = NULL;
    insertion_row *insertions = NULL;
    char number[CLI_TOKEN], *words = NULL;
    size_t bytes = 1;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, &rows, segments, sizeof *rows, err));
    RRI_TRY(cli_result_alloc(r, &insertions, t->count_kept, sizeof *insertions, err));
    for (size_t i = 0; i < segments; i++) {
        const rr_segment *of = &t->segment.segments[i];
        rows[i] = (segment_row){ .of = *of, .token = { .ds = ds, .s = seq, .t = of->t } };
        bytes += of->known ? strlen(cli_token(ds, &seq, of->t, number)) + 1 : 0;
    }
    RRI_TRY(cli_result_alloc(r, &words, bytes, 1, err));
    for (size_t i = 0, at = 0; i < segments; i++)
        if (rows[i].of.known)
            at += (size_t)snprintf(words + at, bytes - at, "%s%s", at > 0 ? " " : "",
                                   cli_token(ds, &seq, rows[i].of.t, number));
    for (size_t i = 0; i < t->count_kept; i++) {
        const rr_insertion *of = &t->segment.kept[i];
        insertions[i] = (insertion_row){ *of, t->segment.segments[of->segment].t };
    }
    row->segments = (cli_list){ .items = rows, .count = segments };
    row->insertions = (cli_list){ .items = insertions, .count = t->count_kept };
    row->words = t->copies > 0 ? "(copies of itself)" : words;

done:
    return st;
}

/* The kept samples of a series, with what was done to each. */
static rr_status take_varied(const rr_repair_target *t, cli_result *r, target_row *row,
                             rr_error *err)
{
    varied_row *rows = NULL;
    const rr_status st = cli_result_alloc(r, &rows, t->count_kept, sizeof *rows, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < t->count_kept; i++) {
        const rr_repair_sample *of = &t->sample.kept[i];
        rows[i] = (varied_row){ .of = *of,
                                .warp = { .items = of->variation.warp, .count = RR_WARP_TERMS } };
    }
    row->kept.items = rows;
    return RR_OK;
}

/* The columns of a repair's targets. */
static const cli_columns *columns_of(const cli_repair *a, const rr_repair_result *x)
{
    if (a->output)
        return x->steps ? &output_step_columns : &output_columns;
    return x->steps      ? &step_columns
           : a->segments ? &inserted_columns
           : a->series   ? &series_sample_columns
                         : &sample_columns;
}

rr_status cli_put_targets(const cli_repair *a, const rr_repair_result *x, cli_result *r,
                          rr_error *err)
{
    target_row *rows = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, &rows, x->count, sizeof *rows, err));
    for (size_t i = 0; i < x->count; i++) {
        const rr_repair_target *t = &x->targets[i];
        const uint32_t after = x->after != NULL ? x->after[t->unit] : UINT32_MAX;
        const int fixed = x->after != NULL ? after == t->truth : -1;
        rows[i] =
            (target_row){ .of = *t, .from = { x->ds, t->id }, .after = after, .fixed = fixed };
        rows[i].added = t->count_kept + t->copies;
        rows[i].fault = -1;
        if (x->search != NULL) {
            rows[i].tied = rr_repair_tied(x->search, i);
            rows[i].lift_truth = rr_repair_lift_truth(x->search, i);
            rows[i].lift_prediction = rr_repair_lift_prediction(x->search, i);
            rows[i].fault = rows[i].lift_prediction > rows[i].lift_truth;
        }
        rows[i].outcome = fixed < 0 ? "-" : fixed ? "fixed" : "still failing";
        rows[i].kept = (cli_list){ .items = t->sample.kept, .count = t->count_kept };
        if (a->segments)
            RRI_TRY(take_words(x->ds, t, r, &rows[i], err));
        else if (a->series)
            RRI_TRY(take_varied(t, r, &rows[i], err));
    }
    for (size_t i = 0; a->output && i < x->hotfix->count_dropped; i++)
        if (rows[x->hotfix->dropped[i]].fixed == 0)
            rows[x->hotfix->dropped[i]].outcome = "left out";
    r->names = x->ds;
    const cli_columns *columns = columns_of(a, x);
    cli_put_rows(r, "per_target", columns, rows, x->count);
    cli_print_rows(r, columns, rows, x->count, x->count, "");
    if (!a->segments && !a->output)
        cli_print(
            r,
            "#t, #m: number of the most influential training sequences with the true and with "
            "the\npredicted label; generated: variants of %s%s\n",
            a->request.search.strategy == RR_STRATEGY_MIXED
                ? "the input and of training sequences;\nkept: with its copies"
                : "training sequences with the true label",
            a->series ? "; varied as series" : "");

done:
    return st;
}
