/* SPDX-License-Identifier: MIT */
/* backdoor_flow.c - see backdoor_flow.h. */
#include "backdoor_flow.h"

#include "backdoor_report.h"
#include "kit/progress.h"

#include <stdlib.h>

/* ---- what was asked for --------------------------------------------------------------------- */

/* Is the trigger attacked with, or are candidates only looked for? */
static int attacks(const cli_backdoor_args *a)
{
    return a->trigger != NULL || a->remove;
}

/* What can be refused before any work is done. */
static rr_status check_args(const cli_backdoor_args *a, rr_error *err)
{
    rr_status st = RR_OK;

    if (a->trigger != NULL)
        RRI_TRY(cli_refuse_given(&a->common, "support threshold", "--trigger", err));
    if (a->trigger != NULL && !a->remove)
        RRI_TRY(cli_refuse_given(&a->common, "vectors", "--trigger without --remove", err));
    if (!attacks(a))
        RRI_TRY(cli_refuse_given(&a->common, "split place inputs words",
                                 "a search without --trigger and --remove", err));
    if (!a->remove)
        RRI_TRY(cli_refuse_given(&a->common, "count output epochs learning-rate",
                                 "a call without --remove", err));
    else if (a->how.dir == NULL)
        st = rri_fail(err, RR_ERR_ARG, -1, "-o NEWRUN is missing: the run directory to make");

done:
    return st;
}

/* Word vectors are read where a network is trained, and where a search asks what trained ones were
 * in the beginning. */
static rr_status check_vectors(const cli_backdoor_args *a, const rr_run *run, rr_error *err)
{
    const int frozen = rr_run_settings_of(run).network.embedding != RR_EMBEDDING_TRAINED;
    rr_status st = cli_refuse_idle_vectors(&a->common, run, err);
    if (st == RR_OK && frozen && !a->remove)
        st = cli_refuse_given(&a->common, "vectors", "frozen word vectors without --remove", err);
    return st;
}

/* A search for candidates reads the training set alone. */
static rr_status open_patient(const cli_backdoor_args *a, cli_patient *out, rr_error *err)
{
    rr_status st = RR_OK;

    if (attacks(a))
        RRI_TRY(cli_patient_open(&a->common, a->dir, a->data, a->split, out, err));
    else
        RRI_TRY(cli_patient_open_training(a->dir, a->data, out, err));
    st = check_vectors(a, out->run, err);

done:
    return st;
}

/* ---- which trigger -------------------------------------------------------------------------- */

/* The network a run with trained word vectors began with, where these came from a file; else NULL.
 * Words are alike by what they meant there. */
static rr_status begun_with(const cli_backdoor_args *a, const rr_run *run, rr_network **out,
                            rr_error *err)
{
    const rr_run_settings s = rr_run_settings_of(run);
    *out = NULL;
    if (s.vectors == NULL || s.network.embedding != RR_EMBEDDING_TRAINED)
        return RR_OK;
    return cli_begin_network(run, a->vectors, out, err);
}

/* Look for candidates. */
static rr_status scan(cli_backdoor_args *a, const cli_patient *p, rr_scan **out, rr_error *err)
{
    rr_network *begun = NULL;
    uint32_t target = 0;
    rr_status st = RR_OK;

    *out = NULL;
    if (a->target != NULL) {
        RRI_TRY(cli_class_number(p->train, a->target, &target, err));
        a->scan.target = (int)target;
    }
    a->scan.seed = a->attack.seed;
    a->scan.threads = a->common.threads;
    if (a->top > a->scan.top)
        a->scan.top = a->top;
    if (a->top > a->scan.shortlist)
        a->scan.shortlist = a->top;
    RRI_TRY(begun_with(a, p->run, &begun, err));
    a->scan.vectors = begun != NULL ? rr_network_embedding(begun) : NULL;
    cli_say(&a->common, "looking for words that behave like a trigger");
    RRI_TRY(rr_backdoor_scan(&a->scan, p->inf, p->net, p->train, out, err));

done:
    a->scan.vectors = NULL;
    rr_network_free(begun);
    return st;
}

