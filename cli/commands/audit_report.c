/* SPDX-License-Identifier: MIT */
/* audit_report.c - what `rnnrepair audit` prints: a ranking with its evidence, and what decisions
 * changed. */
#include "commands/audit_report.h"
#include "commands/audit_found.h"

#include "kit/epochs.h"

#include <math.h>
#include <string.h>

/* ---- the ranking ----------------------------------------------------------------------------- */

/* One of the nearest training sequences. */
typedef struct near_row {
    rr_neighbour of;
    cli_source from;
} near_row;

static const cli_column neighbour_table[] = {
    COL_DATA(U32, near_row, of.id, "id"),
    COL_SOURCE(near_row, from, 0),
    COL_DATA(CLASS, near_row, of.label, "label"),
    COL_DATA(CLASS, near_row, of.prediction, "prediction"),
    COL_DATA(F32, near_row, of.score, "score"),
};
static const cli_columns neighbour_columns = CLI_COLUMNS(near_row, neighbour_table);

/* One of the nearest inputs. */
typedef struct input_row {
    uint32_t id, label;
} input_row;

static const cli_column input_table[] = {
    COL_DATA(U32, input_row, id, "id"),
    COL_DATA(CLASS, input_row, label, "label"),
};
static const cli_columns input_columns = CLI_COLUMNS(input_row, input_table);

typedef struct row {
    size_t rank;
    rr_audit_row of;
    cli_source from;
    rr_audit_reason why;
    cli_list inputs; /* of input_row */
    char score[16];
    cli_list errors, neighbours;
    size_t tied;          /* as near as the last of the neighbours */
    const char *evidence; /* the lists as text */
} row;

static const cli_column row_table[] = {
    COL_SIZE(row, rank, NULL, "rank", 5),
    COL_U32(row, of.id, "id", "id", 8),
    COL_SOURCE(row, from, 0),
    COL_CLASS(row, of.given, "given", "given", 10),
    COL_CLASS(row, of.suggested, "suggested", "suggested", 10),
    COL_DATA(CLASS, row, of.prediction, "prediction"),
    COL_DATA(F64, row, of.score, "score"),
    COL_CHARS(row, score, NULL, "score", 10),
    COL_F32(row, of.support, "support", "support", 8, .digits = 3),
    COL_CHANCE(row, of.confidence, "confidence", "confidence", 10, .digits = 4),
    COL_NUMBERS(SIZE, row, errors, "errors", NULL, 0),
    COL_ROWS(row, neighbours, "neighbours", neighbour_columns),
    COL_DATA(SIZE, row, tied, "tied"),
    COL_DATA(FLAG, row, why.prefilled, "prefilled"),
    COL_DATA(F64, row, why.odds, "odds"),
    COL_DATA(FLAG, row, why.by_support, "by_states"),
    COL_DATA(FLAG, row, why.by_confidence, "by_network"),
    COL_DATA(FLAG, row, why.by_inputs, "by_inputs"),
    COL_ROWS(row, inputs, "inputs", input_columns),
    COL_TEXT(row, evidence, NULL, "neighbours, nearest inputs, errors supported", 0),
};
static const cli_columns row_columns = CLI_COLUMNS(row, row_table);

static const cli_column opponent_table[] = {
    COL_DATA(U32, rr_audit_opponent, id, "id"),
    COL_DATA(CLASS, rr_audit_opponent, given, "given"),
    COL_DATA(F64, rr_audit_opponent, score, "score"),
};
static const cli_columns opponent_columns = CLI_COLUMNS(rr_audit_opponent, opponent_table);

