/* SPDX-License-Identifier: MIT */
/* influence_check.c - checks the values of an influence file.
 *
 * The container's reader has checked names, types, shapes and byte ranges. After the checks here no
 * index in the file can lead outside an array, and values that depend on one another agree. */
#include "influence/influence_file.h"

#include <math.h>
#include <string.h>

const rri_posting_names rri_posting_names_of[RRI_STORED_KINDS] = {
    [RR_KEY_STATE_SYMBOL] = { "postings.state-symbol.key", "postings.state-symbol.start",
                              "postings.state-symbol.entry", "postings.state-symbol.distinct" },
    [RR_KEY_TRANSITION] = { "postings.transition.key", "postings.transition.start",
                            "postings.transition.entry", "postings.transition.distinct" },
};

rr_status rri_check_configuration(const rr_influence *inf, rr_error *err)
{
    const rr_influence_info *info = &inf->info;
    const rr_partition_config *p = &inf->config.partition;

    if (info->hidden == 0 || info->components == 0 || info->components > info->hidden)
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "configuration: %zu components of states of width %zu", info->components,
                        info->hidden);
    if (info->classes == 0 || info->classes > 65534)
        return rri_fail(err, RR_ERR_FORMAT, -1, "configuration: %zu classes are not in 1..65534",
                        info->classes);
    if (inf->width > 0 && inf->vocabulary > 0)
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "configuration: both frames of width %zu and a vocabulary of %zu",
                        inf->width, inf->vocabulary);
    if (info->symbols == 0 || info->symbols > UINT32_MAX ||
        (inf->width == 0 && info->symbols != rri_max(inf->vocabulary, 1)))
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "configuration: an alphabet of %zu with a vocabulary of %zu", info->symbols,
                        inf->vocabulary);
    if (inf->config.symbols == 0 || p->states > 65534 || p->max_states > 65534 ||
        !((p->stability >= 0.0 && p->stability <= 1.0) || p->stability == RR_STABILITY_AUTO) ||
        p->gmm.max_iter == 0 || !(p->gmm.floor > 0.0))
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "configuration: symbols, states, stability or the mixture's options are "
                        "out of range");
    return RR_OK;
}

/* ---- the abstraction ------------------------------------------------------------------------- */

rr_status rri_check_finite(const rri_array *a, rr_error *err)
{
    const float *f = a->data;
    const double *d = a->data;

    for (size_t i = 0; i < a->items; i++)
        if (!(a->dtype == RRI_F32 ? isfinite(f[i]) : isfinite(d[i])))
            return rri_fail(err, RR_ERR_NUMERIC, (int64_t)i,
                            "array %s: the value at %zu is not finite", a->name, i);
    return RR_OK;
}

rr_status rri_check_pca(const rri_array *mean, const rri_array *axes, const rri_array *variance,
                        const rri_array *total, double *explained, rr_error *err)
{
    const double *v = variance->data;
    const double all = *(const double *)total->data;
    double kept = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(rri_check_finite(mean, err));
    RRI_TRY(rri_check_finite(axes, err));
    RRI_TRY(rri_check_finite(variance, err));
    RRI_TRY(rri_check_finite(total, err));
    for (size_t i = 0; i < variance->items; i++) {
        if (v[i] < 0.0)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                            "array pca.variance: the variance %g at %zu is negative", v[i], i);
        kept += v[i];
    }
    if (all < 0.0 || kept > all * (1.0 + 1e-6))
        return rri_fail(err, RR_ERR_FORMAT, 0,
                        "array pca.total_variance: %g is below the %g that the components have",
                        all, kept);
    *explained = all > 0.0 ? kept / all : 1.0;

done:
    return st;
}

