/* SPDX-License-Identifier: MIT */
/* steps.c - the ranking of an audit of steps, and the evidence beside it.
 *
 * With s the support of the given label of a step and p its probability at this step,
 *
 *     influence -s     self-confidence -log p     combined -s - log p     random a normal number */
#include "rnnrepair/audit_steps.h"

#include "audit/audit_internal.h"
#include "audit/found.h"
#include "core/ranking.h"
#include "influence/influence_internal.h"
#include "rnnrepair/decisions.h"

#include <math.h>
#include <string.h>

struct rr_step_audit {
    rr_step_audit_result result; /* points into the others */
    rr_posting *places;
    double *scores;
    uint32_t *order;
    rr_step_audit_row *rows;
};

typedef struct work {
    const rr_step_audit_config *cfg;
    const rr_influence *inf;
    const rr_callbacks *callbacks;
    rr_step_audit *audit;
    size_t L, C;
    uint64_t *row;     /* [L] the training step of a labelled one */
    float *support;    /* [R] of the given label */
    uint32_t *best;    /* [R] the best supported other */
    float *confidence; /* [L] probability of the given label; NULL where unknown */
} work;

rr_step_audit_config rr_step_audit_config_default(void)
{
    return (rr_step_audit_config){ .struct_size = sizeof(rr_step_audit_config),
                                   .method = RR_AUDIT_COMBINED,
                                   .key = RR_KEY_TRANSITION,
                                   .top = 20,
                                   .seed = 1 };
}

static bool by_support(const work *w)
{
    return w->cfg->method == RR_AUDIT_COMBINED || w->cfg->method == RR_AUDIT_INFLUENCE;
}

static bool by_probability(const work *w)
{
    return w->cfg->method == RR_AUDIT_COMBINED || w->cfg->method == RR_AUDIT_SELF_CONFIDENCE;
}

static rr_status check(const work *w, rr_error *err)
{
    const rr_audit_method method = w->cfg->method;

    if (!by_support(w) && !by_probability(w) && method != RR_AUDIT_RANDOM)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--method %s ranks sequences; labels of steps are ranked by combined, "
                        "influence, self-confidence or random",
                        rr_enum_name(RR_ENUM_AUDIT_METHOD, method));
    if (w->cfg->top == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "--top 0: there would be nothing to look at");
    if (w->C < 2)
        return rri_fail(err, RR_ERR_ARG, -1, "with one class no label can be another");
    if (rr_traces_at(rr_influence_training(w->inf), 0).step_labels == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "the steps of the training set have no labels");
    return RR_OK;
}

/* ---- the steps ------------------------------------------------------------------------------ */

/* List the labelled steps where places and rows are given; returns their number. */
static size_t list_steps(const rr_traces *all, rr_posting *places, uint64_t *rows)
{
    uint64_t row = 0;
    size_t n = 0;

    for (size_t i = 0; i < rr_traces_count(all); i++) {
        const rr_trace a = rr_traces_at(all, i);
        for (size_t t = 0; t < a.steps; t++, row++) {
            if (a.step_labels[t] == RRI_NO_STEP_LABEL)
                continue;
            if (places != NULL) {
                places[n] = (rr_posting){ (uint32_t)i, (uint32_t)t + 1 };
                rows[n] = row;
            }
            n++;
        }
    }
    return n;
}

static rr_status begin(work *w, rr_error *err)
{
    const rr_traces *all = rr_influence_training(w->inf);
    rr_step_audit *a = NULL;
    rr_status st = RR_OK;

    w->L = list_steps(all, NULL, NULL);
    if (w->L == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "no step of the training set has a label"));
    if (w->L >= UINT32_MAX)
        RRI_TRY(
            rri_fail(err, RR_ERR_UNSUPPORTED, -1, "%zu labelled steps are above 2^32 - 1", w->L));
    RRI_TRY(rri_alloc(&a, 1, 1, sizeof *a, err));
    w->audit = a;
    RRI_TRY(rri_alloc(&a->places, w->L, 1, sizeof *a->places, err));
    RRI_TRY(rri_alloc(&a->scores, w->L, 1, sizeof *a->scores, err));
    RRI_TRY(rri_alloc(&a->order, w->L, 1, sizeof *a->order, err));
    RRI_TRY(rri_alloc(&w->row, w->L, 1, sizeof *w->row, err));
    (void)list_steps(all, a->places, w->row);
    a->result = (rr_step_audit_result){ .sequences = rr_traces_count(all),
                                        .steps = w->L,
                                        .places = a->places,
                                        .scores = a->scores,
                                        .order = a->order };

done:
    return st;
}

/* ---- what the network thinks ---------------------------------------------------------------- */

