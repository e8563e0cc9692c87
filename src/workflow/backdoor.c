/* SPDX-License-Identifier: MIT */
/* backdoor.c - triggers in a run: searches, traces and attacks, and retrains without the sequences
 * with the trigger. */
#include "workflow/workflow_internal.h"

#include "data/data_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- inputs --------------------------------------------------------------------------------- */

/* The parts of a run that tracing needs. */
typedef struct parts {
    const rr_network *net; /* NULL of a run on states */
    const rr_influence *inf;
    const rr_dataset *train;
} parts;

static rr_status take_parts(rr_session *s, parts *out, rr_error *err)
{
    rr_status st = RR_OK;

    out->net = NULL;
    if (!rri_session_foreign(s))
        RRI_TRY(rr_session_network(s, &out->net, err));
    RRI_TRY(rr_session_influence(s, &out->inf, err));
    RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &out->train, err));
    if (rr_dataset_vocabulary(out->train) == 0)
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "%s is no run on text: a trigger is made of words, and its data are frames",
                      rr_run_dir(s->run));

done:
    return st;
}

/* The words of a text as symbols. Memory: rri_free(). */
static rr_status find_symbols(const rr_session *s, const rr_dataset *train, const char *text,
                              uint32_t **out, size_t *n, rr_error *err)
{
    const rr_vocabulary *v = rr_dataset_words(train);
    rr_error why = { RR_OK, -1, "" };
    rr_tokens *tokens = NULL;
    rr_status st = RR_OK;

    if (v == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                         "%s: not a run on words, so there is no trigger \"%s\"",
                         rr_run_dir(s->run), text));
    st = rr_tokens_split(text, strlen(text), &tokens, &why);
    if (st == RR_ERR_SHAPE)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "--trigger: there is no word in it"));
    else if (st != RR_OK)
        RRI_TRY(rri_fail(err, st, -1, "--trigger: %s", why.msg));
    *n = rr_tokens_count(tokens);
    RRI_TRY(rri_alloc(out, *n, 1, sizeof **out, err));
    for (size_t i = 0; i < *n; i++) {
        const char *word = rr_tokens_words(tokens)[i];
        (*out)[i] = rr_vocabulary_find(v, word);
        if ((*out)[i] == RR_WORD_UNKNOWN)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                             "--trigger: \"%s\" is not in the vocabulary of %s", word,
                             rr_run_dir(s->run)));
    }

done:
    rr_tokens_free(tokens);
    return st;
}

/* ---- search --------------------------------------------------------------------------------- */

/* The network a run with trained word vectors began with, where these came from a file; else NULL.
 * Words are compared by those vectors. */
static rr_status begun_with(rr_session *s, rr_network **out, rr_error *err)
{
    const rr_run_settings settings = rr_run_settings_of(s->run);

    *out = NULL;
    if (settings.vectors == NULL || settings.network.embedding != RR_EMBEDDING_TRAINED)
        return RR_OK;
    return rri_session_begin(s, out, err);
}

rr_status rr_session_scan(rr_session *s, const rr_scan_config *cfg, rr_scan **out, rr_error *err)
{
    rr_scan_config own = rr_scan_config_default();
    rr_network *begun = NULL;
    parts p;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_scan_config", err));
    RRI_TRY(take_parts(s, &p, err));
    RRI_TRY(begun_with(s, &begun, err));
    own.vectors = begun != NULL ? rr_network_embedding(begun) : NULL;
    own.threads = s->threads;
    rri_note(&s->callbacks, "looking for words that behave like a trigger");
    RRI_TRY(rr_backdoor_scan(&own, p.inf, p.net, p.train, &s->callbacks, out, err));

done:
    rr_network_free(begun);
    return st;
}

/* ---- attacks -------------------------------------------------------------------------------- */

/* A position where it was learned is not known before it has been traced. */
static rr_attack_config untraced(rr_attack_config cfg)
{
    if (cfg.position == RR_POSITION_LEARNED)
        cfg.position = RR_POSITION_RANDOM;
    return cfg;
}

/* Arbitrary words, as many in a row as the trigger has. They have no learned positions: those of
 * the trigger are used. */
