/* SPDX-License-Identifier: MIT */
/* repair_flow.c - see repair_flow.h. */
#include "repair_flow.h"

#include "kit/progress.h"
#include "kit/words.h"
#include "repair_segments.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what was asked for --------------------------------------------------------------------- */

/* What can be refused before any work is done. */
static rr_status check_args(const cli_repair_args *a, rr_error *err)
{
    if (a->level != NULL && strcmp(a->level, "sample") != 0 && strcmp(a->level, "segment") != 0)
        return rri_fail(err, RR_ERR_ARG, -1, "--level %s: must be sample or segment", a->level);
    if (a->how.dir == NULL && a->export == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "-o NEWRUN is missing: the run directory to make");
    if (a->samples != NULL && cli_given(&a->common, "count"))
        return rri_fail(err, RR_ERR_ARG, -1, "--samples and --count exclude each other");
    if (a->samples != NULL && a->truth != NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "--samples and --truth-class exclude each other");
    if (a->seeds != NULL && cli_given(&a->common, "seed"))
        return rri_fail(err, RR_ERR_ARG, -1, "--seeds and --seed exclude each other");
    if (a->seeds != NULL && (a->export != NULL || a->how.dir == NULL))
        return rri_fail(err, RR_ERR_ARG, -1, "--seeds retrains, and needs -o; it does not export");
    if (a->how.dir == NULL)
        return cli_refuse_given(&a->common, "retrain epochs learning-rate vectors",
                                "--export without -o", err);
    return RR_OK;
}

static void set_range(cli_repair_args *a)
{
    rr_affine_range *r = &a->sample.range;
    r->min = (rr_affine){ -a->rotate, -a->shift, -a->shift, -a->shear, 1.0 - a->scale };
    r->max = (rr_affine){ a->rotate, a->shift, a->shift, a->shear, 1.0 + a->scale };
}

static rr_status check_segment_options(const cli_repair_args *a, const rr_run *run, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(cli_refuse_given(&a->common,
                             "top norm sources variants rounds keep-samples rotate shift shear "
                             "scale",
                             "--level segment", err));
    if (a->segment.localize.rules == RR_RULE_FLIP)
        RRI_TRY(cli_refuse_given(&a->common, "gamma", "--rule flip", err));
    if (a->strategy != RR_STRATEGY_INFLUENCE)
        RRI_TRY(cli_refuse_given(&a->common, "pool", "this --strategy", err));
    if (a->strategy == RR_STRATEGY_NONE)
        RRI_TRY(cli_refuse_given(&a->common, "insertions counterweight with-misread",
                                 "--strategy none", err));
    RRI_TRY(cli_refuse_idle_vectors(&a->common, run, err));

done:
    return st;
}

/* Text is repaired word by word, frames as a whole; each has options of its own. */
static rr_status choose_level(cli_repair_args *a, const cli_patient *p, rr_error *err)
{
    const int text = rr_dataset_vocabulary(p->ds) > 0;
    if (a->level == NULL)
        a->level = text ? "segment" : "sample";
    a->segments = strcmp(a->level, "segment") == 0;
    if (a->segments && !text)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--level segment inserts words, but %s is on frames: use --level sample",
                        a->dir);
    if (!a->segments && text)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--level sample varies images, but %s is on words: use --level segment",
                        a->dir);
    if (!a->segments && a->strategy == RR_STRATEGY_PAPER)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--strategy paper is of segments; with whole inputs say --rounds 1");
    if (a->segments && a->strategy == RR_STRATEGY_GRADIENT)
        return rri_fail(err, RR_ERR_ARG, -1, "--strategy gradient is of whole inputs");
    if (a->segments)
        return check_segment_options(a, p->run, err);
    if (a->strategy == RR_STRATEGY_NONE) {
        const rr_status st = cli_refuse_given(
            &a->common, "sources variants rounds keep-samples rotate shift shear scale",
            "--strategy none", err);
        if (st != RR_OK)
            return st;
    }
    return cli_refuse_given(&a->common,
                            "insertions rule gamma pool counterweight with-misread export "
                            "vectors",
                            "--level sample", err);
}

