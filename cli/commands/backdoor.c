/* SPDX-License-Identifier: MIT */
/* backdoor.c - `rnnrepair backdoor`: where a trigger was learned, which words may be triggers,
 * which training sequences share a pattern, and a run trained without them. The work is done in
 * src/backdoor and src/workflow (backdoor.c, patterns.c). */
#include "commands/backdoor.h"
#include "commands/steps.h"
#include "io/io.h"
#include "kit/paths.h"

typedef backdoor_args args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0,
      "run directory with an influence model; on text, but for --scan traces" },
};

static const cli_opt opts[] = {
    OPT_STR(args, trigger, "trigger", "WORDS", "the word or phrase that is the trigger",
            .preset = "unknown: search for candidates", .local = 1),
    OPT_STR(args, target, "target", "CLASS", "target class, by name or number",
            .preset = "any; with --trigger, the class it changes most inputs to"),
    OPT_ENUM(args, kind, "scan", RR_ENUM_BACKDOOR_SCAN,
             "what a search ranks: words, or training sequences by their state traces"),
    OPT_SIZE(args, top, "top", 1, 1e9, "candidates, contexts and sequences listed",
             .most = CLI_MOST_ROWS),
    OPT_SIZE(
        args, scan.support, "support", 1, 1e9,
        "fewest training sequences of one label that contain a candidate, or steps of one label "
        "that follow it"),
    OPT_F64(args, threshold, "threshold", 0, 1,
            "score above which a candidate is called a trigger, and removed"),
    OPT_SIZE(args, patterns.neighbours, "neighbours", 1, 1e9,
             "--scan traces: sequences with the nearest states that are asked for their labels",
             .most = CLI_MOST_ROWS),
    OPT_ENUM(args, cfg.split, "split", RR_ENUM_SPLIT,
             "split whose sequences are attacked; --scan traces: that the accuracy is of",
             .local = 1),
    OPT_ENUM(args, cfg.attack.position, "position", RR_ENUM_POSITION,
             "where an attack inserts the trigger", .local = 1),
    OPT_SIZE(args, cfg.attack.inputs, "inputs", 1, 1e9, "most sequences, or steps, attacked",
             .local = 1),
    OPT_SIZE(args, cfg.comparisons, "words", 0, 1000,
             "arbitrary rare words the attack is compared with", .local = 1),
    OPT_FLAG(args, remove, "remove",
             "train NEWRUN without the sequences with the trigger, or with candidate 1, or without "
             "those flagged by --scan traces",
             .local = 1),
    OPT_SIZE(args, count, "count", 1, 1e9, "remove the M most influential, or suspicious, of them",
             .value = "M", .preset = "all", .local = 1),
    OPT_WRITES(args, review, "review", "FILE.csv",
               "--scan traces: write the flagged sequences, to be dropped, for review",
               .preset = "none"),
    OPT_STR(args, output, "output", "NEWRUN",
            "run directory created by --remove; the control is NEWRUN/random", .letter = 'o',
            .local = 1),
    OPT_EPOCHS(args, how.epochs, "as many as RUN", "epochs of retraining"),
    OPT_LEARNING_RATE(args, how.learning_rate, "RUN's", "learning rate of retraining"),
    OPT_U64(args, cfg.attack.seed, "seed",
            "of the tests, the attacks and the comparison; retraining keeps RUN's"),
    OPT_DATA(args, in.data),
    OPT_STATES(args),
    OPT_VECTORS(args, in.vectors),
};

static void defaults(void *p)
{
    args *a = p;
    a->cfg = rr_trace_config_default();
    a->scan = rr_scan_config_default();
    a->patterns = rr_pattern_config_default();
    a->how = (rr_retrain_config){ .struct_size = sizeof a->how,
                                  .start = RR_RETRAIN_SCRATCH,
                                  .dropout = -1.0 };
    a->top = 20;
    a->threshold = RR_BACKDOOR_THRESHOLD;
}

/* ---- options -------------------------------------------------------------------------------- */

/* Is the trigger attacked with, or are candidates only looked for? */
static int attacks(const args *a)
{
    return a->trigger != NULL || (a->remove && a->kind == RR_BACKDOOR_SCAN_WORDS);
}

