/* SPDX-License-Identifier: MIT */
/* repair_report.c - see repair_report.h. */
#include "repair_report.h"

#include "kit/progress.h"
#include "repair_segments.h"

/* ---- the document --------------------------------------------------------------------------- */

rr_status cli_repair_ledgers(const cli_repair_report *r, rr_ledger *all, rr_ledger *targets,
                             rr_error *err)
{
    const cli_patient *p = r->patient;
    rr_status st = rr_ledger_compare(p->ds, p->before, r->after, NULL, 0, all, err);
    if (st == RR_OK)
        st = rr_ledger_compare(p->ds, p->before, r->after, p->targets, p->n, targets, err);
    return st;
}

void cli_set_ledger(cli_doc *doc, json_t *object, const char *key, const rr_ledger *l)
{
    json_t *ledger = cli_set_object(doc, object, key);
    cli_set(doc, ledger, "count", cli_json_size(l->count));
    cli_set(doc, ledger, "fixed", cli_json_size(l->fixed));
    cli_set(doc, ledger, "still_failing", cli_json_size(l->still_failing));
    cli_set(doc, ledger, "newly_broken", cli_json_size(l->newly_broken));
    cli_set(doc, ledger, "unchanged", cli_json_size(l->unchanged));
}

static void append_target(cli_doc *doc, json_t *rows, const rr_repair_target *t, uint32_t after)
{
    json_t *row = json_object();
    cli_set(doc, row, "id", cli_json_size(t->id));
    cli_set(doc, row, "truth", cli_json_size(t->truth));
    cli_set(doc, row, "prediction", cli_json_size(t->prediction));
    cli_set(doc, row, "after", cli_json_size(after));
    cli_set(doc, row, "fixed", json_boolean(after == t->truth));
    cli_set(doc, row, "generated", cli_json_size(t->generated));
    cli_set(doc, row, "accepted", cli_json_size(t->accepted));
    json_t *kept = cli_set_array(doc, row, "kept");
    for (size_t i = 0; i < t->count_kept; i++)
        cli_append(doc, kept,
                   json_pack("{s:I,s:f}", "source", (json_int_t)t->kept[i].source, "score",
                             (double)t->kept[i].score));
    cli_set(doc, row, "count_truth", cli_json_size(t->count_truth));
    cli_set(doc, row, "count_prediction", cli_json_size(t->count_prediction));
    cli_set(doc, row, "score_truth", cli_json_f64((double)t->score_truth));
    cli_set(doc, row, "score_prediction", cli_json_f64((double)t->score_prediction));
    cli_append(doc, rows, row);
}

/* A row of per_target for each; *generated and *accepted are their sums. */
static void append_targets(cli_doc *doc, json_t *rows, const cli_repair_report *r,
                           size_t *generated, size_t *accepted)
{
    size_t n = 0;
    *generated = *accepted = 0;
    if (r->insertions != NULL) {
        const rr_insertion_target *t = rr_insertions_targets(r->insertions, &n);
        for (size_t i = 0; i < n; i++) {
            cli_append_insertion_target(doc, rows, r->patient, &t[i],
                                        r->after != NULL ? &r->after[t[i].id] : NULL);
            *generated += t[i].tried;
            *accepted += t[i].accepted;
        }
    } else {
        const rr_repair_target *t = rr_repair_targets(r->repair, &n);
        for (size_t i = 0; i < n; i++) {
            append_target(doc, rows, &t[i], r->after[t[i].id]);
            *generated += t[i].generated;
            *accepted += t[i].accepted;
        }
    }
}

static rr_status set_outcome(cli_doc *doc, const cli_repair_report *r, rr_error *err)
{
    rr_ledger all, of_targets;
    const rr_status st = cli_repair_ledgers(r, &all, &of_targets, err);
    if (st != RR_OK)
        return st;
    cli_set(doc, NULL, "fixed", cli_json_size(of_targets.fixed));
    cli_set(doc, NULL, "still_failing", cli_json_size(of_targets.still_failing));
    cli_set(doc, NULL, "newly_broken", cli_json_size(all.newly_broken));
    cli_set(doc, NULL, "accuracy_before", cli_json_f64(all.accuracy_before));
    cli_set(doc, NULL, "accuracy_after", cli_json_f64(all.accuracy_after));
    cli_set_ledger(doc, NULL, "ledger", &all);
    return RR_OK;
}

