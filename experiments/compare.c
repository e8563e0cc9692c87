/* SPDX-License-Identifier: MIT */
/* compare.c - one experiment in two databases: see experiment_compare(). */
#include "experiments/experiment.h"
#include "experiments/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const experiment_column columns[] = {
    { "setting", "setting", 0 },
    { "metric", "metric", 0 },
    { "here", "here", 4 },
    { "here_sd", "sd", 4 },
    { "here_seeds", "seeds", 0 },
    { "there", "there", 4 },
    { "there_sd", "sd", 4 },
    { "there_seeds", "seeds", 0 },
    { "difference", "difference", 4 },
    { "standard_errors", "in standard errors", 1 },
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void add_side(experiment_table *t, const experiment_summary *at)
{
    experiment_table_number(t, at != NULL ? at->mean : (double)NAN);
    experiment_table_number(t, at != NULL ? at->sd : (double)NAN);
    experiment_table_number(t, at != NULL ? (double)at->n : 0.0);
}

/* One metric, in one of the two at least. */
static void add_row(experiment_table *t, const experiment_summary *here,
                    const experiment_summary *there)
{
    const experiment_summary *const any = here != NULL ? here : there;
    double difference = (double)NAN, error = (double)NAN;

    if (here != NULL && there != NULL) {
        difference = here->mean - there->mean;
        error =
            sqrt(here->sd * here->sd / (double)here->n + there->sd * there->sd / (double)there->n);
    }
    experiment_table_text(t, any->setting);
    experiment_table_text(t, any->metric);
    add_side(t, here);
    add_side(t, there);
    experiment_table_number(t, difference);
    experiment_table_number(t, error > 0.0 ? difference / error : (double)NAN);
}

/* What is here, in its order; then what is there alone. With the points of curves, or without. */
static void add_rows(experiment_table *t, const experiment_results *here,
                     const experiment_results *there, int curves)
{
    for (size_t side = 0; side < 2; side++) {
        const experiment_results *const from = side == 0 ? here : there;
        const experiment_results *const to = side == 0 ? there : here;
        for (size_t i = 0; i < from->count; i++) {
            const experiment_summary *const at = &from->rows[i];
            const experiment_summary *const other =
                experiment_results_find(to, at->setting, at->metric);
            if (!curves && strchr(at->metric, '@') != NULL)
                continue;
            if (side == 0)
                add_row(t, at, other);
            else if (other == NULL)
                add_row(t, NULL, at);
        }
    }
}

static rr_status make_tables(experiment_context *ctx, const experiment_results *there,
                             const experiment_origin *origin, rr_error *err)
{
    experiment_table *all = NULL, *some = NULL;
    char *name = NULL;
    const char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, COLUMNS, &all, err));
    RRI_TRY(experiment_table_new(columns, COLUMNS, &some, err));
    add_rows(all, &ctx->results, there, 1);
    add_rows(some, &ctx->results, there, 0);
    RRI_TRY(rri_format(&name, err, "%s-against.tsv", ctx->which->id));
    RRI_TRY(experiment_file(ctx, name, &path, err));
    RRI_TRY(experiment_table_save(all, path, err));
    if (ctx->tables != NULL) {
        (void)fprintf(ctx->tables, "\nhere: version %s; there: version %s, %s data\n\n",
                      ctx->version, origin->version,
                      strcmp(ctx->data_hash, origin->data_hash) == 0 ? "the same" : "OTHER");
        RRI_TRY(experiment_table_print(some, ctx->tables, err));
    }

done:
    rri_free(name);
    experiment_table_free(some);
    experiment_table_free(all);
    return st;
}

rr_status experiment_open_other(const experiment *which, int quick, const char *path,
                                experiment_database **out, experiment_origin *origin, rr_error *err)
{
    rr_status st = RR_OK;

    *out = NULL;
    if (access(path, F_OK) != 0) /* opening would make one */
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%s: no such results database", path));
    RRI_TRY(experiment_database_open(path, out, err));
    RRI_TRY(experiment_database_latest(*out, which->id, experiment_options(quick), origin, err));
    if (!origin->found)
        st = rri_fail(err, RR_ERR_ARG, -1, "%s holds no trial of %s (%s)", path, which->id,
                      experiment_options(quick));

done:
    if (st != RR_OK) {
        experiment_database_close(*out);
        *out = NULL;
    }
    return st;
}

rr_status experiment_compare(experiment_context *ctx, experiment_database *other,
                             const experiment_origin *origin, rr_error *err)
{
    const experiment_key key = { ctx->which->id, experiment_options(ctx->quick), origin->version,
                                 origin->data_hash };
    experiment_results there = { .rows = NULL };
    rr_status st = experiment_database_results(other, &key, &there, err);

    if (st == RR_OK)
        st = make_tables(ctx, &there, origin, err);
    experiment_results_clear(&there);
    return st;
}
