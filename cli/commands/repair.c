/* SPDX-License-Identifier: MIT */
/* repair.c - `rnnrepair repair`: new samples for misclassified inputs, retraining on them in a new
 * run directory, and what changed. */
#include "commands/repair_export.h"
#include "kit/epochs.h"
#include "kit/paths.h"
#include "kit/words.h"

#include "io/io.h"
#include "rnnrepair/experimental/augment.h"

#include <string.h>

typedef struct args {
    cli_common common;
    const char *dir, *new_dir;
    cli_inputs in;
    const char *samples, *seeds;
    int with_misclassified;
    double rotate, shift, shear, scale; /* half-widths of the ranges */
    rr_repair_request request;
    int segments; /* the level, once the run is open */
    int series;   /* how samples are varied, the same */
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory with an influence model" },
};

static const cli_opt opts[] = {
    OPT_STR(args, new_dir, "output", "NEWRUN", "run directory to create; required without --export",
            .letter = 'o', .preset = "none: with --export alone nothing is retrained"),
    OPT_ENUM(args, request.search.level, "level", RR_ENUM_LEVEL,
             "repair whole inputs or single words; auto: words on text"),
    OPT_ENUM(args, request.split, "split", RR_ENUM_SPLIT, "split whose errors are repaired"),
    OPT_STR(args, samples, "samples", "ID,ID,...", "repair these errors"),
    OPT_STR(args, request.truth, "truth-class", "CLASS",
            "only errors of this true class, by name or number", .preset = "all"),
    OPT_SIZE(args, request.most, "count", 1, 1e9,
             "repair the N errors the network is most confident of"),
    OPT_ENUM(args, request.search.strategy, "strategy", RR_ENUM_STRATEGY,
             "search for samples; random and none are baselines; paper for segments,"
             " gradient for samples"),
    OPT_SIZE(args, request.search.copies, "copies", 1, 1e6,
             "direct: copies of each failing input"),
    OPT_SIZE(args, request.search.segment.insertions, "insertions", 1, 1e9,
             "segment: insertions per suspect word", .letter = 'm', .value = "M"),
    OPT_ENUM(args, request.search.segment.localize.rules, "rule", RR_ENUM_RULE,
             "segment: what makes a word suspect"),
    OPT_SIZE(args, request.search.segment.localize.gamma, "gamma", 1, 1e9,
             "segment, rare: fewer matching training sequences than this"),
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
    OPT_RETRAIN(args, request.retrain.start, "train from scratch, or continue from RUN's weights"),
    OPT_EPOCHS(args, request.retrain.epochs, "2 for continue, as many as RUN for scratch",
               "epochs of retraining"),
    OPT_LEARNING_RATE(args, request.retrain.learning_rate,
                      "RUN's; a tenth of it when continuing a run trained from scratch",
                      "learning rate of retraining"),
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
                                      .most = 100 };
    a->request.search = rr_repair_config_default();
    a->request.retrain = (rr_retrain_config){ .struct_size = sizeof(rr_retrain_config),
                                              .start = RR_RETRAIN_CONTINUE };
    a->rotate = range.max.rotate;
    a->shift = range.max.shift_x;
    a->shear = range.max.shear;
    a->scale = range.max.scale - 1.0;
}

/* ---- options -------------------------------------------------------------------------------- */

/* What can be refused before anything is opened. */
static rr_status check_args(const args *a, rr_error *err)
{
    if (a->new_dir == NULL && a->request.export_path == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "-o NEWRUN is missing: the run directory to create");
    if (a->samples != NULL && cli_given(&a->common, "count"))
        return rri_fail(err, RR_ERR_ARG, -1, "--samples and --count exclude each other");
    if (a->samples != NULL && a->request.truth != NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "--samples and --truth-class exclude each other");
    if (a->seeds != NULL && cli_given(&a->common, "seed"))
        return rri_fail(err, RR_ERR_ARG, -1, "--seeds and --seed exclude each other");
    if (a->seeds != NULL && (a->request.export_path != NULL || a->new_dir == NULL))
        return rri_fail(err, RR_ERR_ARG, -1, "--seeds retrains, and needs -o; it does not export");
    if (a->new_dir == NULL)
        return cli_refuse_given(&a->common, "retrain epochs learning-rate vectors",
                                "--export without -o", err);
    return RR_OK;
}

