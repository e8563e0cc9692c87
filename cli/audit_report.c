/* SPDX-License-Identifier: MIT */
/* audit_report.c - a ranking as a document, as a table and as a list to review. */
#include "auditing.h"
#include "core/ranking.h"
#include "kit/progress.h"
#include "kit/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what a reviewer finds ------------------------------------------------------------------ */

static const unsigned char percents[] = { 1,  2,  3,  5,  10, 15, 20, 25,
                                          30, 40, 50, 60, 70, 80, 90, 100 };
enum { PERCENTS = sizeof percents };

static size_t reviewed_at(const cli_audit *audit, size_t k)
{
    return (audit->N * percents[k] + 50) / 100;
}

/* How many have to be reviewed to find a share of the marked ones. */
static size_t needed(const cli_audit *audit, const unsigned char *marked, double share)
{
    const size_t all = rri_ranking_found(audit->order, audit->N, marked, audit->N);
    size_t found = 0;

    for (size_t i = 0; i < audit->N; i++) {
        found += marked[audit->order[i]];
        if ((double)found >= share * (double)all)
            return i + 1;
    }
    return audit->N;
}

static void set_found(const cli_audit *audit, cli_doc *doc)
{
    static const double shares[] = { 0.5, 0.8, 0.9, 0.95, 0.99 };
    json_t *found = cli_set_array(doc, NULL, "found");
    json_t *reviews = cli_set_array(doc, NULL, "needed");
    for (size_t k = 0; k < PERCENTS; k++) {
        const size_t n = reviewed_at(audit, k);
        json_t *row = json_object();
        cli_set(doc, row, "reviewed", cli_json_size(n));
        cli_set(doc, row, "flips",
                cli_json_size(rri_ranking_found(audit->order, audit->N, audit->flipped, n)));
        cli_set(doc, row, "influential_flips",
                cli_json_size(rri_ranking_found(audit->order, audit->N, audit->influential, n)));
        cli_append(doc, found, row);
    }
    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
        json_t *row = json_object();
        cli_set(doc, row, "share", cli_json_f64(shares[k]));
        cli_set(doc, row, "reviewed", cli_json_size(needed(audit, audit->flipped, shares[k])));
        cli_append(doc, reviews, row);
    }
    cli_set(doc, NULL, "average_precision",
            cli_json_f64(rri_ranking_precision(audit->order, audit->N, audit->flipped)));
    cli_set(doc, NULL, "area",
            cli_json_f64(rri_ranking_area(audit->order, audit->N, audit->flipped)));
    cli_set(doc, NULL, "area_influential",
            cli_json_f64(rri_ranking_area(audit->order, audit->N, audit->influential)));
}

/* ---- the document --------------------------------------------------------------------------- */

static void append_row(const cli_audit *audit, cli_doc *doc, json_t *rows, const cli_evidence *e)
{
    const uint32_t id = e->id;
    const rr_trace x = rr_traces_at(rr_influence_training(audit->patient->inf), id);
    const size_t at = (size_t)id * audit->C + x.label;
    json_t *row = json_object();
    cli_set(doc, row, "id", cli_json_size(id));
    cli_set(doc, row, "given", cli_json_size(x.label));
    cli_set(doc, row, "suggested", cli_json_size(cli_audit_suggested(audit, id)));
    cli_set(doc, row, "prediction", cli_json_size(x.prediction));
    cli_set(doc, row, "score", cli_json_f64(audit->scores[id]));
    cli_set(doc, row, "support", cli_json_f64((double)audit->support[at]));
    cli_set(doc, row, "confidence", cli_json_f64((double)audit->probabilities[at]));
    json_t *drives = cli_set_array(doc, row, "drives");
    for (size_t k = 0; k < e->count_driven; k++)
        cli_append(doc, drives, cli_json_size(e->driven[k].trace));
    cli_set_neighbours(doc, row, "neighbours", e->neighbours, e->count_neighbours);
    cli_append(doc, rows, row);
}

/* Do the scores of this method have a sign that means something? */
static int is_signed(const cli_audit_args *a)
{
    return a->about == RR_AUDIT_ABOUT_ERRORS &&
           (a->method == RR_AUDIT_KOH_LIANG || a->method == RR_AUDIT_SGD ||
            a->method == RR_AUDIT_TRACIN);
}

/* How many stand at the other end with scores below 0, as many as are shown at most: they hold the
 * network back from its errors. */
static size_t count_opponents(const cli_audit_args *a, const cli_audit *audit)
{
    size_t n = 0;
    while (is_signed(a) && n < audit->shown && n < audit->N &&
           audit->scores[audit->order[audit->N - 1 - n]] < 0.0)
        n++;
    return n;
}

