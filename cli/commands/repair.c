/* SPDX-License-Identifier: MIT */
/* repair.c - `rnnrepair repair`: new samples for misclassified inputs, retraining on them in a new
 * run directory, and what changed: the options and their use. */
#include "commands/repair_export.h"
#include "commands/repair_report.h"
#include "kit/paths.h"
#include "kit/words.h"

#include "io/io.h"
#include "rnnrepair/experimental/augment.h"

#include <string.h>

typedef cli_repair args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory with an influence model" },
};

static const cli_opt opts[] = {
    OPT_STR(args, new_dir, "output", "NEWRUN", "run directory to create; required without --export",
            .letter = 'o', .preset = "none: with --export alone nothing is retrained"),
    OPT_ENUM(args, request.search.level, "level", RR_ENUM_LEVEL,
             "repair by whole inputs, by single words, or the output layer alone; auto: words on "
             "text, but for mixed"),
    OPT_CASES(args),
    OPT_ENUM(args, request.split, "split", RR_ENUM_SPLIT, "split whose errors are repaired",
             .preset = "dev, or test of a run without one"),
    OPT_FLAG(args, request.halves, "halves",
             "repair errors with even numbers alone, and measure the inputs with odd ones"),
    OPT_STR(args, samples, "samples", "IDS",
            "repair these errors, by number or the data's own id: 3,17,k44"),
    OPT_STR(args, request.truth, "truth-class", "CLASS",
            "only errors of this true class, by name or number", .preset = "all"),
    OPT_SIZE(args, request.most, "count", 1, 1e9,
             "repair the N errors the network is most confident of"),
    OPT_ENUM(args, request.search.strategy, "strategy", RR_ENUM_STRATEGY,
             "search for samples; random, none and direct are baselines; paper for segments,"
             " gradient and mixed for whole inputs; shift is a control alone",
             .preset = "mixed, or influence on words"),
    OPT_SIZE(args, request.search.copies, "copies", 1, 1e6,
             "direct, mixed: copies of each failing input"),
    OPT_SIZE(args, request.search.mixed.varied, "varied", 0, 1e6,
             "mixed: variants of each failing input"),
    OPT_SIZE(args, request.search.mixed.influential, "influential", 0, 1e6,
             "mixed: variants of sequences of T_t for each", .preset = "10; 5 of words"),
    OPT_SIZE(args, request.search.mixed.held, "held", 0, 1e6,
             "mixed: variants of sequences of T_m, which keep their class",
             .preset = "10; 5 of words"),
    OPT_SIZE(args, request.search.segment.insertions, "insertions", 1, 1e9,
             "segment: insertions per suspect word", .letter = 'm', .value = "M"),
    OPT_ENUM(args, request.search.segment.localize.rules, "rule", RR_ENUM_RULE,
             "segment: what makes a word suspect"),
    OPT_SIZE(args, request.search.segment.localize.gamma, "gamma", 1, 1e9,
             "segment, rare: fewer matching training sequences than this"),
    OPT_FLAG(args, request.search.segment.localize.punctuation, "punctuation",
             "segment: marks of punctuation can be suspect, too"),
    OPT_F64(args, request.search.most_insertions, "max-insertions", 0, 1e6,
            "segment: insertions in all at most, as a fraction of the training set, shared equally "
            "by the targets; 0 = no limit"),
    OPT_SIZE(args, request.search.segment.pool, "pool", 1, 1e6,
             "segment, influence: positions tried for each insertion"),
    OPT_F64(args, request.search.segment.balance, "balance", 0, 16,
            "segment: class-balancing samples (unchanged, of the predicted class) per insertion",
            .preset = "0.5 for influence, 0 for paper and random"),
    OPT_FLAG(args, with_misclassified, "with-misclassified",
             "segment: also insert into sequences the network misclassifies"),
    OPT_WRITES(args, request.export_path, "export", "FILE",
               "write samples to add, to retrain elsewhere: FILE.jsonl or FILE.npz (see above)",
               .preset = "none"),
    OPT_TOP(args, request.search.sample.top),
    OPT_NORM(args, request.search.sample.query.p, "norm for comparing traces"),
    OPT_SIZE(args, request.search.sample.sources, "sources", 1, 1e9,
             "number of T_t varied, nearest first"),
    OPT_SIZE(args, request.search.sample.variants, "variants", 1, 1e9,
             "variants sampled per target"),
    OPT_SIZE(args, request.search.sample.rounds, "rounds", 1, 100,
             "sampling rounds, each closer to the best so far; 1 = uniform, as in the paper"),
    OPT_SIZE(args, request.search.sample.keep, "keep-samples", 1, 1e9,
             "accepted variants kept per target, best first"),
    OPT_ENUM(args, request.search.variants, "vary", RR_ENUM_VARIANTS,
             "vary training sequences as images or as series; auto: images as such (mnist, digits,"
             " and data with image=1), all other frames as series"),
    OPT_F64(args, rotate, "rotate", 0, 180,
            "images: variants are rotated by up to this, either way", .value = "DEG"),
    OPT_F64(args, shift, "shift", 0, 1e4, "images: moved by up to this along each axis",
            .value = "PIXELS"),
    OPT_F64(args, shear, "shear", 0, 10, "images: sheared by up to this many columns per row"),
    OPT_F64(args, scale, "scale", 0, 0.99, "images: scaled by up to this fraction, up or down"),
    OPT_F64(args, request.search.variation.jitter, "jitter", 0, 10,
            "series: noise of up to this many standard deviations of the channel"),
    OPT_F64(args, request.search.variation.amplitude, "amplitude", 0, 1,
            "series: channels are scaled by up to this fraction, up or down"),
    OPT_F64(args, request.search.variation.warp, "warp", 0, 3,
            "series: time runs faster and slower; 0.5 is up to about half as fast again"),
    OPT_F64(args, request.search.variation.slice, "slice", 0.01, 1,
            "series: a part of at least this fraction is stretched to the whole"),
    OPT_F64(args, request.search.variation.channels, "channels", 0.01, 1,
            "series: at least this fraction of the channels, on average, gets noise and is scaled"),
    OPT_F64(args, request.search.output.margin, "margin", 1e-6, 1e6,
            "output: logits by which targets must be right"),
    OPT_F64(args, request.search.output.hold, "hold", 0, 1e6,
            "output: logits by which training sequences that are right must stay so",
            .preset = "a twentieth of the root mean square of the logits"),
    OPT_F64(
        args, request.search.output.ridge, "ridge", 1e-12, 1e12,
        "output: from least change of the logits (small) to least change of the weights (large)"),
    OPT_FLAG(args, request.search.output.drop_conflicts, "drop-conflicts",
             "output: where not all targets can be repaired, leave out as few as need be"),
    OPT_SIZE(args, request.max_broken, "max-broken", 0, 1e9,
             "keep the last weights that break at most N inputs of the guard",
             .preset = "fewer than are fixed"),
    OPT_FLAG(args, request.keep_harmful, "keep-harmful",
             "keep the last weights, whatever they break; hold nothing back"),
    OPT_STR(args, controls, "controls", "NAME,NAME,...",
            "what to compare with: retrainings none, direct, random, and shift of the decision "
            "threshold alone; no: none of them",
            .preset = "shift, with none,direct where they take less than a minute"),
    OPT_FLAG(args, outcome, "outcome",
             "with --tsv: a row for each retraining (and class) in the place of a target"),
    OPT_RETRAIN(args, request.retrain.start, "train from scratch, or continue from RUN's weights"),
    OPT_EPOCHS(args, request.retrain.epochs, "2 for continue, as many as RUN for scratch",
               "epochs of retraining"),
    OPT_LEARNING_RATE(args, request.retrain.learning_rate,
                      "RUN's; when continuing a run trained from scratch a tenth of it, or half of "
                      "it with strategy mixed, which averages the weights of the last epoch",
                      "learning rate of retraining"),
    OPT_F64(args, request.retrain.dropout, "dropout", 0, 1,
            "dropout of inputs and of last states in retraining",
            .preset = "RUN's; 0 for mixed on words"),
    OPT_U64(args, request.retrain.seed, "seed", "of the search and of the retraining",
            .preset = "RUN's"),
    OPT_STR(args, seeds, "seeds", "N,N,...",
            "one repair per seed, in NEWRUN/seed-N, and their means",
            .preset = "one repair, with --seed"),
    OPT_DATA(args, in.data),
    OPT_STATES(args),
    OPT_VECTORS(args, in.vectors),
};