static rr_status attack_base(const rr_session *s, const rr_traced_trigger *t, const rr_network *net,
                             const rr_dataset *ds, rr_attack_summary *out, rr_error *err)
{
    const size_t n = t->trigger.n;
    double sum = 0.0;
    rr_status st = RR_OK;

    out->words = t->attack.words;
    for (size_t i = 0; i < out->words; i++) {
        const rr_trigger words = { t->words + i * n, n, t->trigger.target };
        rr_attack_result r;
        RRI_TRY(rri_check_cancelled(&s->callbacks, err));
        RRI_TRY(rr_attack(&t->config, net, ds, &words, t->backdoor, &r, err));
        sum += r.success;
        if (i == 0 || r.success > out->base_max)
            out->base_max = r.success;
    }
    if (out->words > 0)
        out->base = sum / (double)out->words;

done:
    return st;
}

/* Attack the network of a run, s itself or a child, as t says. */
static rr_status attack(rr_session *s, const rr_traced_trigger *t, rr_attack_summary *out,
                        rr_error *err)
{
    rr_attack_summary a = { .base = -1.0, .base_max = -1.0 };
    rr_attack_config learned = t->config;
    const rr_network *net = NULL;
    rr_predictions p;
    rr_status st = RR_OK;

    learned.position = RR_POSITION_LEARNED;
    RRI_TRY(rr_session_network(s, &net, err));
    RRI_TRY(rr_session_predict(s, t->split, &p, err));
    RRI_TRY(rr_attack(&t->config, net, p.ds, &t->trigger, t->backdoor, &a.chosen, err));
    RRI_TRY(rr_attack(&learned, net, p.ds, &t->trigger, t->backdoor, &a.learned, err));
    RRI_TRY(attack_base(s, t, net, p.ds, &a, err));
    a.accuracy = rri_session_by_steps(s) ? p.step_accuracy : p.accuracy;
    *out = a;

done:
    return st;
}

/* ---- tracing -------------------------------------------------------------------------------- */

rr_trace_config rr_trace_config_default(void)
{
    return (rr_trace_config){ .struct_size = sizeof(rr_trace_config),
                              .target = -1,
                              .split = RR_SPLIT_TEST,
                              .attack = rr_attack_config_default(),
                              .comparisons = 20 };
}

/* A rr_traced_trigger and the memory it points into. */
typedef struct traced {
    rr_traced_trigger view; /* first */
    rr_backdoor *backdoor;
    uint32_t *symbols, *words;
} traced;

/* The class most inputs turn to. */
static rr_status find_target(const parts *p, const rr_dataset *ds, traced *t, rr_error *err)
{
    const rr_attack_config cfg = untraced(t->view.config);
    double best = -1.0;
    rr_status st = RR_OK;

    for (size_t c = 0; c < rr_dataset_classes(p->train); c++) {
        const rr_trigger trigger = { t->symbols, t->view.trigger.n, (uint32_t)c };
        rr_attack_result r;
        RRI_TRY(rr_attack(&cfg, p->net, ds, &trigger, NULL, &r, err));
        if (r.success > best) {
            best = r.success;
            t->view.trigger.target = (uint32_t)c;
        }
    }

done:
    return st;
}

/* Count the labels of the sequences with the trigger, or of the steps that follow it. */
static void count_labels(const rr_dataset *train, const rr_trigger *trigger, size_t *count)
{
    const size_t n = trigger->n;

    for (size_t i = 0; i < rr_dataset_count(train); i++) {
        const rr_sequence seq = rr_dataset_at(train, i);
        size_t t = rri_phrase_find(trigger->symbols, n, seq.symbols, seq.steps, 0);
        if (!rr_dataset_step_labelled(train))
            count[seq.label] += t < seq.steps;
        for (; rr_dataset_step_labelled(train) && t + n < seq.steps;
             t = rri_phrase_find(trigger->symbols, n, seq.symbols, seq.steps, t + n))
            if (seq.step_labels[t + n] != RR_NO_LABEL)
                count[seq.step_labels[t + n]]++;
    }
}

/* The class most training sequences with the trigger, or steps that follow it, are labelled as, the
 * first of equal ones. */
static rr_status find_label(const parts *p, traced *t, rr_error *err)
{
    const size_t C = rr_dataset_classes(p->train);
    const rr_trigger *trigger = &t->view.trigger;
    size_t *count = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&count, C, 1, sizeof *count, err));
    count_labels(p->train, trigger, count);
    for (size_t c = 1; c < C; c++)
        if (count[c] > count[t->view.trigger.target])
            t->view.trigger.target = (uint32_t)c;

done:
    rri_free(count);
    return st;
}