/* Nothing was retrained, so nothing is known of what changed. */
static void set_no_outcome(cli_doc *doc)
{
    static const char *const names[] = { "fixed",           "still_failing",  "newly_broken",
                                         "accuracy_before", "accuracy_after", "ledger" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cli_set(doc, NULL, names[i], json_null());
}

static rr_status set_members(cli_doc *doc, const cli_repair_report *r, rr_error *err)
{
    size_t generated = 0, accepted = 0;
    rr_status st = RR_OK;
    json_t *rows = cli_set_array(doc, NULL, "per_target");
    append_targets(doc, rows, r, &generated, &accepted);
    cli_set(doc, NULL, "targets", cli_json_size(r->patient->n));
    cli_set(doc, NULL, "generated", cli_json_size(generated));
    cli_set(doc, NULL, "accepted", cli_json_size(accepted));
    cli_set(doc, NULL, "kept", cli_json_size(rr_dataset_count(r->additions)));
    if (r->after != NULL)
        st = set_outcome(doc, r, err);
    else
        set_no_outcome(doc);
    return st;
}

static rr_status draw(cli_doc *doc, const cli_repair_report *r, const rr_run *child, rr_error *err)
{
    const cli_patient *p = r->patient;
    char *png = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_run_path(child, "repair.png", &png, err));
    RRI_TRY(rr_picture_repair(r->repair, p->ds, p->train, r->additions, r->after, png, err));
    cli_set(doc, NULL, "picture", cli_json_text(png));

done:
    rr_string_free(png);
    return st;
}

rr_status cli_repair_complete(const cli_common *common, cli_doc *doc, const cli_repair_report *r,
                              const rr_run *child, rr_error *err)
{
    char *json = NULL;
    rr_status st = RR_OK;

    if (child != NULL && r->repair != NULL)
        RRI_TRY(draw(doc, r, child, err));
    RRI_TRY(set_members(doc, r, err));
    if (child == NULL)
        goto done;
    RRI_TRY(rr_run_path(child, "repair.json", &json, err));
    RRI_TRY(cli_doc_write(doc, json, err));
    cli_say(common, "written to %s: the run, repair.json%s", rr_run_dir(child),
            r->repair != NULL ? " and repair.png" : "");

done:
    rr_string_free(json);
    return st;
}

/* ---- the tables ----------------------------------------------------------------------------- */

static void print_samples(const cli_repair_report *r)
{
    size_t n = 0;
    const rr_repair_target *t = rr_repair_targets(r->repair, &n);
    printf("%8s  %5s  %6s  %5s  %5s  %5s  %9s  %9s  %4s  %s\n", "id", "truth", "before", "after",
           "#t", "#m", "generated", "accepted", "kept", "outcome");
    for (size_t i = 0; i < n; i++)
        printf("%8zu  %5u  %6u  %5u  %5zu  %5zu  %9zu  %9zu  %4zu  %s\n", t[i].id, t[i].truth,
               t[i].prediction, r->after[t[i].id], t[i].count_truth, t[i].count_prediction,
               t[i].generated, t[i].accepted, t[i].count_kept,
               r->after[t[i].id] == t[i].truth ? "fixed" : "still failing");
    printf(
        "#t, #m: of the most influential training sequences those that carry the true label, and "
        "that\nwrongly read; generated: variants of others that carry the true one, nearest "
        "first\n");
}

static void print_insertions(const cli_repair_report *r)
{
    size_t n = 0;
    const rr_insertion_target *t = rr_insertions_targets(r->insertions, &n);
    cli_print_insertion_targets(r->patient, t, n, r->after);
}

rr_status cli_print_repair(const cli_repair_report *r, rr_error *err)
{
    rr_ledger all, of_targets;
    if (r->insertions != NULL)
        print_insertions(r);
    else
        print_samples(r);
    if (r->after == NULL)
        return RR_OK;
    const rr_status st = cli_repair_ledgers(r, &all, &of_targets, err);
    if (st != RR_OK)
        return st;
    printf("\n%-14s  %8s  %8s\n", "", "targets", "split");
    printf("%-14s  %8zu  %8zu\n", "sequences", of_targets.count, all.count);
    printf("%-14s  %8zu  %8zu\n", "fixed", of_targets.fixed, all.fixed);
    printf("%-14s  %8zu  %8zu\n", "still failing", of_targets.still_failing, all.still_failing);
    printf("%-14s  %8s  %8zu\n", "newly broken", "-", all.newly_broken);
    printf("%-14s  %8s  %8zu\n", "right, as was", "-", all.unchanged);
    printf("%-14s  %8s  %8.4f\n", "accuracy before", "-", all.accuracy_before);
    printf("%-14s  %8s  %8.4f\n", "accuracy after", "-", all.accuracy_after);
    return RR_OK;
}