static void defaults(void *p)
{
    args *a = p;
    const rr_affine_range range = rr_affine_range_default();
    a->request = (rr_repair_request){ .struct_size = sizeof(rr_repair_request),
                                      .split = RR_SPLIT_TEST,
                                      .most = 100,
                                      .controls = RR_CONTROLS_AUTO,
                                      .max_broken = SIZE_MAX,
                                      .guard_points = 8 };
    a->request.search = rr_repair_config_default();
    a->request.retrain = (rr_retrain_config){ .struct_size = sizeof(rr_retrain_config),
                                              .start = RR_RETRAIN_CONTINUE,
                                              .average = -1,
                                              .dropout = -1.0 };
    a->rotate = range.max.rotate;
    a->shift = range.max.shift_x;
    a->shear = range.max.shear;
    a->scale = range.max.scale - 1.0;
}

/* ---- options -------------------------------------------------------------------------------- */

/* What can be refused before anything is opened. */
static rr_status check_args(const args *a, rr_error *err)
{
    if (a->request.keep_harmful && cli_given(&a->common, "max-broken"))
        return rri_fail(err, RR_ERR_ARG, -1, "--keep-harmful and --max-broken exclude each other");
    if (a->new_dir == NULL && a->request.export_path == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "-o NEWRUN is missing: the run directory to create");
    if (a->outcome && !a->common.tsv)
        return cli_refuse_given(&a->common, "outcome", "a call without --tsv", err);
    if (a->samples != NULL && cli_given(&a->common, "count"))
        return rri_fail(err, RR_ERR_ARG, -1, "--samples and --count exclude each other");
    if (a->samples != NULL && a->request.truth != NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "--samples and --truth-class exclude each other");
    if (a->seeds != NULL && cli_given(&a->common, "seed"))
        return rri_fail(err, RR_ERR_ARG, -1, "--seeds and --seed exclude each other");
    if (a->seeds != NULL && (a->request.export_path != NULL || a->new_dir == NULL))
        return rri_fail(err, RR_ERR_ARG, -1, "--seeds retrains, and needs -o; it does not export");
    if (a->new_dir == NULL)
        return cli_refuse_given(&a->common,
                                "retrain epochs learning-rate dropout vectors halves max-broken "
                                "keep-harmful controls outcome",
                                "--export without -o", err);
    return RR_OK;
}

