/* SPDX-License-Identifier: MIT */
/* repair_export.c - `rnnrepair repair --export` where the samples are for a network that is trained
 * elsewhere: of a run on states, of whole inputs, and as .npz. Nothing is retrained here. */
#include "commands/repair_export.h"

#include "commands/steps.h"

/* A target and how many samples it gets, by how they are made. */
typedef struct target_row {
    size_t id;
    cli_source from;
    uint32_t truth, prediction;
    size_t repeat, insert, balance;
} target_row;

static const cli_column target_table[] = {
    COL_SIZE(target_row, id, "id", "id", 8),
    COL_SOURCE(target_row, from, 0),
    COL_CLASS(target_row, truth, "truth", "truth", 10),
    COL_CLASS(target_row, prediction, "prediction", "prediction", 10),
    COL_SIZE(target_row, repeat, "repeat", "repeated", 8),
    COL_SIZE(target_row, insert, "insert", "inserted", 8),
    COL_SIZE(target_row, balance, "balance", "balance", 8),
};
static const cli_columns target_columns = CLI_COLUMNS(target_row, target_table);

/* With an output at every step the label of the sequence says nothing; each sample names its own.
 */
static const cli_column step_target_table[] = {
    COL_SIZE(target_row, id, "id", "id", 8),
    COL_SOURCE(target_row, from, 0),
    COL_SIZE(target_row, repeat, "repeat", "repeated", 8),
    COL_SIZE(target_row, insert, "insert", "inserted", 8),
    COL_SIZE(target_row, balance, "balance", "balance", 8),
};
static const cli_columns step_target_columns = CLI_COLUMNS(target_row, step_target_table);

/* ---- the request ---------------------------------------------------------------------------- */

static rr_status check(const cli_export *x, int segments, rr_error *err)
{
    const cli_common *c = x->common;
    rr_status st = RR_OK;

    RRI_TRY(cli_refuse_given(
        c,
        "output strategy pool top sources variants rounds vary rotate shift shear "
        "scale jitter amplitude warp slice channels retrain epochs learning-rate seeds vectors",
        "--export of samples for training elsewhere", err));
    if (segments)
        RRI_TRY(cli_refuse_given(c, "norm keep-samples", "--level segment", err));
    else
        RRI_TRY(cli_refuse_given(c, "insertions rule gamma balance", "--level sample", err));
    if (segments && x->repair->search.segment.localize.rules == RR_RULE_FLIP)
        RRI_TRY(cli_refuse_given(c, "gamma", "--rule flip", err));

done:
    return st;
}

static void fill(const cli_export *x, const rr_session *s, rr_export_request *out)
{
    const rr_repair_config *from = &x->repair->search;
    rr_additions_config *to = &out->search;

    *out = rr_export_request_default(s);
    out->split = x->repair->split;
    out->most = x->repair->most;
    out->truth = x->repair->truth;
    out->path = x->repair->export_path;
    to->level = from->level;
    to->localize = from->segment.localize;
    to->insertions = from->segment.insertions;
    if (from->segment.balance >= 0.0)
        to->balance = from->segment.balance;
    to->correct_only = !x->with_misclassified;
    to->query.p = from->sample.query.p;
    if (cli_given(x->common, "keep-samples"))
        to->budget = from->sample.keep;
    if (cli_given(x->common, "seed"))
        to->seed = x->repair->retrain.seed;
}

/* ---- the result ----------------------------------------------------------------------------- */

static rr_status list_targets(const rr_export *e, const rr_predictions *p, cli_result *r,
                              target_row **rows, target_row *all, rr_error *err)
{
    size_t n = 0;
    const rr_addition *list = rr_additions_list(e->additions, &n);
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, rows, e->count, sizeof **rows, err));
    for (size_t i = 0; i < e->count; i++)
        (*rows)[i] = (target_row){ .id = e->targets[i],
                                   .from = { e->ds, e->targets[i] },
                                   .truth = rr_dataset_at(e->ds, e->targets[i]).label,
                                   .prediction = p->prediction[e->targets[i]] };
    for (size_t i = 0; i < n; i++) {
        target_row *row = &(*rows)[list[i].target];
        row->repeat += list[i].kind == RR_ADDITION_REPEAT;
        row->insert += list[i].kind == RR_ADDITION_INSERT;
        row->balance += list[i].kind == RR_ADDITION_BALANCE;
    }
    for (size_t i = 0; i < e->count; i++) {
        all->repeat += (*rows)[i].repeat;
        all->insert += (*rows)[i].insert;
        all->balance += (*rows)[i].balance;
    }

done:
    return st;
}

static rr_status put(const cli_export *x, rr_session *s, const rr_export *e, cli_result *r,
                     rr_error *err)
{
    const cli_columns *columns = cli_by_steps(s) ? &step_target_columns : &target_columns;
    target_row *rows = NULL, all = { .id = 0 };
    rr_predictions p;
    rr_status st = RR_OK;

    r->names = e->train;
    RRI_TRY(rr_session_predict(s, x->repair->split, &p, err));
    RRI_TRY(list_targets(e, &p, r, &rows, &all, err));
    const size_t samples = all.repeat + all.insert + all.balance;
    cli_put(r, "run", cli_json_text(x->dir));
    cli_put(r, "data", cli_json_text(x->data));
    cli_put(r, "split", cli_json_text(x->split));
    cli_put(r, "targets", cli_json_size(e->count));
    cli_put(r, "samples", cli_json_size(samples));
    cli_put(r, "repeated", cli_json_size(all.repeat));
    cli_put(r, "inserted", cli_json_size(all.insert));
    cli_put(r, "balance", cli_json_size(all.balance));
    cli_put(r, "without", cli_json_size(e->without));
    cli_put(r, "export", cli_json_text(x->repair->export_path));
    cli_put_rows(r, "per_target", columns, rows, e->count);
    cli_print_rows(r, columns, rows, e->count, e->count, "");
    cli_print(r,
              "\n%zu samples to add for %zu targets, in %s: train the network on them with its "
              "training set, and measure there\n",
              samples, e->count, x->repair->export_path);
    RRI_TRY(cli_put_origin(r, s, err));

done:
    return st;
}

rr_status cli_repair_export(const cli_export *x, rr_session *s, rr_error *err)
{
    const rr_run_settings run = rr_run_settings_of(rr_session_run(s));
    const rr_level level = x->repair->search.level;
    cli_result r = cli_result_begin(x->common, 0);
    rr_export_request request;
    rr_export *e = NULL;
    rr_status st = RR_OK;

    RRI_TRY(
        check(x,
              level == RR_LEVEL_SEGMENT || (level == RR_LEVEL_AUTO && run.network.vocabulary > 0 &&
                                            run.network.output == RR_OUTPUT_LAST),
              err));
    fill(x, s, &request);
    RRI_TRY(cli_result_samples(&r, "samples", x->samples, s, request.split, &request.targets,
                               &request.count_targets, err));
    RRI_TRY(rr_session_export(s, &request, &e, err));
    RRI_TRY(put(x, s, e, &r, err));
    RRI_TRY(cli_result_end(&r, err));

done:
    cli_result_free(&r);
    rr_export_free(e);
    return st;
}
