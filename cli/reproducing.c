/* SPDX-License-Identifier: MIT */
/* reproducing.c - see reproducing.h. */
#include "reproducing.h"

#include "kit/progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- the folder ----------------------------------------------------------------------------- */

/* Make a folder and those above it. */
static rr_status make_folder(const char *dir, rr_error *err)
{
    char *path = NULL;
    struct stat info;
    rr_status st = rri_format(&path, err, "%s", dir);
    if (st != RR_OK)
        return st;
    for (char *c = path + 1; path[0] != '\0' && *c != '\0'; c++)
        if (*c == '/') {
            *c = '\0';
            (void)mkdir(path, 0777); /* the last one tells what went wrong */
            *c = '/';
        }
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        st = rri_fail(err, RR_ERR_IO, -1, "cannot make the folder %s: %s", dir, strerror(errno));
    else if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        st = rri_fail(err, RR_ERR_IO, -1, "%s is no folder", dir);
    rri_free(path);
    return st;
}

/* ---- the bar -------------------------------------------------------------------------------- */

typedef struct bar {
    const cli_common *common;
    cli_progress progress;
    char what[240];
    size_t done;
} bar;

/* A new bar whenever something else is counted, or counted anew. */
static void show(void *self, const char *what, size_t done, size_t total, double left)
{
    bar *b = self;
    char remark[48] = "";
    if (strcmp(b->what, what) != 0 || done < b->done) {
        snprintf(b->what, sizeof b->what, "%s", what);
        b->progress = cli_progress_begin(b->common, b->what, "steps", done);
    }
    b->done = done;
    if (left >= 0.0 && left < 360000.0)
        snprintf(remark, sizeof remark, "all in %ld:%02ld", (long)left / 60, (long)left % 60);
    cli_progress_show(&b->progress, done, total, "%s", remark);
}

static void clear(void *self)
{
    bar *b = self;
    cli_progress_clear(&b->progress);
    b->what[0] = '\0';
}

static int interrupted_now(void *self)
{
    (void)self;
    return cli_interrupted();
}

/* ---- the document --------------------------------------------------------------------------- */

/* The object of a setting, at the end of `settings`; borrowed. */
static json_t *add_setting(cli_doc *doc, json_t *settings, const char *name)
{
    json_t *row = json_object();
    cli_append(doc, settings, row);
    cli_set(doc, row, "setting", cli_json_text(name));
    return row;
}

static void add_metric(cli_doc *doc, json_t *metrics, const experiment_summary *at)
{
    json_t *row = json_object();
    cli_append(doc, metrics, row);
    cli_set(doc, row, "name", cli_json_text(at->metric));
    cli_set(doc, row, "mean", cli_json_f64(at->mean));
    cli_set(doc, row, "sd", cli_json_f64(at->sd));
    cli_set(doc, row, "n", cli_json_size(at->n));
    cli_set(doc, row, "seconds", cli_json_f64(at->seconds));
}

static void describe_other(cli_doc *doc, json_t *object, const char *dir,
                           const experiment_origin *origin)
{
    json_t *row = cli_set_object(doc, object, "against");
    cli_set(doc, row, "folder", cli_json_text(dir));
    cli_set(doc, row, "version", cli_json_text(origin->version));
    cli_set(doc, row, "data_hash", cli_json_text(origin->data_hash));
}

static void describe(cli_doc *doc, json_t *object, const experiment_context *ctx)
{
    const experiment_key key = experiment_key_of(ctx);
    const experiment_results *r = &ctx->results;
    json_t *metrics = NULL;

    cli_set(doc, object, "id", cli_json_text(key.experiment));
    cli_set(doc, object, "quick", json_boolean(ctx->quick));
    cli_set(doc, object, "version", cli_json_text(key.version));
    cli_set(doc, object, "data_hash", cli_json_text(key.data_hash));
    json_t *trials = cli_set_object(doc, object, "trials");
    cli_set(doc, trials, "planned", cli_json_size(ctx->planned));
    cli_set(doc, trials, "found", cli_json_size(ctx->found));
    cli_set(doc, trials, "recorded", cli_json_size(ctx->recorded));
    json_t *settings = cli_set_array(doc, object, "settings");
    for (size_t i = 0; i < r->count; i++) {
        if (i == 0 || strcmp(r->rows[i].setting, r->rows[i - 1].setting) != 0)
            metrics = cli_set_array(doc, add_setting(doc, settings, r->rows[i].setting), "metrics");
        add_metric(doc, metrics, &r->rows[i]);
    }
    json_t *files = cli_set_array(doc, object, "files");
    for (size_t i = 0; i < ctx->file_count; i++)
        cli_append(doc, files, cli_json_text(ctx->files[i]));
}

/* ---- the experiment ------------------------------------------------------------------------- */

static void say_end(const cli_reproducing *r, const experiment_context *ctx, const char *path)
{
    if (ctx->stopped)
        fprintf(stderr,
                "rnnrepair reproduce: interrupted; %zu of %zu trials are in %s: the same command "
                "goes on where it ended\n",
                ctx->found + ctx->recorded, ctx->planned, path);
    for (size_t i = 0; i < ctx->file_count && !ctx->stopped; i++)
        cli_say(r->common, "written to %s", ctx->files[i]);
}

rr_status cli_reproduce(const cli_reproducing *r, const experiment *which, cli_doc *doc,
                        json_t *object, int *interrupted, rr_error *err)
{
    bar shown = { .common = r->common };
    const experiment_watch watch = { &shown, show, clear, interrupted_now };
    experiment_context ctx = {
        .data = r->data, .output = r->output, .kept = r->kept, .watch = &watch
    };
    experiment_ledger *other = NULL;
    experiment_origin origin = { .found = 0 };
    char *path = NULL;
    rr_status st = RR_OK;

    ctx.first_seed = r->first_seed;
    ctx.seeds = r->seeds > 0 ? r->seeds : r->quick ? which->quick_seeds : which->seeds;
    ctx.quick = r->quick;
    ctx.threads = r->common->threads;
    ctx.say = r->common->quiet ? NULL : stderr;
    ctx.tables = r->common->json || r->common->capture != NULL ? NULL : stdout;
    if (r->against != NULL) {
        RRI_TRY(rri_format(&path, err, "%s/ledger.sqlite", r->against));
        RRI_TRY(experiment_open_other(which, r->quick, path, &other, &origin, err));
        rri_free(path);
        path = NULL;
    }
    RRI_TRY(make_folder(r->output, err));
    if (r->kept != NULL)
        RRI_TRY(make_folder(r->kept, err));
    RRI_TRY(rri_format(&path, err, "%s/ledger.sqlite", r->output));
    RRI_TRY(experiment_ledger_open(path, &ctx.ledger, err));
    RRI_TRY(experiment_run(which, &ctx, err));
    *interrupted = ctx.stopped;
    if (other != NULL && !ctx.stopped)
        RRI_TRY(experiment_compare(&ctx, other, &origin, err));
    say_end(r, &ctx, path);
    if (!ctx.stopped)
        describe(doc, object, &ctx);
    if (other != NULL && !ctx.stopped)
        describe_other(doc, object, r->against, &origin);

done:
    experiment_context_clear(&ctx);
    experiment_ledger_close(other);
    experiment_ledger_close(ctx.ledger);
    rri_free(path);
    return st;
}