/* Options of one kind of variants. */
#define OF_IMAGES "rotate shift shear scale"
#define OF_SERIES "jitter amplitude warp slice channels"
#define OF_MIXED "varied influential held"
#define OF_VARIANTS "sources variants rounds keep-samples vary " OF_IMAGES " " OF_SERIES

#define OF_SEGMENTS                                                                                \
    "insertions max-insertions rule gamma punctuation pool balance with-misclassified"
#define OF_OUTPUT "margin hold ridge drop-conflicts"

/* At level output nothing is searched for, and nothing trained. */
static rr_status check_output(const args *a, rr_error *err)
{
    if (!a->output)
        return cli_refuse_given(&a->common, OF_OUTPUT, "another level than output", err);
    return cli_refuse_given(&a->common,
                            "strategy copies " OF_SEGMENTS " export top norm " OF_VARIANTS
                            " " OF_MIXED
                            " retrain epochs learning-rate dropout seeds controls vectors "
                            "max-broken keep-harmful",
                            "--level output", err);
}

/* Options that do nothing at the level or with the strategy. */
static rr_status check_level(const args *a, const rr_session *s, rr_error *err)
{
    const rr_repair_config *cfg = &a->request.search;
    const int none = cfg->strategy == RR_STRATEGY_NONE || cfg->strategy == RR_STRATEGY_DIRECT;
    const char *beside =
        cfg->strategy == RR_STRATEGY_NONE ? "--strategy none" : "--strategy direct";
    const cli_common *c = &a->common;
    rr_status st = RR_OK;

    if (!a->segments && none)
        RRI_TRY(cli_refuse_given(c, OF_VARIANTS, beside, err));
    if (cfg->strategy != RR_STRATEGY_MIXED)
        RRI_TRY(cli_refuse_given(c, OF_MIXED, "this --strategy", err));
    else
        RRI_TRY(cli_refuse_given(c, "variants rounds keep-samples", "--strategy mixed", err));
    if (!a->segments)
        RRI_TRY(cli_refuse_given(c, OF_SEGMENTS " export", "--level sample", err));
    if (!a->segments && !a->words)
        return cli_refuse_given(c, "vectors", "--level sample", err);
    if (a->words)
        return cli_refuse_idle_vectors(c, rr_session_run(s), err);
    RRI_TRY(cli_refuse_given(c, "top norm " OF_VARIANTS, "--level segment", err));
    if (cfg->segment.localize.rules == RR_RULE_FLIP)
        RRI_TRY(cli_refuse_given(c, "gamma", "--rule flip", err));
    if (rr_run_settings_of(rr_session_run(s)).network.output == RR_OUTPUT_STEP)
        RRI_TRY(cli_refuse_given(c, "balance", "an output at every step", err));
    if (cfg->strategy != RR_STRATEGY_INFLUENCE)
        RRI_TRY(cli_refuse_given(c, "pool", "this --strategy", err));
    if (none)
        RRI_TRY(cli_refuse_given(
            c, "insertions max-insertions punctuation balance with-misclassified", beside, err));
    RRI_TRY(cli_refuse_idle_vectors(c, rr_session_run(s), err));

done:
    return st;
}

