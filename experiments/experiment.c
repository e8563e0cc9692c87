/* SPDX-License-Identifier: MIT */
/* experiment.c - the frame of all experiments: trials, progress, resuming, the report. */
#include "experiments/experiment.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const experiment *const all[] = {
    &experiment_table1,    &experiment_table2,      &experiment_fig1,   &experiment_fig2,
    &experiment_fig3,      &experiment_fig3_repair, &experiment_table3, &experiment_table3_improved,
    &experiment_table4,    &experiment_faults,      &experiment_pca,    &experiment_backdoor,
    &experiment_inversion, &experiment_speech,      &experiment_tags,   &experiment_halves,
    &experiment_lds,       &experiment_index,       &experiment_aqua,   &experiment_reviewed,
    &experiment_defaults
};

const experiment *const *experiment_all(size_t *n)
{
    *n = sizeof all / sizeof *all;
    return all;
}

const experiment *experiment_find(const char *id)
{
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i]->id, id) == 0 || (all[i]->also != NULL && strcmp(all[i]->also, id) == 0))
            return all[i];
    return NULL;
}

/* ---- running -------------------------------------------------------------------------------- */

const char *experiment_options(int quick)
{
    return quick ? "quick" : "full";
}

void experiment_version(const experiment *which, char out[64])
{
    (void)snprintf(out, 64, "%s/%u", rr_version(), which->revision);
}

experiment_key experiment_key_of(const experiment_context *ctx)
{
    return (experiment_key){ .experiment = ctx->which->id,
                             .options = experiment_options(ctx->quick),
                             .version = ctx->version,
                             .data_hash = ctx->data_hash };
}

static void clear_bar(const experiment_context *ctx)
{
    if (ctx->watch != NULL)
        ctx->watch->clear(ctx->watch->self);
}

rr_status experiment_run(const experiment *which, experiment_context *ctx, rr_error *err)
{
    ctx->which = which;
    ctx->started = rri_seconds();
    experiment_version(which, ctx->version);
    if (ctx->seeds == 0 || ctx->first_seed > INT64_MAX ||
        ctx->seeds - 1 > (uint64_t)INT64_MAX - ctx->first_seed)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%zu seeds from %" PRIu64 ": one at least, all below 2^63", ctx->seeds,
                        ctx->first_seed);
    rr_status st = which->run(ctx, err);
    clear_bar(ctx);
    if (st != RR_OK || ctx->stopped)
        return st;
    const experiment_key key = experiment_key_of(ctx);
    st = experiment_database_results(ctx->database, &key, &ctx->results, err);
    return st == RR_OK ? which->report(ctx, &ctx->results, err) : st;
}

void experiment_context_clear(experiment_context *ctx)
{
    for (size_t i = 0; i < ctx->file_count; i++)
        rri_free(ctx->files[i]);
    ctx->file_count = 0;
    experiment_results_clear(&ctx->results);
}

int experiment_stopped(experiment_context *ctx)
{
    if (!ctx->stopped && ctx->watch != NULL)
        ctx->stopped = ctx->watch->interrupted(ctx->watch->self) != 0;
    return ctx->stopped;
}

/* ---- data and files ------------------------------------------------------------------------- */

rr_status experiment_load(const experiment_context *ctx, const char *kind, const char *place,
                          const char *parameters, rr_split split, rr_dataset **out, rr_error *err)
{
    char *spec = NULL;
    rr_error why = { RR_OK, -1, "" };

    *out = NULL;
    rr_status st = rri_format(&spec, err, "%s:%s/%s%s%s", kind, ctx->data, place,
                              parameters[0] != '\0' ? "?" : "", parameters);
    if (st == RR_OK) {
        experiment_show(ctx, "reading the data", 0, 0);
        st = rr_dataset_load(spec, split, out, &why);
        if (st != RR_OK)
            st = rri_fail(err, st, -1, "%s needs %s data in %s/%s (--data, RNNREPAIR_DATA): %.300s",
                          ctx->which->id, kind, ctx->data, place, why.msg);
    }
    rri_free(spec);
    return st;
}