/* The given label of labelled step k. */
static uint32_t given(const work *w, size_t k)
{
    const rr_posting at = w->audit->places[k];

    return rr_traces_at(rr_influence_training(w->inf), at.sequence).step_labels[at.step - 1];
}

/* Take the probabilities of the steps of a batch that begins at `row`, from labelled step *k on. */
static rr_status take_batch(work *w, const rr_state_batch *batch, uint64_t row, size_t *k,
                            rr_error *err)
{
    for (; *k < w->L && w->row[*k] < row + batch->rows; ++*k) {
        const float *p = batch->probabilities + (size_t)(w->row[*k] - row) * w->C;
        const float of_label = p[given(w, *k)];
        if (!(of_label >= 0.0F && of_label <= 1.0F))
            return rri_fail(err, RR_ERR_NUMERIC, (int64_t)w->row[*k],
                            "a probability of step %llu of all is %g, not in 0..1",
                            (unsigned long long)w->row[*k], (double)of_label);
        w->confidence[*k] = of_label;
    }
    return RR_OK;
}

static rr_status read_probabilities(work *w, rr_state_source *source, rr_error *err)
{
    const rr_influence_info info = rr_influence_info_of(w->inf);
    uint64_t row = 0;
    size_t sequences = 0;
    size_t k = 0;
    rr_status st = RR_OK;

    if (source->sequences != info.sequences || source->steps != info.steps ||
        source->classes != info.classes)
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1,
                         "the states are of %zu sequences with %zu steps, the training set has %zu "
                         "with %zu",
                         source->sequences, source->steps, info.sequences, info.steps));
    RRI_TRY(source->ops->rewind(source->self, err));
    for (;;) {
        rr_state_batch batch = { 0 };
        RRI_TRY(rri_check_cancelled(w->callbacks, err));
        RRI_TRY(source->ops->next(source->self, &batch, err));
        if (batch.count == 0)
            break;
        if (batch.probabilities == NULL) {
            rri_free(w->confidence);
            w->confidence = NULL;
            goto done;
        }
        if (batch.rows > info.steps - row)
            RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1,
                             "the state source delivers more than the %zu steps it announced",
                             info.steps));
        if (w->confidence == NULL)
            RRI_TRY(rri_alloc(&w->confidence, w->L, 1, sizeof *w->confidence, err));
        RRI_TRY(take_batch(w, &batch, row, &k, err));
        row += batch.rows;
        sequences += batch.count;
        rri_show(w->callbacks, "probabilities", "sequences", sequences, info.sequences, "%s", "");
    }
    if (row != info.steps)
        st = rri_fail(err, RR_ERR_MISMATCH, -1, "the state source ends after %llu of %zu steps",
                      (unsigned long long)row, info.steps);

done:
    rri_show_end(w->callbacks);
    return st;
}

static rr_status find_probabilities(work *w, rr_state_source *source, rr_error *err)
{
    rr_status st = RR_OK;

    if (source != NULL && source->ops != NULL)
        RRI_TRY(read_probabilities(w, source, err));
    if (w->confidence == NULL && by_probability(w))
        st = rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                      "--method %s needs the probabilities of the classes at every step, which the "
                      "states do not have; take --method influence",
                      rr_enum_name(RR_ENUM_AUDIT_METHOD, w->cfg->method));

done:
    return st;
}

/* ---- the ranking ---------------------------------------------------------------------------- */

static double score_of(const work *w, size_t k)
{
    double score = 0.0;

    if (by_support(w))
        score -= (double)w->support[w->row[k]];
    if (by_probability(w))
        score += rri_doubt(w->confidence[k]);
    return score;
}

static rr_status rank(work *w, rr_state_source *source, rr_error *err)
{
    rri_random r = rri_random_at(w->cfg->seed, RRI_RANDOM_ATTRIBUTION, 0);
    rr_step_audit *a = w->audit;
    const double start = rri_seconds();
    const size_t R = rr_influence_info_of(w->inf).steps;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&w->support, R, 1, sizeof *w->support, err));
    RRI_TRY(rri_alloc(&w->best, R, 1, sizeof *w->best, err));
    if (by_probability(w))
        RRI_TRY(find_probabilities(w, source, err));
    if (by_support(w))
        RRI_TRY(rr_step_support(w->inf, w->cfg->key, w->support, w->best, err));
    for (size_t k = 0; k < w->L; k++)
        a->scores[k] = w->cfg->method == RR_AUDIT_RANDOM ? rri_random_normal(&r) : score_of(w, k);
    a->result.seconds = rri_seconds() - start;
    RRI_TRY(rri_ranking(a->scores, w->L, a->order, err));
    if (!by_probability(w))
        RRI_TRY(find_probabilities(w, source, err));
    if (!by_support(w))
        RRI_TRY(rr_step_support(w->inf, w->cfg->key, w->support, w->best, err));

