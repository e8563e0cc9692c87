/* SPDX-License-Identifier: MIT */
/* repair_seeds.c - one repair a seed, and what they come to. Each is a run of its own,
 * NEWRUN/seed-S, with its own repair.json; NEWRUN/repair.json holds the account of all. */
#include "kit/progress.h"
#include "repair_flow.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is kept of one seed's repair. */
typedef struct seed_outcome {
    uint64_t seed;
    char *dir; /* NEWRUN/seed-S */
    int made;  /* folders that were not there before */
    size_t kept;
    rr_ledger all, targets;
} seed_outcome;

typedef struct seed_table {
    seed_outcome *rows; /* [n] */
    size_t n;
    size_t *fixed; /* [targets] how many seeds fixed each */
    int made;      /* folders of NEWRUN that were not there before */
} seed_table;

static rr_status read_seeds(const char *list, seed_table *t, rr_error *err)
{
    uint64_t *seeds = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(cli_read_numbers("seeds", "1,2,3", list, &seeds, &n, err));
    RRI_TRY(rri_alloc(&t->rows, n, 1, sizeof *t->rows, err));
    t->n = n;
    for (size_t i = 0; i < n; i++)
        t->rows[i].seed = seeds[i];

done:
    rri_free(seeds);
    return st;
}

/* ---- the places ----------------------------------------------------------------------------- */

/* NEWRUN is to hold the account of these seeds, and no other. */
static rr_status refuse_taken(const char *dir, rr_error *err)
{
    static const char *const names[] = { "run.json", "repair.json" };
    rr_status st = RR_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names && st == RR_OK; i++) {
        struct stat info;
        char *path = NULL;
        st = rri_format(&path, err, "%s/%s", dir, names[i]);
        if (st == RR_OK && stat(path, &info) == 0)
            st = rri_fail(err, RR_ERR_ARG, -1, "%s is there already; name a new directory", path);
        rri_free(path);
    }
    return st;
}

/* Every folder is there before the first training, so that none is refused after it. */
static rr_status reserve_all(const char *dir, seed_table *t, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(refuse_taken(dir, err));
    RRI_TRY(cli_reserve_run(dir, &t->made, err));
    for (size_t i = 0; i < t->n; i++) {
        seed_outcome *row = &t->rows[i];
        RRI_TRY(rri_format(&row->dir, err, "%s/seed-%llu", dir, (unsigned long long)row->seed));
        RRI_TRY(cli_reserve_run(row->dir, &row->made, err));
    }

done:
    return st;
}

/* Of the folders made here, those that stayed empty go. */
static void clear_table(const char *dir, seed_table *t)
{
    for (size_t i = 0; t->rows != NULL && i < t->n; i++) {
        cli_release_run(t->rows[i].dir, t->rows[i].made);
        rri_free(t->rows[i].dir);
    }
    cli_release_run(dir, t->made);
    rri_free(t->fixed);
    rri_free(t->rows);
}

/* ---- one seed ------------------------------------------------------------------------------- */

static rr_status account(const cli_repair_args *a, const cli_retraining *how, const cli_cure *cure,
                         seed_outcome *row, size_t *fixed, rr_error *err)
{
    const cli_repair_report report = cli_report_of(cure);
    const cli_patient *p = cure->patient;
    cli_doc doc = cli_doc_new();
    rr_status st = RR_OK;

    cli_repair_settings(a, how, &doc);
    RRI_TRY(cli_repair_complete(&a->common, &doc, &report, cure->child, err));
    RRI_TRY(cli_repair_ledgers(&report, &row->all, &row->targets, err));
    row->kept = rr_dataset_count(cure->additions);
    for (size_t i = 0; i < p->n; i++)
        fixed[i] += cure->after[p->targets[i]] == rr_dataset_at(p->ds, p->targets[i]).label;

done:
    cli_doc_free(&doc);
    return st;
}

static rr_status repair_seed(const cli_repair_args *a, const cli_patient *p, seed_outcome *row,
                             size_t *fixed, int *interrupted, rr_error *err)
{
    cli_retraining how = a->how;
    cli_cure cure = { .patient = NULL };
    rr_status st = RR_OK;

    how.dir = row->dir;
    how.seed = row->seed;
    RRI_TRY(cli_carry_out(a, p, &how, &cure, interrupted, err));
    if (!*interrupted)
        RRI_TRY(account(a, &how, &cure, row, fixed, err));

done:
    cli_cure_free(&cure);
    return st;
}

/* ---- all of them ---------------------------------------------------------------------------- */

/* Means over the seeds. */
typedef struct seed_means {
    double kept, fixed, still_failing, newly_broken, accuracy_before, accuracy_after;
} seed_means;

static seed_means means_of(const seed_table *t)
{
    seed_means m = { 0.0, 0.0, 0.0, 0.0, 0.0, 0.0 };
    const double share = 1.0 / (double)t->n;
    for (size_t i = 0; i < t->n; i++) {
        const seed_outcome *s = &t->rows[i];
        m.kept += share * (double)s->kept;
        m.fixed += share * (double)s->targets.fixed;
        m.still_failing += share * (double)s->targets.still_failing;
        m.newly_broken += share * (double)s->all.newly_broken;
        m.accuracy_before += share * s->all.accuracy_before;
        m.accuracy_after += share * s->all.accuracy_after;
    }
    return m;
}

