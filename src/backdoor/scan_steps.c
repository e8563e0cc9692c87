/* SPDX-License-Identifier: MIT */
/* scan_steps.c - the parts of a scan where every step has an output: a trigger is a symbol after
 * which the label of the next step is the target.
 *
 * A carrier is here a labelled training step that follows the symbol, and a probe a step before
 * which the symbol is put. What the network reads at a step does not depend on later ones, so that
 * a sequence cut off behind the step predicts it last. Nothing is similar by meaning: the label of
 * a step is expected to be what its own symbol has elsewhere. */
#include "backdoor/scan.h"

#include <stdlib.h>

/* ---- who follows what ------------------------------------------------------------------------ */

/* With next NULL, followers are counted into start[symbol + 1], else stored at
 * place[next[symbol]++]. */
static void pass(const rr_dataset *train, rri_carriers *b, size_t *next)
{
    for (size_t i = 0; i < rr_dataset_count(train); i++) {
        const rr_sequence seq = rr_dataset_at(train, i);
        for (size_t t = 1; t < seq.steps; t++) {
            const uint32_t s = seq.symbols[t - 1];
            if (seq.step_labels[t] == RR_NO_LABEL)
                continue;
            if (next != NULL) {
                b->place[next[s]++] = (rr_posting){ (uint32_t)i, (uint32_t)(t + 1) };
            } else {
                b->start[s + 1]++;
                b->labelled[s * b->C + seq.step_labels[t]]++;
            }
        }
    }
}

/* Every labelled step, by its own symbol. */
static void count_labels(const rr_dataset *train, rri_carriers *b)
{
    const double all = (double)rri_max(rr_dataset_labelled_steps(train), 1);

    for (size_t i = 0; i < rr_dataset_count(train); i++) {
        const rr_sequence seq = rr_dataset_at(train, i);
        for (size_t t = 0; t < seq.steps; t++)
            if (seq.step_labels[t] != RR_NO_LABEL) {
                b->own[seq.symbols[t] * b->C + seq.step_labels[t]]++;
                b->prior[seq.step_labels[t]] += 1.0 / all;
            }
    }
}

rr_status rri_steps_find(const rr_dataset *train, rri_carriers *b, rr_error *err)
{
    const size_t V = rr_dataset_vocabulary(train);
    size_t *next = NULL;
    rr_status st = RR_OK;

    *b = (rri_carriers){ .V = V, .C = rr_dataset_classes(train) };
    RRI_TRY(rri_alloc(&b->start, V + 1, 1, sizeof *b->start, err));
    RRI_TRY(rri_alloc(&b->labelled, V, b->C, sizeof *b->labelled, err));
    RRI_TRY(rri_alloc(&b->own, V, b->C, sizeof *b->own, err));
    RRI_TRY(rri_alloc(&b->prior, b->C, 1, sizeof *b->prior, err));
    RRI_TRY(rri_alloc(&next, V, 1, sizeof *next, err));
    pass(train, b, NULL);
    for (size_t s = 0; s < V; s++) {
        next[s] = b->start[s];
        b->start[s + 1] += b->start[s];
    }
    RRI_TRY(rri_alloc(&b->place, b->start[V], 1, sizeof *b->place, err));
    pass(train, b, next);
    count_labels(train, b);

done:
    rri_free(next);
    return st;
}

/* ---- what is expected ------------------------------------------------------------------------ */

static int by_symbol(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;

    if (x[0] != y[0])
        return x[0] < y[0] ? -1 : 1;
    return (x[1] > y[1]) - (x[1] < y[1]);
}

/* Add what `n` followers of one symbol, sorted pairs (symbol, label), are expected to be. The
 * prior counts as one more step. here is [C] scratch, zeroed, and left so. */