/* "17:cat 3:dog 8:cat (12 more as near)  errors 4 9", at most five of the errors. */
static rr_status put_evidence(cli_result *r, row *to, rr_error *err)
{
    const rr_audit_row *x = &to->of;
    char *text = NULL, *copy = NULL;
    size_t bytes = 0;
    rr_status st = RR_OK;

    FILE *f = open_memstream(&text, &bytes);
    if (f == NULL)
        return rri_fail(err, RR_ERR_NOMEM, -1, "no memory for the evidence");
    for (size_t k = 0; k < x->count_neighbours; k++)
        fprintf(f, "%s%u:%s", k > 0 ? " " : "", (unsigned)x->neighbours[k].id,
                rr_dataset_class_name(r->names, x->neighbours[k].label));
    if (to->tied > 0)
        fprintf(f, " (%zu more as near)", to->tied);
    const input_row *inputs = to->inputs.items;
    for (size_t k = 0; k < to->inputs.count && k < 3; k++)
        fprintf(f, "%s%u:%s", k == 0 ? "  inputs " : " ", (unsigned)inputs[k].id,
                rr_dataset_class_name(r->names, inputs[k].label));
    for (size_t k = 0; k < x->count_driven && k < 5; k++)
        fprintf(f, "%s%zu", k == 0 ? "  errors " : " ", x->driven[k].trace);
    fprintf(f, "%s", x->count_driven > 5 ? " ..." : "");
    if (fclose(f) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_NOMEM, -1, "no memory for the evidence"));
    RRI_TRY(cli_result_alloc(r, &copy, bytes + 1, 1, err));
    memcpy(copy, text, bytes);
    to->evidence = copy;

done:
    free(text);
    return st;
}

/* The nearest inputs with the labels of the training set. */
static rr_status take_inputs(cli_result *r, const rr_dataset *train, row *to, rr_error *err)
{
    input_row *rows = NULL;
    const rr_status st = cli_result_alloc(r, &rows, to->why.count_inputs, sizeof *rows, err);

    if (st != RR_OK)
        return st;
    for (size_t k = 0; k < to->why.count_inputs; k++)
        rows[k] = (input_row){ .id = to->why.inputs[k],
                               .label = rr_dataset_at(train, to->why.inputs[k]).label };
    to->inputs = (cli_list){ .items = rows, .count = to->why.count_inputs };
    return RR_OK;
}

/* The nearest training sequences, and where they stand. */
static rr_status take_near(cli_result *r, const rr_dataset *train, row *to, rr_error *err)
{
    const rr_audit_row *x = &to->of;
    near_row *rows = NULL;
    const rr_status st = cli_result_alloc(r, &rows, x->count_neighbours, sizeof *rows, err);

    if (st != RR_OK)
        return st;
    for (size_t k = 0; k < x->count_neighbours; k++)
        rows[k] = (near_row){ x->neighbours[k], { train, x->neighbours[k].id } };
    to->neighbours = (cli_list){ .items = rows, .count = x->count_neighbours };
    return RR_OK;
}

static rr_status put_rows(cli_result *r, const rr_dataset *train, const rr_audit_result *x,
                          rr_error *err)
{
    row *rows = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, &rows, x->count_rows, sizeof *rows, err));
    for (size_t k = 0; k < x->count_rows; k++) {
        row *to = &rows[k];
        to->rank = k + 1;
        to->of = x->rows[k];
        to->from = (cli_source){ r->names, to->of.id };
        to->why = x->reasons[k];
        RRI_TRY(take_inputs(r, train, to, err));
        to->tied = x->tied[k];
        (void)snprintf(to->score, sizeof to->score, "%.4g", to->of.score);
        to->errors = (cli_list){ .items = &to->of.driven[0].trace,
                                 .count = to->of.count_driven,
                                 .stride = sizeof(rr_driven) };
        RRI_TRY(take_near(r, train, to, err));
        RRI_TRY(put_evidence(r, to, err));
    }
    cli_print_rows(r, &row_columns, rows, x->count_rows, x->count_rows, "");
    cli_put_rows(r, "ranking", &row_columns, rows, x->count_rows);

done:
    return st;
}

/* How a gradient method went about it. */
static void put_solution(cli_result *r, const rr_audit_config *cfg, const rr_audit_result *x)
{
    const rr_attribution_config *a = &cfg->attribution;
    json_t *back = cli_enter(r, "solution");
    cli_put(r, "steps", cli_json_size(x->solution.step));
    cli_put(r, "checkpoints", cli_json_size(x->checkpoints));
    if (cfg->method == RR_AUDIT_KOH_LIANG) {
        cli_put(r, "solver", cli_json_text(rr_enum_name(RR_ENUM_SOLVER, a->solver)));
        cli_put(r, "curvature", cli_json_text(rr_enum_name(RR_ENUM_CURVATURE, a->curvature)));
        cli_put(r, "damping", cli_json_f64(a->damping));
        cli_put(r, "residual",
                a->solver == RR_SOLVER_CG ? cli_json_f64(x->solution.residual) : json_null());
    }
    cli_leave(r, back);
}

