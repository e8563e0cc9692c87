/* SPDX-License-Identifier: MIT */
/* steps.c - tables of misread spans, of what is behind some steps, and of suspect labels of steps.
 */
#include "commands/steps.h"

#include "commands/audit_found.h"

enum { GLIMPSE = 64 /* columns of a sentence in a list */ };

int cli_by_steps(const rr_session *s)
{
    return rr_run_settings_of(rr_session_run(s)).network.output == RR_OUTPUT_STEP;
}

/* ---- misread spans -------------------------------------------------------------------------- */

static const cli_column segment_table[] = {
    COL_SIZE(cli_segment_row, of.t, "t", "t", 10),
    COL_WORDS(cli_segment_row, token, "token", "word", 0, .order = 2),
    COL_DATA(U32, cli_segment_row, of.symbol, "symbol"),
    COL_DATA(FLAG, cli_segment_row, of.known, "known"),
    COL_ENUM(cli_segment_row, of.rules, "rule", RR_ENUM_RULE, "rule", -5),
    COL_SIZE(cli_segment_row, of.influencers, "influencers", "|I|", 6, .order = 1),
    COL_TEXT(cli_segment_row, remark, NULL, "", 0, .order = 3),
};
const cli_columns cli_segment_columns = CLI_COLUMNS(cli_segment_row, segment_table);

rr_status cli_take_segments(const rr_segments *from, const rr_dataset *words, rr_sequence s,
                            cli_result *r, cli_list *out, rr_error *err)
{
    cli_segment_row *rows = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, &rows, from->count, sizeof *rows, err));
    for (size_t i = 0; i < from->count; i++) {
        const rr_segment *of = &from->segments[i];
        rows[i] = (cli_segment_row){ .of = *of, .token = { .ds = words, .s = s, .t = of->t } };
        rows[i].remark = of->known ? NULL : "(no vector)";
    }
    *out = (cli_list){ .items = rows, .count = from->count };

done:
    return st;
}

typedef struct span_row {
    rr_span of;
    cli_source from;
    cli_list segments;
    cli_words sentence;
} span_row;

static const cli_column span_table[] = {
    COL_DATA(U32, span_row, of.sequence, "id"),
    COL_SOURCE(span_row, from, 0),
    COL_DATA(U32, span_row, of.first, "first"),
    COL_DATA(U32, span_row, of.last, "last"),
    COL_DATA(CLASS, span_row, of.label, "truth"),
    COL_DATA(CLASS, span_row, of.prediction, "prediction"),
    COL_DATA(U32, span_row, of.wrong, "wrong"),
    COL_ROWS(span_row, segments, "segments", cli_segment_columns),
};
static const cli_columns span_columns = CLI_COLUMNS(span_row, span_table);

/* A span with its suspect steps; its own steps are marked in the sentence. */
static rr_status take_span(const rr_dataset *ds, const rr_localized_span *from, cli_result *r,
                           span_row *out, rr_error *err)
{
    const rr_sequence s = rr_dataset_at(ds, from->span.sequence);
    const rr_dataset *words = s.symbols != NULL ? ds : NULL;
    unsigned char *marked = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, &marked, s.steps, 1, err));
    for (size_t t = from->span.first; t <= from->span.last; t++)
        marked[t - 1] = 1;
    *out = (span_row){ .of = from->span, .from = { ds, from->span.sequence } };
    RRI_TRY(cli_take_segments(from->segments, words, s, r, &out->segments, err));
    out->sentence = (cli_words){ .ds = words, .s = s, .marked = marked };

done:
    return st;
}

static void print_head(const rr_dataset *ds, const rr_span *x, const cli_result *r)
{
    const cli_source from = { ds, x->sequence };
    char row[CLI_REMARK];
    const char *truth = rr_dataset_class_name(ds, x->label);
    const char *prediction = rr_dataset_class_name(ds, x->prediction);

    if (x->first == x->last)
        cli_print(r, "%u%s, step %u: %s predicted %s\n", (unsigned)x->sequence,
                  cli_source_remark(&from, row), (unsigned)x->first, truth, prediction);
    else
        cli_print(r, "%u%s, steps %u-%u: %s predicted %s, %u of %u steps wrong\n",
                  (unsigned)x->sequence, cli_source_remark(&from, row), (unsigned)x->first,
                  (unsigned)x->last, truth, prediction, (unsigned)x->wrong,
                  (unsigned)(x->last - x->first) + 1);
}