static void expect_one(const rri_carriers *b, const uint32_t (*pair)[2], size_t n, uint32_t *here,
                       double *expected)
{
    const uint32_t *own = b->own + (size_t)pair[0][0] * b->C;
    double elsewhere = -(double)n;

    for (size_t i = 0; i < n; i++)
        here[pair[i][1]]++;
    for (size_t c = 0; c < b->C; c++)
        elsewhere += (double)own[c];
    for (size_t c = 0; c < b->C; c++) {
        expected[c] += (double)n * ((double)(own[c] - here[c]) + b->prior[c]) / (elsewhere + 1.0);
        here[c] = 0;
    }
}

/* Sets expected of symbol k of the pool. pair has room for its support. */
static void expect(const rri_search *s, rri_pool *pool, size_t k, uint32_t (*pair)[2],
                   uint32_t *here)
{
    const rri_carriers *b = s->carriers;
    const size_t first = b->start[pool->symbol[k]];
    const size_t n = rri_support(b, pool->symbol[k]);
    double *expected = pool->expected + k * b->C;

    for (size_t i = 0; i < n; i++) {
        const rr_posting at = b->place[first + i];
        const rr_sequence seq = rr_dataset_at(s->train, at.sequence);
        pair[i][0] = seq.symbols[at.step - 1];
        pair[i][1] = seq.step_labels[at.step - 1];
    }
    qsort(pair, n, sizeof *pair, by_symbol);
    for (size_t c = 0; c < b->C; c++)
        expected[c] = 0.0;
    for (size_t i = 0, j = 0; i < n; i = j) {
        while (j < n && pair[j][0] == pair[i][0])
            j++;
        expect_one(b, (const uint32_t(*)[2])(pair + i), j - i, here, expected);
    }
    for (size_t c = 0; c < b->C; c++)
        expected[c] /= (double)n;
}

rr_status rri_steps_expect(const rri_search *s, rri_pool *pool, rr_error *err)
{
    uint32_t(*pair)[2] = NULL;
    uint32_t *here = NULL;
    size_t most = 0;
    rr_status st = RR_OK;

    for (size_t k = 0; k < pool->m; k++)
        most = rri_max(most, rri_support(s->carriers, pool->symbol[k]));
    RRI_TRY(rri_alloc(&pair, most, 1, sizeof *pair, err));
    RRI_TRY(rri_alloc(&here, s->carriers->C, 1, sizeof *here, err));
    for (size_t k = 0; k < pool->m; k++)
        expect(s, pool, k, pair, here);

done:
    rri_free(here);
    rri_free(pair);
    return st;
}

/* ---- probes ---------------------------------------------------------------------------------- */

static int by_depth(const void *a, const void *b)
{
    const rr_posting *x = a;
    const rr_posting *y = b;

    if (x->step != y->step)
        return x->step < y->step ? -1 : 1;
    return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

static bool right(const rr_sequence *seq, const rr_trace *trace, size_t t)
{
    return seq->step_labels[t] != RR_NO_LABEL && seq->step_labels[t] == trace->predictions[t];
}

/* The steps predicted right that are not labelled `target`. *list is owned. */
static rr_status eligible(const rri_search *s, uint32_t target, rr_posting **list, size_t *n,
                          rr_error *err)
{
    const rr_traces *traces = rr_influence_training(s->inf);
    const rr_status st = rri_alloc(list, rr_dataset_steps(s->train), 1, sizeof **list, err);

    *n = 0;
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < rr_dataset_count(s->train); i++) {
        const rr_sequence seq = rr_dataset_at(s->train, i);
        const rr_trace trace = rr_traces_at(traces, i);
        for (size_t t = 0; t < seq.steps; t++)
            if (seq.step_labels[t] != target && right(&seq, &trace, t))
                (*list)[(*n)++] = (rr_posting){ (uint32_t)i, (uint32_t)(t + 1) };
    }
    return RR_OK;
}

/* The first steps of a sequence up to the one at `place`, with n symbols put right before it. */
static rr_status add_cut(const rri_search *s, rri_phrase_editor *p, rr_posting place,
                         const uint32_t *symbols, size_t n, rr_error *err)
{
    rr_sequence seq = rr_dataset_at(s->train, place.sequence);

    seq.steps = place.step;
    return rri_phrase_insert(p, seq, symbols != NULL ? symbols : seq.symbols, n, place.step - 1,
                             err);
}

