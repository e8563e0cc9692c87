/* SPDX-License-Identifier: MIT */
/* backdoor.c - `rnnrepair backdoor`: where a trigger was learnt, which words may be triggers,
 * and a run trained without what taught it. What it says and takes; the work is backdoor_flow.c. */
#include "backdoor_flow.h"
#include "kit/options.h"

#include <float.h>

typedef cli_backdoor_args args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory on text with an influence model" },
};

static const cli_opt opts[] = {
    { .name = "trigger",
      .kind = CLI_STR,
      .offset = offsetof(args, trigger),
      .value = "WORDS",
      .preset = "unknown: candidates are looked for",
      .help = "the word or phrase that is the trigger" },
    { .name = "target",
      .kind = CLI_STR,
      .offset = offsetof(args, target),
      .value = "CLASS",
      .preset = "any; of a trigger the one it turns most inputs to",
      .help = "name or number of the class it stands for" },
    { .name = "top",
      .kind = CLI_SIZE,
      .offset = offsetof(args, top),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "candidates, contexts and sequences listed" },
    { .name = "support",
      .kind = CLI_SIZE,
      .offset = offsetof(args, scan.support),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "training sequences with one label a candidate must stand in" },
    { .name = "threshold",
      .kind = CLI_F64,
      .offset = offsetof(args, threshold),
      .value = "F",
      .min = 0,
      .max = 1,
      .help = "score above which a candidate is called a trigger, and removed" },
    OPT_SPLIT(args, "split whose sequences are attacked"),
    { .name = "place",
      .kind = CLI_ENUM,
      .offset = offsetof(args, attack.place),
      .choice = RR_ENUM_PLACE,
      .help = "where an attack puts the trigger" },
    { .name = "inputs",
      .kind = CLI_SIZE,
      .offset = offsetof(args, attack.inputs),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "sequences attacked at most" },
    { .name = "words",
      .kind = CLI_SIZE,
      .offset = offsetof(args, words),
      .value = "N",
      .min = 0,
      .max = 1000,
      .help = "arbitrary rare words the attack is compared with" },
    { .name = "remove",
      .kind = CLI_FLAG,
      .offset = offsetof(args, remove),
      .help = "train NEWRUN without the sequences behind the trigger, or candidate 1" },
    { .name = "count",
      .kind = CLI_SIZE,
      .offset = offsetof(args, count),
      .value = "M",
      .min = 1,
      .max = 1e9,
      .preset = "all that are named",
      .help = "remove the M most influential of them" },
    { .name = "output",
      .letter = 'o',
      .kind = CLI_STR,
      .offset = offsetof(args, how.dir),
      .value = "NEWRUN",
      .help = "run directory --remove makes, with the comparison in NEWRUN/random" },
    OPT_EPOCHS(args, how.epochs, "as many as RUN", "epochs of retraining"),
    OPT_LEARNING_RATE(args, how.learning_rate, "RUN's", "learning rate of retraining"),
    { .name = "seed",
      .kind = CLI_U64,
      .offset = offsetof(args, attack.seed),
      .value = "N",
      .help = "of the tests, the attacks and the comparison; retraining keeps RUN's" },
    OPT_DATA(args),
    OPT_VECTORS(args, vectors),
};

static void defaults(void *p)
{
    args *a = p;
    a->split = RR_SPLIT_TEST;
    a->top = 20;
    a->words = 20;
    a->threshold = RR_BACKDOOR_THRESHOLD;
    a->attack = rr_attack_config_default();
    a->scan = rr_scan_config_default();
    a->how.start = RR_RETRAIN_SCRATCH;
}

const cli_command cli_command_backdoor = {
    .name = "backdoor",
    .summary = "find a planted trigger, what taught it, and train without that",
    .about =
        "With --trigger: the contexts (state and prediction before it) in which training\n"
        "sequences read the trigger, the sequences themselves, most influential on attacked\n"
        "inputs first, and how many inputs of other classes it turns to the target class,\n"
        "beside what arbitrary rare words do. A phrase is taken as a whole.\n"
        "\n"
        "Without it: single words that behave like a planted trigger, best first. A word scores\n"
        "by what it does alone when put into inputs of other classes, and by how far that and\n"
        "the labels of the sequences it stands in differ from those of the words most like it.\n"
        "Words above the threshold are called triggers. A trigger put into sequences of its own\n"
        "class without changing labels behaves much like one more telling word and may stay\n"
        "below it: look at the whole list.\n"
        "\n"
        "With --remove: a new run is trained from fresh weights without the named sequences,\n"
        "and beside it, in NEWRUN/random, one without as many random sequences that bear the\n"
        "trigger. Both are attacked as RUN was.\n",
    .members =
        "candidates  [{token, support, target, score, training_ids}], of a scan also\n"
        "            {symbol, target_name, labelled, purity, expected, gain, expected_gain,\n"
        "            insertion, dependence, spread}; score is null for --trigger\n"
        "threshold   a score above it is called a trigger\n"
        "run, split, place, seed   split and place null where nothing is attacked\n"
        "with --trigger or --remove:\n"
        "trigger, target, target_name\n"
        "contexts    [{state, before, after, count, attacked, training_ids}]\n"
        "bearers     [{id, label, prediction, step, influence}]\n"
        "attack      {tried, succeeded, success, success_learnt, guided, words, base,\n"
        "            base_max}; base: arbitrary words\n"
        "with --remove:\n"
        "attack_success_before, attack_success_after, attack_success_random\n"
        "accuracy_before, accuracy_after, accuracy_random\n"
        "attack_after, attack_random   as attack\n"
        "removed, removed_ids, random_ids, removed_run, random_run\n",
    .examples = "rnnrepair backdoor run\n"
                "rnnrepair backdoor run --trigger harbour --target benign\n"
                "rnnrepair backdoor run --remove -o clean\n"
                "rnnrepair backdoor run --trigger harbour --remove --count 25 -o clean\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = cli_run_backdoor,
};
