/* SPDX-License-Identifier: MIT */
/* compare.c - `rnnrepair compare`: what a second run on the same data answers otherwise. */
#include "kit/inputs.h"
#include "kit/words.h"

#include <math.h>

typedef struct args {
    cli_common common;
    const char *dir, *second, *data;
    rr_split split;
    const char *only;
    size_t shown;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory: before" },
    { "RUN2", offsetof(args, second), 0, "run directory on the same data: after" },
};

static const cli_opt opts[] = {
    OPT_SPLIT(args, "split on which they are compared", .preset = "test, else dev"),
    OPT_STR(args, only, "only", "KIND", "list these alone: fixed, broken, still-wrong, changed",
            .preset = "all"),
    OPT_SIZE(args, shown, "show", 0, 0, "inputs listed in the table; --json lists all", .local = 1),
    OPT_DATA(args, data),
    OPT_SEED_UNUSED(args),
};

static void defaults(void *p)
{
    args *a = p;
    a->shown = 20;
}

/* ---- columns -------------------------------------------------------------------------------- */

static const cli_column edit_table[] = {
    COL_DATA(SIZE, rr_edit_difference, added, "added"),
    COL_DATA(SIZE, rr_edit_difference, taken_back, "taken_back"),
    COL_DATA(SIZE, rr_edit_difference, removed, "removed"),
    COL_DATA(SIZE, rr_edit_difference, restored, "restored"),
    COL_DATA(SIZE, rr_edit_difference, relabelled, "relabelled"),
    COL_DATA(SIZE, rr_edit_difference, relabelled_steps, "relabelled_steps"),
    COL_DATA(FLAG, rr_edit_difference, reweighted, "reweighted"),
};
static const cli_columns edit_columns = CLI_COLUMNS(rr_edit_difference, edit_table);

/* An effect of all, targets or unseen; what is not known is NaN. */
typedef struct part_row {
    const char *part;
    rr_effect of;
} part_row;

static const cli_column part_table[] = {
    COL_TEXT(part_row, part, "part", "", -8),
    COL_SIZE(part_row, of.counts.count, "count", "inputs", 8),
    COL_SIZE(part_row, of.counts.fixed, "fixed", "fixed", 7),
    COL_SIZE(part_row, of.counts.newly_broken, "broken", "broken", 7),
    COL_SIZE(part_row, of.counts.still_failing, "still_wrong", "still wrong", 11),
    COL_SIZE(part_row, of.counts.unchanged, "unchanged", "right", 8),
    COL_PERCENT(part_row, of.counts.accuracy_before, "accuracy_before", "before %", 8, .digits = 2),
    COL_PERCENT(part_row, of.counts.accuracy_after, "accuracy_after", "after %", 8, .digits = 2),
    COL_F64(part_row, of.divergence, "divergence", "divergence", 10, .digits = 4),
    COL_DATA(F64, part_row, of.before.error, "calibration_before"),
    COL_DATA(F64, part_row, of.after.error, "calibration_after"),
    COL_DATA(F64, part_row, of.before.loss, "loss_before"),
    COL_DATA(F64, part_row, of.after.loss, "loss_after"),
};
static const cli_columns part_columns = CLI_COLUMNS(part_row, part_table);

typedef struct class_row {
    uint32_t number;
    rr_class_outcome of;
} class_row;

static const cli_column class_table[] = {
    COL_CLASS(class_row, number, "class", "class", -12, .fit = 30),
    COL_SIZE(class_row, of.count, "count", "inputs", 8),
    COL_SIZE(class_row, of.fixed, "fixed", "fixed", 7),
    COL_SIZE(class_row, of.newly_broken, "broken", "broken", 7),
    COL_PERCENT(class_row, of.recall_before, "recall_before", "before %", 8, .digits = 2),
    COL_PERCENT(class_row, of.recall_after, "recall_after", "after %", 8, .digits = 2),
};
static const cli_columns class_columns = CLI_COLUMNS(class_row, class_table);

typedef struct changed_row {
    rr_changed of;
    cli_source from;
    size_t step; /* SIZE_MAX = none */
    cli_words text;
} changed_row;

