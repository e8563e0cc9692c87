/* SPDX-License-Identifier: MIT */
/* build.c - `rnnrepair build`: the influence model of a run. */
#include "kit/choice.h"
#include "kit/inputs.h"
#include "kit/paths.h"

#include <sys/resource.h>

typedef struct args {
    cli_common common;
    const char *dir;
    const char *data;
    const char *states; /* a number of abstract states, or a file */
    rr_influence_config cfg;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory" },
};

static const cli_opt opts[] = {
    OPT_SIZE(args, cfg.components, "pca", 1, 65536, "principal components kept; at most H are used",
             .value = "P"),
    OPT_READS(args, states, "states", "K|FILE",
              "a fixed number of abstract states; or the states of a network trained elsewhere, an "
              "npz file, of which RUN is made",
              .preset = "grow until enough"),
    OPT_SIZE(args, cfg.partition.states, "clusters", 1, 65534,
             "the same as --states K, for a call with --states FILE", .value = "K",
             .preset = "grow until enough"),
    OPT_F64(args, cfg.partition.stability, "stability", 0, 1,
            "grow until the mean stability is this, the paper's rule", .preset = "by the gain"),
    OPT_SIZE(args, cfg.partition.max_states, "max-states", 1, 65534, "most states to grow to",
             .value = "K", .preset = "100, of few sequences less"),
    OPT_ENUM(args, cfg.partition.search, "search", RR_ENUM_SEARCH,
             "grow by splitting a state, or fit each K anew"),
    OPT_SIZE(args, cfg.symbols, "symbols", 1, 1e6,
             "codebook of frames for the state-symbol key; 1 = off", .value = "V"),
    OPT_SIZE(args, cfg.partition.gmm.max_iter, "max-iter", 1, 1e6,
             "most steps of expectation-maximisation"),
    OPT_F64(args, cfg.partition.gmm.tol, "tol", 0, 0,
            "stop below this gain, nats per row; below 0 = never"),
    OPT_F64(args, cfg.partition.gmm.floor, "floor", 1e-30, DBL_MAX, "added to every variance"),
    OPT_U64(args, cfg.seed, "seed", "of the initial mixture and codebook"),
    OPT_DATA(args, data),
};

static void defaults(void *p)
{
    ((args *)p)->cfg = rr_influence_config_default();
}

/* ---- output --------------------------------------------------------------------------------- */

static const cli_column curve_table[] = {
    COL_SIZE(rr_curve_point, states, "states", "states", 6),
    COL_F64(rr_curve_point, stability_mean, "stability_mean", "stability", 9, .digits = 4),
    COL_F64(rr_curve_point, stability_min, "stability_min", "min", 9, .digits = 4),
    COL_F64(rr_curve_point, log_likelihood, "log_likelihood", "log-likelihood", 14, .digits = 5),
    COL_F64(rr_curve_point, bic, "bic", "bic", 14, .digits = 0),
    COL_F64(rr_curve_point, seconds, "seconds", "seconds", 8, .digits = 2),
};
static const cli_columns curve_columns = CLI_COLUMNS(rr_curve_point, curve_table);

/* The largest resident size of this process so far, in bytes. */
static size_t peak_rss(void)
{
    struct rusage usage = { .ru_maxrss = 0 };
    (void)getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_maxrss * 1024; /* Linux counts KiB */
}

/* Why K is not simply where enough was reached. */
static void print_remark(const cli_result *r, const rr_choice *x, const rr_influence_config *cfg)
{
    const char *what = cfg->partition.stability == RR_STABILITY_AUTO ? "gain" : "stability";

    if (x->end == RR_CHOICE_LEAST)
        cli_print(
            r,
            "remark      %zu states are the least allowed for these data, and enough: a gain of "
            "%.2f was to be reached\n",
            x->least, x->aim);
    else if (x->end == RR_CHOICE_MOST)
        cli_print(r,
                  "remark      with %zu states, the most allowed, the %s is below %.2f; "
                  "--max-states allows more\n",
                  x->most, what, x->aim);
    else if (x->end == RR_CHOICE_SPLIT)
        cli_print(r,
                  "remark      the %s is below %.2f, and no state holds two different steps to "
                  "split between\n",
                  what, x->aim);
}

