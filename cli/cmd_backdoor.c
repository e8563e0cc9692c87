/* SPDX-License-Identifier: MIT */
/* cmd_backdoor.c - `rnnrepair backdoor`: where a trigger was learnt, which words may be triggers,
 * and a run trained without what taught it. */
#include "backdoor_report.h"
#include "backdooring.h"
#include "options.h"
#include "progress.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct args {
    cli_common common;
    const char *dir, *trigger, *target, *data, *vectors;
    rr_split split;
    size_t top, words, count;
    rr_attack_config attack;
    rr_scan_config scan;
    int remove;
    cli_retraining how;
} args;

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
    CLI_OPT_SPLIT(args, "split whose sequences are attacked"),
    { .name = "place",
      .kind = CLI_CHOICE,
      .offset = offsetof(args, attack.place),
      .choice = &cli_choice_place,
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
    { .name = "epochs",
      .kind = CLI_SIZE,
      .offset = offsetof(args, how.epochs),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .preset = "as many as RUN",
      .help = "epochs of retraining" },
    { .name = "learning-rate",
      .kind = CLI_F64,
      .offset = offsetof(args, how.learning_rate),
      .value = "F",
      .min = DBL_MIN,
      .max = DBL_MAX,
      .preset = "RUN's",
      .help = "learning rate of retraining" },
    { .name = "seed",
      .kind = CLI_U64,
      .offset = offsetof(args, attack.seed),
      .value = "N",
      .help = "of the tests, the attacks and the comparison; retraining keeps RUN's" },
    CLI_OPT_DATA(args),
    CLI_OPT_VECTORS(args, vectors),
};

static void defaults(void *p)
{
    args *a = p;
    a->split = RR_SPLIT_TEST;
    a->top = 20;
    a->words = 20;
    a->attack = rr_attack_config_default();
    a->scan = rr_scan_config_default();
    a->how.start = CLI_RETRAIN_SCRATCH;
}

/* What can be refused before any work is done. */
static rr_status check_args(const args *a, rr_error *err)
{
    if (!a->remove)
        return cli_refuse_given(&a->common, "count output epochs learning-rate", "without --remove",
                                err);
    if (a->how.dir == NULL)
        return cli_error(err, RR_ERR_ARG, "-o NEWRUN is missing: the run directory to make");
    return RR_OK;
}

/* ---- which trigger -------------------------------------------------------------------------- */

/* The network a run with trained word vectors began with, where these came from a file; else NULL.
 * Words are alike by what they meant there. */
static rr_status begun_with(const args *a, const rr_run *run, rr_network **out, rr_error *err)
{
    const rr_run_settings s = rr_run_settings_of(run);
    *out = NULL;
    if (s.vectors == NULL || s.network.embedding != RR_EMBEDDING_TRAINED)
        return RR_OK;
    return cli_begin_network(run, a->vectors, out, err);
}

/* Look for candidates. */
static rr_status scan(args *a, const cli_patient *p, rr_scan **out, rr_error *err)
{
    rr_network *begun = NULL;
    uint32_t target = 0;
    rr_status st = RR_OK;

    *out = NULL;
    if (a->target != NULL) {
        CLI_TRY(cli_class_number(p->train, a->target, &target, err));
        a->scan.target = (int)target;
    }
    a->scan.seed = a->attack.seed;
    a->scan.threads = a->common.threads;
    if (a->top > a->scan.top)
        a->scan.top = a->top;
    if (a->top > a->scan.shortlist)
        a->scan.shortlist = a->top;
    CLI_TRY(begun_with(a, p->run, &begun, err));
    a->scan.vectors = begun != NULL ? rr_network_embedding(begun) : NULL;
    cli_say(&a->common, "looking for words that behave like a trigger");
    CLI_TRY(rr_backdoor_scan(&a->scan, p->inf, p->net, p->train, out, err));

done:
    a->scan.vectors = NULL;
    rr_network_free(begun);
    return st;
}

