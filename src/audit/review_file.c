/* SPDX-License-Identifier: MIT */
/* review_file.c - the file in which a reviewer decides about training sequences, read.
 *
 * Both formats end in the same four texts of a row, NULL where it has none; a row is made of them
 * in one place. A file whose first character is a brace holds JSON. */
#include "audit/review_file.h"

#include "audit/audit_internal.h"
#include "core/utf8.h"
#include "data/data_internal.h"
#include "io/csv.h"
#include "io/file.h"
#include "io/io.h"
#include "io/json.h"
#include "io/lines.h"

#include <stdlib.h>
#include <string.h>

/* ---- classes -------------------------------------------------------------------------------- */

/* Whether a name looks like a number, or like several: 3, -1.5, 10-19. */
static bool is_number(const char *name)
{
    return name[strspn(name, "+-.0123456789")] == '\0' && strpbrk(name, "0123456789") != NULL;
}

size_t rri_review_class(const rr_dataset *ds, const char *text)
{
    const size_t C = rr_dataset_classes(ds);
    bool by_number = true;
    size_t c = 0;

    for (; c < C; c++) {
        const char *name = rr_dataset_class_name(ds, c);
        if (strcmp(name, text) == 0)
            return c;
        by_number = by_number && !is_number(name);
    }
    return by_number && rri_parse_size(text, &c) && c < C ? c : C;
}

/* ---- one row -------------------------------------------------------------------------------- */

typedef struct row {
    const char *id, *own; /* the number, and the source's own id */
    const char *step, *action, *label, *truth, *given, *split, *suggested; /* NULL: not said */
} row;

typedef struct reader {
    const char *path, *split;
    const rr_dataset *ds;
    rri_own_ids *ids;
    size_t line;
    size_t *seen_on; /* [N] the line that decides about a sequence, 0 where none does */
    rr_decision *list;
    size_t *line_of; /* [room] of each decision */
    size_t count, room;
} reader;

/* The places of an empty text and of none are the same: nothing is said. */
static const char *said(const char *text)
{
    return text != NULL && *text != '\0' ? text : NULL;
}

static rr_status read_class(const reader *r, const char *what, const char *text, size_t *out,
                            rr_error *err)
{
    const size_t C = rr_dataset_classes(r->ds);
    char list[120] = "";
    size_t n = 0;

    *out = rri_review_class(r->ds, text);
    if (*out < C)
        return RR_OK;
    for (size_t c = 0; c < C && n < sizeof list; c++)
        n += (size_t)rri_snprintf(list + n, sizeof list - n, "%s%s", c > 0 ? ", " : "",
                                  rr_dataset_class_name(r->ds, c));
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                    "%s, line %zu: the %s \"%.60s\" is no class; there are %s", r->path, r->line,
                    what, text, list);
}

static rr_status read_id(const reader *r, const row *t, uint32_t *out, rr_error *err)
{
    size_t id = 0;
    const rr_status st = rri_own_ids_find(r->ids, r->path, r->line, t->id, t->own, &id, err);

    *out = (uint32_t)id;
    return st;
}

/* The step a row is about, 0 for the sequence, which comes once. Steps that come twice are found in
 * the sorted list. */
static rr_status read_step(const reader *r, const char *text, uint32_t id, uint32_t *out,
                           rr_error *err)
{
    const rr_sequence s = rr_dataset_at(r->ds, id);
    size_t step = 0;

    if (said(text) != NULL && !rri_parse_size(text, &step))
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                        "%s, line %zu: the step \"%.60s\" is no number of a step", r->path, r->line,
                        text);
    if (step > 0 && s.step_labels == NULL)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                        "%s, line %zu: step %zu, but the steps of the training set have no labels",
                        r->path, r->line, step);
    if (step > s.steps)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                        "%s, line %zu: there is no step %zu of sequence %u, which has T = %zu",
                        r->path, r->line, step, (unsigned)id, s.steps);
    if (step == 0 && r->seen_on[id] != 0)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                        "%s, line %zu: sequence %u comes twice, first on line %zu", r->path,
                        r->line, (unsigned)id, r->seen_on[id]);
    *out = (uint32_t)step;
    return RR_OK;
}

static rr_status read_action(const reader *r, const row *t, rr_action *out, rr_error *err)
{
    unsigned action = 0;

    *out = said(t->label) != NULL ? RR_ACTION_RELABEL : RR_ACTION_KEEP;
    if (said(t->action) == NULL)
        return RR_OK;
    if (rr_enum_parse(RR_ENUM_ACTION, t->action, &action, NULL) != RR_OK)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                        "%s, line %zu: unknown action \"%.60s\": expected relabel, drop or keep",
                        r->path, r->line, t->action);
    *out = (rr_action)action;
    if (*out == RR_ACTION_RELABEL && said(t->label) == NULL)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                        "%s, line %zu: relabel, but there is no label", r->path, r->line);
    return RR_OK;
}

