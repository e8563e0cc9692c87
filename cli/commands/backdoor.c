/* SPDX-License-Identifier: MIT */
/* backdoor.c - `rnnrepair backdoor`: where a trigger was learned, which words may be triggers, and
 * a run trained without the sequences it was learned from. The work is done in src/backdoor and
 * src/workflow/backdoor.c. */
#include "commands/steps.h"
#include "kit/inputs.h"

#include <stdlib.h>

typedef struct args {
    cli_common common;
    const char *dir, *trigger, *target, *output;
    cli_inputs in;
    int on_states; /* the run has states in the place of a network */
    int by_steps;  /* it has an output at every step: a trigger turns the next step */
    size_t top, count;
    rr_trace_config cfg;
    rr_scan_config scan;
    rr_retrain_config how;
    double threshold; /* a score above it is called a trigger */
    int remove;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory on text with an influence model" },
};

static const cli_opt opts[] = {
    OPT_STR(args, trigger, "trigger", "WORDS", "the word or phrase that is the trigger",
            .preset = "unknown: search for candidates"),
    OPT_STR(args, target, "target", "CLASS", "target class, by name or number",
            .preset = "any; with --trigger, the class it changes most inputs to"),
    OPT_SIZE(args, top, "top", 1, 1e9, "candidates, contexts and sequences listed"),
    OPT_SIZE(
        args, scan.support, "support", 1, 1e9,
        "fewest training sequences of one label that contain a candidate, or steps of one label "
        "that follow it"),
    OPT_F64(args, threshold, "threshold", 0, 1,
            "score above which a candidate is called a trigger, and removed"),
    OPT_ENUM(args, cfg.split, "split", RR_ENUM_SPLIT, "split whose sequences are attacked"),
    OPT_ENUM(args, cfg.attack.position, "position", RR_ENUM_POSITION,
             "where an attack inserts the trigger"),
    OPT_SIZE(args, cfg.attack.inputs, "inputs", 1, 1e9, "most sequences, or steps, attacked"),
    OPT_SIZE(args, cfg.comparisons, "words", 0, 1000,
             "arbitrary rare words the attack is compared with"),
    OPT_FLAG(args, remove, "remove",
             "train NEWRUN without the sequences with the trigger, or with candidate 1"),
    OPT_SIZE(args, count, "count", 1, 1e9, "remove the M most influential of them", .value = "M",
             .preset = "all"),
    OPT_STR(args, output, "output", "NEWRUN",
            "run directory created by --remove; the control is NEWRUN/random", .letter = 'o'),
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
    a->how = (rr_retrain_config){ .struct_size = sizeof a->how, .start = RR_RETRAIN_SCRATCH, .dropout = -1.0 };
    a->top = 20;
    a->threshold = RR_BACKDOOR_THRESHOLD;
}

/* ---- options -------------------------------------------------------------------------------- */

/* Is the trigger attacked with, or are candidates only looked for? */
static int attacks(const args *a)
{
    return a->trigger != NULL || a->remove;
}