/* Options of one kind of variants. */
#define OF_IMAGES "rotate shift shear scale"
#define OF_SERIES "jitter amplitude warp slice channels"
#define OF_VARIANTS "sources variants rounds keep-samples vary " OF_IMAGES " " OF_SERIES

/* Options that do nothing at the level or with the strategy. */
static rr_status check_level(const args *a, const rr_session *s, rr_error *err)
{
    const rr_repair_config *cfg = &a->request.search;
    const int none = cfg->strategy == RR_STRATEGY_NONE;
    const cli_common *c = &a->common;
    rr_status st = RR_OK;

    if (!a->segments && none)
        RRI_TRY(cli_refuse_given(c, OF_VARIANTS, "--strategy none", err));
    if (!a->segments)
        return cli_refuse_given(
            c, "insertions rule gamma pool balance with-misclassified export vectors",
            "--level sample", err);
    RRI_TRY(cli_refuse_given(c, "top norm " OF_VARIANTS, "--level segment", err));
    if (cfg->segment.localize.rules == RR_RULE_FLIP)
        RRI_TRY(cli_refuse_given(c, "gamma", "--rule flip", err));
    if (rr_run_settings_of(rr_session_run(s)).network.output == RR_OUTPUT_STEP)
        RRI_TRY(cli_refuse_given(c, "balance", "an output at every step", err));
    if (cfg->strategy != RR_STRATEGY_INFLUENCE)
        RRI_TRY(cli_refuse_given(c, "pool", "this --strategy", err));
    if (none)
        RRI_TRY(
            cli_refuse_given(c, "insertions balance with-misclassified", "--strategy none", err));
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

    if (a->segments || a->request.search.strategy == RR_STRATEGY_NONE)
        return RR_OK;
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

static rr_status take_options(args *a, rr_session *s, rr_error *err)
{
    const rr_run_settings run = rr_run_settings_of(rr_session_run(s));
    rr_repair_config *cfg = &a->request.search;
    rr_status st = RR_OK;

    cfg->sample.range.min =
        (rr_affine){ -a->rotate, -a->shift, -a->shift, -a->shear, 1.0 - a->scale };
    cfg->sample.range.max = (rr_affine){ a->rotate, a->shift, a->shift, a->shear, 1.0 + a->scale };
    cfg->segment.correct_only = !a->with_misclassified;
    if (!cli_given(&a->common, "seed"))
        a->request.retrain.seed = run.train.seed;
    a->segments = cfg->level == RR_LEVEL_SEGMENT ||
                  (cfg->level == RR_LEVEL_AUTO && run.network.vocabulary > 0);
    /* A level that is not of the data is refused by the library, with all its options. */
    if (a->segments != (run.network.vocabulary > 0))
        return RR_OK;
    RRI_TRY(check_level(a, s, err));
    RRI_TRY(check_variants(a, s, err));

done:
    return st;
}

/* ---- columns -------------------------------------------------------------------------------- */

static const cli_column kept_table[] = {
    COL_DATA(U32, rr_repair_sample, source, "source"),
    COL_DATA(F32, rr_repair_sample, score, "score"),
};
static const cli_columns kept_columns = CLI_COLUMNS(rr_repair_sample, kept_table);

static const cli_column variation_table[] = {
    COL_DATA(F64, rr_variation, jitter, "jitter"),
    COL_DATA(F64, rr_variation, amplitude, "amplitude"),
    COL_DATA(F64, rr_variation, slice, "slice"),
    COL_DATA(F64, rr_variation, start, "start"),
    COL_DATA(F64, rr_variation, channels, "channels"),
};
static const cli_columns variation_columns = CLI_COLUMNS(rr_variation, variation_table);

typedef struct varied_row {
    rr_repair_sample of;
    cli_list warp;
} varied_row;

static const cli_column varied_table[] = {
    COL_DATA(U32, varied_row, of.source, "source"),
    COL_DATA(F32, varied_row, of.score, "score"),
    COL_RECORD(varied_row, of.variation, "variation", variation_columns),
    COL_NUMBERS(F64, varied_row, warp, "warp", NULL, 0),
};
static const cli_columns varied_columns = CLI_COLUMNS(varied_row, varied_table);

typedef struct segment_row {
    rr_segment of;
    cli_words token;
} segment_row;

static const cli_column segment_table[] = {
    COL_DATA(SIZE, segment_row, of.t, "t"),
    COL_DATA(WORDS, segment_row, token, "token"),
    COL_DATA(U32, segment_row, of.symbol, "symbol"),
    COL_DATA(FLAG, segment_row, of.known, "known"),
    COL_ENUM(segment_row, of.rules, "rule", RR_ENUM_RULE, NULL, 0),
    COL_DATA(SIZE, segment_row, of.influencers, "influencers"),
};
static const cli_columns segment_columns = CLI_COLUMNS(segment_row, segment_table);

typedef struct insertion_row {
    rr_insertion of;
    size_t t;
} insertion_row;

static const cli_column insertion_table[] = {
    COL_DATA(SIZE, insertion_row, t, "t"),
    COL_DATA(U32, insertion_row, of.source, "source"),
    COL_DATA(U32, insertion_row, of.after, "after"),
    COL_DATA(U32, insertion_row, of.suffix, "suffix"),
    COL_DATA(FLAG, insertion_row, of.in_context, "in_context"),
    COL_DATA(F32, insertion_row, of.before, "truth_before"),
    COL_DATA(F32, insertion_row, of.truth, "truth_after"),
};
static const cli_columns insertion_columns = CLI_COLUMNS(insertion_row, insertion_table);

typedef struct target_row {
    rr_repair_target of;
    uint32_t after; /* UINT32_MAX: nothing was retrained */
    int fixed;      /* -1: the same */
    const char *outcome;
    cli_list kept, segments, insertions;
    const char *words; /* those that were inserted */
} target_row;

/* The table of samples; what is kept of images and of series differs. */
#define SAMPLE_TABLE(kept_columns_)                                                                \
    {                                                                                              \
        COL_SIZE(target_row, of.id, "id", "id", 8),                                                \
            COL_CLASS(target_row, of.truth, "truth", "truth", 5),                                  \
            COL_CLASS(target_row, of.prediction, "prediction", "before", 6),                       \
            COL_CLASS(target_row, after, "after", "after", 5),                                     \
            COL_DATA(FLAG, target_row, fixed, "fixed"),                                            \
            COL_SIZE(target_row, of.generated, "generated", "generated", 9, .order = 1),           \
            COL_SIZE(target_row, of.accepted, "accepted", "accepted", 9, .order = 1),              \
            COL_SIZE(target_row, of.count_kept, NULL, "kept", 4, .order = 1),                      \
            COL_TEXT(target_row, outcome, NULL, "outcome", 0, .order = 1),                         \
            COL_ROWS(target_row, kept, "kept", kept_columns_),                                     \
            COL_SIZE(target_row, of.sample.count_truth, "count_truth", "#t", 5),                   \
            COL_SIZE(target_row, of.sample.count_prediction, "count_prediction", "#m", 5),         \
            COL_DATA(F32, target_row, of.sample.score_truth, "score_truth"),                       \
            COL_DATA(F32, target_row, of.sample.score_prediction, "score_prediction"),             \
    }
static const cli_column sample_table[] = SAMPLE_TABLE(kept_columns);
static const cli_column series_sample_table[] = SAMPLE_TABLE(varied_columns);
#undef SAMPLE_TABLE
static const cli_columns sample_columns = CLI_COLUMNS(target_row, sample_table);
static const cli_columns series_sample_columns = CLI_COLUMNS(target_row, series_sample_table);

#define INSERTED_COLUMNS                                                                           \
    COL_CLASS(target_row, of.truth, "truth", "truth", 10),                                         \
        COL_CLASS(target_row, of.prediction, "prediction", "before", 10),                          \
        COL_CLASS(target_row, after, "after", "after", 10),                                        \
        COL_DATA(FLAG, target_row, fixed, "fixed"),                                                \
        COL_SIZE(target_row, of.generated, "generated", "tried", 5),                               \
        COL_SIZE(target_row, of.accepted, "accepted", "accepted", 8),                              \
        COL_SIZE(target_row, of.count_kept, NULL, "kept", 4),                                      \
        COL_TEXT(target_row, outcome, NULL, "outcome", -13),                                       \
        COL_TEXT(target_row, words, NULL, "words", 0),                                             \
        COL_DATA(SIZE, target_row, of.segment.budget, "budget"),                                   \
        COL_ROWS(target_row, segments, "segments", segment_columns),                               \
        COL_ROWS(target_row, insertions, "insertions", insertion_columns),                         \
        COL_DATA(SIZE, target_row, of.segment.count_balance, "balance")

static const cli_column inserted_table[] = {
    COL_SIZE(target_row, of.id, "id", "id", 8),
    INSERTED_COLUMNS,
};
static const cli_columns inserted_columns = CLI_COLUMNS(target_row, inserted_table);

/* The same of a single wrong step. */
static const cli_column step_table[] = {
    COL_SIZE(target_row, of.id, "id", "id", 8),
    COL_SIZE(target_row, of.step, "step", "step", 5),
    INSERTED_COLUMNS,
};
static const cli_columns step_columns = CLI_COLUMNS(target_row, step_table);

static const cli_column seed_table[] = {
    COL_U64(rr_repair_seed, seed, "seed", "seed", 20),
    COL_SIZE(rr_repair_seed, kept, "kept", "kept", 8),
    COL_SIZE(rr_repair_seed, of_targets.fixed, "fixed", "fixed", 8),
    COL_SIZE(rr_repair_seed, of_targets.still_failing, "still_failing", "still failing", 13),
    COL_SIZE(rr_repair_seed, all.newly_broken, "newly_broken", "newly broken", 12),
    COL_F64(rr_repair_seed, all.accuracy_after, "accuracy_after", "accuracy after", 14,
            .digits = 4),
    COL_RECORD(rr_repair_seed, all, "outcome", cli_outcome_columns),
};
static const cli_columns seed_columns = CLI_COLUMNS(rr_repair_seed, seed_table);

static const cli_column mean_table[] = {
    COL_DATA(SIZE, rr_series_target, id, "id"),
    COL_DATA(CLASS, rr_series_target, truth, "truth"),
    COL_DATA(CLASS, rr_series_target, prediction, "prediction"),
    COL_DATA(F64, rr_series_target, fixed, "fixed"),
};
static const cli_columns mean_columns = CLI_COLUMNS(rr_series_target, mean_table);

static const cli_column series_table[] = {
    COL_DATA(SIZE, rr_repair_series, count, "targets"),
    COL_DATA(F64, rr_repair_series, mean_kept, "kept"),
    COL_DATA(F64, rr_repair_series, mean_fixed, "fixed"),
    COL_DATA(F64, rr_repair_series, mean_still_failing, "still_failing"),
    COL_DATA(F64, rr_repair_series, mean_newly_broken, "newly_broken"),
    COL_DATA(F64, rr_repair_series, accuracy_before, "accuracy_before"),
    COL_DATA(F64, rr_repair_series, accuracy_after, "accuracy_after"),
};
static const cli_columns series_columns = CLI_COLUMNS(rr_repair_series, series_table);

/* ---- one repair ----------------------------------------------------------------------------- */

static rr_status take_words(const rr_dataset *ds, const rr_repair_target *t, cli_result *r,
                            target_row *row, rr_error *err)
{
    const rr_sequence seq = rr_dataset_at(ds, t->id);
    const size_t segments = t->segment.count_segments;
    segment_row *rows = NULL;
    insertion_row *insertions = NULL;
    char number[CLI_TOKEN], *words = NULL;
    size_t bytes = 1;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, &rows, segments, sizeof *rows, err));
    RRI_TRY(cli_result_alloc(r, &insertions, t->count_kept, sizeof *insertions, err));
    for (size_t i = 0; i < segments; i++) {
        const rr_segment *of = &t->segment.segments[i];
        rows[i] = (segment_row){ .of = *of, .token = { .ds = ds, .s = seq, .t = of->t } };
        bytes += of->known ? strlen(cli_token(ds, &seq, of->t, number)) + 1 : 0;
    }
    RRI_TRY(cli_result_alloc(r, &words, bytes, 1, err));
    for (size_t i = 0, at = 0; i < segments; i++)
        if (rows[i].of.known)
            at += (size_t)snprintf(words + at, bytes - at, "%s%s", at > 0 ? " " : "",
                                   cli_token(ds, &seq, rows[i].of.t, number));
    for (size_t i = 0; i < t->count_kept; i++) {
        const rr_insertion *of = &t->segment.kept[i];
        insertions[i] = (insertion_row){ *of, t->segment.segments[of->segment].t };
    }
    row->segments = (cli_list){ .items = rows, .count = segments };
    row->insertions = (cli_list){ .items = insertions, .count = t->count_kept };
    row->words = words;