/* Leave out the errors that are not asked for, and those that hold nothing to work on. */
static rr_status choose_eligible(const cli_repair_args *a, cli_patient *p, rr_error *err)
{
    const size_t N = rr_dataset_count(p->ds);
    uint32_t class = 0;
    rr_status st = RR_OK;

    if (a->samples != NULL)
        return RR_OK;
    if (a->truth != NULL)
        RRI_TRY(cli_class_number(p->ds, a->truth, &class, err));
    RRI_TRY(rri_alloc(&p->eligible, N, 1, 1, err));
    for (size_t i = 0; i < N; i++)
        p->eligible[i] = a->truth == NULL || rr_dataset_at(p->ds, i).label == class;
    if (a->segments)
        RRI_TRY(cli_keep_localised(&a->common, &a->segment.localize, p, err));

done:
    return st;
}

void cli_repair_settings(const cli_repair_args *a, const cli_retraining *how, cli_doc *doc)
{
    cli_set(doc, NULL, "parent", cli_json_text(a->dir));
    cli_set(doc, NULL, "run", cli_json_text(how->dir));
    cli_set(doc, NULL, "level", cli_json_text(a->level));
    cli_set(doc, NULL, "split", cli_json_text(rr_enum_name(RR_ENUM_SPLIT, a->split)));
    cli_set(doc, NULL, "strategy", cli_json_text(rr_enum_name(RR_ENUM_STRATEGY, a->strategy)));
    cli_set(doc, NULL, "retrain", cli_json_text(rr_enum_name(RR_ENUM_RETRAIN, how->start)));
    cli_set(doc, NULL, "seed", cli_json_u64(how->seed));
    if (!a->segments)
        return;
    cli_set(doc, NULL, "rule",
            cli_json_text(rr_enum_name(RR_ENUM_RULE, a->segment.localize.rules)));
    cli_set(doc, NULL, "gamma", cli_json_size(a->segment.localize.gamma));
    cli_set(doc, NULL, "insertions", cli_json_size(a->segment.per_segment));
    cli_set(doc, NULL, "export", cli_json_text(a->export));
}

/* ---- one repair ----------------------------------------------------------------------------- */

static rr_status generate(const cli_repair_args *a, const cli_patient *p, uint64_t seed,
                          cli_cure *c, int *interrupted, rr_error *err)
{
    rr_repair_config sample = a->sample;
    rr_insertion_config segment = a->segment;
    rr_status st = RR_OK;

    sample.strategy = segment.strategy = a->strategy;
    sample.seed = segment.seed = seed;
    sample.threads = segment.threads = a->common.threads;
    segment.correct_only = !a->with_misread;
    if (!cli_given(&a->common, "counterweight") && a->strategy != RR_STRATEGY_INFLUENCE)
        segment.counterweight = 0.0; /* as the paper has it */
    if (a->segments)
        RRI_TRY(cli_insert(&a->common, &segment, p, &c->insertions, err));
    else
        RRI_TRY(cli_generate(&a->common, &sample, p, &c->repair, err));
    *interrupted = cli_interrupted();
    if (*interrupted)
        goto done;
    st = a->segments ? rr_insertions_additions(c->insertions, &c->additions, err)
                     : rr_repair_additions(c->repair, &c->additions, err);

done:
    return st;
}

static rr_status retrain(const cli_repair_args *a, const cli_patient *p, const cli_retraining *how,
                         cli_cure *c, int *interrupted, rr_error *err)
{
    const cli_where where = { .data = a->data, .vectors = how->vectors };
    rr_status st = RR_OK;

    cli_say(&a->common, "%zu targets, %zu samples to add; retraining into %s", p->n,
            rr_dataset_count(c->additions), how->dir);
    if (rr_dataset_count(c->additions) == 0 && a->strategy != RR_STRATEGY_NONE)
        cli_say(&a->common, "note: no sample could be made for any target, so that what follows is "
                            "training alone, as with --strategy none");
    RRI_TRY(cli_make_child(p, how, c->additions, &c->child, err));
    RRI_TRY(cli_train_run(&a->common, c->child, &where, rr_run_settings_of(c->child).train.epochs,
                          a->common.quiet ? NULL : stderr, interrupted, err));
    if (!*interrupted)
        RRI_TRY(cli_predict_run(c->child, p->ds, a->common.threads, &c->after, err));

done:
    return st;
}

