/* SPDX-License-Identifier: MIT */
/* reproduce.c - `rnnrepair reproduce`: the paper's experiments. */
#include "kit/options.h"
#include "kit/progress.h"
#include "reproducing.h"

#include <stdlib.h>
#include <string.h>

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
    { "ID", offsetof(args, id), 0, "an experiment; `list` names them, `all` means each of them" },
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
      .help = "folder for the ledger, tables and plots; of `all`, for a folder each" },
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
      .help = "compare with what another folder's ledger holds of the experiment" },
};

static void defaults(void *p)
{
    ((args *)p)->first_seed = 1;
}

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
    const char *names[64] = { "list", "all" };
    size_t count = 2;
    for (size_t i = 0; i < n && count + 2 <= sizeof names / sizeof *names; i++) {
        names[count++] = all[i]->id;
        if (all[i]->also != NULL)
            names[count++] = all[i]->also;
    }
    const char *near = cli_nearest(id, names, count);
    if (near != NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "no experiment %s; did you mean %s?", id, near);
    return rri_fail(err, RR_ERR_ARG, -1, "no experiment %s; rnnrepair reproduce list names them",
                    id);
}

/* The experiments as a table, and in the document. */
static void list(const args *a, cli_doc *doc)
{
    size_t n = 0;
    const experiment *const *all = experiment_all(&n);
    json_t *rows = cli_set_array(doc, NULL, "experiments");
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_object();
        cli_append(doc, rows, row);
        cli_set(doc, row, "id", cli_json_text(all[i]->id));
        if (all[i]->also != NULL)
            cli_set(doc, row, "also", cli_json_text(all[i]->also));
        cli_set(doc, row, "summary", cli_json_text(all[i]->summary));
        cli_set(doc, row, "about", cli_json_text(all[i]->about));
        cli_set(doc, row, "seeds", cli_json_size(all[i]->seeds));
        cli_set(doc, row, "quick_seeds", cli_json_size(all[i]->quick_seeds));
        if (!a->common.json && a->common.capture == NULL)
            printf("%s%s%s - %s\n\n%s\n", all[i]->id, all[i]->also != NULL ? ", " : "",
                   all[i]->also != NULL ? all[i]->also : "", all[i]->summary, all[i]->about);
    }
}

/* One experiment into DIR, or DIR/ID where it is one of all. */
static rr_status reproduce(const args *a, const experiment *which, int one_of_all, cli_doc *doc,
                           json_t *object, int *interrupted, rr_error *err)
{
    cli_reproducing r = { .common = &a->common, .data = a->data };
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
    RRI_TRY(cli_reproduce(&r, which, doc, object, interrupted, err));

done:
    rri_free(kept);
    rri_free(against);
    rri_free(dir);
    return st;
}

/* One that fails, for want of its data say, does not keep the others from being carried out: it is
 * named at once, and the first failure is that of the whole. */
static rr_status reproduce_all(const args *a, cli_doc *doc, int *interrupted, rr_error *err)
{
    size_t n = 0;
    const experiment *const *all = experiment_all(&n);
    json_t *rows = cli_set_array(doc, NULL, "experiments");
    rr_status st = RR_OK;
    for (size_t i = 0; i < n && !*interrupted; i++) {
        rr_error here = { RR_OK, -1, "" };
        json_t *row = json_object();
        const rr_status one = reproduce(a, all[i], 1, doc, row, interrupted, &here);
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

static int run_reproduce(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    cli_doc doc = cli_doc_new();
    int interrupted = 0;
    rr_status st = RR_OK;

    if (strcmp(a->id, "list") != 0)
        RRI_TRY(find_data(a, &err));
    if (cli_given(&a->common, "seed") && cli_given(&a->common, "first-seed"))
        RRI_TRY(rri_fail(&err, RR_ERR_ARG, -1, "--seed and --first-seed are the same: give one"));
    if (strcmp(a->id, "list") == 0) {
        RRI_TRY(cli_refuse_given(&a->common, "data output seeds first-seed quick networks against",
                                 "list", &err));
        list(a, &doc);
    } else if (strcmp(a->id, "all") == 0) {
        RRI_TRY(reproduce_all(a, &doc, &interrupted, &err));
    } else if (experiment_find(a->id) != NULL) {
        RRI_TRY(reproduce(a, experiment_find(a->id), 0, &doc, NULL, &interrupted, &err));
    } else {
        RRI_TRY(unknown(a->id, &err));
    }
    if (!interrupted)
        RRI_TRY(cli_emit(&a->common, &doc, &err));

done:
    cli_doc_free(&doc);
    return st == RR_OK && interrupted ? CLI_INTERRUPTED : cli_finish(&a->common, st, &err);
}

const cli_command cli_command_reproduce = {
    .name = "reproduce",
    .summary = "carry out the paper's experiments",
    .about =
        "An experiment is a list of trials, each a setting with a seed. A trial's figures go into\n"
        "DIR/ledger.sqlite at its end; what is there is not computed again, so the same command\n"
        "goes on after an interruption, and several processes with other --first-seed may share\n"
        "one DIR. Tables and plots are made at the end, over all the seeds that the ledger holds\n"
        "for this version, these data and this choice of --quick. `rnnrepair reproduce list` says\n"
        "what each experiment is. Networks are kept, so that several experiments train them once\n"
        "(--networks). `all` goes on where one fails, and fails at the end.\n",
    .members = "id, quick, version, data_hash\n"
               "trials    {planned, found, recorded}\n"
               "settings  [{setting, metrics: [{name, mean, sd, n, seconds}]}]\n"
               "files     [path]\n"
               "against   {folder, version, data_hash} with --against\n"
               "of `all`, `list`: experiments, of `all` with such an object each\n",
    .examples = "rnnrepair reproduce list\n"
                "rnnrepair reproduce pca --quick\n"
                "rnnrepair reproduce pca --seeds 5 -o pca\n"
                "rnnrepair reproduce pca --seeds 5 --first-seed 6 -o pca\n"
                "rnnrepair reproduce pca --seeds 5 -o again --against pca\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_reproduce,
};