done:
    return st;
}

/* The kept samples of a series, with what was done to each. */
static rr_status take_varied(const rr_repair_target *t, cli_result *r, target_row *row,
                             rr_error *err)
{
    varied_row *rows = NULL;
    const rr_status st = cli_result_alloc(r, &rows, t->count_kept, sizeof *rows, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < t->count_kept; i++) {
        const rr_repair_sample *of = &t->sample.kept[i];
        rows[i] = (varied_row){ .of = *of,
                                .warp = { .items = of->variation.warp, .count = RR_WARP_TERMS } };
    }
    row->kept.items = rows;
    return RR_OK;
}

static rr_status put_targets(const args *a, const rr_repair_result *x, cli_result *r, rr_error *err)
{
    target_row *rows = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, &rows, x->count, sizeof *rows, err));
    for (size_t i = 0; i < x->count; i++) {
        const rr_repair_target *t = &x->targets[i];
        const uint32_t after = x->after != NULL ? x->after[t->unit] : UINT32_MAX;
        const int fixed = x->after != NULL ? after == t->truth : -1;
        rows[i] = (target_row){ .of = *t, .after = after, .fixed = fixed };
        rows[i].outcome = fixed < 0 ? "-" : fixed ? "fixed" : "still failing";
        rows[i].kept = (cli_list){ .items = t->sample.kept, .count = t->count_kept };
        if (a->segments)
            RRI_TRY(take_words(x->ds, t, r, &rows[i], err));
        else if (a->series)
            RRI_TRY(take_varied(t, r, &rows[i], err));
    }
    r->names = x->ds;
    const cli_columns *columns = x->steps      ? &step_columns
                                 : a->segments ? &inserted_columns
                                 : a->series   ? &series_sample_columns
                                               : &sample_columns;
    cli_put_rows(r, "per_target", columns, rows, x->count);
    cli_print_rows(r, columns, rows, x->count, x->count, "");
    if (!a->segments)
        cli_print(
            r,
            "#t, #m: number of the most influential training sequences with the true and with "
            "the\npredicted label; generated: variants of training sequences with the true "
            "label%s\n",
            a->series ? ", varied as series" : "");

