/* SPDX-License-Identifier: MIT */
/* audit_apply.c - a reviewer's decisions carried out: labels replaced, sequences left out, the
 * network trained again, and the account of what changed. */
#include "auditing.h"
#include "kit/progress.h"
#include "repairing.h"

#include <stdlib.h>
#include <unistd.h>

/* What a retraining takes of the decisions. Begin with zeros; plan_free(). */
typedef struct plan {
    rr_edits *edits;
    size_t kept; /* rows that change nothing */
} plan;

static void plan_free(plan *p)
{
    rr_edits_free(p->edits);
}

static rr_status read_plan(const char *path, const rr_dataset *train, plan *out, rr_error *err)
{
    rr_decision *rows = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rr_decisions_load(path, train, &rows, &n, err));
    RRI_TRY(rr_decisions_edits(rows, n, train, &out->edits, err));
    out->kept = n - out->edits->count_removed - out->edits->count_relabelled;
    if (out->kept == n)
        st = rri_fail(err, RR_ERR_ARG, -1, "--apply %s: its %zu decisions change nothing", path, n);

done:
    rr_decisions_free(rows);
    return st;
}

static rr_status account(const cli_audit_args *a, const cli_patient *p, const plan *what,
                         const uint32_t *after, const rr_run *child, cli_doc *doc, rr_error *err)
{
    rr_outcome outcome = { .count = 0 };
    char *json = NULL;
    rr_status st = RR_OK;

    if (after != NULL)
        RRI_TRY(rr_outcome_compare(p->ds, p->before, after, NULL, 0, &outcome, err));
    cli_set(doc, NULL, "run", cli_json_text(a->dir));
    cli_set(doc, NULL, "new_run", cli_json_text(a->how.dir));
    cli_set(doc, NULL, "split",
            cli_json_text(after != NULL ? rr_enum_name(RR_ENUM_SPLIT, a->split) : NULL));
    cli_set(doc, NULL, "seed", cli_json_u64(a->how.seed));
    cli_set(doc, NULL, "relabelled", cli_json_size(what->edits->count_relabelled));
    cli_set(doc, NULL, "dropped", cli_json_size(what->edits->count_removed));
    cli_set(doc, NULL, "kept", cli_json_size(what->kept));
    if (after != NULL) {
        cli_set(doc, NULL, "accuracy_before", cli_json_f64(outcome.accuracy_before));
        cli_set(doc, NULL, "accuracy_after", cli_json_f64(outcome.accuracy_after));
        cli_set_outcome(doc, NULL, "outcome", &outcome);
    } else {
        cli_set(doc, NULL, "accuracy_before", json_null());
        cli_set(doc, NULL, "accuracy_after", json_null());
        cli_set(doc, NULL, "outcome", json_null());
    }
    RRI_TRY(rr_run_path(child, "audit.json", &json, err));
    RRI_TRY(cli_doc_write(doc, json, err));
    cli_say(&a->common, "written to %s: the run and audit.json", a->how.dir);
    if (a->common.json)
        goto done;
    printf("%zu relabelled, %zu dropped, %zu left as they are\n", what->edits->count_relabelled,
           what->edits->count_removed, what->kept);
    if (after == NULL) /* the data have no split to count on */
        goto done;
    printf("%-14s  %8zu\n", "fixed", outcome.fixed);
    printf("%-14s  %8zu\n", "still failing", outcome.still_failing);
    printf("%-14s  %8zu\n", "newly broken", outcome.newly_broken);
    printf("%-14s  %8zu\n", "still correct", outcome.unchanged);
    printf("accuracy before  %.4f\naccuracy after   %.4f\n", outcome.accuracy_before,
           outcome.accuracy_after);

done:
    rr_string_free(json);
    return st;
}

/* A folder that was made for a run that could not be. */
static void take_away(const char *dir, int made)
{
    static const char *const names[] = { RR_RUN_ADDITIONS, RR_RUN_START, RR_RUN_VOCABULARY };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = NULL;
        if (rri_format(&path, NULL, "%s/%s", dir, names[i]) == RR_OK)
            (void)unlink(path);
        rri_free(path);
    }
    cli_release_run(dir, made);
}

rr_status cli_audit_apply(cli_audit_args *a, const cli_patient *p, cli_doc *doc, int *interrupted,
                          rr_error *err)
{
    const cli_where where = { .data = a->data, .vectors = a->vectors };
    plan what = { .kept = 0 };
    uint32_t *after = NULL;
    rr_run *child = NULL;
    int made = 0;
    rr_status st = RR_OK;

    *interrupted = 0;
    RRI_TRY(read_plan(a->apply, p->train, &what, err));
    RRI_TRY(cli_reserve_run(a->how.dir, &made, err));
    a->how.relabelled = what.edits->relabelled;
    a->how.labels = what.edits->labels;
    a->how.count_relabelled = what.edits->count_relabelled;
    a->how.removed = what.edits->removed;
    a->how.count_removed = what.edits->count_removed;
    RRI_TRY(cli_make_child(p, &a->how, NULL, &child, err));
    cli_say(&a->common, "%zu labels replaced, %zu sequences left out; retraining into %s",
            what.edits->count_relabelled, what.edits->count_removed, a->how.dir);
    RRI_TRY(cli_train_run(&a->common, child, &where, rr_run_settings_of(child).train.epochs,
                          a->common.quiet ? NULL : stderr, interrupted, err));
    if (*interrupted)
        goto done;
    if (p->ds != NULL)
        RRI_TRY(cli_predict_run(child, p->ds, a->common.threads, &after, err));
    RRI_TRY(account(a, p, &what, after, child, doc, err));

done:
    if (made && child == NULL)
        take_away(a->how.dir, made);
    else if (st != RR_OK && child != NULL)
        fprintf(stderr,
                "rnnrepair audit: %s is made, but not trained to its end: go on with rnnrepair "
                "train %s --resume\n",
                a->how.dir, a->how.dir);
    rri_free(after);
    rr_run_free(child);
    plan_free(&what);
    return st;
}