static void put_opponents(cli_result *r, const rr_audit_result *x)
{
    for (size_t k = 0; k < x->count_opponents && k < 10; k++)
        cli_print(r, "%s%u (%.3g)",
                  k == 0 ? "opponents, which lower the probability of these errors: " : ", ",
                  (unsigned)x->opponents[k].id, x->opponents[k].score);
    cli_print(r, "%s", x->count_opponents > 0 ? "\n" : "");
    cli_put_rows(r, "opponents", &opponent_columns, x->opponents, x->count_opponents);
}

/* Whether the derivative of a whole training says anything about leaving a sequence out. */
static void put_smoothness(cli_result *r, const rr_audit_result *x)
{
    double most = 0.0;
    for (size_t i = 0; i < x->sequences; i++)
        most = fabs(x->scores[i]) > most ? fabs(x->scores[i]) : most;
    if (x->errors > 0)
        most /= (double)x->errors;
    if (most >= 1.0)
        cli_print(r,
                  "The largest score is %.3g an error: the training is hardly smooth, and its "
                  "derivative may not\npredict what leaving a sequence out does. A smaller "
                  "--learning-rate or a larger --epsilon of\nrnnrepair train makes it smoother.\n",
                  most);
}

static void put_flagged(cli_result *r, const rr_audit_result *x)
{
    cli_put(r, "flagged", x->likeliest != NULL ? cli_json_size(x->flagged) : json_null());
    if (x->likeliest == NULL)
        return;
    cli_print(r, "%zu flagged: another label is likelier", x->flagged);
    if (x->has_found)
        cli_print(r, "; %zu of them are flips; weighted F1 %.4f", x->flagged_true, x->weighted_f1);
    cli_print(r, "\n");
    if (!x->has_found)
        return;
    cli_put(r, "flagged_flips", cli_json_size(x->flagged_true));
    cli_put(r, "weighted_f1", cli_json_f64(x->weighted_f1));
}

static const cli_column inputs_table[] = {
    COL_DATA(FLAG, rr_audit_result, inputs_tell, "used"),
    COL_DATA(SIZE, rr_audit_result, references, "references"),
    COL_DATA(SIZE, rr_audit_result, parts, "parts"),
    COL_DATA(FLAG, rr_audit_result, scaled, "scaled"),
    COL_DATA(SIZE, rr_audit_result, nearest, "nearest"),
    COL_DATA(F64, rr_audit_result, restraint, "restraint"),
    COL_DATA(F64, rr_audit_result, agreement, "agreement"),
};
static const cli_columns inputs_columns = CLI_COLUMNS(rr_audit_result, inputs_table);

/* What part the labels of the nearest inputs had. */
static void put_inputs(cli_result *r, const rr_audit_result *x)
{
    if (x->references == 0) {
        cli_put(r, "nearest_inputs", json_null());
        return;
    }
    cli_put_record(r, "nearest_inputs", &inputs_columns, x);
    cli_print(r,
              "nearest inputs: by the %zu nearest of %zu training sequences %.1f %% of the given "
              "labels are the likeliest%s\n",
              x->nearest, x->references, 100.0 * x->agreement,
              x->inputs_tell ? "" : ", which is no more than chance: they have no part");
}

/* What was asked, and of how many; `has`: there is a split that may have errors. */
static void put_request(const cli_audit *a, const rr_audit_result *x, bool has, cli_result *r)
{
    const rr_audit_config *cfg = &a->cfg.audit;
    cli_put(r, "run", cli_json_text(a->dir));
    if (a->in.other != NULL)
        cli_put(r, "data", cli_json_text(a->in.other));
    cli_put(r, "about", cli_json_text(rr_enum_name(RR_ENUM_AUDIT_ABOUT, cfg->about)));
    if (cfg->about == RR_AUDIT_ABOUT_LABELS)
        cli_put(r, "labels", cli_json_text(a->judged));
    cli_put(r, "method", cli_json_text(rr_enum_name(RR_ENUM_AUDIT_METHOD, cfg->method)));
    cli_put(r, "folds", cli_json_size(cfg->folds));
    cli_put(r, "seed", cli_json_u64(cfg->attribution.seed));
    cli_put(r, "seconds", cli_json_f64(x->seconds));
    cli_put(r, "split", cli_json_text(has ? a->in.split : NULL));
    cli_put(r, "key", cli_json_text(rr_enum_name(RR_ENUM_KEY, cfg->key)));
    cli_put(r, "errors", has ? cli_json_size(x->errors) : json_null());
    cli_put(r, "sequences", cli_json_size(x->sequences));
}