/* How samples are varied, and the options of the other kind, which do nothing. */
static rr_status check_variants(args *a, rr_session *s, rr_error *err)
{
    const rr_dataset *train = NULL;
    const rr_variants kind = a->request.search.variants;
    rr_status st = RR_OK;

    if (a->segments || a->request.search.strategy == RR_STRATEGY_NONE ||
        a->request.search.strategy == RR_STRATEGY_DIRECT)
        return RR_OK;
    if (a->words)
        return cli_refuse_given(&a->common, OF_IMAGES " " OF_SERIES, "words", err);
    a->series = kind == RR_VARIANTS_SERIES;
    if (kind == RR_VARIANTS_AUTO) {
        RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &train, err));
        a->series = !rr_dataset_is_image(train);
    }
    if (a->series)
        RRI_TRY(cli_refuse_given(&a->common, OF_IMAGES,
                                 kind == RR_VARIANTS_AUTO
                                     ? "data that are no images (--vary image takes them for such)"
                                     : "--vary series",
                                 err));
    else
        RRI_TRY(cli_refuse_given(&a->common, OF_SERIES,
                                 kind == RR_VARIANTS_AUTO ? "images (--vary series takes them for "
                                                            "series)"
                                                          : "--vary image",
                                 err));

done:
    return st;
}

/* "none,direct": bits of the strategies; "no": none. */
static rr_status read_controls(const char *list, unsigned *out, rr_error *err)
{
    static const rr_strategy allowed[] = { RR_STRATEGY_NONE, RR_STRATEGY_DIRECT, RR_STRATEGY_RANDOM,
                                           RR_STRATEGY_SHIFT };
    *out = 0;
    if (strcmp(list, "no") == 0)
        return RR_OK;
    for (const char *at = list; at != NULL; at = *at == ',' ? at + 1 : NULL) {
        const size_t n = strcspn(at, ",");
        unsigned bit = 0;
        for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
            const char *name = rr_enum_name(RR_ENUM_STRATEGY, allowed[i]);
            if (strlen(name) == n && strncmp(name, at, n) == 0)
                bit = RR_CONTROL(allowed[i]);
        }
        if (bit == 0 || (*out & bit) != 0)
            return rri_fail(err, RR_ERR_ARG, -1,
                            "--controls %s: expected some of none, direct, random and shift, each "
                            "once, or no",
                            list);
        *out |= bit;
        at += n;
    }
    return RR_OK;
}

