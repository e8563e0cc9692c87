/* SPDX-License-Identifier: MIT */
/* backdoor.c - where in the training set a trigger was learned.
 *
 * A training step that ends the trigger reads it in the context (q, y) of the step before its first
 * word. Of one word these are the keys (q_{t-1}, x_t) of the postings. The inputs of an attack read
 * it in contexts too, and
 *
 *     influence(i) = mean over the inputs that turn of [i reads it in the same q] / n_q
 *
 * over training sequences i labelled as the target, n_q of which read the trigger in state q. Where
 * every step has an output the same is said of the training steps that follow the trigger.
 *
 * Invariants: reads are sorted by state, then sequence, each pair once (of steps, each step once);
 * first[q]..first[q+1]-1 are those of state q, 0..K. */
#include "backdoor/backdoor_internal.h"

#include <stdlib.h>
#include <string.h>

/* One occurrence of the trigger in the training set. */
typedef struct occurrence {
    uint16_t state, before, after;
    uint32_t sequence, step; /* where a trigger turns steps: the one that follows it, as `after` */
    uint32_t label;          /* of the sequence, or of this step */
} occurrence;

struct rr_backdoor {
    const rr_influence *inf; /* borrowed, as net */
    const rr_network *net;
    size_t states; /* K */
    uint32_t target;
    bool by_steps;
    rr_learned_context *contexts;
    size_t count_contexts;
    uint32_t *ids; /* what the contexts' ids point into */
    rr_carrier *carriers;
    size_t count_carriers;
    bool *leads;     /* [count_carriers] the first of its sequence that is labelled as the target */
    uint32_t *reads; /* sequences labelled as the target, by state */
    size_t *first;   /* [K+2] */
};

enum { NO_LABEL = 65535 };

/* ---- occurrences ---------------------------------------------------------------------------- */

static int by_state(const void *a, const void *b)
{
    const occurrence *x = a;
    const occurrence *y = b;

    if (x->state != y->state)
        return x->state < y->state ? -1 : 1;
    if (x->sequence != y->sequence)
        return x->sequence < y->sequence ? -1 : 1;
    return (x->step > y->step) - (x->step < y->step);
}

static int by_context(const void *a, const void *b)
{
    const occurrence *x = a;
    const occurrence *y = b;

    if (x->state == y->state && x->before != y->before)
        return x->before < y->before ? -1 : 1;
    if (x->state == y->state && x->after != y->after)
        return x->after < y->after ? -1 : 1;
    return by_state(a, b);
}

/* The occurrence of the trigger that begins at t; false where what follows it has no label. */
static bool make_occurrence(const rr_backdoor *b, const rr_sequence *seq, const rr_trace *trace,
                            size_t n, size_t t, occurrence *out)
{
    const size_t last = t + n - 1 + b->by_steps;

    if (b->by_steps && (last >= seq->steps || seq->step_labels[last] == RR_NO_LABEL))
        return false;
    *out = (occurrence){ .state = t > 0 ? trace->states[t - 1] : 0,
                         .before = t > 0 ? trace->predictions[t - 1] : NO_LABEL,
                         .after = trace->predictions[last],
                         .step = (uint32_t)(last + 1),
                         .label = b->by_steps ? seq->step_labels[last] : seq->label };
    return true;
}

/* All occurrences in the order of the sequences; with list NULL they are only counted. */
static size_t collect(const rr_backdoor *b, const rr_dataset *train, const rr_trigger *trigger,
                      occurrence *list)
{
    const rr_traces *traces = rr_influence_training(b->inf);
    occurrence one;
    size_t n = 0;

    for (size_t i = 0; i < rr_dataset_count(train); i++) {
        const rr_sequence seq = rr_dataset_at(train, i);
        const rr_trace trace = rr_traces_at(traces, i);
        size_t t = rri_phrase_find(trigger->symbols, trigger->n, seq.symbols, seq.steps, 0);
        while (t < seq.steps) {
            if (make_occurrence(b, &seq, &trace, trigger->n, t, &one)) {
                one.sequence = (uint32_t)i;
                if (list != NULL)
                    list[n] = one;
                n++;
            }
            t = rri_phrase_find(trigger->symbols, trigger->n, seq.symbols, seq.steps,
                                t + trigger->n);
        }
    }
    return n;
}