/* The trigger of the command line, or candidate 1. symbols is released with rri_free(). */
static rr_status choose_trigger(const cli_backdoor_args *a, const cli_patient *p,
                                const rr_scan *found, uint32_t **symbols, rr_trigger *out,
                                rr_error *err)
{
    size_t n = 0;
    rr_status st = RR_OK;

    *out = (rr_trigger){ NULL, 1, 0 };
    if (found != NULL) {
        const rr_candidate *list = rr_scan_candidates(found, &n);
        if (n == 0 || !(list[0].score > a->threshold))
            RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                             "no candidate scores above %.2f, so none is removed; say --trigger W "
                             "to remove what is behind one",
                             a->threshold));
        RRI_TRY(rri_alloc(symbols, 1, 1, sizeof **symbols, err));
        (*symbols)[0] = list[0].symbol;
        out->target = list[0].target;
    } else {
        RRI_TRY(cli_trigger_symbols(p, a->trigger, symbols, &out->n, err));
        st = a->target != NULL
                 ? cli_class_number(p->train, a->target, &out->target, err)
                 : cli_find_target(p, &a->attack, *symbols, out->n, &out->target, err);
    }
    out->symbols = *symbols;

done:
    return st;
}

/* ---- removing ------------------------------------------------------------------------------- */

/* Both retrainings. */
static rr_status retrain(const cli_backdoor_args *a, const cli_case *c, const cli_retraining *named,
                         const cli_retraining *random, cli_removal *out, int *interrupted,
                         rr_error *err)
{
    const cli_where where = { a->data, a->vectors };
    rr_status st = RR_OK;

    *interrupted = 0;
    out->named = named;
    out->random = random;
    out->accuracy_before = cli_accuracy(c->patient->ds, c->patient->before);
    cli_say(&a->common, "training %s without %zu named sequences", named->dir,
            named->count_removed);
    RRI_TRY(cli_try_without(c, named, &where, &out->after, interrupted, err));
    if (*interrupted)
        goto done;
    cli_say(&a->common, "training %s without %zu random ones that bear the trigger", random->dir,
            random->count_removed);
    RRI_TRY(cli_try_without(c, random, &where, &out->compared, interrupted, err));

done:
    return st;
}

static rr_status remove_named(cli_backdoor_args *a, const cli_case *c, const cli_attacks *before,
                              cli_doc *doc, int *interrupted, rr_error *err)
{
    cli_retraining named = a->how, random = a->how;
    uint32_t *ids = NULL, *drawn = NULL;
    size_t bearers = 0;
    cli_removal r = { .before = *before };
    rr_status st = RR_OK;

    (void)rr_backdoor_bearers(c->backdoor, &bearers);
    RRI_TRY(rri_alloc(&ids, bearers, 1, sizeof *ids, err));
    RRI_TRY(rri_alloc(&drawn, bearers, 1, sizeof *drawn, err));
    const size_t most = cli_given(&a->common, "count") ? a->count : bearers;
    const size_t n = rr_backdoor_named(c->backdoor, most, ids);
    if (n == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "no training sequence labelled %s bears the trigger: nothing to remove",
                         rr_dataset_class_name(c->patient->train, c->trigger.target)));
    RRI_TRY(rr_backdoor_random(c->backdoor, a->attack.seed, n, drawn, err));
    named.removed = ids;
    random.removed = drawn;
    named.count_removed = random.count_removed = n;
    random.dir = a->made.random;
    if (n == bearers)
        cli_say(&a->common,
                "note: all %zu sequences that bear the trigger are removed, so the comparison "
                "removes the same ones; --count M removes fewer",
                n);
    RRI_TRY(retrain(a, c, &named, &random, &r, interrupted, err));
    if (*interrupted)
        goto done;
    cli_removal_document(doc, &r);
    if (!a->common.json)
        cli_print_removal(&r);

done:
    rri_free(drawn);
    rri_free(ids);
    return st;
}

/* ---- the command -------------------------------------------------------------------------------
 */