/* Options that would do nothing are refused before any work is done. */
static rr_status check_options(void *p, rr_error *err)
{
    const args *a = p;
    rr_status st = RR_OK;

    if (a->kind == RR_BACKDOOR_SCAN_TRACES)
        RRI_TRY(cli_refuse_given(&a->common,
                                 "trigger target support threshold position inputs words states",
                                 "--scan traces", err));
    else
        RRI_TRY(cli_refuse_given(&a->common, "neighbours review", "a scan of words", err));
    if (a->review != NULL)
        RRI_TRY(cli_check_review(a->review, err));
    if (a->trigger != NULL)
        RRI_TRY(cli_refuse_given(&a->common, "scan support threshold", "--trigger", err));
    if (a->trigger != NULL && !a->remove)
        RRI_TRY(cli_refuse_given(&a->common, "vectors", "--trigger without --remove", err));
    if (!attacks(a) && !a->remove)
        RRI_TRY(cli_refuse_given(&a->common, "split position inputs words states",
                                 "a search without --trigger and --remove", err));
    if (!a->remove)
        RRI_TRY(cli_refuse_given(&a->common, "count output epochs learning-rate",
                                 "a call without --remove", err));
    else if (a->output == NULL)
        st = rri_fail(err, RR_ERR_ARG, -1, "-o NEWRUN is missing: the run directory to create");

done:
    return st;
}

/* Word vectors are read where a network is trained, and where a search needs the initial
 * values of trained ones. */
static rr_status check_vectors(const args *a, const rr_run *run, rr_error *err)
{
    const int frozen = rr_run_settings_of(run).network.embedding != RR_EMBEDDING_TRAINED;
    rr_status st = cli_refuse_idle_vectors(&a->common, run, err);
    if (st == RR_OK && frozen && !a->remove)
        st = cli_refuse_given(&a->common, "vectors", "frozen word vectors without --remove", err);
    return st;
}

/* ---- candidates ------------------------------------------------------------------------------ */

typedef backdoor_candidate candidate;

static const cli_column scan_table[] = {
    COL_SIZE(candidate, rank, NULL, "rank", 4),
    COL_F64(candidate, of.score, "score", "score", 6, .digits = 3),
    COL_WORDS(candidate, token, "token", "token", -20),
    COL_DATA(U32, candidate, of.symbol, "symbol"),
    COL_CLASS(candidate, of.target, "target", "target", -12),
    COL_SIZE(candidate, of.support, "support", "support", 7),
    COL_DATA(SIZE, candidate, of.labelled, "labelled"),
    COL_F64(candidate, of.purity, "purity", "purity", 6, .digits = 2),
    COL_F64(candidate, of.expected, "expected", "expected", 8, .digits = 2),
    COL_DATA(F64, candidate, of.gain, "gain"),
    COL_DATA(F64, candidate, of.expected_gain, "expected_gain"),
    COL_DATA(F64, candidate, of.usual, "usual"),
    COL_FRACTION(candidate, of.insertion, "insertion", "insertion", 9, .digits = 2),
    COL_FRACTION(candidate, of.dependence, "dependence", "dependence", 10, .digits = 2),
    COL_F64(candidate, of.spread, "spread", "spread", 6, .digits = 2),
    COL_NUMBERS(U32, candidate, ids, "training_ids", NULL, 0),
};
static const cli_columns scan_columns = CLI_COLUMNS(candidate, scan_table);

/* n symbols as words; one of them as a cell of a table. */
cli_words backdoor_phrase(const cli_result *r, const uint32_t *symbols, size_t n)
{
    return (cli_words){ .ds = r->names, .s = { .symbols = symbols, .steps = n }, .t = n == 1 };
}

static rr_status put_scan(const args *a, const rr_scan *scan, cli_result *r, rr_error *err)
{
    size_t n = 0, above = 0;
    const rr_candidate *list = rr_scan_candidates(scan, &n);
    candidate *rows = NULL;
    rr_status st = RR_OK;

    for (size_t i = 0; i < n; i++)
        above += list[i].score > a->threshold;
    n = n < a->top ? n : a->top;
    RRI_TRY(cli_result_alloc(r, &rows, n, sizeof *rows, err));
    for (size_t i = 0; i < n; i++)
        rows[i] = (candidate){ .rank = i + 1,
                               .token = backdoor_phrase(r, &list[i].symbol, 1),
                               .of = list[i],
                               .ids = { list[i].ids, list[i].count_ids, 0 } };
    cli_put_rows(r, "candidates", &scan_columns, rows, n);
    cli_print_rows(r, &scan_columns, rows, n, n, "");
    if (a->on_states)
        cli_print(r,
                  "\nranked by what the states show; words that tell a class rank high too. Name "
                  "one with --trigger\n");
    else
        cli_print(r, "\n%zu above %.2f, the score above which a word is called a trigger\n", above,
                  a->threshold);

done:
    return st;
}