/* The trigger of the command line, or candidate 1. symbols is released with free(). */
static rr_status choose_trigger(const args *a, const cli_patient *p, const rr_scan *found,
                                uint32_t **symbols, rr_trigger *out, rr_error *err)
{
    size_t n = 0;
    rr_status st = RR_OK;

    *out = (rr_trigger){ NULL, 1, 0 };
    if (found != NULL) {
        const rr_candidate *list = rr_scan_candidates(found, &n);
        if (n == 0 || !(list[0].score > RR_BACKDOOR_THRESHOLD))
            CLI_TRY(cli_error(err, RR_ERR_ARG,
                              "no candidate scores above %.2f, so none is removed; say --trigger W "
                              "to remove what is behind one",
                              RR_BACKDOOR_THRESHOLD));
        CLI_TRY(cli_alloc(symbols, 1, sizeof **symbols, err));
        (*symbols)[0] = list[0].symbol;
        out->target = list[0].target;
    } else {
        CLI_TRY(cli_trigger_symbols(p, a->trigger, symbols, &out->n, err));
        st = a->target != NULL
                 ? cli_class_number(p->train, a->target, &out->target, err)
                 : cli_find_target(p, &a->attack, *symbols, out->n, &out->target, err);
    }
    out->symbols = *symbols;

done:
    return st;
}

/* ---- removing ------------------------------------------------------------------------------- */

/* Both retrainings. random_dir: where the comparison goes. */
static rr_status retrain(const args *a, const cli_case *c, const cli_retraining *named,
                         const cli_retraining *random, cli_removal *out, int *interrupted,
                         rr_error *err)
{
    const cli_where where = { a->data, a->vectors };
    int made = 0;
    rr_status st = RR_OK;

    *interrupted = 0;
    out->named = named;
    out->random = random;
    out->accuracy_before = cli_accuracy(c->patient->ds, c->patient->before);
    cli_say(&a->common, "training %s without %zu named sequences", named->dir,
            named->count_removed);
    CLI_TRY(cli_try_without(c, named, &where, &out->after, interrupted, err));
    if (*interrupted)
        goto done;
    CLI_TRY(cli_reserve_run(random->dir, &made, err));
    cli_say(&a->common, "training %s without %zu random ones that bear the trigger", random->dir,
            random->count_removed);
    CLI_TRY(cli_try_without(c, random, &where, &out->compared, interrupted, err));

done:
    return st;
}

static rr_status remove_named(args *a, const cli_case *c, const cli_attacks *before, cli_doc *doc,
                              int *interrupted, rr_error *err)
{
    cli_retraining named = a->how, random = a->how;
    uint32_t *ids = NULL, *drawn = NULL;
    char *dir = NULL;
    size_t bearers = 0;
    cli_removal r = { .before = *before };
    rr_status st = RR_OK;

    (void)rr_backdoor_bearers(c->backdoor, &bearers);
    CLI_TRY(cli_alloc(&ids, bearers, sizeof *ids, err));
    CLI_TRY(cli_alloc(&drawn, bearers, sizeof *drawn, err));
    const size_t most = cli_given(&a->common, "count") ? a->count : bearers;
    const size_t n = rr_backdoor_named(c->backdoor, most, ids);
    if (n == 0)
        CLI_TRY(cli_error(err, RR_ERR_ARG,
                          "no training sequence labelled %s bears the trigger: nothing to remove",
                          rr_dataset_class_name(c->patient->train, c->trigger.target)));
    CLI_TRY(rr_backdoor_random(c->backdoor, a->attack.seed, n, drawn, err));
    CLI_TRY(cli_format(&dir, err, "%s/random", a->how.dir));
    named.removed = ids;
    random.removed = drawn;
    named.count_removed = random.count_removed = n;
    random.dir = dir;
    if (n == bearers)
        cli_say(&a->common,
                "note: all %zu sequences that bear the trigger are removed, so the comparison "
                "removes the same ones; --count M removes fewer",
                n);
    CLI_TRY(retrain(a, c, &named, &random, &r, interrupted, err));
    if (*interrupted)
        goto done;
    cli_removal_document(doc, &r);
    if (!a->common.json)
        cli_print_removal(&r);

done:
    free(dir);
    free(drawn);
    free(ids);
    return st;
}

