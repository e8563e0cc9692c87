/* SPDX-License-Identifier: MIT */
/* demo.c - `rnnrepair demo`: train, build, repair and explain on synthetic digits.
 *
 * Each step prints the command a user would type and makes the same calls of the library. Repair
 * and control are run with three seeds each, so that their ranges show what is chance. The example
 * to explain is chosen by their outcomes. */
#include "kit/epochs.h"

#include "rnnrepair/workflow_explain.h"
#include "rnnrepair/workflow_repair.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEEDS = 3, REPAIR_EPOCHS = 2, VARIANTS = 300, KEPT = 10 };

typedef struct args {
    cli_common common;
    const char *dir;
    uint64_t seed;
} args;

static const cli_operand operands[] = {
    { "DIR", offsetof(args, dir), 1, "folder to create (default: rnnrepair-demo)" },
};

static const cli_opt opts[] = {
    OPT_U64(args, seed, "seed",
            "of the training, the influence model and the first repair; the others take the next"),
};

static void defaults(void *p)
{
    args *a = p;
    a->dir = "rnnrepair-demo";
    a->seed = 1;
}

/* State shared by the steps. All owned but a. */
typedef struct story {
    args *a;
    cli_result result;
    char *run, *repaired, *control, *picture; /* paths */
    rr_session *s;
    rr_repair_series *repair, *control_runs;
    size_t example; /* a target of both, by its index in the lists */
} story;

static unsigned long long seed_of(const story *d, size_t i)
{
    return (unsigned long long)(d->a->seed + i);
}

/* ---- the folder -----------------------------------------------------------------------------
 *
 * Only the contents of DIR/run, DIR/repaired and DIR/control, and of the folders of seeds there,
 * are ever removed, and only where DIR has the marker. */

static const char marker[] = ".rnnrepair-demo";

/* 1 when the folder holds nothing, 0 otherwise. */
static int is_empty(const char *dir)
{
    DIR *d = opendir(dir);
    int empty = 1;
    if (d == NULL)
        return 0;
    for (const struct dirent *e = readdir(d); e != NULL && empty; e = readdir(d))
        empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
    (void)closedir(d);
    return empty;
}

static rr_status remove_one(const char *dir, const char *name, rr_error *err)
{
    char *file = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_format(&file, err, "%s/%s", dir, name));
    if (unlink(file) != 0)
        st = rri_fail(err, RR_ERR_IO, -1, "%s: cannot be removed: %s", file, strerror(errno));

done:
    rri_free(file);
    return st;
}

/* Remove a folder of files, and of the folders of single seeds; one that is not there is fine. */
static rr_status remove_folder(const char *dir, const char *name, rr_error *err)
{
    char *path = NULL;
    DIR *d = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_format(&path, err, "%s/%s", dir, name));
    d = opendir(path);
    if (d == NULL)
        goto done;
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (strncmp(e->d_name, "seed-", 5) == 0)
            RRI_TRY(remove_folder(path, e->d_name, err));
        else
            RRI_TRY(remove_one(path, e->d_name, err));
    }
    if (rmdir(path) != 0)
        st = rri_fail(err, RR_ERR_IO, -1, "%s: cannot be removed: %s", path, strerror(errno));

done:
    if (d != NULL)
        (void)closedir(d);
    rri_free(path);
    return st;
}

/* Create dir with the marker file. From a folder with the marker the runs of an earlier demo are
 * removed; any other folder that is not empty is refused. */
static rr_status prepare_folder(const char *dir, rr_error *err)
{
    char *mark = NULL;
    struct stat info;
    rr_status st = RR_OK;

    RRI_TRY(rri_format(&mark, err, "%s/%s", dir, marker));
    if (stat(dir, &info) == 0 && stat(mark, &info) != 0 && !is_empty(dir))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "%s: exists and was not created by the demo; name another folder", dir));
    if (stat(mark, &info) == 0) {
        RRI_TRY(remove_folder(dir, "run", err));
        RRI_TRY(remove_folder(dir, "repaired", err));
        RRI_TRY(remove_folder(dir, "control", err));
    }
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1, "%s: cannot be created: %s", dir, strerror(errno)));
    FILE *f = fopen(mark, "w");
    if (f == NULL || fclose(f) != 0)
        st = rri_fail(err, RR_ERR_IO, -1, "%s: cannot be written: %s", mark, strerror(errno));