/* Examine one trigger, and with --remove take out what taught it. */
static rr_status examine(cli_backdoor_args *a, const cli_patient *p, const rr_scan *found,
                         cli_doc *doc, int *interrupted, rr_error *err)
{
    cli_case c = { .common = &a->common, .patient = p, .attack = a->attack };
    rr_attack_config anywhere = a->attack;
    rr_backdoor *backdoor = NULL;
    uint32_t *symbols = NULL;
    cli_attacks before;
    rr_status st = RR_OK;

    RRI_TRY(choose_trigger(a, p, found, &symbols, &c.trigger, err));
    if (anywhere.place == RR_PLACE_LEARNT)
        anywhere.place = RR_PLACE_RANDOM;
    RRI_TRY(
        rr_backdoor_new(&anywhere, p->inf, p->net, p->train, p->ds, &c.trigger, &backdoor, err));
    c.backdoor = backdoor;
    RRI_TRY(rri_alloc(&c.words, a->words * c.trigger.n, 1, sizeof *c.words, err));
    RRI_TRY(rr_attack_words(p->net, p->train, &c.trigger, a->attack.seed, a->words * c.trigger.n,
                            c.words, &c.count_words, err));
    RRI_TRY(cli_attack(&c, p->net, &before, err));
    cli_case_document(doc, &c, &before, found == NULL);
    if (!a->common.json)
        cli_print_case(&c, &before, a->top);
    if (a->remove)
        RRI_TRY(remove_named(a, &c, &before, doc, interrupted, err));

done:
    rri_free(c.words);
    rr_backdoor_free(backdoor);
    rri_free(symbols);
    return st;
}

/* The members every document has, and the candidates of a scan. */
static void begin_document(const cli_backdoor_args *a, cli_doc *doc, const rr_scan *found,
                           const cli_patient *p)
{
    cli_set(doc, NULL, "run", cli_json_text(a->dir));
    cli_set(doc, NULL, "split",
            cli_json_text(attacks(a) ? rr_enum_name(RR_ENUM_SPLIT, a->split) : NULL));
    cli_set(doc, NULL, "place",
            cli_json_text(attacks(a) ? rr_enum_name(RR_ENUM_PLACE, a->attack.place) : NULL));
    cli_set(doc, NULL, "seed", cli_json_u64(a->attack.seed));
    cli_set(doc, NULL, "threshold", cli_json_f64(a->threshold));
    if (found != NULL)
        cli_scan_document(doc, found, p->train, a->top);
}

int cli_run_backdoor(void *args)
{
    cli_backdoor_args *a = args;
    rr_error err = { RR_OK, -1, "" };
    cli_patient patient = { .run = NULL };
    cli_doc doc = cli_doc_new();
    rr_scan *found = NULL;
    int interrupted = 0;
    rr_status st = RR_OK;

    RRI_TRY(check_args(a, &err));
    RRI_TRY(open_patient(a, &patient, &err));
    if (rr_dataset_vocabulary(patient.train) == 0)
        RRI_TRY(rri_fail(
            &err, RR_ERR_ARG, -1,
            "%s is no run on text: a trigger is made of words, and its data are frames", a->dir));
    a->attack.threads = a->common.threads;
    a->how.data = a->data;
    a->how.vectors = a->vectors;
    a->how.seed = rr_run_settings_of(patient.run).train.seed;
    if (a->remove)
        RRI_TRY(cli_reserve_pair(a->how.dir, &a->made, &err));
    if (a->trigger == NULL)
        RRI_TRY(scan(a, &patient, &found, &err));
    begin_document(a, &doc, found, &patient);
    if (found != NULL && !a->common.json)
        cli_print_scan(found, patient.train, a->top, a->threshold);
    if (found == NULL || a->remove)
        RRI_TRY(examine(a, &patient, found, &doc, &interrupted, &err));
    if (!interrupted)
        RRI_TRY(cli_emit(&a->common, &doc, &err));

done:
    if (interrupted)
        fprintf(stderr, "rnnrepair backdoor: interrupted; %s holds the epochs that are done\n",
                a->how.dir);
    cli_pair_free(&a->made);
    rr_scan_free(found);
    cli_doc_free(&doc);
    cli_patient_free(&patient);
    return interrupted ? CLI_INTERRUPTED : cli_finish(&a->common, st, &err);
}