/* ---- the command ----------------------------------------------------------------------------- */

static rr_status look(args *a, rr_session *s, rr_scan **scan, cli_result *r, rr_error *err)
{
    const int shown = attacks(a);
    uint32_t target = 0;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &r->names, err));
    if (a->target != NULL) {
        RRI_TRY(rr_dataset_class(r->names, a->target, &target, err));
        a->cfg.target = a->scan.target = (int)target;
    }
    a->scan.seed = a->cfg.attack.seed;
    a->scan.top = a->top > a->scan.top ? a->top : a->scan.top;
    a->scan.shortlist = a->top > a->scan.shortlist ? a->top : a->scan.shortlist;
    if (a->trigger == NULL)
        RRI_TRY(rr_session_scan(s, &a->scan, scan, err));
    cli_put(r, "run", cli_json_text(a->dir));
    if (a->in.other != NULL)
        cli_put(r, "data", cli_json_text(a->in.other));
    cli_put(r, "split", cli_json_text(shown ? a->in.split : NULL));
    cli_put(r, "position",
            cli_json_text(shown && !a->on_states && !a->by_steps
                              ? rr_enum_name(RR_ENUM_POSITION, a->cfg.attack.position)
                              : NULL));
    cli_put(r, "seed", cli_json_u64(a->cfg.attack.seed));
    cli_put(r, "threshold", a->on_states ? json_null() : cli_json_f64(a->threshold));
    if (*scan != NULL)
        st = put_scan(a, *scan, r, err);

done:
    return st;
}

/* Refuse a directory that cannot be created before the long search. */
static rr_status reserve(const args *a, rr_reservation **dir, rr_reservation **random,
                         rr_error *err)
{
    char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_format(&path, err, "%s/random", a->output));
    RRI_TRY(rr_run_reserve(a->output, dir, err));
    RRI_TRY(rr_run_reserve(path, random, err));

done:
    rri_free(path);
    return st;
}

static rr_status open_run(void *p, rr_session **s, rr_error *err)
{
    args *a = p;
    rr_status st = RR_OK;

    a->common.watch.epochs = a->common.quiet ? NULL : stderr;
    RRI_TRY(cli_open_inputs(&a->common, a->dir, &a->in, &a->cfg.split, s, err));
    a->on_states = rr_run_settings_of(rr_session_run(*s)).states != NULL;
    a->by_steps = cli_by_steps(*s);
    if (a->by_steps)
        RRI_TRY(cli_refuse_given(&a->common, "position", "an output at every step", err));
    if (!a->on_states)
        goto done;
    RRI_TRY(
        cli_refuse_given(&a->common, "position inputs words threshold", "a run on states", err));
    if (a->remove)
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                         "%s: --remove trains the network, of which there are only states here: "
                         "--trigger WORDS --json lists the sequences to leave out; train it where "
                         "it is, and collect the states again",
                         a->dir));

done:
    return st;
}

static rr_status answer_backdoor(void *p, rr_session *s, cli_result *r, rr_error *err)
{
    args *a = p;
    rr_reservation *dir = NULL, *random = NULL;
    const rr_dataset *ds = NULL;
    rr_scan *scan = NULL;
    rr_status st = RR_OK;

    RRI_TRY(check_vectors(a, rr_session_run(s), err));
    if (attacks(a) || a->remove)
        RRI_TRY(rr_session_split(s, a->cfg.split, &ds, err));
    if (a->remove)
        RRI_TRY(reserve(a, &dir, &random, err));
    a->how.seed = rr_retrain_config_default(s).seed;
    if (a->kind == RR_BACKDOOR_SCAN_TRACES)
        RRI_TRY(backdoor_patterns(a, s, r, err));
    else
        RRI_TRY(look(a, s, &scan, r, err));
    if (attacks(a))
        RRI_TRY(backdoor_examine(a, s, scan, r, err));
    RRI_TRY(cli_put_origin(r, s, err));

done:
    rr_reservation_end(random);
    rr_reservation_end(dir);
    rr_scan_free(scan);
    if (st == RR_ERR_CANCELLED && a->remove && rri_file_exists(a->output))
        st = rri_fail(err, st, -1, "interrupted; %s holds the epochs that are done", a->output);
    else if (st == RR_ERR_CANCELLED)
        st = rri_fail(err, st, -1, "interrupted");
    return st;
}