done:
    rri_free(mark);
    return st;
}

/* ---- printing ------------------------------------------------------------------------------- */

/* Print text as it comes: with --json to stderr. */
static void narrate(const story *d, const char *fmt, ...) RRI_PRINTF(2, 3);

static void narrate(const story *d, const char *fmt, ...)
{
    FILE *f = d->result.text ? stdout : stderr;
    va_list ap;

    if (!d->result.text && d->a->common.quiet)
        return;
    va_start(ap, fmt);
    (void)vfprintf(f, fmt, ap);
    va_end(ap);
    (void)fflush(f);
}

/* ---- training and its errors ---------------------------------------------------------------- */

static rr_status train(story *d, rr_error *err)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_session_config where = rr_session_config_default();
    rr_status st = RR_OK;

    narrate(d,
            "\n1. Train an LSTM that reads 28x28 digits row by row.\n\n"
            "$ rnnrepair train %s --data 'digits?train=3000&test=5000' --hidden 64 --epochs 30 "
            "--batch 64 --optimizer adam --learning-rate 0.002 --clip-norm 1 --seed %llu\n",
            d->run, seed_of(d, 0));
    cfg.data = "digits?train=3000&test=5000";
    cfg.network.hidden = 64;
    cfg.train.epochs = 30;
    cfg.train.batch = 64;
    cfg.train.optimizer = RR_OPT_ADAM;
    cfg.train.learning_rate = 0.002;
    cfg.train.clip_norm = 1.0;
    cfg.train.seed = d->a->seed;
    where.threads = d->a->common.threads;
    where.callbacks = cli_callbacks(&d->a->common);
    d->a->common.watch.epochs = d->result.text ? stdout : NULL;
    RRI_TRY(rr_session_create(d->run, &cfg, &where, &d->s, err));
    RRI_TRY(rr_session_train(d->s, NULL, err));
    d->a->common.watch.epochs = NULL; /* retrainings show only their outcome */

done:
    return st;
}

static rr_status build(story *d, rr_error *err)
{
    rr_influence_config cfg = rr_influence_config_default();
    const rr_influence *inf = NULL;
    rr_status st = RR_OK;

    narrate(d,
            "\n2. Abstract its hidden states and index which training step passed where.\n\n"
            "$ rnnrepair build %s --pca 10 --stability 0.75 --max-states 40 --seed %llu\n",
            d->run, seed_of(d, 0));
    cfg.components = 10;
    cfg.partition.stability = 0.75;
    cfg.partition.max_states = 40;
    cfg.seed = d->a->seed;
    RRI_TRY(rr_session_build(d->s, &cfg, err));
    RRI_TRY(rr_session_influence(d->s, &inf, err));
    const rr_influence_info info = rr_influence_info_of(inf);
    narrate(d, "%zu states, stability %.4f; %zu steps of %zu sequences\n", info.states,
            info.stability_mean, info.steps, info.sequences);
    json_t *back = cli_enter(&d->result, "build");
    cli_put(&d->result, "states", cli_json_size(info.states));
    cli_put(&d->result, "stability", cli_json_f64(info.stability_mean));
    cli_leave(&d->result, back);

done:
    return st;
}