uint32_t rri_review_label(const rr_dataset *ds, uint32_t id, uint32_t step)
{
    const rr_sequence s = rr_dataset_at(ds, id);

    return step > 0 ? s.step_labels[step - 1] : s.label;
}

/* A list that was made for other labels, or other numbers, must not be carried out. */
static rr_status check_given(const reader *r, uint32_t id, uint32_t step, size_t given,
                             rr_error *err)
{
    const uint32_t label = rri_review_label(r->ds, id, step);

    if (given != label && step > 0)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                        "%s, line %zu: step %u of sequence %u is labelled \"%.40s\" here, not "
                        "\"%.40s\": the list was made for another training set",
                        r->path, r->line, (unsigned)step, (unsigned)id,
                        label != RR_NO_LABEL ? rr_dataset_class_name(r->ds, label) : "",
                        rr_dataset_class_name(r->ds, given));
    if (given != label)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                        "%s, line %zu: sequence %u is labelled \"%.40s\" here, not \"%.40s\": the "
                        "list was made for another training set",
                        r->path, r->line, (unsigned)id, rr_dataset_class_name(r->ds, label),
                        rr_dataset_class_name(r->ds, given));
    return RR_OK;
}

/* Numbers of one split mean nothing in another. */
static rr_status check_split(const reader *r, const row *t, rr_error *err)
{
    if (r->split == NULL || said(t->split) == NULL || strcmp(t->split, r->split) == 0)
        return RR_OK;
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                    "%s, line %zu: a decision about the split %.40s, where those about %s are "
                    "asked for",
                    r->path, r->line, t->split, r->split);
}

static rr_status add_row(reader *r, const row *told, rr_error *err)
{
    row own = *told;
    const row *const t = &own;
    rr_decision d = { .truth = -1 };
    size_t class = 0;
    rr_status st = RR_OK;

    /* A reviewer who writes relabel alone agrees with what is suggested. */
    if (said(own.action) != NULL && said(own.label) == NULL)
        own.label = own.suggested;
    RRI_TRY(check_split(r, t, err));
    RRI_TRY(read_id(r, t, &d.id, err));
    RRI_TRY(read_step(r, t->step, d.id, &d.step, err));
    RRI_TRY(read_action(r, t, &d.action, err));
    if (d.step > 0 && d.action == RR_ACTION_DROP)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                         "%s, line %zu: a single step cannot be dropped; drop sequence %u by a row "
                         "without a step",
                         r->path, r->line, (unsigned)d.id));
    if (d.action == RR_ACTION_RELABEL) {
        RRI_TRY(read_class(r, "label", t->label, &class, err));
        d.label = (uint32_t) class;
    }
    if (said(t->given) != NULL) {
        RRI_TRY(read_class(r, "given label", t->given, &class, err));
        RRI_TRY(check_given(r, d.id, d.step, class, err));
    }
    if (said(t->truth) != NULL) {
        RRI_TRY(read_class(r, "truth", t->truth, &class, err));
        d.truth = (int64_t) class;
    }
    if (r->count == r->room) {
        const size_t room = 2 * r->room + 64;
        RRI_TRY(rri_grow(&r->list, r->count, room, sizeof *r->list, err));
        RRI_TRY(rri_grow(&r->line_of, r->count, room, sizeof *r->line_of, err));
        r->room = room;
    }
    r->line_of[r->count] = r->line;
    r->list[r->count++] = d;
    if (d.step == 0)
        r->seen_on[d.id] = r->line;

done:
    return st;
}

/* ---- CSV ------------------------------------------------------------------------------------ */

static const char *field(const rri_csv *csv, bool has, size_t column)
{
    size_t bytes = 0;

    return has ? rri_csv_field(csv, column, &bytes) : NULL;
}

