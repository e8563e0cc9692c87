/* SPDX-License-Identifier: MIT */
/* audit_duplicates.c - `rnnrepair audit --about duplicates`: copies and contradictions. */
#include "commands/audit_report.h"

typedef struct row {
    size_t group;
    const char *kind, *split;
    uint32_t id, label;
    int copy;
    cli_source from;
    cli_words text;
} row;

static const cli_column row_table[] = {
    COL_SIZE(row, group, "group", "group", 5),
    COL_TEXT(row, kind, "kind", "kind", -13),
    COL_TEXT(row, split, "split", "split", -5),
    COL_U32(row, id, "id", "id", 8),
    COL_SOURCE(row, from, 0),
    COL_CLASS(row, label, "label", "label", 10),
    COL_FLAG(row, copy, "copy", "copy", 4),
    COL_WORDS(row, text, "text", "text", 0),
};
static const cli_columns row_columns = CLI_COLUMNS(row, row_table);

static const cli_column counts_table[] = {
    COL_DATA(SIZE, rr_duplicates_result, count, "groups"),
    COL_DATA(SIZE, rr_duplicates_result, contradictory, "contradictory"),
    COL_DATA(SIZE, rr_duplicates_result, equal, "equal"),
    COL_DATA(SIZE, rr_duplicates_result, spare, "spare"),
    COL_DATA(SIZE, rr_duplicates_result, members, "members"),
    COL_DATA(SIZE, rr_duplicates_result, copied, "copied"),
    COL_DATA(SIZE, rr_duplicates_result, similar, "similar"),
    COL_DATA(F64, rr_duplicates_result, seconds, "seconds"),
};
static const cli_columns counts_columns = CLI_COLUMNS(rr_duplicates_result, counts_table);

/* The splits of rr_session_duplicates(). */
typedef struct sets {
    const rr_dataset *ds[RR_DUPLICATES_SETS];
    const char *name[RR_DUPLICATES_SETS];
} sets;

static rr_status take_sets(rr_session *s, sets *out, rr_error *err)
{
    static const rr_split splits[] = { RR_SPLIT_TRAIN, RR_SPLIT_DEV, RR_SPLIT_TEST };
    size_t n = 0;
    rr_status st = RR_OK;

    for (size_t k = 0; k < RR_DUPLICATES_SETS; k++) {
        if (k > 0 && !rr_session_has_split(s, splits[k]))
            continue;
        RRI_TRY(rr_session_split(s, splits[k], &out->ds[n], err));
        out->name[n++] = rr_enum_name(RR_ENUM_SPLIT, splits[k]);
    }

done:
    return st;
}

static void put_counts(cli_result *r, const rr_duplicates_result *x)
{
    cli_put_record(r, NULL, &counts_columns, x);
    cli_print(
        r,
        "\n%zu groups, %zu of them with different labels, %zu of equal inputs; of the training "
        "set %zu\nsequences stand in one, %zu equal an earlier one; of other splits %zu equal a "
        "training sequence,\n%zu are in a group with one; found in %.3g s\n",
        x->count, x->contradictory, x->equal, x->members, x->spare, x->copied, x->similar,
        x->seconds);
}

static rr_status put_groups(const rr_duplicates_result *x, const sets *from, size_t most,
                            cli_result *r, rr_error *err)
{
    row *rows = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    for (size_t g = 0; g < x->count && g < most; g++)
        n += x->groups[g].count;
    RRI_TRY(cli_result_alloc(r, &rows, n, sizeof *rows, err));
    n = 0;
    for (size_t g = 0; g < x->count && g < most; g++) {
        const rr_duplicate_group *group = &x->groups[g];
        for (size_t k = 0; k < group->count; k++) {
            const rr_duplicate *m = &group->members[k];
            const rr_dataset *ds = from->ds[m->set];
            rows[n++] = (row){ .group = g + 1,
                               .kind = group->contradictory ? "contradiction"
                                       : group->equal       ? "copy"
                                                            : "near",
                               .split = from->name[m->set],
                               .id = m->id,
                               .label = m->label,
                               .copy = m->copy,
                               .from = { ds, m->id },
                               .text = { .ds = rr_dataset_vocabulary(ds) > 0 ? ds : NULL,
                                         .s = rr_dataset_at(ds, m->id),
                                         .columns = 60 } };
        }
    }
    cli_print_rows(r, &row_columns, rows, n, n, "");
    cli_put_rows(r, "ranking", &row_columns, rows, n);

done:
    return st;
}

rr_status cli_put_duplicates(const cli_audit *a, rr_session *s, cli_result *r, rr_error *err)
{
    sets from = { .ds = { NULL } };
    rr_duplicates *found = NULL;
    rr_status st = RR_OK;

    RRI_TRY(take_sets(s, &from, err));
    r->names = from.ds[0];
    RRI_TRY(rr_session_duplicates(s, &a->copies, &found, err));
    const rr_duplicates_result *x = rr_duplicates_result_of(found);
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "about", cli_json_text(rr_enum_name(RR_ENUM_AUDIT_ABOUT, a->cfg.audit.about)));
    cli_put(r, "similarity", cli_json_f64(a->copies.similarity));
    cli_put(r, "distance", cli_json_f64(a->copies.distance));
    RRI_TRY(put_groups(x, &from, a->cfg.audit.top, r, err));
    put_counts(r, x);
    if (a->review != NULL) {
        RRI_TRY(rr_duplicates_save_review(found, from.ds[0], a->review, err));
        cli_say(
            &a->common,
            "written to %s: the %zu training sequences of the groups, none decided; action says "
            "relabel or drop, then audit %s --apply %s -o NEWRUN",
            a->review, x->members, a->dir, a->review);
    }

done:
    rr_duplicates_free(found);
    return st;
}

rr_status cli_put_copies(rr_session *s, cli_result *r, rr_error *err)
{
    rr_duplicates_config cfg = rr_duplicates_config_default();
    rr_duplicates *found = NULL;
    rr_status st = RR_OK;

    cfg.near = 0;
    RRI_TRY(rr_session_duplicates(s, &cfg, &found, err));
    const rr_duplicates_result *x = rr_duplicates_result_of(found);
    cli_put_record(r, "copies", &counts_columns, x);
    if (x->count > 0)
        cli_print(
            r,
            "%zu groups of equal inputs, %zu with different labels; %zu inputs of other splits "
            "stand in the\ntraining set: --about duplicates lists them, and near ones\n",
            x->count, x->contradictory, x->copied);

done:
    rr_duplicates_free(found);
    return st;
}
