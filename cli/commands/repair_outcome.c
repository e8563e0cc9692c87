/* SPDX-License-Identifier: MIT */
/* repair_outcome.c - what a repair changed, as `rnnrepair repair` prints it: the repair's own
 * retraining beside its controls, and its classes. */
#include "commands/repair_outcome.h"
#include "kit/epochs.h"
#include "kit/words.h"

#include <string.h>

/* Rows of the table of classes that are printed. */
enum { CLASSES_SHOWN = 12 };

/* What became of a class. */
typedef struct class_row {
    uint32_t class;
    rr_class_outcome of;
    rr_class_quality before, after;
} class_row;

/* ---- columns -------------------------------------------------------------------------------- */

static const cli_column class_table[] = {
    COL_CLASS(class_row, class, "class", "class", 12),
    COL_SIZE(class_row, of.count, "count", "inputs", 8),
    COL_SIZE(class_row, of.fixed, "fixed", "fixed", 7),
    COL_SIZE(class_row, of.newly_broken, "newly_broken", "broken", 7),
    COL_FRACTION(class_row, of.recall_before, "recall_before", "recall before", 13, .digits = 4),
    COL_FRACTION(class_row, of.recall_after, "recall_after", "after", 8, .digits = 4),
    COL_FRACTION(class_row, before.precision, "precision_before", "precision", 9, .digits = 4),
    COL_FRACTION(class_row, after.precision, "precision_after", "after", 8, .digits = 4),
    COL_FRACTION(class_row, before.f1, "f1_before", "F1", 8, .digits = 4),
    COL_FRACTION(class_row, after.f1, "f1_after", "after", 8, .digits = 4),
};
static const cli_columns class_columns = CLI_COLUMNS(class_row, class_table);

/* A retraining, and what of it stands side by side. */
typedef struct retraining_row {
    rr_retraining of;
    rr_repair_quality quality;
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
    COL_FRACTION(retraining_row, quality.all.macro_f1, "macro_f1", "F1", 6, .digits = 4),
    COL_FRACTION(retraining_row, quality.unseen.auc, "unseen_auc", "AUC", 6, .digits = 4),
    COL_F64(retraining_row, of.measured.divergence, "divergence", "KL", 7, .digits = 4),
    COL_F64(retraining_row, of.measured.after.error, "calibration_error", "ECE", 7, .digits = 4),
    COL_F64(retraining_row, of.measured.after.loss, "loss", "loss", 7, .digits = 4),
    COL_SIZE(retraining_row, of.kept, "kept", "update", 6),
    COL_F64(retraining_row, seconds, "seconds", "seconds", 7, .digits = 1),
    COL_TEXT(retraining_row, remark, NULL, "", 0),
    COL_DATA(SIZE, retraining_row, of.updates, "updates"),
    COL_DATA(FLAG, retraining_row, of.harmful, "harmful"),
    COL_DATA(FRACTION, retraining_row, quality.all.macro_recall, "macro_recall"),
    COL_DATA(FRACTION, retraining_row, quality.all.auc, "auc"),
    COL_DATA(F64, retraining_row, of.search_seconds, "search_seconds"),
    COL_DOTTED(retraining_row, of.targets, "targets", cli_outcome_columns),
    COL_DOTTED(retraining_row, of.unseen, "unseen", cli_outcome_columns),
    COL_DOTTED(retraining_row, of.guard, "guard", cli_outcome_columns),
    COL_DOTTED(retraining_row, of.measured.counts, "measured", cli_outcome_columns),
    COL_ROWS(retraining_row, classes, "classes", class_columns),
};
static const cli_columns retraining_columns = CLI_COLUMNS(retraining_row, retraining_table);

/* ---- the outcome ---------------------------------------------------------------------------- */

const char cli_repair_legend[] =
    "targets, unseen, left: errors fixed among the targets and the others, and those left of the\n"
    "others; broken: right before; F1: mean over the classes; AUC: without the targets, whatever\n"
    "the decision threshold (of more than two classes the mean of each against the rest); KL: how\n"
    "far predictions that stay right have moved, nats; ECE: expected calibration error; loss: "
    "mean\n"
    "-ln of the probability of the truth, nats; shift: one class's logit moved, nothing trained\n";

