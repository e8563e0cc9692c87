/* SPDX-License-Identifier: MIT */
/* repair_report.c - what `rnnrepair repair` prints: a table of the targets, and one of the
 * retrainings: the repair's own beside its controls. */
#include "commands/repair_report.h"
#include "commands/repair_tables.h"
#include "kit/epochs.h"

#include "io/io.h"

#include <string.h>

/* Rows of the table of classes that are printed. */
enum { CLASSES_SHOWN = 12 };

/* What became of a class. */
typedef struct class_row {
    uint32_t class;
    rr_class_outcome of;
} class_row;

/* ---- columns -------------------------------------------------------------------------------- */

static const cli_column class_table[] = {
    COL_CLASS(class_row, class, "class", "class", 12),
    COL_SIZE(class_row, of.count, "count", "inputs", 8),
    COL_SIZE(class_row, of.fixed, "fixed", "fixed", 7),
    COL_SIZE(class_row, of.newly_broken, "newly_broken", "broken", 7),
    COL_FRACTION(class_row, of.recall_before, "recall_before", "recall before", 13, .digits = 4),
    COL_FRACTION(class_row, of.recall_after, "recall_after", "after", 8, .digits = 4),
};
static const cli_columns class_columns = CLI_COLUMNS(class_row, class_table);

/* A retraining, and what of it stands side by side. */
typedef struct retraining_row {
    rr_retraining of;
    double seconds;
    cli_list classes;
    const char *strategy, *remark;
} retraining_row;

static const cli_column retraining_table[] = {
    COL_TEXT(retraining_row, strategy, "strategy", "strategy", -10),
    COL_SIZE(retraining_row, of.added, "added", "added", 6),
    COL_SIZE(retraining_row, of.targets.fixed, "targets_fixed", "targets", 7),
    COL_DATA(SIZE, retraining_row, of.targets.still_failing, "targets_left"),
    COL_SIZE(retraining_row, of.unseen.fixed, "unseen_fixed", "unseen", 6),
    COL_SIZE(retraining_row, of.unseen.still_failing, "unseen_left", "left", 6),
    COL_SIZE(retraining_row, of.measured.counts.newly_broken, "broken", "broken", 6),
    COL_F64(retraining_row, of.measured.counts.accuracy_after, "accuracy", "accuracy", 8,
            .digits = 4),
    COL_F64(retraining_row, of.measured.divergence, "divergence", "KL", 7, .digits = 4),
    COL_F64(retraining_row, of.measured.after.error, "calibration_error", "ECE", 7, .digits = 4),
    COL_F64(retraining_row, of.measured.after.loss, "loss", "loss", 7, .digits = 4),
    COL_SIZE(retraining_row, of.kept, "kept", "update", 6),
    COL_F64(retraining_row, seconds, "seconds", "seconds", 7, .digits = 1),
    COL_TEXT(retraining_row, remark, NULL, "", 0),
    COL_DATA(SIZE, retraining_row, of.updates, "updates"),
    COL_DATA(FLAG, retraining_row, of.harmful, "harmful"),
    COL_DATA(F64, retraining_row, of.search_seconds, "search_seconds"),
    COL_DOTTED(retraining_row, of.targets, "targets", cli_outcome_columns),
    COL_DOTTED(retraining_row, of.unseen, "unseen", cli_outcome_columns),
    COL_DOTTED(retraining_row, of.guard, "guard", cli_outcome_columns),
    COL_DOTTED(retraining_row, of.measured.counts, "measured", cli_outcome_columns),
    COL_ROWS(retraining_row, classes, "classes", class_columns),
};
static const cli_columns retraining_columns = CLI_COLUMNS(retraining_row, retraining_table);

