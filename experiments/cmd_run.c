/* SPDX-License-Identifier: MIT */
/* cmd_run.c - `rnnrepair-experiments run`: an experiment, or all, into a folder of results. */
#include "experiments/commands.h"
#include "experiments/experiment.h"

#include "kit/progress.h"
#include "kit/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct args {
    cli_common common;
    const char *id;
    const char *data;
    const char *dir;
    size_t seeds;
    uint64_t first_seed;
    int quick;
    const char *networks;
    const char *against;
} args;

static const cli_operand operands[] = {
    { "ID", offsetof(args, id), 0,
      "an experiment; the command list names them, `all` means each of them" },
};

static const cli_opt opts[] = {
    OPT_STR(args, data, "data", "DIR",
            "the folder with the datasets, one folder each (mnist/, ...)",
            .preset = "RNNREPAIR_DATA, else ../shared/data"),
    OPT_STR(args, dir, "output", "DIR",
            "folder for the results database, tables and plots; of `all`, for a folder each",
            .letter = 'o', .preset = "reproduce-ID"),
    OPT_SIZE(args, seeds, "seeds", 1, 1e6, "seeds each setting is tried with",
             .preset = "the experiment's own number"),
    OPT_U64(args, first_seed, "first-seed",
            "the first of them; several processes may share the seeds"),
    OPT_U64(args, first_seed, "seed", "another name for --first-seed", .preset = "1"),
    OPT_FLAG(args, quick, "quick", "a trial of the experiment: less data, fewer seeds"),
    OPT_STR(args, networks, "networks", "DIR",
            "folder for the trained networks, which experiments may share",
            .preset = "the output folder; of `all`, networks in it"),
    OPT_STR(args, against, "against", "DIR",
            "compare with what another folder's results database holds of the experiment"),
};

static void defaults(void *p)
{
    ((args *)p)->first_seed = 1;
}

/* What the command line asks for. Texts are borrowed. */
typedef struct order {
    const cli_common *common;
    const char *data;
    const char *output; /* the experiment's folder; made as needed */
    const char
        *kept;    /* that of networks several experiments share, made as needed; NULL = output */
    size_t seeds; /* 0 = the experiment's own number */
    uint64_t first_seed;
    int quick;
    const char *against; /* the folder of another run of it; NULL = none */
} order;

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

static const cli_column metric_table[] = {
    COL_DATA(TEXT, experiment_summary, metric, "name"),
    COL_DATA(F64, experiment_summary, mean, "mean"),
    COL_DATA(F64, experiment_summary, sd, "sd"),
    COL_DATA(SIZE, experiment_summary, n, "n"),
    COL_DATA(F64, experiment_summary, seconds, "seconds"),
};
static const cli_columns metric_columns = CLI_COLUMNS(experiment_summary, metric_table);

typedef struct setting {
    const char *name;
    cli_list metrics;
} setting;
static const cli_column setting_table[] = {
    COL_DATA(TEXT, setting, name, "setting"),
    COL_ROWS(setting, metrics, "metrics", metric_columns),
};
static const cli_columns setting_columns = CLI_COLUMNS(setting, setting_table);

static const cli_column trials_table[] = {
    COL_DATA(SIZE, experiment_context, planned, "planned"),
    COL_DATA(SIZE, experiment_context, found, "found"),
    COL_DATA(SIZE, experiment_context, recorded, "recorded"),
};
static const cli_columns trials_columns = CLI_COLUMNS(experiment_context, trials_table);

typedef struct outcome {
    experiment_key key;
    int quick;
    experiment_context trials;
    cli_list settings, files;
} outcome;
static const cli_column outcome_table[] = {
    COL_DATA(TEXT, outcome, key.experiment, "id"),
    COL_DATA(FLAG, outcome, quick, "quick"),
    COL_DATA(TEXT, outcome, key.version, "version"),
    COL_DATA(TEXT, outcome, key.data_hash, "data_hash"),
    COL_RECORD(outcome, trials, "trials", trials_columns),
    COL_ROWS(outcome, settings, "settings", setting_columns),
    COL_NUMBERS(TEXT, outcome, files, "files", NULL, 0),
};
static const cli_columns outcome_columns = CLI_COLUMNS(outcome, outcome_table);

typedef struct comparison {
    const char *folder;
    experiment_origin origin;
} comparison;
static const cli_column comparison_table[] = {
    COL_DATA(TEXT, comparison, folder, "folder"),
    COL_DATA(CHARS, comparison, origin.version, "version"),
    COL_DATA(CHARS, comparison, origin.data_hash, "data_hash"),
};
static const cli_columns comparison_columns = CLI_COLUMNS(comparison, comparison_table);