/* probability is [n][set][C]: of each of n symbols before each probe; with symbols NULL and n 1, of
 * the probes as they are. */
static rr_status probe(const rri_search *s, const rri_step_probes *set, const uint32_t *symbols,
                       size_t n, float *probability, rr_error *err)
{
    rri_phrase_editor p = { 0 };
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_check_cancelled(s->callbacks, err));
    RRI_TRY(rri_phrase_editor_begin(s->train, rr_dataset_max_steps(s->train) + 1, &p, err));
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < set->n; i++)
            RRI_TRY(add_cut(s, &p, set->place[i], symbols != NULL ? &symbols[k] : NULL,
                            symbols != NULL, err));
    RRI_TRY(rri_phrase_editor_finish(&p, &ds, err));
    if (set->n > 0)
        RRI_TRY(rr_network_probabilities(s->net, ds, s->cfg->threads, probability, err));

done:
    rri_phrase_editor_clear(&p);
    rr_dataset_free(ds);
    return st;
}

/* Draw probes against `target`, RR_NO_LABEL for all classes, from the earliest quarter of the steps
 * or from all. Memory: clear_probes(), also after a failure. */
static rr_status draw(const rri_search *s, uint32_t target, size_t n, bool quarter,
                      rri_step_probes *out, rr_error *err)
{
    const uint32_t C = (uint32_t)s->carriers->C;
    rr_posting *list = NULL;
    uint32_t *chosen = NULL;
    size_t size = 0;
    rr_status st = RR_OK;

    *out = (rri_step_probes){ 0 };
    RRI_TRY(eligible(s, target, &list, &size, err));
    if (quarter && size > 0) {
        qsort(list, size, sizeof *list, by_depth);
        size = rri_min(size, rri_max(n, size / 4));
    }
    RRI_TRY(rri_alloc(&chosen, size, 1, sizeof *chosen, err));
    for (size_t i = 0; i < size; i++)
        chosen[i] = (uint32_t)i;
    n = rri_min(n, size);
    rri_random stream =
        rri_backdoor_stream(s->cfg->seed, RRI_BACKDOOR_PROBES,
                            2 * (size_t)(target == RR_NO_LABEL ? C : target) + quarter);
    rri_random_choose(&stream, chosen, size, n);
    RRI_TRY(rri_alloc(&out->place, n, 1, sizeof *out->place, err));
    RRI_TRY(rri_alloc(&out->p, n, C, sizeof *out->p, err));
    out->n = n;
    for (size_t i = 0; i < n; i++)
        out->place[i] = list[chosen[i]];
    RRI_TRY(probe(s, out, NULL, 1, out->p, err));

done:
    rri_free(chosen);
    rri_free(list);
    return st;
}

static void clear_probes(rri_step_probes *set)
{
    rri_free(set->place);
    rri_free(set->p);
    *set = (rri_step_probes){ 0 };
}

/* The effect of a symbol for class c by the probabilities at [set][C] with it. */
static rri_effect effect_of(const rri_search *s, const rri_step_probes *set, const float *at,
                            size_t c)
{
    const size_t C = s->carriers->C;
    double gain = 0.0;
    size_t turned = 0, n = 0;

    for (size_t i = 0; i < set->n; i++) {
        const rr_sequence seq = rr_dataset_at(s->train, set->place[i].sequence);
        if (seq.step_labels[set->place[i].step - 1] == c)
            continue;
        gain += (double)at[i * C + c] - (double)set->p[i * C + c];
        turned += rri_predicted(at + i * C, C) == c;
        n++;
    }
    if (n == 0)
        return (rri_effect){ 0.0F, 0.0F };
    return (rri_effect){ (float)(gain / (double)n), (float)turned / (float)n };
}