static rr_status predict(story *d, rr_error *err)
{
    rr_predictions p;
    rr_status st = RR_OK;

    narrate(d, "\n3. List its errors.\n\n$ rnnrepair predict %s\n", d->run);
    RRI_TRY(rr_session_predict(d->s, RR_SPLIT_TEST, &p, err));
    narrate(d, "test: %zu sequences, %zu errors, %.2f %% correct\n", rr_dataset_count(p.ds),
            p.errors, 100.0 * p.accuracy);
    if (p.errors == 0)
        RRI_TRY(rri_fail(err, RR_ERR_NUMERIC, -1,
                         "the network made no error on the test split with seed %llu; try another "
                         "--seed",
                         seed_of(d, 0)));
    json_t *back = cli_enter(&d->result, "predict");
    cli_put(&d->result, "accuracy", cli_json_f64(p.accuracy));
    cli_put(&d->result, "errors", cli_json_size(p.errors));
    cli_leave(&d->result, back);

done:
    return st;
}

/* ---- repair and control --------------------------------------------------------------------- */

static const cli_column seed_table[] = {
    COL_U64(rr_repair_seed, seed, "seed", "seed", 6),
    COL_SIZE(rr_repair_seed, kept, "kept", "new samples", 11),
    COL_SIZE(rr_repair_seed, of_targets.fixed, "fixed", "fixed", 8),
    COL_SIZE(rr_repair_seed, all.newly_broken, "newly_broken", "newly broken", 12),
    COL_PERCENT(rr_repair_seed, all.accuracy_after, "accuracy_after", "test %", 8, .digits = 2),
};
static const cli_columns seed_columns = CLI_COLUMNS(rr_repair_seed, seed_table);

/* One repair is finished: draw it, where there is something to see. */
static rr_status draw_repair(void *self, const rr_repair_request *request, const char *dir,
                             const rr_repair_result *x, rr_error *err)
{
    char *path = NULL;
    rr_status st = RR_OK;

    (void)self;
    if (request->search.strategy == RR_STRATEGY_NONE)
        return RR_OK;
    RRI_TRY(rri_format(&path, err, "%s/repair.png", dir));
    RRI_TRY(rr_picture_repair(x->search, x->ds, x->train, x->additions, x->after, path, err));

done:
    rri_free(path);
    return st;
}

static rr_status make_series(story *d, const char *name, const rr_repair_request *request,
                             const char *dir, rr_repair_series **out, rr_error *err)
{
    uint64_t seeds[SEEDS];
    rr_status st = RR_OK;

    for (size_t i = 0; i < SEEDS; i++)
        seeds[i] = d->a->seed + i;
    RRI_TRY(rr_session_repair_seeds(d->s, request, dir, seeds, SEEDS, draw_repair, NULL, out, err));
    const rr_repair_series *x = *out;
    cli_print_rows(&d->result, &seed_columns, x->seeds, SEEDS, SEEDS, "");
    json_t *back = cli_enter(&d->result, name);
    cli_put(&d->result, "targets", cli_json_size(x->count));
    cli_put(&d->result, "epochs", cli_json_size(request->retrain.epochs));
    cli_put(&d->result, "kept", cli_json_f64(x->mean_kept));
    cli_put(&d->result, "fixed", cli_json_f64(x->mean_fixed));
    cli_put(&d->result, "newly_broken", cli_json_f64(x->mean_newly_broken));
    cli_put(&d->result, "accuracy_before", cli_json_f64(x->accuracy_before));
    cli_put(&d->result, "accuracy_after", cli_json_f64(x->accuracy_after));
    cli_put_rows(&d->result, "per_seed", &seed_columns, x->seeds, SEEDS);
    cli_leave(&d->result, back);

done:
    return st;
}

