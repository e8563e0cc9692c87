/* SPDX-License-Identifier: MIT */
/* repair_segments.c - see repair_segments.h. */
#include "repair_segments.h"

#include "kit/progress.h"
#include "localizing.h"

#include <stdlib.h>

/* ---- targets -------------------------------------------------------------------------------- */

/* What keeps an error from being repaired, for the remark. */
typedef struct left_out {
    size_t asked;       /* errors looked at */
    size_t unsupported; /* all its suspect words have no vector */
    size_t unsuspected; /* it has no suspect word */
} left_out;

static void say_left_out(const cli_common *common, const rr_localize_config *cfg,
                         const left_out *out)
{
    if (out->unsupported > 0)
        cli_say(common, "%zu errors left out: their suspect words have no vector",
                out->unsupported);
    if (out->unsuspected > 0)
        cli_say(common, "%zu errors left out: no word of theirs is suspect by rule %s",
                out->unsuspected, rr_enum_name(RR_ENUM_RULE, cfg->rules));
}

rr_status cli_keep_localised(const cli_common *common, const rr_localize_config *cfg,
                             cli_patient *p, rr_error *err)
{
    const cli_view view = {
        .run = p->run, .net = p->net, .inf = p->inf, .cfg.query.threads = common->threads
    };
    cli_localized found = { .ds = NULL };
    left_out out = { 0, 0, 0 };
    rr_status st = RR_OK;

    const cli_errors all = { .truth = -1 };
    RRI_TRY(cli_localize(&view, cfg, p->ds, p->before, &all, &found, err));
    for (size_t i = 0; i < found.n; i++) {
        unsigned char *eligible = &p->eligible[found.ids[i]];
        out.asked += *eligible;
        if (!*eligible || found.segments[i]->known > 0)
            continue;
        *eligible = 0;
        out.unsupported += found.segments[i]->count > 0;
        out.unsuspected += found.segments[i]->count == 0;
    }
    say_left_out(common, cfg, &out);
    if (out.asked > 0 && out.asked == out.unsupported + out.unsuspected)
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "%zu errors, and none has a known suspect word by rule %s: nothing to repair",
                      out.asked, rr_enum_name(RR_ENUM_RULE, cfg->rules));

done:
    cli_localized_free(&found);
    return st;
}

/* ---- new sequences -------------------------------------------------------------------------- */

rr_status cli_insert(const cli_common *common, const rr_insertion_config *cfg, const cli_patient *p,
                     rr_insertions **out, rr_error *err)
{
    int done_all = 0;
    size_t n = 0;
    rr_status st = RR_OK;

    cli_progress bar = cli_progress_begin(common, "insertions", "targets", 0);
    RRI_TRY(rr_insertions_new(cfg, p->inf, p->net, p->train, p->ds, p->targets, p->n, out, err));
    while (!done_all && !cli_interrupted()) {
        RRI_TRY(rr_insertions_step(*out, &done_all, err));
        (void)rr_insertions_targets(*out, &n);
        cli_progress_show(&bar, n, p->n, "%s", "");
    }

done:
    cli_progress_clear(&bar);
    return st;
}

rr_status cli_export(const cli_common *common, const cli_patient *p, const rr_dataset *additions,
                     const char *path, rr_error *err)
{
    const rr_dataset *const sets[] = { p->train, additions };
    const rr_split splits[] = { RR_SPLIT_TRAIN, RR_SPLIT_TRAIN };
    const rr_status st = rr_dataset_save_jsonl(sets, splits, 2, path, err);
    if (st == RR_OK)
        cli_say(common, "%zu training sequences and %zu new ones written to %s",
                rr_dataset_count(p->train), rr_dataset_count(additions), path);
    return st;
}

/* ---- the document --------------------------------------------------------------------------- */

static void append_insertion(cli_doc *doc, json_t *rows, const rr_insertion_target *t,
                             const rr_insertion *one)
{
    json_t *row = json_object();
    cli_set(doc, row, "t", cli_json_size(t->segments[one->segment].t));
    cli_set(doc, row, "source", cli_json_size(one->source));
    cli_set(doc, row, "after", cli_json_size(one->after));
    cli_set(doc, row, "suffix", cli_json_size(one->suffix));
    cli_set(doc, row, "in_context", json_boolean(one->in_context));
    cli_set(doc, row, "truth_before", cli_json_f64((double)one->before));
    cli_set(doc, row, "truth_after", cli_json_f64((double)one->truth));
    cli_append(doc, rows, row);
}

void cli_append_insertion_target(cli_doc *doc, json_t *rows, const cli_patient *p,
                                 const rr_insertion_target *t, const uint32_t *after)
{
    const rr_sequence seq = rr_dataset_at(p->ds, t->id);
    json_t *row = json_object();
    cli_set(doc, row, "id", cli_json_size(t->id));
    cli_set(doc, row, "truth", cli_json_size(t->truth));
    cli_set(doc, row, "prediction", cli_json_size(t->prediction));
    cli_set(doc, row, "after", after == NULL ? json_null() : cli_json_size(*after));
    cli_set(doc, row, "fixed", after == NULL ? json_null() : json_boolean(*after == t->truth));
    cli_set(doc, row, "generated", cli_json_size(t->tried));
    cli_set(doc, row, "accepted", cli_json_size(t->accepted));
    cli_set(doc, row, "budget", cli_json_size(t->budget));
    json_t *segments = cli_set_array(doc, row, "segments");
    cli_append_segments(doc, segments, p->ds, &seq, t->segments, t->count_segments);
    json_t *insertions = cli_set_array(doc, row, "insertions");
    for (size_t i = 0; i < t->count_kept; i++)
        append_insertion(doc, insertions, t, &t->kept[i]);
    cli_set(doc, row, "counterweights", cli_json_size(t->count_weights));
    cli_append(doc, rows, row);
}

/* ---- the table ------------------------------------------------------------------------------ */

/* The words that were inserted for a target, one after the other. */
static void print_words(const cli_patient *p, const rr_insertion_target *t)
{
    const rr_sequence seq = rr_dataset_at(p->ds, t->id);
    char number[CLI_TOKEN];
    for (size_t k = 0; k < t->count_segments; k++) {
        if (!t->segments[k].known)
            continue;
        printf(" ");
        cli_put_word(stdout, cli_token(p->ds, &seq, t->segments[k].t, number), 0);
    }
    printf("\n");
}

void cli_print_insertion_targets(const cli_patient *p, const rr_insertion_target *t, size_t n,
                                 const uint32_t *after)
{
    printf("%8s  %10s  %10s  %10s  %5s  %8s  %4s  %-13s  %s\n", "id", "truth", "before", "after",
           "tried", "accepted", "kept", "outcome", "words");
    for (size_t i = 0; i < n; i++) {
        printf("%8zu  %10s  %10s  %10s", t[i].id, rr_dataset_class_name(p->ds, t[i].truth),
               rr_dataset_class_name(p->ds, t[i].prediction),
               after != NULL ? rr_dataset_class_name(p->ds, after[t[i].id]) : "-");
        printf("  %5zu  %8zu  %4zu  %-13s ", t[i].tried, t[i].accepted, t[i].count_kept,
               after == NULL                  ? "-"
               : after[t[i].id] == t[i].truth ? "fixed"
                                              : "still failing");
        print_words(p, &t[i]);
    }
}