const cli_command cli_command_backdoor = {
    .name = "backdoor",
    .summary = "find a backdoor and its training sequences, and train without them",
    .about =
        "With --trigger: the contexts (state and prediction before it) in which training\n"
        "sequences contain the trigger; these sequences, most influential on attacked inputs\n"
        "first; and how many inputs of other classes are predicted as the target class once the\n"
        "trigger is inserted, compared with arbitrary rare words. A phrase is one trigger.\n"
        "\n"
        "Without --trigger: single words that behave like a trigger, best first. A word's score\n"
        "measures the effect of inserting it into inputs of other classes, and how much this\n"
        "effect and the labels of the sequences with the word differ from those of the most\n"
        "similar words. Words above the threshold are called triggers. A trigger that was\n"
        "inserted only into sequences of its own class, without changing labels, behaves like\n"
        "any word of that class and may stay below the threshold: read the whole list.\n"
        "\n"
        "Of a run with an output at every step (train --output step) a trigger is a word after\n"
        "which the label of the next step is the target class. The steps that follow a word take\n"
        "the place of the sequences that contain it: support counts those that have a label,\n"
        "purity is the target's share of them, expected what it would be if each had the labels\n"
        "that its own word has elsewhere, and insertion puts the word right before steps of other\n"
        "classes. With --trigger: the training steps it was learned from, and an attack on steps\n"
        "of other classes; --remove takes their sequences out. Accuracy is that of steps.\n"
        "\n"
        "Of a run on states nothing can be inserted. Without --trigger, words are ranked by their\n"
        "labels and by how often the prediction turns to the class at the steps that read them;\n"
        "with it, the sequences of the split, or of --states FILE, that contain it are looked at:\n"
        "insert it where the network is, and collect the states.\n"
        "\n"
        "With --scan traces: poison without a trigger word, such as one sentence frame or a patch "
        "in\n"
        "images; of any run but those with an output at every step. All training sequences are\n"
        "ranked by the patterns that give their label away: opening, their first states tell the\n"
        "label before the content can; turn, their states are another class's until late. Both "
        "are\n"
        "judged by the labels of the sequences with the nearest states. Some of every class do so\n"
        "by chance: a class stands out where far more do than in the other classes, and those "
        "above\n"
        "the cut are flagged. Flagged are many that are not poisoned, too; the control of "
        "--remove\n"
        "takes out as many others of the same labels.\n"
        "\n"
        "With --remove: a new run is trained from scratch without the sequences with the\n"
        "trigger, and a control in NEWRUN/random without as many random sequences that have the\n"
        "trigger. Both are attacked like RUN.\n",
    .members =
        "candidates  [{token, support, target, score, training_ids}], of a scan also\n"
        "            {symbol, labelled, purity, expected, gain, expected_gain, "
        "usual,\n"
        "            insertion, dependence, spread}; score is null for --trigger\n"
        "threshold   a score above it is called a trigger; null of a run on states\n"
        "run, split, position, seed   split and position null where nothing is attacked, position\n"
        "            with an output at every step too\n"
        "with --scan traces: candidates [{id, label, pattern, score, own_first, own_last, other,\n"
        "            flagged}], all training sequences; patterns [{class, pattern, sequences, "
        "certain,\n"
        "            excess, expected, stands_out}]: certain, of which the other classes\n"
        "            lead to expect hardly any; excess, those above the cut; expected, the share\n"
        "            of these that the other classes lead to expect; flagged, how many; with "
        "--remove of those below\n"
        "            removed... and accuracy... alone\n"
        "with --trigger or --remove:\n"
        "trigger, target\n"
        "contexts    [{state, before, after, count, attacked, training_ids}]\n"
        "carriers    [{id, label, prediction, step, influence}], the sequences with the trigger;\n"
        "            with an output at every step the steps that follow it, with {word}\n"
        "attack      {tried, succeeded, success, success_learned, guided, words, base,\n"
        "            base_max}; base: arbitrary words\n"
        "with --remove:\n"
        "attack_success_before, attack_success_after, attack_success_random\n"
        "accuracy_before, accuracy_after, accuracy_random\n"
        "attack_after, attack_random   as attack\n"
        "removed, removed_ids, random_ids, removed_run, random_run\n" CLI_SOURCE_MEMBERS
            CLI_ORIGIN_MEMBERS CLI_CLASS_MEMBERS,
    .list = "candidates",
    .examples = "rnnrepair backdoor run\n"
                "rnnrepair backdoor run --trigger harbour --target benign\n"
                "rnnrepair backdoor run --remove -o clean\n"
                "rnnrepair backdoor run --scan traces --remove -o clean\n"
                "rnnrepair backdoor run --trigger harbour --remove --count 25 -o clean\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .check = check_options,
    .open = open_run,
    .answer = answer_backdoor,
};