static void set_opponents(const cli_audit_args *a, const cli_audit *audit, cli_doc *doc)
{
    const size_t n = count_opponents(a, audit);
    json_t *rows = cli_set_array(doc, NULL, "opponents");
    for (size_t k = 0; k < n; k++) {
        const uint32_t id = audit->order[audit->N - 1 - k];
        json_t *row = json_object();
        cli_set(doc, row, "id", cli_json_size(id));
        cli_set(doc, row, "given", cli_json_size(rr_dataset_at(audit->patient->train, id).label));
        cli_set(doc, row, "score", cli_json_f64(audit->scores[id]));
        cli_append(doc, rows, row);
    }
}

/* How a gradient method went about it. */
static void set_solution(const cli_audit_args *a, const cli_audit *audit, cli_doc *doc)
{
    const rr_attribution_config *cfg = &a->attribution;
    json_t *o = cli_set_object(doc, NULL, "solution");
    cli_set(doc, o, "steps", cli_json_size(audit->solved.step));
    cli_set(doc, o, "checkpoints", cli_json_size(audit->checkpoints));
    if (a->method != RR_AUDIT_KOH_LIANG)
        return;
    cli_set(doc, o, "solver", cli_json_text(rr_enum_name(RR_ENUM_SOLVER, cfg->solver)));
    cli_set(doc, o, "curvature", cli_json_text(rr_enum_name(RR_ENUM_CURVATURE, cfg->curvature)));
    cli_set(doc, o, "damping", cli_json_f64(cfg->damping));
    cli_set(doc, o, "residual",
            cfg->solver == RR_SOLVER_CG ? cli_json_f64(audit->solved.residual) : json_null());
}

void cli_audit_document(const cli_audit_args *a, const cli_audit *audit, cli_doc *doc)
{
    const cli_patient *p = audit->patient;
    const int errors = p->ds != NULL;

    cli_set(doc, NULL, "run", cli_json_text(a->dir));
    cli_set(doc, NULL, "about", cli_json_text(rr_enum_name(RR_ENUM_AUDIT_ABOUT, a->about)));
    cli_set(doc, NULL, "method", cli_json_text(rr_enum_name(RR_ENUM_AUDIT_METHOD, a->method)));
    cli_set(doc, NULL, "folds", cli_json_size(a->folds));
    cli_set(doc, NULL, "seed", cli_json_u64(a->attribution.seed));
    cli_set(doc, NULL, "seconds", cli_json_f64(audit->seconds));
    cli_set(doc, NULL, "split",
            cli_json_text(errors ? rr_enum_name(RR_ENUM_SPLIT, a->split) : NULL));
    cli_set(doc, NULL, "key", cli_json_text(rr_enum_name(RR_ENUM_KEY, a->key)));
    cli_set(doc, NULL, "errors", errors ? cli_json_size(p->n) : json_null());
    cli_set(doc, NULL, "sequences", cli_json_size(audit->N));
    json_t *rows = cli_set_array(doc, NULL, "ranking");
    for (size_t k = 0; k < audit->shown; k++)
        append_row(audit, doc, rows, &audit->evidence[k]);
    if (a->method == RR_AUDIT_KOH_LIANG || a->method == RR_AUDIT_SGD ||
        a->method == RR_AUDIT_TRACIN)
        set_solution(a, audit, doc);
    if (a->about == RR_AUDIT_ABOUT_ERRORS)
        set_opponents(a, audit, doc);
    if (audit->flipped != NULL)
        set_found(audit, doc);
    else
        cli_set(doc, NULL, "found", json_null());
}

/* ---- the table ------------------------------------------------------------------------------ */

/* A class's name in at most ten characters' width, on the right. */
static void print_class(const rr_dataset *ds, uint32_t c)
{
    enum { WIDTH = 10 };
    const char *name = rr_dataset_class_name(ds, c);
    const size_t width = cli_word_width(name);
    if (width < WIDTH)
        printf("%*s", (int)(WIDTH - width), "");
    cli_put_word(stdout, name, 0);
    printf("  ");
}

