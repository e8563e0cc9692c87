/* SPDX-License-Identifier: MIT */
/* cmd_run.c - `rnnrepair-experiments run`: an experiment, or all, into a folder of results. */
#include "experiments/commands.h"
#include "experiments/experiment.h"

#include "kit/options.h"
#include "kit/output.h"
#include "kit/progress.h"

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
    { .name = "data",
      .kind = CLI_STR,
      .offset = offsetof(args, data),
      .value = "DIR",
      .preset = "RNNREPAIR_DATA, else ../shared/data",
      .help = "the folder with the datasets, one folder each (mnist/, ...)" },
    { .name = "output",
      .letter = 'o',
      .kind = CLI_STR,
      .offset = offsetof(args, dir),
      .value = "DIR",
      .preset = "reproduce-ID",
      .help = "folder for the results database, tables and plots; of `all`, for a folder each" },
    { .name = "seeds",
      .kind = CLI_SIZE,
      .offset = offsetof(args, seeds),
      .value = "N",
      .min = 1,
      .max = 1e6,
      .preset = "the experiment's own number",
      .help = "seeds each setting is tried with" },
    { .name = "first-seed",
      .kind = CLI_U64,
      .offset = offsetof(args, first_seed),
      .value = "N",
      .help = "the first of them; several processes may share the seeds" },
    { .name = "seed",
      .kind = CLI_U64,
      .offset = offsetof(args, first_seed),
      .value = "N",
      .preset = "1",
      .help = "another name for --first-seed" },
    { .name = "quick",
      .kind = CLI_FLAG,
      .offset = offsetof(args, quick),
      .help = "a trial of the experiment: less data, fewer seeds" },
    { .name = "networks",
      .kind = CLI_STR,
      .offset = offsetof(args, networks),
      .value = "DIR",
      .preset = "the output folder; of `all`, networks in it",
      .help = "folder for the trained networks, which experiments may share" },
    { .name = "against",
      .kind = CLI_STR,
      .offset = offsetof(args, against),
      .value = "DIR",
      .help = "compare with what another folder's results database holds of the experiment" },
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

static void say_end(const order *r, const experiment_context *ctx, const char *path)
{
    if (ctx->stopped)
        fprintf(
            stderr,
            "rnnrepair-experiments run: interrupted; %zu of %zu trials are in %s: the same command "
            "goes on where it ended\n",
            ctx->found + ctx->recorded, ctx->planned, path);
    for (size_t i = 0; i < ctx->file_count && !ctx->stopped; i++)
        cli_say(r->common, "written to %s", ctx->files[i]);
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

/* Carry an experiment out. The members of its document are put into `object` of doc, the root where
 * it is NULL. Interrupted: *interrupted is 1, and the remark has been printed. */
static rr_status carry_out(const order *r, const experiment *which, cli_doc *doc, json_t *object,
                           int *interrupted, rr_error *err)
{
    bar shown = { .common = r->common };
    const experiment_watch watch = { &shown, show, clear, interrupted_now };
    experiment_context ctx = {
        .data = r->data, .output = r->output, .kept = r->kept, .watch = &watch
    };
    experiment_database *other = NULL;
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
        RRI_TRY(database_path(r->against, &path, err));
        RRI_TRY(experiment_open_other(which, r->quick, path, &other, &origin, err));
        rri_free(path);
        path = NULL;
    }
    RRI_TRY(make_folder(r->output, err));
    RRI_TRY(database_path(r->output, &path, err));
    if (r->kept != NULL)
        RRI_TRY(make_folder(r->kept, err));
    RRI_TRY(experiment_database_open(path, &ctx.database, err));
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
static rr_status run_one(const args *a, const experiment *which, int one_of_all, cli_doc *doc,
                         json_t *object, int *interrupted, rr_error *err)
{
    order r = { .common = &a->common, .data = a->data };
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
    r.output = dir;
    r.kept = kept;
    r.against = against;
    r.seeds = a->seeds;
    r.first_seed = a->first_seed;
    r.quick = a->quick;
    RRI_TRY(carry_out(&r, which, doc, object, interrupted, err));

done:
    rri_free(kept);
    rri_free(against);
    rri_free(dir);
    return st;
}

/* One that fails, for want of its data say, does not keep the others from being carried out: it is
 * named at once, and the first failure is that of the whole. */
static rr_status run_all(const args *a, cli_doc *doc, int *interrupted, rr_error *err)
{
    size_t n = 0;
    const experiment *const *all = experiment_all(&n);
    json_t *rows = cli_set_array(doc, NULL, "experiments");
    rr_status st = RR_OK;
    for (size_t i = 0; i < n && !*interrupted; i++) {
        rr_error here = { RR_OK, -1, "" };
        json_t *row = json_object();
        const rr_status one = run_one(a, all[i], 1, doc, row, interrupted, &here);
        if (one == RR_OK) {
            cli_append(doc, rows, row);
            continue;
        }
        json_decref(row);
        cli_say(&a->common, "%s failed: %s", all[i]->id, here.msg);
        if (st == RR_OK) {
            st = one;
            *err = here;
        }
    }
    return st;
}

static int run_run(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    cli_doc doc = cli_doc_new();
    int interrupted = 0;
    rr_status st = RR_OK;

    RRI_TRY(find_data(a, &err));
    if (cli_given(&a->common, "seed") && cli_given(&a->common, "first-seed"))
        RRI_TRY(rri_fail(&err, RR_ERR_ARG, -1, "--seed and --first-seed are the same: give one"));
    if (strcmp(a->id, "all") == 0) {
        RRI_TRY(run_all(a, &doc, &interrupted, &err));
    } else if (experiment_find(a->id) != NULL) {
        RRI_TRY(run_one(a, experiment_find(a->id), 0, &doc, NULL, &interrupted, &err));
    } else {
        RRI_TRY(unknown(a->id, &err));
    }
    if (!interrupted)
        RRI_TRY(cli_emit(&a->common, &doc, &err));

done:
    cli_doc_free(&doc);
    return st == RR_OK && interrupted ? CLI_INTERRUPTED : cli_finish(&a->common, st, &err);
}

const cli_verb experiment_command_run = {
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