static rr_status repair(story *d, rr_error *err)
{
    rr_repair_request request = rr_repair_request_default(d->s);

    request.controls = 0; /* it is a control of its own */

    narrate(d,
            "\n4. Repair the errors it is most confident of: new training digits near each, then a "
            "little\n   more training. With three seeds, as much of the outcome is chance.\n\n"
            "$ rnnrepair repair %s -o %s --strategy gradient --variants %d --keep-samples %d "
            "--epochs %d --seeds %llu,%llu,%llu --controls no\n",
            d->run, d->repaired, VARIANTS, KEPT, REPAIR_EPOCHS, seed_of(d, 0), seed_of(d, 1),
            seed_of(d, 2));
    request.search.strategy = RR_STRATEGY_GRADIENT;
    request.search.sample.variants = VARIANTS;
    request.search.sample.keep = KEPT;
    request.retrain.epochs = REPAIR_EPOCHS;
    return make_series(d, "repair", &request, d->repaired, &d->repair, err);
}

/* So many epochs that no repair has had more steps: its training set was larger. */
static size_t control_epochs(const story *d)
{
    const rr_run_settings s = rr_run_settings_of(rr_session_run(d->s));
    const size_t N = s.splits[RR_SPLIT_TRAIN].count;
    size_t most = 0;

    for (size_t i = 0; i < SEEDS; i++)
        most = rri_max(most, d->repair->seeds[i].kept);
    return (REPAIR_EPOCHS * (N + most) + N - 1) / N;
}

static rr_status control(story *d, rr_error *err)
{
    rr_repair_request request = rr_repair_request_default(d->s);

    request.controls = 0; /* it is a control of its own */

    request.search.strategy = RR_STRATEGY_NONE;
    request.retrain.epochs = control_epochs(d);
    narrate(d,
            "\n5. For comparison: at least as many training steps without new samples.\n\n"
            "$ rnnrepair repair %s -o %s --strategy none --epochs %zu --seeds %llu,%llu,%llu "
            "--controls no\n",
            d->run, d->control, request.retrain.epochs, seed_of(d, 0), seed_of(d, 1),
            seed_of(d, 2));
    return make_series(d, "control", &request, d->control, &d->control_runs, err);
}

/* ---- the example ---------------------------------------------------------------------------- */

/* How much more often the repair fixed target i than the control: -1 to 1. */
static double advantage(const story *d, size_t i)
{
    return d->repair->targets[i].fixed - d->control_runs->targets[i].fixed;
}

/* How many of the seeds fixed target i. */
static size_t times(const rr_repair_series *x, size_t i)
{
    return (size_t)(x->targets[i].fixed * SEEDS + 0.5);
}

static rr_status explain(story *d, rr_error *err)
{
    rr_question question;
    rr_answer *x = NULL;
    rr_status st = RR_OK;

    for (size_t i = 1; i < d->repair->count; i++) /* of equal ones that of the most confidence */
        if (advantage(d, i) > advantage(d, d->example))
            d->example = i;
    const size_t id = d->repair->targets[d->example].id;
    narrate(d,
            "\n6. Explain one of these errors: which training digits influenced it?\n"
            "   Sample %zu: fixed by %zu of the %d repairs, and by %zu of the %d controls.\n\n"
            "$ rnnrepair explain %s --sample %zu --picture %s\n",
            id, times(d->repair, d->example), SEEDS, times(d->control_runs, d->example), SEEDS,
            d->run, id, d->picture);
    RRI_TRY(rr_session_question(d->s, &question, err));
    question.sample = id;
    RRI_TRY(rr_session_explain(d->s, &question, &x, err));
    const rr_explanation *e = x->explanation;
    RRI_TRY(rr_picture_answer(d->s, x, d->picture, err));
    narrate(
        d,
        "It is a %u and predicted as a %u. Of the %zu training digits that influence this most, "
        "%zu are\nlabelled %u (%.1f times their share of all, the lift) and %zu are labelled %u "
        "(lift %.1f).\n",
        (unsigned)e->truth, (unsigned)e->prediction, e->count_proponents, e->count_prediction,
        (unsigned)e->prediction, e->lift_prediction, e->count_truth, (unsigned)e->truth,
        e->lift_truth);
    json_t *back = cli_enter(&d->result, "explain");
    cli_put(&d->result, "sample", cli_json_size(id));
    d->result.names = x->names;
    cli_put_class(&d->result, "truth", e->truth);
    cli_put_class(&d->result, "prediction", e->prediction);
    d->result.names = NULL;
    cli_put(&d->result, "count_truth", cli_json_size(e->count_truth));
    cli_put(&d->result, "count_prediction", cli_json_size(e->count_prediction));
    cli_put(&d->result, "lift_truth", cli_json_f64(e->lift_truth));
    cli_put(&d->result, "lift_prediction", cli_json_f64(e->lift_prediction));
    cli_put(&d->result, "repairs", cli_json_size(times(d->repair, d->example)));
    cli_put(&d->result, "controls", cli_json_size(times(d->control_runs, d->example)));
    cli_put(&d->result, "picture", cli_json_text(d->picture));
    cli_leave(&d->result, back);

done:
    rr_answer_free(x);
    return st;
}