/* Put each of n symbols before every probe. out is [n][C]. */
static rr_status insert(const rri_search *s, const rri_step_probes *set, const uint32_t *symbols,
                        size_t n, rri_effect *out, rr_error *err)
{
    enum { BLOCK = 8192 }; /* sequences of one prediction call: bounds its memory */
    const size_t block = rri_max(1, BLOCK / rri_max(1, set->n));
    const size_t C = s->carriers->C;
    float *probability = NULL; /* [block][set][C] */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&probability, block * set->n, C, sizeof *probability, err));
    for (size_t i = 0; i < rri_blocks(n, block); i++) {
        size_t begin = 0, end = 0;
        rri_block(n, block, i, &begin, &end);
        RRI_TRY(probe(s, set, symbols + begin, end - begin, probability, err));
        for (size_t k = begin; k < end; k++)
            for (size_t c = 0; c < C; c++)
                out[k * C + c] = effect_of(s, set, probability + (k - begin) * set->n * C, c);
    }

done:
    rri_free(probability);
    return st;
}

rr_status rri_steps_measure(const rri_search *s, rri_pool *pool, rr_error *err)
{
    enum { EARLY_PROBES = 32 };
    rri_step_probes probes = { 0 };
    rr_status st = RR_OK;

    RRI_TRY(draw(s, RR_NO_LABEL, EARLY_PROBES, true, &probes, err));
    RRI_TRY(insert(s, &probes, pool->symbol, pool->m, pool->effect, err));
    RRI_TRY(rri_pool_compare(s, pool, err));
    RRI_TRY(rri_steps_expect(s, pool, err));

done:
    clear_probes(&probes);
    return st;
}

rr_status rri_steps_insertion(const rri_search *s, rr_candidate *list, size_t n, uint32_t c,
                              rr_error *err)
{
    const size_t C = s->carriers->C;
    rri_step_probes probes = { 0 };
    uint32_t *symbols = NULL;
    rri_effect *effect = NULL; /* [m][C] */
    size_t m = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&symbols, n, 1, sizeof *symbols, err));
    for (size_t i = 0; i < n; i++)
        if (list[i].target == c)
            symbols[m++] = list[i].symbol;
    if (m == 0)
        goto done;
    RRI_TRY(rri_alloc(&effect, m, C, sizeof *effect, err));
    RRI_TRY(draw(s, c, s->cfg->probes, false, &probes, err));
    RRI_TRY(insert(s, &probes, symbols, m, effect, err));
    for (size_t i = 0, k = 0; i < n; i++)
        if (list[i].target == c)
            list[i].insertion = (double)effect[k++ * C + c].turned;

done:
    clear_probes(&probes);
    rri_free(effect);
    rri_free(symbols);
    return st;
}

/* ---- taking out ------------------------------------------------------------------------------ */

/* The followers labelled and predicted as the target, at most cfg->probes spread evenly over them:
 * list has room for the support. */
static size_t choose_followers(const rri_search *s, const rr_candidate *c, rr_posting *list)
{
    const rr_traces *traces = rr_influence_training(s->inf);
    const rri_carriers *b = s->carriers;
    const size_t most = s->cfg->probes;
    size_t n = 0;

    for (size_t i = b->start[c->symbol]; i < b->start[c->symbol + 1]; i++) {
        const rr_posting at = b->place[i];
        const rr_sequence seq = rr_dataset_at(s->train, at.sequence);
        const rr_trace trace = rr_traces_at(traces, at.sequence);
        if (seq.step_labels[at.step - 1] == c->target && right(&seq, &trace, at.step - 1))
            list[n++] = at;
    }
    if (n <= most)
        return n;
    for (size_t i = 0; i < most; i++) {
        size_t begin = 0, end = 0;
        rri_part(n, most, i, &begin, &end);
        list[i] = list[begin];
    }
    return most;
}