rr_status rri_check_mixture(const rri_array *weight, const rri_array *mean,
                            const rri_array *variance, rr_error *err)
{
    const double *w = weight->data;
    const double *v = variance->data;
    double sum = 0.0;
    rr_status st = RR_OK;

    if (weight->items < 1 || weight->items > 65534)
        return rri_fail(err, RR_ERR_FORMAT, -1, "array mixture.weight: %zu states, not 1..65534",
                        weight->items);
    RRI_TRY(rri_check_finite(weight, err));
    RRI_TRY(rri_check_finite(mean, err));
    RRI_TRY(rri_check_finite(variance, err));
    for (size_t i = 0; i < weight->items; i++) {
        if (w[i] <= 0.0)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                            "array mixture.weight: %g at %zu is not above 0", w[i], i);
        sum += w[i];
    }
    if (fabs(sum - 1.0) > 1e-6)
        return rri_fail(err, RR_ERR_FORMAT, -1, "array mixture.weight: the sum is %.9g, not 1",
                        sum);
    for (size_t i = 0; i < variance->items; i++)
        if (v[i] <= 0.0)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                            "array mixture.variance: %g at %zu is not above 0", v[i], i);

done:
    return st;
}

/* ---- traces ---------------------------------------------------------------------------------- */

static rr_status check_offsets(const rr_traces *t, size_t classes, rr_error *err)
{
    if (t->count == 0 || t->count > UINT32_MAX)
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "array sequence.label: %zu sequences are not in 1..4294967295", t->count);
    if (t->offset[0] != 0)
        return rri_fail(err, RR_ERR_FORMAT, 0, "array trace.offset: the first is %llu, not 0",
                        (unsigned long long)t->offset[0]);
    for (size_t i = 0; i < t->count; i++) {
        if (t->offset[i + 1] <= t->offset[i] || t->offset[i + 1] > t->steps ||
            t->offset[i + 1] - t->offset[i] > UINT32_MAX)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)i + 1,
                            "array trace.offset: %llu at %zu does not follow %llu",
                            (unsigned long long)t->offset[i + 1], i + 1,
                            (unsigned long long)t->offset[i]);
        if (t->label[i] >= classes)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                            "array sequence.label: %u at %zu is not below %zu", t->label[i], i,
                            classes);
    }
    if (t->offset[t->count] != t->steps)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)t->count,
                        "array trace.offset: the last is %llu, but there are %zu steps",
                        (unsigned long long)t->offset[t->count], t->steps);
    return RR_OK;
}

/* Whether all states and predictions are in range, without a branch so that it is one of vectors.
 */
static bool steps_in_range(const rr_traces *t, size_t states, size_t classes)
{
    const uint16_t last_state = (uint16_t)(states - 1); /* counted from 0; both fit */
    const uint16_t last_class = (uint16_t)(classes - 1);
    uint16_t bad = 0;

    for (size_t r = 0; r < t->steps; r++) {
        const uint16_t state = (uint16_t)(t->state[r] - 1u);
        bad |= (uint16_t)((state > last_state) | (t->prediction[r] > last_class));
    }
    return bad == 0;
}

static bool symbols_in_range(const rr_traces *t, size_t symbols)
{
    const uint32_t last = (uint32_t)(symbols - 1);
    uint32_t bad = 0;

    for (size_t r = 0; r < t->steps; r++)
        bad |= t->symbol[r] > last;
    return bad == 0;
}

static bool step_labels_in_range(const rr_traces *t, size_t classes)
{
    const uint16_t last = (uint16_t)(classes - 1);
    uint16_t bad = 0;

    for (size_t r = 0; r < t->steps; r++)
        bad |= (uint16_t)((t->step_label[r] > last) & (t->step_label[r] != RRI_NO_STEP_LABEL));
    return bad == 0;
}

static rr_status check_step_labels(const rr_traces *t, size_t C, rr_error *err)
{
    if (t->step_label == NULL || step_labels_in_range(t, C))
        return RR_OK;
    for (size_t r = 0; r < t->steps; r++)
        if (t->step_label[r] >= C && t->step_label[r] != RRI_NO_STEP_LABEL)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)r,
                            "array trace.step_label: %u at %zu is neither below %zu nor %d, none",
                            t->step_label[r], r, C, (int)RRI_NO_STEP_LABEL);
    return RR_OK;
}