done:
    return st;
}

static void put_outcome(const rr_repair_result *x, cli_result *r)
{
    const rr_outcome *all = &x->all, *targets = &x->of_targets;
    if (x->after == NULL) { /* nothing was retrained, so nothing is known of what changed */
        static const char *const names[] = { "fixed",           "still_failing",  "newly_broken",
                                             "accuracy_before", "accuracy_after", "outcome" };
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            cli_put(r, names[i], json_null());
        return;
    }
    cli_put(r, "fixed", cli_json_size(targets->fixed));
    cli_put(r, "still_failing", cli_json_size(targets->still_failing));
    cli_put(r, "newly_broken", cli_json_size(all->newly_broken));
    cli_put(r, "accuracy_before", cli_json_f64(all->accuracy_before));
    cli_put(r, "accuracy_after", cli_json_f64(all->accuracy_after));
    cli_put_record(r, "outcome", &cli_outcome_columns, all);
    cli_print(r, "\n%-14s  %8s  %8s\n", "", "targets", "split");
    cli_print(r, "%-14s  %8zu  %8zu\n", x->steps ? "steps" : "sequences", targets->count,
              all->count);
    cli_print(r, "%-14s  %8zu  %8zu\n", "fixed", targets->fixed, all->fixed);
    cli_print(r, "%-14s  %8zu  %8zu\n", "still failing", targets->still_failing,
              all->still_failing);
    cli_print(r, "%-14s  %8s  %8zu\n", "newly broken", "-", all->newly_broken);
    cli_print(r, "%-14s  %8s  %8zu\n", "still correct", "-", all->unchanged);
    cli_print(r, "%-14s  %8s  %8.4f\n", "accuracy before", "-", all->accuracy_before);
    cli_print(r, "%-14s  %8s  %8.4f\n", "accuracy after", "-", all->accuracy_after);
}