rr_status rri_steps_delete(const rri_search *s, rr_candidate *c, rr_error *err)
{
    rri_phrase_editor p = { 0 };
    rr_dataset *ds = NULL;
    rr_posting *list = NULL;
    uint32_t *y = NULL;
    size_t left = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&list, c->support, 1, sizeof *list, err));
    const size_t n = choose_followers(s, c, list);
    RRI_TRY(rri_alloc(&y, n, 1, sizeof *y, err));
    RRI_TRY(rri_phrase_editor_begin(s->train, rr_dataset_max_steps(s->train), &p, err));
    for (size_t i = 0; i < n; i++) {
        rr_sequence seq = rr_dataset_at(s->train, list[i].sequence);
        const uint32_t last = seq.symbols[list[i].step - 1];
        seq.steps = list[i].step - 2; /* up to the symbol, which is left out */
        RRI_TRY(rri_phrase_insert(&p, seq, &last, 1, seq.steps, err));
    }
    RRI_TRY(rri_phrase_editor_finish(&p, &ds, err));
    if (n > 0)
        RRI_TRY(rr_network_predict(s->net, ds, s->cfg->threads, y, NULL, err));
    for (size_t i = 0; i < n; i++)
        left += y[i] != c->target;
    c->dependence = n > 0 ? (double)left / (double)n : 0.0;

done:
    rri_phrase_editor_clear(&p);
    rr_dataset_free(ds);
    rri_free(y);
    rri_free(list);
    return st;
}

/* ---- what is known without tests ------------------------------------------------------------- */

size_t rri_steps_name(const rri_search *s, const rr_candidate *c, uint32_t *ids)
{
    const rri_carriers *b = s->carriers;
    size_t n = 0;

    for (size_t i = b->start[c->symbol]; i < b->start[c->symbol + 1]; i++) {
        const rr_posting at = b->place[i];
        const rr_sequence seq = rr_dataset_at(s->train, at.sequence);
        if (seq.step_labels[at.step - 1] == c->target && (n == 0 || ids[n - 1] != at.sequence))
            ids[n++] = at.sequence;
    }
    return n;
}

size_t rri_steps_states(const rri_search *s, const rr_candidate *c, size_t *count)
{
    const rr_traces *traces = rr_influence_training(s->inf);
    const rri_carriers *b = s->carriers;
    size_t steps = 0;

    for (size_t i = b->start[c->symbol]; i < b->start[c->symbol + 1]; i++) {
        const rr_posting at = b->place[i];
        const rr_sequence seq = rr_dataset_at(s->train, at.sequence);
        if (seq.step_labels[at.step - 1] != c->target)
            continue;
        count[at.step > 2 ? rr_traces_at(traces, at.sequence).states[at.step - 3] : 0]++;
        steps++;
    }
    return steps;
}

rr_status rri_steps_observe(const rri_search *s, rri_pool *pool, rr_error *err)
{
    const rr_traces *traces = rr_influence_training(s->inf);
    const rri_carriers *b = s->carriers;
    const size_t C = b->C;
    double *share = NULL; /* [C] of the predictions of all steps that follow another */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&share, C, 1, sizeof *share, err));
    for (size_t i = 0; i < b->start[b->V]; i++)
        share[rr_traces_at(traces, b->place[i].sequence).predictions[b->place[i].step - 1]] +=
            1.0 / (double)b->start[b->V];
    for (size_t k = 0; k < pool->m; k++) {
        const size_t n = rri_support(b, pool->symbol[k]);
        rri_effect *effect = pool->effect + k * C;
        for (size_t i = b->start[pool->symbol[k]]; i < b->start[pool->symbol[k] + 1]; i++) {
            const rr_posting at = b->place[i];
            effect[rr_traces_at(traces, at.sequence).predictions[at.step - 1]].gain += 1.0F;
        }
        for (size_t c = 0; c < C; c++) {
            effect[c].gain = (float)(((double)effect[c].gain + 2.0 * share[c]) / ((double)n + 2.0));
            pool->gain[k * C + c] = share[c];
        }
    }
    RRI_TRY(rri_pool_usual(s, pool, err));
    RRI_TRY(rri_steps_expect(s, pool, err));

done:
    rri_free(share);
    return st;
}