/* What strategy mixed adds by default depends on the data. */
static void take_mixed(args *a, const rr_session *s)
{
    const rr_mixed_repair given = a->request.search.mixed;
    rr_mixed_repair *m = &a->request.search.mixed;

    *m = rr_repair_request_default(s).search.mixed;
    if (cli_given(&a->common, "varied"))
        m->varied = given.varied;
    if (cli_given(&a->common, "influential"))
        m->influential = given.influential;
    if (cli_given(&a->common, "held"))
        m->held = given.held;
}

static rr_status take_options(args *a, rr_session *s, rr_error *err)
{
    const rr_run_settings run = rr_run_settings_of(rr_session_run(s));
    rr_repair_config *cfg = &a->request.search;
    rr_status st = RR_OK;

    cfg->sample.range.min =
        (rr_affine){ -a->rotate, -a->shift, -a->shift, -a->shear, 1.0 - a->scale };
    cfg->sample.range.max = (rr_affine){ a->rotate, a->shift, a->shift, a->shear, 1.0 + a->scale };
    cfg->segment.correct_only = !a->with_misclassified;
    if (!cli_given(&a->common, "strategy"))
        cfg->strategy = rr_repair_request_default(s).search.strategy;
    take_mixed(a, s);
    if (!cli_given(&a->common, "seed"))
        a->request.retrain.seed = run.train.seed;
    if (a->controls != NULL)
        RRI_TRY(read_controls(a->controls, &a->request.controls, err));
    if (a->output)
        return RR_OK;
    a->segments = cfg->level == RR_LEVEL_SEGMENT ||
                  (cfg->level == RR_LEVEL_AUTO && run.network.vocabulary > 0 &&
                   cfg->strategy != RR_STRATEGY_MIXED);
    a->words = !a->segments && run.network.vocabulary > 0;
    /* A level that is not of the data is refused by the library, with all its options. */
    if (a->segments && run.network.vocabulary == 0)
        return RR_OK;
    RRI_TRY(check_level(a, s, err));
    RRI_TRY(check_variants(a, s, err));

done:
    return st;
}

static rr_status repair_once(args *a, rr_session *s, rr_error *err)
{
    cli_result r = cli_result_begin(&a->common, a->new_dir != NULL);
    rr_repair_result *x = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_samples(&r, "samples", a->samples, s, a->request.split, &a->request.targets,
                               &a->request.count_targets, err));
    RRI_TRY(rr_session_repair(s, &a->request, a->new_dir, &x, err));
    a->harmful = x->retrainings[0].harmful;
    r.list = a->outcome ? "retrainings" : r.list;
    RRI_TRY(cli_put_repair(a, a->new_dir, &a->request.retrain.seed, x, &r, err));
    RRI_TRY(cli_result_end(&r, err));

done:
    if (st == RR_ERR_CANCELLED && x == NULL)
        fprintf(stderr, "rnnrepair repair: interrupted; nothing was written\n");
    else if (st == RR_ERR_CANCELLED)
        fprintf(stderr,
                "rnnrepair repair: interrupted before the outcome was known. Finish %s\n"
                "with rnnrepair train %s --resume, which writes no repair.json.\n",
                a->new_dir, a->new_dir);
    cli_result_free(&r);
    rr_repair_result_free(x);
    return st;
}

/* ---- several seeds -------------------------------------------------------------------------- */

/* The repair of one seed goes to its own repair.json alone. */
static rr_status report_seed(void *self, const rr_repair_request *request, const char *dir,
                             const rr_repair_result *x, rr_error *err)
{
    const args *a = self;
    cli_result r = cli_result_begin(&a->common, 1);
    r.text = 0;
    r.list = NULL;
    const rr_status st = cli_put_repair(a, dir, &request->retrain.seed, x, &r, err);
    cli_result_free(&r);
    return st;
}