/* The symbols of the trigger, and its class. */
static rr_status identify(rr_session *s, const rr_trace_config *cfg, const parts *p,
                          const rr_dataset *ds, traced *t, rr_error *err)
{
    rr_trigger *trigger = &t->view.trigger;
    rr_status st = RR_OK;

    if (cfg->words != NULL) {
        RRI_TRY(find_symbols(s, p->train, cfg->words, &t->symbols, &trigger->n, err));
    } else {
        trigger->n = cfg->count_symbols;
        RRI_TRY(rri_alloc(&t->symbols, trigger->n, 1, sizeof *t->symbols, err));
        for (size_t i = 0; i < trigger->n; i++)
            t->symbols[i] = cfg->symbols[i];
    }
    trigger->symbols = t->symbols;
    if (cfg->target < 0)
        RRI_TRY(p->net != NULL ? find_target(p, ds, t, err) : find_label(p, t, err));
    else
        trigger->target = (uint32_t)cfg->target;

done:
    return st;
}

/* Insert it, and compare with arbitrary words. */
static rr_status trace_by_attack(rr_session *s, const rr_trace_config *cfg, const parts *p,
                                 const rr_dataset *ds, traced *t, rr_error *err)
{
    const rr_attack_config anywhere = untraced(cfg->attack);
    const size_t wanted = cfg->comparisons * t->view.trigger.n;
    size_t words = 0;
    rr_status st = RR_OK;

    RRI_TRY(rr_backdoor_new(&anywhere, p->inf, p->net, p->train, ds, &t->view.trigger, &t->backdoor,
                            err));
    t->view.backdoor = t->backdoor;
    RRI_TRY(rri_alloc(&t->words, wanted, 1, sizeof *t->words, err));
    RRI_TRY(rr_attack_words(p->net, p->train, &t->view.trigger, cfg->attack.seed, wanted, t->words,
                            &words, err));
    t->view.words = t->words;
    t->view.attack.words = words / t->view.trigger.n;
    RRI_TRY(attack(s, &t->view, &t->view.attack, err));

done:
    return st;
}

/* Look at the sequences that have it already. */
static rr_status trace_by_states(rr_session *s, const parts *p, const rr_dataset *ds, traced *t,
                                 rr_error *err)
{
    rr_attack_summary *a = &t->view.attack;
    rr_state_source source = { .ops = NULL };
    rr_traces *traces = NULL;
    rr_predictions predictions;
    rr_status st = RR_OK;

    RRI_TRY(rri_session_states(s, t->view.split, NULL, 0, &source, err));
    RRI_TRY(rr_influence_trace(p->inf, &source, s->threads, &traces, err));
    *a = (rr_attack_summary){ .base = -1.0, .base_max = -1.0 };
    RRI_TRY(rr_backdoor_observe(p->inf, p->train, ds, traces, &t->view.trigger, &a->chosen,
                                &t->backdoor, err));
    a->learned = a->chosen;
    t->view.backdoor = t->backdoor;
    t->view.observed = 1;
    RRI_TRY(rr_session_predict(s, t->view.split, &predictions, err));
    a->accuracy = rri_session_by_steps(s) ? predictions.step_accuracy : predictions.accuracy;

done:
    rr_traces_free(traces);
    rr_state_source_close(&source);
    return st;
}

rr_status rr_session_trace_trigger(rr_session *s, const rr_trace_config *cfg,
                                   rr_traced_trigger **out, rr_error *err)
{
    rr_trace_config own = rr_trace_config_default();
    const rr_dataset *ds = NULL;
    traced *t = NULL;
    parts p;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_trace_config", err));
    RRI_TRY(rri_config_same(&own.attack, sizeof own.attack, "rr_trace_config.attack", err));
    RRI_TRY(take_parts(s, &p, err));
    RRI_TRY(rr_session_split(s, own.split, &ds, err));
    RRI_TRY(rri_alloc(&t, 1, 1, sizeof *t, err));
    own.attack.threads = s->threads;
    t->view.config = own.attack;
    t->view.split = own.split;
    RRI_TRY(identify(s, &own, &p, ds, t, err));
    RRI_TRY(p.net != NULL ? trace_by_attack(s, &own, &p, ds, t, err)
                          : trace_by_states(s, &p, ds, t, err));
    *out = &t->view;
    t = NULL;

done:
    if (t != NULL)
        rr_traced_trigger_free(&t->view);
    return st;
}

void rr_traced_trigger_free(rr_traced_trigger *view)
{
    traced *t = (traced *)view;

    if (t == NULL)
        return;
    rr_backdoor_free(t->backdoor);
    rri_free(t->symbols);
    rri_free(t->words);
    rri_free(t);
}

/* ---- removing ------------------------------------------------------------------------------- */