rr_status cli_put_ranking(const cli_audit *a, rr_session *s, const rr_audit_result *x,
                          cli_result *r, rr_error *err)
{
    const rr_audit_config *cfg = &a->cfg.audit;
    const char *method = rr_enum_name(RR_ENUM_AUDIT_METHOD, cfg->method);
    const bool judges = cfg->about == RR_AUDIT_ABOUT_LABELS;
    const bool other = a->cfg.judged != RR_SPLIT_TRAIN;
    const bool has = !other && rr_session_has_split(s, a->cfg.split);
    const rr_dataset *train = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &train, err));
    put_request(a, x, has, r);
    RRI_TRY(put_rows(r, train, x, err));
    cli_print(r, "\nranked by %s in %.3g s, %zu sequences%s%s", method, x->seconds, x->sequences,
              other ? " of " : "",
              a->cfg.judged == RR_SPLIT_OTHER ? a->in.other
              : other                         ? a->judged
                                              : "");
    if (has)
        cli_print(r, "; %zu errors of %s", x->errors,
                  a->in.other != NULL ? a->in.other : a->in.split);
    cli_print(r, "\n");
    if (cfg->method == RR_AUDIT_KOH_LIANG || cfg->method == RR_AUDIT_SGD ||
        cfg->method == RR_AUDIT_TRACIN || cfg->method == RR_AUDIT_REPLAY ||
        cfg->method == RR_AUDIT_OUTPUT_LAYER)
        put_solution(r, cfg, x);
    if (cfg->method == RR_AUDIT_REPLAY)
        put_smoothness(r, x);
    if (cfg->about == RR_AUDIT_ABOUT_ERRORS)
        put_opponents(r, x);
    if (judges)
        put_flagged(r, x);
    put_inputs(r, x);
    if (judges && !other)
        RRI_TRY(cli_put_copies(s, r, err));
    if (x->has_found)
        cli_put_found(
            &(cli_found){ x->found, x->needed, x->average_precision, x->area, x->area_influential },
            r);
    else
        cli_put(r, "found", json_null());
    RRI_TRY(cli_put_origin(r, s, err));

done:
    return st;
}

/* ---- decisions ------------------------------------------------------------------------------- */

static const cli_column decisions_table[] = {
    COL_DATA(SIZE, rr_decisions_result, relabelled, "relabelled"),
    COL_DATA(SIZE, rr_decisions_result, dropped, "dropped"),
    COL_DATA(SIZE, rr_decisions_result, kept, "kept"),
};
static const cli_columns decisions_columns = CLI_COLUMNS(rr_decisions_result, decisions_table);

void cli_put_decisions(const rr_decisions_result *x, cli_result *r)
{
    const rr_outcome *o = &x->outcome;
    cli_print(r, "%zu relabelled, %zu dropped, %zu left as they are\n", x->relabelled, x->dropped,
              x->kept);
    if (x->steps > 0)
        cli_print(r, "%zu steps relabelled\n", x->steps);
    cli_put_record(r, NULL, &decisions_columns, x);
    if (x->steps > 0)
        cli_put(r, "steps_relabelled", cli_json_size(x->steps));
    cli_put(r, "accuracy_before", x->compared ? cli_json_f64(o->accuracy_before) : json_null());
    cli_put(r, "accuracy_after", x->compared ? cli_json_f64(o->accuracy_after) : json_null());
    if (!x->compared) { /* the data have no split to count on */
        cli_put(r, "outcome", json_null());
        return;
    }
    cli_put_record(r, "outcome", &cli_outcome_columns, o);
    cli_print(r, "%-14s  %8zu\n", "fixed", o->fixed);
    cli_print(r, "%-14s  %8zu\n", "still failing", o->still_failing);
    cli_print(r, "%-14s  %8zu\n", "newly broken", o->newly_broken);
    cli_print(r, "%-14s  %8zu\n", "still correct", o->unchanged);
    cli_print(r, "accuracy before  %.4f\naccuracy after   %.4f\n", o->accuracy_before,
              o->accuracy_after);
}
