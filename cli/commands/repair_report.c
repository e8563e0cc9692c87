/* SPDX-License-Identifier: MIT */
/* repair_report.c - what `rnnrepair repair` prints: its settings, a table of the targets, the
 * solution of level output, and one of the retrainings. */
#include "commands/repair_outcome.h"
#include "commands/repair_tables.h"

#include "io/io.h"

#include <string.h>

/* ---- settings ------------------------------------------------------------------------------- */

void cli_put_repair_settings(const cli_repair *a, const char *dir, const uint64_t *seed,
                             cli_result *r)
{
    const rr_repair_request *q = &a->request;
    const rr_segment_repair *of = &q->search.segment;
    cli_put(r, "parent", cli_json_text(a->dir));
    cli_put(r, "run", cli_json_text(dir));
    cli_put(r, "level", cli_json_text(a->output ? "output" : a->segments ? "segment" : "sample"));
    cli_put(r, "split", cli_json_text(a->in.split));
    cli_put(r, "cases", cli_json_text(a->in.cases));
    if (a->output)
        return;
    cli_put(r, "strategy", cli_json_text(rr_enum_name(RR_ENUM_STRATEGY, q->search.strategy)));
    cli_put(r, "retrain", cli_json_text(rr_enum_name(RR_ENUM_RETRAIN, q->retrain.start)));
    cli_put(r, "seed", seed != NULL ? cli_json_u64(*seed) : json_null());
    if (a->series)
        cli_put(r, "vary", cli_json_text(rr_enum_name(RR_ENUM_VARIANTS, RR_VARIANTS_SERIES)));
    if (a->words)
        cli_put(r, "vary", cli_json_text(rr_enum_name(RR_ENUM_VARIANTS, RR_VARIANTS_WORDS)));
    if (!a->segments)
        return;
    cli_put(r, "rule", cli_json_text(rr_enum_name(RR_ENUM_RULE, of->localize.rules)));
    cli_put(r, "gamma", cli_json_size(of->localize.gamma));
    cli_put(r, "insertions", cli_json_size(of->insertions));
    cli_put(r, "export", cli_json_text(q->export_path));
}

/* ---- level output --------------------------------------------------------------------------- */

typedef struct solution_row {
    rr_hotfix of;
    rr_output_repair cfg;
    double states_seconds;
    const char *certificate;
} solution_row;

static const cli_column solution_table[] = {
    COL_DATA(F64, solution_row, of.change, "change"),
    COL_DATA(F64, solution_row, of.layer, "layer"),
    COL_DATA(F64, solution_row, of.bound, "bound"),
    COL_DATA(SIZE, solution_row, of.rounds, "rounds"),
    COL_DATA(SIZE, solution_row, of.rows, "rows"),
    COL_DATA(SIZE, solution_row, of.binding, "binding"),
    COL_DATA(F64, solution_row, of.worst_target, "worst_target"),
    COL_DATA(F64, solution_row, of.worst_held, "worst_held"),
    COL_DATA(F64, solution_row, of.seconds, "seconds"),
    COL_DATA(F64, solution_row, states_seconds, "states_seconds"),
    COL_DATA(F64, solution_row, cfg.margin, "margin"),
    COL_DATA(F64, solution_row, of.hold, "hold"),
    COL_DATA(F64, solution_row, cfg.ridge, "ridge"),
    COL_DATA(TEXT, solution_row, certificate, "certificate"),
};
static const cli_columns solution_columns = CLI_COLUMNS(solution_row, solution_table);

/* The ids of some targets, by their index. */
static void put_ids(cli_result *r, const char *key, const rr_repair_result *x, const size_t *index,
                    size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(list, cli_json_size(x->targets[index[i]].id));
    cli_put(r, key, list);
}

static rr_status put_solution(const cli_repair *a, const char *dir, const rr_repair_result *x,
                              cli_result *r, rr_error *err)
{
    const rr_hotfix *h = x->hotfix;
    char *path = NULL;
    const rr_status st = rri_format(&path, err, "%s/%s", dir, RR_RUN_CERTIFICATE);
    if (st != RR_OK)
        return st;
    const solution_row row = { .of = *h,
                               .cfg = a->request.search.output,
                               .states_seconds = x->states_seconds,
                               .certificate = x->child != NULL ? path : NULL };
    json_t *back = cli_enter(r, "solution");
    cli_put_record(r, NULL, &solution_columns, &row);
    cli_leave(r, back);
    put_ids(r, "dropped", x, h->dropped, h->count_dropped);
    put_ids(r, "conflict", x, h->conflict, h->count_conflict);
    cli_print(r,
              "\nOutput layer: change %.3g of %.3g (root mean square of the logits), no smaller "
              "one does;\n%zu of %zu demands bind. Least margins: targets %.3g, training "
              "sequences held %.3g.\n",
              h->change, h->layer, h->binding, h->rows, h->worst_target, h->worst_held);
    if (h->count_dropped > 0)
        cli_print(r, "%zu targets are left out: in conflict with others, or the training set.\n",
                  h->count_dropped);
    rri_free(path);
    return RR_OK;
}

/* ---- one repair ----------------------------------------------------------------------------- */

rr_status cli_put_repair(const cli_repair *a, const char *dir, const uint64_t *seed,
                         const rr_repair_result *x, cli_result *r, rr_error *err)
{
    const int pictured = !a->segments && !a->words && !a->output; /* sentences cannot be drawn */
    char *picture = NULL, *document = NULL;
    rr_status st = RR_OK;

    cli_put_repair_settings(a, dir, seed, r);
    cli_put(r, "targets", cli_json_size(x->count));
    cli_put(r, "generated", cli_json_size(x->generated));
    cli_put(r, "accepted", cli_json_size(x->accepted));
    cli_put(r, "kept", cli_json_size(rr_dataset_count(x->additions)));
    RRI_TRY(cli_put_targets(a, x, r, err));
    if (a->output)
        RRI_TRY(put_solution(a, dir, x, r, err));
    RRI_TRY(cli_put_outcome(a, x, r, err));
    if (x->child == NULL)
        goto done;
    if (pictured) {
        RRI_TRY(rri_format(&picture, err, "%s/repair.png", dir));
        RRI_TRY(
            rr_picture_repair(x->search, x->ds, x->train, x->additions, x->after, picture, err));
        cli_put(r, "picture", cli_json_text(picture));
    }
    RRI_TRY(rri_format(&document, err, "%s/repair.json", dir));
    RRI_TRY(cli_result_write(r, document, err));
    cli_say(&a->common, "written to %s: the run, repair.json%s", dir,
            a->output  ? " and certificate.json"
            : pictured ? " and repair.png"
                       : "");

done:
    rri_free(picture);
    rri_free(document);
    return st;
}