static rr_status repair_seeds(args *a, rr_session *s, rr_error *err)
{
    cli_result r = cli_result_begin(&a->common, 1);
    uint64_t *seeds = NULL;
    size_t n = 0;
    char *document = NULL;
    rr_repair_series *x = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_read_numbers("seeds", "1,2,3", a->seeds, &seeds, &n, err));
    RRI_TRY(cli_result_samples(&r, "samples", a->samples, s, a->request.split, &a->request.targets,
                               &a->request.count_targets, err));
    RRI_TRY(rri_format(&document, err, "%s/repair.json", a->new_dir));
    if (rri_file_exists(document))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%s already exists; name a new directory", document));
    RRI_TRY(rr_session_repair_seeds(s, &a->request, a->new_dir, seeds, n, report_seed, a, &x, err));
    RRI_TRY(rr_session_split(s, a->request.split, &r.names, err));
    a->harmful = x->retrainings[0].harmful == n;
    r.list = a->outcome ? "retrainings" : r.list;
    RRI_TRY(cli_put_series(a, x, &r, err));
    if (!a->harmful) /* else the directory has gone */
        RRI_TRY(cli_result_write(&r, document, err));
    RRI_TRY(cli_result_end(&r, err));

done:
    if (st == RR_ERR_CANCELLED)
        fprintf(stderr, "rnnrepair repair: interrupted; %s%s\n",
                a->new_dir != NULL && rri_file_exists(a->new_dir) ? "what was finished is in "
                                                                  : "nothing was written to ",
                a->new_dir);
    cli_result_free(&r);
    rr_repair_series_free(x);
    rri_free(document);
    rri_free(seeds);
    return st;
}

static rr_status open_session(args *a, rr_session **s, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(cli_open_inputs(&a->common, a->dir, &a->in, &a->request.split, s, err));
    if (a->in.other == NULL && !cli_given(&a->common, "split")) {
        a->request.split = rr_repair_request_default(*s).split;
        a->in.split = rr_enum_name(RR_ENUM_SPLIT, a->request.split);
    }

done:
    return st;
}

/* Are the samples for a network that is trained elsewhere? With words, --export FILE.jsonl of a run
 * with a network writes its training set too. */
static int exports(const args *a, const rr_session *s)
{
    const rr_run_settings run = rr_run_settings_of(rr_session_run(s));
    const char *path = a->request.export_path;

    if (path == NULL || a->new_dir != NULL)
        return 0;
    return run.states != NULL || rri_ends_in(path, ".npz") ||
           a->request.search.level == RR_LEVEL_SAMPLE || run.network.vocabulary == 0;
}

/* A split without an error is no failure, but there is no new run either. */
static rr_status put_no_errors(args *a, const rr_dataset *ds, rr_error *err)
{
    static const char *const counts[] = { "targets", "generated", "accepted", "kept" };
    cli_result r = cli_result_begin(&a->common, a->new_dir != NULL);
    rr_status st = RR_OK;

    a->harmful = 1;
    cli_put(&r, "parent", cli_json_text(a->dir));
    cli_put(&r, "run", json_null());
    cli_put(&r, "split", cli_json_text(a->in.split));
    cli_put(&r, "cases", cli_json_text(a->in.cases));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        cli_put(&r, counts[i], cli_json_size(0));
    cli_put(&r, "per_target", json_array());
    cli_put(&r, "retrainings", json_null());
    cli_print(&r, "No errors to repair: all %zu sequences of %s are predicted correctly.\n",
              rr_dataset_count(ds), a->in.cases != NULL ? "the cases" : a->in.split);
    RRI_TRY(cli_result_end(&r, err));
    fprintf(stderr, "rnnrepair repair: nothing to repair, so that no run is made\n");

done:
    cli_result_free(&r);
    return st;
}

/* Is there nothing to repair, whatever is chosen of it? */
static rr_status has_no_errors(const args *a, rr_session *s, const rr_dataset **ds, int *out,
                               rr_error *err)
{
    rr_predictions p = { .ds = NULL };
    const rr_status st = rr_session_predict(s, a->request.split, &p, err);

    *ds = p.ds;
    *out = st == RR_OK && rr_dataset_labelled(p.ds) &&
           (p.step_prediction != NULL ? p.step_errors : p.errors) == 0;
    return st;
}