/* ---- the verb ------------------------------------------------------------------------------- */

/* Examine one trigger, and with --remove take out what taught it. */
static rr_status examine(args *a, const cli_patient *p, const rr_scan *found, cli_doc *doc,
                         int *interrupted, rr_error *err)
{
    cli_case c = { .common = &a->common, .patient = p, .attack = a->attack };
    rr_attack_config anywhere = a->attack;
    rr_backdoor *backdoor = NULL;
    uint32_t *symbols = NULL;
    cli_attacks before;
    rr_status st = RR_OK;

    CLI_TRY(choose_trigger(a, p, found, &symbols, &c.trigger, err));
    if (anywhere.place == RR_PLACE_LEARNT)
        anywhere.place = RR_PLACE_RANDOM;
    CLI_TRY(
        rr_backdoor_new(&anywhere, p->inf, p->net, p->train, p->ds, &c.trigger, &backdoor, err));
    c.backdoor = backdoor;
    CLI_TRY(cli_alloc(&c.words, a->words * c.trigger.n, sizeof *c.words, err));
    CLI_TRY(rr_attack_words(p->net, p->train, &c.trigger, a->attack.seed, a->words * c.trigger.n,
                            c.words, &c.count_words, err));
    CLI_TRY(cli_attack(&c, p->net, &before, err));
    cli_case_document(doc, &c, &before, found == NULL);
    if (!a->common.json)
        cli_print_case(&c, &before, a->top);
    if (a->remove)
        CLI_TRY(remove_named(a, &c, &before, doc, interrupted, err));

done:
    free(c.words);
    rr_backdoor_free(backdoor);
    free(symbols);
    return st;
}

/* The members every document has, and the candidates of a scan. */
static void begin_document(const args *a, cli_doc *doc, const rr_scan *found, const cli_patient *p)
{
    cli_set(doc, NULL, "run", cli_json_text(a->dir));
    cli_set(doc, NULL, "split", cli_json_text(rr_split_name(a->split)));
    cli_set(doc, NULL, "place", cli_json_text(rr_place_name(a->attack.place)));
    cli_set(doc, NULL, "seed", cli_json_u64(a->attack.seed));
    cli_set(doc, NULL, "threshold", cli_json_f64(RR_BACKDOOR_THRESHOLD));
    if (found != NULL)
        cli_scan_document(doc, found, p->train, a->top);
}

static int run_backdoor(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    cli_patient patient = { .run = NULL };
    cli_doc doc = cli_doc_new();
    rr_scan *found = NULL;
    int interrupted = 0, made = 0;
    rr_status st = RR_OK;

    CLI_TRY(check_args(a, &err));
    CLI_TRY(cli_patient_open(&a->common, a->dir, a->data, a->split, &patient, &err));
    a->attack.threads = a->common.threads;
    a->how.data = a->data;
    a->how.vectors = a->vectors;
    a->how.seed = rr_run_settings_of(patient.run).train.seed;
    if (a->remove)
        CLI_TRY(cli_reserve_run(a->how.dir, &made, &err));
    if (a->trigger == NULL)
        CLI_TRY(scan(a, &patient, &found, &err));
    begin_document(a, &doc, found, &patient);
    if (found != NULL && !a->common.json)
        cli_print_scan(found, patient.train, a->top);
    if (found == NULL || a->remove)
        CLI_TRY(examine(a, &patient, found, &doc, &interrupted, &err));
    if (!interrupted)
        CLI_TRY(cli_emit(&a->common, &doc, &err));

done:
    if (interrupted)
        fprintf(stderr, "rnnrepair backdoor: interrupted; %s holds the epochs that are done\n",
                a->how.dir);
    if (made)
        (void)rmdir(a->how.dir); /* goes only where it is empty */
    rr_scan_free(found);
    cli_doc_free(&doc);
    cli_patient_free(&patient);
    return interrupted ? CLI_INTERRUPTED : cli_finish(&a->common, st, &err);
}

const cli_verb cli_verb_backdoor = {
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
        "run, split, place, seed\n"
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
    .run = run_backdoor,
};