static rr_status check_steps(const rr_influence *inf, rr_error *err)
{
    const rr_traces *t = inf->training;
    const size_t K = inf->info.states;
    const size_t C = inf->info.classes;
    const bool steps_good = steps_in_range(t, K, C);
    const bool symbols_good = t->symbol == NULL || symbols_in_range(t, inf->info.symbols);

    for (size_t r = 0; !steps_good && r < t->steps; r++) {
        if (t->state[r] < 1 || t->state[r] > K)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)r,
                            "array trace.state: %u at %zu is not in 1..%zu", t->state[r], r, K);
        if (t->prediction[r] >= C)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)r,
                            "array trace.prediction: %u at %zu is not below %zu", t->prediction[r],
                            r, C);
    }
    for (size_t r = 0; !symbols_good && r < t->steps; r++)
        if (t->symbol[r] >= inf->info.symbols)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)r,
                            "array trace.symbol: %u at %zu is not below %zu", t->symbol[r], r,
                            inf->info.symbols);
    return check_step_labels(t, C, err);
}

rr_status rri_check_traces(const rr_influence *inf, rr_error *err)
{
    const rr_status st = check_offsets(inf->training, inf->info.classes, err);

    return st == RR_OK ? check_steps(inf, err) : st;
}

/* ---- confidence ------------------------------------------------------------------------------ */

/* How often each label occurs in each state: counts is [K+1][C]. Taken from the transition
 * lists. */
static void count_steps(const rr_influence *inf, uint64_t *counts)
{
    const rri_postings *p = &inf->postings[RR_KEY_TRANSITION];

    for (size_t m = 0; m < p->keys; m++) {
        const size_t state = p->key[m] & 0xFFFFu;
        const size_t label = p->key[m] >> 16 & 0xFFFFu;
        counts[state * inf->info.classes + label] += p->start[m + 1] - p->start[m];
    }
}

/* C_q[c] is the fraction of the steps in q that have label c; a state without steps has the
 * fractions of all steps together (abstraction.h). counts is [K+1][C]; row 0 receives the sums of
 * all states. */
static rr_status check_fractions(const rr_influence *inf, uint64_t *counts, rr_error *err)
{
    const size_t C = inf->info.classes;

    for (size_t q = 1; q <= inf->info.states; q++)
        for (size_t c = 0; c < C; c++)
            counts[c] += counts[q * C + c];
    for (size_t q = 1; q <= inf->info.states; q++) {
        const uint64_t *row = counts + q * C;
        uint64_t steps = 0;
        for (size_t c = 0; c < C; c++)
            steps += row[c];
        if (steps == 0) {
            row = counts;
            steps = inf->info.steps;
        }
        for (size_t c = 0; c < C; c++) {
            const double stored = (double)inf->confidence[q * C + c];
            const double fraction = (double)row[c] / (double)steps;
            if (!isfinite(stored))
                return rri_fail(err, RR_ERR_NUMERIC, (int64_t)((q - 1) * C + c),
                                "array confidence: the value of state %zu and label %zu is not "
                                "finite",
                                q, c);
            if (fabs(stored - fraction) > 1e-6)
                return rri_fail(err, RR_ERR_FORMAT, (int64_t)((q - 1) * C + c),
                                "array confidence: state %zu has %g for label %zu, its steps give "
                                "%g",
                                q, stored, c, fraction);
        }
    }
    return RR_OK;
}

rr_status rri_check_confidence(const rr_influence *inf, rr_error *err)
{
    uint64_t *counts = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&counts, inf->info.states + 1, inf->info.classes, sizeof *counts, err));
    count_steps(inf, counts);
    RRI_TRY(check_fractions(inf, counts, err));

done:
    rri_free(counts);
    return st;
}

/* ---- the curve ------------------------------------------------------------------------------- */

rr_status rri_check_curve(const rri_array *table, size_t states, rr_error *err)
{
    const size_t columns = table->shape[1];
    const double *row = table->data;
    double last = 0.0;

    for (size_t i = 0; i < table->shape[0]; i++, row += columns) {
        if (!(row[0] > last && row[0] <= (double)states) || row[0] != floor(row[0]))
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                            "array curve: K = %g in row %zu does not follow %g, up to %zu", row[0],
                            i, last, states);
        if (row[1] < 0.0 || row[1] > 1.0 || row[2] < 0.0 || row[2] > 1.0)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                            "array curve: the stability %g (least %g) in row %zu is not in 0..1",
                            row[1], row[2], i);
        last = row[0];
    }
    if (last != (double)states)
        return rri_fail(err, RR_ERR_FORMAT, -1, "array curve: it ends with K = %g, not %zu", last,
                        states);
    return RR_OK;
}