/* The members and lines about what is measured, and what it was before. */
void cli_put_measured(const cli_repair *a, const rr_effect *before, const rr_repair_quality *was,
                      rr_split split, size_t unseen, int steps, int test_used, cli_result *r)
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
    cli_put(r, "macro_f1", cli_json_fraction(was->all.macro_f1));
    cli_put(r, "macro_recall", cli_json_fraction(was->all.macro_recall));
    cli_put(r, "auc", cli_json_fraction(was->all.auc));
    cli_put(r, "unseen_auc", cli_json_fraction(was->unseen.auc));
    cli_leave(r, back);
    cli_put(r, "test_used", json_boolean(test_used));
    cli_print(r, "\nMeasured on %s%s: %zu %s, %zu of them errors that are no targets.\n", name,
              a->request.halves ? ", odd numbers" : "", o->count, steps ? "steps" : "inputs",
              unseen);
    cli_print(r, "Before: accuracy %.4f, F1 %.4f, ", o->accuracy_before, was->all.macro_f1);
    if (was->unseen.auc >= 0.0)
        cli_print(r, "AUC without the targets %.4f, ", was->unseen.auc);
    cli_print(r, "ECE %.4f, loss %.4f.\n", before->before.error, before->before.loss);
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
                  g->most_broken != SIZE_MAX                   ? "more than --max-broken are broken"
                  : own->guard.fixed > own->guard.newly_broken ? "the mean F1 of the classes falls"
                                                               : "no more are fixed than broken");
    else
        cli_print(r, "; kept are the weights after %zu of %zu updates.\n", own->kept, own->updates);
}

static rr_status take_classes(const rr_repair_result *x, size_t k, size_t C, cli_result *r,
                              cli_list *out, rr_error *err)
{
    class_row *rows = NULL;
    const rr_status st = cli_result_alloc(r, &rows, C, sizeof *rows, err);
    if (st != RR_OK)
        return st;
    for (size_t c = 0; c < C; c++)
        rows[c] = (class_row){ (uint32_t)c, x->retrainings[k].classes[c], x->classes_before[c],
                               x->classes_after[k * C + c] };
    *out = (cli_list){ .items = rows, .count = C };
    return RR_OK;
}

/* What control shift does, and a remark on it. */
static rr_status put_shift(const rr_repair_result *x, cli_result *r, const char **remark,
                           rr_error *err)
{
    const rr_logit_shift *s = &x->shift;
    const char *name = rr_dataset_class_name(x->measured, s->label);
    char number[CLI_TOKEN], *text = NULL;
    rr_status st = RR_OK;

    snprintf(number, sizeof number, "class %u", (unsigned)s->label);
    RRI_TRY(cli_result_alloc(r, &text, 128, 1, err));
    snprintf(text, 128, "logit of %.40s %+.3f", name != NULL ? name : number, s->by);
    *remark = text;
    json_t *back = cli_enter(r, "shift");
    cli_put(r, "class", cli_json_size(s->label));
    cli_put(r, "by", cli_json_f64(s->by));
    cli_leave(r, back);

done:
    return st;
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
                              .quality = x->qualities[i],
                              .seconds = of->search_seconds + of->train_seconds,
                              .strategy = a->output ? "output"
                                                    : rr_enum_name(RR_ENUM_STRATEGY, of->strategy),
                              .remark = of->harmful ? "harmful" : "" };
        RRI_TRY(take_classes(x, i, C, r, &rows[i].classes, err));
        if (of->strategy == RR_STRATEGY_SHIFT)
            RRI_TRY(put_shift(x, r, &rows[i].remark, err));
    }
    cli_put_measured(a, &rows[0].of.measured, &x->quality_before, x->measured_split,
                     rows[0].of.unseen.fixed + rows[0].of.unseen.still_failing, x->steps,
                     x->test_used, r);
    cli_put_rows(r, "retrainings", &retraining_columns, rows, n);
    cli_print_rows(r, &retraining_columns, rows, n, n, "");
    cli_print(r, "%s\n", cli_repair_legend);
    cli_print_rows(r, &class_columns, rows[0].classes.items, C, CLASSES_SHOWN,
                   "; --json lists them");
    put_guard(x, r);
    if (rows[0].of.targets.fixed == 0 && !a->output)
        cli_print(r, "No target is fixed. Longer or larger steps (--epochs, --learning-rate) go "
                     "further, and\nbreak more.\n");

done:
    return st;
}

rr_status cli_put_outcome(const cli_repair *a, const rr_repair_result *x, cli_result *r,
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