static void print_spans(const rr_span_localization *l, const span_row *rows, size_t shown,
                        const cli_result *r)
{
    if (l->count > 0 && shown > 0)
        cli_print_rows(r, &cli_segment_columns, NULL, 0, 0, "");
    for (size_t i = 0; i < l->count && i < shown; i++) {
        const span_row *x = &rows[i];
        print_head(l->ds, &x->of, r);
        if (x->sentence.ds != NULL) {
            cli_print(r, "    ");
            cli_print_words(r, &x->sentence);
            cli_print(r, "\n");
        }
        cli_print_more_rows(r, &cli_segment_columns, x->segments.items, x->segments.count);
        if (x->segments.count == 0)
            cli_print(r, "%10s  no suspect step\n", "-");
    }
    if (l->count > shown)
        cli_print(r, "... and %zu more; --show %zu or --json lists them\n", l->count - shown,
                  l->count);
    cli_print(r, "%zu of %zu steps wrong; %zu of %zu spans misread, %zu localised\n",
              l->step_errors, l->labelled_steps, l->count, l->all, l->localized);
}

rr_status cli_put_misread(const rr_span_localization *l, size_t shown, cli_result *r, rr_error *err)
{
    span_row *rows = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, &rows, l->count, sizeof *rows, err));
    for (size_t i = 0; i < l->count; i++)
        RRI_TRY(take_span(l->ds, &l->spans[i], r, &rows[i], err));
    cli_put(r, "labelled_steps", cli_json_size(l->labelled_steps));
    cli_put(r, "step_errors", cli_json_size(l->step_errors));
    cli_put(r, "span_count", cli_json_size(l->all));
    cli_put(r, "error_count", cli_json_size(l->count));
    cli_put(r, "localised", cli_json_size(l->localized));
    cli_put(r, "unsupported", cli_json_size(l->unsupported));
    cli_put_rows(r, "spans", &span_columns, rows, l->count);
    print_spans(l, rows, shown, r);

done:
    return st;
}

/* ---- labels and spans behind some steps ------------------------------------------------------ */

static const cli_column label_table[] = {
    COL_CLASS(rr_label_lift, label, "label", "label", 10),
    COL_SIZE(rr_label_lift, count, "count", "steps", 8),
    COL_F64(rr_label_lift, share, "share", "share", 7, .digits = 3),
    COL_F64(rr_label_lift, lift, "lift", "lift", 8, .digits = 2),
};
static const cli_columns label_columns = CLI_COLUMNS(rr_label_lift, label_table);

typedef struct behind_row {
    rr_span_match of;
    cli_source from;
    uint32_t part;
    char where[32]; /* "12-17" */
    const char *steps;
    cli_words text;
} behind_row;

#define BEHIND_COLUMNS                                                                             \
    COL_U32(behind_row, of.span.sequence, "id", "id", 8), COL_SOURCE(behind_row, from, 0),         \
        COL_DATA(U32, behind_row, of.span.first, "first"),                                         \
        COL_DATA(U32, behind_row, of.span.last, "last"),                                           \
        COL_TEXT(behind_row, steps, NULL, "steps", 9),                                             \
        COL_CLASS(behind_row, of.span.label, "label", "label", 10),                                \
        COL_CLASS(behind_row, of.span.prediction, "prediction", "prediction", 10),                 \
        COL_F32(behind_row, of.score, "score", "score", 7, .digits = 4)

static const cli_column behind_table[] = { BEHIND_COLUMNS };
static const cli_columns behind_columns = CLI_COLUMNS(behind_row, behind_table);
static const cli_column part_table[] = { BEHIND_COLUMNS,
                                         COL_U32(behind_row, part, "part", "part", 8) };
static const cli_columns part_columns = CLI_COLUMNS(behind_row, part_table);
static const cli_column word_table[] = { BEHIND_COLUMNS,
                                         COL_WORDS(behind_row, text, "text", "text", 0) };
static const cli_columns word_columns = CLI_COLUMNS(behind_row, word_table);

static const cli_columns *behind_columns_of(const rr_answer *x)
{
    return x->training != NULL ? &word_columns : x->parts != NULL ? &part_columns : &behind_columns;
}

static rr_status list_behind(const rr_answer *x, cli_result *r, behind_row **out, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, out, x->count_spans, sizeof **out, err));
    for (size_t i = 0; i < x->count_spans; i++) {
        const rr_span *span = &x->spans[i].span;
        behind_row *row = &(*out)[i];
        unsigned char *marked = NULL;
        *row = (behind_row){ .of = x->spans[i], .part = UINT32_MAX };
        row->from = cli_source_of(x, span->sequence);
        if (x->parts != NULL && x->parts[i] >= 0)
            row->part = (uint32_t)x->parts[i];
        snprintf(row->where, sizeof row->where, "%u-%u", (unsigned)span->first,
                 (unsigned)span->last);
        row->steps = row->where;
        if (x->training == NULL)
            continue;
        const rr_sequence s = rr_answer_training(x, span->sequence);
        RRI_TRY(cli_result_alloc(r, &marked, s.steps, 1, err));
        for (size_t t = span->first; t <= span->last; t++)
            marked[t - 1] = 1;
        row->text = (cli_words){ .ds = x->training, .s = s, .marked = marked, .columns = GLIMPSE };
    }

done:
    return st;
}