/* ---- what is made of them ------------------------------------------------------------------- */

/* The reads; list is sorted by state. */
static rr_status make_reads(rr_backdoor *b, const occurrence *list, size_t n, rr_error *err)
{
    size_t reads = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&b->reads, n, 1, sizeof *b->reads, err));
    RRI_TRY(rri_alloc(&b->first, b->states + 2, 1, sizeof *b->first, err));
    for (size_t i = 0; i < n; i++) {
        const bool again = !b->by_steps && i > 0 && list[i].state == list[i - 1].state &&
                           list[i].sequence == list[i - 1].sequence;
        if (again || list[i].label != b->target)
            continue;
        b->reads[reads++] = list[i].sequence;
        b->first[(size_t)list[i].state + 1]++;
    }
    for (size_t q = 0; q <= b->states; q++)
        b->first[q + 1] += b->first[q];

done:
    return st;
}

static bool same_context(const occurrence *x, const occurrence *y)
{
    return x->state == y->state && x->before == y->before && x->after == y->after;
}

static int by_sequences(const void *a, const void *b)
{
    const rr_learned_context *x = a;
    const rr_learned_context *y = b;

    if (x->sequences != y->sequences)
        return x->sequences > y->sequences ? -1 : 1;
    if (x->state != y->state)
        return x->state < y->state ? -1 : 1;
    if (x->before != y->before)
        return x->before < y->before ? -1 : 1;
    return (x->after > y->after) - (x->after < y->after);
}

/* The contexts; list is sorted by context. read[q] counts the attacked inputs of state q. */
static rr_status make_contexts(rr_backdoor *b, const occurrence *list, size_t n, const size_t *read,
                               rr_error *err)
{
    size_t ids = 0;
    size_t m = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&b->contexts, n, 1, sizeof *b->contexts, err));
    RRI_TRY(rri_alloc(&b->ids, n, 1, sizeof *b->ids, err));
    for (size_t i = 0; i < n; i++) {
        const bool first = i == 0 || !same_context(&list[i], &list[i - 1]);
        if (first)
            b->contexts[m++] = (rr_learned_context){ .state = list[i].state,
                                                     .before = list[i].before,
                                                     .after = list[i].after,
                                                     .attacked = read[list[i].state],
                                                     .ids = b->ids + ids };
        rr_learned_context *c = &b->contexts[m - 1];
        c->count++;
        if (first || list[i].sequence != list[i - 1].sequence) {
            b->ids[ids++] = list[i].sequence;
            c->sequences++;
        }
    }
    b->count_contexts = m;
    if (m > 0)
        qsort(b->contexts, m, sizeof *b->contexts, by_sequences);

done:
    return st;
}

static int by_influence(const void *a, const void *b)
{
    const rr_carrier *x = a;
    const rr_carrier *y = b;

    if (x->influence > y->influence || x->influence < y->influence)
        return x->influence > y->influence ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->step > y->step) - (x->step < y->step);
}

/* The same of steps, one for each that follows the trigger. */
static void make_step_carriers(rr_backdoor *b, const occurrence *list, size_t n,
                               const size_t *turned, size_t all)
{
    for (size_t i = 0; i < n; i++) {
        const size_t q = list[i].state;
        const size_t of_state = b->first[q + 1] - b->first[q];
        b->carriers[i] = (rr_carrier){ .id = list[i].sequence,
                                       .label = list[i].label,
                                       .prediction = list[i].after,
                                       .step = list[i].step };
        if (list[i].label == b->target)
            b->carriers[i].influence =
                (double)turned[q] / (double)of_state / (double)rri_max(all, 1);
    }
    b->count_carriers = n;
}