#define CHANGED_COLUMNS                                                                            \
    COL_ENUM(changed_row, of.kind, "kind", RR_ENUM_CHANGE, "", -11),                               \
        COL_SIZE(changed_row, of.id, "id", "id", 8), COL_SOURCE(changed_row, from, 0),             \
        COL_CLASS(changed_row, of.truth, "truth", "truth", 10, .order = 2),                        \
        COL_CLASS(changed_row, of.before, "before", "before", 10, .order = 2),                     \
        COL_CHANCE(changed_row, of.probability_before, "probability_before", "p", 6, .digits = 3,  \
                   .order = 2),                                                                    \
        COL_CLASS(changed_row, of.after, "after", "after", 10, .order = 2),                        \
        COL_CHANCE(changed_row, of.probability_after, "probability_after", "p", 6, .digits = 3,    \
                   .order = 2),                                                                    \
        COL_DATA(CHANCE, changed_row, of.truth_before, "truth_probability_before"),                \
        COL_DATA(CHANCE, changed_row, of.truth_after, "truth_probability_after"),                  \
        COL_DATA(FLAG, changed_row, of.target, "target")
#define STEP_COLUMN COL_SIZE(changed_row, step, "step", "step", 5, .order = 1)
#define TEXT_COLUMN COL_WORDS(changed_row, text, "text", "text", 0, .order = 3)

static const cli_column frame_table[] = { CHANGED_COLUMNS };
static const cli_columns frame_columns = CLI_COLUMNS(changed_row, frame_table);
static const cli_column word_table[] = { CHANGED_COLUMNS, TEXT_COLUMN };
static const cli_columns word_columns = CLI_COLUMNS(changed_row, word_table);
static const cli_column frame_step_table[] = { CHANGED_COLUMNS, STEP_COLUMN };
static const cli_columns frame_step_columns = CLI_COLUMNS(changed_row, frame_step_table);
static const cli_column word_step_table[] = { CHANGED_COLUMNS, STEP_COLUMN, TEXT_COLUMN };
static const cli_columns word_step_columns = CLI_COLUMNS(changed_row, word_step_table);

static const cli_columns *changed_columns(const rr_comparison *x)
{
    const int words = rr_dataset_width(x->ds) == 0;
    if (x->by_steps)
        return words ? &word_step_columns : &frame_step_columns;
    return words ? &word_columns : &frame_columns;
}

/* ---- rows ----------------------------------------------------------------------------------- */

enum { GLIMPSE = 60 }; /* columns of a sentence in the table */

/* Of each input its sequence, and the word of its step in brackets. only: a kind, -1 = all. */
static rr_status list_changed(const rr_comparison *x, int only, cli_result *r, changed_row **out,
                              size_t *n, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, out, x->count_changed, sizeof **out, err));
    for (size_t i = 0; i < x->count_changed; i++) {
        const rr_changed *c = &x->changed[i];
        if (only >= 0 && (int)c->kind != only)
            continue;
        changed_row *row = &(*out)[(*n)++];
        const rr_sequence s = rr_dataset_at(x->ds, c->id);
        unsigned char *marked = NULL;
        *row = (changed_row){ .of = *c,
                              .from = { x->ds, c->id },
                              .step = c->step > 0 ? c->step : SIZE_MAX };
        if (s.symbols == NULL)
            continue;
        row->text = (cli_words){ .ds = x->ds, .s = s, .columns = GLIMPSE };
        if (c->step == 0)
            continue;
        RRI_TRY(cli_result_alloc(r, &marked, s.steps, 1, err));
        marked[c->step - 1] = 1;
        row->text.marked = marked;
    }

done:
    return st;
}

static rr_status list_parts(const rr_comparison *x, cli_result *r, part_row **out, size_t *n,
                            rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, out, 3, sizeof **out, err));
    if (!x->labelled)
        return RR_OK;
    (*out)[(*n)++] = (part_row){ "all", x->all };
    if (x->has_targets) {
        (*out)[(*n)++] = (part_row){ "targets", x->targets };
        (*out)[(*n)++] = (part_row){ "unseen", x->unseen };
    }
    for (size_t i = 0; i < *n; i++) {
        rr_effect *e = &(*out)[i].of;
        if (e->counts.count == 0)
            e->counts.accuracy_before = e->counts.accuracy_after = -1.0;
        if (!x->probabilities || e->counts.count == 0) {
            e->divergence = (double)NAN;
            e->before = e->after = (rr_calibration){ (double)NAN, (double)NAN };
        }
    }