/* ---- the summary ---------------------------------------------------------------------------- */

/* A figure of all seeds: "69.3 (66 to 72)". */
static void print_range(const story *d, const double v[SEEDS], int digits, double mean)
{
    char text[64];
    double least = v[0], most = v[0];

    for (size_t i = 1; i < SEEDS; i++) {
        least = v[i] < least ? v[i] : least;
        most = v[i] > most ? v[i] : most;
    }
    (void)snprintf(text, sizeof text, "%.*f (%.*f to %.*f)", digits + (digits == 0), mean, digits,
                   least, digits, most);
    narrate(d, "  %24s", text);
}

static void print_series(const story *d, const char *name, const rr_repair_series *x)
{
    double fixed[SEEDS], broken[SEEDS], accuracy[SEEDS];

    for (size_t i = 0; i < SEEDS; i++) {
        fixed[i] = (double)x->seeds[i].of_targets.fixed;
        broken[i] = (double)x->seeds[i].all.newly_broken;
        accuracy[i] = 100.0 * x->seeds[i].all.accuracy_after;
    }
    narrate(d, "  %-10s", name);
    print_range(d, fixed, 0, x->mean_fixed);
    print_range(d, broken, 0, x->mean_newly_broken);
    print_range(d, accuracy, 2, 100.0 * x->accuracy_after);
    narrate(d, "\n");
}

/* Did every repair fix more of the targets than any control? */
static int is_clear(const story *d)
{
    size_t least = SIZE_MAX, most = 0;

    for (size_t i = 0; i < SEEDS; i++) {
        least = rri_min(least, d->repair->seeds[i].of_targets.fixed);
        most = rri_max(most, d->control_runs->seeds[i].of_targets.fixed);
    }
    return least > most;
}

static void print_summary(const story *d, double seconds)
{
    const rr_series_target *example = &d->repair->targets[d->example];

    narrate(d, "\nIn short\n\n  %-10s  %24s  %24s  %24s\n", "", "errors fixed", "newly broken",
            "test %");
    narrate(d, "  %-10s  %24s  %24s  %24.2f\n", "before", "", "",
            100.0 * d->repair->accuracy_before);
    print_series(d, "repaired", d->repair);
    print_series(d, "control", d->control_runs);
    narrate(
        d,
        "\n  Of %zu errors; the mean of %d seeds, and in brackets the least and the most of them.\n"
        "  %s\n",
        d->repair->count, SEEDS,
        is_clear(d) ? "Every repair fixed more of them than any control."
                    : "The ranges overlap: with these seeds the difference may be chance.");
    if (d->repair->accuracy_after <= d->control_runs->accuracy_after)
        narrate(d, "  It broke more as well: over all of test, training alone gains as much.\n");
    narrate(d,
            "  Sample %zu is a %u that was predicted as a %u; it is correct\n"
            "  after %zu of %d repairs and after %zu of %d controls.\n",
            example->id, (unsigned)example->truth, (unsigned)example->prediction,
            times(d->repair, d->example), SEEDS, times(d->control_runs, d->example), SEEDS);
    narrate(d, "\n  pictures  %s\n            %s/seed-%llu/repair.png\n", d->picture, d->repaired,
            seed_of(d, 0));
    narrate(d, "  %.0f seconds in all; everything is in %s\n", seconds, d->a->dir);
}