static void print_summary(const cli_result *r, const rr_influence_info *i, const rr_choice *x,
                          double total)
{
    cli_print(r, "\nstates      %zu\n", i->states);
    cli_print(r,
              "gain        %.4f: a state tells %.1f %% of the predictions, one state for all "
              "%.1f %%\n",
              x->gain, 100.0 * x->agreement, 100.0 * x->usual);
    cli_print(r, "stability   %.4f mean, %.4f min\n", i->stability_mean, i->stability_min);
    cli_print(r, "components  %zu, %.1f %% of the variance\n", i->components,
              100.0 * i->explained_variance);
    cli_print(r, "symbols     %zu\n", i->symbols);
    cli_print(r, "sequences   %zu, %zu steps\n", i->sequences, i->steps);
    cli_print(r, "seconds     %.2f (trace %.2f, project %.2f, cluster %.2f, index %.2f)\n", total,
              i->seconds[RR_BUILD_TRACE], i->seconds[RR_BUILD_PROJECT],
              i->seconds[RR_BUILD_CLUSTER], i->seconds[RR_BUILD_INDEX]);
    cli_print(r, "peak        %.0f MiB\n", (double)peak_rss() / 1048576.0);
}

static void put_all(cli_result *r, const char *dir, const rr_influence *inf, double total)
{
    const rr_influence_info i = rr_influence_info_of(inf);
    const rr_choice *choice = rr_influence_choice(inf);
    size_t n = 0;
    const rr_curve_point *curve = rr_influence_curve(inf, &n);

    cli_print_rows(r, &curve_columns, curve, n, n, "");
    print_summary(r, &i, choice, total);
    const rr_influence_config cfg = rr_influence_config_of(inf);
    print_remark(r, choice, &cfg);
    cli_put(r, "run", cli_json_text(dir));
    cli_put(r, "states", cli_json_size(i.states));
    cli_put(r, "components", cli_json_size(i.components));
    cli_put(r, "explained_variance", cli_json_f64(i.explained_variance));
    cli_put(r, "symbols", cli_json_size(i.symbols));
    json_t *back = cli_enter(r, "stability");
    cli_put(r, "mean", cli_json_f64(i.stability_mean));
    cli_put(r, "min", cli_json_f64(i.stability_min));
    cli_leave(r, back);
    cli_put_record(r, "choice", &cli_choice_columns, choice);
    cli_put_rows(r, "curve", &curve_columns, curve, n);
    back = cli_enter(r, "seconds");
    for (rr_build_phase phase = RR_BUILD_TRACE; phase < RR_BUILD_DONE; phase++)
        cli_put(r, rr_enum_name(RR_ENUM_BUILD_PHASE, phase), cli_json_f64(i.seconds[phase]));
    cli_put(r, "total", cli_json_f64(total));
    cli_leave(r, back);
    cli_put(r, "sequences", cli_json_size(i.sequences));
    cli_put(r, "steps", cli_json_size(i.steps));
    cli_put(r, "peak_rss_bytes", cli_json_size(peak_rss()));
}

/* ---- the command ---------------------------------------------------------------------------- */

/* --states K becomes --clusters; a file stays. */
static rr_status check_options(args *a, rr_error *err)
{
    const int fixed = cli_given(&a->common, "clusters");
    const char *text = a->states;
    size_t K = 0;
    rr_status st = RR_OK;

    if (text != NULL && rri_parse_size(text, &K)) {
        a->states = NULL;
        if (fixed)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "--states %s and --clusters are the same", text));
        if (K < 1 || K > 65534)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "--states %s: expected 1 to 65534", text));
        a->cfg.partition.states = K;
    }
    if (a->states != NULL)
        RRI_TRY(cli_refuse_given(&a->common, "data", "--states FILE", err));
    if (K == 0 && !fixed)
        return RR_OK;
    if (cli_given(&a->common, "stability"))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--states fixes K and --stability searches it: give one of the two"));
    RRI_TRY(cli_refuse_given(&a->common, "max-states", "--states", err));

done:
    return st;
}

/* Load the inputs first, so that *seconds measures building alone. */
static rr_status build(rr_session *s, const rr_influence_config *cfg, double *seconds,
                       rr_error *err)
{
    const rr_network *net = NULL;
    const rr_dataset *train = NULL;
    rr_status st = RR_OK;

    if (rr_run_settings_of(rr_session_run(s)).states == NULL) { /* states are streamed */
        RRI_TRY(rr_session_network(s, &net, err));
        RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &train, err));
    }
    const double start = rri_seconds();
    RRI_TRY(rr_session_build(s, cfg, err));
    *seconds = rri_seconds() - start;