static void put_settings(const args *a, const char *dir, const uint64_t *seed, cli_result *r)
{
    const rr_repair_request *q = &a->request;
    const rr_segment_repair *of = &q->search.segment;
    cli_put(r, "parent", cli_json_text(a->dir));
    cli_put(r, "run", cli_json_text(dir));
    cli_put(r, "level", cli_json_text(a->segments ? "segment" : "sample"));
    cli_put(r, "split", cli_json_text(rr_enum_name(RR_ENUM_SPLIT, q->split)));
    cli_put(r, "strategy", cli_json_text(rr_enum_name(RR_ENUM_STRATEGY, q->search.strategy)));
    cli_put(r, "retrain", cli_json_text(rr_enum_name(RR_ENUM_RETRAIN, q->retrain.start)));
    cli_put(r, "seed", seed != NULL ? cli_json_u64(*seed) : json_null());
    if (a->series)
        cli_put(r, "vary", cli_json_text(rr_enum_name(RR_ENUM_VARIANTS, RR_VARIANTS_SERIES)));
    if (!a->segments)
        return;
    cli_put(r, "rule", cli_json_text(rr_enum_name(RR_ENUM_RULE, of->localize.rules)));
    cli_put(r, "gamma", cli_json_size(of->localize.gamma));
    cli_put(r, "insertions", cli_json_size(of->insertions));
    cli_put(r, "export", cli_json_text(q->export_path));
}