/* Sets leads; the carriers are in order. seen is [N], zeroed. */
static void find_leads(rr_backdoor *b, bool *seen)
{
    for (size_t i = 0; i < b->count_carriers; i++) {
        const rr_carrier *c = &b->carriers[i];
        b->leads[i] = c->label == b->target && !seen[c->id];
        seen[c->id] = seen[c->id] || b->leads[i];
    }
}

/* The carriers; list is in the order of the sequences. turned[q] counts the attacked inputs of
 * state q that turned. */
static rr_status make_carriers(rr_backdoor *b, const rr_dataset *train, const occurrence *list,
                               size_t n, const size_t *turned, rr_error *err)
{
    const rr_traces *traces = rr_influence_training(b->inf);
    double *influence = NULL; /* [N] */
    bool *seen = NULL;        /* [N] */
    size_t all = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&b->carriers, n, 1, sizeof *b->carriers, err));
    RRI_TRY(rri_alloc(&b->leads, n, 1, sizeof *b->leads, err));
    RRI_TRY(rri_alloc(&influence, rr_dataset_count(train), 1, sizeof *influence, err));
    RRI_TRY(rri_alloc(&seen, rr_dataset_count(train), 1, sizeof *seen, err));
    for (size_t q = 0; q <= b->states; q++)
        all += turned[q];
    if (b->by_steps)
        make_step_carriers(b, list, n, turned, all);
    for (size_t q = 0; !b->by_steps && q <= b->states; q++)
        for (size_t i = b->first[q]; i < b->first[q + 1]; i++)
            influence[b->reads[i]] += (double)turned[q] / (double)(b->first[q + 1] - b->first[q]) /
                                      (double)rri_max(all, 1);
    for (size_t i = 0; !b->by_steps && i < n; i++)
        if (i == 0 || list[i].sequence != list[i - 1].sequence)
            b->carriers[b->count_carriers++] = (rr_carrier){
                .id = list[i].sequence,
                .label = list[i].label,
                .prediction = rr_traces_at(traces, list[i].sequence).prediction,
                .step = list[i].step,
                .influence = influence[list[i].sequence],
            };
    if (b->count_carriers > 0)
        qsort(b->carriers, b->count_carriers, sizeof *b->carriers, by_influence);
    find_leads(b, seen);

done:
    rri_free(seen);
    rri_free(influence);
    return st;
}

/* In which states the inputs of an attack read the trigger: all of them, and those that turned.
 * read and turned are [K+1]. */
static rr_status attack_states(const rr_backdoor *b, const rr_attack_config *cfg,
                               const rr_dataset *attacked, const rr_trigger *trigger, size_t *read,
                               size_t *turned, rr_error *err)
{
    rri_attacked a = { 0 };
    rr_traces *traces = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_attack_carry_out(cfg, b->net, attacked, trigger, NULL, &a, err));
    if (a.n > 0)
        RRI_TRY(rri_trace_dataset(b->inf, b->net, a.ds, cfg->threads, &traces, err));
    for (size_t i = 0; i < a.n; i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        const size_t q = a.at[i] > 0 ? trace.states[a.at[i] - 1] : 0;
        read[q]++;
        turned[q] += a.y[i] == trigger->target;
    }

done:
    rr_traces_free(traces);
    rri_attacked_clear(&a);
    return st;
}

/* ---- the object ----------------------------------------------------------------------------- */