/* A rr_removal and the memory it points into. */
typedef struct removal {
    rr_removal view; /* first */
    uint32_t *removed, *random;
    char *random_dir;
} removal;

/* Train dir without some sequences, and attack it. */
static rr_status try_without(rr_session *s, const rr_traced_trigger *t, const char *dir,
                             const uint32_t *removed, size_t count, const rr_retrain_config *cfg,
                             rr_attack_summary *out, rr_error *err)
{
    const rr_edits edits = { .removed = removed, .count_removed = count };
    rr_session *child = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_child(s, dir, &edits, cfg, &child, err));
    RRI_TRY(attack(child, t, out, err));

done:
    rr_session_close(child);
    return st;
}

/* How many sequences have the trigger; of steps a sequence has several carriers. */
static size_t count_sequences(const rr_backdoor *b, uint32_t *ids)
{
    size_t n = 0, all = 0;
    const rr_carrier *list = rr_backdoor_carriers(b, &n);

    for (size_t i = 0; i < n; i++)
        ids[i] = list[i].id;
    if (n > 0)
        qsort(ids, n, sizeof *ids, rri_by_u32);
    for (size_t i = 0; i < n; i++)
        all += i == 0 || ids[i] != ids[i - 1];
    return all;
}

/* Choose the sequences that either run removes. */
static rr_status choose_removed(rr_session *s, const rr_traced_trigger *t, size_t most, removal *r,
                                rr_error *err)
{
    const rr_dataset *train = NULL;
    size_t carriers = 0;
    rr_status st = RR_OK;

    (void)rr_backdoor_carriers(t->backdoor, &carriers);
    RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &train, err));
    RRI_TRY(rri_alloc(&r->removed, carriers, 1, sizeof *r->removed, err));
    RRI_TRY(rri_alloc(&r->random, carriers, 1, sizeof *r->random, err));
    const size_t all = count_sequences(t->backdoor, r->random);
    const size_t n = rr_backdoor_named(t->backdoor, most > 0 ? most : carriers, r->removed);
    if (n == 0)
        RRI_TRY(
            rri_fail(err, RR_ERR_ARG, -1,
                     rri_session_by_steps(s)
                         ? "no training step labelled %s follows the trigger: nothing to remove"
                         : "no training sequence labelled %s has the trigger: nothing to remove",
                     rr_dataset_class_name(train, t->trigger.target)));
    RRI_TRY(rr_backdoor_random(t->backdoor, t->config.seed, n, r->random, err));
    if (n == all)
        rri_note(&s->callbacks,
                 "note: all %zu sequences with the trigger are removed, so the comparison removes "
                 "the same ones; --count M removes fewer",
                 n);
    r->view.count = n;
    r->view.removed = r->removed;
    r->view.random = r->random;

done:
    return st;
}

rr_status rr_session_remove_trigger(rr_session *s, const rr_traced_trigger *t, size_t most,
                                    const char *dir, const rr_retrain_config *cfg, rr_removal **out,
                                    rr_error *err)
{
    rr_reservation *first = NULL, *second = NULL;
    removal *r = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_session_needs_network(s, "retraining",
                                      "leave the sequences with the trigger out of its training "
                                      "set, train it there, and collect the states again",
                                      err));
    RRI_TRY(rri_alloc(&r, 1, 1, sizeof *r, err));
    RRI_TRY(rri_format(&r->random_dir, err, "%s/random", dir));
    r->view.random_dir = r->random_dir;
    RRI_TRY(choose_removed(s, t, most, r, err));
    RRI_TRY(rr_run_reserve(dir, &first, err));
    RRI_TRY(rr_run_reserve(r->random_dir, &second, err));
    rri_note(&s->callbacks, "training %s without %zu named sequences", dir, r->view.count);
    RRI_TRY(try_without(s, t, dir, r->removed, r->view.count, cfg, &r->view.after, err));
    rri_note(&s->callbacks, "training %s without %zu random ones with the trigger", r->random_dir,
             r->view.count);
    RRI_TRY(try_without(s, t, r->random_dir, r->random, r->view.count, cfg, &r->view.after_random,
                        err));
    *out = &r->view;
    r = NULL;

done:
    rr_reservation_end(second);
    rr_reservation_end(first);
    if (r != NULL)
        rr_removal_free(&r->view);
    return st;
}

void rr_removal_free(rr_removal *view)
{
    removal *r = (removal *)view;

    if (r == NULL)
        return;
    rri_free(r->removed);
    rri_free(r->random);
    rri_free(r->random_dir);
    rri_free(r);
}
