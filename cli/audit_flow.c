/* SPDX-License-Identifier: MIT */
/* audit_flow.c - what the command about labels was asked for, and how it is carried out. */
#include "auditing.h"
#include "kit/options.h"
#include "kit/progress.h"

#include <stdlib.h>

typedef cli_audit_args args;

/* ---- what was asked for --------------------------------------------------------------------- */

static rr_status check_apply(const args *a, rr_error *err)
{
    rr_status st = cli_refuse_given(&a->common,
                                    "about method samples key folds top flips review curvature "
                                    "damping solver iterations tolerance scale",
                                    "--apply", err);
    if (st == RR_OK && a->how.dir == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "-o NEWRUN is missing: the run directory to make");
    if (st == RR_OK && a->split == RR_SPLIT_TRAIN)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--split train: what changes is counted on labels that --apply replaces; "
                        "take dev or test");
    return st;
}

static rr_status check_method(args *a, rr_error *err)
{
    const char *name = NULL;
    rr_status st = RR_OK;

    if (!cli_given(&a->common, "method"))
        a->method = a->about == RR_AUDIT_ABOUT_LABELS ? RR_AUDIT_COMBINED : RR_AUDIT_INFLUENCE;
    if (!cli_given(&a->common, "iterations") && a->attribution.solver == RR_SOLVER_STOCHASTIC)
        a->attribution.iterations = 5000;
    name = rr_enum_name(RR_ENUM_AUDIT_METHOD, a->method);
    const int labels_alone =
        a->method == RR_AUDIT_COMBINED || a->method == RR_AUDIT_SELF_CONFIDENCE;
    const int errors_alone =
        a->method == RR_AUDIT_PAPER || a->method == RR_AUDIT_KOH_LIANG || a->method == RR_AUDIT_SGD;
    if (labels_alone && a->about == RR_AUDIT_ABOUT_ERRORS)
        st = rri_fail(err, RR_ERR_ARG, -1, "--method %s judges labels: it knows nothing of errors",
                      name);
    else if (errors_alone && a->about == RR_AUDIT_ABOUT_LABELS)
        st = rri_fail(err, RR_ERR_ARG, -1,
                      a->method == RR_AUDIT_PAPER
                          ? "--method %s ranks by errors: say --about errors"
                          : "--method %s would take a whole analysis for every training sequence: "
                            "say --about errors",
                      name);
    else if (!labels_alone)
        st = cli_refuse_given(&a->common, "folds", "a method that trains nothing", err);
    if (st == RR_OK && a->folds == 1)
        st = rri_fail(err, RR_ERR_ARG, -1, "--folds 1: expected 0, or 2 and more");
    return st;
}

static rr_status check_args(args *a, rr_error *err)
{
    rr_status st = RR_OK;

    if (a->apply != NULL)
        return check_apply(a, err);
    RRI_TRY(cli_refuse_given(&a->common, "output retrain epochs learning-rate",
                             "a call without --apply", err));
    RRI_TRY(check_method(a, err));
    if (a->review != NULL)
        RRI_TRY(cli_check_review(a->review, err));
    if (a->folds == 0)
        RRI_TRY(cli_refuse_given(&a->common, "vectors", "a call that trains nothing", err));
    if (a->method != RR_AUDIT_KOH_LIANG)
        RRI_TRY(cli_refuse_given(&a->common, "curvature damping solver iterations tolerance scale",
                                 "another method than koh-liang", err));
    if (a->method != RR_AUDIT_INFLUENCE && a->method != RR_AUDIT_PAPER)
        st = cli_refuse_given(&a->common, "key", "a method that matches no steps", err);

done:
    return st;
}

/* Errors are needed for what is about them, and are evidence for what is about labels: of a run
 * without that split there is none. */
