/* SPDX-License-Identifier: MIT */
/* novelty.c - how unlike the training set the sequences of a split are. The pass over their states
 * that tells it gives the predictions and the traces as well, which the session keeps. */
#include "rnnrepair/workflow_explain.h"

#include "influence/influence_internal.h"
#include "workflow/workflow_internal.h"

#include <math.h>
#include <string.h>

static const double EXPECTED = 0.01; /* novel sequences of data like the training set, at most */
static const double UNLIKE = 0.001;  /* a lower chance than this is no accident */

/* ---- a source that is listened to ----------------------------------------------------------- */

/* What the network says passes by: arrays of the last steps [N], and [R] where every step has an
 * output. `all` is of these or of those; NULL where they are too many or unknown. */
typedef struct tee {
    rr_state_source inner; /* borrowed */
    bool by_steps;
    size_t at, row;
    uint32_t *prediction, *step_prediction;
    float *probability, *step_probability, *all;
} tee;

static rr_status tee_rewind(void *self, rr_error *err)
{
    tee *t = self;

    t->at = t->row = 0;
    return t->inner.ops->rewind(t->inner.self, err);
}

static float probability_of(const rr_state_batch *b, size_t row, size_t C)
{
    return b->probabilities != NULL ? b->probabilities[row * C + b->predictions[row]] : -1.0F;
}

static void listen(tee *t, const rr_state_batch *b)
{
    const size_t C = t->inner.classes;
    size_t end = 0;

    if (b->probabilities == NULL) {
        rri_free(t->all);
        t->all = NULL;
    }
    for (size_t i = 0; i < b->count; i++) {
        end += b->steps[i];
        t->prediction[t->at + i] = b->predictions[end - 1];
        t->probability[t->at + i] = probability_of(b, end - 1, C);
        if (t->all != NULL && !t->by_steps)
            memcpy(t->all + (t->at + i) * C, b->probabilities + (end - 1) * C, C * sizeof *t->all);
    }
    for (size_t r = 0; t->by_steps && r < b->rows; r++) {
        t->step_prediction[t->row + r] = b->predictions[r];
        t->step_probability[t->row + r] = probability_of(b, r, C);
    }
    if (t->all != NULL && t->by_steps)
        memcpy(t->all + t->row * C, b->probabilities, b->rows * C * sizeof *t->all);
    t->at += b->count;
    t->row += b->rows;
}

/* Batches are listened to before they are checked: those beyond what was announced are not. */
static rr_status tee_next(void *self, rr_state_batch *batch, rr_error *err)
{
    tee *t = self;
    const rr_status st = t->inner.ops->next(t->inner.self, batch, err);

    if (st == RR_OK && batch->count > 0 && batch->count <= t->inner.sequences - t->at &&
        batch->rows <= t->inner.steps - t->row)
        listen(t, batch);
    return st;
}

static void tee_release(void *self)
{
    (void)self;
}

static const rr_state_ops tee_ops = { tee_rewind, tee_next, tee_release };

static rr_status tee_open(tee *t, const rr_state_source *inner, bool by_steps, rr_error *err)
{
    const size_t N = inner->sequences;
    const size_t R = inner->steps;
    const size_t U = by_steps ? R : N;
    rr_status st = RR_OK;

    *t = (tee){ .inner = *inner, .by_steps = by_steps };
    RRI_TRY(rri_alloc(&t->prediction, N, 1, sizeof *t->prediction, err));
    RRI_TRY(rri_alloc(&t->probability, N, 1, sizeof *t->probability, err));
    if (by_steps) {
        RRI_TRY(rri_alloc(&t->step_prediction, R, 1, sizeof *t->step_prediction, err));
        RRI_TRY(rri_alloc(&t->step_probability, R, 1, sizeof *t->step_probability, err));
    }
    if (U <= RRI_MOST_SAID / inner->classes)
        RRI_TRY(rri_alloc(&t->all, U, inner->classes, sizeof *t->all, err));

done:
    return st;
}

static void tee_close(tee *t)
{
    rri_free(t->prediction);
    rri_free(t->probability);
    rri_free(t->step_prediction);
    rri_free(t->step_probability);
    rri_free(t->all);
}

static void keep_array(void *kept, void *heard)
{
    void **const to = kept;
    void **const from = heard;

    if (*to != NULL)
        return;
    *to = *from;
    *from = NULL;
}

/* What the session does not know yet is its from here on. */
static rr_status keep(rr_session *s, rr_split split, tee *t, rr_error *err)
{
    const size_t U = t->by_steps ? t->inner.steps : t->inner.sequences;
    const uint32_t *said = t->by_steps ? t->step_prediction : t->prediction;
    rr_status st = RR_OK;

    if (t->all != NULL && s->said[split].prediction == NULL) {
        RRI_TRY(rri_alloc(&s->said[split].prediction, U, 1, sizeof *said, err));
        memcpy(s->said[split].prediction, said, U * sizeof *said);
        keep_array(&s->said[split].all, &t->all);
    }
    keep_array(&s->predictions[split], &t->prediction);
    keep_array(&s->probabilities[split], &t->probability);
    keep_array(&s->step_predictions[split], &t->step_prediction);
    keep_array(&s->step_probabilities[split], &t->step_probability);

done:
    return st;
}

/* ---- a split -------------------------------------------------------------------------------- */