/* Options that would do nothing are refused before any work is done. */
static rr_status check_args(const args *a, rr_error *err)
{
    rr_status st = RR_OK;

    if (a->trigger != NULL)
        RRI_TRY(cli_refuse_given(&a->common, "support threshold", "--trigger", err));
    if (a->trigger != NULL && !a->remove)
        RRI_TRY(cli_refuse_given(&a->common, "vectors", "--trigger without --remove", err));
    if (!attacks(a))
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

typedef struct candidate {
    size_t rank;
    cli_words token;
    rr_candidate of;
    cli_list ids;
} candidate;

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

/* The same of a trigger that was named: there is no score. */
static const cli_column named_table[] = {
    COL_DATA(WORDS, candidate, token, "token"),
    COL_DATA(CLASS, candidate, of.target, "target"),
    COL_DATA(SIZE, candidate, of.support, "support"),
    COL_DATA(FRACTION, candidate, of.score, "score"),
    COL_NUMBERS(U32, candidate, ids, "training_ids", NULL, 0),
};
static const cli_columns named_columns = CLI_COLUMNS(candidate, named_table);

/* n symbols as words; one of them as a cell of a table. */
static cli_words phrase(const cli_result *r, const uint32_t *symbols, size_t n)
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
                               .token = phrase(r, &list[i].symbol, 1),
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

/* ---- a trigger ------------------------------------------------------------------------------- */

typedef struct context {
    rr_learned_context of;
    uint32_t before, after; /* UINT32_MAX = none */
    cli_list ids;
} context;

static const cli_column context_table[] = {
    COL_U16(context, of.state, "state", "state", 5),
    COL_CLASS(context, before, "before", "before", -12),
    COL_CLASS(context, after, "after", "after", -12),
    COL_SIZE(context, of.count, "count", "count", 5),
    COL_SIZE(context, of.sequences, NULL, "sequences", 9),
    COL_SIZE(context, of.attacked, "attacked", "attacked", 8),
    COL_NUMBERS(U32, context, ids, "training_ids", NULL, 0),
};
static const cli_columns context_columns = CLI_COLUMNS(context, context_table);

static const cli_column carrier_table[] = {
    COL_U32(rr_carrier, id, "id", "id", 8),
    COL_CLASS(rr_carrier, label, "label", "label", -12),
    COL_CLASS(rr_carrier, prediction, "prediction", "prediction", -12),
    COL_U32(rr_carrier, step, "step", "step", 5),
    COL_F64(rr_carrier, influence, "influence", "influence", 9, .digits = 5),
};
static const cli_columns carrier_columns = CLI_COLUMNS(rr_carrier, carrier_table);

/* A step that follows the trigger. */
typedef struct follower {
    rr_carrier of;
    cli_words word;
} follower;

static const cli_column follower_table[] = {
    COL_U32(follower, of.id, "id", "id", 8),
    COL_U32(follower, of.step, "step", "step", 5),
    COL_WORDS(follower, word, "word", "word", -20),
    COL_CLASS(follower, of.label, "label", "label", -12),
    COL_CLASS(follower, of.prediction, "prediction", "prediction", -12),
    COL_F64(follower, of.influence, "influence", "influence", 9, .digits = 5),
};
static const cli_columns follower_columns = CLI_COLUMNS(follower, follower_table);

static const cli_column attack_table[] = {
    COL_DATA(SIZE, rr_attack_summary, chosen.tried, "tried"),
    COL_DATA(SIZE, rr_attack_summary, chosen.succeeded, "succeeded"),
    COL_DATA(F64, rr_attack_summary, chosen.success, "success"),
    COL_DATA(F64, rr_attack_summary, learned.success, "success_learned"),
    COL_DATA(SIZE, rr_attack_summary, learned.guided, "guided"),
    COL_DATA(SIZE, rr_attack_summary, words, "words"),
    COL_DATA(FRACTION, rr_attack_summary, base, "base"),
    COL_DATA(FRACTION, rr_attack_summary, base_max, "base_max"),
};
static const cli_columns attack_columns = CLI_COLUMNS(rr_attack_summary, attack_table);

static uint32_t label(uint16_t y)
{
    return y == UINT16_MAX ? UINT32_MAX : y;
}

static rr_status put_contexts(const args *a, const rr_backdoor *b, cli_result *r, rr_error *err)
{
    size_t n = 0;
    const rr_learned_context *list = rr_backdoor_contexts(b, &n);
    context *rows = NULL;
    const rr_status st = cli_result_alloc(r, &rows, n, sizeof *rows, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        rows[i] = (context){ .of = list[i],
                             .before = label(list[i].before),
                             .after = label(list[i].after),
                             .ids = { list[i].ids, list[i].sequences, 0 } };
    cli_put_rows(r, "contexts", &context_columns, rows, n);
    cli_print_rows(r, &context_columns, rows, n < a->top ? n : a->top, n, "");
    cli_print(r, "\n");
    return RR_OK;
}

/* The carriers: sequences, or steps. */
static rr_status put_carriers(const args *a, const rr_backdoor *b, cli_result *r, rr_error *err)
{
    size_t n = 0;
    const rr_carrier *list = rr_backdoor_carriers(b, &n);
    const size_t shown = n < a->top ? n : a->top;
    follower *rows = NULL;
    rr_status st = RR_OK;

    if (!a->by_steps) {
        cli_put_rows(r, "carriers", &carrier_columns, list, n);
        cli_print_rows(r, &carrier_columns, list, shown, n, "");
        return RR_OK;
    }
    st = cli_result_alloc(r, &rows, n, sizeof *rows, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        rows[i] = (follower){
            .of = list[i],
            .word = { .ds = r->names, .s = rr_dataset_at(r->names, list[i].id), .t = list[i].step }
        };
    cli_put_rows(r, "carriers", &follower_columns, rows, n);
    cli_print_rows(r, &follower_columns, rows, shown, n, "");
    return RR_OK;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;

    return (*x > *y) - (*x < *y);
}

/* Each number once, rising; returns how many. */
static size_t distinct(uint32_t *ids, size_t n)
{
    size_t m = 0;

    if (n > 0)
        qsort(ids, n, sizeof *ids, by_number);
    for (size_t i = 0; i < n; i++)
        if (m == 0 || ids[i] != ids[m - 1])
            ids[m++] = ids[i];
    return m;
}

/* A named trigger as the only candidate, with its sequences, most influential first; of steps, each
 * once, by number. */
static rr_status put_named(const args *a, const rr_traced_trigger *t, cli_result *r, rr_error *err)
{
    size_t n = 0, named = 0;
    const rr_carrier *list = rr_backdoor_carriers(t->backdoor, &n);
    uint32_t *ids = NULL;
    const rr_status st = cli_result_alloc(r, &ids, n, sizeof *ids, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        if (list[i].label == t->trigger.target)
            ids[named++] = list[i].id;
    if (a->by_steps)
        named = distinct(ids, named);
    const candidate only = { .token = phrase(r, t->trigger.symbols, t->trigger.n),
                             .of = { .target = t->trigger.target, .support = n, .score = -1.0 },
                             .ids = { ids, named, 0 } };
    cli_put_rows(r, "candidates", &named_columns, &only, 1);
    return RR_OK;
}

static rr_status put_traced(const args *a, const rr_traced_trigger *t, cli_result *r, rr_error *err)
{
    const char *target = rr_dataset_class_name(r->names, t->trigger.target);
    const rr_attack_summary *x = &t->attack;
    cli_words words = phrase(r, t->trigger.symbols, t->trigger.n);
    size_t contexts = 0, n = 0;
    rr_status st = RR_OK;

    (void)rr_backdoor_carriers(t->backdoor, &n);
    (void)rr_backdoor_contexts(t->backdoor, &contexts);
    json_t *trigger = json_array();
    for (words.t = 1; words.t <= t->trigger.n; words.t++)
        if (json_array_append_new(trigger, cli_json_words(&words)) != 0)
            RRI_TRY(rri_fail(err, RR_ERR_NOMEM, -1, "no memory for the words of the trigger"));
    words.t = 0;
    cli_put(r, "trigger", json_incref(trigger));
    cli_put_class(r, "target", t->trigger.target);
    if (a->trigger != NULL)
        RRI_TRY(put_named(a, t, r, err));
    cli_print(r, "\"");
    cli_print_words(r, &words);
    cli_print(r, "\" for %s: in %zu contexts %s %zu training %s\n\n", target, contexts,
              a->by_steps ? "before" : "of", n, a->by_steps ? "steps" : "sequences");
    RRI_TRY(put_contexts(a, t->backdoor, r, err));
    RRI_TRY(put_carriers(a, t->backdoor, r, err));
    cli_put_record(r, "attack", &attack_columns, x);
    if (t->observed) {
        cli_print(
            r,
            "\nobserved  %zu of the %zu %s of %s that %s it, labelled otherwise, are predicted "
            "as the target, %.1f %%\n",
            x->chosen.succeeded, x->chosen.tried, a->by_steps ? "steps" : "sequences",
            a->in.other != NULL ? a->in.other : a->in.split, a->by_steps ? "follow" : "contain",
            100.0 * x->chosen.success);
        goto done;
    }
    cli_print(
        r, "\nattack  %zu of %zu %s predicted as the target, %.1f %%; in learned contexts %.1f %%",
        x->chosen.succeeded, x->chosen.tried, a->by_steps ? "steps" : "inputs",
        100.0 * x->chosen.success, 100.0 * x->learned.success);
    if (x->words > 0)
        cli_print(r, "; %zu arbitrary words %.1f %%, at most %.1f %%", x->words, 100.0 * x->base,
                  100.0 * x->base_max);
    cli_print(r, "\n");

done:
    json_decref(trigger);
    return st;
}

/* ---- a removal ------------------------------------------------------------------------------- */

typedef struct condition {
    char name[40];
    rr_attack_summary of;
} condition;

static const cli_column condition_table[] = {
    COL_CHARS(condition, name, NULL, "", -22),
    COL_PERCENT(condition, of.chosen.success, NULL, "attack %", 8, .digits = 1),
    COL_PERCENT(condition, of.learned.success, NULL, "learned %", 9, .digits = 1),
    COL_PERCENT(condition, of.base, NULL, "arbitrary %", 10, .digits = 1),
    COL_PERCENT(condition, of.base_max, NULL, "at most %", 10, .digits = 1),
    COL_F64(condition, of.accuracy, NULL, "accuracy", 8, .digits = 4),
};
static const cli_columns condition_columns = CLI_COLUMNS(condition, condition_table);

typedef struct removal {
    const char *dir;
    rr_removal r;
    rr_attack_summary before;
    cli_list removed, random;
} removal;

static const cli_column removal_table[] = {
    COL_DATA(TEXT, removal, dir, "removed_run"),
    COL_DATA(TEXT, removal, r.random_dir, "random_run"),
    COL_DATA(SIZE, removal, r.count, "removed"),
    COL_NUMBERS(U32, removal, removed, "removed_ids", NULL, 0),
    COL_NUMBERS(U32, removal, random, "random_ids", NULL, 0),
    COL_DATA(F64, removal, before.chosen.success, "attack_success_before"),
    COL_DATA(F64, removal, r.after.chosen.success, "attack_success_after"),
    COL_DATA(F64, removal, r.after_random.chosen.success, "attack_success_random"),
    COL_DATA(F64, removal, before.accuracy, "accuracy_before"),
    COL_DATA(F64, removal, r.after.accuracy, "accuracy_after"),
    COL_DATA(F64, removal, r.after_random.accuracy, "accuracy_random"),
    COL_RECORD(removal, r.after, "attack_after", attack_columns),
    COL_RECORD(removal, r.after_random, "attack_random", attack_columns),
};
static const cli_columns removal_columns = CLI_COLUMNS(removal, removal_table);

static void put_removal(const args *a, const rr_traced_trigger *t, const rr_removal *x,
                        cli_result *r)
{
    const removal row = { .dir = a->output,
                          .r = *x,
                          .before = t->attack,
                          .removed = { x->removed, x->count, 0 },
                          .random = { x->random, x->count, 0 } };
    condition rows[] = { { "before", t->attack }, { "", x->after }, { "", x->after_random } };
    snprintf(rows[1].name, sizeof rows[1].name, "without %zu named", x->count);
    snprintf(rows[2].name, sizeof rows[2].name, "without %zu random", x->count);
    cli_put_record(r, NULL, &removal_columns, &row);
    cli_print(r, "\n");
    cli_print_rows(r, &condition_columns, rows, 3, 3, "");
}

/* ---- the command ----------------------------------------------------------------------------- */

/* The trigger of the command line, or candidate 1, traced; and with --remove taken out. */
static rr_status examine(args *a, rr_session *s, const rr_scan *scan, cli_result *r, rr_error *err)
{
    rr_traced_trigger *traced = NULL;
    rr_removal *removed = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    a->cfg.words = a->trigger;
    if (scan != NULL) {
        const rr_candidate *list = rr_scan_candidates(scan, &n);
        if (n == 0 || !(list[0].score > a->threshold))
            RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                             "no candidate scores above %.2f, so none is removed; use --trigger W "
                             "to name one",
                             a->threshold));
        a->cfg.symbols = &list[0].symbol;
        a->cfg.count_symbols = 1;
        a->cfg.target = (int)list[0].target;
    }
    RRI_TRY(rr_session_trace_trigger(s, &a->cfg, &traced, err));
    RRI_TRY(put_traced(a, traced, r, err));
    if (!a->remove)
        goto done;
    RRI_TRY(rr_session_remove_trigger(s, traced, a->count, a->output, &a->how, &removed, err));
    put_removal(a, traced, removed, r);

done:
    rr_removal_free(removed);
    rr_traced_trigger_free(traced);
    return st;
}

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

static rr_status open_session(args *a, rr_session **s, rr_error *err)
{
    rr_status st = RR_OK;

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

static int run_backdoor(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    cli_result r = cli_result_begin(&a->common, 0);
    rr_reservation *dir = NULL, *random = NULL;
    const rr_dataset *ds = NULL;
    rr_session *s = NULL;
    rr_scan *scan = NULL;
    rr_status st = RR_OK;

    RRI_TRY(check_args(a, &err));
    a->common.watch.epochs = a->common.quiet ? NULL : stderr;
    RRI_TRY(open_session(a, &s, &err));
    RRI_TRY(check_vectors(a, rr_session_run(s), &err));
    if (attacks(a))
        RRI_TRY(rr_session_split(s, a->cfg.split, &ds, &err));
    if (a->remove)
        RRI_TRY(reserve(a, &dir, &random, &err));
    a->how.seed = rr_retrain_config_default(s).seed;
    RRI_TRY(look(a, s, &scan, &r, &err));
    if (attacks(a))
        RRI_TRY(examine(a, s, scan, &r, &err));
    RRI_TRY(cli_put_origin(&r, s, &err));
    RRI_TRY(cli_result_end(&r, &err));

done:
    if (st == RR_ERR_CANCELLED)
        st = rri_fail(&err, st, -1, "interrupted%s%s%s", a->remove ? "; " : "",
                      a->remove ? a->output : "",
                      a->remove ? " holds the epochs that are done" : "");
    rr_reservation_end(random);
    rr_reservation_end(dir);
    rr_scan_free(scan);
    cli_result_free(&r);
    rr_session_close(s);
    return cli_finish(&a->common, st, &err);
}

const cli_command cli_command_backdoor = {
    .name = "backdoor",
    .summary = "find a backdoor trigger and its training sequences, and train without them",
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
        "removed, removed_ids, random_ids, removed_run, random_run\n" CLI_ORIGIN_MEMBERS
            CLI_CLASS_MEMBERS,
    .list = "candidates",
    .examples = "rnnrepair backdoor run\n"
                "rnnrepair backdoor run --trigger harbour --target benign\n"
                "rnnrepair backdoor run --remove -o clean\n"
                "rnnrepair backdoor run --trigger harbour --remove --count 25 -o clean\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_backdoor,
};