static const cli_column seed_table[] = {
    COL_U64(rr_repair_seed, seed, "seed", "seed", 20),
    COL_SIZE(rr_repair_seed, kept, "kept", "kept", 8),
    COL_SIZE(rr_repair_seed, of_targets.fixed, "fixed", "fixed", 8),
    COL_SIZE(rr_repair_seed, of_targets.still_failing, "still_failing", "still failing", 13),
    COL_SIZE(rr_repair_seed, all.newly_broken, "newly_broken", "newly broken", 12),
    COL_F64(rr_repair_seed, all.accuracy_after, "accuracy_after", "accuracy after", 14,
            .digits = 4),
    COL_DATA(FLAG, rr_repair_seed, harmful, "harmful"),
    COL_RECORD(rr_repair_seed, all, "outcome", cli_outcome_columns),
};
static const cli_columns seed_columns = CLI_COLUMNS(rr_repair_seed, seed_table);

static const cli_column mean_table[] = {
    COL_DATA(SIZE, rr_series_target, id, "id"),
    COL_DATA(CLASS, rr_series_target, truth, "truth"),
    COL_DATA(CLASS, rr_series_target, prediction, "prediction"),
    COL_DATA(F64, rr_series_target, fixed, "fixed"),
};
static const cli_columns mean_columns = CLI_COLUMNS(rr_series_target, mean_table);

static const cli_column series_table[] = {
    COL_DATA(SIZE, rr_repair_series, count, "targets"),
    COL_DATA(F64, rr_repair_series, mean_kept, "kept"),
    COL_DATA(F64, rr_repair_series, mean_fixed, "fixed"),
    COL_DATA(F64, rr_repair_series, mean_still_failing, "still_failing"),
    COL_DATA(F64, rr_repair_series, mean_newly_broken, "newly_broken"),
    COL_DATA(F64, rr_repair_series, accuracy_before, "accuracy_before"),
    COL_DATA(F64, rr_repair_series, accuracy_after, "accuracy_after"),
};
static const cli_columns series_columns = CLI_COLUMNS(rr_repair_series, series_table);

static const cli_column interval_table[] = {
    COL_DATA(F64, rr_interval, mean, "mean"),
    COL_DATA(F64, rr_interval, low, "low"),
    COL_DATA(F64, rr_interval, high, "high"),
};
static const cli_columns interval_columns = CLI_COLUMNS(rr_interval, interval_table);

#define COL_INTERVAL(member, name) COL_DOTTED(mean_row, of.member, name, interval_columns)

/* A retraining over all seeds; the texts are "mean +- half of the interval". */
typedef struct mean_row {
    rr_series_retraining of;
    const char *added, *targets, *unseen, *left, *broken, *accuracy, *divergence, *error, *loss;
    const char *remark;
} mean_row;

static const cli_column mean_retraining_table[] = {
    COL_ENUM(mean_row, of.strategy, "strategy", RR_ENUM_STRATEGY, "strategy", -10),
    COL_TEXT(mean_row, added, NULL, "added", 7),
    COL_TEXT(mean_row, targets, NULL, "targets", 12),
    COL_TEXT(mean_row, unseen, NULL, "unseen", 12),
    COL_TEXT(mean_row, left, NULL, "left", 13),
    COL_TEXT(mean_row, broken, NULL, "broken", 12),
    COL_TEXT(mean_row, accuracy, NULL, "accuracy", 16),
    COL_TEXT(mean_row, divergence, NULL, "KL", 7),
    COL_TEXT(mean_row, error, NULL, "ECE", 7),
    COL_TEXT(mean_row, loss, NULL, "loss", 7),
    COL_TEXT(mean_row, remark, NULL, "", 0),
    COL_DATA(SIZE, mean_row, of.harmful, "harmful"),
    COL_INTERVAL(added, "added"),
    COL_INTERVAL(targets_fixed, "targets_fixed"),
    COL_INTERVAL(unseen_fixed, "unseen_fixed"),
    COL_INTERVAL(unseen_left, "unseen_left"),
    COL_INTERVAL(broken, "broken"),
    COL_INTERVAL(accuracy, "accuracy"),
    COL_INTERVAL(divergence, "divergence"),
    COL_INTERVAL(calibration_error, "calibration_error"),
    COL_INTERVAL(loss, "loss"),
    COL_INTERVAL(seconds, "seconds"),
};
static const cli_columns mean_retraining_columns = CLI_COLUMNS(mean_row, mean_retraining_table);

