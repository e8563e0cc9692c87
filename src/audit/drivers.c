/* SPDX-License-Identifier: MIT */
/* drivers.c - which training sequences drive a set of errors.
 *
 * An error x with prediction m has T_x steps; step t has the key k, and I(k) are the training
 * sequences that have it. Errors are taken together by m, and their steps by k:
 *
 *     w(m,k)  sum over the steps of the errors with this k of 1/T_x
 *     e(m,k)  share of the errors that pass k
 *     r(m,k)  share of the training sequences labelled m and read as m that pass it
 *     I_m(k)  those of I(k) that are labelled m
 *
 *     contrast  score(i) = a(i) * sum over k with i in I_m(k), m the label of i, of
 *                                 w(m,k) / |I_m(k)| * max(0, log(e(m,k) / r(m,k)))
 *     paper     score(i) = sum over k with i in I(k) of w(k)
 *
 * The shares are counted with half a sequence more, of one more, so that neither is ever 0. A key
 * that nearly all sequences of class m pass says nothing: its logarithm is near 0. Each key's list
 * is read once or twice however many errors pass it.
 *
 * a(i) = -support(i, m), how much its label is at odds with those of the others in its states
 * (support.c), and a hundredth of that where the network does not read i as m: what it has not
 * learned from i it cannot have from i. The hundredth was chosen on MNIST's 1 and 7: such sequences
 * come behind those that were learned, and before those with nothing against them. */
#include "audit/support.h"
#include "influence/influence_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The part of a(i) that is left where the network does not read i as labelled. */
#define UNLEARNT 0.01

/* ---- the steps of the errors, by key --------------------------------------------------------- */

/* A step of an error whose key some training sequence has. */
typedef struct step {
    const rr_posting *list;
    size_t count;
    uint32_t group; /* m; 0 for all where errors are not told apart */
    uint32_t error; /* its place in the list of errors */
    double weight;  /* 1/T_x */
    double value;   /* what each sequence that counts gets for weight 1 */
} step;

/* Lists are pieces of one array, so that their order is that of the keys. */
static int by_key(const void *a, const void *b)
{
    const step *x = a;
    const step *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->list != y->list)
        return (uintptr_t)x->list < (uintptr_t)y->list ? -1 : 1;
    return x->error < y->error ? -1 : x->error > y->error;
}

static rr_status check_errors(const rr_influence *inf, const rr_traces *traces, const size_t *which,
                              size_t n, size_t *steps, rr_error *err)
{
    rr_status st = RR_OK;

    *steps = 0;
    if (n == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no error to ask about");
    for (size_t e = 0; e < n; e++) {
        if (which[e] >= rr_traces_count(traces))
            return rri_fail(err, RR_ERR_ARG, (int64_t)e,
                            "error %zu of the list is sequence %zu, of %zu", e, which[e],
                            rr_traces_count(traces));
        const rr_trace x = rr_traces_at(traces, which[e]);
        if (x.prediction == x.label)
            return rri_fail(err, RR_ERR_ARG, (int64_t)e,
                            "sequence %zu is no error: it is read as %u, its label", which[e],
                            x.label);
        RRI_TRY(rri_trace_check(inf, &x, err));
        *steps += x.steps;
    }

done:
    return st;
}

/* All steps of the errors that lead to training sequences, sorted by group and key. */
static rr_status gather(const rr_influence *inf, rr_key key, bool grouped, const rr_traces *traces,
                        const size_t *which, size_t n, step **out, size_t *count, rr_error *err)
{
    step *steps = NULL;
    size_t room = 0;
    size_t k = 0;
    rr_status st = RR_OK;

    *out = NULL;
    *count = 0;
    RRI_TRY(check_errors(inf, traces, which, n, &room, err));
    RRI_TRY(rri_alloc(&steps, room, 1, sizeof *steps, err));
    for (size_t e = 0; e < n; e++) {
        const rr_trace x = rr_traces_at(traces, which[e]);
        for (size_t t = 1; t <= x.steps; t++) {
            step *s = &steps[k];
            RRI_TRY(rr_influence_segment(inf, key, &x, t, &s->list, &s->count, NULL, err));
            s->group = grouped ? x.prediction : 0;
            s->error = (uint32_t)e;
            s->weight = 1.0 / (double)x.steps;
            k += s->count > 0;
        }
    }
    qsort(steps, k, sizeof *steps, by_key);
    *out = steps;
    *count = k;
    steps = NULL;

done:
    rri_free(steps);
    return st;
}

static bool same_key(const step *a, const step *b)
{
    return a->group == b->group && a->list == b->list;
}

/* The end of the run of steps that share the key of steps[at]. */
static size_t run_end(const step *steps, size_t count, size_t at)
{
    size_t end = at + 1;

    while (end < count && same_key(&steps[end], &steps[at]))
        end++;
    return end;
}

/* ---- what a key is worth --------------------------------------------------------------------- */

/* What the worth of a key is counted from. A list's sequences lie anywhere, so what is asked of
 * them is kept close together. */
typedef struct tally {
    size_t *errors;    /* [C] by prediction */
    size_t *right;     /* [C] training sequences of the class that are read right */
    uint32_t *label;   /* [N] */
    uint8_t *is_right; /* [N] */
} tally;

static rr_status tally_fill(const rr_influence *inf, const rr_traces *traces, const size_t *which,
                            size_t n, tally *out, rr_error *err)
{
    const rr_traces *training = rr_influence_training(inf);
    const rr_influence_info info = rr_influence_info_of(inf);
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&out->errors, info.classes, 1, sizeof *out->errors, err));
    RRI_TRY(rri_alloc(&out->right, info.classes, 1, sizeof *out->right, err));
    RRI_TRY(rri_alloc(&out->label, info.sequences, 1, sizeof *out->label, err));
    RRI_TRY(rri_alloc(&out->is_right, info.sequences, 1, sizeof *out->is_right, err));
    for (size_t e = 0; e < n; e++)
        out->errors[rr_traces_at(traces, which[e]).prediction]++;
    for (size_t i = 0; i < info.sequences; i++) {
        const rr_trace a = rr_traces_at(training, i);
        out->label[i] = a.label;
        out->is_right[i] = a.prediction == a.label;
        out->right[a.label] += out->is_right[i];
    }