rr_status cli_carry_out(const cli_repair_args *a, const cli_patient *p, const cli_retraining *how,
                        cli_cure *out, int *interrupted, rr_error *err)
{
    int made = 0;
    rr_status st = RR_OK;

    *out = (cli_cure){ .patient = p };
    if (how->dir != NULL)
        RRI_TRY(cli_reserve_run(how->dir, &made, err));
    RRI_TRY(generate(a, p, how->seed, out, interrupted, err));
    if (how->dir != NULL && !*interrupted)
        RRI_TRY(retrain(a, p, how, out, interrupted, err));

done:
    if (out->child == NULL)
        cli_release_run(how->dir, made);
    return st;
}

void cli_cure_free(cli_cure *c)
{
    rri_free(c->after);
    rr_run_free(c->child);
    rr_dataset_free(c->additions);
    rr_insertions_free(c->insertions);
    rr_repair_free(c->repair);
    *c = (cli_cure){ .patient = NULL };
}

cli_repair_report cli_report_of(const cli_cure *c)
{
    return (cli_repair_report){ .patient = c->patient,
                                .repair = c->repair,
                                .insertions = c->insertions,
                                .additions = c->additions,
                                .after = c->after };
}

/* ---- the command -------------------------------------------------------------------------------
 */

static void say_interrupted(const cli_retraining *how, const rr_run *child)
{
    if (child == NULL)
        fprintf(stderr, "rnnrepair repair: interrupted; nothing was written\n");
    else
        fprintf(stderr,
                "rnnrepair repair: interrupted before the account was made. %s can be trained\n"
                "to its end with rnnrepair train %s --resume, which makes no repair.json.\n",
                how->dir, how->dir);
}

static rr_status repair_once(cli_repair_args *a, const cli_patient *p, int *interrupted,
                             rr_error *err)
{
    cli_doc doc = cli_doc_new();
    cli_cure cure = { .patient = NULL };
    rr_status st = RR_OK;

    RRI_TRY(cli_carry_out(a, p, &a->how, &cure, interrupted, err));
    if (*interrupted) {
        say_interrupted(&a->how, cure.child);
        goto done;
    }
    if (a->export != NULL)
        RRI_TRY(cli_export(&a->common, p, cure.additions, a->export, err));
    const cli_repair_report report = cli_report_of(&cure);
    cli_repair_settings(a, &a->how, &doc);
    RRI_TRY(cli_repair_complete(&a->common, &doc, &report, cure.child, err));
    if (!a->common.json)
        RRI_TRY(cli_print_repair(&report, err));
    RRI_TRY(cli_emit(&a->common, &doc, err));

done:
    cli_cure_free(&cure);
    cli_doc_free(&doc);
    return st;
}

int cli_run_repair(void *args)
{
    cli_repair_args *a = args;
    rr_error err = { RR_OK, -1, "" };
    cli_patient patient = { .run = NULL };
    int interrupted = 0;
    rr_status st = RR_OK;

    RRI_TRY(check_args(a, &err));
    set_range(a);
    RRI_TRY(cli_patient_open(&a->common, a->dir, a->data, a->split, &patient, &err));
    RRI_TRY(choose_level(a, &patient, &err));
    RRI_TRY(choose_eligible(a, &patient, &err));
    RRI_TRY(cli_choose_targets(&patient, a->samples, a->count, &err));
    if (!cli_given(&a->common, "seed"))
        a->how.seed = rr_run_settings_of(patient.run).train.seed;
    a->how.data = a->data;
    st = a->seeds != NULL ? cli_repair_seeds(a, &patient, &interrupted, &err)
                          : repair_once(a, &patient, &interrupted, &err);

done:
    cli_patient_free(&patient);
    return interrupted ? CLI_INTERRUPTED : cli_finish(&a->common, st, &err);
}