/* ---- the outcome ---------------------------------------------------------------------------- */

static const char table_legend[] =
    "targets, unseen, left: errors fixed among the targets and the others, and those left of the\n"
    "others; broken: right before; KL: how far predictions that stay right have moved, nats;\n"
    "ECE: expected calibration error; loss: mean -ln of the probability of the truth, nats\n";

/* The members and lines about what is measured, and what it was before. */
static void put_measured(const cli_repair *a, const rr_effect *before, rr_split split,
                         size_t unseen, int steps, int test_used, cli_result *r)
{
    const char *name = split == RR_SPLIT_OTHER ? "the cases" : rr_enum_name(RR_ENUM_SPLIT, split);
    const rr_outcome *o = &before->counts;
    json_t *back = cli_enter(r, "measured");
    cli_put(r, "split", cli_json_text(split == RR_SPLIT_OTHER ? "cases" : name));
    cli_put(r, "halves", json_boolean(a->request.halves));
    cli_put(r, "count", cli_json_size(o->count));
    cli_leave(r, back);
    back = cli_enter(r, "before");
    cli_put(r, "accuracy", cli_json_f64(o->accuracy_before));
    cli_put(r, "calibration_error", cli_json_f64(before->before.error));
    cli_put(r, "loss", cli_json_f64(before->before.loss));
    cli_leave(r, back);
    cli_put(r, "test_used", json_boolean(test_used));
    cli_print(r, "\nMeasured on %s%s: %zu %s, %zu of them errors that are no targets.\n", name,
              a->request.halves ? ", odd numbers" : "", o->count, steps ? "steps" : "inputs",
              unseen);
    cli_print(r, "Before: accuracy %.4f, ECE %.4f, loss %.4f.\n", o->accuracy_before,
              before->before.error, before->before.loss);
    if (test_used)
        cli_print(r,
                  "The targets are of the test split: it is no test of the new run any more. Give\n"
                  "failing inputs by --cases, or train with a dev split.\n");
    cli_print(r, "\n");
}

static void put_guard(const rr_repair_result *x, cli_result *r)
{
    const rr_guard *g = &x->guard;
    const rr_retraining *own = &x->retrainings[0];
    char held[64] = "";
    if (!g->on) {
        cli_put(r, "guard", json_null());
        return;
    }
    json_t *back = cli_enter(r, "guard");
    cli_put(r, "split", cli_json_text(rr_enum_name(RR_ENUM_SPLIT, g->split)));
    cli_put(r, "count", cli_json_size(own->guard.count));
    cli_put(r, "held", cli_json_size(g->count_held));
    cli_put(r, "most_broken",
            g->most_broken != SIZE_MAX ? cli_json_size(g->most_broken) : json_null());
    cli_leave(r, back);
    if (g->split == RR_SPLIT_TRAIN)
        snprintf(held, sizeof held, "%zu training sequences held back", g->count_held);
    cli_print(r, "\nGuard (%s): %zu fixed, %zu broken", g->split == RR_SPLIT_TRAIN ? held : "dev",
              own->guard.fixed, own->guard.newly_broken);
    if (own->harmful)
        cli_print(r, ".\nNothing is kept, %s: the figures are those of the last weights.\n",
                  g->most_broken != SIZE_MAX ? "more than --max-broken are broken"
                                             : "no more are fixed than broken");
    else
        cli_print(r, "; kept are the weights after %zu of %zu updates.\n", own->kept, own->updates);
}