done:
    return st;
}

static void tally_clear(tally *c)
{
    rri_free(c->errors);
    rri_free(c->right);
    rri_free(c->label);
    rri_free(c->is_right);
}

/* Of the sequences in a list, each once: those labelled m, and those of them that are read as m. */
static void count_list(const tally *all, const step *s, size_t *labelled, size_t *right)
{
    *labelled = 0;
    *right = 0;
    for (size_t j = 0; j < s->count; j++) {
        const uint32_t i = s->list[j].sequence;
        const bool first = j == 0 || s->list[j - 1].sequence != i;
        const bool holds_label = first && all->label[i] == s->group;
        *labelled += holds_label;
        *right += holds_label && all->is_right[i];
    }
}

/* log(e/r), 0 where errors pass the key no more often than right readings. */
static double contrast(size_t passing, size_t errors, size_t right_passing, size_t right)
{
    const double e = ((double)passing + 0.5) / ((double)errors + 1.0);
    const double r = ((double)right_passing + 0.5) / ((double)right + 1.0);

    return e > r ? log(e / r) : 0.0;
}

/* The value of the key of the steps [at, end), into each of them. */
static void value_run(const tally *all, step *steps, size_t at, size_t end)
{
    const uint32_t m = steps[at].group;
    size_t labelled = 0;
    size_t right = 0;
    size_t passing = 1;

    for (size_t s = at + 1; s < end; s++)
        passing += steps[s].error != steps[s - 1].error;
    count_list(all, &steps[at], &labelled, &right);
    const double worth = contrast(passing, all->errors[m], right, all->right[m]);
    for (size_t s = at; s < end; s++)
        steps[s].value = labelled > 0 ? worth / (double)labelled : 0.0;
}

/* The steps of the errors with their values. Memory: *out is owned, rri_free(). */
static rr_status valued_steps(const rr_influence *inf, rr_key key, const rr_traces *traces,
                              const size_t *which, size_t n, tally *all, step **out, size_t *count,
                              rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(gather(inf, key, true, traces, which, n, out, count, err));
    RRI_TRY(tally_fill(inf, traces, which, n, all, err));
    for (size_t at = 0; at < *count;) {
        const size_t end = run_end(*out, *count, at);
        value_run(all, *out, at, end);
        at = end;
    }

done:
    return st;
}

/* a(i), the factor of a sequence's scores. */
static double at_odds(const rri_support *support, const rr_traces *training, size_t i)
{
    const rr_trace a = rr_traces_at(training, i);

    return -rri_support_of(support, i, a.label) * (a.prediction == a.label ? 1.0 : UNLEARNT);
}

/* ---- scores ---------------------------------------------------------------------------------- */

/* Give every sequence of a list, each once, `amount`: with labels only those labelled m. */
static void share_out(const step *s, const uint32_t *label, double amount, double *scores)
{
    for (size_t j = 0; j < s->count; j++) {
        const uint32_t i = s->list[j].sequence;
        const bool first = j == 0 || s->list[j - 1].sequence != i;
        if (first && (label == NULL || label[i] == s->group))
            scores[i] += amount;
    }
}