rr_status experiment_use_data(experiment_context *ctx, const rr_dataset *ds, rr_error *err)
{
    return experiment_use_hash(ctx, rr_dataset_hash(ds), err);
}

rr_status experiment_use_hash(experiment_context *ctx, const char *hash, rr_error *err)
{
    const size_t n = strlen(ctx->data_hash);
    if (n + strlen(hash) + 2 > sizeof ctx->data_hash)
        return rri_fail(err, RR_ERR_ARG, -1, "%s: more than %d sets of data", ctx->which->id,
                        (int)EXPERIMENT_SETS);
    (void)snprintf(ctx->data_hash + n, sizeof ctx->data_hash - n, "%s%s", n > 0 ? "+" : "", hash);
    return RR_OK;
}

rr_status experiment_file(experiment_context *ctx, const char *name, const char **path,
                          rr_error *err)
{
    *path = NULL;
    if (ctx->file_count == EXPERIMENT_FILES)
        return rri_fail(err, RR_ERR_ARG, -1, "%s: more than %d files", ctx->which->id,
                        (int)EXPERIMENT_FILES);
    char **const place = &ctx->files[ctx->file_count];
    const rr_status st = rri_format(place, err, "%s/%s", ctx->output, name);
    if (st == RR_OK) {
        ctx->file_count++;
        *path = *place;
    }
    return st;
}

void experiment_picture(const experiment_context *ctx, char out[96])
{
    (void)snprintf(out, 96, "%s%s-seed-%" PRIu64 ".png", ctx->which->id, ctx->quick ? "-quick" : "",
                   ctx->first_seed);
}

void experiment_add_percent(experiment_table *table, const experiment_summary *at)
{
    experiment_table_number(table, at != NULL ? 100.0 * at->mean : (double)NAN);
    experiment_table_number(table, at != NULL ? 100.0 * at->sd : (double)NAN);
}

rr_status experiment_publish(experiment_context *ctx, const experiment_table *table,
                             const char *name, rr_error *err)
{
    return experiment_publish_some(ctx, table, table, name, err);
}

rr_status experiment_publish_some(experiment_context *ctx, const experiment_table *table,
                                  const experiment_table *some, const char *name, rr_error *err)
{
    const char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_file(ctx, name, &path, err));
    RRI_TRY(experiment_table_save(table, path, err));
    if (ctx->tables != NULL)
        RRI_TRY(experiment_table_print(some, ctx->tables, err));

done:
    return st;
}

/* ---- trials --------------------------------------------------------------------------------- */

rr_status experiment_plan(experiment_context *ctx, const char *const *settings, size_t n,
                          rr_error *err)
{
    const experiment_key key = experiment_key_of(ctx);
    ctx->planned = n * ctx->seeds;
    ctx->found = 0;
    for (size_t i = 0; i < ctx->seeds; i++)
        for (size_t s = 0; s < n; s++) {
            int done = 0;
            const rr_status st = experiment_database_done(ctx->database, &key, settings[s],
                                                          ctx->first_seed + i, &done, err);
            if (st != RR_OK)
                return st;
            ctx->found += done != 0;
        }
    ctx->started = rri_seconds();
    if (ctx->found > 0)
        experiment_note(ctx, "%s: %zu of %zu trials are in the database", ctx->which->id,
                        ctx->found, ctx->planned);
    return RR_OK;
}

/* Seconds until the last trial, by the pace so far; below 0 = unknown. */
static double seconds_left(const experiment_context *ctx)
{
    const size_t done = ctx->found + ctx->recorded;
    if (ctx->recorded == 0 || done > ctx->planned)
        return -1.0;
    return (rri_seconds() - ctx->started) * (double)(ctx->planned - done) / (double)ctx->recorded;
}