static rr_status read_csv(reader *r, rr_error *err)
{
    rri_csv *csv = NULL;
    size_t id = 0;
    size_t own = 0;
    size_t step = 0;
    size_t action = 0;
    size_t label = 0;
    size_t truth = 0;
    size_t given = 0;
    size_t split = 0;
    size_t suggested = 0;
    bool has_id = true;
    bool has_own = false;
    bool has_step = false;
    bool has_action = false;
    bool has_label = false;
    bool has_truth = false;
    bool has_given = false;
    bool has_split = false;
    bool has_suggested = false;
    bool more = true;
    rr_status st = RR_OK;

    RRI_TRY(rri_csv_open(r->path, NULL, &csv, err));
    RRI_TRY(rri_csv_find(csv, "source_id", &has_own, &own, err));
    RRI_TRY(has_own ? rri_csv_find(csv, "id", &has_id, &id, err)
                    : rri_csv_column(csv, "id", &id, err));
    RRI_TRY(rri_csv_find(csv, "step", &has_step, &step, err));
    RRI_TRY(rri_csv_find(csv, "action", &has_action, &action, err));
    RRI_TRY(rri_csv_find(csv, "label", &has_label, &label, err));
    RRI_TRY(rri_csv_find(csv, "truth", &has_truth, &truth, err));
    RRI_TRY(rri_csv_find(csv, "given", &has_given, &given, err));
    RRI_TRY(rri_csv_find(csv, "split", &has_split, &split, err));
    RRI_TRY(rri_csv_find(csv, "suggested", &has_suggested, &suggested, err));
    if (!has_action && !has_label)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, 1,
                         "%s has neither a column label nor a column action: it decides nothing",
                         r->path));
    for (;;) {
        RRI_TRY(rri_csv_next(csv, &more, err));
        if (!more)
            break;
        r->line = rri_csv_line(csv);
        const row t = { .id = field(csv, has_id, id),
                        .own = field(csv, has_own, own),
                        .step = field(csv, has_step, step),
                        .action = field(csv, has_action, action),
                        .label = field(csv, has_label, label),
                        .truth = field(csv, has_truth, truth),
                        .given = field(csv, has_given, given),
                        .split = field(csv, has_split, split),
                        .suggested = field(csv, has_suggested, suggested) };
        RRI_TRY(add_row(r, &t, err));
    }

done:
    rri_csv_close(csv);
    return st;
}

/* ---- JSON, an object a line ----------------------------------------------------------------- */

/* A member that is a string or a whole number, as a text, which may lie in `room`. null is none. */
static rr_status member(const reader *r, const json_t *object, const char *key, char room[32],
                        const char **out, rr_error *err)
{
    const json_t *value = json_object_get(object, key);

    *out = json_string_value(value); /* NULL for all but strings */
    if (value == NULL || json_is_null(value) || *out != NULL)
        return RR_OK;
    if (!json_is_integer(value))
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                        "%s, line %zu: '%s' is neither a string nor a whole number", r->path,
                        r->line, key);
    (void)rri_snprintf(room, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    *out = room;
    return RR_OK;
}

static rr_status add_object(reader *r, const json_t *object, rr_error *err)
{
    char room[9][32];
    row t = { .id = NULL };
    rr_status st = RR_OK;

    if (!json_is_object(object))
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                        "%s, line %zu: there is no JSON object", r->path, r->line);
    RRI_TRY(member(r, object, "id", room[0], &t.id, err));
    RRI_TRY(member(r, object, "action", room[1], &t.action, err));
    RRI_TRY(member(r, object, "label", room[2], &t.label, err));
    RRI_TRY(member(r, object, "truth", room[3], &t.truth, err));
    RRI_TRY(member(r, object, "given", room[4], &t.given, err));
    RRI_TRY(member(r, object, "step", room[5], &t.step, err));
    RRI_TRY(member(r, object, "split", room[6], &t.split, err));
    RRI_TRY(member(r, object, "suggested", room[7], &t.suggested, err));
    RRI_TRY(member(r, object, "source_id", room[8], &t.own, err));
    if (t.id == NULL && t.own == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line, "%s, line %zu: there is no id",
                         r->path, r->line));
    RRI_TRY(add_row(r, &t, err));

done:
    return st;
}

static bool is_blank(const char *line)
{
    while (rri_is_blank(*line))
        line++;
    return *line == '\0';
}

static rr_status read_jsonl(reader *r, rr_error *err)
{
    rri_lines *lines = NULL;
    json_t *object = NULL;
    char *text = NULL;
    size_t bytes = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_lines_open(r->path, NULL, &lines, err));
    for (;;) {
        RRI_TRY(rri_lines_next(lines, &text, &bytes, err));
        if (text == NULL)
            break;
        r->line = rri_lines_number(lines);
        if (is_blank(text))
            continue;
        RRI_TRY(rri_check_utf8(r->path, r->line, text, bytes, false, err));
        RRI_TRY(rri_json_parse_line(text, bytes, r->path, r->line, &object, err));
        RRI_TRY(add_object(r, object, err));
        json_decref(object);
        object = NULL;
    }

done:
    json_decref(object);
    rri_lines_close(lines);
    return st;
}