static void print_row(const cli_audit *audit, size_t place, const cli_evidence *e)
{
    const rr_dataset *train = audit->patient->train;
    const uint32_t given = rr_dataset_at(train, e->id).label;
    const size_t at = (size_t)e->id * audit->C + given;

    printf("%5zu  %8u  ", place, (unsigned)e->id);
    print_class(train, given);
    print_class(train, cli_audit_suggested(audit, e->id));
    printf("%10.4g  %8.3f  %10.4f ", audit->scores[e->id], (double)audit->support[at],
           (double)audit->probabilities[at]);
    for (size_t k = 0; k < e->count_neighbours; k++) {
        printf(" %u:", (unsigned)e->neighbours[k].id);
        cli_put_word(stdout, rr_dataset_class_name(train, e->neighbours[k].label), 0);
    }
    for (size_t k = 0; k < e->count_driven && k < 5; k++)
        printf("%s%zu", k == 0 ? "  drives " : " ", e->driven[k].trace);
    printf("%s\n", e->count_driven > 5 ? " ..." : "");
}

static void print_opponents(const cli_audit_args *a, const cli_audit *audit)
{
    const size_t n = count_opponents(a, audit);
    for (size_t k = 0; k < n && k < 10; k++) {
        const uint32_t id = audit->order[audit->N - 1 - k];
        printf("%s%u (%.3g)", k == 0 ? "opponents, which hold it back from these errors: " : ", ",
               (unsigned)id, audit->scores[id]);
    }
    printf("%s", n > 0 ? "\n" : "");
}

static void print_found(const cli_audit *audit)
{
    const size_t flips = rri_ranking_found(audit->order, audit->N, audit->flipped, audit->N);
    const size_t influential =
        rri_ranking_found(audit->order, audit->N, audit->influential, audit->N);
    printf("\n%9s  %9s  %14s  %14s\n", "reviewed", "", "flips", "influential");
    for (size_t k = 0; k < PERCENTS; k++) {
        const size_t n = reviewed_at(audit, k);
        printf("%9zu  %7u %%  %6zu of %-6zu %6zu of %-6zu\n", n, (unsigned)percents[k],
               rri_ranking_found(audit->order, audit->N, audit->flipped, n), flips,
               rri_ranking_found(audit->order, audit->N, audit->influential, n), influential);
    }
    printf("average precision %.4f; 95 %% of the flips within the first %zu\n",
           rri_ranking_precision(audit->order, audit->N, audit->flipped),
           needed(audit, audit->flipped, 0.95));
}

void cli_print_audit(const cli_audit_args *a, const cli_audit *audit)
{
    printf("%5s  %8s  %10s  %10s  %10s  %8s  %10s  %s\n", "rank", "id", "given", "suggested",
           "score", "support", "confidence", "neighbours, errors it drives");
    for (size_t k = 0; k < audit->shown; k++)
        print_row(audit, k + 1, &audit->evidence[k]);
    printf("\nranked by %s in %.3g s, %zu sequences", rr_enum_name(RR_ENUM_AUDIT_METHOD, a->method),
           audit->seconds, audit->N);
    if (audit->patient->ds != NULL)
        printf("; %zu errors of %s", audit->patient->n, rr_enum_name(RR_ENUM_SPLIT, a->split));
    printf("\n");
    print_opponents(a, audit);
    if (audit->flipped != NULL)
        print_found(audit);
}

/* ---- the list to review --------------------------------------------------------------------- */

rr_status cli_check_review(const char *path, rr_error *err)
{
    struct stat info;
    char *folder = NULL;
    rr_status st = RR_OK;

    if (stat(path, &info) == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--review %s: is there already, and is not overwritten: it may hold "
                         "decisions; name another file",
                         path));
    RRI_TRY(rri_format(&folder, err, "%s", path));
    char *const slash = strrchr(folder, '/');
    if (slash != NULL)
        slash[slash == folder] = '\0';
    if (path[0] == '\0' || access(slash != NULL ? folder : ".", W_OK | X_OK) != 0)
        st = rri_fail(err, RR_ERR_IO, -1, "--review %s: cannot be written: %s", path,
                      path[0] == '\0' ? "an empty name" : strerror(errno));

done:
    rri_free(folder);
    return st;
}

rr_status cli_audit_review(const cli_audit_args *a, const cli_audit *audit, rr_error *err)
{
    rr_decision *rows = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&rows, audit->shown, 1, sizeof *rows, err));
    for (size_t k = 0; k < audit->shown; k++)
        rows[k] = (rr_decision){ .id = audit->order[k],
                                 .action = RR_ACTION_RELABEL,
                                 .label = cli_audit_suggested(audit, audit->order[k]),
                                 .truth = -1 };
    RRI_TRY(rr_decisions_save(rows, audit->shown, audit->patient->train, a->review, err));
    cli_say(&a->common,
            "written to %s: %zu suggestions. Look at each: keep (by action keep, or taking out its "
            "line), relabel or drop; then audit %s --apply %s -o NEWRUN",
            a->review, audit->shown, a->dir, a->review);

done:
    rri_free(rows);
    return st;
}