done:
    return st;
}

/* ---- the evidence --------------------------------------------------------------------------- */

static rr_status fill_rows(work *w, rr_error *err)
{
    rr_step_audit *a = w->audit;
    const size_t n = rri_min(w->cfg->top, w->L);
    const rr_status st = rri_alloc(&a->rows, n, 1, sizeof *a->rows, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++) {
        const uint32_t k = a->order[i];
        const rr_posting at = a->places[k];
        const rr_trace x = rr_traces_at(rr_influence_training(w->inf), at.sequence);
        rr_step_audit_row *row = &a->rows[i];
        *row =
            (rr_step_audit_row){ .sequence = at.sequence,
                                 .step = at.step,
                                 .given = given(w, k),
                                 .prediction = x.predictions[at.step - 1],
                                 .score = a->scores[k],
                                 .support = w->support[w->row[k]],
                                 .confidence = w->confidence != NULL ? w->confidence[k] : -1.0F };
        row->suggested = row->prediction != row->given ? row->prediction : w->best[w->row[k]];
    }
    a->result.rows = a->rows;
    a->result.count_rows = n;
    return RR_OK;
}

/* What of the known wrong labels would be found. */
static rr_status fill_found(work *w, const unsigned char *mislabelled, rr_error *err)
{
    rr_step_audit_result *r = &w->audit->result;
    rri_found found = { .average_precision = 0.0 };
    unsigned char *marked = NULL;
    unsigned char *influential = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&marked, w->L, 1, 1, err));
    RRI_TRY(rri_alloc(&influential, w->L, 1, 1, err));
    for (size_t k = 0; k < w->L; k++) {
        const rr_posting at = w->audit->places[k];
        const rr_trace x = rr_traces_at(rr_influence_training(w->inf), at.sequence);
        marked[k] = mislabelled[w->row[k]];
        influential[k] = marked[k] && x.predictions[at.step - 1] == given(w, k);
    }
    rri_find(w->audit->order, w->L, marked, influential, &found);
    memcpy(r->found, found.found, sizeof r->found);
    memcpy(r->needed, found.needed, sizeof r->needed);
    r->average_precision = found.average_precision;
    r->area = found.area;
    r->area_influential = found.area_influential;
    r->has_found = 1;

done:
    rri_free(influential);
    rri_free(marked);
    return st;
}

rr_status rr_step_audit_run(const rr_step_audit_config *cfg, const rr_influence *inf,
                            rr_state_source *source, const unsigned char *mislabelled,
                            const rr_callbacks *callbacks, rr_step_audit **out, rr_error *err)
{
    rr_step_audit_config own = rr_step_audit_config_default();
    work w = { .cfg = &own, .inf = inf, .callbacks = callbacks };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_step_audit_config", err));
    w.C = rr_influence_info_of(inf).classes;
    RRI_TRY(check(&w, err));
    RRI_TRY(begin(&w, err));
    RRI_TRY(rank(&w, source, err));
    RRI_TRY(fill_rows(&w, err));
    if (mislabelled != NULL)
        RRI_TRY(fill_found(&w, mislabelled, err));
    *out = w.audit;
    w.audit = NULL;

done:
    rri_free(w.row);
    rri_free(w.support);
    rri_free(w.best);
    rri_free(w.confidence);
    rr_step_audit_free(w.audit);
    return st;
}

const rr_step_audit_result *rr_step_audit_result_of(const rr_step_audit *audit)
{
    return &audit->result;
}

void rr_step_audit_free(rr_step_audit *audit)
{
    if (audit == NULL)
        return;
    rri_free(audit->places);
    rri_free(audit->scores);
    rri_free(audit->order);
    rri_free(audit->rows);
    rri_free(audit);
}

rr_status rr_step_audit_save_review(const rr_step_audit *audit, const rr_dataset *train,
                                    const char *path, rr_error *err)
{
    const size_t n = audit->result.count_rows;
    rr_decision *decisions = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&decisions, n, 1, sizeof *decisions, err));
    for (size_t k = 0; k < n; k++)
        decisions[k] = (rr_decision){ .id = audit->rows[k].sequence,
                                      .step = audit->rows[k].step,
                                      .action = RR_ACTION_RELABEL,
                                      .label = audit->rows[k].suggested,
                                      .truth = -1 };
    RRI_TRY(rr_decisions_save(decisions, n, train, path, err));

done:
    rri_free(decisions);
    return st;
}