/* read and turned are [K+1], of the inputs with the trigger. */
static rr_status fill(rr_backdoor *b, const rr_dataset *train, const rr_trigger *trigger,
                      const size_t *read, const size_t *turned, rr_error *err)
{
    occurrence *list = NULL;
    const size_t n = collect(b, train, trigger, NULL);
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&list, n, 1, sizeof *list, err));
    (void)collect(b, train, trigger, list);
    if (n > 0)
        qsort(list, n, sizeof *list, by_state);
    RRI_TRY(make_reads(b, list, n, err));
    (void)collect(b, train, trigger, list);
    RRI_TRY(make_carriers(b, train, list, n, turned, err));
    if (n > 0)
        qsort(list, n, sizeof *list, by_context);
    RRI_TRY(make_contexts(b, list, n, read, err));

done:
    rri_free(list);
    return st;
}

/* An object to fill; net may be NULL. */
static rr_status begin(const rr_influence *inf, const rr_network *net, const rr_dataset *train,
                       const rr_trigger *trigger, rr_backdoor **out, rr_error *err)
{
    rr_backdoor *b = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_check_symbols(net, train, "training set", err));
    RRI_TRY(rri_check_model(inf, net, train, err));
    RRI_TRY(rri_check_trigger(rr_dataset_vocabulary(train), rr_influence_info_of(inf).classes,
                              trigger, err));
    const bool by_steps = rri_backdoor_by_steps(net, train);
    if (by_steps && !rr_dataset_step_labelled(train))
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1,
                         "the training steps have no labels, those of the network do"));
    RRI_TRY(rri_alloc(&b, 1, 1, sizeof *b, err));
    b->inf = inf;
    b->net = net;
    b->by_steps = by_steps;
    b->states = rr_influence_info_of(inf).states;
    b->target = trigger->target;
    *out = b;

done:
    return st;
}

rr_status rr_backdoor_new(const rr_attack_config *cfg, const rr_influence *inf,
                          const rr_network *net, const rr_dataset *train,
                          const rr_dataset *attacked, const rr_trigger *trigger, rr_backdoor **out,
                          rr_error *err)
{
    rr_attack_config own = rr_attack_config_default();
    rr_backdoor *b = NULL;
    size_t *read = NULL, *turned = NULL; /* [K+1] */
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_attack_config", err));
    RRI_TRY(begin(inf, net, train, trigger, &b, err));
    RRI_TRY(rri_alloc(&read, b->states + 1, 1, sizeof *read, err));
    RRI_TRY(rri_alloc(&turned, b->states + 1, 1, sizeof *turned, err));
    RRI_TRY(attack_states(b, &own, attacked, trigger, read, turned, err));
    RRI_TRY(fill(b, train, trigger, read, turned, err));
    *out = b;
    b = NULL;

done:
    rri_free(turned);
    rri_free(read);
    rr_backdoor_free(b);
    return st;
}

/* ---- without the network -------------------------------------------------------------------- */

/* One input with the trigger was read in state q. */
static void observe_one(size_t q, bool target, size_t *read, size_t *turned, rr_attack_result *out)
{
    read[q]++;
    turned[q] += target;
    out->tried++;
    out->succeeded += target;
}

/* The steps of a sequence that follow the trigger, labelled otherwise or without labels. */
static void observe_steps(const rr_sequence *seq, const rr_trace *trace, const rr_trigger *trigger,
                          size_t *read, size_t *turned, rr_attack_result *out)
{
    const size_t n = trigger->n;
    size_t t = rri_phrase_find(trigger->symbols, n, seq->symbols, seq->steps, 0);

    for (; t + n < seq->steps;
         t = rri_phrase_find(trigger->symbols, n, seq->symbols, seq->steps, t + n))
        if (seq->step_labels == NULL ||
            (seq->step_labels[t + n] != RR_NO_LABEL && seq->step_labels[t + n] != trigger->target))
            observe_one(t > 0 ? trace->states[t - 1] : 0,
                        trace->predictions[t + n] == trigger->target, read, turned, out);
}