static rr_status describe(cli_result *r, const experiment_context *ctx, rr_error *err)
{
    const experiment_results *const results = &ctx->results;
    outcome o = { .key = experiment_key_of(ctx),
                  .quick = ctx->quick,
                  .trials = *ctx,
                  .files = { ctx->files, ctx->file_count, 0 } };
    setting *settings = NULL;
    const rr_status st = cli_result_alloc(r, &settings, results->count, sizeof *settings, err);

    if (st != RR_OK)
        return st;
    o.settings.items = settings;
    for (size_t i = 0; i < results->count; i++) { /* the rows of a setting follow each other */
        const experiment_summary *const row = &results->rows[i];
        if (i == 0 || strcmp(row->setting, row[-1].setting) != 0)
            settings[o.settings.count++] = (setting){ row->setting, { .items = row } };
        settings[o.settings.count - 1].metrics.count++;
    }
    cli_put_record(r, NULL, &outcome_columns, &o);
    return RR_OK;
}

/* ---- the experiment ------------------------------------------------------------------------- */

static void say_end(const order *o, const experiment_context *ctx, const char *path)
{
    if (ctx->stopped)
        fprintf(
            stderr,
            "rnnrepair-experiments run: interrupted; %zu of %zu trials are in %s: the same command "
            "goes on where it ended\n",
            ctx->found + ctx->recorded, ctx->planned, path);
    for (size_t i = 0; i < ctx->file_count && !ctx->stopped; i++)
        cli_say(o->common, "written to %s", ctx->files[i]);
}

/* The results database of a folder. One that an earlier version named is refused, not left aside.
 */
static rr_status database_path(const char *dir, char **out, rr_error *err)
{
    char *earlier = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_format(out, err, "%s/results.sqlite", dir));
    RRI_TRY(rri_format(&earlier, err, "%s/ledger.sqlite", dir));
    if (access(*out, F_OK) != 0 && access(earlier, F_OK) == 0)
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "%s: results of an earlier version; rename it to results.sqlite to use them, "
                      "or give another folder",
                      earlier);

done:
    rri_free(earlier);
    return st;
}

/* Carry an experiment out and put what it gave into the result. Interrupted: *interrupted is 1, and
 * the remark has been printed. */
static rr_status carry_out(const order *o, const experiment *which, cli_result *r, int *interrupted,
                           rr_error *err)
{
    bar shown = { .common = o->common };
    const experiment_watch watch = { &shown, show, clear, interrupted_now };
    experiment_context ctx = {
        .data = o->data, .output = o->output, .kept = o->kept, .watch = &watch
    };
    experiment_database *other = NULL;
    comparison against = { .folder = o->against };
    char *path = NULL;
    rr_status st = RR_OK;

    ctx.first_seed = o->first_seed;
    ctx.seeds = o->seeds > 0 ? o->seeds : o->quick ? which->quick_seeds : which->seeds;
    ctx.quick = o->quick;
    ctx.threads = o->common->threads;
    ctx.notes = o->common->quiet ? NULL : stderr;
    ctx.tables = r->text ? stdout : NULL;
    if (o->against != NULL) {
        RRI_TRY(database_path(o->against, &path, err));
        RRI_TRY(experiment_open_other(which, o->quick, path, &other, &against.origin, err));
        rri_free(path);
        path = NULL;
    }
    RRI_TRY(make_folder(o->output, err));
    RRI_TRY(database_path(o->output, &path, err));
    if (o->kept != NULL)
        RRI_TRY(make_folder(o->kept, err));
    RRI_TRY(experiment_database_open(path, &ctx.database, err));
    RRI_TRY(experiment_run(which, &ctx, err));
    *interrupted = ctx.stopped;
    if (other != NULL && !ctx.stopped)
        RRI_TRY(experiment_compare(&ctx, other, &against.origin, err));
    say_end(o, &ctx, path);
    if (!ctx.stopped)
        RRI_TRY(describe(r, &ctx, err));
    if (other != NULL && !ctx.stopped)
        cli_put_record(r, "against", &comparison_columns, &against);

done:
    experiment_context_clear(&ctx);
    experiment_database_close(other);
    experiment_database_close(ctx.database);
    rri_free(path);
    return st;
}

/* ---- the command ---------------------------------------------------------------------------- */

/* The folder with the datasets. */
static rr_status find_data(args *a, rr_error *err)
{
    const char *const from_env = getenv("RNNREPAIR_DATA");

    if (a->data == NULL)
        a->data = from_env != NULL && from_env[0] != '\0' ? from_env : "../shared/data";
    if (a->data[0] == '\0' || strchr(a->data, '?') != NULL)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--data '%s': no folder of datasets can have that name", a->data);
    return RR_OK;
}

static rr_status unknown(const char *id, rr_error *err)
{
    size_t n = 0;
    const experiment *const *all = experiment_all(&n);
    const char *names[64] = { "all" };
    size_t count = 1;
    for (size_t i = 0; i < n && count + 2 <= sizeof names / sizeof *names; i++) {
        names[count++] = all[i]->id;
        if (all[i]->also != NULL)
            names[count++] = all[i]->also;
    }
    const char *near = cli_nearest(id, names, count);
    if (near != NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "no experiment %s; did you mean %s?", id, near);
    return rri_fail(err, RR_ERR_ARG, -1, "no experiment %s; rnnrepair-experiments list names them",
                    id);
}