static rr_status take_classes(const rr_retraining *x, size_t C, cli_result *r, cli_list *out,
                              rr_error *err)
{
    class_row *rows = NULL;
    const rr_status st = cli_result_alloc(r, &rows, C, sizeof *rows, err);
    if (st != RR_OK)
        return st;
    for (size_t c = 0; c < C; c++)
        rows[c] = (class_row){ (uint32_t)c, x->classes[c] };
    *out = (cli_list){ .items = rows, .count = C };
    return RR_OK;
}

static rr_status put_retrainings(const cli_repair *a, const rr_repair_result *x, cli_result *r,
                                 rr_error *err)
{
    const size_t n = x->count_retrainings;
    const size_t C = rr_dataset_classes(x->measured);
    retraining_row *rows = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, &rows, n, sizeof *rows, err));
    for (size_t i = 0; i < n; i++) {
        const rr_retraining *of = &x->retrainings[i];
        rows[i] =
            (retraining_row){ .of = *of,
                              .seconds = of->search_seconds + of->train_seconds,
                              .strategy = a->output ? "output"
                                                    : rr_enum_name(RR_ENUM_STRATEGY, of->strategy),
                              .remark = of->harmful ? "harmful" : "" };
        RRI_TRY(take_classes(of, C, r, &rows[i].classes, err));
    }
    put_measured(a, &rows[0].of.measured, x->measured_split,
                 rows[0].of.unseen.fixed + rows[0].of.unseen.still_failing, x->steps, x->test_used,
                 r);
    cli_put_rows(r, "retrainings", &retraining_columns, rows, n);
    cli_print_rows(r, &retraining_columns, rows, n, n, "");
    cli_print(r, "%s\n", table_legend);
    cli_print_rows(r, &class_columns, rows[0].classes.items, C, CLASSES_SHOWN,
                   "; --json lists them");
    put_guard(x, r);
    if (rows[0].of.targets.fixed == 0 && !a->output)
        cli_print(r, "No target is fixed. Longer or larger steps (--epochs, --learning-rate) go "
                     "further, and\nbreak more.\n");

done:
    return st;
}

static rr_status put_outcome(const cli_repair *a, const rr_repair_result *x, cli_result *r,
                             rr_error *err)
{
    const rr_outcome *all = &x->all, *targets = &x->of_targets;
    if (x->after == NULL) { /* nothing was retrained, so nothing is known of what changed */
        static const char *const names[] = { "fixed",           "still_failing",  "newly_broken",
                                             "accuracy_before", "accuracy_after", "outcome",
                                             "retrainings" };
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            cli_put(r, names[i], json_null());
        return RR_OK;
    }
    cli_put(r, "fixed", cli_json_size(targets->fixed));
    cli_put(r, "still_failing", cli_json_size(targets->still_failing));
    cli_put(r, "newly_broken", cli_json_size(all->newly_broken));
    cli_put(r, "accuracy_before", cli_json_f64(all->accuracy_before));
    cli_put(r, "accuracy_after", cli_json_f64(all->accuracy_after));
    cli_put_record(r, "outcome", &cli_outcome_columns, all);
    return put_retrainings(a, x, r, err);
}

/* ---- settings ------------------------------------------------------------------------------- */

static void put_settings(const cli_repair *a, const char *dir, const uint64_t *seed, cli_result *r)
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

    put_settings(a, dir, seed, r);
    cli_put(r, "targets", cli_json_size(x->count));
    cli_put(r, "generated", cli_json_size(x->generated));
    cli_put(r, "accepted", cli_json_size(x->accepted));
    cli_put(r, "kept", cli_json_size(rr_dataset_count(x->additions)));
    RRI_TRY(cli_put_targets(a, x, r, err));
    if (a->output)
        RRI_TRY(put_solution(a, dir, x, r, err));
    RRI_TRY(put_outcome(a, x, r, err));
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

/* ---- several seeds -------------------------------------------------------------------------- */

