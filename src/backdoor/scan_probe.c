/* SPDX-License-Identifier: MIT */
/* scan_probe.c - what putting a symbol in, and taking it out, does to predictions.
 *
 * A symbol is put into sequences that the network predicts right as another class. The position in
 * each is sampled once, so that all symbols are compared at the same positions. */
#include "backdoor/scan.h"

#include <stdlib.h>

/* Sequences of one prediction call: bounds the memory of the many that are made. */
enum { BLOCK = 8192 };

uint32_t rri_predicted(const float *p, size_t C)
{
    size_t best = 0;

    for (size_t c = 1; c < C; c++)
        best = p[c] > p[best] ? c : best;
    return (uint32_t)best;
}

/* ---- probes --------------------------------------------------------------------------------- */

typedef struct length {
    size_t steps;
    uint32_t id;
} length;

static int by_length(const void *a, const void *b)
{
    const length *x = a;
    const length *y = b;

    if (x->steps != y->steps)
        return x->steps < y->steps ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* The sequences a probe may be: *list is owned. */
static rr_status eligible(const rri_search *s, uint32_t target, length **list, size_t *n,
                          rr_error *err)
{
    const rr_traces *traces = rr_influence_training(s->inf);
    const size_t N = rr_dataset_count(s->train);
    const rr_status st = rri_alloc(list, N, 1, sizeof **list, err);

    *n = 0;
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < N; i++) {
        const rr_sequence seq = rr_dataset_at(s->train, i);
        if (seq.label != target && rr_traces_at(traces, i).prediction == seq.label)
            (*list)[(*n)++] = (length){ seq.steps, (uint32_t)i };
    }
    return RR_OK;
}

static rr_status predict_plain(const rri_search *s, uint32_t target, rri_probe_set *set,
                               rr_error *err)
{
    const size_t C = rr_network_config_of(s->net).classes;
    rri_phrase_editor p = { 0 };
    rr_dataset *ds = NULL;
    float *probability = NULL; /* [n][C] */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&probability, set->n, C, sizeof *probability, err));
    RRI_TRY(rri_phrase_editor_begin(s->train, rr_dataset_max_steps(s->train), &p, err));
    for (size_t i = 0; i < set->n; i++) {
        const rr_sequence seq = rr_dataset_at(s->train, set->id[i]);
        RRI_TRY(rri_phrase_insert(&p, seq, seq.symbols, 0, 0, err));
    }
    RRI_TRY(rri_phrase_editor_finish(&p, &ds, err));
    if (set->n > 0)
        RRI_TRY(rr_network_probabilities(s->net, ds, s->cfg->threads, probability, err));
    for (size_t i = 0; i < set->n; i++)
        set->p[i] = (double)probability[i * C + target];

done:
    rri_phrase_editor_clear(&p);
    rr_dataset_free(ds);
    rri_free(probability);
    return st;
}

rr_status rri_probes_draw(const rri_search *s, uint32_t target, size_t n, bool quarter,
                          rri_probe_set *out, rr_error *err)
{
    length *list = NULL;
    size_t size = 0;
    rr_status st = RR_OK;

    *out = (rri_probe_set){ 0 };
    RRI_TRY(eligible(s, target, &list, &size, err));
    if (quarter && size > 0) {
        qsort(list, size, sizeof *list, by_length);
        size = rri_min(size, rri_max(n, size / 4));
    }
    RRI_TRY(rri_alloc(&out->id, size, 1, sizeof *out->id, err));
    for (size_t i = 0; i < size; i++)
        out->id[i] = list[i].id;
    out->n = rri_min(n, size);
    rri_random stream =
        rri_backdoor_stream(s->cfg->seed, RRI_BACKDOOR_PROBES, 2 * (size_t)target + quarter);
    rri_random_choose(&stream, out->id, size, out->n);
    RRI_TRY(rri_alloc(&out->p, out->n, 1, sizeof *out->p, err));
    RRI_TRY(predict_plain(s, target, out, err));

done:
    rri_free(list);
    return st;
}

void rri_probes_clear(rri_probe_set *set)
{
    rri_free(set->id);
    rri_free(set->p);
    *set = (rri_probe_set){ 0 };
}

/* ---- putting in ----------------------------------------------------------------------------- */

