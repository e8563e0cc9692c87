/* SPDX-License-Identifier: MIT */
/* repair.c - `rnnrepair repair`: generate samples for misread inputs, retrain on them in a new
 * run directory, and account for what changed. What it says and takes; the work is repair_flow.c.
 */
#include "kit/options.h"
#include "repair_flow.h"
#include "rnnrepair/experimental/augment.h"

#include <float.h>

typedef cli_repair_args args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory with an influence model" },
};

static const cli_opt opts[] = {
    { .name = "output",
      .letter = 'o',
      .kind = CLI_STR,
      .offset = offsetof(args, how.dir),
      .value = "NEWRUN",
      .preset = "none: with --export nothing is retrained",
      .help = "run directory to make; must be given where there is no --export" },
    { .name = "level",
      .kind = CLI_STR,
      .offset = offsetof(args, level),
      .value = "sample|segment",
      .preset = "segment for text, sample for frames",
      .help = "what is repaired: whole inputs, or single words" },
    OPT_SPLIT(args, "split whose errors are repaired"),
    { .name = "samples",
      .kind = CLI_STR,
      .offset = offsetof(args, samples),
      .value = "ID,ID,...",
      .help = "repair these errors" },
    { .name = "truth-class",
      .kind = CLI_STR,
      .offset = offsetof(args, truth),
      .value = "CLASS",
      .preset = "all",
      .help = "only errors whose truth is this class, by name or number" },
    { .name = "count",
      .kind = CLI_SIZE,
      .offset = offsetof(args, count),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "repair the N errors the network is surest of" },
    { .name = "strategy",
      .kind = CLI_ENUM,
      .offset = offsetof(args, strategy),
      .choice = RR_ENUM_STRATEGY,
      .help = "how samples are found; random and none are baselines; paper is of segments,"
              " gradient of samples" },
    { .name = "insertions",
      .letter = 'm',
      .kind = CLI_SIZE,
      .offset = offsetof(args, segment.per_segment),
      .value = "M",
      .min = 1,
      .max = 1e9,
      .help = "segment: insertions a suspect word" },
    { .name = "rule",
      .kind = CLI_ENUM,
      .offset = offsetof(args, segment.localize.rules),
      .choice = RR_ENUM_RULE,
      .help = "segment: what makes a word suspect" },
    { .name = "gamma",
      .kind = CLI_SIZE,
      .offset = offsetof(args, segment.localize.gamma),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "segment, rare: fewer training sequences than this share the step" },
    { .name = "pool",
      .kind = CLI_SIZE,
      .offset = offsetof(args, segment.pool),
      .value = "N",
      .min = 1,
      .max = 1e6,
      .help = "segment, influence: places tried for each insertion" },
    { .name = "counterweight",
      .kind = CLI_F64,
      .offset = offsetof(args, segment.counterweight),
      .value = "F",
      .min = 0,
      .max = 16,
      .preset = "0.5 for influence, 0 for paper and random",
      .help = "segment: for each insertion so many sequences of the predicted class, as they are" },
    { .name = "with-misread",
      .kind = CLI_FLAG,
      .offset = offsetof(args, with_misread),
      .help = "segment: also insert into sequences the network predicts wrong" },
    { .name = "export",
      .kind = CLI_STR,
      .offset = offsetof(args, export),
      .value = "FILE.jsonl",
      .preset = "none",
      .help = "segment: write the training set and what was added, to retrain elsewhere" },
    OPT_TOP(args, sample.top),
    OPT_NORM(args, sample.query.p, "the norm traces are compared by"),
    { .name = "sources",
      .kind = CLI_SIZE,
      .offset = offsetof(args, sample.sources),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "how many of T_t are varied, nearest first" },
    { .name = "variants",
      .kind = CLI_SIZE,
      .offset = offsetof(args, sample.variants),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "variants drawn a target" },
    { .name = "rounds",
      .kind = CLI_SIZE,
      .offset = offsetof(args, sample.rounds),
      .value = "N",
      .min = 1,
      .max = 100,
      .help = "rounds they come in, each nearer the best so far; 1 = blind, as the paper" },
    { .name = "keep-samples",
      .kind = CLI_SIZE,
      .offset = offsetof(args, sample.keep),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "accepted variants kept a target, best first" },
    { .name = "rotate",
      .kind = CLI_F64,
      .offset = offsetof(args, rotate),
      .value = "DEG",
      .min = 0,
      .max = 180,
      .help = "variants turn by up to this either way" },
    { .name = "shift",
      .kind = CLI_F64,
      .offset = offsetof(args, shift),
      .value = "PIXELS",
      .min = 0,
      .max = 1e4,
      .help = "and move by up to this along each axis" },
    { .name = "shear",
      .kind = CLI_F64,
      .offset = offsetof(args, shear),
      .value = "F",
      .min = 0,
      .max = 10,
      .help = "and slant by up to this many columns a row" },
    { .name = "scale",
      .kind = CLI_F64,
      .offset = offsetof(args, scale),
      .value = "F",
      .min = 0,
      .max = 0.99,
      .help = "and grow or shrink by up to this share" },
    { .name = "retrain",
      .kind = CLI_ENUM,
      .offset = offsetof(args, how.start),
      .choice = RR_ENUM_RETRAIN,
      .help = "from fresh weights, or on from RUN's" },
    OPT_EPOCHS(args, how.epochs, "2 for continue, as many as RUN for scratch",
               "epochs of retraining"),
    OPT_LEARNING_RATE(args, how.learning_rate,
                      "RUN's; a tenth of it where continue leaves a run trained from scratch",
                      "learning rate of retraining"),
    { .name = "seed",
      .kind = CLI_U64,
      .offset = offsetof(args, how.seed),
      .value = "N",
      .preset = "RUN's",
      .help = "of the variants and of the retraining" },
    { .name = "seeds",
      .kind = CLI_STR,
      .offset = offsetof(args, seeds),
      .value = "N,N,...",
      .preset = "one repair, with --seed",
      .help = "a repair for each seed, in NEWRUN/seed-N, and their means" },
    OPT_DATA(args),
    { .name = "vectors",
      .kind = CLI_STR,
      .offset = offsetof(args, how.vectors),
      .value = "FILE",
      .preset = "RUN's own",
      .help = "where RUN's word vectors lie now; their content is checked" },
};