rr_status experiment_trial_done(experiment_context *ctx, const char *setting, uint64_t seed,
                                int *done, rr_error *err)
{
    const experiment_key key = experiment_key_of(ctx);
    const rr_status st = experiment_database_done(ctx->database, &key, setting, seed, done, err);
    if (st == RR_OK && !*done)
        (void)snprintf(ctx->trial, sizeof ctx->trial, "trial %zu/%zu (%s, seed %" PRIu64 ")",
                       ctx->found + ctx->recorded + 1, ctx->planned, setting, seed);
    return st;
}

rr_status experiment_each_trial(experiment_context *ctx, const char *const *settings, size_t n,
                                experiment_trial *one, void *self, rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t i = 0; i < ctx->seeds; i++)
        for (size_t s = 0; s < n && !experiment_stopped(ctx); s++) {
            int done = 0;
            RRI_TRY(experiment_trial_done(ctx, settings[s], ctx->first_seed + i, &done, err));
            if (!done)
                RRI_TRY(one(ctx, self, s, ctx->first_seed + i, err));
        }

done:
    return st;
}

rr_status experiment_record(experiment_context *ctx, const char *setting, uint64_t seed,
                            const experiment_metric *metrics, size_t n, rr_error *err)
{
    const experiment_key key = experiment_key_of(ctx);
    const rr_status st =
        experiment_database_record(ctx->database, &key, setting, seed, metrics, n, err);
    if (st != RR_OK)
        return st;
    ctx->recorded++;
    const long spent = (long)(rri_seconds() - ctx->started), left = (long)seconds_left(ctx);
    experiment_note(ctx, "%s: trial %zu/%zu  %s, seed %" PRIu64 "  %ld:%02ld  ETA %ld:%02ld",
                    ctx->which->id, ctx->found + ctx->recorded, ctx->planned, setting, seed,
                    spent / 60, spent % 60, left / 60, left % 60);
    return RR_OK;
}

rr_status experiment_figures_begin(experiment_figures *f, size_t most, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&f->list, most, 1, sizeof *f->list, err));
    RRI_TRY(rri_alloc(&f->names, most, 1, sizeof *f->names, err));

done:
    return st;
}

void experiment_figures_clear(experiment_figures *f)
{
    rri_free(f->names);
    rri_free(f->list);
    *f = (experiment_figures){ .n = 0 };
}

void experiment_figure(experiment_figures *f, const char *name, double value)
{
    f->list[f->n++] = (experiment_metric){ .name = name, .value = value, .seconds = -1.0 };
}

void experiment_figure_at(experiment_figures *f, const char *name, size_t at, double value)
{
    char *const text = f->names[f->n];
    (void)snprintf(text, sizeof f->names[0], "%s@%zu", name, at);
    experiment_figure(f, text, value);
}

void experiment_figure_took(experiment_figures *f, double seconds)
{
    f->list[f->n - 1].seconds = seconds;
}

const char *experiment_kept(const experiment_context *ctx)
{
    return ctx->kept != NULL ? ctx->kept : ctx->output;
}

/* ---- diagnostics
 * ----------------------------------------------------------------------------------- */

void experiment_note(const experiment_context *ctx, const char *fmt, ...)
{
    va_list ap;
    clear_bar(ctx);
    if (ctx->notes == NULL)
        return;
    va_start(ap, fmt);
    (void)vfprintf(ctx->notes, fmt, ap);
    va_end(ap);
    (void)fputc('\n', ctx->notes);
    (void)fflush(ctx->notes);
}

void experiment_show(const experiment_context *ctx, const char *what, size_t done, size_t total)
{
    char text[240];
    if (ctx->watch == NULL)
        return;
    (void)snprintf(text, sizeof text, "%s%s%s", ctx->trial, ctx->trial[0] != '\0' ? " " : "", what);
    ctx->watch->show(ctx->watch->self, text, done, total, seconds_left(ctx));
}
