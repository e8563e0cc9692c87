/* SPDX-License-Identifier: MIT */
/* audit_report.c - a ranking as a document, as a table and as a list to review. */
#include "auditing.h"
#include "progress.h"

#include <stdlib.h>

/* Evidence that is shown of a sequence. */
enum { DRIVEN = 10, NEIGHBOURS = 3 };

typedef struct evidence {
    rr_driven driven[DRIVEN];
    size_t count_driven;
    rr_neighbour neighbours[NEIGHBOURS + 1]; /* room for the sequence itself */
    size_t count_neighbours;
} evidence;

static size_t shown(const cli_audit_args *a, const cli_audit *audit)
{
    return a->top < audit->N ? a->top : audit->N;
}

/* The nearest sequences that the network reads as they are labelled, but for the sequence itself.
 */
static rr_status nearest(const cli_audit_args *a, const cli_audit *audit, uint32_t id, evidence *e,
                         rr_error *err)
{
    const rr_influence *inf = audit->patient->inf;
    const rr_trace x = rr_traces_at(rr_influence_training(inf), id);
    rr_query q = rr_query_default();
    size_t kept = 0;

    q.correct_only = 1;
    q.threads = a->common.threads;
    if (rr_dataset_width(audit->patient->train) == 0)
        q.measure = RR_MEASURE_JACCARD;
    const rr_status st =
        rr_influence_nearest(inf, &q, &x, NEIGHBOURS + 1, e->neighbours, &e->count_neighbours, err);
    if (st != RR_OK)
        return st;
    for (size_t k = 0; k < e->count_neighbours; k++)
        if (e->neighbours[k].id != id)
            e->neighbours[kept++] = e->neighbours[k];
    e->count_neighbours = kept < NEIGHBOURS ? kept : NEIGHBOURS;
    return RR_OK;
}

static rr_status find_evidence(const cli_audit_args *a, const cli_audit *audit, uint32_t id,
                               evidence *out, rr_error *err)
{
    const cli_patient *p = audit->patient;
    rr_status st = RR_OK;

    *out = (evidence){ .count_driven = 0 };
    if (p->n > 0)
        CLI_TRY(rr_driven_errors(p->inf, a->key, audit->traces, p->targets, p->n, id, DRIVEN,
                                 out->driven, &out->count_driven, err));
    st = nearest(a, audit, id, out, err);

done:
    return st;
}

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
    const size_t all = rr_ranking_found(audit->order, audit->N, marked, audit->N);
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
                cli_json_size(rr_ranking_found(audit->order, audit->N, audit->flipped, n)));
        cli_set(doc, row, "influential_flips",
                cli_json_size(rr_ranking_found(audit->order, audit->N, audit->influential, n)));
        cli_append(doc, found, row);
    }
    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
        json_t *row = json_object();
        cli_set(doc, row, "share", cli_json_f64(shares[k]));
        cli_set(doc, row, "reviewed", cli_json_size(needed(audit, audit->flipped, shares[k])));
        cli_append(doc, reviews, row);
    }
    cli_set(doc, NULL, "average_precision",
            cli_json_f64(rr_ranking_precision(audit->order, audit->N, audit->flipped)));
    cli_set(doc, NULL, "area",
            cli_json_f64(rr_ranking_area(audit->order, audit->N, audit->flipped)));
    cli_set(doc, NULL, "area_influential",
            cli_json_f64(rr_ranking_area(audit->order, audit->N, audit->influential)));
}

/* ---- the document --------------------------------------------------------------------------- */