static int run_repair(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    rr_session *s = NULL;
    const rr_dataset *ds = NULL;
    int none = 0;
    rr_status st = RR_OK;

    a->common.watch.epochs = a->common.quiet ? NULL : stderr;
    a->output = a->request.search.level == RR_LEVEL_OUTPUT;
    RRI_TRY(check_args(a, &err));
    RRI_TRY(check_output(a, &err));
    RRI_TRY(open_session(a, &s, &err));
    if (exports(a, s)) {
        const cli_export x = { .common = &a->common,
                               .dir = a->dir,
                               .data = a->in.other,
                               .split = a->in.split,
                               .samples = a->samples,
                               .repair = &a->request,
                               .with_misclassified = a->with_misclassified };
        st = cli_repair_export(&x, s, &err);
        goto done;
    }
    RRI_TRY(take_options(a, s, &err));
    if (rr_run_settings_of(rr_session_run(s)).states == NULL) /* else repair says what it lacks */
        RRI_TRY(has_no_errors(a, s, &ds, &none, &err));
    if (none)
        st = put_no_errors(a, ds, &err);
    else
        st = a->seeds != NULL ? repair_seeds(a, s, &err) : repair_once(a, s, &err);

done:
    rr_session_close(s);
    return st == RR_OK && a->harmful ? CLI_HARMFUL : cli_finish(&a->common, st, &err);
}