rr_status rr_drivers(const rr_influence *inf, rr_key key, rr_weighting weighting,
                     const rr_traces *traces, const size_t *which, size_t n, double *scores,
                     rr_error *err)
{
    const size_t N = rr_influence_info_of(inf).sequences;
    const bool paper = weighting == RR_WEIGHTING_PAPER;
    tally all = { NULL, NULL, NULL, NULL };
    rri_support *support = NULL;
    step *steps = NULL;
    size_t count = 0;
    rr_status st = RR_OK;

    if ((unsigned)weighting > RR_WEIGHTING_PAPER)
        return rri_fail(err, RR_ERR_ARG, -1, "unknown weighting number %d", (int)weighting);
    if (paper)
        RRI_TRY(gather(inf, key, false, traces, which, n, &steps, &count, err));
    else
        RRI_TRY(valued_steps(inf, key, traces, which, n, &all, &steps, &count, err));
    for (size_t i = 0; i < N; i++)
        scores[i] = 0.0;
    for (size_t at = 0; at < count;) {
        const size_t end = run_end(steps, count, at);
        double weight = 0.0;
        for (size_t s = at; s < end; s++)
            weight += steps[s].weight;
        const double amount = paper ? weight : weight * steps[at].value;
        if (amount > 0.0)
            share_out(&steps[at], all.label, amount, scores);
        at = end;
    }
    if (!paper)
        RRI_TRY(rri_support_new(inf, &support, err));
    for (size_t i = 0; !paper && i < N; i++)
        if (scores[i] > 0.0)
            scores[i] *= at_odds(support, rr_influence_training(inf), i);

done:
    rri_support_free(support);
    tally_clear(&all);
    rri_free(steps);
    return st;
}

/* ---- evidence -------------------------------------------------------------------------------- */

/* Is the sequence in a list, which is sorted by sequence? */
static bool holds(const step *s, uint32_t id)
{
    size_t low = 0;
    size_t high = s->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (s->list[middle].sequence < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->count && s->list[low].sequence == id;
}

static int by_driven(const void *a, const void *b)
{
    const rr_driven *x = a;
    const rr_driven *y = b;

    if (x->score > y->score || x->score < y->score)
        return x->score > y->score ? -1 : 1;
    return x->trace < y->trace ? -1 : x->trace > y->trace;
}

/* One sequence's list. scores is [n], scratch. */
static size_t driven_by(const step *steps, size_t count, uint32_t id, uint32_t label, double factor,
                        const size_t *which, size_t n, rr_driven *scores)
{
    bool held = false;
    size_t driven = 0;

    for (size_t e = 0; e < n; e++)
        scores[e] = (rr_driven){ .trace = which[e] };
    for (size_t s = 0; s < count; s++) {
        if (s == 0 || !same_key(&steps[s], &steps[s - 1]))
            held = steps[s].group == label && holds(&steps[s], id);
        if (held)
            scores[steps[s].error].score += factor * steps[s].weight * steps[s].value;
    }
    qsort(scores, n, sizeof *scores, by_driven);
    while (driven < n && scores[driven].score > 0.0)
        driven++;
    return driven;
}

static rr_status check_ids(const rr_influence *inf, const uint32_t *ids, size_t m, rr_error *err)
{
    const size_t N = rr_influence_info_of(inf).sequences;

    for (size_t k = 0; k < m; k++)
        if (ids[k] >= N)
            return rri_fail(err, RR_ERR_ARG, (int64_t)k, "training sequence %u is not below %zu",
                            ids[k], N);
    return RR_OK;
}

rr_status rr_driven_errors(const rr_influence *inf, rr_key key, const rr_traces *traces,
                           const size_t *which, size_t n, const uint32_t *ids, size_t m,
                           size_t most, rr_driven *out, size_t *counts, rr_error *err)
{
    const rr_traces *training = rr_influence_training(inf);
    tally all = { NULL, NULL, NULL, NULL };
    rri_support *support = NULL;
    rr_driven *scores = NULL;
    step *steps = NULL;
    size_t count = 0;
    rr_status st = RR_OK;

    RRI_TRY(check_ids(inf, ids, m, err));
    RRI_TRY(valued_steps(inf, key, traces, which, n, &all, &steps, &count, err));
    RRI_TRY(rri_alloc(&scores, n, 1, sizeof *scores, err));
    RRI_TRY(rri_support_new(inf, &support, err));
    for (size_t k = 0; k < m; k++) {
        const size_t driven = driven_by(steps, count, ids[k], rr_traces_at(training, ids[k]).label,
                                        at_odds(support, training, ids[k]), which, n, scores);
        counts[k] = rri_min(driven, most);
        memcpy(out + k * most, scores, counts[k] * sizeof *out);
    }

done:
    rri_support_free(support);
    tally_clear(&all);
    rri_free(scores);
    rri_free(steps);
    return st;
}