/* Symbols begin..end-1 in one prediction; probability has room for all. */
static rr_status insert_block(const rri_search *s, const rri_probe_set *set,
                              rr_trigger_position position, uint32_t target,
                              const uint32_t *symbols, size_t n, float *probability,
                              rri_effect *out, rr_error *err)
{
    const size_t C = rr_network_config_of(s->net).classes;
    rri_phrase_editor p = { 0 };
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_phrase_editor_begin(s->train, rr_dataset_max_steps(s->train) + 1, &p, err));
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < set->n; i++) {
            const rr_sequence seq = rr_dataset_at(s->train, set->id[i]);
            const size_t at = rri_trigger_position(position, s->cfg->seed, set->id[i], seq.steps);
            RRI_TRY(rri_phrase_insert(&p, seq, &symbols[k], 1, at, err));
        }
    RRI_TRY(rri_phrase_editor_finish(&p, &ds, err));
    RRI_TRY(rr_network_probabilities(s->net, ds, s->cfg->threads, probability, err));
    for (size_t k = 0; k < n; k++) {
        double gain = 0.0;
        size_t turned = 0;
        for (size_t i = 0; i < set->n; i++) {
            const float *const at = probability + (k * set->n + i) * C;
            gain += (double)at[target] - set->p[i];
            turned += rri_predicted(at, C) == target;
        }
        out[k] = (rri_effect){ (float)(gain / (double)set->n), (float)turned / (float)set->n };
    }

done:
    rri_phrase_editor_clear(&p);
    rr_dataset_free(ds);
    return st;
}

rr_status rri_probes_insert(const rri_search *s, const rri_probe_set *set,
                            rr_trigger_position position, uint32_t target, const uint32_t *symbols,
                            size_t n, rri_effect *out, rr_error *err)
{
    const size_t block = rri_max(1, BLOCK / rri_max(1, set->n));
    const size_t C = rr_network_config_of(s->net).classes;
    float *probability = NULL; /* [block][set][C] */
    rr_status st = RR_OK;

    if (set->n == 0) {
        for (size_t k = 0; k < n; k++)
            out[k] = (rri_effect){ 0.0F, 0.0F };
        return RR_OK;
    }
    RRI_TRY(rri_alloc(&probability, block * set->n, C, sizeof *probability, err));
    for (size_t i = 0; i < rri_blocks(n, block); i++) {
        size_t begin = 0;
        size_t end = 0;
        rri_block(n, block, i, &begin, &end);
        RRI_TRY(rri_check_cancelled(s->callbacks, err));
        RRI_TRY(insert_block(s, set, position, target, symbols + begin, end - begin, probability,
                             out + begin, err));
    }

done:
    rri_free(probability);
    return st;
}

/* ---- taking out ----------------------------------------------------------------------------- */

static bool only(const rr_sequence *seq, uint32_t symbol)
{
    for (size_t t = 0; t < seq->steps; t++)
        if (seq->symbols[t] != symbol)
            return false;
    return true;
}

/* The carriers to test, spread evenly over all that can be: list has room for the support. */
static size_t choose_carriers(const rri_search *s, const rr_candidate *c, uint32_t *list)
{
    const rr_traces *traces = rr_influence_training(s->inf);
    const rri_carriers *b = s->carriers;
    const size_t most = s->cfg->probes;
    size_t n = 0;

    for (size_t i = b->start[c->symbol]; i < b->start[c->symbol + 1]; i++) {
        const rr_sequence seq = rr_dataset_at(s->train, b->id[i]);
        if (seq.label == c->target && rr_traces_at(traces, b->id[i]).prediction == c->target &&
            !only(&seq, c->symbol))
            list[n++] = b->id[i];
    }
    if (n <= most)
        return n;
    for (size_t i = 0; i < most; i++) {
        size_t begin = 0;
        size_t end = 0;
        rri_part(n, most, i, &begin, &end);
        list[i] = list[begin];
    }
    return most;
}

rr_status rri_probes_delete(const rri_search *s, rr_candidate *c, rr_error *err)
{
    rri_phrase_editor p = { 0 };
    rr_dataset *ds = NULL;
    uint32_t *list = NULL;
    uint32_t *y = NULL;
    size_t left = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&list, c->support, 1, sizeof *list, err));
    const size_t n = choose_carriers(s, c, list);
    RRI_TRY(rri_alloc(&y, n, 1, sizeof *y, err));
    RRI_TRY(rri_phrase_editor_begin(s->train, rr_dataset_max_steps(s->train), &p, err));
    for (size_t i = 0; i < n; i++)
        RRI_TRY(rri_phrase_remove(&p, rr_dataset_at(s->train, list[i]), c->symbol, err));
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