static rr_status judge(rr_session *s, rr_split split, const rr_influence *inf, rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    rr_traces *traces = NULL;
    rr_novelty *novelty = NULL;
    tee t = { .by_steps = false };
    rr_status st = RR_OK;

    RRI_TRY(rri_session_open_states(s, split, s->threads, &source, err));
    RRI_TRY(rri_alloc(&novelty, source.sequences, 1, sizeof *novelty, err));
    RRI_TRY(tee_open(&t, &source, rri_session_by_steps(s), err));
    rr_state_source heard = source;
    heard.ops = &tee_ops;
    heard.self = &t;
    RRI_TRY(rri_influence_trace(inf, &heard, s->threads, &traces, novelty, err));
    RRI_TRY(keep(s, split, &t, err));
    s->novelty[split] = novelty;
    novelty = NULL;
    if (split != RR_SPLIT_TRAIN && s->traces[split] == NULL) {
        s->traces[split] = traces;
        traces = NULL;
    }

done:
    tee_close(&t);
    rri_free(novelty);
    rr_traces_free(traces);
    rr_state_source_close(&source);
    return st;
}

/* The chance that at least k of n are novel where each is with EXPECTED: the terms of the binomial
 * distribution from k on, each from the one before. */
static double chance_of(size_t k, size_t n)
{
    const double odds = EXPECTED / (1.0 - EXPECTED);
    double log_term = (double)n * log(1.0 - EXPECTED);
    double sum = 0.0;

    if (k == 0)
        return 1.0;
    for (size_t i = 0; i < k; i++)
        log_term += log((double)(n - i) / (double)(i + 1) * odds);
    for (size_t i = k; i <= n; i++) {
        const double term = exp(log_term);
        sum += term;
        if (i == n || (term < 1e-12 * sum && (double)i > EXPECTED * (double)n) ||
            ((double)i > EXPECTED * (double)n && log_term < -700.0))
            break;
        log_term += log((double)(n - i) / (double)(i + 1) * odds);
    }
    return fmin(sum, 1.0);
}

/* Of the labelled inputs of a sequence, how many there are and how many are right. */
static void count_right(const rr_predictions *p, size_t i, size_t first, size_t *inputs,
                        size_t *right)
{
    const rr_sequence q = rr_dataset_at(p->ds, i);

    if (p->step_prediction == NULL) {
        *inputs += 1;
        *right += q.label == p->prediction[i];
        return;
    }
    for (size_t t = 0; t < q.steps; t++) {
        *inputs += q.step_labels[t] != RR_NO_LABEL;
        *right +=
            q.step_labels[t] != RR_NO_LABEL && q.step_labels[t] == p->step_prediction[first + t];
    }
}

static void summarise(const rr_predictions *p, rr_split_novelty *out)
{
    const bool labelled =
        p->step_prediction != NULL ? rr_dataset_step_labelled(p->ds) : rr_dataset_labelled(p->ds);
    size_t inputs[2] = { 0, 0 };
    size_t right[2] = { 0, 0 };
    size_t first = 0;

    for (size_t i = 0; i < out->count; i++) {
        const int novel = out->sequences[i].value > 1.0F;
        out->novel += (size_t)novel;
        if (labelled)
            count_right(p, i, first, &inputs[novel], &right[novel]);
        first += rr_dataset_at(p->ds, i).steps;
    }
    out->chance = chance_of(out->novel, out->count);
    out->unlike = out->chance < UNLIKE;
    if (inputs[1] > 0)
        out->accuracy_novel = (double)right[1] / (double)inputs[1];
    if (inputs[0] > 0)
        out->accuracy_rest = (double)right[0] / (double)inputs[0];
}

/* *out is NULL where there is no model that can tell. A model that cannot be read, as that of a
 * network trained further since, is noted: predictions do not need it. */
static rr_status model_with_limits(rr_session *s, const rr_influence **out, rr_error *err)
{
    const rr_influence *inf = NULL;
    rr_error own = { .code = RR_OK };
    rr_status st = RR_OK;

    *out = NULL;
    if (!rr_session_has_influence(s))
        return RR_OK;
    st = rr_session_influence(s, &inf, &own);
    if (st == RR_ERR_NOMEM || st == RR_ERR_CANCELLED) {
        if (err != NULL)
            *err = own;
        return st;
    }
    if (st != RR_OK) {
        rri_note(&s->callbacks, "novelty is not judged: %s", own.msg);
        return RR_OK;
    }
    if (rr_influence_has_novelty(inf))
        *out = inf;
    else
        rri_note(&s->callbacks,
                 "novelty is not judged: the influence model has no limits for it; rnnrepair build "
                 "%s makes them of 20 training sequences or more",
                 rr_run_dir(s->run));
    return RR_OK;
}

rr_status rr_session_novelty(rr_session *s, rr_split split, rr_split_novelty *out, rr_error *err)
{
    const rr_influence *inf = NULL;
    const rr_dataset *ds = NULL;
    const rr_network *net = NULL;
    rr_predictions p = { .ds = NULL };
    rr_status st = RR_OK;

    *out = (rr_split_novelty){ .chance = 1.0, .accuracy_novel = -1.0, .accuracy_rest = -1.0 };
    if (!rri_session_foreign(s))
        RRI_TRY(rr_session_network(s, &net, err));
    RRI_TRY(rr_session_split(s, split, &ds, err));
    out->count = rr_dataset_count(ds);
    if (out->count == 0)
        return RR_OK;
    RRI_TRY(model_with_limits(s, &inf, err));
    if (inf == NULL)
        return RR_OK;
    if (s->novelty[split] == NULL)
        RRI_TRY(judge(s, split, inf, err));
    RRI_TRY(rr_session_predict(s, split, &p, err));
    out->sequences = s->novelty[split];
    summarise(&p, out);

done:
    return st;
}