/* "mean +- half of the interval" as a text of the result. */
static rr_status write_interval(cli_result *r, const rr_interval *x, int digits, int with,
                                const char **out, rr_error *err)
{
    char *text = NULL;
    const rr_status st = cli_result_alloc(r, &text, 48, 1, err);
    if (st != RR_OK)
        return st;
    if (with)
        snprintf(text, 48, "%.*f +-%.*f", digits, x->mean, digits, x->high - x->mean);
    else
        snprintf(text, 48, "%.*f", digits, x->mean);
    *out = text;
    return RR_OK;
}

static rr_status take_means(const rr_series_retraining *of, size_t seeds, cli_result *r,
                            mean_row *row, rr_error *err)
{
    char *remark = NULL;
    rr_status st = RR_OK;

    *row = (mean_row){ .of = *of, .remark = "" };
    RRI_TRY(write_interval(r, &of->added, 0, 0, &row->added, err));
    RRI_TRY(write_interval(r, &of->targets_fixed, 1, 1, &row->targets, err));
    RRI_TRY(write_interval(r, &of->unseen_fixed, 1, 1, &row->unseen, err));
    RRI_TRY(write_interval(r, &of->unseen_left, 1, 1, &row->left, err));
    RRI_TRY(write_interval(r, &of->broken, 1, 1, &row->broken, err));
    RRI_TRY(write_interval(r, &of->accuracy, 4, 1, &row->accuracy, err));
    RRI_TRY(write_interval(r, &of->divergence, 4, 0, &row->divergence, err));
    RRI_TRY(write_interval(r, &of->calibration_error, 4, 0, &row->error, err));
    RRI_TRY(write_interval(r, &of->loss, 4, 0, &row->loss, err));
    if (of->harmful > 0) {
        RRI_TRY(cli_result_alloc(r, &remark, 48, 1, err));
        snprintf(remark, 48, "harmful: %zu of %zu", of->harmful, seeds);
        row->remark = remark;
    }

done:
    return st;
}

rr_status cli_put_series(const cli_repair *a, const rr_repair_series *x, cli_result *r,
                         rr_error *err)
{
    const size_t n = x->count_retrainings;
    mean_row *rows = NULL;
    rr_status st = RR_OK;

    put_settings(a, a->new_dir, NULL, r);
    cli_put_record(r, NULL, &series_columns, x);
    cli_put_rows(r, "per_seed", &seed_columns, x->seeds, x->count_seeds);
    cli_put_rows(r, "per_target", &mean_columns, x->targets, x->count);
    cli_print_rows(r, &seed_columns, x->seeds, x->count_seeds, x->count_seeds, "");
    cli_print(r, "%20s  %8.1f  %8.2f  %13.2f  %12.2f  %14.4f\n", "mean", x->mean_kept,
              x->mean_fixed, x->mean_still_failing, x->mean_newly_broken, x->accuracy_after);
    cli_print(r, "\n%zu targets; accuracy before %.4f\n", x->count, x->accuracy_before);
    RRI_TRY(cli_result_alloc(r, &rows, n, sizeof *rows, err));
    for (size_t i = 0; i < n; i++)
        RRI_TRY(take_means(&x->retrainings[i], x->count_seeds, r, &rows[i], err));
    put_measured(a, &x->before, x->measured_split,
                 (size_t)(rows[0].of.unseen_fixed.mean + rows[0].of.unseen_left.mean + 0.5), 0,
                 x->test_used, r);
    cli_put_rows(r, "retrainings", &mean_retraining_columns, rows, n);
    cli_print_rows(r, &mean_retraining_columns, rows, n, n, "");
    cli_print(r, "%s", table_legend);
    if (x->count_seeds > 1)
        cli_print(r, "+-: half of the 95 %% interval of the mean over %zu seeds\n", x->count_seeds);
    if (rows[0].of.harmful > 0)
        cli_print(r,
                  "Nothing is kept of %zu of %zu repairs, which did harm: their figures are those "
                  "of the last\nweights.\n",
                  rows[0].of.harmful, x->count_seeds);

done:
    return st;
}