/* The member `behind`, and its tables at the end of the text. */
rr_status cli_put_behind(const rr_answer *x, const rr_question *q, size_t most, cli_result *r,
                         rr_error *err)
{
    const cli_columns *columns = behind_columns_of(x);
    const size_t shown = x->count_spans < most ? x->count_spans : most;
    size_t matching = 0;
    behind_row *rows = NULL;
    rr_status st = RR_OK;

    RRI_TRY(list_behind(x, r, &rows, err));
    for (size_t i = 0; i < x->count_labels; i++)
        matching += x->labels[i].count;
    json_t *back = cli_enter(r, "behind");
    cli_put(r, "first", cli_json_size(x->step));
    cli_put(r, "last", cli_json_size(x->last_step));
    cli_put(r, "matching", cli_json_size(matching));
    cli_put_rows(r, "labels", &label_columns, x->labels, x->count_labels);
    cli_put(r, "measure", cli_json_text(rr_enum_name(RR_ENUM_SPAN_MEASURE, q->spans.measure)));
    cli_put_rows(r, "spans", columns, rows, x->count_spans);
    cli_leave(r, back);
    cli_print(r, x->step == x->last_step ? "\nStep %zu" : "\nSteps %zu-%zu", x->step, x->last_step);
    cli_print(r, ": labels of the %zu labelled training steps with the same %s key\n", matching,
              rr_enum_name(RR_ENUM_KEY, q->cfg.query.key));
    if (x->count_labels > 0)
        cli_print_rows(r, &label_columns, x->labels, x->count_labels, most, "");
    cli_print(r, "\nThe training spans that influence them most (%s)%s\n",
              rr_enum_name(RR_ENUM_SPAN_MEASURE, q->spans.measure),
              x->count_spans == 0 ? ": none" : "");
    if (shown > 0)
        cli_print_rows(r, columns, rows, shown, shown, "");

done:
    return st;
}

/* ---- suspect labels ------------------------------------------------------------------------- */

typedef struct rank_row {
    size_t rank;
    rr_step_audit_row of;
    cli_source from;
    char score[16];
    const char *score_text;
    cli_words token;
} rank_row;

#define RANK_COLUMNS                                                                               \
    COL_SIZE(rank_row, rank, NULL, "rank", 5), COL_U32(rank_row, of.sequence, "id", "id", 8),      \
        COL_SOURCE(rank_row, from, 0), COL_U32(rank_row, of.step, "step", "step", 5),              \
        COL_CLASS(rank_row, of.given, "given", "given", 10),                                       \
        COL_CLASS(rank_row, of.suggested, "suggested", "suggested", 10),                           \
        COL_DATA(CLASS, rank_row, of.prediction, "prediction"),                                    \
        COL_DATA(F64, rank_row, of.score, "score"),                                                \
        COL_TEXT(rank_row, score_text, NULL, "score", 10),                                         \
        COL_F32(rank_row, of.support, "support", "support", 8, .digits = 3),                       \
        COL_CHANCE(rank_row, of.confidence, "confidence", "confidence", 10, .digits = 4)

static const cli_column rank_table[] = { RANK_COLUMNS };
static const cli_columns rank_columns = CLI_COLUMNS(rank_row, rank_table);
static const cli_column word_rank_table[] = { RANK_COLUMNS,
                                              COL_WORDS(rank_row, token, "token", "token", 0) };
static const cli_columns word_rank_columns = CLI_COLUMNS(rank_row, word_rank_table);

rr_status cli_put_step_ranking(const rr_step_audit_result *x, const rr_dataset *train,
                               cli_result *r, rr_error *err)
{
    const int words = rr_dataset_words(train) != NULL;
    const cli_columns *columns = words ? &word_rank_columns : &rank_columns;
    rank_row *rows = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, &rows, x->count_rows, sizeof *rows, err));
    for (size_t k = 0; k < x->count_rows; k++) {
        rank_row *row = &rows[k];
        *row = (rank_row){ .rank = k + 1, .of = x->rows[k] };
        row->from = (cli_source){ train, row->of.sequence };
        (void)snprintf(row->score, sizeof row->score, "%.4g", row->of.score);
        row->score_text = row->score;
        row->token = (cli_words){ .ds = train,
                                  .s = rr_dataset_at(train, row->of.sequence),
                                  .t = row->of.step };
    }
    cli_put(r, "sequences", cli_json_size(x->sequences));
    cli_put(r, "steps", cli_json_size(x->steps));
    cli_print_rows(r, columns, rows, x->count_rows, x->count_rows, "");
    cli_put_rows(r, "ranking", columns, rows, x->count_rows);
    cli_print(r, "\nranked in %.3g s, %zu labelled steps of %zu sequences\n", x->seconds, x->steps,
              x->sequences);
    if (x->has_found)
        cli_put_found(
            &(cli_found){ x->found, x->needed, x->average_precision, x->area, x->area_influential },
            r);
    else
        cli_put(r, "found", json_null());

done:
    return st;
}