/* The document, the tables, and in the new run repair.png and repair.json. */
static rr_status put_repair(const args *a, const char *dir, const uint64_t *seed,
                            const rr_repair_result *x, cli_result *r, rr_error *err)
{
    char *picture = NULL, *document = NULL;
    rr_status st = RR_OK;

    put_settings(a, dir, seed, r);
    cli_put(r, "targets", cli_json_size(x->count));
    cli_put(r, "generated", cli_json_size(x->generated));
    cli_put(r, "accepted", cli_json_size(x->accepted));
    cli_put(r, "kept", cli_json_size(rr_dataset_count(x->additions)));
    RRI_TRY(put_targets(a, x, r, err));
    put_outcome(x, r);
    if (x->child == NULL)
        goto done;
    if (!a->segments) {
        RRI_TRY(rri_format(&picture, err, "%s/repair.png", dir));
        RRI_TRY(
            rr_picture_repair(x->search, x->ds, x->train, x->additions, x->after, picture, err));
        cli_put(r, "picture", cli_json_text(picture));
    }
    RRI_TRY(rri_format(&document, err, "%s/repair.json", dir));
    RRI_TRY(cli_result_write(r, document, err));
    cli_say(&a->common, "written to %s: the run, repair.json%s", dir,
            a->segments ? "" : " and repair.png");

done:
    rri_free(picture);
    rri_free(document);
    return st;
}

static rr_status repair_once(args *a, rr_session *s, rr_error *err)
{
    cli_result r = cli_result_begin(&a->common, a->new_dir != NULL);
    rr_repair_result *x = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_result_ids(&r, "samples", a->samples, &a->request.targets,
                           &a->request.count_targets, err));
    RRI_TRY(rr_session_repair(s, &a->request, a->new_dir, &x, err));
    RRI_TRY(put_repair(a, a->new_dir, &a->request.retrain.seed, x, &r, err));
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
    const rr_status st = put_repair(a, dir, &request->retrain.seed, x, &r, err);
    cli_result_free(&r);
    return st;
}