done:
    return st;
}

static rr_status list_classes(const rr_comparison *x, cli_result *r, class_row **out, size_t *n,
                              rr_error *err)
{
    *n = x->labelled ? x->count_classes : 0;
    const rr_status st = cli_result_alloc(r, out, *n, sizeof **out, err);

    for (size_t c = 0; st == RR_OK && c < *n; c++)
        (*out)[c] = (class_row){ (uint32_t)c, x->classes[c] };
    return st;
}

/* ---- text ----------------------------------------------------------------------------------- */

static void print_relation(const args *a, const cli_result *r, const rr_comparison *x)
{
    static const char *const says[] = {
        [RR_RELATION_OTHER] = "neither was made from the other",
        [RR_RELATION_CHILD] = "the second was made from the first",
        [RR_RELATION_PARENT] = "the first was made from the second",
        [RR_RELATION_SIBLING] = "both were made from one run",
        [RR_RELATION_COPY] = "both have the same model",
    };
    const rr_edit_difference *e = &x->edits;

    cli_print(r, "%s -> %s: %s", a->dir, a->second, says[x->relation]);
    if (e->added + e->taken_back > 0)
        cli_print(r, "; %zu samples added, %zu taken back", e->added, e->taken_back);
    if (e->removed + e->restored > 0)
        cli_print(r, "; %zu sequences removed, %zu restored", e->removed, e->restored);
    if (e->relabelled + e->relabelled_steps > 0)
        cli_print(r, "; %zu sequences and %zu steps relabelled", e->relabelled,
                  e->relabelled_steps);
    cli_print(r, "\n%zu %s of %s, %zu with another prediction\n\n", x->inputs,
              x->by_steps ? (x->labelled ? "labelled steps" : "steps") : "sequences",
              rr_enum_name(RR_ENUM_SPLIT, x->split), x->differ);
}

static void print_calibration(const cli_result *r, const rr_comparison *x)
{
    const rr_effect *e = &x->all;
    if (x->probabilities && e->counts.count > 0)
        cli_print(r,
                  "\ncalibration error %.4f -> %.4f, loss %.4f -> %.4f nats, divergence of what "
                  "stays right %.4f nats\n",
                  e->before.error, e->after.error, e->before.loss, e->after.loss, e->divergence);
}

/* ---- the command ---------------------------------------------------------------------------- */

static rr_status check_options(void *p, rr_error *err)
{
    const args *a = p;
    unsigned kind = 0;
    if (a->only == NULL || rr_enum_parse(RR_ENUM_CHANGE, a->only, &kind, err) == RR_OK)
        return RR_OK;
    return rri_prefix(err, RR_ERR_ARG, "--only");
}

static rr_status open_run(void *p, rr_session **s, rr_error *err)
{
    args *a = p;
    return cli_open(&a->common, a->dir, a->data, NULL, s, err);
}