static void defaults(void *p)
{
    args *a = p;
    const rr_affine_range range = rr_affine_range_default();
    a->split = RR_SPLIT_TEST;
    a->count = 100;
    a->sample = rr_repair_config_default();
    a->segment = rr_insertion_config_default();
    a->rotate = range.max.rotate;
    a->shift = range.max.shift_x;
    a->shear = range.max.shear;
    a->scale = range.max.scale - 1.0;
    a->how.start = RR_RETRAIN_CONTINUE;
}

const cli_command cli_command_repair = {
    .name = "repair",
    .summary = "repair misread inputs: new samples, retraining, and the account",
    .about =
        "Whole inputs (--level sample, for images): for each misread input x the training\n"
        "sequences T_t (true label) and T_m (predicted label) that influence it most are found.\n"
        "Members of T_t are varied geometrically, as images whose rows are the steps: all\n"
        "sequences must be of one length, and on data that are no images the variants mean\n"
        "little. Variants that influence x more than all of T_m are kept; with --strategy\n"
        "gradient, those whose gradient points most where that of x does: a training step on them\n"
        "is one x needs. That takes longer, and repairs more of MNIST.\n"
        "\n"
        "Single words (--level segment, for text): the suspect words of x, as localize names\n"
        "them, are inserted into training sequences with the true label that are at some step in\n"
        "the state and the prediction x had before the word. Errors whose suspect words have no\n"
        "vector are left out.\n"
        "\n"
        "The network is retrained on the training set and what was kept, in a new run directory\n"
        "that names its parent; x itself is never trained on. Some errors vanish by retraining\n"
        "alone: compare with --strategy none, and with --strategy random. By default the\n"
        "retraining goes on from RUN's weights with small steps, which leaves the rest of the\n"
        "network as it is; --retrain scratch is the paper's way, and changes other predictions by\n"
        "chance. Over several --seeds, numbers are means, and fixed of a target is a share.\n",
    .members = "targets, generated, accepted, kept   how many; kept counts all that was added\n"
               "fixed, still_failing                 of the targets\n"
               "newly_broken                         of the whole split\n"
               "accuracy_before, accuracy_after      of the whole split, shares\n"
               "ledger      {count, fixed, still_failing, newly_broken, unchanged}, whole split\n"
               "per_target  [{id, truth, prediction, after, fixed, generated, accepted,\n"
               "            kept [{source, score}], count_truth, count_prediction, score_truth,\n"
               "            score_prediction}]; score: inflscore, or gradient's cosine\n"
               "            segment: in place of kept and what follows it budget,\n"
               "            segments [{t, token, symbol, known, rule, influencers}] and\n"
               "            insertions [{t, source, after, suffix, in_context, truth_before,\n"
               "            truth_after}]: the truth's probability without and with the word,\n"
               "            counterweights, how many\n"
               "run, parent, level, split, strategy, retrain, seed, picture (sample)\n"
               "rule, gamma, insertions, export      segment\n"
               "per_seed    --seeds: [{seed, kept, fixed, still_failing, newly_broken,\n"
               "            accuracy_after, ledger}]; per_target then [{id, truth, prediction,\n"
               "            fixed}]\n"
               "After --export alone, what only retraining tells is null.\n",
    .examples = "rnnrepair repair run -o repaired\n"
                "rnnrepair repair run -o repaired --samples 445,582 --keep-samples 10\n"
                "rnnrepair repair run -o more --strategy gradient\n"
                "rnnrepair repair run -o control --strategy none\n"
                "rnnrepair repair run -o paper --retrain scratch --rounds 1\n"
                "rnnrepair repair text -o repaired --truth-class positive -m 25\n"
                "rnnrepair repair text -o paper --strategy paper --retrain scratch --seeds 1,2,3\n"
                "rnnrepair repair text --export augmented.jsonl\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = cli_run_repair,
};