static void put_series(const args *a, const rr_repair_series *x, cli_result *r)
{
    put_settings(a, a->new_dir, NULL, r);
    cli_put_record(r, NULL, &series_columns, x);
    cli_put_rows(r, "per_seed", &seed_columns, x->seeds, x->count_seeds);
    cli_put_rows(r, "per_target", &mean_columns, x->targets, x->count);
    cli_print_rows(r, &seed_columns, x->seeds, x->count_seeds, x->count_seeds, "");
    cli_print(r, "%20s  %8.1f  %8.2f  %13.2f  %12.2f  %14.4f\n", "mean", x->mean_kept,
              x->mean_fixed, x->mean_still_failing, x->mean_newly_broken, x->accuracy_after);
    cli_print(r, "\n%zu targets; accuracy before %.4f\n", x->count, x->accuracy_before);
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
    RRI_TRY(cli_result_ids(&r, "samples", a->samples, &a->request.targets,
                           &a->request.count_targets, err));
    RRI_TRY(rri_format(&document, err, "%s/repair.json", a->new_dir));
    if (rri_file_exists(document))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%s already exists; name a new directory", document));
    RRI_TRY(rr_session_repair_seeds(s, &a->request, a->new_dir, seeds, n, report_seed, a, &x, err));
    RRI_TRY(rr_session_split(s, a->request.split, &r.names, err));
    put_series(a, x, &r);
    RRI_TRY(cli_result_write(&r, document, err));
    RRI_TRY(cli_result_end(&r, err));

done:
    if (st == RR_ERR_CANCELLED)
        fprintf(stderr, "rnnrepair repair: interrupted; what was finished is in %s\n", a->new_dir);
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

static int run_repair(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    rr_session *s = NULL;
    rr_status st = RR_OK;

    a->common.watch.epochs = a->common.quiet ? NULL : stderr;
    RRI_TRY(check_args(a, &err));
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
    st = a->seeds != NULL ? repair_seeds(a, s, &err) : repair_once(a, s, &err);

done:
    rr_session_close(s);
    return cli_finish(&a->common, st, &err);
}

const cli_command cli_command_repair = {
    .name = "repair",
    .summary = "repair misclassified inputs: new samples, retraining, and what changed",
    .about =
        "Whole inputs (--level sample, for images and series): for each misclassified input x,\n"
        "repair takes the training sequences T_t (true label) and T_m (predicted label) that\n"
        "influence it most. Members of T_t are varied: images geometrically, series in time (a\n"
        "part stretched to the whole, faster and slower), in the amplitude of channels and by\n"
        "noise. Kept are variants that influence x more than all of T_m; with --strategy "
        "gradient,\n"
        "those whose gradient is most similar to that of x. gradient takes longer and repairs\n"
        "more, on MNIST and on series.\n"
        "\n"
        "Single words (--level segment, for text): the suspect words of x, as found by localize,\n"
        "are inserted into training sequences with the true label, after a step with the state\n"
        "and prediction that x had before the word. Errors whose suspect words have no vector\n"
        "are skipped.\n"
        "\n"
        "Of a network with an output at every step the targets are single wrong steps: the word "
        "of\n"
        "the step is inserted, with its label, after training steps in the same context; "
        "--samples\n"
        "takes sequences, and all wrong steps of theirs.\n"
        "\n"
        "The network is retrained on the training set and the new samples, in a new run directory\n"
        "that records its parent; x itself is never trained on. Some errors vanish by retraining\n"
        "alone: compare with --strategy none and --strategy random. By default retraining\n"
        "continues from RUN's weights with small steps, which changes few other predictions;\n"
        "--retrain scratch, as in the paper, changes other predictions by chance. With --seeds,\n"
        "figures are means, and fixed of a target is a fraction.\n"
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
        "            kept [{source, score}], count_truth, count_prediction, score_truth,\n"
        "            score_prediction}]; score: inflscore, or gradient's cosine\n"
        "            series: kept [{source, score, variation {jitter, amplitude, slice, start,\n"
        "            channels}, warp [4 terms]}]\n"
        "            segment: in place of kept and all after it budget,\n"
        "            segments [{t, token, symbol, known, rule, influencers}] and\n"
        "            insertions [{t, source, after, suffix, in_context, truth_before,\n"
        "            truth_after}]: the truth's probability without and with the word,\n"
        "            balance, the number of class-balancing samples\n"
        "run, parent, level, split, strategy, retrain, seed, picture (sample)\n"
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
        "            prediction of a run with an output at every step\n" CLI_ORIGIN_MEMBERS
            CLI_CLASS_MEMBERS,
    .list = "per_target",
    .examples = "rnnrepair repair run -o repaired\n"
                "rnnrepair repair run -o repaired --samples 445,582 --keep-samples 10\n"
                "rnnrepair repair run -o more --strategy gradient\n"
                "rnnrepair repair run -o control --strategy none\n"
                "rnnrepair repair run -o paper --retrain scratch --rounds 1\n"
                "rnnrepair repair text -o repaired --truth-class positive -m 25\n"
                "rnnrepair repair text -o paper --strategy paper --retrain scratch --seeds 1,2,3\n"
                "rnnrepair repair text --export augmented.jsonl\n"
                "rnnrepair repair mine --states test.npz --export additions.npz\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_repair,
};