/* ---- the public calls ----------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    const rr_decision *x = a;
    const rr_decision *y = b;

    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->step < y->step ? -1 : x->step > y->step;
}

/* The lines of two decisions about one step: the first one's in *first. 0 where there are none. */
static size_t find_repeated(const reader *r, const rr_decision *about, size_t *first)
{
    size_t seen = 0;

    for (size_t i = 0; i < r->count; i++) {
        if (by_id(&r->list[i], about) != 0)
            continue;
        if (seen++ > 0)
            return r->line_of[i];
        *first = r->line_of[i];
    }
    return 0;
}

/* Sort the decisions; a step that comes twice is an error. */
static rr_status sort_rows(reader *r, rr_decision **out, rr_error *err)
{
    rr_decision *sorted = NULL;
    size_t first = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&sorted, rri_max(1, r->count), 1, sizeof *sorted, err));
    memcpy(sorted, r->list, r->count * sizeof *sorted);
    qsort(sorted, r->count, sizeof *sorted, by_id);
    for (size_t i = 1; i < r->count; i++)
        if (by_id(&sorted[i - 1], &sorted[i]) == 0) {
            const size_t line = find_repeated(r, &sorted[i], &first);
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                             "%s, line %zu: step %u of sequence %u comes twice, first on line %zu",
                             r->path, line, (unsigned)sorted[i].step, (unsigned)sorted[i].id,
                             first));
        }
    *out = sorted;
    sorted = NULL;

done:
    rri_free(sorted);
    return st;
}

rr_status rri_decisions_load(const char *path, const rr_dataset *ds, const char *split,
                             rr_decision **out, size_t *n, rr_error *err)
{
    reader r = { .path = path, .split = split, .ds = ds };
    char first = '\0';
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_check_plain(path, "it is read twice", err));
    RRI_TRY(rri_own_ids_new(ds, rr_dataset_count(ds), &r.ids, err));
    RRI_TRY(rri_alloc(&r.seen_on, rr_dataset_count(ds), 1, sizeof *r.seen_on, err));
    RRI_TRY(rri_alloc(&r.list, 1, 1, sizeof *r.list, err)); /* a file may decide nothing */
    RRI_TRY(rri_alloc(&r.line_of, 1, 1, sizeof *r.line_of, err));
    r.room = 1;
    RRI_TRY(rri_lines_first(path, &first, err));
    RRI_TRY(first == '{' ? read_jsonl(&r, err) : read_csv(&r, err));
    RRI_TRY(sort_rows(&r, out, err));
    *n = r.count;

done:
    rri_free(r.line_of);
    rri_free(r.list);
    rri_free(r.seen_on);
    rri_own_ids_free(r.ids);
    return st;
}

rr_status rr_decisions_load(const char *path, const rr_dataset *ds, rr_decision **out, size_t *n,
                            rr_error *err)
{
    return rri_decisions_load(path, ds, NULL, out, n, err);
}

static rr_status add_step(rri_edits *e, const rr_decision *d, size_t i, const rr_dataset *ds,
                          rr_error *err)
{
    const rr_sequence s = rr_dataset_at(ds, d->id);

    if (s.step_labels == NULL || d->step > s.steps || d->action == RR_ACTION_DROP)
        return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                        "decision %zu is about step %u of sequence %u, which %s", i,
                        (unsigned)d->step, (unsigned)d->id,
                        s.step_labels == NULL ? "has no labels of steps"
                        : d->step > s.steps   ? "is shorter"
                                              : "can only be dropped as a whole");
    if (d->action == RR_ACTION_RELABEL && d->label != s.step_labels[d->step - 1])
        rri_edits_relabel_step(
            e, (rr_step_edit){ .sequence = d->id, .step = d->step, .label = d->label });
    return RR_OK;
}

rr_status rr_decisions_edits(const rr_decision *decisions, size_t n, const rr_dataset *ds,
                             rr_edits **out, rr_error *err)
{
    rri_edits *e = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    for (size_t i = 0; i < n; i++)
        if (decisions[i].id >= rr_dataset_count(ds))
            RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)i,
                             "decision %zu is about sequence %u, but there are %zu", i,
                             (unsigned)decisions[i].id, rr_dataset_count(ds)));
    RRI_TRY(rri_edits_new(n, n, n, NULL, &e, err));
    for (size_t i = 0; i < n; i++) {
        const rr_decision *d = &decisions[i];
        if (d->step > 0) {
            RRI_TRY(add_step(e, d, i, ds, err));
            continue;
        }
        if (d->action == RR_ACTION_DROP)
            rri_edits_remove(e, d->id);
        else if (d->action == RR_ACTION_RELABEL && d->label != rr_dataset_at(ds, d->id).label)
            rri_edits_relabel(e, d->id, d->label);
    }
    *out = &e->view;
    e = NULL;

done:
    rr_edits_free((rr_edits *)e);
    return st;
}

void rr_decisions_free(rr_decision *decisions)
{
    rri_free(decisions);
}
