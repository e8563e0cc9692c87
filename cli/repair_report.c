/* SPDX-License-Identifier: MIT */
/* repair_report.c - see repair_report.h. */
#include "repair_report.h"

#include "progress.h"

/* The ledger of the whole split and that of the targets alone. */
static rr_status ledgers(const cli_repair_report *r, rr_ledger *all, rr_ledger *targets,
                         rr_error *err)
{
    const cli_patient *p = r->patient;
    rr_status st = rr_ledger_compare(p->ds, p->before, r->after, NULL, 0, all, err);
    if (st == RR_OK)
        st = rr_ledger_compare(p->ds, p->before, r->after, p->targets, p->n, targets, err);
    return st;
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

rr_status cli_repair_document(cli_doc *doc, const cli_repair_report *r, rr_error *err)
{
    rr_ledger all, of_targets;
    size_t n = 0, generated = 0, accepted = 0;
    const rr_repair_target *targets = rr_repair_targets(r->repair, &n);
    const rr_status st = ledgers(r, &all, &of_targets, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++) {
        generated += targets[i].generated;
        accepted += targets[i].accepted;
    }
    cli_set(doc, NULL, "targets", cli_json_size(n));
    cli_set(doc, NULL, "generated", cli_json_size(generated));
    cli_set(doc, NULL, "accepted", cli_json_size(accepted));
    cli_set(doc, NULL, "kept", cli_json_size(rr_dataset_count(r->additions)));
    cli_set(doc, NULL, "fixed", cli_json_size(of_targets.fixed));
    cli_set(doc, NULL, "still_failing", cli_json_size(of_targets.still_failing));
    cli_set(doc, NULL, "newly_broken", cli_json_size(all.newly_broken));
    cli_set(doc, NULL, "accuracy_before", cli_json_f64(all.accuracy_before));
    cli_set(doc, NULL, "accuracy_after", cli_json_f64(all.accuracy_after));
    json_t *ledger = cli_set_object(doc, NULL, "ledger");
    cli_set(doc, ledger, "count", cli_json_size(all.count));
    cli_set(doc, ledger, "fixed", cli_json_size(all.fixed));
    cli_set(doc, ledger, "still_failing", cli_json_size(all.still_failing));
    cli_set(doc, ledger, "newly_broken", cli_json_size(all.newly_broken));
    cli_set(doc, ledger, "unchanged", cli_json_size(all.unchanged));
    json_t *rows = cli_set_array(doc, NULL, "per_target");
    for (size_t i = 0; i < n; i++)
        append_target(doc, rows, &targets[i], r->after[targets[i].id]);
    return RR_OK;
}

rr_status cli_print_repair(const cli_repair_report *r, rr_error *err)
{
    rr_ledger all, of_targets;
    size_t n = 0;
    const rr_repair_target *t = rr_repair_targets(r->repair, &n);
    const rr_status st = ledgers(r, &all, &of_targets, err);
    if (st != RR_OK)
        return st;
    printf("%8s  %5s  %6s  %5s  %5s  %5s  %9s  %9s  %4s  %s\n", "id", "truth", "before", "after",
           "T_t", "T_m", "generated", "accepted", "kept", "outcome");
    for (size_t i = 0; i < n; i++)
        printf("%8zu  %5u  %6u  %5u  %5zu  %5zu  %9zu  %9zu  %4zu  %s\n", t[i].id, t[i].truth,
               t[i].prediction, r->after[t[i].id], t[i].count_truth, t[i].count_prediction,
               t[i].generated, t[i].accepted, t[i].count_kept,
               r->after[t[i].id] == t[i].truth ? "fixed" : "still failing");
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

rr_status cli_repair_write(const cli_common *common, cli_doc *doc, const cli_repair_report *r,
                           const rr_run *child, rr_error *err)
{
    const cli_patient *p = r->patient;
    char *json = NULL, *png = NULL;
    rr_status st = RR_OK;

    CLI_TRY(rr_run_path(child, "repair.json", &json, err));
    CLI_TRY(rr_run_path(child, "repair.png", &png, err));
    CLI_TRY(rr_picture_repair(r->repair, p->ds, p->train, r->additions, r->after, png, err));
    cli_set(doc, NULL, "picture", cli_json_text(png));
    CLI_TRY(cli_repair_document(doc, r, err));
    CLI_TRY(cli_doc_write(doc, json, err));
    if (!common->json)
        CLI_TRY(cli_print_repair(r, err));
    CLI_TRY(cli_emit(common, doc, err));
    cli_say(common, "written to %s: the run, repair.json and repair.png", rr_run_dir(child));

done:
    rr_string_free(png);
    rr_string_free(json);
    return st;
}