static void append_row(const cli_audit *audit, cli_doc *doc, json_t *rows, uint32_t id,
                       const evidence *e)
{
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

rr_status cli_audit_document(const cli_audit_args *a, const cli_audit *audit, cli_doc *doc,
                             rr_error *err)
{
    const cli_patient *p = audit->patient;
    const int errors = p->ds != NULL;
    rr_status st = RR_OK;

    cli_set(doc, NULL, "run", cli_json_text(a->dir));
    cli_set(doc, NULL, "about", cli_json_text(cli_choice_about.name(&a->about)));
    cli_set(doc, NULL, "method", cli_json_text(cli_choice_audit_method.name(&a->method)));
    cli_set(doc, NULL, "folds", cli_json_size(a->folds));
    cli_set(doc, NULL, "seed", cli_json_u64(a->attribution.seed));
    cli_set(doc, NULL, "seconds", cli_json_f64(audit->seconds));
    cli_set(doc, NULL, "split", cli_json_text(errors ? rr_split_name(a->split) : NULL));
    cli_set(doc, NULL, "key", cli_json_text(rr_key_name(a->key)));
    cli_set(doc, NULL, "errors", errors ? cli_json_size(p->n) : json_null());
    cli_set(doc, NULL, "sequences", cli_json_size(audit->N));
    json_t *rows = cli_set_array(doc, NULL, "ranking");
    for (size_t k = 0; k < shown(a, audit); k++) {
        evidence e;
        CLI_TRY(find_evidence(a, audit, audit->order[k], &e, err));
        append_row(audit, doc, rows, audit->order[k], &e);
    }
    if (audit->flipped != NULL)
        set_found(audit, doc);
    else
        cli_set(doc, NULL, "found", json_null());

done:
    return st;
}

/* ---- the table ------------------------------------------------------------------------------ */

static void print_row(const cli_audit *audit, size_t place, uint32_t id, const evidence *e)
{
    const rr_dataset *train = audit->patient->train;
    const uint32_t given = rr_dataset_at(train, id).label;
    const size_t at = (size_t)id * audit->C + given;

    printf("%5zu  %8u  %10.10s  %10.10s  %10.4g  %8.3f  %10.4f ", place, (unsigned)id,
           rr_dataset_class_name(train, given),
           rr_dataset_class_name(train, cli_audit_suggested(audit, id)), audit->scores[id],
           (double)audit->support[at], (double)audit->probabilities[at]);
    for (size_t k = 0; k < e->count_neighbours; k++)
        printf(" %u:%.10s", (unsigned)e->neighbours[k].id,
               rr_dataset_class_name(train, e->neighbours[k].label));
    for (size_t k = 0; k < e->count_driven && k < 5; k++)
        printf("%s%zu", k == 0 ? "  drives " : " ", e->driven[k].trace);
    printf("%s\n", e->count_driven > 5 ? " ..." : "");
}

static void print_found(const cli_audit *audit)
{
    const size_t flips = rr_ranking_found(audit->order, audit->N, audit->flipped, audit->N);
    const size_t influential =
        rr_ranking_found(audit->order, audit->N, audit->influential, audit->N);
    printf("\n%9s  %9s  %14s  %14s\n", "reviewed", "", "flips", "influential");
    for (size_t k = 0; k < PERCENTS; k++) {
        const size_t n = reviewed_at(audit, k);
        printf("%9zu  %7u %%  %6zu of %-6zu %6zu of %-6zu\n", n, (unsigned)percents[k],
               rr_ranking_found(audit->order, audit->N, audit->flipped, n), flips,
               rr_ranking_found(audit->order, audit->N, audit->influential, n), influential);
    }
    printf("average precision %.4f; 95 %% of the flips within the first %zu\n",
           rr_ranking_precision(audit->order, audit->N, audit->flipped),
           needed(audit, audit->flipped, 0.95));
}

rr_status cli_print_audit(const cli_audit_args *a, const cli_audit *audit, rr_error *err)
{
    rr_status st = RR_OK;

    printf("%5s  %8s  %10s  %10s  %10s  %8s  %10s  %s\n", "rank", "id", "given", "suggested",
           "score", "support", "confidence", "neighbours, errors it drives");
    for (size_t k = 0; k < shown(a, audit); k++) {
        evidence e;
        CLI_TRY(find_evidence(a, audit, audit->order[k], &e, err));
        print_row(audit, k + 1, audit->order[k], &e);
    }
    printf("\nranked by %s in %.3g s, %zu sequences", cli_choice_audit_method.name(&a->method),
           audit->seconds, audit->N);
    if (audit->patient->ds != NULL)
        printf("; %zu errors of %s", audit->patient->n, rr_split_name(a->split));
    printf("\n");
    if (audit->flipped != NULL)
        print_found(audit);

done:
    return st;
}

/* ---- the list to review --------------------------------------------------------------------- */

rr_status cli_audit_review(const cli_audit_args *a, const cli_audit *audit, rr_error *err)
{
    const size_t n = shown(a, audit);
    rr_decision *rows = NULL;
    rr_status st = RR_OK;

    CLI_TRY(cli_alloc(&rows, n, sizeof *rows, err));
    for (size_t k = 0; k < n; k++)
        rows[k] = (rr_decision){ .id = audit->order[k],
                                 .action = RR_ACTION_RELABEL,
                                 .label = cli_audit_suggested(audit, audit->order[k]),
                                 .truth = -1 };
    CLI_TRY(rr_decisions_save(rows, n, audit->patient->train, a->review, err));
    cli_say(&a->common,
            "written to %s: %zu suggestions. Look at each: keep (by action keep, or taking out its "
            "line), relabel or drop; then audit %s --apply %s -o NEWRUN",
            a->review, n, a->dir, a->review);

done:
    free(rows);
    return st;
}