static rr_status open_patient(const args *a, cli_patient *out, rr_error *err)
{
    rr_run *run = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_open_run(a->dir, &run, err));
    const int has = rr_run_settings_of(run).splits[a->split].count > 0;
    if (has || a->about == RR_AUDIT_ABOUT_ERRORS || cli_given(&a->common, "split"))
        RRI_TRY(cli_patient_open(&a->common, a->dir, a->data, a->split, out, err));
    else
        RRI_TRY(cli_patient_open_training(a->dir, a->data, out, err));
    if (a->apply == NULL && rr_network_config_of(out->net).classes < 2)
        RRI_TRY(
            rri_fail(err, RR_ERR_ARG, -1, "%s: with one class no label can be another", a->dir));
    st = cli_refuse_idle_vectors(&a->common, run, err);

done:
    rr_run_free(run);
    return st;
}

/* Every error of the split, by number. */
static rr_status all_errors(cli_patient *p, rr_error *err)
{
    const size_t N = rr_dataset_count(p->ds);
    const rr_status st = rri_alloc(&p->targets, N, 1, sizeof *p->targets, err);
    for (size_t i = 0; st == RR_OK && i < N; i++)
        if (p->before[i] != rr_dataset_at(p->ds, i).label)
            p->targets[p->n++] = i;
    return st;
}

/* The errors asked about. Listed sequences must be errors. */
static rr_status find_errors(const args *a, cli_patient *p, rr_error *err)
{
    rr_status st = RR_OK;

    if (p->ds == NULL)
        return cli_refuse_given(&a->common, "samples", "data without that split", err);
    if (a->samples == NULL) {
        RRI_TRY(all_errors(p, err));
        if (p->n == 0 && a->about == RR_AUDIT_ABOUT_ERRORS)
            st =
                rri_fail(err, RR_ERR_ARG, -1, "no error among the %zu sequences of %s to ask about",
                         rr_dataset_count(p->ds), rr_enum_name(RR_ENUM_SPLIT, a->split));
        goto done;
    }
    RRI_TRY(cli_choose_targets(p, a->samples, 0, err));
    for (size_t e = 0; e < p->n; e++)
        if (p->before[p->targets[e]] == rr_dataset_at(p->ds, p->targets[e]).label)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "--samples %zu: the network reads it right",
                             p->targets[e]));

done:
    return st;
}

static rr_status rank(const args *a, const cli_patient *p, cli_doc *doc, int *interrupted,
                      rr_error *err)
{
    cli_audit audit = { .patient = NULL };
    rr_status st = RR_OK;

    RRI_TRY(cli_audit_rank(a, p, &audit, interrupted, err));
    if (*interrupted)
        goto done;
    cli_audit_document(a, &audit, doc);
    if (!a->common.json)
        cli_print_audit(a, &audit);
    if (a->review != NULL)
        RRI_TRY(cli_audit_review(a, &audit, err));

done:
    cli_audit_free(&audit);
    return st;
}

int cli_run_audit(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    cli_patient patient = { .run = NULL };
    cli_doc doc = cli_doc_new();
    int interrupted = 0;
    rr_status st = RR_OK;

    RRI_TRY(check_args(a, &err));
    RRI_TRY(open_patient(a, &patient, &err));
    a->how.data = a->data;
    a->how.vectors = a->vectors;
    a->how.seed = cli_given(&a->common, "seed") ? a->attribution.seed
                                                : rr_run_settings_of(patient.run).train.seed;
    if (a->apply != NULL) {
        RRI_TRY(cli_audit_apply(a, &patient, &doc, &interrupted, &err));
    } else {
        RRI_TRY(find_errors(a, &patient, &err));
        RRI_TRY(rank(a, &patient, &doc, &interrupted, &err));
    }
    if (!interrupted)
        RRI_TRY(cli_emit(&a->common, &doc, &err));

done:
    if (interrupted)
        fprintf(stderr, "rnnrepair audit: interrupted%s\n",
                a->apply != NULL ? "; the new run can be trained to its end with train --resume"
                                 : "; nothing was written");
    cli_doc_free(&doc);
    cli_patient_free(&patient);
    return interrupted ? CLI_INTERRUPTED : cli_finish(&a->common, st, &err);
}