const cli_command cli_command_repair = {
    .name = "repair",
    .summary = "repair misclassified inputs: new samples, retraining, and what changed",
    .about =
        "Whole inputs (--level sample): for each misclassified input x, repair takes the training\n"
        "sequences T_t (true label) and T_m (predicted label) that influence it most. Members of\n"
        "T_t are varied: images geometrically, series in time (a part stretched to the whole,\n"
        "faster and slower), in the amplitude of channels and by noise, sentences by words left\n"
        "out and words replaced by near ones. --strategy mixed, the default but on words, adds\n"
        "--copies of x, --varied variants of it, --influential ones of T_t, and --held ones of "
        "T_m,\n"
        "which keep their class; the copies weigh four times as much, but not on words. With\n"
        "influence, variants of T_t are kept that influence x more than all of T_m; with "
        "gradient,\n"
        "those whose gradient is most similar to that of x.\n"
        "\n"
        "Single words (--level segment, for text): the suspect words of x, as found by localize,\n"
        "are inserted into training sequences with the true label, after a step with the state\n"
        "and prediction that x had before the word. Where none can be, influence adds copies of\n"
        "x, and paper and random skip it.\n"
        "\n"
        "Of a network with an output at every step the targets are single wrong steps: the word "
        "of\n"
        "the step is inserted, with its label, after training steps in the same context; "
        "--samples\n"
        "takes sequences, and all wrong steps of theirs.\n"
        "\n"
        "The output layer alone (--level output, for all data): by a convex program its weights\n"
        "change least so that all targets are right by --margin, and no training sequence that\n"
        "was right turns wrong: each keeps, or gets, a margin of --hold. Nothing is trained, and\n"
        "no influence model is needed. certificate.json in NEWRUN says what is proved; verify\n"
        "checks it, and with --train solves again. Where it is impossible, the targets in "
        "conflict\n"
        "are named; --drop-conflicts repairs the others.\n"
        "\n"
        "The errors are those of --cases, a file of failing inputs with their right labels, else "
        "of\n"
        "the dev split; the test split is only measured. A run without a dev split is repaired by\n"
        "errors of test, which is no test of the new run any more. --halves repairs one half of "
        "the\n"
        "errors, those with even numbers, and measures the other.\n"
        "\n"
        "The network is retrained on the training set and the new samples, in a new run\n"
        "directory. By default retraining continues from RUN's weights with small steps; mixed\n"
        "takes larger ones, and averages the weights of the last epoch. --retrain scratch, as in\n"
        "the paper, changes other predictions by chance.\n"
        "\n"
        "A guard sees that a repair does no harm: the dev split, or where the errors are of it,\n"
        "or there is none, a tenth of the training set (of a small one up to a quarter) that is\n"
        "held back from the retraining. Eight times an epoch its predictions are compared with\n"
        "those of RUN. Kept are the last weights that break none of them, or fewer than they fix\n"
        "and lose no macro-F1; with --max-broken those that break at most N. Where none do, or by\n"
        "default the split of the errors is worse than before, nothing is kept, and the exit\n"
        "status is 5 (also without an error); with --seeds where that is so of every seed.\n"
        "\n"
        "Some errors vanish by training alone, some where the decision threshold moves, and\n"
        "copies of the failing inputs fix many: beside the repair stand --controls, retrained in\n"
        "memory with as many steps and the same guard, and shift: the least of one class's logit\n"
        "that fixes as many targets (or leaves most targets and inputs of the guard right). No\n"
        "threshold moves the AUC, which is measured without the targets. With --seeds, figures\n"
        "are means, and fixed of a target is a fraction.\n"
        "\n"
        "--export without -o retrains nothing. For a run on states (build --states), and of whole\n"
        "inputs, it writes the samples to add for each target, and why: training sequences of the\n"
        "true label that influence it most (repeat), or sequences into which a suspect word is\n"
        "inserted (insert) with those that keep the classes balanced (balance). No network says\n"
        "which of them help: train it on all, where it is. FILE.jsonl has a line a sample,\n"
        "FILE.npz arrays (docs/FORMAT.md). For a run on words, FILE.jsonl is instead the training\n"
        "set with the additions that the network has chosen.\n",
    .members =
        "targets, generated, accepted, kept   counts; kept: all sequences added\n"
        "fixed, still_failing                 of the targets\n"
        "newly_broken                         of the whole split\n"
        "accuracy_before, accuracy_after      of the whole split, fractions\n"
        "outcome     {count, fixed, still_failing, newly_broken, unchanged}, whole split\n"
        "per_target  [{id, truth, prediction, after, fixed, generated, accepted,\n"
        "            kept [{source, score, of_input, weight}], count_truth, count_prediction,\n"
        "            lift_truth, lift_prediction, fault_pattern,\n"
        "            score_truth, score_prediction, tied}]; score: inflscore, or gradient's\n"
        "            cosine; tied: training sequences as influential as the last source, and "
        "none;\n"
        "            of_input: source is the input itself; weight: of its loss\n"
        "            series: kept [{source, ..., variation {jitter, amplitude, slice, start,\n"
        "            channels}, warp [4 terms]}]\n"
        "            segment: in place of kept and all after it budget,\n"
        "            segments [{t, token, symbol, known, rule, influencers}] and\n"
        "            insertions [{t, source, after, suffix, in_context, truth_before,\n"
        "            truth_after}]: the truth's probability without and with the word,\n"
        "            balance, the number of class-balancing samples\n" CLI_RETRAINING_MEMBERS
            CLI_OUTPUT_MEMBERS
        "run, parent, level, split, cases, strategy, retrain, seed, picture (sample)\n"
        "vary                                 \"series\" where series were varied\n"
        "rule, gamma, insertions, export      segment\n"
        "per_seed    --seeds: [{seed, kept, fixed, still_failing, newly_broken,\n"
        "            accuracy_after, outcome}]; per_target then [{id, truth, prediction,\n"
        "            fixed}]\n"
        "With an output at every step, targets and outcomes are of single steps, and per_target "
        "has\n"
        "step, from 1.\n"
        "With --export alone, the outcome of retraining is null.\n"
        "With --export of samples for training elsewhere instead: run, data (of --states), split,\n"
        "targets, samples, repeated, inserted, balance, without (targets that get none), export,\n"
        "per_target [{id, truth, prediction, repeat, insert, balance}]; without truth and\n"
        "            prediction of a run with an output at every step\n" CLI_SOURCE_MEMBERS
            CLI_ORIGIN_MEMBERS CLI_CLASS_MEMBERS,
    .list = "per_target",
    .examples = "rnnrepair repair run -o repaired\n"
                "rnnrepair repair run -o repaired --samples 445,582 --keep-samples 10\n"
                "rnnrepair repair run -o more --strategy gradient\n"
                "rnnrepair repair run -o repaired --cases failures.jsonl --seeds 1,2,3\n"
                "rnnrepair repair run -o careful --halves --max-broken 5 --controls direct,random\n"
                "rnnrepair repair run -o fixed --level output --count 50\n"
                "rnnrepair repair run -o paper --retrain scratch --rounds 1\n"
                "rnnrepair repair text -o repaired --truth-class positive -m 25\n"
                "rnnrepair repair text -o paper --strategy paper --retrain scratch --seeds 1,2,3\n"
                "rnnrepair repair text --export augmented.jsonl\n"
                "rnnrepair repair mine --states test.npz --export additions.npz\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_repair,
};
