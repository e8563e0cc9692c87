/* SPDX-License-Identifier: MIT */
/* build.c - `rnnrepair build`: the influence model of a run. */
#include "building.h"
#include "kit/options.h"
#include "kit/paths.h"
#include "kit/progress.h"
#include "training.h"

#include <float.h>
#include <stdlib.h>

typedef struct args {
    cli_common common;
    const char *dir;
    const char *data;
    rr_influence_config cfg;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory" },
};

static const cli_opt opts[] = {
    { .name = "pca",
      .kind = CLI_SIZE,
      .offset = offsetof(args, cfg.components),
      .value = "P",
      .min = 1,
      .max = 65536,
      .help = "principal components kept; at most H are used" },
    { .name = "states",
      .kind = CLI_SIZE,
      .offset = offsetof(args, cfg.partition.states),
      .value = "K",
      .min = 1,
      .max = 65534,
      .preset = "grow until --stability",
      .help = "a fixed number of abstract states" },
    { .name = "stability",
      .kind = CLI_F64,
      .offset = offsetof(args, cfg.partition.stability),
      .value = "F",
      .min = 0,
      .max = 1,
      .help = "mean stability at which growing stops" },
    { .name = "max-states",
      .kind = CLI_SIZE,
      .offset = offsetof(args, cfg.partition.max_states),
      .value = "K",
      .min = 1,
      .max = 65534,
      .help = "where growing ends at the latest" },
    { .name = "search",
      .kind = CLI_ENUM,
      .offset = offsetof(args, cfg.partition.search),
      .choice = RR_ENUM_SEARCH,
      .help = "grow by splitting a state, or fit each K afresh" },
    { .name = "symbols",
      .kind = CLI_SIZE,
      .offset = offsetof(args, cfg.symbols),
      .value = "V",
      .min = 1,
      .max = 1e6,
      .help = "codebook of frames for the state-symbol key; 1 = off" },
    { .name = "max-iter",
      .kind = CLI_SIZE,
      .offset = offsetof(args, cfg.partition.gmm.max_iter),
      .value = "N",
      .min = 1,
      .max = 1e6,
      .help = "steps of expectation-maximisation at most" },
    { .name = "tol",
      .kind = CLI_F64,
      .offset = offsetof(args, cfg.partition.gmm.tol),
      .value = "F",
      .help = "stop below this gain, nats a row; below 0 = never" },
    { .name = "floor",
      .kind = CLI_F64,
      .offset = offsetof(args, cfg.partition.gmm.floor),
      .value = "F",
      .min = 1e-30,
      .max = DBL_MAX,
      .help = "added to every variance" },
    { .name = "seed",
      .kind = CLI_U64,
      .offset = offsetof(args, cfg.seed),
      .value = "N",
      .help = "of the mixture's and the codebook's starts" },
    OPT_DATA(args),
};

static void defaults(void *p)
{
    ((args *)p)->cfg = rr_influence_config_default();
}

static rr_status emit(const args *a, const rr_influence *inf, double total, rr_error *err)
{
    static const char *const phases[] = { "trace", "project", "cluster", "index" };
    const rr_influence_info info = rr_influence_info_of(inf);
    size_t n = 0;
    const rr_curve_point *curve = rr_influence_curve(inf, &n);
    cli_doc doc = cli_doc_new();

    cli_set(&doc, NULL, "run", cli_json_text(a->dir));
    cli_set(&doc, NULL, "states", cli_json_size(info.states));
    cli_set(&doc, NULL, "components", cli_json_size(info.components));
    cli_set(&doc, NULL, "explained_variance", cli_json_f64(info.explained_variance));
    cli_set(&doc, NULL, "symbols", cli_json_size(info.symbols));
    json_t *stability = cli_set_object(&doc, NULL, "stability");
    cli_set(&doc, stability, "mean", cli_json_f64(info.stability_mean));
    cli_set(&doc, stability, "min", cli_json_f64(info.stability_min));
    json_t *rows = cli_set_array(&doc, NULL, "curve");
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_object();
        cli_set(&doc, row, "states", cli_json_size(curve[i].states));
        cli_set(&doc, row, "stability_mean", cli_json_f64(curve[i].stability_mean));
        cli_set(&doc, row, "stability_min", cli_json_f64(curve[i].stability_min));
        cli_set(&doc, row, "log_likelihood", cli_json_f64(curve[i].log_likelihood));
        cli_set(&doc, row, "bic", cli_json_f64(curve[i].bic));
        cli_set(&doc, row, "seconds", cli_json_f64(curve[i].seconds));
        cli_append(&doc, rows, row);
    }
    json_t *seconds = cli_set_object(&doc, NULL, "seconds");
    for (size_t i = 0; i < 4; i++)
        cli_set(&doc, seconds, phases[i], cli_json_f64(info.seconds[i]));
    cli_set(&doc, seconds, "total", cli_json_f64(total));
    cli_set(&doc, NULL, "sequences", cli_json_size(info.sequences));
    cli_set(&doc, NULL, "steps", cli_json_size(info.steps));
    cli_set(&doc, NULL, "peak_rss_bytes", cli_json_size(cli_peak_rss()));
    const rr_status st = cli_emit(&a->common, &doc, err);
    cli_doc_free(&doc);
    return st;
}