static void set_seeds(cli_doc *doc, const seed_table *t)
{
    json_t *rows = cli_set_array(doc, NULL, "per_seed");
    for (size_t i = 0; i < t->n; i++) {
        const seed_outcome *s = &t->rows[i];
        json_t *row = json_object();
        cli_set(doc, row, "seed", cli_json_u64(s->seed));
        cli_set(doc, row, "kept", cli_json_size(s->kept));
        cli_set(doc, row, "fixed", cli_json_size(s->targets.fixed));
        cli_set(doc, row, "still_failing", cli_json_size(s->targets.still_failing));
        cli_set(doc, row, "newly_broken", cli_json_size(s->all.newly_broken));
        cli_set(doc, row, "accuracy_after", cli_json_f64(s->all.accuracy_after));
        cli_set_ledger(doc, row, "ledger", &s->all);
        cli_append(doc, rows, row);
    }
}

static void set_all(cli_doc *doc, const cli_patient *p, const seed_table *t)
{
    const seed_means m = means_of(t);
    cli_set(doc, NULL, "seed", json_null());
    cli_set(doc, NULL, "targets", cli_json_size(p->n));
    cli_set(doc, NULL, "kept", cli_json_f64(m.kept));
    cli_set(doc, NULL, "fixed", cli_json_f64(m.fixed));
    cli_set(doc, NULL, "still_failing", cli_json_f64(m.still_failing));
    cli_set(doc, NULL, "newly_broken", cli_json_f64(m.newly_broken));
    cli_set(doc, NULL, "accuracy_before", cli_json_f64(m.accuracy_before));
    cli_set(doc, NULL, "accuracy_after", cli_json_f64(m.accuracy_after));
    set_seeds(doc, t);
    json_t *rows = cli_set_array(doc, NULL, "per_target");
    for (size_t i = 0; i < p->n; i++)
        cli_append(doc, rows,
                   json_pack("{s:I,s:I,s:I,s:f}", "id", (json_int_t)p->targets[i], "truth",
                             (json_int_t)rr_dataset_at(p->ds, p->targets[i]).label, "prediction",
                             (json_int_t)p->before[p->targets[i]], "fixed",
                             (double)t->fixed[i] / (double)t->n));
}

static void print_all(const cli_patient *p, const seed_table *t)
{
    const seed_means m = means_of(t);
    printf("%20s  %8s  %8s  %13s  %12s  %14s\n", "seed", "kept", "fixed", "still failing",
           "newly broken", "accuracy after");
    for (size_t i = 0; i < t->n; i++) {
        const seed_outcome *s = &t->rows[i];
        printf("%20llu  %8zu  %8zu  %13zu  %12zu  %14.4f\n", (unsigned long long)s->seed, s->kept,
               s->targets.fixed, s->targets.still_failing, s->all.newly_broken,
               s->all.accuracy_after);
    }
    printf("%20s  %8.1f  %8.2f  %13.2f  %12.2f  %14.4f\n", "mean", m.kept, m.fixed, m.still_failing,
           m.newly_broken, m.accuracy_after);
    printf("\n%zu targets; accuracy before %.4f\n", p->n, m.accuracy_before);
}

static rr_status report(const cli_repair_args *a, const cli_patient *p, const seed_table *t,
                        rr_error *err)
{
    cli_doc doc = cli_doc_new();
    char *path = NULL;
    rr_status st = RR_OK;

    cli_repair_settings(a, &a->how, &doc);
    set_all(&doc, p, t);
    RRI_TRY(rri_format(&path, err, "%s/repair.json", a->how.dir));
    RRI_TRY(cli_doc_write(&doc, path, err));
    if (!a->common.json)
        print_all(p, t);
    RRI_TRY(cli_emit(&a->common, &doc, err));

done:
    rri_free(path);
    cli_doc_free(&doc);
    return st;
}

rr_status cli_repair_seeds(cli_repair_args *a, const cli_patient *p, int *interrupted,
                           rr_error *err)
{
    seed_table t = { .rows = NULL };
    rr_status st = RR_OK;

    RRI_TRY(read_seeds(a->seeds, &t, err));
    RRI_TRY(rri_alloc(&t.fixed, p->n, 1, sizeof *t.fixed, err));
    RRI_TRY(reserve_all(a->how.dir, &t, err));
    for (size_t i = 0; i < t.n && !*interrupted; i++)
        RRI_TRY(repair_seed(a, p, &t.rows[i], t.fixed, interrupted, err));
    if (*interrupted)
        fprintf(stderr, "rnnrepair repair: interrupted; what was finished is in %s\n", a->how.dir);
    else
        RRI_TRY(report(a, p, &t, err));

done:
    clear_table(a->how.dir, &t);
    return st;
}