/* ---- the command ---------------------------------------------------------------------------- */

static rr_status name_paths(story *d, rr_error *err)
{
    const char *dir = d->a->dir;
    rr_status st = RR_OK;

    RRI_TRY(rri_format(&d->run, err, "%s/run", dir));
    RRI_TRY(rri_format(&d->repaired, err, "%s/repaired", dir));
    RRI_TRY(rri_format(&d->control, err, "%s/control", dir));
    RRI_TRY(rri_format(&d->picture, err, "%s/explained.png", dir));

done:
    return st;
}

static rr_status put_training(story *d, rr_error *err)
{
    const rr_network *net = NULL;
    char hash[65];
    rr_status st = RR_OK;

    RRI_TRY(rr_session_network(d->s, &net, err));
    RRI_TRY(rr_network_hash(net, hash, err));
    json_t *back = cli_enter(&d->result, "train");
    cli_put_training(&d->result, rr_session_run(d->s), hash);
    cli_leave(&d->result, back);

done:
    return st;
}

static void story_clear(story *d)
{
    rr_repair_series_free(d->repair);
    rr_repair_series_free(d->control_runs);
    rr_session_close(d->s);
    rri_free(d->run);
    rri_free(d->repaired);
    rri_free(d->control);
    rri_free(d->picture);
    cli_result_free(&d->result);
}

static int run_demo(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    story d = { .a = a, .result = cli_result_begin(&a->common, 0) };
    rr_status st = RR_OK;

    const double start = rri_seconds();
    RRI_TRY(prepare_folder(a->dir, &err));
    RRI_TRY(name_paths(&d, &err));
    cli_put(&d.result, "directory", cli_json_text(a->dir));
    RRI_TRY(train(&d, &err));
    RRI_TRY(put_training(&d, &err));
    RRI_TRY(build(&d, &err));
    RRI_TRY(predict(&d, &err));
    RRI_TRY(repair(&d, &err));
    RRI_TRY(control(&d, &err));
    RRI_TRY(explain(&d, &err));
    const double seconds = rri_seconds() - start;
    print_summary(&d, seconds);
    cli_put(&d.result, "seconds", cli_json_f64(seconds));
    RRI_TRY(cli_result_end(&d.result, &err));

done:
    story_clear(&d);
    if (st == RR_ERR_CANCELLED)
        fprintf(stderr, "rnnrepair demo: interrupted; the same command starts over\n");
    return cli_finish(&a->common, st, &err);
}

const cli_command cli_command_demo = {
    .name = "demo",
    .summary = "train, explain and repair on synthetic digits, in about a minute",
    .about =
        "Trains a network, builds its influence model, repairs the errors it is most confident\n"
        "of, compares the result with as much more training without new samples, and explains an\n"
        "error that the repair fixes and the training alone does not. Repair and control are\n"
        "run with three seeds each, to show the variation by chance. Each step prints the command\n"
        "that does the same. Needs no download. DIR is created; an existing folder is replaced\n"
        "only if an earlier demo created it.\n",
    .members = "train    as printed by rnnrepair train\n"
               "build    {states, stability}\n"
               "predict  {accuracy, errors}\n"
               "repair, control  {targets, epochs, kept, fixed, newly_broken, accuracy_before,\n"
               "         accuracy_after, per_seed}: means over the seeds\n"
               "explain  {sample, truth, prediction, count_truth, count_prediction, lift_truth,\n"
               "         lift_prediction, repairs, controls, picture}: by how many of them the "
               "sample is fixed\n"
               "directory, seconds\n" CLI_CLASS_MEMBERS,
    .examples = "rnnrepair demo\n"
                "rnnrepair demo story --seed 2\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_demo,
};