/* Count the inputs of ds, labelled otherwise or without labels, that have the trigger. */
static void observe(const rr_backdoor *b, const rr_dataset *ds, const rr_traces *traces,
                    const rr_trigger *trigger, size_t *read, size_t *turned, rr_attack_result *out)
{
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        const rr_sequence seq = rr_dataset_at(ds, i);
        const rr_trace trace = rr_traces_at(traces, i);
        const size_t t = rri_phrase_find(trigger->symbols, trigger->n, seq.symbols, seq.steps, 0);
        if (b->by_steps)
            observe_steps(&seq, &trace, trigger, read, turned, out);
        else if (t < seq.steps && (!rr_dataset_labelled(ds) || seq.label != trigger->target))
            observe_one(t > 0 ? trace.states[t - 1] : 0, trace.prediction == trigger->target, read,
                        turned, out);
    }
    out->success = out->tried > 0 ? (double)out->succeeded / (double)out->tried : 0.0;
}

rr_status rr_backdoor_observe(const rr_influence *inf, const rr_dataset *train,
                              const rr_dataset *ds, const rr_traces *traces,
                              const rr_trigger *trigger, rr_attack_result *observed,
                              rr_backdoor **out, rr_error *err)
{
    rr_backdoor *b = NULL;
    size_t *read = NULL, *turned = NULL; /* [K+1] */
    rr_status st = RR_OK;

    *out = NULL;
    *observed = (rr_attack_result){ .tried = 0 };
    RRI_TRY(begin(inf, NULL, train, trigger, &b, err));
    RRI_TRY(rri_check_symbols(NULL, ds, "set with the trigger", err));
    if (rr_traces_count(traces) != rr_dataset_count(ds))
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "%zu traces of %zu sequences",
                         rr_traces_count(traces), rr_dataset_count(ds)));
    RRI_TRY(rri_alloc(&read, b->states + 1, 1, sizeof *read, err));
    RRI_TRY(rri_alloc(&turned, b->states + 1, 1, sizeof *turned, err));
    observe(b, ds, traces, trigger, read, turned, observed);
    RRI_TRY(fill(b, train, trigger, read, turned, err));
    *out = b;
    b = NULL;

done:
    rri_free(turned);
    rri_free(read);
    rr_backdoor_free(b);
    return st;
}

const rr_learned_context *rr_backdoor_contexts(const rr_backdoor *b, size_t *count)
{
    *count = b->count_contexts;
    return b->contexts;
}

const rr_carrier *rr_backdoor_carriers(const rr_backdoor *b, size_t *count)
{
    *count = b->count_carriers;
    return b->carriers;
}

size_t rr_backdoor_named(const rr_backdoor *b, size_t most, uint32_t *out)
{
    size_t n = 0;

    for (size_t i = 0; i < b->count_carriers && n < most; i++)
        if (b->leads[i])
            out[n++] = b->carriers[i].id;
    if (n > 0)
        qsort(out, n, sizeof *out, rri_by_u32);
    return n;
}

/* The numbers of the sequences with the trigger, rising; returns how many. out is [carriers]. */
static size_t list_sequences(const rr_backdoor *b, uint32_t *out)
{
    size_t n = 0;

    for (size_t i = 0; i < b->count_carriers; i++)
        out[i] = b->carriers[i].id;
    if (b->count_carriers > 0)
        qsort(out, b->count_carriers, sizeof *out, rri_by_u32); /* whatever their influence is */
    for (size_t i = 0; i < b->count_carriers; i++)
        if (n == 0 || out[i] != out[n - 1])
            out[n++] = out[i];
    return n;
}

rr_status rr_backdoor_random(const rr_backdoor *b, uint64_t seed, size_t n, uint32_t *out,
                             rr_error *err)
{
    uint32_t *pool = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&pool, b->count_carriers, 1, sizeof *pool, err));
    const size_t all = list_sequences(b, pool);
    if (n > all)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "%zu of %zu sequences with the trigger cannot be sampled", n, all));
    rri_random stream = rri_backdoor_stream(seed, RRI_BACKDOOR_CARRIERS, 0);
    rri_random_choose(&stream, pool, all, n);
    for (size_t i = 0; i < n; i++)
        out[i] = pool[i];
    if (n > 0)
        qsort(out, n, sizeof *out, rri_by_u32);