/* One experiment into DIR, or DIR/ID where it is one of all. */
static rr_status run_one(const args *a, const experiment *which, int one_of_all, cli_result *r,
                         int *interrupted, rr_error *err)
{
    order o = { .common = &a->common, .data = a->data };
    char *dir = NULL, *against = NULL, *kept = NULL;
    rr_status st = RR_OK;

    if (a->dir == NULL)
        RRI_TRY(rri_format(&dir, err, "reproduce-%s", which->id));
    else if (one_of_all)
        RRI_TRY(rri_format(&dir, err, "%s/%s", a->dir, which->id));
    else
        RRI_TRY(rri_format(&dir, err, "%s", a->dir));
    if (a->against != NULL)
        RRI_TRY(rri_format(&against, err, "%s%s%s", a->against, one_of_all ? "/" : "",
                           one_of_all ? which->id : ""));
    if (a->networks != NULL)
        RRI_TRY(rri_format(&kept, err, "%s", a->networks));
    else if (one_of_all && a->dir == NULL)
        RRI_TRY(rri_format(&kept, err, "reproduce-networks"));
    else if (one_of_all)
        RRI_TRY(rri_format(&kept, err, "%s/networks", a->dir));
    o.output = dir;
    o.kept = kept;
    o.against = against;
    o.seeds = a->seeds;
    o.first_seed = a->first_seed;
    o.quick = a->quick;
    RRI_TRY(carry_out(&o, which, r, interrupted, err));

done:
    rri_free(kept);
    rri_free(against);
    rri_free(dir);
    return st;
}

/* One that fails, for want of its data say, does not keep the others from being carried out: it is
 * named at once, and the first failure is that of the whole. */
static rr_status run_all(const args *a, cli_result *r, int *interrupted, rr_error *err)
{
    size_t n = 0;
    const experiment *const *all = experiment_all(&n);
    json_t *const rows = r->root != NULL ? json_array() : NULL, *const root = r->at;
    rr_status st = RR_OK;
    for (size_t i = 0; i < n && !*interrupted; i++) {
        rr_error here = { RR_OK, -1, "" };
        json_t *const row = r->root != NULL ? json_object() : NULL;
        r->at = row;
        const rr_status one = run_one(a, all[i], 1, r, interrupted, &here);
        r->at = root;
        if (one == RR_OK) {
            if (r->root != NULL && json_array_append_new(rows, row) != 0)
                r->failed = 1;
            continue;
        }
        json_decref(row);
        cli_say(&a->common, "%s failed: %s", all[i]->id, here.msg);
        if (st == RR_OK) {
            st = one;
            *err = here;
        }
    }
    if (r->root != NULL)
        cli_put(r, "experiments", rows);
    return st;
}

static int run_run(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    cli_result r = cli_result_begin(&a->common, 0);
    int interrupted = 0;
    rr_status st = RR_OK;

    RRI_TRY(find_data(a, &err));
    if (cli_given(&a->common, "seed") && cli_given(&a->common, "first-seed"))
        RRI_TRY(rri_fail(&err, RR_ERR_ARG, -1, "--seed and --first-seed are the same: give one"));
    if (strcmp(a->id, "all") == 0)
        RRI_TRY(run_all(a, &r, &interrupted, &err));
    else if (experiment_find(a->id) != NULL)
        RRI_TRY(run_one(a, experiment_find(a->id), 0, &r, &interrupted, &err));
    else
        RRI_TRY(unknown(a->id, &err));
    if (!interrupted)
        RRI_TRY(cli_result_end(&r, &err));

done:
    cli_result_free(&r);
    return st == RR_OK && interrupted ? CLI_INTERRUPTED : cli_finish(&a->common, st, &err);
}

const cli_command experiment_command_run = {
    .name = "run",
    .summary = "carry out the paper's experiments",
    .about =
        "An experiment is a list of trials, each a setting with a seed. A trial's figures go into\n"
        "DIR/results.sqlite at its end; what is there is not computed again, so the same command\n"
        "goes on after an interruption, and several processes with other --first-seed may share\n"
        "one DIR. Tables and plots are made at the end, over all the seeds that the database "
        "holds\n"
        "for this version, these data and this choice of --quick. `rnnrepair-experiments list` "
        "says\n"
        "what each experiment is. Networks are kept, so that several experiments train them once\n"
        "(--networks). `all` goes on where one fails, and fails at the end.\n",
    .members = "id, quick, version, data_hash\n"
               "trials    {planned, found, recorded}\n"
               "settings  [{setting, metrics: [{name, mean, sd, n, seconds}]}]\n"
               "files     [path]\n"
               "against   {folder, version, data_hash} with --against\n"
               "of `all`: experiments, such an object each\n",
    .examples = "rnnrepair-experiments run pca --quick\n"
                "rnnrepair-experiments run pca --seeds 5 -o pca\n"
                "rnnrepair-experiments run pca --seeds 5 --first-seed 6 -o pca\n"
                "rnnrepair-experiments run pca --seeds 5 -o again --against pca\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_run,
};