static rr_status put_comparison(const args *a, const rr_comparison *x, cli_result *r, rr_error *err)
{
    unsigned kind = 0;
    changed_row *changed = NULL;
    part_row *parts = NULL;
    class_row *classes = NULL;
    size_t n = 0, count_parts = 0, count_classes = 0;
    rr_status st = RR_OK;

    if (a->only != NULL)
        RRI_TRY(rr_enum_parse(RR_ENUM_CHANGE, a->only, &kind, err));
    RRI_TRY(list_changed(x, a->only != NULL ? (int)kind : -1, r, &changed, &n, err));
    RRI_TRY(list_parts(x, r, &parts, &count_parts, err));
    RRI_TRY(list_classes(x, r, &classes, &count_classes, err));
    r->names = x->ds;
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "second", cli_json_text(a->second));
    cli_put(r, "relation", cli_json_text(rr_enum_name(RR_ENUM_RELATION, x->relation)));
    if (x->edits.known)
        cli_put_record(r, "edits", &edit_columns, &x->edits);
    else
        cli_put(r, "edits", json_null());
    cli_put(r, "split", cli_json_text(rr_enum_name(RR_ENUM_SPLIT, x->split)));
    cli_put(r, "by_steps", json_boolean(x->by_steps));
    cli_put(r, "labelled", json_boolean(x->labelled));
    cli_put(r, "count", cli_json_size(x->inputs));
    cli_put(r, "differ", cli_json_size(x->differ));
    cli_put_rows(r, "parts", &part_columns, parts, count_parts);
    cli_put_rows(r, "classes", &class_columns, classes, count_classes);
    cli_put_rows(r, "changed", changed_columns(x), changed, n);
    cli_put(r, "note", cli_json_text(x->note));
    print_relation(a, r, x);
    if (count_parts > 0) {
        cli_print_rows(r, &part_columns, parts, count_parts, count_parts, "");
        print_calibration(r, x);
        cli_print(r, "\n");
        cli_print_rows(r, &class_columns, classes, count_classes, count_classes, "");
        cli_print(r, "\n");
    }
    cli_print_rows(r, changed_columns(x), changed, n, a->shown, "; --show, or --json lists all");
    cli_print(r, "%s%s%s", x->note[0] != '\0' ? "\n" : "", x->note, x->note[0] != '\0' ? "\n" : "");

done:
    return st;
}

static rr_status answer_compare(void *p, rr_session *s, cli_result *r, rr_error *err)
{
    args *a = p;
    rr_session *own = NULL;
    rr_comparison *x = NULL;
    rr_compare_config cfg = rr_compare_config_default();
    rr_status st = RR_OK;

    if (a->common.served && a->common.other == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "there is no second run to compare with"));
    if (!a->common.served)
        RRI_TRY(cli_open(&a->common, a->second, a->data, NULL, &own, err));
    cfg.split = cli_given(&a->common, "split") ? (int)a->split : -1;
    RRI_TRY(rr_session_compare(s, own != NULL ? own : a->common.other, &cfg, &x, err));
    RRI_TRY(put_comparison(a, x, r, err));

done:
    r->names = NULL;
    rr_comparison_free(x);
    rr_session_close(own);
    return st;
}

const cli_command cli_command_compare = {
    .name = "compare",
    .summary = "compare what two runs on the same data answer",
    .about =
        "Lists what the second run answers otherwise than the first on a split of the data they\n"
        "share: fixed, broken, still wrong, by class too, and how the probabilities moved. Data\n"
        "are compared by their content: other data are an error. Where one run is a repair of\n"
        "the other, and the split is that of its targets, targets and all other inputs (unseen)\n"
        "are also counted apart. Where every step has an output, inputs are labelled steps.\n"
        "Without labels, inputs with another prediction are listed.\n"
        "\n"
        "On train, both answer the training set of the first run as it stands, with its edits.\n",
    .members =
        "run, second\n"
        "relation     of the second to the first: child, parent, sibling, copy or other\n"
        "edits        {added, taken_back, removed, restored, relabelled, relabelled_steps,\n"
        "             reweighted}: what the training set of the second has otherwise; null of\n"
        "             states and of other training data\n"
        "split, by_steps, labelled\n"
        "count        inputs compared\n"
        "differ       of these, with another prediction\n"
        "parts        [{part (all, targets, unseen), count, fixed, broken, still_wrong, "
        "unchanged,\n"
        "             accuracy_before, accuracy_after, divergence, calibration_before,\n"
        "             calibration_after, loss_before, loss_after}]; divergence and loss in nats;\n"
        "             null without probabilities; none without labels\n"
        "classes      [{class, count, fixed, broken, recall_before, recall_after}]\n"
        "changed      [{kind, id, step (where every step has an output), truth, before,\n"
        "             probability_before, after, probability_after, truth_probability_before,\n"
        "             truth_probability_after, target, text}]\n" CLI_SOURCE_MEMBERS
        "note         what is not compared and why\n" CLI_CLASS_MEMBERS,
    .list = "changed",
    .examples = "rnnrepair compare run repaired\n"
                "rnnrepair compare run repaired --split dev --only broken\n"
                "rnnrepair compare run repaired --json\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .check = check_options,
    .open = open_run,
    .answer = answer_compare,
};