static void print_tables(const rr_influence *inf, double total)
{
    const rr_influence_info info = rr_influence_info_of(inf);
    size_t n = 0;
    const rr_curve_point *curve = rr_influence_curve(inf, &n);
    printf("%6s  %9s  %9s  %14s  %14s  %8s\n", "states", "stability", "min", "log-likelihood",
           "bic", "seconds");
    for (size_t i = 0; i < n; i++)
        printf("%6zu  %9.4f  %9.4f  %14.5f  %14.0f  %8.2f\n", curve[i].states,
               curve[i].stability_mean, curve[i].stability_min, curve[i].log_likelihood,
               curve[i].bic, curve[i].seconds);
    printf("\nstates      %zu\n", info.states);
    printf("stability   %.4f mean, %.4f min\n", info.stability_mean, info.stability_min);
    printf("components  %zu, %.1f %% of the variance\n", info.components,
           100.0 * info.explained_variance);
    printf("symbols     %zu\n", info.symbols);
    printf("sequences   %zu, %zu steps\n", info.sequences, info.steps);
    printf("seconds     %.2f (trace %.2f, project %.2f, cluster %.2f, index %.2f)\n", total,
           info.seconds[0], info.seconds[1], info.seconds[2], info.seconds[3]);
    printf("peak        %.0f MiB\n", (double)cli_peak_rss() / 1048576.0);
}

static int run_build(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    rr_run *run = NULL;
    rr_network *net = NULL;
    rr_dataset *train = NULL;
    rr_influence *inf = NULL;
    char *path = NULL;
    int interrupted = 0;
    rr_status st = RR_OK;

    if (cli_given(&a->common, "states") && cli_given(&a->common, "stability"))
        RRI_TRY(rri_fail(&err, RR_ERR_ARG, -1,
                         "--states fixes K and --stability searches it: give one of the two"));
    if (cli_given(&a->common, "states"))
        RRI_TRY(cli_refuse_given(&a->common, "max-states", "--states", &err));
    a->cfg.threads = a->common.threads;
    RRI_TRY(cli_open_run(a->dir, &run, &err));
    RRI_TRY(cli_check_writable(a->dir, &err));
    RRI_TRY(cli_open_model(run, &net, &err));
    RRI_TRY(cli_run_dataset(run, RR_SPLIT_TRAIN, a->data, &train, &err));
    const double start = rri_seconds();
    RRI_TRY(cli_build(&a->common, &a->cfg, net, train, &inf, &interrupted, &err));
    if (interrupted) {
        fprintf(stderr, "rnnrepair build: interrupted; nothing was written\n");
        goto done;
    }
    const double total = rri_seconds() - start;
    RRI_TRY(rr_run_path(run, RR_RUN_INFLUENCE, &path, &err));
    RRI_TRY(cli_save_influence(run, net, inf, path, &err));
    if (!a->common.json)
        print_tables(inf, total);
    RRI_TRY(emit(a, inf, total, &err));
    cli_say(&a->common, "written to %s", path);

done:
    rr_string_free(path);
    rr_influence_free(inf);
    rr_dataset_free(train);
    rr_network_free(net);
    rr_run_free(run);
    return interrupted ? CLI_INTERRUPTED : cli_finish(&a->common, st, &err);
}

const cli_command cli_command_build = {
    .name = "build",
    .summary = "build the influence model of a run",
    .about = "Runs the model over the training set, projects its hidden states on principal\n"
             "components, clusters them into abstract states, and indexes which training steps\n"
             "passed which transition. The result is RUN/influence.safetensors. K is fixed by\n"
             "--states, or grows from 1 until the mean stability reaches --stability.\n",
    .members =
        "states, components, sequences, steps, peak_rss_bytes\n"
        "stability  {mean, min}\n"
        "curve      [{states, stability_mean, stability_min, log_likelihood, bic, seconds}]\n"
        "seconds    {trace, project, cluster, index, total}\n"
        "explained_variance, symbols, run\n",
    .examples = "rnnrepair build run\n"
                "rnnrepair build run --pca 10 --states 43\n"
                "rnnrepair build run --stability 0.72 --max-states 80 --search restart\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_build,
};