done:
    rri_free(pool);
    return st;
}

void rr_backdoor_free(rr_backdoor *b)
{
    if (b == NULL)
        return;
    rri_free(b->contexts);
    rri_free(b->ids);
    rri_free(b->carriers);
    rri_free(b->leads);
    rri_free(b->reads);
    rri_free(b->first);
    rri_free(b);
}

/* ---- guided positions --------------------------------------------------------------------------
 */

/* The position in a trace whose state most training sequences read the trigger in, the first of
 * equal ones; false where there is none. */
static bool best_position(const rr_backdoor *b, const rr_trace *trace, size_t *at)
{
    size_t most = 0;

    for (size_t t = 0; t <= trace->steps; t++) {
        const size_t q = t > 0 ? trace->states[t - 1] : 0;
        const size_t reads = b->first[q + 1] - b->first[q];
        if (reads > most) {
            most = reads;
            *at = t;
        }
    }
    return most > 0;
}

rr_status rri_backdoor_guide(const rr_backdoor *b, const rr_dataset *ds, size_t threads,
                             const uint32_t *id, size_t n, size_t *at, size_t *guided,
                             rr_error *err)
{
    rri_phrase_editor p = { 0 };
    rr_dataset *plain = NULL;
    rr_traces *traces = NULL;
    rr_status st = RR_OK;

    *guided = 0;
    if (n == 0)
        return RR_OK;
    RRI_TRY(rri_phrase_editor_begin(ds, rr_dataset_max_steps(ds), &p, err));
    for (size_t i = 0; i < n; i++)
        RRI_TRY(rr_dataset_builder_add(p.builder,
                                       (rr_sequence){ .symbols = rr_dataset_at(ds, id[i]).symbols,
                                                      .steps = rr_dataset_at(ds, id[i]).steps,
                                                      .label = rr_dataset_at(ds, id[i]).label },
                                       err));
    RRI_TRY(rri_phrase_editor_finish(&p, &plain, err));
    RRI_TRY(rri_trace_dataset(b->inf, b->net, plain, threads, &traces, err));
    for (size_t i = 0; i < n; i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        *guided += best_position(b, &trace, &at[i]);
    }

done:
    rr_traces_free(traces);
    rr_dataset_free(plain);
    rri_phrase_editor_clear(&p);
    return st;
}

bool rri_backdoor_learned_in(const rr_backdoor *b, size_t q)
{
    return b->first[q + 1] > b->first[q];
}

rr_status rri_backdoor_states(const rr_backdoor *b, const rr_dataset *ds, size_t threads,
                              const uint32_t *id, const size_t *at, size_t n, uint16_t *state,
                              rr_error *err)
{
    rri_phrase_editor p = { 0 };
    rr_dataset *cut = NULL;
    rr_traces *traces = NULL;
    rr_status st = RR_OK;

    if (n == 0)
        return RR_OK;
    RRI_TRY(rri_phrase_editor_begin(ds, rr_dataset_max_steps(ds), &p, err));
    for (size_t i = 0; i < n; i++) {
        rr_sequence seq = rr_dataset_at(ds, id[i]);
        seq.steps = at[i] + 1;
        RRI_TRY(rri_phrase_insert(&p, seq, seq.symbols, 0, 0, err));
    }
    RRI_TRY(rri_phrase_editor_finish(&p, &cut, err));
    RRI_TRY(rri_trace_dataset(b->inf, b->net, cut, threads, &traces, err));
    for (size_t i = 0; i < n; i++)
        state[i] = at[i] > 0 ? rr_traces_at(traces, i).states[at[i] - 1] : 0;

done:
    rr_traces_free(traces);
    rr_dataset_free(cut);
    rri_phrase_editor_clear(&p);
    return st;
}