done:
    return st;
}

/* A new run on the states of a file, or the one there is. */
static rr_status open_run(args *a, rr_session **s, rr_error *err)
{
    rr_session_config where = rr_session_config_default();
    rr_status st = RR_OK;

    if (a->states == NULL) {
        RRI_TRY(cli_open(&a->common, a->dir, a->data, NULL, s, err));
        return cli_check_writable(a->dir, err);
    }
    where.threads = a->common.threads;
    where.callbacks = cli_callbacks(&a->common);
    RRI_TRY(rr_session_create_states(a->dir, a->states, &where, s, err));
    cli_say(&a->common, "%s: made of the states in %s", a->dir, a->states);

done:
    return st;
}

static int run_build(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    cli_result r = cli_result_begin(&a->common, 0);
    rr_session *s = NULL;
    const rr_influence *inf = NULL;
    char *path = NULL;
    double seconds = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(check_options(a, &err));
    RRI_TRY(open_run(a, &s, &err));
    RRI_TRY(build(s, &a->cfg, &seconds, &err));
    RRI_TRY(rr_session_influence(s, &inf, &err));
    put_all(&r, a->dir, inf, seconds);
    RRI_TRY(cli_put_origin(&r, s, &err));
    RRI_TRY(cli_result_end(&r, &err));
    RRI_TRY(rr_run_path(rr_session_run(s), RR_RUN_INFLUENCE, &path, &err));
    cli_say(&a->common, "written to %s", path);

done:
    rr_string_free(path);
    rr_session_close(s);
    cli_result_free(&r);
    if (st == RR_ERR_CANCELLED)
        fprintf(stderr, "rnnrepair build: interrupted; nothing was written\n");
    return cli_finish(&a->common, st, &err);
}

const cli_command cli_command_build = {
    .name = "build",
    .summary = "build the influence model of a run",
    .about =
        "Runs the model over the training set, projects its hidden states on principal\n"
        "components, clusters them into abstract states, and indexes which training steps\n"
        "passed which transition. The result is RUN/influence.safetensors.\n"
        "\n"
        "The number K of states is fixed by --states, or grows. By default it grows until a state\n"
        "tells the prediction: until its most frequent prediction is that of so many of its steps\n"
        "that 0.65 of what there is to gain over always naming the most frequent prediction of\n"
        "all is gained; but to 30 states at least, and two for each class that is predicted, of\n"
        "few sequences at most a quarter of their number. A remark says where that was not\n"
        "reached, or the least was enough. --stability F asks for the paper's mean stability\n"
        "instead, which few states reach where classes are few or of unequal sizes.\n"
        "\n"
        "With --states FILE.npz, RUN is made first, of the states of a network that was\n"
        "trained elsewhere: the arrays state [R][H], steps [N], prediction [R], symbol [R] or\n"
        "frame [R][D], label [N] and the text kind, and more as docs/FORMAT.md lists them; R\n"
        "is the number of steps of all N sequences, one sequence after another. The commands\n"
        "that explain, audit and verify work on it; what must run or train the network says\n"
        "so. rnnrepair build RUN builds its model anew, with other options.\n",
    .members =
        "states, components, sequences, steps, peak_rss_bytes\n"
        "stability  {mean, min}\n"
        "choice     of K: {end (given, reached, least, most or unsplit: what ended it), gain,\n"
        "           agreement, usual (as said above), aim (the gain or stability to reach, 0 of\n"
        "           --states), least, most (states allowed)}\n"
        "curve      [{states, stability_mean, stability_min, log_likelihood, bic, seconds}]\n"
        "seconds    {trace, project, cluster, index, total}\n"
        "explained_variance, symbols, run\n" CLI_ORIGIN_MEMBERS,
    .list = "curve",
    .examples = "rnnrepair build run\n"
                "rnnrepair build run --pca 10 --states 43\n"
                "rnnrepair build mine --states train.npz --clusters 43\n"
                "rnnrepair build run --stability 0.72 --max-states 80 --search restart\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_build,
};
